//! How a world plays a server's planned work: the steps that concern compute, standby and ledger.
//!
//! Standby first: the standby is patched, soaks, then takes over in a planned switchover, and the old
//! primary is patched as the new standby. A server without one restarts. Nothing here touches
//! another server or a shared resource.

use crate::kernel::time::Span;
use crate::model::context::Purpose;
use crate::model::fact::{Node, Origin, Server};
use crate::model::fault::Cause;
use crate::model::fleet::WhenUnhealthy;
use crate::model::ledger::Reason;
use crate::model::maintenance::Operation;
use crate::model::record::{Phase, RecoveryPath, Sink};
use crate::model::topology::SLOTS;
use crate::model::world::World;

impl<S: Sink> World<S> {
    /// Plays the step of planned work that is due; the clock stands at its time.
    pub(super) fn play_planned(&mut self, server: Server) {
        let line = *self.maintenance.line(server);
        match line.operation {
            Operation::Idle => self.window_opens(server),
            Operation::Restart => self.restarted(server),
            Operation::Rollback => {
                let node = self.standby.primary_node(server);
                self.compute.plan_start(node);
                self.end_planned(server, RecoveryPath::Wait);
                self.announce_again(server);
            }
            Operation::PatchStandby => self.standby_patched(server),
            Operation::RollbackStandby => {
                self.standby_back(server);
                self.announce_again(server);
            }
            Operation::Soak => self.soaked(server),
            Operation::Block => self.blocked(server),
            Operation::Promote => self.promoted(server),
            Operation::Redirect => {
                self.end_planned(server, RecoveryPath::Switchover);
                let takes = self.patch_takes(server, 2);
                self.maintenance.go_on(server, Operation::PatchOld, takes, &mut self.cx);
            }
            Operation::PatchOld => {
                let node = self.standby.other_node(server);
                if self.standby_back(server) {
                    self.patched(server, node);
                }
                self.maintenance.done(server, &mut self.cx);
            }
        }
    }

    pub(super) fn planned_origin(&self, server: Server) -> Origin {
        let line = self.maintenance.line(server);
        let number = u64::from(self.release_number(line.release)) << 32 | u64::from(line.tries);
        Origin { cause: Cause::MAINTENANCE, number }
    }

    fn window_opens(&mut self, server: Server) {
        let ready = self.standby.is_ready(server);
        if self.cx.ledger.is_absent(server) {
            self.maintenance.stop(server);
            return;
        }
        let own = self.cx.group(server).maintenance.when_unhealthy;
        let wait = own == WhenUnhealthy::Wait || self.standby.is_pair(server);
        if !ready && wait {
            self.maintenance.retry(server, Span::ZERO, &mut self.cx);
            return;
        }
        self.maintenance.begin(server, self.cx.now);
        if self.standby.is_pair(server) {
            self.compute.plan_stop(self.standby.other_node(server));
            self.standby.patch_begins(server, &mut self.cx);
            let takes = self.patch_takes(server, 1);
            self.maintenance.go_on(server, Operation::PatchStandby, takes, &mut self.cx);
            return;
        }
        let node = self.standby.primary_node(server);
        if !self.compute.is_up(node) {
            // Patched while it is down anyway.
            self.patched(server, node);
            self.maintenance.done(server, &mut self.cx);
            return;
        }
        self.compute.plan_stop(node);
        self.begin_planned(server, Phase::Restart, true);
        let origin = self.planned_origin(server);
        let law = &self.cx.group(server).maintenance.restart;
        let takes = self.cx.span(law, Purpose::PlannedRestart, origin, server, 0);
        self.maintenance.go_on(server, Operation::Restart, takes, &mut self.cx);
    }

    /// Work that has begun and failed is tried again with new notice.
    fn announce_again(&mut self, server: Server) {
        let notice = self.cx.fleet.regions[self.cx.region].maintenance.notice;
        self.maintenance.retry(server, notice, &mut self.cx);
    }

    /// How long a patch of one node of a pair takes from now on.
    fn patch_takes(&self, server: Server, step: u32) -> Span {
        let named = self.cx.named(self.planned_origin(server), server);
        self.patch_time(server, named, self.cx.now, step)
    }

    fn patch_works(&self, server: Server) -> bool {
        let origin = self.planned_origin(server);
        let share = self.cx.group(server).maintenance.patch_success.0;
        self.cx.happens(share, Purpose::PatchWorks, origin, server, 0)
    }

    fn rollback_time(&self, server: Server) -> Span {
        let origin = self.planned_origin(server);
        let law = &self.cx.group(server).maintenance.rollback;
        self.cx.span(law, Purpose::Rollback, origin, server, 0)
    }

    fn restarted(&mut self, server: Server) {
        if !self.patch_works(server) {
            self.set_planned_phase(server, Phase::Waiting, false);
            let takes = self.rollback_time(server);
            self.maintenance.go_on(server, Operation::Rollback, takes, &mut self.cx);
            return;
        }
        let node = self.standby.primary_node(server);
        self.compute.plan_start(node);
        self.end_planned(server, RecoveryPath::Restart);
        // Also where something else has struck it meanwhile: it starts with what it was given.
        self.patched(server, node);
        self.maintenance.done(server, &mut self.cx);
    }

    fn standby_patched(&mut self, server: Server) {
        if !self.patch_works(server) {
            let takes = self.rollback_time(server);
            self.maintenance.go_on(server, Operation::RollbackStandby, takes, &mut self.cx);
            return;
        }
        let node = self.standby.other_node(server);
        if !self.standby_back(server) {
            self.announce_again(server);
            return;
        }
        self.patched(server, node);
        self.maintenance.soaks(server, (node % SLOTS) as u8);
        let soak = self.cx.group(server).maintenance.soak;
        self.maintenance.go_on(server, Operation::Soak, soak, &mut self.cx);
    }

    /// The standby's engine starts again; false if something else has taken it meanwhile.
    fn standby_back(&mut self, server: Server) -> bool {
        let node = self.standby.other_node(server);
        let started = self.compute.plan_start(node);
        if started {
            self.standby.patch_ends(server, &mut self.cx);
        }
        started
    }

    fn soaked(&mut self, server: Server) {
        if !self.standby.is_ready(server) {
            // The patch stands; only this server's switchover is skipped.
            self.maintenance.done(server, &mut self.cx);
            return;
        }
        if self.has_switched(server) {
            // A failover came first: the old primary is the standby already, and is patched as such.
            self.compute.plan_stop(self.standby.other_node(server));
            self.standby.patch_begins(server, &mut self.cx);
            let takes = self.patch_takes(server, 2);
            self.maintenance.go_on(server, Operation::PatchOld, takes, &mut self.cx);
            return;
        }
        self.begin_planned(server, Phase::Fencing, false);
        let origin = self.planned_origin(server);
        let law = &self.cx.group(server).maintenance.switchover;
        let takes = self.cx.span(law, Purpose::Switchover, origin, server, 0);
        self.maintenance.go_on(server, Operation::Block, takes, &mut self.cx);
    }

    /// Whether the node that was patched as the standby is the primary already.
    fn has_switched(&self, server: Server) -> bool {
        self.standby.primary_slot(server) == u32::from(self.maintenance.line(server).patched)
    }

    fn blocked(&mut self, server: Server) {
        if !self.standby.is_ready(server) || self.has_switched(server) {
            self.end_planned(server, RecoveryPath::Wait);
            self.announce_again(server);
            return;
        }
        self.set_planned_phase(server, Phase::Promotion, true);
        self.cx.ledger.set_connect(server, Reason::Planned, true, self.cx.now);
        let takes = self.promotion_time(server);
        self.maintenance.go_on(server, Operation::Promote, takes, &mut self.cx);
    }

    fn promotion_time(&self, server: Server) -> Span {
        let law = &self.cx.group(server).standby.promotion;
        self.cx.span(law, Purpose::Promotion, self.planned_origin(server), server, 0)
    }

    fn promoted(&mut self, server: Server) {
        let origin = self.planned_origin(server);
        let success = self.cx.group(server).standby.promotion_success.0;
        let works = self.cx.happens(success, Purpose::PromotionWorks, origin, server, 0);
        if !works || !self.standby.is_ready(server) || self.has_switched(server) {
            // The old primary goes on. The write block was a normal step, this promotion was none.
            let now = self.cx.now;
            self.cx.ledger.unplan(server, now - self.promotion_time(server), now);
            self.end_planned(server, RecoveryPath::Wait);
            self.announce_again(server);
            return;
        }
        let old = self.standby.primary_node(server);
        self.standby.switch_over(server, &mut self.cx);
        self.compute.plan_stop(old);
        self.set_planned_phase(server, Phase::Redirection, true);
        let law = &self.cx.group(server).standby.redirection;
        let takes = self.cx.span(law, Purpose::Redirection, origin, server, 0);
        self.maintenance.go_on(server, Operation::Redirect, takes, &mut self.cx);
    }

    fn begin_planned(&mut self, server: Server, phase: Phase, connect: bool) {
        let cx = &mut self.cx;
        cx.ledger.block(
            server,
            Reason::Planned,
            Cause::MAINTENANCE,
            phase,
            connect,
            true,
            cx.now,
            &mut cx.sink,
        );
    }

    fn set_planned_phase(&mut self, server: Server, phase: Phase, planned: bool) {
        let now = self.cx.now;
        self.cx.ledger.set_phase(server, Reason::Planned, phase, planned, now);
    }

    fn end_planned(&mut self, server: Server, path: RecoveryPath) {
        let now = self.cx.now;
        self.cx.ledger.unblock(server, Reason::Planned, path, now);
    }

    /// A node runs the new release: a bad one may break it later.
    fn patched(&mut self, server: Server, node: Node) {
        let release = self.maintenance.line(server).release;
        let origin = self.release_origin(release);
        let cx = &mut self.cx;
        let Some(halted) = cx.environment.regions[cx.region].releases[release as usize].halted
        else {
            return;
        };
        let bad = &cx.fleet.faults.bad_release;
        if cx.now >= halted || !cx.happens(bad.hit.0, Purpose::Hit, origin, node, 0) {
            return;
        }
        let breaks = cx.now + cx.span(&bad.onset, Purpose::Onset, origin, node, 0);
        let mended = halted + cx.span(&bad.rollback, Purpose::Rollback, origin, node, 0);
        if breaks < mended {
            self.breaks_at(node, release, breaks, mended);
        }
    }
}
