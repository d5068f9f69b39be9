//! What the result rests on: the figures behind the largest causes, and every assumption with its mark.

use super::found::{Found, Keep, Table, shown};
use super::grid::{Cell, Grid, words};
use super::numbers::Numbers;
use super::tables::{by_downtime, part};
use crate::report::ASSUMPTIONS;
use crate::report::human::count;
use maud::{Markup, html};

/// Marks of a parameter, and what each means.
const ORIGINS: [(&str, &str); 5] = [
    ("documented", "in the service's public documents"),
    ("published", "from a published study"),
    ("assumed", "a judgement; nobody published it"),
    ("yours", "the scenario says so"),
    ("neutral", "not given by anybody: takes no time, never fails, has no limit"),
];
/// Most parameters that are shown.
const ROWS: usize = 1000;
/// How many causes are traced to their figures.
const CAUSES: usize = 5;

/// The section.
pub fn section(found: &Found, estimates: &Numbers) -> Result<Markup, Vec<String>> {
    let table = found.table(ASSUMPTIONS, Keep::First(usize::MAX))?.unwrap_or_default();
    let counts: Vec<(&str, &str, usize)> = {
        let of = table.reader();
        let number = |origin: &str| table.rows.iter().filter(|r| of(r, "origin") == origin).count();
        ORIGINS.iter().map(|(o, what)| (*o, *what, number(o))).filter(|c| c.2 > 0).collect()
    };
    Ok(html! {
        section aria-labelledby="ground" {
            h2 #ground { "What the result rests on" }
            p.lead {
                "Of " (count(table.all as u64)) " parameters "
                @for (i, (origin, _, n)) in counts.iter().enumerate() {
                    @if i > 0 { @if i + 1 == counts.len() { " and " } @else { ", " } }
                    (count(*n as u64)) " " @if *n == 1 { "is " } @else { "are " } (badge(origin))
                }
                ". The intervals cover chance alone: they say how well this model's own figure is known, \
                 not whether what is assumed is true."
            }
            dl.marks { @for (origin, what, _) in &counts { div { dt { (badge(origin)) } dd { (what) } } } }
            (behind(&table, estimates))
            h3 { "Faults that are on and off" }
            (faults(found))
            h3 { "Every parameter" }
            (every(&table))
        }
    })
}

fn badge(origin: &str) -> Markup {
    html! { span class={ "mark " (origin) } { (origin) } }
}

/// The class of a mark; none for a word that is not one.
fn mark(origin: &str) -> &'static str {
    ORIGINS.iter().find(|o| o.0 == origin).map_or("", |o| o.0)
}

/// The parameters of the causes that take the most.
fn behind(table: &Table, estimates: &Numbers) -> Markup {
    let of = table.reader();
    let mut rows = Vec::new();
    for cause in by_downtime(estimates).into_iter().take(CAUSES) {
        let Some(part) = part(estimates, &cause.name).filter(|p| *p > 0.0) else { continue };
        let stem = match cause.name.as_str() {
            "maintenance" => "maintenance.".to_string(),
            fault => format!("fault.{fault}."),
        };
        let inside = |row: &&Vec<String>| {
            let parameter = of(row, "parameter");
            parameter
                .strip_prefix(&stem)
                .or_else(|| parameter.split_once(&format!(".{stem}")).map(|p| p.1))
                .is_some()
        };
        for row in table.rows.iter().filter(inside) {
            let mut cells = vec![
                Cell::text(of(row, "parameter")),
                Cell::text(&cause.name),
                Cell::number(format!("{:.1} %", part * 100.0), Some(part)),
            ];
            cells.extend(described(&of, row));
            rows.push(cells);
        }
    }
    if rows.is_empty() {
        return html! {};
    }
    let mut columns =
        vec![words("Parameter"), words("Cause"), super::grid::numbers("Of all downtime")];
    columns.extend(described_columns());
    html! {
        h3 { "Behind the largest causes" }
        (Grid {
            id: "behind".into(),
            caption: format!("The figures of the {CAUSES} causes that take the most"),
            file: ASSUMPTIONS.into(),
            columns,
            all: rows.len(),
            rows: rows.into_iter().take(ROWS).collect(),
            which: "The first",
        })
    }
}

fn described_columns() -> [super::grid::Column; 5] {
    [words("Value"), words("Origin"), words("Range of no surprise"), words("Source"), words("Date")]
}

fn described(of: &impl for<'r> Fn(&'r [String], &str) -> &'r str, row: &[String]) -> [Cell; 5] {
    let origin = of(row, "origin");
    let range = match (of(row, "low"), of(row, "high")) {
        ("", "") => String::new(),
        (low, high) if low == high => String::new(),
        (low, high) => format!("{low} to {high}"),
    };
    [
        Cell::text(of(row, "value")).mark("code"),
        Cell::text(origin).mark(mark(origin)),
        Cell::text(range),
        Cell::text(of(row, "source")),
        Cell::text(of(row, "date")),
    ]
}

fn every(table: &Table) -> Grid {
    let of = table.reader();
    let mut rows = Vec::new();
    for row in table.rows.iter().take(ROWS) {
        let mut cells = vec![Cell::text(of(row, "parameter"))];
        cells.extend(described(&of, row));
        rows.push(cells);
    }
    let mut columns = vec![words("Parameter")];
    columns.extend(described_columns());
    Grid {
        id: "assumptions".into(),
        caption: "Every parameter in force, and where its value comes from".into(),
        file: ASSUMPTIONS.into(),
        columns,
        rows,
        all: table.all,
        which: "The first",
    }
}

fn faults(found: &Found) -> Markup {
    let empty = Vec::new();
    let list = found.manifest["faults"].as_array().unwrap_or(&empty);
    let (on, off): (Vec<_>, Vec<_>) = list.iter().partition(|f| f["on"] == true);
    let names = |list: &[&serde_json::Value]| {
        list.iter().map(|f| shown(&f["name"])).collect::<Vec<_>>().join(", ")
    };
    html! {
        p {
            @if on.is_empty() { "No random fault is on." } @else { "On: " (names(&on)) "." }
            @if off.is_empty() { " None is off." }
        }
        @if !off.is_empty() {
            ul { @for fault in &off { li { "off: " code { (shown(&fault["name"])) } ", " (shown(&fault["why"])) } } }
        }
    }
}
