//! Spells: stretches in which a server cannot be reached.
//!
//! Where nothing else is amiss with a server, being unreachable concerns nobody but its ledger.

use super::*;
use crate::model::record::Segment;

impl<S: Sink> World<S> {
    /// A server is unreachable from now on for this long.
    pub(super) fn begin_spell(&mut self, server: Server, cause: Cause, lasts: Span) {
        let alone = !self.manner.eager
            && lasts > Span::ZERO
            && !self.stretches.has(server)
            && self.cx.ledger.is_plain(server)
            && self.maintenance.is_resting(server)
            && !self.clocks.runs(cause);
        let to = self.cx.now + lasts;
        if alone {
            let ends = moment(to, end_of(server));
            let course = Course::Unreachable(cause);
            self.stretches.keep(server, Stretch { begins: self.key, ends, course });
            return;
        }
        self.play_spell(server, cause, to);
        self.sync_clocks(Addressed::Server, server);
    }

    /// A spell that began now, to its end.
    pub(super) fn play_spell(&mut self, server: Server, cause: Cause, to: SimTime) {
        let cx = &mut self.cx;
        let (reason, phase) = (Reason::Connectivity, Phase::Waiting);
        cx.ledger.block(server, reason, cause, phase, true, false, cx.now, &mut cx.sink);
        cx.events.schedule(to, end_of(server));
    }

    /// Tells a whole spell, if nothing disturbed it.
    pub(super) fn tell_spell(&mut self, server: Server, cause: Cause, to: SimTime) -> bool {
        if !self.cx.ledger.is_plain(server) || !self.maintenance.is_resting(server) {
            return false;
        }
        self.spell_passed(server, cause, to);
        true
    }

    /// Tells a whole spell that began now and that nothing disturbed.
    pub(super) fn spell_passed(&mut self, server: Server, cause: Cause, to: SimTime) {
        let cx = &mut self.cx;
        let (from, phase) = (cx.now, Phase::Waiting);
        let whole = [Segment { from, to, phase, cause, connect: true, planned: false }];
        cx.ledger.tell_whole(server, &whole, RecoveryPath::Wait, &mut cx.sink);
    }
}

/// The event that ends a spell.
fn end_of(server: Server) -> Content {
    pack(Kind::Reachable, server, 0)
}
