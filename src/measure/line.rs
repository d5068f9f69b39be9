//! A level over time on the grid: kept as changes, so that adding cells and cutting rows is exact.
//!
//! An interval counts at a grid instant t with start <= t < end. Beside the level at grid instants,
//! the remainders inside steps are kept by row, so that the integral of a row is exact to the
//! microsecond. Only rows that were touched are cleared, added or scanned.

use super::calendar::Grid;
use crate::kernel::time::SimTime;
use std::collections::BTreeMap;
use std::ops::Range;

/// Changes of a level.
#[derive(Clone, Default, Debug)]
pub struct Line {
    /// Change at each grid instant, as far as it fits; one more than there are steps. There are dozens
    /// of lines with a hundred thousand instants.
    changes: Vec<i16>,
    /// What the change at an instant is beyond that, in units of [`CARRY`].
    carried: BTreeMap<usize, i32>,
    /// By row.
    parts: Vec<Part>,
}

/// What a change is short of, or has too much, where it went beyond 16 bits once.
const CARRY: i64 = 1 << 16;

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

    #[inline(always)]
    fn change_at(&mut self, grid: &Grid, instant: u64, rest: i64, by: i32) {
        self.part(grid, instant).rest += rest;
        let change = &mut self.changes[instant as usize];
        let sum = i64::from(*change) + i64::from(by);
        *change = sum as i16;
        if i64::from(*change) != sum {
            let beyond = (sum - i64::from(*change)) / CARRY;
            self.carry(instant as usize, beyond as i32);
        }
    }

    #[cold]
    #[inline(never)]
    fn carry(&mut self, instant: usize, by: i32) {
        *self.carried.entry(instant).or_default() += by;
    }

    /// The change at an instant.
    fn change_of(&self, instant: usize) -> i64 {
        let carried = self.carried.get(&instant).copied().unwrap_or(0);
        i64::from(self.changes[instant]) + CARRY * i64::from(carried)
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
    fn range(grid: &Grid, row: usize) -> Range<usize> {
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
                let (sums, changes) =
                    (&mut self.changes[range.clone()], &other.changes[range.clone()]);
                if add(sums, changes) {
                    for (instant, by) in range.zip(carries(sums, changes)) {
                        if by != 0 {
                            *self.carried.entry(instant).or_default() += by;
                        }
                    }
                }
            }
        }
        for (&instant, &by) in &other.carried {
            self.carry(instant, by);
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
        self.carried.clear();
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
                level += self.change_of(first);
            }
            let (mut most, mut least) = (level, level);
            if flat || !self.parts[row as usize].dirty {
                each(LineRow { row, integral: level * length, most, least });
                continue;
            }
            let end = (first + grid.thin as usize).min(grid.steps as usize);
            let mut sum = level;
            let mut step = |change: i64| {
                level += change;
                most = most.max(level);
                least = least.min(level);
                sum += level;
            };
            if self.carried.range(first + 1..).next().is_some_and(|(&next, _)| next < end) {
                (first + 1..end).for_each(|instant| step(self.change_of(instant)));
            } else {
                self.changes[first + 1..end].iter().for_each(|&change| step(i64::from(change)));
            }
            let mut integral = self.parts[row as usize].rest + sum * grid.step.0 as i64;
            if row + 1 == grid.rows {
                // The last step ends with the play.
                let cut = level + self.change_of(grid.steps as usize);
                integral -= cut * (u64::from(grid.steps) * grid.step.0 - horizon.0) as i64;
            }
            each(LineRow { row, integral, most, least });
        }
    }
}

/// Adds changes; whether one of the sums went beyond its bits. Many are added at once.
fn add(sums: &mut [i16], changes: &[i16]) -> bool {
    let mut beyond = false;
    for (sum, &change) in sums.iter_mut().zip(changes) {
        // Both of them exist for many at once.
        let wrapped = sum.wrapping_add(change);
        beyond |= wrapped != sum.saturating_add(change);
        *sum = wrapped;
    }
    beyond
}

/// What must be carried after changes were added.
fn carries<'a>(sums: &'a [i16], changes: &'a [i16]) -> impl Iterator<Item = i32> + 'a {
    sums.iter().zip(changes).map(|(&sum, &change)| {
        let went_beyond = sum.wrapping_sub(change).checked_add(change).is_none();
        i32::from(went_beyond) * i32::from(change.signum())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Span;

    fn intervals() -> Vec<(u64, u64)> {
        (0..400u64).map(|i| (i * 7919 % 9_000, i * 7919 % 9_000 + i * 31 % 700 + 1)).collect()
    }

    #[test]
    fn changes_of_any_size_are_whole() {
        let horizon = SimTime(1_000);
        let grid = Grid::new(Span(10), horizon);
        let changes: Vec<(u64, i32)> = (0..300u64)
            .map(|i| (i * 37 % 1_000, [40_000, -1, 3_000_000, -32_768, 32_767][i as usize % 5]))
            .collect();
        let (mut all, mut parts) = (Line::default(), [Line::default(), Line::default()]);
        for (i, &(at, by)) in changes.iter().enumerate() {
            // Up and down again, one after the other or in two parts.
            for (line, sign) in [(i % 2, 1), (1 - i % 2, -1), (0, 1)] {
                all.change(&grid, horizon, SimTime(at), sign * by);
                parts[line].change(&grid, horizon, SimTime(at), sign * by);
            }
        }
        let mut joined = Line::default();
        parts.iter().for_each(|part| joined.absorb(&grid, part));
        for line in [&all, &joined] {
            let mut rows = 0;
            line.rows(&grid, horizon, |row| {
                let (from, to) = grid.row(row.row, horizon);
                let level = |t: u64| -> i64 {
                    changes.iter().filter(|c| c.0 <= t).map(|c| i64::from(c.1)).sum()
                };
                let integral: i64 = (from.0..to.0).map(level).sum();
                assert_eq!((row.integral, row.most), (integral, level(from.0)), "{row:?}");
                rows += 1;
            });
            assert_eq!(rows, 100);
        }
        assert!(!joined.carried.is_empty() && !all.carried.is_empty());
        joined.clear(&grid);
        assert!(joined.carried.is_empty() && joined.is_flat());
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
