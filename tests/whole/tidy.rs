//! Style as a test: who may import whom, how long lines and files are, what must not appear.

use super::root;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a source folder can be read") {
        let path = entry.expect("a source folder can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    files.sort();
    files
        .into_iter()
        .filter(|path| {
            let name = path.display().to_string();
            !name.contains("/tests/") && !name.contains("/checks/") && !name.ends_with("/tests.rs")
        })
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a source file is text");
            let name = path.strip_prefix(root()).expect("inside the project").display().to_string();
            (name, text)
        })
        .collect()
}

/// The part of a file that is not its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

#[test]
fn layers_import_only_what_is_below_them() {
    let may: &[(&str, &[&str])] = &[
        ("src/kernel/", &["kernel"]),
        ("src/model/", &["kernel", "model", "parameters", "choice"]),
        ("src/measure/", &["kernel", "model", "measure"]),
        ("src/scenario/", &["kernel", "model", "scenario", "parameters", "choice"]),
        ("src/experiment/", &["kernel", "model", "measure", "scenario", "experiment"]),
        ("src/report/", &["kernel", "model", "measure", "scenario", "experiment", "report"]),
    ];
    let mut wrong = Vec::new();
    for (name, text) in all_sources() {
        let Some((_, allowed)) = may.iter().find(|(folder, _)| name.starts_with(folder)) else {
            continue;
        };
        for (number, line) in code(&text).lines().enumerate() {
            for part in line.split("crate::").skip(1) {
                let layer: String =
                    part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !allowed.contains(&layer.as_str()) {
                    wrong.push(format!("{name}:{}: imports {layer}", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fault_modes_and_recovery_parts_do_not_import_each_other() {
    let parts =
        ["compute", "storage", "standby", "maintenance", "restore", "control", "strikes", "clocks"];
    // The dispatcher and what belongs to it see all parts.
    let dispatcher = ["world", "planned", "undisturbed", "drill", "check", "clocks", "mod"];
    let mut wrong = Vec::new();
    for (name, text) in all_sources().iter().filter(|(n, _)| n.starts_with("src/model/")) {
        let own = name.trim_start_matches("src/model/").trim_end_matches(".rs");
        let own = own.split('/').next().unwrap_or(own);
        if dispatcher.contains(&own) {
            continue;
        }
        for part in parts.iter().filter(|p| **p != own) {
            if code(text).contains(&format!("model::{part}::")) {
                wrong.push(format!("{name} imports {part}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_below_the_command_line_sees_clock_terminal_or_hash_order() {
    let banned = ["Instant::now", "SystemTime", "HashMap", "HashSet", "println!", "eprintln!"];
    let mut wrong = Vec::new();
    for (name, text) in all_sources() {
        if name.starts_with("src/cli/") || name == "src/main.rs" {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            let line = line.split("//").next().unwrap_or(line);
            for word in banned {
                if line.contains(word) {
                    wrong.push(format!("{name}:{}: {word}", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_platform_maths_reaches_a_result() {
    // `sqrt` and the four operations are exact everywhere; these are not.
    let banned = [
        ".ln()",
        ".exp()",
        ".powf(",
        ".powi(",
        ".log10()",
        ".log2()",
        ".ln_1p()",
        ".exp_m1()",
        ".sin()",
        ".cos()",
        ".tan()",
        ".mul_add(",
        ".exp2(",
        ".cbrt(",
    ];
    let mut wrong = Vec::new();
    for (name, text) in all_sources() {
        if name.starts_with("src/cli/") {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            for word in banned.iter().filter(|w| line.contains(**w)) {
                wrong.push(format!("{name}:{}: {word}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    let mut wrong = Vec::new();
    for (name, text) in all_sources() {
        if !text.starts_with("//! ") {
            wrong.push(format!("{name}: the first line does not say what it is for"));
        }
        for (number, line) in text.lines().enumerate() {
            // rustfmt keeps code at 100; prose may run a little over.
            if line.chars().count() > 120 && !line.trim_start().starts_with('"') {
                wrong.push(format!("{name}:{}: longer than 120", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_mode_file_is_in_the_list() {
    let list = std::fs::read_to_string(root().join("src/model/fault/mod.rs")).expect("the list");
    let mut files = Vec::new();
    sources(&root().join("src/model/fault"), &mut files);
    for path in files {
        let stem = path.file_stem().and_then(|s| s.to_str()).expect("a name").to_owned();
        if stem != "mod" && stem != "common" {
            assert!(list.contains(&format!(" {stem} ")), "{stem} is not registered");
        }
    }
}
