//! Many axes of a sweep: availability against each of them, all points in every panel.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale};
use super::palette::{BLUE, GRID, MUTED};
use super::picture::{Pen, Picture, Type, WIDTH, plain};
use super::sweep::{Shown, SweepCharts, Value};
use super::sweep_axis::{Axis, ends};
use super::ticks::Tick;
use super::{Chart, font, sweep_line};

/// Most axes.
const MOST: usize = 6;
/// How far a label may reach beyond its panel.
const OUT: f64 = 12.0;
/// From so many points on a trend in one panel is hardly chance.
const TELLING: usize = 40;
/// Most points whose intervals are drawn.
const BARS: usize = 200;

/// The chart; none where no point has a value.
pub fn chart(sweep: &SweepCharts<'_>) -> Option<Chart> {
    let whole = sweep.whole()?;
    let values: Vec<Value> = whole.points.iter().map(|p| p[Shown::Availability as usize]).collect();
    let seen: Vec<f64> = values.iter().filter_map(|v| v.value).filter(|v| *v > 0.0).collect();
    if seen.is_empty() {
        return None;
    }
    let title = "Availability of the whole fleet, setting by setting";
    let mut picture = Picture::default();
    let how = if whole.points.len() < TELLING {
        "Every panel has all points of the sweep. They are few: what seems to rise or fall in a panel may \
         be chance."
    } else {
        "Every panel has all points of the sweep: what rises or falls in one tells, what is scattered in \
         it does not."
    };
    frame::heading(&mut picture, title, how);
    let all: Vec<f64> = values.iter().flat_map(|v| v.positive()).collect();
    let (low, high) = ends(&all);
    let low = low.max(ends(&seen).0 / 30.0);
    let axes = &sweep.axes[..sweep.axes.len().min(MOST)];
    let columns = if matches!(axes.len(), 1 | 2 | 4) { 2 } else { 3 };
    let rows = axes.len().div_ceil(columns);
    let (left, right, top, bottom) = (190.0, WIDTH - MARGIN - 20.0, 132.0, 748.0);
    let wide = (right - left + 34.0) / columns as f64;
    let tall = (bottom - top + 92.0) / rows as f64;
    for (index, axis) in axes.iter().enumerate() {
        let (column, row) = ((index % columns) as f64, (index / columns) as f64);
        let x0 = left + wide * column;
        let plot = Plot {
            left: x0,
            right: x0 + wide - 34.0,
            top: top + tall * row,
            bottom: top + tall * (row + 1.0) - 92.0,
        };
        let (y, nines) =
            sweep_line::vertical(Shown::Availability, low, high, (plot.top, plot.bottom));
        if index % columns == 0 {
            frame::left(&mut picture, plot, &y, &nines, "availability");
        } else {
            for tick in nines {
                let y = y.at(tick.at);
                picture.line(vec![(plot.left, y), (plot.right, y)], Pen::new(GRID, 1.5));
            }
        }
        let (x, ticks) = across(axis, plot);
        let key = font::fit(&axis.key, LABEL, false, wide - 50.0);
        frame::bottom(&mut picture, plot, &x, &ticks, &key);
        points(&mut picture, sweep, &values, &aside(axis), (&x, &y), &axis.places());
    }
    if sweep.axes.len() > MOST {
        let text = format!("the first {MOST} of {} axes", sweep.axes.len());
        picture.text((MARGIN, 828.0), &text, Type::new(NOTE, MUTED));
    }
    let said = frame::foot(&mut picture, &sweep.facts(), &sweep.note(Shown::Availability));
    Some(Chart {
        name: "sweep-settings".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

/// The axis of a panel, whose labels stay apart from those of the next panel.
fn across(axis: &Axis, plot: Plot) -> (Scale, Vec<Tick>) {
    let half = |tick: &Tick| plain(LABEL).width(&tick.text) / 2.0;
    let (_, ticks) = axis.scale(plot.left + 14.0, plot.right - 14.0);
    let widest = ticks.iter().map(half).fold(0.0, f64::max);
    let pad = (widest - OUT).clamp(14.0, (plot.right - plot.left) / 5.0);
    let (x, mut ticks) = axis.scale(plot.left + pad, plot.right - pad);
    for tick in &mut ticks {
        let at = x.at(tick.at);
        let room = 2.0 * (at - plot.left).min(plot.right - at) + 2.0 * OUT;
        tick.text = font::fit_name(&tick.text, LABEL, false, room);
    }
    (x, ticks)
}

/// How far points of a value in words stand beside it, so that they can be told apart.
fn aside(axis: &Axis) -> Vec<f64> {
    if axis.is_quantity() {
        return vec![0.0; axis.texts.len()];
    }
    let of = |level: &String| axis.texts.iter().filter(|t| *t == level).count();
    let step = axis.levels.iter().map(of).max().map_or(0.0, |most| (70.0 / most as f64).min(9.0));
    let mut seen = vec![0usize; axis.levels.len()];
    let place = |text: &String| {
        let level = axis.levels.iter().position(|l| l == text).unwrap_or(0);
        seen[level] += 1;
        let all = of(text) as f64;
        step * ((seen[level] - 1) as f64 - (all - 1.0) / 2.0)
    };
    axis.texts.iter().map(place).collect()
}

fn points(
    picture: &mut Picture,
    sweep: &SweepCharts<'_>,
    values: &[Value],
    aside: &[f64],
    (x, y): (&Scale, &Scale),
    places: &[f64],
) {
    for (point, (value, &place)) in values.iter().zip(places).enumerate() {
        let Some(v) = value.value.filter(|v| *v > 0.0) else { continue };
        let at = (x.at(place) + aside[point], y.at(v));
        if let Some((low, high)) = value.ends.filter(|_| values.len() <= BARS) {
            let pen = Pen::new(BLUE, 3.0).alpha(0.25);
            picture.line(vec![(at.0, y.at(low)), (at.0, y.at(high))], pen);
        }
        picture.dot(at, if values.len() <= BARS { 5.5 } else { 3.5 }, BLUE);
        if values.len() <= BARS {
            let says = sweep_line::words(Shown::Availability, v, value.ends);
            let title = format!("{}: {says}", sweep.says(point));
            picture.hover((at.0 - 7.0, at.1 - 7.0), (at.0 + 7.0, at.1 + 7.0), &title);
        }
    }
}
