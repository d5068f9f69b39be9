//! Downtime by cause and phase: what takes the servers down, and what the time then goes into.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale, Swatch};
use super::palette;
use super::picture::{Picture, Type, WIDTH, plain};
use super::{Chart, Run, ticks};
use crate::measure::table::phases;
use crate::measure::{Estimate, Kind};
use crate::model::record::Phase;
use crate::report::drilled::Play;
use crate::report::human;

/// Most rows.
const ROWS: usize = 16;

/// A bar of parts.
pub struct Bar {
    /// Its name.
    pub name: String,
    /// Seconds by phase.
    pub parts: Vec<(Phase, f64)>,
    /// What stands at its end.
    pub says: String,
}

impl Bar {
    /// Seconds in all.
    pub fn length(&self) -> f64 {
        self.parts.iter().map(|p| p.1).sum()
    }
}

/// The chart; none where nothing was down.
pub fn chart(run: Run<'_>) -> Option<Chart> {
    let outcome = run.outcome;
    let play = Play::of(outcome);
    let of = |kind, name: &str| {
        let metric = "downtime_per_server_year";
        let played = play.as_ref().and_then(|play| play.estimate(kind, name, metric));
        played.or_else(|| outcome.estimate(kind, name, metric))
    };
    let (years, time) = match &play {
        None => (1.0, "a year".to_string()),
        Some(play) => (play.years, format!("the {}", play.length)),
    };
    let fleet = of(Kind::Fleet, "fleet")?;
    let all = fleet.value.filter(|v| *v > 0.0)?;
    let mut bars: Vec<Bar> = Vec::new();
    for (index, scope) in outcome.book.scopes.iter().enumerate() {
        if scope.kind == Kind::Cause {
            let mut parts = phases(&outcome.total, &outcome.book, index);
            parts.iter_mut().for_each(|part| part.1 *= years);
            let says = of(Kind::Cause, &scope.name).map_or_else(String::new, |e| says(e, all));
            bars.push(Bar { name: scope.name.replace('_', " "), parts, says });
        }
    }
    let asked = bars.len();
    bars.retain(|b| b.length() > 0.0);
    bars.sort_by(|a, b| b.length().total_cmp(&a.length()));
    let silent = asked - bars.len();
    let more = bars.len().saturating_sub(ROWS);
    bars.truncate(ROWS);

    let title = "Downtime by cause and phase";
    let mut picture = Picture::default();
    let how = format!(
        "What takes a server down and what the time goes into: {} per server in {time}, of all causes.",
        human::time(all)
    );
    frame::heading(&mut picture, title, &how);
    legend(&mut picture, &bars);
    let axis = format!("downtime of a server in {time}, by the cause it is charged to");
    let bottom = draw(&mut picture, &bars, names(&bars), (190.0, 745.0), &axis);
    frame::end_below(&mut picture, bottom);
    let mut notes = Vec::new();
    if silent > 0 {
        let are = if silent == 1 { "is" } else { "are" };
        let causes = human::plural(silent as u64, "more cause");
        notes.push(format!("{causes} {are} on and took nothing down"));
    }
    if more > 0 {
        let causes = human::plural(more as u64, "more cause");
        notes.push(format!("{causes} took less: see estimates.csv"));
    }
    frame::note(&mut picture, &notes.join("; "));
    let drawn = outcome.estimates.iter().filter(|e| {
        let (kind, metric) = (e.scope == Kind::Cause, "downtime_per_server_year");
        kind && e.metric == metric && e.value.is_some()
    });
    let method = frame::methods(drawn).map_or_else(
        || "no intervals: too few replications".to_string(),
        |method| format!("in brackets: interval of 95 %, {method}"),
    );
    let said = frame::caption(&mut picture, run.scenario, outcome, &method);
    Some(Chart {
        name: "causes".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

/// The length with its interval, and its share.
fn says(e: &Estimate, all: f64) -> String {
    let Some(value) = e.value else { return String::new() };
    let share = value / all * 100.0;
    let share = if share < 1.0 { "< 1 %".to_string() } else { format!("{share:.0} %") };
    let [text, low, high] = human::together_open(e.unit, value, (e.ci_low, e.ci_high));
    match (e.ci_low, e.ci_high) {
        (Some(from), Some(to)) if from < to => format!("{text}  ({low} – {high}),  {share}"),
        _ => format!("{text},  {share}"),
    }
}

/// The phases that occur.
pub fn legend(picture: &mut Picture, bars: &[Bar]) {
    legend_of(picture, &bars.iter().collect::<Vec<_>>());
}

/// The phases that occur in some bars.
pub fn legend_of(picture: &mut Picture, bars: &[&Bar]) {
    let seen = |phase: Phase| bars.iter().flat_map(|b| &b.parts).any(|p| p.0 == phase && p.1 > 0.0);
    let entries: Vec<(Swatch, String)> = Phase::ALL
        .iter()
        .filter(|p| seen(**p))
        .map(|&p| (Swatch::Fill(palette::phase(p), 1.0), p.word().to_string()))
        .collect();
    frame::legend(picture, (MARGIN, 142.0), &entries);
}

/// Room that the names of bars take.
pub fn names(bars: &[Bar]) -> f64 {
    bars.iter().map(|b| plain(LABEL).width(&b.name)).fold(100.0, f64::max).min(330.0)
}

/// Stacked bars between two heights, their names in a room at the left; returns where they end.
pub fn draw(
    picture: &mut Picture,
    bars: &[Bar],
    names: f64,
    between: (f64, f64),
    axis: &str,
) -> f64 {
    let most = bars.iter().map(Bar::length).fold(0.0, f64::max);
    let left = MARGIN + names + 18.0;
    // A bar and what stands at its end fit side by side.
    let room = |b: &Bar| WIDTH - MARGIN - left - plain(NOTE).width(&b.says) - 24.0;
    let plot = Plot {
        left,
        right: bars
            .iter()
            .map(|b| room(b) * most / b.length())
            .fold(WIDTH - MARGIN - left, f64::min)
            + left,
        top: between.0,
        bottom: between.1,
    };
    let pitch = ((plot.bottom - plot.top) / bars.len() as f64).min(frame::ROW);
    let plot = Plot { bottom: plot.top + pitch * bars.len() as f64, ..plot };
    let mut ticks = ticks::linear_seconds(most);
    ticks.retain(|t| t.at <= most);
    let scale = Scale::linear(0.0, most, plot.left, plot.right);
    frame::bottom(picture, plot, &scale, &ticks, axis);
    for (index, bar) in bars.iter().enumerate() {
        let y = plot.top + pitch * (index as f64 + 0.5);
        let half = pitch * 0.36;
        picture.cut((MARGIN, y + 7.0), &bar.name, plain(LABEL), names);
        let end = stack(picture, bar, &scale, (y, half));
        picture.on_paper((end + 14.0, y + 6.0), &bar.says, plain(NOTE));
    }
    plot.bottom
}

/// One bar, phase after phase, around a height; returns where it ends.
pub fn stack(picture: &mut Picture, bar: &Bar, scale: &Scale, (y, half): (f64, f64)) -> f64 {
    let mut from = 0.0;
    for &(phase, part) in bar.parts.iter().filter(|p| p.1 > 0.0) {
        let (x0, x1) = (scale.at(from), scale.at(from + part));
        from += part;
        let colour = palette::phase(phase);
        picture.bar((x0, y - half), (x1, y + half), colour, 1.0);
        if x1 - x0 > 3.0 {
            picture.bar((x1 - 1.2, y - half), (x1, y + half), palette::PAPER, 1.0);
        }
        let kind = Type::new(NOTE, palette::on(colour)).middle();
        let text = human::time(part);
        if kind.width(&text) + 12.0 < x1 - x0 && half > 11.0 {
            picture.text(((x0 + x1) / 2.0, y + 6.0), &text, kind);
        }
        let title = format!("{}: {} {}", bar.name, phase.word(), human::time(part));
        picture.hover((x0, y - half), (x1, y + half), &title);
    }
    scale.at(from)
}
