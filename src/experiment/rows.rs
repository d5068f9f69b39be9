//! Rows of incidents on their way from the cells to where they are kept, in order.
//!
//! The cell whose turn it is hands its rows over piece by piece, while they are in the cache; one that is
//! ready before its turn keeps them whole.

use super::longest::Longest;
use super::outcome::{RowFormat, RowsFrom, RowsKept};
use crate::measure::rows::Rows;
use std::io::{Error, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rows that are formatted at once: some 40 kB.
const PIECE: usize = 256;
/// So many bytes are handed over at once: a writer may take a part of them, and gets what is left again. So
/// nobody need collect them, and a cache has them.
const HANDED: usize = 1 << 18;

/// Where formatted rows go.
pub(super) enum RowSink<'w> {
    /// Nobody wants them.
    Nowhere,
    /// In memory, while they are at most so many.
    Few { rows: FormattedRows, most: u64 },
    /// There were more.
    TooMany,
    /// To the caller's writer; the first error is kept.
    Writer {
        writer: &'w mut (dyn Write + Send),
        error: Option<Error>,
        /// Bytes that it has.
        taken: u64,
        /// Rows that it has not taken yet.
        next: FormattedRows,
        longest: Longest,
    },
}

impl<'w> RowSink<'w> {
    /// Into memory, while they are at most so many.
    pub fn few(most: u64) -> RowSink<'w> {
        RowSink::Few { rows: FormattedRows::default(), most }
    }

    /// To a writer, however many there are.
    pub fn writer(writer: &'w mut (dyn Write + Send)) -> RowSink<'w> {
        RowSink::Writer {
            writer,
            error: None,
            taken: 0,
            next: FormattedRows::default(),
            longest: Longest::default(),
        }
    }

    /// Whether more rows change anything.
    pub fn wants_more(&self) -> bool {
        !matches!(self, RowSink::Nowhere | RowSink::TooMany)
    }

    /// Has the next rows put where they belong; how many bytes they are.
    fn put(&mut self, format: impl FnOnce(&mut FormattedRows)) -> u64 {
        match self {
            RowSink::Nowhere | RowSink::TooMany => 0,
            RowSink::Few { rows, most } => {
                let before = rows.used;
                format(rows);
                let bytes = rows.used - before;
                if rows.longest.all() > *most {
                    *self = RowSink::TooMany;
                }
                bytes as u64
            }
            RowSink::Writer { writer, error, taken, next, longest } => {
                next.longest.begin_after(longest);
                let before = next.used;
                format(next);
                let bytes = next.used - before;
                longest.append(&mut next.longest, *taken);
                match next.hand_over(*writer) {
                    Ok(took) => *taken += took as u64,
                    Err(first) => {
                        error.get_or_insert(first);
                        next.used = 0;
                    }
                }
                bytes as u64
            }
        }
    }

    /// Takes rows of a cell that waited for its turn.
    fn take(&mut self, waiting: &mut FormattedRows) {
        self.put(|next| next.append(waiting));
    }

    /// Why the writer failed, if it did; told once.
    pub fn error(&mut self) -> Option<Error> {
        match self {
            RowSink::Writer { error, .. } => error.take(),
            _ => None,
        }
    }

    /// Hands over what is left, once all rows have come.
    pub fn finish(&mut self) -> Result<(), Error> {
        let RowSink::Writer { writer, taken, next, .. } = self else { return Ok(()) };
        writer.write_all(&next.bytes[..next.used])?;
        *taken += next.used as u64;
        next.used = 0;
        Ok(())
    }

    /// What became of them.
    pub fn kept(self) -> RowsKept {
        match self {
            RowSink::Nowhere => RowsKept::None,
            RowSink::TooMany => RowsKept::TooMany,
            RowSink::Few { mut rows, .. } => {
                rows.bytes.truncate(rows.used);
                RowsKept::Here(rows.bytes)
            }
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

impl FormattedRows {
    /// Empties it and keeps its memory.
    fn clear(&mut self) {
        self.used = 0;
        self.longest.clear();
    }

    /// Rows that follow.
    fn append(&mut self, next: &mut FormattedRows) {
        self.bytes.truncate(self.used);
        self.bytes.extend_from_slice(&next.bytes[..next.used]);
        self.longest.append(&mut next.longest, self.used as u64);
        self.used += next.used;
    }

    /// Gives a writer what it takes of them, until few are left; how many bytes it took.
    fn hand_over(&mut self, writer: &mut dyn Write) -> Result<usize, Error> {
        let mut took = 0;
        while self.used - took >= HANDED {
            match writer.write(&self.bytes[took..self.used]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(some) => took += some,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.bytes.copy_within(took..self.used, 0);
        self.used -= took;
        Ok(took)
    }
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
        let count = rows.len() as u64;
        if !is_its_turn {
            let mut buffer = lock(&self.spare).pop().unwrap_or_default();
            buffer.clear();
            format.format(from, rows, 0..rows.len(), &mut buffer);
            return CellRows { counts: (buffer.used as u64, count), waiting: Some(buffer) };
        }
        let mut sink = self.write_due();
        let mut bytes = 0;
        for first in (0..rows.len()).step_by(PIECE) {
            let piece = first..rows.len().min(first + PIECE);
            bytes += sink.put(|next| format.format(from, rows, piece, next));
        }
        self.open.store(sink.wants_more(), Ordering::Relaxed);
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
            // A writer that takes some of what it is given.
            struct Some(Vec<u8>);
            impl Write for Some {
                fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
                    let taken = bytes.len().min(100_003);
                    self.0.extend_from_slice(&bytes[..taken]);
                    Ok(taken)
                }
                fn flush(&mut self) -> Result<(), Error> {
                    Ok(())
                }
            }
            let mut written = Some(Vec::new());
            let mut sink = RowSink::writer(&mut written);
            for (number, of_cell) in lengths.chunks(piece).enumerate() {
                let format = |rows: &mut FormattedRows| {
                    for (i, &length) in of_cell.iter().enumerate() {
                        let (at, text) = (rows.used, format!("{:30}\n", number * piece + i));
                        rows.bytes.truncate(at);
                        rows.bytes.extend_from_slice(text.as_bytes());
                        rows.used += text.len();
                        rows.longest.add(length, at as u64, text.len() as u32);
                    }
                };
                if number % 3 > 0 {
                    assert_eq!(sink.put(format), of_cell.len() as u64 * 31);
                } else {
                    let mut waiting = FormattedRows::default();
                    format(&mut waiting);
                    sink.take(&mut waiting);
                }
            }
            sink.finish().unwrap();
            let RowsKept::Written(longest) = sink.kept() else { panic!("they were written") };
            assert_eq!(longest.all(), 20_000);
            let found: Vec<usize> = longest
                .places()
                .iter()
                .map(|p| {
                    let text = &written.0[p.at as usize..p.at as usize + p.bytes as usize];
                    std::str::from_utf8(text).unwrap().trim().parse().unwrap()
                })
                .collect();
            assert_eq!(found, expected[..Longest::MOST], "{piece}");
        }
    }
}
