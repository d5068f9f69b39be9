//! The README cannot drift: its references are rendered from the types, its result is played.
//!
//! `FLEETSIM_UPDATE=1 cargo test --test whole readme` writes them anew.

use super::{ALL_BUT_ROWS, played, root};
use fleetsim::report::{self, Style};
use fleetsim::scenario;
use std::path::Path;

fn showcase() -> String {
    let path = root().join("scenarios/first-fleet.toml");
    let scenario = scenario::load(&path, &[]).expect("the scenario is valid");
    let outcome = played(&scenario, 2, ALL_BUT_ROWS);
    let text = report::summary(&scenario, &outcome, Style::default(), None);
    let text: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("```text\n{}\n```\n", text.join("\n").trim_end())
}

/// The text with the block between the marks of `name` replaced.
fn with_block(text: &str, name: &str, block: &str) -> String {
    let start = format!("<!-- generated: {name} -->\n");
    let from = text.find(&start).expect("the mark is there") + start.len();
    let to = from + text[from..].find("<!-- /generated -->").expect("the end mark is there");
    format!("{}\n{}\n{}", &text[..from], block.trim(), &text[to..])
}

#[test]
fn readme_shows_what_is() {
    let path = root().join("README.md");
    let text = std::fs::read_to_string(&path).expect("the README is there");
    let mut wanted = with_block(&text, "showcase", &showcase());
    wanted = with_block(&wanted, "scenario", &scenario::reference());
    wanted = with_block(&wanted, "results", &report::reference());
    if std::env::var_os("FLEETSIM_UPDATE").is_some() {
        std::fs::write(&path, &wanted).expect("the README can be written");
    } else {
        assert!(text == wanted, "README.md is out of date: run with FLEETSIM_UPDATE=1");
    }
}

#[test]
fn files_that_the_readme_names_are_there() {
    let text = std::fs::read_to_string(root().join("README.md")).expect("the README is there");
    for word in text.split(['`', '(', ')', ' ', '\n']) {
        let known = ["scenarios/", "tests/", "src/", "benches/", "fuzz/"];
        if known.iter().any(|k| word.starts_with(k) && word.len() > k.len()) {
            assert!(Path::new(root()).join(word).exists(), "{word} is not there");
        }
    }
}
