//! Hand-written records with known answers.

use super::{fleet_value, play};
use crate::kernel::time::{SimTime, Span};
use crate::measure::book::{Book, Kind};
use crate::measure::rows::Parts;
use crate::measure::tally::count;
use crate::measure::testing::*;
use crate::measure::timeline::timeline;
use crate::measure::{Expectation, Op, Verdict, Watch, judge, servers};
use crate::model::fault::Cause;
use crate::model::fleet::{Need, Service, StandbyMode};
use crate::model::record::*;

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
    assert_eq!(value("unprotected_share"), Some(0.0));
    let alone = of(&total, &book, Kind::Group, "alone", "unprotected_share");
    assert_eq!(alone.value, Some(0.9));
    let alone = of(&total, &book, Kind::Group, "alone", "time_at_risk_no_standby");
    assert_eq!((alone.value, alone.ci_high), (Some(0.0), Some(0.0)));
    assert_eq!(alone.method, "cannot happen here");
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
    let mut fleet = fleet(vec![group("g", 10)], 365);
    fleet.groups[0].maintenance_on = false;
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
    let longest = watch("recovery_time_max", Op::AtMost, 50.0);
    book.watch(vec![quick.clone(), good.clone(), many.clone(), longest.clone()]).unwrap();
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
    // A maximum has no interval, but how often it is short has one.
    let row = verdict(&longest, Some((Op::AtLeast, 0.85)), false);
    assert_eq!(row.estimate.value, Some(0.9));
    assert!(matches!(row.verdict, Verdict::Undecided { .. }), "{row:?}");
    assert_eq!(verdict(&longest, Some((Op::AtLeast, 0.85)), true).verdict, Verdict::Holds);
    assert_eq!(verdict(&longest, None, false).verdict, Verdict::Fails);
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
