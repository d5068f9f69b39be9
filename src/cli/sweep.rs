//! `sweep`: plays a scenario at many points and writes one table, or a part of it.

use super::arguments::{Common, SweepArguments};
use super::files::{Files, Started};
use super::kept_rows::KeptRows;
use super::points::Work;
use super::run::{failed, target};
use super::words::command;
use super::{Exit, check, merge, print, sensitivity, words};
use crate::experiment::sweep::Invalid;
use crate::experiment::{Outcome, Part, Sweep, join_of};
use crate::measure::Wants;
use crate::report::{self, Folder, ScenarioCopy, SweepAbout, SweepCharts, SweepPoint, SweepTable};
use crate::scenario::{Scenario, Stop, SweepFile};
use std::path::Path;

/// What is measured at every point.
pub fn wants(folders: bool) -> Wants {
    Wants { rows: folders, timeline: folders, peaks: true, servers: folders }
}

/// Plays a sweep.
pub fn sweep(how: &SweepArguments, common: &Common) -> Exit {
    let path = how.file.as_path();
    let (sweep, plan) = match sensitivity::method(how) {
        None => match load(path, common) {
            Ok(sweep) => (sweep, None),
            Err(exit) => return exit,
        },
        Some(method) => match sensitivity::load(path, method, &how.metric, common) {
            Ok(study) => (study.sweep, Some(study.plan)),
            Err(exit) => return exit,
        },
    };
    let scenario_path = path.parent().unwrap_or(Path::new("")).join(&sweep.file.scenario);
    let about = SweepAbout::of(
        &sweep,
        plan,
        command_of(how, common),
        command("run", &[&scenario_path], common),
        how.points,
    );
    let target = target(&sweep.file.name, common);
    match how.shard {
        None => whole(&sweep, &with_charts(about, common), &target, how, common),
        Some(shard) => part(&sweep, &about, &merge::Place { whole: &target, shard }, how, common),
    }
}

/// Plays a whole sweep and writes its folder.
fn whole(
    sweep: &Sweep,
    about: &SweepAbout,
    target: &Path,
    how: &SweepArguments,
    common: &Common,
) -> Exit {
    if let Err(error) = report::check_place(target, common.force) {
        return failed(&error.to_string());
    }
    let started = Started::here();
    let work = match Work::open(target, sweep, about, how, common) {
        Ok(work) => work,
        Err(exit) => return exit,
    };
    if let Err(exit) = work.play(common) {
        return exit;
    }
    // Folders of points take longer than their play: an interruption need not wait for all of them.
    let mut stopped = false;
    let written = write(about, target, common, started, |index| {
        stopped = work.is_stopped();
        if stopped { Err(String::new()) } else { work.found(index) }
    });
    match written {
        Ok(exit) => {
            work.remove();
            exit
        }
        Err(_) if stopped => work.interrupted(),
        Err(error) => failed(&error),
    }
}

/// Plays a shard of a sweep and writes a part.
fn part(
    sweep: &Sweep,
    about: &SweepAbout,
    place: &merge::Place<'_>,
    how: &SweepArguments,
    common: &Common,
) -> Exit {
    let shard = place.shard;
    let precise =
        |i| sweep.scenario(i).is_ok_and(|s| matches!(s.replications.stop, Stop::Precision(_)));
    if (0..sweep.points.len()).any(precise) {
        return merge::no_shards_of_a_precision();
    }
    let file = match merge::part_path(place.whole, shard, common) {
        Ok(file) => file,
        Err(error) => return failed(&error),
    };
    let work = match Work::open(&file, sweep, about, how, common) {
        Ok(work) => work,
        Err(exit) => return exit,
    };
    if let Err(exit) = work.play(common) {
        return exit;
    }
    let one = |index: usize| match work.found(index)? {
        Found::Parts(scenario, mut parts) => {
            let part = parts.pop().ok_or("a point has no part")?;
            Ok((ScenarioCopy::of(&scenario)?, part))
        }
        Found::Point(_) => Err("a shard holds a whole point".to_string()),
    };
    match (0..sweep.points.len()).map(one).collect() {
        Ok(points) => {
            let rows = KeptRows::asked(common);
            let body = merge::SweepPart { about: about.clone(), rows, shard, points };
            let exit = merge::write_part(&file, &report::seal(merge::SWEEP_PART, &body), common);
            if exit == Exit::Done {
                work.remove();
            }
            exit
        }
        Err(error) => failed(&error),
    }
}

/// Reads a sweep file, and prints what is wrong with it.
fn load(path: &Path, common: &Common) -> Result<Sweep, Exit> {
    let changes = check::overrides(common)?;
    let file = SweepFile::read(path, &changes).map_err(|complaints| {
        check::complain(&complaints);
        Exit::Invalid
    })?;
    refuse_idle(&file)?;
    Sweep::new(file, common.threads()).map_err(|invalid| complain_of_points(&invalid))
}

/// Refuses the options that an axis overrides at every point, all at once.
fn refuse_idle(file: &SweepFile) -> Result<(), Exit> {
    let idle = file.idle();
    for (change, axis) in &idle {
        let (option, key) = (change.words(), &axis.key);
        print::message(&format!(
            "error: {option} would change nothing: the axis `{key}` gives every point a value of its own\n  \
             leave the option out, or the axis"
        ));
    }
    if idle.is_empty() { Ok(()) } else { Err(Exit::Usage) }
}

/// Prints which points are not valid.
pub fn complain_of_points(invalid: &Invalid) -> Exit {
    for (number, values, complaints) in invalid {
        print::message(&format!("error: point {number} is not valid: {values}"));
        check::complain(complaints);
    }
    Exit::Invalid
}

/// What the files say, with what their commands say of charts.
pub fn with_charts(about: SweepAbout, common: &Common) -> SweepAbout {
    SweepAbout {
        command: words::with_charts(about.command, common),
        point_command: words::with_charts(about.point_command, common),
        ..about
    }
}

/// The command that repeats it.
pub fn command_of(how: &SweepArguments, common: &Common) -> String {
    let mut words = command("sweep", &[&how.file], common);
    if how.points {
        words += " --points";
    }
    words + &sensitivity::words(how)
}

/// What is known of a point when the files are written.
pub enum Found {
    /// Its scenario and all parts of it.
    Parts(Box<Scenario>, Vec<Part>),
    /// What the files say of it, and no more.
    Point(Box<SweepPoint>),
}

/// What a point without a folder of its own is told by: the parts of it joined.
pub fn join_point(
    scenario: &Scenario,
    index: usize,
    parts: Vec<Part>,
    folders: bool,
) -> Result<Outcome, String> {
    // A point without a folder of its own has no place for the others.
    let wanted = |kind| folders || report::in_sweep(kind);
    join_of(scenario, wants(folders), parts, &wanted)
        .map_err(|why| format!("point {}: {why}", index + 1))
}

/// Writes the files of a sweep and prints the table; asks for each point once, in order.
pub fn write(
    about: &SweepAbout,
    target: &Path,
    common: &Common,
    started: Started,
    mut found: impl FnMut(usize) -> Result<Found, String>,
) -> Result<Exit, String> {
    if let Some(plan) = &about.plan {
        return sensitivity::write(about, plan, target, common, started, found);
    }
    let folder = Folder::open(target, common.force).map_err(|e| e.to_string())?;
    let (mut table, mut charts) = (SweepTable::new(about), SweepCharts::new(about));
    let (mut lines, mut events, mut exit) = (Vec::new(), 0, Exit::Done);
    for index in 0..about.points.len() {
        let point = match found(index)? {
            Found::Point(point) => *point,
            Found::Parts(scenario, parts) => {
                let outcome = join_point(&scenario, index, parts, about.folders)?;
                if about.folders {
                    write_point(&folder, about, index, &scenario, &outcome, common)?;
                }
                SweepPoint::of(&scenario, &outcome)
            }
        };
        table.add(&point);
        charts.add(&point.drawn);
        events += point.events;
        if point.precision_reached == Some(false) {
            exit = Exit::Undecided;
        }
        lines.push(point.cells);
    }
    let drawn = if common.no_charts { Vec::new() } else { charts.charts() };
    let all = Files { tables: table.files(), charts: drawn, events, started };
    let summary = || report::sweep_summary(about, &lines, print::columns());
    Ok(match all.write(folder, common, summary)? {
        Exit::Done => exit,
        failed => failed,
    })
}

/// Writes the folder of a point.
fn write_point(
    folder: &Folder,
    about: &SweepAbout,
    index: usize,
    scenario: &Scenario,
    outcome: &Outcome,
    common: &Common,
) -> Result<(), String> {
    let inside = format!("{}/", report::point_folder(index, about.points.len()));
    for (name, bytes) in report::files(scenario, outcome, &about.point(index)) {
        folder.write(&format!("{inside}{name}"), &bytes).map_err(|e| e.to_string())?;
    }
    report::write_long_tables(folder, &inside, scenario, outcome).map_err(|e| e.to_string())?;
    if !common.no_charts {
        for chart in report::charts(scenario, outcome) {
            for (name, bytes) in [report::drawing(&chart), report::picture(&chart)?] {
                folder.write(&format!("{inside}{name}"), &bytes).map_err(|e| e.to_string())?;
            }
        }
    }
    Ok(())
}
