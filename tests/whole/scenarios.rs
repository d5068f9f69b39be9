//! Every shipped scenario loads, tells a story, runs, and meets its own expectations.

use super::determinism::play;
use super::{root, shipped};
use fleetsim::measure::{Kind, Verdict};

#[test]
fn every_scenario_begins_with_its_story_and_runs() {
    let files = shipped();
    assert!(files.len() >= 8);
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a scenario is text");
        assert!(text.starts_with('#'), "{} tells no story", path.display());
        if path.ends_with("million-servers.toml") {
            continue;
        }
        let outcome = play(&path, 2, 4, &[]);
        assert!(outcome.events > 0, "{}", path.display());
        assert!(outcome.estimate(Kind::Fleet, "fleet", "availability").is_some());
    }
}

#[test]
fn the_oracles_meet_their_expectations() {
    for name in ["oracle-two-modes", "oracle-failover", "oracle-three-copies"] {
        let path = root().join("scenarios").join(name).with_extension("toml");
        let replications = if name == "oracle-three-copies" { 20_000 } else { 200 };
        let outcome = play(&path, 2, replications, &[]);
        for (text, judgement) in &outcome.judgements {
            assert_eq!(judgement.verdict, Verdict::Holds, "{name}: {text}: {judgement:?}");
        }
    }
}

/// Unplanned failovers of the profile take one to two minutes, nine times in ten: from loss to
/// redirection, with the log that the standby has not applied yet.
#[test]
fn failovers_of_the_profile_are_calibrated() {
    let path = root().join("scenarios/first-fleet.toml");
    let outcome = play(
        &path,
        2,
        300,
        &[("faults", "listed"), ("fault.host_failure.rate", "12/y"), ("maintenance", "off")],
    );
    let points = fleetsim::measure::table::recovery_by_path(
        &outcome.total,
        &outcome.book,
        fleetsim::model::record::RecoveryPath::Failover,
    );
    let upto = |seconds: f64| {
        points.0.iter().filter(|p| p.to <= seconds).map(|p| p.upto).fold(0.0, f64::max)
    };
    let share = upto(120.5) - upto(59.5);
    assert!(points.1 > 5_000, "{} failovers", points.1);
    assert!(share >= 0.90, "{share} of failovers take 60 to 120 s");
}
