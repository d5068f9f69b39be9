//! Nodes that are lost, come back, or are made: what becomes of primary and standby.

use super::*;

impl Standby {
    /// A node's engine stopped serving.
    pub fn node_lost<S: Sink>(
        &mut self,
        node: Node,
        origin: Origin,
        phase: Phase,
        cx: &mut Context<S>,
    ) {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as usize);
        self.commits_end_with(server, slot, cx);
        let stalled = self.away_for(server, cx).map_or(cx.now, |since| since.min(cx.now));
        let p = &mut self.pairs[server as usize];
        let served = p.serves();
        p.up[slot] = false;
        if slot == 2 {
            if p.commits() {
                p.log_follows(cx.now);
            }
            let helpless = !p.serves() && p.step == Step::Idle;
            if p.state == State::CatchingUp && !p.can_feed() {
                self.pause_catch_up(server, cx);
            }
            if helpless {
                // It may have kept what the server waited for.
                self.stuck(server, cx);
            }
            return;
        }
        if slot == p.primary as usize {
            p.node_phase = phase;
            self.wait_no_more(server, cx);
            let p = &mut self.pairs[server as usize];
            let falls = match p.step {
                Step::Redirecting => Some(cx.now),
                _ => served.then_some(stalled),
            };
            if served {
                p.origin = origin;
                self.block_primary(server, origin, phase, cx);
            }
            self.primary_lost(server, origin, falls, cx);
        } else {
            self.standby_lost(server, origin, cx);
        }
    }

    /// A node that is down has come to another step.
    pub fn node_step<S: Sink>(&mut self, node: Node, phase: Phase, cx: &mut Context<S>) {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as usize);
        let p = &mut self.pairs[server as usize];
        if slot == p.primary as usize {
            p.node_phase = phase;
            self.stamp(server, cx);
        }
    }

    /// A node's engine is ready.
    pub fn node_ready<S: Sink>(&mut self, node: Node, path: RecoveryPath, cx: &mut Context<S>) {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as usize);
        let p = &mut self.pairs[server as usize];
        p.up[slot] = true;
        if slot == 2 {
            if p.can_feed() {
                p.log_follows(cx.now);
            }
            if p.state == State::CatchingUp {
                self.catch_up(server, cx);
            }
            return;
        }
        if slot != p.primary as usize {
            if p.state == State::Down || p.state == State::Patching {
                self.standby_returns(server, cx);
            }
            return;
        }
        p.path = path;
        match p.step {
            Step::Idle => {}
            // In time: the failover is called off, unless the volume is lost or has stalled for too long.
            Step::Detecting | Step::Deciding => {
                let tolerance = cx.group(server).volume.stall_tolerance;
                let stalls = p.blocked[slot] && cx.ledger.stall_expired(server, tolerance, cx.now);
                if !stalls && !p.gone[slot] && !self.yields(server, cx) {
                    self.call_off(server, cx);
                }
            }
            // Too late: it is fenced.
            _ => {
                self.stamp(server, cx);
                return;
            }
        }
        if self.pairs[server as usize].serves() {
            self.serve(server, path, cx);
        } else {
            // An engine without its data.
            self.stamp(server, cx);
        }
    }

    /// The primary's node is lost; the blocker is open. Since when it is away, unless it had been before.
    pub(super) fn primary_lost<S: Sink>(
        &mut self,
        server: Server,
        origin: Origin,
        falls: Option<SimTime>,
        cx: &mut Context<S>,
    ) {
        let p = &mut self.pairs[server as usize];
        if p.step == Step::Redirecting {
            cx.cancel_timer(Kind::Failover, server);
            p.step = Step::Idle;
            p.fenced = false;
            self.gauge_failover(server, -1, cx);
        }
        let p = &self.pairs[server as usize];
        if p.step != Step::Idle {
            self.stamp(server, cx);
            return;
        }
        if p.state == State::CatchingUp && !self.log_is_kept(server, cx) {
            self.pause_catch_up(server, cx);
        }
        if let Some(since) = falls {
            self.arm_since(server, origin, since, cx);
        } else if !self.pairs[server as usize].restoring {
            self.stuck(server, cx);
        }
    }

    /// The node of the standby is lost.
    pub(super) fn standby_lost<S: Sink>(
        &mut self,
        server: Server,
        origin: Origin,
        cx: &mut Context<S>,
    ) {
        let p = &mut self.pairs[server as usize];
        if p.restoring || !p.bought {
            return;
        }
        if p.serves() {
            p.origin = origin;
        }
        let (state, step) = (p.state, p.step);
        p.state = after(state, Move::NodeLost);
        match state {
            State::Healthy => {
                cx.ledger.risk(server, Risk::NoStandby, true, origin.cause, cx.now, &mut cx.sink);
            }
            State::CatchingUp => {
                self.note_progress(server, cx);
                cx.cancel_timer(Kind::StandbyCaughtUp, server);
            }
            State::Provisioning => {
                cx.cancel_timer(Kind::StandbyMade, server);
            }
            State::Broken => {
                cx.cancel_timer(Kind::StandbyMended, server);
            }
            _ => {}
        }
        let serves = self.pairs[server as usize].serves();
        if step != Step::Idle {
            self.lose_candidate(server, cx);
        } else if !serves {
            // It may have been what the server waited for.
            self.stuck(server, cx);
        }
        if state == State::Healthy && serves {
            self.drop_standby(server, origin, cx);
        }
        let p = &self.pairs[server as usize];
        if p.state == State::Down {
            self.watch_absence(server, cx);
        }
    }

    /// A healthy standby went: commits stall until it is dropped, unless the log has a quorum.
    pub(super) fn drop_standby<S: Sink>(
        &mut self,
        server: Server,
        origin: Origin,
        cx: &mut Context<S>,
    ) {
        if self.pairs[server as usize].dropping {
            return;
        }
        let p = &mut self.pairs[server as usize];
        p.origin = origin;
        let spec = &cx.group(server).standby;
        if spec.wal_quorum {
            // One whose volume stalls has received nothing since then.
            let received = if p.blocked[p.other()] { p.received } else { cx.now };
            self.fall_behind(server, received, cx);
            return;
        }
        let tolerance = cx.group(server).volume.stall_tolerance;
        // One that was cut off while the primary was away has been waited for since then.
        let lost = if p.link_cuts > 0 { p.cut_since } else { cx.now };
        let dropped = lost + cx.span(&spec.drop, Purpose::Drop, origin, server, 0);
        let takes = dropped.max(cx.now).since(cx.now);
        if takes == Span::ZERO {
            self.fall_behind(server, cx.now, cx);
            return;
        }
        let p = &mut self.pairs[server as usize];
        p.dropping = true;
        // Nothing is committed without it from now on.
        p.received = cx.now;
        cx.ledger.stall(server, Reason::Drop, origin.cause, cx.now, &mut cx.sink);
        cx.set_timer(takes, Kind::StandbyDropped, server);
        // Also where it alone would be tolerated: another stall may join it.
        cx.schedule(tolerance, Kind::StallExpired, server, 0);
    }

    /// Commits go on without the standby.
    pub fn standby_dropped<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if !p.dropping {
            return;
        }
        p.dropping = false;
        cx.ledger.unblock(server, Reason::Drop, RecoveryPath::Wait, cx.now);
        if self.pairs[server as usize].serves() {
            self.fall_behind(server, cx.now, cx);
        }
    }

    /// The standby misses what is committed since then.
    pub(super) fn fall_behind<S: Sink>(
        &mut self,
        server: Server,
        received: SimTime,
        cx: &mut Context<S>,
    ) {
        let p = &mut self.pairs[server as usize];
        // Where nothing is committed it misses nothing.
        if p.current && p.commits() {
            p.current = false;
            p.received = received;
        }
        if p.state == State::Healthy {
            // Its volume or its link is away, its node is not.
            p.state = after(p.state, Move::FellBehind);
            let o = p.other();
            if p.blocked[o] {
                p.origin = p.blocked_by[o];
            }
            let cause = p.origin.cause;
            cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
            self.standby_returns(server, cx);
        }
    }

    /// The node of a standby that is down is to be replaced if it stays away for too long.
    pub(super) fn watch_absence<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.pairs[server as usize].overdue = false;
        if let Some(patience) = cx.group(server).standby.replace_after {
            cx.cancel_timer(Kind::StandbyReplace, server);
            cx.set_timer(patience, Kind::StandbyReplace, server);
        }
    }

    /// The node of the standby has been away for too long.
    pub fn replace<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let away = !p.up[p.other()] || p.gone[p.other()];
        if !p.bought || p.restoring || p.state != State::Down || !away {
            return;
        }
        if !p.commits() && self.is_irreplaceable(server, cx) {
            // It may be the only node with every commit, or with any: it is waited for until the primary commits.
            self.pairs[server as usize].overdue = true;
            return;
        }
        self.want_standby(server, cx);
    }

    /// A new standby is wanted: in the zone of its slot, else in any other but the primary's.
    pub(super) fn want_standby<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let zones = cx.topo.zones;
        let mode = cx.group(server).standby_mode;
        let p = &mut self.pairs[server as usize];
        let primary_zone = p.zone[p.primary as usize];
        let mask = match mode {
            StandbyMode::SameZone => 1 << primary_zone,
            _ if zones == 1 => 1,
            _ => (((1u32 << zones) - 1) as u8) & !(1 << primary_zone),
        };
        let other = p.other();
        p.state = after(p.state, Move::NewNodeWanted);
        p.up[other] = false;
        p.current = false;
        p.fresh = true;
        p.overdue = false;
        p.forget_volume(other);
        cx.cancel_timer(Kind::StandbyReplace, server);
        let node = p.node(server, other);
        p.request = cx.request();
        cx.tell(if p.elsewhere {
            Fact::NodeElsewhere(node, p.request)
        } else {
            Fact::NodeWanted(node, mask, p.request)
        });
    }

    /// A host was found for a new node.
    pub fn node_granted<S: Sink>(&mut self, node: Node, request: Request, cx: &mut Context<S>) {
        let server = node / SLOTS;
        let p = &mut self.pairs[server as usize];
        if p.restoring || p.state != State::Wanted || p.request != request {
            return;
        }
        p.state = after(p.state, Move::NodeGranted);
        p.tries += 1;
        let law = &cx.group(server).standby.provisioning;
        let takes = cx.span(law, Purpose::Provisioning, p.origin, server, p.tries);
        cx.set_timer(takes, Kind::StandbyMade, server);
    }

    /// A node stands somewhere new, with a new volume.
    pub fn node_placed<S: Sink>(&mut self, node: Node, host: u32, cx: &Context<S>) {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as usize);
        let p = &mut self.pairs[server as usize];
        if slot < 2 {
            p.zone[slot] = cx.topo.host_zone[host as usize];
            p.forget_volume(slot);
        }
    }

    /// A new standby has been made: it needs a whole copy.
    pub fn made<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.state != State::Provisioning {
            return;
        }
        let other = p.other();
        p.up[other] = true;
        p.fresh = true;
        p.state = after(p.state, Move::Made);
        cx.tell(Fact::NodeMade(p.node(server, other)));
        self.catch_up(server, cx);
    }

    /// The node of the standby is back.
    pub(super) fn standby_returns<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let other = p.other();
        if !p.up[other] || p.blocked[other] || p.gone[other] || p.restoring {
            return;
        }
        if p.current && p.link_cuts > 0 && p.commits() {
            // It misses nothing yet, and cannot be reached either.
            return;
        }
        cx.cancel_timer(Kind::StandbyReplace, server);
        p.overdue = false;
        if p.current {
            self.become_healthy(server, cx);
            return;
        }
        p.state = after(p.state, Move::NodeBack);
        self.catch_up(server, cx);
        if self.pairs[server as usize].stale_due {
            self.stale_allowed(server, cx);
        }
    }
}
