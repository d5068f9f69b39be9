//! Numbers as people say them: times, shares, nines, counts. For people, never for a table.

use libm::{floor, log10};

/// A length of time: `0.3 s`, `45 s`, `1.4 min`, `4.2 h`, `3.1 days`.
pub fn time(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "for ever".to_string();
    }
    if seconds == 0.0 {
        return "0 s".to_string();
    }
    let (scale, unit) = unit(seconds.abs());
    format!("{} {unit}", digits(seconds / scale))
}

/// A length of time with enough digits to tell it from others that are so far apart.
pub fn time_apart(seconds: f64, apart: f64) -> String {
    if !seconds.is_finite() || seconds == 0.0 {
        return time(seconds);
    }
    let (scale, unit) = unit(seconds.abs());
    format!("{} {unit}", digits_apart(seconds / scale, apart / scale))
}

/// The unit of a length of time, and its seconds.
fn unit(s: f64) -> (f64, &'static str) {
    match s {
        _ if s < 0.000_999_5 => (1e-6, "us"),
        _ if s < 0.999_5 => (1e-3, "ms"),
        _ if s < 89.5 => (1.0, "s"),
        _ if s < 5_370.0 => (60.0, "min"),
        _ if s < 172_800.0 => (3_600.0, "h"),
        _ => (86_400.0, "days"),
    }
}

/// A number with at least two telling digits: `0.0012`, `1.4`, `43`, `12,345`.
pub fn digits(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !size.is_finite() {
        return if size == 0.0 { "0".to_string() } else { "-".to_string() };
    }
    if size < 1e-6 {
        return format!("{value:.1e}");
    }
    let decimals = if size >= 9.95 { 0 } else { 1 - floor(log10(size) + 1e-9) as i32 };
    let text = format!("{value:.*}", decimals.max(0) as usize);
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    };
    if size >= 999.5 { grouped(&text) } else { text }
}

/// A number with enough digits to tell it from others that are so far apart.
pub fn digits_apart(value: f64, apart: f64) -> String {
    let few = digits(value);
    let has = few.split_once('.').map_or(0, |(_, rest)| rest.len());
    let decimals = (-floor(log10(apart))).clamp(0.0, 9.0) as usize;
    match apart > 0.0 && value.abs() >= 1e-6 && decimals > has {
        true => format!("{value:.decimals$}"),
        false => few,
    }
}

/// A value and the ends of its interval, with digits that tell the ends apart. `say` says a number so that
/// it is told from others that are so far apart; 0 asks for no more digits than by itself.
pub fn three(three: [f64; 3], say: impl Fn(f64, f64) -> String) -> [String; 3] {
    let few = three.map(|x| say(x, 0.0));
    let [_, low, high] = three;
    if few[1] == few[2] && low < high { three.map(|x| say(x, high - low)) } else { few }
}

/// Thousands apart: `12,345`.
pub fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut out = String::from(sign);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A count: `12,345`.
pub fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// A count with its noun.
pub fn plural(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Counts with their noun: `7 servers`, `7 to 206 servers`.
pub fn plural_between((least, most): (u64, u64), what: &str) -> String {
    match least == most {
        true => plural(most, what),
        false => format!("{} to {}", count(least), plural(most, what)),
    }
}

/// Decimals of a percentage that tell it from 0 % and 100 %, with two digits of the difference.
fn decimals(share: f64) -> usize {
    let gap = share.min(1.0 - share).abs() * 100.0;
    if gap < 1e-12 { 0 } else { (1 - floor(log10(gap) + 1e-9) as i32).clamp(0, 12) as usize }
}

/// A share as a percentage: `99.9917 %`, `0.0012 %`, `12 %`.
pub fn share(share: f64) -> String {
    shares([share]).remove(0)
}

/// Several shares with the same number of decimals, as many as the first needs and its neighbours
/// allow, and as tell them apart: what is not 100 % is never shown as 100 %.
pub fn shares<const N: usize>(shares: [f64; N]) -> Vec<String> {
    let own = decimals(shares[0]);
    let most = shares.iter().map(|&s| decimals(s)).max().unwrap_or(own);
    // Close to 0 % and tiny: as powers of ten.
    if shares[0] > 0.0 && shares[0] < 1e-7 {
        return shares.iter().map(|s| format!("{} %", digits(s * 100.0))).collect();
    }
    let with = |decimals: usize| -> Vec<String> {
        shares.iter().map(|s| format!("{:.decimals$} %", s * 100.0)).collect()
    };
    let least = most.min(own + 2);
    let same = |texts: &Vec<String>| texts.iter().all(|text| *text == texts[0]);
    // An interval that is not a point does not look like one.
    let differ = shares.iter().any(|s| *s != shares[0]);
    let apart = (least..=12).map(with).find(|texts| !differ || !same(texts));
    apart.unwrap_or_else(|| with(least))
}

/// Nines of an unavailability, rounded down: `4.1 nines`.
pub fn nines(unavailability: f64) -> Option<String> {
    let nines = -log10(unavailability);
    (unavailability > 0.0 && nines.is_finite())
        .then(|| format!("{:.1} nines", (floor(nines * 10.0 + 1e-9) / 10.0).max(0.0)))
}

/// A value in its unit.
pub fn value(unit: &str, value: f64) -> String {
    match unit {
        "share" => share(value),
        "s" => time(value),
        "s/y" => format!("{} a year", time(value)),
        "min/y" => format!("{} min a year", digits(value)),
        "1/y" => format!("{} a year", digits(value)),
        other => format!("{} {other}", digits(value)),
    }
}

/// The sign of a difference.
pub fn sign(v: f64) -> &'static str {
    match v {
        v if v > 0.0 => "+",
        v if v < 0.0 => "−",
        _ => "",
    }
}

/// A difference with its sign; shares in percentage points.
pub fn signed(unit: &str, v: f64) -> String {
    match unit {
        "share" => format!("{}{} points", sign(v), digits(v.abs() * 100.0)),
        unit => format!("{}{}", sign(v), value(unit, v.abs())),
    }
}

/// A difference with its interval, the unit said once: `+49 s a year (+44 s to +54 s)`.
pub fn difference(unit: &str, v: f64, ends: (Option<f64>, Option<f64>)) -> String {
    difference_said(v, ends, |v| signed(unit, v))
}

/// The same, each of its numbers said in this way.
pub fn difference_said(
    v: f64,
    ends: (Option<f64>, Option<f64>),
    say: impl Fn(f64) -> String,
) -> String {
    let bare = |v: f64| say(v).trim_end_matches(" a year").trim_end_matches(" points").to_string();
    let value = say(v);
    match ends {
        (Some(low), Some(high)) => format!("{value} ({} to {})", bare(low), bare(high)),
        (Some(low), None) => format!("{value} (more than {})", bare(low)),
        (None, Some(high)) => format!("{value} (less than {})", bare(high)),
        (None, None) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let said = [0.0, 0.000_02, 0.3, 4.25, 45.4, 89.4, 90.0, 2_580.0, 15_120.0, 267_840.0, 1e9];
        let said = said.map(time);
        let expected = [
            "0 s",
            "20 us",
            "300 ms",
            "4.2 s",
            "45 s",
            "89 s",
            "1.5 min",
            "43 min",
            "4.2 h",
            "3.1 days",
            "11,574 days",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn times_have_the_digits_that_tell_them_apart() {
        assert_eq!(
            [96.0, 97.0, 97.2].map(|s| time_apart(s, 0.3)),
            ["1.600 min", "1.617 min", "1.620 min"]
        );
        assert_eq!(time_apart(96.0, 60.0), "1.6 min");
        assert_eq!(time_apart(77.0, 0.2), "77.0 s");
        assert_eq!(time_apart(0.0, 0.0), "0 s");
        assert_eq!(time_apart(45.0, 0.0), "45 s");
        let of = |ends: [f64; 3]| three(ends, time_apart);
        assert_eq!(of([96.0, 95.5, 96.3]), ["1.60 min", "1.59 min", "1.60 min"].map(String::from));
        assert_eq!(of([96.0, 40.0, 130.0]), ["1.6 min", "40 s", "2.2 min"].map(String::from));
        assert_eq!(of([96.0, 96.0, 96.0]), ["1.6 min"; 3].map(String::from));
        let of = |ends: [f64; 3]| three(ends, digits_apart);
        assert_eq!(of([26.1, 25.9, 26.3]), ["26.1", "25.9", "26.3"].map(String::from));
    }

    #[test]
    fn shares_tell_from_nothing_and_all() {
        assert_eq!(
            shares([0.999_917, 0.999_890, 0.999_938]),
            ["99.9917 %", "99.9890 %", "99.9938 %"]
        );
        assert_eq!(share(0.5), "50 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(0.0), "0 %");
        assert_eq!(share(0.000_012), "0.0012 %");
        assert_eq!(share(1.2e-9), "1.2e-7 %");
        assert_eq!(shares([0.889, 0.8888, 0.8893]), ["88.90 %", "88.88 %", "88.93 %"]);
        assert_eq!(shares([0.5, 0.5, 0.5]), ["50 %", "50 %", "50 %"]);
        assert_eq!(shares([0.999, 0.99, 0.999_999]), ["99.9000 %", "99.0000 %", "99.9999 %"]);
    }

    #[test]
    fn nines_are_rounded_down() {
        assert_eq!(nines(0.001).as_deref(), Some("3.0 nines"));
        assert_eq!(nines(libm::pow(10.0, -3.999)).as_deref(), Some("3.9 nines"));
        assert_eq!(nines(0.000_083).as_deref(), Some("4.0 nines"));
        assert_eq!(nines(0.0), None);
    }

    #[test]
    fn numbers() {
        assert_eq!(
            [14.23, 1.44, 0.001_23, 12_345.6, 2.0].map(digits),
            ["14", "1.4", "0.0012", "12,346", "2"]
        );
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(plural_between((1, 1), "server"), "1 server");
        assert_eq!(plural_between((2, 1_030), "server"), "2 to 1,030 servers");
        assert_eq!(value("s/y", 2_580.0), "43 min a year");
        assert_eq!(signed("share", -0.0012), "−0.12 points");
        let said = difference("s/y", 49.0, (Some(-44.0), Some(54.0)));
        assert_eq!(said, "+49 s a year (−44 s to +54 s)");
        assert_eq!(difference("s", 9.0, (Some(-4.0), None)), "+9 s (more than −4 s)");
        assert_eq!(difference("s", 9.0, (None, Some(14.0))), "+9 s (less than +14 s)");
        assert_eq!(difference("s", 0.0, (None, None)), "0 s");
    }
}
