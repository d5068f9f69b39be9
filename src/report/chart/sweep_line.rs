//! One axis of a sweep: availability and recovery time of fleet, groups and services along it.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale};
use super::palette::{self, Colour, INK};
use super::picture::{At, Pen, Picture, Type, WIDTH, plain};
use super::sweep::{Series, Shown, SweepCharts};
use super::ticks::{self, Tick};
use super::{Chart, sweep_axis};
use crate::measure::Kind;
use crate::report::human;

/// Most lines.
const LINES: usize = 7;
/// Most points of a line that have dots: more would touch.
const DOTS: usize = 48;
/// Where titles of vertical axes stand: one below the other.
const TITLE: f64 = 78.0;
/// Distance of names at the ends of lines.
const STEP: f64 = 23.0;

/// Where a value is, and the heights of the ends of its interval.
type Placed = (At, Option<(f64, f64)>);

/// The chart; none where no point has a value.
pub fn chart(sweep: &SweepCharts<'_>) -> Option<Chart> {
    let (series, left_out) = series(sweep);
    let panels: Vec<Shown> =
        Shown::ALL.into_iter().filter(|s| axis(&series, *s, (0.0, 1.0)).is_some()).collect();
    if panels.is_empty() {
        return None;
    }
    let along = &sweep.axes[0];
    let title = format!("What {} changes", along.key);
    let mut picture = Picture::default();
    let how = if along.is_quantity() && along.places().len() > DOTS {
        "A line is the estimate, its band the interval of 95 %."
    } else if along.is_quantity() {
        "A line with dots is the estimate, its band the interval of 95 %."
    } else {
        "A dot is the estimate, its bar the interval of 95 %."
    };
    frame::heading(&mut picture, &title, how);
    let (top, bottom) = (150.0, if along.key.len() > 60 { 738.0 } else { 745.0 });
    let pitch = (bottom - top) / panels.len() as f64;
    let whole = Plot { left: 210.0, right: WIDTH - 330.0, top: top + 30.0, bottom };
    let (x, ticks) = along.scale(whole.left + 24.0, whole.right - 24.0);
    let others: Vec<&str> = sweep.axes[1..].iter().map(|a| a.key.as_str()).collect();
    let mut axis_title = along.key.clone();
    if !others.is_empty() {
        axis_title += &format!(", together with {}", others.join(", "));
    }
    let axis_title = frame::short(&axis_title, 640.0);
    frame::bottom(&mut picture, whole, &x, &ticks, &axis_title);
    let mut gaps = false;
    for (index, shown) in panels.iter().enumerate() {
        let upper = top + pitch * index as f64 + 30.0;
        let gap = if index + 1 < panels.len() { 40.0 } else { 30.0 };
        let plot = Plot { top: upper, bottom: upper + pitch - gap, ..whole };
        if index > 0 {
            let from = (whole.left - 2.0, upper - 38.0);
            picture.bar(from, (whole.right + 2.0, upper - 1.0), palette::PAPER, 1.0);
        }
        picture.text((plot.left, upper - 12.0), word(*shown), plain(LABEL).bold());
        gaps |= panel(&mut picture, sweep, &series, *shown, plot, &x);
    }
    let mut notes = Vec::new();
    if left_out > 0 {
        notes.push(format!("the {LINES} that change most: sweep.csv has {left_out} more"));
    }
    if gaps {
        let what = if along.is_quantity() { "line ends" } else { "dot is missing" };
        notes.push(format!("where a {what} nothing was seen, or what is cut or lost hides it"));
    }
    frame::note(&mut picture, &notes.join("; "));
    let mut note = sweep.note(panels[0]);
    if let [_, below] = panels[..] {
        note += &format!("; below {}", sweep.note(below));
    }
    let said = frame::foot(&mut picture, &sweep.facts(), &note);
    Some(Chart {
        name: "sweep-line".to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
        title,
    })
}

fn word(shown: Shown) -> &'static str {
    match shown {
        Shown::Availability => "Availability",
        Shown::Recovery => "p95 of recovery time, unplanned incidents",
    }
}

/// The fleet and what changes most along the axis; and how many are left out.
fn series<'a>(sweep: &'a SweepCharts<'_>) -> (Vec<&'a Series>, usize) {
    let change = |series: &Series| {
        let ratio = |k: usize| {
            let values: Vec<f64> = series.points.iter().filter_map(|p| p[k].value).collect();
            let (low, high) = sweep_axis::ends(&values);
            if low > 0.0 { high / low } else { 1.0 }
        };
        ratio(0).max(ratio(1))
    };
    let (fleet, mut parts): (Vec<&Series>, Vec<&Series>) =
        sweep.series.iter().partition(|s| s.kind == Kind::Fleet);
    if parts.iter().filter(|s| s.kind == Kind::Group).count() == 1 {
        // The only group is the fleet.
        parts.retain(|s| s.kind != Kind::Group);
    }
    let left_out = (fleet.len() + parts.len()).saturating_sub(LINES);
    if left_out > 0 {
        parts.sort_by(|a, b| change(b).total_cmp(&change(a)));
        parts.truncate(LINES - fleet.len());
    }
    (fleet.into_iter().chain(parts).collect(), left_out)
}

fn name(series: &Series) -> String {
    match series.kind {
        Kind::Fleet => "whole fleet".to_string(),
        Kind::Service => format!("service {}", series.name),
        _ => series.name.clone(),
    }
}

fn colour(index: usize) -> Colour {
    index.checked_sub(1).map_or(INK, |i| palette::SERIES[i % palette::SERIES.len()])
}

/// The vertical axis of a panel: scale and ticks; none without a value.
fn axis(series: &[&Series], shown: Shown, between: (f64, f64)) -> Option<(Scale, Vec<Tick>)> {
    let values = || series.iter().flat_map(|s| &s.points).filter_map(|p| p[shown as usize].value);
    let all = || series.iter().flat_map(|s| &s.points).flat_map(|p| p[shown as usize].positive());
    let least = values().filter(|v| *v > 0.0).reduce(f64::min)?;
    let most = all().reduce(f64::max)?;
    // An interval that reaches far below all values hides what they do.
    let least = all().fold(least, f64::min).max(least / 30.0);
    Some(vertical(shown, least, most, between))
}

/// A vertical axis that holds two values: nines grow upwards, times too.
pub fn vertical(shown: Shown, least: f64, most: f64, between: (f64, f64)) -> (Scale, Vec<Tick>) {
    let (top, bottom) = between;
    match shown {
        Shown::Availability => {
            // A dot at 0 % is as whole as any other.
            let (low, high) = (least.max(1e-12) / 1.3, most.min(1.0) * 1.3);
            // One value alone has its decade around it.
            let (low, high) = if high / low > 2.0 { (low, high) } else { (low / 2.0, high * 2.0) };
            (Scale::log(low, high, top, bottom), ticks::availabilities(low, high))
        }
        Shown::Recovery => {
            let (low, high) = ticks::duration_ends(least.max(1e-3), most.max(1e-3));
            (Scale::log(low, high, bottom, top), ticks::durations(low, high))
        }
    }
}

/// One panel; returns whether a value is missing in it.
fn panel(
    picture: &mut Picture,
    sweep: &SweepCharts<'_>,
    series: &[&Series],
    shown: Shown,
    plot: Plot,
    x: &Scale,
) -> bool {
    let Some((y, mut ticks)) = axis(series, shown, (plot.top, plot.bottom)) else { return false };
    let mut free = f64::NEG_INFINITY;
    ticks.sort_by(|a, b| y.at(a.at).total_cmp(&y.at(b.at)));
    ticks.retain(|t| {
        let fits = y.at(t.at) >= free;
        free = if fits { y.at(t.at) + 24.0 } else { free };
        fits
    });
    let unit = if shown == Shown::Availability { "availability" } else { "time" };
    frame::left_at(picture, plot, &y, &ticks, unit, TITLE);
    let places = sweep.axes[0].places();
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    let lines = sweep.axes[0].is_quantity();
    let dots = !lines || places.len() <= DOTS;
    let series_count = series.len();
    let (mut names, mut gaps): (Vec<(At, usize)>, bool) = (Vec::new(), false);
    for (index, series) in series.iter().enumerate().rev() {
        let colour = colour(index);
        // Side by side around the place of the value.
        let middle = (series_count - 1) as f64 / 2.0;
        let aside = if lines { 0.0 } else { 13.0 * (index as f64 - middle) };
        // Stretches of points that have a value: over one that has none no line goes.
        let mut stretches: Vec<Vec<Placed>> = vec![Vec::new()];
        let mut free = f64::NEG_INFINITY;
        for &point in &order {
            let value = series.points[point][shown as usize];
            let Some(v) = value.value.filter(|v| *v > 0.0) else {
                stretches.push(Vec::new());
                continue;
            };
            let at = (x.at(places[point]) + aside, y.at(v));
            stretches
                .last_mut()
                .expect("there is a first")
                .push((at, value.ends.map(|(low, high)| (y.at(low), y.at(high)))));
            if !dots && at.0 < free {
                continue;
            }
            free = at.0 + 16.0;
            let says = words(shown, v, value.ends);
            let title = format!("{}, {}: {says}", name(series), sweep.says(point));
            picture.hover((at.0 - 8.0, at.1 - 8.0), (at.0 + 8.0, at.1 + 8.0), &title);
        }
        gaps |= stretches.len() > 1;
        for found in stretches.iter().filter(|_| lines) {
            let mut band: Vec<At> = found.iter().filter_map(|f| Some((f.0.0, f.1?.0))).collect();
            band.extend(found.iter().rev().filter_map(|f| Some((f.0.0, f.1?.1))));
            picture.area(band, colour, 0.10);
            for edge in [|e: (f64, f64)| e.0, |e: (f64, f64)| e.1] {
                let line = found.iter().filter_map(|f| Some((f.0.0, edge(f.1?))));
                picture.line(line.collect(), Pen::new(colour, 1.2).alpha(0.55));
            }
            picture.line(found.iter().map(|f| f.0).collect(), Pen::new(colour, 3.5));
        }
        let found = stretches.concat();
        if !lines {
            for (at, ends) in found.iter().filter_map(|f| Some((f.0, f.1?))) {
                let pen = Pen::new(colour, 5.0).alpha(0.45);
                picture.line(vec![(at.0, ends.0), (at.0, ends.1)], pen);
            }
        }
        // One alone has no line to be seen by.
        let alone = stretches.iter().filter(|s| dots || s.len() == 1).flatten();
        alone.for_each(|f| picture.dot(f.0, 6.5, colour));
        names.extend(found.last().map(|f| (f.0, index)));
    }
    labels(picture, series, names, plot, lines);
    gaps
}

/// Names beside the ends of lines, apart from one another.
fn labels(
    picture: &mut Picture,
    series: &[&Series],
    mut names: Vec<(At, usize)>,
    plot: Plot,
    lines: bool,
) {
    names.sort_by(|a, b| a.0.1.total_cmp(&b.0.1).then(a.1.cmp(&b.1)));
    let heights: Vec<f64> = names.iter().map(|n| n.0.1).collect();
    let called: Vec<String> = names.iter().map(|n| name(series[n.1])).collect();
    let step = STEP.min((plot.bottom - plot.top) / names.len().max(1) as f64);
    let places = apart(&heights, step, plot);
    for ((place, (end, index)), name) in places.into_iter().zip(names).zip(&called) {
        let colour = colour(index);
        let x = plot.right + 34.0;
        if lines {
            // One that ends early is followed by dashes, which nobody takes for the line.
            let last = plot.right - 24.0;
            let (from, to) = ((end.0.min(last) + 14.0, end.1), (x - 8.0, place));
            if end.0 < last - 1.0 {
                picture.dashes(from, to, 4.0, Pen::new(colour, 1.0).alpha(0.5));
            } else {
                picture.line(vec![from, to], Pen::new(colour, 1.5));
            }
        }
        let room = WIDTH - MARGIN - x;
        let all = called.iter().map(String::as_str);
        picture.name_among((x, place + 6.0), name, all, Type::new(NOTE, INK), room);
        picture.dot((x - 8.0, place), 4.5, colour);
    }
}

/// Heights moved so that they are a step apart and inside, in the same order.
fn apart(heights: &[f64], step: f64, plot: Plot) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::with_capacity(heights.len());
    for &height in heights {
        let least = out.last().map_or(plot.top, |last| last + step);
        out.push(height.max(least));
    }
    let mut most = plot.bottom;
    for height in out.iter_mut().rev() {
        *height = height.min(most);
        most = *height - step;
    }
    out
}

/// A value with its interval in words.
pub fn words(shown: Shown, v: f64, ends: Option<(f64, f64)>) -> String {
    let ends = |flip: fn((f64, f64)) -> (f64, f64)| ends.map(flip).unzip();
    match shown {
        Shown::Availability => human::interval("share", 1.0 - v, ends(|(l, h)| (1.0 - h, 1.0 - l))),
        Shown::Recovery => human::interval("s", v, ends(|e| e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_at_nothing_is_whole() {
        for least in [0.01, 1.0] {
            let (y, ticks) = vertical(Shown::Availability, least, 1.0, (100.0, 400.0));
            assert!(y.at(1.0) < 393.0, "{least}: {}", y.at(1.0));
            assert!(ticks.iter().all(|t| t.at <= 1.0), "{ticks:?}");
        }
    }

    #[test]
    fn names_are_moved_apart_and_stay_inside() {
        let plot = Plot { left: 0.0, right: 1.0, top: 100.0, bottom: 200.0 };
        assert_eq!(apart(&[150.0, 150.0, 199.0], 20.0, plot), [150.0, 170.0, 199.0]);
        assert_eq!(apart(&[195.0, 196.0, 199.0], 20.0, plot), [160.0, 180.0, 200.0]);
    }
}
