//! One replication: cells joined in index order, then services, peaks and the sums of every scope.

use super::book::{Book, Parts};
use super::cell::{CellTally, ServiceEdge};
use super::hist::Hist;
use super::levels::Levels;
use super::line::{Line, LineRow};
use super::moments::Moments;
use super::peak::exact_peak;
use super::service;
use super::tally::count::{self, COUNT};
use super::tally::{PATHS, PHASES, Sum, Tally, add};
use super::watch::{Over, Passes};
use crate::model::fault::Cause;
use crate::model::record::Resource;
use std::sync::Arc;

/// Free vCores of a zone, by row: integral and least level.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct ZoneFree {
    /// Region and zone.
    pub zone: (usize, u32),
    /// Integral (level times us) and least level of each row.
    pub rows: Vec<(i64, i64)>,
}

/// Sums of one replication. Reset it, absorb its cells in index order, [`Replication::finish`] it.
#[derive(Clone, Debug)]
pub struct Replication {
    pub(super) book: Arc<Book>,
    /// Its number and its stratum.
    pub(super) index: u64,
    pub(super) stratum: usize,
    next_cell: usize,
    pub(super) classes: Vec<Sum>,
    pub(super) causes: Vec<Sum>,
    pub(super) services: Vec<Sum>,
    pub(super) paths: [Hist; PATHS],
    pub(super) path_phases: [[u128; PHASES]; PATHS],
    /// Servers down, at risk, then gauges by resource.
    lines: [Line; 7],
    /// Their rows, once finished; none where the level never changed.
    pub(super) line_rows: [Vec<LineRow>; 7],
    free: (usize, Vec<Line>),
    pub(super) zones_free: Vec<ZoneFree>,
    exact: [Vec<(u64, i32)>; 3],
    edges: Vec<ServiceEdge>,
    pub(super) passes: Vec<Passes>,
    /// Strikes of the environment: region (times 256) and cause.
    pub(super) strikes: Vec<u32>,
    /// Sums of each scope, once finished.
    pub(super) scopes: Vec<[u128; COUNT]>,
    /// Sums of each scope with cells as units; of replication 0 only.
    pub(super) cells: Vec<Moments>,
    finished: bool,
}

/// Position of a gauge among the lines.
pub(super) fn line_of(resource: Resource) -> usize {
    2 + resource as usize
}

impl Replication {
    /// An empty one.
    pub fn new(book: &Arc<Book>) -> Replication {
        Replication {
            book: Arc::clone(book),
            index: 0,
            stratum: 0,
            next_cell: 0,
            classes: vec![Sum::default(); book.classes.len()],
            causes: vec![Sum::default(); Cause::COUNT],
            services: vec![Sum::default(); book.services.len()],
            paths: Default::default(),
            path_phases: [[0; PHASES]; PATHS],
            lines: Default::default(),
            line_rows: Default::default(),
            free: (0, Vec::new()),
            zones_free: Vec::new(),
            exact: Default::default(),
            edges: Vec::new(),
            passes: Vec::new(),
            strikes: Vec::new(),
            scopes: Vec::new(),
            cells: Vec::new(),
            finished: false,
        }
    }

    /// Makes it ready for a replication of a stratum; keeps its memory.
    pub fn reset(&mut self, index: u64, stratum: usize) {
        (self.index, self.stratum, self.next_cell, self.finished) = (index, stratum, 0, false);
        let sums = self.classes.iter_mut().chain(&mut self.causes).chain(&mut self.services);
        sums.for_each(Sum::clear);
        self.paths.iter_mut().for_each(Hist::clear);
        self.path_phases = [[0; PHASES]; PATHS];
        let grid = self.book.grid;
        self.lines.iter_mut().chain(&mut self.free.1).for_each(|l| l.clear(&grid));
        self.line_rows.iter_mut().for_each(Vec::clear);
        self.zones_free.clear();
        self.exact.iter_mut().for_each(Vec::clear);
        self.edges.clear();
        self.passes.clear();
        self.passes.resize(self.book.watched.len(), Passes::default());
        self.strikes.clear();
        self.cells.clear();
        if index == 0 && self.book.cells > 1 {
            self.cells.resize(self.book.scopes.len(), Moments::default());
        }
    }

    /// Tells it the strikes of its environment, each by region and cause.
    pub fn struck(&mut self, strikes: impl Iterator<Item = (usize, Cause)>) {
        self.strikes
            .extend(strikes.map(|(region, cause)| (region as u32) << 8 | u32::from(cause.0)));
    }

    /// Its number.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Its stratum.
    pub fn stratum(&self) -> usize {
        self.stratum
    }

    /// Adds a finished cell, whose histograms it may take. Cells come in index order.
    pub fn absorb(&mut self, cell: &mut CellTally) {
        assert!(cell.finished, "a cell is finished before it is absorbed");
        assert_eq!(cell.cell.0, self.next_cell, "cells are absorbed in index order");
        self.next_cell += 1;
        for local in &mut cell.locals {
            self.classes[local.class as usize].absorb(&mut local.tally);
        }
        for (sum, tally) in self.causes.iter_mut().zip(&mut cell.causes) {
            if touched(tally) {
                sum.absorb(tally);
            }
        }
        for (sum, path) in self.paths.iter_mut().zip(&mut cell.paths) {
            sum.take(path);
        }
        for (sums, phases) in self.path_phases.iter_mut().zip(&cell.path_phases) {
            add(sums, phases.map(u128::from));
        }
        for (sum, passes) in self.passes.iter_mut().zip(&cell.passes) {
            sum.add(passes);
        }
        self.edges.extend_from_slice(&cell.edges);
        self.absorb_levels(&cell.levels, cell.cell.1);
        if !self.cells.is_empty() {
            self.absorb_cell_moments(cell);
        }
    }

    /// Adds levels that cells of a region gave away. Regions come in the order of their cells.
    pub fn absorb_levels(&mut self, levels: &Levels, region: usize) {
        for (sum, changes) in self.exact.iter_mut().zip(levels.changes()) {
            sum.extend_from_slice(changes);
        }
        if !self.book.lines() {
            return;
        }
        let grid = self.book.grid;
        for (sum, line) in self.lines.iter_mut().zip(levels.lines()) {
            sum.absorb(&grid, line);
        }
        if self.free.0 != region {
            self.close_region();
            self.free.0 = region;
        }
        for (zone, line) in levels.vcores_free().iter().enumerate() {
            if zone >= self.free.1.len() {
                self.free.1.push(Line::default());
            }
            self.free.1[zone].absorb(&grid, line);
        }
    }

    /// Cuts the free vCores of the region whose cells are all in into rows.
    fn close_region(&mut self) {
        let (grid, horizon) = (self.book.grid, self.book.horizon);
        for (zone, line) in self.free.1.iter_mut().enumerate() {
            if !line.is_flat() {
                let mut rows = Vec::with_capacity(grid.rows as usize);
                line.rows(&grid, horizon, |row| rows.push((row.integral, row.least)));
                self.zones_free.push(ZoneFree { zone: (self.free.0, zone as u32), rows });
                line.clear(&grid);
            }
        }
    }

    fn absorb_cell_moments(&mut self, cell: &CellTally) {
        let book = Arc::clone(&self.book);
        let agreed: u64 = cell.locals.iter().map(|l| l.tally.c[count::AGREED]).sum();
        let servers: u64 = cell.locals.iter().map(|l| l.servers).sum();
        for (moments, scope) in self.cells.iter_mut().zip(&book.scopes) {
            let mut unit = [0u128; COUNT];
            match &scope.parts {
                Parts::Classes(classes) => {
                    let here = cell.locals.iter().filter(|l| classes.contains(&l.class));
                    here.for_each(|l| add(&mut unit, l.tally.c.map(u128::from)));
                }
                Parts::Cause(cause) => {
                    unit = cell.causes[usize::from(cause.0)].c.map(u128::from);
                    unit[count::AGREED] = u128::from(agreed);
                    unit[count::SERVERS] = u128::from(servers);
                }
                Parts::Service(_) => continue,
            }
            if unit[count::SERVERS] > 0 {
                unit[count::ONE] = 1;
                moments.absorb(&unit);
            }
        }
    }

    /// Sweeps the services, takes the peaks, sums the scopes. Call it once, after the last cell.
    pub fn finish(&mut self) {
        assert!(!self.finished, "a replication is finished once");
        assert_eq!(self.next_cell, self.book.cells, "all cells are absorbed first");
        self.finished = true;
        let book = Arc::clone(&self.book);
        service::sweep(&book, &mut self.edges, &mut self.services, &mut self.passes);
        if book.lines() {
            self.close_region();
            for (rows, line) in self.line_rows.iter_mut().zip(&self.lines) {
                if !line.is_flat() {
                    line.rows(&book.grid, book.horizon, |row| rows.push(row));
                }
            }
        }
        self.scopes = book.scopes.iter().map(|scope| self.sum_of(&scope.parts)).collect();
        let (agreed, servers) = match self.scopes.first() {
            Some(fleet) => (fleet[count::AGREED], fleet[count::SERVERS]),
            None => (0, 0),
        };
        for (sums, scope) in self.scopes.iter_mut().zip(&book.scopes) {
            sums[count::ONE] = 1;
            if matches!(scope.parts, Parts::Cause(_)) {
                sums[count::AGREED] = agreed;
                sums[count::SERVERS] = servers;
            }
        }
        if book.wants.peaks && !self.scopes.is_empty() {
            self.take_peaks(&book);
        }
        for index in 0..book.watched.len() {
            if let Over::Replications(metric) = book.watched[index].over {
                let watched = &book.watched[index];
                let sums = &self.scopes[watched.scope];
                let hist = |of| self.hist(&book.scopes[watched.scope].parts, of);
                let range = super::point::range(metric, sums, hist, &book, watched.scope);
                if let Some((least, most)) = range {
                    let holds = |value| watched.watch.op.holds(value, watched.watch.value);
                    self.passes[index].count((holds(least) == holds(most)).then(|| holds(least)));
                }
            }
        }
    }

    fn take_peaks(&mut self, book: &Book) {
        let lines = [0, line_of(Resource::Failovers), line_of(Resource::VcoresQueued)];
        let counters = [count::PEAK_DOWN, count::PEAK_FAILOVERS, count::PEAK_VCORES_QUEUED];
        for ((line, counter), exact) in lines.into_iter().zip(counters).zip(&mut self.exact) {
            let peak = if book.exact_peaks() {
                exact_peak(exact)
            } else {
                self.line_rows[line].iter().map(|row| row.most).max().unwrap_or(0)
            };
            self.scopes[0][counter] = peak.max(0) as u128;
        }
    }

    fn sum_of(&self, parts: &Parts) -> [u128; COUNT] {
        match parts {
            Parts::Classes(classes) => {
                let mut sums = [0; COUNT];
                classes.iter().for_each(|&c| add(&mut sums, self.classes[c as usize].c));
                sums
            }
            Parts::Cause(cause) => self.causes[usize::from(cause.0)].c,
            Parts::Service(index) => self.services[*index].c,
        }
    }

    /// A histogram of a scope.
    pub(super) fn hist(&self, parts: &Parts, of: super::metric::Of) -> Hist {
        let mut all = Hist::default();
        self.parts(parts).for_each(|sum| all.merge(super::point::pick(sum, of)));
        all
    }

    /// The sums that a scope is made of.
    pub(super) fn parts<'a>(&'a self, parts: &'a Parts) -> Box<dyn Iterator<Item = &'a Sum> + 'a> {
        match parts {
            Parts::Classes(classes) => Box::new(classes.iter().map(|&c| &self.classes[c as usize])),
            Parts::Cause(cause) => Box::new(std::iter::once(&self.causes[usize::from(cause.0)])),
            Parts::Service(index) => Box::new(std::iter::once(&self.services[*index])),
        }
    }

    /// Sums of a scope by counter (see [`count`]), for paired comparisons.
    pub fn sums(&self, scope: usize) -> &[u128; COUNT] {
        &self.scopes[scope]
    }

    /// Value of a metric in a scope in this replication alone, in the metric's unit.
    pub fn value(&self, scope: usize, metric: &super::metric::Metric) -> Option<f64> {
        let hist = |of| self.hist(&self.book.scopes[scope].parts, of);
        super::point::value(metric, &self.scopes[scope], hist, &self.book, scope)
    }
}

fn touched(tally: &Tally) -> bool {
    tally.c.iter().any(|&c| c != 0)
}
