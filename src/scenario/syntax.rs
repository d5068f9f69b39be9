//! Text to one tree: TOML or JSON, with the position of every key and value.
//!
//! The rest of the layer sees only the tree, so that both spellings mean the same. Several texts
//! take part in one scenario (the file, its profile, each `--set`); a span says which.

use super::bare;
use super::error::{Complaint, Complaints};
use super::json;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// What helps who has a list of servers and no scenario.
pub const IMPORT: &str = "`fleetsim import az FILE` makes a scenario of what \
                          `az postgres flexible-server list -o json` prints";
/// Deepest nesting that is read: more is a mistake, and recursion stays bounded.
pub(super) const MAX_DEPTH: usize = 40;
/// Most values that are none in TOML with which reading goes on.
const MOST_BARE: usize = 200;

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
    /// What is no value of TOML, as it was written: never right.
    Bare(String),
}

/// Keys with values, in the order of the text.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Table {
    /// Entries in order.
    pub entries: Vec<Entry>,
    /// Keys with `null` of JSON: as absent, but no table may have one that it does not know.
    pub nulls: Vec<(String, Span)>,
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
        self.nulls.retain(|null| null.0 != key);
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
}

/// Whether a text is JSON: by its name, else by its first character.
pub fn is_json(name: &str, text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    name.to_ascii_lowercase().ends_with(".json") || text.starts_with('{')
}

/// Parses a document that must be a table; `None` if there were complaints.
pub fn parse(documents: &Documents, document: u32, complaints: &mut Complaints) -> Option<Node> {
    let mut bare = Vec::new();
    let node = parse_on(documents, document, complaints, &mut bare);
    let whole = bare.is_empty();
    bare.into_iter().for_each(|complaint| complaints.add(complaint));
    node.filter(|_| whole)
}

/// The same, but goes on where a value is none in TOML or a key is doubled: that goes to `bare`.
pub fn parse_on(
    documents: &Documents,
    document: u32,
    complaints: &mut Complaints,
    bare: &mut Vec<Complaint>,
) -> Option<Node> {
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
        json::parse(document, text, complaints, bare)
    } else {
        parse_toml(document, text, complaints, bare)
    }
}

fn parse_toml(
    document: u32,
    text: &str,
    complaints: &mut Complaints,
    bare: &mut Vec<Complaint>,
) -> Option<Node> {
    let whole = Span { document, start: 0, end: text.len() as u32 };
    let (table, mut errors) = DeTable::parse_recoverable(text);
    if errors.len() <= MOST_BARE {
        bare::one_a_section(text, &mut errors);
    }
    if errors.is_empty() {
        let mut toml = Toml { document, text, words: Vec::new(), met: 0, complaints, bare };
        let table = toml.table(table.into_inner(), 0)?;
        return Some(Node { value: Value::Table(table), span: whole });
    }
    // Each mistake looks at all that stands above it.
    let key = |i: usize, at: usize| match i {
        0..MOST_BARE => bare::key_at(text, at),
        _ => String::new(),
    };
    let starts: Vec<usize> = errors.iter().map(|e| e.span().map_or(0, |span| span.start)).collect();
    let (doubled, others): (Vec<_>, Vec<_>) = errors.iter().partition(|e| bare::is_doubled(e));
    let at: Vec<usize> = others.iter().filter_map(|e| Some(e.span()?.start)).collect();
    if errors.len() <= MOST_BARE
        && let Some((other, words)) = bare::without(text, &at)
        && let (table, left) = DeTable::parse_recoverable(&other)
        && left.iter().all(bare::is_doubled)
    {
        let (mut found, mut inner) = (Complaints::new(), Vec::new());
        let places = doubled.iter().filter_map(|e| e.span());
        inner.extend(places.map(|place| bare::doubled(span_of(document, &place), text)));
        for (i, word) in words.iter().enumerate() {
            let of = errors.iter().zip(&starts).find(|(_, start)| word.contains(start));
            let message = of.map_or("", |(error, _)| error.message());
            let span = span_of(document, word);
            let key = key(i, word.start);
            inner.push(bare::complaint(span, &key, &text[word.clone()], message));
        }
        let (complaints, bare_here) = (&mut found, &mut inner);
        let mut toml = Toml { document, text, words, met: 0, complaints, bare: bare_here };
        // Inside a text or a comment no value stands: then the mistake is another one.
        if let Some(table) = toml.table(table.into_inner(), 0)
            && toml.met == toml.words.len()
        {
            bare.append(&mut inner);
            return Some(Node { value: Value::Table(table), span: whole });
        }
    }
    for (i, error) in errors.iter().enumerate() {
        let range = error.span().unwrap_or(0..0);
        let key = key(i, range.start);
        let message = error.message().trim_end();
        complaints.add(Complaint::new(span_of(document, &range), key, message, ""));
    }
    None
}

fn span_of(document: u32, range: &Range<usize>) -> Span {
    Span { document, start: range.start as u32, end: range.end as u32 }
}

/// Makes a tree of what the parser of TOML gives.
struct Toml<'t> {
    document: u32,
    text: &'t str,
    /// Where words stand that are no values.
    words: Vec<Range<usize>>,
    /// How many of them were met as values.
    met: usize,
    complaints: &'t mut Complaints,
    bare: &'t mut Vec<Complaint>,
}

impl Toml<'_> {
    fn table(&mut self, table: DeTable<'_>, depth: usize) -> Option<Table> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let key_span = span_of(self.document, &key.span());
            let range = value.span();
            let node = self.node(value.into_inner(), range, depth + 1)?;
            entries.push(Entry { key: key.into_inner().into_owned(), key_span, node });
        }
        entries.sort_by_key(|e| e.key_span);
        Some(Table { entries, ..Table::default() })
    }

    fn node(&mut self, value: DeValue<'_>, range: Range<usize>, depth: usize) -> Option<Node> {
        let span = span_of(self.document, &range);
        if depth > MAX_DEPTH {
            self.complaints.add(Complaint::syntax(span, "nested too deeply"));
            return None;
        }
        let bare = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or("").to_string();
        if let Some(word) = self.words.iter().find(|w| w.start == range.start) {
            let (span, value) = (span_of(self.document, word), Value::Bare(bare(word)));
            self.met += 1;
            return Some(Node { value, span });
        }
        let value = match value {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
                Ok(n) => Value::Integer(n),
                Err(_) => {
                    let found = "this whole number is too large";
                    if self.bare.len() >= MOST_BARE {
                        self.complaints.add(Complaint::syntax(span, found));
                        return None;
                    }
                    let key = bare::key_at(self.text, range.start);
                    self.bare.push(Complaint::new(span, key, found, ""));
                    Value::Bare(bare(&range))
                }
            },
            DeValue::Float(x) => Value::Float(x.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(b) => Value::Bool(b),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Array(items) => {
                let mut nodes = Vec::with_capacity(items.len());
                for item in items {
                    let range = item.span();
                    nodes.push(self.node(item.into_inner(), range, depth + 1)?);
                }
                Value::Array(nodes)
            }
            DeValue::Table(table) => Value::Table(self.table(table, depth)?),
        };
        Some(Node { value, span })
    }
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
            Some("a.toml:2:5: `b`: extra `=`, expected nothing")
        );
        assert_eq!(
            tree("a.json", "{ \"a\": 1,\n  \"a\": 2 }").unwrap_err(),
            "a.json:2:3: `a`: duplicate key (leave one of them out)\n"
        );
        // What looks like a value inside a text is none.
        let said = tree("a.toml", "a = \"x, y\\z\"\n").unwrap_err();
        assert!(said.contains("escape") && !said.contains("quotes:"), "{said}");
        let many = "a = [".to_string() + &"5s,".repeat(1000) + "]";
        assert_eq!(tree("a.toml", &many).unwrap_err().lines().count(), 1000);
        let deep = format!("a = {}1{}", "[".repeat(60), "]".repeat(60));
        assert!(tree("a.toml", &deep).unwrap_err().contains("nested too deeply"));
        let deep = format!("{{\"a\": {}1{} }}", "[".repeat(60), "]".repeat(60));
        assert!(tree("a.json", &deep).unwrap_err().contains("nested too deeply"));
        let list = tree("a.json", "[{ \"type\": \"x\" }]").unwrap_err();
        assert!(list.contains("expected an object") && list.contains("fleetsim import az FILE"));
        assert!(!tree("a.json", "5").unwrap_err().contains("import"));
        assert!(tree("a.toml", "a = 99999999999999999999").unwrap_err().contains("too large"));
    }
}
