//! Decides which standby a server has, where its properties may contradict each other.
//!
//! What is set outranks what state is reported, and of two readings the one with less protection is
//! taken: a fleet that looks safer than it is would be the worse mistake.

use super::record::{Kind, Record};
use super::regions::{Place, zone_number};
use super::{offers, printable};

/// The standby of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standby {
    /// None.
    None,
    /// In the primary's zone.
    SameZone,
    /// In another zone.
    ZoneRedundant,
}

impl Standby {
    /// As the scenario spells it.
    pub fn text(self) -> &'static str {
        match self {
            Standby::None => "none",
            Standby::SameZone => "same-zone",
            Standby::ZoneRedundant => "zone-redundant",
        }
    }

    /// As the names of groups spell it.
    pub fn short(self) -> &'static str {
        match self {
            Standby::None => "noha",
            Standby::SameZone => "sz",
            Standby::ZoneRedundant => "zr",
        }
    }
}

/// What a property asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Off,
    On,
    Mode(Standby),
}

fn wish(text: &str) -> Option<Wish> {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    let word: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    match word.as_str() {
        "zoneredundant" => Some(Wish::Mode(Standby::ZoneRedundant)),
        "samezone" => Some(Wish::Mode(Standby::SameZone)),
        "disabled" | "none" | "notenabled" | "false" | "off" => Some(Wish::Off),
        "enabled" | "true" | "on" => Some(Wish::On),
        _ => None,
    }
}

/// What a reported state tells: whether a standby exists.
fn exists(state: &str) -> Option<bool> {
    match state.to_ascii_lowercase().as_str() {
        "notenabled" | "removingstandby" | "none" => Some(false),
        "healthy"
        | "replicatingdata"
        | "creatingstandby"
        | "failingover"
        | "recreatingstandby"
        | "computeupdatingbyfailover"
        | "initializing" => Some(true),
        _ => None,
    }
}

/// The standby of a server that is no replica; `None` is also pushed to `assumed` where no property
/// speaks of it.
pub fn standby(
    record: &Record,
    burstable: bool,
    place: Place,
    notes: &mut Vec<String>,
    assumed: &mut Vec<String>,
) -> Standby {
    if record.kind == Kind::Single {
        let target = offers::single_target().0;
        notes.push(format!(
            "Single Server has no standby to configure: high_availability = none, its own target of {target}, \
             and for all else the rules of Flexible Server"
        ));
        return Standby::None;
    }
    let setting = setting(record, notes);
    let exists = record.ha_state.as_deref().and_then(exists);
    let state = printable(record.ha_state.as_deref().unwrap_or(""));
    let wanted = match (setting, exists) {
        (None, None) => {
            assumed.push("no high availability".to_owned());
            return Standby::None;
        }
        (None, Some(false)) => return Standby::None,
        (None, Some(true)) => {
            notes.push(format!(
                "no high availability mode, but its state is {state}: a standby assumed"
            ));
            Wish::On
        }
        (Some(Wish::Off), Some(true)) => {
            notes.push(format!(
                "high availability is disabled, but its state is {state}: none assumed"
            ));
            return Standby::None;
        }
        (Some(Wish::Off), _) => return Standby::None,
        (Some(wanted), Some(false)) => {
            notes.push(format!(
                "high availability is set, but its state is {state}: the setting is used"
            ));
            wanted
        }
        (Some(wanted), _) => wanted,
    };
    if burstable {
        notes.push("the Burstable tier has no standby: high_availability = none".to_owned());
        return Standby::None;
    }
    placed(record, wanted, place, notes)
}

/// The mode, else whether it is enabled.
fn setting(record: &Record, notes: &mut Vec<String>) -> Option<Wish> {
    let mut read = |text: Option<&str>| {
        let text = text?;
        let wish = wish(text);
        if wish.is_none() {
            notes.push(format!("high availability {} is not known: ignored", printable(text)));
        }
        wish
    };
    let mode = read(record.ha_mode.as_deref());
    let enabled = read(record.ha_enabled.as_deref());
    if let (Some(mode), Some(enabled)) = (mode, enabled)
        && (mode == Wish::Off) != (enabled == Wish::Off)
    {
        notes.push("highAvailability.mode contradicts haEnabled: the mode is used".to_owned());
    }
    mode.or(enabled)
}

/// Where the standby is: the mode and the two zones may disagree, and so may the region.
fn placed(record: &Record, wanted: Wish, place: Place, notes: &mut Vec<String>) -> Standby {
    let zone = |text: &Option<String>| text.as_deref().and_then(zone_number);
    let apart = match (zone(&record.zone), zone(&record.standby_zone)) {
        (Some(primary), Some(standby)) => Some(primary != standby),
        _ => None,
    };
    match (wanted, apart) {
        (Wish::Mode(Standby::ZoneRedundant), Some(false)) => {
            notes.push("zone-redundant, but both nodes are in one zone: same-zone used".to_owned());
            Standby::SameZone
        }
        (Wish::Mode(Standby::SameZone), Some(true)) => {
            notes.push("same-zone, but the nodes are in two zones: same-zone used".to_owned());
            Standby::SameZone
        }
        (Wish::Mode(Standby::ZoneRedundant), None) | (Wish::On, None) if place.zones < 2 => {
            notes.push("its region offers no zone-redundant standby: same-zone used".to_owned());
            Standby::SameZone
        }
        (Wish::Mode(Standby::ZoneRedundant), None) if place.zones_came_late => {
            notes.push(
                "zone-redundant as it says; in this region an older server that asked for no zone \
                 may have both nodes in one: check it"
                    .to_owned(),
            );
            Standby::ZoneRedundant
        }
        (Wish::Mode(mode), _) => mode,
        (_, Some(true)) => Standby::ZoneRedundant,
        (_, Some(false)) => Standby::SameZone,
        (_, None) => {
            notes.push("high availability without a mode: zone-redundant assumed".to_owned());
            Standby::ZoneRedundant
        }
    }
}
