//! Reads an axis of a sweep file: a list of values, or a range between two quantities.

use super::axis::{Axis, MOST_VALUES, Values};
use super::axis_unit::{End, Unit};
use super::print;
use super::reader::describe;
use super::syntax::{Node, Span, Table, Value};
use crate::scenario::error::Complaint;

impl Axis {
    /// Reads the values of an axis, and tells all that is wrong with them; `sampled` designs need no steps.
    pub(super) fn read(
        key: (String, Span),
        table: &Table,
        at: Span,
        sampled: bool,
        complain: &mut dyn FnMut(Complaint),
    ) -> Option<Axis> {
        let ranged = ["from", "to", "steps", "scale"].iter().find_map(|k| table.entry(k));
        let listing = table.get("values");
        let both = ranged.filter(|_| listing.is_some());
        if let Some(entry) = both {
            let expected = "either `values`, or `from` and `to`";
            complain(Complaint::new(entry.key_span, "axis", "both", expected));
        }
        let values = match listing {
            Some(node) => listed(node, complain)?,
            None => read_between(table, at, sampled, complain)?,
        };
        if both.is_some() {
            return None;
        }
        Some(Axis { key: key.0, also: Vec::new(), span: key.1, values })
    }
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
        let read = End::read(node);
        if read.is_none() {
            let expected = "a number, or a quantity such as \"45s\", \"0.5/y\", \"5%\" or \"1GiB\"";
            complain(Complaint::new(node.span, path, describe(node), expected));
        }
        read.map(|(unit, end)| (unit, end, node))
    };
    let (from, to) = (quantity("from", complain), quantity("to", complain));
    // None inside of what was read: the design needs none.
    let steps = match table.get("steps") {
        None if sampled => Some(None),
        // Of a range that is not there at all enough was said.
        None if ["from", "to"].iter().all(|key| table.get(key).is_none()) => None,
        None => {
            let expected = "how many values there are from `from` to `to`, both included";
            complain(Complaint::new(at, "axis.steps", "nothing", expected));
            None
        }
        Some(Node { value: Value::Integer(n), .. }) if (2..=MOST_VALUES).contains(n) => {
            Some(Some(*n as u32))
        }
        Some(node) => {
            let expected = "a whole number from 2 to 100000";
            complain(Complaint::new(node.span, "axis.steps", describe(node), expected));
            None
        }
    };
    let log = match table.get("scale").map(|node| (node, node.as_str())) {
        None | Some((_, Some("linear"))) => Some(false),
        Some((_, Some("log"))) => Some(true),
        Some((node, _)) => {
            let expected = "\"linear\" or \"log\"";
            complain(Complaint::new(node.span, "axis.scale", describe(node), expected));
            None
        }
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
    if log == Some(true) && !(from.value > 0.0 && to.value > 0.0) {
        let node = if from.value > 0.0 { last } else { first };
        complain(Complaint::new(node.span, "axis", describe(node), "more than 0 on a log scale"));
        return None;
    }
    Some(Values::Between { unit, ends: [from, to], steps: steps?, log: log? })
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

    fn quoted(text: &str) -> String {
        format!("{text:?}")
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
        // Ends stay as they are written, and what lies between is written alike.
        assert_eq!(
            of("'5s'", "'60s'", "steps = 4"),
            ["5s", "23.3333s", "41.6667s", "60s"].map(quoted)
        );
        assert_eq!(of("'30s'", "'2h'", "steps = 3\nscale = 'log'")[1], "\"464.758s\"");
        assert_eq!(of("'30s'", "'2h'", "steps = 3")[1], "\"3615s\"");
        assert_eq!(of("'1/d'", "'2/d'", "steps = 3")[1], "\"1.5/d\"");
        assert_eq!(of("'100GiB'", "'1TiB'", "steps = 3")[1], "\"562GiB\"");
        assert_eq!(of("'100GiB'", "'1TiB'", "steps = 6")[1], "\"285GiB\"");
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
            ("values = []\nfrom = 1", "an empty list"),
            ("from = '1s'\nto = '5%'\nsteps = 0\nscale = 'cubic'", "the same kind"),
            ("from = '1s'\nto = '5%'\nsteps = 0\nscale = 'cubic'", "axis.steps"),
            ("from = '1s'\nto = '5%'\nsteps = 0\nscale = 'cubic'", "axis.scale"),
        ] {
            let said = axis(text).expect_err(text);
            assert!(said.contains(word), "{text}: {said}");
        }
    }
}
