//! Dates, times of day, weekdays and offsets from UTC as people write them.

use super::units::Wrong;
use crate::kernel::time::{Calendar, Date};

/// What an instant is, for messages.
pub const INSTANT: &str = "a date and time such as 2026-01-01T00:00:00Z";
/// What a date is, for messages.
pub const DATE: &str = "a date such as 2026-12-01";

/// Unix microseconds of the midnight of a date: what is local time somewhere, so that a time of day or
/// an offset has no place in it.
pub fn date(text: &str) -> Result<i64, Wrong> {
    let text = text.trim();
    match text.parse::<jiff::civil::Date>() {
        Ok(date) if text.len() == 10 => midnight(date),
        _ => Err(match text.get(..10).filter(|day| day.len() < text.len()) {
            Some(day) => {
                let why = " alone: a whole day of local time";
                Wrong::write(DATE, "", &[day.to_string()], why, date)
            }
            None => Wrong::plain(DATE),
        }),
    }
}

/// Unix microseconds of an RFC 3339 text; a date alone is its first instant, UTC.
pub fn instant(text: &str) -> Result<i64, Wrong> {
    let text = text.trim();
    if text.len() == 10
        && let Ok(date) = text.parse::<jiff::civil::Date>()
    {
        return midnight(date);
    }
    let text = text.replacen(' ', "T", 1);
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => in_range(at.as_microsecond()),
        Err(_) if text.parse::<jiff::civil::DateTime>().is_ok() => {
            let zoned = format!("{text}Z");
            let why = "say in which time zone: ";
            Err(Wrong::write(INSTANT, why, &[zoned], " for UTC", instant))
        }
        Err(_) => Err(Wrong::plain(INSTANT)),
    }
}

fn midnight(date: jiff::civil::Date) -> Result<i64, Wrong> {
    let date = Date { year: date.year().into(), month: date.month() as u8, day: date.day() as u8 };
    in_range(Calendar::midnight(date))
}

fn in_range(unix_micros: i64) -> Result<i64, Wrong> {
    let year = |year| Calendar::midnight(Date { year, month: 1, day: 1 });
    if (year(1900)..year(2400)).contains(&unix_micros) {
        Ok(unix_micros)
    } else {
        Err(Wrong::plain("a date of the years 1900 to 2399"))
    }
}

/// An instant as RFC 3339 in UTC.
pub fn print_instant(unix_micros: i64) -> String {
    match jiff::Timestamp::from_microsecond(unix_micros) {
        Ok(at) => at.to_string(),
        Err(_) => unix_micros.to_string(),
    }
}

/// What a day of the week is, for messages.
pub const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// 0 Sunday to 6 Saturday, by name or its first three letters.
pub fn weekday(text: &str) -> Option<u8> {
    let text = text.trim().to_ascii_lowercase();
    WEEKDAYS.iter().position(|d| *d == text || d[..3] == text).map(|i| i as u8)
}

/// What a time of day is, for messages.
pub const CLOCK: &str = "a time of day such as \"02:00\"";

/// Minutes from midnight of `HH:MM`; `24:00` is 1440, the end of the day.
pub fn clock(text: &str) -> Result<u32, Wrong> {
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(|| Wrong::plain(CLOCK))?;
    let minutes = minutes.strip_suffix(":00").unwrap_or(minutes);
    let digits = |t: &str| {
        let ok = matches!(t.len(), 1 | 2) && t.bytes().all(|b| b.is_ascii_digit());
        ok.then(|| t.parse::<u32>().ok()).flatten()
    };
    match (digits(hours), digits(minutes)) {
        (Some(h), Some(m)) if minutes.len() == 2 && (h < 24 && m < 60 || (h, m) == (24, 0)) => {
            Ok(h * 60 + m)
        }
        _ => Err(Wrong::plain(CLOCK)),
    }
}

/// Minutes from midnight as `HH:MM`.
pub fn print_clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// What an offset is, for messages.
pub const OFFSET: &str = "an offset from UTC such as \"-5h\" or \"+5h30m\"";

/// Minutes of an offset: `-5h`, `+5h30m`, `5:30`, `-03:30`, `Z`.
pub fn offset(text: &str) -> Result<i32, Wrong> {
    let text = text.trim();
    if matches!(text, "Z" | "UTC" | "utc" | "0") {
        return Ok(0);
    }
    let (sign, rest) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let minutes = if rest.contains(':') {
        clock(rest).map_err(|_| Wrong::plain(OFFSET))? as i32
    } else {
        let seconds = super::units::duration(rest).map_err(|_| Wrong::plain(OFFSET))?;
        if seconds > 86_400.0 || seconds % 60.0 != 0.0 {
            return Err(Wrong::plain("an offset from UTC in whole minutes, at most 14 hours"));
        }
        (seconds / 60.0) as i32
    };
    if minutes > 14 * 60 {
        return Err(Wrong::plain("an offset from UTC of at most 14 hours"));
    }
    Ok(sign * minutes)
}

/// An offset: `-5h`, `+5h30m`, `0h`.
pub fn print_offset(minutes: i32) -> String {
    let (h, m) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
    let sign = if minutes < 0 { "-" } else { "+" };
    if m == 0 { format!("{sign}{h}h") } else { format!("{sign}{h}h{m}m") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::MICROS;

    #[test]
    fn instants() {
        assert_eq!(instant("1970-01-01T00:00:01Z"), Ok(MICROS as i64));
        assert_eq!(instant("1970-01-02"), Ok(86_400 * MICROS as i64));
        assert_eq!(instant("1970-01-01 01:00:00+01:00"), Ok(0));
        assert!(instant("2026-01-01T00:00:00").unwrap_err().hint.is_some());
        for text in ["", "yesterday", "2026-13-01", "2026-02-30", "0001-01-01", "9999-01-01"] {
            assert!(instant(text).is_err() && date(text).is_err(), "{text}");
        }
        assert_eq!(print_instant(1_500_000), "1970-01-01T00:00:01.5Z");
    }

    #[test]
    fn a_date_has_neither_time_nor_zone() {
        assert_eq!(date("1970-01-02"), Ok(86_400 * MICROS as i64));
        for text in ["2026-12-01T00:00:00Z", "2026-12-01T00:00:00", "2026-12-01 02:00:00+01:00"] {
            let wrong = date(text).unwrap_err();
            assert_eq!(wrong.expected, DATE);
            assert!(wrong.hint.is_some_and(|h| h.starts_with("write \"2026-12-01\"")), "{text}");
        }
        for text in ["2026-13-01", "2026-13-01T00:00:00Z", "2026-12-01Z", "soon"] {
            assert_eq!(date(text).unwrap_err().expected, DATE, "{text}");
        }
        assert_eq!(date("2026-13-01T00:00:00Z").unwrap_err().hint, None);
    }

    #[test]
    fn offsets_clocks_and_weekdays() {
        let read: Vec<_> = ["-5h", "+5h30m", "5:30", "-03:30", "Z", "0h"].map(offset).into();
        assert_eq!(read, [-300, 330, 330, -210, 0, 0].map(Ok));
        for text in ["15h", "x", "", "90s", "1e9h", "24:00"] {
            assert!(offset(text).is_err(), "{text}");
        }
        assert_eq!(print_offset(-300), "-5h");
        assert_eq!(offset(&print_offset(345)), Ok(345));
        assert_eq!(clock("02:00"), Ok(120));
        assert_eq!(clock("24:00"), Ok(1440));
        for text in ["2", "25:00", "12:60", "1:2", "-1:00", "12:30:10"] {
            assert!(clock(text).is_err(), "{text}");
        }
        assert_eq!(weekday("Sunday"), Some(0));
        assert_eq!(weekday("sat"), Some(6));
        assert_eq!(weekday("someday"), None);
    }
}
