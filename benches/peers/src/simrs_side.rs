//! simrs: components of their own type, events boxed, time as a duration.

use crate::{Component, Played, Task, cpu};
use simrs::{ComponentId, Executor, Scheduler, Simulation, State};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

#[derive(Debug)]
struct Toggle;

#[derive(Default)]
struct Sums {
    events: Cell<u64>,
    hash: Cell<u64>,
}

struct Alternating {
    component: RefCell<Component>,
    sums: Rc<Sums>,
}

impl simrs::Component for Alternating {
    type Event = Toggle;

    fn process_event(
        &self,
        own: ComponentId<Toggle>,
        _: &Toggle,
        scheduler: &mut Scheduler,
        _: &mut State,
    ) {
        self.sums.events.set(self.sums.events.get() + 1);
        let now = scheduler.time().as_micros() as u64;
        self.sums.hash.set(self.sums.hash.get().wrapping_add(now));
        let gap = self.component.borrow_mut().toggle();
        scheduler.schedule(Duration::from_micros(gap), own, Toggle);
    }
}

/// Plays the task.
pub fn play(task: Task) -> Played {
    let mut simulation = Simulation::default();
    let sums = Rc::new(Sums::default());
    for number in 0..task.components {
        let mut component = Component::new(number);
        let gap = Duration::from_micros(component.gap());
        let one = Alternating { component: RefCell::new(component), sums: sums.clone() };
        let id = simulation.add_component(one);
        simulation.schedule(gap, id, Toggle);
    }
    let start = cpu();
    simulation.execute(Executor::timed(Duration::from_micros(task.end - 1)));
    let time = cpu() - start;
    Played { events: sums.events.get(), hash: sums.hash.get(), time }
}
