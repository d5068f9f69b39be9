//! Who comes next: losses of one instant, of a new primary, of standbys that are away for a moment, and
//! copies that are waited for. Every stretch is known.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::param::Policy;
use fleetsim::kernel::quantity::{Bytes, Share, Speed};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Backup, Fleet, Injection, Place, Redundancy, StandbyMode, WalRate};
use fleetsim::model::record::RecoveryPath;

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

/// Seconds, but for the microsecond to which fetching is rounded up.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e5).round() / 1e5
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
        assert_eq!(rounded(tape.down), broken + rest, "mended: {mended}");
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

/// A copy that had been away from its set for two hours is all that is left of a volume.
#[test]
fn what_an_old_copy_misses_is_lost() {
    let mut fleet = fleet(1, 5.0 * DAY, Faults::default());
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (3, 1, 3);
    let group = &mut fleet.groups[0];
    group.volume.min_copies = 1;
    group.volume.rebuild_after = seconds(4.0 * DAY);
    group.volume.rebuild = Some(Law::fixed(HOUR));
    let away = drill(Cause::storage_node, Place::Server(0, 0), DAY, Some(5.0 * HOUR));
    let lost = drill(Cause::stamp_outage, Place::Server(0, 0), DAY + 2.0 * HOUR, Some(MINUTE));
    let mut losses = Vec::new();
    fleet.injections = vec![away, Injection { copies_lost: Some(Share(0.6)), ..lost }];
    play(fleet, 300, true, |tape| {
        for row in &tape.rows {
            if row.length() > HOUR && row.path == Some(RecoveryPath::Wait) {
                assert_eq!(row.length(), 3.0 * HOUR);
                losses.push(row.loss.unwrap_or(0.0));
            }
        }
    });
    // Two copies that are live are lost, and the third one is not: 0.6 times 0.6 times 0.4.
    assert!((25..=62).contains(&losses.len()), "{}", losses.len());
    assert!(losses.iter().all(|&loss| loss == 2.0 * HOUR), "{losses:?}");
}

/// Two copies are lost as the third one is away: a healthy standby has every commit and is promoted, and what
/// the third copy misses is nobody's loss, however short the stall, and also where the primary's node is back
/// before anybody has decided. Without a standby it is lost.
#[test]
fn an_old_copy_that_nobody_goes_on_from_loses_nothing() {
    let back_after = |seconds_after: f64, mode: StandbyMode, reboot: Option<f64>| {
        let mut fleet = pairs(1, 2, 0, mode);
        let region = &mut fleet.regions[0];
        (region.racks, region.stamps, region.storage_nodes) = (3, 1, 3);
        let volume = &mut fleet.groups[0].volume;
        volume.min_copies = 1;
        volume.stall_tolerance = seconds(10.0);
        volume.rebuild_after = seconds(4.0 * DAY);
        volume.rebuild = Some(Law::fixed(HOUR));
        let (away, server) = (HOUR + seconds_after, Place::Server(0, 0));
        let lost = drill(Cause::stamp_outage, server, DAY + HOUR, Some(1.0));
        fleet.injections = vec![
            drill(Cause::storage_node, server, DAY, Some(away)),
            Injection { copies_lost: Some(Share(0.6)), ..lost },
        ];
        if let Some(takes) = reboot {
            fleet.groups[0].compute.vm_reboot = Law::fixed(takes);
            fleet.injections.push(drill(Cause::vm_crash, server, DAY + HOUR, None));
        }
        let mut found = Vec::new();
        play(fleet, 200, true, |tape| {
            found.extend(tape.rows.iter().map(|r| (r.path, r.length(), r.loss.unwrap_or(0.0))));
        });
        found
    };
    for after in [5.0, 15.0, 40.0] {
        let alone = back_after(after, StandbyMode::None, None);
        let old = (Some(RecoveryPath::Wait), after, HOUR);
        assert!(alone.iter().filter(|&&row| row == old).count() > 10, "{after}: {alone:?}");
        let paired = back_after(after, StandbyMode::ZoneRedundant, None);
        let failovers = paired.iter().filter(|row| row.0 == Some(RecoveryPath::Failover));
        assert!(failovers.clone().count() > 10, "{after}: {paired:?}");
        assert!(paired.iter().all(|row| row.2 == 0.0), "{after}: {paired:?}");
    }
    // Noticed as the volume is back, after 5 s within the tolerance: nobody writes to it any more.
    let paired = back_after(5.0, StandbyMode::ZoneRedundant, None);
    let late = (Some(RecoveryPath::Failover), 5.0 + FAILOVER, 0.0);
    assert!(paired.iter().filter(|&&row| row == late).count() > 10, "{paired:?}");
    // The node is back before the decision, to a volume that is there again: alone it goes on from that.
    let (back, reboot) = (5.0, 15.0);
    assert!(reboot < DETECTION + DECISION);
    let alone = back_after(back, StandbyMode::None, Some(reboot));
    assert!(alone.iter().filter(|row| row.2 == HOUR).count() > 10, "{alone:?}");
    let paired = back_after(back, StandbyMode::ZoneRedundant, Some(reboot));
    let promoted = (Some(RecoveryPath::Failover), FAILOVER, 0.0);
    assert!(paired.iter().filter(|&&row| row == promoted).count() > 10, "{paired:?}");
    assert!(paired.iter().all(|row| row.2 == 0.0), "{paired:?}");
}

/// A new primary falls while clients look for it: the old one has every commit, also where it is back later.
#[test]
fn a_fallen_new_primary_is_followed_by_the_old_one_when_it_is_back() {
    let (falls, reboot) = (80.0, 150.0);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
    fleet.injections = vec![
        drill(Cause::vm_crash, Place::Server(0, 0), DAY, None),
        drill(Cause::zone_outage, Place::Zone(0, 1), DAY + falls, Some(10.0 * HOUR)),
    ];
    let begun = f64::max(falls + DETECTION + DECISION, reboot);
    assert_eq!(tape(&fleet).down, begun + FENCING + PROMOTION + REDIRECTION);
}

/// Who is restored in the paired region by policy keeps its standby meanwhile: what is back first serves.
#[test]
fn a_restore_by_policy_leaves_the_standby_its_chance() {
    let (patience, made) = (HOUR, 3.0 * HOUR);
    let play = |standby_out: f64, works: f64| {
        let mut fleet = pairs(20, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(0.0);
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Geo });
        group.restore.provisioning = Law::fixed(made);
        group.restore.on_zone_outage = Policy { after: Some(seconds(patience)) };
        group.standby.promotion_success = Share(works);
        let out = |zone: u32, lasts: f64| {
            drill(Cause::zone_outage, Place::Zone(0, zone), DAY, Some(lasts))
        };
        fleet.injections = vec![out(0, 20.0 * HOUR), out(1, standby_out)];
        let tape = tape(&fleet);
        assert_eq!(tape.incidents, 20.0);
        let by = |path: RecoveryPath| tape.paths[path as usize] / 20.0;
        (rounded(tape.down / 20.0), by(RecoveryPath::Failover), by(RecoveryPath::GeoRestore))
    };
    let (promoted, ends) = (FENCING + PROMOTION, FENCING + PROMOTION + REDIRECTION);
    // The standby is back before the restore is done, after it, or is being promoted as it is done.
    assert_eq!(play(2.0 * HOUR, 1.0), (2.0 * HOUR + ends, 1.0, 0.0));
    assert_eq!(play(6.0 * HOUR, 1.0), (patience + made, 0.0, 1.0));
    let late = patience + made - 10.0;
    assert_eq!(play(late, 1.0), (late + ends, 1.0, 0.0));
    // A promotion that fails leaves the server to the restore that is done by then.
    assert_eq!(play(late, 0.0), (late + promoted, 0.0, 1.0));
}

/// Whoever was restored in the paired region fails over there: the ring and the control plane of the region
/// that it left are nothing to it.
#[test]
fn who_has_left_its_region_needs_neither_its_ring_nor_its_control_plane() {
    let (patience, made, reboot) = (HOUR, 3.0 * HOUR, 60.0);
    assert!(reboot > DETECTION + DECISION);
    // The primaries crash while the region is still away, or later, when it has one slot.
    for crash in [DAY + 10.0 * HOUR, 3.0 * DAY] {
        let mut fleet = pairs(20, 2, 0, StandbyMode::ZoneRedundant);
        fleet.control.ring_limit = 1;
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(reboot);
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Geo });
        group.restore.provisioning = Law::fixed(made);
        group.restore.on_region_outage = Policy { after: Some(seconds(patience)) };
        fleet.injections = vec![
            drill(Cause::region_outage, Place::Region(0), DAY, Some(DAY)),
            drill(Cause::vm_crash, Place::Group(0), crash, None),
        ];
        let tape = tape(&fleet);
        assert_eq!(tape.paths[RecoveryPath::GeoRestore as usize], 20.0);
        let failovers = tape.rows.iter().filter(|r| r.path == Some(RecoveryPath::Failover));
        let lengths: Vec<f64> = failovers.map(Row::length).collect();
        assert_eq!(lengths, [FAILOVER; 20], "{crash}");
    }
}

/// The same in the own region: a standby that is mended before the restore is done takes over.
#[test]
fn a_restore_in_the_own_region_leaves_the_standby_its_chance() {
    let (patience, made) = (HOUR, 3.0 * HOUR);
    let play = |mending: f64, back: Option<f64>| {
        let mut fleet = pairs(20, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Zone });
        group.restore.provisioning = Law::fixed(made);
        group.restore.on_zone_outage = Policy { after: Some(seconds(patience)) };
        group.standby.promotion_success = Share(0.0);
        group.standby.promotion_repair = Some(Law::fixed(mending));
        let out = drill(Cause::zone_outage, Place::Zone(0, 0), DAY, Some(20.0 * HOUR));
        fleet.injections = vec![out];
        if let Some(back) = back {
            // Nobody begins a restore without the control plane.
            let (from, lasts) = (DAY + 0.5 * HOUR, Some(back - 0.5 * HOUR));
            let away = drill(Cause::control_plane_outage, Place::Region(0), from, lasts);
            fleet.injections.push(away);
        }
        let tape = tape(&fleet);
        assert_eq!(tape.incidents, 20.0);
        let by = |path: RecoveryPath| tape.paths[path as usize] / 20.0;
        (rounded(tape.down / 20.0), by(RecoveryPath::Failover), by(RecoveryPath::Restore))
    };
    let fails = DETECTION + DECISION + FENCING + PROMOTION;
    let mended = |mending: f64| (fails + mending + REDIRECTION, 1.0, 0.0);
    for mending in [0.5 * HOUR, 2.0 * HOUR, 3.9 * HOUR] {
        assert_eq!(play(mending, None), mended(mending));
    }
    assert_eq!(play(6.0 * HOUR, None), (patience + made, 0.0, 1.0));
    let back = 5.0 * HOUR;
    assert_eq!(play(7.9 * HOUR, Some(back)), mended(7.9 * HOUR));
    assert_eq!(play(10.0 * HOUR, Some(back)), (back + made, 0.0, 1.0));
}

/// Two copies are being made anew from the third one as its storage node goes away: they begin anew when it is
/// back.
#[test]
fn nothing_is_made_anew_without_a_copy_to_read_from() {
    let (away, rebuild) = (5.0 * HOUR, HOUR);
    let mut fleet = fleet(1, 5.0 * DAY, Faults::default());
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (3, 1, 3);
    let volume = &mut fleet.groups[0].volume;
    volume.min_copies = 1;
    volume.rebuild_after = seconds(4.0 * DAY);
    volume.rebuild = Some(Law::fixed(rebuild));
    let server = Place::Server(0, 0);
    let lost = drill(Cause::stamp_outage, server, DAY, Some(0.0));
    fleet.injections = vec![
        Injection { copies_lost: Some(Share(0.6)), ..lost },
        drill(Cause::storage_node, server, DAY + rebuild / 2.0, Some(away)),
    ];
    let mut waits = 0;
    play(fleet, 300, true, |tape| {
        let mut waited = tape.rows.iter().filter(|r| r.path == Some(RecoveryPath::Wait));
        if let Some(row) = waited.next() {
            assert_eq!((row.length(), row.loss.unwrap_or(0.0)), (away, 0.0));
            // From the loss on, but for the time in which the server is down.
            assert_eq!(tape.copies, rebuild / 2.0 + rebuild);
            waits += 1;
        }
        assert!(waited.next().is_none());
    });
    // The third copy is the one that the storage node has: 0.4 times 0.6 times 0.6.
    assert!((25..=62).contains(&waits), "{waits}");
}

/// A failover from a volume that stalls comes to nothing when the volume is back already: the server was waited
/// for, however an earlier incident of it ended.
#[test]
fn a_primary_that_is_let_go_on_was_waited_for() {
    let (tolerance, stalls) = (10.0, 40.0);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.volume.stall_tolerance = seconds(tolerance);
    group.standby.promotion_success = Share(0.0);
    group.compute.vm_reboot = Law::fixed(5.0);
    fleet.injections = vec![
        drill(Cause::vm_crash, Place::Server(0, 0), DAY, None),
        drill(Cause::stamp_outage, Place::Server(0, 0), 2.0 * DAY, Some(stalls)),
    ];
    let tape = tape(&fleet);
    let found: Vec<_> = tape.rows.iter().map(|row| (row.length(), row.path)).collect();
    let fails = tolerance + DETECTION + DECISION + FENCING + PROMOTION;
    assert!(tolerance + DETECTION + DECISION < stalls && stalls < fails);
    assert_eq!(found, [(5.0, Some(RecoveryPath::Restart)), (fails, Some(RecoveryPath::Wait))]);
}

/// A volume that stalls is as good as away: a standby that is behind is promoted after as long, with its lag as
/// loss, unless the volume is back before.
#[test]
fn a_stale_standby_takes_the_place_of_a_primary_that_stalls() {
    let (behind, patience, tolerance) = (HOUR, 3.0 * HOUR, 10.0);
    let play = |stalls: f64| {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(tolerance);
        group.standby.promote_stale = Policy { after: Some(seconds(patience)) };
        group.compute.vm_reboot = Law::fixed(0.0);
        // The standby is back as the primary's volume stalls already, and misses an hour.
        fleet.injections = vec![
            drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(2.0 * behind)),
            drill(Cause::stamp_outage, Place::Server(0, 0), DAY + behind, Some(stalls)),
        ];
        let tape = tape(&fleet);
        let row = tape.rows.iter().find(|row| row.length() > MINUTE).expect("it was down");
        (row.length(), row.path, row.loss)
    };
    let promoted = tolerance + patience + FENCING + PROMOTION + REDIRECTION;
    let stale = (promoted, Some(RecoveryPath::Failover), Some(behind));
    assert_eq!(play(10.0 * HOUR), stale);
    assert_eq!(play(2.9 * HOUR), (2.9 * HOUR, Some(RecoveryPath::Wait), Some(0.0)));
}

/// The same for a primary whose node is lost too, and is back before its volume.
#[test]
fn a_node_that_is_back_without_its_volume_is_nobody_to_wait_for() {
    let (behind, patience, reboot) = (HOUR, 3.0 * HOUR, MINUTE);
    let play = |stalls: f64| {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(10.0);
        group.standby.promote_stale = Policy { after: Some(seconds(patience)) };
        group.compute.vm_reboot = Law::fixed(reboot);
        let server = Place::Server(0, 0);
        fleet.injections = vec![
            drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(2.0 * behind)),
            drill(Cause::stamp_outage, server, DAY + behind, Some(stalls)),
            drill(Cause::vm_crash, server, DAY + behind, None),
        ];
        let tape = tape(&fleet);
        let row = tape.rows.iter().find(|row| row.length() > MINUTE).expect("it was down");
        (row.length(), row.path, row.loss)
    };
    let promoted = patience + FENCING + PROMOTION + REDIRECTION;
    let stale = (promoted, Some(RecoveryPath::Failover), Some(behind));
    assert_eq!(play(10.0 * HOUR), stale);
    assert_eq!(play(2.9 * HOUR), (2.9 * HOUR, Some(RecoveryPath::Wait), Some(0.0)));
}

/// The promotion of a standby that is behind fails while the primary's volume stalls, which commits nothing
/// either: a person mends that promotion, and nobody tries it again and again.
#[test]
fn a_stale_promotion_in_place_of_a_primary_that_stalls_is_mended() {
    let (behind, patience, tolerance) = (HOUR, 3.0 * HOUR, 10.0);
    for mending in [0.0, 600.0] {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(tolerance);
        group.compute.vm_reboot = Law::fixed(0.0);
        let standby = &mut group.standby;
        standby.promote_stale = Policy { after: Some(seconds(patience)) };
        standby.promotion_success = Share(0.0);
        standby.promotion_repair = Some(Law::fixed(mending));
        fleet.injections = vec![
            drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(2.0 * behind)),
            drill(Cause::stamp_outage, Place::Server(0, 0), DAY + behind, Some(10.0 * HOUR)),
        ];
        let tape = tape(&fleet);
        let row = tape.rows.iter().find(|row| row.length() > MINUTE).expect("it was down");
        let fails = tolerance + patience + FENCING + PROMOTION;
        let mended = (fails + mending + REDIRECTION, Some(RecoveryPath::Failover), Some(behind));
        assert_eq!((row.length(), row.path, row.loss), mended);
    }
}

/// The volume of a standby that is behind is away as its promotion is due: it is promoted as the volume is back.
#[test]
fn a_stale_standby_whose_volume_is_away_in_time_is_promoted_later() {
    let (behind, patience, back) = (HOUR, 3.0 * HOUR, 6.0 * HOUR);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.standby.promote_stale = Policy { after: Some(seconds(patience)) };
    group.compute.vm_reboot = Law::fixed(0.0);
    let stall = 2.5 * HOUR;
    assert!(stall < behind + patience && behind + patience < back);
    fleet.injections = vec![
        drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(2.0 * behind)),
        drill(Cause::zone_outage, Place::Zone(0, 0), DAY + behind, Some(20.0 * HOUR)),
        drill(Cause::stamp_outage, Place::Zone(0, 1), DAY + stall, Some(back - stall)),
    ];
    let tape = tape(&fleet);
    let row = tape.rows.iter().find(|row| row.length() > MINUTE).expect("it was down");
    let promoted = back - behind + FENCING + PROMOTION + REDIRECTION;
    let stale = (promoted, Some(RecoveryPath::Failover), Some(behind));
    assert_eq!((row.length(), row.path, row.loss), stale);
}

/// The primary's volume stalls and the standby is lost right after that, with every commit: it is not replaced.
#[test]
fn the_only_node_with_every_commit_is_waited_for_while_the_primary_stalls() {
    let (tolerance, lost, away) = (10.0, 5.0, 2.0 * HOUR);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.volume.stall_tolerance = seconds(tolerance);
    group.standby.replace_after = Some(seconds(0.5 * HOUR));
    group.compute.vm_reboot = Law::fixed(0.0);
    assert!(lost < tolerance);
    fleet.injections = vec![
        drill(Cause::stamp_outage, Place::Server(0, 0), DAY, Some(10.0 * HOUR)),
        drill(Cause::zone_outage, Place::Zone(0, 1), DAY + lost, Some(away)),
    ];
    let tape = tape(&fleet);
    let row = tape.rows.iter().find(|row| row.length() > MINUTE).expect("it was down");
    let promoted = lost + away + FENCING + PROMOTION + REDIRECTION;
    assert_eq!((row.length(), row.path), (promoted, Some(RecoveryPath::Failover)));
}

/// A standby that catches up from the log replica alone, because the primary's volume stalls, stops as that is
/// lost.
#[test]
fn nobody_catches_up_from_a_volume_that_stalls() {
    let (lost, back) = (3.0 * HOUR, 13.0 * HOUR);
    let out = |zone: u32, from: f64, to: f64| {
        drill(Cause::zone_outage, Place::Zone(0, zone), DAY + from, Some(to - from))
    };
    let play = |standby: u32, replica: u32| {
        let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(10.0);
        group.wal_rate = WalRate::Law(Law::fixed(1e6));
        group.storage = Bytes(100_000_000_000);
        group.standby.wal_quorum = true;
        group.standby.catch_up_rate = Speed(1e6);
        group.compute.vm_reboot = Law::fixed(0.0);
        // The standby has caught up by 4:00 if there is something to read from until then.
        let stall = drill(Cause::stamp_outage, Place::Server(0, 0), DAY + 2.5 * HOUR, Some(DAY));
        fleet.injections = vec![out(standby, 0.0, 2.0 * HOUR), stall, out(replica, lost, back)];
        let tape = tape(&fleet);
        let row = tape.rows.first().expect("it was down");
        assert_eq!(row.path, Some(RecoveryPath::Failover));
        row.length() + 2.5 * HOUR
    };
    // Where the standby stands is found out: a healthy one takes over at once.
    let mut ends = [play(1, 2), play(2, 1)];
    ends.sort_by(f64::total_cmp);
    assert!(ends[0] < 3.0 * HOUR && ends[1] > back, "{ends:?}");
}

/// A new primary falls while clients look for it, when all that is left of the old one's volume is a copy that
/// had been away for an hour: the old one has not every commit, and the new one is waited for.
#[test]
fn an_old_volume_is_no_heir_of_a_fallen_new_primary() {
    let (back, joins, falls, out) = (70.0, 75.0, 80.0, 10.0 * HOUR);
    let promoted = DETECTION + DECISION + FENCING + PROMOTION;
    assert!(promoted < back && falls < FAILOVER);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (3, 1, 3);
    let volume = &mut fleet.groups[0].volume;
    volume.min_copies = 1;
    volume.rebuild_after = seconds(4.0 * DAY);
    volume.rebuild = Some(Law::fixed(HOUR));
    let lost = drill(Cause::zone_outage, Place::Zone(0, 0), DAY + HOUR, Some(back));
    fleet.injections = vec![
        drill(Cause::storage_node, Place::Server(0, 0), DAY, Some(HOUR + joins)),
        Injection { copies_lost: Some(Share(0.6)), ..lost },
        drill(Cause::zone_outage, Place::Zone(0, 1), DAY + HOUR + falls, Some(out)),
    ];
    let (mut waited, plays) = (0, 600);
    play(fleet, plays, true, |tape| {
        let row = tape.rows.iter().find(|row| row.length() > MINUTE).expect("it was down");
        assert_eq!(row.loss.unwrap_or(0.0), 0.0);
        waited += u32::from(row.length() > out);
    });
    // Of the three copies all are lost, or all but the one that was away: four standard errors are 0.08.
    let found = f64::from(waited) / plays as f64;
    assert!((found - 0.6 * 0.6).abs() < 0.08, "{found}");
}

/// The control plane is away as a restore is done: in the own region it could not be placed, so that a standby
/// that is back before, or a person who mends it, still brings the server back. In the paired region it is
/// there at once, but a failover that is held up goes first.
#[test]
fn a_restore_that_is_done_without_a_control_plane_leaves_the_standby_its_chance() {
    let (patience, made) = (HOUR, 3.0 * HOUR);
    let (from, to) = (1.5 * HOUR, 5.0 * HOUR);
    assert!(from < patience + made && patience + made < to);
    let play = |redundancy: Redundancy, standby_out: f64, mending: Option<f64>| {
        let mut fleet = pairs(20, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(0.0);
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy });
        group.restore.provisioning = Law::fixed(made);
        group.restore.on_zone_outage = Policy { after: Some(seconds(patience)) };
        if let Some(mending) = mending {
            group.standby.promotion_success = Share(0.0);
            group.standby.promotion_repair = Some(Law::fixed(mending));
        }
        let out = |zone: u32, lasts: f64| {
            drill(Cause::zone_outage, Place::Zone(0, zone), DAY, Some(lasts))
        };
        let region = Place::Region(0);
        let away = drill(Cause::control_plane_outage, region, DAY + from, Some(to - from));
        fleet.injections = vec![out(0, 20.0 * HOUR), away];
        if standby_out > 0.0 {
            fleet.injections.push(out(1, standby_out));
        }
        let tape = tape(&fleet);
        assert_eq!(tape.incidents, 20.0);
        let by = |path: RecoveryPath| tape.paths[path as usize] / 20.0;
        let restored = by(RecoveryPath::Restore) + by(RecoveryPath::GeoRestore);
        (rounded(tape.down / 20.0), by(RecoveryPath::Failover), restored)
    };
    let (own, paired) = (Redundancy::Zone, Redundancy::Geo);
    let promoted = (to + FENCING + PROMOTION + REDIRECTION, 1.0, 0.0);
    assert_eq!(play(own, 2.0 * HOUR, None), promoted);
    assert_eq!(play(own, 4.5 * HOUR, None), promoted);
    assert_eq!(play(paired, 2.0 * HOUR, None), promoted);
    assert_eq!(play(paired, 4.5 * HOUR, None), (patience + made, 0.0, 1.0));
    let fails = DETECTION + DECISION + FENCING + PROMOTION;
    let mended = |takes: f64| (fails + takes + REDIRECTION, 1.0, 0.0);
    assert_eq!(play(own, 0.0, Some(4.5 * HOUR)), mended(4.5 * HOUR));
    assert_eq!(play(own, 0.0, Some(10.0 * HOUR)), (to, 0.0, 1.0));
}
