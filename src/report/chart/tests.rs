//! Tests of the charts as files: well-formed, complete, harmless, the same bytes twice.

use super::*;
use crate::report::tests::{HOSTILE, played, scenario};
use roxmltree::{Document, Node};
use std::fmt::Write as _;

fn drawn(text: &str, threads: usize) -> Vec<Chart> {
    let scenario = scenario(text);
    charts(&scenario, &played(&scenario, threads))
}

/// Forty groups with long names, one of them without a letter of the typeface.
fn large() -> String {
    let mut text = String::from(
        "name = 'a name that is long enough to be cut where it is shown, as everything is that does not fit'\n\
         profile = 'azure-flexible-2026'\nseed = 5\nduration = '200d'\n[replications]\ncount = 4\n\
         [[region]]\nname = 'swedencentral'\n",
    );
    for i in 0..40 {
        let name = match i {
            3 => "受注データベース".repeat(5),
            _ => format!("team {i} orders and payments in production, primary"),
        };
        let standby = ["none", "same-zone", "zone-redundant"][i % 3];
        let _ = write!(
            text,
            "[[servers]]\ngroup = '{name}'\ncount = {}\nsku = 'Standard_D2ds_v5'\n\
             high_availability = '{standby}'\nobjectives = {{ rto = '{}s', availability = '99.9%' }}\n",
            1 + i,
            60 + i,
        );
    }
    text
}

/// Left, top, right, bottom of a text that stands upright.
fn extent(node: &Node<'_, '_>) -> Option<(f64, f64, f64, f64)> {
    let number = |name| node.attribute(name).and_then(|v| v.parse::<f64>().ok());
    let (x, y, size) = (number("x")?, number("y")?, number("font-size")?);
    let text: String = node.children().filter(|c| c.is_text()).filter_map(|c| c.text()).collect();
    let wide = font::width(&text, size, node.has_attribute("font-weight"));
    let left = match node.attribute("text-anchor") {
        Some("middle") => x - wide / 2.0,
        Some("end") => x - wide,
        _ => x,
    };
    Some((left, y - size * 0.72, left + wide, y + size * 0.2))
}

fn check(chart: &Chart, name: &str) {
    let Chart { svg, name: which, .. } = chart;
    for word in ["NaN", "inf\"", "inf,", "<script", "onload"] {
        assert!(!svg.contains(word), "{which}: {word}");
    }
    let document = Document::parse(svg).unwrap_or_else(|e| panic!("{which}: {e}"));
    let said = document.root_element().attribute("aria-label").unwrap();
    for part in [name, "· seed", "n = ", "replications"] {
        assert!(said.contains(part), "{which}: {part} is missing in {said}");
    }
    let texts = || document.descendants().filter(|n| n.has_tag_name("text"));
    let extents: Vec<_> = texts().filter_map(|n| Some((extent(&n)?, n))).collect();
    assert!(extents.len() > 5, "{which}");
    for (i, (a, node)) in extents.iter().enumerate() {
        let inside = a.0 >= 0.0 && a.1 >= 0.0 && a.2 <= 1600.0 && a.3 <= 900.0;
        assert!(inside, "{which}: {:?} sticks out: {a:?}", node.text());
        for (b, other) in &extents[i + 1..] {
            let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
            assert!(apart, "{which}: {:?} and {:?} overlap", node.text(), other.text());
        }
    }
    for node in document.descendants().filter(|n| n.is_element()) {
        for attribute in ["width", "height", "r"] {
            if let Some(size) = node.attribute(attribute) {
                assert!(size.parse::<f64>().is_ok_and(|s| s >= 0.0), "{which}: {node:?}");
            }
        }
    }
}

#[test]
fn names_do_no_harm_and_every_caption_is_whole() {
    let charts = drawn(HOSTILE, 1);
    let names: Vec<&str> = charts.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        names,
        ["availability", "recovery", "causes", "paths", "worst-month", "over-time"],
        "capacity is unbounded"
    );
    for chart in &charts {
        check(chart, "=cmd()");
    }
    assert!(charts[0].svg.contains("&lt;script&gt;"), "the name is shown as it is");
}

#[test]
fn many_groups_with_long_names_fit() {
    let charts = drawn(&large(), 2);
    assert_eq!(charts.len(), 7);
    for chart in &charts {
        check(chart, "a name that is long");
    }
    assert!(charts[0].svg.contains("more groups are better"), "it says what is left out");
    assert!(charts[0].svg.contains("<title>team "), "the whole name on hover");
}

/// Nothing was ever available: in the one whole month of a region, or in all that was played.
#[test]
fn what_never_served_is_drawn_at_nothing() {
    let text = |more: &str| {
        format!(
            "name = 'never'\nduration = '40d'\n[replications]\ncount = 3\n\
             [[region]]\nname = 'north'\n[[servers]]\ngroup = 'shop'\ncount = 4\nregion = 'north'\n\
             [[inject]]\nfault = 'region_outage'\nregion = 'north'\n{more}"
        )
    };
    let whole_month = "at = '20d'\nlasts = '45d'\n[[region]]\nname = 'south'\n\
        [[servers]]\ngroup = 'web'\ncount = 4\nregion = 'south'\n";
    let whole_month = text(whole_month).replace("40d", "1y");
    for (text, which) in
        [(whole_month, "worst-month"), (text("at = '0s'\nlasts = '60d'\n"), "availability")]
    {
        let charts = drawn(&text, 1);
        let chart = charts.iter().find(|c| c.name == which).expect("it is drawn");
        for tick in ["90 %", "0 %"] {
            assert!(chart.svg.contains(&format!(">{tick}<")), "{which}: {tick}");
        }
        charts.iter().for_each(|chart| check(chart, "never"));
    }
}

#[test]
fn what_should_never_fail_is_marked_beyond_the_axis() {
    let text = "name = 'never'\nprofile = 'azure-flexible-2026'\nduration = '90d'\n[replications]\ncount = 3\n\
        [[region]]\nname = 'r'\n[[servers]]\ngroup = 'g'\ncount = 3\nsku = 'Standard_D2ds_v5'\n\
        objectives = { availability = '100%' }\n[sla.targets]\nnone = '100%'\n\
        [fault.process_crash]\nrate = '300/y'\n[compute]\nprocess_restart = '20h'\n";
    let charts = drawn(text, 1);
    for (name, words) in [
        ("availability", "your objective (with an arrow: 100 %)"),
        ("availability", "target of the SLA (with an arrow: 100 %)"),
        ("worst-month", "100 % of servers below 100 % (at the arrow)"),
    ] {
        let chart = charts.iter().find(|c| c.name == name).expect("it is drawn");
        assert!(chart.svg.contains(words), "{name}: {words}");
        assert!(chart.svg.contains("<polygon"), "{name}: an arrow");
        check(chart, "never");
    }
    // Fewer replications than an interval needs: nothing is said to be 0 %.
    let once = drawn(&HOSTILE.replace("count = 6", "count = 1"), 1);
    assert!(once.iter().all(|chart| !chart.svg.contains(" 0 % of servers")));
    let safe = text
        .replace("300/y", "0.1/y")
        .replace("20h", "1s")
        .replace("none = '100%'", "none = '99%'");
    let safe = drawn(&safe, 1);
    let month = safe.iter().find(|c| c.name == "worst-month").expect("it is drawn");
    assert!(month.svg.contains("no server seen below 99 %"));
}

/// A drill in a zone with a standby group, one that waits, and names that would do harm.
const DRILL: &str = r#"
name = "drill & co"
profile = "azure-flexible-2026"
start = 2026-03-08T09:00:00Z
duration = "12h"
faults = "none"
maintenance = "off"
[replications]
count = 3
[[region]]
name = "eastus2"
[[servers]]
group = "<b>\"protected\""
count = COUNT
sku = "Standard_D2ds_v5"
high_availability = "zone-redundant"
[[servers]]
group = "受注データベース受注データベース受注データベース"
count = 9
sku = "Standard_D2ds_v5"
[[inject]]
at = "2026-03-08T10:00:00Z"
fault = "zone_outage"
region = "eastus2"
zone = 2
lasts = "4h"
share = "100%"
"#;

#[test]
fn a_drill_has_a_row_a_server_or_an_even_choice_of_them() {
    for count in ["9", "600"] {
        let charts = drawn(&DRILL.replace("COUNT", count), 2);
        for chart in &charts {
            check(chart, "drill &");
        }
        let drill = charts.iter().find(|c| c.name == "drill").expect("a drill");
        assert!(drill.svg.contains("zone outage, eastus2/2"), "the strike has its name");
        assert!(drill.svg.contains("2026-03-08 10:00:00 UTC"), "and its time");
        assert!(drill.svg.contains("&lt;b&gt;"), "names are data");
        let chosen = drill.svg.contains("of each group in even steps");
        assert_eq!(chosen, count == "600", "it says what is left out");
    }
    assert!(drawn(HOSTILE, 1).iter().all(|c| c.name != "drill"), "none without a strike");
}

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

/// A value as sweep files have it.
fn toml(value: &str) -> String {
    if value.parse::<u64>().is_ok() { value.to_string() } else { format!("{value:?}") }
}

/// What a sweep over some keys is.
fn sweep_about(axes: &[&str], points: &[&[&str]], design: &str) -> crate::report::SweepAbout {
    crate::report::SweepAbout {
        name: "a sweep of <b>".to_string(),
        command: String::new(),
        point_command: String::new(),
        seed: 3,
        profile: None,
        sweep: serde_json::json!({ "design": design }),
        axes: axes.iter().map(|a| a.to_string()).collect(),
        points: points.iter().map(|p| p.iter().map(|v| toml(v)).collect()).collect(),
        scenario_digest: String::new(),
        scenario: serde_json::Value::Null,
        folders: false,
        plan: None,
    }
}

/// A sweep over some keys, played.
fn swept(axes: &[&str], points: &[&[&str]], design: &str) -> Vec<Chart> {
    swept_with(axes, points, design, |_| ())
}

/// The same with values of one's own.
fn swept_with(
    axes: &[&str],
    points: &[&[&str]],
    design: &str,
    change: impl Fn(&mut SweepCharts<'_>),
) -> Vec<Chart> {
    let about = sweep_about(axes, points, design);
    let mut charts = SweepCharts::new(&about);
    for values in points {
        let set = |(key, value): (&&str, &&str)| crate::scenario::Override {
            path: key.to_string(),
            value: toml(value),
        };
        let set: Vec<_> = axes.iter().zip(values.iter()).map(set).collect();
        let scenario = crate::scenario::parse("s.toml", HOSTILE, None, &set).unwrap();
        charts.add(&super::Drawn::of(&scenario, &played(&scenario, 1)));
    }
    change(&mut charts);
    charts.charts()
}

#[test]
fn sweeps_have_the_chart_that_fits_their_axes() {
    let names = |charts: &[Chart]| -> Vec<String> {
        for chart in charts {
            check(chart, "a sweep of <b>");
        }
        charts.iter().map(|c| c.name.clone()).collect()
    };
    let detection = "standby.detection";
    let mode = "servers.+SUM(A1).high_availability";
    let one = swept(&[detection], &[&["60s"], &["5s"], &["20s"]], "product");
    assert_eq!(names(&one), ["sweep-line"], "all points cost the same");
    let values: Vec<String> = (1..=60).map(|seconds| format!("{seconds}s")).collect();
    let values: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
    let values: Vec<&[&str]> = values.iter().map(|value| &value[..]).collect();
    let many = swept(&[detection], &values, "product");
    assert_eq!(names(&many), ["sweep-line"]);
    let circles = |chart: &Chart| chart.file().matches("<circle").count();
    assert!(circles(&one[0]) > 3 && circles(&many[0]) <= circles(&one[0]), "dots would touch");
    let words = swept(&[mode], &[&["none"], &["same-zone"]], "product");
    assert_eq!(names(&words), ["sweep-line", "sweep-frontier"]);
    let points: &[&[&str]] =
        &[&["5s", "none"], &["5s", "same-zone"], &["60s", "none"], &["60s", "same-zone"]];
    let two = swept(&[detection, mode], points, "product");
    let maps = ["sweep-map-availability", "sweep-map-recovery", "sweep-frontier"];
    assert_eq!(names(&two), maps);
    let zip = swept(&[detection, mode], &points[..2], "zip");
    assert_eq!(names(&zip), ["sweep-line", "sweep-frontier"]);
    let drawn =
        swept(&[detection, "standby.redirection"], &[&["5s", "9s"], &["7s", "3s"]], "sobol");
    assert_eq!(names(&drawn), ["sweep-settings"]);
}

#[test]
fn captions_of_sweeps_say_what_all_points_have() {
    let axes = [
        "seed",
        "replications.count",
        "servers.+SUM(A1).count",
        "duration",
        "fault.zone_outage.rate",
    ];
    let points: &[&[&str]] = &[&["1", "6", "1", "90d", "0.1/y"], &["9", "12", "500", "2y", "90/y"]];
    let said = "· seeds 1 to 9 · 2 points of n = 6 to 12 replications, some stratified, \
        41 to 540 servers for 90d to 2y";
    for chart in swept(&axes, points, "zip") {
        assert!(chart.svg.contains(said), "{}", chart.name);
    }
    let alike = swept(&["standby.detection"], &[&["1s"], &["9s"]], "zip");
    let said = "· seed 3 · 2 points of n = 6 replications, stratified, 45 servers for 1y";
    assert!(alike[0].svg.contains(said));
}

#[test]
fn a_line_ends_where_no_value_is_known() {
    let points: &[&[&str]] = &[&["5s"], &["20s"], &["60s"]];
    let charts = |missing: Option<usize>| {
        swept_with(&["standby.detection"], points, "product", |charts| {
            for series in &mut charts.series {
                missing.into_iter().for_each(|i| series.points[i][1] = Default::default());
            }
        })
    };
    let said = "where a line ends nothing was seen";
    let whole = charts(None).remove(0);
    assert!(!whole.svg.contains(said));
    for missing in [1, 2] {
        let chart = charts(Some(missing)).remove(0);
        check(&chart, "a sweep of <b>");
        assert!(chart.svg.contains(said), "{missing}");
        let lines = |chart: &Chart| chart.svg.matches("stroke-width=\"35\"").count();
        // Over the second of three points no line goes at all: one alone is a dot.
        let fewer = if missing == 1 { 3 } else { 0 };
        assert_eq!(lines(&chart), lines(&whole) - fewer, "{missing}");
    }
}

#[test]
fn an_interval_in_a_cell_has_the_digits_of_its_value() {
    let axes = ["standby.detection", "standby.redirection"];
    let points: &[&[&str]] = &[&["5s", "5s"], &["5s", "9s"], &["60s", "5s"], &["60s", "9s"]];
    let charts = swept_with(&axes, points, "product", |charts| {
        for (i, point) in charts.series[0].points.iter_mut().enumerate() {
            let value = 0.111 + 0.03 * i as f64;
            point[0].value = Some(value);
            point[0].ends = Some((value - 0.002, value + 0.002));
        }
    });
    assert_eq!(charts[0].name, "sweep-map-availability");
    for text in [">88.9 %<", ">88.7 – 89.1 %<", ">85.9 %<", ">85.7 – 86.1 %<"] {
        assert!(charts[0].svg.contains(text), "{text}");
    }
}

#[test]
fn a_tornado_marks_what_may_be_chance_and_what_is_cut() {
    use crate::experiment::sensitivity::tornado::tests::bar;
    use crate::experiment::sensitivity::{About, Findings, Target, Tornado};
    let outcome = played(&scenario(HOSTILE), 1);
    let metric = "downtime_per_server_year";
    let base = outcome.estimate(crate::measure::Kind::Fleet, "fleet", metric).unwrap();
    let about = sweep_about(&["a.b"], &[&["1s"]], "product");
    let draw = |bars| {
        let target =
            Target { metric: metric.to_string(), kind: "fleet".into(), name: "fleet".into() };
        let (base, left_out) = (base.clone(), Vec::new());
        let about_it = About { target, base, replications: (6, 9), points: 3, left_out };
        let found = Tornado { about: about_it, bars, method: "by hand" };
        let chart = sensitivity_charts(&about, &Findings::Tornado(found)).remove(0);
        check(&chart, "a sweep of <b>");
        chart.svg
    };
    let arrow = |svg: &str| svg.matches("<path").count() + svg.matches("<polygon").count();
    let sure = draw(vec![bar("a.b", 60.0, Some((40.0, 80.0)))]);
    assert!(!sure.contains("may be chance") && sure.contains("interval of 95 %"));
    assert!(sure.contains("3 points of n = 6 to 9 replications"));
    let doubtful = bar("a.c", 50.0, Some((-500.0, 600.0)));
    let both = draw(vec![bar("a.b", 60.0, Some((40.0, 80.0))), doubtful]);
    assert!(both.contains("paler: may be chance") && both.contains("0.35"));
    assert!(arrow(&both) > arrow(&sure), "both ends of an interval are cut");
    let open = draw(vec![bar("a.b", 60.0, None)]);
    assert!(!open.contains("interval of 95 %") && open.contains("is not known: by hand"));
}

#[test]
fn labels_of_panels_that_stand_side_by_side_stay_apart() {
    let axes =
        ["standby.detection", "fault.zone_outage.share", "servers.+SUM(A1).high_availability"];
    let points: &[&[&str]] = &[
        &["5s", "15.2838%", "zone-redundant"],
        &["60s", "81.7624%", "none"],
        &["15.1234s", "38.2664%", "none"],
    ];
    for chart in swept(&axes, points, "latin-hypercube") {
        check(&chart, "a sweep of <b>");
    }
}

#[test]
fn cells_of_different_colours_say_different_things() {
    let axes = ["standby.detection", "fault.gateway_outage.lasts.exponential.mean"];
    let points: &[&[&str]] =
        &[&["10s", "60m"], &["10s", "60.4m"], &["11s", "60m"], &["11s", "60.4m"]];
    let charts = swept(&axes, points, "product");
    let map = charts.iter().find(|c| c.name == "sweep-map-recovery").expect("a map");
    check(map, "a sweep of <b>");
    let document = Document::parse(&map.svg).unwrap();
    // Values of cells stand in the middle, those of the scale at its side.
    let says = |middle: bool| -> Vec<&str> {
        let texts = document.descendants().filter(|n| n.has_tag_name("text"));
        let texts =
            texts.filter(|n| n.has_attribute("text-anchor") == middle).filter_map(|n| n.text());
        let mut texts: Vec<&str> =
            texts.filter(|t| t.ends_with(" h") && !t.contains('–')).collect();
        texts.sort_unstable();
        texts.dedup();
        texts
    };
    assert!(says(true).len() >= 2, "{:?}", says(true));
    assert_eq!(says(false).len(), 5, "{:?}", says(false));
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

#[test]
fn any_number_of_threads_draws_the_same_bytes() {
    assert!(drawn(HOSTILE, 1) == drawn(HOSTILE, 2));
}

#[test]
fn a_fleet_to_which_nothing_happens_has_no_empty_chart() {
    let quiet = "name = 'quiet'\nduration = '30d'\n[replications]\ncount = 2\n[[region]]\nname = 'r'\n\
                 [[servers]]\ngroup = 'g'\ncount = 3\n";
    let charts = drawn(quiet, 1);
    let names: Vec<&str> = charts.iter().map(|c| c.name.as_str()).collect();
    for chart in &charts {
        check(chart, "quiet");
    }
    assert!(!names.contains(&"recovery") && !names.contains(&"causes"), "{names:?}");
}

#[test]
fn a_png_has_the_size_of_the_picture() {
    let charts = drawn(HOSTILE, 1);
    for chart in &charts {
        let bytes = chart.png().unwrap();
        assert!(bytes == chart.png().unwrap(), "{}: the same bytes", chart.name);
        let mut reader = ::png::Decoder::new(&bytes[..]).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (1600, 900));
        assert_eq!(&pixels[..3], [255, 255, 255], "the page is white");
        let dark = pixels.chunks_exact(3).filter(|p| p.iter().all(|c| *c < 80)).count();
        assert!(dark > 3_000, "{}: text is drawn ({dark})", chart.name);
    }
}

#[test]
fn a_file_brings_its_typeface() {
    let charts = drawn(HOSTILE, 1);
    let file = charts[0].file();
    assert!(Document::parse(&file).is_ok());
    assert_eq!(file.matches("@font-face").count(), 2);
    assert!(!file.contains("http://") || file.matches("http").count() == 1, "nothing is loaded");
    assert!(style_sheet().len() < 40_000);
}
