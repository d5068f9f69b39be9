//! nexosim: asynchronous models with mailboxes, on one thread.

use crate::{Component, Played, Task, cpu};
use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[derive(Default)]
struct Sums {
    events: AtomicU64,
    hash: AtomicU64,
}

/// The engine can save models, which is not asked of it here: nothing of this one would come back.
#[derive(Serialize, Deserialize)]
struct Alternating {
    #[serde(skip, default = "nobody")]
    component: Component,
    #[serde(skip)]
    due: u64,
    #[serde(skip)]
    sums: Arc<Sums>,
}

fn nobody() -> Component {
    Component::new(0)
}

#[Model]
impl Alternating {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        let gap = self.component.gap();
        self.wait(gap, context);
    }

    fn wait(&mut self, gap: u64, context: &Context<Self>) {
        self.due += gap;
        // A gap of nothing would be refused; the history has none.
        let gap = Duration::from_micros(gap);
        context.schedule_event(gap, schedulable!(Self::toggle), ()).expect("a gap above nothing");
    }

    #[nexosim(schedulable)]
    async fn toggle(&mut self, _: (), context: &Context<Self>) {
        self.sums.events.fetch_add(1, Ordering::Relaxed);
        self.sums.hash.fetch_add(self.due, Ordering::Relaxed);
        let gap = self.component.toggle();
        self.wait(gap, context);
    }
}

/// Plays the task.
pub fn play(task: Task) -> Played {
    let sums = Arc::new(Sums::default());
    let mut bench = SimInit::with_num_threads(1);
    for number in 0..task.components {
        let one = Alternating { component: Component::new(number), due: 0, sums: sums.clone() };
        bench = bench.add_model(one, Mailbox::new(), &format!("c{number}"));
    }
    let start_time = MonotonicTime::EPOCH;
    let mut simulation = bench.init(start_time).expect("the models can be initialised");
    let start = cpu();
    let end = start_time + Duration::from_micros(task.end - 1);
    simulation.step_until(end).expect("the simulation goes on");
    let time = cpu() - start;
    let read = |sum: &AtomicU64| sum.load(Ordering::Relaxed);
    Played { events: read(&sums.events), hash: read(&sums.hash), time }
}
