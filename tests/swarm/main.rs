//! Random small worlds, and what must be true of every one of them.
//!
//! A world is a function of its seed alone. A failing one prints its seed; `SWARM_FROM=seed
//! SWARM_COUNT=1 cargo test --test swarm -- --ignored worlds::campaign` plays it again. A campaign
//! plays its whole range on `SWARM_THREADS` threads and tells all worlds that fail.

mod chance;
mod determinism;
mod eager;
mod generate;
mod records;
mod small;
mod worlds;

/// Plays a range of seeds and tells every failing one before it fails itself.
fn each_seed(name: &str, seeds: std::ops::Range<u64>, play: impl Fn(u64)) {
    let (from, count) = (seeds.start, seeds.end - seeds.start);
    let failed = failing(name, seeds, 12, play);
    assert!(failed.is_empty(), "{name}: of {count} worlds from {from}, these fail: {failed:?}");
}

/// The seeds that fail, in the order of play, at most so many.
fn failing(
    name: &str,
    seeds: impl Iterator<Item = u64>,
    most: usize,
    play: impl Fn(u64),
) -> Vec<u64> {
    let fails = |&seed: &u64| {
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(seed)));
        if played.is_err() {
            eprintln!("^^^ {name}: world {seed} fails\n");
        }
        played.is_err()
    };
    seeds.filter(fails).take(most).collect()
}

/// A number from the environment, for campaigns.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}
