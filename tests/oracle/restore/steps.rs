//! Restores step by step: what each takes, what it gives up, and who has left its region by it. Every stretch is
//! known.

use super::*;
use fleetsim::kernel::time::Span;

/// Making, fetching, replaying and reconfiguring: a restore takes these and no microsecond more, alone or
/// among others, whatever the bandwidth. Where all of that takes no time, the loss is on record all the same.
#[test]
fn a_restore_takes_its_steps_and_no_more() {
    let (made, reconfigured, outage) = (HOUR, 0.5 * HOUR, 0.25 * HOUR);
    let play = |servers: u32, throughput: f64, fetch: f64, steps: f64| {
        let lasts = Law::fixed(outage);
        let lost = drill(Cause::stamp_outage, Place::Region(0), LATE, lasts, 1.0);
        let mut fleet = build(servers, Redundancy::Local, lost);
        let group = &mut fleet.groups[0];
        group.wal_rate = WalRate::Law(Law::fixed(0.0));
        group.restore.provisioning = Law::fixed(steps * made);
        group.restore.reconfiguration = Law::fixed(steps * reconfigured);
        (group.restore.fetch_rate, group.restore.throughput) = (Speed(fetch), Speed(throughput));
        let rows = tape_both_ways(&fleet).rows;
        assert_eq!(rows.len(), servers as usize);
        assert!(rows.iter().all(|row| row.path == Some(RecoveryPath::Restore)), "{rows:?}");
        assert!(rows.iter().all(|row| row.length() == rows[0].length()), "{rows:?}");
        rows[0].to.since(rows[0].from)
    };
    let (steps, bytes) = (outage + made + reconfigured, BYTES as f64);
    let unbounded = f64::INFINITY;
    assert_eq!(play(3, unbounded, unbounded, 1.0), seconds(steps));
    for fetch in [7.0 * HOUR, 1_000.0, 123.456_789, 0.000_007] {
        assert_eq!(play(3, unbounded, bytes / fetch, 1.0), seconds(steps + fetch));
        // Bandwidth of all shared by all.
        assert_eq!(play(5, 5.0 * bytes / fetch, unbounded, 1.0), seconds(steps + fetch));
    }
    assert_eq!(play(3, unbounded, unbounded, 0.0), seconds(outage) + Span(1));
}

/// Data is lost for good, and its restore has begun when the region goes away: the policy for that is followed
/// as by whoever has lost nothing, and the loss is that of the copy in the paired region.
#[test]
fn a_restore_that_the_region_takes_with_it_is_begun_elsewhere() {
    let (servers, patience, made, lag) = (20, 4.0 * HOUR, 2.0 * HOUR, HOUR);
    let reconfigured = 0.5 * HOUR;
    let play = |mode: StandbyMode, halls: u32, outages: &[Injection]| {
        let mut fleet = build(servers, Redundancy::Geo, outages[0].clone());
        fleet.injections.extend_from_slice(&outages[1..]);
        (fleet.regions[0].halls, fleet.regions[0].racks) = (halls, 3 * halls);
        fleet.regions[0].stamps = halls;
        let group = &mut fleet.groups[0];
        group.standby_mode = mode;
        group.wal_rate = WalRate::Law(Law::fixed(0.0));
        group.restore.on_region_outage = Policy { after: Some(seconds(patience)) };
        group.restore.provisioning = Law::fixed(made);
        group.restore.reconfiguration = Law::fixed(reconfigured);
        group.restore.geo_lag = seconds(lag);
        let rows = tape_both_ways(&fleet).rows;
        assert_eq!(rows.len(), servers as usize, "{mode:?}");
        rows
    };
    // The data is lost as it ends.
    let zone = drill(Cause::zone_outage, Place::Zone(0, 0), DAY, Law::fixed(HOUR), 1.0);
    let gone = |from: f64, lasts: f64| {
        drill(Cause::region_outage, Place::Region(0), DAY + from, Law::fixed(lasts), 0.0)
    };
    let long = 20.0 * DAY;
    for mode in [StandbyMode::None, StandbyMode::SameZone] {
        for from in [2.0 * HOUR, 1.5 * HOUR, 3.4 * HOUR] {
            let rows = play(mode, 1, &[zone.clone(), gone(from, long)]);
            for row in &rows {
                let down = (row.length(), row.path);
                let closed = from + patience + made + reconfigured;
                assert_eq!(down, (closed, Some(RecoveryPath::GeoRestore)), "{mode:?} {from}");
            }
            // As old as the copy elsewhere was when the first outage began: uniform up to the lag.
            let losses: Vec<f64> = rows.iter().filter_map(|row| row.loss).collect();
            let mean = losses.iter().sum::<f64>() / f64::from(servers) / lag;
            assert!((mean - 0.5).abs() < 0.3 && losses.iter().all(|&l| l <= lag), "{losses:?}");
        }
        // A region that is back before its time is up: the restore begins anew there.
        let short = 3.9 * HOUR;
        for row in play(mode, 1, &[zone.clone(), gone(2.0 * HOUR, short)]) {
            let closed = 2.0 * HOUR + short + made + reconfigured;
            let down = (row.length(), row.path);
            assert_eq!(down, (closed, Some(RecoveryPath::Restore)), "{mode:?}");
        }
    }
    // The data is lost after that was due: all are restored elsewhere by then.
    let stamps = drill(Cause::stamp_outage, Place::Region(0), DAY, Law::fixed(9.0 * HOUR), 1.0);
    for row in play(StandbyMode::None, 1, &[stamps, gone(2.0 * HOUR, long)]) {
        let closed = 2.0 * HOUR + patience + made + reconfigured;
        assert_eq!((row.length(), row.path), (closed, Some(RecoveryPath::GeoRestore)));
    }
    // Half of the region is out. Whoever lost its data in the other half waits for the control plane with it, to
    // begin its restore, and does not wait for longer than the policy; what has begun goes on.
    let half = |from: f64| {
        let mut out = gone(from, long);
        out.share = Some(Share(0.5));
        out
    };
    let rows = play(StandbyMode::None, 2, &[zone.clone(), half(0.5 * HOUR)]);
    let elsewhere = (0.5 * HOUR + patience + made + reconfigured, Some(RecoveryPath::GeoRestore));
    assert!(rows.iter().all(|row| (row.length(), row.path) == elsewhere), "{rows:?}");
    let rows = play(StandbyMode::None, 2, &[zone, half(2.0 * HOUR)]);
    let elsewhere = (2.0 * HOUR + patience + made + reconfigured, Some(RecoveryPath::GeoRestore));
    let here = (HOUR + made + reconfigured, Some(RecoveryPath::Restore));
    let count = |end| rows.iter().filter(|row| (row.length(), row.path) == end).count();
    assert_eq!(count(elsewhere) + count(here), rows.len(), "{rows:?}");
}

/// The servers of one group are restored elsewhere. What strikes the storage of that group later strikes
/// nobody: least of all those that stand where its volumes were.
#[test]
fn a_drill_on_who_has_left_the_region_strikes_nobody_who_stays() {
    let outage = drill(Cause::region_outage, Place::Region(0), DAY, Law::fixed(2.0 * DAY), 0.0);
    let mut fleet = build(10, Redundancy::Geo, outage);
    let group = &mut fleet.groups[0];
    group.restore.on_region_outage = Policy { after: Some(seconds(HOUR)) };
    let mut staying = group.clone();
    (staying.name, staying.backup) = ("stays".to_owned(), None);
    // One copy away is one too many.
    staying.volume.min_copies = 3;
    staying.volume.rebuild_after = Span::MAX;
    staying.volume.rebuild = Some(Law::fixed(HOUR));
    fleet.groups.push(staying);
    let storage = [Cause::stamp_outage, Cause::storage_node, Cause::copy_failure];
    for cause in [Cause::rack_outage, Cause::host_failure].into_iter().chain(storage) {
        for (group, struck) in [(0, false), (1, true)] {
            let mut fleet = fleet.clone();
            fleet.injections.push(crate::support::drill(
                cause,
                Place::Group(group),
                4.0 * DAY,
                Some(HOUR),
            ));
            let tape = tape_both_ways(&fleet);
            let later = tape.rows.iter().filter(|row| row.from >= fleet.injections[1].at).count();
            let struck = struck && cause != Cause::host_failure;
            assert_eq!(later > 0, struck, "{cause:?} of group {group}: {later}");
            assert_eq!(tape.rows.len(), 20 + later);
        }
    }
}
