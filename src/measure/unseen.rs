//! What was never seen: bounds of its chance, from the parts of a replication that nothing strikes together.
//!
//! Servers that one stroke of chance can strike together are one trial of it, however many they are. So a
//! bound counts the smallest parts that are independent in the scenario: servers where only causes that
//! strike single servers are on and nothing is shared; cells where all causes and shared resources stay
//! within one; else replications.

use super::book::{Book, Kind, Parts};
use super::special::CONFIDENCE;
use crate::kernel::quantity::Speed;
use crate::model::fault::{Addressed, Cause, Faults, MODES};
use crate::model::fleet::Fleet;
use crate::model::strikes::spec;
use libm::{expm1, log};

/// How far one stroke of chance reaches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// One server.
    Server,
    /// Servers of one cell.
    Cell,
    /// Servers of several cells.
    All,
}

/// A part of a replication (or of another unit) that nothing strikes together with another one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Part {
    /// What it is made of.
    pub reach: Reach,
    /// How many of them a unit has.
    pub many: f64,
    /// Servers in each of them.
    pub servers: f64,
}

/// How many trials of a part one stroke can spoil.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spoils {
    /// At most those that a part has: their number is given, or the stroke adds none.
    Own,
    /// One of each server: a stroke makes incidents of its own.
    Servers,
}

/// What was played of a stratum: its weight, units, and trials in all of them.
pub type Played = (f64, f64, f64);

impl Part {
    /// A whole replication.
    pub const REPLICATION: Part = Part { reach: Reach::All, many: 1.0, servers: 1.0 };

    /// What counts as one trial, in words.
    pub fn words(&self) -> &'static str {
        match self.reach {
            Reach::Server => "each server of a replication counts as one trial",
            Reach::Cell => "each cell of a replication counts as one trial",
            Reach::All => "each replication counts as one trial",
        }
    }
}

impl Book {
    /// The parts of a replication in a scope for what reaches so far. A service is whole.
    pub(super) fn part(&self, scope: usize, reach: Reach) -> Part {
        let scope = &self.scopes[scope];
        let reach = if scope.kind == Kind::Service { Reach::All } else { reach };
        let many = match reach {
            Reach::Server => scope.servers,
            Reach::Cell => scope.cells,
            Reach::All => 1,
        };
        let many = many.max(1) as f64;
        Part { reach, many, servers: scope.servers as f64 / many }
    }

    /// How many incidents of a scope one stroke can spoil: a cause that strikes single servers makes no more
    /// of them at one stroke.
    pub(super) fn spoils(&self, scope: usize) -> Spoils {
        match self.scopes[scope].parts {
            Parts::Cause(cause) if self.reaches[usize::from(cause.0)] == Reach::Server => {
                Spoils::Own
            }
            _ => Spoils::Servers,
        }
    }
}

/// Upper bound (95 %) of a share of which no event was seen.
pub fn share(strata: &[Played], part: &Part, spoils: Spoils) -> f64 {
    let mean: f64 = strata.iter().map(|&(weight, units, trials)| weight * trials / units).sum();
    let strata: Vec<(f64, f64)> = strata
        .iter()
        .map(|&(weight, units, trials)| {
            let own = trials / units;
            match (spoils, part.reach) {
                // Incidents of single servers are trials themselves.
                (Spoils::Servers, Reach::Server) => (weight * own / mean, trials),
                (Spoils::Servers, _) => {
                    (weight * own.max(part.servers * part.many) / mean, units * part.many)
                }
                (Spoils::Own, _) => (weight * own / mean, units * part.many),
            }
        })
        .collect();
    none_seen(&strata).min(1.0)
}

/// Upper bound (95 %) of a weighted sum of probabilities of which no event was seen: the largest one with
/// which nothing is seen in 5 % of all cases, over strata of weight and trials.
///
/// With p = 1 - exp(-x) the sum is concave and what is given, the sum of n x, is linear: all strata whose
/// weight is worth its trials have w exp(-x) / n alike.
pub fn none_seen(strata: &[(f64, f64)]) -> f64 {
    let mut worth: Vec<(f64, f64)> =
        strata.iter().copied().filter(|&(weight, trials)| weight > 0.0 && trials > 0.0).collect();
    worth.sort_by(|a, b| (b.0 / b.1).total_cmp(&(a.0 / a.1)));
    let (mut trials, mut logs, mut level) = (0.0, log(1.0 - CONFIDENCE), f64::INFINITY);
    for &(weight, n) in &worth {
        let own = log(weight / n);
        if own <= level && trials > 0.0 {
            break;
        }
        trials += n;
        logs += n * own;
        level = logs / trials;
    }
    let share = |&(weight, n): &(f64, f64)| weight * -expm1((level - log(weight / n)).min(0.0));
    worth.iter().map(share).sum()
}

/// Upper bound (95 %) of a weighted sum of expected numbers in a unit of which none was seen, over strata of
/// weight and units.
pub fn rate(strata: &[(f64, f64)]) -> f64 {
    let most = strata.iter().map(|&(weight, units)| weight / units).fold(0.0, f64::max);
    -log(1.0 - CONFIDENCE) * most
}

/// Whether each cause strikes by chance, in the fleet or in a group.
pub(super) fn on(fleet: &Fleet) -> [bool; Cause::COUNT] {
    let mut on = [false; Cause::COUNT];
    for mode in MODES {
        on[usize::from(mode.cause.0)] = fleet.faults.is_on(mode.cause)
            || fleet.groups.iter().any(|group| group.faults.is_on(mode.cause));
    }
    on
}

/// How far each cause reaches, and all that can happen together.
pub(super) fn reaches(fleet: &Fleet) -> ([Reach; Cause::COUNT], Reach) {
    let mut reaches = [Reach::All; Cause::COUNT];
    let mut all = Reach::Server;
    let each = || std::iter::once(&fleet.faults).chain(fleet.groups.iter().map(|g| &g.faults));
    for mode in MODES {
        let reach = match mode.addressed {
            Addressed::Node | Addressed::Server | Addressed::Pair | Addressed::Copy => {
                let together = each().any(|faults| bursts(faults, mode.cause));
                if together { Reach::Cell } else { Reach::Server }
            }
            Addressed::Host | Addressed::Rack | Addressed::StorageNode | Addressed::Stamp => {
                Reach::Cell
            }
            Addressed::Zone | Addressed::Region | Addressed::ZonePair | Addressed::Release => {
                Reach::All
            }
        };
        reaches[usize::from(mode.cause.0)] = reach;
        if each().any(|faults| faults.is_on(mode.cause)) {
            all = all.max(reach);
        }
    }
    // What is injected strikes what it names at once.
    for injected in &fleet.injections {
        reaches[usize::from(injected.cause.0)] = Reach::All;
        all = Reach::All;
    }
    // A release goes to all servers.
    if fleet.groups.iter().any(|g| g.maintenance_on) {
        all = Reach::All;
    }
    if shared_resources(fleet) {
        all = all.max(Reach::Cell);
    }
    (reaches, all)
}

/// Whether a mode of single components strikes some of them together.
fn bursts(faults: &Faults, cause: Cause) -> bool {
    spec(faults, cause).1.is_some_and(|common| common.share.0 > 0.0)
}

/// Whether servers of a cell may wait for one another.
fn shared_resources(fleet: &Fleet) -> bool {
    let bounded = |speed: Speed| speed != Speed::UNBOUNDED;
    fleet.control.ring_limit != u32::MAX
        || fleet.regions.iter().any(|region| region.vcores_per_host != u32::MAX)
        || fleet.groups.iter().any(|g| {
            let volume = &g.volume;
            let rebuilds =
                bounded(volume.rebuild_bandwidth) || volume.rebuild_concurrent != u32::MAX;
            rebuilds || bounded(g.restore.throughput)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::testing::{fleet, group};
    use std::sync::Arc;

    #[test]
    fn a_bound_of_one_stratum_is_the_exact_one() {
        let exact = |n: f64| 1.0 - 0.05f64.powf(1.0 / n);
        for n in [1.0, 7.0, 100.0, 1e6] {
            assert!((none_seen(&[(1.0, n)]) / exact(n) - 1.0).abs() < 1e-9, "{n}");
        }
        assert_eq!(none_seen(&[]), 0.0);
        assert!((rate(&[(0.2, 100.0), (0.8, 50.0)]) - 0.8 * 2.995_732_27 / 50.0).abs() < 1e-9);
    }

    /// No pair of probabilities with which nothing is seen in 5 % of all cases has a larger sum.
    #[test]
    fn a_bound_of_strata_is_the_largest_sum() {
        for (w, n, v, m) in [(0.5, 10.0, 0.5, 10.0), (0.97, 5.0, 0.03, 5.0), (0.6, 3.0, 0.4, 4.0)] {
            let most = (0..=10_000u32).map(|i| {
                let p = f64::from(i) / 10_000.0 * none_seen(&[(1.0, n)]);
                let rest = 0.05 / (1.0 - p).powf(n);
                w * p + v * (1.0 - rest.min(1.0).powf(1.0 / m))
            });
            let most = most.fold(0.0, f64::max);
            let bound = none_seen(&[(v, m), (w, n)]);
            assert!((bound / most - 1.0).abs() < 1e-6, "{bound} {most}");
        }
    }

    #[test]
    fn a_stroke_that_makes_incidents_of_its_own_spoils_one_of_each_server() {
        let whole = Part { reach: Reach::All, many: 1.0, servers: 50.0 };
        // Two incidents a replication were seen: a stroke of 50 in 3 % of them is most of all.
        let played = [(1.0, 100.0, 200.0)];
        assert!(
            (share(&played, &whole, Spoils::Servers) - 25.0 * none_seen(&[(1.0, 100.0)])).abs()
                < 1e-12
        );
        assert!(share(&played, &whole, Spoils::Own) < 0.03);
        let single = Part { reach: Reach::Server, many: 50.0, servers: 1.0 };
        assert_eq!(share(&played, &single, Spoils::Servers), none_seen(&[(1.0, 200.0)]));
        assert_eq!(share(&played, &single, Spoils::Own), none_seen(&[(1.0, 5_000.0)]));
    }

    #[test]
    fn only_what_strikes_single_servers_leaves_them_independent() {
        let mut fleet = fleet(vec![group("g", 10)], 365);
        fleet.groups[0].maintenance_on = false;
        let all = |fleet: &Fleet| reaches(fleet).1;
        assert_eq!(all(&fleet), Reach::Server);
        let mut other = fleet.clone();
        other.control.ring_limit = 3;
        assert_eq!(all(&other), Reach::Cell);
        let mut other = fleet.clone();
        Arc::make_mut(&mut other.faults).set_on(Cause::rack_outage, true);
        assert_eq!(all(&other), Reach::Cell);
        Arc::make_mut(&mut other.faults).set_on(Cause::gateway_outage, true);
        assert_eq!(all(&other), Reach::All);
        fleet.groups[0].maintenance_on = true;
        assert_eq!(all(&fleet), Reach::All);
        assert_eq!(reaches(&fleet).0[usize::from(Cause::process_crash.0)], Reach::Server);
    }
}
