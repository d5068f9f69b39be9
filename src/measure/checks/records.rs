//! Hand-written records with known answers.

use crate::kernel::quantity::Share;
use crate::kernel::time::{SimTime, Span};
use crate::measure::book::{Book, Kind, Wants};
use crate::measure::cell::CellTally;
use crate::measure::rows::Parts;
use crate::measure::tally::{ONE_SHARE, count};
use crate::measure::testing::*;
use crate::measure::timeline::timeline;
use crate::measure::total::Total;
use crate::measure::{Expectation, Op, Verdict, Watch, judge, servers};
use crate::model::fault::Cause;
use crate::model::fleet::{Counts, Fleet, Need, Service, StandbyMode};
use crate::model::layout::cells;
use crate::model::record::*;
use std::sync::Arc;

fn fleet_value(total: &Total, book: &Book, metric: &str) -> f64 {
    of(total, book, Kind::Fleet, "", metric).value.unwrap()
}

/// Plays one replication of a fleet of one cell and gives the finished cell.
fn play(fleet: &Fleet, write: impl Fn(&mut CellTally)) -> CellTally {
    let wants = Wants { rows: true, timeline: true, peaks: true, servers: true };
    let mut cell = CellTally::new(&Arc::new(Book::new(fleet).wanting(wants)));
    cell.reset(&cells(fleet)[0]);
    write(&mut cell);
    cell.finish();
    cell
}

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

#[test]
fn phases_paths_and_charged_causes_add_up() {
    let fleet = fleet(vec![group("g", 3)], 10);
    let cell = play(&fleet, |cell| {
        let mut second = segment(20, 70, Cause::zone_outage);
        second.phase = Phase::Waiting;
        put(cell, 2, &[segment(10, 20, Cause::process_crash), second], |incident| {
            incident.path = Some(RecoveryPath::Failover);
            incident.loss_window = Some(Span(5));
        });
        put(cell, 0, &[segment(5, 9, Cause::MAINTENANCE)], |i| {
            i.path = Some(RecoveryPath::Switchover);
        });
    });
    let piece = cell.rows().piece(0..2);
    let rows = piece.rows();
    assert_eq!((rows[0].server, rows[1].server), (0, 2));
    let mut parts = Parts::default();
    parts.add_up(piece.course(&rows[0]));
    assert_eq!((parts.planned, &parts.charged[..]), (4, &[(Cause::MAINTENANCE, 4)][..]));
    parts.add_up(piece.course(&rows[1]));
    assert_eq!(parts.planned, 0);
    assert_eq!(parts.phases[Phase::Restart as usize], 10);
    assert_eq!(parts.phases[Phase::Waiting as usize], 50);
    assert_eq!(parts.charged, [(Cause::process_crash, 10), (Cause::zone_outage, 50)]);
    let down: u64 = cell.locals.iter().map(|l| l.tally.c[count::DOWN]).sum();
    assert_eq!(down, 64);
    let c = |cause: Cause, k: usize| cell.causes[usize::from(cause.0)].c[k];
    assert_eq!(c(Cause::zone_outage, count::DOWN), 50);
    assert_eq!(c(Cause::zone_outage, count::INCIDENTS), 0);
    assert_eq!(c(Cause::process_crash, count::LOSS), 5);
    assert_eq!(c(Cause::MAINTENANCE, count::PLANNED), 4);
    assert_eq!(c(Cause::MAINTENANCE, count::UNPLANNED), 0);
    // What is wholly planned is no recovery, but has its path.
    let maintenance = &cell.causes[usize::from(Cause::MAINTENANCE.0)];
    assert_eq!(c(Cause::MAINTENANCE, count::RECOVERY), 0);
    assert!(maintenance.recovery.is_empty());
    assert_eq!(maintenance.paths[RecoveryPath::Switchover as usize], 1);
    assert_eq!(cell.paths[RecoveryPath::Switchover as usize].max(), 4);
}

#[test]
fn time_at_risk_is_the_union_and_unprotected_is_apart() {
    let mut groups = vec![group("pair", 1), group("alone", 1)];
    groups[0].standby_mode = StandbyMode::ZoneRedundant;
    let fleet = fleet(groups, 10);
    let (book, total) = run(
        &fleet,
        Book::new(&fleet),
        0..1,
        |_| 0,
        |_, _, cell| {
            let mut at_risk = |no_standby, copies, from, to| {
                let state = State::AtRisk { no_standby, copies };
                let (from, to) = (SimTime(from * DAY), SimTime(to * DAY));
                cell.interval(Interval { server: 0, state, from, to, cause: Cause::vm_crash });
            };
            at_risk(true, false, 1, 2);
            at_risk(true, true, 2, 4);
            at_risk(false, true, 4, 5);
            crash(cell, 1, 0, DAY);
            let (from, to) = (SimTime(3), SimTime(10));
            cell.stall(Stall { server: 0, from, to, cause: Cause::storage_node });
        },
    );
    let value = |metric| of(&total, &book, Kind::Group, "pair", metric).value;
    assert_eq!(value("time_at_risk_share"), Some(0.4));
    assert_eq!(value("time_at_risk_no_standby"), Some(0.3));
    assert_eq!(value("time_at_risk_copies"), Some(0.3));
    assert_eq!(value("unprotected_share"), None);
    let alone = of(&total, &book, Kind::Group, "alone", "unprotected_share");
    assert_eq!(alone.value, Some(0.9));
    let rows: Vec<_> = timeline(&total, &book).collect();
    let integral = |what: &str| -> f64 {
        let rows = rows.iter().filter(|r| r.what == what);
        rows.map(|r| r.mean * (r.to.0 - r.from.0) as f64).sum()
    };
    assert!((integral("at_risk") / DAY as f64 - 4.0).abs() < 1e-9);
    assert!((integral("servers_down") / DAY as f64 - 1.0).abs() < 1e-9);
}

#[test]
fn a_service_is_down_when_a_need_is_not_met() {
    let mut fleet = fleet(vec![group("a", 3), group("b", 1), group("c", 1)], 10);
    let needs = vec![Need { group: 0, at_least: 2 }, Need { group: 1, at_least: 1 }];
    fleet.services = vec![Service { name: "shop".to_string(), needs }];
    let (book, total) = run(
        &fleet,
        Book::new(&fleet),
        0..1,
        |_| 0,
        |_, _, cell| {
            crash(cell, 0, 100, 200);
            crash(cell, 1, 150, 250); // two of a: 150 to 200
            crash(cell, 3, 190, 300); // b: on to 300
            crash(cell, 4, 0, 5_000); // c is not needed
            let (from, to) = (SimTime(400), SimTime(500));
            let cause = Cause::MAINTENANCE;
            cell.interval(Interval { server: 2, state: State::Stopped, from, to, cause });
            crash(cell, 0, 450, 460); // with 2 stopped: 450 to 460
            crash(cell, 3, 10 * DAY - 7, 10 * DAY); // until the horizon
        },
    );
    let scope = book.scope(Kind::Service, "shop").unwrap();
    let sum = |k| total.strata[0].moments[scope].sum(k);
    assert_eq!(sum(count::DOWN), 150 + 10 + 7);
    assert_eq!((sum(count::INCIDENTS), sum(count::CENSORED)), (3, 1));
    assert_eq!((sum(count::RECOVERED), sum(count::RECOVERY)), (2, 160));
    assert_eq!(of(&total, &book, Kind::Service, "shop", "recovery_time_max").value, Some(150e-6));
}

#[test]
fn other_tenants_never_appear() {
    let mut groups = vec![group("ours", 4), group("theirs", 40)];
    groups[1].other_tenant = true;
    let fleet = fleet(groups, 10);
    let (book, total) = run(
        &fleet,
        Book::new(&fleet),
        0..2,
        |_| 0,
        |_, _, cell| {
            for server in 0..44 {
                crash(cell, server, 0, 100);
            }
        },
    );
    assert_eq!(total.strata[0].moments[0].sum(count::INCIDENTS), 8);
    assert_eq!(total.strata[0].moments[0].sum(count::SERVERS), 8);
    assert_eq!(servers(&total, &book).count(), 4);
    assert!(book.scope(Kind::Group, "theirs").is_none());
    assert_eq!(fleet_value(&total, &book, "peak_servers_down"), 4.0);
}

#[test]
fn scopes_are_sums_of_classes() {
    let mut groups = vec![group("x", 7), group("y", 2)];
    groups[1].zone = Some(2);
    let fleet = fleet(groups, 10);
    let book = Book::new(&fleet);
    let sizes: Vec<(Kind, &str, u64)> =
        book.scopes.iter().map(|s| (s.kind, s.name.as_str(), s.servers)).collect();
    let expected = [
        (Kind::Fleet, "fleet", 9),
        (Kind::Group, "x", 7),
        (Kind::Group, "y", 2),
        (Kind::Region, "r", 9),
        (Kind::Zone, "r/1", 3),
        (Kind::Zone, "r/2", 2),
        (Kind::Zone, "r/3", 4),
        (Kind::Standby, "none", 9),
        (Kind::Cause, "process_crash", 9),
        (Kind::Cause, "maintenance", 9),
    ];
    assert_eq!(sizes, expected);
}

#[test]
fn no_event_is_a_bound_and_never_zero() {
    let fleet = fleet(vec![group("g", 10)], 365);
    let (book, total) = run(
        &fleet,
        Book::new(&fleet),
        0..100,
        |_| 0,
        |_, _, cell| {
            crash(cell, 0, 0, SECOND);
        },
    );
    let loss = of(&total, &book, Kind::Fleet, "", "loss_probability_per_year");
    assert_eq!((loss.value, loss.ci_low), (None, Some(0.0)));
    // 1,000 independent servers: 1 - 0.05^(1/1000).
    assert!((loss.ci_high.unwrap() - 0.002_991_249).abs() < 1e-8, "{loss:?}");
    let planned = of(&total, &book, Kind::Fleet, "", "planned_downtime_per_server_year");
    assert_eq!((planned.value, planned.std_error), (None, None));
    for row in crate::measure::estimates(&total, &book) {
        assert!(row.std_error != Some(0.0) || row.value.is_some(), "{row:?}");
    }
}

#[test]
fn expectations_hold_fail_or_stay_open() {
    let fleet = fleet(vec![group("g", 10)], 365);
    let mut book = Book::new(&fleet);
    let watch = |metric: &str, op, value| Watch {
        metric: metric.to_string(),
        kind: Kind::Group,
        name: "g".to_string(),
        op,
        value,
    };
    let quick = watch("recovery_time", Op::AtMost, 50.0);
    let good = watch("worst_month", Op::AtLeast, 0.9999);
    let many = watch("incidents_per_server_year", Op::AtLeast, 0.3);
    book.watch(vec![quick.clone(), good.clone(), many.clone()]).unwrap();
    let bad = Watch { name: "h".to_string(), ..quick.clone() };
    assert_eq!(Book::new(&fleet).watch(vec![bad]).unwrap_err()[0].index, 0);
    let (book, total) = run(
        &fleet,
        book,
        0..50,
        |_| 0,
        |replication, _, cell| {
            crash(cell, 0, 0, 45 * SECOND);
            crash(cell, 1, DAY, DAY + 45 * SECOND);
            // One in ten replications has a third incident, of ten minutes.
            if replication % 10 == 0 {
                crash(cell, 2, 0, 600 * SECOND);
            }
        },
    );
    let verdict = |that: &Watch, probability, point| {
        let that = that.clone();
        judge(&total, &book, &Expectation { that, probability, point }).unwrap()
    };
    // 100 of 105 incidents are quick: 95.2 %.
    let row = verdict(&quick, Some((Op::AtLeast, 0.5)), false);
    assert_eq!(row.verdict, Verdict::Holds);
    assert!((row.estimate.value.unwrap() - 100.0 / 105.0).abs() < 1e-12);
    assert_eq!(verdict(&quick, Some((Op::AtLeast, 0.999)), false).verdict, Verdict::Fails);
    let open = verdict(&quick, Some((Op::AtLeast, 0.96)), false).verdict;
    let Verdict::Undecided { replications_needed: Some(n) } = open else { panic!("{open:?}") };
    assert!((100..200_000).contains(&n), "{n}");
    assert_eq!(verdict(&quick, Some((Op::AtLeast, 0.96)), true).verdict, Verdict::Fails);
    // 10 minutes of 44,640 break 99.99 %: 5 of 500 servers.
    let row = verdict(&good, Some((Op::AtLeast, 0.95)), false);
    assert_eq!((row.verdict, row.estimate.value), (Verdict::Holds, Some(0.99)));
    // 5 of 50 replications have 3 incidents on 10 servers; downtime shortens the agreed time a bit.
    let row = verdict(&many, Some((Op::AtMost, 0.05)), false);
    assert_eq!(row.estimate.value, Some(0.1));
    assert!(row.estimate.method.contains("Clopper-Pearson with 5"), "{}", row.estimate.method);
    let plain = watch("availability", Op::AtLeast, 0.9999);
    assert_eq!(verdict(&plain, None, false).verdict, Verdict::Holds);
}

#[test]
fn ten_thousand_groups_are_no_trouble() {
    let groups = (0..10_000).map(|i| group(&format!("g{i}"), 1)).collect();
    let fleet = fleet(groups, 31);
    let start = std::time::Instant::now();
    let (book, total) = run(
        &fleet,
        Book::new(&fleet),
        0..3,
        |_| 0,
        |_, _, cell| {
            (0..100).for_each(|server| crash(cell, server, 0, 90 * SECOND));
        },
    );
    assert!(crate::measure::estimates(&total, &book).len() > 310_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn no_bound_exceeds_all_of_the_time() {
    let fleet = fleet(vec![group("g", 1)], 30);
    let year = 525_600.0;
    // Nothing at all; then one long incident in one of twenty replications.
    for down in [0, 20 * DAY] {
        let (book, total) = run(
            &fleet,
            Book::new(&fleet),
            0..20,
            |_| 0,
            |index, _, cell| {
                if index == 3 && down > 0 {
                    crash(cell, 0, DAY, DAY + down);
                }
            },
        );
        for (metric, most) in [
            ("sla_minutes_per_server_year", year),
            ("downtime_per_server_year", year * 60.0),
            ("unavailability", 1.0),
        ] {
            let row = of(&total, &book, Kind::Fleet, "", metric);
            let high = row.ci_high.unwrap();
            assert!(high <= most * (1.0 + 1e-12), "{metric}: {high}");
            // Twenty quiet replications say something all the same.
            assert!(down > 0 || high < 0.2 * most, "{metric}: {high}");
        }
    }
}
