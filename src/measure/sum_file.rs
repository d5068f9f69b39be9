//! Sums of every server in a file without a name, so that a large fleet takes no memory for them.
//!
//! The system keeps of it what it has room for, and drops it with the process. Cells come with whole
//! stretches of servers, and tables are written in their order, so all access is in pieces.

use super::sums::ServerSum;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// Bytes of the sums of a server: four words.
const SUM: usize = 32;
/// Servers that are read or written at once.
pub const PIECE: usize = 1024;

/// Sums of so many servers.
#[derive(Debug)]
pub struct SumFile {
    file: Mutex<File>,
    servers: usize,
    buffer: Vec<u8>,
}

/// What could not be added, with the servers from which on it is not in the file.
#[derive(Debug)]
pub struct NotAdded {
    /// Sums of a piece that may be written in part: its first server, and what it must be.
    pub piece: (usize, Vec<ServerSum>),
    /// How many servers were to be added and are not, those of the piece left out.
    pub left: usize,
}

impl SumFile {
    /// Nothing yet, in the folder that the system has for such files.
    pub fn new(servers: usize) -> io::Result<SumFile> {
        let file = tempfile::tempfile()?;
        file.set_len((servers * SUM) as u64)?;
        Ok(SumFile { file: Mutex::new(file), servers, buffer: Vec::new() })
    }

    /// What a file holds already, and cannot be changed.
    #[cfg(test)]
    pub(super) fn read_only(file: File, servers: usize) -> SumFile {
        SumFile { file: Mutex::new(file), servers, buffer: Vec::new() }
    }

    /// How many servers it has room for.
    pub fn len(&self) -> usize {
        self.servers
    }

    /// Makes room for so many servers.
    pub fn resize(&mut self, servers: usize) -> io::Result<()> {
        if servers > self.servers {
            let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
            file.set_len((servers * SUM) as u64)?;
            self.servers = servers;
        }
        Ok(())
    }

    /// Adds sums to those of the servers from `first` on. If that fails, it tells what is missing.
    pub fn add(
        &mut self,
        mut first: usize,
        mut more: impl ExactSizeIterator<Item = ServerSum>,
    ) -> Result<(), NotAdded> {
        while more.len() > 0 {
            let count = more.len().min(PIECE);
            let mut piece = Vec::with_capacity(count);
            if self.read(first, count, &mut piece).is_err() {
                return Err(NotAdded { piece: (first, Vec::new()), left: more.len() });
            }
            piece.iter_mut().zip(more.by_ref()).for_each(|(sum, more)| sum.add(more));
            if self.write(first, &piece).is_err() {
                return Err(NotAdded { piece: (first, piece), left: more.len() });
            }
            first += count;
        }
        Ok(())
    }

    fn write(&mut self, first: usize, piece: &[ServerSum]) -> io::Result<()> {
        self.buffer.clear();
        for sum in piece {
            for word in sum.words() {
                self.buffer.extend_from_slice(&word.to_le_bytes());
            }
        }
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start((first * SUM) as u64))?;
        file.write_all(&self.buffer)
    }

    /// Appends the sums of servers from `first` on.
    pub fn read(&self, first: usize, count: usize, to: &mut Vec<ServerSum>) -> io::Result<()> {
        let mut bytes = vec![0; count * SUM];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start((first * SUM) as u64))?;
        file.read_exact(&mut bytes)?;
        drop(file);
        let (words, _) = bytes.as_chunks::<8>();
        let (sums, _) = words.as_chunks::<4>();
        to.extend(sums.iter().map(|sum| ServerSum::of(sum.map(u64::from_le_bytes))));
        Ok(())
    }
}
