//! Clocks of `every`: they run in their component's operating time, so they stand still while it or
//! what contains it is held, and start a new gap when it is back from its own strike.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fault::storage_node::Transient;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, Injection, Place};
use fleetsim::model::record::{Gauge, Incident, Interval, Sink, Stall, State};
use fleetsim::model::world::{Manner, Scene, World};
use std::sync::Arc;

/// When incidents begin, by cause, and when redundancy goes.
#[derive(Clone, Debug, Default)]
struct Starts {
    down: Vec<(Cause, f64)>,
    at_risk: Vec<f64>,
}

impl Sink for Starts {
    fn incident(&mut self, i: &Incident<'_>) {
        self.down.push((i.cause, i.from.as_secs_f64()));
    }
    fn interval(&mut self, i: Interval) {
        if matches!(i.state, State::AtRisk { .. }) {
            self.at_risk.push(i.from.as_secs_f64());
        }
    }
    fn stall(&mut self, _: Stall) {}
    fn gauge(&mut self, _: Gauge) {}
}

fn starts(fleet: Fleet, replications: u64, mut each: impl FnMut(&Starts)) {
    let scene = Scene::new(fleet);
    let mut world = World::new(&scene, Starts::default());
    for replication in 0..replications {
        let stratum = Stratum::Natural;
        let environment = Arc::new(Environment::draw(&scene.fleet, replication, stratum));
        *world.sink_mut() = Starts::default();
        world.play(&scene, 0, replication, &environment, Manner::default());
        each(world.sink_mut());
    }
}

const GAP: f64 = 10.0 * HOUR;
const LASTS: f64 = HOUR;

/// Every component of one kind is struck each time it has run for `GAP`.
fn clocked(cause: Cause, horizon: f64) -> Fleet {
    let mut faults = Faults::default();
    let (every, lasts) = (Some(Law::fixed(GAP)), Law::fixed(LASTS));
    match cause {
        Cause::host_failure => {
            faults.host_failure.every = every;
            faults.host_failure.repair = lasts;
        }
        Cause::rack_outage => {
            faults.rack_outage.every = every;
            faults.rack_outage.lasts = lasts;
        }
        Cause::stamp_outage => {
            faults.stamp_outage.every = every;
            faults.stamp_outage.lasts = lasts;
        }
        Cause::zone_outage => {
            faults.zone_outage.every = every;
            faults.zone_outage.lasts = lasts;
        }
        Cause::connectivity => {
            faults.connectivity.every = every;
            faults.connectivity.lasts = lasts;
        }
        Cause::copy_failure => faults.copy_failure.every = every,
        _ => {
            let transient = Transient { every, lasts, ..Transient::default() };
            faults.storage_node.transient = Some(transient);
        }
    }
    faults.set_on(cause, true);
    let mut fleet = fleet(1, horizon, faults);
    fleet.start_new = true;
    fleet.groups[0].volume.rebuild_after = Span::MAX;
    fleet
}

fn drill(cause: Cause, at: f64, lasts: f64) -> Injection {
    let place = match cause {
        Cause::region_outage => Place::Region(0),
        _ => Place::Zone(0, 0),
    };
    Injection {
        at: SimTime::ZERO + seconds(at),
        cause,
        place,
        lasts: Some(Law::fixed(lasts)),
        share: None,
        copies_lost: None,
    }
}

#[test]
fn a_clock_stands_still_while_anything_holds_its_component() {
    use Cause as C;
    let region: &[Cause] = &[C::zone_outage, C::region_outage];
    let held_by: [(Cause, &[Cause]); 6] = [
        (C::host_failure, &[C::rack_outage, C::zone_outage, C::region_outage]),
        (C::rack_outage, region),
        (C::stamp_outage, region),
        (C::storage_node, &[C::rack_outage, C::stamp_outage, C::zone_outage, C::region_outage]),
        (
            C::copy_failure,
            &[C::storage_node, C::rack_outage, C::stamp_outage, C::zone_outage, C::region_outage],
        ),
        (C::zone_outage, &[C::region_outage]),
    ];
    for (cause, containers) in held_by {
        for &container in containers {
            let mut fleet = clocked(cause, 30.0 * HOUR);
            // Two outages that overlap: the component is held from the third hour to the eighth.
            fleet.injections.push(drill(container, 3.0 * HOUR, 4.0 * HOUR));
            fleet.injections.push(drill(container, 5.0 * HOUR, 3.0 * HOUR));
            let own = |s: &Starts| -> Vec<f64> {
                s.down.iter().filter(|d| d.0 == cause).map(|d| d.1 / HOUR).collect()
            };
            // All copies of a volume go at once, and with them the server.
            let expected: &[f64] = if cause == C::copy_failure { &[15.0] } else { &[15.0, 26.0] };
            let what = format!("{} held by {}", cause.name(), container.name());
            starts(fleet, 1, |s| assert_eq!(own(s), expected, "{what}"));
        }
    }
}

#[test]
fn a_new_gap_starts_when_the_path_is_back() {
    let mut fleet = clocked(Cause::connectivity, 30.0 * HOUR);
    let mut cut = drill(Cause::connectivity, 3.0 * HOUR, 4.0 * HOUR);
    cut.place = Place::Server(0, 0);
    fleet.injections.push(cut);
    starts(fleet, 1, |s| {
        let hours: Vec<f64> = s.down.iter().map(|d| d.1 / HOUR).collect();
        assert_eq!(hours, [3.0, 14.0, 25.0]);
    });
}

/// A copy is not there while it is made anew: its strikes come once in gap and rebuild, for ever.
#[test]
fn a_copy_that_is_made_anew_starts_a_new_gap() {
    let horizon = 60.0 * DAY;
    let mut fleet = clocked(Cause::copy_failure, horizon);
    fleet.start_new = false;
    fleet.groups[0].volume.rebuild = Some(Law::fixed(LASTS));
    fleet.groups[0].volume.min_copies = 1;
    let mut periods = 0;
    starts(fleet, 20, |s| {
        for &at in s.at_risk.iter().filter(|&&at| at + GAP + LASTS < horizon) {
            let again = at + GAP + LASTS;
            let lost = s.down.first().is_some_and(|d| d.1 <= again);
            let found = s.at_risk.iter().any(|&b| (b - again).abs() < 1e-3);
            assert!(lost || found, "a copy went at {at}, none at {again}: {:?}", s.at_risk);
            periods += 1;
        }
    });
    assert!(periods > 1_000, "only {periods} strikes");
}

/// A host under a rack that fails at random: when it fails itself for the first time.
#[test]
fn the_first_strike_of_a_host_waits_for_its_rack() {
    let mut fleet = clocked(Cause::host_failure, 6.0 * GAP);
    let mut faults = Faults::clone(&fleet.faults);
    let (mean, lasts) = (0.4 * GAP, 0.2 * GAP);
    faults.set_on(Cause::rack_outage, true);
    faults.rack_outage.every = Some(exponential(mean));
    faults.rack_outage.lasts = Law::fixed(lasts);
    fleet.faults = Arc::new(faults);
    fleet.groups[0].faults = fleet.faults.clone();
    fleet.groups[0].compute.relocation = Law::fixed(MINUTE);
    // Other racks hold copies: what they do to the volume is no concern here.
    fleet.groups[0].volume.min_copies = 1;
    // It runs for one gap, and waits once for each outage in it.
    let outages = GAP / mean;
    let at_most_one = libm::exp(-outages) * (1.0 + outages);
    let up = |at: f64| {
        // Of an alternating component with fixed outages, by its renewal equation in small steps.
        let steps = 2_000;
        let step = at / f64::from(steps);
        let away = (lasts / step).round() as usize;
        let mut up = vec![1.0; steps as usize + 1];
        for i in 1..up.len() {
            let back = if i > away { up[i - 1 - away] } else { 0.0 };
            up[i] = up[i - 1] + step / mean * (back - up[i - 1]);
        }
        up[up.len() - 1]
    };
    let mut sample = Sample::default();
    starts(fleet, 30_000, |s| {
        let first = s.down.iter().find(|d| d.0 == Cause::host_failure).expect("it fails once");
        sample.push(f64::from(u8::from(first.1 < GAP + 1.5 * lasts)));
    });
    hold(
        "host in a rack, first strike after at most one outage",
        at_most_one,
        &sample,
        0.01,
        &[("its clock runs on while the rack is away", up(GAP))],
    );
}
