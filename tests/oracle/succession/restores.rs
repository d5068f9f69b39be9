//! Restores by policy beside a standby that may be back before, and what follows in the paired region.

use super::*;

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
        (tape.down / 20.0, by(RecoveryPath::Failover), by(RecoveryPath::GeoRestore))
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

/// A region is away for a long time, from the day of the scenario's first windows on, and again later. Its
/// servers are restored elsewhere within hours: their windows open as if nothing had happened.
#[test]
fn who_has_left_its_region_is_maintained_while_that_is_away() {
    let (patience, made) = (4.0 * HOUR, 2.0 * HOUR);
    for mode in [StandbyMode::None, StandbyMode::ZoneRedundant] {
        let play = |outages: &[(Cause, f64, f64)]| {
            let mut fleet = pairs(10, 3, 0, mode);
            fleet.horizon = SimTime::ZERO + seconds(YEAR);
            let group = &mut fleet.groups[0];
            (group.maintenance_on, group.window) = (true, Window::Custom { day: 0, start: 120 });
            group.maintenance.restart = Law::fixed(2.0 * MINUTE);
            group.maintenance.soak = seconds(HOUR);
            group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Geo });
            group.restore.provisioning = Law::fixed(made);
            group.restore.on_region_outage = Policy { after: Some(seconds(patience)) };
            for &(cause, from, lasts) in outages {
                fleet.injections.push(drill(
                    cause,
                    Place::Region(0),
                    from * DAY,
                    Some(lasts * DAY),
                ));
            }
            tape_both_ways(&fleet).rows
        };
        // From Friday on: nobody is down in a window, which are on Sundays.
        let (out, away) = ((Cause::region_outage, 1.0, 200.0), Cause::control_plane_outage);
        let quiet = play(&[]);
        assert!(quiet.len() > 80, "{mode:?} {}", quiet.len());
        for more in [vec![], vec![(away, 210.0, 60.0)], vec![(away, 3.1, 300.0)]] {
            let rows = play(&[vec![out], more].concat());
            let (restored, planned): (Vec<Row>, Vec<Row>) =
                rows.iter().partition(|row| row.path == Some(RecoveryPath::GeoRestore));
            assert_eq!(restored.len(), 10, "{mode:?}");
            assert_eq!(planned, quiet, "{mode:?}");
        }
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
        (tape.down / 20.0, by(RecoveryPath::Failover), by(RecoveryPath::Restore))
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
        (tape.down / 20.0, by(RecoveryPath::Failover), restored)
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

/// Work has failed and is announced anew when the server is restored elsewhere: it is done no sooner for that.
#[test]
fn who_leaves_its_region_is_given_as_much_notice() {
    let notice = 20.0 * DAY;
    let play = |out: Option<SimTime>| {
        let mut fleet = pairs(5, 2, 0, StandbyMode::None);
        fleet.horizon = SimTime::ZERO + seconds(YEAR);
        fleet.regions[0].maintenance.notice = seconds(notice);
        let group = &mut fleet.groups[0];
        (group.maintenance_on, group.window) = (true, Window::Custom { day: 0, start: 120 });
        group.maintenance.restart = Law::fixed(2.0 * MINUTE);
        group.maintenance.patch_success = Share(0.0);
        group.maintenance.rollback = Law::fixed(MINUTE);
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Geo });
        group.restore.provisioning = Law::fixed(2.0 * HOUR);
        group.restore.on_region_outage = Policy { after: Some(seconds(4.0 * HOUR)) };
        if let Some(last) = out {
            // For a day from the day after a window on: the control plane is there in all of them.
            let from = last.as_secs_f64() + DAY;
            fleet.injections = vec![drill(Cause::region_outage, Place::Region(0), from, Some(DAY))];
        }
        tape_both_ways(&fleet).rows
    };
    let quiet = play(None);
    let rows = play(Some(quiet[quiet.len() / 2].from));
    let (restored, planned): (Vec<Row>, Vec<Row>) =
        rows.iter().partition(|row| row.path == Some(RecoveryPath::GeoRestore));
    assert_eq!((restored.len(), planned), (5, quiet));
}

/// A region is out for a while during the outage of a zone: a backup in its zones is of no use then, but as soon as the
/// region is back, for the zone is still out.
#[test]
fn an_outage_that_a_backup_is_no_help_in_does_not_hide_another_one() {
    let (made, region_back) = (HOUR, 3.0 * HOUR);
    let mut fleet = pairs(1, 3, 0, StandbyMode::None);
    let group = &mut fleet.groups[0];
    group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Zone });
    group.restore.provisioning = Law::fixed(made);
    group.restore.on_zone_outage = Policy { after: Some(seconds(2.0 * HOUR)) };
    group.restore.on_region_outage = Policy { after: Some(seconds(HOUR)) };
    fleet.injections = vec![
        drill(Cause::zone_outage, Place::Zone(0, 0), DAY, Some(10.0 * HOUR)),
        drill(Cause::region_outage, Place::Region(0), DAY + HOUR / 2.0, Some(2.5 * HOUR)),
    ];
    let rows = tape_both_ways(&fleet).rows;
    let found: Vec<_> = rows.iter().map(|row| (row.length(), row.path)).collect();
    assert_eq!(found, [(region_back + made, Some(RecoveryPath::Restore))]);
}
