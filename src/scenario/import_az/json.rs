//! A JSON tree that borrows its text and finds keys whatever their spelling.
//!
//! Files of tens of megabytes are read into it, so objects are plain lists of pairs.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Clone, Debug)]
pub enum Node<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number. Sizes and counts are far below 2^53.
    Number(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Node<'a>>),
    /// An object, in the order of the file.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The value of `key` in an object: that key, else the first that is the same but for case and
    /// punctuation (`storageSizeGB`, `StorageSizeGb`, `storage_size_gb`).
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        let Node::Object(entries) = self else { return None };
        let mut similar = None;
        for (name, value) in entries {
            if name == key {
                return Some(value);
            }
            if similar.is_none() && same_key(name, key) {
                similar = Some(value);
            }
        }
        similar
    }

    /// The value at a path of keys joined with dots.
    pub fn at(&self, path: &str) -> Option<&Node<'a>> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// The elements of an array.
    pub fn list(&self) -> Option<&[Node<'a>]> {
        if let Node::List(items) = self { Some(items) } else { None }
    }

    /// The text of a string, number or boolean; none if it is empty or blank.
    pub fn scalar(&self) -> Option<String> {
        match self {
            Node::Text(text) if text.trim().is_empty() => None,
            Node::Text(text) => Some(text.trim().to_owned()),
            Node::Number(number) => Some(number.to_string()),
            Node::Bool(flag) => Some(flag.to_string()),
            Node::Null | Node::List(_) | Node::Object(_) => None,
        }
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self, Node::Object(_))
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Null => "null",
            Node::Bool(_) => "a boolean",
            Node::Number(_) => "a number",
            Node::Text(_) => "a string",
            Node::List(_) => "an array",
            Node::Object(_) => "an object",
        }
    }
}

/// Whether two keys are the same but for case and punctuation.
fn same_key(a: &str, b: &str) -> bool {
    let spelled = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let mut left = a.bytes().filter(spelled);
    let mut right = b.bytes().filter(spelled);
    loop {
        match (left.next(), right.next()) {
            (None, None) => return !a.is_empty(),
            (Some(x), Some(y)) if x.eq_ignore_ascii_case(&y) => {}
            _ => return false,
        }
    }
}

/// A string of the file: borrowed unless it has escapes.
struct Piece<'a>(Cow<'a, str>);

struct PieceVisitor;

impl<'de> Visitor<'de> for PieceVisitor {
    type Value = Piece<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Piece<'de>, E> {
        Ok(Piece(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Piece<'de>, E> {
        Ok(Piece(Cow::Owned(text.to_owned())))
    }
}

impl<'de> Deserialize<'de> for Piece<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(PieceVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Node<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Node<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some((Piece(key), value)) = from.next_entry()? {
            entries.push((key, value));
        }
        Ok(Node::Object(entries))
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NodeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_whatever_their_spelling() {
        let text = r#"{"Storage_Size-gb": 1, "name": "a\n", "NAME": "b", "x": {"Y": [true]}}"#;
        let node: Node = serde_json::from_str(text).unwrap();
        assert_eq!(node.get("storageSizeGB").and_then(Node::scalar).as_deref(), Some("1"));
        assert_eq!(node.get("NAME").and_then(Node::scalar).as_deref(), Some("b"));
        assert_eq!(node.get("Name").and_then(Node::scalar).as_deref(), Some("a"));
        assert_eq!(node.at("X.y").and_then(Node::list).map(<[Node]>::len), Some(1));
        assert!(node.at("x.y.z").is_none());
    }
}
