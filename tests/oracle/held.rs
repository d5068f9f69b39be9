//! What is struck, moves or is patched while something else holds it: every stretch is known.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::fault::bad_release::Effect;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{
    Fleet, Injection, LongTransaction, Place, StandbyMode, WhenUnhealthy, Window,
};
use fleetsim::model::record::{Phase, RecoveryPath};

const MAKING: f64 = 10.0 * MINUTE;

/// A pair with its primary in the first of three zones; a standby that is away for an hour is replaced.
fn pair() -> Fleet {
    let mut fleet = fleet(1, 60.0 * DAY, Faults::default());
    fleet.regions[0].zones = 3;
    let group = &mut fleet.groups[0];
    group.zone = Some(0);
    group.standby_mode = StandbyMode::ZoneRedundant;
    group.standby.replace_after = Some(seconds(HOUR));
    group.standby.provisioning = Law::fixed(MAKING);
    fleet
}

#[test]
fn a_partition_parts_who_stands_across_it_now() {
    let cut = |zone: u32| drill(Cause::partition, Place::Zone(0, zone), DAY, Some(30.0 * DAY));
    let out = drill(Cause::zone_outage, Place::Zone(0, 1), 2.0 * DAY, Some(5.0 * DAY));
    // The standby's zone is cut off, then out: a new one in the third zone is within reach.
    let mut fleet = pair();
    fleet.injections = vec![cut(1), out.clone()];
    assert_eq!(tape(&fleet).no_standby, DAY + HOUR + MAKING);
    // The third zone is cut off: a new standby there is out of reach until it is not.
    fleet.injections = vec![cut(2), out];
    assert_eq!(tape(&fleet).no_standby, 29.0 * DAY);
}

#[test]
fn a_host_that_dies_in_an_outage_is_lost_to_its_nodes() {
    let mut fleet = fleet(1, 10.0 * DAY, Faults::default());
    fleet.regions[0].vcores_per_host = 2;
    fleet.regions[0].spare = Share(0.5);
    fleet.groups[0].compute.vm_reboot = Law::fixed(120.0);
    fleet.groups[0].compute.relocation = Law::fixed(600.0);
    let zone = Place::Zone(0, 0);
    fleet.injections.push(drill(Cause::zone_outage, zone, DAY, Some(4.0 * HOUR)));
    let held = tape(&fleet);
    assert_eq!((held.phase(Phase::Restart), held.phase(Phase::Relocation)), (120.0, 0.0));
    assert_eq!(held.down, 4.0 * HOUR + 120.0);
    fleet.injections.push(drill(Cause::host_failure, Place::Server(0, 0), DAY + HOUR, None));
    let dead = tape(&fleet);
    assert_eq!((dead.phase(Phase::Restart), dead.phase(Phase::Relocation)), (0.0, 600.0));
    assert_eq!(dead.down, 4.0 * HOUR + 600.0);
    assert_eq!(dead.paths[RecoveryPath::Relocate as usize], 1.0);
}

#[test]
fn a_rollback_is_waited_for() {
    let mut fleet = fleet(20, 365.0 * DAY, Faults::default());
    let group = &mut fleet.groups[0];
    group.maintenance_on = true;
    group.maintenance.restart = Law::fixed(60.0);
    group.maintenance.rollback = Law::fixed(600.0);
    group.maintenance.patch_success = Share(0.5);
    let tape = tape(&fleet);
    let [restarts, waits] =
        [RecoveryPath::Restart, RecoveryPath::Wait].map(|path| tape.paths[path as usize]);
    assert!(restarts > 50.0 && waits > 50.0);
    assert_eq!(tape.phase(Phase::Restart), 60.0 * (restarts + waits));
    assert_eq!(tape.phase(Phase::Waiting), 600.0 * waits);
}

#[test]
fn a_group_has_its_own_least_gap() {
    let count = |gap: f64| {
        let mut fleet = fleet(50, 730.0 * DAY, Faults::default());
        let group = &mut fleet.groups[0];
        group.maintenance_on = true;
        group.maintenance.restart = Law::fixed(60.0);
        group.maintenance.min_gap = Span::from_secs_f64(gap * DAY);
        tape(&fleet).incidents / 100.0
    };
    assert!((11.0..=12.2).contains(&count(30.0)), "{}", count(30.0));
    assert!((3.5..=4.1).contains(&count(90.0)), "{}", count(90.0));
}

#[test]
fn a_reboot_does_not_mend_a_bad_release() {
    let mut faults = Faults::default();
    faults.bad_release.noticed = Law::fixed(30.0 * HOUR);
    faults.bad_release.rollback = Law::fixed(HOUR);
    faults.set_on(Cause::vm_crash, true);
    faults.vm_crash.rate = once_in(6.0 * HOUR);
    let mut fleet = fleet(40, 20.0 * DAY, faults);
    let group = &mut fleet.groups[0];
    group.maintenance_on = true;
    group.compute.vm_reboot = Law::fixed(60.0);
    fleet.injections.push(drill(Cause::bad_release, Place::Region(0), 10.0 * DAY, None));
    // Nobody who is broken is back before the rollback, thirty-one hours after the first window.
    let ends: Vec<SimTime> =
        tape(&fleet).rows.iter().filter(|r| r.length() > 120.0).map(|r| r.to).collect();
    assert!(ends.len() > 20, "{}", ends.len());
    let last = ends.iter().max().unwrap();
    let early = ends.iter().filter(|&&end| last.since(end) > seconds(60.0)).count();
    assert_eq!(early, 0, "{ends:?}");
}

/// Nor does an outage, or another host: the engine is broken wherever its machine starts.
#[test]
fn a_bad_release_outlasts_what_else_strikes_its_node() {
    let (noticed, rollback, struck) = (30.0 * HOUR, HOUR, 12.0 * HOUR);
    for cause in [Cause::vm_crash, Cause::rack_outage, Cause::zone_outage, Cause::host_failure] {
        let mut faults = Faults::default();
        faults.bad_release.noticed = Law::fixed(noticed);
        faults.bad_release.rollback = Law::fixed(rollback);
        let mut fleet = fleet(1, 20.0 * DAY, faults);
        let group = &mut fleet.groups[0];
        group.maintenance_on = true;
        group.compute.vm_reboot = Law::fixed(60.0);
        fleet.injections.push(drill(Cause::bad_release, Place::Region(0), 10.0 * DAY, None));
        let broken = *tape(&fleet).rows.iter().find(|r| r.length() > HOUR).unwrap();
        let lasts = (cause != Cause::vm_crash && cause != Cause::host_failure).then_some(HOUR);
        let from = broken.from.since(SimTime::ZERO).as_secs_f64();
        fleet.injections.push(drill(cause, Place::Zone(0, 0), from + struck, lasts));
        let rows = tape_both_ways(&fleet).rows;
        let found = rows.iter().find(|r| r.length() > HOUR).unwrap();
        assert_eq!((found.from, found.to), (broken.from, broken.to), "{}", cause.name());
        assert_eq!(found.path, Some(RecoveryPath::Wait), "{}", cause.name());
    }
}

/// A standby that is being made loses its host to an outage: it is made on another one, from then on.
#[test]
fn a_node_that_is_being_made_moves_at_once() {
    let making = 2.0 * HOUR;
    let out = |zone: u32, from: f64, lasts: f64| {
        drill(Cause::zone_outage, Place::Zone(0, zone), DAY + from, Some(lasts))
    };
    let alone = |injections: Vec<Injection>| {
        let mut fleet = pair();
        fleet.groups[0].standby.provisioning = Law::fixed(making);
        fleet.injections = injections;
        let tape = tape_both_ways(&fleet);
        assert_eq!(tape.incidents, 0.0);
        tape.no_standby
    };
    // The standby stands in the zone whose outage it misses.
    let zone = if alone(vec![out(1, 0.0, HOUR / 2.0)]) > 0.0 { 1 } else { 2 };
    let (short, struck) = (1.5 * HOUR, 2.0 * HOUR);
    assert_eq!(alone(vec![out(zone, 0.0, short)]), HOUR + making);
    let other = out(3 - zone, struck, 10.0 * DAY);
    assert_eq!(alone(vec![out(zone, 0.0, short), other]), struck + making);
}

/// A drill on the engine of a machine that is down does not bring that back any sooner.
#[test]
fn an_engine_that_crashes_in_a_machine_that_is_down_waits_for_it() {
    let (reboot, restart) = (600.0, 10.0);
    for (crash, down) in [(0.0, reboot), (100.0, reboot), (reboot, reboot + restart)] {
        let mut fleet = fleet(1, 10.0 * DAY, Faults::default());
        fleet.groups[0].compute.vm_reboot = Law::fixed(reboot);
        fleet.groups[0].compute.process_restart = Law::fixed(restart);
        fleet.injections = vec![
            drill(Cause::vm_crash, Place::Server(0, 0), DAY, None),
            drill(Cause::process_crash, Place::Server(0, 0), DAY + crash, None),
        ];
        assert_eq!(tape_both_ways(&fleet).down, down, "{crash}");
    }
}

/// The machine is back in the instant in which it is struck, and its engine crashes in that too: it starts again, and
/// then recovers.
#[test]
fn an_engine_that_crashes_as_its_machine_is_back_starts_again() {
    let (restart, tail) = (10.0, 600.0);
    let mut fleet = fleet(1, 10.0 * DAY, Faults::default());
    let compute = &mut fleet.groups[0].compute;
    compute.vm_reboot = Law::fixed(0.0);
    compute.process_restart = Law::fixed(restart);
    let (probability, lasts) = (Share(1.0), Law::fixed(tail));
    compute.long_transaction = Some(LongTransaction { probability, lasts });
    fleet.injections = vec![
        drill(Cause::vm_crash, Place::Server(0, 0), DAY, None),
        drill(Cause::process_crash, Place::Server(0, 0), DAY, None),
    ];
    assert_eq!(tape_both_ways(&fleet).down, restart + tail);
}

/// A standby is patched with a bad release that is to break it later, and lost before: the new one in its place has
/// not taken it.
#[test]
fn a_new_standby_has_not_taken_the_release_of_the_one_before() {
    let (onset, lost) = (10.0 * HOUR, HOUR);
    let mut faults = Faults::default();
    faults.bad_release.onset = Law::fixed(onset);
    faults.bad_release.noticed = Law::fixed(5.0 * DAY);
    let patched = 10.0 * DAY + 2.0 * HOUR;
    let play = |zone: Option<u32>, effect: Effect| {
        let mut faults = faults.clone();
        faults.bad_release.effect = effect;
        faults.bad_release.crash_rate = once_in(MINUTE);
        let mut fleet = Fleet { faults: faults.into(), ..pair() };
        fleet.horizon = SimTime::ZERO + seconds(patched + 20.0 * HOUR);
        let group = &mut fleet.groups[0];
        group.faults = fleet.faults.clone();
        (group.maintenance_on, group.window) = (true, Window::Custom { day: 0, start: 120 });
        group.maintenance.restart = Law::fixed(60.0);
        group.maintenance.soak = seconds(5.0 * DAY);
        group.compute.vm_reboot = Law::fixed(600.0);
        group.compute.process_restart = Law::fixed(600.0);
        fleet.injections.push(drill(Cause::bad_release, Place::Region(0), 10.0 * DAY, None));
        if let Some(zone) = zone {
            let out = drill(Cause::zone_outage, Place::Zone(0, zone), patched + lost, Some(DAY));
            fleet.injections.push(out);
        }
        tape_both_ways(&fleet).no_standby
    };
    for effect in [Effect::Down, Effect::Crashes] {
        // Patched, and broken until it is replaced or for the rest of the time; or lost and replaced before, in one of
        // the two zones.
        let alone = play(None, effect);
        let mut found = [1, 2].map(|zone| play(Some(zone), effect));
        found.sort_by(f64::total_cmp);
        let whole = 60.0 + HOUR + MAKING;
        assert!(alone >= whole, "{effect:?}: {alone}");
        assert_eq!(found, [whole, alone], "{effect:?}");
    }
}

/// The machine of a server is struck while it is restarted for a bad release: it has taken that all the same, and
/// breaks, whether it is back by the end of the work or not.
#[test]
fn a_restart_that_is_interrupted_has_taken_a_bad_release() {
    let (noticed, rollback, restart, reboot) = (30.0 * HOUR, HOUR, 600.0, 60.0);
    let patched = 10.0 * DAY + 2.0 * HOUR;
    for struck in [None, Some(300.0), Some(restart - 10.0)] {
        let mut faults = Faults::default();
        faults.bad_release.noticed = Law::fixed(noticed);
        faults.bad_release.rollback = Law::fixed(rollback);
        let mut fleet = fleet(1, 20.0 * DAY, faults);
        let group = &mut fleet.groups[0];
        (group.maintenance_on, group.window) = (true, Window::Custom { day: 0, start: 120 });
        group.maintenance.restart = Law::fixed(restart);
        group.compute.vm_reboot = Law::fixed(reboot);
        fleet.injections.push(drill(Cause::bad_release, Place::Region(0), 10.0 * DAY, None));
        if let Some(after) = struck {
            let crash = drill(Cause::vm_crash, Place::Server(0, 0), patched + after, None);
            fleet.injections.push(crash);
        }
        let rows = tape_both_ways(&fleet).rows;
        let longest = rows.iter().map(Row::length).fold(0.0, f64::max);
        assert_eq!(longest, noticed + rollback, "{struck:?}: {rows:?}");
    }
}

/// A server that a bad release has broken takes another one, which breaks it too: it is back when both are rolled back.
#[test]
fn two_bad_releases_are_rolled_back_before_a_server_is_back() {
    let (noticed, rollback, week) = (8.0 * DAY, HOUR, 7.0 * DAY);
    for releases in [1, 2] {
        let mut faults = Faults::default();
        faults.bad_release.noticed = Law::fixed(noticed);
        faults.bad_release.rollback = Law::fixed(rollback);
        let mut fleet = fleet(1, 40.0 * DAY, faults);
        let group = &mut fleet.groups[0];
        (group.maintenance_on, group.window) = (true, Window::Custom { day: 0, start: 120 });
        group.maintenance.restart = Law::fixed(60.0);
        group.maintenance.when_unhealthy = WhenUnhealthy::Patch;
        for release in 0..releases {
            let at = (10.0 + 5.0 * f64::from(release)) * DAY;
            fleet.injections.push(drill(Cause::bad_release, Place::Region(0), at, None));
        }
        let rows = tape_both_ways(&fleet).rows;
        let longest = rows.iter().map(Row::length).fold(0.0, f64::max);
        let whole = noticed + rollback + f64::from(releases - 1) * week;
        assert!((whole..=whole + 60.0).contains(&longest), "{releases}: {rows:?}");
    }
}
