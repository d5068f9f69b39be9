//! A primary serves again: what it goes on from, and what becomes of its standby.

use super::*;

impl Standby {
    /// Some node serves as primary again.
    pub(super) fn serve<S: Sink>(
        &mut self,
        server: Server,
        path: RecoveryPath,
        cx: &mut Context<S>,
    ) {
        let away = cx.ledger.has(server, Reason::Primary) && !is_catching_up(server, cx);
        let p = &mut self.pairs[server as usize];
        if away && !p.current {
            p.pass_over(cx.now);
        }
        if !p.blocked[p.primary as usize] {
            if self.yields(server, cx) {
                return;
            }
            self.go_on_from_old(server, cx);
        }
        cx.ledger.unblock(server, Reason::Primary, path, cx.now);
        let p = &mut self.pairs[server as usize];
        if p.commits() {
            p.log_follows(cx.now);
            // A node whose volume still stalls ends nobody's patience.
            cx.cancel_timer(Kind::StandbyStale, server);
        }
        cx.tell(Fact::PrimaryServes(server));
        self.standby_follows(server, cx);
    }

    /// The primary serves again, or its volume does: what becomes of the standby.
    pub(super) fn standby_follows<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.stale_due &= !p.commits();
        if !p.bought {
            return;
        }
        match p.state {
            // Nothing is committed yet: it stays current, or what it was before its promotion failed.
            State::Down if p.current && !p.commits() => {}
            State::Broken if !p.commits() => {}
            State::Healthy if (p.link_cuts > 0 || p.blocked[p.other()]) && !p.dropping => {
                // It was cut off while the primary was away: commits go on without it.
                let other = p.other();
                let origin = if p.blocked[other] { p.blocked_by[other] } else { p.cut_by };
                self.lose_touch(server, origin, cx);
            }
            State::Healthy | State::NotBought => {}
            State::CatchingUp => self.catch_up(server, cx),
            State::Down => {
                // Commits go on without it from here, or when it has been dropped.
                if p.current && !p.dropping {
                    p.current = false;
                    p.received = cx.now;
                }
                let other = p.other();
                if p.gone[other] && p.restoring {
                    // What is being made there is given up first.
                } else if p.gone[other] {
                    self.want_standby(server, cx);
                } else if p.overdue && p.commits() {
                    // It may be back in this very instant too.
                    cx.schedule(Span::ZERO, Kind::Overdue, server, 0);
                } else if p.up[other] {
                    self.standby_returns(server, cx);
                } else if !p.overdue && !cx.has_timer(Kind::StandbyReplace, server) {
                    self.watch_absence(server, cx);
                }
            }
            State::Broken => {
                p.mends_stale = false;
                if p.current {
                    p.current = false;
                    p.received = cx.now;
                }
                if cx.group(server).standby.promotion_repair.is_none() {
                    self.want_standby(server, cx);
                }
            }
            State::Patching if p.current && p.commits() => {
                p.current = false;
                p.received = cx.now;
            }
            State::Wanted | State::Provisioning | State::Patching => {}
        }
    }

    /// An instant is over: what was overdue in it happens, a failover or the replacement of a standby.
    pub fn overdue<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.decide_now(server, cx);
        let p = &self.pairs[server as usize];
        if p.overdue && p.state == State::Down && p.commits() && !p.restoring {
            self.want_standby(server, cx);
        }
    }

    /// A primary that is there again with a volume that misses commits leaves its place to a healthy
    /// standby, which has them all. Whether it does.
    pub(super) fn yields<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) -> bool {
        let p = &mut self.pairs[server as usize];
        let (slot, o) = (p.primary as usize, p.other());
        if p.old[slot] == SimTime::NEVER || p.fenced || p.restoring {
            return p.yields;
        }
        let has_heir =
            p.state == State::Healthy && p.current && p.up[o] && !p.blocked[o] && !p.gone[o];
        if has_heir && !p.yields && p.serves() {
            let origin = p.blocked_by[slot];
            p.yields = true;
            cx.ledger.stall_expired(server, Span::ZERO, cx.now);
            if !cx.ledger.has(server, Reason::Primary) {
                p.path = RecoveryPath::Wait;
                self.block_primary(server, origin, Phase::Waiting, cx);
            }
            self.arm(server, origin, cx);
        }
        has_heir
    }

    /// The server serves from its primary's volume from here on: what that misses is lost.
    pub(super) fn go_on_from_old<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let since = std::mem::replace(&mut p.old[p.primary as usize], SimTime::NEVER);
        if since < SimTime::NEVER {
            cx.ledger.stall_expired(server, Span::ZERO, cx.now);
            let down = cx.ledger.down_since(server).unwrap_or(cx.now);
            cx.ledger.lose(server, if down > since { down.since(since) } else { Span::ZERO });
        }
    }
}
