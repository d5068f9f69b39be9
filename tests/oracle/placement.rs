//! Placement: where nodes go when they move.

use crate::support::*;
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::SimTime;
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Injection, Place, StandbyMode};

/// A node that moves stands in another rack than the other node of its server, as at the start: then
/// no outage of a rack takes both, and a failover that takes no time leaves no incident.
#[test]
fn nodes_of_one_server_stay_in_different_racks() {
    let servers = 60;
    let mut faults = Faults::default();
    faults.host_failure.repair = Law::fixed(HOUR);
    let mut fleet = fleet(servers, YEAR, faults);
    fleet.regions[0].racks = 4;
    fleet.regions[0].vcores_per_host = 4;
    fleet.regions[0].spare = Share(0.75);
    fleet.groups[0].standby_mode = StandbyMode::SameZone;
    let mut drill = |hours: f64, cause, place, lasts: f64| {
        fleet.injections.push(Injection {
            at: SimTime::ZERO + seconds(hours * HOUR),
            cause,
            place,
            lasts: Some(Law::fixed(lasts)),
            share: None,
            copies_lost: None,
        });
    };
    // There is more room than is needed. Every host with a primary fails, some with standbys of others on them.
    drill(1.0, Cause::host_failure, Place::Group(0), HOUR);
    for server in 0..servers {
        let at = 10.0 + 3.0 * f64::from(server);
        drill(at, Cause::rack_outage, Place::Server(0, server), HOUR);
    }
    play(fleet, 3, true, |tape| {
        let late = |row: &&Row| row.from > SimTime::ZERO + seconds(5.0 * HOUR);
        let rows: Vec<&Row> = tape.rows.iter().filter(late).collect();
        assert!(rows.is_empty(), "a rack took a whole server: {rows:?}");
    });
}
