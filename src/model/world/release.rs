//! Drills inside a cell, and what bad releases break.

use super::*;

impl<S: Sink> World<S> {
    pub(super) fn inject(&mut self, index: u32) {
        let drill = self.cx.fleet.injections[index as usize].clone();
        // Which component a drill addresses may hang on planned work that is yet to be played.
        for server in 0..self.cx.topo.servers {
            self.touch(server);
        }
        let origin = Origin { cause: drill.cause, number: INJECTED + u64::from(index) };
        for address in self.drill_addresses(&drill) {
            self.strike(address, origin, true);
            self.drain();
        }
    }

    pub(super) fn release_comes(&mut self) {
        for server in 0..self.cx.topo.servers {
            self.touch(server);
            // Also work under way: the window after it may be the one.
            self.maintenance.disturb(server, &mut self.cx);
            self.maintenance.watch_if_needed(server, &mut self.cx);
        }
    }

    /// The name of a release in draws.
    pub(in crate::model) fn release_number(&self, release: u32) -> u32 {
        self.cx.environment.regions[self.cx.region].releases[release as usize].number
    }

    /// What a bad release sets off.
    pub(in crate::model) fn release_origin(&self, release: u32) -> Origin {
        Origin { cause: Cause::bad_release, number: self.release_number(release).into() }
    }

    /// A node that a bad release hits breaks then, and is rolled back.
    pub(in crate::model) fn breaks_at(
        &mut self,
        node: Node,
        release: u32,
        at: SimTime,
        mended: SimTime,
    ) {
        self.breaking.insert((node, release), at);
        self.cx.events.schedule(at, pack(Kind::ReleaseBreaks, node, release));
        self.cx.events.schedule(mended, pack(Kind::RolledBack, node, release));
    }

    /// Another node stands in a slot from now on: it has taken nothing that the last one took.
    pub(super) fn forget_releases(&mut self, node: Node) {
        let of_node = (node, 0)..=(node, u32::MAX);
        while let Some((&taken, _)) = self.breaking.range(of_node.clone()).next() {
            self.breaking.remove(&taken);
        }
    }

    /// Whether it is the node in a slot that took a release for which that breaks or crashes now.
    fn is_hit_now(&mut self, node: Node, release: u32) -> bool {
        self.touch_node(node);
        self.breaking.get(&(node, release)) == Some(&self.cx.now)
    }

    /// A node is rolled back, unless it is another one by now.
    pub(super) fn rolled_back(&mut self, node: Node, release: u32) {
        self.touch_node(node);
        if self.breaking.remove(&(node, release)).is_none() {
            return;
        }
        // One that another bad release has broken meanwhile waits for the rollback of that too.
        let others = self.breaking.range((node, 0)..=(node, u32::MAX));
        if others.into_iter().all(|(_, &at)| at > self.cx.now) {
            self.compute.mend_engine(node, &mut self.cx);
        }
    }

    pub(super) fn release_breaks(&mut self, node: Node, release: u32) {
        if !self.is_hit_now(node, release) {
            return;
        }
        let origin = self.release_origin(release);
        if self.cx.fleet.faults.bad_release.effect == Effect::Down {
            self.compute.break_engine(node, origin, &mut self.cx);
        } else {
            self.schedule_release_crash(node, release);
        }
    }

    pub(super) fn schedule_release_crash(&mut self, node: Node, release: u32) {
        let origin = self.release_origin(release);
        let Some(rate) = self.cx.fleet.faults.bad_release.crash_rate.filter(|r| r.0 > 0.0) else {
            return;
        };
        let step = (self.cx.now.0 / 1_000_000) as u32;
        let mut draw = self.cx.draw(Purpose::Crash, origin, node, step);
        let gap = crate::kernel::law::exponential_unit(&mut draw) / rate.0;
        let gap = Span::from_secs_f64(gap).max(Span::from_secs(1));
        self.breaking.insert((node, release), self.cx.now + gap);
        self.cx.schedule(gap, Kind::ReleaseCrashes, node, release);
    }

    pub(super) fn release_crashes(&mut self, node: Node, release: u32) {
        if self.is_hit_now(node, release) {
            let origin = self.release_origin(release);
            self.strike_node(node, Depth::Engine, origin, false);
            self.schedule_release_crash(node, release);
        }
    }
}
