//! The scenario as it is in force: every value with its origin, and the whole as one JSON text that
//! reads back to the same fleet.

use super::decode::{EXCLUSIVE, off};
use super::lower::Lower;
use super::print::{self, made, text};
use super::profile::Provenance;
use super::syntax::{Node, Table, Value};
use super::{Assumption, Environment, FaultStatus, Replications, Stop, calendar, fields, units};
use crate::kernel::param::{Key, Parameters, Slot, Visitor};
use crate::kernel::time::SimTime;
use crate::model::fault::{Faults, MODES};
use crate::model::fleet::{Fleet, Group, Region, WalRate, Window};
use crate::model::layout;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Who gave a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Neutral,
    Profile,
    File,
}

/// Builds the effective scenario and the list of assumptions.
pub fn build(
    lower: &Lower<'_>,
    fleet: &Fleet,
    faults: &[FaultStatus],
    replications: &Replications,
) -> (Json, Vec<Assumption>) {
    let nodes = lower.get("servers").and_then(Node::as_array).unwrap_or(&[]);
    let tables = nodes.iter().filter_map(Node::as_table);
    let given = tables.filter_map(|table| Some((table.text("group")?, table))).collect();
    let mut work = Work { lower, given, assumptions: Vec::new() };
    let mut map = Map::new();
    for key in ["name", "title", "profile"] {
        if let Some(text) = lower.root.text(key) {
            map.insert(key.to_string(), text.into());
        }
    }
    let duration = units::print_duration(fleet.horizon.as_secs_f64());
    let start = calendar::print_instant(fleet.calendar.unix_micros(SimTime::ZERO));
    map.insert("seed".into(), fleet.seed.into());
    map.insert("start".into(), start.into());
    map.insert("duration".into(), duration.into());
    let step = units::print_duration(fleet.timeline_step.as_secs_f64());
    map.insert("timeline_step".into(), step.into());
    map.insert("start_age".into(), if fleet.start_new { "new" } else { "equilibrium" }.into());
    map.insert("faults".into(), lower.root.text("faults").unwrap_or("all").into());
    map.insert("replications".into(), work.replications(replications));
    let ours = |g: &&Group| !g.other_tenant;
    map.insert("region".into(), fleet.regions.iter().map(|r| work.region(r)).collect());
    map.insert(
        "servers".into(),
        fleet.groups.iter().filter(ours).map(|g| work.group(g, fleet)).collect(),
    );
    for name in fields::SECTIONS {
        if let Some(section) = work.section(name, fleet) {
            map.insert(name.into(), section);
        }
    }
    map.insert("fault".into(), work.faults(faults));
    for key in ["inject", "expect", "service"] {
        if let Some(node) = lower.get(key) {
            map.insert(key.into(), print::json(node, &lower.reader.columns));
        }
    }
    work.split_limits(fleet);
    (map.into(), work.assumptions)
}

struct Work<'w, 'a> {
    lower: &'w Lower<'a>,
    /// What the file says of a group, by its name.
    given: BTreeMap<&'a str, &'a Table>,
    assumptions: Vec<Assumption>,
}

impl Work<'_, '_> {
    fn assume(&mut self, parameter: String, value: String, by: By, lookup: &str) {
        let provenance = match by {
            By::Profile => self.provenance(lookup),
            By::File => Provenance { origin: "yours".into(), ..Provenance::default() },
            By::Neutral => Provenance { origin: "neutral".into(), ..Provenance::default() },
        };
        let Provenance { origin, source, date, low, high, .. } = provenance;
        self.assumptions.push(Assumption { parameter, value, origin, source, date, low, high });
    }

    /// Where a value of the profile comes from; that of the table around it if it has none.
    fn provenance(&self, path: &str) -> Provenance {
        let mut path = path;
        while let Some(profile) = self.lower.profile {
            // The table of sizes says how large one is, that of regions where one lies; the mode of the standby
            // decides where a backup is.
            let whole = match path {
                "servers.vcores" => Some(&profile.sku_source),
                "region_info.utc_offset" => Some(&profile.offset_source),
                "servers.backup" => profile.provenance("servers.backup.redundancy_by_mode"),
                _ => None,
            };
            if let Some(found) = whole.filter(|found| !found.origin.is_empty()) {
                return found.clone();
            }
            if let Some(found) = profile.provenance(path) {
                return found.clone();
            }
            match path.rsplit_once('.') {
                Some((up, _)) => path = up,
                None => break,
            }
        }
        Provenance { origin: "assumed".into(), ..Provenance::default() }
    }

    fn replications(&self, replications: &Replications) -> Json {
        let given = self.lower.root.table("replications");
        let mut map =
            given.map_or_else(Map::new, |t| print::table_json(t, &self.lower.reader.columns));
        if let Stop::Count(count) = replications.stop {
            map.insert("count".into(), count.into());
        }
        match replications.environment {
            Environment::Auto => {}
            Environment::Natural => drop(map.insert("environment".into(), "natural".into())),
            Environment::Stratified => drop(map.insert("environment".into(), "stratified".into())),
        }
        map.into()
    }

    /// Who gave a key of a table that layers over one of the profile.
    fn by(&self, own: &Table, section: &str, key: &str) -> By {
        let known = self.lower.profile_table(section).and_then(|t| t.get(key));
        match (own.get(key), known) {
            (Some(_), _) => By::File,
            (None, Some(_)) => By::Profile,
            (None, None) => By::Neutral,
        }
    }

    fn region(&mut self, region: &Region) -> Json {
        let empty = Table::default();
        let nodes = self.lower.get("region").and_then(Node::as_array).unwrap_or(&[]);
        let own = nodes.iter().filter_map(Node::as_table);
        let own = own.rev().find(|t| t.text("name") == Some(&region.name)).unwrap_or(&empty);
        let count = |n: u32, none: u32, word: &str| if n == none { json!(word) } else { json!(n) };
        let values = [
            ("zones", json!(region.zones)),
            ("utc_offset", json!(calendar::print_offset(region.utc_offset_minutes))),
            ("cells", count(region.cells, 0, "computed")),
            ("halls", json!(region.halls)),
            ("racks", json!(region.racks)),
            ("stamps", json!(region.stamps)),
            ("storage_nodes", json!(region.storage_nodes)),
            ("vcores_per_host", count(region.vcores_per_host, u32::MAX, "unbounded")),
            ("spare", json!(units::print_share(region.spare.0))),
        ];
        let mut map = Map::new();
        map.insert("name".into(), region.name.as_str().into());
        for (key, value) in values {
            let parameter = format!("region.{}.{key}", region.name);
            let by = self.by(own, "region", key);
            let known = self.lower.profile.and_then(|p| p.region(&region.name)).is_some();
            let from = if known && key == "utc_offset" { "region_info" } else { "region" };
            let shown = print::plain(&print::tree(&value));
            self.assume(parameter, shown, by, &format!("{from}.{key}"));
            map.insert(key.into(), value);
        }
        let known = self.lower.profile_table("region").and_then(|t| t.get("other_tenants"));
        let tenants = own.get("other_tenants").or(known);
        let shown = tenants.map_or("none".to_string(), print::plain);
        let by = self.by(own, "region", "other_tenants");
        self.assume(
            format!("region.{}.other_tenants", region.name),
            shown,
            by,
            "region.other_tenants",
        );
        let json = tenants.map_or("none".into(), |n| print::json(n, &self.lower.reader.columns));
        map.insert("other_tenants".into(), json);
        map.into()
    }

    fn group(&mut self, group: &Group, fleet: &Fleet) -> Json {
        let empty = Table::default();
        let own = self.given.get(group.name.as_str()).copied().unwrap_or(&empty);
        let columns = &self.lower.reader.columns;
        let mut map = Map::new();
        map.insert("group".into(), group.name.as_str().into());
        map.insert("count".into(), group.count.into());
        map.insert("region".into(), fleet.regions[group.region].name.as_str().into());
        map.insert("zone".into(), group.zone.map_or(json!("any"), |z| json!(z + 1)));
        if !group.sku.is_empty() {
            map.insert("sku".into(), group.sku.as_str().into());
        }
        let known = |key: &str| self.lower.profile_table("servers").and_then(|t| t.get(key));
        let given = |key: &str| own.get(key).or_else(|| known(key));
        let wal_rate = match (given("wal_rate"), &group.wal_rate) {
            (Some(node), _) => print::json(node, columns),
            (None, WalRate::Law(law)) => json!(units::print_speed(law.mean())),
            (None, WalRate::Hourly(_)) => Json::Null,
        };
        let window = match group.window {
            Window::System => json!("system"),
            Window::Custom { day, start } => json!({
                "day": calendar::WEEKDAYS[usize::from(day)],
                "start": calendar::print_clock(u32::from(start)),
            }),
        };
        let backup = group.backup.map_or(json!("none"), |b| {
            let retention = units::print_duration(b.retention.as_secs_f64());
            json!({ "retention": retention, "redundancy": b.redundancy.word() })
        });
        let storage = units::print_size(group.storage.0);
        let values = [
            ("vcores", json!(group.vcores)),
            ("storage", json!(storage)),
            ("used", json!(units::print_share(group.used.0))),
            ("wal_rate", wal_rate),
            ("high_availability", json!(group.standby_mode.word())),
            ("maintenance_window", window),
            ("backup", backup),
        ];
        for (key, value) in values {
            let by = match key {
                "vcores" if own.get("vcores").is_none() && !group.sku.is_empty() => By::Profile,
                _ => self.by(own, "servers", key),
            };
            let shown = print::plain(&print::tree(&value));
            let parameter = format!("servers.{}.{key}", group.name);
            self.assume(parameter, shown, by, &format!("servers.{key}"));
            map.insert(key.into(), value);
        }
        if let Some(table) = own.table("storage") {
            let mut table = print::table_json(table, columns);
            table.insert("size".into(), storage.into());
            map.insert("storage".into(), table.into());
        }
        if let Some(node) = own.get("objectives") {
            map.insert("objectives".into(), print::json(node, columns));
        }
        for key in ["compute", "standby", "maintenance", "restore", "sla", "fault", "storage"] {
            let Some(node) = own.get(key) else { continue };
            if key != "storage" {
                map.insert(key.into(), print::json(node, columns));
            }
            if let Some(table) = node.as_table() {
                let path = format!("servers.{}.{key}", group.name);
                self.own_values(&path, key, table);
            }
        }
        map.into()
    }

    /// A group's own sections, each value once.
    fn own_values(&mut self, path: &str, section: &str, table: &Table) {
        for entry in
            table.entries.iter().filter(|e| (section, e.key.as_str()) != ("storage", "size"))
        {
            let path = format!("{path}.{}", entry.key);
            match &entry.node.value {
                Value::Table(inner) if section == "fault" => self.own_values(&path, "", inner),
                _ => self.assume(path, print::plain(&entry.node), By::File, ""),
            }
        }
    }

    fn section(&mut self, name: &str, fleet: &Fleet) -> Option<Json> {
        let mut neutral = fields::section(name)?;
        let own = self.lower.get(name);
        let known = self.lower.profile_table(name);
        if name == "maintenance" {
            let switched_off = own.and_then(Node::as_str).is_some_and(off);
            if switched_off || (own.is_none() && known.is_none()) {
                let by = if own.is_some() { By::File } else { By::Neutral };
                self.assume("maintenance".into(), "off".into(), by, "");
                return Some("off".into());
            }
        }
        let layers = [known, own.and_then(Node::as_table)];
        let _ = fleet;
        let merged = self.merge(name, layers, neutral.as_mut());
        Some(print::table_json(&merged, &self.lower.reader.columns).into())
    }

    fn faults(&mut self, status: &[FaultStatus]) -> Json {
        let mut map = Map::new();
        let known = self.lower.profile_table("fault");
        let own = self.lower.root.table("fault");
        let listed = self.lower.root.text("faults") == Some("listed");
        for (i, mode) in MODES.iter().enumerate() {
            let said = own.and_then(|t| t.get(mode.name));
            let switched_off = said.and_then(Node::as_str).is_some_and(off);
            let layers = [known.and_then(|t| t.table(mode.name)), said.and_then(Node::as_table)];
            let path = format!("fault.{}", mode.name);
            if switched_off || layers == [None, None] || (listed && said.is_none()) {
                let by = if switched_off || listed { By::File } else { By::Neutral };
                self.assume(path, "off".into(), by, "");
                map.insert(mode.name.into(), "off".into());
                continue;
            }
            if status.get(i).is_some_and(|s| !s.on) {
                let by =
                    if self.lower.root.text("faults").is_some() { By::File } else { By::Neutral };
                self.assume(path.clone(), "off".into(), by, "");
            }
            let mut neutral = Faults::default();
            let merged = self.merge(&path, layers, neutral.params_mut(i));
            map.insert(
                mode.name.into(),
                print::table_json(&merged, &self.lower.reader.columns).into(),
            );
        }
        map.into()
    }

    /// One section out of the profile's and the file's values, with the neutral ones for the rest.
    fn merge(
        &mut self,
        path: &str,
        layers: [Option<&Table>; 2],
        neutral: &mut dyn Parameters,
    ) -> Table {
        let mut merge = Merge { layers, path, values: Vec::new() };
        neutral.visit(&mut merge);
        let mut values = merge.values;
        for (a, b) in EXCLUSIVE {
            let by = |key: &str| values.iter().find(|v| v.0 == key).map(|v| v.1 as u8);
            if let (Some(first), Some(second)) = (by(a), by(b)) {
                let loser = if first > second { b } else { a };
                values.retain(|v| v.0 != loser);
            }
        }
        let mut table = Table::default();
        for (key, by, found) in values {
            let path = format!("{path}.{key}");
            match found {
                Found::Leaf(node) => {
                    self.assume(path.clone(), print::plain(&node), by, &path);
                    table.set(key, node);
                }
                Found::Section(inner) => {
                    for (path, by, node) in inner.leaves {
                        self.assume(path.clone(), print::plain(&node), by, &path);
                    }
                    table.set(key, made(Value::Table(inner.table)));
                }
            }
        }
        table
    }

    /// Limits of a region as its cells have them.
    fn split_limits(&mut self, fleet: &Fleet) {
        for (parameter, of, shares) in split(fleet) {
            let of_region = self.assumptions.iter().find(|a| a.parameter == parameter).cloned();
            let Some(of_region) = of_region else { continue };
            self.assumptions.push(Assumption {
                parameter: format!("{parameter} of each cell of {of}"),
                value: shares,
                source: "split over the cells in proportion to their servers".to_string(),
                ..of_region
            });
        }
    }
}

/// Limits that are split over cells: parameter, region, and the parts as text.
pub fn split(fleet: &Fleet) -> Vec<(&'static str, String, String)> {
    let cells = layout::cells(fleet);
    let mut all = Vec::new();
    for (i, region) in fleet.regions.iter().enumerate() {
        let sizes: Vec<u32> = cells.iter().filter(|c| c.region == i).map(|c| c.servers).collect();
        if sizes.len() < 2 {
            continue;
        }
        let limit = fleet.control.ring_limit;
        if limit != u32::MAX {
            let parts: Vec<u32> =
                (0..sizes.len()).map(|n| layout::split_limit(limit, &sizes, n)).collect();
            let (low, high) = (parts.iter().min(), parts.iter().max());
            let parts = match (low, high) {
                (Some(low), Some(high)) if low == high => low.to_string(),
                (Some(low), Some(high)) => format!("{low} to {high}"),
                _ => continue,
            };
            all.push(("control.ring_limit", region.name.clone(), parts));
        }
    }
    all
}

/// The neutral, the profile's and the file's values of one section.
struct Merge<'m> {
    layers: [Option<&'m Table>; 2],
    path: &'m str,
    values: Vec<(&'static str, By, Found)>,
}

enum Found {
    Leaf(Node),
    Section(Inner),
}

struct Inner {
    table: Table,
    leaves: Vec<(String, By, Node)>,
}

impl Merge<'_> {
    fn given(&self, layer: usize, key: &str) -> Option<&Node> {
        let table = self.layers[layer]?;
        table.get(key).or_else(|| {
            let hyphens = key.replace('_', "-");
            table.get(&hyphens).filter(|_| self.path.ends_with("targets"))
        })
    }

    /// The word for what nobody gives: a policy that never acts is in force as much as a time. Keys that stand
    /// for another one have none, nor has what a fault mode may have besides.
    fn absent(&self, key: &str, slot: &Slot<'_>) -> Option<Node> {
        if self.path.starts_with("fault.") || EXCLUSIVE.iter().any(|&(a, b)| key == a || key == b) {
            return None;
        }
        match slot {
            Slot::MaybeSpan(_) | Slot::MaybeLaw(_) => Some(text("never")),
            Slot::MaybeSection(_) => Some(text("none")),
            _ => None,
        }
    }
}

impl Visitor for Merge<'_> {
    fn slot(&mut self, key: Key, slot: Slot<'_>) {
        let name = key.name;
        let (profile, file) = (self.given(0, name), self.given(1, name));
        let top = file.map(|n| (By::File, n)).or(profile.map(|n| (By::Profile, n)));
        let section: &mut dyn Parameters = match slot {
            Slot::Section(section) => section,
            Slot::MaybeSection(section) if top.is_some() => section.insert(),
            other => {
                let found = match top {
                    Some((by, node)) => Some((by, node.clone())),
                    None => print::slot(&other)
                        .or_else(|| self.absent(name, &other))
                        .map(|node| (By::Neutral, node)),
                };
                if let Some((by, node)) = found {
                    self.values.push((name, by, Found::Leaf(node)));
                }
                return;
            }
        };
        // A word takes away what the layer below it says.
        if let Some((by, node)) = top
            && let Value::String(word) = &node.value
        {
            self.values.push((name, by, Found::Leaf(text(word.as_str()))));
            return;
        }
        let path = format!("{}.{name}", self.path);
        let below = profile.and_then(Node::as_table);
        let mut merge = Merge {
            layers: [below, file.and_then(Node::as_table)],
            path: &path,
            values: Vec::new(),
        };
        section.visit(&mut merge);
        let by = top.map_or(By::Neutral, |(by, _)| by);
        let mut inner = Inner { table: Table::default(), leaves: Vec::new() };
        let rated = |key: &str| merge.values.iter().find(|v| v.0 == key).map(|v| v.1 as u8);
        let loser = match (rated("rate"), rated("every")) {
            (Some(rate), Some(every)) => Some(if rate > every { "every" } else { "rate" }),
            _ => None,
        };
        for (key, by, found) in merge.values.into_iter().filter(|v| Some(v.0) != loser) {
            let path = format!("{path}.{key}");
            match found {
                Found::Leaf(node) => {
                    inner.leaves.push((path, by, node.clone()));
                    inner.table.set(key, node);
                }
                Found::Section(deeper) => {
                    inner.leaves.extend(deeper.leaves);
                    inner.table.set(key, made(Value::Table(deeper.table)));
                }
            }
        }
        self.values.push((name, by, Found::Section(inner)));
    }
}
