//! Azure's regions: their name, whether they have zones, and their offset from UTC.

use std::collections::{BTreeMap, BTreeSet};

use super::record::Record;
use super::{Note, printable};

/// Regions in which a zone-redundant standby is offered, with minutes ahead of UTC in winter time
/// (the service's region table of December 2025).
#[rustfmt::skip]
const WITH_ZONES: [(&str, i32); 39] = [
    ("australiaeast", 600), ("austriaeast", 60), ("belgiumcentral", 60), ("brazilsouth", -180),
    ("canadacentral", -300), ("centralindia", 330), ("centralus", -360), ("chilecentral", -240),
    ("chinanorth3", 480), ("eastasia", 480), ("eastus", -300), ("eastus2", -300),
    ("francecentral", 60), ("germanywestcentral", 60), ("indonesiacentral", 420),
    ("israelcentral", 120), ("italynorth", 60), ("japaneast", 540), ("koreacentral", 540),
    ("malaysiawest", 480), ("mexicocentral", -360), ("newzealandnorth", 720), ("northeurope", 0),
    ("norwayeast", 60), ("polandcentral", 60), ("qatarcentral", 180), ("southafricanorth", 120),
    ("southcentralus", -360), ("southindia", 330), ("southeastasia", 480), ("spaincentral", 60),
    ("swedencentral", 60), ("switzerlandnorth", 60), ("uaenorth", 240), ("uksouth", 0),
    ("usgovvirginia", -300), ("westeurope", 60), ("westus2", -480), ("westus3", -420),
];

/// The other known regions.
#[rustfmt::skip]
const WITHOUT_ZONES: [(&str, i32); 34] = [
    ("australiacentral", 600), ("australiacentral2", 600), ("australiasoutheast", 600),
    ("brazilsoutheast", -180), ("canadaeast", -300), ("chinaeast", 480), ("chinaeast2", 480),
    ("chinaeast3", 480), ("chinanorth", 480), ("chinanorth2", 480), ("francesouth", 60),
    ("germanynorth", 60), ("japanwest", 540), ("jioindiacentral", 330), ("jioindiawest", 330),
    ("koreasouth", 540), ("northcentralus", -360), ("norwaywest", 60), ("southafricawest", 120),
    ("swedensouth", 60), ("switzerlandwest", 60), ("taiwannorth", 480), ("uaecentral", 240),
    ("ukwest", 0), ("usdodcentral", -360), ("usdodeast", -300), ("usgovarizona", -420),
    ("usgoviowa", -360), ("usgovtexas", -360), ("westcentralus", -420), ("westindia", 330),
    ("westus", -480), ("germanycentral", 60), ("germanynortheast", 60),
];

/// Known regions whose backups cannot go to a paired region.
#[rustfmt::skip]
const WITHOUT_GEO_BACKUP: [&str; 20] = [
    "australiacentral2", "austriaeast", "belgiumcentral", "brazilsouth", "brazilsoutheast",
    "chilecentral", "chinaeast2", "chinanorth2", "indonesiacentral", "israelcentral", "italynorth",
    "malaysiawest", "mexicocentral", "newzealandnorth", "polandcentral", "qatarcentral",
    "spaincentral", "usgovarizona", "usgovtexas", "westus3",
];

/// Regions that offered zones late: a server that was made there before, and asked for no zone, keeps
/// its standby beside its primary, even where its mode is zone-redundant.
const ZONES_CAME_LATE: [&str; 3] = ["eastasia", "koreacentral", "westus3"];

/// The region of servers that do not say where they are.
pub const UNKNOWN: &str = "unknown";

/// What is known of one region.
#[derive(Clone, Copy)]
pub struct Place {
    /// Its zones: 1 or 3.
    pub zones: u8,
    /// Minutes ahead of UTC, without daylight saving.
    pub offset: i32,
    /// Whether backups can go to a paired region.
    pub geo_backup: bool,
    /// Whether older servers that asked for no zone have both nodes in one.
    pub zones_came_late: bool,
    /// Whether it stands in a table.
    known: bool,
    /// Whether the servers know of zones that the table does not.
    contradicted: bool,
}

/// All regions that the servers name.
pub struct Places(BTreeMap<String, Place>);

impl Places {
    /// The regions of the servers: as the tables know them, and with the zones the servers name.
    pub fn of(records: &[Record]) -> Places {
        let mut places = BTreeMap::new();
        for record in records {
            let name = region_of(record);
            let zones = [&record.zone, &record.standby_zone];
            let highest = zones.into_iter().flatten().filter_map(|zone| zone_number(zone)).max();
            let place = places.entry(name).or_insert_with_key(|name| look_up(name));
            if highest > Some(1) && place.zones == 1 {
                *place = Place { zones: 3, contradicted: true, ..*place };
            }
        }
        Places(places)
    }

    /// The place of a region that one of the servers names.
    pub fn get(&self, region: &str) -> Place {
        self.0.get(region).copied().unwrap_or_else(|| look_up(region))
    }

    /// What was assumed about the regions in use.
    pub fn notes(&self, used: &BTreeSet<&str>) -> Vec<Note> {
        let note = |region: &&str| {
            let place = self.get(region);
            let text = if place.contradicted {
                format!(
                    "region {region}: listed without zones, but its servers name several: \
                     3 zones assumed"
                )
            } else if !place.known {
                format!("region {region}: not a known region: 3 zones and UTC assumed")
            } else {
                return None;
            };
            Some(Note { server: None, text })
        };
        used.iter().filter_map(note).collect()
    }
}

fn look_up(name: &str) -> Place {
    let of =
        |table: &[(&str, i32)]| table.iter().find(|(region, _)| *region == name).map(|row| row.1);
    let (zones, offset) = match (of(&WITH_ZONES), of(&WITHOUT_ZONES)) {
        (Some(offset), _) => (3, Some(offset)),
        (None, Some(offset)) => (1, Some(offset)),
        (None, None) => (3, None),
    };
    Place {
        zones,
        offset: offset.unwrap_or(0),
        geo_backup: !WITHOUT_GEO_BACKUP.contains(&name),
        zones_came_late: ZONES_CAME_LATE.contains(&name),
        known: offset.is_some(),
        contradicted: false,
    }
}

/// The region's name as the API spells it: `(US) East US 2` is `eastus2`.
pub fn region_of(record: &Record) -> String {
    let location = record.location.as_deref().unwrap_or("");
    let bare = match location.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((_, bare)) => bare,
        None => location,
    };
    let letters = bare.chars().filter(char::is_ascii_alphanumeric).take(40);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    if name.is_empty() { UNKNOWN.to_owned() } else { name }
}

/// What a location that is no region's name was turned into, if it was.
pub fn renamed(record: &Record, region: &str) -> Option<String> {
    let location = record.location.as_deref()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '(' | ')' | '-');
    let changed = !location.chars().all(plain) || location.len() > 60 || region == UNKNOWN;
    changed
        .then(|| format!("location {} is no region's name: {region} is used", printable(location)))
}

/// A zone's number, 1 to 3.
pub fn zone_number(zone: &str) -> Option<u8> {
    zone.parse().ok().filter(|number| (1..=3).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        let region = |location: &str| {
            region_of(&Record { location: Some(location.to_owned()), ..Record::default() })
        };
        assert_eq!(region("East US 2"), "eastus2");
        assert_eq!(region("(Europe) West Europe"), "westeurope");
        assert_eq!(region("../../etc"), "etc");
        assert_eq!(region("\n"), UNKNOWN);
    }

    #[test]
    fn tables_hold_normalised_names_once() {
        let names: Vec<&str> = WITH_ZONES.iter().chain(&WITHOUT_ZONES).map(|row| row.0).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(unique.len(), names.len());
        assert!(WITHOUT_GEO_BACKUP.iter().all(|name| unique.contains(name)));
        assert!(ZONES_CAME_LATE.iter().all(|name| unique.contains(name)));
        assert!(
            names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
        );
    }
}
