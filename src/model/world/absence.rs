//! Absences of copies: with their storage node or for good, told by server where all else is calm.

use super::*;
use crate::kernel::event_list::NO_MOMENT;
use crate::model::ledger::Risk;
use crate::model::stretch::Absence;

impl<S: Sink> World<S> {
    pub(super) fn strike_storage_node(&mut self, node: u32, origin: Origin, injected: bool) {
        if !injected && !self.storage.admits_node(node, &self.cx) {
            return;
        }
        let lasts = self.lasts(origin, node);
        if self.keeps_absences() && self.storage.may_part_with(node, &self.cx) {
            let ways = self.storage.part_with(node, origin, lasts, &mut self.cx);
            let copies = self.storage.take_copies(node);
            for &copy in &copies {
                let (takes, ends) = ways[self.storage.class_of(copy)];
                let sealed = self.cx.now + takes;
                let absence = Absence { copy, origin, sealed, wish: 0, begins: sealed };
                if !self.keep_absence(&absence, ends) {
                    self.storage.leave(copy, origin, takes, &mut self.cx);
                }
            }
            self.storage.put_copies(node, copies);
        } else {
            self.touch_storage_node(node);
            self.hold_storage_node(node, origin, lasts);
        }
        self.cx.schedule(lasts, Kind::StorageNodeBack, node, 0);
    }

    /// A storage node goes away in public for this long.
    pub(super) fn hold_storage_node(&mut self, node: u32, origin: Origin, lasts: Span) {
        self.publish_stamp(node / self.cx.topo.storage_nodes);
        self.storage.hold_node(node, origin, lasts, &mut self.cx);
    }

    /// A storage node is back, or something that held it is over.
    pub(super) fn release_storage_node(&mut self, node: u32) {
        let stamp = node / self.cx.topo.storage_nodes;
        if !self.storage.admits_stamp(stamp) || self.storage.is_held_twice(node) {
            // Their volumes may stall: the stalls are laid to the stamp, or to what else holds it, from now on.
            self.touch_storage_node(node);
        }
        self.storage.release_node(node, &mut self.cx);
    }

    /// A storage node is lost for good.
    pub(in crate::model) fn lose_storage_node(&mut self, node: u32, origin: Origin) {
        if !self.storage.admits_node(node, &self.cx) {
            return;
        }
        let stamp = node / self.cx.topo.storage_nodes;
        let seals = self.storage.seals(node, origin, &self.cx);
        let absence_of = |world: &World<S>, copy: u32| {
            let sealed = world.cx.now + seals[world.storage.class_of(copy)];
            Absence { copy, origin, sealed, wish: 0, begins: sealed }
        };
        let apart = self.keeps_absences() && self.storage.may_part_with(node, &self.cx) && {
            // Whoever is played may hold or want places for rebuilds. Of two copies of one server the
            // second cannot be kept.
            let copies = self.storage.copies_on(node).to_vec();
            let mut all = copies.windows(2).all(|c| c[0] / (2 * COPIES) != c[1] / (2 * COPIES));
            for copy in copies {
                if !self.may_keep_absence(&absence_of(self, copy), NO_MOMENT) {
                    self.touch(copy / (2 * COPIES));
                    all = false;
                }
            }
            self.storage.may_rebuild_apart(node, all, &self.cx)
        };
        if !apart {
            self.touch_storage_node(node);
            self.publish_stamp(stamp);
            self.storage.lose_node(node, origin, &mut self.cx);
            return;
        }
        let copies = self.storage.take_copies(node);
        let mut apart = true;
        for &copy in &copies {
            let absence = absence_of(self, copy);
            let kept = apart && self.keep_absence(&absence, NO_MOMENT);
            apart &= !kept || self.rebuild_apart(&absence);
            if !(kept && apart) {
                self.touch(copy / (2 * COPIES));
                let takes = absence.sealed.since(self.cx.now);
                self.storage.lose(copy, origin, takes, &mut self.cx);
            }
        }
        self.storage.put_copies(node, copies);
        self.storage.start_rebuilds(stamp, &mut self.cx);
    }

    /// A storage node has been away for as long as a class of volumes waits.
    pub(super) fn storage_node_given_up(&mut self, node: u32, class: u32) {
        if !self.storage.is_given_up(node, class, &self.cx) {
            return;
        }
        let stamp = node / self.cx.topo.storage_nodes;
        let mut apart = self.storage.is_overdue_apart(node) && {
            let copies = self.storage.copies_on(node).to_vec();
            let all = copies.into_iter().all(|copy| self.kept_absence(copy).is_some());
            self.storage.may_rebuild_apart(node, all, &self.cx)
        };
        if !apart {
            if self.storage.is_overdue_apart(node) {
                self.touch_storage_node(node);
            }
            self.publish_stamp(stamp);
            self.storage.node_given_up(node, class, &mut self.cx);
            return;
        }
        let copies = self.storage.take_copies(node);
        for &copy in &copies {
            if self.storage.class_of(copy) as u32 != class {
                continue;
            }
            let kept = self.kept_absence(copy);
            apart &= kept.is_none_or(|absence| apart && self.rebuild_apart(&absence));
            if kept.is_none() || !apart {
                self.touch(copy / (2 * COPIES));
                self.storage.give_up(copy, &mut self.cx);
            }
        }
        self.storage.put_copies(node, copies);
        self.storage.end_apart(node);
        self.storage.start_rebuilds(stamp, &mut self.cx);
    }

    /// The absence of a copy, if it is kept and how it ends is not known yet.
    fn kept_absence(&mut self, copy: u32) -> Option<Absence> {
        match self.stretches.last_mut(copy / (2 * COPIES))? {
            Stretch { course: Course::Copy(absence), ends: NO_MOMENT, .. } => {
                Some(*absence).filter(|absence| absence.copy == copy)
            }
            _ => None,
        }
    }

    /// The copies on a storage node have caught up by the rules of a class.
    pub(super) fn storage_node_synced(&mut self, node: u32, class: u32) {
        if self.storage.is_synced(node, class, &self.cx) {
            let copies = self.storage.catching_up(node, class);
            for &copy in &copies {
                self.touch(copy / (2 * COPIES));
            }
            self.storage.node_synced(node, &copies, &mut self.cx);
        }
    }

    /// One copy is lost for good.
    pub(super) fn strike_copy(&mut self, copy: u32, origin: Origin, injected: bool) {
        self.touch(copy / (2 * COPIES));
        if injected || self.storage.admits_copy(copy, &self.cx) {
            self.publish_stamp(self.storage.stamp(copy / COPIES));
            self.storage.lose_copy(copy, origin, &mut self.cx);
        }
    }

    /// Somebody wants a place for a rebuild in a stamp, or gives one up: those that are apart are
    /// played, in the order of their asking.
    pub(super) fn publish_stamp(&mut self, stamp: u32) {
        if self.publishing.contains(&stamp) {
            return;
        }
        self.publishing.push(stamp);
        self.publish_before(stamp, None);
        self.publishing.pop();
    }

    /// Plays those of a stamp that are apart, up to the one of a server.
    fn publish_before(&mut self, stamp: u32, last: Option<Server>) {
        while let Some(copy) = self.storage.first_apart(stamp, self.cx.now) {
            let server = copy / (2 * COPIES);
            if Some(server) == last {
                return;
            }
            self.touch(server);
            self.storage.end_rebuild_apart(copy);
        }
    }

    /// A volume is given up with its node.
    pub(super) fn retire(&mut self, volume: u32) {
        if self.storage.is_rebuilding(volume) {
            self.publish_stamp(self.storage.stamp(volume));
        }
        self.storage.retire(volume, &mut self.cx);
    }

    pub(super) fn touch_storage_node(&mut self, node: u32) {
        let mut servers = std::mem::take(&mut self.servers);
        servers.clear();
        servers.extend(self.storage.copies_on(node).iter().map(|c| c / (2 * COPIES)));
        for &server in &servers {
            self.touch(server);
        }
        self.servers = servers;
    }

    fn keeps_absences(&self) -> bool {
        !self.manner.eager && self.cx.clocked & Addressed::Copy.bit() == 0
    }

    /// Keeps the absence of a copy that begins now, where it is all that is amiss with its server;
    /// else plays the server up to here.
    fn keep_absence(&mut self, absence: &Absence, ends: Moment) -> bool {
        let server = absence.copy / (2 * COPIES);
        if self.may_keep_absence(absence, ends) {
            let course = Course::Copy(*absence);
            self.stretches.keep(server, Stretch { begins: self.key, ends, course });
            return true;
        }
        self.touch(server);
        false
    }

    /// Whether an absence that begins now can be kept; planned work that is due by now is played first.
    fn may_keep_absence(&mut self, absence: &Absence, ends: Moment) -> bool {
        let server = absence.copy / (2 * COPIES);
        if self.maintenance.is_due(server, self.key) {
            self.touch(server);
        }
        // One of no length is over before anything else happens in its instant.
        absence.sealed <= time_of(ends)
            && self.cx.now < time_of(ends)
            && self.stretches.are_over(server, self.cx.now)
            // A stall in the midst of planned work may set off a failover, which wants a slot in time.
            && self.maintenance.rests_until(server, absence.sealed)
            && self.bears_absence(server, absence)
    }

    /// A copy whose absence is kept is made anew from now on; where it cannot be so apart, its server
    /// is played up to here, and so are all rebuilds of its stamp that are apart.
    fn rebuild_apart(&mut self, absence: &Absence) -> bool {
        let server = absence.copy / (2 * COPIES);
        let stamp = self.storage.stamp(absence.copy / COPIES);
        let Some((absence, ends)) = self.storage.rebuild_apart(absence, &self.cx) else {
            self.touch(server);
            self.publish_stamp(stamp);
            return false;
        };
        let stretch = self.stretches.last_mut(server).expect("the absence is kept");
        (stretch.ends, stretch.course) = (ends, Course::Copy(absence));
        true
    }

    /// A server is about to be played whose copy waits for others to be made anew: they are played too,
    /// those that are before it first.
    pub(super) fn publish_queue(&mut self, server: Server) {
        if let Some(Stretch { course: Course::Copy(absence), .. }) = self.stretches.last(server)
            && let Some(stamp) = self.storage.waits_apart(absence, self.cx.now)
        {
            if self.publishing.contains(&stamp) {
                self.publish_before(stamp, Some(server));
            } else {
                self.publish_stamp(stamp);
            }
        }
    }

    /// Whether nothing else is amiss with a server, and an absence that begins now is no more to it
    /// than a late commit and missing redundancy.
    fn bears_absence(&self, server: Server, absence: &Absence) -> bool {
        self.cx.ledger.is_plain(server)
            && self.standby.is_undisturbed(server)
            && self.storage.bears_absence(absence.copy, absence.sealed.since(self.cx.now))
            && self.may_pass(absence)
    }

    /// Whether an absence means something to a server about which nothing is amiss: its roles may have
    /// changed since it was kept.
    pub(super) fn may_pass(&self, absence: &Absence) -> bool {
        let server = absence.copy / (2 * COPIES);
        self.is_of_primary(absence.copy)
            || (self.standby.is_pair(server) && self.cx.group(server).standby.wal_quorum)
    }

    fn is_of_primary(&self, copy: u32) -> bool {
        self.standby.primary_slot(copy / (2 * COPIES)) == copy / COPIES % 2
    }

    /// Tells a whole absence, if nothing disturbed it. A standby's is nobody's: the log goes on.
    pub(super) fn tell_absence(&mut self, server: Server, absence: &Absence, to: SimTime) -> bool {
        if !self.maintenance.is_resting(server) || !self.bears_absence(server, absence) {
            return false;
        }
        self.absence_passed(server, absence, to);
        true
    }

    /// Tells a whole absence that began now and that nothing disturbed.
    pub(super) fn absence_passed(&mut self, server: Server, absence: &Absence, to: SimTime) {
        debug_assert!(self.bears_absence(server, absence));
        if self.is_of_primary(absence.copy) {
            let (cause, cx) = (absence.origin.cause, &mut self.cx);
            let (from, stalled) = (cx.now, absence.sealed);
            if stalled > from {
                cx.sink.stall(Stall { server, from, to: stalled, cause });
            }
            cx.ledger.tell_whole_risk(server, Risk::Copies, cause, from, to, &mut cx.sink);
        }
        self.storage.note_absence(absence);
    }
}
