//! An axis of a sweep: a key and the values that it takes, listed or between two quantities.

use super::axis_unit::{End, Unit};
use super::overrides::Override;
use super::print;
use super::scaled;
use super::syntax::{Node, Span, Value};
use libm::{exp, floor, log};
use serde_json::Value as Json;

/// A key of the scenario and its values.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// Dotted path, as in `--set`.
    pub key: String,
    /// Other keys that take the same values: a default of several groups.
    pub also: Vec<String>,
    /// Where the key stands in the sweep file.
    pub(super) span: Span,
    pub(super) values: Values,
}

/// What an axis goes through.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Values {
    /// As TOML, each with its place.
    Listed(Vec<(String, Span)>),
    Between {
        unit: Unit,
        ends: [End; 2],
        steps: Option<u32>,
        log: bool,
    },
    /// A law as a whole, times factors between these two.
    Scaled {
        law: Node,
        from: f64,
        to: f64,
        log: bool,
    },
}

/// Most values of an axis.
pub const MOST_VALUES: i64 = 100_000;

impl Axis {
    /// An axis that nobody wrote: the range of a parameter, at least one key.
    pub(super) fn made(mut keys: Vec<String>, values: Values) -> Axis {
        let key = keys.remove(0);
        Axis { key, also: keys, span: print::made(Value::Bool(true)).span, values }
    }

    /// The changes that give this value to all its keys.
    pub fn set(&self, value: &str) -> Vec<Override> {
        let keys = std::iter::once(&self.key).chain(&self.also);
        keys.map(|key| Override { path: key.clone(), value: value.to_string() }).collect()
    }

    /// Whether it gives a value to this path, or to what lies around it.
    pub fn sets(&self, path: &str) -> bool {
        let around = |key: &String| {
            path.strip_prefix(key.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('.'))
        };
        std::iter::once(&self.key).chain(&self.also).any(around)
    }

    /// How many values it has in a design that takes them one by one.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Listed(values) => values.len(),
            Values::Between { steps, .. } => steps.unwrap_or(2) as usize,
            Values::Scaled { .. } => 2,
        }
    }

    /// Whether it has no values: never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a step, as TOML.
    pub fn level(&self, step: usize) -> String {
        match &self.values {
            Values::Listed(values) => values[step.min(values.len() - 1)].0.clone(),
            Values::Between { steps, .. } => {
                let last = steps.unwrap_or(2).max(2) - 1;
                self.at(step as f64 / f64::from(last))
            }
            Values::Scaled { .. } => self.at(step as f64),
        }
    }

    /// The value at a share of the way from the first to the last, as TOML. A list gives each of its
    /// values the same length of the way.
    pub fn at(&self, share: f64) -> String {
        match &self.values {
            Values::Listed(values) => {
                let step = floor(share * values.len() as f64) as usize;
                values[step.min(values.len() - 1)].0.clone()
            }
            Values::Between { ends, .. } if share <= 0.0 => ends[0].text.clone(),
            Values::Between { ends, .. } if share >= 1.0 => ends[1].text.clone(),
            Values::Between { unit, ends, log, .. } => {
                unit.print_between(between(ends[0].value, ends[1].value, *log, share), ends)
            }
            Values::Scaled { law, from, to, log } => {
                print::compact(&scaled::scaled(law, between(*from, *to, *log, share)))
            }
        }
    }

    /// Values that are tried alone, each with its place in the sweep file.
    pub(super) fn tried(&self) -> Vec<(String, Span)> {
        match &self.values {
            Values::Listed(values) => values.clone(),
            Values::Between { ends, .. } => {
                ends.iter().map(|end| (end.text.clone(), end.span)).collect()
            }
            Values::Scaled { .. } => {
                vec![(self.at(0.0), self.span), (self.at(1.0), self.span)]
            }
        }
    }

    /// Cuts off the ends that are not there: the range then ends at the base.
    pub(super) fn cut(&mut self, [low, high]: [bool; 2], base: &Node) {
        match &mut self.values {
            Values::Listed(values) if values.len() > 1 => {
                if !low {
                    values.remove(0);
                }
                if !high && values.len() > 1 {
                    values.pop();
                }
            }
            Values::Listed(_) => {}
            Values::Between { ends, .. } => {
                let Some((_, base)) = End::read(base) else { return };
                for (end, there) in ends.iter_mut().zip([low, high]) {
                    if !there {
                        end.clone_from(&base);
                    }
                }
            }
            Values::Scaled { from, to, .. } => {
                *from = if low { *from } else { 1.0 };
                *to = if high { *to } else { 1.0 };
            }
        }
    }

    /// How the axis is written: for manifests.
    pub fn effective(&self) -> Json {
        let ends = || (plain(&self.at(0.0)), plain(&self.at(1.0)));
        let scale = |log: &bool| if *log { "log" } else { "linear" };
        let mut json = match &self.values {
            Values::Listed(values) => {
                let values: Vec<&str> = values.iter().map(|v| v.0.as_str()).collect();
                serde_json::json!({ "key": self.key, "values": values })
            }
            Values::Between { steps, log, .. } => serde_json::json!({
                "key": self.key, "from": ends().0, "to": ends().1, "steps": steps, "scale": scale(log),
            }),
            Values::Scaled { log, .. } => serde_json::json!({
                "key": self.key, "from": ends().0, "to": ends().1, "scale": scale(log),
            }),
        };
        if let (false, Some(map)) = (self.also.is_empty(), json.as_object_mut()) {
            map.insert("also".to_string(), Json::from(self.also.clone()));
        }
        json
    }
}

/// The value at a share of the way between two.
fn between(from: f64, to: f64, log_scale: bool, share: f64) -> f64 {
    match share {
        _ if share <= 0.0 => from,
        _ if share >= 1.0 => to,
        _ if log_scale => exp(log(from) + share * (log(to) - log(from))),
        _ => from + share * (to - from),
    }
}

/// A value of TOML without the quotes of a text.
pub fn plain(value: &str) -> String {
    let text: Result<String, _> = serde_json::from_str(value);
    text.unwrap_or_else(|_| value.to_string())
}
