//! Decodes a file and splits it into JSON documents, stepping over what the command line tool says.

use std::borrow::Cow;

use super::json::Node;
use super::{ImportError, Input, Note, diagnose, printable};

/// One JSON document of a file and the line on which it starts.
pub struct Document<'a> {
    /// Its content.
    pub node: Node<'a>,
    /// Its first line, from 1.
    pub line: usize,
}

/// The text of an input: UTF-8 with or without mark, UTF-16 with mark or recognisable by its zeros;
/// without the colours of a terminal.
pub fn decode(input: &Input) -> Result<Cow<'_, str>, Box<ImportError>> {
    let bytes = input.bytes.as_slice();
    if let Some(text) = utf16_with_mark(bytes) {
        return Ok(Cow::Owned(without_colours(&text)));
    }
    let text = match bytes {
        [first, 0, ..] if *first != 0 => Cow::Owned(utf16(bytes, u16::from_le_bytes)),
        [0, second, ..] if *second != 0 => Cow::Owned(utf16(bytes, u16::from_be_bytes)),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(utf8(input, rest)?),
        _ => Cow::Borrowed(utf8(input, bytes)?),
    };
    Ok(if text.contains("\u{1b}[") { Cow::Owned(without_colours(&text)) } else { text })
}

/// The text of bytes that begin with the mark of UTF-16.
pub fn utf16_with_mark(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Some(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Some(utf16(rest, u16::from_be_bytes)),
        _ => None,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn utf8<'a>(input: &Input, bytes: &'a [u8]) -> Result<&'a str, Box<ImportError>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = std::str::from_utf8(&bytes[..error.valid_up_to()])
            .expect("from_utf8 says that the text is valid up to here");
        let (line, column) = position(good, good.len());
        Box::new(ImportError {
            file: printable(&input.name),
            line: Some(line),
            column: Some(column),
            found: format!("the byte 0x{:02x}, which is not UTF-8", bytes[good.len()]),
            expected: "JSON text in UTF-8 or UTF-16".to_owned(),
            hint: "is this file compressed, or saved in an old code page? Save it as UTF-8"
                .to_owned(),
        })
    })
}

/// The text without the sequences that colour it. JSON strings cannot hold a raw escape.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let body = &rest[at + 2..];
        let end = body.find(|c: char| !matches!(c, '0'..='9' | ';' | '?'));
        rest = end.map_or("", |end| {
            let last = body[end..].chars().next().map_or(0, char::len_utf8);
            &body[end + last..]
        });
    }
    plain.push_str(rest);
    plain
}

/// Line and column, both from 1, of a byte offset.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line = newlines(before) + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

/// All JSON documents of a text. Lines between them that are plain text, such as warnings, are
/// stepped over with a note; stray pieces of JSON are a mistake.
pub fn documents<'a>(
    name: &str,
    text: &'a str,
    notes: &mut Vec<Note>,
) -> Result<Vec<Document<'a>>, Box<ImportError>> {
    let mut documents = Vec::new();
    let mut chatter: Option<(usize, &str, usize)> = None;
    let mut leads_to_json = None;
    let mut at = 0;
    let mut line = 1;
    loop {
        let from = at;
        let between =
            |c: char| c.is_whitespace() || matches!(c, ',' | '\u{1e}' | '\u{feff}' | '\0');
        at = text.len() - text[at..].trim_start_matches(between).len();
        line += newlines(&text[from..at]);
        let rest = &text[at..];
        if rest.is_empty() {
            break;
        }
        if starts_json(rest) {
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Node>();
            match stream.next() {
                Some(Ok(node)) => {
                    documents.push(Document { node, line });
                    let length = stream.byte_offset();
                    line += newlines(&rest[..length]);
                    at += length;
                }
                Some(Err(error)) => return Err(diagnose::broken_json(name, text, at, &error)),
                None => break,
            }
            continue;
        }
        let stray = rest.starts_with(['}', ']', '"', ':', '<']);
        let leads = documents.is_empty().then(|| *leads_to_json.get_or_insert_with(|| leads(rest)));
        if stray || leads == Some(false) {
            return Err(diagnose::not_json(name, text, at));
        }
        let end = rest.find('\n').unwrap_or(rest.len());
        match &mut chatter {
            Some((_, _, lines)) => *lines += 1,
            None => chatter = Some((line, &rest[..end], 1)),
        }
        at += end;
    }
    if documents.is_empty() {
        return Err(diagnose::not_json(name, text, text.len()));
    }
    if let Some((line, words, lines)) = chatter {
        let more = if lines > 1 { format!(" (and {} more)", lines - 1) } else { String::new() };
        let text = format!(
            "{}, line {line}: text that is not JSON is ignored: {}{more}",
            printable(name),
            printable(words)
        );
        notes.push(Note { server: None, text });
    }
    Ok(documents)
}

/// Whether a document starts here, and not a tag such as `[warning]`.
fn starts_json(rest: &str) -> bool {
    let Some(inside) = rest.strip_prefix(['{', '[']) else { return false };
    let inside = inside.trim_start();
    let word = inside.starts_with(|c: char| c.is_alphabetic());
    !word || ["true", "false", "null"].iter().any(|literal| inside.starts_with(literal))
}

/// Whether a document starts on a later line.
fn leads(rest: &str) -> bool {
    rest.lines().skip(1).any(|line| starts_json(line.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Result<(usize, usize), Box<ImportError>> {
        let mut notes = Vec::new();
        documents("f", text, &mut notes).map(|documents| (documents.len(), notes.len()))
    }

    #[test]
    fn documents_are_split_and_chatter_is_stepped_over() {
        assert_eq!(count("{}\n{} [1]").unwrap(), (3, 0));
        assert_eq!(count("{},\n{}").unwrap(), (2, 0));
        assert_eq!(count("WARNING: x\n[warning] y\n[]\nbye").unwrap(), (1, 1));
        assert!(count("[]]").is_err());
        assert!(count("<p>\n{}").is_err());
        assert!(count("hello").is_err());
        assert!(count(" \n ").is_err());
    }

    #[test]
    fn utf16_and_colours_are_read() {
        let wide: Vec<u8> = "\u{feff}[\"é\"]".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let input = Input { name: "f".into(), bytes: wide };
        assert_eq!(decode(&input).unwrap(), "[\"é\"]");
        let input = Input { name: "f".into(), bytes: b"\x1b[33m[1]\x1b[0m\x1b[".to_vec() };
        assert_eq!(decode(&input).unwrap(), "[1]");
        let input = Input { name: "f".into(), bytes: b"[\n \xff]".to_vec() };
        let error = decode(&input).unwrap_err();
        assert_eq!((error.line, error.column), (Some(2), Some(2)));
    }
}
