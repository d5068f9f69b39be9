//! What may be meant where a command is expected and something else is given.

use super::words::quoted;
use crate::scenario;
use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::path::Path;

/// The commands for a file, a list of servers or a profile that stands in the place of a command.
pub fn meant(error: &Error, arguments: &[String]) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let given = quoted(word);
    let is_file = Path::new(word).is_file();
    let cure = match arguments.iter().find(|a| ["import", "profile"].contains(&a.as_str())) {
        Some(import) if import == "import" && is_file => {
            format!("`fleetsim import az {given}` makes a scenario of a list of servers")
        }
        Some(profile) if profile == "profile" && scenario::profiles().contains(&word.as_str()) => {
            format!("`fleetsim profile show {given}` shows it")
        }
        None if is_file => format!(
            "`fleetsim run {given}` plays a scenario, `fleetsim check {given}` explains it, \
             `fleetsim sweep {given}` plays a sweep"
        ),
        _ => return None,
    };
    Some(format!("error: {word} is no command\n  {cure}"))
}
