//! `manifest.json`: what was run, complete enough to run it again and to check that it was the same.

use super::About;
use crate::experiment::{EnvironmentUsed, Outcome, RowsKept};
use crate::scenario::Scenario;
use serde_json::{Value, json};
use std::path::Path;

/// Version of the layout of a result folder.
pub const FORMAT: u32 = 1;
/// What marks a folder as a result of this program.
pub(super) const MADE_BY: &str = "fleetsim";

/// The file.
pub fn bytes(scenario: &Scenario, outcome: &Outcome, about: &About) -> Vec<u8> {
    let (environment, strata) = match outcome.environment {
        EnvironmentUsed::Natural => ("natural", Value::Null),
        EnvironmentUsed::Stratified([quiet, struck]) => {
            ("stratified", json!({ "without_outage": quiet, "with_outage": struck }))
        }
    };
    let (kept, why) = match outcome.rows {
        RowsKept::Here(_) | RowsKept::Written => (true, "all of them"),
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
        "environment": environment,
        "strata": strata,
        "precision_reached": outcome.precision_reached,
        "incident_rows": { "kept": kept, "why": why },
        "faults": faults,
        "warnings": outcome.warnings,
        "scenario": scenario.effective,
    }))
}

/// 128 bits over the effective scenario, as hexadecimal digits: two runs with the same digest, seed
/// and version are the same run. FNV-1a over the compact JSON text.
pub fn scenario_digest(scenario: &Scenario) -> String {
    json_digest(&scenario.effective)
}

/// The same over any JSON value.
pub fn json_digest(value: &Value) -> String {
    fingerprint(&serde_json::to_vec(value).expect("a JSON value has a text"))
}

/// The same over bytes.
pub fn fingerprint(bytes: &[u8]) -> String {
    format!("{:032x}", fnv(bytes))
}

/// FNV-1a of 128 bits: a fingerprint, not a seal.
fn fnv(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
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
    use super::fnv;

    #[test]
    fn the_digest_is_the_published_one() {
        assert_eq!(fnv(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(fnv(b"foobar"), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }
}
