//! What is known before the play: classes, scopes, contracts, months, the grid, what to watch.

use super::calendar::{Grid, Minutes};
use super::drill::strikes;
use super::scopes::{classes, contract, scopes, shared_causes};
use super::unseen::{Reach, on, reaches};
use super::watch::{Watch, WatchError, Watched};
use crate::kernel::time::SimTime;
use crate::model::fault::Cause;
use crate::model::fleet::{Fleet, Group, Service, StandbyMode};
use crate::model::layout::{self, Cell};

/// A kind of scope.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// All servers.
    Fleet,
    /// A group.
    Group,
    /// A region.
    Region,
    /// A zone, named `region/Z` with zones from 1.
    Zone,
    /// A standby mode.
    Standby,
    /// A cause.
    Cause,
    /// A service.
    Service,
}

impl Kind {
    /// The word in tables and expectations.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Fleet => "fleet",
            Kind::Group => "group",
            Kind::Region => "region",
            Kind::Zone => "zone",
            Kind::Standby => "standby",
            Kind::Cause => "cause",
            Kind::Service => "service",
        }
    }

    /// The kind with that word.
    pub fn named(word: &str) -> Option<Kind> {
        use Kind::{Cause, Fleet, Group, Region, Service, Standby, Zone};
        let all = [Fleet, Group, Region, Zone, Standby, Cause, Service];
        all.into_iter().find(|kind| kind.word() == word)
    }
}

/// What a scope is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Parts {
    /// A sum of classes.
    Classes(Vec<u32>),
    /// A cause.
    Cause(Cause),
    /// A service.
    Service(usize),
}

/// A set of servers, a cause or a service that has rows in the tables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// Its kind.
    pub kind: Kind,
    /// Its name; the fleet's is `fleet`.
    pub name: String,
    /// What it is made of.
    pub parts: Parts,
    /// Its servers; those of the fleet for a cause, 1 for a service.
    pub servers: u64,
    /// Cells in which they stand.
    pub cells: u64,
}

/// Servers of one group that start in one zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Class {
    /// Index of the group.
    pub group: usize,
    /// Zone from 0.
    pub zone: u32,
}

/// What a group was promised and promised itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Contract {
    /// Whether refused writes alone make a minute down.
    pub writes: bool,
    /// Whether planned seconds count.
    pub planned: bool,
    /// Causes that do not count, a bit each.
    pub excluded: u64,
    /// Monthly availability; 0 is none.
    pub target: f64,
    /// Longest recovery time, us; `u64::MAX` is none.
    pub rto: u64,
    /// Longest loss window, us; `u64::MAX` is none.
    pub rpo: u64,
    /// Whether a standby was bought.
    pub standby: bool,
}

/// What to keep beside the counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wants {
    /// A row an incident.
    pub rows: bool,
    /// The time line.
    pub timeline: bool,
    /// Peaks: exact for a fleet of one cell, else at grid instants.
    pub peaks: bool,
    /// A row a server.
    pub servers: bool,
}

/// A group that appears in results.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupFacts {
    /// Name.
    pub name: String,
    /// Region's index.
    pub region: usize,
    /// Number of servers.
    pub count: u32,
    /// Number of its first server in tables of servers.
    pub first: u32,
    /// Whether it never appears in results.
    pub hidden: bool,
    /// Whether a service needs it.
    pub in_service: bool,
    /// Zone of its servers; `None` is round-robin.
    pub zone: Option<u32>,
    /// Standby mode.
    pub standby: StandbyMode,
}

/// Everything the measures know before the play.
#[derive(Clone, Debug)]
pub struct Book {
    /// End of the play.
    pub horizon: SimTime,
    /// Sets that have rows, in the order of tables.
    pub scopes: Vec<Scope>,
    /// Servers by group and start zone; no other tenants.
    pub classes: Vec<Class>,
    /// Groups in file order, hidden ones too.
    pub groups: Vec<GroupFacts>,
    /// Contract of each group.
    pub contracts: Vec<Contract>,
    /// Names and numbers of zones of the regions.
    pub regions: Vec<(String, u32)>,
    /// Number of cells.
    pub cells: usize,
    /// Months and clock minutes.
    pub minutes: Minutes,
    /// The grid of the time line.
    pub grid: Grid,
    /// Services.
    pub services: Vec<Service>,
    /// What drills strike, in order of time: when, us, and what is charged.
    pub strikes: Vec<(u64, Cause)>,
    /// Expectations that need a count of passes.
    pub watched: Vec<Watched>,
    /// Exact probabilities of the strata; one stratum of 1 where the environment is natural.
    pub strata: Vec<f64>,
    /// What to keep beside the counters.
    pub wants: Wants,
    /// Whether any cause that cells share can strike.
    pub shared_causes: bool,
    /// Whether each cause strikes by chance.
    pub on: [bool; Cause::COUNT],
    /// How far each cause reaches.
    pub reaches: [Reach; Cause::COUNT],
    /// How far chance reaches with all that is on.
    pub reach: Reach,
    /// Servers in results.
    pub servers: u64,
    /// More than this no peak can be: servers down, failovers, vCores queued. Other tenants wait too.
    pub highest: [u64; 3],
}

impl Book {
    /// The book of a fleet: natural environment, time line and servers kept, no incident rows.
    pub fn new(fleet: &Fleet) -> Book {
        let mut first = 0;
        let needed = |g: usize| fleet.services.iter().any(|s| s.needs.iter().any(|n| n.group == g));
        let groups: Vec<GroupFacts> = fleet
            .groups
            .iter()
            .enumerate()
            .map(|(index, g)| {
                let at = first;
                first += if g.other_tenant { 0 } else { g.count };
                GroupFacts {
                    name: g.name.clone(),
                    region: g.region,
                    count: g.count,
                    first: at,
                    hidden: g.other_tenant,
                    in_service: needed(index),
                    zone: g.zone,
                    standby: g.standby_mode,
                }
            })
            .collect();
        let (reaches, reach) = reaches(fleet);
        let sum = |of: &dyn Fn(&Group) -> u64| fleet.groups.iter().map(of).sum::<u64>();
        let slots = |g: &Group| if g.standby_mode == StandbyMode::None { 1 } else { 3 };
        let vcores = sum(&|g| u64::from(g.count) * u64::from(g.vcores) * slots(g));
        let highest = [u64::from(first), sum(&|g| u64::from(g.count)), vcores];
        let mut book = Book {
            horizon: fleet.horizon,
            scopes: Vec::new(),
            classes: classes(fleet),
            contracts: fleet.groups.iter().map(contract).collect(),
            groups,
            regions: fleet.regions.iter().map(|r| (r.name.clone(), r.zones.max(1))).collect(),
            cells: layout::cells(fleet).len(),
            minutes: Minutes::new(fleet.calendar, fleet.horizon),
            grid: Grid::new(fleet.timeline_step, fleet.horizon),
            services: fleet.services.clone(),
            strikes: strikes(fleet),
            watched: Vec::new(),
            strata: vec![1.0],
            wants: Wants { rows: false, timeline: true, peaks: true, servers: true },
            shared_causes: shared_causes(fleet),
            on: on(fleet),
            reaches,
            reach,
            servers: u64::from(first),
            highest,
        };
        book.scopes = scopes(&book, fleet);
        book
    }

    /// The same with the strata of a stratified environment: probability of no strike of a zone or
    /// region, and of at least one.
    #[must_use]
    pub fn stratified(mut self, weights: [f64; 2]) -> Book {
        self.strata = weights.to_vec();
        self
    }

    /// The same with other wants.
    #[must_use]
    pub fn wanting(mut self, wants: Wants) -> Book {
        self.wants = wants;
        self
    }

    /// Registers what must be counted while playing. The order is the order of results.
    pub fn watch(&mut self, watches: Vec<Watch>) -> Result<(), Vec<WatchError>> {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (index, watch) in watches.into_iter().enumerate() {
            match Watched::resolve(self, watch) {
                Ok(watched) => good.push(watched),
                Err(why) => bad.push(WatchError { index, why }),
            }
        }
        self.watched = good;
        if bad.is_empty() { Ok(()) } else { Err(bad) }
    }

    /// The scope of that kind and name.
    pub fn scope(&self, kind: Kind, name: &str) -> Option<usize> {
        self.scopes.iter().position(|s| s.kind == kind && (kind == Kind::Fleet || s.name == name))
    }

    /// Whether levels over time are kept on the grid.
    pub fn lines(&self) -> bool {
        self.wants.timeline || self.wants.peaks && self.cells > 1
    }

    /// Whether every change of a level that has a peak is kept.
    pub fn exact_peaks(&self) -> bool {
        self.wants.peaks && self.cells == 1
    }

    /// Years of 365 days from start to horizon.
    pub fn years(&self) -> f64 {
        self.horizon.0 as f64 / super::metric::YEAR
    }

    /// The class of a server of a cell; `None` for other tenants.
    pub fn class_of(&self, group: usize, number_in_group: u32) -> Option<u32> {
        let facts = &self.groups[group];
        if facts.hidden {
            return None;
        }
        let zones = self.regions[facts.region].1;
        let zone = facts.zone.unwrap_or(number_in_group % zones);
        self.classes_of(group).find(|&c| self.classes[c].zone == zone).map(|c| c as u32)
    }

    /// The classes of a group: neighbours, by zone.
    pub fn classes_of(&self, group: usize) -> std::ops::Range<usize> {
        let first = self.classes.partition_point(|c| c.group < group);
        first..self.classes.partition_point(|c| c.group <= group)
    }

    /// Number in tables of servers of the first server of a stretch of a cell.
    pub fn first_server(&self, cell: &Cell, stretch: usize) -> u32 {
        let stretch = &cell.stretches[stretch];
        self.groups[stretch.group].first + stretch.first_in_group
    }
}
