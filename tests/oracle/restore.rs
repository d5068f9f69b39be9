//! Restores: by policy in the paired region, and after lost data; how long they take, what they lose.

mod steps;

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::param::Policy;
use fleetsim::kernel::quantity::{Bytes, Share, Speed};
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Backup, Fleet, Injection, Place, Redundancy, StandbyMode, WalRate};
use fleetsim::model::record::{Phase, RecoveryPath};

const BYTES: u64 = 1 << 36;
/// Log of a whole day is replayed in this time.
const REPLAY: f64 = 4.0 * HOUR;

/// Servers with backups and a drill.
fn build(servers: u32, redundancy: Redundancy, drill: Injection) -> Fleet {
    let horizon = drill.at.as_secs_f64() + 60.0 * DAY;
    let mut fleet = fleet(servers, horizon, Faults::default());
    let group = &mut fleet.groups[0];
    group.backup = Some(Backup { retention: seconds(YEAR), redundancy });
    (group.storage, group.used) = (Bytes(4 * BYTES), Share(0.25));
    group.wal_rate = WalRate::Law(Law::fixed(1e6));
    group.restore.replay_rate = Speed(1e6 * DAY / REPLAY);
    group.restore.snapshot_interval = seconds(DAY);
    fleet.injections.push(drill);
    fleet
}

fn drill(cause: Cause, place: Place, at: f64, lasts: Law, copies_lost: f64) -> Injection {
    Injection {
        at: SimTime::ZERO + seconds(at),
        cause,
        place,
        lasts: Some(lasts),
        share: None,
        copies_lost: Some(Share(copies_lost)),
    }
}

/// When outages strike: long after the start of the scenario, or right after it. Logs and snapshots are
/// as old then as ever.
const LATE: f64 = 40.0 * HOUR;
const EARLY: f64 = 10.0 * MINUTE;

/// A region is out for an exponential time; whoever is not back after a time is restored elsewhere,
/// unless the region and the old server return before that is done.
fn geo(at: f64, replications: u64, limit: f64) {
    let (lasts, reboot, patience) = (20.0 * HOUR, HOUR, 6.0 * HOUR);
    let (made, fetch, reconfigured) = (3.0 * HOUR, 2.0 * HOUR, HOUR);
    let (archive, lag, servers) = (6.0 * HOUR, 9.0 * HOUR, 10);
    let outage = drill(Cause::region_outage, Place::Region(0), at, exponential(lasts), 0.0);
    let mut fleet = build(servers, Redundancy::Geo, outage);
    let group = &mut fleet.groups[0];
    group.compute.vm_reboot = Law::fixed(reboot);
    let restore = &mut group.restore;
    restore.on_region_outage = Policy { after: Some(seconds(patience)) };
    restore.provisioning = exponential(made);
    restore.fetch_rate = Speed(BYTES as f64 / fetch);
    restore.reconfiguration = Law::fixed(reconfigured);
    restore.archive_period = seconds(archive);
    restore.geo_lag = seconds(lag);
    let [mut down, mut over, mut loss] = [Sample::default(); 3];
    play(fleet, replications, true, |tape| {
        let whole = f64::from(servers);
        assert_eq!(tape.incidents, whole);
        let geo = |r: &&Row| r.path == Some(RecoveryPath::GeoRestore);
        let lost = |r: &Row| r.loss.unwrap();
        assert!(tape.rows.iter().filter(|r| !geo(r)).all(|r| lost(r) == 0.0));
        down.push(tape.down / whole);
        over.push(tape.rows.iter().filter(geo).count() as f64 / whole);
        loss.push(tape.rows.iter().map(lost).sum::<f64>() / whole);
    });

    // From the policy on: the restore against what is left of the outage, and the reboot after it.
    let late = libm::exp(-patience / lasts);
    let until = -lasts * libm::expm1(-patience / lasts);
    let early = -libm::expm1(-patience / lasts) * reboot;
    // P(the outage outlasts a restore less a reboot): each of its steps.
    let replays = -libm::expm1(-REPLAY / lasts) / (REPLAY / lasts);
    let steps = libm::exp(-(fetch + reconfigured - reboot) / lasts) * replays;
    let outlasts = steps / (1.0 + made / lasts);
    let closed = until + early + late * (reboot + lasts * (1.0 - outlasts));
    let takes = made + fetch + REPLAY / 2.0 + reconfigured;
    hold(
        "geo restore by policy, recovery time",
        closed,
        &down,
        limit,
        &[
            ("wait for the region", lasts + reboot),
            ("a restore that has begun is never called off", until + early + late * takes),
            ("a restore is called off when the region is back", closed - late * reboot * outlasts),
        ],
    );
    hold(
        "geo restore by policy, share restored elsewhere",
        late * outlasts,
        &over,
        limit,
        &[("all that are not back after the patience", late)],
    );
    // The later of two uniform ages.
    let window = lag / 2.0 + archive * archive / (6.0 * lag);
    hold(
        "geo restore by policy, loss window",
        late * outlasts * window,
        &loss,
        limit,
        &[
            ("the lag of the paired region alone", late * outlasts * lag / 2.0),
            ("log in the paired region is behind by both", late * outlasts * (lag + archive) / 2.0),
        ],
    );
}

#[test]
fn a_region_that_stays_away_is_restored_elsewhere() {
    geo(LATE, 12_000, 0.01);
}

#[test]
fn a_region_that_goes_away_at_the_start_loses_as_much() {
    geo(EARLY, 12_000, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_a_region_that_stays_away_is_restored_elsewhere() {
    geo(LATE, 60_000, 0.005);
}

/// A zone loses its power and all copies with it: every server is restored at once, and all fetch
/// together.
fn data_lost(at: f64, replications: u64, limit: f64) {
    let (lasts, made, reconfigured, period) = (HOUR, 2.0 * HOUR, HOUR, 3.0 * HOUR);
    let (servers, fetch) = (200u32, 6.0 * HOUR);
    let outage = drill(Cause::zone_outage, Place::Zone(0, 0), at, Law::fixed(lasts), 1.0);
    let mut fleet = build(servers, Redundancy::Zone, outage);
    let restore = &mut fleet.groups[0].restore;
    restore.provisioning = Law::fixed(made);
    restore.throughput = Speed(f64::from(servers) * BYTES as f64 / fetch);
    restore.reconfiguration = exponential(reconfigured);
    restore.archive_period = seconds(period);
    let [mut loss, mut square, mut most] = [Sample::default(); 3];
    let [mut down, mut person] = [Sample::default(); 2];
    play(fleet, replications, true, |tape| {
        let whole = f64::from(servers);
        assert_eq!(tape.paths[RecoveryPath::Restore as usize], whole);
        let losses = || tape.rows.iter().map(|r| r.loss.unwrap());
        assert!(losses().all(|x| x < period));
        loss.push(losses().sum::<f64>() / whole);
        square.push(losses().map(|x| x * x).sum::<f64>() / whole);
        most.push(losses().filter(|&x| x > 0.8 * period).count() as f64 / whole);
        down.push(tape.down / whole);
        person.push(tape.phase(Phase::Reconfiguration) / whole);
    });
    let cycle = [("a whole period", period), ("archived as it is written", 0.0)];
    hold("restore of lost data, loss window", period / 2.0, &loss, limit, &cycle);
    hold(
        "restore of lost data, loss window squared",
        period * period / 3.0,
        &square,
        2.0 * limit,
        &[("half a period each", period * period / 4.0)],
    );
    hold(
        "restore of lost data, P(loss window above 80 % of the period)",
        0.2,
        &most,
        2.0 * limit,
        &[("half a period each", 0.0)],
    );
    hold("restore of lost data, time of a person", reconfigured, &person, limit, &[]);
    let with = |fetch: f64, replay: f64| lasts + made + fetch + replay + reconfigured;
    let turn = fetch / f64::from(servers) * (f64::from(servers) + 1.0) / 2.0;
    hold(
        "restore of lost data, recovery time",
        with(fetch, REPLAY / 2.0),
        &down,
        limit,
        &[
            ("a whole day of log", with(fetch, REPLAY)),
            ("fetched one after another", with(turn, REPLAY / 2.0)),
            ("restored as soon as the power goes", with(fetch, REPLAY / 2.0) - lasts),
        ],
    );
}

#[test]
fn lost_data_comes_back_from_the_archive() {
    data_lost(LATE, 300, 0.005);
}

#[test]
fn data_lost_at_the_start_comes_back_from_archives_as_old() {
    data_lost(EARLY, 300, 0.005);
}

#[test]
#[ignore = "campaign"]
fn campaign_lost_data_comes_back_from_the_archive() {
    data_lost(LATE, 1_500, 0.002);
}

/// A region is out for days, and its servers are restored elsewhere in an hour and a half. An outage of
/// its gateway and a cut of its links begin before that and last for longer; others come later.
#[test]
fn a_region_that_a_server_has_left_is_nothing_to_it() {
    let (out, patience, made, servers) = (DAY, HOUR, 0.5 * HOUR, 10);
    for mode in [StandbyMode::None, StandbyMode::ZoneRedundant] {
        let outage =
            drill(Cause::region_outage, Place::Region(0), out, Law::fixed(10.0 * DAY), 0.0);
        let mut fleet = build(servers, Redundancy::Geo, outage);
        fleet.regions[0].zones = 3;
        for cause in [Cause::gateway_outage, Cause::partition] {
            for at in [out + patience, out + 2.0 * DAY] {
                let place = Place::Region(0);
                let mut drill = drill(cause, place, at, Law::fixed(5.0 * HOUR), 0.0);
                (drill.share, drill.copies_lost) = (Some(Share::ONE), None);
                fleet.injections.push(drill);
            }
        }
        let group = &mut fleet.groups[0];
        group.standby_mode = mode;
        group.standby.drop = Law::fixed(HOUR);
        group.wal_rate = WalRate::Law(Law::fixed(0.0));
        group.restore.on_region_outage = Policy { after: Some(seconds(patience)) };
        group.restore.provisioning = Law::fixed(made);
        play(fleet, 1, true, |tape| {
            assert_eq!(tape.rows.len(), servers as usize, "{mode:?}");
            for row in &tape.rows {
                assert_eq!(row.path, Some(RecoveryPath::GeoRestore));
                assert_eq!(row.length(), patience + made, "{mode:?} {row:?}");
            }
            assert_eq!(tape.no_standby, 0.0, "a new standby follows at once: {mode:?}");
        });
    }
}

/// Servers of a zone of four halls with their nodes moved to other hosts, and often to other halls than
/// their volumes', before `outages` of halls (from, and how long) begin; how long each is down then, and
/// how that ends.
fn halls_out(made: f64, outages: &[(u32, f64, f64)]) -> Vec<(f64, RecoveryPath)> {
    let (servers, moved) = (100, HOUR);
    let strike = drill(Cause::host_failure, Place::Group(0), moved, Law::fixed(0.0), 0.0);
    let mut fleet = build(servers, Redundancy::Geo, strike);
    let region = &mut fleet.regions[0];
    (region.halls, region.racks, region.stamps) = (4, 12, 4);
    (region.vcores_per_host, region.spare) = (4, Share(0.5));
    for &(hall, from, lasts) in outages {
        let place = Place::Hall(0, 0, hall);
        fleet.injections.push(drill(Cause::zone_outage, place, from, Law::fixed(lasts), 0.0));
    }
    let group = &mut fleet.groups[0];
    group.wal_rate = WalRate::Law(Law::fixed(0.0));
    group.volume.stall_tolerance = seconds(10.0);
    group.restore.on_zone_outage = Policy { after: Some(seconds(HOUR)) };
    group.restore.provisioning = Law::fixed(made);
    let mut down = Vec::new();
    play(fleet, 1, true, |tape| {
        let rows = tape.rows.iter().filter(|r| r.from.as_secs_f64() > moved);
        down.extend(rows.map(|r| (r.length(), r.path.unwrap())));
    });
    down
}

fn is_about(length: f64, closed: f64) -> bool {
    (length - closed).abs() < 1e-5
}

#[test]
fn a_server_whose_volume_is_out_alone_is_restored_too() {
    let down = halls_out(HOUR / 2.0, &[(1, DAY, 20.0 * HOUR)]);
    let restored = |&(length, path): &(f64, RecoveryPath)| {
        path == RecoveryPath::GeoRestore && is_about(length, 1.5 * HOUR)
    };
    assert!(down.iter().all(restored), "{down:?}");
    // A quarter has its node in the hall; of the others a quarter its volume.
    assert!((34..=54).contains(&down.len()), "{}", down.len());
}

#[test]
fn a_node_that_is_back_without_its_volume_drops_no_restore() {
    let (short, long) = (3.0 * HOUR, 20.0 * HOUR);
    let down = halls_out(10.0 * HOUR, &[(1, DAY, short), (2, DAY, long)]);
    let count = |path, length| down.iter().filter(|d| d.1 == path && is_about(d.0, length)).count();
    // Nothing of the servers of the first kind is in the hall that stays away.
    let (waited, restored) =
        (count(RecoveryPath::Wait, short), count(RecoveryPath::GeoRestore, 11.0 * HOUR));
    assert_eq!(waited + restored, down.len(), "{down:?}");
    assert!(waited >= 20 && restored >= 34, "{waited} {restored}");
}

#[test]
fn a_node_that_waits_for_a_host_is_restored_with_its_zone() {
    let (lost, out, servers) = (HOUR, DAY, 4);
    let strike = drill(Cause::host_failure, Place::Group(0), lost, Law::fixed(30.0 * DAY), 0.0);
    let mut fleet = build(servers, Redundancy::Geo, strike);
    fleet.regions[0].vcores_per_host = 1;
    let place = Place::Zone(0, 0);
    fleet.injections.push(drill(Cause::zone_outage, place, out, Law::fixed(DAY), 0.0));
    let group = &mut fleet.groups[0];
    group.wal_rate = WalRate::Law(Law::fixed(0.0));
    group.restore.on_zone_outage = Policy { after: Some(seconds(HOUR)) };
    play(fleet, 1, true, |tape| {
        assert_eq!(tape.rows.len(), servers as usize);
        for row in &tape.rows {
            assert_eq!(row.path, Some(RecoveryPath::GeoRestore));
            assert!(is_about(row.length(), out + HOUR - lost), "{row:?}");
        }
    });
}

/// A zone is back, but for its hosts and storage nodes, which are hours later: to whoever stands on them the
/// outage goes on, and the policy for long ones with it.
#[test]
fn what_is_back_later_than_its_zone_is_away_for_as_long() {
    let (lasts, late, made, reboot) = (2.0 * HOUR, 10.0 * HOUR, 1.5 * HOUR, MINUTE);
    let play = |patience: f64| {
        let mut faults = Faults::default();
        faults.zone_outage.r#return = Law::fixed(late);
        let mut fleet = fleet(20, 5.0 * DAY, faults);
        fleet.regions[0].zones = 2;
        let group = &mut fleet.groups[0];
        group.zone = Some(0);
        group.compute.vm_reboot = Law::fixed(reboot);
        group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Zone });
        group.restore.provisioning = Law::fixed(made);
        group.restore.on_zone_outage = Policy { after: Some(seconds(patience)) };
        let outage = drill(Cause::zone_outage, Place::Zone(0, 0), DAY, Law::fixed(lasts), 0.0);
        fleet.injections = vec![outage];
        let tape = tape(&fleet);
        assert_eq!(tape.incidents, 20.0);
        (tape.down / 20.0, tape.paths[RecoveryPath::Restore as usize] / 20.0)
    };
    for patience in [1.0, 1.9, 3.0, 8.0] {
        assert_eq!(play(patience * HOUR), (patience * HOUR + made, 1.0), "{patience}");
    }
    // What is back before it is restored, or before it would be, is not.
    for patience in [11.0, 12.5] {
        assert_eq!(play(patience * HOUR), (lasts + late + reboot, 0.0), "{patience}");
    }
}

/// The same for a node that waits for a host when its zone goes away: whether its volume is back before the
/// others' says nothing.
#[test]
fn who_waits_for_a_host_is_not_back_with_its_zone() {
    let (lost, out, lasts, patience, servers) = (HOUR, DAY, 2.0 * HOUR, 7.0 * HOUR, 20);
    let strike = drill(Cause::host_failure, Place::Group(0), lost, Law::fixed(30.0 * DAY), 0.0);
    let mut fleet = build(servers, Redundancy::Geo, strike);
    fleet.regions[0].vcores_per_host = 1;
    let faults = std::sync::Arc::make_mut(&mut fleet.faults);
    faults.zone_outage.r#return = exponential(5.0 * HOUR);
    let place = Place::Zone(0, 0);
    fleet.injections.push(drill(Cause::zone_outage, place, out, Law::fixed(lasts), 0.0));
    let group = &mut fleet.groups[0];
    group.faults = fleet.faults.clone();
    group.wal_rate = WalRate::Law(Law::fixed(0.0));
    group.restore.on_zone_outage = Policy { after: Some(seconds(patience)) };
    play(fleet, 1, true, |tape| {
        assert_eq!(tape.rows.len(), servers as usize);
        for row in &tape.rows {
            assert_eq!(row.path, Some(RecoveryPath::GeoRestore), "{row:?}");
            assert!(is_about(row.length(), out + patience - lost), "{row:?}");
        }
    });
}
