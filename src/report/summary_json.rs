//! `summary.json`: the estimates nested by scope, name and metric, with the verdicts.

use super::drilled::Play;
use crate::experiment::Outcome;
use crate::measure::{Estimate, Judgement, Verdict};
use crate::scenario::Scenario;
use serde_json::{Map, Value, json};

/// The file.
pub fn bytes(scenario: &Scenario, outcome: &Outcome) -> Vec<u8> {
    let mut scopes = Map::new();
    for estimate in &outcome.estimates {
        let names = inner(&mut scopes, estimate.scope.word());
        let metrics = inner(names, &estimate.name);
        metrics.insert(estimate.metric.to_string(), self::estimate(estimate));
    }
    let mut all = json!({
        "name": scenario.name,
        "seed": scenario.fleet.seed,
        "servers": outcome.book.servers,
        "replications": outcome.replications,
        "confidence": 0.95,
        "estimates": scopes,
        "expectations": judgements(&outcome.judgements),
        "objectives": judgements(&outcome.objectives),
        "precision_reached": outcome.precision_reached,
        "warnings": outcome.warnings,
    });
    if let Some(play) = Play::of(outcome) {
        all["of_the_play"] = play.json();
    }
    super::json_bytes(&all)
}

/// The object under a key, made if it is not there.
fn inner<'m>(map: &'m mut Map<String, Value>, key: &str) -> &'m mut Map<String, Value> {
    let value = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
    value.as_object_mut().expect("only objects are put here")
}

fn number(value: Option<f64>) -> Value {
    // Adding zero makes a plain zero of a negative one.
    value.map_or(Value::Null, |v| Value::from(v + 0.0))
}

/// An estimate.
pub fn estimate(e: &Estimate) -> Value {
    json!({
        "value": number(e.value),
        "std_error": number(e.std_error),
        "interval": [number(e.ci_low), number(e.ci_high)],
        "unit": e.unit,
        "method": e.method,
    })
}

fn judgements(list: &[(String, Judgement)]) -> Value {
    let one = |(text, judgement): &(String, Judgement)| {
        let (verdict, needed) = match judgement.verdict {
            Verdict::Holds => ("holds", None),
            Verdict::Fails => ("fails", None),
            Verdict::Undecided { replications_needed } => ("undecided", replications_needed),
        };
        let mut map = Map::new();
        map.insert("that".into(), text.as_str().into());
        map.insert("verdict".into(), verdict.into());
        if verdict == "undecided" {
            map.insert("replications_needed".into(), needed.into());
        }
        let of = &judgement.estimate;
        map.insert("scope".into(), of.scope.word().into());
        map.insert("name".into(), of.name.as_str().into());
        map.insert("metric".into(), of.metric.into());
        map.insert("estimate".into(), estimate(of));
        Value::Object(map)
    };
    list.iter().map(one).collect()
}
