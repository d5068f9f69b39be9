//! Lines of text for the terminal: aligned, shortened or folded to a width, with few colours.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How text is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Colours and signs beyond ASCII: on a terminal and without `NO_COLOR`.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Style {
    /// For a file or a pipe.
    fn default() -> Style {
        Style { colour: false, width: 100 }
    }
}

/// What a line is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Open, or to beware of.
    Open,
}

/// Text in the making.
#[derive(Clone, Debug)]
pub struct Page {
    style: Style,
    text: String,
}

/// A blank at which no line is folded, until it is shown.
const GLUE: &str = "\u{a0}";

/// The text as one word: a number and its unit stay together.
pub fn glued(text: &str) -> String {
    text.replace(' ', GLUE)
}

/// Narrowest width that is heeded.
const NARROWEST: usize = 40;
/// Narrowest column of names.
const SHORTEST_NAME: usize = 12;

impl Page {
    /// An empty one.
    pub fn new(style: Style) -> Page {
        let style = Style { width: style.width.max(NARROWEST), ..style };
        Page { style, text: String::new() }
    }

    /// The text.
    pub fn text(self) -> String {
        self.text
    }

    /// From one number to another.
    pub fn dots(&self) -> &'static str {
        if self.style.colour { "…" } else { "to" }
    }

    /// The sign of a tone.
    pub fn sign(&self, tone: Tone) -> &'static str {
        match (self.style.colour, tone) {
            (true, Tone::Good) => "✓",
            (true, Tone::Bad) => "✗",
            (false, Tone::Good) => "ok  ",
            (false, Tone::Bad) => "FAIL",
            (true, Tone::Open) => "?",
            (false, Tone::Open) => "?   ",
        }
    }

    fn put(&mut self, line: &str, code: &str) {
        let line = line.replace(GLUE, " ");
        let line = line.trim_end();
        if self.style.colour && !code.is_empty() {
            self.text += &format!("\x1b[{code}m{line}\x1b[0m\n");
        } else {
            self.text += line;
            self.text.push('\n');
        }
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.put("", "");
    }

    /// A heading.
    pub fn heading(&mut self, text: &str) {
        self.folded("", text, "1");
    }

    /// A label and what belongs to it, folded beside the label.
    pub fn fact(&mut self, label: &str, text: &str) {
        self.folded(&format!("{label:<15}"), text, "");
    }

    /// A line with a sign before it, folded.
    pub fn marked(&mut self, tone: Tone, text: &str) {
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Open => "33",
        };
        let lead = format!("  {} ", self.sign(tone));
        self.folded(&lead, text, code);
    }

    /// A line of text, folded.
    pub fn note(&mut self, text: &str) {
        self.folded("  ", text, "");
    }

    /// Text after a lead, its further lines indented as wide. Two blanks in it bind less than one.
    fn folded(&mut self, lead: &str, text: &str, code: &str) {
        let indent = lead.width();
        let room = self.style.width - indent;
        let mut line = lead.to_string();
        let mut used = 0;
        for word in text.split(' ').flat_map(|word| pieces(word, room)) {
            let wide = word.width();
            if used > 0 && used + 1 + wide > room {
                self.put(&line, code);
                line = " ".repeat(indent);
                used = 0;
                if word.is_empty() {
                    continue;
                }
            }
            if used > 0 || (word.is_empty() && line.len() == lead.len()) {
                line.push(' ');
                used += 1;
            }
            line += &word;
            used += wide;
        }
        self.put(&line, code);
    }

    /// A table: the first column to the left, all others to the right. Where it is too wide, names
    /// are shortened, then the last columns are left out.
    pub fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        // A column that says nothing is left out.
        let telling = |i: usize| i == 0 || rows.iter().any(|r| r.get(i).is_some_and(|c| c != "-"));
        let telling: Vec<usize> = (0..head.len()).filter(|&i| telling(i)).collect();
        let head: Vec<&str> = telling.iter().map(|&i| head[i]).collect();
        let cells = |row: &Vec<String>| -> Vec<String> {
            telling.iter().map(|&i| row.get(i).cloned().unwrap_or_default()).collect()
        };
        let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
        let mut widths: Vec<usize> = head.iter().map(|h| h.width()).collect();
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let total = |widths: &[usize]| 2 * widths.len() + widths.iter().sum::<usize>();
        let most = self.style.width;
        let over = total(&widths).saturating_sub(most);
        let least = widths[0].min(SHORTEST_NAME);
        widths[0] = widths[0].saturating_sub(over).max(least);
        while total(&widths) > most && widths.len() > 1 {
            widths.pop();
        }
        let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        let mut line = |cells: &[&str], code| {
            let mut line = String::new();
            for (i, (&wide, cell)) in widths.iter().zip(cells).enumerate() {
                let cell = match i {
                    0 => self.name_among(cell, &names, wide),
                    _ => self.short(cell, wide),
                };
                let pad = " ".repeat(wide - cell.width());
                line += &if i == 0 { format!("  {cell}{pad}") } else { format!("  {pad}{cell}") };
            }
            self.put(&line, code);
        };
        line(&head, "1");
        for row in &rows {
            line(&row.iter().map(String::as_str).collect::<Vec<_>>(), "");
        }
    }

    /// A name that is no wider than that, cut in its middle: names that begin alike are told by their ends.
    fn short_name(&self, name: &str, most: usize) -> String {
        if name.width() <= most {
            return name.to_string();
        }
        let mut behind = String::new();
        for c in name.chars().rev() {
            if behind.width() + c.width().unwrap_or(0) > most * 2 / 5 {
                break;
            }
            behind.insert(0, c);
        }
        self.short(name, most - behind.width()) + &behind
    }

    /// The same among other names: where one of them would be cut to the same text, the word stands behind
    /// the mark in which they differ.
    fn name_among(&self, name: &str, others: &[&str], most: usize) -> String {
        let short = self.short_name(name, most);
        let same = others.iter().filter(|o| **o != name && self.short_name(o, most) == short);
        let common = |o: &&str| name.chars().zip(o.chars()).take_while(|(a, b)| a == b).count();
        let Some(apart) = same.map(common).max() else { return short };
        let all: Vec<char> = name.chars().collect();
        let word = all[..apart].iter().rposition(|c| !c.is_alphanumeric()).map_or(0, |i| i + 1);
        // A word that begins far in front of the difference would hide it.
        let from = if apart - word <= most / 4 { word } else { apart };
        let rest: String = all[from..].iter().collect();
        let behind = self.short(&rest, most * 2 / 3);
        self.short(name, most - behind.width()) + &behind
    }

    /// Text that is no wider than that, with a mark where it was cut.
    fn short(&self, text: &str, most: usize) -> String {
        if text.width() <= most {
            return text.to_string();
        }
        as_wide(text.chars(), most.saturating_sub(1)) + self.mark()
    }

    /// What stands where text was cut.
    fn mark(&self) -> &'static str {
        if self.style.colour { "…" } else { "~" }
    }
}

/// As many of the characters as are no wider than that together.
fn as_wide(characters: impl Iterator<Item = char>, most: usize) -> String {
    let mut wide = 0;
    characters
        .take_while(|c| {
            wide += c.width().unwrap_or(0);
            wide <= most
        })
        .collect()
}

/// A word in pieces that are no wider than that: paths must not lose a letter.
fn pieces(word: &str, most: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > most {
            pieces.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

/// Columns that a line takes, without codes for colours.
#[cfg(test)]
pub fn visible_width(line: &str) -> usize {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain += before;
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    (plain + rest).width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_cut_stay_different() {
        let page = Page::new(Style::default());
        let names = ["production", "preproduction", "staging"]
            .map(|end| format!("{}-{end}", "long-".repeat(9)));
        let others: Vec<&str> = names.iter().map(String::as_str).collect();
        let cut = others.iter().map(|name| page.name_among(name, &others, 21)).collect::<Vec<_>>();
        assert_eq!(
            cut,
            ["long-long-~production", "long-lo~preproduction", "long-long-lo~-staging"]
        );
        assert_eq!(page.name_among("shop", &others, 21), "shop");
    }

    #[test]
    fn nothing_is_wider_than_the_page() {
        for colour in [false, true] {
            for width in [0, 40, 57, 80] {
                let mut page = Page::new(Style { colour, width });
                page.heading(&"heading ".repeat(20));
                page.fact("Availability", &"99.99 %  (99.9 % to 99.999 %)  ".repeat(9));
                page.marked(Tone::Bad, &"x".repeat(200));
                page.note(&"漢字 ".repeat(100));
                page.table(
                    &["group", "servers", "a", "b"],
                    &[vec!["漢字".repeat(50), "1".repeat(30), "2".repeat(20), "3".into()]],
                );
                for line in page.text().lines() {
                    assert!(visible_width(line) <= width.max(40), "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn names_that_begin_alike_stay_apart() {
        let names = |names: [&str; 2]| {
            let mut page = Page::new(Style { colour: false, width: 40 });
            let row = |name: &str| vec![name.to_string(), "1".repeat(16)];
            page.table(&["group", "n"], &names.map(row));
            let text = page.text();
            let lines = text.lines().skip(1).map(|l| l.split_whitespace().next());
            lines.map(|name| name.unwrap_or("").to_string()).collect::<Vec<_>>()
        };
        let begin_alike = names([
            "westeurope-d4ds-v5-512gib-zr-z1-sat0230",
            "westeurope-d4ds-v5-512gib-zr-system",
        ]);
        assert_ne!(begin_alike[0], begin_alike[1]);
        let others = names(["northeurope-d4ds-v5-512gib-noha", "westeurope-d4ds-v5-512gib-noha"]);
        assert_ne!(others[0], others[1]);
        assert!(
            begin_alike.iter().chain(&others).all(|name| name.width() == 20),
            "{begin_alike:?} {others:?}"
        );
    }

    #[test]
    fn columns_are_aligned() {
        let mut page = Page::new(Style { colour: false, width: 80 });
        page.table(
            &["group", "n"],
            &[vec!["a".into(), "10".into()], vec!["bcdefg".into(), "1".into()]],
        );
        assert_eq!(page.text(), "  group    n\n  a       10\n  bcdefg   1\n");
    }
}
