//! Turns among maintenance windows: which of its windows a server may use.
//!
//! Windows of a kind, nights of system-managed servers or weeks of windows of their own, are counted from the
//! first one that follows the notice of the region's first release. Where a limit or an order of zones asks
//! for it, every so many of them belong to one zone, or to one round of a zone, for good: so a server that is
//! late, or is tried again, never stands beside those of another turn. The period divides the least
//! gap between two maintenances where it can, so that turns make nobody wait longer from one to the next.

use crate::kernel::time::MICROS;
use crate::model::fleet::{Fleet, Window};

/// Microseconds of a day.
pub const DAY: i64 = 86_400 * MICROS as i64;

/// How the windows of one kind are shared out in a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// Days from a window to the next one.
    pub every: i64,
    /// Windows of one zone, one after the other.
    pub block: i64,
    /// Whether zones take turns, and whether rounds do.
    zones: bool,
    rounds: bool,
    /// After so many windows turns begin anew; 1 where there are none.
    period: i64,
}

/// The shares of both kinds of windows of a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turns {
    system: Share,
    custom: Share,
}

/// The windows that a server may use: some, one after the other, in each period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turn {
    /// A day on which its turn begins.
    first: i32,
    /// Days between windows; the period and the length of a turn in windows.
    every: u32,
    period: u32,
    windows: u32,
}

impl Turn {
    /// All windows.
    pub const ALWAYS: Turn = Turn { first: 0, every: 1, period: 1, windows: 1 };

    /// The first day at or after that of a window that is one of its windows.
    pub fn next(self, day: i64) -> i64 {
        if self.period == 1 {
            return day;
        }
        let (every, period) = (i64::from(self.every), i64::from(self.period));
        let into = (day - i64::from(self.first)).div_euclid(every).rem_euclid(period);
        if into < i64::from(self.windows) { day } else { day + (period - into) * every }
    }
}

impl Share {
    fn new(every: i64, gap: i64, zones: Option<i64>, block: i64, rounds: bool) -> Share {
        let needed = zones.unwrap_or(1) * if rounds || zones.is_some() { block } else { 1 };
        let gap = gap.div_euclid(every * DAY) + i64::from(gap.rem_euclid(every * DAY) > 0);
        // A gap of years is hardly longer for a turn more.
        let divides = |p: &i64| gap % p == 0;
        let period = (needed..=gap.min(1_000)).find(divides).unwrap_or(needed);
        Share { every, block, zones: zones.is_some(), rounds, period }
    }

    /// A server's turn, by that of its zone and its round within it: how many windows after the notice of
    /// a release it comes, and the windows that it may use. `first` is the day that windows count from.
    pub fn turn(self, first: i64, zone_turn: i64, round: i64) -> (i64, Turn) {
        let zone = if self.zones { zone_turn * self.block } else { 0 };
        let (begins, windows) = if self.rounds { (zone + round, 1) } else { (zone, self.block) };
        (zone + round, self.of(first + begins * self.every, windows))
    }

    /// The turn of the first zone, all rounds of it.
    pub fn first_turn(self, first: i64) -> Turn {
        self.of(first, self.block)
    }

    fn of(self, first: i64, windows: i64) -> Turn {
        if self.period == 1 {
            return Turn::ALWAYS;
        }
        // Whole periods earlier or later is the same.
        let cycle = self.every * self.period;
        let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        let first = i32::try_from(first.rem_euclid(cycle)).unwrap_or(i32::MAX);
        Turn {
            first,
            every: self.every as u32,
            period: small(self.period),
            windows: small(windows),
        }
    }

    /// Days from one turn of a server to its next one.
    pub fn cycle_days(self) -> i64 {
        self.every * self.period
    }
}

impl Turns {
    /// Of a region; `rounds` tells how many windows one after another the servers of a zone need, of
    /// system-managed ones or of others.
    pub fn new(fleet: &Fleet, region: usize, rounds: impl Fn(bool) -> i64) -> Turns {
        let spec = &fleet.regions[region];
        let rules = &spec.maintenance;
        let zones = i64::from(spec.zones);
        let zones = (rules.one_zone_at_a_time && zones > 1).then_some(zones);
        let limited = spec.concurrency != u32::MAX;
        let gap = rules.min_gap.0.min(u64::MAX >> 4) as i64;
        // Without a limit a release takes the days to the first custom windows.
        let nights = (rules.custom_delay.0 as i64 / DAY).clamp(1, 28);
        let block = if limited { rounds(true) } else { (nights / zones.unwrap_or(1)).max(1) };
        let weeks = if limited { rounds(false) } else { 1 };
        Turns {
            system: Share::new(1, gap, zones, block, limited),
            custom: Share::new(7, gap, zones, weeks, limited),
        }
    }

    /// That of a window.
    pub fn share(&self, window: Window) -> Share {
        match window {
            Window::System => self.system,
            Window::Custom { .. } => self.custom,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::chance::{Bits, Key};
    use crate::kernel::param::{DateRange, DayWindow};
    use crate::kernel::time::{SimTime, Span};
    use crate::model::environment::{RegionEnvironment, Release};
    use crate::model::fleet::{Group, Region};
    use crate::model::plan::Plan;
    use crate::model::window_classes::MINUTE;

    /// Work that was begun: when, in which zone, in windows of which kind.
    struct Begun {
        at: i64,
        zone: u32,
        window: Window,
    }

    /// Two years of a region, with work that fails and is tried again, late servers, critical releases
    /// and a freeze.
    fn two_years(limit: u32, zones_take_turns: bool, counts: [u32; 3]) -> (Vec<Begun>, f64) {
        let mut fleet = Fleet::empty(SimTime(730 * DAY as u64));
        let mut region = Region::neutral("r");
        (region.zones, region.concurrency) = (3, limit);
        let rules = &mut region.maintenance;
        rules.notice = Span::from_days(5);
        rules.custom_delay = Span::from_days(7);
        rules.min_gap = Span::from_days(30);
        rules.window_length = Span((60 * MINUTE) as u64);
        rules.system_window = DayWindow { from: 23 * 60, to: 7 * 60 };
        rules.one_zone_at_a_time = zones_take_turns;
        rules.freeze = vec![DateRange {
            from: fleet.calendar.start_unix_micros + 200 * DAY,
            to: fleet.calendar.start_unix_micros + 211 * DAY,
        }];
        fleet.regions.push(region);
        let sunday = Window::Custom { day: 0, start: 120 };
        for (window, zone, count) in [
            (Window::System, None, counts[0]),
            (Window::System, Some(1), counts[1]),
            (sunday, None, counts[2]),
        ] {
            let mut group = Group::neutral("g", 0, count, Default::default());
            (group.window, group.zone, group.maintenance_on) = (window, zone, true);
            group.maintenance.restart = crate::kernel::law::Law::fixed(600.0);
            fleet.groups.push(group);
        }
        let calendar = 3 * DAY + 5 * 60 * MINUTE;
        let release = |number: u32| Release {
            at: calendar + (i64::from(number) - 4) * 30 * DAY,
            critical: number % 9 == 7,
            halted: None,
            number,
        };
        let environment = RegionEnvironment {
            calendar,
            releases: (0..29).map(release).collect(),
            zone_turn: vec![1, 0, 2],
            ..RegionEnvironment::default()
        };
        let plan = Plan::new(&fleet);
        let mut draw = Key::new(7).draw();
        let (mut begun, mut done) = (Vec::new(), 0);
        for (index, group) in fleet.groups.iter().enumerate() {
            for number in 0..group.count {
                let zone = group.zone.unwrap_or(number % 3);
                let place = plan.place(&fleet, &environment, index, number, zone);
                let mut last = -(draw.below(36 * DAY as u64) as i64);
                let (mut taken, mut after) = (2, 0);
                while let Some((at, release)) =
                    Plan::next(&fleet, 0, &environment, place, last, after, 0, taken)
                {
                    let at = at.0 as i64;
                    begun.push(Begun { at, zone, window: group.window });
                    match draw.below(20) {
                        0 => after = at + 5 * DAY,
                        1 => after = at + 1,
                        _ => {
                            (last, taken, after) = (at, release, at + 1);
                            done += 1;
                        }
                    }
                }
            }
        }
        let servers: u32 = counts.iter().sum();
        (begun, f64::from(done) / f64::from(servers) / 2.0)
    }

    #[test]
    fn a_limit_holds_whatever_is_late_or_tried_again() {
        for (limit, zones, counts) in [
            (1, false, [150, 40, 0]),
            (1, true, [150, 40, 0]),
            (3, true, [200, 100, 0]),
            (2, false, [0, 0, 30]),
            (2, true, [0, 0, 30]),
            (40, true, [500, 200, 90]),
        ] {
            let (begun, yearly) = two_years(limit, zones, counts);
            let mut starts: Vec<i64> = begun.iter().map(|b| b.at).collect();
            starts.sort_unstable();
            let together =
                |&at: &i64| starts.iter().filter(|&&s| s <= at && at < s + 10 * MINUTE).count();
            let most = starts.iter().map(together).max().unwrap();
            assert!(most <= limit as usize, "{most} at once, {limit} {zones} {counts:?}");
            assert!(yearly > 7.5, "each server has its turn: {yearly} a year");
        }
    }

    #[test]
    fn zones_take_turns_whatever_is_late_or_tried_again() {
        for (limit, counts) in
            [(u32::MAX, [150, 40, 0]), (u32::MAX, [0, 0, 90]), (3, [200, 100, 0])]
        {
            let (mut begun, yearly) = two_years(limit, true, counts);
            begun.sort_by_key(|b| b.at);
            // Windows of a night lie within eight hours, nights sixteen hours apart.
            for pair in begun.windows(2) {
                assert!(pair[0].window == pair[1].window);
                let is_same_night = pair[1].at - pair[0].at < 9 * 60 * MINUTE;
                assert!(!is_same_night || pair[0].zone == pair[1].zone, "{counts:?}");
            }
            assert!(yearly > 8.0, "{yearly} a year");
        }
        // Turns lengthen no month; only what is late or tried again, one in ten here, waits for the next one.
        let free = |zones| two_years(u32::MAX, zones, [150, 40, 60]).1;
        assert!((free(true) / free(false) - 1.0).abs() < 0.06, "{} {}", free(true), free(false));
    }
}
