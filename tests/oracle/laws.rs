//! Laws of every kind as gaps and as repairs: availability depends on their means only.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::time::Span;
use fleetsim::model::fault::{Cause, Faults};

/// A law with its mean, its mean square and its median, worked out by hand.
struct Known {
    name: &'static str,
    law: Law,
    mean: f64,
    square: f64,
    median: f64,
}

/// Recorded values: mostly short, one long.
fn empirical(unit: f64) -> Known {
    let values = [0.1, 0.2, 0.3, 0.4, 5.0].map(|x| x * unit);
    Known {
        name: "empirical",
        mean: values.iter().sum::<f64>() / 5.0,
        square: values.iter().map(|x| x * x).sum::<f64>() / 5.0,
        median: values[2],
        law: Law::empirical(values.to_vec()).unwrap(),
    }
}

/// Nine in ten are exponential, one in ten has one length.
fn mixture(unit: f64) -> Known {
    let (short, long) = (0.5 * unit, 6.0 * unit);
    Known {
        name: "mixture",
        law: Law::mixture(vec![(9.0, exponential(short)), (1.0, Law::fixed(long))]).unwrap(),
        mean: 0.9 * short + 0.1 * long,
        square: 0.9 * 2.0 * short * short + 0.1 * long * long,
        // Half of the whole is five ninths of the short ones.
        median: -short * libm::log1p(-5.0 / 9.0),
    }
}

/// Shape one half: the square of a normal one.
fn gamma(unit: f64) -> Known {
    Known {
        name: "gamma",
        law: Law::gamma(0.5, 2.0 * unit).unwrap(),
        mean: unit,
        square: 3.0 * unit * unit,
        // The upper quartile of the normal law, squared.
        median: 0.674_489_750_196_081_7 * 0.674_489_750_196_081_7 * unit,
    }
}

/// Shape two and a half: a variance, but no third moment.
fn pareto(unit: f64) -> Known {
    let (shape, least) = (2.5, 0.6 * unit);
    Known {
        name: "Pareto",
        law: Law::pareto(shape, least).unwrap(),
        mean: shape * least / (shape - 1.0),
        square: shape * least * least / (shape - 2.0),
        median: least * libm::pow(2.0, 1.0 / shape),
    }
}

fn means(replications: u64, limit: f64) {
    let horizon = 900.0 * YEAR;
    let (often, day) = (8.0 * DAY, DAY);
    for (gap, repair) in [
        (empirical(often), pareto(day)),
        (mixture(often), empirical(day)),
        (gamma(often), mixture(day)),
        (pareto(often), gamma(day)),
    ] {
        let mut faults = Faults::default();
        faults.set_on(Cause::process_crash, true);
        faults.process_crash.every = Some(gap.law);
        let mut fleet = fleet(1, horizon, faults);
        fleet.regions[0].maintenance.release_interval = Span::MAX;
        fleet.groups[0].compute.process_restart = repair.law;
        let mut unavailability = Sample::default();
        play(fleet, replications, false, |tape| unavailability.push(tape.down / horizon));
        // The bias of the limit: the play starts up, at a gap's equilibrium (it misses the excess
        // of a repair under way), and ends anywhere in a gap and a repair.
        let bias = (repair.square / (2.0 * repair.mean) + repair.mean) / horizon;
        assert!(bias < unavailability.error() / 10.0, "{}: bias {bias}", repair.name);
        let share = |gap: f64, repair: f64| repair / (gap + repair);
        hold(
            &format!("{} gaps, {} repairs, downtime", gap.name, repair.name),
            share(gap.mean, repair.mean),
            &unavailability,
            limit,
            &[
                ("the median of the repairs", share(gap.mean, repair.median)),
                ("the median of the gaps", share(gap.median, repair.mean)),
                ("gaps run while the engine is down", repair.mean / gap.mean),
            ],
        );
    }
}

#[test]
fn only_the_means_of_gaps_and_repairs_count() {
    means(10, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_only_the_means_of_gaps_and_repairs_count() {
    means(30, 0.005);
}
