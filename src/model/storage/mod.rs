//! Storage: volumes of three synchronous copies on the storage nodes of a stamp.
//!
//! Hears strikes on copies, storage nodes, racks, halls and stamps; tells `VolumeStalled`,
//! `VolumeHeldBy`, `VolumeResumed`, `VolumeLost`, `VolumeOld`, `CopiesShort`, `CopiesWhole`. It does not know which
//! volume is a primary's.
//!
//! What happens to a storage node happens to all its copies at once: one event takes them away, one
//! gives them up, one brings them back into their sets, however many they are. Where all else is calm
//! around it, each copy's way is a private stretch of its server (`apart`).
//!
//! **Invariants.** No write is acknowledged while fewer than `min_copies` copies are live, while a
//! lost copy is being sealed out of the set, or while the stamp is held. Data is lost exactly when
//! the last copy is lost for good. A storage node or stamp is held by a count.

mod apart;
mod copies;
mod nodes;
mod rebuild;

use crate::kernel::law::Law;
use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::{Kind, pack};
use crate::model::fact::{Fact, Node, Origin, Volume};
use crate::model::fault::{Addressed, Cause};
use crate::model::fleet::{Fleet, Group, Placement};
use crate::model::record::Sink;
use crate::model::topology::{COPIES, SLOTS};
use nodes::StorageNode;
use rebuild::Rebuilds;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A copy: three of each volume in turn.
type Copy = u32;

/// What a copy is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum CopyState {
    /// In the set: acknowledges writes.
    Live,
    /// Its storage node is away, or is back and the copy catches up.
    Away,
    /// Lost; waits for its turn or for a live copy to read from.
    Lost,
    /// Being made anew.
    Rebuilding,
}

/// One volume: a line of the processor's cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
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
    /// Which rules it goes by.
    class: u16,
    stamp: u16,
    /// Storage node of each copy.
    nodes: [u16; COPIES as usize],
    /// How often it was made anew: part of the address of its placement.
    renewals: u32,
    /// The set is being changed until then.
    sealing: SimTime,
    origin: Origin,
    /// What the present stall is laid to, as told.
    stalled_by: Origin,
}

impl VolumeLine {
    fn live(&self) -> u32 {
        self.copies.iter().map(|&c| u32::from(c == CopyState::Live)).sum()
    }
}

/// The rules of volumes that go by the same ones.
#[derive(Clone, PartialEq, Debug)]
struct Class {
    least: u32,
    seal: Law,
    tolerance: Span,
    resync: Law,
    patience: Span,
}

/// The storage side of one cell.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    volumes: Vec<VolumeLine>,
    classes: Vec<Class>,
    nodes: Vec<StorageNode>,
    stamp_holds: Vec<u16>,
    /// What holds each stamp, in the order of its beginning.
    stamp_held_by: Vec<Vec<Origin>>,
    rebuilds: Vec<Rebuilds>,
    /// How often each copy asked to be made anew: part of the address of its draws, and what tells a
    /// present wish from a past one.
    asked: Vec<u32>,
    /// Up to when each copy that is away has every commit.
    left: Vec<SimTime>,
    /// What each copy that is lost was lost by.
    lost_by: Vec<Origin>,
    /// Volumes of which no copy with every commit is live: up to when those that are have them all.
    behind: BTreeMap<Volume, SimTime>,
    /// Since when writes to each volume stall, or stalled last.
    stalled_since: Vec<SimTime>,
    copysets: Vec<[u32; 3]>,
    /// Rebuilds of each stamp that are in private stretches, in the order of asking.
    apart: Vec<Vec<apart::Apart>>,
    /// Bytes a second that the rebuilds of a stamp share.
    bandwidth: f64,
    /// How many run at once in a stamp, where that is the same for all and each goes by a law.
    places: Option<usize>,
    /// Scratch: when the places of one stamp are free, if all that are apart hold or want them.
    free_at: BinaryHeap<Reverse<SimTime>>,
}

const NOBODY: Origin = Origin { cause: Cause(0), number: 0 };

impl Storage {
    /// Every volume that exists has three live copies.
    pub fn reset<S: Sink>(&mut self, cx: &Context<S>, exists: impl Fn(Node) -> bool) {
        let topo = &cx.topo;
        let class_of_group = self.classify(&cx.fleet);
        self.reset_nodes(topo.storage_node_count() as usize);
        self.volumes.clear();
        for volume in 0..2 * topo.servers {
            let there = exists(node_of(volume));
            let group = topo.group[(volume / 2) as usize];
            let first = (volume * COPIES) as usize;
            let nodes = [0, 1, 2].map(|i| topo.copy_node[first + i]);
            self.volumes.push(VolumeLine {
                copies: [CopyState::Live; 3],
                exists: there,
                stalled: false,
                short: false,
                gone: false,
                class: class_of_group[usize::from(group)],
                stamp: topo.volume_stamp[volume as usize],
                nodes,
                renewals: 0,
                sealing: SimTime::ZERO,
                origin: NOBODY,
                stalled_by: NOBODY,
            });
            if there {
                for (i, node) in nodes.into_iter().enumerate() {
                    self.nodes[usize::from(node)].copies.push(first as u32 + i as u32);
                }
            }
        }
        let stamps = (topo.zones * topo.stamps) as usize;
        self.stamp_holds.clear();
        self.stamp_holds.resize(stamps, 0);
        self.stamp_held_by.iter_mut().for_each(Vec::clear);
        self.stamp_held_by.resize(stamps, Vec::new());
        self.rebuilds.iter_mut().for_each(Rebuilds::clear);
        self.rebuilds.resize(stamps, Rebuilds::default());
        self.asked.clear();
        self.asked.resize(topo.copy_node.len(), 0);
        self.left.clear();
        self.left.resize(topo.copy_node.len(), SimTime::ZERO);
        self.lost_by.clear();
        self.lost_by.resize(topo.copy_node.len(), NOBODY);
        self.behind.clear();
        self.stalled_since.clear();
        self.stalled_since.resize(self.volumes.len(), SimTime::ZERO);
        self.apart.iter_mut().for_each(Vec::clear);
        self.apart.resize(stamps, Vec::new());
        let groups = || cx.fleet.groups.iter().filter(|g| g.region == cx.region);
        self.bandwidth = groups().next().map_or(f64::INFINITY, |g| g.volume.rebuild_bandwidth.0);
        let shared = self.bandwidth.is_finite();
        let pace = |g: &Group| {
            let by_law = g.volume.rebuild.is_some() || !shared;
            by_law.then_some(g.volume.rebuild_concurrent as usize)
        };
        let mut paces = groups().map(pace);
        let first = paces.next().flatten().filter(|&places| places > 0);
        self.places = first.filter(|_| paces.all(|p| p == first));
        self.copysets.clear();
        if cx.fleet.groups.iter().any(|g| g.volume.placement == Placement::Copysets) {
            self.copysets = topo.copysets();
        }
    }

    /// Finds the groups that go by the same rules; the class of each group.
    fn classify(&mut self, fleet: &Fleet) -> Vec<u16> {
        self.classes.clear();
        let mut of_group = Vec::with_capacity(fleet.groups.len());
        for group in &fleet.groups {
            let rules = &group.volume;
            let class = Class {
                least: rules.min_copies,
                seal: rules.seal.clone(),
                tolerance: rules.stall_tolerance,
                resync: rules.resync.clone(),
                patience: rules.rebuild_after,
            };
            let known = self.classes.iter().position(|c| *c == class);
            of_group.push(known.unwrap_or(self.classes.len()) as u16);
            if known.is_none() {
                self.classes.push(class);
            }
        }
        of_group
    }

    /// Everything about a volume, for a message.
    pub fn describe(&self, volume: Volume) -> String {
        let line = &self.volumes[volume as usize];
        let holds = line.nodes.map(|n| self.nodes[usize::from(n)].holds);
        format!(
            "{line:?}, nodes held {holds:?} times, stamp {} times, {:?}",
            self.stamp_holds[usize::from(line.stamp)],
            self.rebuilds[usize::from(line.stamp)]
        )
    }

    /// Whether a storage node of a volume is away.
    pub fn waits_for_node(&self, volume: Volume) -> bool {
        let line = &self.volumes[volume as usize];
        line.nodes.iter().any(|&node| self.nodes[usize::from(node)].holds > 0)
    }

    /// Whether fewer than three copies of a volume are live.
    pub fn is_short(&self, volume: Volume) -> bool {
        self.volumes[volume as usize].short
    }

    /// Live copies of a volume and the fewest that acknowledge writes; for the invariant checks.
    pub fn live_and_least<S: Sink>(&self, volume: Volume, cx: &Context<S>) -> (u32, u32) {
        let line = &self.volumes[volume as usize];
        (line.live(), cx.group(volume / 2).volume.min_copies)
    }

    /// Whether a volume is there and in this cell.
    pub fn exists(&self, volume: Volume) -> bool {
        self.volumes[volume as usize].exists
    }

    /// The storage node on which a copy stands.
    pub fn node_of_copy(&self, copy: Copy) -> u32 {
        u32::from(self.volumes[(copy / COPIES) as usize].nodes[(copy % COPIES) as usize])
    }

    /// Stamp of a volume.
    pub fn stamp(&self, volume: Volume) -> u32 {
        u32::from(self.volumes[volume as usize].stamp)
    }

    /// The volumes of a stamp, in order.
    pub fn volumes_in(&self, stamp: u32) -> Vec<Volume> {
        (0..self.volumes.len() as u32)
            .filter(|&v| self.volumes[v as usize].exists && self.stamp(v) == stamp)
            .collect()
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
            && matches!(line.copies[(copy % COPIES) as usize], CopyState::Live | CopyState::Away)
            && self.admits_node(self.node_of_copy(copy), cx)
    }

    /// Which rules a copy goes by.
    pub fn class_of(&self, copy: Copy) -> usize {
        usize::from(self.volumes[(copy / COPIES) as usize].class)
    }

    fn class(&self, volume: Volume) -> &Class {
        &self.classes[usize::from(self.volumes[volume as usize].class)]
    }

    fn state(&self, copy: Copy) -> CopyState {
        self.volumes[(copy / COPIES) as usize].copies[(copy % COPIES) as usize]
    }

    fn set<S: Sink>(&mut self, copy: Copy, state: CopyState, cx: &mut Context<S>) {
        self.volumes[(copy / COPIES) as usize].copies[(copy % COPIES) as usize] = state;
        cx.hold_changed(Addressed::Copy, copy);
    }

    /// Something may have changed about whether the copies of a volume are held.
    fn volume_changed<S: Sink>(volume: Volume, cx: &mut Context<S>) {
        for copy in volume * COPIES..(volume + 1) * COPIES {
            cx.hold_changed(Addressed::Copy, copy);
        }
    }

    /// Writes stall from now on for as long as the set is being changed.
    fn seal<S: Sink>(&mut self, volume: Volume, takes: Span, cx: &mut Context<S>) {
        if takes > Span::ZERO {
            let line = &mut self.volumes[volume as usize];
            line.sealing = line.sealing.max(cx.now + takes);
            cx.schedule(takes, Kind::CopySealed, volume, 0);
        }
    }

    /// The lost copy is out of the set.
    pub fn sealed<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let origin = self.volumes[volume as usize].origin;
        self.settle(volume, origin, cx);
    }

    /// Tells what has changed about a volume.
    fn settle<S: Sink>(&mut self, volume: Volume, origin: Origin, cx: &mut Context<S>) {
        let line = &mut self.volumes[volume as usize];
        if !line.exists {
            return;
        }
        let least = self.classes[usize::from(line.class)].least;
        let held = self.stamp_holds[usize::from(line.stamp)] > 0;
        let live = line.live();
        let stalled = held || line.gone || live < least || cx.now < line.sealing;
        let short = live < COPIES;
        if stalled != line.stalled {
            line.stalled = stalled;
            if stalled {
                line.stalled_by = origin;
                self.stalled_since[volume as usize] = cx.now;
                cx.tell(Fact::VolumeStalled(volume, origin));
            } else {
                self.go_on_from_what_is_live(volume, cx);
                cx.tell(Fact::VolumeResumed(volume));
            }
        } else if stalled {
            self.lay_to_what_holds(volume, cx);
        }
        let line = &mut self.volumes[volume as usize];
        if short != line.short {
            line.short = short;
            cx.tell(if short {
                Fact::CopiesShort(volume, origin)
            } else {
                Fact::CopiesWhole(volume)
            });
        }
    }

    /// A volume still stalls: if what that was laid to is over, it is laid to something that holds it now.
    fn lay_to_what_holds<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let line = &self.volumes[volume as usize];
        let held_by = &self.stamp_held_by[usize::from(line.stamp)];
        let (least, laid_to) = (self.classes[usize::from(line.class)].least, line.stalled_by);
        let copies = || line.copies.iter().zip(&line.nodes).enumerate();
        let away_by = || {
            let away = copies().filter(|&(_, (&state, _))| state == CopyState::Away);
            let nodes = away.map(|(_, (_, &node))| &self.nodes[usize::from(node)]);
            // In a stamp that is held nothing catches up.
            nodes.filter(|node| node.holds > 0 || held_by.is_empty()).map(|node| node.held_by)
        };
        let lost_by = || {
            let is_lost = |state| matches!(state, CopyState::Lost | CopyState::Rebuilding);
            // Nor is anything made anew there.
            let lost =
                copies().filter(move |&(_, (&state, _))| held_by.is_empty() && is_lost(state));
            lost.map(|(i, _)| self.lost_by[(volume * COPIES) as usize + i])
        };
        let lacks_copies = line.gone || line.live() < least;
        let lasts = held_by.contains(&laid_to)
            || cx.now < line.sealing
            || (lacks_copies && away_by().chain(lost_by()).any(|by| by == laid_to));
        let present = || held_by.first().copied().or_else(|| away_by().chain(lost_by()).next());
        if !lasts && let Some(by) = present() {
            self.volumes[volume as usize].stalled_by = by;
            cx.tell(Fact::VolumeHeldBy(volume, by));
        }
    }
}

/// The node slot of a volume.
fn node_of(volume: Volume) -> Node {
    volume / 2 * SLOTS + volume % 2
}
