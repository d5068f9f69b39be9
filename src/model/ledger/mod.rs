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

mod open;
mod risk;
mod whole;

pub use risk::Risk;

use crate::kernel::time::{SimTime, Span};
use crate::model::fault::Cause;
use crate::model::record::{Phase, RecoveryPath, Segment, Sink};
use open::{Blocker, Open};
use risk::{ABSENT, Line};

/// Why a server does not serve. A server has at most one blocker of each reason, held by a count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Reason {
    /// No node serves as primary.
    Primary,
    /// The primary's volume stalls.
    Stall,
    /// Commits wait for a lost standby.
    Drop,
    /// A planned operation.
    Planned,
    /// Clients cannot reach it.
    Connectivity,
    /// The region's gateway refuses it.
    Gateway,
}

impl Reason {
    /// Whether it is a stall of writes, which is no more than a late commit if it is short.
    pub(super) fn is_stall(self) -> bool {
        matches!(self, Reason::Stall | Reason::Drop)
    }
}

/// No index.
const NONE: u32 = u32::MAX;

/// The ledger of one cell.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    lines: Vec<Line>,
    open: Vec<Open>,
    free: Vec<u32>,
    /// Servers whose last blocker went in this instant.
    quiet: Vec<u32>,
}

/// Open incidents whose memory is kept from one cell to the next.
const KEPT: usize = 256;

impl Ledger {
    /// Everything serves.
    pub fn reset(&mut self, servers: u32) {
        let line = Line {
            open: NONE,
            risk: 0,
            risk_causes: [Cause(0); 2],
            risk_since: SimTime::ZERO,
            risk_began: [SimTime::ZERO; 2],
        };
        self.lines.clear();
        self.lines.resize(servers as usize, line);
        // What an outage of many took is not kept for ever.
        self.open.truncate(KEPT);
        self.open.shrink_to(KEPT);
        self.free.clear();
        self.free.shrink_to(KEPT);
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
        index != NONE && self.open[index as usize].stalls()
    }

    /// Since when writes have stalled, for whatever reasons, one after the other or together.
    pub fn stalled_since(&self, server: u32) -> Option<SimTime> {
        let index = self.lines[server as usize].open;
        let open = (index != NONE).then(|| &self.open[index as usize])?;
        open.stalls().then_some(open.stalled)
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

    /// Since when a blocker of this reason has been open.
    pub fn since(&self, server: u32, reason: Reason) -> Option<SimTime> {
        let index = self.lines[server as usize].open;
        let open = (index != NONE).then(|| &self.open[index as usize])?;
        open.find(reason).map(|i| open.blockers[i].since)
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
            let stall = open.only_stalls();
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
        self.set_phases(server, &[(reason, phase)], planned, now);
    }

    /// Sets the phases of those of these blockers that are open.
    pub fn set_phases(
        &mut self,
        server: u32,
        phases: &[(Reason, Phase)],
        planned: bool,
        now: SimTime,
    ) {
        let index = self.lines[server as usize].open;
        if index == NONE {
            return;
        }
        let open = &mut self.open[index as usize];
        for &(reason, phase) in phases {
            if let Some(i) = open.find(reason) {
                let old = open.blockers[i];
                if old.phase != phase || old.planned != planned {
                    open.write(now);
                    open.blockers[i].phase = phase;
                    open.blockers[i].planned = planned;
                }
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

    /// Something else is why a blocker is open from now on: what opened it is over.
    pub fn charge(&mut self, server: u32, reason: Reason, cause: Cause, now: SimTime) {
        let index = self.lines[server as usize].open;
        if index == NONE {
            return;
        }
        let open = &mut self.open[index as usize];
        if let Some(i) = open.find(reason) {
            open.write(now);
            open.blockers[i].cause = cause;
        }
    }

    /// Writes begin to stall, for one of the two reasons of that. Nothing is down yet, unless the server is down
    /// already.
    pub fn stall(
        &mut self,
        server: u32,
        reason: Reason,
        cause: Cause,
        now: SimTime,
        sink: &mut impl Sink,
    ) {
        debug_assert!(reason.is_stall());
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
        if !open.stalls() {
            open.stalled = now;
        }
        match open.find(reason) {
            Some(i) => open.blockers[i].holds += 1,
            None => open.push(Blocker {
                reason,
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
        let since = if open.tentative { open.from } else { open.stalled };
        let stalled = open.stalls() && since + tolerance <= now;
        if stalled {
            open.tentative = false;
            open.expired = true;
        }
        stalled
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

    /// Whether no server went quiet in this instant.
    #[inline]
    pub fn nobody_went_quiet(&self) -> bool {
        self.quiet.is_empty()
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
        let at_risk_because = line.risk_before(now);
        let index = self.free.pop().unwrap_or_else(|| {
            self.open.push(Open::empty());
            self.open.len() as u32 - 1
        });
        line.open = index;
        self.open[index as usize].begin(cause, at_risk_because, now);
        index
    }
}
