//! Losses of a node that comes back in place, known whole from the strike: what the pair makes of it.
//!
//! The same laws, draws and order as the steps in `nodes` and `failover`, for a server about which
//! nothing else is out of the ordinary; the eager play of the tests never comes here.

use super::*;
use crate::model::stretch::{Recovery, Way};

impl Standby {
    /// What becomes of a server whose node is struck now and ready again then, and when all is as
    /// before. `None` where that hangs on more than this server, or on what comes first in an instant.
    pub fn way_back<S: Sink>(
        &self,
        node: Node,
        origin: Origin,
        ready: SimTime,
        cx: &Context<S>,
    ) -> Option<(Way, SimTime)> {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as u8);
        let p = &self.pairs[server as usize];
        if !p.bought {
            return Some((Way::Alone, ready));
        }
        if p.stale_due || p.silent > Span::ZERO {
            return None;
        }
        let spec = &cx.group(server).standby;
        let in_time = |from: SimTime| spec.replace_after.is_none_or(|wait| ready < from + wait);
        let caught_up = |from: SimTime| {
            let missed = cx.wal_bytes(server, from, ready, || cx.named(origin, server));
            ready + Span::from_secs_f64(spec.catch_up_rate.seconds_for(missed))
        };
        if slot != p.primary {
            let known = spec.wal_quorum && in_time(cx.now);
            return known.then(|| (Way::Standby, caught_up(cx.now)));
        }
        let tries = p.tries + 1;
        let named = cx.named(origin, server);
        let detected = cx.now + named.span(&spec.detection, Purpose::Detection, tries);
        let decided = detected + named.span(&spec.decision, Purpose::Decision, tries);
        if ready < decided {
            return Some((Way::InTime { detected }, ready));
        }
        if !named.happens(spec.promotion_success.0, Purpose::PromotionWorks, tries) {
            return None;
        }
        let fenced = decided + named.span(&spec.fencing, Purpose::Fencing, tries);
        let replayed = fenced + Standby::replay_from(server, origin, tries, fenced, cx);
        let promoted = replayed + named.span(&spec.promotion, Purpose::Promotion, tries);
        let redirected = promoted + named.span(&spec.redirection, Purpose::Redirection, tries);
        if [decided, promoted, redirected].contains(&ready) {
            return None;
        }
        let way = Way::Failover { detected, decided, fenced, replayed, promoted, redirected };
        if ready < redirected {
            // Nothing was committed without it.
            return Some((way, redirected));
        }
        in_time(redirected).then(|| (way, caught_up(redirected)))
    }

    /// All is as it was before a strike at `from`, but for what it leaves behind.
    pub fn went_back(&mut self, recovery: &Recovery, from: SimTime) {
        let (server, ready) = (recovery.node / SLOTS, recovery.ready);
        let p = &mut self.pairs[server as usize];
        p.origin = recovery.origin;
        let last = if ready > recovery.started { Phase::Replay } else { Phase::Restart };
        match recovery.way {
            Way::Alone => {
                (p.node_phase, p.path, p.away_since) = (last, RecoveryPath::Restart, ready);
            }
            Way::Standby => p.received = from,
            Way::InTime { .. } => {
                p.tries += 1;
                (p.node_phase, p.path, p.away_since) = (last, RecoveryPath::Restart, from);
            }
            Way::Failover { promoted, redirected, .. } => {
                p.failover_zone = p.zone[p.primary as usize];
                p.tries += 1;
                p.primary = p.other() as u8;
                p.received = promoted;
                (p.node_phase, p.away_since) = (Phase::Waiting, redirected);
                if ready < promoted {
                    p.path = RecoveryPath::Restart;
                }
            }
        }
        (p.overdue, p.stale) = (false, false);
    }
}
