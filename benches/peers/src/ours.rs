//! Our engine through its public loop: one pending event per component, and superposed.

use crate::{Component, DOWN, HOUR, Played, Task, UP, cpu, shared_draw};
use fleetsim::kernel::chance::Bits;
use fleetsim::kernel::engine::{Machine, run};
use fleetsim::kernel::event_list::EventList;
use fleetsim::kernel::law::exponential_unit;
use fleetsim::kernel::time::SimTime;

#[derive(Default)]
struct OneEach {
    events: EventList,
    components: Vec<Component>,
    hash: u64,
}

impl Machine for OneEach {
    fn events(&mut self) -> &mut EventList {
        &mut self.events
    }
    fn leave(&mut self, _: SimTime) {}
    fn is_quiet(&self) -> bool {
        true
    }
    fn handle(&mut self, now: SimTime, number: u64) {
        self.hash = self.hash.wrapping_add(now.0);
        let gap = self.components[number as usize].toggle();
        self.events.schedule(SimTime(now.0 + gap), number);
    }
}

/// One pending event per component.
pub fn one_each(task: Task) -> Played {
    let mut machine = OneEach::default();
    for number in 0..task.components {
        let mut component = Component::new(number);
        machine.events.schedule(SimTime(component.gap()), u64::from(number));
        machine.components.push(component);
    }
    let start = cpu();
    let played = run(&mut machine, SimTime(task.end));
    Played { events: played.events, hash: machine.hash, time: cpu() - start }
}

struct Superposed<B> {
    events: EventList,
    up: Vec<bool>,
    draw: B,
    changes: u64,
    hash: u64,
}

/// The source of failures: above the numbers of components, which name their repairs.
const SOURCE: u64 = 1 << 32;

impl<B: Bits> Superposed<B> {
    fn next_failure(&mut self, now: SimTime) {
        let gap = exponential_unit(&mut self.draw) * UP * HOUR / self.up.len() as f64;
        self.events.schedule(SimTime(now.0 + gap as u64), SOURCE);
    }
}

impl<B: Bits> Machine for Superposed<B> {
    fn events(&mut self) -> &mut EventList {
        &mut self.events
    }
    fn leave(&mut self, _: SimTime) {}
    fn is_quiet(&self) -> bool {
        true
    }
    fn handle(&mut self, now: SimTime, event: u64) {
        if event == SOURCE {
            self.next_failure(now);
            let victim = self.draw.below(self.up.len() as u64);
            // What is down already cannot fail: the candidate is void.
            if !std::mem::replace(&mut self.up[victim as usize], false) {
                return;
            }
            let gap = (exponential_unit(&mut self.draw) * DOWN * HOUR) as u64;
            self.events.schedule(SimTime(now.0 + gap), victim);
        } else {
            self.up[event as usize] = true;
        }
        self.changes += 1;
        self.hash = self.hash.wrapping_add(now.0);
    }
}

/// All failures from one Poisson source over all components.
pub fn superposed(task: Task) -> Played {
    let mut machine = Superposed {
        events: EventList::default(),
        up: vec![true; task.components as usize],
        draw: shared_draw(),
        changes: 0,
        hash: 0,
    };
    machine.next_failure(SimTime::ZERO);
    let start = cpu();
    run(&mut machine, SimTime(task.end));
    Played { events: machine.changes, hash: machine.hash, time: cpu() - start }
}
