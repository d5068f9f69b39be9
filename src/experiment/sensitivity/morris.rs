//! Morris screening: elementary effects along random paths through a grid.
//!
//! M. D. Morris, "Factorial sampling plans for preliminary computational experiments", Technometrics 33
//! (1991); the mean of absolute effects is that of F. Campolongo, J. Cariboni and A. Saltelli (2007). Four
//! levels, steps of two thirds of the range: every level is met as often as any other.

use super::resample::{self, TIMES, Values};
use super::{About, Moved, at_least_zero};
use crate::kernel::chance::{Bits, Key};
use crate::measure::series::Ranged;

/// The step, as a share of the range.
const STEP: f64 = 2.0 / 3.0;
/// Names these draws among all draws of a seed.
const PATHS: u64 = 0x6d6f_7272;

/// What a screening found.
#[derive(Clone, PartialEq, Debug)]
pub struct Screening {
    /// What was watched.
    pub about: About,
    /// Paths through the grid.
    pub trajectories: u32,
    /// Parameters, the most telling one first.
    pub effects: Vec<Effect>,
}

/// Elementary effects of one parameter: the change of the metric for its whole range.
#[derive(Clone, PartialEq, Debug)]
pub struct Effect {
    /// The parameter.
    pub moved: Moved,
    /// Mean effect, with its sign.
    pub mu: Ranged,
    /// Mean size of an effect.
    pub mu_star: Ranged,
    /// Standard deviation of effects: large where they depend on other parameters or bend.
    pub sigma: Ranged,
}

/// Random paths: each changes every factor once, one after another.
#[derive(Clone, PartialEq, Debug)]
pub struct Paths {
    factors: usize,
    seed: u64,
    /// Order of the factors, by path.
    orders: Vec<Vec<usize>>,
    /// Points of the unit cube: `factors + 1` a path.
    pub points: Vec<Vec<f64>>,
}

/// Mean, mean size and standard deviation of the effects of a factor, each with its interval.
pub type Effects = [Ranged; 3];

impl Paths {
    /// Draws paths; at least one factor and one path.
    pub fn new(factors: usize, trajectories: u32, seed: u64) -> Paths {
        let (mut orders, mut points) = (Vec::new(), Vec::new());
        for path in 0..trajectories {
            let mut draw = Key::new(seed).with(PATHS).with(u64::from(path)).draw();
            let mut order: Vec<usize> = (0..factors).collect();
            for i in (1..factors).rev() {
                order.swap(i, draw.below(i as u64 + 1) as usize);
            }
            // Each factor starts on one of the four levels and has one other to step to.
            let level = |_| [0.0, 1.0 / 3.0, STEP, 1.0][draw.below(4) as usize];
            let mut point: Vec<f64> = (0..factors).map(level).collect();
            points.push(point.clone());
            for &factor in &order {
                point[factor] = stepped(point[factor]);
                points.push(point.clone());
            }
            orders.push(order);
        }
        Paths { factors, seed, orders, points }
    }

    /// The effects of every factor from the values at the points. The interval is of a bootstrap over
    /// paths, and over replications where there are any, with Student's t.
    pub fn effects(&self, values: Values<'_>) -> Vec<Effects> {
        let paths = self.orders.len();
        let all: Vec<usize> = (0..paths).collect();
        let found = self.moments(values.at, &all);
        if paths < 2 {
            return found.into_iter().map(|of| of.map(Ranged::bare)).collect();
        }
        let again: Vec<Vec<[f64; 3]>> = (0..TIMES)
            .map(|b| self.moments(values.of(b), &resample::rows(self.seed, b, paths)))
            .collect();
        // A bootstrap of n rows is too narrow by this much.
        let wider = (paths as f64 / (paths - 1) as f64).sqrt();
        let ranged = |factor: usize, which: usize| {
            let drawn: Vec<f64> = again.iter().map(|a| a[factor][which]).collect();
            let error = wider * resample::spread(&drawn);
            Ranged::of(found[factor][which], error, (paths - 1) as f64)
        };
        (0..self.factors)
            .map(|f| [ranged(f, 0), at_least_zero(ranged(f, 1)), at_least_zero(ranged(f, 2))])
            .collect()
    }

    /// Mean, mean size and standard deviation over these paths.
    fn moments(&self, values: &[f64], paths: &[usize]) -> Vec<[f64; 3]> {
        let mut effects = vec![Vec::with_capacity(paths.len()); self.factors];
        for &path in paths {
            let first = path * (self.factors + 1);
            for (step, &factor) in self.orders[path].iter().enumerate() {
                let (from, to) = (first + step, first + step + 1);
                let length = self.points[to][factor] - self.points[from][factor];
                effects[factor].push((values[to] - values[from]) / length);
            }
        }
        let moments = |effects: &Vec<f64>| {
            let n = effects.len() as f64;
            let mean = effects.iter().sum::<f64>() / n;
            let size = effects.iter().map(|e| e.abs()).sum::<f64>() / n;
            let square = effects.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>();
            [mean, size, if n > 1.0 { (square / (n - 1.0)).sqrt() } else { 0.0 }]
        };
        effects.iter().map(moments).collect()
    }
}

/// The only level that a step leads to.
fn stepped(level: f64) -> f64 {
    match level {
        _ if level < 0.1 => STEP,
        _ if level < 0.5 => 1.0,
        _ if level < 0.9 => 0.0,
        _ => 1.0 / 3.0,
    }
}

/// A screening, the largest mean effect first.
pub fn screening(about: About, paths: &Paths, moved: Vec<Moved>, values: Values<'_>) -> Screening {
    let effects = moved.into_iter().zip(paths.effects(values));
    let mut effects: Vec<Effect> =
        effects.map(|(moved, [mu, mu_star, sigma])| Effect { moved, mu, mu_star, sigma }).collect();
    effects.sort_by(|a, b| {
        b.mu_star.value.total_cmp(&a.mu_star.value).then(a.moved.parameter.cmp(&b.moved.parameter))
    });
    Screening { about, trajectories: paths.orders.len() as u32, effects }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(paths: &Paths, f: impl Fn(&[f64]) -> f64) -> Vec<Effects> {
        let at: Vec<f64> = paths.points.iter().map(|x| f(x)).collect();
        paths.effects(Values { at: &at, again: &[] })
    }

    #[test]
    fn every_step_changes_one_factor_by_two_thirds_of_its_range() {
        let paths = Paths::new(5, 8, 3);
        assert_eq!(paths.points.len(), 8 * 6);
        let mut levels = [0; 4];
        for path in paths.points.chunks(6) {
            for pair in path.windows(2) {
                let moved: Vec<f64> =
                    pair[0].iter().zip(&pair[1]).map(|(a, b)| (a - b).abs()).collect();
                assert_eq!(moved.iter().filter(|d| **d > 0.0).count(), 1);
                assert!(moved.iter().all(|d| *d == 0.0 || (d - STEP).abs() < 1e-12), "{moved:?}");
            }
            path[0].iter().for_each(|x| levels[(x * 3.0).round() as usize] += 1);
            path[0].iter().zip(&path[5]).for_each(|(a, b)| assert_ne!(a, b));
        }
        assert!(levels.iter().all(|&n| n > 0), "{levels:?}");
    }

    #[test]
    fn effects_of_a_known_function() {
        // Linear: no spread. Product: the effect of one factor is the level of the other one.
        let paths = Paths::new(5, 60, 1);
        let found = play(&paths, |x| 3.0 * x[0] - 2.0 * x[1] + x[2] * x[3]);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        for (factor, slope) in [(0, 3.0), (1, -2.0), (4, 0.0)] {
            let [mu, mu_star, sigma] = found[factor];
            assert!(near(mu.value, slope) && near(mu_star.value, f64::abs(slope)), "{mu:?}");
            assert!(sigma.value < 1e-9 && mu.ci_low.is_some_and(|low| near(low, slope)));
        }
        let [mu, mu_star, _] = play(&paths, |x| (x[0] - 0.5) * (x[1] - 0.5))[0];
        assert!(mu.value.abs() < 0.2 && mu_star.value > 0.3, "effects of both signs");
        assert_eq!(
            play(&Paths::new(2, 1, 1), |x| x[0])[0][0].ci_low,
            None,
            "one path: no interval"
        );
    }

    /// Uniform on four levels: mean 1/2, standard deviation 0.3727. Intervals of a product cover both.
    #[test]
    fn intervals_cover_the_effects_of_a_product() {
        let (mut covered, mut sum) = ([0, 0], 0.0);
        for seed in 0..200 {
            let [mu, _, sigma] = play(&Paths::new(2, 20, seed), |x| x[0] * x[1])[0];
            let holds = |r: Ranged, v: f64| r.ci_low <= Some(v) && Some(v) <= r.ci_high;
            covered[0] += u32::from(holds(mu, 0.5));
            covered[1] += u32::from(holds(sigma, (5.0f64 / 36.0).sqrt()));
            sum += mu.value;
        }
        assert!((sum / 200.0 - 0.5).abs() < 3.0 * 0.3727 / 4000.0f64.sqrt(), "{}", sum / 200.0);
        assert!(covered[0] >= 180 && covered[1] >= 170, "{covered:?} of 200");
    }

    #[test]
    fn what_replications_leave_open_widens_the_interval() {
        let paths = Paths::new(2, 10, 1);
        let at: Vec<f64> = paths.points.iter().map(|x| x[0]).collect();
        let mut draw = Key::new(5).draw();
        let again: Vec<Vec<f64>> = (0..TIMES)
            .map(|_| {
                let slope = 0.5 + draw.unit();
                paths.points.iter().map(|x| slope * x[0]).collect()
            })
            .collect();
        let error = |again: &[Vec<f64>]| {
            paths.effects(Values { at: &at, again })[0][0].std_error.expect("known")
        };
        assert!(error(&[]) < 1e-12);
        let expected = (1.0f64 / 12.0 * 10.0 / 9.0).sqrt();
        assert!((error(&again) / expected - 1.0).abs() < 0.1);
    }
}
