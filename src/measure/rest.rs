//! Sums of replications that rest in files while nobody adds to them: most of what a large fleet keeps.
//!
//! Each replication adds to the sums of its stratum once, at its end, section by section. In between they
//! are of no use, and would stand beside the worlds that are played.

use super::replication::Replication;
use super::spread::Bins;
use super::sums::MANY;
use super::total::{Section, Stratum, Total};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek};

/// Where the strata of a total rest.
#[derive(Debug)]
pub struct Rest {
    /// Fleets of so many servers have sums that rest.
    many: usize,
    /// By stratum and section; none is awake.
    files: Vec<[Option<File>; Section::ALL.len()]>,
    /// Why sums are of no use.
    lost: Option<String>,
}

impl Default for Rest {
    fn default() -> Rest {
        Rest::from(MANY)
    }
}

impl Rest {
    /// For fleets of so many servers; those of smaller ones stay in memory.
    pub(super) fn from(many: usize) -> Rest {
        Rest { many, files: Vec::new(), lost: None }
    }

    /// Adds a finished replication to a total; the sums of a large fleet rest afterwards if `more` of them
    /// come. Until all are awake again, nobody else may look at the total.
    pub fn absorb(
        &mut self,
        total: &mut Total,
        replication: &mut Replication,
        bins: &mut Bins,
        more: bool,
    ) {
        let stratum = replication.stratum();
        let rests = more && replication.book.servers as usize >= self.many;
        for section in Section::ALL {
            self.wake(total, stratum, section);
            total.absorb_section(section, replication, bins);
            if rests {
                self.lay(total, stratum, section);
            }
        }
    }

    /// Takes a section out of memory. Without a file it stays where it is.
    fn lay(&mut self, total: &mut Total, stratum: usize, section: Section) {
        self.files.resize_with(total.strata.len(), Default::default);
        let mut sums = Stratum::default();
        total.strata[stratum].swap(section, &mut sums);
        match written(&sums) {
            Ok(file) => self.files[stratum][section as usize] = Some(file),
            Err(_) => total.strata[stratum].swap(section, &mut sums),
        }
    }

    /// Brings a section back into memory, if it rests.
    fn wake(&mut self, total: &mut Total, stratum: usize, section: Section) {
        let file = self.files.get_mut(stratum).and_then(|files| files[section as usize].take());
        let Some(file) = file else { return };
        match read(file) {
            Ok(mut sums) => total.strata[stratum].swap(section, &mut sums),
            Err(error) => {
                self.lost.get_or_insert(error.to_string());
            }
        }
    }

    /// Brings all of them back.
    pub fn wake_all(&mut self, total: &mut Total) {
        for stratum in 0..total.strata.len() {
            Section::ALL.into_iter().for_each(|section| self.wake(total, stratum, section));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_is_told() {
        let mut total = Total { strata: vec![Stratum::default(); 2], ..Total::default() };
        let mut rest = Rest::from(0);
        rest.lay(&mut total, 1, Section::Lines);
        rest.wake_all(&mut total);
        assert_eq!(rest.lost(), None);
        rest.files[1][Section::Classes as usize] = tempfile::tempfile().ok();
        rest.wake_all(&mut total);
        assert!(rest.lost().is_some(), "nothing is in it");
    }
}
