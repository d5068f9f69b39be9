//! An axis of a sweep as an axis of a picture: what its values are, where they lie, what ticks say.

use super::font;
use super::frame::{LABEL, Scale};
use super::ticks::{self, Tick};
use crate::scenario::units;
use libm::{floor, log10, pow, round};

/// Most values that are ticks as they were written.
const WRITTEN: usize = 9;
/// Longest value, in bytes, that labels have as it is written.
const LONG: usize = 7;
/// From this ratio of ends on, even factors instead of even steps.
const WIDE: f64 = 8.0;

/// Seconds of a year.
const YEAR: f64 = 31_536_000.0;
/// Bytes of a GiB.
const GIB: f64 = 1_073_741_824.0;

/// What the values of an axis are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Quantity {
    Seconds,
    /// In percent.
    Share,
    /// With what follows the number.
    Number(&'static str),
}

/// A key and its value at every point.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The key, as in the sweep file.
    pub key: String,
    /// Values as written, by point.
    pub texts: Vec<String>,
    /// Each value once, in order of size, else of appearance.
    pub levels: Vec<String>,
    /// Values as numbers, by point; none if one of them is none.
    numbers: Option<(Quantity, Vec<f64>)>,
}

impl Axis {
    /// From its values as written, by point.
    pub fn new(key: &str, texts: Vec<String>) -> Axis {
        let numbers = numbers(&texts);
        let mut levels: Vec<(f64, String)> = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            if !levels.iter().any(|l| l.1 == *text) {
                levels.push((numbers.as_ref().map_or(0.0, |n| n.1[i]), text.clone()));
            }
        }
        levels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let levels = levels.into_iter().map(|l| l.1).collect();
        Axis { key: key.to_string(), texts, levels, numbers }
    }

    /// Whether its values are quantities of one kind, and several.
    pub fn is_quantity(&self) -> bool {
        self.numbers.is_some() && self.levels.len() > 1
    }

    /// Where each point lies on it: its quantity, or the place of its value among all.
    pub fn places(&self) -> Vec<f64> {
        if let Some((_, numbers)) = self.numbers.as_ref().filter(|_| self.is_quantity()) {
            return numbers.clone();
        }
        let place = |text: &String| self.levels.iter().position(|l| l == text).unwrap_or(0) as f64;
        self.texts.iter().map(place).collect()
    }

    /// Scale and ticks between two places of a picture.
    pub fn scale(&self, from: f64, to: f64) -> (Scale, Vec<Tick>) {
        let places = self.places();
        let (low, high) = ends(&places);
        let room = (to - from).abs() / (self.levels.len().max(2) - 1) as f64;
        let written = |room: f64| -> Vec<Tick> {
            let tick = |level: &String| {
                let at = self.texts.iter().position(|t| t == level).map_or(0.0, |i| places[i]);
                let text =
                    font::fit_name(&super::picture::clean(&self.label(level)), LABEL, false, room);
                Tick { at, text, below: String::new() }
            };
            self.levels.iter().map(tick).collect()
        };
        if !self.is_quantity() {
            let pad = if self.levels.len() > 1 { 0.35 } else { 1.0 };
            let room = room * 0.85;
            return (Scale::linear(low - pad, high + pad, from, to), written(room.max(60.0)));
        }
        let log = low > 0.0 && high / low >= WIDE;
        let scale =
            if log { Scale::log(low, high, from, to) } else { Scale::linear(low, high, from, to) };
        if self.levels.len() <= WRITTEN {
            return (scale, written(110.0));
        }
        let quantity = self.numbers.as_ref().map(|n| n.0);
        let ticks = match (quantity, log) {
            (Some(Quantity::Seconds), true) => ticks::durations(low, high),
            (Some(Quantity::Seconds), false) => ticks::linear_seconds(high),
            (Some(Quantity::Share), _) => numbers_with(low, high, log, " %"),
            (Some(Quantity::Number(unit)), _) => numbers_with(low, high, log, unit),
            (None, _) => written(110.0),
        };
        let inside = |t: &Tick| t.at >= low * 0.999_999 && t.at <= high * 1.000_001;
        let ticks: Vec<Tick> = ticks.into_iter().filter(inside).collect();
        (scale, if ticks.len() < 3 { written(110.0) } else { ticks })
    }

    /// The value of a point, short.
    pub fn says(&self, point: usize) -> String {
        self.label(&self.texts[point])
    }

    /// A value as labels have it: as it is written, with three digits where that is long.
    pub fn label(&self, text: &str) -> String {
        let long = text.len() > LONG;
        let known = self.numbers.as_ref().filter(|_| long);
        let value = known.zip(self.texts.iter().position(|t| t == text));
        value.map_or_else(|| text.to_string(), |((quantity, n), at)| short(*quantity, n[at]))
    }
}

/// A quantity with three digits, as a scenario has it: `13.5s`, `0.774/y`.
fn short(quantity: Quantity, value: f64) -> String {
    let (value, unit) = match quantity {
        Quantity::Share => (value, "%"),
        Quantity::Number(unit) => (value, unit),
        Quantity::Seconds => match value {
            s if s < 1.0 => (s * 1e3, "ms"),
            s if s < 60.0 => (s, "s"),
            s if s < 3_600.0 => (s / 60.0, "m"),
            s if s < 172_800.0 => (s / 3_600.0, "h"),
            s => (s / 86_400.0, "d"),
        },
    };
    let unit = unit.trim_start();
    if value == 0.0 {
        return format!("0{unit}");
    }
    let step = pow(10.0, floor(log10(value.abs())) - 2.0);
    format!("{}{unit}", ticks::exact(round(value / step) * step))
}

/// Least and most.
pub fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low <= high { (low, high) } else { (0.0, 0.0) }
}

/// Values as quantities, if all of them are of one kind.
fn numbers(texts: &[String]) -> Option<(Quantity, Vec<f64>)> {
    let all = |read: &dyn Fn(&str) -> Option<f64>| -> Option<Vec<f64>> {
        texts.iter().map(|text| read(text)).collect()
    };
    let plain = |text: &str| text.replace('_', "").parse::<f64>().ok().filter(|v| v.is_finite());
    let of = |quantity, values: Option<Vec<f64>>| values.map(|values| (quantity, values));
    let scaled = |value: Option<f64>, by: f64| value.map(|v| v * by);
    of(Quantity::Number(""), all(&plain))
        .or_else(|| of(Quantity::Seconds, all(&|t| units::duration(t).ok())))
        .or_else(|| of(Quantity::Share, all(&|t| scaled(units::share(t).ok(), 100.0))))
        .or_else(|| of(Quantity::Number("/y"), all(&|t| scaled(units::rate(t).ok(), YEAR))))
        .or_else(|| {
            let gibibytes = |t: &str| scaled(units::size(t).ok().map(|b| b as f64), 1.0 / GIB);
            of(Quantity::Number(" GiB"), all(&gibibytes))
        })
        .or_else(|| of(Quantity::Number(" MB/s"), all(&|t| scaled(units::speed(t).ok(), 1e-6))))
}

/// Ticks of numbers with what follows them.
fn numbers_with(low: f64, high: f64, log: bool, unit: &str) -> Vec<Tick> {
    let ticks = if log { ticks::factors(low, high) } else { ticks::linear(high) };
    ticks.into_iter().map(|t| Tick { text: t.text + unit, ..t }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(values: &[&str]) -> Axis {
        Axis::new("a.b", values.iter().map(|v| v.to_string()).collect())
    }

    #[test]
    fn quantities_are_put_in_order_and_words_stay_as_they_come() {
        let times = axis(&["1m", "5s", "30s", "5s"]);
        assert_eq!(times.places(), [60.0, 5.0, 30.0, 5.0]);
        assert_eq!(times.levels, ["5s", "30s", "1m"]);
        let texts: Vec<String> = times.scale(0.0, 900.0).1.into_iter().map(|t| t.text).collect();
        assert_eq!(texts, ["5s", "30s", "1m"]);
        let words = axis(&["zone-redundant", "none", "10s"]);
        assert!(!words.is_quantity());
        assert_eq!(words.places(), [0.0, 1.0, 2.0]);
        assert_eq!(axis(&["5%", "1%"]).places(), [5.0, 1.0]);
        assert_eq!(axis(&["1GiB", "512MiB"]).levels, ["512MiB", "1GiB"]);
        assert_eq!(axis(&["2", "2"]).levels.len(), 1);
    }

    #[test]
    fn long_values_have_three_digits() {
        let all = ["13543649us", "0s", "99372.69ms", "1m"];
        let times = axis(&all);
        assert_eq!(all.map(|text| times.label(text)), ["13.5s", "0s", "1.66m", "1m"]);
        assert_eq!(axis(&["5.99484250318941/y", "0.1/y"]).says(0), "5.99/y");
        assert_eq!(axis(&["63.3333333333333%"]).says(0), "63.3%");
        assert_eq!(axis(&["zone-redundant"]).says(0), "zone-redundant");
    }

    #[test]
    fn many_values_have_round_ticks() {
        let many: Vec<String> = (1..=40).map(|i| format!("{}s", i * 3)).collect();
        let (_, ticks) = Axis::new("a", many).scale(0.0, 900.0);
        let rates: Vec<String> = (1..=30).map(|i| format!("{}/y", f64::from(i) * 0.0123)).collect();
        let (_, rates) = Axis::new("a", rates).scale(0.0, 900.0);
        assert!(rates.iter().any(|t| t.text == "0.1/y"), "{rates:?}");
        assert!(ticks.len() < 10 && ticks.iter().any(|t| t.text == "1 min"), "{ticks:?}");
    }
}
