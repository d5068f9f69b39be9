//! Compute: nodes, the hosts they stand on, and how each comes back. Owns hosts and their vCores.
//!
//! Hears strikes on engines, machines, hosts, racks and halls, and requests for hosts; tells
//! `NodeLost`, `NodeStep`, `NodeReady`, `NodePlaced`, `NodeGranted`. It does not know which node is a
//! primary, nor why it was struck.
//!
//! **Invariants.** A host, rack or hall is held by a count, never a flag: what one outage gives back
//! another may still hold. The vCores of a host are never negative. A node is in the queue for a host
//! at most once. Steps inside a held container are suspended and begin anew when the hold ends.

mod hosts;
mod queue;
mod recovery;
mod requests;
mod room;

use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::Kind;
use crate::model::fact::{Fact, Node, Origin, Request};
use crate::model::fault::{Addressed, Cause};
use crate::model::record::{Phase, RecoveryPath, Resource, Sink};
use crate::model::topology::{NONE, SLOTS};
use queue::Queue;
use room::Rooms;

/// Stands in the paired region after a restore there: on hosts that are not this cell's.
pub const ELSEWHERE: u32 = u32::MAX - 1;

/// How deep a strike goes: what must start again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Depth {
    /// The engine.
    Engine,
    /// The virtual machine.
    Machine,
    /// The host.
    Host,
}

/// What a node is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum NodeState {
    /// Not there: the slot is empty.
    Absent,
    /// The engine serves (or could).
    Up,
    /// The engine starts in place.
    Restarting,
    /// The machine starts in place.
    Rebooting,
    /// Crash recovery.
    Recovering,
    /// Waits for a host.
    Queued,
    /// Starts on another host.
    Relocating,
    /// Its host is held by an outage.
    Held,
    /// Its engine is stopped by a planned operation.
    Planned,
    /// Broken by a bad release until the rollback.
    Broken,
    /// Being made anew, on a host that was granted to somebody else's work.
    Making,
}

/// A node's line: one of the processor's cache, because every strike touches one.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct NodeLine {
    state: NodeState,
    /// How it will have come back when it is up.
    path: RecoveryPath,
    host: u32,
    /// Zone in which it stands, or stood last.
    zone: u8,
    /// Next and previous node on the host.
    next: Node,
    previous: Node,
    origin: Origin,
    /// Tries of the present recovery, part of the address of its draws.
    tries: u32,
    /// How deep the present trouble goes.
    depth: Depth,
    /// A bad release has broken its engine, wherever it starts, until the rollback.
    broken: bool,
    /// Zones in which a host is wanted, a bit each: for a node in the queue or being made.
    zones: u8,
    /// Who wanted it last, as a new node.
    request: Request,
    /// When its engine was struck last while it was ready: no log was written since.
    since: SimTime,
    /// When it asked for a host last: its place in the queue.
    asked: SimTime,
}

/// The compute side of one cell.
#[derive(Clone, Debug, Default)]
pub struct Compute {
    nodes: Vec<NodeLine>,
    /// First node on each host.
    first: Vec<Node>,
    free: Vec<u32>,
    host_holds: Vec<u16>,
    rack_holds: Vec<u16>,
    hall_holds: Vec<u16>,
    /// Where a request fits.
    rooms: Rooms,
    /// Nodes that wait for a host.
    queue: Queue,
}

/// How many hosts are tried, at random and in order, before one is taken that is not apart.
const TRIES: u32 = 8;

const NOBODY: Origin = Origin { cause: Cause(0), number: 0 };

impl Compute {
    /// Everything stands where it was placed and is up; slots of servers that did not buy them are
    /// empty. `exists(node)` says which are there.
    pub fn reset<S: Sink>(&mut self, cx: &mut Context<S>, exists: impl Fn(Node) -> bool) {
        let topo = cx.topo.clone();
        let line = NodeLine {
            state: NodeState::Absent,
            path: RecoveryPath::Restart,
            host: NONE,
            zone: 0,
            next: NONE,
            previous: NONE,
            origin: NOBODY,
            tries: 0,
            depth: Depth::Engine,
            broken: false,
            zones: 0,
            request: 0,
            since: SimTime::ZERO,
            asked: SimTime::ZERO,
        };
        self.nodes.clear();
        self.nodes.resize((SLOTS * topo.servers) as usize, line);
        self.first.clear();
        self.first.resize(topo.host_zone.len(), NONE);
        self.free.clone_from(&topo.host_free);
        self.host_holds.clear();
        self.host_holds.resize(topo.host_zone.len(), 0);
        self.rack_holds.clear();
        self.rack_holds.resize((topo.zones * topo.racks) as usize, 0);
        self.hall_holds.clear();
        self.hall_holds.resize((topo.zones * topo.halls) as usize, 0);
        self.rooms.reset(topo.zones, &topo.host_zone, |host| topo.host_free[host]);
        self.queue.clear();
        for node in 0..SLOTS * topo.servers {
            self.nodes[node as usize].zone = topo.slot_zone[node as usize];
            if exists(node) {
                self.nodes[node as usize].state = NodeState::Up;
                self.link(node, topo.slot_host[node as usize], cx);
            }
        }
        for zone in 0..topo.zones {
            let free: i64 = (0..self.free.len())
                .filter(|&h| u32::from(topo.host_zone[h]) == zone && self.free[h] != NONE)
                .map(|h| i64::from(self.free[h]))
                .sum();
            cx.gauge(Resource::VcoresFree, zone, free);
        }
    }

    /// Whether the node's engine is ready.
    pub fn is_up(&self, node: Node) -> bool {
        self.nodes[node as usize].state == NodeState::Up
    }

    /// Whether a node's engine is ready, or stopped by a planned operation that starts it again.
    pub fn is_up_or_planned(&self, node: Node) -> bool {
        matches!(self.nodes[node as usize].state, NodeState::Up | NodeState::Planned)
    }

    /// Whether nothing stands in a node slot.
    #[inline]
    pub fn is_absent(&self, node: Node) -> bool {
        self.nodes[node as usize].state == NodeState::Absent
    }

    /// Panics where hosts, nodes and vCores contradict each other.
    pub fn check<S: Sink>(&self, cx: &Context<S>) {
        let mut used = vec![0u64; self.free.len()];
        for (node, line) in self.nodes.iter().enumerate() {
            if line.host < ELSEWHERE {
                used[line.host as usize] += u64::from(vcores(node as Node, cx));
                let held = self.host_holds[line.host as usize] > 0;
                let dead = matches!(
                    line.state,
                    NodeState::Up | NodeState::Restarting | NodeState::Rebooting
                );
                assert!(!(held && dead), "node {node} is {:?} on a held host", line.state);
            }
        }
        for (host, &used) in used.iter().enumerate() {
            let (free, at_start) = (self.free[host], cx.topo.host_free[host]);
            assert!(free == NONE || at_start != NONE, "host {host} gained a limit");
            if free != NONE {
                let capacity = cx.topo.host_capacity(host as u32);
                assert_eq!(u64::from(free) + used, capacity, "vCores of host {host}");
            }
        }
    }

    /// The host of a node, if it stands on one of this cell.
    pub fn host(&self, node: Node) -> Option<u32> {
        let host = self.nodes[node as usize].host;
        (host < ELSEWHERE).then_some(host)
    }

    /// Whether a node has no host, and waits for one.
    pub fn waits_for_host(&self, node: Node) -> bool {
        self.nodes[node as usize].state == NodeState::Queued
    }

    /// The phase of a node that is down.
    pub fn phase(&self, node: Node) -> Phase {
        match self.nodes[node as usize].state {
            NodeState::Restarting | NodeState::Rebooting | NodeState::Planned => Phase::Restart,
            NodeState::Recovering => Phase::Replay,
            NodeState::Relocating => Phase::Relocation,
            _ => Phase::Waiting,
        }
    }

    /// Whether a hall is held.
    pub fn hall_is_held(&self, hall: u32) -> bool {
        self.hall_holds[hall as usize] > 0
    }

    /// Whether a strike of this depth on a node takes effect: neither the component nor anything that
    /// contains it is held.
    #[inline]
    pub fn admits(&self, node: Node, depth: Depth) -> bool {
        match self.nodes[node as usize].state {
            NodeState::Up => true,
            NodeState::Restarting | NodeState::Planned => depth > Depth::Engine,
            // A reboot does not mend what a bad release broke.
            NodeState::Broken => depth > Depth::Machine,
            // Crash recovery belongs to whatever was struck.
            NodeState::Recovering => {
                depth > Depth::Engine && self.nodes[node as usize].depth == Depth::Engine
            }
            _ => false,
        }
    }

    /// Whether a strike on a host takes effect.
    pub fn admits_host(&self, host: u32) -> bool {
        self.host_holds[host as usize] == 0
    }

    /// Whether a strike on a rack takes effect.
    pub fn admits_rack<S: Sink>(&self, rack: u32, cx: &Context<S>) -> bool {
        self.rack_holds[rack as usize] == 0
            && self.hall_holds[cx.topo.hall_of_rack(rack) as usize] == 0
    }

    /// The nodes on a host, in order.
    pub fn nodes_on(&self, host: u32, nodes: &mut Vec<Node>) {
        nodes.clear();
        let mut node = self.first[host as usize];
        while node != NONE {
            nodes.push(node);
            node = self.nodes[node as usize].next;
        }
        nodes.sort_unstable();
    }
}

/// vCores that a node takes from its host; the log replica takes none that the customer bought.
fn vcores<S>(node: Node, cx: &Context<S>) -> u32 {
    if node % SLOTS == 2 { 0 } else { cx.topo.vcores[(node / SLOTS) as usize] }
}
