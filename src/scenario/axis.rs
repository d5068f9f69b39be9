//! An axis of a sweep: a key and the values that it takes, listed or between two quantities.

use super::axis_unit::Unit;
use super::overrides::Override;
use super::print;
use super::reader::describe;
use super::scaled;
use super::syntax::{Node, Span, Table, Value};
use crate::scenario::error::Complaint;
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
    values: Values,
}

/// What an axis goes through.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Values {
    /// As TOML, each with its place.
    Listed(Vec<(String, Span)>),
    Between {
        unit: Unit,
        from: f64,
        to: f64,
        steps: Option<u32>,
        log: bool,
        spans: [Span; 2],
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
    /// Reads the values of an axis; `sampled` designs need no steps.
    pub(super) fn read(
        key: (String, Span),
        table: &Table,
        at: Span,
        sampled: bool,
        complain: &mut dyn FnMut(Complaint),
    ) -> Option<Axis> {
        let ranged = ["from", "to", "steps", "scale"].iter().find_map(|k| table.entry(k));
        let values = match (table.get("values"), ranged) {
            (Some(_), Some(entry)) => {
                let expected = "either `values`, or `from` and `to`";
                complain(Complaint::new(entry.key_span, "axis", "both", expected));
                return None;
            }
            (Some(node), None) => listed(node, complain)?,
            (None, _) => read_between(table, at, sampled, complain)?,
        };
        Some(Axis { key: key.0, also: Vec::new(), span: key.1, values })
    }

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
            Values::Between { unit, from, to, log, .. } => {
                unit.print(between(*from, *to, *log, share))
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
            Values::Between { spans, .. } => {
                vec![(self.at(0.0), spans[0]), (self.at(1.0), spans[1])]
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
            Values::Between { from, to, .. } => {
                let base = Unit::read(base).map(|b| b.1);
                *from = base.filter(|_| !low).unwrap_or(*from);
                *to = base.filter(|_| !high).unwrap_or(*to);
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

fn listed(node: &Node, complain: &mut dyn FnMut(Complaint)) -> Option<Values> {
    let expected = "a list of values such as [\"10s\", \"30s\"]";
    let items = node.as_array().filter(|items| !items.is_empty());
    let Some(items) = items else {
        let found = if node.as_array().is_some() { "an empty list".into() } else { describe(node) };
        complain(Complaint::new(node.span, "axis.values", found, expected));
        return None;
    };
    if items.len() as i64 > MOST_VALUES {
        complain(Complaint::new(node.span, "axis.values", describe(node), "at most 100000 values"));
        return None;
    }
    Some(Values::Listed(items.iter().map(|item| (print::compact(item), item.span)).collect()))
}

fn read_between(
    table: &Table,
    at: Span,
    sampled: bool,
    complain: &mut dyn FnMut(Complaint),
) -> Option<Values> {
    let quantity = |key: &str, complain: &mut dyn FnMut(Complaint)| {
        let path = format!("axis.{key}");
        let Some(node) = table.get(key) else {
            let expected = "`values`, or `from` and `to`";
            complain(Complaint::new(at, path, "nothing", expected));
            return None;
        };
        let read = Unit::read(node);
        if read.is_none() {
            let expected = "a number, or a quantity such as \"45s\", \"0.5/y\", \"5%\" or \"1GiB\"";
            complain(Complaint::new(node.span, path, describe(node), expected));
        }
        read.map(|(unit, value)| (unit, value, node))
    };
    let (from, to) = (quantity("from", complain), quantity("to", complain));
    let steps = match table.get("steps") {
        None if sampled => None,
        None => {
            let expected = "how many values there are from `from` to `to`, both included";
            complain(Complaint::new(at, "axis.steps", "nothing", expected));
            return None;
        }
        Some(Node { value: Value::Integer(n), .. }) if (2..=MOST_VALUES).contains(n) => {
            Some(*n as u32)
        }
        Some(node) => {
            let expected = "a whole number from 2 to 100000";
            complain(Complaint::new(node.span, "axis.steps", describe(node), expected));
            return None;
        }
    };
    let log = match table.get("scale") {
        None => false,
        Some(node) => match node.as_str() {
            Some("linear") => false,
            Some("log") => true,
            _ => {
                let expected = "\"linear\" or \"log\"";
                complain(Complaint::new(node.span, "axis.scale", describe(node), expected));
                return None;
            }
        },
    };
    let ((unit, from, first), (other, to, last)) = (from?, to?);
    let unit = match (unit, other) {
        (a, b) if a == b => a,
        (Unit::Whole, Unit::Number) | (Unit::Number, Unit::Whole) => Unit::Number,
        _ => {
            let expected = format!("the same kind of quantity as {}", describe(first));
            complain(Complaint::new(last.span, "axis.to", describe(last), expected));
            return None;
        }
    };
    if log && !(from > 0.0 && to > 0.0) {
        let node = if from > 0.0 { last } else { first };
        complain(Complaint::new(node.span, "axis", describe(node), "more than 0 on a log scale"));
        return None;
    }
    Some(Values::Between { unit, from, to, steps, log, spans: [first.span, last.span] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::error::Complaints;
    use crate::scenario::syntax::{Documents, parse};

    fn axis(text: &str) -> Result<Axis, String> {
        let mut documents = Documents::default();
        let document = documents.add("axis.toml", text);
        let mut complaints = Complaints::new();
        let root = parse(&documents, document, &mut complaints).expect("TOML");
        let key = ("k".to_string(), root.span);
        let mut complain = |complaint| complaints.add(complaint);
        let table = root.as_table().expect("a table");
        let axis = Axis::read(key, table, root.span, false, &mut complain);
        axis.ok_or_else(|| complaints.finish(&documents).lines())
    }

    fn levels(text: &str) -> Vec<String> {
        let axis = axis(text).expect(text);
        (0..axis.len()).map(|step| axis.level(step)).collect()
    }

    #[test]
    fn values_between_two_quantities_have_units() {
        let of = |from, to, rest| levels(&format!("from = {from}\nto = {to}\n{rest}"));
        assert_eq!(of("'10s'", "'1m'", "steps = 3"), ["\"10s\"", "\"35s\"", "\"1m\""]);
        assert_eq!(of("'0.01/y'", "'1/y'", "steps = 3\nscale = 'log'")[1], "\"0.1/y\"");
        assert_eq!(of("'0%'", "'50%'", "steps = 3")[1], "\"25%\"");
        assert_eq!(of("'1GiB'", "'3GiB'", "steps = 3")[1], "\"2GiB\"");
        assert_eq!(of("'100MB/s'", "'300MB/s'", "steps = 3")[1], "\"200MB/s\"");
        assert_eq!(of("1", "4", "steps = 3"), ["1", "3", "4"], "whole numbers stay whole");
        assert_eq!(of("1", "2.0", "steps = 3")[1], "1.5");
        assert_eq!(levels("values = ['a', 2, true, { uniform = ['1s', '2s'] }]").len(), 4);
    }

    #[test]
    fn a_list_shares_the_way_evenly() {
        let axis = axis("values = [1, 2, 3, 4]").expect("an axis");
        assert_eq!([0.0, 0.24, 0.25, 0.99, 1.0].map(|at| axis.at(at)), ["1", "1", "2", "4", "4"]);
    }

    #[test]
    fn what_is_no_axis_is_said() {
        for (text, word) in [
            ("values = []", "an empty list"),
            ("values = 5", "a list of values"),
            ("values = [1]\nfrom = 1", "either `values`"),
            ("from = 1", "axis.to"),
            ("from = 1\nto = 2", "axis.steps"),
            ("from = '1s'\nto = '5%'\nsteps = 2", "the same kind"),
            ("from = '0s'\nto = '5s'\nsteps = 2\nscale = 'log'", "more than 0"),
            ("from = 1\nto = 2\nsteps = 2\nscale = 'cubic'", "\"log\""),
            ("from = 'soon'\nto = 2\nsteps = 2", "a number, or a quantity"),
        ] {
            let said = axis(text).expect_err(text);
            assert!(said.contains(word), "{text}: {said}");
        }
    }
}
