//! Storage nodes and stamps: going away and coming back, with all the copies on them.

use super::*;

/// A storage node and the copies on it.
#[derive(Clone, Debug)]
pub(super) struct StorageNode {
    pub holds: u16,
    /// What has held it for longest, of what holds it now, or held it last; and until then.
    pub held_by: Origin,
    until: SimTime,
    /// What else holds it, in the order of its beginning, and until when.
    also: Vec<(Origin, SimTime)>,
    /// Since when it is held, or when it came back last.
    pub since: SimTime,
    /// Copies that stand here, in order once it is clean.
    pub copies: Vec<Copy>,
    /// Copies have come or gone.
    pub dirty: bool,
    /// Until when its copies are away in private stretches; never, if they will be given up.
    pub apart_until: SimTime,
}

impl Storage {
    pub(super) fn reset_nodes(&mut self, count: usize) {
        let empty = StorageNode {
            holds: 0,
            held_by: NOBODY,
            until: SimTime::ZERO,
            also: Vec::new(),
            since: SimTime::ZERO,
            copies: Vec::new(),
            dirty: false,
            apart_until: SimTime::ZERO,
        };
        self.nodes.resize(count, empty);
        for node in &mut self.nodes {
            node.holds = 0;
            node.held_by = NOBODY;
            node.until = SimTime::ZERO;
            node.also.clear();
            node.since = SimTime::ZERO;
            node.copies.clear();
            node.dirty = false;
            node.apart_until = SimTime::ZERO;
        }
    }

    /// Whether more than one thing holds a storage node.
    pub fn is_held_twice(&self, node: u32) -> bool {
        self.nodes[node as usize].holds > 1
    }

    /// Whether a strike on a storage node takes effect.
    pub fn admits_node<S: Sink>(&self, node: u32, cx: &Context<S>) -> bool {
        self.nodes[node as usize].holds == 0
            && self.stamp_holds[(node / cx.topo.storage_nodes) as usize] == 0
    }

    /// The copies on a storage node, in order.
    pub fn copies_on(&mut self, node: u32) -> &[Copy] {
        if self.nodes[node as usize].dirty {
            let mut copies = std::mem::take(&mut self.nodes[node as usize].copies);
            copies.retain(|&copy| {
                self.node_of_copy(copy) == node && self.volumes[(copy / COPIES) as usize].exists
            });
            copies.sort_unstable();
            copies.dedup();
            self.nodes[node as usize].copies = copies;
            self.nodes[node as usize].dirty = false;
        }
        &self.nodes[node as usize].copies
    }

    /// Takes the list of copies out, so that it can be walked while volumes change.
    pub fn take_copies(&mut self, node: u32) -> Vec<Copy> {
        self.copies_on(node);
        std::mem::take(&mut self.nodes[node as usize].copies)
    }

    /// Puts the list back, with what has come meanwhile.
    pub fn put_copies(&mut self, node: u32, mut copies: Vec<Copy>) {
        copies.append(&mut self.nodes[node as usize].copies);
        self.nodes[node as usize].copies = copies;
    }

    /// A copy stands on this node from now on.
    pub(super) fn place(&mut self, copy: Copy, node: u16) {
        let old = self.node_of_copy(copy);
        self.nodes[old as usize].dirty = true;
        self.volumes[(copy / COPIES) as usize].nodes[(copy % COPIES) as usize] = node;
        let new = &mut self.nodes[usize::from(node)];
        new.copies.push(copy);
        new.dirty = true;
    }

    /// A storage node goes away for this long: its copies leave their sets.
    pub fn hold_node<S: Sink>(
        &mut self,
        node: u32,
        origin: Origin,
        lasts: Span,
        cx: &mut Context<S>,
    ) {
        if !self.begin_hold(node, origin, lasts, cx) {
            return;
        }
        let seals = self.seals(node, origin, cx);
        let copies = self.take_copies(node);
        for &copy in &copies {
            let takes = seals[self.class_of(copy)];
            self.leave(copy, origin, takes, cx);
        }
        self.put_copies(node, copies);
        self.start_rebuilds(node / cx.topo.storage_nodes, cx);
    }

    /// One outage more holds a storage node; whether it is the first.
    pub(super) fn begin_hold<S: Sink>(
        &mut self,
        node: u32,
        origin: Origin,
        lasts: Span,
        cx: &mut Context<S>,
    ) -> bool {
        let line = &mut self.nodes[node as usize];
        let until = cx.now + lasts;
        line.holds += 1;
        if line.holds > 1 {
            line.also.push((origin, until));
            return false;
        }
        (line.held_by, line.until) = (origin, until);
        line.since = cx.now;
        self.node_changed(node, cx);
        for class in 0..self.classes.len() {
            let patience = self.classes[class].patience;
            if !patience.is_never() {
                cx.schedule(patience, Kind::StorageNodeGivenUp, node, class as u32);
            }
        }
        true
    }

    /// A copy goes away with its storage node; sealing it out of its set takes this long.
    pub fn leave<S: Sink>(&mut self, copy: Copy, origin: Origin, takes: Span, cx: &mut Context<S>) {
        let volume = copy / COPIES;
        match self.state(copy) {
            CopyState::Live => {
                self.set(copy, CopyState::Away, cx);
                self.note_left(copy, cx.now);
                self.volumes[volume as usize].origin = origin;
                self.stop_without_source(volume, cx);
                self.seal(volume, takes, cx);
                self.settle(volume, origin, cx);
            }
            // It was catching up: its volume may stall because of this from now on.
            CopyState::Away => {
                self.volumes[volume as usize].origin = origin;
                self.settle(volume, origin, cx);
            }
            // Not a copy yet: it begins anew elsewhere.
            CopyState::Rebuilding => {
                self.forget_rebuild(copy, cx);
                self.set(copy, CopyState::Lost, cx);
                self.relocate_copy(copy, origin, cx);
                self.want_rebuild(copy);
            }
            CopyState::Lost => {}
        }
    }

    /// A storage node comes back: its copies catch up before they join their sets.
    pub fn release_node<S: Sink>(&mut self, node: u32, cx: &mut Context<S>) {
        let line = &mut self.nodes[node as usize];
        line.holds -= 1;
        if line.holds > 0 {
            if line.until == cx.now {
                (line.held_by, line.until) = line.also.remove(0);
                self.settle_copies_on(node, cx);
            } else if let Some(over) = line.also.iter().position(|&(_, until)| until == cx.now) {
                line.also.remove(over);
            }
            return;
        }
        line.since = cx.now;
        self.node_changed(node, cx);
        let stamp = node / cx.topo.storage_nodes;
        if self.stamp_holds[stamp as usize] == 0 {
            self.begin_resync(node, cx);
        } else {
            self.settle_copies_on(node, cx);
        }
        // Copies that found no other place are made anew here, or where they stood.
        if self.rebuilds[stamp as usize].house() {
            self.start_rebuilds(stamp, cx);
        }
    }

    /// Something that held a storage node is over: stalls may be laid to what is not.
    fn settle_copies_on<S: Sink>(&mut self, node: u32, cx: &mut Context<S>) {
        let origin = self.nodes[node as usize].held_by;
        let copies = self.take_copies(node);
        for &copy in &copies {
            self.settle(copy / COPIES, origin, cx);
        }
        self.put_copies(node, copies);
    }

    /// The copies on a storage node that is back begin to catch up.
    fn begin_resync<S: Sink>(&mut self, node: u32, cx: &mut Context<S>) {
        let line = &mut self.nodes[node as usize];
        line.since = cx.now;
        let origin = line.held_by;
        let mut longest = Span::ZERO;
        for class in 0..self.classes.len() {
            let takes = cx.span(&self.classes[class].resync, Purpose::Resync, origin, node, 0);
            longest = longest.max(takes);
            cx.schedule(takes, Kind::StorageNodeSynced, node, class as u32);
        }
        let line = &mut self.nodes[node as usize];
        line.apart_until = line.apart_until.min(cx.now + longest);
    }

    /// Whether the copies on a storage node have caught up since it came back, by the rules of a class.
    pub fn is_synced<S: Sink>(&self, node: u32, class: u32, cx: &Context<S>) -> bool {
        let line = &self.nodes[node as usize];
        let law = &self.classes[class as usize].resync;
        line.holds == 0
            && self.stamp_holds[(node / cx.topo.storage_nodes) as usize] == 0
            && line.since + cx.span(law, Purpose::Resync, line.held_by, node, 0) == cx.now
    }

    /// The copies on a storage node that catch up by the rules of a class, as far as told.
    pub fn catching_up(&mut self, node: u32, class: u32) -> Vec<Copy> {
        self.copies_on(node);
        let copies = self.nodes[node as usize].copies.iter().copied();
        copies
            .filter(|&c| self.class_of(c) as u32 == class && self.state(c) == CopyState::Away)
            .collect()
    }

    /// The copies on a storage node have caught up.
    pub fn node_synced<S: Sink>(&mut self, node: u32, copies: &[Copy], cx: &mut Context<S>) {
        for &copy in copies {
            self.join(copy, cx);
        }
        self.start_rebuilds(node / cx.topo.storage_nodes, cx);
    }

    /// Whether a storage node has been away for as long as a class waits.
    pub fn is_given_up<S: Sink>(&self, node: u32, class: u32, cx: &Context<S>) -> bool {
        let line = &self.nodes[node as usize];
        line.holds > 0 && line.since + self.classes[class as usize].patience <= cx.now
    }

    /// The copies of a class on a storage node that stays away are made anew on others.
    pub fn node_given_up<S: Sink>(&mut self, node: u32, class: u32, cx: &mut Context<S>) {
        let copies = self.take_copies(node);
        for &copy in &copies {
            if self.class_of(copy) as u32 == class {
                self.give_up(copy, cx);
            }
        }
        self.put_copies(node, copies);
        self.start_rebuilds(node / cx.topo.storage_nodes, cx);
    }

    /// A storage node is lost for good; an empty one takes its place at once.
    pub fn lose_node<S: Sink>(&mut self, node: u32, origin: Origin, cx: &mut Context<S>) {
        let seals = self.seals(node, origin, cx);
        let copies = self.take_copies(node);
        for &copy in &copies {
            let takes = seals[self.class_of(copy)];
            self.lose(copy, origin, takes, cx);
        }
        self.put_copies(node, copies);
        self.start_rebuilds(node / cx.topo.storage_nodes, cx);
    }

    /// A stamp goes away: its volumes stall, nothing is lost.
    pub fn hold_stamp<S: Sink>(&mut self, stamp: u32, origin: Origin, cx: &mut Context<S>) {
        self.stamp_holds[stamp as usize] += 1;
        self.stamp_held_by[stamp as usize].push(origin);
        if self.stamp_holds[stamp as usize] > 1 {
            return;
        }
        self.stamp_changed(stamp, cx);
        self.suspend_rebuilds(stamp, cx);
        for volume in self.volumes_in(stamp) {
            self.settle(volume, origin, cx);
        }
    }

    /// A stamp comes back. `never` are its storage nodes that do not, `late` those that return later.
    pub fn release_stamp<S: Sink>(
        &mut self,
        stamp: u32,
        never: &[u32],
        late: &[(u32, Span)],
        origin: Origin,
        cx: &mut Context<S>,
    ) {
        // First who is late, so that nothing lost is laid there.
        for &(node, wait) in late {
            self.hold_node(node, origin, wait, cx);
            cx.schedule(wait, Kind::StorageNodeBack, node, 0);
        }
        for &node in never {
            self.lose_node(node, origin, cx);
        }
        self.stamp_holds[stamp as usize] -= 1;
        let held_by = &mut self.stamp_held_by[stamp as usize];
        let over = held_by.iter().position(|&by| by == origin);
        held_by.remove(over.expect("an outage that ends has held its stamp"));
        if self.stamp_holds[stamp as usize] > 0 {
            for volume in self.volumes_in(stamp) {
                self.settle(volume, origin, cx);
            }
            return;
        }
        self.stamp_changed(stamp, cx);
        self.resync_anew(stamp, cx);
        for volume in self.volumes_in(stamp) {
            self.settle(volume, origin, cx);
        }
        self.start_rebuilds(stamp, cx);
    }

    /// A stamp is free again: what was catching up in it begins anew.
    fn resync_anew<S: Sink>(&mut self, stamp: u32, cx: &mut Context<S>) {
        let n = cx.topo.storage_nodes;
        for node in stamp * n..(stamp + 1) * n {
            let away = self.nodes[node as usize].holds == 0 && {
                self.copies_on(node);
                let copies = &self.nodes[node as usize].copies;
                copies.iter().any(|&copy| self.state(copy) == CopyState::Away)
            };
            if away {
                self.begin_resync(node, cx);
            }
        }
    }

    /// A storage node was held or freed, and with it the copies on it.
    fn node_changed<S: Sink>(&mut self, node: u32, cx: &mut Context<S>) {
        cx.hold_changed(Addressed::StorageNode, node);
        if cx.clocked & Addressed::Copy.bit() != 0 {
            for &copy in self.copies_on(node) {
                cx.hold_changed(Addressed::Copy, copy);
            }
        }
    }

    /// A stamp was held or freed, and with it all that it contains.
    fn stamp_changed<S: Sink>(&self, stamp: u32, cx: &mut Context<S>) {
        cx.hold_changed(Addressed::Stamp, stamp);
        let n = cx.topo.storage_nodes;
        for node in stamp * n..(stamp + 1) * n {
            cx.hold_changed(Addressed::StorageNode, node);
        }
        if cx.clocked & Addressed::Copy.bit() != 0 {
            for volume in self.volumes_in(stamp) {
                Storage::volume_changed(volume, cx);
            }
        }
    }

    /// How long each class of volumes is sealed after one strike on one storage node: the set of all its
    /// volumes is changed by one decision of the stamp.
    pub fn seals<S: Sink>(&self, node: u32, origin: Origin, cx: &Context<S>) -> Vec<Span> {
        let seal = |c: &Class| cx.span(&c.seal, Purpose::Seal, origin, node, 0);
        self.classes.iter().map(seal).collect()
    }
}
