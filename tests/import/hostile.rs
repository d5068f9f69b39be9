//! Unreadable, hostile, broken and very large files.

use super::*;

#[test]
fn unreadable_files_say_what_they_are() {
    let cases = [
        ("", "an empty file", 1),
        (" \n\n", "an empty file", 3),
        ("<!DOCTYPE html>\n<html><script>\n{\"a\": 1}\n</script>", "a web page or XML", 1),
        ("ERROR: Please run 'az login' to setup account.\n", "an error message", 1),
        ("Name    Location   Sku\n------  ---------  ---\na  b  c\n", "a table", 1),
        ("name,location,sku\na,eastus,x\n", "comma or tab separated", 1),
        ("- name: a\n  location: b\n", "YAML", 1),
        ("[{\"name\": \"a\",\n  \"sku\": {", "the end of the file inside", 2),
        ("{\"value\": [\n  {\"name\": \"a\" \"id\": 1}]}", "a mistake in the JSON", 2),
        ("[1, 2]", "an array that holds no server", 1),
        ("null\n", "JSON without a list: null", 1),
        ("{\"foo\": 1, \"bar\": 2}", "it has foo, bar", 1),
        (
            "{\"version\": 4, \"terraform_version\": \"1.9\", \"resources\": []}",
            "Terraform state",
            1,
        ),
        ("{\"$schema\": \"x\", \"resources\": []}", "a deployment template", 1),
        ("\n{\"error\": {\"code\": \"Denied\", \"message\": \"no\"}}", "Denied: no", 2),
        ("{\"value\": []}}", "a stray piece of JSON", 1),
        ("{\"parameters\": {}, \"responses\": {\"200\": {}}}", "it has parameters, responses", 1),
    ];
    for (text, found, line) in cases {
        let error = error(text);
        assert!(error.found.contains(found), "{text:?}: {error}");
        assert_eq!(error.line, Some(line), "{text:?}: {error}");
        let shown = error.to_string();
        assert!(shown.starts_with("servers.json:") && shown.lines().count() == 4, "{shown}");
    }
    let at = error("{\"value\": [\n  {\"é\": \"a\" \"id\": 1}]}");
    assert_eq!((at.line, at.column), (Some(2), Some(13)));
    let two = all(&[("a", ""), ("b", "[]"), ("c", "<")]);
    assert_eq!(two.err().map(|errors| errors.len()), Some(2));
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for open in ["[", "{\"value\":[", "{\"a\":"] {
        assert!(error(&open.repeat(200_000)).found.contains("nested deeper"));
    }
    let wrapped = format!("{}{}", "[".repeat(60), "]".repeat(60));
    error(&wrapped);
}

#[test]
fn hostile_names_stay_in_their_comment() {
    let long = "x".repeat(5_000);
    let names = [
        "a\\nseed = 9\\n[[servers]]",
        "\\u0000\\u001b[31mred\\u007f\\r\\nkey = 1",
        "\\\"\\\"\\\"",
        "'''",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "\\u2028\\u202egro.elpmaxe",
        "# }} ]]",
        "\\ud83e\\udd80",
        long.as_str(),
    ];
    let mut list = Vec::new();
    for (index, name) in names.iter().enumerate() {
        list.push(format!(
            r#"{{"id": "{index}{name}", "name": "{name}", "location": "{name}", "type": "x{name}",
                "sku": {{"name": "Standard_{name}", "tier": "{name}"}}, "resourceGroup": "{name}",
                "properties": {{"state": "{name}", "availabilityZone": "{name}", "sourceServerResourceId": "{name}",
                "replicationRole": "AsyncReplica{name}", "highAvailability": {{"mode": "{name}", "state": "{name}"}},
                "maintenanceWindow": {{"customWindow": "{name}"}}, "backup": {{"backupRetentionDays": "{name}",
                "geoRedundantBackup": "{name}"}}, "storage": {{"storageSizeGB": "{name}"}}}}}}"#
        ));
    }
    // A type with a slash is believed to be a type; without, the rest tells that it is a server.
    let list =
        format!("[{}]", list.join(",")).replace("\"type\": \"x../../etc/passwd\"", "\"type\": 1");
    let list = list.replace("\"type\": \"x<script>alert(1)</script>\"", "\"type\": []");
    let name = "dir/..\\\n\"[x]\u{1b}.json";
    let imported = import(&[input(name, &list)]).unwrap_or_else(|errors| panic!("{}", errors[0]));
    check(&imported);
    assert_eq!(imported.servers, names.len());
    let table = table(&imported);
    assert_eq!(table["seed"].as_integer(), Some(1));
    assert!(imported.scenario.lines().all(|line| line.chars().count() < 400));
    let comments = imported.scenario.lines().filter(|line| line.starts_with('#'));
    assert!(comments.map(|line| line.matches("<script>").count()).sum::<usize>() >= 1);
    for line in imported.scenario.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.is_ascii() && !line.contains("script>"), "{line}");
    }
}

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// A tree with something changed: keys missing or renamed, other types, entries repeated.
fn mutate(value: &mut serde_json::Value, dice: &mut Dice) {
    use serde_json::{Value, json};
    if dice.below(25) == 0 {
        let others = [
            json!(null),
            json!(-1),
            json!(1e300),
            json!(true),
            json!("Enabled"),
            json!("\u{0}\n\"'#"),
            json!([]),
            json!({}),
            json!([[{"name": 1}]]),
            json!("99999999999999999999"),
        ];
        *value = others[dice.below(others.len())].clone();
        return;
    }
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(|item| mutate(item, dice));
            if !items.is_empty() && dice.below(3) == 0 {
                let copy = items[dice.below(items.len())].clone();
                items.push(copy);
            }
        }
        Value::Object(entries) => {
            let keys: Vec<String> = entries.keys().cloned().collect();
            for key in keys {
                match dice.below(20) {
                    0 => drop(entries.remove(&key)),
                    1 => {
                        let moved = entries.remove(&key).unwrap();
                        entries.insert(key.to_uppercase(), moved);
                    }
                    _ => mutate(entries.get_mut(&key).unwrap(), dice),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn mutated_files_never_panic() {
    let originals = [
        include_str!("data/rest-2024-page1.json"),
        include_str!("data/cli-flat.json"),
        include_str!("data/resource-graph.json"),
        include_str!("data/spec-example-2020.json"),
        include_str!("data/single-2017.json"),
        include_str!("data/list-2025.json"),
    ];
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut good, mut bad) = (0, 0);
    for round in 0..3_000 {
        let original = originals[round % originals.len()];
        let mut bytes = if round % 2 == 0 {
            let mut value: serde_json::Value = serde_json::from_str(original).unwrap();
            mutate(&mut value, &mut dice);
            value.to_string().into_bytes()
        } else {
            original.as_bytes().to_vec()
        };
        if round % 2 == 1 {
            match dice.below(4) {
                0 => bytes.truncate(dice.below(bytes.len())),
                1 => {
                    let at = dice.below(bytes.len());
                    bytes[at] = dice.below(256) as u8;
                }
                2 => drop(bytes.drain(dice.below(bytes.len() / 2)..bytes.len() / 2)),
                _ => {
                    let at = dice.below(bytes.len());
                    let piece = bytes[..dice.below(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        match import(&[Input { name: "mutated.json".to_owned(), bytes }]) {
            Ok(imported) => {
                check(&imported);
                good += 1;
            }
            Err(errors) => {
                assert!(errors.iter().all(|error| error.to_string().lines().count() == 4));
                bad += 1;
            }
        }
    }
    assert!(good > 200 && bad > 200, "{good} good, {bad} bad");
}

#[test]
fn fifty_megabytes_take_seconds() {
    let skus = ["Standard_D4ds_v5", "Standard_E8ds_v5", "Standard_B2ms", "Standard_X7"];
    let places = ["eastus2", "West Europe", "japaneast", "northcentralus"];
    let modes = ["ZoneRedundant", "SameZone", "Disabled"];
    let mut dice = Dice(7);
    let mut text = String::from("{\"value\": [");
    let mut servers = 0;
    while text.len() < 50_000_000 {
        let properties = format!(
            r#""state": "Ready", "availabilityZone": "{}", "administratorLogin": "keeper", "version": "16",
               "fullyQualifiedDomainName": "fleet-server-{servers}.postgres.database.azure.com",
               "storage": {{"storageSizeGB": {}, "autoGrow": "Enabled", "iops": 3000, "tier": "P30"}},
               "backup": {{"backupRetentionDays": {}, "geoRedundantBackup": "Disabled",
                           "earliestRestoreDate": "2026-01-01T00:00:00Z"}},
               "network": {{"publicNetworkAccess": "Disabled", "delegatedSubnetResourceId": "{}"}},
               "highAvailability": {{"mode": "{}", "state": "Healthy"}},
               "maintenanceWindow": {{"customWindow": "Enabled", "dayOfWeek": {}, "startHour": 3, "startMinute": 0}}"#,
            1 + dice.below(3),
            32 << dice.below(6),
            7 + dice.below(29),
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
            modes[dice.below(3)],
            dice.below(7),
        );
        let (sku, place) = (skus[dice.below(4)], places[dice.below(4)]);
        text.push_str(&server(&format!("fleet-server-{servers}"), sku, place, &properties));
        text.push_str(",\n");
        servers += 1;
    }
    text.truncate(text.len() - 2);
    text.push_str("]}");
    let started = std::time::Instant::now();
    let imported = import(&[input("fleet.json", &text)]).unwrap_or_else(|e| panic!("{}", e[0]));
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(imported.servers, servers);
    println!("{servers} servers in {seconds:.2} s, {} notes", imported.notes.len());
    assert!(seconds < 10.0, "{seconds} s");
    check(&imported);
}

#[test]
fn many_documents_in_one_file() {
    let mut text = String::from("WARNING: once\n");
    for index in 0..20_000 {
        text.push_str(
            &server(&format!("s{index}"), "Standard_D2s_v3", "uksouth", "").replace('\n', " "),
        );
        text.push('\n');
    }
    let started = std::time::Instant::now();
    assert_eq!(imported(&text).servers, 20_000);
    let noise = format!("{}[]", "some words\n".repeat(500_000));
    error(&noise);
    assert!(started.elapsed().as_secs() < 10);
}
