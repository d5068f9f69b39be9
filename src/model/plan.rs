//! The rollout plan: when each server's window opens, and which release it takes then.
//!
//! Computed from the server list, the rules and the calendar alone, before the cells run; a server's
//! slot is a function of its position. The limit of servers in maintenance at once becomes lanes and
//! slots within each window, and turns among windows (see [`super::turns`]), so that cells need not talk to
//! each other and what is late or tried again takes nobody's place.

use crate::kernel::time::{MICROS, SimTime, Span, weekday};
use crate::model::environment::{RegionEnvironment, Release};
use crate::model::fleet::{Fleet, Group, Window};
use crate::model::turns::{DAY, Share, Turn, Turns};
use crate::model::window_classes::{Classes, MINUTE, hours, slot_length, window_length};

/// Windows of the servers of one group.
#[derive(Clone, Debug)]
struct Slotting {
    window: Window,
    /// By zone, or once where zones take no turns: position of the group's first server among those that
    /// share its windows.
    bases: Vec<u64>,
    /// How windows are shared out among servers.
    share: Share,
    /// Windows that a system-managed night has.
    hours: u64,
    /// Operations at once, and after one another, in one window; 0 lanes is no limit.
    lanes: u64,
    slots: u64,
    slot: i64,
    length: i64,
}

/// When maintenance happens, for all groups of a fleet.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    groups: Vec<Slotting>,
}

/// A server's place in the plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Whether it has a window of its own.
    custom: bool,
    /// Day of the week of its window, if it has one of its own.
    day: u8,
    /// Start of its operation in the local day.
    start: i64,
    /// How much later than the release its turn comes.
    delay: i64,
    /// Least time between two of its maintenances.
    gap: i64,
    /// The windows that it may use.
    turn: Turn,
    /// It lives in the paired region: outages of this one's control plane are nothing to it.
    left: bool,
}

impl Place {
    /// The same place of a server that lives in the paired region.
    pub fn left(self) -> Place {
        Place { left: true, ..self }
    }
}

impl Plan {
    /// Lays the windows out.
    pub fn new(fleet: &Fleet) -> Plan {
        let classes = Classes::of(fleet);
        let turns: Vec<Turns> =
            (0..fleet.regions.len()).map(|region| classes.turns(fleet, region)).collect();
        let slotting = |(group, bases): (&Group, Vec<u64>)| {
            let rules = &fleet.regions[group.region].maintenance;
            let length = window_length(rules);
            let slot = slot_length(fleet, group.region, length);
            Slotting {
                window: group.window,
                bases,
                share: turns[group.region].share(group.window),
                hours: hours(rules, length),
                lanes: classes.lanes(group.region, group.window),
                slots: (length / slot).max(1) as u64,
                slot,
                length,
            }
        };
        Plan {
            groups: fleet.groups.iter().zip(classes.bases.iter().cloned()).map(slotting).collect(),
        }
    }

    /// The place of a server, by its group, its number in the group and its home zone.
    pub fn place(
        &self,
        fleet: &Fleet,
        environment: &RegionEnvironment,
        group: usize,
        number: u32,
        zone: u32,
    ) -> Place {
        let s = &self.groups[group];
        let region = &fleet.regions[fleet.groups[group].region];
        let rules = &region.maintenance;
        let number = u64::from(number);
        let position = if s.bases.len() > 1 {
            let round_robin = fleet.groups[group].zone.is_none();
            let own = if round_robin { number / s.bases.len() as u64 } else { number };
            s.bases[zone as usize] + own
        } else {
            s.bases[0] + number
        };
        let (custom, day, open, within) = match s.window {
            Window::Custom { day, start } => (true, day, i64::from(start) * MINUTE, position),
            Window::System => {
                let from = i64::from(rules.system_window.from) * MINUTE;
                let hour = (position % s.hours) as i64;
                (false, 0, from + hour * s.length, position / s.hours)
            }
        };
        let (offset, round) = if s.lanes == 0 {
            // Spread over the window by the golden ratio, on whole seconds.
            let share = (position.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as i64;
            let spread = (s.length - s.slot).max(0) / MICROS as i64;
            ((share * spread) >> 24, if custom { 0 } else { within as i64 % s.share.block })
        } else {
            let turn = within.checked_div(s.lanes).unwrap_or(0);
            ((turn % s.slots) as i64 * s.slot / MICROS as i64, (turn / s.slots) as i64)
        };
        let zone_turn = i64::from(environment.zone_turn[zone as usize]);
        let first = first_day(fleet, fleet.groups[group].region, environment.calendar, s.window);
        let (windows, turn) = s.share.turn(first, zone_turn, round);
        let custom_delay = if custom { rules.custom_delay.0.min(Span::MAX.0) as i64 } else { 0 };
        let delay = custom_delay.saturating_add(windows * s.share.every * DAY);
        let gap = fleet.groups[group].maintenance.min_gap.0.min(Span::MAX.0) as i64;
        let start = open + offset * MICROS as i64;
        Place { custom, day, start, delay, gap, turn, left: false }
    }

    /// The first window of a server at or after an instant (relative to the start; may be negative).
    fn window(fleet: &Fleet, offset_minutes: i32, place: Place, after: i64) -> i64 {
        let shift = i64::from(offset_minutes) * MINUTE;
        let local = fleet.calendar.start_unix_micros + after + shift;
        let mut day = days_up(local - place.start);
        if place.custom {
            day += i64::from((place.day + 7 - weekday(day)) % 7);
        }
        day = place.turn.next(day);
        day * DAY + place.start - shift - fleet.calendar.start_unix_micros
    }

    /// The next maintenance of a server whose last one was at `last`, with release `taken`: when,
    /// and the release it takes. Not before `after`, and none but a critical one before `announced`.
    #[allow(clippy::too_many_arguments)]
    pub fn next(
        fleet: &Fleet,
        region: usize,
        environment: &RegionEnvironment,
        place: Place,
        last: i64,
        after: i64,
        announced: i64,
        taken: u32,
    ) -> Option<(SimTime, u32)> {
        let spec = &fleet.regions[region];
        let rules = &spec.maintenance;
        let releases = &environment.releases;
        let delay = (rules.notice.0 as i64).saturating_add(place.delay);
        let available = |r: &Release| if r.critical { r.at } else { r.at.saturating_add(delay) };
        let gap = last.saturating_add(place.gap).max(announced);
        let mut first = taken as usize + 1;
        let mut not_before = after;
        // Each round moves on to a later window or a later release, so it ends.
        while first < releases.len() {
            let mut earliest = i64::MAX;
            for release in &releases[first..] {
                if release.at >= earliest {
                    break;
                }
                let from = available(release);
                earliest = earliest.min(if release.critical { from } else { from.max(gap) });
            }
            if earliest >= fleet.horizon.0 as i64 {
                return None;
            }
            let mut at =
                Plan::window(fleet, spec.utc_offset_minutes, place, earliest.max(not_before));
            while let Some(later) = blocked_until(fleet, environment, region, place, at) {
                at = Plan::window(fleet, spec.utc_offset_minutes, place, later.max(at + 1));
            }
            if at >= fleet.horizon.0 as i64 {
                return None;
            }
            let halted = |r: &Release| r.halted.is_some_and(|h| h.0 as i64 <= at);
            let came = releases[first..].iter().take_while(|r| r.at <= at).count();
            let came = &releases[first..first + came];
            let newest = came
                .iter()
                .rposition(|r| available(r) <= at && !halted(r) && (r.critical || at >= gap));
            if let Some(k) = newest {
                return Some((SimTime(at.max(0) as u64), (first + k) as u32));
            }
            match came.iter().rposition(halted) {
                // What is due was halted: wait for the next release.
                Some(k) => first += k + 1,
                None => not_before = at + 1,
            }
        }
        None
    }
}

/// When the first window opens in which a release may be taken that came to a region at `at`: by the
/// windows, turns, delays and freezes of its groups under maintenance alone. `None` where there are none.
pub fn first_window(
    fleet: &Fleet,
    region: usize,
    calendar: i64,
    critical: bool,
    at: i64,
) -> Option<i64> {
    let spec = &fleet.regions[region];
    let rules = &spec.maintenance;
    let length = window_length(rules);
    let mut windows: Vec<Window> = fleet
        .groups
        .iter()
        .filter(|g| g.region == region && g.maintenance_on)
        .map(|g| g.window)
        .collect();
    windows.sort_unstable();
    windows.dedup();
    if windows.is_empty() {
        return None;
    }
    let turns = Classes::of(fleet).turns(fleet, region);
    let opens = |window: Window| {
        let turn = turns.share(window).first_turn(first_day(fleet, region, calendar, window));
        let (place, length, delay) = match window {
            Window::Custom { day, start } => {
                let start = i64::from(start) * MINUTE;
                (
                    Place { custom: true, day, start, delay: 0, gap: 0, turn, left: false },
                    length,
                    rules.custom_delay,
                )
            }
            Window::System => {
                let start = i64::from(rules.system_window.from) * MINUTE;
                let length = i64::from(rules.system_window.minutes()) * MINUTE;
                let place =
                    Place { custom: false, day: 0, start, delay: 0, gap: 0, turn, left: false };
                (place, length, Span::ZERO)
            }
        };
        let wait = rules.notice + delay;
        let mut from = if critical { at } else { at.saturating_add(wait.0 as i64) };
        loop {
            // Open already, or the next to open.
            let after = from.saturating_sub(length - 1);
            let open = Plan::window(fleet, spec.utc_offset_minutes, place, after).max(from);
            match frozen_until(fleet, region, open) {
                Some(later) => from = later,
                None => return open,
            }
        }
    };
    windows.into_iter().map(opens).min()
}

/// Whether an instant lies in a freeze, and until when.
fn frozen_until(fleet: &Fleet, region: usize, at: i64) -> Option<i64> {
    let spec = &fleet.regions[region];
    // Dates are the region's own.
    let start = fleet.calendar.start_unix_micros + i64::from(spec.utc_offset_minutes) * MINUTE;
    let local = start.saturating_add(at);
    let freeze = spec.maintenance.freeze.iter().find(|f| f.from <= local && local < f.to)?;
    Some(freeze.to - start)
}

/// Whether no maintenance happens in a place at an instant, and until when.
fn blocked_until(
    fleet: &Fleet,
    environment: &RegionEnvironment,
    region: usize,
    place: Place,
    at: i64,
) -> Option<i64> {
    let frozen = frozen_until(fleet, region, at);
    if frozen.is_some() || place.left {
        return frozen;
    }
    let at = SimTime(u64::try_from(at).ok()?);
    environment.control_plane_back(at).map(|t| t.0 as i64)
}

/// The first whole day of windows that comes after the notice of a region's calendar of releases.
fn first_day(fleet: &Fleet, region: usize, calendar: i64, window: Window) -> i64 {
    let spec = &fleet.regions[region];
    let rules = &spec.maintenance;
    let shift = i64::from(spec.utc_offset_minutes) * MINUTE;
    let (start, delay) = match window {
        Window::Custom { .. } => (0, rules.custom_delay),
        Window::System => (i64::from(rules.system_window.from) * MINUTE, Span::ZERO),
    };
    let after = calendar.saturating_add((rules.notice + delay).0 as i64);
    days_up(after.saturating_add(fleet.calendar.start_unix_micros + shift - start))
}

/// Days, begun ones whole.
fn days_up(micros: i64) -> i64 {
    micros.div_euclid(DAY) + i64::from(micros.rem_euclid(DAY) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Calendar;

    #[test]
    fn the_first_window_is_the_first_that_may_take_a_release() {
        let start = Calendar::midnight(crate::kernel::time::Date { year: 2026, month: 1, day: 1 });
        let mut fleet = Fleet {
            calendar: Calendar { start_unix_micros: start },
            ..Fleet::empty(SimTime(u64::MAX >> 3))
        };
        let mut region = crate::model::fleet::Region::neutral("r");
        region.maintenance.notice = Span::from_days(1);
        region.maintenance.custom_delay = Span::from_days(7);
        region.maintenance.system_window.from = 23 * 60;
        region.maintenance.system_window.to = 7 * 60;
        fleet.regions.push(region);
        let (noon, hour) = (12 * 60 * MINUTE, 60 * MINUTE);
        assert_eq!(first_window(&fleet, 0, 0, false, noon), None, "nobody takes it");
        let group = |window| {
            let mut group = crate::model::fleet::Group::neutral("g", 0, 1, Default::default());
            (group.window, group.maintenance_on) = (window, true);
            group
        };
        // The scenario starts on a Thursday; Saturday is the second day after.
        fleet.groups.push(group(Window::Custom { day: 6, start: 13 * 60 }));
        assert_eq!(first_window(&fleet, 0, 0, false, noon), Some(9 * DAY + 13 * hour));
        assert_eq!(first_window(&fleet, 0, 0, true, noon), Some(2 * DAY + 13 * hour));
        let within = 2 * DAY + 13 * hour + 20 * MINUTE;
        assert_eq!(first_window(&fleet, 0, 0, true, within), Some(within), "open already");
        fleet.groups.push(group(Window::System));
        assert_eq!(first_window(&fleet, 0, 0, false, noon), Some(DAY + 23 * hour));
        let to = start + 5 * DAY;
        fleet.regions[0].maintenance.freeze =
            vec![crate::kernel::param::DateRange { from: start, to }];
        assert_eq!(first_window(&fleet, 0, 0, false, noon), Some(5 * DAY), "a night is under way");
    }

    #[test]
    fn a_window_is_found_on_its_weekday_at_its_local_hour() {
        let start = Calendar::midnight(crate::kernel::time::Date { year: 2026, month: 1, day: 1 });
        let fleet = Fleet {
            calendar: Calendar { start_unix_micros: start },
            ..Fleet::empty(SimTime(u64::MAX >> 3))
        };
        // Sunday 02:00 at UTC-5 is Sunday 07:00 UTC; 2026-01-04 is the first Sunday.
        let place = Place {
            custom: true,
            day: 0,
            start: 120 * MINUTE,
            delay: 0,
            gap: 0,
            turn: Turn::ALWAYS,
            left: false,
        };
        let first = Plan::window(&fleet, -300, place, 0);
        assert_eq!(first, 3 * DAY + 7 * 60 * MINUTE);
        assert_eq!(Plan::window(&fleet, -300, place, first), first);
        assert_eq!(Plan::window(&fleet, -300, place, first + 1), first + 7 * DAY);
        let nightly = Place {
            custom: false,
            day: 0,
            start: 23 * 60 * MINUTE,
            delay: 0,
            gap: 0,
            turn: Turn::ALWAYS,
            left: false,
        };
        assert_eq!(Plan::window(&fleet, 0, nightly, 0), 23 * 60 * MINUTE);
        assert_eq!(Plan::window(&fleet, 0, nightly, -DAY), 23 * 60 * MINUTE - DAY);
    }
}
