//! `tornado.csv`, `morris.csv`, `sobol-indices.csv`, `points.csv` and their manifest: what a result rests on.

use super::SweepAbout;
use super::columns::{Declared, declared, header};
use super::field::{harmless, harmless_value, number, table};
use crate::experiment::sensitivity::{About, End, Findings, Moved};
use crate::experiment::{EnvironmentUsed, Outcome, Plan};
use crate::kernel::engine::digest;
use crate::measure::Estimate;
use crate::measure::series::Ranged;
use crate::scenario::{BETWEEN_CHANGES, plain};
use serde_json::{Value, json};

const RANK: Declared3 = (
    "rank",
    "",
    "place by size, from 1; in a tornado what cannot be told from chance stands behind what can; empty \
     for a parameter that cannot be moved",
);
const NOTE: Declared3 = ("note", "", "what to beware of: scaled laws, ends that are not valid");
const REPLICATIONS: &str =
    "replications of every point; of the one with the fewest where an axis changes them";
type Declared3 = (&'static str, &'static str, &'static str);

/// The parameter and its range, in front.
const PARAMETER: [Declared3; 4] = [
    (
        "parameter",
        "",
        "path of the value in the profile, or of the axis; one of several groups or regions \
     stands for all that do not say otherwise",
    ),
    ("low", "as written", "low end of the range; for a law, of its central value"),
    ("base", "as written", "the value in the scenario"),
    ("high", "as written", "high end of the range"),
];
/// What is watched and where the range comes from, behind.
const BEHIND: [Declared3; 7] = [
    ("metric", "", "what is watched"),
    ("scope", "", "kind of scope"),
    ("name", "", "name of the scope"),
    ("unit", "", "unit of the values; a share is from 0 to 1"),
    ("origin", "", "published, assumed, or axis where a sweep file gives the range"),
    ("source", "", "document or study"),
    ("date", "", "its date"),
];

fn columns(middle: &[Declared3]) -> Vec<Declared> {
    let parts = [&[RANK][..], &PARAMETER, middle, &BEHIND, &[NOTE]];
    declared(&parts.concat())
}

/// Columns of `tornado.csv`.
pub fn tornado_columns() -> Vec<Declared> {
    columns(&[
        ("set_low", "", "what `--set` takes for the low end, as it stands here"),
        ("set_high", "", "what `--set` takes for the high end, as it stands here"),
        ("value_low", "see `unit`", "the metric at the low end, all else as it is"),
        ("value_base", "see `unit`", "the metric where nothing is moved"),
        ("value_high", "see `unit`", "the metric at the high end"),
        ("difference_low", "see `unit`", "low end less base"),
        ("difference_low_ci_low", "see `unit`", "lower end of its interval of 95 %"),
        ("difference_low_ci_high", "see `unit`", "upper end of its interval of 95 %"),
        ("difference_high", "see `unit`", "high end less base"),
        ("difference_high_ci_low", "see `unit`", "lower end of its interval of 95 %"),
        ("difference_high_ci_high", "see `unit`", "upper end of its interval of 95 %"),
        (
            "swing",
            "see `unit`",
            "high end less low end; the base in place of an end that is not there",
        ),
        ("swing_std_error", "see `unit`", "its standard error"),
        ("swing_ci_low", "see `unit`", "lower end of its interval of 95 %"),
        ("swing_ci_high", "see `unit`", "upper end of its interval of 95 %"),
        ("replications", "", REPLICATIONS),
        ("method", "", "how differences were made"),
    ])
}

/// Columns of `morris.csv`.
pub fn morris_columns() -> Vec<Declared> {
    columns(&[
        ("mu", "see `unit`", "mean elementary effect, for the whole range of the parameter"),
        ("mu_ci_low", "see `unit`", "lower end of its interval of 95 %"),
        ("mu_ci_high", "see `unit`", "upper end of its interval of 95 %"),
        ("mu_star", "see `unit`", "mean size of an elementary effect"),
        ("mu_star_ci_low", "see `unit`", "lower end of its interval of 95 %"),
        ("mu_star_ci_high", "see `unit`", "upper end of its interval of 95 %"),
        (
            "sigma",
            "see `unit`",
            "standard deviation of effects: large where they depend on others or bend",
        ),
        ("sigma_ci_low", "see `unit`", "lower end of its interval of 95 %"),
        ("sigma_ci_high", "see `unit`", "upper end of its interval of 95 %"),
        ("trajectories", "", "paths through the ranges"),
        ("replications", "", REPLICATIONS),
        ("method", "", "how intervals were made"),
    ])
}

/// Columns of `sobol-indices.csv`.
pub fn indices_columns() -> Vec<Declared> {
    columns(&[
        ("first_order", "share", "share of the variance that the parameter explains alone"),
        ("first_order_ci_low", "share", "lower end of its interval of 95 %"),
        ("first_order_ci_high", "share", "upper end of its interval of 95 %"),
        (
            "total",
            "share",
            "the same together with all others: what is left if all others are known",
        ),
        ("total_ci_low", "share", "lower end of its interval of 95 %"),
        ("total_ci_high", "share", "upper end of its interval of 95 %"),
        ("mean", "see `unit`", "mean of the metric over all ranges"),
        ("deviation", "see `unit`", "its standard deviation over all ranges"),
        ("rows", "", "rows of the design; a row has two points more than there are parameters"),
        ("replications", "", REPLICATIONS),
        ("method", "", "how points were chosen, indices and intervals made"),
    ])
}

/// Columns of `points.csv`.
pub fn points_columns() -> Vec<Declared> {
    declared(&[
        ("point", "", "number of the point, from 1; the first one is the scenario as it is"),
        (
            "PARAMETER",
            "as written",
            "a column a parameter: its value at this point; empty for the scenario's",
        ),
        ("value", "see `unit`", "the metric there"),
        ("std_error", "see `unit`", "standard error"),
        ("ci_low", "see `unit`", "lower end of the interval of 95 %"),
        ("ci_high", "see `unit`", "upper end of the interval of 95 %"),
        ("unit", "", "unit of the four columns before"),
    ])
}

/// What the manifest and `points.csv` say of a point.
#[derive(Clone, Debug)]
pub struct SensitivityPoint {
    estimate: Option<Estimate>,
    digest: u64,
    events: u64,
    incidents: u64,
    stratified: bool,
    warnings: Vec<String>,
}

impl SensitivityPoint {
    /// About a point.
    pub fn of(outcome: &Outcome, estimate: Option<&Estimate>) -> SensitivityPoint {
        SensitivityPoint {
            estimate: estimate.cloned(),
            digest: outcome.digest,
            events: outcome.events,
            incidents: outcome.incidents,
            stratified: outcome.environment != EnvironmentUsed::Natural,
            warnings: outcome.warnings.clone(),
        }
    }
}

/// The files of a sensitivity analysis, the manifest last.
pub fn sensitivity_files(
    about: &SweepAbout,
    plan: &Plan,
    findings: &Findings,
    points: &[SensitivityPoint],
) -> Vec<(String, Vec<u8>)> {
    let all = findings.about();
    let (name, columns, mut rows) = match findings {
        Findings::Tornado(found) => (super::TORNADO, tornado_columns(), tornado_rows(found)),
        Findings::Morris(found) => (super::MORRIS, morris_columns(), morris_rows(found)),
        Findings::Sobol(found) => (super::SOBOL_INDICES, indices_columns(), indices_rows(found)),
    };
    for (parameter, why) in &all.left_out {
        let mut row = vec![String::new(); columns.len()];
        row[1] = harmless(parameter).into_owned();
        row[columns.len() - 1] = format!("not moved: {}", harmless(why));
        rows.push(row);
    }
    let mut files = vec![(name.to_string(), table(header(columns), rows.into_iter()))];
    if !matches!(findings, Findings::Tornado(_)) {
        files.push((super::POINTS.to_string(), points_table(about, plan, points)));
    }
    files.push((super::MANIFEST.to_string(), manifest(about, plan, all, points)));
    files
}

fn in_front(rank: usize, moved: &Moved) -> Vec<String> {
    vec![
        (rank + 1).to_string(),
        harmless(&moved.parameter).into_owned(),
        harmless_value(&moved.low).into_owned(),
        harmless_value(&moved.base).into_owned(),
        harmless_value(&moved.high).into_owned(),
    ]
}

fn behind(about: &About, moved: &Moved) -> Vec<String> {
    let target = &about.target;
    vec![
        target.metric.clone(),
        target.kind.clone(),
        harmless(&about.base.name).into_owned(),
        target.unit().to_string(),
        moved.origin.clone(),
        harmless(&moved.source).into_owned(),
        harmless(&moved.date).into_owned(),
        harmless(&moved.note).into_owned(),
    ]
}

fn ranged(r: Option<Ranged>) -> [String; 3] {
    let of = |pick: fn(Ranged) -> Option<f64>| number(r.and_then(pick));
    [of(|r| Some(r.value)), of(|r| r.ci_low), of(|r| r.ci_high)]
}

fn tornado_rows(found: &crate::experiment::sensitivity::Tornado) -> Vec<Vec<String>> {
    let about = &found.about;
    let rows = found.bars.iter().enumerate().map(|(rank, bar)| {
        let mut row = in_front(rank, &bar.moved);
        row.extend(bar.moved.set.iter().map(|changes| {
            let words = changes.iter().map(|(key, value)| format!("{key}={}", plain(value)));
            harmless(&words.collect::<Vec<_>>().join(BETWEEN_CHANGES)).into_owned()
        }));
        let value = |end: &Option<End>| number(end.map(|e| e.value));
        row.extend([value(&bar.low), number(about.base.plain()), value(&bar.high)]);
        row.extend(ranged(bar.low.map(|e| e.difference)));
        row.extend(ranged(bar.high.map(|e| e.difference)));
        let [swing, low, high] = ranged(bar.swing);
        row.extend([swing, number(bar.swing.and_then(|s| s.std_error)), low, high]);
        row.extend([fewest(about), found.method.to_string()]);
        row.extend(behind(about, &bar.moved));
        row
    });
    rows.collect()
}

/// Replications of the point that has the fewest.
fn fewest(about: &About) -> String {
    about.replications.0.to_string()
}

/// How the intervals of effects and indices were made.
fn bootstrap(what: &str) -> String {
    format!(
        "bootstrap over {what} and, where they add up to the metric, over replications; Student t"
    )
}

fn morris_rows(found: &crate::experiment::sensitivity::Screening) -> Vec<Vec<String>> {
    let about = &found.about;
    let rows = found.effects.iter().enumerate().map(|(rank, e)| {
        let mut row = in_front(rank, &e.moved);
        row.extend([e.mu, e.mu_star, e.sigma].into_iter().flat_map(|r| ranged(Some(r))));
        row.extend([found.trajectories.to_string(), fewest(about), bootstrap("trajectories")]);
        row.extend(behind(about, &e.moved));
        row
    });
    rows.collect()
}

fn indices_rows(found: &crate::experiment::sensitivity::Indices) -> Vec<Vec<String>> {
    let about = &found.about;
    let rows = found.indices.iter().enumerate().map(|(rank, index)| {
        let mut row = in_front(rank, &index.moved);
        row.extend([index.first, index.total].into_iter().flat_map(|r| ranged(Some(r))));
        row.extend([
            number(Some(found.mean)),
            number(Some(found.deviation)),
            found.rows.to_string(),
            fewest(about),
            format!("{}; Saltelli 2010 and Jansen 1999; {}", found.design, bootstrap("rows")),
        ]);
        row.extend(behind(about, &index.moved));
        row
    });
    rows.collect()
}

fn points_table(about: &SweepAbout, plan: &Plan, points: &[SensitivityPoint]) -> Vec<u8> {
    let mut head: Vec<String> = points_columns().into_iter().map(|c| c.0).collect();
    head.splice(1..2, plan.moved.iter().map(|m| harmless(&m.parameter).into_owned()));
    let rows = points.iter().zip(&about.points).enumerate().map(|(i, (point, values))| {
        let e = point.estimate.as_ref();
        let mut row = vec![(i + 1).to_string()];
        row.extend(values.iter().map(|v| harmless_value(&plain(v)).into_owned()));
        row.extend([
            number(e.and_then(Estimate::plain)),
            number(e.and_then(|e| e.std_error)),
            number(e.and_then(|e| e.ci_low)),
            number(e.and_then(|e| e.ci_high)),
            plan.target.unit().to_string(),
        ]);
        row
    });
    table(head, rows)
}

fn manifest(about: &SweepAbout, plan: &Plan, all: &About, points: &[SensitivityPoint]) -> Vec<u8> {
    let moved: Vec<Value> = plan
        .moved
        .iter()
        .map(|m| json!({ "parameter": m.parameter, "set_low": m.set[0], "set_high": m.set[1] }))
        .collect();
    let mut found = json!({
        "method": plan.method.word(),
        "metric": plan.target.metric,
        "scope": plan.target.kind,
        "scope_name": all.base.name,
        "points": points.len(),
        "replications": all.replications.0,
        "environment": if points.iter().any(|p| p.stratified) { "stratified" } else { "natural" },
        "event_digest":
            format!("{:016x}", points.iter().fold(0, |sum, p| digest(sum, p.digest))),
        "events": points.iter().map(|p| p.events).sum::<u64>(),
        "incidents": points.iter().map(|p| p.incidents).sum::<u64>(),
        "parameters": moved,
        "left_out": plan.left_out,
        "warnings": points.first().map(|p| p.warnings.clone()).unwrap_or_default(),
    });
    let (least, most) = all.replications;
    if let (true, Some(found)) = (least < most, found.as_object_mut()) {
        found.insert("most_replications".to_string(), most.into());
    }
    about.manifest(found.as_object().cloned().unwrap_or_default())
}
