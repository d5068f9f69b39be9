//! The end of writing: tables, charts, timing and the page go into place; then what was found is printed.

use super::arguments::Common;
use super::{Exit, print};
use crate::report::{self, Chart, Folder, Played};
use std::time::Instant;

/// The files of a sweep, a study or a comparison, ready to be written.
pub struct Files {
    /// Tables, and the manifest.
    pub tables: Vec<(String, Vec<u8>)>,
    /// Charts; none where none are wanted.
    pub charts: Vec<Chart>,
    /// Events of all that was played.
    pub events: u64,
    /// When the work began.
    pub started: Started,
}

/// When the work began, and where what it writes was played.
#[derive(Clone, Copy)]
pub struct Started {
    at: Instant,
    played: Played,
}

impl Started {
    /// Now, with work that is played here.
    pub fn here() -> Started {
        Started { at: Instant::now(), played: Played::Here }
    }

    /// Now, with parts that were played elsewhere.
    pub fn with_parts() -> Started {
        Started { at: Instant::now(), played: Played::Elsewhere }
    }

    /// The bytes of `timing.json` of what is done by now.
    pub fn timing(self, events: u64, common: &Common) -> Vec<u8> {
        let seconds = self.at.elapsed().as_secs_f64();
        report::timing_json(seconds, common.threads(), events, self.played)
    }
}

impl Files {
    /// Writes them, ends the folder and prints: with `--json` the manifest with the rows of the tables, else the
    /// summary. Says whether what was to be printed was.
    pub fn write(
        self,
        folder: Folder,
        common: &Common,
        summary: impl FnOnce() -> String,
    ) -> Result<Exit, String> {
        for (name, bytes) in &self.tables {
            folder.write(name, bytes).map_err(|e| e.to_string())?;
        }
        let timing = self.started.timing(self.events, common);
        folder.write(report::TIMING, &timing).map_err(|e| e.to_string())?;
        let place = report::finish(folder, &self.charts, common.threads())?;
        if common.json {
            let json = report::rows_json(&self.tables)?;
            return Ok(print::data(&String::from_utf8_lossy(&json)));
        }
        if common.quiet {
            return Ok(Exit::Done);
        }
        Ok(print::data(&format!("{}\nwrote {}\n", summary(), place.display())))
    }
}
