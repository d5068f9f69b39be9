//! The ledger: why each server is not serving. It alone opens and closes incidents, stamps their
//! phases, charges their causes and measures time at risk.
//!
//! **Invariants.** A server serves when it has no blocker. At each instant an incident's phase and
//! charged cause are those of its oldest blocker still open, so that phases and charged seconds add
//! up to its length, exactly. An incident is closed only when the clock leaves the instant in which
//! its last blocker went, so that none has zero length and a change of primary closes nothing.
//!
//! A stall within the tolerance is kept apart: it becomes a blocker, back to its start, when it
//! lasts too long or when another blocker opens during it.

use crate::kernel::time::{SimTime, Span};
use crate::model::fault::Cause;
use crate::model::record::{Incident, Interval, Phase, RecoveryPath, Segment, Sink, Stall, State};

/// Why a server does not serve. A server has at most one blocker of each reason, held by a count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Reason {
    /// No node serves as primary.
    Primary,
    /// The primary's volume stalls, or commits wait for a lost standby.
    Stall,
    /// A planned operation.
    Planned,
    /// Clients cannot reach it.
    Connectivity,
    /// The region's gateway refuses it.
    Gateway,
}

#[derive(Clone, Copy, Debug)]
struct Blocker {
    reason: Reason,
    holds: u8,
    cause: Cause,
    phase: Phase,
    connect: bool,
    planned: bool,
    since: SimTime,
}

/// Room for one blocker of each reason.
const REASONS: usize = 5;

const NO_BLOCKER: Blocker = Blocker {
    reason: Reason::Primary,
    holds: 0,
    cause: Cause(0),
    phase: Phase::Waiting,
    connect: false,
    planned: false,
    since: SimTime::ZERO,
};

/// What is known of an incident that is open, or of a stall that may become one.
#[derive(Clone, Debug)]
struct Open {
    from: SimTime,
    /// Everything up to here is in `segments`.
    written: SimTime,
    /// Since when there is no blocker; meaningless while there is one.
    quiet_since: SimTime,
    blockers: [Blocker; REASONS],
    len: u8,
    /// Only a stall within the tolerance so far: no incident yet.
    tentative: bool,
    /// When another blocker made an incident of the stall.
    converted: SimTime,
    /// The tolerance has passed: it is an incident, whatever comes.
    expired: bool,
    cause: Cause,
    at_risk_because: Option<Cause>,
    path: Option<RecoveryPath>,
    loss: Span,
    lost: bool,
    copies_lost: bool,
    segments: Vec<Segment>,
    /// Risk changes during a tentative stall, to be told if it stays one.
    risk_changes: Vec<(SimTime, u8, Cause)>,
}

const NO_STANDBY: u8 = 1;
const COPIES: u8 = 2;
const ABSENT: u8 = 4;
/// Of two risks, the copies went first.
const COPIES_FIRST: u8 = 8;
const NONE: u32 = u32::MAX;

/// A server's line: small, because every strike touches one.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Index into `open`, or `NONE`.
    open: u32,
    risk: u8,
    /// What took the standby, and what took copies.
    risk_causes: [Cause; 2],
    /// Since when the present risk has been told, while serving.
    risk_since: SimTime,
    /// Since when there has been any risk.
    risk_began: SimTime,
}

/// Which part of a server's redundancy is away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Risk {
    /// The standby that was bought is not healthy.
    NoStandby,
    /// The primary's volume has fewer than three copies.
    Copies,
}

impl Risk {
    fn bit(self) -> u8 {
        match self {
            Risk::NoStandby => NO_STANDBY,
            Risk::Copies => COPIES,
        }
    }
}

/// The ledger of one cell.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    lines: Vec<Line>,
    open: Vec<Open>,
    free: Vec<u32>,
    /// Servers whose last blocker went in this instant.
    quiet: Vec<u32>,
}

impl Ledger {
    /// Everything serves.
    pub fn reset(&mut self, servers: u32) {
        let line = Line {
            open: NONE,
            risk: 0,
            risk_causes: [Cause(0); 2],
            risk_since: SimTime::ZERO,
            risk_began: SimTime::ZERO,
        };
        self.lines.clear();
        self.lines.resize(servers as usize, line);
        self.free.clear();
        self.free.extend((0..self.open.len() as u32).rev());
        self.quiet.clear();
    }

    /// Whether a server has no blocker (a stall within the tolerance does not count).
    pub fn serves(&self, server: u32) -> bool {
        let line = &self.lines[server as usize];
        match line.open {
            NONE => line.risk & ABSENT == 0,
            index => {
                let open = &self.open[index as usize];
                open.tentative || open.len == 0
            }
        }
    }

    /// Whether a server serves with all the redundancy that was bought, and nothing of it changed in
    /// this instant.
    #[inline]
    pub fn is_plain(&self, server: u32) -> bool {
        let line = &self.lines[server as usize];
        line.open == NONE && line.risk == 0
    }

    /// An incident of a plain server that is known whole: its stretches, adjoining, and how it ends.
    pub fn tell_whole(
        &mut self,
        server: u32,
        segments: &[Segment],
        path: RecoveryPath,
        sink: &mut impl Sink,
    ) {
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else { return };
        debug_assert!(self.is_plain(server));
        self.lines[server as usize].risk_since = last.to;
        sink.incident(&Incident {
            server,
            from: first.from,
            to: last.to,
            censored: false,
            cause: first.cause,
            path: Some(path),
            segments,
            at_risk_because: None,
            loss_window: Some(Span::ZERO),
            copies_lost: false,
        });
    }

    /// A stretch in which a part of a plain server's redundancy is away, known whole.
    pub fn tell_whole_risk(
        &mut self,
        server: u32,
        which: Risk,
        cause: Cause,
        from: SimTime,
        to: SimTime,
        sink: &mut impl Sink,
    ) {
        debug_assert!(self.is_plain(server));
        self.lines[server as usize].risk_since = to;
        tell(server, which.bit(), cause, from, to, sink);
    }

    /// Whether an incident or a stall is open, or has gone in this instant.
    #[inline]
    pub fn is_open(&self, server: u32) -> bool {
        self.lines[server as usize].open != NONE
    }

    /// Whether a server is gone for good.
    pub fn is_absent(&self, server: u32) -> bool {
        self.lines[server as usize].risk & ABSENT != 0
    }

    /// Whether writes stall, tolerated or not.
    pub fn is_stalled(&self, server: u32) -> bool {
        let index = self.lines[server as usize].open;
        index != NONE && self.open[index as usize].find(Reason::Stall).is_some()
    }

    /// Whether something else than the loss of the primary blocks a server.
    pub fn has_other_than_primary(&self, server: u32) -> bool {
        let index = self.lines[server as usize].open;
        index != NONE && {
            let open = &self.open[index as usize];
            open.blockers[..open.len as usize].iter().any(|b| b.reason != Reason::Primary)
        }
    }

    /// Whether a blocker of this reason is open.
    pub fn has(&self, server: u32, reason: Reason) -> bool {
        match self.lines[server as usize].open {
            NONE => false,
            index => {
                let open = &self.open[index as usize];
                !open.tentative && open.find(reason).is_some()
            }
        }
    }

    /// Opens a blocker, or adds a hold to the one that is open for this reason.
    #[allow(clippy::too_many_arguments)]
    pub fn block(
        &mut self,
        server: u32,
        reason: Reason,
        cause: Cause,
        phase: Phase,
        connect: bool,
        planned: bool,
        now: SimTime,
        sink: &mut impl Sink,
    ) {
        if self.lines[server as usize].risk & ABSENT != 0 {
            return;
        }
        let index = self.entry(server, cause, false, now, sink);
        let open = &mut self.open[index as usize];
        if open.tentative {
            open.tentative = false;
            open.converted = now;
        }
        open.write(now);
        match open.find(reason) {
            Some(i) => open.blockers[i].holds += 1,
            None => {
                let blocker =
                    Blocker { reason, holds: 1, cause, phase, connect, planned, since: now };
                open.push(blocker);
            }
        }
    }

    /// Takes one hold of a blocker away; with the last one the blocker closes, and if it was the last
    /// of the server, `path` is how the incident ends.
    pub fn unblock(&mut self, server: u32, reason: Reason, path: RecoveryPath, now: SimTime) {
        let index = self.lines[server as usize].open;
        if index == NONE {
            return;
        }
        let open = &mut self.open[index as usize];
        let Some(i) = open.find(reason) else { return };
        open.write(now);
        open.blockers[i].holds -= 1;
        if open.blockers[i].holds == 0 {
            open.remove(i);
            open.path = Some(path);
            let stall = open.len == 1 && open.blockers[0].reason == Reason::Stall;
            let at_once = open.converted == now || (stall && open.from == now);
            if at_once && !open.expired && (stall || open.len == 0) {
                // What made an incident of the stall did not last: it is only a stall again.
                open.tentative = true;
                open.path = None;
            }
            if open.len == 0 {
                open.quiet_since = now;
                self.quiet.push(server);
            }
        }
    }

    /// Sets the phase of a blocker that is open; `planned` says whether it is a normal step.
    pub fn set_phase(
        &mut self,
        server: u32,
        reason: Reason,
        phase: Phase,
        planned: bool,
        now: SimTime,
    ) {
        let index = self.lines[server as usize].open;
        if index == NONE {
            return;
        }
        let open = &mut self.open[index as usize];
        if let Some(i) = open.find(reason) {
            let old = open.blockers[i];
            if old.phase != phase || old.planned != planned {
                open.write(now);
                open.blockers[i].phase = phase;
                open.blockers[i].planned = planned;
            }
        }
    }

    /// What has happened since an instant at which the phase of the planned operation changed was none
    /// of its normal steps after all.
    pub fn unplan(&mut self, server: u32, since: SimTime, now: SimTime) {
        let index = self.lines[server as usize].open;
        if index == NONE {
            return;
        }
        let open = &mut self.open[index as usize];
        if let Some(i) = open.find(Reason::Planned) {
            open.write(now);
            open.blockers[i].planned = false;
            let first = open.segments.partition_point(|s| s.from < since);
            let late = open.segments.split_off(first);
            for segment in late {
                open.append(Segment { planned: false, ..segment });
            }
        }
    }

    /// Says whether a blocker that is open refuses connections too.
    pub fn set_connect(&mut self, server: u32, reason: Reason, connect: bool, now: SimTime) {
        let index = self.lines[server as usize].open;
        if index == NONE {
            return;
        }
        let open = &mut self.open[index as usize];
        if let Some(i) = open.find(reason) {
            open.write(now);
            open.blockers[i].connect = connect;
        }
    }

    /// Writes begin to stall. Nothing is down yet, unless the server is down already.
    pub fn stall(&mut self, server: u32, cause: Cause, now: SimTime, sink: &mut impl Sink) {
        if self.lines[server as usize].risk & ABSENT != 0 {
            return;
        }
        let index = self.entry(server, cause, true, now, sink);
        let open = &mut self.open[index as usize];
        if open.len == 0 && open.from == now {
            open.tentative = true;
            open.expired = false;
            open.cause = cause;
            open.path = None;
        }
        open.write(now);
        match open.find(Reason::Stall) {
            Some(i) => open.blockers[i].holds += 1,
            None => open.push(Blocker {
                reason: Reason::Stall,
                holds: 1,
                cause,
                phase: Phase::Waiting,
                connect: false,
                planned: false,
                since: now,
            }),
        }
    }

    /// Whether writes stall, and have for all of the tolerance; if it still is nothing but a stall, it
    /// is an incident from its start.
    pub fn stall_expired(&mut self, server: u32, tolerance: Span, now: SimTime) -> bool {
        let index = self.lines[server as usize].open;
        if index == NONE {
            return false;
        }
        let open = &mut self.open[index as usize];
        let stalled = open.find(Reason::Stall).is_some_and(|i| {
            let since = if open.tentative { open.from } else { open.blockers[i].since };
            since + tolerance <= now
        });
        if stalled {
            open.tentative = false;
            open.expired = true;
        }
        stalled
    }

    /// Redundancy of a server goes or comes back.
    pub fn risk(
        &mut self,
        server: u32,
        which: Risk,
        away: bool,
        cause: Cause,
        now: SimTime,
        sink: &mut impl Sink,
    ) {
        let bit = which.bit();
        debug_assert!(!away || cause != Cause(0), "redundancy goes without a cause");
        let line = &mut self.lines[server as usize];
        let mut risk = if away { line.risk | bit } else { line.risk & !bit };
        if risk == line.risk || line.risk & ABSENT != 0 {
            return;
        }
        risk &= !COPIES_FIRST;
        if risk & COPIES != 0 && line.risk & (NO_STANDBY | COPIES) == COPIES {
            risk |= COPIES_FIRST;
        }
        if line.open == NONE {
            line.tell_risk(server, now, sink);
        } else {
            let open = &mut self.open[line.open as usize];
            if open.tentative || open.converted == now {
                open.risk_changes.push((now, line.risk, line.risk_cause()));
            } else if open.len == 0 && open.quiet_since < now {
                // The incident is over, only not settled yet: the change comes after it.
                self.settle(server, sink);
                self.lines[server as usize].tell_risk(server, now, sink);
            }
        }
        let line = &mut self.lines[server as usize];
        if line.risk & (NO_STANDBY | COPIES) == 0 {
            line.risk_began = now;
        }
        if away {
            line.risk_causes[usize::from(which == Risk::Copies)] = cause;
        }
        line.risk = risk;
        line.risk_since = now;
    }

    /// Committed time was lost by the recovery of the open incident.
    pub fn lose(&mut self, server: u32, window: Span) {
        let index = self.lines[server as usize].open;
        if index != NONE {
            let open = &mut self.open[index as usize];
            open.loss = open.loss.max(window);
        }
    }

    /// All copies of the primary's volume are gone.
    pub fn lose_copies(&mut self, server: u32) {
        let index = self.lines[server as usize].open;
        if index != NONE {
            self.open[index as usize].copies_lost = true;
        }
    }

    /// When the first blocker of the open incident opened: the last acknowledged commit.
    pub fn down_since(&self, server: u32) -> Option<SimTime> {
        let index = self.lines[server as usize].open;
        (index != NONE).then(|| self.open[index as usize].from)
    }

    /// The server ends: its incident closes as lost, and it is absent from now on. A server that is
    /// lost at a stroke has an incident of one microsecond, so that its loss is on record.
    pub fn end(&mut self, server: u32, now: SimTime, sink: &mut impl Sink) {
        let index = self.lines[server as usize].open;
        let mut end = now;
        if index != NONE {
            let open = &mut self.open[index as usize];
            end = now.max(open.from + Span(1));
            open.tentative = false;
            open.write(end);
            open.len = 0;
            open.quiet_since = end;
            open.path = Some(RecoveryPath::Lost);
            open.lost = true;
            self.settle(server, sink);
        } else {
            self.lines[server as usize].tell_risk(server, now, sink);
        }
        let line = &mut self.lines[server as usize];
        line.risk = ABSENT;
        line.risk_since = end;
    }

    /// The clock leaves an instant: the next server that went quiet in it, to be settled.
    #[inline]
    pub fn next_quiet(&mut self) -> Option<u32> {
        self.quiet.pop()
    }

    /// Closes the incident of one server if its last blocker has gone.
    #[inline]
    pub fn settle(&mut self, server: u32, sink: &mut impl Sink) {
        let line = &mut self.lines[server as usize];
        if line.open == NONE {
            return;
        }
        let open = &mut self.open[line.open as usize];
        if open.len > 0 {
            return;
        }
        let (from, to) = (open.from, open.quiet_since);
        if to > from {
            if open.tentative {
                open.tell_stall(server, line, to, sink);
            } else {
                open.tell(server, false, sink);
            }
        }
        line.risk_since = to.max(line.risk_since);
        self.free.push(line.open);
        line.open = NONE;
    }

    /// Closes the incident of one server if its last blocker went before an instant.
    #[inline]
    pub fn settle_before(&mut self, server: u32, at: SimTime, sink: &mut impl Sink) {
        let index = self.lines[server as usize].open;
        if index != NONE && self.open[index as usize].quiet_since < at {
            self.settle(server, sink);
        }
    }

    /// The horizon: tells what is open and all risk up to here.
    pub fn finish(&mut self, horizon: SimTime, sink: &mut impl Sink) {
        self.quiet.clear();
        for server in 0..self.lines.len() as u32 {
            self.settle(server, sink);
            let line = &mut self.lines[server as usize];
            if line.open == NONE {
                line.tell_risk(server, horizon, sink);
                continue;
            }
            let open = &mut self.open[line.open as usize];
            if open.from < horizon {
                open.write(horizon);
                if open.tentative {
                    open.tell_stall(server, line, horizon, sink);
                } else {
                    open.tell(server, true, sink);
                }
            }
        }
    }

    /// The open entry of a server, made if there is none. What ended in this very instant goes on, but
    /// a stall only if it is followed by a stall.
    fn entry(
        &mut self,
        server: u32,
        cause: Cause,
        stall: bool,
        now: SimTime,
        sink: &mut impl Sink,
    ) -> u32 {
        let index = self.lines[server as usize].open;
        if index != NONE {
            let open = &self.open[index as usize];
            if open.len > 0 || ((stall || !open.tentative) && open.quiet_since == now) {
                return index;
            }
            self.settle(server, sink);
        }
        let line = &mut self.lines[server as usize];
        line.tell_risk(server, now, sink);
        // What goes in the same instant is part of the same trouble, and took no redundancy before.
        let before = line.risk & (NO_STANDBY | COPIES) != 0 && line.risk_began < now;
        let at_risk_because = before.then_some(line.risk_cause());
        let index = self.free.pop().unwrap_or_else(|| {
            self.open.push(Open::empty());
            self.open.len() as u32 - 1
        });
        line.open = index;
        self.open[index as usize].begin(cause, at_risk_because, now);
        index
    }
}

/// Tells a stretch of risk, if there is any.
fn tell(server: u32, risk: u8, cause: Cause, from: SimTime, to: SimTime, sink: &mut impl Sink) {
    if to > from && risk != 0 {
        let state = if risk & ABSENT != 0 {
            State::Absent
        } else {
            State::AtRisk { no_standby: risk & NO_STANDBY != 0, copies: risk & COPIES != 0 }
        };
        sink.interval(Interval { server, state, from, to, cause });
    }
}

impl Line {
    fn tell_risk(&mut self, server: u32, now: SimTime, sink: &mut impl Sink) {
        tell(server, self.risk, self.risk_cause(), self.risk_since, now, sink);
        self.risk_since = now;
    }

    /// What took the redundancy that has been away for longest.
    fn risk_cause(&self) -> Cause {
        let standby_first = self.risk & NO_STANDBY != 0 && self.risk & COPIES_FIRST == 0;
        self.risk_causes[usize::from(!standby_first)]
    }
}

impl Open {
    fn empty() -> Open {
        Open {
            from: SimTime::ZERO,
            written: SimTime::ZERO,
            quiet_since: SimTime::ZERO,
            blockers: [NO_BLOCKER; REASONS],
            len: 0,
            tentative: false,
            converted: SimTime::NEVER,
            expired: false,
            cause: Cause(0),
            at_risk_because: None,
            path: None,
            loss: Span::ZERO,
            lost: false,
            copies_lost: false,
            segments: Vec::new(),
            risk_changes: Vec::new(),
        }
    }

    fn begin(&mut self, cause: Cause, at_risk_because: Option<Cause>, now: SimTime) {
        self.from = now;
        self.written = now;
        self.quiet_since = now;
        self.len = 0;
        self.tentative = false;
        self.converted = SimTime::NEVER;
        self.expired = false;
        self.cause = cause;
        self.at_risk_because = at_risk_because;
        self.path = None;
        self.loss = Span::ZERO;
        self.lost = false;
        self.copies_lost = false;
        self.segments.clear();
        self.risk_changes.clear();
    }

    fn find(&self, reason: Reason) -> Option<usize> {
        self.blockers[..self.len as usize].iter().position(|b| b.reason == reason)
    }

    fn push(&mut self, blocker: Blocker) {
        self.blockers[self.len as usize] = blocker;
        self.len += 1;
    }

    fn remove(&mut self, at: usize) {
        self.blockers.copy_within(at + 1..self.len as usize, at);
        self.len -= 1;
    }

    /// Writes the stretch since the last change, as it was.
    fn write(&mut self, now: SimTime) {
        if now == self.written {
            return;
        }
        let blockers = &self.blockers[..self.len as usize];
        let oldest = blockers.first().expect("an open incident has a blocker or ends at once");
        let new = Segment {
            from: self.written,
            to: now,
            phase: oldest.phase,
            cause: oldest.cause,
            connect: blockers.iter().any(|b| b.connect),
            planned: blockers.iter().all(|b| b.planned),
        };
        self.written = now;
        self.append(new);
    }

    /// Adds a stretch, to the last one if it says the same.
    fn append(&mut self, new: Segment) {
        if let Some(last) = self.segments.last_mut()
            && (Segment { from: last.from, ..new }) == (Segment { to: new.to, ..*last })
        {
            last.to = new.to;
            return;
        }
        self.segments.push(new);
    }

    /// A stall that stayed one: the server served all along, so the risk during it is told too.
    fn tell_stall(&self, server: u32, line: &Line, to: SimTime, sink: &mut impl Sink) {
        sink.stall(Stall { server, from: self.from, to, cause: self.cause });
        let mut since = self.from;
        for &(at, risk, cause) in &self.risk_changes {
            tell(server, risk, cause, since, at, sink);
            since = at;
        }
        tell(server, line.risk, line.risk_cause(), since, to, sink);
    }

    fn tell(&self, server: u32, censored: bool, sink: &mut impl Sink) {
        let to = if censored { self.written } else { self.quiet_since };
        let known = !censored && !self.lost;
        sink.incident(&Incident {
            server,
            from: self.from,
            to,
            censored,
            cause: self.segments.first().map_or(self.cause, |s| s.cause),
            path: self.path.filter(|_| !censored),
            segments: &self.segments,
            at_risk_because: self.at_risk_because,
            loss_window: known.then_some(self.loss),
            copies_lost: self.copies_lost,
        });
    }
}
