//! Finds the servers in a JSON document, whatever they are wrapped in.
//!
//! Lists of the REST API, answers of Resource Graph (objects or columns and rows), plain arrays,
//! example files of the API's specification, answers of HTTP tools, and single servers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::json::Node;
use super::record::{Kind, Record, read_server};
use super::{ImportError, Input, Note, diagnose, printable, text};

/// Everything found in the inputs so far.
#[derive(Default)]
pub struct Found {
    /// The servers, as often as they appear.
    pub records: Vec<Record>,
    /// Resources of other types: how many of which type.
    pub others: BTreeMap<String, usize>,
    /// Entries of lists that are nothing known: how many in which file.
    unknown: BTreeMap<String, usize>,
    pages: usize,
    pages_with_next: usize,
    rows: usize,
    rows_promised: usize,
    notes: Vec<Note>,
}

/// Wrappers within wrappers that are followed.
const DEEPEST: usize = 8;

/// Adds what an input holds to `found`.
pub fn read(input: &Input, found: &mut Found) -> Result<(), Box<ImportError>> {
    let text = text::decode(input)?;
    for document in text::documents(&input.name, &text, &mut found.notes)? {
        if !found.walk(&document.node, &input.name, 0, false) {
            let known = diagnose::other_document(&input.name, document.line, &document.node);
            return Err(known.unwrap_or_else(|| {
                diagnose::no_server(&input.name, document.line, &document.node)
            }));
        }
    }
    Ok(())
}

impl Found {
    /// Takes in a document or a part of one; whether it was a resource or a list of them.
    fn walk(&mut self, node: &Node, file: &str, depth: usize, listed: bool) -> bool {
        if depth > DEEPEST {
            return false;
        }
        if let Some(items) = node.list() {
            return self.walk_list(items, file, depth);
        }
        if !node.is_object() {
            return false;
        }
        if let Some(resource_type) = type_of(node) {
            match kind_of(&resource_type) {
                Some(kind) => self.records.push(read_server(node, kind, file)),
                None => *self.others.entry(printable(&resource_type)).or_default() += 1,
            }
            return true;
        }
        if let Some(answers) = node.get("responses").filter(|n| n.is_object()) {
            return answer_body(answers)
                .is_some_and(|body| self.walk(body, file, depth + 1, false));
        }
        for wrapper in ["value", "data"] {
            let Some(inside) = node.get(wrapper) else { continue };
            if let Some(items) = inside.list() {
                self.count_page(node, items.len());
                return self.walk_list(items, file, depth);
            }
            if let Some(rows) = inside.get("rows").and_then(Node::list) {
                self.count_page(node, rows.len());
                return self.walk_list(&objects_of(inside, rows), file, depth);
            }
        }
        if let Some(body) = node.get("body").filter(|n| n.is_object()) {
            return self.walk(body, file, depth + 1, false);
        }
        if let Some(Node::Text(content)) = node.get("content")
            && let Ok(body) = serde_json::from_str::<Node>(content)
        {
            return self.walk(&body, file, depth + 1, false);
        }
        let server = looks_like_a_server(node, listed);
        if server {
            let kind = if looks_single(node) { Kind::Single } else { Kind::Flexible };
            self.records.push(read_server(node, kind, file));
        }
        server
    }

    fn walk_list(&mut self, items: &[Node], file: &str, depth: usize) -> bool {
        let mut unknown = 0;
        for item in items {
            unknown += usize::from(!self.walk(item, file, depth + 1, true));
        }
        let any = items.is_empty() || unknown < items.len();
        if any && unknown > 0 {
            *self.unknown.entry(printable(file)).or_default() += unknown;
        }
        any
    }

    fn count_page(&mut self, page: &Node, rows: usize) {
        let next = ["nextLink", "@odata.nextLink", "$skipToken"];
        let given = |key: &&str| page.get(key).and_then(Node::scalar).is_some();
        self.pages += 1;
        self.pages_with_next += usize::from(next.iter().any(given));
        if let Some(Node::Number(total)) = page.get("totalRecords") {
            self.rows += rows;
            self.rows_promised = self.rows_promised.max(*total as usize);
        }
    }

    /// The remarks on files and pages, once all are read.
    pub fn page_notes(&mut self) -> Vec<Note> {
        let mut notes = std::mem::take(&mut self.notes);
        let mut add = |text: String| notes.push(Note { server: None, text });
        for (resource_type, count) in &self.others {
            let resources = if *count == 1 { "resource" } else { "resources" };
            add(format!(
                "{count} {resources} of type {resource_type} left out: not a PostgreSQL server"
            ));
        }
        for (file, count) in &self.unknown {
            let entries = if *count == 1 { "entry that is" } else { "entries that are" };
            add(format!("{file}: {count} {entries} no server left out"));
        }
        if self.pages > 0 && self.pages == self.pages_with_next {
            let pages = self.pages;
            add(format!(
                "the last page names a further one (nextLink; pages read: {pages}): servers \
                 may be missing"
            ));
        }
        if self.rows < self.rows_promised {
            let (here, all) = (self.rows, self.rows_promised);
            add(format!(
                "Resource Graph counts {all} rows, but {here} are here: servers may be missing"
            ));
        }
        notes
    }
}

/// The body that an example file shows for success.
fn answer_body<'n, 'a>(answers: &'n Node<'a>) -> Option<&'n Node<'a>> {
    let Node::Object(entries) = answers else { return None };
    let success = |name: &str| name.starts_with('2');
    let listed = answers.at("200.body");
    let other =
        || entries.iter().filter(|(name, _)| success(name)).find_map(|(_, a)| a.get("body"));
    listed.or_else(other)
}

/// The rows of a table as objects.
fn objects_of<'a>(table: &Node<'a>, rows: &[Node<'a>]) -> Vec<Node<'a>> {
    let columns = table.get("columns").and_then(Node::list).unwrap_or_default();
    let names: Vec<Option<String>> = columns
        .iter()
        .map(|c| c.get("name").and_then(Node::scalar).or_else(|| c.scalar()))
        .collect();
    let object = |row: &Node<'a>| {
        let cells = row.list().unwrap_or_default();
        let named = names.iter().zip(cells);
        let entry = |(name, cell): (&Option<String>, &Node<'a>)| {
            name.as_ref().map(|name| (Cow::Owned(name.clone()), cell.clone()))
        };
        Node::Object(named.filter_map(entry).collect())
    };
    rows.iter().map(object).collect()
}

/// The resource type: as given, else as the id tells it.
fn type_of(node: &Node) -> Option<String> {
    let given = ["type", "resourceType"].iter().find_map(|key| node.get(key)?.scalar());
    given.filter(|t| t.contains('/')).or_else(|| {
        let id = node.get("id")?.scalar()?;
        let at = id.to_ascii_lowercase().rfind("/providers/")?;
        let mut parts = id[at + "/providers/".len()..].split('/');
        let mut name = parts.next()?.to_owned();
        // Types and names alternate: flexibleServers/pg1/databases/db1.
        while let Some(part) = parts.next() {
            name.push('/');
            name.push_str(part);
            parts.next();
        }
        name.contains('/').then_some(name)
    })
}

/// Which service a resource type is; none if it is no PostgreSQL server.
fn kind_of(resource_type: &str) -> Option<Kind> {
    match resource_type.to_ascii_lowercase().as_str() {
        "microsoft.dbforpostgresql/flexibleservers" => Some(Kind::Flexible),
        "microsoft.dbforpostgresql/servers" => Some(Kind::Single),
        _ => None,
    }
}

/// Keys that only a server has.
const TELLING: [&str; 12] = [
    "sku",
    "properties",
    "storage",
    "storageProfile",
    "highAvailability",
    "haEnabled",
    "administratorLogin",
    "fullyQualifiedDomainName",
    "storageSizeGB",
    "skuName",
    "availabilityZone",
    "userVisibleState",
];
/// Keys that a server has too.
const COMMON: [&str; 10] = [
    "name",
    "id",
    "location",
    "tags",
    "type",
    "resourceGroup",
    "kind",
    "state",
    "version",
    "systemData",
];

/// Whether an object without type is a server: it has a name and something telling, or two telling
/// things; in a list, a name and nothing strange is enough.
fn looks_like_a_server(node: &Node, listed: bool) -> bool {
    let Node::Object(entries) = node else { return false };
    let has = |key: &str| node.get(key).is_some();
    let named = ["name", "id"].iter().any(|key| node.get(key).and_then(Node::scalar).is_some());
    if node.get("error").is_some_and(Node::is_object) || has("$schema") || has("lineage") {
        return false;
    }
    let telling = TELLING.iter().filter(|key| has(key)).count();
    let inside =
        node.get("properties").is_some_and(|p| TELLING.iter().any(|key| p.get(key).is_some()));
    let plain =
        || entries.iter().all(|(key, _)| COMMON.iter().any(|c| c.eq_ignore_ascii_case(key)));
    inside || telling >= 2 || named && (telling >= 1 || listed && plain())
}

/// Whether a server without type is one of the older service: its SKU names a hardware generation.
fn looks_single(node: &Node) -> bool {
    let sku = node.at("sku.name").or_else(|| node.get("sku")).and_then(Node::scalar);
    sku.is_some_and(|name| name.to_ascii_lowercase().contains("_gen"))
}
