//! Servers that share maintenance windows: how many are worked on at once, and how many windows they need.

use crate::kernel::time::MICROS;
use crate::model::fleet::{Fleet, Maintenance, StandbyMode, Window};
use crate::model::turns::{DAY, Turns};
use std::collections::BTreeMap;

/// Microseconds of a minute.
pub const MINUTE: i64 = 60 * MICROS as i64;

/// Servers by the windows that they share.
#[derive(Debug)]
pub struct Classes {
    /// By region and window: servers of each zone, or all of them where zones take no turns.
    servers: BTreeMap<(usize, Window), Vec<u64>>,
    /// By group: position of its first server of each zone in its class.
    pub bases: Vec<Vec<u64>>,
    /// By region and window: operations at once, where there is a limit.
    lanes: BTreeMap<(usize, Window), u64>,
}

impl Classes {
    /// Of a fleet.
    pub fn of(fleet: &Fleet) -> Classes {
        let mut servers: BTreeMap<(usize, Window), Vec<u64>> = BTreeMap::new();
        let mut bases = Vec::new();
        for group in &fleet.groups {
            let region = &fleet.regions[group.region];
            let zones = if region.maintenance.one_zone_at_a_time { region.zones.max(1) } else { 1 };
            let class = (group.region, group.window);
            let taken = servers.entry(class).or_insert_with(|| vec![0; zones as usize]);
            bases.push(taken.clone());
            // Who has no maintenance takes nobody's place.
            let servers = if group.maintenance_on { group.count } else { 0 };
            for (zone, count) in (0..zones).zip(taken) {
                *count += match group.zone {
                    Some(own) if zones > 1 => u64::from(servers) * u64::from(own == zone),
                    _ => u64::from(servers / zones + u32::from(zone < servers % zones)),
                };
            }
        }
        let mut classes = Classes { servers, bases, lanes: BTreeMap::new() };
        let limited = |i: &usize| fleet.regions[*i].concurrency != u32::MAX;
        for region in (0..fleet.regions.len()).filter(limited) {
            for (kind, lanes) in classes.shares(fleet, region) {
                classes.lanes.insert((region, kind.window), lanes);
            }
        }
        classes
    }

    /// The limit of a region divided among the classes whose windows overlap, in proportion to their
    /// servers; each has at least one.
    fn shares(&self, fleet: &Fleet, region: usize) -> Vec<(Kind, u64)> {
        let spec = &fleet.regions[region];
        let kinds = self.here(region).map(|class| Kind::new(class, &spec.maintenance));
        let kinds: Vec<Kind> = kinds.filter(|kind| kind.weight > 0).collect();
        let limit = u64::from(spec.concurrency);
        let split = |one_each: bool| -> Vec<u64> {
            let lanes = |kind: &Kind| {
                let beside = || kinds.iter().filter(|other| kind.overlaps(other));
                let all = beside().map(|other| other.weight).sum::<u64>();
                match one_each {
                    false => (limit * kind.weight / all).max(1),
                    // Each has one; the rest is divided.
                    true => {
                        let rest = limit.saturating_sub(beside().count() as u64);
                        1 + rest * kind.weight / all
                    }
                }
            };
            kinds.iter().map(lanes).collect()
        };
        let mut lanes = split(false);
        if most_at_once(&kinds, &lanes) > limit {
            lanes = split(true);
        }
        kinds.into_iter().zip(lanes).collect()
    }

    /// How windows are shared out in a region.
    pub fn turns(&self, fleet: &Fleet, region: usize) -> Turns {
        Turns::new(fleet, region, |system| self.rounds(fleet, region, system))
    }

    /// The classes of a region.
    fn here(&self, region: usize) -> impl Iterator<Item = (Window, &[u64])> {
        let classes = self.servers.iter().filter(move |class| class.0.0 == region);
        classes.map(|(class, servers)| (class.1, &servers[..]))
    }

    /// Operations at once in one class of windows; 0 is no limit.
    pub fn lanes(&self, region: usize, window: Window) -> u64 {
        self.lanes.get(&(region, window)).copied().unwrap_or(0)
    }

    /// Windows one after another that all servers of a class and a zone need, at most: of system-managed
    /// classes, or of others.
    fn rounds(&self, fleet: &Fleet, region: usize, system: bool) -> i64 {
        let rules = &fleet.regions[region].maintenance;
        let length = window_length(rules);
        let slots = (length / slot_length(fleet, region, length)).max(1) as u64;
        let of_class = |(window, servers): (Window, &[u64])| {
            let hours = if system { hours(rules, length) } else { 1 };
            let most = servers.iter().copied().max().unwrap_or(0);
            let lanes = self.lanes(region, window).max(1);
            most.div_ceil(hours.saturating_mul(slots).saturating_mul(lanes)) as i64
        };
        let here = self.here(region).filter(|c| matches!(c.0, Window::System) == system);
        here.map(of_class).max().unwrap_or(0).max(1)
    }
}

/// By group, days from one turn of its servers to the next one: 1 where every window is theirs.
pub fn days_between_turns(fleet: &Fleet) -> Vec<i64> {
    let classes = Classes::of(fleet);
    let turns: Vec<Turns> =
        (0..fleet.regions.len()).map(|region| classes.turns(fleet, region)).collect();
    fleet.groups.iter().map(|g| turns[g.region].share(g.window).cycle_days()).collect()
}

/// How many servers of a region may be in maintenance at once after all, where more kinds of windows are
/// open together than its limit: each has one at a time.
pub fn beyond_limit(fleet: &Fleet, region: usize) -> Option<u64> {
    let limit = fleet.regions[region].concurrency;
    if limit == u32::MAX {
        return None;
    }
    let (kinds, lanes): (Vec<Kind>, Vec<u64>) =
        Classes::of(fleet).shares(fleet, region).into_iter().unzip();
    let most = most_at_once(&kinds, &lanes);
    (most > u64::from(limit)).then_some(most)
}

/// A class of windows as it stands in a week.
struct Kind {
    window: Window,
    /// Servers; of system-managed ones those of one window, as they are spread over those of their night.
    weight: u64,
    /// When windows open, in minutes of the week, and for how many minutes they are open.
    openings: Vec<(u32, u32)>,
}

impl Kind {
    fn new((window, servers): (Window, &[u64]), rules: &Maintenance) -> Kind {
        let length = window_length(rules);
        let servers: u64 = servers.iter().sum();
        let weight = match window {
            Window::System => servers.div_ceil(hours(rules, length)),
            Window::Custom { .. } => servers,
        };
        Kind { window, weight, openings: openings(window, rules, length) }
    }

    /// Whether both have windows that are open at the same time in some week.
    fn overlaps(&self, other: &Kind) -> bool {
        self.openings.iter().any(|&(x, long)| {
            other.openings.iter().any(|&(y, also)| apart(x, y) < long || apart(y, x) < also)
        })
    }

    fn is_open(&self, minute: u32) -> bool {
        self.openings.iter().any(|&(from, long)| apart(from, minute) < long)
    }
}

/// The most operations at once; that is when a window opens.
fn most_at_once(kinds: &[Kind], lanes: &[u64]) -> u64 {
    let at_once = |minute: u32| -> u64 {
        kinds
            .iter()
            .zip(lanes)
            .filter(|(kind, _)| kind.is_open(minute))
            .map(|(_, lanes)| lanes)
            .sum()
    };
    let starts = kinds.iter().flat_map(|kind| &kind.openings);
    starts.map(|&(minute, _)| at_once(minute)).max().unwrap_or(0)
}

/// Length of a window, us.
pub fn window_length(rules: &Maintenance) -> i64 {
    (rules.window_length.0 as i64).clamp(MINUTE, DAY)
}

/// Windows that a system-managed night has.
pub fn hours(rules: &Maintenance, length: i64) -> u64 {
    (i64::from(rules.system_window.minutes()) * MINUTE / length).max(1) as u64
}

/// Minutes of a week.
const WEEK: u32 = 7 * 1440;

/// Minutes from one minute of the week to another one.
fn apart(from: u32, to: u32) -> u32 {
    (to + WEEK - from) % WEEK
}

/// When windows open, in minutes of the week, and for how many minutes they are open.
fn openings(window: Window, rules: &Maintenance, length: i64) -> Vec<(u32, u32)> {
    let length = (length / MINUTE) as u32;
    match window {
        Window::Custom { day, start } => vec![(u32::from(day) * 1440 + u32::from(start), length)],
        Window::System => (0..7)
            .map(|day| (day * 1440 + rules.system_window.from, rules.system_window.minutes()))
            .collect(),
    }
}

/// Time that one operation is given in a window: what 99 of 100 take, on whole minutes.
pub fn slot_length(fleet: &Fleet, region: usize, window: i64) -> i64 {
    let mut longest = 1.0f64;
    for group in fleet.groups.iter().filter(|g| g.region == region && g.maintenance_on) {
        let m = &group.maintenance;
        let takes = if group.standby_mode == StandbyMode::None {
            m.restart.quantile(0.99)
        } else {
            // The standby is patched and soaks before the switchover, the old primary is patched after.
            2.0 * m.restart.quantile(0.99)
                + m.soak.as_secs_f64()
                + m.switchover.quantile(0.99)
                + group.standby.promotion.quantile(0.99)
                + group.standby.redirection.quantile(0.99)
        };
        longest = longest.max(takes);
    }
    let minutes = (longest.min(1e6) / 60.0).ceil() as i64;
    (minutes * MINUTE).clamp(MINUTE, window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::{SimTime, Span};
    use crate::model::fleet::{Group, Region};

    #[test]
    fn overlapping_classes_share_the_limit() {
        let rules = Maintenance {
            system_window: crate::kernel::param::DayWindow { from: 23 * 60, to: 7 * 60 },
            ..Maintenance::default()
        };
        let custom = |day: u8, hour: u16| Window::Custom { day, start: hour * 60 };
        let overlap = |a: Window, b: Window, hours: u64| {
            let rules = Maintenance { window_length: Span::from_mins(60 * hours), ..rules.clone() };
            Kind::new((a, &[1]), &rules).overlaps(&Kind::new((b, &[1]), &rules))
        };
        assert!(overlap(Window::System, custom(3, 2), 1));
        assert!(!overlap(Window::System, custom(3, 12), 1));
        assert!(overlap(custom(6, 23), custom(6, 23), 1));
        assert!(!overlap(custom(6, 23), custom(0, 0), 1));
        assert!(overlap(custom(6, 23), custom(0, 0), 2));
    }

    #[test]
    fn kinds_of_windows_beyond_the_limit_are_told() {
        let mut fleet = Fleet::empty(SimTime(u64::MAX >> 3));
        fleet.regions.push(Region::neutral("r"));
        fleet.regions[0].maintenance.system_window.from = 23 * 60;
        fleet.regions[0].maintenance.system_window.to = 7 * 60;
        let windows = [Window::System, Window::Custom { day: 0, start: 120 }];
        // None of the others is open together with each other.
        let others = [(1, 120), (3, 12 * 60)].map(|(day, start)| Window::Custom { day, start });
        for window in windows.into_iter().chain(others) {
            let mut group = Group::neutral("g", 0, 9, Default::default());
            (group.window, group.maintenance_on) = (window, true);
            fleet.groups.push(group);
        }
        for (limit, beyond) in [(1, Some(2)), (2, None), (u32::MAX, None)] {
            fleet.regions[0].concurrency = limit;
            assert_eq!(beyond_limit(&fleet, 0), beyond, "{limit}");
        }
    }

    #[test]
    fn the_limit_holds_where_it_has_a_place_for_each_kind() {
        let mut fleet = Fleet::empty(SimTime(u64::MAX >> 3));
        fleet.regions.push(Region::neutral("r"));
        let hour = |n: u16| Window::Custom { day: 2, start: n * 60 };
        for (window, count) in [(hour(1), 980), (hour(1), 1), (hour(2), 10), (hour(3), 9)] {
            let mut group = Group::neutral("g", 0, count, Default::default());
            (group.window, group.maintenance_on) = (window, true);
            fleet.groups.push(group);
        }
        fleet.regions[0].maintenance.window_length = Span::from_mins(180);
        for (limit, lanes, beyond) in [
            (1, [1, 1, 1], Some(3)),
            (3, [1, 1, 1], None),
            (4, [1, 1, 1], None),
            (9, [6, 1, 1], None),
            (100, [98, 1, 1], None),
            (u32::MAX, [0, 0, 0], None),
        ] {
            fleet.regions[0].concurrency = limit;
            let classes = Classes::of(&fleet);
            assert_eq!([1, 2, 3].map(|n| classes.lanes(0, hour(n))), lanes, "{limit}");
            assert_eq!(beyond_limit(&fleet, 0), beyond, "{limit}");
        }
        // Who has no maintenance takes nobody's place.
        fleet.regions[0].concurrency = 1;
        fleet.groups.iter_mut().take(3).for_each(|g| g.maintenance_on = false);
        assert_eq!(beyond_limit(&fleet, 0), None);
    }

    #[test]
    fn every_minute_of_a_day_may_have_windows_of_its_own() {
        let mut fleet = Fleet::empty(SimTime(u64::MAX >> 3));
        fleet.regions.push(Region::neutral("r"));
        fleet.regions[0].concurrency = 7;
        for minute in 0..1440 {
            let mut group = Group::neutral("g", 0, 1, Default::default());
            group.window = Window::Custom { day: 3, start: minute };
            group.maintenance_on = true;
            fleet.groups.push(group);
        }
        assert_eq!(beyond_limit(&fleet, 0), Some(60));
    }
}
