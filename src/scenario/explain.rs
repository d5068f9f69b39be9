//! What would be simulated, in plain words: the text of `fleetsim check`.

use super::exposure::{self, Repairs};
use super::units::{YEAR, print_duration, print_share, print_size, print_speed};
use super::{Environment, HalfWidth, Scenario, Stop, calendar, effective};
use crate::kernel::time::{SimTime, Span};
use crate::model::fault::{Addressed, MODES};
use crate::model::fleet::{Fleet, Group, Place, Redundancy, StandbyMode, WalRate, Window};
use crate::model::layout;
use std::fmt::Write;

/// Fewer strikes than this of zone and region outages over all replications are stratified.
pub const STRATIFY_BELOW: f64 = 400.0;
/// Strata need at least this many replications, so that each has an error of its own.
pub const STRATA_NEED: u64 = 4;

/// Fewer replications than this have no strata.
pub const LEAST_FOR_STRATA: f64 = 4.0;

/// The whole text.
pub fn explain(scenario: &Scenario) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, scenario);
    out
}

impl Scenario {
    /// How the environment will be drawn, and why.
    pub fn environment(&self) -> (Environment, String) {
        let (strikes, rated) = exposure::environment_strikes(&self.fleet);
        let replications = match &self.replications.stop {
            Stop::Count(count) => f64::from(*count),
            Stop::Precision(precision) => f64::from(precision.max),
        };
        let all = strikes * replications;
        let expected = format!(
            "{} zone and region outages are expected in each replication, {} in all",
            short(strikes),
            short(all)
        );
        if !rated {
            let why = "a zone or region outage has `every` instead of a rate".to_string();
            return (Environment::Natural, why);
        }
        if replications < LEAST_FOR_STRATA {
            let why = format!("fewer than {LEAST_FOR_STRATA} replications; {expected}");
            return (Environment::Natural, why);
        }
        if replications < STRATA_NEED as f64 && strikes > 0.0 {
            return (Environment::Natural, format!("strata need {STRATA_NEED} replications"));
        }
        match self.replications.environment {
            Environment::Auto if strikes <= 0.0 => {
                (Environment::Natural, "no zone or region outage is on".to_string())
            }
            Environment::Auto if all < STRATIFY_BELOW => {
                (Environment::Stratified, format!("{expected}, fewer than {STRATIFY_BELOW}"))
            }
            Environment::Auto => (Environment::Natural, expected),
            Environment::Stratified if strikes <= 0.0 => {
                (Environment::Natural, "no zone or region outage is on".to_string())
            }
            wanted => (wanted, format!("the scenario says so; {expected}")),
        }
    }
}

fn write_all(out: &mut String, s: &Scenario) -> std::fmt::Result {
    let fleet = &s.fleet;
    let servers: u64 = ours(fleet).map(|g| u64::from(g.count)).sum();
    let start = calendar::print_instant(fleet.calendar.unix_micros(SimTime::ZERO));
    let span = Span(fleet.horizon.0);
    writeln!(out, "{}: {servers} servers for {span} from {start}, seed {}", s.name, fleet.seed)?;
    match s.profile {
        Some(profile) => writeln!(out, "profile {profile} gives what the scenario does not say")?,
        None => writeln!(out, "no profile: what the scenario does not say is neutral")?,
    }
    write_replications(out, s)?;
    write_regions(out, fleet)?;
    write_groups(out, fleet)?;
    write_faults(out, s)?;
    write_repairs(out, fleet)?;
    write_naive(out, fleet)?;
    write_limits(out, fleet)?;
    write_neutral(out, s)?;
    if !s.expectations.is_empty() {
        writeln!(out, "\nexpectations")?;
        for e in &s.expectations {
            writeln!(
                out,
                "  {}{}",
                e.text,
                if e.judge_point { " (by the estimate alone)" } else { "" }
            )?;
        }
    }
    if !s.warnings.is_empty() {
        writeln!(out, "\nwarnings")?;
        for warning in &s.warnings {
            writeln!(out, "  {warning}")?;
        }
    }
    Ok(())
}

fn ours(fleet: &Fleet) -> impl Iterator<Item = &Group> {
    fleet.groups.iter().filter(|g| !g.other_tenant)
}

fn write_replications(out: &mut String, s: &Scenario) -> std::fmt::Result {
    match &s.replications.stop {
        Stop::Count(1) => write!(out, "1 replication")?,
        Stop::Count(count) => write!(out, "{count} replications")?,
        Stop::Precision(p) => {
            let width = match p.half_width {
                HalfWidth::Relative(share) => format!("{} of its value", print_share(share)),
                HalfWidth::Absolute(x) => short(x),
            };
            write!(
                out,
                "replications until {} is known to within {width}, at most {}",
                p.metric, p.max
            )?;
        }
    }
    let (environment, why) = s.environment();
    let word = match environment {
        Environment::Stratified => "stratified",
        _ => "natural",
    };
    writeln!(out, "; environment {word}: {why}")
}

fn write_regions(out: &mut String, fleet: &Fleet) -> std::fmt::Result {
    writeln!(out, "\nregions")?;
    let cells = layout::cells(fleet);
    for (i, region) in fleet.regions.iter().enumerate() {
        let mine: Vec<_> = cells.iter().filter(|c| c.region == i).collect();
        let servers: u64 = mine.iter().map(|c| u64::from(c.servers)).sum();
        writeln!(
            out,
            "  {}: {}, {}, {}; UTC {}",
            region.name,
            counted(region.zones, "zone"),
            counted(mine.len() as u32, "cell"),
            match mine.iter().map(|c| c.servers).max() {
                Some(largest) => {
                    format!("{}, at most {largest} a cell", counted(servers as u32, "server"))
                }
                None => "no servers".to_string(),
            },
            calendar::print_offset(region.utc_offset_minutes),
        )?;
        writeln!(
            out,
            "    a zone and cell has {}, {}, {} of {}",
            counted(region.halls, "hall"),
            counted(region.racks, "rack"),
            counted(region.stamps, "stamp"),
            counted(region.storage_nodes, "storage node"),
        )?;
        match exposure::hosts(fleet, i) {
            Some(hosts) => {
                let tenants = fleet.groups.iter().any(|g| g.other_tenant && g.region == i);
                writeln!(
                    out,
                    "    {} vCores on about {} of {} vCores with {} spare{}",
                    exposure::vcores(fleet, i),
                    counted(hosts as u32, "host"),
                    region.vcores_per_host,
                    print_share(region.spare.0),
                    if tenants { ", other tenants included" } else { ", as sole tenant" },
                )?;
            }
            None => writeln!(out, "    hosts are unbounded: nothing ever waits for capacity")?,
        }
    }
    Ok(())
}

fn write_groups(out: &mut String, fleet: &Fleet) -> std::fmt::Result {
    writeln!(out, "\nservers")?;
    for g in &fleet.groups {
        let region = &fleet.regions[g.region];
        let zone = g.zone.map_or("any zone".to_string(), |z| format!("zone {}", z + 1));
        let size = if g.sku.is_empty() { String::new() } else { format!("{}, ", g.sku) };
        writeln!(
            out,
            "  {}: {} in {}, {zone}; {size}{}, {} ({} used), standby {}{}",
            g.name,
            g.count,
            region.name,
            counted(g.vcores, "vCore"),
            print_size(g.storage.0),
            print_share(g.used.0),
            g.standby_mode.word(),
            if g.other_tenant { "; other tenants, not in results" } else { "" },
        )?;
        let backup = g.backup.map_or("no backup".to_string(), |b| {
            format!("backup {} for {}", b.redundancy.word(), b.retention)
        });
        let window = match (g.maintenance_on, g.window) {
            (false, _) => "no maintenance".to_string(),
            (true, Window::System) => "maintenance when the service chooses".to_string(),
            (true, Window::Custom { day, start }) => {
                let day = calendar::WEEKDAYS[usize::from(day)];
                format!("maintenance {day} {}", calendar::print_clock(u32::from(start)))
            }
        };
        writeln!(out, "    log {} on average; {backup}; {window}", print_speed(g.wal_rate.mean()))?;
    }
    Ok(())
}

fn write_faults(out: &mut String, s: &Scenario) -> std::fmt::Result {
    writeln!(out, "\nfault modes")?;
    let fleet = &s.fleet;
    let years = fleet.horizon.as_secs_f64() / YEAR;
    let releases = fleet.groups.first().map_or(0.0, exposure::releases_per_year);
    for (i, status) in s.faults.iter().enumerate() {
        let mode = &MODES[i];
        writeln!(
            out,
            "  {} {}: {}",
            status.name,
            if status.on { "on" } else { "off" },
            status.why
        )?;
        for source in exposure::sources(&fleet.faults, i, releases) {
            let part = source.label.strip_prefix(status.name).unwrap_or("").trim();
            let part = if part.is_empty() { String::new() } else { format!("{part}: ") };
            let word = mode.addressed.word();
            let in_all = source.per_year * exposure::components(fleet, mode);
            write!(
                out,
                "    {part}{} per {word} and year (MTBF {}), {} a year in the fleet, {} in all",
                short(source.per_year),
                length(YEAR / source.per_year),
                short(in_all),
                short(in_all * years),
            )?;
            match source.lasts {
                Some(lasts) => writeln!(out, "; lasts {}", length(lasts))?,
                None => writeln!(out)?,
            }
        }
        let base = exposure::sources(&fleet.faults, i, releases);
        for g in ours(fleet).filter(|g| g.faults != fleet.faults) {
            match exposure::sources(&g.faults, i, releases) {
                own if own == base => {}
                own if own.is_empty() => writeln!(out, "    off for group {}", g.name)?,
                own => {
                    let rates: Vec<String> = own.iter().map(|s| short(s.per_year)).collect();
                    let word = mode.addressed.word();
                    writeln!(
                        out,
                        "    group {}: {} per {word} and year",
                        g.name,
                        rates.join(", ")
                    )?;
                }
            }
        }
    }
    for injection in &fleet.injections {
        let at = calendar::print_instant(fleet.calendar.unix_micros(injection.at));
        let place = place(fleet, injection.place);
        writeln!(out, "  injected: {} of {place} at {at}", injection.cause.name())?;
    }
    Ok(())
}

fn write_repairs(out: &mut String, fleet: &Fleet) -> std::fmt::Result {
    writeln!(out, "\nmean time to repair")?;
    for g in ours(fleet) {
        let r = Repairs::of(g);
        write!(
            out,
            "  {}: restart {}, reboot {}, other host {} (crash recovery {} of each)",
            g.name,
            length(r.process),
            length(r.vm),
            length(r.relocation),
            length(r.crash_recovery)
        )?;
        if let Some(failover) = r.failover {
            write!(out, ", failover {}", length(failover))?;
        }
        if g.backup.is_some() {
            write!(out, ", restore {}", length(r.restore))?;
        }
        if g.maintenance_on {
            write!(out, ", planned {}", length(r.planned))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_naive(out: &mut String, fleet: &Fleet) -> std::fmt::Result {
    writeln!(
        out,
        "\nnaive availability: MTBF / (MTBF + MTTR) of each mode, multiplied;\n  \
         without planned work and bad releases"
    )?;
    for g in ours(fleet) {
        let repairs = Repairs::of(g);
        let (mut availability, mut incidents) = (1.0, 0.0);
        let lasting = MODES.iter().enumerate().filter(|(_, m)| m.addressed != Addressed::Release);
        for (i, mode) in lasting {
            for source in exposure::sources(&g.faults, i, exposure::releases_per_year(g)) {
                let rate = exposure::per_server(mode, &source, g) / YEAR;
                let after = repairs.after(mode, &source, g);
                availability /= 1.0 + rate * after;
                incidents += if after > 0.0 { rate * YEAR } else { 0.0 };
            }
        }
        let target = g.sla.targets.of(g.standby_mode);
        write!(
            out,
            "  {}: {:.4} %, {} down in {} incidents a year and server, {} incidents a year in all",
            g.name,
            availability * 100.0,
            length((1.0 - availability) * YEAR),
            short(incidents),
            short(incidents * f64::from(g.count)),
        )?;
        match target.0 > 0.0 {
            true => writeln!(out, "; the contract promises {}", print_share(target.0))?,
            false => writeln!(out, "; no contract")?,
        }
    }
    Ok(())
}

fn write_limits(out: &mut String, fleet: &Fleet) -> std::fmt::Result {
    let split = effective::split(fleet);
    let throughput = fleet.groups.iter().any(|g| !g.restore.throughput.0.is_infinite());
    let cells = layout::cells(fleet);
    let several = fleet
        .regions
        .iter()
        .enumerate()
        .any(|(i, _)| cells.iter().filter(|c| c.region == i).count() > 1);
    if split.is_empty() && !(throughput && several) {
        return Ok(());
    }
    writeln!(out, "\nlimits of a region, split over its cells in proportion to their servers")?;
    for (parameter, region, parts) in split {
        writeln!(out, "  {parameter} of {region}: {parts} a cell")?;
    }
    if throughput && several {
        writeln!(out, "  restore.throughput: in the same proportion")?;
    }
    Ok(())
}

fn write_neutral(out: &mut String, s: &Scenario) -> std::fmt::Result {
    if s.profile.is_some() {
        return Ok(());
    }
    let neutral: Vec<String> = s
        .assumptions
        .iter()
        .filter(|a| a.origin == "neutral" && !a.parameter.starts_with("fault."))
        .map(|a| format!("{} = {}", a.parameter, a.value))
        .collect();
    if !neutral.is_empty() {
        writeln!(out, "\nneutral values in force, because nothing says otherwise")?;
        for line in neutral {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

/// `1 zone`, `3 zones`.
fn counted(n: u32, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// A place as a person names it, counted from 1.
fn place(fleet: &Fleet, place: Place) -> String {
    let region = |i: usize| fleet.regions[i].name.as_str();
    let group = |i: usize| fleet.groups[i].name.as_str();
    match place {
        Place::Region(r) => region(r).to_string(),
        Place::Zone(r, z) => format!("{}/{}", region(r), z + 1),
        Place::Hall(r, z, h) => format!("{}/{} hall {}", region(r), z + 1, h + 1),
        Place::Group(g) => format!("group {}", group(g)),
        Place::Server(g, n) => format!("server {} of group {}", n + 1, group(g)),
    }
}

/// A duration that a person reads: the largest two units.
fn length(seconds: f64) -> String {
    Span::from_secs_f64(seconds).to_string()
}

/// A number with three significant digits.
fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let rounded: f64 = format!("{x:.2e}").parse().unwrap_or(x);
    rounded.to_string()
}

/// What a person should know before believing the result.
pub fn warnings(s: &Scenario) -> Vec<String> {
    let fleet = &s.fleet;
    let mut warnings = Vec::new();
    let horizon = fleet.horizon.as_secs_f64();
    let mut longest = (0.0, String::new());
    for (i, _) in MODES.iter().enumerate() {
        for source in exposure::sources(&fleet.faults, i, 0.0) {
            let lasts = source.lasts.unwrap_or(0.0);
            if lasts > longest.0 {
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
        if ours(fleet).all(|g| g.region != i) {
            warnings.push(format!("region {} has no servers", region.name));
        }
    }
    for g in ours(fleet) {
        warnings.extend(group_warnings(fleet, g));
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

fn group_warnings(fleet: &Fleet, g: &Group) -> Vec<String> {
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
