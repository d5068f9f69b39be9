//! The tables of a run: groups, places, causes, servers, incidents, and every estimate.

use super::found::{Found, Keep, Table};
use super::grid::{Cell, Column, Grid, numbers, words};
use super::numbers::{Number, Numbers, said};
use crate::experiment::Longest;
use crate::model::record::Phase;
use crate::report::human::{count, nines, share, time};
use crate::report::incidents::LENGTH;
use crate::report::{ESTIMATES, INCIDENTS, SERVERS};
use maud::{Markup, html};

/// Most rows of a table of the page; so many of the longest incidents are known without a search.
const ROWS: usize = Longest::MOST;
/// Most rows of the table of all estimates.
const ESTIMATE_ROWS: usize = 1200;

/// What is shown of a scope: a metric and its label.
const SHOWN: [(&str, &str); 10] = [
    ("availability", "Availability"),
    ("unavailability", "Nines"),
    ("downtime_per_server_year", "Down a year"),
    ("incidents_per_server_year", "Incidents a year"),
    ("recovery_time_p50", "Recovery p50"),
    ("recovery_time_p95", "Recovery p95"),
    ("recovery_time_p99", "Recovery p99"),
    ("loss_probability_per_year", "Data loss a year"),
    ("sla_breach_share", "Months below SLA"),
    ("worst_month_p05", "Worst month, p05"),
];

/// The section. `play` is the length of a drill below a year.
pub fn section(
    found: &Found,
    estimates: &Numbers,
    play: Option<&str>,
) -> Result<Markup, Vec<String>> {
    let servers = found.table(SERVERS, Keep::Smallest("availability", ROWS))?;
    let incidents = found.table(INCIDENTS, Keep::Largest(LENGTH, ROWS))?;
    let rows = &found.manifest["incident_rows"];
    Ok(html! {
        section aria-labelledby="tables" {
            h2 #tables { "Tables" }
            p.lead {
                "Below each estimate stands its interval of 95 %; what is a year is of one server. A \
                 heading sorts, the field above a table filters it."
                @if let Some(length) = play {
                    " What is a year here is as if the drill of " (length) " came again and again: the answer above \
                     tells what it did once."
                }
            }
            h3 { "Groups" }
            (groups(found, estimates))
            h3 { "Standby modes, places and applications" }
            (scopes(estimates))
            h3 { "Causes" }
            (causes(estimates))
            @if let Some(table) = &servers {
                h3 { "Servers" }
                (server_grid(table))
            }
            h3 { "Incidents" }
            @match &incidents {
                Some(table) if table.all > 0 => (incident_grid(table)),
                Some(_) => p { "There was none." },
                None => p { "Their rows were not kept: " (super::found::shown(&rows["why"])) "." },
            }
            h3 { "Every estimate" }
            (all(estimates))
        }
    })
}

/// The columns of [`SHOWN`].
fn shown_columns() -> impl Iterator<Item = Column> {
    SHOWN.iter().map(|(_, label)| numbers(*label))
}

/// The fields of [`SHOWN`] for a scope.
fn shown_cells(estimates: &Numbers, scope: &str, name: &str) -> Vec<Cell> {
    let cell = |(metric, label): &(&str, &str)| {
        let number = estimates.get(scope, name, metric);
        if *label == "Nines" {
            let level = number.and_then(|n| Some((n.value?, nines(n.value?)?)));
            return level.map_or_else(
                || Cell::text("–"),
                |(u, text)| Cell::number(text.trim_end_matches(" nines"), Some(-libm::log10(u))),
            );
        }
        Cell::estimate(number)
    };
    SHOWN.iter().map(cell).collect()
}

fn groups(found: &Found, estimates: &Numbers) -> Grid {
    let empty = Vec::new();
    let declared = found.manifest["scenario"]["servers"].as_array().unwrap_or(&empty);
    let names = estimates.names("group");
    let row = |name: &&str| {
        let of = declared.iter().find(|g| g["group"] == **name);
        let servers = of.and_then(|g| g["count"].as_u64());
        let word = |key: &str| of.map_or(String::new(), |g| super::found::shown(&g[key]));
        let mut cells = vec![
            Cell::text(*name),
            Cell::number(servers.map_or("–".into(), count), servers.map(|n| n as f64)),
            Cell::text(word("high_availability")),
        ];
        cells.extend(shown_cells(estimates, "group", name));
        cells
    };
    let mut columns = vec![words("Group"), numbers("Servers"), words("Standby")];
    columns.extend(shown_columns());
    Grid {
        id: "groups".into(),
        caption: "Groups of equal servers".into(),
        file: ESTIMATES.into(),
        columns,
        rows: names.iter().take(ROWS).map(row).collect(),
        all: names.len(),
        which: "The first",
    }
}

fn scopes(estimates: &Numbers) -> Grid {
    let kinds = ["fleet", "standby", "region", "zone", "service"];
    let all: Vec<(&str, &str)> = kinds
        .iter()
        .flat_map(|kind| estimates.names(kind).into_iter().map(move |name| (*kind, name)))
        .collect();
    let row = |(kind, name): &(&str, &str)| {
        let mut cells = vec![Cell::text(*name), Cell::text(*kind)];
        cells.extend(shown_cells(estimates, kind, name));
        cells
    };
    let mut columns = vec![words("Name"), words("Kind")];
    columns.extend(shown_columns());
    Grid {
        id: "scopes".into(),
        caption: "The fleet, standby modes, places and applications".into(),
        file: ESTIMATES.into(),
        columns,
        rows: all.iter().take(ROWS).map(row).collect(),
        all: all.len(),
        which: "The first",
    }
}

/// The share of all downtime that a cause takes.
pub fn part(estimates: &Numbers, cause: &str) -> Option<f64> {
    let all = estimates.fleet("downtime_per_server_year")?.value.filter(|v| *v > 0.0)?;
    Some(estimates.get("cause", cause, "downtime_per_server_year")?.value? / all)
}

/// Causes with their downtime, the largest first.
pub fn by_downtime(estimates: &Numbers) -> Vec<&Number> {
    let of_cause = |n: &&Number| n.scope == "cause" && n.metric == "downtime_per_server_year";
    let mut causes: Vec<&Number> = estimates.list.iter().filter(of_cause).collect();
    let size = |n: &Number| n.value.unwrap_or(-1.0);
    causes.sort_by(|a, b| size(b).total_cmp(&size(a)));
    causes
}

fn causes(estimates: &Numbers) -> Grid {
    let metrics = [
        "downtime_per_server_year",
        "incidents_per_server_year",
        "recovery_time_p50",
        "recovery_time_p99",
    ];
    let row = |n: &&Number| {
        let part = part(estimates, &n.name);
        let text = part.map_or("–".to_string(), |p| {
            if p > 0.0 && p < 0.001 { "< 0.1 %".to_string() } else { format!("{:.1} %", p * 100.0) }
        });
        let mut cells = vec![Cell::text(&n.name), Cell::number(text, part)];
        cells.extend(metrics.iter().map(|m| Cell::estimate(estimates.get("cause", &n.name, m))));
        cells
    };
    let rows: Vec<_> = by_downtime(estimates).iter().map(row).collect();
    Grid {
        id: "causes".into(),
        caption: "What takes servers down: faults and planned work".into(),
        file: ESTIMATES.into(),
        columns: vec![
            words("Cause"),
            numbers("Of all downtime"),
            numbers("Down a year"),
            numbers("Incidents a year"),
            numbers("Recovery p50"),
            numbers("Recovery p99"),
        ],
        all: rows.len(),
        rows,
        which: "The first",
    }
}

/// A field of a table as a number with its saying.
fn field(text: &str, say: impl Fn(f64) -> String) -> Cell {
    match text.parse::<f64>() {
        Ok(v) => Cell::number(say(v), Some(v)),
        Err(_) => Cell::text("–"),
    }
}

fn server_grid(table: &Table) -> Grid {
    let of = table.reader();
    let digits = crate::report::human::digits;
    let row = |row: &Vec<String>| {
        vec![
            Cell::text(of(row, "server")),
            Cell::text(format!("{}/{}", of(row, "region"), of(row, "zone"))),
            Cell::text(of(row, "standby")),
            field(of(row, "availability"), share),
            field(of(row, "incidents_per_year"), digits),
            field(of(row, "worst_month"), share),
            field(of(row, "sla_breaches"), digits),
        ]
    };
    Grid {
        id: "servers".into(),
        caption: "Servers, over all replications; the least available first".into(),
        file: SERVERS.into(),
        columns: vec![
            words("Server"),
            words("Zone"),
            words("Standby"),
            numbers("Availability"),
            numbers("Incidents a year"),
            numbers("Worst month, mean"),
            numbers("Months below SLA, mean"),
        ],
        rows: table.rows.iter().map(row).collect(),
        all: table.all,
        which: "The least available",
    }
}

fn incident_grid(table: &Table) -> Grid {
    let of = table.reader();
    let row = |row: &Vec<String>| {
        let mut phases: Vec<(f64, &str)> = Phase::ALL
            .iter()
            .filter_map(|p| Some((of(row, &format!("{}_s", p.word())).parse().ok()?, p.word())))
            .filter(|(s, _)| *s > 0.0)
            .collect();
        phases.sort_by(|a, b| b.0.total_cmp(&a.0));
        let words: Vec<String> =
            phases.iter().take(3).map(|(s, word)| format!("{word} {}", time(*s))).collect();
        let open = of(row, "censored") == "true";
        let path = if open { "not ended" } else { of(row, "recovery_path") };
        vec![
            Cell::text(of(row, "incident")),
            Cell::text(of(row, "server")),
            Cell::text(
                of(row, "started_at")
                    .split('.')
                    .next()
                    .unwrap_or("")
                    .trim_end_matches('Z')
                    .replace('T', " "),
            ),
            field(of(row, "duration_s"), time),
            Cell::text(of(row, "cause")),
            Cell::text(path),
            Cell::text(words.join(", ")),
            field(of(row, "loss_window_s"), time),
            field(of(row, "sla_minutes"), |v| said("", v)),
        ]
    };
    Grid {
        id: "incidents".into(),
        caption: "Incidents of all replications; the longest first".into(),
        file: INCIDENTS.into(),
        columns: vec![
            words("Incident"),
            words("Server"),
            words("Started (UTC)"),
            numbers("Lasted"),
            words("Cause"),
            words("Ended by"),
            words("Longest phases"),
            numbers("Loss window"),
            numbers("SLA minutes"),
        ],
        rows: table.rows.iter().map(row).collect(),
        all: table.all,
        which: "The longest",
    }
}

fn all(estimates: &Numbers) -> Grid {
    // Scopes of which there are few come first, so that a cut takes groups.
    let rank = |n: &Number| {
        ["fleet", "service", "standby", "cause", "region", "zone"]
            .iter()
            .position(|s| *s == n.scope)
    };
    let mut list: Vec<&Number> = estimates.list.iter().collect();
    list.sort_by_key(|n| rank(n).unwrap_or(usize::MAX));
    let row = |n: &&Number| {
        vec![
            Cell::text(&n.name),
            Cell::text(&n.scope),
            Cell::text(&n.metric),
            Cell::number(n.beside(), n.value),
            Cell::text(n.interval()),
            Cell::text(&n.unit),
            Cell::text(&n.method),
        ]
    };
    Grid {
        id: "estimates".into(),
        caption: "Every estimate, its interval of 95 % and how it was made".into(),
        file: ESTIMATES.into(),
        columns: vec![
            words("Name"),
            words("Scope"),
            words("Metric"),
            numbers("Value"),
            words("Interval"),
            words("Unit in the file"),
            words("Method"),
        ],
        rows: list.iter().take(ESTIMATE_ROWS).map(row).collect(),
        all: list.len(),
        which: "The first",
    }
}
