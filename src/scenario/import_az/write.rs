//! Writes the scenario.
//!
//! Nothing that came from the files stands outside of a comment, except sizes, numbers and names
//! that were spelled anew.

use std::fmt::Write;

use super::group::{Group, Groups};
use super::regions::Places;
use super::settle::Setup;
use super::sku::Compute;
use super::window::DAYS;
use super::{offers, printable};

/// Columns after which a comment is wrapped.
const WIDTH: usize = 100;
/// Names in a comment before "and … more".
const MOST_NAMES: usize = 40;

/// The scenario as TOML.
pub fn scenario(groups: &Groups, places: &Places, files: &[&str]) -> String {
    let named = groups.named();
    let mut out = String::new();
    let mut files: Vec<String> = files.iter().map(|file| base_name(file)).collect();
    files.sort();
    let count = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    let servers = count(groups.servers(), "server");
    let in_groups = count(named.len(), "group");
    let title = format!("Azure Database for PostgreSQL: {servers} in {in_groups}, imported from");
    comment(&mut out, &title, &files);
    out.push_str("# Equal servers share a group; their names stand above it.\n");
    out.push_str("# Save it as FILE.toml, then: fleetsim run FILE.toml\n\n");
    out.push_str("name     = \"imported-fleet\"\n");
    line(&mut out, format_args!("profile  = \"{}\"", offers::PROFILE));
    out.push_str("seed     = 1\n");
    out.push_str("start    = 2026-01-01T00:00:00Z\n");
    out.push_str("duration = \"1y\"\n\n");
    out.push_str("[replications]\ncount = 20\n");
    for name in groups.regions() {
        let place = places.get(name);
        line(&mut out, format_args!("\n[[region]]\nname = \"{name}\"\nzones = {}", place.zones));
        line(&mut out, format_args!("utc_offset = \"{}\"", offset(place.offset)));
    }
    for (name, setup, group) in &named {
        out.push('\n');
        servers_of(&mut out, name, setup, group);
    }
    if !groups.left_out.is_empty() {
        let mut left_out = groups.left_out.clone();
        left_out.sort();
        out.push('\n');
        let title = format!("Left out, because they do not serve ({}):", left_out.len());
        comment(&mut out, &title, &left_out);
    }
    out
}

/// One group.
fn servers_of(out: &mut String, name: &str, setup: &Setup, group: &Group) {
    let mut members = group.members.clone();
    members.sort();
    comment(out, "Servers:", &members);
    if let Compute::Cores { why, .. } = &setup.compute {
        line(out, format_args!("# {why}"));
    }
    if setup.replica {
        out.push_str(
            "# Read replicas; how far they lag behind is not modelled yet. They have no backups.\n",
        );
    }
    if setup.cluster {
        out.push_str("# Nodes of elastic clusters, each one a server.\n");
    }
    line(out, format_args!("[[servers]]\ngroup = \"{name}\"\ncount = {}", group.count));
    line(out, format_args!("region = \"{}\"", setup.region));
    match setup.zone {
        Some(zone) => line(out, format_args!("zone = {zone}")),
        None => out.push_str("zone = \"any\"\n"),
    }
    match &setup.compute {
        Compute::Sku(sku) => line(out, format_args!("sku = \"{sku}\"")),
        Compute::Cores { vcores, .. } => line(out, format_args!("vcores = {vcores}")),
    }
    line(out, format_args!("storage = \"{}GiB\"", setup.storage_gib));
    line(out, format_args!("high_availability = \"{}\"", setup.standby.text()));
    match setup.window {
        Some(window) => {
            let day = DAYS[window.day];
            let start = format!("{:02}:{:02}", window.hour, window.minute);
            line(
                out,
                format_args!("maintenance_window = {{ day = \"{day}\", start = \"{start}\" }}"),
            );
        }
        None => out.push_str("maintenance_window = \"system\"\n"),
    }
    if setup.single {
        let (target, from) = offers::single_target();
        line(out, format_args!("# Single Server's own target ({}, {}).", from.source, from.date));
        line(out, format_args!("sla = {{ targets = {{ none = \"{target}\" }} }}"));
    }
    if setup.replica {
        out.push_str("backup = \"none\"\n");
        return;
    }
    let redundancy = if setup.geo_backup { ", redundancy = \"geo\"" } else { "" };
    let days = setup.retention_days;
    line(out, format_args!("backup = {{ retention = \"{days}d\"{redundancy} }}"));
}

/// Minutes ahead of UTC with one unit: `-5h`, `330m`.
fn offset(minutes: i32) -> String {
    if minutes % 60 == 0 { format!("{}h", minutes / 60) } else { format!("{minutes}m") }
}

/// A title and a list of words as comment lines of at most `WIDTH` columns where words allow it.
fn comment(out: &mut String, title: &str, words: &[String]) {
    let shown = words.len().min(MOST_NAMES);
    let mut row = format!("# {title}");
    let mut columns = row.chars().count();
    for (index, word) in words[..shown].iter().enumerate() {
        let last = index + 1 == words.len();
        let end = if last { "" } else { "," };
        let length = word.chars().count() + end.len();
        if columns + 1 + length > WIDTH {
            out.push_str(&row);
            out.push_str("\n#  ");
            row.clear();
            columns = 3;
        }
        row.push(' ');
        row.push_str(word);
        row.push_str(end);
        columns += 1 + length;
    }
    out.push_str(&row);
    if words.len() > shown {
        line(out, format_args!(" and {} more", words.len() - shown));
    } else {
        out.push('\n');
    }
}

/// A file's name without its folders.
fn base_name(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or("(standard input)");
    if name == "-" { "(standard input)".to_owned() } else { printable(name) }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_wrapped_and_cut() {
        let words: Vec<String> = (0..352).map(|i| format!("server-number-{i:03}")).collect();
        let mut out = String::new();
        comment(&mut out, "Servers:", &words);
        assert!(out.lines().all(|line| line.len() <= 115 && line.starts_with('#')), "{out}");
        assert!(out.ends_with("server-number-039, and 312 more\n"), "{out}");
    }

    #[test]
    fn offsets_have_one_unit() {
        assert_eq!([offset(-300), offset(330), offset(0)], ["-5h", "330m", "0h"]);
    }
}
