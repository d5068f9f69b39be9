//! The gamma function's logarithm near 1 and the regularised incomplete gamma function.
//!
//! `P(a, x)` is the probability that a gamma value of shape `a` is at most `x`, `Q = 1 - P`. Series
//! below `a + 1`, continued fraction (modified Lentz) above, as in Abramowitz and Stegun 6.5.29 and
//! 6.5.31; the common factor in C. Loader's form ("Fast and accurate computation of binomial
//! probabilities", 2000), which does not cancel where `a` is large. Both as logarithms, so that no
//! tail underflows.

use std::f64::consts::PI;

use super::normal;

const EULER: f64 = 0.577_215_664_901_532_9;
const ZETA_2: f64 = 1.644_934_066_848_226_4;
const ZETA_3: f64 = 1.202_056_903_159_594_3;
const ZETA_4: f64 = 1.082_323_233_711_138_2;
const ZETA_5: f64 = 1.036_927_755_143_37;

/// `ln Γ(1 + e)` for `e >= 0`, accurate relative to itself for small `e` too.
pub(super) fn log_gamma_1p(e: f64) -> f64 {
    if e > 1e-3 {
        return libm::lgamma(1.0 + e);
    }
    let cubic = ZETA_3 / 3.0 - e * (ZETA_4 / 4.0 - e * (ZETA_5 / 5.0));
    e * (-EULER + e * (ZETA_2 / 2.0 - e * cubic))
}

/// `ln(Γ(1 + 2e) / Γ(1 + e)^2)` for `e >= 0`: the logarithm of one plus the squared coefficient of
/// variation of a Weibull law of shape `1/e`.
pub(super) fn log_gamma_ratio(e: f64) -> f64 {
    if e > 1e-3 {
        return log_gamma_1p(2.0 * e) - 2.0 * log_gamma_1p(e);
    }
    e * e * (ZETA_2 - e * (2.0 * ZETA_3 - e * (3.5 * ZETA_4 - e * (6.0 * ZETA_5))))
}

/// `ln(1 + d) - d` for `d = (x - a) / a`, without cancellation.
fn log1p_minus(a: f64, x: f64) -> f64 {
    let d = (x - a) / a;
    if d.abs() > 0.4 {
        return libm::log(x / a) - d;
    }
    // ln(1 + d) = 2 artanh(s), and 2s = d - s d.
    let s = d / (2.0 + d);
    let square = s * s;
    let (mut power, mut sum, mut n) = (s * square, 0.0, 3.0);
    while power.abs() > 1e-18 * square {
        sum += power / n;
        power *= square;
        n += 2.0;
    }
    2.0 * sum - s * d
}

/// `ln Γ(a + 1)` less Stirling's `(a + 1/2) ln a - a + ln(2 pi)/2`, for `a >= 10`.
fn stirling_error(a: f64) -> f64 {
    let s = 1.0 / (a * a);
    let tail = 1.0 / 1188.0 - s * (691.0 / 360_360.0 - s / 156.0);
    let series = 1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * tail));
    (1.0 / 12.0 - s * series) / a
}

/// `ln(x^a exp(-x) / Γ(a + 1))`.
fn log_kernel(a: f64, x: f64, log_x: f64) -> f64 {
    if a < 10.0 {
        a * log_x - x - log_gamma_1p(a)
    } else {
        a * log1p_minus(a, x) - stirling_error(a) - 0.5 * libm::log(2.0 * PI * a)
    }
}

/// `(ln P, ln Q)` from `x` and its logarithm, which may be known where `x` underflows.
fn log_tails(a: f64, x: f64, log_x: f64) -> (f64, f64) {
    if log_x == f64::INFINITY {
        return (0.0, f64::NEG_INFINITY);
    }
    if a < 1.0 && x < 1.0 {
        return log_tails_small(a, x, log_x);
    }
    let kernel = log_kernel(a, x, log_x);
    if x < a + 1.0 {
        let (mut sum, mut term, mut n) = (1.0, 1.0, a);
        while term > 1e-17 * sum {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        let log_p = (kernel + libm::log(sum)).min(0.0);
        (log_p, libm::log1p(-libm::exp(log_p)))
    } else {
        let log_q = (kernel + libm::log(a * continued_fraction(a, x))).min(0.0);
        (libm::log1p(-libm::exp(log_q)), log_q)
    }
}

/// The same for `a` and `x` below 1, where `Q` itself may be small:
/// `P = x^a / Γ(a+1) (1 + a S)`, `S` the sum over `n >= 1` of `(-x)^n / (n! (a + n))`.
fn log_tails_small(a: f64, x: f64, log_x: f64) -> (f64, f64) {
    let (mut sum, mut power, mut n) = (0.0, 1.0, 1.0);
    loop {
        power *= -x / n;
        let term = power / (a + n);
        sum += term;
        if term.abs() <= 1e-18 * x {
            break;
        }
        n += 1.0;
    }
    let factor = a * log_x - log_gamma_1p(a);
    let log_p = factor + libm::log1p(a * sum);
    let q = -libm::expm1(factor) - libm::exp(factor) * a * sum;
    (log_p, if q > 0.5 { libm::log1p(-libm::exp(log_p)) } else { libm::log(q) })
}

/// `Q Γ(a) / (x^a exp(-x))` for `x >= a + 1`, or at least 1 where `a` is smaller.
fn continued_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut value = d;
    // The number of terms grows as the root of `a`: 1e6 is far more than a shape of 1e9 asks for.
    for step in 1..1_000_000 {
        let n = f64::from(step);
        let numerator = n * (a - n);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 3e-16 {
            break;
        }
    }
    value
}

/// `P(a, x)` for `a` 1e-6 to 1e9 and `x >= 0`: 1e-12 relative for `a` to 1e6.
pub(super) fn lower(a: f64, x: f64) -> f64 {
    libm::exp(log_tails(a, x, libm::log(x)).0)
}

/// `Q(a, x)`, as accurate.
pub(super) fn upper(a: f64, x: f64) -> f64 {
    libm::exp(log_tails(a, x, libm::log(x)).1)
}

/// The `x` with `P(a, x) = p`, `p` inside (0, 1).
///
/// Newton's method on the logarithm of the smaller tail over `ln x`. The density of `ln x` is
/// log-concave, so both tails' logarithms are concave in it and the method converges from anywhere.
pub(super) fn inverse_lower(a: f64, p: f64) -> f64 {
    let (is_lower, target) = if p <= 0.5 { (true, p) } else { (false, 1.0 - p) };
    let log_target = libm::log(target);
    let mut log_x = first_guess(a, p);
    let mut x = libm::exp(log_x);
    for _ in 0..100 {
        let (log_p, log_q) = log_tails(a, x, log_x);
        let tail = if is_lower { log_p } else { log_q };
        let slope = a * libm::exp(log_kernel(a, x, log_x) - tail);
        let step = (log_target - tail) / if is_lower { slope } else { -slope };
        if step.is_nan() {
            break;
        }
        log_x += step;
        x = if a < 10.0 { libm::exp(log_x) } else { x * libm::exp(step) };
        if step.abs() <= 4e-16 {
            break;
        }
    }
    x
}

/// The logarithm of a value near the inverse: exact in the limit of small `x`, else E. B. Wilson
/// and M. M. Hilferty's cube of a normal value (1931).
fn first_guess(a: f64, p: f64) -> f64 {
    let small = (libm::log(p) + log_gamma_1p(a)) / a;
    if a < 0.5 {
        return if small < -2.0 { small } else { libm::log(-libm::log1p(-p)).max(small) };
    }
    let root = 1.0 - 1.0 / (9.0 * a) + normal::quantile(p) / (3.0 * a.sqrt());
    if root > 0.2 { libm::log(a) + 3.0 * libm::log(root) } else { small }
}

#[cfg(test)]
mod tests {
    use super::super::checks::near;
    use super::*;

    #[test]
    fn logarithms_of_gamma_meet_where_the_series_ends() {
        near(log_gamma_1p(1e-3 * (1.0 - 1e-15)), libm::lgamma(1.001), 1e-12);
        near(log_gamma_1p(1e-9), -EULER * 1e-9, 1e-8);
        near(log_gamma_1p(4.0), libm::log(24.0), 1e-15);
        near(log_gamma_1p(0.5), libm::log(PI.sqrt() / 2.0), 1e-14);
        let direct = log_gamma_1p(2e-3) - 2.0 * log_gamma_1p(1e-3);
        near(log_gamma_ratio(1e-3), direct, 1e-9);
    }

    #[test]
    fn incomplete_gamma_has_its_closed_forms() {
        for x in [1e-9, 0.01, 0.5, 1.0, 2.0, 7.0, 30.0, 600.0] {
            near(lower(1.0, x), -libm::expm1(-x), 1e-13);
            near(upper(1.0, x), libm::exp(-x), 1e-12);
            near(upper(3.0, x), libm::exp(-x) * (1.0 + x + x * x / 2.0), 1e-12);
            near(upper(0.5, x), libm::erfc(x.sqrt()), 1e-12);
            near(lower(0.5, x), libm::erf(x.sqrt()), 1e-12);
        }
        assert_eq!((lower(2.0, 0.0), upper(2.0, 0.0)), (0.0, 1.0));
        assert_eq!((lower(2.0, f64::INFINITY), upper(20.0, f64::INFINITY)), (1.0, 0.0));
    }

    /// Computed with 60 digits.
    #[test]
    fn incomplete_gamma_has_its_known_values() {
        for (a, x, p, q) in [
            (0.3, 0.001, 0.140_242_458_924_867_37, 0.859_757_541_075_132_6),
            (0.3, 2.5, 0.988_154_678_154_688_7, 0.011_845_321_845_311_337),
            (7.5, 3.0, 0.020_252_253_282_186_635, 0.979_747_746_717_813_4),
            (7.5, 20.0, 0.999_546_501_864_897_8, 0.000_453_498_135_102_234_6),
            (100.0, 100.0, 0.513_298_798_279_148_7, 0.486_701_201_720_851_34),
            (0.001, 1e-5, 0.989_123_044_695_782_7, 0.010_876_955_304_217_33),
            (0.001, 0.5, 0.999_439_933_343_529_3, 0.000_560_066_656_470_75),
            (2.5, 60.0, 1.0, 3.138_579_772_755_296e-24),
            (40.0, 12.0, 1.558_711_310_236_460_9e-10, 0.999_999_999_844_128_9),
        ] {
            near(lower(a, x), p, 1e-13);
            near(upper(a, x), q, 1e-13);
        }
        near(upper(1e6, 1_001_000.0), 0.158_655_213_631_659_71, 1e-12);
    }

    #[test]
    fn the_inverse_undoes_the_function_from_tail_to_tail() {
        for a in [1e-6, 1e-3, 0.05, 0.4, 0.5, 0.9, 1.0, 3.0, 9.9, 10.0, 250.0, 1e4, 1e6] {
            for p in [1e-300, 1e-100, 1e-12, 1e-3, 0.2, 0.5, 0.7, 0.95, 0.999, 1.0 - 1e-12] {
                let x = inverse_lower(a, p);
                assert!(x >= 0.0 && x.is_finite(), "a {a} p {p}: {x}");
                if x > 1e-290 && p <= 0.5 {
                    near(lower(a, x), p, 1e-11);
                } else if x > 1e-290 {
                    near(upper(a, x), 1.0 - p, 1e-11);
                }
            }
        }
    }
}
