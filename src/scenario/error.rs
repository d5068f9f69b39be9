//! What is wrong with a scenario: every mistake at once, each with its place and its cure.

use super::syntax::{Documents, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Most characters of either end of a key that are shown.
const LONGEST_END: usize = 60;
/// Most bytes of a line that are shown from where a mistake stands.
const MOST_SHOWN: usize = 200;

/// One mistake.
#[derive(Clone, PartialEq, Debug)]
pub struct Complaint {
    /// Name of the text.
    pub file: String,
    /// Line, from 1; 0 if the mistake has no place (a file that cannot be read).
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Where in the text.
    pub span: Span,
    /// Dotted path of the key; empty for mistakes of syntax.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What should stand there; empty if `found` says it all.
    pub expected: String,
    /// How to put it right, if that can be said.
    hint: Option<String>,
}

impl Complaint {
    /// A complaint about the value of a key.
    pub fn new(
        span: Span,
        key: impl fmt::Display,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Complaint {
        Complaint {
            file: String::new(),
            line: 0,
            column: 0,
            span,
            key: escape(&key.to_string()),
            found: escape(&found.into()),
            expected: escape(&expected.into()),
            hint: None,
        }
    }

    /// A complaint of a parser.
    pub fn syntax(span: Span, message: &str) -> Complaint {
        Complaint::new(span, "", message.trim_end(), "")
    }

    /// A complaint about a whole file.
    pub fn file(name: &str, found: impl Into<String>, expected: impl Into<String>) -> Complaint {
        let span = Span { document: u32::MAX, start: 0, end: 0 };
        Complaint { file: escape(name), ..Complaint::new(span, "", found, expected) }
    }

    /// The same with a cure.
    pub fn hint(mut self, hint: impl Into<String>) -> Complaint {
        self.hint = Some(escape(&hint.into()));
        self
    }

    /// The same with a cure, if one is known.
    pub fn hint_if(self, hint: Option<String>) -> Complaint {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The same at another place, which is looked up anew.
    pub fn at(self, span: Span) -> Complaint {
        Complaint { span, line: 0, column: 0, ..self }
    }

    /// The key, without its middle if it is too long to read: it may have a name of any length.
    fn short_key(&self) -> Cow<'_, str> {
        let length = self.key.chars().count();
        if length <= 2 * LONGEST_END {
            return Cow::Borrowed(&self.key);
        }
        let start = self.key.chars().take(LONGEST_END);
        start.chain("...".chars()).chain(self.key.chars().skip(length - LONGEST_END)).collect()
    }

    /// The sentence: key, expected, found.
    pub fn message(&self) -> String {
        let mut text = String::new();
        if !self.key.is_empty() {
            text.push_str(&format!("`{}`: ", self.short_key()));
        }
        if self.expected.is_empty() {
            text.push_str(&self.found);
        } else {
            text.push_str(&format!("expected {}, found {}", self.expected, self.found));
        }
        text
    }
}

impl fmt::Display for Complaint {
    /// One line: `file:line:column: message (hint)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message())?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// All mistakes found, with the texts that they point into.
#[derive(Clone, Debug, Default)]
pub struct Complaints {
    all: Vec<Complaint>,
    texts: Vec<Arc<str>>,
}

impl Complaints {
    /// None yet.
    pub fn new() -> Complaints {
        Complaints::default()
    }

    /// One complaint about a whole file.
    pub fn of_file(
        name: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Complaints {
        Complaints { all: vec![Complaint::file(name, found, expected)], texts: Vec::new() }
    }

    /// Notes a mistake.
    pub fn add(&mut self, complaint: Complaint) {
        self.all.push(complaint);
    }

    /// Whether there is one about what stands there, or inside.
    pub(super) fn any_within(&self, span: Span) -> bool {
        let inside =
            |of: Span| of.document == span.document && span.start <= of.start && of.end <= span.end;
        self.all.iter().any(|complaint| inside(complaint.span))
    }

    /// Gives the cure of a complaint to those about the same place that have none; says whether there are
    /// any about it.
    pub fn explain(&mut self, by: &Complaint) -> bool {
        let mut any = false;
        for complaint in self.all.iter_mut().filter(|c| c.span == by.span) {
            any = true;
            if by.hint.is_some() {
                complaint.hint.clone_from(&by.hint);
            } else if complaint.hint.is_none() {
                complaint.hint = Some(by.found.clone());
            }
        }
        any
    }

    /// These, then those of other texts; both finished.
    pub fn and(mut self, other: Complaints) -> Complaints {
        let before = self.texts.len() as u32;
        self.all.extend(other.all.into_iter().map(|mut complaint| {
            complaint.span.document = complaint.span.document.saturating_add(before);
            complaint
        }));
        self.texts.extend(other.texts);
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, in file order once finished.
    pub fn iter(&self) -> impl Iterator<Item = &Complaint> {
        self.all.iter()
    }

    /// Fills in file, line and column, and sorts in file order.
    pub fn finish(mut self, documents: &Documents) -> Complaints {
        self.all.sort_by_key(|c| c.span);
        self.all.dedup();
        // There may be many: each goes on where the one before it stands.
        let mut place = (0, Place::default());
        for complaint in &mut self.all {
            let Span { document: index, start, .. } = complaint.span;
            if let Some(document) = documents.get(index) {
                if place.0 != index {
                    place = (index, Place::default());
                }
                place.1.go_on(&document.text, start as usize);
                complaint.file = escape(&document.name);
                (complaint.line, complaint.column) = (place.1.line + 1, place.1.column + 1);
            }
        }
        let mut document = 0;
        self.texts.clear();
        while let Some(d) = documents.get(document) {
            self.texts.push(d.text.clone());
            document += 1;
        }
        self
    }

    /// One line each.
    pub fn lines(&self) -> String {
        self.all.iter().map(|c| format!("{c}\n")).collect()
    }

    /// In the form that rustc made familiar; `styled` adds colours of a terminal.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut text = String::new();
        for complaint in &self.all {
            text.push_str(&self.render_one(&renderer, complaint));
            text.push_str("\n\n");
        }
        let n = self.all.len();
        text.push_str(&format!("{n} mistake{}\n", if n == 1 { "" } else { "s" }));
        text
    }

    fn render_one(&self, renderer: &Renderer, complaint: &Complaint) -> String {
        let title = if complaint.key.is_empty() {
            complaint.message()
        } else if complaint.expected.is_empty() {
            format!("`{}`: {}", complaint.short_key(), complaint.found)
        } else {
            format!("`{}`: expected {}", complaint.short_key(), complaint.expected)
        };
        let label = if complaint.expected.is_empty() {
            String::new()
        } else {
            format!("found {}", complaint.found)
        };
        let mut group = Level::ERROR.primary_title(title).elements(std::iter::empty::<Origin>());
        match self.texts.get(complaint.span.document as usize) {
            Some(text) => {
                let (source, range) = visible(text, complaint.span);
                let snippet = Snippet::source(source)
                    .line_start(complaint.line.max(1))
                    .path(complaint.file.clone())
                    .annotation(AnnotationKind::Primary.span(range).label(label));
                group = group.element(snippet);
            }
            None => group = group.element(Origin::path(complaint.file.clone())),
        }
        if let Some(hint) = &complaint.hint {
            group = group.element(Level::HELP.message(hint.clone()));
        }
        renderer.render(&[group])
    }
}

/// A place in a text: byte, line and column, from 0; columns count characters.
#[derive(Default)]
struct Place {
    at: usize,
    line: usize,
    column: usize,
}

impl Place {
    /// Goes on to a byte behind it, or to the beginning of the character that the byte is in.
    fn go_on(&mut self, text: &str, to: usize) {
        let mut to = to.min(text.len());
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        let between = text.get(self.at..to).unwrap_or("");
        match between.rfind('\n') {
            Some(last) => {
                self.line += between.matches('\n').count();
                self.column = between[last + 1..].chars().count();
            }
            None => self.column += between.chars().count(),
        }
        self.at = self.at.max(to);
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Complaints {}

/// The line of a span with its control characters replaced one for one, and the span in it. Only
/// the first line is shown: a value may be a table of many.
fn visible(text: &str, span: Span) -> (String, std::ops::Range<usize>) {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (boundary(span.start as usize), boundary(span.end as usize));
    let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let mut shown = String::new();
    let (mut from, mut to) = (None, None);
    for (i, c) in text[line_start..line_end].char_indices() {
        if line_start + i >= start {
            from.get_or_insert(shown.len());
        }
        if line_start + i >= end {
            to.get_or_insert(shown.len());
        }
        if line_start + i >= start + MOST_SHOWN {
            to.get_or_insert(shown.len());
            shown.push_str("...");
            break;
        }
        let c = match c {
            '\t' => ' ',
            c if hidden(c) => '\u{fffd}',
            c => c,
        };
        shown.push(c);
    }
    let from = from.unwrap_or(shown.len());
    let mut to = to.unwrap_or(shown.len()).max(from);
    if to == from && from < shown.len() {
        to = from + shown[from..].chars().next().map_or(0, char::len_utf8);
    }
    (shown, from..to)
}

/// Characters that would act on a terminal or on the direction of text instead of being seen.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text with characters that a terminal would act on written as escapes.
pub fn escape(text: &str) -> String {
    if !text.chars().any(hidden) {
        return text.to_string();
    }
    let mut escaped = String::new();
    for c in text.chars() {
        if hidden(c) { escaped.extend(c.escape_default()) } else { escaped.push(c) }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_shows_place_and_cure() {
        let mut documents = Documents::default();
        let document = documents.add("s.toml", "name = 'x'\n[standby]\n\tdetection = 45\n");
        let mut complaints = Complaints::new();
        complaints.add(
            Complaint::new(
                Span { document, start: 34, end: 36 },
                "standby.detection",
                "45",
                "a duration with a unit",
            )
            .hint("write \"45s\""),
        );
        let complaints = complaints.finish(&documents);
        assert_eq!(
            complaints.lines(),
            "s.toml:3:14: `standby.detection`: expected a duration with a unit, found 45 \
             (write \"45s\")\n"
        );
        assert_eq!(
            complaints.render(false),
            "error: `standby.detection`: expected a duration with a unit\n \
             --> s.toml:3:14\n  |\n3 |  detection = 45\n  |              ^^ found 45\n  |\n  \
             = help: write \"45s\"\n\n1 mistake\n"
        );
    }

    #[test]
    fn what_is_too_long_to_read_is_shortened() {
        let name = "é".repeat(100_000);
        let mut documents = Documents::default();
        let document = documents.add("s.toml", &format!("{name} = 1"));
        let mut complaints = Complaints::new();
        let span = Span { document, start: 0, end: 200_000 };
        complaints.add(Complaint::new(span, format!("servers.{name}.count"), "1", "more"));
        let complaints = complaints.finish(&documents);
        let (text, lines) = (complaints.render(false), complaints.lines());
        assert!(text.len() < 1500 && lines.len() < 400, "{text}");
        assert!(
            lines.contains("`servers.éé") && lines.contains("éé.count`: expected more"),
            "{lines}"
        );
        assert!(lines.contains("éé...éé") && text.contains("éé..."), "{text}");
    }

    #[test]
    fn quoted_text_cannot_act_on_a_terminal() {
        assert_eq!(escape("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        let mut documents = Documents::default();
        let document = documents.add("s.toml", "a\u{1b}[31m = 1");
        let mut complaints = Complaints::new();
        complaints.add(Complaint::syntax(Span { document, start: 1, end: 2 }, "bad"));
        let text = complaints.finish(&documents).render(false);
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
