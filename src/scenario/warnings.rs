//! Warnings: what a person should know before believing the result.

use super::explain::{length, ours, short};
use super::exposure::{self, Repairs};
use super::units::{print_duration, print_speed};
use super::{Scenario, Stop};
use crate::model::fault::{Cause, MODES};
use crate::model::fleet::{Fleet, Group, Redundancy, StandbyMode, WalRate};
use crate::model::layout;
use crate::model::plan::{beyond_limit, days_between_turns};

/// Every warning, in the order of the file's parts.
pub fn warnings(s: &Scenario) -> Vec<String> {
    let fleet = &s.fleet;
    let mut warnings = Vec::new();
    let horizon = fleet.horizon.as_secs_f64();
    let mut longest = (0.0, String::new());
    for drill in &fleet.injections {
        let lasts = drill.lasts.as_ref().map_or(0.0, |law| law.mean());
        let mode = MODES.iter().find(|m| m.cause == drill.cause).map_or("drill", |m| m.name);
        if drill.lasts.is_some() && lasts == 0.0 {
            warnings.push(format!("a drill of {mode} lasts no time, so it does nothing"));
        }
        if lasts > longest.0 {
            longest = (lasts, format!("a drill of {mode} lasts {}", length(lasts)));
        }
    }
    let hosts = &fleet.faults.host_failure;
    if fleet.faults.is_on(Cause::host_failure) && hosts.repair.mean() > longest.0 {
        let lasts = hosts.repair.mean();
        longest = (lasts, format!("the repair of a host takes {}", length(lasts)));
    }
    for g in ours(fleet) {
        for (i, _) in MODES.iter().enumerate().filter(|(_, m)| m.addressed.by_group()) {
            for source in exposure::sources(&g.faults, i, 0.0) {
                let lasts = source.lasts.unwrap_or(0.0);
                if lasts > longest.0 {
                    let label = format!("{} of {} lasts {}", source.label, g.name, length(lasts));
                    longest = (lasts, label);
                }
            }
        }
    }
    for (i, _) in MODES.iter().enumerate() {
        for source in exposure::sources(&fleet.faults, i, 0.0) {
            let lasts = source.lasts.unwrap_or(0.0);
            if lasts >= longest.0 && lasts > 0.0 {
                longest = (lasts, format!("{} lasts {}", source.label, length(lasts)));
            }
            if source.lasts == Some(0.0) {
                warnings.push(format!("{} lasts no time: give it `lasts`", source.label));
            }
        }
    }
    for g in ours(fleet).filter(|g| g.backup.is_some()) {
        let restore = Repairs::of(g).restore;
        if restore > longest.0 {
            longest = (restore, format!("a restore of {} takes {}", g.name, length(restore)));
        }
    }
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
            warnings.push(format!("region {} has no servers", region.name));
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
