//! `sweep.csv` and the manifest of a sweep: a row a point, scope and metric, axes in front.

use super::About;
use super::columns::{Declared, declared};
use super::field::{harmless, harmless_value, number, table};
use super::manifest::{FORMAT, MADE_BY, json_digest, scenario_digest};
use crate::experiment::{EnvironmentUsed, Outcome, Plan, Sweep};
use crate::measure::Kind;
use crate::scenario::{Scenario, plain};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Its columns; one column an axis stands after the first.
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

/// What a sweep is, apart from what it found: complete enough to finish it elsewhere.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SweepAbout {
    /// Name of the sweep.
    pub name: String,
    /// The command that repeats it.
    pub command: String,
    /// How a point alone is played: the same without its axes.
    pub point_command: String,
    /// Seed of all points.
    pub seed: u64,
    /// Profile of the base.
    pub profile: Option<String>,
    /// The sweep as it was read.
    pub sweep: Value,
    /// Keys of the axes.
    pub axes: Vec<String>,
    /// Values of each point, in the order of axes, as TOML.
    pub points: Vec<Vec<String>>,
    /// Digest of the base scenario.
    pub scenario_digest: String,
    /// The base scenario.
    pub scenario: Value,
    /// Whether every point has a folder of its own.
    pub folders: bool,
    /// What the points are for, if they are those of a sensitivity analysis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

impl SweepAbout {
    /// About this sweep.
    pub fn of(
        sweep: &Sweep,
        plan: Option<Plan>,
        command: String,
        point_command: String,
        folders: bool,
    ) -> SweepAbout {
        let (file, base) = (&sweep.file, &sweep.file.base);
        SweepAbout {
            name: file.name.clone(),
            command,
            point_command,
            seed: base.fleet.seed,
            profile: base.profile.map(str::to_string),
            sweep: json!({
                "scenario": file.scenario,
                "design": file.design.word(),
                "points": file.points,
                "axis": file.axes.iter().map(|a| a.effective()).collect::<Vec<_>>(),
            }),
            axes: file.axes.iter().map(|a| a.key.clone()).collect(),
            points: sweep.points.iter().map(|p| p.values.clone()).collect(),
            scenario_digest: scenario_digest(base),
            scenario: base.effective.clone(),
            folders,
            plan,
        }
    }

    /// Digest of all that decides about the results: points, base scenario, what is written.
    pub fn digest(&self) -> String {
        let mut facts =
            json!([self.name, self.axes, self.points, self.scenario_digest, self.folders]);
        if let (Some(plan), Some(list)) = (&self.plan, facts.as_array_mut()) {
            list.push(json!(plan));
        }
        json_digest(&facts)
    }

    /// What two parts of one sweep have in common, in words.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("sweep", self.name.clone()),
            ("seed", self.seed.to_string()),
            ("base scenario's digest", self.scenario_digest.clone()),
            ("sweep digest", self.digest()),
        ]
    }

    /// What the files of a point say about it.
    pub fn point(&self, index: usize) -> About {
        let mut command = self.point_command.clone();
        for (key, value) in self.axes.iter().zip(&self.points[index]) {
            let word = format!("{key}={}", plain(value)).replace('\'', "'\\''");
            command += &format!(" --set '{word}'");
        }
        About::this(command)
    }
}

/// Name of the folder of a point, by its index from 0.
pub fn point_folder(index: usize, points: usize) -> String {
    let width = points.to_string().len().max(4);
    format!("point={:0width$}", index + 1)
}

/// The table of a sweep, filled point after point.
#[derive(Debug)]
pub struct SweepTable<'a> {
    about: &'a SweepAbout,
    rows: Vec<Vec<String>>,
    points: Vec<Value>,
}

impl<'a> SweepTable<'a> {
    /// An empty one.
    pub fn new(about: &'a SweepAbout) -> SweepTable<'a> {
        SweepTable { about, rows: Vec::new(), points: Vec::new() }
    }

    /// Adds the next point.
    pub fn add(&mut self, scenario: &Scenario, outcome: &Outcome) {
        let index = self.points.len();
        let values: Vec<String> = self.about.points[index].iter().map(|v| plain(v)).collect();
        for e in outcome.estimates.iter().filter(|e| in_sweep(e.scope)) {
            let mut row = vec![(index + 1).to_string()];
            row.extend(values.iter().map(|v| harmless_value(v).into_owned()));
            row.extend([
                e.scope.word().to_string(),
                harmless(&e.name).into_owned(),
                e.metric.to_string(),
                number(e.value),
                number(e.std_error),
                number(e.ci_low),
                number(e.ci_high),
                e.unit.to_string(),
                e.replications.to_string(),
                e.method.clone(),
            ]);
            self.rows.push(row);
        }
        let axes: Map<String, Value> =
            self.about.axes.iter().cloned().zip(values.into_iter().map(Value::from)).collect();
        self.points.push(json!({
            "point": index + 1,
            "values": axes,
            "scenario_digest": scenario_digest(scenario),
            "event_digest": format!("{:016x}", outcome.digest),
            "replications": outcome.replications,
            "events": outcome.events,
            "incidents": outcome.incidents,
            "environment": match outcome.environment {
                EnvironmentUsed::Natural => "natural",
                EnvironmentUsed::Stratified(_) => "stratified",
            },
            "precision_reached": outcome.precision_reached,
            "warnings": outcome.warnings,
        }));
    }

    /// The files of the whole sweep, the manifest last.
    pub fn files(self) -> Vec<(String, Vec<u8>)> {
        let about = self.about;
        let mut header: Vec<String> = columns().into_iter().map(|c| c.0).collect();
        header.splice(1..2, about.axes.iter().map(|key| harmless(key).into_owned()));
        let manifest = super::json_bytes(&json!({
            "made_by": MADE_BY,
            "format": FORMAT,
            "version": env!("CARGO_PKG_VERSION"),
            "command": about.command,
            "name": about.name,
            "profile": about.profile,
            "seed": about.seed,
            "sweep_digest": about.digest(),
            "sweep": about.sweep,
            "points": self.points,
            "scenario_digest": about.scenario_digest,
            "scenario": about.scenario,
        }));
        vec![
            (super::SWEEP.to_string(), table(header, self.rows.into_iter())),
            (super::MANIFEST.to_string(), manifest),
        ]
    }
}
