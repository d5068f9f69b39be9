//! Fault modes: the profile's values, the file's over them, and which of them are on.

use super::FaultStatus;
use super::decode::{fill, off};
use super::error::Complaint;
use super::lower::Lower;
use super::reader::{Reader, Trail, describe, list, nearest};
use super::syntax::{Node, Table, Value};
use crate::kernel::param::{Key, Slot, Visitor};
use crate::model::fault::bad_release::Effect;
use crate::model::fault::{Faults, MODES};
use crate::model::fleet::{Fleet, Group};
use std::sync::Arc;

/// What a file says of one mode.
enum Said<'t> {
    Nothing,
    Off,
    Values(&'t Table),
    Wrong,
}

/// The word under the top-level `faults`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    Listed,
    None,
}

/// A mode that only groups switch on is on: for them.
pub(super) fn note_groups(status: &mut [FaultStatus], fleet: &Fleet) {
    for s in status.iter_mut().filter(|s| !s.on) {
        let on = |g: &&Group| !g.other_tenant && g.faults.is_on(s.cause);
        let names: Vec<&str> = fleet.groups.iter().filter(on).map(|g| g.name.as_str()).collect();
        if let Some((first, more)) = names.split_first() {
            let others = match more.len() {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            (s.on, s.why) = (true, format!("in group {first}{others} only"));
        }
    }
}

impl Lower<'_> {
    /// The modes for everything that is not a group's own, and why each is on or off.
    pub fn faults(&mut self) -> (Faults, Vec<FaultStatus>) {
        let wanted = self.wanted();
        let mut faults = Faults::default();
        let own = self.table_of_modes(&Trail::TOP, self.root);
        let known = self.profile_table("fault");
        let profile = self.profile.map_or("", |p| p.name.as_str());
        let trail = Trail::TOP.to("fault");
        if let Some(table) = known {
            unknown_modes(&mut self.reader, &trail, table);
        }
        let mut status = Vec::new();
        for (i, mode) in MODES.iter().enumerate() {
            let trail = trail.to(mode.name);
            let (mut on, mut why) = match said(&mut self.reader, &trail, known, mode.name) {
                Said::Values(table) => {
                    fill(&mut self.reader, &trail, table, faults.params_mut(i));
                    (true, format!("in profile {profile}"))
                }
                _ if profile.is_empty() => {
                    (false, "not in the scenario, which has no profile".into())
                }
                _ => (false, format!("neither in the scenario nor in profile {profile}")),
            };
            let said = said(&mut self.reader, &trail, own, mode.name);
            let listed = !matches!(said, Said::Nothing);
            match said {
                Said::Off => (on, why) = (false, "switched off in the scenario".into()),
                Said::Values(table) => {
                    fill(&mut self.reader, &trail, table, faults.params_mut(i));
                    let more = if on { format!(" over profile {profile}") } else { String::new() };
                    (on, why) = (true, format!("in the scenario{more}"));
                }
                Said::Nothing | Said::Wrong => {}
            }
            match wanted {
                Wanted::None if on => {
                    (on, why) = (false, "the scenario says faults = \"none\"".into())
                }
                Wanted::Listed if on && !listed => {
                    (on, why) = (false, "not listed; the scenario says faults = \"listed\"".into());
                }
                _ => {}
            }
            if on && !can_strike(&mut faults, i) {
                (on, why) = (false, "without a rate it strikes only where injected".into());
            }
            faults.on[i] = on;
            status.push(FaultStatus { cause: mode.cause, name: mode.name, on, why });
        }
        self.check_faults(&Trail::TOP, self.root, &faults);
        (faults, status)
    }

    /// A group's own modes over the base; the base itself where it has none.
    pub fn group_faults(
        &mut self,
        trail: &Trail<'_>,
        table: &Table,
        base: &Arc<Faults>,
    ) -> Arc<Faults> {
        let Some(own) = self.table_of_modes(trail, table) else { return base.clone() };
        let none = self.wanted() == Wanted::None;
        let mut faults = Faults::clone(base);
        let trail_of_modes = trail.to("fault");
        for (i, mode) in MODES.iter().enumerate() {
            let trail = trail_of_modes.to(mode.name);
            let said = said(&mut self.reader, &trail, Some(own), mode.name);
            if !matches!(said, Said::Nothing) && !mode.addressed.by_group() {
                let span = own.entry(mode.name).map_or_else(Default::default, |e| e.key_span);
                let found = format!("a mode that strikes a {}", mode.addressed.word());
                let expected = "a mode that strikes a node, server, pair or copy";
                let hint = format!("write it as [fault.{}] for the whole fleet", mode.name);
                self.reader.complain(Complaint::new(span, trail, found, expected).hint(hint));
                continue;
            }
            match said {
                Said::Off => faults.on[i] = false,
                Said::Values(table) => {
                    fill(&mut self.reader, &trail, table, faults.params_mut(i));
                    faults.on[i] = !none && can_strike(&mut faults, i);
                }
                Said::Nothing | Said::Wrong => {}
            }
        }
        self.check_faults(trail, table, &faults);
        Arc::new(faults)
    }

    fn wanted(&mut self) -> Wanted {
        let Some(node) = self.get("faults") else { return Wanted::All };
        match node.as_str() {
            Some("all") => Wanted::All,
            Some("listed") => Wanted::Listed,
            Some("none") => Wanted::None,
            _ => {
                let trail = Trail::TOP.to("faults");
                self.reader.complain_word(&trail, node, &["all", "listed", "none"]);
                Wanted::All
            }
        }
    }

    fn table_of_modes<'t>(&mut self, trail: &Trail<'_>, table: &'t Table) -> Option<&'t Table> {
        let trail = trail.to("fault");
        let table = self.reader.table(&trail, table.get("fault")?)?;
        unknown_modes(&mut self.reader, &trail, table);
        Some(table)
    }

    fn check_faults(&mut self, trail: &Trail<'_>, table: &Table, faults: &Faults) {
        let release = &faults.bad_release;
        if release.effect == Effect::Crashes
            && release.crash_rate.is_none()
            && let Some(node) = table.table("fault").and_then(|t| t.get("bad_release"))
        {
            let trail = trail.to("fault");
            let trail = trail.to("bad_release");
            let node = node.as_table().and_then(|t| t.get("effect")).unwrap_or(node);
            let expected = "\"down\" or { crash_rate = \"2/d\" }";
            if !self.reader.complained_of(node) {
                self.reader.expected(&trail.to("effect"), node, expected);
            }
        }
    }
}

fn unknown_modes(reader: &mut Reader<'_>, trail: &Trail<'_>, table: &Table) {
    let known: Vec<&str> = MODES.iter().map(|m| m.name).collect();
    let written = table.entries.iter().map(|e| (&e.key, e.key_span));
    let written = written.chain(table.nulls.iter().map(|(key, span)| (key, *span)));
    for (key, span) in written.filter(|(key, _)| !known.contains(&key.as_str())) {
        let complaint = Complaint::new(span, trail.key(key), "an unknown fault mode", "");
        let all = format!("fault modes: {}", list(&known));
        reader.complain(complaint.hint(match nearest(key, &known) {
            Some(near) => format!("did you mean `{near}`? {all}"),
            None => all,
        }));
    }
}

fn said<'t>(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    table: Option<&'t Table>,
    mode: &str,
) -> Said<'t> {
    let node: &Node = match table.and_then(|t| t.get(mode)) {
        Some(node) => node,
        None => return Said::Nothing,
    };
    match &node.value {
        Value::String(text) if off(text) => Said::Off,
        Value::Table(table) => Said::Values(table),
        _ => {
            let expected = format!("\"off\" or a table: `[fault.{mode}]`");
            reader.complain(Complaint::new(node.span, trail, describe(node), expected));
            Said::Wrong
        }
    }
}

/// Whether a mode has anything that makes it strike: a rate, a law of gaps, a probability.
pub fn can_strike(faults: &mut Faults, position: usize) -> bool {
    struct Strikes(bool);
    impl Visitor for Strikes {
        fn slot(&mut self, key: Key, slot: Slot<'_>) {
            match (key.name, slot) {
                ("rate", Slot::MaybeRate(rate)) => self.0 |= rate.is_some_and(|r| r.0 > 0.0),
                ("every", Slot::MaybeLaw(law)) => self.0 |= law.is_some(),
                ("probability", Slot::Share(share)) => self.0 |= share.0 > 0.0,
                (_, Slot::Section(section)) => section.visit(self),
                (_, Slot::MaybeSection(section)) if section.is_present() => {
                    section.insert().visit(self);
                }
                _ => {}
            }
        }
    }
    let mut strikes = Strikes(false);
    faults.visit(position, &mut strikes);
    strikes.0
}
