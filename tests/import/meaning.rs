//! What missing, odd and contradictory properties come to mean.

use super::*;

/// One server with these properties: its group and the import.
fn one(sku: &str, location: &str, properties: &str) -> (toml::Table, Imported) {
    let imported = imported(&server("s", sku, location, properties));
    (groups(&imported).remove(0), imported)
}

fn standby(location: &str, properties: &str) -> (String, Imported) {
    let (group, imported) = one("Standard_D2s_v3", location, properties);
    (group["high_availability"].as_str().unwrap().to_owned(), imported)
}

#[test]
fn every_property_may_be_missing() {
    let bare = imported(r#"{"value": [{"name": "alone"}, {}]}"#);
    let group = &groups(&bare)[0];
    assert_eq!(group["group"].as_str(), Some("unknown-2vcores-128gib-noha"));
    assert_eq!(group["vcores"].as_integer(), Some(2));
    assert_eq!(regions(&bare), [("unknown".to_owned(), 3, "0h".to_owned())]);
    assert!(noted(&bare, "alone", "no SKU given: vcores = 2 assumed"));
    let assumed = "not given, so assumed: state Ready, region unknown, 128 GiB of storage, \
                   no high availability, any zone, maintenance window of the system, \
                   backups kept 7 days";
    assert!(noted(&bare, "alone", assumed));
    assert!(noted(&bare, "", "1 entry that is no server"));
    assert!(noted(&bare, "", "not a known region"));
    let nameless =
        imported(r#"{"sku": {"name": "Standard_B2s"}, "properties": {"state": "Ready"}}"#);
    assert!(noted(&nameless, "(no name)", "has no name"));
}

#[test]
fn contradictions_of_high_availability() {
    let zones = r#""availabilityZone": "1", "highAvailability": {"mode": "ZoneRedundant", "standbyAvailabilityZone": "1"}"#;
    let (mode, imported) = standby("uksouth", zones);
    assert_eq!(mode, "same-zone");
    assert!(noted(&imported, "s", "both nodes are in one zone"));
    let (mode, imported) =
        standby("northcentralus", r#""highAvailability": {"mode": "ZoneRedundant"}"#);
    assert_eq!(mode, "same-zone");
    assert!(noted(&imported, "s", "offers no zone-redundant standby"));
    let unsure = |region| {
        let (mode, imported) = standby(region, r#""highAvailability": {"mode": "ZoneRedundant"}"#);
        assert_eq!(mode, "zone-redundant");
        noted(&imported, "s", "an older server that asked for no zone")
    };
    assert!(unsure("koreacentral") && !unsure("uksouth"));
    let (mode, imported) = standby(
        "westus",
        r#""availabilityZone": 1, "highAvailability": {"mode": "ZoneRedundant", "standbyAvailabilityZone": 2}"#,
    );
    assert_eq!((mode.as_str(), regions(&imported)[0].1), ("zone-redundant", 3));
    assert!(noted(&imported, "", "listed without zones, but its servers name several"));
    let (mode, imported) = standby("uksouth", r#""highAvailability": {"state": "Healthy"}"#);
    assert_eq!(mode, "zone-redundant");
    assert!(noted(&imported, "s", "a standby assumed"));
    let (mode, imported) =
        standby("uksouth", r#""haEnabled": "Enabled", "highAvailability": {"mode": "Disabled"}"#);
    assert_eq!(mode, "none");
    assert!(noted(&imported, "s", "contradicts haEnabled"));
    let (mode, imported) = standby("uksouth", r#""highAvailability": {"mode": "Quantum"}"#);
    assert_eq!(mode, "none");
    assert!(noted(&imported, "s", "Quantum is not known"));
    let (group, imported) =
        one("Standard_B2ms", "uksouth", r#""highAvailability": {"mode": "SameZone"}"#);
    assert_eq!(group["high_availability"].as_str(), Some("none"));
    assert!(noted(&imported, "s", "Burstable tier has no standby"));
}

#[test]
fn other_odd_values() {
    let (group, imported) = one(
        "Standard_D2s_v3",
        "uksouth",
        r#""storage": {"storageSizeGB": "64"}, "storageMB": 131072, "availabilityZone": "9",
           "backup": {"backupRetentionDays": "90"}, "state": "Inaccessible", "version": {},
           "replicationRole": "Primary", "replica": {"role": "None"},
           "maintenanceWindow": {"customWindow": "Enabled", "dayOfWeek": 9, "startHour": 2}"#,
    );
    assert_eq!(group["storage"].as_str(), Some("64GiB"));
    assert_eq!(group["backup"]["retention"].as_str(), Some("35d"));
    assert_eq!(group["zone"].as_str(), Some("any"));
    assert_eq!(group["maintenance_window"].as_str(), Some("system"));
    for words in [
        "storageMB contradicts storage.storageSizeGB",
        "kept 90 days are not offered: 35",
        "zone 9 is none of 1 to 3",
        "Inaccessible (its key cannot be reached): taken as serving",
        "replicationRole is Primary, but replica.role is None",
        "maintenance window is not readable",
    ] {
        assert!(noted(&imported, "s", words), "{words}: {:?}", imported.notes);
    }
    let (group, imported) = one(
        "Standard_D2s_v3",
        "uksouth",
        r#""storage": 5, "backup": {"backupRetentionDays": [7]}, "cluster": {"clusterSize": 1e12},
           "maintenanceWindow": {"dayOfWeek": "Friday", "startHour": "5"}"#,
    );
    assert_eq!(group["storage"].as_str(), Some("128GiB"));
    assert_eq!(group["count"].as_integer(), Some(1));
    assert_eq!(group["maintenance_window"]["day"].as_str(), Some("friday"));
    assert!(noted(&imported, "s", "backup.backupRetentionDays is an array"));
    assert!(noted(&imported, "s", "is not credible"));
    let (group, imported) = one(
        "Standard_B2ms",
        "West US 3",
        r#""storage": {"storageSizeGB": 100}, "backup": {"geoRedundantBackup": "Enabled"}"#,
    );
    assert_eq!(group["storage"].as_str(), Some("128GiB"));
    assert!(group["backup"].get("redundancy").is_none());
    assert!(noted(&imported, "s", "listed without geo-redundant backup"));
    let (_, imported) = one("Standard_D2s_v3", "Atlantis <9>", r#""state": "Ready""#);
    assert_eq!(regions(&imported)[0], ("atlantis9".to_owned(), 3, "0h".to_owned()));
    assert!(noted(&imported, "s", "is no region's name"));
    let (_, imported) = one("Standard_D2s_v3", "Central India", r#""state": "Ready""#);
    assert_eq!(regions(&imported)[0].2, "330m");
}

#[test]
fn the_same_server_counts_once_and_namesakes_count_each() {
    let a = server("twin", "Standard_D2s_v3", "uksouth", r#""state": "Ready""#);
    let twice = imported(&format!("[{a}, {a}, {}]", a.replace("/subscriptions", "/SUBSCRIPTIONS")));
    assert_eq!(twice.servers, 1);
    assert!(noted(&twice, "twin", "appears 3 times"));
    let fuller = a.replace("\"Ready\"", r#""Ready", "availabilityZone": "3""#);
    let forth = imported(&format!("[{a}, {fuller}]"));
    let back = imported(&format!("[{fuller}, {a}]"));
    assert_eq!((&forth.scenario, &forth.notes), (&back.scenario, &back.notes));
    assert_eq!(groups(&forth)[0]["zone"].as_integer(), Some(3));
    assert!(noted(&forth, "twin", "with different values"));
    let namesake = a.replace("resourceGroups/g/", "resourceGroups/h/");
    let two = imported(&format!("[{a}, {namesake}]"));
    assert_eq!(two.servers, 2);
    assert!(noted(&two, "twin (resource group h)", "not given"));
}

#[test]
fn groups_that_are_nearly_equal_are_told_apart_by_name() {
    let servers: Vec<String> = ["1", "2", "3"]
        .iter()
        .flat_map(|zone| {
            [7, 30].map(|days| {
                let properties = format!(
                    r#""state": "Ready", "availabilityZone": "{zone}", "backup": {{"backupRetentionDays": {days}}}"#
                );
                server(&format!("s{zone}-{days}"), "Standard_D2s_v3", "uksouth", &properties)
            })
        })
        .collect();
    let imported = imported(&format!("[{}]", servers.join(",")));
    let groups = groups(&imported);
    let names: Vec<&str> = groups.iter().map(|g| g["group"].as_str().unwrap()).collect();
    assert_eq!(names[0], "uksouth-d2s-v3-128gib-noha-z1-30d");
    assert_eq!(names.len(), 6);
    assert!(names.is_sorted());
    // SKUs that are spelled alike once the strange characters are gone.
    let alike =
        ["Odd_X", "odd?x", "ODD x"].map(|sku| server(&sku.replace('?', "q"), sku, "uksouth", ""));
    let alike = super::imported(&format!("[{}]", alike.join(",")));
    let names: Vec<String> =
        super::groups(&alike).iter().map(|g| g["group"].as_str().unwrap().to_owned()).collect();
    assert!(names.contains(&"uksouth-odd-x-128gib-noha-2".to_owned()), "{names:?}");
}

#[test]
fn nothing_to_run_is_an_error() {
    let stopped = server("s", "Standard_D2s_v3", "uksouth", r#""state": "Stopped""#);
    assert!(error(&stopped).found.contains("no server remains"));
    assert!(error("[]").found.contains("a list without any server"));
    let others = r#"[{"id": "/subscriptions/s/providers/Microsoft.Sql/servers/x", "name": "x"}]"#;
    assert!(error(others).found.contains("1 of Microsoft.Sql/servers"));
    assert!(all(&[]).is_err());
}
