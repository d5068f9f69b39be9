//! What the profile's tables and rules refuse and warn of, for every row of them.

use super::*;
use crate::scenario::profile::{self, Profile};

fn known() -> &'static Profile {
    &profile::load("azure-flexible-2026").expect("listed").0
}

/// One group in a region, with these keys.
fn group(region: &str, keys: &str) -> String {
    format!(
        "name='x'\nprofile='azure-flexible-2026'\n[[region]]\nname='{region}'\n[[servers]]\ngroup='g'\ncount=3\n{keys}"
    )
}

fn warned(text: &str, words: &str) -> bool {
    valid(text, &[]).warnings.iter().any(|w| w.contains(words))
}

#[test]
fn every_region_has_the_marks_of_the_table() {
    let with_zones = "sku='D2ds_v5'\nhigh_availability='zone-redundant'\n";
    for region in &known().regions {
        let name = &region.name;
        let text = group(name, with_zones);
        match region.zone_redundant {
            true => {
                let marks = [
                    (region.blocked, "New zone-redundant servers cannot be made"),
                    (region.zones_came_late, "before zones were offered"),
                    (region.restricted, "open on request only"),
                ];
                for (mark, words) in marks {
                    assert_eq!(warned(&text, words), mark, "{name}: {words}");
                }
            }
            false => {
                assert!(wrong(&text, &[]).contains("regions table, 2025-12-22"), "{name}");
                let alone = group(name, "sku='D2ds_v5'\nhigh_availability='same-zone'\n");
                assert!(warned(&alone, "list no zone-redundant standbys"), "{name}");
                assert_eq!(warned(&alone, "open on request only"), region.restricted, "{name}");
            }
        }
        let geo = check(&group(name, "backup={redundancy='geo'}\n"), &[]);
        assert_eq!(geo.is_ok(), region.geo_backup, "{name}");
    }
    let marked =
        |of: fn(&profile::RegionInfo) -> bool| known().regions.iter().filter(|r| of(r)).count();
    assert_eq!(known().regions.len(), 63);
    assert_eq!([marked(|r| r.zone_redundant), marked(|r| r.blocked)], [39, 13]);
    assert_eq!([marked(|r| r.zones_came_late), marked(|r| r.restricted)], [3, 7]);
    assert_eq!(marked(|r| !r.geo_backup), 20);
}

#[test]
fn a_region_that_the_profile_knows_has_its_local_time() {
    for (region, keys, minutes, origin) in [
        ("eastus2", "", -300, "published"),
        ("centralindia", "", 330, "published"),
        ("centralindia", "utc_offset='1h'\n", 60, "yours"),
        ("atlantis", "", 0, "assumed"),
    ] {
        let name = format!("name='{region}'\n");
        let s = valid(&group(region, "").replace(&name, &format!("{name}{keys}")), &[]);
        assert_eq!(s.fleet.regions[0].utc_offset_minutes, minutes, "{region}");
        let parameter = format!("region.{region}.utc_offset");
        let row = s.assumptions.iter().find(|a| a.parameter == parameter).expect("a row");
        assert_eq!(row.origin, origin, "{region}: {row:?}");
        assert_eq!(row.source.contains("IANA"), origin == "published", "{region}: {row:?}");
    }
}

#[test]
fn other_tenants_need_zones_and_hosts_as_well() {
    let tenants = |region: &str, zones: &str, mode: &str| {
        let own = format!(
            "[[region]]\nname='{region}'\n{zones}other_tenants={{servers=9,mix=[{{sku='D2ds_v5',share='100%'}}],\
             high_availability='{mode}'}}\n"
        );
        check(&group(region, "").replace(&format!("[[region]]\nname='{region}'\n"), &own), &[])
    };
    let refused = tenants("swedencentral", "zones=1\n", "zone-redundant").expect_err("one zone");
    assert!(
        refused.contains("other_tenants.high_availability`: expected a region with"),
        "{refused}"
    );
    let refused = tenants("westus", "", "zone-redundant").expect_err("no zones");
    assert!(refused.contains("regions table, 2025-12-22"), "{refused}");
    assert!(tenants("westus", "", "same-zone").is_ok());
    let refused = tenants("westus", "vcores_per_host=1\n", "none").expect_err("small hosts");
    assert!(refused.contains("other_tenants.mix`: expected at most 1, the vCores"), "{refused}");
    assert!(tenants("westus", "zones=3\n", "zone-redundant").is_ok());
}

#[test]
fn a_disk_that_is_too_full_is_read_only() {
    let full = |size: &str, used: &str| {
        let text = group("swedencentral", &format!("storage='{size}'\nused='{used}'\n"));
        warned(&text, "turns read-only")
    };
    // The limits in words: 84.4 % of 32 GiB, 92.2 % of 64 GiB, 95 % from 100 GiB on.
    for (size, below, above) in [
        ("32GiB", "84.3%", "84.4%"),
        ("64GiB", "92.1%", "92.2%"),
        ("128GiB", "94.9%", "95%"),
        ("2TiB", "94.9%", "95%"),
    ] {
        assert_eq!([full(size, below), full(size, above)], [false, true], "{size}");
    }
    let s = valid(&group("swedencentral", "storage='32GiB'\nused='90%'\n"), &[]);
    let said = s.warnings.iter().find(|w| w.contains("read-only")).expect("a warning");
    assert!(said.starts_with("servers.g: 90% of 32GiB used: "), "{said}");
    assert!(said.ends_with("(Azure docs: limits, 2025-11-13)"), "{said}");
}

#[test]
fn every_size_is_known_by_name_and_burstable_ones_have_no_standby() {
    for sku in &known().skus {
        let text = |mode| {
            group("swedencentral", &format!("sku='{}'\nhigh_availability='{mode}'\n", sku.name))
        };
        assert_eq!(valid(&text("none"), &[]).fleet.groups[0].vcores, sku.vcores);
        for mode in ["same-zone", "zone-redundant"] {
            assert_eq!(check(&text(mode), &[]).is_ok(), sku.tier != "Burstable", "{}", sku.name);
        }
    }
    assert_eq!(known().skus.len(), 109);
}

/// What nothing reads yet is held together by what it says of itself.
#[test]
fn tables_of_sizes_and_disks_agree_with_the_rules_beside_them() {
    let text = profile::text("azure-flexible-2026").expect("listed");
    let all: toml::Table = toml::from_str(text).expect("TOML");
    let value = |table: &str, key: &str| {
        let value = &all[table][key]["value"];
        value.as_float().or(value.as_integer().map(|n| n as f64)).expect("a number")
    };
    let rows = |key: &str| all[key].as_array().expect("rows").iter();
    let number = |row: &toml::Value, key: &str| row[key].as_integer().expect("a number") as f64;
    let gib = |row: &toml::Value, key: &str| {
        super::super::units::size(row[key].as_str().expect("a size")).expect("a size") as f64
            / f64::from(1 << 30)
    };
    let connections = |key| value("connections", key);
    for row in rows("sku") {
        let memory = gib(row, "memory");
        let most = match memory {
            2.0 => connections("smallest_default"),
            _ => (memory * connections("per_gib")).floor().min(connections("default_cap")),
        };
        assert_eq!(number(row, "max_connections"), most, "{row:?}");
        assert_eq!(number(row, "user_connections"), most - connections("reserved"), "{row:?}");
    }
    for row in rows("disk") {
        assert_eq!(number(row, "storage_mb"), gib(row, "size") * 1024.0, "{row:?}");
        let higher = row["higher_tiers"].as_array().expect("tiers");
        assert!(higher.iter().all(|tier| rows("disk").any(|d| d["tier"] == *tier)), "{row:?}");
        assert!(!higher.contains(&row["tier"]), "{row:?}");
    }
    let sizes: Vec<f64> = rows("disk").map(|row| gib(row, "size")).collect();
    assert!(sizes.is_sorted() && known().disks.len() == sizes.len());
    let v2 = |key| value("disk_v2", key);
    let smallest = gib(&all["disk_v2"]["max_iops_from"], "value");
    assert_eq!(v2("max_iops"), v2("iops_per_gib") * smallest);
}
