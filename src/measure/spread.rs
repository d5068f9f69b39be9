//! How a distribution function varies from replication to replication, bin by bin.
//!
//! For each bin: sums over replications of a², a n and n², where a is the number of values up to the
//! bin's end and n the number of which it is known whether they are. They are kept as changes from
//! bin to bin, so a replication costs what it touched.

use super::hist::{BINS, Hist, JOINED};
use super::wide::{Wide, centred};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sums of a², a n, n².
type Products = (i128, i128, i128);

/// Sums over replications of one distribution.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Spread {
    /// Before the first bin: zeros alone, and all values.
    base: Products,
    changes: BTreeMap<u16, Products>,
}

/// Counts of one replication by bin; reused.
#[derive(Clone, Debug)]
pub struct Bins {
    values: Vec<u32>,
    censored: Vec<u32>,
    range: (usize, usize),
    zeros: u64,
    total: u64,
}

impl Default for Bins {
    fn default() -> Bins {
        let (values, censored) = (vec![0; BINS], vec![0; BINS]);
        Bins { values, censored, range: (BINS, 0), zeros: 0, total: 0 }
    }
}

impl Bins {
    /// Adds a histogram.
    pub fn add(&mut self, hist: &Hist) {
        self.zeros += hist.zeros();
        self.total += hist.zeros();
        let mut put = |cells: &mut Vec<u32>, bucket: usize, count: u64| {
            let bin = bucket / JOINED;
            cells[bin] += count as u32;
            self.total += count;
            self.range = (self.range.0.min(bin), self.range.1.max(bin + 1));
        };
        hist.touched().for_each(|(bucket, count)| put(&mut self.values, bucket, count));
        for &(bucket, count) in hist.censored() {
            put(&mut self.censored, usize::from(bucket), count);
        }
    }

    fn clear(&mut self) {
        let (from, to) = self.range;
        if from < to {
            self.values[from..to].fill(0);
            self.censored[from..to].fill(0);
        }
        (self.range, self.zeros, self.total) = ((BINS, 0), 0, 0);
    }
}

fn products(a: i128, n: i128) -> Products {
    (a * a, a * n, n * n)
}

fn plus(x: Products, y: Products) -> Products {
    (x.0 + y.0, x.1 + y.1, x.2 + y.2)
}

impl Spread {
    /// Adds one replication and empties its bins.
    pub fn absorb(&mut self, bins: &mut Bins) {
        let (mut a, mut n) = (i128::from(bins.zeros), i128::from(bins.total));
        let mut before = products(a, n);
        self.base = plus(self.base, before);
        for bin in bins.range.0..bins.range.1 {
            let (values, censored) = (bins.values[bin], bins.censored[bin]);
            if values != 0 || censored != 0 {
                a += i128::from(values);
                n -= i128::from(censored);
                let now = products(a, n);
                let change = (now.0 - before.0, now.1 - before.1, now.2 - before.2);
                let at = self.changes.entry(bin as u16).or_default();
                *at = plus(*at, change);
                before = now;
            }
        }
        bins.clear();
    }

    /// Adds the replications of another part.
    pub fn merge(&mut self, other: &Spread) {
        self.base = plus(self.base, other.base);
        for (&bin, &change) in &other.changes {
            let at = self.changes.entry(bin).or_default();
            *at = plus(*at, change);
        }
    }

    /// Variance over `units` replications of `a - share x n` at the end of a bin, where `a` and `n`
    /// sum to `sums`; `None` stands for before the first bin.
    pub fn residual(&self, bin: Option<usize>, units: u64, sums: (u128, u128), share: f64) -> f64 {
        let upto = bin.map_or(0, |b| b as u16 + 1);
        let sum = self.changes.range(..upto).fold(self.base, |sum, (_, &change)| plus(sum, change));
        let wide = |x: i128| Wide::from(x.max(0) as u128);
        let aa = centred(units, &wide(sum.0), sums.0, sums.0);
        let an = centred(units, &wide(sum.1), sums.0, sums.1);
        let nn = centred(units, &wide(sum.2), sums.1, sums.1);
        let n = units as f64;
        ((aa - 2.0 * share * an + share * share * nn) / n / (n - 1.0)).max(0.0)
    }
}
