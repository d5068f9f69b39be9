//! All replications: streaming, in memory that does not grow with them, mergeable to the very bytes.
//!
//! Invariant: everything in a [`Total`] is a whole number or a largest or smallest one, so that
//! absorbing in any grouping, in one process or in shards, ends in the same state.

use super::book::{Book, Parts};
use super::cell::{CellTally, Off};
use super::hist::Hist;
use super::metric::Of;
use super::moments::{Moments, PairMoments};
use super::point::pick;
use super::replication::Replication;
use super::spread::{Bins, Spread};
use super::sums::{ServerSum, ServerSums};
use super::tally::Sum;
use super::tally::count::{CENSORED, PEAK_DOWN, PEAK_FAILOVERS, PEAK_VCORES_QUEUED, UNPLANNED};
use super::timeline::Band;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Distributions and plain sums of a class, a cause or a service.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Pool {
    /// Recovery times, us.
    pub recovery: Hist,
    /// Loss windows, us.
    pub loss: Hist,
    /// Unavailability of worst months, 10^-12.
    pub worst: Hist,
    /// Down by phase, us; in the order of `Phase::ALL`.
    pub phases: Vec<u128>,
    /// Incidents by recovery path; in the order of `RecoveryPath::ALL`.
    pub paths: Vec<u64>,
    /// By the cause that opened them: incidents that are not wholly planned, and down in us.
    pub(super) opened: Vec<(u64, u128)>,
}

impl Pool {
    fn absorb(&mut self, sum: &mut Sum) {
        self.recovery.take(&mut sum.recovery);
        self.loss.take(&mut sum.loss);
        self.worst.take(&mut sum.worst);
        plus(&mut self.phases, &sum.phases);
        plus(&mut self.paths, &sum.paths);
        self.open(sum.opened.iter().map(|o| (o.incidents, o.down.into())));
    }

    fn open(&mut self, more: impl ExactSizeIterator<Item = (u64, u128)>) {
        if self.opened.len() < more.len() {
            self.opened.resize(more.len(), (0, 0));
        }
        for (sum, more) in self.opened.iter_mut().zip(more) {
            (sum.0, sum.1) = (sum.0 + more.0, sum.1 + more.1);
        }
    }

    fn merge(&mut self, other: &Pool) {
        self.recovery.merge(&other.recovery);
        self.loss.merge(&other.loss);
        self.worst.merge(&other.worst);
        plus(&mut self.phases, &other.phases);
        plus(&mut self.paths, &other.paths);
        self.open(other.opened.iter().copied());
    }

    /// The histogram that a quantile is of.
    pub fn hist(&self, of: Of) -> &Hist {
        match of {
            Of::Recovery => &self.recovery,
            Of::Loss => &self.loss,
            Of::Worst => &self.worst,
        }
    }
}

fn plus<T: Copy + Default + std::ops::AddAssign>(sum: &mut Vec<T>, other: &[T]) {
    if sum.len() < other.len() {
        sum.resize(other.len(), T::default());
    }
    for (x, &y) in sum.iter_mut().zip(other) {
        *x += y;
    }
}

/// Sections of the sums of a stratum, in the order in which a replication is added: spreads look at
/// histograms before the pools take them. Sums of single servers are no part of it: cells add to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Section {
    Moments,
    Spreads,
    Classes,
    Others,
    Lines,
}

impl Section {
    /// All of them.
    pub const ALL: [Section; 5] =
        [Section::Moments, Section::Spreads, Section::Classes, Section::Others, Section::Lines];
}

/// Sums over the replications of one stratum.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Stratum {
    /// How many replications.
    pub replications: u64,
    /// By scope.
    pub(super) moments: Vec<Moments>,
    /// By scope: recovery times, loss windows, worst months.
    pub(super) spreads: Vec<[Spread; 3]>,
    /// By class, by cause, by service.
    pub(super) classes: Vec<Pool>,
    pub(super) causes: Vec<Pool>,
    pub(super) services: Vec<Pool>,
    /// Recovery times by path, planned ones too.
    pub(super) paths: Vec<Hist>,
    /// Down by phase of the incidents of each path, us.
    pub(super) path_phases: Vec<Vec<u128>>,
    /// By watch: of those that pass, and of those that pass or may pass.
    pub(super) watched: Vec<[PairMoments; 2]>,
    /// Time lines: servers down, at risk, then gauges by resource.
    pub(super) lines: Vec<Band>,
    /// Free vCores by region and zone.
    pub(super) free: BTreeMap<u32, Band>,
    /// By server.
    pub(super) servers: ServerSums,
    /// Time in which servers were stopped or absent, us.
    pub(super) off: BTreeMap<u32, u64>,
    /// Replications in which servers had no agreed minute in a whole month.
    pub(super) monthless: BTreeMap<u32, u64>,
    /// Strikes of the environment by region (times 256) and cause.
    pub(super) strikes: BTreeMap<u32, u64>,
    /// Largest peaks: servers down, failovers, vCores queued.
    pub(super) peaks: [u64; 3],
}

/// Sums over all replications.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Total {
    /// By stratum.
    pub strata: Vec<Stratum>,
    /// By scope, with the cells of replication 0 as units.
    pub(super) cells: Vec<Moments>,
}

pub(super) const OFS: [Of; 3] = [Of::Recovery, Of::Loss, Of::Worst];

impl Total {
    /// An empty one.
    pub fn new(book: &Book) -> Total {
        Total { strata: vec![Stratum::default(); book.strata.len()], cells: Vec::new() }
    }

    /// Replications so far.
    pub fn replications(&self) -> u64 {
        self.strata.iter().map(|s| s.replications).sum()
    }

    /// Unplanned incidents of the fleet that the end of the play cut, and all of them.
    pub fn cut(&self) -> (u64, u64) {
        let sum =
            |k| self.strata.iter().filter_map(|s| Some(s.moments.first()?.sum(k))).sum::<u128>();
        (sum(CENSORED) as u64, sum(UNPLANNED) as u64)
    }

    /// Adds the servers of a finished cell of a replication of that stratum, where they are wanted.
    pub fn absorb_servers(&mut self, cell: &CellTally, stratum: usize) {
        if cell.book.wants.servers {
            self.strata[stratum].absorb_servers(cell);
        }
    }

    /// Why sums of servers are of no use, if they are not.
    pub fn lost_servers(&self) -> Option<&str> {
        self.strata.iter().find_map(|stratum| stratum.servers.lost())
    }

    /// Forgets the sums of servers, which are most of it, once their table is written.
    pub fn forget_servers(&mut self) {
        self.strata.iter_mut().for_each(|stratum| stratum.servers = ServerSums::default());
    }

    /// Adds a finished replication, whose histograms it may take: look at it before.
    pub fn absorb(&mut self, replication: &mut Replication, bins: &mut Bins) {
        Section::ALL
            .into_iter()
            .for_each(|section| self.absorb_section(section, replication, bins));
    }

    /// Adds a section of it; sections come in order.
    pub(super) fn absorb_section(
        &mut self,
        section: Section,
        replication: &mut Replication,
        bins: &mut Bins,
    ) {
        assert!(!replication.scopes.is_empty() || replication.book.scopes.is_empty());
        if section == Section::Moments && !replication.cells.is_empty() {
            merge_all(&mut self.cells, &replication.cells, Moments::merge);
        }
        self.strata[replication.stratum].absorb(section, replication, bins);
    }

    /// Adds the replications of another part of the same run.
    pub fn merge(&mut self, other: &Total) {
        merge_all(&mut self.cells, &other.cells, Moments::merge);
        merge_all(&mut self.strata, &other.strata, Stratum::merge);
    }
}

fn merge_all<T: Clone>(sum: &mut Vec<T>, other: &[T], merge: impl Fn(&mut T, &T)) {
    for (x, y) in sum.iter_mut().zip(other) {
        merge(x, y);
    }
    if sum.len() < other.len() {
        sum.extend_from_slice(&other[sum.len()..]);
    }
}

impl Stratum {
    fn absorb_servers(&mut self, cell: &CellTally) {
        self.servers.resize(cell.book.servers as usize);
        for (first, stretch) in &cell.tables {
            let accounts = &cell.accounts[stretch.start as usize..stretch.end as usize];
            self.servers.add(*first as usize, accounts.iter().map(ServerSum::once));
        }
        for off in cell.off.chunk_by(|a, b| a.server == b.server) {
            let server = off[0].server;
            let stretch = cell.tables.iter().find(|(_, s)| s.contains(&server));
            if let Some((first, stretch)) = stretch {
                let at = first + server - stretch.start;
                *self.off.entry(at).or_default() += off.iter().map(|o| o.length).sum::<u64>();
                if Off::leave_no_month(off, &cell.book.minutes) {
                    *self.monthless.entry(at).or_default() += 1;
                }
            }
        }
    }

    /// Adds a section of a finished replication.
    fn absorb(&mut self, section: Section, replication: &mut Replication, bins: &mut Bins) {
        match section {
            Section::Moments => self.absorb_moments(replication),
            Section::Spreads => self.absorb_spreads(replication, bins),
            Section::Classes => pool(&mut self.classes, &mut replication.classes),
            Section::Others => {
                pool(&mut self.causes, &mut replication.causes);
                pool(&mut self.services, &mut replication.services);
                self.paths.resize_with(replication.paths.len(), Hist::default);
                for (sum, path) in self.paths.iter_mut().zip(&mut replication.paths) {
                    sum.take(path);
                }
                self.path_phases.resize_with(replication.path_phases.len(), Vec::new);
                for (sum, phases) in self.path_phases.iter_mut().zip(&replication.path_phases) {
                    plus(sum, phases);
                }
            }
            Section::Lines => {
                if replication.book.wants.timeline {
                    self.absorb_lines(replication);
                }
            }
        }
    }

    fn absorb_moments(&mut self, replication: &Replication) {
        let book = &replication.book;
        self.replications += 1;
        for &strike in &replication.strikes {
            *self.strikes.entry(strike).or_default() += 1;
        }
        self.moments.resize_with(book.scopes.len(), Moments::default);
        self.watched.resize_with(book.watched.len(), Default::default);
        for (moments, sums) in self.moments.iter_mut().zip(&replication.scopes) {
            moments.absorb(sums);
        }
        for (moments, passes) in self.watched.iter_mut().zip(&replication.passes) {
            let [passed, open, trials] =
                [passes.passed, passes.open, passes.trials].map(u128::from);
            moments[0].absorb(passed, trials);
            moments[1].absorb(passed + open, trials);
        }
        if book.wants.peaks
            && let Some(fleet) = replication.scopes.first()
        {
            let counters = [PEAK_DOWN, PEAK_FAILOVERS, PEAK_VCORES_QUEUED];
            for (most, k) in self.peaks.iter_mut().zip(counters) {
                *most = (*most).max(fleet[k] as u64);
            }
        }
    }

    fn absorb_spreads(&mut self, replication: &Replication, bins: &mut Bins) {
        let book = &replication.book;
        self.spreads.resize_with(book.scopes.len(), Default::default);
        for (position, of) in OFS.into_iter().enumerate() {
            // A class is part of several scopes.
            bins.join(replication.classes.iter().map(|sum| pick(sum, of)));
            for (spreads, scope) in self.spreads.iter_mut().zip(&book.scopes) {
                match &scope.parts {
                    Parts::Classes(classes) => {
                        classes.iter().for_each(|&class| bins.add_part(class as usize));
                    }
                    Parts::Cause(cause) => {
                        bins.add(pick(&replication.causes[usize::from(cause.0)], of));
                    }
                    Parts::Service(index) => bins.add(pick(&replication.services[*index], of)),
                }
                spreads[position].absorb(bins);
            }
        }
    }

    fn absorb_lines(&mut self, replication: &Replication) {
        self.lines.resize_with(replication.line_rows.len(), Band::default);
        for (band, rows) in self.lines.iter_mut().zip(&replication.line_rows) {
            band.absorb(rows);
        }
        for zone in &replication.zones_free {
            let key = (zone.zone.0 as u32) << 8 | zone.zone.1;
            self.free.entry(key).or_default().absorb_least(&zone.rows);
        }
    }

    fn merge(&mut self, other: &Stratum) {
        self.replications += other.replications;
        for (&strike, &count) in &other.strikes {
            *self.strikes.entry(strike).or_default() += count;
        }
        merge_all(&mut self.moments, &other.moments, Moments::merge);
        merge_all(&mut self.spreads, &other.spreads, |x, y| {
            x.iter_mut().zip(y).for_each(|(x, y)| x.merge(y));
        });
        merge_all(&mut self.classes, &other.classes, Pool::merge);
        merge_all(&mut self.causes, &other.causes, Pool::merge);
        merge_all(&mut self.services, &other.services, Pool::merge);
        merge_all(&mut self.paths, &other.paths, Hist::merge);
        merge_all(&mut self.path_phases, &other.path_phases, |x, y| plus(x, y));
        merge_all(&mut self.watched, &other.watched, |x, y| {
            x.iter_mut().zip(y).for_each(|(x, y)| x.merge(y));
        });
        merge_all(&mut self.lines, &other.lines, Band::merge);
        for (&zone, band) in &other.free {
            self.free.entry(zone).or_default().merge(band);
        }
        self.servers.merge(&other.servers);
        for (&server, &off) in &other.off {
            *self.off.entry(server).or_default() += off;
        }
        for (&server, &replications) in &other.monthless {
            *self.monthless.entry(server).or_default() += replications;
        }
        for (most, &peak) in self.peaks.iter_mut().zip(&other.peaks) {
            *most = (*most).max(peak);
        }
    }

    /// Takes a section away, or puts it back: exchanges it with the other's.
    pub(super) fn swap(&mut self, section: Section, other: &mut Stratum) {
        use std::mem::swap;
        match section {
            Section::Moments => {
                swap(&mut self.replications, &mut other.replications);
                swap(&mut self.strikes, &mut other.strikes);
                swap(&mut self.moments, &mut other.moments);
                swap(&mut self.watched, &mut other.watched);
                swap(&mut self.peaks, &mut other.peaks);
            }
            Section::Spreads => swap(&mut self.spreads, &mut other.spreads),
            Section::Classes => swap(&mut self.classes, &mut other.classes),
            Section::Others => {
                swap(&mut self.causes, &mut other.causes);
                swap(&mut self.services, &mut other.services);
                swap(&mut self.paths, &mut other.paths);
                swap(&mut self.path_phases, &mut other.path_phases);
            }
            Section::Lines => {
                swap(&mut self.lines, &mut other.lines);
                swap(&mut self.free, &mut other.free);
            }
        }
    }

    /// The pools that a scope is made of.
    pub(super) fn pools<'a>(&'a self, parts: &'a Parts) -> Vec<&'a Pool> {
        match parts {
            Parts::Classes(classes) => {
                classes.iter().filter_map(|&c| self.classes.get(c as usize)).collect()
            }
            Parts::Cause(cause) => self.causes.get(usize::from(cause.0)).into_iter().collect(),
            Parts::Service(index) => self.services.get(*index).into_iter().collect(),
        }
    }

    /// A histogram of a scope.
    pub(super) fn hist(&self, parts: &Parts, of: Of) -> Hist {
        let mut all = Hist::default();
        self.pools(parts).iter().for_each(|pool| all.merge(pool.hist(of)));
        all
    }
}

fn pool(pools: &mut Vec<Pool>, sums: &mut [Sum]) {
    pools.resize_with(sums.len(), Pool::default);
    for (pool, sum) in pools.iter_mut().zip(sums) {
        pool.absorb(sum);
    }
}
