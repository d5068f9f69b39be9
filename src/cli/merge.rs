//! `merge`: joins parts into the very files that one machine would have written.

use super::arguments::Common;
use super::files::Started;
use super::kept_rows::KeptRows;
use super::run::{conclude, failed, target, wants, write};
use super::{Exit, check, print, sweep, words};
use crate::experiment::{Misfit, Part, Shard, complete, join};
use crate::report::{self, About, Folder, ScenarioCopy, SweepAbout};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a part of a run is called inside.
pub const RUN_PART: &str = "part of a run";
/// What a part of a sweep is called inside.
pub const SWEEP_PART: &str = "part of a sweep";

/// The part of a run.
#[derive(Serialize, Deserialize)]
pub struct RunPart {
    /// The command that repeats the whole run.
    pub command: String,
    /// Which rows of incidents were kept.
    pub rows: KeptRows,
    /// What was played.
    pub scenario: ScenarioCopy,
    /// What was found.
    pub part: Part,
}

/// The part of a sweep.
#[derive(Serialize, Deserialize)]
pub struct SweepPart {
    /// The sweep.
    pub about: SweepAbout,
    /// Which rows of incidents were kept.
    pub rows: KeptRows,
    /// Which shard.
    pub shard: Shard,
    /// What was played and found at each point.
    pub points: Vec<(ScenarioCopy, Part)>,
}

/// Where the whole would go, and which part of it is played.
pub struct Place<'a> {
    /// The folder of the whole.
    pub whole: &'a Path,
    /// The shard.
    pub shard: Shard,
}

/// A precision needs all replications: a usage error.
pub fn no_shards_of_a_precision() -> Exit {
    print::message(
        "error: --shard does not go with a precision target: it needs all replications\n  \
         give a count with --replications",
    );
    Exit::Usage
}

/// The file of a part, beside the folder of the whole; refused if something else stands there.
pub fn part_path(whole: &Path, shard: Shard, common: &Common) -> Result<PathBuf, String> {
    let name = whole.file_name().ok_or(format!("{} has no name of its own", whole.display()))?;
    let mut name = name.to_os_string();
    name.push(format!(".part-{}-of-{}.json", shard.index, shard.of));
    let file = whole.with_file_name(name);
    if let Some(above) = file.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(above).map_err(|e| report::cannot_write(&file, &e, "DIR"))?;
    }
    if file.exists() && !common.force {
        let bytes = std::fs::read(&file).unwrap_or_default();
        if !report::is_sealed(&bytes) {
            return Err(format!(
                "{} exists and was not written by fleetsim\n  --force replaces it",
                file.display()
            ));
        }
    }
    Ok(file)
}

/// Writes a part, whole or not at all.
pub fn write_part(file: &Path, bytes: &[u8], common: &Common) -> Exit {
    match check::write_whole(file, bytes) {
        Ok(()) => {
            if !common.quiet {
                print::message(&format!("wrote {}", file.display()));
            }
            Exit::Done
        }
        Err(error) => failed(&report::cannot_write(file, &error, "DIR")),
    }
}

/// What to give instead of what is no part.
const PARTS: &str =
    "\n  give the files NAME.part-I-of-N.json that run --shard or sweep --shard wrote";

/// The bytes of a part. A device has no end.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if std::fs::metadata(path)?.is_file() {
        std::fs::read(path)
    } else {
        let what = "it is a folder or a device, no part";
        Err(std::io::Error::other(format!("{what}{PARTS}")))
    }
}

/// Joins parts.
pub fn merge(paths: &[PathBuf], common: &Common) -> Exit {
    let started = Started::with_parts();
    let (mut runs, mut sweeps, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for path in paths {
        let name = path.display();
        match read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                wrong.push(format!("{name}: there is no such file{PARTS}"))
            }
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok(bytes) => match report::kind(&bytes).as_deref() {
                Some(RUN_PART) => match report::open::<RunPart>(RUN_PART, &bytes) {
                    Ok(part) => runs.push((path, part)),
                    Err(why) => wrong.push(format!("{name}: {why}")),
                },
                Some(SWEEP_PART) => match report::open::<SweepPart>(SWEEP_PART, &bytes) {
                    Ok(part) => sweeps.push((path, part)),
                    Err(why) => wrong.push(format!("{name}: {why}")),
                },
                _ => wrong.push(format!("{name}: it is no part of a run or sweep{PARTS}")),
            },
        }
    }
    if wrong.is_empty() && !runs.is_empty() && !sweeps.is_empty() {
        wrong.push("parts of a run and parts of a sweep do not go together".to_string());
    }
    if wrong.is_empty() {
        foreign(&runs, |p| p.1.scenario.facts(), &mut wrong);
        foreign(&sweeps, |p| p.1.about.facts(), &mut wrong);
        other_rows(&runs, |p| p.1.rows, &mut wrong);
        other_rows(&sweeps, |p| p.1.rows, &mut wrong);
        let shards = runs.iter().map(|p| p.1.part.shard).chain(sweeps.iter().map(|p| p.1.shard));
        if let (true, Err(Misfit(why))) = (wrong.is_empty(), complete(&shards.collect::<Vec<_>>()))
        {
            wrong.push(format!(
                "{why}\n  give each part of one run or sweep once, from the first to the last"
            ));
        }
    }
    if !wrong.is_empty() {
        wrong.iter().for_each(|why| print::message(&format!("error: {why}")));
        return Exit::Invalid;
    }
    let first = runs.first().map(|p| (p.0, p.1.rows));
    if let Some((path, rows)) = first.or(sweeps.first().map(|p| (p.0, p.1.rows)))
        && let Err(exit) = rows_as_played(path, rows, common)
    {
        return exit;
    }
    let merged = if sweeps.is_empty() {
        merge_runs(runs.into_iter().map(|p| p.1).collect(), started, common)
    } else {
        merge_sweeps(sweeps.into_iter().map(|p| p.1).collect(), started, common)
    };
    merged.unwrap_or_else(|error| failed(&error))
}

/// Says which parts are of something else than the first one, and in what they differ.
fn foreign<P>(
    parts: &[(&PathBuf, P)],
    facts: impl Fn(&(&PathBuf, P)) -> Vec<(&'static str, String)>,
    wrong: &mut Vec<String>,
) {
    let Some((first, others)) = parts.split_first() else { return };
    let expected = facts(first);
    for other in others {
        for ((what, here), (_, there)) in expected.iter().zip(facts(other)) {
            if *here != there {
                wrong.push(format!(
                    "{} does not belong to {}: its {what} is {there}, not {here}",
                    other.0.display(),
                    first.0.display()
                ));
                break;
            }
        }
    }
}

/// Says which parts have other rows of incidents than the first one.
fn other_rows<P>(
    parts: &[(&PathBuf, P)],
    rows: impl Fn(&(&PathBuf, P)) -> KeptRows,
    wrong: &mut Vec<String>,
) {
    let Some((first, others)) = parts.split_first() else { return };
    for other in others.iter().filter(|p| rows(p) != rows(first)) {
        wrong.push(format!(
            "{} was played {}, {} {}\n  play one of them anew, so that both are alike",
            other.0.display(),
            rows(other).words(),
            first.0.display(),
            rows(first).words()
        ));
    }
}

/// Refuses rows of incidents that the parts have not, and the wish for none where they have some.
fn rows_as_played(path: &Path, rows: KeptRows, common: &Common) -> Result<(), Exit> {
    let asked = KeptRows::asked(common);
    if asked == KeptRows::Few || asked == rows {
        return Ok(());
    }
    let option = if common.incidents { "--incidents" } else { "--no-incidents" };
    print::message(&format!(
        "error: {option}: {} was played {}, which cannot be changed any more\n  \
         leave {option} out, or play the shards anew with it",
        path.display(),
        rows.words()
    ));
    Err(Exit::Usage)
}

fn merge_runs(parts: Vec<RunPart>, started: Started, common: &Common) -> Result<Exit, String> {
    let first = parts.first().ok_or("there is no part")?;
    let (scenario, command) = (first.scenario.scenario()?, first.command.clone());
    let mut outcome = join(&scenario, wants(true), parts.into_iter().map(|p| p.part).collect())
        .map_err(|e| e.to_string())?;
    let folder = Folder::open(&target(&scenario.name, common), common.force);
    let folder = folder.map_err(|e| e.to_string())?;
    let timing = started.timing(outcome.events, common);
    let about = About::this(words::with_charts(command, common));
    let place = write(&scenario, &mut outcome, &about, folder, &timing, common)?;
    Ok(conclude(&scenario, &outcome, &place, common))
}

fn merge_sweeps(parts: Vec<SweepPart>, started: Started, common: &Common) -> Result<Exit, String> {
    let about = parts.first().ok_or("there is no part")?.about.clone();
    let about = sweep::with_charts(about, common);
    if let Some(short) = parts.iter().find(|p| p.points.len() != about.points.len()) {
        return Err(format!("shard {} holds only {} points", short.shard, short.points.len()));
    }
    // Points are asked for in order: each gives away what was found of it.
    let mut shards: Vec<_> = parts.into_iter().map(|p| p.points.into_iter()).collect();
    sweep::write(&about, &target(&about.name, common), common, started, |_| {
        let (copies, parts): (Vec<ScenarioCopy>, Vec<Part>) =
            shards.iter_mut().filter_map(Iterator::next).unzip();
        let scenario = copies.first().ok_or("a point has no part")?.scenario()?;
        Ok(sweep::Found::Parts(Box::new(scenario), parts))
    })
}
