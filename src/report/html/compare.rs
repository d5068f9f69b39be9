//! A comparison: what differs from A, by how much, what changed in the scenario, and every difference.

use super::found::{Found, Keep, Table, shown};
use super::grid::{Cell, Grid, numbers, words};
use super::numbers::said;
use crate::report::COMPARE;
use crate::report::compare_text::{Downtime, NOTHING_SEEN, conclusion};
use crate::report::human::{self, count, digits};
use maud::{Markup, html};
use serde_json::Value;

/// What is shown of the fleet.
const SHOWN: [(&str, &str); 9] = [
    ("availability", "Availability"),
    ("downtime_per_server_year", "Down per server and year"),
    ("incidents_per_server_year", "Incidents per server and year"),
    ("recovery_time_mean", "Recovery, mean"),
    ("recovery_time_p95", "Recovery, p95"),
    ("loss_probability_per_year", "Data loss in a year"),
    ("sla_minutes_per_server_year", "SLA minutes per server and year"),
    ("sla_breach_share", "Months below SLA"),
    ("time_at_risk_share", "Time at risk"),
];
/// Most rows of the table of all differences.
const ROWS: usize = 1200;
/// Most changed keys that are listed.
const KEYS: usize = 60;

/// The name of a comparison for the head of the page.
pub fn name(found: &Found) -> String {
    let names: Vec<String> = scenarios(found).iter().map(|s| shown(&s["name"])).collect();
    match names.split_first() {
        Some((first, rest)) if rest.iter().all(|n| n == first) => format!("{first}, compared"),
        _ => match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => names.concat(),
        },
    }
}

/// Whether all scenarios meet the same strikes as the first.
pub fn all_paired(found: &Found) -> bool {
    scenarios(found).iter().all(|s| s["paired_with_a"] != false)
}

fn scenarios(found: &Found) -> &[Value] {
    found.manifest["scenarios"].as_array().map_or(&[], Vec::as_slice)
}

/// The sections before the charts, and those after.
pub fn sections(found: &Found) -> Result<(Markup, Markup), Vec<String>> {
    let table = found.table(COMPARE, Keep::First(usize::MAX))?.unwrap_or_default();
    let list = scenarios(found);
    let base = list.first().unwrap_or(&Value::Null);
    let before = html! {
        section.answer aria-labelledby="answer" {
            h2 #answer { "The answer" }
            @for other in list.iter().skip(1) { (versus(&table, base, other)) }
        }
    };
    let after = html! {
        section aria-labelledby="scenarios" {
            h2 #scenarios { "The scenarios" }
            @for scenario in list {
                h3 { (shown(&scenario["scenario"])) ": " (shown(&scenario["name"])) }
                (about(scenario, base))
            }
        }
        section aria-labelledby="tables" {
            h2 #tables { "Tables" }
            h3 { "Every difference" }
            (every(&table))
        }
    };
    Ok((before, after))
}

fn versus(table: &Table, base: &Value, other: &Value) -> Markup {
    let (letter, of) = (shown(&other["scenario"]), table.reader());
    let fleet = |metric: &str| {
        let is = |row: &&Vec<String>| {
            of(row, "scenario") == letter
                && of(row, "scope") == "fleet"
                && of(row, "metric") == metric
        };
        table.rows.iter().find(is)
    };
    let down = fleet("downtime_per_server_year").map(|row| {
        let number = |column: &str| of(row, column).parse().ok();
        Downtime {
            value: number("difference"),
            low: number("ci_low"),
            high: number("ci_high"),
            replications: base["replications"].as_u64().unwrap_or(0),
        }
    });
    let rows: Vec<Vec<Cell>> = SHOWN
        .iter()
        .filter_map(|(metric, label)| {
            let mut cells = vec![Cell::text(*label)];
            cells.extend(fields(table, fleet(metric)?));
            Some(cells)
        })
        .collect();
    html! {
        h3 { (letter) ", " (shown(&other["name"])) ", less A" }
        p.lead { (conclusion(&letter, down)) }
        @if let Some(why) = other["why_not_paired"].as_str() {
            p.verdict.open {
                span aria-hidden="true" { "?" }
                " Not paired, because " (crate::scenario::error::escape(why)) ": intervals are wider."
            }
        }
        @if rows.is_empty() {
            p { (NOTHING_SEEN) }
        } @else {
            (differences("versus", &letter, format!("The whole fleet: {letter} less A"), "Metric", rows))
        }
        (causes(table, &letter))
    }
}

fn columns(other: &str) -> [super::grid::Column; 5] {
    [
        numbers("A"),
        numbers(other),
        numbers("Difference"),
        words("Verdict"),
        numbers("Pairing narrowed it"),
    ]
}

/// A table of differences of one scenario, each row of which begins with what differs.
fn differences(
    which: &str,
    letter: &str,
    caption: String,
    first: &str,
    rows: Vec<Vec<Cell>>,
) -> Markup {
    html! {
        (Grid {
            id: format!("{which}-{letter}"),
            caption,
            file: COMPARE.into(),
            columns: [words(first)].into_iter().chain(columns(letter)).collect(),
            all: rows.len(),
            rows,
            which: "The first",
        })
    }
}

fn fields(table: &Table, row: &[String]) -> [Cell; 5] {
    let number = |column: &str| {
        table.at(column).and_then(|i| row.get(i)).and_then(|text| text.parse::<f64>().ok())
    };
    let unit = table.at("unit").and_then(|i| row.get(i)).map_or("", String::as_str);
    let plain = |column: &str| match number(column) {
        Some(v) => Cell::number(said(unit, v), Some(v)),
        // Incidents were seen, but none of them ended.
        None if none_ended(table, row, column) => Cell::text("–"),
        None => Cell::text("none seen"),
    };
    let (value, low, high) = (number("difference"), number("ci_low"), number("ci_high"));
    let difference = value.map_or(Cell::text("–"), |v| {
        let text = human::difference_bare(unit, v, (low, high));
        let open = if (low, high) == (None, None) { ", no interval" } else { "" };
        Cell::number(text + open, Some(v))
    });
    let verdict = match (low, high) {
        (Some(0.0), Some(0.0)) => "the same",
        (Some(low), _) if low > 0.0 => "differs",
        (_, Some(high)) if high < 0.0 => "differs",
        (Some(_), Some(_)) => "may be chance",
        _ => "cannot be said",
    };
    let narrowed = number("narrowed");
    [
        plain("a"),
        plain("b"),
        difference,
        Cell::text(verdict),
        Cell::number(narrowed.map_or("–".into(), |n| format!("{} x", digits(n))), narrowed),
    ]
}

/// Whether it is a time of recovery in a scope in which incidents were seen.
fn none_ended(table: &Table, row: &[String], column: &str) -> bool {
    let of = table.reader();
    let same = |other: &[String]| {
        ["scenario", "scope", "name"].iter().all(|key| of(other, key) == of(row, key))
    };
    let is =
        |other: &&Vec<String>| of(other, "metric") == "incidents_per_server_year" && same(other);
    of(row, "metric").starts_with("recovery")
        && table.rows.iter().find(is).is_some_and(|row| !of(row, column).is_empty())
}

/// Causes whose downtime changed, the largest change first.
fn causes(table: &Table, letter: &str) -> Markup {
    let of = table.reader();
    let is = |row: &&Vec<String>| {
        of(row, "scenario") == letter
            && of(row, "scope") == "cause"
            && of(row, "metric") == "downtime_per_server_year"
    };
    let size = |row: &&Vec<String>| of(row, "difference").parse::<f64>().map_or(0.0, f64::abs);
    let mut list: Vec<&Vec<String>> =
        table.rows.iter().filter(is).filter(|r| size(r) > 0.0).collect();
    list.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let rows: Vec<Vec<Cell>> = list
        .iter()
        .map(|row| {
            let mut cells = vec![Cell::text(of(row, "name"))];
            cells.extend(fields(table, row));
            cells
        })
        .collect();
    if rows.is_empty() {
        return html! { p { "No cause took another share of downtime." } };
    }
    let caption = format!("Downtime per server and year by cause: {letter} less A");
    differences("causes", letter, caption, "Cause", rows)
}

/// What a scenario is, and in which keys it differs from A.
fn about(scenario: &Value, base: &Value) -> Markup {
    let mut changed = Vec::new();
    differing("", &base["effective"], &scenario["effective"], &mut changed);
    let fact = |key: &str| match scenario[key].as_u64() {
        Some(n) if key != "seed" => count(n),
        _ => shown(&scenario[key]),
    };
    let facts =
        ["seed", "replications", "environment", "incidents", "scenario_digest", "event_digest"];
    html! {
        dl.marks {
            @for key in facts {
                div { dt { (super::repeat::capital(key)) } dd { code { (fact(key)) } } }
            }
        }
        @if scenario["scenario"] != base["scenario"] {
            @if changed.is_empty() { p { "Its keys are those of A." } }
            @else {
                (Grid {
                    id: format!("changed-{}", shown(&scenario["scenario"])),
                    caption: "Keys that differ from those of A".into(),
                    file: "manifest.json".into(),
                    columns: vec![words("Key"), words("In A"), words("Here")],
                    all: changed.len(),
                    rows: changed.iter().take(KEYS).map(|c| c.iter().map(Cell::text).collect()).collect(),
                    which: "The first",
                })
            }
        }
        (super::answer::warnings_below(scenario, html! { h4 { "Warnings" } }))
    }
}

/// Collects the paths at which two values differ: path, first, second.
fn differing(path: &str, a: &Value, b: &Value, found: &mut Vec<[String; 3]>) {
    let below = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            for (key, value) in x {
                differing(&below(key), value, y.get(key).unwrap_or(&Value::Null), found);
            }
            for (key, value) in y.iter().filter(|(key, _)| !x.contains_key(*key)) {
                differing(&below(key), &Value::Null, value, found);
            }
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            for (i, (a, b)) in x.iter().zip(y).enumerate() {
                let name = ["group", "name"].iter().find_map(|key| a[*key].as_str());
                differing(&below(name.unwrap_or(&(i + 1).to_string())), a, b, found);
            }
        }
        (a, b) if a != b => found.push([crate::scenario::error::escape(path), shown(a), shown(b)]),
        _ => {}
    }
}

fn every(table: &Table) -> Grid {
    let of = table.reader();
    let row = |row: &Vec<String>| {
        let mut cells = vec![
            Cell::text(of(row, "name")),
            Cell::text(of(row, "scope")),
            Cell::text(of(row, "scenario")),
            Cell::text(of(row, "metric")),
        ];
        cells.extend(fields(table, row));
        cells.push(Cell::text(of(row, "method")));
        cells
    };
    let mut columns: Vec<_> = ["Name", "Scope", "Scenario", "Metric"].map(words).into();
    columns.extend(self::columns("This one"));
    columns.push(words("Method"));
    Grid {
        id: "differences".into(),
        caption: "Every metric of each scenario less that of A, with its interval of 95 %".into(),
        file: COMPARE.into(),
        columns,
        rows: table.rows.iter().take(ROWS).map(row).collect(),
        all: table.all,
        which: "The first",
    }
}
