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

    pub(super) fn release_breaks(&mut self, node: Node, release: u32) {
        self.touch_node(node);
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
        self.cx.schedule(gap, Kind::ReleaseCrashes, node, release);
    }

    pub(super) fn release_crashes(&mut self, node: Node, release: u32) {
        let cx = &self.cx;
        let origin = self.release_origin(release);
        let halted = cx.environment.regions[cx.region].releases[release as usize].halted;
        let bad = &cx.fleet.faults.bad_release;
        let mended = halted.map(|h| h + cx.span(&bad.rollback, Purpose::Rollback, origin, node, 0));
        if mended.is_some_and(|m| cx.now < m) {
            self.strike_node(node, Depth::Engine, origin, false);
            self.schedule_release_crash(node, release);
        }
    }
}
