//! `run`: plays a scenario and writes its results.

use super::arguments::Common;
use super::progress::Bar;
use super::{Exit, check, print};
use crate::experiment::{Failure, Options, Rows, run as play};
use crate::measure::{Kind, Verdict, Wants};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Plays a scenario.
pub fn run(path: &Path, common: &Common) -> Exit {
    let scenario = match check::load(path, common) {
        Ok(scenario) => scenario,
        Err(exit) => return exit,
    };
    let cancel = Arc::new(AtomicBool::new(false));
    let handler = cancel.clone();
    let _ = ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed));
    let bar = Bar::new(!common.quiet && !common.no_progress);
    let started = std::time::Instant::now();
    let options = Options {
        threads: common.threads(),
        replications: None,
        rows: Rows::None,
        progress: &bar,
        cancel: &cancel,
        wants: Wants { rows: false, timeline: true, peaks: true, servers: true },
    };
    let outcome = play(&scenario, options);
    bar.finish();
    match outcome {
        Ok(outcome) => {
            for e in outcome
                .estimates
                .iter()
                .filter(|e| matches!(e.scope, Kind::Fleet | Kind::Cause | Kind::Standby))
            {
                println!(
                    "{} {} {} {:?} {:?}..{:?} {} {}",
                    e.scope.word(),
                    e.name,
                    e.metric,
                    e.value,
                    e.ci_low,
                    e.ci_high,
                    e.unit,
                    e.method
                );
            }
            println!(
                "{} events, digest {:016x}, {} incidents, {:?}",
                outcome.events,
                outcome.digest,
                outcome.incidents,
                started.elapsed()
            );
            match outcome.verdict() {
                Verdict::Holds => Exit::Done,
                Verdict::Fails => Exit::ExpectationFailed,
                Verdict::Undecided { .. } => Exit::Undecided,
            }
        }
        Err(Failure::Cancelled) => Exit::Interrupted,
        Err(error) => {
            print::message(&format!("error: {error}"));
            Exit::Failed
        }
    }
}
