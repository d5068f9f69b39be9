//! The way of one copy: lost, given up, moved, in the set again; and volumes made anew or given up.

use super::*;
use crate::kernel::chance::Bits;

impl Storage {
    /// One copy is lost for good.
    pub fn lose_copy<S: Sink>(&mut self, copy: Copy, origin: Origin, cx: &mut Context<S>) {
        let volume = copy / COPIES;
        let takes = cx.span(&self.class(volume).seal, Purpose::Seal, origin, volume, 0);
        self.lose(copy, origin, takes, cx);
        self.start_rebuilds(self.stamp(volume), cx);
    }

    /// One copy is lost for good; sealing it out of the set takes this long.
    pub fn lose<S: Sink>(&mut self, copy: Copy, origin: Origin, takes: Span, cx: &mut Context<S>) {
        let volume = copy / COPIES;
        let was = self.state(copy);
        if self.volumes[volume as usize].gone || was == CopyState::Lost {
            return;
        }
        if was == CopyState::Rebuilding {
            self.forget_rebuild(copy, cx);
        }
        self.set(copy, CopyState::Lost, cx);
        self.lost_by[copy as usize] = origin;
        if was == CopyState::Live {
            self.note_left(copy, cx.now);
        }
        let line = &mut self.volumes[volume as usize];
        line.origin = origin;
        if line.copies.iter().all(|&c| matches!(c, CopyState::Lost | CopyState::Rebuilding)) {
            line.gone = true;
            self.behind.remove(&volume);
            self.drop_rebuilds(volume, cx);
            self.settle(volume, origin, cx);
            cx.tell(Fact::VolumeLost(volume, origin));
            return;
        }
        if was == CopyState::Live {
            self.stop_without_source(volume, cx);
            self.seal(volume, takes, cx);
        }
        self.relocate_copy(copy, origin, cx);
        self.want_rebuild(copy);
        self.settle(volume, origin, cx);
    }

    /// A copy has been away for too long: it is made anew on another storage node.
    pub fn give_up<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        let line = &self.volumes[(copy / COPIES) as usize];
        // Where no copy is live there is nothing to make it anew from: its node is waited for, or
        // another one's (`join`).
        if line.exists && self.state(copy) == CopyState::Away && line.live() > 0 {
            let origin = line.origin;
            self.set(copy, CopyState::Lost, cx);
            self.lost_by[copy as usize] = self.nodes[self.node_of_copy(copy) as usize].held_by;
            self.relocate_copy(copy, origin, cx);
            self.want_rebuild(copy);
        }
    }

    /// Whether a copy is away for longer than it is waited for.
    fn is_overdue<S: Sink>(&self, copy: Copy, cx: &Context<S>) -> bool {
        let node = &self.nodes[self.node_of_copy(copy) as usize];
        self.state(copy) == CopyState::Away
            && node.holds > 0
            && node.since + self.class(copy / COPIES).patience <= cx.now
    }

    /// A copy is in the set again.
    pub(super) fn join<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        let volume = copy / COPIES;
        if self.state(copy) == CopyState::Away
            && let Some(has) = self.behind.get_mut(&volume)
        {
            *has = (*has).max(self.left[copy as usize]);
        }
        self.set(copy, CopyState::Live, cx);
        if !self.volumes[volume as usize].copies.contains(&CopyState::Away) {
            // None that has more may be back.
            self.go_on_from_what_is_live(volume, cx);
        }
        let origin = self.volumes[volume as usize].origin;
        self.settle(volume, origin, cx);
        // Lost copies of the volume may be read from this one now.
        self.rebuilds[usize::from(self.volumes[volume as usize].stamp)].unpark(volume);
        // Others may have been waited for only because there was none to read from; what comes back in
        // this very instant does so first.
        for other in volume * COPIES..(volume + 1) * COPIES {
            if self.is_overdue(other, cx) {
                let (node, class) = (self.node_of_copy(other), self.class_of(other) as u32);
                cx.events.move_timer(cx.now + Span(1), pack(Kind::StorageNodeGivenUp, node, class));
            }
        }
    }

    /// A copy is not live any more: it has what the live ones had.
    pub(super) fn note_left(&mut self, copy: Copy, now: SimTime) {
        let volume = copy / COPIES;
        self.left[copy as usize] = self.behind.get(&volume).map_or(now, |&has| has.min(now));
        if self.volumes[volume as usize].live() == 0 {
            self.behind.insert(volume, SimTime::ZERO);
        }
    }

    /// Writes go on from the copies that are live, or will: what was committed and none of them has is lost.
    pub(super) fn go_on_from_what_is_live<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        if let Some(has) = self.behind.remove(&volume)
            && has < self.stalled_since[volume as usize]
        {
            cx.tell(Fact::VolumeOld(volume, has));
        }
    }

    /// A volume is made anew in the hall of this host, empty of trouble: for a new node.
    pub fn renew<S: Sink>(&mut self, volume: Volume, host: u32, cx: &mut Context<S>) {
        self.retire(volume, cx);
        let stamp = cx.topo.stamp_of_host(host);
        let line = &mut self.volumes[volume as usize];
        line.renewals += 1;
        line.stamp = stamp as u16;
        let renewals = u64::from(line.renewals);
        let key = cx.key.with(0x72_656e_6577).with(u64::from(volume)).with(renewals);
        let placement = cx.group(volume / 2).volume.placement;
        let nodes = cx.topo.draw_copies(key, placement, &self.copysets);
        let mut origin = self.volumes[volume as usize].origin;
        for (i, n) in nodes.into_iter().enumerate() {
            let copy = volume * COPIES + i as u32;
            let node = (stamp * cx.topo.storage_nodes + n) as u16;
            self.place(copy, node);
        }
        let first = volume * COPIES;
        for copy in first..first + COPIES {
            let held = |storage: &Storage| {
                let node = &storage.nodes[storage.node_of_copy(copy) as usize];
                (node.holds > 0).then_some(node.held_by)
            };
            if let Some(by) = held(self) {
                self.lost_by[copy as usize] = by;
                self.relocate_copy(copy, by, cx);
            }
            let away = held(self);
            self.set(copy, if away.is_some() { CopyState::Away } else { CopyState::Live }, cx);
            origin = away.unwrap_or(origin);
            self.left[copy as usize] = cx.now;
        }
        // Where no other node is up, a copy is made as soon as its node is; with none at all to read from
        // they are empty alike.
        if self.volumes[volume as usize].live() > 0 {
            for copy in first..first + COPIES {
                if self.state(copy) == CopyState::Away {
                    self.set(copy, CopyState::Lost, cx);
                    self.want_rebuild(copy);
                }
            }
        }
        origin = self.stamp_held_by[stamp as usize].first().copied().unwrap_or(origin);
        let line = &mut self.volumes[volume as usize];
        line.origin = origin;
        line.exists = true;
        line.gone = false;
        line.sealing = SimTime::ZERO;
        Storage::volume_changed(volume, cx);
        self.settle(volume, origin, cx);
        self.start_rebuilds(stamp, cx);
    }

    /// Whether a storage node of a stamp is away: then a volume that is laid in it may want rebuilds.
    pub fn misses_nodes<S: Sink>(&self, stamp: u32, cx: &Context<S>) -> bool {
        let n = cx.topo.storage_nodes as usize;
        self.nodes[stamp as usize * n..][..n].iter().any(|node| node.holds > 0)
    }

    /// A volume is given up with its node: whatever happens to it is nobody's concern any more.
    pub fn retire<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        self.drop_rebuilds(volume, cx);
        self.behind.remove(&volume);
        let line = &mut self.volumes[volume as usize];
        line.exists = false;
        line.stalled = false;
        line.short = false;
        line.gone = false;
        line.copies = [CopyState::Live; 3];
        for node in line.nodes {
            self.nodes[usize::from(node)].dirty = true;
        }
        Storage::volume_changed(volume, cx);
    }

    /// Moves a copy to another storage node of the stamp, where there is one for it.
    pub(super) fn relocate_copy<S: Sink>(&mut self, copy: Copy, origin: Origin, cx: &Context<S>) {
        // Nowhere to go: it stays where it is, and is made anew there when the node is back.
        if let Some(node) = self.place_for(copy, origin, cx) {
            self.place(copy, node);
        }
    }

    /// Chooses another storage node of the stamp for a copy: up, and in a rack of its own.
    pub(super) fn place_for<S: Sink>(
        &self,
        copy: Copy,
        origin: Origin,
        cx: &Context<S>,
    ) -> Option<u16> {
        let topo = &cx.topo;
        let line = &self.volumes[(copy / COPIES) as usize];
        let base = u32::from(line.stamp) * topo.storage_nodes;
        let rack = |node: u16| topo.rack_in_stamp(u32::from(node) - base);
        let own = (copy % COPIES) as usize;
        let others = [line.nodes[(own + 1) % 3], line.nodes[(own + 2) % 3]].map(rack);
        let fits =
            |node: u16| self.nodes[usize::from(node)].holds == 0 && !others.contains(&rack(node));
        let mut draw = cx.draw(Purpose::CopyPlacement, origin, copy, 0);
        let turn = draw.below(u64::from(topo.storage_nodes)) as u32;
        (0..topo.storage_nodes)
            .map(|i| (base + (turn + i) % topo.storage_nodes) as u16)
            .find(|&node| fits(node))
    }
}
