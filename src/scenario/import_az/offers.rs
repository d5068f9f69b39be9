//! What the service offers: tables and limits of the profile that imported scenarios name, so that no figure of
//! the service stands here a second time.

use crate::scenario::profile::{self, Profile, Provenance, RegionInfo};
use crate::scenario::units;
use std::ops::RangeInclusive;

/// The profile of imported scenarios.
pub const PROFILE: &str = "azure-flexible-2026";

/// The target of Single Server's contract.
const SINGLE_TARGET: &str = "limits.single_server.sla_target";

const BUILT_IN: &str = "a figure of a profile that is compiled in";

fn profile() -> &'static Profile {
    &profile::load(PROFILE).expect(BUILT_IN).0
}

/// A size that the documents list, in their spelling.
pub fn sku(name: &str) -> Option<&'static str> {
    profile().sku(name).map(|sku| sku.name.as_str())
}

/// vCores of the largest size.
pub fn most_vcores() -> u32 {
    profile().skus.iter().map(|sku| sku.vcores).max().expect(BUILT_IN)
}

/// Storage that is sold by the GiB, in GiB.
pub fn storage() -> RangeInclusive<u64> {
    let (least, most) = profile().disk_v2.expect(BUILT_IN);
    gib(least)..=gib(most)
}

/// The storage that is sold in steps, in GiB: the smallest one that is large enough, else the largest one.
pub fn step_for(size: u64) -> u64 {
    let steps = || profile().disks.iter().map(|&bytes| gib(bytes));
    steps().find(|&step| step >= size).or(steps().next_back()).expect(BUILT_IN)
}

/// Storage in GiB of servers that do not say it.
pub fn usual_storage() -> u64 {
    let servers = profile().values.table("servers");
    let storage = servers.and_then(|t| t.text("storage")).and_then(|t| units::size(t).ok());
    gib(storage.expect(BUILT_IN))
}

fn gib(bytes: u64) -> u64 {
    bytes >> 30
}

/// Days for which backups can be kept.
pub fn retention() -> RangeInclusive<u64> {
    let (least, most) = profile().retention.expect(BUILT_IN);
    days(least)..=days(most)
}

/// Days for which backups are kept where a server does not say it.
pub fn usual_retention() -> u64 {
    days_of("limits.backup.retention_default")
}

/// Days after which a stopped server is started again.
pub fn stopped_for() -> u64 {
    days_of("limits.lifecycle.stop_max")
}

fn days_of(path: &str) -> u64 {
    let seconds = profile().limit(path).and_then(|text| units::duration(text).ok());
    days(seconds.expect(BUILT_IN))
}

fn days(seconds: f64) -> u64 {
    (seconds / 86_400.0) as u64
}

/// The target of Single Server's contract, and where it comes from.
pub fn single_target() -> (&'static str, &'static Provenance) {
    let target = profile().limit(SINGLE_TARGET).zip(profile().provenance(SINGLE_TARGET));
    target.expect(BUILT_IN)
}

/// What a region offers in which the service is listed.
pub fn region(name: &str) -> Option<&'static RegionInfo> {
    profile().region(name)
}

/// Minutes ahead of UTC of a region in which it is not listed.
pub fn region_elsewhere(name: &str) -> Option<i32> {
    profile().regions_elsewhere.iter().find(|(known, _)| known == name).map(|(_, offset)| *offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_what_the_profile_says() {
        assert!(
            profile().skus.iter().all(|s| sku(&s.name.to_lowercase()) == Some(s.name.as_str()))
        );
        assert_eq!([step_for(33), step_for(4095), step_for(40_000)], [64, 4095, 32_767]);
        assert_eq!((storage(), usual_storage(), most_vcores()), (32..=65_536, 128, 192));
        assert_eq!((retention(), usual_retention(), stopped_for()), (7..=35, 7, 7));
        assert_eq!((single_target().0, single_target().1.date.as_str()), ("99.99%", "2022-03"));
        assert!(region("eastus2").is_some_and(|r| r.utc_offset == -300 && !r.zones_came_late));
        assert!(region("eastasia").is_some_and(|r| r.zones_came_late));
        assert_eq!(
            (region("westindia").is_none(), region_elsewhere("westindia")),
            (true, Some(330))
        );
    }
}
