//! Standbys that are behind: catching up by log and by a fresh copy, promotion with a quorum of the
//! log, and promotion with a lag.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::param::Policy;
use fleetsim::kernel::quantity::{Bytes, Share, Speed};
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, Injection, Place, StandbyMode, WalRate};
use fleetsim::model::record::RecoveryPath;

/// Speed of catching up, in bytes a second.
const SPEED: f64 = 1e7;

/// Servers in the first of two or three zones whose standbys stand in the second.
fn pairs(servers: u32, zones: u32, horizon: f64, faults: Faults) -> Fleet {
    let mut fleet = fleet(servers, horizon, faults);
    fleet.regions[0].zones = zones;
    let group = &mut fleet.groups[0];
    group.zone = Some(0);
    group.standby_mode = StandbyMode::ZoneRedundant;
    group.standby.catch_up_rate = Speed(SPEED);
    fleet
}

fn zone_lost(at: f64) -> Injection {
    Injection {
        at: SimTime::ZERO + seconds(at),
        cause: Cause::zone_outage,
        place: Place::Zone(0, 0),
        lasts: Some(Law::fixed(YEAR)),
        share: None,
        copies_lost: None,
    }
}

/// A link that is cut now and then, for a standby that needs `LOG` of catching up for each second of
/// a cut. Its lag grows by one second a second while the link is cut and falls by `1 / LOG` while it
/// is whole: the content of a fluid queue with one source that is on or off.
const GAP: f64 = 10.0 * HOUR;
const CUT: f64 = 3.0 * HOUR;
const LOG: f64 = 1.0;

/// Share of time with a lag: every cut needs its own time and `log` times that for catching up, and
/// work is conserved when a cut interrupts it.
fn behind(log: f64) -> f64 {
    (CUT + log * CUT) / (GAP + CUT)
}

fn cut_links(zones: u32, horizon: f64) -> Fleet {
    let mut faults = Faults::default();
    faults.set_on(Cause::partition, true);
    faults.partition.rate = once_in(GAP);
    faults.partition.lasts = exponential(CUT);
    let mut fleet = pairs(1, zones, horizon, faults);
    fleet.groups[0].wal_rate = WalRate::Law(Law::fixed(LOG * SPEED));
    fleet
}

fn by_log(replications: u64, limit: f64) {
    // The start is forgotten by then: what is left of it falls off with e to the minus 16.
    let (since, horizon) = (10.0 * DAY, 1.0 * YEAR);
    let mut risk = Sample::default();
    play_since(since, cut_links(2, horizon), replications, |tape| {
        assert_eq!(tape.incidents, 0.0);
        risk.push(tape.no_standby / (horizon - since));
    });
    // Of the cut before, only what is caught up in one gap.
    let forgets = (CUT + 1.0 / (1.0 / GAP + 1.0 / (LOG * CUT))) / (GAP + CUT);
    hold(
        "standby that catches up by log, time without a standby",
        behind(LOG),
        &risk,
        limit,
        &[
            ("healthy as soon as the link is whole", behind(0.0)),
            ("a cut makes it forget what was missing before", forgets),
            ("the time of catching up has to be caught up again", behind(2.0 * LOG)),
        ],
    );
}

#[test]
fn a_standby_catches_up_by_log() {
    by_log(50, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_a_standby_catches_up_by_log() {
    by_log(500, 0.005);
}

/// A primary is away for a while as its standby catches up: what is not written in that time need not
/// be caught up, and what was caught up before counts. Nothing is left to chance here.
#[test]
fn nothing_is_written_without_a_primary() {
    let (cut, later, reboot, log) = (HOUR, 30.0 * MINUTE, 2.0 * HOUR, 1.5);
    let mut fleet = pairs(1, 2, 4.0 * DAY, Faults::default());
    let group = &mut fleet.groups[0];
    group.wal_rate = WalRate::Law(Law::fixed(log * SPEED));
    group.compute.vm_reboot = Law::fixed(reboot);
    let begins = 2.0 * HOUR;
    for (cause, place, at, lasts) in [
        (Cause::partition, Place::Region(0), begins, Some(Law::fixed(cut))),
        (Cause::vm_crash, Place::Group(0), begins + cut + later, None),
    ] {
        let at = SimTime::ZERO + seconds(at);
        let (share, copies_lost) = (None, None);
        fleet.injections.push(Injection { at, cause, place, lasts, share, copies_lost });
    }
    play(fleet, 1, false, |tape| {
        assert_eq!(tape.down, reboot);
        let (right, risk) = (cut + log * cut, tape.no_standby);
        // With the time away it would be three hours more, begun anew half an hour.
        assert!((risk - right).abs() < 1e-3, "{risk} s without a standby, not {right}");
    });
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum State {
    Healthy,
    /// The primary is down, its standby healthy.
    Orphaned,
    /// Both are down.
    Dark,
    /// The new standby is being made, and the primary serves or not.
    Making(bool),
    /// It copies, or waits for its primary with nothing copied.
    Copying(bool),
}

const CRASH: f64 = 14.0 * HOUR;
const REBOOT: f64 = 3.0 * HOUR;
const MADE: f64 = 4.0 * HOUR;
const COPY: f64 = 3.0 * HOUR;
const WRITTEN: f64 = 0.5;

/// Share of time at risk where a lost standby is replaced at once and copies for a fixed time without
/// interruption. Each state's mean stay and next states decide alone, so copying becomes a state
/// that ends at a rate: of n interruptions a second, `n / (e^(n copy) - 1)` a second.
fn copying(copy: f64, starts_over: bool) -> f64 {
    use State::{Copying, Dark, Healthy, Making, Orphaned};
    let (crash, reboot) = (1.0 / CRASH, 1.0 / REBOOT);
    let chain = Chain::new(Healthy, |state| match state {
        Healthy => vec![(Orphaned, crash), (Making(true), crash)],
        Orphaned => vec![(Healthy, reboot), (Dark, crash)],
        // Nobody ever notices that a primary is away: its standby waits for it.
        Dark => vec![(Making(true), reboot), (Orphaned, reboot)],
        Making(true) => vec![(Copying(true), 1.0 / MADE), (Making(false), crash)],
        Making(false) => vec![(Copying(false), 1.0 / MADE), (Making(true), reboot)],
        Copying(true) => {
            let interrupts = crash * if starts_over { 2.0 } else { 1.0 };
            let done = interrupts / libm::expm1(interrupts * copy);
            vec![(Healthy, done), (Copying(false), crash), (Making(true), crash)]
        }
        Copying(false) => vec![(Copying(true), reboot), (Making(false), crash)],
    });
    chain.chance(100.0 * DAY, |s| matches!(s, Making(true) | Copying(true)))
}

fn fresh(replications: u64, limit: f64) {
    let (since, horizon, servers) = (30.0 * DAY, 200.0 * DAY, 20);
    let mut faults = Faults::default();
    faults.set_on(Cause::vm_crash, true);
    faults.vm_crash.rate = once_in(CRASH);
    let mut fleet = pairs(servers, 2, horizon, faults);
    let group = &mut fleet.groups[0];
    group.compute.vm_reboot = exponential(REBOOT);
    group.storage = Bytes((2.0 * COPY * SPEED) as u64);
    group.used = Share(0.5);
    group.wal_rate = WalRate::Law(Law::fixed(WRITTEN * SPEED));
    let standby = &mut group.standby;
    standby.detection = Law::fixed(100.0 * YEAR);
    standby.replace_after = Some(Span::ZERO);
    standby.provisioning = exponential(MADE);
    let mut risk = Sample::default();
    play_since(since, fleet, replications, |tape| {
        risk.push(tape.no_standby / ((horizon - since) * f64::from(servers)));
    });
    let whole = COPY * (1.0 + WRITTEN);
    hold(
        "standby that copies everything, time without a standby",
        copying(whole, true),
        &risk,
        limit,
        &[
            ("what is written meanwhile is there already", copying(COPY, true)),
            ("a copy goes on where it was interrupted", copying(whole, false)),
        ],
    );
}

#[test]
fn a_new_standby_copies_what_is_used() {
    fresh(14, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_a_new_standby_copies_what_is_used() {
    fresh(120, 0.005);
}

const DETECTION: f64 = 2.0 * HOUR;
const DECISION: f64 = 20.0 * MINUTE;
const PROMOTION: f64 = 30.0 * MINUTE;
const REDIRECTION: f64 = 10.0 * MINUTE;

fn steps(fleet: &mut Fleet) {
    let standby = &mut fleet.groups[0].standby;
    standby.detection = exponential(DETECTION);
    standby.decision = Law::fixed(DECISION);
    standby.promotion = exponential(PROMOTION);
    standby.redirection = Law::fixed(REDIRECTION);
}

/// The zone of the primaries is lost for good `LATER` after an hour's cut of the link, while the
/// standbys catch up for an exponential time: how much log there is differs.
fn quorum(replications: u64, limit: f64) {
    let (cut, drop, later) = (HOUR, 10.0 * MINUTE, 30.0 * MINUTE);
    let (missing, servers) = (1.5 * HOUR, 300);
    for kept in [true, false] {
        // Without a quorum commits wait before they go on alone.
        let misses = if kept { cut } else { cut - drop };
        let begins = 2.0 * HOUR;
        let lost = begins + cut + later;
        let horizon = lost + 3.0 * DAY;
        let mut fleet = pairs(servers, 3, horizon, Faults::default());
        steps(&mut fleet);
        // Standbys stand in the second or third zone, replicas in the other one.
        let group = &mut fleet.groups[0];
        group.wal_rate = WalRate::Law(exponential(missing / misses * SPEED));
        group.standby.wal_quorum = kept;
        group.standby.drop = Law::fixed(drop);
        fleet.injections.push(Injection {
            at: SimTime::ZERO + seconds(begins),
            cause: Cause::partition,
            place: Place::Region(0),
            lasts: Some(Law::fixed(cut)),
            share: None,
            copies_lost: None,
        });
        fleet.injections.push(zone_lost(lost));
        let [mut down, mut over] = [Sample::default(); 2];
        play(fleet, replications, true, |tape| {
            let whole = f64::from(servers);
            let failovers = tape.paths[RecoveryPath::Failover as usize];
            let waits = if kept { 0.0 } else { whole };
            assert_eq!(
                (tape.incidents, tape.paths[RecoveryPath::Wait as usize]),
                (whole + waits, waits)
            );
            assert!(tape.rows.iter().all(|r| r.loss.unwrap_or(0.0) == 0.0), "nothing is lost");
            down.push((tape.down - waits * drop) / whole);
            over.push(failovers / whole);
        });
        let behind = libm::exp(-later / missing);
        let ends = PROMOTION + REDIRECTION;
        let healthy = -libm::expm1(-later / missing) * (DETECTION + DECISION + ends);
        // Promoted as soon as it has caught up and the loss has been noticed and decided on.
        let meanwhile = libm::exp(-DECISION / missing);
        let first = missing * (1.0 - meanwhile) + meanwhile / (1.0 / missing + 1.0 / DETECTION);
        let last = missing + DETECTION + DECISION - first;
        let (with, without) =
            (healthy + behind * (last + ends), healthy + behind * (horizon - lost));
        let (name, closed, other) =
            if kept { ("a quorum", with, without) } else { ("no quorum", without, with) };
        let again = healthy + behind * (missing + DETECTION + DECISION + ends);
        let mut wrong = vec![("the other way", other)];
        if kept {
            wrong.push(("detected only when it has caught up", again));
            wrong.push(("there is nothing to detect", healthy + behind * (missing + ends)));
            wrong.push(("catching up ends with the primary", healthy + behind * ends));
        }
        hold(&format!("standbys behind, {name}, recovery time"), closed, &down, limit, &wrong);
        if !kept {
            hold(
                "standbys behind, no quorum, share promoted",
                -libm::expm1(-later / missing),
                &over,
                limit,
                &[("all of them", 1.0)],
            );
        }
    }
}

#[test]
fn a_quorum_of_the_log_lets_a_standby_finish() {
    quorum(150, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_a_quorum_of_the_log_lets_a_standby_finish() {
    quorum(500, 0.005);
}

/// A replica of the log that comes back while standbys catch up from their primaries.
fn replica(replications: u64, limit: f64) {
    let (cut, away, back) = (HOUR, 15.0 * MINUTE, 30.0 * MINUTE);
    let (missing, servers) = (1.5 * HOUR, 3);
    let mut fleet = pairs(servers, 3, 4.0 * DAY, Faults::default());
    let group = &mut fleet.groups[0];
    group.wal_rate = WalRate::Law(exponential(missing / cut * SPEED));
    group.standby.wal_quorum = true;
    let begins = 2.0 * HOUR;
    for (cause, place, at, lasts) in [
        (Cause::partition, Place::Region(0), begins, cut),
        (Cause::zone_outage, Place::Zone(0, 2), begins + cut + away, back - away),
    ] {
        fleet.injections.push(Injection {
            at: SimTime::ZERO + seconds(at),
            cause,
            place,
            lasts: Some(Law::fixed(lasts)),
            share: None,
            copies_lost: None,
        });
    }
    let mut risk = Sample::default();
    play(fleet, replications, false, |tape| {
        assert_eq!(tape.incidents, 0.0, "the third zone has replicas only");
        risk.push(tape.no_standby / f64::from(servers));
    });
    // Who is not done when it is back begins anew with all that was written since the cut.
    let anew = libm::exp(-back / missing) * (back + (back + missing) * back / cut);
    hold(
        "standby whose log replica comes back, time without a standby",
        cut + missing,
        &risk,
        limit,
        &[("catching up begins anew", cut + missing + anew)],
    );
}

#[test]
fn a_log_replica_that_comes_back_disturbs_nothing() {
    replica(2_000, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_a_log_replica_that_comes_back_disturbs_nothing() {
    replica(10_000, 0.005);
}

/// The zone of the primary is lost for good while its standby has the lag of the fluid queue:
/// exponential where there is one.
fn stale(replications: u64, limit: f64) {
    let (patience, lost) = (4.0 * HOUR, 12.0 * DAY);
    let mut fleet = cut_links(2, lost + 4.0 * DAY);
    steps(&mut fleet);
    fleet.groups[0].standby.promote_stale = Policy { after: Some(seconds(patience)) };
    fleet.injections.push(zone_lost(lost));
    let [mut loss, mut long, mut down] = [Sample::default(); 3];
    let lag = 1.0 / (1.0 / CUT - LOG / GAP);
    play(fleet, replications, true, |tape| {
        assert_eq!((tape.rows.len(), tape.paths[RecoveryPath::Failover as usize]), (1, 1.0));
        let row = tape.rows[0];
        let window = row.loss.unwrap();
        loss.push(window);
        long.push(f64::from(u8::from(window > lag)));
        down.push(row.length());
    });
    let share = behind(LOG);
    // Age of a time at risk: half its mean square over its mean.
    let alone = (1.0 + LOG) * CUT / (1.0 - LOG * CUT / GAP).powi(2);
    hold(
        "stale promotion, loss window",
        share * lag,
        &loss,
        limit,
        &[
            ("what is caught up does not count", share * alone),
            ("the present cut alone", CUT / (GAP + CUT) * CUT),
            ("up to the promotion", share * (lag + patience)),
        ],
    );
    hold(
        "stale promotion, P(a loss window above the mean lag)",
        share * libm::exp(-1.0),
        &long,
        limit,
        &[("the present cut alone", CUT / (GAP + CUT) * libm::exp(-lag / CUT))],
    );
    let ends = PROMOTION + REDIRECTION;
    let failover = DETECTION + DECISION + ends;
    let with = |patience: f64| share * (patience + ends) + (1.0 - share) * failover;
    hold(
        "stale promotion, recovery time",
        with(patience),
        &down,
        limit,
        &[
            (
                "detection and decision come before the patience",
                with(patience + DETECTION + DECISION),
            ),
            ("a lag is no reason to wait", failover),
        ],
    );
}

#[test]
fn a_stale_standby_loses_its_lag() {
    stale(8_000, 0.03);
}

#[test]
#[ignore = "campaign"]
fn campaign_a_stale_standby_loses_its_lag() {
    stale(220_000, 0.005);
}
