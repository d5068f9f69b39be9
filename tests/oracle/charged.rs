//! Which causes an incident is charged to where they overlap: one that is over is charged no more.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, Injection, Place, StandbyMode};
use fleetsim::model::record::{Gauge, Incident, Interval, Sink, Stall};
use fleetsim::model::topology::Topology;
use fleetsim::model::world::{Manner, Scene, World};
use std::sync::Arc;

/// Seconds charged to each cause, one after the other, of all incidents of the first server.
#[derive(Clone, Debug, Default)]
struct Charged(Vec<(Cause, f64)>);

impl Sink for Charged {
    fn incident(&mut self, i: &Incident<'_>) {
        for segment in i.segments.iter().filter(|_| i.server == 0) {
            let length = segment.to.since(segment.from).as_secs_f64();
            match self.0.last_mut() {
                Some((cause, sum)) if *cause == segment.cause => *sum += length,
                _ => self.0.push((segment.cause, length)),
            }
        }
    }
    fn interval(&mut self, _: Interval) {}
    fn stall(&mut self, _: Stall) {}
    fn gauge(&mut self, _: Gauge) {}
}

/// What is charged in the only replication, played lazily and eagerly.
fn charged(fleet: &Fleet) -> Vec<(Cause, f64)> {
    let scene = Scene::new(fleet.clone());
    let environment = Arc::new(Environment::draw(&scene.fleet, 0, Stratum::Natural));
    let [lazy, eager] = [false, true].map(|eager| {
        let mut world = World::new(&scene, Charged::default());
        world.play(&scene, 0, 0, &environment, Manner { eager, check: true, ..Manner::default() });
        world.sink_mut().0.clone()
    });
    assert_eq!(lazy, eager, "lazy, eager");
    lazy
}

/// A volume stalls twice at once, with its stamp or for want of copies: each cause is charged while it is the one that
/// has held the volume for longest.
#[test]
fn a_stall_is_charged_to_what_still_holds_it() {
    let mut fleet = fleet(1, 5.0 * DAY, Faults::default());
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (3, 1, 3);
    fleet.groups[0].volume.min_copies = 3;
    let rebuild = 2.0 * HOUR;
    fleet.groups[0].volume.rebuild = Some(Law::fixed(rebuild));
    let away = |cause, from: f64, to: f64| {
        drill(cause, Place::Server(0, 0), DAY + from * HOUR, Some((to - from) * HOUR))
    };
    let (stamp, node) = (Cause::stamp_outage, Cause::storage_node);
    for (first, second) in [(stamp, node), (node, stamp)] {
        let play = |ends: [f64; 2], patience: f64| {
            let both = vec![away(first, 0.0, ends[0]), away(second, 1.0, ends[1])];
            let mut fleet = Fleet { injections: both, ..fleet.clone() };
            fleet.groups[0].volume.rebuild_after = seconds(patience * HOUR);
            charged(&fleet)
        };
        assert_eq!(play([3.0, 7.0], 90.0), [(first, 3.0 * HOUR), (second, 4.0 * HOUR)]);
        assert_eq!(play([7.0, 3.0], 90.0), [(first, 7.0 * HOUR)]);
        if second == node {
            // Its copy is given up and made anew when there is a place for it.
            let made = [(first, 3.0 * HOUR), (second, 4.0 * HOUR + rebuild)];
            assert_eq!(play([3.0, 7.0], 0.0), made);
        }
    }
}

/// Commits wait for a lost standby, and their volume stalls before it is dropped; or the other way round.
#[test]
fn a_drop_that_is_over_is_charged_no_more() {
    let (drop, tolerance) = (600.0, 10.0);
    let mut fleet = fleet(1, 5.0 * DAY, Faults::default());
    fleet.regions[0].zones = 2;
    let group = &mut fleet.groups[0];
    group.zone = Some(0);
    group.standby_mode = StandbyMode::ZoneRedundant;
    group.volume.stall_tolerance = seconds(tolerance);
    group.standby.drop = Law::fixed(drop);
    let away = |cause, zone: u32, from: f64, to: f64| {
        drill(cause, Place::Zone(0, zone), DAY + from, Some(to - from))
    };
    let (stamp, zone) = (Cause::stamp_outage, Cause::zone_outage);
    let play = |stalls: [f64; 2], lost: f64| {
        let both = vec![away(zone, 1, lost, DAY), away(stamp, 0, stalls[0], stalls[1])];
        charged(&Fleet { injections: both, ..fleet.clone() })
    };
    assert_eq!(play([300.0, HOUR], 0.0), [(zone, drop), (stamp, HOUR - drop)]);
    assert_eq!(play([300.0, 500.0], 0.0), [(zone, drop)]);
    assert_eq!(play([0.0, 300.0], 5.0), [(stamp, 300.0), (zone, drop + 5.0 - 300.0)]);
}

/// Copies are lost and away in turn: what held the stall first is over, but for other copies that are not there.
#[test]
fn a_stall_for_want_of_copies_is_charged_to_what_has_them() {
    let mut fleet = fleet(40, 5.0 * DAY, Faults::default());
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes) = (3, 1, 3);
    let rebuild = 9.0;
    fleet.groups[0].volume.rebuild = Some(Law::fixed(rebuild * HOUR));
    fleet.groups[0].volume.rebuild_after = seconds(4.0 * DAY);
    let scene = Scene::new(fleet.clone());
    let topo = Topology::new(&fleet, &scene.cells[0]);
    let node = |server: u32, copy: usize| topo.copy_node[6 * server as usize + copy];
    let on = |n: u16| (0..40).find(|&s| node(s, 0) == n).expect("there are many");
    let away = |cause, copy: usize, from: f64, to: f64| {
        let place = Place::Server(0, on(node(0, copy)));
        drill(cause, place, DAY + from * HOUR, Some((to - from) * HOUR))
    };
    let (copy, node) = (Cause::copy_failure, Cause::storage_node);
    let lost = |at: f64| drill(copy, Place::Server(0, 0), DAY + at * HOUR, None);
    let mut play = |least: u32, injections: Vec<Injection>| {
        fleet.groups[0].volume.min_copies = least;
        charged(&Fleet { injections, ..fleet.clone() })
    };
    // All three copies are wanted: the second is away, and the first lost meanwhile.
    let both = vec![away(node, 1, 0.0, 3.0), lost(1.0)];
    assert_eq!(play(3, both), [(node, 3.0 * HOUR), (copy, (1.0 + rebuild - 3.0) * HOUR)]);
    let both = vec![lost(0.0), away(node, 1, 1.0, 3.0)];
    assert_eq!(play(3, both), [(copy, rebuild * HOUR)]);
    let both = vec![lost(0.0), away(node, 1, 1.0, 3.0 + rebuild)];
    assert_eq!(play(3, both), [(copy, rebuild * HOUR), (node, 3.0 * HOUR)]);
}

/// A storage node goes away again while its copies catch up: what it was away for before is over.
#[test]
fn a_stall_is_charged_to_what_took_the_copy_again() {
    let mut fleet = fleet(40, 5.0 * DAY, Faults::default());
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.storage_nodes, region.vcores_per_host) = (3, 1, 3, 4);
    let resync = 2.0;
    let volume = &mut fleet.groups[0].volume;
    volume.min_copies = 3;
    volume.resync = Law::fixed(resync * HOUR);
    volume.rebuild_after = seconds(4.0 * DAY);
    let scene = Scene::new(fleet.clone());
    let topo = Topology::new(&fleet, &scene.cells[0]);
    let node = |server: u32| u32::from(topo.copy_node[6 * server as usize]);
    let rack =
        |server: u32| u32::from(topo.host_rack[topo.slot_host[3 * server as usize] as usize]);
    // Another rack than that of the server's own host falls, with a storage node of its volume.
    let in_rack = (1..40).find(|&s| rack(s) != rack(0)).expect("there are three");
    let stored = topo.storage_nodes_in_rack(rack(in_rack))[0];
    let on_node = (0..40).find(|&s| node(s) == stored).expect("there are many");
    let away = |cause, server: u32, from: f64, to: f64| {
        drill(cause, Place::Server(0, server), DAY + from * HOUR, Some((to - from) * HOUR))
    };
    let (node, rack) = (Cause::storage_node, Cause::rack_outage);
    let there_and_back = [away(node, on_node, 0.0, 3.0), away(rack, in_rack, 4.0, 7.0)];
    fleet.injections = there_and_back.to_vec();
    assert_eq!(charged(&fleet), [(node, 4.0 * HOUR), (rack, (3.0 + resync) * HOUR)]);
    // Or it is away twice at once.
    let mut play = |ends: [f64; 2]| {
        let both = [away(node, on_node, 0.0, ends[0]), away(rack, in_rack, 1.0, ends[1])];
        fleet.injections = both.to_vec();
        charged(&fleet)
    };
    assert_eq!(play([3.0, 7.0]), [(node, 3.0 * HOUR), (rack, (4.0 + resync) * HOUR)]);
    assert_eq!(play([7.0, 3.0]), [(node, (7.0 + resync) * HOUR)]);
}
