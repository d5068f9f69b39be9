//! Estimates that rest on few events, of which many incidents may be one.

use super::book::Parts;
use super::estimate::{Estimate, View};
use super::scopes::shared;
use super::tally::count;
use crate::model::fault::Cause;
use std::collections::BTreeSet;

/// Fewer events than this are called few.
pub(super) const FEW: f64 = 30.0;

/// Marks an estimate that rests on few events.
pub(super) fn few(row: &mut Estimate, events: f64) {
    if events < FEW {
        row.method += &format!("; few events ({:.0})", events.max(1.0));
    }
}

impl View<'_> {
    /// How many strikes of the environment a counter rests on, each cause with its weight: many incidents of
    /// one outage are one event. Without a limit where the environment has no part in it.
    pub(super) fn strikes(&self, k: usize) -> f64 {
        let by_incidents = matches!(k, count::UNPLANNED | count::RTO_MET);
        let by_down = matches!(
            k,
            count::DOWN | count::RECOVERY | count::SLA_MINUTES | count::SLA_DOWN | count::WORST
        );
        if !by_incidents && !by_down {
            return f64::INFINITY;
        }
        let of = |opened: &(u64, u128)| if by_down { opened.1 as f64 } else { opened.0 as f64 };
        let regions: BTreeSet<u32> = match &self.scope.parts {
            Parts::Classes(classes) => classes
                .iter()
                .map(|&c| self.book.groups[self.book.classes[c as usize].group].region as u32)
                .collect(),
            Parts::Cause(_) => (0..self.book.regions.len() as u32).collect(),
            Parts::Service(_) => return f64::INFINITY,
        };
        // Strata have strikes of zones and regions enough; all others come as they do by nature.
        let (mut all, mut spread) = (0.0, 0.0);
        let strata = self.book.strata.iter().zip(&self.total.strata);
        for (&weight, stratum) in strata.filter(|(_, s)| s.replications > 0) {
            let mut weights = vec![0.0; Cause::COUNT];
            match &self.scope.parts {
                Parts::Cause(cause) => {
                    let sums = stratum.moments.get(self.index);
                    weights[usize::from(cause.0)] = sums.map_or(0.0, |sums| sums.sum(k) as f64);
                }
                _ => {
                    for pool in stratum.pools(&self.scope.parts) {
                        let opened = pool.opened.iter();
                        weights.iter_mut().zip(opened).for_each(|(sum, opened)| *sum += of(opened));
                    }
                }
            }
            let each = weight / stratum.replications as f64;
            all += each * weights.iter().sum::<f64>();
            for cause in Cause::all().filter(|&cause| shared(cause)) {
                let part = each * weights[usize::from(cause.0)];
                let count = regions.iter().map(|region| region << 8 | u32::from(cause.0));
                let count = count.filter_map(|strike| stratum.strikes.get(&strike));
                spread += part * part / count.sum::<u64>().max(1) as f64;
            }
        }
        if spread > 0.0 { all * all / spread } else { f64::INFINITY }
    }
}
