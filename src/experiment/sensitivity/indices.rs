//! Sobol' indices: which share of the variance a parameter explains alone, and with all others.
//!
//! Two matrices of points, A and B, and for each factor A with the column of B. First order by A. Saltelli
//! et al., Computer Physics Communications 181 (2010), about the mean; total effect by M. J. W. Jansen,
//! ibid. 117 (1999). Up to ten factors the points are those of a Sobol' sequence, shifted digit by digit by
//! a random amount; above that they are a Latin hypercube.

use super::resample::{self, TIMES, Values};
use super::{About, Moved};
use crate::experiment::{design, sobol};
use crate::kernel::chance::Key;
use crate::measure::series::Ranged;

/// Names these draws among all draws of a seed.
const SHIFT: u64 = 0x736f_626f;

/// What was found about shares of the variance.
#[derive(Clone, PartialEq, Debug)]
pub struct Indices {
    /// What was watched.
    pub about: About,
    /// Rows of the design; `rows x (parameters + 2)` points were played.
    pub rows: u32,
    /// How the points were chosen.
    pub design: &'static str,
    /// Mean of the metric over the ranges.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
    /// Parameters, the largest total effect first.
    pub indices: Vec<Index>,
}

/// The share of one parameter in the variance.
#[derive(Clone, PartialEq, Debug)]
pub struct Index {
    /// The parameter.
    pub moved: Moved,
    /// Alone.
    pub first: Ranged,
    /// Alone and together with others.
    pub total: Ranged,
}

/// Points for first-order and total indices.
#[derive(Clone, PartialEq, Debug)]
pub struct Matrices {
    factors: usize,
    rows: usize,
    seed: u64,
    /// How they were chosen.
    pub design: &'static str,
    /// Points of the unit cube: A, B, then A with each column of B; row after row.
    pub points: Vec<Vec<f64>>,
}

/// What the values at all points say.
#[derive(Clone, PartialEq, Debug)]
pub struct Shares {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
    /// First-order and total index, by factor.
    pub by_factor: Vec<[Ranged; 2]>,
}

impl Matrices {
    /// Makes them; at least one factor and two rows.
    pub fn new(factors: usize, rows: u32, seed: u64) -> Matrices {
        let wide = 2 * factors;
        let (base, design) = if wide <= sobol::DIMENSIONS {
            let word = |axis| Key::new(seed).with(SHIFT).with(axis as u64).word() as u32;
            let shift: Vec<u32> = (0..wide).map(word).collect();
            (sobol::shifted(rows, &shift), "Sobol' sequence with a random digital shift")
        } else {
            (design::latin_hypercube(rows, wide, seed), "Latin hypercube")
        };
        let mut points = Vec::with_capacity(base.len() * (factors + 2));
        for row in &base {
            let (a, b) = row.split_at(factors);
            points.extend([a.to_vec(), b.to_vec()]);
            for (factor, &other) in b.iter().enumerate() {
                let mut mixed = a.to_vec();
                mixed[factor] = other;
                points.push(mixed);
            }
        }
        Matrices { factors, rows: base.len(), seed, design, points }
    }

    /// Indices from the values at the points. The interval is of a bootstrap over rows, and over
    /// replications where there are any.
    pub fn shares(&self, values: Values<'_>) -> Shares {
        let all: Vec<usize> = (0..self.rows).collect();
        let (mean, variance, found) = self.estimate(values.at, &all);
        let again: Vec<Vec<[f64; 2]>> = (0..TIMES)
            .map(|b| self.estimate(values.of(b), &resample::rows(self.seed, b, self.rows)).2)
            .collect();
        let ranged = |factor: usize, which: usize| {
            let drawn: Vec<f64> = again.iter().map(|a| a[factor][which]).collect();
            Ranged::of(found[factor][which], resample::spread(&drawn), (self.rows - 1) as f64)
        };
        Shares {
            mean,
            deviation: variance.sqrt(),
            by_factor: (0..self.factors).map(|f| [ranged(f, 0), ranged(f, 1)]).collect(),
        }
    }

    /// Mean, variance, and both indices of every factor over these rows. Without variance all are 0.
    fn estimate(&self, values: &[f64], rows: &[usize]) -> (f64, f64, Vec<[f64; 2]>) {
        let n = rows.len() as f64;
        let block = |row: usize| &values[row * (self.factors + 2)..][..self.factors + 2];
        let mean = rows.iter().map(|&r| block(r)[0] + block(r)[1]).sum::<f64>() / (2.0 * n);
        let square = |x: f64| (x - mean) * (x - mean);
        let variance = rows.iter().map(|&r| square(block(r)[0]) + square(block(r)[1])).sum::<f64>()
            / (2.0 * n - 1.0);
        let share = |sum: f64| if variance > 0.0 { sum / n / variance } else { 0.0 };
        let by_factor = (0..self.factors).map(|f| {
            let (mut first, mut total) = (0.0, 0.0);
            for &row in rows {
                let [a, b, mixed] = [block(row)[0], block(row)[1], block(row)[2 + f]];
                first += (b - mean) * (mixed - a);
                total += (a - mixed) * (a - mixed) / 2.0;
            }
            [share(first), share(total)]
        });
        (mean, variance, by_factor.collect())
    }
}

/// Findings, the largest total effect first.
pub fn indices(
    about: About,
    matrices: &Matrices,
    moved: Vec<Moved>,
    values: Values<'_>,
) -> Indices {
    let shares = matrices.shares(values);
    let both = moved.into_iter().zip(shares.by_factor);
    let mut indices: Vec<Index> =
        both.map(|(moved, [first, total])| Index { moved, first, total }).collect();
    indices.sort_by(|a, b| {
        b.total.value.total_cmp(&a.total.value).then(a.moved.parameter.cmp(&b.moved.parameter))
    });
    Indices {
        about,
        rows: matrices.rows as u32,
        design: matrices.design,
        mean: shares.mean,
        deviation: shares.deviation,
        indices,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    fn ishigami(x: &[f64]) -> f64 {
        let x: Vec<f64> = x.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    }

    /// First-order and total indices of that function in closed form (a = 7, b = 0.1).
    fn closed_form() -> (f64, [[f64; 2]; 3]) {
        let (a, b, p4, p8) = (7.0f64, 0.1f64, PI.powi(4), PI.powi(8));
        let v1 = 0.5 * (1.0 + b * p4 / 5.0).powi(2);
        let (v2, v13) = (a * a / 8.0, 8.0 * b * b * p8 / 225.0);
        let v = a * a / 8.0 + b * p4 / 5.0 + b * b * p8 / 18.0 + 0.5;
        (v, [[v1 / v, (v1 + v13) / v], [v2 / v, v2 / v], [0.0, v13 / v]])
    }

    fn play(matrices: &Matrices, f: impl Fn(&[f64]) -> f64) -> Shares {
        let at: Vec<f64> = matrices.points.iter().map(|x| f(x)).collect();
        matrices.shares(Values { at: &at, again: &[] })
    }

    #[test]
    fn the_ishigami_function_has_the_indices_of_its_closed_form() {
        let (variance, truth) = closed_form();
        let shares = play(&Matrices::new(3, 4_096, 7), ishigami);
        assert!((shares.mean - 3.5).abs() < 0.01, "{}", shares.mean);
        assert!((shares.deviation.powi(2) / variance - 1.0).abs() < 0.005);
        for (found, truth) in shares.by_factor.iter().zip(truth) {
            for (found, truth) in found.iter().zip(truth) {
                assert!((found.value - truth).abs() < 0.01, "{found:?} {truth}");
                assert!(found.ci_low <= Some(truth) && Some(truth) <= found.ci_high);
            }
        }
    }

    #[test]
    fn intervals_of_indices_cover_the_closed_form() {
        let (_, truth) = closed_form();
        // Eleven factors, eight of them idle: a Latin hypercube.
        for (factors, least) in [(3, 0.93), (11, 0.90)] {
            let (mut covered, mut all) = (0, 0);
            for seed in 0..60 {
                let shares = play(&Matrices::new(factors, 128, seed), ishigami);
                for (found, truth) in shares.by_factor.iter().zip(truth) {
                    for (found, truth) in found.iter().zip(truth) {
                        all += 1;
                        covered +=
                            u32::from(found.ci_low <= Some(truth) && Some(truth) <= found.ci_high);
                    }
                }
                for idle in &shares.by_factor[3..] {
                    assert_eq!((idle[0].value, idle[1].value), (0.0, 0.0));
                }
            }
            let share = f64::from(covered) / f64::from(all);
            assert!(share >= least, "{factors} factors: {share}");
        }
    }

    #[test]
    fn a_constant_has_no_indices() {
        let shares = play(&Matrices::new(2, 8, 1), |_| 5.0);
        assert!(shares.by_factor.iter().flatten().all(|r| r.value == 0.0), "{shares:?}");
        assert_eq!((shares.mean, shares.deviation), (5.0, 0.0));
    }
}
