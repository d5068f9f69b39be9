//! Comparisons of a value with a bound: what expectations are made of and what counting them uses.

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// At least: `>=`.
    AtLeast,
    /// At most: `<=`.
    AtMost,
    /// More than: `>`.
    Above,
    /// Less than: `<`.
    Below,
}

impl Op {
    /// Whether it holds; never where one of the two is not a number.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Op::AtLeast => left >= right,
            Op::AtMost => left <= right,
            Op::Above => left > right,
            Op::Below => left < right,
        }
    }

    /// Whether large values satisfy it.
    pub fn upwards(self) -> bool {
        matches!(self, Op::AtLeast | Op::Above)
    }
}
