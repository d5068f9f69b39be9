//! The program as a user starts it: threads, memory, rows of incidents, sweeps.

use crate::child::{PROGRAM, Usage, read, start_play, usage_of};
use crate::clock::timed;
use crate::player::Player;
use crate::sample::Sample;
use crate::table::{Demand, Table, hash};
use crate::{Size, worlds};
use fleetsim::experiment::Sweep;
use fleetsim::measure::Wants;
use fleetsim::model::environment::Stratum;
use fleetsim::scenario::{Stop, SweepFile};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Two threads over one, beside two pinned processes of one thread each at the same time: what the
/// machine itself gives to a second core.
pub fn threads(size: Size, table: &mut Table) {
    let cases: &[(&str, u32, u32, f64)] = match size {
        Size::Test => &[("120 servers", 120, 1, 0.0)],
        Size::Quick => &[("10,000 servers", 10_000, 8, 1.7)],
        _ => &[("10,000 servers", 10_000, 8, 1.7), ("1M servers", 1_000_000, 1, 1.85)],
    };
    let rounds = match size {
        Size::Test => 1,
        Size::Quick => 3,
        _ => 7,
    };
    // Without a second core there is nothing to compare.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores < 2 {
        println!("   SKIPPED: this machine has one core");
        return;
    }
    for &(name, servers, times, least) in cases {
        let (mut ratios, mut controls, mut both) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = 0;
        for _ in 0..rounds {
            let one = read(start_play(servers, 1, times, None));
            let two = read(start_play(servers, 2, times, None));
            let pair = [0, 1].map(|core| start_play(servers, 1, times, Some(core))).map(read);
            assert!(one.hash == two.hash && pair.iter().all(|p| p.hash == one.hash));
            found = one.hash;
            let ratio = one.wall / two.wall;
            let control = 2.0 * one.wall / pair.iter().map(|p| p.wall).fold(0.0, f64::max);
            ratios.push(ratio);
            controls.push(control);
            both.push(2.0 * ratio / control);
        }
        println!("   {name}: hash {found:016x}");
        let demand = Demand::AtLeast(least, least);
        table.add(&format!("{name}: two threads over one"), demand, Sample::of(ratios), "times");
        let control = format!("{name}: two pinned processes over one");
        table.add(&control, Demand::None, Sample::of(controls), "times");
        let fair = format!("{name}: two threads over one, if the machine gave two whole cores");
        table.add(&fair, Demand::None, Sample::of(both), "times");
    }
}

/// Peak memory of the program without rows of incidents, for few and for many replications.
pub fn memory(size: Size, table: &mut Table) {
    let few = match size {
        Size::Test => "benches/default.toml",
        _ => "scenarios/million-servers.toml",
    };
    let many = match size {
        Size::Full => "100",
        Size::Usual => "3",
        _ => "2",
    };
    let folder = tempfile::tempdir().expect("a folder for results");
    let scenario = worlds::path(few).display().to_string();
    let peak = |replications: &str| {
        let out = folder.path().join("out").display().to_string();
        let words = [PROGRAM, "run", &scenario, "--replications", replications, "--threads", "2"];
        let rest = ["--no-incidents", "--quiet", "--force", "--out", &out];
        usage_of(&[&words[..], &rest[..]].concat()).peak / 1e6
    };
    let one = peak("1");
    let more = peak(many);
    assert!(one > 0.0, "the system does not tell the peak memory");
    table.add("peak memory, 1 replication", Demand::AtMost(80.0, 40.0), Sample::of([one]), "MB");
    let what = format!("peak memory, {many} replications over 1");
    // The same but for what the allocator keeps.
    table.add(&what, Demand::AtMost(1.05, 1.0), Sample::of([more / one]), "times");
}

/// What a row of an incident costs from the tally to the file, beyond the simulation.
pub fn rows(size: Size, table: &mut Table) {
    let (replications, rounds) = match size {
        Size::Test => ("1", 1),
        Size::Quick => ("4", 3),
        _ => ("8", 7),
    };
    let folder = tempfile::tempdir().expect("a folder for results");
    let scenario = worlds::path("benches/default.toml").display().to_string();
    let out = folder.path().join("out").display().to_string();
    let play = |rows: &str| -> Usage {
        // Nobody is charged for what takes the place of another one's file.
        let _ = std::fs::remove_dir_all(&out);
        let words = [PROGRAM, "run", &scenario, "--replications", replications, "--threads", "1"];
        usage_of(&[&words[..], &[rows, "--no-charts", "--quiet", "--out", &out][..]].concat())
    };
    let (mut each, mut count) = (Vec::new(), 0);
    for _ in 0..rounds {
        let without = play("--no-incidents");
        let with = play("--incidents");
        let text = std::fs::read(Path::new(&out).join("incidents.csv")).expect("rows are written");
        count = text.iter().filter(|&&b| b == b'\n').count() - 1;
        each.push((with.cpu - without.cpu) / count as f64);
        if each.len() == rounds {
            let words = text.chunks_exact(8).map(|c| u64::from_le_bytes(c.try_into().unwrap()));
            println!("   {count} rows, {} bytes, hash {:016x}", text.len(), hash(words));
        }
    }
    assert!(count > 0, "no incident at all");
    table.add("a row of an incident", Demand::AtMost(200.0, 200.0), Sample::of(each), "ns");
}

/// A sweep without folders of points, from its start to its end, over the points' own simulation with as many
/// threads: by the clock, and in processor time, which others on the machine disturb less.
pub fn sweep(size: Size, table: &mut Table) {
    let cases: &[(u32, u32, f64)] = match size {
        Size::Test => &[(6, 4, f64::MAX)],
        Size::Quick => &[(50, 100, 1.3), (1_000, 30, 1.1)],
        Size::Usual => &[(50, 400, 1.3), (1_000, 100, 1.1)],
        Size::Full => &[(50, 1_000, 1.3), (1_000, 1_000, 1.1)],
    };
    for &(servers, points, most) in cases {
        let rounds = if size == Size::Test || servers > 50 { 1 } else { 3 };
        let folder = tempfile::tempdir().expect("a folder for the sweep");
        let file = write_sweep(folder.path(), servers, points);
        let out = folder.path().join("out").display().to_string();
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let all = threads.to_string();
        let words = [PROGRAM, "sweep", &file, "--threads", &all, "--quiet", "--force"];
        let words = [&words[..], &["--out", &out][..]].concat();
        let (mut busy, mut clock) = (Vec::new(), Vec::new());
        let mut found = 0;
        for _ in 0..rounds {
            let own = own_simulation(Path::new(&file), threads);
            let whole = usage_of(&words);
            busy.push(whole.cpu / own.busy);
            clock.push(whole.wall / own.wall);
            found = own.hash;
        }
        println!("   {points} points of {servers} servers: hash {found:016x}");
        let name = format!("sweep of {points} points, {servers} servers each, over the simulation");
        let demand = || if most == f64::MAX { Demand::None } else { Demand::AtMost(most, most) };
        table.add(&format!("{name}, clock, {all} threads"), demand(), Sample::of(clock), "times");
        table.add(&format!("{name}, processor"), demand(), Sample::of(busy), "times");
    }
}

fn write_sweep(folder: &Path, servers: u32, points: u32) -> String {
    let scenario = format!(
        "name = \"point\"\nprofile = \"azure-flexible-2026\"\nseed = 3\nduration = \"1y\"\n\
         [replications]\ncount = 10\nenvironment = \"natural\"\n[[region]]\nname = \"r\"\n\
         [[servers]]\ngroup = \"a\"\ncount = {}\nregion = \"r\"\nsku = \"Standard_D4ds_v5\"\n\
         high_availability = \"zone-redundant\"\n\
         [[servers]]\ngroup = \"b\"\ncount = {}\nregion = \"r\"\nsku = \"Standard_D4ds_v5\"\n",
        servers / 2,
        servers - servers / 2
    );
    let sweep = format!(
        "scenario = \"point.toml\"\n[[axis]]\nkey = \"standby.detection\"\nfrom = \"5s\"\n\
         to = \"60s\"\nsteps = {points}\n"
    );
    std::fs::write(folder.join("point.toml"), scenario).expect("can be written");
    let file = folder.join("sweep.toml");
    std::fs::write(&file, sweep).expect("can be written");
    file.display().to_string()
}

/// What playing alone took.
struct Own {
    /// By the clock, ns.
    wall: f64,
    /// Processor time of all threads, ns.
    busy: f64,
    hash: u64,
}

/// Plays and tallies all points and nothing else: reading, estimating and writing are left out. Threads take
/// points one after another.
fn own_simulation(file: &Path, threads: usize) -> Own {
    let sweep = SweepFile::read(file, &[]).unwrap_or_else(|c| panic!("{}", c.lines()));
    let sweep = Sweep::new(sweep, threads).unwrap_or_else(|_| panic!("all points are valid"));
    let wants = Wants { rows: false, timeline: false, peaks: true, servers: false };
    let play = |index: usize| {
        let scenario = sweep.scenario(index).unwrap_or_else(|c| panic!("{}", c.lines()));
        let Stop::Count(replications) = scenario.replications.stop else {
            unreachable!("a count is given")
        };
        let begun = Instant::now();
        let (busy, hash) = timed(|| {
            let mut player = Player::wanting(scenario.fleet, false, Stratum::Natural, wants);
            player.play(player.cells() * u64::from(replications));
            player.count.hash
        });
        (begun.elapsed().as_nanos() as f64, busy, hash)
    };
    let next = AtomicUsize::new(0);
    let all = sweep.points.len();
    let work = || {
        let claim = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < all);
        std::iter::from_fn(|| claim().map(|i| (i, play(i)))).collect::<Vec<_>>()
    };
    let mut played: Vec<(usize, (f64, f64, u64))> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|w| w.join().expect("a worker ends well")).collect()
    });
    played.sort_by_key(|p| p.0);
    // What is not playing is left out of the clock as well.
    let wall = played.iter().map(|p| p.1.0).sum::<f64>() / threads as f64;
    let busy = played.iter().map(|p| p.1.1).sum();
    Own { wall, busy, hash: hash(played.iter().map(|p| p.1.2)) }
}
