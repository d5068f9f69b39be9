//! Back-of-the-envelope figures of a fleet: how often things fail, by mean values only. They explain a
//! scenario before it is played and never enter a result.

use super::units::YEAR;
use crate::kernel::param::{Key, Parameters, Slot, Visitor};
use crate::model::fault::{Addressed, Faults, MODES, Mode};
use crate::model::fleet::{Fleet, Group, StandbyMode};
use crate::model::layout;

/// How often one kind of strike comes, and how long it lasts.
#[derive(Clone, PartialEq, Debug)]
pub struct Source {
    /// The mode, with the part of it where it has several.
    pub label: String,
    /// Strikes per component and year.
    pub per_year: f64,
    /// Whether it was given by `every`.
    pub every: bool,
    /// Mean seconds that the strike lasts, with the return after it; none where it does not last.
    pub lasts: Option<f64>,
    /// Share of the components inside that a strike takes.
    pub share: f64,
}

/// The sources of the mode at a position of the list; none while it is off.
pub fn sources(faults: &Faults, position: usize, releases_per_year: f64) -> Vec<Source> {
    let mut faults = faults.clone();
    let (mode, on) = (&MODES[position], faults.on[position]);
    if !on {
        return Vec::new();
    }
    let mut found = Vec::new();
    collect(mode.name, faults.params_mut(position), releases_per_year, &mut found);
    found
}

fn collect(label: &str, section: &mut dyn Parameters, releases: f64, found: &mut Vec<Source>) {
    #[derive(Default)]
    struct Values {
        rate: Option<f64>,
        every: Option<f64>,
        probability: Option<f64>,
        lasts: Option<f64>,
        back: f64,
        share: Option<f64>,
        hit: f64,
    }
    impl Visitor for Values {
        fn slot(&mut self, key: Key, slot: Slot<'_>) {
            match (key.name, slot) {
                ("rate", Slot::MaybeRate(rate)) => self.rate = rate.map(|r| r.0 * YEAR),
                ("every", Slot::MaybeLaw(Some(law))) => self.every = Some(YEAR / law.mean()),
                ("probability", Slot::Share(share)) => self.probability = Some(share.0),
                ("lasts", Slot::Law(law)) => self.lasts = Some(law.mean()),
                ("noticed" | "rollback", Slot::Law(law)) => {
                    self.lasts = Some(self.lasts.unwrap_or(0.0) + law.mean());
                }
                ("return", Slot::Law(law)) => self.back = law.mean(),
                ("share", Slot::Share(share)) => self.share = Some(share.0),
                ("hit", Slot::Share(share)) => self.hit = share.0,
                _ => {}
            }
        }
    }
    struct Nested<'n>(&'n str, f64, &'n mut Vec<Source>);
    impl Visitor for Nested<'_> {
        fn slot(&mut self, key: Key, slot: Slot<'_>) {
            if let Slot::MaybeSection(section) = slot
                && section.is_present()
            {
                collect(&format!("{} {}", self.0, key.name), section.insert(), self.1, self.2);
            }
        }
    }
    let mut values = Values { hit: 1.0, ..Values::default() };
    section.visit(&mut values);
    let by_release = values.probability.map(|p| p * releases);
    if let Some(per_year) = values.rate.or(values.every).or(by_release).filter(|r| *r > 0.0) {
        found.push(Source {
            label: label.to_string(),
            per_year,
            every: values.rate.is_none() && values.every.is_some(),
            lasts: values.lasts.map(|l| l + values.back),
            share: values.share.unwrap_or(1.0) * values.hit,
        });
    }
    section.visit(&mut Nested(label, releases, found));
}

/// Releases of a region in a year.
pub fn releases_per_year(group: &Group) -> f64 {
    let days = group.maintenance.release_interval.as_secs_f64();
    if days > 0.0 { YEAR / days } else { 0.0 }
}

/// How many strikes of a source concern one server of a group in a year.
pub fn per_server(mode: &Mode, source: &Source, group: &Group) -> f64 {
    let standby = group.standby_mode != StandbyMode::None;
    let times = match mode.addressed {
        Addressed::StorageNode | Addressed::Copy => 3.0,
        Addressed::ZonePair => {
            f64::from(u8::from(group.standby_mode == StandbyMode::ZoneRedundant))
        }
        Addressed::Pair => f64::from(u8::from(standby)),
        Addressed::Release => f64::from(u8::from(group.maintenance_on)),
        _ => 1.0,
    };
    times * source.per_year * source.share
}

/// How many components of a mode's kind a group has, where they are its own: nodes, copies, servers, pairs.
pub fn of_group(g: &Group, mode: &Mode) -> Option<f64> {
    let nodes = if g.standby_mode == StandbyMode::None { 1.0 } else { 2.0 };
    let each = match mode.addressed {
        Addressed::Node => nodes,
        Addressed::Copy => 3.0 * nodes,
        Addressed::Server => 1.0,
        Addressed::Pair => nodes - 1.0,
        _ => return None,
    };
    Some(f64::from(g.count) * each)
}

/// How many components of a mode's kind the fleet has.
pub fn components(fleet: &Fleet, mode: &Mode) -> f64 {
    let cells = layout::cells(fleet);
    let of_groups = || fleet.groups.iter().filter_map(|g| of_group(g, mode)).sum();
    let regions = |of: &dyn Fn(usize) -> f64| -> f64 { (0..fleet.regions.len()).map(of).sum() };
    let slices = |i: usize| {
        let cells = cells.iter().filter(|c| c.region == i).count() as f64;
        cells * f64::from(fleet.regions[i].zones)
    };
    let region = |i: usize| &fleet.regions[i];
    match mode.addressed {
        Addressed::Node | Addressed::Copy | Addressed::Server | Addressed::Pair => of_groups(),
        Addressed::Region | Addressed::Release => fleet.regions.len() as f64,
        Addressed::Zone => regions(&|i| f64::from(region(i).zones)),
        Addressed::ZonePair => {
            regions(&|i| f64::from(region(i).zones * (region(i).zones - 1)) / 2.0)
        }
        Addressed::Rack => regions(&|i| slices(i) * f64::from(region(i).racks)),
        Addressed::Stamp => regions(&|i| slices(i) * f64::from(region(i).stamps)),
        Addressed::StorageNode => regions(&|i| {
            slices(i) * f64::from(region(i).stamps) * f64::from(region(i).storage_nodes)
        }),
        Addressed::Host => regions(&|i| hosts(fleet, i).unwrap_or(slices(i))),
    }
}

/// Hosts of a region, from its vCores; none where a host is unbounded.
pub fn hosts(fleet: &Fleet, region: usize) -> Option<f64> {
    let spec = &fleet.regions[region];
    if spec.vcores_per_host == u32::MAX {
        return None;
    }
    let usable = f64::from(spec.vcores_per_host) * (1.0 - spec.spare.0);
    let cells = layout::cells(fleet).iter().filter(|c| c.region == region).count().max(1) as f64;
    let slices = cells * f64::from(spec.zones);
    Some(slices * libm::ceil(vcores(fleet, region) / slices / usable))
}

/// vCores of all nodes of a region.
pub fn vcores(fleet: &Fleet, region: usize) -> f64 {
    let of = |g: &Group| {
        let nodes = if g.standby_mode == StandbyMode::None { 1.0 } else { 2.0 };
        f64::from(g.count) * f64::from(g.vcores) * nodes
    };
    fleet.groups.iter().filter(|g| g.region == region).map(of).sum()
}

/// Strikes of zone and region outages in one replication, and whether all of them have a rate.
pub fn environment_strikes(fleet: &Fleet) -> (f64, bool) {
    let years = fleet.horizon.as_secs_f64() / YEAR;
    let (mut strikes, mut rated) = (0.0, true);
    for (i, mode) in MODES.iter().enumerate() {
        if !matches!(mode.name, "zone_outage" | "region_outage") {
            continue;
        }
        for source in sources(&fleet.faults, i, 0.0) {
            rated &= !source.every;
            strikes += source.per_year * years * components(fleet, mode);
        }
    }
    (strikes, rated)
}
