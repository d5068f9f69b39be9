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
    /// By row.
    parts: Vec<Part>,
}

/// What a line keeps of a row, with the grid instants after its start, up to the start of the next one.
#[derive(Clone, Copy, Default, Debug)]
struct Part {
    /// What the level at grid instants leaves out, in level times us; the last step is whole here.
    rest: i64,
    /// Whether anything changed.
    dirty: bool,
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
        let (instant, rest) = grid.by_step.up(at.0);
        self.change_at(grid, instant, i64::from(by) * rest as i64, by);
    }

    /// Raises the level by one for each of these intervals. Most are short: where no grid instant lies
    /// inside, only the remainder of a step changes.
    pub fn intervals(&mut self, grid: &Grid, horizon: SimTime, all: &[(SimTime, SimTime)]) {
        for &(from, to) in all {
            let (instant, rest) = grid.by_step.up(from.0);
            let length = to.0 - from.0;
            if length <= rest {
                self.part(grid, instant).rest += length as i64;
            } else {
                self.change_at(grid, instant, rest as i64, 1);
                self.change(grid, horizon, to, -1);
            }
        }
    }

    #[inline]
    fn change_at(&mut self, grid: &Grid, instant: u64, rest: i64, by: i32) {
        self.part(grid, instant).rest += rest;
        self.changes[instant as usize] += by;
    }

    /// The part of what lies before a grid instant, up to the one before.
    #[inline]
    fn part(&mut self, grid: &Grid, instant: u64) -> &mut Part {
        let row = grid.by_row.split(instant.saturating_sub(1)).0 as usize;
        if row >= self.parts.len() {
            self.make(grid);
        }
        let part = &mut self.parts[row];
        part.dirty = true;
        part
    }

    #[cold]
    fn make(&mut self, grid: &Grid) {
        self.changes.resize(grid.steps as usize + 1, 0);
        self.parts.resize(grid.rows as usize, Part::default());
    }

    /// The grid instants whose changes belong to a part.
    fn range(grid: &Grid, row: usize) -> std::ops::Range<usize> {
        let (first, thin) = (row * grid.thin as usize, grid.thin as usize);
        let from = if row == 0 { 0 } else { first + 1 };
        from..(first + thin + 1).min(grid.steps as usize + 1)
    }

    /// Adds another line of the same grid.
    pub fn absorb(&mut self, grid: &Grid, other: &Line) {
        if other.parts.is_empty() {
            return;
        }
        self.make(grid);
        for (row, (sum, part)) in self.parts.iter_mut().zip(&other.parts).enumerate() {
            if part.dirty {
                sum.dirty = true;
                sum.rest += part.rest;
                let range = Line::range(grid, row);
                let changes = self.changes[range.clone()].iter_mut();
                for (sum, &change) in changes.zip(&other.changes[range]) {
                    // A level is at most the number of servers or vCores; unchecked, many are added
                    // at once.
                    *sum = sum.wrapping_add(change);
                }
            }
        }
    }

    /// Back to level zero for ever; keeps the memory.
    pub fn clear(&mut self, grid: &Grid) {
        for (row, part) in self.parts.iter_mut().enumerate() {
            if part.dirty {
                *part = Part::default();
                self.changes[Line::range(grid, row)].fill(0);
            }
        }
    }

    /// Whether the level never changes.
    pub fn is_flat(&self) -> bool {
        !self.parts.iter().any(|part| part.dirty)
    }

    /// Its rows in order.
    pub fn rows(&self, grid: &Grid, horizon: SimTime, mut each: impl FnMut(LineRow)) {
        let (mut level, flat) = (0i64, self.is_flat());
        for row in 0..grid.rows {
            let (from, to) = grid.row(row, horizon);
            let length = (to.0 - from.0) as i64;
            let first = (row * grid.thin) as usize;
            if !flat {
                level += i64::from(self.changes[first]);
            }
            let (mut most, mut least) = (level, level);
            if flat || !self.parts[row as usize].dirty {
                each(LineRow { row, integral: level * length, most, least });
                continue;
            }
            let end = (first + grid.thin as usize).min(grid.steps as usize);
            let mut sum = level;
            for &change in &self.changes[first + 1..end] {
                level += i64::from(change);
                most = most.max(level);
                least = least.min(level);
                sum += level;
            }
            let mut integral = self.parts[row as usize].rest + sum * grid.step.0 as i64;
            if row + 1 == grid.rows {
                // The last step ends with the play.
                let cut = level + i64::from(self.changes[grid.steps as usize]);
                integral -= cut * (u64::from(grid.steps) * grid.step.0 - horizon.0) as i64;
            }
            each(LineRow { row, integral, most, least });
        }
    }
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
                line.intervals(&grid, horizon, &[(SimTime(from), to)]);
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
}
