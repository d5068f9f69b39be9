//! Mistakes of syntax with which reading goes on, so that they are told together with all others: values that
//! are none in TOML, such as `45s` without quotes or a date that does not exist, and doubled keys.

use super::error::{Complaint, Complaints};
use super::syntax::Span;
use std::ops::Range;
use toml::de::Error;

/// What is wrong with a key that stands there for the second time, as the parser of TOML says it too.
pub const DOUBLED: &str = "duplicate key";

/// Whether a mistake is a doubled key: the first value is kept, and all else is as if it stood alone.
pub fn is_doubled(error: &Error) -> bool {
    error.message().trim_end() == DOUBLED
}

/// Takes out the doubled keys of a section that is doubled itself: those have the same cause.
pub fn one_a_section(text: &str, errors: &mut Vec<Error>) {
    let start = |error: &Error| error.span().map_or(0, |span| span.start.min(text.len()));
    // Where the header above a place begins, and where that line ends.
    let header = |at: usize| {
        let lines = text.get(..at)?.rfind('\n').map_or(0, |i| i + 1);
        let line = |i: usize| text[i..].split('\n').next().unwrap_or("");
        let is_header = |i: usize| line(i).trim_start().starts_with('[');
        let above = text[..lines].match_indices('\n').map(|(i, _)| i + 1).rev();
        let begins = std::iter::once(lines).chain(above).chain([0]).find(|i| is_header(*i))?;
        Some(begins..begins + line(begins).len())
    };
    let doubled: Vec<usize> = errors.iter().filter(|e| is_doubled(e)).map(start).collect();
    errors.retain(|error| {
        let at = start(error);
        let above = header(at).filter(|header| is_doubled(error) && !header.contains(&at));
        !above.is_some_and(|header| doubled.iter().any(|other| header.contains(other)))
    });
}

/// What is wrong with a doubled key or header.
pub fn doubled(span: Span, text: &str) -> Complaint {
    let at = span.start as usize;
    let line = text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |i| i + 1));
    let line = text.get(line..).and_then(|rest| rest.lines().next()).unwrap_or("").trim();
    let header = header_name(line);
    let key = header.map_or_else(|| key_at(text, at), str::to_string);
    let mut place = 0;
    let first = text.lines().position(|line| {
        let here = place;
        place += line.len() + 1;
        here < at
            && match header {
                Some(name) => header_name(line.trim()) == Some(name),
                None => !key.is_empty() && key_at(text, here) == key,
            }
    });
    let own = text.get(..at).map_or(0, |before| before.matches('\n').count());
    let cure = match first.filter(|first| *first != own) {
        Some(first) if header.is_some() => {
            format!("it begins in line {} already: join the two sections", first + 1)
        }
        Some(first) => format!("line {} has it already: leave one of them out", first + 1),
        None => "leave one of them out".to_string(),
    };
    Complaint::new(span, key, DOUBLED, "").hint(cure)
}

/// The name in a line that is a header.
fn header_name(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.split_once(']')?;
    Some(name.trim_start_matches('[').trim())
}

/// Puts `0` and blanks in the place of each such value that a parser's error points at. The new text is as
/// long as the old one, so that all places stay. None where an error is about something else.
pub fn without(text: &str, errors: &[usize]) -> Option<(String, Vec<Range<usize>>)> {
    let mut bytes = text.as_bytes().to_vec();
    let mut found: Vec<Range<usize>> = Vec::new();
    for &error in errors {
        let range = token(text, error)?;
        bytes.get_mut(range.clone())?.fill(b' ');
        *bytes.get_mut(range.start)? = b'0';
        if !found.contains(&range) {
            found.push(range);
        }
    }
    Some((String::from_utf8(bytes).ok()?, found))
}

/// The word around a place, if it stands where a value does.
fn token(text: &str, at: usize) -> Option<Range<usize>> {
    let ends = |c: char| c.is_whitespace() || "\"'=,[]{}#".contains(c);
    let (before, after) = (text.get(..at)?, text.get(at..)?);
    let start =
        before.rfind(ends).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let end = at + after.find(ends).unwrap_or(after.len());
    let left = text.get(..start)?.trim_end_matches([' ', '\t']);
    (start < end && left.ends_with(['=', ',', '['])).then_some(start..end)
}

/// What is wrong with such a value, as far as the parser knows, and how to put it right.
pub fn complaint(span: Span, key: &str, word: &str, message: &str) -> Complaint {
    let found = message.split(", expected ").next().unwrap_or(message);
    let is_date = word.len() > 4 && word.as_bytes().get(4) == Some(&b'-');
    let is_number = word.chars().all(|c| c.is_ascii_digit() || "+-_.eE".contains(c));
    let cure = match () {
        () if is_date || is_number => message.replace(", expected nothing", ""),
        () => format!("write it in quotes: \"{word}\""),
    };
    Complaint::new(span, key, found, "").hint(cure)
}

/// Gives the cure of each such value to whatever was said about it; what nobody spoke of is told alone.
pub fn settle(bare: &[Complaint], complaints: &mut Complaints) {
    for own in bare {
        if own.found == DOUBLED || !complaints.explain(own) {
            complaints.add(own.clone());
        }
    }
}

/// The dotted key of the line where something stands, with the section above it; empty if it has none.
pub fn key_at(text: &str, at: usize) -> String {
    let Some(before) = text.get(..at) else { return String::new() };
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = &text[line_start..];
    let line = &line[..line.find('\n').unwrap_or(line.len())];
    let is_key = |key: &str| {
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "-_. ".contains(c))
    };
    let Some((key, _)) = line.split_once('=') else { return String::new() };
    let key = key.trim();
    if !is_key(key) {
        return String::new();
    }
    let headers = text[..line_start].lines().map(str::trim).filter(|l| l.starts_with('['));
    let name = |header: &str| {
        let inner = header.trim_start_matches('[');
        let name = inner.split(']').next().unwrap_or("").trim().to_string();
        (header.starts_with("[["), name)
    };
    let headers: Vec<(bool, String)> = headers.map(name).filter(|(_, n)| is_key(n)).collect();
    match headers.last() {
        None => key.to_string(),
        Some((false, section)) => format!("{section}.{key}"),
        Some(last) => {
            let number = headers.iter().filter(|h| *h == last).count();
            format!("{}.{number}.{key}", last.1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_in_the_place_of_values_are_replaced() {
        let replaced = |text: &str, at: usize| without(text, &[at]).map(|(text, _)| text);
        assert_eq!(replaced("a = 45s # x", 6).as_deref(), Some("a = 0   # x"));
        assert_eq!(replaced("a = [1, 5µs]", 9).as_deref(), Some("a = [1, 0   ]"));
        for (text, at) in [("a = = 2", 4), ("[a b]", 3), ("a = 5 h", 6), ("a = 'x", 4), ("", 0)] {
            assert_eq!(replaced(text, at), None, "{text}");
        }
    }

    #[test]
    fn doubled_keys_of_a_doubled_section_have_one_cause() {
        let text = "a = 1\na = 2\n[t.u]\nb = 1\nc = 1\n[v]\n[t.u]\nb = 2\nc = 3\n[v.w]\nd=1\nd=2";
        let (_, mut errors) = toml::de::DeTable::parse_recoverable(text);
        assert_eq!(errors.len(), 5);
        one_a_section(text, &mut errors);
        let said = |e: &Error| {
            let at = e.span().unwrap_or(0..0).start as u32;
            doubled(Span { document: 0, start: at, end: at }, text).key
        };
        assert_eq!(errors.iter().map(said).collect::<Vec<_>>(), ["a", "t.u", "v.w.d"]);
    }

    #[test]
    fn a_place_has_the_key_of_its_line() {
        let text = "a = 1\n[[s]]\nb = 2\n[[s]]\nb = = 3\n[t.u]\nc = 4\n'x'";
        let key = |part: &str| key_at(text, text.find(part).unwrap_or(0) + part.len());
        assert_eq!(key("a = "), "a");
        assert_eq!(key("b = ="), "s.2.b");
        assert_eq!(key("c ="), "t.u.c");
        assert_eq!(key("'x"), "");
        assert_eq!(key_at("é", 1), "");
    }
}
