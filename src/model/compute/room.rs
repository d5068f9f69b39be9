//! Room: which host of a zone has so many vCores free, found in the logarithm of the hosts.

/// Room of one zone's hosts as a tree of maxima: leaves from `leaves` on, in the order of hosts.
#[derive(Clone, Debug, Default)]
struct Zone {
    hosts: Vec<u32>,
    leaves: usize,
    /// One more than the vCores free, 0 where nothing can be placed; of inner nodes the larger child.
    most: Vec<u64>,
}

/// Room of all hosts of a cell.
#[derive(Clone, Debug, Default)]
pub struct Rooms {
    zones: Vec<Zone>,
    /// Place of each host among those of its zone.
    place: Vec<u32>,
}

impl Rooms {
    /// Takes the hosts over; `free(host)` are its vCores, `u32::MAX` without bound.
    pub fn reset(&mut self, zones: u32, host_zone: &[u8], free: impl Fn(usize) -> u32) {
        self.zones.clear();
        self.zones.resize(zones as usize, Zone::default());
        self.place.clear();
        for (host, &zone) in host_zone.iter().enumerate() {
            let hosts = &mut self.zones[usize::from(zone)].hosts;
            self.place.push(hosts.len() as u32);
            hosts.push(host as u32);
        }
        for zone in &mut self.zones {
            zone.leaves = zone.hosts.len().next_power_of_two();
            zone.most = vec![0; 2 * zone.leaves];
            for (i, &host) in zone.hosts.iter().enumerate() {
                zone.most[zone.leaves + i] = 1 + u64::from(free(host as usize));
            }
            for i in (1..zone.leaves).rev() {
                zone.most[i] = zone.most[2 * i].max(zone.most[2 * i + 1]);
            }
        }
    }

    /// All hosts of a zone, in order.
    pub fn hosts(&self, zone: u32) -> &[u32] {
        &self.zones[zone as usize].hosts
    }

    /// A host has this many vCores free, or nothing can be placed on it.
    pub fn set(&mut self, zone: u8, host: u32, free: Option<u32>) {
        let most = &mut self.zones[usize::from(zone)].most;
        let mut i = most.len() / 2 + self.place[host as usize] as usize;
        most[i] = free.map_or(0, |free| 1 + u64::from(free));
        while i > 1 {
            i /= 2;
            let larger = most[2 * i].max(most[2 * i + 1]);
            if std::mem::replace(&mut most[i], larger) == larger {
                // Nothing changes from here up.
                break;
            }
        }
    }

    /// The first host of a zone from `from` on, then from the first one on, with this much room.
    pub fn find(&self, zone: u32, from: u32, need: u32) -> Option<u32> {
        let zone = &self.zones[zone as usize];
        let start = zone.hosts.partition_point(|&host| host < from);
        zone.first(start, need).or_else(|| zone.first(0, need))
    }
}

impl Zone {
    fn first(&self, start: usize, need: u32) -> Option<u32> {
        if start >= self.hosts.len() {
            return None;
        }
        let need = u64::from(need);
        let mut i = self.leaves + start;
        while self.most[i] <= need {
            // The next tree to the right; none after the last one.
            while i & 1 == 1 {
                i /= 2;
            }
            if i == 0 {
                return None;
            }
            i += 1;
        }
        while i < self.leaves {
            i *= 2;
            i += usize::from(self.most[i] <= need);
        }
        Some(self.hosts[i - self.leaves])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::chance::{Bits, Key};

    #[test]
    fn the_tree_finds_what_a_walk_finds() {
        let mut draw = Key::new(7).draw();
        for hosts in 1..40usize {
            let zones = 1 + draw.below(3) as u32;
            let host_zone: Vec<u8> =
                (0..hosts).map(|_| draw.below(u64::from(zones)) as u8).collect();
            let mut free: Vec<Option<u32>> =
                (0..hosts).map(|_| Some(draw.below(5) as u32)).collect();
            let mut rooms = Rooms::default();
            rooms.reset(zones, &host_zone, |h| free[h].expect("nothing is held yet"));
            for _ in 0..200 {
                let host = draw.below(hosts as u64) as usize;
                free[host] = match draw.below(4) {
                    0 => None,
                    1 => Some(u32::MAX),
                    _ => Some(draw.below(5) as u32),
                };
                rooms.set(host_zone[host], host as u32, free[host]);
                let zone = draw.below(u64::from(zones)) as u32;
                let (from, need) = (draw.below(hosts as u64) as usize, draw.below(6) as u32);
                let walked = (0..hosts).map(|i| (from + i) % hosts).find(|&h| {
                    u32::from(host_zone[h]) == zone && free[h].is_some_and(|f| f >= need)
                });
                assert_eq!(rooms.find(zone, from as u32, need), walked.map(|h| h as u32));
            }
        }
    }
}
