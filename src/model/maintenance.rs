//! Maintenance: each server's private timeline of planned work.
//!
//! A line knows when its next step is due; the world plays steps when it touches the server, on the
//! state the server had. Steps read and write only their own server, the plan and the environment, so
//! it does not matter how late they are played.

use crate::kernel::event_list::{Content, Moment, moment, time_of};
use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Context, Purpose};
use crate::model::event::{Kind, pack};
use crate::model::fact::{Origin, Server};
use crate::model::fault::Cause;
use crate::model::plan::{Place, Plan};
use crate::model::record::Sink;
use std::sync::Arc;

/// What planned work is doing with a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Nothing: waits for its window.
    Idle,
    /// The only node restarts.
    Restart,
    /// A failed patch is rolled back on the only node.
    Rollback,
    /// The standby is patched.
    PatchStandby,
    /// A failed patch is rolled back on the standby.
    RollbackStandby,
    /// The patched standby is watched before the switchover.
    Soak,
    /// Writes are blocked before the switchover.
    Block,
    /// The standby is promoted.
    Promote,
    /// Clients still resolve the old address.
    Redirect,
    /// The old primary, now the standby, is patched.
    PatchOld,
}

/// A server's line.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// When the next step is due; never, if maintenance is off.
    pub due: SimTime,
    /// What is going on.
    pub operation: Operation,
    /// Release that is being taken, or that the next window brings.
    pub release: u32,
    /// Release taken last.
    pub taken: u32,
    /// Start of the last successful maintenance, relative to the scenario's start.
    pub last: i64,
    /// Start of the present one.
    pub began: SimTime,
    /// Notice has been given of the next one for then: it does not begin before, unless its release is critical.
    announced: SimTime,
    /// Windows used so far: part of the address of draws.
    pub tries: u32,
    /// Steps are played on time because something else is going on.
    pub watched: bool,
    /// Slot of the standby that was patched, while it soaks.
    pub patched: u8,
}

impl Line {
    /// The content of the step that is due: starts of work come last within an instant, ends first.
    pub fn content(&self, server: Server) -> Content {
        match self.operation {
            Operation::Idle | Operation::Soak => pack(Kind::Wake, server, 0),
            _ => pack(Kind::PlannedEnd, server, 0),
        }
    }

    /// The key of the step that is due.
    pub fn moment(&self, server: Server) -> Moment {
        moment(self.due, self.content(server))
    }
}

/// Private timelines of one cell.
#[derive(Clone, Debug, Default)]
pub struct Maintenance {
    lines: Vec<Line>,
    /// When the next step of each line is due, again: asked for at every touch, so kept small.
    due: Vec<SimTime>,
    /// Place of each line in the plan.
    places: Vec<Place>,
    plan: Arc<Plan>,
    /// Play every step through the event list, on time.
    eager: bool,
    /// Whether any release of the region is bad.
    any_bad: bool,
}

impl Maintenance {
    /// Lays out every server's first window.
    pub fn reset<S: Sink>(&mut self, plan: Arc<Plan>, eager: bool, cx: &mut Context<S>) {
        self.plan = plan;
        self.eager = eager;
        let releases = &cx.environment.regions[cx.region].releases;
        self.any_bad = releases.iter().any(|release| release.halted.is_some());
        self.lines.clear();
        self.due.clear();
        self.places.clear();
        let fleet = cx.fleet.clone();
        for server in 0..cx.topo.servers {
            let mut line = Line {
                due: SimTime::NEVER,
                operation: Operation::Idle,
                release: 0,
                taken: 0,
                last: 0,
                began: SimTime::ZERO,
                announced: SimTime::ZERO,
                tries: 0,
                watched: false,
                patched: 0,
            };
            let place = self.place(server, cx);
            let group = &fleet.groups[cx.topo.group[server as usize] as usize];
            if group.maintenance_on {
                // In the midst of life: the last maintenance lies within one least gap and a window.
                let origin = Origin { cause: Cause::MAINTENANCE, number: 0 };
                let cycle =
                    (group.maintenance.min_gap + Span::from_days(6)).min(Span::from_days(400));
                use crate::kernel::chance::Bits;
                let age = cx
                    .draw(Purpose::PlannedRestart, origin, server, u32::from(u16::MAX))
                    .below(cycle.0.max(1));
                line.last = -(age as i64) - 1;
                let releases = &cx.environment.regions[cx.region].releases;
                let taken = releases.iter().take_while(|r| r.at <= line.last).count();
                line.taken = taken.saturating_sub(1) as u32;
                Maintenance::schedule_next(&mut line, place, 0, cx);
            }
            self.places.push(place);
            self.lines.push(line);
            self.due.push(line.due);
            self.watch_if_needed(server, cx);
        }
    }

    /// A server's line.
    #[inline]
    pub fn line(&self, server: Server) -> &Line {
        &self.lines[server as usize]
    }

    /// Whether no planned work is under way on a server.
    #[inline]
    pub fn is_resting(&self, server: Server) -> bool {
        self.lines[server as usize].operation == Operation::Idle
    }

    /// Whether no planned work is under way, and none begins up to a time.
    pub fn rests_until(&self, server: Server, to: SimTime) -> bool {
        self.is_resting(server) && self.due[server as usize] > to
    }

    /// Whether every step is played through the event list.
    pub fn is_eager(&self) -> bool {
        self.eager
    }

    /// Whether a server's next step comes before a moment.
    #[inline]
    pub fn is_due(&self, server: Server, key: Moment) -> bool {
        self.due[server as usize] <= time_of(key)
            && self.lines[server as usize].moment(server) < key
    }

    /// Work begins now.
    pub fn begin(&mut self, server: Server, now: SimTime) {
        self.lines[server as usize].began = now;
    }

    /// The standby in a slot is patched and soaks from now on.
    pub fn soaks(&mut self, server: Server, slot: u8) {
        self.lines[server as usize].patched = slot;
    }

    /// There is no more work on a server.
    pub fn stop(&mut self, server: Server) {
        self.lines[server as usize].due = SimTime::NEVER;
        self.due[server as usize] = SimTime::NEVER;
    }

    /// A server lives in the paired region from now on: its next window does not wait for the control plane
    /// of this one any more.
    pub fn leave_region<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let place = &mut self.places[server as usize];
        let stays = *place != place.left();
        *place = place.left();
        let line = &self.lines[server as usize];
        let waits = line.operation == Operation::Idle && line.due > cx.now;
        if stays && waits && cx.group(server).maintenance_on {
            self.next_window(server, cx);
        }
    }

    fn place<S: Sink>(&self, server: Server, cx: &Context<S>) -> Place {
        let zone = u32::from(cx.topo.slot_zone[(server * 3) as usize]);
        self.plan.place(
            &cx.fleet,
            &cx.environment.regions[cx.region],
            cx.topo.group[server as usize] as usize,
            cx.topo.number[server as usize],
            zone,
        )
    }

    fn schedule_next<S: Sink>(line: &mut Line, place: Place, after: i64, cx: &Context<S>) {
        let next = Plan::next(
            &cx.fleet,
            cx.region,
            &cx.environment.regions[cx.region],
            place,
            line.last,
            after,
            line.announced.signed(),
            line.taken,
        );
        line.operation = Operation::Idle;
        line.tries += 1;
        (line.due, line.release) = next.unwrap_or((SimTime::NEVER, line.release));
    }

    /// The present work is done; the release is taken.
    pub fn done<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let line = &mut self.lines[server as usize];
        line.last = line.began.0 as i64;
        line.taken = line.release;
        self.next_window(server, cx);
    }

    /// The present work is given up; it is tried again in a later window, this much from now or more but
    /// for a critical release.
    pub fn retry<S: Sink>(&mut self, server: Server, notice: Span, cx: &mut Context<S>) {
        self.lines[server as usize].announced = cx.now + notice;
        self.next_window(server, cx);
    }

    fn next_window<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let place = self.places[server as usize];
        let after = cx.now + Span(1);
        let line = &mut self.lines[server as usize];
        Maintenance::schedule_next(line, place, after.signed(), cx);
        line.watched = false;
        self.due[server as usize] = line.due;
        self.watch_if_needed(server, cx);
    }

    /// Goes on to another step, which takes this long.
    pub fn go_on<S: Sink>(
        &mut self,
        server: Server,
        operation: Operation,
        takes: Span,
        cx: &mut Context<S>,
    ) {
        let line = &mut self.lines[server as usize];
        line.operation = operation;
        line.due = cx.now + takes;
        self.due[server as usize] = line.due;
        if self.eager || line.watched {
            let line = *line;
            cx.events.schedule(line.due, line.content(server));
        }
    }

    /// Something has happened to a server in the midst of planned work: its steps are played on time
    /// from now on, because others may have to hear of them.
    pub fn disturb<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let line = &mut self.lines[server as usize];
        if line.operation != Operation::Idle && !line.watched {
            line.watched = true;
            if !self.eager {
                let line = *line;
                cx.events.schedule(line.due, line.content(server));
            }
        }
    }

    /// Windows in which a bad release may be taken are played on time: what it breaks is an event.
    #[inline]
    pub fn watch_if_needed<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        if self.eager || self.any_bad {
            self.watch(server, cx);
        }
    }

    fn watch<S: Sink>(&mut self, server: Server, cx: &mut Context<S>) {
        let line = &mut self.lines[server as usize];
        if line.due >= cx.fleet.horizon {
            return;
        }
        let releases = &cx.environment.regions[cx.region].releases;
        // The window may take a bad release, or the one after it may.
        let bad = line.operation == Operation::Idle
            && releases
                .iter()
                .skip(line.taken as usize + 1)
                .take_while(|r| r.at <= line.due.0 as i64)
                .any(|r| r.halted.is_some_and(|h| line.due < h));
        if (self.eager || bad) && !line.watched {
            line.watched = bad;
            let line = *line;
            cx.events.schedule(line.due, line.content(server));
        }
    }
}
