//! Apart: absences of copies that are kept as private stretches of their servers.
//!
//! When a storage node goes away or is lost, the way of each of its copies is known from the beginning,
//! and concerns its server alone: it comes back with its node, or is made anew at once or when the node
//! has been away for too long.
//!
//! Places for rebuilds are shared by a stamp. As long as all that want one are apart, their order and
//! their times are known. Before anybody else wants one, those that are apart are played
//! (`World::publish_stamp`).

use super::rebuild::ASKED;
use super::*;
use crate::kernel::event_list::{Moment, NO_MOMENT, moment, time_of};
use crate::model::stretch::Absence;
use std::cmp::Reverse;

/// A rebuild that is apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apart {
    until: SimTime,
    copy: Copy,
}

impl Storage {
    /// Whether the copies of a storage node that goes away now may be told of by server: it stands in
    /// peace, and none of them is being made anew, or is the only one from which others are.
    pub fn may_part_with<S: Sink>(&mut self, node: u32, cx: &Context<S>) -> bool {
        let stamp = (node / cx.topo.storage_nodes) as usize;
        let line = &self.nodes[node as usize];
        let in_peace = line.holds == 0 && line.apart_until < cx.now && self.stamp_holds[stamp] == 0;
        in_peace
            && self.apart_now(stamp, cx.now).iter().all(|a| self.node_of_copy(a.copy) != node)
            && (self.rebuilds[stamp].busy() == 0
                || self.copies_on(node).to_vec().iter().all(|&copy| self.may_leave_apart(copy)))
    }

    /// Whether no rebuild hangs on a copy: it is not being made, and others are not made from it alone.
    fn may_leave_apart(&self, copy: Copy) -> bool {
        let line = &self.volumes[(copy / COPIES) as usize];
        match self.state(copy) {
            CopyState::Live => line.live() > 1 || !line.copies.contains(&CopyState::Rebuilding),
            state => state == CopyState::Away,
        }
    }

    /// Rebuilds of a stamp that are apart and not over.
    fn apart_now(&mut self, stamp: usize, now: SimTime) -> Vec<Apart> {
        self.apart[stamp].retain(|a| a.until >= now);
        self.apart[stamp].clone()
    }

    /// Of the copies of a stamp that are being made anew apart, or wait for it, the one that asked first.
    pub fn first_apart(&mut self, stamp: u32, now: SimTime) -> Option<Copy> {
        let all = &mut self.apart[stamp as usize];
        if all.first().is_some_and(|a| a.until < now) {
            all.retain(|a| a.until >= now);
        }
        all.first().map(|a| a.copy)
    }

    /// A copy is not made anew apart any more.
    pub fn end_rebuild_apart(&mut self, copy: Copy) {
        let stamp = usize::from(self.volumes[(copy / COPIES) as usize].stamp);
        self.apart[stamp].retain(|a| a.copy != copy);
    }

    /// A storage node goes away for this long, its copies one by one: for each class of volumes, how
    /// long sealing takes, and the moment at which the copies are back, if it is known.
    pub fn part_with<S: Sink>(
        &mut self,
        node: u32,
        origin: Origin,
        lasts: Span,
        cx: &mut Context<S>,
    ) -> Vec<(Span, Moment)> {
        let first = self.begin_hold(node, origin, lasts, cx);
        debug_assert!(first, "it was calm around a storage node that is held");
        let mut last = SimTime::ZERO;
        let mut ways = Vec::with_capacity(self.classes.len());
        for (index, class) in self.classes.iter().enumerate() {
            let takes = cx.span(&class.seal, Purpose::Seal, origin, node, 0);
            let resync = cx.span(&class.resync, Purpose::Resync, origin, node, 0);
            let back = cx.now + lasts + resync;
            let known = lasts < class.patience && back < SimTime::NEVER;
            last = last.max(if known { back } else { SimTime::NEVER });
            let ends = if known {
                moment(back, pack(Kind::StorageNodeSynced, node, index as u32))
            } else {
                NO_MOMENT
            };
            ways.push((takes, ends));
        }
        self.nodes[node as usize].apart_until = last;
        ways
    }

    /// Whether the copies of a storage node may be made anew apart: all by law and at one pace, and
    /// either none ever waits for a place, or all that hold or want one are apart. Then `rebuild_apart`
    /// takes the places of its stamp in turn.
    pub fn may_rebuild_apart<S: Sink>(&mut self, node: u32, all: bool, cx: &Context<S>) -> bool {
        let Some(places) = self.places else { return false };
        let stamp = (node / cx.topo.storage_nodes) as usize;
        self.apart[stamp].retain(|a| a.until >= cx.now);
        let copies = self.copies_on(node).len();
        let busy = self.rebuilds[stamp].busy();
        let room = busy + self.apart[stamp].len() + copies <= places;
        let nobody_waits = self.rebuilds[stamp].nobody_waits();
        let may = self.stamp_holds[stamp] == 0 && nobody_waits && (room || (busy == 0 && all));
        if may {
            self.free_at.clear();
            let ends: Vec<SimTime> = self.apart[stamp].iter().map(|a| a.until).collect();
            self.note_ends(ends.into_iter());
        }
        may
    }

    /// A copy that is apart is made anew from now on, or as soon as it has a place: its wish, when it
    /// begins, and when it is there. `None` where there is no storage node for it, or where it is there
    /// before it is sealed out of its set.
    pub fn rebuild_apart<S: Sink>(
        &mut self,
        absence: &Absence,
        cx: &Context<S>,
    ) -> Option<(Absence, Moment)> {
        let Absence { copy, origin, sealed, .. } = *absence;
        let node = self.place_for(copy, origin, cx)?;
        let wish = self.asked[copy as usize] + 1;
        let stamp = (u32::from(node) / cx.topo.storage_nodes) as usize;
        let begins = self.place_free_at(cx.now);
        let until = begins + Storage::rebuild_time(copy, origin, wish, cx);
        if until < sealed {
            return None;
        }
        self.place(copy, node);
        self.asked[copy as usize] = wish;
        self.apart[stamp].push(Apart { until, copy });
        self.note_ends(std::iter::once(until));
        let ends = moment(until, pack(Kind::CopyRebuilt, copy, wish & ASKED));
        Some((Absence { wish, begins, ..*absence }, ends))
    }

    /// When a rebuild that is wanted now begins, which then takes so long: as soon as fewer are before
    /// it than there are places, because they are served in the order of asking.
    fn place_free_at(&self, now: SimTime) -> SimTime {
        let places = self.places.expect("rebuilds are apart at one pace");
        match self.free_at.peek() {
            Some(&Reverse(first)) if self.free_at.len() >= places => first,
            _ => now,
        }
    }

    /// Of the rebuilds that are apart, the latest ends: as many as there are places.
    fn note_ends(&mut self, ends: impl Iterator<Item = SimTime>) {
        let places = self.places.expect("rebuilds are apart at one pace");
        for end in ends {
            self.free_at.push(Reverse(end));
            if self.free_at.len() > places {
                self.free_at.pop();
            }
        }
    }

    /// Whether a copy of a server waits for its turn to be made anew apart: then who comes before it
    /// has to be played with it.
    #[inline]
    pub fn waits_apart(&self, absence: &Absence, now: SimTime) -> Option<u32> {
        (absence.wish > 0 && absence.begins > now).then(|| self.stamp(absence.copy / COPIES))
    }

    /// The copies of a storage node that was given up are elsewhere.
    pub fn end_apart(&mut self, node: u32) {
        if self.copies_on(node).is_empty() {
            self.nodes[node as usize].apart_until = SimTime::ZERO;
        }
    }

    /// Whether a storage node is away with its copies apart, for too long to wait for it.
    pub fn is_overdue_apart(&self, node: u32) -> bool {
        self.nodes[node as usize].apart_until == SimTime::NEVER
    }

    /// Whether all that the absence of a copy does to its volume is a commit that is late by so much, and
    /// nothing is amiss with the server's other volume, whether that has been heard of yet or not.
    #[inline]
    pub fn bears_absence(&self, copy: Copy, late: Span) -> bool {
        let line = &self.volumes[(copy / COPIES) as usize];
        let class = &self.classes[usize::from(line.class)];
        let sibling = &self.volumes[((copy / COPIES) ^ 1) as usize];
        class.least < COPIES
            && late <= class.tolerance
            && line.exists
            && !(line.gone || line.stalled || line.short)
            && !(sibling.stalled || sibling.short)
    }

    /// Whether a copy of a volume is being made anew, as far as told.
    pub fn is_rebuilding(&self, volume: Volume) -> bool {
        self.volumes[volume as usize].copies.contains(&CopyState::Rebuilding)
    }

    /// An absence is told whole.
    #[inline]
    pub fn note_absence(&mut self, absence: &Absence) {
        self.volumes[(absence.copy / COPIES) as usize].origin = absence.origin;
    }

    /// An absence is played from now on.
    pub fn play_absence<S: Sink>(&mut self, absence: &Absence, ends: Moment, cx: &mut Context<S>) {
        let Absence { copy, origin, sealed, wish, begins } = *absence;
        let until = time_of(ends);
        let content = ends as u64;
        if wish == 0 {
            self.leave(copy, origin, sealed.since(cx.now), cx);
            // Later it comes back with all copies that are away with its node; in the present instant
            // they may have come back already.
            if until <= time_of(cx.events.present()) {
                cx.events.schedule(until, content);
            }
            return;
        }
        let (volume, now) = (copy / COPIES, time_of(cx.events.present()));
        let stamp = usize::from(self.volumes[volume as usize].stamp);
        let waits = begins > now;
        self.set(copy, if waits { CopyState::Lost } else { CopyState::Rebuilding }, cx);
        self.volumes[volume as usize].origin = origin;
        self.lost_by[copy as usize] = origin;
        self.seal(volume, sealed.since(cx.now), cx);
        self.settle(volume, origin, cx);
        self.end_rebuild_apart(copy);
        if waits {
            self.rebuilds[stamp].wait(copy, wish);
            return;
        }
        cx.events.schedule(until, content);
        if ends >= cx.events.present() {
            self.rebuilds[stamp].running += 1;
        }
    }

    /// A copy that was played in the past joins its set there.
    pub fn join_in_past<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        if self.state(copy) != CopyState::Live {
            self.join(copy, cx);
        }
    }

    /// The copy of a server that is away in its past: there is one at most. Where it stands by now says
    /// nothing, it may have moved since.
    pub fn away_in_past(&self, server: u32) -> Option<Copy> {
        let mut copies = server * 2 * COPIES..(server + 1) * 2 * COPIES;
        copies.find(|&copy| self.state(copy) == CopyState::Away)
    }
}
