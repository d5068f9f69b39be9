//! `import az`: a scenario from a list of real servers.

use super::Exit;
use super::arguments::Common;
use super::check::deliver;
use super::print;
use crate::scenario::import_az::{Input, import};
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Reads the files, prints or writes the scenario, and says what was assumed, server by server.
pub fn import_az(files: &[PathBuf], common: &Common) -> Exit {
    let mut inputs = Vec::new();
    let mut failed = false;
    for path in files {
        match read(path) {
            Ok(bytes) => inputs.push(Input { name: path.display().to_string(), bytes }),
            Err(error) => {
                let (path, why) = (path.display(), why(&error));
                print::message(&format!("error: cannot read {path}: {why}"));
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

/// Why a list cannot be read, and what to do about it.
fn why(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file\n  is the path right? \
            `az postgres flexible-server list -o json > servers.json` writes one"
            .to_string(),
        ErrorKind::IsADirectory => {
            "it is a folder\n  give the JSON files that are in it".to_string()
        }
        _ => error.to_string(),
    }
}

/// Largest list that is read: some hundred thousand servers.
const MAX_BYTES: u64 = 1 << 30;

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        let why = format!("it is larger than {} MiB", MAX_BYTES >> 20);
        return Err(Error::other(why));
    }
    Ok(bytes)
}
