//! Sweeps as a user meets them: tables, mistakes, resuming, the same bytes for any threads.

use super::root;
use assert_cmd::Command;
use std::path::Path;

pub fn fleetsim() -> Command {
    let mut command = Command::cargo_bin("fleetsim").expect("the binary is built");
    command.current_dir(root()).env("NO_COLOR", "1");
    command
}

/// A small scenario and a sweep file of it.
pub fn write_sweep(folder: &Path, sweep: &str) {
    let scenario = "name = \"tiny\"\nprofile = \"azure-flexible-2026\"\nseed = 3\nduration = \"90d\"\n\
        [replications]\ncount = 6\n[[region]]\nname = \"r\"\n\
        [[servers]]\ngroup = \"a\"\ncount = 12\nregion = \"r\"\nsku = \"Standard_D4ds_v5\"\n\
        high_availability = \"zone-redundant\"\n\
        [[servers]]\ngroup = \"b\"\ncount = 5\nregion = \"r\"\nsku = \"Standard_D4ds_v5\"\n";
    std::fs::write(folder.join("tiny.toml"), scenario).expect("can be written");
    std::fs::write(folder.join("s.toml"), sweep).expect("can be written");
}

const GRID: &str = "scenario = \"tiny.toml\"\n\
    [[axis]]\nkey = \"standby.detection\"\nvalues = [\"10s\", \"60s\"]\n\
    [[axis]]\nkey = \"servers.b.count\"\nfrom = 2\nto = 6\nsteps = 3\n";

/// All files below a folder, without those that may differ.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fn collect(folder: &Path, above: &str, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).expect("the results are there") {
            let path = entry.expect("readable").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                collect(&path, &format!("{above}{name}/"), found);
            } else if name != "timing.json" {
                found.push((format!("{above}{name}"), std::fs::read(&path).expect("readable")));
            }
        }
    }
    let mut found = Vec::new();
    collect(folder, "", &mut found);
    found.sort();
    found
}

fn sweep(folder: &Path, out: &str, more: &[&str]) -> Command {
    let mut command = fleetsim();
    command.current_dir(folder).args(["sweep", "s.toml", "--out", out]).args(more);
    command
}

#[test]
fn threads_change_no_byte_of_a_sweep() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sweep(folder.path(), GRID);
    for threads in ["1", "2", "7"] {
        sweep(folder.path(), threads, &["--points", "--threads", threads]).assert().success();
    }
    let one = files(&folder.path().join("1"));
    assert!(one == files(&folder.path().join("2")) && one == files(&folder.path().join("7")));
    assert!(one.iter().any(|f| f.0 == "point=0006/incidents.csv"), "{:?}", one.len());
    for chart in ["charts/sweep-map-availability.png", "charts/sweep-map-recovery.svg"] {
        assert!(one.iter().any(|f| f.0 == chart), "{chart}");
    }
    let table = &one.iter().find(|f| f.0 == "sweep.csv").expect("the table").1;
    let table = String::from_utf8_lossy(table);
    let head = "point,standby.detection,servers.b.count,scope,name,metric,value,";
    assert!(table.starts_with(head), "{}", &table[..200]);
    assert!(table.contains("\n6,60s,6,group,b,availability,0.99"), "{table}");
    // A point of a sweep is the very run that its manifest names.
    let run = ["run", "tiny.toml", "--set", "standby.detection=60s", "--set", "servers.b.count=6"];
    fleetsim().current_dir(folder.path()).args(run).args(["--out", "alone"]).assert().success();
    let point: Vec<_> =
        one.iter().filter_map(|(n, b)| Some((n.strip_prefix("point=0006/")?, b))).collect();
    // The page of a sweep is one for all points.
    let alone = files(&folder.path().join("alone"));
    let alone = alone.iter().filter(|f| f.0 != "report.html");
    assert!(point.iter().any(|p| p.0 == "charts/availability.png"), "a point has charts");
    assert_eq!(alone.clone().count(), point.len());
    for ((name, bytes), (own, point)) in alone.zip(point) {
        assert_eq!(name, own);
        assert!(name == "manifest.json" || bytes == point, "{name}");
    }
}

#[test]
fn a_killed_sweep_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, GRID);
    sweep(at, "whole", &[]).assert().success();
    // Killed outright once some points are kept.
    let binary = assert_cmd::cargo::cargo_bin("fleetsim");
    let long = ["--replications", "400", "--quiet", "--threads", "1"];
    let mut child = std::process::Command::new(binary)
        .current_dir(at)
        .args(["sweep", "s.toml", "--out", "long"])
        .args(long)
        .spawn()
        .expect("the binary runs");
    let part = at.join(".long.part");
    let records = || {
        let Ok(entries) = std::fs::read_dir(&part) else { return 0 };
        entries
            .flatten()
            .filter(|e| e.file_name().to_string_lossy().starts_with("record-0"))
            .count()
    };
    while records() < 2 && child.try_wait().expect("can be asked").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    assert!(!at.join("long").exists());
    // What a machine that loses power may leave, and what nobody should believe.
    let whole = std::fs::read(part.join("record-000001.json")).expect("a record");
    std::fs::write(part.join("record-000001.json"), &whole[..whole.len() / 2]).expect("cut");
    std::fs::write(part.join("record-000004.json.tmp"), "{").expect("half");
    sweep(at, "long", &long).assert().code(1);
    let other = sweep(at, "long", &["--resume", "--seed", "9"]).assert().code(3);
    let said = String::from_utf8_lossy(&other.get_output().stderr).into_owned();
    assert!(said.contains("options or files differ") && said.contains("--seed 9"), "{said}");
    assert!(said.contains("it was begun by: fleetsim sweep s.toml --replications 400"), "{said}");
    sweep(at, "long", &long).arg("--resume").assert().success();
    assert!(!part.exists());
    sweep(at, "again", &long).assert().success();
    assert!(files(&at.join("long")) == files(&at.join("again")));
    // Nothing to resume is no mistake.
    sweep(at, "fresh", &["--resume"]).assert().success();
    assert!(files(&at.join("fresh")) == files(&at.join("whole")));
}

#[test]
fn a_sweep_that_is_killed_at_any_moment_again_and_again_ends_in_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, GRID);
    let how = ["--replications", "30", "--points", "--no-charts", "--quiet"];
    let started = std::time::Instant::now();
    sweep(at, "whole", &how).assert().success();
    let length = started.elapsed();
    let whole = files(&at.join("whole"));
    let binary = assert_cmd::cargo::cargo_bin("fleetsim");
    let (mut kills, mut found_whole) = (0, false);
    for round in 1..200u32 {
        let mut child = std::process::Command::new(&binary)
            .current_dir(at)
            .args(["sweep", "s.toml", "--out", "again", "--resume"])
            .args(how)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the binary runs");
        // Moments spread over all of the work, later ones too: each round goes on where it was.
        let until = length * (round * 37 % 100) / 90;
        let begun = std::time::Instant::now();
        while begun.elapsed() < until && child.try_wait().expect("can be asked").is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let ended = child.try_wait().expect("can be asked");
        if ended.is_none() {
            child.kill().expect("it is killed");
            kills += 1;
        }
        let said = child.wait_with_output().expect("it ends").stderr;
        // Whatever is there under its name is whole.
        found_whole = at.join("again").exists();
        let said = String::from_utf8_lossy(&said);
        assert!(ended.is_none_or(|e| e.success()), "it fails after {kills} kills: {said}");
        assert!(!found_whole || files(&at.join("again")) == whole, "half after {kills} kills");
        if found_whole && kills >= 10 {
            break;
        }
        if found_whole {
            std::fs::remove_dir_all(at.join("again")).expect("can be removed");
        }
    }
    assert!(found_whole && kills >= 10, "{kills} kills");
    let left = std::fs::read_dir(at).expect("readable").flatten();
    let left: Vec<_> = left.map(|e| e.file_name()).collect();
    println!("{kills} kills; left behind: {left:?}");
}

/// Interrupts a sweep so often: how it ended, and what it said.
fn interrupted(at: &Path, replications: &str, times: usize) -> (Option<i32>, String) {
    let child = std::process::Command::new(assert_cmd::cargo::cargo_bin("fleetsim"))
        .current_dir(at)
        .args(["sweep", "s.toml", "--out", "x", "--threads", "2", "--replications", replications])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    for _ in 0..times {
        std::thread::sleep(std::time::Duration::from_millis(700));
        let id = child.id().to_string();
        let kill = std::process::Command::new("kill").args(["-INT", &id]).status();
        assert!(kill.expect("kill").success());
    }
    let out = child.wait_with_output().expect("it ends");
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

#[test]
fn an_interrupted_sweep_finishes_the_points_in_flight_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sweep(folder.path(), GRID);
    let (code, said) = interrupted(folder.path(), "6000", 1);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("of 6 points are kept") && said.contains("--resume"), "{said}");
    assert!(!said.contains("0 of 6 points") && !said.contains("6 of 6 points"), "{said}");
    assert!(!folder.path().join("x").exists());
}

/// Folders of points take longer than their play.
#[test]
fn a_sweep_that_is_interrupted_while_it_writes_stops_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, GRID);
    let how = ["sweep", "s.toml", "--points", "--out", "x", "--replications", "2"];
    let child = std::process::Command::new(assert_cmd::cargo::cargo_bin("fleetsim"))
        .current_dir(at)
        .args(how)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let half_written = || {
        let entries = std::fs::read_dir(at).expect("readable").flatten();
        entries.filter(|e| e.file_name().to_string_lossy().starts_with(".fleetsim-")).count()
    };
    let begun = std::time::Instant::now();
    while half_written() == 0 && begun.elapsed().as_secs() < 100 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
    let out = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(130), "{said}");
    assert!(said.contains("6 of 6 points are kept") && said.contains("--resume"), "{said}");
    assert!(!at.join("x").exists() && half_written() == 0);
    fleetsim().current_dir(at).args(how).arg("--resume").assert().success();
    assert!(at.join("x/manifest.json").exists());
}

#[test]
fn a_sweep_that_is_interrupted_twice_stops_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sweep(folder.path(), GRID);
    let (code, said) = interrupted(folder.path(), "10000000", 2);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("once more") && said.contains("0 of 6 points are kept"), "{said}");
    assert!(!folder.path().join("x").exists());
}

#[test]
fn all_mistakes_of_a_sweep_file_are_told_at_once_with_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = |sweep_file: &str, words: &[&str]| {
        write_sweep(folder.path(), sweep_file);
        let out = sweep(folder.path(), "x", &[]).assert().code(3);
        let said = String::from_utf8_lossy(&out.get_output().stderr).into_owned();
        for word in words {
            assert!(said.contains(word), "{word} is missing in\n{said}");
        }
        assert!(!folder.path().join("x").exists() && !folder.path().join(".x.part").exists());
    };
    wrong(
        "scenario = \"tiny.toml\"\ndesing = \"zip\"\n[[axis]]\nkey = \"standby.detection\"\n\
         from = \"5s\"\nto = \"10%\"\nsteps = 1\n[[axis]]\nkye = \"seed\"\nvalues = []\n",
        &["did you mean `design`", "did you mean `key`", "s.toml:7", "axis.steps", "axis.key"],
    );
    wrong(
        "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"standby.detection\"\n\
         values = [\"5s\", \"soon\", 45]\n[[axis]]\nkey = \"standby.detectoin\"\nvalues = [\"5s\"]\n",
        &[
            "s.toml:4:17",
            "s.toml:4:25",
            "\"soon\"",
            "did you mean `detection`",
            "s.toml:6:7",
            "3 mistakes",
        ],
    );
    wrong(
        "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"region.r.zones\"\nvalues = [2, 3]\n\
         [[axis]]\nkey = \"servers.a.zone\"\nvalues = [1, 3]\n",
        &["point 2 is not valid: region.r.zones = 2, servers.a.zone = 3"],
    );
    let scenario = std::fs::read_to_string(folder.path().join("tiny.toml")).expect("text");
    wrong(&scenario, &["found a scenario", "sweep --tornado", "1 mistake"]);
    wrong("scenario = \"none.toml\"\n[[axis]]\nkey = \"seed\"\nvalues = [1]\n", &["none.toml"]);
    wrong("scenario = \"tiny.toml\"\ndesign = \"sobol\"\n", &["points", "axis", "2 mistakes"]);
    wrong(
        "scenario = \"tiny.toml\"\ndesign = \"zip\"\n[[axis]]\nkey = \"seed\"\nvalues = [1, 2]\n\
         [[axis]]\nkey = \"servers.a.count\"\nvalues = [1]\n",
        &["1 values", "2 values", "servers.a.count"],
    );
}

#[test]
fn designs_have_the_points_that_they_promise() {
    let folder = tempfile::tempdir().expect("a folder");
    let axes = "[[axis]]\nkey = \"standby.detection\"\nfrom = \"1s\"\nto = \"100s\"\nSTEPS\nscale = \"log\"\n\
                [[axis]]\nkey = \"servers.a.high_availability\"\nvalues = [\"none\", \"zone-redundant\"]\n";
    let cases = [
        ("product", "steps = 3", "", 6, "[\"1s\", \"10s\", \"1.67m\"]"),
        ("sobol", "", "points = 8", 8, ""),
        ("latin-hypercube", "", "points = 5", 5, ""),
        ("zip", "steps = 2", "", 2, ""),
    ];
    for (design, steps, points, count, _) in cases {
        let text = format!("scenario = \"tiny.toml\"\ndesign = \"{design}\"\n{points}\n{axes}");
        write_sweep(folder.path(), &text.replace("STEPS", steps));
        let out =
            sweep(folder.path(), design, &["--replications", "2", "--json"]).assert().success();
        let manifest: serde_json::Value =
            serde_json::from_slice(&out.get_output().stdout).expect("the manifest");
        let points = manifest["points"].as_array().expect("points");
        assert_eq!(points.len(), count, "{design}");
        let detection = |i: usize| points[i]["values"]["standby.detection"].as_str().expect("text");
        match design {
            "product" => {
                assert_eq!([detection(0), detection(2), detection(4)], ["1s", "10s", "100s"])
            }
            "zip" => assert_eq!([detection(0), detection(1)], ["1s", "100s"]),
            "sobol" => assert_eq!([detection(0), detection(1)], ["1s", "10s"]),
            _ => {}
        }
    }
}

#[test]
fn mistakes_of_keys_do_not_hide_those_of_values_or_of_the_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sweep(
        folder.path(),
        "scenario = \"tiny.toml\"\ndesgn = \"zip\"\n\
         [[axis]]\nkey = \"standby.detektion\"\nvalues = [\"10s\"]\n\
         [[axis]]\nkey = \"servers.b.count\"\nvalues = [2, -1]\nstps = 3\n\
         [[axis]]\nkey = \"standby.detection\"\nvalues = [10s, \"x\"]\n",
    );
    let done = sweep(folder.path(), "never", &[]).assert().code(3);
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    for word in
        ["`desgn`", "standby.detektion", "found -1", "axis.stps", "`axis.3.values`", "found \"x\""]
    {
        assert!(said.contains(word), "{word} is missing in\n{said}");
    }
    // Those of its scenario too.
    let text = std::fs::read_to_string(folder.path().join("tiny.toml")).expect("readable");
    let text = text.replace("count = 12", "count = 0").replace("seed = 3", "seed = -3");
    std::fs::write(folder.path().join("tiny.toml"), text).expect("written");
    let done = sweep(folder.path(), "never", &[]).assert().code(3);
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    for word in ["s.toml:2", "tiny.toml:3", "tiny.toml:11", "`desgn`", "found -3"] {
        assert!(said.contains(word), "{word} is missing in\n{said}");
    }
}
