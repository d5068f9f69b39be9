//! Volumes of three copies: serial and parallel rebuilding, loss of the data, time below two copies.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Backup, Injection, Place, Redundancy, StandbyMode};
use fleetsim::model::record::RecoveryPath;

const LOSS: f64 = 10.0 * DAY;
const REBUILD: f64 = 1.0 * DAY;
const HORIZON: f64 = 120.0 * DAY;

/// P(loss), share of time below two copies, share of time with two copies.
fn exact(concurrent: u32) -> [f64; 3] {
    let chain = Chain::new(3u32, |live| {
        if live == 0 {
            return Vec::new();
        }
        let rebuilding = (3 - live).min(concurrent);
        vec![(live - 1, f64::from(live) / LOSS), (live + 1, f64::from(rebuilding) / REBUILD)]
    });
    [
        chain.chance(HORIZON, |s| s == 0),
        chain.time(HORIZON, |s| s == 1) / HORIZON,
        chain.time(HORIZON, |s| s == 2) / HORIZON,
    ]
}

/// Every server has a stamp of its own, so that volumes are independent.
fn measure(concurrent: u32, replications: u64) -> [Sample; 3] {
    let servers = 1_000;
    let mut faults = Faults::default();
    faults.set_on(Cause::copy_failure, true);
    faults.copy_failure.rate = once_in(LOSS);
    let mut fleet = fleet(servers, HORIZON, faults);
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.vcores_per_host) = (servers, servers, 1);
    fleet.groups[0].volume.rebuild = Some(exponential(REBUILD));
    fleet.groups[0].volume.rebuild_concurrent = concurrent;
    let mut samples = [Sample::default(); 3];
    play(fleet, replications, false, |tape| {
        let whole = f64::from(servers) * HORIZON;
        samples[0].push(tape.paths[RecoveryPath::Lost as usize] / f64::from(servers));
        samples[1].push(tape.down / whole);
        samples[2].push(tape.copies / whole);
    });
    samples
}

fn rebuilds(replications: u64, limit: f64) {
    for (name, concurrent, other) in [("serial", 1, u32::MAX), ("parallel", u32::MAX, 1)] {
        let samples = measure(concurrent, replications);
        let (closed, wrong) = (exact(concurrent), exact(other));
        let quantities = ["probability of loss", "time below two copies", "time with two copies"];
        for i in 0..3 {
            // Two copies: one rebuild either way, so there is little to tell apart.
            let wrong = [("the other way of rebuilding", wrong[i])];
            let wrong = if i < 2 { &wrong[..] } else { &[] };
            let name = format!("volume, {name}, {}", quantities[i]);
            hold(&name, closed[i], &samples[i], limit, wrong);
        }
    }
}

#[test]
fn serial_and_parallel_rebuilding() {
    rebuilds(60, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_serial_and_parallel_rebuilding() {
    rebuilds(400, 0.005);
}

/// Two volumes of a pair whose failover takes no time: copies of the primary's, copies of the
/// standby's, and whether that one is still being made. Its volume is there from the beginning;
/// if it is lost, the making begins again. No copies at all is a server lost.
fn pairs_lost(horizon: f64, made: f64, concurrent: u32, replaced: bool) -> f64 {
    let chain = Chain::new((3u32, 3u32, false), |(primary, standby, making)| {
        if primary == 0 {
            return Vec::new();
        }
        let rebuilt = |live: u32| f64::from((3 - live).min(concurrent)) / REBUILD;
        let after_loss = match (primary, making) {
            (1, true) => (0, 0, false),
            (1, false) => (standby, 3, true),
            (live, _) => (live - 1, standby, making),
        };
        let mut next = vec![(after_loss, f64::from(primary) / LOSS)];
        next.push(((primary + 1, standby, making), rebuilt(primary)));
        let standby_loses =
            if standby == 1 { (primary, 3, true) } else { (primary, standby - 1, making) };
        next.push((standby_loses, f64::from(standby) / LOSS));
        next.push(((primary, standby + 1, making), rebuilt(standby)));
        if making && replaced {
            next.push(((primary, standby, false), 1.0 / made));
        }
        next
    });
    chain.chance(horizon, |s| s.0 == 0)
}

fn pairs(replications: u64, limit: f64) {
    let (horizon, made, servers) = (300.0 * DAY, 20.0 * DAY, 200);
    let mut faults = Faults::default();
    faults.set_on(Cause::copy_failure, true);
    faults.copy_failure.rate = once_in(LOSS);
    let mut fleet = fleet(servers, horizon, faults);
    fleet.regions[0].zones = 2;
    let group = &mut fleet.groups[0];
    group.standby_mode = StandbyMode::ZoneRedundant;
    group.standby.provisioning = exponential(made);
    group.volume.min_copies = 1;
    group.volume.rebuild = Some(exponential(REBUILD));
    let mut lost = Sample::default();
    play(fleet, replications, false, |tape| {
        lost.push(tape.paths[RecoveryPath::Lost as usize] / f64::from(servers));
    });
    let of = |concurrent, replaced| pairs_lost(horizon, made, concurrent, replaced);
    hold(
        "volumes of a pair, probability of loss",
        of(u32::MAX, true),
        &lost,
        limit,
        &[
            ("serial rebuilding", of(1, true)),
            ("a standby without data is not replaced", of(u32::MAX, false)),
        ],
    );
}

#[test]
fn a_pair_outlives_the_loss_of_one_volume() {
    pairs(150, 0.03);
}

#[test]
#[ignore = "campaign"]
fn campaign_a_pair_outlives_the_loss_of_one_volume() {
    pairs(4_800, 0.005);
}

const SLOW: f64 = 5.0 * DAY;

/// A server without a standby that is restored, with the new volume there while it is made.
/// Returns the share of time down, and that of a model in which a restore cannot be struck.
fn restored(horizon: f64, made: f64) -> (f64, f64) {
    let share = |struck: bool| {
        let chain = Chain::new((3u32, false), |(live, making)| {
            let lost = if live == 1 { (3, true) } else { (live - 1, making) };
            let mut next = vec![((live + 1, making), f64::from(3 - live) / SLOW)];
            if struck || !making {
                next.push((lost, f64::from(live) / LOSS));
            }
            if making {
                next.push(((live, false), 1.0 / made));
            }
            next
        });
        // Below two copies writes stall.
        chain.time(horizon, |(live, making)| making || live < 2) / horizon
    };
    (share(true), share(false))
}

fn restores(replications: u64, limit: f64) {
    let (horizon, made, servers) = (YEAR, 30.0 * DAY, 200);
    let mut faults = Faults::default();
    faults.set_on(Cause::copy_failure, true);
    faults.copy_failure.rate = once_in(LOSS);
    let mut fleet = fleet(servers, horizon, faults);
    let group = &mut fleet.groups[0];
    group.backup = Some(Backup { retention: seconds(YEAR), redundancy: Redundancy::Zone });
    group.restore.provisioning = exponential(made);
    group.volume.rebuild = Some(exponential(SLOW));
    let mut down = Sample::default();
    play(fleet, replications, false, |tape| {
        down.push(tape.down / (horizon * f64::from(servers)));
    });
    let (closed, spared) = restored(horizon, made);
    hold(
        "restored volumes, downtime",
        closed,
        &down,
        limit,
        &[("a restore in progress cannot be struck", spared)],
    );
}

#[test]
fn lost_volumes_are_restored() {
    restores(60, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_lost_volumes_are_restored() {
    restores(600, 0.005);
}

/// Rebuilds that outages of the stamp suspend begin anew when it is back.
fn suspended(replications: u64, limit: f64) {
    let (gap, lasts, servers) = (2.0 * DAY, 0.5 * DAY, 60);
    let mut faults = Faults::default();
    for cause in [Cause::copy_failure, Cause::stamp_outage] {
        faults.set_on(cause, true);
    }
    faults.copy_failure.rate = once_in(LOSS);
    faults.stamp_outage.rate = once_in(gap);
    faults.stamp_outage.lasts = exponential(lasts);
    let mut fleet = fleet(servers, HORIZON, faults);
    let region = &mut fleet.regions[0];
    (region.racks, region.stamps, region.vcores_per_host) = (servers, servers, 1);
    fleet.groups[0].volume.rebuild = Some(exponential(REBUILD));
    let [mut down, mut copies] = [Sample::default(); 2];
    play(fleet, replications, false, |tape| {
        let whole = f64::from(servers) * HORIZON;
        down.push(tape.down / whole);
        copies.push(tape.copies / whole);
    });
    let chain = |suspends: bool, void: bool| {
        Chain::new((3u32, false), move |(live, held)| {
            if live == 0 {
                return Vec::new();
            }
            let mut next = vec![((live, !held), 1.0 / if held { lasts } else { gap })];
            if !held || !suspends {
                next.push(((live + 1, held), f64::from(3 - live) / REBUILD));
            }
            if !held || !void {
                next.push(((live - 1, held), f64::from(live) / LOSS));
            }
            next
        })
    };
    let serves = |(live, held): (u32, bool)| live > 1 && !held;
    let down_in =
        |chain: Chain<(u32, bool)>| chain.time(HORIZON, |s| s.0 > 0 && !serves(s)) / HORIZON;
    let two_in = |chain: Chain<(u32, bool)>| chain.time(HORIZON, |s| s == (2, false)) / HORIZON;
    hold(
        "volumes of stamps with outages, downtime",
        down_in(chain(true, true)),
        &down,
        limit,
        &[("copies are struck in a held stamp", down_in(chain(true, false)))],
    );
    hold(
        "volumes of stamps with outages, time with two copies",
        two_in(chain(true, true)),
        &copies,
        limit,
        &[("rebuilds go on in a held stamp", two_in(chain(false, true)))],
    );
}

#[test]
fn suspended_rebuilds_begin_anew() {
    suspended(300, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_suspended_rebuilds_begin_anew() {
    suspended(2_000, 0.005);
}

/// Copies that are back catch up for so long.
const RESYNC: f64 = 20.0 * MINUTE;

/// All storage nodes are away for some minutes, and their stamp for others: when writes go on.
#[test]
fn catching_up_begins_anew_in_a_stamp_that_is_back() {
    // (nodes away, stamp away, writes go on): the stamp is lost while copies catch up, while their
    // nodes are away, after they have caught up, and for less than that in the very middle.
    let cases = [
        ((60.0, 70.0), (80.0, 110.0), 130.0),
        ((60.0, 90.0), (80.0, 110.0), 130.0),
        ((60.0, 120.0), (80.0, 110.0), 140.0),
        ((60.0, 70.0), (75.0, 76.0), 96.0),
    ];
    for (nodes, stamp, end) in cases {
        let mut fleet = fleet(5, DAY, Faults::default());
        fleet.groups[0].volume.resync = Law::fixed(RESYNC);
        fleet.groups[0].volume.rebuild_after = seconds(DAY);
        for (cause, (from, to)) in [(Cause::storage_node, nodes), (Cause::stamp_outage, stamp)] {
            fleet.injections.push(Injection {
                at: SimTime::ZERO + seconds(from * MINUTE),
                cause,
                place: Place::Zone(0, 0),
                lasts: Some(Law::fixed((to - from) * MINUTE)),
                share: None,
                copies_lost: None,
            });
        }
        play(fleet, 1, true, |tape| {
            assert_eq!(tape.rows.len(), 5);
            for row in &tape.rows {
                let minutes =
                    [row.from, row.to].map(|t| t.since(SimTime::ZERO).as_secs_f64() / MINUTE);
                assert_eq!(minutes, [60.0, end], "nodes away {nodes:?}, stamp {stamp:?}");
            }
        });
    }
}
