//! Imports of server lists: their forms, their meaning, and what hostile ones do.

mod forms;
mod hostile;
mod meaning;

use fleetsim::scenario::import_az::{ImportError, Imported, Input, import};

/// An input of that text.
fn input(name: &str, text: &str) -> Input {
    Input { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

/// What one text is imported as; its scenario is TOML and its counts add up.
fn imported(text: &str) -> Imported {
    all(&[("servers.json", text)]).unwrap_or_else(|errors| panic!("{}", errors[0]))
}

/// What several files are imported as; a scenario is TOML and its counts add up.
fn all(files: &[(&str, &str)]) -> Result<Imported, Vec<ImportError>> {
    let inputs: Vec<Input> = files.iter().map(|(name, text)| input(name, text)).collect();
    let imported = import(&inputs)?;
    check(&imported);
    Ok(imported)
}

/// The error of one text.
fn error(text: &str) -> ImportError {
    let mut errors = all(&[("servers.json", text)]).err().expect("this cannot be imported");
    assert_eq!(errors.len(), 1);
    errors.remove(0)
}

fn check(imported: &Imported) {
    let read = fleetsim::scenario::parse("imported.toml", &imported.scenario, None, &[]);
    assert!(read.is_ok(), "{}\n{}", read.err().unwrap().lines(), imported.scenario);
    let mut total = 0;
    let mut names = std::collections::BTreeSet::new();
    let groups = groups(imported);
    for group in &groups {
        let name = group["group"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name} twice");
        assert!(name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-')), "{name}");
        assert!(name.len() < 150 && !name.starts_with('-') && !name.ends_with('-'), "{name}");
        total += group["count"].as_integer().unwrap();
        if let Some(retention) = group["backup"].get("retention") {
            let days = retention.as_str().unwrap().trim_end_matches('d');
            assert!((7..=35).contains(&days.parse::<u32>().unwrap()));
        } else {
            assert_eq!(group["backup"].as_str(), Some("none"), "{name}");
        }
        assert!(group.contains_key("sku") != group.contains_key("vcores"));
    }
    assert_eq!(usize::try_from(total), Ok(imported.servers));
    assert!(imported.servers > 0);
    let printed: String = imported.notes.iter().map(|note| note.to_string()).collect();
    assert!(!printed.contains(|c: char| c.is_control()), "{printed:?}");
}

/// The groups of a scenario.
fn groups(imported: &Imported) -> Vec<toml::Table> {
    let table = table(imported);
    let servers = table["servers"].as_array().unwrap();
    servers.iter().map(|group| group.as_table().unwrap().clone()).collect()
}

/// The regions of a scenario: name, zones, offset.
fn regions(imported: &Imported) -> Vec<(String, i64, String)> {
    let table = table(imported);
    let text = |region: &toml::Value, key: &str| region[key].as_str().unwrap().to_owned();
    let regions = table["region"].as_array().unwrap().iter();
    regions
        .map(|r| (text(r, "name"), r["zones"].as_integer().unwrap(), text(r, "utc_offset")))
        .collect()
}

fn table(imported: &Imported) -> toml::Table {
    toml::from_str(&imported.scenario)
        .unwrap_or_else(|error| panic!("{error}\n{}", imported.scenario))
}

/// Whether a note about this server has these words.
fn noted(imported: &Imported, server: &str, words: &str) -> bool {
    let about = |name: Option<&str>| name.unwrap_or("") == server;
    imported.notes.iter().any(|n| about(n.server.as_deref()) && n.text.contains(words))
}

/// A flexible server with these properties, as the REST API lists it.
fn server(name: &str, sku: &str, location: &str, properties: &str) -> String {
    format!(
        r#"{{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/{name}",
            "name": "{name}", "type": "Microsoft.DBforPostgreSQL/flexibleServers", "location": "{location}",
            "sku": {{"name": "{sku}"}}, "properties": {{{properties}}}}}"#
    )
}
