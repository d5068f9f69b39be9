//! Names: of scenarios, regions, groups and services.

use super::error::{Complaint, escape};
use super::reader::{Reader, Trail, any, nearest};
use super::syntax::{Node, Value};

/// Longest name, in characters.
const LONGEST: usize = 100;
/// Longest name of a folder, in bytes: files have 255, of which parts and temporary ones need some.
const LONGEST_FOLDER: usize = 200;
/// What no system or not all of them have in names of files.
const FORBIDDEN: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

impl Reader<'_> {
    /// A name: some text that can stand in tables and on one line.
    pub fn name(&mut self, trail: &Trail<'_>, node: &Node) -> Option<String> {
        let text = self.text(trail, node)?;
        let n = text.chars().count();
        let expected = if n == 0 {
            "a name that is not empty".to_string()
        } else if n > LONGEST {
            format!("a name of at most {LONGEST} characters, not {n}")
        } else if escape(text) != text {
            "a name without control characters".to_string()
        } else if text.trim() != text {
            "a name without blanks at its ends".to_string()
        } else {
            return Some(text.to_string());
        };
        self.expected(trail, node, &expected);
        None
    }

    /// A name that can be a folder on every system.
    pub fn folder_name(&mut self, trail: &Trail<'_>, node: &Node) -> Option<String> {
        let name = self.name(trail, node)?;
        let reserved = |n: &str| {
            let stem = n.split('.').next().unwrap_or(n).to_ascii_uppercase();
            matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
                || (stem.len() == 4
                    && (stem.starts_with("COM") || stem.starts_with("LPT"))
                    && stem.ends_with(|c: char| c.is_ascii_digit()))
        };
        let expected = if name.contains(FORBIDDEN) {
            "a name that can be a folder: no / \\ : * ? \" < > |".to_string()
        } else if name.starts_with('.') || name.ends_with('.') {
            "a name that can be a folder: no dot at its ends".to_string()
        } else if reserved(&name) {
            "a name that can be a folder: Windows keeps this one for a device".to_string()
        } else if name.len() > LONGEST_FOLDER {
            let n = name.len();
            format!("a name of at most {LONGEST_FOLDER} bytes, not {n}, so that it can be a folder")
        } else {
            return Some(name);
        };
        let node = &Node { value: Value::String(name), span: node.span };
        self.expected(trail, node, &expected);
        None
    }

    /// The index of a name in a list, or a complaint with the nearest one.
    pub fn known(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        names: &[String],
        what: &str,
    ) -> Option<usize> {
        let text = self.text(trail, node)?;
        let found = names.iter().position(|n| n == text);
        if found.is_none() {
            let expected = match names.len() {
                0 => format!("{what}, of which there is none"),
                1..=12 => format!("{what}: {}", any(names)),
                n => format!("one of the {n} names of {what}"),
            };
            let complaint =
                Complaint::new(node.span, trail, super::reader::describe(node), expected);
            self.complain(match nearest(text, names) {
                Some(near) => complaint.hint(format!("did you mean \"{near}\"?")),
                None => complaint,
            });
        }
        found
    }
}
