//! The tally of one cell in one replication: takes records, keeps whole numbers.

use super::book::{Book, Contract, Parts};
use super::hist::Hist;
use super::line::Line;
use super::metric::Of;
use super::rows::Rows;
use super::server::{Account, Mark, Minute};
use super::tally::{PATHS, Tally, count};
use super::watch::{Over, Passes};
use crate::kernel::time::SimTime;
use crate::model::fault::Cause;
use crate::model::layout::Cell;
use crate::model::record::{Gauge, Incident, Interval, RecoveryPath, Resource, Sink, Stall, State};
use std::sync::Arc;

/// A server that never appears in results.
const HIDDEN: u16 = u16::MAX;

/// A class of the cell.
#[derive(Clone, Debug)]
pub(super) struct Local {
    /// Its number in the book.
    pub class: u32,
    /// Its servers in this cell.
    pub servers: u64,
    /// Whether a service needs its group.
    pub group: usize,
    in_service: bool,
    contract: Contract,
    /// What is counted of it.
    pub tally: Tally,
    /// Watches of incidents that look at it.
    watches: Vec<u16>,
}

/// A server of a group that a service needs stops or starts serving.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ServiceEdge {
    /// When, us.
    pub at: u64,
    /// Index of the group.
    pub group: u32,
    /// 1 stops, -1 starts.
    pub change: i32,
}

/// Takes the records of one cell. Reset it, play, [`CellTally::finish`] it, have it absorbed.
#[derive(Clone, Debug)]
pub struct CellTally {
    pub(super) book: Arc<Book>,
    /// Index of the cell and of its region.
    pub(super) cell: (usize, usize),
    class_of: Vec<u16>,
    /// Number in tables of servers of the first server of each stretch, and the stretch.
    pub(super) tables: Vec<(u32, std::ops::Range<u32>)>,
    pub(super) locals: Vec<Local>,
    pub(super) causes: Vec<Tally>,
    cause_watches: Vec<Vec<u16>>,
    /// Recovery times by cause and path, planned ones too; the sums by cause and by path are made
    /// when the cell is finished.
    by_path: Vec<[Hist; PATHS]>,
    /// Recovery times by path.
    pub(super) paths: [Hist; PATHS],
    pub(super) accounts: Vec<Account>,
    /// Time in which a server was stopped or absent, us; a server may have several.
    pub(super) off: Vec<(u32, u64)>,
    pub(super) down: Line,
    pub(super) at_risk: Line,
    /// Gauges but the free vCores, by resource.
    pub(super) gauges: [Line; 5],
    /// Free vCores by zone.
    pub(super) vcores_free: Vec<Line>,
    /// Changes for exact peaks, where the fleet is one cell: down, failovers, vCores queued.
    pub(super) exact: [Vec<(u64, i32)>; 3],
    pub(super) edges: Vec<ServiceEdge>,
    pub(super) passes: Vec<Passes>,
    rows: Rows,
    pub(super) finished: bool,
}

impl CellTally {
    /// An empty one.
    pub fn new(book: &Arc<Book>) -> CellTally {
        CellTally {
            book: Arc::clone(book),
            cell: (0, 0),
            class_of: Vec::new(),
            tables: Vec::new(),
            locals: Vec::new(),
            causes: vec![Tally::default(); Cause::COUNT],
            cause_watches: vec![Vec::new(); Cause::COUNT],
            by_path: vec![Default::default(); Cause::COUNT],
            paths: Default::default(),
            accounts: Vec::new(),
            off: Vec::new(),
            down: Line::default(),
            at_risk: Line::default(),
            gauges: Default::default(),
            vcores_free: Vec::new(),
            exact: Default::default(),
            edges: Vec::new(),
            passes: Vec::new(),
            rows: Rows::default(),
            finished: false,
        }
    }

    /// Makes it ready for a cell; keeps its memory.
    pub fn reset(&mut self, cell: &Cell) {
        let book = Arc::clone(&self.book);
        self.cell = (cell.index, cell.region);
        self.finished = false;
        self.class_of.clear();
        self.class_of.resize(cell.servers as usize, HIDDEN);
        self.accounts.clear();
        self.accounts.resize(cell.servers as usize, Account::default());
        self.tables.clear();
        let mut used = 0;
        for (index, stretch) in cell.stretches.iter().enumerate() {
            if book.groups[stretch.group].hidden {
                continue;
            }
            self.tables.push((book.first_server(cell, index), stretch.servers.clone()));
            let zones = book.regions[cell.region].1 as usize;
            let mut local_of_zone = vec![HIDDEN; zones];
            for (i, server) in stretch.servers.clone().enumerate() {
                let number = stretch.first_in_group + i as u32;
                let zone = book.groups[stretch.group].zone.unwrap_or(number % zones as u32);
                let local = &mut local_of_zone[zone as usize];
                if *local == HIDDEN {
                    let class = book.class_of(stretch.group, number);
                    *local = used as u16;
                    self.set_local(used, class.expect("a group in results has classes"));
                    used += 1;
                }
                self.locals[usize::from(*local)].servers += 1;
                self.class_of[server as usize] = *local;
            }
        }
        self.locals.truncate(used);
        self.clear(&book);
        for local in &mut self.locals {
            let c = &mut local.tally.c;
            c[count::SERVERS] = local.servers;
            c[count::AGREED] = local.servers * book.horizon.0;
            c[count::SLA_AGREED] = local.servers * book.minutes.whole_minutes;
            if local.contract.target > 0.0 {
                c[count::SERVER_MONTHS] = local.servers * u64::from(book.minutes.whole_months);
            }
        }
    }

    fn set_local(&mut self, index: usize, class: u32) {
        let book = Arc::clone(&self.book);
        let group = book.classes[class as usize].group;
        let looks = |w: &super::watch::Watched| {
            matches!((w.over, &book.scopes[w.scope].parts),
                (Over::Incidents(_), Parts::Classes(classes)) if classes.contains(&class))
        };
        let watches = book.watched.iter().enumerate().filter(|(_, w)| looks(w));
        let watches = watches.map(|(i, _)| i as u16).collect();
        let tally = match self.locals.get_mut(index) {
            Some(local) => std::mem::take(&mut local.tally),
            None => Tally::default(),
        };
        let local = Local {
            class,
            servers: 0,
            group,
            in_service: book.groups[group].in_service,
            contract: book.contracts[group],
            tally,
            watches,
        };
        if index < self.locals.len() {
            self.locals[index] = local;
        } else {
            self.locals.push(local);
        }
    }

    fn clear(&mut self, book: &Book) {
        self.locals.iter_mut().for_each(|l| l.tally.clear());
        self.causes.iter_mut().for_each(Tally::clear);
        self.by_path.iter_mut().flatten().for_each(Hist::clear);
        self.paths.iter_mut().for_each(Hist::clear);
        self.off.clear();
        self.edges.clear();
        self.rows.clear();
        self.exact.iter_mut().for_each(Vec::clear);
        let lines = [&mut self.down, &mut self.at_risk].into_iter();
        for line in lines.chain(&mut self.gauges).chain(&mut self.vcores_free) {
            line.clear(&book.grid);
        }
        self.passes.clear();
        self.passes.resize(book.watched.len(), Passes::default());
        self.cause_watches.iter_mut().for_each(Vec::clear);
        for (index, watched) in book.watched.iter().enumerate() {
            if let (Over::Incidents(_), Parts::Cause(cause)) =
                (watched.over, &book.scopes[watched.scope].parts)
            {
                self.cause_watches[usize::from(cause.0)].push(index as u16);
            }
        }
    }

    /// Index of the cell.
    pub fn cell(&self) -> usize {
        self.cell.0
    }

    /// Incidents of the cell, other tenants' left out.
    pub fn incidents(&self) -> u64 {
        self.locals.iter().map(|l| l.tally.c[count::INCIDENTS]).sum()
    }

    /// Incident rows, sorted once finished; empty unless wanted.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Closes the months and all sums. Call it once, after the last record.
    pub fn finish(&mut self) {
        assert!(!self.finished, "a cell's tally is finished once");
        self.finished = true;
        let book = Arc::clone(&self.book);
        self.close_accounts(&book);
        for local in &mut self.locals {
            let tally = &mut local.tally;
            tally.c[count::DOWN] = tally.phases.iter().sum();
            if !local.contract.standby {
                tally.c[count::UNPROTECTED] = tally.c[count::AGREED] - tally.c[count::DOWN];
            }
        }
        for (tally, by_path) in self.causes.iter_mut().zip(&self.by_path) {
            tally.c[count::DOWN] = tally.phases.iter().sum();
            for (&path, hist) in RecoveryPath::ALL.iter().zip(by_path).filter(|p| !p.1.is_empty()) {
                let seen = hist.count();
                tally.paths[path as usize] = seen;
                self.paths[path as usize].merge(hist);
                if path != RecoveryPath::Lost {
                    tally.c[count::RECOVERED] += seen;
                    tally.recovery.merge(hist);
                }
            }
        }
        self.rows.sort();
    }

    fn close_accounts(&mut self, book: &Book) {
        let whole = book.minutes.whole_months > 0;
        self.off.sort_unstable();
        let watched = book.watched.iter().enumerate().filter(|(_, w)| w.over == Over::Servers);
        let watched: Vec<(usize, &[u32])> = watched
            .filter_map(|(i, w)| match &book.scopes[w.scope].parts {
                Parts::Classes(classes) => Some((i, classes.as_slice())),
                _ => None,
            })
            .collect();
        for (server, account) in self.accounts.iter_mut().enumerate() {
            let local = self.class_of[server];
            if local == HIDDEN {
                continue;
            }
            let local = &mut self.locals[usize::from(local)];
            let tally = &mut local.tally;
            account.close(&book.minutes, &local.contract, &mut tally.c);
            let from = self.off.partition_point(|&(s, _)| s < server as u32);
            let off: u64 =
                self.off[from..].iter().take_while(|o| o.0 == server as u32).map(|o| o.1).sum();
            if !whole || off >= book.minutes.whole_minutes * 60_000_000 {
                continue;
            }
            let worst = account.worst().unwrap_or(0);
            tally.c[count::WORST_SERVERS] += super::tally::ONE_SHARE;
            tally.c[count::WORST] += worst;
            tally.worst.add(worst);
            for &(index, classes) in &watched {
                if classes.contains(&local.class) {
                    let availability = account.worst_availability();
                    let watch = &book.watched[index].watch;
                    self.passes[index].count(watch.op.holds(availability, watch.value));
                }
            }
        }
    }

    /// Counts the minutes of the contract of an incident, span by span; returns how many.
    #[inline]
    fn contract_minutes(&mut self, incident: &Incident<'_>, local: usize) -> u32 {
        let Local { contract, tally, .. } = &mut self.locals[local];
        let counts = |s: &crate::model::record::Segment| {
            (s.connect || contract.writes)
                && (!s.planned || contract.planned)
                && contract.excluded >> s.cause.0 & 1 == 0
        };
        let account = &mut self.accounts[incident.server as usize];
        let mut minutes = 0;
        let mut add = |from: SimTime, to: SimTime| {
            let (first, end) = self.book.minutes.inside(from, to);
            if first < end {
                minutes += end - first;
                let book = &self.book.minutes;
                account.minutes(book, contract, &mut tally.c, (first, end), Minute::Down);
            }
        };
        let mut open: Option<SimTime> = None;
        for segment in incident.segments {
            match (counts(segment), open) {
                (true, None) => open = Some(segment.from),
                (false, Some(from)) => {
                    add(from, segment.from);
                    open = None;
                }
                _ => {}
            }
        }
        if let Some(from) = open {
            add(from, incident.to);
        }
        minutes
    }

    fn unplanned(&mut self, incident: &Incident<'_>, local: usize, length: u64) {
        let Local { tally, contract, watches, .. } = &mut self.locals[local];
        let cause = &mut self.causes[usize::from(incident.cause.0)];
        let lost = incident.path == Some(RecoveryPath::Lost);
        let known = !incident.censored && !lost;
        let loss = incident.loss_window.map(|l| l.0);
        let rto = match (known, lost) {
            (true, _) => Some(length <= contract.rto),
            (_, true) => Some(false),
            _ => (length > contract.rto).then_some(false),
        };
        let rpo = if lost { Some(false) } else { loss.map(|l| l <= contract.rpo) };
        for c in [&mut tally.c, &mut cause.c] {
            c[count::UNPLANNED] += 1;
            if let (Some(met), true) = (rto, contract.rto != u64::MAX) {
                c[count::RTO_KNOWN] += 1;
                c[count::RTO_MET] += u64::from(met);
            }
            if let (Some(met), true) = (rpo, contract.rpo != u64::MAX) {
                c[count::RPO_KNOWN] += 1;
                c[count::RPO_MET] += u64::from(met);
            }
            if let Some(loss) = loss {
                c[count::LOSS_KNOWN] += 1;
                c[count::LOSS] += loss;
                c[count::LOSSES] += u64::from(loss > 0);
            }
        }
        recovered(tally, incident, length, known);
        if let Some(loss) = loss {
            tally.loss.add(loss);
            cause.loss.add(loss);
        }
        let account = &mut self.accounts[incident.server as usize];
        let mut first = |mark: Mark, happened: bool, counter: usize| {
            if happened && account.mark(mark) {
                tally.c[counter] += 1;
                cause.c[counter] += 1;
            }
        };
        first(Mark::Loss, loss.is_some_and(|l| l > 0), count::LOSS_SERVERS);
        first(Mark::Copies, incident.copies_lost, count::COPIES_LOST_SERVERS);
        first(Mark::Lost, lost, count::LOST_SERVERS);
        for &watch in watches.iter() {
            look(&self.book, &mut self.passes, watch, incident, length);
        }
    }
}

/// Counts a recovery time, or that it is not known.
fn recovered(tally: &mut Tally, incident: &Incident<'_>, length: u64, known: bool) {
    if known {
        tally.c[count::RECOVERED] += 1;
        tally.c[count::RECOVERY] += length;
        tally.recovery.add(length);
    } else if incident.censored {
        tally.c[count::CENSORED] += 1;
        tally.recovery.add_censored(length);
    }
}

/// Lets a watch look at an incident.
fn look(book: &Book, passes: &mut [Passes], watch: u16, incident: &Incident<'_>, length: u64) {
    let watched = &book.watched[usize::from(watch)];
    let lost = incident.path == Some(RecoveryPath::Lost);
    let passed = match watched.over {
        Over::Incidents(_) if lost => Some(watched.watch.op.upwards()),
        Over::Incidents(Of::Recovery) if incident.censored => watched.passes_censored(length),
        Over::Incidents(Of::Recovery) => Some(watched.passes(length)),
        Over::Incidents(_) => incident.loss_window.map(|loss| watched.passes(loss.0)),
        _ => None,
    };
    if let Some(passed) = passed {
        passes[usize::from(watch)].count(passed);
    }
}

impl Sink for CellTally {
    fn incident(&mut self, incident: &Incident<'_>) {
        let local = usize::from(self.class_of[incident.server as usize]);
        if local == usize::from(HIDDEN) {
            return;
        }
        let length = incident.to.since(incident.from).0;
        let tally = &mut self.locals[local].tally;
        let mut planned = 0;
        for segment in incident.segments {
            let length = segment.length().0;
            let charged = &mut self.causes[usize::from(segment.cause.0)];
            tally.phases[segment.phase as usize] += length;
            charged.phases[segment.phase as usize] += length;
            if segment.planned {
                planned += length;
                charged.c[count::PLANNED] += length;
            }
        }
        let cause = &mut self.causes[usize::from(incident.cause.0)];
        tally.c[count::INCIDENTS] += 1;
        tally.c[count::PLANNED] += planned;
        cause.c[count::INCIDENTS] += 1;
        if let Some(path) = incident.path {
            tally.paths[path as usize] += 1;
            self.by_path[usize::from(incident.cause.0)][path as usize].add(length);
            cause.c[count::RECOVERY] += if path == RecoveryPath::Lost { 0 } else { length };
        } else if incident.censored {
            cause.c[count::CENSORED] += 1;
            cause.recovery.add_censored(length);
        }
        for &watch in &self.cause_watches[usize::from(incident.cause.0)] {
            look(&self.book, &mut self.passes, watch, incident, length);
        }
        let account = &mut self.accounts[incident.server as usize];
        account.down += length;
        account.incidents += 1;
        if planned != length {
            self.unplanned(incident, local, length);
        }
        let minutes = self.contract_minutes(incident, local);
        if self.book.lines() {
            let (grid, horizon) = (&self.book.grid, self.book.horizon);
            self.down.interval(grid, horizon, incident.from, incident.to);
        }
        if self.book.exact_peaks() {
            self.exact[0].push((incident.from.0, 1));
            self.exact[0].push((incident.to.0, -1));
        }
        if self.locals[local].in_service {
            self.edge(local, incident.from, incident.to);
        }
        if self.book.wants.rows {
            self.rows.push(incident, minutes);
        }
    }

    fn interval(&mut self, interval: Interval) {
        let local = usize::from(self.class_of[interval.server as usize]);
        if local == usize::from(HIDDEN) {
            return;
        }
        let length = interval.to.since(interval.from).0;
        match interval.state {
            State::AtRisk { no_standby, copies } => {
                let cause = &mut self.causes[usize::from(interval.cause.0)];
                for c in [&mut self.locals[local].tally.c, &mut cause.c] {
                    c[count::AT_RISK] += length;
                    c[count::AT_RISK_STANDBY] += if no_standby { length } else { 0 };
                    c[count::AT_RISK_COPIES] += if copies { length } else { 0 };
                }
                if self.book.lines() {
                    let (grid, horizon) = (&self.book.grid, self.book.horizon);
                    self.at_risk.interval(grid, horizon, interval.from, interval.to);
                }
            }
            State::Stopped | State::Absent => {
                self.off.push((interval.server, length));
                let Local { contract, tally, .. } = &mut self.locals[local];
                tally.c[count::AGREED] -= length;
                let minutes = self.book.minutes.inside(interval.from, interval.to);
                let account = &mut self.accounts[interval.server as usize];
                let book = &self.book.minutes;
                account.minutes(book, contract, &mut tally.c, minutes, Minute::Off);
                if self.locals[local].in_service {
                    self.edge(local, interval.from, interval.to);
                }
            }
        }
    }

    fn stall(&mut self, stall: Stall) {
        let local = usize::from(self.class_of[stall.server as usize]);
        if local == usize::from(HIDDEN) {
            return;
        }
        let cause = &mut self.causes[usize::from(stall.cause.0)];
        for c in [&mut self.locals[local].tally.c, &mut cause.c] {
            c[count::STALLS] += 1;
            c[count::STALLED] += stall.to.since(stall.from).0;
        }
    }

    fn gauge(&mut self, gauge: Gauge) {
        let change = i32::try_from(gauge.change).expect("a gauge moves by less than 2^31");
        if self.book.exact_peaks() {
            match gauge.resource {
                Resource::Failovers => self.exact[1].push((gauge.at.0, change)),
                Resource::VcoresQueued => self.exact[2].push((gauge.at.0, change)),
                _ => {}
            }
        }
        if !self.book.lines() {
            return;
        }
        let (grid, horizon) = (&self.book.grid, self.book.horizon);
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
        line.change(grid, horizon, gauge.at, change);
    }
}

impl CellTally {
    fn edge(&mut self, local: usize, from: SimTime, to: SimTime) {
        let group = self.locals[local].group as u32;
        self.edges.push(ServiceEdge { at: from.0, group, change: 1 });
        self.edges.push(ServiceEdge { at: to.0, group, change: -1 });
    }
}
