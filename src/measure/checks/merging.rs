//! Any grouping of replications, and any split into shards, ends in the same bytes.

use crate::kernel::chance::{Bits, Key};
use crate::kernel::time::SimTime;
use crate::measure::book::Book;
use crate::measure::cell::CellTally;
use crate::measure::testing::*;
use crate::measure::{Rest, Total, estimates, servers, timeline};
use crate::model::fault::Cause;
use crate::model::fleet::{Fleet, Need, Service};
use crate::model::record::*;

fn example() -> Fleet {
    let mut fleet = fleet(vec![group("a", 20), group("b", 10)], 40);
    fleet.regions[0].cells = 3;
    fleet.groups[0].sla.targets.none = 0.9999_f64.into_share();
    fleet.services =
        vec![Service { name: "s".to_string(), needs: vec![Need { group: 0, at_least: 19 }] }];
    fleet
}

trait IntoShare {
    fn into_share(self) -> crate::kernel::quantity::Share;
}

impl IntoShare for f64 {
    fn into_share(self) -> crate::kernel::quantity::Share {
        crate::kernel::quantity::Share(self)
    }
}

/// Random records of ten servers.
fn play(replication: u64, number: usize, cell: &mut CellTally) {
    let mut draw = Key::new(replication).with(number as u64).draw();
    for server in 0..10 {
        let mut at = 0;
        while draw.happens(0.7) {
            let from = at + draw.below(5 * DAY);
            let to = from + 1 + draw.below(300 * SECOND);
            if to >= 40 * DAY {
                break;
            }
            let causes = [Cause::process_crash, Cause::zone_outage, Cause::MAINTENANCE];
            put(cell, server, &[segment(from, to, causes[draw.below(3) as usize])], |i| {
                i.loss_window = Some(crate::kernel::time::Span(to % 3 * SECOND));
            });
            at = to + SECOND;
            let state = State::AtRisk { no_standby: true, copies: false };
            let (from, to) = (SimTime(at), SimTime(at + DAY / 7));
            if to.0 < 40 * DAY {
                cell.interval(Interval { server, state, from, to, cause: Cause::vm_crash });
                at = to.0;
            }
        }
    }
    let gauge = |resource, at: u64, change| Gauge { resource, zone: 1, at: SimTime(at), change };
    cell.gauge(gauge(Resource::VcoresFree, 0, 100));
    cell.gauge(gauge(Resource::VcoresFree, draw.below(20 * DAY), -30));
    let at = draw.below(20 * DAY);
    cell.gauge(gauge(Resource::Failovers, at, 2));
    cell.gauge(gauge(Resource::Failovers, at + 600 * SECOND, -2));
}

#[test]
fn shards_join_to_the_same_bytes() {
    let fleet = example();
    let book = Book::new(&fleet).stratified([0.9, 0.1]);
    let stratum = |r: u64| (r % 2) as usize;
    let part = |range| run(&fleet, book.clone(), range, stratum, play).1;
    let whole = serde_json::to_string(&part(0..12)).unwrap();
    let through_text = |total: Total| -> Total {
        serde_json::from_str(&serde_json::to_string(&total).unwrap()).unwrap()
    };
    let splits: [&[u64]; 4] = [&[0, 12], &[0, 5, 12], &[0, 1, 2, 3, 4, 12], &[0, 11, 12]];
    for split in splits {
        let mut forward = Total::new(&book);
        let mut backward = Total::new(&book);
        let parts: Vec<Total> = split.windows(2).map(|w| through_text(part(w[0]..w[1]))).collect();
        parts.iter().for_each(|p| forward.merge(p));
        parts.iter().rev().for_each(|p| backward.merge(p));
        assert!(serde_json::to_string(&forward).unwrap() == whole, "{split:?}");
        assert!(serde_json::to_string(&backward).unwrap() == whole, "{split:?}");
    }
}

#[test]
fn sums_that_rest_are_the_same() {
    let fleet = example();
    let strata: [&dyn Fn() -> Book; 2] =
        [&|| Book::new(&fleet), &|| Book::new(&fleet).stratified([0.9, 0.1])];
    for (many, book) in strata.into_iter().enumerate() {
        let stratum = |r: u64| r as usize % (many + 1);
        let text = |rest| {
            let total = run_resting(&fleet, book(), 0..9, stratum, play, rest).1;
            serde_json::to_string(&total).unwrap()
        };
        assert!(text(Rest::from(0)) == text(Rest::default()));
    }
}

#[test]
fn every_row_is_sound() {
    let fleet = example();
    let book = Book::new(&fleet).stratified([0.9, 0.1]);
    let (book, total) = run(&fleet, book, 0..40, |r| (r % 2) as usize, play);
    let rows = estimates(&total, &book);
    assert!(rows.len() > 200);
    for row in &rows {
        assert!(!row.method.is_empty(), "{row:?}");
        for number in [row.value, row.std_error, row.ci_low, row.ci_high].into_iter().flatten() {
            assert!(number.is_finite(), "{row:?}");
        }
        if let (Some(low), Some(value), Some(high)) = (row.ci_low, row.value, row.ci_high) {
            assert!(low <= value && value <= high, "{row:?}");
        }
    }
    let down: f64 = timeline(&total, &book)
        .filter(|r| r.what == "servers_down")
        .map(|r| r.mean * (r.to.0 - r.from.0) as f64)
        .sum();
    let fleet_row = rows.iter().find(|r| r.metric == "unavailability").unwrap();
    let expected = fleet_row.value.unwrap() * (30 * 40 * DAY) as f64;
    assert!((down / expected - 1.0).abs() < 1e-9, "{down} {expected}");
    let by_server: f64 =
        servers(&total, &book).map(|s| 1.0 - s.unwrap().availability.unwrap()).sum();
    assert!((by_server / 30.0 / fleet_row.value.unwrap() - 1.0).abs() < 1e-9);
    let free: Vec<_> = timeline(&total, &book).filter(|r| &*r.place == "r/2").collect();
    assert_eq!((free[0].mean, free.last().unwrap().worst), (300.0, 210));
}
