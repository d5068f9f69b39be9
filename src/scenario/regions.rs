//! `[[region]]`: failure domains and capacity, and the other tenants that share them.

use super::decode::{off, unknown_keys, word};
use super::error::Complaint;
use super::fields;
use super::lower::{Base, Lower, items};
use super::reader::Trail;
use super::syntax::{Node, Table};
use crate::kernel::quantity::Share;
use crate::model::fleet::{Region, StandbyMode};
use std::collections::BTreeSet;

const MAX_IN_CELL: u64 = fields::MAX_IN_CELL as u64;

/// Other tenants of a region, before they become groups.
pub struct Tenants {
    /// Index of the region.
    pub region: usize,
    /// Servers, name of the size and vCores of each part of the mix.
    pub parts: Vec<(u32, String, u32)>,
    /// Their standbys.
    pub mode: StandbyMode,
}

impl<'a> Lower<'a> {
    /// All regions, in file order.
    pub fn regions(&mut self, base: &Base) -> Vec<Region> {
        let trail = Trail::TOP.to("region");
        let nodes = self.get("region");
        let given = items(&mut self.reader, &trail, nodes);
        let (mut regions, mut names) = (Vec::<Region>::new(), BTreeSet::new());
        for (i, (node, table)) in given.into_iter().enumerate() {
            let number = (i + 1).to_string();
            let part = table.text("name").unwrap_or(&number).to_string();
            let trail = trail.to(&part);
            let region = self.region(&trail, node, table, base);
            if !names.insert(region.name.clone()) {
                let node = table.get("name").unwrap_or(node);
                let found = format!("\"{}\" for the second time", region.name);
                let complaint = Complaint::new(node.span, trail.key("name"), found, "unique names");
                self.reader.complain(complaint);
            }
            self.region_names.push(region.name.clone());
            self.zones_given.push(table.get("zones").is_some());
            regions.push(region);
        }
        if nodes.is_none() || nodes.is_some_and(|n| n.as_array() == Some(&[])) {
            let expected = "at least one region: [[region]] with `name`";
            self.reader.missing(&Trail::TOP, self.root_node, "region", expected);
        }
        regions
    }

    /// The value of a key of a region: its own, else the profile's.
    fn region_key<'t>(&self, table: &'t Table, key: &str) -> Option<&'t Node>
    where
        'a: 't,
    {
        table.get(key).or_else(|| self.profile_table("region").and_then(|t| t.get(key)))
    }

    fn region(&mut self, trail: &Trail<'_>, node: &Node, table: &Table, base: &Base) -> Region {
        unknown_keys(&mut self.reader, trail, table, &fields::names(fields::REGION));
        let name = self
            .reader
            .required(trail, node, table, "name", "a name such as \"eastus2\"")
            .and_then(|n| self.reader.name(&trail.to("name"), n))
            .unwrap_or_default();
        let count = |lower: &mut Self, key: &str| {
            let field = fields::REGION.iter().find(|f| f.name == key)?;
            let (low, high, word) = match field.kind {
                fields::Kind::Integer(low, high) => (low, high, ""),
                fields::Kind::Either(
                    &[fields::Kind::Integer(low, high), fields::Kind::Words(words)],
                ) => (low, high, words[0]),
                _ => return None,
            };
            let node = lower.region_key(table, key)?;
            if !word.is_empty() && node.as_str() == Some(word) {
                return None;
            }
            lower.reader.integer(&trail.to(key), node, low, high).map(|n| n as u32)
        };
        let zones = count(self, "zones").unwrap_or(3);
        let cells = count(self, "cells").unwrap_or(0);
        let halls = count(self, "halls").unwrap_or(1);
        let up = |n: u32| n.max(1).div_ceil(halls) * halls;
        // What the file does not say follows from the halls that it says.
        let stamps = match (count(self, "stamps"), table.get("stamps")) {
            (Some(stamps), Some(_)) => stamps,
            (stamps, _) => up(stamps.unwrap_or(halls)),
        };
        let racks = match (count(self, "racks"), table.get("racks")) {
            (Some(racks), Some(_)) => racks,
            (racks, _) => up(racks.unwrap_or(3 * stamps).max(3 * halls)),
        };
        let storage_nodes = count(self, "storage_nodes").unwrap_or(3);
        let vcores_per_host = count(self, "vcores_per_host").unwrap_or(u32::MAX);
        let spare = self.region_key(table, "spare");
        let spare_share = spare.and_then(|n| self.reader.share(&trail.to("spare"), n));
        if let (Some(share), Some(node)) = (spare_share, spare)
            && share > 0.99
        {
            self.reader.expected(&trail.to("spare"), node, "at most 99%");
        }
        // A region that the profile knows has its own local time.
        let known = self.profile.and_then(|p| p.region(&name)).map(|known| known.utc_offset);
        let known = known.filter(|_| table.get("utc_offset").is_none());
        let offset = self.region_key(table, "utc_offset");
        let offset =
            known.or_else(|| offset.and_then(|n| self.reader.offset(&trail.to("utc_offset"), n)));
        self.check_layout(trail, node, table, zones, (halls, racks, stamps, storage_nodes));
        for (key, what, n) in [
            ("racks", "racks", u64::from(zones) * u64::from(racks)),
            (
                "storage_nodes",
                "storage nodes",
                u64::from(zones) * u64::from(stamps) * u64::from(storage_nodes),
            ),
        ] {
            if n > MAX_IN_CELL {
                let node = table.get(key).unwrap_or(node);
                let found = format!("{n} {what} in all zones of a cell");
                let expected = format!("at most {MAX_IN_CELL}");
                let complaint = Complaint::new(node.span, trail.key(key), found, expected);
                self.reader.complain(complaint);
            }
        }
        Region {
            name,
            zones,
            utc_offset_minutes: offset.unwrap_or(0),
            cells,
            halls,
            racks,
            stamps,
            storage_nodes,
            vcores_per_host,
            spare: Share(spare_share.unwrap_or(0.0)),
            concurrency: base.maintenance.concurrency,
            maintenance: base.maintenance.clone(),
        }
    }

    fn check_layout(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        table: &Table,
        zones: u32,
        (halls, racks, stamps, storage_nodes): (u32, u32, u32, u32),
    ) {
        let mut wrong = |key: &str, n: u32, expected: String, right: Option<u32>| {
            let node = table.get(key).or_else(|| table.get("halls")).unwrap_or(node);
            let complaint = Complaint::new(node.span, trail.key(key), n.to_string(), expected);
            let hint = right.map(|right| format!("write {key} = {right}"));
            self.reader.complain(complaint.hint_if(hint));
        };
        // The next one that each hall has as many of, or the one before where that is too many.
        let next = |key: &str, n: u32, least: u32, more: u32| {
            let in_cell = MAX_IN_CELL / u64::from(zones.max(1) * more);
            let most = in_cell.min(fields::most(fields::REGION, key) as u64) as u32 / halls;
            let each = n.div_ceil(halls).max(least).min(most);
            (each >= least).then_some(each * halls)
        };
        if racks % halls != 0 || racks / halls < 3 {
            let why = "three copies of a volume need three racks of one hall";
            let expected =
                format!("the same number of racks in each of {halls} halls, at least 3 ({why})");
            wrong("racks", racks, expected, next("racks", racks, 3, 1));
        }
        if stamps % halls != 0 {
            let expected =
                format!("the same number of stamps in each of {halls} halls, at least 1");
            wrong("stamps", stamps, expected, next("stamps", stamps, 1, storage_nodes));
        }
    }

    /// The other tenants of all regions.
    pub fn other_tenants(&mut self, regions: &[Region]) -> Vec<Tenants> {
        let mut all = Vec::new();
        let Some(nodes) = self.get("region").and_then(Node::as_array) else { return all };
        for (region, node) in nodes.iter().take(self.region_names.len()).enumerate() {
            let Some(table) = node.as_table() else { continue };
            let trail = Trail::TOP.to("region");
            let part = table.text("name").unwrap_or("");
            let trail = trail.to(part);
            let Some(node) = self.region_key(table, "other_tenants") else { continue };
            if node.as_str().is_some_and(off) {
                continue;
            }
            let trail = trail.to("other_tenants");
            if let Some(tenants) = self.tenants(&trail, node, region) {
                if let (Some(table), Some(spec)) = (node.as_table(), regions.get(region)) {
                    self.check_zones(&trail, node, table, tenants.mode, (region, spec));
                    let most = spec.vcores_per_host;
                    if let Some((.., vcores)) = tenants.parts.iter().find(|part| part.2 > most) {
                        let at = table.get("mix").unwrap_or(node).span;
                        let expected = format!("at most {most}, the vCores of a host");
                        let found = format!("{vcores} vCores");
                        self.reader.complain(Complaint::new(at, trail.key("mix"), found, expected));
                    }
                }
                all.push(tenants);
            }
        }
        all
    }

    fn tenants(&mut self, trail: &Trail<'_>, node: &Node, region: usize) -> Option<Tenants> {
        let Some(table) = node.as_table() else {
            self.reader.expected(trail, node, "\"none\" or { servers, mix, high_availability }");
            return None;
        };
        unknown_keys(&mut self.reader, trail, table, &fields::names(fields::OTHER_TENANTS));
        let servers = self.reader.required(trail, node, table, "servers", "a number of servers");
        let servers = servers
            .and_then(|n| self.reader.integer(&trail.to("servers"), n, 1, fields::MAX_SERVERS));
        let mut mode = StandbyMode::None;
        if let Some(node) = table.get("high_availability") {
            word(&mut self.reader, &trail.to("high_availability"), node, &mut mode);
        }
        let mix = self.reader.required(trail, node, table, "mix", "a list of { sku, share }");
        let trail = trail.to("mix");
        let mut parts = Vec::new();
        for (i, (node, table)) in items(&mut self.reader, &trail, mix).into_iter().enumerate() {
            let number = (i + 1).to_string();
            let trail = trail.to(&number);
            unknown_keys(&mut self.reader, &trail, table, &fields::names(fields::MIX));
            let size = self.size_of_compute(&trail, node, table);
            if let Some((sku, _)) = &size {
                self.check_mix(&trail, table.get("sku").unwrap_or(node), sku, mode);
            }
            let share =
                self.reader.required(&trail, node, table, "share", "a share of the servers");
            let share = share.and_then(|n| self.reader.share(&trail.to("share"), n));
            parts.push((share?, size?));
        }
        let sum: f64 = parts.iter().map(|(share, _)| share).sum();
        if (sum - 1.0).abs() > 1e-6
            && let Some(mix) = mix
        {
            let found = format!("{} in all", super::units::print_share(sum));
            let complaint = Complaint::new(mix.span, trail, found, "shares that add up to 100%");
            self.reader.complain(complaint);
            return None;
        }
        // Cumulative rounding: the parts add up to the whole, none is off by more than one.
        let servers = servers? as f64;
        let (mut before, mut given) = (0.0, 0u32);
        let parts = parts.into_iter().map(|(share, (sku, vcores))| {
            before += share;
            let upto = libm::round(servers * before.min(1.0)) as u32;
            let count = upto - given;
            given = upto;
            (count, sku, vcores)
        });
        let parts = parts.filter(|(count, _, _)| *count > 0).collect();
        Some(Tenants { region, parts, mode })
    }
}
