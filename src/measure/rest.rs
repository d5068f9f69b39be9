//! Sums of replications that rest in a file while nobody adds to them: most of what a large fleet keeps.
//!
//! Each replication adds to the sums of its stratum once, at its end. In between they are of no use, and
//! would stand beside the worlds that are played.

use super::book::Book;
use super::sums::MANY;
use super::total::{Stratum, Total};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek};

/// Where the strata of a total rest.
#[derive(Default, Debug)]
pub struct Rest {
    /// By stratum; none is awake.
    files: Vec<Option<File>>,
    /// Why sums are of no use.
    lost: Option<String>,
}

impl Rest {
    /// Takes a stratum out of memory, if the fleet is large. Without a file it stays where it is.
    pub fn lay(&mut self, total: &mut Total, stratum: usize, book: &Book) {
        if (book.servers as usize) < MANY {
            return;
        }
        self.files.resize_with(total.strata.len(), || None);
        if self.files[stratum].is_none() {
            let sums = total.strata[stratum].take_replications();
            match written(&sums) {
                Ok(file) => self.files[stratum] = Some(file),
                Err(_) => total.strata[stratum].put_replications(sums),
            }
        }
    }

    /// Brings a stratum back into memory, if it rests.
    pub fn wake(&mut self, total: &mut Total, stratum: usize) {
        if let Some(file) = self.files.get_mut(stratum).and_then(Option::take) {
            match read(file) {
                Ok(sums) => total.strata[stratum].put_replications(sums),
                Err(error) => {
                    self.lost.get_or_insert(error.to_string());
                }
            }
        }
    }

    /// Brings all of them back.
    pub fn wake_all(&mut self, total: &mut Total) {
        (0..total.strata.len()).for_each(|stratum| self.wake(total, stratum));
    }

    /// Why sums are of no use, if they are not: a file could not be read again.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }
}

fn written(sums: &Stratum) -> io::Result<File> {
    let mut to = BufWriter::new(tempfile::tempfile()?);
    postcard::to_io(sums, &mut to).map_err(io::Error::other)?;
    let mut file = to.into_inner().map_err(|error| error.into_error())?;
    file.rewind()?;
    Ok(file)
}

fn read(file: File) -> io::Result<Stratum> {
    // All is owned, so that nothing is borrowed from what was read.
    let from = (BufReader::new(file), &mut [][..]);
    postcard::from_io(from).map(|(sums, _)| sums).map_err(io::Error::other)
}
