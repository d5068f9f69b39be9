//! Shards: merged parts are the very bytes of one machine; what does not belong together is refused.

use super::root;
use super::sweep::{files, fleetsim, write_sweep};
use std::path::{Path, PathBuf};

/// The scenario with everything in it, short, with strata.
fn run(folder: &Path, out: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    let scenario = root().join("scenarios/flexible-fleet.toml");
    let mut command = fleetsim();
    command.current_dir(folder).arg("run").arg(scenario);
    command
        .args(["--set", "duration=60d", "--replications", "35", "--quiet", "--out", out])
        .args(more);
    command.assert()
}

fn parts(folder: &Path, of: usize) -> Vec<PathBuf> {
    // Not in order: merging must not mind.
    (1..=of).rev().map(|i| folder.join(format!("x.part-{i}-of-{of}.json"))).collect()
}

fn merge(folder: &Path, parts: &[PathBuf], out: &str) -> assert_cmd::assert::Assert {
    fleetsim().current_dir(folder).arg("merge").args(parts).args(["--quiet", "--out", out]).assert()
}

#[test]
fn merged_shards_are_the_bytes_of_one_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let code = run(at, "one", &[]).get_output().status.code();
    let one = files(&at.join("one"));
    assert!(one.iter().any(|f| f.0 == "incidents.csv"));
    let manifest = &one.iter().find(|f| f.0 == "manifest.json").expect("the manifest").1;
    assert!(String::from_utf8_lossy(manifest).contains("\"environment\": \"stratified\""));
    for of in [1, 2, 5, 16] {
        for i in 1..=of {
            run(at, "x", &["--shard", &format!("{i}/{of}")]).success();
        }
        let merged = format!("merged-{of}");
        assert_eq!(merge(at, &parts(at, of), &merged).get_output().status.code(), code);
        assert!(one == files(&at.join(merged)), "{of} shards");
    }
    assert!(!at.join("x").exists());
}

#[test]
fn a_merged_drill_has_the_same_chart_of_replication_0() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let drill = |out: &str, more: &[&str]| {
        let mut command = fleetsim();
        command.current_dir(at).arg("run").arg(root().join("scenarios/zone-outage-drill.toml"));
        command
            .args(["--replications", "4", "--quiet", "--out", out])
            .args(more)
            .assert()
            .success();
    };
    drill("one", &[]);
    for i in ["1/2", "2/2"] {
        drill("x", &["--shard", i]);
    }
    merge(at, &parts(at, 2), "merged").success();
    let one = files(&at.join("one"));
    assert!(one.iter().any(|f| f.0 == "charts/drill.svg"));
    assert!(one == files(&at.join("merged")));
}

#[test]
fn a_merged_sweep_is_the_sweep_of_one_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(
        at,
        "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"standby.detection\"\nvalues = [\"10s\", \"60s\"]\n",
    );
    let sweep = |out: &str, more: &[&str]| {
        let mut command = fleetsim();
        command.current_dir(at).args(["sweep", "s.toml", "--points", "--out", out]).args(more);
        command.assert().success();
    };
    sweep("one", &[]);
    for i in ["1/3", "2/3", "3/3"] {
        sweep("x", &["--shard", i, "--resume"]);
    }
    merge(at, &parts(at, 3), "merged").success();
    assert!(files(&at.join("one")) == files(&at.join("merged")));
    let left: Vec<_> = std::fs::read_dir(at).expect("readable").flatten().collect();
    assert!(left.iter().all(|e| !e.file_name().to_string_lossy().starts_with('.')), "{left:?}");
    // Points that are played until they are precise cannot be shared out.
    let text = std::fs::read_to_string(at.join("tiny.toml")).expect("readable");
    let precise =
        "precision = { metric = \"unavailability\", relative_half_width = \"20%\", max = 40 }";
    std::fs::write(at.join("tiny.toml"), text.replace("count = 6", precise)).expect("written");
    for command in [["sweep", "s.toml"], ["run", "tiny.toml"]] {
        let mut call = fleetsim();
        call.current_dir(at).args(command).args(["--shard", "1/2"]).assert().code(2);
    }
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"seed\"\nvalues = [1]\n");
    let part = |out: &str, more: &[&str]| {
        let mut command = fleetsim();
        command.current_dir(at).args(["run", "tiny.toml", "--quiet", "--out", out]).args(more);
        command.assert().success();
    };
    for i in ["1/3", "2/3", "3/3"] {
        part("x", &["--shard", i]);
    }
    part("x", &["--shard", "2/2"]);
    part("y", &["--shard", "3/3", "--seed", "9"]);
    part("z", &["--shard", "3/3", "--replications", "9"]);
    part("w", &["--shard", "3/3", "--set", "standby.detection=1s"]);
    part("v", &["--shard", "3/3", "--no-incidents"]);
    part("u", &["--shard", "3/3", "--incidents"]);
    let file = |name: &str| at.join(name);
    let (one, two, three) =
        (file("x.part-1-of-3.json"), file("x.part-2-of-3.json"), file("x.part-3-of-3.json"));
    let refused = |parts: &[&PathBuf], words: &[&str]| {
        let parts: Vec<PathBuf> = parts.iter().map(|p| (*p).clone()).collect();
        let said = merge(at, &parts, "never").code(3).get_output().stderr.clone();
        let said = String::from_utf8_lossy(&said).into_owned();
        for word in words {
            assert!(said.contains(word), "{word} is missing in\n{said}");
        }
        assert!(!at.join("never").exists());
    };
    refused(&[&one, &three], &["missing", "2/3", "give each part"]);
    refused(&[&at.to_path_buf()], &["it is a folder", "NAME.part-I-of-N.json"]);
    refused(&[&one, &two, &three, &two], &["more than once", "2/3"]);
    refused(&[&one, &file("x.part-2-of-2.json")], &["different divisions"]);
    refused(&[&one, &two, &file("y.part-3-of-3.json")], &["y.part-3", "seed is 9, not 3"]);
    refused(&[&one, &two, &file("z.part-3-of-3.json")], &["number of replications"]);
    refused(&[&one, &two, &file("w.part-3-of-3.json")], &["scenario digest"]);
    for (other, word) in [("v", "with --no-incidents"), ("u", "with --incidents")] {
        let other = file(&format!("{other}.part-3-of-3.json"));
        refused(&[&one, &two, &other], &[".part-3-of-3", word, "with neither", "play one of them"]);
    }
    refused(&[&one, &two, &file("tiny.toml")], &["tiny.toml", "no part", "NAME.part-I-of-N.json"]);
    refused(
        &[&one, &two, &file("nowhere.json")],
        &["nowhere.json", "no such file\n  give the files"],
    );
    let bytes = std::fs::read(&three).expect("readable");
    let cut = file("cut.json");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("can be written");
    refused(&[&one, &two, &cut], &["cut.json", "cut short"]);
    let mut damaged = bytes;
    let at_digit = damaged.iter().rposition(|b| *b == b'0').expect("a digit");
    damaged[at_digit] = b'1';
    std::fs::write(&cut, &damaged).expect("can be written");
    refused(&[&one, &two, &cut], &["damaged"]);
    for option in ["--incidents", "--no-incidents"] {
        let mut call = fleetsim();
        call.current_dir(at).arg("merge").args([&one, &two, &three]);
        let said =
            call.args(["--out", "never", option]).assert().code(2).get_output().stderr.clone();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains("x.part-1-of-3") && said.contains("play the shards anew"), "{said}");
    }
    merge(at, &[three, one, two], "whole").success();
    let wrong = fleetsim().args(["run", "x.toml", "--shard", "4/3"]).assert().code(2);
    assert!(String::from_utf8_lossy(&wrong.get_output().stderr).contains("I/N"));
}
