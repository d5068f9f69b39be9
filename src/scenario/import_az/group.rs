//! Puts equal servers together and names the groups.

use std::collections::{BTreeMap, BTreeSet};

use super::settle::{Member, Setup};
use super::sku::{Compute, slug};
use super::window::DAYS;

/// The servers of one group.
#[derive(Default)]
pub struct Group {
    /// Servers of the scenario: nodes of clusters are counted one by one.
    pub count: usize,
    /// The comments that name them.
    pub members: Vec<String>,
}

/// All groups, and what was left out.
#[derive(Default)]
pub struct Groups {
    groups: BTreeMap<Setup, Group>,
    /// The names of servers that do not serve, with the reason.
    pub left_out: Vec<String>,
}

impl Groups {
    /// Adds a server to its group.
    pub fn add(&mut self, member: Member) {
        let group = self.groups.entry(member.setup).or_default();
        group.count += member.nodes;
        group.members.push(member.comment);
    }

    /// Keeps the name of a server that does not serve.
    pub fn leave_out(&mut self, label: String, why: String) {
        self.left_out.push(format!("{label} ({why})"));
    }

    /// Whether no server is in.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Servers of the scenario.
    pub fn servers(&self) -> usize {
        self.groups.values().map(|group| group.count).sum()
    }

    /// The regions in use.
    pub fn regions(&self) -> BTreeSet<&str> {
        self.groups.keys().map(|setup| setup.region.as_str()).collect()
    }

    /// The groups with their names, by region and name.
    ///
    /// A name tells the region, size, storage and standby; of groups that are equal in these, also
    /// what distinguishes them.
    pub fn named(&self) -> Vec<(String, &Setup, &Group)> {
        let mut alike: BTreeMap<String, Vec<&Setup>> = BTreeMap::new();
        for setup in self.groups.keys() {
            alike.entry(base_name(setup)).or_default().push(setup);
        }
        let mut taken = BTreeSet::new();
        let mut named = Vec::new();
        for (base, setups) in &alike {
            let details: Vec<[String; 4]> = setups.iter().map(|setup| details(setup)).collect();
            let telling = |i: usize| details.iter().any(|detail| detail[i] != details[0][i]);
            let telling: Vec<usize> = (0..4).filter(|&i| telling(i)).collect();
            for (setup, detail) in setups.iter().zip(&details) {
                let mut name = base.clone();
                for &i in &telling {
                    name.push('-');
                    name.push_str(&detail[i]);
                }
                named.push((unused(name, &mut taken), *setup, &self.groups[*setup]));
            }
        }
        named.sort_by(|a, b| (&a.1.region, &a.0).cmp(&(&b.1.region, &b.0)));
        named
    }
}

/// Region, size, storage, standby and what kind of servers they are.
fn base_name(setup: &Setup) -> String {
    let size = match &setup.compute {
        Compute::Sku(sku) => slug(sku.strip_prefix("Standard_").unwrap_or(sku)),
        Compute::Cores { label, .. } => label.clone(),
    };
    let mut name = format!("{}-{size}-{}gib", setup.region, setup.storage_gib);
    if setup.replica {
        name.push_str("-replica");
    } else {
        name.push('-');
        name.push_str(setup.standby.short());
    }
    if setup.cluster {
        name.push_str("-cluster");
    }
    name
}

/// What may distinguish groups of one base name: zone, window, retention and redundancy of backups.
fn details(setup: &Setup) -> [String; 4] {
    let zone = setup.zone.map_or("anyzone".to_owned(), |zone| format!("z{zone}"));
    let window = setup.window.map_or("system".to_owned(), |window| {
        format!("{}{:02}{:02}", &DAYS[window.day][..3], window.hour, window.minute)
    });
    let redundancy = if setup.geo_backup { "geo" } else { "nogeo" };
    [zone, window, format!("{}d", setup.retention_days), redundancy.to_owned()]
}

/// The name, with a number if another group has it.
fn unused(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut unused = name.clone();
    let mut number = 2;
    while !taken.insert(unused.clone()) {
        unused = format!("{name}-{number}");
        number += 1;
    }
    unused
}
