//! Turns the JSON in which Azure lists PostgreSQL servers into a scenario.
//!
//! The way of a server: `text` decodes a file and splits it into JSON documents, `shape` finds the
//! servers in each document whatever it is wrapped in, `record` reads one server's properties
//! whatever they are called, `settle` decides what they mean by what the service `offers`, `group` puts
//! equal servers together and `write` prints the TOML. Nothing here prints or touches a file.

mod diagnose;
mod group;
mod json;
mod offers;
mod record;
mod regions;
mod settle;
mod shape;
mod sku;
mod standby;
mod text;
mod window;
mod write;

pub(super) use text::utf16_with_mark;

use std::collections::BTreeMap;
use std::fmt;

/// One file as it was read.
pub struct Input {
    /// The file's name, for messages and for the scenario's header (without its folders).
    pub name: String,
    /// Its content: UTF-8, or UTF-16 as PowerShell's redirection writes it.
    pub bytes: Vec<u8>,
}

/// A scenario made from the servers of the inputs.
pub struct Imported {
    /// The scenario, as TOML.
    pub scenario: String,
    /// What was assumed, corrected or left out: general remarks first, then by server.
    pub notes: Vec<Note>,
    /// Servers in the scenario: the sum of the counts of its groups, each node of a cluster one.
    pub servers: usize,
}

/// One remark on what the import assumed, corrected or left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The server it is about, made safe to print; none if it is about a file or a region.
    pub server: Option<String>,
    /// The remark, made safe to print.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            Some(server) => write!(f, "{server}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Why an input cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// The file's name as it was given, made safe to print.
    pub file: String,
    /// Line of the mistake, from 1.
    pub line: Option<usize>,
    /// Column of the mistake in characters, from 1.
    pub column: Option<usize>,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for position in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{position}")?;
        }
        writeln!(f, ": cannot import this")?;
        writeln!(f, "  found:    {}", self.found)?;
        writeln!(f, "  expected: {}", self.expected)?;
        write!(f, "  hint:     {}", self.hint)
    }
}

impl std::error::Error for ImportError {}

/// What every input should hold, for messages.
const EXPECTED: &str = "JSON that lists Azure Database for PostgreSQL servers";
/// How to get it, for messages.
const HOW_TO_LIST: &str = "`az postgres flexible-server list -o json > servers.json` writes such \
     a file; the REST list call and Resource Graph do as well";

/// Makes one scenario of all servers in `inputs`, or says for each unreadable input what is wrong.
///
/// The order of inputs, pages and servers does not change the scenario.
pub fn import(inputs: &[Input]) -> Result<Imported, Vec<ImportError>> {
    let mut found = shape::Found::default();
    let mut errors = Vec::new();
    for input in inputs {
        if let Err(error) = shape::read(input, &mut found) {
            errors.push(*error);
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut notes = found.page_notes();
    let (records, seen_twice) = record::unique(found.records);
    notes.extend(seen_twice);
    let read = records.len();
    let places = regions::Places::of(&records);
    let labels = labels(&records);
    let mut groups = group::Groups::default();
    for (record, label) in records.into_iter().zip(labels) {
        let settled = settle::settle(record, &places);
        for text in settled.notes {
            notes.push(Note { server: Some(label.clone()), text });
        }
        match settled.outcome {
            settle::Outcome::Runs(member) => groups.add(*member),
            settle::Outcome::LeftOut(why) => groups.leave_out(label, why),
        }
    }
    if groups.is_empty() {
        return Err(vec![nothing_left(inputs, read, &found.others)]);
    }
    notes.extend(places.notes(&groups.regions()));
    notes.sort();
    notes.dedup();
    let servers = groups.servers();
    let files: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    Ok(Imported { scenario: write::scenario(&groups, &places, &files), notes, servers })
}

/// How each server is called in notes: by its name, with its resource group where two share one.
fn labels(records: &[record::Record]) -> Vec<String> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records {
        *uses.entry(&record.name).or_default() += 1;
    }
    let label = |record: &record::Record| match &record.resource_group {
        Some(group) if uses[record.name.as_str()] > 1 => {
            format!("{} (resource group {})", printable(&record.name), printable(group))
        }
        _ => printable(&record.name),
    };
    records.iter().map(label).collect()
}

/// The error of inputs that were read but hold no server that runs.
fn nothing_left(inputs: &[Input], read: usize, others: &BTreeMap<String, usize>) -> ImportError {
    let names: Vec<String> = inputs.iter().map(|input| printable(&input.name)).collect();
    let (found, hint) = if inputs.is_empty() {
        ("no file".to_owned(), HOW_TO_LIST.to_owned())
    } else if read > 0 {
        let servers = if read == 1 { "1 server, which is" } else { "servers, all of them" };
        let found = format!("{servers} stopped, disabled or being dropped: no server remains");
        (found, "start the servers and list them again, or list another subscription".to_owned())
    } else if others.is_empty() {
        let hint = "is this the right subscription (`az account show`) and resource group?";
        ("a list without any server".to_owned(), hint.to_owned())
    } else {
        let types: Vec<String> =
            others.iter().take(3).map(|(name, count)| format!("{count} of {name}")).collect();
        (
            format!("no PostgreSQL server, only other resources: {}", types.join(", ")),
            HOW_TO_LIST.to_owned(),
        )
    };
    let expected = "at least one server that runs".to_owned();
    let file = if names.is_empty() { "(no file)".to_owned() } else { names.join(", ") };
    ImportError { file, line: None, column: None, found, expected, hint }
}

/// The longest piece of somebody else's text that is repeated in a comment or message.
const LONGEST_TEXT: usize = 80;

/// Somebody else's text made safe for a comment, a message and a terminal: one line, nothing that
/// controls a terminal or turns the direction of writing, and at most 80 characters.
fn printable(text: &str) -> String {
    let mut safe = String::new();
    for (index, c) in text.trim().chars().enumerate() {
        if index == LONGEST_TEXT {
            safe.push('…');
            break;
        }
        let unsafe_to_print = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
        safe.push(if unsafe_to_print { '?' } else { c });
    }
    safe
}
