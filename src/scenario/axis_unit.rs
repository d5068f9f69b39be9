//! Kinds of quantities that an axis can go through: read in their base unit, printed with their unit.

use super::syntax::{Node, Value};
use super::units::{self, Wrong};
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
