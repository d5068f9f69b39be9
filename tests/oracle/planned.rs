//! Planned work step by step: with fixed laws and a drill in the midst of it, every stretch is known.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Backup, Fleet, Injection, Place, Redundancy, StandbyMode, Window};
use fleetsim::model::record::{
    Gauge, Incident, Interval, Phase, RecoveryPath, Segment, Sink, Stall,
};
use fleetsim::model::world::{Manner, Scene, World};
use std::sync::Arc;

#[derive(Clone, PartialEq, Debug)]
struct Kept {
    server: u32,
    from: SimTime,
    to: SimTime,
    cause: Cause,
    path: Option<RecoveryPath>,
    segments: Vec<Segment>,
}

impl Kept {
    /// Length, phase, whether connections are refused, whether planned.
    fn steps(&self) -> Vec<(f64, Phase, bool, bool)> {
        let step = |s: &Segment| (s.length().as_secs_f64(), s.phase, s.connect, s.planned);
        self.segments.iter().map(step).collect()
    }
}

#[derive(Clone, Default)]
struct Book(Vec<Kept>);

impl Sink for Book {
    fn incident(&mut self, i: &Incident<'_>) {
        self.0.push(Kept {
            server: i.server,
            from: i.from,
            to: i.to,
            cause: i.cause,
            path: i.path,
            segments: i.segments.to_vec(),
        });
    }
    fn interval(&mut self, _: Interval) {}
    fn stall(&mut self, _: Stall) {}
    fn gauge(&mut self, _: Gauge) {}
}

fn incidents(fleet: &Fleet) -> Vec<Kept> {
    let scene = Scene::new(fleet.clone());
    let environment = Arc::new(Environment::draw(&scene.fleet, 0, Stratum::Natural));
    let mut world = World::new(&scene, Book::default());
    world.play(&scene, 0, 0, &environment, Manner { check: true, ..Manner::default() });
    let mut all = world.sink_mut().0.clone();
    all.sort_by_key(|i| (i.from, i.server));
    all
}

const PATCH: f64 = 60.0;
const SOAK: f64 = HOUR;
const BLOCK: f64 = 5.0;
const PROMOTION: f64 = 10.0;
const REDIRECTION: f64 = 20.0;

/// One pair, its primary in the first zone, maintained in a window of its own.
fn pair() -> Fleet {
    let mut fleet = fleet(1, YEAR, Faults::default());
    fleet.regions[0].zones = 3;
    let g = &mut fleet.groups[0];
    g.zone = Some(0);
    g.standby_mode = StandbyMode::ZoneRedundant;
    g.maintenance_on = true;
    g.window = Window::Custom { day: 2, start: 120 };
    g.maintenance.restart = Law::fixed(PATCH);
    g.maintenance.soak = seconds(SOAK);
    g.maintenance.switchover = Law::fixed(BLOCK);
    g.standby.promotion = Law::fixed(PROMOTION);
    g.standby.redirection = Law::fixed(REDIRECTION);
    fleet
}

/// A strike at a time.
fn struck(cause: Cause, place: Place, at: SimTime) -> Injection {
    Injection { at, ..drill(cause, place, 0.0, None) }
}

/// The standby's machine crashes and takes this long to be back.
fn standby_crashes(fleet: &mut Fleet, at: SimTime, reboot: f64) {
    fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
    fleet.injections.push(struck(Cause::vm_crash, Place::Zone(0, 1), at));
}

#[test]
fn a_switchover_is_planned_from_end_to_end() {
    for i in incidents(&pair()) {
        assert_eq!(i.path, Some(RecoveryPath::Switchover));
        assert_eq!(
            i.steps(),
            [
                (BLOCK, Phase::Fencing, false, true),
                (PROMOTION, Phase::Promotion, true, true),
                (REDIRECTION, Phase::Redirection, true, true),
            ]
        );
    }
}

#[test]
fn a_standby_that_is_not_healthy_after_its_soak_skips_the_switchover_only() {
    let undisturbed = incidents(&pair());
    let first = undisturbed[0].from;
    let mut fleet = pair();
    // The roles have never been swapped before the first switchover.
    standby_crashes(&mut fleet, first - seconds(MINUTE), HOUR);
    let disturbed = incidents(&fleet);
    // The patch stands: the next window is the one that comes anyway, not that of the week after.
    assert_eq!(disturbed, undisturbed[1..]);
    assert!(disturbed[0].from.since(first) > Span::from_days(30));
}

#[test]
fn a_failover_during_the_soak_takes_the_place_of_the_switchover() {
    let undisturbed = incidents(&pair());
    let mut fleet = pair();
    fleet.groups[0].compute.vm_reboot = Law::fixed(10.0 * MINUTE);
    let crash = undisturbed[0].from - seconds(30.0 * MINUTE);
    fleet.injections.push(struck(Cause::vm_crash, Place::Zone(0, 0), crash));
    let disturbed = incidents(&fleet);
    let (failover, after) = (&disturbed[0], &disturbed[1..]);
    assert_eq!((failover.from, failover.path), (crash, Some(RecoveryPath::Failover)));
    // The node that is patched already is the primary: nothing promotes the other one. Next month's
    // switchovers are those of the undisturbed life.
    let starts = |all: &[Kept]| all.iter().map(|i| i.from).collect::<Vec<_>>();
    assert_eq!(starts(after), starts(&undisturbed[1..]));
}

#[test]
fn a_failed_planned_promotion_is_not_planned() {
    let mut fleet = pair();
    let undisturbed = incidents(&fleet);
    fleet.groups[0].standby.promotion_success = Share(0.0);
    let failed = incidents(&fleet);
    for i in &failed {
        assert_eq!(i.path, Some(RecoveryPath::Wait));
        assert_eq!(
            i.steps(),
            [(BLOCK, Phase::Fencing, false, true), (PROMOTION, Phase::Promotion, true, false)]
        );
        assert!(i.segments.iter().all(|s| s.cause == Cause::MAINTENANCE));
    }
    // It is tried again in every window, but not before it has been announced again.
    assert_eq!(failed[0].from, undisturbed[0].from);
    assert!(failed.windows(2).all(|w| w[1].from.since(w[0].from) == Span::from_days(7)));
    fleet.regions[0].maintenance.notice = Span::from_days(8);
    let announced = incidents(&fleet);
    assert!(announced.len() > 9);
    assert!(announced.windows(2).all(|w| w[1].from.since(w[0].from) == Span::from_days(14)));
}

#[test]
fn a_critical_release_does_not_wait_for_new_notice() {
    let mut faults = Faults::default();
    faults.bad_release.noticed = Law::fixed(90.0 * 24.0 * HOUR);
    let mut fleet = fleet(1, YEAR, faults);
    let group = &mut fleet.groups[0];
    group.maintenance_on = true;
    group.window = Window::Custom { day: 2, start: 120 };
    group.maintenance.restart = Law::fixed(PATCH);
    group.maintenance.patch_success = Share(0.0);
    fleet.regions[0].maintenance.notice = Span::from_days(8);
    let gap = |all: &[Kept]| all[1].from.since(all[0].from);
    let failed = incidents(&fleet);
    assert_eq!(gap(&failed), Span::from_days(14));
    // A drilled release is critical.
    let at = failed[0].to + Span::from_days(1);
    fleet.injections.push(struck(Cause::bad_release, Place::Region(0), at));
    assert_eq!(gap(&incidents(&fleet)), Span::from_days(7));
}

#[test]
fn a_promotion_whose_standby_falls_is_not_planned() {
    let mut fleet = pair();
    let first = incidents(&fleet)[0].from;
    standby_crashes(&mut fleet, first + seconds(BLOCK + 4.0), HOUR);
    let found = &incidents(&fleet)[0];
    assert_eq!((found.from, found.path), (first, Some(RecoveryPath::Wait)));
    assert_eq!(
        found.steps(),
        [(BLOCK, Phase::Fencing, false, true), (PROMOTION, Phase::Promotion, true, false)]
    );
}

/// What befalls a zone's pairs at a time: it is out for some seconds, with or without their data.
fn zone_falls(zone: u32, at: SimTime, lasts: f64, lost: f64) -> Injection {
    Injection {
        lasts: Some(Law::fixed(lasts)),
        copies_lost: Some(Share(lost)),
        ..struck(Cause::zone_outage, Place::Zone(0, zone), at)
    }
}

/// Nothing was committed since the planned promotion: the old primary, which is patched by then, has every
/// commit and takes its place again.
#[test]
fn a_new_primary_that_falls_before_clients_find_it_is_followed_by_the_one_that_is_patched() {
    let first = incidents(&pair())[0].from;
    let falls = first + seconds(BLOCK + PROMOTION + 5.0);
    let patched = BLOCK + PROMOTION + REDIRECTION + PATCH;
    for (lasts, lost) in [(10.0 * HOUR, 0.0), (5.0, 1.0)] {
        let mut fleet = pair();
        fleet.injections.push(zone_falls(1, falls, lasts, lost));
        let found = &incidents(&fleet)[0];
        assert_eq!((found.from, found.path), (first, Some(RecoveryPath::Failover)), "{lost}");
        let length = found.to.since(found.from).as_secs_f64();
        assert_eq!(length, patched + PROMOTION + REDIRECTION, "{lost}");
    }
    // It is back before: what it commits then is the old one's no more.
    let mut fleet = pair();
    fleet.groups[0].compute.vm_reboot = Law::fixed(10.0);
    let crash = |at| struck(Cause::vm_crash, Place::Zone(0, 1), at);
    fleet.injections.push(crash(falls));
    let again = first + seconds(patched - 20.0);
    fleet.injections.push(crash(again));
    let found = incidents(&fleet);
    assert_eq!(found[0].path, Some(RecoveryPath::Switchover));
    assert_eq!((found[1].from, found[1].path), (again, Some(RecoveryPath::Restart)));
}

/// The data of a primary are lost while its standby is patched: the log that it missed is kept elsewhere, so
/// that it takes over, long before the server is restored.
#[test]
fn a_standby_that_is_patched_takes_over_where_its_log_is_kept() {
    let mut fleet = pair();
    fleet.groups[0].standby.wal_quorum = true;
    fleet.groups[0].backup =
        Some(Backup { retention: Span::from_days(7), redundancy: Redundancy::Zone });
    fleet.groups[0].restore.provisioning = Law::fixed(HOUR);
    let before = seconds(SOAK + PATCH);
    let first = incidents(&fleet)[0].from;
    let falls = (first - before) + seconds(10.0);
    fleet.injections.push(zone_falls(0, falls, 5.0, 1.0));
    let found = &incidents(&fleet)[0];
    assert_eq!((found.from, found.path), (falls, Some(RecoveryPath::Failover)));
    assert_eq!(found.to.since(found.from).as_secs_f64(), PATCH - 10.0 + PROMOTION + REDIRECTION);
}

#[test]
fn a_drilled_bad_release_breaks_who_takes_it_before_it_is_noticed() {
    let mut faults = Faults::default();
    faults.bad_release.noticed = Law::fixed(4.0 * HOUR);
    faults.bad_release.rollback = Law::fixed(HOUR);
    let mut fleet = fleet(400, YEAR, faults);
    fleet.groups[0].maintenance_on = true;
    fleet.groups[0].maintenance.restart = Law::fixed(PATCH);
    fleet.regions[0].maintenance.system_window.from = 23 * 60;
    fleet.regions[0].maintenance.system_window.to = 7 * 60;
    let undisturbed = incidents(&fleet);
    // At noon of a day: the first window opens at 23:00, the fault is noticed at 03:00.
    let at = SimTime::ZERO + Span::from_days(100) + seconds(12.0 * HOUR);
    let opens = at + seconds(11.0 * HOUR);
    fleet.injections.push(struck(Cause::bad_release, Place::Region(0), at));
    let drilled = incidents(&fleet);
    let until =
        |all: &[Kept]| -> Vec<Kept> { all.iter().filter(|i| i.from < at).cloned().collect() };
    assert_eq!(until(&undisturbed), until(&drilled), "nothing changes before the drill");
    let broken: Vec<&Kept> = drilled
        .iter()
        .filter(|i| i.segments.iter().any(|s| s.cause == Cause::bad_release))
        .collect();
    assert!((150..=250).contains(&broken.len()), "half a night of 400: {}", broken.len());
    for i in broken {
        let noticed = opens + seconds(4.0 * HOUR);
        assert!(opens <= i.from && i.from < noticed, "{i:?}");
        assert_eq!(i.to, noticed + seconds(HOUR), "{i:?}");
        let planned: Vec<bool> = i.segments.iter().map(|s| s.planned).collect();
        assert_eq!(planned, [true, false], "{i:?}");
    }
}
