//! simcore: components with contexts, events boxed, time in floating seconds.

use crate::{Component, Played, Task, cpu};
use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[derive(Clone, Serialize)]
struct Toggle {}

struct Alternating {
    component: Component,
    /// Its next change, in microseconds: the engine's own clock is rounded.
    due: u64,
    context: SimulationContext,
    sums: Rc<Sums>,
}

#[derive(Default)]
struct Sums {
    events: Cell<u64>,
    hash: Cell<u64>,
}

impl Alternating {
    fn wait(&mut self, gap: u64) {
        self.due += gap;
        self.context.emit_self(Toggle {}, gap as f64 / 1e6);
    }
}

impl EventHandler for Alternating {
    fn on(&mut self, _: Event) {
        self.sums.events.set(self.sums.events.get() + 1);
        self.sums.hash.set(self.sums.hash.get().wrapping_add(self.due));
        let gap = self.component.toggle();
        self.wait(gap);
    }
}

/// Plays the task.
pub fn play(task: Task) -> Played {
    let mut simulation = Simulation::new(1);
    let sums = Rc::new(Sums::default());
    for number in 0..task.components {
        let name = format!("c{number}");
        let context = simulation.create_context(&name);
        let component = Component::new(number);
        let mut one = Alternating { component, due: 0, context, sums: sums.clone() };
        let gap = one.component.gap();
        one.wait(gap);
        simulation.add_handler(&name, Rc::new(RefCell::new(one)));
    }
    let start = cpu();
    simulation.step_until_time(task.end as f64 / 1e6);
    let time = cpu() - start;
    Played { events: sums.events.get(), hash: sums.hash.get(), time }
}
