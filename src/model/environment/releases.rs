//! Releases of a region: the calendar, which of them are bad, and those that drills bring.

use super::*;
use crate::model::fleet::Place;
use crate::model::plan::first_window;

/// Numbers of releases that drills bring start here.
const DRILLED: u32 = 1 << 31;

impl RegionEnvironment {
    pub(super) fn plan_releases(&mut self, fleet: &Fleet, region: usize, root: Key) {
        let key = root.with(5).with(region as u64);
        let zones = fleet.regions[region].zones as usize;
        let mut order: Vec<usize> = (0..zones).collect();
        order.sort_by_key(|&z| key.with(1).with(z as u64).word());
        self.zone_turn = vec![0; zones];
        for (turn, &zone) in order.iter().enumerate() {
            self.zone_turn[zone] = turn as u32;
        }
        self.regular_releases(fleet, region, key);
        self.drilled_releases(fleet, region, key);
    }

    /// Releases of the calendar, some of them bad.
    fn regular_releases(&mut self, fleet: &Fleet, region: usize, key: Key) {
        let rules = &fleet.regions[region].maintenance;
        if rules.release_interval.is_never() {
            return;
        }
        let interval = rules.release_interval.0.clamp(1, u64::MAX >> 4) as i64;
        let bad = &fleet.faults.bad_release;
        let is_on = fleet.faults.is_on(Cause::bad_release);
        let phase = (key.with(2).draw().unit() * interval as f64) as i64;
        self.calendar = phase;
        // Four releases before the start, so that every server has taken one.
        let mut at = phase - 4 * interval;
        for number in 0u32.. {
            if at >= fleet.horizon.0 as i64 {
                break;
            }
            let key = key.with(3).with(number.into());
            let critical = key.with(1).draw().happens(rules.critical_share.0);
            let is_bad = is_on && key.with(2).draw().happens(bad.probability.0);
            let first_patch =
                is_bad.then(|| first_window(fleet, region, phase, critical, at)).flatten();
            let halted = first_patch
                .filter(|&first| first >= 0)
                .map(|first| SimTime(first as u64) + bad.noticed.span(&mut key.with(3).draw()));
            self.releases.push(Release { at, critical, halted, number });
            at += interval;
        }
    }

    /// A drill of a bad release brings one more, a critical one.
    fn drilled_releases(&mut self, fleet: &Fleet, region: usize, key: Key) {
        let noticed = &fleet.faults.bad_release.noticed;
        for (index, drill) in fleet.injections.iter().enumerate() {
            let here = matches!(drill.place, Place::Region(r) if r == region);
            if drill.cause != Cause::bad_release || !here {
                continue;
            }
            let at = drill.at.0 as i64;
            let Some(first) = first_window(fleet, region, self.calendar, true, at) else {
                continue;
            };
            if self.releases.is_empty() {
                // What everybody runs so far.
                let at = i64::MIN >> 2;
                self.releases.push(Release { at, critical: false, halted: None, number: 0 });
            }
            let mut draw = key.with(4).with(index as u64).draw();
            let halted = Some(SimTime(first as u64) + noticed.span(&mut draw));
            let place = self.releases.partition_point(|r| r.at <= at);
            let number = DRILLED | index as u32;
            self.releases.insert(place, Release { at, critical: true, halted, number });
        }
    }
}
