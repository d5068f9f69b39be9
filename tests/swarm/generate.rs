//! Random small worlds: every part of the model on, few events, many ties.
//!
//! Rates are chosen by the number of strikes that they shall give, durations by a scale of the
//! world, so that troubles overlap. A third of the worlds is coarse: every duration is a multiple of
//! one unit and drills strike on its multiples, so that many things happen at the same instant.

use fleetsim::kernel::chance::{Bits, Draw, Key};
use fleetsim::kernel::law::Law;
use fleetsim::kernel::param::{CountLaw, DateRange, DayWindow, Policy};
use fleetsim::kernel::quantity::{Bytes, Rate, Share, Speed};
use fleetsim::kernel::time::{SimTime, Span};
use fleetsim::model::environment::Stratum;
use fleetsim::model::fault::bad_release::Effect;
use fleetsim::model::fault::common::{CommonCause, Within};
use fleetsim::model::fault::storage_node::{Permanent, Transient};
use fleetsim::model::fault::{Cause, Faults, MODES};
use fleetsim::model::fleet::{
    Backup, Fleet, Group, Injection, LongTransaction, Maintenance, Place, Placement, Redundancy,
    Region, StandbyMode, WalRate, WhenUnhealthy, Window,
};
use std::sync::Arc;

/// A supply of choices.
pub struct Dice(Draw);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(Key::new(seed).with(0x0073_7761_726d).draw())
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }
    pub fn chance(&mut self, p: f64) -> bool {
        self.0.happens(p)
    }
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
    fn unit(&mut self) -> f64 {
        self.0.unit()
    }
    fn share(&mut self) -> Share {
        Share(*self.pick(&[0.0, 0.1, 0.5, 0.9, 1.0, 1.0]))
    }
}

/// A world to play, and what may be expected of it.
pub struct Case {
    pub fleet: Fleet,
    pub stratum: Stratum,
    /// Nothing lasts for ever: every incident ends within the horizon, every standby comes back.
    pub repairable: bool,
    /// Many things happen at the same instant.
    pub ties: bool,
    /// No failover takes time for redirection, so that all that run hold a slot of the ring.
    pub no_redirection: bool,
}

struct Maker {
    dice: Dice,
    horizon: f64,
    /// Seconds of a unit of time, in coarse worlds.
    unit: Option<f64>,
    /// Seconds that a typical step takes.
    scale: f64,
    /// No law may be too long.
    bounded: bool,
}

impl Maker {
    fn law(&mut self) -> Law {
        let factor = *self.dice.pick(&[0.1, 0.3, 1.0, 3.0]);
        self.law_of(factor)
    }

    fn law_of(&mut self, factor: f64) -> Law {
        if let Some(unit) = self.unit {
            let most = if factor > 1.0 { 12 } else { 5 };
            let times = |maker: &mut Maker| Law::fixed(unit * maker.dice.below(most) as f64);
            return match self.dice.below(3) {
                0 => {
                    let parts = (0..3).map(|_| (1.0, times(self))).collect();
                    Law::mixture(parts).expect("weights are positive")
                }
                _ => times(self),
            };
        }
        let mean = self.scale * factor * (0.1 + self.dice.unit());
        match self.dice.below(if self.bounded { 6 } else { 10 }) {
            0 => Law::default(),
            1 => Law::fixed(mean),
            2 | 3 => Law::uniform(0.5 * mean, 1.5 * mean).expect("ordered"),
            4 => Law::triangular(0.0, mean, 2.0 * mean).expect("ordered"),
            5 => Law::uniform(0.0, mean).expect("ordered"),
            6 => Law::exponential(mean).expect("positive"),
            7 => Law::lognormal(mean, 1.0).expect("positive"),
            8 => Law::weibull_mean(0.7, mean).expect("positive"),
            _ if self.dice.chance(0.1) => Law::fixed(1e15),
            _ => Law::gamma_mean(2.0, mean).expect("positive"),
        }
    }

    fn span(&mut self) -> Span {
        if let Some(unit) = self.unit {
            return Span::from_secs_f64(unit * self.dice.below(6) as f64);
        }
        match self.dice.below(if self.bounded { 4 } else { 5 }) {
            0 => Span::ZERO,
            4 if self.dice.chance(0.2) => Span::MAX,
            _ => Span::from_secs_f64(self.scale * self.dice.unit() * 2.0),
        }
    }

    fn speed(&mut self, bytes: f64) -> Speed {
        match self.dice.below(4) {
            0 | 1 => Speed::UNBOUNDED,
            2 if !self.bounded && self.dice.chance(0.05) => Speed(0.0),
            _ if self.unit.is_some() => {
                let units = 1.0 + self.dice.below(4) as f64;
                Speed(bytes / (units * self.unit.unwrap_or(60.0)))
            }
            _ => Speed(bytes / (self.scale * (0.1 + self.dice.unit()))),
        }
    }

    /// A rate and a law of gaps, at most one of them, that give `strikes` strikes over `addresses`.
    fn strikes(&mut self, strikes: f64, addresses: f64) -> (Option<Rate>, Option<Law>) {
        if self.dice.chance(0.75) {
            return (Some(Rate(strikes / addresses / self.horizon)), None);
        }
        let mean = self.horizon * addresses / strikes;
        let every = match (self.dice.below(4), self.unit) {
            (0 | 1, Some(unit)) => {
                let units = (mean / unit).ceil().max(3.0);
                Law::mixture(vec![
                    (1.0, Law::fixed(units * unit)),
                    (1.0, Law::fixed((units - 1.0) * unit)),
                    (1.0, Law::fixed(unit * (units / 2.0).ceil())),
                ])
            }
            (0, _) => Law::weibull_mean(0.7, mean),
            (1, _) => Law::lognormal(mean * 0.6, 1.0),
            (2, _) => Law::uniform(0.0, 2.0 * mean),
            _ => Law::exponential(mean),
        };
        (None, Some(every.expect("means are positive")))
    }

    fn common(&mut self) -> Option<CommonCause> {
        self.dice.chance(0.3).then(|| CommonCause {
            share: Share(*self.dice.pick(&[0.1, 0.5, 1.0])),
            size: CountLaw(Law::geometric(1.0 + 4.0 * self.dice.unit()).expect("at least 1")),
            within: *self.dice.pick(&[Within::Rack, Within::Hall, Within::Zone]),
        })
    }

    fn faults(&mut self, regions: &[Region], servers: f64) -> Faults {
        let mut f = Faults::default();
        let zones: f64 = regions.iter().map(|r| f64::from(r.zones)).sum();
        let racks: f64 = regions.iter().map(|r| f64::from(r.zones * r.racks)).sum();
        let stamps: f64 = regions.iter().map(|r| f64::from(r.zones * r.stamps)).sum();
        let stored: f64 =
            regions.iter().map(|r| f64::from(r.zones * r.stamps * r.storage_nodes)).sum();
        let pairs: f64 =
            regions.iter().map(|r| f64::from(r.zones * (r.zones - 1) / 2)).sum::<f64>().max(1.0);
        let n = regions.len() as f64;
        for mode in MODES {
            let on = self.dice.chance(0.45);
            f.set_on(mode.cause, on);
            let many = *self.dice.pick(&[3.0, 10.0, 30.0]);
            let few = *self.dice.pick(&[1.0, 3.0, 6.0]);
            match mode.cause {
                Cause::process_crash => {
                    let p = &mut f.process_crash;
                    (p.rate, p.every) = self.strikes(many, 3.0 * servers);
                    p.common_cause = self.common();
                }
                Cause::vm_crash => {
                    let p = &mut f.vm_crash;
                    (p.rate, p.every) = self.strikes(many, 3.0 * servers);
                    p.common_cause = self.common();
                }
                Cause::host_failure => {
                    let p = &mut f.host_failure;
                    (p.rate, p.every) = self.strikes(many, servers + 4.0);
                    p.common_cause = self.common();
                    p.repair = self.law();
                }
                Cause::rack_outage => {
                    let p = &mut f.rack_outage;
                    (p.rate, p.every) = self.strikes(few, racks);
                    p.lasts = self.law_of(3.0);
                    p.common_cause = self.common();
                }
                Cause::zone_outage => {
                    let p = &mut f.zone_outage;
                    (p.rate, p.every) = self.strikes(few, zones);
                    p.lasts = self.law_of(3.0);
                    p.share = Share(*self.dice.pick(&[0.3, 1.0, 1.0]));
                    p.r#return = self.law_of(0.3);
                    p.copies_lost = Share(*self.dice.pick(&[0.0, 0.1, 0.6]));
                }
                Cause::region_outage => {
                    let p = &mut f.region_outage;
                    (p.rate, p.every) = self.strikes(few, n);
                    p.lasts = self.law_of(3.0);
                    p.share = Share(*self.dice.pick(&[0.3, 1.0, 1.0]));
                    p.r#return = self.law_of(0.3);
                    p.copies_lost = Share(*self.dice.pick(&[0.0, 0.1, 0.6]));
                }
                Cause::storage_node => {
                    if self.dice.chance(0.8) {
                        let (rate, every) = self.strikes(many, stored);
                        let lasts = self.law();
                        f.storage_node.transient = Some(Transient { rate, every, lasts });
                    }
                    if self.dice.chance(0.5) {
                        let (rate, every) = self.strikes(few, stored);
                        f.storage_node.permanent = Some(Permanent { rate, every });
                    }
                    f.storage_node.common_cause = self.common();
                }
                Cause::copy_failure => {
                    let p = &mut f.copy_failure;
                    (p.rate, p.every) = self.strikes(many, 6.0 * servers);
                    p.common_cause = self.common();
                }
                Cause::stamp_outage => {
                    let p = &mut f.stamp_outage;
                    (p.rate, p.every) = self.strikes(few, stamps);
                    p.lasts = self.law();
                    p.copies_lost = Share(*self.dice.pick(&[0.0, 0.0, 0.2]));
                }
                Cause::partition => {
                    let p = &mut f.partition;
                    (p.rate, p.every) = self.strikes(few, pairs);
                    p.lasts = self.law();
                }
                Cause::connectivity => {
                    let p = &mut f.connectivity;
                    (p.rate, p.every) = self.strikes(many, servers);
                    p.lasts = self.law();
                }
                Cause::gateway_outage => {
                    let p = &mut f.gateway_outage;
                    (p.rate, p.every) = self.strikes(few, n);
                    p.lasts = self.law();
                    p.share = Share(*self.dice.pick(&[0.3, 1.0]));
                }
                Cause::control_plane_outage => {
                    let p = &mut f.control_plane_outage;
                    (p.rate, p.every) = self.strikes(few, n);
                    p.lasts = self.law_of(3.0);
                }
                Cause::bad_release => {
                    let p = &mut f.bad_release;
                    p.probability = Share(*self.dice.pick(&[0.2, 0.5, 1.0]));
                    p.hit = self.dice.share();
                    p.onset = self.law();
                    let crashes = self.dice.chance(0.5);
                    p.effect = if crashes { Effect::Crashes } else { Effect::Down };
                    p.crash_rate = Some(Rate(10.0 / self.horizon));
                    p.noticed = self.law_of(3.0);
                    p.rollback = self.law();
                }
                Cause::false_alarm => {
                    let p = &mut f.false_alarm;
                    (p.rate, p.every) = self.strikes(many, servers);
                }
                _ => {}
            }
        }
        f
    }

    fn region(&mut self, number: usize) -> Region {
        let mut r = Region::neutral(&format!("r{number}"));
        r.zones = *self.dice.pick(&[1, 2, 3, 3, 3, 4]);
        r.halls = *self.dice.pick(&[1, 1, 2, 3]);
        r.racks = r.halls * *self.dice.pick(&[3, 3, 4, 5]);
        r.stamps = *self.dice.pick(&[1, r.halls, r.halls, 2 * r.halls]);
        r.storage_nodes = *self.dice.pick(&[3, 3, 4, 6]);
        r.cells = *self.dice.pick(&[0, 0, 0, 1, 2, 3]);
        r.vcores_per_host = *self.dice.pick(&[u32::MAX, 4, 4, 6, 9, 16]);
        r.spare = Share(*self.dice.pick(&[0.0, 0.0, 0.1, 0.25, 0.5]));
        r.utc_offset_minutes = *self.dice.pick(&[0, -300, 330]);
        r.concurrency = *self.dice.pick(&[u32::MAX, u32::MAX, 1, 2, 5]);
        r.maintenance = self.maintenance();
        r
    }

    fn maintenance(&mut self) -> Maintenance {
        let day = 86_400.0;
        let cycle = self.horizon / (2.0 + self.dice.below(12) as f64);
        let cycle = Span::from_secs_f64(cycle.clamp(3_600.0, 40.0 * day));
        let mut m = Maintenance {
            release_interval: cycle,
            min_gap: *self.dice.pick(&[Span::ZERO, cycle, Span(cycle.0 / 2)]),
            notice: *self.dice.pick(&[Span::ZERO, Span::ZERO, Span(cycle.0 / 3)]),
            custom_delay: *self.dice.pick(&[Span::ZERO, Span::from_days(7), Span(cycle.0 / 2)]),
            restart: self.law(),
            switchover: self.law_of(0.3),
            patch_success: self.dice.share(),
            rollback: self.law(),
            soak: self.span(),
            one_zone_at_a_time: self.dice.chance(0.3),
            critical_share: Share(*self.dice.pick(&[0.0, 0.2, 1.0])),
            when_unhealthy: *self.dice.pick(&[WhenUnhealthy::Wait, WhenUnhealthy::Patch]),
            ..Maintenance::default()
        };
        if self.dice.chance(0.03) && !self.bounded {
            m.notice = *self.dice.pick(&[Span::MAX, Span(1 << 60)]);
        }
        if self.dice.chance(0.5) {
            m.system_window = DayWindow { from: 23 * 60, to: 7 * 60 };
        }
        if self.dice.chance(0.3) {
            m.window_length = Span::from_mins(*self.dice.pick(&[1, 30, 600]));
        }
        if self.dice.chance(0.3) {
            let start = 1_767_225_600_000_000 + (self.horizon * 1e6 * self.dice.unit()) as i64;
            let length = (self.horizon * 1e5 * self.dice.unit()) as i64;
            m.freeze.push(DateRange { from: start, to: start + length });
        }
        m
    }

    fn group(&mut self, number: usize, regions: &[Region], faults: &Arc<Faults>) -> Group {
        // Every region has servers.
        let region = if number < regions.len() { number } else { number % regions.len() };
        let most = *self.dice.pick(&[2, 6, 12, 40]);
        let count = 1 + self.dice.below(most) as u32;
        let mut g = Group::neutral(&format!("g{number}"), region, count, faults.clone());
        let spec = &regions[region];
        if self.dice.chance(0.4) {
            g.zone = Some(self.dice.below(u64::from(spec.zones)) as u32);
        }
        g.vcores = 1 + self.dice.below(u64::from(spec.vcores_per_host.min(4))) as u32;
        g.standby_mode = *self.dice.pick(&[
            StandbyMode::None,
            StandbyMode::SameZone,
            StandbyMode::ZoneRedundant,
            StandbyMode::ZoneRedundant,
        ]);
        if self.dice.chance(0.5) {
            g.window = Window::Custom {
                day: self.dice.below(7) as u8,
                start: 30 * self.dice.below(48) as u16,
            };
        }
        g.backup = match self.dice.below(4) {
            0 => None,
            n => Some(Backup {
                retention: Span::from_days(7),
                redundancy: [Redundancy::Local, Redundancy::Zone, Redundancy::Geo][n as usize - 1],
            }),
        };
        g.other_tenant = self.dice.chance(0.05);
        g.maintenance_on = self.dice.chance(0.5);
        let bytes = 1e9;
        g.storage = Bytes(1_000_000_000);
        g.used = Share(*self.dice.pick(&[0.0, 0.5, 1.0]));
        let rate = bytes / self.scale * 0.1;
        g.wal_rate = match self.dice.below(4) {
            0 => {
                let mut hours = [0.0; 24];
                hours.iter_mut().for_each(|h| *h = rate * self.dice.below(3) as f64);
                WalRate::Hourly(Box::new(hours))
            }
            1 => WalRate::Law(Law::uniform(0.0, rate).expect("ordered")),
            2 => WalRate::Law(Law::default()),
            _ => WalRate::Law(Law::fixed(rate)),
        };
        let c = &mut g.compute;
        c.process_restart = self.law();
        c.vm_reboot = self.law();
        c.restart_success = self.dice.share();
        c.relocation = self.law();
        c.relocate_after = self.dice.chance(0.5).then(|| self.span());
        c.replay_rate = self.speed(bytes * 0.1);
        c.checkpoint_interval = self.span();
        if self.dice.chance(0.3) {
            c.long_transaction =
                Some(LongTransaction { probability: self.dice.share(), lasts: self.law() });
        }
        let v = &mut g.volume;
        v.min_copies = *self.dice.pick(&[1, 2, 2, 3]);
        v.placement = *self.dice.pick(&[Placement::Random, Placement::Copysets]);
        v.seal = self.law_of(0.3);
        v.stall_tolerance = self.span();
        v.resync = self.law();
        v.rebuild_after = self.span();
        v.rebuild = self.dice.chance(0.5).then(|| self.law());
        v.rebuild_bandwidth = self.speed(bytes);
        v.rebuild_concurrent = *self.dice.pick(&[u32::MAX, 1, 2]);
        let s = &mut g.standby;
        s.detection = self.law_of(0.3);
        s.decision = self.law_of(0.3);
        s.fencing = self.law_of(0.3);
        s.replay_rate = self.speed(bytes * 0.1);
        s.replay_lag = self.law_of(0.3);
        s.promotion = self.law_of(0.3);
        s.promotion_success = Share(*self.dice.pick(&[1.0, 0.9, 0.5, 0.0]));
        s.promotion_repair = (self.bounded || self.dice.chance(0.6)).then(|| self.law());
        s.redirection = self.law_of(0.3);
        s.provisioning = self.law();
        s.catch_up_rate = self.speed(bytes * 0.3);
        s.replace_after = self.dice.chance(0.6).then(|| self.span());
        s.drop = self.law_of(0.3);
        s.wal_quorum = self.dice.chance(0.4);
        s.promote_stale = Policy { after: self.dice.chance(0.4).then(|| self.span()) };
        g.maintenance = self.maintenance();
        let r = &mut g.restore;
        r.provisioning = self.law();
        r.fetch_rate = self.speed(bytes);
        r.replay_rate = self.speed(bytes);
        r.reconfiguration = self.law();
        r.archive_period = self.span();
        r.geo_lag = self.span();
        r.throughput = self.speed(bytes * 4.0);
        r.snapshot_interval = Span::from_secs_f64(self.scale * 10.0 * self.dice.unit());
        r.on_zone_outage = Policy { after: self.dice.chance(0.5).then(|| self.span()) };
        r.on_region_outage = Policy { after: self.dice.chance(0.5).then(|| self.span()) };
        g
    }

    fn injection(&mut self, fleet: &Fleet, latest: f64) -> Injection {
        let unit = self.unit.unwrap_or(1e-3);
        let mut at = (latest / unit * self.dice.unit()).floor() * unit;
        if let (Some(last), true) = (fleet.injections.last(), self.dice.chance(0.5)) {
            // Close to the last one.
            let apart = unit * self.dice.below(4) as f64;
            let apart = if self.unit.is_some() { apart } else { self.scale * self.dice.unit() };
            at = (last.at.as_secs_f64() + apart).min(latest);
        }
        let group = self.dice.below(fleet.groups.len() as u64) as usize;
        let region = fleet.groups[group].region;
        let spec = &fleet.regions[region];
        let zone = self.dice.below(spec.zones.into()) as u32;
        let hall = self.dice.below(spec.halls.into()) as u32;
        let server = self.dice.below(fleet.groups[group].count.into()) as u32;
        let place = match self.dice.below(8) {
            0 => Place::Region(region),
            1 | 2 => Place::Zone(region, zone),
            3 => Place::Hall(region, zone, hall),
            4 => Place::Group(group),
            _ => Place::Server(group, server),
        };
        Injection {
            at: SimTime::ZERO + Span::from_secs_f64(at),
            cause: self.dice.pick(MODES).cause,
            place,
            lasts: (self.bounded || self.dice.chance(0.5)).then(|| self.law()),
            share: self.dice.chance(0.3).then_some(Share(0.5)),
            copies_lost: self.dice.chance(0.3).then_some(Share(0.3)),
        }
    }
}

impl Case {
    /// The world of a seed.
    pub fn of(seed: u64) -> Case {
        let mut dice = Dice::new(seed);
        let repairable = dice.chance(0.25);
        let unit = dice.chance(0.4).then(|| *dice.pick(&[60.0, 60.0, 3_600.0]));
        let days = match unit {
            Some(3_600.0) => *dice.pick(&[30.0, 90.0]),
            Some(_) => *dice.pick(&[1.0, 3.0]),
            None => *dice.pick(&[1.0, 3.0, 10.0, 60.0, 365.0, 730.0]),
        };
        let horizon: f64 = days * 86_400.0;
        let share: f64 = *dice.pick(&[5e-5, 5e-4, 5e-3, 2e-2]);
        let share = if repairable { share.min(5e-4) } else { share };
        let scale = unit.unwrap_or((horizon * share).max(10.0));
        let mut maker = Maker { dice, horizon, unit, scale, bounded: repairable };
        let mut fleet = Fleet::empty(SimTime::ZERO + Span::from_secs_f64(horizon));
        fleet.seed = seed;
        fleet.start_new = unit.is_some() || maker.dice.chance(0.3);
        let regions = *maker.dice.pick(&[1, 1, 1, 2, 3]);
        fleet.regions = (0..regions).map(|r| maker.region(r)).collect();
        let groups = regions.max(1 + maker.dice.below(4) as usize);
        let none = Arc::new(Faults::default());
        fleet.groups = (0..groups).map(|g| maker.group(g, &fleet.regions, &none)).collect();
        // What the rebuilds of a stamp share is no group's own.
        let bandwidth = fleet.groups[0].volume.rebuild_bandwidth;
        fleet.groups.iter_mut().for_each(|g| g.volume.rebuild_bandwidth = bandwidth);
        let servers: u32 = fleet.groups.iter().map(|g| g.count).sum();
        let mut faults = maker.faults(&fleet.regions, servers.into());
        if repairable {
            faults.on = [false; MODES.len()];
        }
        fleet.faults = Arc::new(faults);
        for group in &mut fleet.groups {
            let own = !repairable && maker.dice.chance(0.2);
            group.faults = fleet.faults.clone();
            if own {
                // Only what is addressed to a node, server, pair or copy is a group's own.
                let other = maker.faults(&fleet.regions, servers.into());
                let mut mixed = Faults::clone(&fleet.faults);
                mixed.process_crash = other.process_crash.clone();
                mixed.copy_failure = other.copy_failure.clone();
                mixed.connectivity = other.connectivity.clone();
                mixed.set_on(Cause::vm_crash, other.is_on(Cause::vm_crash));
                group.faults = Arc::new(mixed);
            }
        }
        fleet.control.ring_limit = *maker.dice.pick(&[u32::MAX, 1, 1, 2, 5]);
        let no_redirection = maker.dice.chance(0.3);
        if no_redirection {
            fleet.groups.iter_mut().for_each(|g| g.standby.redirection = Law::default());
        }
        let latest = if repairable { horizon / 8.0 } else { horizon * 1.01 };
        for _ in 0..maker.dice.below(if repairable { 16 } else { 10 }) {
            let injection = maker.injection(&fleet, latest);
            fleet.injections.push(injection);
        }
        if repairable {
            maker.make_repairable(&mut fleet);
        }
        let stratum = if repairable {
            Stratum::Natural
        } else {
            *maker.dice.pick(&[Stratum::Natural, Stratum::Natural, Stratum::Quiet, Stratum::Struck])
        };
        Case { fleet, stratum, repairable, ties: unit.is_some(), no_redirection }
    }
}

impl Maker {
    /// Nothing is refused for ever: every server finds a host, every copy a source, every standby
    /// its way back, well before the horizon. Maintenance ends nowhere, so it is off; queues that are
    /// served one by one may outlast any horizon.
    fn make_repairable(&mut self, fleet: &mut Fleet) {
        if self.unit.is_some() {
            fleet.control.ring_limit = u32::MAX;
        }
        for region in &mut fleet.regions {
            if region.vcores_per_host != u32::MAX {
                // Room for all that could be displaced at once.
                region.vcores_per_host = 1_000;
            }
        }
        let bytes = |g: &Group| f64::from(g.count) * 6.0 * g.storage.0 as f64 * g.used.0;
        let all: f64 = fleet.groups.iter().map(bytes).sum();
        for g in &mut fleet.groups {
            g.maintenance_on = false;
            g.volume.rebuild_concurrent = u32::MAX;
            // Even all copies at once are made anew within an eighth of the horizon: a standby has to
            // catch up after that.
            let least = all / (self.horizon / 8.0);
            g.volume.rebuild_bandwidth = Speed(g.volume.rebuild_bandwidth.0.max(least));
            g.compute.restart_success = Share::ONE;
            g.volume.min_copies = g.volume.min_copies.min(2);
            g.backup = Some(Backup {
                retention: Span::from_days(7),
                redundancy: g.backup.map_or(Redundancy::Zone, |b| b.redundancy),
            });
            if g.standby.promotion_success.0 < 0.5 {
                g.standby.promotion_success = Share(0.5);
            }
        }
    }
}
