//! The reference of scenario files: every section and key with its meaning, as Markdown.
//!
//! Made by walking the declarations, so that it cannot drift from what is read.

use super::decode::{OFF, bounds};
use super::fields::{self, Field, Kind};
use super::laws::LAWS;
use super::print;
use super::reader::any_quoted;
use crate::kernel::param::{Key, Parameters, Slot, Visitor};
use crate::model::fault::{Faults, MODES};

/// The whole reference.
pub fn reference() -> String {
    let mut out = String::new();
    let [one, two, three] = OFF;
    out.push_str(&format!(
        "\"{one}\", \"{two}\" and \"{three}\" mean the same: each stands wherever one of them is listed as \
         what takes something away.\n"
    ));
    table(&mut out, "Top of the file", fields::TOP);
    for field in fields::TOP {
        nested(&mut out, field.name, &field.kind);
    }
    for name in fields::SECTIONS {
        if let Some(mut section) = fields::section(name) {
            heading(&mut out, &format!("`[{name}]`"));
            rows(&mut out, section.as_mut());
        }
    }
    let mut faults = Faults::default();
    for (i, mode) in MODES.iter().enumerate() {
        heading(&mut out, &format!("`[fault.{}]`, per {}", mode.name, mode.addressed.word()));
        rows(&mut out, faults.params_mut(i));
    }
    heading(&mut out, "Laws");
    out.push_str(
        "A bare value is fixed; every other law is a table with one key. A bare number in the file of \
         `empirical` has the unit that its `unit` says, else the one that the column's name ends in \
         (`duration_s`, `repair_h`), else seconds (bytes per second for a speed).\n\n",
    );
    out.push_str("| law | as in |\n|---|---|\n");
    for (name, form) in LAWS {
        out.push_str(&format!("| `{name}` | `{name} = {form}` |\n"));
    }
    out
}

fn heading(out: &mut String, text: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&format!("### {text}\n\n"));
}

fn row(out: &mut String, key: &str, takes: &str, doc: &str) {
    let cell = |text: &str| text.trim().replace('\n', " ").replace('|', "\\|");
    out.push_str(&format!("| `{key}` | {} | {} |\n", cell(takes), cell(doc)));
}

fn table(out: &mut String, title: &str, fields: &'static [Field]) {
    heading(out, title);
    out.push_str("| key | takes | meaning |\n|---|---|---|\n");
    for field in fields {
        let doc =
            if field.required { format!("{} Required.", field.doc) } else { field.doc.into() };
        row(out, field.name, &takes(&field.kind), &doc);
    }
}

/// The tables inside a key, each with a table of its own.
fn nested(out: &mut String, path: &str, kind: &Kind) {
    let (title, inner) = match kind {
        Kind::Table(inner) => (format!("`{path}`"), inner),
        Kind::Tables(inner) => (format!("`[[{path}]]`"), inner),
        Kind::Either(kinds) => return kinds.iter().for_each(|k| nested(out, path, k)),
        _ => return,
    };
    table(out, &title, inner);
    for field in *inner {
        nested(out, &format!("{path}.{}", field.name), &field.kind);
    }
}

fn takes(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Integer(low, high) if *high >= i64::from(u32::MAX) - 1 => {
            format!("whole number from {low}")
        }
        Kind::Integer(low, high) => format!("whole number {low} to {high}"),
        Kind::Duration => "duration".into(),
        Kind::Law => "law of durations".into(),
        Kind::Instant => "date and time, or date".into(),
        Kind::Share => "share".into(),
        Kind::Size => "size".into(),
        Kind::WalRate => "speed, law of speeds, or 24 speeds".into(),
        Kind::Offset => "offset".into(),
        Kind::Clock => "time of day".into(),
        Kind::Words(words) => any_quoted(words),
        Kind::Quantity => "quantity".into(),
        Kind::Table(_) => "table".into(),
        Kind::Tables(_) => "list of tables".into(),
        Kind::Section(name) => format!("table as `[{name}]`"),
        Kind::Faults(_) => "tables, one a mode".into(),
        Kind::Either(kinds) => kinds.iter().map(takes).collect::<Vec<_>>().join(", or "),
    }
}

fn rows(out: &mut String, section: &mut dyn Parameters) {
    out.push_str("| key | takes | meaning |\n|---|---|---|\n");
    section.visit(&mut Rows { out, path: "" });
}

struct Rows<'o> {
    out: &'o mut String,
    path: &'o str,
}

impl Visitor for Rows<'_> {
    fn slot(&mut self, key: Key, mut slot: Slot<'_>) {
        let path = if self.path.is_empty() {
            key.name.to_string()
        } else {
            format!("{}.{}", self.path, key.name)
        };
        let neutral = print::slot(&slot).map(|n| print::plain(&n));
        let takes = match &slot {
            Slot::Law(_) => "law of durations".to_string(),
            Slot::MaybeLaw(_) => "law of durations, or \"never\"".to_string(),
            Slot::Counts(_) => "whole number, or law of counts".to_string(),
            Slot::Span(_) => "duration".to_string(),
            Slot::MaybeSpan(_) => "duration, \"never\" or \"unbounded\"".to_string(),
            Slot::Policy(_) => "\"wait\", \"never\" or `{ after = \"4h\" }`".to_string(),
            Slot::MaybeRate(_) => "rate, or \"never\"".to_string(),
            Slot::Share(_) => "share".to_string(),
            Slot::Speed(_) => "speed, or \"unbounded\"".to_string(),
            Slot::Bytes(_) => "size".to_string(),
            Slot::Count(_) if key.name == "concurrency" => {
                "whole number from 1, a share of the region's servers, or \"unbounded\"".to_string()
            }
            Slot::Count(_) if let Some((low, high)) = bounds(key.name) => {
                self::takes(&Kind::Integer(low, high))
            }
            Slot::Count(_) => "whole number from 1, or \"unbounded\"".to_string(),
            Slot::Flag(_) => "true or false".to_string(),
            Slot::Choice(choice) => any_quoted(choice.words()),
            Slot::Section(_) => "table".to_string(),
            Slot::MaybeSection(_) => "table, or \"none\"".to_string(),
            Slot::DayWindow(_) => "`{ from = \"23:00\", to = \"07:00\" }`".to_string(),
            Slot::Dates(_) => "list of `{ from, to }`, both dates".to_string(),
            Slot::Names(_) => "list of names".to_string(),
            Slot::Credits(_) => "list of `{ below, credit }`".to_string(),
        };
        // The declarations say what is neutral in words; only one that does not is completed.
        let doc = match neutral {
            Some(neutral) if !key.doc.contains("Neutral") => {
                format!("{} Neutral: {neutral}.", key.doc)
            }
            _ => key.doc.to_string(),
        };
        row(self.out, &path, &takes, &doc);
        match &mut slot {
            Slot::Section(section) => section.visit(&mut Rows { out: self.out, path: &path }),
            Slot::MaybeSection(section) => {
                section.insert().visit(&mut Rows { out: self.out, path: &path });
                section.remove();
            }
            _ => {}
        }
    }
}
