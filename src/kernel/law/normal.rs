//! The standard normal law's cumulative probability and its inverse.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The probability of at most `z`, accurate relative to itself in the lower tail; the upper tail is
/// `cdf(-z)`.
pub(super) fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The value below which a normal one falls with probability `p`, inside (0, 1): 2e-15 relative for
/// `p` from 1e-290 to `1 - 1e-16`.
///
/// Starts from C. Hastings's rational approximation (Abramowitz and Stegun 26.2.23, error below
/// 4.5e-4) and takes two steps of Halley's method, each of which cubes the error.
pub(super) fn quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -quantile(1.0 - p); // the subtraction is exact
    }
    let t = (-2.0 * libm::log(p)).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = above / below - t;
    for _ in 0..2 {
        let density = libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
        if density < 1e-290 {
            break; // no digits left to refine with
        }
        let newton = (cdf(z) - p) / density;
        z -= newton / (1.0 + 0.5 * z * newton);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::super::checks::near;
    use super::*;

    #[test]
    fn quantiles_have_their_known_values() {
        near(quantile(0.025), -1.959_963_984_540_054_2, 1e-15);
        near(quantile(0.05), -1.644_853_626_951_472_7, 1e-15);
        near(quantile(0.95), 1.644_853_626_951_472_7, 1e-15);
        near(quantile(1e-12), -7.034_483_825_301_132, 1e-15);
        near(quantile(1e-100), -21.273_453_560_965_324, 1e-15);
        assert!(quantile(0.5).abs() < 1e-16);
    }

    #[test]
    fn quantile_and_cdf_undo_each_other() {
        for i in 1..4000 {
            let p = libm::exp(-0.1 * f64::from(i));
            near(cdf(quantile(p)), p, 1e-12);
        }
        assert!(quantile(f64::MIN_POSITIVE).is_finite() && quantile(5e-324).is_finite());
    }
}
