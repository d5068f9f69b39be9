//! Which of the shared options a command takes: one that would change nothing is refused.
//!
//! `--threads`, `--out`, `--force`, `--quiet`, `--no-progress`, `--no-incidents` and `--no-charts` are no part of
//! it: every command takes them, since what they leave out is left out.

use super::arguments::{Command, Common};
use super::{Exit, print};

/// An option and the commands that take it.
struct Rule {
    option: &'static str,
    given: fn(&Common) -> bool,
    taken: fn(&Command) -> bool,
    /// The commands in words.
    by: &'static str,
}

const RULES: [Rule; 5] = [
    Rule { option: "--set", given: |c| !c.set.is_empty(), taken: reads, by: READS },
    Rule { option: "--seed", given: |c| c.seed.is_some(), taken: reads, by: READS },
    Rule { option: "--replications", given: |c| c.replications.is_some(), taken: reads, by: READS },
    Rule { option: "--incidents", given: |c| c.incidents, taken: has_rows, by: HAS_ROWS },
    Rule {
        option: "--json",
        given: |c| c.json,
        taken: |command| {
            writes_folder(command) || matches!(command, Command::Check { .. } | Command::Schema)
        },
        by: "`run` and `sweep` without --shard, `compare`, `merge`, `check` and `schema`",
    },
];

const READS: &str = "`run`, `sweep`, `compare` and `check`";
const HAS_ROWS: &str = "`run`, `sweep --points` and `merge`";

/// Whether a command reads a scenario, so that it can be changed.
fn reads(command: &Command) -> bool {
    use Command::{Check, Compare, Run, Sweep};
    matches!(command, Run { .. } | Sweep(_) | Compare { .. } | Check { .. })
}

/// Whether rows of incidents may be written.
fn has_rows(command: &Command) -> bool {
    match command {
        Command::Run { .. } | Command::Merge { .. } => true,
        Command::Sweep(sweep) => sweep.points,
        _ => false,
    }
}

/// Whether a folder of results is written, with charts and something to print.
fn writes_folder(command: &Command) -> bool {
    match command {
        Command::Run { shard, .. } => shard.is_none(),
        Command::Sweep(sweep) => sweep.shard.is_none(),
        Command::Compare { .. } | Command::Merge { .. } => true,
        _ => false,
    }
}

/// Why an option would change nothing.
fn why(command: &Command, option: &str) -> &'static str {
    let changes = ["--set", "--seed", "--replications"].contains(&option);
    match command {
        Command::Merge { .. } | Command::Report { .. } if changes => {
            "what was played cannot be changed any more"
        }
        Command::Run { shard: Some(_), .. } => "a part is not a result yet",
        Command::Sweep(sweep) if sweep.shard.is_some() && !option.ends_with("incidents") => {
            "a part is not a result yet"
        }
        Command::Sweep(_) => "only points with folders of their own have rows of incidents",
        _ => "it would change nothing",
    }
}

/// Refuses the options that a command does not take, all at once.
pub fn refuse(command: &Command, common: &Common) -> Result<(), Exit> {
    let wrong = RULES.iter().filter(|rule| (rule.given)(common) && !(rule.taken)(command));
    let mut refused = false;
    for Rule { option, by, .. } in wrong {
        let (name, why) = (command.name(), why(command, option));
        print::message(&format!(
            "error: `{name}` does not take {option}: {why}\n  {option} goes with {by}"
        ));
        refused = true;
    }
    if refused { Err(Exit::Usage) } else { Ok(()) }
}
