//! A study: a plan together with the sweep that plays its points.

use super::plan::{Method, Plan};
use super::{Moved, Target};
use crate::experiment::run::environment_for;
use crate::experiment::sweep::{Invalid, Sweep};
use crate::scenario::factor::{self, Factor, Factors};
use crate::scenario::{Complaints, Override, Stop, SweepFile};

/// Most points of a study.
const MOST: usize = crate::scenario::sweep_file::MOST_POINTS as usize;

/// A plan and its points.
#[derive(Clone, Debug)]
pub struct Study {
    /// The points; the first one is the base.
    pub sweep: Sweep,
    /// What they are for.
    pub plan: Plan,
}

/// Why there is no study.
#[derive(Debug)]
pub enum StudyFailure {
    /// What is asked for cannot be done.
    Impossible(String),
    /// The scenario is not valid.
    Scenario(Complaints),
    /// Points that are not valid.
    Points(Invalid),
}

impl Study {
    /// Plans a study of a scenario (`file` without axes: its own parameters are moved) or of the axes of a
    /// sweep file; checks its points with so many threads.
    pub fn new(
        mut file: SweepFile,
        method: Method,
        target: Target,
        threads: usize,
    ) -> Result<Study, StudyFailure> {
        if matches!(file.base.replications.stop, Stop::Precision(_)) {
            return Err(StudyFailure::Impossible(
                "a precision target decides how many replications there are, so points cannot be \
                 paired\n  give a count with --replications"
                    .to_string(),
            ));
        }
        settle_environment(&mut file).map_err(StudyFailure::Scenario)?;
        let whole = file.axes.is_empty();
        let Factors { mut all, left_out } = match whole {
            true => factor::factors(&file.source, &file.common, &file.base, &target.metric),
            false => factor::of_axes(&file.axes, &file.base),
        };
        if all.is_empty() {
            return Err(StudyFailure::Impossible(
                "nothing can be moved: no assumed or published parameter of a profile is used\n  \
                 name some with [[axis]] in a sweep file"
                    .to_string(),
            ));
        }
        let mut plan = Plan {
            method,
            target,
            seed: file.base.fleet.seed,
            moved: all.iter().map(moved).collect(),
            left_out,
            ends: Vec::new(),
        };
        file.name = format!("{}-{}", file.name, method.word());
        loop {
            let points = points(&mut plan, &all)?;
            file.points = u32::try_from(points.len()).ok();
            file.axes = all.iter().map(|f| f.axis.clone()).collect();
            match Sweep::at(file.clone(), points, threads) {
                Ok(sweep) => return Ok(Study { sweep, plan }),
                Err(invalid) => match at_odds(&all, &invalid).filter(|_| whole && all.len() > 1) {
                    Some((index, why)) => plan.leave_out(all.remove(index).name, index, why),
                    None => return Err(StudyFailure::Points(invalid)),
                },
            }
        }
    }
}

/// Every point draws its environment in one manner, so that replications pair.
fn settle_environment(file: &mut SweepFile) -> Result<(), Complaints> {
    let Stop::Count(count) = file.base.replications.stop else { return Ok(()) };
    let asked = file.base.replications.environment;
    let word = environment_for(&file.base.fleet, asked, u64::from(count)).word();
    let path = "replications.environment".to_string();
    file.common.push(Override { path, value: format!("\"{word}\"") });
    file.base = file.source.scenario(&file.common)?;
    Ok(())
}

/// The parameter of a profile that is not valid together with what others are moved to, and why: the
/// number of racks of a zone must suit its halls, say.
fn at_odds(all: &[Factor], invalid: &Invalid) -> Option<(usize, String)> {
    let complaint = invalid.iter().flat_map(|(.., complaints)| complaints.iter()).next()?;
    let index = all.iter().position(|f| f.axis.sets(&complaint.key))?;
    Some((index, format!("not valid together with others: {}", complaint.message())))
}

fn moved(factor: &Factor) -> Moved {
    let set = [0, 1].map(|which| {
        let changes = factor.end(which).map(|value| factor.axis.set(&value));
        changes.unwrap_or_default().into_iter().map(|c| (c.path, c.value)).collect()
    });
    Moved {
        parameter: factor.name.clone(),
        low: factor.low.clone(),
        base: factor.base.clone(),
        centre: factor.centre.clone(),
        high: factor.high.clone(),
        origin: factor.origin.clone(),
        source: factor.source.clone(),
        date: factor.date.clone(),
        note: factor.note.clone(),
        set,
    }
}

/// The points of a plan, the base first; says which point each end of a tornado is.
fn points(plan: &mut Plan, factors: &[Factor]) -> Result<Vec<Vec<String>>, StudyFailure> {
    let base = vec![String::new(); factors.len()];
    let mut all = vec![base.clone()];
    let of_cube = match plan.method {
        Method::Tornado => {
            for (i, factor) in factors.iter().enumerate() {
                let ends = [0, 1].map(|which| {
                    let value = factor.end(which)?;
                    if factor.stays(which) {
                        return Some(0);
                    }
                    let mut point = base.clone();
                    point[i] = value;
                    all.push(point);
                    Some(all.len() - 1)
                });
                plan.ends.push(ends);
            }
            Vec::new()
        }
        Method::Morris(trajectories) => plan.paths(trajectories).points,
        Method::SobolIndices(rows) => plan.matrices(rows).points,
    };
    if all.len() + of_cube.len() > MOST {
        return Err(StudyFailure::Impossible(format!(
            "{} points are more than {MOST}\n  take fewer parameters, named with [[axis]] in a sweep \
             file, or fewer points of each",
            all.len() + of_cube.len()
        )));
    }
    let values = |x: &Vec<f64>| factors.iter().zip(x).map(|(f, &share)| f.axis.at(share)).collect();
    all.extend(of_cube.iter().map(values));
    Ok(all)
}

impl std::fmt::Display for StudyFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StudyFailure::Impossible(why) => f.write_str(why),
            StudyFailure::Scenario(complaints) => f.write_str(&complaints.lines()),
            StudyFailure::Points(invalid) => {
                for (number, values, complaints) in invalid {
                    write!(f, "point {number} is not valid: {values}\n{}", complaints.lines())?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for StudyFailure {}
