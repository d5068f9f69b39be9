//! Text to one tree: TOML or JSON, with the position of every key and value.
//!
//! The rest of the layer sees only the tree, so that both spellings mean the same. Several texts
//! take part in one scenario (the file, its profile, each `--set`); a span says which.

use super::error::{Complaint, Complaints};
use jsonc_parser::common::Ranged;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// Deepest nesting that is read: more is a mistake, and recursion stays bounded.
const MAX_DEPTH: usize = 40;

/// Where something stands: a text and a range of bytes in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Span {
    /// Index in [`Documents`].
    pub document: u32,
    /// First byte.
    pub start: u32,
    /// First byte after.
    pub end: u32,
}

/// A value and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where.
    pub span: Span,
}

/// A value as both spellings know it.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Keys with values.
    Table(Table),
    /// A list.
    Array(Vec<Node>),
    /// Text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// A date or time of TOML, as it was written.
    Date(String),
}

/// Keys with values, in the order of the text.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Table {
    /// Entries in order.
    pub entries: Vec<Entry>,
}

/// One key with its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

impl Table {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.node)
    }

    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.key == key)
    }

    /// The table under a key.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.get(key).and_then(Node::as_table)
    }

    /// The same to change.
    pub fn table_mut(&mut self, key: &str) -> Option<&mut Table> {
        match &mut self.entries.iter_mut().find(|e| e.key == key)?.node.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text under a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::as_str)
    }

    /// Puts a value in the place of a key, at the end if it is new.
    pub fn set(&mut self, key: &str, node: Node) {
        match self.entries.iter_mut().find(|e| e.key == key) {
            Some(entry) => entry.node = node,
            None => {
                let key_span = node.span;
                self.entries.push(Entry { key: key.to_string(), key_span, node });
            }
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) {
        self.entries.retain(|e| e.key != key);
    }
}

impl Node {
    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self.value {
            Value::Integer(n) => Some(n as f64),
            Value::Float(x) => Some(x),
            _ => None,
        }
    }
}

/// The texts that take part in a scenario.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    all: Vec<Document>,
}

/// A text with its name.
#[derive(Clone, Debug)]
pub struct Document {
    /// As a person knows it: a path, a profile's name, `--set KEY`.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
}

impl Documents {
    /// Adds a text and returns its index.
    pub fn add(&mut self, name: &str, text: &str) -> u32 {
        self.all.push(Document { name: name.into(), text: text.into() });
        self.all.len() as u32 - 1
    }

    /// Puts another text in the place of an index.
    pub fn replace(&mut self, document: u32, name: &str, text: &str) {
        if let Some(place) = self.all.get_mut(document as usize) {
            *place = Document { name: name.into(), text: text.into() };
        }
    }

    /// The text of an index.
    pub fn get(&self, document: u32) -> Option<&Document> {
        self.all.get(document as usize)
    }

    /// Line and column, from 1, of the beginning of a span; columns count characters.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let Some(document) = self.get(span.document) else { return (1, 1) };
        let mut at = (span.start as usize).min(document.text.len());
        while !document.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &document.text[..at];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// Whether a text is JSON: by its name, else by its first character.
pub fn is_json(name: &str, text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    name.to_ascii_lowercase().ends_with(".json") || text.starts_with('{')
}

/// Parses a document that must be a table; `None` if there were complaints.
pub fn parse(documents: &Documents, document: u32, complaints: &mut Complaints) -> Option<Node> {
    let Document { name, text } = documents.get(document)?;
    if text.len() >= u32::MAX as usize {
        complaints.add(Complaint::new(
            Span { document, ..Span::default() },
            "",
            "a file of 4 GiB or more",
            "a scenario file",
        ));
        return None;
    }
    if is_json(name, text) {
        parse_json(document, text, complaints)
    } else {
        parse_toml(document, text, complaints)
    }
}

fn parse_toml(document: u32, text: &str, complaints: &mut Complaints) -> Option<Node> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        let span = Span { document, start: range.start as u32, end: range.end as u32 };
        complaints.add(Complaint::syntax(span, error.message()));
    }
    if !errors.is_empty() {
        return None;
    }
    let span = Span { document, start: 0, end: text.len() as u32 };
    let table = toml_table(document, table.into_inner(), complaints, 0)?;
    Some(Node { value: Value::Table(table), span })
}

fn toml_table(
    document: u32,
    table: DeTable<'_>,
    complaints: &mut Complaints,
    depth: usize,
) -> Option<Table> {
    let at = |range: std::ops::Range<usize>| Span {
        document,
        start: range.start as u32,
        end: range.end as u32,
    };
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let key_span = at(key.span());
        let span = at(value.span());
        let value = toml_value(document, value.into_inner(), span, complaints, depth + 1)?;
        entries.push(Entry {
            key: key.into_inner().into_owned(),
            key_span,
            node: Node { value, span },
        });
    }
    entries.sort_by_key(|e| e.key_span);
    Some(Table { entries })
}

fn toml_value(
    document: u32,
    value: DeValue<'_>,
    span: Span,
    complaints: &mut Complaints,
    depth: usize,
) -> Option<Value> {
    if depth > MAX_DEPTH {
        complaints.add(Complaint::syntax(span, "nested too deeply"));
        return None;
    }
    Some(match value {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => Value::Integer(n),
            Err(_) => {
                complaints.add(Complaint::syntax(span, "this whole number is too large"));
                return None;
            }
        },
        DeValue::Float(x) => Value::Float(x.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(b) => Value::Bool(b),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => {
            let mut nodes = Vec::with_capacity(items.len());
            for item in items {
                let range = item.span();
                let span = Span { document, start: range.start as u32, end: range.end as u32 };
                let value = toml_value(document, item.into_inner(), span, complaints, depth + 1)?;
                nodes.push(Node { value, span });
            }
            Value::Array(nodes)
        }
        DeValue::Table(table) => Value::Table(toml_table(document, table, complaints, depth)?),
    })
}

fn parse_json(document: u32, text: &str, complaints: &mut Complaints) -> Option<Node> {
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
                let value = json_value(&at, value, complaints, 0)??;
                Some(Node { value, span })
            }
            _ => {
                let span = Span { document, start: 0, end: text.len().min(1) as u32 };
                complaints.add(Complaint::syntax(span, "expected an object: `{ ... }`"));
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
                if let Some(value) = json_value(at, item, complaints, depth + 1)? {
                    nodes.push(Node { value, span });
                }
            }
            Value::Array(nodes)
        }
        Json::Object(object) => {
            let mut table = Table::default();
            for property in object.properties {
                let key_span = at(property.name.range());
                let span = at(property.value.range());
                let key = property.name.into_string();
                let value = json_value(at, property.value, complaints, depth + 1)?;
                if table.get(&key).is_some() {
                    complaints.add(Complaint::syntax(key_span, "duplicate key"));
                    return None;
                }
                if let Some(value) = value {
                    table.entries.push(Entry { key, key_span, node: Node { value, span } });
                }
            }
            Value::Table(table)
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(name: &str, text: &str) -> Result<Node, String> {
        let mut documents = Documents::default();
        let document = documents.add(name, text);
        let mut complaints = Complaints::new();
        let node = parse(&documents, document, &mut complaints);
        node.ok_or_else(|| complaints.finish(&documents).lines())
    }

    #[test]
    fn keys_keep_the_order_of_the_text_and_their_places() {
        let node =
            tree("a.toml", "b = 1\na = { z = 'x', c = [1.5, true] }\n[[t]]\nd = 1979-05-27\n")
                .expect("valid");
        let table = node.as_table().expect("a table");
        let keys: Vec<&str> = table.entries.iter().map(|e| e.key.as_str()).collect();
        assert_eq!(keys, ["b", "a", "t"]);
        assert_eq!(table.entry("a").map(|e| e.key_span.start), Some(6));
        let inner = table.table("a").expect("a table");
        assert_eq!(inner.text("z"), Some("x"));
        assert_eq!(inner.get("z").map(|n| (n.span.start, n.span.end)), Some((16, 19)));
    }

    #[test]
    fn mistakes_of_syntax_have_a_place() {
        assert_eq!(
            tree("a.toml", "a = 1\nb = = 2\nc = 'x\n").unwrap_err().lines().next(),
            Some("a.toml:2:5: extra `=`, expected nothing")
        );
        assert_eq!(
            tree("a.json", "{ \"a\": 1,\n  \"a\": 2 }").unwrap_err(),
            "a.json:2:3: duplicate key\n"
        );
        let deep = format!("a = {}1{}", "[".repeat(60), "]".repeat(60));
        assert!(tree("a.toml", &deep).unwrap_err().contains("nested too deeply"));
        let deep = format!("{{\"a\": {}1{} }}", "[".repeat(60), "]".repeat(60));
        assert!(tree("a.json", &deep).unwrap_err().contains("nested too deeply"));
        assert!(tree("a.json", "[]").unwrap_err().contains("expected an object"));
        assert!(tree("a.toml", "a = 99999999999999999999").unwrap_err().contains("too large"));
    }
}
