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
            for (zone, count) in (0..zones).zip(taken) {
                *count += match group.zone {
                    Some(own) if zones > 1 => u64::from(group.count) * u64::from(own == zone),
                    _ => u64::from(group.count / zones + u32::from(zone < group.count % zones)),
                };
            }
        }
        Classes { servers, bases }
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

    /// Operations at once in one class of windows: the region's limit, divided among the classes whose
    /// windows overlap in proportion to their servers; 0 is no limit.
    pub fn lanes(&self, fleet: &Fleet, region: usize, window: Window) -> u64 {
        let limit = fleet.regions[region].concurrency;
        if limit == u32::MAX {
            return 0;
        }
        let rules = &fleet.regions[region].maintenance;
        let length = window_length(rules);
        // System-managed servers are spread over the windows of their night.
        let weight = |w: Window, servers: u64| match w {
            Window::System => servers.div_ceil(hours(rules, length)),
            Window::Custom { .. } => servers,
        };
        let (mut own, mut all) = (0, 0);
        for (other, servers) in self.here(region) {
            let weight = weight(other, servers.iter().sum());
            if overlap(window, other, rules, length) {
                all += weight;
            }
            if other == window {
                own = weight;
            }
        }
        (u64::from(limit) * own / all.max(1)).max(1)
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
            let lanes = self.lanes(fleet, region, window).max(1);
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

/// How many servers of a region may be in maintenance at once after all, where kinds of windows that are
/// open together are more than its limit: each has one at a time.
pub fn beyond_limit(fleet: &Fleet, region: usize) -> Option<u64> {
    let spec = &fleet.regions[region];
    let (rules, length) = (&spec.maintenance, window_length(&spec.maintenance));
    let classes = Classes::of(fleet);
    // Most are open when one of them opens.
    let at_once = |minute: u32| -> u64 {
        let open = classes.here(region).map(|class| class.0).filter(|&window| {
            openings(window, rules, length).iter().any(|&(from, long)| apart(from, minute) < long)
        });
        open.map(|window| classes.lanes(fleet, region, window)).sum()
    };
    let starts = classes.here(region).flat_map(|class| openings(class.0, rules, length));
    let most = starts.map(|(minute, _)| at_once(minute)).max()?;
    (most > u64::from(spec.concurrency)).then_some(most)
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

/// Whether two classes have windows that are open at the same time in some week.
fn overlap(a: Window, b: Window, rules: &Maintenance, length: i64) -> bool {
    let (a, b) = (openings(a, rules, length), openings(b, rules, length));
    a.iter().any(|&(x, long)| b.iter().any(|&(y, also)| apart(x, y) < long || apart(y, x) < also))
}

/// Time that one operation is given in a window: what 99 of 100 take, on whole minutes.
pub fn slot_length(fleet: &Fleet, region: usize, window: i64) -> i64 {
    let mut longest = 1.0f64;
    for group in fleet.groups.iter().filter(|g| g.region == region) {
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
    use crate::kernel::time::SimTime;
    use crate::model::fleet::{Group, Region};

    #[test]
    fn overlapping_classes_share_the_limit() {
        let rules = Maintenance {
            system_window: crate::kernel::param::DayWindow { from: 23 * 60, to: 7 * 60 },
            ..Maintenance::default()
        };
        let custom = |day: u8, hour: u16| Window::Custom { day, start: hour * 60 };
        let hour = 60 * MINUTE;
        assert!(overlap(Window::System, custom(3, 2), &rules, hour));
        assert!(!overlap(Window::System, custom(3, 12), &rules, hour));
        assert!(overlap(custom(6, 23), custom(6, 23), &rules, hour));
        assert!(!overlap(custom(6, 23), custom(0, 0), &rules, hour));
        assert!(overlap(custom(6, 23), custom(0, 0), &rules, 2 * hour));
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
            group.window = window;
            fleet.groups.push(group);
        }
        for (limit, beyond) in [(1, Some(2)), (2, None), (u32::MAX, None)] {
            fleet.regions[0].concurrency = limit;
            assert_eq!(beyond_limit(&fleet, 0), beyond, "{limit}");
        }
    }
}
