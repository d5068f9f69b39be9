//! The fleet as typed parameters: what a scenario is lowered to and a world is built from.
//!
//! Everything here is data; units are resolved, names are only carried for records and messages.
//! The recovery sections are declared with their documentation (`parameters!`), which is what
//! the scenario reader, the schema, the reference and the list of assumptions walk over.

use crate::kernel::law::Law;
use crate::kernel::param::{Credit, DateRange, DayWindow, Policy};
use crate::kernel::quantity::{Bytes, Share, Speed};
use crate::kernel::time::{Calendar, SimTime, Span};
use crate::model::fault::{Cause, Faults};
use std::sync::Arc;

/// A whole fleet and the time it is played for.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Seed of every draw.
    pub seed: u64,
    /// End of the play; the scenario runs from 0 to here.
    pub horizon: SimTime,
    /// Where the start stands in the calendar.
    pub calendar: Calendar,
    /// Whether every component starts at age zero instead of in equilibrium (`every` only).
    pub start_new: bool,
    /// Regions, in file order.
    pub regions: Vec<Region>,
    /// Groups of equal servers, in file order; those of `other_tenants` last.
    pub groups: Vec<Group>,
    /// Fault modes as the scenario sets them for everything that is not a group's own.
    pub faults: Arc<Faults>,
    /// Drills: strikes at given times.
    pub injections: Vec<Injection>,
    /// The control rings.
    pub control: Control,
    /// Applications that need several groups.
    pub services: Vec<Service>,
    /// Step of the time line.
    pub timeline_step: Span,
}

impl Fleet {
    /// A fleet without regions: the start of one that is built by hand.
    pub fn empty(horizon: SimTime) -> Fleet {
        Fleet {
            seed: 1,
            horizon,
            calendar: Calendar { start_unix_micros: 1_767_225_600_000_000 },
            start_new: false,
            regions: Vec::new(),
            groups: Vec::new(),
            faults: Arc::new(Faults::default()),
            injections: Vec::new(),
            control: Control::default(),
            services: Vec::new(),
            timeline_step: Span::from_mins(5),
        }
    }

    /// Whether something has this cause: a mode that is on, a drill, or planned work.
    pub fn has_cause(&self, cause: Cause) -> bool {
        self.faults.is_on(cause)
            || self.injections.iter().any(|i| i.cause == cause)
            || self.groups.iter().any(|g| !g.other_tenant && g.faults.is_on(cause))
            || cause == Cause::MAINTENANCE && self.groups.iter().any(|g| g.maintenance_on)
    }
}

impl Region {
    /// A region with the neutral structure: three zones of one hall, three racks and one stamp of
    /// three storage nodes, hosts without limit.
    pub fn neutral(name: &str) -> Region {
        Region {
            name: name.to_owned(),
            zones: 3,
            utc_offset_minutes: 0,
            cells: 0,
            halls: 1,
            racks: 3,
            stamps: 1,
            storage_nodes: 3,
            vcores_per_host: u32::MAX,
            spare: Share::ZERO,
            concurrency: u32::MAX,
            maintenance: Maintenance::default(),
        }
    }
}

impl Group {
    /// A group with neutral values: no standby, no maintenance, no backup.
    pub fn neutral(name: &str, region: usize, count: u32, faults: Arc<Faults>) -> Group {
        Group {
            name: name.to_owned(),
            region,
            count,
            zone: None,
            sku: String::new(),
            vcores: 1,
            storage: Bytes(1 << 37),
            used: Share(0.5),
            wal_rate: WalRate::Law(Law::default()),
            standby_mode: StandbyMode::None,
            window: Window::System,
            backup: None,
            objectives: Objectives::default(),
            other_tenant: false,
            maintenance_on: false,
            compute: Compute::default(),
            volume: Storage::default(),
            standby: Standby::default(),
            maintenance: Maintenance::default(),
            restore: Restore::default(),
            sla: Sla::default(),
            faults,
        }
    }

    /// Whether some of its servers start in a zone of its region, from 0.
    pub fn starts_in(&self, zone: u32) -> bool {
        self.zone.map_or(zone < self.count, |only| only == zone)
    }
}

/// A region: its failure domains and its capacity.
#[derive(Clone, PartialEq, Debug)]
pub struct Region {
    /// Name, unique.
    pub name: String,
    /// Number of zones, 1 to 8.
    pub zones: u32,
    /// Local time less UTC, in minutes.
    pub utc_offset_minutes: i32,
    /// Number of cells; 0 computes it from the servers (at most 8,192 a cell).
    pub cells: u32,
    /// Halls of a zone.
    pub halls: u32,
    /// Racks of a zone and cell.
    pub racks: u32,
    /// Storage stamps of a zone and cell.
    pub stamps: u32,
    /// Storage nodes of a stamp.
    pub storage_nodes: u32,
    /// vCores of a host; `u32::MAX` is unbounded.
    pub vcores_per_host: u32,
    /// Share of each host that is kept free at the start.
    pub spare: Share,
    /// At most this many servers of the region in maintenance at once; `u32::MAX` is unbounded.
    pub concurrency: u32,
    /// Maintenance rules of the region (rollout plan).
    pub maintenance: Maintenance,
}

crate::choice! {
    /// Whether and where a server has a standby.
    pub enum StandbyMode {
        /// No standby.
        None = "none",
        /// A standby in the zone of the primary.
        SameZone = "same-zone",
        /// A standby in another zone.
        ZoneRedundant = "zone-redundant",
    }
}

crate::choice! {
    /// Where the backups of a server survive.
    pub enum Redundancy {
        /// In the zone of the server.
        Local = "local",
        /// In several zones of the region.
        Zone = "zone",
        /// In the paired region too.
        Geo = "geo",
    }
}

/// Automatic backups of a server.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Backup {
    /// How long they are kept.
    pub retention: Span,
    /// What they survive.
    pub redundancy: Redundancy,
}

/// When a server may be maintained.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Window {
    /// The service chooses, within the region's system window.
    System,
    /// A weekly window.
    Custom {
        /// 0 Sunday to 6 Saturday, local.
        day: u8,
        /// Minutes from local midnight.
        start: u16,
    },
}

/// How fast a server writes its log.
#[derive(Clone, PartialEq, Debug)]
pub enum WalRate {
    /// Bytes per second, drawn anew for each use.
    Law(Law),
    /// Bytes per second in each hour of the UTC day.
    Hourly(Box<[f64; 24]>),
}

impl WalRate {
    /// Mean bytes per second.
    pub fn mean(&self) -> f64 {
        match self {
            WalRate::Law(law) => law.mean(),
            WalRate::Hourly(hours) => hours.iter().sum::<f64>() / 24.0,
        }
    }
}

/// What a group promised itself.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Objectives {
    /// Longest recovery time wanted.
    pub rto: Option<Span>,
    /// Longest loss window wanted.
    pub rpo: Option<Span>,
    /// Availability wanted.
    pub availability: Option<Share>,
}

/// Servers that are alike.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// Name, unique.
    pub name: String,
    /// Index of the region.
    pub region: usize,
    /// Number of servers.
    pub count: u32,
    /// Zone of the primary, from 0; `None` is round-robin by server number.
    pub zone: Option<u32>,
    /// Name of the size, for display; empty if only `vcores` was given.
    pub sku: String,
    /// vCores of a node.
    pub vcores: u32,
    /// Size of the volume.
    pub storage: Bytes,
    /// Share of the volume that holds data.
    pub used: Share,
    /// Log written.
    pub wal_rate: WalRate,
    /// Standby.
    pub standby_mode: StandbyMode,
    /// Maintenance window.
    pub window: Window,
    /// Automatic backups, if any.
    pub backup: Option<Backup>,
    /// Objectives.
    pub objectives: Objectives,
    /// Whether these are other tenants: placed, struck and queued, but never in results.
    pub other_tenant: bool,
    /// Whether planned maintenance happens.
    pub maintenance_on: bool,
    /// Recovery of engines and machines.
    pub compute: Compute,
    /// Volumes.
    pub volume: Storage,
    /// Standbys and failover.
    pub standby: Standby,
    /// Planned work.
    pub maintenance: Maintenance,
    /// Restores.
    pub restore: Restore,
    /// Contract.
    pub sla: Sla,
    /// Fault modes; only those addressed to a node, server, pair or copy are the group's own.
    pub faults: Arc<Faults>,
}

/// Where a drill strikes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A region.
    Region(usize),
    /// A zone of a region, from 0.
    Zone(usize, u32),
    /// A hall of a zone, from 0.
    Hall(usize, u32, u32),
    /// All servers of a group.
    Group(usize),
    /// One server of a group, from 0.
    Server(usize, u32),
}

/// A strike at a given time, in every replication; never void.
#[derive(Clone, PartialEq, Debug)]
pub struct Injection {
    /// When.
    pub at: SimTime,
    /// Which mode.
    pub cause: Cause,
    /// Where; every component of the mode's kind in that place is struck.
    pub place: Place,
    /// Duration, instead of the mode's own law.
    pub lasts: Option<Law>,
    /// Share of halls or servers struck, instead of the mode's own.
    pub share: Option<Share>,
    /// Probability that a storage node never returns, instead of the mode's own.
    pub copies_lost: Option<Share>,
}

/// One need of an application.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Need {
    /// Index of the group.
    pub group: usize,
    /// At least this many of its servers must serve.
    pub at_least: u32,
}

/// An application that needs several groups.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Name, unique.
    pub name: String,
    /// It is up while every need is met.
    pub needs: Vec<Need>,
}

crate::parameters! {
    /// `[compute]`: how engines, machines and hosts come back.
    pub struct Compute {
        /// Restart of a crashed engine in place, before crash recovery. Neutral: 0.
        process_restart: Law = Law::default(),
        /// Reboot of a virtual machine in place, before crash recovery. Neutral: 0.
        vm_reboot: Law = Law::default(),
        /// Probability that a restart or reboot in place works; else the node is relocated. Neutral: 100 %.
        restart_success: Share = Share::ONE,
        /// Start of a node on another host with its volume attached again, before crash recovery. Neutral: 0.
        relocation: Law = Law::default(),
        /// A node whose rack is away for longer is relocated, unless its hall is away too. Neutral: never.
        relocate_after: Option<Span> = None,
        /// Speed of crash recovery. Neutral: unbounded.
        replay_rate: Speed = Speed::UNBOUNDED,
        /// Time between checkpoints: crash recovery replays what was written since the last one. Neutral: 0.
        checkpoint_interval: Span = Span::ZERO,
        /// A long transaction that crash recovery must undo. Neutral: none.
        long_transaction: Option<LongTransaction> = None,
    }
}

crate::parameters! {
    /// `long_transaction`: an extra tail of crash recovery.
    pub struct LongTransaction {
        /// Probability that a crash meets one. Neutral: 0.
        probability: Share = Share::ZERO,
        /// How much longer recovery takes then. Neutral: 0.
        lasts: Law = Law::default(),
    }
}

crate::choice! {
    /// How the copies of volumes are spread over the storage nodes of a stamp.
    pub enum Placement {
        /// Three nodes in distinct racks at random.
        Random = "random",
        /// A few fixed sets of three nodes.
        Copysets = "copysets",
    }
}

crate::parameters! {
    /// `[storage]`: volumes of three synchronous copies.
    pub struct Storage {
        /// Fewest live copies that acknowledge writes, 1 to 3. Neutral: 2.
        min_copies: u32 = 2,
        /// Placement of copies: "random" or "copysets". Neutral: random.
        placement: Placement = Placement::Random,
        /// Stall of writes while a lost copy is taken out of the set. Neutral: 0.
        seal: Law = Law::default(),
        /// A stall of at most this time is counted, but is no incident. Neutral: 0.
        stall_tolerance: Span = Span::ZERO,
        /// Time for a copy that returns to catch up. Neutral: 0.
        resync: Law = Law::default(),
        /// A copy that is away longer than this is made anew elsewhere. Neutral: 0.
        rebuild_after: Span = Span::ZERO,
        /// Time to make one copy anew; instead of `rebuild_bandwidth`.
        rebuild: Option<Law> = None,
        /// Bandwidth of a stamp, shared equally by its running rebuilds. Neutral: unbounded.
        rebuild_bandwidth: Speed = Speed::UNBOUNDED,
        /// Rebuilds that a stamp runs at once; 1 is serial. Neutral: unbounded.
        rebuild_concurrent: u32 = u32::MAX,
    }
}

crate::parameters! {
    /// `[standby]`: replication, failover and the way back to health.
    pub struct Standby {
        /// From the loss of the primary to its detection. Neutral: 0.
        detection: Law = Law::default(),
        /// From detection to the decision to fail over; from then on the old primary is fenced. Neutral: 0.
        decision: Law = Law::default(),
        /// Fencing of the old primary. Neutral: 0.
        fencing: Law = Law::default(),
        /// Speed at which received log is applied before promotion. Neutral: unbounded.
        replay_rate: Speed = Speed::UNBOUNDED,
        /// Log received but not yet applied by a healthy standby, as time of writing. Neutral: 0.
        replay_lag: Law = Law::default(),
        /// Promotion of the standby. Neutral: 0.
        promotion: Law = Law::default(),
        /// Probability that a promotion works. Neutral: 100 %.
        promotion_success: Share = Share::ONE,
        /// Time for a person to mend a failed promotion. Neutral: never.
        promotion_repair: Option<Law> = None,
        /// From promotion until the last client resolves the new address. Neutral: 0.
        redirection: Law = Law::default(),
        /// Creation of a new standby node. Neutral: 0.
        provisioning: Law = Law::default(),
        /// Speed of catching up, by log or by a fresh copy. Neutral: unbounded.
        catch_up_rate: Speed = Speed::UNBOUNDED,
        /// A standby that is away longer than this is replaced by a new one. Neutral: never.
        replace_after: Option<Span> = None,
        /// Stall of commits when a healthy standby is lost, before the primary goes on alone. Neutral: 0.
        drop: Law = Law::default(),
        /// A third node keeps the log: commits never wait for a lost standby. Neutral: off.
        wal_quorum: bool = false,
        /// An unhealthy standby is promoted after this time, with its lag as loss. Neutral: never.
        promote_stale: Policy = Policy::default(),
    }
}

crate::parameters! {
    /// `[control]`: the control ring of each region.
    pub struct Control {
        /// Failovers that a region's ring runs at once, split over its cells. Neutral: unbounded.
        ring_limit: u32 = u32::MAX,
    }
}

crate::choice! {
    /// What happens to a server that is not healthy when its window opens.
    pub enum WhenUnhealthy {
        /// It waits for its next window.
        Wait = "wait",
        /// It is patched all the same.
        Patch = "patch",
    }
}

crate::parameters! {
    /// `[maintenance]`: monthly releases in windows.
    pub struct Maintenance {
        /// Time between releases of a region, 1 hour or more. Neutral: 30 days.
        release_interval: Span = Span::from_days(30),
        /// Notice before a server is patched. Neutral: 0.
        notice: Span = Span::ZERO,
        /// Part of the local day in which system-managed servers are patched. Neutral: the whole day.
        system_window: DayWindow = DayWindow { from: 0, to: 0 },
        /// Length of a maintenance window, 1 minute to 1 day. Neutral: 1 hour.
        window_length: Span = Span::from_mins(60),
        /// Least time between two maintenances of one server. Neutral: 30 days.
        min_gap: Span = Span::from_days(30),
        /// How much later than system-managed servers those with a window of their own begin. Neutral: 0.
        custom_delay: Span = Span::ZERO,
        /// Restart that a patch needs: the whole server without a standby, one node with one. Neutral: 0.
        restart: Law = Law::default(),
        /// Write block of a planned switchover, before promotion and redirection. Neutral: 0.
        switchover: Law = Law::default(),
        /// Probability that a patch works. Neutral: 100 %.
        patch_success: Share = Share::ONE,
        /// Time to roll a failed patch back. Neutral: 0.
        rollback: Law = Law::default(),
        /// Time from the patched standby's return to the switchover. Neutral: 0.
        soak: Span = Span::ZERO,
        /// Servers of a region in maintenance at once; turns among windows keep to it. Neutral: unbounded.
        concurrency: u32 = u32::MAX,
        /// Every window belongs to one zone: a release is rolled out zone after zone. Neutral: no.
        one_zone_at_a_time: bool = false,
        /// No maintenance from the beginning of `from` to that of `to`, dates of the region. Neutral: none.
        freeze: Vec<DateRange> = Vec::new(),
        /// Share of releases that are critical: no notice, no least gap. Neutral: 0.
        critical_share: Share = Share::ZERO,
        /// A server without standby that is down at its window: "wait" for the next, or "patch". Neutral: wait.
        when_unhealthy: WhenUnhealthy = WhenUnhealthy::Wait,
    }
}

crate::parameters! {
    /// `[restore]`: a server made anew from its backups.
    pub struct Restore {
        /// Creation of the new server. Neutral: 0.
        provisioning: Law = Law::default(),
        /// Speed at which one restore fetches the snapshot. Neutral: unbounded.
        fetch_rate: Speed = Speed::UNBOUNDED,
        /// Speed at which archived log is replayed. Neutral: unbounded.
        replay_rate: Speed = Speed::UNBOUNDED,
        /// A person points applications at the new server. Neutral: 0.
        reconfiguration: Law = Law::default(),
        /// Longest time that archived log is behind. Neutral: 0.
        archive_period: Span = Span::ZERO,
        /// Time between snapshots. Neutral: 1 day.
        snapshot_interval: Span = Span::from_days(1),
        /// How far the copy in the paired region is behind, at most. Neutral: 0.
        geo_lag: Span = Span::ZERO,
        /// Fetch bandwidth of a region, shared by its restores and split over its cells. Neutral: unbounded.
        throughput: Speed = Speed::UNBOUNDED,
        /// A server down in a zone outage: "wait", or restore `{ after = "4h" }`. Neutral: wait.
        on_zone_outage: Policy = Policy::default(),
        /// A server down in a region outage: "wait", or restore `{ after = "4h" }`. Neutral: wait.
        on_region_outage: Policy = Policy::default(),
    }
}

crate::choice! {
    /// Which kind of refusal makes a minute of the contract a minute down.
    pub enum Counts {
        /// No connection could be made.
        Connect = "connect",
        /// No write could be committed.
        Write = "write",
    }
}

crate::parameters! {
    /// `[sla]`: the contract.
    pub struct Sla {
        /// Monthly availability promised, by standby mode.
        targets: Targets = Targets::default(),
        /// What must be refused for all of a minute: "connect" or "write". Neutral: connect.
        counts: Counts = Counts::Connect,
        /// Whether planned seconds count as down. Neutral: yes.
        planned: bool = true,
        /// Causes whose minutes do not count. Neutral: none.
        excluded_causes: Vec<String> = Vec::new(),
        /// Credits: below this availability, this share of the bill. Neutral: none.
        credits: Vec<Credit> = Vec::new(),
    }
}

crate::parameters! {
    /// `targets`: monthly availability promised.
    pub struct Targets {
        /// Without a standby. Neutral: 0.
        none: Share = Share::ZERO,
        /// With a standby in the same zone. Neutral: 0.
        same_zone: Share = Share::ZERO,
        /// With a standby in another zone. Neutral: 0.
        zone_redundant: Share = Share::ZERO,
    }
}

impl Targets {
    /// The target of a standby mode.
    pub fn of(&self, mode: StandbyMode) -> Share {
        match mode {
            StandbyMode::None => self.none,
            StandbyMode::SameZone => self.same_zone,
            StandbyMode::ZoneRedundant => self.zone_redundant,
        }
    }
}
