//! Tests of the layer through its entry points.

use super::*;

mod declared;
mod effective;
mod explain;
mod mistakes;
mod service;
mod torn;
mod units;
mod whole;

/// The example of the README's page on scenario files, with every table once.
pub const EXAMPLE: &str = include_str!("example.toml");

/// A small scenario without profile.
pub const SMALL: &str =
    "name = 'small'\n[[region]]\nname = 'r'\n[[servers]]\ngroup = 'g'\ncount = 3\n";

/// The scenario of a text, or its complaints one a line.
pub fn check(text: &str, changes: &[&str]) -> Result<Scenario, String> {
    let changes: Vec<Override> = changes.iter().map(|c| c.parse()).collect::<Result<_, _>>()?;
    parse("s.toml", text, None, &changes).map_err(|c| c.lines())
}

/// The scenario of a text that must be valid.
pub fn valid(text: &str, changes: &[&str]) -> Scenario {
    check(text, changes).unwrap_or_else(|lines| panic!("{lines}"))
}

/// The complaints of a text that must have some.
pub fn wrong(text: &str, changes: &[&str]) -> String {
    match check(text, changes) {
        Ok(_) => panic!("no complaint about\n{text}\n{changes:?}"),
        Err(lines) => lines,
    }
}
