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
    for word in ["60 servers", "eastus2", "zone-redundant", "process_crash"] {
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
