//! The control ring: a zone outage that needs many failovers at once, and steady load.

use crate::chain::{Chain, Jumps};
use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Injection, Place, StandbyMode};
use fleetsim::model::record::Phase;

const PROMOTION: f64 = 60.0;

fn storm(replications: u64, limit: f64) {
    let (servers, slots) = (300u32, 10u32);
    let mut fleet = fleet(servers, DAY, Faults::default());
    fleet.regions[0].zones = 2;
    fleet.control.ring_limit = slots;
    let group = &mut fleet.groups[0];
    group.zone = Some(0);
    group.standby_mode = StandbyMode::ZoneRedundant;
    group.standby.promotion = exponential(PROMOTION);
    fleet.injections.push(Injection {
        at: SimTime::ZERO + seconds(HOUR),
        cause: Cause::zone_outage,
        place: Place::Zone(0, 0),
        lasts: Some(Law::fixed(10.0 * DAY)),
        share: None,
        copies_lost: None,
    });
    // Of the j-th failover: mean wait, and how likely it is longer than its mean.
    let chosen = [2 * slots, 60, 150, 300];
    let mean = |j: u32| f64::from(j - slots) * PROMOTION / f64::from(slots);
    let mut waits = [Sample::default(); 4];
    let mut long = [Sample::default(); 4];
    let [mut all, mut ends] = [Sample::default(); 2];
    play(fleet, replications, true, |tape| {
        assert_eq!(tape.rows.len(), servers as usize);
        let wait = |j: u32| {
            let row = tape.rows.iter().find(|r| r.server + 1 == j).unwrap();
            assert_eq!(row.from, SimTime::ZERO + seconds(HOUR));
            row.waiting
        };
        assert!((1..=slots).all(|j| wait(j) == 0.0));
        for (i, &j) in chosen.iter().enumerate() {
            waits[i].push(wait(j));
            long[i].push(f64::from(u8::from(wait(j) > mean(j))));
        }
        all.push(tape.phase(Phase::Waiting) / f64::from(servers));
        ends.push(tape.down / f64::from(servers));
    });
    for (i, &j) in chosen.iter().enumerate() {
        // The ring in waves: a wave ends when its slowest promotion does.
        let slowest: f64 = (1..=slots).map(|k| PROMOTION / f64::from(k)).sum();
        let waves = f64::from((j - 1) / slots) * slowest;
        let late = f64::from(j) * PROMOTION / f64::from(slots);
        let wrong = [("waves", waves), ("the first ones wait too", late)];
        hold(
            &format!("ring in a zone outage, wait of the {j}-th"),
            mean(j),
            &waits[i],
            limit,
            &wrong,
        );
        let k = (j - slots) as usize;
        let events = Jumps::new(mean(j) * f64::from(slots) / PROMOTION);
        let longer: f64 = (0..k).map(|n| events.weight(n)).sum();
        hold(
            &format!("ring in a zone outage, P(wait of the {j}-th above its mean)"),
            longer,
            &long[i],
            limit,
            &[],
        );
    }
    let total: f64 = (slots..=servers).map(mean).sum::<f64>() / f64::from(servers);
    hold("ring in a zone outage, mean wait", total, &all, limit, &[]);
    hold(
        "ring in a zone outage, mean recovery time",
        total + PROMOTION,
        &ends,
        limit,
        &[("promotion without a queue", PROMOTION)],
    );
}

#[test]
fn failovers_of_a_zone_outage_queue() {
    storm(12_500, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_failovers_of_a_zone_outage_queue() {
    storm(50_000, 0.005);
}

/// Time in which failovers wait, are under way, and how often one has to wait, by M/M/c//N.
fn exact(servers: u32, slots: u32, gap: f64, horizon: f64, finite: bool) -> [f64; 3] {
    let chain = Chain::new(0u32, |k| {
        let calm = if finite { f64::from(servers - k) } else { f64::from(servers) };
        let mut next = vec![];
        if k < servers {
            next.push((k + 1, calm / gap));
        }
        if k > 0 {
            next.push((k - 1, f64::from(k.min(slots)) / PROMOTION));
        }
        next
    });
    let waiting = chain.reward(horizon, |k| f64::from(k.saturating_sub(slots)));
    let down = chain.reward(horizon, f64::from);
    let waits =
        chain.reward(horizon, |k| if k >= slots { f64::from(servers - k) / gap } else { 0.0 });
    [waiting, down, waits]
}

fn steady(replications: u64, limit: f64) {
    let (servers, slots, gap, horizon) = (12u32, 3u32, 240.0, 10.0 * DAY);
    let mut faults = Faults::default();
    faults.set_on(Cause::false_alarm, true);
    faults.false_alarm.rate = once_in(gap);
    let mut fleet = fleet(servers, horizon, faults);
    fleet.control.ring_limit = slots;
    fleet.groups[0].standby_mode = StandbyMode::SameZone;
    fleet.groups[0].standby.promotion = exponential(PROMOTION);
    let mut samples = [Sample::default(); 3];
    play(fleet, replications, false, |tape| {
        samples[0].push(tape.phase(Phase::Waiting));
        samples[1].push(tape.down);
        samples[2].push(tape.waited);
    });
    let closed = exact(servers, slots, gap, horizon, true);
    let open = exact(servers, slots, gap, horizon, false);
    let wider = exact(servers, slots + 1, gap, horizon, true);
    for (i, what) in ["time in the queue", "downtime", "how many wait"].into_iter().enumerate() {
        let name = format!("ring under steady load, {what}");
        let wrong = [("an endless source", open[i]), ("one slot more", wider[i])];
        hold(&name, closed[i], &samples[i], limit, &wrong);
    }
}

#[test]
fn failovers_under_steady_load_queue() {
    steady(40, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_failovers_under_steady_load_queue() {
    steady(400, 0.005);
}
