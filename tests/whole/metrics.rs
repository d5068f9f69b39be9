//! The catalogue of metrics: tables, expectations and results speak of the same ones, in the same units.

use super::determinism::play;
use super::root;
use fleetsim::measure::metric::{METRICS, PER_INCIDENT, Scopes};
use fleetsim::scenario::expect::{self, Of, Unit};
use std::collections::BTreeSet;

/// Every metric, with its unit in tables, in the order of tables.
const CATALOGUE: [(&str, &str); 34] = [
    ("availability", "share"),
    ("unavailability", "share"),
    ("sla_availability", "share"),
    ("downtime_per_server_year", "s/y"),
    ("planned_downtime_per_server_year", "s/y"),
    ("incidents_per_server_year", "1/y"),
    ("mtbf", "s"),
    ("recovery_time_mean", "s"),
    ("recovery_time_p50", "s"),
    ("recovery_time_p95", "s"),
    ("recovery_time_p99", "s"),
    ("recovery_time_max", "s"),
    ("loss_window_mean", "s"),
    ("loss_window_p95", "s"),
    ("loss_window_max", "s"),
    ("loss_probability_per_year", "share"),
    ("copies_lost_probability_per_year", "share"),
    ("servers_lost", "servers"),
    ("sla_minutes_per_server_year", "min/y"),
    ("sla_breach_share", "share"),
    ("worst_month", "share"),
    ("worst_month_p05", "share"),
    ("worst_month_p50", "share"),
    ("time_at_risk_share", "share"),
    ("time_at_risk_no_standby", "share"),
    ("time_at_risk_copies", "share"),
    ("unprotected_share", "share"),
    ("rto_met_share", "share"),
    ("rpo_met_share", "share"),
    ("stalls_per_server_year", "1/y"),
    ("stalled_s_per_server_year", "s/y"),
    ("peak_servers_down", "servers"),
    ("peak_failovers", "failovers"),
    ("peak_vcores_queued", "vcores"),
];

#[test]
fn tables_hold_the_catalogue() {
    let tables: Vec<(&str, &str)> = METRICS.iter().map(|m| (m.name, m.unit)).collect();
    assert_eq!(tables, CATALOGUE);
}

#[test]
fn expectations_speak_of_the_catalogue_and_of_single_incidents() {
    let named: BTreeSet<&str> = expect::METRICS.iter().map(|m| m.0).collect();
    assert_eq!(named.len(), expect::METRICS.len(), "each once");
    let known = CATALOGUE.iter().map(|m| m.0).chain(PER_INCIDENT);
    assert_eq!(named, known.collect::<BTreeSet<&str>>());
}

#[test]
fn units_and_scopes_of_expectations_are_those_of_the_tables() {
    for (name, unit, of) in expect::METRICS {
        let Some(metric) = METRICS.iter().find(|m| m.name == name) else { continue };
        let written = match metric.unit {
            "s" | "s/y" => Unit::Seconds,
            "share" => Unit::Share,
            "min/y" => Unit::Minutes,
            "1/y" => Unit::PerYear,
            _ => Unit::Count,
        };
        assert_eq!(unit, written, "{name} in {}", metric.unit);
        let scopes = match of {
            Of::Servers => Scopes::Servers,
            Of::Causes => Scopes::Causes,
            Of::Services => Scopes::Services,
            Of::All => Scopes::All,
            Of::Fleet => Scopes::Fleet,
        };
        assert_eq!(metric.scopes, scopes, "{name}");
    }
}

#[test]
fn every_metric_has_its_row_in_every_scope_it_belongs_to() {
    let outcome = play(&root().join("scenarios/flexible-fleet.toml"), 2, 2, &[]);
    let kinds: BTreeSet<&str> = outcome.estimates.iter().map(|e| e.scope.word()).collect();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    for (name, unit) in CATALOGUE {
        let metric = METRICS.iter().find(|m| m.name == name).expect("it is in the tables");
        let rows: Vec<_> = outcome.estimates.iter().filter(|e| e.metric == name).collect();
        assert!(rows.iter().all(|row| row.unit == unit), "{name}");
        for e in outcome.estimates.iter().filter(|e| e.metric == "unavailability") {
            let here = rows.iter().filter(|row| row.scope == e.scope && row.name == e.name);
            let wanted = usize::from(metric.scopes.hold(e.scope));
            assert_eq!(here.count(), wanted, "{name} of {} {}", e.scope.word(), e.name);
        }
    }
}
