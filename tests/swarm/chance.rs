//! Common random numbers: how the fleet recovers never moves what strikes it.

use crate::each_seed;
use crate::generate::{Case, Dice};
use crate::records::Records;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::param::Policy;
use fleetsim::kernel::quantity::Rate;
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::environment::{Candidate, Environment, Stratum};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Backup, Fleet, Redundancy, StandbyMode, Window};
use fleetsim::model::world::{Manner, Scene, World};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Candidates and records of each cell, and the candidates of the environment.
type Played = (Vec<(Vec<Candidate>, Records)>, Vec<Vec<Candidate>>);

fn play(fleet: Fleet) -> Played {
    let scene = Scene::new(fleet);
    let environment = Arc::new(Environment::draw(&scene.fleet, 0, Stratum::Natural));
    let manner = Manner { keep_candidates: true, ..Manner::default() };
    let cells = (0..scene.cells.len())
        .map(|cell| {
            let mut world = World::new(&scene, Records::default());
            world.play(&scene, cell, 0, &environment, manner);
            (world.candidates().to_vec(), world.sink_mut().clone())
        })
        .collect();
    (cells, environment.regions.iter().map(|r| r.candidates.clone()).collect())
}

/// Another way to recover, with the same servers and the same faults.
fn otherwise(fleet: &Fleet, seed: u64) -> Fleet {
    let mut dice = Dice::new(seed ^ 0x6f74_6865_7277_6973);
    let mut fleet = fleet.clone();
    fleet.control.ring_limit = 1 + dice.below(3) as u32;
    for g in &mut fleet.groups {
        g.standby_mode = *dice.pick(StandbyMode::ALL);
        g.window = Window::Custom { day: dice.below(7) as u8, start: dice.below(1440) as u16 };
        g.maintenance_on = dice.chance(0.5);
        g.backup = dice
            .chance(0.5)
            .then_some(Backup { retention: Span::from_days(7), redundancy: Redundancy::Geo });
        g.standby.detection = Law::fixed(dice.below(100) as f64);
        g.standby.promotion = Law::exponential(1.0 + dice.below(100) as f64).expect("valid");
        g.standby.wal_quorum = dice.chance(0.5);
        g.standby.promote_stale = Policy { after: dice.chance(0.5).then_some(Span::from_mins(1)) };
        g.restore.on_zone_outage = Policy { after: Some(Span::from_mins(dice.below(100))) };
        g.compute.relocate_after = dice.chance(0.5).then_some(Span::from_mins(2));
        g.volume.rebuild_after = Span::from_mins(dice.below(60));
    }
    fleet
}

/// The first strike of a server must take it down, in whatever world: its recovery has not mattered.
fn first_strikes_hit(cells: &[(Vec<Candidate>, Records)]) -> usize {
    let mut hits = 0;
    for (candidates, records) in cells {
        let mut first: BTreeMap<u32, SimTime> = BTreeMap::new();
        for i in &records.incidents {
            first.entry(i.server).or_insert(i.from);
        }
        for c in candidates.iter().filter(|c| c.number & 3 == 0) {
            let server = match c.cause {
                Cause::connectivity => c.address,
                Cause::process_crash | Cause::vm_crash if c.address.is_multiple_of(3) => {
                    c.address / 3
                }
                _ => continue,
            };
            let down = first.get(&server);
            assert!(down.is_some_and(|&d| d <= c.at), "no effect: {c:?}, first down {down:?}");
            hits += usize::from(down == Some(&c.at));
        }
    }
    hits
}

fn prepared(seed: u64) -> Fleet {
    let mut fleet = Case::of(seed).fleet;
    let mut faults = Faults::clone(&fleet.faults);
    for mode in [Cause::connectivity, Cause::process_crash, Cause::vm_crash] {
        faults.set_on(mode, true);
    }
    let nodes: u32 = fleet.groups.iter().map(|g| 3 * g.count).sum();
    let rate = Some(Rate(20.0 / f64::from(nodes) / fleet.horizon.as_secs_f64()));
    faults.connectivity.rate = rate;
    faults.process_crash.rate = rate;
    faults.vm_crash.rate = rate;
    faults.process_crash.every = None;
    faults.vm_crash.every = None;
    faults.connectivity.every = None;
    faults.connectivity.lasts = Law::fixed(7.0);
    fleet.faults = Arc::new(faults);
    for g in &mut fleet.groups {
        g.faults = fleet.faults.clone();
        g.compute.process_restart = Law::fixed(11.0);
        g.compute.vm_reboot = Law::fixed(13.0);
    }
    fleet
}

#[test]
fn recovery_never_moves_a_strike() {
    each_seed("common chance", 0..150, |seed| {
        let fleet = prepared(seed);
        let (cells, environment) = play(fleet.clone());
        let (other_cells, other_environment) = play(otherwise(&fleet, seed));
        assert_eq!(environment, other_environment);
        assert_eq!(cells.len(), other_cells.len());
        for (a, b) in cells.iter().zip(&other_cells) {
            assert_eq!(a.0, b.0);
        }
        first_strikes_hit(&cells);
        first_strikes_hit(&other_cells);
    });
}

#[test]
fn a_swept_rate_moves_strikes_smoothly() {
    fn slower(rate: &mut Option<Rate>) {
        if let Some(rate) = rate {
            rate.0 *= 0.5;
        }
    }
    each_seed("swept rate", 0..100, |seed| {
        let fleet = prepared(seed);
        let mut swept = fleet.clone();
        let slow = |faults: &mut Arc<Faults>| {
            let f = Arc::make_mut(faults);
            slower(&mut f.process_crash.rate);
            slower(&mut f.vm_crash.rate);
            slower(&mut f.host_failure.rate);
            slower(&mut f.rack_outage.rate);
            slower(&mut f.copy_failure.rate);
            slower(&mut f.stamp_outage.rate);
            slower(&mut f.connectivity.rate);
            slower(&mut f.false_alarm.rate);
            slower(&mut f.zone_outage.rate);
            slower(&mut f.region_outage.rate);
            slower(&mut f.partition.rate);
            slower(&mut f.gateway_outage.rate);
            slower(&mut f.control_plane_outage.rate);
            if let Some(t) = &mut f.storage_node.transient {
                slower(&mut t.rate);
            }
            if let Some(p) = &mut f.storage_node.permanent {
                slower(&mut p.rate);
            }
        };
        slow(&mut swept.faults);
        for g in &mut swept.groups {
            slow(&mut g.faults);
        }
        let (cells, environment) = play(fleet);
        let (swept_cells, swept_environment) = play(swept);
        let same = |fast: &[Candidate], slow: &[Candidate]| {
            let key = |c: &&Candidate| (c.cause, c.number, c.address);
            let mut fast: Vec<_> = fast.iter().take(slow.len()).collect();
            let mut slow: Vec<_> = slow.iter().collect();
            assert_eq!(fast.len(), slow.len(), "a slower rate strikes more often");
            fast.sort_by_key(key);
            slow.sort_by_key(key);
            for (a, b) in fast.into_iter().zip(slow) {
                assert_eq!(key(&a), key(&b));
                let (a, b) = (a.at.0 as f64 * 2.0, b.at.0 as f64);
                assert!((a - b).abs() <= 4.0 + 1e-9 * a, "{a} became {b}");
            }
        };
        for (a, b) in cells.iter().zip(&swept_cells) {
            same(&a.0, &b.0);
        }
        for (a, b) in environment.iter().zip(&swept_environment) {
            same(a, b);
        }
    });
}
