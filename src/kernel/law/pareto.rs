//! The Pareto law: rare values that dwarf the rest.
//!
//! Density `shape minimum^shape / x^(shape + 1)` for `x >= minimum`; `shape` 1e-6 to 1e9, `minimum`
//! 1e-100 to 1e100. The mean is infinite up to shape 1, the variance up to shape 2. The logarithm
//! over the minimum is exponential with mean `1 / shape`: sampled as its exponential.

use super::error::Check;
use super::{Distribution, Law, LawError, exponential_unit};
use crate::kernel::chance::Bits;

/// A power-law tail above a minimum.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pareto {
    shape: f64,
    minimum: f64,
}

const CHECK: Check = Check("a Pareto law");

impl Law {
    /// Pareto with tail exponent `shape` (1e-6 to 1e9) above `minimum` (1e-100 to 1e100).
    ///
    /// # Errors
    /// A parameter outside its range.
    pub fn pareto(shape: f64, minimum: f64) -> Result<Law, LawError> {
        let shape = CHECK.shape(shape)?;
        let minimum = CHECK.scale("minimum", minimum)?;
        Ok(Law::Pareto(Pareto { shape, minimum }))
    }

    /// Pareto with this mean (1e-100 to 1e100) and a tail exponent `shape` above 1.
    ///
    /// # Errors
    /// A parameter outside its range, or a shape so near 1 that the minimum vanishes.
    pub fn pareto_mean(shape: f64, mean: f64) -> Result<Law, LawError> {
        let shape = CHECK.shape(shape)?;
        if shape <= 1.0 {
            return Err(CHECK.error("shape", shape, "above 1 where the mean is given"));
        }
        let mean = CHECK.scale("mean", mean)?;
        let minimum = mean * ((shape - 1.0) / shape);
        let minimum = CHECK.derived(("shape", shape), ("minimum", minimum))?;
        Ok(Law::Pareto(Pareto { shape, minimum }))
    }
}

impl Pareto {
    /// `ln(x / minimum)` for an `x` above the minimum, without cancellation near it.
    fn log_excess(&self, x: f64) -> f64 {
        if x < 2.0 * self.minimum {
            libm::log1p((x - self.minimum) / self.minimum)
        } else {
            libm::log(x / self.minimum)
        }
    }
}

impl Distribution for Pareto {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        self.minimum * libm::exp(exponential_unit(bits) / self.shape)
    }

    /// Pareto again, its shape less by 1.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        self.minimum * libm::exp(exponential_unit(bits) / (self.shape - 1.0))
    }

    fn mean(&self) -> f64 {
        if self.shape <= 1.0 {
            f64::INFINITY
        } else {
            self.minimum * (self.shape / (self.shape - 1.0))
        }
    }

    fn variance(&self) -> f64 {
        if self.shape <= 2.0 {
            return f64::INFINITY;
        }
        let relative = self.minimum / (self.shape - 1.0);
        relative * relative * (self.shape / (self.shape - 2.0))
    }

    fn cdf(&self, x: f64) -> f64 {
        if x <= self.minimum { 0.0 } else { -libm::expm1(-self.shape * self.log_excess(x)) }
    }

    fn survival(&self, x: f64) -> f64 {
        if x <= self.minimum { 1.0 } else { libm::exp(-self.shape * self.log_excess(x)) }
    }

    fn quantile(&self, p: f64) -> f64 {
        self.minimum * libm::exp(-libm::log1p(-p) / self.shape)
    }

    fn support(&self) -> (f64, f64) {
        (self.minimum, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    #[test]
    fn pareto_is_what_it_says() {
        let law = Law::pareto(5.0, 60.0).unwrap();
        checks::agrees(&law, 8);
        checks::agrees_but_variance(&Law::pareto(2.5, 1.0).unwrap(), 9);
        checks::scales(&law, &Law::pareto(5.0, 120.0).unwrap(), 2.0);
        assert_eq!((law.mean(), law.max()), (75.0, f64::INFINITY));
        checks::near(law.variance(), 60.0 * 60.0 * 5.0 / (16.0 * 3.0), 1e-14);
        checks::near(Law::pareto_mean(1.5, 300.0).unwrap().mean(), 300.0, 1e-14);
        checks::stable(&law, [64.22743299692212, 60.79675763192492, 77.64058372420814]);
    }

    #[test]
    fn a_heavy_tail_has_no_mean_and_never_comes_round() {
        let law = Law::pareto(1.0, 60.0).unwrap();
        checks::sampler(&law, 10);
        assert_eq!((law.mean(), law.variance()), (f64::INFINITY, f64::INFINITY));
        let mut draw = crate::kernel::chance::Key::new(1).draw();
        assert_eq!(law.sample_residual(&mut draw), f64::INFINITY);
        assert_eq!(Law::pareto_mean(1.0, 60.0).unwrap_err().parameter, "shape");
    }
}
