//! Continuous-time Markov chains over a finite horizon, by uniformisation: sums of positive terms.

use libm::{exp, lgamma, log};
use std::collections::BTreeMap;

/// A chain that starts in its first state.
pub struct Chain<S> {
    pub states: Vec<S>,
    rows: Vec<Vec<(usize, f64)>>,
    exits: Vec<f64>,
}

impl<S: Copy + Ord> Chain<S> {
    /// All states that `next` (target and rate) reaches from `start`.
    pub fn new(start: S, next: impl Fn(S) -> Vec<(S, f64)>) -> Chain<S> {
        let mut chain = Chain { states: vec![start], rows: Vec::new(), exits: Vec::new() };
        let mut index = BTreeMap::from([(start, 0)]);
        let mut at = 0;
        while at < chain.states.len() {
            let mut row = Vec::new();
            for (state, rate) in next(chain.states[at]) {
                if rate > 0.0 && state != chain.states[at] {
                    let to = *index.entry(state).or_insert_with(|| {
                        chain.states.push(state);
                        chain.states.len() - 1
                    });
                    row.push((to, rate));
                }
            }
            chain.exits.push(row.iter().map(|r| r.1).sum());
            chain.rows.push(row);
            at += 1;
        }
        chain
    }

    /// Probability of each state at the horizon, and expected time in each until then.
    pub fn solve(&self, horizon: f64) -> (Vec<f64>, Vec<f64>) {
        let n = self.states.len();
        let rate = 1.25 * self.exits.iter().fold(0.0, |a: f64, &b| a.max(b));
        let jumps = Jumps::new(rate * horizon);
        let mut now = vec![0.0; n];
        now[0] = 1.0;
        let (mut end, mut time) = (vec![0.0; n], vec![0.0; n]);
        for k in 0..jumps.weights_end() {
            let (weight, tail) = (jumps.weight(k), jumps.beyond(k));
            for i in 0..n {
                end[i] += weight * now[i];
                time[i] += tail * now[i] / rate;
            }
            let mut next = vec![0.0; n];
            for i in 0..n {
                // At least a fifth of the uniform rate stays: nothing cancels.
                next[i] += now[i] * ((rate - self.exits[i]) / rate);
                for &(to, r) in &self.rows[i] {
                    next[to] += now[i] * (r / rate);
                }
            }
            now = next;
        }
        (end, time)
    }

    /// Expected time in the states that `wanted` names.
    pub fn time(&self, horizon: f64, wanted: impl Fn(S) -> bool) -> f64 {
        self.reward(horizon, |s| f64::from(u8::from(wanted(s))))
    }

    /// Expected integral of a reward over the horizon.
    pub fn reward(&self, horizon: f64, reward: impl Fn(S) -> f64) -> f64 {
        let (_, time) = self.solve(horizon);
        time.iter().zip(&self.states).map(|(t, &s)| t * reward(s)).sum()
    }

    /// Probability of being in a state that `wanted` names at the horizon.
    pub fn chance(&self, horizon: f64, wanted: impl Fn(S) -> bool) -> f64 {
        let (end, _) = self.solve(horizon);
        end.iter().zip(&self.states).filter(|&(_, &s)| wanted(s)).map(|(p, _)| p).sum()
    }
}

/// The distribution of a Poisson count: weights and tails where they are not negligible.
pub struct Jumps {
    first: usize,
    weights: Vec<f64>,
    tails: Vec<f64>,
}

impl Jumps {
    pub fn new(mean: f64) -> Jumps {
        let reach = 12.0 * mean.sqrt() + 40.0;
        let first = (mean - reach).max(0.0) as usize;
        let last = (mean + reach) as usize;
        let mut weights: Vec<f64> = (first..=last)
            .map(|k| exp(k as f64 * log(mean) - mean - lgamma(k as f64 + 1.0)))
            .collect();
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= total);
        let mut tails = vec![0.0; weights.len()];
        for k in (1..weights.len()).rev() {
            tails[k - 1] = tails[k] + weights[k];
        }
        Jumps { first, weights, tails }
    }

    fn weights_end(&self) -> usize {
        self.first + self.weights.len()
    }

    /// P(N = k).
    pub fn weight(&self, k: usize) -> f64 {
        if k < self.first { 0.0 } else { self.weights.get(k - self.first).copied().unwrap_or(0.0) }
    }

    /// P(N > k).
    pub fn beyond(&self, k: usize) -> f64 {
        if k < self.first { 1.0 } else { self.tails.get(k - self.first).copied().unwrap_or(0.0) }
    }
}

#[test]
fn two_states_are_solved_as_on_paper() {
    let (fail, mend, horizon) = (0.3, 1.1, 7.0);
    let chain = Chain::new(0, |s| if s == 0 { vec![(1, fail)] } else { vec![(0, mend)] });
    let both = fail + mend;
    let decay = exp(-both * horizon);
    let down = fail / both * (horizon - (1.0 - decay) / both);
    assert!((chain.time(horizon, |s| s == 1) / down - 1.0).abs() < 1e-12);
    let at_end = fail / both * (1.0 - decay);
    assert!((chain.chance(horizon, |s| s == 1) / at_end - 1.0).abs() < 1e-12);
}
