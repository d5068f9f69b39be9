//! `[[servers]]`: groups of equal servers, each with its own sections over the fleet's.

use super::calendar::WEEKDAYS;
use super::decode::{off, unknown_keys, word};
use super::error::Complaint;
use super::fields;
use super::lower::{Base, Lower, items};
use super::reader::{Reader, Trail, any, describe, nearest};
use super::syntax::{Node, Table};
use crate::kernel::law::Law;
use crate::kernel::param::Parameters;
use crate::kernel::quantity::{Bytes, Share, Speed};
use crate::kernel::time::Span;
use crate::model::fleet::{
    Backup, Group, Objectives, Redundancy, Region, StandbyMode, WalRate, Window,
};
use std::collections::BTreeSet;

/// Retention of backups if nothing says otherwise.
const RETENTION: Span = Span::from_days(7);

impl<'a> Lower<'a> {
    /// Notes the names of all groups and services, so that everything can refer to them.
    pub fn name_groups(&mut self) {
        let name = |node: &Node, key: &str| {
            node.as_table().and_then(|t| t.text(key)).unwrap_or_default().to_string()
        };
        let nodes = |key: &str| self.get(key).and_then(Node::as_array).unwrap_or(&[]);
        let groups = nodes("servers").iter().map(|n| name(n, "group")).collect();
        let services = nodes("service").iter().map(|n| name(n, "name")).collect();
        (self.group_names, self.service_names) = (groups, services);
    }

    /// All groups, in file order, those of other tenants last.
    pub fn groups(&mut self, base: &Base, regions: &mut [Region]) -> Vec<Group> {
        let trail = Trail::TOP.to("servers");
        let nodes = self.get("servers");
        let given = items(&mut self.reader, &trail, nodes);
        if nodes.is_none() || nodes.is_some_and(|n| n.as_array() == Some(&[])) {
            let expected = "at least one group: [[servers]] with `group` and `count`";
            self.reader.missing(&Trail::TOP, self.root_node, "servers", expected);
        }
        let (mut groups, mut names) = (Vec::new(), BTreeSet::new());
        for (i, (node, table)) in given.into_iter().enumerate() {
            let number = (i + 1).to_string();
            let part = table.text("group").filter(|t| !t.is_empty()).unwrap_or(&number);
            let trail = trail.to(part);
            let group = self.group(&trail, node, table, base, regions);
            if !group.name.is_empty() && !names.insert(group.name.clone()) {
                let node = table.get("group").unwrap_or(node);
                let found = format!("\"{}\" for the second time", group.name);
                let complaint =
                    Complaint::new(node.span, trail.key("group"), found, "unique names");
                self.reader.complain(complaint);
            }
            self.check_group(&trail, node, table, &group, regions);
            groups.push(group);
        }
        for tenants in self.other_tenants(regions) {
            for (i, (count, sku, vcores)) in tenants.parts.into_iter().enumerate() {
                let empty = Table::default();
                let trail = trail.to("other-tenants");
                let region = &self.region_names[tenants.region];
                let name = format!("{region}/other-tenants-{}", i + 1);
                let mode = tenants.mode;
                let mut group = self.group_of_values(&trail, &empty, base, mode);
                group.backup = self.backup(&trail, &empty, mode);
                group = Group { name, region: tenants.region, count, sku, vcores, ..group };
                groups.push(Group { other_tenant: true, ..group });
            }
        }
        groups
    }

    /// The value of a key of a group: its own, else the profile's.
    fn server_key<'t>(&self, table: &'t Table, key: &str) -> Option<&'t Node>
    where
        'a: 't,
    {
        table.get(key).or_else(|| self.profile_table("servers").and_then(|t| t.get(key)))
    }

    fn group(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        table: &Table,
        base: &Base,
        regions: &[Region],
    ) -> Group {
        unknown_keys(&mut self.reader, trail, table, &fields::names(fields::SERVERS));
        let name = self.reader.required(trail, node, table, "group", "a name for the group");
        let name = name.and_then(|n| self.reader.name(&trail.to("group"), n));
        let count = self.reader.required(trail, node, table, "count", "a number of servers");
        let most = fields::MAX_SERVERS;
        let count = count.and_then(|n| self.reader.integer(&trail.to("count"), n, 1, most));
        let region = self.region_of(trail, node, table, regions);
        let size = self.size_of_compute(trail, node, table);
        let (sku, vcores) = size.unwrap_or((String::new(), 1));
        let mut mode = StandbyMode::None;
        if let Some(node) = self.server_key(table, "high_availability") {
            word(&mut self.reader, &trail.to("high_availability"), node, &mut mode);
        }
        let mut group = self.group_of_values(trail, table, base, mode);
        group.backup = self.backup(trail, table, mode);
        group.name = name.unwrap_or_default();
        group.count = count.unwrap_or(1) as u32;
        group.region = region.unwrap_or(0);
        group.sku = sku;
        group.vcores = vcores;
        group.zone = self.zone_of(trail, table, region.and_then(|r| regions.get(r)));
        group.window = self.window(trail, table);
        group.objectives = self.objectives(trail, table);
        group
    }

    /// Everything of a group that has a neutral value.
    fn group_of_values(
        &mut self,
        trail: &Trail<'_>,
        table: &Table,
        base: &Base,
        standby_mode: StandbyMode,
    ) -> Group {
        let mut group = Group {
            name: String::new(),
            region: 0,
            count: 1,
            zone: None,
            sku: String::new(),
            vcores: 1,
            storage: Bytes(0),
            used: Share::ONE,
            wal_rate: WalRate::Law(Law::fixed(0.0)),
            standby_mode,
            window: Window::System,
            backup: None,
            objectives: Objectives::default(),
            other_tenant: false,
            maintenance_on: base.maintenance_on,
            compute: base.compute.clone(),
            volume: base.storage.clone(),
            standby: base.standby.clone(),
            maintenance: base.maintenance.clone(),
            restore: base.restore.clone(),
            sla: base.sla.clone(),
            faults: base.faults.clone(),
        };
        if let Some(node) = self.server_key(table, "storage") {
            self.storage(trail, node, &mut group);
        }
        if let Some(node) = self.server_key(table, "used") {
            let used = self.reader.share(&trail.to("used"), node);
            group.used = Share(used.unwrap_or(1.0));
        }
        if let Some(node) = self.server_key(table, "wal_rate")
            && let Some(rate) = self.reader.wal_rate(&trail.to("wal_rate"), node)
        {
            group.wal_rate = rate;
        }
        self.own(trail, table, "compute", &mut group.compute);
        self.own(trail, table, "standby", &mut group.standby);
        self.own(trail, table, "restore", &mut group.restore);
        self.own(trail, table, "sla", &mut group.sla);
        self.own_maintenance(trail, table, &mut group);
        let Group { maintenance, restore, .. } = &group;
        self.check_sections(trail, table, maintenance, restore);
        group.faults = self.group_faults(trail, table, &base.faults);
        group
    }

    /// Fills a group's own section over the fleet's, but for keys that belong to the region.
    fn own(&mut self, trail: &Trail<'_>, table: &Table, name: &str, section: &mut dyn Parameters) {
        let Some(node) = table.get(name) else { return };
        let trail = trail.to(name);
        let Some(table) = self.reader.table(&trail, node) else { return };
        let rest = self.without_shared(&trail, table.clone(), name);
        self.fill(&trail, &rest, section);
    }

    /// A group's own section without keys that belong to the region; each of them is a mistake.
    fn without_shared(&mut self, trail: &Trail<'_>, mut own: Table, name: &str) -> Table {
        for (_, keys, found) in fields::OF_THE_REGION.iter().filter(|shared| shared.0 == name) {
            for key in *keys {
                if let Some(at) = own.entry(key).map(|entry| entry.key_span) {
                    let expected = "keys of the group itself";
                    let hint = format!("write `{key}` in the [{name}] of the whole file");
                    let complaint = Complaint::new(at, trail.key(key), *found, expected);
                    self.reader.complain(complaint.hint(hint));
                    own.remove(key);
                }
            }
        }
        own
    }

    fn own_maintenance(&mut self, trail: &Trail<'_>, table: &Table, group: &mut Group) {
        match table.get("maintenance") {
            None => {}
            Some(node) if node.as_str().is_some_and(off) => group.maintenance_on = false,
            Some(node) => {
                group.maintenance_on |= node.as_table().is_some();
                self.own(trail, table, "maintenance", &mut group.maintenance);
            }
        }
    }

    fn storage(&mut self, trail: &Trail<'_>, node: &Node, group: &mut Group) {
        let trail = trail.to("storage");
        let Some(table) = node.as_table() else {
            group.storage = Bytes(self.reader.size(&trail, node).unwrap_or(0));
            return;
        };
        let inherited = self.profile_table("servers").and_then(|t| t.get("storage"));
        match table.get("size").or(inherited.filter(|n| n.as_str().is_some())) {
            Some(node) => {
                group.storage = Bytes(self.reader.size(&trail.to("size"), node).unwrap_or(0));
            }
            None => self.reader.missing(&trail, node, "size", super::units::SIZE),
        }
        let mut rest = self.without_shared(&trail, table.clone(), "storage");
        rest.remove("size");
        self.fill(&trail, &rest, &mut group.volume);
    }

    fn region_of(
        &mut self,
        trail: &Trail<'_>,
        at: &Node,
        table: &Table,
        regions: &[Region],
    ) -> Option<usize> {
        match table.get("region") {
            Some(node) => {
                let names = self.region_names.clone();
                let found = self.reader.known(&trail.to("region"), node, &names, "a region");
                found.filter(|&i| i < regions.len())
            }
            None if regions.len() == 1 => Some(0),
            None if regions.is_empty() => None,
            None => {
                let expected = format!("a region: {}", any(&self.region_names));
                self.reader.missing(trail, at, "region", &expected);
                None
            }
        }
    }

    fn zone_of(
        &mut self,
        trail: &Trail<'_>,
        table: &Table,
        region: Option<&Region>,
    ) -> Option<u32> {
        let node = table.get("zone")?;
        if node.as_str() == Some("any") {
            return None;
        }
        let zones = region.map_or(8, |r| r.zones);
        let trail = trail.to("zone");
        match node.value {
            super::syntax::Value::Integer(n) if (1..=i64::from(zones)).contains(&n) => {
                Some(n as u32 - 1)
            }
            _ => {
                self.reader.expected(&trail, node, &format!("\"any\" or a zone from 1 to {zones}"));
                None
            }
        }
    }

    /// Name and vCores of a size: by `vcores`, else by `sku`.
    pub fn size_of_compute(
        &mut self,
        trail: &Trail<'_>,
        at: &Node,
        table: &Table,
    ) -> Option<(String, u32)> {
        let sku = match table.get("sku") {
            Some(node) => Some((self.reader.name(&trail.to("sku"), node)?, node)),
            None => None,
        };
        let name = sku.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
        if let Some(node) = table.get("vcores") {
            let vcores = self.reader.integer(&trail.to("vcores"), node, 1, 10_000);
            return vcores.map(|n| (name, n as u32));
        }
        let Some((_, node)) = sku else { return Some((name, 1)) };
        let Some(profile) = self.profile.filter(|p| !p.skus.is_empty()) else {
            let at = describe(node);
            self.warnings.push(format!(
                "{trail}: without profile the size {at} is taken as 1 vCore; `vcores` says more"
            ));
            return Some((name, 1));
        };
        if let Some(sku) = profile.sku(&name) {
            return Some((sku.name.clone(), sku.vcores));
        }
        let names: Vec<&str> = profile.skus.iter().map(|s| s.name.as_str()).collect();
        let from = &profile.sku_source;
        let expected = format!(
            "a size that profile {} knows ({}, {}), or `vcores` beside it",
            profile.name, from.source, from.date
        );
        let complaint = Complaint::new(node.span, trail.key("sku"), describe(node), expected);
        let near = nearest_names(&name, &names);
        self.reader.complain(match near.is_empty() {
            true => complaint,
            false => complaint.hint(format!("did you mean {}?", any(&near))),
        });
        let _ = at;
        None
    }

    /// Backups: the group's keys over the profile's; none without both.
    fn backup(&mut self, trail: &Trail<'_>, table: &Table, mode: StandbyMode) -> Option<Backup> {
        let trail = trail.to("backup");
        let known = self.profile_table("servers").and_then(|t| t.table("backup"));
        let own = match table.get("backup") {
            Some(node) if node.as_str().is_some_and(off) => return None,
            Some(node) => Some(self.reader.table(&trail, node)?),
            None => None,
        };
        if own.is_none() && known.is_none() {
            return None;
        }
        let mut backup = Backup { retention: RETENTION, redundancy: Redundancy::Local };
        let by_mode = known.and_then(|t| t.table("redundancy_by_mode"));
        let by_mode = by_mode.and_then(|t| t.get(mode.word()));
        if let Some(node) = by_mode {
            word(&mut self.reader, &trail.to("redundancy_by_mode"), node, &mut backup.redundancy);
        }
        for table in known.into_iter().chain(own) {
            if let Some(node) = table.get("retention")
                && let Some(seconds) = self.reader.duration(&trail.to("retention"), node)
            {
                backup.retention = Span::from_secs_f64(seconds);
            }
        }
        if let Some(own) = own {
            unknown_keys(&mut self.reader, &trail, own, &fields::names(fields::BACKUP));
            if let Some(node) = own.get("redundancy") {
                word(&mut self.reader, &trail.to("redundancy"), node, &mut backup.redundancy);
            }
        }
        Some(backup)
    }

    fn window(&mut self, trail: &Trail<'_>, table: &Table) -> Window {
        let trail = trail.to("maintenance_window");
        let Some(node) = self.server_key(table, "maintenance_window") else {
            return Window::System;
        };
        if node.as_str() == Some("system") {
            return Window::System;
        }
        let Some(table) = node.as_table() else {
            let expected = "\"system\" or { day = \"sunday\", start = \"02:00\" }";
            self.reader.expected(&trail, node, expected);
            return Window::System;
        };
        let reader: &mut Reader<'_> = &mut self.reader;
        unknown_keys(reader, &trail, table, &fields::names(fields::WINDOW));
        let day = reader.required(&trail, node, table, "day", "a day of the week").and_then(|n| {
            let day = n.as_str().and_then(super::calendar::weekday);
            if day.is_none() {
                reader.complain_word(&trail.to("day"), n, &WEEKDAYS);
            }
            day
        });
        let start = reader.required(&trail, node, table, "start", super::calendar::CLOCK);
        let start = start.and_then(|n| reader.clock(&trail.to("start"), n));
        match (day, start) {
            // The end of a day is the beginning of the next one.
            (Some(day), Some(1440)) => Window::Custom { day: (day + 1) % 7, start: 0 },
            (Some(day), Some(start)) => Window::Custom { day, start: start as u16 },
            _ => Window::System,
        }
    }

    fn objectives(&mut self, trail: &Trail<'_>, table: &Table) -> Objectives {
        let trail = trail.to("objectives");
        let Some(node) = table.get("objectives") else { return Objectives::default() };
        let Some(table) = self.reader.table(&trail, node) else { return Objectives::default() };
        let reader = &mut self.reader;
        unknown_keys(reader, &trail, table, &fields::names(fields::OBJECTIVES));
        let mut span = |key: &str| {
            let seconds = reader.duration(&trail.to(key), table.get(key)?)?;
            Some(Span::from_secs_f64(seconds))
        };
        let (rto, rpo) = (span("rto"), span("rpo"));
        let availability = table.get("availability");
        let availability = availability.and_then(|n| reader.share(&trail.to("availability"), n));
        Objectives { rto, rpo, availability: availability.map(Share) }
    }

    /// What one key cannot say by itself.
    fn check_group(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        table: &Table,
        group: &Group,
        regions: &[Region],
    ) {
        let Some(region) = regions.get(group.region) else { return };
        let at = |key: &str| table.get(key).unwrap_or(node).span;
        self.check_zones(trail, node, table, group.standby_mode, (group.region, region));
        if group.vcores > region.vcores_per_host {
            let found = format!("{} vCores", group.vcores);
            let expected = format!("at most {}, the vCores of a host", region.vcores_per_host);
            let key = if table.get("vcores").is_some() { "vcores" } else { "sku" };
            self.reader.complain(Complaint::new(at(key), trail.key(key), found, expected));
        }
        let mean = group.wal_rate.mean();
        let mut rates = vec![
            ("compute.replay_rate", group.compute.replay_rate),
            ("restore.replay_rate", group.restore.replay_rate),
        ];
        if group.standby_mode != StandbyMode::None {
            rates.push(("standby.replay_rate", group.standby.replay_rate));
            rates.push(("standby.catch_up_rate", group.standby.catch_up_rate));
        }
        for (name, Speed(rate)) in rates.into_iter().filter(|(_, r)| r.0 < mean) {
            let written = super::units::print_speed(mean);
            let rate = super::units::print_speed(rate);
            let found = format!("{written} (mean)");
            let expected = format!("less log than `{name}` can apply, {rate}");
            self.reader.complain(Complaint::new(
                at("wal_rate"),
                trail.key("wal_rate"),
                found,
                expected,
            ));
        }
        self.check_rules(trail, node, table, group, region);
    }
}

/// The three names nearest to what was written.
fn nearest_names<'n>(text: &str, names: &[&'n str]) -> Vec<&'n str> {
    let Some(first) = nearest(text, names) else { return Vec::new() };
    let mut order: Vec<(usize, &'n str)> =
        names.iter().map(|n| (strsim::damerau_levenshtein(text, n), *n)).collect();
    order.sort_by_key(|(distance, _)| *distance);
    let mut near: Vec<&'n str> = order.into_iter().take(3).map(|(_, n)| n).collect();
    if let Some(first) = names.iter().find(|n| **n == first)
        && !near.contains(first)
    {
        near[0] = first;
    }
    near
}
