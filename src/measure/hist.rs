//! A histogram of durations: log-linear integer buckets, exact where a bucket holds one value.
//!
//! 128 buckets an octave from 2^17 up (0.13 s in microseconds, at most 0.78 % wide), 128 linear ones
//! below. Memory comes in pages, when touched. Adding, merging and clearing cost what was touched.

use serde::{Deserialize, Serialize};

/// Buckets of an octave.
const OCTAVE: usize = 128;
/// Octaves, the linear one included: up to 2^51 us, 71 years.
const OCTAVES: usize = 35;
/// First power of two that is not in the linear octave.
const FIRST: u32 = 17;
/// All buckets.
pub const BUCKETS: usize = OCTAVE * OCTAVES;
/// Buckets joined to one bin where variances over replications are kept.
pub const JOINED: usize = 8;
/// All bins.
pub const BINS: usize = BUCKETS / JOINED;
/// Stands for "several distinct values".
const MIXED: u64 = u64::MAX;
/// Buckets that get their memory together: most histograms hold a few values over many octaves.
const PAGE: usize = 32;
/// Pages that get their memory at once.
const ROOM: usize = 4;
const NO_PAGE: u8 = u8::MAX;

/// The bucket of a value.
#[inline]
pub fn bucket_of(value: u64) -> usize {
    if value < 1 << FIRST {
        return (value >> (FIRST - 7)) as usize;
    }
    let exponent = 63 - value.leading_zeros();
    // The leading bit of the shifted value stands for one octave.
    let bucket = ((exponent - FIRST) as usize * OCTAVE) + (value >> (exponent - 7)) as usize;
    bucket.min(BUCKETS - 1)
}

/// First value of a bucket and first value after it.
pub fn bounds(bucket: usize) -> (u64, u64) {
    let (octave, sub) = (bucket / OCTAVE, (bucket % OCTAVE) as u64);
    let width = 1u64 << (octave.max(1) as u32 + FIRST - 8);
    let first = if octave == 0 { 0 } else { width * OCTAVE as u64 };
    (first + sub * width, first + (sub + 1) * width)
}

#[derive(Clone, Copy, Default, Debug)]
struct Bucket {
    count: u64,
    value: u64,
}

/// One bucket as readers see it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slice {
    /// Number of the bucket.
    pub bucket: usize,
    /// How many values.
    pub count: u64,
    /// The value, if all are equal.
    pub only: Option<u64>,
}

/// Counts of values; those cut by the horizon are kept apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Flat", from = "Flat")]
pub struct Hist {
    zeros: u64,
    max: u64,
    censored_max: u64,
    pages: [u8; BUCKETS / PAGE],
    buckets: Vec<Bucket>,
    touched: Vec<u16>,
    censored: Vec<(u16, u64)>,
}

/// What is written: sorted, so that equal histograms give equal bytes.
#[derive(Serialize, Deserialize)]
struct Flat(u64, u64, u64, Vec<(u16, u64, u64)>, Vec<(u16, u64)>);

impl Default for Hist {
    fn default() -> Hist {
        Hist {
            zeros: 0,
            max: 0,
            censored_max: 0,
            pages: [NO_PAGE; BUCKETS / PAGE],
            buckets: Vec::new(),
            touched: Vec::new(),
            censored: Vec::new(),
        }
    }
}

impl Hist {
    /// Counts one value.
    #[inline]
    pub fn add(&mut self, value: u64) {
        if value == 0 {
            self.zeros += 1;
        } else {
            self.add_at(bucket_of(value), value);
        }
    }

    /// Counts one value above zero whose bucket is known.
    #[inline]
    pub fn add_at(&mut self, bucket: usize, value: u64) {
        debug_assert!(value > 0, "zeros have no bucket");
        self.max = self.max.max(value);
        self.put(bucket, 1, value);
    }

    /// Counts values that are zero.
    pub fn add_zeros(&mut self, count: u64) {
        self.zeros += count;
    }

    /// Counts one value of which only a lower bound is known.
    pub fn add_censored(&mut self, at_least: u64) {
        self.censored_max = self.censored_max.max(at_least);
        self.put_censored(bucket_of(at_least) as u16, 1);
    }

    #[inline(always)]
    fn put(&mut self, index: usize, count: u64, value: u64) {
        let mut page = self.pages[index / PAGE];
        if page == NO_PAGE {
            page = self.new_page(index / PAGE);
        }
        let bucket = &mut self.buckets[usize::from(page) * PAGE + index % PAGE];
        bucket.count += count;
        if bucket.value != value {
            // Its first one, or no longer the only one.
            let first = bucket.count == count;
            bucket.value = if first { value } else { MIXED };
            if first {
                self.touch(index);
            }
        }
    }

    #[inline(never)]
    fn touch(&mut self, index: usize) {
        self.touched.push(index as u16);
    }

    #[cold]
    fn new_page(&mut self, number: usize) -> u8 {
        let page = (self.buckets.len() / PAGE) as u8;
        self.pages[number] = page;
        if self.buckets.len() == self.buckets.capacity() {
            // Not twice what there is: there are hundreds of histograms.
            self.buckets.reserve_exact(ROOM * PAGE);
        }
        self.buckets.resize(self.buckets.len() + PAGE, Bucket::default());
        page
    }

    fn put_censored(&mut self, bucket: u16, count: u64) {
        match self.censored.binary_search_by_key(&bucket, |c| c.0) {
            Ok(at) => self.censored[at].1 += count,
            Err(at) => self.censored.insert(at, (bucket, count)),
        }
    }

    fn get(&self, index: usize) -> Bucket {
        let page = usize::from(self.pages[index / PAGE]);
        self.buckets[page * PAGE + index % PAGE]
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Hist) {
        self.zeros += other.zeros;
        self.max = self.max.max(other.max);
        self.censored_max = self.censored_max.max(other.censored_max);
        for &index in &other.touched {
            let bucket = other.get(usize::from(index));
            self.put(usize::from(index), bucket.count, bucket.value);
        }
        for &(bucket, count) in &other.censored {
            self.put_censored(bucket, count);
        }
    }

    /// Adds all of another one, which is of no use afterwards: becomes it where it is empty itself.
    pub fn take(&mut self, other: &mut Hist) {
        if self.is_empty() {
            std::mem::swap(self, other);
        } else {
            self.merge(other);
        }
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        for &index in &self.touched {
            let page = usize::from(self.pages[usize::from(index) / PAGE]);
            self.buckets[page * PAGE + usize::from(index) % PAGE] = Bucket::default();
        }
        self.touched.clear();
        self.censored.clear();
        (self.zeros, self.max, self.censored_max) = (0, 0, 0);
    }

    /// Values that are zero.
    pub fn zeros(&self) -> u64 {
        self.zeros
    }

    /// Largest value; zero where there is none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// Largest lower bound of a censored one; zero where there is none.
    pub fn censored_max(&self) -> u64 {
        self.censored_max
    }

    /// Censored values as (bucket, count), by bucket.
    pub fn censored(&self) -> &[(u16, u64)] {
        &self.censored
    }

    /// How many are censored.
    pub fn censored_count(&self) -> u64 {
        self.censored.iter().map(|c| c.1).sum()
    }

    /// How many values, zeros included, censored ones not.
    pub fn count(&self) -> u64 {
        self.zeros + self.touched.iter().map(|&i| self.get(usize::from(i)).count).sum::<u64>()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.zeros == 0 && self.touched.is_empty() && self.censored.is_empty()
    }

    /// Touched buckets with their counts, in no particular order.
    pub fn touched(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.touched.iter().map(|&i| (usize::from(i), self.get(usize::from(i)).count))
    }

    /// Buckets that hold something, by value; zeros are not among them.
    pub fn slices(&self) -> Vec<Slice> {
        let mut indices = self.touched.clone();
        indices.sort_unstable();
        let slice = |&index: &u16| {
            let Bucket { count, value } = self.get(usize::from(index));
            let only = (value != MIXED).then_some(value);
            Slice { bucket: usize::from(index), count, only }
        };
        indices.iter().map(slice).collect()
    }
}

impl From<Hist> for Flat {
    fn from(h: Hist) -> Flat {
        let flat = |s: Slice| (s.bucket as u16, s.count, s.only.unwrap_or(MIXED));
        let slices = h.slices().into_iter().map(flat).collect();
        Flat(h.zeros, h.max, h.censored_max, slices, h.censored)
    }
}

impl From<Flat> for Hist {
    fn from(flat: Flat) -> Hist {
        let Flat(zeros, max, censored_max, slices, censored) = flat;
        let mut h = Hist { zeros, max, censored_max, censored, ..Hist::default() };
        for (index, count, value) in slices {
            h.put(usize::from(index), count, value);
        }
        h
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_tile_the_line_and_are_narrow() {
        let mut end = 0;
        for bucket in 0..BUCKETS {
            let (low, high) = bounds(bucket);
            assert_eq!(low, end);
            assert_eq!((bucket_of(low), bucket_of(high - 1)), (bucket, bucket));
            assert!(bucket < OCTAVE || (high - low) as f64 / low as f64 <= 1.0 / 128.0);
            end = high;
        }
    }

    #[test]
    fn merging_in_any_order_gives_the_same_bytes() {
        let part = |seed: u64| {
            let mut h = Hist::default();
            for i in 0..500u64 {
                h.add((i * 7919 * seed) % 100_000_007);
            }
            h.add_censored(seed * 1_000_000);
            h
        };
        let (a, b, c) = (part(1), part(2), part(3));
        let bytes = |parts: [&Hist; 3]| {
            let mut all = Hist::default();
            parts.iter().for_each(|p| all.merge(p));
            serde_json::to_string(&all).unwrap()
        };
        assert_eq!(bytes([&a, &b, &c]), bytes([&c, &a, &b]));
        let back: Hist = serde_json::from_str(&bytes([&a, &b, &c])).unwrap();
        assert_eq!((back.count(), back.censored_count()), (1500, 3));
        assert_eq!(serde_json::to_string(&back).unwrap(), bytes([&b, &c, &a]));
    }

    #[test]
    fn a_cleared_one_is_as_new() {
        let mut h = Hist::default();
        h.add(45_000_000);
        h.add_censored(3);
        h.clear();
        assert!(h.is_empty());
        h.add(45_000_001);
        assert_eq!(h.slices()[0].only, Some(45_000_001));
    }
}
