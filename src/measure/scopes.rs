//! From a fleet to classes, scopes and contracts.

use super::book::{Book, Class, Contract, Kind, Parts, Scope};
use crate::kernel::time::Span;
use crate::model::fault::{Addressed, Cause, MODES};
use crate::model::fleet::{Counts, Fleet, Group, StandbyMode};
use crate::model::layout::{Cell, cells};
use std::ops::Range;

pub(super) fn classes(fleet: &Fleet) -> Vec<Class> {
    let mut classes = Vec::new();
    for (group, g) in fleet.groups.iter().enumerate().filter(|(_, g)| !g.other_tenant) {
        let zones = fleet.regions[g.region].zones.max(1);
        let used = (0..zones).filter(|&z| g.starts_in(z));
        classes.extend(used.map(|zone| Class { group, zone }));
    }
    classes
}

pub(super) fn contract(group: &Group) -> Contract {
    let excluded = group.sla.excluded_causes.iter().filter_map(|name| Cause::named(name));
    let micros = |span: Option<Span>| span.map_or(u64::MAX, |s| s.0);
    Contract {
        writes: group.sla.counts == Counts::Write,
        planned: group.sla.planned,
        excluded: excluded.fold(0, |bits, cause| bits | 1 << cause.0),
        target: group.sla.targets.of(group.standby_mode).0,
        rto: micros(group.objectives.rto),
        rpo: micros(group.objectives.rpo),
        standby: group.standby_mode != StandbyMode::None,
    }
}

/// Whether a mode that strikes several cells at once is on or injected.
pub(super) fn shared_causes(fleet: &Fleet) -> bool {
    MODES.iter().any(|m| shared(m.cause) && fleet.faults.is_on(m.cause))
        || fleet.injections.iter().any(|i| shared(i.cause))
}

/// Whether a cause strikes all cells of a place at once.
pub fn shared(cause: Cause) -> bool {
    MODES
        .iter()
        .find(|m| m.cause == cause)
        .is_some_and(|m| m.addressed.environmental() || m.addressed == Addressed::Region)
}

pub(super) fn scopes(book: &Book, fleet: &Fleet) -> Vec<Scope> {
    let mut scopes = Vec::new();
    let layout = cells(fleet);
    let size = |class: &Class| -> u64 {
        let g = &book.groups[class.group];
        let zones = book.regions[g.region].1;
        let (count, zone) = (u64::from(g.count), u64::from(class.zone));
        if g.zone.is_some() {
            count
        } else {
            (count + u64::from(zones) - 1 - zone) / u64::from(zones)
        }
    };
    let mut sum = |kind, name: &str, among: Range<usize>, keep: &dyn Fn(&Class) -> bool| {
        let chosen: Vec<(usize, &Class)> =
            among.map(|i| (i, &book.classes[i])).filter(|(_, c)| keep(c)).collect();
        let servers = chosen.iter().map(|(_, c)| size(c)).sum();
        let parts = Parts::Classes(chosen.iter().map(|&(i, _)| i as u32).collect());
        if servers > 0 {
            let holds = |cell: &&Cell| {
                let groups = cell.stretches.iter().map(|stretch| stretch.group);
                groups.into_iter().any(|group| chosen.iter().any(|(_, c)| c.group == group))
            };
            let cells = (layout.iter().filter(holds).count() as u64).min(servers);
            scopes.push(Scope { kind, name: name.to_string(), parts, servers, cells });
        }
    };
    let all = 0..book.classes.len();
    sum(Kind::Fleet, "fleet", all.clone(), &|_| true);
    for (index, group) in book.groups.iter().enumerate().filter(|(_, g)| !g.hidden) {
        sum(Kind::Group, &group.name, book.classes_of(index), &|_| true);
    }
    let region_of = |c: &Class| book.groups[c.group].region;
    for (index, (name, _)) in book.regions.iter().enumerate() {
        sum(Kind::Region, name, all.clone(), &|c| region_of(c) == index);
    }
    for (index, (name, zones)) in book.regions.iter().enumerate() {
        for zone in 0..*zones {
            let name = format!("{name}/{}", zone + 1);
            sum(Kind::Zone, &name, all.clone(), &|c| region_of(c) == index && c.zone == zone);
        }
    }
    for &mode in StandbyMode::ALL {
        sum(Kind::Standby, mode.word(), all.clone(), &|c| book.groups[c.group].standby == mode);
    }
    for cause in Cause::all().filter(|&c| fleet.has_cause(c)) {
        scopes.push(Scope {
            kind: Kind::Cause,
            name: cause.name().to_string(),
            parts: Parts::Cause(cause),
            servers: book.servers,
            cells: (layout.len() as u64).min(book.servers),
        });
    }
    for (index, service) in book.services.iter().enumerate() {
        let parts = Parts::Service(index);
        let name = service.name.clone();
        scopes.push(Scope { kind: Kind::Service, name, parts, servers: 1, cells: 1 });
    }
    scopes
}
