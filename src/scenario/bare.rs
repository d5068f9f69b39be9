//! Values that are none in TOML, such as `45s` without quotes or a date that does not exist: reading goes
//! on with them, so that they are told with their keys, together with all other mistakes.

use super::error::{Complaint, Complaints};
use super::syntax::Span;
use std::ops::Range;

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
        if !complaints.explain(own) {
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
