//! Sums over replications from which means, ratios and their errors are made: exact integers.

use super::tally::count::{COUNT, OVER};
use super::wide::{Wide, centred};
use serde::{Deserialize, Serialize};

/// Sums of counters of one scope over units (replications, or cells of one replication).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Moments {
    /// How many units.
    pub units: u64,
    sums: Vec<u128>,
    squares: Vec<Wide>,
    crosses: Vec<Wide>,
    /// The largest value over units, with its denominator.
    tops: Vec<(u128, u128)>,
}

impl Default for Moments {
    fn default() -> Moments {
        Moments {
            units: 0,
            sums: vec![0; COUNT],
            squares: vec![Wide::default(); COUNT],
            crosses: vec![Wide::default(); COUNT],
            tops: vec![(0, 0); COUNT],
        }
    }
}

impl Moments {
    /// Adds one unit.
    pub fn absorb(&mut self, unit: &[u128; COUNT]) {
        self.units += 1;
        for (k, &value) in unit.iter().enumerate() {
            if value != 0 {
                self.sums[k] += value;
                self.squares[k].add_product(value, value);
                self.crosses[k].add_product(value, unit[OVER[k]]);
                self.tops[k] = self.tops[k].max((value, unit[OVER[k]]));
            }
        }
    }

    /// Adds the units of another part.
    pub fn merge(&mut self, other: &Moments) {
        self.units += other.units;
        for k in 0..COUNT {
            self.sums[k] += other.sums[k];
            self.squares[k].add(&other.squares[k]);
            self.crosses[k].add(&other.crosses[k]);
            self.tops[k] = self.tops[k].max(other.tops[k]);
        }
    }

    /// Sum of a counter over all units.
    pub fn sum(&self, k: usize) -> u128 {
        self.sums[k]
    }

    /// Mean of a counter over units.
    pub fn mean(&self, k: usize) -> f64 {
        self.sums[k] as f64 / self.units as f64
    }

    /// Mean square of a counter over units.
    fn square(&self, k: usize) -> f64 {
        self.squares[k].to_f64() / self.units as f64
    }

    /// By how much `counter - ratio x denominator` of the unit with the largest counter is above its mean.
    pub fn largest(&self, k: usize, ratio: f64) -> f64 {
        let (top, over) = self.tops[k];
        let of = |value: f64, over: f64| value - ratio * over;
        of(top as f64, over as f64) - of(self.mean(k), self.mean(OVER[k]))
    }

    /// Variance over units of `counter - ratio x denominator`; needs two units.
    pub fn residual(&self, k: usize, ratio: f64) -> f64 {
        let (n, over) = (self.units as f64, OVER[k]);
        let (x, y) = (self.sums[k], self.sums[over]);
        let xx = centred(self.units, &self.squares[k], x, x);
        let xy = centred(self.units, &self.crosses[k], x, y);
        let yy = centred(self.units, &self.squares[over], y, y);
        ((xx - 2.0 * ratio * xy + ratio * ratio * yy) / n / (n - 1.0)).max(0.0)
    }
}

/// The same for one pair of counts: passes of trials.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct PairMoments {
    /// How many units.
    pub units: u64,
    /// Passes and trials.
    pub sums: (u128, u128),
    products: (Wide, Wide, Wide),
}

impl PairMoments {
    /// Adds one unit.
    pub fn absorb(&mut self, passed: u128, trials: u128) {
        self.units += 1;
        self.sums.0 += passed;
        self.sums.1 += trials;
        self.products.0.add_product(passed, passed);
        self.products.1.add_product(passed, trials);
        self.products.2.add_product(trials, trials);
    }

    /// Adds the units of another part.
    pub fn merge(&mut self, other: &PairMoments) {
        self.units += other.units;
        self.sums.0 += other.sums.0;
        self.sums.1 += other.sums.1;
        self.products.0.add(&other.products.0);
        self.products.1.add(&other.products.1);
        self.products.2.add(&other.products.2);
    }

    /// Mean square of trials over units.
    fn square(&self) -> f64 {
        self.products.2.to_f64() / self.units as f64
    }

    /// Variance over units of `passes - ratio x trials`; needs two units.
    pub fn residual(&self, ratio: f64) -> f64 {
        let n = self.units as f64;
        let (x, y) = self.sums;
        let xx = centred(self.units, &self.products.0, x, x);
        let xy = centred(self.units, &self.products.1, x, y);
        let yy = centred(self.units, &self.products.2, y, y);
        ((xx - 2.0 * ratio * xy + ratio * ratio * yy) / n / (n - 1.0)).max(0.0)
    }
}

/// A ratio of means over strata with its standard error.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ratio {
    /// Mean of the numerator.
    pub top: f64,
    /// Mean of the denominator.
    pub bottom: f64,
    /// Standard error of the ratio; `None` with fewer than two units in a stratum.
    pub error: Option<f64>,
    /// Degrees of freedom, after Satterthwaite.
    pub df: f64,
    /// The error as if one more unit like the largest one had been played.
    pub one_more: f64,
    /// How many units like the largest one would have all of the variance.
    pub like_largest: f64,
    /// What uneven denominators come to.
    pub uneven: Uneven,
}

/// By what an error of units with uneven denominators is scaled.
///
/// A unit without a denominator says nothing of a ratio: of a mean over incidents, a replication without
/// any. Units with uneven ones are worth as many even ones as L. Kish has it (Survey Sampling, 1965), and as
/// those have the residuals and the degrees of freedom.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Uneven {
    /// Factor of the variance, at least 1.
    pub variance: f64,
    /// Factor of the degrees of freedom, at most 1.
    pub df: f64,
    /// Whether one unit has all of the denominator, so that there is no error to be seen.
    pub alone: bool,
}

impl Uneven {
    /// Denominators are even.
    pub const NOT: Uneven = Uneven { variance: 1.0, df: 1.0, alone: false };
}

impl Ratio {
    /// The ratio; `None` where there is nothing to divide by.
    pub fn value(&self) -> Option<f64> {
        (self.bottom > 0.0).then(|| self.top / self.bottom)
    }

    /// From strata: weight, units, means of numerator and denominator, and a function that gives the
    /// variance of the residual over units for a ratio.
    pub fn of(strata: &[(f64, u64, f64, f64)], residual: impl Fn(usize, f64) -> f64) -> Ratio {
        Ratio::with_largest(strata, residual, |_, _| 0.0)
    }

    /// The same with a function that gives by how much the residual of the largest unit is above the mean.
    pub fn with_largest(
        strata: &[(f64, u64, f64, f64)],
        residual: impl Fn(usize, f64) -> f64,
        largest: impl Fn(usize, f64) -> f64,
    ) -> Ratio {
        let seen = || strata.iter().enumerate().filter(|(_, s)| s.1 > 0);
        let all: f64 = seen().map(|(_, s)| s.0).sum();
        let mean = |part: fn(&(f64, u64, f64, f64)) -> f64| -> f64 {
            seen().map(|(_, s)| s.0 * part(s)).sum::<f64>() / all
        };
        let (top, bottom) = (mean(|s| s.2), mean(|s| s.3));
        let (one_more, like_largest) = (0.0, f64::INFINITY);
        let uneven = Uneven::NOT;
        let mut ratio = Ratio { top, bottom, error: None, df: 0.0, one_more, like_largest, uneven };
        let Some(value) = ratio.value() else { return ratio };
        if seen().next().is_none() || seen().any(|(_, s)| s.1 < 2) {
            return ratio;
        }
        let (mut variance, mut squares, mut one_more, mut single) = (0.0, 0.0, 0.0, 0.0f64);
        let mut units = 0;
        for (index, s) in seen() {
            let n = s.1 as f64;
            let share = s.0 * s.0 / (all * all);
            let part = share * residual(index, value) / n;
            let largest = largest(index, value).max(0.0);
            let largest = share * largest * largest / n;
            variance += part;
            // Of one unit more, the mean square over one more of them.
            one_more += part.max((part * (n - 1.0) + largest) / (n + 1.0));
            single = single.max(largest / (n - 1.0));
            squares += part * part / (s.1 - 1) as f64;
            units += s.1 - 1;
        }
        ratio.error = Some(variance.sqrt() / bottom);
        ratio.one_more = one_more.sqrt() / bottom;
        ratio.like_largest = if single > 0.0 { variance / single } else { f64::INFINITY };
        ratio.df = if squares > 0.0 { variance * variance / squares } else { units as f64 };
        ratio
    }

    /// The same with what uneven denominators do to its error: from the same strata, and a function that
    /// gives the mean square of the denominators.
    #[must_use]
    pub fn allowing(
        mut self,
        strata: &[(f64, u64, f64, f64)],
        square: impl Fn(usize) -> f64,
    ) -> Ratio {
        let Some(error) = self.error else { return self };
        let seen = || strata.iter().enumerate().filter(|(_, s)| s.1 > 0);
        let all = seen().map(|(_, s)| s.0).sum::<f64>() * self.bottom;
        let sum = |square: &dyn Fn(usize) -> f64| -> f64 {
            seen().map(|(i, s)| s.0 * s.0 * square(i) / (all * all) / s.1 as f64).sum()
        };
        // One over the units that they are worth, and over those that even ones would be.
        let (uneven, even) = (sum(&square), sum(&|i| strata[i].3 * strata[i].3));
        if uneven <= even * (1.0 + 1e-9) || even >= 1.0 {
            return self;
        }
        let alone = uneven > 1.0 - 1e-9;
        let variance = if alone { f64::INFINITY } else { (1.0 - even) / (1.0 - uneven) };
        let df = ((1.0 / uneven - 1.0) / (1.0 / even - 1.0)).max(0.0);
        self.uneven = Uneven { variance, df, alone };
        self.error = (!alone).then(|| error * variance.sqrt());
        self.one_more *= variance.sqrt();
        self.df *= df;
        self
    }

    /// Of a counter over its denominator.
    pub fn of_counter(strata: &[(f64, &Moments)], k: usize) -> Ratio {
        let means: Vec<(f64, u64, f64, f64)> = strata
            .iter()
            .map(|(w, m)| match m.units {
                0 => (*w, 0, 0.0, 0.0),
                units => (*w, units, m.mean(k), m.mean(OVER[k])),
            })
            .collect();
        let residual = |index: usize, ratio| strata[index].1.residual(k, ratio);
        Ratio::with_largest(&means, residual, |index, ratio| strata[index].1.largest(k, ratio))
            .allowing(&means, |index| strata[index].1.square(OVER[k]))
    }

    /// Of passes over trials.
    pub fn of_pairs(strata: &[(f64, &PairMoments)]) -> Ratio {
        let mean = |sum: u128, units: u64| sum as f64 / units.max(1) as f64;
        let means: Vec<(f64, u64, f64, f64)> = strata
            .iter()
            .map(|(w, m)| (*w, m.units, mean(m.sums.0, m.units), mean(m.sums.1, m.units)))
            .collect();
        Ratio::of(&means, |index, ratio| strata[index].1.residual(ratio))
            .allowing(&means, |index| strata[index].1.square())
    }
}
