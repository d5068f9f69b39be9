//! Options of the line: each is honoured or refused, never passed over.

use super::sweep::{fleetsim, write_sweep};
use std::path::Path;

fn said(folder: &Path, words: &[&str], code: i32) -> String {
    let done = fleetsim().current_dir(folder).args(words).assert().code(code);
    String::from_utf8_lossy(&done.get_output().stderr).into_owned()
}

#[test]
fn replications_replace_a_precision_everywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(
        at,
        "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"standby.detection\"\nvalues = [\"10s\", \"60s\"]\n",
    );
    let text = std::fs::read_to_string(at.join("tiny.toml")).expect("readable");
    let precision = "precision = { metric = \"unavailability\", relative_half_width = \"20%\" }";
    std::fs::write(at.join("tiny.toml"), text.replace("count = 6", precision)).expect("written");
    for words in [
        &["run", "tiny.toml", "--out", "run"][..],
        &["run", "tiny.toml", "--shard", "1/2", "--out", "p"],
        &["run", "tiny.toml", "--shard", "2/2", "--out", "p"],
        &["merge", "p.part-1-of-2.json", "p.part-2-of-2.json", "--out", "merged"],
        &["sweep", "s.toml", "--out", "sweep"],
        &["sweep", "s.toml", "--shard", "1/2", "--out", "q"],
        &["sweep", "s.toml", "--tornado", "--out", "tornado"],
        &["compare", "tiny.toml", "tiny.toml", "--out", "compare"],
        &["check", "tiny.toml"],
    ] {
        let count = ["--replications", "4"];
        let more = if words[0] == "merge" { &[][..] } else { &count };
        fleetsim().current_dir(at).args(words).args(more).arg("-q").assert().success();
    }
    let manifest = |name: &str| {
        std::fs::read_to_string(at.join(name).join("manifest.json")).expect("a manifest")
    };
    assert!(manifest("run").contains("fleetsim run tiny.toml --replications 4"));
    assert!(!manifest("run").contains("\"precision\""), "the copy repeats the run");
    assert_eq!(manifest("run"), manifest("merged"));
    // So does a setting of a count, and one of a precision takes the place of a count.
    let quiet = |words: &[&str], code: i32| {
        fleetsim().current_dir(at).args(words).args(["--no-charts", "-q"]).assert().code(code);
    };
    quiet(&["run", "tiny.toml", "--set", "replications.count=4", "--out", "set"], 0);
    assert!(!manifest("set").contains("\"precision\""), "the setting took its place");
    let precise = "replications.precision={ metric = 'incidents_per_server_year', relative_half_width = '90%' }";
    let counted = ["--set", "replications.count=4", "--set", precise];
    assert!(
        said(at, &[&["check", "tiny.toml"], &counted[..]].concat(), 2).contains("takes its place")
    );
    std::fs::write(at.join("tiny.toml"), text).expect("written");
    let short = precise.replace('{', "{ max = 40,");
    quiet(&["run", "tiny.toml", "--set", &short, "--out", "precise"], 0);
    assert!(
        manifest("precise").contains("\"precision\"")
            && !manifest("precise").contains("\"count\": 6")
    );
    let said = said(at, &["check", "tiny.toml", "--set", "replications.precision=20%"], 3);
    assert!(said.contains("as in `precision = { metric = "), "{said}");
}

/// A terminal's width is of no account in a pipe: what is kept or compared is the same everywhere.
#[test]
fn what_goes_into_a_pipe_has_no_width() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(
        at,
        "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"standby.detection\"\nvalues = [\"10s\", \"60s\"]\n",
    );
    for words in [
        &["run", "tiny.toml"][..],
        &["sweep", "s.toml"],
        &["sweep", "s.toml", "--tornado"],
        &["compare", "tiny.toml", "tiny.toml"],
    ] {
        let printed = |columns: &str| {
            let mut command = fleetsim();
            command.current_dir(at).env("COLUMNS", columns).args(words);
            let done = command.args(["--no-charts", "--force", "--out", "out"]).assert().success();
            String::from_utf8_lossy(&done.get_output().stdout).into_owned()
        };
        let wide = printed("200");
        assert_eq!(printed("44"), wide, "{words:?}");
        assert!(wide.lines().any(|line| line.len() > 60), "{wide}");
    }
}

#[test]
fn an_option_that_would_change_nothing_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"seed\"\nvalues = [1]\n");
    for (words, option) in [
        (&["report", "x", "--seed", "4"][..], "--seed"),
        (&["report", "x", "--set", "seed=4"], "--set"),
        (&["report", "x", "--replications", "4"], "--replications"),
        (&["report", "x", "--json"], "--json"),
        (&["merge", "x", "--seed", "4"], "--seed"),
        (&["init", "--set", "seed=4"], "--set"),
        (&["init", "--json"], "--json"),
        (&["import", "az", "a.json", "--seed", "4"], "--seed"),
        (&["import", "az", "a.json", "--json"], "--json"),
        (&["profile", "list", "--json"], "--json"),
        (&["profile", "show", "x", "--seed", "4"], "--seed"),
        (&["check", "tiny.toml", "--incidents"], "--incidents"),
        (&["run", "tiny.toml", "--shard", "1/2", "--json"], "--json"),
        (&["sweep", "s.toml", "--shard", "1/2", "--json"], "--json"),
        (&["sweep", "s.toml", "--incidents"], "--incidents"),
        (&["sweep", "s.toml", "--seed", "4"], "the axis `seed`"),
        (&["sweep", "s.toml", "--shard", "1/2", "--set", "seed=4"], "--set seed=4"),
        (&["init", "a.toml", "--out", "b.toml"], "--out"),
        (&["check", "tiny.toml", "--set", "seed=4", "--seed", "5"], "--set seed=4"),
        (&["check", "tiny.toml", "--set", "duration=4d; duration=5d"], "--set duration=4d"),
    ] {
        let said = said(at, words, 2);
        assert!(said.contains(option), "{words:?}: {said}");
    }
    let said = said(at, &["report", "x", "--seed", "4", "--json"], 2);
    assert!(said.contains("cannot be changed any more") && said.contains("goes with"), "{said}");
    let left = std::fs::read_dir(at).expect("readable").count();
    assert_eq!(left, 2, "something was written");
}

#[test]
fn what_was_found_is_printed_as_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"seed\"\nvalues = [1, 2]\n");
    for (words, table, column) in [
        (&["sweep", "s.toml"][..], "sweep.csv", "value"),
        (&["sweep", "tiny.toml", "--tornado"], "tornado.csv", "value_base"),
        (&["compare", "tiny.toml", "tiny.toml"], "compare.csv", "a"),
    ] {
        let mut command = fleetsim();
        command.current_dir(at).args(words).args(["--json", "--replications", "2", "--out", "j"]);
        let done = command.arg("--force").assert().success();
        let json: serde_json::Value =
            serde_json::from_slice(&done.get_output().stdout).expect("JSON");
        let rows = json["found"][table].as_array().expect("rows");
        let lines = std::fs::read_to_string(at.join("j").join(table)).expect("a table");
        assert_eq!(rows.len() + 1, lines.lines().count(), "{words:?}");
        assert!(rows.iter().any(|row| row[column].is_number()), "{words:?}");
        assert!(json["command"].is_string(), "{words:?}");
    }
}

#[test]
fn every_text_goes_where_out_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, "");
    for words in [
        &["check", "tiny.toml"][..],
        &["check", "tiny.toml", "--json"],
        &["init"],
        &["schema"],
        &["profile", "list"],
        &["profile", "show", "azure-flexible-2026"],
        &["completions", "bash"],
    ] {
        let printed = fleetsim().current_dir(at).args(words).assert().success();
        let mut command = fleetsim();
        command.current_dir(at).args(words).args(["--out", "text"]);
        let done = command.assert().success();
        assert!(done.get_output().stdout.is_empty(), "{words:?}");
        let text = std::fs::read(at.join("text")).expect("the file");
        assert!(text == printed.get_output().stdout && !text.is_empty(), "{words:?}");
        // What is there stays.
        command.assert().code(1);
        std::fs::remove_file(at.join("text")).expect("removed");
    }
}

#[test]
fn numbers_of_options_have_the_limits_of_scenarios() {
    for (option, value, limit) in [
        ("--seed", "18446744073709551615", "9223372036854775807"),
        ("--seed", "-1", "invalid value '-1'"),
        ("--replications", "20000000", "10000000"),
        ("--replications", "-1", "expected a whole number from 1 to 10000000"),
        ("--threads", "-1", "expected a whole number from 1 to 1024"),
        ("--seed", "abc", "expected a whole number from 0 to 9223372036854775807"),
        ("--seed", "1.5", "expected a whole number from 0 to"),
        ("--seed", "", "expected a whole number from 0 to"),
        ("--shard", "1/1000000", "100000"),
    ] {
        let said = said(super::root(), &["run", "x.toml", option, value], 2);
        assert!(said.contains(option) && said.contains(limit), "{said}");
    }
    let file = "scenarios/first-fleet.toml";
    let at = super::root();
    said(at, &["check", file, "--seed", "9223372036854775807", "-q"], 0);
    said(at, &["check", file, "--replications", "10000000", "-q"], 0);
}

#[test]
fn a_file_in_the_place_of_a_command_is_told_the_commands() {
    for (words, cure) in [
        (&["Cargo.toml"][..], "`fleetsim run Cargo.toml` plays a scenario"),
        (&["--quiet", "Cargo.toml"], "`fleetsim check Cargo.toml` explains it"),
        (&["import", "Cargo.toml"], "`fleetsim import az Cargo.toml`"),
        (&["profile", "azure-flexible-2026"], "`fleetsim profile show azure-flexible-2026`"),
        (&["nowhere.toml"], "unrecognized subcommand 'nowhere.toml'"),
        (&["runn", "Cargo.toml"], "a similar subcommand exists: 'run'"),
    ] {
        let said = said(super::root(), words, 2);
        assert!(said.contains(cure), "{words:?}: {said}");
    }
}

#[test]
fn what_cannot_be_read_says_what_to_give_instead() {
    for (words, cure) in [
        (&["check", "-"][..], "`/dev/stdin` is the standard input"),
        (&["run", "nowhere.toml"], "`fleetsim init FILE` writes one"),
        (&["import", "az", "nowhere.json"], "`az postgres flexible-server list"),
        (&["import", "az", "src"], "give the JSON files that are in it"),
    ] {
        let said = said(super::root(), words, 3);
        assert!(said.contains(words[words.len() - 1]) && said.contains(cure), "{said}");
        assert!(!said.contains("os error"), "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_takes_nothing_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, "");
    let text = std::fs::read_to_string(at.join("tiny.toml")).expect("readable");
    let text = text + "[[expect]]\nthat = \"availability >= 99.999999%\"\n";
    std::fs::write(at.join("tiny.toml"), text).expect("written");
    for words in [&["--help"][..], &["run", "--help"], &["--version"], &["run", "tiny.toml"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a full disk");
        let status = std::process::Command::new(assert_cmd::cargo::cargo_bin("fleetsim"))
            .current_dir(at)
            .args(words)
            .stdout(full)
            .stderr(std::process::Stdio::null())
            .status();
        assert_eq!(status.expect("it runs").code(), Some(1), "{words:?}");
    }
}

/// Names that differ in bytes that are no text are different places.
#[cfg(target_os = "linux")]
#[test]
fn paths_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"seed\"\nvalues = [1]\n");
    let scenario = OsStr::from_bytes(b"t\xff.toml");
    std::fs::copy(at.join("tiny.toml"), at.join(scenario)).expect("copied");
    let run = |command: &str, file: &OsStr, out: &OsStr, more: &[&str]| {
        let mut call = fleetsim();
        call.current_dir(at).arg(command).arg(file).arg("--out").arg(out).args(more).arg("-q");
        call.assert().success();
    };
    for out in [&b"z\xff"[..], b"z\xfe"] {
        run("run", scenario, OsStr::from_bytes(out), &["--shard", "1/1"]);
        run(
            "sweep",
            OsStr::new("s.toml"),
            OsStr::from_bytes(&[out, b"s"].concat()),
            &["--shard", "1/1"],
        );
        for kind in [&b""[..], b"s"] {
            let part = [out, kind, b".part-1-of-1.json"].concat();
            assert!(at.join(OsStr::from_bytes(&part)).exists());
        }
    }
    for (command, more) in [("run", &[][..]), ("sweep", &["--tornado", "--replications", "2"])] {
        run(command, scenario, OsStr::new(command), more);
        let manifest = std::fs::read_to_string(at.join(command).join("manifest.json"));
        let manifest: serde_json::Value =
            serde_json::from_str(&manifest.expect("a manifest")).expect("JSON");
        let words = manifest["command"].as_str().expect("a command");
        assert!(words.contains(r"$'t\xff.toml'"), "{words}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_is_named_with_a_cure() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_sweep(at, "scenario = \"tiny.toml\"\n[[axis]]\nkey = \"seed\"\nvalues = [1]\n");
    for words in [
        &["init", "/proc/x.toml"][..],
        &["schema", "--out", "/proc/x.toml"],
        &["init", "none/x.toml"],
        &["run", "tiny.toml", "--shard", "1/1", "--out", "/proc/x"],
        &["sweep", "s.toml", "--shard", "1/1", "--out", "/proc/x"],
        &["sweep", "s.toml", "--out", "/proc/x"],
    ] {
        let said = said(at, words, 1);
        assert!(!said.contains(".tmp") && said.contains("with --out"), "{words:?}: {said}");
        assert!(said.contains("/proc/x") || said.contains("none/x"), "{words:?}: {said}");
    }
}
