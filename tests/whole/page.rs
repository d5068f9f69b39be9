//! The page: the same bytes however it is made, harmless whatever it shows, and works in a browser.

use super::browser::{browser, probe};
use super::sweep::fleetsim;
use serde_json::Value;
use std::path::Path;

/// Names that would do harm elsewhere, one that is long, one that a spreadsheet would compute.
const NAMES: [&str; 7] = [
    "<script>alert(1)</script>",
    "=cmd()",
    "'=cmd()",
    "\" onmouseover=\"alert(1)",
    "</title></style><img src=x onerror=alert(1)>",
    "a;b,c&amp;<b>",
    "a-group-with-a-name-that-nobody-would-give-but-that-is-a-hundred-characters-long-and-has-no-blank-in-it",
];

/// A scenario with such names, and expectations that hold, fail and are undecided.
pub fn hostile(folder: &Path) {
    let mut text = "name = \"=cmd() & 'co'\"\ntitle = \"<img src=x onerror=alert(1)>\"\n\
        profile = \"azure-flexible-2026\"\nseed = 3\nduration = \"60d\"\n\
        [replications]\ncount = 6\n[[region]]\nname = \"<b>r</b>\"\n\
        [[expect]]\nthat = \"availability >= 10%\"\n\
        [[expect]]\nthat = \"recovery_time_p99 <= 1ms\"\n\
        [[expect]]\nthat = \"availability >= 99.99%\"\n"
        .to_string();
    for (i, name) in NAMES.iter().enumerate() {
        let standby = ["none", "zone-redundant", "same-zone"][i % 3];
        text += &format!(
            "[[servers]]\ngroup = {}\ncount = {}\nregion = \"<b>r</b>\"\nsku = \"Standard_D2ds_v5\"\n\
             high_availability = \"{standby}\"\n",
            serde_json::to_string(&name.chars().take(100).collect::<String>()).expect("a text"),
            i + 2,
        );
    }
    std::fs::write(folder.join("hostile.toml"), text).expect("can be written");
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Plays it into `out` with any exit code that a played scenario has.
fn play(folder: &Path, out: &str, more: &[&str]) {
    let mut command = fleetsim();
    command.current_dir(folder).args(["run", "hostile.toml", "--quiet", "--out", out]).args(more);
    let code = command.assert().get_output().status.code();
    assert!(matches!(code, Some(0 | 4 | 5)), "{code:?}");
}

#[test]
fn names_harm_neither_the_page_nor_a_spreadsheet() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    hostile(at);
    play(at, "out", &[]);
    let page = read(&at.join("out/report.html"));
    for bad in
        ["<script>alert", "<img", "<b>", "onmouseover=\"", "http://x", "<iframe", "javascript:"]
    {
        assert!(!page.contains(bad), "{bad} is in the page");
    }
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    // No address of anywhere but the name of the language of charts.
    let addresses: Vec<&str> =
        page.split("://").skip(1).map(|rest| rest.get(..30).unwrap_or(rest)).collect();
    assert!(addresses.is_empty(), "{addresses:?}");
    for name in ["estimates.csv", "servers.csv", "incidents.csv", "assumptions.csv"] {
        let mut reader = csv::Reader::from_path(at.join("out").join(name)).expect("a table");
        for field in reader
            .records()
            .flat_map(|r| r.expect("a row").iter().map(String::from).collect::<Vec<_>>())
        {
            assert!(!field.starts_with(['=', '@', '\t', '\r']), "{name}: {field}");
            let signed = field
                .strip_prefix(['-', '+'])
                .is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_digit()));
            assert!(!signed, "{name}: {field}");
        }
    }
    let table = read(&at.join("out/estimates.csv"));
    assert!(
        table.contains("group,'=cmd(),") && table.contains("group,''=cmd(),"),
        "the guards differ"
    );
}

#[test]
fn the_page_is_the_same_however_it_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    hostile(at);
    play(at, "one", &["--threads", "1"]);
    play(at, "two", &["--threads", "2"]);
    let page = read(&at.join("one/report.html"));
    assert!(page == read(&at.join("two/report.html")));
    let servers = std::fs::read(at.join("one/servers.csv")).expect("it is there");
    let digest = format!("{:032x}", twox_hash::XxHash3_128::oneshot(&servers));
    assert!(page.contains("Digest (XXH3, 128 bits)") && page.contains(&digest), "{digest}");
    std::fs::remove_file(at.join("one/report.html")).expect("it was there");
    fleetsim().current_dir(at).args(["report", "one", "--quiet"]).assert().success();
    assert!(page == read(&at.join("one/report.html")), "report makes another page than run");
    fleetsim().current_dir(at).args(["report", "one", "--out", "mail.html"]).assert().success();
    assert!(page == read(&at.join("mail.html")));
    fleetsim().current_dir(at).args(["report", "one", "--out", "mail.html"]).assert().code(1);
    fleetsim().current_dir(at).args(["report", "one", "--seed", "1"]).assert().code(2);
    // The pictures for slides and the timing do not belong to what the page is made of.
    std::fs::remove_file(at.join("one/charts/availability.png")).expect("it was there");
    std::fs::remove_file(at.join("one/timing.json")).expect("it was there");
    fleetsim().current_dir(at).args(["report", "one"]).assert().success();
}

#[test]
fn folders_that_are_not_whole_or_not_ours_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    hostile(at);
    play(at, "out", &[]);
    let refused = |words: &[&str]| {
        let said = fleetsim().current_dir(at).args(["report", "out"]).assert().code(3);
        let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
        for word in words {
            assert!(said.contains(word), "{word} is missing in\n{said}");
        }
    };
    let file = |name: &str| at.join("out").join(name);
    let whole: Vec<(&str, Vec<u8>)> =
        ["manifest.json", "estimates.csv", "summary.json", "charts/causes.svg"]
            .map(|name| (name, std::fs::read(file(name)).expect("it is there")))
            .into();
    let restore =
        || whole.iter().for_each(|(n, b)| std::fs::write(file(n), b).expect("can be written"));
    let page = std::fs::read(file("report.html")).expect("it is there");
    let put = |name: &str, bytes: &[u8]| std::fs::write(file(name), bytes).expect("can be written");

    put("estimates.csv", &whole[1].1[..whole[1].1.len() / 2]);
    std::fs::remove_file(file("summary.json")).expect("it was there");
    refused(&[
        "estimates.csv is cut short",
        "summary.json is missing",
        "manifest.json writes it anew",
    ]);
    restore();
    let mut changed = whole[1].1.clone();
    let digit = changed.iter().rposition(u8::is_ascii_digit).expect("a digit");
    changed[digit] = if changed[digit] == b'1' { b'2' } else { b'1' };
    put("estimates.csv", &changed);
    refused(&["estimates.csv is not what was written"]);
    restore();
    put("manifest.json", &whole[0].1[..100]);
    refused(&["manifest.json is damaged"]);
    let text = String::from_utf8(whole[0].1.clone()).expect("text");
    for (from, to, word) in [
        ("\"made_by\": \"fleetsim\"", "\"made_by\": \"somebody\"", "not written by fleetsim"),
        ("\"format\": 1", "\"format\": 99", "cannot read"),
        ("\"files\"", "\"papers\"", "does not list"),
        ("\"estimates.csv\": {", "\"../estimates.csv\": {", "list of files"),
        ("\"estimates.csv\": {", "\"/etc/passwd\": {", "list of files"),
    ] {
        put("manifest.json", text.replacen(from, to, 1).as_bytes());
        refused(&[word]);
    }
    std::fs::remove_file(file("manifest.json")).expect("it was there");
    refused(&["no manifest.json"]);
    restore();
    // A chart that is listed, but none of ours.
    let evil = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><script>alert(1)</script></svg>";
    put("charts/causes.svg", evil);
    refused(&["causes.svg"]);
    restore();
    for place in ["hostile.toml", "nowhere", "."] {
        let said = fleetsim().current_dir(at).args(["report", place]).assert().code(3);
        assert!(!said.get_output().stderr.is_empty());
    }
    fleetsim().current_dir(at).args(["report", "out"]).assert().success();
    assert!(page == std::fs::read(file("report.html")).expect("it is there"), "it was whole again");
}

/// What any page must be in a browser.
fn good(browser: &Path, page: &str, width: u32) -> Value {
    let told = probe(browser, page, width);
    let empty = Vec::<Value>::new();
    for nothing in ["wrong", "errors", "blocked", "loaded"] {
        assert_eq!(told[nothing].as_array(), Some(&empty), "{nothing}: {told:#}");
    }
    assert_eq!(told["scripts"], 3, "the page's own and the two of the probe");
    assert_eq!(told["images"], 0);
    assert_eq!(told["font"], 2, "the typeface came along");
    assert_eq!(told["control"][0], "https://control.invalid/x.png", "the policy lets things in");
    told
}

#[test]
fn a_browser_shows_sorts_and_filters_a_run() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    hostile(folder.path());
    play(folder.path(), "out", &[]);
    let page = read(&folder.path().join("out/report.html"));
    let told = good(&browser, &page, 1200);
    let mut names: Vec<&str> =
        told["groups"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    let mut wanted: Vec<String> = NAMES.iter().map(|n| n.chars().take(100).collect()).collect();
    wanted.sort_unstable();
    assert_eq!(names, wanted, "names are shown as they are");
    assert_eq!(told["heading"], "=cmd() & 'co'");
    assert!(told["charts"].as_u64().is_some_and(|n| n >= 5), "{told:#}");
    let verdicts = told["verdicts"].to_string();
    let (fails, holds) = (verdicts.find("bad: "), verdicts.find("good: "));
    assert!(fails.is_some() && fails < holds, "what fails comes first: {verdicts}");
    for table in
        ["groups", "scopes", "causes", "servers", "incidents", "estimates", "assumptions", "files"]
    {
        assert!(told["sorted"][table].as_u64().is_some_and(|n| n > 0), "{table}: {told:#}");
    }
    good(&browser, &page, 500);
}

#[test]
fn a_browser_shows_a_sweep_and_a_comparison() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    hostile(at);
    let sweep = "scenario = \"hostile.toml\"\n[[axis]]\nkey = \"standby.detection\"\nvalues = [\"5s\", \"60s\"]\n";
    std::fs::write(at.join("s.toml"), sweep).expect("can be written");
    let other = read(&at.join("hostile.toml")) + "[standby]\ndetection = \"2m\"\n";
    std::fs::write(at.join("other.toml"), other).expect("can be written");
    let run =
        |words: &[&str]| fleetsim().current_dir(at).args(words).arg("--quiet").assert().success();
    run(&["sweep", "s.toml", "--out", "sweep", "--points"]);
    run(&["compare", "hostile.toml", "other.toml", "--out", "compare"]);
    let told = good(&browser, &read(&at.join("sweep/report.html")), 1200);
    assert_eq!(told["sorted"]["points"], 2);
    let told = good(&browser, &read(&at.join("compare/report.html")), 1200);
    assert!(told["sorted"]["versus-B"].as_u64().is_some_and(|n| n > 3), "{told:#}");
    assert_eq!(told["sorted"]["changed-B"], 1, "one key differs: {told:#}");
    // A point has files of its own, and a page when it is asked for.
    run(&["report", "sweep/point=0001"]);
    let told = good(&browser, &read(&at.join("sweep/point=0001/report.html")), 1200);
    assert!(told["sorted"]["estimates"].as_u64().is_some_and(|n| n > 100), "{told:#}");
}
