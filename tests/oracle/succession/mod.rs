//! Who comes next: losses of one instant, of a new primary, of standbys that are away for a moment, and
//! copies that are waited for. Every stretch is known.

mod links;
mod restores;
mod volumes;

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::param::Policy;
use fleetsim::kernel::quantity::{Bytes, Share, Speed};
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{
    Backup, Fleet, Injection, Place, Redundancy, StandbyMode, WalRate, Window,
};
use fleetsim::model::record::{Phase, RecoveryPath};
use fleetsim::model::topology::Topology;
use fleetsim::model::world::Scene;

const DETECTION: f64 = 20.0;
const DECISION: f64 = 4.0;
const FENCING: f64 = 5.0;
const PROMOTION: f64 = 25.0;
const REDIRECTION: f64 = 60.0;
/// From the loss of a primary to its successor.
const FAILOVER: f64 = DETECTION + DECISION + FENCING + PROMOTION + REDIRECTION;

/// Pairs with primaries in one zone of so many.
fn pairs(servers: u32, zones: u32, primaries: u32, mode: StandbyMode) -> Fleet {
    let mut fleet = fleet(servers, 5.0 * DAY, Faults::default());
    fleet.regions[0].zones = zones;
    let group = &mut fleet.groups[0];
    group.zone = Some(primaries);
    group.standby_mode = mode;
    group.compute.vm_reboot = Law::fixed(60.0);
    let standby = &mut group.standby;
    standby.replace_after = None;
    standby.detection = Law::fixed(DETECTION);
    standby.decision = Law::fixed(DECISION);
    standby.fencing = Law::fixed(FENCING);
    standby.promotion = Law::fixed(PROMOTION);
    standby.redirection = Law::fixed(REDIRECTION);
    fleet
}

/// A region is out, and its nodes come back one by one: which zone has the lower number says nothing.
#[test]
fn strikes_of_one_instant_have_no_order() {
    let share = |primaries: u32, quorum: bool| {
        let mut fleet = pairs(400, 2 + u32::from(quorum), primaries, StandbyMode::ZoneRedundant);
        fleet.groups[0].standby.wal_quorum = quorum;
        fleet.regions[0].vcores_per_host = 2;
        let faults = std::sync::Arc::make_mut(&mut fleet.faults);
        faults.region_outage.r#return = exponential(2.0 * HOUR);
        fleet.groups[0].faults = fleet.faults.clone();
        fleet.injections = vec![drill(Cause::region_outage, Place::Region(0), DAY, Some(HOUR))];
        let tape = tape(&fleet);
        assert_eq!(tape.incidents, 400.0);
        tape.paths[RecoveryPath::Failover as usize] / tape.incidents
    };
    // Whoever is back first: the standby in half of the cases, less those in which the primary comes
    // before its failover is decided. Four standard errors of a share of a half are 0.1.
    for (zone, quorum) in [(0, false), (1, false), (0, true), (1, true)] {
        let found = share(zone, quorum);
        assert!((found - 0.5).abs() < 0.1, "zone {zone}, quorum {quorum}: {found}");
    }
}

/// A new primary is lost while clients still resolve the old address, when the old one is back and has
/// every commit.
#[test]
fn a_primary_that_falls_in_redirection_has_a_successor() {
    let (falls, out) = (80.0, 10.0 * HOUR);
    for quorum in [false, true] {
        let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
        fleet.groups[0].standby.wal_quorum = quorum;
        let crash = drill(Cause::vm_crash, Place::Server(0, 0), DAY, None);
        // Where the standby stands is found out by striking the other two zones.
        let mut lengths = Vec::new();
        for zone in [1, 2] {
            let outage = drill(Cause::zone_outage, Place::Zone(0, zone), DAY + falls, Some(out));
            fleet.injections = vec![crash.clone(), outage];
            lengths.push(tape(&fleet).down);
        }
        lengths.sort_by(f64::total_cmp);
        assert_eq!(lengths, [FAILOVER, falls + FAILOVER], "quorum {quorum}");
    }
    // Its volume stalls for as long: that is noticed while clients find it.
    let tolerance = 10.0;
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].volume.stall_tolerance = seconds(tolerance);
    let crash = drill(Cause::vm_crash, Place::Server(0, 0), DAY, None);
    let stall = drill(Cause::stamp_outage, Place::Zone(0, 1), DAY + falls, Some(out));
    fleet.injections = vec![crash, stall];
    let noticed = f64::max(falls + tolerance + DETECTION + DECISION, FAILOVER);
    assert_eq!(tape(&fleet).down, noticed + FENCING + PROMOTION + REDIRECTION);
}

/// A standby whose volume is away for some seconds as the primary is lost takes over when the loss has
/// been noticed, not before.
#[test]
fn a_standby_that_returns_waits_for_detection() {
    let (sealed, lasts) = (3.0, 2.0 * HOUR);
    let mut fleet = pairs(100, 1, 0, StandbyMode::SameZone);
    fleet.regions[0].racks = 4;
    fleet.regions[0].stamps = 1;
    fleet.regions[0].storage_nodes = 4;
    let volume = &mut fleet.groups[0].volume;
    volume.seal = Law::fixed(sealed);
    volume.stall_tolerance = seconds(10.0);
    fleet.injections = vec![drill(Cause::rack_outage, Place::Server(0, 0), DAY, Some(lasts))];
    let tape = tape(&fleet);
    let failovers: Vec<&Row> =
        tape.rows.iter().filter(|r| r.path == Some(RecoveryPath::Failover)).collect();
    assert!(failovers.len() > 10);
    assert!(failovers.iter().all(|r| r.length() == FAILOVER));
}

/// All data of the primary is lost, and its standby breaks as it is promoted: nobody will mend it.
#[test]
fn nobody_waits_for_a_standby_that_is_not_mended() {
    let (making, mending) = (HOUR, 600.0);
    for mended in [false, true] {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Zone });
        group.restore.provisioning = Law::fixed(making);
        group.standby.promotion_success = Share(0.0);
        group.standby.promotion_repair = mended.then(|| Law::fixed(mending));
        let lost = drill(Cause::stamp_outage, Place::Server(0, 0), DAY, Some(1.0));
        fleet.injections = vec![Injection { copies_lost: Some(Share(1.0)), ..lost }];
        let tape = tape(&fleet);
        let path = if mended { RecoveryPath::Failover } else { RecoveryPath::Restore };
        assert_eq!(tape.paths[path as usize], 1.0, "mended: {mended}");
        let broken = DETECTION + DECISION + FENCING + PROMOTION;
        let rest = if mended { mending + REDIRECTION } else { making };
        assert_eq!(tape.down, broken + rest, "mended: {mended}");
    }
}

/// A standby that was caught up halfway over a time without a primary is promoted with what is missing.
#[test]
fn a_stale_standby_loses_what_it_misses() {
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.wal_rate = WalRate::Law(Law::fixed(1e6));
    group.storage = Bytes(100_000_000_000);
    group.standby.catch_up_rate = Speed(1e6);
    group.standby.promote_stale = Policy { after: Some(seconds(2.0 * HOUR)) };
    group.compute.vm_reboot = Law::fixed(0.0);
    let out = |zone: u32, at: f64, lasts: f64| {
        drill(Cause::zone_outage, Place::Zone(0, zone), at * HOUR, Some(lasts * HOUR))
    };
    // The standby is away from 10 to 12, the primary from 10:30 to 11:30. By 13:00 the standby has all
    // of the log; until then it has as much of these two hours of log as of the hour has passed.
    let loss = |at: f64| -> f64 {
        let mut fleet = fleet.clone();
        fleet.injections = vec![out(1, 10.0, 2.0), out(0, 10.5, 1.0), out(0, at, 50.0)];
        tape(&fleet).rows.iter().filter_map(|r| r.loss).sum()
    };
    assert_eq!(loss(12.5), 0.5 * HOUR);
    assert_eq!(loss(12.75), 0.25 * HOUR);
    // Not yet over the time without a primary.
    assert!((loss(12.1) - (12.1 - 10.2) * HOUR).abs() < 1e-3);
}

/// Storage nodes come back late from an outage, later than lost copies are waited for: none is made anew
/// while there is nothing to read from.
#[test]
fn copies_are_waited_for_while_none_is_live() {
    let (lasts, back) = (4.0 * HOUR, 20.0 * MINUTE);
    for patience in [15.0 * MINUTE, 2.0 * HOUR] {
        let mut fleet = fleet(50, 5.0 * DAY, Faults::default());
        let region = &mut fleet.regions[0];
        (region.racks, region.stamps, region.storage_nodes) = (10, 1, 20);
        let faults = std::sync::Arc::make_mut(&mut fleet.faults);
        faults.zone_outage.r#return = Law::fixed(back);
        let group = &mut fleet.groups[0];
        group.faults = fleet.faults.clone();
        group.volume.rebuild = Some(Law::fixed(HOUR));
        group.volume.rebuild_after = seconds(patience);
        let zone = Place::Zone(0, 0);
        fleet.injections = vec![drill(Cause::zone_outage, zone, DAY, Some(lasts))];
        let tape = tape(&fleet);
        assert_eq!((tape.down, tape.copies), (50.0 * (lasts + back), 0.0), "{patience}");
    }
}

/// New volumes are laid on storage nodes that are up.
#[test]
fn a_new_volume_stands_on_nodes_that_are_up() {
    let mut fleet = pairs(100, 1, 0, StandbyMode::SameZone);
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (6, 1, 6);
    region.vcores_per_host = 2;
    let group = &mut fleet.groups[0];
    group.standby.replace_after = Some(seconds(MINUTE));
    group.standby.provisioning = Law::fixed(900.0);
    group.compute.relocation = Law::fixed(3.0 * HOUR);
    group.volume.rebuild_after = seconds(15.0 * MINUTE);
    group.volume.rebuild = Some(Law::fixed(HOUR));
    fleet.injections = vec![
        drill(Cause::storage_node, Place::Server(0, 0), DAY, Some(3.0 * DAY)),
        drill(Cause::host_failure, Place::Group(0), DAY + 2.0 * HOUR, None),
        drill(Cause::host_failure, Place::Group(0), DAY + 6.0 * HOUR, None),
    ];
    // By then every copy of the lost node is elsewhere: half of the servers are at risk for at most an
    // hour and a quarter, nobody for days.
    let tape = tape(&fleet);
    assert!(tape.copies > 0.0 && tape.copies <= 100.0 * 75.0 * MINUTE, "{}", tape.copies);
}

/// A new primary falls while clients look for it: the old one has every commit, also where it is back later.
#[test]
fn a_fallen_new_primary_is_followed_by_the_old_one_when_it_is_back() {
    let (falls, reboot) = (80.0, 150.0);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
    let begun = f64::max(falls + DETECTION + DECISION, reboot);
    // Its node, or its volume: nothing is committed without either.
    for cause in [Cause::zone_outage, Cause::stamp_outage] {
        fleet.injections = vec![
            drill(Cause::vm_crash, Place::Server(0, 0), DAY, None),
            drill(cause, Place::Zone(0, 1), DAY + falls, Some(10.0 * HOUR)),
        ];
        assert_eq!(
            tape(&fleet).down,
            begun + FENCING + PROMOTION + REDIRECTION,
            "{}",
            cause.name()
        );
    }
    // Its data are lost before clients have found it: the old one has every commit.
    let lost = drill(Cause::stamp_outage, Place::Zone(0, 1), DAY + falls, Some(5.0));
    fleet.injections[1] = Injection { copies_lost: Some(Share(1.0)), ..lost };
    let tape = tape(&fleet);
    assert_eq!(tape.down, begun + FENCING + PROMOTION + REDIRECTION);
    assert_eq!(tape.paths[RecoveryPath::Failover as usize], 1.0);
}

/// A failover of a primary whose volume stalls is abandoned: from then on the server waits.
#[test]
fn a_stall_is_waited_for_after_an_abandoned_failover() {
    let (struck, reboot) = (DETECTION + DECISION + FENCING + 5.0, 60.0);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
    fleet.injections = vec![
        drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(10.0 * HOUR)),
        drill(Cause::vm_crash, Place::Zone(0, 1), DAY + struck, None),
    ];
    let tape = tape(&fleet);
    assert_eq!(tape.phase(Phase::Waiting), reboot);
    assert_eq!(tape.phase(Phase::Promotion), 5.0 + PROMOTION);
    assert_eq!(tape.down, struck + reboot + FENCING + PROMOTION + REDIRECTION);
}

/// A primary that is away is struck again: it has been noticed before, so that a standby that comes back takes over at
/// once. A second strike on the node, the loss of the data, a stall that is two of them.
#[test]
fn a_primary_that_is_away_is_not_noticed_anew() {
    let (lost, back) = (10.0, 0.5 * HOUR);
    let rest = FENCING + PROMOTION + REDIRECTION;
    let zone = |zone: u32, from: f64, to: f64| {
        drill(Cause::zone_outage, Place::Zone(0, zone), DAY + from, Some(to - from))
    };
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].compute.vm_reboot = Law::fixed(0.0);
    let found = |injections: Vec<Injection>, fleet: &Fleet| {
        let tape = tape_both_ways(&Fleet { injections, ..fleet.clone() });
        assert_eq!(tape.rows.len(), 1, "{:?}", tape.rows);
        assert_eq!(tape.rows[0].path, Some(RecoveryPath::Failover));
        tape.rows[0].length()
    };
    let host = drill(Cause::host_failure, Place::Server(0, 0), DAY + back - 5.0, None);
    let again = vec![zone(0, 0.0, 10.0 * HOUR), zone(1, lost, back), host];
    assert_eq!(found(again, &fleet), back + rest);
    let gone = Injection { copies_lost: Some(Share(1.0)), ..zone(0, 0.0, back - 5.0) };
    assert_eq!(found(vec![gone, zone(1, lost, back)], &fleet), back + rest);
    // Commits wait for the standby, and before it is dropped their volume stalls.
    let (tolerance, back) = (10.0, 16.0);
    fleet.groups[0].volume.stall_tolerance = seconds(tolerance);
    fleet.groups[0].standby.drop = Law::fixed(8.0);
    let stall = drill(Cause::stamp_outage, Place::Zone(0, 0), DAY + 5.0, Some(10.0 * HOUR));
    let noticed = tolerance + DETECTION + DECISION;
    assert_eq!(found(vec![zone(1, 0.0, back), stall], &fleet), noticed + rest);
}

/// A region is out for long, and both nodes of a pair are back in one instant: the primary goes on, whichever of the
/// two it is by now.
#[test]
fn returns_of_one_instant_have_no_order() {
    let (out, reboot) = (HOUR, 60.0);
    for (swapped, quorum) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut fleet = pairs(3, 3, 0, StandbyMode::ZoneRedundant);
        fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
        fleet.groups[0].standby.wal_quorum = quorum;
        if swapped {
            fleet.injections.push(drill(Cause::false_alarm, Place::Group(0), DAY, None));
        }
        let region = drill(Cause::region_outage, Place::Region(0), 2.0 * DAY, Some(out));
        fleet.injections.push(region);
        let rows = tape_both_ways(&fleet).rows;
        let found: Vec<_> =
            rows.iter().filter(|r| r.from > SimTime::ZERO + seconds(1.5 * DAY)).collect();
        assert_eq!(found.len(), 3);
        for row in found {
            assert_eq!((row.length(), row.path), (out + reboot, Some(RecoveryPath::Wait)));
        }
    }
}

/// The two nodes of a pair go in one instant, and come back one after the other or together: commits wait for no
/// standby that went with its primary, and one that is back with it is not replaced.
#[test]
fn a_pair_that_goes_in_one_instant_waits_for_no_drop() {
    for primaries in [0, 1] {
        let mut fleet = pairs(1, 2, primaries, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(0.0);
        group.standby.drop = Law::fixed(8.0);
        group.standby.replace_after = Some(seconds(HOUR));
        group.standby.provisioning = Law::fixed(900.0);
        let play = |primary: f64, standby: f64| {
            let out = |zone: u32, lasts: f64| {
                drill(Cause::zone_outage, Place::Zone(0, zone), DAY, Some(lasts))
            };
            let injections = vec![out(primaries, primary), out(1 - primaries, standby)];
            let tape = tape_both_ways(&Fleet { injections, ..fleet.clone() });
            (tape.down, tape.no_standby)
        };
        assert_eq!(play(1.0, 100.0), (1.0, 99.0), "primaries in {primaries}");
        assert_eq!(play(2.0 * HOUR, 2.0 * HOUR), (2.0 * HOUR, 0.0), "primaries in {primaries}");
    }
}

/// A failover from a volume that stalls is abandoned, and the node of the primary is lost too, before that or after:
/// the stall was noticed long ago.
#[test]
fn a_stall_that_was_noticed_stays_noticed() {
    let (struck, reboot) = (DETECTION + DECISION + 2.0, 20.0);
    for lost in [struck - 1.0, struck + 4.0] {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
        fleet.groups[0].compute.relocation = Law::fixed(200.0);
        fleet.injections = vec![
            drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(10.0 * HOUR)),
            drill(Cause::host_failure, Place::Server(0, 0), DAY + lost, None),
            drill(Cause::vm_crash, Place::Zone(0, 1), DAY + struck, None),
        ];
        let down = struck + reboot + FENCING + PROMOTION + REDIRECTION;
        assert_eq!(tape_both_ways(&fleet).down, down, "{lost}");
    }
}

/// A primary's node is lost with its volume, and back without it while the standby is away for a moment: the loss was
/// noticed from its beginning on, whatever is away by now.
#[test]
fn a_primary_that_is_back_without_its_volume_stays_noticed() {
    let (struck, reboot) = (5.0, 12.0);
    assert!(struck + reboot < DETECTION);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].volume.stall_tolerance = seconds(10.0);
    fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
    fleet.injections = vec![
        drill(Cause::vm_crash, Place::Server(0, 0), DAY, None),
        drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(10.0 * HOUR)),
        drill(Cause::vm_crash, Place::Zone(0, 1), DAY + struck, None),
    ];
    assert_eq!(tape_both_ways(&fleet).down, FAILOVER);
}
