//! A sink that keeps everything, and the invariants that hold of any world's records.

use crate::generate::Case;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::environment::{Candidate, Environment};
use fleetsim::model::fault::Cause;
use fleetsim::model::fleet::{Backup, Group, StandbyMode};
use fleetsim::model::record::{
    Gauge, Incident, Interval, RecoveryPath, Resource, Segment, Sink, Stall, State,
};
use fleetsim::model::strikes::every;
use fleetsim::model::world::Scene;
use std::collections::{BTreeMap, BTreeSet};

/// An incident that owns its segments.
#[derive(Clone, PartialEq, Debug)]
pub struct Kept {
    pub server: u32,
    pub from: SimTime,
    pub to: SimTime,
    pub censored: bool,
    pub cause: Cause,
    pub path: Option<RecoveryPath>,
    pub segments: Vec<Segment>,
    pub at_risk_because: Option<Cause>,
    pub loss_window: Option<Span>,
    pub copies_lost: bool,
}

/// Everything that one cell told, in the order of telling.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Records {
    pub incidents: Vec<Kept>,
    pub intervals: Vec<Interval>,
    pub stalls: Vec<Stall>,
    pub gauges: Vec<Gauge>,
    /// Per server, in the order of telling: from and to of incidents and intervals.
    told: BTreeMap<u32, Vec<(SimTime, SimTime)>>,
}

impl Sink for Records {
    fn incident(&mut self, i: &Incident<'_>) {
        self.told.entry(i.server).or_default().push((i.from, i.to));
        self.incidents.push(Kept {
            server: i.server,
            from: i.from,
            to: i.to,
            censored: i.censored,
            cause: i.cause,
            path: i.path,
            segments: i.segments.to_vec(),
            at_risk_because: i.at_risk_because,
            loss_window: i.loss_window,
            copies_lost: i.copies_lost,
        });
    }
    fn interval(&mut self, i: Interval) {
        self.told.entry(i.server).or_default().push((i.from, i.to));
        self.intervals.push(i);
    }
    fn stall(&mut self, stall: Stall) {
        self.stalls.push(stall);
    }
    fn gauge(&mut self, gauge: Gauge) {
        self.gauges.push(gauge);
    }
}

impl Records {
    /// The same records in an order that does not depend on how the world was played.
    pub fn sorted(mut self) -> Records {
        self.incidents.sort_by_key(|i| (i.server, i.from));
        self.intervals.sort_by_key(|i| (i.server, i.from, i.to));
        // Where a stretch was cut without a change says nothing.
        self.intervals.dedup_by(|next, last| {
            let same = next.server == last.server
                && next.state == last.state
                && next.cause == last.cause
                && next.from == last.to;
            if same {
                last.to = next.to;
            }
            same
        });
        self.stalls.sort_by_key(|s| (s.server, s.from, s.to));
        self.gauges.sort_by_key(|g| (g.at, g.resource, g.zone, g.change));
        self.told.clear();
        self
    }

    /// Prints everything about one server, for a failing world.
    pub fn tell(&self, server: u32) {
        for i in self.incidents.iter().filter(|i| i.server == server) {
            eprintln!("{:?}-{:?} {:?} {:?} {i:?}", i.from, i.to, i.cause, i.path);
        }
        for i in self.intervals.iter().filter(|i| i.server == server) {
            eprintln!("{i:?}");
        }
        for s in self.stalls.iter().filter(|s| s.server == server) {
            eprintln!("{s:?}");
        }
    }

    /// Checks one cell's records; `candidates` and the environment are what struck it.
    pub fn verify(
        &self,
        case: &Case,
        scene: &Scene,
        cell: usize,
        environment: &Environment,
        candidates: &[Candidate],
    ) {
        let horizon = scene.fleet.horizon;
        let spec = &scene.cells[cell];
        let group_of = |server: u32| -> &Group {
            let stretch = spec.stretches.iter().find(|s| s.servers.contains(&server));
            &scene.fleet.groups[stretch.expect("the server is in the cell").group]
        };
        let causes = Causes::new(scene, spec.region, environment, candidates);
        for told in self.told.values() {
            for (i, &(from, to)) in told.iter().enumerate() {
                assert!(from < to && to <= horizon, "stretch {from:?} to {to:?}");
                assert!(
                    i == 0 || told[i - 1].1 <= from,
                    "overlap: {:?}, {:?}",
                    told[i - 1],
                    told[i]
                );
            }
        }
        let mut absent = BTreeMap::new();
        for i in self.intervals.iter().filter(|i| i.state == State::Absent) {
            assert_eq!(i.to, horizon, "the absent do not come back: {i:?}");
            assert!(absent.insert(i.server, i.from).is_none(), "absent twice: {i:?}");
        }
        for i in &self.intervals {
            if let State::AtRisk { no_standby, copies } = i.state {
                assert!(no_standby || copies, "at risk of nothing: {i:?}");
                let bought = group_of(i.server).standby_mode != StandbyMode::None;
                assert!(bought || !no_standby, "no standby was bought: {i:?}");
            }
            assert!(i.cause != Cause(0), "no cause: {i:?}");
            assert!(i.from >= causes.first(i.cause), "before its cause: {i:?}");
        }
        for incident in &self.incidents {
            let group = group_of(incident.server);
            self.verify_incident(incident, group, horizon, &causes, case.ties);
            // What a restore goes back to may be older than the scenario, unless all is new there.
            let restore = &group.restore;
            let old = restore.archive_period.max(restore.geo_lag);
            let before = if scene.fleet.start_new { Span::ZERO } else { old };
            let oldest = before.max(incident.from.since(SimTime::ZERO));
            assert!(incident.loss_window <= Some(oldest), "{incident:?}");
            if incident.path == Some(RecoveryPath::Lost) {
                let gone = absent.get(&incident.server) == Some(&incident.to);
                assert!(gone || incident.to == horizon, "lost, but not absent: {incident:?}");
            }
        }
        for (&server, &from) in &absent {
            let end = self.incidents.iter().rfind(|i| i.server == server);
            let end = end.expect("a server that is absent was lost");
            assert!(end.path == Some(RecoveryPath::Lost) && end.to == from, "{end:?} to {from:?}");
        }
        self.verify_stalls(group_of);
        self.verify_gauges(case, scene, cell);
        if case.repairable {
            for incident in &self.incidents {
                assert!(!incident.censored, "never repaired: {incident:?}");
            }
            for i in &self.intervals {
                let ended = i.to < horizon || i.state == State::Absent;
                assert!(ended, "never made whole: {i:?}");
            }
        }
    }

    fn verify_incident(
        &self,
        i: &Kept,
        group: &Group,
        horizon: SimTime,
        causes: &Causes,
        ties: bool,
    ) {
        assert!(i.from < i.to && i.to <= horizon, "{i:?}");
        assert_eq!(i.segments.first().map(|s| s.from), Some(i.from), "{i:?}");
        assert_eq!(i.segments.last().map(|s| s.to), Some(i.to), "{i:?}");
        assert_eq!(i.segments[0].cause, i.cause, "{i:?}");
        for s in &i.segments {
            assert!(s.from < s.to, "{i:?}");
            assert!(s.cause != Cause(0), "no cause: {i:?}");
            assert!(!s.planned || s.cause == Cause::MAINTENANCE, "{i:?}");
            assert!(s.from >= causes.first(s.cause), "{s:?} before its cause in {i:?}");
        }
        for pair in i.segments.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "a gap in {i:?}");
            let same = Segment { from: pair[0].from, to: pair[0].to, ..pair[1] };
            assert!(same != pair[0], "a seam in {i:?}");
        }
        let length: u64 = i.segments.iter().map(|s| s.length().0).sum();
        assert_eq!(length, i.to.since(i.from).0);
        assert_eq!(i.censored, i.path.is_none(), "{i:?}");
        assert!(!i.censored || i.to == horizon, "{i:?}");
        assert_eq!(
            i.loss_window.is_some(),
            !i.censored && i.path != Some(RecoveryPath::Lost),
            "{i:?}"
        );
        causes.verify_start(i, group);
        let bought = group.standby_mode != StandbyMode::None;
        if i.loss_window.is_some_and(|w| w > Span::ZERO) {
            let stale = bought && group.standby.promote_stale.after.is_some();
            // A copy that was waited for, or catches up, may be all that is left of a volume that was written
            // meanwhile.
            let volume = &group.volume;
            let old = volume.rebuild_after > Span::ZERO || volume.resync != Law::default();
            assert!(
                stale || old || group.backup.is_some(),
                "lost nothing that could be lost: {i:?}"
            );
        }
        match i.path {
            Some(RecoveryPath::Failover) => assert!(bought, "{i:?}"),
            Some(RecoveryPath::Switchover) => assert!(bought && group.maintenance_on, "{i:?}"),
            Some(RecoveryPath::Restore) => assert!(group.backup.is_some(), "{i:?}"),
            Some(RecoveryPath::GeoRestore) => {
                use fleetsim::model::fleet::Redundancy::{Geo, Zone};
                let backup: Option<Backup> = group.backup;
                assert!(backup.is_some_and(|b| matches!(b.redundancy, Geo | Zone)), "{i:?}");
            }
            Some(RecoveryPath::Revive) => panic!("nothing is revived yet: {i:?}"),
            _ => {}
        }
        // A stall alone is an incident only above the tolerance, or where it lost data.
        if !group.maintenance_on && !i.censored && i.segments.iter().all(|s| !s.connect) {
            let lossless = i.loss_window.is_none_or(|w| w == Span::ZERO);
            let alone = i.path != Some(RecoveryPath::Lost) && !i.copies_lost && lossless;
            let length = i.to.since(i.from);
            let tolerance = group.volume.stall_tolerance;
            // At the tolerance a failover may begin, and end at once.
            let over = length > tolerance
                || (length == tolerance && i.path == Some(RecoveryPath::Failover));
            assert!(!alone || over, "tolerated: {i:?}");
        }
        let before = self
            .intervals
            .iter()
            .find(|r| r.server == i.server && r.to == i.from)
            .filter(|r| matches!(r.state, State::AtRisk { .. }));
        let after = self.intervals.iter().find(|r| r.server == i.server && r.from == i.to);
        // What was away may have come back in the microsecond of the strike, also where times have
        // no ties by design: then nothing after the incident is away for the same cause.
        let came_back = i.at_risk_because.is_none()
            && before.is_some_and(|b| after.is_none_or(|a| a.cause != b.cause));
        if ties || came_back || i.cause == Cause::MAINTENANCE || i.cause == Cause::bad_release {
            assert!(i.at_risk_because.is_none() || before.is_some(), "{i:?} after {before:?}");
        } else {
            assert_eq!(i.at_risk_because, before.map(|b| b.cause), "{i:?} after {before:?}");
        }
    }

    fn verify_stalls<'a>(&self, group_of: impl Fn(u32) -> &'a Group) {
        let mut last: BTreeMap<u32, SimTime> = BTreeMap::new();
        for s in &self.stalls {
            assert!(s.from < s.to, "{s:?}");
            let tolerance = group_of(s.server).volume.stall_tolerance;
            assert!(s.to.since(s.from) <= tolerance, "not tolerated: {s:?}, {tolerance:?}");
            assert!(last.get(&s.server).is_none_or(|&t| t <= s.from), "overlapping stalls: {s:?}");
            last.insert(s.server, s.to);
            for i in self.incidents.iter().filter(|i| i.server == s.server) {
                assert!(i.to <= s.from || s.to <= i.from, "{s:?} within {i:?}");
            }
        }
    }

    fn verify_gauges(&self, case: &Case, scene: &Scene, cell: usize) {
        let mut gauges = self.gauges.clone();
        gauges.sort_by_key(|g| g.at);
        let mut levels: BTreeMap<(Resource, u32), i64> = BTreeMap::new();
        let spec = &scene.cells[cell];
        let region = &scene.fleet.regions[spec.region];
        let alone = spec.of == 1;
        for (n, g) in gauges.iter().enumerate() {
            assert!(g.at <= scene.fleet.horizon, "{g:?}");
            *levels.entry((g.resource, g.zone)).or_default() += g.change;
            if gauges.get(n + 1).is_some_and(|next| next.at == g.at) {
                continue;
            }
            for (&(resource, zone), &level) in &levels {
                assert!(level >= 0, "{resource:?} of zone {zone} is {level} at {:?}", g.at);
                if resource == Resource::VcoresFree && region.vcores_per_host == u32::MAX {
                    assert_eq!(level, 0, "unbounded hosts have no level at {:?}", g.at);
                }
            }
            let limit = scene.fleet.control.ring_limit;
            if case.no_redirection && alone && limit < u32::MAX {
                let failovers = |l: &BTreeMap<(Resource, u32), i64>| -> i64 {
                    l.iter().filter(|l| l.0.0 == Resource::Failovers).map(|l| l.1).sum()
                };
                assert!(failovers(&levels) <= i64::from(limit), "failovers at {:?}", g.at);
            }
        }
    }
}

/// When each cause may have struck.
struct Causes {
    /// First time at which a cause may have struck anything.
    first: BTreeMap<Cause, SimTime>,
    /// All times of causes whose incidents begin with their strike.
    times: BTreeMap<Cause, BTreeSet<SimTime>>,
    by_clock: BTreeSet<Cause>,
}

/// Causes whose incidents begin exactly when a strike happens.
const PROMPT: [Cause; 6] = [
    Cause::process_crash,
    Cause::vm_crash,
    Cause::host_failure,
    Cause::connectivity,
    Cause::gateway_outage,
    Cause::partition,
];

impl Causes {
    fn new(
        scene: &Scene,
        region: usize,
        environment: &Environment,
        candidates: &[Candidate],
    ) -> Causes {
        let fleet = &scene.fleet;
        let mut times: BTreeMap<Cause, BTreeSet<SimTime>> = BTreeMap::new();
        let mut note = |cause, at| {
            times.entry(cause).or_default().insert(at);
        };
        for c in candidates {
            note(c.cause, c.at);
        }
        for i in &fleet.injections {
            note(i.cause, i.at);
        }
        for o in &environment.regions[region].outages {
            note(o.origin.cause, o.from);
        }
        for r in &environment.regions[region].releases {
            if r.halted.is_some() {
                note(Cause::bad_release, SimTime(r.at.max(0) as u64));
            }
        }
        let mut by_clock = BTreeSet::new();
        for cause in Cause::all() {
            let faults = fleet.groups.iter().map(|g| &g.faults).chain([&fleet.faults]);
            for f in faults {
                if every(f, cause, false).is_some() || every(f, cause, true).is_some() {
                    by_clock.insert(cause);
                }
            }
        }
        let mut first: BTreeMap<Cause, SimTime> =
            times.iter().map(|(&c, t)| (c, *t.first().expect("never empty"))).collect();
        first.insert(Cause::MAINTENANCE, SimTime::ZERO);
        Causes { first, times, by_clock }
    }

    fn first(&self, cause: Cause) -> SimTime {
        if self.by_clock.contains(&cause) {
            return SimTime::ZERO;
        }
        *self.first.get(&cause).unwrap_or_else(|| panic!("{cause:?} never struck"))
    }

    fn verify_start(&self, i: &Kept, group: &Group) {
        if i.cause == Cause::MAINTENANCE {
            assert!(group.maintenance_on, "{i:?}");
        } else if PROMPT.contains(&i.cause) && !self.by_clock.contains(&i.cause) {
            assert!(self.times[&i.cause].contains(&i.from), "no strike at the start of {i:?}");
        }
    }
}
