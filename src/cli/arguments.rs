//! Arguments: the commands and the flags that all of them share.

use crate::experiment::Shard;
use crate::scenario::{MOST_REPLICATIONS, MOST_SEED};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// How many nines will this fleet really have?
///
/// Plays years of the life of a fleet of managed PostgreSQL servers, failure by failure, and tells its
/// availability, recovery times and data loss with honest intervals.
#[derive(Parser, Debug)]
#[command(name = "fleetsim", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: Common,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Play a scenario and write its results
    Run {
        /// Scenario file (TOML, or the same as JSON)
        scenario: PathBuf,
        /// Play only the I-th of N shards and write a part for `merge`: NAME.part-I-of-N.json
        #[arg(long, value_name = "I/N")]
        shard: Option<Shard>,
    },
    /// Play a scenario at many points: a table of what changes with which setting, or, with
    /// `--tornado`, `--morris` or `--sobol-indices`, which assumptions the result rests on
    Sweep(SweepArguments),
    /// Play scenarios under the same strikes and tell in what they differ from the first one
    Compare {
        /// Scenario files; all are held against the first one
        #[arg(required = true, num_args = 2..)]
        scenarios: Vec<PathBuf>,
    },
    /// Join the parts that `run --shard` or `sweep --shard` wrote
    Merge {
        /// All parts of one run or sweep, in any order
        #[arg(required = true)]
        parts: Vec<PathBuf>,
    },
    /// Make the page of a results folder anew: report.html
    Report {
        /// Folder that `run`, `sweep`, `compare` or `merge` wrote
        folder: PathBuf,
    },
    /// Check a scenario and explain in plain words what would be simulated
    Check {
        /// Scenario file
        scenario: PathBuf,
    },
    /// Make a scenario from a list of real servers
    Import {
        #[command(subcommand)]
        from: ImportFrom,
    },
    /// Write a commented scenario to start from
    Init {
        /// Where to write it; the standard output if left out
        path: Option<PathBuf>,
    },
    /// Show the profiles: values with their origin, source and date
    Profile {
        #[command(subcommand)]
        what: ProfileCommand,
    },
    /// Print the JSON Schema of scenario files, for editors
    Schema,
    /// Print the reference of scenario files and result tables
    #[command(hide = true)]
    Reference,
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// As it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Run { shard: None, .. } => "run",
            Command::Run { shard: Some(_), .. } => "run --shard",
            Command::Sweep(sweep) if sweep.shard.is_some() => "sweep --shard",
            Command::Sweep(_) => "sweep",
            Command::Compare { .. } => "compare",
            Command::Merge { .. } => "merge",
            Command::Report { .. } => "report",
            Command::Check { .. } => "check",
            Command::Import { .. } => "import az",
            Command::Init { .. } => "init",
            Command::Profile { what: ProfileCommand::List } => "profile list",
            Command::Profile { what: ProfileCommand::Show { .. } } => "profile show",
            Command::Schema => "schema",
            Command::Reference => "reference",
            Command::Completions { .. } => "completions",
        }
    }
}

/// What `sweep` takes.
#[derive(Args, Debug)]
pub struct SweepArguments {
    /// Sweep file (TOML): a scenario, axes, and how they are combined. With `--tornado`, `--morris` or
    /// `--sobol-indices` a scenario as well: then every assumed or published parameter that it uses is
    /// moved within the range that its profile gives
    pub file: PathBuf,
    /// Write a folder with all result files for every point too
    #[arg(long, conflicts_with = "analysis")]
    pub points: bool,
    /// Go on with an unfinished sweep: play only what is missing
    #[arg(long)]
    pub resume: bool,
    /// Play only the I-th of N shards and write a part for `merge`: NAME.part-I-of-N.json
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Move one parameter at a time to both ends of its range, under the same strikes: which of my
    /// assumptions does this rest on
    #[arg(long, group = "analysis")]
    pub tornado: bool,
    /// Screen all parameters by Morris' elementary effects
    #[arg(long, group = "analysis")]
    pub morris: bool,
    /// First-order and total Sobol' indices: shares of the variance over all ranges
    #[arg(long, group = "analysis")]
    pub sobol_indices: bool,
    /// What an analysis watches: METRIC or METRIC of SCOPE, as in expectations
    #[arg(long, value_name = "METRIC", default_value = "unavailability", requires = "analysis")]
    pub metric: String,
    /// Paths of `--morris`; each plays one point more than there are parameters
    #[arg(long, value_name = "N", default_value_t = 10, requires = "morris",
        conflicts_with_all = ["tornado", "sobol_indices"],
        value_parser = whole::<u32>(2, 100_000))]
    pub trajectories: u32,
    /// Rows of `--sobol-indices`, best a power of two; each plays two points more than there are
    /// parameters
    #[arg(long, value_name = "N", default_value_t = 64, requires = "sobol_indices",
        conflicts_with_all = ["tornado", "morris"],
        value_parser = whole::<u32>(4, 100_000))]
    pub rows: u32,
}

/// Where servers are listed.
#[derive(Subcommand, Debug)]
pub enum ImportFrom {
    /// JSON of `az postgres flexible-server list -o json`, of the REST list call, or of Resource Graph
    Az {
        /// One or more files; `-` is the standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// What to show of the profiles.
#[derive(Subcommand, Debug)]
pub enum ProfileCommand {
    /// Names and what each describes
    List,
    /// The whole profile file
    Show {
        /// Name of the profile
        name: String,
    },
}

/// Flags that may stand anywhere on the line.
#[derive(Args, Debug, Default)]
pub struct Common {
    /// Change a value of the scenario, as in `standby.detection=30s`; several with `; ` between them
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,
    /// Seed of all chance
    #[arg(long, global = true, allow_negative_numbers = true,
        value_parser = whole::<u64>(0, MOST_SEED))]
    pub seed: Option<u64>,
    /// Number of replications, instead of the scenario's count or precision
    #[arg(long, global = true, allow_negative_numbers = true,
        value_parser = whole::<u32>(1, MOST_REPLICATIONS.into()))]
    pub replications: Option<u32>,
    /// Threads; all processors if left out. Never changes a result
    #[arg(long, global = true, allow_negative_numbers = true,
        value_parser = whole::<u16>(1, 1024))]
    pub threads: Option<u16>,
    /// Where to write, instead of results/NAME or the standard output
    #[arg(long, value_name = "PATH", global = true)]
    pub out: Option<PathBuf>,
    /// Replace what is there, even if it is not a result of fleetsim
    #[arg(long, global = true)]
    pub force: bool,
    /// Write a row for each incident, however many there are
    #[arg(long, global = true, conflicts_with = "no_incidents")]
    pub incidents: bool,
    /// Write no rows of incidents
    #[arg(long, global = true)]
    pub no_incidents: bool,
    /// Draw no charts
    #[arg(long, global = true)]
    pub no_charts: bool,
    /// Print the result as JSON: of `run` its summary.json, of `sweep` and `compare` the manifest with all
    /// rows of the tables as `found`, of `check` the scenario in force
    #[arg(long, global = true)]
    pub json: bool,
    /// Print nothing but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Show no progress
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// A whole number of an option, from the least to the most.
fn whole<N: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|n| (least..=most).contains(n));
        let number = number.and_then(|n| N::try_from(n).ok());
        number.ok_or_else(|| format!("expected a whole number from {least} to {most}"))
    }
}

impl Common {
    /// Threads to use.
    pub fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(all, usize::from)
    }
}
