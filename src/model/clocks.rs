//! Clocks: modes given by `every` run one timer for each component, in its operating time.
//!
//! A node's clocks stop while its engine is not serving; after its own strike a new gap starts when it
//! is back. Other components start a new gap at the end of their own strike.

use crate::kernel::law::Law;
use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::{Kind, pack};
use crate::model::fact::{Node, Origin};
use crate::model::fault::{Addressed, Cause, MODES};
use crate::model::layout::Cell;
use crate::model::record::Sink;
use crate::model::strikes::every;
use crate::model::topology::{COPIES, SLOTS};
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

    /// A component was struck by its own mode and will be back after this time.
    pub fn own_strike_lasts<S: Sink>(
        &mut self,
        cause: Cause,
        component: u32,
        lasts: Span,
        cx: &mut Context<S>,
    ) {
        for index in 0..self.modes.len() {
            let mode = &mut self.modes[index];
            if mode.cause == cause && !mode.permanent {
                mode.strikes[component as usize] += 1;
                if let Some(gap) = self.gap(index, component, false, cx) {
                    let content = pack(Kind::Clock, component, index as u32);
                    cx.events.cancel_timer(content);
                    cx.events.set_timer(cx.now + lasts + gap, content);
                }
            }
        }
    }

    /// A volume is made anew: copies whose clocks never ran start them.
    pub fn start_volume<S: Sink>(&mut self, volume: u32, cx: &mut Context<S>) {
        for index in 0..self.modes.len() {
            if self.modes[index].kind != Addressed::Copy {
                continue;
            }
            for copy in volume * COPIES..(volume + 1) * COPIES {
                if !cx.events.has_timer(pack(Kind::Clock, copy, index as u32)) {
                    self.modes[index].strikes[copy as usize] += 1;
                    self.start(index, copy, false, cx);
                }
            }
        }
    }

    /// A node stops serving: its clocks stand still.
    pub fn pause_node<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        for index in 0..self.modes.len() {
            if self.modes[index].kind == Addressed::Node {
                let content = pack(Kind::Clock, node, index as u32);
                if let Some(due) = cx.events.cancel_timer(content) {
                    self.modes[index].left[node as usize] =
                        Some(if due > cx.now { due.since(cx.now) } else { Span(1) });
                }
            }
        }
    }

    /// A node serves again: its clocks go on, the one that struck it starts a new gap.
    pub fn resume_node<S: Sink>(&mut self, node: Node, cx: &mut Context<S>) {
        for index in 0..self.modes.len() {
            if self.modes[index].kind != Addressed::Node {
                continue;
            }
            let content = pack(Kind::Clock, node, index as u32);
            if cx.events.has_timer(content) {
                continue;
            }
            match self.modes[index].left[node as usize].take() {
                Some(left) => cx.events.set_timer(cx.now + left, content),
                None => {
                    self.modes[index].strikes[node as usize] += 1;
                    self.start(index, node, false, cx);
                }
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
        // Whoever did not start a new gap by what the strike set off starts one now; a node that is
        // down starts it when it is back.
        let waits = kind == Addressed::Node && !self.compute.is_up_or_planned(component);
        let pending = self.cx.events.has_timer(pack(Kind::Clock, component, index));
        if !waits && !pending && self.cx.now < SimTime::NEVER {
            self.clocks.modes[index as usize].strikes[component as usize] += 1;
            self.clocks.start(index as usize, component, false, &mut self.cx);
        }
    }
}
