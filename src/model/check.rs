//! Invariants of a world, checked after every instant when asked for.

use crate::model::record::Sink;
use crate::model::topology::SLOTS;
use crate::model::world::World;

impl<S: Sink> World<S> {
    /// Panics where the parts of the world contradict each other.
    pub(super) fn check(&self) {
        let (running, limit) = self.control_running();
        assert!(running <= limit as usize, "{running} failovers on a ring of {limit}");
        self.compute.check(&self.cx);
        for server in 0..self.cx.topo.servers {
            if self.cx.ledger.is_absent(server) {
                continue;
            }
            let line = self.maintenance.line(server);
            let primary = self.standby.primary_node(server);
            let volume = 2 * server + primary % SLOTS;
            if self.cx.ledger.serves(server) && line.due > self.cx.now {
                assert!(
                    self.compute.is_up(primary),
                    "server {server} serves without a primary at {:?}",
                    self.cx.now
                );
                assert!(!self.standby.is_down(server), "server {server} serves while fenced");
                if !self.cx.ledger.is_stalled(server) && self.storage.exists(volume) {
                    let (live, least) = self.storage.live_and_least(volume, &self.cx);
                    assert!(
                        live >= least,
                        "server {server} acknowledges writes on {live} copies of {least}"
                    );
                }
            }
            assert!(
                self.standby.has_what_it_promotes(server),
                "server {server} promotes what is not there: {}",
                self.standby.describe(server)
            );
            if !self.standby.is_down(server) && !self.cx.ledger.serves(server) {
                assert!(
                    self.cx.ledger.has_other_than_primary(server),
                    "server {server} is down, but nothing holds it: {}",
                    self.standby.describe(server)
                );
            }
        }
    }
}
