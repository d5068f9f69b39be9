//! Charts of sweeps and of sensitivity: the one that fits the axes, and what it says.

use super::*;

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
