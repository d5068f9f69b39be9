//! Decides what one server's properties mean for the scenario, and says what it had to assume.

use super::offers;
use super::record::{Kind, Record};
use super::regions::{Place, Places, UNKNOWN, region_of, renamed, zone_number};
use super::sku::{self, Compute};
use super::standby::{Standby, standby};
use super::window::{Window, switch, window};
use super::{LONGEST_TEXT, printable};

/// Everything that servers of one group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setup {
    /// The region's name.
    pub region: String,
    /// The compute size.
    pub compute: Compute,
    /// Storage in GiB.
    pub storage_gib: u64,
    /// The standby.
    pub standby: Standby,
    /// Whether they are read replicas.
    pub replica: bool,
    /// Whether they are Single Servers, whose contract promises more.
    pub single: bool,
    /// Whether they are nodes of elastic clusters.
    pub cluster: bool,
    /// The zone, if one is chosen.
    pub zone: Option<u8>,
    /// The user's own maintenance window.
    pub window: Option<Window>,
    /// Days for which backups are kept.
    pub retention_days: u64,
    /// Whether backups go to the paired region.
    pub geo_backup: bool,
}

/// A server that runs in the scenario.
pub struct Member {
    /// What it shares with others.
    pub setup: Setup,
    /// Its nodes, each of which is a server of the scenario.
    pub nodes: usize,
    /// Its name with what else is to be said, safe for a comment.
    pub comment: String,
}

/// Whether a server takes part.
pub enum Outcome {
    /// It does.
    Runs(Box<Member>),
    /// It does not, for this reason.
    LeftOut(String),
}

/// A decided server.
pub struct Settled {
    /// Whether it takes part.
    pub outcome: Outcome,
    /// What was assumed, corrected or left out.
    pub notes: Vec<String>,
}

/// More nodes than any elastic cluster has.
const MOST_NODES: u64 = 1_000;

/// Decides what a record means.
pub fn settle(record: Record, places: &Places) -> Settled {
    let mut notes = record.odd.clone();
    let mut assumed = Vec::new();
    if let Some(why) = left_out(&record, &mut notes, &mut assumed) {
        return Settled { outcome: Outcome::LeftOut(why), notes };
    }
    let region = region_of(&record);
    match &record.location {
        None => assumed.push(format!("region {UNKNOWN}")),
        Some(_) => notes.extend(renamed(&record, &region)),
    }
    let place = places.get(&region);
    let sized = sku::size(&record);
    notes.extend(sized.notes);
    let storage_gib = storage(&record, sized.burstable, &mut notes, &mut assumed);
    let replica = is_replica(&record, &mut notes);
    let standby = if replica {
        Standby::None
    } else {
        standby(&record, sized.burstable, place, &mut notes, &mut assumed)
    };
    let zone = zone(&record, place.zones, &mut notes, &mut assumed);
    let window = window(&record, &mut notes, &mut assumed);
    let retention_days = retention(&record, &mut notes, &mut assumed);
    let geo_backup = geo_backup(&record, place, &mut notes);
    let (nodes, cluster) = nodes(&record, &mut notes);
    if !assumed.is_empty() {
        notes.push(format!("not given, so assumed: {}", assumed.join(", ")));
    }
    let compute = sized.compute;
    let single = record.kind == Kind::Single;
    let comment = comment(&record, replica, nodes, cluster);
    let setup = Setup {
        region,
        compute,
        storage_gib,
        standby,
        replica,
        single,
        cluster,
        zone,
        window,
        retention_days,
        geo_backup,
    };
    Settled { outcome: Outcome::Runs(Box::new(Member { setup, nodes, comment })), notes }
}

/// Why a server does not serve, if it does not; remarks on states that are neither.
fn left_out(record: &Record, notes: &mut Vec<String>, assumed: &mut Vec<String>) -> Option<String> {
    let Some(state) = record.state.as_deref() else {
        assumed.push("state Ready".to_owned());
        return None;
    };
    let lower = state.to_ascii_lowercase();
    match lower.as_str() {
        "ready" | "running" | "succeeded" => None,
        "stopped" | "stopping" | "disabled" | "dropping" => {
            let again = match lower.as_str() {
                "stopped" | "stopping" => {
                    &format!(" (the service starts it again after {} days)", offers::stopped_for())
                }
                _ => "",
            };
            notes.push(format!("state {}: left out, it does not serve{again}", printable(state)));
            Some(lower)
        }
        "inaccessible" => {
            notes.push(
                "state Inaccessible (its key cannot be reached): taken as serving".to_owned(),
            );
            None
        }
        _ => {
            notes.push(format!("state {}: taken as serving", printable(state)));
            None
        }
    }
}

fn storage(
    record: &Record,
    burstable: bool,
    notes: &mut Vec<String>,
    assumed: &mut Vec<String>,
) -> u64 {
    let Some(mib) = record.storage_mib.filter(|&mib| mib > 0) else {
        let usual = offers::usual_storage();
        assumed.push(format!("{usual} GiB of storage"));
        return usual;
    };
    let given = mib.div_ceil(1024);
    let range = offers::storage();
    let offered = given.clamp(*range.start(), *range.end());
    // Burstable servers have no storage that is sold by the GiB.
    let size = if burstable { offers::step_for(offered) } else { offered };
    if size != given {
        notes.push(format!("storage of {given} GiB is not offered: {size} GiB used"));
    }
    size
}

fn is_replica(record: &Record, notes: &mut Vec<String>) -> bool {
    let role = record.role.as_deref().map(str::to_ascii_lowercase);
    let made_as_one = || {
        let mode = record.create_mode.as_deref().map(str::to_ascii_lowercase);
        record.source.is_some() && mode.is_some_and(|mode| mode.contains("replica"))
    };
    let replica = match role {
        Some(role) => role.contains("replica") || role.contains("secondary"),
        None => made_as_one(),
    };
    if replica {
        let standby = if wants_standby(record) { ", without the standby it names" } else { "" };
        notes.push(format!(
            "read replica: in a group of replicas{standby}; its lag is not modelled yet"
        ));
    }
    replica
}

fn wants_standby(record: &Record) -> bool {
    let mode = record.ha_mode.as_deref().or(record.ha_enabled.as_deref()).unwrap_or("");
    ["zoneredundant", "samezone", "enabled"].iter().any(|on| mode.eq_ignore_ascii_case(on))
}

fn zone(
    record: &Record,
    region_zones: u8,
    notes: &mut Vec<String>,
    assumed: &mut Vec<String>,
) -> Option<u8> {
    let Some(text) = record.zone.as_deref() else {
        if region_zones > 1 && record.kind == Kind::Flexible {
            assumed.push("any zone".to_owned());
        }
        return None;
    };
    let zone = zone_number(text);
    if zone.is_none() {
        notes.push(format!("zone {} is none of 1 to 3: any zone used", printable(text)));
    }
    zone
}

fn retention(record: &Record, notes: &mut Vec<String>, assumed: &mut Vec<String>) -> u64 {
    let (range, usual) = (offers::retention(), offers::usual_retention());
    let Some(text) = record.retention.as_deref() else {
        assumed.push(format!("backups kept {usual} days"));
        return usual;
    };
    match text.parse::<f64>() {
        Ok(days) if days.is_finite() => {
            let kept = (days.max(0.0) as u64).clamp(*range.start(), *range.end());
            if days != kept as f64 {
                let text = printable(text);
                notes.push(format!("backups kept {text} days are not offered: {kept} used"));
            }
            kept
        }
        _ => {
            let text = printable(text);
            notes.push(format!("backup retention {text} is no number: {usual} days used"));
            usual
        }
    }
}

fn geo_backup(record: &Record, place: Place, notes: &mut Vec<String>) -> bool {
    let Some(text) = record.geo_backup.as_deref() else { return false };
    match switch(text) {
        Some(true) if !place.geo_backup => {
            let text =
                "its region is listed without geo-redundant backup: the default redundancy used";
            notes.push(text.to_owned());
            false
        }
        Some(enabled) => enabled,
        None => {
            let text = printable(text);
            notes.push(format!("geoRedundantBackup {text} is not known: taken as disabled"));
            false
        }
    }
}

/// How many servers of the scenario it is, and whether it is a cluster.
fn nodes(record: &Record, notes: &mut Vec<String>) -> (usize, bool) {
    match record.cluster_size {
        None | Some(0 | 1) => (1, false),
        Some(size) if size > MOST_NODES => {
            notes.push(format!("a cluster of {size} nodes is not credible: counted as one server"));
            (1, false)
        }
        Some(size) => {
            notes.push(format!(
                "elastic cluster: its {size} nodes are {size} servers; that it needs all of them \
                 is not modelled (a [[service]] can say so)"
            ));
            (size as usize, true)
        }
    }
}

/// The name with what the group does not tell.
fn comment(record: &Record, replica: bool, nodes: usize, cluster: bool) -> String {
    let mut comment = printable(&record.name);
    if replica && let Some(source) = record.source.as_deref() {
        let name = source.rsplit('/').find(|part| !part.is_empty()).unwrap_or(source);
        comment.push_str(&format!(" (replica of {})", printable(name)));
    }
    if cluster {
        comment.push_str(&format!(" ({nodes} nodes)"));
    }
    debug_assert!(comment.chars().count() < 3 * LONGEST_TEXT, "both names are cut");
    comment
}
