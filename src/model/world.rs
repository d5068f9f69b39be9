//! The world of one cell: its parts, who hears what, and which servers an event concerns.
//!
//! The dispatcher touches every server that an event, strike, request or grant concerns before it is
//! delivered: touching plays the server's private steps that come before it. Parts never touch, and
//! never see each other: they tell facts, and `hear` is the one table of who listens.

use crate::kernel::chance::{Bits, Key};
use crate::kernel::engine::{Machine, Played, run};
use crate::kernel::event_list::{Content, EventList, Moment, moment};
use crate::kernel::time::{SimTime, Span};
use crate::model::compute::{Compute, Depth};
use crate::model::context::{Context, Purpose};
use crate::model::control::Control;
use crate::model::environment::{Candidate, Environment, INJECTED, Outage, Reach};
use crate::model::event::{Kind, pack, unpack};
use crate::model::fact::{Fact, Node, Origin, RestoreReason, Server};
use crate::model::fault::Cause;
use crate::model::fault::bad_release::Effect;
use crate::model::fleet::{Fleet, StandbyMode};
use crate::model::layout::{Cell, cells, split_limit};
use crate::model::ledger::{Ledger, Reason};
use crate::model::maintenance::Maintenance;
use crate::model::plan::Plan;
use crate::model::record::{Phase, RecoveryPath, Sink};
use crate::model::restore::Restore;
use crate::model::standby::Standby;
use crate::model::storage::Storage;
use crate::model::strikes::{Flavour, Source, sources};
use crate::model::topology::{COPIES, SLOTS, Topology};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A fleet made ready to be played: its cells and its rollout plan.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The fleet.
    pub fleet: Arc<Fleet>,
    /// Its cells, in region order.
    pub cells: Vec<Cell>,
    /// Its rollout plan.
    pub plan: Arc<Plan>,
}

impl Scene {
    /// Lays a fleet out.
    pub fn new(fleet: Fleet) -> Scene {
        let cells = cells(&fleet);
        let plan = Arc::new(Plan::new(&fleet));
        Scene { fleet: Arc::new(fleet), cells, plan }
    }
}

/// How a world is played.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Manner {
    /// Every step of planned work goes through the event list, on time: for the test that it does not
    /// matter.
    pub eager: bool,
    /// Keep the list of candidates.
    pub keep_candidates: bool,
    /// Check the invariants after every event: slow.
    pub check: bool,
}

/// An outage that has lasted longer than a group waits.
#[derive(Clone, Debug)]
struct Overdue {
    group: u32,
    outage: u32,
    halls: Vec<u32>,
}

/// The world of one cell. `Clone + Send`, so that a run can be split or taken elsewhere.
#[derive(Clone, Debug)]
pub struct World<S> {
    pub(super) cx: Context<S>,
    pub(super) compute: Compute,
    pub(super) storage: Storage,
    pub(super) standby: Standby,
    pub(super) maintenance: Maintenance,
    restore: Restore,
    control: Control,
    sources: Vec<Source>,
    manner: Manner,
    candidates: Vec<Candidate>,
    /// The event that is being handled.
    key: Moment,
    /// Origins of stamp outages under way.
    stamps: BTreeMap<u32, Vec<Origin>>,
    /// Servers whose link each partition under way has cut.
    cuts: BTreeMap<u32, Vec<Server>>,
    /// Outages under way that have lasted for too long.
    policies: Vec<Overdue>,
    /// Which cell the structure belongs to.
    loaded: Option<usize>,
    /// Scratch for the nodes of a host.
    nodes: Vec<Node>,
    pub(super) clocks: super::clocks::Clocks,
}

impl<S: Sink> World<S> {
    /// An empty world that tells its records to `sink`.
    pub fn new(scene: &Scene, sink: S) -> World<S> {
        let cx = Context {
            now: SimTime::ZERO,
            fleet: scene.fleet.clone(),
            topo: Arc::new(Topology::default()),
            environment: Arc::new(Environment::default()),
            region: 0,
            key: Key::new(0),
            events: EventList::default(),
            ledger: Ledger::default(),
            facts: VecDeque::new(),
            sink,
            control_plane_holds: 0,
        };
        World {
            cx,
            compute: Compute::default(),
            storage: Storage::default(),
            standby: Standby::default(),
            maintenance: Maintenance::default(),
            restore: Restore::default(),
            control: Control::default(),
            sources: Vec::new(),
            manner: Manner::default(),
            candidates: Vec::new(),
            key: 0,
            stamps: BTreeMap::new(),
            cuts: BTreeMap::new(),
            policies: Vec::new(),
            loaded: None,
            nodes: Vec::new(),
            clocks: super::clocks::Clocks::default(),
        }
    }

    /// Plays one cell of one replication from start to horizon.
    pub fn play(
        &mut self,
        scene: &Scene,
        cell: usize,
        replication: u64,
        environment: &Arc<Environment>,
        manner: Manner,
    ) -> Played {
        self.set_up(scene, cell, replication, environment, manner);
        let horizon = self.cx.fleet.horizon;
        let played = run(self, horizon);
        self.close(horizon);
        played
    }

    /// Where the records go.
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.cx.sink
    }

    /// The candidates of the last play, if they were kept.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    fn set_up(
        &mut self,
        scene: &Scene,
        cell: usize,
        replication: u64,
        environment: &Arc<Environment>,
        manner: Manner,
    ) {
        let spec = &scene.cells[cell];
        if self.loaded != Some(cell) || !Arc::ptr_eq(&self.cx.fleet, &scene.fleet) {
            self.cx.topo = Arc::new(Topology::new(&scene.fleet, spec));
            self.loaded = Some(cell);
        }
        let fleet = scene.fleet.clone();
        self.cx.fleet = fleet.clone();
        self.cx.environment = environment.clone();
        self.cx.region = spec.region;
        self.cx.now = SimTime::ZERO;
        self.cx.key = Key::new(fleet.seed).with(replication).with(cell as u64).with(0);
        self.cx.events.clear();
        self.cx.facts.clear();
        self.cx.ledger.reset(spec.servers);
        self.cx.control_plane_holds = 0;
        self.manner = manner;
        self.candidates.clear();
        self.key = 0;
        self.stamps.clear();
        self.cuts.clear();
        self.policies.clear();
        let sizes: Vec<u32> =
            scene.cells.iter().filter(|c| c.region == spec.region).map(|c| c.servers).collect();
        self.control.reset(split_limit(fleet.control.ring_limit, &sizes, spec.number as usize));
        let total: f64 = sizes.iter().map(|&s| f64::from(s)).sum();
        let throughput = fleet
            .groups
            .iter()
            .find(|g| g.region == spec.region)
            .map_or(f64::INFINITY, |g| g.restore.throughput.0);
        self.restore
            .reset(crate::kernel::quantity::Speed(throughput * f64::from(spec.servers) / total));
        let topo = self.cx.topo.clone();
        let exists = |node: Node| {
            let group = &fleet.groups[topo.group[(node / SLOTS) as usize] as usize];
            match node % SLOTS {
                0 => true,
                1 => group.standby_mode != StandbyMode::None,
                _ => group.standby_mode != StandbyMode::None && group.standby.wal_quorum,
            }
        };
        self.compute.reset(&mut self.cx, exists);
        self.storage.reset(&self.cx, exists);
        self.standby.reset(&self.cx);
        self.maintenance.reset(scene.plan.clone(), manner.eager, &mut self.cx);
        self.sources = sources(&fleet, spec, &topo, replication);
        for i in 0..self.sources.len() {
            let at = self.sources[i].draw();
            self.cx.events.schedule(at, pack(Kind::Source, i as u32, 0));
        }
        self.clocks.reset(spec, &exists, &mut self.cx);
        self.schedule_environment(spec.region);
        for (index, drill) in fleet.injections.iter().enumerate() {
            self.cx.events.schedule(drill.at, pack(Kind::Injection, index as u32, 0));
        }
    }

    fn schedule_environment(&mut self, region: usize) {
        let environment = self.cx.environment.clone();
        for (index, outage) in environment.regions[region].outages.iter().enumerate() {
            self.cx.events.schedule(outage.from, pack(Kind::OutageStart, index as u32, 0));
            self.cx.events.schedule(outage.to, pack(Kind::OutageEnd, index as u32, 0));
        }
        for (index, release) in environment.regions[region].releases.iter().enumerate() {
            if release.halted.is_some() && release.at > 0 {
                // From its coming on, whoever may take it is played on time.
                let at = SimTime(release.at as u64);
                self.cx.events.schedule(at, pack(Kind::ReleaseComes, index as u32, 0));
            }
        }
    }

    /// The horizon: plays everyone's private steps, then closes the books.
    fn close(&mut self, horizon: SimTime) {
        self.key = moment(horizon, 0);
        self.cx.now = horizon;
        for server in 0..self.cx.topo.servers {
            self.touch(server);
            self.cx.ledger.settle(server, &mut self.cx.sink);
        }
        self.cx.ledger.finish(horizon, &mut self.cx.sink);
    }

    /// Plays a server's private steps that come before the present event.
    #[inline]
    pub(super) fn touch(&mut self, server: Server) {
        if self.maintenance.line(server).moment(server) < self.key {
            self.catch_up_with_plan(server, self.key);
        }
    }

    fn catch_up_with_plan(&mut self, server: Server, key: Moment) {
        let now = self.cx.now;
        // Facts of the present instant that are still to be heard are not these steps' business.
        let present = std::mem::take(&mut self.cx.facts);
        loop {
            let line = self.maintenance.line(server);
            if line.moment(server) >= key || line.due >= self.cx.fleet.horizon {
                break;
            }
            self.cx.now = line.due;
            self.play_planned(server);
            self.drain();
        }
        self.cx.facts = present;
        self.cx.now = now;
    }

    pub(super) fn control_running(&self) -> (usize, u32) {
        self.control.running()
    }

    fn touch_node(&mut self, node: Node) {
        self.touch(node / SLOTS);
    }

    fn touch_all(&mut self, mut servers: Vec<Server>) {
        servers.sort_unstable();
        servers.dedup();
        for server in servers {
            self.touch(server);
        }
    }

    // ---- strikes --------------------------------------------------------------------------------

    fn source_fires(&mut self, index: u32) {
        let source = &mut self.sources[index as usize];
        let (cause, flavour, part) = (source.cause, source.flavour, source.part);
        let (number, address) = (source.number, source.address);
        source.number += 1;
        let next = source.draw();
        self.cx.events.schedule(next, pack(Kind::Source, index, 0));
        if self.manner.keep_candidates {
            let at = self.cx.now;
            let number = number << 2 | flavour as u64;
            self.candidates.push(Candidate { cause, number, at, address });
        }
        // Named by mode, setting and flavour, not by position among the sources: switching one mode
        // off redraws no other.
        let origin = Origin { cause, number: number << 18 | part << 2 | flavour as u64 };
        match flavour {
            Flavour::Single => self.strike(address, origin, false),
            Flavour::Permanent => self.lose_storage_node(address, origin),
            Flavour::Burst => self.burst(address, origin),
        }
    }

    /// One component is struck. A random strike is void where the component, or what contains it, is
    /// held; an injected one never is.
    pub(super) fn strike(&mut self, address: u32, origin: Origin, injected: bool) {
        match origin.cause {
            Cause::connectivity => self.strike_path(address, origin, injected),
            Cause::process_crash => self.strike_node(address, Depth::Engine, origin, injected),
            Cause::vm_crash => self.strike_node(address, Depth::Machine, origin, injected),
            Cause::host_failure => self.strike_host(address, origin, injected),
            Cause::rack_outage => self.strike_rack(address, origin, injected),
            Cause::storage_node => self.strike_storage_node(address, origin, injected),
            Cause::copy_failure => {
                self.touch(address / (2 * COPIES));
                if injected || self.storage.admits_copy(address, &self.cx) {
                    self.storage.lose_copy(address, origin, &mut self.cx);
                }
            }
            Cause::stamp_outage => self.strike_stamp(address, origin, injected),
            Cause::false_alarm if self.standby.is_pair(address) => {
                self.touch(address);
                if self.standby.is_ready(address) {
                    self.standby.false_alarm(address, origin, &mut self.cx);
                }
            }
            _ => {}
        }
    }

    /// How long a strike lasts: the mode's law, or the drill's.
    fn lasts(&self, origin: Origin, address: u32) -> Span {
        let cx = &self.cx;
        let drill = drill_of(origin).map(|i| &cx.fleet.injections[i]);
        let f = &cx.fleet.faults;
        let law = match origin.cause {
            Cause::connectivity => &cx.group(address).faults.connectivity.lasts,
            Cause::rack_outage => &f.rack_outage.lasts,
            Cause::stamp_outage => &f.stamp_outage.lasts,
            Cause::host_failure => &f.host_failure.repair,
            Cause::storage_node => match &f.storage_node.transient {
                Some(t) => &t.lasts,
                None => return Span::ZERO,
            },
            _ => return Span::ZERO,
        };
        let law = drill.and_then(|d| d.lasts.as_ref()).unwrap_or(law);
        cx.span(law, Purpose::Lasts, origin, address, 0)
    }

    fn strike_path(&mut self, server: Server, origin: Origin, injected: bool) {
        self.touch(server);
        if !injected && self.cx.ledger.has(server, Reason::Connectivity) {
            return;
        }
        let lasts = self.lasts(origin, server);
        let cx = &mut self.cx;
        cx.ledger.block(
            server,
            Reason::Connectivity,
            origin.cause,
            Phase::Waiting,
            true,
            false,
            cx.now,
            &mut cx.sink,
        );
        cx.schedule(lasts, Kind::Reachable, server, 0);
        self.clocks.own_strike_lasts(origin.cause, server, lasts, &mut self.cx);
    }

    fn strike_node(&mut self, node: Node, depth: Depth, origin: Origin, injected: bool) {
        if self.compute.is_absent(node) {
            return;
        }
        self.touch_node(node);
        if injected || self.compute.admits(node, depth) {
            self.compute.strike(node, depth, origin, &mut self.cx);
        }
    }

    fn strike_host(&mut self, host: u32, origin: Origin, injected: bool) {
        if !injected && !self.compute.admits_host(host) {
            return;
        }
        let mut nodes = std::mem::take(&mut self.nodes);
        self.compute.nodes_on(host, &mut nodes);
        for &node in &nodes {
            self.touch_node(node);
        }
        let repair = self.lasts(origin, host);
        self.compute.strike_host(host, repair, origin, &nodes, &mut self.cx);
        self.nodes = nodes;
        self.clocks.own_strike_lasts(origin.cause, host, repair, &mut self.cx);
    }

    fn strike_rack(&mut self, rack: u32, origin: Origin, injected: bool) {
        if !injected && !self.compute.admits_rack(rack, &self.cx) {
            return;
        }
        let topo = self.cx.topo.clone();
        let mut servers = Vec::new();
        for &host in topo.hosts_in_rack(rack) {
            self.compute.nodes_on(host, &mut self.nodes);
            servers.extend(self.nodes.iter().map(|n| n / SLOTS));
        }
        let stored = storage_nodes_in_rack(&topo, rack);
        for &node in &stored {
            servers.extend(self.storage.volumes_on(node, &self.cx).iter().map(|v| v / 2));
        }
        self.touch_all(servers);
        let lasts = self.lasts(origin, rack);
        self.compute.hold_rack(rack, origin, &mut self.cx);
        for node in stored {
            self.storage.hold_node(node, origin, &mut self.cx);
        }
        self.cx.schedule(lasts, Kind::RackBack, rack, 0);
        self.clocks.own_strike_lasts(origin.cause, rack, lasts, &mut self.cx);
    }

    fn strike_storage_node(&mut self, node: u32, origin: Origin, injected: bool) {
        if !injected && !self.storage.admits_node(node, &self.cx) {
            return;
        }
        self.touch_storage_node(node);
        let lasts = self.lasts(origin, node);
        self.storage.hold_node(node, origin, &mut self.cx);
        self.cx.schedule(lasts, Kind::StorageNodeBack, node, 0);
        self.clocks.own_strike_lasts(origin.cause, node, lasts, &mut self.cx);
    }

    pub(super) fn lose_storage_node(&mut self, node: u32, origin: Origin) {
        if self.storage.admits_node(node, &self.cx) {
            self.touch_storage_node(node);
            self.storage.lose_node(node, origin, &mut self.cx);
        }
    }

    fn touch_storage_node(&mut self, node: u32) {
        for volume in self.storage.volumes_on(node, &self.cx) {
            self.touch(volume / 2);
        }
    }

    fn strike_stamp(&mut self, stamp: u32, origin: Origin, injected: bool) {
        if !injected && !self.storage.admits_stamp(stamp) {
            return;
        }
        self.touch_stamp(stamp);
        let lasts = self.lasts(origin, stamp);
        self.storage.hold_stamp(stamp, origin, &mut self.cx);
        self.stamps.entry(stamp).or_default().push(origin);
        self.cx.schedule(lasts, Kind::StampBack, stamp, 0);
        self.clocks.own_strike_lasts(origin.cause, stamp, lasts, &mut self.cx);
    }

    fn touch_stamp(&mut self, stamp: u32) {
        for volume in self.storage.volumes_in(stamp) {
            self.touch(volume / 2);
        }
    }

    fn stamp_back(&mut self, stamp: u32) {
        self.touch_stamp(stamp);
        let origin = self
            .stamps
            .get_mut(&stamp)
            .and_then(Vec::pop)
            .expect("a stamp that comes back was away");
        let share = drill_of(origin)
            .and_then(|i| self.cx.fleet.injections[i].copies_lost)
            .unwrap_or(self.cx.fleet.faults.stamp_outage.copies_lost);
        let never = self.storage_nodes_lost(stamp, origin, share.0);
        self.storage.release_stamp(stamp, &never, &[], origin, &mut self.cx);
    }

    /// Storage nodes of a stamp that never come back from an outage.
    fn storage_nodes_lost(&self, stamp: u32, origin: Origin, share: f64) -> Vec<u32> {
        let n = self.cx.topo.storage_nodes;
        (stamp * n..(stamp + 1) * n)
            .filter(|&node| self.cx.happens(share, Purpose::CopiesLost, origin, node, 0))
            .collect()
    }

    // ---- bursts ---------------------------------------------------------------------------------

    /// A common cause strikes distinct neighbours of the component addressed. Candidates come at the
    /// rate of single components; each is admitted with the inverse of the mean size within its
    /// place, so that every component keeps its own rate and no candidate depends on placement.
    fn burst(&mut self, address: u32, origin: Origin) {
        use crate::model::fault::common::Within;
        let Some(common) = self.common_cause(address, origin.cause) else { return };
        let (within, size_law) = (common.within, common.size.0.clone());
        let racks_of = |world: &World<S>, rack: u32| -> Vec<u32> {
            let topo = &world.cx.topo;
            match within {
                Within::Rack => vec![rack],
                Within::Hall => topo.racks_in_hall(topo.hall_of_rack(rack)).collect(),
                Within::Zone => {
                    let zone = rack / topo.racks;
                    (zone * topo.racks..(zone + 1) * topo.racks).collect()
                }
            }
        };
        let Some(rack) = self.home_rack(address, origin.cause) else { return };
        let racks = racks_of(self, rack);
        let members = self.members(&racks, origin.cause, address);
        if members.is_empty() {
            return;
        }
        let n = members.len();
        let mean: f64 = (0..n).map(|k| size_law.survival(k as f64)).sum();
        let mut draw = self.cx.draw(Purpose::Burst, origin, address, 0);
        if draw.unit() * mean >= 1.0 {
            return;
        }
        let size = (size_law.sample(&mut draw) as usize).clamp(1, n);
        let mut members = members;
        for i in 0..size {
            let j = i + draw.below((n - i) as u64) as usize;
            members.swap(i, j);
        }
        let mut victims = members[..size].to_vec();
        victims.sort_unstable();
        for victim in victims {
            self.strike(victim, origin, false);
            self.drain();
        }
    }

    fn common_cause(
        &self,
        address: u32,
        cause: Cause,
    ) -> Option<crate::model::fault::common::CommonCause> {
        let f = &self.cx.fleet.faults;
        match cause {
            Cause::process_crash => {
                self.cx.group(address / SLOTS).faults.process_crash.common_cause.clone()
            }
            Cause::vm_crash => self.cx.group(address / SLOTS).faults.vm_crash.common_cause.clone(),
            Cause::copy_failure => {
                self.cx.group(address / (2 * COPIES)).faults.copy_failure.common_cause.clone()
            }
            Cause::host_failure => f.host_failure.common_cause.clone(),
            Cause::storage_node => f.storage_node.common_cause.clone(),
            _ => None,
        }
    }

    /// The rack in which a component stood at the start.
    fn home_rack(&self, address: u32, cause: Cause) -> Option<u32> {
        let topo = &self.cx.topo;
        Some(match cause {
            Cause::host_failure => u32::from(topo.host_rack[address as usize]),
            Cause::storage_node => topo.rack_of_storage_node(address),
            Cause::copy_failure => {
                topo.rack_of_storage_node(topo.copy_node[address as usize].into())
            }
            _ => u32::from(topo.host_rack[topo.slot_host[address as usize] as usize]),
        })
    }

    /// The components of the mode's kind that stood in these racks at the start, in order; of modes
    /// that groups set for themselves, those with the same setting.
    fn members(&self, racks: &[u32], cause: Cause, address: u32) -> Vec<u32> {
        let topo = &self.cx.topo;
        let here = |rack: u32| racks.contains(&rack);
        match cause {
            Cause::host_failure => {
                let pass = topo.passes().into_iter().find(|p| p.contains(&address));
                let pass = pass.expect("a host belongs to a pass");
                pass.filter(|&h| here(topo.host_rack[h as usize].into())).collect()
            }
            Cause::storage_node => (0..topo.storage_node_count())
                .filter(|&n| here(topo.rack_of_storage_node(n)))
                .collect(),
            Cause::copy_failure => {
                let own = &self.cx.group(address / (2 * COPIES)).faults.copy_failure;
                (0..topo.copy_node.len() as u32)
                    .filter(|&c| here(topo.rack_of_storage_node(topo.copy_node[c as usize].into())))
                    .filter(|&c| self.cx.group(c / (2 * COPIES)).faults.copy_failure == *own)
                    .collect()
            }
            _ => {
                let setting = |node: u32| {
                    let f = &self.cx.group(node / SLOTS).faults;
                    if cause == Cause::vm_crash {
                        (f.is_on(cause), f.vm_crash.rate, f.vm_crash.common_cause.as_ref())
                    } else {
                        (
                            f.is_on(cause),
                            f.process_crash.rate,
                            f.process_crash.common_cause.as_ref(),
                        )
                    }
                };
                let own = setting(address);
                (0..SLOTS * topo.servers)
                    .filter(|&n| here(topo.host_rack[topo.slot_host[n as usize] as usize].into()))
                    .filter(|&n| setting(n) == own)
                    .collect()
            }
        }
    }

    // ---- outages --------------------------------------------------------------------------------

    fn outage(&self, index: u32) -> Outage {
        self.cx.environment.regions[self.cx.region].outages[index as usize]
    }

    /// Halls that an outage strikes, over all zones.
    fn halls_struck(&self, outage: &Outage) -> Vec<u32> {
        let topo = &self.cx.topo;
        let zones = match outage.reach {
            Reach::Region => 0..topo.zones,
            Reach::Zone(z) | Reach::Hall(z, _) => z..z + 1,
            _ => 0..0,
        };
        let mut halls = Vec::new();
        for zone in zones {
            for hall in 0..topo.halls {
                let named = matches!(outage.reach, Reach::Hall(_, h) if h == hall);
                let drawn = !matches!(outage.reach, Reach::Hall(..))
                    && self.cx.environment.strikes_hall(outage, self.cx.region, zone, hall);
                if named || drawn {
                    halls.push(zone * topo.halls + hall);
                }
            }
        }
        halls
    }

    fn outage_starts(&mut self, index: u32) {
        let outage = self.outage(index);
        match outage.reach {
            Reach::Region | Reach::Zone(_) | Reach::Hall(..) => {
                if outage.reach == Reach::Region {
                    self.cx.control_plane_holds += 1;
                }
                let halls = self.halls_struck(&outage);
                self.touch_halls(&halls);
                for &hall in &halls {
                    self.compute.hold_hall(hall, outage.origin, &mut self.cx);
                }
                let topo = self.cx.topo.clone();
                for &hall in &halls {
                    for stamp in topo.stamps_in_hall(hall) {
                        self.storage.hold_stamp(stamp, outage.origin, &mut self.cx);
                    }
                }
                self.schedule_policies(index, &outage);
            }
            Reach::Link(a, b) => {
                let cut: Vec<Server> = (0..self.cx.topo.servers)
                    .filter(|&s| self.standby.is_pair(s))
                    .filter(|&s| {
                        let (x, y) = (self.standby.primary_zone(s), self.standby.other_zone(s));
                        (x.min(y), x.max(y)) == (a, b)
                    })
                    .collect();
                for &server in &cut {
                    self.touch(server);
                    self.standby.link_cut(server, outage.origin, &mut self.cx);
                }
                self.cuts.insert(index, cut);
            }
            Reach::Gateway => {
                for server in 0..self.cx.topo.servers {
                    if self.gateway_strikes(&outage, server) {
                        self.touch(server);
                        let cx = &mut self.cx;
                        cx.ledger.block(
                            server,
                            Reason::Gateway,
                            outage.origin.cause,
                            Phase::Waiting,
                            true,
                            false,
                            cx.now,
                            &mut cx.sink,
                        );
                    }
                }
            }
            Reach::ControlPlane => self.cx.control_plane_holds += 1,
        }
    }

    fn gateway_strikes(&self, outage: &Outage, server: Server) -> bool {
        self.cx.happens(outage.share, Purpose::Hit, outage.origin, server, 0)
    }

    fn touch_halls(&mut self, halls: &[u32]) {
        let topo = self.cx.topo.clone();
        let mut servers = Vec::new();
        for &hall in halls {
            for rack in topo.racks_in_hall(hall) {
                for &host in topo.hosts_in_rack(rack) {
                    self.compute.nodes_on(host, &mut self.nodes);
                    servers.extend(self.nodes.iter().map(|n| n / SLOTS));
                }
            }
            for stamp in topo.stamps_in_hall(hall) {
                servers.extend(self.storage.volumes_in(stamp).iter().map(|v| v / 2));
            }
        }
        self.touch_all(servers);
    }

    fn outage_ends(&mut self, index: u32) {
        let outage = self.outage(index);
        self.policies.retain(|p| p.outage != index);
        match outage.reach {
            Reach::Region | Reach::Zone(_) | Reach::Hall(..) => self.halls_return(&outage),
            Reach::Link(..) => {
                for server in self.cuts.remove(&index).unwrap_or_default() {
                    self.touch(server);
                    self.standby.link_mended(server, &mut self.cx);
                }
            }
            Reach::Gateway => {
                for server in 0..self.cx.topo.servers {
                    if self.gateway_strikes(&outage, server) {
                        self.touch(server);
                        let now = self.cx.now;
                        self.cx.ledger.unblock(server, Reason::Gateway, RecoveryPath::Wait, now);
                    }
                }
            }
            Reach::ControlPlane => {}
        }
        if matches!(outage.reach, Reach::Region | Reach::ControlPlane) {
            self.cx.control_plane_holds -= 1;
            if self.cx.control_plane_up() {
                self.cx.tell(Fact::ControlPlaneBack);
            }
        }
    }

    fn halls_return(&mut self, outage: &Outage) {
        let halls = self.halls_struck(outage);
        self.touch_halls(&halls);
        let fleet = self.cx.fleet.clone();
        let law = if outage.origin.cause == Cause::region_outage {
            &fleet.faults.region_outage.r#return
        } else {
            &fleet.faults.zone_outage.r#return
        };
        let origin = outage.origin;
        let topo = self.cx.topo.clone();
        for &hall in &halls {
            for stamp in topo.stamps_in_hall(hall) {
                let never = self.storage_nodes_lost(stamp, origin, outage.copies_lost);
                let late: Vec<(u32, Span)> = (stamp * topo.storage_nodes
                    ..(stamp + 1) * topo.storage_nodes)
                    .filter(|n| !never.contains(n))
                    .map(|n| (n, self.cx.span(law, Purpose::Return, origin, n, 1)))
                    .filter(|&(_, wait)| wait > Span::ZERO)
                    .collect();
                self.storage.release_stamp(stamp, &never, &late, origin, &mut self.cx);
            }
        }
        for &hall in &halls {
            self.compute.release_hall(hall, &mut self.cx, |host, cx| {
                cx.span(law, Purpose::Return, origin, host, 0)
            });
        }
    }

    /// Groups that do not wait for the end of an outage look at their servers after a time.
    fn schedule_policies(&mut self, index: u32, outage: &Outage) {
        let groups: Vec<usize> = {
            let mut groups: Vec<usize> =
                self.cx.topo.group.iter().map(|&g| usize::from(g)).collect();
            groups.dedup();
            groups
        };
        for group in groups {
            let spec = &self.cx.fleet.groups[group].restore;
            let policy = if outage.reach == Reach::Region {
                spec.on_region_outage
            } else {
                spec.on_zone_outage
            };
            if let Some(patience) = policy.after {
                let at = outage.from + patience;
                if at < outage.to {
                    self.cx.events.schedule(at, pack(Kind::RestorePolicy, group as u32, index));
                }
            }
        }
    }

    /// An outage has lasted as long as a group waits: whoever is stuck in it is restored, now or as
    /// soon as it is stuck.
    fn policy_is_due(&mut self, group: u32, index: u32) {
        let halls = self.halls_struck(&self.outage(index));
        self.policies.push(Overdue { group, outage: index, halls });
        for server in 0..self.cx.topo.servers {
            if u32::from(self.cx.topo.group[server as usize]) == group {
                self.touch(server);
                self.restore_by_policy(server);
            }
        }
    }

    fn restore_by_policy(&mut self, server: Server) {
        if self.policies.is_empty() || self.cx.ledger.is_absent(server) {
            return;
        }
        let group = u32::from(self.cx.topo.group[server as usize]);
        let node = self.standby.primary_node(server);
        let Some(host) = self.compute.host(node) else { return };
        let hall = self.cx.topo.hall_of_host(host);
        let overdue = self.policies.iter().find(|p| p.group == group && p.halls.contains(&hall));
        let Some(index) = overdue.map(|p| p.outage) else { return };
        if self.standby.is_stuck(server) {
            let outage = self.outage(index);
            let reason = if outage.reach == Reach::Region {
                RestoreReason::RegionOutage
            } else {
                RestoreReason::ZoneOutage
            };
            self.cx.tell(Fact::RestoreWanted(server, outage.origin, reason));
        }
    }

    // ---- drills and releases --------------------------------------------------------------------

    fn inject(&mut self, index: u32) {
        let drill = self.cx.fleet.injections[index as usize].clone();
        // Which component a drill addresses may hang on planned work that is yet to be played.
        for server in 0..self.cx.topo.servers {
            self.touch(server);
        }
        let origin = Origin { cause: drill.cause, number: INJECTED + u64::from(index) };
        for address in self.drill_addresses(&drill) {
            self.strike(address, origin, true);
            self.drain();
        }
    }

    fn release_comes(&mut self) {
        for server in 0..self.cx.topo.servers {
            self.touch(server);
            // Also work under way: the window after it may be the one.
            self.maintenance.disturb(server, &mut self.cx);
            self.maintenance.watch_if_needed(server, &mut self.cx);
        }
    }

    fn release_breaks(&mut self, node: Node, release: u32) {
        self.touch_node(node);
        let origin = Origin { cause: Cause::bad_release, number: release.into() };
        if self.cx.fleet.faults.bad_release.effect == Effect::Down {
            self.compute.break_engine(node, origin, &mut self.cx);
        } else {
            self.schedule_release_crash(node, release);
        }
    }

    fn schedule_release_crash(&mut self, node: Node, release: u32) {
        let origin = Origin { cause: Cause::bad_release, number: release.into() };
        let Some(rate) = self.cx.fleet.faults.bad_release.crash_rate.filter(|r| r.0 > 0.0) else {
            return;
        };
        let step = (self.cx.now.0 / 1_000_000) as u32;
        let mut draw = self.cx.draw(Purpose::Crash, origin, node, step);
        let gap = crate::kernel::law::exponential_unit(&mut draw) / rate.0;
        let gap = Span::from_secs_f64(gap).max(Span::from_secs(1));
        self.cx.schedule(gap, Kind::ReleaseCrashes, node, release);
    }

    fn release_crashes(&mut self, node: Node, release: u32) {
        let cx = &self.cx;
        let origin = Origin { cause: Cause::bad_release, number: release.into() };
        let halted = cx.environment.regions[cx.region].releases[release as usize].halted;
        let bad = &cx.fleet.faults.bad_release;
        let mended = halted.map(|h| h + cx.span(&bad.rollback, Purpose::Rollback, origin, node, 0));
        if mended.is_some_and(|m| cx.now < m) {
            self.strike_node(node, Depth::Engine, origin, false);
            self.schedule_release_crash(node, release);
        }
    }

    // ---- facts ----------------------------------------------------------------------------------

    /// Delivers facts until all is quiet.
    pub(super) fn drain(&mut self) {
        let mut heard = 0u32;
        while let Some(fact) = self.cx.facts.pop_front() {
            self.hear(fact);
            heard += 1;
            assert!(heard < 50_000_000, "facts never came to rest");
        }
    }

    /// Who listens to what.
    fn hear(&mut self, fact: Fact) {
        // A host may be granted long after it was wanted, by what happens to others.
        if let Fact::NodeStep(node, _) | Fact::NodePlaced(node, _) | Fact::NodeGranted(node) = fact
        {
            self.touch_node(node);
        }
        let cx = &mut self.cx;
        match fact {
            Fact::NodeLost(node, origin, phase) => {
                self.standby.node_lost(node, origin, phase, cx);
                self.restore.node_lost(node, cx);
                self.maintenance.disturb(node / SLOTS, cx);
                self.clocks.pause_node(node, cx);
            }
            Fact::NodeStep(node, phase) => self.standby.node_step(node, phase, cx),
            Fact::NodeReady(node, path) => {
                self.clocks.resume_node(node, cx);
                self.standby.node_ready(node, path, cx);
            }
            Fact::NodePlaced(node, host) => {
                self.standby.node_placed(node, host, cx);
                if node % SLOTS < 2 {
                    self.storage.renew(volume_of(node), host, cx);
                    self.clocks.start_volume(volume_of(node), cx);
                }
            }
            Fact::NodeWanted(node, zones) => {
                self.storage.retire(volume_of(node), cx);
                self.compute.node_wanted(node, zones, cx);
            }
            Fact::NodeElsewhere(node) => {
                self.storage.retire(volume_of(node), cx);
                self.compute.give_up(node, cx);
                self.compute.node_elsewhere(node);
                cx.tell(Fact::NodeGranted(node));
            }
            Fact::NodeDropped(node) => {
                self.storage.retire(volume_of(node), cx);
                self.compute.give_up(node, cx);
            }
            Fact::NodeGranted(node) => {
                if self.restore.is_running(node / SLOTS) {
                    self.restore.granted(node, cx);
                } else {
                    self.standby.node_granted(node, cx);
                }
            }
            Fact::NodeMade(node) => {
                self.compute.node_made(node);
                self.clocks.resume_node(node, cx);
            }
            Fact::VolumeStalled(volume, origin) => {
                self.standby.volume_stalled(volume, origin, cx);
                self.maintenance.disturb(volume / 2, cx);
            }
            Fact::VolumeResumed(volume) => self.standby.volume_resumed(volume, cx),
            Fact::VolumeLost(volume, origin) => {
                self.restore.volume_lost(volume, cx);
                self.standby.volume_lost(volume, origin, cx);
            }
            Fact::CopiesShort(volume, origin) => {
                self.standby.copies_changed(volume, true, origin.cause, cx);
            }
            Fact::CopiesWhole(volume) => {
                self.standby.copies_changed(volume, false, Cause(0), cx);
            }
            Fact::RingSlotWanted(server) => self.control.wanted(server, cx),
            Fact::RingSlotFreed(server) => self.control.freed(server, cx),
            Fact::RingSlotGranted(server) => {
                self.touch(server);
                self.standby.ring_granted(server, &mut self.cx);
            }
            Fact::RestoreWanted(server, origin, reason) => {
                if !self.standby.is_stuck(server) || cx.ledger.is_absent(server) {
                    return;
                }
                let node = self.standby.other_node(server);
                let zone = self.standby.primary_zone(server);
                self.restore.wanted(server, node, zone, origin, reason, cx);
            }
            Fact::RestoreBegan(server) => self.standby.restore_begins(server, cx),
            Fact::RestoreStep(server, phase) => self.standby.restore_step(server, phase, cx),
            Fact::RestoreFinished(server, path) => self.standby.restored(server, path, cx),
            Fact::RestoreImpossible(server) => {
                if self.standby.is_stuck(server) && !cx.ledger.is_absent(server) {
                    self.standby.end(server, cx);
                }
            }
            Fact::ServerStuck(server) => self.restore_by_policy(server),
            Fact::PrimaryServes(server) => {
                if self.restore.may_be_dropped(server)
                    && let Some(node) = self.restore.pointless(server, cx)
                {
                    cx.tell(Fact::NodeDropped(node));
                    self.standby.restore_dropped(server, cx);
                }
            }
            Fact::ServerLost(server) => {
                for slot in 0..SLOTS {
                    self.compute.give_up(server * SLOTS + slot, cx);
                }
                self.storage.retire(2 * server, cx);
                self.storage.retire(2 * server + 1, cx);
            }
            Fact::ControlPlaneBack => {
                self.compute.serve_queue(cx);
                self.control.grant(cx);
                for server in self.standby.take_held_up() {
                    self.touch(server);
                    self.standby.decide_now(server, &mut self.cx);
                }
            }
        }
    }
}

impl<S: Sink> Machine for World<S> {
    fn events(&mut self) -> &mut EventList {
        &mut self.cx.events
    }

    fn leave(&mut self, now: SimTime) {
        // Planned work that begins in the very instant in which a server came back joins its incident.
        while let Some(server) = self.cx.ledger.next_quiet() {
            self.key = moment(now + Span(1), 0);
            self.touch(server);
            self.cx.ledger.settle(server, &mut self.cx.sink);
        }
        if self.manner.check {
            self.check();
        }
    }

    fn handle(&mut self, now: SimTime, event: Content) {
        self.cx.now = now;
        self.key = moment(now, event);
        let (kind, entity, payload) = unpack(event);
        match kind {
            Kind::Source => self.source_fires(entity),
            Kind::Reachable => {
                self.touch(entity);
                self.cx.ledger.unblock(entity, Reason::Connectivity, RecoveryPath::Wait, now);
                return;
            }
            Kind::NodeStep => {
                self.touch_node(entity);
                self.compute.step_ended(entity, &mut self.cx);
            }
            Kind::NodeRelocate => {
                self.touch_node(entity);
                self.compute.relocate_held(entity, &mut self.cx);
            }
            Kind::HostBack => self.compute.host_back(entity, &mut self.cx),
            Kind::RackBack => {
                let topo = self.cx.topo.clone();
                for node in storage_nodes_in_rack(&topo, entity) {
                    self.touch_storage_node(node);
                    self.storage.release_node(node, &mut self.cx);
                }
                self.compute.release_rack(entity, &mut self.cx);
            }
            Kind::Failover => {
                self.touch(entity);
                self.standby.go_on(entity, &mut self.cx);
            }
            Kind::StandbyReplace => {
                self.touch(entity);
                self.standby.replace(entity, &mut self.cx);
            }
            Kind::StandbyMade => {
                self.touch(entity);
                self.standby.made(entity, &mut self.cx);
            }
            Kind::StandbyCaughtUp => {
                self.touch(entity);
                self.standby.caught_up(entity, &mut self.cx);
            }
            Kind::StandbyMended => {
                self.touch(entity);
                self.standby.mended(entity, &mut self.cx);
            }
            Kind::StandbyStale => {
                self.touch(entity);
                self.standby.stale_allowed(entity, &mut self.cx);
            }
            Kind::StandbyDropped => {
                self.touch(entity);
                self.standby.drop_due(entity, &mut self.cx);
            }
            Kind::StallExpired => {
                self.touch(entity);
                self.standby.stall_expired(entity, &mut self.cx);
            }
            Kind::CopySealed => {
                self.touch(entity / 2);
                self.storage.sealed(entity, &mut self.cx);
            }
            Kind::CopyResynced => {
                self.touch(entity / (2 * COPIES));
                self.storage.resynced(entity, &mut self.cx);
            }
            Kind::CopyGivenUp => {
                self.touch(entity / (2 * COPIES));
                self.storage.given_up(entity, &mut self.cx);
            }
            Kind::CopyRebuilt => {
                self.touch(entity / (2 * COPIES));
                self.storage.rebuilt(entity, &mut self.cx);
            }
            Kind::StampRebuilt => {
                self.touch_stamp(entity);
                self.storage.stamp_rebuilt(entity, &mut self.cx);
            }
            Kind::StorageNodeBack => {
                self.touch_storage_node(entity);
                self.storage.release_node(entity, &mut self.cx);
            }
            Kind::StampBack => self.stamp_back(entity),
            Kind::GatewayBack => {}
            Kind::RestoreStep => {
                self.touch(entity);
                self.restore.step_ended(entity, &mut self.cx);
            }
            Kind::RestoreFetched => self.restore.fetched(&mut self.cx),
            Kind::RestorePolicy => self.policy_is_due(entity, payload),
            Kind::RolledBack => {
                self.touch_node(entity);
                self.compute.mend_engine(entity, &mut self.cx);
            }
            Kind::OutageEnd => self.outage_ends(entity),
            Kind::OutageStart => self.outage_starts(entity),
            Kind::ReleaseComes => self.release_comes(),
            Kind::Clock => self.clock_fires(entity, payload),
            Kind::Injection => self.inject(entity),
            Kind::ReleaseBreaks => self.release_breaks(entity, payload),
            Kind::ReleaseCrashes => self.release_crashes(entity, payload),
            // A private step that must happen on time: played up to and with itself.
            Kind::Wake | Kind::PlannedEnd => self.catch_up_with_plan(entity, self.key + 1),
        }
        self.drain();
    }
}

/// The volume of a node slot that has one.
fn volume_of(node: Node) -> u32 {
    node / SLOTS * 2 + node % SLOTS
}

/// The drill behind an injected strike.
fn drill_of(origin: Origin) -> Option<usize> {
    (origin.number >= INJECTED).then(|| (origin.number - INJECTED) as usize)
}

/// Storage nodes that stand in a rack.
pub(super) fn storage_nodes_in_rack(topo: &Topology, rack: u32) -> Vec<u32> {
    let hall = topo.hall_of_rack(rack);
    let mut nodes = Vec::new();
    for stamp in topo.stamps_in_hall(hall) {
        let base = stamp * topo.storage_nodes;
        nodes.extend(
            (base..base + topo.storage_nodes).filter(|&n| topo.rack_of_storage_node(n) == rack),
        );
    }
    nodes
}
