//! The alternating-component model in our engine and in other simulators, side by side in one run.
//!
//! 10,000 components; each is up for an exponential time of mean 1000 h and down for one of mean 10 h,
//! with one pending event each on every side. Each component has a generator of its own, the same
//! everywhere, and its times are whole microseconds: all engines play the very same history, which the
//! number of events and a hash of their times confirm. Only the run is timed, not the setting up.
//! Beside it our engine with all failures as one Poisson source, which is how the fleet is played; its
//! draws are others, so its history is another one of the same law.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml` measures; with `--test` it plays a
//! small input once. SimPy is asked where `python3` (or `$PYTHON`) has it: `pip install simpy`.

mod nexosim_side;
mod ours;
mod simcore_side;
mod simpy_side;
mod simrs_side;

use fleetsim::kernel::chance::{Bits, Draw, Key};
use fleetsim::kernel::law::exponential_unit;
use std::time::Duration;

/// Mean time up, hours.
const UP: f64 = 1000.0;
/// Mean time down, hours.
const DOWN: f64 = 10.0;
/// Microseconds of an hour.
const HOUR: f64 = 3.6e9;

/// What is played.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Number of components.
    pub components: u32,
    /// End, in microseconds; exclusive.
    pub end: u64,
}

/// What came out, and how long it took.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Played {
    /// Changes of state.
    pub events: u64,
    /// Sum of the times of all of them, in microseconds, wrapping: the same in any order.
    pub hash: u64,
    /// Processor time of the run.
    pub time: Duration,
}

/// A component: whether it is up, and its generator.
#[derive(Clone, Debug)]
pub struct Component {
    /// Whether it is up.
    pub up: bool,
    draw: Draw,
}

impl Component {
    /// The component with this number, up.
    pub fn new(number: u32) -> Component {
        Component { up: true, draw: Key::new(7).with(u64::from(number)).draw() }
    }

    /// Microseconds until its state changes.
    pub fn gap(&mut self) -> u64 {
        let mean = if self.up { UP } else { DOWN };
        (exponential_unit(&mut self.draw) * mean * HOUR) as u64
    }

    /// Changes its state, and tells in how many microseconds it changes again.
    pub fn toggle(&mut self) -> u64 {
        self.up = !self.up;
        self.gap()
    }
}

/// A generator of the superposed side.
pub fn shared_draw() -> impl Bits {
    Key::new(7).with(u64::MAX).draw()
}

/// Processor time of this thread.
pub fn cpu() -> Duration {
    #[cfg(unix)]
    if let Ok(time) = nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID) {
        return time.into();
    }
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// Somebody who plays the task.
struct Side {
    name: &'static str,
    play: fn(Task) -> Option<Played>,
    /// Whether it plays the same history as the first.
    same: bool,
    /// How many times slower than ours it must be.
    demand: Option<f64>,
}

const SIDES: &[Side] = &[
    Side { name: "ours", play: |t| Some(ours::one_each(t)), same: true, demand: None },
    Side {
        name: "ours, superposed",
        play: |t| Some(ours::superposed(t)),
        same: false,
        demand: None,
    },
    Side { name: "simcore", play: |t| Some(simcore_side::play(t)), same: true, demand: Some(2.0) },
    Side { name: "simrs", play: |t| Some(simrs_side::play(t)), same: true, demand: Some(2.0) },
    Side { name: "nexosim", play: |t| Some(nexosim_side::play(t)), same: true, demand: Some(10.0) },
    Side { name: "SimPy", play: simpy_side::play, same: false, demand: Some(25.0) },
];

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

fn main() {
    let test = std::env::args().any(|a| a == "--test");
    let years = if test { 0.2 } else { 5.0 };
    let components = if test { 100 } else { 10_000 };
    let rounds = if test { 1 } else { 9 };
    let task = Task { components, end: (years * 8760.0 * HOUR) as u64 };
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); SIDES.len()];
    let mut last: Vec<Option<Played>> = vec![None; SIDES.len()];
    for _ in 0..rounds {
        for (at, side) in SIDES.iter().enumerate() {
            // The slow one has fewer turns.
            if side.name == "SimPy" && times[at].len() >= 3 {
                continue;
            }
            let Some(played) = (side.play)(task) else { continue };
            if side.same {
                let first = last[0].unwrap_or(played);
                let same = (first.events, first.hash) == (played.events, played.hash);
                assert!(same, "{} plays another history: {played:?}, ours {first:?}", side.name);
            } else {
                let expected = 2.0 * f64::from(components) * years * 8760.0 / (UP + DOWN);
                let off = (played.events as f64 - expected).abs();
                // Starting up, and six standard deviations.
                let allowed = 0.02 * expected + 6.0 * expected.sqrt() + f64::from(components);
                assert!(off < allowed, "{}: {} events for {expected}", side.name, played.events);
            }
            times[at].push(played.time.as_nanos() as f64 / played.events.max(1) as f64);
            last[at] = Some(played);
        }
    }
    println!("{components} components for {years} years, {rounds} rounds in turns");
    let ours = quartiles(times[0].clone());
    for (at, side) in SIDES.iter().enumerate() {
        let Some(played) = last[at] else {
            println!("{:<18} not here: pip install simpy, and set PYTHON", side.name);
            continue;
        };
        let [low, median, high] = quartiles(times[at].clone());
        let mut line = format!(
            "{:<18} {median:8.1} ns an event [{low:.1}, {high:.1}]  {:7.2} of ours  {} events, hash {:016x}",
            side.name,
            median / ours[1],
            played.events,
            played.hash
        );
        if let Some(demand) = side.demand.filter(|_| !test) {
            let word = if median / ours[1] >= demand { "met" } else { "NOT MET" };
            line += &format!("  at least {demand} times ours: {word}");
        }
        println!("{line}");
    }
}
