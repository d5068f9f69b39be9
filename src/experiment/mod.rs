//! Experiments: how often the time is played, with how many threads, and what comes out of it.
//!
//! **Invariant.** Results are merged in index order, so the number of threads reaches no byte of them;
//! nor does the number of shards. The terminal, the clock and the formats of result files are not
//! known here.

pub mod compare;
pub mod design;
mod longest;
pub mod outcome;
pub mod part;
mod play;
mod rows;
mod run;
pub mod sensitivity;
pub mod shard;
pub mod sobol;
pub mod sweep;
mod threads;

pub use compare::{CompareOptions, Comparison, Versus, compare};
pub use longest::Longest;
pub use outcome::{
    EnvironmentUsed, Look, Outcome, Progress, RowFormat, RowsFrom, RowsKept, Silent,
};
pub use part::{JoinFailure, Misfit, Part, complete, join, join_of, run_part, series};
pub use rows::FormattedRows;
pub use run::{Failure, Options, Rows, run};
pub use sensitivity::{Findings, Method, Plan, Study, Target};
pub use shard::Shard;
pub use sweep::{Point, Sweep, SweepFailure, SweepOptions};
pub use threads::with_threads;
