//! What a part of a world may touch while it handles something: the clock, the event list, chance,
//! the structure, the ledger, and the facts it wants to tell.

use crate::kernel::chance::{Bits, Draw, Key};
use crate::kernel::event_list::{Content, EventList};
use crate::kernel::law::Law;
use crate::kernel::time::{SimTime, Span};
use crate::model::environment::Environment;
use crate::model::event::{Kind, NODE_TIMERS, SERVER_TIMERS, Timer, pack, unpack};
use crate::model::fact::{Fact, Origin, Request, Server};
use crate::model::fault::Addressed;
use crate::model::fleet::{Fleet, Group, WalRate};
use crate::model::ledger::Ledger;
use crate::model::record::{Gauge, Resource, Sink};
use crate::model::topology::{SLOTS, Topology};
use std::collections::VecDeque;
use std::sync::Arc;

/// What a draw is for; part of its address. Numbers are never used again for another purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// Duration of a strike.
    Lasts = 1,
    /// Whether a share of victims includes this one.
    Hit = 2,
    /// Later return of a host or storage node after an outage.
    Return = 3,
    /// Whether a storage node never comes back.
    CopiesLost = 4,
    /// Members of a burst.
    Burst = 5,
    /// A restart or reboot in place.
    Restart = 6,
    /// Whether a restart works.
    RestartWorks = 7,
    /// A relocation.
    Relocation = 8,
    /// Crash recovery.
    Recovery = 9,
    /// Which hosts are tried.
    Placement = 10,
    /// Sealing of a lost copy.
    Seal = 11,
    /// Catching up of a copy.
    Resync = 12,
    /// Making a copy anew.
    Rebuild = 13,
    /// Detection.
    Detection = 14,
    /// Decision.
    Decision = 15,
    /// Fencing.
    Fencing = 16,
    /// Log that a standby has to replay.
    Replay = 17,
    /// Promotion.
    Promotion = 18,
    /// Whether a promotion works.
    PromotionWorks = 19,
    /// Mending by a person.
    Mending = 20,
    /// Redirection.
    Redirection = 21,
    /// Making a standby.
    Provisioning = 22,
    /// Drop of a lost standby.
    Drop = 24,
    /// Making a restored server.
    RestoreProvisioning = 25,
    /// Age of the latest archived log.
    Archive = 26,
    /// Age of the latest snapshot.
    Snapshot = 27,
    /// Reconfiguration by a person.
    Reconfiguration = 29,
    /// A planned restart.
    PlannedRestart = 30,
    /// The write block of a switchover.
    Switchover = 31,
    /// Whether a patch works.
    PatchWorks = 32,
    /// Rollback of a patch.
    Rollback = 33,
    /// Onset of a bad release.
    Onset = 34,
    /// Crashes of a bad release.
    Crash = 35,
    /// Gaps of a component's own clock.
    Clock = 37,
    /// Log written, where its rate is a law.
    Wal = 38,
    /// Which storage nodes are tried.
    CopyPlacement = 39,
}

/// The draws of one origin at one address.
#[derive(Clone, Copy, Debug)]
pub struct Named(Key);

impl Named {
    /// The supply of one of them.
    #[inline]
    pub fn draw(self, purpose: Purpose, step: u32) -> Draw {
        self.0.with(u64::from(purpose as u8) | u64::from(step) << 8).draw()
    }

    /// A duration by a law.
    #[inline]
    pub fn span(self, law: &Law, purpose: Purpose, step: u32) -> Span {
        match law.fixed_value() {
            Some(seconds) => Span::from_secs_f64(seconds),
            None => law.span(&mut self.draw(purpose, step)),
        }
    }

    /// Whether something of this probability happens.
    #[inline]
    pub fn happens(self, share: f64, purpose: Purpose, step: u32) -> bool {
        share >= 1.0 || (share > 0.0 && self.draw(purpose, step).happens(share))
    }
}

/// When timers are due; never, where they are not set.
#[derive(Clone, Default, Debug)]
pub struct Due {
    of_servers: Vec<[SimTime; SERVER_TIMERS]>,
    of_nodes: Vec<[SimTime; NODE_TIMERS]>,
}

/// Shared by all parts of one world.
#[derive(Clone, Debug)]
pub struct Context<S> {
    /// The present instant; while a server's past is played, that of its steps.
    pub now: SimTime,
    /// The fleet.
    pub fleet: Arc<Fleet>,
    /// The structure of the cell.
    pub topo: Arc<Topology>,
    /// What happens to the cell's region and zones.
    pub environment: Arc<Environment>,
    /// Index of the cell's region.
    pub region: usize,
    /// Root of all keyed draws of the cell in this replication.
    pub key: Key,
    /// The future.
    pub events: EventList,
    /// Why each server is down.
    pub ledger: Ledger,
    /// Facts told and not yet heard.
    pub facts: VecDeque<Fact>,
    /// When each timer of each server, and of each node, is due.
    pub due: Due,
    /// Takes the records.
    pub sink: S,
    /// How many outages hold the control plane.
    pub control_plane_holds: u32,
    /// Requests for nodes so far.
    pub requests: Request,
    /// Kinds of components whose clocks have to hear of every hold.
    pub clocked: u16,
}

impl<S: Sink> Context<S> {
    /// The group of a server.
    #[inline]
    pub fn group(&self, server: Server) -> &Group {
        &self.fleet.groups[self.topo.group[server as usize] as usize]
    }

    /// Tells a fact.
    #[inline]
    pub fn tell(&mut self, fact: Fact) {
        self.facts.push_back(fact);
    }

    /// What all draws of one origin at one address have in common.
    #[inline]
    pub fn named(&self, origin: Origin, address: u32) -> Named {
        Named(
            self.key.with(origin.number).with(u64::from(address) | u64::from(origin.cause.0) << 32),
        )
    }

    /// The supply of a draw, by its whole address.
    #[inline]
    pub fn draw(&self, purpose: Purpose, origin: Origin, address: u32, step: u32) -> Draw {
        self.named(origin, address).draw(purpose, step)
    }

    /// A duration by a law.
    #[inline]
    pub fn span(
        &self,
        law: &Law,
        purpose: Purpose,
        origin: Origin,
        address: u32,
        step: u32,
    ) -> Span {
        self.named(origin, address).span(law, purpose, step)
    }

    /// Whether something of this probability happens.
    #[inline]
    pub fn happens(
        &self,
        share: f64,
        purpose: Purpose,
        origin: Origin,
        address: u32,
        step: u32,
    ) -> bool {
        self.named(origin, address).happens(share, purpose, step)
    }

    /// Bytes of log that a server writes in a stretch of time; `named` are its draws, which few ask for.
    #[inline]
    pub fn wal_bytes(
        &self,
        server: Server,
        from: SimTime,
        to: SimTime,
        named: impl FnOnce() -> Named,
    ) -> f64 {
        if to <= from {
            return 0.0;
        }
        self.wal_before(server, to.since(from), to.signed(), named)
    }

    /// The same for a stretch of this length that ends at an instant, us since the start of the scenario:
    /// also before it log was written, by the same law or hours of the day.
    #[inline]
    pub fn wal_before(
        &self,
        server: Server,
        length: Span,
        to: i64,
        named: impl FnOnce() -> Named,
    ) -> f64 {
        if length == Span::ZERO {
            return 0.0;
        }
        match &self.group(server).wal_rate {
            WalRate::Law(law) => {
                let rate = match law.fixed_value() {
                    Some(rate) => rate,
                    None => law.sample(&mut named().draw(Purpose::Wal, 0)),
                };
                rate * length.as_secs_f64()
            }
            WalRate::Hourly(hours) => {
                let end = self.fleet.calendar.start_unix_micros.saturating_add(to);
                hourly_bytes(hours, end.saturating_sub(length.0 as i64), end)
            }
        }
    }

    /// How old something of this age is at an instant, us since the start of the scenario: where all is
    /// new at the start, nothing is older than that.
    pub fn aged(&self, age: Span, at: i64) -> Span {
        if self.fleet.start_new { age.min(Span(at.max(0) as u64)) } else { age }
    }

    /// Nobody's timer is set.
    pub fn reset_timers(&mut self) {
        let servers = self.topo.servers as usize;
        self.due.of_servers.clear();
        self.due.of_servers.resize(servers, [SimTime::NEVER; SERVER_TIMERS]);
        self.due.of_nodes.clear();
        self.due.of_nodes.resize(servers * SLOTS as usize, [SimTime::NEVER; NODE_TIMERS]);
    }

    /// Where it stands when a timer is due.
    #[inline]
    fn due_mut(&mut self, kind: Kind, entity: u32) -> Option<&mut SimTime> {
        Some(match kind.timer()? {
            Timer::OfNode(number) => &mut self.due.of_nodes[entity as usize][number],
            Timer::OfServer(number) => &mut self.due.of_servers[entity as usize][number],
        })
    }

    /// Sets a timer that starts from now; it must not be set already.
    pub fn set_timer(&mut self, after: Span, kind: Kind, entity: u32) {
        let at = self.now + after;
        let due = self.due_mut(kind, entity).expect("a timer of a node or a server");
        debug_assert!(*due == SimTime::NEVER, "timer {kind:?} of {entity} is set twice");
        *due = at;
        self.events.schedule(at, pack(kind, entity, 0));
    }

    /// Takes a timer away, if it is set.
    #[inline]
    pub fn cancel_timer(&mut self, kind: Kind, entity: u32) {
        *self.due_mut(kind, entity).expect("a timer of a node or a server") = SimTime::NEVER;
    }

    /// Whether a timer is set.
    pub fn has_timer(&mut self, kind: Kind, entity: u32) -> bool {
        self.due_mut(kind, entity).is_some_and(|due| *due != SimTime::NEVER)
    }

    /// Whether an event is one of a timer that was cancelled or set anew.
    #[inline]
    pub fn is_stale(&mut self, at: SimTime, event: Content) -> bool {
        let (kind, entity, _) = unpack(event);
        self.due_mut(kind, entity).is_some_and(|due| *due != at)
    }

    /// The event of a timer happens now: whether the timer is still set to now, and was taken.
    #[inline]
    pub fn take_timer(&mut self, kind: Kind, entity: u32) -> bool {
        let now = self.now;
        let due = self.due_mut(kind, entity).expect("a timer of a node or a server");
        let taken = *due == now;
        if taken {
            *due = SimTime::NEVER;
        }
        taken
    }

    /// Schedules an event that is never cancelled.
    pub fn schedule(&mut self, after: Span, kind: Kind, entity: u32, payload: u32) {
        self.events.schedule(self.now + after, pack(kind, entity, payload));
    }

    /// Records a change of a resource's level.
    pub fn gauge(&mut self, resource: Resource, zone: u32, change: i64) {
        if change != 0 {
            self.sink.gauge(Gauge { resource, zone, at: self.now, change });
        }
    }

    /// A name for a new request for a node.
    pub fn request(&mut self) -> Request {
        self.requests += 1;
        self.requests
    }

    /// Tells that a component was held or freed, if anybody listens.
    #[inline]
    pub fn hold_changed(&mut self, kind: Addressed, component: u32) {
        if self.clocked & kind.bit() != 0 {
            self.tell(Fact::HoldChanged(kind, component));
        }
    }

    /// Whether the control plane answers. It did whenever a server's past asks: nothing that needs it is
    /// kept beyond the start of an outage.
    pub fn control_plane_up(&self) -> bool {
        self.control_plane_holds == 0 || self.is_past()
    }

    /// Whether the clock stands before the present instant: the past of a server is being played.
    #[inline]
    pub fn is_past(&self) -> bool {
        self.now < self.events.now()
    }
}

/// Bytes that are written from one instant to another, Unix microseconds, at rates by the hour of the day.
fn hourly_bytes(hours: &[f64; 24], from: i64, end: i64) -> f64 {
    let hour = 3_600 * crate::kernel::time::MICROS as i64;
    let mut at = from;
    let day: f64 = hours.iter().sum::<f64>() * 3600.0;
    let mut bytes = 0.0;
    let days = end.saturating_sub(at) / (24 * hour);
    bytes += day * days as f64;
    at += days * 24 * hour;
    while at < end {
        let next = (at - at.rem_euclid(hour)).saturating_add(hour);
        let slice = next.min(end) - at;
        let rate = hours[at.div_euclid(hour).rem_euclid(24) as usize];
        bytes += rate * slice as f64 / 1e6;
        at += slice;
    }
    bytes
}
