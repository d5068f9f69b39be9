//! Requests for hosts: who waits, who is served, and where.

use super::queue::Class;
use super::*;
use crate::kernel::chance::Bits;

impl Compute {
    /// A node that was being made loses its host: whoever makes it begins again on another one.
    pub(super) fn lose_making<S: Sink>(&mut self, node: Node, origin: Origin, cx: &mut Context<S>) {
        self.interrupt(node, origin, cx);
        let zones = self.nodes[node as usize].zones;
        self.leave_host(node, cx);
        cx.tell(Fact::NodeLost(node, origin, Phase::Waiting));
        self.enqueue(node, zones, RecoveryPath::Restore, cx);
    }

    /// A node has waited long enough for its rack.
    pub fn relocate_held<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = &self.nodes[node as usize];
        if line.state != NodeState::Held || line.host >= ELSEWHERE {
            return;
        }
        // Else its volume is away too: no use in going elsewhere before that is back.
        if !self.hall_is_held(cx.topo.hall_of_host(line.host)) {
            self.ask_elsewhere(node, cx);
            self.serve_queue(cx);
        }
    }

    /// A node asks for a host in place of the one that is held.
    pub(super) fn ask_elsewhere<S: Sink>(&mut self, node: Node, cx: &Context<S>) {
        let line = &mut self.nodes[node as usize];
        line.zones = 1 << line.zone;
        line.asked = cx.now;
        self.queue.insert((line.zones, vcores(node, cx)), cx.now, node);
    }

    /// A node is wanted in one of these zones, as somebody's new node.
    pub fn node_wanted<S: Sink>(
        &mut self,
        node: Node,
        zones: u8,
        request: Request,
        cx: &mut Context<S>,
    ) {
        self.give_up(node, cx);
        self.nodes[node as usize].request = request;
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
        line.broken = false;
        self.serve_queue(cx);
    }

    /// A node that was being made starts to serve.
    pub fn node_made(&mut self, node: Node) {
        let line = &mut self.nodes[node as usize];
        assert!(line.state == NodeState::Making, "node {node} was not being made: {line:?}");
        line.state = NodeState::Up;
        line.depth = Depth::Engine;
        line.zones = 0;
    }

    /// Grants hosts to whoever waits, in the order of asking; who does not fit lets others pass.
    pub fn serve_queue<S: Sink>(&mut self, cx: &mut Context<S>) {
        if self.queue.is_empty() || !cx.control_plane_up() {
            return;
        }
        let mut full = Vec::new();
        while let Some((asked, node, class)) = self.queue.next(&full) {
            if let Some(host) = self.find_in_zones(node, class, cx) {
                self.queue.remove(class, asked, node);
                self.grant(node, host, cx);
            } else {
                full.push(class);
            }
        }
    }

    /// A host for a node in the zones that would do: where it stood last first, then in order.
    fn find_in_zones<S: Sink>(&self, node: Node, class: Class, cx: &Context<S>) -> Option<u32> {
        let (zones, need) = class;
        let home = u32::from(self.nodes[node as usize].zone);
        let others = (0..cx.topo.zones).filter(|&zone| zone != home);
        std::iter::once(home)
            .chain(others)
            .filter(|&zone| zones >> zone & 1 == 1)
            .find_map(|zone| self.find_host(node, zone, need, cx))
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
        self.link(node, host, cx);
        let need = vcores(node, cx);
        if self.free[host as usize] != NONE {
            self.free[host as usize] =
                self.free[host as usize].checked_sub(need).expect("a granted host has room");
            self.note_room(host, cx);
        }
        if self.free[host as usize] != NONE {
            let zone = u32::from(cx.topo.host_zone[host as usize]);
            cx.gauge(Resource::VcoresFree, zone, -i64::from(need));
        }
        if moved {
            self.nodes[node as usize].state = NodeState::Making;
            cx.tell(Fact::NodePlaced(node, host));
            cx.tell(Fact::NodeGranted(node, line.request));
            return;
        }
        self.relocate(node, cx);
    }

    /// A host of a zone with enough free vCores that is not held: a few tries at random places, then
    /// all in order; apart from the server's other nodes where that is possible.
    fn find_host<S: Sink>(&self, node: Node, zone: u32, need: u32, cx: &Context<S>) -> Option<u32> {
        let siblings = self.siblings(node);
        let fits =
            |host: u32| self.host_holds[host as usize] == 0 && self.free[host as usize] >= need;
        let apart = |host: u32| siblings.iter().flatten().all(|&other| cx.topo.apart(host, other));
        let line = &self.nodes[node as usize];
        let mut draw = cx.draw(Purpose::Placement, line.origin, node, line.tries);
        let hosts = self.rooms.hosts(zone);
        if hosts.is_empty() {
            return None;
        }
        let mut any = || hosts[draw.below(hosts.len() as u64) as usize];
        for _ in 0..TRIES {
            let host = any();
            if fits(host) && apart(host) {
                return Some(host);
            }
        }
        let first = self.rooms.find(zone, any(), need)?;
        let mut host = first;
        for _ in 0..TRIES {
            if apart(host) {
                return Some(host);
            }
            host = self.rooms.find(zone, host + 1, need)?;
            if host == first {
                break;
            }
        }
        Some(first)
    }

    /// Hosts of the server's other nodes.
    fn siblings(&self, node: Node) -> [Option<u32>; 2] {
        let base = node / SLOTS * SLOTS;
        [1, 2].map(|i| self.host(base + (node - base + i) % SLOTS))
    }

    pub(super) fn enqueue<S: Sink>(
        &mut self,
        node: Node,
        zones: u8,
        path: RecoveryPath,
        cx: &mut Context<S>,
    ) {
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Queued;
        line.path = path;
        line.zones = zones;
        line.asked = cx.now;
        self.queue.insert((zones, vcores(node, cx)), cx.now, node);
        self.gauge_queued(node, 1, cx);
    }

    pub(super) fn unqueue<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) -> bool {
        let line = self.nodes[node as usize];
        let waited = self.queue.remove((line.zones, vcores(node, cx)), line.asked, node);
        if waited && line.state == NodeState::Queued {
            self.gauge_queued(node, -1, cx);
        }
        self.nodes[node as usize].zones = 0;
        waited
    }

    fn gauge_queued<S: Sink>(&self, node: Node, sign: i64, cx: &mut Context<S>) {
        let zone = u32::from(self.nodes[node as usize].zone);
        cx.gauge(Resource::VcoresQueued, zone, sign * i64::from(vcores(node, cx)));
    }
}
