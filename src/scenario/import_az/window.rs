//! Reads the weekly window in which a server is maintained.

use super::printable;
use super::record::{Kind, Record};

/// A weekly maintenance window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// The day, 0 is Sunday.
    pub day: usize,
    /// The hour at which it opens.
    pub hour: u32,
    /// The minute at which it opens.
    pub minute: u32,
}

/// The days of the week as the API counts them.
pub const DAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The user's own window; none if the system chooses.
pub fn window(
    record: &Record,
    notes: &mut Vec<String>,
    assumed: &mut Vec<String>,
) -> Option<Window> {
    let part = |text: &Option<String>| text.as_deref().map_or(Some(0), |t| t.parse::<u32>().ok());
    let day = record.window_day.as_deref().map_or(Some(0), day_number);
    let (hour, minute) = (part(&record.window_hour), part(&record.window_minute));
    let read = match (day, hour, minute) {
        (Some(day), Some(hour @ 0..24), Some(minute @ 0..60)) => Some(Window { day, hour, minute }),
        _ => None,
    };
    let given = record.window_day.is_some() || record.window_hour.is_some();
    match record.window_custom.as_deref().map(switch) {
        // The older service has no windows of the user's own.
        None if !given && record.kind == Kind::Single => None,
        Some(Some(false)) => None,
        None if !given => {
            assumed.push("maintenance window of the system".to_owned());
            None
        }
        None if read == Some(Window { day: 0, hour: 0, minute: 0 }) => None,
        Some(Some(true)) if !given => {
            notes.push("its own maintenance window, but no time: the system's used".to_owned());
            None
        }
        Some(None) => {
            let custom = printable(record.window_custom.as_deref().unwrap_or(""));
            notes.push(format!("maintenance window {custom} is not known: the system's used"));
            None
        }
        _ if read.is_none() => {
            notes.push(
                "the time of its maintenance window is not readable: the system's used".to_owned(),
            );
            None
        }
        custom => {
            if custom.is_none() {
                notes.push("maintenance window without customWindow: its time is used".to_owned());
            }
            read
        }
    }
}

/// The number of a day: as a number, or its name.
fn day_number(text: &str) -> Option<usize> {
    let named = DAYS.iter().position(|day| day.eq_ignore_ascii_case(text));
    named.or_else(|| text.parse().ok().filter(|day| *day < DAYS.len()))
}

/// Whether something is enabled.
pub fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "enabled" | "true" | "yes" | "on" | "1" => Some(true),
        "disabled" | "false" | "no" | "off" | "0" | "none" => Some(false),
        _ => None,
    }
}
