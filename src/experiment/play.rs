//! Plays cells in parallel and merges them in index order.
//!
//! Workers claim (replication, cell) pairs in order. A finished cell waits in a small pool until its
//! turn; whoever completes the turn merges all that are due. Memory is bounded by the pool, not by
//! the fleet or the number of replications.

use super::outcome::{Progress, RowFormat, RowsFrom};
use super::rows::{CellRows, RowSink, RowWriter};
use super::shard::Shard;
use super::threads::with_threads;
use crate::kernel::engine::{Played, digest};
use crate::kernel::time::Span;
use crate::measure::series::{Followed, Series};
use crate::measure::{Bins, Book, CellTally, Drill, Levels, Replication, Rest, Total};
use crate::model::environment::{Environment, Stratum};
use crate::model::world::{Manner, Scene, World};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What all workers share.
pub(super) struct Job<'a> {
    pub scene: &'a Scene,
    pub book: &'a Arc<Book>,
    pub strata: Option<[f64; 2]>,
    /// Which replications are played at all.
    pub shard: Shard,
    pub threads: usize,
    pub progress: &'a dyn Progress,
    pub cancel: &'a AtomicBool,
    pub format: Option<&'a dyn RowFormat>,
    /// Replications expected in each stratum: for the weights of rows.
    pub expected: [u64; 2],
    pub cells_to_come: u64,
}

/// What grows while replications are played.
pub(super) struct Sum<'w> {
    pub total: Total,
    /// Where sums of the total are while nobody adds to them.
    pub rest: Rest,
    pub bins: Bins,
    pub events: u64,
    pub digest: u64,
    pub incidents: u64,
    pub played: u64,
    pub rows: RowSink<'w>,
    /// What drills did in replication 0.
    pub drill: Drill,
    /// What joining parts needs beside the sums.
    pub kept: Option<Kept>,
    /// Finished replications, for those who pair them.
    pub finished: Option<Vec<Replication>>,
}

/// What only parts keep: the order of all parts together decides about digests and rows.
#[derive(Default)]
pub(super) struct Kept {
    /// Digest of each cell, replication after replication.
    pub digests: Vec<u64>,
    /// Bytes and number of the rows of each replication.
    pub rows: Vec<(u64, u64)>,
    /// A metric that is followed, and what each replication adds to it.
    pub follow: Option<Followed>,
    pub series: Series,
}

struct Done {
    tally: CellTally,
    played: Played,
    rows: CellRows,
}

struct Merger<'s, 'w> {
    sum: &'s mut Sum<'w>,
    replication: Replication,
    /// The pair whose turn it is, and how many there are.
    next: u64,
    all: u64,
    waiting: BTreeMap<u64, Done>,
    spare: Vec<CellTally>,
    made: usize,
    environments: BTreeMap<u64, Arc<Environment>>,
    /// Levels by replication and region, while no cell adds to them.
    levels: BTreeMap<(u64, usize), Vec<Levels>>,
    spare_levels: Vec<Levels>,
}

/// The stratum of a replication: its position and how its environment is drawn.
pub(super) fn stratum_of(strata: Option<[f64; 2]>, replication: u64) -> (usize, Stratum) {
    match (strata, replication % 2) {
        (None, _) => (0, Stratum::Natural),
        (Some(_), 0) => (0, Stratum::Quiet),
        (Some(_), _) => (1, Stratum::Struck),
    }
}

/// Plays these replications of the shard, counted within it, and adds them to the sum. False if it
/// was cancelled: the sum is then of no use.
pub(super) fn play(job: &Job<'_>, replications: Range<u64>, sum: &mut Sum<'_>) -> bool {
    let cells = job.scene.cells.len() as u64;
    let pairs = (replications.end - replications.start) * cells;
    if pairs == 0 {
        return true;
    }
    let first = replications.start;
    let mut replication = Replication::new(job.book);
    let number = job.shard.number(first);
    replication.reset(number, stratum_of(job.strata, number).0);
    let claimed = AtomicU64::new(0);
    let writer = RowWriter::new(std::mem::replace(&mut sum.rows, RowSink::Nowhere));
    let merger = Mutex::new(Merger {
        sum,
        replication,
        next: 0,
        all: pairs,
        waiting: BTreeMap::new(),
        spare: Vec::new(),
        made: 0,
        environments: BTreeMap::new(),
        levels: BTreeMap::new(),
        spare_levels: Vec::new(),
    });
    let turn = Condvar::new();
    let failed = AtomicBool::new(false);
    let work = || {
        let guard = Poison(&failed, &turn);
        worker(job, first, pairs, &claimed, &merger, &writer, &turn, &failed);
        std::mem::forget(guard);
    };
    if job.threads < 2 || pairs == 1 {
        work();
    } else {
        // More threads than pairs find nothing to do.
        with_threads(job.threads, || {
            rayon::broadcast(|_| work());
        });
    }
    let merger = merger.into_inner().unwrap_or_else(PoisonError::into_inner);
    merger.sum.rows = writer.into_sink();
    merger.sum.rest.wake_all(&mut merger.sum.total);
    !job.cancel.load(Ordering::Relaxed)
}

/// Wakes everybody if a worker panics, so that nobody waits for its turn for ever.
struct Poison<'a>(&'a AtomicBool, &'a Condvar);

impl Drop for Poison<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.notify_all();
    }
}

#[allow(clippy::too_many_arguments)]
fn worker(
    job: &Job<'_>,
    first: u64,
    pairs: u64,
    claimed: &AtomicU64,
    merger: &Mutex<Merger<'_, '_>>,
    writer: &RowWriter<'_>,
    turn: &Condvar,
    failed: &AtomicBool,
) {
    let cells = job.scene.cells.len() as u64;
    let mut world: Option<World<CellTally>> = None;
    // Stands in the world while no cell is played.
    let mut resting = Some(CellTally::new(job.book));
    let stop = || job.cancel.load(Ordering::Relaxed) || failed.load(Ordering::Relaxed);
    loop {
        let Some(tally) = take_tally(job, merger, turn, &stop) else { return };
        let pair = claimed.fetch_add(1, Ordering::Relaxed);
        if pair >= pairs || stop() {
            turn.notify_all();
            return;
        }
        let (replication, cell) = (job.shard.number(first + pair / cells), (pair % cells) as usize);
        let place = (replication, job.scene.cells[cell].region);
        let environment = environment_of(job, merger, replication);
        let levels = lock(merger).levels_of(place);
        let world = match &mut world {
            Some(world) => {
                resting = Some(std::mem::replace(world.sink_mut(), tally));
                world
            }
            empty => empty.insert(World::new(job.scene, tally)),
        };
        world.sink_mut().reset(&job.scene.cells[cell]);
        if !writer.is_open() {
            world.sink_mut().leave_rows_out();
        }
        world.sink_mut().share_levels(levels);
        if replication == 0 {
            world.sink_mut().follow_drills();
        }
        let played = world.play(job.scene, cell, replication, &environment, Manner::default());
        let idle = resting.take().unwrap_or_else(|| CellTally::new(job.book));
        let mut tally = std::mem::replace(world.sink_mut(), idle);
        tally.finish();
        let mut rows = CellRows::default();
        if let Some(format) = job.format {
            let weight = weight_of(job, replication);
            let from = RowsFrom { replication, weight, cell: &job.scene.cells[cell] };
            let is_its_turn = lock(merger).next == pair;
            rows = writer.format(is_its_turn, format, from, tally.rows());
        }
        let levels = tally.give_levels();
        let mut m = lock(merger);
        let last = pair - pair % cells + last_of_region(job, cell) as u64;
        if claimed.load(Ordering::Relaxed) > last && m.is_turn_of(job, place) {
            // Nobody begins another cell of the region: the next one can have the memory.
            m.add_levels(job, levels, place.1);
        } else {
            m.levels.entry(place).or_default().push(levels);
        }
        m.waiting.insert(pair, Done { tally, played, rows });
        m.merge_what_is_due(job, writer, first, cells);
        drop(m);
        turn.notify_all();
        writer.write();
    }
}

/// An empty tally: a spare one, or a new one while there are few.
fn take_tally(
    job: &Job<'_>,
    merger: &Mutex<Merger<'_, '_>>,
    turn: &Condvar,
    stop: &impl Fn() -> bool,
) -> Option<CellTally> {
    let mut m = lock(merger);
    loop {
        if stop() {
            return None;
        }
        if let Some(tally) = m.spare.pop() {
            return Some(tally);
        }
        if m.made < most_tallies(job.threads) {
            m.made += 1;
            return Some(CellTally::new(job.book));
        }
        let wait = std::time::Duration::from_millis(100);
        m = turn.wait_timeout(m, wait).map_or_else(|e| e.into_inner().0, |r| r.0);
    }
}

/// Tallies that so many threads may fill or have waiting for their turn: each takes some megabytes.
fn most_tallies(threads: usize) -> usize {
    threads + threads.div_ceil(2) + 1
}

fn environment_of(
    job: &Job<'_>,
    merger: &Mutex<Merger<'_, '_>>,
    replication: u64,
) -> Arc<Environment> {
    if let Some(known) = lock(merger).environments.get(&replication) {
        return known.clone();
    }
    let stratum = stratum_of(job.strata, replication).1;
    let drawn = Arc::new(Environment::draw(&job.scene.fleet, replication, stratum));
    lock(merger).environments.entry(replication).or_insert(drawn).clone()
}

fn weight_of(job: &Job<'_>, replication: u64) -> f64 {
    match job.strata {
        None => 1.0,
        Some(weights) => {
            let stratum = stratum_of(job.strata, replication).0;
            let all = (job.expected[0] + job.expected[1]) as f64;
            weights[stratum] * all / job.expected[stratum].max(1) as f64
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last cell of the region of a cell.
fn last_of_region(job: &Job<'_>, cell: usize) -> usize {
    let cells = &job.scene.cells;
    let region = cells[cell].region;
    cell + cells[cell..].iter().take_while(|c| c.region == region).count() - 1
}

impl Merger<'_, '_> {
    /// Whether the cell whose turn it is belongs to this replication and region.
    fn is_turn_of(&self, job: &Job<'_>, (replication, region): (u64, usize)) -> bool {
        let cell = (self.next % job.scene.cells.len() as u64) as usize;
        self.replication.index() == replication && job.scene.cells[cell].region == region
    }

    /// Adds levels of a region to the replication; their memory is free again.
    fn add_levels(&mut self, job: &Job<'_>, mut levels: Levels, region: usize) {
        self.replication.absorb_levels(&levels, region);
        levels.clear(&job.book.grid);
        self.spare_levels.push(levels);
    }

    /// Levels that a cell of this replication and region adds to.
    fn levels_of(&mut self, place: (u64, usize)) -> Levels {
        let begun = self.levels.get_mut(&place).and_then(Vec::pop);
        begun.or_else(|| self.spare_levels.pop()).unwrap_or_default()
    }

    /// Adds the levels of the region of a cell, if it was the last one of it: nobody has any of them.
    fn merge_levels(&mut self, job: &Job<'_>, cell: usize) {
        let cells = &job.scene.cells;
        let region = cells[cell].region;
        if cells.get(cell + 1).is_some_and(|next| next.region == region) {
            return;
        }
        let all = self.levels.remove(&(self.replication.index(), region));
        for levels in all.unwrap_or_default() {
            self.add_levels(job, levels, region);
        }
    }

    fn merge_what_is_due(&mut self, job: &Job<'_>, writer: &RowWriter<'_>, first: u64, cells: u64) {
        while let Some(mut done) = self.waiting.remove(&self.next) {
            self.replication.absorb(&mut done.tally);
            self.sum.total.absorb_servers(&done.tally, self.replication.stratum());
            self.merge_levels(job, (self.next % cells) as usize);
            if self.replication.index() == 0 {
                self.sum.drill.absorb(&done.tally);
            }
            self.sum.events += done.played.events;
            self.sum.digest = digest(self.sum.digest, done.played.digest);
            self.sum.incidents += done.tally.incidents();
            if let Some(kept) = &mut self.sum.kept {
                kept.digests.push(done.played.digest);
                if self.next.is_multiple_of(cells) {
                    kept.rows.push((0, 0));
                }
                if let Some((bytes, count)) = kept.rows.last_mut() {
                    *bytes += done.rows.counts.0;
                    *count += done.rows.counts.1;
                }
            }
            writer.follow(done.rows);
            self.spare.push(done.tally);
            self.next += 1;
            self.sum.played += 1;
            if self.next.is_multiple_of(cells) {
                if let Some(environment) = self.environments.get(&self.replication.index()) {
                    self.replication.struck(environment.strikes());
                }
                self.replication.finish();
                if let Some(kept) = &mut self.sum.kept
                    && let Some(follow) = &kept.follow
                {
                    follow.take(&self.replication, &mut kept.series);
                }
                if let Some(finished) = &mut self.sum.finished {
                    finished.push(self.replication.clone());
                }
                let (sum, more) = (&mut *self.sum, self.next < self.all);
                let (total, replication) = (&mut sum.total, &mut self.replication);
                sum.rest.absorb(total, replication, &mut sum.bins, more);
                if self.next < self.all {
                    let next = job.shard.number(first + self.next / cells);
                    self.environments = self.environments.split_off(&next);
                    self.replication.reset(next, stratum_of(job.strata, next).0);
                }
            }
            let years = Span(job.scene.fleet.horizon.0);
            job.progress.advanced(self.sum.played, job.cells_to_come, years);
        }
    }
}
