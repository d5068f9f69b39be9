//! A level over time over replications: mean, high percentiles and worst, row by row.

use super::book::Book;
use super::line::LineRow;
use super::replication::line_of;
use super::total::{Stratum, Total};
use crate::kernel::time::SimTime;
use crate::model::record::Resource;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Integral over a row (level times us), extreme level and levels of all replications.
type Cell<'a> = (i128, i64, &'a [Count]);

/// A log bucket of levels, and how many replications had their extreme level there.
type Count = (u16, u32);

/// A level over replications, by row.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Band {
    /// Sums of integrals, level times us.
    integrals: Vec<i128>,
    /// Largest (or, for what is scarce, smallest) level at a grid instant.
    worst: Vec<i64>,
    /// Of what is not scarce; level 0 is left out.
    levels: Vec<Vec<Count>>,
}

/// Buckets of levels: exact up to 31, then 16 an octave.
fn bucket_of(level: u64) -> u16 {
    if level < 32 {
        return level as u16;
    }
    let exponent = 63 - level.leading_zeros();
    ((exponent - 3) * 16 + ((level >> (exponent - 4)) & 15) as u32) as u16
}

/// Middle of a bucket.
fn level_of(bucket: u16) -> f64 {
    if bucket < 32 {
        return f64::from(bucket);
    }
    let exponent = u32::from(bucket / 16 + 3);
    let width = 1u64 << (exponent - 4);
    let first = (1u64 << exponent) + u64::from(bucket % 16) * width;
    first as f64 + (width - 1) as f64 / 2.0
}

fn count(levels: &mut Vec<Count>, bucket: u16, by: u32) {
    match levels.binary_search_by_key(&bucket, |l| l.0) {
        Ok(at) => levels[at].1 += by,
        Err(at) => levels.insert(at, (bucket, by)),
    }
}

impl Band {
    /// Adds one replication: the largest level of a row counts.
    pub(super) fn absorb(&mut self, rows: &[LineRow]) {
        self.make(rows.len(), 0);
        self.levels.resize(self.integrals.len(), Vec::new());
        for (at, row) in rows.iter().enumerate() {
            self.integrals[at] += i128::from(row.integral);
            self.worst[at] = self.worst[at].max(row.most);
            if row.most > 0 {
                count(&mut self.levels[at], bucket_of(row.most as u64), 1);
            }
        }
    }

    /// Adds one replication of something scarce: the least level of a row counts.
    pub(super) fn absorb_least(&mut self, rows: &[(i64, i64)]) {
        self.make(rows.len(), i64::MAX);
        for (at, &(integral, least)) in rows.iter().enumerate() {
            self.integrals[at] += i128::from(integral);
            self.worst[at] = self.worst[at].min(least);
        }
    }

    fn make(&mut self, rows: usize, worst: i64) {
        let rows = rows.max(self.integrals.len());
        self.integrals.resize(rows, 0);
        self.worst.resize(rows, worst);
    }

    /// Adds the replications of another part.
    pub(super) fn merge(&mut self, other: &Band) {
        if self.integrals.is_empty() {
            self.clone_from(other);
            return;
        }
        plus(&mut self.integrals, &other.integrals, |x, y| x + y);
        let scarce = self.levels.is_empty();
        plus(&mut self.worst, &other.worst, if scarce { Ord::min } else { Ord::max });
        for (x, y) in self.levels.iter_mut().zip(&other.levels) {
            y.iter().for_each(|&(bucket, by)| count(x, bucket, by));
        }
    }

    fn get(&self, row: usize) -> Option<Cell<'_>> {
        let levels = self.levels.get(row).map_or(&[][..], |levels| levels);
        Some((*self.integrals.get(row)?, *self.worst.get(row)?, levels))
    }
}

fn plus<T: Copy>(sum: &mut [T], other: &[T], add: impl Fn(T, T) -> T) {
    sum.iter_mut().zip(other).for_each(|(x, &y)| *x = add(*x, y));
}

/// One row of one level.
#[derive(Clone, PartialEq, Debug)]
pub struct TimelineRow {
    /// Start of the row, us from the start of the play.
    pub from: SimTime,
    /// End of the row.
    pub to: SimTime,
    /// What: `servers_down`, `at_risk`, or a resource's word.
    pub what: &'static str,
    /// Region and zone for the free vCores (`eastus2/1`); empty for the fleet.
    pub place: Arc<str>,
    /// Mean over time and replications.
    pub mean: f64,
    /// 95th and 99th percentile over replications of the largest level at the row's grid instants;
    /// `None` for the free vCores.
    pub p95: Option<f64>,
    /// See `p95`.
    pub p99: Option<f64>,
    /// Largest level over replications at the row's grid instants; the smallest for free vCores.
    pub worst: i64,
}

/// A level that ever changed.
#[derive(Clone, PartialEq, Debug)]
pub struct Level<'a> {
    /// What: `servers_down`, `at_risk`, or a resource's word.
    pub what: &'static str,
    /// Region and zone for the free vCores (`eastus2/1`); empty for the fleet.
    pub place: Arc<str>,
    /// By stratum that has replications: probability, replications, rows.
    bands: Vec<(f64, u64, Option<&'a Band>)>,
}

/// The levels of the time line, in its order.
pub fn levels<'a>(total: &'a Total, book: &'a Book) -> Vec<Level<'a>> {
    let mut names = vec!["servers_down", "at_risk"];
    names.extend(Resource::ALL.iter().map(|r| r.word()));
    let mut levels = Vec::new();
    let mut add = |what, place: String, band: &dyn Fn(&'a Stratum) -> Option<&'a Band>| {
        let strata = book.strata.iter().zip(&total.strata).filter(|(_, s)| s.replications > 0);
        let bands: Vec<(f64, u64, Option<&Band>)> =
            strata.map(|(&w, s)| (w, s.replications, band(s))).collect();
        if bands.iter().any(|b| b.2.is_some_and(|band| !band.integrals.is_empty())) {
            levels.push(Level { what, place: place.into(), bands });
        }
    };
    for (index, what) in names.into_iter().enumerate() {
        if index != line_of(Resource::VcoresFree) {
            add(what, String::new(), &|s| s.lines.get(index));
        }
    }
    let mut zones: Vec<u32> = total.strata.iter().flat_map(|s| s.free.keys().copied()).collect();
    zones.sort_unstable();
    zones.dedup();
    for zone in zones {
        let place = format!("{}/{}", book.regions[(zone >> 8) as usize].0, (zone & 255) + 1);
        add(Resource::VcoresFree.word(), place, &|s| s.free.get(&zone));
    }
    levels
}

impl Level<'_> {
    /// Its rows, in order of time.
    pub fn rows(&self, book: &Book) -> Vec<TimelineRow> {
        let scarce = !self.place.is_empty();
        let weight: f64 = self.bands.iter().map(|b| b.0).sum();
        let row = |row: u32| {
            let (from, to) = book.grid.row(row, book.horizon);
            let length = (to.0 - from.0) as f64;
            let cells: Vec<(f64, u64, Cell<'_>)> = self
                .bands
                .iter()
                .filter_map(|b| Some((b.0, b.1, b.2?.get(row as usize)?)))
                .collect();
            let mean: f64 = cells.iter().map(|(w, n, c)| w * c.0 as f64 / *n as f64).sum();
            let worst = cells.iter().map(|c| c.2.1);
            let worst = if scarce { worst.min() } else { worst.max() };
            let percentile = |p| (!scarce).then(|| percentile(&cells, weight, p));
            TimelineRow {
                from,
                to,
                what: self.what,
                place: Arc::clone(&self.place),
                mean: mean / weight / length,
                p95: percentile(0.95),
                p99: percentile(0.99),
                worst: worst.unwrap_or(0),
            }
        };
        (0..book.grid.rows).map(row).collect()
    }
}

/// The time line: each level that ever changed, row by row; made level after level.
pub fn timeline<'a>(total: &'a Total, book: &'a Book) -> impl Iterator<Item = TimelineRow> + 'a {
    levels(total, book).into_iter().flat_map(|level| level.rows(book))
}

fn percentile(cells: &[(f64, u64, Cell<'_>)], weight: f64, p: f64) -> f64 {
    let mut levels: Vec<(u16, f64)> = Vec::new();
    for (w, n, cell) in cells {
        levels.extend(cell.2.iter().map(|&(b, count)| (b, w * f64::from(count) / *n as f64)));
    }
    levels.sort_unstable_by_key(|l| l.0);
    // From above, so that replications at level 0 need no entry.
    let mut above = 0.0;
    for &(bucket, share) in levels.iter().rev() {
        above += share / weight;
        if above > 1.0 - p + 1e-12 {
            let most = cells.iter().map(|c| c.2.1).max().unwrap_or(0);
            return level_of(bucket).min(most as f64);
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_within_a_few_percent() {
        for level in [0, 1, 31, 32, 33, 63, 64, 100, 1_000, 99_999, 1_000_000] {
            let back = level_of(bucket_of(level));
            assert!((back - level as f64).abs() <= level as f64 / 30.0, "{level}: {back}");
        }
    }
}
