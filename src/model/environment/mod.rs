//! The environment: what strikes zones and regions, and when releases come.
//!
//! It is drawn once per replication and played to every cell; nothing in it is derived from what
//! happens inside a cell. Voids are settled here: a random strike on a zone or region that is held
//! already, or whose region is, does not happen.

mod candidates;
mod drills;
mod outages;
mod releases;

use crate::kernel::chance::{Bits, Key};
use crate::kernel::time::SimTime;
use crate::model::fact::Origin;
use crate::model::fault::Cause;
use crate::model::fleet::Fleet;
pub use candidates::expected_catastrophes;
use candidates::{draw_candidates, forced_source, sources};
use outages::play;

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
    /// Names its draws: its place in the calendar, or the drill that brings it.
    pub number: u32,
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
    /// When one of the releases of the calendar came, relative to the start: turns are counted from it.
    pub calendar: i64,
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

impl Environment {
    /// What strikes regions, zones and the links between them, bad releases too: region and cause.
    pub fn strikes(&self) -> impl Iterator<Item = (usize, Cause)> + '_ {
        self.regions.iter().enumerate().flat_map(|(region, drawn)| {
            let outages = drawn.outages.iter().map(|outage| outage.origin.cause);
            let releases = drawn.releases.iter().filter(|release| release.halted.is_some());
            outages.chain(releases.map(|_| Cause::bad_release)).map(move |cause| (region, cause))
        })
    }

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

impl RegionEnvironment {
    /// Whether the control plane is away at an instant, and until when.
    pub fn control_plane_back(&self, at: SimTime) -> Option<SimTime> {
        let i = self.control_plane_away.partition_point(|&(_, to)| to <= at);
        self.control_plane_away.get(i).filter(|&&(from, _)| from <= at).map(|&(_, to)| to)
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
