//! Expectations that speak of incidents, servers or replications: what to count while playing.

use super::book::{Book, Kind};
use super::metric::{self, Metric, Of};
use crate::kernel::comparison::Op;

/// `METRIC of SCOPE OP VALUE`, to be counted over incidents, servers or replications.
#[derive(Clone, PartialEq, Debug)]
pub struct Watch {
    /// A metric's name, or `recovery_time`, `loss_window`.
    pub metric: String,
    /// Kind of the scope.
    pub kind: Kind,
    /// Name of the scope; of no interest for the fleet.
    pub name: String,
    /// Comparison.
    pub op: Op,
    /// Value in base units: s, share, per year.
    pub value: f64,
}

/// A watch that cannot be counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WatchError {
    /// Position in the list.
    pub index: usize,
    /// Why, in a sentence.
    pub why: String,
}

/// Over what a watch counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Over {
    /// Incidents: unplanned ones of a set of servers, all that a cause opened, all of a service. One
    /// that ended with the server lost fails "at most"; one that was cut too early to tell may pass.
    Incidents(Of),
    /// Servers that have a whole month.
    Servers,
    /// Replications in which the metric has a value.
    Replications(&'static Metric),
}

/// A watch whose names are resolved.
#[derive(Clone, PartialEq, Debug)]
pub struct Watched {
    /// As it was asked.
    pub watch: Watch,
    /// Index of the scope.
    pub scope: usize,
    /// Over what.
    pub over: Over,
}

impl Watched {
    /// Finds scope and metric.
    pub fn resolve(book: &Book, watch: Watch) -> Result<Watched, String> {
        let Watch { metric, kind, name, .. } = &watch;
        let scope = book
            .scope(*kind, name)
            .ok_or_else(|| format!("there is no {} named '{name}' in the results", kind.word()))?;
        let over = match metric.as_str() {
            "recovery_time" => Over::Incidents(Of::Recovery),
            "loss_window" => Over::Incidents(Of::Loss),
            "worst_month" => Over::Servers,
            name => Over::Replications(
                metric::named(name).ok_or_else(|| format!("there is no metric '{name}'"))?,
            ),
        };
        let makes_sense = match over {
            Over::Incidents(Of::Loss) => *kind != Kind::Service,
            Over::Incidents(_) => true,
            Over::Servers => !matches!(kind, Kind::Cause | Kind::Service),
            Over::Replications(metric) => metric.scopes.hold(*kind),
        };
        if !makes_sense {
            return Err(format!("'{metric}' is not measured for a {}", kind.word()));
        }
        Ok(Watched { scope, over, watch })
    }

    /// Whether a length in microseconds passes.
    pub fn passes(&self, micros: u64) -> bool {
        self.watch.op.holds(micros as f64 / 1e6, self.watch.value)
    }

    /// Whether an incident that lasted at least this long already tells the answer.
    pub fn passes_censored(&self, at_least: u64) -> Option<bool> {
        let seconds = at_least as f64 / 1e6;
        match self.watch.op {
            Op::AtMost => (seconds > self.watch.value).then_some(false),
            Op::Below => (seconds >= self.watch.value).then_some(false),
            Op::AtLeast => (seconds >= self.watch.value).then_some(true),
            Op::Above => (seconds > self.watch.value).then_some(true),
        }
    }
}

/// Trials and passes of one watch.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Passes {
    /// How many were looked at.
    pub trials: u64,
    /// How many passed.
    pub passed: u64,
    /// Of how many it is not known.
    pub open: u64,
}

impl Passes {
    /// Counts one; `None` where it is not known whether it passes.
    pub fn count(&mut self, passed: impl Into<Option<bool>>) {
        let passed = passed.into();
        self.trials += 1;
        self.passed += u64::from(passed == Some(true));
        self.open += u64::from(passed.is_none());
    }

    /// Adds others.
    pub fn add(&mut self, others: &Passes) {
        self.trials += others.trials;
        self.passed += others.passed;
        self.open += others.open;
    }
}
