//! Planned work that nothing disturbs, played whole.
//!
//! Nearly all maintenance happens to servers about which nothing is out of the ordinary, between two
//! events that concern them. Its steps are then known in advance, and so are its records: they are
//! told at once, without going through the states in between. `planned` plays the same work step by
//! step; the eager play of the tests never comes here, and gives the same records.

use crate::kernel::time::{SimTime, Span};
use crate::model::context::{Named, Purpose};
use crate::model::fact::Server;
use crate::model::fault::Cause;
use crate::model::ledger::Risk;
use crate::model::record::{Phase, RecoveryPath, Segments, Sink};
use crate::model::world::World;

impl<S: Sink> World<S> {
    /// Plays all of the work that begins now, if it is over before `end` and nothing disturbs it.
    /// False if it is not so; then nothing has happened.
    pub(super) fn play_undisturbed(&mut self, server: Server, end: SimTime) -> bool {
        !self.maintenance.is_eager() && self.is_ordinary(server) && self.pass_work(server, end)
    }

    /// The same on a server that is known to be ordinary.
    pub(super) fn pass_work(&mut self, server: Server, end: SimTime) -> bool {
        let line = self.maintenance.line(server);
        let releases = &self.cx.environment.regions[self.cx.region].releases;
        if line.watched || releases[line.release as usize].halted.is_some() {
            return false;
        }
        let named = self.cx.named(self.planned_origin(server), server);
        let works = self.cx.group(server).maintenance.patch_success.0;
        if !named.happens(works, Purpose::PatchWorks, 0) {
            return false;
        }
        let over = if self.standby.is_pair(server) {
            self.whole_switchover(server, named, end)
        } else {
            self.whole_restart(server, named, end)
        };
        let Some(over) = over else { return false };
        self.maintenance.begin(server, self.cx.now);
        self.cx.now = over;
        self.maintenance.done(server, &mut self.cx);
        true
    }

    /// The restart of a server without a standby; when it is over.
    fn whole_restart(&mut self, server: Server, named: Named, end: SimTime) -> Option<SimTime> {
        debug_assert!(self.compute.is_up(self.standby.primary_node(server)));
        let cx = &mut self.cx;
        let from = cx.now;
        let restart = &cx.group(server).maintenance.restart;
        let to = from + named.span(restart, Purpose::PlannedRestart, 0);
        if to >= end {
            return None;
        }
        let mut stretches = Segments::new(from, Cause::MAINTENANCE, true);
        stretches.add(to, Phase::Restart, true);
        cx.ledger.tell_whole(server, stretches.all(), RecoveryPath::Restart, &mut cx.sink);
        Some(to)
    }

    /// The patch of a standby, the switchover to it, and the patch of the old primary; when it is over.
    fn whole_switchover(&mut self, server: Server, named: Named, end: SimTime) -> Option<SimTime> {
        debug_assert!(self.compute.is_up(self.standby.primary_node(server)));
        debug_assert!(self.compute.is_up(self.standby.other_node(server)));
        let group = self.cx.group(server);
        let standby = &group.standby;
        if !named.happens(standby.promotion_success.0, Purpose::PromotionWorks, 0) {
            return None;
        }
        let from = self.cx.now;
        let patched = from + self.patch_time(server, named, from, 1);
        let fenced = patched + group.maintenance.soak;
        let promoted = fenced + named.span(&group.maintenance.switchover, Purpose::Switchover, 0);
        let swapped = promoted + named.span(&standby.promotion, Purpose::Promotion, 0);
        let redirected = swapped + named.span(&standby.redirection, Purpose::Redirection, 0);
        if redirected >= end {
            return None;
        }
        let over = redirected + self.patch_time(server, named, redirected, 2);
        if over >= end {
            return None;
        }
        let mut stretches = Segments::new(fenced, Cause::MAINTENANCE, true);
        stretches.add(promoted, Phase::Fencing, false);
        stretches.add(swapped, Phase::Promotion, true);
        stretches.add(redirected, Phase::Redirection, true);
        let cx = &mut self.cx;
        let cause = Cause::MAINTENANCE;
        cx.ledger.tell_whole_risk(server, Risk::NoStandby, cause, from, patched, &mut cx.sink);
        cx.ledger.tell_whole(server, stretches.all(), RecoveryPath::Switchover, &mut cx.sink);
        cx.ledger.tell_whole_risk(server, Risk::NoStandby, cause, redirected, over, &mut cx.sink);
        self.standby.switched_over(server, swapped);
        Some(over)
    }

    /// Restart of one node of a pair from `at` on, and its catching up.
    pub(super) fn patch_time(&self, server: Server, named: Named, at: SimTime, step: u32) -> Span {
        let cx = &self.cx;
        let group = cx.group(server);
        let restart = named.span(&group.maintenance.restart, Purpose::PlannedRestart, step);
        let missed = cx.wal_bytes(server, at, at + restart, || named);
        restart + Span::from_secs_f64(group.standby.catch_up_rate.seconds_for(missed))
    }
}
