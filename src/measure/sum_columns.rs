//! Sums of every server in memory, in few bytes.

use super::sums::ServerSum;
use std::collections::BTreeMap;

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

/// Sums of all servers, in memory.
#[derive(Clone, Default, Debug)]
pub(super) struct Columns {
    down: Column<5>,
    worst: Column<5>,
    incidents: Column<2>,
    breaches: Column<1>,
}

impl Columns {
    /// How many servers it has room for.
    pub fn len(&self) -> usize {
        self.down.low.len()
    }

    /// Makes room for so many servers.
    pub fn resize(&mut self, servers: usize) {
        let servers = servers.max(self.len());
        self.down.resize(servers);
        self.worst.resize(servers);
        self.incidents.resize(servers);
        self.breaches.resize(servers);
    }

    /// The sums of a server.
    pub fn get(&self, at: usize) -> ServerSum {
        ServerSum {
            down: self.down.get(at),
            worst: self.worst.get(at),
            incidents: self.incidents.get(at),
            breaches: self.breaches.get(at),
        }
    }

    /// Adds sums to those of a server.
    #[inline]
    pub fn add(&mut self, at: usize, sum: ServerSum) {
        self.down.add(at, sum.down);
        self.worst.add(at, sum.worst);
        self.incidents.add(at, sum.incidents);
        self.breaches.add(at, sum.breaches);
    }
}
