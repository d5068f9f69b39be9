//! The exponential law: gaps without memory.
//!
//! Density `exp(-x / mean) / mean` for `x >= 0`; `mean` 1e-100 to 1e100. Sampled by the ziggurat of
//! Marsaglia and Tsang ([`super::exponential_unit`]).

use super::error::Check;
use super::{Distribution, Law, LawError, exponential_unit};
use crate::kernel::chance::Bits;

/// Gaps without memory: what has passed says nothing of what is to come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Exponential {
    mean: f64,
}

impl Law {
    /// Exponential with this mean, 1e-100 to 1e100.
    ///
    /// # Errors
    /// A mean outside that range.
    pub fn exponential(mean: f64) -> Result<Law, LawError> {
        let mean = Check("an exponential law").scale("mean", mean)?;
        Ok(Law::Exponential(Exponential { mean }))
    }
}

impl Distribution for Exponential {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        self.mean * exponential_unit(bits)
    }

    /// Gamma of shape 2: the sum of two.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        self.mean * (exponential_unit(bits) + exponential_unit(bits))
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn variance(&self) -> f64 {
        self.mean * self.mean
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-x / self.mean)
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-x / self.mean)
    }

    fn quantile(&self, p: f64) -> f64 {
        -self.mean * libm::log1p(-p)
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
    fn exponential_is_what_it_says() {
        let law = Law::exponential(90.0).unwrap();
        checks::agrees(&law, 2);
        checks::scales(&law, &Law::exponential(180.0).unwrap(), 2.0);
        assert_eq!((law.mean(), law.variance(), law.max()), (90.0, 8100.0, f64::INFINITY));
        checks::near(law.quantile(0.5), 90.0 * std::f64::consts::LN_2, 1e-15);
        checks::stable(&law, [30.638638103820444, 5.93635360757505, 115.98557147738478]);
    }

    #[test]
    fn a_mean_that_is_not_positive_is_refused() {
        for mean in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Law::exponential(mean).unwrap_err().parameter, "mean");
        }
    }
}
