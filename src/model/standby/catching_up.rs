//! A standby that is behind catches up, by log or by a fresh copy, and takes over where it is waited for.

use super::*;

impl Standby {
    /// Whether the log that the standby misses is kept by a node that is up.
    pub(super) fn log_is_kept<S: Sink>(&self, server: Server, cx: &Context<S>) -> bool {
        let p = &self.pairs[server as usize];
        let all = p.up[2] && p.log_missed == SimTime::NEVER;
        cx.group(server).standby.wal_quorum && all && !p.fresh
    }

    /// Starts or resumes catching up, if there is something to catch up from. What is under way goes
    /// on: a primary or a log replica that comes back does not begin it anew.
    pub(super) fn catch_up<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let kept = self.log_is_kept(server, cx);
        let p = &mut self.pairs[server as usize];
        let cut = p.link_cuts > 0 || p.blocked[p.other()];
        if p.state != State::CatchingUp || !(p.can_feed() || kept) || cut {
            return;
        }
        if is_catching_up(server, cx) {
            return;
        }
        let p = &mut self.pairs[server as usize];
        if !p.commits() {
            p.pass_over(cx.now);
        }
        let since = p.missing_since(cx.now);
        let (fresh, origin, tries) = (p.fresh, p.origin, p.tries);
        let group = cx.group(server);
        let bytes = if fresh {
            group.storage.0 as f64 * group.used.0
        } else {
            cx.wal_bytes(server, since, cx.now, || cx.named(origin, server))
        };
        let mut seconds = group.standby.catch_up_rate.seconds_for(bytes);
        if fresh && seconds > 0.0 {
            // What is written meanwhile has to be caught up too.
            let then = cx.now + Span::from_secs_f64(seconds);
            let origin = Origin { number: origin.number ^ u64::from(tries), ..origin };
            let written = cx.wal_bytes(server, cx.now, then, || cx.named(origin, server));
            seconds += group.standby.catch_up_rate.seconds_for(written);
        }
        let takes = Span::from_secs_f64(seconds);
        if takes == Span::ZERO {
            self.caught_up(server, cx);
        } else {
            self.pairs[server as usize].catching = (cx.now, cx.now + takes);
            cx.set_timer(takes, Kind::StandbyCaughtUp, server);
        }
    }

    pub(super) fn pause_catch_up<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.note_progress(server, cx);
        cx.cancel_timer(Kind::StandbyCaughtUp, server);
    }

    /// What a standby that stops catching up has received so far: in proportion to the time spent.
    pub(super) fn note_progress<S: Sink>(&mut self, server: Server, cx: &Context<S>) {
        let p = &mut self.pairs[server as usize];
        let (from, to) = p.catching;
        if p.fresh || to <= cx.now || to <= from || from < p.received {
            return;
        }
        let share = cx.now.since(from).as_secs_f64() / to.since(from).as_secs_f64();
        // What is written meanwhile comes too, up to the loss of the primary; without one nothing is.
        let commits = p.commits();
        let written = commits || p.away_since > from;
        let missing = if written { to } else { from }.since(p.missing_since(from)).as_secs_f64();
        let latest = if written && !commits { p.away_since } else { cx.now };
        p.receive(Span::from_secs_f64(missing * share), latest);
        if commits {
            p.away_since = cx.now;
        } else {
            p.pass_over(cx.now);
        }
        p.catching = (SimTime::ZERO, SimTime::ZERO);
    }

    /// A standby has caught up.
    pub fn caught_up<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.state != State::CatchingUp {
            return;
        }
        if p.blocked[p.other()] {
            // Its volume stalls: it has come this far, the rest follows later.
            p.fresh = false;
            (p.received, p.silent) = (cx.now, Span::ZERO);
            return;
        }
        self.become_healthy(server, cx);
    }

    pub(super) fn become_healthy<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.state = after(p.state, Move::CaughtUp);
        p.current = true;
        let other = p.other();
        p.old[other] = SimTime::NEVER;
        (p.fresh, p.stale) = (false, false);
        p.silent = Span::ZERO;
        p.catching = (SimTime::ZERO, SimTime::ZERO);
        if std::mem::take(&mut p.dropping) {
            // Commits need not wait for its drop any more.
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.ledger.unblock(server, Reason::Drop, RecoveryPath::Wait, cx.now);
        }
        let cause = p.origin.cause;
        cx.ledger.risk(server, Risk::NoStandby, false, cause, cx.now, &mut cx.sink);
        self.take_over(server, cx);
    }

    /// A standby has every commit: if the primary is away, it takes its place as soon as the loss has
    /// been noticed and that has been decided.
    pub(super) fn take_over<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let away = self.is_away(server, cx);
        let p = &mut self.pairs[server as usize];
        if away && p.state == State::Healthy && p.step == Step::Idle && !p.restoring {
            let serves = p.serves();
            if serves {
                p.origin = p.blocked_by[p.primary as usize];
            }
            let (origin, is_known) = (p.origin, p.is_known_lost());
            if !is_known && let Some(lost) = self.away_for(server, cx) {
                self.notice(server, origin, lost, cx);
            }
            let p = &self.pairs[server as usize];
            let (noticed, decided) = (p.noticed, p.decided);
            let unnoticed = cx.now < noticed;
            let (step, until) =
                if unnoticed { (Step::Detecting, noticed) } else { (Step::Deciding, decided) };
            self.begin(server, step, cx);
            if until > cx.now {
                cx.set_timer(until.since(cx.now), Kind::Failover, server);
            } else {
                // The primary may be back in this very instant too.
                cx.schedule(Span::ZERO, Kind::Overdue, server, 0);
            }
        }
    }
}
