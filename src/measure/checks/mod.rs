//! Tests of the whole way from records to estimates.

mod alone;
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
use crate::measure::{Bins, Paired, Replication, Total};
use crate::model::fleet::Fleet;
use crate::model::layout::{Cell, cells};
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

/// Two sides of one book that are played in step; what they take is kept from one play to the next.
struct InStep {
    book: Arc<Book>,
    cell: CellTally,
    sides: [Replication; 2],
    bins: Bins,
}

impl InStep {
    fn new(book: &Arc<Book>) -> InStep {
        let sides = [Replication::new(book), Replication::new(book)];
        InStep { book: book.clone(), cell: CellTally::new(book), sides, bins: Bins::default() }
    }

    /// Plays replications of a cell; `play` is given the replication and the side.
    fn play(
        &mut self,
        cell: &Cell,
        replications: u64,
        play: impl Fn(u64, usize, &mut CellTally),
    ) -> (Total, Total, Paired) {
        let book = &self.book;
        let (mut a, mut b, mut paired) =
            (Total::new(book), Total::new(book), Paired::new(book, book));
        for index in 0..replications {
            for (which, side) in self.sides.iter_mut().enumerate() {
                side.reset(index, 0);
                self.cell.reset(cell);
                play(index, which, &mut self.cell);
                self.cell.finish();
                side.absorb(&mut self.cell);
                side.finish();
            }
            paired.absorb(&self.sides[0], &self.sides[1]);
            a.absorb(&mut self.sides[0], &mut self.bins);
            b.absorb(&mut self.sides[1], &mut self.bins);
        }
        (a, b, paired)
    }
}
