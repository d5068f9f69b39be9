//! A fleet in which each component has one pending event: its next fault, or the end of what it is at.
//!
//! Components: nodes (crash of process or machine; then restart, or relocation, with crash recovery;
//! then catching up), hosts (failure of all their nodes; repair), storage nodes and copies (stalls
//! within the tolerance are counted; below the fewest copies the server is down), paths
//! (connectivity), pairs (false alarms; a failover under way), and the planned work of each server.
//! Laws and rates are the fleet's own. All of it waits in one queue.

use super::queue::{Id, Queue, Time};
use fleetsim::kernel::chance::{Bits, Stream};
use fleetsim::kernel::engine::digest;
use fleetsim::kernel::law::{Law, exponential_unit};
use fleetsim::kernel::quantity::Rate;
use fleetsim::kernel::time::{MICROS, Span};
use fleetsim::model::fleet::{Fleet, Group, StandbyMode};

// Why a server is down, a bit each.
pub(super) const ENGINE: u8 = 1;
pub(super) const PATH: u8 = 2;
pub(super) const PLANNED: u8 = 4;
pub(super) const VOLUME: u8 = 8;

/// Stretches of component numbers, in servers: two nodes, then one each, then six copies.
const PATHS: u32 = 2;
const PLANS: u32 = 3;
const ALARMS: u32 = 4;
const FAILOVERS: u32 = 5;
pub(super) const COPIES: u32 = 6;
const REST: u32 = 12;
/// Nodes of a host.
pub(super) const NODES: u32 = 8;
/// Copies of a storage node.
pub(super) const SPREAD: u32 = 256;

/// What a node is at.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Node {
    Up,
    Starting,
    CatchingUp,
}

/// What planned work or a failover does next.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Step {
    Idle,
    Restart,
    Rollback,
    PatchStandby,
    Soak,
    Block,
    Promote,
    Redirect,
    PatchOld,
    Detect,
    Decide,
    Fence,
    Replay,
    Mend,
}

pub(super) struct Server {
    pub(super) down: u8,
    pub(super) primary: u8,
    pub(super) pair: bool,
    pub(super) patching: bool,
    pub(super) work: Step,
    pub(super) failover: Step,
    pub(super) group: u16,
    pub(super) live: [u8; 2],
    pub(super) since: Time,
    pub(super) began: Time,
}

/// The whole fleet.
pub struct OneEach {
    pub(super) groups: Vec<Group>,
    pub(super) rates: [f64; 7],
    pub(super) repair: Law,
    pub(super) away: Law,
    pub(super) servers: Vec<Server>,
    pub(super) nodes: Vec<Node>,
    pub(super) away_now: Vec<bool>,
    pub(super) path_down: Vec<bool>,
    pub(super) on_storage_node: Vec<[u32; SPREAD as usize]>,
    pub(super) hosts: u32,
    pub(super) down_hosts: Vec<bool>,
    pub(super) copy_lost: Vec<bool>,
    pub(super) queue: Queue,
    pub(super) stream: Stream,
    pub(super) now: Time,
    /// Stalls within the tolerance.
    pub(super) stalls: u64,
    pub(super) incidents: u64,
    pub(super) open: u64,
    pub(super) by_length: [u64; 64],
    pub(super) by_month: [u64; 13],
    /// Events taken.
    pub popped: u64,
    /// Running hash of incidents.
    pub hash: u64,
}

fn rate(rate: Option<Rate>) -> f64 {
    rate.map_or(0.0, |r| r.0 / MICROS as f64)
}

fn micros(seconds: f64) -> Time {
    Span::from_secs_f64(seconds).0
}

/// The storage node of a copy, and its place there; neighbours in the list stand far from each other.
pub(super) fn place_of(copy: u32, servers: u32) -> (usize, usize) {
    // A prime beside the number of copies: every place is taken once.
    let place = (u64::from(copy) * 0x9e37_79b1 % u64::from(6 * servers)) as u32;
    ((place / SPREAD) as usize, (place % SPREAD) as usize)
}

impl OneEach {
    /// Every component with its first event.
    pub fn new(fleet: &Fleet) -> OneEach {
        let f = &fleet.faults;
        let transient = f.storage_node.transient.as_ref();
        let group = &fleet.groups[0].faults;
        let rates = [
            rate(group.process_crash.rate),
            rate(group.vm_crash.rate),
            rate(f.host_failure.rate),
            rate(transient.and_then(|t| t.rate)),
            rate(group.copy_failure.rate),
            rate(group.connectivity.rate),
            rate(group.false_alarm.rate),
        ];
        let count: u32 = fleet.groups.iter().map(|g| g.count).sum();
        let hosts = (2 * count).div_ceil(NODES);
        let storage_nodes = (6 * count).div_ceil(SPREAD);
        let mut world = OneEach {
            groups: fleet.groups.clone(),
            rates,
            repair: f.host_failure.repair.clone(),
            away: transient.map_or(Law::default(), |t| t.lasts.clone()),
            servers: Vec::new(),
            nodes: vec![Node::Up; 2 * count as usize],
            away_now: vec![false; storage_nodes as usize],
            path_down: vec![false; count as usize],
            on_storage_node: vec![[u32::MAX; SPREAD as usize]; storage_nodes as usize],
            hosts,
            down_hosts: vec![false; hosts as usize],
            copy_lost: vec![false; 6 * count as usize],
            queue: Queue::of(Vec::new()),
            stream: Stream::new(fleet.seed, 0, 0, 0),
            now: 0,
            stalls: 0,
            incidents: 0,
            open: 0,
            by_length: [0; 64],
            by_month: [0; 13],
            popped: 0,
            hash: 0,
        };
        let mut pending = Vec::new();
        for (group, spec) in fleet.groups.iter().enumerate() {
            for _ in 0..spec.count {
                world.add(group as u16, spec.standby_mode != StandbyMode::None, &mut pending);
            }
        }
        for host in 0..hosts {
            pending.push((REST * count + host, world.strikes(world.rates[2])));
        }
        for node in 0..storage_nodes {
            pending.push((REST * count + hosts + node, world.strikes(world.rates[3])));
        }
        world.queue = Queue::of(pending);
        world
    }

    fn add(&mut self, group: u16, pair: bool, pending: &mut Vec<(Id, Time)>) {
        let (server, all) = (self.servers.len() as u32, self.nodes.len() as u32 / 2);
        let crash = self.rates[0] + self.rates[1];
        for slot in 0..1 + u32::from(pair) {
            pending.push((2 * server + slot, self.strikes(crash)));
            for copy in 6 * server + 3 * slot..6 * server + 3 * slot + 3 {
                pending.push((COPIES * all + copy, self.strikes(self.rates[4])));
                let (node, at) = place_of(copy, all);
                self.on_storage_node[node][at] = copy;
            }
        }
        pending.push((PATHS * all + server, self.strikes(self.rates[5])));
        if pair {
            pending.push((ALARMS * all + server, self.strikes(self.rates[6])));
        }
        self.servers.push(Server {
            down: 0,
            primary: 0,
            pair,
            patching: false,
            work: Step::Idle,
            failover: Step::Idle,
            group,
            live: [3, 3],
            since: 0,
            began: 0,
        });
        let period = self.period(server);
        let first = self.stream.below(period);
        pending.push((PLANS * all + server, first));
    }

    /// Events pending.
    pub fn pending(&self) -> usize {
        self.queue.len()
    }

    /// Starts and ends of incidents so far.
    pub fn logical(&self) -> u64 {
        2 * self.incidents + self.open
    }

    /// Plays until just before `end`.
    pub fn play_until(&mut self, end: Time) {
        while let Some((id, at)) = self.queue.first().filter(|f| f.1 < end) {
            self.now = at;
            self.popped += 1;
            let all = self.servers.len() as u32;
            let server = id % all;
            match id / all {
                0 | 1 => self.node(id),
                PATHS => self.path(id, server),
                PLANS => self.plan(id, server),
                ALARMS => self.alarm(id, server),
                FAILOVERS => self.failover(server),
                _ if id < REST * all => self.copy(id, id - COPIES * all),
                _ if id < REST * all + self.hosts => self.host(id, id - REST * all),
                _ => self.storage_node(id, id - REST * all - self.hosts),
            }
        }
    }

    /// When the next strike at a rate comes, from now.
    pub(super) fn strikes(&mut self, rate: f64) -> Time {
        let gap = exponential_unit(&mut self.stream) / rate;
        if gap < 1e18 { self.now + gap as Time } else { 1 << 62 }
    }

    pub(super) fn after(&mut self, law: fn(&Group) -> &Law, server: u32) -> Time {
        let group = &self.groups[usize::from(self.servers[server as usize].group)];
        self.now + law(group).span(&mut self.stream).0
    }

    pub(super) fn group(&self, server: u32) -> &Group {
        &self.groups[usize::from(self.servers[server as usize].group)]
    }

    pub(super) fn block(&mut self, server: u32, why: u8) {
        let s = &mut self.servers[server as usize];
        if s.down == 0 {
            s.since = self.now;
            self.open += 1;
        }
        s.down |= why;
    }

    pub(super) fn unblock(&mut self, server: u32, why: u8) {
        let s = &mut self.servers[server as usize];
        if s.down == 0 {
            return;
        }
        s.down &= !why;
        if s.down == 0 {
            let length = self.now - s.since;
            self.open -= 1;
            self.incidents += 1;
            self.by_length[length.max(1).ilog2() as usize] += 1;
            let month = (s.since / Span::from_days(30).0).min(12) as usize;
            self.by_month[month] += length / Span::from_mins(1).0;
            self.hash = digest(self.hash, self.now ^ u64::from(server));
        }
    }

    /// Whether the standby could take over.
    pub(super) fn ready(&self, server: u32) -> bool {
        let s = &self.servers[server as usize];
        let standby = 2 * server + 1 - u32::from(s.primary);
        s.pair && !s.patching && self.nodes[standby as usize] == Node::Up
    }

    fn node(&mut self, id: Id) {
        let server = id / 2;
        match self.nodes[id as usize] {
            Node::Up => {
                let crash = self.rates[0] + self.rates[1];
                let engine = self.stream.unit() * crash < self.rates[0];
                let group = &self.groups[usize::from(self.servers[server as usize].group)];
                let law =
                    if engine { &group.compute.process_restart } else { &group.compute.vm_reboot };
                let mut takes = law.sample(&mut self.stream);
                if !self.stream.happens(group.compute.restart_success.0) {
                    takes += group.compute.relocation.sample(&mut self.stream);
                }
                self.fall(id, takes);
            }
            Node::Starting => {
                let s = &self.servers[server as usize];
                let undecided = matches!(s.failover, Step::Idle | Step::Detect | Step::Decide);
                if u32::from(s.primary) == id % 2 && (undecided || s.failover == Step::Mend) {
                    self.stand_down(server);
                    self.unblock(server, ENGINE);
                    self.live(id);
                } else {
                    // What was written meanwhile, at the speed of catching up.
                    self.nodes[id as usize] = Node::CatchingUp;
                    let bytes = self.group(server).wal_rate.mean() * 120.0;
                    let takes = self.group(server).standby.catch_up_rate.seconds_for(bytes);
                    self.queue.set(id, self.now + micros(takes));
                }
            }
            Node::CatchingUp => self.live(id),
        }
    }

    fn live(&mut self, id: Id) {
        self.nodes[id as usize] = Node::Up;
        let next = self.strikes(self.rates[0] + self.rates[1]);
        self.queue.set(id, next);
    }

    /// A node is lost and will need some seconds and its crash recovery.
    pub(super) fn fall(&mut self, id: Id, mut takes: f64) {
        let server = id / 2;
        let group = &self.groups[usize::from(self.servers[server as usize].group)];
        let age = group.compute.checkpoint_interval.as_secs_f64() * self.stream.unit();
        takes += group.compute.replay_rate.seconds_for(group.wal_rate.mean() * age);
        if let Some(tail) = &group.compute.long_transaction
            && self.stream.happens(tail.probability.0)
        {
            takes += tail.lasts.sample(&mut self.stream);
        }
        self.nodes[id as usize] = Node::Starting;
        self.queue.set(id, self.now + micros(takes));
        let s = &self.servers[server as usize];
        if u32::from(s.primary) != id % 2 {
            // The standby of a failover under way: it is given up.
            if s.failover != Step::Idle {
                self.stand_down(server);
                let primary = 2 * server + u32::from(self.servers[server as usize].primary);
                if self.nodes[primary as usize] != Node::Starting {
                    self.unblock(server, ENGINE);
                }
            }
            return;
        }
        self.block(server, ENGINE);
        if self.ready(server) && self.servers[server as usize].failover == Step::Idle {
            let at = self.after(|g| &g.standby.detection, server);
            self.fail_over(server, Step::Detect, at);
        }
    }

    pub(super) fn fail_over(&mut self, server: u32, step: Step, at: Time) {
        self.servers[server as usize].failover = step;
        self.queue.set(FAILOVERS * self.servers.len() as u32 + server, at);
    }

    fn stand_down(&mut self, server: u32) {
        let s = &mut self.servers[server as usize];
        s.failover = Step::Idle;
        self.queue.remove(FAILOVERS * self.servers.len() as u32 + server);
    }

    fn failover(&mut self, server: u32) {
        let (next, at) = match self.servers[server as usize].failover {
            Step::Detect => (Step::Decide, self.after(|g| &g.standby.decision, server)),
            Step::Decide => {
                self.block(server, ENGINE);
                (Step::Fence, self.after(|g| &g.standby.fencing, server))
            }
            Step::Fence => {
                let group = &self.groups[usize::from(self.servers[server as usize].group)];
                let lag = group.standby.replay_lag.sample(&mut self.stream);
                let bytes = lag * group.wal_rate.mean();
                let takes = group.standby.replay_rate.seconds_for(bytes);
                (Step::Replay, self.now + micros(takes))
            }
            Step::Replay => (Step::Promote, self.after(|g| &g.standby.promotion, server)),
            Step::Promote => {
                let works = self.group(server).standby.promotion_success.0;
                if self.stream.happens(works) {
                    self.servers[server as usize].primary ^= 1;
                    (Step::Redirect, self.after(|g| &g.standby.redirection, server))
                } else {
                    let old = 2 * server + u32::from(self.servers[server as usize].primary);
                    if self.nodes[old as usize] != Node::Starting {
                        self.stand_down(server);
                        self.unblock(server, ENGINE);
                        return;
                    }
                    let never = Law::fixed(3.15e9);
                    let group = &self.groups[usize::from(self.servers[server as usize].group)];
                    let law = group.standby.promotion_repair.as_ref().unwrap_or(&never);
                    (Step::Mend, self.now + law.span(&mut self.stream).0)
                }
            }
            Step::Mend => (Step::Promote, self.now + 1),
            _ => {
                self.stand_down(server);
                let primary = 2 * server + u32::from(self.servers[server as usize].primary);
                if self.nodes[primary as usize] != Node::Starting {
                    self.unblock(server, ENGINE);
                }
                return;
            }
        };
        self.fail_over(server, next, at);
    }
}
