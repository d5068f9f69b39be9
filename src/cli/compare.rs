//! `compare`: scenarios under the same strikes, held against the first one.

use super::arguments::Common;
use super::files::{Files, Started};
use super::progress::Bar;
use super::run::{cancel_on_interrupt, failed, interrupted, target};
use super::{Exit, check, print, words};
use crate::experiment::{CompareOptions, Comparison, Failure, compare as play};
use crate::report::{self, Folder};
use crate::scenario::Scenario;
use std::path::{Path, PathBuf};

/// Compares scenarios.
pub fn compare(paths: &[PathBuf], common: &Common) -> Exit {
    let mut scenarios = Vec::new();
    let mut wrong = None;
    for path in paths {
        match check::load(path, common) {
            Ok(scenario) => scenarios.push(scenario),
            Err(exit) => wrong = Some(exit),
        }
    }
    if let Some(exit) = wrong {
        return exit;
    }
    let target = target(&name(&scenarios), common);
    let folder = match Folder::open(&target, common.force) {
        Ok(folder) => folder,
        Err(error) => return failed(&error.to_string()),
    };
    let started = Started::here();
    let cancel = cancel_on_interrupt();
    let bar = Bar::new(!common.quiet && !common.no_progress);
    let options = CompareOptions { threads: common.threads(), progress: &bar, cancel: &cancel };
    let found = play(&scenarios, &options);
    bar.finish();
    let comparison = match found {
        Ok(comparison) => comparison,
        Err(Failure::Cancelled) => return interrupted(),
        Err(other) => return failed(&other.to_string()),
    };
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let words = words::with_charts(words::command("compare", &paths, common), common);
    match write(&scenarios, &comparison, &words, folder, started, common) {
        Ok(exit) => exit,
        Err(error) => failed(&error),
    }
}

/// The name of a comparison: those of its scenarios, each once.
fn name(scenarios: &[Scenario]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for scenario in scenarios {
        if !names.contains(&scenario.name.as_str()) {
            names.push(&scenario.name);
        }
    }
    let mut name = format!("compare-{}", names.join("-"));
    while name.len() > 150 {
        name.pop();
    }
    name.trim_end_matches('.').to_string()
}

fn write(
    scenarios: &[Scenario],
    comparison: &Comparison,
    words: &str,
    folder: Folder,
    started: Started,
    common: &Common,
) -> Result<Exit, String> {
    let charts = match common.no_charts {
        true => Vec::new(),
        false => report::compare_charts(scenarios, comparison),
    };
    let events =
        comparison.base.events + comparison.others.iter().map(|v| v.outcome.events).sum::<u64>();
    let tables = report::compare_files(scenarios, comparison, words);
    let all = Files { tables, charts, events, started };
    let mut outcomes =
        std::iter::once(&comparison.base).chain(comparison.others.iter().map(|v| &v.outcome));
    let missed = outcomes.any(|o| o.precision_reached == Some(false));
    let written = all.write(folder, common, || {
        report::compare_summary(scenarios, comparison, print::columns())
    })?;
    Ok(if written == Exit::Done && missed { Exit::Undecided } else { written })
}
