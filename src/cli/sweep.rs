//! `sweep`: plays a scenario at many points, keeps what is finished, and writes one table.

use super::arguments::{Common, SweepArguments};
use super::progress::Bar;
use super::run::{cancel_on_interrupt, command, failed, target, write_charts};
use super::{Exit, check, merge, print, sensitivity};
use crate::experiment::sweep::Invalid;
use crate::experiment::{
    Failure, Part, RowFormat, Shard, Sweep, SweepFailure, SweepOptions, join_of,
};
use crate::measure::Wants;
use crate::report::{
    self, Folder, IncidentRows, ScenarioCopy, SweepAbout, SweepCharts, SweepTable, Workplace,
    WorkplaceError, scenario_digest,
};
use crate::scenario::{Scenario, Stop, SweepFile};
use std::path::Path;

/// What is kept of a finished point: the digest of its scenario, and what was found.
type Record = (String, Part);

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
        words(how, common),
        command("run", &[&scenario_path], common),
        how.points,
    );
    let target = target(&sweep.file.name, common);
    match how.shard {
        None => whole(&sweep, &about, &target, how, common),
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
    let place = match open(target, about, how, common) {
        Ok(place) => place,
        Err(exit) => return exit,
    };
    let started = std::time::Instant::now();
    if let Err(exit) = play(sweep, about, &place, Shard::WHOLE, common) {
        return exit;
    }
    let written = write(about, target, common, started, |index| {
        let scenario = sweep.scenario(index).map_err(|c| c.lines())?;
        let (_, part): Record = place.record(index).ok_or("a finished point is gone")?;
        Ok((scenario, vec![part]))
    });
    match written {
        Ok(exit) => {
            // The results are in place: a folder that cannot be removed does no harm.
            let _ = place.remove();
            exit
        }
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
    let place = match open(&file, about, how, common) {
        Ok(place) => place,
        Err(exit) => return exit,
    };
    if let Err(exit) = play(sweep, about, &place, shard, common) {
        return exit;
    }
    let one = |index: usize| -> Result<(ScenarioCopy, Part), String> {
        let scenario = sweep.scenario(index).map_err(|c| c.lines())?;
        let (_, part): Record = place.record(index).ok_or("a finished point is gone")?;
        Ok((ScenarioCopy::of(&scenario)?, part))
    };
    match (0..sweep.points.len()).map(one).collect() {
        Ok(points) => {
            let body = merge::SweepPart { about: about.clone(), shard, points };
            let exit = merge::write_part(&file, &report::seal(merge::SWEEP_PART, &body), common);
            if exit == Exit::Done {
                let _ = place.remove();
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
    Sweep::new(file).map_err(|invalid| complain_of_points(&invalid))
}

/// Prints which points are not valid.
pub fn complain_of_points(invalid: &Invalid) -> Exit {
    for (number, values, complaints) in invalid {
        print::message(&format!("error: point {number} is not valid: {values}"));
        check::complain(complaints);
    }
    Exit::Invalid
}

fn words(how: &SweepArguments, common: &Common) -> String {
    let mut words = command("sweep", &[&how.file], common);
    if how.points {
        words += " --points";
    }
    words + &sensitivity::words(how)
}

fn open(
    target: &Path,
    about: &SweepAbout,
    how: &SweepArguments,
    common: &Common,
) -> Result<Workplace, Exit> {
    let identity = [
        ("base scenario", about.scenario_digest.clone()),
        ("sweep", about.digest()),
        ("shard", how.shard.unwrap_or(Shard::WHOLE).to_string()),
        ("kind of rows", format!("{:?}", (common.incidents, common.no_incidents))),
    ];
    let identity = identity.map(|(name, fact)| (name.to_string(), fact));
    Workplace::open(target, &identity, how.resume, common.force).map_err(|error| {
        let exit = failed(&error.to_string());
        if matches!(error, WorkplaceError::Other(..)) { Exit::Invalid } else { exit }
    })
}

/// Plays the points that are missing, and keeps each.
fn play(
    sweep: &Sweep,
    about: &SweepAbout,
    place: &Workplace,
    shard: Shard,
    common: &Common,
) -> Result<(), Exit> {
    let digest = |index| sweep.scenario(index).map(|s| scenario_digest(&s));
    let fits = |&index: &usize| {
        let record: Option<Record> = place.record(index);
        record.is_some_and(|(d, part)| part.shard == shard && digest(index).is_ok_and(|n| n == d))
    };
    let all = sweep.points.len();
    let done: Vec<usize> = (0..all).filter(fits).collect();
    let missing: Vec<usize> = (0..all).filter(|i| done.binary_search(i).is_err()).collect();
    let cancel = cancel_on_interrupt();
    let bar = Bar::points(!common.quiet && !common.no_progress, all, done.len());
    let rows = |s: &Scenario| -> Box<dyn RowFormat> { Box::new(IncidentRows::new(s)) };
    let options = SweepOptions {
        threads: common.threads(),
        shard,
        progress: &bar,
        cancel: &cancel,
        wants: wants(about.folders),
        format: (about.folders && !common.no_incidents).then_some(&rows),
        all_rows: common.incidents,
        follow: about.plan.as_ref().map(|p| &p.target),
    };
    let result = sweep.play(&missing, &options, |index, part| {
        let digest = digest(index).map_err(|c| std::io::Error::other(c.lines()))?;
        place.keep(index, &(digest, part))?;
        bar.step();
        Ok::<(), std::io::Error>(())
    });
    bar.finish();
    result.map_err(|failure| match failure {
        SweepFailure::Run(_, Failure::Cancelled) => {
            let kept = (0..all).filter(|&i| place.record::<Record>(i).is_some()).count();
            print::message(&format!(
                "interrupted: {kept} of {all} points are kept\n  go on with: the same command and --resume"
            ));
            Exit::Interrupted
        }
        SweepFailure::Run(index, why) => {
            failed(&format!("point {} ({}): {why}", index + 1, sweep.describe(index)))
        }
        SweepFailure::Invalid(index, complaints) => {
            print::message(&format!("error: point {} is not valid any more", index + 1));
            check::complain(&complaints);
            Exit::Invalid
        }
        SweepFailure::Taker(error) => {
            failed(&format!("cannot keep a point in {}: {error}", place.path().display()))
        }
    })
}

/// Joins the parts of every point, writes the files and prints the table.
pub fn write(
    about: &SweepAbout,
    target: &Path,
    common: &Common,
    started: std::time::Instant,
    parts: impl Fn(usize) -> Result<(Scenario, Vec<Part>), String>,
) -> Result<Exit, String> {
    if let Some(plan) = &about.plan {
        return sensitivity::write(about, plan, target, common, started, parts);
    }
    let folder = Folder::open(target, common.force).map_err(|e| e.to_string())?;
    let all = about.points.len();
    let (mut table, mut lines, mut events) = (SweepTable::new(about), Vec::new(), 0);
    let mut charts = SweepCharts::new(about);
    let mut exit = Exit::Done;
    for index in 0..all {
        let (scenario, parts) = parts(index)?;
        // A point without a folder of its own has no place for the others.
        let wanted = |kind| about.folders || report::in_sweep(kind);
        let outcome = join_of(&scenario, wants(about.folders), parts, &wanted)
            .map_err(|why| format!("point {}: {why}", index + 1))?;
        table.add(&scenario, &outcome);
        charts.add(&scenario, &outcome);
        lines.push(report::sweep_cells(&outcome));
        events += outcome.events;
        if outcome.precision_reached == Some(false) {
            exit = Exit::Undecided;
        }
        if about.folders {
            let inside = report::point_folder(index, all);
            for (name, bytes) in report::files(&scenario, &outcome, &about.point(index)) {
                folder.write(&format!("{inside}/{name}"), &bytes).map_err(|e| e.to_string())?;
            }
            let inside = format!("{inside}/");
            report::write_long_tables(&folder, &inside, &scenario, &outcome)
                .map_err(|e| e.to_string())?;
            if !common.no_charts {
                write_charts(&folder, &inside, &report::charts(&scenario, &outcome))?;
            }
        }
    }
    let files = table.files();
    for (name, bytes) in &files {
        folder.write(name, bytes).map_err(|e| e.to_string())?;
    }
    if !common.no_charts {
        write_charts(&folder, "", &charts.charts())?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let timing = report::timing_json(seconds, common.threads(), events);
    folder.write(report::TIMING, &timing).map_err(|e| e.to_string())?;
    let place = report::finish(folder)?;
    if common.json {
        let manifest = files.iter().find(|f| f.0 == report::MANIFEST);
        print::data(&manifest.map_or("".into(), |f| String::from_utf8_lossy(&f.1)));
    } else if !common.quiet {
        let text = report::sweep_summary(about, &lines);
        print::data(&format!("{text}\nwrote {}\n", place.display()));
    }
    Ok(exit)
}
