//! `results/` is what the README's commands write, to the byte.
//!
//! `FLEETSIM_UPDATE=1 cargo test --test whole results` writes it anew.

use super::root;
use super::sweep::{files, fleetsim};
use std::path::Path;

/// Each folder of `results/`, and the command that writes it.
const SHOWCASE: [(&str, &[&str]); 3] = [
    ("first-fleet", &["run", "scenarios/first-fleet.toml"]),
    (
        "compare-first-fleet-first-fleet-standby",
        &["compare", "scenarios/first-fleet.toml", "scenarios/first-fleet-standby.toml"],
    ),
    ("first-fleet-detection", &["sweep", "scenarios/sweeps/first-fleet-detection.toml"]),
];
/// Largest folder, in bytes: what is committed stays small.
const MOST: usize = 3_000_000;

/// The files that are committed: all but pictures for slides.
fn committed(folder: &Path) -> Vec<(String, Vec<u8>)> {
    files(folder).into_iter().filter(|(name, _)| !name.ends_with(".png")).collect()
}

#[test]
fn results_are_what_the_readme_s_commands_write() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README is there");
    let folder = tempfile::tempdir().expect("a folder");
    for (name, words) in SHOWCASE {
        assert!(readme.contains(&words.join(" ")), "the README does not say: {}", words.join(" "));
        let out = folder.path().join(name);
        fleetsim().args(words).arg("--quiet").arg("--out").arg(&out).assert().success();
        let new = committed(&out);
        let place = root().join("results").join(name);
        if std::env::var_os("FLEETSIM_UPDATE").is_some() {
            let _ = std::fs::remove_dir_all(&place);
            for (file, bytes) in &new {
                let path = place.join(file);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("can be made");
                std::fs::write(path, bytes).expect("can be written");
            }
            continue;
        }
        let old = committed(&place);
        let list =
            |files: &[(String, Vec<u8>)]| files.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
        assert_eq!(list(&old), list(&new), "{name}");
        for ((file, old), (_, new)) in old.iter().zip(&new) {
            assert!(old == new, "results/{name}/{file} is out of date: run with FLEETSIM_UPDATE=1");
        }
        let size: usize = new.iter().map(|f| f.1.len()).sum();
        assert!(size <= MOST, "results/{name} has {size} bytes");
    }
}
