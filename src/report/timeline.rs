//! `timeline.csv`: levels over time.

use super::columns::{Declared, declared, header};
use super::field::{harmless, instant_text, number, table};
use crate::experiment::Outcome;
use crate::kernel::time::Calendar;
use crate::measure;

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

/// The table.
pub fn bytes(outcome: &Outcome, calendar: Calendar) -> Vec<u8> {
    let rows = measure::timeline(&outcome.total, &outcome.book);
    let rows = rows.iter().map(|row| {
        [
            instant_text(calendar, row.from),
            instant_text(calendar, row.to),
            row.what.to_string(),
            harmless(&row.place).into_owned(),
            number(Some(row.mean)),
            number(row.p95),
            number(row.p99),
            row.worst.to_string(),
        ]
    });
    table(header(columns()), rows)
}
