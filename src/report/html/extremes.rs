//! The rows of a table with the least or most of a number, without taking apart the others: tables of
//! servers and incidents have millions of rows, and every row is a line.

use csv::StringRecord;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that are read at once.
const PIECE: usize = 1 << 17;

/// The `most` rows with the smallest `sign` times the number in `column`, the smallest first, and of
/// equal ones the first; and how many rows there are. Rows without a number are counted alone.
pub fn rows(
    path: &Path,
    column: usize,
    sign: f64,
    most: usize,
) -> Result<(Vec<StringRecord>, usize), csv::Error> {
    let mut file = BufReader::with_capacity(PIECE, File::open(path)?);
    let mut kept: Vec<(f64, Vec<u8>)> = Vec::new();
    let prune = |kept: &mut Vec<(f64, Vec<u8>)>| {
        kept.sort_by(|a, b| a.0.total_cmp(&b.0));
        kept.truncate(most);
    };
    let (mut line, mut all, mut bound) = (Vec::new(), 0, f64::INFINITY);
    file.read_until(b'\n', &mut line)?;
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        all += 1;
        let number = field(&line, column).and_then(number).map(|n| sign * n);
        // Of equal ones those that were kept came before.
        let Some(number) = number.filter(|&n| n < bound) else { continue };
        kept.push((number, line.clone()));
        if kept.len() >= most.max(500).saturating_mul(2) {
            prune(&mut kept);
            bound = kept.last().map_or(bound, |last| last.0);
        }
    }
    prune(&mut kept);
    let lines: Vec<u8> = kept.into_iter().flat_map(|(_, line)| line).collect();
    Ok((records(&lines)?, all))
}

/// Where the rows with the most of a number stand in a table, known to whoever wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Largest {
    /// The column with the number.
    pub column: &'static str,
    /// How many rows there are.
    pub all: usize,
    /// First byte and number of bytes of each, the largest number first: of all rows, or of as many as
    /// anybody asks for.
    pub places: Vec<(u64, u32)>,
}

impl Largest {
    /// Whether it knows the first so many rows by that column.
    pub fn knows(&self, column: &str, most: usize) -> bool {
        self.column == column && self.places.len() >= most.min(self.all)
    }

    /// The first so many.
    pub fn rows(&self, path: &Path, most: usize) -> Result<Vec<StringRecord>, csv::Error> {
        let mut file = File::open(path)?;
        let mut lines = Vec::new();
        for &(at, bytes) in self.places.iter().take(most) {
            file.seek(SeekFrom::Start(at))?;
            file.by_ref().take(u64::from(bytes)).read_to_end(&mut lines)?;
        }
        records(&lines)
    }
}

fn records(lines: &[u8]) -> Result<Vec<StringRecord>, csv::Error> {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(lines);
    reader.into_records().collect()
}

/// A field of a line, as it stands there.
fn field(line: &[u8], column: usize) -> Option<&[u8]> {
    let (mut from, mut passed, mut quoted) = (0, 0, false);
    for (at, &byte) in line.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' | b'\n' if !quoted => {
                if passed == column {
                    return Some(&line[from..at]);
                }
                (from, passed) = (at + 1, passed + 1);
            }
            _ => {}
        }
    }
    None
}

fn number(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_and_the_least_are_found_whatever_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let mut text = "name,n,rest\n".to_string();
        for i in 0..5_000u32 {
            let n = i * 7_919 % 1_000;
            let name = if i % 3 == 0 { format!("\"a, \"\"{i}\"\"\"") } else { format!("b{i}") };
            let n = if i % 7 == 0 { String::new() } else { n.to_string() };
            text += &format!("{name},{n},\"x,{i}\"\n");
        }
        std::fs::write(&path, &text).unwrap();
        for sign in [1.0, -1.0] {
            let mut expected: Vec<(f64, StringRecord)> = csv::Reader::from_path(&path)
                .unwrap()
                .into_records()
                .map(|r| r.unwrap())
                .filter_map(|r| Some((sign * r[1].parse::<f64>().ok()?, r)))
                .collect();
            expected.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (found, all) = rows(&path, 1, sign, 40).unwrap();
            assert_eq!(all, 5_000);
            assert_eq!(found.len(), 40);
            assert!(found.iter().eq(expected[..40].iter().map(|e| &e.1)));
        }
    }
}
