//! Tests of the whole way from records to estimates.

mod contract;
mod coverage;
mod cut;
mod heavy;
mod merging;
mod pairs;
mod records;
mod speed;
mod unseen;

use crate::measure::book::{Book, Kind, Wants};
use crate::measure::cell::CellTally;
use crate::measure::testing::of;
use crate::measure::total::Total;
use crate::model::fleet::Fleet;
use crate::model::layout::cells;
use std::sync::Arc;

/// Plays one replication of a fleet of one cell and gives the finished cell.
fn play(fleet: &Fleet, write: impl Fn(&mut CellTally)) -> CellTally {
    let wants = Wants { rows: true, timeline: true, peaks: true, servers: true };
    let mut cell = CellTally::new(&Arc::new(Book::new(fleet).wanting(wants)));
    cell.reset(&cells(fleet)[0]);
    write(&mut cell);
    cell.finish();
    cell
}

fn fleet_value(total: &Total, book: &Book, metric: &str) -> f64 {
    of(total, book, Kind::Fleet, "", metric).value.unwrap()
}
