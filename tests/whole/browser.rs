//! Drives a headless Chromium over a copy of a page: a probe clicks, reads, and tells what it saw.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Notes errors and what the content policy blocked, before anything of the page runs.
const WATCH: &str = "window.seen = { errors: [], blocked: [] };\
    addEventListener('error', (e) => seen.errors.push(String(e.message || e.target)), true);\
    addEventListener('securitypolicyviolation', (e) => seen.blocked.push(e.blockedURI));";
/// Clicks, reads and tells.
const PROBE: &str = include_str!("probe.js");
/// Longest time that one page takes.
const PATIENCE: Duration = Duration::from_secs(400);

/// A browser, if the machine has one.
pub fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    let found = found.into_iter().find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: no Chromium on this machine (Debian: apt-get install chromium)");
    }
    found
}

/// What the probe saw of a page, on a screen that wide, in pixels.
pub fn probe(browser: &Path, page: &str, width: u32) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let hash =
        |script: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script)));
    // The page's own policy stays in force; it lets two more scripts in.
    let allowed = format!("script-src {} {} ", hash(WATCH), hash(PROBE));
    assert!(page.contains("script-src 'sha256-") && page.contains("</head>"));
    let copy = page
        .replacen("script-src ", &allowed, 1)
        .replacen("</title>", &format!("</title><script>{WATCH}</script>"), 1)
        .replacen("</html>", &format!("<script>{PROBE}</script></html>"), 1);
    let file = folder.path().join("copy.html");
    std::fs::write(&file, copy).expect("can be written");
    let (out, messages) = (folder.path().join("dom"), folder.path().join("messages"));
    let open = |path: &Path| Stdio::from(std::fs::File::create(path).expect("can be made"));
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=10000"])
        .arg(format!("--window-size={width},900"))
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .stdout(open(&out))
        .stderr(open(&messages))
        .spawn()
        .expect("the browser starts");
    let started = Instant::now();
    while child.try_wait().expect("its state is known").is_none() {
        if started.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the browser does not come to an end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let messages = std::fs::read_to_string(&messages).unwrap_or_default();
    let console: Vec<&str> = messages
        .lines()
        // The probe's own attempt to load something is told there; see `told`.
        .filter(|line| line.contains("CONSOLE") && !line.contains("control.invalid"))
        .collect();
    assert!(console.is_empty(), "the console says {console:?}");
    let dom = std::fs::read_to_string(&out).expect("the page was printed");
    let told = dom.split_once("<pre id=\"told\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let told = told.unwrap_or_else(|| panic!("the probe told nothing:\n{messages}")).0;
    let bytes = BASE64_STANDARD.decode(told).expect("the probe tells in Base64");
    serde_json::from_slice(&bytes).expect("the probe tells JSON")
}
