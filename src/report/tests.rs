//! Tests of the layer through its entry points: a small fleet, played, and read back.

use super::page::visible_width;
use super::*;
use crate::experiment::{self, Options, Rows, Silent};
use crate::measure::Wants;
use crate::measure::rows::Rows as MeasuredRows;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Two groups with names that would do harm elsewhere; faults of both kinds; verdicts of all kinds.
pub(super) const HOSTILE: &str = r#"
name = "=cmd()"
title = "@a title"
seed = 3
start = 2026-01-01T00:00:00.5Z
duration = "1y"
faults = "listed"
[replications]
count = 6
[[region]]
name = "-r,1"
cells = 2
[[servers]]
group = "<script>\"a\", b"
count = 40
high_availability = "zone-redundant"
objectives = { rto = "60s", availability = "99.9%" }
[[servers]]
group = "+SUM(A1)"
count = 5
high_availability = "none"
[fault.process_crash]
rate = "6/y"
[fault.zone_outage]
rate = "0.2/y"
lasts = { exponential = { mean = "3h" } }
[fault.gateway_outage]
rate = "12/y"
lasts = { exponential = { mean = "1h" } }
[fault.connectivity]
rate = "50/y"
lasts = { exponential = { mean = "1h" } }
[fault.false_alarm]
rate = "0.000001/y"
[compute]
process_restart = { lognormal = { median = "45s", p95 = "3m" } }
[standby]
detection = "10s"
promotion = { uniform = ["15s", "40s"] }
redirection = "5.25s"
[[expect]]
that = "availability >= 50%"
[[expect]]
that = "recovery_time_p99 <= 1s"
"#;

pub(super) fn scenario(text: &str) -> Scenario {
    crate::scenario::parse("s.toml", text, None, &[]).unwrap_or_else(|c| panic!("{c}"))
}

fn wants() -> Wants {
    Wants { rows: true, timeline: true, peaks: true, servers: true }
}

pub(super) fn played(scenario: &Scenario, threads: usize) -> Outcome {
    let format = IncidentRows::new(scenario);
    let options = Options {
        threads,
        replications: None,
        rows: Rows::Few(&format),
        progress: &Silent,
        cancel: &AtomicBool::new(false),
        wants: wants(),
    };
    experiment::run(scenario, options).unwrap()
}

fn made(threads: usize) -> BTreeMap<String, Vec<u8>> {
    let scenario = scenario(HOSTILE);
    let outcome = played(&scenario, threads);
    let mut all = files(&scenario, &outcome, &About::this("fleetsim run s.toml"));
    all.push((SERVERS.to_string(), server_table(&outcome)));
    all.push((TIMELINE.to_string(), timeline_table(&scenario, &outcome)));
    all.into_iter().collect()
}

/// Rows of a table as maps from column to field.
fn read(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut csv = csv::Reader::from_reader(bytes);
    csv.deserialize().map(|row| row.unwrap()).collect()
}

/// Microseconds of a field in seconds.
fn micros(field: &str) -> u64 {
    let (whole, rest) = field.split_once('.').unwrap_or((field, ""));
    assert!(!rest.ends_with('0') && rest.len() <= 6, "{field}");
    whole.parse::<u64>().unwrap() * 1_000_000 + format!("{rest:0<6}").parse::<u64>().unwrap()
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let (one, two) = (made(1), made(2));
    assert_eq!(one.len(), 7);
    for (name, bytes) in &one {
        assert!(bytes == &two[name], "{name} differs");
        assert!(bytes.ends_with(b"\n"), "{name} has no line end");
    }
}

#[test]
fn headers_are_those_of_the_reference() {
    let files = made(1);
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let header = csv::Reader::from_reader(&bytes[..]).headers().unwrap().clone();
        let header: Vec<String> = header.iter().map(str::to_string).collect();
        let told = columns().into_iter().filter(|c| c.file == name).map(|c| c.column);
        assert_eq!(header, told.collect::<Vec<_>>(), "{name}");
        assert!(reference().contains(&format!("### `{name}`")), "{name}");
    }
    let known: Vec<&str> = FILES.iter().map(|f| f.0).collect();
    assert!(files.keys().all(|name| known.contains(&name.as_str())));
}

#[test]
fn incidents_read_back_and_add_up() {
    let files = made(2);
    let rows = read(&files[INCIDENTS]);
    assert!(rows.len() > 500, "{}", rows.len());
    let mut ids = std::collections::BTreeSet::new();
    let (mut censored, mut several, mut lost) = (0, 0, 0);
    for row in &rows {
        assert!(ids.insert(row["incident"].clone()), "twice: {row:?}");
        assert!(row["incident"].starts_with(&format!("r{}-c", row["replication"])));
        let length = micros(&row["duration_s"]);
        let phases = crate::model::record::Phase::ALL.iter();
        let sum: u64 = phases.map(|p| micros(&row[&format!("{}_s", p.word())])).sum();
        assert_eq!(sum, length, "{row:?}");
        let charged: Vec<(&str, u64)> = row["causes"]
            .split(';')
            .map(|c| c.split_once(':').map(|(cause, s)| (cause, micros(s))).unwrap())
            .collect();
        assert_eq!(charged.iter().map(|c| c.1).sum::<u64>(), length, "{row:?}");
        several += usize::from(charged.len() > 1);
        assert_eq!(charged[0].0, row["cause"]);
        assert!(micros(&row["planned_s"]) <= length);
        censored += usize::from(row["censored"] == "true");
        assert_eq!(row["censored"] == "true", row["recovery_path"].is_empty(), "{row:?}");
        lost += usize::from(row["loss_window_s"].is_empty());
        assert!(row["started_at"].parse::<jiff::Timestamp>().is_ok(), "{row:?}");
        assert!(row["server"].starts_with(&format!("{}/", row["group"])));
        assert!(["<script>\"a\", b", "'+SUM(A1)"].contains(&row["group"].as_str()));
        assert_eq!(row["region"], "'-r,1");
        assert!(["1", "2", "3"].contains(&row["zone"].as_str()));
        assert!(row["weight"].parse::<f64>().unwrap() > 0.0);
    }
    assert!(several > 0, "no incident with several causes among {}", rows.len());
    assert!(lost <= censored, "a known end has a known loss");
}

#[test]
fn what_is_missing_is_empty_and_what_is_there_reads_back() {
    let scenario = scenario(HOSTILE);
    let outcome = played(&scenario, 1);
    let rows = read(&estimates::bytes(&outcome));
    assert_eq!(rows.len(), outcome.estimates.len());
    let mut missing = 0;
    for (row, e) in rows.iter().zip(&outcome.estimates) {
        for (column, value) in [
            ("value", e.value),
            ("std_error", e.std_error),
            ("ci_low", e.ci_low),
            ("ci_high", e.ci_high),
        ] {
            missing += usize::from(value.is_none());
            match value.filter(|v| v.is_finite()) {
                None => assert_eq!(row[column], "", "{e:?}"),
                Some(value) => assert_eq!(row[column].parse::<f64>().unwrap(), value, "{e:?}"),
            }
        }
        assert_eq!((row["metric"].as_str(), row["unit"].as_str()), (e.metric, e.unit));
    }
    assert!(missing > 0, "nothing was missing");
    let servers = read(&server_table(&outcome));
    assert_eq!(servers.len(), 45);
    assert_eq!(servers[0]["server"], "<script>\"a\", b/1");
    assert_eq!(servers[44]["server"], "'+SUM(A1)/5");
    assert!(servers.iter().all(|s| s["availability"].parse::<f64>().unwrap() <= 1.0));
    let timeline = read(&timeline_table(&scenario, &outcome));
    assert_eq!(timeline[0]["from"], "2026-01-01T00:00:00.5Z");
    assert!(timeline.iter().any(|r| r["what"] == "servers_down" && r["worst"] != "0"));
    let assumptions = read(&assumptions::bytes(&scenario));
    assert!(assumptions.iter().any(|a| a["origin"] == "yours" && a["value"] == "10s"));
    assert_eq!(assumptions.len(), scenario.assumptions.len());
}

fn timeline_table(scenario: &Scenario, outcome: &Outcome) -> Vec<u8> {
    let mut bytes = Vec::new();
    timeline::write(outcome, scenario.fleet.calendar, &mut bytes).unwrap();
    bytes
}

fn server_table(outcome: &Outcome) -> Vec<u8> {
    let mut bytes = Vec::new();
    servers::write(outcome, &mut bytes).unwrap();
    bytes
}

#[test]
fn no_field_is_computed_by_a_spreadsheet() {
    for (name, bytes) in made(1).iter().filter(|(name, _)| name.ends_with(".csv")) {
        for row in csv::Reader::from_reader(&bytes[..]).records() {
            for field in row.unwrap().iter() {
                let number = field.parse::<f64>().is_ok();
                let offset = field.starts_with(['+', '-']) && field.ends_with('h');
                let computed = field.starts_with(['=', '+', '-', '@']);
                assert!(!computed || number || offset, "{name}: {field}");
            }
        }
    }
}

#[test]
fn the_manifest_repeats_the_run() {
    let scenario = scenario(HOSTILE);
    let outcome = played(&scenario, 1);
    let json = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
    let manifest = json(&manifest::bytes(&scenario, &outcome, &About::this("fleetsim run s.toml")));
    assert_eq!(manifest["counts"]["incidents"], outcome.incidents);
    assert_eq!(manifest["counts"]["servers"], 45);
    assert_eq!(manifest["environment"], "stratified");
    assert_eq!(manifest["faults"].as_array().unwrap().len(), scenario.faults.len());
    assert_eq!(manifest["incident_rows"]["kept"], true);
    let again = crate::scenario::parse("s.json", &manifest["scenario"].to_string(), None, &[]);
    let again = again.unwrap_or_else(|c| panic!("{c}"));
    assert_eq!(scenario_digest(&again), scenario_digest(&scenario));
    assert_eq!(manifest["scenario_digest"], scenario_digest(&scenario));
    assert_eq!(played(&again, 1).digest, outcome.digest);

    let summary = json(&summary_json(&scenario, &outcome));
    let fleet = &summary["estimates"]["fleet"]["fleet"];
    let e = outcome.estimate(crate::measure::Kind::Fleet, "fleet", "unavailability").unwrap();
    // The reader of JSON may be off by the last bit, the text is not.
    let near = |a: &serde_json::Value, b: Option<f64>| {
        let (a, b) = (a.as_f64().unwrap(), b.unwrap());
        assert!((a - b).abs() <= 1e-15 * b, "{a} {b}");
    };
    near(&fleet["unavailability"]["value"], e.value);
    near(&fleet["unavailability"]["interval"][1], e.ci_high);
    let text = String::from_utf8(summary_json(&scenario, &outcome)).unwrap();
    assert!(text.contains(&format!("\"value\": {},", e.value.unwrap())), "shortest text");
    let cause = &summary["estimates"]["cause"]["false_alarm"]["incidents_per_server_year"];
    assert!(cause["value"].is_null() && cause["interval"][1].as_f64().is_some(), "{cause}");
    assert_eq!(summary["expectations"][0]["verdict"], "holds");
    assert_eq!(summary["expectations"][1]["verdict"], "fails");
    assert_eq!(summary["objectives"].as_array().unwrap().len(), 2);
    let timing = json(&timing_json(2.0, 3, 10, Played::Here));
    assert_eq!(timing["events_per_s"], 5.0);
    assert!(json(&timing_json(2.0, 3, 10, Played::Elsewhere))["events_per_s"].is_null());
}

#[test]
fn the_summary_fits_the_terminal() {
    let scenario = scenario(HOSTILE);
    let outcome = played(&scenario, 1);
    for (colour, width) in [(false, 60), (false, 100), (true, 80), (true, 132)] {
        let style = Style { colour, width };
        let text = summary(&scenario, &outcome, style, Some(std::path::Path::new("results/x")));
        println!("{text}");
        for line in text.lines() {
            assert!(visible_width(line) <= width, "{width}: {line}");
        }
        assert!(text.lines().count() <= if width < 80 { 60 } else { 45 }, "{text}");
        assert!(colour || text.is_ascii(), "{text}");
        assert_eq!(text.contains('\x1b'), colour);
        for word in ["Availability", "p95", "gateway_outage", "Expectations", "results/x"] {
            assert!(text.contains(word), "{word} is missing:\n{text}");
        }
        assert!(text.contains(if colour { "✗" } else { "FAIL" }), "{text}");
    }
}

#[test]
fn a_drill_tells_whether_there_was_room_for_what_it_moved() {
    let said = |servers: u32, spare: &str, cells: u32| {
        let scenario = scenario(&format!(
            "name = 'room'\nduration = '2d'\nfaults = 'none'\n[replications]\ncount = 2\n\
             [[region]]\nname = 'r'\nzones = 3\nvcores_per_host = 4\nspare = '{spare}'\ncells = {cells}\n\
             [[servers]]\ngroup = 'g'\ncount = {servers}\nvcores = 2\n\
             [[inject]]\nat = '10h'\nfault = 'host_failure'\ngroup = 'g'\nserver = 1\n\
             [fault.host_failure]\nrepair = '5h'\n"
        ));
        let text = summary(&scenario, &played(&scenario, 1), Style::default(), None);
        let line = text.lines().find(|line| line.starts_with("Spare capacity"));
        line.unwrap_or_else(|| panic!("{text}")).to_string()
    };
    // Two nodes of 2 vCores stand on the host, and no other host of their zone has room.
    assert!(said(6, "0%", 1).contains("4 vCores  (no spread)  waited for a host at the peak"));
    assert!(said(6, "50%", 1).contains("enough: no node waited for a host in what was played"));
    assert!(
        said(12, "50%", 2).contains("enough: no node waited for a host at any step of the time")
    );
}

#[test]
fn what_the_end_cuts_and_what_is_lost_is_told() {
    let text = "name = 'cens'\nduration = '30d'\n[replications]\ncount = 10\n[[region]]\nname = 'r'\n\
                [[servers]]\ngroup = 'g'\ncount = 10\n[fault.process_crash]\nrate = '60/y'\n\
                [compute]\nprocess_restart = '5m'\n\
                [[inject]]\nat = '28d'\nfault = 'zone_outage'\nzone = 1\nlasts = '20d'\n\
                [[expect]]\nthat = 'recovery_time_max <= 1d'\n";
    let shown = |text: &str| {
        let scenario = scenario(text);
        let outcome = played(&scenario, 1);
        let summary = summary(&scenario, &outcome, Style::default(), None);
        println!("{summary}");
        summary
    };
    let said = shown(text);
    assert!(said.contains("max > 2 days"), "{said}");
    assert!(said.contains("p99 > 47 h"), "{said}");
    assert!(said.contains("40 of ") && said.contains(" were cut by the end of the play"), "{said}");
    assert!(said.contains("recovery_time_max <= 1d: > 2 days"), "{said}");
    assert!(!said.contains("Servers lost"), "{said}");
    let lost = text.replace("lasts = '20d'", "lasts = '10m'\ncopies_lost = '100%'");
    let said = shown(&lost);
    assert!(said.contains("Servers lost"), "{said}");
    assert!(said.contains("Loss window    all that was committed"), "{said}");
    assert!(said.contains("max never"), "{said}");
    assert!(!said.contains("0 s in every incident"), "{said}");
}

#[test]
fn a_fleet_to_which_nothing_happens_is_reported_too() {
    let quiet = "name = 'quiet'\nduration = '30d'\n[replications]\ncount = 2\n[[region]]\nname = 'r'\n\
                 [[servers]]\ngroup = 'g'\ncount = 3\n";
    let scenario = scenario(quiet);
    let outcome = played(&scenario, 2);
    let all = files(&scenario, &outcome, &About::this("fleetsim run quiet.toml"));
    assert_eq!(all.last().unwrap().0, MANIFEST);
    let text = summary(&scenario, &outcome, Style::default(), None);
    println!("{text}");
    assert!(text.contains("no outage was seen"), "{text}");
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

/// Formats rows, and holds each against what is made of it field by field.
struct Plainly<'a>(&'a IncidentRows, &'a Scenario, std::sync::atomic::AtomicU32);

impl experiment::RowFormat for Plainly<'_> {
    fn format(
        &self,
        from: experiment::RowsFrom<'_>,
        rows: &MeasuredRows,
        range: std::ops::Range<usize>,
        out: &mut experiment::FormattedRows,
    ) {
        let begins = out.used;
        self.0.format(from, rows, range.clone(), out);
        let fleet = &self.1.fleet;
        let s = |micros: u64| {
            let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        };
        let piece = rows.piece(range.clone());
        let plain = range.zip(piece.rows()).map(|(n, row)| {
            let (group, number) = field::member(from.cell, row.server);
            let spec = &fleet.groups[group];
            let region = &fleet.regions[from.cell.region];
            let mut sums = crate::measure::rows::Parts::default();
            sums.add_up(piece.course(row));
            let charged: Vec<String> =
                sums.charged.iter().map(|c| format!("{}:{}", c.0.name(), s(c.1))).collect();
            let start = fleet.calendar.start_unix_micros + row.from as i64;
            let mut fields = vec![
                from.replication.to_string(),
                format!("r{}-c{}-{}", from.replication, from.cell.index, n + 1),
                field::harmless(&format!("{}/{}", spec.name, number + 1)).into_owned(),
                field::harmless(&spec.name).into_owned(),
                field::harmless(&region.name).into_owned(),
                (spec.zone.unwrap_or(number % region.zones) + 1).to_string(),
                crate::scenario::calendar::print_instant(start),
                s(row.to - row.from),
                row.censored.to_string(),
                row.cause.name().to_string(),
                charged.join(";"),
                row.at_risk_because.map_or(String::new(), |c| c.name().to_string()),
                s(sums.planned),
                row.path.map_or(String::new(), |p| p.word().to_string()),
            ];
            fields.extend(sums.phases.map(s));
            fields.push(row.loss.map_or(String::new(), s));
            fields.extend([row.sla_minutes.to_string(), from.weight.to_string()]);
            let kinds = [
                row.censored,
                row.at_risk_because.is_some(),
                sums.planned > 0,
                sums.charged.len() > 1,
                row.path.is_some_and(|p| p.word() == "restart"),
            ];
            let seen = kinds.iter().enumerate().map(|(i, &is)| u32::from(is) << i).sum();
            self.2.fetch_or(seen, std::sync::atomic::Ordering::Relaxed);
            fields
        });
        let (found, all) = (&out.bytes[begins..out.used], plain.collect::<Vec<_>>());
        let header = (0..all.first().map_or(0, Vec::len)).map(|_| "x".to_string());
        let expected = field::table(header, all.into_iter());
        let expected = expected.splitn(2, |&b| b == b'\n').nth(1).unwrap_or_default();
        assert_eq!(String::from_utf8_lossy(found), String::from_utf8_lossy(expected));
    }
}

#[test]
fn rows_are_what_a_plain_writer_makes_of_them() {
    // Also one whose last hour ends in an outage.
    let last = "[[inject]]\nat = 2026-12-31T23:30:00Z\nfault = \"gateway_outage\"\n\
                region = \"-r,1\"\nlasts = \"4h\"\n";
    let all_faults = format!("{HOSTILE}{last}")
        .replace("faults = \"listed\"", "profile = \"azure-flexible-2026\"")
        .replace("-r,1", "a region of which the name is rather long, and quoted");
    let mut seen = 0;
    for text in [HOSTILE.to_string(), all_faults] {
        let scenario = scenario(&text);
        let rows = IncidentRows::new(&scenario);
        for threads in [1, 3] {
            let plainly = Plainly(&rows, &scenario, Default::default());
            let options = Options {
                threads,
                replications: None,
                rows: Rows::Kept(&plainly),
                progress: &Silent,
                cancel: &AtomicBool::new(false),
                wants: wants(),
            };
            experiment::run(&scenario, options).unwrap();
            seen |= plainly.2.into_inner();
        }
    }
    assert_eq!(seen, 0b1_1111, "not all kinds of rows were seen");
}

/// Formats the rows of each cell fifty times and adds up how long that takes.
struct Timed<'a>(&'a IncidentRows, std::sync::Mutex<(u128, u128)>);

impl experiment::RowFormat for Timed<'_> {
    fn format(
        &self,
        from: experiment::RowsFrom<'_>,
        rows: &MeasuredRows,
        range: std::ops::Range<usize>,
        out: &mut experiment::FormattedRows,
    ) {
        let (begins, start) = (out.used, std::time::Instant::now());
        for _ in 0..50 {
            out.used = begins;
            self.0.format(from, rows, range.clone(), out);
        }
        let mut sum = self.1.lock().unwrap();
        sum.0 += range.len() as u128 * 50;
        sum.1 += start.elapsed().as_nanos();
    }
}

/// `cargo test --release -- --ignored --nocapture a_row_is_formatted_fast`
#[test]
#[ignore = "measures time"]
fn a_row_is_formatted_fast() {
    let scenario = scenario(&HOSTILE.replace("count = 6", "count = 60"));
    let format = IncidentRows::new(&scenario);
    let timed = Timed(&format, std::sync::Mutex::default());
    let options = Options {
        threads: 1,
        replications: None,
        rows: Rows::Few(&timed),
        progress: &Silent,
        cancel: &AtomicBool::new(false),
        wants: wants(),
    };
    experiment::run(&scenario, options).unwrap();
    let (rows, nanos) = timed.1.into_inner().unwrap();
    println!("{} ns a row over {rows} rows", nanos / rows);
}
