//! A drill: what became of the servers that it took down, stretch by stretch, in one replication.

use super::book::Book;
use super::cell::CellTally;
use crate::model::fault::Cause;
use crate::model::fleet::Fleet;
use crate::model::record::{Incident, Phase};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What begins later than this after the last strike is not of the drill, us.
const AFTER: u64 = 24 * 3_600 * 1_000_000;
/// Most servers of a group that are kept; all are counted.
const OF_GROUP: u64 = 500;
/// Most servers that are kept.
const MOST: usize = 20_000;

/// An outage of one server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outage {
    /// First instant down, us from the start of the play.
    pub from: u64,
    /// Whether the end of the play cut it.
    pub censored: bool,
    /// Phases in order, each with its end, us.
    stretches: Vec<(u8, u64)>,
}

impl Outage {
    fn of(incident: &Incident<'_>) -> Outage {
        let mut stretches: Vec<(u8, u64)> = Vec::new();
        for segment in incident.segments {
            match stretches.last_mut().filter(|s| s.0 == segment.phase as u8) {
                Some(same) => same.1 = segment.to.0,
                None => stretches.push((segment.phase as u8, segment.to.0)),
            }
        }
        Outage { from: incident.from.0, censored: incident.censored, stretches }
    }

    /// First instant up again, or the horizon, us.
    pub fn to(&self) -> u64 {
        self.stretches.last().map_or(self.from, |s| s.1)
    }

    /// Phases with first instant and end, us.
    pub fn stretches(&self) -> impl Iterator<Item = (Phase, u64, u64)> {
        let mut from = self.from;
        self.stretches.iter().map(move |&(phase, to)| {
            let start = std::mem::replace(&mut from, to);
            (Phase::ALL[usize::from(phase)], start, to)
        })
    }
}

/// A server that a drill took down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hit {
    /// Index of its group.
    pub group: u32,
    /// Its number in the group, from 0.
    pub number: u32,
    /// Its outages in order.
    pub outages: Vec<Outage>,
    /// When it served with less redundancy than bought: from, to, us.
    pub at_risk: Vec<(u64, u64)>,
}

/// All servers that the drills of a scenario took down, in the replication that was followed.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Drill {
    /// Those that are kept, in order of cells: at most 500 of a group.
    pub hits: Vec<Hit>,
    /// How many there were, by index of the group.
    pub by_group: BTreeMap<u32, u64>,
}

impl Drill {
    /// Adds a finished cell of the replication that is followed. Cells come in index order.
    pub fn absorb(&mut self, cell: &CellTally) {
        let mut outages: Vec<&(u32, Outage)> = cell.drill.outages.iter().collect();
        outages.sort_by_key(|o| (o.0, o.1.from));
        for own in outages.chunk_by(|a, b| a.0 == b.0) {
            let server = own[0].0;
            let (group, number) = cell.member(server);
            let count = self.by_group.entry(group).or_default();
            *count += 1;
            if *count > OF_GROUP || self.hits.len() >= MOST {
                continue;
            }
            let at_risk = cell.drill.at_risk.iter().filter(|r| r.0 == server);
            let mut at_risk: Vec<(u64, u64)> = at_risk.map(|r| (r.1, r.2)).collect();
            at_risk.sort_unstable();
            let outages = own.iter().map(|o| o.1.clone()).collect();
            self.hits.push(Hit { group, number, outages, at_risk });
        }
    }

    /// Servers that were taken down.
    pub fn servers(&self) -> u64 {
        self.by_group.values().sum()
    }
}

/// What a cell's tally keeps of drills.
#[derive(Clone, Default, Debug)]
pub(super) struct DrillTally {
    /// Whether this replication is followed.
    pub on: bool,
    outages: Vec<(u32, Outage)>,
    at_risk: Vec<(u32, u64, u64)>,
}

impl DrillTally {
    /// Forgets all, and follows or does not.
    pub fn follow(&mut self, on: bool) {
        self.on = on;
        self.outages.clear();
        self.at_risk.clear();
    }

    /// Keeps an incident that a drill charged with something, or that it met.
    pub fn incident(&mut self, book: &Book, incident: &Incident<'_>) {
        let last = book.strikes.last().map_or(0, |s| s.0);
        let charged = incident.segments.iter().any(|segment| {
            book.strikes.iter().any(|&(at, cause)| cause == segment.cause && segment.to.0 > at)
        });
        if charged && incident.from.0 <= last + AFTER {
            self.outages.push((incident.server, Outage::of(incident)));
        }
    }

    /// Keeps a stretch at risk that ends after the first strike.
    pub fn at_risk(&mut self, book: &Book, server: u32, from: u64, to: u64) {
        if book.strikes.first().is_some_and(|s| to > s.0) {
            self.at_risk.push((server, from, to));
        }
    }
}

/// What the drills of a fleet strike, in order of time: when, us, and what is charged.
pub(super) fn strikes(fleet: &Fleet) -> Vec<(u64, Cause)> {
    let mut strikes: Vec<(u64, Cause)> =
        fleet.injections.iter().map(|drill| (drill.at.0, drill.cause)).collect();
    strikes.sort_by_key(|s| s.0);
    strikes
}
