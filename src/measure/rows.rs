//! One row an incident, complete by itself, in a compact buffer.

use super::tally::PHASES;
use crate::model::fault::Cause;
use crate::model::record::{Incident, Phase, RecoveryPath};

/// An incident as a row.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Number of the server in its cell.
    pub server: u32,
    /// Start, us from the start of the play.
    pub from: u64,
    /// End or horizon, us.
    pub to: u64,
    /// Whether the horizon cut it.
    pub censored: bool,
    /// Cause of the first blocker.
    pub cause: Cause,
    /// How it ended.
    pub path: Option<RecoveryPath>,
    /// What had taken redundancy before.
    pub at_risk_because: Option<Cause>,
    /// Committed time lost, us.
    pub loss: Option<u64>,
    /// Clock minutes that the contract counts.
    pub sla_minutes: u32,
    /// Where its stretches stand among those of all rows: first, and how many.
    stretches: (u32, u16),
}

/// A stretch of an incident.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Its length, us.
    pub length: u64,
    /// Its phase.
    pub phase: Phase,
    /// Its charged cause.
    pub cause: Cause,
    /// Whether it is a normal step of planned work.
    pub planned: bool,
}

/// What the stretches of an incident add up to.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Parts {
    /// Normal steps of planned work, us.
    pub planned: u64,
    /// By phase, us.
    pub phases: [u64; PHASES],
    /// Charged causes in order, each with its microseconds.
    pub charged: Vec<(Cause, u64)>,
}

impl Parts {
    /// Adds the stretches of an incident up; what was there before is forgotten.
    pub fn add_up(&mut self, stretches: &[Stretch]) {
        self.charged.clear();
        (self.planned, self.phases) = (0, [0; PHASES]);
        for stretch in stretches {
            self.phases[stretch.phase as usize] += stretch.length;
            self.planned += if stretch.planned { stretch.length } else { 0 };
            match self.charged.iter_mut().find(|c| c.0 == stretch.cause) {
                Some(charged) => charged.1 += stretch.length,
                None => self.charged.push((stretch.cause, stretch.length)),
            }
        }
    }
}

/// Rows of a cell.
#[derive(Clone, Default, Debug)]
pub struct Rows {
    rows: Vec<Row>,
    stretches: Vec<Stretch>,
    /// Start, server and place of each row, as one number; in order once sorted.
    order: Vec<u128>,
}

impl Rows {
    /// Adds an incident with the minutes that the contract counts of it.
    pub fn push(&mut self, incident: &Incident<'_>, sla_minutes: u32) {
        let first = self.stretches.len();
        self.stretches.extend(incident.segments.iter().map(|s| Stretch {
            length: s.length().0,
            phase: s.phase,
            cause: s.cause,
            planned: s.planned,
        }));
        let place = self.rows.len() as u128;
        let start = u128::from(incident.from.0) << 64 | u128::from(incident.server) << 32;
        self.order.push(start | place);
        self.rows.push(Row {
            server: incident.server,
            from: incident.from.0,
            to: incident.to.0,
            censored: incident.censored,
            cause: incident.cause,
            path: incident.path,
            at_risk_because: incident.at_risk_because,
            loss: incident.loss_window.map(|l| l.0),
            sla_minutes,
            stretches: (first as u32, incident.segments.len() as u16),
        });
    }

    /// Sorts by start and server: records of several servers come in no order.
    pub fn sort(&mut self) {
        self.order.sort_unstable();
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.stretches.clear();
        self.order.clear();
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.range(0..self.len())
    }

    /// Some of the rows.
    pub fn range(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = &Row> {
        self.order[range].iter().map(|&key| &self.rows[key as u32 as usize])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The stretches of a row in order; never none.
    #[inline]
    pub fn stretches(&self, row: &Row) -> &[Stretch] {
        let (first, many) = (row.stretches.0 as usize, usize::from(row.stretches.1));
        &self.stretches[first..first + many]
    }
}
