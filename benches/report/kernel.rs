//! The kernel by itself: event lists from 16 to a million pending, streams and keyed draws, each law.
//!
//! Event lists are held at their size: each turn takes the first event and schedules another one. Plain
//! events replace the top of the heap; timers are moved by key before they fire, as a recovery that
//! something cuts short. Everything is also shown over the floor loop, measured in between.

use crate::Size;
use crate::clock::timed;
use crate::floor::Floor;
use crate::sample::Sample;
use crate::table::{Demand, Table, hash};
use fleetsim::kernel::chance::{Bits, Key, Stream};
use fleetsim::kernel::event_list::{EventList, time_of};
use fleetsim::kernel::law::Law;
use fleetsim::kernel::time::SimTime;

/// Something that is done many times: takes a number of turns, gives a hash.
type Turns<'a> = Box<dyn FnMut(u64) -> u64 + 'a>;

/// How long the parts of the kernel take.
pub fn bench(size: Size, table: &mut Table) {
    let (rounds, turns) = match size {
        Size::Test => (1, 200),
        Size::Quick => (5, 50_000),
        _ => (15, 200_000),
    };
    let pending: &[u64] =
        if size == Size::Test { &[16, 1_024] } else { &[16, 1_024, 65_536, 1_048_576] };
    let mut all: Vec<(String, Turns<'_>)> = Vec::new();
    for &n in pending {
        all.push((format!("plain events, {n} pending"), plain(n)));
        all.push((format!("timers by key, {n} pending"), timers(n)));
    }
    all.push(("stream of ChaCha8, a word".into(), words(Stream::new(1, 2, 3, 4))));
    all.push(("keyed draw, key and first word".into(), keyed()));
    for (name, law) in laws() {
        let mut stream = Stream::new(1, 2, 3, 5);
        let mut sum = 0;
        all.push((
            format!("law {name}"),
            Box::new(move |turns| {
                for _ in 0..turns {
                    sum = hash([sum, law.sample(&mut stream).to_bits()]);
                }
                sum
            }),
        ));
    }
    let mut floor = Floor::new();
    floor.turn(turns);
    let mut floors = Vec::new();
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); all.len()];
    let mut hashes = vec![0; all.len()];
    for _ in 0..rounds {
        floors.push(floor.measure(turns));
        for (at, (_, work)) in all.iter_mut().enumerate() {
            let (time, found) = timed(|| work(turns));
            times[at].push(time / turns as f64);
            hashes[at] = found;
        }
    }
    for (at, (name, _)) in all.iter().enumerate() {
        println!("   {name}: hash {:016x}", hashes[at]);
        table.add(name, Demand::None, Sample::of(times[at].clone()), "ns");
        let over = Sample::ratios(&times[at], &floors);
        table.add(&format!("{name}, over the floor"), Demand::None, over, "");
    }
}

fn plain(pending: u64) -> Turns<'static> {
    let mut list = EventList::default();
    let mut draw = Key::new(1).draw();
    (0..pending).for_each(|content| list.schedule(SimTime(draw.below(1 << 30)), content));
    let mut sum = 0;
    Box::new(move |turns| {
        for _ in 0..turns {
            let first = list.pop_before(SimTime::NEVER).expect("events are pending");
            sum = hash([sum, first as u64]);
            let at = SimTime(time_of(first).0 + draw.below(1 << 30));
            list.schedule(at, first as u64);
        }
        sum
    })
}

fn timers(pending: u64) -> Turns<'static> {
    let mut list = EventList::default();
    let mut draw = Key::new(1).draw();
    (0..pending).for_each(|content| list.set_timer(SimTime(draw.below(1 << 30)), content));
    let mut now = SimTime::ZERO;
    let mut sum = 0;
    Box::new(move |turns| {
        for turn in 0..turns {
            if turn % 2 == 0 {
                let first = list.pop_before(SimTime::NEVER).expect("timers are pending");
                now = time_of(first);
                sum = hash([sum, first as u64]);
                list.set_timer(SimTime(now.0 + draw.below(1 << 30)), first as u64);
            } else {
                list.move_timer(SimTime(now.0 + draw.below(1 << 30)), draw.below(pending));
            }
        }
        sum
    })
}

fn words(mut stream: Stream) -> Turns<'static> {
    let mut sum = 0u64;
    Box::new(move |turns| {
        for _ in 0..turns {
            sum = sum.wrapping_mul(31).wrapping_add(stream.next_u64());
        }
        sum
    })
}

fn keyed() -> Turns<'static> {
    let root = Key::new(1);
    let (mut sum, mut number) = (0u64, 0);
    Box::new(move |turns| {
        for _ in 0..turns {
            number += 1;
            sum = sum.wrapping_mul(31).wrapping_add(root.with(number).with(7).draw().next_u64());
        }
        sum
    })
}

/// One of each law.
fn laws() -> Vec<(&'static str, Law)> {
    let good = |law: Result<Law, _>| -> Law {
        law.unwrap_or_else(|e: fleetsim::kernel::law::LawError| panic!("{e}"))
    };
    let lognormal = || good(Law::lognormal(45.0, 0.84));
    vec![
        ("fixed", Law::fixed(30.0)),
        ("exponential", good(Law::exponential(30.0))),
        ("uniform", good(Law::uniform(10.0, 30.0))),
        ("triangular", good(Law::triangular(10.0, 20.0, 30.0))),
        ("lognormal", lognormal()),
        ("weibull", good(Law::weibull(0.7, 30.0))),
        ("gamma", good(Law::gamma(2.5, 30.0))),
        ("pareto", good(Law::pareto(2.5, 30.0))),
        ("empirical", good(Law::empirical((1..=1000).map(f64::from).collect()))),
        ("geometric", good(Law::geometric(5.0))),
        ("mixture", good(Law::mixture(vec![(1.0, lognormal()), (2.0, Law::fixed(1.0))]))),
    ]
}
