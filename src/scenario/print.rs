//! Trees and typed values back to text: for assumptions, for the manifest, for the reference.

use super::calendar;
use super::columns::Columns;
use super::syntax::{Entry, Node, Span, Table, Value};
use super::units;
use crate::kernel::param::Slot;
use serde_json::{Map, Value as Json, json};

/// A value without the quotes of a text.
pub fn plain(node: &Node) -> String {
    node.as_str().map_or_else(|| compact(node), String::from)
}

/// A value on one line, as TOML.
pub fn compact(node: &Node) -> String {
    match &node.value {
        Value::String(text) => Json::from(text.as_str()).to_string(),
        Value::Integer(n) => n.to_string(),
        Value::Float(x) => format!("{x:?}"),
        Value::Bool(b) => b.to_string(),
        Value::Date(text) | Value::Bare(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(compact).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) if table.entries.is_empty() => "{}".to_string(),
        Value::Table(table) => {
            let item = |e: &Entry| format!("{} = {}", key(&e.key), compact(&e.node));
            let items: Vec<String> = table.entries.iter().map(item).collect();
            format!("{{ {} }}", items.join(", "))
        }
    }
}

/// A tree of JSON that stands nowhere.
pub fn tree(value: &Json) -> Node {
    made(match value {
        Json::Null => Value::String(String::new()),
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::Bare(n.to_string()), Value::Integer),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(tree).collect()),
        Json::Object(map) => {
            let entry = |(key, value): (&String, &Json)| {
                let node = tree(value);
                Entry { key: key.clone(), key_span: node.span, node }
            };
            let entries = map.iter().map(entry).collect();
            Value::Table(Table { entries, ..Table::default() })
        }
    })
}

/// A key, quoted if it must be.
pub fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_string()
    } else {
        Json::from(name).to_string()
    }
}

/// A tree as JSON. Values that came from a file stand there themselves, so that nothing outside is
/// needed to read it again.
pub fn json(node: &Node, columns: &Columns) -> Json {
    match &node.value {
        Value::String(text) | Value::Date(text) | Value::Bare(text) => Json::from(text.as_str()),
        Value::Integer(n) => Json::from(*n),
        Value::Float(x) => json!(x),
        Value::Bool(b) => Json::from(*b),
        Value::Array(items) => items.iter().map(|n| json(n, columns)).collect(),
        Value::Table(table) => table_json(table, columns).into(),
    }
}

/// A table as JSON.
pub fn table_json(table: &Table, columns: &Columns) -> Map<String, Json> {
    let mut map = Map::new();
    for entry in &table.entries {
        let values = entry.node.as_table().filter(|_| entry.key == "empirical");
        let values = values.and_then(|t| columns.values(t));
        let value = values.unwrap_or_else(|| json(&entry.node, columns));
        map.insert(entry.key.clone(), value);
    }
    map
}

/// A node that stands nowhere.
pub fn made(value: Value) -> Node {
    Node { value, span: Span { document: u32::MAX, start: 0, end: 0 } }
}

/// A text that stands nowhere.
pub fn text(text: impl Into<String>) -> Node {
    made(Value::String(text.into()))
}

/// The value in a slot as a tree; `None` where it is absent, a section, or a law of several values.
pub fn slot(slot: &Slot<'_>) -> Option<Node> {
    let duration = |micros: u64| text(units::print_duration(micros as f64 / 1e6));
    let fixed = |law: &crate::kernel::law::Law| law.fixed_value().map(units::print_duration);
    Some(match slot {
        Slot::Law(law) => text(fixed(law)?),
        Slot::MaybeLaw(law) => text(fixed(law.as_ref()?)?),
        Slot::Counts(law) => made(Value::Integer(law.0.fixed_value()? as i64)),
        Slot::Span(span) if span.is_never() => text("never"),
        Slot::Span(span) => duration(span.0),
        Slot::MaybeSpan(span) => duration(span.as_ref()?.0),
        Slot::Policy(policy) => match policy.after {
            None => text("wait"),
            Some(after) => {
                let mut table = Table::default();
                table.set("after", duration(after.0));
                made(Value::Table(table))
            }
        },
        Slot::MaybeRate(rate) => text(units::print_rate(rate.as_ref()?.0)),
        Slot::Share(share) => text(units::print_share(share.0)),
        Slot::Speed(speed) => text(units::print_speed(speed.0)),
        Slot::Bytes(bytes) => text(units::print_size(bytes.0)),
        Slot::Count(n) if **n == u32::MAX => text("unbounded"),
        Slot::Count(n) => made(Value::Integer(i64::from(**n))),
        Slot::Flag(flag) => made(Value::Bool(**flag)),
        Slot::Choice(choice) => text(choice.word()),
        Slot::DayWindow(window) => {
            let mut table = Table::default();
            table.set("from", text(calendar::print_clock(window.from)));
            table.set("to", text(calendar::print_clock(window.to)));
            made(Value::Table(table))
        }
        Slot::Dates(dates) if dates.is_empty() => made(Value::Array(Vec::new())),
        Slot::Names(names) if names.is_empty() => made(Value::Array(Vec::new())),
        Slot::Credits(credits) if credits.is_empty() => made(Value::Array(Vec::new())),
        _ => return None,
    })
}
