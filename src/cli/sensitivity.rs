//! `sweep --tornado`, `--morris`, `--sobol-indices`: what a result rests on.

use super::arguments::{Common, SweepArguments};
use super::files::{Files, Started};
use super::run::failed;
use super::words::quoted;
use super::{Exit, check, print, sweep};
use crate::experiment::sensitivity::{Found, StudyFailure, find};
use crate::experiment::{Method, Plan, Study, Target, join_of, series};
use crate::report::{self, Folder, SensitivityPoint, SweepAbout};
use crate::scenario::{SweepFile, measured};
use std::path::Path;

/// The analysis that is asked for.
pub fn method(how: &SweepArguments) -> Option<Method> {
    match () {
        () if how.tornado => Some(Method::Tornado),
        () if how.morris => Some(Method::Morris(how.trajectories)),
        () if how.sobol_indices => Some(Method::SobolIndices(how.rows)),
        () => None,
    }
}

/// The words of the command that ask for it.
pub fn words(how: &SweepArguments) -> String {
    let size = match method(how) {
        None => return String::new(),
        Some(Method::Tornado) => String::new(),
        Some(Method::Morris(n)) => format!(" --trajectories {n}"),
        Some(Method::SobolIndices(n)) => format!(" --rows {n}"),
    };
    let word = method(how).map_or("", Method::word);
    format!(" --{word}{size} --metric {}", quoted(&how.metric))
}

/// Reads the file and plans the analysis; prints what is wrong.
pub fn load(path: &Path, method: Method, metric: &str, common: &Common) -> Result<Study, Exit> {
    let changes = check::overrides(common)?;
    let complain = |complaints: &_| {
        check::complain(complaints);
        Exit::Invalid
    };
    let file = SweepFile::read_for_study(path, &changes).map_err(|c| complain(&c))?;
    let (metric, scope) = measured(metric, &file.base).map_err(|c| {
        check::complain(&c);
        Exit::Usage
    })?;
    let target = Target { metric, kind: scope.kind, name: scope.name };
    Study::new(file, method, target, common.threads()).map_err(|failure| match failure {
        StudyFailure::Impossible(why) => {
            failed(&why);
            Exit::Invalid
        }
        StudyFailure::Scenario(complaints) => complain(&complaints),
        StudyFailure::Points(invalid) => sweep::complain_of_points(&invalid),
    })
}

/// Joins the parts of every point, for which it asks in order, writes what was found and prints the answer.
pub fn write(
    about: &SweepAbout,
    plan: &Plan,
    target: &Path,
    common: &Common,
    started: Started,
    mut of_point: impl FnMut(usize) -> Result<sweep::Found, String>,
) -> Result<Exit, String> {
    let folder = Folder::open(target, common.force).map_err(|e| e.to_string())?;
    let (mut found, mut points, mut events) = (Vec::new(), Vec::new(), 0);
    for index in 0..about.points.len() {
        let sweep::Found::Parts(scenario, parts) = of_point(index)? else {
            return Err(format!("point {}: what is kept of it is of no use here", index + 1));
        };
        let series = series(&parts);
        // The estimate that is watched is made apart.
        let outcome = join_of(&scenario, sweep::wants(false), parts, &|_| false)
            .map_err(|why| format!("point {}: {why}", index + 1))?;
        let at = Found::of(plan, &outcome, series);
        events += outcome.events;
        points.push(SensitivityPoint::of(&outcome, at.estimate()));
        found.push(at);
    }
    let findings = find(plan, &found).map_err(|e| e.to_string())?;
    let charts = match common.no_charts {
        true => Vec::new(),
        false => report::sensitivity_charts(about, &findings),
    };
    let tables = report::sensitivity_files(about, plan, &findings, &points);
    let all = Files { tables, charts, events, started };
    all.write(folder, common, || report::sensitivity_summary(about, &findings, print::columns()))
}
