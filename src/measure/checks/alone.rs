//! What few replications have seen: a mean over incidents of one of them has no error to be seen, and few of
//! them that are alike are so by chance.

use super::InStep;
use crate::kernel::chance::{Bits, Key};
use crate::measure::book::{Book, Kind, Wants};
use crate::measure::cell::CellTally;
use crate::measure::testing::*;
use crate::measure::{Estimate, Expectation, Op, Watch, judge};
use crate::model::fault::Cause;
use crate::model::fleet::Fleet;
use crate::model::layout::cells;
use std::sync::Arc;

const SERVERS: u32 = 10;
const WANTS: Wants = Wants { rows: false, timeline: false, peaks: false, servers: false };

fn crashes(by_chance: bool) -> Fleet {
    let mut fleet = fleet(vec![group("g", SERVERS)], 365);
    fleet.groups[0].maintenance_on = false;
    fleet.groups[0].objectives.rto = Some(crate::kernel::time::Span::from_mins(5));
    Arc::make_mut(&mut fleet.faults).set_on(Cause::process_crash, by_chance);
    fleet
}

fn rows(
    fleet: &Fleet,
    replications: u64,
    metrics: &[&'static str],
    play: impl Fn(u64, &mut CellTally) + Sync,
) -> Vec<Estimate> {
    let book = Book::new(fleet).wanting(WANTS);
    let (book, total) = run(fleet, book, 0..replications, |_| 0, |r, _, cell| play(r, cell));
    metrics.iter().map(|metric| of(&total, &book, Kind::Fleet, "", metric)).collect()
}

#[test]
fn incidents_of_one_replication_are_worth_one() {
    let metrics = ["recovery_time_mean", "recovery_time_p50", "rto_met_share"];
    let found = rows(&crashes(true), 30, &metrics, |replication, cell| {
        // An outage: some are back before the objective, some after.
        let back = |server: u32| if server < 5 { 200 } else { 400 };
        if replication == 7 {
            (0..SERVERS).for_each(|server| crash(cell, server, DAY, DAY + back(server) * SECOND));
        }
    });
    assert_eq!(found[0].value, Some(300.0));
    for row in &found[..2] {
        assert_eq!((row.ci_low, row.ci_high), (None, None), "{row:?}");
        assert!(row.method.ends_with("all of them in one replication: no interval"), "{row:?}");
    }
    let share = &found[2];
    assert!(share.ci_low.unwrap() < 0.01 && share.ci_high.unwrap() > 0.99, "{share:?}");
}

/// Means of exponential lengths of few crashes: each interval covers, and where there is none it is said.
#[test]
fn the_mean_of_few_recovery_times_is_covered() {
    let fleet = crashes(true);
    for crashes in [2.0, 3.0, 5.0, 10.0] {
        let (mut seen, mut covered) = (0, 0);
        for seed in 0..400 {
            let row = rows(&fleet, 30, &["recovery_time_mean"], |replication, cell| {
                let mut draw = Key::new(seed).with(replication).draw();
                for server in 0..SERVERS {
                    if draw.happens(crashes / 300.0) {
                        let length = (-libm::log(draw.unit()) * 6e8) as u64 + 1;
                        crash(cell, server, DAY, DAY + length);
                    }
                }
            });
            if let (Some(low), Some(high)) = (row[0].ci_low, row[0].ci_high) {
                seen += 1;
                covered += u64::from(low <= 600.0 && 600.0 <= high);
            }
        }
        println!("{crashes} crashes expected: {covered} of {seen}");
        assert!(seen > 100 && covered * 100 >= seen * 91, "{crashes}: {covered} of {seen}");
    }
}

#[test]
fn two_replications_alike_are_no_certainty() {
    let metrics = ["incidents_per_server_year", "unavailability", "recovery_time_mean"];
    let play = |_, cell: &mut CellTally| crash(cell, 0, DAY, DAY + 600 * SECOND);
    let found = rows(&crashes(true), 2, &metrics, play);
    for row in &found[..2] {
        // Two events: between a twentieth and twenty times of it.
        let (value, low, high) = (row.value.unwrap(), row.ci_low.unwrap(), row.ci_high.unwrap());
        assert!((15.0..25.0).contains(&(value / low)), "{row:?}");
        assert!((15.0..25.0).contains(&(high / value)), "{row:?}");
        assert!(row.method.contains("error of 2 events"), "{row:?}");
    }
    assert_eq!((found[2].ci_low, found[2].ci_high), (Some(600.0), Some(600.0)));
    // What nothing but a drill does is the same for certain, and six alike are as good.
    for (by_chance, replications) in [(false, 2), (true, 6)] {
        let found = rows(&crashes(by_chance), replications, &metrics, play);
        assert!(found.iter().all(|row| row.ci_low == row.ci_high), "{found:?}");
    }
}

/// Pairs that differ alike: for certain where nothing but a drill makes the difference, else six are wanted.
#[test]
fn two_pairs_that_differ_alike_are_no_certainty_but_of_a_drill() {
    let difference = |by_chance, pairs| {
        let fleet = crashes(by_chance);
        let book = Arc::new(Book::new(&fleet).wanting(WANTS));
        let play = |_, side: usize, cell: &mut CellTally| {
            crash(cell, 0, DAY, DAY + [600, 300][side] * SECOND);
        };
        let (a, b, paired) = InStep::new(&book).play(&cells(&fleet)[0], pairs, play);
        let rows = paired.differences((&a, &book), (&b, &book));
        let row = rows.into_iter().find(|row| row.metric == "downtime_per_server_year").unwrap();
        (
            row.method.starts_with("the same in every replication"),
            row.ci_low.is_some() && row.ci_low == row.ci_high,
        )
    };
    for (by_chance, pairs) in [(false, 2), (false, 5), (true, 6)] {
        assert_eq!(difference(by_chance, pairs), (true, true), "{by_chance} {pairs}");
    }
    assert_eq!(difference(true, 2), (false, false));
}

#[test]
fn a_peak_that_was_always_the_same_may_be_another() {
    let play = |_, cell: &mut CellTally| crash(cell, 0, DAY, DAY + 600 * SECOND);
    let peak = |by_chance, replications| {
        let fleet = crashes(by_chance);
        let wants = Wants { peaks: true, ..WANTS };
        let book = Book::new(&fleet).wanting(wants);
        let (book, total) = run(&fleet, book, 0..replications, |_| 0, |r, _, cell| play(r, cell));
        of(&total, &book, Kind::Fleet, "", "peak_servers_down")
    };
    for replications in [2, 10, 50] {
        let row = peak(true, replications);
        let other = 1.0 - 0.05f64.powf(1.0 / replications as f64);
        assert_eq!(row.value, Some(1.0));
        assert!((row.ci_low.unwrap() - (1.0 - other)).abs() < 1e-9, "{row:?}");
        assert!((row.ci_high.unwrap() - (1.0 + 9.0 * other)).abs() < 1e-9, "{row:?}");
    }
    // Of a drill it is the same for certain.
    let row = peak(false, 2);
    assert_eq!((row.ci_low, row.ci_high), (Some(1.0), Some(1.0)), "{row:?}");
}

/// Cells are the units of one replication, but a peak is of all of them.
#[test]
fn a_peak_of_one_replication_is_of_all_cells() {
    let mut fleet = crashes(true);
    fleet.regions[0].cells = 10;
    let book = Book::new(&fleet).wanting(Wants { peaks: true, ..WANTS });
    let play = |_, _, cell: &mut CellTally| crash(cell, 0, DAY, 2 * DAY);
    let (book, total) = run(&fleet, book, 0..1, |_| 0, play);
    let of = |metric| of(&total, &book, Kind::Fleet, "", metric);
    assert!(of("unavailability").method.contains("10 cells as units"));
    let row = of("peak_servers_down");
    assert_eq!((row.value, row.ci_low, row.ci_high), (Some(10.0), None, None), "{row:?}");
    assert!(row.method.ends_with("one replication: no interval"), "{row:?}");
}

/// A server that never fails in a year has more than two years between failures.
#[test]
fn no_incident_is_a_long_time_between_them() {
    let that = |op| Watch {
        metric: "mtbf".to_string(),
        kind: Kind::Fleet,
        name: String::new(),
        op,
        value: 2.0 * 365.0 * 86_400.0,
    };
    let fleet = crashes(true);
    let mut book = Book::new(&fleet).wanting(WANTS);
    let watches = [that(Op::AtLeast), that(Op::AtMost)];
    book.watch(watches.to_vec()).unwrap();
    let (book, total) = run(
        &fleet,
        book,
        0..100,
        |_| 0,
        |replication, _, cell| {
            let crashes = if replication % 10 == 0 { SERVERS } else { 0 };
            (0..crashes).for_each(|server| crash(cell, server, DAY, DAY + SECOND));
        },
    );
    for (watch, share) in watches.into_iter().zip([0.9, 0.1]) {
        let probability = Some((Op::AtLeast, 0.5));
        let expectation = Expectation { that: watch, probability, point: false };
        assert_eq!(judge(&total, &book, &expectation).unwrap().estimate.value, Some(share));
    }
}
