//! The environment: what strikes zones and regions, and when releases come.
//!
//! It is drawn once per replication and played to every cell; nothing in it is derived from what
//! happens inside a cell. Voids are settled here: a random strike on a zone or region that is held
//! already, or whose region is, does not happen.

use crate::kernel::chance::{Bits, Key, Stream};
use crate::kernel::law::Law;
use crate::kernel::law::exponential_unit;
use crate::kernel::quantity::Rate;
use crate::kernel::time::{SimTime, Span};
use crate::model::fact::Origin;
use crate::model::fault::Cause;
use crate::model::fleet::{Fleet, Place};

/// Addressing word of streams and keys of the environment, beside those of cells.
const ENVIRONMENT: u64 = 0xe0_0000_0000;

/// Numbers of injected strikes start here, so that they never share a draw with a random one: those of
/// sources stay below 2^60, those of clocks below 2^62.
pub const INJECTED: u64 = 1 << 62;

/// Which strikes of zones and regions are admitted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stratum {
    /// As they come.
    Natural,
    /// No random zone or region outage.
    Quiet,
    /// At least one random zone or region outage.
    Struck,
}

/// What an outage holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// Every zone of the region, and the control plane.
    Region,
    /// One zone.
    Zone(u32),
    /// One hall of a zone (drills only).
    Hall(u32, u32),
    /// The link between two zones.
    Link(u32, u32),
    /// The gateway.
    Gateway,
    /// The control plane.
    ControlPlane,
}

/// An outage that happens.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Outage {
    /// Mode and number.
    pub origin: Origin,
    /// What it holds.
    pub reach: Reach,
    /// Start.
    pub from: SimTime,
    /// End.
    pub to: SimTime,
    /// Probability that a hall or server within reach is struck.
    pub share: f64,
    /// Probability that a struck storage node never returns.
    pub copies_lost: f64,
}

/// A strike as it was drawn, void or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Mode.
    pub cause: Cause,
    /// Number among the strikes of its source.
    pub number: u64,
    /// When.
    pub at: SimTime,
    /// Which component, in the address space of the mode.
    pub address: u32,
}

/// A release of a region.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Release {
    /// When it comes, relative to the start of the scenario; may be before it.
    pub at: i64,
    /// Critical releases need no notice and no least gap.
    pub critical: bool,
    /// For a bad one: when the fault is noticed and the rollout halts.
    pub halted: Option<SimTime>,
}

/// What happens to one region in one replication.
#[derive(Clone, Debug, Default)]
pub struct RegionEnvironment {
    /// Outages, by start.
    pub outages: Vec<Outage>,
    /// Candidates of the region's modes with a rate, in time order.
    pub candidates: Vec<Candidate>,
    /// Releases, oldest first; the first ones lie before the start.
    pub releases: Vec<Release>,
    /// Place of each zone in the rollout order.
    pub zone_turn: Vec<u32>,
    /// When the control plane is away: disjoint, in order.
    pub control_plane_away: Vec<(SimTime, SimTime)>,
}

/// What happens to all regions in one replication.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// By region index.
    pub regions: Vec<RegionEnvironment>,
    key: Key,
}

/// A mode of the environment in one region: where its strikes come from.
struct Source<'a> {
    region: usize,
    cause: Cause,
    addresses: u32,
    rate: Option<Rate>,
    every: Option<&'a Law>,
    catastrophe: bool,
}

impl Source<'_> {
    /// Strikes expected within the horizon.
    fn expected(&self, horizon: SimTime) -> f64 {
        self.rate.map_or(0.0, |r| r.0 * f64::from(self.addresses) * horizon.as_secs_f64())
    }
}

fn sources(fleet: &Fleet) -> Vec<Source<'_>> {
    let faults = &fleet.faults;
    let mut all = Vec::new();
    for (region, spec) in fleet.regions.iter().enumerate() {
        let pairs = spec.zones * spec.zones.saturating_sub(1) / 2;
        let mut add = |cause, addresses, rate, every, catastrophe| {
            if faults.is_on(cause) && addresses > 0 {
                all.push(Source { region, cause, addresses, rate, every, catastrophe });
            }
        };
        let f = &faults.zone_outage;
        add(Cause::zone_outage, spec.zones, f.rate, f.every.as_ref(), true);
        let f = &faults.region_outage;
        add(Cause::region_outage, 1, f.rate, f.every.as_ref(), true);
        let f = &faults.partition;
        add(Cause::partition, pairs, f.rate, f.every.as_ref(), false);
        let f = &faults.gateway_outage;
        add(Cause::gateway_outage, 1, f.rate, f.every.as_ref(), false);
        let f = &faults.control_plane_outage;
        add(Cause::control_plane_outage, 1, f.rate, f.every.as_ref(), false);
    }
    all
}

/// Expected number of random zone and region outages in one replication, over all regions; `None`
/// where one of them is given by `every`, so that strata cannot be told apart in closed form.
pub fn expected_catastrophes(fleet: &Fleet) -> Option<f64> {
    let mut total = 0.0;
    for source in sources(fleet).iter().filter(|s| s.catastrophe) {
        if source.every.is_some() {
            return None;
        }
        total += source.expected(fleet.horizon);
    }
    Some(total)
}

impl Environment {
    /// Draws the environment of a replication.
    pub fn draw(fleet: &Fleet, replication: u64, stratum: Stratum) -> Environment {
        let root = Key::new(fleet.seed).with(replication).with(ENVIRONMENT);
        let sources = sources(fleet);
        let forced = forced_source(fleet, &sources, stratum, root);
        let mut regions: Vec<RegionEnvironment> = Vec::new();
        for region in 0..fleet.regions.len() {
            let mut drawn = RegionEnvironment::default();
            for (index, source) in sources.iter().enumerate() {
                if source.region == region {
                    let admitted = match (stratum, forced) {
                        (Stratum::Quiet, _) if source.catastrophe => continue,
                        (Stratum::Struck, Some(first)) if source.catastrophe && index < first => {
                            continue;
                        }
                        (Stratum::Struck, Some(first)) => index == first,
                        _ => false,
                    };
                    draw_candidates(fleet, replication, source, admitted, root, &mut drawn);
                }
            }
            drawn.candidates.sort_by_key(|c| (c.at, c.cause, c.address, c.number));
            play(fleet, region, root, &sources, &mut drawn);
            drawn.plan_releases(fleet, region, root);
            regions.push(drawn);
        }
        Environment { regions, key: root }
    }

    /// Whether an outage strikes a hall of a zone: drawn once, the same for all cells.
    pub fn strikes_hall(&self, outage: &Outage, region: usize, zone: u32, hall: u32) -> bool {
        let Origin { cause, number } = outage.origin;
        self.key
            .with(6 | u64::from(cause.0) << 8 | (region as u64) << 16)
            .with(number)
            .with(u64::from(zone) << 32 | u64::from(hall))
            .draw()
            .happens(outage.share)
    }
}

/// In a struck replication: which source is the first, in their order, to have a strike. Those before
/// it have none, it has at least one, those after it are natural: exactly the condition "any".
fn forced_source(
    fleet: &Fleet,
    sources: &[Source<'_>],
    stratum: Stratum,
    root: Key,
) -> Option<usize> {
    if stratum != Stratum::Struck {
        return None;
    }
    let total: f64 =
        sources.iter().filter(|s| s.catastrophe).map(|s| s.expected(fleet.horizon)).sum();
    // The first strike of the superposition, before the horizon: its place on the line of expected
    // counts laid end to end decides the source only for a single arrival; so draw the survivor
    // function of "none so far" instead.
    let u = root.with(1).draw().unit() * -libm::expm1(-total);
    let mut none_so_far = 0.0;
    let mut last = None;
    for (index, source) in sources.iter().enumerate().filter(|(_, s)| s.catastrophe) {
        let expected = source.expected(fleet.horizon);
        if expected <= 0.0 {
            continue;
        }
        none_so_far += expected;
        last = Some(index);
        if u < -libm::expm1(-none_so_far) {
            break;
        }
    }
    last
}

fn draw_candidates(
    fleet: &Fleet,
    replication: u64,
    source: &Source<'_>,
    forced: bool,
    root: Key,
    drawn: &mut RegionEnvironment,
) {
    let Some(rate) = source.rate.filter(|r| r.0 > 0.0) else { return };
    let place = ENVIRONMENT | source.region as u64;
    let mut stream = Stream::new(fleet.seed, replication, place, u64::from(source.cause.0));
    let per_second = rate.0 * f64::from(source.addresses);
    let expected = source.expected(fleet.horizon);
    let mut arrival = 0.0;
    for number in 0.. {
        let gap = exponential_unit(&mut stream);
        let address = stream.below(u64::from(source.addresses)) as u32;
        arrival += if forced && number == 0 {
            // An exponential below `expected`, by inversion.
            let u = root.with(2).with(source.region as u64).with(u64::from(source.cause.0));
            -libm::log1p(u.draw().unit() * libm::expm1(-expected))
        } else {
            gap
        };
        let at = SimTime::ZERO + Span::from_secs_f64(arrival / per_second);
        if at >= fleet.horizon {
            break;
        }
        drawn.candidates.push(Candidate { cause: source.cause, number, at, address });
    }
}

/// A component of the environment whose mode is given by `every`: one clock in operating time.
struct Clock<'a> {
    cause: Cause,
    address: u32,
    law: &'a Law,
    key: Key,
    strikes: u64,
    due: SimTime,
}

/// What holds each component of a region, while its strikes are played in time order.
struct Holds {
    region: SimTime,
    zones: Vec<SimTime>,
    links: Vec<SimTime>,
    gateway: SimTime,
    control_plane: SimTime,
}

impl Holds {
    fn until(&self, cause: Cause, address: u32) -> SimTime {
        let own = match cause {
            Cause::zone_outage => self.zones[address as usize],
            Cause::partition => self.links[address as usize],
            Cause::gateway_outage => self.gateway,
            Cause::control_plane_outage => self.control_plane,
            _ => SimTime::ZERO,
        };
        own.max(self.region)
    }

    fn hold(&mut self, reach: Reach, zones: u32, to: SimTime) {
        let slot = match reach {
            Reach::Region => &mut self.region,
            Reach::Zone(zone) => &mut self.zones[zone as usize],
            Reach::Hall(..) => return,
            Reach::Link(a, b) => &mut self.links[link_number(a, b, zones) as usize],
            Reach::Gateway => &mut self.gateway,
            Reach::ControlPlane => &mut self.control_plane,
        };
        *slot = (*slot).max(to);
    }
}

/// The two zones of a link by its number; pairs in the order (0,1), (0,2), ..., (1,2), ...
pub fn link_zones(number: u32, zones: u32) -> (u32, u32) {
    let mut left = number;
    for a in 0..zones {
        let row = zones - 1 - a;
        if left < row {
            return (a, a + 1 + left);
        }
        left -= row;
    }
    (0, 0)
}

/// The number of a link by its two zones.
pub fn link_number(a: u32, b: u32, zones: u32) -> u32 {
    let (a, b) = (a.min(b), a.max(b));
    (0..a).map(|i| zones - 1 - i).sum::<u32>() + (b - a - 1)
}

fn reach_of(cause: Cause, address: u32, zones: u32) -> Reach {
    match cause {
        Cause::zone_outage => Reach::Zone(address),
        Cause::partition => {
            let (a, b) = link_zones(address, zones);
            Reach::Link(a, b)
        }
        Cause::gateway_outage => Reach::Gateway,
        Cause::control_plane_outage => Reach::ControlPlane,
        _ => Reach::Region,
    }
}

/// The mode's own law of durations, share of victims, and share of storage nodes lost.
fn manner(fleet: &Fleet, cause: Cause) -> (&Law, f64, f64) {
    let f = &fleet.faults;
    match cause {
        Cause::zone_outage => {
            (&f.zone_outage.lasts, f.zone_outage.share.0, f.zone_outage.copies_lost.0)
        }
        Cause::region_outage => {
            (&f.region_outage.lasts, f.region_outage.share.0, f.region_outage.copies_lost.0)
        }
        Cause::partition => (&f.partition.lasts, 1.0, 0.0),
        Cause::gateway_outage => (&f.gateway_outage.lasts, f.gateway_outage.share.0, 0.0),
        _ => (&f.control_plane_outage.lasts, 1.0, 0.0),
    }
}

/// Plays candidates, clocks and drills of a region in time order and keeps the strikes that take
/// effect as outages.
fn play(
    fleet: &Fleet,
    region: usize,
    root: Key,
    sources: &[Source<'_>],
    drawn: &mut RegionEnvironment,
) {
    let zones = fleet.regions[region].zones;
    let mut holds = Holds {
        region: SimTime::ZERO,
        zones: vec![SimTime::ZERO; zones as usize],
        links: vec![SimTime::ZERO; (zones * zones.saturating_sub(1) / 2) as usize],
        gateway: SimTime::ZERO,
        control_plane: SimTime::ZERO,
    };
    let mut clocks = start_clocks(fleet, region, root, sources);
    let drills = drills(fleet, region);
    let (mut next_candidate, mut next_drill) = (0, 0);
    loop {
        let candidate = drawn.candidates.get(next_candidate).map(|c| c.at);
        let drill = drills.get(next_drill).map(|d| d.0);
        let clock = clocks.iter().map(|c| c.due).min();
        let Some(now) = [candidate, drill, clock].into_iter().flatten().min() else { break };
        if now >= fleet.horizon {
            break;
        }
        let key = root.with(3).with(region as u64);
        if drill == Some(now) {
            let (at, reach, index) = drills[next_drill];
            next_drill += 1;
            let spec = &fleet.injections[index];
            let (law, share, copies_lost) = manner(fleet, spec.cause);
            let origin = Origin { cause: spec.cause, number: INJECTED + index as u64 };
            let draw = key.with(u64::from(spec.cause.0)).with(origin.number).with(0);
            let lasts = spec.lasts.as_ref().unwrap_or(law).span(&mut draw.draw());
            let outage = Outage {
                origin,
                reach,
                from: at,
                to: at + lasts,
                share: spec.share.map_or(share, |s| s.0),
                copies_lost: spec.copies_lost.map_or(copies_lost, |s| s.0),
            };
            holds.hold(reach, zones, outage.to);
            postpone(&mut clocks, outage, zones, None);
            drawn.outages.push(outage);
            continue;
        }
        let (cause, address, number, own) = if candidate == Some(now) {
            let c = drawn.candidates[next_candidate];
            next_candidate += 1;
            (c.cause, c.address, c.number, None)
        } else {
            let i = clocks.iter().position(|c| c.due == now).expect("the earliest clock exists");
            let c = &mut clocks[i];
            c.strikes += 1;
            (c.cause, c.address, (u64::from(c.address) << 32) | (c.strikes - 1), Some(i))
        };
        if holds.until(cause, address) > now {
            if let Some(i) = own {
                // A held component's clock stands still: this happens only at the very instant.
                clocks[i].due = holds.until(cause, address);
            }
            continue;
        }
        let (law, share, copies_lost) = manner(fleet, cause);
        let draw = key.with(u64::from(cause.0)).with(number).with(u64::from(address) + 1);
        let outage = Outage {
            origin: Origin { cause, number: number << 4 | u64::from(address & 15) },
            reach: reach_of(cause, address, zones),
            from: now,
            to: now + law.span(&mut draw.draw()),
            share,
            copies_lost,
        };
        holds.hold(outage.reach, zones, outage.to);
        postpone(&mut clocks, outage, zones, own);
        if let Some(i) = own {
            let c = &mut clocks[i];
            c.due = outage.to + c.law.span(&mut c.key.with(c.strikes).draw()).max(Span(1));
        }
        drawn.outages.push(outage);
    }
    drawn.outages.retain(|o| o.to > o.from);
    for o in &drawn.outages {
        if matches!(o.reach, Reach::Region | Reach::ControlPlane) {
            match drawn.control_plane_away.last_mut() {
                Some(last) if last.1 >= o.from => last.1 = last.1.max(o.to),
                _ => drawn.control_plane_away.push((o.from, o.to)),
            }
        }
    }
}

fn start_clocks<'a>(
    fleet: &Fleet,
    region: usize,
    root: Key,
    sources: &[Source<'a>],
) -> Vec<Clock<'a>> {
    let mut clocks = Vec::new();
    for source in sources.iter().filter(|s| s.region == region) {
        let Some(law) = source.every else { continue };
        for address in 0..source.addresses {
            let key = root
                .with(4)
                .with(region as u64)
                .with(u64::from(source.cause.0))
                .with(address.into());
            let mut draw = key.with(u64::MAX).draw();
            let first = if fleet.start_new {
                law.sample(&mut draw)
            } else {
                law.sample_residual(&mut draw)
            };
            clocks.push(Clock {
                cause: source.cause,
                address,
                law,
                key,
                strikes: 0,
                due: SimTime::ZERO + Span::from_secs_f64(first).max(Span(1)),
            });
        }
    }
    clocks
}

/// Clocks of components that an outage holds stand still while it lasts.
fn postpone(clocks: &mut [Clock<'_>], outage: Outage, zones: u32, own: Option<usize>) {
    let lasts = outage.to.since(outage.from);
    for (i, clock) in clocks.iter_mut().enumerate() {
        let held = outage.reach == Reach::Region
            || reach_of(clock.cause, clock.address, zones) == outage.reach;
        if held && Some(i) != own && clock.due > outage.from {
            clock.due += lasts;
        }
    }
}

/// Drills of a region that belong to the environment: (time, reach, index), in time order.
fn drills(fleet: &Fleet, region: usize) -> Vec<(SimTime, Reach, usize)> {
    let zones = fleet.regions[region].zones;
    let mut drills = Vec::new();
    for (index, drill) in fleet.injections.iter().enumerate() {
        let here = match drill.place {
            Place::Region(r) | Place::Zone(r, _) | Place::Hall(r, ..) => r == region,
            Place::Group(_) | Place::Server(..) => false,
        };
        if !here {
            continue;
        }
        match (drill.cause, drill.place) {
            (Cause::zone_outage, Place::Region(_)) => {
                drills.extend((0..zones).map(|z| (drill.at, Reach::Zone(z), index)));
            }
            (Cause::zone_outage, Place::Zone(_, z)) => {
                drills.push((drill.at, Reach::Zone(z), index));
            }
            (Cause::zone_outage, Place::Hall(_, z, h)) => {
                drills.push((drill.at, Reach::Hall(z, h), index));
            }
            (Cause::region_outage, _) => drills.push((drill.at, Reach::Region, index)),
            (Cause::partition, Place::Zone(_, z)) => drills.extend(
                (0..zones)
                    .filter(|&other| other != z)
                    .map(|other| (drill.at, Reach::Link(z.min(other), z.max(other)), index)),
            ),
            (Cause::partition, _) => {
                for a in 0..zones {
                    drills.extend((a + 1..zones).map(|b| (drill.at, Reach::Link(a, b), index)));
                }
            }
            (Cause::gateway_outage, _) => drills.push((drill.at, Reach::Gateway, index)),
            (Cause::control_plane_outage, _) => {
                drills.push((drill.at, Reach::ControlPlane, index));
            }
            _ => {}
        }
    }
    drills.sort_by_key(|&(at, reach, index)| (at, index, reach));
    drills
}

impl RegionEnvironment {
    /// Whether the control plane is away at an instant, and until when.
    pub fn control_plane_back(&self, at: SimTime) -> Option<SimTime> {
        let i = self.control_plane_away.partition_point(|&(_, to)| to <= at);
        self.control_plane_away.get(i).filter(|&&(from, _)| from <= at).map(|&(_, to)| to)
    }

    fn plan_releases(&mut self, fleet: &Fleet, region: usize, root: Key) {
        let rules = &fleet.regions[region].maintenance;
        let key = root.with(5).with(region as u64);
        let zones = fleet.regions[region].zones as usize;
        let mut order: Vec<usize> = (0..zones).collect();
        order.sort_by_key(|&z| key.with(1).with(z as u64).word());
        self.zone_turn = vec![0; zones];
        for (turn, &zone) in order.iter().enumerate() {
            self.zone_turn[zone] = turn as u32;
        }
        let interval = rules.release_interval.0.clamp(1, u64::MAX >> 4) as i64;
        if rules.release_interval.is_never() {
            return;
        }
        let bad = &fleet.faults.bad_release;
        let is_on = fleet.faults.is_on(Cause::bad_release);
        let phase = (key.with(2).draw().unit() * interval as f64) as i64;
        // Four releases before the start, so that every server has taken one.
        let mut at = phase - 4 * interval;
        for number in 0u64.. {
            if at >= fleet.horizon.0 as i64 {
                break;
            }
            let key = key.with(3).with(number);
            let critical = key.with(1).draw().happens(rules.critical_share.0);
            let first_patch = at + if critical { 0 } else { rules.notice.0 as i64 };
            let is_bad = is_on && first_patch >= 0 && key.with(2).draw().happens(bad.probability.0);
            let halted = is_bad
                .then(|| SimTime(first_patch as u64) + bad.noticed.span(&mut key.with(3).draw()));
            self.releases.push(Release { at, critical, halted });
            at += interval;
        }
        // A drill of a bad release makes the newest release at that time bad.
        for drill in fleet.injections.iter().filter(|i| i.cause == Cause::bad_release) {
            if matches!(drill.place, Place::Region(r) if r == region) {
                let newest = self.releases.iter_mut().rev().find(|r| r.at <= drill.at.0 as i64);
                if let Some(release) = newest {
                    release.at = drill.at.0 as i64;
                    release.critical = true;
                    let draw = key.with(4).with(drill.at.0);
                    release.halted = Some(drill.at + bad.noticed.span(&mut draw.draw()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_numbered_both_ways() {
        for zones in 2..6 {
            for number in 0..zones * (zones - 1) / 2 {
                let (a, b) = link_zones(number, zones);
                assert!(a < b && b < zones);
                assert_eq!(link_number(b, a, zones), number);
            }
        }
    }
}
