//! One `PriorityQueue` for the whole fleet, keyed by component.

use priority_queue::PriorityQueue;
use std::cmp::Reverse;
use std::hash::{BuildHasherDefault, Hasher};

/// A component: what has one pending event.
pub type Id = u32;
/// Microseconds.
pub type Time = u64;

/// Pending events by component; at one instant in the order of components.
pub struct Queue(PriorityQueue<Id, Reverse<(Time, Id)>, BuildHasherDefault<IdHasher>>);

impl Queue {
    /// A queue of these, made at once.
    pub fn of(pending: Vec<(Id, Time)>) -> Queue {
        let pending: Vec<_> = pending.into_iter().map(|(id, at)| (id, Reverse((at, id)))).collect();
        Queue(PriorityQueue::from(pending))
    }

    /// The first one; it stays until it is moved or removed.
    pub fn first(&self) -> Option<(Id, Time)> {
        self.0.peek().map(|(&id, &Reverse((at, _)))| (id, at))
    }

    /// Moves the event of a component, in place.
    pub fn set(&mut self, id: Id, at: Time) {
        if self.0.change_priority(&id, Reverse((at, id))).is_none() {
            self.0.push(id, Reverse((at, id)));
        }
    }

    /// Takes the event of a component away, if it has one.
    pub fn remove(&mut self, id: Id) {
        self.0.remove(&id);
    }

    /// How many are pending.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Hashes a component's number by one multiplication.
#[derive(Clone, Copy, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&b| self.write_u32(u32::from(b)));
    }
    fn write_u32(&mut self, id: u32) {
        let product = u128::from(self.0 ^ u64::from(id)) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}
