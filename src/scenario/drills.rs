//! `[[inject]]`, `[[service]]` and `[[expect]]`: what happens for sure, what depends on what, and
//! what the result is held against.

use super::decode::unknown_keys;
use super::error::Complaint;
use super::expect::{self, Expectation, Names};
use super::fields;
use super::lower::{Lower, items};
use super::reader::{Trail, any, describe, nearest};
use super::syntax::{Node, Table, Value};
use crate::kernel::param::{Key, Slot, Visitor};
use crate::kernel::quantity::Share;
use crate::kernel::time::{SimTime, Span};
use crate::model::fault::{Addressed, Cause, Faults, MODES, Mode};
use crate::model::fleet::{Fleet, Group, Injection, Need, Place, Service};
use std::collections::BTreeSet;

impl Lower<'_> {
    /// All injections, in file order.
    pub fn injections(&mut self, fleet: &Fleet) -> Vec<Injection> {
        let trail = Trail::TOP.to("inject");
        let nodes = self.get("inject");
        let given = items(&mut self.reader, &trail, nodes);
        let mut injections = Vec::new();
        for (i, (node, table)) in given.into_iter().enumerate() {
            let number = (i + 1).to_string();
            let trail = trail.to(&number);
            unknown_keys(&mut self.reader, &trail, table, &fields::names(fields::INJECT));
            injections.extend(self.injection(&trail, node, table, fleet));
        }
        injections
    }

    fn injection(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        table: &Table,
        fleet: &Fleet,
    ) -> Option<Injection> {
        let at = self.reader.required(trail, node, table, "at", super::calendar::INSTANT);
        let at = at.and_then(|n| self.at(&trail.to("at"), n, fleet));
        let mode = self.reader.required(trail, node, table, "fault", "a fault mode");
        let mode = mode.and_then(|n| self.mode(&trail.to("fault"), n));
        let place = self.place(trail, node, table, fleet);
        let reader = &mut self.reader;
        let lasts = table.get("lasts").map(|n| reader.duration_law(&trail.to("lasts"), n));
        let share = table.get("share").map(|n| reader.share(&trail.to("share"), n));
        let lost = table.get("copies_lost").map(|n| reader.share(&trail.to("copies_lost"), n));
        let (position, mode) = mode?;
        let mut keys = keys_of(position);
        if mode.cause == Cause::storage_node {
            // As `transient.lasts`.
            keys.push("lasts");
        }
        for key in ["lasts", "share", "copies_lost"] {
            if let Some(entry) = table.entry(key)
                && !keys.contains(&key)
            {
                let found = format!("`{}` has no `{key}`", mode.name);
                let complaint = Complaint::new(entry.key_span, trail.key(key), found, "");
                self.reader.complain(complaint);
            }
        }
        let place = place?;
        self.fits(trail, table, node, mode, place);
        if let (Addressed::Release, Place::Region(region)) = (mode.addressed, place) {
            self.is_taken(trail, table.get("fault").unwrap_or(node), fleet, region);
        }
        Some(Injection {
            at: at?,
            cause: mode.cause,
            place,
            lasts: lasts.flatten(),
            share: share.flatten().map(Share),
            copies_lost: lost.flatten().map(Share),
        })
    }

    fn at(&mut self, trail: &Trail<'_>, node: &Node, fleet: &Fleet) -> Option<SimTime> {
        let offset = node.as_str().is_some_and(|t| super::units::duration(t).is_ok());
        let at = if offset {
            let seconds = self.reader.duration(trail, node)?;
            Some(SimTime::ZERO + Span::from_secs_f64(seconds))
        } else {
            fleet.calendar.instant(self.reader.instant(trail, node)?)
        };
        let inside = at.filter(|at| *at < fleet.horizon);
        if inside.is_none() {
            let start = super::calendar::print_instant(fleet.calendar.unix_micros(SimTime::ZERO));
            let end = super::calendar::print_instant(fleet.calendar.unix_micros(fleet.horizon));
            let expected = format!("an instant of the scenario, from {start} on and before {end}");
            self.reader.expected(trail, node, &expected);
        }
        inside
    }

    fn mode(&mut self, trail: &Trail<'_>, node: &Node) -> Option<(usize, &'static Mode)> {
        let text = self.reader.text(trail, node)?;
        let found = MODES.iter().position(|m| m.name == text);
        if found.is_none() {
            let names: Vec<&str> = MODES.iter().map(|m| m.name).collect();
            let expected = format!("a fault mode: {}", any(&names));
            let complaint = Complaint::new(node.span, trail, describe(node), expected);
            self.reader.complain(match nearest(text, &names) {
                Some(near) => complaint.hint(format!("did you mean \"{near}\"?")),
                None => complaint,
            });
        }
        found.map(|i| (i, &MODES[i]))
    }

    fn place(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        table: &Table,
        fleet: &Fleet,
    ) -> Option<Place> {
        let regions = self.region_names.clone();
        let groups = self.group_names.clone();
        if let Some(node) = table.get("group") {
            let group = self.reader.known(&trail.to("group"), node, &groups, "a group")?;
            for key in ["zone", "hall", "region"] {
                if let Some(entry) = table.entry(key) {
                    let found = format!("both `group` and `{key}`");
                    let expected = "either a group or a place";
                    let complaint = Complaint::new(entry.key_span, trail.key(key), found, expected);
                    self.reader.complain(complaint);
                }
            }
            let Some(node) = table.get("server") else { return Some(Place::Group(group)) };
            let count = i64::from(fleet.groups.get(group)?.count);
            let server = self.reader.integer(&trail.to("server"), node, 1, count)?;
            return Some(Place::Server(group, server as u32 - 1));
        }
        if let Some(entry) = table.entry("server") {
            let found = "`server` without `group`";
            let complaint =
                Complaint::new(entry.key_span, trail.key("server"), found, "`group` too");
            self.reader.complain(complaint);
            return None;
        }
        let region = match table.get("region") {
            Some(node) => self.reader.known(&trail.to("region"), node, &regions, "a region")?,
            None if fleet.regions.len() == 1 => 0,
            None => {
                self.reader.missing(trail, node, "region", "a region or a group");
                return None;
            }
        };
        let spec = fleet.regions.get(region)?;
        let Some(zone) = table.get("zone") else {
            if let Some(entry) = table.entry("hall") {
                let found = "`hall` without `zone`";
                let complaint =
                    Complaint::new(entry.key_span, trail.key("hall"), found, "`zone` too");
                self.reader.complain(complaint);
                return None;
            }
            return Some(Place::Region(region));
        };
        let zone = self.reader.integer(&trail.to("zone"), zone, 1, i64::from(spec.zones));
        let hall = table
            .get("hall")
            .map(|node| self.reader.integer(&trail.to("hall"), node, 1, i64::from(spec.halls)));
        Some(match hall {
            Some(hall) => Place::Hall(region, zone? as u32 - 1, hall? as u32 - 1),
            None => Place::Zone(region, zone? as u32 - 1),
        })
    }

    /// A place must hold components of the kind that the mode strikes.
    fn fits(&mut self, trail: &Trail<'_>, table: &Table, node: &Node, mode: &Mode, place: Place) {
        let (fits, places) = match mode.addressed {
            Addressed::Region | Addressed::Release => {
                (matches!(place, Place::Region(_)), "a region")
            }
            Addressed::ZonePair => {
                (matches!(place, Place::Region(_) | Place::Zone(..)), "a region or zone")
            }
            Addressed::Zone => (
                matches!(place, Place::Region(_) | Place::Zone(..) | Place::Hall(..)),
                "a region, zone or hall",
            ),
            // What a group or a server stands on is struck under it.
            Addressed::Rack
            | Addressed::Host
            | Addressed::Stamp
            | Addressed::StorageNode
            | Addressed::Node
            | Addressed::Server
            | Addressed::Pair
            | Addressed::Copy => (true, ""),
        };
        if fits {
            return;
        }
        let (key, found) = match place {
            Place::Region(_) => ("region", "a region"),
            Place::Zone(..) => ("zone", "a zone"),
            Place::Hall(..) => ("hall", "a hall"),
            Place::Group(_) => ("group", "a group"),
            Place::Server(..) => ("server", "a server"),
        };
        let node = table.get(key).unwrap_or(node);
        let word = mode.addressed.word();
        let expected = format!("{places}, since `{}` strikes a {word}", mode.name);
        self.reader.complain(Complaint::new(node.span, trail.key(key), found, expected));
    }

    /// A bad release must reach somebody, and break something before it is noticed.
    fn is_taken(&mut self, trail: &Trail<'_>, node: &Node, fleet: &Fleet, region: usize) {
        let mut missing = |found: &str, cure: &str| {
            let complaint = Complaint::new(node.span, trail.key("fault"), found, "");
            self.reader.complain(complaint.hint(cure));
        };
        if !fleet.groups.iter().any(|g| g.region == region && g.maintenance_on) {
            missing(
                "no group of this region takes releases, so a bad one breaks nothing",
                "give the file a [maintenance]",
            );
        }
        if fleet.faults.bad_release.noticed.fixed_value() == Some(0.0) {
            missing(
                "a bad release is noticed before anybody has taken it",
                "write [fault.bad_release] with `noticed = \"4h\"`",
            );
        }
    }

    /// All services, in file order.
    pub fn services(&mut self, groups: &[Group]) -> Vec<Service> {
        let trail = Trail::TOP.to("service");
        let nodes = self.get("service");
        let given = items(&mut self.reader, &trail, nodes);
        let (mut services, mut names) = (Vec::<Service>::new(), BTreeSet::new());
        for (i, (node, table)) in given.into_iter().enumerate() {
            let number = (i + 1).to_string();
            let part = table.text("name").filter(|t| !t.is_empty()).unwrap_or(&number);
            let trail = trail.to(part);
            unknown_keys(&mut self.reader, &trail, table, &fields::names(fields::SERVICE));
            let name = self.reader.required(&trail, node, table, "name", "a name for the service");
            let name = name.and_then(|n| self.reader.name(&trail.to("name"), n));
            let needs = self.reader.required(&trail, node, table, "needs", "what it needs");
            let trail_of_needs = trail.to("needs");
            let list = items(&mut self.reader, &trail_of_needs, needs);
            if let Some(needs) = needs
                && list.is_empty()
            {
                self.reader.expected(&trail_of_needs, needs, "at least one need");
            }
            let mut met = Vec::new();
            for (j, (node, table)) in list.into_iter().enumerate() {
                let number = (j + 1).to_string();
                met.extend(self.need(&trail_of_needs.to(&number), node, table, groups));
            }
            let Some(name) = name else { continue };
            if !names.insert(name.clone()) {
                let node = table.get("name").unwrap_or(node);
                let found = format!("\"{name}\" for the second time");
                let complaint = Complaint::new(node.span, trail.key("name"), found, "unique names");
                self.reader.complain(complaint);
            }
            services.push(Service { name, needs: met });
        }
        services
    }

    fn need(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        table: &Table,
        groups: &[Group],
    ) -> Option<Need> {
        unknown_keys(&mut self.reader, trail, table, &fields::names(fields::NEED));
        let names = self.group_names.clone();
        let keys = (table.get("all"), table.get("at_least"), table.get("of"));
        let ((Some(_), None, None) | (None, Some(_), Some(_))) = keys else {
            self.reader.expected(
                trail,
                node,
                "{ all = GROUP } or { at_least = NUMBER, of = GROUP }",
            );
            return None;
        };
        if let Some(node) = keys.0 {
            let group = self.reader.known(&trail.to("all"), node, &names, "a group")?;
            return Some(Need { group, at_least: groups.get(group)?.count });
        }
        let group = self.reader.known(&trail.to("of"), keys.2?, &names, "a group")?;
        let most = i64::from(groups.get(group)?.count);
        let at_least = self.reader.integer(&trail.to("at_least"), keys.1?, 1, most)? as u32;
        Some(Need { group, at_least })
    }

    /// All expectations, in file order.
    pub fn expectations(&mut self, names: &Names<'_>) -> Vec<Expectation> {
        let trail = Trail::TOP.to("expect");
        let nodes = self.get("expect");
        let given = items(&mut self.reader, &trail, nodes);
        let mut expectations = Vec::new();
        for (i, (node, table)) in given.into_iter().enumerate() {
            let number = (i + 1).to_string();
            let trail = trail.to(&number);
            unknown_keys(&mut self.reader, &trail, table, &fields::names(fields::EXPECT));
            let point = match table.get("judge") {
                None => false,
                Some(Node { value: Value::String(text), .. }) if text == "interval" => false,
                Some(Node { value: Value::String(text), .. }) if text == "point" => true,
                Some(node) => {
                    self.reader.complain_word(&trail.to("judge"), node, &["interval", "point"]);
                    false
                }
            };
            let that = self.reader.required(
                &trail,
                node,
                table,
                "that",
                "an expectation such as \"availability of fleet >= 99.9%\"",
            );
            if let Some(node) = that {
                let read = expect::read(&mut self.reader, &trail.to("that"), node, names);
                expectations.extend(read.map(|e| Expectation { judge_point: point, ..e }));
            }
        }
        expectations
    }
}

/// The names of a mode's own keys.
fn keys_of(position: usize) -> Vec<&'static str> {
    struct Names(Vec<&'static str>);
    impl Visitor for Names {
        fn slot(&mut self, key: Key, _: Slot<'_>) {
            self.0.push(key.name);
        }
    }
    let mut names = Names(Vec::new());
    Faults::default().visit(position, &mut names);
    names.0
}
