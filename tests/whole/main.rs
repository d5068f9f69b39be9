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

use std::path::{Path, PathBuf};

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
