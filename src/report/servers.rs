//! `servers.csv`: a row a server, over all replications.

use super::columns::{Declared, declared, header};
use super::field::{Name, number, table, uint};
use crate::experiment::Outcome;
use crate::measure;
use std::io::{self, Write};

/// Bytes that are written at once.
const PIECE: usize = 1 << 16;

/// Its columns.
pub fn columns() -> Vec<Declared> {
    declared(&[
        ("server", "", "`group/number`, numbers from 1"),
        ("group", "", "its group"),
        ("region", "", "its region"),
        ("zone", "", "zone where it starts, from 1"),
        ("standby", "", "the standby that was bought: none, same-zone, zone-redundant"),
        ("availability", "share", "serving time over agreed time; empty if it was never there"),
        ("incidents_per_year", "1/y", "incidents, planned ones too"),
        (
            "worst_month",
            "share",
            "contract availability of its worst whole month, mean over replications that have one; empty without",
        ),
        ("sla_breaches", "months", "months below the contract's target, mean over replications"),
    ])
}

/// Writes the table, piece by piece and by hand: there may be millions of rows.
pub fn write(outcome: &Outcome, to: &mut dyn Write) -> io::Result<()> {
    let book = &outcome.book;
    let groups: Vec<Name> = book.groups.iter().map(|g| Name::new(&g.name)).collect();
    let regions: Vec<Name> = book.regions.iter().map(|r| Name::new(&r.0)).collect();
    let mut out = table(header(columns()), std::iter::empty::<[&str; 0]>());
    for row in measure::servers(&outcome.total, book) {
        let row = row?;
        groups[row.group].numbered(&mut out, row.number + 1);
        out.push(b',');
        groups[row.group].field(&mut out);
        out.push(b',');
        regions[row.region].field(&mut out);
        out.push(b',');
        uint(&mut out, row.zone + 1);
        out.push(b',');
        out.extend_from_slice(book.groups[row.group].standby.word().as_bytes());
        let numbers = [
            row.availability,
            Some(row.incidents_per_year),
            row.worst_month,
            Some(row.sla_breaches),
        ];
        for value in numbers {
            out.push(b',');
            out.extend_from_slice(number(value).as_bytes());
        }
        out.push(b'\n');
        if out.len() >= PIECE {
            to.write_all(&out)?;
            out.clear();
        }
    }
    to.write_all(&out)
}
