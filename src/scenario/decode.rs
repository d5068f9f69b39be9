//! Tree to typed parameters: one visitor fills any section, key by key, and complains about every
//! key that it does not know and every value that does not fit.

use super::calendar;
use super::error::Complaint;
use super::fields::{Kind, TOP};
use super::reader::{Reader, Trail, any_quoted, describe, list, nearest};
use super::syntax::{Entry, Node, Table, Value};
use crate::kernel::param::{
    Choice, CountLaw, Credit, DateRange, DayWindow, Key, Parameters, Policy, Slot, Visitor,
};
use crate::kernel::quantity::{Bytes, Rate, Share, Speed};
use crate::kernel::time::Span;

/// Pairs of keys of which a section has at most one; setting one takes the other away.
pub const EXCLUSIVE: [(&str, &str); 2] = [("rate", "every"), ("rebuild", "rebuild_bandwidth")];

/// Fills a section from a table; what the table does not name keeps its value.
pub fn fill(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    table: &Table,
    section: &mut dyn Parameters,
) {
    fill_with(reader, trail, table, section, &mut |_, _, _, _| false);
}

/// Takes a value before it is decoded by kind; true if it took it.
pub type Special<'f> = dyn FnMut(&mut Reader<'_>, &Trail<'_>, &str, &Node) -> bool + 'f;

/// The same, with a say for keys that are written differently from their kind.
pub fn fill_with(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    table: &Table,
    section: &mut dyn Parameters,
    special: &mut Special<'_>,
) {
    let mut fill = Fill { reader, trail, table, known: Vec::new(), nested: None, special };
    section.visit(&mut fill);
    let known = std::mem::take(&mut fill.known);
    unknown_keys(reader, trail, table, &known);
    for (a, b) in EXCLUSIVE {
        match (find(table, a, trail), find(table, b, trail)) {
            (Some(_), Some(entry)) if known.contains(&a) && known.contains(&b) => {
                reader.complain(
                    Complaint::new(
                        entry.key_span,
                        trail.key(b),
                        format!("both `{a}` and `{b}`"),
                        format!("either `{a}` or `{b}`"),
                    )
                    .hint("remove one of them"),
                );
            }
            (Some(_), None) => section.visit(&mut Clear(b)),
            (None, Some(_)) => section.visit(&mut Clear(a)),
            _ => {}
        }
    }
}

/// Complains about keys that a table of a scenario may not have.
pub fn unknown_keys(reader: &mut Reader<'_>, trail: &Trail<'_>, table: &Table, known: &[&str]) {
    // What has a name of its own elsewhere, and what is a section, may be meant otherwise.
    let one_value =
        |kind| matches!(kind, Kind::Words(_) | Kind::Duration | Kind::Instant | Kind::Integer(..));
    let at_top = |key: &str| TOP.iter().any(|field| field.name == key && one_value(field.kind));
    unknown_keys_but(reader, trail, table, known, &|key, _| {
        (at_top(key) && !trail.last().is_empty()).then(|| {
            format!("`{key}` is a key of the whole file: it stands above the first [section] of it")
        })
    });
}

/// The same; where a key belongs that is none here but elsewhere, is told.
pub fn unknown_keys_but(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    table: &Table,
    known: &[&str],
    belongs: &dyn Fn(&str, Option<&Node>) -> Option<String>,
) {
    let unknown = |key: &str, span| {
        let complaint = Complaint::new(span, trail.key(key), "unknown key", String::new());
        let keys = format!("keys here: {}", list(known));
        complaint.hint(match (belongs(key, table.get(key)), nearest(key, known)) {
            (Some(cure), _) => cure,
            (None, near) => match near.or_else(|| meant(key, known)) {
                Some(near) => format!("did you mean `{near}`? {keys}"),
                None => keys,
            },
        })
    };
    for (key, span) in
        table.nulls.iter().filter(|(key, _)| !known.iter().any(|k| spelled(key, k, trail)))
    {
        reader.complain(unknown(key, *span));
    }
    for entry in &table.entries {
        let Some(key) = known.iter().find(|k| spelled(&entry.key, k, trail)) else {
            reader.complain(unknown(&entry.key, entry.key_span));
            continue;
        };
        let first = table.entries.iter().find(|e| spelled(&e.key, key, trail));
        if first.is_some_and(|first| first.key != entry.key) {
            reader.complain(Complaint::new(
                entry.key_span,
                trail.key(&entry.key),
                format!("`{key}` for the second time, in another spelling"),
                "each key once",
            ));
        }
    }
}

/// What others call a key that is called otherwise here.
const MEANT: [(&str, &str); 9] = [
    ("name", "group"),
    ("ha", "high_availability"),
    ("replicas", "high_availability"),
    ("standby_mode", "high_availability"),
    ("tier", "sku"),
    ("size", "sku"),
    ("backups", "backup"),
    ("retention", "backup"),
    ("location", "region"),
];

/// The key that is meant by a word for it.
fn meant<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let (_, meant) = MEANT.iter().find(|(word, meant)| *word == key && known.contains(meant))?;
    known.iter().copied().find(|known| known == meant)
}

/// Standby modes are words with a hyphen; as keys both spellings are read.
fn spelled(written: &str, key: &str, trail: &Trail<'_>) -> bool {
    written == key || (trail.last() == "targets" && written.replace('-', "_") == key)
}

fn find<'t>(table: &'t Table, key: &str, trail: &Trail<'_>) -> Option<&'t Entry> {
    table.entries.iter().find(|e| spelled(&e.key, key, trail))
}

/// Takes an optional value away.
struct Clear(&'static str);

impl Visitor for Clear {
    fn slot(&mut self, key: Key, slot: Slot<'_>) {
        if key.name == self.0 {
            match slot {
                Slot::MaybeRate(rate) => *rate = None,
                Slot::MaybeLaw(law) => *law = None,
                Slot::MaybeSpan(span) => *span = None,
                _ => {}
            }
        }
    }
}

struct Fill<'v, 'r, 't, 's> {
    reader: &'v mut Reader<'r>,
    trail: &'v Trail<'v>,
    table: &'t Table,
    known: Vec<&'static str>,
    /// `effect = { crash_rate }`: a table in the place of a word gives keys of the section.
    nested: Option<&'t Table>,
    special: &'v mut Special<'s>,
}

impl Visitor for Fill<'_, '_, '_, '_> {
    fn slot(&mut self, key: Key, slot: Slot<'_>) {
        self.known.push(key.name);
        let nested = self.nested.and_then(|t| t.entry(key.name));
        let Some(entry) = find(self.table, key.name, self.trail).or(nested) else { return };
        let trail = self.trail.to(&entry.key);
        if (self.special)(self.reader, &trail, key.name, &entry.node) {
            return;
        }
        match slot {
            Slot::Choice(choice) => {
                if let Value::Table(table) = &entry.node.value {
                    self.nested = by_table(self.reader, &trail, &entry.node, table, choice);
                } else {
                    word(self.reader, &trail, &entry.node, choice);
                }
            }
            Slot::Section(section) => {
                if let Some(table) = self.reader.table(&trail, &entry.node) {
                    fill(self.reader, &trail, table, section);
                }
            }
            Slot::MaybeSection(section) => match &entry.node.value {
                Value::String(text) if off(text) => section.remove(),
                _ => {
                    if let Some(table) = self.reader.table(&trail, &entry.node) {
                        fill(self.reader, &trail, table, section.insert());
                    }
                }
            },
            slot => leaf(self.reader, &trail, &entry.node, slot),
        }
    }
}

/// Keys of counts that have an end, with their range; all others go on to no bound.
const BOUNDED: [(&str, i64, i64); 1] = [("min_copies", 1, 3)];

/// From where to where a count goes that has an end.
pub fn bounds(key: &str) -> Option<(i64, i64)> {
    BOUNDED.iter().find(|(name, ..)| *name == key).map(|(_, low, high)| (*low, *high))
}

/// Words that take something away: each wherever one of them is read.
pub const OFF: [&str; 3] = ["off", "none", "never"];

/// Whether a word takes something away.
pub fn off(text: &str) -> bool {
    OFF.contains(&text)
}

/// A choice given by what it needs: `effect = { crash_rate = "2/d" }`.
fn by_table<'t>(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    node: &Node,
    table: &'t Table,
    choice: &mut dyn Choice,
) -> Option<&'t Table> {
    if trail.last() == "effect" && table.get("crash_rate").is_some() && choice.choose("crashes") {
        unknown_keys(reader, trail, table, &["crash_rate"]);
        return Some(table);
    }
    let expected = if choice.words().contains(&"crashes") {
        "\"down\" or { crash_rate = \"2/d\" }".to_string()
    } else {
        any_quoted(choice.words())
    };
    reader.complain(Complaint::new(node.span, trail, describe(node), expected));
    None
}

/// One of a few words.
pub fn word(reader: &mut Reader<'_>, trail: &Trail<'_>, node: &Node, choice: &mut dyn Choice) {
    let words = choice.words();
    let fits = node.as_str().is_some_and(|text| {
        choice.choose(text) || choice.choose(&text.to_ascii_lowercase().replace('_', "-"))
    });
    if !fits {
        reader.complain_word(trail, node, words);
    }
}

/// Fills a slot that is neither a section nor a choice.
fn leaf(reader: &mut Reader<'_>, trail: &Trail<'_>, node: &Node, slot: Slot<'_>) {
    fn put<T>(place: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *place = value;
        }
    }
    let never = node.as_str().is_some_and(off);
    let unbounded = node.as_str() == Some("unbounded");
    let span = |seconds: f64| Span::from_secs_f64(seconds);
    match slot {
        Slot::Law(law) => put(law, reader.duration_law(trail, node)),
        Slot::MaybeLaw(law) if never => *law = None,
        Slot::MaybeLaw(law) => put(law, reader.duration_law(trail, node).map(Some)),
        Slot::Counts(law) => put(law, reader.count_law(trail, node).map(CountLaw)),
        Slot::Span(place) => put(place, reader.duration(trail, node).map(span)),
        Slot::MaybeSpan(place) if never || unbounded => *place = None,
        Slot::MaybeSpan(place) => {
            put(place, reader.duration(trail, node).map(|s| Some(span(s))));
        }
        Slot::Policy(policy) => put(policy, policy_of(reader, trail, node)),
        Slot::MaybeRate(place) if never => *place = None,
        Slot::MaybeRate(place) => put(place, reader.rate(trail, node).map(|r| Some(Rate(r)))),
        Slot::Share(place) => put(place, reader.share(trail, node).map(Share)),
        Slot::Speed(place) if unbounded => *place = Speed::UNBOUNDED,
        Slot::Speed(place) => put(place, reader.positive_speed(trail, node).map(Speed)),
        Slot::Bytes(place) => put(place, reader.size(trail, node).map(Bytes)),
        Slot::Count(place) if let Some((low, high)) = bounds(trail.last()) => {
            put(place, reader.integer(trail, node, low, high).map(|n| n as u32));
        }
        Slot::Count(place) if unbounded => *place = u32::MAX,
        Slot::Count(place) => {
            put(place, reader.integer(trail, node, 1, i64::from(u32::MAX) - 1).map(|n| n as u32));
        }
        Slot::Flag(flag) => put(flag, reader.flag(trail, node)),
        Slot::DayWindow(window) => put(window, day_window(reader, trail, node)),
        Slot::Dates(dates) => put(dates, date_ranges(reader, trail, node)),
        Slot::Names(names) => put(names, reader.strings(trail, node)),
        Slot::Credits(place) => put(place, credits(reader, trail, node)),
        Slot::Choice(_) | Slot::Section(_) | Slot::MaybeSection(_) => {}
    }
}

fn policy_of(reader: &mut Reader<'_>, trail: &Trail<'_>, node: &Node) -> Option<Policy> {
    const EXPECTED: &str = "\"wait\" or { after = \"4h\" }";
    match &node.value {
        Value::String(text) if text == "wait" || off(text) => Some(Policy { after: None }),
        Value::Table(table) => {
            unknown_keys(reader, trail, table, &["after"]);
            let Some(after) = table.get("after") else {
                reader.complain(Complaint::new(node.span, trail, describe(node), EXPECTED));
                return None;
            };
            let seconds = reader.duration(&trail.to("after"), after)?;
            Some(Policy { after: Some(Span::from_secs_f64(seconds)) })
        }
        _ => {
            reader.complain(Complaint::new(node.span, trail, describe(node), EXPECTED));
            None
        }
    }
}

fn day_window(reader: &mut Reader<'_>, trail: &Trail<'_>, node: &Node) -> Option<DayWindow> {
    let table = reader.table(trail, node)?;
    unknown_keys(reader, trail, table, &["from", "to"]);
    let mut clock = |key: &str| {
        let node = reader.required(trail, node, table, key, calendar::CLOCK)?;
        reader.clock(&trail.to(key), node).map(|minutes| minutes % 1440)
    };
    let (from, to) = (clock("from"), clock("to"));
    Some(DayWindow { from: from?, to: to? })
}

fn date_ranges(reader: &mut Reader<'_>, trail: &Trail<'_>, node: &Node) -> Option<Vec<DateRange>> {
    const EXPECTED: &str = "a list of { from, to }";
    let items = reader.array(trail, node, EXPECTED)?;
    let mut ranges = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let number = (i + 1).to_string();
        let trail = trail.to(&number);
        let Some(table) = reader.table(&trail, item) else { continue };
        unknown_keys(reader, &trail, table, &["from", "to"]);
        let mut date = |key: &str| {
            let node = reader.required(&trail, item, table, key, calendar::DATE)?;
            reader.date(&trail.to(key), node)
        };
        let (from, to) = (date("from"), date("to"));
        if let (Some(from), Some(to)) = (from, to) {
            if from < to {
                ranges.push(DateRange { from, to });
            } else {
                reader.complain(Complaint::new(
                    item.span,
                    trail,
                    "an end that is not after its beginning",
                    "`to` after `from` (`to` is the first date without freeze)",
                ));
            }
        }
    }
    ranges.sort_by_key(|r| (r.from, r.to));
    Some(ranges)
}

fn credits(reader: &mut Reader<'_>, trail: &Trail<'_>, node: &Node) -> Option<Vec<Credit>> {
    let items = reader.array(trail, node, "a list of { below, credit }")?;
    let mut credits = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let number = (i + 1).to_string();
        let trail = trail.to(&number);
        let Some(table) = reader.table(&trail, item) else { continue };
        unknown_keys(reader, &trail, table, &["below", "credit"]);
        let below = match reader.required(&trail, item, table, "below", "a share or \"target\"") {
            Some(node) if node.as_str() == Some("target") => Some(0.0),
            Some(node) => reader.share(&trail.to("below"), node),
            None => None,
        };
        let credit = reader.required(&trail, item, table, "credit", "a share of the bill");
        let credit = credit.and_then(|node| reader.share(&trail.to("credit"), node));
        if let (Some(below), Some(credit)) = (below, credit) {
            credits.push(Credit { below: Share(below), credit: Share(credit) });
        }
    }
    Some(credits)
}
