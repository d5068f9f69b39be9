//! `empirical = { file, column }`: the values of a law from a column of a CSV file.
//!
//! A value with its unit is read as everywhere. A bare number has the unit that the law's `unit`
//! says, else the one that the column's name ends in (`duration_s`, `repair_h`), else seconds for
//! durations and bytes per second for speeds.

use super::error::Complaint;
use super::laws::Of;
use super::reader::{Reader, Trail, list, nearest};
use super::syntax::{Node, Table};
use super::units;
use std::collections::BTreeMap;

/// Most rows that are read: a law needs no more, and a mistaken file must not fill the memory.
const MAX_ROWS: usize = 1_000_000;
/// Largest file that is read.
const MAX_BYTES: u64 = 256 << 20;
/// Complaints about single rows before the rest is only counted.
const MAX_ROW_COMPLAINTS: usize = 5;

/// Path, column and unit.
type Column = (String, String, String);

/// Columns already read, by path, column and unit; none where that failed.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    read: BTreeMap<Column, (Of, Option<Vec<f64>>)>,
}

impl Columns {
    /// The values that a table `{ file, column }` stands for, as they would be written there.
    pub fn values(&self, table: &Table) -> Option<serde_json::Value> {
        let text = |key: &str| table.text(key).unwrap_or("").to_string();
        let (of, values) = self.read.get(&(text("file"), text("column"), text("unit")))?;
        let print = |x: &f64| match of {
            Of::Durations => units::print_duration(*x).into(),
            Of::Speeds => units::print_speed(*x).into(),
            Of::Counts => serde_json::Value::from(*x as i64),
        };
        Some(values.as_ref()?.iter().map(print).collect())
    }
}

impl Reader<'_> {
    /// The values of a column; each is at least 0 and finite.
    pub fn column(
        &mut self,
        trail: &Trail<'_>,
        (file, file_node): &(String, &Node),
        (column, column_node): &(String, &Node),
        unit: &str,
        of: Of,
    ) -> Option<Vec<f64>> {
        let key = (file.clone(), column.clone(), unit.to_string());
        if let Some((_, values)) = self.columns.read.get(&key).filter(|(read, _)| *read == of) {
            return values.clone();
        }
        let values = self.read_column(trail, (file, file_node), (column, column_node), unit, of);
        self.columns.read.insert(key, (of, values.clone()));
        values
    }

    fn read_column(
        &mut self,
        trail: &Trail<'_>,
        (file, file_node): (&str, &Node),
        (column, column_node): (&str, &Node),
        unit: &str,
        of: Of,
    ) -> Option<Vec<f64>> {
        let at_file = trail.to("file");
        let Some(base_dir) = self.base_dir else {
            self.expected(&at_file, file_node, "no file: this scenario has no folder");
            return None;
        };
        let path = base_dir.join(file);
        let no_csv = |found: &str, expected: &str| {
            Complaint::new(file_node.span, at_file, format!("\"{file}\"{found}"), expected)
        };
        // A device may have no end, and its one line none either.
        let size = match std::fs::metadata(&path) {
            Ok(about) if about.is_file() => about.len(),
            Ok(_) => {
                self.complain(no_csv(", which is no file", "a CSV file"));
                return None;
            }
            Err(_) => 0,
        };
        if size > MAX_BYTES {
            let found = format!(" of more than {} MiB", MAX_BYTES >> 20);
            self.complain(no_csv(&found, "a CSV file"));
            return None;
        }
        let opened =
            csv::ReaderBuilder::new().flexible(true).from_path(&path).and_then(|mut csv| {
                let headers =
                    csv.headers()?.iter().map(|h| h.trim().to_string()).collect::<Vec<_>>();
                Ok((csv, headers))
            });
        let (mut csv, headers) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.complain(no_csv(&format!(": {}", why(&error)), "a CSV file"));
                return None;
            }
        };
        if headers.is_empty() {
            let expected = "a CSV file with the names of its columns in the first line";
            self.complain(no_csv(", which is empty", expected));
            return None;
        }
        let mut places = (0..headers.len()).filter(|i| headers[*i] == column);
        let (first, second) = (places.next(), places.next());
        let found =
            format!("\"{column}\"{}", if second.is_some() { " more than once" } else { "" });
        let (Some(index), None) = (first, second) else {
            let expected = match second {
                Some(_) => format!("a name that one column of {file} has"),
                None => format!("a column of {file}: {}", list(&headers)),
            };
            let complaint = Complaint::new(column_node.span, trail.key("column"), found, expected);
            let separator = match headers.as_slice() {
                [all] if first.is_none() => [";", "\t"].into_iter().find(|s| all.contains(s)),
                _ => None,
            };
            let near = nearest(column, &headers).filter(|_| first.is_none());
            self.complain(match (separator, near) {
                (Some(";"), _) => {
                    complaint.hint("fields are separated by commas, not by semicolons")
                }
                (Some(_), _) => complaint.hint("fields are separated by commas, not by tabs"),
                (None, Some(near)) => complaint.hint(format!("did you mean \"{near}\"?")),
                (None, None) => complaint,
            });
            return None;
        };
        let scale = scale(unit, column, of).or_else(|| {
            let found = format!("\"{unit}\"");
            let expected = "a unit such as \"s\", \"m\", \"h\" or \"d\"";
            self.complain(Complaint::new(file_node.span, trail.key("unit"), found, expected));
            None
        })?;
        let mut values = Vec::new();
        let mut bad = Vec::new();
        for (row, record) in csv.records().enumerate() {
            let line = record.as_ref().ok().and_then(|r| r.position()).map_or(0, |p| p.line());
            let line = if line == 0 { row as u64 + 2 } else { line };
            match record {
                // Blank fields at the end are what spreadsheets leave.
                Ok(record) if record.iter().skip(headers.len()).any(|f| !f.trim().is_empty()) => {
                    let (fields, columns) = (record.len(), headers.len());
                    bad.push(format!("line {line}: {fields} fields for {columns} columns"));
                }
                Ok(record) => {
                    let cell = record.get(index).unwrap_or("").trim();
                    match value(cell, scale, of) {
                        Some(x) => values.push(x),
                        None => bad.push(format!("line {line}: \"{cell}\"")),
                    }
                }
                Err(error) => {
                    bad.push(why(&error));
                    break;
                }
            }
            if values.len() > MAX_ROWS {
                let found = format!("more than {MAX_ROWS} rows");
                self.complain(Complaint::new(file_node.span, at_file, found, "fewer rows"));
                return None;
            }
        }
        let more = bad.len().saturating_sub(MAX_ROW_COMPLAINTS);
        for (i, row) in bad.iter().take(MAX_ROW_COMPLAINTS).enumerate() {
            let mut found = format!("{file}, column {column}, {row}");
            if i + 1 == MAX_ROW_COMPLAINTS && more > 0 {
                found.push_str(&format!(" and {more} more"));
            }
            let complaint = Complaint::new(
                column_node.span,
                trail.key("column"),
                found,
                match of {
                    Of::Durations => "durations in every row",
                    Of::Speeds => "speeds in every row",
                    Of::Counts => "whole numbers from 1 in every row",
                },
            );
            self.complain(complaint);
        }
        if !bad.is_empty() {
            return None;
        }
        if values.is_empty() {
            let found = format!("\"{file}\" without rows");
            self.complain(Complaint::new(file_node.span, at_file, found, "at least one row"));
            return None;
        }
        Some(values)
    }
}

/// Why a file cannot be read as CSV.
fn why(error: &csv::Error) -> String {
    let line = |p: &csv::Position| format!(", line {}", p.line());
    match error.kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("bytes that are no UTF-8 text{}", pos.as_ref().map(line).unwrap_or_default())
        }
        _ => format!("no CSV{}", error.position().map(line).unwrap_or_default()),
    }
}

/// What one unit of a bare number is in the base unit.
fn scale(unit: &str, column: &str, of: Of) -> Option<f64> {
    if of != Of::Durations {
        return unit.is_empty().then_some(1.0);
    }
    let of_unit = |unit: &str| units::duration(&format!("1{unit}")).ok();
    if !unit.is_empty() {
        return of_unit(unit);
    }
    let suffix = column.rsplit_once('_').map(|(_, suffix)| suffix);
    Some(
        suffix
            .filter(|s| !s.starts_with(|c: char| c.is_ascii_digit()))
            .and_then(of_unit)
            .unwrap_or(1.0),
    )
}

fn value(cell: &str, scale: f64, of: Of) -> Option<f64> {
    let bare = cell.parse::<f64>().ok().filter(|x| x.is_finite() && *x >= 0.0);
    match of {
        Of::Durations => match bare {
            Some(x) => Some(x * scale).filter(|x| *x <= units::LONGEST),
            None => units::duration(cell).ok(),
        },
        Of::Speeds => bare.or_else(|| units::speed(cell).ok()),
        Of::Counts => bare.filter(|x| *x >= 1.0 && libm::floor(*x) == *x && *x <= 1e6),
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::parse;

    /// What is said of a law from the column `x_s` of a file with these bytes.
    fn said(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("r.csv"), bytes).expect("written");
        let text = "name = 's'\n[[region]]\nname = 'r'\n[[servers]]\ngroup = 'g'\ncount = 3\n\
            [compute]\nvm_reboot = { empirical = { file = 'r.csv', column = 'x_s' } }\n";
        parse("s.toml", text, Some(folder.path()), &[])
            .map_or_else(|c| c.lines(), |_| String::new())
    }

    #[test]
    fn what_has_no_end_is_not_read() {
        let text = "name = 's'\n[[region]]\nname = 'r'\n[[servers]]\ngroup = 'g'\ncount = 3\n\
            [compute]\nvm_reboot = { empirical = { file = '/dev/zero', column = 'x' } }\n";
        let said =
            parse("s.toml", text, Some(std::path::Path::new(".")), &[]).expect_err("no file");
        assert!(cfg!(not(unix)) || said.lines().contains("which is no file"), "{}", said.lines());
    }

    #[test]
    fn what_is_no_column_is_said_in_words() {
        for fine in ["x_s\n1\n", "id,x_s\n1,2,,\n", "\u{feff}x_s,y\n1,2\n"] {
            assert_eq!(said(fine.as_bytes()), "", "{fine}");
        }
        let cases: [(&[u8], &str); 7] = [
            (
                b"x_s,x_s\n1,2\n",
                "expected a name that one column of r.csv has, found \"x_s\" more than once",
            ),
            (b"id,x_s\n1,2\n1,2,3\n", "r.csv, column x_s, line 3: 3 fields for 2 columns"),
            (b"\x00\xff\xfe,x\n1\n", "found \"r.csv\": bytes that are no UTF-8 text, line 1"),
            (b"x_s\n1\n\xff\n", "r.csv, column x_s, bytes that are no UTF-8 text, line 3"),
            (b"id;x_s\n1;2\n", "(fields are separated by commas, not by semicolons)"),
            (b"id\tx_s\n1\t2\n", "(fields are separated by commas, not by tabs)"),
            (b"", "names of its columns in the first line, found \"r.csv\", which is empty"),
        ];
        for (bytes, words) in cases {
            let said = said(bytes);
            assert!(said.contains(words) && said.lines().count() == 1, "{words}: {said}");
        }
    }
}
