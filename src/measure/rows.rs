//! One row an incident, complete by itself, in a compact buffer.

use super::tally::PHASES;
use crate::model::fault::Cause;
use crate::model::record::{Incident, RecoveryPath};

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
    /// Normal steps of planned work, us.
    pub planned: u64,
    /// By phase, us.
    pub phases: [u64; PHASES],
    /// Committed time lost, us.
    pub loss: Option<u64>,
    /// Clock minutes that the contract counts.
    pub sla_minutes: u32,
    /// Where its charged causes stand in [`Rows::charged`]: first, and how many.
    charged: (u32, u16),
}

/// Rows of a cell.
#[derive(Clone, Default, Debug)]
pub struct Rows {
    rows: Vec<Row>,
    charged: Vec<(Cause, u64)>,
}

impl Rows {
    /// Adds an incident with the minutes that the contract counts of it.
    pub fn push(&mut self, incident: &Incident<'_>, sla_minutes: u32) {
        let first = self.charged.len();
        let mut phases = [0; PHASES];
        let mut planned = 0;
        for segment in incident.segments {
            let length = segment.length().0;
            phases[segment.phase as usize] += length;
            planned += if segment.planned { length } else { 0 };
            match self.charged[first..].iter_mut().find(|c| c.0 == segment.cause) {
                Some(charged) => charged.1 += length,
                None => self.charged.push((segment.cause, length)),
            }
        }
        self.rows.push(Row {
            server: incident.server,
            from: incident.from.0,
            to: incident.to.0,
            censored: incident.censored,
            cause: incident.cause,
            path: incident.path,
            at_risk_because: incident.at_risk_because,
            planned,
            phases,
            loss: incident.loss_window.map(|l| l.0),
            sla_minutes,
            charged: (first as u32, (self.charged.len() - first) as u16),
        });
    }

    /// Sorts by start and server: records of several servers come in no order.
    pub fn sort(&mut self) {
        self.rows.sort_unstable_by_key(|r| (r.from, r.server));
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.charged.clear();
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Charged causes of a row in order, each with its microseconds.
    pub fn charged(&self, row: &Row) -> &[(Cause, u64)] {
        let (first, many) = (row.charged.0 as usize, usize::from(row.charged.1));
        &self.charged[first..first + many]
    }
}
