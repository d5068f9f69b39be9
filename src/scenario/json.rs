//! JSON to the tree that TOML becomes too, with the position of every key and value.

use super::bare::DOUBLED;
use super::error::{Complaint, Complaints};
use super::syntax::{Entry, IMPORT, MAX_DEPTH, Node, Span, Table, Value};
use jsonc_parser::common::Ranged;
use std::collections::BTreeSet;

/// Reads a document that must be an object; of a doubled key the first value counts, the other goes to `bare`.
pub(super) fn parse(
    document: u32,
    text: &str,
    complaints: &mut Complaints,
    bare: &mut Vec<Complaint>,
) -> Option<Node> {
    let options = jsonc_parser::ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let at = |range: jsonc_parser::common::Range| Span {
        document,
        start: range.start as u32,
        end: range.end as u32,
    };
    match jsonc_parser::parse_to_ast(text, &Default::default(), &options) {
        Err(error) => {
            let message = error.kind().to_string();
            complaints.add(Complaint::syntax(at(error.range()), &message));
            None
        }
        Ok(result) => match result.value {
            Some(value @ jsonc_parser::ast::Value::Object(_)) => {
                let span = at(value.range());
                let value = json_value(&at, value, complaints, bare, 0)??;
                Some(Node { value, span })
            }
            other => {
                let span = Span { document, start: 0, end: text.len().min(1) as u32 };
                let list = matches!(other, Some(jsonc_parser::ast::Value::Array(_)));
                let complaint = Complaint::syntax(span, "expected an object: `{ ... }`");
                complaints.add(complaint.hint_if(list.then(|| IMPORT.to_string())));
                None
            }
        },
    }
}

/// The outer `None` is a complaint; the inner one is `null`, which stands for an absent key.
fn json_value(
    at: &impl Fn(jsonc_parser::common::Range) -> Span,
    value: jsonc_parser::ast::Value<'_>,
    complaints: &mut Complaints,
    bare: &mut Vec<Complaint>,
    depth: usize,
) -> Option<Option<Value>> {
    use jsonc_parser::ast::Value as Json;
    let span = at(value.range());
    if depth > MAX_DEPTH {
        complaints.add(Complaint::syntax(span, "nested too deeply"));
        return None;
    }
    Some(Some(match value {
        Json::NullKeyword(_) => return Some(None),
        Json::StringLit(text) => Value::String(text.value.into_owned()),
        Json::BooleanLit(b) => Value::Bool(b.value),
        Json::NumberLit(n) => match (n.value.parse(), n.value.parse::<f64>()) {
            (Ok(n), _) => Value::Integer(n),
            (_, Ok(x)) if x.is_finite() => Value::Float(x),
            _ => {
                complaints.add(Complaint::syntax(span, "this number is too large"));
                return None;
            }
        },
        Json::Array(items) => {
            let mut nodes = Vec::with_capacity(items.elements.len());
            for item in items.elements {
                let span = at(item.range());
                if let Some(value) = json_value(at, item, complaints, bare, depth + 1)? {
                    nodes.push(Node { value, span });
                }
            }
            Value::Array(nodes)
        }
        Json::Object(object) => {
            let (mut table, mut known) = (Table::default(), BTreeSet::new());
            for property in object.properties {
                let key_span = at(property.name.range());
                let span = at(property.value.range());
                let key = property.name.into_string();
                let value = json_value(at, property.value, complaints, bare, depth + 1)?;
                if !known.insert(key.clone()) {
                    let doubled = Complaint::new(key_span, key, DOUBLED, "");
                    bare.push(doubled.hint("leave one of them out"));
                    continue;
                }
                match value {
                    Some(value) => {
                        table.entries.push(Entry { key, key_span, node: Node { value, span } });
                    }
                    None => table.nulls.push((key, key_span)),
                }
            }
            Value::Table(table)
        }
    }))
}
