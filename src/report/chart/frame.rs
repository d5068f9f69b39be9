//! What all charts share: heading, caption, scales, axes, legend.

use super::font;
use super::palette::{Colour, GRID, INK, MUTED};
use super::picture::{At, Pen, Picture, Type, WIDTH, plain};
use super::ticks::Tick;
use crate::experiment::{EnvironmentUsed, Outcome};
use crate::kernel::time::Span;
use crate::measure::Estimate;
use crate::report::human;
use crate::scenario::Scenario;
use libm::log10;

/// Room at the left and right edge of a picture.
pub const MARGIN: f64 = 48.0;
/// Size of what stands at ticks and rows.
pub const LABEL: f64 = 20.0;
/// Size of notes.
pub const NOTE: f64 = 18.0;
/// Most height of a row: few rows make a low picture, not thick ones.
pub const ROW: f64 = 76.0;
/// What stands below the data: axis, notes, caption.
const BELOW: f64 = 155.0;
/// Most lines of a caption's note.
const NOTES: usize = 3;

/// The rectangle of the data.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    /// Left edge.
    pub left: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge.
    pub top: f64,
    /// Lower edge.
    pub bottom: f64,
}

/// From values to places.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    log: bool,
}

impl Scale {
    /// Even steps: `low` is at `from`, `high` at `to`.
    pub fn linear(low: f64, high: f64, from: f64, to: f64) -> Scale {
        Scale { low, high, from, to, log: false }
    }

    /// Even factors.
    pub fn log(low: f64, high: f64, from: f64, to: f64) -> Scale {
        Scale { low: log10(low), high: log10(high), from, to, log: true }
    }

    /// Where a value is; what lies outside is at the edge.
    pub fn at(&self, value: f64) -> f64 {
        let value = match (self.log, value > 0.0) {
            (true, true) => log10(value),
            (true, false) => self.low,
            (false, _) => value,
        };
        let share = (value - self.low) / (self.high - self.low);
        self.from + (self.to - self.from) * share.clamp(0.0, 1.0)
    }
}

/// The heading: what is shown, and a line that says how to read it.
pub fn heading(picture: &mut Picture, title: &str, how: &str) {
    picture.cut((MARGIN, 62.0), title, plain(34.0).bold(), WIDTH - 2.0 * MARGIN);
    picture.cut((MARGIN, 98.0), how, Type::new(21.0, MUTED), WIDTH - 2.0 * MARGIN);
}

/// What a caption says of a run: scenario, seed, how much was played.
pub fn facts(scenario: &Scenario, outcome: &Outcome) -> String {
    let strata = match outcome.environment {
        EnvironmentUsed::Natural => "",
        EnvironmentUsed::Stratified(_) => ", stratified",
    };
    format!(
        "{} · seed {} · n = {}{strata}, each {} for {}",
        short(&scenario.name, 420.0),
        scenario.fleet.seed,
        human::plural(outcome.replications, "replication"),
        human::plural(outcome.book.servers, "server"),
        Span(outcome.horizon().0),
    )
}

/// A name as captions have it, cut to a width.
pub fn short(name: &str, room: f64) -> String {
    font::fit_name(&super::picture::clean(name), 16.0, false, room)
}

/// The caption of a run's chart, and how its intervals were made.
pub fn caption(
    picture: &mut Picture,
    scenario: &Scenario,
    outcome: &Outcome,
    note: &str,
) -> String {
    foot(picture, &facts(scenario, outcome), note)
}

/// Lets the picture end below data that end at a height, with room for axis and caption.
pub fn end_below(picture: &mut Picture, bottom: f64) {
    picture.height = bottom + BELOW;
}

/// A note between axis and caption: what is left out, what to beware of.
pub fn note(picture: &mut Picture, text: &str) {
    if !text.is_empty() {
        let at = (MARGIN, picture.height - 75.0);
        picture.cut(at, text, Type::new(NOTE, MUTED), WIDTH - 2.0 * MARGIN);
    }
}

/// The caption: what was played, and how intervals were made. Returns both for a screen reader.
pub fn foot(picture: &mut Picture, facts: &str, note: &str) -> String {
    let kind = Type::new(16.0, MUTED);
    let edge = picture.height;
    let (rule, first) = (edge - 62.0, edge - 38.0);
    picture.line(vec![(MARGIN, rule), (WIDTH - MARGIN, rule)], Pen::new(GRID, 1.5));
    picture.cut((MARGIN, first), facts, kind, WIDTH - 2.0 * MARGIN - 150.0);
    let version = format!("fleetsim {}", env!("CARGO_PKG_VERSION"));
    picture.text((WIDTH - MARGIN, first), &version, kind.end());
    // A long note goes on in more lines, for which the picture grows.
    let room = WIDTH - 2.0 * MARGIN;
    for (i, line) in font::lines(note, kind.size, room, NOTES).iter().enumerate() {
        picture.height = edge + 22.0 * i as f64;
        let y = picture.height - 15.0;
        picture.cut((MARGIN, y), line, kind, room);
    }
    format!("{facts}. {note}")
}

/// How an interval was made, without what is its own: events, trials.
pub fn method(e: &Estimate) -> String {
    let mut parts = e.method.split("; ");
    let words = parts.next().unwrap_or_default();
    let name = bare(words);
    // Of a quantile the value is made in one manner and its interval in another.
    match parts.find(|part| part.starts_with("interval: ")) {
        Some(interval) => format!("{name}, {interval}"),
        None => name,
    }
}

fn bare(words: &str) -> String {
    match words.split_once(" with ") {
        Some((name, _)) => format!("{name} with effective trials"),
        // How many were censored is its own, too.
        None => match words.split_once(", ") {
            Some((name, rest)) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
                name.to_string()
            }
            _ => words.to_string(),
        },
    }
}

/// How the intervals of several estimates were made: each method once.
pub fn methods<'e>(estimates: impl IntoIterator<Item = &'e Estimate>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for e in estimates.into_iter().filter(|e| e.ci_low.or(e.ci_high).is_some()) {
        let method = method(e);
        if !all.contains(&method) {
            all.push(method);
        }
    }
    (!all.is_empty()).then(|| all.join("; or "))
}

/// A horizontal axis below the plot, with lines through it.
pub fn bottom(picture: &mut Picture, plot: Plot, scale: &Scale, ticks: &[Tick], title: &str) {
    let lines = if ticks.iter().any(|t| !t.below.is_empty()) { 2.0 } else { 1.0 };
    for (tick, said) in ticks.iter().zip(said(scale, ticks)) {
        let x = scale.at(tick.at);
        picture.line(vec![(x, plot.top), (x, plot.bottom)], Pen::new(GRID, 1.5));
        if !said {
            continue;
        }
        picture.text((x, plot.bottom + 27.0), &tick.text, Type::new(LABEL, INK).middle());
        if !tick.below.is_empty() {
            let kind = Type::new(15.0, MUTED).middle();
            picture.text((x, plot.bottom + 47.0), &tick.below, kind);
        }
    }
    picture.line(vec![(plot.left, plot.bottom), (plot.right, plot.bottom)], Pen::new(MUTED, 1.5));
    let middle = (plot.left + plot.right) / 2.0;
    let y = plot.bottom + 36.0 + 20.0 * lines;
    picture.text((middle, y), title, Type::new(LABEL, MUTED).middle());
}

/// Which ticks say what they are, so that no two overlap: of even steps every second, third, ... counted
/// from 0, of others as many as there is room for.
fn said(scale: &Scale, ticks: &[Tick]) -> Vec<bool> {
    // Axes may run to the left.
    let place = |tick: &Tick| scale.at(tick.at) * if scale.to < scale.from { -1.0 } else { 1.0 };
    let half = |tick: &Tick| {
        Type::new(LABEL, INK).width(&tick.text).max(Type::new(15.0, INK).width(&tick.below)) / 2.0
    };
    let room = |a: &Tick, b: &Tick| place(a) + half(a) + 10.0 <= place(b) - half(b);
    let gaps: Vec<f64> = ticks.windows(2).map(|two| place(&two[1]) - place(&two[0])).collect();
    let even = gaps.iter().all(|gap| (gap - gaps[0]).abs() < 1.0);
    if even {
        let zero = ticks.iter().position(|t| t.at == 0.0).unwrap_or(0);
        let every = |n: usize| ticks.iter().skip(zero % n).step_by(n).collect::<Vec<_>>();
        let fits = |n: &usize| every(*n).windows(2).all(|two| room(two[0], two[1]));
        let n = (1..=ticks.len()).find(fits).unwrap_or(1);
        return (0..ticks.len()).map(|i| i % n == zero % n).collect();
    }
    let mut last: Option<&Tick> = None;
    let mut one = |tick| {
        let free = last.is_none_or(|last| room(last, tick));
        if free {
            last = Some(tick);
        }
        free
    };
    ticks.iter().map(&mut one).collect()
}

/// A vertical axis left of the plot, with lines through it.
pub fn left(picture: &mut Picture, plot: Plot, scale: &Scale, ticks: &[Tick], title: &str) {
    left_at(picture, plot, scale, ticks, title, f64::INFINITY);
}

/// The same with its title at a place that panels share, unless what stands at ticks needs more room.
pub fn left_at(
    picture: &mut Picture,
    plot: Plot,
    scale: &Scale,
    ticks: &[Tick],
    title: &str,
    place: f64,
) {
    let mut widest: f64 = 0.0;
    for tick in ticks {
        let y = scale.at(tick.at);
        picture.line(vec![(plot.left, y), (plot.right, y)], Pen::new(GRID, 1.5));
        let kind = Type::new(LABEL, INK).end();
        picture.text((plot.left - 12.0, y + 7.0), &tick.text, kind);
        widest = widest.max(kind.width(&tick.text));
    }
    let middle = (plot.top + plot.bottom) / 2.0;
    let x = (plot.left - 30.0 - widest).min(place);
    picture.upwards((x, middle), title, Type::new(LABEL, MUTED));
}

/// An arrow to the right: what is meant lies beyond the axis.
pub fn beyond(picture: &mut Picture, at: At, colour: Colour) {
    let (x, y) = at;
    picture.area(vec![(x + 14.0, y), (x + 3.0, y - 7.0), (x + 3.0, y + 7.0)], colour, 1.0);
}

/// Arrowheads at the sides of a plot: an interval goes on beyond the left or the right end of its axis.
pub fn cut_ends(picture: &mut Picture, plot: Plot, y: f64, beyond: (bool, bool), colour: Colour) {
    let mut arrow = |tip: f64, back: f64| {
        picture.area(vec![(tip, y), (back, y - 7.0), (back, y + 7.0)], colour, 1.0);
    };
    if beyond.0 {
        arrow(plot.left - 12.0, plot.left);
    }
    if beyond.1 {
        arrow(plot.right + 12.0, plot.right);
    }
}

/// How an entry of a legend looks.
#[derive(Clone, Copy, Debug)]
pub enum Swatch {
    /// A filled square.
    Fill(Colour, f64),
    /// A dot.
    Dot(Colour),
    /// A line.
    Line(Colour),
    /// A short upright line.
    Upright(Colour),
    /// A ring.
    Ring(Colour),
}

fn swatch(picture: &mut Picture, at: At, kind: Swatch) {
    let (x, y) = (at.0 + 11.0, at.1 - 6.0);
    match kind {
        Swatch::Fill(colour, alpha) => {
            picture.bar((x - 9.0, y - 9.0), (x + 9.0, y + 9.0), colour, alpha);
        }
        Swatch::Dot(colour) => picture.dot((x, y), 7.0, colour),
        Swatch::Line(colour) => {
            picture.line(vec![(x - 11.0, y), (x + 11.0, y)], Pen::new(colour, 4.0));
        }
        Swatch::Upright(colour) => {
            picture.line(vec![(x, y - 11.0), (x, y + 11.0)], Pen::new(colour, 3.0));
        }
        Swatch::Ring(colour) => picture.ring((x, y), 7.0, colour),
    }
}

/// A legend in a row above the plot, from the left.
pub fn legend(picture: &mut Picture, at: At, entries: &[(Swatch, String)]) {
    let (mut x, mut y) = at;
    let all: f64 = entries.iter().map(|e| 43.0 + plain(LABEL).width(&e.1)).sum();
    // Many are written smaller, to stay in one row.
    let kind = plain(if at.0 + all > WIDTH - MARGIN + 14.0 { 17.0 } else { LABEL });
    for (look, text) in entries {
        let wide = 29.0 + kind.width(text) + 14.0;
        if x + wide > WIDTH - MARGIN + 20.0 && x > at.0 {
            (x, y) = (at.0, y + 28.0);
        }
        swatch(picture, (x, y), *look);
        picture.text((x + 28.0, y), text, kind);
        x += wide;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_go_both_ways() {
        let scale = Scale::linear(0.0, 10.0, 100.0, 200.0);
        assert_eq!((scale.at(0.0), scale.at(5.0), scale.at(99.0)), (100.0, 150.0, 200.0));
        let nines = Scale::log(1e-5, 1e-1, 500.0, 100.0);
        assert_eq!((nines.at(1e-5), nines.at(1e-3), nines.at(0.0)), (500.0, 300.0, 500.0));
    }
}
