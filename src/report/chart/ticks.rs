//! Where axes have ticks and what they say: durations, nines, plain numbers, dates.

use crate::kernel::time::{Calendar, SimTime};
use crate::report::human;
use crate::report::lengths::Unit;
use libm::{ceil, floor, log10, pow};

/// A tick.
#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    /// Where, in the axis's unit.
    pub at: f64,
    /// What it says.
    pub text: String,
    /// A second line, if any.
    pub below: String,
}

fn tick(at: f64, text: impl Into<String>) -> Tick {
    Tick { at, text: text.into(), below: String::new() }
}

const DURATIONS: &[(f64, &str, bool)] = &[
    (0.001, "1 ms", true),
    (0.01, "10 ms", true),
    (0.1, "0.1 s", true),
    (0.2, "0.2 s", false),
    (0.5, "0.5 s", false),
    (1.0, "1 s", true),
    (2.0, "2 s", false),
    (5.0, "5 s", false),
    (10.0, "10 s", true),
    (20.0, "20 s", false),
    (30.0, "30 s", false),
    (60.0, "1 min", true),
    (120.0, "2 min", false),
    (300.0, "5 min", false),
    (600.0, "10 min", true),
    (1_800.0, "30 min", false),
    (3_600.0, "1 h", true),
    (7_200.0, "2 h", false),
    (21_600.0, "6 h", true),
    (43_200.0, "12 h", false),
    (86_400.0, "1 day", true),
    (172_800.0, "2 days", false),
    (432_000.0, "5 days", false),
    (864_000.0, "10 days", true),
    (2_592_000.0, "30 days", false),
    (8_640_000.0, "100 days", true),
    (31_536_000.0, "1 year", true),
];

/// Ticks of a logarithmic axis of seconds.
pub fn durations(low: f64, high: f64) -> Vec<Tick> {
    let of = |all: bool| -> Vec<Tick> {
        let inside = DURATIONS.iter().filter(|d| d.0 >= low * 0.999 && d.0 <= high * 1.001);
        inside.filter(|d| all || d.2).map(|d| tick(d.0, d.1)).collect()
    };
    let plain = of(false);
    let ticks = if plain.len() < 5 { of(true) } else { plain };
    if ticks.len() >= FEWEST {
        return ticks;
    }
    let unit = Unit::between(low, high).unwrap_or_else(|| Unit::of(high));
    let places = between(low / unit.seconds(), high / unit.seconds());
    let text = |v: f64| format!("{} {}", exact(v), unit.word());
    places.into_iter().map(|v| tick(v * unit.seconds(), text(v))).collect()
}

/// Fewest ticks of an axis that is read by them.
const FEWEST: usize = 3;

/// Even round steps between two values that lie near one another: three at least.
fn between(low: f64, high: f64) -> Vec<f64> {
    let size = ten(floor(log10((high - low) / 2.0)));
    let fits = |step: &f64| floor(high / step + 1e-9) - ceil(low / step - 1e-9) + 1.0 >= 3.0;
    let steps = [5.0, 2.5, 2.0, 1.0, 0.5, 0.2, 0.1].map(|f| f * size);
    let step = steps.into_iter().find(fits).unwrap_or((high - low) / 2.0);
    let (from, to) = (ceil(low / step - 1e-9) as i64, floor(high / step + 1e-9) as i64);
    (from..=to).map(|i| i as f64 * step).collect()
}

/// Ends of a logarithmic axis of seconds that holds all values.
pub fn duration_ends(least: f64, most: f64) -> (f64, f64) {
    let low = DURATIONS.iter().rev().find(|d| d.0 <= least * 1.001).map_or(least, |d| d.0);
    let high = DURATIONS.iter().find(|d| d.0 >= most * 0.999).map_or(most, |d| d.0);
    if low < high { (low, high) } else { (low / 2.0, high * 2.0) }
}

/// A linear axis of seconds from 0: ticks in one unit that people use.
pub fn linear_seconds(most: f64) -> Vec<Tick> {
    let (unit, word) = match most {
        m if m < 0.1 => (1e-3, "ms"),
        m if m < 120.0 => (1.0, "s"),
        m if m < 7_200.0 => (60.0, "min"),
        m if m < 172_800.0 => (3_600.0, "h"),
        _ => (86_400.0, "days"),
    };
    let text = |t: &Tick| match t.text.as_str() {
        _ if t.at == 0.0 => "0".to_string(),
        "1" if word == "days" => "1 day".to_string(),
        text => format!("{text} {word}"),
    };
    let of = |t: Tick| tick(t.at * unit, text(&t));
    linear(most / unit).into_iter().map(of).collect()
}

/// Ticks of an axis of seconds since something, up to `most`: in the steps of clocks.
pub fn elapsed(most: f64) -> Vec<Tick> {
    const STEPS: [(f64, f64, &str); 20] = [
        (0.1, 1.0, "s"),
        (0.5, 1.0, "s"),
        (1.0, 1.0, "s"),
        (2.0, 1.0, "s"),
        (5.0, 1.0, "s"),
        (10.0, 1.0, "s"),
        (20.0, 1.0, "s"),
        (60.0, 60.0, "min"),
        (120.0, 60.0, "min"),
        (300.0, 60.0, "min"),
        (600.0, 60.0, "min"),
        (900.0, 60.0, "min"),
        (1_800.0, 60.0, "min"),
        (3_600.0, 3_600.0, "h"),
        (7_200.0, 3_600.0, "h"),
        (10_800.0, 3_600.0, "h"),
        (21_600.0, 3_600.0, "h"),
        (43_200.0, 3_600.0, "h"),
        (86_400.0, 86_400.0, "days"),
        (604_800.0, 86_400.0, "days"),
    ];
    let fits = |s: &&(f64, f64, &str)| most / s.0 <= 6.01;
    let Some(&(step, mut unit, mut word)) = STEPS.iter().find(fits) else {
        return linear_seconds(most).into_iter().filter(|t| t.at <= most).collect();
    };
    if unit == 60.0 && most > 7_200.0 {
        (unit, word) = (3_600.0, "h");
    }
    let steps = floor(most / step + 1e-9) as u32;
    let text = |at: f64| match exact(at / unit).as_str() {
        _ if at == 0.0 => "0".to_string(),
        "1" if word == "days" => "1 day".to_string(),
        number => format!("{number} {word}"),
    };
    (0..=steps).map(|i| f64::from(i) * step).map(|at| tick(at, text(at))).collect()
}

/// A linear axis from 0: four to eight round steps; the last reaches at least `most`.
pub fn linear(most: f64) -> Vec<Tick> {
    let most = if most > 0.0 && most.is_finite() { most } else { 1.0 };
    let size = ten(floor(log10(most / 4.0)));
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|f| f * size);
    let step = step.into_iter().find(|s| most / s <= 6.0).unwrap_or(size * 10.0);
    let steps = ceil(most / step - 1e-9).max(1.0) as u32;
    let text = |v: f64| {
        let rounded = libm::rint(v / step * 1e6) / 1e6 * step;
        let text = human::digits(rounded);
        // Two digits tell round steps apart, but for those of a quarter.
        if step / size == 2.5 && rounded > 0.0 { exact(rounded) } else { text }
    };
    (0..=steps).map(|i| f64::from(i) * step).map(|v| tick(v, text(v))).collect()
}

/// All digits of a number with few.
pub fn exact(value: f64) -> String {
    let text = format!("{value:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let (whole, rest) = text.split_once('.').map_or((text, ""), |(w, r)| (w, r));
    let whole = human::grouped(whole);
    if rest.is_empty() { whole } else { format!("{whole}.{rest}") }
}

/// A logarithmic axis of numbers: powers of ten.
pub fn powers(low: f64, high: f64) -> Vec<Tick> {
    let (from, to) = (ceil(log10(low) - 1e-9) as i32, floor(log10(high) + 1e-9) as i32);
    (from..=to).map(|p| ten(f64::from(p))).map(|v| tick(v, human::digits(v))).collect()
}

/// A logarithmic axis of numbers: 1, 2 and 5 times powers of ten, or the powers where those are many.
pub fn factors(low: f64, high: f64) -> Vec<Tick> {
    let all = steps(low, high);
    let plain = powers(low, high);
    if all.len() > 8 && plain.len() > 1 {
        plain
    } else {
        all.into_iter().map(|v| tick(v, exact(v))).collect()
    }
}

/// 1, 2 and 5 times powers of ten between two values.
fn steps(low: f64, high: f64) -> Vec<f64> {
    let (from, to) = (floor(log10(low)) as i32, ceil(log10(high)) as i32);
    let all = (from..=to).flat_map(|p| [1.0, 2.0, 5.0].map(|f| f * ten(f64::from(p))));
    all.filter(|v| *v >= low * 0.999_999 && *v <= high * 1.000_001).collect()
}

/// An axis of unavailability between any two values, labelled as availability. It ends at 0 %.
pub fn availabilities(low: f64, high: f64) -> Vec<Tick> {
    let mut all = steps(low, high.min(1.0));
    if all.len() < FEWEST && high < low * 10.0 {
        all = between(low, high.min(1.0));
    }
    if all.len() > 7 {
        return nines(low, high).into_iter().map(|t| Tick { below: String::new(), ..t }).collect();
    }
    all.into_iter().map(|v| tick(v, percent(1.0 - v))).collect()
}

/// A share as a percentage with no more digits than it has: `99.95 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", exact(share * 100.0))
}

/// A logarithmic axis of shares.
pub fn percents(low: f64, high: f64) -> Vec<Tick> {
    powers(low, high).into_iter().map(|t| tick(t.at, percent(t.at))).collect()
}

/// An axis of unavailability, labelled as availability: `99.9 %`, and what it is in a year. It ends at 0 %.
pub fn nines(low: f64, high: f64) -> Vec<Tick> {
    nines_over(low, high, (1.0, "a year"))
}

/// The same, and what it is in another time: its years and how it is called.
pub fn nines_over(low: f64, high: f64, (years, called): (f64, &str)) -> Vec<Tick> {
    let (from, to) = (ceil(log10(low) - 1e-9) as i32, floor(log10(high) + 1e-9) as i32);
    (from..=to.min(0))
        .map(|p| {
            let unavailability = ten(f64::from(p));
            let text = match p {
                0 => "0 %".to_string(),
                -1 => "90 %".to_string(),
                -2 => "99 %".to_string(),
                p => format!("99.{} %", "9".repeat((-p - 2) as usize)),
            };
            let down = human::time(unavailability * years * 31_536_000.0);
            let nines = if p == -1 { "1 nine".to_string() } else { format!("{} nines", -p) };
            let below = match p {
                0 => format!("{down} {called}"),
                _ => format!("{nines} · {down} {called}"),
            };
            Tick { at: unavailability, text, below }
        })
        .collect()
}

/// A power of ten, as exact as it can be.
fn ten(power: f64) -> f64 {
    if power < 0.0 { 1.0 / pow(10.0, -power) } else { pow(10.0, power) }
}

/// Whole powers of ten around positive values, a decade at least.
pub fn decades(least: f64, most: f64) -> (f64, f64) {
    let from = floor(log10(least) + 1e-9);
    let to = ceil(log10(most) - 1e-9);
    (ten(from), ten(to.max(from + 1.0)))
}

/// Whole powers of ten around positive shares: a decade at least, and no share is above 1.
pub fn share_decades(least: f64, most: f64) -> (f64, f64) {
    let (low, high) = decades(least.min(1.0), most.min(1.0));
    if high > 1.0 { (0.1, 1.0) } else { (low, high) }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Ticks of an axis of instants, in seconds from the start of the play: hours, days, months, years.
pub fn instants(calendar: Calendar, end: SimTime) -> Vec<Tick> {
    const DAY: f64 = 86_400.0;
    let length = end.as_secs_f64();
    if length > 50.0 * DAY {
        return months(calendar, end);
    }
    let steps = [300.0, 900.0, 3_600.0, 10_800.0, 21_600.0, 43_200.0, DAY, 2.0 * DAY, 7.0 * DAY];
    let step = steps.into_iter().find(|s| length / s <= 9.0).unwrap_or(7.0 * DAY);
    let start = calendar.unix_micros(SimTime(0));
    let step_micros = (step * 1e6) as i64;
    let first = start.div_euclid(step_micros) + i64::from(start.rem_euclid(step_micros) > 0);
    let mut ticks = Vec::new();
    let mut at = first * step_micros;
    while let Some(instant) = calendar.instant(at).filter(|i| *i <= end) {
        let date = calendar.date(instant);
        let seconds = at.div_euclid(1_000_000).rem_euclid(86_400);
        let day = format!("{} {}", date.day, MONTHS[usize::from(date.month.saturating_sub(1))]);
        let clock = format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60);
        let (text, below) = if step >= DAY {
            (day, String::new())
        } else {
            let first = ticks.is_empty() || seconds == 0;
            (clock, if first { day } else { String::new() })
        };
        ticks.push(Tick { at: instant.as_secs_f64(), text, below });
        at += step_micros;
    }
    ticks
}

fn months(calendar: Calendar, end: SimTime) -> Vec<Tick> {
    let starts: Vec<i64> = calendar.month_starts(end);
    let every = starts.len().div_ceil(13).max(1);
    let every = [1, 2, 3, 6, 12, 24, 60, 120].into_iter().find(|e| *e >= every).unwrap_or(240);
    let mut ticks: Vec<Tick> = Vec::new();
    for micros in starts {
        let Some(instant) = calendar.instant(micros).filter(|i| *i <= end) else { continue };
        let date = calendar.date(instant);
        let month = usize::from(date.month).saturating_sub(1);
        let (in_year, in_years) = (every.min(12), (every / 12).max(1));
        let year = date.year.unsigned_abs() as usize;
        if !month.is_multiple_of(in_year) || !year.is_multiple_of(in_years) {
            continue;
        }
        let year = date.year.to_string();
        let tick = if every >= 12 {
            Tick { at: instant.as_secs_f64(), text: year, below: String::new() }
        } else {
            let below = if ticks.is_empty() || month == 0 { year } else { String::new() };
            Tick { at: instant.as_secs_f64(), text: MONTHS[month].to_string(), below }
        };
        ticks.push(tick);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.text.as_str()).collect()
    }

    #[test]
    fn durations_are_those_that_people_say() {
        assert_eq!(
            texts(&durations(1.0, 100_000.0)),
            ["1 s", "10 s", "1 min", "10 min", "1 h", "6 h", "1 day"]
        );
        assert_eq!(texts(&durations(10.0, 120.0)), ["10 s", "20 s", "30 s", "1 min", "2 min"]);
        assert_eq!(duration_ends(12.0, 4_000.0), (10.0, 7_200.0));
        assert_eq!(duration_ends(60.0, 60.0), (30.0, 120.0));
    }

    #[test]
    fn steps_are_round_and_reach_the_end() {
        assert_eq!(texts(&linear(1.0)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(texts(&linear(1_400.0)), ["0", "250", "500", "750", "1,000", "1,250", "1,500"]);
        assert_eq!(
            texts(&linear_seconds(130.0)),
            ["0", "0.5 min", "1 min", "1.5 min", "2 min", "2.5 min"]
        );
        for most in [0.003, 0.7, 1.1, 9.9, 37.0, 1e6, 7.3e8] {
            let ticks = linear(most);
            assert!(ticks.last().unwrap().at >= most * 0.999_999, "{most}");
            assert!((3..=9).contains(&ticks.len()), "{most}: {:?}", texts(&ticks));
        }
        assert_eq!(texts(&linear(0.0)).len(), 6);
    }

    #[test]
    fn times_since_something_go_in_the_steps_of_clocks() {
        assert_eq!(texts(&elapsed(200.0)), ["0", "1 min", "2 min", "3 min"]);
        assert_eq!(
            texts(&elapsed(0.6)),
            ["0", "0.1 s", "0.2 s", "0.3 s", "0.4 s", "0.5 s", "0.6 s"]
        );
        assert_eq!(texts(&elapsed(30_000.0)), ["0", "2 h", "4 h", "6 h", "8 h"]);
        assert_eq!(elapsed(1e9).len(), 6);
    }

    #[test]
    fn nines_say_what_they_are_in_a_year() {
        let ticks = nines(1e-4, 1e-1);
        assert_eq!(texts(&ticks), ["99.99 %", "99.9 %", "99 %", "90 %"]);
        assert_eq!(ticks[0].below, "4 nines · 53 min a year");
        assert_eq!(percent(0.9995), "99.95 %");
        assert_eq!(texts(&availabilities(9e-5, 6e-4)), ["99.99 %", "99.98 %", "99.95 %"]);
        assert_eq!(texts(&availabilities(1e-5, 1e-1)).len(), 5);
        assert_eq!(texts(&factors(0.01, 0.3)), ["0.01", "0.02", "0.05", "0.1", "0.2"]);
        assert_eq!(texts(&percents(1e-3, 1.0)), ["0.1 %", "1 %", "10 %", "100 %"]);
        assert_eq!(decades(3e-5, 2e-4), (1e-5, 1e-3));
    }

    #[test]
    fn near_values_have_ticks_too() {
        let near = availabilities(4e-5, 6.5e-5);
        assert_eq!(texts(&near), ["99.996 %", "99.995 %", "99.994 %"]);
        assert_eq!(texts(&durations(60.0, 120.0)), ["60 s", "80 s", "100 s", "120 s"]);
        assert_eq!(texts(&durations(85.0, 95.0)), ["1.45 min", "1.5 min", "1.55 min"]);
        for (low, high) in [(1.0, 1.02), (0.7, 0.9), (3.3, 9.9), (119.0, 121.0)] {
            let places = between(low, high);
            assert!((3..=8).contains(&places.len()), "{low} {high}: {places:?}");
            assert!(places.iter().all(|p| *p >= low - 1e-9 && *p <= high + 1e-9), "{places:?}");
        }
    }

    #[test]
    fn nothing_is_available_less_than_never() {
        assert_eq!(share_decades(1.0, 1.0), (0.1, 1.0));
        assert_eq!(share_decades(3e-3, 0.5), (1e-3, 1.0));
        assert_eq!(texts(&nines(0.1, 20.0)), ["90 %", "0 %"]);
        assert_eq!(nines(1.0, 10.0).len(), 1);
        assert_eq!(texts(&availabilities(0.3, 2.0)), ["50 %", "25 %", "0 %"]);
    }
}
