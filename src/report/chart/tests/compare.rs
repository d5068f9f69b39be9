//! Charts of comparisons: what they show, and what they say of it.

use super::*;

fn compared(texts: [&str; 2]) -> Vec<Chart> {
    let scenarios = texts.map(scenario);
    let options = crate::experiment::CompareOptions {
        threads: 2,
        progress: &crate::experiment::Silent,
        cancel: &std::sync::atomic::AtomicBool::new(false),
    };
    let comparison = crate::experiment::compare(&scenarios, &options).unwrap();
    compare_charts(&scenarios, &comparison)
}

#[test]
fn comparisons_show_distributions_differences_and_causes() {
    let slower = HOSTILE.replace("detection = \"10s\"", "detection = \"60s\"");
    let charts = compared([HOSTILE, &slower]);
    let names: Vec<&str> = charts.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["compare-recovery", "compare-causes"]);
    for chart in &charts {
        check(chart, "A =cmd(), B =cmd()");
        assert!(chart.svg.contains("paired"), "{}", chart.name);
    }
    assert!(charts[0].svg.contains("mean recovery time"));
    for chart in compared([HOSTILE, HOSTILE]) {
        check(&chart, "A =cmd()");
    }
    let quiet = HOSTILE.replace("faults = \"listed\"", "faults = \"none\"");
    let quiet = &quiet[..quiet.find("[fault.process_crash]").unwrap()];
    for chart in compared([quiet, HOSTILE]) {
        check(&chart, "A =cmd()");
    }
    for chart in compared([quiet, quiet]) {
        check(&chart, "A =cmd()");
    }
}

#[test]
fn captions_of_comparisons_say_in_what_was_played_they_differ() {
    let other = HOSTILE.replace("seed = 3", "seed = 4").replace("count = 6", "count = 8");
    for chart in compared([HOSTILE, &other]) {
        let said = "· seeds 3, 4 · n = 6, 8 replications, stratified, not paired";
        assert!(chart.svg.contains(said), "{}", chart.name);
    }
    let calm = HOSTILE.replace("rate = \"0.2/y\"", "rate = \"90/y\"");
    for chart in compared([HOSTILE, &calm.replace("seed = 3", "seed = 4")]) {
        assert!(chart.svg.contains("n = 6 replications, some stratified"), "{}", chart.name);
    }
}

#[test]
fn causes_that_were_not_seen_in_one_scenario_say_so() {
    let crash = "[fault.vm_crash]\nrate = '9/y'\n[compute]\nvm_reboot = '7m'\n";
    let with = HOSTILE.replace("[compute]\n", crash);
    let without =
        with.replace("rate = '9/y'", "rate = '0.000001/y'").replace("seed = 3", "seed = 4");
    for (pair, words) in [([&with, &without], "none seen"), ([&without, &with], "none seen in A")] {
        let charts = compared(pair.map(|text| text.as_str()));
        let causes = charts.iter().find(|c| c.name == "compare-causes").expect("causes");
        assert!(
            causes.svg.contains(&format!(">{words}<"))
                || causes.svg.contains(&format!(",  {words}<"))
        );
        assert!(!causes.svg.contains("none seen<") || !causes.svg.contains(",  none seen<"));
        check(causes, "A =cmd()");
    }
}

#[test]
fn a_comparison_without_differences_says_why() {
    let of = |rate: &str, seed: u32, count: u32| {
        format!(
            "name = 'x'\nseed = {seed}\nduration = '90d'\n[[region]]\nname = 'r'\n[[servers]]\n\
             group = 'a'\ncount = 9\n[replications]\ncount = {count}\n[fault.process_crash]\n\
             rate = '{rate}'\n[compute]\nprocess_restart = '5m'\n"
        )
    };
    for (other, count, words) in [
        ("0.000001/y", 5, "no differences: what was seen in one was not seen in the other"),
        ("9/y", 1, "no intervals: too few replications"),
    ] {
        let pair = [of("9/y", 1, count), of(other, 2, count)];
        let charts = compared([&pair[0], &pair[1]]);
        let causes = charts.iter().find(|c| c.name == "compare-causes").expect("causes");
        assert!(causes.svg.contains(words), "{words}");
    }
}

#[test]
fn long_differences_are_not_cut() {
    let longer = HOSTILE.replace("0.2/y", "9/y").replace("mean = \"3h\"", "mean = \"40d\"");
    let longer = longer.replace("seed = 3", "seed = 4");
    for chart in compared([&longer, HOSTILE]) {
        check(&chart, "A =cmd()");
        let document = Document::parse(&chart.svg).unwrap();
        let cut =
            |n: &Node<'_, '_>| n.text().is_some_and(|t| t.contains('…') && t.contains(" to "));
        let cut = document.descendants().find(cut).and_then(|n| n.text().map(str::to_string));
        assert_eq!(cut, None, "{}", chart.name);
    }
}
