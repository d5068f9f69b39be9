//! `estimates.csv`: every metric in every scope.

use super::columns::{Declared, declared, header};
use super::field::{harmless, number, table};
use crate::experiment::Outcome;
use crate::measure::Estimate;

/// Its columns.
pub fn columns() -> Vec<Declared> {
    declared(&[
        ("scope", "", "kind of scope: fleet, group, region, zone, standby, cause, service"),
        ("name", "", "name of the scope; a zone is `region/number`"),
        ("metric", "", "what is estimated"),
        (
            "value",
            "see `unit`",
            "the estimate; empty where no event was seen: the interval bounds it",
        ),
        ("std_error", "see `unit`", "standard error"),
        ("ci_low", "see `unit`", "lower end of the interval of 95 %"),
        ("ci_high", "see `unit`", "upper end of the interval of 95 %"),
        ("unit", "", "unit of the four columns before; a share is from 0 to 1"),
        ("replications", "", "replications behind it"),
        ("method", "", "how it was made, and what to beware of"),
    ])
}

/// The fields of one, in the order of the columns.
pub fn fields(e: &Estimate) -> [String; 10] {
    [
        e.scope.word().to_string(),
        harmless(&e.name).into_owned(),
        e.metric.to_string(),
        number(e.value),
        number(e.std_error),
        number(e.ci_low),
        number(e.ci_high),
        e.unit.to_string(),
        e.replications.to_string(),
        e.method.clone(),
    ]
}

/// The table.
pub fn bytes(outcome: &Outcome) -> Vec<u8> {
    table(header(columns()), outcome.estimates.iter().map(fields))
}
