//! Standby: which node serves as primary, and how another takes its place.
//!
//! Owns the roles of every server, also of those without a standby, and so the blocker that says "no
//! node serves as primary". Hears what happens to nodes, volumes and links, grants of the control
//! ring, and the progress of restores; tells requests for ring slots, nodes and restores.
//!
//! **Invariants.** No two nodes serve: from the decision on the old primary is fenced, and the fence
//! lifts only when the failover is abandoned. Only a standby that has every acknowledged commit is
//! promoted, except under `promote_stale`, and then its lag is the loss.

mod catching_up;
mod failover;
mod handover;
mod nodes;
mod serving;
mod stuck;
mod volumes;
mod whole;

use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::Kind;
use crate::model::fact::{Fact, Node, Origin, Request, RestoreReason, Server, Volume};
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

/// What every strike asks stands first, in one line of the processor's cache; the rest matters only to
/// servers in trouble.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
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
    /// The primary's volume misses commits that the standby has: it does not serve while a failover is
    /// on its way.
    yields: bool,
    /// A restore is under way in the other slot.
    restoring: bool,
    /// A restore is under way apart from both slots.
    restoring_apart: bool,
    /// The failover promotes a standby that is behind.
    stale: bool,
    /// While the standby is broken: its failed promotion was of a standby that is behind, and is done
    /// when it is mended, unless the primary has served since.
    mends_stale: bool,
    /// Whether each slot's engine is ready.
    up: [bool; SLOTS as usize],
    zone: [u8; 2],
    blocked: [bool; 2],
    gone: [bool; 2],
    short: [bool; 2],
    short_by: [Cause; 2],
    link_cuts: u8,
    /// Lives in the paired region since a restore there.
    elsewhere: bool,
    /// Phase of the primary's node, and of a restore.
    node_phase: Phase,
    restore_phase: Phase,
    /// How the old primary came back, should the fence lift.
    path: RecoveryPath,
    /// The node of the standby has been away for too long, but may be the only one with every commit.
    overdue: bool,
    /// An unhealthy standby may be promoted as soon as it is there.
    stale_due: bool,
    /// Zone in which the gauges count the failover under way.
    failover_zone: u8,
    /// What blocked each volume last, and what made it short of copies.
    blocked_by: [Origin; 2],
    /// What cut the link first, of what cuts it now, and since when it has been cut.
    cut_by: Origin,
    cut_since: SimTime,
    origin: Origin,
    /// The last commit that the standby has received, while it is not current.
    received: SimTime,
    /// Since when the log replica has been away from commits, while it has not fetched them.
    log_missed: SimTime,
    /// What was committed since then is missing on each volume, should the server go on from it.
    old: [SimTime; 2],
    /// For how long no primary has served since then: no log is written in that time. Counted up to
    /// `away_since`, or to the loss of the primary.
    silent: Span,
    /// When the first of that time began.
    silent_from: SimTime,
    away_since: SimTime,
    /// When commits ended last, or the new primary was lost before clients had found it.
    ended: SimTime,
    /// A loss of the primary, when it is noticed, and when a failover is decided on, whether or not one is
    /// possible by then.
    lost: SimTime,
    noticed: SimTime,
    decided: SimTime,
    /// Present catching up: from then on, until then.
    catching: (SimTime, SimTime),
    tries: u32,
    /// The last request for a new node.
    request: Request,
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
        self.up[p]
            && !self.fenced
            && !self.yields
            && self.step != Step::Redirecting
            && !self.gone[p]
    }

    /// Another volume takes the place of a slot's, or none.
    fn forget_volume(&mut self, slot: usize) {
        self.gone[slot] = false;
        self.old[slot] = SimTime::NEVER;
        self.blocked[slot] = false;
        self.short[slot] = false;
    }

    /// No primary has served up to now: what the standby misses has not grown.
    fn pass_over(&mut self, now: SimTime) {
        let from = self.away_since.max(self.received);
        if self.silent == Span::ZERO {
            self.silent_from = from;
        }
        self.silent += now.since(from);
        self.away_since = now;
    }

    /// The standby has received so much of the log, as time in which it was written.
    fn receive(&mut self, written: Span, now: SimTime) {
        self.received += written;
        if self.silent > Span::ZERO && self.received > self.silent_from {
            self.received += std::mem::replace(&mut self.silent, Span::ZERO);
        }
        self.received = self.received.min(now);
    }

    /// Whether there is a primary to catch up from: it serves, or will as soon as clients have found it.
    fn can_feed(&self) -> bool {
        let p = self.primary as usize;
        let is_there = !self.fenced || self.step == Step::Redirecting;
        is_there && self.up[p] && !self.gone[p] && !self.blocked[p]
    }

    /// The new primary cannot commit before clients have found it: nothing was committed since its promotion,
    /// so that the old one has every commit.
    fn fell_unfound(&mut self) {
        let away = matches!(self.state, State::Down | State::Patching);
        if self.bought && away && !self.fresh && !self.gone[self.other()] {
            self.current = true;
        }
    }

    /// Commits end in this instant. A standby that was lost in the same instant has not missed one:
    /// which of the two was heard of first says nothing.
    fn commits_end(&mut self, now: SimTime) {
        let missed_nothing = self.received == now && self.silent == Span::ZERO && !self.fresh;
        if self.bought && self.state == State::Down && missed_nothing && !self.gone[self.other()] {
            self.current = true;
        }
        if self.log_missed == now {
            self.log_missed = SimTime::NEVER;
        }
    }

    /// Something is committed from now on, or the log replica is back: it fetches what it missed, or misses what
    /// is committed while it is away.
    fn log_follows(&mut self, now: SimTime) {
        self.log_missed = if self.up[2] { SimTime::NEVER } else { self.log_missed.min(now) };
    }

    /// The log that the standby misses, as the stretch up to now in which so much is written.
    fn missing_since(&self, now: SimTime) -> SimTime {
        (self.received + self.silent).min(now)
    }

    /// Whether the primary acknowledges writes, or would if no standby were waited for.
    fn commits(&self) -> bool {
        self.serves() && !self.blocked[self.primary as usize]
    }

    /// Whether the present loss of the primary was noticed, or will be: nothing was committed since.
    fn is_known_lost(&self) -> bool {
        self.lost < SimTime::NEVER && self.lost >= self.ended
    }

    /// Whether the standby is healthy and nothing is under way.
    #[inline]
    fn is_ready(&self) -> bool {
        self.step == Step::Idle
            && self.serves()
            && !self.restoring
            && !self.blocked[self.primary as usize]
            && (!self.bought || (self.state == State::Healthy && !self.blocked[self.other()]))
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
                yields: false,
                restoring: false,
                restoring_apart: false,
                stale: false,
                mends_stale: false,
                up: [true, bought, bought && cx.group(server).standby.wal_quorum],
                zone: [cx.topo.slot_zone[base], cx.topo.slot_zone[base + 1]],
                blocked: [false; 2],
                gone: [false; 2],
                short: [false; 2],
                blocked_by: [NOBODY; 2],
                short_by: [Cause(0); 2],
                link_cuts: 0,
                cut_by: NOBODY,
                cut_since: SimTime::ZERO,
                elsewhere: false,
                node_phase: Phase::Waiting,
                restore_phase: Phase::Waiting,
                path: RecoveryPath::Wait,
                origin: NOBODY,
                received: SimTime::ZERO,
                log_missed: SimTime::NEVER,
                old: [SimTime::NEVER; 2],
                silent: Span::ZERO,
                silent_from: SimTime::ZERO,
                away_since: SimTime::ZERO,
                ended: SimTime::ZERO,
                lost: SimTime::NEVER,
                noticed: SimTime::ZERO,
                decided: SimTime::ZERO,
                catching: (SimTime::ZERO, SimTime::ZERO),
                tries: 0,
                request: 0,
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
        self.pairs[server as usize].is_ready()
    }

    /// Whether a standby was bought.
    pub fn is_pair(&self, server: Server) -> bool {
        self.pairs[server as usize].bought
    }

    /// Whether a server lives in the paired region since a restore there.
    pub fn is_elsewhere(&self, server: Server) -> bool {
        self.pairs[server as usize].elsewhere
    }

    /// State of the standby, for the timeline and the checks.
    pub fn state(&self, server: Server) -> State {
        self.pairs[server as usize].state
    }

    /// Everything about a server's nodes, for a message.
    pub fn describe(&self, server: Server) -> String {
        format!("{:?}", self.pairs[server as usize])
    }

    /// Whether what a failover under way would promote is there; for the checks.
    pub fn has_what_it_promotes(&self, server: Server) -> bool {
        let p = &self.pairs[server as usize];
        let under_way = !matches!(p.step, Step::Idle | Step::Redirecting);
        let has_data = matches!(p.state, State::Healthy | State::CatchingUp | State::Down);
        !under_way || (p.up[p.other()] && !p.gone[p.other()] && has_data)
    }

    /// Whether a failover or restore is on its way.
    pub fn is_recovering(&self, server: Server) -> bool {
        let p = &self.pairs[server as usize];
        p.step != Step::Idle || p.restoring || p.restoring_apart
    }

    /// Whether a failover is on its way, decided or not.
    pub fn has_failover(&self, server: Server) -> bool {
        self.pairs[server as usize].step != Step::Idle
    }

    /// Whether a standby that is away, or is being mended, has every commit and may be back.
    pub fn may_return<S: Sink>(&self, server: Server, cx: &mut Context<S>) -> bool {
        let p = &self.pairs[server as usize];
        let may = match p.state {
            State::CatchingUp => self.log_is_kept(server, cx),
            State::Down | State::Patching => p.current || self.log_is_kept(server, cx),
            State::Healthy => p.current,
            State::Broken => p.current && cx.has_timer(Kind::StandbyMended, server),
            _ => false,
        };
        p.bought && may && !p.gone[p.other()]
    }

    /// Whether no node serves as primary, and neither a failover nor a restore is on its way.
    pub fn is_stuck(&self, server: Server) -> bool {
        self.is_down(server) && !self.is_recovering(server)
    }

    /// Whether a server is stuck, or as good as that: its primary's volume has stalled for longer than is
    /// tolerated, and neither a failover nor a restore is on its way.
    pub fn is_helpless<S: Sink>(&self, server: Server, cx: &Context<S>) -> bool {
        let tolerance = cx.group(server).volume.stall_tolerance;
        let since = || cx.ledger.stalled_since(server);
        let stalls = self.stalls(server) && since().is_some_and(|at| at + tolerance <= cx.now);
        (self.is_down(server) || stalls) && !self.is_recovering(server)
    }

    /// Whether writes to the primary's volume stall.
    pub fn stalls(&self, server: Server) -> bool {
        let p = &self.pairs[server as usize];
        p.blocked[p.primary as usize]
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

    /// Whether clients are still to find a new primary, after a failover or a planned switchover.
    fn is_unfound<S: Sink>(&self, server: Server, cx: &Context<S>) -> bool {
        let p = &self.pairs[server as usize];
        p.step == Step::Redirecting
            || (p.state == State::Patching && cx.ledger.has(server, Reason::Planned))
    }

    /// Nothing is committed without the node or the volume of this slot from now on, if it is the primary's.
    fn commits_end_with<S: Sink>(&mut self, server: Server, slot: usize, cx: &mut Context<S>) {
        let unfound = self.is_unfound(server, cx);
        let p = &mut self.pairs[server as usize];
        if slot != p.primary as usize {
            return;
        }
        if p.commits() || unfound {
            p.ended = cx.now;
        }
        let o = p.other();
        if p.commits() {
            p.commits_end(cx.now);
            p.away_since = cx.now;
            if p.bought && p.state == State::Healthy && p.blocked[o] {
                // A standby whose volume stalls cannot be promoted now. It misses what was committed meanwhile,
                // which is nothing where it was waited for.
                p.current &= p.dropping || p.received == cx.now;
                p.state = after(p.state, Move::FellBehind);
                let cause = p.blocked_by[o].cause;
                if !p.dropping {
                    // Nobody gives it up any more.
                    cx.cancel_timer(Kind::StandbyDropped, server);
                }
                cx.ledger.risk(server, Risk::NoStandby, true, cause, cx.now, &mut cx.sink);
                self.wait_no_more(server, cx);
            }
        }
        if unfound {
            self.pairs[server as usize].fell_unfound();
        }
    }

    /// The primary goes: its commits do not wait for a standby that went in the same instant.
    fn wait_no_more<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let p = &mut self.pairs[server as usize];
        if p.dropping && p.received == cx.now {
            p.dropping = false;
            cx.cancel_timer(Kind::StandbyDropped, server);
            cx.ledger.unblock(server, Reason::Drop, RecoveryPath::Wait, cx.now);
        }
    }

    fn block_primary<S: Sink>(
        &self,
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
            Step::Idle if p.restoring || p.restoring_apart => Some(p.restore_phase),
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
        let phases = [(Reason::Primary, primary), (Reason::Stall, stall), (Reason::Drop, stall)];
        cx.ledger.set_phases(server, &phases, false, cx.now);
    }
}

/// Whether catching up is under way, not only wanted.
fn is_catching_up<S: Sink>(server: Server, cx: &mut Context<S>) -> bool {
    cx.has_timer(Kind::StandbyCaughtUp, server)
}

/// Whether a step belongs to a failover whose standby must not be struck.
fn p_step_in_failover(step: Step) -> bool {
    matches!(step, Step::Queued | Step::Fencing | Step::Replaying | Step::Promoting)
}
