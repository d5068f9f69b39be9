//! Levels over time of cells of one region in one replication.
//!
//! Cells that are played one after the other can share them: all that is kept is sums.

use super::book::Book;
use super::calendar::Grid;
use super::line::Line;
use super::spans::Spans;
use crate::model::record::{Gauge, Resource};

/// Number of resources.
const RESOURCES: usize = Resource::ALL.len();

/// Servers down and at risk, and resources.
#[derive(Clone, Default, Debug)]
pub struct Levels {
    pub(super) down: Spans,
    pub(super) at_risk: Spans,
    /// Gauges but the free vCores, by resource.
    gauges: [Line; RESOURCES],
    /// Free vCores by zone.
    vcores_free: Vec<Line>,
    /// Changes for exact peaks, where the fleet is one cell: failovers, vCores queued.
    exact: [Vec<(u64, i32)>; 2],
}

impl Levels {
    /// Back to level zero for ever; keeps the memory.
    pub fn clear(&mut self, grid: &Grid) {
        self.down.clear(grid);
        self.at_risk.clear(grid);
        self.gauges.iter_mut().chain(&mut self.vcores_free).for_each(|line| line.clear(grid));
        self.exact.iter_mut().for_each(Vec::clear);
    }

    /// Changes the level of a resource.
    pub(super) fn gauge(&mut self, book: &Book, gauge: Gauge) {
        let change = i32::try_from(gauge.change).expect("a gauge moves by less than 2^31");
        if book.exact_peaks() {
            match gauge.resource {
                Resource::Failovers => self.exact[0].push((gauge.at.0, change)),
                Resource::VcoresQueued => self.exact[1].push((gauge.at.0, change)),
                _ => {}
            }
        }
        if !book.lines() {
            return;
        }
        let line = match gauge.resource {
            Resource::VcoresFree => {
                let zone = gauge.zone as usize;
                if zone >= self.vcores_free.len() {
                    self.vcores_free.resize(zone + 1, Line::default());
                }
                &mut self.vcores_free[zone]
            }
            other => &mut self.gauges[other as usize],
        };
        line.change(&book.grid, book.horizon, gauge.at, change);
    }

    /// Adds what waits; call it before reading.
    pub(super) fn take(&mut self, book: &Book) {
        self.down.take(book);
        self.at_risk.take(book);
    }

    /// Servers down and at risk, then gauges by resource.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        [self.down.line(), self.at_risk.line()].into_iter().chain(&self.gauges)
    }

    /// Free vCores by zone.
    pub(super) fn vcores_free(&self) -> &[Line] {
        &self.vcores_free
    }

    /// Every change, where the fleet is one cell: servers down, failovers, vCores queued.
    pub(super) fn changes(&self) -> [&[(u64, i32)]; 3] {
        [self.down.changes(), &self.exact[0], &self.exact[1]]
    }
}
