//! A sweep: from which point to which the answer moves, and a table of all points.

use super::found::{Found, Keep, Table, shown};
use super::grid::{Cell, Grid, numbers, words};
use super::numbers::{Number, said};
use crate::report::SWEEP;
use crate::report::human::nines;
use crate::report::sweep::seeds_in_words;
use crate::scenario::plain;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is shown of a point: a metric and its label.
const SHOWN: [(&str, &str); 7] = [
    ("availability", "Availability"),
    ("downtime_per_server_year", "Down a year"),
    ("incidents_per_server_year", "Incidents a year"),
    ("recovery_time_p95", "Recovery p95"),
    ("loss_probability_per_year", "Data loss a year"),
    ("sla_minutes_per_server_year", "SLA minutes a year"),
    ("time_at_risk_share", "Time at risk"),
];
/// The metrics of rows that are looked at: those shown, and the one that ranks points.
const READ: [&str; SHOWN.len() + 1] = {
    let mut read = ["unavailability"; SHOWN.len() + 1];
    let mut i = 0;
    while i < SHOWN.len() {
        read[i] = SHOWN[i].0;
        i += 1;
    }
    read
};
/// Most points that are shown.
const ROWS: usize = 500;

/// A point: its values, its scopes, and its rows by scope, name and metric.
struct Point<'t> {
    number: &'t str,
    values: Vec<&'t str>,
    scopes: Vec<(&'t str, &'t str)>,
    rows: BTreeMap<[&'t str; 3], &'t [String]>,
}

/// The sections before the charts, and those after.
pub fn sections(found: &Found) -> Result<(Markup, Markup), Vec<String>> {
    let table = found.table(SWEEP, Keep::Of("metric", &READ))?.unwrap_or_default();
    let axes: &[String] = table.columns.get(1..table.at("scope").unwrap_or(1)).unwrap_or(&[]);
    let points = points(&table, axes.len());
    let word = |key: &str| shown(&found.manifest["sweep"][key]);
    let before = html! {
        section.answer aria-labelledby="answer" {
            h2 #answer { "The answer" }
            (answer(&table, axes, &points))
            (fleet(&table, axes, &points))
        }
    };
    let after = html! {
        section aria-labelledby="tables" {
            h2 #tables { "Tables" }
            h3 { "Groups and applications at every point" }
            (groups(&table, axes, &points))
            h3 { "The sweep" }
            p { "Design " code { (word("design")) } " over " code { (word("scenario")) } "." }
            (axes_grid(&found.manifest["sweep"]["axis"]))
            (warnings(&found.manifest))
        }
    };
    Ok((before, after))
}

/// The seeds of the points, in words.
pub fn seeds(found: &Found) -> String {
    let base = found.manifest["seed"].as_u64().unwrap_or(0);
    let points = found.manifest["points"].as_array().into_iter().flatten();
    seeds_in_words(base, points.filter_map(|p| p["values"]["seed"].as_str()?.parse().ok()))
}

fn points(table: &Table, axes: usize) -> Vec<Point<'_>> {
    let of = table.reader();
    let mut points: Vec<Point<'_>> = Vec::new();
    for row in &table.rows {
        let number = of(row, "point");
        if points.last().is_none_or(|p| p.number != number) {
            let values = row.iter().skip(1).take(axes).map(String::as_str).collect();
            points.push(Point { number, values, scopes: Vec::new(), rows: BTreeMap::new() });
        }
        if let Some(point) = points.last_mut() {
            let scope = (of(row, "scope"), of(row, "name"));
            if point.scopes.last() != Some(&scope) {
                point.scopes.push(scope);
            }
            point.rows.insert([scope.0, scope.1, of(row, "metric")], row);
        }
    }
    points
}

impl<'t> Point<'t> {
    /// An estimate of the point.
    fn get(&self, table: &'t Table, scope: &str, name: &str, metric: &str) -> Option<Number> {
        let of = table.reader();
        let row = self.rows.get(&[scope, name, metric])?;
        Some(Number {
            metric: metric.to_string(),
            value: of(row, "value").parse().ok(),
            low: of(row, "ci_low").parse().ok(),
            high: of(row, "ci_high").parse().ok(),
            unit: of(row, "unit").to_string(),
            ..Number::default()
        })
    }

    /// Its values in words.
    fn described(&self, axes: &[String]) -> String {
        let one = |(key, value): (&String, &&str)| format!("{key} = {value}");
        axes.iter().zip(&self.values).map(one).collect::<Vec<_>>().join(", ")
    }
}

/// Between which points the availability of the fleet lies.
fn answer<'t>(table: &'t Table, axes: &[String], points: &[Point<'t>]) -> Markup {
    let mut known: Vec<(&Point<'_>, Number, f64)> = points
        .iter()
        .filter_map(|p| {
            let number = p.get(table, "fleet", "fleet", "unavailability")?;
            let value = number.value?;
            Some((p, number, value))
        })
        .collect();
    known.sort_by(|a, b| a.2.total_cmp(&b.2));
    let (Some(best), Some(worst)) = (known.first(), known.last()) else {
        return html! { p.lead { "No outage was seen at any point." } };
    };
    let apart = match (best.1.high, worst.1.low) {
        (Some(best), Some(worst)) => best < worst,
        _ => false,
    };
    let level = |u: f64| nines(u).unwrap_or_default();
    let line = |label: &str, at: &(&Point<'_>, Number, f64)| {
        html! {
            li {
                strong { (label) ": " (said("share", 1.0 - at.2)) ", " (level(at.2)) }
                " at point " (at.0.number) " (" (at.0.described(axes)) ")"
            }
        }
    };
    let seed = axes.iter().position(|axis| axis == "seed");
    let one_seed = seed.is_none_or(|i| points.iter().all(|p| p.values[i] == points[0].values[i]));
    html! {
        @if points.len() < 2 || best.2 == worst.2 {
            p.lead { "At all points the fleet has the same availability: " (said("share", 1.0 - best.2)) "." }
        } @else {
            ul.lead { (line("Best", best)) (line("Worst", worst)) }
            p {
                @if apart && points.len() == 2 { "Their intervals of 95 % are apart: the difference is hardly chance." }
                @else if apart {
                    "Their intervals of 95 % are apart. Of many points the best and the worst are so by their setting and \
                     by some luck: they look further apart than they are."
                }
                @else {
                    "Their intervals of 95 % overlap. "
                    @if one_seed {
                        "All points meet the same strikes where the fleet is the same, so the difference may still be sure: "
                    }
                    @else { "Points of one seed meet the same strikes, so their difference may still be sure: " }
                    code { "fleetsim compare" } " of the two tells."
                }
            }
        }
    }
}

/// The fields of a scope at a point.
fn cells<'t>(table: &'t Table, point: &Point<'t>, scope: &str, name: &str) -> Vec<Cell> {
    let cell =
        |(metric, _): &(&str, &str)| Cell::estimate(point.get(table, scope, name, metric).as_ref());
    SHOWN.iter().map(cell).collect()
}

/// Columns of a table of points; `between` stand after the number of the point.
fn columns(axes: &[String], between: &[&str]) -> Vec<super::grid::Column> {
    let mut columns = vec![numbers("Point")];
    columns.extend(between.iter().map(|w| words(*w)));
    columns.extend(axes.iter().map(words));
    columns.extend(SHOWN.iter().map(|(_, label)| numbers(*label)));
    columns
}

fn lead(point: &Point<'_>) -> Cell {
    Cell::number(point.number, point.number.parse().ok())
}

fn fleet<'t>(table: &'t Table, axes: &[String], points: &[Point<'t>]) -> Grid {
    let row = |point: &Point<'t>| {
        let mut row = vec![lead(point)];
        row.extend(point.values.iter().map(|v| Cell::text(*v)));
        row.extend(cells(table, point, "fleet", "fleet"));
        row
    };
    Grid {
        id: "points".into(),
        caption:
            "The whole fleet at every point; a year is of one server, below is the interval of 95 %"
                .into(),
        file: SWEEP.into(),
        columns: columns(axes, &[]),
        rows: points.iter().take(ROWS).map(row).collect(),
        all: points.len(),
        which: "The first",
    }
}

fn groups<'t>(table: &'t Table, axes: &[String], points: &[Point<'t>]) -> Grid {
    let mut rows = Vec::new();
    let mut all = 0;
    for point in points {
        for &(scope, name) in point.scopes.iter().filter(|s| s.0 != "fleet") {
            all += 1;
            if rows.len() < ROWS {
                let mut row = vec![lead(point), Cell::text(name)];
                row.extend(point.values.iter().map(|v| Cell::text(*v)));
                row.extend(cells(table, point, scope, name));
                rows.push(row);
            }
        }
    }
    Grid {
        id: "groups".into(),
        caption: "Each group and application at every point, with intervals of 95 %".into(),
        file: SWEEP.into(),
        columns: columns(axes, &["Name"]),
        rows,
        all,
        which: "The first",
    }
}

/// Values of an axis as a person writes them.
fn written(value: &Value) -> String {
    match value {
        Value::Array(list) => list.iter().map(written).collect::<Vec<_>>().join(", "),
        Value::String(text) => shown(&plain(text).into()),
        other => shown(other),
    }
}

fn axes_grid(axes: &Value) -> Markup {
    let list: Vec<&Value> = axes.as_array().into_iter().flatten().collect();
    html! {
        ul {
            @for axis in list {
                @if let Some(object) = axis.as_object() {
                    // An axis that is only drawn from has no steps.
                    @let said = object.iter().filter(|(_, value)| !value.is_null());
                    li { @for (i, (key, value)) in said.enumerate() {
                        @if i > 0 { "; " } (shown(&Value::from(key.as_str()))) ": " code { (written(value)) }
                    } }
                }
            }
        }
    }
}

/// Warnings of all points, each said once.
fn warnings(manifest: &Value) -> Markup {
    let mut all: Vec<Value> = Vec::new();
    for warning in manifest["points"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|p| p["warnings"].as_array().into_iter().flatten())
    {
        if !all.contains(warning) && all.len() < 100 {
            all.push(warning.clone());
        }
    }
    super::answer::warnings(&serde_json::json!({ "warnings": all }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_without_steps_says_none() {
        let axes =
            serde_json::json!([{ "key": "a.b", "from": "1s", "steps": null, "scale": "log" }]);
        let said = axes_grid(&axes).into_string();
        assert!(said.contains("from: <code>1s</code>; scale: <code>log</code>"), "{said}");
    }
}
