//! Whole-program tests: through the public interface and the binary, a module a behaviour.

mod browser;
mod cli;
mod compare;
mod coverage;
mod determinism;
mod metrics;
mod naive;
mod options;
mod page;
mod precision;
mod readme;
mod recipes;
mod results;
mod scenarios;
mod sensitivity;
mod shards;
mod strata;
mod sweep;
mod tidy;

use fleetsim::experiment::{Options, Outcome, Rows, Silent, run};
use fleetsim::measure::Wants;
use fleetsim::scenario::Scenario;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Estimates alone.
const ESTIMATES: Wants = Wants { rows: false, timeline: false, peaks: false, servers: false };
/// All that is measured beside them, but for rows of incidents.
const ALL_BUT_ROWS: Wants = Wants { rows: false, timeline: true, peaks: true, servers: true };

/// The folder of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every shipped scenario, in order.
fn shipped() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("scenarios"))
        .expect("the scenarios are there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

/// What a scenario gives when it is played.
fn played(scenario: &Scenario, threads: usize, wants: Wants) -> Outcome {
    let options = Options {
        threads,
        replications: None,
        rows: Rows::None,
        progress: &Silent,
        cancel: &AtomicBool::new(false),
        wants,
    };
    run(scenario, options).expect("it is played")
}
