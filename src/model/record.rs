//! What leaves the model: incidents, intervals, stalls and gauges, and the trait that takes them.
//!
//! Records are complete by themselves: whoever reads them needs no other state of the world.
//! The records of one server come in time order; between servers they need not.

use crate::kernel::time::{SimTime, Span};
use crate::model::fault::Cause;

crate::choice! {
    /// A part of an incident.
    pub enum Phase {
        /// The loss has not been noticed yet.
        Detection = "detection",
        /// Noticed; the decision to fail over is being taken.
        Decision = "decision",
        /// The old primary is shut out; also the write block of planned work.
        Fencing = "fencing",
        /// Log is applied: before promotion, or as crash recovery.
        Replay = "replay",
        /// The standby becomes the primary.
        Promotion = "promotion",
        /// Clients still resolve the old address.
        Redirection = "redirection",
        /// An engine or machine starts in place; planned restarts too.
        Restart = "restart",
        /// A node starts on another host.
        Relocation = "relocation",
        /// Nothing can be done but wait: queues, stalls, outages, mending.
        Waiting = "waiting",
        /// The server is made anew from a backup.
        Restore = "restore",
        /// A person points applications at the restored server.
        Reconfiguration = "reconfiguration",
    }
}

crate::choice! {
    /// How an incident ended.
    pub enum RecoveryPath {
        /// The engine or machine came back in place.
        Restart = "restart",
        /// The node came back on another host.
        Relocate = "relocate",
        /// The standby took over, unplanned.
        Failover = "failover",
        /// The standby took over, planned.
        Switchover = "switchover",
        /// What blocked went away by itself or was mended.
        Wait = "wait",
        /// The server was restored in its region.
        Restore = "restore",
        /// The server was restored in the paired region.
        GeoRestore = "geo-restore",
        /// A deleted or abandoned server was brought back.
        Revive = "revive",
        /// Nothing could bring it back.
        Lost = "lost",
    }
}

/// A stretch of an incident during which nothing about it changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// First instant.
    pub from: SimTime,
    /// First instant after.
    pub to: SimTime,
    /// Phase of the oldest blocker still open.
    pub phase: Phase,
    /// Charged cause: that of the oldest blocker still open.
    pub cause: Cause,
    /// Whether new connections are refused (else only writes).
    pub connect: bool,
    /// Whether every open blocker is the normal step of a planned operation.
    pub planned: bool,
}

impl Segment {
    /// Its length.
    pub fn length(&self) -> Span {
        self.to.since(self.from)
    }
}

/// Adjoining stretches of one incident with one cause, most that a whole course has.
#[derive(Clone, Copy, Debug)]
pub struct Segments {
    all: [Segment; 6],
    len: usize,
    written: SimTime,
}

impl Segments {
    /// None yet, of an incident that begins then.
    pub fn new(from: SimTime, cause: Cause, planned: bool) -> Segments {
        let none =
            Segment { from, to: from, phase: Phase::Waiting, cause, connect: false, planned };
        Segments { all: [none; 6], len: 0, written: from }
    }

    /// A step that lasts to `to`; one of no length leaves no stretch.
    pub fn add(&mut self, to: SimTime, phase: Phase, connect: bool) {
        if to > self.written {
            let next = &mut self.all[self.len];
            (next.from, next.to, next.phase, next.connect) = (self.written, to, phase, connect);
            self.len += 1;
            self.written = to;
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Segment] {
        &self.all[..self.len]
    }
}

/// A maximal interval in which one server cannot accept a new session that commits a write.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Incident<'a> {
    /// Number of the server in its cell.
    pub server: u32,
    /// First instant down.
    pub from: SimTime,
    /// First instant up again, or the horizon.
    pub to: SimTime,
    /// Whether the horizon cut it.
    pub censored: bool,
    /// Cause of the first blocker.
    pub cause: Cause,
    /// How it ended; none while censored.
    pub path: Option<RecoveryPath>,
    /// Its stretches, adjoining, from `from` to `to`; never empty.
    pub segments: &'a [Segment],
    /// What had taken redundancy before it began.
    pub at_risk_because: Option<Cause>,
    /// Committed time lost by the recovery; none while censored or where the server is lost.
    pub loss_window: Option<Span>,
    /// Whether all copies of the primary's volume were lost in it.
    pub copies_lost: bool,
}

/// What an interval says of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Serving with less redundancy than was bought; at least one is set.
    AtRisk {
        /// The standby that was bought is not healthy.
        no_standby: bool,
        /// The primary's volume has fewer than three copies.
        copies: bool,
    },
    /// Stopped by its user.
    Stopped,
    /// Not there: not created yet, deleted, or lost.
    Absent,
}

/// A stretch in which a server was in a state beside serving and down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    /// Number of the server in its cell.
    pub server: u32,
    /// Which state; never overlaps an incident, another interval of the server neither.
    pub state: State,
    /// First instant.
    pub from: SimTime,
    /// First instant after.
    pub to: SimTime,
    /// What brought the state.
    pub cause: Cause,
}

/// Writes stalled for no longer than the tolerance: counted, but no incident.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stall {
    /// Number of the server in its cell.
    pub server: u32,
    /// First instant.
    pub from: SimTime,
    /// First instant after.
    pub to: SimTime,
    /// What stalled them.
    pub cause: Cause,
}

crate::choice! {
    /// A resource whose level is watched.
    pub enum Resource {
        /// vCores free on hosts that are up.
        VcoresFree = "vcores_free",
        /// vCores that wait for a host.
        VcoresQueued = "vcores_queued",
        /// Failovers in progress, from decision to redirection.
        Failovers = "failovers",
        /// Failovers that wait for the control ring.
        RingQueued = "ring_queued",
        /// Restores in progress.
        Restores = "restores",
    }
}

/// A change of a resource's level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gauge {
    /// Which resource.
    pub resource: Resource,
    /// Zone of the cell's region, from 0.
    pub zone: u32,
    /// When.
    pub at: SimTime,
    /// By how much.
    pub change: i64,
}

/// Takes the records of one cell in one replication.
pub trait Sink {
    /// An incident has ended or was cut by the horizon.
    fn incident(&mut self, incident: &Incident<'_>);
    /// A server was in a state beside serving and down.
    fn interval(&mut self, interval: Interval);
    /// Writes stalled within the tolerance.
    fn stall(&mut self, stall: Stall);
    /// A resource's level changed.
    fn gauge(&mut self, gauge: Gauge);
}

/// Drops everything: for timing and for worlds whose records nobody reads.
#[derive(Clone, Copy, Default, Debug)]
pub struct Discard;

impl Sink for Discard {
    fn incident(&mut self, _: &Incident<'_>) {}
    fn interval(&mut self, _: Interval) {}
    fn stall(&mut self, _: Stall) {}
    fn gauge(&mut self, _: Gauge) {}
}
