//! Reports: from an outcome to the bytes of result files, and to a summary that people read.
//!
//! Every table is one file here: its columns with their units and meaning, and a function that
//! returns its bytes. [`files`] makes all of them; [`Folder`] puts them in place, whole or not at
//! all; [`summary`] is what the terminal shows.
//!
//! **Invariant.** The same outcome gives the same bytes: no clock, no number of threads and no path
//! of the machine reaches a file (but `timing.json`, which is the caller's). Numbers are printed
//! without loss, missing ones are empty, and names from scenarios are data: quoted, and harmless in
//! a spreadsheet.
//!
//! Absent on purpose: the world, threads, arguments, progress, exit codes.

mod aligned;
mod assumptions;
mod blocks;
mod bound;
mod chart;
mod columns;
mod compare;
mod compare_text;
mod copy;
mod digits;
mod drilled;
mod estimates;
mod field;
mod finish;
mod folder;
mod html;
mod human;
mod incident_texts;
mod incidents;
mod lengths;
mod line;
mod manifest;
mod page;
mod place;
mod rows_json;
mod said;
mod seal;
mod sensitivity;
mod sensitivity_text;
mod servers;
mod summary_json;
mod sweep;
mod sweep_table;
mod sweep_text;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod workplace;

pub use aligned::{Room, folded_lines};
pub use chart::{Chart, SweepCharts, charts, compare_charts, sensitivity_charts, style_sheet};
pub use columns::{Column, FILES, columns, reference};
pub use compare::compare_files;
pub use compare_text::compare_summary;
pub use copy::ScenarioCopy;
pub use finish::{drawing, finish, picture};
pub use folder::{Folder, FolderError, OutFile};
pub use html::page;
pub use incidents::IncidentRows;
pub use manifest::{FORMAT, json_digest, scenario_digest};
pub use place::{cannot_write, check as check_place};
pub use rows_json::rows_json;
pub use seal::{is_sealed, kind, open, seal};
pub use sensitivity::{SensitivityPoint, sensitivity_files};
pub use sensitivity_text::sensitivity_summary;
pub use sweep::{SweepAbout, point_folder};
pub use sweep_table::{SweepPoint, SweepTable, in_sweep};
pub use sweep_text::sweep_summary;
pub use text::{Style, summary};
pub use workplace::{Identity, Workplace, WorkplaceError};

use crate::experiment::{Outcome, RowsKept};
use crate::scenario::Scenario;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Name of the table of estimates.
pub const ESTIMATES: &str = "estimates.csv";
/// Name of the table of servers.
pub const SERVERS: &str = "servers.csv";
/// Name of the time line.
pub const TIMELINE: &str = "timeline.csv";
/// Name of the table of incidents.
pub const INCIDENTS: &str = "incidents.csv";
/// Name of the table of parameters.
pub const ASSUMPTIONS: &str = "assumptions.csv";
/// Name of the estimates for programs.
pub const SUMMARY: &str = "summary.json";
/// Name of the folder of pictures.
pub const CHARTS: &str = "charts";
/// Name of the table of a comparison.
pub const COMPARE: &str = "compare.csv";
/// Name of the table of a sweep.
pub const SWEEP: &str = "sweep.csv";
/// Name of the table of a tornado.
pub const TORNADO: &str = "tornado.csv";
/// Name of the table of a Morris screening.
pub const MORRIS: &str = "morris.csv";
/// Name of the table of Sobol' indices.
pub const SOBOL_INDICES: &str = "sobol-indices.csv";
/// Name of the table of the points behind them.
pub const POINTS: &str = "points.csv";
/// Name of the file that says what was run; a folder with it is fleetsim's own.
pub const MANIFEST: &str = "manifest.json";
/// Name of the page that shows all of it.
pub const PAGE: &str = "report.html";
/// Name of the only file that may differ between two runs.
pub const TIMING: &str = "timing.json";

/// Where what is written was played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Played {
    /// By the command that writes it.
    Here,
    /// In parts that it joins.
    Elsewhere,
}

/// What the files say about the program and its call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct About {
    /// Version of fleetsim.
    pub version: String,
    /// The command that repeats the run: without `--threads`, `--out`, `--shard`, `--quiet` and
    /// `--force`, which change no byte.
    pub command: String,
}

impl About {
    /// This version, called like that.
    pub fn this(command: impl Into<String>) -> About {
        About { version: env!("CARGO_PKG_VERSION").to_string(), command: command.into() }
    }
}

/// Every file of a result, the manifest last. Rows of incidents that the caller had written
/// elsewhere ([`RowsKept::Written`]) are not among them, nor are long tables ([`write_long_tables`])
/// and `timing.json`.
pub fn files(scenario: &Scenario, outcome: &Outcome, about: &About) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![(ESTIMATES, estimates::bytes(outcome))];
    files.push((ASSUMPTIONS, assumptions::bytes(scenario)));
    if let RowsKept::Here(rows) = &outcome.rows {
        let mut bytes = IncidentRows::header();
        bytes.extend_from_slice(rows);
        files.push((INCIDENTS, bytes));
    }
    files.push((SUMMARY, summary_json(scenario, outcome)));
    files.push((MANIFEST, manifest::bytes(scenario, outcome, about)));
    files.into_iter().map(|(name, bytes)| (name.to_string(), bytes)).collect()
}

/// Writes `timeline.csv` and `servers.csv`, those of them that are wanted, into a folder, or into one
/// inside it (`""`, or a name with `/` at its end), piece by piece: there may be millions of rows.
///
/// # Errors
/// A file cannot be written.
pub fn write_long_tables(
    folder: &Folder,
    inside: &str,
    scenario: &Scenario,
    outcome: &Outcome,
) -> Result<(), FolderError> {
    let write = |name: &str, write: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let name = format!("{inside}{name}");
        let mut file = folder.file(&name)?;
        write(&mut file).map_err(|e| folder.cannot(&name, &e))?;
        file.close()
    };
    if outcome.book.wants.timeline {
        write(TIMELINE, &|file| timeline::write(outcome, scenario.fleet.calendar, file))?;
    }
    if outcome.book.wants.servers {
        write(SERVERS, &|file| servers::write(outcome, file))?;
    }
    Ok(())
}

/// Tells a folder where the rows of the longest incidents stand in a table that the caller has written,
/// so that the page need not look for them.
pub fn know_longest(folder: &mut Folder, outcome: &Outcome) {
    if let RowsKept::Written(longest) = &outcome.rows {
        let header = IncidentRows::header().len() as u64;
        let places = longest.places().iter().map(|p| (header + p.at, p.bytes)).collect();
        let all = longest.all() as usize;
        folder.know(INCIDENTS, html::Largest { column: incidents::LENGTH, all, places });
    }
}

/// The estimates, expectations and objectives for programs: the bytes of `summary.json`.
pub fn summary_json(scenario: &Scenario, outcome: &Outcome) -> Vec<u8> {
    summary_json::bytes(scenario, outcome)
}

/// The bytes of `timing.json`: what may differ between two runs. Parts that are joined were played elsewhere:
/// the time of joining them makes no rate.
pub fn timing_json(wall_seconds: f64, threads: usize, events: u64, played: Played) -> Vec<u8> {
    let rate = match played {
        Played::Elsewhere => None,
        Played::Here if wall_seconds > 0.0 => Some(events as f64 / wall_seconds),
        Played::Here => Some(0.0),
    };
    json_bytes(&json!({
        "wall_s": wall_seconds,
        "threads": threads,
        "events": events,
        "events_per_s": rate,
    }))
}

/// A value in its unit, as people say it.
pub fn value_in_words(unit: &str, value: f64) -> String {
    human::value(unit, value)
}

/// A JSON text with a line end.
fn json_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("a JSON value has a text");
    bytes.push(b'\n');
    bytes
}
