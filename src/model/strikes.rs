//! Sources of strikes inside a cell: when the next candidate comes, and whom it addresses.
//!
//! A mode with a rate is one Poisson source for each distinct rate, over all the addresses of its
//! kind, whether anything stands there or not; its candidates never depend on how the fleet recovers.
//! A source draws before it looks at any state.

use crate::kernel::chance::{Bits, Stream};
use crate::kernel::law::{Law, exponential_unit};
use crate::kernel::quantity::Rate;
use crate::kernel::time::{MICROS, SimTime};
use crate::model::fault::common::CommonCause;
use crate::model::fault::{Addressed, Cause, Faults, MODES};
use crate::model::fleet::Fleet;
use crate::model::layout::Cell;
use crate::model::topology::Topology;

/// What a source's candidates are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavour {
    /// One component each.
    Single,
    /// A burst, on the neighbours of the component addressed.
    Burst,
    /// A storage node that is lost for good.
    Permanent,
    /// A burst of such losses.
    PermanentBurst,
}

/// A stretch of the address space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stretch {
    first: u32,
    len: u32,
}

/// A source of candidates.
#[derive(Clone, Debug)]
pub struct Source {
    /// Mode.
    pub cause: Cause,
    /// What its candidates are.
    pub flavour: Flavour,
    /// Which setting of the mode (or pass of hosts) it belongs to.
    pub part: u64,
    /// Candidates so far.
    pub number: u64,
    /// Address of the candidate that is pending.
    pub address: u32,
    stream: Stream,
    stretches: Vec<Stretch>,
    addresses: u32,
    /// Sum of unit gaps so far.
    arrival: f64,
    /// Microseconds of a unit gap.
    scale: f64,
}

impl Source {
    /// Draws the next candidate and tells when it comes.
    #[inline]
    pub fn draw(&mut self) -> SimTime {
        self.arrival += exponential_unit(&mut self.stream);
        let at = self.stream.below(u64::from(self.addresses)) as u32;
        self.address = match self.stretches[..] {
            [only] => only.first + at,
            _ => self.spread(at),
        };
        let micros = self.arrival * self.scale;
        if micros < SimTime::NEVER.0 as f64 { SimTime(micros as u64) } else { SimTime::NEVER }
    }

    fn spread(&self, mut at: u32) -> u32 {
        for s in &self.stretches {
            if at < s.len {
                return s.first + at;
            }
            at -= s.len;
        }
        unreachable!("the stretches cover all addresses")
    }
}

/// The rate and the bursts of a mode addressed inside a cell, as a group or the fleet sets it.
pub fn spec(faults: &Faults, cause: Cause) -> (Option<Rate>, Option<&CommonCause>) {
    let f = faults;
    match cause {
        Cause::process_crash => (f.process_crash.rate, f.process_crash.common_cause.as_ref()),
        Cause::vm_crash => (f.vm_crash.rate, f.vm_crash.common_cause.as_ref()),
        Cause::host_failure => (f.host_failure.rate, f.host_failure.common_cause.as_ref()),
        Cause::rack_outage => (f.rack_outage.rate, f.rack_outage.common_cause.as_ref()),
        Cause::copy_failure => (f.copy_failure.rate, f.copy_failure.common_cause.as_ref()),
        Cause::stamp_outage => (f.stamp_outage.rate, None),
        Cause::connectivity => (f.connectivity.rate, None),
        Cause::false_alarm => (f.false_alarm.rate, None),
        Cause::storage_node => (
            f.storage_node.transient.as_ref().and_then(|t| t.rate),
            f.storage_node.common_cause.as_ref(),
        ),
        _ => (None, None),
    }
}

/// The law of the gaps of a mode's own clocks, where it is given by `every`.
pub fn every(faults: &Faults, cause: Cause, permanent: bool) -> Option<&Law> {
    let f = faults;
    match cause {
        Cause::process_crash => f.process_crash.every.as_ref(),
        Cause::vm_crash => f.vm_crash.every.as_ref(),
        Cause::host_failure => f.host_failure.every.as_ref(),
        Cause::rack_outage => f.rack_outage.every.as_ref(),
        Cause::copy_failure => f.copy_failure.every.as_ref(),
        Cause::stamp_outage => f.stamp_outage.every.as_ref(),
        Cause::connectivity => f.connectivity.every.as_ref(),
        Cause::false_alarm => f.false_alarm.every.as_ref(),
        Cause::storage_node if permanent => {
            f.storage_node.permanent.as_ref().and_then(|p| p.every.as_ref())
        }
        Cause::storage_node => f.storage_node.transient.as_ref().and_then(|t| t.every.as_ref()),
        _ => None,
    }
}

/// Addresses of a kind: how many a server has, or how many the cell has.
fn addresses(kind: Addressed, topo: &Topology) -> u32 {
    match kind {
        Addressed::Node => 3,
        Addressed::Server | Addressed::Pair => 1,
        Addressed::Copy => 6,
        Addressed::Rack => topo.zones * topo.racks,
        Addressed::Stamp => topo.zones * topo.stamps,
        Addressed::StorageNode => topo.storage_node_count(),
        _ => 0,
    }
}

/// All sources of a cell in one replication, in a fixed order.
pub fn sources(fleet: &Fleet, cell: &Cell, topo: &Topology, replication: u64) -> Vec<Source> {
    let mut all = Vec::new();
    let mut add = |cause: Cause, flavour, part: u64, rate: f64, stretches: Vec<Stretch>| {
        let addresses: u32 = stretches.iter().map(|s| s.len).sum();
        let per_second = rate * f64::from(addresses);
        if per_second > 0.0 {
            let purpose = u64::from(cause.0) | (flavour as u64) << 8 | part << 16;
            all.push(Source {
                cause,
                flavour,
                part,
                number: 0,
                address: 0,
                stream: Stream::new(fleet.seed, replication, cell.index as u64, purpose),
                stretches,
                addresses,
                arrival: 0.0,
                scale: MICROS as f64 / per_second,
            });
        }
    };
    for mode in MODES {
        if mode.addressed.by_group() {
            by_group(fleet, cell, topo, mode.cause, mode.addressed, &mut add);
            continue;
        }
        if !fleet.faults.is_on(mode.cause) {
            continue;
        }
        let (rate, common) = spec(&fleet.faults, mode.cause);
        let whole = |len| vec![Stretch { first: 0, len }];
        let rate = rate.map_or(0.0, |r| r.0);
        if mode.addressed == Addressed::Host {
            // One source a pass: the passes are sized apart, and none depends on standby modes.
            for (part, range) in topo.passes().into_iter().enumerate() {
                let stretch = vec![Stretch { first: range.start, len: range.len() as u32 }];
                split(mode.cause, part as u64, rate, common, stretch, &mut add);
            }
            continue;
        }
        let all = whole(addresses(mode.addressed, topo));
        split(mode.cause, 0, rate, common, all.clone(), &mut add);
        if mode.cause == Cause::storage_node {
            let permanent = fleet.faults.storage_node.permanent.as_ref().and_then(|p| p.rate);
            let rate = permanent.map_or(0.0, |r| r.0);
            let share = common.map_or(0.0, |c| c.share.0);
            add(mode.cause, Flavour::Permanent, 0, rate * (1.0 - share), all.clone());
            add(mode.cause, Flavour::PermanentBurst, 0, rate * share, all);
        }
    }
    all
}

/// Splits a rate into single strikes and bursts.
fn split(
    cause: Cause,
    part: u64,
    rate: f64,
    common: Option<&CommonCause>,
    stretches: Vec<Stretch>,
    add: &mut impl FnMut(Cause, Flavour, u64, f64, Vec<Stretch>),
) {
    let share = common.map_or(0.0, |c| c.share.0);
    if share > 0.0 {
        add(cause, Flavour::Burst, part, rate * share, stretches.clone());
    }
    add(cause, Flavour::Single, part, rate * (1.0 - share), stretches);
}

/// Sources of a mode that groups may set for themselves: one for each distinct setting.
fn by_group(
    fleet: &Fleet,
    cell: &Cell,
    topo: &Topology,
    cause: Cause,
    kind: Addressed,
    add: &mut impl FnMut(Cause, Flavour, u64, f64, Vec<Stretch>),
) {
    let each = addresses(kind, topo);
    let mut classes: Vec<(f64, Option<&CommonCause>, Vec<Stretch>)> = Vec::new();
    for stretch in &cell.stretches {
        let faults = &fleet.groups[stretch.group].faults;
        if !faults.is_on(cause) {
            continue;
        }
        let (rate, common) = spec(faults, cause);
        let rate = rate.map_or(0.0, |r| r.0);
        let new = Stretch {
            first: stretch.servers.start * each,
            len: stretch.servers.len() as u32 * each,
        };
        match classes.iter_mut().find(|c| c.0 == rate && c.1 == common) {
            Some((_, _, stretches)) => match stretches.last_mut() {
                Some(last) if last.first + last.len == new.first => last.len += new.len,
                _ => stretches.push(new),
            },
            None => classes.push((rate, common, vec![new])),
        }
    }
    for (part, (rate, common, stretches)) in classes.into_iter().enumerate() {
        split(cause, part as u64, rate, common, stretches, add);
    }
}
