//! Laws: what a duration, a gap or an amount is drawn from.

use crate::kernel::chance::Bits;

/// A distribution over non-negative numbers in the unit of its context (seconds for durations).
#[derive(Clone, PartialEq, Debug)]
pub enum Law {
    /// Always this value.
    Fixed(f64),
}

impl Law {
    /// Always `value`.
    pub const fn fixed(value: f64) -> Law {
        Law::Fixed(value)
    }

    /// One value.
    pub fn sample(&self, _bits: &mut impl Bits) -> f64 {
        let Law::Fixed(x) = self;
        *x
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        let Law::Fixed(x) = self;
        *x
    }
}
