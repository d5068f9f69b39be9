//! The page: one HTML file with the answer, the charts and the tables of a results folder.
//!
//! It is made from the files of the folder alone, so that a run and `report` make the same bytes.
//! `found` reads the folder and refuses what is not whole; `answer`, `compare`, `sweep` and `study` say
//! what came out, `figures` shows the charts, `tables` and `grid` the numbers, `ground` what they rest on,
//! `repeat` how they were made.
//!
//! **Invariant.** Nothing is loaded: style, script and typeface are inside, and the content policy
//! allows these alone, by their hashes. What a folder says is data: it is escaped by the templates,
//! and of charts only shapes and text come through. Without its script the page says the same.

mod answer;
mod compare;
mod extremes;
mod figures;
mod found;
mod grid;
mod ground;
mod numbers;
mod repeat;
mod study;
mod sweep;
mod tables;
mod vector;

use super::{ASSUMPTIONS, ESTIMATES, INCIDENTS, SERVERS, SUMMARY, TIMELINE, human::plural};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
pub(super) use extremes::Largest;
use found::{Found, Keep, Kind, shown};
use grid::{Cell, Grid};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Most rows of a table that the page does not know.
const ROWS: usize = 500;

/// The page of any folder; complaints if it is not whole or not fleetsim's own.
pub fn page(folder: &Path) -> Result<Vec<u8>, Vec<String>> {
    render(&Found::checked(folder)?)
}

/// The page of a folder that was just written, by somebody who knows of its tables.
pub(super) fn page_of_own(
    folder: &Path,
    known: BTreeMap<String, Largest>,
) -> Result<Vec<u8>, Vec<String>> {
    render(&Found::own(folder, known)?)
}

fn render(found: &Found) -> Result<Vec<u8>, Vec<String>> {
    let charts = figures::section(found)?;
    let (name, lead, before, after) = match found.kind {
        Kind::Run => {
            let summary = found.json(SUMMARY)?;
            let table = found.table(ESTIMATES, Keep::First(usize::MAX))?.unwrap_or_default();
            let estimates = numbers::Numbers::of(&table);
            let before = answer::section(found, &summary, &estimates);
            let ground = ground::section(found, &estimates)?;
            let tables =
                tables::section(found, &estimates, summary["of_the_play"]["length"].as_str())?;
            (found.word("name"), about_run(found), before, html! { (ground) (tables) })
        }
        Kind::Compare => {
            let (before, after) = compare::sections(found)?;
            let strikes = if compare::all_paired(found) { " under the same strikes" } else { "" };
            let lead = format!("Scenarios{strikes}, held against the first one, A.");
            (compare::name(found), lead, before, after)
        }
        Kind::Sweep => {
            let (before, after) = sweep::sections(found)?;
            let points = found.manifest["points"].as_array().map_or(0, Vec::len);
            let points = plural(points as u64, "point");
            let lead = format!("A sweep of {points}, {}.", sweep::seeds(found));
            (found.word("name"), lead, before, after)
        }
        Kind::Study => {
            let lead = format!("A sensitivity study, {}.", sweep::seeds(found));
            (found.word("name"), lead, study::section(found)?, html! {})
        }
    };
    let inside = html! {
        (before) (charts) (after) (others(found)?) (repeat::sections(found))
    };
    Ok(document(&name, &lead, &found.word("version"), &inside).into_string().into_bytes())
}

/// What was played, in a line.
fn about_run(found: &Found) -> String {
    let (manifest, scenario) = (&found.manifest, &found.manifest["scenario"]);
    let number = |key: &str| manifest["counts"][key].as_u64().unwrap_or(0);
    let mut text = format!(
        "{} for {}, {}, seed {}.",
        plural(number("servers"), "server"),
        shown(&scenario["duration"]),
        plural(number("replications"), "replication"),
        found.word("seed"),
    );
    if let Some(title) = scenario["title"].as_str() {
        text = format!("{}. {text}", crate::scenario::error::escape(title).trim_end_matches('.'));
    }
    text
}

/// Tables of the folder that no other section shows.
fn others(found: &Found) -> Result<Markup, Vec<String>> {
    let known = [
        ESTIMATES,
        SUMMARY,
        ASSUMPTIONS,
        SERVERS,
        INCIDENTS,
        TIMELINE,
        super::COMPARE,
        super::SWEEP,
    ];
    let mut grids = Vec::new();
    for name in found.files.keys() {
        let Some(stem) = name.strip_suffix(".csv") else { continue };
        if name.contains('/') || known.contains(&name.as_str()) {
            continue;
        }
        let table = found.any_table(name, Keep::First(ROWS))?;
        let number = |i: usize| {
            let mut filled =
                table.rows.iter().map(|r| r[i].as_str()).filter(|f| !f.is_empty()).peekable();
            filled.peek().is_some() && filled.all(|f| f.parse::<f64>().is_ok())
        };
        let numeric: Vec<bool> = (0..table.columns.len()).map(number).collect();
        let cell = |(text, numeric): (&String, &bool)| match text.parse::<f64>() {
            Ok(v) if *numeric => Cell::number(human_or(text, v), Some(v)),
            _ => Cell::text(text),
        };
        let head = |(label, numeric): (&String, &bool)| {
            let label = label.replace('_', " ");
            if *numeric { grid::numbers(label) } else { grid::words(label) }
        };
        grids.push((
            stem.to_string(),
            Grid {
                id: format!("table-{}", stem.replace(|c: char| !c.is_ascii_alphanumeric(), "-")),
                caption: format!("The rows of {name}"),
                file: name.clone(),
                columns: table.columns.iter().zip(&numeric).map(head).collect(),
                rows: table
                    .rows
                    .iter()
                    .map(|r| r.iter().zip(&numeric).map(cell).collect())
                    .collect(),
                all: table.all,
                which: "The first",
            },
        ));
    }
    if grids.is_empty() {
        return Ok(html! {});
    }
    Ok(html! {
        section aria-labelledby="more" {
            h2 #more { "Further tables" }
            @for (stem, grid) in &grids { h3 { (stem) } (grid) }
        }
    })
}

/// A number of a table that the page does not know: as it is if short, else with fewer digits.
fn human_or(text: &str, value: f64) -> String {
    if text.len() <= 8 { text.to_string() } else { super::human::digits(value) }
}

/// Head, frame and foot around the sections.
fn document(name: &str, lead: &str, version: &str, inside: &Markup) -> Markup {
    let style = format!("{}{STYLE}", super::style_sheet());
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; font-src data:; \
         base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(SCRIPT),
    );
    let inside = inside.clone().into_string();
    let links: Vec<(&str, &str)> = inside
        .split("<h2 id=\"")
        .skip(1)
        .filter_map(|rest| {
            let (id, rest) = rest.split_once("\">")?;
            Some((id, rest.split_once('<')?.0))
        })
        .collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content={ "fleetsim " (env!("CARGO_PKG_VERSION")) };
                title { (name) " – fleetsim" }
                style { (PreEscaped(&style)) }
            }
            body {
                a.skip href="#main" { "Skip to the answer" }
                header {
                    p.brand { "fleetsim" }
                    h1 { bdi { (name) } }
                    p.lead { (lead) }
                    nav aria-label="On this page" {
                        ul { @for (id, text) in &links { li { a href={ "#" (id) } { (PreEscaped(text)) } } } }
                    }
                }
                main #main tabindex="-1" { (PreEscaped(&inside)) }
                footer {
                    p {
                        "Played by fleetsim " (version) ". This page is one file: it loads nothing and sends nothing."
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}
