//! Ages at the start of a scenario: checkpoints and lags are as old as ever, and the log before the start
//! was written in the hours of its day. Archives and snapshots: `restore`.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Speed;
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, Injection, Place, StandbyMode, WalRate};
use fleetsim::model::record::Phase;

const SPEED: f64 = 1e7;
/// Seconds of replay for each second of the hour before midnight; no log is written in other hours.
const WRITTEN: f64 = 0.5;
const SERVERS: u32 = 300;

/// Servers whose primaries crash so many seconds after the midnight at which the scenario starts.
fn crash(at: f64) -> Fleet {
    let mut fleet = fleet(SERVERS, HOUR, Faults::default());
    let mut hours = [0.0; 24];
    hours[23] = WRITTEN * SPEED;
    fleet.groups[0].wal_rate = WalRate::Hourly(Box::new(hours));
    fleet.injections.push(Injection {
        at: SimTime::ZERO + seconds(at),
        cause: Cause::process_crash,
        place: Place::Group(0),
        lasts: None,
        share: None,
        copies_lost: None,
    });
    fleet
}

fn checkpoints(start_new: bool, replications: u64, limit: f64) -> f64 {
    let (at, interval) = (1.0 * MINUTE, 10.0 * MINUTE);
    let mut fleet = crash(at);
    fleet.start_new = start_new;
    fleet.groups[0].compute.checkpoint_interval = seconds(interval);
    fleet.groups[0].compute.replay_rate = Speed(SPEED);
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
