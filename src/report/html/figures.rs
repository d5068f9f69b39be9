//! The charts of a folder, each with a caption and the same in words or as a table.

use super::found::Found;
use super::grid::{Cell, Grid, numbers, words};
use super::vector::Vector;
use crate::report::TIMELINE;
use crate::report::human::digits;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Charts in the order of a page; others follow by name.
const ORDER: [&str; 14] = [
    "compare",
    "compare-recovery",
    "compare-causes",
    "sweep",
    "tornado",
    "morris",
    "availability",
    "causes",
    "recovery",
    "paths",
    "worst-month",
    "drill",
    "over-time",
    "capacity",
];
/// Charts whose numbers are in a table of the page: what it has of them, its id and name.
const TABLES: [(&str, &str, &str, &str); 4] = [
    ("availability", "The same as a table", "groups", "Groups"),
    ("recovery", "Recovery times by group, as a table", "groups", "Groups"),
    ("worst-month", "Months below the SLA by group, as a table", "groups", "Groups"),
    ("causes", "The same as a table", "causes", "Causes"),
];
/// Most marks of a chart that are said.
const MARKS: usize = 400;

/// The section; nothing without charts.
pub fn section(found: &Found) -> Result<Markup, Vec<String>> {
    let mut charts = found.charts()?;
    let rank =
        |name: &str| ORDER.iter().position(|o| name == *o || name.starts_with(&format!("{o}-")));
    charts.sort_by_key(|(name, _)| (rank(name).unwrap_or(ORDER.len()), name.clone()));
    if charts.is_empty() {
        return Ok(html! {});
    }
    let months = months(found)?;
    let mut figures = Vec::new();
    for (name, text) in &charts {
        let vector = Vector::read(text)
            .map_err(|why| vec![format!("charts/{name}.svg is no chart of fleetsim: {why}")])?;
        figures.push(figure(name, &vector, &months));
    }
    Ok(html! {
        section aria-labelledby="charts" {
            h2 #charts { "Charts" }
            @for figure in &figures { (figure) }
        }
    })
}

fn figure(name: &str, vector: &Vector, months: &Months) -> Markup {
    let id = format!("chart-{}", name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let table = TABLES.iter().find(|t| t.0 == name);
    html! {
        figure aria-labelledby={ (id) "-heading" } {
            h3.hidden id={ (id) "-heading" } { (vector.title) }
            div.chart tabindex="0" role="group" aria-label={ "Chart: " (vector.title) } { (vector.svg(&id)) }
            @if let Some((_, what, place, title)) = table {
                figcaption { (what) ": " a href={ "#" (place) } { (title) } "." }
            }
            @match name {
                "over-time" => (twin(months.grid(&id, &["servers_down", "at_risk"]))),
                "capacity" => (twin(months.grid(&id, &["vcores_free", "vcores_queued"]))),
                _ if table.is_none() && !vector.marks.is_empty() => (twin(marks(&id, vector))),
                _ => {}
            }
        }
    }
}

fn twin(grid: Grid) -> Markup {
    if grid.rows.is_empty() {
        return html! {};
    }
    html! { details { summary { "The same as a table" } (grid) } }
}

/// The marks of a chart: `what: part value`, one row each.
fn marks(id: &str, vector: &Vector) -> Grid {
    let row = |mark: &String| {
        let (what, value) = mark.split_once(": ").unwrap_or((mark, ""));
        vec![Cell::text(what), Cell::text(value)]
    };
    Grid {
        id: format!("{id}-marks"),
        caption: vector.title.clone(),
        file: String::new(),
        columns: vec![words("Mark"), words("Value")],
        rows: vector.marks.iter().take(MARKS).map(row).collect(),
        all: vector.marks.len(),
        which: "The first",
    }
}

/// A level over one month: sums for the mean, and the extreme.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    sum: f64,
    rows: f64,
    worst: Option<f64>,
}

/// The time line by what, place and month.
#[derive(Debug, Default)]
struct Months(BTreeMap<(String, String, String), Level>);

fn months(found: &Found) -> Result<Months, Vec<String>> {
    let mut months = Months::default();
    found.walk(TIMELINE, |table, row| {
        let of = table.reader();
        months.add(|column| of(row, column));
    })?;
    Ok(months)
}

impl Months {
    /// Adds a row; `of` gives its fields by column.
    fn add<'r>(&mut self, of: impl Fn(&str) -> &'r str) {
        let what = of("what");
        let month = of("from").chars().take(7).collect();
        let key = (what.to_string(), of("place").to_string(), month);
        let level: &mut Level = self.0.entry(key).or_default();
        if let Ok(mean) = of("mean").parse::<f64>() {
            level.sum += mean;
            level.rows += 1.0;
        }
        if let Ok(worst) = of("worst").parse::<f64>() {
            let least = what == "vcores_free";
            let further = |w: f64| if least { w.min(worst) } else { w.max(worst) };
            level.worst = Some(level.worst.map_or(worst, further));
        }
    }

    fn grid(&self, id: &str, shown: &[&str]) -> Grid {
        let rows: Vec<Vec<Cell>> = self
            .0
            .iter()
            .filter(|((what, ..), _)| shown.contains(&what.as_str()))
            .map(|((what, place, month), level)| {
                let mean = (level.rows > 0.0).then(|| level.sum / level.rows);
                let cell = |v: Option<f64>| Cell::number(v.map_or("–".into(), digits), v);
                vec![
                    Cell::text(month),
                    Cell::text(what.replace('_', " ")),
                    Cell::text(if place.is_empty() { "fleet" } else { place }),
                    cell(mean),
                    cell(level.worst),
                ]
            })
            .collect();
        Grid {
            id: format!("{id}-months"),
            caption: "By month, over all replications".into(),
            file: TIMELINE.into(),
            columns: vec![
                words("Month"),
                words("What"),
                words("Where"),
                numbers("Mean"),
                numbers("Extreme"),
            ],
            all: rows.len(),
            rows,
            which: "The first",
        }
    }
}
