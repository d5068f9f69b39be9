//! Intervals of means that few replications may make: skewed, and wider where few of them dominate.
//!
//! Lengths of outages have heavy tails, so what was played holds too few of the longest more often than too
//! many, and its spread is then too small as well. Three things allow for it: the logarithm; degrees of
//! freedom of at most the events that an error is worth, and of at most two for each replication like the
//! largest; and at the upper end the error as if one more replication like the largest had been played.

use super::few::few;
use super::moments::Ratio;
use super::special::t_factor;
use super::{estimate::Estimate, wide::Wide};
use libm::exp;
use serde::{Deserialize, Serialize};

/// Degrees of freedom are not more than the events that an error is worth, but never for that reason
/// fewer than this: one event says within a factor of 74 what is to be expected, not of 300,000.
pub(super) const FEWEST_EVENTS: f64 = 2.0;
/// With so many replications like the largest, or fewer, few make the error.
const DOMINATE: f64 = 5.0;
/// Fewer events than this, all of one sign, do not tell the sign: six coins of one side come in 3 % of all
/// throws.
const SIGN: f64 = 6.0;
/// Fewer units than this that are all alike do not tell that there is no other: six throws of a coin are alike
/// in 3 % of all cases.
pub(super) const ALIKE: u64 = 6;
/// By how much of a variance and of an error what is taken apart may miss the whole.
const MISSED: f64 = 0.1;

impl Ratio {
    /// The events that its error is worth: so many of one size would have it.
    pub(super) fn events(&self) -> f64 {
        match (self.value(), self.error) {
            (Some(value), Some(error)) => value * value / (error * error),
            _ => f64::INFINITY,
        }
    }

    /// Degrees of freedom that allow for few events and for few large replications.
    pub(super) fn degrees(&self) -> f64 {
        let fewest = |number: f64| number.max(FEWEST_EVENTS);
        self.df.min(fewest(self.events())).min(fewest(2.0 * self.like_largest)).max(1.0)
    }

    /// The interval of a ratio that is above zero, on the logarithm.
    pub(super) fn ends(&self) -> Option<(f64, f64)> {
        let (value, error) = (self.value()?, self.error?);
        if value <= 0.0 {
            return Some((0.0, 0.0));
        }
        let factor = t_factor(self.degrees());
        let end = |error: f64| exp(factor * error / value);
        Some((value / end(error), value * end(self.one_more)))
    }

    /// The same with the error of so many events, where units are alike by chance.
    #[must_use]
    pub(super) fn of_events(mut self, events: f64) -> Ratio {
        let error = self.value().map_or(0.0, |value| value / events.sqrt());
        (self.error, self.one_more, self.df) = (Some(error), error, events.max(FEWEST_EVENTS));
        self
    }

    /// Whether few of its replications make most of its error.
    pub(super) fn dominated(&self) -> bool {
        self.error.is_some_and(|error| error > 0.0)
            && self.like_largest < DOMINATE.min(self.df / 4.0)
    }
}

/// Marks an estimate that rests on few events, or of whose error few replications make most.
pub(super) fn mark(row: &mut Estimate, ratio: &Ratio, events: f64) {
    let before = row.method.len();
    few(row, events);
    if row.method.len() == before && ratio.dominated() {
        row.method += "; few replications dominate";
    }
}

/// Sums over replications of what one side has more of than the other.
#[derive(Clone, Copy, Default, Debug, Serialize, Deserialize)]
pub(super) struct More {
    sum: u128,
    squares: Wide,
    /// The largest.
    top: u128,
}

impl More {
    /// Adds a replication.
    #[inline]
    pub fn absorb(&mut self, more: u128) {
        self.sum += more;
        self.squares.add_product(more, more);
        self.top = self.top.max(more);
    }

    /// Adds the replications of another part.
    pub fn merge(&mut self, other: &More) {
        self.sum += other.sum;
        self.squares.add(&other.squares);
        self.top = self.top.max(other.top);
    }

    fn mean(&self, units: u64) -> f64 {
        self.sum as f64 / units as f64
    }

    /// Mean square.
    fn square(&self, units: u64) -> f64 {
        self.squares.to_f64() / units as f64
    }
}

/// A difference taken apart: rises (B has more) and falls (A has more) of each stratum, with its weight and
/// replications.
pub(super) struct Apart {
    strata: Vec<(f64, u64, [More; 2])>,
}

impl Apart {
    /// From strata; weights add up to 1.
    pub fn new(strata: Vec<(f64, u64, [More; 2])>) -> Apart {
        Apart { strata }
    }

    /// Mean of some value of each stratum with its variance over replications and its largest one.
    fn ratio(&self, of: impl Fn(u64, &[More; 2]) -> (f64, f64, f64)) -> Ratio {
        let each: Vec<_> = self.strata.iter().map(|(_, n, sides)| of(*n, sides)).collect();
        let means =
            self.strata.iter().zip(&each).map(|((w, n, _), (mean, ..))| (*w, *n, *mean, 1.0));
        let means: Vec<_> = means.collect();
        Ratio::with_largest(&means, |i, _| each[i].1, |i, _| each[i].2)
    }

    fn side(&self, side: usize) -> Ratio {
        self.ratio(|n, sides| {
            let mean = sides[side].mean(n);
            let variance = (sides[side].square(n) - mean * mean).max(0.0);
            (mean, variance * n as f64 / (n - 1) as f64, sides[side].top as f64 - mean)
        })
    }

    fn whole(&self, side: usize) -> Ratio {
        self.ratio(|n, [rises, falls]| {
            let mean = rises.mean(n) - falls.mean(n);
            let variance = (rises.square(n) + falls.square(n) - mean * mean).max(0.0);
            let largest = if side == 0 { rises.top as f64 - mean } else { falls.top as f64 + mean };
            (mean, variance * n as f64 / (n - 1) as f64, largest)
        })
    }

    /// How far an interval reaches below and above a difference, and whether few events or replications
    /// make it; `None` where the sums taken apart are not what the value and its error are made of, as where
    /// denominators vary. `scale` takes a sum to the metric's unit.
    ///
    /// Rises and falls have an interval each, on the logarithm, and are joined by the distances of their ends
    /// (Zou and Donner, 2008) with what they have in common. That is right for what is rare and on one side;
    /// what comes on both sides alike is left to Student's t, in proportion.
    pub fn reach(&self, scale: f64, value: f64, error: f64) -> Option<(f64, f64, bool)> {
        let [rises, falls] = [0, 1].map(|side| self.side(side));
        let wholes = [0, 1].map(|side| self.whole(side));
        let own = scale.abs() * wholes[0].error?;
        let missed = (value - scale * wholes[0].value()?).abs();
        if (own * own - error * error).abs() > MISSED * error * error || missed > MISSED * error {
            return None;
        }
        let (r, f) = (rises.value()?, falls.value()?);
        if r + f <= 0.0 {
            return None;
        }
        let ((r_low, r_high), (f_low, f_high)) = (rises.ends()?, falls.ends()?);
        let (r_error, f_error) = (rises.error?, falls.error?);
        let whole = wholes[0].error?;
        let apart = 2.0 * r_error * f_error;
        let common = if apart > 0.0 {
            ((r_error * r_error + f_error * f_error - whole * whole) / apart).clamp(-1.0, 1.0)
        } else {
            0.0
        };
        let joined = |x: f64, y: f64| (x * x + y * y - 2.0 * common * x * y).max(0.0).sqrt();
        let (mut low, mut high) = (joined(r - r_low, f_high - f), joined(r_high - r, f - f_low));
        let like_largest = wholes[0].like_largest.min(wholes[1].like_largest);
        let df = wholes[0].df.min((2.0 * like_largest).max(FEWEST_EVENTS)).max(1.0);
        let share = (r - f).abs() / (r + f);
        let mix = |joined: f64, even: f64| share * joined + (1.0 - share) * even;
        low = mix(low, t_factor(df) * wholes[1].one_more);
        high = mix(high, t_factor(df) * wholes[0].one_more);
        // A few of one sign do not tell the sign.
        let (rarest, events) =
            if f == 0.0 { (&mut low, rises.events()) } else { (&mut high, falls.events()) };
        if r * f == 0.0 && events < SIGN {
            // Zero is within, whatever is rounded.
            let to_zero = (r - f).abs().max((value / scale).abs()) * (1.0 + 1e-12);
            *rarest = rarest.max(to_zero);
        }
        let main = if r > f { &rises } else { &falls };
        let few = main.events() < super::few::FEW || wholes.iter().any(Ratio::dominated);
        let (low, high) = (scale.abs() * low, scale.abs() * high);
        Some(if scale >= 0.0 { (low, high, few) } else { (high, low, few) })
    }
}
