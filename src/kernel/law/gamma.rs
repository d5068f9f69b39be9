//! The gamma law: the time that several steps take together.
//!
//! Density `(x/s)^(k-1) exp(-x/s) / (s Γ(k))` for `x > 0`, shape `k` 1e-6 to 1e9, scale `s` 1e-100
//! to 1e100. Sampled after G. Marsaglia and W. W. Tsang, "A simple method for generating gamma
//! variables", ACM Transactions on Mathematical Software 26(3), 2000.

use super::error::Check;
use super::gamma_function;
use super::{Distribution, Law, LawError, exponential_unit, normal_unit};
use crate::kernel::chance::Bits;

/// A sum of `shape` exponentials, for any positive shape.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gamma {
    shape: f64,
    scale: f64,
}

const CHECK: Check = Check("a gamma law");

impl Law {
    /// Gamma with this shape (1e-6 to 1e9) and scale (1e-100 to 1e100).
    ///
    /// # Errors
    /// A parameter outside its range.
    pub fn gamma(shape: f64, scale: f64) -> Result<Law, LawError> {
        let shape = CHECK.shape(shape)?;
        let scale = CHECK.scale("scale", scale)?;
        Ok(Law::Gamma(Gamma { shape, scale }))
    }

    /// Gamma with this shape (1e-6 to 1e9) and mean (1e-100 to 1e100).
    ///
    /// # Errors
    /// A parameter outside its range, or a mean whose scale would be.
    pub fn gamma_mean(shape: f64, mean: f64) -> Result<Law, LawError> {
        let shape = CHECK.shape(shape)?;
        let mean = CHECK.scale("mean", mean)?;
        let scale = CHECK.derived(("shape", shape), ("scale", mean / shape))?;
        Ok(Law::Gamma(Gamma { shape, scale }))
    }
}

/// A gamma value of this shape, above 0, and scale 1.
#[inline]
pub(super) fn gamma_unit(shape: f64, bits: &mut impl Bits) -> f64 {
    if shape >= 1.0 {
        return gamma_from_one(shape, bits);
    }
    // A value of shape k is one of shape k + 1 times a uniform to the power 1/k.
    let boost = libm::exp(-exponential_unit(bits) / shape);
    gamma_from_one(shape + 1.0, bits) * boost
}

/// Marsaglia and Tsang's rejection, for a shape of at least 1.
fn gamma_from_one(shape: f64, bits: &mut impl Bits) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal_unit(bits);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u = bits.unit();
        let square = x * x;
        if u < 1.0 - 0.0331 * square * square
            || libm::log(u) < 0.5 * square + d * (1.0 - v + libm::log(v))
        {
            return d * v;
        }
    }
}

impl Distribution for Gamma {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        self.scale * gamma_unit(self.shape, bits)
    }

    /// Gamma again, its shape more by 1.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        self.scale * gamma_unit(self.shape + 1.0, bits)
    }

    fn mean(&self) -> f64 {
        self.scale * self.shape
    }

    fn variance(&self) -> f64 {
        self.scale * self.scale * self.shape
    }

    fn cdf(&self, x: f64) -> f64 {
        gamma_function::lower(self.shape, x / self.scale)
    }

    fn survival(&self, x: f64) -> f64 {
        gamma_function::upper(self.shape, x / self.scale)
    }

    fn quantile(&self, p: f64) -> f64 {
        self.scale * gamma_function::inverse_lower(self.shape, p)
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
    fn gamma_is_what_it_says() {
        let law = Law::gamma(4.0, 15.0).unwrap();
        checks::agrees(&law, 15);
        checks::agrees(&Law::gamma(0.4, 10.0).unwrap(), 16);
        checks::agrees(&Law::gamma(1.0, 10.0).unwrap(), 17);
        checks::scales(&law, &Law::gamma(4.0, 30.0).unwrap(), 2.0);
        assert_eq!((law.mean(), law.variance(), law.max()), (60.0, 900.0, f64::INFINITY));
        assert_eq!(Law::gamma_mean(4.0, 60.0).unwrap(), law);
        checks::stable(&law, [65.3188483370511, 27.70668108606339, 23.974985773065967]);
    }

    #[test]
    fn bad_parameters_are_refused() {
        assert_eq!(Law::gamma(-1.0, 1.0).unwrap_err().parameter, "shape");
        assert_eq!(Law::gamma(1.0, 0.0).unwrap_err().parameter, "scale");
        assert_eq!(Law::gamma_mean(1.0, -5.0).unwrap_err().parameter, "mean");
    }
}
