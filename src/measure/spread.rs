//! How a distribution function varies from replication to replication, bin by bin.
//!
//! For each bin: sums over replications of a², a n and n², where a is the number of values up to the
//! bin's end and n the number of which it is known whether they are. They are kept as changes from
//! bin to bin, so a replication costs what it touched.

use super::hist::{BINS, Hist, JOINED};
use super::wide::{Wide, centred};
use serde::{Deserialize, Serialize};

/// Words of a bit for each bin.
const WORDS: usize = BINS.div_ceil(64);

/// Sums of a², a n, n².
type Products = (i128, i128, i128);

/// Sums over replications of one distribution.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Spread {
    /// Before the first bin: zeros alone, and all values.
    base: Products,
    /// First bin that was ever touched.
    first: u16,
    /// At the end of bins, from the first to the last that was ever touched.
    changes: Changes,
}

/// Sums of changes. They are narrow as long as all of them fit, which is nearly always: hundreds of
/// distributions have hundreds of bins each.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<Products>", into = "Vec<Products>")]
struct Changes {
    narrow: Vec<(i64, i64, i64)>,
    /// All of them, where one did not fit; else empty.
    wide: Vec<Products>,
}

/// Counts of one replication by bin; reused.
#[derive(Clone, Debug)]
pub struct Bins {
    values: Vec<u32>,
    censored: Vec<u32>,
    /// A bit for each bin that holds something.
    touched: [u64; WORDS],
    zeros: u64,
    total: u64,
    /// Histograms that are added more than once, one after another.
    joined: Vec<Joined>,
    parts: Vec<Part>,
}

/// A bin of a histogram that holds something.
#[derive(Clone, Copy, Debug)]
struct Joined {
    bin: u16,
    values: u32,
    censored: u32,
}

/// A histogram among those joined: up to where its bins go, its zeros and all its values.
#[derive(Clone, Copy, Debug)]
struct Part {
    end: usize,
    zeros: u64,
    total: u64,
}

impl Default for Bins {
    fn default() -> Bins {
        let (values, censored) = (vec![0; BINS], vec![0; BINS]);
        let (joined, parts) = (Vec::new(), Vec::new());
        Bins { values, censored, touched: [0; WORDS], zeros: 0, total: 0, joined, parts }
    }
}

impl Bins {
    /// Adds a histogram.
    pub fn add(&mut self, hist: &Hist) {
        self.zeros += hist.zeros();
        self.total += hist.zeros();
        let mut put = |cells: &mut Vec<u32>, bucket: usize, count: u64| {
            let bin = bucket / JOINED;
            cells[bin] += count as u32;
            self.total += count;
            self.touched[bin / 64] |= 1 << (bin % 64);
        };
        hist.touched(|bucket, count| put(&mut self.values, bucket, count));
        for &(bucket, count) in hist.censored() {
            put(&mut self.censored, usize::from(bucket), count);
        }
    }

    /// Joins the buckets of histograms to bins, for [`Bins::add_part`]; it must be empty.
    pub fn join<'a>(&mut self, hists: impl Iterator<Item = &'a Hist>) {
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        self.parts.clear();
        for hist in hists {
            self.add(hist);
            let (zeros, total) = (self.zeros, self.total);
            self.drain(|bin, values, censored| {
                joined.push(Joined { bin: bin as u16, values, censored });
            });
            self.parts.push(Part { end: joined.len(), zeros, total });
        }
        self.joined = joined;
    }

    /// Adds one of the histograms joined last, by its position.
    pub fn add_part(&mut self, part: usize) {
        let from = if part == 0 { 0 } else { self.parts[part - 1].end };
        let Part { end, zeros, total } = self.parts[part];
        self.zeros += zeros;
        self.total += total;
        for &Joined { bin, values, censored } in &self.joined[from..end] {
            let bin = usize::from(bin);
            self.values[bin] += values;
            self.censored[bin] += censored;
            self.touched[bin / 64] |= 1 << (bin % 64);
        }
    }

    /// Takes the bins that hold something, in order: number, values, censored; leaves it empty.
    fn drain(&mut self, mut each: impl FnMut(usize, u32, u32)) {
        for (index, word) in self.touched.iter_mut().enumerate() {
            while *word != 0 {
                let bin = index * 64 + word.trailing_zeros() as usize;
                *word &= *word - 1;
                each(bin, self.values[bin], self.censored[bin]);
                (self.values[bin], self.censored[bin]) = (0, 0);
            }
        }
        (self.zeros, self.total) = (0, 0);
    }
}

fn products(a: i128, n: i128) -> Products {
    (a * a, a * n, n * n)
}

fn plus(x: Products, y: Products) -> Products {
    (x.0 + y.0, x.1 + y.1, x.2 + y.2)
}

fn widened((x, y, z): (i64, i64, i64)) -> Products {
    (x.into(), y.into(), z.into())
}

/// The sum, if it is narrow.
#[inline]
fn narrow_sum(x: (i64, i64, i64), y: Products) -> Option<(i64, i64, i64)> {
    let add = |x: i64, y: i128| x.checked_add(i64::try_from(y).ok()?);
    Some((add(x.0, y.0)?, add(x.1, y.1)?, add(x.2, y.2)?))
}

impl Changes {
    fn len(&self) -> usize {
        self.narrow.len().max(self.wide.len())
    }

    fn all(&self) -> impl Iterator<Item = Products> + '_ {
        // One of both is empty.
        self.narrow.iter().map(|&change| widened(change)).chain(self.wide.iter().copied())
    }

    /// Makes room before the first one.
    #[cold]
    fn shift(&mut self, by: usize) {
        if self.wide.is_empty() {
            self.narrow.splice(0..0, std::iter::repeat_n(Default::default(), by));
        } else {
            self.wide.splice(0..0, std::iter::repeat_n(Default::default(), by));
        }
    }

    #[inline]
    fn add(&mut self, index: usize, change: Products) {
        if self.wide.is_empty() {
            if index >= self.narrow.len() {
                // Not twice what there is.
                self.narrow.reserve_exact((index | 15) + 1 - self.narrow.len());
                self.narrow.resize(index + 1, Default::default());
            }
            if let Some(sum) = narrow_sum(self.narrow[index], change) {
                self.narrow[index] = sum;
                return;
            }
            self.wide = std::mem::take(&mut self.narrow).into_iter().map(widened).collect();
        }
        if index >= self.wide.len() {
            self.wide.resize(index + 1, Default::default());
        }
        self.wide[index] = plus(self.wide[index], change);
    }
}

impl From<Vec<Products>> for Changes {
    fn from(list: Vec<Products>) -> Changes {
        let mut changes = Changes::default();
        list.into_iter().enumerate().for_each(|(index, change)| changes.add(index, change));
        changes
    }
}

impl From<Changes> for Vec<Products> {
    fn from(changes: Changes) -> Vec<Products> {
        changes.all().collect()
    }
}

impl Spread {
    /// Adds one replication and empties its bins.
    pub fn absorb(&mut self, bins: &mut Bins) {
        let (mut a, mut n) = (i128::from(bins.zeros), i128::from(bins.total));
        let mut before = products(a, n);
        self.base = plus(self.base, before);
        bins.drain(|bin, values, censored| {
            a += i128::from(values);
            n -= i128::from(censored);
            let now = products(a, n);
            let change = (now.0 - before.0, now.1 - before.1, now.2 - before.2);
            self.add(bin, change);
            before = now;
        });
    }

    /// Adds a change at a bin's end; makes room for it.
    #[inline]
    fn add(&mut self, bin: usize, change: Products) {
        let first = usize::from(self.first);
        if self.changes.len() == 0 {
            self.first = bin as u16;
        } else if bin < first {
            self.changes.shift(first - bin);
            self.first = bin as u16;
        }
        self.changes.add(bin - usize::from(self.first), change);
    }

    /// Adds the replications of another part.
    pub fn merge(&mut self, other: &Spread) {
        self.base = plus(self.base, other.base);
        for (index, change) in other.changes.all().enumerate() {
            self.add(usize::from(other.first) + index, change);
        }
    }

    /// Sums of products at the end of a bin; `None` stands for before the first bin.
    fn at(&self, bin: Option<usize>) -> Products {
        let upto = bin.map_or(0, |b| b + 1).saturating_sub(usize::from(self.first));
        self.changes.all().take(upto).fold(self.base, plus)
    }

    /// Mean square of n over `units` replications at the end of a bin.
    pub fn square(&self, bin: Option<usize>, units: u64) -> f64 {
        self.at(bin).2 as f64 / units as f64
    }

    /// Variance over `units` replications of `a - share x n` at the end of a bin, where `a` and `n`
    /// sum to `sums`; `None` stands for before the first bin.
    pub fn residual(&self, bin: Option<usize>, units: u64, sums: (u128, u128), share: f64) -> f64 {
        let sum = self.at(bin);
        let wide = |x: i128| Wide::from(x.max(0) as u128);
        let aa = centred(units, &wide(sum.0), sums.0, sums.0);
        let an = centred(units, &wide(sum.1), sums.0, sums.1);
        let nn = centred(units, &wide(sum.2), sums.1, sums.1);
        let n = units as f64;
        ((aa - 2.0 * share * an + share * share * nn) / n / (n - 1.0)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_that_do_not_fit_are_whole() {
        let large = Products::from((1 << 62, -(1 << 62), 5));
        let mut changes = Changes::default();
        let mut sums = [Products::default(); 4];
        for index in [2, 0, 3, 2, 2, 0, 2, 3] {
            changes.add(index, large);
            sums[index] = plus(sums[index], large);
            assert_eq!(changes.all().count(), changes.len());
            assert_eq!(changes.all().collect::<Vec<_>>(), sums[..changes.len()]);
        }
        assert!(changes.narrow.is_empty() && sums[2].0 == 1 << 64);
        let text = serde_json::to_string(&changes).unwrap();
        let again: Changes = serde_json::from_str(&text).unwrap();
        assert_eq!(again.all().collect::<Vec<_>>(), sums);
        let mut moved = again.clone();
        moved.shift(2);
        assert_eq!(moved.all().skip(2).collect::<Vec<_>>(), sums);
    }

    #[test]
    fn parts_in_any_grouping_are_written_alike() {
        let spread = |sizes: &[u64]| {
            let (mut spread, mut bins) = (Spread::default(), Bins::default());
            for &size in sizes {
                let mut hist = Hist::default();
                hist.add_zeros(size / 3);
                (0..size % 50).for_each(|i| hist.add(i * size % 9_999_991));
                hist.add_censored(size);
                bins.add(&hist);
                bins.total += size * 1_000_000_000;
                spread.absorb(&mut bins);
            }
            spread
        };
        let text = |spread: &Spread| serde_json::to_string(spread).unwrap();
        let all = spread(&[7, 900, 31, 4_000_000_000, 17, 5_000_000_011]);
        let mut joined = spread(&[4_000_000_000, 17, 5_000_000_011]);
        joined.merge(&spread(&[7, 900, 31]));
        assert_eq!(text(&joined), text(&all));
        assert!(all.changes.narrow.is_empty(), "some did not fit");
    }
}
