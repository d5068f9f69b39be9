//! What the oracle tests share: fleets built by hand, a sink that sums, means with standard errors.

use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Rate;
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Group, Injection, Place, Region};
use fleetsim::model::record::{Phase, RecoveryPath, State};
use fleetsim::model::world::{Manner, Scene, World};
use fleetsim::model::{Fleet, Gauge, Incident, Interval, Sink, Stall};
use std::sync::Arc;

pub const MINUTE: f64 = 60.0;
pub const HOUR: f64 = 3_600.0;
pub const DAY: f64 = 86_400.0;
pub const YEAR: f64 = 365.0 * DAY;

/// An exponential law with this mean in seconds.
pub fn exponential(mean: f64) -> Law {
    Law::exponential(mean).unwrap()
}

/// One strike in so many seconds.
pub fn once_in(seconds: f64) -> Option<Rate> {
    Some(Rate(1.0 / seconds))
}

/// So many seconds.
pub fn seconds(seconds: f64) -> Span {
    Span::from_secs_f64(seconds)
}

/// One region of one zone with one group of equal servers; `faults` strike what they are on for.
pub fn fleet(servers: u32, horizon: f64, faults: Faults) -> Fleet {
    let faults = Arc::new(faults);
    let mut fleet = Fleet::empty(SimTime::ZERO + seconds(horizon));
    let mut region = Region::neutral("r");
    region.zones = 1;
    fleet.regions.push(region);
    fleet.groups.push(Group::neutral("g", 0, servers, faults.clone()));
    fleet.faults = faults;
    fleet
}

/// A strike at a time, for so many seconds where it lasts.
pub fn drill(cause: Cause, place: Place, at: f64, lasts: Option<f64>) -> Injection {
    let at = SimTime::ZERO + seconds(at);
    let lasts = lasts.map(Law::fixed);
    Injection { at, cause, place, lasts, share: None, copies_lost: None }
}

/// An incident, kept.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Row {
    pub server: u32,
    pub from: SimTime,
    pub to: SimTime,
    pub waiting: f64,
    pub path: Option<RecoveryPath>,
    /// Loss window, where there is one.
    pub loss: Option<f64>,
}

impl Row {
    pub fn length(&self) -> f64 {
        self.to.since(self.from).as_secs_f64()
    }
}

/// Sums of one replication, in seconds and counts.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// Keep the incidents too.
    pub keep: bool,
    /// What happens before does not count: by then the start is forgotten.
    pub since: SimTime,
    pub rows: Vec<Row>,
    pub incidents: f64,
    pub down: f64,
    pub phases: [f64; 11],
    pub paths: [f64; 9],
    /// Incidents with a waiting phase.
    pub waited: f64,
    pub no_standby: f64,
    pub copies: f64,
    pub absent: f64,
}

impl Tape {
    pub fn phase(&self, phase: Phase) -> f64 {
        self.phases[phase as usize]
    }

    fn clear(&mut self) {
        let (keep, since, mut rows) = (self.keep, self.since, std::mem::take(&mut self.rows));
        rows.clear();
        *self = Tape { keep, since, rows, ..Tape::default() };
    }

    /// The part of a stretch that counts.
    fn length(&self, from: SimTime, to: SimTime) -> f64 {
        to.max(self.since).since(from.max(self.since)).as_secs_f64()
    }
}

impl Sink for Tape {
    fn incident(&mut self, i: &Incident<'_>) {
        self.incidents += 1.0;
        let mut waiting = 0.0;
        for segment in i.segments {
            let length = self.length(segment.from, segment.to);
            self.down += length;
            self.phases[segment.phase as usize] += length;
            if segment.phase == Phase::Waiting {
                waiting += length;
            }
        }
        self.waited += f64::from(u8::from(waiting > 0.0));
        if let Some(path) = i.path {
            self.paths[path as usize] += 1.0;
        }
        if self.keep {
            self.rows.push(Row {
                server: i.server,
                from: i.from,
                to: i.to,
                waiting,
                path: i.path,
                loss: i.loss_window.map(Span::as_secs_f64),
            });
        }
    }

    fn interval(&mut self, i: Interval) {
        let length = self.length(i.from, i.to);
        match i.state {
            State::AtRisk { no_standby, copies } => {
                self.no_standby += if no_standby { length } else { 0.0 };
                self.copies += if copies { length } else { 0.0 };
            }
            _ => self.absent += length,
        }
    }

    fn stall(&mut self, _: Stall) {}

    fn gauge(&mut self, _: Gauge) {}
}

/// Plays the only replication and shows its tape, incidents kept.
pub fn tape(fleet: &Fleet) -> Tape {
    let mut kept = Tape::default();
    play(fleet.clone(), 1, true, |tape| kept = tape.clone());
    kept
}

/// The same, played step by step too, with the invariants checked: the records are the same.
pub fn tape_both_ways(fleet: &Fleet) -> Tape {
    let scene = Scene::new(fleet.clone());
    assert_eq!(scene.cells.len(), 1, "the fleet has one cell");
    let environment = Arc::new(Environment::draw(&scene.fleet, 0, Stratum::Natural));
    let played = |manner: Manner| {
        let mut world = World::new(&scene, Tape { keep: true, ..Tape::default() });
        world.play(&scene, 0, 0, &environment, manner);
        world.sink_mut().rows.sort_by_key(|row| (row.server, row.from));
        world.sink_mut().clone()
    };
    let lazy = played(Manner::default());
    let eager = played(Manner { eager: true, check: true, ..Manner::default() });
    assert_eq!(lazy.rows, eager.rows, "lazy, eager");
    lazy
}

/// Plays replications of a fleet of one cell and shows the tape of each.
pub fn play(fleet: Fleet, replications: u64, keep: bool, each: impl FnMut(&Tape)) {
    play_stratum(fleet, replications, keep, Stratum::Natural, each);
}

/// The same, counted from a time on.
pub fn play_since(since: f64, fleet: Fleet, replications: u64, mut each: impl FnMut(&Tape)) {
    let tape = Tape { since: SimTime::ZERO + seconds(since), ..Tape::default() };
    play_tape(fleet, replications, tape, Stratum::Natural, |tapes| each(only(tapes)));
}

/// The same within one stratum of the environment.
pub fn play_stratum(
    fleet: Fleet,
    replications: u64,
    keep: bool,
    stratum: Stratum,
    mut each: impl FnMut(&Tape),
) {
    let tape = Tape { keep, ..Tape::default() };
    play_tape(fleet, replications, tape, stratum, |tapes| each(only(tapes)));
}

/// Plays replications of a fleet of so many cells and shows the tapes of all, incidents kept.
pub fn play_cells(fleet: Fleet, cells: usize, replications: u64, mut each: impl FnMut(&[Tape])) {
    let tape = Tape { keep: true, ..Tape::default() };
    play_tape(fleet, replications, tape, Stratum::Natural, |tapes| {
        assert_eq!(tapes.len(), cells);
        each(tapes);
    });
}

fn only(tapes: &[Tape]) -> &Tape {
    assert_eq!(tapes.len(), 1, "the fleet has one cell");
    &tapes[0]
}

fn play_tape(
    fleet: Fleet,
    replications: u64,
    tape: Tape,
    stratum: Stratum,
    mut each: impl FnMut(&[Tape]),
) {
    let scene = Scene::new(fleet);
    let cells = scene.cells.len();
    let mut tapes = vec![tape.clone(); cells];
    let mut worlds: Vec<_> = (0..cells).map(|_| World::new(&scene, tape.clone())).collect();
    for replication in 0..replications {
        let environment = Arc::new(Environment::draw(&scene.fleet, replication, stratum));
        for (cell, world) in worlds.iter_mut().enumerate() {
            world.sink_mut().clear();
            world.play(&scene, cell, replication, &environment, Manner::default());
            std::mem::swap(world.sink_mut(), &mut tapes[cell]);
        }
        each(&tapes);
    }
}

/// A mean over replications and its standard error.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Sample {
    pub fn push(&mut self, value: f64) {
        self.count += 1.0;
        let change = value - self.mean;
        self.mean += change / self.count;
        self.squares += change * (value - self.mean);
    }

    pub fn mean(&self) -> f64 {
        self.mean
    }

    pub fn error(&self) -> f64 {
        (self.squares / (self.count - 1.0) / self.count).sqrt()
    }
}

/// Holds a simulated mean against its closed form and against models that are wrong.
pub fn hold(name: &str, closed: f64, sample: &Sample, limit: f64, wrong: &[(&str, f64)]) {
    hold_value(name, closed, sample.mean(), sample.error(), limit, wrong);
}

/// The same for a value that comes with its error.
pub fn hold_value(
    name: &str,
    closed: f64,
    value: f64,
    error: f64,
    limit: f64,
    wrong: &[(&str, f64)],
) {
    let off = (value - closed) / error;
    let relative = error / closed;
    println!(
        "{name}: closed {closed:.6}, simulated {value:.6} ± {error:.6} ({off:+.2} SE), relative SE {:.2} %",
        100.0 * relative
    );
    for (what, model) in wrong {
        println!("    not \"{what}\": {model:.6}, {:+.1} SE away", (value - model) / error);
    }
    assert!(relative <= limit, "{name}: relative standard error {relative:.4} above {limit}");
    assert!(off.abs() <= 4.0, "{name}: {value} is {off:+.1} standard errors from {closed}");
    for (what, model) in wrong {
        let distance = (value - model).abs() / error;
        assert!(distance > 8.0, "{name}: \"{what}\" ({model}) is only {distance:.1} SE away");
    }
}
