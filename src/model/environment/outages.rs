//! Outages of the environment: which candidates, clocks and drills take effect, in time order.

use super::candidates::Source;
use super::drills::drills;
use super::*;
use crate::kernel::law::Law;
use crate::kernel::time::Span;

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
pub(super) fn play(
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
            postpone(&mut clocks, &holds, outage, zones, None);
            holds.hold(reach, zones, outage.to);
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
        postpone(&mut clocks, &holds, outage, zones, own);
        holds.hold(outage.reach, zones, outage.to);
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

/// Clocks of components that an outage holds stand still while it lasts, for as much of it as nothing
/// else holds them already.
fn postpone(
    clocks: &mut [Clock<'_>],
    before: &Holds,
    outage: Outage,
    zones: u32,
    own: Option<usize>,
) {
    for (i, clock) in clocks.iter_mut().enumerate() {
        let held = outage.reach == Reach::Region
            || reach_of(clock.cause, clock.address, zones) == outage.reach;
        let from = before.until(clock.cause, clock.address).max(outage.from);
        if held && Some(i) != own && clock.due > outage.from && outage.to > from {
            clock.due += outage.to.since(from);
        }
    }
}
