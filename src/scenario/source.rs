//! A scenario's text, read once: each set of overrides makes a scenario without reading again.

use super::Scenario;
use super::bare;
use super::error::{Complaint, Complaints};
use super::lower::Lower;
use super::overrides::{self, Override, apply_override};
use super::profile::{self, Profile};
use super::reader::{any, nearest};
use super::syntax::{self, Documents, Node, Value};
use super::unheard;
use std::path::{Path, PathBuf};

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
        let name = path.display().to_string();
        let failed = |found: String| Complaints::of_file(&name, found, "a scenario file");
        let size = std::fs::metadata(path).map_err(|e| failed(e.to_string()))?.len();
        if size > MAX_BYTES {
            return Err(failed(format!("{} MB", size / 1_000_000)));
        }
        let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            failed(format!("bytes that are no UTF-8 text, from byte {at} on"))
        })?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
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

    /// Checks it with some values changed.
    pub fn scenario(&self, changes: &[Override]) -> Result<Scenario, Complaints> {
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
        let lower = Lower::new(&root, profile, &mut complaints, self.base_dir.as_deref());
        let scenario = lower.run();
        bare::settle(&self.bare, &mut complaints);
        match (scenario, root.as_table()) {
            (Some(mut scenario), Some(root)) if complaints.is_empty() => {
                scenario.warnings.extend(unheard::changes(root, changes));
                Ok(scenario)
            }
            _ => Err(complaints.finish(&documents)),
        }
    }
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
