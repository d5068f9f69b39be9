//! Where servers and their nodes stand at the start: zones by turns, hosts in three passes, racks.

use super::{NONE, Topology, index};
use crate::model::fleet::{Fleet, StandbyMode};
use crate::model::layout::{Cell, home_zone};

impl Topology {
    pub(super) fn place_servers(&mut self, fleet: &Fleet, cell: &Cell) {
        let n = cell.servers as usize;
        self.group = Vec::with_capacity(n);
        self.number = Vec::with_capacity(n);
        self.vcores = Vec::with_capacity(n);
        self.slot_zone = Vec::with_capacity(3 * n);
        for stretch in &cell.stretches {
            let group = &fleet.groups[stretch.group];
            for i in 0..stretch.servers.len() as u32 {
                let number = stretch.first_in_group + i;
                self.group.push(stretch.group as u16);
                self.number.push(number);
                self.vcores.push(group.vcores);
                let first = home_zone(fleet, stretch.group, number);
                let (second, third) = self.other_zones(first, number, group.standby_mode);
                self.slot_zone.extend([first as u8, second as u8, third as u8]);
            }
        }
    }

    /// Zones of the second and third slot: the standby's by its mode (a server without one is
    /// addressed as if it were zone-redundant), the log replica's in a third zone where there is one.
    fn other_zones(&self, first: u32, number: u32, mode: StandbyMode) -> (u32, u32) {
        if mode == StandbyMode::SameZone || self.zones == 1 {
            return (first, first);
        }
        let turn = (number / self.zones) % (self.zones - 1);
        let second = (first + 1 + turn) % self.zones;
        let third = (0..self.zones).find(|&z| z != first && z != second).unwrap_or(first);
        (second, third)
    }

    pub(super) fn place_hosts(&mut self, fleet: &Fleet, cell: &Cell) {
        let region = &fleet.regions[cell.region];
        let usable = if region.vcores_per_host == u32::MAX {
            f64::INFINITY
        } else {
            (f64::from(region.vcores_per_host) * (1.0 - region.spare.0)).max(1.0)
        };
        let hosts =
            |vcores: u64| ((vcores as f64 / usable).ceil() as u32).max(u32::from(vcores > 0));
        self.slot_host = vec![NONE; 3 * self.servers as usize];
        self.rack_start = vec![0; (self.zones * self.racks) as usize + 1];
        let mut turn = vec![0u8; self.servers as usize];
        for pass in 0..3u32 {
            self.pass_start[pass as usize] = self.host_zone.len() as u32;
            // Where each server's place of this pass is, whether it is used or not.
            for server in 0..self.servers {
                let first = u32::from(self.slot_zone[(3 * server) as usize]);
                let number = self.number[server as usize];
                turn[server as usize] = match pass {
                    1 => self.other_zones(first, number, StandbyMode::ZoneRedundant).0 as u8,
                    _ => first as u8,
                };
            }
            for zone in 0..self.zones as u8 {
                let members = || (0..self.servers as usize).filter(|&s| turn[s] == zone);
                let vcores = members().map(|s| u64::from(self.vcores[s])).sum();
                let from = self.host_zone.len() as u32;
                let wanted = hosts(vcores).max(1);
                for i in 0..wanted {
                    // Later passes start one rack on, so that a lone host of theirs stands in
                    // another rack, and in another hall where there is one.
                    let rack = u32::from(zone) * self.racks + (i + pass) % self.racks;
                    self.add_host(zone.into(), rack, region.vcores_per_host);
                }
                let bought = self.fill_hosts(fleet, zone, pass, &turn, from, wanted);
                if pass > 0 && region.vcores_per_host != u32::MAX {
                    let capacity = u64::from(hosts(bought)) * u64::from(region.vcores_per_host);
                    self.cap_later_pass(from, capacity.saturating_sub(bought));
                }
            }
        }
        self.pass_start[3] = self.host_zone.len() as u32;
        self.place_log_replicas(fleet);
        self.count_capacity(fleet);
        self.index_racks();
    }

    fn add_host(&mut self, zone: u32, rack: u32, vcores: u32) {
        self.host_zone.push(zone as u8);
        self.host_rack.push(rack as u16);
        self.host_free.push(vcores);
    }

    /// Deals the places of one pass and zone out over its hosts, in server order, and gives back
    /// those that nobody bought. Returns the vCores that stay.
    fn fill_hosts(
        &mut self,
        fleet: &Fleet,
        zone: u8,
        pass: u32,
        turn: &[u8],
        from: u32,
        hosts: u32,
    ) -> u64 {
        let mut hosts = hosts;
        let mut cursor = 0;
        let mut bought = 0;
        let mut unused: Vec<(u32, u32)> = Vec::new();
        for server in 0..self.servers {
            let s = server as usize;
            if turn[s] != zone {
                continue;
            }
            let avoid = if pass == 0 { NONE } else { self.slot_host[3 * s] };
            let host = self.pick_host(from, &mut hosts, &mut cursor, server, avoid);
            let mode = fleet.groups[self.group[s] as usize].standby_mode;
            let here = match pass {
                0 => Some((0, true)),
                1 => (mode != StandbyMode::SameZone).then_some((1, mode != StandbyMode::None)),
                _ => (mode == StandbyMode::SameZone).then_some((1, true)),
            };
            if let Some((slot, _)) = here {
                self.slot_host[3 * s + slot] = host;
            }
            if here.is_some_and(|h| h.1) {
                bought += u64::from(self.vcores[s]);
            } else {
                unused.push((host, self.vcores[s]));
            }
        }
        for (host, vcores) in unused {
            if self.host_free[host as usize] != NONE {
                self.host_free[host as usize] += vcores;
            }
        }
        bought
    }

    fn count_capacity(&mut self, fleet: &Fleet) {
        self.host_capacity = self.host_free.iter().map(|&f| u64::from(f)).collect();
        for server in 0..self.servers as usize {
            let vcores = u64::from(self.vcores[server]);
            self.host_capacity[self.slot_host[3 * server] as usize] += vcores;
            let mode = fleet.groups[self.group[server] as usize].standby_mode;
            if mode != StandbyMode::None {
                self.host_capacity[self.slot_host[3 * server + 1] as usize] += vcores;
            }
        }
    }

    /// Puts each log replica on a host of its standby's pass, in its own zone, away from the others.
    fn place_log_replicas(&mut self, fleet: &Fleet) {
        let mut by_pass_and_zone: Vec<Vec<u32>> = vec![Vec::new(); 3 * self.zones as usize];
        for (pass, range) in self.passes().into_iter().enumerate() {
            for host in range {
                let zone = self.host_zone[host as usize] as usize;
                by_pass_and_zone[pass * self.zones as usize + zone].push(host);
            }
        }
        for server in 0..self.servers as usize {
            let mode = fleet.groups[self.group[server] as usize].standby_mode;
            let pass = if mode == StandbyMode::SameZone { 2 } else { 1 };
            let zone = self.slot_zone[3 * server + 2] as usize;
            let hosts = &by_pass_and_zone[pass * self.zones as usize + zone];
            let taken = [self.slot_host[3 * server], self.slot_host[3 * server + 1]];
            let apart = |host: u32| {
                taken.iter().all(|&t| {
                    t == NONE || self.host_rack[t as usize] != self.host_rack[host as usize]
                })
            };
            let n = hosts.len();
            let at = (0..n.min(8)).map(|i| hosts[(server + i) % n]).find(|&h| apart(h));
            self.slot_host[3 * server + 2] = at.unwrap_or(hosts[server % n]);
        }
    }

    /// The next host in turn with room, in another hall or at least rack than `avoid` if possible.
    fn pick_host(
        &mut self,
        from: u32,
        hosts: &mut u32,
        cursor: &mut u32,
        server: u32,
        avoid: u32,
    ) -> u32 {
        let need = self.vcores[server as usize];
        let mut fallback = NONE;
        for step in 0..*hosts {
            let host = from + (*cursor + step) % *hosts;
            if self.host_free[host as usize] < need {
                continue;
            }
            let apart = avoid == NONE || self.apart(host, avoid);
            if apart || step >= 16 {
                *cursor = (*cursor + step + 1) % *hosts;
                return self.take(host, need);
            }
            if fallback == NONE {
                fallback = host;
            }
        }
        if fallback == NONE {
            // Sizes do not fill hosts evenly: one host more.
            let last = self.host_rack.len() - 1;
            let zone = u32::from(self.host_zone[last]);
            let rack = zone * self.racks + (u32::from(self.host_rack[last]) + 1) % self.racks;
            let capacity = self.host_vcores.max(need);
            self.add_host(zone, rack, capacity);
            fallback = from + *hosts;
            *hosts += 1;
        }
        self.take(fallback, need)
    }

    fn take(&mut self, host: u32, vcores: u32) -> u32 {
        let free = &mut self.host_free[host as usize];
        if *free != NONE {
            *free -= vcores;
        }
        host
    }

    /// Leaves the hosts of a later pass only this much room: the rest is not ours.
    fn cap_later_pass(&mut self, from: u32, mut room: u64) {
        for free in &mut self.host_free[from as usize..] {
            *free = u64::from(*free).min(room) as u32;
            room -= u64::from(*free);
        }
    }

    /// Lists the hosts and the node slots of each rack.
    fn index_racks(&mut self) {
        let racks = self.rack_start.len() - 1;
        let of_host = |h: usize| usize::from(self.host_rack[h]);
        (self.rack_start, self.rack_hosts) = index(racks, self.host_rack.len(), of_host);
        let of_slot = |n: usize| usize::from(self.host_rack[self.slot_host[n] as usize]);
        (self.slot_start, self.rack_slots) = index(racks, self.slot_host.len(), of_slot);
    }
}
