//! Fields of tables as bytes: exact, fast, and harmless in a spreadsheet.

use super::digits::Digits;
use crate::kernel::time::{Date, MICROS, date_of_day};
use crate::model::layout::Cell;
use crate::scenario::error::escape;
use std::borrow::Cow;

/// Appends a whole number.
#[inline]
pub fn uint(out: &mut Vec<u8>, n: u32) {
    if u64::from(n) >= Digits::END {
        Digits::uint((u64::from(n) / Digits::END) as u32).append(out);
        Digits::last_eight(n.into()).append(out);
    } else {
        Digits::uint(n).append(out);
    }
}

/// Appends an instant as RFC 3339 in UTC, with a fraction only where there is one.
#[inline]
pub fn instant(out: &mut Vec<u8>, unix_micros: i64) {
    let micros_of_day = 86_400 * MICROS as i64;
    let (day, rest) =
        (unix_micros.div_euclid(micros_of_day), unix_micros.rem_euclid(micros_of_day));
    date(out, day);
    out.push(b'T');
    Digits::clock((rest / MICROS as i64) as u32).append(out);
    Digits::fraction((rest % MICROS as i64) as u32).append(out);
    out.push(b'Z');
}

/// Appends a day as `2026-01-01`.
pub fn date(out: &mut Vec<u8>, day: i64) {
    let Date { year, month, day } = date_of_day(day);
    let text = if (0..10_000).contains(&year) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        // RFC 3339 ends with the year 9999; ISO 8601 goes on with a sign.
        format!("{year:+}-{month:02}-{day:02}")
    };
    out.extend_from_slice(text.as_bytes());
}

/// A number by its shortest text; empty where there is none.
pub fn number(value: Option<f64>) -> String {
    // Adding zero makes a plain zero of a negative one.
    value.filter(|v| v.is_finite()).map(|v| (v + 0.0).to_string()).unwrap_or_default()
}

/// What a spreadsheet takes for the start of a formula, the wide forms too.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Whether a text is kept from being computed by an apostrophe in front. One that looks as if it
/// had been guarded already is guarded too: so the guard can be taken off without a doubt.
fn is_guarded(text: &str) -> bool {
    text.trim_start_matches(['\'', ' ']).starts_with(FORMULA)
}

/// A name or text as data: no control characters, and nothing that a spreadsheet would compute.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let escaped = if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_control()) {
        Cow::Borrowed(text)
    } else {
        escape(text).into()
    };
    if is_guarded(text) { format!("'{escaped}").into() } else { escaped }
}

/// The text that [`harmless`] was given, but for its control characters.
pub fn unguarded(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(text) if is_guarded(text) => text,
        _ => field,
    }
}

/// The same for values: a signed quantity such as `-5h` is not computed and stays as it is.
pub fn harmless_value(text: &str) -> Cow<'_, str> {
    let plain = text.strip_prefix(['+', '-']).is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    });
    if plain { text.into() } else { harmless(text) }
}

/// A table of a few rows.
pub fn table<R, F>(
    header: impl IntoIterator<Item = String>,
    rows: impl Iterator<Item = R>,
) -> Vec<u8>
where
    R: IntoIterator<Item = F>,
    F: AsRef<str>,
{
    (lines(std::iter::once(header)) + &lines(rows)).into_bytes()
}

/// Rows of a table, a line each; all have as many fields.
pub fn lines<R, F>(rows: impl Iterator<Item = R>) -> String
where
    R: IntoIterator<Item = F>,
    F: AsRef<str>,
{
    const SPACE: &str = "memory takes every row, and all have as many fields";
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        csv.write_record(row.into_iter().map(Text)).expect(SPACE);
    }
    let bytes = csv.into_inner().map_err(|e| e.into_error()).expect(SPACE);
    String::from_utf8(bytes).expect("texts and commas are text")
}

/// A text as the writer of tables wants it.
struct Text<F>(F);

impl<F: AsRef<str>> AsRef<[u8]> for Text<F> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().as_bytes()
    }
}

/// A name as it starts a field, ready to be followed by a number: escaped once, used for millions.
#[derive(Clone, Debug)]
pub struct Name {
    /// With the opening quote, if it needs quotes.
    start: Vec<u8>,
    quoted: bool,
}

impl Name {
    /// Prepares a name.
    pub fn new(name: &str) -> Name {
        let name = harmless(name);
        let quoted = name.contains(['"', ',', '\n', '\r', ';', '\t']) || name.trim() != name;
        let mut start = Vec::new();
        if quoted {
            start.push(b'"');
        }
        start.extend_from_slice(name.replace('"', "\"\"").as_bytes());
        Name { start, quoted }
    }

    /// Its beginning, with the opening quote if it needs quotes: a number may follow.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// Appends the closing quote, if it needs quotes.
    pub fn close(&self, out: &mut Vec<u8>) {
        if self.quoted {
            out.push(b'"');
        }
    }

    /// Appends the name as a whole field.
    #[inline]
    pub fn field(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.start);
        self.close(out);
    }

    /// Appends `name/number` as a whole field.
    #[inline]
    pub fn numbered(&self, out: &mut Vec<u8>, number: u32) {
        out.extend_from_slice(&self.start);
        out.push(b'/');
        uint(out, number);
        self.close(out);
    }
}

/// Group and number in the group of a server of a cell.
#[inline]
pub fn member(cell: &Cell, server: u32) -> (usize, u32) {
    let at = cell.stretches.partition_point(|s| s.servers.end <= server);
    let stretch = &cell.stretches[at];
    (stretch.group, stretch.first_in_group + (server - stretch.servers.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_exact() {
        for n in [0, 9, 12_345, 99_999_999, 100_000_000, u32::MAX] {
            assert_eq!(text(|out| uint(out, n)), n.to_string());
        }
        assert_eq!(number(Some(0.1)), "0.1");
        assert_eq!(number(Some(-0.0)), "0");
        assert_eq!(number(Some(f64::INFINITY)), "");
        assert_eq!(number(None), "");
    }

    #[test]
    fn instants_are_those_of_the_calendar() {
        let of = |micros| text(|out| instant(out, micros));
        for micros in [0, 1_500_000, -1, 1_767_225_600_000_000, 951_782_400_000_001] {
            assert_eq!(of(micros), crate::scenario::calendar::print_instant(micros));
        }
        assert_eq!(of(1_500_000), "1970-01-01T00:00:01.5Z");
    }

    #[test]
    fn names_are_data() {
        assert_eq!(harmless("=cmd()"), "'=cmd()");
        assert_eq!(harmless("a\u{1b}[1m"), "a\\u{1b}[1m");
        assert_eq!(harmless("orders"), "orders");
        let names = ["=x", "'=x", "''=x", " =x", "' +x", "\u{ff1d}x", "'x", "x'", "", "'", "-"];
        let guarded: Vec<_> = names.iter().map(|name| harmless(name)).collect();
        for (i, (name, field)) in names.iter().zip(&guarded).enumerate() {
            assert_eq!(unguarded(field), *name);
            assert!(!field.trim_start().starts_with(FORMULA), "{field}");
            assert!(!guarded[..i].contains(field), "{field}");
        }
        assert_eq!(harmless_value("-5h"), "-5h");
        assert_eq!(harmless_value("-2+3+cmd|' /C calc'!A0"), "'-2+3+cmd|' /C calc'!A0");
        assert_eq!(text(|out| Name::new("a,\"b").numbered(out, 7)), "\"a,\"\"b/7\"");
        assert_eq!(text(|out| Name::new("@x").field(out)), "'@x");
    }
}
