//! Recovery times: how many incidents are over within how long, by the way they ended.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale};
use super::palette::{self, Colour, INK, MUTED};
use super::picture::{Pen, Picture, Type, WIDTH, plain};
use super::ticks::{self, Tick};
use super::{Chart, Run};
use crate::measure::Kind;
use crate::measure::metric::Of;
use crate::measure::table::{Point, distribution, recovery_by_path};
use crate::model::record::RecoveryPath;
use crate::report::human;

/// Shortest time that has a place.
pub const SHORTEST: f64 = 0.001;
/// Most objectives.
const OBJECTIVES: usize = 3;
/// Distance of names.
const STEP: f64 = 52.0;

/// Width of the line of a path.
const WIDEST: f64 = 3.5;

struct Line {
    name: String,
    note: String,
    colour: Colour,
    width: f64,
    points: Vec<Point>,
}

/// The chart; none where no incident ended.
pub fn chart(run: Run<'_>) -> Option<Chart> {
    let lines = lines(run);
    let ends = || lines.iter().flat_map(|l| &l.points).map(|p| (p.from, p.to));
    let least = ends().map(|p| p.0).reduce(f64::min)?.max(SHORTEST);
    let most = ends().map(|p| p.1).reduce(f64::max)?.max(least);
    let mut objectives = objectives(run);
    // More lines than that hide the curves.
    let asked = objectives.len();
    objectives.truncate(OBJECTIVES);
    let wanted = || objectives.iter().map(|o| o.0);
    let least = wanted().fold(least, f64::min).max(SHORTEST);
    let (low, high) = ticks::duration_ends(least, wanted().fold(most, f64::max));

    let title = "Recovery time by recovery path";
    let mut picture = Picture::default();
    let how = "The share of incidents that are over within a time. Further left is faster; \
        planned ones count for their path, not for “unplanned”.";
    frame::heading(&mut picture, title, how);
    let plot = Plot { left: 150.0, right: WIDTH - 330.0, top: 190.0, bottom: 745.0 };
    let x = Scale::log(low, high, plot.left, plot.right);
    let y = Scale::linear(0.0, 1.0, plot.bottom, plot.top);
    frame::left(&mut picture, plot, &y, &shares(), "incidents that are over");
    let axis = "recovery time (logarithmic)";
    frame::bottom(&mut picture, plot, &x, &ticks::durations(low, high), axis);
    // The tightest has the highest label, which runs over the others.
    for (index, (at, text)) in objectives.iter().rev().enumerate() {
        let (at, above) = (x.at(*at), plot.top - 14.0 - 23.0 * index as f64);
        picture.dashes((at, above - 12.0), (at, plot.bottom), 9.0, Pen::new(INK, 2.5));
        picture.cut((at + 9.0, above), text, plain(NOTE), 460.0);
    }
    // That of all lies below, wider, so that a path that is all of them shows both.
    let all = lines.iter().filter(|line| line.width > WIDEST);
    for line in all.chain(lines.iter().rev().filter(|line| line.width <= WIDEST)) {
        step(&mut picture, &line.points, Pen::new(line.colour, line.width), &x, &y);
    }
    labels(&mut picture, &lines, plot);
    if asked > OBJECTIVES {
        let text = format!("the {OBJECTIVES} tightest of {asked} objectives");
        frame::note(&mut picture, &text);
    }
    let note = "curves: Kaplan–Meier over incidents, those that the horizon cut counted as \
        longer, replications weighted by their strata; no interval is drawn";
    let said = frame::caption(&mut picture, run.scenario, run.outcome, note);
    Some(Chart {
        name: "recovery".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

fn lines(run: Run<'_>) -> Vec<Line> {
    let (total, book) = (&run.outcome.total, &run.outcome.book);
    let mut lines = Vec::new();
    let fleet = |metric: &str| run.outcome.estimate(Kind::Fleet, "fleet", metric)?.value;
    let points =
        book.scope(Kind::Fleet, "fleet").map(|s| distribution(total, book, s, Of::Recovery));
    if let Some(points) = points.filter(|p| !p.is_empty()) {
        let says = |metric, word| fleet(metric).map(|v| format!("{word} {}", human::time(v)));
        let note = [says("recovery_time_p50", "p50"), says("recovery_time_p95", "p95")];
        lines.push(Line {
            name: "all unplanned".to_string(),
            note: note.into_iter().flatten().collect::<Vec<_>>().join(", "),
            colour: INK,
            width: WIDEST + 4.0,
            points,
        });
    }
    for &path in RecoveryPath::ALL.iter().filter(|p| **p != RecoveryPath::Lost) {
        let (points, seen) = recovery_by_path(total, book, path);
        if !points.is_empty() {
            let p95 = points.iter().find(|p| p.upto >= 0.95).map(|p| human::time(p.to));
            let mut note = format!("n = {}", human::count(seen));
            if let Some(p95) = p95 {
                note += &format!(", p95 {p95}");
            }
            let name = path.word().to_string();
            lines.push(Line { name, note, colour: palette::path(path), width: WIDEST, points });
        }
    }
    lines
}

/// Objectives of recovery time, each once, with the groups that have it.
fn objectives(run: Run<'_>) -> Vec<(f64, String)> {
    let mut found: Vec<(u64, Vec<&str>)> = Vec::new();
    for group in run.scenario.fleet.groups.iter().filter(|g| !g.other_tenant) {
        let Some(rto) = group.objectives.rto else { continue };
        match found.iter_mut().find(|f| f.0 == rto.0) {
            Some(entry) => entry.1.push(&group.name),
            None => found.push((rto.0, vec![&group.name])),
        }
    }
    found.sort_unstable();
    let text = |names: &[&str]| match names {
        [one] => super::font::fit_name(&super::picture::clean(one), NOTE, false, 180.0),
        many => format!("{} groups", many.len()),
    };
    found
        .iter()
        .map(|(micros, names)| {
            let seconds = *micros as f64 / 1e6;
            (seconds, format!("RTO {}: {}", human::time(seconds), text(names)))
        })
        .collect()
}

/// Ticks of an axis of shares.
pub fn shares() -> [Tick; 6] {
    [0.0, 0.25, 0.5, 0.75, 0.95, 1.0].map(|at| Tick {
        at,
        text: format!("{:.0} %", at * 100.0),
        below: String::new(),
    })
}

/// Draws a distribution function.
pub fn step(picture: &mut Picture, steps: &[Point], pen: Pen, x: &Scale, y: &Scale) {
    let mut points = Vec::with_capacity(steps.len() * 2 + 1);
    let mut before = 0.0;
    for step in steps {
        points.push((x.at(step.from), y.at(before)));
        points.push((x.at(step.to), y.at(step.upto)));
        before = step.upto;
    }
    picture.line(points, pen);
}

/// Names at the right.
fn labels(picture: &mut Picture, lines: &[Line], plot: Plot) {
    let step = STEP.min((plot.bottom - plot.top) / lines.len() as f64);
    for (index, line) in lines.iter().enumerate() {
        let (left, place) = (plot.right + 26.0, plot.top + 14.0 + step * index as f64);
        let stroke = vec![(left, place - 6.0), (left + 26.0, place - 6.0)];
        picture.line(stroke, Pen::new(line.colour, line.width + 1.0));
        let room = WIDTH - MARGIN - left - 36.0;
        picture.cut((left + 36.0, place), &line.name, plain(LABEL).bold(), room);
        picture.cut((left + 36.0, place + 21.0), &line.note, Type::new(16.0, MUTED), room);
    }
}
