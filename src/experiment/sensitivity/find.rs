//! From the values at the points of a plan to what was found.

use super::plan::{Method, Plan};
use super::resample::{self, TIMES, Values};
use super::tornado::{self, Bar, End, Told, Tornado};
use super::{About, Findings, indices, morris};
use crate::experiment::Outcome;
use crate::experiment::compare::unpaired;
use crate::measure::series::{Followed, Influence, Ranged, Series};
use crate::measure::{Book, Estimate, estimate, open};
use std::sync::Arc;

/// What a point of a plan gave.
#[derive(Clone, Debug)]
pub struct Found {
    /// The target's estimate; none if the point has no such scope.
    estimate: Option<Estimate>,
    /// Between which ends the value lies for what is left out of it.
    range: Option<(f64, f64)>,
    followed: Option<(Followed, Series, Arc<Book>)>,
}

/// A point at which the target has no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotMeasured {
    /// Its index, from 0.
    pub point: usize,
    /// Why.
    pub why: String,
}

impl std::fmt::Display for NotMeasured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "point {}: {}", self.point + 1, self.why)
    }
}

impl std::error::Error for NotMeasured {}

impl Found {
    /// What an outcome says of the target of a plan, with what each replication added to it.
    pub fn of(plan: &Plan, outcome: &Outcome, series: Option<Series>) -> Found {
        let followed = plan.target.followed(&outcome.book);
        let (total, book) = (&outcome.total, &outcome.book);
        let estimate = followed.map(|f| estimate(total, book, f.scope, f.metric));
        let range = followed.zip(estimate.as_ref());
        Found {
            range: range.and_then(|(f, e)| open::range(total, book, f.scope, f.metric, e)),
            estimate,
            followed: followed.zip(series).map(|(f, s)| (f, s, Arc::clone(&outcome.book))),
        }
    }

    /// The estimate, if the point has such a scope.
    pub fn estimate(&self) -> Option<&Estimate> {
        self.estimate.as_ref()
    }

    fn value(&self) -> Option<f64> {
        self.estimate.as_ref().and_then(Estimate::plain)
    }

    fn influence(&self) -> Option<Influence> {
        let (followed, series, book) = self.followed.as_ref()?;
        followed.influence(series, book)
    }

    /// This point less another one: paired where replications add up to the metric.
    fn less(&self, other: &Found) -> Option<Ranged> {
        let (a, b) = (self.estimate.as_ref()?, other.estimate.as_ref()?);
        if a.value.is_none() && b.value.is_none() {
            // Two bounds differ by nothing that was seen.
            return None;
        }
        let paired = self.influence().zip(other.influence()).and_then(|(x, y)| x.less(&y));
        let (x, y) = (a.plain()?, b.plain()?);
        let paired = paired.map(|r| match r.ci_low.zip(r.ci_high) {
            Some(ends) => {
                let (ci_low, ci_high) = open::widened(ends, (y, other.range), (x, self.range));
                Ranged { ci_low, ci_high, ..r }
            }
            None => r,
        });
        paired.or_else(|| {
            let d = unpaired(b.clone(), a.clone());
            let (std_error, ci_low, ci_high) = (d.std_error, d.ci_low, d.ci_high);
            Some(Ranged { value: x - y, std_error, ci_low, ci_high })
        })
    }
}

/// Turns the values of all points into findings.
pub fn find(plan: &Plan, found: &[Found]) -> Result<Findings, NotMeasured> {
    let nothing = |point: usize| {
        let estimate = found.get(point).and_then(|f| f.estimate.as_ref());
        let why = match estimate {
            None => format!("it has no {}", plan.target.words()),
            Some(e) => format!("{} has no value there: {}", plan.target.words(), e.method),
        };
        NotMeasured { point, why }
    };
    let base = found.first().and_then(|f| f.estimate.clone()).ok_or_else(|| nothing(0))?;
    let of_points = || found.iter().filter_map(|f| Some(f.estimate.as_ref()?.replications));
    let (least, most) = (of_points().min(), of_points().max());
    let about = About {
        target: plan.target.clone(),
        replications: (least.unwrap_or(0), most.unwrap_or(0)),
        base,
        points: found.len(),
        left_out: plan.left_out.clone(),
    };
    if plan.method == Method::Tornado {
        return Ok(Findings::Tornado(tornado(plan, about, found)));
    }
    let at = found.iter().skip(1).enumerate();
    let at = at.map(|(i, f)| f.value().ok_or_else(|| nothing(i + 1)));
    let at: Vec<f64> = at.collect::<Result<_, _>>()?;
    let again = again(plan.seed, &found[1..]).unwrap_or_default();
    let values = Values { at: &at, again: &again };
    let moved = plan.moved.clone();
    Ok(match plan.method {
        Method::Morris(trajectories) => {
            Findings::Morris(morris::screening(about, &plan.paths(trajectories), moved, values))
        }
        Method::SobolIndices(rows) => {
            Findings::Sobol(indices::indices(about, &plan.matrices(rows), moved, values))
        }
        Method::Tornado => unreachable!("returned above"),
    })
}

/// The values at all points with their common replications resampled; none for metrics to which
/// replications do not add up.
fn again(seed: u64, found: &[Found]) -> Option<Vec<Vec<f64>>> {
    let all: Vec<&(Followed, Series, Arc<Book>)> =
        found.iter().map(|f| f.followed.as_ref()).collect::<Option<_>>()?;
    let count = all.first()?.1.0.len();
    if count < 2 || all.iter().any(|(_, s, _)| s.0.len() != count) {
        return None;
    }
    let one = |bootstrap: usize| -> Option<Vec<f64>> {
        let times = [1, 2].map(|strata| resample::replications(seed, bootstrap, count, strata));
        let value = |(f, series, book): &&(Followed, Series, Arc<Book>)| {
            f.value(series, book, Some(&times[book.strata.len().min(2) - 1]))
        };
        all.iter().map(value).collect()
    };
    (0..TIMES).map(one).collect()
}

fn tornado(plan: &Plan, about: About, found: &[Found]) -> Tornado {
    let base = &found[0];
    let none = Ranged { std_error: Some(0.0), ..Ranged::of(0.0, 0.0, 1.0) };
    let bar = |(moved, ends): (&super::Moved, &[Option<usize>; 2])| {
        let end = |point: Option<usize>| -> Option<End> {
            let at = found.get(point?)?;
            let difference = if point == Some(0) { Some(none) } else { at.less(base) };
            Some(End { value: at.value()?, difference: difference? })
        };
        let [low, high] = ends.map(end);
        let swing = match *ends {
            [Some(0), Some(_)] | [None, Some(_)] => high.map(|e| e.difference),
            [Some(low), Some(0)] | [Some(low), None] => base.less(&found[low]),
            [Some(low), Some(high)] => found[high].less(&found[low]),
            [None, None] => None,
        };
        Bar { moved: moved.clone(), low, high, swing }
    };
    let bars: Vec<Bar> = plan.moved.iter().zip(&plan.ends).map(bar).collect();
    let known = bars.iter().any(|b| matches!(b.told(), Told::Clear | Told::Doubtful));
    let method = match base.followed {
        _ if !known && bars.iter().any(|b| b.told() == Told::NoInterval) => {
            "difference of two estimates; no interval"
        }
        Some(_) => "paired by replication, rises and falls apart where they add up, else Student t",
        None => "from both intervals, as if independent: too wide",
    };
    Tornado { about, bars: tornado::ranked(bars), method }
}
