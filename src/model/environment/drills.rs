//! Drills that belong to the environment: what of a region each of them holds.

use super::*;
use crate::model::fleet::Place;

/// Drills of a region that belong to the environment: (time, reach, index), in time order.
pub(super) fn drills(fleet: &Fleet, region: usize) -> Vec<(SimTime, Reach, usize)> {
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
