//! A level that is a number of intervals, each of which is added to its line together with others.

use super::book::Book;
use super::calendar::Grid;
use super::line::Line;
use crate::kernel::time::SimTime;

/// Intervals of many servers; some wait.
#[derive(Clone, Default, Debug)]
pub struct Spans {
    line: Line,
    waiting: Vec<(SimTime, SimTime)>,
    /// Every change, where exact peaks are wanted.
    changes: Vec<(u64, i32)>,
}

impl Spans {
    /// Intervals that wait.
    const WAIT: usize = 256;

    /// Raises the level by one for an interval.
    #[inline]
    pub fn interval(&mut self, book: &Book, from: SimTime, to: SimTime) {
        self.waiting.push((from, to));
        if self.waiting.len() >= Spans::WAIT {
            self.take(book);
        }
    }

    /// Adds what waits to the line.
    #[inline(never)]
    pub fn take(&mut self, book: &Book) {
        if book.lines() {
            self.line.intervals(&book.grid, book.horizon, &self.waiting);
        }
        if book.exact_peaks() {
            let both = self.waiting.iter().map(|&(from, to)| [(from.0, 1), (to.0, -1)]);
            self.changes.extend(both.flatten());
        }
        self.waiting.clear();
    }

    /// Back to level zero for ever.
    pub fn clear(&mut self, grid: &Grid) {
        self.waiting.clear();
        self.changes.clear();
        self.line.clear(grid);
    }

    /// Every change, in any order; nothing where exact peaks are not wanted.
    pub fn changes(&self) -> &[(u64, i32)] {
        &self.changes
    }

    /// The line; nothing waits any more.
    pub fn line(&self) -> &Line {
        debug_assert!(self.waiting.is_empty(), "intervals wait for their line");
        &self.line
    }
}
