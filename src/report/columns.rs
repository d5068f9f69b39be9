//! What every file and column of a result means: the source of the headers and of the README.

use super::{ASSUMPTIONS, COMPARE, ESTIMATES, INCIDENTS, MANIFEST, MORRIS, PAGE, POINTS, SERVERS};
use super::{SOBOL_INDICES, SUMMARY, SWEEP, TIMELINE, TIMING, TORNADO};
use super::{
    assumptions, compare, estimates, incidents, sensitivity, servers, sweep_table, timeline,
};
use crate::measure::METRICS;

/// A column as its table declares it: name, unit, meaning.
pub(super) type Declared = (String, &'static str, String);

/// A column of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its file.
    pub file: &'static str,
    /// Its name.
    pub column: String,
    /// Its unit; empty for words.
    pub unit: &'static str,
    /// What it says.
    pub meaning: String,
}

/// Every file of a result and what it is.
pub const FILES: &[(&str, &str)] = &[
    (
        MANIFEST,
        "what was run: the whole scenario in force, seed, version, digests, counts, warnings, each fault mode on or off and why, the command that repeats it, every table and every chart as SVG with size and digest",
    ),
    (ESTIMATES, "every metric in every scope with its interval of 95 % and how it was made"),
    (
        SUMMARY,
        "the same nested by scope, name and metric, with expectations and objectives, for programs; of a drill below a year also what it did once (`of_the_play`)",
    ),
    (
        INCIDENTS,
        "one row an incident, complete by itself; by default while they are at most 100,000",
    ),
    (SERVERS, "one row a server, over all replications"),
    (TIMELINE, "levels over time: mean and extremes over replications"),
    (ASSUMPTIONS, "every parameter used and where its value comes from"),
    (
        "charts/*.svg, charts/*.png",
        "pictures of all that, of sweeps and comparisons too; without data a chart is left out",
    ),
    (
        SWEEP,
        "of a sweep: every metric of the fleet, the groups and the services at every point, axes in front",
    ),
    (
        TORNADO,
        "of `sweep --tornado`: each parameter at both ends of its range: what is sure first, of these the widest swing",
    ),
    (MORRIS, "of `sweep --morris`: elementary effects of each parameter, the largest first"),
    (
        SOBOL_INDICES,
        "of `sweep --sobol-indices`: share of each parameter in the variance, the largest first",
    ),
    (
        POINTS,
        "of `sweep --morris` and `--sobol-indices`: every point that was played, with its value",
    ),
    (COMPARE, "of a comparison: every metric of each scenario less that of the first one"),
    (PAGE, "all of it to read: the answer, the charts, the tables, what they rest on"),
    (
        TIMING,
        "wall time and events per second (none where parts are joined): the only file that may differ between two runs",
    ),
];

/// Every column of every table.
pub fn columns() -> Vec<Column> {
    let tables: [(&'static str, Vec<Declared>); 11] = [
        (ESTIMATES, estimates::columns()),
        (INCIDENTS, incidents::columns()),
        (SERVERS, servers::columns()),
        (TIMELINE, timeline::columns()),
        (ASSUMPTIONS, assumptions::columns()),
        (SWEEP, sweep_table::columns()),
        (TORNADO, sensitivity::tornado_columns()),
        (MORRIS, sensitivity::morris_columns()),
        (SOBOL_INDICES, sensitivity::indices_columns()),
        (POINTS, sensitivity::points_columns()),
        (COMPARE, compare::columns()),
    ];
    let column =
        |file| move |(column, unit, meaning): Declared| Column { file, column, unit, meaning };
    tables.into_iter().flat_map(|(file, declared)| declared.into_iter().map(column(file))).collect()
}

/// Columns as their table declares them, from fixed texts.
pub(super) fn declared(columns: &[(&str, &'static str, &str)]) -> Vec<Declared> {
    columns.iter().map(|&(name, unit, meaning)| (name.into(), unit, meaning.into())).collect()
}

/// The header of a table.
pub(super) fn header(columns: Vec<Declared>) -> impl Iterator<Item = String> {
    columns.into_iter().map(|c| c.0)
}

/// The files, the columns of every table and the metrics, as Markdown.
pub fn reference() -> String {
    let mut out = String::from("| file | what |\n|---|---|\n");
    for (file, what) in FILES {
        out += &format!("| `{file}` | {what} |\n");
    }
    let mut last = "";
    for Column { file, column, unit, meaning } in columns() {
        if file != last {
            out += &format!("\n### `{file}`\n\n| column | unit | meaning |\n|---|---|---|\n");
            last = file;
        }
        out += &format!("| `{column}` | {unit} | {meaning} |\n");
    }
    out += "\n### Metrics\n\n| metric | unit | meaning |\n|---|---|---|\n";
    for metric in METRICS {
        out += &format!("| `{}` | {} | {} |\n", metric.name, metric.unit, meaning(metric.name));
    }
    out
}

/// What a metric says.
fn meaning(metric: &str) -> &'static str {
    match metric {
        "availability" => "serving time over agreed time",
        "unavailability" => "down time over agreed time; for a cause, what is charged to it",
        "sla_availability" => "whole months by the contract's clock minutes",
        "downtime_per_server_year" => "time down",
        "planned_downtime_per_server_year" => "time down in the normal steps of planned work",
        "incidents_per_server_year" => "incidents, planned ones too; for a cause, those it opened",
        "mtbf" => "agreed time over unplanned incidents",
        "recovery_time_mean" => "length of unplanned incidents, mean",
        "recovery_time_p50" => "the same, exceeded by half of them",
        "recovery_time_p95" => "the same, exceeded by 5 % of them",
        "recovery_time_p99" => "the same, exceeded by 1 % of them",
        "recovery_time_max" => {
            "the longest seen; `method` says where it was cut: then it is more than this"
        }
        "loss_window_mean" => {
            "committed time lost in an unplanned incident, mean; a server that is lost for good has lost all"
        }
        "loss_window_p95" => "the same, exceeded by 5 % of them",
        "loss_window_max" => {
            "the largest seen; `method` says where a server is lost for good: then it is more"
        }
        "loss_probability_per_year" => {
            "probability that a server has a loss window above 0, or is lost for good, in a year"
        }
        "copies_lost_probability_per_year" => {
            "probability that a primary's volume loses all three copies in a year"
        }
        "servers_lost" => "servers that nothing could bring back, mean of a replication",
        "sla_minutes_per_server_year" => "clock minutes that the contract counts as down",
        "sla_breach_share" => "server-months below the contract's target",
        "worst_month" => "contract availability of a server's worst whole month, mean over servers",
        "worst_month_p05" => "the same, which 5 % of servers do not reach",
        "worst_month_p50" => "the same, which half of the servers do not reach",
        "time_at_risk_share" => "agreed time spent serving with less redundancy than was bought",
        "time_at_risk_no_standby" => "the part of it without a healthy standby",
        "time_at_risk_copies" => "the part of it with fewer than three copies",
        "unprotected_share" => "agreed time spent serving by servers that bought no standby",
        "rto_met_share" => {
            "unplanned incidents within the objective of recovery time, of those that are known; the interval \
             takes what was cut too early for missed and for met"
        }
        "rpo_met_share" => "the same of the objective of lost time",
        "stalls_per_server_year" => "stalled writes within the tolerance, which are no incidents",
        "stalled_s_per_server_year" => "time in such stalls",
        "peak_servers_down" => "most servers down at once, mean over replications",
        "peak_failovers" => "most failovers at once, mean over replications",
        "peak_vcores_queued" => "most vCores waiting for a host, mean over replications",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_explained() {
        for metric in METRICS {
            assert_ne!(meaning(metric.name), "", "{}", metric.name);
        }
        for column in columns() {
            assert_ne!(column.meaning, "", "{column:?}");
            assert!(FILES.iter().any(|f| f.0 == column.file));
            assert!(!column.meaning.contains('|'), "{column:?}");
        }
        assert!(reference().contains("| `duration_s` | s |"));
    }
}
