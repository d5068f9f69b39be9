//! Copies made anew: in the order of asking, as many as a stamp runs at once, each by a law or all
//! with an equal share of the stamp's bandwidth.
//!
//! Costs with n wishes: asking, starting and ending O(log n). A wish that cannot start is parked and keeps
//! its turn: for want of a live copy to read from, until there is one; or for want of a storage node to
//! make it on, until any node of its stamp is back.

use super::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A copy that waits to be made anew.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Wish {
    /// Place in the order of asking.
    turn: u64,
    copy: Copy,
    /// The how-manieth of the copy.
    asked: u32,
}

/// Rebuilds of one stamp.
#[derive(Clone, Debug, Default)]
pub(super) struct Rebuilds {
    /// Waiting, in the order of asking.
    queue: VecDeque<Wish>,
    /// Were parked, and may start now.
    again: BTreeSet<Wish>,
    /// Have no live copy to read from.
    parked: BTreeMap<Copy, Wish>,
    /// Have no storage node to be made on.
    homeless: BTreeSet<Wish>,
    turns: u64,
    /// Running by law.
    pub running: u32,
    /// Running with shared bandwidth: at how much service each is done (bits of a positive number,
    /// which sort like it).
    sharing: BTreeSet<(u64, Copy)>,
    /// Bytes that each one sharing was given since the last time that there was none.
    served: f64,
    /// `served` is as of then.
    since: SimTime,
}

impl Rebuilds {
    pub fn clear(&mut self) {
        self.queue.clear();
        self.again.clear();
        self.parked.clear();
        self.homeless.clear();
        self.turns = 0;
        self.running = 0;
        self.sharing.clear();
        self.served = 0.0;
        self.since = SimTime::ZERO;
    }

    /// A volume has a copy to read from: its wishes that waited for one may start.
    pub fn unpark(&mut self, volume: Volume) {
        if self.parked.is_empty() {
            return;
        }
        for copy in volume * COPIES..(volume + 1) * COPIES {
            self.again.extend(self.parked.remove(&copy));
        }
    }

    /// A storage node is back: it may be the place that wishes waited for. Whether there are any.
    pub fn house(&mut self) -> bool {
        let any = !self.homeless.is_empty();
        self.again.append(&mut self.homeless);
        any
    }

    /// A copy waits from now on for its wish to be granted.
    pub fn wait(&mut self, copy: Copy, asked: u32) {
        self.turns += 1;
        self.queue.push_back(Wish { turn: self.turns, copy, asked });
    }

    /// Running, by law and with shared bandwidth.
    pub fn busy(&self) -> usize {
        self.running as usize + self.sharing.len()
    }

    /// Whether nobody waits for anything.
    pub fn nobody_waits(&self) -> bool {
        let stuck = !(self.parked.is_empty() && self.homeless.is_empty());
        self.queue.is_empty() && self.again.is_empty() && !stuck
    }

    fn first(&self) -> Option<Wish> {
        match (self.queue.front(), self.again.first()) {
            (Some(&a), Some(&b)) => Some(a.min(b)),
            (a, b) => a.or(b).copied(),
        }
    }

    fn take_first(&mut self, wish: Wish) {
        if self.queue.front() == Some(&wish) {
            self.queue.pop_front();
        } else {
            self.again.remove(&wish);
        }
    }
}

/// Bits of the event's payload that name the wish.
pub(super) const ASKED: u32 = (1 << 23) - 1;

impl Storage {
    /// A rebuild by law is done, unless the event is of one that was given up.
    pub fn rebuilt<S: Sink>(&mut self, copy: Copy, asked: u32, cx: &mut Context<S>) {
        if self.state(copy) != CopyState::Rebuilding || self.asked[copy as usize] & ASKED != asked {
            return;
        }
        let stamp = self.stamp(copy / COPIES);
        self.rebuilds[stamp as usize].running -= 1;
        self.join(copy, cx);
        self.start_rebuilds(stamp, cx);
    }

    /// The copies of a stamp that are done by now, of those that share bandwidth.
    pub fn done_sharing<S: Sink>(&mut self, stamp: u32, cx: &Context<S>) -> Vec<Copy> {
        self.advance_rebuilds(stamp, cx);
        let rebuilds = &self.rebuilds[stamp as usize];
        let done = |bits: u64| f64::from_bits(bits) - rebuilds.served <= 0.5;
        rebuilds.sharing.iter().take_while(|s| done(s.0)).map(|s| s.1).collect()
    }

    /// Those copies join their sets.
    pub fn stamp_rebuilt<S: Sink>(&mut self, stamp: u32, done: &[Copy], cx: &mut Context<S>) {
        for &copy in done {
            self.rebuilds[stamp as usize].sharing.pop_first();
            self.join(copy, cx);
        }
        self.start_rebuilds(stamp, cx);
        self.schedule_rebuilds(stamp, cx);
    }

    /// A lost copy asks to be made anew.
    pub(super) fn want_rebuild(&mut self, copy: Copy) {
        let stamp = usize::from(self.volumes[(copy / COPIES) as usize].stamp);
        self.asked[copy as usize] += 1;
        self.rebuilds[stamp].wait(copy, self.asked[copy as usize]);
    }

    /// Starts rebuilds in the order of asking, as many as the stamp runs at once, of volumes that
    /// have a live copy to read from.
    pub fn start_rebuilds<S: Sink>(&mut self, stamp: u32, cx: &mut Context<S>) {
        if self.stamp_holds[stamp as usize] > 0 {
            return;
        }
        let mut shared = false;
        while let Some(wish) = self.rebuilds[stamp as usize].first() {
            let copy = wish.copy;
            let line = &self.volumes[(copy / COPIES) as usize];
            let present = self.state(copy) == CopyState::Lost
                && self.asked[copy as usize] == wish.asked
                && line.exists
                && !line.gone;
            if present {
                let spec = &cx.group(copy / COPIES / 2).volume;
                if self.rebuilds[stamp as usize].busy() >= spec.rebuild_concurrent as usize {
                    break;
                }
            }
            self.rebuilds[stamp as usize].take_first(wish);
            if !present {
                continue;
            }
            let (origin, has_source) = (line.origin, line.live() > 0);
            if has_source && self.is_on_held_node(copy) {
                // Its node went away while it waited.
                self.relocate_copy(copy, origin, cx);
            }
            let rebuilds = &mut self.rebuilds[stamp as usize];
            if !has_source {
                rebuilds.parked.insert(copy, wish);
                continue;
            }
            if self.is_on_held_node(copy) {
                self.rebuilds[stamp as usize].homeless.insert(wish);
                continue;
            }
            self.set(copy, CopyState::Rebuilding, cx);
            shared |= self.start_rebuild(stamp, wish, cx);
        }
        if shared {
            self.schedule_rebuilds(stamp, cx);
        }
    }

    fn is_on_held_node(&self, copy: Copy) -> bool {
        self.nodes[self.node_of_copy(copy) as usize].holds > 0
    }

    /// Starts one; true if it shares bandwidth.
    fn start_rebuild<S: Sink>(&mut self, stamp: u32, wish: Wish, cx: &mut Context<S>) -> bool {
        let copy = wish.copy;
        let volume = copy / COPIES;
        if self.shares_bandwidth(volume, cx) {
            self.advance_rebuilds(stamp, cx);
            let group = cx.group(volume / 2);
            let bytes = group.storage.0 as f64 * group.used.0;
            let rebuilds = &mut self.rebuilds[stamp as usize];
            rebuilds.sharing.insert(((rebuilds.served + bytes).to_bits(), copy));
            return true;
        }
        let origin = self.volumes[volume as usize].origin;
        let takes = Storage::rebuild_time(copy, origin, wish.asked, cx);
        self.rebuilds[stamp as usize].running += 1;
        cx.schedule(takes, Kind::CopyRebuilt, copy, wish.asked & ASKED);
        false
    }

    /// How long one takes by law.
    pub(super) fn rebuild_time<S: Sink>(
        copy: Copy,
        origin: Origin,
        wish: u32,
        cx: &Context<S>,
    ) -> Span {
        let law = cx.group(copy / COPIES / 2).volume.rebuild.as_ref();
        let takes =
            law.map_or(Span::ZERO, |law| cx.span(law, Purpose::Rebuild, origin, copy, wish));
        // No copy is made in the very instant in which it, and perhaps the others, are lost.
        takes.max(Span(1))
    }

    fn shares_bandwidth<S: Sink>(&self, volume: Volume, cx: &Context<S>) -> bool {
        cx.group(volume / 2).volume.rebuild.is_none() && self.bandwidth.is_finite()
    }

    /// Bandwidth that each running rebuild has now.
    fn rebuild_speed(&self, stamp: u32) -> f64 {
        match self.rebuilds[stamp as usize].sharing.len() {
            0 => 0.0,
            sharing => self.bandwidth / sharing as f64,
        }
    }

    fn advance_rebuilds<S: Sink>(&mut self, stamp: u32, cx: &Context<S>) {
        let speed = self.rebuild_speed(stamp);
        let rebuilds = &mut self.rebuilds[stamp as usize];
        if rebuilds.sharing.is_empty() {
            rebuilds.served = 0.0;
        }
        rebuilds.served += speed * cx.now.since(rebuilds.since).as_secs_f64();
        rebuilds.since = cx.now;
    }

    fn schedule_rebuilds<S: Sink>(&mut self, stamp: u32, cx: &mut Context<S>) {
        let speed = self.rebuild_speed(stamp);
        let rebuilds = &self.rebuilds[stamp as usize];
        let Some(&(bits, _)) = rebuilds.sharing.first() else {
            cx.events.cancel_timer(pack(Kind::StampRebuilt, stamp, 0));
            return;
        };
        let takes = ((f64::from_bits(bits) - rebuilds.served) / speed).max(0.0);
        // Rounded up, so that nothing is left when the timer fires.
        let at = cx.now + Span::from_secs_f64(takes) + Span(1);
        cx.events.move_timer(at, pack(Kind::StampRebuilt, stamp, 0));
    }

    /// A copy that is being made is given up.
    pub(super) fn forget_rebuild<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        let stamp = self.stamp(copy / COPIES);
        if self.shares_bandwidth(copy / COPIES, cx) {
            self.advance_rebuilds(stamp, cx);
            self.rebuilds[stamp as usize].sharing.retain(|s| s.1 != copy);
            self.schedule_rebuilds(stamp, cx);
        } else {
            self.rebuilds[stamp as usize].running -= 1;
        }
    }

    /// No copy of a volume is live any more: what is being made has nothing to read from, and begins anew when
    /// there is one again.
    pub(super) fn stop_without_source<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        if self.volumes[volume as usize].live() > 0 {
            return;
        }
        for copy in volume * COPIES..(volume + 1) * COPIES {
            if self.state(copy) == CopyState::Rebuilding {
                self.forget_rebuild(copy, cx);
                self.set(copy, CopyState::Lost, cx);
                self.want_rebuild(copy);
            }
        }
    }

    /// The stamp is held: running rebuilds stop and will begin anew.
    pub(super) fn suspend_rebuilds<S: Sink>(&mut self, stamp: u32, cx: &mut Context<S>) {
        if self.rebuilds[stamp as usize].busy() > 0 {
            for volume in self.volumes_in(stamp) {
                for copy in volume * COPIES..(volume + 1) * COPIES {
                    if self.state(copy) == CopyState::Rebuilding {
                        self.set(copy, CopyState::Lost, cx);
                        self.want_rebuild(copy);
                    }
                }
            }
        }
        let rebuilds = &mut self.rebuilds[stamp as usize];
        rebuilds.running = 0;
        rebuilds.sharing.clear();
        rebuilds.since = cx.now;
        cx.events.cancel_timer(pack(Kind::StampRebuilt, stamp, 0));
    }

    /// No copy of a volume is made anew any more.
    pub(super) fn drop_rebuilds<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let mut freed = false;
        for copy in volume * COPIES..(volume + 1) * COPIES {
            if self.state(copy) == CopyState::Rebuilding {
                self.forget_rebuild(copy, cx);
                self.set(copy, CopyState::Lost, cx);
            }
            // One that waits may have stood in the way of others, which have more places.
            freed |= self.state(copy) == CopyState::Lost;
            // Wishes of the past are told by their number.
            self.asked[copy as usize] += 1;
        }
        if freed {
            self.start_rebuilds(self.stamp(volume), cx);
        }
    }
}
