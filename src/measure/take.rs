//! How records are taken: the hot path of a cell's tally.

use super::book::Book;
use super::cell::{CellTally, HIDDEN, Local, ServiceEdge};
use super::line::Line;
use super::metric::Of;
use super::server::{Mark, Minute};
use super::tally::{Tally, count};
use super::watch::{Over, Passes};
use crate::kernel::time::SimTime;
use crate::model::record::{
    Gauge, Incident, Interval, RecoveryPath, Resource, Segment, Sink, Stall, State,
};

impl CellTally {
    /// Counts the minutes of the contract of an incident, span by span; returns how many.
    #[inline]
    fn contract_minutes(&mut self, incident: &Incident<'_>, local: usize) -> u32 {
        let Local { contract, tally, .. } = &mut self.locals[local];
        let counts = |s: &Segment| {
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
            let phases = &mut self.path_phases[path as usize];
            for segment in incident.segments {
                phases[segment.phase as usize] += segment.length().0;
            }
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
        if self.drill.on {
            self.drill.incident(&self.book, incident);
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
                if self.drill.on {
                    let (from, to) = (interval.from.0, interval.to.0);
                    self.drill.at_risk(&self.book, interval.server, from, to);
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
