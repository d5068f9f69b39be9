//! `run`: plays a scenario and writes its results.

use super::arguments::Common;
use super::files::Started;
use super::kept_rows::KeptRows;
use super::progress::Bar;
use super::{Exit, check, merge, print, words};
use crate::experiment::{
    Failure, Options, Outcome, Rows, Shard, run as play, run_part, with_threads,
};
use crate::measure::{Total, Verdict, Wants};
use crate::report::{self, About, Folder, IncidentRows, OutFile};
use crate::scenario::{Scenario, Stop};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Plays a scenario.
pub fn run(path: &Path, common: &Common) -> Exit {
    let scenario = match check::load(path, common) {
        Ok(scenario) => scenario,
        Err(exit) => return exit,
    };
    let target = target(&scenario.name, common);
    // Opened before the work starts, so that what cannot be written is known at once.
    let folder = match Folder::open(&target, common.force) {
        Ok(folder) => folder,
        Err(error) => return failed(&error.to_string()),
    };
    let cancel = cancel_on_interrupt();
    let bar = Bar::new(!common.quiet && !common.no_progress);
    let started = Started::here();
    with_threads(common.threads(), || {
        let mut outcome = match play_into(&scenario, common, &folder, &bar, &cancel) {
            Ok(outcome) => outcome,
            Err(exit) => {
                bar.finish();
                return exit;
            }
        };
        bar.finish();
        let timing = started.timing(outcome.events, common);
        let about = About::this(words::with_charts(words::command("run", &[path], common), common));
        let written = write(&scenario, &mut outcome, &about, folder, &timing, common);
        match written {
            Ok(place) => conclude(&scenario, &outcome, &place, common),
            Err(error) => failed(&error),
        }
    })
}

/// A flag that Ctrl-C and termination set.
pub fn cancel_on_interrupt() -> Arc<AtomicBool> {
    let cancel = Arc::new(AtomicBool::new(false));
    let handler = cancel.clone();
    // A second handler in one process is refused; the first one is as good.
    let _ = ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed));
    cancel
}

/// What Ctrl-C and termination set: the first time to stop at the next good moment, then to stop at once.
pub struct Interrupts {
    /// Nothing new is to be begun.
    pub stop: Arc<AtomicBool>,
    /// What is under way is to be left.
    pub cancel: Arc<AtomicBool>,
}

/// Flags that Ctrl-C sets one after the other; `first` is told the first time.
pub fn stop_on_interrupt(first: &'static str) -> Interrupts {
    let (stop, cancel) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (stops, cancels) = (stop.clone(), cancel.clone());
    let _ = ctrlc::set_handler(move || {
        if stops.swap(true, Ordering::Relaxed) {
            cancels.store(true, Ordering::Relaxed);
        } else {
            print::message(first);
        }
    });
    Interrupts { stop, cancel }
}

/// Says why it failed.
pub fn failed(error: &str) -> Exit {
    print::message(&format!("error: {error}"));
    Exit::Failed
}

/// What is measured in a run.
pub fn wants(rows: bool) -> Wants {
    Wants { rows, timeline: true, peaks: true, servers: true }
}

/// Plays one shard of a scenario and writes a part.
pub fn run_shard(path: &Path, shard: Shard, common: &Common) -> Exit {
    let scenario = match check::load(path, common) {
        Ok(scenario) => scenario,
        Err(exit) => return exit,
    };
    if matches!(scenario.replications.stop, Stop::Precision(_)) {
        return merge::no_shards_of_a_precision();
    }
    let whole = target(&scenario.name, common);
    let file = match merge::part_path(&whole, shard, common) {
        Ok(file) => file,
        Err(error) => return failed(&error),
    };
    let scenario_copy = match report::ScenarioCopy::of(&scenario) {
        Ok(copy) => copy,
        Err(why) => return failed(&format!("the scenario cannot be played in shards: {why}")),
    };
    let (rows, format) = (KeptRows::asked(common), IncidentRows::new(&scenario));
    let cancel = cancel_on_interrupt();
    let bar = Bar::new(!common.quiet && !common.no_progress);
    let options = Options {
        threads: common.threads(),
        replications: None,
        rows: rows.of_part(&format),
        progress: &bar,
        cancel: &cancel,
        wants: wants(!common.no_incidents),
    };
    let part = run_part(&scenario, shard, options);
    bar.finish();
    match part {
        Ok(part) => {
            let command = words::command("run", &[path], common);
            let body = merge::RunPart { command, rows, scenario: scenario_copy, part };
            merge::write_part(&file, &report::seal(merge::RUN_PART, &body), common)
        }
        Err(Failure::Cancelled) => interrupted(),
        Err(other) => failed(&other.to_string()),
    }
}

/// Says that a run was interrupted.
pub fn interrupted() -> Exit {
    print::message("interrupted: nothing was written");
    Exit::Interrupted
}

/// Where the results of a scenario or a sweep go.
pub fn target(name: &str, common: &Common) -> PathBuf {
    common.out.clone().unwrap_or_else(|| PathBuf::from("results").join(name))
}

fn play_into(
    scenario: &Scenario,
    common: &Common,
    folder: &Folder,
    bar: &Bar,
    cancel: &AtomicBool,
) -> Result<Outcome, Exit> {
    let format = IncidentRows::new(scenario);
    let place = target(&scenario.name, common);
    let mut file: Option<OutFile> = None;
    if common.incidents {
        let opened = folder
            .file(report::INCIDENTS)
            .map_err(|e| e.to_string())
            .and_then(|mut f| match f.write_all(&IncidentRows::header()) {
                Ok(()) => Ok(f),
                Err(e) => Err(e.to_string()),
            })
            .map_err(|e| failed(&e))?;
        file = Some(opened);
    }
    let rows = match (&mut file, common.no_incidents) {
        (Some(file), _) => Rows::All(&format, file),
        (None, true) => Rows::None,
        (None, false) => Rows::Few(&format),
    };
    let wants = wants(!common.no_incidents);
    let options = Options {
        threads: common.threads(),
        replications: None,
        rows,
        progress: bar,
        cancel,
        wants,
    };
    let outcome = play(scenario, options).map_err(|failure| match failure {
        Failure::Cancelled => {
            bar.finish();
            interrupted()
        }
        Failure::Rows(error) => failed(&report::cannot_write(&place, &error, "DIR")),
        other => failed(&other.to_string()),
    })?;
    if let Some(file) = file {
        file.close().map_err(|e| failed(&e.to_string()))?;
    }
    Ok(outcome)
}

/// Writes all files of a run; the outcome forgets its sums, of which everything is made then.
pub fn write(
    scenario: &Scenario,
    outcome: &mut Outcome,
    about: &About,
    mut folder: Folder,
    timing: &[u8],
    common: &Common,
) -> Result<PathBuf, String> {
    for (name, bytes) in report::files(scenario, outcome, about) {
        folder.write(&name, &bytes).map_err(|e| e.to_string())?;
    }
    report::write_long_tables(&folder, "", scenario, outcome).map_err(|e| e.to_string())?;
    // Pictures need room, and nothing else asks for them.
    outcome.total.forget_servers();
    let charts = if common.no_charts { Vec::new() } else { report::charts(scenario, outcome) };
    outcome.total = Total::default();
    folder.write(report::TIMING, timing).map_err(|e| e.to_string())?;
    report::know_longest(&mut folder, outcome);
    let threads = if outcome.book.servers > MANY_SERVERS { 1 } else { common.threads() };
    report::finish(folder, &charts, threads)
}

/// Above so many servers memory is short and playing takes much longer than drawing: pictures are drawn one
/// after another.
const MANY_SERVERS: u64 = 200_000;

/// Prints what was found, and says with what the command ends.
pub fn conclude(scenario: &Scenario, outcome: &Outcome, place: &Path, common: &Common) -> Exit {
    let printed = if common.json {
        let json = report::summary_json(scenario, outcome);
        print::data(&String::from_utf8_lossy(&json))
    } else if common.quiet {
        Exit::Done
    } else {
        print::data(&report::summary(scenario, outcome, print::style(), Some(place)))
    };
    // What was found is of no use to whoever could not read it.
    if printed != Exit::Done {
        return printed;
    }
    match outcome.verdict() {
        Verdict::Fails => Exit::ExpectationFailed,
        Verdict::Undecided { .. } => Exit::Undecided,
        Verdict::Holds if outcome.precision_reached == Some(false) => Exit::Undecided,
        Verdict::Holds => Exit::Done,
    }
}
