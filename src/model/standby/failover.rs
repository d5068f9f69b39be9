//! Failover: from the loss of a primary to the new one, step by step, and its abandonment.

use super::*;

impl Standby {
    /// The primary cannot serve: fail over if the standby is healthy.
    pub(super) fn arm<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        self.arm_since(server, origin, cx.now, cx);
    }

    /// The same for one that has not been able to for some time: it is noticed as long after that.
    pub(super) fn arm_since<S: Sink>(
        &mut self,
        server: Server,
        origin: Origin,
        since: SimTime,
        cx: &mut Context<S>,
    ) {
        let p = &mut self.pairs[server as usize];
        if p.step != Step::Idle || p.restoring {
            return;
        }
        p.origin = origin;
        // Who is away is not noticed anew.
        if p.bought && !p.is_known_lost() {
            self.notice(server, origin, since, cx);
        }
        let p = &mut self.pairs[server as usize];
        if p.bought && p.state == State::Down && p.current {
            // It may be up, and only cut off: then it has missed nothing before commits ended.
            self.standby_returns(server, cx);
            if self.pairs[server as usize].step != Step::Idle {
                return;
            }
        }
        let p = &mut self.pairs[server as usize];
        let o = p.other();
        let ready = p.up[o] && !p.gone[o] && !p.blocked[o];
        if p.bought && p.state == State::Healthy && ready {
            p.stale = false;
            let takes = p.noticed.max(cx.now).since(cx.now);
            self.begin(server, Step::Detecting, cx);
            self.wait_or_go_on(server, takes, cx);
        } else {
            self.stuck(server, cx);
        }
    }

    /// The primary has been away since then: when that is noticed and decided on, should it last.
    pub(super) fn notice<S: Sink>(
        &mut self,
        server: Server,
        origin: Origin,
        lost: SimTime,
        cx: &Context<S>,
    ) {
        let p = &mut self.pairs[server as usize];
        let (spec, tries) = (&cx.group(server).standby, p.tries + 1);
        p.lost = lost;
        p.noticed = lost + cx.span(&spec.detection, Purpose::Detection, origin, server, tries);
        p.decided = p.noticed + cx.span(&spec.decision, Purpose::Decision, origin, server, tries);
    }

    pub(super) fn begin<S: Sink>(&mut self, server: Server, step: Step, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.step = step;
        p.tries += 1;
        self.stamp(server, cx);
    }

    /// Detection errs. The caller has seen that the server is ready.
    pub fn false_alarm<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.origin = origin;
        p.stale = false;
        p.path = RecoveryPath::Wait;
        self.begin(server, Step::Deciding, cx);
        let p = &self.pairs[server as usize];
        let law = &cx.group(server).standby.decision;
        let takes = cx.span(law, Purpose::Decision, origin, server, p.tries);
        self.wait_or_go_on(server, takes, cx);
    }

    pub(super) fn wait_or_go_on<S: Sink>(
        &mut self,
        server: Server,
        takes: Span,
        cx: &mut Context<S>,
    ) {
        if takes > Span::ZERO {
            cx.set_timer(takes, Kind::Failover, server);
        } else {
            self.go_on(server, cx);
        }
    }

    /// A step of the failover has ended: takes the next ones that take no time, and the first that
    /// does.
    pub fn go_on<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        loop {
            let p = &self.pairs[server as usize];
            let (origin, tries) = (p.origin, p.tries);
            let spec = &cx.group(server).standby;
            let (next, takes) = match p.step {
                Step::Idle => return,
                Step::Detecting => (Step::Deciding, p.decided.max(cx.now).since(cx.now)),
                Step::Deciding => {
                    if p.elsewhere || cx.control_plane_up() {
                        self.decide(server, cx);
                    } else {
                        // Not begun yet: it waits, and may still be called off.
                        self.held_up.insert(server);
                        self.stamp(server, cx);
                    }
                    return;
                }
                Step::Queued => {
                    (Step::Fencing, cx.span(&spec.fencing, Purpose::Fencing, origin, server, tries))
                }
                Step::Fencing => (Step::Replaying, self.replay_time(server, cx)),
                Step::Replaying => (
                    Step::Promoting,
                    cx.span(&spec.promotion, Purpose::Promotion, origin, server, tries),
                ),
                Step::Promoting => {
                    if !self.promote(server, cx) {
                        return;
                    }
                    let law = &cx.group(server).standby.redirection;
                    (Step::Redirecting, cx.span(law, Purpose::Redirection, origin, server, tries))
                }
                Step::Redirecting => {
                    self.redirected(server, RecoveryPath::Failover, cx);
                    return;
                }
            };
            self.pairs[server as usize].step = next;
            if next == Step::Redirecting {
                self.follow_the_new(server, cx);
            }
            if takes > Span::ZERO {
                self.stamp(server, cx);
                cx.set_timer(takes, Kind::Failover, server);
                return;
            }
        }
    }

    /// Received log that the standby has not applied yet, as time.
    pub(super) fn replay_time<S: Sink>(&self, server: Server, cx: &Context<S>) -> Span {
        let p = &self.pairs[server as usize];
        Standby::replay_from(server, p.origin, p.tries, cx.now, cx)
    }

    /// The same at an instant, for the tries of a pair that fails over because of an origin.
    pub(super) fn replay_from<S: Sink>(
        server: Server,
        origin: Origin,
        tries: u32,
        at: SimTime,
        cx: &Context<S>,
    ) -> Span {
        let spec = &cx.group(server).standby;
        let lag = cx.span(&spec.replay_lag, Purpose::Replay, origin, server, tries);
        if lag == Span::ZERO || spec.replay_rate.0.is_infinite() {
            return Span::ZERO;
        }
        let at = at.signed();
        let bytes = cx.wal_before(server, cx.aged(lag, at), at, || cx.named(origin, server));
        Span::from_secs_f64(spec.replay_rate.seconds_for(bytes))
    }

    /// The control plane is back: failovers that it held up, in order.
    pub fn take_held_up(&mut self) -> BTreeSet<Server> {
        std::mem::take(&mut self.held_up)
    }

    /// A failover that the control plane held up, or that is overdue, goes on, if it was not called off.
    pub fn decide_now<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let pending = cx.has_timer(Kind::Failover, server);
        if self.pairs[server as usize].step == Step::Deciding && !pending {
            self.go_on(server, cx);
        }
    }

    /// From now on the old primary is fenced; a slot of the ring is asked for. The paired region has a ring
    /// and a control plane of its own, which nobody waits for.
    pub(super) fn decide<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.commits() {
            (p.away_since, p.ended) = (cx.now, cx.now);
        }
        p.fenced = true;
        p.step = Step::Queued;
        p.failover_zone = p.zone[p.primary as usize];
        let (origin, zone) = (p.origin, u32::from(p.failover_zone));
        if !cx.ledger.has(server, Reason::Primary) {
            // Its node is there: should the fence lift, it was only waited for.
            p.path = RecoveryPath::Wait;
            self.block_primary(server, origin, Phase::Waiting, cx);
        }
        self.stamp(server, cx);
        if self.pairs[server as usize].elsewhere {
            self.go_on(server, cx);
            return;
        }
        cx.gauge(Resource::RingQueued, zone, 1);
        cx.tell(Fact::RingSlotWanted(server));
    }

    /// A failover begins or ends that counts in the gauges of the region in which it runs.
    pub(super) fn gauge_failover<S: Sink>(&self, server: Server, change: i64, cx: &mut Context<S>) {
        let p = &self.pairs[server as usize];
        if !p.elsewhere {
            cx.gauge(Resource::Failovers, p.failover_zone.into(), change);
        }
    }

    /// A slot of the ring is wanted or held no more.
    fn free_slot<S: Sink>(&self, server: Server, cx: &mut Context<S>) {
        if !self.pairs[server as usize].elsewhere {
            cx.tell(Fact::RingSlotFreed(server));
        }
    }

    /// A slot of the ring is ours.
    pub fn ring_granted<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &self.pairs[server as usize];
        if p.step != Step::Queued {
            // Abandoned in the very instant of the grant; the slot is on its way back.
            return;
        }
        let zone = u32::from(p.failover_zone);
        cx.gauge(Resource::RingQueued, zone, -1);
        self.gauge_failover(server, 1, cx);
        self.go_on(server, cx);
    }

    /// Promotion ends: whether it worked.
    pub(super) fn promote<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) -> bool {
        // A standby that is behind may have received more meanwhile.
        self.pause_catch_up(server, cx);
        let p = &self.pairs[server as usize];
        let spec = &cx.group(server).standby;
        let works = cx.happens(
            spec.promotion_success.0,
            Purpose::PromotionWorks,
            p.origin,
            server,
            p.tries,
        );
        if p.blocked[p.other()] {
            self.abandon(server, cx);
            return false;
        }
        if !works {
            let mending = spec.promotion_repair.clone();
            let p = &mut self.pairs[server as usize];
            p.state = after(p.state, Move::PromotionFailed);
            p.mends_stale = p.stale;
            let (origin, tries) = (p.origin, p.tries);
            cx.ledger.risk(server, Risk::NoStandby, true, origin.cause, cx.now, &mut cx.sink);
            if let Some(law) = mending {
                let takes = cx.span(&law, Purpose::Mending, origin, server, tries);
                cx.cancel_timer(Kind::StandbyMended, server);
                cx.set_timer(takes, Kind::StandbyMended, server);
            }
            self.abandon(server, cx);
            return false;
        }
        self.free_slot(server, cx);
        self.swap(server, cx);
        true
    }

    /// The standby is the primary from now on; the old primary is to become its standby.
    pub(super) fn swap<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let (old, new) = (p.primary as usize, p.other());
        // The old primary's volume is not the server's any more.
        let stalled = p.blocked[old];
        let dropping = std::mem::take(&mut p.dropping);
        p.primary = new as u8;
        p.yields = false;
        if p.stale {
            let down = cx.ledger.down_since(server).unwrap_or(cx.now);
            let window = if down > p.received { down.since(p.received) } else { Span::ZERO };
            cx.ledger.lose(server, window);
            p.stale = false;
        }
        let cause = p.origin.cause;
        p.state = after(p.state, Move::Promoted);
        p.current = false;
        // What it misses is more than the log since now where its volume is old.
        p.fresh = p.gone[old] || p.old[old] != SimTime::NEVER;
        (p.received, p.silent) = (cx.now, Span::ZERO);
        p.node_phase = Phase::Waiting;
        let (short, new_stalled) = (p.short[new], p.blocked[new]);
        let (short_by, blocked_by) = (p.short_by[new], p.blocked_by[new]);
        if stalled {
            cx.ledger.unblock(server, Reason::Stall, RecoveryPath::Failover, cx.now);
        }
        if dropping {
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.ledger.unblock(server, Reason::Drop, RecoveryPath::Failover, cx.now);
        }
        if new_stalled {
            cx.ledger.stall(server, Reason::Stall, blocked_by.cause, cx.now, &mut cx.sink);
        }
        cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
        cx.ledger.risk(server, Risk::Copies, short, short_by, cx.now, &mut cx.sink);
    }

    /// The old primary follows the new one from its promotion on, if it is there.
    fn follow_the_new<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &self.pairs[server as usize];
        if p.bought && p.state == State::Down {
            self.standby_returns(server, cx);
        }
    }

    /// Clients have found the new primary.
    pub(super) fn redirected<S: Sink>(
        &mut self,
        server: Server,
        path: RecoveryPath,
        cx: &mut Context<S>,
    ) {
        let p = &mut self.pairs[server as usize];
        p.step = Step::Idle;
        p.fenced = false;
        self.gauge_failover(server, -1, cx);
        let p = &self.pairs[server as usize];
        let slot = p.primary as usize;
        let origin = if p.blocked[slot] { p.blocked_by[slot] } else { p.origin };
        if !p.serves() {
            // The new primary lost its data before clients found it.
            let since = cx.ledger.stalled_since(server).unwrap_or(cx.now);
            self.arm_since(server, origin, since, cx);
            return;
        }
        // What is amiss with the new primary is waited for anew before anything stale is promoted.
        self.pairs[server as usize].stale_due = false;
        cx.cancel_timer(Kind::StandbyStale, server);
        self.serve(server, path, cx);
        let p = &self.pairs[server as usize];
        let tolerance = cx.group(server).volume.stall_tolerance;
        if p.blocked[slot] && cx.ledger.stall_expired(server, tolerance, cx.now) {
            // Its volume has stalled for too long meanwhile.
            let stalled = cx.ledger.stalled_since(server).unwrap_or(cx.now);
            self.arm_since(server, origin, (stalled + tolerance).min(cx.now), cx);
        }
    }

    /// The failover ends without a new primary: the fence lifts.
    pub(super) fn abandon<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        cx.cancel_timer(Kind::Failover, server);
        let p = &self.pairs[server as usize];
        if p.step == Step::Queued {
            cx.gauge(Resource::RingQueued, p.failover_zone.into(), -1);
        } else {
            self.gauge_failover(server, -1, cx);
        }
        self.free_slot(server, cx);
        let p = &mut self.pairs[server as usize];
        p.step = Step::Idle;
        (p.fenced, p.yields) = (false, false);
        p.stale = false;
        if p.serves() {
            let path = p.path;
            self.stamp(server, cx);
            self.serve(server, path, cx);
            self.tell_stall(server, cx);
        } else {
            self.stuck(server, cx);
        }
    }

    /// The failover is called off before its decision.
    pub(super) fn call_off<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        cx.cancel_timer(Kind::Failover, server);
        let p = &mut self.pairs[server as usize];
        (p.step, p.yields) = (Step::Idle, false);
        p.stale = false;
        self.held_up.remove(&server);
        self.stamp(server, cx);
    }

    /// What a failover would promote is gone, healthy or not: it ends, and something else has to bring the
    /// server back.
    pub(super) fn lose_candidate<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        match self.pairs[server as usize].step {
            Step::Detecting | Step::Deciding => {
                let yielded = self.pairs[server as usize].yields;
                self.call_off(server, cx);
                let p = &self.pairs[server as usize];
                if yielded && p.serves() {
                    // There is no other than the one that misses commits.
                    let path = p.path;
                    self.serve(server, path, cx);
                    self.tell_stall(server, cx);
                } else {
                    self.stuck(server, cx);
                }
            }
            step if p_step_in_failover(step) => self.abandon(server, cx),
            _ => {}
        }
    }

    /// A person has mended a failed promotion.
    pub fn mended<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.state != State::Broken {
            return;
        }
        let o = p.other();
        // A cut link keeps nothing from it: it has every commit, or it is not current.
        let stale = !p.current && p.mends_stale;
        let ready = p.up[o] && !p.blocked[o] && !p.gone[o] && (p.current || stale);
        if p.step != Step::Idle {
            // It is being promoted with its lag as loss.
            p.state = after(p.state, Move::FellBehind);
            return;
        }
        let restoring = p.restoring;
        if !self.is_away(server, cx) || restoring || !ready {
            let p = &mut self.pairs[server as usize];
            p.state = after(p.state, Move::FellBehind);
            self.standby_returns(server, cx);
            if self.pairs[server as usize].state == State::Down {
                self.watch_absence(server, cx);
            }
            return;
        }
        let p = &mut self.pairs[server as usize];
        p.state = State::Healthy;
        p.stale = stale;
        p.fenced = true;
        p.step = Step::Redirecting;
        p.failover_zone = p.zone[p.primary as usize];
        let origin = p.origin;
        if !cx.ledger.has(server, Reason::Primary) {
            self.block_primary(server, origin, Phase::Waiting, cx);
        }
        self.gauge_failover(server, 1, cx);
        self.swap(server, cx);
        self.follow_the_new(server, cx);
        let p = &self.pairs[server as usize];
        let law = &cx.group(server).standby.redirection;
        let takes = cx.span(law, Purpose::Redirection, p.origin, server, p.tries);
        self.stamp(server, cx);
        self.wait_or_go_on(server, takes, cx);
    }
}
