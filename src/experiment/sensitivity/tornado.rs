//! The tornado: each parameter at the low and at the high end of its range, all others where they are.

use super::{About, Moved};
use crate::measure::series::Ranged;

/// What a tornado found.
#[derive(Clone, PartialEq, Debug)]
pub struct Tornado {
    /// What was watched.
    pub about: About,
    /// Parameters: what is sure first, of these the widest swing.
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

    /// What is known of how the metric moves with the parameter.
    pub fn told(&self) -> Told {
        let ends = [self.low, self.high].into_iter().flatten().map(|e| e.difference);
        Told::of(ends.chain(self.swing))
    }
}

/// What is known of how a metric moves with a parameter, the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Told {
    /// It certainly moves.
    Clear,
    /// It moved in what was played by no more than chance may.
    Doubtful,
    /// It moved in what was played; no interval says how much of that is chance.
    NoInterval,
    /// It did not move at all in what was played.
    Still,
    /// At neither end there is a value.
    NoValue,
}

impl Told {
    /// By the differences that one parameter makes.
    pub fn of(differences: impl Iterator<Item = Ranged>) -> Told {
        let told = differences.map(|r| match r.ci_low.or(r.ci_high) {
            _ if r.is_clear() => Told::Clear,
            _ if is_still(r) => Told::Still,
            Some(_) => Told::Doubtful,
            None => Told::NoInterval,
        });
        told.min().unwrap_or(Told::NoValue)
    }
}

/// Whether nothing moved in any replication: not where some moved up and others down by as much. What no
/// replication adds up to has no standard error, and an interval that does not know what is common.
fn is_still(r: Ranged) -> bool {
    let ends = [r.ci_low, r.ci_high];
    let moved = match r.std_error {
        None => false,
        Some(error) if ends == [None; 2] => error > 0.0,
        Some(_) => ends.iter().flatten().any(|&end| end != 0.0),
    };
    r.value == 0.0 && !moved
}

/// Bars in order: what is sure first, the widest of them in front, equal ones by name.
pub fn ranked(mut bars: Vec<Bar>) -> Vec<Bar> {
    bars.sort_by(|a, b| {
        let wider = b.width().total_cmp(&a.width());
        a.told().cmp(&b.told()).then(wider).then(a.moved.parameter.cmp(&b.moved.parameter))
    });
    bars
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A bar that moves from 0 by so much at its high end, with that interval of the difference.
    pub fn bar(parameter: &str, value: f64, ends: Option<(f64, f64)>) -> Bar {
        let (ci_low, ci_high) = ends.unzip();
        let difference = Ranged { ci_low, ci_high, ..Ranged::bare(value) };
        let moved = Moved {
            parameter: parameter.to_string(),
            low: "1s".to_string(),
            high: "9s".to_string(),
            origin: "assumed".to_string(),
            ..Moved::default()
        };
        let high = Some(End { value: 60.0 + value, difference });
        Bar { moved, low: None, high, swing: Some(difference) }
    }

    #[test]
    fn what_is_sure_stands_in_front() {
        let bars = vec![
            Bar { high: None, swing: None, ..bar("none", 0.0, None) },
            bar("still", 0.0, Some((0.0, 0.0))),
            bar("open", 90.0, None),
            bar("wide", 50.0, Some((-10.0, 110.0))),
            bar("small", 2.0, Some((1.0, 3.0))),
            bar("large", 20.0, Some((10.0, 30.0))),
        ];
        let ranked = ranked(bars);
        let found: Vec<_> = ranked.iter().map(|b| (&*b.moved.parameter, b.told())).collect();
        let expected = [
            ("large", Told::Clear),
            ("small", Told::Clear),
            ("wide", Told::Doubtful),
            ("open", Told::NoInterval),
            ("still", Told::Still),
            ("none", Told::NoValue),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_moves_up_as_often_as_down_has_moved() {
        let of = |std_error, ci_low, ci_high| {
            Told::of([Ranged { value: 0.0, std_error, ci_low, ci_high }].into_iter())
        };
        assert_eq!(of(Some(1.0), Some(-2.0), Some(2.0)), Told::Doubtful);
        assert_eq!(of(Some(1.0), None, None), Told::NoInterval);
        // Equal but for what is cut.
        assert_eq!(of(Some(0.0), Some(-2.0), Some(2.0)), Told::Doubtful);
        assert_eq!(of(Some(0.0), Some(0.0), Some(0.0)), Told::Still);
        assert_eq!(of(Some(0.0), None, None), Told::Still);
        assert_eq!(of(None, None, None), Told::Still);
        // A quantile that is the same: its interval is from both, as if independent.
        assert_eq!(of(None, Some(-2.0), Some(2.0)), Told::Still);
    }
}
