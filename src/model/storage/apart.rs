//! Apart: absences of copies that are kept as private stretches of their servers.
//!
//! Where nothing else in a stamp is amiss when a storage node goes away or is lost, the way of each of
//! its copies is known from the beginning, and concerns its server alone: it comes back with its node,
//! or is made anew at once or when the node has been away for too long. Before anything public happens
//! to the stamp, those under way are played (`World::publish_stamp`).
//!
//! Rebuilds that are apart hold places like others: their number is bounded when they begin, so that
//! nobody in the stamp ever waits for a place while any is apart.

use super::rebuild::ASKED;
use super::*;
use crate::kernel::event_list::{Moment, NO_MOMENT, moment, time_of};
use crate::model::stretch::Absence;

impl Storage {
    /// Whether nothing is amiss in the stamp of a storage node; others of its rack may be away apart,
    /// because no volume has two copies in a rack.
    pub fn is_calm_around<S: Sink>(&mut self, node: u32, cx: &Context<S>) -> bool {
        let topo = &cx.topo;
        let stamp = node / topo.storage_nodes;
        let base = stamp * topo.storage_nodes;
        let apart = &mut self.apart[stamp as usize];
        apart.retain(|&(until, _)| until >= cx.now);
        let rack = |node: u32| topo.rack_in_stamp(node - base);
        apart.is_empty()
            && self.amiss[stamp as usize] == 0
            && self.stamp_holds[stamp as usize] == 0
            && self.nodes[node as usize].holds == 0
            && (base..base + topo.storage_nodes).all(|other| {
                let line = &self.nodes[other as usize];
                if line.apart_until >= cx.now {
                    other != node && rack(other) == rack(node)
                } else {
                    // One whose copies were all made anew elsewhere concerns nobody.
                    line.holds == 0 || self.copies_on(other).is_empty()
                }
            })
    }

    /// Storage nodes of a stamp whose copies may be away apart.
    pub fn nodes_apart<S: Sink>(&self, stamp: u32, cx: &Context<S>) -> Vec<u32> {
        let base = stamp * cx.topo.storage_nodes;
        (base..base + cx.topo.storage_nodes)
            .filter(|&node| self.nodes[node as usize].apart_until >= cx.now)
            .collect()
    }

    /// Copies of a stamp that may be made anew apart; they are not any more.
    pub fn take_rebuilds_apart(&mut self, stamp: u32) -> Vec<Copy> {
        std::mem::take(&mut self.apart[stamp as usize]).iter().map(|a| a.1).collect()
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
        let first = self.begin_hold(node, origin, cx);
        debug_assert!(first, "it was calm around a storage node that is held");
        let mut last = SimTime::ZERO;
        let mut ways = Vec::with_capacity(self.classes.len());
        for (index, class) in self.classes.iter().enumerate() {
            let takes = cx.span(&class.seal, Purpose::Seal, origin, node, 0);
            let resync = cx.span(&class.resync, Purpose::Resync, origin, node, 0);
            let back = cx.now + lasts + resync;
            // Who is given up is sealed out by then.
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

    /// Whether the copies of a storage node may be made anew apart: by law, each at once.
    pub fn may_rebuild_apart<S: Sink>(&mut self, node: u32, cx: &Context<S>) -> bool {
        let stamp = (node / cx.topo.storage_nodes) as usize;
        self.apart[stamp].retain(|&(until, _)| until >= cx.now);
        let rebuilds = &self.rebuilds[stamp];
        let room = rebuilds.busy() + self.apart[stamp].len() + self.copies_on(node).len();
        self.stamp_holds[stamp] == 0
            && self.rebuilds[stamp].nobody_waits()
            && self.nodes[node as usize].copies.iter().all(|&copy| {
                let spec = &cx.group(copy / COPIES / 2).volume;
                room <= spec.rebuild_concurrent as usize
                    && !self.shares_bandwidth(copy / COPIES, cx)
            })
    }

    /// A copy that is apart is made anew from now on: its wish, and when it is there. `None` where
    /// there is no place for it, or where it is there before it is sealed out of its set.
    pub fn rebuild_apart<S: Sink>(
        &mut self,
        copy: Copy,
        origin: Origin,
        sealed: SimTime,
        cx: &Context<S>,
    ) -> Option<(u32, Moment)> {
        let node = self.place_for(copy, origin, cx)?;
        let wish = self.asked[copy as usize] + 1;
        let until = cx.now + Storage::rebuild_time(copy, origin, wish, cx);
        if until < sealed {
            return None;
        }
        self.place(copy, node);
        self.asked[copy as usize] = wish;
        self.apart[(u32::from(node) / cx.topo.storage_nodes) as usize].push((until, copy));
        Some((wish, moment(until, pack(Kind::CopyRebuilt, copy, wish & ASKED))))
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
        let sibling = &self.volumes[(copy / COPIES ^ 1) as usize];
        class.least < COPIES
            && late <= class.tolerance
            && line.exists
            && !(line.gone || line.stalled || line.short)
            && !(sibling.stalled || sibling.short)
    }

    /// Whether a copy is in its set, as far as told.
    pub fn is_live(&self, copy: Copy) -> bool {
        self.state(copy) == CopyState::Live
    }

    /// An absence is told whole.
    #[inline]
    pub fn note_absence(&mut self, absence: &Absence) {
        self.volumes[(absence.copy / COPIES) as usize].origin = absence.origin;
    }

    /// An absence is played from now on.
    pub fn play_absence<S: Sink>(&mut self, absence: &Absence, ends: Moment, cx: &mut Context<S>) {
        let Absence { copy, origin, sealed, wish } = *absence;
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
        let volume = copy / COPIES;
        self.set(copy, CopyState::Rebuilding, cx);
        self.volumes[volume as usize].origin = origin;
        self.seal(volume, sealed.since(cx.now), cx);
        self.settle(volume, origin, cx);
        cx.events.schedule(until, content);
        if ends >= cx.events.present() {
            let stamp = usize::from(self.volumes[volume as usize].stamp);
            self.apart[stamp].retain(|&(_, other)| other != copy);
            self.rebuilds[stamp].running += 1;
        }
    }

    /// A copy that was played in the past joins its set there.
    pub fn join_in_past<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        if self.state(copy) != CopyState::Live {
            self.join(copy, cx);
        }
    }

    /// Copies of a server that are away with a storage node, as far as told.
    pub fn away_with(&self, server: u32, node: u32) -> Vec<Copy> {
        (server * 2 * COPIES..(server + 1) * 2 * COPIES)
            .filter(|&c| self.node_of_copy(c) == node && self.state(c) == CopyState::Away)
            .collect()
    }
}
