//! Clocks: modes given by `every` run one timer for each component, in its operating time.
//!
//! A clock stands still while its component is held, by its own strikes or by what contains it, and
//! goes on with what was left of its gap; after a strike of its own a new gap starts when the component
//! is back. A node's clocks stand still while its engine is down, a copy's while it is away or lost;
//! a path is held by its own cuts alone. The clock of a pair always runs.
//!
//! Hears `HoldChanged` and what happens to nodes.

use crate::kernel::law::Law;
use crate::kernel::time::Span;
use crate::model::context::{Context, Purpose};
use crate::model::event::{Kind, pack};
use crate::model::fact::{Node, Origin};
use crate::model::fault::{Addressed, Cause, MODES};
use crate::model::layout::Cell;
use crate::model::ledger::Reason;
use crate::model::record::Sink;
use crate::model::strikes::every;
use crate::model::topology::SLOTS;
use crate::model::world::World;

#[derive(Clone, Debug)]
struct Mode {
    cause: Cause,
    permanent: bool,
    kind: Addressed,
    /// Strikes so far of each component: part of the address of its draws.
    strikes: Vec<u32>,
    /// What is left of the gap of a component whose clock stands still.
    left: Vec<Option<Span>>,
}

/// The clocks of one cell.
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    modes: Vec<Mode>,
}

/// Marks strikes of clocks apart from those of sources, whose numbers stay below.
const CLOCK: u64 = 1 << 60;

impl Clocks {
    /// Starts every clock, in equilibrium or new.
    pub fn reset<S: Sink>(
        &mut self,
        cell: &Cell,
        exists: &impl Fn(Node) -> bool,
        cx: &mut Context<S>,
    ) {
        self.modes.clear();
        cx.clocked = 0;
        let topo = cx.topo.clone();
        for mode in MODES.iter().filter(|m| !m.addressed.environmental()) {
            for permanent in [false, true] {
                let wanted = if mode.addressed.by_group() {
                    !permanent
                        && cell.stretches.iter().any(|s| {
                            let faults = &cx.fleet.groups[s.group].faults;
                            faults.is_on(mode.cause) && every(faults, mode.cause, false).is_some()
                        })
                } else {
                    (!permanent || mode.cause == Cause::storage_node)
                        && cx.fleet.faults.is_on(mode.cause)
                        && every(&cx.fleet.faults, mode.cause, permanent).is_some()
                };
                if !wanted {
                    continue;
                }
                let count = match mode.addressed {
                    Addressed::Node => SLOTS * topo.servers,
                    Addressed::Host => topo.host_zone.len() as u32,
                    Addressed::Rack => topo.zones * topo.racks,
                    Addressed::StorageNode => topo.storage_node_count(),
                    Addressed::Copy => topo.copy_node.len() as u32,
                    Addressed::Stamp => topo.zones * topo.stamps,
                    _ => topo.servers,
                };
                cx.clocked |= mode.addressed.bit();
                self.modes.push(Mode {
                    cause: mode.cause,
                    permanent,
                    kind: mode.addressed,
                    strikes: vec![0; count as usize],
                    left: vec![None; count as usize],
                });
                let index = self.modes.len() - 1;
                for component in 0..count {
                    let there = match mode.addressed {
                        Addressed::Node => exists(component),
                        Addressed::Copy => {
                            let volume = component / 3;
                            exists(volume / 2 * SLOTS + volume % 2)
                        }
                        _ => true,
                    };
                    if there {
                        self.start(index, component, true, cx);
                    }
                }
            }
        }
    }

    /// Whether a mode runs by clocks.
    pub fn runs(&self, cause: Cause) -> bool {
        self.modes.iter().any(|m| m.cause == cause)
    }

    /// Starts a gap from now on.
    fn start<S: Sink>(&mut self, index: usize, component: u32, first: bool, cx: &mut Context<S>) {
        if let Some(gap) = self.gap(index, component, first, cx) {
            let content = pack(Kind::Clock, component, index as u32);
            cx.events.cancel_timer(content);
            cx.events.set_timer(cx.now + gap, content);
        }
    }

    fn gap<S: Sink>(
        &self,
        index: usize,
        component: u32,
        first: bool,
        cx: &Context<S>,
    ) -> Option<Span> {
        let mode = &self.modes[index];
        let law: &Law = match mode.kind {
            Addressed::Node => every(&cx.group(component / SLOTS).faults, mode.cause, false)?,
            Addressed::Server | Addressed::Pair => {
                every(&cx.group(component).faults, mode.cause, false)?
            }
            Addressed::Copy => every(&cx.group(component / 6).faults, mode.cause, false)?,
            _ => every(&cx.fleet.faults, mode.cause, mode.permanent)?,
        };
        let strikes = mode.strikes[component as usize];
        let origin = Origin { cause: mode.cause, number: CLOCK | u64::from(mode.permanent) << 40 };
        let mut draw = cx.draw(Purpose::Clock, origin, component, strikes);
        let seconds = if first && !cx.fleet.start_new {
            law.sample_residual(&mut draw)
        } else {
            law.sample(&mut draw)
        };
        // At least a microsecond, so that a law of zeros cannot stop the clock of the world.
        Some(Span::from_secs_f64(seconds).max(Span(1)))
    }

    /// A component may have been held, or may be free again: its clocks stand still or go on.
    pub fn sync<S: Sink>(
        &mut self,
        kind: Addressed,
        component: u32,
        runs: bool,
        cx: &mut Context<S>,
    ) {
        for index in 0..self.modes.len() {
            if self.modes[index].kind == kind {
                self.sync_one(index, component, runs, cx);
            }
        }
    }

    fn sync_one<S: Sink>(&mut self, index: usize, component: u32, runs: bool, cx: &mut Context<S>) {
        let content = pack(Kind::Clock, component, index as u32);
        if runs == cx.events.has_timer(content) {
            return;
        }
        let at = component as usize;
        if !runs {
            let due = cx.events.cancel_timer(content);
            self.modes[index].left[at] = due.map(|due| due.since(cx.now.min(due)).max(Span(1)));
            return;
        }
        match self.modes[index].left[at].take() {
            Some(left) => cx.events.set_timer(cx.now + left, content),
            None => {
                self.modes[index].strikes[at] += 1;
                self.start(index, component, false, cx);
            }
        }
    }
}

impl<S: Sink> World<S> {
    /// A clock has run down: its component is struck.
    pub(super) fn clock_fires(&mut self, component: u32, index: u32) {
        let mode = &self.clocks.modes[index as usize];
        let (cause, permanent, kind) = (mode.cause, mode.permanent, mode.kind);
        let strikes = u64::from(mode.strikes[component as usize]);
        let number =
            CLOCK | u64::from(permanent) << 59 | u64::from(component) << 24 | (strikes & 0xff_ffff);
        let origin = Origin { cause, number };
        if permanent {
            self.lose_storage_node(component, origin);
        } else {
            self.strike(component, origin, false);
        }
        self.drain();
        // Whoever is still there starts a new gap; who is held starts it when it is free.
        let runs = self.clock_runs(kind, component);
        self.clocks.sync_one(index as usize, component, runs, &mut self.cx);
    }

    /// Whether neither a component nor anything that contains it is held.
    fn clock_runs(&self, kind: Addressed, component: u32) -> bool {
        match kind {
            Addressed::Node => self.compute.is_up_or_planned(component),
            Addressed::Host => self.compute.admits_host(component),
            Addressed::Rack => self.compute.admits_rack(component, &self.cx),
            Addressed::StorageNode => self.storage.admits_node(component, &self.cx),
            Addressed::Copy => self.storage.admits_copy(component, &self.cx),
            Addressed::Stamp => self.storage.admits_stamp(component),
            Addressed::Server => !self.cx.ledger.has(component, Reason::Connectivity),
            _ => true,
        }
    }

    /// The clocks of a component stand still or go on, as it is held or free.
    pub(super) fn sync_clocks(&mut self, kind: Addressed, component: u32) {
        if self.cx.clocked & kind.bit() != 0 {
            let runs = self.clock_runs(kind, component);
            self.clocks.sync(kind, component, runs, &mut self.cx);
        }
    }
}
