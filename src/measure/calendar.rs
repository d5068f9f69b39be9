//! Months and clock minutes of the contract, and the grid of the time line.

use crate::kernel::time::{Calendar, MICROS, SimTime, Span};

/// Microseconds in a minute.
pub(super) const MINUTE: u64 = 60 * MICROS;

/// A calendar month (UTC) that the play touches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Month {
    /// Its first clock minute that lies wholly in the play; minute 0 holds the start.
    pub first: u32,
    /// First clock minute after it, or after the play.
    pub end: u32,
    /// Whether it lies wholly inside the play; else it is partial and left out of breach shares.
    pub whole: bool,
}

/// Clock minutes and months of a play.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Minutes {
    /// From the start of minute 0 to the start of the play.
    phase: u64,
    /// Months in order.
    pub months: Vec<Month>,
    /// Minutes of all whole months together.
    pub whole_minutes: u64,
    /// First minute of the first whole month, and first minute after the last: there is no partial one
    /// between them.
    whole: (u32, u32),
    /// How many months are whole.
    pub whole_months: u32,
}

impl Minutes {
    /// The months of a play from 0 to `horizon`.
    pub fn new(calendar: Calendar, horizon: SimTime) -> Minutes {
        let start = calendar.start_unix_micros;
        let phase = start.rem_euclid(MINUTE as i64) as u64;
        let minute_zero = start - phase as i64;
        let starts = calendar.month_starts(horizon);
        let mut minutes =
            Minutes { phase, months: Vec::new(), whole_minutes: 0, whole: (0, 0), whole_months: 0 };
        let (first_whole, end_whole) = minutes.inside(SimTime::ZERO, horizon);
        for pair in starts.windows(2) {
            let minute_of = |unix: i64| ((unix - minute_zero) / MINUTE as i64).max(0) as u32;
            let (first, end) = (minute_of(pair[0]), minute_of(pair[1]));
            let whole = pair[0] >= start && pair[1] <= calendar.unix_micros(horizon);
            minutes.months.push(Month {
                first: first.max(first_whole),
                end: end.min(end_whole.max(first_whole)),
                whole,
            });
            if whole {
                if minutes.whole_months == 0 {
                    minutes.whole.0 = first;
                }
                minutes.whole.1 = end;
                minutes.whole_months += 1;
                minutes.whole_minutes += u64::from(end - first);
            }
        }
        minutes
    }

    /// The clock minutes that lie wholly in a stretch: first, and first after.
    #[inline]
    pub fn inside(&self, from: SimTime, to: SimTime) -> (u32, u32) {
        let first = (from.0 + self.phase).div_ceil(MINUTE);
        let end = (to.0 + self.phase) / MINUTE;
        (first as u32, end as u32)
    }

    /// How many of these minutes, first and first after, lie in whole months.
    pub fn in_whole_months(&self, (first, end): (u32, u32)) -> u32 {
        end.min(self.whole.1).saturating_sub(first.max(self.whole.0))
    }
}

/// Division by a number that is known once, without a division.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Divider {
    by: u64,
    factor: u64,
}

impl Divider {
    /// Divides by `by`, at least 1.
    pub fn new(by: u64) -> Divider {
        assert!(by >= 1, "a division by zero");
        let factor = (1u128 << 64) / u128::from(by);
        Divider { by, factor: factor.min(u128::from(u64::MAX)) as u64 }
    }

    /// The quotient, rounded down, and what is left.
    #[inline]
    pub fn split(self, value: u64) -> (u64, u64) {
        // At most one too small.
        let guess = ((u128::from(value) * u128::from(self.factor)) >> 64) as u64;
        let rest = value.wrapping_sub(guess.wrapping_mul(self.by));
        if rest >= self.by { (guess + 1, rest - self.by) } else { (guess, rest) }
    }

    /// The quotient, rounded up, and what is missing from the value to that.
    #[inline]
    pub fn up(self, value: u64) -> (u64, u64) {
        let (floor, rest) = self.split(value);
        if rest == 0 { (floor, 0) } else { (floor + 1, self.by - rest) }
    }
}

/// The grid of the time line, thinned to rows of equally many steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grid {
    /// Length of a step.
    pub step: Span,
    /// Number of steps; the last one may be cut by the horizon.
    pub steps: u32,
    /// Steps of a row.
    pub thin: u32,
    /// Number of rows, at most 2,000.
    pub rows: u32,
    /// Divides an instant by the step.
    pub by_step: Divider,
    /// Divides a step by the steps of a row.
    pub by_row: Divider,
}

impl Grid {
    /// Most rows of a time line.
    pub const MAX_ROWS: u32 = 2_000;

    /// The grid of a play. A step is at least 1 us and at most the horizon.
    pub fn new(step: Span, horizon: SimTime) -> Grid {
        let step = step.0.clamp(1, horizon.0.max(1));
        let steps = horizon.0.div_ceil(step).max(1) as u32;
        let thin = steps.div_ceil(Grid::MAX_ROWS);
        let rows = steps.div_ceil(thin);
        let (by_step, by_row) = (Divider::new(step), Divider::new(u64::from(thin)));
        Grid { step: Span(step), steps, thin, rows, by_step, by_row }
    }

    /// Start and end of a row.
    pub fn row(&self, row: u32, horizon: SimTime) -> (SimTime, SimTime) {
        let length = self.step.0 * u64::from(self.thin);
        let from = u64::from(row) * length;
        (SimTime(from), SimTime((from + length).min(horizon.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Date;

    #[test]
    fn only_minutes_that_lie_wholly_inside_count() {
        // The play starts 20 s after a full minute.
        let midnight = Calendar::midnight(Date { year: 2026, month: 1, day: 1 });
        let calendar = Calendar { start_unix_micros: midnight + 20 * MICROS as i64 };
        let minutes = Minutes::new(calendar, SimTime(MICROS * 86_400 * 31));
        let s = |seconds: u64| SimTime(seconds * MICROS);
        // 40 s to 100 s of the play is exactly clock minute 1.
        assert_eq!(minutes.inside(s(40), s(100)), (1, 2));
        let (first, end) = minutes.inside(SimTime(s(40).0 + 1), SimTime(s(160).0 - 1));
        assert!(first >= end, "no whole minute: {first} {end}");
        let (first, end) = minutes.inside(s(41), s(59));
        assert!(first >= end);
    }

    #[test]
    fn months_cut_by_the_play_are_partial() {
        let start = Calendar::midnight(Date { year: 2026, month: 1, day: 15 });
        let calendar = Calendar { start_unix_micros: start };
        let minutes = Minutes::new(calendar, SimTime::ZERO + Span::from_days(365));
        assert_eq!(minutes.months.len(), 13);
        assert_eq!(minutes.whole_months, 11);
        assert_eq!(minutes.months[0], Month { first: 0, end: 17 * 1440, whole: false });
        assert_eq!(minutes.months[1].end, 45 * 1440);
        assert_eq!(minutes.whole_minutes, (365 - 31) * 1440);
        assert_eq!(minutes.months[12].end, 365 * 1440);
        // The whole months begin after 17 days and end 14 days before the play.
        let in_whole = |from: u32, to: u32| minutes.in_whole_months((from * 1440, to * 1440));
        assert_eq!(in_whole(0, 365), (365 - 31) * 1440);
        assert_eq!([in_whole(3, 17), in_whole(16, 19), in_whole(350, 365)], [0, 2 * 1440, 1440]);
    }

    #[test]
    fn division_by_multiplication_is_exact() {
        for by in [1u64, 2, 3, 7, 1_000_000, 300_000_000, 86_400_000_000] {
            let divider = Divider::new(by);
            for n in 0..1000u64 {
                for value in [n, n * by, (n * by).saturating_sub(1), n * by + 1, n << 44] {
                    assert_eq!(divider.split(value), (value / by, value % by));
                    let up = value.div_ceil(by);
                    assert_eq!(divider.up(value), (up, up * by - value));
                }
            }
        }
    }

    #[test]
    fn a_year_of_five_minutes_is_thinned() {
        let horizon = SimTime::ZERO + Span::from_days(365);
        let grid = Grid::new(Span::from_mins(5), horizon);
        assert_eq!((grid.steps, grid.thin, grid.rows), (105_120, 53, 1_984));
        assert_eq!(grid.row(1_983, horizon).1, horizon);
    }
}
