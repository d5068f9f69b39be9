//! Standby: which node serves as primary, and how another takes its place.
//!
//! Owns the roles of every server, also of those without a standby, and so the blocker that says "no
//! node serves as primary". Hears what happens to nodes, volumes and links, grants of the control
//! ring, and the progress of restores; tells requests for ring slots, nodes and restores.
//!
//! **Invariants.** No two nodes serve: from the decision on the old primary is fenced, and the fence
//! lifts only when the failover is abandoned. Only a standby that has every acknowledged commit is
//! promoted, except under `promote_stale`, and then its lag is the loss.

use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::Kind;
use crate::model::fact::{Fact, Node, Origin, RestoreReason, Server, Volume};
use crate::model::fault::Cause;
use crate::model::fleet::StandbyMode;
use crate::model::ledger::{Reason, Risk};
use crate::model::life::{Move, State, after};
use crate::model::record::{Phase, RecoveryPath, Resource, Sink};
use crate::model::topology::SLOTS;
use std::collections::BTreeSet;

/// How far an unplanned failover has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// There is none.
    Idle,
    /// The loss has not been noticed yet.
    Detecting,
    /// Noticed; not decided yet.
    Deciding,
    /// Decided: the old primary is fenced, a slot of the ring is wanted.
    Queued,
    /// The old primary is being shut out.
    Fencing,
    /// The standby applies what it has received.
    Replaying,
    /// The standby becomes the primary.
    Promoting,
    /// Clients still resolve the old address.
    Redirecting,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    /// Slot (0 or 1) of the primary.
    primary: u8,
    bought: bool,
    state: State,
    step: Step,
    /// The standby has every acknowledged commit.
    current: bool,
    /// The standby needs a whole copy, not only the log it missed.
    fresh: bool,
    /// Commits wait for the lost standby.
    dropping: bool,
    /// The old primary may not serve.
    fenced: bool,
    /// A restore is under way in the other slot.
    restoring: bool,
    /// The failover promotes a standby that is behind.
    stale: bool,
    /// Whether each slot's engine is ready.
    up: [bool; SLOTS as usize],
    zone: [u8; 2],
    blocked: [bool; 2],
    gone: [bool; 2],
    short: [bool; 2],
    /// What blocked each volume last, and what made it short of copies.
    blocked_by: [Cause; 2],
    short_by: [Cause; 2],
    link_cuts: u8,
    /// Lives in the paired region since a restore there.
    elsewhere: bool,
    /// Phase of the primary's node, and of a restore.
    node_phase: Phase,
    restore_phase: Phase,
    /// How the old primary came back, should the fence lift.
    path: RecoveryPath,
    origin: Origin,
    /// The last commit that the standby has received, while it is not current.
    received: SimTime,
    /// Present catching up: from then on, until then.
    catching: (SimTime, SimTime),
    tries: u32,
    /// The node of the standby has been away for too long, but may be the only one with every commit.
    overdue: bool,
    /// An unhealthy standby may be promoted as soon as it is there.
    stale_due: bool,
    /// Zone in which the gauges count the failover under way.
    failover_zone: u8,
}

/// Roles and standbys of one cell.
#[derive(Clone, Debug, Default)]
pub struct Standby {
    pairs: Vec<Pair>,
    /// Failovers that would be decided, were the control plane there.
    held_up: BTreeSet<Server>,
}

const NOBODY: Origin = Origin { cause: Cause(0), number: 0 };

impl Pair {
    fn other(&self) -> usize {
        1 - self.primary as usize
    }

    /// Whether some node serves as primary (its writes may stall all the same).
    fn serves(&self) -> bool {
        let p = self.primary as usize;
        self.up[p] && !self.fenced && self.step != Step::Redirecting && !self.gone[p]
    }

    /// Another volume takes the place of a slot's, or none.
    fn forget_volume(&mut self, slot: usize) {
        self.gone[slot] = false;
        self.blocked[slot] = false;
        self.short[slot] = false;
    }

    /// Whether the primary acknowledges writes, or would if no standby were waited for.
    fn commits(&self) -> bool {
        self.serves() && !self.blocked[self.primary as usize]
    }

    fn node(&self, server: Server, slot: usize) -> Node {
        server * SLOTS + slot as u32
    }
}

impl Standby {
    /// Primaries on their first slots, standbys healthy.
    pub fn reset<S: Sink>(&mut self, cx: &Context<S>) {
        self.pairs.clear();
        self.held_up.clear();
        for server in 0..cx.topo.servers {
            let bought = cx.group(server).standby_mode != StandbyMode::None;
            let base = (server * SLOTS) as usize;
            self.pairs.push(Pair {
                primary: 0,
                bought,
                state: if bought { State::Healthy } else { State::NotBought },
                step: Step::Idle,
                current: bought,
                fresh: false,
                dropping: false,
                fenced: false,
                restoring: false,
                stale: false,
                up: [true, bought, bought && cx.group(server).standby.wal_quorum],
                zone: [cx.topo.slot_zone[base], cx.topo.slot_zone[base + 1]],
                blocked: [false; 2],
                gone: [false; 2],
                short: [false; 2],
                blocked_by: [Cause(0); 2],
                short_by: [Cause(0); 2],
                link_cuts: 0,
                elsewhere: false,
                node_phase: Phase::Waiting,
                restore_phase: Phase::Waiting,
                path: RecoveryPath::Wait,
                origin: NOBODY,
                received: SimTime::ZERO,
                catching: (SimTime::ZERO, SimTime::ZERO),
                tries: 0,
                overdue: false,
                stale_due: false,
                failover_zone: 0,
            });
        }
    }

    /// Slot of the primary.
    pub fn primary_slot(&self, server: Server) -> u32 {
        u32::from(self.pairs[server as usize].primary)
    }

    /// The primary's node.
    pub fn primary_node(&self, server: Server) -> Node {
        server * SLOTS + self.primary_slot(server)
    }

    /// The other node that may be primary.
    pub fn other_node(&self, server: Server) -> Node {
        server * SLOTS + 1 - self.primary_slot(server)
    }

    /// Whether the standby is healthy and nothing is under way.
    pub fn is_ready(&self, server: Server) -> bool {
        let p = &self.pairs[server as usize];
        p.serves()
            && p.step == Step::Idle
            && !p.restoring
            && !p.blocked[p.primary as usize]
            && (!p.bought || (p.state == State::Healthy && !p.blocked[p.other()]))
    }

    /// Whether a standby was bought.
    pub fn is_pair(&self, server: Server) -> bool {
        self.pairs[server as usize].bought
    }

    /// State of the standby, for the timeline and the checks.
    pub fn state(&self, server: Server) -> State {
        self.pairs[server as usize].state
    }

    /// Everything about a server's nodes, for a message.
    pub fn describe(&self, server: Server) -> String {
        format!("{:?}", self.pairs[server as usize])
    }

    /// Nodes that serve as primary at this instant: for the checks, never more than one.
    pub fn serving_nodes(&self, server: Server) -> u32 {
        let p = &self.pairs[server as usize];
        u32::from(p.serves())
    }

    /// Whether a failover or restore is on its way.
    pub fn is_recovering(&self, server: Server) -> bool {
        let p = &self.pairs[server as usize];
        p.step != Step::Idle || p.restoring
    }

    /// Whether no node serves as primary, and neither a failover nor a restore is on its way.
    pub fn is_stuck(&self, server: Server) -> bool {
        self.is_down(server) && !self.is_recovering(server)
    }

    /// Zone of the primary.
    pub fn primary_zone(&self, server: Server) -> u32 {
        let p = &self.pairs[server as usize];
        u32::from(p.zone[p.primary as usize])
    }

    /// Zone of the other node.
    pub fn other_zone(&self, server: Server) -> u32 {
        let p = &self.pairs[server as usize];
        u32::from(p.zone[p.other()])
    }

    /// Whether no node serves as primary.
    pub fn is_down(&self, server: Server) -> bool {
        !self.pairs[server as usize].serves()
    }

    // ---- nodes ----------------------------------------------------------------------------------

    /// A node's engine stopped serving.
    pub fn node_lost<S: Sink>(
        &mut self,
        node: Node,
        origin: Origin,
        phase: Phase,
        cx: &mut Context<S>,
    ) {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as usize);
        let p = &mut self.pairs[server as usize];
        let served = p.serves();
        p.up[slot] = false;
        if slot == 2 {
            if p.state == State::CatchingUp && !p.serves() {
                self.pause_catch_up(server, cx);
            }
            return;
        }
        if slot == p.primary as usize {
            p.node_phase = phase;
            if served {
                p.origin = origin;
                self.block_primary(server, origin, phase, cx);
            }
            self.primary_lost(server, origin, cx);
        } else {
            self.standby_lost(server, origin, cx);
        }
    }

    /// A node that is down has come to another step.
    pub fn node_step<S: Sink>(&mut self, node: Node, phase: Phase, cx: &mut Context<S>) {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as usize);
        let p = &mut self.pairs[server as usize];
        if slot == p.primary as usize {
            p.node_phase = phase;
            self.stamp(server, cx);
        }
    }

    /// A node's engine is ready.
    pub fn node_ready<S: Sink>(&mut self, node: Node, path: RecoveryPath, cx: &mut Context<S>) {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as usize);
        let p = &mut self.pairs[server as usize];
        p.up[slot] = true;
        if slot == 2 {
            if p.state == State::CatchingUp {
                self.catch_up(server, cx);
            }
            return;
        }
        if slot != p.primary as usize {
            if p.state == State::Down || p.state == State::Patching {
                self.standby_returns(server, cx);
            }
            return;
        }
        p.path = path;
        match p.step {
            Step::Idle => {}
            // In time: the failover is called off, unless the volume has stalled for too long.
            Step::Detecting | Step::Deciding => {
                let tolerance = cx.group(server).volume.stall_tolerance;
                if !(p.blocked[slot] && cx.ledger.stall_expired(server, tolerance, cx.now)) {
                    self.call_off(server, cx);
                }
            }
            // Too late: it is fenced.
            _ => {
                self.stamp(server, cx);
                return;
            }
        }
        if self.pairs[server as usize].serves() {
            self.serve(server, path, cx);
        } else {
            // An engine without its data.
            self.stamp(server, cx);
        }
    }

    /// The primary's node is lost; the blocker is open.
    fn primary_lost<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        match p.step {
            Step::Idle => {
                if p.state == State::CatchingUp && !self.log_is_kept(server, cx) {
                    self.pause_catch_up(server, cx);
                }
                self.arm(server, origin, cx);
            }
            Step::Redirecting => {
                // The new primary falls before clients have found it.
                cx.cancel_timer(Kind::Failover, server);
                p.step = Step::Idle;
                p.fenced = false;
                p.origin = origin;
                cx.gauge(Resource::Failovers, p.failover_zone.into(), -1);
                self.stuck(server, cx);
            }
            _ => self.stamp(server, cx),
        }
    }

    /// The node of the standby is lost.
    fn standby_lost<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.restoring || !p.bought {
            return;
        }
        let state = p.state;
        p.state = after(state, Move::NodeLost);
        match state {
            State::Healthy => {
                cx.ledger.risk(server, Risk::NoStandby, true, origin.cause, cx.now, &mut cx.sink);
                match p.step {
                    Step::Idle | Step::Redirecting => {
                        if p.serves() {
                            self.drop_standby(server, origin, cx);
                        }
                    }
                    Step::Detecting | Step::Deciding => {
                        let alarm_was_false = p.serves();
                        self.call_off(server, cx);
                        if alarm_was_false {
                            self.drop_standby(server, origin, cx);
                        } else {
                            self.stuck(server, cx);
                        }
                    }
                    _ => self.abandon(server, cx),
                }
            }
            State::CatchingUp => {
                self.note_progress(server, cx);
                cx.cancel_timer(Kind::StandbyCaughtUp, server);
            }
            State::Provisioning => {
                cx.cancel_timer(Kind::StandbyMade, server);
            }
            State::Broken => {
                cx.cancel_timer(Kind::StandbyMended, server);
            }
            _ => {}
        }
        // A failover that promotes a standby that was behind.
        if p_step_in_failover(self.pairs[server as usize].step) {
            self.abandon(server, cx);
        }
        let p = &self.pairs[server as usize];
        if p.state == State::Down {
            self.watch_absence(server, cx);
        }
    }

    /// A healthy standby went: commits stall until it is dropped, unless the log has a quorum.
    fn drop_standby<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        if self.pairs[server as usize].dropping {
            return;
        }
        let spec = &cx.group(server).standby;
        if spec.wal_quorum {
            self.fall_behind(server, cx);
            return;
        }
        let tolerance = cx.group(server).volume.stall_tolerance;
        let takes = cx.span(&spec.drop, Purpose::Drop, origin, server, 0);
        if takes == Span::ZERO {
            self.fall_behind(server, cx);
            return;
        }
        self.pairs[server as usize].dropping = true;
        cx.ledger.stall(server, origin.cause, cx.now, &mut cx.sink);
        cx.set_timer(takes, Kind::StandbyDropped, server);
        // Also where it alone would be tolerated: another stall may join it.
        cx.schedule(tolerance, Kind::StallExpired, server, 0);
    }

    /// Commits go on without the standby.
    pub fn standby_dropped<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if !p.dropping {
            return;
        }
        p.dropping = false;
        cx.ledger.unblock(server, Reason::Stall, RecoveryPath::Wait, cx.now);
        if self.pairs[server as usize].serves() {
            self.fall_behind(server, cx);
        }
    }

    fn fall_behind<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.current {
            p.current = false;
            p.received = cx.now;
        }
        if p.state == State::Healthy {
            // Its volume or its link is away, its node is not.
            p.state = after(p.state, Move::FellBehind);
            let o = p.other();
            let cause = if p.blocked[o] { p.blocked_by[o] } else { p.origin.cause };
            cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
            self.standby_returns(server, cx);
        }
    }

    /// The node of a standby that is down is to be replaced if it stays away for too long.
    fn watch_absence<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.pairs[server as usize].overdue = false;
        if let Some(patience) = cx.group(server).standby.replace_after {
            cx.cancel_timer(Kind::StandbyReplace, server);
            cx.set_timer(patience, Kind::StandbyReplace, server);
        }
    }

    /// The node of the standby has been away for too long.
    pub fn replace<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let away = !p.up[p.other()] || p.gone[p.other()];
        if !p.bought || p.restoring || p.state != State::Down || !away {
            return;
        }
        if p.current && !p.serves() {
            // It may be the only node with every commit: it is waited for until the primary serves.
            p.overdue = true;
            return;
        }
        self.want_standby(server, cx);
    }

    /// A new standby is wanted: in the zone of its slot, else in any other but the primary's.
    fn want_standby<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let zones = cx.topo.zones;
        let mode = cx.group(server).standby_mode;
        let p = &mut self.pairs[server as usize];
        let primary_zone = p.zone[p.primary as usize];
        let mask = match mode {
            StandbyMode::SameZone => 1 << primary_zone,
            _ if zones == 1 => 1,
            _ => (((1u32 << zones) - 1) as u8) & !(1 << primary_zone),
        };
        let other = p.other();
        p.overdue = false;
        p.state = after(p.state, Move::NewNodeWanted);
        p.up[other] = false;
        p.current = false;
        p.fresh = true;
        p.overdue = false;
        p.forget_volume(other);
        cx.cancel_timer(Kind::StandbyReplace, server);
        let node = p.node(server, other);
        cx.tell(if p.elsewhere { Fact::NodeElsewhere(node) } else { Fact::NodeWanted(node, mask) });
    }

    /// A host was found for a new node.
    pub fn node_granted<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let server = node / SLOTS;
        let p = &mut self.pairs[server as usize];
        if p.restoring || p.state != State::Wanted {
            return;
        }
        p.state = after(p.state, Move::NodeGranted);
        p.tries += 1;
        let law = &cx.group(server).standby.provisioning;
        let takes = cx.span(law, Purpose::Provisioning, p.origin, server, p.tries);
        cx.set_timer(takes, Kind::StandbyMade, server);
    }

    /// A node stands somewhere new, with a new volume.
    pub fn node_placed<S: Sink>(&mut self, node: Node, host: u32, cx: &Context<S>) {
        let (server, slot) = (node / SLOTS, (node % SLOTS) as usize);
        let p = &mut self.pairs[server as usize];
        if slot < 2 {
            p.zone[slot] = cx.topo.host_zone[host as usize];
            p.forget_volume(slot);
        }
    }

    /// A new standby has been made: it needs a whole copy.
    pub fn made<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.state != State::Provisioning {
            return;
        }
        let other = p.other();
        p.up[other] = true;
        p.fresh = true;
        p.state = after(p.state, Move::Made);
        cx.tell(Fact::NodeMade(p.node(server, other)));
        self.catch_up(server, cx);
    }

    /// The node of the standby is back.
    fn standby_returns<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let other = p.other();
        if !p.up[other] || p.blocked[other] || p.gone[other] || p.restoring {
            return;
        }
        if p.current && p.link_cuts > 0 && p.commits() {
            // It misses nothing yet, and cannot be reached either.
            return;
        }
        cx.cancel_timer(Kind::StandbyReplace, server);
        p.overdue = false;
        if p.current {
            self.become_healthy(server, cx);
            return;
        }
        p.state = after(p.state, Move::NodeBack);
        self.catch_up(server, cx);
        if self.pairs[server as usize].stale_due {
            self.stale_allowed(server, cx);
        }
    }

    /// Whether the log that the standby misses is kept by a node that is up.
    fn log_is_kept<S: Sink>(&self, server: Server, cx: &Context<S>) -> bool {
        let p = &self.pairs[server as usize];
        cx.group(server).standby.wal_quorum && p.up[2] && !p.fresh
    }

    /// Starts or resumes catching up, if there is something to catch up from.
    fn catch_up<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let kept = self.log_is_kept(server, cx);
        let p = &mut self.pairs[server as usize];
        let cut = p.link_cuts > 0 || p.blocked[p.other()];
        if p.state != State::CatchingUp || !(p.commits() || kept) || cut {
            return;
        }
        cx.cancel_timer(Kind::StandbyCaughtUp, server);
        let (fresh, received, origin, tries) = (p.fresh, p.received, p.origin, p.tries);
        let group = cx.group(server);
        let bytes = if fresh {
            group.storage.0 as f64 * group.used.0
        } else {
            cx.wal_bytes(server, received, cx.now, origin)
        };
        let mut seconds = group.standby.catch_up_rate.seconds_for(bytes);
        if fresh && seconds > 0.0 {
            // What is written meanwhile has to be caught up too.
            let written = cx.wal_bytes(
                server,
                cx.now,
                cx.now + Span::from_secs_f64(seconds),
                Origin { number: origin.number ^ u64::from(tries), ..origin },
            );
            seconds += group.standby.catch_up_rate.seconds_for(written);
        }
        let takes = Span::from_secs_f64(seconds);
        if takes == Span::ZERO {
            self.caught_up(server, cx);
        } else {
            self.pairs[server as usize].catching = (cx.now, cx.now + takes);
            cx.set_timer(takes, Kind::StandbyCaughtUp, server);
        }
    }

    fn pause_catch_up<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.note_progress(server, cx);
        cx.cancel_timer(Kind::StandbyCaughtUp, server);
    }

    /// What a standby that stops catching up has received so far: in proportion to the time spent.
    fn note_progress<S: Sink>(&mut self, server: Server, cx: &Context<S>) {
        let p = &mut self.pairs[server as usize];
        let (from, to) = p.catching;
        if p.fresh || to <= cx.now || to <= from || from < p.received {
            return;
        }
        let share = cx.now.since(from).as_secs_f64() / to.since(from).as_secs_f64();
        let missing = to.since(p.received).as_secs_f64();
        p.received += Span::from_secs_f64(missing * share);
        p.received = p.received.min(cx.now);
        p.catching = (SimTime::ZERO, SimTime::ZERO);
    }

    /// A standby has caught up.
    pub fn caught_up<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.state != State::CatchingUp {
            return;
        }
        if p.blocked[p.other()] {
            // Its volume stalls: it has come this far, the rest follows later.
            p.fresh = false;
            p.received = cx.now;
            return;
        }
        self.become_healthy(server, cx);
    }

    fn become_healthy<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.state = after(p.state, Move::CaughtUp);
        p.current = true;
        p.fresh = false;
        p.catching = (SimTime::ZERO, SimTime::ZERO);
        if std::mem::take(&mut p.dropping) {
            // Commits need not wait for its drop any more.
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.ledger.unblock(server, Reason::Stall, RecoveryPath::Wait, cx.now);
        }
        let cause = p.origin.cause;
        cx.ledger.risk(server, Risk::NoStandby, false, cause, cx.now, &mut cx.sink);
        self.take_over(server, cx);
    }

    /// A standby has every commit: if the primary is away, what there is to detect is known.
    fn take_over<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &self.pairs[server as usize];
        let away = !p.serves() || (!p.commits() && !cx.ledger.serves(server));
        if away && p.state == State::Healthy && p.step == Step::Idle && !p.restoring {
            self.begin(server, Step::Deciding, cx);
            self.go_on(server, cx);
        }
    }

    // ---- failover -------------------------------------------------------------------------------

    /// The primary cannot serve: fail over if the standby is healthy.
    fn arm<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.step != Step::Idle || p.restoring {
            return;
        }
        p.origin = origin;
        let o = p.other();
        let ready = p.up[o] && !p.gone[o] && !p.blocked[o];
        if p.bought && p.state == State::Healthy && ready {
            p.stale = false;
            self.begin(server, Step::Detecting, cx);
            let p = &self.pairs[server as usize];
            let law = &cx.group(server).standby.detection;
            let takes = cx.span(law, Purpose::Detection, origin, server, p.tries);
            self.wait_or_go_on(server, takes, cx);
        } else {
            self.stuck(server, cx);
        }
    }

    fn begin<S: Sink>(&mut self, server: Server, step: Step, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.step = step;
        p.tries += 1;
        self.stamp(server, cx);
    }

    /// No failover is possible now: what else may bring the server back.
    fn stuck<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.stamp(server, cx);
        let kept = self.log_is_kept(server, cx);
        let p = &self.pairs[server as usize];
        if p.restoring || p.serves() {
            return;
        }
        let rescue = p.bought
            && match p.state {
                State::CatchingUp => kept,
                State::Healthy | State::Down | State::Broken => p.current && !p.gone[p.other()],
                _ => false,
            };
        if p.gone[p.primary as usize] && !rescue {
            let origin = p.origin;
            cx.tell(Fact::RestoreWanted(server, origin, RestoreReason::DataLost));
            return;
        }
        cx.tell(Fact::ServerStuck(server));
        if let (true, Some(patience)) = (p.bought, cx.group(server).standby.promote_stale.after) {
            cx.cancel_timer(Kind::StandbyStale, server);
            cx.set_timer(patience, Kind::StandbyStale, server);
        }
    }

    /// An unhealthy standby may be promoted from now on.
    pub fn stale_allowed<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        self.note_progress(server, cx);
        let p = &mut self.pairs[server as usize];
        let o = p.other();
        let broken = p.state == State::Broken;
        let has_data = !p.fresh && !p.gone[o] && !p.blocked[o] && p.up[o] && !broken;
        if p.serves() || p.step != Step::Idle || p.restoring || !has_data {
            p.stale_due = !p.serves();
            return;
        }
        cx.cancel_timer(Kind::StandbyCaughtUp, server);
        p.stale = true;
        self.begin(server, Step::Deciding, cx);
        self.go_on(server, cx);
    }

    /// Detection errs. The caller has seen that the server is ready.
    pub fn false_alarm<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.origin = origin;
        p.stale = false;
        p.path = RecoveryPath::Wait;
        self.begin(server, Step::Deciding, cx);
        let p = &self.pairs[server as usize];
        let law = &cx.group(server).standby.decision;
        let takes = cx.span(law, Purpose::Decision, origin, server, p.tries);
        self.wait_or_go_on(server, takes, cx);
    }

    fn wait_or_go_on<S: Sink>(&mut self, server: Server, takes: Span, cx: &mut Context<S>) {
        if takes > Span::ZERO {
            cx.set_timer(takes, Kind::Failover, server);
        } else {
            self.go_on(server, cx);
        }
    }

    /// A step of the failover has ended: takes the next ones that take no time, and the first that
    /// does.
    pub fn go_on<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        loop {
            let p = &self.pairs[server as usize];
            let (origin, tries) = (p.origin, p.tries);
            let spec = &cx.group(server).standby;
            let (next, takes) = match p.step {
                Step::Idle => return,
                Step::Detecting => (
                    Step::Deciding,
                    cx.span(&spec.decision, Purpose::Decision, origin, server, tries),
                ),
                Step::Deciding => {
                    if cx.control_plane_up() {
                        self.decide(server, cx);
                    } else {
                        // Not begun yet: it waits, and may still be called off.
                        self.held_up.insert(server);
                        self.stamp(server, cx);
                    }
                    return;
                }
                Step::Queued => {
                    (Step::Fencing, cx.span(&spec.fencing, Purpose::Fencing, origin, server, tries))
                }
                Step::Fencing => (Step::Replaying, self.replay_time(server, cx)),
                Step::Replaying => (
                    Step::Promoting,
                    cx.span(&spec.promotion, Purpose::Promotion, origin, server, tries),
                ),
                Step::Promoting => {
                    if !self.promote(server, cx) {
                        return;
                    }
                    let law = &cx.group(server).standby.redirection;
                    (Step::Redirecting, cx.span(law, Purpose::Redirection, origin, server, tries))
                }
                Step::Redirecting => {
                    self.redirected(server, RecoveryPath::Failover, cx);
                    return;
                }
            };
            self.pairs[server as usize].step = next;
            if takes > Span::ZERO {
                self.stamp(server, cx);
                cx.set_timer(takes, Kind::Failover, server);
                return;
            }
        }
    }

    /// Received log that the standby has not applied yet, as time.
    fn replay_time<S: Sink>(&self, server: Server, cx: &Context<S>) -> Span {
        let p = &self.pairs[server as usize];
        let spec = &cx.group(server).standby;
        let lag = cx.span(&spec.replay_lag, Purpose::Replay, p.origin, server, p.tries);
        if lag == Span::ZERO || spec.replay_rate.0.is_infinite() {
            return Span::ZERO;
        }
        let bytes = cx.wal_bytes(server, cx.now - lag, cx.now, p.origin);
        Span::from_secs_f64(spec.replay_rate.seconds_for(bytes))
    }

    /// The control plane is back: failovers that it held up, in order.
    pub fn take_held_up(&mut self) -> BTreeSet<Server> {
        std::mem::take(&mut self.held_up)
    }

    /// A failover that the control plane held up goes on, if it was not called off.
    pub fn decide_now<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let pending = cx.events.has_timer(crate::model::event::pack(Kind::Failover, server, 0));
        if self.pairs[server as usize].step == Step::Deciding && !pending {
            self.go_on(server, cx);
        }
    }

    /// From now on the old primary is fenced; a slot of the ring is asked for.
    fn decide<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.fenced = true;
        p.step = Step::Queued;
        p.failover_zone = p.zone[p.primary as usize];
        let (origin, zone) = (p.origin, u32::from(p.failover_zone));
        if !cx.ledger.has(server, Reason::Primary) {
            self.block_primary(server, origin, Phase::Waiting, cx);
        }
        self.stamp(server, cx);
        cx.gauge(Resource::RingQueued, zone, 1);
        cx.tell(Fact::RingSlotWanted(server));
    }

    /// A slot of the ring is ours.
    pub fn ring_granted<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &self.pairs[server as usize];
        if p.step != Step::Queued {
            // Abandoned in the very instant of the grant; the slot is on its way back.
            return;
        }
        let zone = u32::from(p.failover_zone);
        cx.gauge(Resource::RingQueued, zone, -1);
        cx.gauge(Resource::Failovers, zone, 1);
        self.go_on(server, cx);
    }

    /// Promotion ends: whether it worked.
    fn promote<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) -> bool {
        let p = &self.pairs[server as usize];
        let spec = &cx.group(server).standby;
        let works = cx.happens(
            spec.promotion_success.0,
            Purpose::PromotionWorks,
            p.origin,
            server,
            p.tries,
        );
        if p.blocked[p.other()] {
            self.abandon(server, cx);
            return false;
        }
        if !works {
            let mending = spec.promotion_repair.clone();
            let p = &mut self.pairs[server as usize];
            p.state = after(p.state, Move::PromotionFailed);
            let (origin, tries) = (p.origin, p.tries);
            cx.ledger.risk(server, Risk::NoStandby, true, origin.cause, cx.now, &mut cx.sink);
            if let Some(law) = mending {
                let takes = cx.span(&law, Purpose::Mending, origin, server, tries);
                cx.cancel_timer(Kind::StandbyMended, server);
                cx.set_timer(takes, Kind::StandbyMended, server);
            }
            self.abandon(server, cx);
            return false;
        }
        cx.tell(Fact::RingSlotFreed(server));
        self.swap(server, cx);
        true
    }

    /// The standby is the primary from now on; the old primary is to become its standby.
    fn swap<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let (old, new) = (p.primary as usize, p.other());
        // The old primary's volume is not the server's any more.
        let stalled = p.blocked[old];
        let dropping = std::mem::take(&mut p.dropping);
        p.primary = new as u8;
        if p.stale {
            let down = cx.ledger.down_since(server).unwrap_or(cx.now);
            let window = if down > p.received { down.since(p.received) } else { Span::ZERO };
            cx.ledger.lose(server, window);
            p.stale = false;
        }
        let cause = p.origin.cause;
        p.state = after(p.state, Move::Promoted);
        p.current = false;
        p.fresh = p.gone[old];
        p.received = cx.now;
        p.node_phase = Phase::Waiting;
        let (short, new_stalled) = (p.short[new], p.blocked[new]);
        let (short_by, blocked_by) = (p.short_by[new], p.blocked_by[new]);
        if stalled {
            cx.ledger.unblock(server, Reason::Stall, RecoveryPath::Failover, cx.now);
        }
        if dropping {
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.ledger.unblock(server, Reason::Stall, RecoveryPath::Failover, cx.now);
        }
        if new_stalled {
            cx.ledger.stall(server, blocked_by, cx.now, &mut cx.sink);
        }
        cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
        cx.ledger.risk(server, Risk::Copies, short, short_by, cx.now, &mut cx.sink);
    }

    /// Clients have found the new primary.
    fn redirected<S: Sink>(&mut self, server: Server, path: RecoveryPath, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.step = Step::Idle;
        p.fenced = false;
        cx.gauge(Resource::Failovers, p.failover_zone.into(), -1);
        if self.pairs[server as usize].serves() {
            self.serve(server, path, cx);
        } else {
            // The new primary lost its data before clients found it.
            self.stuck(server, cx);
        }
    }

    /// The failover ends without a new primary: the fence lifts.
    fn abandon<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        cx.cancel_timer(Kind::Failover, server);
        let zone = u32::from(p.failover_zone);
        if p.step == Step::Queued {
            cx.gauge(Resource::RingQueued, zone, -1);
        } else {
            cx.gauge(Resource::Failovers, zone, -1);
        }
        cx.tell(Fact::RingSlotFreed(server));
        p.step = Step::Idle;
        p.fenced = false;
        p.stale = false;
        if p.serves() {
            let path = p.path;
            self.serve(server, path, cx);
        } else {
            self.stuck(server, cx);
        }
    }

    /// The failover is called off before its decision.
    fn call_off<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        cx.cancel_timer(Kind::Failover, server);
        let p = &mut self.pairs[server as usize];
        p.step = Step::Idle;
        p.stale = false;
        self.held_up.remove(&server);
        self.stamp(server, cx);
    }

    /// A person has mended a failed promotion.
    pub fn mended<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.state != State::Broken {
            return;
        }
        let o = p.other();
        let ready = p.up[o] && !p.blocked[o] && !p.gone[o] && p.link_cuts == 0 && p.current;
        if p.step != Step::Idle {
            // It is being promoted with its lag as loss.
            p.state = after(p.state, Move::FellBehind);
            return;
        }
        if p.serves() || p.restoring || !ready {
            p.state = after(p.state, Move::FellBehind);
            self.standby_returns(server, cx);
            if self.pairs[server as usize].state == State::Down {
                self.watch_absence(server, cx);
            }
            return;
        }
        p.state = State::Healthy;
        p.fenced = true;
        p.step = Step::Redirecting;
        p.failover_zone = p.zone[p.primary as usize];
        let (origin, zone) = (p.origin, u32::from(p.failover_zone));
        if !cx.ledger.has(server, Reason::Primary) {
            self.block_primary(server, origin, Phase::Waiting, cx);
        }
        cx.gauge(Resource::Failovers, zone, 1);
        self.swap(server, cx);
        let p = &self.pairs[server as usize];
        let law = &cx.group(server).standby.redirection;
        let takes = cx.span(law, Purpose::Redirection, p.origin, server, p.tries);
        self.stamp(server, cx);
        self.wait_or_go_on(server, takes, cx);
    }

    /// Some node serves as primary again.
    fn serve<S: Sink>(&mut self, server: Server, path: RecoveryPath, cx: &mut Context<S>) {
        cx.ledger.unblock(server, Reason::Primary, path, cx.now);
        cx.cancel_timer(Kind::StandbyStale, server);
        cx.tell(Fact::PrimaryServes(server));
        self.standby_follows(server, cx);
    }

    /// The primary serves again, or its volume does: what becomes of the standby.
    fn standby_follows<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.stale_due = false;
        if !p.bought {
            return;
        }
        match p.state {
            // Nothing is committed yet: it stays current.
            State::Down | State::Broken if p.current && !p.commits() => {}
            State::Healthy if (p.link_cuts > 0 || p.blocked[p.other()]) && !p.dropping => {
                // It was cut off while the primary was away: commits go on without it.
                let origin = p.origin;
                self.lose_touch(server, origin, cx);
            }
            State::Healthy | State::NotBought => {}
            State::CatchingUp => self.catch_up(server, cx),
            State::Down => {
                // Commits go on without it from here, or when it has been dropped.
                if p.current && !p.dropping {
                    p.current = false;
                    p.received = cx.now;
                }
                let (other, gone) = (p.other(), p.gone[p.other()] || p.overdue);
                if gone && p.restoring {
                    // What is being made there is given up first.
                } else if gone {
                    self.want_standby(server, cx);
                } else if p.up[other] {
                    self.standby_returns(server, cx);
                } else if !cx.events.has_timer(crate::model::event::pack(
                    Kind::StandbyReplace,
                    server,
                    0,
                )) {
                    self.watch_absence(server, cx);
                }
            }
            State::Broken => {
                if p.current {
                    p.current = false;
                    p.received = cx.now;
                }
                if cx.group(server).standby.promotion_repair.is_none() {
                    self.want_standby(server, cx);
                }
            }
            State::Wanted | State::Provisioning | State::Patching => {}
        }
    }

    // ---- volumes and links ----------------------------------------------------------------------

    /// Writes to a volume stall.
    pub fn volume_stalled<S: Sink>(&mut self, volume: Volume, origin: Origin, cx: &mut Context<S>) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let tolerance = cx.group(server).volume.stall_tolerance;
        let p = &mut self.pairs[server as usize];
        p.blocked[slot] = true;
        p.blocked_by[slot] = origin.cause;
        if slot == p.primary as usize {
            if p.serves() {
                p.origin = origin;
            }
            cx.ledger.stall(server, origin.cause, cx.now, &mut cx.sink);
            cx.schedule(tolerance, Kind::StallExpired, server, 0);
        } else if p.bought && p.state == State::Healthy && !p.commits() {
            // Nothing is committed without it: it stays current, but cannot be promoted now.
            p.state = after(p.state, Move::FellBehind);
            let step = p.step;
            cx.ledger.risk(server, Risk::NoStandby, true, origin.cause, cx.now, &mut cx.sink);
            match step {
                Step::Detecting | Step::Deciding => {
                    self.call_off(server, cx);
                    self.stuck(server, cx);
                }
                _ if p_step_in_failover(step) => self.abandon(server, cx),
                _ => {}
            }
        } else if p.bought && p.state == State::Healthy {
            if p.step != Step::Idle {
                // A false alarm.
                self.call_off(server, cx);
            }
            let p = &mut self.pairs[server as usize];
            p.origin = origin;
            self.lose_touch(server, origin, cx);
        } else if p.state == State::CatchingUp {
            self.pause_catch_up(server, cx);
        }
    }

    /// A healthy standby whose node is up cannot follow: its volume stalls, or the link is cut.
    fn lose_touch<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.link_cuts > 0 {
            p.state = after(p.state, Move::FellBehind);
            let cause = origin.cause;
            cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
        } else if cx.group(server).standby.wal_quorum && !p.dropping {
            // The log goes on; the standby is given up when its stall is more than a late commit.
            let tolerance = cx.group(server).volume.stall_tolerance;
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.set_timer(tolerance + Span(1), Kind::StandbyDropped, server);
            return;
        }
        self.drop_standby(server, origin, cx);
    }

    /// A standby whose volume or node has been away for long enough is dropped (timer).
    pub fn drop_due<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        if self.pairs[server as usize].dropping {
            self.standby_dropped(server, cx);
            return;
        }
        let p = &self.pairs[server as usize];
        let away = p.blocked[p.other()] || p.link_cuts > 0;
        if p.state == State::Healthy && p.step == Step::Idle && away && p.serves() {
            self.fall_behind(server, cx);
        }
    }

    /// Writes to a volume go on.
    pub fn volume_resumed<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let p = &mut self.pairs[server as usize];
        p.blocked[slot] = false;
        if slot == p.primary as usize {
            if matches!(p.step, Step::Detecting | Step::Deciding) && p.up[slot] {
                self.call_off(server, cx);
            }
            cx.ledger.unblock(server, Reason::Stall, RecoveryPath::Wait, cx.now);
            let p = &self.pairs[server as usize];
            if p.serves() {
                cx.tell(Fact::PrimaryServes(server));
                if !p.dropping && !is_catching_up(server, cx) {
                    self.standby_follows(server, cx);
                }
            }
            return;
        }
        if !p.bought || p.restoring {
            return;
        }
        if p.state == State::Down {
            self.standby_returns(server, cx);
        } else if p.state == State::CatchingUp {
            if !is_catching_up(server, cx) {
                self.catch_up(server, cx);
            }
        } else if p.dropping && p.up[slot] && p.link_cuts == 0 {
            p.dropping = false;
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.ledger.unblock(server, Reason::Stall, RecoveryPath::Wait, cx.now);
            self.take_over(server, cx);
        } else if p.state == State::Healthy {
            if !p.dropping {
                cx.cancel_timer(Kind::StandbyDropped, server);
            }
            self.take_over(server, cx);
        }
    }

    /// A stall has lasted longer than is tolerated.
    pub fn stall_expired<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let tolerance = cx.group(server).volume.stall_tolerance;
        if !cx.ledger.stall_expired(server, tolerance, cx.now) {
            return;
        }
        let p = &self.pairs[server as usize];
        if p.blocked[p.primary as usize] && p.step == Step::Idle && p.up[p.primary as usize] {
            let origin = p.origin;
            self.arm(server, origin, cx);
        }
    }

    /// The last copy of a volume is gone for good.
    pub fn volume_lost<S: Sink>(&mut self, volume: Volume, origin: Origin, cx: &mut Context<S>) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let p = &mut self.pairs[server as usize];
        p.gone[slot] = true;
        if slot == p.primary as usize {
            cx.ledger.stall_expired(server, Span::ZERO, cx.now);
            cx.ledger.lose_copies(server);
            if p.step == Step::Idle {
                self.arm(server, origin, cx);
            }
            return;
        }
        if p.restoring {
            self.restore_again(server, origin, cx);
            return;
        }
        if !p.bought {
            return;
        }
        match p.step {
            Step::Queued | Step::Fencing | Step::Replaying | Step::Promoting => {
                p.current = false;
                p.state = State::Down;
                self.abandon(server, cx);
            }
            Step::Detecting | Step::Deciding => {
                p.current = false;
                p.state = State::Down;
                let served = p.serves();
                self.call_off(server, cx);
                if !served {
                    self.stuck(server, cx);
                }
            }
            _ => {}
        }
        let p = &mut self.pairs[server as usize];
        let waits = p.state == State::Wanted;
        if !waits {
            cx.cancel_timer(Kind::StandbyMade, server);
            cx.cancel_timer(Kind::StandbyCaughtUp, server);
            cx.cancel_timer(Kind::StandbyMended, server);
            if p.state == State::Healthy {
                p.current = false;
                p.received = cx.now;
            }
            p.state = State::Down;
            cx.ledger.risk(server, Risk::NoStandby, true, origin.cause, cx.now, &mut cx.sink);
            if p.serves() {
                self.want_standby(server, cx);
            } else if p.step == Step::Idle {
                // It may have been what the server waited for.
                self.stuck(server, cx);
            }
        }
    }

    /// The volume of a restore in progress is lost: the restore begins again.
    fn restore_again<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &self.pairs[server as usize];
        let node = p.node(server, p.other());
        let mut zones = ((1u32 << cx.topo.zones) - 1) as u8;
        if !p.gone[p.primary as usize] {
            zones &= !(1 << p.zone[p.primary as usize]);
        }
        cx.tell(Fact::NodeLost(node, origin, Phase::Waiting));
        cx.tell(Fact::NodeWanted(node, zones));
    }

    /// A volume has fewer than three copies, or three again.
    pub fn copies_changed<S: Sink>(
        &mut self,
        volume: Volume,
        short: bool,
        cause: Cause,
        cx: &mut Context<S>,
    ) {
        let (server, slot) = (volume / 2, (volume % 2) as usize);
        let p = &mut self.pairs[server as usize];
        p.short[slot] = short;
        if short {
            p.short_by[slot] = cause;
        }
        if slot == p.primary as usize {
            cx.ledger.risk(server, Risk::Copies, short, cause, cx.now, &mut cx.sink);
        }
    }

    /// The link between primary and standby is cut.
    pub fn link_cut<S: Sink>(&mut self, server: Server, origin: Origin, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.link_cuts += 1;
        if p.link_cuts > 1 || !p.bought {
            return;
        }
        match p.state {
            State::Healthy if p.step == Step::Idle && p.serves() => {
                p.origin = origin;
                self.lose_touch(server, origin, cx);
            }
            State::CatchingUp => self.pause_catch_up(server, cx),
            _ => {}
        }
    }

    /// The link between primary and standby is whole again.
    pub fn link_mended<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.link_cuts -= 1;
        if p.link_cuts > 0 || !p.bought {
            return;
        }
        match p.state {
            State::Down => self.standby_returns(server, cx),
            State::CatchingUp => self.catch_up(server, cx),
            _ => {}
        }
    }

    // ---- restore --------------------------------------------------------------------------------

    /// A restore begins in the other slot: whatever stood there is given up.
    pub fn restore_begins<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.restoring = true;
        p.restore_phase = Phase::Waiting;
        p.current = false;
        let other = p.other();
        p.up[other] = false;
        p.forget_volume(other);
        for kind in [
            Kind::StandbyReplace,
            Kind::StandbyMade,
            Kind::StandbyCaughtUp,
            Kind::StandbyMended,
            Kind::StandbyStale,
        ] {
            cx.cancel_timer(kind, server);
        }
        if p.bought {
            let cause = p.origin.cause;
            p.state = State::Down;
            cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
        }
        self.stamp(server, cx);
    }

    /// A restore has come to another phase.
    pub fn restore_step<S: Sink>(&mut self, server: Server, phase: Phase, cx: &mut Context<S>) {
        self.pairs[server as usize].restore_phase = phase;
        self.stamp(server, cx);
    }

    /// The server came back before its restore was done: the restore is given up.
    pub fn restore_dropped<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if !p.restoring {
            return;
        }
        p.restoring = false;
        if p.bought {
            self.want_standby(server, cx);
        }
    }

    /// The restored node takes the place of the old one, which is discarded.
    pub fn restored<S: Sink>(&mut self, server: Server, path: RecoveryPath, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        let (old, new) = (p.primary as usize, p.other());
        p.restoring = false;
        p.elsewhere |= path == RecoveryPath::GeoRestore;
        p.primary = new as u8;
        p.up[new] = true;
        p.up[old] = false;
        let stalled = p.blocked[old];
        p.forget_volume(old);
        let (short, new_stalled) = (p.short[new], p.blocked[new]);
        let (short_by, blocked_by) = (p.short_by[new], p.blocked_by[new]);
        let dropping = std::mem::take(&mut p.dropping);
        let (old_node, bought) = (p.node(server, old), p.bought);
        for _ in 0..usize::from(stalled) + usize::from(dropping) {
            cx.ledger.unblock(server, Reason::Stall, path, cx.now);
        }
        cx.cancel_timer(Kind::StandbyDropped, server);
        if new_stalled {
            cx.ledger.stall(server, blocked_by, cx.now, &mut cx.sink);
            let tolerance = cx.group(server).volume.stall_tolerance;
            cx.schedule(tolerance, Kind::StallExpired, server, 0);
        }
        cx.ledger.risk(server, Risk::Copies, short, short_by, cx.now, &mut cx.sink);
        cx.tell(Fact::NodeDropped(old_node));
        if bought {
            self.pairs[server as usize].state = State::Down;
            self.want_standby(server, cx);
        }
        cx.ledger.unblock(server, Reason::Primary, path, cx.now);
    }

    /// Nothing can bring the server back: it ends.
    pub fn end<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        for kind in [
            Kind::Failover,
            Kind::StandbyReplace,
            Kind::StandbyMade,
            Kind::StandbyCaughtUp,
            Kind::StandbyMended,
            Kind::StandbyStale,
            Kind::StandbyDropped,
        ] {
            cx.cancel_timer(kind, server);
        }
        let p = &mut self.pairs[server as usize];
        p.bought = false;
        p.state = State::NotBought;
        p.restoring = false;
        p.dropping = false;
        p.up = [false; 3];
        p.forget_volume(0);
        p.forget_volume(1);
        cx.ledger.end(server, cx.now, &mut cx.sink);
        cx.tell(Fact::ServerLost(server));
    }

    // ---- planned work ---------------------------------------------------------------------------

    /// Planned work takes the standby away for a moment.
    pub fn patch_begins<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.state = after(p.state, Move::PatchBegan);
        p.current = false;
        p.received = cx.now;
        let other = p.other();
        p.up[other] = false;
        cx.ledger.risk(server, Risk::NoStandby, true, Cause::MAINTENANCE, cx.now, &mut cx.sink);
    }

    /// The standby is back from planned work, and has caught up if the primary serves.
    pub fn patch_ends<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.state != State::Patching {
            return;
        }
        let other = p.other();
        p.up[other] = true;
        if p.serves() && !p.blocked[other] && p.link_cuts == 0 {
            self.become_healthy(server, cx);
        } else {
            p.state = after(p.state, Move::FellBehind);
            self.standby_returns(server, cx);
        }
    }

    /// A planned switchover swaps the roles.
    pub fn switch_over<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        p.origin.cause = Cause::MAINTENANCE;
        self.swap(server, cx);
        let p = &mut self.pairs[server as usize];
        p.state = State::Patching;
        let other = p.other();
        p.up[other] = false;
    }

    // ---- the ledger -----------------------------------------------------------------------------

    fn block_primary<S: Sink>(
        &mut self,
        server: Server,
        origin: Origin,
        phase: Phase,
        cx: &mut Context<S>,
    ) {
        cx.ledger.block(
            server,
            Reason::Primary,
            origin.cause,
            phase,
            true,
            false,
            cx.now,
            &mut cx.sink,
        );
    }

    /// Writes the present phase on the server's blockers: the failover's while one is on its way,
    /// else a restore's, else the node's own.
    fn stamp<S: Sink>(&self, server: Server, cx: &mut Context<S>) {
        let p = &self.pairs[server as usize];
        let ours = match p.step {
            Step::Idle if p.restoring => Some(p.restore_phase),
            Step::Idle => None,
            Step::Detecting => Some(Phase::Detection),
            Step::Deciding if self.held_up.contains(&server) => Some(Phase::Waiting),
            Step::Deciding => Some(Phase::Decision),
            Step::Queued => Some(Phase::Waiting),
            Step::Fencing => Some(Phase::Fencing),
            Step::Replaying => Some(Phase::Replay),
            Step::Promoting => Some(Phase::Promotion),
            Step::Redirecting => Some(Phase::Redirection),
        };
        let primary = ours.unwrap_or(p.node_phase);
        let stall = ours.unwrap_or(Phase::Waiting);
        cx.ledger.set_phase(server, Reason::Primary, primary, false, cx.now);
        cx.ledger.set_phase(server, Reason::Stall, stall, false, cx.now);
    }
}

/// Whether catching up is under way, not only wanted.
fn is_catching_up<S: Sink>(server: Server, cx: &Context<S>) -> bool {
    cx.events.has_timer(crate::model::event::pack(Kind::StandbyCaughtUp, server, 0))
}

/// Whether a step belongs to a failover whose standby must not be struck.
fn p_step_in_failover(step: Step) -> bool {
    matches!(step, Step::Queued | Step::Fencing | Step::Replaying | Step::Promoting)
}
