//! The binary as a user meets it: exit codes, messages, what is written and what is not.

use super::root;
use assert_cmd::Command;

fn fleetsim() -> Command {
    let mut command = Command::cargo_bin("fleetsim").expect("the binary is built");
    command.current_dir(root()).env("NO_COLOR", "1");
    command
}

#[test]
fn check_explains_in_plain_words() {
    let out = fleetsim().args(["check", "scenarios/first-fleet.toml"]).assert().success();
    let text = String::from_utf8_lossy(&out.get_output().stdout).into_owned();
    for word in ["60 servers", "swedencentral", "zone-redundant", "process_crash"] {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
}

#[test]
fn a_broken_scenario_is_exit_3_and_tells_all_mistakes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("broken.toml");
    std::fs::write(
        &path,
        "nam = \"x\"\nseed = 1\nduration = \"1 fortnight\"\n[[servers]]\ngroup = \"a\"\ncount = 3\n\
         region = \"nowhere\"\nhigh_availability = \"zone-redundent\"\n",
    )
    .expect("the file can be written");
    let out = fleetsim().arg("check").arg(&path).assert().code(3);
    let text = String::from_utf8_lossy(&out.get_output().stderr).into_owned();
    for word in ["nam", "duration", "nowhere", "zone-redundant"] {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
    assert!(out.get_output().stdout.is_empty());
}

#[test]
fn usage_errors_are_exit_2() {
    fleetsim().arg("dance").assert().code(2);
    fleetsim().args(["run"]).assert().code(2);
    fleetsim().args(["check", "scenarios/first-fleet.toml", "--set", "nonsense"]).assert().code(2);
}

#[test]
fn a_missing_file_is_exit_3() {
    fleetsim().args(["check", "no-such-file.toml"]).assert().code(3);
}

#[test]
fn init_writes_a_scenario_that_checks_and_never_overwrites() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    fleetsim().arg("init").arg(&path).assert().success();
    fleetsim().arg("check").arg(&path).assert().success();
    fleetsim().arg("init").arg(&path).assert().code(1);
    fleetsim().arg("init").arg(&path).arg("--force").assert().success();
}

#[test]
fn profile_schema_and_completions_print_data() {
    fleetsim().args(["profile", "list"]).assert().success();
    fleetsim().args(["profile", "show", "azure-flexible-2026"]).assert().success();
    fleetsim().args(["profile", "show", "no-such"]).assert().code(3);
    let out = fleetsim().arg("schema").assert().success();
    let schema: serde_json::Value =
        serde_json::from_slice(&out.get_output().stdout).expect("the schema is JSON");
    assert!(schema["properties"]["servers"].is_object());
    fleetsim().args(["completions", "bash"]).assert().success();
}

#[test]
fn import_gives_a_scenario_that_checks() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("servers.json");
    std::fs::write(
        &list,
        r#"[{"name":"a","location":"East US 2","sku":{"name":"Standard_D4ds_v5","tier":"GeneralPurpose"},
            "storage":{"storageSizeGb":512},"highAvailability":{"mode":"ZoneRedundant"},
            "availabilityZone":"1","state":"Ready","version":"16"}]"#,
    )
    .expect("the file can be written");
    let path = folder.path().join("fleet.toml");
    fleetsim().args(["import", "az"]).arg(&list).arg("--out").arg(&path).assert().success();
    fleetsim().arg("check").arg(&path).assert().success();
    std::fs::write(&list, "<html>").expect("the file can be written");
    let missing = folder.path().join("none.toml");
    fleetsim().args(["import", "az"]).arg(&list).arg("--out").arg(&missing).assert().code(3);
    assert!(!missing.exists());
}

/// A small run with everything, into a folder of its own.
fn small(folder: &std::path::Path, more: &[&str]) -> Command {
    let mut command = fleetsim();
    command
        .args(["run", "scenarios/flexible-fleet.toml", "--replications", "4", "--out"])
        .arg(folder)
        .args(more);
    command
}

#[test]
fn threads_change_no_byte_of_the_results_but_the_timing() {
    let above = tempfile::tempdir().expect("a folder");
    let mut all: Vec<Vec<(String, Vec<u8>)>> = Vec::new();
    for threads in ["1", "2", "7"] {
        let folder = above.path().join(threads);
        let code = small(&folder, &["--threads", threads]).assert().get_output().status.code();
        assert!(matches!(code, Some(0 | 4 | 5)), "{code:?}");
        let mut files = Vec::new();
        for inside in [folder.clone(), folder.join("charts")] {
            for entry in std::fs::read_dir(&inside).expect("the results are there") {
                let path = entry.expect("readable").path();
                if path.is_file() && !path.ends_with("timing.json") {
                    let name = path.strip_prefix(&folder).expect("inside").display().to_string();
                    files.push((name, std::fs::read(&path).expect("readable")));
                }
            }
        }
        files.sort();
        assert!(files.iter().any(|f| f.0 == "incidents.csv"));
        assert!(files.iter().any(|f| f.0 == "charts/availability.png"));
        all.push(files);
    }
    assert!(all[0] == all[1] && all[1] == all[2]);
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let above = tempfile::tempdir().expect("a folder");
    let folder = above.path().join("precious");
    std::fs::create_dir(&folder).expect("can be made");
    std::fs::write(folder.join("thesis.txt"), "years of work").expect("can be written");
    small(&folder, &[]).assert().code(1);
    assert!(folder.join("thesis.txt").exists());
    assert!(std::fs::read_dir(above.path()).expect("readable").count() == 1, "something is left");
}

#[test]
fn an_unwritable_place_is_known_before_the_work_starts() {
    let started = std::time::Instant::now();
    fleetsim()
        .args(["run", "scenarios/million-servers.toml", "--out", "/proc/no/such/place"])
        .assert()
        .code(1);
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn interrupted_runs_write_nothing() {
    let above = tempfile::tempdir().expect("a folder");
    let binary = assert_cmd::cargo::cargo_bin("fleetsim");
    let mut child = std::process::Command::new(binary)
        .current_dir(root())
        .args(["run", "scenarios/flexible-fleet.toml", "--replications", "1000000", "--quiet"])
        .arg("--out")
        .arg(above.path().join("never"))
        .spawn()
        .expect("the binary runs");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(killed.success());
    let status = child.wait().expect("the child ends");
    assert_eq!(status.code(), Some(130));
    assert_eq!(std::fs::read_dir(above.path()).expect("readable").count(), 0, "something is left");
}

#[test]
fn absurd_scenarios_are_refused_or_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = "name = \"NAME\"\nduration = \"DURATION\"\n[[region]]\nname = \"r\"\n\
                [[servers]]\ngroup = \"a\"\ncount = COUNT\nregion = \"r\"\n\
                [fault.vm_crash]\nrate = \"RATE\"\n[replications]\ncount = 2\n";
    let cases = [
        ("ok", "1d", "1", "1/y", 0),
        ("billion", "1d", "1000000000", "1/y", 3),
        ("zero-long", "0s", "1", "1/y", 3),
        ("zero-rate", "1d", "5", "0/y", 0),
        ("negative", "1d", "5", "-1/y", 3),
        ("../up", "1d", "5", "1/y", 3),
        ("a/b", "1d", "5", "1/y", 3),
        ("bell\\u0007", "1d", "5", "1/y", 3),
        ("fast", "1d", "5", "1e300/y", 3),
    ];
    for (i, (name, duration, count, rate, code)) in cases.into_iter().enumerate() {
        let text = base
            .replace("NAME", name)
            .replace("DURATION", duration)
            .replace("COUNT", count)
            .replace("RATE", rate);
        let path = folder.path().join(format!("{i}.toml"));
        std::fs::write(&path, text).expect("can be written");
        let out = folder.path().join(format!("out-{i}"));
        let assert = fleetsim().arg("run").arg(&path).arg("--out").arg(&out).assert();
        let status = assert.get_output().status.code();
        assert_eq!(status, Some(code), "{name}: {:?}", assert.get_output());
        assert_eq!(out.exists(), code == 0, "{name}");
    }
}
