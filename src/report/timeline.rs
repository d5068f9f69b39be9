//! `timeline.csv`: levels over time.

use super::columns::{Declared, declared, header};
use super::field::{Name, instant, number, table};
use crate::experiment::Outcome;
use crate::kernel::time::Calendar;
use crate::measure::timeline::levels;
use std::io::{self, Write};

/// Its columns.
pub fn columns() -> Vec<Declared> {
    declared(&[
        ("from", "RFC 3339, UTC", "start of the row"),
        ("to", "RFC 3339, UTC", "end of the row"),
        (
            "what",
            "",
            "servers_down, at_risk (servers), vcores_free, vcores_queued, failovers, ring_queued \
             (failovers that wait for the control ring), restores; a level that never changed has no rows",
        ),
        ("place", "", "`region/zone` for vcores_free; empty for the fleet"),
        ("mean", "see `what`", "mean over the row and over replications"),
        (
            "p95",
            "see `what`",
            "largest level of the row that 5 % of replications exceed; empty for vcores_free",
        ),
        ("p99", "see `what`", "the same for 1 % of replications"),
        ("worst", "see `what`", "largest level over replications; the smallest for vcores_free"),
    ])
}

/// Writes the table, level after level and by hand: large fleets have a hundred thousand rows.
pub fn write(outcome: &Outcome, calendar: Calendar, to: &mut dyn Write) -> io::Result<()> {
    let book = &outcome.book;
    let mut out = table(header(columns()), std::iter::empty::<[&str; 0]>());
    for level in levels(&outcome.total, book) {
        let place = Name::new(&level.place);
        for row in level.rows(book) {
            instant(&mut out, calendar.unix_micros(row.from));
            out.push(b',');
            instant(&mut out, calendar.unix_micros(row.to));
            out.push(b',');
            out.extend_from_slice(row.what.as_bytes());
            out.push(b',');
            place.field(&mut out);
            for value in [Some(row.mean), row.p95, row.p99] {
                out.push(b',');
                out.extend_from_slice(number(value).as_bytes());
            }
            writeln!(out, ",{}", row.worst)?;
        }
        to.write_all(&out)?;
        out.clear();
    }
    to.write_all(&out)
}
