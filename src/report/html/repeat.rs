//! How it was made, what it leaves out, and how to get the same bytes again.

use super::found::{Found, Kind, shown};
use super::grid::{Cell, Grid, numbers, words};
use crate::report::human::{count, digits};
use maud::{Markup, html};
use serde_json::Value;

/// What no scenario has yet.
const LEFT_OUT: &str = "clients and connection limits, read replicas, backups in depth, keys, \
    corruption, deletions, growing storage, operations of users, cost";
/// Longest scenario that is shown whole, in characters.
const LONGEST: usize = 60_000;

/// The sections.
pub fn sections(found: &Found) -> Markup {
    html! {
        section aria-labelledby="method" {
            h2 #method { "Method and limits" }
            (method(found))
        }
        section aria-labelledby="repeat" {
            h2 #repeat { "How to repeat it" }
            (repeat(found))
        }
    }
}

fn method(found: &Found) -> Markup {
    let manifest = &found.manifest;
    let strata = &manifest["strata"];
    html! {
        ul {
            li {
                "The life of the fleet is played failure by failure, many times over with other chance: \
                 each time is a replication, and what is shown is estimated over all of them."
            }
            li {
                "Every interval is of 95 % and takes replications for independent, not incidents. \
                 Where nothing was seen stands an upper bound, a zero only for what cannot happen. How an interval \
                 was made, and that few events are behind it, stands beside it in the tables."
            }
            @if let (Some(without), Some(with)) = (strata["without_outage"].as_f64(), strata["with_outage"].as_f64()) {
                li {
                    "Half of the replications have no zone or region outage and half have one at least. \
                     They are weighted by how likely that is: " (digits(without * 100.0)) " % and "
                    (digits(with * 100.0)) " %."
                }
            }
            @if found.kind != Kind::Run {
                li {
                    "Scenarios and points with the same servers, faults and seed meet the same strikes: \
                     what differs between them is their own doing, not chance."
                }
            }
            @if matches!(found.kind, Kind::Compare | Kind::Study) {
                li { strong { "Points" } " are percentage points: from 0.01 % to 0.03 % is +0.02 points." }
            }
            li {
                "Not modelled: " (LEFT_OUT) ". Most of it would make the real fleet worse; read replicas and what \
                 users do may change it either way."
            }
            li {
                strong { "Availability" } " is serving time over agreed time. " strong { "SLA" }
                " figures count as the contract does, by whole clock minutes in which no connection could succeed."
            }
        }
    }
}

fn repeat(found: &Found) -> Markup {
    let manifest = &found.manifest;
    let facts = [
        ("Version", found.word("version")),
        ("Seed", found.word("seed")),
        ("Profile", found.word("profile")),
        ("Scenario digest", found.word("scenario_digest")),
        ("Event digest", found.word("event_digest")),
        ("Sweep digest", found.word("sweep_digest")),
        ("Environment", found.word("environment")),
    ];
    let counts = manifest["counts"].as_object();
    html! {
        p {
            "The same version, scenario and seed give the same bytes in every file, with any number of \
             threads and on any machine:"
        }
        pre tabindex="0" { code { (found.word("command")) } }
        dl.marks {
            @for (label, text) in facts.iter().filter(|f| !f.1.is_empty()) {
                div { dt { (label) } dd { code { (text) } } }
            }
            @for (label, number) in counts.into_iter().flatten() {
                div { dt { (capital(label)) } dd { (number.as_u64().map_or(shown(number), count)) } }
            }
        }
        h3 { "Files beside this page" }
        (files(found))
        (scenario(manifest))
    }
}

/// A key as a label.
pub fn capital(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut chars = words.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

fn files(found: &Found) -> Grid {
    let rows: Vec<Vec<Cell>> = found
        .files
        .iter()
        .map(|(name, file)| {
            vec![
                Cell::text(name),
                Cell::number(count(file.bytes), Some(file.bytes as f64)),
                Cell::text(&file.digest).mark("code"),
            ]
        })
        .collect();
    Grid {
        id: "files".into(),
        caption: "Files, with the digests by which a change is found".into(),
        file: "manifest.json".into(),
        columns: vec![words("File"), numbers("Bytes"), words("Digest (XXH3, 128 bits)")],
        all: rows.len(),
        rows: rows.into_iter().take(200).collect(),
        which: "The first",
    }
}

/// The scenario in force, whole: a file that plays the same.
fn scenario(manifest: &Value) -> Markup {
    let Some(scenario) = manifest.get("scenario") else { return html! {} };
    let text = serde_json::to_string_pretty(scenario).unwrap_or_default();
    html! {
        @if text.len() <= LONGEST {
            details.screen {
                summary { "The whole scenario in force, as a file that plays the same (JSON)" }
                pre tabindex="0" { code { (text) } }
            }
        } @else {
            p.note { "The whole scenario in force is in " code { "manifest.json" } "." }
        }
    }
}
