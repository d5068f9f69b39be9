//! A server with several failure modes: crashes of the engine and the machine, and of the path to it.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::time::Span;
use fleetsim::model::fault::{Cause, Faults};

fn modes() -> Faults {
    let mut faults = Faults::default();
    for cause in [Cause::process_crash, Cause::vm_crash, Cause::connectivity] {
        faults.set_on(cause, true);
    }
    faults
}

/// Mean gaps and repairs of engine, machine and path.
const GAP: [f64; 3] = [1.5 * DAY, 1.5 * DAY, 4.0 * DAY];
const REPAIR: [f64; 3] = [3.0 * HOUR, 8.0 * HOUR, 3.0 * HOUR];

/// Node (0 up, 1 engine restarts, 2 machine reboots) and path (cut or not).
fn exact(horizon: f64, machine_dies_in_restart: bool) -> f64 {
    let chain = Chain::new((0u8, false), |(node, cut)| {
        let mut next = vec![match node {
            0 => ((1, cut), 1.0 / GAP[0]),
            1 => ((0, cut), 1.0 / REPAIR[0]),
            _ => ((0, cut), 1.0 / REPAIR[1]),
        }];
        if node == 0 || (node == 1 && machine_dies_in_restart) {
            next.push(((2, cut), 1.0 / GAP[1]));
        }
        next.push(((node, !cut), if cut { 1.0 / REPAIR[2] } else { 1.0 / GAP[2] }));
        next
    });
    chain.time(horizon, |s| s != (0, false)) / horizon
}

fn rates(replications: u64, limit: f64) {
    let horizon = 60.0 * DAY;
    let mut faults = modes();
    faults.process_crash.rate = once_in(GAP[0]);
    faults.vm_crash.rate = once_in(GAP[1]);
    faults.connectivity.rate = once_in(GAP[2]);
    faults.connectivity.lasts = exponential(REPAIR[2]);
    let servers = 300;
    let mut fleet = fleet(servers, horizon, faults);
    fleet.groups[0].compute.process_restart = exponential(REPAIR[0]);
    fleet.groups[0].compute.vm_reboot = exponential(REPAIR[1]);
    let mut unavailability = Sample::default();
    play(fleet, replications, false, |tape| {
        unavailability.push(tape.down / (horizon * f64::from(servers)));
    });
    let part = |i: usize| GAP[i] / (GAP[i] + REPAIR[i]);
    let product = 1.0 - part(0) * part(1) * part(2);
    hold(
        "server, rates",
        exact(horizon, true),
        &unavailability,
        limit,
        &[
            ("the machine cannot die while its engine restarts", exact(horizon, false)),
            ("modes run independently of each other", product),
        ],
    );
}

#[test]
fn several_modes_with_rates() {
    rates(30, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_several_modes_with_rates() {
    rates(300, 0.001);
}

fn clocks(replications: u64, limit: f64) {
    let horizon = 400.0 * YEAR;
    let gap = [10.0 * DAY, 12.0 * DAY, 15.0 * DAY];
    let repair = [1.0 * DAY, 1.2 * DAY, 0.8 * DAY];
    let sigma = 1.0;
    let law = |i: usize, shape: f64| Some(Law::weibull_mean(shape, gap[i]).unwrap());
    let mend = |i: usize| Law::lognormal_mean(repair[i], sigma).unwrap();
    let mut faults = modes();
    faults.process_crash.every = law(0, 0.7);
    faults.vm_crash.every = law(1, 2.5);
    faults.connectivity.every = law(2, 1.5);
    faults.connectivity.lasts = mend(2);
    let mut fleet = fleet(1, horizon, faults);
    fleet.regions[0].maintenance.release_interval = Span::MAX;
    fleet.groups[0].compute.process_restart = mend(0);
    fleet.groups[0].compute.vm_reboot = mend(1);
    let mut unavailability = Sample::default();
    play(fleet, replications, false, |tape| unavailability.push(tape.down / horizon));
    // A node's two clocks run in its own operating time, the path's in the path's.
    let of = |mean: &dyn Fn(usize) -> f64| {
        let node = 1.0 / (1.0 + mean(0) / gap[0] + mean(1) / gap[1]);
        1.0 - node / (1.0 + mean(2) / gap[2])
    };
    let closed = of(&|i| repair[i]);
    let median = of(&|i| repair[i] / libm::exp(sigma * sigma / 2.0));
    let part = |i: usize| gap[i] / (gap[i] + repair[i]);
    let product = 1.0 - part(0) * part(1) * part(2);
    // The bias of the limit: the play starts up (it misses the excess of a repair under way), and a
    // gap that begins anew at the end is no residual one. Both in days over the whole horizon.
    let excess = libm::exp(sigma * sigma) / 2.0 * repair[1];
    let renewed: f64 = (0..3).map(|i| repair[i] / gap[i] * gap[i]).sum();
    let bias = (excess + renewed) / horizon;
    assert!(bias < unavailability.error() / 10.0, "bias {bias}");
    hold(
        "server, Weibull gaps and lognormal repairs",
        closed,
        &unavailability,
        limit,
        &[("a node's clocks do not stop for each other", product), ("medians", median)],
    );
}

#[test]
fn availability_depends_on_means_only() {
    clocks(12, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_availability_depends_on_means_only() {
    clocks(16, 0.003);
}
