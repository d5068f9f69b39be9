//! One incident that is open: its blockers in the order of their opening, and its stretches so far.

use super::Reason;
use super::risk::{Line, tell};
use crate::kernel::time::{SimTime, Span};
use crate::model::fault::Cause;
use crate::model::record::{Incident, Phase, RecoveryPath, Segment, Sink, Stall};

/// One reason why the server does not serve, open since then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocker {
    pub(super) reason: Reason,
    pub(super) holds: u8,
    pub(super) cause: Cause,
    pub(super) phase: Phase,
    pub(super) connect: bool,
    pub(super) planned: bool,
    pub(super) since: SimTime,
}

/// Room for one blocker of each reason.
const REASONS: usize = 6;

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
pub(super) struct Open {
    pub(super) from: SimTime,
    /// Everything up to here is in `segments`.
    pub(super) written: SimTime,
    /// Since when there is no blocker; meaningless while there is one.
    pub(super) quiet_since: SimTime,
    pub(super) blockers: [Blocker; REASONS],
    pub(super) len: u8,
    /// Since when writes have stalled; meaningless while they do not.
    pub(super) stalled: SimTime,
    /// Only a stall within the tolerance so far: no incident yet.
    pub(super) tentative: bool,
    /// When another blocker made an incident of the stall.
    pub(super) converted: SimTime,
    /// The tolerance has passed: it is an incident, whatever comes.
    pub(super) expired: bool,
    pub(super) cause: Cause,
    pub(super) at_risk_because: Option<Cause>,
    pub(super) path: Option<RecoveryPath>,
    pub(super) loss: Span,
    pub(super) lost: bool,
    pub(super) copies_lost: bool,
    pub(super) segments: Vec<Segment>,
    /// Risk changes during a tentative stall, to be told if it stays one.
    pub(super) risk_changes: Vec<(SimTime, u8, Cause)>,
}

impl Open {
    pub(super) fn empty() -> Open {
        Open {
            from: SimTime::ZERO,
            written: SimTime::ZERO,
            quiet_since: SimTime::ZERO,
            blockers: [NO_BLOCKER; REASONS],
            len: 0,
            stalled: SimTime::ZERO,
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

    pub(super) fn begin(&mut self, cause: Cause, at_risk_because: Option<Cause>, now: SimTime) {
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

    pub(super) fn find(&self, reason: Reason) -> Option<usize> {
        self.blockers[..self.len as usize].iter().position(|b| b.reason == reason)
    }

    /// Whether writes stall, tolerated or not.
    pub(super) fn stalls(&self) -> bool {
        self.blockers[..self.len as usize].iter().any(|b| b.reason.is_stall())
    }

    /// Whether writes stall and nothing else is amiss.
    pub(super) fn only_stalls(&self) -> bool {
        self.len > 0 && self.blockers[..self.len as usize].iter().all(|b| b.reason.is_stall())
    }

    pub(super) fn push(&mut self, blocker: Blocker) {
        self.blockers[self.len as usize] = blocker;
        self.len += 1;
    }

    pub(super) fn remove(&mut self, at: usize) {
        self.blockers.copy_within(at + 1..self.len as usize, at);
        self.len -= 1;
    }

    /// Writes the stretch since the last change, as it was.
    pub(super) fn write(&mut self, now: SimTime) {
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
    pub(super) fn append(&mut self, new: Segment) {
        if let Some(last) = self.segments.last_mut()
            && (Segment { from: last.from, ..new }) == (Segment { to: new.to, ..*last })
        {
            last.to = new.to;
            return;
        }
        self.segments.push(new);
    }

    /// A stall that stayed one: the server served all along, so the risk during it is told too.
    pub(super) fn tell_stall(&self, server: u32, line: &Line, to: SimTime, sink: &mut impl Sink) {
        sink.stall(Stall { server, from: self.from, to, cause: self.cause });
        let mut since = self.from;
        for &(at, risk, cause) in &self.risk_changes {
            tell(server, risk, cause, since, at, sink);
            since = at;
        }
        tell(server, line.risk, line.risk_cause(), since, to, sink);
    }

    pub(super) fn tell(&self, server: u32, censored: bool, sink: &mut impl Sink) {
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
