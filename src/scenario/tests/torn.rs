//! Torn, swapped and absurd input: complaints, never a panic.

use super::*;
use serde_json::Value as Json;

/// A small generator of its own, so that every run tears the same texts.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

const BITS: [&str; 24] = [
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    "\n",
    "#",
    ",",
    "-",
    "1",
    "9e99",
    "\u{0}",
    "\u{1b}[31m",
    "\u{202e}",
    "nan",
    "inf",
    "\"\"\"",
    "é",
    "[[servers]]\n",
    "fault.",
    "P(",
];

fn survives(name: &str, text: &str) {
    if let Err(complaints) = parse(name, text, None, &[]) {
        assert!(!complaints.is_empty());
        let shown = complaints.render(false) + &complaints.lines();
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}

#[test]
fn torn_text_never_panics() {
    let json = serde_json::to_string_pretty(&valid(EXAMPLE, &[]).effective).expect("JSON");
    let mut draw = Draw(7);
    for i in 0..6_000 {
        let (name, whole) =
            if i % 3 == 0 { ("s.json", json.as_str()) } else { ("s.toml", EXAMPLE) };
        let mut text: Vec<char> = whole.chars().collect();
        for _ in 0..1 + draw.below(4) {
            let at = draw.below(text.len());
            match draw.below(4) {
                0 => drop(text.drain(at..(at + draw.below(30)).min(text.len()))),
                1 => drop(text.splice(at..at, BITS[draw.below(BITS.len())].chars())),
                2 => {
                    let other = draw.below(text.len());
                    text.swap(at, other);
                }
                _ => text.truncate(text.len() - draw.below(text.len() / 4)),
            }
        }
        survives(name, &text.into_iter().collect::<String>());
    }
}

/// Calls `with` on the tree with each leaf and each table in turn replaced by `value`.
fn replace_each(tree: &Json, value: &Json, with: &mut dyn FnMut(&Json)) {
    fn walk(root: &mut Json, path: &mut Vec<String>, value: &Json, with: &mut dyn FnMut(&Json)) {
        let pointer: String = path.iter().map(|p| format!("/{}", p.replace('/', "~1"))).collect();
        let Some(here) = root.pointer_mut(&pointer) else { return };
        let keys: Vec<String> = match here {
            Json::Object(map) => map.keys().cloned().collect(),
            Json::Array(items) => (0..items.len().min(3)).map(|i| i.to_string()).collect(),
            _ => Vec::new(),
        };
        let old = std::mem::replace(here, value.clone());
        with(root);
        if let Some(here) = root.pointer_mut(&pointer) {
            *here = old;
        }
        for key in keys {
            path.push(key);
            walk(root, path, value, with);
            path.pop();
        }
    }
    walk(&mut tree.clone(), &mut Vec::new(), value, with);
}

#[test]
fn absurd_values_never_panic() {
    let tree = valid(EXAMPLE, &[]).effective;
    let values = r#"[null, true, -1, 0, 1e308, 9223372036854775807, -9223372036854775808, "", "💥",
        "99999999999999y", "1e-300s", "0s", "0/y", "1e300%", "0%", "100%", "off", [], {}, [[]], [{}],
        {"mean": "1s"}, {"exponential": {"mean": "0s"}}, "9999-12-31", "0B", "1e18B", "1e300B/s"]"#;
    let values: Vec<Json> = serde_json::from_str(values).expect("JSON");
    for value in &values {
        replace_each(&tree, value, &mut |tree| survives("s.json", &tree.to_string()));
    }
}

#[test]
fn absurd_overrides_never_panic() {
    for path in
        ["name", "servers", "servers.1", "servers.orders.storage.size", "expect.1.that", "a.b.c.d"]
    {
        for value in ["", "=", "\"", "[", "{", "1\nseed = 2", "\u{1b}", "nan", "{ a = 1 }", "💥"]
        {
            let change = Override { path: path.to_string(), value: value.to_string() };
            if let Err(complaints) = parse("s.toml", EXAMPLE, None, &[change]) {
                assert!(!complaints.render(true).is_empty());
            }
        }
    }
}
