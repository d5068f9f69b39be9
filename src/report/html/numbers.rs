//! The estimates of a folder, by scope, name and metric, and how they are said.

use super::found::Table;
use crate::measure::MORE_THAN_THIS;
use crate::report::human::{self, digits_apart, shares, time_apart};
use std::collections::BTreeMap;

/// An estimate.
#[derive(Clone, Debug, Default)]
pub struct Number {
    /// Kind of scope.
    pub scope: String,
    /// Name of the scope.
    pub name: String,
    /// What is estimated.
    pub metric: String,
    /// The estimate.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// Unit of the three.
    pub unit: String,
    /// How it was made.
    pub method: String,
}

/// A number as said in its unit; without "a year", which the label says.
pub fn said(unit: &str, value: f64) -> String {
    match unit {
        "share" => human::share(value),
        unit => said_apart(unit, value, 0.0),
    }
}

/// The same of what is no share, with enough digits to tell it from others that are so far apart.
fn said_apart(unit: &str, value: f64, apart: f64) -> String {
    match unit {
        "s" | "s/y" => time_apart(value, apart),
        "min/y" => format!("{} min", digits_apart(value, apart)),
        "1/y" | "" => digits_apart(value, apart),
        other => format!("{} {other}", digits_apart(value, apart)),
    }
}

impl Number {
    /// The value alone; a bound where nothing was seen.
    pub fn short(&self) -> String {
        match (self.value, self.low, self.high) {
            (Some(v), ..) if self.method.contains(MORE_THAN_THIS) => {
                format!("> {}", said(&self.unit, v))
            }
            (Some(v), ..) => said(&self.unit, v),
            // A quantile that censoring hides.
            (None, Some(low), None) if self.unit == "s" => format!("> {}", said(&self.unit, low)),
            (None, Some(low), _) if self.metric.ends_with("availability") => {
                format!("> {}", said(&self.unit, low))
            }
            (None, _, Some(high)) if !self.is_pointless(high) => {
                format!("< {}", said(&self.unit, high))
            }
            _ => "–".to_string(),
        }
    }

    /// How many incidents the end of the play cut, if the method of a quantile says so.
    pub fn cut(&self) -> Option<&str> {
        let parts = self.method.split([',', ';']);
        parts.map(str::trim).find_map(|part| part.strip_suffix(" censored"))
    }

    /// Whether a bound is beyond what can be: so few replications bound nothing.
    fn is_pointless(&self, high: f64) -> bool {
        match self.unit.as_str() {
            "s/y" => high > 365.0 * 86_400.0,
            "min/y" => high > 365.0 * 1_440.0,
            _ => !high.is_finite(),
        }
    }

    /// Value and ends of the interval, with the same number of decimals.
    fn three(&self) -> Option<[String; 3]> {
        let (v, low, high) = (self.value?, self.low?, self.high?);
        Some(match self.unit.as_str() {
            "share" => {
                let texts = shares([v, low, high]);
                std::array::from_fn(|i| texts[i].clone())
            }
            unit => human::three([v, low, high], |x, apart| said_apart(unit, x, apart)),
        })
    }

    /// The value as it is said beside its interval.
    pub fn beside(&self) -> String {
        self.three().map_or_else(|| self.short(), |[v, ..]| v)
    }

    /// The interval in words; empty if there is none.
    pub fn interval(&self) -> String {
        match self.three() {
            Some([_, low, high]) => format!("{low} to {high}"),
            None => match (self.value, self.low, self.high) {
                (Some(_), Some(low), None) => format!("more than {}", said(&self.unit, low)),
                (Some(_), None, Some(high)) => format!("less than {}", said(&self.unit, high)),
                (None, _, Some(_)) => "none seen".to_string(),
                _ => String::new(),
            },
        }
    }
}

/// All estimates.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// As they stand in the file.
    pub list: Vec<Number>,
    places: BTreeMap<[String; 3], usize>,
}

impl Numbers {
    /// From a table with the columns of estimates.
    pub fn of(table: &Table) -> Numbers {
        let of = table.reader();
        let mut numbers = Numbers::default();
        for row in &table.rows {
            let number = |column: &str| of(row, column).parse().ok();
            let text = |column: &str| of(row, column).to_string();
            let one = Number {
                scope: text("scope"),
                name: text("name"),
                metric: text("metric"),
                value: number("value"),
                low: number("ci_low"),
                high: number("ci_high"),
                unit: text("unit"),
                method: text("method"),
            };
            let key = [one.scope.clone(), one.name.clone(), one.metric.clone()];
            numbers.places.entry(key).or_insert(numbers.list.len());
            numbers.list.push(one);
        }
        numbers
    }

    /// An estimate.
    pub fn get(&self, scope: &str, name: &str, metric: &str) -> Option<&Number> {
        let key = [scope, name, metric].map(String::from);
        self.places.get(&key).map(|&i| &self.list[i])
    }

    /// An estimate of the whole fleet.
    pub fn fleet(&self, metric: &str) -> Option<&Number> {
        self.get("fleet", "fleet", metric)
    }

    /// Names of a kind of scope, in the order of the file.
    pub fn names(&self, scope: &str) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for number in self.list.iter().filter(|n| n.scope == scope) {
            if names.last() != Some(&number.name.as_str()) {
                names.push(&number.name);
            }
        }
        names
    }
}
