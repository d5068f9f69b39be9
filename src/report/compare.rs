//! `compare.csv` and the manifest of a comparison: every metric of each scenario less that of the first.

use super::columns::{Declared, declared, header};
use super::field::{harmless, number, table};
use super::manifest::{FORMAT, MADE_BY, scenario_digest};
use crate::experiment::{Comparison, Outcome};
use crate::scenario::Scenario;
use serde_json::{Value, json};

/// Its columns.
pub fn columns() -> Vec<Declared> {
    declared(&[
        ("scenario", "", "letter of the scenario that is held against A: B, C, ..."),
        ("scenario_name", "", "its name"),
        ("scope", "", "kind of scope: fleet, group, region, zone, standby, cause, service"),
        ("name", "", "name of the scope"),
        ("metric", "", "what is compared"),
        ("a", "see `unit`", "the estimate in A; empty where no event was seen"),
        ("b", "see `unit`", "the estimate in this scenario; empty where no event was seen"),
        ("difference", "see `unit`", "this scenario less A"),
        ("std_error", "see `unit`", "standard error of the difference"),
        ("ci_low", "see `unit`", "lower end of its interval of 95 %"),
        ("ci_high", "see `unit`", "upper end of its interval of 95 %"),
        ("unit", "", "unit of the six columns before; a share is from 0 to 1"),
        (
            "narrowed",
            "",
            "how many times pairing narrowed the interval; empty where nothing is paired",
        ),
        ("method", "", "how it was made"),
    ])
}

/// The letter of a scenario by its place, from 0: A, B, ..., Z, then S27, S28, ...
pub fn letter(index: usize) -> String {
    match u8::try_from(index) {
        Ok(i) if i < 26 => char::from(b'A' + i).to_string(),
        _ => format!("S{}", index + 1),
    }
}

/// The files of a comparison, the manifest last.
pub fn compare_files(
    scenarios: &[Scenario],
    comparison: &Comparison,
    command: &str,
) -> Vec<(String, Vec<u8>)> {
    let rows = comparison.others.iter().enumerate().flat_map(|(i, versus)| {
        let (letter, name) = (letter(i + 1), scenarios[i + 1].name.as_str());
        versus.differences.iter().map(move |d| {
            [
                letter.clone(),
                harmless(name).into_owned(),
                d.scope.word().to_string(),
                harmless(&d.name).into_owned(),
                d.metric.to_string(),
                number(d.a.value),
                number(d.b.value),
                number(d.value),
                number(d.std_error),
                number(d.ci_low),
                number(d.ci_high),
                d.unit.to_string(),
                number(d.narrowed),
                d.method.to_string(),
            ]
        })
    });
    let csv = table(header(columns()), rows);
    let outcomes = std::iter::once((&comparison.base, None))
        .chain(comparison.others.iter().map(|v| (&v.outcome, v.unpaired.as_ref())));
    let list: Vec<Value> = scenarios
        .iter()
        .zip(outcomes)
        .enumerate()
        .map(|(i, (scenario, (outcome, unpaired)))| one(i, scenario, outcome, unpaired))
        .collect();
    let manifest = super::json_bytes(&json!({
        "made_by": MADE_BY,
        "format": FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "command": command,
        "scenarios": list,
    }));
    vec![(super::COMPARE.to_string(), csv), (super::MANIFEST.to_string(), manifest)]
}

fn one(index: usize, scenario: &Scenario, outcome: &Outcome, unpaired: Option<&String>) -> Value {
    let mut all = json!({
        "scenario": letter(index),
        "name": scenario.name,
        "profile": scenario.profile,
        "seed": scenario.fleet.seed,
        "scenario_digest": scenario_digest(scenario),
        "event_digest": format!("{:016x}", outcome.digest),
        "replications": outcome.replications,
        "events": outcome.events,
        "incidents": outcome.incidents,
        "environment": outcome.environment.word(),
        "paired_with_a": (index > 0).then_some(unpaired.is_none()),
        "why_not_paired": unpaired,
        "warnings": outcome.warnings,
        "effective": scenario.effective,
    });
    if let (Some(reached), Some(all)) = (outcome.precision_reached, all.as_object_mut()) {
        all.insert("precision_reached".to_string(), reached.into());
    }
    all
}
