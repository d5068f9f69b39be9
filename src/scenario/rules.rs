//! Rules of the service, as the profile cites them. A rule is enforced only where the profile has
//! it, so another profile can leave it out.

use super::error::Complaint;
use super::lower::Lower;
use super::profile::Rule;
use super::reader::{Trail, any_quoted};
use super::syntax::{Node, Table};
use super::units;
use crate::model::fleet::{Group, Redundancy, Region, StandbyMode};

/// One gibibyte.
const GIB: u64 = 1 << 30;

/// What to write where a rule is broken, if it is plain.
fn cure(rule: &str, trail: &Trail<'_>, group: &Group, disks: &[u64]) -> String {
    match rule {
        "backup-zone-needs-zone-redundant" => {
            format!("; `{trail}.backup.redundancy` may be \"local\" or \"geo\" with it")
        }
        "storage-size-premium" => {
            let size = group.storage.0;
            let below = disks.iter().filter(|d| **d < size).max();
            let above = disks.iter().filter(|d| **d > size).min();
            let near: Vec<String> =
                below.into_iter().chain(above).map(|d| units::print_size(*d)).collect();
            if near.is_empty() { String::new() } else { format!("; near it {}", any_quoted(&near)) }
        }
        _ => String::new(),
    }
}

impl Lower<'_> {
    /// Holds a group against the rules of its profile.
    pub fn check_rules(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        table: &Table,
        group: &Group,
        region: &Region,
    ) {
        let Some(profile) = self.profile else { return };
        let burstable = profile.sku(&group.sku).is_some_and(|s| s.tier == "Burstable");
        let info = profile.region(&region.name);
        let zone_redundant = group.standby_mode == StandbyMode::ZoneRedundant;
        let redundancy = group.backup.map(|b| b.redundancy);
        let mut broken: Vec<(&str, &str, String)> = Vec::new();
        let mode = group.standby_mode.word();
        if burstable && group.standby_mode != StandbyMode::None {
            let found = format!("\"{mode}\" on the Burstable {}", group.sku);
            broken.push(("ha-not-burstable", "high_availability", found));
        }
        if let Some(backup) = group.backup
            && let Some((low, high)) = profile.retention
            && !(low..=high).contains(&backup.retention.as_secs_f64())
        {
            broken.push(("backup-retention-range", "backup", backup.retention.to_string()));
        }
        if redundancy == Some(Redundancy::Zone) && !zone_redundant {
            let found = format!("\"zone\" with high_availability = \"{mode}\"");
            broken.push(("backup-zone-needs-zone-redundant", "backup", found));
        }
        if redundancy == Some(Redundancy::Geo) && info.is_some_and(|i| !i.geo_backup) {
            let found = format!("\"geo\" in {}", region.name);
            broken.push(("backup-geo-needs-region", "backup", found));
        }
        let listed = info.is_none_or(|i| i.zone_redundant);
        if !listed && region.zones > 1 {
            self.warn_once(format!(
                "region {}: the documents list no zone-redundant standbys there; {} zones are taken \
                 all the same",
                region.name, region.zones
            ));
        }
        let size = group.storage.0;
        let sold = profile.disks.contains(&size);
        let v2 = profile.disk_v2.is_some_and(|(low, high)| {
            !burstable && (low..=high).contains(&size) && size.is_multiple_of(GIB)
        });
        // Of what is no size nobody knows whether it is sold.
        let given =
            table.get("storage").map(|n| n.as_table().and_then(|t| t.get("size")).unwrap_or(n));
        let known = given.is_none_or(|node| !self.reader.complained_of(node));
        if !profile.disks.is_empty() && !sold && !v2 && known {
            let rule = if burstable { "storage-size-premium" } else { "storage-size-v2" };
            broken.push((rule, "storage", units::print_size(size)));
        }
        if self.turns_read_only(group.used.0, size)
            && let Some(Rule { text, source, date, .. }) = profile.rule("storage-read-only")
        {
            let (used, size) = (units::print_share(group.used.0), units::print_size(size));
            self.warnings
                .push(format!("{trail}: {used} of {size} used: {text} ({source}, {date})"));
        }
        for (id, key, found) in broken {
            if let Some(rule) = profile.rule(id) {
                let cure = cure(id, trail, group, &profile.disks);
                self.cite(trail, table.get(key).unwrap_or(node), key, found, rule, &cure);
            }
        }
        if zone_redundant && info.is_some_and(|i| i.blocked) {
            self.warn(region, "ha-zone-redundant-blocked");
        }
        if zone_redundant && info.is_some_and(|i| i.zones_came_late) {
            self.warn(region, "ha-zones-came-late");
        }
        if info.is_some_and(|i| i.restricted) {
            self.warn(region, "region-restricted");
        }
    }

    /// Whether a region has the zones that a kind of standby needs, by the file, else by the documents.
    pub fn check_zones(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        table: &Table,
        mode: StandbyMode,
        (number, region): (usize, &Region),
    ) {
        if mode != StandbyMode::ZoneRedundant {
            return;
        }
        let key = "high_availability";
        let at = table.get(key).unwrap_or(node);
        if region.zones < 2 {
            let found = format!("region {} with {} zone", region.name, region.zones);
            let expected = "a region with at least 2 zones for \"zone-redundant\"";
            self.reader.complain(Complaint::new(at.span, trail.key(key), found, expected));
        }
        let Some(profile) = self.profile else { return };
        let listed = profile.region(&region.name).is_none_or(|i| i.zone_redundant);
        // A file that says how many zones there are knows better than the list.
        let given = self.zones_given.get(number).is_some_and(|given| *given);
        if !listed
            && !given
            && let Some(rule) = profile.rule("ha-zone-redundant-needs-zones")
        {
            let found = format!("\"zone-redundant\" in {}, which has no zones", region.name);
            self.cite(trail, at, key, found, rule, "");
        }
    }

    /// Whether a volume of this many bytes would be so full that the service lets nobody write.
    fn turns_read_only(&self, used: f64, size: u64) -> bool {
        let limit = |key: &str| self.profile.and_then(|p| p.limit(key));
        let at = limit("rules.read_only.used_at").and_then(|t| units::share(t).ok());
        let free = limit("rules.read_only.free_below").and_then(|t| units::size(t).ok());
        let left = size as f64 * (1.0 - used);
        size > 0 && at.zip(free).is_some_and(|(at, free)| used >= at || left < free as f64)
    }

    /// Holds a size of other tenants with their standbys against the rules of the profile.
    pub fn check_mix(&mut self, trail: &Trail<'_>, node: &Node, sku: &str, mode: StandbyMode) {
        let Some(profile) = self.profile else { return };
        let burstable = profile.sku(sku).is_some_and(|s| s.tier == "Burstable");
        if burstable
            && mode != StandbyMode::None
            && let Some(rule) = profile.rule("ha-not-burstable")
        {
            let found = format!("\"{}\" on the Burstable {sku}", mode.word());
            self.cite(trail, node, "sku", found, rule, "");
        }
    }

    fn cite(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        key: &str,
        found: String,
        rule: &Rule,
        cure: &str,
    ) {
        let expected = "what the service allows";
        let hint = format!("{} ({}, {}){cure}", rule.text, rule.source, rule.date);
        self.reader.complain(Complaint::new(node.span, trail.key(key), found, expected).hint(hint));
    }

    /// Once for each region.
    fn warn(&mut self, region: &Region, id: &str) {
        if let Some(rule) = self.profile.and_then(|p| p.rule(id)) {
            let Rule { text, source, date, .. } = rule;
            self.warn_once(format!("region {}: {text} ({source}, {date})", region.name));
        }
    }

    fn warn_once(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}
