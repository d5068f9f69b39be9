//! Random small worlds, and what must be true of every one of them.
//!
//! A world is a function of its seed alone. A failing one prints its seed; `SWARM_FROM=seed
//! SWARM_COUNT=1 cargo test --test swarm -- --ignored campaign` plays it again.

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
    let mut failed = Vec::new();
    for seed in seeds {
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(seed)));
        if played.is_err() {
            eprintln!("^^^ {name}: world {seed} fails\n");
            failed.push(seed);
            if failed.len() >= 12 {
                break;
            }
        }
    }
    assert!(failed.is_empty(), "{name}: of {count} worlds from {from}, these fail: {failed:?}");
}

/// A number from the environment, for campaigns.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}
