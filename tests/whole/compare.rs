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

/// The difference of the fleet's downtime in seconds per server and year, with its ends.
fn downtime(comparison: &Comparison) -> (f64, f64, f64) {
    let versus = &comparison.others[0];
    let mut all = versus.differences.iter();
    let row = all.find(|d| (d.scope, d.metric) == (Kind::Fleet, "downtime_per_server_year"));
    let row = row.expect("the difference is there");
    let [value, low, high] = [row.value, row.ci_low, row.ci_high].map(|v| v.expect("a number"));
    (value, low, high)
}

#[test]
fn rates_of_rare_outages_are_compared_in_their_strata() {
    let with = |outages: &str| {
        let text = format!(
            "name = 'q'\nseed = 5\nduration = '1y'\n[[region]]\nname = 'r'\nzones = 3\n\
             [replications]\ncount = 40\n\
             [[servers]]\ngroup = 'x'\ncount = 6\n[fault.process_crash]\nrate = '2/y'\n\
             [compute]\nprocess_restart = '1m'\n{outages}"
        );
        scenario::parse("q.toml", &text, None, &[]).unwrap_or_else(|c| panic!("{}", c.lines()))
    };
    let rate =
        |rate: f64| with(&format!("[fault.zone_outage]\nrate = '{rate}/y'\nlasts = '10h'\n"));
    // A server's zone is away for ten hours at that rate, unless it is away already.
    let year = 365.0 * 86_400.0;
    let truth = |rate: f64| rate * 36_000.0 / (1.0 + rate * 36_000.0 / year);
    // The last has them so often that it needs no strata by itself.
    let scenes = [(0.0001, 0.002), (0.002, 0.0001), (0.002, 0.0), (0.0, 0.002), (0.002, 20.0)];
    for (a, b) in scenes {
        let of = |at: f64| if at > 0.0 { rate(at) } else { with("") };
        let comparison = play(&[of(a), of(b)], 2);
        assert_eq!(comparison.others[0].unpaired, None);
        let (value, low, high) = downtime(&comparison);
        let true_one = truth(b) - truth(a);
        println!("{a} and {b}: {value} ({low} to {high}), {true_one}");
        // Two strikes of one zone are in a replication of hundreds, and its end cuts some.
        let slack = 0.01 * true_one.abs();
        let near = low - slack <= true_one && true_one <= high + slack;
        assert!(near, "{a} and {b}: {value} ({low} to {high})");
        assert!(low > 0.0 || high < 0.0, "{a} and {b}: {value} ({low} to {high})");
        // What each of them is by itself is what a run says.
        for (outcome, scenario) in
            [(&comparison.base, of(a)), (&comparison.others[0].outcome, of(b))]
        {
            assert_eq!(outcome.environment.word(), "stratified", "{}", scenario.name);
        }
    }
    let every = "[fault.zone_outage]\nevery = '3y'\nlasts = '10h'\n";
    let comparison = play(&[rate(0.002), with(every)], 2);
    let why = comparison.others[0].unpaired.as_deref().expect("a reason");
    assert!(why.contains("`every` have no strata"), "{why}");
    // Where strata are not wanted and nothing was seen, nothing is concluded from it.
    let mut both = [rate(0.00001), rate(0.0001)];
    both.iter_mut().for_each(|s| s.replications.environment = scenario::Environment::Natural);
    let (value, low, high) = downtime(&play(&both, 2));
    assert!(value == 0.0 && low < 0.0 && high > 0.0, "{value} ({low} to {high})");
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

#[test]
fn a_page_about_two_quiet_fleets_has_no_empty_table() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in ["1", "2"] {
        let text = format!(
            "name = \"quiet\"\nseed = {seed}\nduration = \"30d\"\n[replications]\ncount = 2\n\
             [[region]]\nname = \"r\"\n[[servers]]\ngroup = \"a\"\ncount = 3\n"
        );
        std::fs::write(folder.path().join(format!("{seed}.toml")), text).expect("written");
    }
    let args = ["compare", "1.toml", "2.toml", "--out", "c"];
    fleetsim().current_dir(folder.path()).args(args).assert().success();
    let page = std::fs::read_to_string(folder.path().join("c/report.html")).expect("a page");
    assert!(page.contains("<p>Neither of the two was down in what was played.</p>"), "it says so");
    assert!(!page.contains("id=\"versus-B\""), "no table without rows");
}
