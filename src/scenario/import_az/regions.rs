//! Regions of servers: their name, whether they have zones, and their offset from UTC.

use std::collections::{BTreeMap, BTreeSet};

use super::record::Record;
use super::{Note, offers, printable};

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
    let place = |zones, offset, known| {
        let (geo_backup, zones_came_late, contradicted) = (true, false, false);
        Place { zones, offset, geo_backup, zones_came_late, known, contradicted }
    };
    match (offers::region(name), offers::region_elsewhere(name)) {
        (Some(region), _) => Place {
            geo_backup: region.geo_backup,
            zones_came_late: region.zones_came_late,
            ..place(if region.zone_redundant { 3 } else { 1 }, region.utc_offset, true)
        },
        (None, Some(offset)) => place(1, offset, true),
        (None, None) => place(3, 0, false),
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
}
