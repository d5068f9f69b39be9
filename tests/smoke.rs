//! First signs of life.
use fleetsim::kernel::law::Law;
use fleetsim::kernel::quantity::{Rate, Share};
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::environment::{Environment, Stratum};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::*;
use fleetsim::model::record::*;
use fleetsim::model::world::*;
use std::sync::Arc;

#[derive(Clone, Default, Debug)]
struct Sum { incidents: u64, down: u64, risk: u64, paths: [u64; 9] }
impl Sink for Sum {
    fn incident(&mut self, i: &Incident<'_>) {
        self.incidents += 1;
        self.down += i.to.since(i.from).0;
        let sum: u64 = i.segments.iter().map(|s| s.length().0).sum();
        assert_eq!(sum, i.to.since(i.from).0);
        if let Some(p) = i.path { self.paths[p as usize] += 1; }
    }
    fn interval(&mut self, i: Interval) { self.risk += i.to.since(i.from).0; }
    fn stall(&mut self, _: Stall) {}
    fn gauge(&mut self, _: Gauge) {}
}

fn secs(x: f64) -> Law { Law::fixed(x) }

#[test]
fn it_lives() {
    let mut f = Faults::default();
    f.process_crash.rate = Some(Rate::per_year(2.0));
    f.vm_crash.rate = Some(Rate::per_year(2.0));
    f.host_failure.rate = Some(Rate::per_year(5.0));
    f.connectivity.rate = Some(Rate::per_year(12.0));
    f.connectivity.lasts = secs(10.0);
    f.rack_outage.rate = Some(Rate::per_year(5.0));
    f.rack_outage.lasts = secs(3600.0);
    f.zone_outage.rate = Some(Rate::per_year(1.0));
    f.zone_outage.lasts = secs(7200.0);
    f.copy_failure.rate = Some(Rate::per_year(2.0));
    for c in Cause::all() { f.set_on(c, true); }
    let f = Arc::new(f);
    let mut fleet = Fleet::empty(SimTime::ZERO + Span::from_days(365));
    fleet.regions.push(Region::neutral("r"));
    fleet.faults = f.clone();
    for (name, mode) in [("a", StandbyMode::None), ("b", StandbyMode::SameZone), ("c", StandbyMode::ZoneRedundant)] {
        let mut g = Group::neutral(name, 0, 30, f.clone());
        g.standby_mode = mode;
        g.maintenance_on = true;
        g.compute.process_restart = secs(45.0);
        g.compute.vm_reboot = secs(120.0);
        g.compute.relocation = secs(480.0);
        g.standby.detection = secs(20.0);
        g.standby.promotion = secs(20.0);
        g.standby.redirection = secs(30.0);
        g.standby.provisioning = secs(900.0);
        g.standby.replace_after = Some(Span::from_mins(10));
        g.standby.promotion_success = Share(0.9);
        g.standby.promotion_repair = Some(secs(1800.0));
        g.volume.rebuild = Some(secs(3600.0));
        g.volume.seal = secs(3.0);
        g.volume.stall_tolerance = Span::from_secs(10);
        g.maintenance.restart = secs(90.0);
        g.maintenance.switchover = secs(4.0);
        g.maintenance.soak = Span::from_mins(10);
        fleet.groups.push(g);
    }
    let scene = Scene::new(fleet);
    let env = Arc::new(Environment::draw(&scene.fleet, 0, Stratum::Natural));
    let mut w = World::new(&scene, Sum::default());
    let p = w.play(&scene, 0, 0, &env, Manner { check: true, ..Manner::default() });
    println!("{p:?} {:?}", w.sink_mut());
    let mut e = World::new(&scene, Sum::default());
    e.play(&scene, 0, 0, &env, Manner { check: false, eager: true, ..Manner::default() });
    println!("eager {:?}", e.sink_mut());
}
