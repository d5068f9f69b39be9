//! Estimates: a value with its error, its interval and how it was made. The unit of every error is
//! the replication.

use super::book::{Book, Kind, Parts, Scope};
use super::calendar::MINUTE;
use super::hist::Hist;
use super::metric::{METRICS, Made, Metric, Of};
use super::moments::{Moments, Ratio};
use super::point::{per_year, unit};
use super::quantile::Curve;
use super::scopes::shared;
use super::share::{self, Trials};
use super::skewed::{ALIKE, mark};
use super::tally::count::{self, OVER};
use super::tally::may;
use super::total::Total;
use super::unseen::{self, Part, Reach, Spoils};
use std::cell::OnceCell;

/// One row of the table of estimates. What is missing is `None`, never 0.
#[derive(Clone, PartialEq, Debug)]
pub struct Estimate {
    /// Kind of scope.
    pub scope: Kind,
    /// Name of the scope.
    pub name: String,
    /// Metric.
    pub metric: &'static str,
    /// Value; `None` where no event was seen, then `ci_low` or `ci_high` bound it.
    pub value: Option<f64>,
    /// Standard error.
    pub std_error: Option<f64>,
    /// Lower end of the interval of 95 %.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
    /// Unit.
    pub unit: &'static str,
    /// Replications.
    pub replications: u64,
    /// How it was made.
    pub method: String,
    /// The value with "no events" as zero: for judging a point, not for tables.
    pub(super) plain: Option<f64>,
    /// Between which the value lies in what was played, where censoring hides it: for judging.
    pub(super) hidden: Option<(f64, f64)>,
    /// Whether it is sure, and not only so in what was played, that what is hidden never ends.
    pub(super) endless: bool,
}

impl Estimate {
    /// The value, and where no event was seen the one without any.
    pub fn plain(&self) -> Option<f64> {
        self.plain
    }

    /// What the value exceeds, where this is all that is known of it.
    pub fn at_least(&self) -> Option<f64> {
        let (least, most) = self.hidden?;
        let has_ends = self.value.is_some() && self.ci_low.is_some();
        let known = self.value.or(self.ci_low).unwrap_or(least);
        (most.is_infinite() && !has_ends && known.is_finite()).then_some(known)
    }

    /// Whether it is more than all that has an end: what it is of was lost for good.
    pub fn is_endless(&self) -> bool {
        self.hidden.is_some_and(|(least, _)| least == f64::INFINITY)
    }

    /// Half the width of the interval; the lower half where censoring hides the upper end.
    pub fn half_width(&self) -> Option<f64> {
        match (self.ci_low, self.ci_high) {
            (Some(low), Some(high)) => Some((high - low) / 2.0),
            (Some(low), None) if self.hidden.is_some() => Some(self.value? - low),
            _ => None,
        }
    }
}

/// Fewest cells that make an interval with one replication.
const FEWEST_CELLS: u64 = 10;
/// Every metric in every scope where it makes sense, in the order of tables.
pub fn estimates(total: &Total, book: &Book) -> Vec<Estimate> {
    (0..book.scopes.len()).flat_map(|scope| scope_estimates(total, book, scope)).collect()
}

/// Every metric of one scope, in the order of tables.
pub fn scope_estimates(total: &Total, book: &Book, scope: usize) -> Vec<Estimate> {
    let view = View::new(total, book, scope);
    let metrics = METRICS.iter().filter(|m| m.scopes.hold(book.scopes[scope].kind));
    metrics.map(|metric| view.estimate(metric)).collect()
}

/// One metric in one scope.
pub fn estimate(total: &Total, book: &Book, scope: usize, metric: &'static Metric) -> Estimate {
    View::new(total, book, scope).estimate(metric)
}

/// Weights of the strata and what was summed of a scope over their replications.
pub(super) fn of_strata<'a>(
    total: &'a Total,
    book: &Book,
    scope: usize,
) -> Vec<(f64, &'a Moments)> {
    let strata = book.strata.iter().zip(&total.strata);
    strata.filter_map(|(&w, s)| Some((w, s.moments.get(scope)?))).collect()
}

/// A scope with all that was summed of it.
pub(super) struct View<'a> {
    pub(super) total: &'a Total,
    pub(super) book: &'a Book,
    pub(super) index: usize,
    pub(super) scope: &'a Scope,
    /// Weight and sums by stratum; with one replication, of its cells where that is sound.
    pub(super) units: Vec<(f64, &'a Moments)>,
    by_cells: bool,
    /// Histograms by stratum, made when asked for.
    pub(super) hists: [OnceCell<Vec<(f64, Hist)>>; 3],
    /// Their distribution functions, made when asked for.
    pub(super) curves: [OnceCell<Curve>; 3],
}

impl<'a> View<'a> {
    pub(super) fn new(total: &'a Total, book: &'a Book, index: usize) -> View<'a> {
        let scope = &book.scopes[index];
        let units = of_strata(total, book, index);
        let local = match scope.parts {
            Parts::Cause(cause) => !shared(cause),
            Parts::Classes(_) => !book.shared_causes,
            Parts::Service(_) => false,
        };
        let (hists, curves) = Default::default();
        let mut view = View { total, book, index, scope, units, by_cells: false, hists, curves };
        if total.replications() == 1
            && local
            && let Some(cells) = total.cells.get(index).filter(|c| c.units >= FEWEST_CELLS)
        {
            view.units = vec![(1.0, cells)];
            view.by_cells = true;
        }
        view
    }

    /// One metric.
    fn estimate(&self, metric: &'static Metric) -> Estimate {
        let mut row = Estimate {
            scope: self.scope.kind,
            name: self.scope.name.clone(),
            metric: metric.name,
            value: None,
            std_error: None,
            ci_low: None,
            ci_high: None,
            unit: metric.unit,
            replications: self.total.replications(),
            method: String::new(),
            plain: None,
            hidden: None,
            endless: false,
        };
        if row.replications == 0 {
            row.method = "no replications".to_string();
            return row;
        }
        match metric.made {
            Made::Ratio { of, factor } => self.ratio(&mut row, of, |r| r * factor, false),
            Made::OneLess { of } => self.ratio(&mut row, of, |r| 1.0 - r, true),
            Made::Inverse { of, factor } => self.ratio(&mut row, of, |r| factor / r, true),
            Made::Share { of } => self.share(&mut row, of, |p| p),
            Made::PerYear { of } => self.share(&mut row, of, |p| per_year(p, self.book.years())),
            Made::PerFleet { of } => self.share(&mut row, of, |p| p * self.scope.servers as f64),
            Made::Quantile { of, p } => self.quantile(&mut row, of, p),
            Made::Max { of } => self.max(&mut row, of),
            Made::Peak { of } => self.peak(&mut row, of),
        }
        let by_month = match metric.made {
            Made::OneLess { of } | Made::Share { of } => {
                [count::SLA_DOWN, count::BREACHES, count::WORST].contains(&of)
            }
            Made::Quantile { of, .. } => of == Of::Worst,
            _ => false,
        };
        let partial = self.book.minutes.months.iter().filter(|month| !month.whole).count();
        if by_month && partial > 0 {
            let months = if partial == 1 { "month" } else { "months" };
            row.method += &format!("; {partial} partial {months} left out");
        }
        row
    }

    fn sum(&self, k: usize) -> u128 {
        self.units.iter().map(|(_, m)| m.sum(k)).sum()
    }

    /// Says over what the error is taken, or why there is none.
    pub(super) fn unit_note(&self, row: &mut Estimate) {
        let open = row.value.is_some() && row.ci_low.is_none() && row.ci_high.is_none();
        if self.by_cells {
            let cells: u64 = self.units.iter().map(|u| u.1.units).sum();
            row.method += &format!("; one replication, {cells} cells as units");
            row.method += if open { ", all of them in one: no interval" } else { "" };
        } else if open {
            self.why_no_interval(row, true);
        }
    }

    /// Says that there is none because replications are too few, if it is so; `else_alone` where the only
    /// other reason is that all was seen in one of them.
    pub(super) fn why_no_interval(&self, row: &mut Estimate, else_alone: bool) {
        if row.replications == 1 {
            row.method += "; one replication: no interval";
        } else if self.units.iter().any(|u| u.1.units == 1) {
            row.method += "; fewer than two replications in a stratum: no interval";
        } else if else_alone {
            row.method += "; all of them in one replication: no interval";
        }
    }

    /// A ratio of means, interval on the logarithm: it never reaches below zero.
    fn ratio(&self, row: &mut Estimate, k: usize, to: impl Fn(f64) -> f64, falls: bool) {
        let ratio = Ratio::of_counter(&self.units, k);
        let Some(value) = ratio.value() else {
            row.method = "nothing to measure".to_string();
            self.left_out(row, k);
            return;
        };
        if self.sum(k) == 0 {
            if self.impossible(row, k) {
                return;
            }
            self.nothing_seen(row, k, to, falls);
            self.left_out(row, k);
            return;
        }
        row.value = Some(to(value));
        row.plain = row.value;
        row.method = "ratio of means, delta method on the logarithm, Student t".to_string();
        let alike = self.alike(&ratio, k);
        let ratio = alike.map_or(ratio, |events| ratio.of_events(events));
        if let Some(events) = alike {
            row.method +=
                &format!("; all alike, which so few may be by chance: error of {events:.0} events");
        }
        let events = self.events(k).min(ratio.events()).min(self.strikes(k));
        if let (Some(error), Some((low, high))) = (ratio.error, ratio.ends()) {
            // The error in the metric's unit, by the slope of the transformation.
            row.std_error = Some(slope(&to, value, falls) * error);
            let cap = |v: f64| v.min(most(k));
            let (low, high) =
                if falls { (to(cap(high)), to(low)) } else { (to(low), to(cap(high))) };
            (row.ci_low, row.ci_high) = (Some(low), Some(high));
        }
        mark(row, &ratio, events);
        self.unit_note(row);
        self.left_out(row, k);
    }

    /// The independent events behind a ratio of which all units are alike, where they are so few that this
    /// may be by chance; `None` where its error can be seen, or nothing of it is left to chance.
    fn alike(&self, ratio: &Ratio, k: usize) -> Option<f64> {
        let units: u64 = self.units.iter().map(|u| u.1.units).sum();
        let chance = match (k, &self.scope.parts) {
            // Lengths alike are told by the incidents; plans are no chance.
            (count::RECOVERY | count::LOSS | count::PLANNED | count::UNPROTECTED, _) => false,
            (_, Parts::Cause(cause)) => self.book.on[usize::from(cause.0)],
            _ => self.book.on.contains(&true),
        };
        if ratio.error != Some(0.0) || units >= ALIKE || !chance {
            return None;
        }
        let with = self.units.iter().filter(|u| u.1.sum(k) > 0).map(|u| u.1.units).sum::<u64>();
        let reach = match self.scope.parts {
            Parts::Cause(cause) => self.book.reaches[usize::from(cause.0)],
            _ => self.book.reach,
        };
        // One stroke may make many incidents, but none in two units.
        let most = if reach == Reach::Server { f64::INFINITY } else { with as f64 };
        let events = self.events(k).min(self.strikes(k)).min(most);
        Some(if events.is_finite() { events } else { with as f64 })
    }

    /// Says what a mean leaves out, and that it has no upper end where the longest are among it.
    fn left_out(&self, row: &mut Estimate, k: usize) {
        let of = match k {
            count::RECOVERY => Of::Recovery,
            count::LOSS => Of::Loss,
            _ => return,
        };
        let what = match self.omitted(of) {
            (0, 0) => return,
            (cut, 0) => format!("{cut} censored left out"),
            (0, lost) => format!("{lost} lost for good left out"),
            (cut, lost) => format!("{cut} censored and {lost} lost for good left out"),
        };
        row.method += &format!("; {what}, so too short");
        let Some(value) = row.value else {
            row.hidden = Some((0.0, f64::INFINITY));
            return;
        };
        match self.curve(of).mean() {
            Some(whole) => {
                let more = (unit(of, whole) - value).max(0.0);
                row.ci_high = row.ci_high.map(|high| high + more);
                row.method += ": the upper end allows for them";
            }
            None => {
                (row.ci_high, row.hidden) = (None, Some((value, f64::INFINITY)));
                row.method += ": the longest are among them, so no upper end";
            }
        }
    }

    /// How many values a mean leaves out: those that the end cut, and those lost for good.
    pub(super) fn omitted(&self, of: Of) -> (u128, u128) {
        let cut = if of == Of::Recovery { self.sum(count::CENSORED) } else { 0 };
        (cut, self.sum(count::LOST_SERVERS))
    }

    /// Incidents or other events behind a counter.
    fn events(&self, k: usize) -> f64 {
        let counter = match k {
            count::RECOVERY => count::RECOVERED,
            count::LOSS => count::LOSS_KNOWN,
            count::PLANNED | count::DOWN | count::SLA_MINUTES | count::SLA_DOWN | count::WORST => {
                count::INCIDENTS
            }
            count::STALLED => count::STALLS,
            count::INCIDENTS | count::UNPLANNED | count::STALLS => k,
            _ => return f64::INFINITY,
        };
        // Down by a cause may be charged in incidents that another one opened.
        match self.sum(counter) {
            0 => f64::INFINITY,
            events => events as f64,
        }
    }

    /// No event at all: a bound instead of a value.
    fn nothing_seen(&self, row: &mut Estimate, k: usize, to: impl Fn(f64) -> f64, falls: bool) {
        row.plain = Some(to(0.0)).filter(|v| v.is_finite());
        if matches!(k, count::RECOVERY | count::LOSS) {
            // Values were seen and all are zero: that is a value.
            row.value = row.plain;
            row.method = "every value is zero".to_string();
            return;
        }
        // A cause by itself reaches as far as it does, whatever else there is.
        let part = self.part(match self.scope.parts {
            Parts::Cause(cause) => self.book.reaches[usize::from(cause.0)],
            _ => self.book.reach,
        });
        let strata = self.strata_units();
        let (bound, words) = match k {
            count::INCIDENTS | count::UNPLANNED | count::STALLS => {
                // At most so many strokes of a part, each of all its servers; by agreed time, a rate.
                let agreed = Ratio::of_counter(&self.units, k).bottom;
                let bound = unseen::rate(&strata) * part.servers / agreed;
                (bound, "no events: rule of three")
            }
            _ => {
                let strata: Vec<_> = strata.iter().map(|&(w, n)| (w, n * part.many)).collect();
                (
                    most(k) * unseen::none_seen(&strata),
                    "no events: rule of three, as if one lasted for ever",
                )
            }
        };
        row.method = format!("{words}; {} ({} replications)", part.words(), row.replications);
        let bound = to(bound);
        if falls {
            row.ci_low = Some(bound);
            row.ci_high = row.plain;
        } else {
            row.ci_low = row.plain;
            row.ci_high = Some(bound);
        }
    }

    fn strata_units(&self) -> Vec<(f64, f64)> {
        let all: f64 = self.units.iter().filter(|u| u.1.units > 0).map(|u| u.0).sum();
        let seen = self.units.iter().filter(|u| u.1.units > 0);
        seen.map(|(w, m)| (w / all, m.units as f64)).collect()
    }

    /// The parts of a unit for what reaches so far.
    pub(super) fn part(&self, reach: Reach) -> Part {
        let part = self.book.part(self.index, reach);
        let cells: u64 = if self.by_cells { self.units.iter().map(|u| u.1.units).sum() } else { 1 };
        Part { many: part.many / cells.max(1) as f64, ..part }
    }

    fn share(&self, row: &mut Estimate, k: usize, to: impl Fn(f64) -> f64) {
        let seen = || self.units.iter().filter(|u| u.1.units > 0);
        let all: f64 = seen().map(|u| u.0).sum();
        let part = self.part(self.book.reach);
        let spoils = match k {
            count::RTO_MET | count::RPO_MET => self.book.spoils(self.index),
            _ => Spoils::Own,
        };
        let trials = |passed: usize| Trials {
            ratio: Ratio::of_counter(&self.units, passed),
            passed: self.sum(passed),
            trials: self.sum(OVER[k]),
            part,
            spoils,
            strata: seen().map(|(w, m)| (w / all, m.units as f64, m.sum(OVER[k]) as f64)).collect(),
            units: seen().map(|u| u.1.units).sum(),
            strikes: self.strikes(k),
            single: row.replications == 1 && !self.by_cells && part.reach == Reach::All,
        };
        let (sure, may) = (trials(k), trials(may(k).unwrap_or(k)));
        share::fill_between(row, &sure, &may, to);
        self.unit_note(row);
    }
}

/// The largest ratio of a counter to its denominator that there can be: all of the time.
fn most(k: usize) -> f64 {
    match k {
        count::DOWN
        | count::PLANNED
        | count::SLA_DOWN
        | count::WORST
        | count::AT_RISK
        | count::AT_RISK_STANDBY
        | count::AT_RISK_COPIES
        | count::UNPROTECTED
        | count::STALLED => 1.0,
        count::SLA_MINUTES => 1.0 / MINUTE as f64,
        _ => f64::INFINITY,
    }
}

/// How fast a transformation of a ratio changes at a value.
fn slope(to: &impl Fn(f64) -> f64, value: f64, falls: bool) -> f64 {
    let step = value * 1e-6;
    let slope = (to(value + step) - to(value - step)) / (2.0 * step);
    if falls { -slope } else { slope }
}
