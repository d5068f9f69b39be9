//! Whole files: the example, JSON, layering, overrides.

use super::*;
use crate::kernel::comparison::Op;
use crate::kernel::quantity::{Bytes, Share};
use crate::kernel::time::Span;
use crate::model::fault::Cause;
use crate::model::fleet::{Place, Redundancy, StandbyMode, Window};

#[test]
fn the_example_loads_whole() {
    let s = valid(EXAMPLE, &[]);
    let fleet = &s.fleet;
    assert_eq!((s.name.as_str(), s.profile), ("orders-platform", Some("azure-flexible-2026")));
    assert_eq!((fleet.seed, fleet.horizon.0), (7, Span::from_days(365).0));
    let region = &fleet.regions[0];
    assert_eq!((region.zones, region.halls, region.racks, region.stamps), (3, 4, 20, 4));
    assert_eq!((region.utc_offset_minutes, region.spare), (-300, Share(0.1)));
    let orders = &fleet.groups[0];
    assert_eq!((orders.count, orders.vcores, orders.zone), (400, 4, None));
    assert_eq!(orders.storage, Bytes(512 << 30));
    assert_eq!(orders.standby_mode, StandbyMode::ZoneRedundant);
    assert_eq!(orders.window, Window::Custom { day: 0, start: 120 });
    let backup = orders.backup.expect("given");
    assert_eq!((backup.retention, backup.redundancy), (Span::from_days(14), Redundancy::Geo));
    assert_eq!(orders.objectives.rpo, Some(Span::ZERO));
    let shards = &fleet.groups[1];
    assert_eq!((shards.vcores, shards.standby_mode), (8, StandbyMode::None));
    assert_eq!(shards.backup.expect("of the profile").redundancy, Redundancy::Local);
    assert!(orders.standby.wal_quorum && orders.maintenance_on);
    let crash = &fleet.faults.process_crash;
    assert!(crash.rate.is_none() && crash.every.is_some(), "`every` replaces the profile's `rate`");
    assert_eq!(fleet.faults.zone_outage.share, Share::ONE);
    assert_eq!(fleet.faults.zone_outage.copies_lost, Share(0.006_999_999_999_999_999));
    let inject = &fleet.injections[0];
    assert_eq!(
        (inject.at.0, inject.place),
        (Span::from_secs(66 * 86_400 + 36_000).0, Place::Zone(0, 1))
    );
    assert_eq!(fleet.services[0].needs[1].at_least, 38);
    assert_eq!(s.replications.stop, Stop::Count(200));
    assert_eq!(s.expectations[0].probability, Some((Op::AtLeast, 0.95)));
    assert_eq!(s.expectations[1].value, 120.0);
    assert!(s.faults.iter().all(|f| f.on), "{:?}", s.faults);
}

#[test]
fn json_says_the_same_as_toml() {
    let toml = valid(EXAMPLE, &[]);
    let tree: toml::Table = EXAMPLE.parse().expect("valid TOML");
    let text = serde_json::to_string(&tree).expect("JSON");
    let text = text.replace(
        "{\"$__toml_private_datetime\":\"2026-01-01T00:00:00Z\"}",
        "\"2026-01-01T00:00:00Z\"",
    );
    let json = parse("s.json", &text, None, &[]).unwrap_or_else(|c| panic!("{c}"));
    assert_eq!(format!("{:?}", toml.fleet), format!("{:?}", json.fleet));
    assert_eq!(toml.expectations, json.expectations);
}

#[test]
fn without_profile_everything_is_neutral_and_faults_are_off() {
    let s = valid(SMALL, &[]);
    let (region, group) = (&s.fleet.regions[0], &s.fleet.groups[0]);
    assert_eq!((region.zones, region.halls, region.racks, region.stamps), (3, 1, 3, 1));
    assert_eq!((region.storage_nodes, region.vcores_per_host), (3, u32::MAX));
    assert_eq!((group.vcores, group.backup, group.maintenance_on), (1, None, false));
    assert!(s.faults.iter().all(|f| !f.on));
    assert_eq!(s.faults[0].why, "not in the scenario, which has no profile");
    assert_eq!(s.fleet.horizon.0, Span::from_days(365).0);
}

#[test]
fn faults_are_layered_key_by_key() {
    let on = |s: &Scenario, name: &str| {
        let f = s.faults.iter().find(|f| f.name == name).expect("a mode");
        (f.on, f.why.clone())
    };
    let profile = "profile = 'azure-flexible-2026'\n";
    let s =
        valid(&format!("{profile}{SMALL}"), &["fault.zone_outage=off", "fault.vm_crash.rate=9/y"]);
    assert_eq!(on(&s, "zone_outage"), (false, "switched off in the scenario".into()));
    assert_eq!(
        on(&s, "vm_crash"),
        (true, "in the scenario over profile azure-flexible-2026".into())
    );
    assert!((s.fleet.faults.vm_crash.rate.expect("given").as_per_year() - 9.0).abs() < 1e-9);
    assert!(s.fleet.faults.vm_crash.common_cause.is_some(), "the other keys are the profile's");
    let s = valid(&format!("{profile}faults = 'listed'\n{SMALL}[fault.vm_crash]\n"), &[]);
    assert_eq!(s.faults.iter().filter(|f| f.on).map(|f| f.name).collect::<Vec<_>>(), ["vm_crash"]);
    let s = valid(&format!("{profile}faults = 'none'\n{SMALL}[fault.vm_crash]\n"), &[]);
    assert!(s.faults.iter().all(|f| !f.on));
    assert!(s.fleet.faults.zone_outage.rate.is_some(), "a mode that is off keeps its values");
    let s = valid(&format!("{SMALL}[fault.zone_outage]\nlasts = '4h'\n"), &[]);
    assert_eq!(on(&s, "zone_outage").1, "without a rate it strikes only where injected");
}

#[test]
fn a_group_has_its_own_sections() {
    let text = format!(
        "{SMALL}[servers.compute]\nvm_reboot = '2m'\n[servers.fault.vm_crash]\nrate = '1/y'\n\
         [[servers]]\ngroup = 'h'\ncount = 1\nstorage = {{ size = '1TiB', min_copies = 1 }}\n\
         maintenance = {{ restart = '1m' }}\n[compute]\nrelocation = '5m'\nvm_reboot = '1m'\n"
    );
    let s = valid(&text, &[]);
    let (g, h) = (&s.fleet.groups[0], &s.fleet.groups[1]);
    assert_eq!((g.compute.vm_reboot.mean(), h.compute.vm_reboot.mean()), (120.0, 60.0));
    assert_eq!((g.compute.relocation.mean(), h.compute.relocation.mean()), (300.0, 300.0));
    assert!(!s.fleet.faults.is_on(crate::model::fault::Cause::vm_crash));
    assert!(g.faults.is_on(crate::model::fault::Cause::vm_crash));
    assert_eq!((h.storage, h.volume.min_copies, g.volume.min_copies), (Bytes(1 << 40), 1, 2));
    assert!(!g.maintenance_on && h.maintenance_on);
}

#[test]
fn overrides_change_one_knob_each() {
    let s = valid(
        EXAMPLE,
        &[
            "duration=30d",
            "seed=9",
            "replications.count=3",
            "servers.orders.high_availability=none",
            "region.eastus2.spare=25%",
            "fault.process_crash.rate=2/y",
            "fault.zone_outage.lasts.lognormal.median=1h",
            "standby.detection={ uniform = ['1s', '2s'] }",
            "inject.1.at=2026-01-02",
        ],
    );
    assert_eq!((s.fleet.seed, s.replications.stop), (9, Stop::Count(3)));
    assert_eq!(s.fleet.groups[0].standby_mode, StandbyMode::None);
    assert_eq!(s.fleet.regions[0].spare, Share(0.25));
    assert!(s.fleet.faults.process_crash.every.is_none());
    assert!((s.fleet.faults.zone_outage.lasts.mean() / 3600.0 - 1.831).abs() < 0.01);
    assert!((s.fleet.groups[1].standby.detection.mean() - 1.5).abs() < 1e-12);
}

#[test]
fn a_window_at_the_end_of_a_day_is_one_of_the_next_day() {
    let window = |value: &str| {
        let set = format!("servers.g.maintenance_window={value}");
        valid(SMALL, &[&set]).fleet.groups[0].window
    };
    for (ends, begins) in [("saturday", "sunday"), ("sunday", "monday")] {
        let end = window(&format!("{{ day = '{ends}', start = '24:00' }}"));
        assert_eq!(end, window(&format!("{{ day = '{begins}', start = '00:00' }}")));
    }
    let night = valid(SMALL, &["maintenance.system_window={ from = '20:00', to = '24:00' }"]);
    assert_eq!(night.fleet.regions[0].maintenance.system_window.minutes(), 240);
}

#[test]
fn a_window_is_as_long_as_the_plan_can_have_it() {
    for length in ["59s", "25h"] {
        let said = wrong(SMALL, &[&format!("maintenance.window_length={length}")]);
        assert!(said.contains("at least 1m and at most 1d"), "{length}: {said}");
    }
    for length in ["1m", "90s", "1d"] {
        valid(SMALL, &[&format!("maintenance.window_length={length}")]);
    }
    // Millions of releases would take all memory before anything is played.
    let said = wrong(SMALL, &["maintenance.release_interval=59m"]);
    assert!(said.contains("at least 1h"), "{said}");
    valid(SMALL, &["maintenance.release_interval=1h"]);
}

#[test]
fn a_scope_without_its_kind_is_told_its_kind() {
    for (name, kind) in [("r", "region"), ("r/2", "zone"), ("vm_crash", "cause")] {
        let text = format!("{SMALL}[[expect]]\nthat = 'unavailability of {name} <= 9%'\n");
        let said = wrong(&text, &[]);
        assert!(said.contains(&format!("write `{kind} {name}`")), "{said}");
    }
}

#[test]
fn other_tenants_are_groups_of_their_own_at_the_end() {
    let text = format!(
        "{SMALL}[region.other_tenants]\nservers = 10\n"
    ).replace("[[servers]]", "[[region]]\nname = 'q'\nother_tenants = { servers = 10, mix = [{ vcores = 2, share = '75%' }, { vcores = 8, share = '25%' }] }\n[[servers]]\nregion = 'r'")
    .replace("[region.other_tenants]\nservers = 10\n", "");
    let s = valid(&text, &[]);
    let sizes: Vec<_> =
        s.fleet.groups.iter().map(|g| (g.region, g.count, g.vcores, g.other_tenant)).collect();
    assert_eq!(sizes, [(0, 3, 1, false), (1, 8, 2, true), (1, 2, 8, true)]);
    assert_eq!(s.fleet.groups[1].name, "q/other-tenants-1");
}

#[test]
fn concurrency_may_be_a_share_of_a_region() {
    let text = format!("{SMALL}[maintenance]\nconcurrency = '34%'\n");
    assert_eq!(valid(&text, &[]).fleet.regions[0].concurrency, 2);
    assert_eq!(valid(&text, &["maintenance.concurrency=7"]).fleet.regions[0].concurrency, 7);
    assert_eq!(
        valid(&text, &["maintenance.concurrency=100%"]).fleet.regions[0].concurrency,
        u32::MAX
    );
}

#[test]
fn laws_of_every_kind() {
    for (law, mean) in [
        ("'45s'", 45.0),
        ("{ exponential = { mean = '2y' } }", 63_072_000.0),
        ("{ uniform = ['10s', '30s'] }", 20.0),
        ("{ triangular = ['10s', '20s', '60s'] }", 30.0),
        ("{ lognormal = { mean = '45s', sigma = 0.5 } }", 45.0),
        ("{ lognormal = { mean = '45s', p95 = '2m' } }", 45.0),
        ("{ weibull = { shape = 1, scale = '1m' } }", 60.0),
        ("{ gamma = { shape = 2, scale = '1m' } }", 120.0),
        ("{ gamma = { shape = 2, mean = '1m' } }", 60.0),
        ("{ pareto = { shape = 2, minimum = '1m' } }", 120.0),
        ("{ pareto = { shape = 2, mean = '1m' } }", 60.0),
        ("{ empirical = ['1s', '2s', '6s'] }", 3.0),
        (
            "{ mixture = [{ weight = 3, law = '1s' }, { weight = 1, law = { exponential = { mean = '5s' } } }] }",
            2.0,
        ),
    ] {
        let s = valid(&format!("{SMALL}[compute]\nvm_reboot = {law}\n"), &[]);
        let found = s.fleet.groups[0].compute.vm_reboot.mean();
        assert!((found / mean - 1.0).abs() < 1e-6, "{law}: {found}");
    }
    let text = format!(
        "{SMALL}[fault.vm_crash]\nrate = '1/y'\ncommon_cause = {{ share = '10%', size = {{ geometric = 5 }}, within = 'hall' }}\n"
    );
    let burst = valid(&text, &[]).fleet.faults.vm_crash.common_cause.clone().expect("given");
    assert_eq!(burst.size.0.mean(), 5.0);
    let text = text.replace("{ geometric = 5 }", "4");
    let burst = valid(&text, &[]).fleet.faults.vm_crash.common_cause.clone().expect("given");
    assert_eq!(burst.size.0.fixed_value(), Some(4.0));
    let text = format!("{SMALL}wal_rate = {{ hourly = [{}] }}\n", vec!["'1MB/s'"; 24].join(", "));
    assert_eq!(valid(&text, &[]).fleet.groups[0].wal_rate.mean(), 1e6);
    let text = format!(
        "{SMALL}[fault.bad_release]\nprobability = '4%'\neffect = {{ crash_rate = '2/d' }}\n"
    );
    let release = &valid(&text, &[]).fleet.faults.bad_release;
    assert_eq!(release.effect.word(), "crashes");
    assert!((release.crash_rate.expect("given").0 * 86_400.0 - 2.0).abs() < 1e-9);
    let text = format!(
        "{SMALL}[maintenance]\nrestart = '30s'\n[fault.bad_release]\nnoticed = '4h'\n\
         [[inject]]\nat = '10d'\nfault = 'bad_release'\n"
    );
    let drill = &valid(&text, &[]).fleet.injections[0];
    assert_eq!((drill.cause, drill.place), (Cause::bad_release, Place::Region(0)));
}

#[test]
fn a_law_may_be_a_column_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("r.csv"), "id,repair_m,x\n1,2,a\n2,\"4\",b\n3,30s,c\n")
        .expect("written");
    let text = |column: &str| {
        format!(
            "{SMALL}[compute]\nvm_reboot = {{ empirical = {{ file = 'r.csv', column = '{column}' }} }}\n"
        )
    };
    let read = |text: &str| parse("s.toml", text, Some(folder.path()), &[]).map_err(|c| c.lines());
    let s = read(&text("repair_m")).expect("valid");
    assert_eq!(s.fleet.groups[0].compute.vm_reboot.mean(), 130.0);
    assert_eq!(
        s.effective["compute"]["vm_reboot"]["empirical"],
        serde_json::json!(["2m", "4m", "30s"])
    );
    assert_eq!(
        read(&text("repair_n")).unwrap_err(),
        "s.toml:8:54: `compute.vm_reboot.empirical.column`: expected a column of r.csv: `id`, \
         `repair_m` and `x`, found \"repair_n\" (did you mean \"repair_m\"?)\n"
    );
    assert!(read(&text("x")).unwrap_err().contains("line 2: \"a\""));
    let missing = text("x").replace("r.csv", "nowhere.csv");
    assert!(read(&missing).unwrap_err().contains("nowhere.csv"));
    assert!(wrong(&text("repair_m"), &[]).contains("this scenario has no folder"));
}

#[test]
fn the_profiles_know_no_key_that_a_scenario_does_not() {
    for name in profile::names() {
        let values = &profile::load(name).expect("listed").0.values;
        for (table, fields) in [("region", fields::REGION), ("servers", fields::SERVERS)] {
            for entry in &values.table(table).expect("there").entries {
                assert!(
                    fields.iter().any(|f| f.name == entry.key),
                    "{name}: {table}.{}",
                    entry.key
                );
            }
        }
        valid(&format!("profile = '{name}'\n{SMALL}"), &[]);
    }
}

#[test]
#[ignore = "measures the time of a point of a sweep"]
fn a_point_of_a_sweep_costs_little() {
    let source = Source::parse("s.toml", EXAMPLE, None).unwrap_or_else(|c| panic!("{c}"));
    let start = std::time::Instant::now();
    for i in 0..1_000 {
        let change = Override { path: "seed".into(), value: i.to_string() };
        assert!(source.scenario(&[change]).is_ok());
    }
    println!("{:?} a point", start.elapsed() / 1_000);
}
