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
