//! The text of `check`.

use super::*;

#[test]
fn a_scenario_is_explained_in_plain_words() {
    let text = explain(&valid(EXAMPLE, &[]));
    for part in [
        "orders-platform: 440 servers for 1y from 2026-01-01T00:00:00Z, seed 7",
        "200 replications; environment stratified: the scenario says so; 0.1 zone and region outages",
        "eastus2: 3 zones, 1 cell, 440 servers, at most 440 a cell; UTC -5h",
        "3520 vCores on about 21 hosts of 192 vCores with 10% spare, as sole tenant",
        "orders: 400 in eastus2, any zone; Standard_D4ds_v5, 4 vCores, 512GiB (50% used), standby zone-redundant",
        "0.03 per zone and year (MTBF 33y 121d), 0.09 a year in the fleet",
        "injected: zone_outage of eastus2/2 at 2026-03-08T10:00:00Z",
        "failover 1m 27s",
        "the contract promises 99.99%",
        "P(worst_month of orders >= 99.99%) >= 95%",
        "less than one host of 192",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn without_profile_the_neutral_values_are_listed() {
    let one = explain(&valid(SMALL, &["servers.g.count=1"]));
    assert!(one.starts_with("small: 1 server for "), "{one}");
    let s = valid(SMALL, &[]);
    let text = explain(&s);
    let neutral = [
        "standby.detection = 0s",
        "compute.relocate_after = never",
        "compute.long_transaction = none",
        "standby.replace_after = never",
        "standby.promotion_repair = never",
        "standby.promote_stale = wait",
    ];
    for part in ["neutral values in force"].iter().chain(&neutral) {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    // What stands for another key is not in force.
    assert!(!text.contains("storage.rebuild = "), "{text}");
    assert_eq!(
        s.warnings,
        ["no fault mode is on, nothing is injected, no maintenance: nothing happens"]
    );
}

#[test]
fn warnings_name_what_weakens_the_result() {
    let s = valid(EXAMPLE, &["duration=3d", "inject.1.at=1d"]);
    assert!(s.warnings.iter().any(|w| w.contains("under 20 times the longest mean: zone_outage")));
    let s = valid(SMALL, &["fault.zone_outage.rate=1/y"]);
    assert!(s.warnings.iter().any(|w| w == "zone_outage lasts no time: give it `lasts`"));
    for (mode, says) in [("zone_outage", true), ("rack_outage", false), ("storage_node", false)] {
        let drill = format!("{SMALL}[[inject]]\nat='1d'\nfault='{mode}'\nzone=1\nlasts='0s'\n");
        let said = valid(&drill, &[]).warnings;
        assert_eq!(said.iter().any(|w| w.contains("so it does nothing")), says, "{said:?}");
    }
    let s = valid(SMALL, &["servers.g.restore.on_zone_outage.after=4h", "fault.vm_crash.rate=1/y"]);
    assert!(s.warnings[0].contains("do not survive the zone"), "{:?}", s.warnings);
}

#[test]
fn the_limits_of_a_region_are_shown_as_its_cells_have_them() {
    let s = valid(SMALL, &["servers.g.count=20000", "control.ring_limit=10"]);
    assert!(explain(&s).contains("control.ring_limit of r: 3 to 4 a cell"));
    let row = s.assumptions.iter().find(|a| a.parameter == "control.ring_limit of each cell of r");
    assert_eq!(row.map(|r| r.value.as_str()), Some("3 to 4"));
}

#[test]
fn the_environment_is_stratified_where_few_strikes_are_expected() {
    let rated = |rate: &str| valid(SMALL, &[rate, "fault.zone_outage.lasts=1h"]).environment().0;
    assert_eq!(rated("fault.zone_outage.rate=0.1/y"), Environment::Stratified);
    assert_eq!(rated("fault.zone_outage.rate=10/y"), Environment::Natural);
    assert_eq!(rated("fault.zone_outage.every=1y"), Environment::Natural);
}

/// What groups change of a fault counts: strikes are those that a run has.
#[test]
fn counts_of_strikes_respect_groups() {
    let text = "name='x'\nduration='1y'\n[[region]]\nname='r'\n[[servers]]\ngroup='a'\nregion='r'\ncount=10\n\
        [[servers]]\ngroup='b'\nregion='r'\ncount=20\nfault.process_crash='off'\n\
        [[servers]]\ngroup='c'\nregion='r'\ncount=5\nfault.process_crash.rate='2/y'\nfault.vm_crash.rate='3/y'\n\
        [fault.process_crash]\nrate='1/y'\n";
    let s = valid(text, &[]);
    let said = explain(&s);
    for line in [
        "1 per node and year (MTBF 1y), 20 a year in the fleet, 20 in all",
        "off for group b",
        "group c: 2 per node and year, 10 a year in it",
        "vm_crash on: in group c only",
        "group c: 3 per node and year, 15 a year in it",
    ] {
        assert!(said.contains(line), "{line} is not in:\n{said}");
    }
}
