//! Experiments: how often the time is played, with how many threads, and what comes out of it.
//!
//! **Invariant.** Results are merged in index order, so the number of threads reaches no byte of them.
//! The terminal, the clock and the formats of result files are not known here.

pub mod outcome;
mod play;
mod run;

pub use outcome::{EnvironmentUsed, Outcome, Progress, RowFormat, RowsFrom, RowsKept, Silent};
pub use run::{Failure, Options, Rows, run};
