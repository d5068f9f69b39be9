//! `import az`: a scenario from a list of real servers.

use super::Exit;
use super::arguments::Common;
use super::check::deliver;
use super::print;
use crate::scenario::import_az::{Input, import};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Reads the files, prints or writes the scenario, and says what was assumed, server by server.
pub fn import_az(files: &[PathBuf], common: &Common) -> Exit {
    let mut inputs = Vec::new();
    let mut failed = false;
    for path in files {
        match read(path) {
            Ok(bytes) => inputs.push(Input { name: path.display().to_string(), bytes }),
            Err(error) => {
                print::message(&format!("error: cannot read {}: {error}", path.display()));
                failed = true;
            }
        }
    }
    if failed {
        return Exit::Invalid;
    }
    match import(&inputs) {
        Ok(imported) => {
            if !common.quiet {
                for note in &imported.notes {
                    print::message(&format!("note: {note}"));
                }
                print::message(&format!("servers imported: {}", imported.servers));
            }
            deliver(&imported.scenario, common)
        }
        Err(errors) => {
            for error in &errors {
                print::message(&format!("error: {error}"));
            }
            Exit::Invalid
        }
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path)
}
