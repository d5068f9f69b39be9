//! The points of a sweep at work: plays those that are missing and keeps each as it is finished.

use super::arguments::{Common, SweepArguments};
use super::kept_rows::KeptRows;
use super::progress::Bar;
use super::run::{Interrupts, failed, stop_on_interrupt};
use super::sweep::{Found, command_of, join_point, wants};
use super::{Exit, check, print};
use crate::experiment::{Failure, Part, RowFormat, Shard, Sweep, SweepFailure, SweepOptions};
use crate::report::{
    self, Identity, IncidentRows, SweepAbout, SweepPoint, Workplace, WorkplaceError,
    scenario_digest,
};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// What is kept of a finished point.
#[derive(Serialize, Deserialize)]
struct Record {
    scenario_digest: String,
    kept: Kept,
}

#[derive(Serialize, Deserialize)]
enum Kept {
    /// All that was found: its folder, a merge or a study needs it.
    Part(Box<Part>),
    /// What the files of the sweep say of it: less to write and to read again.
    Point(Box<SweepPoint>),
}

/// A sweep and the place where its finished points are kept.
pub struct Work<'a> {
    sweep: &'a Sweep,
    about: &'a SweepAbout,
    /// What is played of every point; a part is written of it, even if it is the only one.
    shard: Option<Shard>,
    /// What is to be written in the end.
    target: &'a Path,
    place: Workplace,
    interrupts: Interrupts,
}

impl<'a> Work<'a> {
    /// Opens the place; prints why it cannot.
    pub fn open(
        target: &'a Path,
        sweep: &'a Sweep,
        about: &'a SweepAbout,
        how: &SweepArguments,
        common: &Common,
    ) -> Result<Work<'a>, Exit> {
        let shard = how.shard;
        let facts = [
            ("shard", shard.map_or("none".to_string(), |shard| shard.to_string())),
            ("kind of rows", KeptRows::asked(common).words().to_string()),
            ("list of axes", about.axes.join(", ")),
            ("number of points", about.points.len().to_string()),
            ("base scenario", about.scenario_digest.clone()),
            ("sweep", about.digest()),
        ];
        let facts = facts.map(|(name, fact)| (name.to_string(), fact)).into();
        let identity = Identity { command: command_of(how, common), facts };
        let place = Workplace::open(target, &identity, how.resume, common.force);
        let place = place.map_err(|error| {
            let exit = failed(&error.to_string());
            if matches!(error, WorkplaceError::Other(..)) { Exit::Invalid } else { exit }
        })?;
        let interrupts =
            stop_on_interrupt("finishing the points in flight; Ctrl-C once more stops at once");
        Ok(Work { sweep, about, shard, target, place, interrupts })
    }

    /// Whether somebody wants it to stop.
    pub fn is_stopped(&self) -> bool {
        self.interrupts.stop.load(Ordering::Relaxed)
    }

    /// Plays the points that are missing, and keeps each.
    pub fn play(&self, common: &Common) -> Result<(), Exit> {
        let all = self.sweep.points.len();
        let done: Vec<usize> = (0..all).filter(|&i| self.record(i).is_some()).collect();
        let missing: Vec<usize> = (0..all).filter(|i| done.binary_search(i).is_err()).collect();
        let bar = Bar::points(!common.quiet && !common.no_progress, all, done.len());
        let rows = |s: &Scenario| -> Box<dyn RowFormat> { Box::new(IncidentRows::new(s)) };
        let options = SweepOptions {
            threads: common.threads(),
            shard: self.shard.unwrap_or(Shard::WHOLE),
            progress: &bar,
            stop: &self.interrupts.stop,
            cancel: &self.interrupts.cancel,
            wants: wants(self.about.folders),
            format: (self.about.folders && !common.no_incidents).then_some(&rows),
            all_rows: common.incidents,
            follow: self.about.plan.as_ref().map(|p| &p.target),
        };
        // Whoever plays does not wait for the disk.
        let (sender, receiver) = sync_channel(common.threads());
        let (played, kept) = std::thread::scope(|scope| {
            let keeper = scope.spawn(|| self.keep(receiver, &bar));
            let played = self.sweep.play(&missing, &options, |index, scenario, part| {
                let record = self.record_of(index, scenario, part)?;
                // Nobody listens any more: the keeper failed and says why.
                sender.send((index, Workplace::sealed(&record))).map_err(|_| String::new())
            });
            drop(sender);
            (played, keeper.join())
        });
        bar.finish();
        let kept = kept.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        if let Err(error) = kept {
            return Err(failed(&report::cannot_write(self.target, &error, "DIR")));
        }
        played.map_err(|failure| self.complain(failure))
    }

    /// Writes finished points until there are no more. Where many come in a second, the disk is not
    /// waited for each time.
    fn keep(&self, finished: Receiver<(usize, Vec<u8>)>, bar: &Bar) -> io::Result<()> {
        const OFTEN: Duration = Duration::from_secs(1);
        let mut saved: Option<Instant> = None;
        for (index, record) in finished {
            let save = saved.is_none_or(|at| at.elapsed() >= OFTEN);
            self.place.keep(index, &record, save)?;
            if save {
                saved = Some(Instant::now());
            }
            bar.step();
        }
        Ok(())
    }

    fn record_of(&self, index: usize, scenario: &Scenario, part: Part) -> Result<Record, String> {
        let kept = if self.shard.is_some() || self.about.folders || self.about.plan.is_some() {
            Kept::Part(Box::new(part))
        } else {
            let outcome = join_point(scenario, index, vec![part], false)?;
            Kept::Point(Box::new(SweepPoint::of(scenario, &outcome)))
        };
        Ok(Record { scenario_digest: scenario_digest(scenario), kept })
    }

    /// What was kept of a point, if it is whole and of the scenario as it is now.
    fn record(&self, index: usize) -> Option<Record> {
        let record: Record = self.place.record(index)?;
        let scenario = self.sweep.scenario(index).ok()?;
        (record.scenario_digest == scenario_digest(&scenario)).then_some(record)
    }

    /// What was kept of a point that was played.
    pub fn found(&self, index: usize) -> Result<Found, String> {
        let record: Record = self.place.record(index).ok_or("a finished point is gone")?;
        Ok(match record.kept {
            Kept::Point(point) => Found::Point(point),
            Kept::Part(part) => {
                let scenario = self.sweep.scenario(index).map_err(|c| c.lines())?;
                Found::Parts(Box::new(scenario), vec![*part])
            }
        })
    }

    /// Takes the place away: all of it is written elsewhere.
    pub fn remove(self) {
        // The results are in place: a folder that cannot be removed does no harm.
        let _ = self.place.remove();
    }

    /// Prints that it was interrupted, and what is left of it.
    pub fn interrupted(&self) -> Exit {
        let all = self.sweep.points.len();
        let kept = (0..all).filter(|&i| self.place.record::<Record>(i).is_some()).count();
        print::message(&format!(
            "interrupted: {kept} of {all} points are kept\n  go on with: the same command and --resume"
        ));
        Exit::Interrupted
    }

    /// Prints why not all points were played.
    fn complain(&self, failure: SweepFailure<String>) -> Exit {
        match failure {
            SweepFailure::Run(_, Failure::Cancelled) => self.interrupted(),
            SweepFailure::Run(index, why) => {
                let values = self.sweep.describe(index);
                failed(&format!("point {} ({values}): {why}", index + 1))
            }
            SweepFailure::Invalid(index, complaints) => {
                print::message(&format!("error: point {} is not valid any more", index + 1));
                check::complain(&complaints);
                Exit::Invalid
            }
            SweepFailure::Taker(error) => failed(&error),
        }
    }
}
