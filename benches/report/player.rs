//! Plays cells one after another in this thread, as a worker of the program does: world, tally, merge.

use fleetsim::kernel::engine::digest;
use fleetsim::measure::{Bins, Book, CellTally, Replication, Total, Wants};
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fleet::Fleet;
use fleetsim::model::world::{Manner, Scene, World};
use std::sync::Arc;

/// What was played.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Count {
    /// Events taken from event lists.
    pub popped: u64,
    /// Starts and ends of incidents; stalls within the tolerance are none.
    pub logical: u64,
    /// Running hash.
    pub hash: u64,
}

impl Count {
    /// What came since an earlier count.
    pub fn since(self, earlier: Count) -> Count {
        let (popped, logical) = (self.popped - earlier.popped, self.logical - earlier.logical);
        Count { popped, logical, hash: self.hash }
    }
}

/// A fleet that is played cell after cell, replication after replication.
pub struct Player {
    scene: Scene,
    manner: Manner,
    stratum: Stratum,
    world: World<CellTally>,
    replication: Replication,
    environment: Arc<Environment>,
    total: Total,
    bins: Bins,
    next: u64,
    /// All so far.
    pub count: Count,
}

impl Player {
    /// A fleet before its first cell.
    pub fn new(fleet: Fleet, eager: bool, stratum: Stratum) -> Player {
        let wants = Wants { rows: false, timeline: true, peaks: true, servers: true };
        Player::wanting(fleet, eager, stratum, wants)
    }

    /// The same, measuring what is wanted.
    pub fn wanting(fleet: Fleet, eager: bool, stratum: Stratum, wants: Wants) -> Player {
        let book = Arc::new(Book::new(&fleet).wanting(wants));
        let scene = Scene::new(fleet);
        Player {
            world: World::new(&scene, CellTally::new(&book)),
            replication: Replication::new(&book),
            environment: Arc::default(),
            total: Total::new(&book),
            bins: Bins::default(),
            manner: Manner { eager, ..Manner::default() },
            stratum,
            next: 0,
            count: Count::default(),
            scene,
        }
    }

    /// Cells of one replication.
    pub fn cells(&self) -> u64 {
        self.scene.cells.len() as u64
    }

    /// Plays this many cells more.
    pub fn play(&mut self, cells: u64) {
        for _ in 0..cells {
            self.play_one();
        }
    }

    fn play_one(&mut self) {
        let all = self.cells();
        let (number, cell) = (self.next / all, (self.next % all) as usize);
        if cell == 0 {
            let drawn = Environment::draw(&self.scene.fleet, number, self.stratum);
            self.environment = Arc::new(drawn);
            self.replication.reset(number, 0);
        }
        self.world.sink_mut().reset(&self.scene.cells[cell]);
        let played = self.world.play(&self.scene, cell, number, &self.environment, self.manner);
        let tally = self.world.sink_mut();
        tally.finish();
        self.replication.absorb(tally);
        self.total.absorb_servers(tally, 0);
        self.count.popped += played.events;
        self.count.logical += 2 * tally.incidents();
        // Not the events' own digest: what is played eagerly takes other ways to the same incidents.
        self.count.hash = digest(self.count.hash, tally.incidents());
        self.next += 1;
        if self.next.is_multiple_of(all) {
            self.replication.finish();
            self.total.absorb(&mut self.replication, &mut self.bins);
        }
    }
}
