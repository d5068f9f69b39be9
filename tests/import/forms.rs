//! Every form in which servers are listed gives the same kind of scenario.

use super::*;

const PAGE_1: &str = include_str!("data/rest-2024-page1.json");
const PAGE_2: &str = include_str!("data/rest-2024-page2.json");
const FLAT: &str = include_str!("data/cli-flat.json");
const GRAPH: &str = include_str!("data/resource-graph.json");
const SPEC_2020: &str = include_str!("data/spec-example-2020.json");
const SINGLE_2017: &str = include_str!("data/single-2017.json");
const LIST_2025: &str = include_str!("data/list-2025.json");

#[test]
fn pages_of_the_rest_list() {
    let both = all(&[("a.json", PAGE_1), ("b.json", PAGE_2)]).unwrap();
    assert_eq!(both.servers, 3);
    let groups = groups(&both);
    assert_eq!(groups.len(), 2);
    let shop = &groups[0];
    assert_eq!(shop["group"].as_str(), Some("eastus2-d4ds-v5-512gib-zr"));
    assert_eq!(shop["count"].as_integer(), Some(2));
    assert_eq!(shop["zone"].as_integer(), Some(1));
    assert_eq!(shop["sku"].as_str(), Some("Standard_D4ds_v5"));
    assert_eq!(shop["storage"].as_str(), Some("512GiB"));
    assert_eq!(shop["high_availability"].as_str(), Some("zone-redundant"));
    assert_eq!(shop["maintenance_window"]["day"].as_str(), Some("sunday"));
    assert_eq!(shop["maintenance_window"]["start"].as_str(), Some("02:30"));
    assert_eq!(shop["backup"]["retention"].as_str(), Some("14d"));
    assert_eq!(shop["backup"]["redundancy"].as_str(), Some("geo"));
    assert!(both.scenario.contains("# Servers: pg-basket, pg-stock\n"));
    assert!(!both.notes.iter().any(|note| note.text.contains("nextLink")));
    let lab = &groups[1];
    assert_eq!(lab["maintenance_window"].as_str(), Some("system"));
    assert!(lab["backup"].get("redundancy").is_none());
    assert!(noted(&both, "pg-lab", "assumed: any zone, maintenance window of the system"));
    let expected = [("eastus2", 3, "-5h"), ("westeurope", 3, "1h")];
    let expected = expected.map(|(n, z, o)| (n.to_owned(), z, o.to_owned()));
    assert_eq!(regions(&both), expected);

    let swapped = all(&[("b.json", PAGE_2), ("a.json", PAGE_1)]).unwrap();
    assert_eq!((both.scenario, both.notes), (swapped.scenario, swapped.notes));
    let joined = imported(&format!("{PAGE_2}\n{PAGE_1}"));
    assert_eq!(joined.servers, 3);
    let array = imported(&format!("[{PAGE_1}, {PAGE_2}]"));
    assert_eq!(array.scenario, joined.scenario);
    assert!(noted(&imported(PAGE_1), "", "nextLink"));
}

#[test]
fn the_flattened_form_of_the_command_line_tool() {
    let flat = imported(FLAT);
    let group = &groups(&flat)[0];
    assert_eq!(group["group"].as_str(), Some("swedencentral-e8ads-v5-1024gib-sz"));
    assert_eq!(group["high_availability"].as_str(), Some("same-zone"));
    assert_eq!(group["backup"]["retention"].as_str(), Some("21d"));
    assert_eq!(flat.notes, []);
    let with_talk = format!(
        "WARNING: Command group 'postgres' is in preview\n[notice] a new release\n{FLAT}\nbye\n"
    );
    let talked = imported(&with_talk);
    assert_eq!(talked.scenario, flat.scenario);
    assert!(noted(&talked, "", "line 1: text that is not JSON"));
}

#[test]
fn encodings() {
    let flat = imported(FLAT).scenario;
    let as_bytes = |bytes: Vec<u8>| {
        import(&[Input { name: "C:\\lists\\servers.json".to_owned(), bytes }]).unwrap().scenario
    };
    let marked = format!("\u{feff}{FLAT}");
    assert_eq!(as_bytes(marked.clone().into_bytes()), flat);
    assert_eq!(as_bytes(marked.encode_utf16().flat_map(u16::to_le_bytes).collect()), flat);
    assert_eq!(as_bytes(marked.encode_utf16().flat_map(u16::to_be_bytes).collect()), flat);
    assert_eq!(as_bytes(FLAT.encode_utf16().flat_map(u16::to_le_bytes).collect()), flat);
    assert_eq!(as_bytes(FLAT.replace('\n', "\r\n").into_bytes()), flat);
    let coloured = FLAT.replace("\"name\"", "\u{1b}[94m\"name\"\u{1b}[0m");
    assert_eq!(as_bytes(coloured.into_bytes()), flat);
}

#[test]
fn resource_graph() {
    let graph = imported(GRAPH);
    assert_eq!(graph.servers, 1);
    assert!(noted(&graph, "", "1 resource of type microsoft.storage/storageaccounts left out"));
    assert!(noted(&graph, "", "flexibleServers/databases left out"));
    let start = GRAPH.find('[').unwrap();
    let rows = &GRAPH[start..=GRAPH.rfind(']').unwrap()];
    assert_eq!(imported(rows).scenario, graph.scenario);
    let cut = imported(&GRAPH.replace("\"totalRecords\": 3", "\"totalRecords\": 3000"));
    assert!(noted(&cut, "", "counts 3000 rows"));

    let table = r#"{"totalRecords": 1, "data": {"columns": [{"name": "name"}, {"name": "location"},
        {"name": "properties_state"}, {"name": "skuName"}, {"name": "properties_storage_storageSizeGB"}],
        "rows": [["col-1", "uksouth", "Ready", "Standard_D2s_v3", 64]]}}"#;
    let table = imported(table);
    let group = &groups(&table)[0];
    assert_eq!(group["group"].as_str(), Some("uksouth-d2s-v3-64gib-noha"));
    assert!(!noted(&table, "col-1", "state Ready"));
}

#[test]
fn example_files_of_the_specification() {
    let spec = imported(SPEC_2020);
    let groups = groups(&spec);
    let modes: Vec<_> = groups.iter().map(|g| g["high_availability"].as_str().unwrap()).collect();
    assert_eq!(modes, ["none", "zone-redundant"]);
    assert!(noted(&spec, "first", "its state is NotEnabled: the setting is used"));
    assert!(noted(&spec, "second", "disabled, but its state is Healthy"));
    assert_eq!(groups[0]["maintenance_window"]["day"].as_str(), Some("wednesday"));
    assert_eq!(groups[0]["maintenance_window"]["start"].as_str(), Some("10:05"));
    let created = SPEC_2020.replace("\"200\"", "\"201\"");
    assert_eq!(imported(&created).scenario, spec.scenario);
}

#[test]
fn single_server() {
    let single = imported(SINGLE_2017);
    let groups = groups(&single);
    assert_eq!(groups[0]["group"].as_str(), Some("westus-b-gen5-1-32gib-replica"));
    assert_eq!(groups[0]["vcores"].as_integer(), Some(1));
    assert_eq!(groups[1]["vcores"].as_integer(), Some(4));
    assert_eq!(groups[1]["storage"].as_str(), Some("100GiB"));
    assert_eq!(groups[1]["backup"]["redundancy"].as_str(), Some("geo"));
    assert!(single.scenario.contains("# Single Server, General Purpose (GP_Gen5_4): 4 vCores"));
    assert!(single.scenario.contains("veteran-copy (replica of veteran)"));
    assert!(noted(&single, "veteran", "Single Server has no standby"));
    assert!(noted(&single, "veteran-copy", "storage of 5 GiB is not offered: 32 GiB"));
    assert_eq!(regions(&single), [("westus".to_owned(), 1, "-8h".to_owned())]);
    // Without type and id, the SKU tells which service it is.
    let bare = r#"{"name": "x", "location": "ukwest", "sku": {"Name": "MO_Gen5_16"}}"#;
    assert!(noted(&imported(bare), "x", "Single Server has no standby"));
}

#[test]
fn clusters_replicas_and_stopped_servers() {
    let list = imported(LIST_2025);
    assert_eq!(list.servers, 7);
    let groups = groups(&list);
    assert_eq!(groups[0]["group"].as_str(), Some("canadacentral-d8ds-v5-256gib-noha-cluster"));
    assert_eq!(groups[0]["count"].as_integer(), Some(6));
    assert!(noted(&list, "shards", "6 nodes are 6 servers"));
    assert_eq!(groups[1]["group"].as_str(), Some("canadacentral-e192is-v6-256gib-replica"));
    assert_eq!(groups[1]["high_availability"].as_str(), Some("none"));
    assert_eq!(groups[1]["vcores"].as_integer(), Some(192));
    assert!(noted(&list, "reader", "SKU Standard_E192is_v6 is not known: vcores = 192"));
    assert!(noted(&list, "reader", "its lag is not modelled"));
    assert!(noted(&list, "asleep", "state Stopped: left out"));
    assert!(
        list.scenario.contains("# Left out, because they do not serve (1): asleep (stopped)\n")
    );
}

#[test]
fn single_objects_and_other_wrappers() {
    let start = FLAT.find('{').unwrap();
    let object = &FLAT[start..=FLAT.rfind('}').unwrap()];
    let flat = imported(FLAT).scenario;
    assert_eq!(imported(object).scenario, flat);
    let content = serde_json::to_string(PAGE_1).unwrap();
    let wrapped = imported(&format!(r#"{{"StatusCode": 200, "Content": {content}}}"#));
    assert_eq!(wrapped.scenario, imported(PAGE_1).scenario);
    let powershell = r#"[{"Name": "ps-1", "ResourceGroupName": "rg", "Location": "UK South",
        "SkuName": "Standard_D2s_v3", "SkuTier": "GeneralPurpose", "StorageSizeGb": 128,
        "HighAvailabilityMode": "ZoneRedundant", "HighAvailabilityState": "Healthy",
        "BackupRetentionDay": 9, "BackupGeoRedundantBackup": "Enabled", "State": "Ready",
        "MaintenanceWindowCustomWindow": "Enabled", "MaintenanceWindowDayOfWeek": 6,
        "MaintenanceWindowStartHour": 23, "MaintenanceWindowStartMinute": 0, "AvailabilityZone": 2}]"#;
    let powershell = imported(powershell);
    assert_eq!(powershell.notes, []);
    let group = &groups(&powershell)[0];
    assert_eq!(group["backup"]["retention"].as_str(), Some("9d"));
    assert_eq!(group["backup"]["redundancy"].as_str(), Some("geo"));
    assert_eq!(group["maintenance_window"]["day"].as_str(), Some("saturday"));
    let mut everything = vec![("a", PAGE_1), ("b", PAGE_2), ("c", FLAT), ("d", GRAPH)];
    everything.extend([("e", SPEC_2020), ("f", SINGLE_2017), ("g", LIST_2025)]);
    let forth = all(&everything).unwrap();
    everything.reverse();
    let back = all(&everything).unwrap();
    assert_eq!(forth.scenario, back.scenario);
    assert_eq!(forth.notes, back.notes);
    assert_eq!(forth.servers, 3 + 1 + 1 + 2 + 2 + 7);
}
