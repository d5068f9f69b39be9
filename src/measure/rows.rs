//! One row an incident, complete by itself, in a compact buffer.

use super::tally::PHASES;
use crate::model::fault::Cause;
use crate::model::record::{Incident, Phase, RecoveryPath};

/// An incident as a row.
#[derive(Clone, Copy, PartialEq, Debug)]
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
    /// Its only stretch but for the length, which is that of the incident; of several the first.
    phase: Phase,
    charged: Cause,
    planned: bool,
    /// How many stretches it has; where they stand among those of all rows, if there are several.
    stretches: (u32, u32),
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

/// The stretches of an incident in order; never none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Course<'a> {
    /// It is all of one.
    Single(Stretch),
    /// Several.
    Several(&'a [Stretch]),
}

impl Course<'_> {
    /// How many there are.
    #[inline]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        match self {
            Course::Single(_) => 1,
            Course::Several(all) => all.len(),
        }
    }
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
    pub fn add_up(&mut self, course: Course<'_>) {
        let stretches = match &course {
            Course::Single(only) => std::slice::from_ref(only),
            Course::Several(all) => all,
        };
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
    /// Start, server and place of each row as one number, in order, once they are sorted.
    order: Vec<u128>,
    /// While they are sorted: where the rows of each slice of time end.
    ends: Vec<u32>,
}

impl Rows {
    /// Adds an incident with the minutes that the contract counts of it.
    pub fn push(&mut self, incident: &Incident<'_>, sla_minutes: u32) {
        let first = self.stretches.len();
        let opening = &incident.segments[0];
        if incident.segments.len() > 1 {
            self.stretches.extend(incident.segments.iter().map(|s| {
                let (length, phase, cause, planned) = (s.length().0, s.phase, s.cause, s.planned);
                Stretch { length, phase, cause, planned }
            }));
        }
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
            phase: opening.phase,
            charged: opening.cause,
            planned: opening.planned,
            stretches: (incident.segments.len() as u32, first as u32),
        });
    }

    /// Sorts by start and server: records of several servers come in no order.
    ///
    /// Time is cut into as many slices as there are rows: rows are put into their slices, and few are left
    /// to be sorted in each.
    pub fn sort(&mut self) {
        let key = |(place, row): (usize, &Row)| {
            u128::from(row.from) << 64 | u128::from(row.server) << 32 | place as u128
        };
        let last = self.rows.iter().map(|row| row.from).max().unwrap_or(0);
        let shift = (last / (self.rows.len() as u64 + 1)).checked_ilog2().map_or(0, |log| log + 1);
        let slice = |row: &Row| (row.from >> shift) as usize;
        // First how many rows each slice has, then where they begin, and at last where they end.
        self.ends.clear();
        self.ends.resize((last >> shift) as usize + 1, 0);
        self.rows.iter().for_each(|row| self.ends[slice(row)] += 1);
        let mut before = 0;
        for end in &mut self.ends {
            before += std::mem::replace(end, before);
        }
        // Each of its places is written to.
        self.order.resize(self.rows.len(), 0);
        for (place, row) in self.rows.iter().enumerate() {
            let end = &mut self.ends[slice(row)];
            self.order[*end as usize] = key((place, row));
            *end += 1;
        }
        let mut first = 0;
        for &end in &self.ends {
            self.order[first..end as usize].sort_unstable();
            first = end as usize;
        }
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.stretches.clear();
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.range(0..self.len())
    }

    /// Some of the rows.
    fn range(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = &Row> {
        self.order[range].iter().map(|&key| &self.rows[key as u32 as usize])
    }

    /// A copy of some of the rows and their stretches, one after the other: sorted rows lie in no order,
    /// and many of them are waited for at once.
    pub fn piece(&self, range: std::ops::Range<usize>) -> Piece {
        let mut rows: Vec<Row> = self.range(range).copied().collect();
        let mut stretches = Vec::with_capacity(2 * rows.len());
        for row in rows.iter_mut().filter(|row| row.stretches.0 > 1) {
            let (many, first) = (row.stretches.0 as usize, row.stretches.1 as usize);
            row.stretches.1 = stretches.len() as u32;
            stretches.extend_from_slice(&self.stretches[first..first + many]);
        }
        Piece { rows, stretches }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Some rows of a cell, in order.
#[derive(Clone, Debug)]
pub struct Piece {
    rows: Vec<Row>,
    stretches: Vec<Stretch>,
}

impl Piece {
    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The stretches of one of its rows.
    #[inline]
    pub fn course(&self, row: &Row) -> Course<'_> {
        let (many, first) = (row.stretches.0 as usize, row.stretches.1 as usize);
        if many == 1 {
            let (length, phase) = (row.to - row.from, row.phase);
            return Course::Single(Stretch {
                length,
                phase,
                cause: row.charged,
                planned: row.planned,
            });
        }
        Course::Several(&self.stretches[first..first + many])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::SimTime;
    use crate::model::record::Segment;

    /// A server that stays away for years may come from one phase to another at every strike.
    #[test]
    fn an_incident_of_very_many_stretches_is_kept_whole() {
        for many in [1u64, 2, 65_536, 65_537, 70_000] {
            let segments: Vec<Segment> = (0..many)
                .map(|n| Segment {
                    from: SimTime(n),
                    to: SimTime(n + 1),
                    phase: if n % 2 == 0 { Phase::Restart } else { Phase::Waiting },
                    cause: Cause::process_crash,
                    connect: true,
                    planned: false,
                })
                .collect();
            let mut rows = Rows::default();
            rows.push(
                &Incident {
                    server: 0,
                    from: SimTime(0),
                    to: SimTime(many),
                    censored: true,
                    cause: Cause::process_crash,
                    path: None,
                    segments: &segments,
                    at_risk_because: None,
                    loss_window: None,
                    copies_lost: false,
                },
                0,
            );
            rows.sort();
            let piece = rows.piece(0..1);
            let row = &piece.rows()[0];
            assert_eq!(piece.course(row).len() as u64, many);
            let mut parts = Parts::default();
            parts.add_up(piece.course(row));
            assert_eq!(parts.phases.iter().sum::<u64>(), many);
            assert_eq!(parts.charged, [(Cause::process_crash, many)]);
        }
    }
}
