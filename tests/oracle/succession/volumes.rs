//! Volumes that stall or miss commits: who goes on, from what, and who is waited for.

use super::*;

/// A server's volume stands on three storage nodes, which nothing else has: while one copy is left it serves,
/// and a copy is made anew in so many seconds, but not for days where its node may come back.
fn on_three_storage_nodes(fleet: &mut Fleet, rebuild: f64) {
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (3, 1, 3);
    let volume = &mut fleet.groups[0].volume;
    volume.min_copies = 1;
    volume.rebuild_after = seconds(4.0 * DAY);
    volume.rebuild = Some(Law::fixed(rebuild));
}

/// A copy that had been away from its set for two hours is all that is left of a volume.
#[test]
fn what_an_old_copy_misses_is_lost() {
    let mut fleet = fleet(1, 5.0 * DAY, Faults::default());
    on_three_storage_nodes(&mut fleet, HOUR);
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
        on_three_storage_nodes(&mut fleet, HOUR);
        fleet.groups[0].volume.stall_tolerance = seconds(10.0);
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

/// Two copies are being made anew from the third one as its storage node goes away: they begin anew when it is
/// back.
#[test]
fn nothing_is_made_anew_without_a_copy_to_read_from() {
    let (away, rebuild) = (5.0 * HOUR, HOUR);
    let mut fleet = fleet(1, 5.0 * DAY, Faults::default());
    on_three_storage_nodes(&mut fleet, rebuild);
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
    on_three_storage_nodes(&mut fleet, HOUR);
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

/// The data of a primary are lost while its node starts: that it is back before the decision calls nothing off.
#[test]
fn an_engine_without_its_data_calls_no_failover_off() {
    let (lost, reboot, tolerance) = (5.0, 15.0, MINUTE);
    assert!(reboot < DETECTION + DECISION && lost + reboot < tolerance);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.volume.stall_tolerance = seconds(tolerance);
    group.compute.vm_reboot = Law::fixed(reboot);
    let stamp = drill(Cause::stamp_outage, Place::Server(0, 0), DAY + lost - 1.0, Some(1.0));
    fleet.injections = vec![
        drill(Cause::vm_crash, Place::Server(0, 0), DAY, None),
        Injection { copies_lost: Some(Share(1.0)), ..stamp },
    ];
    let tape = tape_both_ways(&fleet);
    let found: Vec<_> = tape.rows.iter().map(|row| (row.length(), row.path, row.loss)).collect();
    assert_eq!(found, [(FAILOVER, Some(RecoveryPath::Failover), Some(0.0))]);
}

/// A standby that was away misses what was written meanwhile: nothing while the primary's volume stalled.
#[test]
fn nothing_is_missed_while_the_primary_stalls() {
    let (out, stalls) = (6.0 * HOUR, 4.0 * HOUR);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.wal_rate = WalRate::Law(Law::fixed(1e6));
    group.standby.catch_up_rate = Speed(1e6);
    group.compute.vm_reboot = Law::fixed(0.0);
    fleet.injections = vec![
        drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(out)),
        drill(Cause::stamp_outage, Place::Server(0, 0), DAY + HOUR, Some(stalls)),
    ];
    let tape = tape_both_ways(&fleet);
    let missed = out - stalls;
    assert_eq!((tape.down, tape.no_standby), (stalls, missed + missed));
}

/// A standby's volume stalls, and the primary is lost before the standby is dropped, or in the same instant, whichever
/// is heard of first: commits go on without the standby when the primary is back.
#[test]
fn a_standby_that_went_with_its_primary_is_not_waited_for_again() {
    let (back, tolerance) = (HOUR, 10.0);
    let volume = |zone: u32, from: f64, lasts: f64| {
        drill(Cause::stamp_outage, Place::Zone(0, zone), DAY + from, Some(lasts))
    };
    let play = |injections: Vec<Injection>| {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(tolerance);
        group.standby.drop = Law::fixed(8.0);
        group.compute.vm_reboot = Law::fixed(back);
        let tape = tape_both_ways(&Fleet { injections, ..fleet });
        (tape.down, tape.no_standby)
    };
    let standby = volume(1, 0.0, 10.0 * HOUR);
    for primary in [volume(0, 0.0, back), drill(Cause::vm_crash, Place::Server(0, 0), DAY, None)] {
        let expected = (back, 9.0 * HOUR);
        assert_eq!(play(vec![primary.clone(), standby.clone()]), expected);
        assert_eq!(play(vec![standby.clone(), primary]), expected);
    }
    let later = drill(Cause::vm_crash, Place::Server(0, 0), DAY + 3.0, None);
    assert_eq!(play(vec![standby, later]), (3.0 + back, 9.0 * HOUR - 3.0));
    // Both are back within the tolerance.
    for (first, second) in [(0, 1), (1, 0)] {
        assert_eq!(play(vec![volume(first, 0.0, 5.0), volume(second, 0.0, 5.0)]), (0.0, 5.0));
    }
}

/// The primary's volume stalls for less than a standby takes to be dropped that is lost in the same instant: commits
/// wait for that, whichever is heard of first.
#[test]
fn a_primary_that_stalls_waits_for_its_standby() {
    let (drop, tolerance, stalls) = (8.0, 6.0, 3.0);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    fleet.groups[0].volume.stall_tolerance = seconds(tolerance);
    fleet.groups[0].standby.drop = Law::fixed(drop);
    fleet.injections = vec![
        drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(stalls)),
        drill(Cause::vm_crash, Place::Zone(0, 1), DAY, None),
    ];
    for _ in 0..2 {
        assert_eq!(tape_both_ways(&fleet).down, drop);
        fleet.injections.swap(0, 1);
    }
}

/// With a quorum of the log a standby whose volume stalls misses commits though it is not given up yet: without the log
/// replica, which went with the primary, it is no heir.
#[test]
fn a_standby_whose_volume_stalls_is_no_heir_without_the_log() {
    let (lost, resumed, tolerance, out) = (30.0, 60.0, 120.0, 10.0 * HOUR);
    let play = |standby: u32, replica: bool| {
        let mut fleet = pairs(1, 3, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.volume.stall_tolerance = seconds(tolerance);
        group.compute.vm_reboot = Law::fixed(0.0);
        group.standby.wal_quorum = true;
        let away =
            |zone: u32| drill(Cause::zone_outage, Place::Zone(0, zone), DAY + lost, Some(out));
        fleet.injections =
            vec![drill(Cause::stamp_outage, Place::Zone(0, standby), DAY, Some(resumed)), away(0)];
        if !replica {
            fleet.injections.push(away(3 - standby));
        }
        let rows = tape_both_ways(&fleet).rows;
        rows.iter().map(|row| (row.length(), row.path)).collect::<Vec<_>>()
    };
    let zone = links::standby_zone();
    let promoted = f64::max(FAILOVER, resumed - lost + FENCING + PROMOTION + REDIRECTION);
    assert_eq!(play(zone, true), [(promoted, Some(RecoveryPath::Failover))]);
    assert_eq!(play(zone, false), [(out, Some(RecoveryPath::Wait))]);
}

/// A volume may stall for longer than it does: as its primary's node was lost and is back, nobody waits to give that
/// up, and the next loss is noticed like any other.
#[test]
fn a_stall_within_the_tolerance_puts_off_no_failover() {
    let (reboot, stalls) = (MINUTE, 10.0 * HOUR);
    assert!(DETECTION + DECISION < reboot);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.volume.stall_tolerance = seconds(10.0 * DAY);
    group.compute.vm_reboot = Law::fixed(reboot);
    let server = Place::Server(0, 0);
    fleet.injections = vec![
        drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(stalls)),
        drill(Cause::zone_outage, Place::Zone(0, 1), DAY + 5.0, Some(HOUR)),
        drill(Cause::vm_crash, server, DAY + 10.0, None),
        drill(Cause::vm_crash, server, 3.0 * DAY, None),
    ];
    let tape = tape_both_ways(&fleet);
    let found: Vec<_> = tape.rows.iter().map(|row| (row.length(), row.path)).collect();
    let failover = (FAILOVER, Some(RecoveryPath::Failover));
    assert_eq!(found, [(stalls, Some(RecoveryPath::Wait)), failover]);
    assert_eq!(tape.phase(Phase::Detection), DETECTION);
}

/// All data of a primary is lost that has no backup, and its standby is behind: it is promoted with its lag as loss
/// where that is wanted, unless its data is lost too; else the server ends.
#[test]
fn a_stale_standby_takes_the_place_of_what_nothing_can_restore() {
    let (behind, patience) = (HOUR, 3.0 * HOUR);
    let play = |stale: bool, standby_back: f64, replaced: bool, both: bool| {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(0.0);
        group.standby.promote_stale.after = stale.then(|| seconds(patience));
        group.standby.replace_after = replaced.then(|| seconds(2.0 * HOUR));
        let loses = |zone: u32, at: f64| {
            let lost = drill(Cause::stamp_outage, Place::Zone(0, zone), DAY + at, Some(1.0));
            Injection { copies_lost: Some(Share(1.0)), ..lost }
        };
        let out = drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(standby_back));
        fleet.injections = vec![out, loses(0, behind)];
        if both {
            fleet.injections.push(loses(1, 3.0 * HOUR));
        }
        let rows = tape_both_ways(&fleet).rows;
        assert_eq!(rows.len(), 1, "{rows:?}");
        (rows[0].path, rows[0].length(), rows[0].loss)
    };
    let rest = FENCING + PROMOTION + REDIRECTION;
    let promoted = |after: f64| (Some(RecoveryPath::Failover), after + rest, Some(behind));
    // Back before the time is over, or after it: nobody else has what it has, so it is not replaced.
    for replaced in [false, true] {
        assert_eq!(play(true, 2.0 * HOUR, replaced, false), promoted(patience));
        assert_eq!(play(true, 6.0 * HOUR, replaced, false), promoted(5.0 * HOUR));
    }
    let lost = |after: f64| (Some(RecoveryPath::Lost), after, None);
    assert_eq!(play(true, 6.0 * HOUR, false, true), lost(2.0 * HOUR + 1.0));
    assert_eq!(play(true, 2.0 * HOUR, false, true), lost(2.0 * HOUR + 1.0));
    assert_eq!(play(false, 2.0 * HOUR, false, false), lost(1.0));
}

/// All data of a primary is lost while its standby, which has every commit, is away: it is restored, unless the standby
/// is back and has taken over before.
#[test]
fn a_restore_of_lost_data_and_a_standby_that_may_return_run_together() {
    let (made, lost) = (3.0 * HOUR, 600.0);
    let play = |standby_back: f64, backup: bool| {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(0.0);
        group.restore.provisioning = Law::fixed(made);
        let redundancy = Redundancy::Zone;
        group.backup = backup.then(|| Backup { retention: seconds(YEAR), redundancy });
        let gone = drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(lost));
        fleet.injections = vec![
            Injection { copies_lost: Some(Share(1.0)), ..gone },
            drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(standby_back)),
        ];
        let rows = tape_both_ways(&fleet).rows;
        assert_eq!(rows.len(), 1, "{rows:?}");
        (rows[0].path, rows[0].length())
    };
    let rest = FENCING + PROMOTION + REDIRECTION;
    let promoted = |back: f64| (Some(RecoveryPath::Failover), back + rest);
    for back in [HOUR, lost + made - 10.0] {
        assert_eq!(play(back, true), promoted(back));
    }
    assert_eq!(play(10.0 * HOUR, true), (Some(RecoveryPath::Restore), lost + made));
    // There is nothing to restore it from.
    assert_eq!(play(10.0 * HOUR, false), promoted(10.0 * HOUR));
}

/// The standby of a primary whose data is lost takes over, and its own volume stalls before clients have found it: it
/// has all data, and is waited for, however long the restore of what was lost has been under way.
#[test]
fn lost_data_is_not_restored_any_more_once_the_standby_has_taken_over() {
    let (made, lost, back, stalls) = (3.0 * HOUR, 600.0, HOUR, 5.0 * HOUR);
    let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
    let group = &mut fleet.groups[0];
    group.compute.vm_reboot = Law::fixed(0.0);
    group.restore.provisioning = Law::fixed(made);
    group.restore.archive_period = seconds(5.0 * MINUTE);
    group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Zone });
    let gone = drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(lost));
    let promoted = DAY + back + FENCING + PROMOTION;
    fleet.injections = vec![
        Injection { copies_lost: Some(Share(1.0)), ..gone },
        drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(back)),
        drill(Cause::stamp_outage, Place::Zone(0, 1), promoted + 10.0, Some(stalls)),
    ];
    let tape = tape_both_ways(&fleet);
    let found: Vec<_> = tape.rows.iter().map(|row| (row.length(), row.path, row.loss)).collect();
    let waited = promoted + 10.0 + stalls - DAY;
    assert_eq!(found, [(waited, Some(RecoveryPath::Wait), Some(0.0))]);
    assert_eq!(tape.phase(Phase::Restore), back - lost);
}

/// Three copies leave their set one after the other, and the one that left first is back first: where it is enough to
/// go on from, what it misses is lost, and where there must be two, only if the other one misses as much.
#[test]
fn what_the_first_copy_that_is_back_misses_is_lost() {
    let servers = 40;
    let play = |least: u32, ends: [f64; 3]| {
        let mut fleet = fleet(servers, 5.0 * DAY, Faults::default());
        on_three_storage_nodes(&mut fleet, HOUR);
        fleet.groups[0].volume.min_copies = least;
        let scene = Scene::new(fleet.clone());
        let topo = Topology::new(&fleet, &scene.cells[0]);
        let node = |server: u32, copy: usize| topo.copy_node[6 * server as usize + copy];
        for (copy, end) in ends.into_iter().enumerate() {
            let n = node(0, copy);
            let server = (0..servers).find(|&s| node(s, 0) == n).expect("there are many");
            let from = copy as f64;
            let (at, lasts) = (DAY + from * HOUR, (end - from) * HOUR);
            let away = drill(Cause::storage_node, Place::Server(0, server), at, Some(lasts));
            fleet.injections.push(away);
        }
        let rows = tape_both_ways(&fleet).rows;
        let own: Vec<&Row> = rows.iter().filter(|row| row.server == 0).collect();
        assert_eq!(own.len(), 1, "{own:?}");
        (own[0].length() / HOUR, own[0].loss.map(|loss| loss / HOUR))
    };
    // They leave at 0, 1 and 2 hours.
    assert_eq!(play(1, [3.0, 9.0, 9.0]), (1.0, Some(2.0)));
    assert_eq!(play(1, [9.0, 3.0, 9.0]), (1.0, Some(1.0)));
    assert_eq!(play(1, [9.0, 9.0, 3.0]), (1.0, Some(0.0)));
    // With two there is always one that has every commit.
    assert_eq!(play(2, [3.0, 4.0, 9.0]), (3.0, Some(0.0)));
    assert_eq!(play(2, [3.0, 9.0, 4.0]), (3.0, Some(0.0)));
    assert_eq!(play(2, [9.0, 3.0, 4.0]), (3.0, Some(0.0)));
}

/// A copy is lost that the last commits were on, and made anew from one that misses them, while the third one, which
/// has them, is away.
#[test]
fn what_is_made_anew_from_an_old_copy_misses_as_much() {
    let mut fleet = fleet(40, 5.0 * DAY, Faults::default());
    on_three_storage_nodes(&mut fleet, HOUR);
    fleet.groups[0].volume.min_copies = 2;
    let scene = Scene::new(fleet.clone());
    let topo = Topology::new(&fleet, &scene.cells[0]);
    let node = |server: u32, copy: usize| topo.copy_node[6 * server as usize + copy];
    let on = |n: u16| (0..40).find(|&s| node(s, 0) == n).expect("there are many");
    let away = |copy: usize, from: f64, to: f64| {
        let place = Place::Server(0, on(node(0, copy)));
        drill(Cause::storage_node, place, DAY + from * HOUR, Some((to - from) * HOUR))
    };
    // The second is away from 0 to 3, the first is lost at 1, and the third is away from 2 on.
    let lost = drill(Cause::copy_failure, Place::Server(0, 0), DAY + HOUR, None);
    fleet.injections = vec![away(1, 0.0, 3.0), lost, away(2, 1.5, 30.0)];
    let rows = tape_both_ways(&fleet).rows;
    let own: Vec<&Row> = rows.iter().filter(|row| row.server == 0).collect();
    // An hour for making it.
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!((own[0].length(), own[0].loss), (3.0 * HOUR, Some(HOUR)));
}

/// The same while the region is away: whoever waits for its control plane is restored in the paired region by the
/// policy for that, unless the region is back before.
#[test]
fn a_restore_of_lost_data_that_cannot_begin_makes_way_for_one_elsewhere() {
    let (patience, made, lost) = (HOUR, 3.0 * HOUR, 600.0);
    let play = |region_back: f64| {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(0.0);
        group.restore.provisioning = Law::fixed(made);
        group.restore.on_region_outage = Policy { after: Some(seconds(patience)) };
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Geo });
        let gone = drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(lost));
        fleet.injections = vec![
            Injection { copies_lost: Some(Share(1.0)), ..gone },
            drill(Cause::region_outage, Place::Region(0), DAY, Some(region_back)),
        ];
        let rows = tape_both_ways(&fleet).rows;
        assert_eq!(rows.len(), 1, "{rows:?}");
        (rows[0].path, rows[0].length())
    };
    assert_eq!(play(2.0 * DAY), (Some(RecoveryPath::GeoRestore), patience + made));
    let rest = FENCING + PROMOTION + REDIRECTION;
    assert_eq!(play(2.0 * HOUR), (Some(RecoveryPath::Failover), 2.0 * HOUR + rest));
}

/// The region goes away while lost data is being restored: a restore that is done and cannot be placed there makes
/// way too, whether the policy for that is due before or after; until the standby is back it is waited for as well.
#[test]
fn a_restore_of_lost_data_that_cannot_be_placed_makes_way_for_one_elsewhere() {
    let (patience, lost) = (3.0 * HOUR, 600.0);
    let play = |made: f64, region_back: f64| {
        let mut fleet = pairs(1, 2, 0, StandbyMode::ZoneRedundant);
        let group = &mut fleet.groups[0];
        group.compute.vm_reboot = Law::fixed(0.0);
        group.restore.provisioning = Law::fixed(made);
        group.restore.on_region_outage = Policy { after: Some(seconds(patience)) };
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Geo });
        let gone = drill(Cause::stamp_outage, Place::Zone(0, 0), DAY, Some(lost));
        fleet.injections = vec![
            Injection { copies_lost: Some(Share(1.0)), ..gone },
            drill(Cause::zone_outage, Place::Zone(0, 1), DAY, Some(2.0 * HOUR)),
            drill(Cause::region_outage, Place::Region(0), DAY + HOUR, Some(region_back - HOUR)),
        ];
        let rows = tape_both_ways(&fleet).rows;
        assert_eq!(rows.len(), 1, "{rows:?}");
        (rows[0].path, rows[0].length())
    };
    let elsewhere = Some(RecoveryPath::GeoRestore);
    // Done before the policy is due, and after it.
    let (early, late) = (2.0 * HOUR, 5.0 * HOUR);
    assert_eq!(play(early, 2.0 * DAY), (elsewhere, HOUR + patience + early));
    assert_eq!(play(late, 2.0 * DAY), (elsewhere, lost + 2.0 * late));
    let rest = FENCING + PROMOTION + REDIRECTION;
    for (made, back) in [(early, 5.0 * HOUR), (late, 4.5 * HOUR), (late, 9.0 * HOUR)] {
        assert_eq!(play(made, back), (Some(RecoveryPath::Failover), back + rest));
    }
}
