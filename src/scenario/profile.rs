//! Profiles: what a service is known to be, as data compiled in, each value with its source.
//!
//! A profile has the sections of a scenario, but every value is a table with `value`, `origin`,
//! `source` and `date`, and `low` and `high` unless it is documented. Beside them stand tables of
//! sizes, disks, regions, and the service's rules.

use super::error::{Complaint, Complaints};
use super::print;
use super::reader::{Reader, Trail};
use super::syntax::{self, Documents, Entry, Node, Span, Table, Value};
use super::units;
use std::sync::OnceLock;

/// Index of the profile among a scenario's documents.
pub const DOCUMENT: u32 = 1;

/// The profiles compiled in: name and text.
const TEXTS: [(&str, &str); 1] =
    [("azure-flexible-2026", include_str!("profiles/azure-flexible-2026.toml"))];

static LOADED: [OnceLock<(Profile, Complaints)>; TEXTS.len()] = [const { OnceLock::new() }; 1];

/// How far a value is to be trusted, and why.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Provenance {
    /// `documented`, `published` or `assumed`.
    pub origin: String,
    /// Document or study.
    pub source: String,
    /// Its date.
    pub date: String,
    /// Low end of the range in which the value would be no surprise.
    pub low: String,
    /// High end.
    pub high: String,
    /// What else there is to say.
    pub note: String,
}

impl Provenance {
    /// What a table says of it.
    fn of(table: &Table) -> Provenance {
        let text = |key: &str| table.get(key).map_or(String::new(), print::plain);
        Provenance {
            origin: text("origin"),
            source: text("source"),
            date: text("date"),
            low: text("low"),
            high: text("high"),
            note: text("note"),
        }
    }
}

/// A size of compute.
#[derive(Clone, PartialEq, Debug)]
pub struct Sku {
    /// Name in the API.
    pub name: String,
    /// Tier.
    pub tier: String,
    /// vCores of a node.
    pub vcores: u32,
}

/// A rule of the service.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Name by which the checks refer to it.
    pub id: String,
    /// The rule in words.
    pub text: String,
    /// Document.
    pub source: String,
    /// Its date.
    pub date: String,
}

/// What a region offers.
#[derive(Clone, PartialEq, Debug)]
pub struct RegionInfo {
    /// Name in the API.
    pub name: String,
    /// Whether it has zones for zone-redundant standbys.
    pub zone_redundant: bool,
    /// Whether new zone-redundant servers are refused.
    pub blocked: bool,
    /// Whether it offers backups in the paired region.
    pub geo_backup: bool,
    /// Whether it is open on request only.
    pub restricted: bool,
    /// Whether older servers that asked for no zone have both nodes in one.
    pub zones_came_late: bool,
    /// Standard time less UTC, in minutes.
    pub utc_offset: i32,
}

/// A profile, read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Profile {
    /// Name.
    pub name: String,
    /// One line about it.
    pub title: String,
    /// Date of the profile itself.
    pub date: String,
    /// A few sentences about it.
    pub description: String,
    /// The sections with plain values, as a scenario would have them.
    pub values: Table,
    /// Where each value comes from, by dotted path, sorted.
    pub provenance: Vec<(String, Provenance)>,
    /// Sizes of compute.
    pub skus: Vec<Sku>,
    /// Where the table of sizes comes from.
    pub sku_source: Provenance,
    /// Sizes of disks sold in steps, in bytes.
    pub disks: Vec<u64>,
    /// Smallest and largest disk sold by the GiB, in bytes.
    pub disk_v2: Option<(u64, u64)>,
    /// Shortest and longest retention of backups, in seconds.
    pub retention: Option<(f64, f64)>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Regions.
    pub regions: Vec<RegionInfo>,
    /// Where their offsets from UTC come from.
    pub offset_source: Provenance,
    /// Regions in which the service is not listed, with their minutes ahead of UTC.
    pub regions_elsewhere: Vec<(String, i32)>,
    /// Limits and rules with plain values: what is no parameter of the model.
    pub limits: Table,
}

/// The names of all profiles.
pub fn names() -> Vec<&'static str> {
    TEXTS.iter().map(|(name, _)| *name).collect()
}

/// The text of a profile, as it is compiled in.
pub fn text(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// A profile by name, read once; the complaints are those about its own text.
pub fn load(name: &str) -> Option<&'static (Profile, Complaints)> {
    let i = TEXTS.iter().position(|(n, _)| *n == name)?;
    Some(LOADED[i].get_or_init(|| read(TEXTS[i].0, TEXTS[i].1)))
}

impl Profile {
    /// Where the value of a path comes from.
    pub fn provenance(&self, path: &str) -> Option<&Provenance> {
        let i = self.provenance.binary_search_by(|(p, _)| p.as_str().cmp(path)).ok()?;
        Some(&self.provenance[i].1)
    }

    /// A rule by its name.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.id == id)
    }

    /// A size by name; the prefix of the API and the case do not matter.
    pub fn sku(&self, name: &str) -> Option<&Sku> {
        let plain = |s: &str| s.to_ascii_lowercase().trim_start_matches("standard_").to_string();
        let name = plain(name);
        self.skus.iter().find(|s| plain(&s.name) == name)
    }

    /// A figure of the limits and rules by its dotted path, as the text has it.
    pub fn limit(&self, path: &str) -> Option<&str> {
        let (tables, key) = path.rsplit_once('.')?;
        tables.split('.').try_fold(&self.limits, |table, name| table.table(name))?.text(key)
    }

    /// What a region offers, if the profile knows it.
    pub fn region(&self, name: &str) -> Option<&RegionInfo> {
        let plain = |s: &str| s.to_ascii_lowercase().replace(' ', "");
        self.regions.iter().find(|r| r.name == plain(name))
    }
}

/// Tables of a profile that are not sections of a scenario.
fn is_special(key: &str) -> bool {
    matches!(
        key,
        "name"
            | "title"
            | "date"
            | "description"
            | "sku"
            | "disk"
            | "disk_v2"
            | "rule"
            | "rules"
            | "region_info"
            | "region_elsewhere"
            | "limits"
            | "connections"
    ) || key.ends_with("_source")
}

/// Of these, those whose values have their source beside them, as parameters do.
fn is_limits(key: &str) -> bool {
    matches!(key, "limits" | "rules" | "connections" | "disk_v2")
}

/// Reads the text of a profile.
pub fn read(name: &str, text: &str) -> (Profile, Complaints) {
    let mut documents = Documents::default();
    documents.add("", "");
    let document = documents.add(name, text);
    let mut complaints = Complaints::new();
    let mut profile = Profile { name: name.to_string(), ..Profile::default() };
    if let Some(root) = syntax::parse(&documents, document, &mut complaints)
        && let Some(root) = root.as_table()
    {
        let mut reader = Reader::new(&mut complaints, None);
        head(&mut reader, root, &mut profile);
        for entry in root.entries.iter().filter(|e| !is_special(&e.key)) {
            let (node, leaves) = (&entry.node, &mut profile.provenance);
            if let Some(node) = plain(&mut reader, &entry.key, node, leaves) {
                profile.values.entries.push(Entry { node, ..entry.clone() });
            }
        }
        for entry in root.entries.iter().filter(|e| is_limits(&e.key)) {
            let (node, leaves) = (&entry.node, &mut profile.provenance);
            if let Some(node) = plain(&mut reader, &entry.key, node, leaves) {
                profile.limits.entries.push(Entry { node, ..entry.clone() });
            }
        }
        profile.provenance.sort_by(|a, b| a.0.cmp(&b.0));
        tables(&mut reader, root, &mut profile);
    }
    let complaints = complaints.finish(&documents);
    (profile, complaints)
}

fn head(reader: &mut Reader<'_>, root: &Table, profile: &mut Profile) {
    let at = Node { value: Value::Bool(true), span: Span { document: DOCUMENT, start: 0, end: 1 } };
    for (key, place) in [
        ("title", &mut profile.title),
        ("date", &mut profile.date),
        ("description", &mut profile.description),
    ] {
        if let Some(node) = reader.required(&Trail::TOP, &at, root, key, "text")
            && let Some(text) = reader.text(&Trail::TOP.to(key), node)
        {
            *place = text.to_string();
        }
    }
}

/// A node with every `{ value, origin, ... }` replaced by its value.
fn plain(
    reader: &mut Reader<'_>,
    path: &str,
    node: &Node,
    leaves: &mut Vec<(String, Provenance)>,
) -> Option<Node> {
    let Some(table) = node.as_table() else {
        let expected = "a table with `value`, `origin`, `source` and `date`";
        let found = super::reader::describe(node);
        reader.complain(Complaint::new(node.span, path, found, expected));
        return None;
    };
    if let Some(value) = table.get("value") {
        let provenance = Provenance::of(table);
        let complete = matches!(provenance.origin.as_str(), "documented" | "published" | "assumed")
            && !provenance.source.is_empty()
            && !provenance.date.is_empty()
            && (provenance.origin == "documented" || !provenance.low.is_empty());
        if !complete {
            let expected = "`origin` (documented, published or assumed), `source` and `date`, and \
                            `low` and `high` unless documented";
            reader.complain(Complaint::new(node.span, path, "a value without them", expected));
        }
        leaves.push((path.to_string(), provenance));
        return Some(value.clone());
    }
    let mut entries = Vec::new();
    for entry in &table.entries {
        let path = format!("{path}.{}", entry.key);
        let node = plain(reader, &path, &entry.node, leaves)?;
        entries.push(Entry { node, ..entry.clone() });
    }
    Some(Node { value: Value::Table(Table { entries, ..Table::default() }), span: node.span })
}

fn rows<'t>(root: &'t Table, key: &str) -> impl Iterator<Item = (&'t Node, &'t Table)> {
    let items = root.get(key).and_then(Node::as_array).unwrap_or(&[]);
    items.iter().filter_map(|n| n.as_table().map(|t| (n, t)))
}

fn tables(reader: &mut Reader<'_>, root: &Table, profile: &mut Profile) {
    let text = |table: &Table, key: &str| table.get(key).map_or(String::new(), print::plain);
    let sizes = root.table("sku_source").and_then(|t| t.table("sizes"));
    profile.sku_source = sizes.map(Provenance::of).unwrap_or_default();
    let offsets = root.table("region_info_source").and_then(|t| t.table("utc_offset"));
    profile.offset_source = offsets.map(Provenance::of).unwrap_or_default();
    let trail = Trail::TOP.to("sku");
    for (node, table) in rows(root, "sku") {
        let vcores = reader.required(&trail, node, table, "vcores", "a number of vCores");
        let vcores = vcores.and_then(|n| reader.integer(&trail.to("vcores"), n, 1, 10_000));
        if let Some(vcores) = vcores {
            let (name, tier) = (text(table, "name"), text(table, "tier"));
            profile.skus.push(Sku { name, tier, vcores: vcores as u32 });
        }
    }
    let trail = Trail::TOP.to("disk");
    for (node, table) in rows(root, "disk") {
        let size = reader.required(&trail, node, table, "size", units::SIZE);
        profile.disks.extend(size.and_then(|n| reader.size(&trail.to("size"), n)));
    }
    for (_, table) in rows(root, "rule") {
        profile.rules.push(Rule {
            id: text(table, "id"),
            text: text(table, "text"),
            source: text(table, "source"),
            date: text(table, "date"),
        });
    }
    let flag =
        |t: &Table, key: &str| matches!(t.get(key).map(|n| &n.value), Some(Value::Bool(true)));
    let (trail, wanted) = (Trail::TOP.to("region_info"), super::calendar::OFFSET);
    let offset = |reader: &mut Reader<'_>, node: &Node, table: &Table| {
        let offset = reader.required(&trail, node, table, "utc_offset", wanted);
        offset.and_then(|n| reader.offset(&trail.to("utc_offset"), n)).unwrap_or(0)
    };
    for (node, table) in rows(root, "region_info") {
        profile.regions.push(RegionInfo {
            name: text(table, "name"),
            zone_redundant: flag(table, "zone_redundant"),
            blocked: flag(table, "new_zone_redundant_blocked"),
            geo_backup: flag(table, "geo_backup"),
            restricted: flag(table, "restricted"),
            zones_came_late: flag(table, "zones_came_late"),
            utc_offset: offset(reader, node, table),
        });
    }
    for (node, table) in rows(root, "region_elsewhere") {
        let offset = offset(reader, node, table);
        profile.regions_elsewhere.push((text(table, "name"), offset));
    }
    let size = |key: &str| profile.limit(key).and_then(|t| units::size(t).ok());
    profile.disk_v2 = size("disk_v2.min_size").zip(size("disk_v2.max_size"));
    let days = |key: &str| profile.limit(key).and_then(|t| units::duration(t).ok());
    profile.retention =
        days("limits.backup.retention_min").zip(days("limits.backup.retention_max"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_reads_without_complaint() {
        for name in names() {
            let (profile, complaints) = load(name).expect("listed");
            assert!(complaints.is_empty(), "{}", complaints.render(false));
            assert_eq!(profile.name, name);
            assert!(!profile.title.is_empty() && !profile.skus.is_empty());
            assert!(profile.sku("standard_d4DS_V5").is_some_and(|s| s.vcores == 4));
            assert!(profile.sku("D4ds_v5").is_some());
            assert_eq!(profile.sku_source.origin, "documented");
            assert_eq!(profile.retention, Some((7.0 * 86_400.0, 35.0 * 86_400.0)));
            assert!(profile.disks.contains(&(512 << 30)));
            assert!(profile.provenance("standby.detection").is_some_and(|p| p.origin == "assumed"));
            assert!(profile.region("East US 2").is_some_and(|r| r.zone_redundant));
        }
    }

    #[test]
    fn a_value_without_its_source_is_a_mistake() {
        let text = "title = 't'\ndate = 'd'\ndescription = 'x'\n[compute]\nvm_reboot = \"2m\"\n\
                    relocation = { value = \"8m\" }\n";
        let (_, complaints) = read("p", text);
        let lines = complaints.lines();
        assert!(
            lines.contains("p:5:13: `compute.vm_reboot`: expected a table with `value`"),
            "{lines}"
        );
    }

    #[test]
    fn a_limit_has_its_source_too() {
        let head = "title = 't'\ndate = 'd'\ndescription = 'x'\n[limits.backup]\n";
        let (_, complaints) = read("p", &format!("{head}retention_min = {{ value = \"7d\" }}\n"));
        assert!(complaints.lines().contains("`limits.backup.retention_min`: expected `origin`"));
        let (profile, _) = load("azure-flexible-2026").expect("listed");
        assert_eq!(profile.limit("limits.high_availability.failover_max"), Some("120s"));
        let source = profile.provenance("rules.read_only.free_below").expect("a limit");
        assert_eq!((source.origin.as_str(), source.date.as_str()), ("documented", "2025-11-13"));
    }
}
