//! Links that are cut while something else is amiss, and log replicas that were away: who has every commit.

use super::*;

/// Zone of the standby of one pair in three zones, with its primary in the first: its outage puts it at risk.
pub(super) fn standby_zone() -> u32 {
    let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].standby.wal_quorum = true;
    fleet.injections = vec![drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(HOUR))];
    if tape(&fleet).no_standby > 0.0 { 1 } else { 2 }
}

/// The link of a pair is cut while a false alarm waits for the control plane: commits go on without the standby,
/// which is no heir any more, so that nothing is to be decided on.
#[test]
fn a_standby_that_is_cut_off_is_not_promoted_by_a_false_alarm() {
    let (cut, mended) = (HOUR, 3.0 * HOUR);
    // The control plane is back while the link is cut, or later.
    for back in [2.0 * HOUR, 5.0 * HOUR] {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(10.0);
        group.standby.drop = Law::fixed(8.0);
        fleet.injections = vec![
            drill(Cause::control_plane_outage, Place::Region(0), DAY - HOUR, Some(HOUR + back)),
            drill(Cause::false_alarm, Place::Server(0, 0), DAY, None),
            drill(Cause::partition, Place::Region(0), DAY + cut, Some(mended - cut)),
        ];
        let tape = tape_both_ways(&fleet);
        assert_eq!((tape.incidents, tape.no_standby), (0.0, mended - cut), "{back}");
    }
}

/// A volume stalls, and the link is cut before that is more than a late commit: the standby has every commit.
#[test]
fn a_standby_that_is_cut_off_from_a_volume_that_stalls_has_every_commit() {
    let (tolerance, cut) = (10.0, 5.0);
    for quorum in [false, true] {
        let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(tolerance);
        group.standby.wal_quorum = quorum;
        let stall = drill(Cause::stamp_outage, Place::Server(0, 0), DAY, Some(10.0 * HOUR));
        let parts = drill(Cause::partition, Place::Region(0), DAY + cut, Some(20.0 * HOUR));
        fleet.injections = vec![stall.clone(), parts.clone()];
        let tape = tape_both_ways(&fleet);
        let found: Vec<_> = tape.rows.iter().map(|row| (row.length(), row.path)).collect();
        let failover = (tolerance + FAILOVER, Some(RecoveryPath::Failover));
        assert_eq!(found, [failover], "quorum {quorum}");
        // The old primary is behind until it can be reached.
        assert_eq!(tape.no_standby, cut + 20.0 * HOUR - failover.0, "quorum {quorum}");
    }
}

/// Log that was written while the log replica was away is not there when the primary is lost before the replica is
/// back: a standby that is behind waits for the primary. What was written before, or is fetched in time, is there.
#[test]
fn a_log_replica_keeps_what_it_was_there_for() {
    let (primary_out, primary_back, standby_back) = (4.0 * HOUR, 30.0 * HOUR, 6.0 * HOUR);
    let out = |zone: u32, from: f64, to: f64| {
        drill(Cause::zone_outage, Place::Zone(0, zone), DAY + from, Some(to - from))
    };
    // The replica is away from and to so many hours; the standby from one to six.
    let play = |replica: (f64, f64), standby_zone: u32| {
        let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.standby.wal_quorum = true;
        group.compute.vm_reboot = Law::fixed(0.0);
        fleet.injections = vec![
            out(standby_zone, HOUR, standby_back),
            out(3 - standby_zone, replica.0 * HOUR, replica.1 * HOUR),
            out(0, primary_out, primary_back),
        ];
        let tape = tape_both_ways(&fleet);
        assert_eq!(tape.rows.len(), 1, "{:?}", tape.rows);
        assert_eq!(tape.rows[0].loss, Some(0.0));
        (tape.rows[0].length(), tape.rows[0].path)
    };
    let standby_zone = standby_zone();
    let waited = (primary_back - primary_out, Some(RecoveryPath::Wait));
    let rest = FENCING + PROMOTION + REDIRECTION;
    let promoted = (standby_back - primary_out + rest, Some(RecoveryPath::Failover));
    for (replica, expected) in [
        // Away when the primary is lost.
        ((0.0, 5.0), waited),
        ((2.0, 5.0), waited),
        // Back in time to fetch what it missed.
        ((0.0, 3.0), promoted),
        // Nothing is written while it is away.
        ((4.5, 5.0), promoted),
        ((4.0, 5.0), promoted),
    ] {
        assert_eq!(play(replica, standby_zone), expected, "{replica:?}");
    }
}

/// A standby is promoted with its lag as loss when the log replica comes back: what it receives before it is
/// promoted is not lost, and what becomes the standby catches up by itself.
#[test]
fn a_stale_promotion_loses_what_has_not_come_by_then() {
    let (lost, due, replica_back) = (11.0 * HOUR, 13.0 * HOUR, 13.0 * HOUR + 600.0);
    let standby_zone = standby_zone();
    let play = |promotion: f64, primary_back: f64| {
        let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.wal_rate = WalRate::Law(Law::fixed(1e6));
        group.storage = Bytes(100_000_000_000);
        group.compute.vm_reboot = Law::fixed(0.0);
        group.standby.wal_quorum = true;
        group.standby.catch_up_rate = Speed(1e6);
        group.standby.promotion = Law::fixed(promotion);
        group.standby.promote_stale = Policy { after: Some(seconds(due - lost)) };
        let out = |zone: u32, from: f64, to: f64| {
            drill(Cause::zone_outage, Place::Zone(0, zone), from, Some(to - from))
        };
        fleet.injections = vec![
            out(standby_zone, lost - HOUR, lost + HOUR),
            out(0, lost, primary_back),
            out(3 - standby_zone, lost + 0.5 * HOUR, replica_back),
        ];
        let tape = tape_both_ways(&fleet);
        assert_eq!(tape.rows.len(), 1, "{:?}", tape.rows);
        (tape.rows[0].length(), tape.rows[0].loss, tape.no_standby)
    };
    let promoted = |promotion: f64| due + FENCING + promotion;
    let down = |promotion: f64| promoted(promotion) + REDIRECTION - lost;
    // It misses an hour, which it has by ten past two.
    let (two_hours, half_an_hour) = (2.0 * HOUR, 0.5 * HOUR);
    let (length, loss, _) = play(two_hours, 4.0 * DAY);
    assert_eq!((length, loss), (down(two_hours), Some(0.0)));
    let back = 14.0 * HOUR;
    let (length, loss, no_standby) = play(half_an_hour, back);
    let missing = HOUR - (promoted(half_an_hour) - replica_back);
    assert_eq!((length, loss), (down(half_an_hour), Some(missing)));
    // The old primary misses what is written since clients have found the new one.
    let missed = back - promoted(half_an_hour) - REDIRECTION;
    assert_eq!(no_standby, HOUR + missed + missed);
}

/// With a quorum of the log nobody waits for a standby whose volume stalls: it misses what is committed from then on,
/// not from when it is given up, or cut off or lost before that.
#[test]
fn a_standby_whose_volume_stalls_receives_nothing() {
    let (behind, patience, out) = (HOUR, 3.0 * HOUR, 50.0 * HOUR);
    let standby_zone = standby_zone();
    let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.volume.stall_tolerance = seconds(10.0);
    group.compute.vm_reboot = Law::fixed(0.0);
    group.standby.wal_quorum = true;
    group.standby.promote_stale = Policy { after: Some(seconds(patience)) };
    let down = DAY + behind;
    let replica = Place::Zone(0, 3 - standby_zone);
    let cut = drill(Cause::partition, Place::Region(0), DAY + 5.0, Some(MINUTE));
    let struck = drill(Cause::vm_crash, Place::Zone(0, standby_zone), DAY + 5.0, None);
    for more in [None, Some(cut), Some(struck)] {
        fleet.injections = vec![
            drill(Cause::stamp_outage, Place::Zone(0, standby_zone), DAY, Some(2.0 * behind)),
            drill(Cause::zone_outage, Place::Zone(0, 0), down, Some(out)),
            drill(Cause::zone_outage, replica, down, Some(out)),
        ];
        fleet.injections.extend(more);
        let tape = tape_both_ways(&fleet);
        let found: Vec<_> = tape.rows.iter().map(|row| (row.length(), row.loss)).collect();
        assert_eq!(found, [(patience + FENCING + PROMOTION + REDIRECTION, Some(behind))]);
    }
}

/// The link is cut, and the primary is lost before the standby is dropped, or in the same instant: nothing was
/// committed without the standby, which takes over.
#[test]
fn a_standby_that_is_cut_off_before_it_is_dropped_has_every_commit() {
    for (drop, lost, stale) in
        [(8.0, 5.0, false), (8.0, 5.0, true), (8.0, 0.0, false), (0.0, 0.0, true)]
    {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(10.0);
        group.standby.drop = Law::fixed(drop);
        group.standby.promote_stale.after = stale.then(|| seconds(2.0 * HOUR));
        fleet.injections = vec![
            drill(Cause::partition, Place::Region(0), DAY, Some(20.0 * HOUR)),
            drill(Cause::zone_outage, Place::Zone(0, 0), DAY + lost, Some(10.0 * HOUR)),
        ];
        let tape = tape_both_ways(&fleet);
        let found: Vec<_> = tape.rows.iter().map(|r| (r.length(), r.path, r.loss)).collect();
        let failover = (lost + FAILOVER, Some(RecoveryPath::Failover), Some(0.0));
        assert_eq!(found, [failover], "drop {drop}, lost {lost}, stale {stale}");
    }
}

/// The link is cut while a volume stalls that is back in time: commits wait for the standby from the cut on, not from
/// when the volume is back.
#[test]
fn a_standby_that_is_cut_off_during_a_late_commit_is_dropped_in_time() {
    let (drop, stalls, tolerance, cut) = (8.0, 5.0, 12.0, 2.0);
    assert!(cut + drop < tolerance && tolerance < stalls + drop);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].volume.stall_tolerance = seconds(tolerance);
    fleet.groups[0].standby.drop = Law::fixed(drop);
    fleet.injections = vec![
        drill(Cause::stamp_outage, Place::Server(0, 0), DAY, Some(stalls)),
        drill(Cause::partition, Place::Region(0), DAY + cut, Some(HOUR)),
    ];
    let tape = tape_both_ways(&fleet);
    assert_eq!((tape.down, tape.no_standby), (0.0, HOUR));
}

/// A link is cut, and the primary is away for a while: commits wait for the standby from the cut on, and no longer
/// than for one that nothing else happens to.
#[test]
fn a_standby_that_is_cut_off_is_waited_for_once() {
    let (drop, reboot) = (8.0, 10.0);
    assert!(reboot < DETECTION + DECISION);
    let play = |cut: f64, crash: f64| {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
        fleet.groups[0].standby.drop = Law::fixed(drop);
        fleet.injections = vec![
            drill(Cause::partition, Place::Region(0), DAY + cut, Some(HOUR)),
            drill(Cause::vm_crash, Place::Server(0, 0), DAY + crash, None),
        ];
        let tape = tape_both_ways(&fleet);
        assert_eq!(tape.down + tape.no_standby, HOUR + f64::max(cut - crash, 0.0));
        tape.down
    };
    // The primary is back when the standby has been dropped, or just before.
    assert_eq!(play(0.0, 5.0), 5.0 + reboot);
    assert_eq!(play(0.0, 1.0), 1.0 + reboot);
    // The link is cut while the primary is away.
    assert_eq!(play(1.0, 0.0), reboot);
    assert_eq!(play(5.0, 0.0), 5.0 + drop);
}

/// A server lives in the paired region, and so does its log replica: what happens to the region that they left is
/// nothing to it.
#[test]
fn a_log_replica_leaves_its_region_with_its_server() {
    let (patience, made, reboot) = (HOUR, 3.0 * HOUR, 2.0 * HOUR);
    // The region is away for long; or is back and away again.
    for outages in [vec![(0.0, 3.0 * DAY)], vec![(0.0, 5.0 * HOUR), (30.5 * HOUR, DAY)]] {
        let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(reboot);
        group.standby.wal_quorum = true;
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Geo });
        group.restore.provisioning = Law::fixed(made);
        group.restore.on_region_outage = Policy { after: Some(seconds(patience)) };
        for (from, lasts) in outages {
            let place = Place::Region(0);
            let out = drill(Cause::region_outage, place, DAY + from, Some(lasts));
            fleet.injections.push(out);
        }
        // Its primary crashes, and an hour later the new one: the old one is back first, and lacks an hour of log.
        let (first, second) = (DAY + 30.0 * HOUR, DAY + 31.0 * HOUR);
        for at in [first, second] {
            fleet.injections.push(drill(Cause::vm_crash, Place::Server(0, 0), at, None));
        }
        let tape = tape_both_ways(&fleet);
        let found: Vec<_> = tape.rows.iter().map(|row| (row.length(), row.path)).collect();
        let failover = |length: f64| (length, Some(RecoveryPath::Failover));
        let back = first + reboot - second;
        let last = failover(back + FENCING + PROMOTION + REDIRECTION);
        assert_eq!(found[1..], [failover(FAILOVER), last]);
        assert_eq!(found[0], (patience + made, Some(RecoveryPath::GeoRestore)));
    }
}
