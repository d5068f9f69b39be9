//! Maintenance on top of failures: how often windows come, planned downtime, and the product of
//! availabilities.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, StandbyMode, Window};

const SERVERS: u32 = 96;
const HORIZON: f64 = 4.0 * YEAR;
/// Ages since the last maintenance at the start: uniform below the least gap and six days more.
const OLDEST: f64 = 36.0 * DAY;
const LEAST_GAP: f64 = 30.0 * DAY;

/// A class of windows: every `step`, the first one at `first`.
#[derive(Clone, Copy)]
struct Windows {
    first: f64,
    step: f64,
    /// How much later than the window opens the server goes down, and for how long.
    delay: f64,
    down: f64,
    /// Probability that the server is not healthy when a window opens, at first and again.
    unhealthy: (f64, f64),
    /// Windows from one maintenance to the next.
    cycle: usize,
}

impl Windows {
    /// Expected number of maintenances and planned time, from each window on.
    fn after_each(&self) -> Vec<(f64, f64)> {
        let count = ((HORIZON - self.first) / self.step).ceil() as usize;
        let mut totals = vec![(0.0, 0.0); count + self.cycle + 1];
        let mut again = totals.clone();
        for k in (0..count).rev() {
            let begins = self.first + k as f64 * self.step + self.delay;
            let takes = (HORIZON - begins).clamp(0.0, self.down);
            let (next, later) = (totals[k + self.cycle], again[k + 1]);
            let from = |unhealthy: f64| {
                let well = 1.0 - unhealthy;
                (
                    well * (1.0 + next.0) + unhealthy * later.0,
                    well * (takes + next.1) + unhealthy * later.1,
                )
            };
            totals[k] = from(self.unhealthy.0);
            again[k] = from(self.unhealthy.1);
        }
        totals
    }

    /// The mean over the ages at the start.
    fn expected(&self) -> (f64, f64) {
        let totals = self.after_each();
        let points = 36_000;
        let (mut number, mut time) = (0.0, 0.0);
        for i in 0..points {
            let age = (i as f64 + 0.5) / points as f64 * OLDEST;
            let earliest = (LEAST_GAP - age).max(0.0);
            let k = ((earliest - self.first) / self.step).ceil().max(0.0) as usize;
            number += totals[k].0 / points as f64;
            time += totals[k].1 / points as f64;
        }
        (number, time)
    }
}

/// The windows of a class of servers, spread over the hour of a weekly window or over the day.
///
/// `crashes`: gap and repair of crashes that make the server miss windows.
fn expected(
    weekly: bool,
    delay: f64,
    down: f64,
    crashes: Option<(f64, f64)>,
    cycle: usize,
) -> (f64, f64) {
    let points = 24 * 4;
    let (mut number, mut time) = (0.0, 0.0);
    for i in 0..points {
        let share = (f64::from(i) + 0.5) / f64::from(points);
        // 2026 begins with a Thursday; the weekly window is Sunday, 02:00 to 03:00.
        let first = if weekly { 3.0 * DAY + (2.0 + share) * HOUR } else { share * DAY };
        let step = if weekly { 7.0 * DAY } else { DAY };
        let unhealthy = crashes.map_or((0.0, 0.0), |(gap, repair)| {
            let share = repair / (gap + repair);
            let kept = libm::exp(-step * (1.0 / gap + 1.0 / repair));
            (share, share + (1.0 - share) * kept)
        });
        let (n, t) = Windows { first, step, delay, down, unhealthy, cycle }.expected();
        number += n / f64::from(points);
        time += t / f64::from(points);
    }
    (number, time)
}

fn build(weekly: bool, mode: StandbyMode, faults: Faults) -> Fleet {
    let mut fleet = fleet(SERVERS, HORIZON, faults);
    let group = &mut fleet.groups[0];
    group.maintenance_on = true;
    group.standby_mode = mode;
    if weekly {
        group.window = Window::Custom { day: 0, start: 120 };
    }
    fleet
}

const KINDS: [(&str, bool, usize, usize); 2] =
    [("weekly windows", true, 5, 4), ("system-managed", false, 30, 35)];

fn restarts(replications: u64, limit: f64) {
    let (gap, repair, restart) = (2.0 * DAY, 8.0 * HOUR, 30.0 * HOUR);
    let chain = Chain::new(false, |down| vec![(!down, 1.0 / if down { repair } else { gap })]);
    let crashes = Some((gap, repair));
    for (name, weekly, cycle, other) in KINDS {
        let mut faults = Faults::default();
        faults.set_on(Cause::process_crash, true);
        faults.process_crash.rate = once_in(gap);
        let mut fleet = build(weekly, StandbyMode::None, faults);
        fleet.groups[0].compute.process_restart = exponential(repair);
        fleet.groups[0].maintenance.restart = Law::fixed(restart);
        let mut down = Sample::default();
        play(fleet, replications, false, |tape| {
            down.push(tape.down / (HORIZON * f64::from(SERVERS)));
        });
        // Planned restarts begin while the server is up and void its crashes: cut out of the time
        // line they leave the two states as they were.
        let total = |cycle: usize, crashes: Option<(f64, f64)>| {
            let planned = expected(weekly, 0.0, restart, crashes, cycle).1;
            (planned + chain.time(HORIZON - planned, |d| d)) / HORIZON
        };
        let planned = expected(weekly, 0.0, restart, crashes, cycle).1;
        let sum = (planned + chain.time(HORIZON, |d| d)) / HORIZON;
        let mut wrong = vec![("the other rhythm", total(other, crashes)), ("a sum", sum)];
        if weekly {
            wrong.push(("windows never wait for health", total(cycle, None)));
        }
        hold(
            &format!("maintenance without a standby, {name}, downtime"),
            total(cycle, crashes),
            &down,
            limit,
            &wrong,
        );
    }
}

fn switchovers(replications: u64, limit: f64) {
    let (gap, lasts) = (4.0 * DAY, 6.0 * HOUR);
    let (patch, soak) = (30.0 * MINUTE, HOUR);
    let (block, promotion, redirection) = (6.0 * HOUR, 5.0 * HOUR, 4.0 * HOUR);
    let chain = Chain::new(false, |down| vec![(!down, 1.0 / if down { lasts } else { gap })]);
    for (name, weekly, cycle, other) in KINDS {
        for calm in [true, false] {
            let mut faults = Faults::default();
            faults.set_on(Cause::connectivity, !calm);
            faults.connectivity.rate = once_in(gap);
            faults.connectivity.lasts = exponential(lasts);
            let mut fleet = build(weekly, StandbyMode::SameZone, faults);
            let group = &mut fleet.groups[0];
            group.maintenance.restart = Law::fixed(patch);
            group.maintenance.soak = seconds(soak);
            group.maintenance.switchover = Law::fixed(block);
            group.standby.promotion = Law::fixed(promotion);
            group.standby.redirection = Law::fixed(redirection);
            let [mut down, mut number] = [Sample::default(); 2];
            play(fleet, replications, false, |tape| {
                down.push(tape.down / (HORIZON * f64::from(SERVERS)));
                number.push(tape.incidents / (HORIZON / YEAR * f64::from(SERVERS)));
            });
            let takes = block + promotion + redirection;
            let planned = |cycle, takes| expected(weekly, patch + soak, takes, None, cycle);
            let part = |cycle, takes| planned(cycle, takes).1 / HORIZON;
            let cut = chain.time(HORIZON, |d| d) / HORIZON * if calm { 0.0 } else { 1.0 };
            let product = |planned: f64| 1.0 - (1.0 - planned) * (1.0 - cut);
            let mut wrong = vec![
                ("the other rhythm", product(part(other, takes))),
                ("the standby's patch counts too", product(part(cycle, takes + patch))),
            ];
            if calm {
                let a_year = planned(cycle, takes).0 / (HORIZON / YEAR);
                let rhythm = 365.0 / if weekly { 35.0 } else { 30.0 };
                assert!((a_year / rhythm - 1.0).abs() < 0.02, "{a_year} against {rhythm}");
                let other = planned(other, takes).0 / (HORIZON / YEAR);
                hold(
                    &format!("maintenance with a standby, {name}, switchovers a year"),
                    a_year,
                    &number,
                    limit,
                    &[("the other rhythm", other)],
                );
            } else {
                wrong.push(("a sum", part(cycle, takes) + cut));
            }
            let what = if calm { "planned downtime" } else { "with connectivity, downtime" };
            hold(
                &format!("maintenance with a standby, {name}, {what}"),
                product(part(cycle, takes)),
                &down,
                limit,
                &wrong,
            );
        }
    }
}

#[test]
fn planned_restarts_on_top_of_crashes() {
    restarts(120, 0.01);
}

#[test]
fn planned_switchovers_on_top_of_cuts() {
    switchovers(40, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_planned_work_on_top_of_failures() {
    restarts(300, 0.005);
    switchovers(300, 0.005);
}
