//! From records to estimates: tallies in whole numbers, intervals whose unit is the replication.
//!
//! The way of a number: a [`CellTally`] takes the records of one cell; a [`Replication`] joins the
//! cells in index order; a [`Total`] joins replications, and parts of a run made elsewhere;
//! [`estimates`], [`judge()`], [`timeline()`] and the tables of [`table`] read it.
//!
//! **Invariant.** Up to the total everything is a whole number (or a largest or smallest one), so any
//! grouping gives the same bytes; floats appear when an estimate is read, with `libm` alone. No
//! server of a replication is taken for independent of another one. Missing is `None`, never 0.
//!
//! Absent on purpose: the world and its events, files, text positions, threads.

pub mod book;
pub mod calendar;
pub mod cell;
#[cfg(test)]
mod checks;
pub mod drill;
pub mod estimate;
mod few;
pub mod hist;
mod impossible;
pub mod judge;
pub mod levels;
pub mod line;
pub mod metric;
pub mod moments;
pub mod open;
pub mod paired;
mod peak;
pub mod point;
pub mod quantile;
pub mod replication;
pub mod rest;
pub mod rows;
mod scopes;
pub mod series;
pub mod server;
pub mod service;
pub mod share;
mod skewed;
mod slot;
mod spans;
mod sparse;
pub mod special;
pub mod spread;
mod sum_columns;
mod sum_file;
pub mod sums;
pub mod table;
mod tail;
mod take;
pub mod tally;
#[cfg(test)]
mod testing;
pub mod timeline;
pub mod total;
pub mod unseen;
pub mod watch;
pub mod wide;

pub use crate::kernel::comparison::Op;
pub use book::{Book, Kind, Scope, Wants};
pub use cell::CellTally;
pub use drill::Drill;
pub use estimate::{Estimate, estimate, estimates, scope_estimates};
pub use judge::{Expectation, Judgement, Verdict, judge};
pub use levels::Levels;
pub use metric::{METRICS, Metric};
pub use paired::{Difference, Paired};
pub use replication::Replication;
pub use rest::Rest;
pub use spread::Bins;
pub use table::servers;
pub use tail::{CENSORED, MORE_THAN_THIS, NEVER_ENDED, NEVER_ENDS};
pub use timeline::timeline;
pub use total::Total;
pub use watch::{Watch, WatchError};
