//! The law that always gives one value.
//!
//! No density: all probability sits at `value`, which is at least 0 and at most 1e100. Draws no
//! words, so that it costs nothing.

use super::{Distribution, Law};
use crate::kernel::chance::Bits;

/// Always the same value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fixed {
    value: f64,
}

impl Fixed {
    /// Always 0.
    pub(super) const ZERO: Fixed = Fixed { value: 0.0 };

    /// The value.
    pub(super) fn value(&self) -> f64 {
        self.value
    }
}

impl Law {
    /// Always `value`; panics unless it is 0 to 1e100.
    pub const fn fixed(value: f64) -> Law {
        assert!(value >= 0.0 && value <= 1e100, "a fixed law takes 0 to 1e100");
        Law::Fixed(Fixed { value })
    }
}

impl Distribution for Fixed {
    #[inline]
    fn sample(&self, _: &mut impl Bits) -> f64 {
        self.value
    }

    fn length_biased(&self, _: &mut impl Bits) -> f64 {
        self.value
    }

    fn mean(&self) -> f64 {
        self.value
    }

    fn variance(&self) -> f64 {
        0.0
    }

    fn cdf(&self, x: f64) -> f64 {
        f64::from(u8::from(x >= self.value))
    }

    fn survival(&self, x: f64) -> f64 {
        f64::from(u8::from(x < self.value))
    }

    fn quantile(&self, _: f64) -> f64 {
        self.value
    }

    fn support(&self) -> (f64, f64) {
        (self.value, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    #[test]
    fn fixed_is_what_it_says() {
        let law = Law::fixed(42.0);
        checks::agrees(&law, 1);
        assert_eq!((law.mean(), law.variance(), law.max()), (42.0, 0.0, 42.0));
        assert_eq!((law.cdf(41.9), law.cdf(42.0), law.survival(42.0)), (0.0, 1.0, 0.0));
        checks::stable(&law, [42.0; 3]);
    }

    #[test]
    fn a_negative_value_is_refused() {
        assert!(std::panic::catch_unwind(|| Law::fixed(-1.0)).is_err());
    }
}
