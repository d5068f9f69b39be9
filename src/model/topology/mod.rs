//! What stands where in one cell: zones, halls, racks, hosts, stamps, storage nodes, node slots and
//! copies. Static: a function of the server list and the seed, never of a replication.
//!
//! Every server owns three node slots (primary, standby, log replica) and two volumes of three
//! copies, whatever its standby mode, so that addresses mean the same in every comparison. First
//! slots stand on the hosts of a first pass. A second pass has a place for every server's standby in
//! another zone, a third one for every server's standby in its own zone, whoever bought which; they
//! have only the capacity of the standbys that exist.

mod copies;
mod hosts;

use crate::model::fleet::Fleet;
use crate::model::layout::Cell;

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
    /// Storage nodes of each rack, in order, by where each rack's begin.
    stored_start: Vec<u32>,
    rack_stored: Vec<u32>,
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

    /// vCores of a host that are ours: those placed at the start, and those free.
    pub fn host_capacity(&self, host: u32) -> u64 {
        self.host_capacity[host as usize]
    }

    /// Hosts of each pass.
    pub fn passes(&self) -> [std::ops::Range<u32>; 3] {
        [0, 1, 2].map(|p| self.pass_start[p]..self.pass_start[p + 1])
    }

    /// Whether two hosts stand in different halls, or racks where a zone has one hall.
    pub fn apart(&self, host: u32, other: u32) -> bool {
        self.hall_of_host(host) != self.hall_of_host(other)
            || (self.halls == 1 && self.host_rack[host as usize] != self.host_rack[other as usize])
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

    /// Storage nodes that stand in a rack, in order.
    pub fn storage_nodes_in_rack(&self, rack: u32) -> &[u32] {
        let (a, b) = (self.stored_start[rack as usize], self.stored_start[rack as usize + 1]);
        &self.rack_stored[a as usize..b as usize]
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
