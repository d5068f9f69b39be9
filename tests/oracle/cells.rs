//! Several cells: nodes are struck as in one cell, outages strike all cells at once, and the limit of
//! the ring is split.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Injection, Place, StandbyMode};
use fleetsim::model::record::Phase;

const CRASH: f64 = 2.0 * DAY;
const REBOOT: f64 = 6.0 * HOUR;
const OUTAGE: f64 = 8.0 * DAY;
const LASTS: f64 = DAY;
const HORIZON: f64 = 60.0 * DAY;

fn modes() -> Faults {
    let mut faults = Faults::default();
    faults.set_on(Cause::vm_crash, true);
    faults.vm_crash.rate = once_in(CRASH);
    faults
}

/// Servers of unequal cells, crashes alone.
fn nodes(replications: u64, limit: f64) {
    let (servers, cells) = (110, 4);
    let mut fleet = fleet(servers, HORIZON, modes());
    fleet.regions[0].cells = cells;
    fleet.groups[0].compute.vm_reboot = exponential(REBOOT);
    let mut down = Sample::default();
    play_cells(fleet, cells as usize, replications, |tapes| {
        let all: f64 = tapes.iter().map(|tape| tape.down).sum();
        down.push(all / (HORIZON * f64::from(servers)));
    });
    let share = |crash: f64| {
        let chain =
            Chain::new(false, |boots| vec![(!boots, 1.0 / if boots { REBOOT } else { crash })]);
        chain.time(HORIZON, |boots| boots) / HORIZON
    };
    hold(
        "four cells, downtime by crashes",
        share(CRASH),
        &down,
        limit,
        &[
            ("each cell has the strikes of the region", share(CRASH / f64::from(cells))),
            ("each cell has its part of the rate", share(CRASH * f64::from(cells))),
        ],
    );
}

/// Time in which two servers are down together.
fn together(a: &[Row], b: &[Row]) -> f64 {
    let overlap = |x: &Row, y: &Row| {
        let (from, to) = (x.from.max(y.from), x.to.min(y.to));
        if to > from { to.since(from).as_secs_f64() } else { 0.0 }
    };
    a.iter().map(|x| b.iter().map(|y| overlap(x, y)).sum::<f64>()).sum()
}

/// Two servers, each in a cell of its own, under outages of their zone.
fn outages(replications: u64, limit: f64) {
    let mut faults = modes();
    faults.set_on(Cause::zone_outage, true);
    faults.zone_outage.rate = once_in(OUTAGE);
    faults.zone_outage.lasts = exponential(LASTS);
    let mut fleet = fleet(2, HORIZON, faults);
    fleet.regions[0].cells = 2;
    fleet.groups[0].compute.vm_reboot = exponential(REBOOT);
    let mut both = Sample::default();
    play_cells(fleet, 2, replications, |tapes| {
        both.push(together(&tapes[0].rows, &tapes[1].rows) / HORIZON);
    });
    // The zone of each is out, and each reboots.
    let share = |one_zone: bool| {
        let chain = Chain::new([(false, false); 2], |servers: [(bool, bool); 2]| {
            let mut next = Vec::new();
            for (i, &(out, boots)) in servers.iter().enumerate() {
                let to = |zone: bool, boots: bool| {
                    let mut to = servers;
                    if one_zone && zone != out {
                        return [(zone, boots); 2];
                    }
                    to[i] = (zone, boots);
                    to
                };
                // One outage of the zone is counted once.
                if i == 0 || !one_zone {
                    next.push((to(!out, out), 1.0 / if out { LASTS } else { OUTAGE }));
                }
                match (out, boots) {
                    (true, _) => {}
                    (false, true) => next.push((to(false, false), 1.0 / REBOOT)),
                    (false, false) => next.push((to(false, true), 1.0 / CRASH)),
                }
            }
            next
        });
        let down = |servers: [(bool, bool); 2]| servers.iter().all(|&(out, boots)| out || boots);
        chain.time(HORIZON, down) / HORIZON
    };
    hold(
        "two cells, both servers down",
        share(true),
        &both,
        limit,
        &[("every cell has outages of its own", share(false))],
    );
}

/// A zone outage with a ring whose limit is split over cells.
fn rings(replications: u64, limit: f64) {
    let (servers, slots, cells, promotion) = (240u32, 4u32, 3u32, MINUTE);
    let mut fleet = fleet(servers, DAY, Faults::default());
    (fleet.regions[0].zones, fleet.regions[0].cells) = (2, cells);
    fleet.control.ring_limit = slots;
    let group = &mut fleet.groups[0];
    group.zone = Some(0);
    group.standby_mode = StandbyMode::ZoneRedundant;
    group.standby.promotion = exponential(promotion);
    fleet.injections.push(Injection {
        at: SimTime::ZERO + seconds(HOUR),
        cause: Cause::zone_outage,
        place: Place::Zone(0, 0),
        lasts: Some(Law::fixed(10.0 * DAY)),
        share: None,
        copies_lost: None,
    });
    let [mut wait, mut first] = [Sample::default(); 2];
    play_cells(fleet, cells as usize, replications, |tapes| {
        let waiting = |tape: &Tape| tape.phase(Phase::Waiting);
        wait.push(tapes.iter().map(waiting).sum::<f64>() / f64::from(servers));
        first.push(waiting(&tapes[0]) / f64::from(servers / cells));
    });
    // The j-th of a queue waits for j less c ends of c promotions.
    let mean = |servers: u32, slots: u32| {
        let waits = f64::from((servers - slots) * (servers - slots + 1) / 2) / f64::from(slots);
        promotion * waits / f64::from(servers)
    };
    let cell = servers / cells;
    let split = (mean(cell, 2) + 2.0 * mean(cell, 1)) / 3.0;
    hold(
        "ring split over three cells, mean wait",
        split,
        &wait,
        limit,
        &[
            ("one ring for the region", mean(servers, slots)),
            ("every cell has the whole limit", mean(cell, slots)),
            ("rounded down in every cell", mean(cell, 1)),
        ],
    );
    hold(
        "ring split over three cells, mean wait in the first",
        mean(cell, 2),
        &first,
        limit,
        &[("rounded down", mean(cell, 1))],
    );
}

#[test]
fn nodes_of_several_cells_are_struck_as_in_one() {
    nodes(20, 0.01);
}

#[test]
fn an_outage_strikes_all_cells_at_once() {
    outages(3_000, 0.01);
}

#[test]
fn the_limit_of_the_ring_is_split_over_cells() {
    rings(300, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_several_cells() {
    nodes(200, 0.005);
    outages(15_000, 0.005);
    rings(2_000, 0.005);
}
