//! Resampling: which rows of a design, and which replications, a bootstrap counts how often.

use crate::kernel::chance::{Bits, Key};

/// How often a bootstrap is drawn.
pub const TIMES: usize = 400;

/// Names these draws among all draws of a seed.
const RESAMPLE: u64 = 0x7265_736d;

/// The values of a function at the points of a design; where the function itself is an estimate, the
/// same values with its replications resampled.
#[derive(Clone, Copy, Debug)]
pub struct Values<'v> {
    /// By point.
    pub at: &'v [f64],
    /// For each bootstrap, by point; empty where the function is known exactly.
    pub again: &'v [Vec<f64>],
}

impl<'v> Values<'v> {
    /// The values that a bootstrap sees.
    pub fn of(&self, bootstrap: usize) -> &'v [f64] {
        self.again.get(bootstrap).map_or(self.at, Vec::as_slice)
    }
}

/// Rows of a design drawn with replacement.
pub fn rows(seed: u64, bootstrap: usize, rows: usize) -> Vec<usize> {
    let mut draw = Key::new(seed).with(RESAMPLE).with(0).with(bootstrap as u64).draw();
    (0..rows).map(|_| draw.below(rows as u64) as usize).collect()
}

/// How often each replication counts, drawn with replacement inside each of so many strata, in which
/// replications take turns.
pub fn replications(seed: u64, bootstrap: usize, count: usize, strata: usize) -> Vec<u32> {
    let mut draw = Key::new(seed).with(RESAMPLE).with(1).with(bootstrap as u64).draw();
    let mut times = vec![0; count];
    for stratum in 0..strata.min(count) {
        let own = (count - stratum).div_ceil(strata);
        for _ in 0..own {
            times[stratum + strata * draw.below(own as u64) as usize] += 1;
        }
    }
    times
}

/// Standard deviation of what bootstraps gave.
pub fn spread(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replications_stay_in_their_stratum() {
        for (count, strata) in [(1, 1), (7, 2), (8, 2), (5, 1)] {
            for bootstrap in 0..20 {
                let times = replications(3, bootstrap, count, strata);
                for stratum in 0..strata {
                    let own = || times.iter().skip(stratum).step_by(strata);
                    assert_eq!(own().sum::<u32>() as usize, own().count());
                }
            }
        }
    }
}
