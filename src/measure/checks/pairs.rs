//! Paired differences, and cells as units where there is one replication.

use super::InStep;
use crate::kernel::chance::{Bits, Key};
use crate::kernel::time::SimTime;
use crate::measure::book::{Book, Kind};
use crate::measure::cell::CellTally;
use crate::measure::estimate::estimate;
use crate::measure::metric::named;
use crate::measure::testing::*;
use crate::measure::{Paired, Total};
use crate::model::fault::Cause;
use crate::model::layout::{Cell, cells};
use crate::model::record::RecoveryPath;
use std::sync::Arc;

/// Crashes at the same times; each lasts `base` seconds and a random part.
fn play(seed: u64, replication: u64, base: u64, cell: &mut CellTally) {
    let mut draw = Key::new(seed).with(replication).draw();
    for server in 0..10 {
        for slot in 0..12u64 {
            if draw.happens(0.2) {
                let from = slot * 30 * DAY + draw.below(DAY);
                crash(cell, server, from, from + (base + draw.below(60)) * SECOND);
            }
        }
    }
}

/// Twenty pairs of replications of one cell, played for A (0) and for B (1).
fn pairs(
    book: &Arc<Book>,
    cell: &Cell,
    play: impl Fn(u64, usize, &mut CellTally),
) -> (Total, Total, Paired) {
    InStep::new(book).play(cell, 20, play)
}

#[test]
fn pairing_narrows_the_difference_and_covers_it() {
    let fleet = fleet(vec![group("g", 10)], 365);
    let book = Arc::new(Book::new(&fleet));
    let layout = cells(&fleet);
    let truth = 10.0 * 12.0 * 0.2;
    let (mut covered, mut narrowed) = (0, 0.0);
    for seed in 0..100 {
        let (a, b, paired) = pairs(&book, &layout[0], |index, side, cell| {
            play(seed, index, [60, 70][side], cell);
        });
        let rows = paired.differences((&a, &book), (&b, &book));
        let row = rows.iter().find(|r| r.metric == "downtime_per_server_year").unwrap();
        covered += u32::from(row.ci_low.unwrap() <= truth && truth <= row.ci_high.unwrap());
        narrowed += row.narrowed.unwrap() / 100.0;
        let same = rows.iter().find(|r| r.metric == "incidents_per_server_year").unwrap();
        assert!(same.value.unwrap().abs() < 1e-4 && same.std_error.unwrap() < 1e-4, "{same:?}");
    }
    assert!((88..=100).contains(&covered), "{covered}");
    assert!(narrowed > 4.0, "{narrowed}");
}

#[test]
fn a_difference_has_no_end_on_the_side_of_what_is_lost_for_good() {
    let fleet = fleet(vec![group("g", 20)], 365);
    let (book, layout) = (Arc::new(Book::new(&fleet)), cells(&fleet));
    // Servers are lost in B, in A, in both.
    for lost_in in [[false, true], [true, false], [true, true]] {
        let (a, b, paired) = pairs(&book, &layout[0], |index, side, cell| {
            play(7, index, [60, 70][side], cell);
            if lost_in[side] && index % 2 == 0 {
                put(cell, 19, &[segment(DAY, DAY + 1, Cause::process_crash)], |i| {
                    (i.path, i.loss_window) = (Some(RecoveryPath::Lost), None);
                });
            }
        });
        let rows = paired.differences((&a, &book), (&b, &book));
        let row = |metric: &str| {
            rows.iter().find(|r| r.metric == metric && r.scope == Kind::Fleet).expect("is there")
        };
        for metric in ["recovery_time_mean", "loss_window_mean"] {
            let d = row(metric);
            assert!(d.value.is_some(), "{d:?}");
            assert_eq!([d.ci_low, d.ci_high].map(|end| end.is_none()), lost_in, "{d:?}");
            assert!(d.method.ends_with("what is cut or lost for good has no end"), "{d:?}");
            assert_eq!(d.narrowed, None);
        }
        let d = row("incidents_per_server_year");
        assert!(d.ci_low.is_some() && d.ci_high.is_some(), "{d:?}");
    }
}

#[test]
fn one_replication_has_an_interval_only_for_what_is_local_to_a_cell() {
    let mut fleet = fleet(vec![group("g", 200)], 365);
    fleet.regions[0].cells = 20;
    let local = |fleet: &crate::model::fleet::Fleet| {
        run(
            fleet,
            Book::new(fleet),
            0..1,
            |_| 0,
            |_, number, cell| {
                play(5, number as u64, 60, cell);
                let down = [segment(29 * DAY, 29 * DAY + SECOND, Cause::zone_outage)];
                put(cell, 3, &down, |_| ());
            },
        )
    };
    let get = |book: &Book, total: &Total, kind, name: &str| {
        let scope = book.scope(kind, name).unwrap();
        estimate(total, book, scope, named("incidents_per_server_year").unwrap())
    };
    let (book, total) = local(&fleet);
    let row = get(&book, &total, Kind::Fleet, "");
    assert!(row.std_error.is_some() && row.method.contains("20 cells as units"), "{row:?}");
    let faults = Arc::make_mut(&mut fleet.faults);
    faults.set_on(Cause::zone_outage, true);
    let (book, total) = local(&fleet);
    let row = get(&book, &total, Kind::Fleet, "");
    assert!(row.std_error.is_none() && row.method.contains("one replication"), "{row:?}");
    assert!(row.value.is_some() && row.ci_low.is_none());
    let row = get(&book, &total, Kind::Cause, "process_crash");
    assert!(row.std_error.is_some(), "{row:?}");
    let row = get(&book, &total, Kind::Cause, "zone_outage");
    assert!(row.std_error.is_none(), "{row:?}");
    assert_eq!(book.horizon, SimTime(365 * DAY));
}
