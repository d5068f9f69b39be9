//! Failure domains: what holds a node is counted, storage and compute of a rack go together, a lost
//! host sends its nodes into a queue.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::Span;
use fleetsim::model::fault::{Cause, Faults};

fn racks(replications: u64, limit: f64) {
    let (gap, lasts, reboot, horizon) = (10.0 * DAY, DAY, 4.0 * HOUR, 20.0 * YEAR);
    let mut faults = Faults::default();
    faults.set_on(Cause::rack_outage, true);
    faults.rack_outage.rate = once_in(gap);
    faults.rack_outage.lasts = exponential(lasts);
    let mut fleet = fleet(3, horizon, faults);
    // A server in each of the three racks, and a copy of every volume too.
    fleet.regions[0].vcores_per_host = 1;
    fleet.groups[0].compute.vm_reboot = exponential(reboot);
    fleet.groups[0].volume.rebuild_after = Span::MAX;
    let [mut down, mut copies] = [Sample::default(); 2];
    play(fleet, replications, false, |tape| {
        down.push(tape.down / (3.0 * horizon));
        copies.push(tape.copies / (3.0 * horizon));
    });
    // Racks that are out, the server's own first, and whether its node reboots.
    let chain = |again: bool| {
        Chain::new((0u8, false), move |(out, boots)| {
            let mut next: Vec<((u8, bool), f64)> = (0..3u8)
                .map(|rack| {
                    let own = rack == 0;
                    match out >> rack & 1 {
                        1 => ((out ^ 1 << rack, boots || (own && again)), 1.0 / lasts),
                        _ => ((out | 1 << rack, boots && !own), 1.0 / gap),
                    }
                })
                .collect();
            if boots {
                next.push(((out, false), 1.0 / reboot));
            }
            next
        })
    };
    let held = |(out, boots): (u8, bool)| out & 1 == 1 || boots;
    let stalled = |(out, _): (u8, bool)| out.count_ones() > 1;
    let exact = chain(true);
    hold(
        "racks, downtime",
        exact.time(horizon, |s| held(s) || stalled(s)) / horizon,
        &down,
        limit,
        &[
            ("storage elsewhere", exact.time(horizon, held) / horizon),
            (
                "nodes serve at once",
                chain(false).time(horizon, |s| held(s) || stalled(s)) / horizon,
            ),
        ],
    );
    hold(
        "racks, serving with two copies",
        exact.time(horizon, |s| !held(s) && s.0.count_ones() == 1) / horizon,
        &copies,
        limit,
        &[("down or not", exact.time(horizon, |s| s.0.count_ones() == 1) / horizon)],
    );
}

fn hosts(replications: u64, limit: f64) {
    let (gap, repair, start, horizon) = (5.0 * DAY, DAY, 12.0 * HOUR, YEAR);
    let servers = 6;
    let mut faults = Faults::default();
    faults.set_on(Cause::host_failure, true);
    faults.host_failure.rate = once_in(gap);
    faults.host_failure.repair = exponential(repair);
    let mut fleet = fleet(servers, horizon, faults);
    // Every host is full: whoever loses its own waits for the next one that is repaired, and the
    // mean over the servers is that of one server with a host of its own.
    fleet.regions[0].vcores_per_host = 1;
    fleet.groups[0].compute.relocation = exponential(start);
    let [mut down, mut waiting] = [Sample::default(); 2];
    let whole = horizon * f64::from(servers);
    play(fleet, replications, false, |tape| {
        down.push(tape.down / whole);
        waiting.push(tape.phases[fleetsim::model::record::Phase::Waiting as usize] / whole);
    });
    let chain = |again: bool| {
        Chain::new(0u8, move |state| match state {
            0 => vec![(1, 1.0 / gap)],
            1 => vec![(2, 1.0 / repair)],
            _ => vec![(0, 1.0 / start), (1, if again { 1.0 / gap } else { 0.0 })],
        })
    };
    hold(
        "full hosts, downtime",
        chain(true).time(horizon, |s| s > 0) / horizon,
        &down,
        limit,
        &[("relocation at once", start / (gap + start))],
    );
    hold(
        "full hosts, waiting for room",
        chain(true).time(horizon, |s| s == 1) / horizon,
        &waiting,
        limit,
        &[(
            "hosts die only under nodes that serve",
            chain(false).time(horizon, |s| s == 1) / horizon,
        )],
    );
}

/// Zone, region and gateway at once; a region's outage may begin during one of its zone.
fn holds(replications: u64, limit: f64) {
    let (zone, region, gateway) =
        ((6.0 * DAY, DAY), (8.0 * DAY, 0.8 * DAY), (5.0 * DAY, 8.0 * HOUR));
    let (share, reboot, horizon) = (0.4, 4.0 * HOUR, YEAR);
    let mut faults = Faults::default();
    for cause in [Cause::zone_outage, Cause::region_outage, Cause::gateway_outage] {
        faults.set_on(cause, true);
    }
    faults.zone_outage.rate = once_in(zone.0);
    faults.zone_outage.lasts = exponential(zone.1);
    faults.region_outage.rate = once_in(region.0);
    faults.region_outage.lasts = exponential(region.1);
    faults.gateway_outage.rate = once_in(gateway.0);
    faults.gateway_outage.lasts = exponential(gateway.1);
    faults.gateway_outage.share = Share(share);
    let mut fleet = fleet(3, horizon, faults);
    fleet.groups[0].compute.vm_reboot = exponential(reboot);
    let mut down = Sample::default();
    play(fleet, replications, false, |tape| down.push(tape.down / (3.0 * horizon)));
    // Zone out, region out, gateway (1 strikes the server, 2 spares it), node reboots.
    let chain = |counted: bool, void: bool| {
        Chain::new((false, false, 0u8, false), move |(z, r, g, boots)| {
            let mut next = Vec::new();
            match z {
                true if r && counted => next.push(((false, r, g, false), 1.0 / zone.1)),
                true => next.push(((false, false, g, true), 1.0 / zone.1)),
                false if !r || !void => next.push(((true, r, g, false), 1.0 / zone.0)),
                false => {}
            }
            match r {
                true if z && counted => next.push(((z, false, g, false), 1.0 / region.1)),
                true => next.push(((false, false, g, true), 1.0 / region.1)),
                false => next.push(((z, true, g, false), 1.0 / region.0)),
            }
            match g {
                0 if !r || !void => {
                    next.push(((z, r, 1, boots), share / gateway.0));
                    next.push(((z, r, 2, boots), (1.0 - share) / gateway.0));
                }
                0 => {}
                _ => next.push(((z, r, 0, boots), 1.0 / gateway.1)),
            }
            if boots {
                next.push(((z, r, g, false), 1.0 / reboot));
            }
            next
        })
        .time(horizon, |(z, r, g, boots)| z || r || g == 1 || boots)
            / horizon
    };
    hold(
        "zone, region and gateway, downtime",
        chain(true, true),
        &down,
        limit,
        &[
            ("the first end releases", chain(false, true)),
            ("strikes inside a held region count", chain(true, false)),
        ],
    );
}

#[test]
fn racks_take_compute_and_storage() {
    racks(60, 0.01);
}

#[test]
fn nodes_of_lost_hosts_queue_for_room() {
    hosts(400, 0.01);
}

#[test]
fn holds_are_counted() {
    holds(2_500, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_domains() {
    racks(400, 0.005);
    hosts(2_000, 0.005);
    holds(10_000, 0.005);
}
