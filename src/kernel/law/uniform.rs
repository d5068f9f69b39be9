//! The uniform law: anything between two values, none more likely than another.
//!
//! Density `1 / (high - low)` on `low..high`; `0 <= low <= high <= 1e100`. Sampled by inversion.

use super::error::{Check, number};
use super::{Distribution, Law, LawError};
use crate::kernel::chance::Bits;

/// Anything between two values alike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Uniform {
    low: f64,
    high: f64,
}

impl Law {
    /// Uniform between `low` and `high`, 0 to 1e100; equal ones give a fixed law.
    ///
    /// # Errors
    /// A bound outside that range, or `low` above `high`.
    pub fn uniform(low: f64, high: f64) -> Result<Law, LawError> {
        let check = Check("a uniform law");
        let low = check.value("low end", low)?;
        let high = check.value("high end", high)?;
        if low > high {
            let expected = format!("at least the low end, {}", number(low));
            return Err(check.error("high end", high, &expected));
        }
        if low == high { Ok(Law::fixed(low)) } else { Ok(Law::Uniform(Uniform { low, high })) }
    }
}

impl Distribution for Uniform {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        self.low + (self.high - self.low) * bits.unit()
    }

    /// Density proportional to `x`: the square is uniform.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        let ratio = self.low / self.high;
        let least = ratio * ratio;
        self.high * (least + (1.0 - least) * bits.unit()).sqrt()
    }

    fn mean(&self) -> f64 {
        0.5 * self.low + 0.5 * self.high
    }

    fn variance(&self) -> f64 {
        let width = self.high - self.low;
        width * width / 12.0
    }

    fn cdf(&self, x: f64) -> f64 {
        ((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn survival(&self, x: f64) -> f64 {
        ((self.high - x) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn quantile(&self, p: f64) -> f64 {
        let width = self.high - self.low;
        if p < 0.5 { self.low + width * p } else { self.high - width * (1.0 - p) }
    }

    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    #[test]
    fn uniform_is_what_it_says() {
        let law = Law::uniform(10.0, 30.0).unwrap();
        checks::agrees(&law, 3);
        checks::agrees(&Law::uniform(0.0, 1e-3).unwrap(), 4);
        checks::scales(&law, &Law::uniform(20.0, 60.0).unwrap(), 2.0);
        assert_eq!((law.mean(), law.max()), (20.0, 30.0));
        checks::stable(&law, [14.95555556812212, 11.565784548210695, 25.088778434171545]);
    }

    #[test]
    fn bounds_that_coincide_are_a_fixed_value_and_crossed_ones_are_refused() {
        assert_eq!(Law::uniform(3.0, 3.0).unwrap().fixed_value(), Some(3.0));
        assert_eq!(Law::uniform(3.0, 2.0).unwrap_err().parameter, "high end");
        assert_eq!(Law::uniform(-3.0, 2.0).unwrap_err().parameter, "low end");
    }
}
