//! Storage: volumes of three synchronous copies on the storage nodes of a stamp.
//!
//! Hears strikes on copies, storage nodes, racks, halls and stamps; tells `VolumeStalled`,
//! `VolumeResumed`, `VolumeLost`, `CopiesShort`, `CopiesWhole`. It does not know which volume is a
//! primary's.
//!
//! **Invariants.** No write is acknowledged while fewer than `min_copies` copies are live, while a
//! lost copy is being sealed out of the set, or while the stamp is held. Data is lost exactly when
//! the last copy is lost for good. A storage node or stamp is held by a count.

use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::{Kind, pack};
use crate::model::fact::{Fact, Node, Origin, Volume};
use crate::model::fault::Cause;
use crate::model::record::Sink;
use crate::model::topology::{COPIES, SLOTS};
use std::collections::BTreeSet;

/// A copy: three of each volume in turn.
type Copy = u32;

/// What a copy is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum CopyState {
    /// In the set: acknowledges writes.
    Live,
    /// Its storage node is away.
    Away,
    /// Back, and catching up.
    Resyncing,
    /// Lost; waits for its turn or for a live copy to read from.
    Lost,
    /// Being made anew.
    Rebuilding,
}

#[derive(Clone, Copy, Debug)]
struct VolumeLine {
    copies: [CopyState; COPIES as usize],
    /// Whether the volume is there at all (its slot was bought or used).
    exists: bool,
    /// Whether writes stall, as told.
    stalled: bool,
    /// Whether fewer than three copies are live, as told.
    short: bool,
    /// Whether the data is gone.
    gone: bool,
    /// How often it was made anew: part of the address of its placement.
    renewals: u32,
    /// The set is being changed until then.
    sealing: SimTime,
    origin: Origin,
}

/// Rebuilds of one stamp.
#[derive(Clone, Debug, Default)]
struct Rebuilds {
    /// Waiting, in the order of asking.
    queue: BTreeSet<(SimTime, Copy)>,
    /// Running: copy and bytes left (shared bandwidth only).
    running: Vec<(Copy, f64)>,
    /// Bytes left are as of then.
    since: SimTime,
}

/// The storage side of one cell.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    volumes: Vec<VolumeLine>,
    stamp: Vec<u16>,
    node: Vec<u16>,
    /// Copies that have moved: (storage node, copy), beside the first placement.
    moved: BTreeSet<(u16, Copy)>,
    node_holds: Vec<u16>,
    stamp_holds: Vec<u16>,
    /// What holds each storage node and each stamp, or held it last.
    node_held_by: Vec<Origin>,
    stamp_held_by: Vec<Origin>,
    rebuilds: Vec<Rebuilds>,
    /// How often each copy began to be made anew: part of the address of its draws.
    begun: Vec<u32>,
    copysets: Vec<[u32; 3]>,
}

impl Storage {
    /// Every volume that exists has three live copies.
    pub fn reset<S: Sink>(&mut self, cx: &Context<S>, exists: impl Fn(Node) -> bool) {
        let topo = &cx.topo;
        self.volumes.clear();
        for volume in 0..2 * topo.servers {
            self.volumes.push(VolumeLine {
                copies: [CopyState::Live; 3],
                exists: exists(node_of(volume)),
                stalled: false,
                short: false,
                gone: false,
                renewals: 0,
                sealing: SimTime::ZERO,
                origin: Origin { cause: Cause(0), number: 0 },
            });
        }
        self.stamp.clone_from(&topo.volume_stamp);
        self.node.clone_from(&topo.copy_node);
        self.moved.clear();
        self.node_holds.clear();
        self.node_holds.resize(topo.storage_node_count() as usize, 0);
        self.stamp_holds.clear();
        self.stamp_holds.resize((topo.zones * topo.stamps) as usize, 0);
        let nobody = Origin { cause: Cause(0), number: 0 };
        self.node_held_by.clear();
        self.node_held_by.resize(topo.storage_node_count() as usize, nobody);
        self.stamp_held_by.clear();
        self.stamp_held_by.resize((topo.zones * topo.stamps) as usize, nobody);
        self.rebuilds.clear();
        self.rebuilds.resize((topo.zones * topo.stamps) as usize, Rebuilds::default());
        self.begun.clear();
        self.begun.resize(topo.copy_node.len(), 0);
        self.copysets = topo.copysets();
    }

    /// Everything about a volume, for a message.
    pub fn describe(&self, volume: Volume) -> String {
        let stamp = self.stamp(volume);
        let nodes: Vec<(u16, u16)> = (volume * COPIES..(volume + 1) * COPIES)
            .map(|c| self.node[c as usize])
            .map(|n| (n, self.node_holds[usize::from(n)]))
            .collect();
        format!(
            "{:?} on (node, holds) {nodes:?}, stamp {stamp} held {} times, {:?}",
            self.volumes[volume as usize],
            self.stamp_holds[stamp as usize],
            self.rebuilds[stamp as usize]
        )
    }

    /// Whether writes to a volume stall, or its data is gone.
    pub fn is_blocked(&self, volume: Volume) -> bool {
        let line = &self.volumes[volume as usize];
        line.stalled || line.gone
    }

    /// Whether the data of a volume is gone.
    pub fn is_gone(&self, volume: Volume) -> bool {
        self.volumes[volume as usize].gone
    }

    /// Whether fewer than three copies of a volume are live.
    pub fn is_short(&self, volume: Volume) -> bool {
        self.volumes[volume as usize].short
    }

    /// Live copies of a volume and the fewest that acknowledge writes; for the invariant checks.
    pub fn live_and_least<S: Sink>(&self, volume: Volume, cx: &Context<S>) -> (u32, u32) {
        let line = &self.volumes[volume as usize];
        let live = line.copies.iter().filter(|&&c| c == CopyState::Live).count() as u32;
        (live, cx.group(volume / 2).volume.min_copies)
    }

    /// Whether a volume is there and in this cell.
    pub fn exists(&self, volume: Volume) -> bool {
        self.volumes[volume as usize].exists
    }

    /// The storage node on which a copy stands.
    pub fn node_of_copy(&self, copy: Copy) -> u32 {
        u32::from(self.node[copy as usize])
    }

    /// Stamp of a volume.
    pub fn stamp(&self, volume: Volume) -> u32 {
        u32::from(self.stamp[volume as usize])
    }

    /// The volumes with a copy on a storage node, in order.
    pub fn volumes_on<S: Sink>(&self, node: u32, cx: &Context<S>) -> Vec<Volume> {
        self.copies_on(node, cx).into_iter().map(|c| c / COPIES).collect()
    }

    /// The volumes of a stamp, in order.
    pub fn volumes_in(&self, stamp: u32) -> Vec<Volume> {
        (0..self.volumes.len() as u32)
            .filter(|&v| self.volumes[v as usize].exists && self.stamp(v) == stamp)
            .collect()
    }

    /// Whether a strike on a storage node takes effect.
    pub fn admits_node<S: Sink>(&self, node: u32, cx: &Context<S>) -> bool {
        self.node_holds[node as usize] == 0
            && self.stamp_holds[(node / cx.topo.storage_nodes) as usize] == 0
    }

    /// Whether a strike on a stamp takes effect.
    pub fn admits_stamp(&self, stamp: u32) -> bool {
        self.stamp_holds[stamp as usize] == 0
    }

    /// Whether a strike on a copy takes effect.
    pub fn admits_copy<S: Sink>(&self, copy: Copy, cx: &Context<S>) -> bool {
        let line = &self.volumes[(copy / COPIES) as usize];
        line.exists
            && !line.gone
            && matches!(
                line.copies[(copy % COPIES) as usize],
                CopyState::Live | CopyState::Resyncing
            )
            && self.admits_node(u32::from(self.node[copy as usize]), cx)
    }

    fn copies_on<S: Sink>(&self, node: u32, cx: &Context<S>) -> Vec<Copy> {
        let here = |&copy: &Copy| {
            u32::from(self.node[copy as usize]) == node
                && self.volumes[(copy / COPIES) as usize].exists
        };
        let first = cx.topo.copies_on(node).iter().copied().filter(here);
        if self.moved.is_empty() {
            return first.collect();
        }
        let node = node as u16;
        let moved = self.moved.range((node, 0)..=(node, u32::MAX)).map(|&(_, c)| c).filter(here);
        let mut all: Vec<Copy> = first.chain(moved).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A storage node goes away: its copies leave their sets.
    pub fn hold_node<S: Sink>(&mut self, node: u32, origin: Origin, cx: &mut Context<S>) {
        self.node_holds[node as usize] += 1;
        if self.node_holds[node as usize] > 1 {
            return;
        }
        self.node_held_by[node as usize] = origin;
        for copy in self.copies_on(node, cx) {
            self.copy_away(copy, origin, cx);
        }
    }

    /// A storage node comes back with its copies.
    pub fn release_node<S: Sink>(&mut self, node: u32, cx: &mut Context<S>) {
        self.node_holds[node as usize] -= 1;
        if self.node_holds[node as usize] > 0 {
            return;
        }
        for copy in self.copies_on(node, cx) {
            if self.state(copy) == CopyState::Away {
                cx.cancel_timer(Kind::CopyGivenUp, copy);
                self.resync(copy, cx);
            }
        }
        // Copies that found no other place are made anew here.
        self.start_rebuilds(node / cx.topo.storage_nodes, cx);
    }

    /// A storage node is lost for good; an empty one takes its place at once.
    pub fn lose_node<S: Sink>(&mut self, node: u32, origin: Origin, cx: &mut Context<S>) {
        for copy in self.copies_on(node, cx) {
            self.lose_copy(copy, origin, cx);
        }
    }

    /// A stamp goes away: its volumes stall, nothing is lost.
    pub fn hold_stamp<S: Sink>(&mut self, stamp: u32, origin: Origin, cx: &mut Context<S>) {
        self.stamp_holds[stamp as usize] += 1;
        if self.stamp_holds[stamp as usize] > 1 {
            return;
        }
        self.stamp_held_by[stamp as usize] = origin;
        self.suspend_rebuilds(stamp, cx);
        for volume in self.volumes_in(stamp) {
            self.settle(volume, origin, cx);
        }
    }

    /// A stamp comes back. `never` are its storage nodes that do not, `late` those that return later.
    pub fn release_stamp<S: Sink>(
        &mut self,
        stamp: u32,
        never: &[u32],
        late: &[(u32, Span)],
        origin: Origin,
        cx: &mut Context<S>,
    ) {
        for &node in never {
            self.lose_node(node, origin, cx);
        }
        for &(node, wait) in late {
            self.hold_node(node, origin, cx);
            cx.schedule(wait, Kind::StorageNodeBack, node, 0);
        }
        self.stamp_holds[stamp as usize] -= 1;
        if self.stamp_holds[stamp as usize] > 0 {
            return;
        }
        for volume in self.volumes_in(stamp) {
            self.settle(volume, origin, cx);
        }
        self.start_rebuilds(stamp, cx);
    }

    /// One copy is lost for good.
    pub fn lose_copy<S: Sink>(&mut self, copy: Copy, origin: Origin, cx: &mut Context<S>) {
        let volume = copy / COPIES;
        let was = self.state(copy);
        if self.volumes[volume as usize].gone || was == CopyState::Lost {
            return;
        }
        self.forget_timers(copy, cx);
        self.set(copy, CopyState::Lost);
        let line = &mut self.volumes[volume as usize];
        line.origin = origin;
        if line.copies.iter().all(|&c| matches!(c, CopyState::Lost | CopyState::Rebuilding)) {
            line.gone = true;
            self.drop_rebuilds(volume, cx);
            self.settle(volume, origin, cx);
            cx.tell(Fact::VolumeLost(volume, origin));
            return;
        }
        if was == CopyState::Live {
            self.seal(volume, origin, cx);
        }
        self.relocate_copy(copy, origin, cx);
        self.want_rebuild(copy, cx);
        self.settle(volume, origin, cx);
    }

    /// A volume is made anew in the hall of this host, empty of trouble: for a new node.
    pub fn renew<S: Sink>(&mut self, volume: Volume, host: u32, cx: &mut Context<S>) {
        self.retire(volume, cx);
        let stamp = cx.topo.stamp_of_host(host);
        let line = &mut self.volumes[volume as usize];
        line.renewals += 1;
        let renewals = u64::from(line.renewals);
        let key = cx.key.with(0x72_656e_6577).with(u64::from(volume)).with(renewals);
        let placement = cx.group(volume / 2).volume.placement;
        let nodes = cx.topo.draw_copies(key, placement, &self.copysets);
        self.stamp[volume as usize] = stamp as u16;
        let mut origin = self.volumes[volume as usize].origin;
        for (i, n) in nodes.into_iter().enumerate() {
            let copy = volume * COPIES + i as u32;
            let node = (stamp * cx.topo.storage_nodes + n) as u16;
            self.node[copy as usize] = node;
            self.moved.insert((node, copy));
            let away = self.node_holds[usize::from(node)] > 0;
            self.set(copy, if away { CopyState::Away } else { CopyState::Live });
            if away {
                origin = self.node_held_by[usize::from(node)];
            }
        }
        if self.stamp_holds[stamp as usize] > 0 {
            origin = self.stamp_held_by[stamp as usize];
        }
        self.volumes[volume as usize].origin = origin;
        let line = &mut self.volumes[volume as usize];
        line.exists = true;
        line.gone = false;
        line.sealing = SimTime::ZERO;
        self.settle(volume, origin, cx);
    }

    /// A volume is given up with its node: whatever happens to it is nobody's concern any more.
    pub fn retire<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        for copy in volume * COPIES..(volume + 1) * COPIES {
            self.forget_timers(copy, cx);
        }
        self.drop_rebuilds(volume, cx);
        let line = &mut self.volumes[volume as usize];
        line.exists = false;
        line.stalled = false;
        line.short = false;
        line.gone = false;
        line.copies = [CopyState::Live; 3];
    }

    /// The lost copy is out of the set.
    pub fn sealed<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let origin = self.volumes[volume as usize].origin;
        self.settle(volume, origin, cx);
    }

    /// A copy has caught up.
    pub fn resynced<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        if self.state(copy) == CopyState::Resyncing {
            self.join(copy, cx);
        }
    }

    /// A copy has been away for too long: it is made anew on another storage node.
    pub fn given_up<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        let line = &self.volumes[(copy / COPIES) as usize];
        let others_left = (0..COPIES).any(|i| {
            i != copy % COPIES
                && !matches!(line.copies[i as usize], CopyState::Lost | CopyState::Rebuilding)
        });
        // The only copy that is not lost is never given up: it holds the data.
        if self.state(copy) == CopyState::Away && others_left {
            let origin = line.origin;
            self.set(copy, CopyState::Lost);
            self.relocate_copy(copy, origin, cx);
            self.want_rebuild(copy, cx);
        }
    }

    /// A rebuild by law is done.
    pub fn rebuilt<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        if self.state(copy) != CopyState::Rebuilding {
            return;
        }
        let stamp = self.stamp(copy / COPIES);
        self.rebuilds[stamp as usize].running.retain(|r| r.0 != copy);
        self.join(copy, cx);
        self.start_rebuilds(stamp, cx);
    }

    /// The first of a stamp's rebuilds that share bandwidth is done.
    pub fn stamp_rebuilt<S: Sink>(&mut self, stamp: u32, cx: &mut Context<S>) {
        self.advance_rebuilds(stamp, cx);
        let done: Vec<Copy> = self.rebuilds[stamp as usize]
            .running
            .iter()
            .filter(|r| r.1 <= 0.5)
            .map(|r| r.0)
            .collect();
        self.rebuilds[stamp as usize].running.retain(|r| r.1 > 0.5);
        for copy in done {
            self.join(copy, cx);
        }
        self.start_rebuilds(stamp, cx);
        self.schedule_rebuilds(stamp, cx);
    }

    fn state(&self, copy: Copy) -> CopyState {
        self.volumes[(copy / COPIES) as usize].copies[(copy % COPIES) as usize]
    }

    fn set(&mut self, copy: Copy, state: CopyState) {
        self.volumes[(copy / COPIES) as usize].copies[(copy % COPIES) as usize] = state;
    }

    fn copy_away<S: Sink>(&mut self, copy: Copy, origin: Origin, cx: &mut Context<S>) {
        let was = self.state(copy);
        let volume = copy / COPIES;
        if !matches!(was, CopyState::Live | CopyState::Resyncing | CopyState::Rebuilding) {
            return;
        }
        self.forget_timers(copy, cx);
        if was == CopyState::Rebuilding {
            // Not a copy yet: it begins anew elsewhere.
            self.set(copy, CopyState::Lost);
            self.relocate_copy(copy, origin, cx);
            self.want_rebuild(copy, cx);
            return;
        }
        self.set(copy, CopyState::Away);
        self.volumes[volume as usize].origin = origin;
        if was == CopyState::Live {
            self.seal(volume, origin, cx);
        }
        let patience = cx.group(volume / 2).volume.rebuild_after;
        if !patience.is_never() {
            cx.set_timer(patience, Kind::CopyGivenUp, copy);
        }
        self.settle(volume, origin, cx);
    }

    /// Writes stall while a live copy that has gone is taken out of the set.
    fn seal<S: Sink>(&mut self, volume: Volume, origin: Origin, cx: &mut Context<S>) {
        let law = &cx.group(volume / 2).volume.seal;
        let takes = cx.span(law, Purpose::Seal, origin, volume, 0);
        let line = &mut self.volumes[volume as usize];
        line.sealing = line.sealing.max(cx.now + takes);
        if takes > Span::ZERO {
            cx.schedule(takes, Kind::CopySealed, volume, 0);
        }
    }

    fn resync<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        let origin = self.volumes[(copy / COPIES) as usize].origin;
        let law = &cx.group(copy / COPIES / 2).volume.resync;
        let takes = cx.span(law, Purpose::Resync, origin, copy, 0);
        if takes == Span::ZERO {
            self.join(copy, cx);
        } else {
            self.set(copy, CopyState::Resyncing);
            cx.set_timer(takes, Kind::CopyResynced, copy);
        }
    }

    /// A copy is in the set again.
    fn join<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        let volume = copy / COPIES;
        self.set(copy, CopyState::Live);
        let origin = self.volumes[volume as usize].origin;
        self.settle(volume, origin, cx);
        // Lost copies of the volume may be read from this one now.
        self.start_rebuilds(self.stamp(volume), cx);
    }

    /// Tells what has changed about a volume.
    fn settle<S: Sink>(&mut self, volume: Volume, origin: Origin, cx: &mut Context<S>) {
        let least = cx.group(volume / 2).volume.min_copies as usize;
        let held = self.stamp_holds[usize::from(self.stamp[volume as usize])] > 0;
        let line = &mut self.volumes[volume as usize];
        if !line.exists {
            return;
        }
        let live = line.copies.iter().filter(|&&c| c == CopyState::Live).count();
        let stalled = held || line.gone || live < least || cx.now < line.sealing;
        let short = live < COPIES as usize;
        if stalled != line.stalled {
            line.stalled = stalled;
            cx.tell(if stalled {
                Fact::VolumeStalled(volume, origin)
            } else {
                Fact::VolumeResumed(volume)
            });
        }
        if short != line.short {
            line.short = short;
            cx.tell(if short {
                Fact::CopiesShort(volume, origin)
            } else {
                Fact::CopiesWhole(volume)
            });
        }
    }

    fn forget_timers<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        match self.state(copy) {
            CopyState::Live => {}
            CopyState::Away => {
                cx.cancel_timer(Kind::CopyGivenUp, copy);
            }
            CopyState::Resyncing => {
                cx.cancel_timer(Kind::CopyResynced, copy);
            }
            CopyState::Lost | CopyState::Rebuilding => {
                let stamp = self.stamp(copy / COPIES);
                self.advance_rebuilds(stamp, cx);
                let rebuilds = &mut self.rebuilds[stamp as usize];
                rebuilds.queue.retain(|q| q.1 != copy);
                rebuilds.running.retain(|r| r.0 != copy);
                cx.cancel_timer(Kind::CopyRebuilt, copy);
                self.schedule_rebuilds(stamp, cx);
                self.start_rebuilds(stamp, cx);
            }
        }
    }

    /// Chooses another storage node of the stamp for a copy: up, and in a rack of its own.
    fn relocate_copy<S: Sink>(&mut self, copy: Copy, origin: Origin, cx: &mut Context<S>) {
        let topo = cx.topo.clone();
        let volume = copy / COPIES;
        let stamp = self.stamp(volume);
        let base = stamp * topo.storage_nodes;
        let rack = |node: u16| topo.rack_in_stamp(u32::from(node) - base);
        let others: Vec<u32> = (volume * COPIES..(volume + 1) * COPIES)
            .filter(|&c| c != copy)
            .map(|c| rack(self.node[c as usize]))
            .collect();
        let fits =
            |node: u16| self.node_holds[usize::from(node)] == 0 && !others.contains(&rack(node));
        use crate::kernel::chance::Bits;
        let mut draw = cx.draw(Purpose::CopyPlacement, origin, copy, 0);
        let turn = draw.below(u64::from(topo.storage_nodes)) as u32;
        let found = (0..topo.storage_nodes)
            .map(|i| (base + (turn + i) % topo.storage_nodes) as u16)
            .find(|&node| fits(node));
        // Nowhere to go: it stays where it is, and is made anew there when the node is back.
        if let Some(node) = found {
            self.node[copy as usize] = node;
            self.moved.insert((node, copy));
        }
    }

    fn want_rebuild<S: Sink>(&mut self, copy: Copy, cx: &mut Context<S>) {
        let stamp = self.stamp(copy / COPIES);
        self.rebuilds[stamp as usize].queue.insert((cx.now, copy));
        self.start_rebuilds(stamp, cx);
    }

    /// Starts rebuilds in the order of asking, as many as the stamp runs at once, of volumes that
    /// have a live copy to read from.
    fn start_rebuilds<S: Sink>(&mut self, stamp: u32, cx: &mut Context<S>) {
        if self.rebuilds[stamp as usize].queue.is_empty() || self.stamp_holds[stamp as usize] > 0 {
            return;
        }
        let waiting: Vec<(SimTime, Copy)> =
            self.rebuilds[stamp as usize].queue.iter().copied().collect();
        let mut shared = false;
        for (asked, copy) in waiting {
            let volume = copy / COPIES;
            let spec = &cx.group(volume / 2).volume;
            if self.rebuilds[stamp as usize].running.len() >= spec.rebuild_concurrent as usize {
                break;
            }
            let line = &self.volumes[volume as usize];
            let has_source = line.copies.contains(&CopyState::Live);
            if !has_source || self.node_holds[usize::from(self.node[copy as usize])] > 0 {
                continue;
            }
            self.rebuilds[stamp as usize].queue.remove(&(asked, copy));
            self.set(copy, CopyState::Rebuilding);
            self.begun[copy as usize] += 1;
            let begun = self.begun[copy as usize];
            let law = cx.group(volume / 2).volume.rebuild.as_ref();
            if let Some(law) = law {
                let origin = self.volumes[volume as usize].origin;
                let takes = cx.span(law, Purpose::Rebuild, origin, copy, begun);
                self.rebuilds[stamp as usize].running.push((copy, f64::INFINITY));
                cx.set_timer(takes, Kind::CopyRebuilt, copy);
            } else {
                self.advance_rebuilds(stamp, cx);
                let group = cx.group(volume / 2);
                let bytes = group.storage.0 as f64 * group.used.0;
                self.rebuilds[stamp as usize].running.push((copy, bytes));
                shared = true;
            }
        }
        if shared {
            self.schedule_rebuilds(stamp, cx);
        }
    }

    /// Bandwidth that each running rebuild has now.
    fn rebuild_speed<S: Sink>(&self, stamp: u32, cx: &Context<S>) -> f64 {
        let running = &self.rebuilds[stamp as usize].running;
        let Some(&(copy, _)) = running.iter().find(|r| r.1.is_finite()) else { return 0.0 };
        let sharing = running.iter().filter(|r| r.1.is_finite()).count();
        cx.group(copy / COPIES / 2).volume.rebuild_bandwidth.0 / sharing as f64
    }

    fn advance_rebuilds<S: Sink>(&mut self, stamp: u32, cx: &Context<S>) {
        let speed = self.rebuild_speed(stamp, cx);
        let rebuilds = &mut self.rebuilds[stamp as usize];
        let passed = cx.now.since(rebuilds.since).as_secs_f64();
        rebuilds.since = cx.now;
        if passed > 0.0 {
            for (_, bytes) in rebuilds.running.iter_mut().filter(|r| r.1.is_finite()) {
                *bytes = (*bytes - speed * passed).max(0.0);
            }
        }
    }

    fn schedule_rebuilds<S: Sink>(&mut self, stamp: u32, cx: &mut Context<S>) {
        let speed = self.rebuild_speed(stamp, cx);
        let least = self.rebuilds[stamp as usize]
            .running
            .iter()
            .map(|r| r.1)
            .filter(|b| b.is_finite())
            .fold(f64::INFINITY, f64::min);
        if least.is_finite() {
            let takes = if speed.is_finite() { (least / speed).max(0.0) } else { 0.0 };
            // Rounded up, so that nothing is left when the timer fires.
            let at = cx.now + Span::from_secs_f64(takes) + Span(1);
            cx.events.move_timer(at, pack(Kind::StampRebuilt, stamp, 0));
        } else {
            cx.cancel_timer(Kind::StampRebuilt, stamp);
        }
    }

    /// The stamp is held: running rebuilds stop and will begin anew.
    fn suspend_rebuilds<S: Sink>(&mut self, stamp: u32, cx: &mut Context<S>) {
        let running = std::mem::take(&mut self.rebuilds[stamp as usize].running);
        for (copy, _) in running {
            cx.cancel_timer(Kind::CopyRebuilt, copy);
            self.set(copy, CopyState::Lost);
            self.rebuilds[stamp as usize].queue.insert((cx.now, copy));
        }
        cx.cancel_timer(Kind::StampRebuilt, stamp);
        self.rebuilds[stamp as usize].since = cx.now;
    }

    fn drop_rebuilds<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let stamp = self.stamp(volume);
        let rebuilds = &mut self.rebuilds[stamp as usize];
        if rebuilds.queue.is_empty() && rebuilds.running.is_empty() {
            return;
        }
        self.advance_rebuilds(stamp, cx);
        let rebuilds = &mut self.rebuilds[stamp as usize];
        rebuilds.queue.retain(|q| q.1 / COPIES != volume);
        rebuilds.running.retain(|r| r.0 / COPIES != volume);
        for copy in volume * COPIES..(volume + 1) * COPIES {
            cx.cancel_timer(Kind::CopyRebuilt, copy);
        }
        self.schedule_rebuilds(stamp, cx);
        self.start_rebuilds(stamp, cx);
    }
}

/// The node slot of a volume.
fn node_of(volume: Volume) -> Node {
    volume / 2 * SLOTS + volume % 2
}
