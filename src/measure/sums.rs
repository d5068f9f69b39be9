//! Sums of every server over replications, in few bytes: a fleet has millions of servers.

use super::server::Account;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// A column of sums: a few bytes each, and what few of them need above that apart.
#[derive(Clone, Default, Debug)]
struct Column<const BYTES: usize> {
    low: Vec<[u8; BYTES]>,
    /// How often a sum went beyond its bytes.
    carried: BTreeMap<u32, u64>,
}

impl<const BYTES: usize> Column<BYTES> {
    #[inline]
    fn add(&mut self, at: usize, amount: u64) {
        let mut word = [0; 8];
        word[..BYTES].copy_from_slice(&self.low[at]);
        let low = u64::from_le_bytes(word);
        // Both are below 2^63: amounts of one replication, and few bytes.
        let sum = low + amount;
        self.low[at].copy_from_slice(&sum.to_le_bytes()[..BYTES]);
        let carry = sum >> (8 * BYTES);
        if carry > 0 {
            *self.carried.entry(at as u32).or_default() += carry;
        }
    }

    fn get(&self, at: usize) -> u64 {
        let mut word = [0; 8];
        word[..BYTES].copy_from_slice(&self.low[at]);
        let carried = self.carried.get(&(at as u32)).copied().unwrap_or(0);
        u64::from_le_bytes(word) + (carried << (8 * BYTES))
    }

    fn resize(&mut self, servers: usize) {
        self.low.resize(servers, [0; BYTES]);
    }
}

/// Sums of all servers of a stratum. What they say is the same as that of a list of sums, which is
/// also how they are written.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<ServerSum>", into = "Vec<ServerSum>")]
pub struct ServerSums {
    down: Column<5>,
    worst: Column<5>,
    incidents: Column<2>,
    breaches: Column<1>,
}

impl ServerSums {
    /// Makes room for so many servers.
    pub fn resize(&mut self, servers: usize) {
        self.down.resize(servers);
        self.worst.resize(servers);
        self.incidents.resize(servers);
        self.breaches.resize(servers);
    }

    /// How many servers it has room for.
    pub fn len(&self) -> usize {
        self.down.low.len()
    }

    /// Whether nobody wanted it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a replication of a server.
    #[inline]
    pub fn take(&mut self, at: usize, account: &Account) {
        self.down.add(at, account.down);
        self.worst.add(at, account.worst().unwrap_or(0));
        self.incidents.add(at, account.incidents.into());
        self.breaches.add(at, account.breaches().into());
    }

    /// The sums of a server, if it is known.
    pub fn get(&self, at: usize) -> Option<ServerSum> {
        (at < self.len()).then(|| ServerSum {
            down: self.down.get(at),
            worst: self.worst.get(at),
            incidents: self.incidents.get(at),
            breaches: self.breaches.get(at),
        })
    }

    fn add(&mut self, at: usize, sum: ServerSum) {
        self.down.add(at, sum.down);
        self.worst.add(at, sum.worst);
        self.incidents.add(at, sum.incidents);
        self.breaches.add(at, sum.breaches);
    }

    /// Adds the replications of another part.
    pub fn merge(&mut self, other: &ServerSums) {
        self.resize(self.len().max(other.len()));
        other.all().enumerate().for_each(|(at, sum)| self.add(at, sum));
    }

    fn all(&self) -> impl Iterator<Item = ServerSum> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

impl From<Vec<ServerSum>> for ServerSums {
    fn from(list: Vec<ServerSum>) -> ServerSums {
        let mut sums = ServerSums::default();
        sums.resize(list.len());
        list.into_iter().enumerate().for_each(|(at, sum)| sums.add(at, sum));
        sums
    }
}

impl From<ServerSums> for Vec<ServerSum> {
    fn from(sums: ServerSums) -> Vec<ServerSum> {
        sums.all().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_beyond_their_bytes_are_whole() {
        let mut sums = ServerSums::default();
        sums.resize(2);
        let one =
            ServerSum { down: 700_000_000_001, worst: 1 << 39, incidents: 40_001, breaches: 99 };
        let mut expected = ServerSum::default();
        for _ in 0..1_000 {
            sums.add(1, one);
            expected.down += one.down;
            expected.worst += one.worst;
            expected.incidents += one.incidents;
            expected.breaches += one.breaches;
        }
        assert_eq!(sums.get(0), Some(ServerSum::default()));
        assert_eq!(sums.get(1), Some(expected));
        assert_eq!(sums.get(2), None);
        let text = serde_json::to_string(&sums).unwrap();
        let mut again: ServerSums = serde_json::from_str(&text).unwrap();
        assert_eq!(again.get(1), Some(expected));
        again.merge(&sums);
        assert_eq!(again.get(1).unwrap().down, 2 * expected.down);
        let mut empty = ServerSums::default();
        empty.merge(&again);
        assert_eq!(empty.get(1), again.get(1));
    }
}
