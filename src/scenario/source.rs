//! A scenario's text, read once: each set of overrides makes a scenario without reading again.

use super::Scenario;
use super::bare;
use super::error::{Complaint, Complaints};
use super::import_az;
use super::lower::Lower;
use super::overrides::{self, Override, apply_override};
use super::profile::{self, Profile};
use super::reader::{any, nearest};
use super::syntax::{self, Documents, Node, Value};
use super::unheard;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// What most files are to be.
const SCENARIO: &str = "a scenario file";
/// Largest scenario file that is read.
const MAX_BYTES: u64 = 64 << 20;

/// A scenario's text as a tree.
#[derive(Clone, Debug)]
pub struct Source {
    documents: Documents,
    root: Node,
    /// What is wrong with values that are none in TOML.
    bare: Vec<Complaint>,
    base_dir: Option<PathBuf>,
}

impl Source {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Source, Complaints> {
        let text = read_text(path, SCENARIO)?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        let name = path.display().to_string();
        Source::parse(&name, &text, Some(folder.unwrap_or(Path::new("."))))
    }

    /// Reads a text.
    pub fn parse(name: &str, text: &str, base_dir: Option<&Path>) -> Result<Source, Complaints> {
        let mut documents = Documents::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document = documents.add(name, text);
        let mut complaints = Complaints::new();
        let mut bare = Vec::new();
        match syntax::parse_on(&documents, document, &mut complaints, &mut bare) {
            Some(root) => {
                let base_dir = base_dir.map(Path::to_path_buf);
                Ok(Source { documents, root, bare, base_dir })
            }
            None => Err(complaints.finish(&documents)),
        }
    }

    /// Whether it has such a key at the top.
    pub fn has(&self, key: &str) -> bool {
        self.root.as_table().is_some_and(|t| t.get(key).is_some())
    }

    /// A path as this text has it: with numbers instead of names.
    pub(super) fn numbered(&self, path: &str) -> String {
        let root = self.root.as_table();
        root.map_or_else(|| path.to_string(), |root| overrides::numbered(root, path))
    }

    /// Reads it with some values changed.
    pub fn scenario(&self, changes: &[Override]) -> Result<Scenario, Complaints> {
        let (scenario, root) = self.lowered(changes, |lower| lower.run())?;
        let (Some(mut scenario), Some(root)) = (scenario, root.as_table()) else {
            return Err(Complaints::of_file("scenario", "no scenario", "a scenario"));
        };
        scenario.warnings.extend(unheard::changes(root, changes));
        Ok(scenario)
    }

    /// Whether [`Source::scenario`] would read it: the same mistakes, for less work.
    pub fn check(&self, changes: &[Override]) -> Result<(), Complaints> {
        self.lowered(changes, |lower| lower.check()).map(drop)
    }

    /// What `lower` makes of it with some values changed, and the values then; or all mistakes.
    fn lowered<T>(
        &self,
        changes: &[Override],
        lower: impl FnOnce(Lower<'_>) -> T,
    ) -> Result<(T, Node), Complaints> {
        let mut documents = self.documents.clone();
        let mut complaints = Complaints::new();
        let mut root = self.root.clone();
        let Value::Table(table) = &mut root.value else {
            return Err(Complaints::of_file("scenario", "no table", "a table"));
        };
        let place = documents.add("", "");
        let nodes: Vec<Node> =
            changes.iter().map(|change| overrides::read(&mut documents, change)).collect();
        // The profile first: values changed in part start from its values.
        let changed = changes.iter().rposition(|c| c.path == "profile").map(|i| &nodes[i]);
        let profile = find_profile(changed.or(table.get("profile")), &mut complaints);
        documents.replace(place, profile.map_or("", |p| &p.name), profile_text(profile));
        for (change, node) in changes.iter().zip(nodes) {
            if let Err(complaint) = apply_override(table, profile, &change.path, node) {
                complaints.add(*complaint);
            }
        }
        let found = lower(Lower::new(&root, profile, &mut complaints, self.base_dir.as_deref()));
        for change in changes {
            if let Some(old) =
                self.root.as_table().and_then(|root| overrides::renamed(root, change))
            {
                left_behind(&root, old, change, &mut complaints);
            }
        }
        bare::settle(&self.bare, &mut complaints);
        if complaints.is_empty() { Ok((found, root)) } else { Err(complaints.finish(&documents)) }
    }
}

/// Gives complaints of groups and drills whose region is called otherwise now their cure.
fn left_behind(root: &Node, old: &str, change: &Override, complaints: &mut Complaints) {
    for (array, name) in [("servers", "group"), ("inject", "")] {
        let items = root.as_table().and_then(|root| root.get(array)?.as_array());
        for (i, item) in items.unwrap_or_default().iter().enumerate() {
            let Some(table) = item.as_table() else { continue };
            let Some(region) = table.get("region").filter(|r| r.as_str() == Some(old)) else {
                continue;
            };
            let name = table.text(name).map_or((i + 1).to_string(), String::from);
            let found = format!(
                "{} gives the region another name: what is in it has to move with it, by \
                 `{array}.{name}.region` of the same value (in a sweep, beside it in a `zip`)",
                change.words()
            );
            complaints.explain(&Complaint::new(region.span, "", found, ""));
        }
    }
}

/// The text of a file, which is to be such a thing: UTF-8, or UTF-16 with its mark, as `>` of some shells writes.
/// What never ends, such as a device, is read no further than a file may be long.
pub(super) fn read_text(path: &Path, expected: &str) -> Result<String, Complaints> {
    let complaint = |found: &str| Complaint::file(&path.display().to_string(), found, expected);
    let one = |complaint: Complaint| {
        let mut complaints = Complaints::new();
        complaints.add(complaint);
        complaints
    };
    let cannot = |error: std::io::Error| {
        one(match error.kind() {
            ErrorKind::NotFound if path == Path::new("-") => {
                complaint("no such file").hint("`/dev/stdin` is the standard input")
            }
            ErrorKind::NotFound if expected == SCENARIO => complaint("no such file")
                .hint("is the path right? `fleetsim init FILE` writes one to start from"),
            ErrorKind::NotFound => complaint("no such file").hint("is the path right?"),
            ErrorKind::IsADirectory => complaint("a folder").hint("give a file that is in it"),
            ErrorKind::PermissionDenied => complaint("one that may not be read"),
            _ => complaint(&error.to_string()),
        })
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(one(complaint(&format!("more than {} MiB", MAX_BYTES >> 20))));
    }
    if let Some(text) = import_az::utf16_with_mark(&bytes) {
        return Ok(text);
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|b| **b == b'\n').count() + 1;
        let found = format!("bytes in line {line} that are no UTF-8 text");
        one(complaint(&found)
            .hint("is it compressed, or saved in an old code page? Save it as UTF-8"))
    })
}

fn profile_text(profile: Option<&Profile>) -> &'static str {
    profile.and_then(|p| profile::text(&p.name)).unwrap_or("")
}

fn find_profile(node: Option<&Node>, complaints: &mut Complaints) -> Option<&'static Profile> {
    let node = node?;
    let names = profile::names();
    let expected = any(&names);
    let Some(name) = node.as_str() else {
        let found = super::reader::describe(node);
        complaints.add(Complaint::new(node.span, "profile", found, expected));
        return None;
    };
    match profile::load(name) {
        Some((profile, mistakes)) => {
            mistakes.iter().for_each(|c| complaints.add(c.clone()));
            Some(profile)
        }
        None => {
            let complaint = Complaint::new(node.span, "profile", format!("\"{name}\""), expected);
            complaints.add(match nearest(name, &names) {
                Some(near) => complaint.hint(format!("did you mean \"{near}\"?")),
                None => complaint,
            });
            None
        }
    }
}
