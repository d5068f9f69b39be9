//! Time at risk: which part of a server's redundancy is away, since when, and what took it.

use super::{Ledger, NONE};
use crate::kernel::time::SimTime;
use crate::model::fault::Cause;
use crate::model::record::{Interval, Sink, State};

/// Bits of `Line::risk`: what is away.
pub(super) const NO_STANDBY: u8 = 1;
pub(super) const COPIES: u8 = 2;
/// The whole server is gone for good.
pub(super) const ABSENT: u8 = 4;
/// Of two risks, the copies went first.
const COPIES_FIRST: u8 = 8;

/// A server's line: small, because every strike touches one.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct Line {
    /// Index into `open`, or `NONE`.
    pub(super) open: u32,
    pub(super) risk: u8,
    /// What took the standby, and what took copies.
    pub(super) risk_causes: [Cause; 2],
    /// Since when the present risk has been told, while serving.
    pub(super) risk_since: SimTime,
    /// Since when the standby, and since when copies have been away.
    pub(super) risk_began: [SimTime; 2],
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
    pub(super) fn bit(self) -> u8 {
        match self {
            Risk::NoStandby => NO_STANDBY,
            Risk::Copies => COPIES,
        }
    }
}

impl Ledger {
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
        if away {
            let part = usize::from(which == Risk::Copies);
            (line.risk_causes[part], line.risk_began[part]) = (cause, now);
        }
        line.risk = risk;
        line.risk_since = now;
    }
}

impl Line {
    pub(super) fn tell_risk(&mut self, server: u32, now: SimTime, sink: &mut impl Sink) {
        tell(server, self.risk, self.risk_cause(), self.risk_since, now, sink);
        self.risk_since = now;
    }

    /// What took the redundancy that has been away for longest.
    pub(super) fn risk_cause(&self) -> Cause {
        self.risk_causes[usize::from(!self.standby_went_first())]
    }

    pub(super) fn standby_went_first(&self) -> bool {
        self.risk & NO_STANDBY != 0 && self.risk & COPIES_FIRST == 0
    }

    /// What took the redundancy that was away before an instant and for longest. What goes in that
    /// instant is part of the same trouble.
    pub(super) fn risk_before(&self, now: SimTime) -> Option<Cause> {
        let order = if self.standby_went_first() { [0, 1] } else { [1, 0] };
        let was_away = |&part: &usize| {
            self.risk & [NO_STANDBY, COPIES][part] != 0 && self.risk_began[part] < now
        };
        order.into_iter().find(was_away).map(|part| self.risk_causes[part])
    }
}

/// Tells a stretch of risk, if there is any.
pub(super) fn tell(
    server: u32,
    risk: u8,
    cause: Cause,
    from: SimTime,
    to: SimTime,
    sink: &mut impl Sink,
) {
    if to > from && risk != 0 {
        let state = if risk & ABSENT != 0 {
            State::Absent
        } else {
            State::AtRisk { no_standby: risk & NO_STANDBY != 0, copies: risk & COPIES != 0 }
        };
        sink.interval(Interval { server, state, from, to, cause });
    }
}
