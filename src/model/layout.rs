//! Which server stands in which cell, group and zone: a function of the server list alone (and, above
//! 35 years, of the horizon).
//!
//! A region's servers are its groups in file order, one after the other; its cells are equal slices
//! of that list (their sizes differ by at most one).

use crate::kernel::time::SimTime;
use crate::model::fleet::{Fleet, Group};
use std::ops::Range;

/// Most servers of a cell, which share hosts, stamps and a control ring: what is kept of them, some 600 bytes each,
/// stays within a few megabytes. Part of the model's version, never derived from the machine.
pub const CELL_SERVERS: u32 = 8_192;

/// A stretch of one group inside one cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Index of the group.
    pub group: usize,
    /// Numbers in the cell.
    pub servers: Range<u32>,
    /// Number in the group of the first of them.
    pub first_in_group: u32,
}

/// A cell: a slice of a region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Index over all regions, in region order.
    pub index: usize,
    /// Index of the region.
    pub region: usize,
    /// Number among the region's cells, and how many there are.
    pub number: u32,
    /// How many cells the region has.
    pub of: u32,
    /// Number of servers.
    pub servers: u32,
    /// Its stretches, in order, covering `0..servers`.
    pub stretches: Vec<Stretch>,
}

/// All cells of a fleet, in region order. Regions without servers have none.
pub fn cells(fleet: &Fleet) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (region, spec) in fleet.regions.iter().enumerate() {
        let groups: Vec<(usize, &Group)> =
            fleet.groups.iter().enumerate().filter(|(_, g)| g.region == region).collect();
        let total: u64 = groups.iter().map(|(_, g)| u64::from(g.count)).sum();
        if total == 0 {
            continue;
        }
        let wanted = u64::from(spec.cells).max(total.div_ceil(most_in_cell(fleet.horizon)));
        let of = wanted.min(total) as u32;
        for number in 0..of {
            let from = total * u64::from(number) / u64::from(of);
            let to = total * u64::from(number + 1) / u64::from(of);
            let mut stretches = Vec::new();
            let mut start = 0;
            for &(group, g) in &groups {
                let end = start + u64::from(g.count);
                let (a, b) = (from.max(start), to.min(end));
                if a < b {
                    stretches.push(Stretch {
                        group,
                        servers: (a - from) as u32..(b - from) as u32,
                        first_in_group: (a - start) as u32,
                    });
                }
                start = end;
            }
            cells.push(Cell {
                index: cells.len(),
                region,
                number,
                of,
                servers: (to - from) as u32,
                stretches,
            });
        }
    }
    cells
}

/// Most servers in a cell: over very long horizons fewer, so that the time of all of them together is
/// at most half of what a sum of whole microseconds holds.
fn most_in_cell(horizon: SimTime) -> u64 {
    u64::from(CELL_SERVERS).min(u64::MAX / 2 / horizon.0.max(1))
}

/// Zone (from 0) in which a server of a group starts.
pub fn home_zone(fleet: &Fleet, group: usize, number_in_group: u32) -> u32 {
    let g = &fleet.groups[group];
    g.zone.unwrap_or(number_in_group % fleet.regions[g.region].zones.max(1))
}

/// The share of a region's limit that a cell has: in proportion to its servers by largest remainder,
/// at least 1. `sizes` are the servers of the region's cells.
pub fn split_limit(limit: u32, sizes: &[u32], number: usize) -> u32 {
    if limit == u32::MAX || sizes.len() <= 1 {
        return limit;
    }
    let total: u64 = sizes.iter().map(|&s| u64::from(s)).sum();
    let part = |i: usize| u64::from(limit) * u64::from(sizes[i]);
    let given: u64 = (0..sizes.len()).map(|i| part(i) / total).sum();
    let left = (u64::from(limit) - given) as usize;
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(part(i) % total), i));
    let extra = u64::from(order[..left].contains(&number));
    ((part(number) / total + extra) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_all_servers_of_a_cell_can_be_summed() {
        let years = |n: u64| SimTime(n * 31_536_000_000_000);
        assert_eq!(most_in_cell(years(1)), u64::from(CELL_SERVERS));
        assert_eq!(most_in_cell(years(35)), u64::from(CELL_SERVERS));
        let most = most_in_cell(years(100));
        assert!(most < 3_000 && most.checked_mul(2 * years(100).0).is_some());
        assert!(most_in_cell(SimTime::ZERO) > 0);
    }

    #[test]
    fn a_limit_is_split_by_largest_remainder_and_never_to_nothing() {
        let shares = |limit, sizes: &[u32]| -> Vec<u32> {
            (0..sizes.len()).map(|i| split_limit(limit, sizes, i)).collect()
        };
        assert_eq!(shares(10, &[5, 5, 5]), [4, 3, 3]);
        assert_eq!(shares(7, &[100, 50, 50]), [3, 2, 2]);
        assert_eq!(shares(1, &[5, 5]), [1, 1]);
        assert_eq!(shares(u32::MAX, &[5, 5]), [u32::MAX, u32::MAX]);
    }
}
