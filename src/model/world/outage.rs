//! Outages of the environment as one cell meets them, and the policies for long ones.

use super::*;

impl<S: Sink> World<S> {
    pub(super) fn outage(&self, index: u32) -> Outage {
        self.cx.environment.regions[self.cx.region].outages[index as usize]
    }

    /// Halls that an outage strikes, over all zones.
    pub(super) fn halls_struck(&self, outage: &Outage) -> Vec<u32> {
        let topo = &self.cx.topo;
        let zones = match outage.reach {
            Reach::Region => 0..topo.zones,
            Reach::Zone(z) | Reach::Hall(z, _) => z..z + 1,
            _ => 0..0,
        };
        let mut halls = Vec::new();
        for zone in zones {
            for hall in 0..topo.halls {
                let named = matches!(outage.reach, Reach::Hall(_, h) if h == hall);
                let drawn = !matches!(outage.reach, Reach::Hall(..))
                    && self.cx.environment.strikes_hall(outage, self.cx.region, zone, hall);
                if named || drawn {
                    halls.push(zone * topo.halls + hall);
                }
            }
        }
        halls
    }

    pub(super) fn outage_starts(&mut self, index: u32) {
        let outage = self.outage(index);
        if matches!(outage.reach, Reach::Region | Reach::ControlPlane) {
            self.publish_failovers();
        }
        match outage.reach {
            Reach::Region | Reach::Zone(_) | Reach::Hall(..) => {
                if outage.reach == Reach::Region {
                    self.cx.control_plane_holds += 1;
                }
                let halls = self.halls_struck(&outage);
                self.touch_halls(&halls);
                for &hall in &halls {
                    self.compute.hold_hall(hall, outage.origin, &mut self.cx);
                }
                let topo = self.cx.topo.clone();
                for &hall in &halls {
                    for stamp in topo.stamps_in_hall(hall) {
                        self.storage.hold_stamp(stamp, outage.origin, &mut self.cx);
                    }
                }
                // Nodes that were being made there ask for other hosts.
                self.compute.serve_queue(&mut self.cx);
                self.schedule_policies(index, outage.from, outage.to);
            }
            Reach::Link(a, b) => {
                let cut: Vec<Server> =
                    (0..self.cx.topo.servers).filter(|&s| self.spans(s, (a, b))).collect();
                for &server in &cut {
                    self.touch(server);
                    self.standby.link_cut(server, outage.origin, &mut self.cx);
                }
                self.cuts.insert(index, cut);
            }
            Reach::Gateway => {
                for server in 0..self.cx.topo.servers {
                    if self.gateway_strikes(&outage, server) {
                        self.touch(server);
                        let cx = &mut self.cx;
                        cx.ledger.block(
                            server,
                            Reason::Gateway,
                            outage.origin.cause,
                            Phase::Waiting,
                            true,
                            false,
                            cx.now,
                            &mut cx.sink,
                        );
                    }
                }
            }
            Reach::ControlPlane => self.cx.control_plane_holds += 1,
        }
    }

    /// Whether a server's pair stands in these two zones, and in this region still.
    fn spans(&self, server: Server, link: (u32, u32)) -> bool {
        let (x, y) = (self.standby.primary_zone(server), self.standby.other_zone(server));
        self.standby.is_pair(server)
            && !self.standby.is_elsewhere(server)
            && (x.min(y), x.max(y)) == link
    }

    /// A server lives in the paired region from now on, with its log replica: this region's gateway, links and
    /// control plane are nothing to it any more.
    pub(super) fn leave_region(&mut self, server: Server) {
        while self.cx.ledger.has(server, Reason::Gateway) {
            let (path, now) = (RecoveryPath::GeoRestore, self.cx.now);
            self.cx.ledger.unblock(server, Reason::Gateway, path, now);
        }
        let replica = server * SLOTS + 2;
        if !self.compute.is_absent(replica) {
            self.forget_releases(replica);
            self.compute.give_up(replica, &mut self.cx);
            self.compute.node_elsewhere(replica);
            self.compute.node_made(replica);
            self.sync_clocks(Addressed::Node, replica);
        }
        self.link_anew(server);
        self.maintenance.leave_region(server, &mut self.cx);
    }

    /// A node of a server may stand in another zone now: links that are cut part its pair, or no longer.
    pub(super) fn link_anew(&mut self, server: Server) {
        if self.cuts.is_empty() {
            return;
        }
        let mut cuts = std::mem::take(&mut self.cuts);
        for (&index, cut) in &mut cuts {
            let Reach::Link(a, b) = self.outage(index).reach else { continue };
            match (self.spans(server, (a, b)), cut.binary_search(&server)) {
                (true, Err(at)) => {
                    cut.insert(at, server);
                    let origin = self.outage(index).origin;
                    self.standby.link_cut(server, origin, &mut self.cx);
                }
                (false, Ok(at)) => {
                    cut.remove(at);
                    self.standby.link_mended(server, &mut self.cx);
                }
                _ => {}
            }
        }
        self.cuts = cuts;
    }

    pub(super) fn gateway_strikes(&self, outage: &Outage, server: Server) -> bool {
        !self.standby.is_elsewhere(server)
            && self.cx.happens(outage.share, Purpose::Hit, outage.origin, server, 0)
    }

    pub(super) fn touch_halls(&mut self, halls: &[u32]) {
        let topo = self.cx.topo.clone();
        let mut servers = Vec::new();
        for &hall in halls {
            for rack in topo.racks_in_hall(hall) {
                for &host in topo.hosts_in_rack(rack) {
                    self.compute.nodes_on(host, &mut self.nodes);
                    servers.extend(self.nodes.iter().map(|n| n / SLOTS));
                }
            }
            for stamp in topo.stamps_in_hall(hall) {
                servers.extend(self.storage.volumes_in(stamp).iter().map(|v| v / 2));
            }
        }
        self.touch_all(servers);
    }

    pub(super) fn outage_ends(&mut self, index: u32) {
        let outage = self.outage(index);
        match outage.reach {
            Reach::Region | Reach::Zone(_) | Reach::Hall(..) => {
                let last = self.halls_return(&outage);
                if last > self.cx.now {
                    // To whoever stands on what is back later the outage goes on.
                    self.late.insert(index, last);
                    self.schedule_policies(index, self.cx.now, last);
                } else {
                    self.policies.retain(|p| p.outage != index);
                }
            }
            Reach::Link(..) => {
                for server in self.cuts.remove(&index).unwrap_or_default() {
                    self.touch(server);
                    self.standby.link_mended(server, &mut self.cx);
                }
            }
            Reach::Gateway => {
                for server in 0..self.cx.topo.servers {
                    if self.gateway_strikes(&outage, server) {
                        self.touch(server);
                        let now = self.cx.now;
                        self.cx.ledger.unblock(server, Reason::Gateway, RecoveryPath::Wait, now);
                    }
                }
            }
            Reach::ControlPlane => {}
        }
        if matches!(outage.reach, Reach::Region | Reach::ControlPlane) {
            self.cx.control_plane_holds -= 1;
            if self.cx.control_plane_up() {
                self.cx.tell(Fact::ControlPlaneBack);
            }
        }
    }

    /// The halls of an outage are back, but for some hosts and storage nodes that are later; when the last
    /// one is there.
    pub(super) fn halls_return(&mut self, outage: &Outage) -> SimTime {
        let halls = self.halls_struck(outage);
        self.touch_halls(&halls);
        let fleet = self.cx.fleet.clone();
        let law = if outage.origin.cause == Cause::region_outage {
            &fleet.faults.region_outage.r#return
        } else {
            &fleet.faults.zone_outage.r#return
        };
        let origin = outage.origin;
        let topo = self.cx.topo.clone();
        let mut last = Span::ZERO;
        for &hall in &halls {
            for stamp in topo.stamps_in_hall(hall) {
                let never = self.storage_nodes_lost(stamp, origin, outage.copies_lost);
                let late: Vec<(u32, Span)> = (stamp * topo.storage_nodes
                    ..(stamp + 1) * topo.storage_nodes)
                    .filter(|n| !never.contains(n))
                    .map(|n| (n, self.cx.span(law, Purpose::Return, origin, n, 1)))
                    .filter(|&(_, wait)| wait > Span::ZERO)
                    .collect();
                last = late.iter().fold(last, |last, &(_, wait)| last.max(wait));
                self.storage.release_stamp(stamp, &never, &late, origin, &mut self.cx);
            }
        }
        for &hall in &halls {
            self.compute.release_hall(hall, &mut self.cx, |host, cx| {
                let wait = cx.span(law, Purpose::Return, origin, host, 0);
                last = last.max(wait);
                wait
            });
        }
        self.cx.now + last
    }

    /// Groups that do not wait for the end of an outage look at their servers after a time, if that is
    /// within these bounds.
    fn schedule_policies(&mut self, index: u32, from: SimTime, to: SimTime) {
        let outage = self.outage(index);
        let groups: Vec<usize> = {
            let mut groups: Vec<usize> =
                self.cx.topo.group.iter().map(|&g| usize::from(g)).collect();
            groups.dedup();
            groups
        };
        for group in groups {
            let spec = &self.cx.fleet.groups[group].restore;
            let policy = if outage.reach == Reach::Region {
                spec.on_region_outage
            } else {
                spec.on_zone_outage
            };
            if let Some(patience) = policy.after {
                let at = outage.from + patience;
                if from <= at && at < to {
                    // What happens at an end is over before anybody looks.
                    let at = at.max(self.cx.now + Span(1));
                    self.cx.events.schedule(at, pack(Kind::RestorePolicy, group as u32, index));
                }
            }
        }
    }

    /// An outage has lasted as long as a group waits: whoever is stuck in it is restored, now or as
    /// soon as it is stuck.
    pub(super) fn policy_is_due(&mut self, group: u32, index: u32) {
        let halls = self.halls_struck(&self.outage(index));
        self.policies.push(Overdue { group, outage: index, halls, restored: BTreeSet::new() });
        for server in 0..self.cx.topo.servers {
            if u32::from(self.cx.topo.group[server as usize]) == group {
                self.touch(server);
                self.restore_by_policy(server);
            }
        }
    }

    /// Whether a server's primary stands in one of these halls, with its host or with its volume.
    fn stands_in(&self, server: Server, halls: &[u32]) -> bool {
        let (node, topo) = (self.standby.primary_node(server), &self.cx.topo);
        let volume = volume_of(node);
        let of_host = self.compute.host(node).map(|host| topo.hall_of_host(host));
        let has_volume = self.storage.exists(volume);
        let of_volume = has_volume.then(|| topo.hall_of_stamp(self.storage.stamp(volume)));
        [of_host, of_volume].into_iter().flatten().any(|hall| halls.contains(&hall))
    }

    /// Whether what a server's primary stands on is away, itself or with what contains it, or it has nothing
    /// to stand on.
    fn is_away(&self, server: Server) -> bool {
        let node = self.standby.primary_node(server);
        let host_is = self.compute.host(node).is_some_and(|host| !self.compute.admits_host(host));
        host_is
            || self.compute.waits_for_host(node)
            || (self.standby.stalls(server) && self.storage.waits_for_node(volume_of(node)))
    }

    /// Whether a restore in the own region waits for a host, of a server that could be restored in the paired one.
    pub(super) fn restore_finds_no_host(&self, server: Server) -> bool {
        match self.restore.waits_here(server, &self.cx) {
            // It needs none yet, or cannot ask for one, and waits for the control plane.
            Some((_, RestoreSite::Apart)) => !self.standby.has_failover(server),
            Some((node, RestoreSite::OtherSlot)) => self.compute.waits_for_host(node),
            None => false,
        }
    }

    pub(super) fn restore_by_policy(&mut self, server: Server) {
        if self.policies.is_empty() || self.cx.ledger.is_absent(server) {
            return;
        }
        let (late, now) = (&self.late, self.cx.now);
        self.policies.retain(|p| late.get(&p.outage).is_none_or(|&last| now < last));
        let group = u32::from(self.cx.topo.group[server as usize]);
        let waits = self.restore_finds_no_host(server);
        let of_group = self.policies.iter().filter(|p| p.group == group);
        let overdue = of_group.filter(|p| {
            // A restore that finds no host in its region is stuck in any outage of that.
            let restore = waits && self.outage(p.outage).reach == Reach::Region;
            // After its end it concerns those alone who are not back.
            let lasts = || !self.late.contains_key(&p.outage) || waits || self.is_away(server);
            let anew = !p.restored.contains(&server);
            anew && (restore || self.stands_in(server, &p.halls)) && lasts()
        });
        // What the backup allows in one of two outages it may not in the other.
        let overdue: Vec<Outage> = overdue.map(|p| self.outage(p.outage)).collect();
        if overdue.is_empty() || !(waits || self.standby.is_helpless(server, &self.cx)) {
            return;
        }
        for outage in overdue {
            let reason = if outage.reach == Reach::Region {
                RestoreReason::RegionOutage
            } else {
                RestoreReason::ZoneOutage
            };
            self.cx.tell(Fact::RestoreWanted(server, outage.origin, reason));
        }
    }

    /// A restore that an outage asked for is finished: it asks for no other one of that server.
    pub(super) fn note_restored(&mut self, server: Server, origin: Origin) {
        let group = u32::from(self.cx.topo.group[server as usize]);
        let outages = &self.cx.environment.regions[self.cx.region].outages;
        let mut policies = self.policies.iter_mut();
        let is_it = |p: &Overdue| p.group == group && outages[p.outage as usize].origin == origin;
        if let Some(policy) = policies.find(|p| is_it(p)) {
            policy.restored.insert(server);
        }
    }
}
