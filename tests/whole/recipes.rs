//! The README's recipes for several machines, run as they stand there, as far as one machine can.

use super::root;
use super::sweep::{files, fleetsim, write_sweep};
use std::path::Path;
use std::process::Command;

/// The blocks of code in the section about shards, by their language.
fn blocks() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("README.md")).expect("the README is there");
    let section = text.split("\n## Several machines").nth(1).expect("the section is there");
    let section = section.split("\n## ").next().expect("it ends");
    let mut blocks = Vec::new();
    for block in section.split("\n```").collect::<Vec<_>>().chunks(2).filter_map(|c| c.get(1)) {
        let (language, body) = block.split_once('\n').expect("a block has lines");
        blocks.push((language.to_string(), format!("{body}\n")));
    }
    blocks
}

/// The block with some words in it.
fn block(words: &str) -> String {
    let found = blocks().into_iter().find(|b| b.1.contains(words));
    found.unwrap_or_else(|| panic!("the README has no block with {words}")).1
}

/// A folder with a fleet, and what one machine makes of it.
fn fleet() -> (tempfile::TempDir, Vec<(String, Vec<u8>)>) {
    let folder = tempfile::tempdir().expect("a folder");
    write_sweep(folder.path(), "");
    let tiny = std::fs::read_to_string(folder.path().join("tiny.toml")).expect("text");
    let tiny = tiny.replace("count = 6", "count = 40");
    std::fs::write(folder.path().join("fleet.toml"), tiny).expect("written");
    let mut whole = fleetsim();
    whole.current_dir(folder.path()).args(["run", "fleet.toml", "--quiet", "--out", "whole"]);
    whole.assert().success();
    let whole = files(&folder.path().join("whole"));
    (folder, whole)
}

/// Runs a script where `fleetsim` is on the path.
fn bash(folder: &Path, script: &str, variables: &[(&str, String)]) {
    let binary = assert_cmd::cargo::cargo_bin("fleetsim");
    let mut path = binary.parent().expect("a folder").as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    command.current_dir(folder).args(["-euo", "pipefail", "-c", script]).env("PATH", path);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let out = command.output().expect("bash runs");
    assert!(out.status.success(), "{script}\n{}", String::from_utf8_lossy(&out.stderr));
}

/// What follows a word on its line, up to what ends it.
fn after<'t>(text: &'t str, word: &str) -> &'t str {
    let rest = text.split(word).nth(1).unwrap_or_else(|| panic!("no {word} in\n{text}"));
    rest.lines().next().expect("a line").trim()
}

#[test]
fn slurm_s_array_makes_the_whole() {
    let (folder, whole) = fleet();
    let script = block("#SBATCH");
    let (first, last) = after(&script, "--array=").split_once('-').expect("from - to");
    let [first, last] = [first, last].map(|n| n.parse::<u32>().expect("a number"));
    for task in first..=last {
        let set = [
            ("SLURM_ARRAY_TASK_ID", task.to_string()),
            ("SLURM_ARRAY_TASK_COUNT", (last - first + 1).to_string()),
        ];
        bash(folder.path(), &script, &set);
    }
    let merge = block("--dependency");
    let merge = merge.split("--wrap '").nth(1).and_then(|m| m.split('\'').next());
    bash(folder.path(), merge.expect("what the last job does"), &[]);
    assert!(whole == files(&folder.path().join("out/fleet")));
}

#[test]
fn kubernetes_s_indexed_job_makes_the_whole() {
    let (folder, whole) = fleet();
    let job = block("completionMode: Indexed");
    let completions: u32 = after(&job, "completions:").parse().expect("a number");
    let words: Vec<String> =
        serde_json::from_str(after(&job, "command:")).expect("a list of words");
    assert_eq!(words[..2], ["sh", "-c"]);
    for index in 0..completions {
        bash(folder.path(), &words[2], &[("JOB_COMPLETION_INDEX", index.to_string())]);
    }
    let merge = block("parallel fleetsim run");
    let merge = merge.lines().find(|l| l.starts_with("fleetsim merge")).expect("it is merged");
    bash(folder.path(), merge, &[]);
    assert!(whole == files(&folder.path().join("out/fleet")));
}

#[test]
fn gnu_parallel_makes_the_whole() {
    let version = Command::new("parallel").arg("--version").output();
    if !version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains("GNU parallel")) {
        eprintln!("skipped: no GNU parallel on this machine (Debian: apt-get install parallel)");
        return;
    }
    let (folder, whole) = fleet();
    bash(folder.path(), &block("parallel fleetsim run"), &[]);
    assert!(whole == files(&folder.path().join("out/fleet")));
    // A sweep is shared out in the same way.
    let sweep = "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"standby.detection\"\n\
        values = [\"10s\", \"60s\"]\n";
    std::fs::write(folder.path().join("sweep.toml"), sweep).expect("written");
    let mut one = fleetsim();
    one.current_dir(folder.path()).args(["sweep", "sweep.toml", "--quiet", "--out", "one"]);
    one.assert().success();
    bash(folder.path(), &block("parallel fleetsim sweep"), &[]);
    assert!(files(&folder.path().join("one")) == files(&folder.path().join("out/sweep")));
}
