//! Spells: stretches in which a server cannot be reached, kept back as its private steps.
//!
//! Where nothing else is amiss with a server, being unreachable concerns nobody but its ledger: the
//! spell is told when the server is next touched. If it is over by then, it is told whole. If not, its
//! start is played as of its time, and its end comes as an event.

use super::*;
use crate::model::record::Segment;

/// How far the spell of a server has been played.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Played {
    /// There is none, or it goes by events.
    #[default]
    Public,
    /// Neither its start nor its end.
    Kept,
    /// Its start.
    Begun,
}

#[derive(Clone, Copy, Debug)]
struct Spell {
    from: SimTime,
    to: SimTime,
    cause: Cause,
}

/// The spells of one cell, at most one a server.
#[derive(Clone, Debug, Default)]
pub(super) struct Spells {
    played: Vec<Played>,
    spells: Vec<Spell>,
}

/// A private step of a spell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Whole,
    Begins,
    Ends,
}

impl Spells {
    pub fn reset(&mut self, servers: u32) {
        self.played.clear();
        self.played.resize(servers as usize, Played::Public);
        let none = Spell { from: SimTime::ZERO, to: SimTime::ZERO, cause: Cause(0) };
        self.spells.resize(servers as usize, none);
    }

    /// Whether a server has a spell that is private.
    #[inline]
    pub fn has(&self, server: Server) -> bool {
        self.played[server as usize] != Played::Public
    }

    /// The next private step of a server before `end`, and when it is.
    fn step(&self, server: Server, end: Moment) -> Option<(SimTime, Step)> {
        let spell = &self.spells[server as usize];
        match self.played[server as usize] {
            Played::Public => None,
            // What begins in the instant of its end joins its incident: then it is not told whole.
            Played::Kept if spell.to < time_of(end) => Some((spell.from, Step::Whole)),
            Played::Kept => Some((spell.from, Step::Begins)),
            Played::Begun if moment(spell.to, end_of(server)) < end => Some((spell.to, Step::Ends)),
            Played::Begun => None,
        }
    }
}

impl<S: Sink> World<S> {
    /// Whether a server has a spell that is private.
    pub(in crate::model) fn has_spell(&self, server: Server) -> bool {
        self.spells.has(server)
    }

    /// A server is unreachable from now on for this long.
    pub(super) fn begin_spell(&mut self, server: Server, cause: Cause, lasts: Span) {
        let alone = !self.manner.eager
            && lasts > Span::ZERO
            && !self.storage.has_private_steps(server)
            && self.cx.ledger.is_plain(server)
            && self.maintenance.is_resting(server)
            && !self.clocks.runs(cause);
        if alone {
            let from = self.cx.now;
            self.spells.spells[server as usize] = Spell { from, to: from + lasts, cause };
            self.spells.played[server as usize] = Played::Kept;
            return;
        }
        self.block_path(server, cause);
        self.cx.schedule(lasts, Kind::Reachable, server, 0);
        self.sync_clocks(Addressed::Server, server);
    }

    fn block_path(&mut self, server: Server, cause: Cause) {
        let cx = &mut self.cx;
        let (reason, phase) = (Reason::Connectivity, Phase::Waiting);
        cx.ledger.block(server, reason, cause, phase, true, false, cx.now, &mut cx.sink);
    }

    /// Plays the next private step of a server's spell, if it comes before `end`.
    pub(super) fn play_spell(&mut self, server: Server, end: Moment) -> bool {
        let Some((at, step)) = self.spells.step(server, end) else { return false };
        self.cx.now = at;
        let Spell { from, to, cause } = self.spells.spells[server as usize];
        let played = &mut self.spells.played[server as usize];
        match step {
            Step::Whole => {
                *played = Played::Public;
                let cx = &mut self.cx;
                let phase = Phase::Waiting;
                let whole = [Segment { from, to, phase, cause, connect: true, planned: false }];
                cx.ledger.tell_whole(server, &whole, RecoveryPath::Wait, &mut cx.sink);
            }
            Step::Begins => {
                *played = Played::Begun;
                self.block_path(server, cause);
            }
            Step::Ends => {
                *played = Played::Public;
                self.cx.ledger.unblock(server, Reason::Connectivity, RecoveryPath::Wait, at);
            }
        }
        true
    }

    /// What has begun ends on time from now on: something else concerns the server.
    pub(super) fn publish_spell(&mut self, server: Server) {
        if self.spells.played[server as usize] == Played::Begun {
            self.spells.played[server as usize] = Played::Public;
            let at = self.spells.spells[server as usize].to;
            self.cx.events.schedule(at, end_of(server));
        }
    }
}

/// The event that ends a spell.
fn end_of(server: Server) -> Content {
    pack(Kind::Reachable, server, 0)
}
