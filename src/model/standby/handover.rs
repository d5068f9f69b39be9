//! Handovers that are not failovers: restored nodes, lost servers, planned switchovers.

use super::*;

impl Standby {
    /// A restore begins in the other slot, or takes it when it is done: whatever stood there is given up. No
    /// failover is on its way.
    pub fn restore_begins<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        debug_assert!(p.step == Step::Idle, "a restore takes the slot of a failover: {p:?}");
        p.restoring_apart = false;
        p.restoring = true;
        p.restore_phase = Phase::Waiting;
        p.current = false;
        let other = p.other();
        p.up[other] = false;
        p.forget_volume(other);
        for kind in [
            Kind::StandbyReplace,
            Kind::StandbyMade,
            Kind::StandbyCaughtUp,
            Kind::StandbyMended,
            Kind::StandbyStale,
        ] {
            cx.cancel_timer(kind, server);
        }
        if p.serves() {
            // Its volume has stalled for too long.
            p.origin = p.blocked_by[p.primary as usize];
        }
        if p.bought {
            let cause = p.origin.cause;
            p.state = State::Down;
            cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
        }
        self.stamp(server, cx);
    }

    /// A restore begins apart: the standby may still be back before it is done.
    pub fn restore_begins_apart<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.restoring_apart = true;
        p.restore_phase = Phase::Waiting;
        self.stamp(server, cx);
    }

    /// A restore has come to another phase.
    pub fn restore_step<S: Sink>(&mut self, server: Server, phase: Phase, cx: &mut Context<S>) {
        self.pairs[server as usize].restore_phase = phase;
        self.stamp(server, cx);
    }

    /// The server came back before its restore was done: the restore is given up.
    pub fn restore_dropped<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.restoring_apart = false;
        if !p.restoring {
            self.stamp(server, cx);
            return;
        }
        p.restoring = false;
        if p.bought {
            self.want_standby(server, cx);
        }
    }

    /// The restored node takes the place of the old one, which is discarded.
    pub fn restored<S: Sink>(&mut self, server: Server, path: RecoveryPath, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let (old, new) = (p.primary as usize, p.other());
        p.restoring = false;
        if path == RecoveryPath::GeoRestore {
            // The log replica is made there too.
            p.elsewhere = true;
            p.up[2] = p.bought && cx.group(server).standby.wal_quorum;
        }
        p.primary = new as u8;
        p.up[new] = true;
        p.up[old] = false;
        p.log_follows(cx.now);
        let stalled = p.blocked[old];
        p.forget_volume(old);
        let (short, new_stalled) = (p.short[new], p.blocked[new]);
        let (short_by, blocked_by) = (p.short_by[new], p.blocked_by[new]);
        let dropping = std::mem::take(&mut p.dropping);
        let (old_node, bought) = (p.node(server, old), p.bought);
        if stalled {
            cx.ledger.unblock(server, Reason::Stall, path, cx.now);
        }
        if dropping {
            cx.ledger.unblock(server, Reason::Drop, path, cx.now);
        }
        cx.cancel_timer(Kind::StandbyDropped, server);
        if new_stalled {
            cx.ledger.stall(server, Reason::Stall, blocked_by.cause, cx.now, &mut cx.sink);
            let tolerance = cx.group(server).volume.stall_tolerance;
            cx.schedule(tolerance, Kind::StallExpired, server, 0);
        }
        cx.ledger.risk(server, Risk::Copies, short, short_by, cx.now, &mut cx.sink);
        cx.tell(Fact::NodeDropped(old_node));
        if bought {
            self.pairs[server as usize].state = State::Down;
            self.want_standby(server, cx);
        }
        // The next loss of a primary is waited for anew before anything stale is promoted.
        self.pairs[server as usize].stale_due = false;
        cx.cancel_timer(Kind::StandbyStale, server);
        cx.ledger.unblock(server, Reason::Primary, path, cx.now);
    }

    /// Nothing can bring the server back: it ends.
    pub fn end<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        for kind in [
            Kind::Failover,
            Kind::StandbyReplace,
            Kind::StandbyMade,
            Kind::StandbyCaughtUp,
            Kind::StandbyMended,
            Kind::StandbyStale,
            Kind::StandbyDropped,
        ] {
            cx.cancel_timer(kind, server);
        }
        let p = &mut self.pairs[server as usize];
        p.bought = false;
        p.state = State::NotBought;
        (p.restoring, p.restoring_apart) = (false, false);
        p.dropping = false;
        p.up = [false; 3];
        p.forget_volume(0);
        p.forget_volume(1);
        cx.ledger.end(server, cx.now, &mut cx.sink);
        cx.tell(Fact::ServerLost(server));
    }

    /// Planned work takes the standby away for a moment.
    pub fn patch_begins<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.state = after(p.state, Move::PatchBegan);
        p.current = false;
        p.received = cx.now;
        let other = p.other();
        p.up[other] = false;
        cx.ledger.risk(server, Risk::NoStandby, true, Cause::MAINTENANCE, cx.now, &mut cx.sink);
    }

    /// The standby is back from planned work, and has caught up if the primary serves.
    pub fn patch_ends<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.state != State::Patching {
            return;
        }
        let other = p.other();
        p.up[other] = true;
        if p.commits() && !p.blocked[other] && p.link_cuts == 0 {
            self.become_healthy(server, cx);
        } else {
            p.state = after(p.state, Move::FellBehind);
            self.standby_returns(server, cx);
        }
    }

    /// Whether planned work on a server meets nothing out of the ordinary: everything that was bought
    /// is there and healthy, and all copies are live.
    #[inline]
    pub fn is_undisturbed(&self, server: Server) -> bool {
        let p = &self.pairs[server as usize];
        p.is_ready()
            && !p.dropping
            && p.link_cuts == 0
            && p.short == [false; 2]
            && p.gone == [false; 2]
            && !p.stale
    }

    /// A planned switchover that nothing disturbed is over: the roles were swapped at that time, and
    /// the old primary is the healthy standby.
    pub fn switched_over(&mut self, server: Server, at: SimTime) {
        let p = &mut self.pairs[server as usize];
        p.primary = p.other() as u8;
        p.origin.cause = Cause::MAINTENANCE;
        p.received = at;
        p.node_phase = Phase::Waiting;
        p.current = true;
        p.fresh = false;
        p.catching = (SimTime::ZERO, SimTime::ZERO);
    }

    /// A planned switchover swaps the roles.
    pub fn switch_over<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.origin.cause = Cause::MAINTENANCE;
        self.swap(server, cx);
        let p = &mut self.pairs[server as usize];
        p.state = State::Patching;
        let other = p.other();
        p.up[other] = false;
    }
}
