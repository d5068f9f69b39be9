//! What stands where in one cell: zones, halls, racks, hosts, stamps, storage nodes, node slots and
//! copies. Static: a function of the server list and the seed, never of a replication.
//!
//! Every server owns three node slots (primary, standby, log replica) and two volumes of three
//! copies, whatever its standby mode, so that addresses mean the same in every comparison. First
//! slots stand on the hosts of a first pass. A second pass has a place for every server's standby in
//! another zone, a third one for every server's standby in its own zone, whoever bought which; they
//! have only the capacity of the standbys that exist.

use crate::kernel::chance::{Bits, Key};
use crate::model::fleet::{Fleet, Placement, StandbyMode};
use crate::model::layout::{Cell, home_zone};

/// A number that stands for "none" in the tables of indices.
pub const NONE: u32 = u32::MAX;

/// Node slots of a server: two that may be primary or standby, one that only keeps the log.
pub const SLOTS: u32 = 3;

/// Copies of a volume.
pub const COPIES: u32 = 3;

/// The static structure of one cell. Racks, halls, stamps and storage nodes are numbered zone by
/// zone; hosts too, those of the first pass before those of the second.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// Number of servers.
    pub servers: u32,
    /// Number of zones.
    pub zones: u32,
    /// Halls of a zone.
    pub halls: u32,
    /// Racks of a zone.
    pub racks: u32,
    /// Stamps of a zone.
    pub stamps: u32,
    /// Storage nodes of a stamp.
    pub storage_nodes: u32,
    /// vCores of a host; `NONE` is unbounded.
    host_vcores: u32,
    /// Group of each server.
    pub group: Vec<u16>,
    /// Number in its group of each server.
    pub number: Vec<u32>,
    /// vCores of each server's nodes.
    pub vcores: Vec<u32>,
    /// Home zone of each slot.
    pub slot_zone: Vec<u8>,
    /// Home host of each slot.
    pub slot_host: Vec<u32>,
    /// Zone of each host.
    pub host_zone: Vec<u8>,
    /// Rack of each host, over all zones.
    pub host_rack: Vec<u16>,
    /// vCores free on each host at the start; `NONE` is unbounded.
    pub host_free: Vec<u32>,
    /// vCores of each host that are ours; meaningless where unbounded.
    host_capacity: Vec<u64>,
    /// First host of each pass, and one past the last.
    pub pass_start: [u32; 4],
    /// Hosts of each rack: `rack_hosts[rack_start[r]..rack_start[r + 1]]`.
    pub rack_start: Vec<u32>,
    /// Host numbers by rack.
    pub rack_hosts: Vec<u32>,
    /// Node slots that stand in each rack at the start, in order, by where each rack's begin.
    slot_start: Vec<u32>,
    rack_slots: Vec<u32>,
    /// Stamp of each volume's first placement.
    pub volume_stamp: Vec<u16>,
    /// Storage node of each copy's first placement.
    pub copy_node: Vec<u16>,
    /// Copies of each storage node: `node_copies[node_start[n]..node_start[n + 1]]`.
    pub node_start: Vec<u32>,
    /// Copy numbers by storage node.
    pub node_copies: Vec<u32>,
}

impl Topology {
    /// Builds the structure of a cell.
    pub fn new(fleet: &Fleet, cell: &Cell) -> Topology {
        let region = &fleet.regions[cell.region];
        assert!(
            region.storage_nodes >= COPIES && region.racks / region.halls >= COPIES,
            "a stamp needs three storage nodes in three racks of its hall"
        );
        let mut t = Topology {
            servers: cell.servers,
            zones: region.zones,
            halls: region.halls,
            racks: region.racks,
            stamps: region.stamps,
            storage_nodes: region.storage_nodes,
            host_vcores: region.vcores_per_host,
            ..Topology::default()
        };
        t.place_servers(fleet, cell);
        t.place_hosts(fleet, cell);
        t.place_copies(fleet, cell);
        t
    }

    fn place_servers(&mut self, fleet: &Fleet, cell: &Cell) {
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

    /// vCores of a host that are ours: those placed at the start, and those free.
    pub fn host_capacity(&self, host: u32) -> u64 {
        self.host_capacity[host as usize]
    }

    /// Hosts of each pass.
    pub fn passes(&self) -> [std::ops::Range<u32>; 3] {
        [0, 1, 2].map(|p| self.pass_start[p]..self.pass_start[p + 1])
    }

    fn place_hosts(&mut self, fleet: &Fleet, cell: &Cell) {
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

    /// Whether two hosts stand in different halls, or racks where a zone has one hall.
    pub fn apart(&self, host: u32, other: u32) -> bool {
        self.hall_of_host(host) != self.hall_of_host(other)
            || (self.halls == 1 && self.host_rack[host as usize] != self.host_rack[other as usize])
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

    fn place_copies(&mut self, fleet: &Fleet, cell: &Cell) {
        let key = Key::new(fleet.seed).with(0x70_6c61_6365).with(cell.index as u64);
        let volumes = 2 * self.servers;
        self.volume_stamp = Vec::with_capacity(volumes as usize);
        self.copy_node = Vec::with_capacity((COPIES * volumes) as usize);
        let sets = self.copysets();
        for volume in 0..volumes {
            let server = (volume / 2) as usize;
            let host = self.slot_host[3 * server + (volume % 2) as usize];
            let stamp = self.stamp_of_host(host);
            let placement = fleet.groups[self.group[server] as usize].volume.placement;
            let nodes = self.draw_copies(key.with(u64::from(volume)), placement, &sets);
            self.volume_stamp.push(stamp as u16);
            self.copy_node.extend(nodes.map(|n| (stamp * self.storage_nodes + n) as u16));
        }
        self.index_copies();
    }

    /// Three storage nodes of a stamp, in distinct racks, as numbers within the stamp.
    pub fn draw_copies(&self, key: Key, placement: Placement, sets: &[[u32; 3]]) -> [u32; 3] {
        let mut draw = key.draw();
        if placement == Placement::Copysets && !sets.is_empty() {
            return sets[draw.below(sets.len() as u64) as usize];
        }
        let n = u64::from(self.storage_nodes);
        // Whole triples are rejected, which keeps every admissible one equally likely.
        loop {
            let nodes = [0; 3].map(|_: u32| draw.below(n) as u32);
            let [a, b, c] = nodes.map(|node| self.rack_in_stamp(node));
            if a != b && b != c && a != c {
                return nodes;
            }
        }
    }

    /// Fixed sets of three storage nodes of a stamp in distinct racks, every node in at most one.
    pub fn copysets(&self) -> Vec<[u32; 3]> {
        let racks = self.racks_of_stamp();
        let mut left: Vec<Vec<u32>> = vec![Vec::new(); racks as usize];
        for node in (0..self.storage_nodes).rev() {
            left[self.rack_in_stamp(node) as usize].push(node);
        }
        let mut sets = Vec::new();
        loop {
            let mut order: Vec<usize> = (0..left.len()).collect();
            order.sort_by_key(|&r| (std::cmp::Reverse(left[r].len()), r));
            if order.len() < 3 || left[order[2]].is_empty() {
                return sets;
            }
            sets.push([0, 1, 2].map(|i| left[order[i]].pop().expect("the rack has a node left")));
        }
    }

    /// Lists the copies of each storage node.
    fn index_copies(&mut self) {
        let nodes = (self.zones * self.stamps * self.storage_nodes) as usize;
        let of_copy = |c: usize| usize::from(self.copy_node[c]);
        (self.node_start, self.node_copies) = index(nodes, self.copy_node.len(), of_copy);
    }

    /// Hall of a rack, over all zones.
    pub fn hall_of_rack(&self, rack: u32) -> u32 {
        rack / self.racks * self.halls + rack % self.racks % self.halls
    }

    /// Hall of a host, over all zones.
    pub fn hall_of_host(&self, host: u32) -> u32 {
        self.hall_of_rack(u32::from(self.host_rack[host as usize]))
    }

    /// Hall of a stamp, over all zones.
    pub fn hall_of_stamp(&self, stamp: u32) -> u32 {
        stamp / self.stamps * self.halls + stamp % self.stamps % self.halls
    }

    /// A stamp in the hall of a host.
    pub fn stamp_of_host(&self, host: u32) -> u32 {
        let hall = self.hall_of_host(host);
        let (zone, hall) = (hall / self.halls, hall % self.halls);
        // Stamps of one hall are taken in turn by rack.
        let in_hall = (self.stamps.saturating_sub(hall)).div_ceil(self.halls).max(1);
        let turn = u32::from(self.host_rack[host as usize]) / self.halls % in_hall;
        zone * self.stamps + (hall + turn * self.halls) % self.stamps
    }

    /// How many racks a stamp spans.
    pub fn racks_of_stamp(&self) -> u32 {
        (self.racks / self.halls).max(1)
    }

    /// Which of its stamp's racks a storage node stands in, by its number in the stamp.
    pub fn rack_in_stamp(&self, node: u32) -> u32 {
        node % self.racks_of_stamp()
    }

    /// Rack of a storage node, over all zones.
    pub fn rack_of_storage_node(&self, node: u32) -> u32 {
        let stamp = node / self.storage_nodes;
        let hall = self.hall_of_stamp(stamp) % self.halls;
        let zone = stamp / self.stamps;
        let rack = hall + self.halls * self.rack_in_stamp(node % self.storage_nodes);
        zone * self.racks + rack % self.racks
    }

    /// Storage nodes of the cell.
    pub fn storage_node_count(&self) -> u32 {
        self.zones * self.stamps * self.storage_nodes
    }

    /// Copies that stood on a storage node at the start.
    pub fn copies_on(&self, node: u32) -> &[u32] {
        let (a, b) = (self.node_start[node as usize], self.node_start[node as usize + 1]);
        &self.node_copies[a as usize..b as usize]
    }

    /// Node slots that stand in a rack at the start, in order.
    pub fn slots_in_rack(&self, rack: u32) -> &[u32] {
        let (a, b) = (self.slot_start[rack as usize], self.slot_start[rack as usize + 1]);
        &self.rack_slots[a as usize..b as usize]
    }

    /// Hosts of a rack.
    pub fn hosts_in_rack(&self, rack: u32) -> &[u32] {
        let (a, b) = (self.rack_start[rack as usize], self.rack_start[rack as usize + 1]);
        &self.rack_hosts[a as usize..b as usize]
    }

    /// Racks of a hall, over all zones.
    pub fn racks_in_hall(&self, hall: u32) -> impl Iterator<Item = u32> + use<> {
        let (zone, h, racks) = (hall / self.halls, hall % self.halls, self.racks);
        (h..racks).step_by(self.halls as usize).map(move |r| zone * racks + r)
    }

    /// Stamps of a hall, over all zones.
    pub fn stamps_in_hall(&self, hall: u32) -> impl Iterator<Item = u32> + use<> {
        let (zone, h, stamps) = (hall / self.halls, hall % self.halls, self.stamps);
        (h..stamps).step_by(self.halls as usize).map(move |s| zone * stamps + s)
    }
}

/// Members of each place in order, one place after the other, and where each one's begin.
fn index(places: usize, members: usize, place: impl Fn(usize) -> usize) -> (Vec<u32>, Vec<u32>) {
    let mut start = vec![0u32; places + 1];
    for member in 0..members {
        start[place(member) + 1] += 1;
    }
    for i in 0..places {
        start[i + 1] += start[i];
    }
    let mut next = start.clone();
    let mut list = vec![0; members];
    for member in 0..members {
        let at = &mut next[place(member)];
        list[*at as usize] = member as u32;
        *at += 1;
    }
    (start, list)
}
