//! Lengths of time as people say them: one unit for all that stand together, digits that tell them apart.

use super::human::{digits, digits_apart};

/// A unit of time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Unit {
    seconds: f64,
    word: &'static str,
}

/// Units, and below how many seconds each is used.
const UNITS: [(f64, Unit); 7] = [
    (0.000_999_5, Unit { seconds: 1e-6, word: "us" }),
    (0.999_5, Unit { seconds: 1e-3, word: "ms" }),
    (89.5, Unit { seconds: 1.0, word: "s" }),
    (5_370.0, Unit { seconds: 60.0, word: "min" }),
    (172_800.0, Unit { seconds: 3_600.0, word: "h" }),
    (63_072_000.0, Unit { seconds: 86_400.0, word: "days" }),
    (f64::INFINITY, Unit { seconds: 31_536_000.0, word: "years" }),
];
/// Lengths that are so many times as long as others have no unit in common with them.
const FAR: f64 = 1_000.0;
/// From so many of a unit on, and below this part of it, a length has a unit of its own.
const LONG: f64 = 999.5;
/// See [`LONG`].
const SHORT: f64 = 0.1;

impl Unit {
    /// The unit of a length of time.
    pub fn of(seconds: f64) -> Unit {
        let size = seconds.abs();
        UNITS.iter().find(|(below, _)| size < *below).map_or(UNITS[UNITS.len() - 1].1, |u| u.1)
    }

    /// The unit of all lengths between two; none where those lie too far apart for one.
    pub fn between(least: f64, most: f64) -> Option<Unit> {
        (least > 0.0 && most < least * FAR).then(|| Unit::of(libm::sqrt(least * most)))
    }

    /// Its length.
    pub fn seconds(self) -> f64 {
        self.seconds
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        self.word
    }

    /// A length in it, with enough digits to tell it from others that are so far apart.
    pub fn says(self, seconds: f64, apart: f64) -> String {
        if seconds == 0.0 || !seconds.is_finite() {
            return time(seconds);
        }
        format!("{} {}", digits_apart(seconds / self.seconds, apart / self.seconds), self.word)
    }
}

/// A length of time: `0.3 s`, `45 s`, `1.4 min`, `4.2 h`, `3.1 days`, `12 years`.
pub fn time(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "for ever".to_string();
    }
    if seconds == 0.0 {
        return "0 s".to_string();
    }
    let unit = Unit::of(seconds);
    format!("{} {}", digits(seconds / unit.seconds), unit.word)
}

/// The unit of lengths that stand together: that of the first one that is not nothing.
pub fn common(lengths: &[f64]) -> Unit {
    let first = lengths.iter().copied().find(|s| *s != 0.0 && s.is_finite());
    Unit::of(first.unwrap_or(0.0))
}

/// A length of time in the unit of those that it stands beside, with enough digits to tell it from others
/// that are so far apart; in its own where it is far longer or shorter.
pub fn time_beside(seconds: f64, unit: Unit, apart: f64) -> String {
    let (size, one) = (seconds.abs(), unit.seconds);
    let near = (one * SHORT..one * LONG).contains(&size);
    if near { unit } else { Unit::of(seconds) }.says(seconds, apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let said = [0.0, 0.000_02, 0.3, 4.25, 45.4, 89.4, 90.0, 2_580.0, 15_120.0, 267_840.0, 1e9];
        let said = said.map(time);
        let expected = [
            "0 s", "20 us", "300 ms", "4.2 s", "45 s", "89 s", "1.5 min", "43 min", "4.2 h",
            "3.1 days", "32 years",
        ];
        assert_eq!(said, expected);
        assert_eq!(time(-600.0 * 86_400.0), "-600 days");
    }

    #[test]
    fn what_stands_together_has_one_unit() {
        let said = |lengths: [f64; 3]| {
            let unit = common(&lengths);
            lengths.map(|s| time_beside(s, unit, 0.0)).join(", ")
        };
        assert_eq!(said([89.0, 88.0, 90.0]), "89 s, 88 s, 90 s");
        assert_eq!(said([0.414, -3.218, 3.461]), "414 ms, -3.2 s, 3.5 s");
        assert_eq!(said([11.0, -1_059.0, 1_059.0]), "11 s, -18 min, 18 min");
        assert_eq!(said([2_640.0, 102.0, 216_000.0]), "44 min, 1.7 min, 2.5 days");
        assert_eq!(said([-102.0, -10_440.0, 0.23]), "-1.7 min, -174 min, 230 ms");
        assert_eq!(said([7.3, -169_200.0, 172_800.0]), "7.3 s, -47 h, 2 days");
        assert_eq!(said([0.0, 0.0, 96.0]), "0 s, 0 s, 1.6 min");
        assert_eq!(said([96.0, 40.0, f64::INFINITY]), "1.6 min, 0.67 min, for ever");
        let of = Unit::between(80.0, 91.0).expect("near");
        assert_eq!([80.0, 91.0].map(|s| of.says(s, 0.5)), ["80.0 s", "91.0 s"]);
        assert_eq!(Unit::between(1.0, 86_400.0), None);
        assert_eq!(Unit::between(0.0, 1.0), None);
    }
}
