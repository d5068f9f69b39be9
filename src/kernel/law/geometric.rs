//! The geometric law: how many, counting from 1.
//!
//! Probability `(1 - 1/mean)^(k-1) / mean` for `k = 1, 2, ...`; `mean` 1 to 1e100 (1 is a fixed
//! value). The whole part of an exponential value: sampled as such.

use super::error::{Check, GREATEST};
use super::{Distribution, Law, LawError, exponential_unit};
use crate::kernel::chance::Bits;

/// A count from 1 that goes on with the same probability each time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Geometric {
    mean: f64,
    /// `-ln(1 - 1/mean)`: the probability of going beyond `k` is `exp(-decay k)`.
    decay: f64,
}

impl Law {
    /// Geometric from 1 with this mean, 1 to 1e100.
    ///
    /// # Errors
    /// A mean outside that range.
    pub fn geometric(mean: f64) -> Result<Law, LawError> {
        let mean = Check("a geometric law").within("mean", mean, 1.0..=GREATEST)?;
        if mean == 1.0 {
            Ok(Law::fixed(1.0))
        } else {
            Ok(Law::Geometric(Geometric { mean, decay: -libm::log1p(-1.0 / mean) }))
        }
    }
}

impl Distribution for Geometric {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        1.0 + (exponential_unit(bits) / self.decay).floor()
    }

    /// The sum of two, less 1.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        let first = self.sample(bits);
        first + (self.sample(bits) - 1.0)
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn variance(&self) -> f64 {
        self.mean * (self.mean - 1.0)
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-self.decay * x.floor())
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-self.decay * x.floor())
    }

    fn quantile(&self, p: f64) -> f64 {
        // The quotient may round across a whole number: settle by the cdf itself.
        let k = (-libm::log1p(-p) / self.decay).ceil().max(1.0);
        if k > 1.0 && self.cdf(k - 1.0) >= p {
            k - 1.0
        } else if self.cdf(k) < p {
            k + 1.0
        } else {
            k
        }
    }

    fn support(&self) -> (f64, f64) {
        (1.0, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    #[test]
    fn geometric_is_what_it_says() {
        let law = Law::geometric(4.0).unwrap();
        checks::agrees(&law, 19);
        checks::agrees(&Law::geometric(1.05).unwrap(), 20);
        assert_eq!((law.mean(), law.variance(), law.max()), (4.0, 12.0, f64::INFINITY));
        checks::near(law.cdf(2.5), 1.0 - 0.75 * 0.75, 1e-15);
        assert_eq!((law.quantile(0.0), law.quantile(0.249), law.quantile(0.251)), (1.0, 1.0, 2.0));
        checks::stable(&law, [2.0, 1.0, 5.0]);
    }

    #[test]
    fn a_mean_below_one_is_refused_and_one_is_always_one() {
        assert_eq!(Law::geometric(0.5).unwrap_err().parameter, "mean");
        assert_eq!(Law::geometric(1.0).unwrap().fixed_value(), Some(1.0));
    }
}
