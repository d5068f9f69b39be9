//! A histogram of durations: log-linear integer buckets, exact where a bucket holds one value.
//!
//! 128 buckets an octave from 2^17 up (0.13 s in microseconds, at most 0.78 % wide), 128 linear ones
//! below. Memory comes in pages, when touched. Adding, merging and clearing cost what was touched.

use serde::{Deserialize, Serialize};

/// Buckets of an octave.
const OCTAVE: usize = 128;
/// Octaves, the linear one included: up to 2^52 us, 142 years, so that nothing that the longest
/// horizon of 100 years cuts comes near the last bucket.
const OCTAVES: usize = 36;
/// First power of two that is not in the linear octave.
const FIRST: u32 = 17;
/// All buckets.
pub const BUCKETS: usize = OCTAVE * OCTAVES;
/// Buckets joined to one bin where variances over replications are kept.
pub const JOINED: usize = 8;
/// All bins.
pub const BINS: usize = BUCKETS / JOINED;
/// Bucket, among the censored, of what was lost for good: it is longer than all that has an end.
pub const LOST: u16 = BUCKETS as u16 - 1;
/// Stands for "several distinct values" in what is written.
const MIXED: u64 = u64::MAX;
/// Buckets that get their memory together: most histograms hold a few values over many octaves.
const PAGE: usize = 32;
/// Pages that get their memory at once.
const ROOM: usize = 8;
/// All pages.
const PAGES: usize = BUCKETS / PAGE;
const NO_PAGE: u8 = u8::MAX;
/// The largest count that is read.
const MOST: u64 = 1 << 62;

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

/// Bits that tell the values of a bucket apart.
#[inline]
fn width(bucket: usize) -> u32 {
    (bucket / OCTAVE).max(1) as u32 + FIRST - 8
}

/// A bucket in one word: nothing, a number of distinct values, or equal values, whose number stands
/// above the bits that tell which one of the bucket's it is. Equal values of less than an hour have
/// room for 2^37; where there is none, it is no longer known that they are equal.
#[derive(Clone, Copy, Default, Debug)]
struct Bucket(u64);

impl Bucket {
    const EQUAL: u64 = 1 << 63;

    #[inline]
    fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// So many of one value.
    #[inline]
    fn of(index: usize, count: u64, value: u64) -> Bucket {
        let width = width(index);
        // The last bucket takes all that is longer too.
        let is_longer = index == BUCKETS - 1 && value >= bounds(index).1;
        if is_longer || count >> (63 - width) != 0 {
            return Bucket(count);
        }
        Bucket(Bucket::EQUAL | count << width | value & ((1 << width) - 1))
    }

    #[inline]
    fn count(self, index: usize) -> u64 {
        if self.0 & Bucket::EQUAL == 0 { self.0 } else { (self.0 & !Bucket::EQUAL) >> width(index) }
    }

    /// The value, if all are equal.
    fn only(self, index: usize) -> Option<u64> {
        let inside = self.0 & ((1 << width(index)) - 1);
        (self.0 & Bucket::EQUAL != 0).then(|| bounds(index).0 + inside)
    }

    /// With one more value.
    #[inline]
    fn and(self, index: usize, value: u64) -> Bucket {
        if !self.is_empty() && self.0 & Bucket::EQUAL == 0 {
            return Bucket(self.0 + 1);
        }
        self.with(index, Bucket::of(index, 1, value))
    }

    /// Both together; the other one is not empty.
    #[inline(never)]
    fn with(self, index: usize, other: Bucket) -> Bucket {
        if self.is_empty() {
            return other;
        }
        let all = self.count(index) + other.count(index);
        let which = Bucket::EQUAL | ((1 << width(index)) - 1);
        if self.0 & Bucket::EQUAL != 0 && (self.0 ^ other.0) & which == 0 {
            return Bucket::of(index, all, self.0 & !Bucket::EQUAL);
        }
        Bucket(all)
    }
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
    /// Smallest and largest value above zero; the smallest is the larger one where there is none.
    min: u64,
    max: u64,
    censored_max: u64,
    /// Where the buckets of a page are.
    pages: [u8; PAGES],
    buckets: Vec<Bucket>,
    /// By page, where its buckets are: a bit for each that holds something.
    touched: Vec<u32>,
    censored: Vec<(u16, u64)>,
}

/// What is written: sorted, so that equal histograms give equal bytes.
#[derive(Serialize, Deserialize)]
struct Flat(u64, u64, u64, u64, Vec<(u16, u64, u64)>, Vec<(u16, u64)>);

impl Default for Hist {
    fn default() -> Hist {
        Hist {
            zeros: 0,
            min: u64::MAX,
            max: 0,
            censored_max: 0,
            pages: [NO_PAGE; PAGES],
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
    #[inline(always)]
    pub fn add_at(&mut self, bucket: usize, value: u64) {
        debug_assert!(value > 0, "zeros have no bucket");
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.put(bucket, |held| held.and(bucket, value));
    }

    /// Counts values that are zero.
    pub fn add_zeros(&mut self, count: u64) {
        self.zeros += count;
    }

    /// Counts one value of which only a lower bound is known.
    pub fn add_censored(&mut self, at_least: u64) {
        self.censored_max = self.censored_max.max(at_least);
        // However late it is cut, it may have an end: it is not what was lost.
        self.put_censored((bucket_of(at_least) as u16).min(LOST - 1), 1);
    }

    /// Counts one value that is longer than anything: what was lost for good.
    pub fn add_lost(&mut self) {
        self.put_censored(LOST, 1);
    }

    #[inline(always)]
    fn put(&mut self, index: usize, more: impl FnOnce(Bucket) -> Bucket) {
        let mut page = self.pages[index / PAGE];
        if page == NO_PAGE {
            page = self.new_page(index / PAGE);
        }
        let page = usize::from(page);
        let bucket = &mut self.buckets[page * PAGE + index % PAGE];
        if bucket.is_empty() {
            self.touched[page] |= 1 << (index % PAGE);
        }
        *bucket = more(*bucket);
    }

    #[cold]
    fn new_page(&mut self, number: usize) -> u8 {
        let page = self.touched.len() as u8;
        self.pages[number] = page;
        if self.buckets.len() == self.buckets.capacity() {
            // Not twice what there is: there are hundreds of histograms.
            self.buckets.reserve_exact(ROOM * PAGE);
            self.touched.reserve_exact(ROOM);
        }
        self.buckets.resize(self.buckets.len() + PAGE, Bucket::default());
        self.touched.push(0);
        page
    }

    fn put_censored(&mut self, bucket: u16, count: u64) {
        match self.censored.binary_search_by_key(&bucket, |c| c.0) {
            Ok(at) => self.censored[at].1 += count,
            Err(at) => self.censored.insert(at, (bucket, count)),
        }
    }

    /// Each bucket that holds something, in order.
    #[inline]
    fn each(&self, mut each: impl FnMut(usize, Bucket)) {
        for (number, &page) in self.pages.iter().enumerate() {
            if page == NO_PAGE {
                continue;
            }
            let page = usize::from(page);
            let buckets = &self.buckets[page * PAGE..(page + 1) * PAGE];
            let mut left = self.touched[page];
            while left != 0 {
                let place = left.trailing_zeros() as usize;
                left &= left - 1;
                each(number * PAGE + place, buckets[place]);
            }
        }
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Hist) {
        self.zeros += other.zeros;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.censored_max = self.censored_max.max(other.censored_max);
        other.each(|index, more| self.put(index, |held| held.with(index, more)));
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
        for (page, touched) in self.buckets.chunks_exact_mut(PAGE).zip(&mut self.touched) {
            if std::mem::take(touched) != 0 {
                page.fill(Bucket::default());
            }
        }
        self.censored.clear();
        (self.zeros, self.min, self.max, self.censored_max) = (0, u64::MAX, 0, 0);
    }

    /// Values that are zero.
    pub fn zeros(&self) -> u64 {
        self.zeros
    }

    /// Smallest value above zero; `u64::MAX` where there is none.
    pub fn min(&self) -> u64 {
        self.min
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

    /// How many are censored, those lost for good among them.
    pub fn censored_count(&self) -> u64 {
        self.censored.iter().map(|c| c.1).sum()
    }

    /// How many are lost for good.
    pub fn lost(&self) -> u64 {
        self.censored.last().map_or(0, |&(bucket, count)| if bucket == LOST { count } else { 0 })
    }

    /// How many values, zeros included, censored ones not.
    pub fn count(&self) -> u64 {
        let mut all = self.zeros;
        self.touched(|_, count| all += count);
        all
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.zeros == 0 && self.touched.iter().all(|&page| page == 0) && self.censored.is_empty()
    }

    /// Each bucket that holds something with its count, in order.
    pub fn touched(&self, mut each: impl FnMut(usize, u64)) {
        self.each(|index, bucket| each(index, bucket.count(index)));
    }

    /// Buckets that hold something, by value; zeros are not among them.
    pub fn slices(&self) -> Vec<Slice> {
        let mut slices = Vec::new();
        self.each(|bucket, held| {
            let (count, only) = (held.count(bucket), held.only(bucket));
            slices.push(Slice { bucket, count, only });
        });
        slices
    }
}

impl From<Hist> for Flat {
    fn from(h: Hist) -> Flat {
        let flat = |s: Slice| (s.bucket as u16, s.count, s.only.unwrap_or(MIXED));
        let slices = h.slices().into_iter().map(flat).collect();
        Flat(h.zeros, h.min, h.max, h.censored_max, slices, h.censored)
    }
}

impl From<Flat> for Hist {
    fn from(flat: Flat) -> Hist {
        let Flat(zeros, min, max, censored_max, slices, censored) = flat;
        let mut h = Hist { zeros, min, max, censored_max, censored, ..Hist::default() };
        for (index, count, value) in slices {
            let (index, count) = (usize::from(index), count.min(MOST));
            let mixed = value == MIXED;
            let read = if mixed { Bucket(count) } else { Bucket::of(index, count, value) };
            h.put(index, |held| held.with(index, read));
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
    fn equal_values_are_told_until_another_one_comes() {
        let only = |h: &Hist| h.slices().iter().map(|s| (s.count, s.only)).collect::<Vec<_>>();
        for value in [1, 1_023, 1 << 17, 45_000_000, (1 << 51) - 1, 1 << 50, 3_600_000_000] {
            let mut h = Hist::default();
            h.add(value);
            assert_eq!(only(&h), [(1, Some(value))]);
            h.add(value);
            let twice = h.clone();
            h.merge(&twice);
            assert_eq!(only(&h), [(4, Some(value))]);
            let other = value ^ 1;
            assert!(other == 0 || bucket_of(other) == bucket_of(value));
            let mut mixed = h.clone();
            mixed.add_at(bucket_of(value), other.max(2));
            assert_eq!(only(&mixed), [(5, None)]);
            mixed.merge(&h);
            assert_eq!(only(&mixed), [(9, None)]);
            h.merge(&mixed);
            assert_eq!(only(&h), [(13, None)]);
        }
        // Longer than all buckets: counted, and nobody says which.
        let mut h = Hist::default();
        h.add(u64::MAX >> 1);
        assert_eq!((only(&h), h.max()), (vec![(1, None)], u64::MAX >> 1));
    }

    #[test]
    fn more_equal_values_than_have_room_are_counted_still() {
        let value = 45_000_000;
        let bucket = bucket_of(value);
        let room = (1u64 << (63 - width(bucket))) - 1;
        let held = Bucket::of(bucket, room, value);
        assert_eq!((held.count(bucket), held.only(bucket)), (room, Some(value)));
        let more = held.with(bucket, Bucket::of(bucket, 1, value));
        assert_eq!((more.count(bucket), more.only(bucket)), (room + 1, None));
        assert!(room > 1 << 37);
    }

    #[test]
    fn what_is_cut_late_is_not_lost_for_good() {
        let years = |n: u64| n * 365 * 86_400 * 1_000_000;
        let mut h = Hist::default();
        for cut in [(1 << 51) - 1, 1 << 51, (1 << 51) + 1, years(99), years(100), u64::MAX] {
            h.add_censored(cut);
            assert_eq!(h.lost(), 0, "{cut}");
        }
        assert_eq!((h.censored_count(), h.censored_max()), (6, u64::MAX));
        // What the longest horizon cuts keeps its own bucket.
        assert!(bucket_of(years(71)) < bucket_of(years(99)) && bucket_of(years(100)) < LOST.into());
        h.add_lost();
        assert_eq!((h.censored_count(), h.lost()), (7, 1));
        let text = serde_json::to_string(&h).unwrap();
        let back: Hist = serde_json::from_str(&text).unwrap();
        assert_eq!((back.lost(), serde_json::to_string(&back).unwrap()), (1, text));
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
