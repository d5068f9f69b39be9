//! Expectations against intervals: holds, fails, or undecided and what would decide it.

use super::book::{Book, Kind};
use super::estimate::{Estimate, estimate};
use super::metric;
use super::moments::Ratio;
use super::share::{self, Trials};
use super::total::Total;
use super::unseen::{Part, Reach, Spoils};
use super::watch::{Over, Watch, Watched};
use crate::kernel::comparison::Op;

/// `METRIC of SCOPE OP VALUE`, or the probability of it against a share.
#[derive(Clone, PartialEq, Debug)]
pub struct Expectation {
    /// The comparison.
    pub that: Watch,
    /// `P(...) OP SHARE`; such a watch must have been registered before the run.
    pub probability: Option<(Op, f64)>,
    /// Whether the estimate alone is judged.
    pub point: bool,
}

/// How an expectation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// The interval reaches over the value.
    Undecided {
        /// Replications that would probably decide it; `None` where that cannot be said.
        replications_needed: Option<u64>,
    },
}

/// A verdict and what it rests on.
#[derive(Clone, PartialEq, Debug)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The estimate that was judged.
    pub estimate: Estimate,
}

/// Judges an expectation; an error is a sentence for the user.
pub fn judge(total: &Total, book: &Book, expectation: &Expectation) -> Result<Judgement, String> {
    let Expectation { that, probability, point } = expectation;
    let watched = Watched::resolve(book, that.clone())?;
    let (estimate, op, value) = match probability {
        Some((op, share)) => (probability_of(total, book, &watched)?, *op, *share),
        None => {
            let metric = metric::named(&that.metric)
                .ok_or_else(|| format!("'{}' has a value only in P(...)", that.metric))?;
            (estimate(total, book, watched.scope, metric), that.op, that.value)
        }
    };
    // A maximum has no interval, though its probability has: what was seen is what is judged, and it can only grow.
    let seen =
        probability.is_none() && estimate.metric.ends_with("_max") && estimate.value.is_some();
    let verdict = if *point || seen {
        by_point(&estimate, op, value)
    } else {
        by_interval(&estimate, op, value)
    };
    Ok(Judgement { verdict, estimate })
}

/// The estimate of the share of incidents, servers or replications that pass a watch.
fn probability_of(total: &Total, book: &Book, watched: &Watched) -> Result<Estimate, String> {
    let index = book
        .watched
        .iter()
        .position(|w| w == watched)
        .ok_or("a P(...) must be registered before the run")?;
    let scope = &book.scopes[watched.scope];
    let replications = total.replications();
    let per_replication = matches!(watched.over, Over::Replications(_));
    let part =
        if per_replication { Part::REPLICATION } else { book.part(watched.scope, book.reach) };
    let spoils = match watched.over {
        Over::Incidents(_) => book.spoils(watched.scope),
        _ => Spoils::Own,
    };
    // Those that pass, and those that pass or may pass.
    let [sure, may] = [0, 1].map(|which| {
        let units: Vec<_> = book
            .strata
            .iter()
            .zip(&total.strata)
            .filter_map(|(&w, s)| Some((w, &s.watched.get(index)?[which])))
            .collect();
        let sum = |part: fn(&(u128, u128)) -> u128| -> u128 {
            units.iter().map(|u| part(&u.1.sums)).sum()
        };
        Trials {
            ratio: Ratio::of_pairs(&units),
            passed: sum(|s| s.0),
            trials: sum(|s| s.1),
            part,
            spoils,
            strata: units
                .iter()
                .filter(|(_, m)| m.units > 0)
                .map(|(w, m)| (*w, m.units as f64, m.sums.1 as f64))
                .collect(),
            units: units.iter().map(|u| u.1.units).sum(),
            strikes: f64::INFINITY,
            single: replications == 1 && !per_replication && part.reach == Reach::All,
        }
    });
    let mut row = Estimate {
        scope: scope.kind,
        name: if scope.kind == Kind::Fleet { "fleet".to_string() } else { scope.name.clone() },
        metric: match watched.over {
            Over::Incidents(super::metric::Of::Loss) => "loss_window",
            Over::Incidents(_) => "recovery_time",
            Over::Servers => "worst_month",
            Over::Replications(metric) => metric.name,
        },
        value: None,
        std_error: None,
        ci_low: None,
        ci_high: None,
        unit: "share",
        replications,
        method: String::new(),
        plain: None,
        hidden: None,
        endless: false,
    };
    share::fill_between(&mut row, &sure, &may, |p| p);
    let over = match watched.over {
        Over::Incidents(_) => "share of incidents",
        Over::Servers => "share of servers",
        Over::Replications(_) => "share of replications",
    };
    row.method = format!("{over}; {}", row.method);
    Ok(row)
}

/// By what was played alone: all that it may come to must agree where censoring hides some of it.
fn by_point(row: &Estimate, op: Op, value: f64) -> Verdict {
    let seen = row.value.or(row.plain);
    match row.hidden.or(seen.map(|seen| (seen, seen))) {
        Some((least, most)) => match (op.holds(least, value), op.holds(most, value)) {
            (true, true) => Verdict::Holds,
            (false, false) => Verdict::Fails,
            _ => Verdict::Undecided { replications_needed: None },
        },
        None => Verdict::Undecided { replications_needed: None },
    }
}

fn by_interval(row: &Estimate, op: Op, value: f64) -> Verdict {
    let good = |end: Option<f64>| end.map(|end| op.holds(end, value));
    // A quantile of which it is sure that it never ends has a lower end that no file can tell.
    let low = row.ci_low.map(|low| if row.endless { f64::INFINITY } else { low });
    let (worst, best) = if op.upwards() { (low, row.ci_high) } else { (row.ci_high, low) };
    match (good(worst), good(best)) {
        (Some(true), _) => Verdict::Holds,
        (_, Some(false)) => Verdict::Fails,
        // What lies on both sides of the value for its censoring alone, more of it will not decide.
        _ if row
            .hidden
            .is_some_and(|(least, most)| op.holds(least, value) != op.holds(most, value)) =>
        {
            Verdict::Undecided { replications_needed: None }
        }
        _ => Verdict::Undecided { replications_needed: needed(row, worst, best, value) },
    }
}

/// Intervals shrink with the root of the replications; bounds without an event in proportion.
fn needed(row: &Estimate, worst: Option<f64>, best: Option<f64>, value: f64) -> Option<u64> {
    let now = row.replications as f64;
    let more = |factor: f64| {
        let wanted = now * factor;
        (wanted.is_finite() && wanted < 1e12)
            .then(|| (wanted.ceil() as u64).max(row.replications + 1))
    };
    match (row.value, worst, best) {
        (Some(seen), Some(worst), Some(best)) => {
            let end = if (seen - value) * (seen - worst) > 0.0 { worst } else { best };
            let (reach, room) = (end - seen, value - seen);
            more((reach / room) * (reach / room) * 1.1)
        }
        (None, Some(worst), _) => {
            let seen = row.plain?;
            more((worst - seen) / (value - seen))
        }
        _ => None,
    }
}
