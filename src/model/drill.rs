//! Drills: which components a drill of a mode strikes in its place.

use crate::model::fault::Cause;
use crate::model::fleet::{Injection, Place};
use crate::model::record::Sink;
use crate::model::topology::{COPIES, SLOTS};
use crate::model::world::World;

impl<S: Sink> World<S> {
    /// Addresses that a drill strikes in this cell, in order. Drills of the environment's modes are
    /// played by the environment and strike nothing here.
    pub(super) fn drill_addresses(&self, drill: &Injection) -> Vec<u32> {
        let topo = &self.cx.topo;
        let servers: Vec<u32> = (0..topo.servers).filter(|&s| self.drill_names(drill, s)).collect();
        let by_place = matches!(drill.place, Place::Region(_) | Place::Zone(..) | Place::Hall(..));
        let mut addresses: Vec<u32> = match drill.cause {
            Cause::connectivity | Cause::false_alarm => servers,
            Cause::process_crash | Cause::vm_crash if by_place => (0..SLOTS * topo.servers)
                .filter(|&node| {
                    self.compute
                        .host(node)
                        .is_some_and(|h| self.hall_is_in(drill, topo.hall_of_host(h)))
                })
                .collect(),
            Cause::process_crash | Cause::vm_crash => {
                servers.iter().map(|&s| self.standby.primary_node(s)).collect()
            }
            Cause::host_failure if by_place => (0..topo.host_zone.len() as u32)
                .filter(|&h| self.hall_is_in(drill, topo.hall_of_host(h)))
                .collect(),
            Cause::host_failure => servers
                .iter()
                .filter_map(|&s| self.compute.host(self.standby.primary_node(s)))
                .collect(),
            Cause::rack_outage if by_place => (0..topo.zones * topo.racks)
                .filter(|&r| self.hall_is_in(drill, topo.hall_of_rack(r)))
                .collect(),
            Cause::rack_outage => servers
                .iter()
                .filter_map(|&s| self.compute.host(self.standby.primary_node(s)))
                .map(|h| u32::from(topo.host_rack[h as usize]))
                .collect(),
            Cause::stamp_outage if by_place => (0..topo.zones * topo.stamps)
                .filter(|&s| self.hall_is_in(drill, topo.hall_of_stamp(s)))
                .collect(),
            Cause::stamp_outage => {
                self.primary_volumes(&servers).map(|volume| self.storage.stamp(volume)).collect()
            }
            Cause::storage_node if by_place => (0..topo.storage_node_count())
                .filter(|&n| self.hall_is_in(drill, topo.hall_of_stamp(n / topo.storage_nodes)))
                .collect(),
            Cause::storage_node => self
                .primary_volumes(&servers)
                .map(|volume| self.storage.node_of_copy(volume * COPIES))
                .collect(),
            Cause::copy_failure => {
                self.primary_volumes(&servers).map(|volume| volume * COPIES).collect()
            }
            _ => Vec::new(),
        };
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// The volumes of these servers' primaries: whoever has left the region has none here.
    fn primary_volumes(&self, servers: &[u32]) -> impl Iterator<Item = u32> {
        let volumes = servers.iter().map(|&s| 2 * s + self.standby.primary_slot(s));
        volumes.filter(|&volume| self.storage.exists(volume))
    }

    fn drill_names(&self, drill: &Injection, server: u32) -> bool {
        let topo = &self.cx.topo;
        match drill.place {
            Place::Group(g) => usize::from(topo.group[server as usize]) == g,
            Place::Server(g, n) => {
                usize::from(topo.group[server as usize]) == g && topo.number[server as usize] == n
            }
            _ => {
                let node = self.standby.primary_node(server);
                self.compute
                    .host(node)
                    .is_some_and(|h| self.hall_is_in(drill, topo.hall_of_host(h)))
            }
        }
    }

    fn hall_is_in(&self, drill: &Injection, hall: u32) -> bool {
        let topo = &self.cx.topo;
        match drill.place {
            Place::Region(r) => r == self.cx.region,
            Place::Zone(r, z) => r == self.cx.region && hall / topo.halls == z,
            Place::Hall(r, z, h) => r == self.cx.region && hall == z * topo.halls + h,
            Place::Group(_) | Place::Server(..) => false,
        }
    }
}
