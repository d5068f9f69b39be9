//! What would be simulated, in plain words: the text of `fleetsim check`.

use super::exposure;
use super::repairs::Repairs;
use super::units::{YEAR, print_share, print_size, print_speed};
use super::{Environment, HalfWidth, Scenario, Stop, calendar, effective};
use crate::kernel::time::{SimTime, Span};
use crate::model::fault::{Addressed, MODES};
use crate::model::fleet::{Fleet, Group, Place, Window};
use crate::model::layout;
use std::fmt::Write;

/// The whole text.
pub fn explain(scenario: &Scenario) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, scenario);
    out
}

fn write_all(out: &mut String, s: &Scenario) -> std::fmt::Result {
    let fleet = &s.fleet;
    let servers: u64 = ours(fleet).map(|g| u64::from(g.count)).sum();
    let start = calendar::print_instant(fleet.calendar.unix_micros(SimTime::ZERO));
    let span = Span(fleet.horizon.0);
    let servers = counted(servers, "server");
    writeln!(out, "{}: {servers} for {span} from {start}, seed {}", s.name, fleet.seed)?;
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

/// Groups that are not other tenants.
pub(super) fn ours(fleet: &Fleet) -> impl Iterator<Item = &Group> {
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
            counted(mine.len() as u64, "cell"),
            match mine.iter().map(|c| c.servers).max() {
                Some(largest) => {
                    format!("{}, at most {largest} a cell", counted(servers, "server"))
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
                    counted(hosts as u64, "host"),
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
            // What groups have of their own is struck by their own rates.
            let of_groups: Option<f64> = ours(fleet)
                .map(|g| {
                    let own = exposure::sources(&g.faults, i, releases);
                    let rate =
                        own.iter().find(|s| s.label == source.label).map_or(0.0, |s| s.per_year);
                    Some(rate * exposure::of_group(g, mode)?)
                })
                .sum();
            let in_all =
                of_groups.unwrap_or_else(|| source.per_year * exposure::components(fleet, mode));
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
                    write!(out, "    group {}: {} per {word} and year", g.name, rates.join(", "))?;
                    match exposure::of_group(g, mode) {
                        Some(many) => {
                            let all: f64 = own.iter().map(|s| s.per_year * many).sum();
                            writeln!(out, ", {} a year in it", short(all))?;
                        }
                        None => writeln!(out)?,
                    }
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
        "\nnaive availability: MTBF / (MTBF + expected time down) of each mode, multiplied;\n  \
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
fn counted(n: impl Into<u64>, noun: &str) -> String {
    let n = n.into();
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
pub(super) fn length(seconds: f64) -> String {
    Span::from_secs_f64(seconds).to_string()
}

/// A number with three significant digits.
pub(super) fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let rounded: f64 = format!("{x:.2e}").parse().unwrap_or(x);
    let text = rounded.to_string();
    if rounded.abs() < 10_000.0 {
        return text;
    }
    // Thousands apart: `167,000`.
    let ends = |(i, c): (usize, char)| match (text.len() - i - 1) % 3 {
        0 if i + 1 < text.len() && c.is_ascii_digit() => format!("{c},"),
        _ => c.to_string(),
    };
    text.char_indices().map(ends).collect()
}

#[cfg(test)]
mod number_tests {
    use super::short;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [3_520.0, 167_000.0, 25_042_846.0, 0.5].map(short),
            ["3520", "167,000", "25,000,000", "0.5"]
        );
    }
}
