//! Comparisons: how much pairing narrows, what is said where fleets differ, the same bytes for any threads.

use super::root;
use super::sweep::{files, fleetsim};
use fleetsim::experiment::{CompareOptions, Comparison, Silent, compare};
use fleetsim::measure::Kind;
use fleetsim::scenario::{self, Override, Scenario};
use std::sync::atomic::AtomicBool;

fn flexible(changes: &[(&str, &str)]) -> Scenario {
    let change =
        |(path, value): &(&str, &str)| Override { path: (*path).into(), value: (*value).into() };
    let changes: Vec<Override> = changes.iter().map(change).collect();
    let path = root().join("scenarios/flexible-fleet.toml");
    scenario::load(&path, &changes).unwrap_or_else(|c| panic!("{}", c.lines()))
}

fn play(scenarios: &[Scenario], threads: usize) -> Comparison {
    let cancel = AtomicBool::new(false);
    let options = CompareOptions { threads, progress: &Silent, cancel: &cancel };
    compare(scenarios, &options).expect("they are played")
}

#[test]
fn pairing_narrows_the_difference_of_two_detection_times_at_least_five_times() {
    let of =
        |detection| flexible(&[("standby.detection", detection), ("replications.count", "100")]);
    let comparison = play(&[of("10s"), of("40s")], 2);
    let versus = &comparison.others[0];
    assert_eq!(versus.unpaired, None);
    let find = |kind: Kind, name: &str| {
        let mut all = versus.differences.iter();
        all.find(|d| {
            (d.scope, d.name.as_str(), d.metric) == (kind, name, "downtime_per_server_year")
        })
        .expect("the difference is there")
    };
    for (kind, name) in [(Kind::Fleet, "fleet"), (Kind::Group, "orders")] {
        let d = find(kind, name);
        let narrowed = d.narrowed.expect("it is paired");
        println!(
            "{name}: {:?} s/y, {:?} to {:?}, narrowed {narrowed:.1}",
            d.value, d.ci_low, d.ci_high
        );
        assert!(narrowed >= 5.0, "{name}: {narrowed}");
        assert!(d.value.expect("a value") > 0.0, "longer detection is longer downtime: {d:?}");
    }
}

#[test]
fn different_fleets_are_compared_without_pairing() {
    let few = [("replications.count", "8"), ("duration", "60d")];
    let a = flexible(&few);
    let b = flexible(&[few[0], few[1], ("servers.batch.count", "81")]);
    let comparison = play(&[a.clone(), b, a], 2);
    assert!(comparison.others[0].unpaired.as_deref() == Some("the fleets differ"));
    assert!(comparison.others[0].differences.iter().all(|d| d.narrowed.is_none()));
    let same = &comparison.others[1];
    assert!(same.unpaired.is_none());
    assert_eq!(same.outcome.digest, comparison.base.digest);
    assert!(same.differences.iter().all(|d| d.value.is_none_or(|v| v == 0.0)));
}

#[test]
fn compare_tells_in_words_and_writes_the_same_bytes_for_any_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let text = std::fs::read_to_string(root().join("scenarios/flexible-fleet.toml")).expect("text");
    for (name, detection) in [("a", "10s"), ("b", "60s")] {
        let text = format!("{text}\n[standby]\ndetection = \"{detection}\"\n");
        std::fs::write(at.join(format!("{name}.toml")), text).expect("can be written");
    }
    let call = |out: &str, files: &[&str], more: &[&str]| {
        let mut command = fleetsim();
        command.current_dir(at).arg("compare").args(files).args(["--out", out]).args(more);
        let common = ["--set", "duration=60d", "--replications", "20"];
        let done = command.args(common).assert().success();
        String::from_utf8_lossy(&done.get_output().stdout).into_owned()
    };
    let said = call("1", &["a.toml", "b.toml"], &["--threads", "1"]);
    println!("{said}");
    for word in [
        "x narrower",
        "phases that changed most",
        "detection +",
        "with 95 % confidence",
        "more downtime",
    ] {
        assert!(said.contains(word), "{word} is missing in\n{said}");
    }
    call("7", &["a.toml", "b.toml"], &["--threads", "7"]);
    assert!(files(&at.join("1")) == files(&at.join("7")));
    let said = call("same", &["a.toml", "a.toml"], &[]);
    assert!(said.contains("the same downtime in every replication"), "{said}");
    fleetsim().args(["compare", "scenarios/first-fleet.toml"]).assert().code(2);
}
