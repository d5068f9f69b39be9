//! Sweeps: one scenario at many points, all of them under the same strikes where the fleet is the same.
//!
//! Strikes are addressed by seed, replication and component, so equal fleets meet equal ones without
//! any bookkeeping. Many points are played side by side, one thread each; few ones one after another
//! with several threads inside. Either way a point is played whole, and its bytes are the same.

use super::design;
use super::outcome::{Progress, RowFormat};
use super::part::{Part, run_part_following};
use super::run::{Failure, Options, Rows};
use super::sensitivity::Target;
use super::shard::Shard;
use crate::measure::Wants;
use crate::scenario::{Complaints, Override, Scenario, Stop, SweepFile};
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A sweep that is ready to be played: every point of it is a valid scenario.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Its file.
    pub file: SweepFile,
    /// Its points, numbered from 1 by their place here.
    pub points: Vec<Point>,
}

/// A point: a value for each axis.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// Values as TOML, in the order of axes; empty where an axis is left as it is.
    pub values: Vec<String>,
}

/// How a sweep is carried out.
pub struct SweepOptions<'a> {
    /// Threads; at least 1.
    pub threads: usize,
    /// Which replications of every point.
    pub shard: Shard,
    /// Hears how the points that are being played come along.
    pub progress: &'a dyn Progress,
    /// Set by somebody else to stop after the points that are being played.
    pub stop: &'a AtomicBool,
    /// Set by somebody else to stop at once.
    pub cancel: &'a AtomicBool,
    /// What to measure at every point.
    pub wants: Wants,
    /// Formats the rows of incidents of a point; none are kept without.
    pub format: Option<&'a MakesFormat>,
    /// Keep them however many there are.
    pub all_rows: bool,
    /// A metric of which every replication is kept.
    pub follow: Option<&'a Target>,
}

/// Makes the format of the rows of a point.
pub type MakesFormat = dyn Fn(&Scenario) -> Box<dyn RowFormat> + Sync;

/// Points that are no valid scenario: number, values, complaints.
pub type Invalid = Vec<(usize, String, Complaints)>;

/// Most values by which a point is described.
const MOST_VALUES: usize = 8;
/// Most invalid points that are reported.
const FEW: usize = 5;
/// Points that are checked before it is seen whether that many were invalid.
const TOGETHER: usize = 256;

impl Sweep {
    /// Makes the points and checks each of them with so many threads.
    pub fn new(file: SweepFile, threads: usize) -> Result<Sweep, Invalid> {
        let points = design::points(&file);
        Sweep::at(file, points, threads)
    }

    /// A sweep with these points: a value for each axis, empty where it stays as it is. Checks them.
    pub fn at(file: SweepFile, points: Vec<Vec<String>>, threads: usize) -> Result<Sweep, Invalid> {
        let points = points.into_iter().map(|values| Point { values }).collect();
        let sweep = Sweep { file, points };
        let all = sweep.points.len();
        let wrong = |index: usize| {
            let complaints = sweep.file.source.check(&sweep.changes(index)).err()?;
            Some((index + 1, sweep.describe(index), complaints))
        };
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads.clamp(1, all.max(1))).build();
        let mut invalid = Invalid::new();
        for first in (0..all).step_by(TOGETHER) {
            let some = first..all.min(first + TOGETHER);
            match &pool {
                Ok(pool) => {
                    invalid.par_extend(pool.install(|| some.into_par_iter().filter_map(wrong)));
                }
                Err(_) => invalid.extend(some.filter_map(wrong)),
            }
            if invalid.len() >= FEW {
                invalid.truncate(FEW);
                break;
            }
        }
        if invalid.is_empty() { Ok(sweep) } else { Err(invalid) }
    }

    /// The scenario of a point, by its index from 0.
    pub fn scenario(&self, index: usize) -> Result<Scenario, Complaints> {
        self.file.source.scenario(&self.changes(index))
    }

    /// What makes a point of the base.
    fn changes(&self, index: usize) -> Vec<Override> {
        self.file.overrides(&self.points[index].values)
    }

    /// The values of a point in words.
    pub fn describe(&self, index: usize) -> String {
        let axes = self.file.axes.iter().zip(&self.points[index].values);
        let all: Vec<_> = axes.filter(|(_, v)| !v.is_empty()).collect();
        let mut words: Vec<String> =
            all.iter().take(MOST_VALUES).map(|(a, v)| format!("{} = {v}", a.key)).collect();
        if all.len() > MOST_VALUES {
            words.push(format!("and {} more", all.len() - MOST_VALUES));
        }
        words.join(", ")
    }

    /// Whether points are played until an estimate is precise.
    pub fn wants_precision(&self) -> bool {
        matches!(self.file.base.replications.stop, Stop::Precision(_))
    }

    /// Plays the points with these indices; `found` takes each with its scenario as it is finished, in
    /// any order and in the thread that played it, and may stop the sweep with an error.
    pub fn play<E: Send>(
        &self,
        indices: &[usize],
        options: &SweepOptions<'_>,
        found: impl Fn(usize, &Scenario, Part) -> Result<(), E> + Sync,
    ) -> Result<(), SweepFailure<E>> {
        let outer = options.threads.clamp(1, indices.len().max(1));
        let inner = (options.threads / outer).max(1);
        let next = AtomicUsize::new(0);
        let first_failure: Mutex<Option<SweepFailure<E>>> = Mutex::new(None);
        let fail = |failure: SweepFailure<E>| {
            let mut first = first_failure.lock().unwrap_or_else(|e| e.into_inner());
            first.get_or_insert(failure);
        };
        let failed = || first_failure.lock().unwrap_or_else(|e| e.into_inner()).is_some();
        let work = || {
            while let Some(&index) = indices.get(next.fetch_add(1, Ordering::Relaxed)) {
                if failed() {
                    return;
                }
                let done = self.play_one(index, inner, options).and_then(|(scenario, part)| {
                    found(index, &scenario, part).map_err(SweepFailure::Taker)
                });
                if let Err(failure) = done {
                    return fail(failure);
                }
            }
        };
        if outer == 1 {
            work();
        } else {
            std::thread::scope(|scope| {
                (0..outer).for_each(|_| {
                    scope.spawn(work);
                });
            });
        }
        match first_failure.into_inner().unwrap_or_else(|e| e.into_inner()) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    fn play_one<E>(
        &self,
        index: usize,
        threads: usize,
        options: &SweepOptions<'_>,
    ) -> Result<(Scenario, Part), SweepFailure<E>> {
        let is_set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        if is_set(options.stop) || is_set(options.cancel) {
            return Err(SweepFailure::Run(index, Failure::Cancelled));
        }
        let scenario = self.scenario(index).map_err(|c| SweepFailure::Invalid(index, c))?;
        let format = options.format.map(|make| make(&scenario));
        let run = Options {
            threads,
            replications: None,
            rows: match format.as_deref() {
                None => Rows::None,
                Some(format) if options.all_rows => Rows::Kept(format),
                Some(format) => Rows::Few(format),
            },
            progress: options.progress,
            cancel: options.cancel,
            wants: options.wants,
        };
        let part = run_part_following(&scenario, options.shard, run, options.follow);
        part.map(|part| (scenario, part)).map_err(|f| SweepFailure::Run(index, f))
    }
}

/// Why a sweep was not played to its end.
#[derive(Debug)]
pub enum SweepFailure<E> {
    /// A point failed, or all were stopped.
    Run(usize, Failure),
    /// A point is no valid scenario any more: a file that it names has changed.
    Invalid(usize, Complaints),
    /// Whoever takes the points failed.
    Taker(E),
}
