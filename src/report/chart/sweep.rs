//! What the charts of a sweep are made from: a few numbers a point, and which chart fits the design.

use super::Chart;
use super::sweep_axis::Axis;
use super::{frontier, heat, scatter, sweep_line};
use crate::experiment::{EnvironmentUsed, Outcome};
use crate::kernel::time::Span;
use crate::measure::{Estimate, Kind};
use crate::model::fleet::{Fleet, StandbyMode};
use crate::report::{SweepAbout, human};
use crate::scenario::{Scenario, plain};
use serde::{Deserialize, Serialize};

/// An estimate without its words.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Value {
    /// Value; none where nothing was seen.
    pub value: Option<f64>,
    /// Ends of its interval.
    pub ends: Option<(f64, f64)>,
}

impl Value {
    fn of(e: &Estimate) -> Value {
        Value { value: e.value, ends: e.ci_low.zip(e.ci_high) }
    }

    /// Value and ends that are above 0: what has a place on a logarithmic axis.
    pub fn positive(self) -> impl Iterator<Item = f64> {
        let ends = self.ends.into_iter().flat_map(|(low, high)| [low, high]);
        self.value.into_iter().chain(ends).filter(|v| *v > 0.0)
    }
}

/// What is drawn of a sweep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// Unavailability, drawn as availability.
    Availability,
    /// 95 of 100 unplanned incidents are over by then, s.
    Recovery,
}

impl Shown {
    /// All, in the order of panels.
    pub const ALL: [Shown; 2] = [Shown::Availability, Shown::Recovery];

    fn metric(self) -> &'static str {
        match self {
            Shown::Availability => "unavailability",
            Shown::Recovery => "recovery_time_p95",
        }
    }
}

/// The fleet, a group or a service at every point.
#[derive(Clone, Debug)]
pub struct Series {
    /// Kind of scope.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Values by point, by [`Shown`]; nothing where a point lacks the scope.
    pub points: Vec<[Value; 2]>,
}

/// What is drawn of one point.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Drawn {
    /// Word of the kind, name, and values by [`Shown`]: fleet, groups, services.
    scopes: Vec<(String, String, [Value; 2])>,
    /// How intervals are made, by what is shown; empty where there is none.
    methods: [String; 2],
    /// vCores of all nodes over servers.
    vcores: f64,
    played: Played,
}

/// How much was played of a point.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Played {
    replications: u64,
    servers: u64,
    /// Microseconds.
    horizon: u64,
    stratified: bool,
}

impl Drawn {
    /// Of a point that was played.
    pub fn of(scenario: &Scenario, outcome: &Outcome) -> Drawn {
        let mut scopes = Vec::new();
        for kind in [Kind::Fleet, Kind::Group, Kind::Service] {
            for scope in outcome.book.scopes.iter().filter(|s| s.kind == kind) {
                let of = |shown: Shown| {
                    let e = outcome.estimate(kind, &scope.name, shown.metric());
                    e.map(Value::of).unwrap_or_default()
                };
                scopes.push((kind.word().to_string(), scope.name.clone(), Shown::ALL.map(of)));
            }
        }
        let methods = Shown::ALL.map(|shown| {
            let e = outcome.estimate(Kind::Fleet, "fleet", shown.metric());
            e.filter(|e| e.ci_high.is_some()).map(super::frame::method).unwrap_or_default()
        });
        let played = Played {
            replications: outcome.replications,
            servers: outcome.book.servers,
            horizon: outcome.horizon().0,
            stratified: outcome.environment != EnvironmentUsed::Natural,
        };
        Drawn { scopes, methods, vcores: vcores(&scenario.fleet), played }
    }
}

/// The charts of a sweep, filled point after point.
#[derive(Debug)]
pub struct SweepCharts<'a> {
    /// The sweep.
    pub about: &'a SweepAbout,
    /// Values of the axes.
    pub axes: Vec<Axis>,
    /// The fleet first.
    pub series: Vec<Series>,
    /// vCores of all nodes over servers, by point.
    pub vcores: Vec<f64>,
    /// How intervals are made, by what is shown.
    pub methods: [String; 2],
    /// By point.
    played: Vec<Played>,
    done: usize,
}

impl<'a> SweepCharts<'a> {
    /// Without any point yet.
    pub fn new(about: &'a SweepAbout) -> SweepCharts<'a> {
        let values = |axis: usize| about.points.iter().map(|p| plain(&p[axis])).collect();
        let axis = |(i, key): (usize, &String)| Axis::new(key, values(i));
        SweepCharts {
            about,
            axes: about.axes.iter().enumerate().map(axis).collect(),
            series: Vec::new(),
            vcores: Vec::new(),
            methods: [String::new(), String::new()],
            played: Vec::new(),
            done: 0,
        }
    }

    /// Adds the next point.
    pub fn add(&mut self, point: &Drawn) {
        for (kind, name, values) in &point.scopes {
            let Some(kind) = Kind::named(kind) else { continue };
            let same = |s: &&mut Series| s.kind == kind && s.name == *name;
            if let Some(series) = self.series.iter_mut().find(same) {
                series.points.push(*values);
            } else {
                let mut points = vec![[Value::default(); 2]; self.done];
                points.push(*values);
                self.series.push(Series { kind, name: name.clone(), points });
            }
        }
        self.done += 1;
        for series in &mut self.series {
            series.points.resize(self.done, [Value::default(); 2]);
        }
        for (method, of_point) in self.methods.iter_mut().zip(&point.methods) {
            if method.is_empty() {
                method.clone_from(of_point);
            }
        }
        self.vcores.push(point.vcores);
        self.played.push(point.played);
    }

    /// The whole fleet.
    pub fn whole(&self) -> Option<&Series> {
        self.series.first()
    }

    /// What captions say: sweep, seed, how much was played.
    pub fn facts(&self) -> String {
        let ends = |of: fn(&Played) -> u64| {
            let all = || self.played.iter().map(of);
            (all().min().unwrap_or(0), all().max().unwrap_or(0))
        };
        let strata = match ends(|p| u64::from(p.stratified)) {
            (0, 0) => "",
            (1, 1) => ", stratified",
            _ => ", some stratified",
        };
        let (shortest, longest) = ends(|p| p.horizon);
        let mut horizon = Span(longest).to_string();
        if shortest < longest {
            horizon = format!("{} to {horizon}", Span(shortest));
        }
        format!(
            "{} · {} · {} of n = {}{strata}, {} for {horizon}",
            super::frame::short(&self.about.name, 380.0),
            self.about.seeds(),
            human::plural(self.done as u64, "point"),
            human::plural_between(ends(|p| p.replications), "replication"),
            human::plural_between(ends(|p| p.servers), "server"),
        )
    }

    /// How the intervals of what is shown were made.
    pub fn note(&self, shown: Shown) -> String {
        match self.methods[shown as usize].as_str() {
            "" => "no intervals: too few replications".to_string(),
            method => format!("intervals of 95 %: {method}"),
        }
    }

    /// Values of a point in words: of all axes.
    pub fn says(&self, point: usize) -> String {
        self.axes.iter().map(|axis| axis.says(point)).collect::<Vec<_>>().join(", ")
    }

    /// The charts that have data.
    pub fn charts(&self) -> Vec<Chart> {
        let mut charts = Vec::new();
        match (self.axes.as_slice(), self.about.sweep["design"].as_str()) {
            ([], _) => {}
            ([_], _) | (_, Some("zip")) => charts.extend(sweep_line::chart(self)),
            ([_, _], Some("product")) => {
                charts.extend(Shown::ALL.into_iter().filter_map(|s| heat::chart(self, s)));
            }
            _ => charts.extend(scatter::chart(self)),
        }
        charts.extend(frontier::chart(self));
        charts
    }
}

/// vCores of all nodes that exist, a server.
fn vcores(fleet: &Fleet) -> f64 {
    let own = || fleet.groups.iter().filter(|g| !g.other_tenant);
    let servers: u64 = own().map(|g| u64::from(g.count)).sum();
    let nodes = |mode: StandbyMode| if mode == StandbyMode::None { 1 } else { 2 };
    let vcores = own().map(|g| u64::from(g.count) * u64::from(g.vcores) * nodes(g.standby_mode));
    vcores.sum::<u64>() as f64 / servers.max(1) as f64
}
