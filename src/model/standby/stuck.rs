//! A server that nothing serves and that cannot fail over: what else may bring it back, and the promotion of a
//! standby that is behind.

use super::*;

impl Standby {
    /// No failover is possible now: what else may bring the server back.
    pub(super) fn stuck<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.stamp(server, cx);
        let p = &self.pairs[server as usize];
        if p.restoring || p.serves() {
            self.tell_stall(server, cx);
            return;
        }
        let (gone, origin) = (p.gone[p.primary as usize], p.origin);
        if gone {
            cx.tell(Fact::RestoreWanted(server, origin, RestoreReason::DataLost));
        }
        if gone && !self.may_return(server, cx) {
            return;
        }
        cx.tell(Fact::ServerStuck(server));
        self.await_stale(server, cx);
    }

    /// Nothing can restore the server, whose data is lost: it ends, unless its standby may be back with every
    /// commit, or is all that is left of it and may be promoted with its lag as loss.
    pub fn unrestorable<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        if self.may_return(server, cx) {
            return;
        }
        if self.may_be_stale(server, cx) {
            self.await_stale(server, cx);
        } else {
            self.end(server, cx);
        }
    }

    /// Whether a standby that is behind may be promoted, as soon as it is there.
    fn may_be_stale<S: Sink>(&self, server: Server, cx: &mut Context<S>) -> bool {
        let wanted = cx.group(server).standby.promote_stale.after.is_some();
        let p = &self.pairs[server as usize];
        let may = match p.state {
            State::CatchingUp | State::Down | State::Patching => true,
            State::Broken => cx.has_timer(Kind::StandbyMended, server),
            _ => false,
        };
        p.bought && wanted && may && !p.fresh && !p.gone[p.other()]
    }

    /// Whether a standby that is away must not be given up: it has every commit and may be back, or whatever it has is
    /// all that is left.
    pub(super) fn is_irreplaceable<S: Sink>(&self, server: Server, cx: &mut Context<S>) -> bool {
        let p = &self.pairs[server as usize];
        let gone = p.gone[p.primary as usize];
        self.may_return(server, cx) || (gone && self.may_be_stale(server, cx))
    }

    /// A primary that serves from a volume that stalls may be stuck all the same.
    pub(super) fn tell_stall<S: Sink>(&self, server: Server, cx: &mut Context<S>) {
        if self.stalls(server) {
            cx.tell(Fact::ServerStuck(server));
            if !self.pairs[server as usize].restoring && self.is_away(server, cx) {
                self.await_stale(server, cx);
            }
        }
    }

    /// Nothing serves: an unhealthy standby may be promoted after some time, if that is what the group wants.
    fn await_stale<S: Sink>(&self, server: Server, cx: &mut Context<S>) {
        let bought = self.pairs[server as usize].bought;
        if let (true, Some(patience)) = (bought, cx.group(server).standby.promote_stale.after)
            && !cx.has_timer(Kind::StandbyStale, server)
        {
            // Counted from the loss of the primary, whatever was tried since.
            let lost = self.away_for(server, cx).unwrap_or(cx.now);
            let left = (lost + patience).max(cx.now).since(cx.now);
            cx.set_timer(left, Kind::StandbyStale, server);
        }
    }

    /// Whether no node serves as primary, or only one whose volume has stalled for longer than is tolerated,
    /// which is as good as none.
    pub(super) fn is_away<S: Sink>(&self, server: Server, cx: &Context<S>) -> bool {
        let serves = self.pairs[server as usize].serves();
        !serves || self.away_for(server, cx).is_some_and(|since| since <= cx.now)
    }

    /// Since when that is so, or will be if the volume stalls until then.
    pub(super) fn away_for<S: Sink>(&self, server: Server, cx: &Context<S>) -> Option<SimTime> {
        let tolerance = cx.group(server).volume.stall_tolerance;
        let stalled = cx.ledger.stalled_since(server).filter(|_| self.stalls(server));
        let stalled = stalled.map(|at| at + tolerance);
        if self.pairs[server as usize].serves() {
            return stalled;
        }
        // A primary whose volume stalls is fenced only when that is decided on.
        let lost = cx.ledger.since(server, Reason::Primary);
        lost.into_iter().chain(stalled.filter(|&at| at <= cx.now)).min()
    }

    /// An unhealthy standby may be promoted from now on.
    pub fn stale_allowed<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.note_progress(server, cx);
        let away = self.is_away(server, cx);
        let p = &mut self.pairs[server as usize];
        let o = p.other();
        let broken = p.state == State::Broken;
        let has_data = !p.fresh && !p.gone[o] && !p.blocked[o] && p.up[o] && !broken;
        if !away || p.step != Step::Idle || p.restoring || !has_data {
            p.stale_due = away;
            return;
        }
        if p.serves() {
            p.origin = p.blocked_by[p.primary as usize];
        }
        cx.cancel_timer(Kind::StandbyCaughtUp, server);
        p.stale = !p.current;
        self.begin(server, Step::Deciding, cx);
        self.go_on(server, cx);
    }
}
