//! Recoveries of nodes that come back in place, with the failover that they may set off, as stretches.
//!
//! The slots of the control ring are shared by a cell. A failover is kept only while all that are kept
//! and all that the ring runs fit on it together, and the control plane is there: then each gets its
//! slot at once, whenever it asks. Before that ends, those that are kept are played.

use super::*;
use crate::kernel::event_list::NO_MOMENT;
use crate::model::ledger::Risk;
use crate::model::record::{Gauge, Resource, Segments};
use crate::model::stretch::{Recovery, Way};

impl<S: Sink> World<S> {
    /// Keeps what the strike on a node sets off, where it is all that is amiss with its server and
    /// known whole.
    pub(super) fn keep_recovery(&mut self, node: Node, depth: Depth, origin: Origin) -> bool {
        let server = node / SLOTS;
        let ordinary = !self.manner.eager
            && node % SLOTS < 2
            && self.cx.clocked & Addressed::Node.bit() == 0
            && !self.stretches.has(server)
            && self.is_ordinary(server)
            && self.compute.is_up(node)
            && (self.policies.is_empty() || self.standby.is_pair(server));
        if !ordinary {
            return false;
        }
        let cx = &self.cx;
        let Some((started, ready)) = Compute::back_in_place(node, depth, origin, cx) else {
            return false;
        };
        // What starts in this very instant does so before another strike of it.
        if started == cx.now {
            return false;
        }
        let Some((way, healed)) = self.standby.way_back(node, origin, ready, cx) else {
            return false;
        };
        if let Way::Failover { promoted, .. } = way {
            // In the paired region it takes no slot, and is no failover of this one.
            let elsewhere = self.standby.is_elsewhere(server);
            if elsewhere || !self.cx.control_plane_up() || !self.has_room_on_ring() {
                return false;
            }
            self.failovers.push((promoted, server));
        }
        let engine_only = depth == Depth::Engine;
        let recovery = Recovery { node, engine_only, origin, started, ready, healed, way };
        let course = self.stretches.note(recovery);
        let ends = moment(healed, NO_MOMENT as Content);
        self.stretches.keep(server, Stretch { begins: self.key, ends, course });
        true
    }

    /// Whether everything that was bought is there and healthy, and no work is under way.
    pub(in crate::model) fn is_ordinary(&self, server: Server) -> bool {
        self.cx.ledger.is_plain(server)
            && self.maintenance.is_resting(server)
            && self.standby.is_undisturbed(server)
    }

    /// Whether one failover more fits on the ring beside all that run and that are kept.
    fn has_room_on_ring(&mut self) -> bool {
        let now = self.cx.now;
        self.failovers.retain(|&(promoted, _)| promoted >= now);
        self.control.has_room_for(self.failovers.len() + 1)
    }

    /// A failover wants a slot of the ring: those that are kept may not be sure of theirs any more.
    pub(super) fn make_room_on_ring(&mut self) {
        if !self.failovers.is_empty() && !self.has_room_on_ring() {
            self.publish_failovers();
        }
    }

    /// Failovers that are kept are played up to here.
    pub(super) fn publish_failovers(&mut self) {
        for (_, server) in std::mem::take(&mut self.failovers) {
            self.touch(server);
        }
    }

    /// A strike on a node that was kept is played from now on.
    pub(super) fn play_recovery(&mut self, recovery: &Recovery) {
        let Recovery { node, engine_only, origin, .. } = *recovery;
        self.failovers.retain(|&(_, server)| server != node / SLOTS);
        let depth = if engine_only { Depth::Engine } else { Depth::Machine };
        self.compute.strike(node, depth, origin, &mut self.cx);
    }

    /// Tells a whole recovery that began now, if nothing disturbed it.
    pub(super) fn tell_recovery(&mut self, server: Server, recovery: &Recovery) -> bool {
        if !self.is_ordinary(server) {
            return false;
        }
        self.recovery_passed(server, recovery);
        true
    }

    /// Tells a whole recovery that began now and that nothing disturbed.
    pub(super) fn recovery_passed(&mut self, server: Server, recovery: &Recovery) {
        let Recovery { node, origin, started, ready, healed, way, .. } = *recovery;
        let (from, cause) = (self.cx.now, origin.cause);
        let mut told = Segments::new(from, cause, false);
        let mut at_risk = (from, from);
        let mut path = RecoveryPath::Restart;
        match way {
            Way::Alone => {
                told.add(started, Phase::Restart, true);
                told.add(ready, Phase::Replay, true);
            }
            Way::Standby => at_risk = (from, healed),
            Way::InTime { detected } => {
                told.add(detected.min(ready), Phase::Detection, true);
                told.add(ready, Phase::Decision, true);
            }
            Way::Failover { detected, decided, fenced, replayed, promoted, redirected } => {
                told.add(detected, Phase::Detection, true);
                told.add(decided, Phase::Decision, true);
                told.add(fenced, Phase::Fencing, true);
                told.add(replayed, Phase::Replay, true);
                told.add(promoted, Phase::Promotion, true);
                told.add(redirected, Phase::Redirection, true);
                at_risk = (redirected, healed);
                path = RecoveryPath::Failover;
                self.gauge_failover(server, decided, redirected);
            }
        }
        let cx = &mut self.cx;
        cx.ledger.tell_whole(server, told.all(), path, &mut cx.sink);
        let (since, to) = at_risk;
        if to > since {
            cx.ledger.tell_whole_risk(server, Risk::NoStandby, cause, since, to, &mut cx.sink);
        }
        self.compute.came_back(node, origin, from);
        self.standby.went_back(recovery, from);
    }

    /// A failover that got its slot at once, from its decision to its redirection.
    fn gauge_failover(&mut self, server: Server, decided: SimTime, redirected: SimTime) {
        let zone = self.standby.primary_zone(server);
        for (resource, at, change) in [
            (Resource::RingQueued, decided, 1),
            (Resource::RingQueued, decided, -1),
            (Resource::Failovers, decided, 1),
            (Resource::Failovers, redirected, -1),
        ] {
            self.cx.sink.gauge(Gauge { resource, zone, at, change });
        }
    }
}
