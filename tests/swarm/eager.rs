//! Lazy against eager: it does not matter when a server's private steps are played.

use crate::each_seed;
use crate::generate::Case;
use crate::records::Records;
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fleet::Fleet;
use fleetsim::model::world::{Manner, Scene, World};
use fleetsim::scenario;
use std::sync::Arc;

/// Plays one world both ways and compares everything that it told.
pub fn compare(seed: u64) {
    let case = Case::of(seed);
    compare_fleet(case.fleet, seed, case.stratum);
}

fn compare_fleet(fleet: Fleet, replication: u64, stratum: Stratum) {
    let scene = Scene::new(fleet);
    let environment = Arc::new(Environment::draw(&scene.fleet, replication, stratum));
    for cell in 0..scene.cells.len() {
        let play = |eager| {
            let mut world = World::new(&scene, Records::default());
            let manner = Manner { eager, ..Manner::default() };
            world.play(&scene, cell, replication, &environment, manner);
            world.sink_mut().clone().sorted()
        };
        let (lazy, eager) = (play(false), play(true));
        for (a, b) in lazy.incidents.iter().zip(&eager.incidents) {
            assert_eq!(a, b, "lazy, eager (cell {cell})");
        }
        assert_eq!(lazy.incidents.len(), eager.incidents.len());
        for (a, b) in lazy.intervals.iter().zip(&eager.intervals) {
            assert_eq!(a, b, "lazy, eager (cell {cell})");
        }
        assert_eq!(lazy.intervals.len(), eager.intervals.len());
        assert_eq!(lazy.stalls, eager.stalls);
        assert_eq!(lazy.gauges, eager.gauges);
    }
}

#[test]
fn lazy_and_eager_play_agree() {
    each_seed("lazy against eager", 10_000..12_000, compare);
}

/// Fleets with the profile's laws, more servers, and small stamps or large ones.
#[test]
fn lazy_and_eager_play_of_scenarios_agree() {
    let files = [
        ("scenarios/first-fleet", 6),
        ("scenarios/first-fleet-standby", 6),
        ("scenarios/flexible-fleet", 6),
        ("scenarios/no-standby-at-risk", 6),
        ("benches/default", 1),
        ("benches/failovers", 1),
    ];
    for (name, replications) in files {
        let path = format!("{}/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let fleet = scenario::load(path.as_ref(), &[]).expect("a shipped scenario is good").fleet;
        each_seed(name, 0..replications, |replication| {
            let stratum = if replication % 2 == 0 { Stratum::Quiet } else { Stratum::Struck };
            compare_fleet(fleet.clone(), replication, stratum);
        });
    }
}
