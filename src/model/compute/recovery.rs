//! Recovery: what a strike does to a node, and the steps by which it comes back.

use super::*;
use crate::kernel::chance::Bits;
use crate::kernel::quantity::Speed;

impl Compute {
    /// An engine or machine is struck. The caller has asked `admits`, or injects.
    pub fn strike<S: Sink>(
        &mut self,
        node: Node,
        depth: Depth,
        origin: Origin,
        cx: &mut Context<S>,
    ) {
        match self.nodes[node as usize].state {
            NodeState::Absent | NodeState::Queued => return,
            // What holds it does not keep its host alive.
            NodeState::Held if depth == Depth::Host => {
                cx.cancel_timer(Kind::NodeRelocate, node);
                self.unqueue(node, cx);
            }
            NodeState::Held => return,
            NodeState::Making if depth == Depth::Host => {
                self.lose_making(node, origin, cx);
                return;
            }
            NodeState::Making => return,
            NodeState::Relocating if depth < Depth::Host => return,
            // Its engine starts with its machine.
            NodeState::Rebooting if depth == Depth::Engine => return,
            _ => {}
        }
        self.interrupt(node, origin, cx);
        self.nodes[node as usize].depth = depth;
        if depth == Depth::Host {
            let zone = self.nodes[node as usize].zone;
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
            // It is down anyway: it will have broken when it starts, unless it is being patched.
            let line = &mut self.nodes[node as usize];
            line.broken |= !matches!(line.state, NodeState::Absent | NodeState::Planned);
            return;
        }
        self.interrupt(node, origin, cx);
        let line = &mut self.nodes[node as usize];
        (line.state, line.path, line.broken) = (NodeState::Broken, RecoveryPath::Wait, true);
        self.announce(node, origin, cx);
    }

    /// The rollback of a bad release is done on a node.
    pub fn mend_engine<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = &mut self.nodes[node as usize];
        line.broken = false;
        if line.state == NodeState::Broken {
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
                    let zones = 1 << line.zone;
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

    /// A node starts on the host that it has now.
    pub(super) fn relocate<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
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

    /// Stops whatever a node is doing because of a new trouble.
    pub(super) fn interrupt<S: Sink>(&mut self, node: Node, origin: Origin, cx: &mut Context<S>) {
        cx.cancel_timer(Kind::NodeStep, node);
        let line = &mut self.nodes[node as usize];
        line.origin = origin;
        line.tries = 0;
        // Else it was down already, and no log was written since that strike.
        if matches!(line.state, NodeState::Up | NodeState::Planned) {
            line.since = cx.now;
        }
    }

    /// Tells that a node is lost, with the phase it is in now.
    pub(super) fn announce<S: Sink>(&mut self, node: Node, origin: Origin, cx: &mut Context<S>) {
        let phase = self.phase(node);
        cx.tell(Fact::NodeLost(node, origin, phase));
    }

    pub(super) fn restart<S: Sink>(
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
        let takes = Compute::restart_time(node, depth, origin, tries, cx);
        cx.set_timer(takes, Kind::NodeStep, node);
    }

    /// How long a start in place takes.
    fn restart_time<S: Sink>(
        node: Node,
        depth: Depth,
        origin: Origin,
        tries: u32,
        cx: &Context<S>,
    ) -> Span {
        let compute = &cx.group(node / SLOTS).compute;
        let law =
            if depth == Depth::Engine { &compute.process_restart } else { &compute.vm_reboot };
        cx.span(law, Purpose::Restart, origin, node, tries)
    }

    /// Crash recovery.
    fn recover<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = self.nodes[node as usize];
        let takes = Compute::redo_time(node, line.origin, line.tries, line.since, cx);
        if takes <= 0.0 {
            self.come_up(node, cx);
            return;
        }
        self.nodes[node as usize].state = NodeState::Recovering;
        cx.set_timer(Span::from_secs_f64(takes), Kind::NodeStep, node);
        cx.tell(Fact::NodeStep(node, Phase::Replay));
    }

    /// How long crash recovery takes, s: the log since the last checkpoint, and now and then a long
    /// transaction.
    fn redo_time<S: Sink>(
        node: Node,
        origin: Origin,
        tries: u32,
        since: SimTime,
        cx: &Context<S>,
    ) -> f64 {
        let server = node / SLOTS;
        let compute = &cx.group(server).compute;
        let mut takes = 0.0;
        let Speed(speed) = compute.replay_rate;
        let has_tail = compute.long_transaction.is_some();
        if (speed.is_finite() && compute.checkpoint_interval > Span::ZERO) || has_tail {
            let mut draw = cx.draw(Purpose::Recovery, origin, node, tries);
            let age = compute.checkpoint_interval.as_secs_f64() * draw.unit();
            let struck = since.signed();
            let age = cx.aged(Span::from_secs_f64(age), struck);
            let bytes = cx.wal_before(server, age, struck, || cx.named(origin, server));
            takes += compute.replay_rate.seconds_for(bytes);
            if let Some(tail) = &compute.long_transaction
                && draw.happens(tail.probability.0)
            {
                takes += tail.lasts.sample(&mut draw);
            }
        }
        takes
    }

    /// When a node that is struck now has started in place and is ready, if its start works.
    pub fn back_in_place<S: Sink>(
        node: Node,
        depth: Depth,
        origin: Origin,
        cx: &Context<S>,
    ) -> Option<(SimTime, SimTime)> {
        let success = cx.group(node / SLOTS).compute.restart_success.0;
        if !cx.happens(success, Purpose::RestartWorks, origin, node, 1) {
            return None;
        }
        let started = cx.now + Compute::restart_time(node, depth, origin, 1, cx);
        let redo = Compute::redo_time(node, origin, 1, cx.now, cx);
        Some((started, if redo <= 0.0 { started } else { started + Span::from_secs_f64(redo) }))
    }

    /// A node that was struck then came back in place, and nothing came in between.
    pub fn came_back(&mut self, node: Node, origin: Origin, since: SimTime) {
        let line = &mut self.nodes[node as usize];
        debug_assert!(line.state == NodeState::Up, "{line:?} cannot have come back");
        (line.origin, line.since, line.tries) = (origin, since, 1);
        (line.path, line.depth, line.zones) = (RecoveryPath::Restart, Depth::Engine, 0);
    }

    fn come_up<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let line = &mut self.nodes[node as usize];
        line.depth = Depth::Engine;
        if line.broken {
            (line.state, line.path) = (NodeState::Broken, RecoveryPath::Wait);
            cx.tell(Fact::NodeStep(node, Phase::Waiting));
            return;
        }
        line.state = NodeState::Up;
        cx.tell(Fact::NodeReady(node, line.path));
    }
}
