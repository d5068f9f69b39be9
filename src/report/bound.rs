//! Bounds as people say them: rounded outward, so that what is said holds, and in a unit of few digits.

use super::human::{decimals, digits};
use super::lengths::Unit;
use libm::{ceil, floor, log10, pow};

/// What a bound tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// It is more than that.
    More,
    /// It is less than that.
    Less,
}

/// A bound that two digits move by more than this has three.
const TOO_FAR: f64 = 0.05;
/// What is so near to a rounded number is it.
const NEAR: f64 = 1e-9;
/// From so many minutes on another unit tells a bound in fewer digits.
const MANY_MINUTES: f64 = 90.0;
/// Decimals of a percentage at most: see [`decimals`].
const MOST_DECIMALS: i32 = 9;

/// A bound in its unit.
pub fn bound(unit: &str, v: f64, side: Side) -> String {
    match unit {
        "share" => share(v, side),
        "s" | "s/y" => time(v, side),
        "min" | "min/y" if v.abs() < MANY_MINUTES => {
            format!("{} min", three_digits(rounded(v, side)))
        }
        "min" | "min/y" => time(v * 60.0, side),
        "" | "1/y" => three_digits(rounded(v, side)),
        // What is counted is whole.
        word if (10.0..100.0).contains(&v) => format!("{} {word}", digits(outward(v, 0, side))),
        word => format!("{} {word}", three_digits(rounded(v, side))),
    }
}

/// A number of two telling digits that the bound does not exceed; of three where two are too far from it.
fn rounded(v: f64, side: Side) -> f64 {
    if v == 0.0 || !v.is_finite() {
        return v;
    }
    let size = floor(log10(v.abs()) + NEAR) as i32;
    let [two, three] = [1, 2].map(|more| outward(v, more - size, side));
    if (two - v).abs() <= TOO_FAR * v.abs() { two } else { three }
}

/// With so many decimals; below 0 before the point.
fn outward(v: f64, decimals: i32, side: Side) -> f64 {
    let scale = pow(10.0, f64::from(decimals.abs()));
    let scaled = if decimals < 0 { v / scale } else { v * scale };
    let slack = NEAR * scaled.abs().max(1.0);
    let whole = match side {
        Side::More => floor(scaled + slack),
        Side::Less => ceil(scaled - slack),
    };
    if decimals < 0 { whole * scale } else { whole / scale }
}

fn time(seconds: f64, side: Side) -> String {
    if seconds == 0.0 || !seconds.is_finite() {
        return super::human::time(seconds);
    }
    let unit = Unit::of(seconds);
    format!("{} {}", three_digits(rounded(seconds / unit.seconds(), side)), unit.word())
}

/// A rounded number with all of its digits.
fn three_digits(v: f64) -> String {
    let few = digits(v);
    if v == 0.0 || !v.is_finite() {
        return few;
    }
    let size = floor(log10(v.abs()) + NEAR) as i32;
    let all = format!("{v:.*}", (2 - size).max(0) as usize);
    let same = |text: &str| text.replace(',', "").parse() == all.parse::<f64>();
    if same(&few) { few } else { all }
}

fn share(share: f64, side: Side) -> String {
    let percent = share * 100.0;
    if share < 1e-7 {
        return format!("{} %", three_digits(rounded(percent, side)));
    }
    let gap = percent.min(100.0 - percent).abs();
    if gap < 1e-9 && side == Side::More {
        return format!("99.{} %", "9".repeat(MOST_DECIMALS as usize));
    }
    let few = decimals(share) as i32;
    let near =
        |decimals: &i32| (outward(percent, *decimals, side) - percent).abs() <= TOO_FAR * gap;
    let enough = if near(&few) { few } else { (few + 1).min(MOST_DECIMALS) };
    format!("{:.*} %", enough as usize, outward(percent, enough, side))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_outward_in_few_digits() {
        let less = |unit, v| bound(unit, v, Side::Less);
        let more = |unit, v| bound(unit, v, Side::More);
        assert_eq!(less("min/y", 73_115.0), "51 days");
        assert_eq!([less("min/y", 19.2), less("min", 89.2)], ["20 min", "90 min"]);
        assert_eq!([less("s/y", 60.0), less("s/y", 3_900.0)], ["60 s", "65 min"]);
        assert_eq!([more("s", 172_800.0), more("s", 172_799.0)], ["2 days", "47 h"]);
        assert_eq!([more("s", 39_599.0), less("s", 3_661.0)], ["10.9 h", "62 min"]);
        assert_eq!(
            [less("servers", 11.2), less("servers", 73_115.0)],
            ["12 servers", "74,000 servers"]
        );
        assert_eq!(
            [less("1/y", 0.012_01), less("1/y", 2.0), less("1/y", 0.0)],
            ["0.0121", "2", "0"]
        );
        assert_eq!([less("share", 0.026_8), less("share", 0.010_1)], ["2.7 %", "1.01 %"]);
        assert_eq!([more("share", 0.999), more("share", 0.999_899)], ["99.90 %", "99.9899 %"]);
        assert_eq!([more("share", 1.0 - 1e-13), less("share", 1.0)], ["99.999999999 %", "100 %"]);
        assert_eq!(less("s", f64::INFINITY), "for ever");
    }

    #[test]
    fn no_bound_is_within_what_it_bounds() {
        for step in 0..4_000 {
            let v = libm::exp(f64::from(step - 2_000) / 150.0);
            for (side, ok) in [(Side::Less, 1.0), (Side::More, -1.0)] {
                let said = rounded(v, side);
                assert!((said - v) * ok >= -1e-8 * v, "{v}: {said}");
                assert!((said - v).abs() <= TOO_FAR * v, "{v}: {said}");
                let text = three_digits(said);
                assert!(text.chars().filter(char::is_ascii_digit).count() < 12, "{v}: {text}");
            }
        }
    }
}
