//! Factors: parameters of a scenario that nobody knows for sure, each with the range in which it may lie.
//!
//! A factor is a value that comes from the profile as `assumed` or `published` and that this scenario
//! uses. Numbers and quantities move between `low` and `high`, laws as a whole so that their central
//! value does, words and switches from one to the other. A range of ten times or more is gone through on
//! a log scale. An end at which the scenario is not valid is cut off, and says why.

use super::axis::{Axis, Values};
use super::axis_unit::{End, Unit};
use super::overrides::{self, Override};
use super::print;
use super::scaled;
use super::syntax::{Documents, Node, Span, Value};
use super::{Assumption, Scenario, Source};
use crate::model::fleet::StandbyMode;

/// A parameter that can be moved.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Path of the value: in the profile, or of the axis.
    pub name: String,
    /// What it takes from its low to its high end.
    pub axis: Axis,
    /// The low end as it is written there.
    pub low: String,
    /// The value in the scenario.
    pub base: String,
    /// The same in short: of a law its central value.
    pub centre: String,
    /// The high end.
    pub high: String,
    /// `assumed`, `published`, or `axis`.
    pub origin: String,
    /// Document or study.
    pub source: String,
    /// Its date.
    pub date: String,
    /// What to beware of.
    pub note: String,
    /// Whether the low and the high end are there: not where the scenario is not valid with them.
    pub ends: [bool; 2],
}

/// The factors of a scenario.
#[derive(Clone, Default, Debug)]
pub struct Factors {
    /// In the order of `assumptions.csv`.
    pub all: Vec<Factor>,
    /// Parameters with a range that cannot be moved, and why.
    pub left_out: Vec<(String, String)>,
}

/// Ranges of this many times or more are gone through on a log scale.
const LOG_FROM: f64 = 10.0;

/// The factors of a scenario with what its profile says of them.
pub fn factors(source: &Source, common: &[Override], base: &Scenario, metric: &str) -> Factors {
    let mut found = Factors::default();
    for (name, assumptions) in used(base, metric) {
        let first = assumptions[0];
        if first.low == first.high {
            continue;
        }
        let keys = assumptions.iter().map(|a| a.parameter.clone()).collect();
        match values(first) {
            Ok((values, note)) => {
                let mut factor = Factor {
                    name,
                    axis: Axis::made(keys, values),
                    low: first.low.clone(),
                    base: first.value.clone(),
                    centre: centre(&first.value),
                    high: first.high.clone(),
                    origin: first.origin.clone(),
                    source: first.source.clone(),
                    date: first.date.clone(),
                    note,
                    ends: [true; 2],
                };
                factor.try_ends(source, common);
                match factor.ends {
                    [false, false] => found.left_out.push((factor.name, factor.note)),
                    _ => found.all.push(factor),
                }
            }
            Err(why) => found.left_out.push((name, why)),
        }
    }
    found
}

/// The axes of a sweep file as factors.
pub fn of_axes(axes: &[Axis], base: &Scenario) -> Factors {
    let factor = |axis: &Axis| {
        let known = base.assumptions.iter().find(|a| a.parameter == axis.key);
        let known = known.map(|a| a.value.clone()).or_else(|| effective(base, &axis.key));
        Factor {
            name: axis.key.clone(),
            axis: axis.clone(),
            low: centre(&super::plain(&axis.at(0.0))),
            centre: known.as_deref().map(centre).unwrap_or_default(),
            base: known.unwrap_or_default(),
            high: centre(&super::plain(&axis.at(1.0))),
            origin: "axis".to_string(),
            source: String::new(),
            date: String::new(),
            note: String::new(),
            ends: [true; 2],
        }
    };
    Factors { all: axes.iter().map(factor).collect(), left_out: Vec::new() }
}

/// A value of the effective scenario by its path.
fn effective(base: &Scenario, key: &str) -> Option<String> {
    let pointer = format!("/{}", key.replace('.', "/"));
    let value = base.effective.pointer(&pointer)?;
    Some(value.as_str().map_or_else(|| value.to_string(), String::from))
}

/// Parameters of the profile that this scenario uses for this metric, each with all its places.
fn used<'s>(base: &'s Scenario, metric: &str) -> Vec<(String, Vec<&'s Assumption>)> {
    let ours = || base.fleet.groups.iter().filter(|g| !g.other_tenant);
    let standbys = ours().any(|g| g.standby_mode != StandbyMode::None);
    let backups = ours().any(|g| g.backup.is_some());
    let contract = metric.starts_with("sla_") || metric.starts_with("worst_month");
    let injected = |mode: &str| {
        let drills = base.effective.get("inject").and_then(|i| i.as_array());
        drills.is_some_and(|all| all.iter().any(|i| i["fault"] == mode))
    };
    let mut found: Vec<(String, Vec<&Assumption>)> = Vec::new();
    for a in &base.assumptions {
        let (section, rest) = a.parameter.split_once('.').unwrap_or((&a.parameter, ""));
        let key = rest.rsplit('.').next().unwrap_or(rest);
        let mode = rest.split('.').next().unwrap_or(rest);
        let matters = match section {
            "fault" => base.faults.iter().any(|f| f.name == mode && f.on) || injected(mode),
            "standby" | "control" => standbys,
            "restore" => backups,
            "sla" => contract,
            // How many cells there are is a matter of the model, not of the service.
            "region" => key != "cells",
            _ => true,
        };
        let doubted = matches!(a.origin.as_str(), "assumed" | "published") && !a.low.is_empty();
        if !matters || !doubted || a.parameter.contains(" of each cell of ") {
            continue;
        }
        let name = match section {
            "servers" | "region" => format!("{section}.{key}"),
            _ => a.parameter.clone(),
        };
        let same = |f: &&mut (String, Vec<&Assumption>)| f.0 == name && f.1[0].value == a.value;
        match found.iter_mut().find(same) {
            Some(known) => known.1.push(a),
            None => found.push((name, vec![a])),
        }
    }
    found
}

/// A value in short: of a law its central value.
fn centre(value: &str) -> String {
    let central = scaled::central(&read(value)).map(|(unit, x)| super::plain(&unit.print(x)));
    central.unwrap_or_else(|| value.to_string())
}

/// A text as a value of TOML that stands nowhere.
fn read(text: &str) -> Node {
    let change = Override { path: "value".to_string(), value: text.to_string() };
    overrides::read(&mut Documents::default(), &change)
}

/// What a parameter takes between its ends, and what to say of it.
fn values(a: &Assumption) -> Result<(Values, String), String> {
    let (base, low, high) = (read(&a.value), read(&a.low), read(&a.high));
    let ends = Unit::read(&low).zip(Unit::read(&high));
    let log = |from: f64, to: f64| from > 0.0 && to / from >= LOG_FROM;
    if let (Some((unit, middle)), Some(((u, from), (v, to)))) = (scaled::central(&base), ends) {
        if unit != u || unit != v || middle <= 0.0 {
            return Err(format!("a law of which {} is no central value", a.low));
        }
        let (from, to) = (from / middle, to / middle);
        let note = "the law is scaled as a whole: its mean moves by the same factor".to_string();
        return Ok((Values::Scaled { law: base, from, to, log: log(from, to) }, note));
    }
    match (Unit::read(&base), End::read(&low).zip(End::read(&high))) {
        (Some((unit, _)), Some(((u, from), (v, to))))
            if unit == u && unit == v && unit != Unit::Size =>
        {
            let log = log(from.value, to.value);
            Ok((Values::Between { unit, ends: [from, to], steps: None, log }, String::new()))
        }
        _ if matches!(base.value, Value::Table(_)) && matches!(low.value, Value::String(_)) => {
            Err(format!("{} is not written as {}", a.low, a.value))
        }
        _ => {
            let mut words: Vec<(String, Span)> = Vec::new();
            for node in [low, base, high] {
                let text = print::compact(&node);
                if words.iter().all(|w| w.0 != text) {
                    words.push((text, node.span));
                }
            }
            Ok((Values::Listed(words), String::new()))
        }
    }
}

impl Factor {
    /// The value of an end: 0 low, 1 high. `None` where it is not there.
    pub fn end(&self, which: usize) -> Option<String> {
        self.ends[which].then(|| self.axis.at(which as f64))
    }

    /// Whether an end is where the scenario is anyway.
    pub fn stays(&self, which: usize) -> bool {
        let same = |value: &String| {
            let here = Unit::read(&read(&self.base));
            super::plain(value) == self.base || here.is_some() && Unit::read(&read(value)) == here
        };
        self.end(which).as_ref().is_some_and(same)
    }

    /// Cuts off the ends at which the scenario is not valid.
    fn try_ends(&mut self, source: &Source, common: &[Override]) {
        for which in 0..2 {
            let Some(value) = self.end(which) else { continue };
            if self.stays(which) {
                continue;
            }
            let changes = common.iter().cloned().chain(self.axis.set(&value)).collect::<Vec<_>>();
            let why = match source.scenario(&changes) {
                Ok(_) => continue,
                Err(complaints) => complaints.iter().next().map_or(String::new(), |c| c.message()),
            };
            self.ends[which] = false;
            let text = if which == 0 { &self.low } else { &self.high };
            let words = format!("{text} is not valid here: {why}");
            self.note =
                if self.note.is_empty() { words } else { format!("{}; {words}", self.note) };
        }
        if self.ends != [true; 2] {
            self.axis.cut(self.ends, &read(&self.base));
        }
    }
}
