//! The command line: arguments, progress, messages and exit codes. The only layer that prints.
//!
//! Data goes to the standard output, messages to the standard error. Exit codes: 0 done, 1 the run
//! failed, 2 usage, 3 invalid scenario or input, 4 an expectation failed, 5 precision not reached or
//! an expectation undecided, 130 interrupted.

mod arguments;
mod check;
mod compare;
mod files;
mod import;
mod kept_rows;
mod meant;
mod merge;
mod points;
mod print;
mod progress;
mod report;
mod run;
mod sensitivity;
mod sweep;
mod taken;
mod words;

use arguments::{Arguments, Command};
use clap::{CommandFactory, Parser};
use std::process::ExitCode;

/// What a command ends with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Done.
    Done,
    /// The run failed.
    Failed,
    /// The arguments are wrong.
    Usage,
    /// The scenario or another input is invalid.
    Invalid,
    /// An expectation failed.
    ExpectationFailed,
    /// Precision not reached, or an expectation undecided.
    Undecided,
    /// Interrupted.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Invalid => 3,
            Exit::ExpectationFailed => 4,
            Exit::Undecided => 5,
            Exit::Interrupted => 130,
        })
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are data; everything else is a message.
            if error.use_stderr() {
                let given: Vec<String> =
                    std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect();
                match meant::meant(&error, &given) {
                    Some(text) => print::message(&text),
                    None => drop(error.print()),
                }
                return Exit::Usage.into();
            }
            return print::written(error.print()).into();
        }
    };
    dispatch(&arguments).into()
}

fn dispatch(arguments: &Arguments) -> Exit {
    let common = &arguments.common;
    if let Err(exit) = taken::refuse(&arguments.command, common) {
        return exit;
    }
    match &arguments.command {
        Command::Run { scenario, shard: None } => run::run(scenario, common),
        Command::Run { scenario, shard: Some(shard) } => run::run_shard(scenario, *shard, common),
        Command::Compare { scenarios } => compare::compare(scenarios, common),
        Command::Merge { parts } => merge::merge(parts, common),
        Command::Sweep(sweep) => sweep::sweep(sweep, common),
        Command::Report { folder } => report::report(folder, common),
        Command::Check { scenario } => check::check(scenario, common),
        Command::Import { from: arguments::ImportFrom::Az { files } } => {
            import::import_az(files, common)
        }
        Command::Init { path } => check::init(path.as_deref(), common),
        Command::Profile { what } => check::profile(what, common),
        Command::Schema => check::schema(common),
        Command::Reference => check::reference(common),
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut command, "fleetsim", &mut text);
            check::deliver(&String::from_utf8_lossy(&text), common)
        }
    }
}
