//! Where the copies of volumes stand: stamps of their nodes' hosts, storage nodes in distinct racks.

use super::{COPIES, Topology, index};
use crate::kernel::chance::{Bits, Key};
use crate::model::fleet::{Fleet, Placement};
use crate::model::layout::Cell;

impl Topology {
    pub(super) fn place_copies(&mut self, fleet: &Fleet, cell: &Cell) {
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

    /// Lists the copies of each storage node, and the storage nodes of each rack.
    fn index_copies(&mut self) {
        let nodes = self.storage_node_count() as usize;
        let racks = (self.zones * self.racks) as usize;
        let of_node = |n: usize| self.rack_of_storage_node(n as u32) as usize;
        (self.stored_start, self.rack_stored) = index(racks, nodes, of_node);
        let of_copy = |c: usize| usize::from(self.copy_node[c]);
        (self.node_start, self.node_copies) = index(nodes, self.copy_node.len(), of_copy);
    }
}
