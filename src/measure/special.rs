//! Quantiles of the normal, Student's t and beta laws, on `libm` alone: the same bits everywhere.
//!
//! The incomplete beta function is Lentz's continued fraction (Numerical Recipes, 6.4); inverses are
//! found between two ends, which need no derivative and close up to neighbouring floats.

use libm::{exp, lgamma, log, log1p};
use std::sync::OnceLock;

/// The confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;

/// Regularised incomplete beta function: the distribution function of a beta law at `x`.
pub fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, 1.0 - x) / b
    }
}

fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for step in 1..100_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

/// Quantile of a beta law, `a` and `b` above 0.
pub fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    crossing(1.0, |x| beta_cdf(a, b, x) - p)
}

/// Upper quantile of Student's t at `1 - tail` with `df` degrees of freedom (any positive number).
pub fn t_quantile(df: f64, tail: f64) -> f64 {
    // P(|T| > t) = I_{df/(df+t^2)}(df/2, 1/2)
    let x = beta_quantile(df / 2.0, 0.5, 2.0 * tail);
    if x <= 0.0 { f64::INFINITY } else { (df * (1.0 - x) / x).sqrt() }
}

/// The factor of a two-sided interval with `df` degrees of freedom.
pub fn t_factor(df: f64) -> f64 {
    const TAIL: f64 = (1.0 - CONFIDENCE) / 2.0;
    /// Most intervals of a run have the same whole number of degrees: each is worked out once.
    static WHOLE: [OnceLock<f64>; 1024] = [const { OnceLock::new() }; 1024];
    if df > 1e6 {
        return Z;
    }
    match WHOLE.get(df as usize).filter(|_| df.fract() == 0.0) {
        Some(known) => *known.get_or_init(|| t_quantile(df, TAIL)),
        None => t_quantile(df, TAIL),
    }
}

/// The factor of a two-sided normal interval.
pub const Z: f64 = 1.959_963_984_540_054;

/// The point between 0 and `high` from which on a rising function is not below zero any more; 0 where it
/// says nothing.
///
/// Regula falsi by the Illinois rule closes in within some ten steps; where it is slow, and at the end, the
/// ends are halved, so that the answer does not hang on the way to it.
fn crossing(mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    // Small answers deserve relative precision: first find the power of two.
    let mut at_high = f(high);
    let mut low = high * 0.5;
    let mut at_low = f(low);
    while at_low >= 0.0 {
        (high, at_high) = (low, at_low);
        low *= 0.5;
        if low <= 1e-300 {
            return 0.0;
        }
        at_low = f(low);
    }
    // What the ends are given the weight of; the value itself, or half of it where an end stays.
    let (mut weigh_low, mut weigh_high) = (at_low, at_high);
    let mut side = 0;
    let mut width = high - low;
    for step in 1.. {
        let middle = low + (high - low) * 0.5;
        if middle <= low || middle >= high {
            break;
        }
        let mut halve = false;
        if step % 4 == 0 {
            halve = high - low > 0.5 * width;
            width = high - low;
        }
        // The guess may lie on an end: the other one is looked for close to it.
        let least = 32.0 * f64::EPSILON * high;
        let guess = (low * weigh_high - high * weigh_low) / (weigh_high - weigh_low);
        halve |= high - low < 2.0 * least || !guess.is_finite();
        let x = if halve { middle } else { guess.clamp(low + least, high - least) };
        let y = f(x);
        if y.is_nan() {
            return 0.0;
        }
        if y < 0.0 {
            (low, weigh_low) = (x, y);
            weigh_high *= if side < 0 { 0.5 } else { 1.0 };
            side = -1;
        } else {
            (high, weigh_high) = (x, y);
            weigh_low *= if side > 0 { 0.5 } else { 1.0 };
            side = 1;
        }
    }
    low + (high - low) * 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_quantiles() {
        for (df, t) in [(1.0, 12.706_204_736), (2.0, 4.302_652_730), (9.0, 2.262_157_163)] {
            assert!((t_factor(df) - t).abs() < 1e-8, "{df}: {}", t_factor(df));
        }
        assert!((t_factor(1e5) - 1.959_987_708).abs() < 1e-7, "{}", t_factor(1e5));
        // Clopper-Pearson for 1 of 10: 0.0025286 to 0.4450161.
        assert!((beta_quantile(1.0, 10.0, 0.025) - 0.002_528_579).abs() < 1e-9);
        assert!((beta_quantile(2.0, 9.0, 0.975) - 0.445_016_118).abs() < 1e-9);
        // A closed form: I_x(1, b) = 1 - (1-x)^b.
        assert!((beta_cdf(1.0, 5.0, 0.1) - 0.409_51).abs() < 1e-12);
        assert!((beta_quantile(1.0, 1e6, 0.95) - 2.995_727_8e-6).abs() < 1e-12);
    }

    #[test]
    fn quantiles_lie_where_the_distribution_function_crosses() {
        let sizes = [1e-3, 0.5, 1.0, 7.3, 300.0, 4e5, 1e9];
        for (a, b) in sizes.into_iter().flat_map(|a| sizes.map(|b| (a, b))) {
            for p in [1e-12, 0.025, 0.5, 0.975, 1.0 - 1e-12] {
                let x = beta_quantile(a, b, p);
                // Nearer than that the function itself is not known for large laws: it is a difference of
                // large logarithms.
                let ends = [x * (1.0 - 1e-9), (x * (1.0 + 1e-9)).min(1.0)];
                let [below, above] = ends.map(|x| beta_cdf(a, b, x));
                // What is smaller than any number that is looked for is zero.
                assert!(x == 0.0 || (below <= p && p <= above), "{a} {b} {p}: {below} {above}");
            }
        }
        assert!(t_factor(f64::NAN).is_infinite());
    }

    #[test]
    fn quantiles_are_the_same_bits_everywhere() {
        assert_eq!(t_factor(9.0).to_bits(), GOLDEN[0]);
        assert_eq!(beta_quantile(2.0, 9.0, 0.975).to_bits(), GOLDEN[1]);
    }
    const GOLDEN: [u64; 2] = [4612276343877733155, 4601688317593194102];
}
