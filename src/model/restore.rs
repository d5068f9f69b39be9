//! Restore: a server made anew from its backups, in its region or in the paired one.
//!
//! Hears `RestoreWanted`, `NodeGranted`, `PrimaryServes`; tells requests for nodes and the progress of
//! restores. A restore stands in the server's other node slot until it is done; then the restored
//! node *is* the server. One that begins while the standby may still be back stands apart from both slots
//! until it is done: only then it takes the slot, and in the own region a host.
//!
//! **Invariants.** A server has at most one restore. The loss window is the last acknowledged commit
//! less the recovery point, never below 0.

use crate::kernel::chance::Bits;
use crate::kernel::quantity::Speed;
use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::{Kind, pack};
use crate::model::fact::{Fact, Node, Origin, Request, RestoreReason, Server, Volume};
use crate::model::fault::Cause;
use crate::model::fleet::Redundancy;
use crate::model::record::{Phase, RecoveryPath, Resource, Sink};
use crate::model::topology::SLOTS;
use std::collections::BTreeMap;

/// Where a restored server is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestoreSite {
    /// In the server's other node slot: what stood there is given up.
    OtherSlot,
    /// Apart from both slots until it is done: the standby may be back before.
    Apart,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Wanting,
    Provisioning,
    Fetching,
    Replaying,
    Reconfiguring,
    /// Done, but a failover is on its way, or apart without a control plane.
    Ready,
    /// Done apart, but there is no host to stand on.
    Placing,
}

#[derive(Clone, Copy, Debug)]
struct Job {
    origin: Origin,
    step: Step,
    node: Node,
    elsewhere: bool,
    site: RestoreSite,
    reason: RestoreReason,
    /// How often it began: part of the address of its draws.
    tries: u32,
    /// The request for its node.
    request: Request,
    /// Zones in which the new node may stand, a bit each, and the zone that the gauge counts it in.
    zones: u8,
    zone: u32,
    /// Bytes left to fetch, and the most that this restore fetches a second.
    left: f64,
    cap: f64,
}

/// What a restore has to know of a server's nodes as it begins.
#[derive(Clone, Copy, Debug)]
pub struct PairNow {
    /// The node that is not the primary's: the restored one takes its slot.
    pub node: Node,
    /// Zone of the primary.
    pub primary_zone: u32,
    /// The standby may be back with every commit.
    pub standby_may_return: bool,
}

/// Restores of one cell.
#[derive(Clone, Debug, Default)]
pub struct Restore {
    jobs: BTreeMap<Server, Job>,
    /// Bytes a second that all restores of the cell share.
    throughput: f64,
    /// Bytes left are as of then.
    since: SimTime,
}

impl Restore {
    /// Nothing is being restored; `throughput` is the cell's share of the region's.
    pub fn reset(&mut self, throughput: Speed) {
        self.jobs.clear();
        self.throughput = throughput.0;
        self.since = SimTime::ZERO;
    }

    /// A server cannot come back by itself, or has waited for long enough. Returns where a restore begins,
    /// if one does. One in the own region that finds no host there, or no control plane, makes way for one in the
    /// paired region.
    pub fn wanted<S: Sink>(
        &mut self,
        server: Server,
        pair: PairNow,
        origin: Origin,
        reason: RestoreReason,
        cx: &mut Context<S>,
    ) -> Option<RestoreSite> {
        let PairNow { node, primary_zone, standby_may_return } = pair;
        let waits = self.waits_here(server, cx).is_some();
        if self.jobs.contains_key(&server) && !waits {
            return None;
        }
        let backup = cx.group(server).backup;
        let elsewhere = match (reason, backup.map(|b| b.redundancy)) {
            (RestoreReason::DataLost, None) => {
                cx.tell(Fact::RestoreImpossible(server));
                return None;
            }
            (_, None) => return None,
            (RestoreReason::DataLost, Some(_)) => false,
            (RestoreReason::ZoneOutage, Some(Redundancy::Zone)) if cx.topo.zones > 1 => false,
            (_, Some(Redundancy::Geo)) => true,
            _ => return None,
        };
        if waits && !elsewhere {
            return None;
        }
        // What the first one was for is still to be made good, whatever the second one is for.
        let dropped = self.jobs.remove(&server);
        let reason = dropped.map_or(reason, |job| job.reason);
        // Whatever stood in its slot was given up for it.
        let is_apart = dropped.is_none_or(|job| job.site == RestoreSite::Apart);
        let standby_may_return = standby_may_return && is_apart;
        if let Some(job) = dropped {
            cx.gauge(Resource::Restores, job.zone, -1);
        }
        let all = ((1u32 << cx.topo.zones) - 1) as u8;
        let zones = match reason {
            RestoreReason::DataLost => all,
            _ => all & !(1 << primary_zone),
        };
        let site = match standby_may_return {
            true => RestoreSite::Apart,
            false => RestoreSite::OtherSlot,
        };
        let job = Job {
            origin,
            step: Step::Wanting,
            node,
            elsewhere,
            site,
            reason,
            tries: 0,
            request: cx.request(),
            zones,
            zone: primary_zone,
            left: 0.0,
            cap: f64::INFINITY,
        };
        self.jobs.insert(server, job);
        cx.gauge(Resource::Restores, primary_zone, 1);
        if site == RestoreSite::Apart {
            self.begin_apart(server, cx);
        } else if elsewhere {
            cx.tell(Fact::NodeElsewhere(node, job.request));
        } else {
            Restore::want_node(job, cx);
        }
        Some(site)
    }

    /// A restore in the own region wants a host; where there is none, a policy may be overdue already.
    fn want_node<S: Sink>(job: Job, cx: &mut Context<S>) {
        cx.tell(Fact::NodeWanted(job.node, job.zones, job.request));
        cx.tell(Fact::ServerStuck(job.node / SLOTS));
    }

    /// The node of a restore in the own region that has not begun, has no host to stand on, or is done without a
    /// control plane to place it, and where that is made; of a server that could be restored in the paired one.
    pub fn waits_here<S: Sink>(
        &self,
        server: Server,
        cx: &Context<S>,
    ) -> Option<(Node, RestoreSite)> {
        let job = self.jobs.get(&server)?;
        let geo = cx.group(server).backup.is_some_and(|b| b.redundancy == Redundancy::Geo);
        let waits =
            matches!(job.step, Step::Wanting | Step::Placing) || self.is_held_up(server, cx);
        (geo && !job.elsewhere && waits).then_some((job.node, job.site))
    }

    /// A restore apart needs no host yet: it begins as soon as its region's control plane is there.
    pub fn begin_apart<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let Some(job) = self.jobs.get(&server).copied() else { return };
        if job.step == Step::Wanting && (job.elsewhere || cx.control_plane_up()) {
            self.granted(job.node, job.request, cx);
        }
    }

    /// Whose restores apart wait for the control plane, in order: to begin, or to take their slot.
    pub fn held_up(&self) -> Vec<Server> {
        let waits = |job: &Job| {
            job.site == RestoreSite::Apart && matches!(job.step, Step::Wanting | Step::Ready)
        };
        self.jobs.iter().filter(|(_, job)| waits(job)).map(|(&server, _)| server).collect()
    }

    /// A host was found (or none is needed): the new server is made.
    pub fn granted<S: Sink>(&mut self, node: Node, request: Request, cx: &mut Context<S>) {
        let server = node / SLOTS;
        let Some(job) = self.jobs.get_mut(&server).filter(|job| job.request == request) else {
            return;
        };
        if job.step == Step::Placing {
            let job = *job;
            self.take_over(server, job, node, cx);
            return;
        }
        if job.step != Step::Wanting {
            return;
        }
        job.step = Step::Provisioning;
        job.tries += 1;
        let law = &cx.group(server).restore.provisioning;
        let takes = cx.span(law, Purpose::RestoreProvisioning, job.origin, server, job.tries);
        // Nobody is restored in the very instant of the loss, so that it is on record.
        let takes = takes.max(Span(1));
        cx.tell(Fact::RestoreStep(server, Phase::Restore));
        cx.set_timer(takes, Kind::RestoreStep, server);
    }

    /// The host of a restore in progress is lost: it begins anew on another one.
    pub fn node_lost<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        let server = node / SLOTS;
        let lost = |job: &Job| {
            job.node == node && job.site == RestoreSite::OtherSlot && job.step != Step::Wanting
        };
        if !self.jobs.get(&server).is_some_and(lost) {
            return;
        }
        self.advance(cx);
        self.jobs.get_mut(&server).expect("the job is running").step = Step::Wanting;
        cx.cancel_timer(Kind::RestoreStep, server);
        cx.tell(Fact::RestoreStep(server, Phase::Waiting));
        cx.tell(Fact::ServerStuck(server));
        self.schedule(cx);
    }

    /// What has been restored so far is lost with its volume: it begins anew on another host.
    pub fn volume_lost<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let server = volume / 2;
        let node = server * SLOTS + volume % 2;
        let Some(job) = self.jobs.get(&server).copied() else { return };
        if job.node == node && job.site == RestoreSite::OtherSlot && job.step != Step::Wanting {
            self.node_lost(node, cx);
            let job = self.jobs.get_mut(&server).expect("the job is running");
            job.request = cx.request();
            Restore::want_node(*job, cx);
        }
    }

    /// A step of a restore ends; after the last one it is ready to finish.
    pub fn step_ended<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let Some(job) = self.jobs.get(&server).copied() else { return };
        match job.step {
            Step::Provisioning => {
                self.advance(cx);
                let group = cx.group(server);
                let bytes = group.storage.0 as f64 * group.used.0;
                let cap = group.restore.fetch_rate.0;
                let job = self.jobs.get_mut(&server).expect("the job is running");
                job.step = Step::Fetching;
                (job.left, job.cap) = (bytes, cap);
                self.schedule(cx);
            }
            Step::Replaying => {
                let law = &cx.group(server).restore.reconfiguration;
                let takes = cx.span(law, Purpose::Reconfiguration, job.origin, server, job.tries);
                self.jobs.get_mut(&server).expect("the job is running").step = Step::Reconfiguring;
                cx.tell(Fact::RestoreStep(server, Phase::Reconfiguration));
                cx.set_timer(takes, Kind::RestoreStep, server);
            }
            Step::Reconfiguring => {
                self.jobs.get_mut(&server).expect("the job is running").step = Step::Ready;
            }
            Step::Wanting | Step::Fetching | Step::Ready | Step::Placing => {}
        }
    }

    /// Whether a restore of the server is done, and waits.
    pub fn is_ready(&self, server: Server) -> bool {
        self.jobs.get(&server).is_some_and(|job| job.step == Step::Ready)
    }

    /// Whether a restore that stood apart is done, and cannot be placed in its region without the control plane.
    pub fn is_held_up<S: Sink>(&self, server: Server, cx: &Context<S>) -> bool {
        let held_up =
            |job: &Job| job.step == Step::Ready && job.site == RestoreSite::Apart && !job.elsewhere;
        !cx.control_plane_up() && self.jobs.get(&server).is_some_and(held_up)
    }

    /// A restore that is done finishes; no failover is on its way. `slot` is the node that is not the
    /// primary's by now. Returns whether a restore that stood apart takes that slot, and a host where it
    /// finds one: in the own region not without the control plane, so that nothing is given up for it before.
    pub fn finish<S: Sink>(&mut self, server: Server, slot: Node, cx: &mut Context<S>) -> bool {
        let ready = self.jobs.get_mut(&server).filter(|job| job.step == Step::Ready);
        let Some(job) = ready else { return false };
        let apart = job.site == RestoreSite::Apart;
        if !apart || job.elsewhere {
            let job = *job;
            self.take_over(server, job, slot, cx);
            return apart;
        }
        if !cx.control_plane_up() {
            cx.tell(Fact::RestoreStep(server, Phase::Waiting));
            return false;
        }
        (job.step, job.site) = (Step::Placing, RestoreSite::OtherSlot);
        (job.node, job.request) = (slot, cx.request());
        Restore::want_node(*job, cx);
        true
    }

    /// The restored node takes the place of the server's primary.
    fn take_over<S: Sink>(&mut self, server: Server, job: Job, slot: Node, cx: &mut Context<S>) {
        self.jobs.remove(&server);
        let down = cx.ledger.down_since(server).unwrap_or(cx.now);
        cx.ledger.lose(server, self.loss_window(server, job, down, cx));
        cx.gauge(Resource::Restores, job.zone, -1);
        if job.site == RestoreSite::Apart {
            // Apart in the paired region; the roles may have changed since it began.
            cx.tell(Fact::NodeElsewhere(slot, job.request));
        }
        cx.tell(Fact::NodeMade(slot));
        let path = if job.elsewhere { RecoveryPath::GeoRestore } else { RecoveryPath::Restore };
        let outage = (job.reason != RestoreReason::DataLost).then_some(job.origin);
        cx.tell(Fact::RestoreFinished(server, path, outage));
    }

    /// How long before its last commit a server can be restored to: the age of the last archived log, or
    /// of what has reached the paired region.
    fn loss_window<S: Sink>(
        &self,
        server: Server,
        job: Job,
        down: SimTime,
        cx: &Context<S>,
    ) -> Span {
        let spec = &cx.group(server).restore;
        let mut age = keyed_age(spec.archive_period, Purpose::Archive, server, down.signed(), cx);
        if job.elsewhere {
            let lag = cx.draw(Purpose::Archive, job.origin, server, 1).unit()
                * spec.geo_lag.as_secs_f64();
            age = age.max(Span::from_secs_f64(lag));
        }
        cx.aged(age, down.signed())
    }

    /// The first of the fetches is done.
    pub fn fetched<S: Sink>(&mut self, cx: &mut Context<S>) {
        self.advance(cx);
        let done: Vec<Server> = self
            .jobs
            .iter()
            .filter(|(_, j)| j.step == Step::Fetching && j.left <= 0.5)
            .map(|(&s, _)| s)
            .collect();
        for server in done {
            let job = self.jobs[&server];
            let down = cx.ledger.down_since(server).unwrap_or(cx.now);
            // Both may be older than the scenario.
            let point = down.signed() - self.loss_window(server, job, down, cx).0 as i64;
            let spec = &cx.group(server).restore;
            let age = keyed_age(spec.snapshot_interval, Purpose::Snapshot, server, point, cx);
            let named = || cx.named(job.origin, server);
            let bytes = cx.wal_before(server, cx.aged(age, point), point, named);
            let takes = Span::from_secs_f64(spec.replay_rate.seconds_for(bytes));
            self.jobs.get_mut(&server).expect("the job is running").step = Step::Replaying;
            cx.set_timer(takes, Kind::RestoreStep, server);
        }
        self.schedule(cx);
    }

    /// The server serves again by itself: its restore is pointless. Returns the node that was being
    /// made for it, if it stood in a slot.
    pub fn pointless<S: Sink>(
        &mut self,
        server: Server,
        cx: &mut Context<S>,
    ) -> Option<Option<Node>> {
        if self.jobs.is_empty() {
            return None;
        }
        self.advance(cx);
        let job = self.jobs.remove(&server)?;
        cx.cancel_timer(Kind::RestoreStep, server);
        cx.gauge(Resource::Restores, job.zone, -1);
        self.schedule(cx);
        Some((job.site == RestoreSite::OtherSlot).then_some(job.node))
    }

    /// Whether a restore is pointless once a primary serves: its standby has taken the place of what lost its data, or
    /// the server has outlived the outage; not so while its volume stalls, for then it serves nobody yet.
    pub fn may_be_dropped(&self, server: Server, stalls: bool) -> bool {
        self.jobs.get(&server).is_some_and(|job| match job.reason {
            RestoreReason::DataLost => job.site == RestoreSite::Apart,
            _ => !stalls,
        })
    }

    /// Bytes a second of each running fetch: an equal share, unless its own limit is lower.
    fn speeds(&self) -> Vec<(Server, f64)> {
        let mut fetching: Vec<(f64, Server)> = self
            .jobs
            .iter()
            .filter(|(_, j)| j.step == Step::Fetching)
            .map(|(&s, j)| (j.cap, s))
            .collect();
        fetching.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut left = self.throughput;
        let mut sharing = fetching.len();
        let mut speeds = Vec::with_capacity(sharing);
        for (cap, server) in fetching {
            let speed = cap.min(left / sharing as f64);
            speeds.push((server, speed));
            left -= if left.is_finite() { speed } else { 0.0 };
            sharing -= 1;
        }
        speeds
    }

    fn advance<S: Sink>(&mut self, cx: &Context<S>) {
        let passed = cx.now.since(self.since).as_secs_f64();
        self.since = cx.now;
        if passed > 0.0 {
            for (server, speed) in self.speeds() {
                let job = self.jobs.get_mut(&server).expect("a fetch belongs to a job");
                job.left = if speed.is_finite() { job.left - speed * passed } else { 0.0 };
            }
        }
    }

    fn schedule<S: Sink>(&mut self, cx: &mut Context<S>) {
        let mut first = None;
        for (server, speed) in self.speeds() {
            let job = self.jobs.get_mut(&server).expect("a fetch belongs to a job");
            let mut takes = Span::ZERO;
            if speed.is_finite() {
                takes = Span::from_secs_f64(job.left / speed);
                // To the nearest microsecond; rounded up, where that would leave something.
                if job.left - speed * takes.as_secs_f64() > 0.5 {
                    takes += Span(1);
                }
            } else {
                job.left = 0.0;
            }
            first = Some(first.map_or(takes, |first: Span| first.min(takes)));
        }
        match first {
            Some(first) => cx.events.move_timer(cx.now + first, pack(Kind::RestoreFetched, 0, 0)),
            None => {
                cx.events.cancel_timer(pack(Kind::RestoreFetched, 0, 0));
            }
        }
    }
}

/// Time since the last of a server's periodic moments (archiving, snapshots) before an instant, us since
/// the start of the scenario; the phase of the period is the server's own.
fn keyed_age<S: Sink>(
    period: Span,
    purpose: Purpose,
    server: Server,
    at: i64,
    cx: &Context<S>,
) -> Span {
    if period == Span::ZERO || period.is_never() {
        return Span::ZERO;
    }
    let nobody = Origin { cause: Cause(0), number: 0 };
    let phase = cx.draw(purpose, nobody, server, 0).below(period.0);
    Span((at - phase as i64).rem_euclid(period.0 as i64) as u64)
}
