//! The Weibull law: wear-out (shape above 1) or early failure (shape below 1).
//!
//! Density `(k/s) (x/s)^(k-1) exp(-(x/s)^k)` for `x >= 0`, shape `k` 1e-6 to 1e9, scale `s` 1e-100
//! to 1e100. A power of an exponential value, which is sampled by the ziggurat.

use super::error::Check;
use super::gamma::gamma_unit;
use super::gamma_function::{log_gamma_1p, log_gamma_ratio};
use super::{Distribution, Law, LawError, exponential_unit};
use crate::kernel::chance::Bits;

/// A power of an exponential.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Weibull {
    shape: f64,
    scale: f64,
}

const CHECK: Check = Check("a Weibull law");

impl Law {
    /// Weibull with this shape (1e-6 to 1e9) and scale (1e-100 to 1e100).
    ///
    /// # Errors
    /// A parameter outside its range.
    pub fn weibull(shape: f64, scale: f64) -> Result<Law, LawError> {
        let shape = CHECK.shape(shape)?;
        let scale = CHECK.scale("scale", scale)?;
        Ok(Law::Weibull(Weibull { shape, scale }))
    }

    /// Weibull with this shape (1e-6 to 1e9) and mean (1e-100 to 1e100).
    ///
    /// # Errors
    /// A parameter outside its range, or a shape so small that the scale vanishes.
    pub fn weibull_mean(shape: f64, mean: f64) -> Result<Law, LawError> {
        let shape = CHECK.shape(shape)?;
        let mean = CHECK.scale("mean", mean)?;
        let scale = mean * libm::exp(-log_gamma_1p(1.0 / shape));
        let scale = CHECK.derived(("shape", shape), ("scale", scale))?;
        Ok(Law::Weibull(Weibull { shape, scale }))
    }
}

impl Distribution for Weibull {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        self.scale * libm::pow(exponential_unit(bits), 1.0 / self.shape)
    }

    /// Its power `(x/s)^k` is gamma of shape `1 + 1/k`.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        let inverse = 1.0 / self.shape;
        self.scale * libm::pow(gamma_unit(1.0 + inverse, bits), inverse)
    }

    fn mean(&self) -> f64 {
        self.scale * libm::exp(log_gamma_1p(1.0 / self.shape))
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        mean * mean * libm::expm1(log_gamma_ratio(1.0 / self.shape))
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-libm::pow(x / self.scale, self.shape))
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-libm::pow(x / self.scale, self.shape))
    }

    fn quantile(&self, p: f64) -> f64 {
        self.scale * libm::pow(-libm::log1p(-p), 1.0 / self.shape)
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
    fn weibull_is_what_it_says() {
        let law = Law::weibull(2.0, 100.0).unwrap();
        checks::agrees(&law, 11);
        checks::agrees(&Law::weibull(0.7, 5.0).unwrap(), 12);
        checks::scales(&law, &Law::weibull(2.0, 200.0).unwrap(), 2.0);
        let pi = std::f64::consts::PI;
        checks::near(law.mean(), 50.0 * pi.sqrt(), 1e-14);
        checks::near(law.variance(), 1e4 * (1.0 - pi / 4.0), 1e-13);
        checks::near(
            Law::weibull_mean(0.5, 30.0).unwrap().quantile(0.5),
            15.0 * 0.480_453_013_918_201_4,
            1e-13,
        );
        checks::stable(&law, [58.34632055791279, 25.682578633893378, 113.52218161975844]);
    }

    #[test]
    fn a_steep_law_keeps_its_variance() {
        let law = Law::weibull(1e6, 1.0).unwrap();
        checks::near(
            law.variance(),
            std::f64::consts::PI * std::f64::consts::PI / 6.0 * 1e-12,
            1e-5,
        );
    }

    #[test]
    fn a_mean_out_of_reach_is_refused() {
        let error = Law::weibull_mean(1e-3, 1.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the shape of a Weibull law is 0.001, but must be such that the scale for this mean is \
             between 1e-100 and 1e100"
        );
        assert_eq!(Law::weibull(0.0, 1.0).unwrap_err().parameter, "shape");
        assert_eq!(Law::weibull(1.0, 0.0).unwrap_err().parameter, "scale");
    }
}
