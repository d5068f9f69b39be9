//! Kinds of quantities that an axis can go through: read in their base unit, printed with their unit.

use super::print;
use super::syntax::{Node, Span, Value};
use super::units::{self, Wrong, six};
use libm::round;
use serde_json::Value as Json;

/// What the ends of a range are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// A whole number.
    Whole,
    /// Another number.
    Number,
    /// Seconds.
    Duration,
    /// Events a second.
    Rate,
    /// From 0 to 1.
    Share,
    /// Bytes.
    Size,
    /// Bytes a second.
    Speed,
}

/// An end of a range.
#[derive(Clone, PartialEq, Debug)]
pub struct End {
    /// In the base unit.
    pub value: f64,
    /// As it is written, as TOML.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The unit that it is written in, with its length in base units.
    unit: Option<(&'static str, f64)>,
}

impl End {
    /// Reads an end, and says of what kind it is.
    pub fn read(node: &Node) -> Option<(Unit, End)> {
        let (kind, value) = Unit::read(node)?;
        let unit = node.as_str().and_then(units::unit_of);
        Some((kind, End { value, text: print::compact(node), span: node.span, unit }))
    }
}

/// Whole units of a size that a range must span for what lies in it to be whole as well.
const WHOLE_FROM: f64 = 10.0;

/// Reads a quantity of one kind in its base unit.
type Parse = fn(&str) -> Result<f64, Wrong>;

impl Unit {
    /// The kind of a value, and the value in its base unit.
    pub fn read(node: &Node) -> Option<(Unit, f64)> {
        let text = match &node.value {
            Value::Integer(n) => return Some((Unit::Whole, *n as f64)),
            Value::Float(x) if x.is_finite() => return Some((Unit::Number, *x)),
            Value::String(text) => text,
            _ => return None,
        };
        let kinds: [(Unit, Parse); 5] = [
            (Unit::Duration, units::duration),
            (Unit::Share, units::share),
            (Unit::Rate, units::rate),
            (Unit::Size, |text| units::size(text).map(|n| n as f64)),
            (Unit::Speed, units::speed),
        ];
        kinds.into_iter().find_map(|(unit, parse)| Some((unit, parse(text).ok()?)))
    }

    /// A value between two ends as TOML: to six digits, in a unit that an end is written in. A size is whole
    /// in the smaller one if the range spans ten of them.
    pub fn print_between(self, value: f64, ends: &[End; 2]) -> String {
        let [first, last] = [&ends[0], &ends[1]].map(|end| end.unit);
        let text = match self {
            Unit::Whole => return self.print(value),
            Unit::Number => return format!("{:?}", six(value)),
            Unit::Share => format!("{}%", six(value * 100.0)),
            Unit::Duration => {
                let units = [last.filter(|unit| value >= unit.1), first];
                let units = || units.iter().flatten();
                // The larger unit, unless the smaller one alone has enough digits.
                let exact = |unit: &&(&str, f64)| {
                    (six(value / unit.1) * unit.1 - value).abs() <= value * 1e-12
                };
                let unit = units().find(exact).or(units().next());
                let Some((name, length)) = unit else { return self.print(value) };
                format!("{}{name}", six(value / length))
            }
            Unit::Rate => {
                let Some((name, length)) = first else { return self.print(six(value)) };
                format!("{}/{name}", six(value * length))
            }
            Unit::Speed => {
                let Some((name, length)) = first else { return self.print(six(value)) };
                format!("{}{name}/s", six(value / length))
            }
            Unit::Size => {
                let finer = first.zip(last).map(|(a, b)| if a.1 < b.1 { a } else { b });
                let spans = (ends[1].value - ends[0].value).abs();
                match finer.filter(|unit| spans >= WHOLE_FROM * unit.1) {
                    Some((name, length)) => format!("{}{name}", round(value / length)),
                    None => return self.print(value),
                }
            }
        };
        Json::from(text).to_string()
    }

    /// A value in the base unit as TOML, with its unit.
    pub fn print(self, value: f64) -> String {
        let text = match self {
            Unit::Whole => return format!("{}", round(value) as i64),
            Unit::Number => return format!("{value:?}"),
            // What is simulated counts microseconds.
            Unit::Duration => units::print_duration(round(value * 1e6) / 1e6),
            Unit::Rate => units::print_rate(value),
            Unit::Share => units::print_share(value),
            Unit::Size => units::print_size(round(value) as u64),
            Unit::Speed => units::print_speed(value),
        };
        Json::from(text).to_string()
    }
}
