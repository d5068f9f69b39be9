//! The lognormal law: repair times, where each factor multiplies.
//!
//! The logarithm is normal with mean `ln(median)` and standard deviation `sigma`. Density
//! `exp(-(ln(x/median)/sigma)^2 / 2) / (x sigma sqrt(2 pi))`; `median` 1e-100 to 1e100, `sigma` 0
//! to 1000 (0 is a fixed value). Sampled as the exponential of a ziggurat's normal.

use super::error::{Check, number};
use super::exp::exp;
use super::normal;
use super::{Distribution, Law, LawError, normal_unit};
use crate::kernel::chance::Bits;

/// The exponential of a normal value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LogNormal {
    median: f64,
    sigma: f64,
}

const CHECK: Check = Check("a lognormal law");

/// The 95 % quantile of the standard normal law.
const Z95: f64 = 1.644_853_626_951_472_7;

impl Law {
    /// Lognormal with this median (1e-100 to 1e100) and standard deviation of the logarithm (0 to
    /// 1000).
    ///
    /// # Errors
    /// A parameter outside its range.
    pub fn lognormal(median: f64, sigma: f64) -> Result<Law, LawError> {
        let median = CHECK.scale("median", median)?;
        let sigma = CHECK.sigma(sigma)?;
        if sigma == 0.0 {
            Ok(Law::fixed(median))
        } else {
            Ok(Law::LogNormal(LogNormal { median, sigma }))
        }
    }

    /// Lognormal with this mean (1e-100 to 1e100) and standard deviation of the logarithm.
    ///
    /// # Errors
    /// A parameter outside its range, or a sigma so large that the median vanishes.
    pub fn lognormal_mean(mean: f64, sigma: f64) -> Result<Law, LawError> {
        let mean = CHECK.scale("mean", mean)?;
        let sigma = CHECK.sigma(sigma)?;
        let median = mean * libm::exp(-0.5 * sigma * sigma);
        let median = CHECK.derived(("sigma", sigma), ("median", median))?;
        Law::lognormal(median, sigma)
    }

    /// Lognormal with this median and 95 % quantile, both 1e-100 to 1e100.
    ///
    /// # Errors
    /// A parameter outside its range, or a p95 below the median.
    pub fn lognormal_p95(median: f64, p95: f64) -> Result<Law, LawError> {
        let median = CHECK.scale("median", median)?;
        let p95 = CHECK.scale("p95", p95)?;
        if p95 < median {
            return Err(CHECK.error(
                "p95",
                p95,
                &format!("at least the median, {}", number(median)),
            ));
        }
        Law::lognormal(median, libm::log(p95 / median) / Z95)
    }

    /// Lognormal with this mean and 95 % quantile, both 1e-100 to 1e100.
    ///
    /// `p95 / mean` is `exp(1.645 sigma - sigma^2 / 2)`: it rises from 1 to 3.868 at a sigma of
    /// 1.645 and falls again. Of the two sigmas the smaller one is meant.
    ///
    /// # Errors
    /// A parameter outside its range, or a p95 that is not 1 to 3.868 times the mean.
    pub fn lognormal_mean_p95(mean: f64, p95: f64) -> Result<Law, LawError> {
        let mean = CHECK.scale("mean", mean)?;
        let p95 = CHECK.scale("p95", p95)?;
        let log_ratio = libm::log(p95 / mean);
        let square = Z95 * Z95 - 2.0 * log_ratio;
        if p95 < mean || square < 0.0 {
            let (least, most) = (number(mean), number(mean * libm::exp(0.5 * Z95 * Z95)));
            let expected = format!("between the mean, {least}, and 3.868 times it, {most}");
            return Err(CHECK.error("p95", p95, &expected));
        }
        // The smaller root in the form that does not cancel.
        Law::lognormal_mean(mean, 2.0 * log_ratio / (Z95 + square.sqrt()))
    }
}

impl LogNormal {
    /// The standard normal value that belongs to `x`.
    fn standard(&self, x: f64) -> f64 {
        libm::log(x / self.median) / self.sigma
    }
}

impl Distribution for LogNormal {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        self.median * exp(self.sigma * normal_unit(bits))
    }

    /// Lognormal again, the logarithm shifted by `sigma^2`.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        self.median * libm::exp(self.sigma * (self.sigma + normal_unit(bits)))
    }

    fn mean(&self) -> f64 {
        self.median * libm::exp(0.5 * self.sigma * self.sigma)
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        mean * mean * libm::expm1(self.sigma * self.sigma)
    }

    fn cdf(&self, x: f64) -> f64 {
        normal::cdf(self.standard(x))
    }

    fn survival(&self, x: f64) -> f64 {
        normal::cdf(-self.standard(x))
    }

    fn quantile(&self, p: f64) -> f64 {
        self.median * libm::exp(self.sigma * normal::quantile(p))
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    #[test]
    fn lognormal_is_what_it_says() {
        let law = Law::lognormal(30.0, 0.5).unwrap();
        checks::agrees(&law, 13);
        checks::agrees_but_variance(&Law::lognormal(2.0, 1.5).unwrap(), 14);
        checks::scales(&law, &Law::lognormal(60.0, 0.5).unwrap(), 2.0);
        checks::near(law.mean(), 30.0 * libm::exp(0.125), 1e-15);
        checks::near(law.quantile(0.5), 30.0, 1e-15);
        checks::stable(&law, [35.539112320604325, 31.22116354402346, 16.682232771672208]);
    }

    #[test]
    fn each_pair_of_parameters_gives_what_was_asked() {
        checks::near(Law::lognormal_mean(40.0, 0.8).unwrap().mean(), 40.0, 1e-14);
        let law = Law::lognormal_p95(30.0, 90.0).unwrap();
        checks::near(law.quantile(0.5), 30.0, 1e-14);
        checks::near(law.quantile(0.95), 90.0, 1e-13);
        for p95 in [40.0 * (1.0 + 1e-9), 60.0, 120.0, 154.7] {
            let law = Law::lognormal_mean_p95(40.0, p95).unwrap();
            checks::near(law.mean(), 40.0, 1e-14);
            checks::near(law.quantile(0.95), p95, 1e-13);
        }
        checks::near(normal::quantile(0.95), Z95, 1e-15);
    }

    #[test]
    fn impossible_pairs_are_refused() {
        assert_eq!(Law::lognormal_p95(30.0, 29.0).unwrap_err().parameter, "p95");
        assert_eq!(Law::lognormal_mean_p95(30.0, 29.0).unwrap_err().parameter, "p95");
        assert_eq!(Law::lognormal_mean_p95(30.0, 117.0).unwrap_err().parameter, "p95");
        assert_eq!(Law::lognormal_mean(1.0, 50.0).unwrap_err().parameter, "sigma");
        assert_eq!(Law::lognormal(1.0, -1.0).unwrap_err().parameter, "sigma");
        assert_eq!(Law::lognormal_p95(30.0, 30.0).unwrap().fixed_value(), Some(30.0));
    }
}
