//! The world of one cell: its parts, who hears what, and which servers an event concerns.
//!
//! The dispatcher touches every server that an event, strike, request or grant concerns before it is
//! delivered: touching plays the server's private steps that come before it. Parts never touch, and
//! never see each other: they tell facts, and `hear` is the one table of who listens.

mod absence;
mod burst;
mod hear;
mod outage;
mod past;
mod recovery;
mod release;
mod spell;
mod strike;

use crate::kernel::chance::{Bits, Key};
use crate::kernel::engine::{Machine, Played, run};
use crate::kernel::event_list::{Content, EventList, Moment, moment, time_of};
use crate::kernel::time::{SimTime, Span};
use crate::model::compute::{Compute, Depth};
use crate::model::context::{Context, Due, Purpose};
use crate::model::control::Control;
use crate::model::environment::{Candidate, Environment, INJECTED, Outage, Reach};
use crate::model::event::{Kind, Timer, pack, unpack};
use crate::model::fact::{Fact, Node, Origin, RestoreReason, Server};
use crate::model::fault::bad_release::Effect;
use crate::model::fault::{Addressed, Cause};
use crate::model::fleet::{Fleet, StandbyMode};
use crate::model::layout::{Cell, cells, split_limit};
use crate::model::ledger::{Ledger, Reason};
use crate::model::maintenance::Maintenance;
use crate::model::plan::Plan;
use crate::model::record::{Phase, RecoveryPath, Sink, Stall};
use crate::model::restore::{PairNow, Restore, RestoreSite};
use crate::model::standby::Standby;
use crate::model::storage::Storage;
use crate::model::stretch::{Course, Stretch, Stretches};
use crate::model::strikes::{Flavour, Source, sources};
use crate::model::topology::{COPIES, SLOTS, Topology};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    /// Whom it has had restored: once is enough, or two outages would send a server to and fro for ever.
    restored: BTreeSet<Server>,
}

/// The world of one cell. `Clone + Send`, so that a run can be split or taken elsewhere.
#[derive(Clone, Debug)]
pub struct World<S> {
    pub(in crate::model) cx: Context<S>,
    pub(in crate::model) compute: Compute,
    pub(in crate::model) storage: Storage,
    pub(in crate::model) standby: Standby,
    pub(in crate::model) maintenance: Maintenance,
    restore: Restore,
    control: Control,
    sources: Vec<Source>,
    manner: Manner,
    candidates: Vec<Candidate>,
    /// The event that is being handled.
    key: Moment,
    /// The latest of all events so far: within an instant one may sort before it.
    reached: Moment,
    /// Origins of stamp outages under way: by stamp, and by its number among those of the stamp.
    stamps: BTreeMap<(u32, u32), Origin>,
    /// Servers whose link each partition under way has cut.
    cuts: BTreeMap<u32, Vec<Server>>,
    /// Outages under way that have lasted for too long.
    policies: Vec<Overdue>,
    /// Outages that are over, and when the last host or storage node is back from them.
    late: BTreeMap<u32, SimTime>,
    /// Which cell the structure belongs to.
    loaded: Option<usize>,
    /// Scratch for the nodes of a host.
    nodes: Vec<Node>,
    /// Scratch for the servers that an event concerns.
    servers: Vec<Server>,
    bursts: burst::Bursts,
    stretches: Stretches,
    /// Failovers that are kept: until when each holds its slot of the ring.
    failovers: Vec<(SimTime, Server)>,
    /// Whose past is being played.
    playing: Option<Server>,
    /// Stamps whose rebuilds are being played.
    publishing: Vec<u32>,
    /// When each node that a bad release hits breaks or crashes next, up to its rollback.
    breaking: BTreeMap<(Node, u32), SimTime>,
    pub(in crate::model) clocks: crate::model::clocks::Clocks,
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
            due: Due::default(),
            sink,
            control_plane_holds: 0,
            requests: 0,
            clocked: 0,
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
            reached: 0,
            stamps: BTreeMap::new(),
            cuts: BTreeMap::new(),
            policies: Vec::new(),
            late: BTreeMap::new(),
            loaded: None,
            nodes: Vec::new(),
            servers: Vec::new(),
            bursts: burst::Bursts::default(),
            stretches: Stretches::default(),
            failovers: Vec::new(),
            playing: None,
            publishing: Vec::new(),
            breaking: BTreeMap::new(),
            clocks: crate::model::clocks::Clocks::default(),
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
            self.bursts.reset(&scene.fleet);
        }
        let fleet = scene.fleet.clone();
        self.cx.fleet = fleet.clone();
        self.cx.environment = environment.clone();
        self.cx.region = spec.region;
        self.cx.now = SimTime::ZERO;
        self.cx.key = Key::new(fleet.seed).with(replication).with(cell as u64).with(0);
        self.cx.events.clear();
        self.cx.reset_timers();
        self.cx.facts.clear();
        self.cx.facts.shrink_to(KEPT_FACTS);
        self.cx.ledger.reset(spec.servers);
        self.stretches.reset(spec.servers);
        self.failovers.clear();
        self.cx.control_plane_holds = 0;
        self.cx.requests = 0;
        self.manner = manner;
        self.candidates.clear();
        self.key = 0;
        self.reached = 0;
        self.stamps.clear();
        self.cuts.clear();
        self.policies.clear();
        self.late.clear();
        self.breaking.clear();
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

    pub(in crate::model) fn control_running(&self) -> (usize, u32) {
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
}

/// Facts whose memory is kept from one cell to the next: an outage of many tells all of theirs at once.
const KEPT_FACTS: usize = 4_096;

/// The volume of a node slot that has one.
fn volume_of(node: Node) -> u32 {
    node / SLOTS * 2 + node % SLOTS
}

/// The drill behind an injected strike.
fn drill_of(origin: Origin) -> Option<usize> {
    (origin.number >= INJECTED).then(|| (origin.number - INJECTED) as usize)
}
