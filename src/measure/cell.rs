//! The tally of one cell in one replication: takes records, keeps whole numbers.

use super::book::{Book, Contract, Parts};
use super::calendar::Minutes;
use super::drill::DrillTally;
use super::hist::Hist;
use super::levels::Levels;
use super::rows::Rows;
use super::server::Account;
use super::slot::{CauseTimes, Slots};
use super::tally::{PATHS, PHASES, Tally, count};
use super::watch::{Over, Passes};
use crate::model::fault::Cause;
use crate::model::layout::Cell;
use crate::model::record::RecoveryPath;
use std::sync::Arc;

/// A server that never appears in results.
pub(super) const HIDDEN: u16 = u16::MAX;

/// A class of the cell.
#[derive(Clone, Debug)]
pub(super) struct Local {
    /// Its number in the book.
    pub class: u32,
    /// Its servers in this cell.
    pub servers: u64,
    /// Whether a service needs its group.
    pub group: usize,
    pub(super) in_service: bool,
    pub(super) contract: Contract,
    /// What is counted of it.
    pub tally: Tally,
    /// Watches of incidents that look at it.
    pub(super) watches: Vec<u16>,
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

/// A stretch in which a server was stopped or absent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Off {
    pub server: u32,
    /// Its length, us.
    pub length: u64,
    /// Its clock minutes in whole months.
    pub minutes: u32,
}

impl Off {
    /// Whether stretches of one server leave it without an agreed minute in a whole month.
    pub(super) fn leave_no_month(off: &[Off], minutes: &Minutes) -> bool {
        off.iter().map(|o| u64::from(o.minutes)).sum::<u64>() >= minutes.whole_minutes
    }
}

/// Takes the records of one cell. Reset it, play, [`CellTally::finish`] it, have it absorbed.
#[derive(Clone, Debug)]
pub struct CellTally {
    pub(super) book: Arc<Book>,
    /// Index of the cell and of its region.
    pub(super) cell: (usize, usize),
    pub(super) class_of: Vec<u16>,
    /// Number in tables of servers of the first server of each stretch, and the stretch.
    pub(super) tables: Vec<(u32, std::ops::Range<u32>)>,
    pub(super) locals: Vec<Local>,
    pub(super) causes: Vec<Tally>,
    pub(super) cause_watches: Vec<Vec<u16>>,
    /// What is counted while playing; the sums by class, by cause and by path are made of it when the
    /// cell is finished.
    pub(super) slots: Slots,
    pub(super) times: CauseTimes,
    /// Whether levels are wanted: on the grid, or for exact peaks.
    pub(super) wants_levels: bool,
    /// Whether an incident concerns more than the sums, accounts and lines.
    pub(super) extras: bool,
    /// Whether rows are kept.
    pub(super) keeps_rows: bool,
    /// Recovery times by path.
    pub(super) paths: [Hist; PATHS],
    /// Down by phase of the incidents of each path, us.
    pub(super) path_phases: [[u64; PHASES]; PATHS],
    pub(super) accounts: Vec<Account>,
    /// When servers were stopped or absent; a server may have several stretches.
    pub(super) off: Vec<Off>,
    pub(super) levels: Levels,
    pub(super) edges: Vec<ServiceEdge>,
    pub(super) passes: Vec<Passes>,
    pub(super) rows: Rows,
    pub(super) drill: DrillTally,
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
            slots: Slots::default(),
            times: CauseTimes::new(),
            wants_levels: book.lines() || book.exact_peaks(),
            extras: false,
            keeps_rows: false,
            paths: Default::default(),
            path_phases: [[0; PHASES]; PATHS],
            accounts: Vec::new(),
            off: Vec::new(),
            levels: Levels::default(),
            edges: Vec::new(),
            passes: Vec::new(),
            rows: Rows::default(),
            drill: DrillTally::default(),
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
        self.slots.reset(used);
        self.clear(&book);
        self.keeps_rows = book.wants.rows;
        self.see_extras();
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
        self.times.clear();
        self.paths.iter_mut().for_each(Hist::clear);
        self.path_phases = [[0; PHASES]; PATHS];
        self.off.clear();
        self.edges.clear();
        self.rows.clear();
        self.drill.follow(false);
        self.levels.clear(&book.grid);
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

    /// Keeps no rows of this cell. Call it after a reset.
    pub fn leave_rows_out(&mut self) {
        self.keeps_rows = false;
        self.see_extras();
    }

    fn see_extras(&mut self) {
        self.extras = self.keeps_rows
            || self.drill.on
            || self.book.watched.iter().any(|w| matches!(w.over, Over::Incidents(_)))
            || self.locals.iter().any(|l| l.in_service);
    }

    /// Keeps what drills do to servers in this replication, if there are any. Call it after a reset.
    pub fn follow_drills(&mut self) {
        self.drill.follow(self.book.wants.timeline && !self.book.strikes.is_empty());
        self.see_extras();
    }

    /// Adds levels to those of other cells of the region in this replication. Call it after a reset.
    pub fn share_levels(&mut self, levels: Levels) {
        self.levels = levels;
    }

    /// Gives the levels away: for the next cell, or to be absorbed. Call it when it is finished.
    pub fn give_levels(&mut self) -> Levels {
        assert!(self.finished, "a cell is finished before its levels are given away");
        std::mem::take(&mut self.levels)
    }

    /// Group of a server in results and its number there, from 0.
    pub(super) fn member(&self, server: u32) -> (u32, u32) {
        let local = &self.locals[usize::from(self.class_of[server as usize])];
        let at = self.tables.partition_point(|t| t.1.end <= server);
        let (first, servers) = &self.tables[at];
        let number = first + (server - servers.start) - self.book.groups[local.group].first;
        (local.group as u32, number)
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
        self.levels.take(&book);
        self.slots.take_all(&mut self.locals, &mut self.times);
        self.slots.fold(&mut self.locals, &mut self.causes, &mut self.path_phases);
        for local in &mut self.locals {
            let tally = &mut local.tally;
            tally.c[count::DOWN] = tally.phases.iter().sum();
            if !local.contract.standby {
                tally.c[count::UNPROTECTED] = tally.c[count::AGREED] - tally.c[count::DOWN];
            }
        }
        for (number, (tally, by_path)) in
            self.causes.iter_mut().zip(&self.times.by_path).enumerate()
        {
            tally.c[count::DOWN] = tally.phases.iter().sum();
            // Only maintenance opens what is wholly planned.
            let is_maintenance = number == usize::from(Cause::MAINTENANCE.0);
            for (&path, hist) in RecoveryPath::ALL.iter().zip(by_path).filter(|p| !p.1.is_empty()) {
                self.paths[path as usize].merge(hist);
                if path != RecoveryPath::Lost && !is_maintenance {
                    tally.recovery.merge(hist);
                }
            }
            if is_maintenance {
                tally.recovery.merge(&self.times.maintenance);
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
            let from = self.off.partition_point(|o| o.server < server as u32);
            let off = self.off[from..].iter().take_while(|o| o.server == server as u32);
            let off = &self.off[from..from + off.count()];
            if !whole || Off::leave_no_month(off, &book.minutes) {
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
}
