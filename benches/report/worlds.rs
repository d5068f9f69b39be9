//! The fleets that are measured: the shipped million servers, the same list smaller, and variants.

use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::{Rate, Share};
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, Injection, Place, StandbyMode};
use fleetsim::scenario;
use std::path::Path;
use std::sync::Arc;

/// Path of a file of the project.
pub fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// `scenarios/million-servers.toml`, with the groups cut down in proportion.
pub fn mixed(servers: u32) -> Fleet {
    let scenario = scenario::load(&path("scenarios/million-servers.toml"), &[])
        .unwrap_or_else(|complaints| panic!("{}", complaints.lines()));
    let mut fleet = scenario.fleet;
    let all: u64 = fleet.groups.iter().map(|g| u64::from(g.count)).sum();
    assert_eq!(all, 1_000_000, "the file has the servers that its name says");
    // Cumulated, so that the rounding of groups does not add up.
    let (mut seen, mut given) = (0, 0);
    for group in &mut fleet.groups {
        seen += u64::from(group.count);
        let upto = seen * u64::from(servers) / all;
        group.count = (upto - given) as u32;
        given = upto;
    }
    fleet
}

/// The same with only its first region, and as many servers.
pub fn one_region(servers: u32) -> Fleet {
    let mut fleet = mixed(servers.saturating_mul(12).min(1_000_000));
    fleet.regions.truncate(1);
    fleet.groups.retain(|g| g.region == 0);
    fleet
}

/// Failover-heavy: every server zone-redundant, ten times the faults of nodes, no planned work, no
/// connectivity faults.
pub fn failovers(mut fleet: Fleet) -> Fleet {
    let heavier = |faults: &mut Arc<Faults>| {
        let faults = Arc::make_mut(faults);
        let tenfold = |rate: &mut Option<Rate>| *rate = rate.map(|r| Rate(r.0 * 10.0));
        tenfold(&mut faults.process_crash.rate);
        tenfold(&mut faults.vm_crash.rate);
        tenfold(&mut faults.host_failure.rate);
        faults.set_on(Cause::connectivity, false);
        // A bad release is planned work gone wrong.
        faults.set_on(Cause::bad_release, false);
    };
    heavier(&mut fleet.faults);
    for group in &mut fleet.groups {
        heavier(&mut group.faults);
        group.standby_mode = StandbyMode::ZoneRedundant;
        group.maintenance_on = false;
    }
    fleet
}

/// The same with a zone of the first region dark for four hours in the middle of the year.
pub fn with_zone_outage(mut fleet: Fleet) -> Fleet {
    fleet.injections.push(Injection {
        at: SimTime::ZERO + Span::from_days(180),
        cause: Cause::zone_outage,
        place: Place::Zone(0, 1),
        lasts: Some(Law::fixed(4.0 * 3600.0)),
        share: Some(Share(1.0)),
        copies_lost: None,
    });
    fleet
}

/// The same without what strikes more than a host or a storage node at once: what can also be played
/// component by component.
pub fn without_wide_outages(mut fleet: Fleet) -> Fleet {
    let narrower = |faults: &mut Arc<Faults>| {
        let faults = Arc::make_mut(faults);
        for cause in [
            Cause::rack_outage,
            Cause::zone_outage,
            Cause::region_outage,
            Cause::stamp_outage,
            Cause::partition,
            Cause::gateway_outage,
            Cause::control_plane_outage,
            Cause::bad_release,
        ] {
            faults.set_on(cause, false);
        }
        faults.process_crash.common_cause = None;
        faults.vm_crash.common_cause = None;
        faults.host_failure.common_cause = None;
        faults.storage_node.common_cause = None;
        faults.copy_failure.common_cause = None;
    };
    narrower(&mut fleet.faults);
    fleet.groups.iter_mut().for_each(|g| narrower(&mut g.faults));
    fleet
}
