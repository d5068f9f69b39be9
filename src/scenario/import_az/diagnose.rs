//! Recognises what was handed over instead of a list of servers, and says how to get one.

use super::json::Node;
use super::text::position;
use super::{EXPECTED, HOW_TO_LIST, ImportError, printable};

/// The error of a text that is not JSON, found at byte `at`.
pub fn not_json(name: &str, text: &str, at: usize) -> Box<ImportError> {
    let rest = &text[at.min(text.len())..];
    let first = rest.lines().next().unwrap_or("");
    let words = printable(first);
    let second = rest.lines().nth(1).unwrap_or("");
    let (found, hint) = if text.trim().is_empty() {
        let hint = format!("the command that wrote it may have failed; {HOW_TO_LIST}");
        ("an empty file".to_owned(), hint)
    } else if first.starts_with('<') {
        let hint = "a sign-in or error page, or the wrong address? Call the API with a token \
                    (`az rest` does)";
        (format!("a web page or XML: {words}"), hint.to_owned())
    } else if first.starts_with("ERROR") || first.starts_with("az: ") || first.contains("Traceback")
    {
        (
            format!("an error message of the command line tool: {words}"),
            "solve that error, then list the servers again".to_owned(),
        )
    } else if first.starts_with(['}', ']', '"', ':']) {
        let hint = "a piece of the file is missing before this place, or too much was copied";
        (format!("a stray piece of JSON: {words}"), hint.to_owned())
    } else if first.starts_with("PK\u{3}") {
        ("a compressed file".to_owned(), "unpack it first".to_owned())
    } else if second.trim_start().starts_with("---") || first.contains("   ") {
        (format!("a table: {words}"), format!("`-o table` cannot be imported; {HOW_TO_LIST}"))
    } else if first.contains('\t') || first.matches(',').count() > 1 {
        let hint = format!("`-o tsv` and CSV exports cannot be imported; {HOW_TO_LIST}");
        (format!("comma or tab separated values: {words}"), hint)
    } else if first.starts_with("- ") || first.starts_with("---") || first.contains(": ") {
        (format!("YAML or plain text: {words}"), HOW_TO_LIST.to_owned())
    } else if first.starts_with("resource ") || first.starts_with("terraform") {
        (format!("Terraform or Bicep source: {words}"), HOW_TO_LIST.to_owned())
    } else if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        let hint = format!("did a --query match nothing? {HOW_TO_LIST}");
        (format!("JSON without a list: {words}"), hint)
    } else {
        (format!("text that is not JSON: {words}"), HOW_TO_LIST.to_owned())
    };
    let (line, column) = position(text, at.min(text.len()));
    error(name, Some((line, column)), found, hint)
}

/// The error of a document that starts at byte `at` and is not correct JSON.
pub fn broken_json(
    name: &str,
    text: &str,
    at: usize,
    error: &serde_json::Error,
) -> Box<ImportError> {
    let (first_line, first_column) = position(text, at);
    let line = first_line + error.line().saturating_sub(1);
    // serde_json counts bytes; a column is counted in characters.
    let line_start = if error.line() <= 1 { at } else { start_of_line(text, line) };
    let wanted = line_start + error.column().saturating_sub(1);
    let offset = (line_start..=wanted.min(text.len())).rev().find(|&o| text.is_char_boundary(o));
    let column = match offset {
        Some(offset) => text[line_start..offset].chars().count() + 1,
        None => 1,
    };
    let column = if error.line() <= 1 { first_column + column - 1 } else { column };
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or("a mistake");
    let here = offset.map_or("", |offset| text[offset..].lines().next().unwrap_or(""));
    let (found, hint) = if error.is_eof() {
        let hint = "the file is cut off: was the copy or download complete?";
        ("the end of the file inside a JSON value".to_owned(), hint.to_owned())
    } else if what.contains("recursion limit") {
        let hint = format!("no list of servers is nested like this; {HOW_TO_LIST}");
        ("JSON nested deeper than 127 levels".to_owned(), hint)
    } else {
        let place =
            if here.is_empty() { "the end of the line".to_owned() } else { printable(here) };
        let hint = "was the file edited by hand, or are two files mixed? List the servers again";
        (format!("a mistake in the JSON ({what}) at: {place}"), hint.to_owned())
    };
    self::error(name, Some((line, column)), found, hint)
}

fn start_of_line(text: &str, line: usize) -> usize {
    let newlines = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
    newlines.map(|(offset, _)| offset + 1).nth(line.saturating_sub(2)).unwrap_or(text.len())
}

/// The error of a document that is correct JSON, holds no server and is known for something else.
pub fn other_document(name: &str, line: usize, node: &Node) -> Option<Box<ImportError>> {
    let (found, hint) = if let Some(failure) = node.get("error").filter(|e| e.is_object()) {
        let part = |key| failure.get(key).and_then(Node::scalar).unwrap_or_default();
        let what = printable(&format!("{}: {}", part("code"), part("message")));
        (
            format!("an error that the service answered: {what}"),
            "solve that error, then list the servers again".to_owned(),
        )
    } else if node.get("terraform_version").is_some() || node.get("lineage").is_some() {
        ("a Terraform state or plan".to_owned(), HOW_TO_LIST.to_owned())
    } else if node.get("$schema").is_some() && node.get("resources").is_some() {
        let hint = format!("a template says what should be, not what is; {HOW_TO_LIST}");
        ("a deployment template".to_owned(), hint)
    } else if node.get("swagger").is_some() || node.get("openapi").is_some() {
        ("an API description".to_owned(), HOW_TO_LIST.to_owned())
    } else {
        return None;
    };
    Some(error(name, Some((line, 1)), found, hint))
}

/// The error of a document in which nothing looks like a server.
pub fn no_server(name: &str, line: usize, node: &Node) -> Box<ImportError> {
    let found = match node {
        Node::Object(entries) if entries.is_empty() => "an empty object".to_owned(),
        Node::Object(entries) => {
            let keys: Vec<String> = entries.iter().take(4).map(|(key, _)| printable(key)).collect();
            format!(
                "an object that is no server and no list of servers; it has {}",
                keys.join(", ")
            )
        }
        other => format!("{} that holds no server", other.kind()),
    };
    error(name, Some((line, 1)), found, HOW_TO_LIST.to_owned())
}

fn error(name: &str, at: Option<(usize, usize)>, found: String, hint: String) -> Box<ImportError> {
    Box::new(ImportError {
        file: printable(name),
        line: at.map(|(line, _)| line),
        column: at.map(|(_, column)| column),
        found,
        expected: EXPECTED.to_owned(),
        hint,
    })
}
