//! `manifest.json`: what was run, complete enough to run it again and to check that it was the same.

use super::About;
use crate::experiment::{EnvironmentUsed, Outcome, RowsKept};
use crate::scenario::Scenario;
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;
use twox_hash::xxhash3_128::Hasher;

/// Version of the layout of a result folder.
pub const FORMAT: u32 = 1;
/// What marks a folder as a result of this program.
pub(super) const MADE_BY: &str = "fleetsim";

/// The file.
pub fn bytes(scenario: &Scenario, outcome: &Outcome, about: &About) -> Vec<u8> {
    let strata = match outcome.environment {
        EnvironmentUsed::Natural => Value::Null,
        EnvironmentUsed::Stratified([quiet, struck]) => {
            json!({ "without_outage": quiet, "with_outage": struck })
        }
    };
    let (kept, why) = match outcome.rows {
        RowsKept::Here(_) | RowsKept::Written(_) => (true, "all of them"),
        RowsKept::None => (false, "not wanted"),
        RowsKept::TooMany => (false, "more than 100,000; --incidents writes them all"),
    };
    let faults: Vec<Value> = scenario
        .faults
        .iter()
        .map(|f| json!({ "name": f.name, "on": f.on, "why": f.why }))
        .collect();
    super::json_bytes(&json!({
        "made_by": MADE_BY,
        "format": FORMAT,
        "version": about.version,
        "command": about.command,
        "name": scenario.name,
        "profile": scenario.profile,
        "seed": scenario.fleet.seed,
        "scenario_digest": scenario_digest(scenario),
        "event_digest": format!("{:016x}", outcome.digest),
        "counts": {
            "servers": outcome.book.servers,
            "cells": outcome.cells,
            "replications": outcome.replications,
            "events": outcome.events,
            "incidents": outcome.incidents,
        },
        "environment": outcome.environment.word(),
        "strata": strata,
        "precision_reached": outcome.precision_reached,
        "incident_rows": { "kept": kept, "why": why },
        "faults": faults,
        "warnings": outcome.warnings,
        "scenario": scenario.effective,
    }))
}

/// 128 bits over the effective scenario, as hexadecimal digits: two runs with the same digest, seed
/// and version are the same run. XXH3 over the compact JSON text.
pub fn scenario_digest(scenario: &Scenario) -> String {
    json_digest(&scenario.effective)
}

/// The same over any JSON value.
pub fn json_digest(value: &Value) -> String {
    fingerprint(&serde_json::to_vec(value).expect("a JSON value has a text"))
}

/// The same over bytes.
pub fn fingerprint(bytes: &[u8]) -> String {
    let mut all = Fingerprint::default();
    all.add(bytes);
    all.text()
}

/// XXH3 of 128 bits, taken piece by piece: a fingerprint, not a seal.
#[derive(Clone)]
pub struct Fingerprint(Hasher);

impl Default for Fingerprint {
    fn default() -> Fingerprint {
        Fingerprint(Hasher::new())
    }
}

impl Fingerprint {
    /// Takes in the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The digest of all that was taken in, as hexadecimal digits.
    pub fn text(&self) -> String {
        format!("{:032x}", self.0.finish_128())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// Whether a folder is a result of this program: its manifest says so.
pub fn is_ours(folder: &Path) -> bool {
    #[derive(serde::Deserialize)]
    struct Mark {
        made_by: String,
    }
    let Ok(file) = std::fs::File::open(folder.join(super::MANIFEST)) else { return false };
    let mark: Result<Mark, _> = serde_json::from_reader(std::io::BufReader::new(file));
    mark.is_ok_and(|m| m.made_by == MADE_BY)
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, fingerprint};

    #[test]
    fn the_digest_is_the_published_one() {
        assert_eq!(fingerprint(b""), "99aa06d3014798d86001c324468d497f");
        assert_eq!(fingerprint(b"abc"), "06b05ab6733a618578af5f94892f3950");
        let (long, mut pieces) = (vec![7; 100_000], Fingerprint::default());
        long.chunks(997).for_each(|piece| pieces.add(piece));
        assert_eq!(pieces.text(), fingerprint(&long));
    }
}
