//! The estimates of a folder, by scope, name and metric, and how they are said.

use super::found::{Table, shown};
use crate::measure::{CENSORED, MORE_THAN_THIS, NEVER_ENDED, NEVER_ENDS};
use crate::report::drilled;
use crate::report::human::together;
use crate::report::said::{Ends, Said};
use serde_json::Value;
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
    let [text] = together(unit, [value]);
    text
}

impl Number {
    /// From an estimate of a summary.
    pub fn of(metric: String, estimate: &Value) -> Number {
        let ends = &estimate["interval"];
        Number {
            metric,
            value: estimate["value"].as_f64(),
            low: ends[0].as_f64(),
            high: ends[1].as_f64(),
            unit: shown(&estimate["unit"]),
            method: shown(&estimate["method"]),
            ..Number::default()
        }
    }

    fn said(&self) -> Said<'_> {
        let Number { value, low, high, .. } = *self;
        let hidden = self.unit == "s" && value.is_none() && high.is_none();
        let exceeds = match self.method.contains(MORE_THAN_THIS) {
            true => value,
            // A quantile that censoring hides.
            false => low.filter(|_| hidden),
        };
        let endless = self.method.contains(NEVER_ENDED) || self.method.contains(NEVER_ENDS);
        Said { unit: &self.unit, value, low, high, exceeds, endless }
    }

    /// The value alone; a bound where nothing was seen.
    pub fn short(&self) -> String {
        self.said().short().unwrap_or_else(|| "–".to_string())
    }

    /// How many incidents the end of the play cut, if the method of a quantile says so.
    pub fn cut(&self) -> Option<&str> {
        let parts = self.method.split([',', ';']);
        parts.map(str::trim).find_map(|part| part.strip_suffix(CENSORED)).map(str::trim_end)
    }

    /// The value as it is said beside its interval.
    pub fn beside(&self) -> String {
        self.said().beside().unwrap_or_else(|| "–".to_string())
    }

    /// The interval in words; empty if there is none.
    pub fn interval(&self) -> String {
        match self.said().ends() {
            Ends::Both(low, high) => format!("{low} to {high}"),
            Ends::More(low) => format!("more than {low}"),
            Ends::Less(high) => format!("less than {high}"),
            Ends::UnseenMore(_) | Ends::UnseenLess(_) => "none seen".to_string(),
            Ends::Point => "no spread".to_string(),
            Ends::None => String::new(),
        }
    }
}

/// All estimates.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// As they stand in the file.
    pub list: Vec<Number>,
    /// How long a play is of which numbers are told instead of a year.
    pub play: Option<String>,
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

    /// The same with what a summary tells of the play instead of a year.
    pub fn of_the_play(&self, summary: &Value) -> Numbers {
        let (mut numbers, play) = (self.clone(), &summary["of_the_play"]);
        let Some(length) = play["length"].as_str() else { return numbers };
        numbers.play = Some(length.to_string());
        for number in numbers.list.iter_mut().filter(|n| n.scope == "fleet") {
            let Some(name) = drilled::name(&number.metric) else { continue };
            let (e, metric) = (&play["fleet"][name], number.metric.clone());
            *number = Number { scope: "fleet".into(), ..Number::of(metric, e) };
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

    /// Growing quantiles of the whole fleet in short: none is said to be below one before it.
    pub fn rising<const N: usize>(&self, metrics: [&str; N]) -> [String; N] {
        let said = metrics.map(|metric| self.fleet(metric).map(Number::said).unwrap_or_default());
        Said::rising(said).map(|said| said.short().unwrap_or_else(|| "–".to_string()))
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
