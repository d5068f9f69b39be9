//! Numbers as people say them: shares, nines, counts, differences, and times by their module. For people,
//! never for a table.

use super::lengths::{common, time_beside};
use libm::{floor, log10};

pub use super::lengths::time;

/// What is so small a part of what it stands beside is the rounding of a sum.
const ROUNDING: f64 = 1e-9;

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
    if !(apart > 0.0 && value.abs() >= 1e-6 && decimals > has) {
        return few;
    }
    let text = format!("{value:.decimals$}");
    match text.split_once('.') {
        Some((whole, rest)) if value.abs() >= 999.5 => format!("{}.{rest}", grouped(whole)),
        _ => text,
    }
}

/// A value and the ends of its interval, in one unit and with digits that tell the ends apart. Rates are
/// said without `a year`, which whoever shows them says once.
pub fn together<const N: usize>(unit: &str, numbers: [f64; N]) -> [String; N] {
    let (numbers, mut word) = (if unit == "share" { numbers } else { cleared(numbers) }, "");
    let mut texts = match unit {
        "share" => shares(numbers),
        "s" | "s/y" => {
            let unit = common(&numbers);
            told_apart(numbers, |v, apart| time_beside(v, unit, apart))
        }
        "min/y" => told_apart(numbers, |v, apart| format!("{} min", digits_apart(v, apart))),
        _ => {
            word = unit;
            told_apart(numbers, digits_apart)
        }
    };
    // `20 servers (19 to 21)`.
    if !matches!(word, "" | "1/y") {
        texts[0] = format!("{} {word}", texts[0]);
    }
    texts
}

/// Numbers that stand together, without those that are nothing but the rounding of the others.
fn cleared<const N: usize>(numbers: [f64; N]) -> [f64; N] {
    let sizes = numbers.iter().map(|x| x.abs()).filter(|x| x.is_finite());
    let least = sizes.fold(0.0, f64::max) * ROUNDING;
    numbers.map(|x| if x.abs() < least { 0.0 } else { x })
}

/// The same of a value with an end that may be open: the other one stands in for it.
pub fn together_open(unit: &str, v: f64, ends: (Option<f64>, Option<f64>)) -> [String; 3] {
    together(unit, filled(v, ends))
}

fn filled(v: f64, (low, high): (Option<f64>, Option<f64>)) -> [f64; 3] {
    [v, low.or(high).unwrap_or(v), high.or(low).unwrap_or(v)]
}

/// Each number said so that the ends among them, all but the first, are told apart; where both are one,
/// from the first.
fn told_apart<const N: usize>(numbers: [f64; N], say: impl Fn(f64, f64) -> String) -> [String; N] {
    let few = numbers.map(|x| say(x, 0.0));
    let same = |from: usize| numbers[from..].iter().all(|x| *x == numbers[from]);
    let from = if N > 1 && !same(1) { 1 } else { 0 };
    let ends = &numbers[from..];
    let (least, most) =
        ends.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
    let alike = few[from..].iter().all(|text| *text == few[from]);
    if alike && least < most && (most - least).is_finite() {
        numbers.map(|x| say(x, most - least))
    } else {
        few
    }
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

/// A count that is guessed, with two telling digits, rounded up: `430,000`.
pub fn about(n: u64) -> u64 {
    let mut unit = 1;
    while n / unit >= 100 {
        unit *= 10;
    }
    n.div_ceil(unit) * unit
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

/// Most decimals of a percentage: nothing is told from 100 % more closely.
const MOST_DECIMALS: usize = 9;

/// Decimals of a percentage that tell it from 0 % and 100 %, with two digits of the difference.
pub(super) fn decimals(share: f64) -> usize {
    let gap = share.min(1.0 - share).abs() * 100.0;
    let most = MOST_DECIMALS as i32;
    if gap < 1e-12 { 0 } else { (1 - floor(log10(gap) + 1e-9) as i32).clamp(0, most) as usize }
}

/// A share as a percentage: `99.9917 %`, `0.0012 %`, `12 %`.
pub fn share(share: f64) -> String {
    let [text] = shares([share]);
    text
}

/// Several shares with the same number of decimals, as many as the first needs and its neighbours
/// allow, and as tell them apart: what is not 100 % is never shown as 100 %.
pub fn shares<const N: usize>(shares: [f64; N]) -> [String; N] {
    let own = decimals(shares[0]);
    let most = shares.iter().map(|&s| decimals(s)).max().unwrap_or(own);
    // Close to 0 % and tiny: as powers of ten.
    if shares[0] > 0.0 && shares[0] < 1e-7 {
        return shares.map(|s| format!("{} %", digits(s * 100.0)));
    }
    let with = |decimals: usize| -> [String; N] {
        shares.map(|s| {
            let text = format!("{:.decimals$} %", s * 100.0);
            match s < 1.0 && text.starts_with("100") {
                // So close to all that no digits tell it.
                true if decimals >= MOST_DECIMALS => format!("> 99.{} %", "9".repeat(decimals)),
                _ => text,
            }
        })
    };
    let least = most.min(own + 2);
    let same = |texts: &[String; N]| texts.iter().all(|text| *text == texts[0]);
    // An interval that is not a point does not look like one.
    let differ = shares.iter().any(|s| *s != shares[0]);
    let apart = (least..=MOST_DECIMALS).map(with).find(|texts| !differ || !same(texts));
    apart.unwrap_or_else(|| with(least))
}

/// Estimates of shares in whole percents, the first of them with the ends of its interval: those may lie
/// below 0 and above 1.
pub fn percents<const N: usize>(shares: [f64; N]) -> [String; N] {
    told_apart(shares.map(|share| share * 100.0), |v, apart| {
        let decimals =
            if apart > 0.0 { (-floor(log10(apart))).clamp(1.0, 9.0) as usize } else { 0 };
        let size = format!("{:.decimals$}", v.abs());
        let none = size.chars().all(|c| matches!(c, '0' | '.'));
        format!("{}{size} %", if v < 0.0 && !none { "−" } else { "" })
    })
}

/// Nines of an unavailability, rounded down: `4.1 nines`.
pub fn nines(unavailability: f64) -> Option<String> {
    let nines = -log10(unavailability);
    (unavailability > 0.0 && nines.is_finite())
        .then(|| format!("{:.1} nines", (floor(nines * 10.0 + 1e-9) / 10.0).max(0.0)))
}

/// What follows a number of a rate: ` a year`.
pub fn per(unit: &str) -> &'static str {
    if matches!(unit, "s/y" | "min/y" | "1/y") { " a year" } else { "" }
}

/// A value in its unit.
pub fn value(unit: &str, value: f64) -> String {
    let [text] = together(unit, [value]);
    text + per(unit)
}

/// The same with the ends of its interval, the rate said once: `43 min a year (41 min to 46 min)`.
pub fn interval(unit: &str, v: f64, ends: (Option<f64>, Option<f64>)) -> String {
    bracketed(together_open(unit, v, ends), per(unit), ends)
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
    difference(unit, v, (None, None))
}

/// A difference with its interval, the unit said once: `+49 s a year (+44 s to +54 s)`.
pub fn difference(unit: &str, v: f64, ends: (Option<f64>, Option<f64>)) -> String {
    let after = if unit == "share" { " points" } else { per(unit) };
    bracketed(signed_together(unit, filled(v, ends)), after, ends)
}

/// The same without `a year`, which whoever shows it says elsewhere.
pub fn difference_bare(unit: &str, v: f64, ends: (Option<f64>, Option<f64>)) -> String {
    let after = if unit == "share" { " points" } else { "" };
    bracketed(signed_together(unit, filled(v, ends)), after, ends)
}

/// Differences that stand together, with their signs; of shares the numbers of percentage points.
fn signed_together(unit: &str, numbers: [f64; 3]) -> [String; 3] {
    let (of, by) = if unit == "share" { ("", 100.0) } else { (unit, 1.0) };
    let numbers = cleared(numbers);
    let texts = together(of, numbers.map(|v| v * by));
    let signed = |i: usize| format!("{}{}", sign(numbers[i]), texts[i].trim_start_matches('-'));
    std::array::from_fn(signed)
}

/// A number and the ends of its interval in brackets; of one that is open, the end that is known; of a point
/// nothing.
fn bracketed([v, low, high]: [String; 3], after: &str, ends: (Option<f64>, Option<f64>)) -> String {
    match ends {
        (Some(l), Some(h)) if l == h => format!("{v}{after}"),
        (Some(_), Some(_)) => format!("{v}{after} ({low} to {high})"),
        (Some(_), None) => format!("{v}{after} (more than {low})"),
        (None, Some(_)) => format!("{v}{after} (less than {high})"),
        (None, None) => v + after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_intervals_differ_where_they_do_and_have_one_unit() {
        let of = |unit: &str, ends: [f64; 3]| together(unit, ends).join(", ");
        assert_eq!(of("s", [96.0, 95.5, 96.3]), "1.60 min, 1.59 min, 1.60 min");
        assert_eq!(of("s/y", [96.0, 40.0, 130.0]), "1.6 min, 0.67 min, 2.2 min");
        assert_eq!(of("s", [89.0, 88.0, 90.0]), "89 s, 88 s, 90 s");
        assert_eq!(of("s", [96.0, 96.0, 96.0]), "1.6 min, 1.6 min, 1.6 min");
        assert_eq!(of("s", [0.0, 0.0, 96.0]), "0 s, 0 s, 1.6 min");
        assert_eq!(of("1/y", [26.1, 25.9, 26.3]), "26.1, 25.9, 26.3");
        assert_eq!(
            of("min/y", [1_226.1, 1_225.9, 1_226.3]),
            "1,226.1 min, 1,225.9 min, 1,226.3 min"
        );
        assert_eq!(of("servers", [2.0, 1.0, 3.0]), "2 servers, 1, 3");
        assert_eq!(together("s", [f64::INFINITY])[0], "for ever");
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
        assert_eq!(share(1.0 - 1e-13), "> 99.999999999 %");
        assert_eq!(share(1.0 - 2e-8), "99.9999980 %");
        assert_eq!(shares([0.999, 0.99, 0.999_999]), ["99.9000 %", "99.0000 %", "99.9999 %"]);
    }

    #[test]
    fn estimates_of_shares_may_be_no_shares() {
        assert_eq!(percents([-0.08, -0.3, 1.12]), ["−8 %", "−30 %", "112 %"]);
        assert_eq!(percents([0.271, 0.269, 0.273]), ["27.1 %", "26.9 %", "27.3 %"]);
        assert_eq!(percents([-0.001]), ["0 %"]);
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
        assert_eq!([0, 7, 99, 539, 431_157, 999].map(about), [0, 7, 99, 540, 440_000, 1_000]);
        assert_eq!(plural_between((1, 1), "server"), "1 server");
        assert_eq!(plural_between((2, 1_030), "server"), "2 to 1,030 servers");
        assert_eq!(value("s/y", 2_580.0), "43 min a year");
        assert_eq!(signed("share", -0.0012), "−0.12 points");
        let said = difference("s/y", 49.0, (Some(-44.0), Some(54.0)));
        assert_eq!(said, "+49 s a year (−44 s to +54 s)");
        assert_eq!(difference("s", 9.0, (Some(-4.0), None)), "+9 s (more than −4 s)");
        assert_eq!(difference("s", 9.0, (None, Some(14.0))), "+9 s (less than +14 s)");
        let said = difference("s/y", -3.0, (Some(-164.0), Some(1.1e-10)));
        assert_eq!(said, "−3 s a year (−164 s to 0 s)", "rounding is no time");
        let said = difference("s", 0.193, (Some(-7.3e-15), Some(0.2)));
        assert_eq!(said, "+193 ms (0 s to +200 ms)");
        assert_eq!(difference("s", 0.0, (None, None)), "0 s");
        let said = difference("s", 5_340.0, (Some(5_280.0), Some(5_400.0)));
        assert_eq!(said, "+89 min (+88 min to +90 min)");
        let said = difference("share", 0.003_2, (Some(0.003_19), Some(0.003_21)));
        assert_eq!(said, "+0.320 points (+0.319 to +0.321)");
        assert_eq!(difference("s", 0.0, (Some(0.0), Some(0.0))), "0 s");
        let said = interval("s/y", 2_580.0, (Some(2_460.0), Some(2_760.0)));
        assert_eq!(said, "43 min a year (41 min to 46 min)");
    }
}
