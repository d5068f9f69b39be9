//! A level over time on the grid: kept as changes, so that adding cells and cutting rows is exact.
//!
//! An interval counts at a grid instant t with start <= t < end. Beside the level at grid instants,
//! the remainders inside steps are kept by row, so that the integral of a row is exact to the
//! microsecond. Only rows that were touched are cleared, added or scanned.

use super::calendar::Grid;
use crate::kernel::time::SimTime;

/// Changes of a level.
#[derive(Clone, Default, Debug)]
pub struct Line {
    /// Change at each grid instant; one more than there are steps.
    changes: Vec<i32>,
    /// By row: what the level at grid instants leaves out, in level times us.
    rests: Vec<i64>,
    dirty: Vec<bool>,
    dirty_rows: Vec<u32>,
}

/// A row of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineRow {
    /// Its number.
    pub row: u32,
    /// Integral over its time, level times us.
    pub integral: i64,
    /// Largest level at one of its grid instants.
    pub most: i64,
    /// Smallest level at one of its grid instants.
    pub least: i64,
}

impl Line {
    /// Changes the level at an instant; a change at the horizon or later is nothing.
    #[inline]
    pub fn change(&mut self, grid: &Grid, horizon: SimTime, at: SimTime, by: i32) {
        if at >= horizon {
            return;
        }
        if self.changes.is_empty() {
            self.changes.resize(grid.steps as usize + 1, 0);
            self.rests.resize(grid.rows as usize + 1, 0);
            self.dirty.resize(grid.rows as usize + 1, false);
        }
        let instant = grid.by_step.ceil(at.0);
        let row = grid.by_row.floor(instant);
        self.changes[instant as usize] += by;
        self.mark(row);
        let rest = (instant * grid.step.0).min(horizon.0) - at.0;
        if rest != 0 {
            let row = if instant == row * u64::from(grid.thin) { row - 1 } else { row };
            self.rests[row as usize] += i64::from(by) * rest as i64;
            self.mark(row);
        }
    }

    /// Raises the level by one for an interval. Most are short: where no grid instant lies inside,
    /// only the remainder of a step changes.
    #[inline]
    pub fn interval(&mut self, grid: &Grid, horizon: SimTime, from: SimTime, to: SimTime) {
        let instant = grid.by_step.ceil(from.0);
        if self.changes.is_empty() || to.0 > instant * grid.step.0 {
            self.change(grid, horizon, from, 1);
            self.change(grid, horizon, to, -1);
        } else if from < to {
            let row = grid.by_row.floor(instant - 1);
            self.rests[row as usize] += (to.0 - from.0) as i64;
            self.mark(row);
        }
    }

    #[inline]
    fn mark(&mut self, row: u64) {
        if !self.dirty[row as usize] {
            self.dirty[row as usize] = true;
            self.dirty_rows.push(row as u32);
        }
    }

    fn range(grid: &Grid, row: u32) -> std::ops::Range<usize> {
        let from = (row * grid.thin) as usize;
        from..(from + grid.thin as usize).min(grid.steps as usize + 1)
    }

    /// Adds another line of the same grid.
    pub fn absorb(&mut self, grid: &Grid, other: &Line) {
        if other.changes.is_empty() {
            return;
        }
        if self.changes.is_empty() {
            self.changes.resize(other.changes.len(), 0);
            self.rests.resize(other.rests.len(), 0);
            self.dirty.resize(other.dirty.len(), false);
        }
        for &row in &other.dirty_rows {
            self.mark(u64::from(row));
            self.rests[row as usize] += other.rests[row as usize];
            let range = Line::range(grid, row);
            for (sum, change) in self.changes[range.clone()].iter_mut().zip(&other.changes[range]) {
                *sum += change;
            }
        }
    }

    /// Back to level zero for ever; keeps the memory.
    pub fn clear(&mut self, grid: &Grid) {
        for &row in &self.dirty_rows {
            self.dirty[row as usize] = false;
            self.rests[row as usize] = 0;
            self.changes[Line::range(grid, row)].fill(0);
        }
        self.dirty_rows.clear();
    }

    /// Whether the level never changes.
    pub fn is_flat(&self) -> bool {
        self.dirty_rows.is_empty()
    }

    /// Its rows in order.
    pub fn rows(&self, grid: &Grid, horizon: SimTime, mut each: impl FnMut(LineRow)) {
        let mut level = 0i64;
        for row in 0..grid.rows {
            let (from, to) = grid.row(row, horizon);
            let length = (to.0 - from.0) as i64;
            if self.is_flat() || !self.dirty[row as usize] {
                each(LineRow { row, integral: level * length, most: level, least: level });
                continue;
            }
            let (mut most, mut least, mut integral) =
                (i64::MIN, i64::MAX, self.rests[row as usize]);
            let range = Line::range(grid, row);
            let last = (grid.steps - 1) as usize;
            let mut sum = 0;
            for instant in range.start..range.end.min(last + 1) {
                level += i64::from(self.changes[instant]);
                most = most.max(level);
                least = least.min(level);
                sum += level;
            }
            integral += sum * grid.step.0 as i64;
            if row + 1 == grid.rows {
                // The last step ends with the play.
                integral -= level * ((last as u64 + 1) * grid.step.0 - horizon.0) as i64;
            }
            each(LineRow { row, integral, most, least });
        }
    }
}

/// The largest level of all, from changes in any order; changes at one instant count together.
pub fn exact_peak(changes: &mut [(u64, i32)]) -> i64 {
    changes.sort_unstable();
    let (mut level, mut peak) = (0i64, 0i64);
    for same in changes.chunk_by(|a, b| a.0 == b.0) {
        level += same.iter().map(|c| i64::from(c.1)).sum::<i64>();
        peak = peak.max(level);
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Span;

    fn intervals() -> Vec<(u64, u64)> {
        (0..400u64).map(|i| (i * 7919 % 9_000, i * 7919 % 9_000 + i * 31 % 700 + 1)).collect()
    }

    #[test]
    fn levels_and_integrals_match_counting_by_hand() {
        let horizon = SimTime(9_455);
        for step in [1, 7, 10, 100, 5_000] {
            let mut grid = Grid::new(Span(step), horizon);
            if step == 1 {
                assert_eq!(grid.thin, 5);
            } else if step == 10 {
                grid.thin = 4;
                grid.rows = grid.steps.div_ceil(4);
                grid.by_row = super::super::calendar::Divider::new(4);
            }
            let mut line = Line::default();
            let (mut a, mut b) = (Line::default(), Line::default());
            for (i, &(from, to)) in intervals().iter().enumerate() {
                let part = if i % 3 == 0 { &mut a } else { &mut b };
                let to = SimTime(to.min(horizon.0));
                part.change(&grid, horizon, SimTime(from), 1);
                part.change(&grid, horizon, to, -1);
                line.interval(&grid, horizon, SimTime(from), to);
            }
            let mut joined = Line::default();
            joined.absorb(&grid, &b);
            joined.absorb(&grid, &a);
            let mut total = 0;
            line.rows(&grid, horizon, |row| {
                let (from, to) = grid.row(row.row, horizon);
                let overlap =
                    |&(a, b): &(u64, u64)| b.min(to.0).saturating_sub(a.max(from.0)) as i64;
                let integral: i64 = intervals().iter().map(overlap).sum();
                assert_eq!(row.integral, integral, "step {step}, row {}", row.row);
                let levels = (from.0..to.0)
                    .step_by(step as usize)
                    .map(|t| intervals().iter().filter(|&&(a, b)| a <= t && t < b).count() as i64);
                assert_eq!(row.most, levels.clone().max().unwrap());
                assert_eq!(row.least, levels.min().unwrap());
                total += row.integral;
            });
            let all: u64 = intervals().iter().map(|&(a, b)| b.min(horizon.0) - a).sum();
            assert_eq!(total, all as i64);
            let collect = |line: &Line| {
                let mut rows = Vec::new();
                line.rows(&grid, horizon, |row| rows.push(row));
                rows
            };
            assert_eq!(collect(&joined), collect(&line));
            joined.clear(&grid);
            assert!(collect(&joined).iter().all(|r| r.integral == 0 && r.most == 0));
        }
    }

    #[test]
    fn the_exact_peak_sees_what_the_grid_misses() {
        let mut changes = vec![(5, 1), (9, -1), (6, 1), (8, -1), (9, 1), (12, -1)];
        assert_eq!(exact_peak(&mut changes), 2);
        assert_eq!(exact_peak(&mut []), 0);
    }
}
