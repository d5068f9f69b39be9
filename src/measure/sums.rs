//! Sums of every server over replications: in memory in few bytes, or in a file where there are many.

use super::server::Account;
use super::sum_columns::Columns;
use super::sum_file::{NotAdded, PIECE, SumFile};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::io;

/// Fleets with so many servers have their sums in a file.
pub(super) const MANY: usize = 200_000;

/// Sums of one server over replications.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct ServerSum {
    /// Down, us.
    pub down: u64,
    /// Unavailability of its worst month, 10^-12.
    pub worst: u64,
    /// Incidents.
    pub incidents: u64,
    /// Months below the target.
    pub breaches: u64,
}

impl ServerSum {
    /// One replication of a server.
    #[inline]
    pub fn once(account: &Account) -> ServerSum {
        ServerSum {
            down: account.down,
            worst: account.worst().unwrap_or(0),
            incidents: account.incidents.into(),
            breaches: account.breaches().into(),
        }
    }

    /// Its numbers in order.
    pub(super) fn words(self) -> [u64; 4] {
        [self.down, self.worst, self.incidents, self.breaches]
    }

    /// The same from its numbers.
    pub(super) fn of([down, worst, incidents, breaches]: [u64; 4]) -> ServerSum {
        ServerSum { down, worst, incidents, breaches }
    }

    /// Adds another one.
    #[inline]
    pub(super) fn add(&mut self, more: ServerSum) {
        self.down += more.down;
        self.worst += more.worst;
        self.incidents += more.incidents;
        self.breaches += more.breaches;
    }
}

#[derive(Debug)]
enum Kept {
    InMemory(Columns),
    InFile(SumFile),
}

/// Sums of all servers of a stratum. What they say, and how they are written, is the same wherever
/// they are kept.
#[derive(Debug)]
pub struct ServerSums {
    kept: Kept,
    /// Why they are of no use.
    lost: Option<String>,
}

impl Default for ServerSums {
    fn default() -> ServerSums {
        ServerSums { kept: Kept::InMemory(Columns::default()), lost: None }
    }
}

impl ServerSums {
    /// Makes room for so many servers.
    pub fn resize(&mut self, servers: usize) {
        if self.is_empty() && servers >= MANY {
            // Without a file it goes on in memory.
            if let Ok(file) = SumFile::new(servers) {
                self.kept = Kept::InFile(file);
            }
        }
        match &mut self.kept {
            Kept::InMemory(columns) => columns.resize(servers),
            Kept::InFile(file) => {
                if file.resize(servers).is_err() {
                    self.leave_file(servers, (0, Vec::new()));
                }
            }
        }
    }

    /// How many servers it has room for.
    pub fn len(&self) -> usize {
        match &self.kept {
            Kept::InMemory(columns) => columns.len(),
            Kept::InFile(file) => file.len(),
        }
    }

    /// Whether nobody wanted it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Why the sums are of no use, if they are not: a file could not be read again.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// Adds sums to those of the servers from `first` on, for which there is room.
    pub fn add(&mut self, first: usize, more: impl ExactSizeIterator<Item = ServerSum> + Clone) {
        let all = more.len();
        match &mut self.kept {
            Kept::InMemory(columns) => {
                (first..).zip(more).for_each(|(at, sum)| columns.add(at, sum));
            }
            Kept::InFile(file) => {
                if let Err(NotAdded { piece, left }) = file.add(first, more.clone()) {
                    let servers = file.len();
                    self.leave_file(servers, piece);
                    let added = all - left;
                    self.add_in_memory(first + added, more.skip(added));
                }
            }
        }
    }

    fn add_in_memory(&mut self, first: usize, more: impl Iterator<Item = ServerSum>) {
        if let Kept::InMemory(columns) = &mut self.kept {
            (first..).zip(more).for_each(|(at, sum)| columns.add(at, sum));
        }
    }

    /// The file takes no more: everything goes to memory, a piece of it as it should be.
    #[cold]
    fn leave_file(&mut self, servers: usize, (first, piece): (usize, Vec<ServerSum>)) {
        let mut columns = Columns::default();
        columns.resize(servers);
        let told = self.each_piece(|from, sums| {
            for (at, &sum) in (from..).zip(sums) {
                if !(first..first + piece.len()).contains(&at) {
                    columns.add(at, sum);
                }
            }
        });
        (first..).zip(piece).for_each(|(at, sum)| columns.add(at, sum));
        self.kept = Kept::InMemory(columns);
        if let Err(error) = told {
            self.lost.get_or_insert(error.to_string());
        }
    }

    /// Tells all sums, piece by piece: the first server of each, and its sums.
    fn each_piece(&self, mut each: impl FnMut(usize, &[ServerSum])) -> io::Result<()> {
        let mut piece = Vec::new();
        for first in (0..self.len()).step_by(PIECE) {
            self.read(first, &mut piece)?;
            each(first, &piece);
        }
        Ok(())
    }

    /// The piece that begins with a server.
    fn read(&self, first: usize, piece: &mut Vec<ServerSum>) -> io::Result<()> {
        piece.clear();
        let end = (first + PIECE).min(self.len());
        match &self.kept {
            Kept::InMemory(columns) => {
                piece.extend((first..end).map(|at| columns.get(at)));
                Ok(())
            }
            Kept::InFile(file) => file.read(first, end - first, piece),
        }
    }

    /// Adds the replications of another part.
    pub fn merge(&mut self, other: &ServerSums) {
        self.resize(other.len());
        let told = other.each_piece(|first, sums| self.add(first, sums.iter().copied()));
        let why = told.err().map(|error| error.to_string()).or_else(|| other.lost.clone());
        if let (None, Some(why)) = (&self.lost, why) {
            self.lost = Some(why);
        }
    }
}

impl Clone for ServerSums {
    fn clone(&self) -> ServerSums {
        let mut copy = ServerSums::default();
        copy.merge(self);
        copy
    }
}

impl Serialize for ServerSums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeSeq};
        if let Some(why) = &self.lost {
            return Err(S::Error::custom(why));
        }
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        let mut piece = Vec::new();
        for first in (0..self.len()).step_by(PIECE) {
            self.read(first, &mut piece).map_err(S::Error::custom)?;
            piece.iter().try_for_each(|sum| list.serialize_element(sum))?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for ServerSums {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ServerSums, D::Error> {
        let list = Vec::<ServerSum>::deserialize(deserializer)?;
        let mut sums = ServerSums::default();
        sums.resize(list.len());
        sums.add(0, list.iter().copied());
        Ok(sums)
    }
}

/// Reads sums of single servers; cheap where one follows the other.
#[derive(Debug)]
pub struct SumReader<'a> {
    sums: &'a ServerSums,
    first: usize,
    piece: Vec<ServerSum>,
}

impl<'a> SumReader<'a> {
    /// Reads these.
    pub fn new(sums: &'a ServerSums) -> SumReader<'a> {
        SumReader { sums, first: 0, piece: Vec::new() }
    }

    /// The sums of a server; nothing if it is not known.
    ///
    /// # Errors
    /// They are in a file that cannot be read, or are lost.
    pub fn get(&mut self, at: usize) -> io::Result<Option<ServerSum>> {
        if let Some(why) = &self.sums.lost {
            return Err(io::Error::other(why.clone()));
        }
        if at >= self.sums.len() {
            return Ok(None);
        }
        if let Kept::InMemory(columns) = &self.sums.kept {
            return Ok(Some(columns.get(at)));
        }
        if !(self.first..self.first + self.piece.len()).contains(&at) {
            self.first = at;
            self.sums.read(at, &mut self.piece)?;
        }
        Ok(Some(self.piece[at - self.first]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(sums: &ServerSums, at: usize) -> Option<ServerSum> {
        SumReader::new(sums).get(at).unwrap()
    }

    fn in_file(servers: usize) -> ServerSums {
        let file = SumFile::new(servers).unwrap();
        ServerSums { kept: Kept::InFile(file), lost: None }
    }

    fn some(servers: usize, seed: u64) -> Vec<ServerSum> {
        let word = |at: u64, scale: u64| at * seed * 7_919 % scale;
        let sum = |at: u64| {
            ServerSum::of([word(at, 1 << 42), word(at + 1, 1 << 41), at % 70_000, at % 300])
        };
        (0..servers as u64).map(sum).collect()
    }

    fn all(sums: &ServerSums) -> Vec<ServerSum> {
        let mut reader = SumReader::new(sums);
        (0..sums.len()).map(|at| reader.get(at).unwrap().unwrap()).collect()
    }

    #[test]
    fn sums_beyond_their_bytes_are_whole() {
        for mut sums in [ServerSums::default(), in_file(2)] {
            sums.resize(2);
            let one = ServerSum::of([700_000_000_001, 1 << 39, 40_001, 99]);
            let mut expected = ServerSum::default();
            for _ in 0..1_000 {
                sums.add(1, std::iter::once(one));
                expected.add(one);
            }
            assert_eq!(get(&sums, 0), Some(ServerSum::default()));
            assert_eq!(get(&sums, 1), Some(expected));
            assert_eq!(get(&sums, 2), None);
            let text = serde_json::to_string(&sums).unwrap();
            let mut again: ServerSums = serde_json::from_str(&text).unwrap();
            assert_eq!(get(&again, 1), Some(expected));
            again.merge(&sums);
            assert_eq!(get(&again, 1).unwrap().down, 2 * expected.down);
            let mut empty = ServerSums::default();
            empty.merge(&again);
            assert_eq!(get(&empty, 1), get(&again, 1));
        }
    }

    #[test]
    fn a_file_says_what_memory_says() {
        let servers = 3 * PIECE + 17;
        let (mut memory, mut file) = (ServerSums::default(), in_file(servers));
        for sums in [&mut memory, &mut file] {
            sums.resize(servers);
            for (first, count, seed) in [(0, servers, 1), (PIECE - 3, 2 * PIECE, 5), (17, 4, 9)] {
                sums.add(first, some(count, seed).into_iter());
            }
        }
        assert_eq!(all(&memory), all(&file));
        let text = |sums: &ServerSums| serde_json::to_string(sums).unwrap();
        assert_eq!(text(&memory), text(&file));
        assert_eq!(text(&file.clone()), text(&file));
        let (mut a, mut b) = (memory.clone(), in_file(0));
        a.merge(&file);
        b.merge(&memory);
        b.merge(&file);
        assert_eq!(text(&a), text(&b));
        let mut many = ServerSums::default();
        many.resize(MANY);
        assert!(matches!(many.kept, Kept::InFile(_)) && many.len() == MANY);
    }

    #[test]
    fn a_file_that_takes_no_more_loses_nothing() {
        let servers = 2 * PIECE + 5;
        let mut whole = in_file(servers);
        whole.add(0, some(servers, 3).into_iter());
        let mut expected = whole.clone();
        // The same bytes, of which nothing can be written.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sums");
        let bytes: Vec<u8> =
            all(&whole).iter().flat_map(|sum| sum.words()).flat_map(u64::to_le_bytes).collect();
        std::fs::write(&path, bytes).unwrap();
        let mut full = ServerSums {
            kept: Kept::InFile(SumFile::read_only(std::fs::File::open(&path).unwrap(), servers)),
            lost: None,
        };
        for sums in [&mut full, &mut expected] {
            sums.add(3, some(servers - 3, 11).into_iter());
            sums.add(0, some(servers, 12).into_iter());
        }
        assert!(matches!(full.kept, Kept::InMemory(_)) && full.lost().is_none());
        assert_eq!(all(&full), all(&expected));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told() {
        // Shorter than it should be.
        let file = SumFile::read_only(tempfile::tempfile().unwrap(), 10);
        let mut sums = ServerSums { kept: Kept::InFile(file), lost: None };
        assert!(SumReader::new(&sums).get(3).is_err());
        sums.add(0, some(10, 1).into_iter());
        assert!(sums.lost().is_some() && SumReader::new(&sums).get(3).is_err());
        assert!(serde_json::to_string(&sums).is_err());
        let mut sum = ServerSums::default();
        sum.merge(&sums);
        assert!(sum.lost().is_some());
    }
}
