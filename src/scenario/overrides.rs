//! `--set key=value`: one knob by its path, as a typed change of the tree. `--seed` and `--replications`
//! are such changes too.
//!
//! Sweeps and comparisons use the same function, so that a point of a sweep costs no reading.

use super::decode::EXCLUSIVE;
use super::error::{Complaint, Complaints};
use super::fields::TOP;
use super::overlap::{Overlap, replaced};
use super::print;
use super::profile::Profile;
use super::reader::{any, nearest};
use super::syntax::{self, Documents, Entry, Node, Span, Table, Value};
use std::str::FromStr;

/// A change of one value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Override {
    /// Dotted path: `standby.detection`, `servers.orders.count`, `region.eastus2.spare`; or the option
    /// that stands for one, `--seed` or `--replications`.
    pub path: String,
    /// The value as TOML; what is none is taken as text, so that quotes may be left out.
    pub value: String,
}

/// Options with the path that each stands for.
const OPTIONS: [(&str, &str); 2] = [("--seed", "seed"), ("--replications", "replications.count")];

/// The name of the text of a change by path.
const SET: &str = "--set";

impl Override {
    /// What `--seed` asks for.
    pub fn seed(seed: u64) -> Override {
        Override { path: "--seed".to_string(), value: seed.to_string() }
    }

    /// What `--replications` asks for: a count, also in the place of a precision.
    pub fn replications(count: u32) -> Override {
        Override { path: "--replications".to_string(), value: count.to_string() }
    }
}

/// What stands between several changes in one text.
pub const BETWEEN_CHANGES: &str = "; ";

impl Override {
    /// The changes of a text: `KEY=VALUE`, or several with `;` between them. What stands behind a `;` begins
    /// another change only where a path from the top of a scenario and a `=` follow.
    pub fn all(text: &str) -> Result<Vec<Override>, String> {
        let (mut changes, mut start) = (Vec::new(), 0);
        // Quotes of a value; a name in a path may have an apostrophe.
        let (mut quote, mut in_value) = (None, false);
        for (at, c) in text.char_indices() {
            match (c, quote) {
                ('=', _) if !in_value => in_value = true,
                ('"' | '\'', None) if in_value => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (';', None) if in_value && begins_a_change(&text[at + 1..]) => {
                    changes.push(text[start..at].parse()?);
                    (start, in_value) = (at + 1, false);
                }
                _ => {}
            }
        }
        changes.push(text[start..].parse()?);
        Ok(changes)
    }

    /// As it stands on the command line.
    pub fn words(&self) -> String {
        match option(&self.path) {
            Some((option, _)) => format!("{option} {}", self.value),
            None => format!("--set {}={}", self.path, self.value),
        }
    }

    /// Whether nothing is left of it once a value inside of it is set.
    pub(super) fn gives_way(&self) -> bool {
        let node = read(&mut Documents::default(), self);
        !matches!(node.value, Value::Table(_)) && self.path.rsplit('.').next() != Some("storage")
    }
}

/// Changes that nothing is left of, each with the one that is made after it, and what that one does.
pub fn changed_again(changes: &[Override]) -> Vec<(&Override, &Override, &'static str)> {
    fn key(change: &Override) -> &str {
        option(&change.path).map_or(change.path.as_str(), |(_, path)| path)
    }
    let gone = |first: &Override, last: &Override| match Overlap::of(key(last), key(first))? {
        Overlap::Same => Some("is about the same"),
        Overlap::Inside if !first.gives_way() => None,
        overlap => Some(overlap.words()),
    };
    let last = |at: usize| {
        let after = changes[at + 1..].iter().rev();
        after.filter_map(|c| Some((&changes[at], c, gone(&changes[at], c)?))).next()
    };
    (0..changes.len()).filter_map(last).collect()
}

/// The option and its path, if it is one that stands for a path.
fn option(path: &str) -> Option<(&'static str, &'static str)> {
    OPTIONS.into_iter().find(|(option, _)| *option == path)
}

impl FromStr for Override {
    type Err = String;
    fn from_str(text: &str) -> Result<Override, String> {
        let (path, value) = text
            .split_once('=')
            .ok_or_else(|| format!("expected KEY=VALUE, as in duration=1y, found {text:?}"))?;
        let (path, value) = (path.trim(), value.trim());
        if path.starts_with('-') || path.split('.').any(str::is_empty) {
            return Err(format!("expected a key such as standby.detection, found {path:?}"));
        }
        Ok(Override { path: path.to_string(), value: value.to_string() })
    }
}

/// Whether a text begins with a path from the top of a scenario, and a value follows.
fn begins_a_change(text: &str) -> bool {
    let first = text.split_once('=').map(|(path, _)| path.split('.').next().unwrap_or("").trim());
    first.is_some_and(|first| TOP.iter().any(|field| field.name == first))
}

/// Arrays whose items have names, and the key of the name.
const NAMED: [(&str, &str); 5] =
    [("servers", "group"), ("region", "name"), ("service", "name"), ("inject", ""), ("expect", "")];

/// The value of an override as a tree that points into a document of its own.
pub fn read(documents: &mut Documents, change: &Override) -> Node {
    let (document, at) = match option(&change.path) {
        Some((option, _)) => (documents.add(option, &change.value), 0),
        None => {
            let text = format!("{}={}", change.path, change.value);
            (documents.add(SET, &text), change.path.len() as u32 + 1)
        }
    };
    let span = Span { document, start: at, end: at + change.value.len() as u32 };
    let mut scratch = Documents::default();
    let text = scratch.add("value.toml", &format!("v = {}", change.value));
    let parsed = syntax::parse(&scratch, text, &mut Complaints::new());
    let value = parsed.and_then(|node| match node.value {
        Value::Table(mut table) if table.entries.len() == 1 => {
            table.entries.pop().filter(|e| e.key == "v").map(|e| e.node)
        }
        _ => None,
    });
    match value {
        Some(mut node) => {
            shift(&mut node, document, at);
            node
        }
        None => Node { value: Value::String(change.value.clone()), span },
    }
}

/// Whether a mistake is about the path of a change, not about its value.
pub(super) fn is_of_key(complaint: &Complaint, path: &str) -> bool {
    complaint.file == SET && (complaint.span.end as usize) <= path.len()
}

/// Moves spans of `v = VALUE` to the place of `VALUE` in the document.
fn shift(node: &mut Node, document: u32, at: u32) {
    let moved = |span: Span| Span {
        document,
        start: (span.start + at).saturating_sub(4),
        end: (span.end + at).saturating_sub(4),
    };
    node.span = moved(node.span);
    match &mut node.value {
        Value::Table(table) => {
            for entry in &mut table.entries {
                entry.key_span = moved(entry.key_span);
                shift(&mut entry.node, document, at);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, document, at)),
        _ => {}
    }
}

/// Sets the value of a path in a scenario's tree. A value of the profile that is changed in part is
/// copied first; of two keys that exclude each other the other one goes.
pub fn apply_override(
    root: &mut Table,
    profile: Option<&Profile>,
    path: &str,
    node: Node,
) -> Result<(), Box<Complaint>> {
    // The path stands before the value; an option stands for one that nobody wrote.
    let mut span = Span { start: 0, end: path.len() as u32, ..node.span };
    let path = match option(path) {
        None => path,
        Some((_, path)) => {
            span = node.span;
            path
        }
    };
    for gone in replaced(path) {
        remove(root, gone);
    }
    let wrong =
        |found: String, expected: String| Box::new(Complaint::new(span, path, found, expected));
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let named = NAMED.iter().find(|(array, _)| *array == first);
    let (table, rest) = match (named, rest) {
        (Some((_, name_key)), "") => {
            let which = if name_key.is_empty() { "NUMBER" } else { "NAME" };
            let complaint = wrong(format!("`{first}`"), format!("`{first}.{which}.KEY`"));
            let items = root.get(first).and_then(Node::as_array).unwrap_or_default();
            let name = names(items, name_key).into_iter().find(|name| !name.is_empty());
            return Err(Box::new(match name {
                Some(name) => complaint.hint(format!("as in `{first}.{name}.KEY`")),
                None => complaint.hint(format!("they count from 1, as in `{first}.1.KEY`")),
            }));
        }
        (Some((array, name_key)), rest) => item(root, array, name_key, rest, &wrong)?,
        (None, _) => {
            let fallback = profile.map(|p| &p.values);
            return set(root, fallback, path, span, node);
        }
    };
    if rest.is_empty() {
        return Err(wrong(format!("`{path}`"), format!("`{path}.KEY`")));
    }
    set(table, None, rest, span, node)
}

/// The item of an array that a path begins with, and what follows. The longest name wins; a number
/// counts from 1.
fn item<'t, 'p>(
    root: &'t mut Table,
    array: &str,
    name_key: &str,
    rest: &'p str,
    wrong: &impl Fn(String, String) -> Box<Complaint>,
) -> Result<(&'t mut Table, &'p str), Box<Complaint>> {
    let none = || wrong(format!("no [[{array}]]"), format!("a scenario with [[{array}]]"));
    let entry = root.entries.iter_mut().find(|e| e.key == array).ok_or_else(none)?;
    let Value::Array(items) = &mut entry.node.value else { return Err(none()) };
    let Some((i, rest)) = which(items, name_key, rest) else {
        let head = rest.split('.').next().unwrap_or("");
        let names = names(items, name_key);
        let known: Vec<&str> = names.into_iter().filter(|n| !n.is_empty()).collect();
        let expected = match known.len() {
            0 if items.len() == 1 => "`1`: there is one".to_string(),
            0 => format!("a number from 1 to {}", items.len()),
            _ => any(&known),
        };
        let complaint = wrong(format!("`{head}`"), expected);
        return Err(Box::new(complaint.hint(match (nearest(head, &known), known.first()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(name)) => {
                let key = rest.rsplit('.').next().unwrap_or("KEY");
                let why = match head == key {
                    true => "the name stands before the key".to_string(),
                    false => format!("no [[{array}]] has that name"),
                };
                format!("{why}; as in `{array}.{name}.{key}`")
            }
            (None, None) => format!("they count from 1, as in `{array}.1.KEY`"),
        })));
    };
    match &mut items[i].value {
        Value::Table(table) => Ok((table, rest)),
        _ => Err(none()),
    }
}

/// Names of items; empty where one has none.
fn names<'i>(items: &'i [Node], name_key: &str) -> Vec<&'i str> {
    items.iter().map(|n| n.as_table().and_then(|t| t.text(name_key)).unwrap_or("")).collect()
}

/// The index of the item that a path begins with, and what follows.
fn which<'p>(items: &[Node], name_key: &str, rest: &'p str) -> Option<(usize, &'p str)> {
    let names = names(items, name_key);
    let after = |name: &str| {
        let rest = rest.strip_prefix(name)?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('.') }
    };
    let by_name = (0..names.len())
        .filter(|&i| !names[i].is_empty() && after(names[i]).is_some())
        .max_by_key(|&i| names[i].len());
    let head = rest.split('.').next().unwrap_or("");
    let by_number = || head.parse::<usize>().ok()?.checked_sub(1).filter(|&i| i < items.len());
    let i = by_name.or_else(by_number)?;
    let name = if by_name.is_some() { names[i] } else { head };
    Some((i, after(name).unwrap_or("")))
}

/// A region that a change gives another name: the name that it had, before any change.
pub(super) fn renamed<'r>(root: &'r Table, change: &Override) -> Option<&'r str> {
    let path = numbered(root, &change.path);
    let number = path.strip_prefix("region.")?.strip_suffix(".name")?.parse::<usize>().ok()?;
    root.get("region")?.as_array()?.get(number.checked_sub(1)?)?.as_table()?.text("name")
}

/// A path with the numbers of items instead of their names, so that one value has one path.
pub(super) fn numbered(root: &Table, path: &str) -> String {
    let path = option(path).map_or(path, |(_, path)| path);
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let named = NAMED.iter().find(|(array, _)| *array == first);
    let items = named.and_then(|(array, name_key)| Some((root.get(array)?.as_array()?, name_key)));
    match items.and_then(|(items, name_key)| which(items, name_key, rest)) {
        Some((i, "")) => format!("{first}.{}", i + 1),
        Some((i, rest)) => format!("{first}.{}.{rest}", i + 1),
        None => path.to_string(),
    }
}

fn set(
    mut table: &mut Table,
    mut fallback: Option<&Table>,
    path: &str,
    at: Span,
    node: Node,
) -> Result<(), Box<Complaint>> {
    let steps: Vec<&str> = path.split('.').collect();
    let Some((last, steps)) = steps.split_last() else { return Ok(()) };
    for step in steps {
        let known = fallback.and_then(|t| t.get(step));
        if table.get(step).is_none() {
            let inherited = known.filter(|_| is_law(known));
            let empty = Node { value: Value::Table(Table::default()), span: node.span };
            put(table, step, at, inherited.cloned().unwrap_or(empty));
        }
        fallback = known.and_then(Node::as_table);
        let Some(entry) = table.entries.iter_mut().find(|e| e.key == *step) else { return Ok(()) };
        if let Value::Array(_) = entry.node.value {
            let found = format!("a list, `{}`", print::compact(&entry.node));
            let complaint = Complaint::new(at, path, found, "a path that ends before it");
            return Err(Box::new(complaint));
        }
        if !matches!(entry.node.value, Value::Table(_)) {
            let mut table = Table::default();
            if *step == "storage" {
                table.set("size", entry.node.clone());
            }
            entry.node = Node { value: Value::Table(table), span: node.span };
        }
        match &mut entry.node.value {
            Value::Table(inner) => table = inner,
            _ => return Ok(()),
        }
    }
    for (a, b) in EXCLUSIVE {
        if *last == a {
            table.remove(b);
        } else if *last == b {
            table.remove(a);
        }
    }
    put(table, last, at, node);
    Ok(())
}

/// Takes the value of a path away, if it is there.
fn remove(root: &mut Table, path: &str) {
    match path.split_once('.') {
        Some((first, rest)) => {
            if let Some(table) = root.table_mut(first) {
                remove(table, rest);
            }
        }
        None => {
            root.remove(path);
        }
    }
}

/// Puts a value in the place of a key; a new key stands where the path of the change does.
fn put(table: &mut Table, key: &str, at: Span, node: Node) {
    match table.entries.iter_mut().find(|e| e.key == key) {
        Some(entry) => entry.node = node,
        None => table.entries.push(Entry { key: key.to_string(), key_span: at, node }),
    }
}

/// Whether a table is a law, of which a part may be changed.
fn is_law(node: Option<&Node>) -> bool {
    let table = node.and_then(Node::as_table);
    table.is_some_and(|t| {
        t.entries.len() == 1 && super::laws::LAWS.iter().any(|(name, _)| *name == t.entries[0].key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(text: &str, changes: &[&str]) -> Result<String, String> {
        apply_all(text, changes.iter().map(|c| c.parse()).collect::<Result<_, _>>()?)
    }

    fn apply_all(text: &str, changes: Vec<Override>) -> Result<String, String> {
        let mut documents = Documents::default();
        let document = documents.add("s.toml", text);
        let mut root = syntax::parse(&documents, document, &mut Complaints::new()).expect("valid");
        let Value::Table(table) = &mut root.value else { panic!("a table") };
        for change in changes {
            let node = read(&mut documents, &change);
            let profile = super::super::profile::load("azure-flexible-2026").map(|p| &p.0);
            apply_override(table, profile, &change.path, node).map_err(|c| c.message())?;
        }
        Ok(print::compact(&root))
    }

    #[test]
    fn paths_reach_tables_named_items_and_parts_of_laws() {
        let text = "[[servers]]\ngroup = 'a'\nstorage = '1GiB'\n[[servers]]\ngroup = 'a.b'\n\
                    [fault.x]\nevery = '1d'\n";
        let changed = apply(
            text,
            &[
                "servers.a.count=5",
                "servers.a.b.count=6",
                "servers.1.storage.seal=2s",
                "fault.x.rate=1/y",
                "standby.detection.uniform=[\"1s\", \"2s\"]",
                "fault.zone_outage.lasts.lognormal.median=5h",
            ],
        );
        assert_eq!(
            changed.expect("valid"),
            "{ servers = [{ group = \"a\", storage = { size = \"1GiB\", seal = \"2s\" }, count = 5 }, \
             { group = \"a.b\", count = 6 }], fault = { x = { rate = \"1/y\" }, zone_outage = { \
             lasts = { lognormal = { median = \"5h\", sigma = 1.1 } } } }, standby = { detection = { \
             uniform = [\"1s\", \"2s\"] } } }"
        );
    }

    #[test]
    fn a_count_and_a_precision_take_each_others_place() {
        let text = "replications = { precision = { max = 50 }, environment = \"natural\" }";
        let counted = apply_all(text, vec![Override::replications(7), Override::seed(3)]);
        assert_eq!(
            counted.expect("valid"),
            "{ replications = { environment = \"natural\", count = 7 }, seed = 3 }"
        );
        let set = apply(text, &["replications.count=7"]).expect("valid");
        assert_eq!(set, "{ replications = { environment = \"natural\", count = 7 } }");
        let precision = "replications.precision={ metric = 'mtbf', half_width = '1h' }";
        let counted = "replications = { count = 200 }";
        let said = "{ replications = { precision = { metric = \"mtbf\", half_width = \"1h\" } } }";
        assert_eq!(apply(counted, &[precision]).expect("valid"), said);
        let relative = "replications.precision.relative_half_width=5%";
        assert_eq!(
            apply(counted, &[precision, relative]).expect("valid"),
            said.replace("half_width = \"1h\"", "relative_half_width = \"5%\"")
        );
        assert!(apply(text, &["--seed=7"]).unwrap_err().contains("expected a key"));
    }

    #[test]
    fn changes_of_which_nothing_is_left_are_known() {
        let lost = |texts: &[&str]| -> Vec<String> {
            let all: Vec<Override> = texts.iter().map(|t| t.parse().expect("a change")).collect();
            let lost = changed_again(&all);
            lost.iter().map(|(a, b, how)| format!("{}: {} {how}", a.path, b.path)).collect()
        };
        let precision = "replications.precision={ metric = 'mtbf', half_width = '1h' }";
        for (changes, said) in [
            (["seed=1", "seed=2"], "seed: seed is about the same"),
            (
                ["replications.count=9", precision],
                "replications.count: replications.precision takes its place",
            ),
            (
                [precision, "replications.count=9"],
                "replications.precision: replications.count takes its place",
            ),
            (
                ["standby.detection.uniform=['1s', '2s']", "standby.detection=9s"],
                "standby.detection.uniform: standby.detection holds it",
            ),
            (["fault.x=off", "fault.x.rate=1/y"], "fault.x: fault.x.rate is a part of it"),
            ([precision, "replications.precision.max=9"], ""),
            (["servers.a.count=9", "servers.b.count=9"], ""),
            (["servers.a.storage=1TiB", "servers.a.storage.seal=2s"], ""),
        ] {
            assert_eq!(lost(&changes).concat(), said, "{changes:?}");
        }
    }

    #[test]
    fn a_path_has_numbers_instead_of_names() {
        let text = "[[servers]]\ngroup = 'a'\n[[servers]]\ngroup = 'a.b'\n[[region]]\nname = 'r'\n";
        let mut documents = Documents::default();
        let document = documents.add("s.toml", text);
        let root = syntax::parse(&documents, document, &mut Complaints::new()).expect("valid");
        let root = root.as_table().expect("a table");
        for (path, all) in [
            ("servers.a.count", "servers.1.count"),
            ("servers.a.b.count", "servers.2.count"),
            ("servers.2.count", "servers.2.count"),
            ("region.r.spare", "region.1.spare"),
            ("region.r", "region.1"),
            ("servers.none.count", "servers.none.count"),
            ("standby.detection", "standby.detection"),
            ("--replications", "replications.count"),
        ] {
            assert_eq!(numbered(root, path), all);
        }
    }

    #[test]
    fn several_changes_stand_in_one_text() {
        let paths = |text: &str| {
            let all = Override::all(text).expect(text);
            all.iter().map(|c| format!("{}|{}", c.path, c.value)).collect::<Vec<_>>()
        };
        assert_eq!(
            paths("region.it's.racks=6; servers.a b.count={ x = 'y; seed=3' };seed=1"),
            ["region.it's.racks|6", "servers.a b.count|{ x = 'y; seed=3' }", "seed|1"]
        );
        assert_eq!(paths("title=a; b=c"), ["title|a; b=c"]);
        assert_eq!(paths("title=it's; seed"), ["title|it's; seed"]);
        assert!(Override::all("seed=1; servers..count=2").is_err());
    }

    #[test]
    fn what_is_not_there_is_said() {
        let text = "[[servers]]\ngroup = 'orders'\n";
        assert_eq!(
            apply(text, &["servers.order.count=5"]).unwrap_err(),
            "`servers.order.count`: expected `orders`, found `order`"
        );
        let said = |path: &str| {
            let mut documents = Documents::default();
            let document = documents.add("s.toml", text);
            let mut root = syntax::parse(&documents, document, &mut Complaints::new());
            let table = root.as_mut().map(|root| match &mut root.value {
                Value::Table(table) => std::mem::take(table),
                _ => Table::default(),
            });
            let change = format!("{path}=1").parse().expect("a change");
            let node = read(&mut documents, &change);
            let said = apply_override(&mut table.expect("valid"), None, path, node);
            let mut all = Complaints::new();
            all.add(*said.expect_err(path));
            all.finish(&documents).lines()
        };
        for (path, cure) in [
            ("servers", "as in `servers.orders.KEY`"),
            ("servers.region", "the name stands before the key; as in `servers.orders.region`"),
            ("servers.x.zone", "no [[servers]] has that name; as in `servers.orders.zone`"),
            ("servers.order.zone", "did you mean `orders`?"),
        ] {
            assert!(said(path).contains(cure), "{}", said(path));
        }
        assert!(apply(text, &["region.x.spare=5%"]).unwrap_err().contains("no [[region]]"));
        assert!(apply(text, &["servers.orders=5"]).unwrap_err().contains("servers.orders.KEY"));
        for first in ["expect", "inject"] {
            let said = apply(text, &[&format!("{first}=1")]).unwrap_err();
            assert!(said.contains(&format!("{first}.NUMBER.KEY")), "{said}");
        }
        assert!(apply(text, &["count"]).unwrap_err().contains("KEY=VALUE"));
        assert!(apply(text, &["a..b=1"]).unwrap_err().contains("standby.detection"));
    }
}
