//! Data lost after a power event: random placement against copysets, by counting.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, Injection, Place, Placement};
use fleetsim::model::record::RecoveryPath;
use fleetsim::model::topology::Topology;
use fleetsim::model::world::Scene;
use std::collections::BTreeSet;

const NODES: u32 = 12;
const VOLUMES: u32 = 24;
const NEVER: f64 = 0.4;

fn build(placement: Placement) -> Fleet {
    let mut fleet = fleet(VOLUMES, DAY, Faults::default());
    (fleet.regions[0].racks, fleet.regions[0].storage_nodes) = (NODES, NODES);
    fleet.groups[0].volume.placement = placement;
    fleet.injections.push(Injection {
        at: SimTime::ZERO + seconds(HOUR),
        cause: Cause::zone_outage,
        place: Place::Zone(0, 0),
        lasts: Some(Law::fixed(HOUR)),
        share: None,
        copies_lost: Some(Share(NEVER)),
    });
    fleet
}

/// The sets of storage nodes on which first volumes stand, a bit each.
fn triples(fleet: &Fleet) -> BTreeSet<u32> {
    let scene = Scene::new(fleet.clone());
    let topo = Topology::new(fleet, &scene.cells[0]);
    (0..VOLUMES as usize)
        .map(|server| (0..3).map(|i| 1u32 << topo.copy_node[6 * server + i]).sum())
        .collect()
}

/// P(some triple is lost whole): the sum over all sets of nodes that never return.
fn any(triples: &BTreeSet<u32>) -> f64 {
    (0..1u32 << NODES)
        .filter(|lost| triples.iter().any(|t| lost & t == *t))
        .map(|lost| {
            let gone = lost.count_ones() as i32;
            NEVER.powi(gone) * (1.0 - NEVER).powi(NODES as i32 - gone)
        })
        .sum()
}

fn power_event(replications: u64, limit: f64) {
    let expected = f64::from(VOLUMES) * NEVER.powi(3);
    let copysets = triples(&build(Placement::Copysets));
    let random = triples(&build(Placement::Random));
    assert_eq!(copysets.len() as u32, NODES / 3, "every copyset is used");
    assert!(random.len() > 15);
    let by_sets = -libm::expm1(f64::from(NODES / 3) * libm::log1p(-NEVER.powi(3)));
    assert!((any(&copysets) / by_sets - 1.0).abs() < 1e-12);
    for (name, placement, triples, other) in [
        ("copysets", Placement::Copysets, &copysets, &random),
        ("random", Placement::Random, &random, &copysets),
    ] {
        let [mut lost, mut some] = [Sample::default(); 2];
        play(build(placement), replications, false, |tape| {
            let volumes = tape.paths[RecoveryPath::Lost as usize];
            lost.push(volumes);
            some.push(f64::from(u8::from(volumes > 0.0)));
        });
        let independent = -libm::expm1(f64::from(VOLUMES) * libm::log1p(-NEVER.powi(3)));
        hold(
            &format!("power event, {name}, volumes lost"),
            expected,
            &lost,
            limit,
            &[("two copies are enough", f64::from(VOLUMES) * NEVER * NEVER)],
        );
        hold(
            &format!("power event, {name}, P(any loss)"),
            any(triples),
            &some,
            limit,
            &[("the other placement", any(other)), ("independent volumes", independent)],
        );
    }
}

#[test]
fn copysets_lose_as_much_but_less_often() {
    power_event(50_000, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_copysets_lose_as_much_but_less_often() {
    power_event(250_000, 0.005);
}
