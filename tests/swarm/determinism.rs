//! The same seed gives the same world: twice, in any order of cells, in a used world or a fresh one.

use crate::each_seed;
use crate::generate::Case;
use crate::records::Records;
use fleetsim::model::environment::Environment;
use fleetsim::model::world::{Manner, Scene, World};
use std::sync::Arc;

#[test]
fn a_used_world_plays_like_a_fresh_one() {
    let mut different = 0;
    let counted = std::cell::Cell::new(&mut different);
    let more = std::cell::Cell::new(0);
    each_seed("determinism", 20_000..20_200, |seed| {
        let case = Case::of(seed);
        let scene = Scene::new(case.fleet.clone());
        let environments: Vec<_> =
            (0..2).map(|r| Arc::new(Environment::draw(&scene.fleet, r, case.stratum))).collect();
        let plays: Vec<(usize, u64)> =
            (0..scene.cells.len()).flat_map(|c| [(c, 0), (c, 1)]).collect();
        let fresh: Vec<_> = plays
            .iter()
            .map(|&(cell, r)| {
                let mut world = World::new(&scene, Records::default());
                let manner = Manner::default();
                let played = world.play(&scene, cell, r, &environments[r as usize], manner);
                (played, world.sink_mut().clone())
            })
            .collect();
        let mut used = World::new(&scene, Records::default());
        for (n, &(cell, r)) in plays.iter().enumerate().rev() {
            *used.sink_mut() = Records::default();
            let played = used.play(&scene, cell, r, &environments[r as usize], Manner::default());
            assert_eq!(played, fresh[n].0, "cell {cell}, replication {r}");
            assert_eq!(*used.sink_mut(), fresh[n].1, "cell {cell}, replication {r}");
        }
        let mut fleet = case.fleet;
        fleet.seed ^= 1;
        let other = Scene::new(fleet);
        let environment = Arc::new(Environment::draw(&other.fleet, 0, case.stratum));
        let mut world = World::new(&other, Records::default());
        let played = world.play(&other, 0, 0, &environment, Manner::default());
        if played.digest != fresh[0].0.digest {
            more.set(more.get() + 1);
        }
    });
    *counted.into_inner() = more.get();
    assert!(different >= 150, "another seed gave another world only {different} times of 200");
}
