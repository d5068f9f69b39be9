//! What a run found, complete and in memory: all that reports are allowed to see.

use super::longest::Longest;
use super::rows::FormattedRows;
use crate::kernel::time::{SimTime, Span};
use crate::measure::metric::{Made, Scopes};
use crate::measure::rows::Rows;
use crate::measure::tally::count;
use crate::measure::{Book, Drill, Estimate, Judgement, Metric, Total, estimate};
use std::ops::Range;
use std::sync::Arc;

/// How zone and region outages were drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum EnvironmentUsed {
    /// As they come.
    Natural,
    /// Replications without and with at least one, apart, weighted by these probabilities.
    Stratified([f64; 2]),
}

impl EnvironmentUsed {
    /// As scenarios spell it.
    pub fn word(self) -> &'static str {
        match self {
            EnvironmentUsed::Natural => "natural",
            EnvironmentUsed::Stratified(_) => "stratified",
        }
    }
}

/// What a run found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Static facts of the fleet: scopes, groups, months.
    pub book: Arc<Book>,
    /// Sums over all replications.
    pub total: Total,
    /// Every metric in every scope.
    pub estimates: Vec<Estimate>,
    /// The expectations of the scenario, in file order, with their text.
    pub judgements: Vec<(String, Judgement)>,
    /// The objectives of groups, held against the result.
    pub objectives: Vec<(String, Judgement)>,
    /// Replications played.
    pub replications: u64,
    /// How zone and region outages were drawn.
    pub environment: EnvironmentUsed,
    /// Whether the precision that was asked for was reached; none where a count was asked for.
    pub precision_reached: Option<bool>,
    /// Events taken from event lists.
    pub events: u64,
    /// Running digest of all events, cells in index order.
    pub digest: u64,
    /// Incidents seen, over all replications, other tenants' left out.
    pub incidents: u64,
    /// Unplanned ones of them that the end of the play cut, and all unplanned ones.
    pub cut: (u64, u64),
    /// Cells of the fleet.
    pub cells: usize,
    /// The rows of incidents as they were formatted, if they were kept in memory.
    pub rows: RowsKept,
    /// What drills did in replication 0; empty without drills or a time line.
    pub drill: Drill,
    /// Shares of servers with a loss in the play, by scope, where it is a drill below a year: stretched to a
    /// year they tell nothing. Else empty.
    pub losses_of_play: Vec<Estimate>,
    /// What a person should know before believing the result.
    pub warnings: Vec<String>,
}

/// The share of servers with a loss in the play.
static LOSS: Metric = Metric {
    name: "loss_share",
    unit: "share",
    made: Made::Share { of: count::LOSS_SERVERS },
    scopes: Scopes::Servers,
};

/// See [`Outcome::losses_of_play`].
pub(super) fn losses_of_play(total: &Total, book: &Book) -> Vec<Estimate> {
    if !is_short_drill(book) {
        return Vec::new();
    }
    let scopes = book.scopes.iter().enumerate().filter(|(_, s)| LOSS.scopes.hold(s.kind));
    scopes.map(|(index, _)| estimate(total, book, index, &LOSS)).collect()
}

/// Whether something is struck on purpose, in less than a year.
fn is_short_drill(book: &Book) -> bool {
    !book.strikes.is_empty() && book.years() < 1.0
}

/// What became of the rows of incidents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RowsKept {
    /// Not wanted.
    None,
    /// There were more than are kept unasked.
    TooMany,
    /// All of them, formatted.
    Here(Vec<u8>),
    /// All of them, written where the caller said; and where the longest stand in what was written.
    Written(Longest),
}

/// Where the rows of one cell of one replication come from: what a formatter needs beside them.
#[derive(Clone, Copy, Debug)]
pub struct RowsFrom<'a> {
    /// Replication, from 0.
    pub replication: u64,
    /// Its weight among all replications (the strata's probability over their counts); 1 if natural.
    pub weight: f64,
    /// The cell.
    pub cell: &'a crate::model::layout::Cell,
}

/// Formats the rows of incidents: called in the workers, for some rows of one cell after another.
pub trait RowFormat: Sync {
    /// Appends some of the rows of one cell.
    fn format(&self, from: RowsFrom<'_>, rows: &Rows, range: Range<usize>, out: &mut FormattedRows);
}

/// How precise a run is so far.
#[derive(Clone, PartialEq, Debug)]
pub struct Look {
    /// The estimate that a precision is wanted of; the unavailability of the fleet if none is.
    pub estimate: Estimate,
    /// Half of its interval, in its unit.
    pub half_width: Option<f64>,
    /// Half of the interval that is wanted, in the same unit; none if a count is played.
    pub wanted: Option<f64>,
}

/// Hears how a run comes along.
pub trait Progress: Sync {
    /// So many of so many cells have been played; `simulated` is the server time behind it. With a
    /// precision target the second number is what will probably be needed.
    fn advanced(&self, done: u64, of: u64, simulated: Span);

    /// Whether anybody wants to hear of interim estimates of a run with a fixed count.
    fn listens(&self) -> bool {
        false
    }

    /// Hears an interim estimate.
    fn looked(&self, _: &Look) {}
}

/// Says nothing.
#[derive(Clone, Copy, Default, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn advanced(&self, _: u64, _: u64, _: Span) {}
}

impl Outcome {
    /// The end of the play.
    pub fn horizon(&self) -> SimTime {
        self.book.horizon
    }

    /// Whether something is struck on purpose, in less than a year: what it does is not to come every so
    /// often, so rates of a year tell nothing.
    pub fn is_short_drill(&self) -> bool {
        is_short_drill(&self.book)
    }

    /// The estimate of a metric in a scope, if there is one.
    pub fn estimate(
        &self,
        kind: crate::measure::Kind,
        name: &str,
        metric: &str,
    ) -> Option<&Estimate> {
        self.estimates.iter().find(|e| e.scope == kind && e.name == name && e.metric == metric)
    }
}
