//! Bursts: common causes that strike neighbours, without moving anybody's own rate.

use super::*;

impl<S: Sink> World<S> {
    /// A common cause strikes distinct neighbours of the component addressed. Candidates come at the
    /// rate of single components; each is admitted with the inverse of the mean size within its
    /// place, so that every component keeps its own rate and no candidate depends on placement.
    pub(super) fn burst(&mut self, address: u32, origin: Origin) {
        use crate::model::fault::common::Within;
        let Some(common) = self.common_cause(address, origin.cause) else { return };
        let (within, size_law) = (common.within, common.size.0.clone());
        let racks_of = |world: &World<S>, rack: u32| -> Vec<u32> {
            let topo = &world.cx.topo;
            match within {
                Within::Rack => vec![rack],
                Within::Hall => topo.racks_in_hall(topo.hall_of_rack(rack)).collect(),
                Within::Zone => {
                    let zone = rack / topo.racks;
                    (zone * topo.racks..(zone + 1) * topo.racks).collect()
                }
            }
        };
        let Some(rack) = self.home_rack(address, origin.cause) else { return };
        let racks = racks_of(self, rack);
        let members = self.members(&racks, origin.cause, address);
        if members.is_empty() {
            return;
        }
        let n = members.len();
        let mean: f64 = (0..n).map(|k| size_law.survival(k as f64)).sum();
        let mut draw = self.cx.draw(Purpose::Burst, origin, address, 0);
        if draw.unit() * mean >= 1.0 {
            return;
        }
        let size = (size_law.sample(&mut draw) as usize).clamp(1, n);
        let mut members = members;
        for i in 0..size {
            let j = i + draw.below((n - i) as u64) as usize;
            members.swap(i, j);
        }
        let mut victims = members[..size].to_vec();
        victims.sort_unstable();
        for victim in victims {
            self.strike(victim, origin, false);
            self.drain();
        }
    }

    pub(super) fn common_cause(
        &self,
        address: u32,
        cause: Cause,
    ) -> Option<crate::model::fault::common::CommonCause> {
        let f = &self.cx.fleet.faults;
        match cause {
            Cause::process_crash => {
                self.cx.group(address / SLOTS).faults.process_crash.common_cause.clone()
            }
            Cause::vm_crash => self.cx.group(address / SLOTS).faults.vm_crash.common_cause.clone(),
            Cause::copy_failure => {
                self.cx.group(address / (2 * COPIES)).faults.copy_failure.common_cause.clone()
            }
            Cause::host_failure => f.host_failure.common_cause.clone(),
            Cause::storage_node => f.storage_node.common_cause.clone(),
            _ => None,
        }
    }

    /// The rack in which a component stood at the start.
    pub(super) fn home_rack(&self, address: u32, cause: Cause) -> Option<u32> {
        let topo = &self.cx.topo;
        Some(match cause {
            Cause::host_failure => u32::from(topo.host_rack[address as usize]),
            Cause::storage_node => topo.rack_of_storage_node(address),
            Cause::copy_failure => {
                topo.rack_of_storage_node(topo.copy_node[address as usize].into())
            }
            _ => u32::from(topo.host_rack[topo.slot_host[address as usize] as usize]),
        })
    }

    /// The components of the mode's kind that stood in these racks at the start, in order; of modes
    /// that groups set for themselves, those with the same setting.
    pub(super) fn members(&self, racks: &[u32], cause: Cause, address: u32) -> Vec<u32> {
        let topo = &self.cx.topo;
        let here = |rack: u32| racks.contains(&rack);
        match cause {
            Cause::host_failure => {
                let pass = topo.passes().into_iter().find(|p| p.contains(&address));
                let pass = pass.expect("a host belongs to a pass");
                pass.filter(|&h| here(topo.host_rack[h as usize].into())).collect()
            }
            Cause::storage_node => (0..topo.storage_node_count())
                .filter(|&n| here(topo.rack_of_storage_node(n)))
                .collect(),
            Cause::copy_failure => {
                let own = &self.cx.group(address / (2 * COPIES)).faults.copy_failure;
                (0..topo.copy_node.len() as u32)
                    .filter(|&c| here(topo.rack_of_storage_node(topo.copy_node[c as usize].into())))
                    .filter(|&c| self.cx.group(c / (2 * COPIES)).faults.copy_failure == *own)
                    .collect()
            }
            _ => {
                let setting = |node: u32| {
                    let f = &self.cx.group(node / SLOTS).faults;
                    if cause == Cause::vm_crash {
                        (f.is_on(cause), f.vm_crash.rate, f.vm_crash.common_cause.as_ref())
                    } else {
                        (
                            f.is_on(cause),
                            f.process_crash.rate,
                            f.process_crash.common_cause.as_ref(),
                        )
                    }
                };
                let own = setting(address);
                (0..SLOTS * topo.servers)
                    .filter(|&n| here(topo.host_rack[topo.slot_host[n as usize] as usize].into()))
                    .filter(|&n| setting(n) == own)
                    .collect()
            }
        }
    }
}
