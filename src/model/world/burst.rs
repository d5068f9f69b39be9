//! Bursts: common causes that strike neighbours, without moving anybody's own rate.

use super::*;
use crate::kernel::law::Law;
use crate::model::fault::Faults;
use crate::model::fault::common::{CommonCause, Within};

impl<S: Sink> World<S> {
    /// A common cause strikes distinct neighbours of the component addressed. Candidates come at the
    /// rate of single components; each is admitted with the inverse of the mean size within its
    /// place, so that every component keeps its own rate and no candidate depends on placement.
    pub(super) fn burst(
        &mut self,
        address: u32,
        origin: Origin,
        strike: fn(&mut World<S>, u32, Origin),
    ) {
        let fleet = self.cx.fleet.clone();
        let Some(common) = self.common_cause(&fleet, address, origin.cause) else { return };
        let (within, size_law) = (common.within, &common.size.0);
        let Some(rack) = self.home_rack(address, origin.cause) else { return };
        let n = self.count_members(rack, within, origin.cause, address);
        if n == 0 {
            return;
        }
        let mean = self.bursts.mean(size_law, n);
        let mut draw = self.cx.draw(Purpose::Burst, origin, address, 0);
        if draw.unit() * mean >= 1.0 {
            return;
        }
        let mut members = self.members(&self.racks_of(rack, within), origin.cause, address);
        debug_assert_eq!(members.len(), n, "the members of a place were counted before");
        let size = (size_law.sample(&mut draw) as usize).clamp(1, n);
        for i in 0..size {
            let j = i + draw.below((n - i) as u64) as usize;
            members.swap(i, j);
        }
        let mut victims = members[..size].to_vec();
        victims.sort_unstable();
        for victim in victims {
            strike(self, victim, origin);
            self.drain();
        }
    }

    /// The racks of the place in which a burst that is addressed in a rack strikes.
    fn racks_of(&self, rack: u32, within: Within) -> Vec<u32> {
        let topo = &self.cx.topo;
        match within {
            Within::Rack => vec![rack],
            Within::Hall => topo.racks_in_hall(topo.hall_of_rack(rack)).collect(),
            Within::Zone => {
                let zone = rack / topo.racks;
                (zone * topo.racks..(zone + 1) * topo.racks).collect()
            }
        }
    }

    /// How many [`World::members`] there are around a component. Most candidates are not admitted and ask
    /// for no more, so that it is known from the first time on.
    fn count_members(&mut self, rack: u32, within: Within, cause: Cause, address: u32) -> usize {
        let key = (cause, rack, self.set_of(cause, address));
        if let Some(&known) = self.bursts.counts.get(&key) {
            return known;
        }
        let count = self.members(&self.racks_of(rack, within), cause, address).len();
        self.bursts.counts.insert(key, count);
        count
    }

    /// Which components of the mode's kind a burst on this one may strike: a pass of hosts, or those of groups
    /// with the same setting.
    fn set_of(&self, cause: Cause, address: u32) -> u16 {
        let topo = &self.cx.topo;
        let owner = match cause {
            Cause::host_failure => {
                let pass = topo.passes().iter().position(|p| p.contains(&address));
                return pass.expect("a host belongs to a pass") as u16;
            }
            Cause::storage_node | Cause::rack_outage => return 0,
            Cause::copy_failure => 2 * COPIES,
            _ => SLOTS,
        };
        self.bursts.settings(cause)[topo.group[(address / owner) as usize] as usize]
    }

    /// How a mode comes in bursts on a component, if it does.
    pub(super) fn common_cause<'f>(
        &self,
        fleet: &'f Fleet,
        address: u32,
        cause: Cause,
    ) -> Option<&'f CommonCause> {
        let all = &fleet.faults;
        let of_owner = |owner: u32| {
            &fleet.groups[self.cx.topo.group[(address / owner) as usize] as usize].faults
        };
        match cause {
            Cause::process_crash => &of_owner(SLOTS).process_crash.common_cause,
            Cause::vm_crash => &of_owner(SLOTS).vm_crash.common_cause,
            Cause::copy_failure => &of_owner(2 * COPIES).copy_failure.common_cause,
            Cause::host_failure => &all.host_failure.common_cause,
            Cause::rack_outage => &all.rack_outage.common_cause,
            Cause::storage_node => &all.storage_node.common_cause,
            _ => &None,
        }
        .as_ref()
    }

    /// The rack in which a component stood at the start.
    pub(super) fn home_rack(&self, address: u32, cause: Cause) -> Option<u32> {
        let topo = &self.cx.topo;
        Some(match cause {
            Cause::host_failure => u32::from(topo.host_rack[address as usize]),
            Cause::storage_node => topo.rack_of_storage_node(address),
            Cause::rack_outage => address,
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
                Cause::storage_node => all.extend(topo.storage_nodes_in_rack(rack)),
                Cause::rack_outage => all.push(rack),
                Cause::copy_failure => {
                    for &node in topo.storage_nodes_in_rack(rack) {
                        all.extend(topo.copies_on(node));
                    }
                }
                _ => all.extend(topo.slots_in_rack(rack)),
            }
        }
        all.sort_unstable();
        if !matches!(cause, Cause::storage_node | Cause::rack_outage) {
            let own = self.set_of(cause, address);
            all.retain(|&member| self.set_of(cause, member) == own);
        }
        all
    }
}

/// Whether two groups set a mode alike.
fn same_setting(cause: Cause, a: &Faults, b: &Faults) -> bool {
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

/// Modes that come in bursts and that groups set for themselves.
const BY_GROUP: [Cause; 3] = [Cause::process_crash, Cause::vm_crash, Cause::copy_failure];

/// What bursts ask for again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct Bursts {
    /// Mean sizes cut at how many components there are: sums of each law's survival up to there.
    means: Vec<(Law, Vec<f64>)>,
    /// Of each mode, the first group that has the same setting as a group.
    settings: [Vec<u16>; BY_GROUP.len()],
    /// How many components a burst may strike: by mode, rack that is addressed, and set of components.
    counts: BTreeMap<(Cause, u32, u16), usize>,
}

impl Bursts {
    /// Looks at the settings of a fleet.
    pub fn reset(&mut self, fleet: &Fleet) {
        self.means.clear();
        self.counts.clear();
        for (settings, cause) in self.settings.iter_mut().zip(BY_GROUP) {
            settings.clear();
            let mut distinct: Vec<u16> = Vec::new();
            for (index, group) in fleet.groups.iter().enumerate() {
                let like = |&&d: &&u16| {
                    same_setting(cause, &fleet.groups[usize::from(d)].faults, &group.faults)
                };
                let known = distinct.iter().find(like).copied();
                settings.push(known.unwrap_or(index as u16));
                if known.is_none() {
                    distinct.push(index as u16);
                }
            }
        }
    }

    fn settings(&self, cause: Cause) -> &[u16] {
        let index = BY_GROUP.iter().position(|&c| c == cause);
        &self.settings[index.expect("a mode that groups set for themselves")]
    }

    fn mean(&mut self, law: &Law, most: usize) -> f64 {
        let at = self.means.iter().position(|k| k.0 == *law).unwrap_or_else(|| {
            self.means.push((law.clone(), vec![0.0]));
            self.means.len() - 1
        });
        let sums = &mut self.means[at].1;
        while sums.len() <= most {
            let k = (sums.len() - 1) as f64;
            sums.push(sums[sums.len() - 1] + law.survival(k));
        }
        sums[most]
    }
}
