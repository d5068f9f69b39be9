//! Who hears which fact, and which servers an event concerns.

use super::*;

impl<S: Sink> World<S> {
    /// Delivers facts until all is quiet.
    pub(in crate::model) fn drain(&mut self) {
        let mut heard = 0u32;
        while let Some(fact) = self.cx.facts.pop_front() {
            self.hear(fact);
            heard += 1;
            assert!(heard < 5_000_000, "facts never came to rest: {fact:?}");
        }
    }

    /// Who listens to what.
    pub(super) fn hear(&mut self, fact: Fact) {
        // A host may be granted long after it was wanted, by what happens to others.
        if let Fact::NodeStep(node, _) | Fact::NodePlaced(node, _) | Fact::NodeGranted(node, _) =
            fact
        {
            self.touch_node(node);
        }
        let cx = &mut self.cx;
        match fact {
            Fact::NodeLost(node, origin, phase) => {
                self.standby.node_lost(node, origin, phase, cx);
                self.restore.node_lost(node, cx);
                self.maintenance.disturb(node / SLOTS, cx);
                self.sync_clocks(Addressed::Node, node);
            }
            Fact::NodeStep(node, phase) => self.standby.node_step(node, phase, cx),
            Fact::NodeReady(node, path) => {
                self.standby.node_ready(node, path, cx);
                self.sync_clocks(Addressed::Node, node);
            }
            Fact::NodePlaced(node, host) => {
                self.standby.node_placed(node, host, cx);
                self.link_anew(node / SLOTS);
                if node % SLOTS < 2 {
                    let stamp = self.cx.topo.stamp_of_host(host);
                    if self.storage.misses_nodes(stamp, &self.cx) {
                        self.publish_stamp(stamp);
                    }
                    self.storage.renew(volume_of(node), host, &mut self.cx);
                }
            }
            Fact::NodeWanted(node, zones, request) => {
                self.retire(volume_of(node));
                self.forget_releases(node);
                self.compute.node_wanted(node, zones, request, &mut self.cx);
                self.sync_clocks(Addressed::Node, node);
            }
            Fact::NodeElsewhere(node, request) => {
                self.retire(volume_of(node));
                self.forget_releases(node);
                self.compute.give_up(node, &mut self.cx);
                self.compute.node_elsewhere(node);
                self.cx.tell(Fact::NodeGranted(node, request));
                self.sync_clocks(Addressed::Node, node);
            }
            Fact::NodeDropped(node) => {
                self.retire(volume_of(node));
                self.forget_releases(node);
                self.compute.give_up(node, &mut self.cx);
                self.sync_clocks(Addressed::Node, node);
            }
            Fact::NodeGranted(node, request) => {
                self.restore.granted(node, request, cx);
                self.standby.node_granted(node, request, cx);
            }
            Fact::NodeMade(node) => {
                self.compute.node_made(node);
                self.sync_clocks(Addressed::Node, node);
            }
            Fact::VolumeStalled(volume, origin) => {
                self.standby.volume_stalled(volume, origin, cx);
                self.maintenance.disturb(volume / 2, cx);
            }
            Fact::VolumeHeldBy(volume, origin) => self.standby.volume_held_by(volume, origin, cx),
            Fact::VolumeResumed(volume) => self.standby.volume_resumed(volume, cx),
            Fact::VolumeLost(volume, origin) => {
                self.restore.volume_lost(volume, cx);
                self.standby.volume_lost(volume, origin, cx);
            }
            Fact::VolumeOld(volume, since) => self.standby.volume_is_old(volume, since, cx),
            Fact::CopiesShort(volume, origin) => {
                self.standby.copies_changed(volume, true, origin.cause, cx);
            }
            Fact::CopiesWhole(volume) => {
                self.standby.copies_changed(volume, false, Cause(0), cx);
            }
            Fact::RingSlotWanted(server) if cx.is_past() => {
                self.control.held_in_past(server);
                cx.tell(Fact::RingSlotGranted(server));
            }
            Fact::RingSlotFreed(server) if cx.is_past() => self.control.freed_in_past(server),
            Fact::RingSlotWanted(server) => {
                self.make_room_on_ring();
                self.control.wanted(server, &mut self.cx);
            }
            Fact::RingSlotFreed(server) => self.control.freed(server, cx),
            Fact::RingSlotGranted(server) => {
                self.touch(server);
                self.standby.ring_granted(server, &mut self.cx);
            }
            Fact::RestoreWanted(server, _, RestoreReason::DataLost) | Fact::ServerStuck(server)
                if self.restore.is_ready(server) =>
            {
                self.finish_restore(server);
            }
            Fact::RestoreWanted(server, ..)
                if self.restore.is_ready(server) && !self.restore.is_held_up(server, cx) =>
            {
                self.finish_restore(server);
            }
            Fact::RestoreWanted(server, origin, reason) => {
                let wants = match reason {
                    RestoreReason::DataLost => self.standby.is_stuck(server),
                    _ => {
                        self.standby.is_helpless(server, &self.cx)
                            || self.restore_finds_no_host(server)
                    }
                };
                let cx = &mut self.cx;
                if !wants || cx.ledger.is_absent(server) {
                    return;
                }
                let pair = PairNow {
                    node: self.standby.other_node(server),
                    primary_zone: self.standby.primary_zone(server),
                    standby_may_return: self.standby.may_return(server, cx),
                };
                // Known at once: no failover may begin in between.
                match self.restore.wanted(server, pair, origin, reason, cx) {
                    Some(RestoreSite::Apart) => self.standby.restore_begins_apart(server, cx),
                    Some(RestoreSite::OtherSlot) => self.standby.restore_begins(server, cx),
                    None => {}
                }
            }
            Fact::RestoreStep(server, phase) => self.standby.restore_step(server, phase, cx),
            Fact::RestoreFinished(server, path, outage) => {
                self.standby.restored(server, path, cx);
                if let Some(origin) = outage {
                    self.note_restored(server, origin);
                }
                if path == RecoveryPath::GeoRestore {
                    self.leave_region(server);
                }
            }
            Fact::RestoreImpossible(server) => {
                if self.standby.is_stuck(server) && !cx.ledger.is_absent(server) {
                    self.standby.unrestorable(server, cx);
                }
            }
            Fact::ServerStuck(server) => self.restore_by_policy(server),
            Fact::PrimaryServes(server) => {
                if self.restore.may_be_dropped(server, self.standby.stalls(server))
                    && let Some(slot) = self.restore.pointless(server, cx)
                {
                    if let Some(node) = slot {
                        cx.tell(Fact::NodeDropped(node));
                    }
                    self.standby.restore_dropped(server, cx);
                }
            }
            Fact::ServerLost(server) => {
                for node in server * SLOTS..(server + 1) * SLOTS {
                    self.forget_releases(node);
                    self.compute.give_up(node, &mut self.cx);
                    self.sync_clocks(Addressed::Node, node);
                }
                self.retire(2 * server);
                self.retire(2 * server + 1);
            }
            Fact::HoldChanged(kind, component) => self.sync_clocks(kind, component),
            Fact::ControlPlaneBack => {
                self.compute.serve_queue(cx);
                self.control.grant(cx);
                for server in self.restore.held_up() {
                    self.touch(server);
                    self.restore.begin_apart(server, &mut self.cx);
                    self.finish_restore(server);
                }
                for server in self.standby.take_held_up() {
                    self.touch(server);
                    self.standby.decide_now(server, &mut self.cx);
                }
            }
        }
    }
}

impl<S: Sink> Machine for World<S> {
    fn events(&mut self) -> &mut EventList {
        &mut self.cx.events
    }

    fn leave(&mut self, now: SimTime) {
        // Planned work that begins in the very instant in which a server came back joins its incident.
        while let Some(server) = self.cx.ledger.next_quiet() {
            self.key = moment(now + Span(1), 0);
            self.touch(server);
            self.cx.ledger.settle(server, &mut self.cx.sink);
        }
        if self.manner.check {
            self.check();
        }
    }

    #[inline]
    fn is_quiet(&self) -> bool {
        self.cx.ledger.nobody_went_quiet() && !self.manner.check
    }

    #[inline]
    fn is_stale(&mut self, at: SimTime, event: Content) -> bool {
        self.cx.is_stale(at, event)
    }

    fn handle(&mut self, now: SimTime, event: Content) {
        self.cx.now = now;
        self.key = moment(now, event);
        self.reached = self.reached.max(self.key);
        self.happen(event);
        self.drain();
    }
}

impl<S: Sink> World<S> {
    /// A restore that is done takes its place, unless a failover is on its way: that may bring the server
    /// back with every commit.
    fn finish_restore(&mut self, server: Server) {
        let slot = self.standby.other_node(server);
        if !self.standby.has_failover(server) && self.restore.finish(server, slot, &mut self.cx) {
            // Known at once: no failover may begin in between.
            self.standby.restore_begins(server, &mut self.cx);
        }
        if self.restore.is_held_up(server, &self.cx) {
            // A policy may be overdue already.
            self.restore_by_policy(server);
        }
    }

    /// One event happens to whom it concerns; the clock stands at its time.
    pub(super) fn happen(&mut self, event: Content) {
        let (kind, entity, payload) = unpack(event);
        if let Some(timer) = kind.timer() {
            self.touch(match timer {
                Timer::OfNode(_) => entity / SLOTS,
                Timer::OfServer(_) => entity,
            });
            // What was played of its past may have set it anew, or cancelled it.
            if !self.cx.take_timer(kind, entity) {
                return;
            }
        }
        match kind {
            Kind::Source => self.source_fires(entity),
            Kind::Reachable => {
                self.touch(entity);
                let now = self.cx.now;
                self.cx.ledger.unblock(entity, Reason::Connectivity, RecoveryPath::Wait, now);
                self.sync_clocks(Addressed::Server, entity);
            }
            Kind::NodeStep => self.compute.step_ended(entity, &mut self.cx),
            Kind::NodeRelocate => self.compute.relocate_held(entity, &mut self.cx),
            Kind::HostBack => self.compute.host_back(entity, &mut self.cx),
            Kind::RackBack => {
                let topo = self.cx.topo.clone();
                for &node in topo.storage_nodes_in_rack(entity) {
                    self.release_storage_node(node);
                }
                self.compute.release_rack(entity, &mut self.cx);
            }
            Kind::Failover => self.standby.go_on(entity, &mut self.cx),
            Kind::StandbyReplace => self.standby.replace(entity, &mut self.cx),
            Kind::StandbyMade => self.standby.made(entity, &mut self.cx),
            Kind::StandbyCaughtUp => self.standby.caught_up(entity, &mut self.cx),
            Kind::StandbyMended => self.standby.mended(entity, &mut self.cx),
            Kind::StandbyStale => self.standby.stale_allowed(entity, &mut self.cx),
            Kind::StandbyDropped => self.standby.drop_due(entity, &mut self.cx),
            Kind::StallExpired => {
                self.touch(entity);
                self.standby.stall_expired(entity, &mut self.cx);
            }
            Kind::Overdue => {
                self.touch(entity);
                self.standby.overdue(entity, &mut self.cx);
            }
            Kind::CopySealed => {
                self.touch(entity / 2);
                self.storage.sealed(entity, &mut self.cx);
            }
            Kind::CopyRebuilt => {
                self.touch(entity / (2 * COPIES));
                self.storage.rebuilt(entity, payload, &mut self.cx);
            }
            Kind::StampRebuilt => {
                let done = self.storage.done_sharing(entity, &self.cx);
                for &copy in &done {
                    self.touch(copy / (2 * COPIES));
                }
                self.storage.stamp_rebuilt(entity, &done, &mut self.cx);
            }
            Kind::StorageNodeSynced => self.storage_node_synced(entity, payload),
            Kind::StorageNodeGivenUp => self.storage_node_given_up(entity, payload),
            Kind::StorageNodeBack => self.release_storage_node(entity),
            Kind::StampBack => self.stamp_back(entity, payload),
            Kind::RestoreStep => {
                self.restore.step_ended(entity, &mut self.cx);
                self.finish_restore(entity);
            }
            Kind::RestoreFetched => self.restore.fetched(&mut self.cx),
            Kind::RestorePolicy => self.policy_is_due(entity, payload),
            Kind::RolledBack => self.rolled_back(entity, payload),
            Kind::OutageEnd => self.outage_ends(entity),
            Kind::OutageStart => self.outage_starts(entity),
            Kind::ReleaseComes => self.release_comes(),
            Kind::Clock => self.clock_fires(entity, payload),
            Kind::Injection => self.inject(entity),
            Kind::ReleaseBreaks => self.release_breaks(entity, payload),
            Kind::ReleaseCrashes => self.release_crashes(entity, payload),
            // A private step that must happen on time: played up to and with itself.
            Kind::Wake | Kind::PlannedEnd => self.catch_up(entity, self.key + 1),
        }
    }
}
