//! Sensitivity: which parameters a result rests on.
//!
//! A tornado moves one parameter at a time; Morris' elementary effects screen many of them; Sobol'
//! indices share the variance out. A design says at which points of the unit cube the model is played,
//! an analysis turns the values found there into findings. Designs and analyses know no scenario: they
//! take any function, and the tests hold them against functions with known answers.

mod find;
pub mod indices;
pub mod morris;
mod plan;
pub mod resample;
mod study;
pub mod tornado;

use crate::measure::series::{Followed, Ranged};
use crate::measure::{Book, Estimate, Kind, metric};
use serde::{Deserialize, Serialize};

pub use find::{Found, NotMeasured, find};

pub use indices::{Index, Indices};
pub use morris::{Effect, Screening};
pub use plan::{Method, Plan};
pub use study::{Study, StudyFailure};
pub use tornado::{Bar, End, Told, Tornado};

/// What is watched while parameters move.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Target {
    /// Metric, by its name in tables.
    pub metric: String,
    /// Kind of scope, by its word in tables.
    pub kind: String,
    /// Name of the scope.
    pub name: String,
}

impl Target {
    /// The metric and the scope in a book; none if there is no such scope.
    pub fn followed(&self, book: &Book) -> Option<Followed> {
        let kind = Kind::named(&self.kind)?;
        let scope = book.scope(kind, &self.name)?;
        Some(Followed { metric: metric::named(&self.metric)?, scope })
    }

    /// Whether replications add up to the metric: not so for quantiles and largest values.
    pub fn adds_up(&self) -> bool {
        metric::named(&self.metric).is_some_and(|metric| Followed { metric, scope: 0 }.adds_up())
    }

    /// Unit of the metric's values.
    pub fn unit(&self) -> &'static str {
        metric::named(&self.metric).map_or("", |m| m.unit)
    }

    /// In words: `unavailability of the fleet`.
    pub fn words(&self) -> String {
        match Kind::named(&self.kind) {
            Some(Kind::Fleet) | None => format!("{} of the fleet", self.metric),
            Some(Kind::Group) => format!("{} of {}", self.metric, self.name),
            Some(_) => format!("{} of {} {}", self.metric, self.kind, self.name),
        }
    }
}

/// A parameter that is moved, and how far.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Moved {
    /// Dotted path, as in `--set`.
    pub parameter: String,
    /// Value at the low end, as it is written.
    pub low: String,
    /// Value in the scenario.
    pub base: String,
    /// The same in short: of a law its central value.
    pub centre: String,
    /// Value at the high end.
    pub high: String,
    /// `published`, `assumed`, or `axis` where a sweep file gives the range.
    pub origin: String,
    /// Document or study.
    pub source: String,
    /// Its date.
    pub date: String,
    /// What to beware of: a law that is scaled, an end that is not valid.
    pub note: String,
    /// What `--set` takes for the low and the high end: keys with their value as TOML; none where the end
    /// is not there.
    pub set: [Vec<(String, String)>; 2],
}

/// What the values of all points have in common.
#[derive(Clone, PartialEq, Debug)]
pub struct About {
    /// What is watched.
    pub target: Target,
    /// Its estimate where nothing is moved.
    pub base: Estimate,
    /// Replications of a point, least and most: their number may itself be moved.
    pub replications: (u64, u64),
    /// Points played.
    pub points: usize,
    /// Parameters with a range that could not be moved, and why.
    pub left_out: Vec<(String, String)>,
}

/// What a sensitivity analysis found.
#[derive(Clone, PartialEq, Debug)]
pub enum Findings {
    /// One parameter at a time.
    Tornado(Tornado),
    /// Elementary effects.
    Morris(Screening),
    /// Shares of the variance.
    Sobol(Indices),
}

impl Findings {
    /// What all kinds have in common.
    pub fn about(&self) -> &About {
        match self {
            Findings::Tornado(found) => &found.about,
            Findings::Morris(found) => &found.about,
            Findings::Sobol(found) => &found.about,
        }
    }
}

/// A value with its interval, not below zero.
fn at_least_zero(mut ranged: Ranged) -> Ranged {
    ranged.ci_low = ranged.ci_low.map(|low| low.max(0.0));
    ranged
}
