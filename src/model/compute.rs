//! Compute: nodes, the hosts they stand on, and how each comes back. Owns hosts and their vCores.
//!
//! Hears strikes on engines, machines, hosts, racks and halls, and requests for hosts; tells
//! `NodeLost`, `NodeStep`, `NodeReady`, `NodePlaced`, `NodeGranted`. It does not know which node is a
//! primary, nor why it was struck.
//!
//! **Invariants.** A host, rack or hall is held by a count, never a flag: what one outage gives back
//! another may still hold. The vCores of a host are never negative. A node is in the queue for a host
//! at most once. Steps inside a held container are suspended and begin anew when the hold ends.

use crate::kernel::quantity::Speed;
use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::Kind;
use crate::model::fact::{Fact, Node, Origin};
use crate::model::fault::Cause;
use crate::model::record::{Phase, RecoveryPath, Resource, Sink};
use crate::model::topology::{NONE, SLOTS};
use std::collections::BTreeSet;

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

#[derive(Clone, Copy, Debug)]
struct NodeLine {
    state: NodeState,
    /// How it will have come back when it is up.
    path: RecoveryPath,
    host: u32,
    /// Next and previous node on the host.
    next: Node,
    previous: Node,
    origin: Origin,
    /// Tries of the present recovery, part of the address of its draws.
    tries: u32,
    /// How deep the present trouble goes.
    depth: Depth,
    /// Zones in which a host is wanted, a bit each: for a node in the queue or being made.
    zones: u8,
    since: SimTime,
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
    /// Nodes that wait for a host, in the order of asking.
    queue: BTreeSet<(SimTime, Node)>,
}

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
            next: NONE,
            previous: NONE,
            origin: NOBODY,
            tries: 0,
            depth: Depth::Engine,
            zones: 0,
            since: SimTime::ZERO,
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
        self.queue.clear();
        for node in 0..SLOTS * topo.servers {
            if exists(node) {
                self.nodes[node as usize].state = NodeState::Up;
                self.link(node, topo.slot_host[node as usize]);
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
            NodeState::Restarting | NodeState::Planned | NodeState::Broken => depth > Depth::Engine,
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

    /// An engine or machine is struck. The caller has asked `admits`, or injects.
    pub fn strike<S: Sink>(
        &mut self,
        node: Node,
        depth: Depth,
        origin: Origin,
        cx: &mut Context<S>,
    ) {
        match self.nodes[node as usize].state {
            NodeState::Absent | NodeState::Queued | NodeState::Held => return,
            NodeState::Making if depth == Depth::Host => {
                self.lose_making(node, origin, cx);
                return;
            }
            NodeState::Making => return,
            NodeState::Relocating if depth < Depth::Host => return,
            _ => {}
        }
        self.interrupt(node, origin, cx);
        self.nodes[node as usize].depth = depth;
        if depth == Depth::Host {
            let zone = self.zone_of(node, cx);
            self.leave_host(node, cx);
            self.enqueue(node, 1 << zone, RecoveryPath::Relocate, cx);
        } else {
            self.restart(node, depth, RecoveryPath::Restart, cx);
        }
        self.announce(node, origin, cx);
    }

    /// The host of a node dies with it: the node is relocated.
    pub fn strike_host<S: Sink>(
        &mut self,
        host: u32,
        repair: Span,
        origin: Origin,
        victims: &[Node],
        cx: &mut Context<S>,
    ) {
        if repair > Span::ZERO {
            self.hold_host(host, cx);
            cx.schedule(repair, Kind::HostBack, host, 0);
        }
        for &node in victims {
            self.strike(node, Depth::Host, origin, cx);
        }
        self.serve_queue(cx);
    }

    /// A bad release breaks an engine until its rollback.
    pub fn break_engine<S: Sink>(&mut self, node: Node, origin: Origin, cx: &mut Context<S>) {
        if !self.admits(node, Depth::Engine) {
            return;
        }
        self.interrupt(node, origin, cx);
        self.nodes[node as usize].state = NodeState::Broken;
        self.nodes[node as usize].path = RecoveryPath::Wait;
        self.announce(node, origin, cx);
    }

    /// The rollback of a bad release is done on a node.
    pub fn mend_engine<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        if self.nodes[node as usize].state == NodeState::Broken {
            self.come_up(node, cx);
        }
    }

    /// A planned operation stops an engine; the operation itself knows when it starts again.
    pub fn plan_stop(&mut self, node: Node) {
        if self.nodes[node as usize].state == NodeState::Up {
            self.nodes[node as usize].state = NodeState::Planned;
        }
    }

    /// A planned operation has started an engine again; false if something else came in between.
    pub fn plan_start(&mut self, node: Node) -> bool {
        let line = &mut self.nodes[node as usize];
        let planned = line.state == NodeState::Planned;
        if planned {
            line.state = NodeState::Up;
        }
        planned
    }

    /// One outage more holds a host.
    fn hold_host<S: Sink>(&mut self, host: u32, cx: &mut Context<S>) {
        self.host_holds[host as usize] += 1;
        if self.host_holds[host as usize] == 1 {
            self.gauge_free(host, -1, cx);
        }
    }

    /// Holds the hosts of a rack, with the nodes on them that are in `victims`.
    pub fn hold_rack<S: Sink>(&mut self, rack: u32, origin: Origin, cx: &mut Context<S>) {
        self.rack_holds[rack as usize] += 1;
        self.hold_hosts_of(rack, origin, true, cx);
    }

    /// Gives a rack back.
    pub fn release_rack<S: Sink>(&mut self, rack: u32, cx: &mut Context<S>) {
        self.rack_holds[rack as usize] -= 1;
        let topo = cx.topo.clone();
        for &host in topo.hosts_in_rack(rack) {
            self.release_host(host, cx);
        }
        self.serve_queue(cx);
    }

    /// Holds every host of a hall.
    pub fn hold_hall<S: Sink>(&mut self, hall: u32, origin: Origin, cx: &mut Context<S>) {
        self.hall_holds[hall as usize] += 1;
        let topo = cx.topo.clone();
        for rack in topo.racks_in_hall(hall) {
            self.hold_hosts_of(rack, origin, false, cx);
        }
    }

    /// Gives a hall back; `later(host)` is how much later each host returns.
    pub fn release_hall<S: Sink>(
        &mut self,
        hall: u32,
        cx: &mut Context<S>,
        later: impl Fn(u32, &Context<S>) -> Span,
    ) {
        self.hall_holds[hall as usize] -= 1;
        let topo = cx.topo.clone();
        for rack in topo.racks_in_hall(hall) {
            for &host in topo.hosts_in_rack(rack) {
                let wait = later(host, cx);
                if wait > Span::ZERO {
                    cx.schedule(wait, Kind::HostBack, host, 0);
                } else {
                    self.release_host(host, cx);
                }
            }
        }
        self.serve_queue(cx);
    }

    fn hold_hosts_of<S: Sink>(
        &mut self,
        rack: u32,
        origin: Origin,
        may_leave: bool,
        cx: &mut Context<S>,
    ) {
        let topo = cx.topo.clone();
        let mut nodes = Vec::new();
        for &host in topo.hosts_in_rack(rack) {
            self.hold_host(host, cx);
            self.nodes_on(host, &mut nodes);
            for &node in &nodes {
                self.hold_node(node, origin, may_leave, cx);
            }
        }
    }

    /// What happens to a node whose host is held: whatever it was doing stops.
    fn hold_node<S: Sink>(
        &mut self,
        node: Node,
        origin: Origin,
        may_leave: bool,
        cx: &mut Context<S>,
    ) {
        let state = self.nodes[node as usize].state;
        if matches!(state, NodeState::Absent | NodeState::Held) {
            return;
        }
        if state == NodeState::Making {
            self.lose_making(node, origin, cx);
            return;
        }
        self.interrupt(node, origin, cx);
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Held;
        line.path = RecoveryPath::Wait;
        line.depth = Depth::Host;
        let patience = cx.group(node / SLOTS).compute.relocate_after;
        if let (true, Some(patience)) = (may_leave, patience) {
            cx.set_timer(patience, Kind::NodeRelocate, node);
        }
        self.announce(node, origin, cx);
    }

    /// A node that was being made loses its host: whoever makes it begins again on another one.
    fn lose_making<S: Sink>(&mut self, node: Node, origin: Origin, cx: &mut Context<S>) {
        self.interrupt(node, origin, cx);
        let zones = self.nodes[node as usize].zones;
        self.leave_host(node, cx);
        cx.tell(Fact::NodeLost(node, origin, Phase::Waiting));
        self.enqueue(node, zones, RecoveryPath::Restore, cx);
    }

    /// One outage less holds a host.
    pub fn release_host<S: Sink>(&mut self, host: u32, cx: &mut Context<S>) {
        self.host_holds[host as usize] -= 1;
        if self.host_holds[host as usize] > 0 {
            return;
        }
        self.gauge_free(host, 1, cx);
        let mut nodes = Vec::new();
        self.nodes_on(host, &mut nodes);
        for &node in &nodes {
            if self.nodes[node as usize].state == NodeState::Held {
                cx.cancel_timer(Kind::NodeRelocate, node);
                self.queue.remove(&(self.nodes[node as usize].since, node));
                self.restart(node, Depth::Machine, RecoveryPath::Wait, cx);
                let phase = self.phase(node);
                cx.tell(Fact::NodeStep(node, phase));
            }
        }
    }

    /// A host that returns by itself (repaired, or late after an outage).
    pub fn host_back<S: Sink>(&mut self, host: u32, cx: &mut Context<S>) {
        self.release_host(host, cx);
        self.serve_queue(cx);
    }

    /// A node has waited long enough for its rack.
    pub fn relocate_held<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = &self.nodes[node as usize];
        if line.state != NodeState::Held || line.host >= ELSEWHERE {
            return;
        }
        if self.hall_is_held(cx.topo.hall_of_host(line.host)) {
            // Its volume is away too: no use in going elsewhere. Asked again later.
            if let Some(patience) = cx.group(node / SLOTS).compute.relocate_after {
                cx.set_timer(patience.max(Span::from_mins(1)), Kind::NodeRelocate, node);
            }
            return;
        }
        let zone = cx.topo.host_zone[line.host as usize];
        self.nodes[node as usize].zones = 1 << zone;
        self.nodes[node as usize].since = cx.now;
        self.queue.insert((cx.now, node));
        self.serve_queue(cx);
    }

    /// A step of a node's recovery ends.
    pub fn step_ended<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = self.nodes[node as usize];
        match line.state {
            NodeState::Restarting | NodeState::Rebooting => {
                let success = cx.group(node / SLOTS).compute.restart_success.0;
                if cx.happens(success, Purpose::RestartWorks, line.origin, node, line.tries) {
                    self.recover(node, cx);
                } else if line.host == ELSEWHERE {
                    self.relocate(node, cx);
                } else {
                    let zones = 1 << self.zone_of(node, cx);
                    self.leave_host(node, cx);
                    self.enqueue(node, zones, RecoveryPath::Relocate, cx);
                    self.serve_queue(cx);
                    if self.nodes[node as usize].state == NodeState::Queued {
                        cx.tell(Fact::NodeStep(node, Phase::Waiting));
                    }
                }
            }
            NodeState::Relocating => self.recover(node, cx),
            NodeState::Recovering => self.come_up(node, cx),
            _ => {}
        }
    }

    /// A node is wanted in one of these zones, as somebody's new node.
    pub fn node_wanted<S: Sink>(&mut self, node: Node, zones: u8, cx: &mut Context<S>) {
        self.give_up(node, cx);
        self.enqueue(node, zones, RecoveryPath::Restore, cx);
        self.serve_queue(cx);
    }

    /// A node is made in the paired region: no host of this cell is needed.
    pub fn node_elsewhere(&mut self, node: Node) {
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Making;
        line.host = ELSEWHERE;
    }

    /// A node is given up: it leaves its host, its recovery ends.
    pub fn give_up<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        cx.cancel_timer(Kind::NodeStep, node);
        cx.cancel_timer(Kind::NodeRelocate, node);
        self.unqueue(node, cx);
        self.leave_host(node, cx);
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Absent;
        line.host = NONE;
        self.serve_queue(cx);
    }

    /// A node that was being made starts to serve.
    pub fn node_made(&mut self, node: Node) {
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Up;
        line.depth = Depth::Engine;
        line.zones = 0;
    }

    /// Grants hosts to whoever waits, in the order of asking; who does not fit lets others pass.
    pub fn serve_queue<S: Sink>(&mut self, cx: &mut Context<S>) {
        if self.queue.is_empty() || !cx.control_plane_up() {
            return;
        }
        let waiting: Vec<(SimTime, Node)> = self.queue.iter().copied().collect();
        // A zone that could not place the smallest request will not place a larger one.
        let mut too_large = [u32::MAX; 8];
        for (asked, node) in waiting {
            let need = vcores(node, cx);
            let zones = self.nodes[node as usize].zones;
            let candidates = (0..cx.topo.zones)
                .filter(|&z| zones >> z & 1 == 1 && too_large[z as usize] > need)
                .collect::<Vec<_>>();
            let home = u32::from(cx.topo.slot_zone[node as usize]);
            let first = candidates.iter().copied().filter(|&z| z == home);
            let rest = candidates.iter().copied().filter(|&z| z != home);
            let order: Vec<u32> = first.chain(rest).collect();
            let mut found = None;
            for zone in order {
                found = self.find_host(node, zone, need, cx);
                if found.is_some() {
                    break;
                }
                too_large[zone as usize] = need;
            }
            if let Some(host) = found {
                self.queue.remove(&(asked, node));
                self.grant(node, host, cx);
            }
        }
    }

    fn grant<S: Sink>(&mut self, node: Node, host: u32, cx: &mut Context<S>) {
        let line = self.nodes[node as usize];
        if line.state == NodeState::Queued {
            self.gauge_queued(node, -1, cx);
        } else {
            // It waited on its held host and now leaves it.
            cx.cancel_timer(Kind::NodeRelocate, node);
            self.leave_host(node, cx);
        }
        let moved = line.path == RecoveryPath::Restore;
        self.link(node, host);
        let need = vcores(node, cx);
        if self.free[host as usize] != NONE {
            self.free[host as usize] =
                self.free[host as usize].checked_sub(need).expect("a granted host has room");
        }
        if self.free[host as usize] != NONE {
            let zone = u32::from(cx.topo.host_zone[host as usize]);
            cx.gauge(Resource::VcoresFree, zone, -i64::from(need));
        }
        if moved {
            self.nodes[node as usize].state = NodeState::Making;
            cx.tell(Fact::NodePlaced(node, host));
            cx.tell(Fact::NodeGranted(node));
            return;
        }
        self.relocate(node, cx);
    }

    /// A node starts on the host that it has now.
    fn relocate<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Relocating;
        line.zones = 0;
        line.path = RecoveryPath::Relocate;
        line.tries += 1;
        let (origin, tries) = (line.origin, line.tries);
        let law = &cx.group(node / SLOTS).compute.relocation;
        let takes = cx.span(law, Purpose::Relocation, origin, node, tries);
        cx.set_timer(takes, Kind::NodeStep, node);
        cx.tell(Fact::NodeStep(node, Phase::Relocation));
    }

    /// A host of a zone with enough free vCores that is not held: a few tries at random places, then
    /// all in order.
    fn find_host<S: Sink>(&self, node: Node, zone: u32, need: u32, cx: &Context<S>) -> Option<u32> {
        let fits = |host: u32| {
            u32::from(cx.topo.host_zone[host as usize]) == zone
                && self.host_holds[host as usize] == 0
                && self.free[host as usize] >= need
        };
        let line = &self.nodes[node as usize];
        let mut draw = cx.draw(Purpose::Placement, line.origin, node, line.tries);
        let hosts = self.free.len() as u64;
        use crate::kernel::chance::Bits;
        for _ in 0..8 {
            let host = draw.below(hosts) as u32;
            if fits(host) {
                return Some(host);
            }
        }
        let from = draw.below(hosts) as u32;
        (0..hosts as u32).map(|i| (from + i) % hosts as u32).find(|&host| fits(host))
    }

    /// Stops whatever a node is doing because of a new trouble.
    fn interrupt<S: Sink>(&mut self, node: Node, origin: Origin, cx: &mut Context<S>) {
        cx.cancel_timer(Kind::NodeStep, node);
        let line = &mut self.nodes[node as usize];
        line.origin = origin;
        line.tries = 0;
        line.since = cx.now;
    }

    /// Tells that a node is lost, with the phase it is in now.
    fn announce<S: Sink>(&mut self, node: Node, origin: Origin, cx: &mut Context<S>) {
        let phase = self.phase(node);
        cx.tell(Fact::NodeLost(node, origin, phase));
    }

    fn restart<S: Sink>(
        &mut self,
        node: Node,
        depth: Depth,
        path: RecoveryPath,
        cx: &mut Context<S>,
    ) {
        let line = &mut self.nodes[node as usize];
        line.path = path;
        line.depth = line.depth.max(depth);
        line.zones = 0;
        line.tries += 1;
        line.state =
            if depth == Depth::Engine { NodeState::Restarting } else { NodeState::Rebooting };
        let (origin, tries) = (line.origin, line.tries);
        let compute = &cx.group(node / SLOTS).compute;
        let law =
            if depth == Depth::Engine { &compute.process_restart } else { &compute.vm_reboot };
        let takes = cx.span(law, Purpose::Restart, origin, node, tries);
        cx.set_timer(takes, Kind::NodeStep, node);
    }

    /// Crash recovery: the log since the last checkpoint, and now and then a long transaction.
    fn recover<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = self.nodes[node as usize];
        let server = node / SLOTS;
        let compute = &cx.group(server).compute;
        let mut takes = 0.0;
        let Speed(speed) = compute.replay_rate;
        let has_tail = compute.long_transaction.is_some();
        if (speed.is_finite() && compute.checkpoint_interval > Span::ZERO) || has_tail {
            use crate::kernel::chance::Bits;
            let mut draw = cx.draw(Purpose::Recovery, line.origin, node, line.tries);
            let age = compute.checkpoint_interval.as_secs_f64() * draw.unit();
            let from = line.since - Span::from_secs_f64(age);
            let bytes = if from < line.since {
                cx.wal_bytes(server, from, line.since, cx.named(line.origin, server))
            } else {
                0.0
            };
            takes += compute.replay_rate.seconds_for(bytes);
            if let Some(tail) = &compute.long_transaction
                && draw.happens(tail.probability.0)
            {
                takes += tail.lasts.sample(&mut draw);
            }
        }
        if takes <= 0.0 {
            self.come_up(node, cx);
            return;
        }
        self.nodes[node as usize].state = NodeState::Recovering;
        cx.set_timer(Span::from_secs_f64(takes), Kind::NodeStep, node);
        cx.tell(Fact::NodeStep(node, Phase::Replay));
    }

    fn come_up<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Up;
        line.depth = Depth::Engine;
        cx.tell(Fact::NodeReady(node, line.path));
    }

    fn enqueue<S: Sink>(&mut self, node: Node, zones: u8, path: RecoveryPath, cx: &mut Context<S>) {
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Queued;
        line.path = path;
        line.zones = zones;
        line.since = cx.now;
        self.queue.insert((cx.now, node));
        self.gauge_queued(node, 1, cx);
    }

    fn unqueue<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = self.nodes[node as usize];
        if self.queue.remove(&(line.since, node)) && line.state == NodeState::Queued {
            self.gauge_queued(node, -1, cx);
        }
        self.nodes[node as usize].zones = 0;
    }

    fn zone_of<S: Sink>(&self, node: Node, cx: &Context<S>) -> u8 {
        match self.host(node) {
            Some(host) => cx.topo.host_zone[host as usize],
            None => cx.topo.slot_zone[node as usize],
        }
    }

    fn link(&mut self, node: Node, host: u32) {
        let head = self.first[host as usize];
        let line = &mut self.nodes[node as usize];
        line.host = host;
        line.next = head;
        line.previous = NONE;
        if head != NONE {
            self.nodes[head as usize].previous = node;
        }
        self.first[host as usize] = node;
    }

    fn leave_host<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = self.nodes[node as usize];
        if line.host >= ELSEWHERE {
            self.nodes[node as usize].host = NONE;
            return;
        }
        if line.previous == NONE {
            self.first[line.host as usize] = line.next;
        } else {
            self.nodes[line.previous as usize].next = line.next;
        }
        if line.next != NONE {
            self.nodes[line.next as usize].previous = line.previous;
        }
        let line = &mut self.nodes[node as usize];
        let host = std::mem::replace(&mut line.host, NONE) as usize;
        (line.next, line.previous) = (NONE, NONE);
        let vcores = vcores(node, cx);
        if self.free[host] == NONE {
            return;
        }
        self.free[host] += vcores;
        if self.host_holds[host] == 0 {
            let zone = u32::from(cx.topo.host_zone[host]);
            cx.gauge(Resource::VcoresFree, zone, i64::from(vcores));
        }
    }

    fn gauge_free<S: Sink>(&self, host: u32, sign: i64, cx: &mut Context<S>) {
        let free = self.free[host as usize];
        if free != NONE {
            let zone = u32::from(cx.topo.host_zone[host as usize]);
            cx.gauge(Resource::VcoresFree, zone, sign * i64::from(free));
        }
    }

    fn gauge_queued<S: Sink>(&self, node: Node, sign: i64, cx: &mut Context<S>) {
        let zone = u32::from(cx.topo.slot_zone[node as usize]);
        cx.gauge(Resource::VcoresQueued, zone, sign * i64::from(vcores(node, cx)));
    }
}

/// vCores that a node takes from its host; the log replica takes none that the customer bought.
fn vcores<S>(node: Node, cx: &Context<S>) -> u32 {
    if node % SLOTS == 2 { 0 } else { cx.topo.vcores[(node / SLOTS) as usize] }
}
