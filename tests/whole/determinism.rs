//! Same seed, same bytes: for any number of threads, for a second run; another seed, other bytes.

use super::{root, shipped};
use fleetsim::experiment::{Options, Outcome, Rows, Silent, run};
use fleetsim::measure::Wants;
use fleetsim::scenario::{self, Override};
use std::path::Path;
use std::sync::atomic::AtomicBool;

pub fn play(path: &Path, threads: usize, replications: u32, overrides: &[(&str, &str)]) -> Outcome {
    let overrides: Vec<Override> = overrides
        .iter()
        .map(|(path, value)| Override { path: (*path).into(), value: (*value).into() })
        .collect();
    let scenario = scenario::load(path, &overrides).unwrap_or_else(|c| panic!("{}", c.lines()));
    let options = Options {
        threads,
        replications: Some(replications),
        rows: Rows::None,
        progress: &Silent,
        cancel: &AtomicBool::new(false),
        wants: Wants { rows: false, timeline: true, peaks: true, servers: true },
    };
    run(&scenario, options).expect("the run ends")
}

/// Everything that reaches a result file, as text.
fn bytes(outcome: &Outcome) -> String {
    let total = serde_json::to_string(&outcome.total).expect("sums can be written");
    format!("{:?} {total} {} {}", outcome.estimates, outcome.digest, outcome.events)
}

#[test]
fn one_two_and_seven_threads_give_the_same_bytes() {
    for name in ["flexible-fleet", "zone-outage-drill", "bad-release"] {
        let path = root().join("scenarios").join(name).with_extension("toml");
        let one = bytes(&play(&path, 1, 6, &[]));
        for threads in [2, 7] {
            assert!(one == bytes(&play(&path, threads, 6, &[])), "{name} with {threads} threads");
        }
    }
}

#[test]
fn several_cells_give_the_same_bytes_too() {
    let path = root().join("scenarios/flexible-fleet.toml");
    let cells = [("region.eastus2.cells", "5")];
    let one = bytes(&play(&path, 1, 4, &cells));
    assert!(one == bytes(&play(&path, 2, 4, &cells)));
    assert!(one == bytes(&play(&path, 7, 4, &cells)));
}

#[test]
fn another_seed_gives_other_bytes() {
    let path = root().join("scenarios/flexible-fleet.toml");
    let one = play(&path, 2, 4, &[]);
    let other = play(&path, 2, 4, &[("seed", "8")]);
    assert_ne!(one.digest, other.digest);
    assert!(bytes(&one) != bytes(&other));
}

/// Recorded digests: a change of any of them is a change of numbers, and belongs in the changelog as
/// value-breaking.
#[test]
fn shipped_scenarios_have_their_recorded_digests() {
    let recorded = std::fs::read_to_string(root().join("tests/whole/digests.txt"))
        .expect("the recorded digests are there");
    let mut found = String::new();
    for path in shipped() {
        let name = path.file_stem().and_then(|s| s.to_str()).expect("a name").to_owned();
        if name == "million-servers" {
            continue;
        }
        let outcome = play(&path, 2, 4, &[]);
        found.push_str(&format!(
            "{name} {:016x} {} events {} incidents\n",
            outcome.digest, outcome.events, outcome.incidents
        ));
    }
    if std::env::var_os("FLEETSIM_UPDATE").is_some() {
        std::fs::write(root().join("tests/whole/digests.txt"), &found).expect("can be written");
    } else {
        assert_eq!(found, recorded, "found:\n{found}");
    }
}
