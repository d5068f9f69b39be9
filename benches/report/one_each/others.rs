//! The components beside nodes: paths, pairs, hosts, storage nodes, copies, and planned work.

use super::queue::{Id, Time};
use super::world::{ENGINE, NODES, Node, OneEach, PATH, PLANNED, Step, VOLUME, place_of};
use fleetsim::kernel::chance::Bits;
use fleetsim::kernel::time::Span;
use fleetsim::model::fleet::Window;

impl OneEach {
    /// A path is lost, or comes back.
    pub(super) fn path(&mut self, id: Id, server: u32) {
        let down = &mut self.path_down[server as usize];
        *down = !*down;
        if *down {
            self.block(server, PATH);
            let group = &self.groups[usize::from(self.servers[server as usize].group)];
            let lasts = group.faults.connectivity.lasts.span(&mut self.stream).0;
            self.queue.set(id, self.now + lasts);
        } else {
            self.unblock(server, PATH);
            let next = self.strikes(self.rates[5]);
            self.queue.set(id, next);
        }
    }

    /// Detection errs.
    pub(super) fn alarm(&mut self, id: Id, server: u32) {
        let s = &self.servers[server as usize];
        if s.down & ENGINE == 0 && s.failover == Step::Idle && self.ready(server) {
            let at = self.after(|g| &g.standby.decision, server);
            self.fail_over(server, Step::Decide, at);
        }
        let next = self.strikes(self.rates[6]);
        self.queue.set(id, next);
    }

    /// A host fails with all its nodes, or is mended.
    pub(super) fn host(&mut self, id: Id, host: u32) {
        let down = &mut self.down_hosts[host as usize];
        *down = !*down;
        if !*down {
            let next = self.strikes(self.rates[2]);
            self.queue.set(id, next);
            return;
        }
        for slot in 0..NODES {
            // The nodes of a host are not neighbours in the list.
            let node = (host + slot * self.hosts) as usize;
            let real =
                node < self.nodes.len() && (node.is_multiple_of(2) || self.servers[node / 2].pair);
            if real && self.nodes[node] == Node::Up {
                let group = &self.groups[usize::from(self.servers[node / 2].group)];
                let takes = group.compute.relocation.sample(&mut self.stream);
                self.fall(node as u32, takes);
            }
        }
        let back = self.now + self.repair.span(&mut self.stream).0;
        self.queue.set(id, back);
    }

    /// A storage node is away with all its copies, or back.
    pub(super) fn storage_node(&mut self, id: Id, node: u32) {
        let away = &mut self.away_now[node as usize];
        *away = !*away;
        let away = *away;
        for at in 0..self.on_storage_node[node as usize].len() {
            let copy = self.on_storage_node[node as usize][at];
            if copy != u32::MAX && !self.copy_lost[copy as usize] {
                self.count_copy(copy, !away);
            }
        }
        let next = if away {
            self.now + self.away.span(&mut self.stream).0
        } else {
            self.strikes(self.rates[3])
        };
        self.queue.set(id, next);
    }

    /// A copy is lost, or has been made anew.
    pub(super) fn copy(&mut self, id: Id, copy: u32) {
        let lost = &mut self.copy_lost[copy as usize];
        *lost = !*lost;
        let lost = *lost;
        let (node, _) = place_of(copy, self.servers.len() as u32);
        if !self.away_now[node] {
            self.count_copy(copy, !lost);
        }
        let group = &self.groups[usize::from(self.servers[(copy / 6) as usize].group)];
        let next = match (lost, &group.volume.rebuild) {
            (true, Some(law)) => self.now + law.span(&mut self.stream).0,
            (true, None) => self.now,
            (false, _) => self.strikes(self.rates[4]),
        };
        self.queue.set(id, next);
    }

    fn count_copy(&mut self, copy: u32, back: bool) {
        let (server, slot) = (copy / 6, (copy / 3 % 2) as usize);
        let fewest = self.group(server).volume.min_copies as u8;
        let s = &mut self.servers[server as usize];
        if back {
            s.live[slot] += 1;
        } else {
            s.live[slot] -= 1;
            // The seal: shorter than the tolerance.
            self.stalls += 1;
        }
        if slot == usize::from(s.primary) {
            if s.live[slot] < fewest {
                self.block(server, VOLUME);
            } else {
                self.unblock(server, VOLUME);
            }
        }
    }

    /// A step of planned work.
    pub(super) fn plan(&mut self, id: Id, server: u32) {
        let works = self.group(server).maintenance.patch_success.0;
        let (next, at) = match self.servers[server as usize].work {
            Step::Idle => {
                let s = &self.servers[server as usize];
                let (pair, healthy) = (s.pair, s.down & (ENGINE | VOLUME) == 0);
                if !healthy || s.failover != Step::Idle || (pair && !self.ready(server)) {
                    let again = self.now + self.next_try(server);
                    self.queue.set(id, again);
                    return;
                }
                let s = &mut self.servers[server as usize];
                (s.began, s.patching) = (self.now, pair);
                if !pair {
                    self.block(server, PLANNED);
                }
                let step = if pair { Step::PatchStandby } else { Step::Restart };
                (step, self.after(|g| &g.maintenance.restart, server))
            }
            Step::Restart if self.stream.happens(works) => return self.planned(id, server, true),
            Step::Restart => (Step::Rollback, self.after(|g| &g.maintenance.rollback, server)),
            Step::Rollback => return self.planned(id, server, false),
            Step::PatchStandby => {
                if !self.stream.happens(works) {
                    return self.planned(id, server, false);
                }
                self.servers[server as usize].patching = false;
                (Step::Soak, self.now + self.group(server).maintenance.soak.0)
            }
            Step::Soak
                if self.ready(server) && self.servers[server as usize].failover == Step::Idle =>
            {
                self.block(server, PLANNED);
                (Step::Block, self.after(|g| &g.maintenance.switchover, server))
            }
            Step::Soak => return self.planned(id, server, false),
            Step::Block => (Step::Promote, self.after(|g| &g.standby.promotion, server)),
            Step::Promote => {
                let success = self.group(server).standby.promotion_success.0;
                let quiet = self.servers[server as usize].failover == Step::Idle;
                if !self.stream.happens(success) || !self.ready(server) || !quiet {
                    return self.planned(id, server, false);
                }
                let s = &mut self.servers[server as usize];
                (s.primary, s.patching) = (s.primary ^ 1, true);
                (Step::Redirect, self.after(|g| &g.standby.redirection, server))
            }
            Step::Redirect => {
                self.unblock(server, PLANNED);
                (Step::PatchOld, self.after(|g| &g.maintenance.restart, server))
            }
            _ => return self.planned(id, server, true),
        };
        self.servers[server as usize].work = next;
        self.queue.set(id, at);
    }

    /// Between two planned works of a server: the least gap and the next release, and for a window of
    /// its own whole weeks.
    pub(super) fn period(&self, server: u32) -> Time {
        let group = self.group(server);
        let rules = &group.maintenance;
        let least = rules.min_gap.0.max(rules.release_interval.0);
        let week = Span::from_days(7).0;
        if group.window == Window::System { least } else { least.div_ceil(week) * week }
    }

    /// Until the window after one in which the server was not healthy.
    fn next_try(&self, server: u32) -> Time {
        let days = if self.group(server).window == Window::System { 1 } else { 7 };
        Span::from_days(days).0
    }

    /// Planned work ends: the next comes after the least gap in a window, or is tried again soon.
    fn planned(&mut self, id: Id, server: u32, done: bool) {
        let s = &mut self.servers[server as usize];
        (s.work, s.patching) = (Step::Idle, false);
        let began = s.began;
        self.unblock(server, PLANNED);
        let again =
            if done { began + self.period(server) } else { self.now + self.next_try(server) };
        self.queue.set(id, again.max(self.now));
    }
}
