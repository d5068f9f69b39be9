//! `assumptions.csv`: every parameter used, its value and where it comes from.

use super::columns::{Declared, declared, header};
use super::field::{harmless, harmless_value, table};
use crate::scenario::Scenario;

/// Its columns.
pub fn columns() -> Vec<Declared> {
    declared(&[
        ("parameter", "", "path of the key in the scenario"),
        ("value", "as written", "the value in force, with its unit"),
        (
            "origin",
            "",
            "documented, published, assumed, yours (the scenario says so) or neutral (nobody says so)",
        ),
        ("source", "", "document or study"),
        ("date", "", "its date"),
        ("low", "as written", "low end of the range in which it would be no surprise"),
        ("high", "as written", "high end of that range"),
    ])
}

/// The table.
pub fn bytes(scenario: &Scenario) -> Vec<u8> {
    let rows = scenario.assumptions.iter().map(|a| {
        [
            harmless(&a.parameter),
            harmless_value(&a.value),
            harmless(&a.origin),
            harmless(&a.source),
            harmless(&a.date),
            harmless_value(&a.low),
            harmless_value(&a.high),
        ]
        .map(|cell| cell.into_owned())
    });
    table(header(columns()), rows)
}
