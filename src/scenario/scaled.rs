//! Laws as a whole times a factor: every quantity with a unit is scaled, shapes and weights stay.
//!
//! So the mean, the median and every other quantile move by the same factor, and the form of the law
//! stays what it is.

use super::axis_unit::Unit;
use super::laws::LAWS;
use super::print;
use super::syntax::{Entry, Node, Table, Value};

/// The name and the parameters of a law, if the node is one.
fn law(node: &Node) -> Option<(&str, &Node)> {
    match node.as_table()?.entries.as_slice() {
        [entry] if LAWS.iter().any(|(name, _)| *name == entry.key) => {
            Some((&entry.key, &entry.node))
        }
        _ => None,
    }
}

/// The central value of a law that can be scaled: its median or mean as it is written, the middle of a
/// range.
pub fn central(node: &Node) -> Option<(Unit, f64)> {
    let (name, inner) = law(node)?;
    let of = |key: &str| inner.as_table().and_then(|t| t.get(key)).and_then(Unit::read);
    match name {
        "uniform" => match inner.as_array()? {
            [low, high] => {
                let ((unit, low), (_, high)) = (Unit::read(low)?, Unit::read(high)?);
                Some((unit, (low + high) / 2.0))
            }
            _ => None,
        },
        "triangular" => Unit::read(inner.as_array()?.get(1)?),
        "geometric" => Some((Unit::Whole, inner.as_f64()?)),
        _ => of("median").or(of("mean")).or(of("scale")).or(of("minimum")),
    }
}

/// The law times a factor; with 0 it is the fixed value 0.
pub fn scaled(node: &Node, factor: f64) -> Node {
    match law(node) {
        Some(("geometric", inner)) => {
            let mean = inner.as_f64().unwrap_or(1.0) * factor;
            wrapped("geometric", print::made(Value::Float(mean.max(1.0))))
        }
        Some((_, _)) if factor <= 0.0 => match central(node) {
            Some((unit, _)) => print::text(super::plain(&unit.print(0.0))),
            None => node.clone(),
        },
        Some((name, inner)) => wrapped(name, quantities(inner, factor)),
        None => node.clone(),
    }
}

fn wrapped(name: &str, node: Node) -> Node {
    let mut table = Table::default();
    table.set(name, node);
    print::made(Value::Table(table))
}

/// Every quantity in a tree times a factor.
fn quantities(node: &Node, factor: f64) -> Node {
    let value = match &node.value {
        Value::String(_) => match Unit::read(node) {
            Some((unit @ (Unit::Duration | Unit::Speed), x)) => {
                Value::String(super::plain(&unit.print(x * factor)))
            }
            _ => node.value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(|n| quantities(n, factor)).collect()),
        Value::Table(table) => {
            let scale = |e: &Entry| Entry { node: quantities(&e.node, factor), ..e.clone() };
            Value::Table(Table {
                entries: table.entries.iter().map(scale).collect(),
                ..Table::default()
            })
        }
        other => other.clone(),
    };
    Node { value, span: node.span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::overrides::{self, Override};
    use crate::scenario::syntax::Documents;

    fn read(text: &str) -> Node {
        let change = Override { path: "x".into(), value: text.into() };
        overrides::read(&mut Documents::default(), &change)
    }

    #[test]
    fn quantities_are_scaled_and_shapes_are_not() {
        for (law, middle, twice) in [
            (
                "{ lognormal = { median = \"45s\", p95 = \"3m\" } }",
                45.0,
                "{ lognormal = { median = \"1.5m\", p95 = \"6m\" } }",
            ),
            (
                "{ lognormal = { median = \"1h\", sigma = 1.1 } }",
                3600.0,
                "{ lognormal = { median = \"2h\", sigma = 1.1 } }",
            ),
            ("{ uniform = [\"10s\", \"30s\"] }", 20.0, "{ uniform = [\"20s\", \"1m\"] }"),
            ("{ exponential = { mean = \"15m\" } }", 900.0, "{ exponential = { mean = \"30m\" } }"),
            (
                "{ weibull = { shape = 0.7, scale = \"1h\" } }",
                3600.0,
                "{ weibull = { shape = 0.7, scale = \"2h\" } }",
            ),
            ("{ geometric = 5 }", 5.0, "{ geometric = 10.0 }"),
        ] {
            let node = read(law);
            assert_eq!(central(&node).map(|c| c.1), Some(middle), "{law}");
            assert_eq!(print::compact(&scaled(&node, 2.0)), twice);
        }
        let mixture = "{ mixture = [{ weight = 9, law = \"30s\" }, { weight = 1, law = { uniform \
                       = [\"1m\", \"3m\"] } }] }";
        assert_eq!(
            print::compact(&scaled(&read(mixture), 0.5)),
            "{ mixture = [{ weight = 9, law = \"15s\" }, { weight = 1, law = { uniform = [\"30s\", \
             \"1.5m\"] } }] }"
        );
        assert_eq!(print::compact(&scaled(&read("{ uniform = [\"1s\", \"3s\"] }"), 0.0)), "\"0s\"");
        assert_eq!(central(&read("\"45s\"")), None);
    }
}
