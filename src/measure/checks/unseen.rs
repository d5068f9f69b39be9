//! Bounds of what was never seen: servers that one outage strikes together are one trial of it.

use crate::kernel::chance::{Bits, Key};
use crate::measure::book::{Book, Kind, Wants};
use crate::measure::estimate::Estimate;
use crate::measure::testing::*;
use crate::measure::{Expectation, Op, Watch, judge};
use crate::model::fault::Cause;
use crate::model::fleet::Fleet;
use std::sync::Arc;

const SERVERS: u32 = 50;
/// Probability of an outage of ten hours in a replication.
const OUTAGE: f64 = 0.01;

/// Each server crashes for a second, and an outage strikes all of them.
fn gateways() -> Fleet {
    let mut fleet = fleet(vec![group("g", SERVERS)], 365);
    let group = &mut fleet.groups[0];
    group.maintenance_on = false;
    group.objectives.rto = Some(crate::kernel::time::Span::from_mins(5));
    Arc::make_mut(&mut fleet.faults).set_on(Cause::gateway_outage, true);
    fleet
}

/// The share of incidents within the objective, and that of recovery times within an hour.
fn estimates(fleet: &Fleet, seed: u64, crashes: u32) -> [Estimate; 2] {
    let that = Watch {
        metric: "recovery_time".to_string(),
        kind: Kind::Fleet,
        name: String::new(),
        op: Op::AtMost,
        value: 3_600.0,
    };
    let wants = Wants { rows: false, timeline: false, peaks: false, servers: false };
    let mut book = Book::new(fleet).wanting(wants);
    book.watch(vec![that.clone()]).unwrap();
    let (book, total) = run(
        fleet,
        book,
        0..100,
        |_| 0,
        |replication, _, cell| {
            (0..crashes).for_each(|server| crash(cell, server, 0, SECOND));
            if Key::new(seed).with(replication).draw().happens(OUTAGE) {
                let outage = [segment(DAY, DAY + 36_000 * SECOND, Cause::gateway_outage)];
                (0..SERVERS).for_each(|server| put(cell, server, &outage, |_| ()));
            }
        },
    );
    let expectation = Expectation { that, probability: Some((Op::AtLeast, 0.5)), point: false };
    let judged = judge(&total, &book, &expectation).unwrap().estimate;
    [of(&total, &book, Kind::Fleet, "", "rto_met_share"), judged]
}

#[test]
fn an_outage_that_was_not_seen_is_within_the_bound() {
    let fleet = gateways();
    for crashes in [2, SERVERS] {
        let struck = OUTAGE * f64::from(SERVERS);
        let truth = f64::from(crashes) / (f64::from(crashes) + struck);
        let seeds = 200;
        for which in 0..2 {
            let covers = |seed: &u64| {
                let row = &estimates(&fleet, *seed, crashes)[which];
                row.ci_low.unwrap() <= truth && truth <= row.ci_high.unwrap()
            };
            let covered = (0..seeds).filter(covers).count();
            println!("share of incidents, {crashes} crashes: {covered} of {seeds}");
            assert!(covered as u64 >= seeds * 93 / 100, "{covered}");
        }
    }
}

#[test]
fn cells_that_share_nothing_are_trials_each() {
    let mut fleet = fleet(vec![group("g", 40)], 365);
    fleet.groups[0].maintenance_on = false;
    fleet.regions[0].cells = 4;
    let bound = |fleet: &Fleet| {
        let (book, total) = run(fleet, Book::new(fleet), 0..100, |_| 0, |_, _, _| ());
        of(&total, &book, Kind::Fleet, "", "copies_lost_probability_per_year")
    };
    let exact = |n: f64| 1.0 - 0.05f64.powf(1.0 / n);
    let words = ["each server", "each cell", "each replication"];
    let on = [Cause::vm_crash, Cause::rack_outage, Cause::gateway_outage];
    for ((word, trials), cause) in words.into_iter().zip([4_000.0, 400.0, 100.0]).zip(on) {
        Arc::make_mut(&mut fleet.faults).set_on(cause, true);
        let row = bound(&fleet);
        assert!((row.ci_high.unwrap() / exact(trials) - 1.0).abs() < 1e-9, "{row:?}");
        assert!(row.method.contains(word), "{row:?}");
    }
}

/// Strata of unequal weight: the one that weighs more for its replications decides.
#[test]
fn a_rate_of_which_nothing_was_seen_is_bounded_by_strata() {
    let mut fleet = fleet(vec![group("g", 1)], 365);
    Arc::make_mut(&mut fleet.faults).set_on(Cause::zone_outage, true);
    let book = Book::new(&fleet).stratified([0.223, 0.777]);
    let (book, total) = run(&fleet, book, 0..200, |r| (r % 2) as usize, |_, _, _| ());
    let row = of(&total, &book, Kind::Fleet, "", "incidents_per_server_year");
    assert!((row.ci_high.unwrap() - 0.777 * 2.995_732 / 100.0).abs() < 1e-6, "{row:?}");
    let row = of(&total, &book, Kind::Fleet, "", "mtbf");
    assert!((row.ci_low.unwrap() / (365.0 * 86_400.0) - 42.96).abs() < 0.01, "{row:?}");
}
