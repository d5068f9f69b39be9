//! The end of a folder: charts are drawn, each manifest lists its files, the page is added, all of it moves
//! into place.

use super::{CHARTS, Chart, Folder, FolderError, MANIFEST, PAGE, TIMING, html, json_bytes};
use crate::experiment::with_threads;
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A file by its name, or why there is none.
type Made = Result<(String, Vec<u8>), String>;

/// Ends a folder with these charts and returns where it is. Pictures and page are made side by side.
pub fn finish(folder: Folder, charts: &[Chart], threads: usize) -> Result<PathBuf, String> {
    let say = |error: FolderError| error.to_string();
    for chart in charts {
        let (name, bytes) = drawing(chart);
        folder.write(&name, &bytes).map_err(say)?;
    }
    let written = folder.written();
    for (home, files) in lists(&written) {
        let name = format!("{home}{MANIFEST}");
        let cannot = |why: &dyn std::fmt::Display| format!("cannot end {name}: {why}");
        let text = std::fs::read(folder.path().join(&name)).map_err(|e| cannot(&e))?;
        let read = serde_json::from_slice(&text);
        let mut manifest: Map<String, Value> = read.map_err(|e| cannot(&e))?;
        manifest.insert("files".to_string(), files.into());
        folder.rewrite(&name, &json_bytes(&Value::Object(manifest))).map_err(say)?;
    }
    let (path, known) = (folder.path().to_path_buf(), folder.known());
    let page = || html::page_of_own(&path, known);
    let draw = || charts.par_iter().map(picture).collect::<Vec<Made>>();
    let (page, pictures) = if threads > 1 && !charts.is_empty() {
        with_threads(threads, || rayon::join(page, draw))
    } else {
        (page(), charts.iter().map(picture).collect())
    };
    for made in pictures {
        let (name, bytes) = made?;
        folder.write(&name, &bytes).map_err(say)?;
    }
    folder.write(PAGE, &page.map_err(|wrong| wrong.join("\n"))?).map_err(say)?;
    folder.finish().map_err(say)
}

/// A chart as lines and letters: `charts/NAME.svg`.
pub fn drawing(chart: &Chart) -> (String, Vec<u8>) {
    (format!("{CHARTS}/{}.svg", chart.name), chart.file().into_bytes())
}

/// A chart as a picture of dots: `charts/NAME.png`. An error says which chart failed and why.
pub fn picture(chart: &Chart) -> Made {
    let png = chart.png().map_err(|e| format!("the chart {}: {e}", chart.name))?;
    Ok((format!("{CHARTS}/{}.png", chart.name), png))
}

/// For each place with a manifest (`point=0001/`), what it lists: the files for which it is the
/// nearest one. Left out is what may differ, and pictures made from others.
fn lists(written: &BTreeMap<String, (u64, String)>) -> BTreeMap<String, Map<String, Value>> {
    let home = |name: &str| name.strip_suffix(MANIFEST).map(str::to_string);
    let is_home = |place: &String| place.is_empty() || place.ends_with('/');
    let homes = written.keys().filter_map(|name| home(name)).filter(is_home);
    let mut lists: BTreeMap<String, Map<String, Value>> =
        homes.map(|home| (home, Map::new())).collect();
    for (name, (bytes, digest)) in written {
        let above = name.match_indices('/').rev().map(|(at, _)| &name[..=at]).chain([""]);
        let Some(home) = above.into_iter().find(|place| lists.contains_key(*place)) else {
            continue;
        };
        let inside = &name[home.len()..];
        let left_out = [MANIFEST, TIMING].contains(&inside) || inside.ends_with(".png");
        if let Some(list) = lists.get_mut(home).filter(|_| !left_out) {
            list.insert(inside.to_string(), json!({ "bytes": bytes, "digest": digest }));
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_nearest_manifest() {
        let names = [
            "a.csv",
            "charts/b.svg",
            "charts/b.png",
            "manifest.json",
            "p=1/manifest.json",
            "p=1/charts/c.svg",
            "p=1/a.csv",
            "p=2/lonely.csv",
            "timing.json",
        ];
        let written = names.map(|n| (n.to_string(), (1, "d".to_string()))).into();
        let lists = lists(&written);
        let of = |home: &str| lists[home].keys().cloned().collect::<Vec<_>>();
        assert_eq!(of(""), ["a.csv", "charts/b.svg", "p=2/lonely.csv"]);
        assert_eq!(of("p=1/"), ["a.csv", "charts/c.svg"]);
        assert_eq!(lists.len(), 2);
    }
}
