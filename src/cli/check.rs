//! Commands that only read and explain: check, init, profile, schema, reference.

use super::Exit;
use super::arguments::{Common, ProfileCommand};
use super::print;
use crate::report;
use crate::scenario::{self, Complaints, Override, Scenario, profile};
use std::path::Path;

/// The changes that the command line asks for.
pub fn overrides(common: &Common) -> Result<Vec<Override>, Exit> {
    let mut overrides = Vec::new();
    for text in &common.set {
        match Override::all(text) {
            Ok(changes) => overrides.extend(changes),
            Err(why) => {
                print::message(&format!("error: --set {text}: {why}"));
                return Err(Exit::Usage);
            }
        }
    }
    overrides.extend(common.seed.map(Override::seed));
    overrides.extend(common.replications.map(Override::replications));
    let idle = scenario::changed_again(&overrides);
    for (first, last, how) in &idle {
        let (first, last) = (first.words(), last.words());
        print::message(&format!(
            "error: {first} would change nothing: {last} {how}\n  leave one of them out"
        ));
    }
    if idle.is_empty() { Ok(overrides) } else { Err(Exit::Usage) }
}

/// Reads a scenario with the overrides of the command line; prints what is wrong with it.
pub fn load(path: &Path, common: &Common) -> Result<Scenario, Exit> {
    scenario::load(path, &overrides(common)?).map_err(|complaints| {
        complain(&complaints);
        Exit::Invalid
    })
}

/// Prints what is wrong with a scenario.
pub fn complain(complaints: &Complaints) {
    print::message(&complaints.render(print::colour_on_stderr()));
}

/// `check`: what would be simulated, in plain words.
pub fn check(path: &Path, common: &Common) -> Exit {
    match load(path, common) {
        Ok(scenario) if common.json => deliver(&format!("{:#}\n", scenario.effective), common),
        Ok(_) if common.quiet && common.out.is_none() => Exit::Done,
        Ok(scenario) => {
            let room = print::columns().filter(|_| common.out.is_none());
            deliver(&report::folded_lines(&scenario::explain(&scenario), room), common)
        }
        Err(exit) => exit,
    }
}

/// `init`: a commented scenario to start from.
pub fn init(path: Option<&Path>, common: &Common) -> Exit {
    let text = scenario::starter();
    match path {
        Some(_) if common.out.is_some() => {
            print::message(
                "error: two places to write to: a path and --out\n  leave one of them out",
            );
            Exit::Usage
        }
        Some(path) => write_new(path, &text, common),
        None => deliver(&text, common),
    }
}

/// Prints a text, or writes it where `--out` says.
pub fn deliver(text: &str, common: &Common) -> Exit {
    match &common.out {
        Some(path) => write_new(path, text, common),
        None => print::data(text),
    }
}

/// Writes a file that must not be there yet, unless forced.
pub fn write_new(path: &Path, text: &str, common: &Common) -> Exit {
    if path.exists() && !common.force {
        print::message(&format!(
            "error: {} is there already\n  --force replaces it",
            path.display()
        ));
        return Exit::Failed;
    }
    match write_whole(path, text.as_bytes()) {
        Ok(()) => {
            if !common.quiet {
                print::message(&format!("wrote {}", path.display()));
            }
            Exit::Done
        }
        Err(error) => {
            print::message(&format!("error: {}", report::cannot_write(path, &error, "FILE")));
            Exit::Failed
        }
    }
}

/// Writes a file whole or not at all.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// `profile list` and `profile show`.
pub fn profile(what: &ProfileCommand, common: &Common) -> Exit {
    match what {
        ProfileCommand::List => {
            let mut text = String::new();
            for name in scenario::profiles() {
                text.push_str(&format!(
                    "{name}  {}\n",
                    profile::load(name).map_or("", |p| p.0.title.as_str())
                ));
            }
            deliver(&text, common)
        }
        ProfileCommand::Show { name } => match profile::text(name) {
            Some(text) => deliver(text, common),
            None => {
                print::message(&format!(
                    "error: there is no profile \"{name}\"\n  profiles: {}",
                    scenario::profiles().join(", ")
                ));
                Exit::Invalid
            }
        },
    }
}

/// `schema`: the JSON Schema of scenario files.
pub fn schema(common: &Common) -> Exit {
    deliver(&format!("{:#}\n", scenario::schema()), common)
}

/// `reference`: what stands in the README about scenario files.
pub fn reference(common: &Common) -> Exit {
    deliver(&scenario::reference(), common)
}
