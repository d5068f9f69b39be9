//! Scenarios: from text to a validated fleet that a world can be built from.
//!
//! The way of a file: [`syntax`] makes a tree of it, [`overrides`] change values in the tree,
//! `lower` layers it over its profile and the neutral values, checks everything and makes a
//! [`Scenario`]. Nothing below this layer knows text.
//!
//! **Invariant.** A `Scenario` exists only if the whole file is valid: every mistake has been
//! reported at once, each with its place. Nothing here panics on any input.

mod axis;
mod axis_read;
mod axis_unit;
mod bare;
pub mod calendar;
mod columns;
mod decode;
mod drills;
mod effective;
mod elsewhere;
pub mod error;
pub mod expect;
mod explain;
mod exposure;
pub mod factor;
mod faults;
mod fields;
mod folded;
pub mod import_az;
mod json;
mod laws;
mod lower;
mod names;
mod overlap;
pub mod overrides;
mod print;
pub mod profile;
mod reader;
mod reference;
mod regions;
mod repairs;
mod rules;
mod scaled;
mod schema;
mod servers;
mod source;
mod starter;
mod strata;
pub mod sweep_file;
pub mod syntax;
mod tried;
mod unheard;
pub mod units;
mod warnings;

pub use axis::{Axis, plain};
pub use error::{Complaint, Complaints};
pub use expect::{Expectation, Scope, measured};
pub use explain::explain;
pub use factor::{Factor, Factors};
pub use lower::{MOST_REPLICATIONS, MOST_SEED};
pub use overrides::{BETWEEN_CHANGES, Override, changed_again};
pub use reference::reference;
pub use schema::schema;
pub use source::Source;
pub use starter::starter;
pub use strata::{STRATA_NEED, STRATIFY_BELOW};
pub use sweep_file::{Design, SweepFile};

use crate::model::fault::Cause;
use crate::model::fleet::Fleet;
use std::path::Path;

/// A valid scenario: everything that a run needs to know.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name of the scenario and of its result folder.
    pub name: String,
    /// A line for people.
    pub title: Option<String>,
    /// Name of the profile.
    pub profile: Option<&'static str>,
    /// What is simulated.
    pub fleet: Fleet,
    /// How often.
    pub replications: Replications,
    /// What the result is held against.
    pub expectations: Vec<Expectation>,
    /// Each fault mode, on or off, and why.
    pub faults: Vec<FaultStatus>,
    /// Every parameter used and where its value comes from.
    pub assumptions: Vec<Assumption>,
    /// The whole scenario with every value in force: reading it again gives the same fleet.
    pub effective: serde_json::Value,
    /// What a person should know before believing the result.
    pub warnings: Vec<String>,
}

/// How often the time is played.
#[derive(Clone, PartialEq, Debug)]
pub struct Replications {
    /// When to stop.
    pub stop: Stop,
    /// How the environment is drawn.
    pub environment: Environment,
}

/// When to stop.
#[derive(Clone, PartialEq, Debug)]
pub enum Stop {
    /// After this many replications.
    Count(u32),
    /// When an estimate is precise.
    Precision(Precision),
}

/// A precision that is wanted.
#[derive(Clone, PartialEq, Debug)]
pub struct Precision {
    /// Metric.
    pub metric: String,
    /// Scope.
    pub scope: Scope,
    /// How wide half of the interval may be.
    pub half_width: HalfWidth,
    /// Most replications.
    pub max: u32,
}

/// Half of an interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum HalfWidth {
    /// As a share of the value.
    Relative(f64),
    /// In the base unit of the metric.
    Absolute(f64),
}

/// How zone and region outages are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Environment {
    /// Stratified where few are expected.
    Auto,
    /// As they come.
    Natural,
    /// Replications with and without apart.
    Stratified,
}

/// A fault mode, on or off, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultStatus {
    /// Its cause.
    pub cause: Cause,
    /// Its name.
    pub name: &'static str,
    /// Whether it strikes at random.
    pub on: bool,
    /// Why.
    pub why: String,
}

/// A parameter used, as a row of `assumptions.csv`.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Assumption {
    /// Dotted path.
    pub parameter: String,
    /// Value, as it is written.
    pub value: String,
    /// `documented`, `published`, `assumed`, `yours` or `neutral`.
    pub origin: String,
    /// Document or study.
    pub source: String,
    /// Its date.
    pub date: String,
    /// Low end of the range in which it would be no surprise.
    pub low: String,
    /// High end.
    pub high: String,
}

/// Reads and checks a scenario file.
pub fn load(path: &Path, overrides: &[Override]) -> Result<Scenario, Complaints> {
    Source::read(path)?.scenario(overrides)
}

/// Checks the text of a scenario. `name` is shown in complaints; files that it names are relative
/// to `base_dir`.
pub fn parse(
    name: &str,
    text: &str,
    base_dir: Option<&Path>,
    overrides: &[Override],
) -> Result<Scenario, Complaints> {
    Source::parse(name, text, base_dir)?.scenario(overrides)
}

/// The profiles compiled in, by name.
pub fn profiles() -> Vec<&'static str> {
    profile::names()
}

#[cfg(test)]
mod tests;
