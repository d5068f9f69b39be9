//! Rows of incidents on their way from the cells to where they are kept, in order.
//!
//! The cell whose turn it is hands its rows over piece by piece, while they are in the cache; one that is
//! ready before its turn keeps them whole.

use super::longest::Longest;
use super::outcome::{RowFormat, RowsFrom, RowsKept};
use crate::measure::rows::Rows;
use std::io::{Error, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rows of a piece: some 80 kB, which a cache has and which a writer need not collect.
const PIECE: usize = 512;

/// Where formatted rows go.
pub(super) enum RowSink<'w> {
    /// Nobody wants them.
    Nowhere,
    /// In memory, while they are at most so many.
    Few { bytes: Vec<u8>, rows: u64, most: u64 },
    /// There were more.
    TooMany,
    /// To the caller's writer; the first error is kept.
    Writer {
        writer: &'w mut (dyn Write + Send),
        error: Option<Error>,
        bytes: u64,
        longest: Longest,
    },
}

impl<'w> RowSink<'w> {
    /// Into memory, while they are at most so many.
    pub fn few(most: u64) -> RowSink<'w> {
        RowSink::Few { bytes: Vec::new(), rows: 0, most }
    }

    /// To a writer, however many there are.
    pub fn writer(writer: &'w mut (dyn Write + Send)) -> RowSink<'w> {
        RowSink::Writer { writer, error: None, bytes: 0, longest: Longest::default() }
    }

    /// Whether more rows change anything.
    pub fn wants_more(&self) -> bool {
        !matches!(self, RowSink::Nowhere | RowSink::TooMany)
    }

    /// Makes a buffer ready for what comes next.
    fn prepare(&self, next: &mut FormattedRows) {
        next.used = 0;
        match self {
            RowSink::Writer { longest, .. } => next.longest.begin_after(longest),
            _ => next.longest.clear(),
        }
    }

    /// Takes the next rows.
    fn take(&mut self, next: &mut FormattedRows) {
        match self {
            RowSink::Nowhere | RowSink::TooMany => {}
            RowSink::Few { bytes, rows, most } => {
                *rows += next.longest.all();
                if *rows > *most {
                    *self = RowSink::TooMany;
                } else {
                    bytes.extend_from_slice(&next.bytes[..next.used]);
                }
            }
            RowSink::Writer { writer, error, bytes, longest } => {
                if error.is_none() {
                    *error = writer.write_all(&next.bytes[..next.used]).err();
                }
                longest.append(&mut next.longest, *bytes);
                *bytes += next.used as u64;
            }
        }
    }

    /// Why the writer failed, if it did; told once.
    pub fn error(&mut self) -> Option<Error> {
        match self {
            RowSink::Writer { error, .. } => error.take(),
            _ => None,
        }
    }

    /// What became of them.
    pub fn kept(self) -> RowsKept {
        match self {
            RowSink::Nowhere => RowsKept::None,
            RowSink::TooMany => RowsKept::TooMany,
            RowSink::Few { bytes, .. } => RowsKept::Here(bytes),
            RowSink::Writer { longest, .. } => RowsKept::Written(longest),
        }
    }
}

/// Rows of a cell as bytes.
#[derive(Clone, Default, Debug)]
pub struct FormattedRows {
    /// All of them, one after the other, and room after them.
    pub bytes: Vec<u8>,
    /// How many of the bytes belong to rows.
    pub used: usize,
    /// The longest incidents among them: each row is added to it.
    pub longest: Longest,
}

/// What became of the rows of a cell.
#[derive(Default)]
pub(super) struct CellRows {
    /// How many bytes and rows there are.
    pub counts: (u64, u64),
    /// Those that wait for their turn.
    waiting: Option<FormattedRows>,
}

/// Whom the workers hand rows to. It has locks of its own, so that nobody waits for it to merge.
pub(super) struct RowWriter<'w> {
    sink: Mutex<RowSink<'w>>,
    /// Whether it takes more of them.
    open: AtomicBool,
    /// Rows of merged cells, in order, that are still to be written.
    due: Mutex<Vec<FormattedRows>>,
    spare: Mutex<Vec<FormattedRows>>,
}

impl<'w> RowWriter<'w> {
    /// Writes to a sink.
    pub fn new(sink: RowSink<'w>) -> RowWriter<'w> {
        RowWriter {
            open: AtomicBool::new(sink.wants_more()),
            sink: Mutex::new(sink),
            due: Mutex::default(),
            spare: Mutex::default(),
        }
    }

    /// Whether more rows change anything.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// Formats the rows of a cell; if it is its turn, they are written as well.
    pub fn format(
        &self,
        is_its_turn: bool,
        format: &dyn RowFormat,
        from: RowsFrom<'_>,
        rows: &Rows,
    ) -> CellRows {
        if !self.is_open() {
            return CellRows::default();
        }
        let mut buffer = lock(&self.spare).pop().unwrap_or_default();
        let mut bytes = 0;
        let count = rows.len() as u64;
        if !is_its_turn {
            buffer.used = 0;
            buffer.longest.clear();
            format.format(from, rows, 0..rows.len(), &mut buffer);
            bytes = buffer.used as u64;
            return CellRows { counts: (bytes, count), waiting: Some(buffer) };
        }
        let mut sink = self.write_due();
        for first in (0..rows.len()).step_by(PIECE) {
            sink.prepare(&mut buffer);
            format.format(from, rows, first..rows.len().min(first + PIECE), &mut buffer);
            bytes += buffer.used as u64;
            sink.take(&mut buffer);
        }
        self.open.store(sink.wants_more(), Ordering::Relaxed);
        lock(&self.spare).push(buffer);
        CellRows { counts: (bytes, count), waiting: None }
    }

    /// The rows of a cell are next. Cells come in order.
    pub fn follow(&self, rows: CellRows) {
        if let Some(waiting) = rows.waiting {
            lock(&self.due).push(waiting);
        }
    }

    /// Writes what is due. Whoever has merged waits here while others write, so that never more cells wait
    /// for the disk than there are workers.
    pub fn write(&self) {
        if !lock(&self.due).is_empty() {
            let sink = self.write_due();
            self.open.store(sink.wants_more(), Ordering::Relaxed);
        }
    }

    fn write_due(&self) -> MutexGuard<'_, RowSink<'w>> {
        let mut sink = lock(&self.sink);
        let mut due = std::mem::take(&mut *lock(&self.due));
        due.iter_mut().for_each(|rows| sink.take(rows));
        lock(&self.spare).append(&mut due);
        sink
    }

    /// The sink, once nobody writes any more.
    pub fn into_sink(self) -> RowSink<'w> {
        self.sink.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_are_found_in_whatever_pieces_rows_come() {
        let lengths: Vec<u64> = (0..20_000u64).map(|i| i * 7_919 % 1_009 + 1).collect();
        let mut expected: Vec<usize> = (0..lengths.len()).collect();
        expected.sort_by_key(|&i| std::cmp::Reverse(lengths[i]));
        for piece in [1, 7, 250, 601, 20_000] {
            let (mut written, mut rows) = (Vec::new(), FormattedRows::default());
            let mut sink = RowSink::writer(&mut written);
            for (number, of_cell) in lengths.chunks(piece).enumerate() {
                sink.prepare(&mut rows);
                for (i, &length) in of_cell.iter().enumerate() {
                    let (at, text) = (rows.used, format!("{}\n", number * piece + i));
                    rows.bytes.truncate(at);
                    rows.bytes.extend_from_slice(text.as_bytes());
                    rows.used += text.len();
                    rows.longest.add(length, at as u64, text.len() as u32);
                }
                sink.take(&mut rows);
            }
            let RowsKept::Written(longest) = sink.kept() else { panic!("they were written") };
            assert_eq!(longest.all(), 20_000);
            let found: Vec<usize> = longest
                .places()
                .iter()
                .map(|p| {
                    let text = &written[p.at as usize..p.at as usize + p.bytes as usize];
                    std::str::from_utf8(text).unwrap().trim_end().parse().unwrap()
                })
                .collect();
            assert_eq!(found, expected[..Longest::MOST], "{piece}");
        }
    }
}
