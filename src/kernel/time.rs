//! Time as integers: an instant of the scenario and a length, both in microseconds.
//!
//! There is no floating point clock and no epsilon. Calendar arithmetic happens at the edges only
//! (`Calendar`), where months and local windows are turned into instants once.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Microseconds in a second.
pub const MICROS: u64 = 1_000_000;

/// An instant: microseconds since the start of the scenario.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct SimTime(pub u64);

/// A length of time in microseconds. `Span::MAX` stands for "never".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Span(pub u64);

impl SimTime {
    /// The start of the scenario.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than every event: 292,000 years, so that no sum of it and a span overflows.
    pub const NEVER: SimTime = SimTime(u64::MAX >> 1);

    /// Time passed since `earlier`; panics if `earlier` is later, which would be a bug of the model.
    pub fn since(self, earlier: SimTime) -> Span {
        assert!(self >= earlier, "time ran backwards: {earlier:?} to {self:?}");
        Span(self.0 - earlier.0)
    }

    /// Microseconds since the start, to reckon with instants before it.
    pub fn signed(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// Seconds since the start, for display and estimates only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// Never: longer than any horizon.
    pub const MAX: Span = Span(u64::MAX >> 2);

    /// Whole seconds.
    pub const fn from_secs(seconds: u64) -> Span {
        Span(seconds * MICROS)
    }

    /// Whole minutes.
    pub const fn from_mins(minutes: u64) -> Span {
        Span::from_secs(minutes * 60)
    }

    /// Whole days of 24 hours.
    pub const fn from_days(days: u64) -> Span {
        Span::from_secs(days * 86_400)
    }

    /// The nearest microsecond; negative and not-a-number become zero, too long becomes `MAX`.
    pub fn from_secs_f64(seconds: f64) -> Span {
        let micros = seconds * MICROS as f64;
        if micros >= Span::MAX.0 as f64 {
            Span::MAX
        } else if micros > 0.0 {
            // Below 2^62, so that the conversion of signed numbers will do, which takes half the instructions.
            Span((micros + 0.5) as i64 as u64)
        } else {
            Span::ZERO
        }
    }

    /// Seconds, for display and estimates only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }

    /// Whether this stands for "never".
    pub fn is_never(self) -> bool {
        self >= Span::MAX
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    fn add(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_add(span.0).min(SimTime::NEVER.0))
    }
}

impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0).min(Span::MAX.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub<Span> for SimTime {
    type Output = SimTime;
    /// Panics before the start of the scenario: ages may reach there, and are reckoned `signed`.
    fn sub(self, span: Span) -> SimTime {
        assert!(self.0 >= span.0, "{span:?} before {self:?} is before the start");
        SimTime(self.0 - span.0)
    }
}

impl fmt::Display for Span {
    /// The largest two units that are not zero, as in `1d 4h`, `45s`, `1.5s`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() {
            return f.write_str("never");
        }
        let micros = self.0;
        if micros < 60 * MICROS {
            let seconds = micros as f64 / MICROS as f64;
            return if micros.is_multiple_of(MICROS) {
                write!(f, "{}s", micros / MICROS)
            } else if micros >= MICROS {
                write!(f, "{seconds:.1}s")
            } else {
                write!(f, "{}ms", (micros as f64 / 1000.0).round().max(1.0))
            };
        }
        let units = [("y", 31_536_000), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
        let mut rest = (micros + MICROS / 2) / MICROS;
        let mut written = 0;
        for (name, length) in units {
            let n = rest / length;
            if n > 0 || written > 0 {
                if n > 0 {
                    write!(f, "{}{n}{name}", if written > 0 { " " } else { "" })?;
                }
                written += 1;
                rest %= length;
                if written == 2 {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// The scenario's place in the calendar: UTC, proleptic Gregorian, no leap seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Calendar {
    /// Microseconds from 1970-01-01T00:00:00Z to the start of the scenario.
    pub start_unix_micros: i64,
}

const DAY_SECONDS: i64 = 86_400;

/// A civil date: year, month 1 to 12, day 1 to 31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date {
    /// Year, astronomical numbering.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Calendar {
    /// Microseconds since 1970 at `at`.
    pub fn unix_micros(self, at: SimTime) -> i64 {
        self.start_unix_micros.saturating_add(at.signed())
    }

    /// The instant of a Unix time; before the start it is `None`.
    pub fn instant(self, unix_micros: i64) -> Option<SimTime> {
        u64::try_from(unix_micros - self.start_unix_micros).ok().map(SimTime)
    }

    /// The UTC date of an instant.
    pub fn date(self, at: SimTime) -> Date {
        date_of_day(self.unix_micros(at).div_euclid(DAY_SECONDS * MICROS as i64))
    }

    /// Unix microseconds of a date's first instant, UTC.
    pub fn midnight(date: Date) -> i64 {
        day_of_date(date) * DAY_SECONDS * MICROS as i64
    }

    /// The starts of all calendar months (UTC) from the one that holds the scenario's start to the
    /// first one at or after `end`, as Unix microseconds. Two neighbours bound one month.
    pub fn month_starts(self, end: SimTime) -> Vec<i64> {
        let Date { mut year, mut month, .. } = self.date(SimTime::ZERO);
        let last = self.unix_micros(end);
        let mut starts = vec![Self::midnight(Date { year, month, day: 1 })];
        while starts.last().is_some_and(|&s| s < last) {
            month += 1;
            if month > 12 {
                month = 1;
                year += 1;
            }
            starts.push(Self::midnight(Date { year, month, day: 1 }));
        }
        starts
    }
}

/// Day 0 is 1970-01-01, a Thursday. After Howard Hinnant, "chrono-compatible low-level date
/// algorithms".
pub fn day_of_date(date: Date) -> i64 {
    let (m, d) = (i64::from(date.month), i64::from(date.day));
    let y = i64::from(date.year) - i64::from(m <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (m + if m > 2 { -3 } else { 9 }) + 2) / 5 + d - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// The inverse of [`day_of_date`].
pub fn date_of_day(day: i64) -> Date {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = (if mp < 10 { mp + 3 } else { mp - 9 }) as u8;
    let year = (yoe + era * 400 + i64::from(month <= 2)) as i32;
    Date { year, month, day: (doy - (153 * mp + 2) / 5 + 1) as u8 }
}

/// Day of the week of a day number: 0 Sunday to 6 Saturday.
pub fn weekday(day: i64) -> u8 {
    (day + 4).rem_euclid(7) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for day in (-800_000..800_000).step_by(97) {
            assert_eq!(day_of_date(date_of_day(day)), day);
        }
        assert_eq!(date_of_day(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(date_of_day(11_016), Date { year: 2000, month: 2, day: 29 });
        assert_eq!(weekday(0), 4);
        assert_eq!(weekday(day_of_date(Date { year: 2026, month: 11, day: 21 })), 6);
    }

    #[test]
    fn months_bound_the_horizon() {
        let start = Calendar::midnight(Date { year: 2026, month: 1, day: 15 });
        let calendar = Calendar { start_unix_micros: start };
        let months = calendar.month_starts(SimTime::ZERO + Span::from_days(365));
        assert_eq!(months.len(), 14);
        assert_eq!(months[0], Calendar::midnight(Date { year: 2026, month: 1, day: 1 }));
        assert_eq!(months[13], Calendar::midnight(Date { year: 2027, month: 2, day: 1 }));
    }

    #[test]
    fn spans_read_like_a_person_writes_them() {
        let texts: Vec<String> = [0, 1, 500_000, 1_500_000, 45_000_000, 90_000_000, 3_600_000_000]
            .iter()
            .map(|&m| Span(m).to_string())
            .collect();
        assert_eq!(texts, ["0s", "1ms", "500ms", "1.5s", "45s", "1m 30s", "1h"]);
        assert_eq!(Span::from_days(366).to_string(), "1y 1d");
        assert_eq!(Span::MAX.to_string(), "never");
    }

    #[test]
    fn seconds_saturate_instead_of_wrapping() {
        assert_eq!(Span::from_secs_f64(f64::INFINITY), Span::MAX);
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_secs_f64(-1.0), Span::ZERO);
        assert_eq!(SimTime::NEVER + Span::MAX, SimTime::NEVER);
    }
}
