//! Sensitivity as a user meets it: the planted parameter, known indices, pairing, resuming, shards.

use super::root;
use super::sweep::{files, fleetsim, write_sweep};
use fleetsim::scenario::SweepFile;
use std::collections::BTreeMap;
use std::path::Path;

/// Rows of a table by column.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("the table is there");
    let head = reader.headers().expect("a header").clone();
    let row = |r: csv::StringRecord| {
        head.iter().zip(&r).map(|(a, b)| (a.to_string(), b.to_string())).collect()
    };
    reader.records().map(|r| row(r.expect("a row"))).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

fn run(folder: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    fleetsim().current_dir(folder).args(args).assert()
}

/// Crashes alone, so that the answer is known: downtime is the rate times the length of a restart.
fn planted(folder: &Path) {
    let scenario = "name = \"planted\"\nprofile = \"azure-flexible-2026\"\nseed = 5\n\
        faults = \"listed\"\nmaintenance = \"off\"\n\
        [replications]\ncount = 40\nenvironment = \"natural\"\n[[region]]\nname = \"r\"\n\
        [[servers]]\ngroup = \"a\"\ncount = 60\nregion = \"r\"\nsku = \"Standard_D4ds_v5\"\n\
        wal_rate = \"0MB/s\"\n[fault.process_crash]\n";
    std::fs::write(folder.join("planted.toml"), scenario).expect("can be written");
}

#[test]
fn the_tornado_finds_the_planted_parameter() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    planted(at);
    let out = run(at, &["sweep", "planted.toml", "--tornado", "--out", "t"]).success();
    let said = String::from_utf8_lossy(&out.get_output().stdout).into_owned();
    let found = rows(&at.join("t/tornado.csv"));
    let first = &found[0];
    // From 0.5 a year to 0.2 and to 4: the profile's range, and by far the widest swing here.
    assert_eq!(first["parameter"], "fault.process_crash.rate", "{said}");
    assert_eq!((&*first["low"], &*first["base"], &*first["high"]), ("0.2/y", "0.5/y", "4/y"));
    assert_eq!(
        (&*first["origin"], &*first["set_high"]),
        ("assumed", "fault.process_crash.rate=4/y")
    );
    let base = number(first, "value_base");
    let about = |x: f64, y: f64| (x / y - 1.0).abs() < 0.15;
    assert!(about(number(first, "value_low") / base, 0.4), "{first:?}");
    assert!(about(number(first, "value_high") / base, 8.0), "{first:?}");
    assert!(number(first, "swing_ci_low") > 0.0);
    // A law is scaled as a whole: two restarts in three decide most of the downtime.
    let restart =
        found.iter().find(|r| r["parameter"] == "compute.process_restart").expect("moved");
    assert_eq!(restart["low"], "20s");
    assert!(restart["set_low"].contains("\"80s\"") || restart["set_low"].contains("\"1.33"));
    assert!(number(restart, "difference_low_ci_high") < 0.0, "{restart:?}");
    assert!(number(restart, "difference_high_ci_low") > 0.0, "{restart:?}");
    // The same strikes: what has no part in it changes nothing at all.
    let idle = found.iter().find(|r| r["parameter"] == "storage.rebuild").expect("moved");
    assert_eq!((number(idle, "swing"), number(idle, "swing_std_error")), (0.0, 0.0));
    assert!(found.iter().all(|r| !r["parameter"].starts_with("standby.")), "there is no standby");
    assert!(found.iter().all(|r| !r["parameter"].starts_with("fault.vm_crash")), "it is off");
    assert!(said.contains("rests above all on fault.process_crash.rate (assumed)"), "{said}");
    assert!(!said.contains("point 1"), "{said}");
}

/// Also where several groups and regions share a parameter.
#[test]
fn the_option_takes_every_end_of_the_tornado() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    planted(at);
    let group = |name: &str, region: &str| {
        format!(
            "[[servers]]\ngroup = \"{name}\"\ncount = 2\nregion = \"{region}\"\nsku = \"Standard_D4ds_v5\"\n"
        )
    };
    let path = at.join("planted.toml");
    let text = std::fs::read_to_string(&path).expect("text");
    let text = text.replace("count = 40", "count = 2") + "[[region]]\nname = \"s\"\n";
    let text = text.replace("wal_rate = \"0MB/s\"\n", "");
    let text = text + &group("it's b", "s") + &group("c", "r");
    std::fs::write(&path, text).expect("written");
    run(at, &["sweep", "planted.toml", "--tornado", "--out", "t"]).success();
    let source = fleetsim::scenario::Source::read(&path).expect("valid");
    let mut several = 0;
    for row in rows(&at.join("t/tornado.csv")) {
        for end in [&row["set_low"], &row["set_high"]].into_iter().filter(|end| !end.is_empty()) {
            let changes = fleetsim::scenario::Override::all(end).expect(end);
            several += usize::from(changes.len() > 1);
            assert!(changes.len() == end.matches("; ").count() + 1, "{end}");
            source.scenario(&changes).unwrap_or_else(|said| panic!("{end}: {said}"));
        }
    }
    assert!(several > 0);
}

#[test]
fn a_difference_of_the_tornado_is_the_one_of_compare() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    planted(at);
    let text = std::fs::read_to_string(at.join("planted.toml")).expect("text");
    std::fs::write(at.join("b.toml"), text.clone() + "rate = \"4/y\"\n").expect("written");
    for metric in ["unavailability", "mtbf", "recovery_time_p95 of a"] {
        let args = ["sweep", "planted.toml", "--tornado", "--metric", metric, "--out", "t"];
        run(at, &args).success();
        run(at, &["compare", "planted.toml", "b.toml", "--out", "c"]).success();
        let tornado = rows(&at.join("t/tornado.csv"));
        let moved = tornado.iter().find(|r| r["parameter"] == "fault.process_crash.rate");
        let moved = moved.expect("moved");
        let (name, scope) = metric.split_once(" of ").unwrap_or((metric, "fleet"));
        let compared = rows(&at.join("c/compare.csv"));
        let compared = compared
            .iter()
            .find(|r| r["metric"] == name && r["name"] == scope)
            .unwrap_or_else(|| panic!("{metric} is compared"));
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
        assert!(near(number(moved, "difference_high"), number(compared, "difference")), "{metric}");
        if name.starts_with("recovery_time_p95") {
            assert!(moved["method"].contains("as if independent"), "{moved:?}");
        }
        for (mine, theirs) in
            [("difference_high_ci_low", "ci_low"), ("difference_high_ci_high", "ci_high")]
        {
            assert!(near(number(moved, mine), number(compared, theirs)), "{metric} {mine}");
        }
    }
}

/// One restart in forty is cut after ten seconds: the mean leaves it out, and its ends allow for it.
#[test]
fn a_difference_of_the_tornado_allows_for_what_is_cut_as_that_of_compare() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    planted(at);
    let text = std::fs::read_to_string(at.join("planted.toml")).expect("text");
    let text =
        text.replace("seed = 5\n", "seed = 5\nstart = 2026-01-01T00:00:00Z\nduration = \"30d\"\n");
    let cut = "[[inject]]\nat = 2026-01-30T23:59:50Z\nfault = \"process_crash\"\ngroup = \"a\"\nserver = 1\n";
    for (file, rate) in [("cut.toml", "9/y"), ("b.toml", "18/y")] {
        let text = format!("{text}rate = \"{rate}\"\n{cut}");
        std::fs::write(at.join(file), text).expect("written");
    }
    let axes = "scenario = \"cut.toml\"\n\
        [[axis]]\nkey = \"fault.process_crash.rate\"\nvalues = [\"9/y\", \"18/y\"]\n";
    std::fs::write(at.join("axes.toml"), axes).expect("written");
    let args = ["sweep", "axes.toml", "--tornado", "--metric", "recovery_time_mean", "--out", "t"];
    run(at, &args).success();
    run(at, &["compare", "cut.toml", "b.toml", "--out", "c"]).success();
    let (tornado, compared) = (rows(&at.join("t/tornado.csv")), rows(&at.join("c/compare.csv")));
    let is =
        |r: &&BTreeMap<String, String>| r["metric"] == "recovery_time_mean" && r["name"] == "fleet";
    let compared = compared.iter().find(is).expect("compared");
    assert!(compared["method"].contains("the ends allow for what is cut"), "{compared:?}");
    for end in ["", "_ci_low", "_ci_high"] {
        let theirs = number(compared, if end.is_empty() { "difference" } else { &end[1..] });
        for mine in ["difference_high", "swing"] {
            let mine = number(&tornado[0], &format!("{mine}{end}"));
            assert!((mine - theirs).abs() <= 1e-6 * theirs.abs(), "{end}: {mine}, not {theirs}");
        }
    }
}

#[test]
fn what_has_no_interval_is_told_and_so_is_a_number_of_replications_that_moves() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    planted(at);
    let axes = "scenario = \"planted.toml\"\n\
        [[axis]]\nkey = \"fault.process_crash.rate\"\nfrom = \"2/y\"\nto = \"10/y\"\n\
        [[axis]]\nkey = \"replications.count\"\nvalues = [10, 12]\n";
    std::fs::write(at.join("axes.toml"), axes).expect("written");
    let args = ["sweep", "axes.toml", "--tornado", "--metric", "recovery_time_max", "--out", "t"];
    let out = run(at, &[&args[..], &["--set", "replications.count=10"]].concat()).success();
    let said = String::from_utf8_lossy(&out.get_output().stdout).into_owned();
    assert!(said.contains("points of 10 to 12 replications"), "{said}");
    assert!(said.contains("In what was played it differs most with"), "{said}");
    let found = rows(&at.join("t/tornado.csv"));
    assert!(found.iter().all(|r| r["replications"] == "10"), "{found:?}");
    assert_eq!(found[0]["method"], "difference of two estimates; no interval");
    let page = std::fs::read_to_string(at.join("t/report.html")).expect("a page");
    assert!(page.contains(">no interval</span>"), "the page says so too");
    let manifest = std::fs::read_to_string(at.join("t/manifest.json")).expect("a manifest");
    assert!(manifest.contains("\"most_replications\": 12"), "{manifest}");
}

/// A product of two independent parameters has indices in closed form.
#[test]
fn indices_of_a_product_are_those_of_its_closed_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    planted(at);
    let axes = "scenario = \"planted.toml\"\n\
        [[axis]]\nkey = \"fault.process_crash.rate\"\nfrom = \"2/y\"\nto = \"10/y\"\n\
        [[axis]]\nkey = \"compute.process_restart\"\nfrom = \"60s\"\nto = \"120s\"\n\
        [[axis]]\nkey = \"storage.rebuild\"\nfrom = \"1h\"\nto = \"5h\"\n";
    std::fs::write(at.join("axes.toml"), axes).expect("written");
    let sure = ["--set", "compute.restart_success=100%"];
    let short = ["--set", "compute.long_transaction.probability=0%", "--replications", "20"];
    let args = ["sweep", "axes.toml", "--sobol-indices", "--rows", "64", "--out", "s"];
    let out = run(at, &[&args[..], &sure, &short].concat()).success();
    let said = String::from_utf8_lossy(&out.get_output().stdout).into_owned();
    // Uniform on (a, b): E[X] = (a + b) / 2, E[X^2] = (a^2 + ab + b^2) / 3.
    let mean = |a: f64, b: f64| (a + b) / 2.0;
    let square = |a: f64, b: f64| (a * a + a * b + b * b) / 3.0;
    let ((m, s), (n, t)) =
        ((mean(2.0, 10.0), square(2.0, 10.0)), (mean(60.0, 120.0), square(60.0, 120.0)));
    let all = s * t - m * m * n * n;
    let (x, y) = ((s - m * m) * n * n / all, m * m * (t - n * n) / all);
    let expected = [
        ("fault.process_crash.rate", x, 1.0 - y),
        ("compute.process_restart", y, 1.0 - x),
        ("storage.rebuild", 0.0, 0.0),
    ];
    let found = rows(&at.join("s/sobol-indices.csv"));
    for (row, (parameter, first, total)) in found.iter().zip(expected) {
        assert_eq!(row["parameter"], parameter, "{said}");
        assert!((number(row, "first_order") - first).abs() < 0.06, "{first} {row:?}");
        assert!((number(row, "total") - total).abs() < 0.06, "{total} {row:?}");
        assert!(
            number(row, "total_ci_low") <= total + 1e-9
                && total <= number(row, "total_ci_high") + 1e-9
        );
    }
    let points = rows(&at.join("s/points.csv"));
    assert_eq!(points.len(), 1 + 64 * 5);
    assert_eq!(points[0]["fault.process_crash.rate"], "");
    assert!(number(&points[1], "value") > 0.0);
}

/// Two parameters of a small scenario with everything in it.
const AXES: &str = "scenario = \"tiny.toml\"\n\
    [[axis]]\nkey = \"standby.detection\"\nfrom = \"5s\"\nto = \"60s\"\n\
    [[axis]]\nkey = \"fault.zone_outage.rate\"\nfrom = \"0.1/y\"\nto = \"2/y\"\n\
    [[axis]]\nkey = \"servers.b.high_availability\"\nvalues = [\"none\", \"same-zone\"]\n";

#[test]
fn threads_and_shards_change_no_byte_of_an_analysis() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, AXES);
    for (kind, more) in [
        ("--tornado", &[][..]),
        ("--morris", &["--trajectories", "3"]),
        ("--sobol-indices", &["--rows", "4"]),
    ] {
        let call = |out: &str, last: &[&str]| {
            let args =
                [&["sweep", "s.toml", kind, "--out", out, "--force"][..], more, last].concat();
            run(at, &args).success();
        };
        call("one", &["--threads", "1"]);
        call("two", &["--threads", "3"]);
        let one = files(&at.join("one"));
        assert!(one == files(&at.join("two")), "{kind}");
        for i in ["1/2", "2/2"] {
            call("x", &["--shard", i]);
        }
        let parts = ["x.part-2-of-2.json", "x.part-1-of-2.json"];
        run(at, &[&["merge", "--out", "merged", "--force"][..], &parts].concat()).success();
        assert!(one == files(&at.join("merged")), "{kind}");
    }
}

#[test]
fn a_killed_analysis_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, AXES);
    for (kind, more) in [("--tornado", &[][..]), ("--morris", &["--trajectories", "4"])] {
        let out = kind.trim_start_matches('-');
        let long = ["--replications", "200", "--quiet", "--threads", "1"];
        let args = [&["sweep", "s.toml", kind, "--out", out][..], more, &long].concat();
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("fleetsim"))
            .current_dir(at)
            .args(&args)
            .spawn()
            .expect("the binary runs");
        let part = at.join(format!(".{out}.part"));
        while !part.join("record-000002.json").exists()
            && child.try_wait().expect("can be asked").is_none()
        {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        assert!(!at.join(out).exists() && part.exists(), "{kind} was killed in the middle");
        run(at, &[&args[..], &["--resume", "--metric", "availability"]].concat()).code(3);
        run(at, &[&args[..], &["--resume"]].concat()).success();
        let whole =
            [&["sweep", "s.toml", kind, "--out", "whole", "--force"][..], more, &long].concat();
        run(at, &whole).success();
        assert!(files(&at.join(out)) == files(&at.join("whole")), "{kind}");
    }
}

#[test]
fn what_cannot_be_analysed_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, AXES);
    let said = |args: &[&str], code: i32| {
        let out = run(at, &[&["sweep"][..], args].concat()).code(code);
        String::from_utf8_lossy(&out.get_output().stderr).into_owned()
    };
    let text = said(&["s.toml", "--tornado", "--metric", "unavailabilty"], 2);
    assert!(text.contains("did you mean `unavailability`"), "{text}");
    let text = said(&["s.toml", "--tornado", "--metric", "peak_failovers of a"], 2);
    assert!(text.contains("which has none"), "{text}");
    said(&["s.toml", "--tornado", "--morris"], 2);
    said(&["s.toml", "--tornado", "--points"], 2);
    said(&["s.toml", "--trajectories", "5"], 2);
    for of_another in [
        ["--tornado", "--trajectories", "5"],
        ["--tornado", "--rows", "8"],
        ["--morris", "--rows", "8"],
        ["--sobol-indices", "--trajectories", "5"],
    ] {
        let text = said(&[&["s.toml"][..], &of_another].concat(), 2);
        assert!(text.contains("cannot be used with"), "{text}");
    }
    let bare = "name = \"bare\"\n[[region]]\nname = \"r\"\n[[servers]]\ngroup = \"a\"\ncount = 1\n";
    std::fs::write(at.join("bare.toml"), bare).expect("written");
    let text = said(&["bare.toml", "--tornado"], 3);
    assert!(text.contains("nothing can be moved"), "{text}");
    let text = said(
        &[
            "tiny.toml",
            "--morris",
            "--set",
            "replications={ precision = { metric = \"unavailability\", \
           relative_half_width = \"20%\" } }",
        ],
        3,
    );
    assert!(text.contains("--replications"), "{text}");
    assert!(!at.join("results").exists());
}

#[test]
fn a_shipped_scenario_can_be_screened_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = root().join("scenarios/first-fleet.toml");
    let scenario = scenario.to_str().expect("a path that is text");
    let short = ["--set", "duration=10d", "--replications", "2", "--trajectories", "2"];
    let args = ["sweep", scenario, "--morris", "--no-charts", "--out", "m"];
    run(folder.path(), &[&args[..], &short].concat()).success();
    let found = rows(&folder.path().join("m/morris.csv"));
    assert!(found.iter().filter(|r| !r["rank"].is_empty()).count() > 90, "{}", found.len());
    // Racks and halls move apart from each other: what does not suit the others stays, and says why.
    let racks = found.iter().find(|r| r["parameter"] == "region.racks").expect("it is listed");
    assert!(racks["note"].starts_with("not moved: not valid together with others"), "{racks:?}");
}

#[test]
fn the_ranges_of_the_shipped_study_are_those_of_the_profile() {
    let path = root().join("scenarios/sweeps/assumptions.toml");
    let file = SweepFile::read(&path, &[]).unwrap_or_else(|c| panic!("{}", c.lines()));
    for axis in &file.axes {
        let known = file.base.assumptions.iter().find(|a| a.parameter == axis.key);
        let known = known.unwrap_or_else(|| panic!("{} is assumed", axis.key));
        for (at, text) in [(0.0, &known.low), (1.0, &known.high)] {
            let value = axis.at(at);
            assert!(value.contains(&format!("\"{text}\"")), "{}: {value}, not {text}", axis.key);
        }
    }
}
