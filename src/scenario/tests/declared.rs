//! Schema, reference and starter come from the declarations and agree with what is read.

use super::*;
use crate::kernel::param::{Key, Slot, Visitor};
use crate::model::fault::{Faults, MODES};
use serde_json::{Value as Json, json};

struct Keys(Vec<String>, String);

impl Visitor for Keys {
    fn slot(&mut self, key: Key, slot: Slot<'_>) {
        let path = format!("{}.{}", self.1, key.name);
        let mut inner = Keys(Vec::new(), path.clone());
        match slot {
            Slot::Section(section) => section.visit(&mut inner),
            Slot::MaybeSection(section) => section.insert().visit(&mut inner),
            _ => {}
        }
        self.0.push(path);
        self.0.extend(inner.0);
    }
}

fn all_keys() -> Vec<String> {
    let mut all = Vec::new();
    for name in fields::SECTIONS {
        let mut keys = Keys(Vec::new(), name.to_string());
        fields::section(name).expect("a section").visit(&mut keys);
        all.extend(keys.0);
    }
    let mut faults = Faults::default();
    for (i, mode) in MODES.iter().enumerate() {
        let mut keys = Keys(Vec::new(), format!("fault.{}", mode.name));
        faults.visit(i, &mut keys);
        all.extend(keys.0);
    }
    all
}

/// Follows `$ref`, `anyOf` and `items` to the properties of a key.
fn property<'s>(schema: &'s Json, at: &'s Json, key: &str) -> Option<&'s Json> {
    if let Some(name) = at["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/");
        return property(schema, &schema["$defs"][name], key);
    }
    if let Some(found) = at["properties"].get(key) {
        return Some(found);
    }
    let any = at["anyOf"].as_array().into_iter().flatten();
    any.chain(at.get("items")).find_map(|inner| property(schema, inner, key))
}

#[test]
fn the_schema_has_every_key_and_nothing_dangles() {
    let schema = schema();
    for path in all_keys() {
        let mut at = &schema;
        for key in path.split('.') {
            at = property(&schema, at, key).unwrap_or_else(|| panic!("{path} at {key}"));
        }
        assert!(at["description"].is_string() || at["$ref"].is_string(), "{path}");
    }
    let mut stack = vec![&schema];
    while let Some(at) = stack.pop() {
        if let Some(name) = at["$ref"].as_str() {
            let name = name.strip_prefix("#/$defs/").expect("a local reference");
            assert!(schema["$defs"][name].is_object(), "{name}");
        }
        match at {
            Json::Object(map) => stack.extend(map.values()),
            Json::Array(items) => stack.extend(items),
            _ => {}
        }
    }
}

/// Each word that takes something away, at each kind of key, is read and is in the schema.
#[test]
fn words_that_take_away_are_read_and_are_in_the_schema() {
    let schema = schema();
    let keys = [
        "maintenance",
        "fault.zone_outage",
        "fault.vm_crash.rate",
        "fault.vm_crash.every",
        "fault.process_crash.common_cause",
        "compute.relocate_after",
        "standby.promote_stale",
        "region.1.other_tenants",
        "servers.1.backup",
    ];
    for path in keys {
        let mut at = &schema;
        for key in path.split('.').filter(|key| *key != "1") {
            at = property(&schema, at, key).unwrap_or_else(|| panic!("{path} at {key}"));
        }
        if let Some(name) = at["$ref"].as_str() {
            at = &schema["$defs"][name.trim_start_matches("#/$defs/")];
        }
        for word in ["off", "none", "never"] {
            valid(SMALL, &[&format!("{path}={word}")]);
            let mut any = at["anyOf"].as_array().expect("several kinds").iter();
            let takes =
                |kind: &Json| kind["enum"].as_array().is_some_and(|w| w.contains(&json!(word)));
            assert!(any.any(takes), "{path}: {word} is not in {at}");
        }
    }
}

/// A time without an end is what a limit without one is called.
#[test]
fn a_time_that_never_comes_may_be_unbounded() {
    let given = "standby.replace_after=unbounded";
    let s = valid(SMALL, &["standby.replace_after=1h", given]);
    assert_eq!(s.fleet.groups[0].standby.replace_after, None);
    assert_eq!(s.effective["standby"]["replace_after"], json!("unbounded"));
}

#[test]
fn the_reference_has_every_key_with_a_meaning() {
    let text = reference();
    for path in all_keys() {
        let (section, key) = match path.strip_prefix("fault.") {
            Some(rest) => (rest.split_once('.').map_or("", |(mode, _)| mode), rest.split_once('.')),
            None => (path.split_once('.').map_or("", |(s, _)| s), path.split_once('.')),
        };
        let key = key.expect("a section and a key").1;
        assert!(text.contains(&format!("| `{key}` | ")), "{section}: {key}");
    }
    assert!(!text.contains(" |  |"), "a key without meaning");
    assert!(
        text.contains("### `[[servers]]`") && text.contains("### `[fault.zone_outage]`, per zone")
    );
}

#[test]
fn the_starter_loads_without_a_complaint() {
    let s = valid(&starter(), &[]);
    assert_eq!(s.name, "my-fleet");
    // With the comment signs of its own examples taken away too.
    let uncommented: String = starter()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let s = valid(&uncommented, &[]);
    assert_eq!(s.fleet.injections.len(), 1);
}

#[test]
fn an_import_loads_without_a_complaint() {
    let server = r#"[{ "name": "a", "location": "East US 2", "sku": { "name": "Standard_D4ds_v5",
        "tier": "GeneralPurpose" }, "storage": { "storageSizeGb": 128 },
        "highAvailability": { "mode": "ZoneRedundant" }, "state": "Ready",
        "backup": { "backupRetentionDays": 7, "geoRedundantBackup": "Enabled" } }]"#;
    let input = import_az::Input { name: "servers.json".into(), bytes: server.as_bytes().to_vec() };
    let imported = import_az::import(&[input]).map_err(|e| format!("{e:?}")).expect("valid");
    let s = valid(&imported.scenario, &[]);
    assert_eq!(s.fleet.groups[0].count, 1);
    assert_eq!(s.fleet.regions[0].utc_offset_minutes % 30, 0);
}
