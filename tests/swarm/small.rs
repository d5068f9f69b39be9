//! Every case of a small world: one pair, up to three strikes at every interleaving of the phases of
//! its failover. Whatever comes together, the pair ends whole.

use crate::generate::Case;
use crate::number;
use crate::records::Records;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::param::Policy;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{
    Backup, Fleet, Group, Injection, Place, Redundancy, Region, StandbyMode,
};
use fleetsim::model::world::{Manner, Scene, World};
use std::sync::Arc;

const STEP: u64 = 30;

/// What may strike: the primary's zone is 0 at the start, the standby's 1.
const STRIKES: [(Cause, Place, u64); 12] = [
    (Cause::process_crash, Place::Server(0, 0), 0),
    (Cause::vm_crash, Place::Server(0, 0), 0),
    (Cause::host_failure, Place::Server(0, 0), 0),
    (Cause::host_failure, Place::Zone(0, 1), 0),
    (Cause::vm_crash, Place::Zone(0, 1), 0),
    (Cause::zone_outage, Place::Zone(0, 0), 5 * STEP),
    (Cause::zone_outage, Place::Zone(0, 1), 4 * STEP),
    (Cause::partition, Place::Region(0), 3 * STEP),
    (Cause::storage_node, Place::Zone(0, 0), 6 * STEP),
    (Cause::storage_node, Place::Zone(0, 1), 3 * STEP),
    (Cause::copy_failure, Place::Server(0, 0), 0),
    (Cause::false_alarm, Place::Server(0, 0), 0),
];

/// One way of recovering: eight switches.
fn fleet(way: u64) -> Fleet {
    let on = |bit: u64| way >> bit & 1 == 1;
    let units = |n: u64| Law::fixed((n * STEP) as f64);
    let mut faults = Faults::default();
    faults.host_failure.repair = units(2);
    let faults = Arc::new(faults);
    let mut fleet = Fleet::empty(SimTime::ZERO + Span::from_days(1));
    let mut region = Region::neutral("r");
    region.zones = if on(7) { 2 } else { 3 };
    fleet.regions.push(region);
    fleet.faults = faults.clone();
    fleet.control.ring_limit = 1;
    let mut g = Group::neutral("g", 0, 1, faults);
    g.standby_mode = StandbyMode::ZoneRedundant;
    g.zone = Some(0);
    g.backup = Some(Backup { retention: Span::from_days(7), redundancy: Redundancy::Zone });
    g.compute.process_restart = units(3);
    g.compute.vm_reboot = units(7);
    g.compute.relocation = units(9);
    g.volume.seal = units(1);
    g.volume.rebuild = Some(units(4));
    g.volume.resync = units(1);
    g.volume.stall_tolerance = Span::from_secs(if on(0) { STEP } else { 0 });
    let s = &mut g.standby;
    s.detection = units(if on(5) { 0 } else { 1 });
    s.decision = units(if on(5) { 0 } else { 1 });
    s.fencing = units(if on(5) { 0 } else { 1 });
    s.promotion = units(1);
    s.promotion_success = Share(if on(3) { 0.5 } else { 1.0 });
    s.promotion_repair = on(3).then(|| units(3));
    s.redirection = units(if on(6) { 0 } else { 2 });
    s.provisioning = units(3);
    s.replace_after = on(1).then(|| Span::from_secs(2 * STEP));
    s.drop = units(if on(0) { 2 } else { 1 });
    s.wal_quorum = on(2);
    s.promote_stale = Policy { after: on(4).then(|| Span::from_secs(3 * STEP)) };
    if on(4) {
        g.restore.on_zone_outage = Policy { after: Some(Span::from_secs(2 * STEP)) };
    }
    fleet.groups.push(g);
    fleet
}

fn play(way: u64, strikes: &[(usize, u64)]) {
    let mut fleet = fleet(way);
    for &(strike, step) in strikes {
        let (cause, place, lasts) = STRIKES[strike];
        fleet.injections.push(Injection {
            at: SimTime::ZERO + Span::from_secs(600 + step * STEP),
            cause,
            place,
            lasts: (lasts > 0).then(|| Law::fixed(lasts as f64)),
            share: None,
            copies_lost: None,
        });
    }
    let stratum = Stratum::Natural;
    let case = Case { fleet, stratum, repairable: true, ties: true, no_redirection: false };
    let scene = Scene::new(case.fleet.clone());
    let environment = Arc::new(Environment::draw(&scene.fleet, 0, case.stratum));
    let mut world = World::new(&scene, Records::default());
    let manner = Manner { check: true, ..Manner::default() };
    world.play(&scene, 0, 0, &environment, manner);
    world.sink_mut().verify(&case, &scene, 0, &environment, &[]);
}

/// Plays every triple of strikes, the second and third up to `steps` later than the one before.
fn every_case(ways: impl Iterator<Item = u64>, depth: usize, steps: u64, stride: u64) -> u64 {
    let mut played = 0;
    let mut failed = Vec::new();
    for way in ways {
        let kinds = STRIKES.len() as u64;
        let offsets = steps.div_ceil(stride);
        let cases = kinds.pow(depth as u32) * offsets.pow(depth as u32 - 1);
        for case in 0..cases {
            let mut rest = case;
            let mut strikes = Vec::new();
            let mut at = 0;
            for n in 0..depth {
                let kind = (rest % kinds) as usize;
                rest /= kinds;
                if n > 0 {
                    at += rest % offsets * stride;
                    rest /= offsets;
                }
                strikes.push((kind, at));
            }
            played += 1;
            if std::panic::catch_unwind(|| play(way, &strikes)).is_err() {
                let names: Vec<_> = strikes.iter().map(|s| (STRIKES[s.0].0.name(), s.1)).collect();
                eprintln!("^^^ way {way}: {strikes:?} {names:?}\n");
                failed.push((way, strikes));
                assert!(failed.len() < 12, "these fail: {failed:?}");
            }
        }
    }
    assert!(failed.is_empty(), "these fail: {failed:?}");
    played
}

#[test]
fn two_strikes_at_every_step_leave_a_pair_whole() {
    let played = every_case(0..256, 2, 14, 1);
    println!("{played} small worlds");
}

#[test]
fn three_strikes_at_every_other_step_leave_a_pair_whole() {
    let played = every_case([0b0010_1011, 0b0000_0110].into_iter(), 3, 8, 2);
    println!("{played} small worlds");
}

/// Every triple at every step in every way: 56 million small worlds.
#[test]
#[ignore = "a campaign: WAY_FROM and WAY_COUNT give the ways of recovering"]
fn three_strikes_at_every_step() {
    let from = number("WAY_FROM", 0);
    let played = every_case(from..from + number("WAY_COUNT", 256), 3, 12, 1);
    println!("{played} small worlds");
}
