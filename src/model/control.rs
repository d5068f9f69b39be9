//! Control: the ring that runs failovers, and whether the control plane answers.
//!
//! Hears `RingSlotWanted` and `RingSlotFreed`; tells `RingSlotGranted`. Grants in the order of asking,
//! at most `limit` at once, and none while the control plane is away.

use crate::kernel::time::SimTime;
use crate::model::context::Context;
use crate::model::fact::{Fact, Server};
use crate::model::record::Sink;
use std::collections::{BTreeMap, BTreeSet};

/// The control ring of one cell.
#[derive(Clone, Debug, Default)]
pub struct Control {
    limit: u32,
    running: BTreeSet<Server>,
    queue: BTreeSet<(SimTime, Server)>,
    /// Since when each server waits.
    asked: BTreeMap<Server, SimTime>,
}

impl Control {
    /// Nothing runs; `limit` is the cell's share of the region's.
    pub fn reset(&mut self, limit: u32) {
        self.limit = limit;
        self.running.clear();
        self.queue.clear();
        self.asked.clear();
    }

    /// Failovers that hold a slot; for the checks.
    pub fn running(&self) -> (usize, u32) {
        (self.running.len(), self.limit)
    }

    /// Whether so many failovers more would get their slots at once.
    pub fn has_room_for(&self, more: usize) -> bool {
        self.queue.is_empty() && self.running.len() + more <= self.limit as usize
    }

    /// A failover wants a slot.
    pub fn wanted<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        if self.has_room_for(1) && cx.control_plane_up() {
            self.running.insert(server);
            cx.tell(Fact::RingSlotGranted(server));
            return;
        }
        self.queue.insert((cx.now, server));
        self.asked.insert(server, cx.now);
        self.grant(cx);
    }

    /// A failover neither wants nor holds a slot any more.
    pub fn freed<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        if !self.running.remove(&server)
            && let Some(asked) = self.asked.remove(&server)
        {
            self.queue.remove(&(asked, server));
        }
        self.grant(cx);
    }

    /// A failover that is played in the past held a slot from its decision on: there was one then.
    pub fn held_in_past(&mut self, server: Server) {
        self.running.insert(server);
    }

    /// It gave its slot back in the past: whoever waits by now has waited for others.
    pub fn freed_in_past(&mut self, server: Server) {
        self.running.remove(&server);
    }

    /// Grants what can be granted.
    pub fn grant<S: Sink>(&mut self, cx: &mut Context<S>) {
        while cx.control_plane_up() && self.running.len() < self.limit as usize {
            let Some((_, server)) = self.queue.pop_first() else { return };
            self.asked.remove(&server);
            self.running.insert(server);
            cx.tell(Fact::RingSlotGranted(server));
        }
    }
}
