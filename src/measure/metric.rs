//! The closed list of metrics: their names, units and what they are made of.

use super::tally::count;

/// Microseconds of a year of 365 days.
pub const YEAR: f64 = 31_536_000.0 * 1e6;

/// Which histogram a quantile is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// Recovery times.
    Recovery,
    /// Loss windows.
    Loss,
    /// Unavailability of each server's worst month, in 10^-12.
    Worst,
}

/// How a metric is made from counters and histograms.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Made {
    /// Counter over its denominator, times a factor.
    Ratio {
        /// Numerator.
        of: usize,
        /// Factor to the metric's unit.
        factor: f64,
    },
    /// One less a ratio: availability.
    OneLess {
        /// Numerator of the ratio.
        of: usize,
    },
    /// A denominator over its counter, times a factor: time between events.
    Inverse {
        /// The counter.
        of: usize,
        /// Factor to the metric's unit.
        factor: f64,
    },
    /// A share of trials near 0 or 1.
    Share {
        /// Counter of trials that count.
        of: usize,
    },
    /// Share of servers within the horizon, turned into a probability per year.
    PerYear {
        /// Counter of servers.
        of: usize,
    },
    /// Share of servers, times their number.
    PerFleet {
        /// Counter of servers.
        of: usize,
    },
    /// A quantile; `flip` takes it from one.
    Quantile {
        /// Of what.
        of: Of,
        /// Which.
        p: f64,
    },
    /// The largest value seen.
    Max {
        /// Of what.
        of: Of,
    },
    /// The mean over replications of a peak.
    Peak {
        /// Counter of the peak.
        of: usize,
    },
}

/// A metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Metric {
    /// Name in files, expectations and tables.
    pub name: &'static str,
    /// Unit: `share`, `s`, `1/y`, `min/y`, `s/y`, `servers`, `failovers`, `vcores`.
    pub unit: &'static str,
    /// How it is made.
    pub made: Made,
    /// Scopes in which it makes sense.
    pub scopes: Scopes,
}

/// Where a metric makes sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scopes {
    /// Servers only: fleet, group, region, zone, standby mode.
    Servers,
    /// Servers and causes.
    Causes,
    /// Servers, causes and services.
    All,
    /// Servers and services.
    Services,
    /// The fleet as a whole.
    Fleet,
}

impl Scopes {
    /// Whether a metric with these scopes has rows for a kind of scope.
    pub fn hold(self, kind: super::book::Kind) -> bool {
        use super::book::Kind;
        match (self, kind) {
            (Scopes::Fleet, kind) => kind == Kind::Fleet,
            (Scopes::All, _) => true,
            (Scopes::Causes, kind) => kind != Kind::Service,
            (Scopes::Services, kind) => kind != Kind::Cause,
            (Scopes::Servers, kind) => !matches!(kind, Kind::Cause | Kind::Service),
        }
    }
}

macro_rules! metrics {
    ($( $name:literal $unit:literal $scopes:ident $made:expr; )*) => {
        /// Every metric, in the order of tables.
        pub const METRICS: &[Metric] = &[
            $( Metric { name: $name, unit: $unit, made: $made, scopes: Scopes::$scopes }, )*
        ];
    };
}

use Made::{Inverse, Max, OneLess, Peak, PerFleet, PerYear, Quantile, Ratio, Share};
const S: f64 = 1e-6;

metrics! {
    "availability" "share" Services OneLess { of: count::DOWN };
    "unavailability" "share" All Ratio { of: count::DOWN, factor: 1.0 };
    "sla_availability" "share" Servers OneLess { of: count::SLA_DOWN };
    "downtime_per_server_year" "s/y" All Ratio { of: count::DOWN, factor: S * YEAR };
    "planned_downtime_per_server_year" "s/y" Causes Ratio { of: count::PLANNED, factor: S * YEAR };
    "incidents_per_server_year" "1/y" All Ratio { of: count::INCIDENTS, factor: YEAR };
    "mtbf" "s" All Inverse { of: count::UNPLANNED, factor: S };
    "recovery_time_mean" "s" All Ratio { of: count::RECOVERY, factor: S };
    "recovery_time_p50" "s" All Quantile { of: Of::Recovery, p: 0.5 };
    "recovery_time_p95" "s" All Quantile { of: Of::Recovery, p: 0.95 };
    "recovery_time_p99" "s" All Quantile { of: Of::Recovery, p: 0.99 };
    "recovery_time_max" "s" All Max { of: Of::Recovery };
    "loss_window_mean" "s" Causes Ratio { of: count::LOSS, factor: S };
    "loss_window_p95" "s" Causes Quantile { of: Of::Loss, p: 0.95 };
    "loss_window_max" "s" Causes Max { of: Of::Loss };
    "loss_probability_per_year" "share" Servers PerYear { of: count::LOSS_SERVERS };
    "copies_lost_probability_per_year" "share" Servers PerYear { of: count::COPIES_LOST_SERVERS };
    "servers_lost" "servers" Servers PerFleet { of: count::LOST_SERVERS };
    "sla_minutes_per_server_year" "min/y" Servers Ratio { of: count::SLA_MINUTES, factor: YEAR };
    "sla_breach_share" "share" Servers Share { of: count::BREACHES };
    "worst_month" "share" Servers OneLess { of: count::WORST };
    "worst_month_p05" "share" Servers Quantile { of: Of::Worst, p: 0.05 };
    "worst_month_p50" "share" Servers Quantile { of: Of::Worst, p: 0.5 };
    "time_at_risk_share" "share" Causes Ratio { of: count::AT_RISK, factor: 1.0 };
    "time_at_risk_no_standby" "share" Causes Ratio { of: count::AT_RISK_STANDBY, factor: 1.0 };
    "time_at_risk_copies" "share" Causes Ratio { of: count::AT_RISK_COPIES, factor: 1.0 };
    "unprotected_share" "share" Servers Ratio { of: count::UNPROTECTED, factor: 1.0 };
    "rto_met_share" "share" Causes Share { of: count::RTO_MET };
    "rpo_met_share" "share" Causes Share { of: count::RPO_MET };
    "stalls_per_server_year" "1/y" Causes Ratio { of: count::STALLS, factor: YEAR };
    "stalled_s_per_server_year" "s/y" Causes Ratio { of: count::STALLED, factor: S * YEAR };
    "peak_servers_down" "servers" Fleet Peak { of: count::PEAK_DOWN };
    "peak_failovers" "failovers" Fleet Peak { of: count::PEAK_FAILOVERS };
    "peak_vcores_queued" "vcores" Fleet Peak { of: count::PEAK_VCORES_QUEUED };
}

/// The metric of that name.
pub fn named(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|m| m.name == name)
}

/// Names that stand for each incident, each server's worst month, and have no row as such.
pub const PER_INCIDENT: [&str; 2] = ["recovery_time", "loss_window"];
