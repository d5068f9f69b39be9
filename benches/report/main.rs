//! Measures how fast the simulator is and prints it as ratios: `cargo bench --bench report`.
//!
//! What belongs together is measured side by side in one run, in turns, so that a noisy machine
//! disturbs both sides of a ratio; each figure is a median with its quartiles. Times of one thread are
//! processor time, which other people's work reaches only through caches and clock rates.
//!
//! ```text
//! cargo bench --bench report                    everything but what `--full` adds, in some minutes
//! cargo bench --bench report -- fleet floor     only these
//! cargo bench --bench report -- --quick fleet   a quarter of the work: for a first look
//! cargo bench --bench report -- --full          whole sizes: 100 replications, 1,000 points
//! cargo bench --bench report -- --test          every benchmark once, on a small input
//! ```
//!
//! Every benchmark prints a hash of what it computed. `cargo test` runs all of them as with `--test`.

mod child;
mod clock;
mod fleet;
mod floor;
mod kernel;
mod one_each;
mod player;
mod program;
mod sample;
mod table;
mod worlds;

use table::Table;

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Size {
    /// Small inputs, one round: shows that a benchmark works, not how fast anything is.
    Test,
    /// A quarter of the work.
    Quick,
    /// Good for every figure but the longest.
    Usual,
    /// As demanded: 100 replications, 1,000 points.
    Full,
}

/// A benchmark: its name, what it measures, and how.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(Size, &mut Table),
}

const BENCHES: &[Bench] = &[
    Bench { name: "floor", about: "the least that an event can cost", run: floor::bench },
    Bench { name: "kernel", about: "event lists, streams, laws", run: kernel::bench },
    Bench { name: "fleet", about: "the fleet, 10k to 1M servers", run: fleet::bench },
    Bench { name: "one-each", about: "against one event per component", run: one_each::bench },
    Bench { name: "threads", about: "two threads over one", run: program::threads },
    Bench { name: "memory", about: "peak memory", run: program::memory },
    Bench { name: "rows", about: "rows of incidents", run: program::rows },
    Bench { name: "sweep", about: "many points", run: program::sweep },
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if child::is_child(&words) {
        return;
    }
    let flag = |name: &str| words.iter().any(|w| w == name);
    // Cargo says `--bench` where it measures and nothing where it tests.
    let size = match () {
        () if flag("--test") || !flag("--bench") => Size::Test,
        () if flag("--full") => Size::Full,
        () if flag("--quick") => Size::Quick,
        () => Size::Usual,
    };
    let names: Vec<&String> = words.iter().filter(|w| !w.starts_with('-')).collect();
    let unknown = names.iter().find(|n| !BENCHES.iter().any(|b| b.name == **n));
    // `cargo test NAME` and `-- --ignored` ask every test program, so that a name may be another's.
    if flag("--ignored") || (!flag("--bench") && unknown.is_some()) {
        return;
    }
    if let Some(unknown) = unknown {
        eprintln!("no benchmark is called {unknown}; there are:");
        BENCHES.iter().for_each(|b| eprintln!("  {:<10} {}", b.name, b.about));
        std::process::exit(2);
    }
    if flag("--list") {
        // What test runners ask for.
        BENCHES.iter().for_each(|b| println!("{}: benchmark", b.name));
        return;
    }
    let mut table = Table::new(size == Size::Test);
    for bench in BENCHES.iter().filter(|b| names.is_empty() || names.iter().any(|n| *n == b.name)) {
        println!("== {}: {}", bench.name, bench.about);
        (bench.run)(size, &mut table);
    }
    if size == Size::Test {
        println!("all benchmarks work; small input, so no figure is shown");
    } else {
        table.print();
    }
}
