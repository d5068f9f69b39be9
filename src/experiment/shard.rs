//! Shards: which replications one machine of several plays. A replication's number is its identity.
//!
//! Replications go to shards two by two, so that the strata of a stratified environment, which are
//! the even and the odd numbers, stay balanced in every shard.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// One of several shards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, from 1.
    pub index: u64,
    /// How many there are.
    pub of: u64,
}

/// Most shards.
const MOST: u64 = 100_000;

impl Shard {
    /// All replications.
    pub const WHOLE: Shard = Shard { index: 1, of: 1 };

    /// The number of the `k`-th replication of this shard; both count from 0.
    pub fn number(self, k: u64) -> u64 {
        2 * (k / 2 * self.of + self.index - 1) + k % 2
    }

    /// How many of so many replications belong to this shard.
    pub fn count(self, replications: u64) -> u64 {
        let own = |twos: u64| (twos + self.of - self.index) / self.of;
        own(replications.div_ceil(2)) + own(replications / 2)
    }

    /// The shard that a replication belongs to.
    pub fn owner(replication: u64, of: u64) -> u64 {
        replication / 2 % of + 1
    }

    /// Every shard of so many.
    pub fn all(of: u64) -> impl Iterator<Item = Shard> {
        (1..=of).map(move |index| Shard { index, of })
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;
    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers =
            text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, of)) if (1..=of).contains(&index) && of <= MOST => Ok(Shard { index, of }),
            _ => Err(format!(
                "expected I/N with I from 1 to N and N up to {MOST}, as in 2/16, found {text:?}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_replication_belongs_to_exactly_one_shard() {
        for of in 1..20 {
            for replications in 0..60 {
                let mut all: Vec<u64> = Shard::all(of)
                    .flat_map(|s| (0..s.count(replications)).map(move |k| s.number(k)))
                    .collect();
                all.sort_unstable();
                assert_eq!(all, (0..replications).collect::<Vec<_>>(), "{of} shards");
            }
        }
        assert!((0..100).all(|k| Shard::WHOLE.number(k) == k));
        let shard = Shard { index: 3, of: 7 };
        assert!((0..50).all(|k| Shard::owner(shard.number(k), 7) == 3));
    }

    #[test]
    fn shards_are_read_as_they_are_written() {
        assert_eq!("3/7".parse::<Shard>().map(|s| s.to_string()), Ok("3/7".to_string()));
        for wrong in ["", "0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/1000000"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
