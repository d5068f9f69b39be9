//! The plain value of a metric from counters and histograms, without an error.

use super::book::Book;
use super::hist::Hist;
use super::metric::{Made, Metric, Of, YEAR};
use super::quantile::Curve;
use super::tally::count::{self, COUNT, OVER};
use super::tally::{ONE_SHARE, Sum, known, may};
use libm::{expm1, log1p};

/// The histogram that a quantile is of.
pub(super) fn pick(sum: &Sum, of: Of) -> &Hist {
    match of {
        Of::Recovery => &sum.recovery,
        Of::Loss => &sum.loss,
        Of::Worst => &sum.worst,
    }
}

/// Probability per year from a share of servers within `years`.
pub fn per_year(share: f64, years: f64) -> f64 {
    if years == 1.0 || share >= 1.0 { share } else { -expm1(log1p(-share) / years) }
}

/// From the histogram's whole numbers to the metric's unit.
pub(super) fn unit(of: Of, value: f64) -> f64 {
    match of {
        Of::Worst => 1.0 - value / ONE_SHARE as f64,
        Of::Recovery | Of::Loss => value / 1e6,
    }
}

/// The quantile of the underlying histogram that gives a quantile of the metric.
pub(super) fn flipped(of: Of, p: f64) -> f64 {
    if of == Of::Worst { 1.0 - p } else { p }
}

/// The metric's value from sums of one replication; `None` where there is nothing to measure.
pub fn value(
    metric: &Metric,
    sums: &[u128; COUNT],
    hist: impl Fn(Of) -> Hist,
    book: &Book,
    scope: usize,
) -> Option<f64> {
    let ratio = |k: usize| {
        let over = sums[OVER[k]];
        (over > 0).then(|| sums[k] as f64 / over as f64)
    };
    match metric.made {
        Made::Ratio { of, factor } => ratio(of).map(|r| r * factor),
        Made::OneLess { of } => ratio(of).map(|r| 1.0 - r),
        Made::Inverse { of, factor } => {
            (sums[of] > 0).then(|| sums[OVER[of]] as f64 / sums[of] as f64 * factor)
        }
        Made::Share { of } => {
            let known = known(sums, of);
            (known > 0).then(|| sums[of] as f64 / known as f64)
        }
        Made::PerYear { of } => ratio(of).map(|r| per_year(r, book.horizon.0 as f64 / YEAR)),
        Made::PerFleet { of } => ratio(of).map(|r| r * book.scopes[scope].servers as f64),
        Made::Peak { of } => book.wants.peaks.then(|| sums[of] as f64),
        Made::Max { of } => {
            let hist = hist(of);
            (!hist.is_empty()).then(|| unit(of, hist.max().max(hist.censored_max()) as f64))
        }
        Made::Quantile { of, p } => {
            Curve::of(&[(1.0, &hist(of))]).quantile(flipped(of, p)).map(|v| unit(of, v))
        }
    }
}

/// Between which the metric's value lies in one replication; both are the value where censoring hides
/// nothing of it.
pub fn range(
    metric: &Metric,
    sums: &[u128; COUNT],
    hist: impl Fn(Of) -> Hist,
    book: &Book,
    scope: usize,
) -> Option<(f64, f64)> {
    let value = value(metric, sums, &hist, book, scope);
    let same = value.map(|value| (value, value));
    match metric.made {
        Made::Share { of } => {
            let Some(may) = may(of) else { return same };
            let all = sums[OVER[of]] as f64;
            (all > 0.0).then(|| (sums[of] as f64 / all, sums[may] as f64 / all))
        }
        // Without an incident the time between them is longer than any.
        Made::Inverse { of, .. } if sums[of] == 0 => Some((f64::INFINITY, f64::INFINITY)),
        Made::Ratio { of: count::RECOVERY, .. }
            if sums[count::CENSORED] + sums[count::LOST_SERVERS] > 0 =>
        {
            let curve = Curve::of(&[(1.0, &hist(Of::Recovery))]);
            if curve.mean().is_some() { same } else { Some((value.unwrap_or(0.0), f64::INFINITY)) }
        }
        Made::Ratio { of: count::LOSS, .. } if sums[count::LOST_SERVERS] > 0 => {
            Some((value.unwrap_or(0.0), f64::INFINITY))
        }
        Made::Quantile { of, p } if of != Of::Worst && value.is_none() => {
            let hist = hist(of);
            (!hist.is_empty()).then(|| (exceeded(of, p, &[(1.0, &hist)]), f64::INFINITY))
        }
        Made::Max { of } => {
            let hist = hist(of);
            let (least, most) = largest(&hist);
            (!hist.is_empty()).then(|| (unit(of, least), unit(of, most)))
        }
        _ => same,
    }
}

/// Between which the largest value lies, in the histogram's whole numbers.
pub(super) fn largest(hist: &Hist) -> (f64, f64) {
    let seen = hist.max().max(hist.censored_max()) as f64;
    match hist.lost() {
        0 if hist.censored_max() > hist.max() => (seen, f64::INFINITY),
        0 => (seen, seen),
        _ => (f64::INFINITY, f64::INFINITY),
    }
}

/// What a quantile that censoring hides exceeds at least, in the metric's unit.
pub(super) fn exceeded(of: Of, p: f64, hists: &[(f64, &Hist)]) -> f64 {
    let sum = |part: fn(&Hist) -> u64| hists.iter().map(|(w, h)| w * part(h) as f64).sum::<f64>();
    let (lost, all) = (sum(Hist::lost), sum(|h| h.count() + h.censored_count()));
    if lost > (1.0 - flipped(of, p)) * all {
        return f64::INFINITY;
    }
    let longest = hists.iter().map(|h| h.1.max().max(h.1.censored_max())).max().unwrap_or(0);
    unit(of, longest as f64)
}

/// The counter whose ratio to its denominator a metric is made of; none for quantiles and maxima.
pub fn counter(made: &Made) -> Option<usize> {
    match *made {
        Made::Ratio { of, .. }
        | Made::OneLess { of }
        | Made::Inverse { of, .. }
        | Made::Share { of }
        | Made::PerYear { of }
        | Made::PerFleet { of }
        | Made::Peak { of } => Some(of),
        Made::Quantile { .. } | Made::Max { .. } => None,
    }
}

/// The metric's value from that ratio.
pub fn from_ratio(made: &Made, ratio: f64, book: &Book, scope: usize) -> f64 {
    match *made {
        Made::Ratio { factor, .. } => ratio * factor,
        Made::OneLess { .. } => 1.0 - ratio,
        Made::Inverse { factor, .. } => factor / ratio,
        Made::PerYear { .. } => per_year(ratio, book.years()),
        Made::PerFleet { .. } => ratio * book.scopes[scope].servers as f64,
        _ => ratio,
    }
}
