//! Minutes of the contract and months below target, for outages of one length: a compound count.

use crate::chain::Jumps;
use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Share;
use fleetsim::measure::{Book, CellTally, Kind, Replication, Total, estimates, spread::Bins};
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::world::{Manner, Scene, World};
use std::sync::Arc;

const GAP: f64 = 1.5 * DAY;
const LASTS: f64 = 150.0;
const TARGET: f64 = 0.9992;
const MONTHS: [f64; 12] = [31., 28., 31., 30., 31., 30., 31., 31., 30., 31., 30., 31.];

/// P(at least n outages begin in a month), n from 1: gaps are exponential, and an outage under way
/// takes no other. `dead` is its length.
fn at_least(month: f64, dead: f64) -> Vec<f64> {
    (1..200usize)
        .map(|n| {
            let free = (month - (n as f64 - 1.0) * dead) / GAP;
            Jumps::new(free).beyond(n - 1)
        })
        .collect()
}

/// P(a month has more than `budget`), where an outage adds j with probability `adds[j]`.
fn breach(month: f64, budget: f64, adds: &[f64], dead: f64) -> f64 {
    let mut sum = vec![1.0];
    let mut total = 0.0;
    for some in at_least(month, dead) {
        // The n-th outage carries the month over the budget.
        let mut next = vec![0.0; sum.len() + adds.len() - 1];
        for (i, p) in sum.iter().enumerate() {
            for (j, q) in adds.iter().enumerate() {
                if (i + j) as f64 > budget {
                    total += some * p * q;
                } else {
                    next[i + j] += p * q;
                }
            }
        }
        sum = next;
    }
    total
}

fn months(replications: u64, limit: f64) {
    let mut faults = Faults::default();
    faults.set_on(Cause::connectivity, true);
    faults.connectivity.rate = once_in(GAP);
    faults.connectivity.lasts = Law::fixed(LASTS);
    let mut fleet = fleet(200, YEAR, faults);
    fleet.groups[0].sla.targets.none = Share(TARGET);
    let scene = Scene::new(fleet);
    let book = Arc::new(Book::new(&scene.fleet));
    let mut world = World::new(&scene, CellTally::new(&book));
    let (mut part, mut total) = (Replication::new(&book), Total::new(&book));
    let mut bins = Bins::default();
    for replication in 0..replications {
        let environment = Arc::new(Environment::draw(&scene.fleet, replication, Stratum::Natural));
        part.reset(replication, 0);
        world.sink_mut().reset(&scene.cells[0]);
        world.play(&scene, 0, replication, &environment, Manner::default());
        world.sink_mut().finish();
        part.absorb(world.sink_mut());
        part.finish();
        total.absorb(&mut part, &mut bins);
    }
    let rows = estimates(&total, &book);
    let of = |metric: &str| {
        let row = rows.iter().find(|r| r.scope == Kind::Fleet && r.metric == metric).unwrap();
        (row.value.unwrap(), row.std_error.unwrap())
    };

    // The clock's phase is uniform at the start of an outage: of its 2.5 minutes one or two are
    // whole clock minutes, each with probability one half.
    let minutes = [0.0, 0.5, 0.5];
    let outages = YEAR / (GAP + LASTS);
    let (value, error) = of("sla_minutes_per_server_year");
    hold_value(
        "contract, minutes a year",
        outages * (LASTS / MINUTE - 1.0),
        value,
        error,
        limit,
        &[
            ("seconds over sixty", outages * LASTS / MINUTE),
            ("whole minutes of the length", outages * 2.0),
        ],
    );
    let share = |adds: &[f64], unit: f64, dead: f64| {
        let of =
            |days: &f64| breach(days * DAY, (1.0 - TARGET) * days * 1_440.0 / unit, adds, dead);
        MONTHS.iter().map(of).sum::<f64>() / 12.0
    };
    let closed = share(&minutes, 1.0, LASTS);
    let (value, error) = of("sla_breach_share");
    // Left out: an outage that the start of a month cuts. It moves no more than two minutes of one
    // month, and matters only where the month is that close to its budget.
    let cut = LASTS / (GAP + LASTS);
    let near = share(&minutes, 1.0, LASTS) - share(&minutes, 35.0 / 33.0, LASTS);
    assert!(cut * near.abs() < error / 10.0, "{cut} {near} {error}");
    let even = |days: &f64| breach(days * DAY, (1.0 - TARGET) * 43_200.0, &minutes, LASTS);
    hold_value(
        "contract, months below target",
        closed,
        value,
        error,
        limit,
        &[
            ("seconds over sixty", share(&[0.0, 1.0], LASTS / MINUTE, LASTS)),
            ("whole minutes of the length", share(&[0.0, 0.0, 1.0], 1.0, LASTS)),
            ("the mean of an outage", share(&[0.0, 1.0], 1.5, LASTS)),
            ("months of 30 days' budget", MONTHS.iter().map(even).sum::<f64>() / 12.0),
        ],
    );
}

/// The campaign's precision already; more replications would outrun the bound of the bias.
#[test]
fn minutes_and_months_of_the_contract() {
    months(45, 0.005);
}
