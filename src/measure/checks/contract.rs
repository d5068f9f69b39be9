//! Minutes that the contract counts, agreed time, and months, of hand-written records.

use super::{fleet_value, play};
use crate::kernel::quantity::Share;
use crate::kernel::time::SimTime;
use crate::measure::book::{Book, Kind, Wants};
use crate::measure::cell::CellTally;
use crate::measure::tally::{ONE_SHARE, count};
use crate::measure::testing::*;
use crate::measure::{Expectation, Op, Watch, judge, servers};
use crate::model::fault::Cause;
use crate::model::fleet::{Counts, Fleet};
use crate::model::record::*;

fn minutes_of(fleet: &Fleet, segments: &[Segment]) -> u32 {
    let cell = play(fleet, |cell| put(cell, 0, segments, |_| ()));
    cell.rows().iter().next().unwrap().sla_minutes
}

#[test]
fn a_minute_counts_only_when_all_of_it_was_blocked() {
    let plain = fleet(vec![group("g", 1)], 31);
    let crash = |from: u64, to: u64| segment(from * SECOND, to * SECOND, Cause::process_crash);
    assert_eq!(minutes_of(&plain, &[crash(30, 150)]), 1);
    assert_eq!(minutes_of(&plain, &[crash(60, 120)]), 1);
    assert_eq!(minutes_of(&plain, &[crash(61, 179)]), 0);
    assert_eq!(minutes_of(&plain, &[crash(0, 60 * 60)]), 60);
    // Adjoining stretches of one incident form one span.
    assert_eq!(minutes_of(&plain, &[crash(60, 90), crash(90, 120)]), 1);
}

#[test]
fn the_contract_decides_what_counts() {
    let planned = |from: u64, to: u64| segment(from * SECOND, to * SECOND, Cause::MAINTENANCE);
    let crash = |from: u64, to: u64| segment(from * SECOND, to * SECOND, Cause::process_crash);
    let mixed = [crash(60, 130), planned(130, 300), crash(300, 425)];
    let mut fleet = fleet(vec![group("g", 1)], 31);
    assert_eq!(minutes_of(&fleet, &mixed), 6);
    fleet.groups[0].sla.planned = false;
    // 60 to 120 and 300 to 420: the minutes from 120 to 300 hold planned seconds.
    assert_eq!(minutes_of(&fleet, &mixed), 3);
    fleet.groups[0].sla.planned = true;
    fleet.groups[0].sla.excluded_causes = vec!["process_crash".to_string()];
    assert_eq!(minutes_of(&fleet, &mixed), 2);
    fleet.groups[0].sla.excluded_causes.clear();
    let writes = Segment { connect: false, ..crash(130, 300) };
    assert_eq!(minutes_of(&fleet, &[crash(60, 130), writes]), 1);
    fleet.groups[0].sla.counts = Counts::Write;
    assert_eq!(minutes_of(&fleet, &[crash(60, 130), writes]), 4);
}

#[test]
fn minutes_belong_to_the_month_in_which_they_are() {
    // January to April, cut in the middle of April.
    let mut fleet = fleet(vec![group("g", 2)], 31 + 28 + 31 + 15);
    fleet.groups[0].sla.targets.none = Share(0.99995);
    let (book, total) = run(
        &fleet,
        Book::new(&fleet),
        0..1,
        |_| 0,
        |_, _, cell| {
            // Two minutes in January (99.9955 %), three in February (99.9926 %).
            crash(cell, 0, 31 * DAY - 2 * MINUTE, 31 * DAY + 3 * MINUTE);
            // An hour in April, which is not whole.
            crash(cell, 0, 95 * DAY, 95 * DAY + 60 * MINUTE);
        },
    );
    let sum = |k| total.strata[0].moments[0].sum(k);
    assert_eq!(sum(count::SLA_MINUTES), 65);
    assert_eq!(sum(count::SLA_DOWN), 5);
    assert_eq!(sum(count::SLA_AGREED), 2 * 90 * 1440);
    assert_eq!((sum(count::SERVER_MONTHS), sum(count::BREACHES)), (6, 1));
    let row = servers(&total, &book).next().unwrap().unwrap();
    assert!((row.worst_month.unwrap() - (1.0 - 3.0 / 40_320.0)).abs() < 1e-12);
    assert_eq!(row.sla_breaches, 1.0);
    assert!(
        (fleet_value(&total, &book, "sla_availability") - (1.0 - 5.0 / 259_200.0)).abs() < 1e-15
    );
    assert_eq!(fleet_value(&total, &book, "worst_month_p50"), 1.0);
}

#[test]
fn stopped_and_absent_time_is_not_agreed() {
    let mut fleet = fleet(vec![group("g", 1)], 59);
    fleet.groups[0].sla.targets.none = Share(0.5);
    let (book, total) = run(
        &fleet,
        Book::new(&fleet),
        0..1,
        |_| 0,
        |_, _, cell| {
            crash(cell, 0, DAY, DAY + 600 * MINUTE);
            cell.interval(Interval {
                server: 0,
                state: State::Stopped,
                from: SimTime(2 * DAY),
                to: SimTime(30 * DAY + 23 * 60 * MINUTE),
                cause: Cause::MAINTENANCE,
            });
            cell.interval(Interval {
                server: 0,
                state: State::Absent,
                from: SimTime(31 * DAY),
                to: SimTime(59 * DAY),
                cause: Cause::MAINTENANCE,
            });
        },
    );
    let sum = |k| total.strata[0].moments[0].sum(k);
    let agreed = 2 * 1440 + 60;
    assert_eq!(sum(count::AGREED), u128::from(agreed * MINUTE));
    assert_eq!(sum(count::SLA_AGREED), u128::from(agreed));
    // February was never agreed.
    assert_eq!(sum(count::SERVER_MONTHS), 1);
    let worst = servers(&total, &book).next().unwrap().unwrap().worst_month.unwrap();
    assert!((worst - (1.0 - 600.0 / agreed as f64)).abs() < 1e-11);
    let availability = fleet_value(&total, &book, "availability");
    assert!((availability - (1.0 - 600.0 / agreed as f64)).abs() < 1e-12);
}

#[test]
fn a_server_that_ends_has_the_months_before() {
    // January is whole, February is not. Absent for longer than January: in part of it (0), in all of
    // it (1), after it (2).
    let fleet = fleet(vec![group("g", 3)], 31 + 27);
    let mut book = Book::new(&fleet);
    let good = Watch {
        metric: "worst_month".to_string(),
        kind: Kind::Group,
        name: "g".to_string(),
        op: Op::AtLeast,
        value: 0.99,
    };
    book.watch(vec![good.clone()]).unwrap();
    let (book, total) = run(
        &fleet,
        book,
        0..1,
        |_| 0,
        |_, _, cell| {
            crash(cell, 0, 4 * DAY, 4 * DAY + 720 * MINUTE);
            crash(cell, 2, 4 * DAY, 4 * DAY + 72 * MINUTE);
            for (server, from, to) in [(0, 10, 58), (1, 0, 58), (2, 31, 58)] {
                cell.interval(Interval {
                    server,
                    state: State::Absent,
                    from: SimTime(from * DAY),
                    to: SimTime(to * DAY),
                    cause: Cause::stamp_outage,
                });
            }
        },
    );
    let sum = |k| total.strata[0].moments[0].sum(k);
    assert_eq!(sum(count::WORST_SERVERS), 2 * u128::from(ONE_SHARE));
    // Half a day of ten days, and a twentieth of a day of 31 days.
    let closed = 1.0 - (0.05 + 0.05 / 31.0) / 2.0;
    assert!((fleet_value(&total, &book, "worst_month") - closed).abs() < 1e-11);
    assert!((fleet_value(&total, &book, "worst_month_p05") - 0.95).abs() < 1e-3);
    let that = Expectation { that: good, probability: Some((Op::AtLeast, 0.5)), point: true };
    assert_eq!(judge(&total, &book, &that).unwrap().estimate.value, Some(0.5));
}

#[test]
fn a_server_without_an_agreed_minute_in_a_whole_month_has_no_worst_one() {
    // January is whole, February is not.
    let fleet = fleet(vec![group("g", 3)], 31 + 27);
    let book = || {
        Book::new(&fleet).wanting(Wants {
            servers: true,
            rows: false,
            timeline: false,
            peaks: false,
        })
    };
    let gone = |cell: &mut CellTally, server, from| {
        cell.interval(Interval {
            server,
            state: State::Absent,
            from: SimTime(from * DAY),
            to: SimTime(58 * DAY),
            cause: Cause::stamp_outage,
        });
    };
    let play = |replication: u64, _: usize, cell: &mut CellTally| {
        gone(cell, 1, 0);
        match replication {
            0 => gone(cell, 0, 0),
            _ => {
                // Half a day of ten days.
                crash(cell, 0, 4 * DAY, 4 * DAY + 720 * MINUTE);
                gone(cell, 0, 10);
            }
        }
    };
    let (book_of_all, mut total) = run(&fleet, book(), 0..1, |_| 0, play);
    total.merge(&run(&fleet, book(), 1..2, |_| 0, play).1);
    let worst: Vec<_> = servers(&total, &book_of_all).map(|row| row.unwrap().worst_month).collect();
    assert!((worst[0].unwrap() - 0.95).abs() < 1e-11, "of the replication that has one: {worst:?}");
    assert_eq!(worst[1..], [None, Some(1.0)]);
}

#[test]
fn a_server_that_is_down_all_its_month_has_no_availability_below_zero() {
    let fleet = fleet(vec![group("g", 1)], 31);
    let book = Book::new(&fleet).wanting(Wants {
        servers: true,
        rows: false,
        timeline: false,
        peaks: false,
    });
    // Four of five have no month: a fifth is a little more than one less four fifths.
    let play = |replication: u64, _: usize, cell: &mut CellTally| match replication {
        0..4 => cell.interval(Interval {
            server: 0,
            state: State::Absent,
            from: SimTime(0),
            to: SimTime(31 * DAY),
            cause: Cause::stamp_outage,
        }),
        _ => crash(cell, 0, 0, 31 * DAY),
    };
    let (book, total) = run(&fleet, book, 0..5, |_| 0, play);
    let worst = servers(&total, &book).next().unwrap().unwrap().worst_month;
    assert_eq!(worst, Some(0.0));
}
