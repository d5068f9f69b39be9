//! A level over time in a panel of its own: mean, band and worst, on a shared axis of instants.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale, Swatch};
use super::palette::{Colour, INK, MUTED};
use super::picture::{At, Pen, Picture, Type, WIDTH, plain};
use super::{Run, ticks};
use crate::measure::timeline::TimelineRow;

/// A panel.
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// Unit of the axis.
    pub unit: &'static str,
    /// Its rows, in time order.
    pub rows: Vec<TimelineRow>,
    /// What a person wants to read off.
    pub says: String,
    /// Its colour.
    pub colour: Colour,
    /// Whether a low level is the bad one.
    pub scarce: bool,
    /// Top of the axis.
    pub most: f64,
}

/// Most steps that are drawn.
const STEPS: usize = 370;
/// Where titles of vertical axes stand: one below the other.
const TITLE: f64 = 38.0;
/// Most lines through a logarithmic axis.
const LINES: usize = 6;

/// Draws panels one above the other.
pub fn draw(picture: &mut Picture, run: Run<'_>, panels: &[Panel]) {
    let end = run.outcome.horizon();
    let (top, bottom) = (172.0, 745.0);
    let whole = Plot { left: 165.0, right: WIDTH - MARGIN, top: top + 34.0, bottom };
    let x = Scale::linear(0.0, end.as_secs_f64(), whole.left, whole.right);
    let instants = ticks::instants(run.scenario.fleet.calendar, end);
    frame::bottom(picture, whole, &x, &instants, "UTC");
    let pitch = (bottom - top) / panels.len() as f64;
    for (index, panel) in panels.iter().enumerate() {
        let upper = top + pitch * index as f64 + 34.0;
        let plot = Plot { top: upper, bottom: upper + pitch - 34.0, ..whole };
        let plot = if index + 1 < panels.len() {
            Plot { bottom: plot.bottom - 8.0, ..plot }
        } else {
            plot
        };
        // The title stands between panels, clear of the lines.
        let (from, to) = ((whole.left - 1.0, upper - 33.0), (WIDTH, upper - 1.0));
        picture.bar(from, to, super::palette::PAPER, 1.0);
        let kind = plain(LABEL).bold();
        picture.cut((plot.left, upper - 10.0), &panel.title, kind, 560.0);
        picture.text((plot.right, upper - 10.0), &panel.says, Type::new(NOTE, MUTED).end());
        one(picture, plot, &x, panel);
    }
}

fn one(picture: &mut Picture, plot: Plot, x: &Scale, panel: &Panel) {
    let steps = folded(&panel.rows);
    let (y, ticks) = axis(plot, panel, &steps);
    // What is scarce has one scale in all panels: its titles are below one another anyway.
    let place = if panel.scarce { f64::INFINITY } else { TITLE };
    frame::left_at(picture, plot, &y, &ticks, panel.unit, place);
    let line = |value: fn(&Step) -> f64| -> Vec<At> {
        steps.iter().map(|step| (x.at(step.middle), y.at(value(step)))).collect()
    };
    let closed = |mut points: Vec<At>, back: Vec<At>| -> Vec<At> {
        points.extend(back.into_iter().rev());
        points
    };
    let floor = |points: &[At]| -> Vec<At> {
        let ends = [points.first(), points.last()].into_iter().flatten();
        ends.map(|p| (p.0, plot.bottom)).collect()
    };
    let mean = line(|s| s.mean);
    if panel.scarce {
        picture.area(closed(mean.clone(), line(|s| s.least)), panel.colour, 0.3);
    } else {
        let worst = line(|s| s.most);
        let under = floor(&worst);
        picture.area(closed(worst, under), panel.colour, 0.2);
        let p95 = line(|s| s.p95);
        let under = floor(&p95);
        picture.area(closed(p95, under), panel.colour, 0.35);
    }
    picture.line(mean, Pen::new(if panel.scarce { panel.colour } else { INK }, 2.2));
    picture.line(vec![(plot.left, plot.bottom), (plot.right, plot.bottom)], Pen::new(MUTED, 1.5));
}

/// Several rows as one.
struct Step {
    /// Its middle, s.
    middle: f64,
    mean: f64,
    p95: f64,
    most: f64,
    least: f64,
}

/// Rows, several as one where there are more than can be told apart: the mean of means, the
/// extremes of extremes.
fn folded(rows: &[TimelineRow]) -> Vec<Step> {
    let fold = |rows: &[TimelineRow]| {
        let length = |row: &TimelineRow| (row.to.0 - row.from.0) as f64;
        let sum: f64 = rows.iter().map(|row| row.mean * length(row)).sum();
        let all: f64 = rows.iter().map(length).sum();
        let worst = || rows.iter().map(|row| row.worst as f64);
        Step {
            middle: (rows[0].from.as_secs_f64() + rows[rows.len() - 1].to.as_secs_f64()) / 2.0,
            mean: if all > 0.0 { sum / all } else { 0.0 },
            p95: rows.iter().filter_map(|row| row.p95).fold(0.0, f64::max),
            most: worst().fold(0.0, f64::max),
            least: worst().fold(f64::INFINITY, f64::min),
        }
    };
    rows.chunks(rows.len().div_ceil(STEPS).max(1)).map(fold).collect()
}

/// From 0 for what is scarce; else logarithmic, because means and peaks lie far apart. Its lower edge lies
/// below every mean that is not 0: at the edge is only what is.
fn axis(plot: Plot, panel: &Panel, steps: &[Step]) -> (Scale, Vec<ticks::Tick>) {
    if panel.scarce {
        let mut ticks = ticks::linear(panel.most);
        let top = ticks.last().map_or(1.0, |t| t.at);
        if plot.bottom - plot.top < 130.0 {
            let every = (ticks.len() / 2).max(1);
            ticks = ticks.into_iter().step_by(every).collect();
        }
        return (Scale::linear(0.0, top, plot.bottom, plot.top), ticks);
    }
    let least = steps.iter().map(|s| s.mean).filter(|m| *m > 0.0).fold(panel.most, f64::min);
    let (low, high) = (ticks::decades(least / 1.1, panel.most).0, panel.most * 1.3);
    let high = high.max(low * 10.0);
    let ticks = ticks::powers(low, high);
    let every = ticks.len().div_ceil(LINES).max(1);
    let ticks = ticks.into_iter().rev().step_by(every).collect();
    (Scale::log(low, high, plot.bottom, plot.top), ticks)
}

/// What the shades mean.
pub fn legend(picture: &mut Picture, run: Run<'_>, colour: Colour, scarce: bool) {
    let entries: Vec<(Swatch, String)> = if scarce {
        vec![
            (Swatch::Line(colour), "mean over replications".to_string()),
            (Swatch::Fill(colour, 0.3), "down to the least of all replications".to_string()),
        ]
    } else if run.outcome.replications == 1 {
        vec![
            (Swatch::Line(INK), "mean of each step of the time line".to_string()),
            (Swatch::Fill(colour, 0.48), "the most in it".to_string()),
        ]
    } else {
        vec![
            (Swatch::Line(INK), "mean over replications".to_string()),
            (Swatch::Fill(colour, 0.48), "the most in 95 of 100 replications".to_string()),
            (Swatch::Fill(colour, 0.2), "the most in all replications".to_string()),
        ]
    };
    frame::legend(picture, (MARGIN, 142.0), &entries);
}
