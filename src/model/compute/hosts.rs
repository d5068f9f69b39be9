//! Hosts, racks and halls: what holds them, who stands on them, how much room they have.

use super::*;

impl Compute {
    /// One outage more holds a host.
    pub(super) fn hold_host<S: Sink>(&mut self, host: u32, cx: &mut Context<S>) {
        self.host_holds[host as usize] += 1;
        if self.host_holds[host as usize] == 1 {
            self.gauge_free(host, -1, cx);
            self.note_room(host, cx);
            cx.hold_changed(Addressed::Host, host);
        }
    }

    /// Holds the hosts of a rack, with the nodes on them that are in `victims`.
    pub fn hold_rack<S: Sink>(&mut self, rack: u32, origin: Origin, cx: &mut Context<S>) {
        self.rack_holds[rack as usize] += 1;
        cx.hold_changed(Addressed::Rack, rack);
        if self.rack_holds[rack as usize] == 1 {
            self.hold_hosts_of(rack, origin, true, cx);
            return;
        }
        // All on it are held, and wait already.
        let topo = cx.topo.clone();
        for &host in topo.hosts_in_rack(rack) {
            self.hold_host(host, cx);
        }
    }

    /// Gives a rack back. Whoever is held by something else from now on waits for that.
    pub fn release_rack<S: Sink>(&mut self, rack: u32, cx: &mut Context<S>) {
        self.rack_holds[rack as usize] -= 1;
        cx.hold_changed(Addressed::Rack, rack);
        let topo = cx.topo.clone();
        for &host in topo.hosts_in_rack(rack) {
            self.release_host(host, cx);
        }
        if self.rack_holds[rack as usize] == 0 {
            for node in self.held_in(rack, cx) {
                cx.cancel_timer(Kind::NodeRelocate, node);
                self.unqueue(node, cx);
            }
        }
        self.serve_queue(cx);
    }

    /// Nodes that are held in a rack.
    fn held_in<S: Sink>(&self, rack: u32, cx: &Context<S>) -> Vec<Node> {
        let (mut held, mut nodes) = (Vec::new(), Vec::new());
        for &host in cx.topo.hosts_in_rack(rack) {
            self.nodes_on(host, &mut nodes);
            let is_held = |node: &Node| self.nodes[*node as usize].state == NodeState::Held;
            held.extend(nodes.iter().copied().filter(is_held));
        }
        held
    }

    /// Holds every host of a hall.
    pub fn hold_hall<S: Sink>(&mut self, hall: u32, origin: Origin, cx: &mut Context<S>) {
        self.hall_holds[hall as usize] += 1;
        let topo = cx.topo.clone();
        for rack in topo.racks_in_hall(hall) {
            cx.hold_changed(Addressed::Rack, rack);
            self.hold_hosts_of(rack, origin, false, cx);
        }
    }

    /// Gives a hall back; `later(host)` is how much later each host returns. Who has waited for its rack
    /// for long enough by now asks for another host.
    pub fn release_hall<S: Sink>(
        &mut self,
        hall: u32,
        cx: &mut Context<S>,
        mut later: impl FnMut(u32, &Context<S>) -> Span,
    ) {
        self.hall_holds[hall as usize] -= 1;
        let topo = cx.topo.clone();
        for rack in topo.racks_in_hall(hall) {
            cx.hold_changed(Addressed::Rack, rack);
            for &host in topo.hosts_in_rack(rack) {
                let wait = later(host, cx);
                if wait > Span::ZERO {
                    cx.schedule(wait, Kind::HostBack, host, 0);
                } else {
                    self.release_host(host, cx);
                }
            }
            if self.rack_holds[rack as usize] > 0 && !self.hall_is_held(hall) {
                for node in self.held_in(rack, cx) {
                    let leaves = cx.group(node / SLOTS).compute.relocate_after.is_some();
                    if leaves && !cx.has_timer(Kind::NodeRelocate, node) {
                        self.ask_elsewhere(node, cx);
                    }
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

    /// What happens to a node whose host is held: whatever it was doing stops. In a rack that is held from
    /// now on it waits for so long before it asks for another host, whatever held it before.
    pub(super) fn hold_node<S: Sink>(
        &mut self,
        node: Node,
        origin: Origin,
        may_leave: bool,
        cx: &mut Context<S>,
    ) {
        let state = self.nodes[node as usize].state;
        if state == NodeState::Absent {
            return;
        }
        if state == NodeState::Making {
            self.lose_making(node, origin, cx);
            return;
        }
        if let (true, Some(patience)) = (may_leave, cx.group(node / SLOTS).compute.relocate_after) {
            cx.set_timer(patience, Kind::NodeRelocate, node);
        }
        if state == NodeState::Held {
            if !may_leave {
                // Its volume is away now too: it asks again when that is back.
                self.unqueue(node, cx);
            }
            return;
        }
        self.interrupt(node, origin, cx);
        let line = &mut self.nodes[node as usize];
        line.state = NodeState::Held;
        line.path = RecoveryPath::Wait;
        line.depth = Depth::Host;
        self.announce(node, origin, cx);
    }

    /// One outage less holds a host.
    pub fn release_host<S: Sink>(&mut self, host: u32, cx: &mut Context<S>) {
        self.host_holds[host as usize] -= 1;
        if self.host_holds[host as usize] > 0 {
            return;
        }
        self.gauge_free(host, 1, cx);
        self.note_room(host, cx);
        cx.hold_changed(Addressed::Host, host);
        let mut nodes = Vec::new();
        self.nodes_on(host, &mut nodes);
        for &node in &nodes {
            if self.nodes[node as usize].state == NodeState::Held {
                cx.cancel_timer(Kind::NodeRelocate, node);
                self.unqueue(node, cx);
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

    /// The room of a host has changed.
    pub(super) fn note_room<S: Sink>(&mut self, host: u32, cx: &Context<S>) {
        let room = (self.host_holds[host as usize] == 0).then_some(self.free[host as usize]);
        self.rooms.set(cx.topo.host_zone[host as usize], host, room);
    }

    pub(super) fn link<S: Sink>(&mut self, node: Node, host: u32, cx: &Context<S>) {
        let head = self.first[host as usize];
        let line = &mut self.nodes[node as usize];
        line.host = host;
        line.zone = cx.topo.host_zone[host as usize];
        line.next = head;
        line.previous = NONE;
        if head != NONE {
            self.nodes[head as usize].previous = node;
        }
        self.first[host as usize] = node;
    }

    pub(super) fn leave_host<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
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
        self.note_room(host as u32, cx);
        if self.host_holds[host] == 0 {
            let zone = u32::from(cx.topo.host_zone[host]);
            cx.gauge(Resource::VcoresFree, zone, i64::from(vcores));
        }
    }

    pub(super) fn gauge_free<S: Sink>(&self, host: u32, sign: i64, cx: &mut Context<S>) {
        let free = self.free[host as usize];
        if free != NONE {
            let zone = u32::from(cx.topo.host_zone[host as usize]);
            cx.gauge(Resource::VcoresFree, zone, sign * i64::from(free));
        }
    }
}
