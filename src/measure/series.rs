//! One metric of one scope, replication by replication: what pairs many runs without keeping them.
//!
//! A [`Series`] holds a counter and its denominator of every replication. An [`Influence`] says how far
//! each replication moves the metric (the delta method, one replication at a time); that of a difference
//! is the difference of two, whatever the weights of their strata are.

use super::book::Book;
use super::metric::Metric;
use super::moments::{Ratio, Uneven};
use super::point::{counter, from_ratio};
use super::replication::Replication;
use super::skewed::{ALIKE, Apart, FEWEST_EVENTS, More};
use super::special::t_factor;
use super::tally::known;
use serde::{Deserialize, Serialize};

/// Numerator and denominator of a metric, in the order of replications.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Series(pub Vec<[u128; 2]>);

/// Which metric of which scope is followed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Followed {
    /// Metric.
    pub metric: &'static Metric,
    /// Index of the scope in the book.
    pub scope: usize,
}

/// A value, and how far each replication moves it.
#[derive(Clone, PartialEq, Debug)]
pub struct Influence {
    /// The metric's value.
    pub value: f64,
    /// Strata; replications take turns in them.
    strata: usize,
    by: Vec<f64>,
    /// The counter of each replication, and what takes it to the metric's unit.
    tops: Vec<u128>,
    slope: f64,
    /// Weight of each stratum; together 1.
    weights: Vec<f64>,
    /// Degrees of freedom that allow for few events and few large replications.
    degrees: f64,
    /// What uneven denominators do to its error.
    uneven: Uneven,
    /// Whether anything of it is left to chance.
    by_chance: bool,
}

/// A value with its interval of 95 %, if there is one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ranged {
    /// Value.
    pub value: f64,
    /// Standard error.
    pub std_error: Option<f64>,
    /// Lower end.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
}

impl Ranged {
    /// A value of which no error is known.
    pub fn bare(value: f64) -> Ranged {
        Ranged { value, std_error: None, ci_low: None, ci_high: None }
    }

    /// A value with its standard error and the degrees of freedom behind it.
    pub fn of(value: f64, error: f64, df: f64) -> Ranged {
        let reach = if error > 0.0 { t_factor(df.max(1.0)) * error } else { 0.0 };
        let (ci_low, ci_high) = (Some(value - reach), Some(value + reach));
        Ranged { value, std_error: Some(error), ci_low, ci_high }
    }

    /// Whether zero is outside of the interval.
    pub fn is_clear(&self) -> bool {
        self.ci_low.is_some_and(|low| low > 0.0) || self.ci_high.is_some_and(|high| high < 0.0)
    }
}

impl Followed {
    /// Whether replications add up to it: not so for quantiles and largest values.
    pub fn adds_up(&self) -> bool {
        counter(&self.metric.made).is_some()
    }

    /// Takes what one finished replication adds.
    pub fn take(&self, replication: &Replication, series: &mut Series) {
        if let Some(k) = counter(&self.metric.made) {
            let sums = &replication.scopes[self.scope];
            series.0.push([sums[k], known(sums, k)]);
        }
    }

    /// The metric's value with each replication counted as often as `times` says; once without it.
    pub fn value(&self, series: &Series, book: &Book, times: Option<&[u32]>) -> Option<f64> {
        let ratio = self.ratio(series, book, times);
        let value = from_ratio(&self.metric.made, ratio.value()?, book, self.scope);
        value.is_finite().then_some(value)
    }

    /// How far each replication moves the value. `None` where there is none.
    pub fn influence(&self, series: &Series, book: &Book) -> Option<Influence> {
        let value = self.value(series, book, None)?;
        let ratio = self.ratio(series, book, None);
        let r = ratio.value()?;
        let to = |r| from_ratio(&self.metric.made, r, book, self.scope);
        let step = if r > 0.0 { r * 1e-6 } else { 1e-12 };
        let (low, high) = ((r - step).max(0.0), r + step);
        let slope = (to(high) - to(low)) / (high - low) / ratio.bottom;
        if !slope.is_finite() {
            return None;
        }
        let strata = book.strata.len();
        let units = self.units(series, strata, None);
        let all: f64 =
            book.strata.iter().zip(&units).filter(|(_, n)| **n > 0).map(|(w, _)| w).sum();
        let weights: Vec<f64> = book.strata.iter().map(|w| w / all).collect();
        let residual = |&[top, bottom]: &[u128; 2]| top as f64 - r * bottom as f64;
        let by = series.0.iter().enumerate().map(|(i, sums)| {
            slope * weights[i % strata] / units[i % strata] as f64 * residual(sums)
        });
        let known = self.known(series, &weights, residual);
        let (degrees, uneven) = (known.degrees(), known.uneven);
        let (by, tops) = (by.collect(), series.0.iter().map(|sums| sums[0]).collect());
        let by_chance = book.on.contains(&true);
        Some(Influence { value, strata, by, tops, slope, weights, degrees, uneven, by_chance })
    }

    /// How well its ratio is known, from how far each replication is from it.
    fn known(
        &self,
        series: &Series,
        weights: &[f64],
        residual: impl Fn(&[u128; 2]) -> f64,
    ) -> Ratio {
        let strata = weights.len();
        let own = |stratum: usize| series.0.iter().skip(stratum).step_by(strata);
        let mean = |stratum: usize, of: &dyn Fn(&[u128; 2]) -> f64| {
            own(stratum).map(of).sum::<f64>() / own(stratum).count().max(1) as f64
        };
        let means: Vec<(f64, u64, f64, f64)> = (0..strata)
            .map(|s| {
                let n = own(s).count() as u64;
                (weights[s], n, mean(s, &|sums| sums[0] as f64), mean(s, &|sums| sums[1] as f64))
            })
            .collect();
        let variance = |stratum: usize, _| {
            let centre = mean(stratum, &residual);
            let squares = own(stratum).map(|sums| residual(sums) - centre).map(|x| x * x);
            squares.sum::<f64>() / (own(stratum).count().max(2) - 1) as f64
        };
        let largest = |stratum: usize, _| {
            let top = own(stratum).max();
            top.map_or(0.0, |sums| residual(sums) - mean(stratum, &residual))
        };
        let square = |sums: &[u128; 2]| sums[1] as f64 * sums[1] as f64;
        Ratio::with_largest(&means, variance, largest).allowing(&means, |s| mean(s, &square))
    }

    fn units(&self, series: &Series, strata: usize, times: Option<&[u32]>) -> Vec<u64> {
        let mut units = vec![0; strata];
        for i in 0..series.0.len() {
            units[i % strata] += times.map_or(1, |t| u64::from(t[i]));
        }
        units
    }

    fn ratio(&self, series: &Series, book: &Book, times: Option<&[u32]>) -> Ratio {
        let strata = book.strata.len();
        let mut sums = vec![(0.0, 0.0); strata];
        for (i, &[top, bottom]) in series.0.iter().enumerate() {
            let n = times.map_or(1.0, |t| f64::from(t[i]));
            let sum = &mut sums[i % strata];
            *sum = (sum.0 + n * top as f64, sum.1 + n * bottom as f64);
        }
        let units = self.units(series, strata, times);
        let mean = |(s, &units): (usize, &u64)| match units {
            0 => (book.strata[s], 0, 0.0, 0.0),
            n => (book.strata[s], n, sums[s].0 / n as f64, sums[s].1 / n as f64),
        };
        let means: Vec<(f64, u64, f64, f64)> = units.iter().enumerate().map(mean).collect();
        Ratio::of(&means, |_, _| 0.0)
    }
}

impl Influence {
    /// The value with its interval.
    pub fn ranged(&self) -> Ranged {
        match self.spread(&self.by, self.uneven) {
            Some((error, df)) => Ranged::of(self.value, error, df),
            None => Ranged::bare(self.value),
        }
    }

    /// This value less another one, replications paired by their number. `None` where they cannot be.
    pub fn less(&self, other: &Influence) -> Option<Ranged> {
        if self.by.len() != other.by.len() || self.strata != other.strata {
            return None;
        }
        let by: Vec<f64> = self.by.iter().zip(&other.by).map(|(x, y)| x - y).collect();
        let value = self.value - other.value;
        let (x, y) = (self.uneven, other.uneven);
        let uneven = Uneven {
            variance: x.variance.max(y.variance),
            df: x.df.min(y.df),
            alone: x.alone || y.alone,
        };
        let Some((error, df)) = self.spread(&by, uneven) else { return Some(Ranged::bare(value)) };
        let by_chance = self.by_chance || other.by_chance;
        if error == 0.0 && value != 0.0 && (by.len() as u64) < ALIKE && by_chance {
            // A few pairs that differ alike may do so by chance.
            return Some(Ranged::bare(value));
        }
        let mut strata: Vec<(f64, u64, [More; 2])> =
            self.weights.iter().map(|&w| (w, 0, Default::default())).collect();
        for (i, (&x, &y)) in self.tops.iter().zip(&other.tops).enumerate() {
            let (_, units, more) = &mut strata[i % self.strata];
            *units += 1;
            more[usize::from(x < y)].absorb(x.abs_diff(y));
        }
        let reach = Apart::new(strata).reach(self.slope, value, error);
        let Some((below, above, _)) = reach.filter(|_| error > 0.0) else {
            let least = self.degrees.min(other.degrees).max(FEWEST_EVENTS);
            return Some(Ranged::of(value, error, df.min(least)));
        };
        let (ci_low, ci_high) = (Some(value - below), Some(value + above));
        Some(Ranged { value, std_error: Some(error), ci_low, ci_high })
    }

    /// Standard error and degrees of freedom.
    fn spread(&self, by: &[f64], uneven: Uneven) -> Option<(f64, f64)> {
        if uneven.alone {
            return None;
        }
        let (mut variance, mut squares, mut all) = (0.0, 0.0, 0.0);
        for stratum in 0..self.strata {
            let own = || by.iter().skip(stratum).step_by(self.strata);
            let n = own().count() as f64;
            if n < 2.0 {
                return None;
            }
            let mean = own().sum::<f64>() / n;
            let part = own().map(|x| (x - mean) * (x - mean)).sum::<f64>() * n / (n - 1.0);
            variance += part;
            squares += part * part / (n - 1.0);
            all += n - 1.0;
        }
        let df = if squares > 0.0 { variance * variance / squares } else { all };
        Some(((variance * uneven.variance).sqrt(), df * uneven.df))
    }
}
