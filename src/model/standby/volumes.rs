//! Volumes that stall or are lost, and links that are cut: who may commit, who follows.

use super::*;

impl Standby {
    /// Writes to a volume stall.
    pub fn volume_stalled<S: Sink>(&mut self, volume: Volume, origin: Origin, cx: &mut Context<S>) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let tolerance = cx.group(server).volume.stall_tolerance;
        self.commits_end_with(server, slot, cx);
        let p = &mut self.pairs[server as usize];
        p.blocked[slot] = true;
        p.blocked_by[slot] = origin;
        if slot == p.primary as usize {
            if p.state == State::CatchingUp && !self.log_is_kept(server, cx) {
                self.pause_catch_up(server, cx);
            }
            cx.ledger.stall(server, Reason::Stall, origin.cause, cx.now, &mut cx.sink);
            // A failover that is on its way already gives the stall its phase too.
            self.stamp(server, cx);
            cx.schedule(tolerance, Kind::StallExpired, server, 0);
        } else if p.bought && p.state == State::Healthy && !p.commits() {
            // Nothing is committed without it: it stays current, but cannot be promoted now.
            p.state = after(p.state, Move::FellBehind);
            cx.ledger.risk(server, Risk::NoStandby, true, origin.cause, cx.now, &mut cx.sink);
            self.lose_candidate(server, cx);
        } else if p.bought && p.state == State::Healthy {
            if p.step != Step::Idle {
                // A false alarm.
                self.call_off(server, cx);
            }
            self.lose_touch(server, origin, cx);
        } else if p.state == State::CatchingUp {
            self.pause_catch_up(server, cx);
        }
    }

    /// A healthy standby whose node is up cannot follow: its volume stalls, or the link is cut.
    pub(super) fn lose_touch<S: Sink>(
        &mut self,
        server: Server,
        origin: Origin,
        cx: &mut Context<S>,
    ) {
        let p = &mut self.pairs[server as usize];
        if p.link_cuts > 0 {
            p.state = after(p.state, Move::FellBehind);
            let cause = origin.cause;
            cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
        } else if cx.group(server).standby.wal_quorum && !p.dropping {
            // The log goes on; the standby is given up when its stall is more than a late commit.
            let tolerance = cx.group(server).volume.stall_tolerance;
            p.received = cx.now;
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.set_timer(tolerance + Span(1), Kind::StandbyDropped, server);
            return;
        }
        self.drop_standby(server, origin, cx);
    }

    /// A standby whose volume or node has been away for long enough is dropped (timer).
    pub fn drop_due<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        if self.pairs[server as usize].dropping {
            self.standby_dropped(server, cx);
            return;
        }
        let p = &self.pairs[server as usize];
        let away = p.blocked[p.other()] || p.link_cuts > 0;
        if p.state == State::Healthy && p.step == Step::Idle && away && p.serves() {
            // Nobody has waited for it.
            let received = p.received;
            self.fall_behind(server, received, cx);
        }
    }

    /// Something else holds a volume that stalls: what held it so far is over.
    pub fn volume_held_by<S: Sink>(&mut self, volume: Volume, origin: Origin, cx: &mut Context<S>) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let p = &mut self.pairs[server as usize];
        p.blocked_by[slot] = origin;
        if p.blocked[slot] && slot == p.primary as usize {
            cx.ledger.charge(server, Reason::Stall, origin.cause, cx.now);
        }
    }

    /// Writes to a volume go on.
    pub fn volume_resumed<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let p = &mut self.pairs[server as usize];
        p.blocked[slot] = false;
        if slot == p.primary as usize {
            let yields = self.yields(server, cx);
            let p = &self.pairs[server as usize];
            if matches!(p.step, Step::Detecting | Step::Deciding) && p.up[slot] && !yields {
                self.call_off(server, cx);
            }
            let p = &mut self.pairs[server as usize];
            if p.serves() {
                if p.bought && !p.current && !is_catching_up(server, cx) {
                    p.pass_over(cx.now);
                }
                self.go_on_from_old(server, cx);
            }
            cx.ledger.unblock(server, Reason::Stall, RecoveryPath::Wait, cx.now);
            let p = &mut self.pairs[server as usize];
            if p.serves() {
                p.log_follows(cx.now);
                p.stale_due = false;
                cx.cancel_timer(Kind::StandbyStale, server);
                cx.tell(Fact::PrimaryServes(server));
                if !is_catching_up(server, cx) {
                    self.standby_follows(server, cx);
                }
            }
            return;
        }
        if !p.bought || p.restoring {
            return;
        }
        if p.state == State::Down {
            self.standby_returns(server, cx);
        } else if p.state == State::CatchingUp {
            if !is_catching_up(server, cx) {
                self.catch_up(server, cx);
            }
            if self.pairs[server as usize].stale_due {
                self.stale_allowed(server, cx);
            }
        } else if p.dropping && p.up[slot] && p.link_cuts == 0 {
            p.dropping = false;
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.ledger.unblock(server, Reason::Drop, RecoveryPath::Wait, cx.now);
            self.take_over(server, cx);
        } else if p.state == State::Healthy {
            if !p.dropping {
                cx.cancel_timer(Kind::StandbyDropped, server);
            }
            self.take_over(server, cx);
        }
    }

    /// A stall has lasted longer than is tolerated.
    pub fn stall_expired<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let tolerance = cx.group(server).volume.stall_tolerance;
        if !cx.ledger.stall_expired(server, tolerance, cx.now) {
            return;
        }
        let p = &self.pairs[server as usize];
        let slot = p.primary as usize;
        if p.blocked[slot] && p.step == Step::Idle && p.up[slot] && !p.gone[slot] {
            let origin = p.blocked_by[slot];
            // Of two stalls that overlap the second one is not noticed anew.
            let since = self.away_for(server, cx).unwrap_or(cx.now);
            self.arm_since(server, origin, since, cx);
        }
    }

    /// The last copy of a volume is gone for good.
    pub fn volume_lost<S: Sink>(&mut self, volume: Volume, origin: Origin, cx: &mut Context<S>) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        self.commits_end_with(server, slot, cx);
        let since = self.away_for(server, cx).map_or(cx.now, |since| since.min(cx.now));
        let p = &mut self.pairs[server as usize];
        let served = p.serves();
        p.gone[slot] = true;
        if slot == p.primary as usize {
            self.wait_no_more(server, cx);
            cx.ledger.stall_expired(server, Span::ZERO, cx.now);
            cx.ledger.lose_copies(server);
            let p = &mut self.pairs[server as usize];
            if p.step == Step::Idle && served {
                self.arm_since(server, origin, since, cx);
            } else if p.step == Step::Idle && !p.restoring {
                // It has been noticed already.
                p.origin = origin;
                self.stuck(server, cx);
            }
            return;
        }
        if p.restoring || !p.bought {
            return;
        }
        if !matches!(p.step, Step::Idle | Step::Redirecting) {
            p.current = false;
            p.state = State::Down;
            self.lose_candidate(server, cx);
        }
        let p = &mut self.pairs[server as usize];
        let waits = p.state == State::Wanted;
        if !waits {
            cx.cancel_timer(Kind::StandbyMade, server);
            cx.cancel_timer(Kind::StandbyCaughtUp, server);
            cx.cancel_timer(Kind::StandbyMended, server);
            if p.state == State::Healthy {
                p.current = false;
                p.received = cx.now;
            }
            p.state = State::Down;
            cx.ledger.risk(server, Risk::NoStandby, true, origin.cause, cx.now, &mut cx.sink);
            if p.serves() {
                self.want_standby(server, cx);
            } else if p.step == Step::Idle {
                // It may have been what the server waited for.
                self.stuck(server, cx);
            }
        }
    }

    /// What was committed to a volume since then is lost with its other copies.
    pub fn volume_is_old<S: Sink>(&mut self, volume: Volume, since: SimTime, cx: &mut Context<S>) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let p = &mut self.pairs[server as usize];
        let down = cx.ledger.down_since(server).unwrap_or(cx.now);
        if down <= since {
            // Nothing was.
        } else if slot == p.primary as usize {
            p.old[slot] = p.old[slot].min(since);
        } else if p.bought {
            let (was, step, serves) = (p.state, p.step, p.serves());
            p.received = if p.current { since } else { p.received.min(since) };
            p.current = false;
            // Should the new primary fall before clients have found it, this one is no heir.
            p.fresh |= step == Step::Redirecting;
            if was != State::Healthy {
                if step == Step::Idle && !serves {
                    // It may have been what the server waited for.
                    self.stuck(server, cx);
                }
                return;
            }
            // It misses commits, whatever it seemed to have.
            let (cause, dropping) = (p.blocked_by[slot].cause, std::mem::take(&mut p.dropping));
            p.state = after(was, Move::FellBehind);
            cx.cancel_timer(Kind::StandbyDropped, server);
            if dropping {
                cx.ledger.unblock(server, Reason::Drop, RecoveryPath::Wait, cx.now);
            }
            cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
            if step != Step::Idle {
                self.lose_candidate(server, cx);
            } else if !serves {
                self.stuck(server, cx);
            }
        }
    }

    /// A volume has fewer than three copies, or three again.
    pub fn copies_changed<S: Sink>(
        &mut self,
        volume: Volume,
        short: bool,
        cause: Cause,
        cx: &mut Context<S>,
    ) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let p = &mut self.pairs[server as usize];
        p.short[slot] = short;
        if short {
            p.short_by[slot] = cause;
        }
        if slot == p.primary as usize {
            cx.ledger.risk(server, Risk::Copies, short, cause, cx.now, &mut cx.sink);
        }
    }

    /// The link between primary and standby is cut.
    pub fn link_cut<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.link_cuts += 1;
        if p.link_cuts > 1 {
            return;
        }
        (p.cut_by, p.cut_since) = (origin, cx.now);
        if !p.bought {
            return;
        }
        match p.state {
            // Where the primary is away it misses nothing, and may be promoted.
            State::Healthy if p.commits() || (p.serves() && p.step == Step::Idle) => {
                p.origin = origin;
                if p.step != Step::Idle {
                    // A false alarm.
                    self.call_off(server, cx);
                }
                self.lose_touch(server, origin, cx);
            }
            State::CatchingUp => self.pause_catch_up(server, cx),
            _ => {}
        }
    }

    /// The link between primary and standby is whole again.
    pub fn link_mended<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.link_cuts -= 1;
        if p.link_cuts > 0 || !p.bought {
            return;
        }
        match p.state {
            State::Down => self.standby_returns(server, cx),
            State::CatchingUp => self.catch_up(server, cx),
            _ => {}
        }
    }
}
