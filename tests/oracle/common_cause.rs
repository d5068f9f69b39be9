//! Common cause: bursts on neighbours leave each component's own rate and multiply joint failures.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::param::CountLaw;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::common::{CommonCause, Within};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::Fleet;
use fleetsim::model::record::Phase;
use fleetsim::model::topology::Topology;
use fleetsim::model::world::Scene;

const GAP: f64 = 5.0 * DAY;
const REPAIR: f64 = 6.0 * HOUR;
const HORIZON: f64 = 100.0 * DAY;
const SERVERS: u32 = 90;
const SHARE: f64 = 0.2;
const SIZE: f64 = 5.0;

fn build() -> Fleet {
    let mut faults = Faults::default();
    faults.set_on(Cause::process_crash, true);
    faults.process_crash.rate = once_in(GAP);
    faults.process_crash.common_cause = Some(CommonCause {
        share: Share(SHARE),
        size: CountLaw(Law::geometric(SIZE).unwrap()),
        within: Within::Rack,
    });
    let mut fleet = fleet(SERVERS, HORIZON, faults);
    fleet.regions[0].vcores_per_host = 10;
    fleet.groups[0].compute.process_restart = exponential(REPAIR);
    fleet
}

/// E[K] and E[K (K - 1)] of a geometric size from 1, cut at n.
fn moments(n: usize) -> (f64, f64) {
    let stay = 1.0 - 1.0 / SIZE;
    let (mut weight, mut mean, mut pairs) = (1.0, 0.0, 0.0);
    for k in 0..n {
        // P(K > k)
        mean += weight;
        pairs += 2.0 * k as f64 * weight;
        weight *= stay;
    }
    (mean, pairs)
}

/// Time in which both of two neighbours are down, and how often they fall together, where a burst
/// strikes them both at the rate `joint`.
fn pair(joint: f64) -> (f64, f64) {
    let (fail, mend) = (1.0 / GAP, 1.0 / REPAIR);
    let chain = Chain::new(0u8, |down| match down {
        0 => vec![(1, 2.0 * (fail - joint)), (2, joint)],
        1 => vec![(0, mend), (2, fail)],
        _ => vec![(1, 2.0 * mend)],
    });
    (chain.time(HORIZON, |d| d == 2), joint * chain.time(HORIZON, |d| d == 0))
}

fn bursts(replications: u64, limit: f64) {
    let fleet = build();
    let scene = Scene::new(fleet.clone());
    let topo = Topology::new(&fleet, &scene.cells[0]);
    let rack = |slot: u32| usize::from(topo.host_rack[topo.slot_host[slot as usize] as usize]);
    // Addresses of a rack, whether a node stands there or not, and nodes that do.
    let racks = (topo.zones * topo.racks) as usize;
    let (mut addresses, mut nodes) = (vec![0usize; racks], vec![0usize; racks]);
    (0..3 * SERVERS).for_each(|slot| addresses[rack(slot)] += 1);
    (0..SERVERS).for_each(|server| nodes[rack(3 * server)] += 1);
    let joint_rate = |n: usize| {
        let (mean, pairs) = moments(n);
        // Bursts of the rack, times the probability that two given components are in one.
        SHARE / GAP * n as f64 / mean * pairs / (n as f64 * (n as f64 - 1.0))
    };
    let sum = |of: &dyn Fn(usize) -> f64| -> f64 {
        let pairs = |r: usize| nodes[r] as f64 * (nodes[r] as f64 - 1.0) / 2.0;
        (0..racks).map(|r| pairs(r) * of(r)).sum()
    };
    let whole: usize = addresses.iter().sum();

    let [mut down, mut both, mut together] = [Sample::default(); 3];
    play(fleet, replications, true, |tape| {
        down.push(tape.down / (HORIZON * f64::from(SERVERS)));
        let (mut overlap, mut joint) = (0.0, 0.0);
        for r in 0..racks {
            let mut changes: Vec<(u64, i64)> = Vec::new();
            for row in tape.rows.iter().filter(|row| rack(3 * row.server) == r) {
                changes.extend([(row.from.0, 1), (row.to.0, -1)]);
            }
            changes.sort_unstable();
            let (mut level, mut at) = (0i64, 0);
            for &(time, change) in &changes {
                overlap += (level * (level - 1) / 2) as f64 * (time - at) as f64 / 1e6;
                (level, at) = (level + change, time);
            }
            let starts = changes.iter().filter(|c| c.1 == 1).collect::<Vec<_>>();
            for run in starts.chunk_by(|a, b| a.0 == b.0) {
                joint += (run.len() * (run.len() - 1) / 2) as f64;
            }
        }
        both.push(overlap / HORIZON);
        together.push(joint);
    });
    let alone =
        Chain::new(false, |down| vec![(!down, if down { 1.0 / REPAIR } else { 1.0 / GAP })]);
    let flooded = Chain::new(false, |down| {
        let rate = (1.0 - SHARE + SHARE * SIZE) / GAP;
        vec![(!down, if down { 1.0 / REPAIR } else { rate })]
    });
    hold(
        "common cause, downtime of one",
        alone.time(HORIZON, |d| d) / HORIZON,
        &down,
        limit,
        &[("bursts at the rate of strikes", flooded.time(HORIZON, |d| d) / HORIZON)],
    );
    hold(
        "common cause, pairs of a rack down together",
        sum(&|r| pair(joint_rate(addresses[r])).0) / HORIZON,
        &both,
        limit,
        &[
            ("independence", sum(&|_| pair(0.0).0) / HORIZON),
            ("bursts within the zone", sum(&|_| pair(joint_rate(whole)).0) / HORIZON),
        ],
    );
    hold(
        "common cause, pairs of a rack struck together",
        sum(&|r| pair(joint_rate(addresses[r])).1),
        &together,
        limit,
        &[
            ("bursts within the zone", sum(&|_| pair(joint_rate(whole)).1)),
            ("only nodes that exist count", sum(&|r| pair(joint_rate(nodes[r])).1)),
        ],
    );
}

#[test]
fn bursts_multiply_joint_failures_only() {
    bursts(500, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_bursts_multiply_joint_failures_only() {
    bursts(2_500, 0.005);
}

#[test]
fn racks_go_out_in_bursts() {
    const GAP: f64 = 20.0 * DAY;
    const SIZE: f64 = 4.0;
    let build = |share: f64| {
        let mut faults = Faults::default();
        faults.set_on(Cause::rack_outage, true);
        faults.rack_outage.rate = once_in(GAP);
        faults.rack_outage.lasts = Law::fixed(MINUTE);
        faults.rack_outage.common_cause = Some(CommonCause {
            share: Share(share),
            size: CountLaw(Law::fixed(SIZE)),
            within: Within::Zone,
        });
        let mut fleet = fleet(200, HORIZON, faults);
        fleet.regions[0].racks = 20;
        fleet.regions[0].vcores_per_host = 10;
        // Who stood in a rack reboots; who only stored something there does not.
        fleet.groups[0].compute.vm_reboot = Law::fixed(1.0);
        fleet
    };
    let racks = 20.0;
    for (share, instants) in [(0.0, racks), (1.0, racks / SIZE)] {
        let [mut starts, mut own] = [Sample::default(); 2];
        play(build(share), 300, true, |tape| {
            let mut at: Vec<SimTime> = tape.rows.iter().map(|row| row.from).collect();
            at.dedup();
            at.sort_unstable();
            at.dedup();
            starts.push(at.len() as f64);
            own.push(tape.phase(Phase::Restart) / 200.0);
        });
        let other = if share > 0.0 { racks } else { racks / SIZE };
        let name = "instants at which racks go out";
        let wrong = [("the other share", other * HORIZON / GAP)];
        hold(name, instants * HORIZON / GAP, &starts, 0.02, &wrong);
        let wrong = [("bursts at the rate of strikes", share * SIZE * HORIZON / GAP)];
        hold("strikes on a rack", HORIZON / (GAP + MINUTE), &own, 0.04, &wrong);
    }
}
