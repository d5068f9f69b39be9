//! Warnings: what a person should know before believing the result.

use super::explain::{length, ours, short};
use super::exposure;
use super::repairs::Repairs;
use super::units::{print_duration, print_speed};
use super::{Scenario, Stop};
use crate::model::fault::{Cause, Faults, MODES};
use crate::model::fleet::{Fleet, Group, Injection, Redundancy, StandbyMode, WalRate};
use crate::model::layout;
use crate::model::window_classes::{beyond_limit, days_between_turns};

/// Every warning, in the order of the file's parts.
pub fn warnings(s: &Scenario) -> Vec<String> {
    let fleet = &s.fleet;
    let mut warnings = Vec::new();
    let horizon = fleet.horizon.as_secs_f64();
    for (i, _) in MODES.iter().enumerate() {
        let sources = exposure::sources(&fleet.faults, i, 0.0).into_iter();
        for source in sources.filter(|source| source.lasts == Some(0.0)) {
            warnings.push(format!("{} lasts no time: give it `lasts`", source.label));
        }
    }
    for drill in fleet.injections.iter().filter(|drill| does_nothing(drill)) {
        let mode = drill.cause.name();
        warnings.push(format!("a drill of {mode} lasts no time, so it does nothing"));
    }
    let longest = longest(fleet);
    if horizon < 20.0 * longest.0 {
        warnings.push(format!(
            "the duration of {} is under 20 times the longest mean: {}; \
             incidents cut by the end weigh",
            length(horizon),
            longest.1
        ));
    }
    if s.faults.iter().all(|f| !f.on)
        && fleet.injections.is_empty()
        && fleet.groups.iter().all(|g| !g.maintenance_on && g.faults.on.iter().all(|on| !on))
    {
        warnings.push(
            "no fault mode is on, nothing is injected, no maintenance: nothing happens".into(),
        );
    }
    for (i, region) in fleet.regions.iter().enumerate() {
        if let Some(hosts) = exposure::hosts(fleet, i) {
            let free = hosts * f64::from(region.vcores_per_host) - exposure::vcores(fleet, i);
            let cells = layout::cells(fleet).iter().filter(|c| c.region == i).count().max(1);
            let free = free / (cells as f64 * f64::from(region.zones));
            if free < f64::from(region.vcores_per_host) {
                warnings.push(format!(
                    "region {}: a zone of a cell has about {} vCores free, less than one host \
                     of {}: nodes of a lost host may wait",
                    region.name,
                    short(free),
                    region.vcores_per_host
                ));
            }
        }
        warnings.extend(zone_loss(fleet, i));
        if let Some(most) = beyond_limit(fleet, i) {
            warnings.push(format!(
                "region {}: maintenance.concurrency is {}, but windows of several kinds overlap and each has \
                 one server at a time: up to {most} at once",
                region.name, region.concurrency
            ));
        }
        if ours(fleet).all(|g| g.region != i) {
            warnings.push(format!("region {}: no servers are in it", region.name));
        }
    }
    let days = days_between_turns(fleet);
    for (g, &days) in fleet.groups.iter().zip(&days).filter(|(g, _)| !g.other_tenant) {
        warnings.extend(group_warnings(fleet, g, days));
    }
    if let Stop::Count(1) = s.replications.stop {
        warnings.push("with one replication most estimates have no interval".to_string());
    }
    warnings
}

/// Whether a drill is over when it begins. Others than these leave something behind: nodes start anew,
/// copies catch up or are lost.
fn does_nothing(drill: &Injection) -> bool {
    let is_short = drill.lasts.as_ref().is_some_and(|law| law.mean() == 0.0);
    let mode = MODES.iter().find(|mode| mode.cause == drill.cause);
    is_short && mode.is_some_and(|m| m.addressed.environmental() || m.cause == Cause::connectivity)
}

/// What lasts longest by its mean, in seconds and in words; of several the first.
fn longest(fleet: &Fleet) -> (f64, String) {
    let mut all: Vec<(f64, String)> = Vec::new();
    let mut lasting = |faults: &Faults, position, of: &str| {
        for source in exposure::sources(faults, position, 0.0) {
            let lasts = source.lasts.unwrap_or(0.0);
            all.push((lasts, format!("{}{of} lasts {}", source.label, length(lasts))));
        }
    };
    (0..MODES.len()).for_each(|i| lasting(&fleet.faults, i, ""));
    for g in ours(fleet) {
        let own = MODES.iter().enumerate().filter(|(_, mode)| mode.addressed.by_group());
        own.for_each(|(i, _)| lasting(&g.faults, i, &format!(" of {}", g.name)));
    }
    for g in ours(fleet).filter(|g| g.backup.is_some()) {
        let restore = Repairs::of(g).restore;
        all.push((restore, format!("a restore of {} takes {}", g.name, length(restore))));
    }
    if fleet.faults.is_on(Cause::host_failure) {
        let repair = fleet.faults.host_failure.repair.mean();
        all.push((repair, format!("the repair of a host takes {}", length(repair))));
    }
    for drill in &fleet.injections {
        let lasts = drill.lasts.as_ref().map_or(0.0, |law| law.mean());
        all.push((lasts, format!("a drill of {} lasts {}", drill.cause.name(), length(lasts))));
    }
    // The last of equal ones is the largest: the first one is wanted.
    all.into_iter().rev().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default()
}

/// Whether the zones that are left have room for the standbys that a lost zone leaves without.
fn zone_loss(fleet: &Fleet, region: usize) -> Option<String> {
    let spec = &fleet.regions[region];
    let all = exposure::hosts(fleet, region)? * f64::from(spec.vcores_per_host);
    let zones = f64::from(spec.zones);
    let replaced = |g: &&Group| {
        g.region == region
            && g.standby_mode == StandbyMode::ZoneRedundant
            && g.standby.replace_after.is_some()
    };
    let each = |g: &Group| f64::from(g.count) * f64::from(g.vcores) * 2.0 / zones;
    let wanted: f64 = fleet.groups.iter().filter(replaced).map(each).sum();
    let free = (all - exposure::vcores(fleet, region)) * (zones - 1.0) / zones;
    (wanted > free).then(|| {
        format!(
            "region {}: after the loss of a zone new standbys want {} vCores, the other zones have \
             about {} free: some wait",
            spec.name,
            short(wanted),
            short(free)
        )
    })
}

fn group_warnings(fleet: &Fleet, g: &Group, days_between_turns: i64) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |text: String| warnings.push(format!("servers.{}: {text}", g.name));
    if let WalRate::Hourly(hours) = &g.wal_rate {
        let peak = hours.iter().copied().fold(0.0, f64::max);
        if peak > g.standby.replay_rate.0 || peak > g.compute.replay_rate.0 {
            warn(format!(
                "at its peak of {} it writes more log than can be replayed",
                print_speed(peak)
            ));
        }
    }
    let gap = g.maintenance.min_gap.as_secs_f64() / 86_400.0;
    if g.maintenance_on && days_between_turns as f64 >= gap + 7.0 {
        warn(format!(
            "maintenance.concurrency lets it have its turn every {days_between_turns} days only, min_gap is {}",
            print_duration(g.maintenance.min_gap.as_secs_f64())
        ));
    }
    let zones = fleet.regions[g.region].zones;
    if g.standby.wal_quorum && g.standby_mode == StandbyMode::ZoneRedundant && zones < 3 {
        warn(format!("wal_quorum wants a third zone, its region has {zones}"));
    }
    let redundancy = g.backup.map(|b| b.redundancy);
    if g.restore.on_zone_outage.after.is_some()
        && matches!(redundancy, None | Some(Redundancy::Local))
    {
        warn("on_zone_outage cannot restore: its backups do not survive the zone".to_string());
    }
    if g.restore.on_region_outage.after.is_some() && redundancy != Some(Redundancy::Geo) {
        warn("on_region_outage cannot restore: its backups do not survive the region".to_string());
    }
    if let Some(archive) = g.objectives.rpo.filter(|rpo| *rpo < g.restore.archive_period) {
        let period = print_duration(g.restore.archive_period.as_secs_f64());
        warn(format!(
            "its rpo of {archive} is below the archive period of {period}: a restore misses it"
        ));
    }
    warnings
}
