//! One metric of one scope, replication by replication: what pairs many runs without keeping them.
//!
//! A [`Series`] holds a counter and its denominator of every replication. An [`Influence`] says how far
//! each replication moves the metric (the delta method, one replication at a time); that of a difference
//! is the difference of two, whatever the weights of their strata are.

use super::book::Book;
use super::metric::Metric;
use super::moments::Ratio;
use super::point::{counter, from_ratio};
use super::replication::Replication;
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
        let by = series.0.iter().enumerate().map(|(i, &[top, bottom])| {
            let share = book.strata[i % strata] / all / units[i % strata] as f64;
            slope * share * (top as f64 - r * bottom as f64)
        });
        Some(Influence { value, strata, by: by.collect() })
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
        self.spread(self.value, &self.by)
    }

    /// This value less another one, replications paired by their number. `None` where they cannot be.
    pub fn less(&self, other: &Influence) -> Option<Ranged> {
        if self.by.len() != other.by.len() || self.strata != other.strata {
            return None;
        }
        let by: Vec<f64> = self.by.iter().zip(&other.by).map(|(x, y)| x - y).collect();
        Some(self.spread(self.value - other.value, &by))
    }

    fn spread(&self, value: f64, by: &[f64]) -> Ranged {
        let (mut variance, mut squares, mut all) = (0.0, 0.0, 0.0);
        for stratum in 0..self.strata {
            let own = || by.iter().skip(stratum).step_by(self.strata);
            let n = own().count() as f64;
            if n < 2.0 {
                return Ranged::bare(value);
            }
            let mean = own().sum::<f64>() / n;
            let part = own().map(|x| (x - mean) * (x - mean)).sum::<f64>() * n / (n - 1.0);
            variance += part;
            squares += part * part / (n - 1.0);
            all += n - 1.0;
        }
        let df = if squares > 0.0 { variance * variance / squares } else { all };
        Ranged::of(value, variance.sqrt(), df)
    }
}
