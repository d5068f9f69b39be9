//! The same fleet the plain way: one pending event for each component of the whole fleet, all in one
//! `PriorityQueue`, against cells with superposed sources and dormant servers.
//!
//! What it plays is in `world`: faults of processes, machines, hosts, storage nodes, copies and
//! connections, false alarms, failover step by step, planned work with switchovers, a ledger of
//! incidents. Both sides leave out what the plain way has no component for: outages of zones, regions,
//! racks and stamps, partitions, gateways, the control plane, bad releases, bursts. The plain side also
//! leaves out what would only make it slower: the control ring, queues for hosts, storage nodes lost for
//! good, resynchronisation copy by copy, phases and records. So that nobody can win by playing another
//! fleet, the numbers of incidents must agree.

mod others;
mod queue;
mod world;

use crate::clock::timed;
use crate::fleet::{Variant, in_turns};
use crate::floor::Floor;
use crate::player::Player;
use crate::sample::Sample;
use crate::table::{Demand, Table};
use crate::{Size, worlds};
use fleetsim::model::environment::Stratum;
use world::OneEach;

/// How many times faster the fleet is than one event per component.
pub fn bench(size: Size, table: &mut Table) {
    let sizes: &[(&str, u32)] = match size {
        Size::Test => &[("120", 120)],
        Size::Quick => &[("100k", 100_000)],
        _ => &[("100k", 100_000), ("1M", 1_000_000)],
    };
    for &(name, servers) in sizes {
        let demand = if servers == 1_000_000 { Demand::AtLeast(20.0, 30.0) } else { Demand::None };
        one_size(name, servers, demand, table);
    }
}

fn one_size(name: &str, servers: u32, demand: Demand, table: &mut Table) {
    let fleet = worlds::without_wide_outages(worlds::mixed(servers));
    let blocks = 12;
    let (setup, mut plain) = timed(|| OneEach::new(&fleet));
    let horizon = fleet.horizon.0;
    let player = Player::new(fleet, false, Stratum::Natural);
    let mut ours = Variant::new(name, player, 1);
    println!("   {name}: {} pending events, set up in {:.1} s", plain.pending(), setup / 1e9);
    let mut yardstick = Floor::new();
    let (mut plain_times, mut whole) = (Vec::new(), 0.0);
    for block in 0..blocks {
        in_turns(&mut [&mut ours], &mut yardstick, block, blocks, 1_000);
        let before = plain.logical();
        let (time, ()) = timed(|| plain.play_until(horizon * (block + 1) / blocks));
        plain_times.push(time / (plain.logical() - before).max(1) as f64);
        whole += time;
    }
    println!(
        "   {name}: one event per component: {} starts and ends, {} popped in {:.1} s, hash {:016x}",
        plain.logical(),
        plain.popped,
        whole / 1e9,
        plain.hash
    );
    let count = ours.count();
    println!("   {name}: ours: {} starts and ends, hash {:016x}", count.logical, count.hash);
    let (a, b) = (plain.logical() as f64, count.logical as f64);
    let allowed = 0.01 * b + 6.0 * (2.0 * (a + b)).sqrt();
    assert!((a - b).abs() < allowed, "incidents disagree: {a} for {b}");
    let times = Sample::of(plain_times.clone());
    table.add(
        &format!("{name}: one event per component, logical event"),
        Demand::None,
        times,
        "ns",
    );
    let ratio = Sample::ratios(&plain_times, &ours.logical());
    table.add(&format!("{name}: faster than one event per component"), demand, ratio, "times");
}
