//! Outages that overlap: each ends by itself, and does what it does at its own end. Every stretch is known.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::Span;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Backup, Fleet, Injection, Place, Redundancy};
use fleetsim::model::record::RecoveryPath;
use fleetsim::model::topology::Topology;
use fleetsim::model::world::Scene;

const REBOOT: f64 = MINUTE;
const RELOCATION: f64 = 5.0 * MINUTE;
/// How long a node waits for its rack.
const PATIENCE: f64 = HOUR;

/// Servers that leave a rack that is away for too long, in one zone with room for them.
fn leaving(hosts_late_by: f64) -> Fleet {
    let mut faults = Faults::default();
    faults.zone_outage.r#return = Law::fixed(hosts_late_by);
    let mut fleet = fleet(12, 30.0 * DAY, faults);
    let region = &mut fleet.regions[0];
    (region.racks, region.vcores_per_host, region.spare) = (6, 8, Share(0.75));
    let group = &mut fleet.groups[0];
    group.volume.min_copies = 1;
    group.volume.rebuild_after = Span::MAX;
    group.compute.vm_reboot = Law::fixed(REBOOT);
    group.compute.relocation = Law::fixed(RELOCATION);
    group.compute.relocate_after = Some(seconds(PATIENCE));
    fleet
}

/// How long the first server is down from the beginning of the first day on, and how it comes back: a zone's
/// outage, its hosts late, and rack outages, each from and to so many seconds of that day.
fn down(late: f64, zone: (f64, f64), racks: &[(f64, f64)]) -> (f64, Option<RecoveryPath>) {
    let mut fleet = leaving(late);
    let lasting =
        |cause, place, (from, to): (f64, f64)| drill(cause, place, DAY + from, Some(to - from));
    fleet.injections.push(lasting(Cause::zone_outage, Place::Zone(0, 0), zone));
    for &rack in racks {
        fleet.injections.push(lasting(Cause::rack_outage, Place::Server(0, 0), rack));
    }
    let rows = tape_both_ways(&fleet).rows;
    let own: Vec<&Row> = rows.iter().filter(|row| row.server == 0).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    (own[0].length(), own[0].path)
}

/// A rack falls whose hosts are held already: its nodes wait for it from then on, and leave it. While their
/// hall is away they do not, and ask as soon as it is back.
#[test]
fn a_node_leaves_a_rack_that_fell_while_it_was_held() {
    let (left, waited) = (Some(RecoveryPath::Relocate), Some(RecoveryPath::Wait));
    let ten_days = 10.0 * DAY;
    // The patience ends before the outage of the zone, after it, or in its very instant.
    let zone = (0.0, 4.0 * HOUR);
    for (rack, asks) in [(0.5, 4.0), (2.0, 4.0), (3.0, 4.0), (3.5, 4.5), (3.9, 4.9)] {
        let down = down(0.0, zone, &[(rack * HOUR, ten_days)]);
        assert_eq!(down, (asks * HOUR + RELOCATION, left), "rack from {rack} h on");
    }
    // The rack was away first.
    let early = (0.5 * HOUR, 4.0 * HOUR + 10.0 * MINUTE);
    let from_the_first = [(0.0, ten_days)];
    assert_eq!(down(0.0, early, &from_the_first), (early.1 + RELOCATION, left));
    // Hosts are late after the outage, all alike: the rest of the zone is back at seven.
    let (short, late) = ((0.0, HOUR), 6.0 * HOUR);
    for (rack, asks) in [(2.0, 7.0), (5.9, 7.0), (6.5, 7.5)] {
        let down = down(late, short, &[(rack * HOUR, ten_days)]);
        assert_eq!(down, (asks * HOUR + RELOCATION, left), "rack from {rack} h on");
    }
    // A rack that is back is left by nobody, though its hosts are late from the outage of their hall.
    for rack in [(0.5, 0.9), (0.0, 2.0), (2.0, 2.9), (1.5, 4.0)] {
        let down = down(late, short, &[(rack.0 * HOUR, rack.1 * HOUR)]);
        assert_eq!(down, (7.0 * HOUR + REBOOT, waited), "rack {rack:?}");
    }
    // Two outages of one rack hold it from the beginning of the first to the end of the last.
    let both = [(2.0 * HOUR, ten_days), (2.5 * HOUR, 5.0 * DAY), (6.5 * HOUR, 3.0 * DAY)];
    assert_eq!(down(late, short, &both), (7.0 * HOUR + RELOCATION, left));
    let again = [(2.0 * HOUR, 2.5 * HOUR), (6.2 * HOUR, ten_days)];
    assert_eq!(down(late, short, &again), (7.2 * HOUR + RELOCATION, left));
}

/// A stamp is away twice at once, of which one outage loses every copy: at its own end.
#[test]
fn copies_are_lost_at_the_end_of_the_outage_that_loses_them() {
    let made = HOUR;
    // The first outage, from the beginning of the day on, and the second, from an hour later on.
    let play = |ends: [f64; 2], losing: usize| {
        let mut fleet = fleet(4, 30.0 * DAY, Faults::default());
        let group = &mut fleet.groups[0];
        group.backup =
            Some(Backup { retention: Span::from_days(7), redundancy: Redundancy::Local });
        group.restore.provisioning = Law::fixed(made);
        group.restore.reconfiguration = Law::fixed(0.0);
        for (which, end) in ends.into_iter().enumerate() {
            let (place, from) = (Place::Region(0), which as f64 * HOUR);
            let mut out = drill(Cause::stamp_outage, place, DAY + from, Some(end - from));
            out.copies_lost = Some(Share(f64::from(u8::from(which == losing))));
            fleet.injections.push(out);
        }
        let rows = tape_both_ways(&fleet).rows;
        let down = |row: &Row| (row.length(), row.path);
        let downs: Vec<_> = rows.iter().map(down).collect();
        assert_eq!(downs, [downs[0]; 4]);
        downs[0]
    };
    let (short, long) = (2.0 * HOUR, 10.0 * DAY);
    for (ends, losing) in [([short, long], 1), ([long, short], 0)] {
        let restored = (long + made, Some(RecoveryPath::Restore));
        assert_eq!(play(ends, losing), restored, "{ends:?} {losing}");
    }
    // What is made in the stamp while it is away otherwise waits for that.
    for (ends, losing) in [([short, long], 0), ([long, short], 1)] {
        let waited = (long, Some(RecoveryPath::Wait));
        assert_eq!(play(ends, losing), waited, "{ends:?} {losing}");
    }
}

/// Of the storage nodes of a zone that was out some are back at once, some ten hours later and some never: what
/// these had is made anew on nodes that are there.
#[test]
fn lost_copies_are_not_laid_on_nodes_that_are_late() {
    let (patience, rebuild, servers) = (15.0 * MINUTE, HOUR, 200);
    let mut faults = Faults::default();
    let late = Law::mixture(vec![(1.0, Law::fixed(0.0)), (1.0, Law::fixed(10.0 * HOUR))]);
    faults.zone_outage.r#return = late.unwrap();
    let mut fleet = fleet(servers, 5.0 * DAY, faults);
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (10, 1, 20);
    let group = &mut fleet.groups[0];
    group.volume.min_copies = 1;
    group.volume.rebuild_after = seconds(patience);
    group.volume.rebuild = Some(Law::fixed(rebuild));
    let out = drill(Cause::zone_outage, Place::Zone(0, 0), DAY, Some(HOUR));
    fleet.injections = vec![Injection { copies_lost: Some(Share(0.3)), ..out }];
    // Whoever has a live copy has three of them when the late ones have been waited for and made anew. All stand on
    // one host, which is back at once in half of the plays.
    let most = f64::from(servers) * (patience + rebuild);
    let mut in_time = 0;
    play(fleet, 20, true, |tape| {
        let back = tape.rows.iter().filter(|row| row.length() == HOUR).count();
        in_time += u32::from(back > 0);
        assert!(tape.copies <= most, "{}, at most {most}", tape.copies);
    });
    assert!(in_time > 4, "{in_time}");
}

/// Copies are lost and made anew one after the other; a storage node that some of them were to be made on goes away
/// meanwhile: they are made on others, in their turn.
#[test]
fn copies_that_wait_for_their_turn_move_too() {
    let (servers, rebuild) = (20, 2.0 * HOUR);
    let mut fleet = fleet(servers, 60.0 * DAY, Faults::default());
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (6, 1, 6);
    let group = &mut fleet.groups[0];
    group.volume.rebuild_after = seconds(15.0 * MINUTE);
    group.volume.rebuild = Some(Law::fixed(rebuild));
    (group.volume.rebuild_concurrent, group.volume.min_copies) = (1, 1);
    let lost = drill(Cause::copy_failure, Place::Group(0), DAY, None);
    let away = drill(Cause::storage_node, Place::Server(0, 0), DAY + HOUR, Some(40.0 * DAY));
    fleet.injections = vec![lost, away];
    // Every volume has lost one copy, and another one at most with the node.
    let most = f64::from(servers) * 2.0 * f64::from(servers) * rebuild;
    let copies = tape_both_ways(&fleet).copies;
    assert!(copies > 0.0 && copies < most, "{copies}, at most {most}");
}

/// A copy has no place to be made anew on: it is made as soon as any storage node is back that would do.
#[test]
fn a_copy_that_found_no_place_takes_the_first_that_there_is() {
    let (servers, patience, rebuild) = (40, 15.0 * MINUTE, HOUR);
    let mut fleet = fleet(servers, 3.0 * DAY, Faults::default());
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (4, 1, 4);
    let group = &mut fleet.groups[0];
    group.volume.rebuild_after = seconds(patience);
    group.volume.rebuild = Some(Law::fixed(rebuild));
    let scene = Scene::new(fleet.clone());
    let topo = Topology::new(&fleet, &scene.cells[0]);
    // Of each storage node a server whose first copy stands on it.
    let node = |server: u32, copy: usize| topo.copy_node[6 * server as usize + copy];
    let first_on = |n: u16| (1..servers).find(|&s| node(s, 0) == n).expect("there are many");
    let own = [0, 1].map(|copy| node(0, copy));
    let spare = (0..4).find(|n| !(0..3).any(|copy| node(0, copy) == *n)).expect("a fourth node");
    let away = |n: u16, from: f64, to: f64| {
        drill(Cause::storage_node, Place::Server(0, first_on(n)), DAY + from, Some(to - from))
    };
    // Its first copy is away for long, and the only other place for it for a while. It is there again before the second
    // one goes: else there would be too few.
    fleet.injections = vec![
        away(spare, -MINUTE, 2.0 * HOUR),
        away(own[0], 0.0, DAY),
        away(own[1], 5.0 * HOUR, 6.0 * HOUR),
    ];
    let rows = tape_both_ways(&fleet).rows;
    let found: Vec<&Row> = rows.iter().filter(|row| row.server == 0).collect();
    assert!(found.is_empty(), "{found:?}");
}
