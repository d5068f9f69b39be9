//! Lazy against eager: it does not matter when a server's private steps are played.

use crate::each_seed;
use crate::generate::Case;
use crate::records::Records;
use fleetsim::model::environment::Environment;
use fleetsim::model::world::{Manner, Scene, World};
use std::sync::Arc;

/// Plays one world both ways and compares everything that it told.
pub fn compare(seed: u64) {
    let case = Case::of(seed);
    let scene = Scene::new(case.fleet);
    let environment = Arc::new(Environment::draw(&scene.fleet, seed, case.stratum));
    for cell in 0..scene.cells.len() {
        let play = |eager| {
            let mut world = World::new(&scene, Records::default());
            world.play(&scene, cell, seed, &environment, Manner { eager, ..Manner::default() });
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
