//! Quantities as people write them: a number and its unit, and nothing without a unit.
//!
//! | kind | accepted | refused |
//! |---|---|---|
//! | duration | `45s`, `500ms`, `11.6h`, `30d`, `1y` (365 days), `1m 30s` | `45`, `6mo`, `-1s` |
//! | rate | `0.5/y`, `2/d`, `1/30d` | `0.5`, `0.5y` |
//! | share | `5%`, `0.7 %` | `0.05`, `120%` |
//! | size | `512GiB`, `100GB` | `512`, `512Gb` |
//! | speed | `200MB/s`, `40MiB/s` | `200MB`, `200Mbps` |

use super::reader::any_quoted;

/// Why a text is not a quantity: what was expected, and what would be right.
#[derive(Clone, PartialEq, Debug)]
pub struct Wrong {
    /// What should stand there.
    pub expected: String,
    /// The right spelling, where it can be guessed.
    pub hint: Option<String>,
}

impl Wrong {
    /// With a cure.
    pub fn new(expected: &str, hint: impl Into<String>) -> Wrong {
        Wrong { expected: expected.to_string(), hint: Some(hint.into()) }
    }
    /// With those of some spellings that `read` takes; without a cure if it takes none of them.
    pub fn write<T>(
        expected: &str,
        before: &str,
        cures: &[String],
        after: &str,
        read: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Wrong {
        let taken: Vec<&String> = cures.iter().filter(|cure| read(cure).is_ok()).collect();
        let hint = || format!("{before}write {}{after}", any_quoted(&taken));
        Wrong { expected: expected.to_string(), hint: (!taken.is_empty()).then(hint) }
    }
    /// Without one.
    pub fn plain(expected: &str) -> Wrong {
        Wrong { expected: expected.to_string(), hint: None }
    }
}

/// Seconds in the year of all quantities: 365 days.
pub const YEAR: f64 = 31_536_000.0;
/// Longest duration that is read, in seconds: 100,000 years.
pub const LONGEST: f64 = 100_000.0 * YEAR;
/// Most events per component and year that are read.
pub const FASTEST_PER_YEAR: f64 = 1e6;

const TIMES: [(&str, f64); 8] = [
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3_600.0),
    ("d", 86_400.0),
    ("w", 604_800.0),
    ("y", YEAR),
];

const SIZES: [(&str, f64); 12] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("KB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("PB", 1e15),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
    ("PiB", 1_125_899_906_842_624.0),
];

fn time_unit(name: &str) -> Option<f64> {
    let name = match name {
        "µs" | "μs" => "us",
        "sec" | "second" | "seconds" => "s",
        "min" | "minute" | "minutes" => "m",
        "hour" | "hours" => "h",
        "day" | "days" => "d",
        "week" | "weeks" => "w",
        "year" | "years" => "y",
        other => other,
    };
    TIMES.iter().find(|(n, _)| *n == name).map(|&(_, seconds)| seconds)
}

/// Splits a number off the front; what follows it is trimmed on the left.
fn number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    while digit(end) || bytes.get(end) == Some(&b'.') {
        end += 1;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digit(end + 1 + sign) {
            end += 1 + sign;
            while digit(end) {
                end += 1;
            }
        }
    }
    let value: f64 = text[..end].parse().ok()?;
    value.is_finite().then(|| (value, text[end..].trim_start()))
}

/// The usual spelling of what has numbers that the schema has not, such as `.5s`, `5.s` and `+5h`.
fn unusual(text: &str) -> Option<String> {
    let all: Vec<char> = text.trim().chars().collect();
    let is_digit = |i: Option<usize>| i.and_then(|i| all.get(i)).is_some_and(char::is_ascii_digit);
    let mut right = String::new();
    for (i, &c) in all.iter().enumerate() {
        let before = i.checked_sub(1);
        match c {
            '.' if !is_digit(Some(i + 1)) && is_digit(before) => {}
            '.' if !is_digit(before) && is_digit(Some(i + 1)) => right += "0.",
            // Of an exponent it is usual.
            '+' if !before
                .is_some_and(|b| matches!(all[b], 'e' | 'E') && is_digit(b.checked_sub(1))) => {}
            c => right.push(c),
        }
    }
    (!right.chars().eq(all)).then_some(right)
}

/// Refuses unusual spellings of numbers with the usual one, or with what is wrong with that one too.
fn usual<T>(
    text: &str,
    expected: &str,
    read: impl Fn(&str) -> Result<T, Wrong>,
) -> Result<(), Wrong> {
    let Some(right) = unusual(text) else { return Ok(()) };
    Err(match read(&right) {
        Ok(_) => Wrong::new(expected, format!("write \"{right}\"")),
        Err(wrong) => wrong,
    })
}

/// What a duration is, for messages.
pub const DURATION: &str = "a duration such as \"45s\", \"4h\" or \"30d\"";

/// Seconds of a duration.
pub fn duration(text: &str) -> Result<f64, Wrong> {
    usual(text, DURATION, duration)?;
    if text.trim_start().starts_with(['{', '[']) {
        let law = "a law has quotes around what is inside, as in { uniform = ['10s', '30s'] }";
        return Err(Wrong::new(DURATION, law));
    }
    let mut rest = text.trim();
    let mut seconds = 0.0;
    let mut parts = 0;
    while !rest.is_empty() {
        let Some((value, after)) = number(rest) else { return Err(Wrong::plain(DURATION)) };
        let end = after
            .find(|c: char| c.is_ascii_digit() || c.is_whitespace() || "+-.".contains(c))
            .unwrap_or(after.len());
        let unit = &after[..end];
        if unit.is_empty() && !after.is_empty() {
            return Err(Wrong::plain(DURATION));
        }
        if unit.is_empty() {
            return Err(bare_duration(text.trim()));
        }
        let Some(length) = time_unit(unit) else {
            let hint = if unit.starts_with("mo") || unit == "M" {
                "months differ in length: write \"30d\"".to_string()
            } else {
                format!("`{unit}` is no unit of time; there are us, ms, s, m, h, d, w and y")
            };
            return Err(Wrong::new(DURATION, hint));
        };
        if value < 0.0 || text.trim_start().starts_with('-') {
            return Err(Wrong::plain("a duration of at least 0"));
        }
        seconds += value * length;
        parts += 1;
        rest = after[end..].trim_start();
    }
    if parts == 0 {
        return Err(Wrong::plain(DURATION));
    }
    if seconds > LONGEST {
        return Err(Wrong::plain("a duration of at most 100000 years"));
    }
    Ok(seconds)
}

/// What is wrong with a duration without its unit.
pub fn bare_duration(number: &str) -> Wrong {
    let cures = ["s", "m", "h", "d"].map(|unit| format!("{number}{unit}"));
    Wrong::write(DURATION, UNIT_MISSING, &cures, "", duration)
}

/// What is wrong with a quantity without its unit.
const UNIT_MISSING: &str = "a unit is missing: ";

/// What a rate is, for messages.
pub const RATE: &str = "a rate such as \"0.5/y\" or \"2/d\"";

/// Events per second of a rate.
pub fn rate(text: &str) -> Result<f64, Wrong> {
    usual(text, RATE, rate)?;
    let Some((count, per)) = text.split_once('/') else {
        return Err(match number(text) {
            Some((n, "")) => per_year(n, ""),
            Some((n, words)) => match words.split_whitespace().collect::<Vec<_>>()[..] {
                ["per" | "a" | "an", unit] => {
                    let short = TIMES.iter().find(|(_, t)| Some(*t) == time_unit(unit));
                    let cures: Vec<String> = short.iter().map(|s| format!("{n}/{}", s.0)).collect();
                    Wrong::write(RATE, "", &cures, "", rate)
                }
                _ => Wrong::plain(RATE),
            },
            _ => Wrong::plain(RATE),
        });
    };
    let Some((count, "")) = number(count) else { return Err(Wrong::plain(RATE)) };
    let per = per.trim();
    let (n, unit) = number(per).unwrap_or((1.0, per));
    let Some(length) = time_unit(unit) else {
        return Err(Wrong::new(RATE, format!("`{unit}` is no unit of time: s, m, h, d, w or y")));
    };
    let per_second = count / (n * length);
    if per_second.is_nan() {
        return Err(Wrong::plain(RATE));
    }
    if per_second < 0.0 {
        return Err(Wrong::plain("a rate of at least 0"));
    }
    if per_second * YEAR > FASTEST_PER_YEAR * (1.0 + 1e-12) {
        return Err(Wrong::plain("a rate of at most 1000000/y"));
    }
    Ok(per_second)
}

fn per_year(n: f64, before: &str) -> Wrong {
    Wrong::write(RATE, before, &[format!("{n}/y")], &format!(" for {n} a year"), rate)
}

/// What is wrong with a rate without its unit.
pub fn bare_rate(n: f64) -> Wrong {
    per_year(n, UNIT_MISSING)
}

/// What a share is, for messages.
pub const SHARE: &str = "a share such as \"5%\"";

/// A share of 0 to 1.
pub fn share(text: &str) -> Result<f64, Wrong> {
    usual(text, SHARE, share)?;
    match number(text) {
        Some((percent, "%")) => {
            if (0.0..=100.0).contains(&percent) {
                Ok(percent / 100.0)
            } else {
                Err(Wrong::plain("a share of 0% to 100%"))
            }
        }
        Some((n, "")) => Err(bare_share(n)),
        _ => Err(Wrong::plain(SHARE)),
    }
}

/// What is wrong with a share without its sign.
pub fn bare_share(n: f64) -> Wrong {
    if (0.0..=1.0).contains(&n) {
        Wrong::write(SHARE, "", &[print_share(n)], "", share)
    } else {
        Wrong::write(SHARE, "", &[format!("{n}%")], &format!(" for {n} in a hundred"), share)
    }
}

/// What a size is, for messages.
pub const SIZE: &str = "a size such as \"512GiB\"";

/// A number of bytes.
pub fn size(text: &str) -> Result<u64, Wrong> {
    usual(text, SIZE, size)?;
    let bytes = bytes(text, SIZE, "GiB", "")?;
    if bytes > 1e18 {
        return Err(Wrong::plain("a size of at most 1000PB"));
    }
    Ok((bytes + 0.5) as u64)
}

/// What is wrong with a size without its unit.
pub fn bare_size(n: f64) -> Wrong {
    Wrong::write(SIZE, UNIT_MISSING, &[format!("{n}GiB")], "", size)
}

/// What a speed is, for messages.
pub const SPEED: &str = "a speed such as \"200MB/s\"";

/// Bytes per second.
pub fn speed(text: &str) -> Result<f64, Wrong> {
    let text = text.trim();
    usual(text, SPEED, speed)?;
    let Some((bytes_text, unit)) = text.rsplit_once('/') else {
        return Err(match number(text) {
            Some((n, "")) => Wrong::write(SPEED, "", &[format!("{n}MB/s")], "", speed),
            Some((n, unit)) if unit.ends_with("bps") || unit.ends_with("b") => Wrong::new(
                SPEED,
                format!("bits are not read: write {n} {unit} in bytes, as in \"25MB/s\""),
            ),
            Some((_, unit)) if SIZES.iter().any(|(name, _)| *name == unit) => {
                Wrong::write(SPEED, "", &[format!("{text}/s")], "", speed)
            }
            _ => Wrong::plain(SPEED),
        });
    };
    let Some(length) = time_unit(unit.trim()) else { return Err(Wrong::plain(SPEED)) };
    let per_second = bytes(bytes_text, SPEED, "MB", &format!("/{}", unit.trim()))? / length;
    if per_second > 1e15 {
        return Err(Wrong::plain("a speed of at most 1PB/s"));
    }
    Ok(per_second)
}

/// What is wrong with a speed without its unit.
pub fn bare_speed(n: f64) -> Wrong {
    Wrong::write(SPEED, UNIT_MISSING, &[format!("{n}MB/s")], "", speed)
}

/// Bytes of a number with its unit. What is told to be right has a unit of bytes and ends in `rest`.
fn bytes(text: &str, expected: &str, unit_meant: &str, rest: &str) -> Result<f64, Wrong> {
    let Some((value, unit)) = number(text) else { return Err(Wrong::plain(expected)) };
    let unit = unit.trim_end();
    let right = |unit: &str| {
        let cure = format!("{value}{unit}{rest}");
        let reads =
            |cure: &str| if rest.is_empty() { size(cure).map(drop) } else { speed(cure).map(drop) };
        Wrong::write(expected, "", &[cure], "", reads)
    };
    if unit.is_empty() {
        return Err(right(unit_meant));
    }
    let Some(&(_, bytes)) = SIZES.iter().find(|(name, _)| *name == unit) else {
        let known = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        return Err(known.map_or_else(|| Wrong::plain(expected), |(name, _)| right(name)));
    };
    if value < 0.0 {
        return Err(Wrong::plain("at least 0 bytes"));
    }
    Ok(value * bytes)
}

/// The unit of a quantity that is one number and one unit, with its length in base units: `h` of `4h`, `d` of
/// `2/d`, `MB` of `200MB/s`.
pub fn unit_of(text: &str) -> Option<(&'static str, f64)> {
    let (_, unit) = number(text)?;
    let unit = unit.trim_end();
    let size = SIZES.iter().find(|s| s.0 == unit.strip_suffix("/s").unwrap_or(unit));
    let time = || {
        let length = time_unit(unit.strip_prefix('/').unwrap_or(unit).trim_start())?;
        TIMES.iter().find(|t| t.1 == length)
    };
    size.or_else(time).copied()
}

/// Rounds a number to six significant digits, which is what a person reads.
pub fn six(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(x)
}

/// Trims a number to at most 15 significant digits, which is what a person wrote.
fn trim(x: f64) -> String {
    if x == 0.0 {
        return "0".to_string();
    }
    let short: f64 = format!("{x:.14e}").parse().unwrap_or(x);
    format!("{short}")
}

/// A duration in the largest unit that shows it exactly with two decimals: `45s`, `11.6h`, `1.5m`.
pub fn print_duration(seconds: f64) -> String {
    if seconds == 0.0 {
        return "0s".to_string();
    }
    let micros = libm::round(seconds * 1e6);
    if !(1.0..9e15).contains(&micros) || (seconds * 1e6 - micros).abs() > micros * 1e-12 {
        return format!("{}s", trim(seconds));
    }
    let hundredths = micros as u64 * 100;
    for (name, length) in TIMES.iter().rev().filter(|(name, _)| *name != "w") {
        let unit = libm::round(length * 1e6) as u64;
        if hundredths.is_multiple_of(unit) && hundredths >= unit * 100 {
            let n = hundredths / unit;
            return match (n / 100, n % 100) {
                (n, 0) => format!("{n}{name}"),
                (n, rest) if rest % 10 == 0 => format!("{n}.{}{name}", rest / 10),
                (n, rest) => format!("{n}.{rest:02}{name}"),
            };
        }
    }
    format!("{}s", trim(seconds))
}

/// A rate per year: `0.5/y`.
pub fn print_rate(per_second: f64) -> String {
    format!("{}/y", trim(per_second * YEAR))
}

/// A share in per cent: `5%`.
pub fn print_share(share: f64) -> String {
    format!("{}%", trim(share * 100.0))
}

/// A size in the largest binary unit that shows it exactly, else the largest decimal one.
pub fn print_size(bytes: u64) -> String {
    if bytes == 0 {
        return "0B".to_string();
    }
    let exact = |names: &[&str]| {
        SIZES
            .iter()
            .rev()
            .filter(|(name, _)| names.contains(name))
            .find(|(_, length)| bytes.is_multiple_of(*length as u64))
            .map(|(name, length)| (bytes / *length as u64, *name))
    };
    let binary = exact(&["PiB", "TiB", "GiB", "MiB", "KiB", "B"]).unwrap_or((bytes, "B"));
    let decimal = exact(&["PB", "TB", "GB", "MB", "kB", "B"]).unwrap_or((bytes, "B"));
    let (n, name) = if decimal.0 < binary.0 { decimal } else { binary };
    format!("{n}{name}")
}

/// A speed: `200MB/s`.
pub fn print_speed(bytes_per_second: f64) -> String {
    if bytes_per_second.is_infinite() {
        return "unbounded".to_string();
    }
    for name in ["GB", "MB", "kB"] {
        let length = SIZES.iter().find(|(n, _)| *n == name).map_or(1.0, |&(_, l)| l);
        let n = bytes_per_second / length;
        if n >= 1.0 && (n * 1000.0 - libm::round(n * 1000.0)).abs() < n * 1e-9 {
            return format!("{}{name}/s", trim(n));
        }
    }
    format!("{}B/s", trim(bytes_per_second))
}
