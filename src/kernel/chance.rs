//! Chance with an address: ChaCha8 streams for sources, keyed draws for everything else.
//!
//! Invariant: no draw depends on the order of events. A source owns a stream named by (seed,
//! replication, cell, purpose); a recovery draws from a key that names its cause, its address and
//! its step. There is no global generator and no stream for each entity.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A supply of uniform 64-bit words; what every sampler asks for.
pub trait Bits {
    /// The next word.
    fn next_u64(&mut self) -> u64;

    /// Uniform on the open interval (0, 1), a multiple of 2^-52 plus 2^-53.
    fn unit(&mut self) -> f64 {
        unit_of(self.next_u64())
    }

    /// Uniform below `n` without bias (Lemire's multiplication with rejection). `n` must be above 0.
    fn below(&mut self, n: u64) -> u64 {
        debug_assert!(n > 0);
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// True with probability `p`; always for 1 and never for 0.
    fn happens(&mut self, p: f64) -> bool {
        p >= 1.0 || (p > 0.0 && self.unit() < p)
    }
}

/// The open-interval uniform that belongs to a word.
#[inline]
pub fn unit_of(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

/// A sequential stream for one source of strikes.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream named by these numbers. Different names give independent streams.
    pub fn new(seed: u64, replication: u64, place: u64, purpose: u64) -> Stream {
        let mut key = [0u8; 32];
        for (bytes, word) in key.chunks_exact_mut(8).zip([seed, replication, place, purpose]) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Stream(ChaCha8Rng::from_seed(key))
    }
}

impl Bits for Stream {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// A key that names draws: fold in numbers with [`Key::with`], then [`Key::draw`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Key(u64, u64);

/// The two multipliers of the mixing function: odd, half their bits set, from the digits of pi's and
/// e's fractional parts rounded to odd.
const M0: u64 = 0x243f_6a88_85a3_08d3;
const M1: u64 = 0xb7e1_5162_8aed_2a6b;

/// Folds the 128-bit product of two words into one word.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

impl Key {
    /// The root of all keys of one run.
    pub fn new(seed: u64) -> Key {
        Key(fold(seed ^ M0, M1), fold(seed ^ M1, M0)).with(seed)
    }

    /// The key below this one that `number` names.
    #[inline]
    #[must_use]
    pub fn with(self, number: u64) -> Key {
        Key(fold(self.0 ^ number, M0 ^ self.1), fold(self.1 ^ number.rotate_left(32), M1 ^ self.0))
    }

    /// One word that depends on all that was folded in.
    #[inline]
    pub fn word(self) -> u64 {
        let x = self.0 ^ self.1.rotate_left(29);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A supply of as many words as a sampler wants.
    #[inline]
    pub fn draw(self) -> Draw {
        Draw { state: self.word(), step: self.1 | 1 }
    }
}

/// Words from a key: a counter with a keyed odd step through the SplitMix64 finaliser.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    state: u64,
    step: u64,
}

impl Bits for Draw {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(self.step);
        let x = self.state;
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_separate_streams_and_the_values_are_recorded() {
        let mut a = Stream::new(1, 2, 3, 4);
        let mut b = Stream::new(1, 2, 3, 5);
        let words: Vec<u64> = (0..2).map(|_| a.next_u64()).collect();
        assert_ne!(words[0], b.next_u64());
        assert_eq!(words, [1_223_844_302_487_303_164, 6_368_864_477_575_460_494]);
    }

    #[test]
    fn unit_stays_inside_the_open_interval() {
        assert!(unit_of(0) > 0.0);
        assert!(unit_of(u64::MAX) < 1.0);
    }

    /// Chi-square of 256 bins over a million keyed draws with consecutive names: 99.9 % below 331.
    #[test]
    fn neighbouring_keys_are_uniform_and_uncorrelated() {
        let root = Key::new(42);
        for byte in [0, 3, 7] {
            let mut counts = [0f64; 256];
            for n in 0..1_000_000u64 {
                let word = root.with(n % 1000).with(n / 1000).draw().next_u64();
                counts[(word >> (8 * byte)) as usize & 255] += 1.0;
            }
            let expected = 1_000_000.0 / 256.0;
            let chi: f64 = counts.iter().map(|c| (c - expected).powi(2) / expected).sum();
            assert!((180.0..340.0).contains(&chi), "byte {byte}: chi-square {chi}");
        }
        let mut flips = 0u32;
        for n in 0..10_000u64 {
            flips += (root.with(n).word() ^ root.with(n ^ (1 << (n % 64))).word()).count_ones();
        }
        let mean = f64::from(flips) / 10_000.0;
        assert!((31.7..32.3).contains(&mean), "avalanche {mean}");
    }

    #[test]
    fn below_is_unbiased_at_the_edges() {
        let mut draw = Key::new(7).draw();
        let mut counts = [0u32; 3];
        for _ in 0..30_000 {
            counts[draw.below(3) as usize] += 1;
        }
        assert!(counts.iter().all(|&c| (9_600..10_400).contains(&c)), "{counts:?}");
        assert_eq!(draw.below(1), 0);
    }
}
