//! Strikes: whether a candidate takes effect, and on whom; what it holds and gives back.

use super::*;

impl<S: Sink> World<S> {
    pub(super) fn source_fires(&mut self, index: u32) {
        let source = &mut self.sources[index as usize];
        let (cause, flavour, part) = (source.cause, source.flavour, source.part);
        let (number, address) = (source.number, source.address);
        source.number += 1;
        let next = source.draw();
        self.cx.events.schedule(next, pack(Kind::Source, index, 0));
        if self.manner.keep_candidates {
            let at = self.cx.now;
            let number = number << 2 | flavour as u64;
            self.candidates.push(Candidate { cause, number, at, address });
        }
        // Named by mode, setting and flavour, not by position among the sources: switching one mode
        // off redraws no other.
        let origin = Origin { cause, number: number << 18 | part << 2 | flavour as u64 };
        match flavour {
            Flavour::Single => self.strike(address, origin, false),
            Flavour::Permanent => self.lose_storage_node(address, origin),
            Flavour::Burst => self.burst(address, origin, World::strike_at_random),
            Flavour::PermanentBurst => self.burst(address, origin, World::lose_storage_node),
        }
    }

    /// One component is struck. A random strike is void where the component, or what contains it, is
    /// held; an injected one never is.
    pub(in crate::model) fn strike(&mut self, address: u32, origin: Origin, injected: bool) {
        match origin.cause {
            Cause::connectivity => self.strike_path(address, origin, injected),
            Cause::process_crash => self.strike_node(address, Depth::Engine, origin, injected),
            Cause::vm_crash => self.strike_node(address, Depth::Machine, origin, injected),
            Cause::host_failure => self.strike_host(address, origin, injected),
            Cause::rack_outage => self.strike_rack(address, origin, injected),
            Cause::storage_node => self.strike_storage_node(address, origin, injected),
            Cause::copy_failure => self.strike_copy(address, origin, injected),
            Cause::stamp_outage => self.strike_stamp(address, origin, injected),
            Cause::false_alarm if self.standby.is_pair(address) => {
                self.touch(address);
                if self.standby.is_ready(address) {
                    self.standby.false_alarm(address, origin, &mut self.cx);
                }
            }
            _ => {}
        }
    }

    pub(super) fn strike_at_random(&mut self, address: u32, origin: Origin) {
        self.strike(address, origin, false);
    }

    /// How long a strike lasts: the mode's law, or the drill's.
    pub(super) fn lasts(&self, origin: Origin, address: u32) -> Span {
        let cx = &self.cx;
        let drill = drill_of(origin).and_then(|i| cx.fleet.injections[i].lasts.as_ref());
        let f = &cx.fleet.faults;
        let law = match origin.cause {
            Cause::connectivity => &cx.group(address).faults.connectivity.lasts,
            Cause::rack_outage => &f.rack_outage.lasts,
            Cause::stamp_outage => &f.stamp_outage.lasts,
            Cause::host_failure => &f.host_failure.repair,
            Cause::storage_node => match (&f.storage_node.transient, drill) {
                (Some(t), _) => &t.lasts,
                (None, Some(own)) => own,
                (None, None) => return Span::ZERO,
            },
            _ => return Span::ZERO,
        };
        cx.span(drill.unwrap_or(law), Purpose::Lasts, origin, address, 0)
    }

    pub(super) fn strike_path(&mut self, server: Server, origin: Origin, injected: bool) {
        self.touch(server);
        if !injected && self.cx.ledger.has(server, Reason::Connectivity) {
            return;
        }
        let lasts = self.lasts(origin, server);
        self.begin_spell(server, origin.cause, lasts);
    }

    pub(super) fn strike_node(&mut self, node: Node, depth: Depth, origin: Origin, injected: bool) {
        if self.compute.is_absent(node) {
            return;
        }
        self.touch_node(node);
        let takes_effect = injected || self.compute.admits(node, depth);
        if takes_effect && !self.keep_recovery(node, depth, origin) {
            self.compute.strike(node, depth, origin, &mut self.cx);
        }
    }

    pub(super) fn strike_host(&mut self, host: u32, origin: Origin, injected: bool) {
        if !injected && !self.compute.admits_host(host) {
            return;
        }
        let mut nodes = std::mem::take(&mut self.nodes);
        self.compute.nodes_on(host, &mut nodes);
        for &node in &nodes {
            self.touch_node(node);
        }
        let repair = self.lasts(origin, host);
        self.compute.strike_host(host, repair, origin, &nodes, &mut self.cx);
        self.nodes = nodes;
    }

    pub(super) fn strike_rack(&mut self, rack: u32, origin: Origin, injected: bool) {
        if !injected && !self.compute.admits_rack(rack, &self.cx) {
            return;
        }
        let topo = self.cx.topo.clone();
        let mut servers = Vec::new();
        for &host in topo.hosts_in_rack(rack) {
            self.compute.nodes_on(host, &mut self.nodes);
            servers.extend(self.nodes.iter().map(|n| n / SLOTS));
        }
        let stored = topo.storage_nodes_in_rack(rack);
        for &node in stored {
            servers.extend(self.storage.copies_on(node).iter().map(|c| c / (2 * COPIES)));
        }
        self.touch_all(servers);
        let lasts = self.lasts(origin, rack);
        self.compute.hold_rack(rack, origin, &mut self.cx);
        // What the hosts took down is known before the copies go.
        self.drain();
        for &node in stored {
            self.hold_storage_node(node, origin, lasts);
        }
        // Nodes that were being made there ask for other hosts.
        self.compute.serve_queue(&mut self.cx);
        self.cx.schedule(lasts, Kind::RackBack, rack, 0);
    }

    pub(super) fn strike_stamp(&mut self, stamp: u32, origin: Origin, injected: bool) {
        if !injected && !self.storage.admits_stamp(stamp) {
            return;
        }
        self.touch_stamp(stamp);
        let lasts = self.lasts(origin, stamp);
        self.storage.hold_stamp(stamp, origin, &mut self.cx);
        let under_way = self.stamps.range((stamp, 0)..=(stamp, u32::MAX));
        let number = under_way.last().map_or(0, |(&(_, last), _)| last + 1);
        self.stamps.insert((stamp, number), origin);
        self.cx.schedule(lasts, Kind::StampBack, stamp, number);
    }

    pub(super) fn touch_stamp(&mut self, stamp: u32) {
        for volume in self.storage.volumes_in(stamp) {
            self.touch(volume / 2);
        }
    }

    /// One of the outages of a stamp ends: what it takes with it is its own.
    pub(super) fn stamp_back(&mut self, stamp: u32, number: u32) {
        self.touch_stamp(stamp);
        let origin = self.stamps.remove(&(stamp, number)).expect("an outage that ends began");
        let share = drill_of(origin)
            .and_then(|i| self.cx.fleet.injections[i].copies_lost)
            .unwrap_or(self.cx.fleet.faults.stamp_outage.copies_lost);
        let never = self.storage_nodes_lost(stamp, origin, share.0);
        self.storage.release_stamp(stamp, &never, &[], origin, &mut self.cx);
    }

    /// Storage nodes of a stamp that never come back from an outage.
    pub(super) fn storage_nodes_lost(&self, stamp: u32, origin: Origin, share: f64) -> Vec<u32> {
        let n = self.cx.topo.storage_nodes;
        (stamp * n..(stamp + 1) * n)
            .filter(|&node| self.cx.happens(share, Purpose::CopiesLost, origin, node, 0))
            .collect()
    }
}
