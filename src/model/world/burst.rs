//! Bursts: common causes that strike neighbours, without moving anybody's own rate.

use super::*;
use crate::kernel::law::Law;

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
        let mean = self.burst_means.of(&size_law, n);
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
        let mut all: Vec<u32> = Vec::new();
        for &rack in racks {
            match cause {
                Cause::host_failure => all.extend(topo.hosts_in_rack(rack)),
                Cause::storage_node => all.extend(storage_nodes_in_rack(topo, rack)),
                Cause::copy_failure => {
                    for node in storage_nodes_in_rack(topo, rack) {
                        all.extend(topo.copies_on(node));
                    }
                }
                _ => all.extend(topo.slots_in_rack(rack)),
            }
        }
        all.sort_unstable();
        let owner = match cause {
            Cause::host_failure => {
                let pass = topo.passes().into_iter().find(|p| p.contains(&address));
                let pass = pass.expect("a host belongs to a pass");
                all.retain(|h| pass.contains(h));
                return all;
            }
            Cause::storage_node => return all,
            Cause::copy_failure => 2 * COPIES,
            _ => SLOTS,
        };
        // Servers of one group come one after the other: one comparison a group.
        let group_of = |member: u32| topo.group[(member / owner) as usize];
        let own = group_of(address);
        let mut last = (own, true);
        all.retain(|&member| {
            let group = group_of(member);
            if group != last.0 {
                last = (group, self.same_setting(cause, own, group));
            }
            last.1
        });
        all
    }

    /// Whether two groups set a mode alike.
    fn same_setting(&self, cause: Cause, a: u16, b: u16) -> bool {
        let groups = &self.cx.fleet.groups;
        let (a, b) = (&groups[usize::from(a)].faults, &groups[usize::from(b)].faults);
        a.is_on(cause) == b.is_on(cause)
            && match cause {
                Cause::copy_failure => a.copy_failure == b.copy_failure,
                Cause::vm_crash => {
                    a.vm_crash.rate == b.vm_crash.rate
                        && a.vm_crash.common_cause == b.vm_crash.common_cause
                }
                _ => {
                    a.process_crash.rate == b.process_crash.rate
                        && a.process_crash.common_cause == b.process_crash.common_cause
                }
            }
    }
}

/// Mean sizes of bursts that are cut at how many components there are: the sum of the law's survival
/// up to there, kept because it is asked for again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct Means {
    known: Vec<(Law, Vec<f64>)>,
}

impl Means {
    fn of(&mut self, law: &Law, most: usize) -> f64 {
        let at = self.known.iter().position(|k| k.0 == *law).unwrap_or_else(|| {
            self.known.push((law.clone(), vec![0.0]));
            self.known.len() - 1
        });
        let sums = &mut self.known[at].1;
        while sums.len() <= most {
            let k = (sums.len() - 1) as f64;
            sums.push(sums[sums.len() - 1] + law.survival(k));
        }
        sums[most]
    }
}
