//! What a sweep, a study or a comparison found, as JSON: its manifest with the rows of its tables.

use super::columns::columns;
use super::field::unguarded;
use super::{MANIFEST, json_bytes};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Columns without a unit that hold numbers all the same.
const COUNTS: [&str; 5] = ["point", "rank", "replications", "trajectories", "rows"];

/// The manifest among these files, with `found`: for each table the rows, each with its columns by name. What is
/// empty in a table is null.
pub fn rows_json(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let cannot = |name: &str, why: &dyn std::fmt::Display| format!("cannot print {name}: {why}");
    let (mut manifest, mut found) = (Map::new(), Map::new());
    for (name, bytes) in files {
        if name == MANIFEST {
            manifest = serde_json::from_slice(bytes).map_err(|e| cannot(name, &e))?;
        } else if name.ends_with(".csv") {
            found.insert(name.clone(), rows(name, bytes).map_err(|e| cannot(name, &e))?.into());
        }
    }
    manifest.insert("found".to_string(), found.into());
    Ok(json_bytes(&Value::Object(manifest)))
}

fn rows(name: &str, bytes: &[u8]) -> Result<Vec<Value>, csv::Error> {
    let all = columns();
    let is_number = |unit: &str| !["", "as written"].contains(&unit);
    let of_numbers: BTreeSet<&str> = all
        .iter()
        .filter(|c| c.file == name && (is_number(c.unit) || COUNTS.contains(&c.column.as_str())))
        .map(|c| c.column.as_str())
        .collect();
    let mut table = csv::Reader::from_reader(bytes);
    let head = table.headers()?.clone();
    let cell = |(column, text): (&str, &str)| {
        let number = of_numbers.contains(column).then(|| serde_json::from_str(text).ok()).flatten();
        let value = match number {
            Some(value @ Value::Number(_)) => value,
            _ if text.is_empty() => Value::Null,
            _ => unguarded(text).into(),
        };
        (unguarded(column).to_string(), value)
    };
    let row =
        |record: csv::StringRecord| Value::Object(head.iter().zip(&record).map(cell).collect());
    table.records().map(|record| Ok(row(record?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_numbers_where_columns_do() {
        let table = "point,seed,name,value,unit\n1,5,12,0.25,share\n2,6,'=x,,share\n";
        let manifest = "{ \"kind\": \"sweep\" }";
        let files = [("sweep.csv", table), (MANIFEST, manifest), ("note.txt", "")];
        let files = files.map(|(name, text)| (name.to_string(), text.as_bytes().to_vec()));
        let json: Value = serde_json::from_slice(&rows_json(&files).expect("JSON")).expect("JSON");
        assert_eq!(
            json.to_string(),
            "{\"kind\":\"sweep\",\"found\":{\"sweep.csv\":[\
             {\"point\":1,\"seed\":\"5\",\"name\":\"12\",\"value\":0.25,\"unit\":\"share\"},\
             {\"point\":2,\"seed\":\"6\",\"name\":\"=x\",\"value\":null,\"unit\":\"share\"}]}}"
        );
    }
}
