//! Other processes: what a command takes in time and memory, and a fleet played in a process of its own.
//!
//! The system tells the peak memory of children only as the largest of all so far, so each command runs
//! below a process of its own, which is this program again.

use crate::worlds;
use fleetsim::experiment::{Options, Rows, Silent, run};
use fleetsim::measure::Wants;
use fleetsim::scenario;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What a command took.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Usage {
    /// Real time, ns.
    pub wall: f64,
    /// Processor time of all its threads, in the program and in the system, ns.
    pub cpu: f64,
    /// Largest resident memory, bytes; 0 where the system does not tell.
    pub peak: f64,
    /// Hash of what it computed, where it tells.
    pub hash: u64,
}

/// The program that is measured.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_fleetsim");

/// What a process of this program is told to be.
const USAGE: &str = "--usage-of";
const PLAY: &str = "--play";

fn this() -> Command {
    Command::new(std::env::current_exe().expect("this program has a path"))
}

/// Runs a command to its end and measures it. Its exit code may say that an expectation failed.
pub fn usage_of(words: &[&str]) -> Usage {
    read(this().arg(USAGE).args(words).stdout(Stdio::piped()).spawn().expect("starts"))
}

/// Starts playing the million servers cut down to so many, in another process, so many times; it may
/// be told on which core.
pub fn start_play(servers: u32, threads: usize, times: u32, core: Option<u32>) -> Child {
    let mut command = match core {
        None => this(),
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &core.to_string()]);
            command.arg(std::env::current_exe().expect("this program has a path"));
            command
        }
    };
    let words = [servers.to_string(), threads.to_string(), times.to_string()];
    command.arg(PLAY).args(words).stdout(Stdio::piped()).spawn().expect("taskset is there")
}

/// Waits for what a process says of itself.
pub fn read(child: Child) -> Usage {
    let output = child.wait_with_output().expect("it can be waited for");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "a measured process failed: {text}");
    let words: Vec<&str> = text.split_whitespace().collect();
    let [wall, cpu, peak, hash] = words[..] else { panic!("not four numbers: {text}") };
    let number = |word: &str| word.parse().expect("a number");
    Usage {
        wall: number(wall),
        cpu: number(cpu),
        peak: number(peak),
        hash: hash.parse().expect("a hash"),
    }
}

/// Whether this process is one that is measured or measures another; then it has done so.
pub fn is_child(words: &[String]) -> bool {
    match words.first().map(String::as_str) {
        Some(USAGE) => measure(&words[1..]),
        Some(PLAY) => {
            let number = |at: usize| words[at].parse::<u32>().expect("a number");
            play(number(1), number(2) as usize, number(3));
        }
        _ => return false,
    }
    true
}

fn measure(words: &[String]) {
    let start = Instant::now();
    let status = Command::new(&words[0])
        .args(&words[1..])
        .stdout(Stdio::null())
        .status()
        .expect("the command starts");
    let wall = start.elapsed().as_nanos();
    // 4 and 5 tell of expectations, not of the run.
    assert!(matches!(status.code(), Some(0 | 4 | 5)), "{words:?}: {status}");
    let (cpu, peak) = of_children();
    println!("{wall} {} {peak} 0", cpu.as_nanos());
}

#[cfg(unix)]
fn of_children() -> (Duration, i64) {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system tells");
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // Kilobytes on Linux, bytes on macOS.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    (Duration::from_micros(micros as u64), usage.max_rss() * unit)
}

#[cfg(not(unix))]
fn of_children() -> (Duration, i64) {
    (Duration::ZERO, 0)
}

/// Plays the fleet and says how long that took, without reading and writing of files.
fn play(servers: u32, threads: usize, times: u32) {
    let path = worlds::path("scenarios/million-servers.toml");
    let mut scenario =
        scenario::load(&path, &[]).unwrap_or_else(|complaints| panic!("{}", complaints.lines()));
    scenario.fleet = worlds::mixed(servers);
    let start = Instant::now();
    let mut hash = 0;
    for _ in 0..times {
        let options = Options {
            threads,
            replications: Some(1),
            rows: Rows::None,
            progress: &Silent,
            cancel: &AtomicBool::new(false),
            wants: Wants { rows: false, timeline: true, peaks: true, servers: true },
        };
        hash = run(&scenario, options).expect("the run ends").digest;
    }
    println!("{} 0 0 {hash}", start.elapsed().as_nanos());
}
