//! What a results folder holds, read back: refused unless it is whole and fleetsim's own.

use super::extremes::{self, Largest};
use super::study::TABLES;
use crate::report::columns;
use crate::report::field::unguarded;
use crate::report::manifest::{FORMAT, Fingerprint, MADE_BY};
use crate::report::{ASSUMPTIONS, CHARTS, COMPARE, ESTIMATES, MANIFEST, SUMMARY, SWEEP};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// What wrote a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `run`.
    Run,
    /// `compare`.
    Compare,
    /// `sweep`.
    Sweep,
    /// A sensitivity study.
    Study,
}

/// A file as the manifest lists it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its digest.
    pub digest: String,
}

/// A results folder.
#[derive(Debug)]
pub struct Found {
    folder: PathBuf,
    /// What wrote it.
    pub kind: Kind,
    /// Its manifest.
    pub manifest: Value,
    /// Its files but the manifest, by name.
    pub files: BTreeMap<String, Listed>,
    /// What is known of its tables without reading them, by name.
    known: BTreeMap<String, Largest>,
}

/// Which rows of a table are kept.
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// The first so many.
    First(usize),
    /// Those with the largest number in a column, the largest first.
    Largest(&'static str, usize),
    /// Those with the smallest number in a column, the smallest first.
    Smallest(&'static str, usize),
    /// Those with one of these words in a column.
    Of(&'static str, &'static [&'static str]),
}

/// A table of a folder, or a part of it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Names of its columns.
    pub columns: Vec<String>,
    /// Its rows, as many as are kept.
    pub rows: Vec<Vec<String>>,
    /// How many rows it has.
    pub all: usize,
}

impl Table {
    /// The place of a column.
    pub fn at(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == column)
    }

    /// Reads fields of a row by the names of columns; a missing one is empty.
    pub fn reader(&self) -> impl for<'r> Fn(&'r [String], &str) -> &'r str {
        |row, column| self.at(column).and_then(|i| row.get(i)).map_or("", String::as_str)
    }
}

impl Found {
    /// Looks into a folder that a command of this program is writing, and knows of its tables.
    pub fn own(folder: &Path, known: BTreeMap<String, Largest>) -> Result<Found, Vec<String>> {
        let path = folder.join(MANIFEST);
        let text = fs::read(&path).map_err(|e| match e.kind() {
            ErrorKind::NotFound if !folder.exists() => {
                vec![format!("{} is not there", folder.display())]
            }
            ErrorKind::NotADirectory => {
                vec![format!("{} is a file, not a folder", folder.display())]
            }
            ErrorKind::NotFound => vec![format!(
                "{} has no {MANIFEST}: it is no result of fleetsim, or not a whole one",
                folder.display()
            )],
            _ => vec![format!("cannot read {}: {e}", path.display())],
        })?;
        let damaged = |why: &str| vec![format!("{} is damaged: {why}", path.display())];
        let manifest: Value =
            serde_json::from_slice(&text).map_err(|e| damaged(&format!("it is no JSON: {e}")))?;
        if manifest["made_by"] != MADE_BY {
            return Err(vec![format!("{} was not written by fleetsim", path.display())]);
        }
        if manifest["format"] != FORMAT {
            let version = manifest["version"].as_str().unwrap_or("of another time");
            return Err(vec![format!(
                "{} was written by fleetsim {version}, whose folders this one cannot read",
                path.display()
            )]);
        }
        let Some(list) = manifest["files"].as_object() else {
            return Err(damaged("it does not list the files of the folder"));
        };
        let listed = |(name, file): (&String, &Value)| {
            let bytes = file["bytes"].as_u64()?;
            let digest = file["digest"].as_str()?.to_string();
            let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_)));
            inside.then(|| (name.clone(), Listed { bytes, digest }))
        };
        let files: Option<BTreeMap<_, _>> = list.iter().map(listed).collect();
        let files = files.ok_or_else(|| damaged("its list of files is not one"))?;
        let kind = match (manifest.get("scenarios"), manifest.get("sweep")) {
            (Some(_), _) => Kind::Compare,
            (_, Some(_)) => Kind::Sweep,
            _ if TABLES.iter().any(|t| files.contains_key(t.0)) => Kind::Study,
            _ => Kind::Run,
        };
        let needed: &[&str] = match kind {
            Kind::Run => &[ESTIMATES, SUMMARY, ASSUMPTIONS],
            Kind::Compare => &[COMPARE],
            Kind::Sweep => &[SWEEP],
            Kind::Study => &[],
        };
        if let Some(lacks) = needed.iter().find(|n| !files.contains_key(**n)) {
            return Err(damaged(&format!("it lists no {lacks}")));
        }
        Ok(Found { folder: folder.to_path_buf(), kind, manifest, files, known })
    }

    /// Looks into any folder: every file must be there, as it was written.
    pub fn checked(folder: &Path) -> Result<Found, Vec<String>> {
        let found = Found::own(folder, BTreeMap::new())?;
        let wrong: Vec<String> =
            found.files.iter().filter_map(|(name, listed)| found.wrong(name, listed)).collect();
        if wrong.is_empty() { Ok(found) } else { Err(wrong) }
    }

    fn wrong(&self, name: &str, listed: &Listed) -> Option<String> {
        let path = self.folder.join(name);
        match digest(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                Some(format!("{} is missing: the folder is not whole any more", path.display()))
            }
            Err(e) => Some(format!("cannot read {}: {e}", path.display())),
            Ok((bytes, _)) if bytes < listed.bytes => Some(format!(
                "{} is cut short: {bytes} of {} bytes are there",
                path.display(),
                listed.bytes
            )),
            Ok((_, digest)) if digest != listed.digest => Some(format!(
                "{} is not what was written: it was changed or damaged",
                path.display()
            )),
            Ok(_) => None,
        }
    }

    /// A text of the manifest, harmless to show; empty if it is not there.
    pub fn word(&self, key: &str) -> String {
        shown(&self.manifest[key])
    }

    /// A file of JSON.
    pub fn json(&self, name: &str) -> Result<Value, Vec<String>> {
        let bytes = fs::read(self.folder.join(name)).map_err(|e| self.cannot(name, &e))?;
        serde_json::from_slice(&bytes).map_err(|e| self.cannot(name, &e))
    }

    /// A table with the columns that this version writes; none if the folder has none.
    pub fn table(&self, name: &'static str, keep: Keep) -> Result<Option<Table>, Vec<String>> {
        if !self.files.contains_key(name) {
            return Ok(None);
        }
        let table = self.any_table(name, keep)?;
        self.check_columns(name, &table)?;
        Ok(Some(table))
    }

    /// Goes through all rows of such a table without keeping them; `each` also gets it without rows.
    pub fn walk(
        &self,
        name: &'static str,
        mut each: impl FnMut(&Table, &[String]),
    ) -> Result<(), Vec<String>> {
        if !self.files.contains_key(name) {
            return Ok(());
        }
        let failed = |e: csv::Error| self.cannot(name, &e);
        let mut reader = csv::Reader::from_path(self.folder.join(name)).map_err(failed)?;
        let columns = reader.headers().map_err(failed)?.iter().map(own).collect();
        let table = Table { columns, ..Table::default() };
        self.check_columns(name, &table)?;
        for record in reader.records() {
            let row: Vec<String> = record.map_err(failed)?.iter().map(own).collect();
            each(&table, &row);
        }
        Ok(())
    }

    fn check_columns(&self, name: &str, table: &Table) -> Result<(), Vec<String>> {
        let columns = columns();
        let declared = columns.iter().filter(|c| c.file == name && c.column != "AXIS");
        match declared.into_iter().find(|c| table.at(&c.column).is_none()) {
            Some(lacks) => Err(self.cannot(name, &format!("it has no column {}", lacks.column))),
            None => Ok(()),
        }
    }

    /// Any table. Names are what they were before they were made harmless to a spreadsheet.
    pub fn any_table(&self, name: &str, keep: Keep) -> Result<Table, Vec<String>> {
        let failed = |e: csv::Error| self.cannot(name, &e);
        let path = self.folder.join(name);
        let mut reader = csv::Reader::from_path(&path).map_err(failed)?;
        let columns = reader.headers().map_err(failed)?.iter().map(own).collect();
        let mut table = Table { columns, ..Table::default() };
        if let Keep::Largest(column, most) = keep
            && let Some(known) = self.known.get(name).filter(|k| k.knows(column, most))
        {
            let rows = known.rows(&path, most).map_err(failed)?;
            table.rows = rows.iter().map(|r| r.iter().map(own).collect()).collect();
            table.all = known.all;
            return Ok(table);
        }
        let (most, column, sign) = match keep {
            Keep::First(n) => (n, None, 0.0),
            Keep::Largest(column, n) => (n, table.at(column), -1.0),
            Keep::Smallest(column, n) => (n, table.at(column), 1.0),
            Keep::Of(..) => (usize::MAX, None, 0.0),
        };
        if let Some(column) = column {
            let (rows, all) = extremes::rows(&path, column, sign, most).map_err(failed)?;
            table.rows = rows.iter().map(|r| r.iter().map(own).collect()).collect();
            table.all = all;
            return Ok(table);
        }
        let wanted = match keep {
            Keep::Of(column, words) => table.at(column).map(|column| (column, words)),
            _ => None,
        };
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(failed)? {
            table.all += 1;
            let kept = wanted.is_none_or(|(at, words)| words.contains(&&record[at]));
            if kept && table.rows.len() < most {
                table.rows.push(record.iter().map(own).collect());
            }
        }
        Ok(table)
    }

    /// The charts: name and text of each.
    pub fn charts(&self) -> Result<Vec<(String, String)>, Vec<String>> {
        let mut charts = Vec::new();
        for file in self.files.keys() {
            let name = file.strip_prefix(CHARTS).and_then(|n| n.strip_prefix('/'));
            let Some(name) = name.and_then(|n| n.strip_suffix(".svg")) else { continue };
            let text = fs::read_to_string(self.folder.join(file));
            charts.push((name.to_string(), text.map_err(|e| self.cannot(file, &e))?));
        }
        Ok(charts)
    }

    fn cannot(&self, name: &str, why: &dyn std::fmt::Display) -> Vec<String> {
        vec![format!("cannot use {}: {why}", self.folder.join(name).display())]
    }
}

/// A field as the program had it.
fn own(field: &str) -> String {
    unguarded(field).to_string()
}

/// A JSON value as a text that is harmless to show.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => crate::scenario::error::escape(text),
        other => other.to_string(),
    }
}

/// Size and digest of a file.
fn digest(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut all, mut size) = (Fingerprint::default(), 0);
    let mut piece = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut piece)?;
        if n == 0 {
            return Ok((size, all.text()));
        }
        all.add(&piece[..n]);
        size += n as u64;
    }
}
