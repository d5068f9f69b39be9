//! Candidates of the environment: where strikes on zones and regions come from, and when.

use super::*;
use crate::kernel::chance::Stream;
use crate::kernel::law::{Law, exponential_unit};
use crate::kernel::quantity::Rate;
use crate::kernel::time::Span;

/// A mode of the environment in one region: where its strikes come from.
pub(super) struct Source<'a> {
    pub(super) region: usize,
    pub(super) cause: Cause,
    pub(super) addresses: u32,
    rate: Option<Rate>,
    pub(super) every: Option<&'a Law>,
    pub(super) catastrophe: bool,
}

impl Source<'_> {
    /// Strikes expected within the horizon.
    fn expected(&self, horizon: SimTime) -> f64 {
        self.rate.map_or(0.0, |r| r.0 * f64::from(self.addresses) * horizon.as_secs_f64())
    }
}

pub(super) fn sources(fleet: &Fleet) -> Vec<Source<'_>> {
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

/// In a struck replication: which source is the first, in their order, to have a strike. Those before
/// it have none, it has at least one, those after it are natural: exactly the condition "any".
pub(super) fn forced_source(
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

pub(super) fn draw_candidates(
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
