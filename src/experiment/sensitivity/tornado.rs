//! The tornado: each parameter at the low and at the high end of its range, all others where they are.

use super::{About, Moved};
use crate::measure::series::Ranged;

/// What a tornado found.
#[derive(Clone, PartialEq, Debug)]
pub struct Tornado {
    /// What was watched.
    pub about: About,
    /// Parameters, the widest swing first.
    pub bars: Vec<Bar>,
    /// How differences were made.
    pub method: &'static str,
}

/// One parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct Bar {
    /// The parameter and its ends.
    pub moved: Moved,
    /// At the low end; `None` where that is no valid scenario or nothing can be measured.
    pub low: Option<End>,
    /// At the high end.
    pub high: Option<End>,
    /// The metric at the high end less at the low one; where one end is missing, the other less base, with
    /// the sign of an increase.
    pub swing: Option<Ranged>,
}

/// One end of a range.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct End {
    /// The metric there.
    pub value: f64,
    /// Less its value where nothing is moved, with its interval.
    pub difference: Ranged,
}

impl Bar {
    /// The distance between the smallest and the largest of all three values.
    pub fn width(&self) -> f64 {
        let moved = [self.low, self.high].into_iter().flatten().map(|e| e.difference.value);
        let (low, high) = moved.fold((0.0f64, 0.0f64), |(l, h), d| (l.min(d), h.max(d)));
        high - low
    }

    /// Whether the metric certainly moves with the parameter.
    pub fn is_clear(&self) -> bool {
        let ends = [self.low, self.high].into_iter().flatten().map(|e| e.difference);
        ends.chain(self.swing).any(|r| r.is_clear())
    }
}

/// Bars in order: the widest first, equal ones by name.
pub fn ranked(mut bars: Vec<Bar>) -> Vec<Bar> {
    bars.sort_by(|a, b| {
        b.width().total_cmp(&a.width()).then(a.moved.parameter.cmp(&b.moved.parameter))
    });
    bars
}
