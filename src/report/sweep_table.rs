//! `sweep.csv` and the manifest of a sweep: a row a point, scope and metric, axes in front.

use super::chart::Drawn;
use super::columns::{Declared, declared};
use super::field::{harmless, harmless_value, lines};
use super::sweep::SweepAbout;
use super::{estimates, scenario_digest, sweep_text};
use crate::experiment::Outcome;
use crate::measure::Kind;
use crate::scenario::{Scenario, plain};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Columns of `sweep.csv`; one column an axis stands after the first.
pub fn columns() -> Vec<Declared> {
    declared(&[
        ("point", "", "number of the point, from 1"),
        ("AXIS", "as written", "a column an axis, named by its key: its value at this point"),
        ("scope", "", "kind of scope: fleet, group, service"),
        ("name", "", "name of the scope"),
        ("metric", "", "what is estimated"),
        ("value", "see `unit`", "the estimate; empty where no event was seen"),
        ("std_error", "see `unit`", "standard error"),
        ("ci_low", "see `unit`", "lower end of the interval of 95 %"),
        ("ci_high", "see `unit`", "upper end of the interval of 95 %"),
        ("unit", "", "unit of the four columns before; a share is from 0 to 1"),
        ("replications", "", "replications behind it"),
        ("method", "", "how it was made, and what to beware of"),
    ])
}

/// Kinds of scopes that the table has.
pub fn in_sweep(kind: Kind) -> bool {
    matches!(kind, Kind::Fleet | Kind::Group | Kind::Service)
}

/// What the files of a sweep say of a point: all that is kept of one without a folder of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Events played.
    pub events: u64,
    /// Whether a precision was reached; none where a count was played.
    pub precision_reached: Option<bool>,
    /// Its line on the terminal.
    pub cells: [String; 4],
    /// Rows of the table from the scope on, a line each.
    rows: String,
    /// What the manifest says.
    facts: Map<String, Value>,
    /// What charts show.
    pub drawn: Drawn,
}

impl SweepPoint {
    /// About a point that was played.
    pub fn of(scenario: &Scenario, outcome: &Outcome) -> SweepPoint {
        let wanted = outcome.estimates.iter().filter(|e| in_sweep(e.scope));
        let facts = json!({
            "scenario_digest": scenario_digest(scenario),
            "event_digest": format!("{:016x}", outcome.digest),
            "replications": outcome.replications,
            "events": outcome.events,
            "incidents": outcome.incidents,
            "environment": outcome.environment.word(),
            "precision_reached": outcome.precision_reached,
            "warnings": outcome.warnings,
        });
        SweepPoint {
            events: outcome.events,
            precision_reached: outcome.precision_reached,
            cells: sweep_text::cells(outcome),
            rows: lines(wanted.map(estimates::fields)),
            facts: facts.as_object().cloned().unwrap_or_default(),
            drawn: Drawn::of(scenario, outcome),
        }
    }
}

/// The table of a sweep, filled point after point.
#[derive(Debug)]
pub struct SweepTable<'a> {
    about: &'a SweepAbout,
    /// The table so far, without its header.
    rows: String,
    points: Vec<Value>,
}

impl<'a> SweepTable<'a> {
    /// An empty one.
    pub fn new(about: &'a SweepAbout) -> SweepTable<'a> {
        SweepTable { about, rows: String::new(), points: Vec::new() }
    }

    /// Adds the next point.
    pub fn add(&mut self, point: &SweepPoint) {
        let (about, index) = (self.about, self.points.len());
        let values: Vec<String> = about.points[index].iter().map(|v| plain(v)).collect();
        let number = (index + 1).to_string();
        let front = std::iter::once(number).chain(values.iter().map(|v| harmless_value(v).into()));
        let front = lines(std::iter::once(front));
        for found in point.rows.lines() {
            self.rows += front.trim_end();
            self.rows.push(',');
            self.rows += found;
            self.rows.push('\n');
        }
        let values: Map<String, Value> =
            about.axes.iter().cloned().zip(values.into_iter().map(Value::from)).collect();
        let mut all = Map::new();
        all.insert("point".to_string(), (index + 1).into());
        all.insert("values".to_string(), values.into());
        all.extend(point.facts.clone());
        self.points.push(all.into());
    }

    /// The files of the whole sweep, the manifest last.
    pub fn files(self) -> Vec<(String, Vec<u8>)> {
        let about = self.about;
        let mut header: Vec<String> = columns().into_iter().map(|c| c.0).collect();
        header.splice(1..2, about.axes.iter().map(|key| harmless(key).into_owned()));
        let found = [("sweep", about.sweep.clone()), ("points", self.points.into())];
        let found = found.map(|(key, value)| (key.to_string(), value));
        let text = lines(std::iter::once(header)) + &self.rows;
        vec![
            (super::SWEEP.to_string(), text.into_bytes()),
            (super::MANIFEST.to_string(), about.manifest(found.into_iter().collect())),
        ]
    }
}
