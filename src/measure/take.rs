//! How records are taken: the hot path of a cell's tally. What an incident adds to is found once; sums
//! by class, cause and path are made of it later.

use super::book::Book;
use super::calendar::MINUTE;
use super::cell::{CellTally, HIDDEN, Local, Off, ServiceEdge};
use super::metric::Of;
use super::server::{Mark, Minute};
use super::slot::Ending;
use super::tally::count;
use super::watch::{Over, Passes};
use crate::kernel::time::{SimTime, Span};
use crate::model::record::{Gauge, Incident, Interval, RecoveryPath, Segment, Sink, Stall, State};

impl CellTally {
    /// Counts the minutes of the contract of an incident, span by span; returns how many.
    #[inline(never)]
    fn contract_minutes(&mut self, incident: &Incident<'_>, local: usize, unplanned: bool) -> u32 {
        let Local { contract, tally, .. } = &mut self.locals[local];
        let (first, end) = self.book.minutes.inside(incident.from, incident.to);
        if first >= end || !(unplanned || contract.planned) {
            return 0;
        }
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

    /// Counts what an incident that is not wholly planned has lost, or that it is not known.
    #[cold]
    fn losses(&mut self, incident: &Incident<'_>, local: usize, ending: Ending) {
        let Local { tally, contract, .. } = &mut self.locals[local];
        let cause = &mut self.causes[usize::from(incident.cause.0)];
        let loss = incident.loss_window.map_or(0, |l| l.0);
        let slot = self.slots.slot(local, incident.cause, ending);
        slot.loss_unknown += u64::from(incident.loss_window.is_none());
        let lost = ending.is_lost();
        if lost {
            // It never comes back, and nothing of its data does.
            for tally in [&mut *tally, &mut *cause] {
                tally.recovery.add_lost();
                tally.loss.add_lost();
            }
        }
        if loss > 0 {
            slot.losses += 1;
            slot.loss += loss;
            slot.over += u64::from(loss > contract.rpo);
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
        first(Mark::Loss, loss > 0 || lost, count::LOSS_SERVERS);
        first(Mark::Copies, incident.copies_lost, count::COPIES_LOST_SERVERS);
        first(Mark::Lost, lost, count::LOST_SERVERS);
    }

    /// Counts the length of an incident that the horizon cut.
    #[cold]
    fn cut(&mut self, incident: &Incident<'_>, local: usize, length: u64, unplanned: bool) {
        if unplanned {
            self.causes[usize::from(incident.cause.0)].recovery.add_censored(length);
            self.locals[local].tally.recovery.add_censored(length);
        }
    }

    /// What only some fleets and replications want to know of an incident.
    fn extra(&mut self, incident: &Incident<'_>, local: usize, unplanned: bool, minutes: u32) {
        let length = incident.to.since(incident.from).0;
        let of_class = self.locals[local].watches.iter();
        let watches = of_class.chain(&self.cause_watches[usize::from(incident.cause.0)]);
        for &watch in watches.filter(|_| unplanned) {
            look(&self.book, &mut self.passes, watch, incident, length);
        }
        if self.locals[local].in_service {
            self.edge(local, incident.from, incident.to);
        }
        if self.keeps_rows {
            self.rows.push(incident, minutes);
        }
        if self.drill.on {
            self.drill.incident(&self.book, incident);
        }
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
        _ => return,
    };
    passes[usize::from(watch)].count(passed);
}

impl Sink for CellTally {
    fn incident(&mut self, incident: &Incident<'_>) {
        let local = usize::from(self.class_of[incident.server as usize]);
        if local == usize::from(HIDDEN) {
            return;
        }
        let length = incident.to.since(incident.from).0;
        let ending = Ending::of(incident);
        let slot = self.slots.slot(local, incident.cause, ending);
        let (mut planned, mut moved) = (0, false);
        let mut add = |segment: &Segment, length: u64| {
            slot.phases[segment.phase as usize] += length;
            planned += if segment.planned { length } else { 0 };
            moved |= segment.cause != incident.cause;
        };
        match incident.segments {
            [only] => add(only, length),
            several => several.iter().for_each(|s| add(s, s.length().0)),
        }
        slot.planned += planned;
        let unplanned = planned != length;
        if slot.keep(length, unplanned) {
            let key = (local, incident.cause, ending);
            self.slots.take_full(key, &mut self.locals, &mut self.times);
        }
        let account = &mut self.accounts[incident.server as usize];
        account.down += length;
        account.incidents += 1;
        let nothing_lost = incident.loss_window == Some(Span::ZERO) && !incident.copies_lost;
        if unplanned && (!nothing_lost || ending.is_lost()) {
            self.losses(incident, local, ending);
        }
        if moved {
            self.slots.charge(incident);
        }
        if incident.censored {
            self.cut(incident, local, length, unplanned);
        }
        // What is shorter holds no whole minute.
        let mut minutes = 0;
        if length >= MINUTE {
            minutes = self.contract_minutes(incident, local, unplanned);
        }
        if self.wants_levels {
            self.levels.down.interval(&self.book, incident.from, incident.to);
        }
        if self.extras {
            self.extra(incident, local, unplanned, minutes);
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
                let kind = usize::from(no_standby) + 2 * usize::from(copies);
                self.slots.beside(local, interval.cause).at_risk[kind] += length;
                if self.wants_levels {
                    self.levels.at_risk.interval(&self.book, interval.from, interval.to);
                }
                if self.drill.on {
                    let (from, to) = (interval.from.0, interval.to.0);
                    self.drill.at_risk(&self.book, interval.server, from, to);
                }
            }
            State::Stopped | State::Absent => {
                let minutes = self.book.minutes.inside(interval.from, interval.to);
                self.off.push(Off {
                    server: interval.server,
                    length,
                    minutes: self.book.minutes.in_whole_months(minutes),
                });
                let Local { contract, tally, .. } = &mut self.locals[local];
                tally.c[count::AGREED] -= length;
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
        let beside = self.slots.beside(local, stall.cause);
        beside.stalls += 1;
        beside.stalled += stall.to.since(stall.from).0;
    }

    fn gauge(&mut self, gauge: Gauge) {
        self.levels.gauge(&self.book, gauge);
    }
}

impl CellTally {
    fn edge(&mut self, local: usize, from: SimTime, to: SimTime) {
        let group = self.locals[local].group as u32;
        self.edges.push(ServiceEdge { at: from.0, group, change: 1 });
        self.edges.push(ServiceEdge { at: to.0, group, change: -1 });
    }
}
