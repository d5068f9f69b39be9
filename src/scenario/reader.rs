//! The common part of all decoding: where we are, what was wrong, and the simple values.

use super::calendar;
use super::columns::Columns;
use super::error::{Complaint, Complaints};
use super::syntax::{Node, Table, Value};
use super::units::{self, Wrong};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// The dotted path to where decoding stands, as a chain back to the top.
#[derive(Clone, Copy)]
pub struct Trail<'a> {
    up: Option<&'a Trail<'a>>,
    part: &'a str,
}

impl<'a> Trail<'a> {
    /// The top of a file.
    pub const TOP: Trail<'static> = Trail { up: None, part: "" };

    /// One step down.
    pub fn to<'b>(&'b self, part: &'b str) -> Trail<'b> {
        Trail { up: Some(self), part }
    }

    /// The path of a key here.
    pub fn key(&self, key: &str) -> String {
        self.to(key).to_string()
    }

    /// The last step.
    pub fn last(&self) -> &'a str {
        self.part
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(up) = self.up {
            write!(f, "{up}")?;
            if up.up.is_some() {
                f.write_str(".")?;
            }
        }
        f.write_str(self.part)
    }
}

/// Decodes values, and notes every one that does not fit.
pub struct Reader<'r> {
    complaints: &'r mut Complaints,
    /// The folder that paths in the scenario are relative to; none forbids files.
    pub base_dir: Option<&'r Path>,
    /// Columns of files already read.
    pub columns: Columns,
}

impl<'r> Reader<'r> {
    /// A reader that notes into `complaints`.
    pub fn new(complaints: &'r mut Complaints, base_dir: Option<&'r Path>) -> Reader<'r> {
        Reader { complaints, base_dir, columns: Columns::default() }
    }

    /// Notes a mistake.
    pub fn complain(&mut self, complaint: Complaint) {
        self.complaints.add(complaint);
    }

    /// Whether a value is known to be wrong, or one in it.
    pub fn complained_of(&self, node: &Node) -> bool {
        self.complaints.any_within(node.span)
    }

    /// How many mistakes there are so far.
    pub fn mistakes(&self) -> usize {
        self.complaints.len()
    }

    /// Notes that a value is not what was expected.
    pub fn expected(&mut self, trail: &Trail<'_>, node: &Node, expected: &str) {
        self.complain(Complaint::new(node.span, trail, describe(node), expected));
    }

    /// Notes that a value is none of some words.
    pub fn complain_word(&mut self, trail: &Trail<'_>, node: &Node, words: &[&str]) {
        let expected = any_quoted(words);
        let mut complaint = Complaint::new(node.span, trail, describe(node), expected);
        if let Some(near) = node.as_str().and_then(|t| nearest(t, words)) {
            complaint = complaint.hint(format!("did you mean \"{near}\"?"));
        }
        self.complain(complaint);
    }

    fn wrong<T>(&mut self, trail: &Trail<'_>, node: &Node, wrong: Wrong) -> Option<T> {
        let complaint = Complaint::new(node.span, trail, describe(node), wrong.expected);
        self.complain(complaint.hint_if(wrong.hint));
        None
    }

    /// A value with a unit; `bare` says what is wrong with a number without one.
    fn quantity<T>(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        parse: impl Fn(&str) -> Result<T, Wrong>,
        expected: &str,
        bare: impl Fn(f64) -> Wrong,
    ) -> Option<T> {
        let read = match &node.value {
            Value::String(text) => parse(text),
            Value::Integer(_) | Value::Float(_) => Err(bare(node.as_f64().unwrap_or(0.0))),
            _ => Err(Wrong::plain(expected)),
        };
        match read {
            Ok(value) => Some(value),
            Err(wrong) => self.wrong(trail, node, wrong),
        }
    }

    /// Seconds.
    pub fn duration(&mut self, trail: &Trail<'_>, node: &Node) -> Option<f64> {
        self.quantity(trail, node, units::duration, units::DURATION, |n| {
            units::bare_duration(&n.to_string())
        })
    }

    /// Events per second.
    pub fn rate(&mut self, trail: &Trail<'_>, node: &Node) -> Option<f64> {
        self.quantity(trail, node, units::rate, units::RATE, units::bare_rate)
    }

    /// 0 to 1.
    pub fn share(&mut self, trail: &Trail<'_>, node: &Node) -> Option<f64> {
        self.quantity(trail, node, units::share, units::SHARE, units::bare_share)
    }

    /// Bytes.
    pub fn size(&mut self, trail: &Trail<'_>, node: &Node) -> Option<u64> {
        self.quantity(trail, node, units::size, units::SIZE, units::bare_size)
    }

    /// Bytes per second, 0 included.
    pub fn speed(&mut self, trail: &Trail<'_>, node: &Node) -> Option<f64> {
        self.quantity(trail, node, units::speed, units::SPEED, units::bare_speed)
    }

    /// Bytes per second, more than 0.
    pub fn positive_speed(&mut self, trail: &Trail<'_>, node: &Node) -> Option<f64> {
        const EXPECTED: &str = "a speed of at least 1B/s, or \"unbounded\"";
        if node.as_f64().is_some_and(|n| n <= 0.0) {
            self.expected(trail, node, EXPECTED);
            return None;
        }
        let speed = self.speed(trail, node)?;
        if speed < 1.0 {
            self.expected(trail, node, EXPECTED);
            return None;
        }
        Some(speed)
    }

    /// A whole number in a range.
    pub fn integer(&mut self, trail: &Trail<'_>, node: &Node, low: i64, high: i64) -> Option<i64> {
        match node.value {
            Value::Integer(n) if (low..=high).contains(&n) => Some(n),
            _ => {
                let expected = format!("a whole number from {low} to {high}");
                let (whole, quotes) = match &node.value {
                    Value::String(text) => (text.trim().parse().ok(), ", without quotes"),
                    Value::Float(x) if x.fract() == 0.0 => (Some(*x as i64), ""),
                    _ => (None, ""),
                };
                let meant = whole.filter(|n| (low..=high).contains(n));
                let hint = meant.map(|n| format!("write {n}{quotes}"));
                self.wrong(trail, node, Wrong { expected, hint })
            }
        }
    }

    /// Yes or no.
    pub fn flag(&mut self, trail: &Trail<'_>, node: &Node) -> Option<bool> {
        if let Value::Bool(b) = node.value {
            return Some(b);
        }
        let meant = node.as_str().and_then(|text| match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        });
        let hint = meant.map(|yes| format!("write {yes}, without quotes"));
        self.wrong(trail, node, Wrong { expected: "true or false".to_string(), hint })
    }

    /// Text.
    pub fn text<'n>(&mut self, trail: &Trail<'_>, node: &'n Node) -> Option<&'n str> {
        if node.as_str().is_none() {
            self.expected(trail, node, "text in quotes");
        }
        node.as_str()
    }

    /// A list of texts.
    pub fn strings(&mut self, trail: &Trail<'_>, node: &Node) -> Option<Vec<String>> {
        let items = self.array(trail, node, "a list of names")?;
        let mut texts = Vec::new();
        for (i, item) in items.iter().enumerate() {
            texts.extend(self.text(&trail.to(&(i + 1).to_string()), item).map(String::from));
        }
        Some(texts)
    }

    /// Unix microseconds.
    pub fn instant(&mut self, trail: &Trail<'_>, node: &Node) -> Option<i64> {
        self.of_calendar(trail, node, calendar::instant, calendar::INSTANT)
    }

    /// Unix microseconds of the midnight of a date, local time.
    pub fn date(&mut self, trail: &Trail<'_>, node: &Node) -> Option<i64> {
        self.of_calendar(trail, node, calendar::date, calendar::DATE)
    }

    /// Minutes from midnight.
    pub fn clock(&mut self, trail: &Trail<'_>, node: &Node) -> Option<u32> {
        self.of_calendar(trail, node, calendar::clock, calendar::CLOCK)
    }

    /// A date or a time, quoted or as TOML has it.
    fn of_calendar<T>(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        read: impl Fn(&str) -> Result<T, Wrong>,
        expected: &'static str,
    ) -> Option<T> {
        let read = match &node.value {
            Value::String(text) | Value::Date(text) => read(text),
            _ => Err(Wrong::plain(expected)),
        };
        match read {
            Ok(value) => Some(value),
            Err(wrong) => self.wrong(trail, node, wrong),
        }
    }

    /// Minutes east of UTC.
    pub fn offset(&mut self, trail: &Trail<'_>, node: &Node) -> Option<i32> {
        self.quantity(trail, node, calendar::offset, calendar::OFFSET, |n| {
            let (why, cure) = ("a unit is missing: ", format!("{n}h"));
            Wrong::write(calendar::OFFSET, why, &[cure], "", calendar::offset)
        })
    }

    /// A table.
    pub fn table<'n>(&mut self, trail: &Trail<'_>, node: &'n Node) -> Option<&'n Table> {
        if node.as_table().is_none() {
            let expected = format!("a table: `{} = {{ ... }}`", trail.last());
            self.expected(trail, node, &expected);
        }
        node.as_table()
    }

    /// A list.
    pub fn array<'n>(
        &mut self,
        trail: &Trail<'_>,
        node: &'n Node,
        expected: &str,
    ) -> Option<&'n [Node]> {
        if node.as_array().is_none() {
            self.expected(trail, node, expected);
        }
        node.as_array()
    }

    /// A key that must be there.
    pub fn required<'n>(
        &mut self,
        trail: &Trail<'_>,
        at: &Node,
        table: &'n Table,
        key: &str,
        expected: &str,
    ) -> Option<&'n Node> {
        let found = table.get(key);
        if found.is_none() {
            self.missing(trail, at, key, expected);
        }
        found
    }

    /// Notes that a key is missing.
    pub fn missing(&mut self, trail: &Trail<'_>, at: &Node, key: &str, expected: &str) {
        self.complain(Complaint::new(at.span, trail.key(key), "nothing", expected));
    }
}

/// What stands there, as a person would quote it.
pub fn describe(node: &Node) -> String {
    match &node.value {
        Value::String(text) => format!("\"{}\"", shortened(text)),
        Value::Integer(n) => n.to_string(),
        Value::Float(x) => x.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Date(text) | Value::Bare(text) => shortened(text),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Table(table) => {
            let keys: Vec<&str> = table.entries.iter().take(4).map(|e| e.key.as_str()).collect();
            match keys.len() {
                0 => "an empty table".to_string(),
                _ => shortened(&format!("a table with {}", list(&keys))),
            }
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_string();
    }
    text.chars().take(57).chain("...".chars()).collect()
}

/// `a`, `b` and `c`.
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, '`', " and ")
}

/// `a`, `b` or `c`.
pub fn any<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, '`', " or ")
}

/// "a", "b" or "c".
pub fn any_quoted<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, '"', " or ")
}

/// Most names that are told.
const MOST_NAMES: usize = 60;
/// Most characters of one of them.
const LONGEST_NAME: usize = 120;

/// Each name once; of very many the first ones.
fn joined<S: AsRef<str>>(names: &[S], quote: char, last: &str) -> String {
    let mut known = BTreeSet::new();
    let names = names.iter().map(AsRef::as_ref);
    let once: Vec<&str> = names.filter(|name| known.insert(*name)).collect();
    let told = if once.len() > MOST_NAMES + 1 { MOST_NAMES } else { once.len() };
    let mut text = String::new();
    for (i, name) in once[..told].iter().enumerate() {
        if i > 0 {
            text.push_str(if i + 1 == once.len() { last } else { ", " });
        }
        text.push(quote);
        text.extend(name.chars().take(LONGEST_NAME));
        text.push_str(if name.chars().nth(LONGEST_NAME).is_some() { "..." } else { "" });
        text.push(quote);
    }
    if told < once.len() {
        text.push_str(&format!("{last}{} more", once.len() - told));
    }
    text
}

/// The name that somebody who wrote `text` probably meant.
pub fn nearest<'n, S: AsRef<str>>(text: &str, names: &'n [S]) -> Option<&'n str> {
    if text.chars().count() > 100 {
        return None;
    }
    let plain = |s: &str| s.to_ascii_lowercase().replace('-', "_");
    let text = plain(text);
    names
        .iter()
        .map(|n| (strsim::damerau_levenshtein(&text, &plain(n.as_ref())), n.as_ref()))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| {
            let length = name.chars().count();
            *distance <= (length / 3).max(1) && *distance < length
        })
        .map(|(_, name)| name)
}
