//! The fleet: time per logical event (a start or an end of an incident) and per popped event, over the
//! floor loop, at three sizes, lazy and eager; with failovers everywhere; with a zone outage.
//!
//! All variants are played in turns, some cells each, with turns of the floor loop between; a ratio is
//! taken within each block of turns. The whole model is played and measured (tallies, time line, rows
//! of servers, merging), without rows of incidents.

use crate::clock::timed;
use crate::floor::Floor;
use crate::player::{Count, Player};
use crate::sample::Sample;
use crate::table::{Demand, Table};
use crate::{Size, worlds};
use fleetsim::model::environment::Stratum;

/// Blocks of turns: a figure is the median over them.
const BLOCKS: u64 = 12;

/// A fleet that takes its turns, and what each block cost.
pub struct Variant {
    name: String,
    player: Player,
    /// Cells of all blocks together.
    cells: u64,
    blocks: Vec<(f64, Count)>,
}

impl Variant {
    /// A fleet of which `replications` are played.
    pub fn new(name: &str, player: Player, replications: u64) -> Variant {
        let cells = player.cells() * replications;
        Variant { name: name.into(), player, cells, blocks: Vec::new() }
    }

    fn take_turn(&mut self, block: u64, of: u64) {
        let upto = |b: u64| self.cells * b / of;
        let (cells, before) = (upto(block + 1) - upto(block), self.player.count);
        let (time, ()) = timed(|| self.player.play(cells));
        self.blocks.push((time, self.player.count.since(before)));
    }

    /// Time of each block by a count of it.
    fn times(&self, per: fn(&Count) -> u64) -> Vec<f64> {
        self.blocks.iter().map(|(time, count)| time / per(count).max(1) as f64).collect()
    }

    /// Time of a start or an end of an incident in each block, ns.
    pub fn logical(&self) -> Vec<f64> {
        self.times(|c| c.logical)
    }

    fn popped(&self) -> Vec<f64> {
        self.times(|c| c.popped)
    }

    /// All that was played.
    pub fn count(&self) -> Count {
        self.player.count
    }

    /// Time of each block, ns.
    fn whole(&self) -> Vec<f64> {
        self.blocks.iter().map(|b| b.0).collect()
    }
}

/// Lets each variant play one block of its cells, and tells what a turn of the floor loop took
/// between them, ns.
pub fn in_turns(
    variants: &mut [&mut Variant],
    floor: &mut Floor,
    block: u64,
    of: u64,
    turns: u64,
) -> f64 {
    let mut times = Vec::new();
    for variant in variants.iter_mut() {
        times.push(floor.measure(turns));
        variant.take_turn(block, of);
    }
    times.push(floor.measure(turns));
    Sample::of(times).median
}

fn describe(variant: &Variant, floor: &[f64], table: &mut Table) {
    let c = variant.count();
    println!(
        "   {}: {} starts and ends, {} popped events, hash {:016x}",
        variant.name, c.logical, c.popped, c.hash
    );
    let name = |what: &str| format!("{}: {what}", variant.name);
    table.add(&name("logical event"), Demand::None, Sample::of(variant.logical()), "ns");
    table.add(&name("popped event"), Demand::None, Sample::of(variant.popped()), "ns");
    let over = Sample::ratios(&variant.popped(), floor);
    table.add(&name("popped event over the floor"), Demand::None, over, "");
}

/// All that concerns the speed of one thread.
pub fn bench(size: Size, table: &mut Table) {
    sizes(size, table);
    zone_outage(size, table);
}

fn sizes(size: Size, table: &mut Table) {
    let sizes: [(&str, u32, u64); 3] = match size {
        Size::Test => [("tiny", 120, 1), ("small", 240, 1), ("less small", 480, 1)],
        _ => [("10k", 10_000, 12), ("100k", 100_000, 1), ("1M", 1_000_000, 1)],
    };
    let blocks = match size {
        Size::Test => 1,
        Size::Quick => BLOCKS / 4,
        _ => BLOCKS,
    };
    // A quarter of the blocks is a quarter of the work.
    let share = |v: Variant| match size {
        Size::Quick => Variant { cells: v.cells.div_ceil(4), ..v },
        _ => v,
    };
    let natural = Stratum::Natural;
    let mut variants = Vec::new();
    for (name, servers, replications) in sizes {
        for (how, eager) in [("lazy", false), ("eager", true)] {
            let player = Player::new(worlds::mixed(servers), eager, natural);
            variants.push(share(Variant::new(&format!("{name} {how}"), player, replications)));
        }
    }
    let (name, servers, _) = sizes[1];
    let player = Player::new(worlds::failovers(worlds::mixed(servers)), false, natural);
    variants.push(share(Variant::new(&format!("failovers {name}"), player, 1)));
    let turns = if size == Size::Test { 1_000 } else { 1_000_000 };
    let mut yardstick = Floor::new();
    let floor: Vec<f64> = (0..blocks)
        .map(|block| {
            let mut all: Vec<&mut Variant> = variants.iter_mut().collect();
            in_turns(&mut all, &mut yardstick, block, blocks, turns)
        })
        .collect();

    variants.iter().for_each(|v| describe(v, &floor, table));
    table.add("floor loop between the fleets", Demand::None, Sample::of(floor.clone()), "ns");
    let [small, _, medium, _, large, _, failovers] = &variants[..] else {
        unreachable!("seven variants")
    };
    for pair in variants[..6].chunks(2) {
        let same = pair[0].count().hash == pair[1].count().hash;
        assert!(same, "{} and {} differ", pair[0].name, pair[1].name);
    }
    let over = |variant: &Variant| Sample::ratios(&variant.logical(), &floor);
    table.add("10k: logical event over the floor", Demand::None, over(small), "");
    table.add("100k: logical event over the floor", Demand::None, over(medium), "");
    table.add("1M: logical event over the floor", Demand::AtMost(2.0, 1.3), over(large), "");
    table.add(
        "failover-heavy: popped event over the floor",
        Demand::AtMost(5.0, 3.0),
        Sample::ratios(&failovers.popped(), &floor),
        "",
    );
    // Of the greater by the smaller, whichever way round it is.
    let apart = small
        .logical()
        .iter()
        .zip(&large.logical())
        .map(|(a, b)| (a / b).max(b / a))
        .collect::<Vec<_>>();
    table.add("10k and 1M apart", Demand::AtMost(1.3, 1.3), Sample::of(apart), "times");
    for pair in variants[..6].chunks(2) {
        let over = Sample::ratios(&pair[1].whole(), &pair[0].whole());
        table.add(&format!("{} over lazy", pair[1].name), Demand::None, over, "");
    }
}

/// One region for a year with a zone dark for four hours, over the same year without.
fn zone_outage(size: Size, table: &mut Table) {
    let (servers, replications) = match size {
        Size::Test => (60, 1),
        Size::Quick => (20_000, 3),
        _ => (80_000, 4),
    };
    let fleet = worlds::one_region(servers);
    // Without random outages of zones and regions: the injected one is the only one.
    let player = |fleet| Player::new(fleet, false, Stratum::Quiet);
    let mut without = Variant::new("no zone outage", player(fleet.clone()), replications);
    let outage = worlds::with_zone_outage(fleet);
    let mut with = Variant::new("one zone outage", player(outage), replications);
    let mut yardstick = Floor::new();
    for block in 0..replications {
        in_turns(&mut [&mut without, &mut with], &mut yardstick, block, replications, 1_000);
    }
    for v in [&without, &with] {
        let c = v.count();
        println!("   {}: {} starts and ends, hash {:016x}", v.name, c.logical, c.hash);
    }
    assert!(with.count().logical > without.count().logical, "the outage takes no one down");
    let added = Sample::ratios(&with.whole(), &without.whole());
    let added = Sample {
        median: (added.median - 1.0) * 100.0,
        low: (added.low - 1.0) * 100.0,
        high: (added.high - 1.0) * 100.0,
        ..added
    };
    table.add("a zone outage of 4 h in the year adds", Demand::AtMost(25.0, 25.0), added, "%");
}
