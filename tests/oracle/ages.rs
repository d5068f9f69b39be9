//! Ages at the start of a scenario: checkpoints and lags are as old as ever, and the log before the start
//! was written in the hours of its day. Archives and snapshots: `restore`. The log of a crash ends with the
//! crash, however long the node waits.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Speed;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, Place, StandbyMode, WalRate};
use fleetsim::model::record::Phase;

const SPEED: f64 = 1e7;
/// Seconds of replay for each second of the one hour in which log is written.
const WRITTEN: f64 = 0.5;
const SERVERS: u32 = 300;

/// Servers that write log in one hour of the day only; the scenario starts at midnight.
fn one_hour(hour: usize) -> Fleet {
    let mut fleet = fleet(SERVERS, DAY, Faults::default());
    let mut hours = [0.0; 24];
    hours[hour] = WRITTEN * SPEED;
    fleet.groups[0].wal_rate = WalRate::Hourly(Box::new(hours));
    fleet.groups[0].compute.replay_rate = Speed(SPEED);
    fleet
}

/// Servers that write log in the hour before midnight and crash so many seconds after it.
fn crash(at: f64) -> Fleet {
    let mut fleet = one_hour(23);
    fleet.injections.push(drill(Cause::process_crash, Place::Group(0), at, None));
    fleet
}

fn checkpoints(start_new: bool, replications: u64, limit: f64) -> f64 {
    let (at, interval) = (1.0 * MINUTE, 10.0 * MINUTE);
    let mut fleet = crash(at);
    fleet.start_new = start_new;
    fleet.groups[0].compute.checkpoint_interval = seconds(interval);
    let mut replay = Sample::default();
    play(fleet, replications, false, |tape| {
        replay.push(tape.phase(Phase::Replay) / f64::from(SERVERS));
    });
    if !start_new {
        // The checkpoint is uniformly old; what lies beyond midnight was written.
        let beyond = (interval - at) * (interval - at) / (2.0 * interval);
        hold(
            "crash right after the start, replay",
            WRITTEN * beyond,
            &replay,
            limit,
            &[
                ("log by the hour of the crash", 0.0),
                ("log at the mean rate of the day", WRITTEN / 24.0 * interval / 2.0),
                ("log of the hour before the start all along", WRITTEN * interval / 2.0),
            ],
        );
    }
    replay.mean()
}

#[test]
fn a_checkpoint_may_be_older_than_the_scenario() {
    checkpoints(false, 200, 0.01);
}

#[test]
fn nothing_is_older_than_a_scenario_where_all_is_new() {
    assert_eq!(checkpoints(true, 1, 0.01), 0.0);
}

#[test]
fn a_lag_may_reach_back_before_the_scenario() {
    let (at, lag, detection) = (10.0, 5.0 * MINUTE, 30.0);
    let mut fleet = crash(at);
    fleet.groups[0].standby_mode = StandbyMode::SameZone;
    fleet.groups[0].compute.process_restart = Law::fixed(HOUR);
    let standby = &mut fleet.groups[0].standby;
    standby.detection = Law::fixed(detection);
    standby.replay_lag = Law::fixed(lag);
    standby.replay_rate = Speed(SPEED);
    play(fleet, 1, false, |tape| {
        let replay = tape.phase(Phase::Replay) / f64::from(SERVERS);
        assert!((replay - WRITTEN * (lag - at - detection)).abs() < 1e-5, "{replay}");
    });
}

/// What a node that is struck five minutes before its hour of log ends replays, if it comes up long after
/// that hour: `strikes` are the drills, each with its place, its time after the first, and its length.
fn struck(name: &str, strikes: &[(Cause, Place, f64, f64)], replications: u64, limit: f64) {
    let (interval, before) = (10.0 * MINUTE, 5.0 * MINUTE);
    let mut fleet = one_hour(10);
    let first = 11.0 * HOUR - before;
    for &(cause, place, later, lasts) in strikes {
        fleet.injections.push(drill(cause, place, first + later, Some(lasts)));
    }
    let group = &mut fleet.groups[0];
    group.volume.min_copies = 1;
    group.compute.checkpoint_interval = seconds(interval);
    group.compute.process_restart = Law::fixed(HOUR);
    group.compute.vm_reboot = Law::fixed(HOUR);
    group.compute.relocate_after = Some(seconds(interval));
    let mut replay = Sample::default();
    play(fleet, replications, false, |tape| {
        replay.push(tape.phase(Phase::Replay) / tape.incidents);
    });
    let last = interval - before;
    hold(
        &format!("{name}, replay"),
        WRITTEN * interval / 2.0,
        &replay,
        limit,
        &[
            ("back from ten minutes later: its asking, or the last strike", 0.0),
            ("back from the end of the hour", WRITTEN * last * last / (2.0 * interval)),
        ],
    );
}

#[test]
fn a_node_that_leaves_its_rack_replays_what_it_wrote() {
    let outage = [(Cause::rack_outage, Place::Server(0, 0), 0.0, 5.0 * HOUR)];
    struck("relocation from a rack", &outage, 200, 0.01);
}

#[test]
fn a_node_that_is_struck_again_replays_what_it_wrote() {
    let place = Place::Group(0);
    let crashes =
        [(Cause::process_crash, place, 0.0, 0.0), (Cause::vm_crash, place, 30.0 * MINUTE, 0.0)];
    struck("machine that dies while its engine starts", &crashes, 200, 0.01);
}
