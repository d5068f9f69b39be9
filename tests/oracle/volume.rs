//! Volumes of three copies: serial and parallel rebuilding, loss of the data, time below two copies.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::record::RecoveryPath;

const LOSS: f64 = 10.0 * DAY;
const REBUILD: f64 = 1.0 * DAY;
const HORIZON: f64 = 120.0 * DAY;

/// P(loss), share of time below two copies, share of time with two copies.
fn exact(concurrent: u32) -> [f64; 3] {
    let chain = Chain::new(3u32, |live| {
        if live == 0 {
            return Vec::new();
        }
        let rebuilding = (3 - live).min(concurrent);
        vec![
            (live - 1, f64::from(live) / LOSS),
            (live + 1, f64::from(rebuilding) / REBUILD),
        ]
    });
    [
        chain.chance(HORIZON, |s| s == 0),
        chain.time(HORIZON, |s| s == 1) / HORIZON,
        chain.time(HORIZON, |s| s == 2) / HORIZON,
    ]
}

/// Every server has a stamp of its own, so that volumes are independent.
fn measure(concurrent: u32, replications: u64) -> [Sample; 3] {
    let servers = 1_000;
    let mut faults = Faults::default();
    faults.set_on(Cause::copy_failure, true);
    faults.copy_failure.rate = once_in(LOSS);
    let mut fleet = fleet(servers, HORIZON, faults);
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.vcores_per_host) = (servers, servers, 1);
    fleet.groups[0].volume.rebuild = Some(exponential(REBUILD));
    fleet.groups[0].volume.rebuild_concurrent = concurrent;
    let mut samples = [Sample::default(); 3];
    play(fleet, replications, false, |tape| {
        let whole = f64::from(servers) * HORIZON;
        samples[0].push(tape.paths[RecoveryPath::Lost as usize] / f64::from(servers));
        samples[1].push(tape.down / whole);
        samples[2].push(tape.copies / whole);
    });
    samples
}

fn rebuilds(replications: u64, limit: f64) {
    for (name, concurrent, other) in [("serial", 1, u32::MAX), ("parallel", u32::MAX, 1)] {
        let samples = measure(concurrent, replications);
        let (closed, wrong) = (exact(concurrent), exact(other));
        let quantities = ["probability of loss", "time below two copies", "time with two copies"];
        for i in 0..3 {
            // Two copies: one rebuild either way, so there is little to tell apart.
            let wrong = [("the other way of rebuilding", wrong[i])];
            let wrong = if i < 2 { &wrong[..] } else { &[] };
            let name = format!("volume, {name}, {}", quantities[i]);
            hold(&name, closed[i], &samples[i], limit, wrong);
        }
    }
}

#[test]
fn serial_and_parallel_rebuilding() {
    rebuilds(50, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_serial_and_parallel_rebuilding() {
    rebuilds(400, 0.005);
}
