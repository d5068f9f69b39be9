//! What stands where in one cell: zones, halls, racks, hosts, stamps, storage nodes, node slots and
//! copies. Static: a function of the server list and the seed, never of a replication.
//!
//! Every server owns three node slots (primary, standby, log replica) and two volumes of three
//! copies, whatever its standby mode, so that addresses mean the same in every comparison. First
//! slots stand on the hosts of a first pass; the others on those of a second pass, which has a
//! place for every server's standby but only the capacity of the standbys that exist.

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
    /// Hosts of the first pass; the rest belong to the second.
    pub first_pass: u32,
    /// Hosts of each rack: `rack_hosts[rack_start[r]..rack_start[r + 1]]`.
    pub rack_start: Vec<u32>,
    /// Host numbers by rack.
    pub rack_hosts: Vec<u32>,
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

    fn place_hosts(&mut self, fleet: &Fleet, cell: &Cell) {
        let region = &fleet.regions[cell.region];
        let usable = if region.vcores_per_host == u32::MAX {
            f64::INFINITY
        } else {
            (f64::from(region.vcores_per_host) * (1.0 - region.spare.0)).max(1.0)
        };
        let zones = self.zones as usize;
        let (mut first, mut second, mut bought) =
            (vec![0u64; zones], vec![0u64; zones], vec![0u64; zones]);
        for server in 0..self.servers as usize {
            let vcores = u64::from(self.vcores[server]);
            first[self.slot_zone[3 * server] as usize] += vcores;
            let zone = self.slot_zone[3 * server + 1] as usize;
            second[zone] += vcores;
            if fleet.groups[self.group[server] as usize].standby_mode != StandbyMode::None {
                bought[zone] += vcores;
            }
        }
        let hosts = |vcores: u64| ((vcores as f64 / usable).ceil() as u32).max(u32::from(vcores > 0));
        self.slot_host = vec![NONE; 3 * self.servers as usize];
        self.rack_start = vec![0; (self.zones * self.racks) as usize + 1];
        for pass in 0..2 {
            for zone in 0..zones {
                let from = self.host_zone.len() as u32;
                let wanted = if pass == 0 {
                    hosts(first[zone]).max(1)
                } else {
                    hosts(second[zone]).max(1)
                };
                for i in 0..wanted {
                    // The second pass starts one rack later, so that a lone host of it stands in
                    // another rack, and in another hall where there is one.
                    let rack = zone as u32 * self.racks + (i + pass) % self.racks;
                    self.add_host(zone as u32, rack, region.vcores_per_host);
                }
                self.fill_hosts(zone as u8, pass, from, wanted);
                if pass == 1 && region.vcores_per_host != u32::MAX {
                    let capacity =
                        u64::from(hosts(bought[zone])) * u64::from(region.vcores_per_host);
                    self.cap_second_pass(fleet, from, capacity);
                }
            }
            if pass == 0 {
                self.first_pass = self.host_zone.len() as u32;
            }
        }
        self.index_racks();
    }

    fn add_host(&mut self, zone: u32, rack: u32, vcores: u32) {
        self.host_zone.push(zone as u8);
        self.host_rack.push(rack as u16);
        self.host_free.push(vcores);
    }

    /// Deals the slots of one pass and zone out over its hosts, in server order.
    fn fill_hosts(&mut self, zone: u8, pass: u32, from: u32, hosts: u32) {
        let mut hosts = hosts;
        let mut cursor = 0;
        for server in 0..self.servers {
            if self.slot_zone[(3 * server + pass) as usize] == zone {
                let avoid = if pass == 1 { self.slot_host[(3 * server) as usize] } else { NONE };
                let host = self.pick_host(from, &mut hosts, &mut cursor, server, avoid);
                self.slot_host[(3 * server + pass) as usize] = host;
            }
            // The log replica takes no capacity that the customer bought.
            if pass == 1 && self.slot_zone[(3 * server + 2) as usize] == zone {
                let host = from + (cursor + hosts / 2) % hosts;
                self.slot_host[(3 * server + 2) as usize] = host;
            }
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
            let apart = avoid == NONE
                || self.hall_of_host(host) != self.hall_of_host(avoid)
                || (self.halls == 1
                    && self.host_rack[host as usize] != self.host_rack[avoid as usize]);
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
            let capacity = self.host_free.iter().copied().max().unwrap_or(need).max(need);
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

    /// Leaves the second pass of a zone only the capacity of the standbys that exist: places of
    /// servers without one are given back, and room beyond the capacity is not ours.
    fn cap_second_pass(&mut self, fleet: &Fleet, from: u32, capacity: u64) {
        let mut placed = 0u64;
        for server in 0..self.servers as usize {
            let host = self.slot_host[3 * server + 1];
            if host < from || host == NONE {
                continue;
            }
            if fleet.groups[self.group[server] as usize].standby_mode == StandbyMode::None {
                self.host_free[host as usize] += self.vcores[server];
            } else {
                placed += u64::from(self.vcores[server]);
            }
        }
        let mut room = capacity.saturating_sub(placed);
        for free in &mut self.host_free[from as usize..] {
            *free = u64::from(*free).min(room) as u32;
            room -= u64::from(*free);
        }
    }

    fn index_racks(&mut self) {
        for &rack in &self.host_rack {
            self.rack_start[rack as usize + 1] += 1;
        }
        for i in 1..self.rack_start.len() {
            self.rack_start[i] += self.rack_start[i - 1];
        }
        let mut next = self.rack_start.clone();
        self.rack_hosts = vec![0; self.host_rack.len()];
        for (host, &rack) in self.host_rack.iter().enumerate() {
            self.rack_hosts[next[rack as usize] as usize] = host as u32;
            next[rack as usize] += 1;
        }
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

    fn index_copies(&mut self) {
        let nodes = (self.zones * self.stamps * self.storage_nodes) as usize;
        self.node_start = vec![0; nodes + 1];
        for &node in &self.copy_node {
            self.node_start[node as usize + 1] += 1;
        }
        for i in 0..nodes {
            self.node_start[i + 1] += self.node_start[i];
        }
        let mut next = self.node_start.clone();
        self.node_copies = vec![0; self.copy_node.len()];
        for (copy, &node) in self.copy_node.iter().enumerate() {
            self.node_copies[next[node as usize] as usize] = copy as u32;
            next[node as usize] += 1;
        }
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
