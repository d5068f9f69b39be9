//! The effective scenario reads back to the same fleet; every value has an origin.

use super::*;

fn round_trip(text: &str) {
    let first = valid(text, &[]);
    let json = serde_json::to_string_pretty(&first.effective).expect("JSON");
    let second =
        parse("effective.json", &json, None, &[]).unwrap_or_else(|c| panic!("{c}\n{json}"));
    assert_eq!(format!("{:#?}", first.fleet), format!("{:#?}", second.fleet));
    assert_eq!(first.effective, second.effective);
    assert_eq!(first.expectations, second.expectations);
    assert_eq!(first.replications, second.replications);
}

#[test]
fn the_effective_scenario_reads_back_to_the_same_fleet() {
    round_trip(EXAMPLE);
    round_trip(SMALL);
    round_trip(&format!(
        "profile = 'azure-flexible-2026'\nfaults = 'listed'\n{SMALL}[fault.vm_crash]\n"
    ));
    round_trip(&format!(
        "profile = 'azure-flexible-2026'\nfaults = 'none'\nmaintenance = 'off'\n{SMALL}"
    ));
    round_trip(&format!(
        "{SMALL}storage = {{ size = '1TiB', seal = '1s' }}\n[servers.compute]\nvm_reboot = '2m'\n\
         [storage]\nrebuild = '1h'\n[sla.targets]\nsame-zone = '99.95%'\n\
         [fault.storage_node.transient]\nrate = '3/y'\nlasts = '1h'\n"
    ));
}

#[test]
fn every_value_has_an_origin() {
    let s = valid(EXAMPLE, &[]);
    let find = |parameter: &str| {
        let found = s.assumptions.iter().find(|a| a.parameter == parameter);
        found.unwrap_or_else(|| panic!("{parameter}")).clone()
    };
    let row = find("standby.promotion");
    assert_eq!(
        (row.value.as_str(), row.origin.as_str()),
        ("{ uniform = [\"15s\", \"40s\"] }", "yours")
    );
    let row = find("standby.redirection");
    assert_eq!((row.value.as_str(), row.origin.as_str()), ("30s", "documented"));
    assert!(!row.source.is_empty() && !row.date.is_empty());
    assert_eq!(find("standby.replay_lag").origin, "assumed");
    assert_eq!(find("region.eastus2.halls").origin, "assumed");
    assert_eq!(find("servers.orders.vcores").origin, "documented");
    assert_eq!(find("fault.process_crash.every").origin, "yours");
    assert!(s.assumptions.iter().all(|a| a.parameter != "fault.process_crash.rate"));
    assert_eq!(find("sla.targets.zone_redundant").origin, "documented");
    let mut names: Vec<&String> = s.assumptions.iter().map(|a| &a.parameter).collect();
    names.sort();
    let n = names.len();
    names.dedup();
    assert_eq!(n, names.len(), "no parameter twice");
}

#[test]
fn every_value_of_a_profile_has_its_source() {
    let text = format!("profile = 'azure-flexible-2026'\n{SMALL}sku = 'Standard_D4ds_v5'\n");
    let s = valid(&text, &[]);
    for a in s.assumptions.iter().filter(|a| !matches!(&*a.origin, "yours" | "neutral")) {
        assert!(!a.source.is_empty() && !a.date.is_empty(), "{a:?}");
        assert!(a.origin == "documented" || !a.low.is_empty(), "{a:?}");
    }
    let origin = |key: &str| {
        let of = s.assumptions.iter().find(|a| a.parameter == format!("servers.g.{key}"));
        of.map(|a| (a.origin.as_str(), a.source.as_str()))
    };
    assert_eq!(origin("vcores"), Some(("documented", "Azure docs: compute options")));
    assert_eq!(origin("backup").map(|o| o.0), Some("documented"));
}

/// What is listed is written as a scenario and `--set` take it.
#[test]
fn every_value_is_taken_back() {
    let law = "servers.1.wal_rate={ uniform = [\"1MB/s\", \"2MB/s\"] }";
    for text in [EXAMPLE, SMALL] {
        let s = valid(text, &[law]);
        let fleet = format!("{:?}", s.fleet);
        for a in s.assumptions.iter().filter(|a| !a.parameter.contains(' ')) {
            let change = format!("{}={}", a.parameter, a.value);
            let again = check(text, &[law, &change]).unwrap_or_else(|e| panic!("{change}: {e}"));
            assert_eq!(format!("{:?}", again.fleet), fleet, "{change}");
        }
    }
}
