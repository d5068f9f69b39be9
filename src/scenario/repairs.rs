//! Back-of-the-envelope times of a group: how long its ways back take, and how long a strike is expected to
//! keep a server down. They explain a scenario before it is played and never enter a result.
//!
//! Absent on purpose: queues, second strikes, standbys that are not healthy, promotions that fail.

use super::exposure::Source;
use crate::kernel::law::Law;
use crate::model::fault::{Addressed, Cause, Mode};
use crate::model::fleet::{Group, StandbyMode};

/// Mean times of a group's ways back, in seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Repairs {
    /// Redo of the log and the tail of long transactions.
    pub crash_recovery: f64,
    /// Restart of the engine, with crash recovery.
    pub process: f64,
    /// Reboot of the machine, with crash recovery.
    pub vm: f64,
    /// Another host, with crash recovery.
    pub relocation: f64,
    /// Failover, if there is a standby.
    pub failover: Option<f64>,
    /// The part of it in which the old primary may still come back: detection and decision.
    pub decided: f64,
    /// One planned interruption.
    pub planned: f64,
    /// A restore.
    pub restore: f64,
}

impl Repairs {
    /// Of a group.
    pub fn of(group: &Group) -> Repairs {
        let (compute, standby, restore) = (&group.compute, &group.standby, &group.restore);
        let wal = group.wal_rate.mean();
        let redo = wal * compute.checkpoint_interval.as_secs_f64() / 2.0;
        let tail = compute.long_transaction.as_ref();
        let tail = tail.map_or(0.0, |t| t.probability.0 * t.lasts.mean());
        let crash_recovery = compute.replay_rate.seconds_for(redo) + tail;
        let replay = standby.replay_rate.seconds_for(wal * standby.replay_lag.mean());
        let decided = standby.detection.mean() + standby.decision.mean();
        let promoted = standby.fencing.mean() + replay + standby.promotion.mean();
        let failover = decided + promoted + standby.redirection.mean();
        let has_standby = group.standby_mode != StandbyMode::None;
        let maintenance = &group.maintenance;
        let switchover = maintenance.switchover.mean() + standby.promotion.mean();
        let data = group.storage.0 as f64 * group.used.0;
        let log = wal * restore.snapshot_interval.as_secs_f64() / 2.0;
        Repairs {
            crash_recovery,
            process: compute.process_restart.mean() + crash_recovery,
            vm: compute.vm_reboot.mean() + crash_recovery,
            relocation: compute.relocation.mean() + crash_recovery,
            failover: has_standby.then_some(failover),
            decided,
            planned: if has_standby {
                switchover + standby.redirection.mean()
            } else {
                maintenance.restart.mean()
            },
            restore: restore.provisioning.mean()
                + restore.fetch_rate.seconds_for(data)
                + restore.replay_rate.seconds_for(log)
                + restore.reconfiguration.mean(),
        }
    }

    /// Seconds that a server is expected to be down for after one strike of a mode.
    pub fn after(&self, mode: &Mode, source: &Source, group: &Group) -> f64 {
        let (compute, faults) = (&group.compute, &group.faults);
        let works = compute.restart_success.0;
        // Where a start in place fails, the node goes to another host.
        let fallback = (1.0 - works) * compute.relocation.mean();
        let in_place = |law: &Law| match self.failover {
            Some(failover) => either(law, self.crash_recovery, works, self.decided, failover),
            None => law.mean() + fallback + self.crash_recovery,
        };
        let reboot = compute.vm_reboot.mean() + fallback + self.crash_recovery;
        let held = |law: &Law, back: f64, standby_is_elsewhere: bool| {
            let more = back + reboot;
            match self.failover.filter(|_| standby_is_elsewhere) {
                Some(failover) => either(law, more, 1.0, self.decided, failover),
                None => law.mean() + more,
            }
        };
        match mode.cause {
            Cause::process_crash => in_place(&compute.process_restart),
            Cause::vm_crash => in_place(&compute.vm_reboot),
            Cause::host_failure => match self.failover {
                Some(failover) => {
                    let law = &compute.relocation;
                    either(law, self.crash_recovery, 1.0, self.decided, failover)
                }
                None => self.relocation,
            },
            Cause::rack_outage => match compute.relocate_after {
                Some(after) if self.failover.is_none() => {
                    let after = after.as_secs_f64();
                    let leaves = after + self.relocation;
                    either(&faults.rack_outage.lasts, reboot, 1.0, after + reboot, leaves)
                }
                _ => held(&faults.rack_outage.lasts, 0.0, true),
            },
            Cause::zone_outage => {
                let (outage, mode) = (&faults.zone_outage, group.standby_mode);
                let elsewhere = mode == StandbyMode::ZoneRedundant;
                held(&outage.lasts, outage.r#return.mean(), elsewhere)
            }
            Cause::region_outage => {
                let outage = &faults.region_outage;
                held(&outage.lasts, outage.r#return.mean(), false)
            }
            Cause::stamp_outage => self.stalled(&faults.stamp_outage.lasts, group),
            // The primary serves until it is fenced.
            Cause::false_alarm => self.failover.map_or(0.0, |failover| failover - self.decided),
            Cause::control_plane_outage => 0.0,
            _ => match mode.addressed {
                Addressed::StorageNode | Addressed::Copy | Addressed::ZonePair => 0.0,
                _ => source.lasts.unwrap_or(0.0),
            },
        }
    }

    /// After a stall of the volume; one that is tolerated is no incident.
    fn stalled(&self, law: &Law, group: &Group) -> f64 {
        let tolerance = group.volume.stall_tolerance.as_secs_f64();
        let all = match self.failover {
            None => law.mean(),
            Some(failover) => either(law, 0.0, 1.0, tolerance + self.decided, tolerance + failover),
        };
        all - up_to(law, tolerance)
    }
}

/// Expected time of what takes a law and then `more`, if it works and is over by `limit`; if not, of what
/// takes `instead`.
fn either(law: &Law, more: f64, works: f64, limit: f64, instead: f64) -> f64 {
    let left = limit - more;
    if left < 0.0 || works == 0.0 {
        return instead;
    }
    let within = law.cdf(left);
    let late = 1.0 - works * within;
    let late = if late > 0.0 { late * instead } else { 0.0 };
    works * (up_to(law, left) + more * within) + late
}

/// What values of a law up to `end` add to its mean.
fn up_to(law: &Law, end: f64) -> f64 {
    if let Some(value) = law.fixed_value() {
        return if value <= end { value } else { 0.0 };
    }
    // The integral of how probable more is; steps are fine where most values are.
    const STEPS: u32 = 512;
    let end = end.min(law.quantile(1.0 - 1e-6));
    let step = |i: u32| {
        let y = (f64::from(i) + 0.5) / f64::from(STEPS);
        law.survival(end * y * y * y) * 3.0 * y * y
    };
    let all: f64 = (0..STEPS).map(step).sum();
    end * (all / f64::from(STEPS) - law.survival(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, closed: f64) {
        assert!((value - closed).abs() <= 1e-3 * closed, "{value} {closed}");
    }

    #[test]
    fn values_up_to_an_end_have_a_closed_form() {
        let exponential = Law::exponential(60.0).unwrap();
        for end in [1.0, 60.0, 600.0] {
            let gone = libm::exp(-end / 60.0);
            near(up_to(&exponential, end), 60.0 * (1.0 - gone) - end * gone);
        }
        near(up_to(&Law::uniform(10.0, 30.0).unwrap(), 20.0), 7.5);
        near(up_to(&exponential, f64::INFINITY), 60.0);
        assert_eq!([29.0, 30.0].map(|end| up_to(&Law::fixed(30.0), end)), [0.0, 30.0]);
    }

    #[test]
    fn what_is_not_over_in_time_takes_the_other_way() {
        let law = Law::uniform(10.0, 30.0).unwrap();
        // In a half of a half of the cases 15 s and 5 s, else 100 s.
        near(either(&law, 5.0, 0.5, 25.0, 100.0), 0.25 * 20.0 + 0.75 * 100.0);
        assert_eq!(either(&law, 5.0, 1.0, 4.0, 100.0), 100.0);
        near(either(&law, 5.0, 1.0, 90.0, f64::INFINITY), 25.0);
    }
}
