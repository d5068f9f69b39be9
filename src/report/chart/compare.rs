//! Scenarios side by side: how fast incidents are over in each, and what differs from the first.

use super::frame::{self, LABEL, MARGIN, Plot, Scale, Swatch};
use super::palette::{self, Colour, GRID, INK, MUTED};
use super::picture::{At, Pen, Picture, Type, WIDTH, plain};
use super::ticks::{self, Tick};
use super::{Chart, font, recovery};
use crate::experiment::{Comparison, EnvironmentUsed, Outcome};
use crate::measure::metric::Of;
use crate::measure::table::{Point, distribution};
use crate::measure::{Difference, Kind};
use crate::report::compare::letter;
use crate::report::human;
use crate::scenario::Scenario;

/// Most scenarios that are drawn.
pub const MOST: usize = 6;
/// What is compared, most telling first.
const METRICS: [(&str, &str); 7] = [
    ("downtime_per_server_year", "downtime"),
    ("recovery_time_mean", "mean recovery time"),
    ("recovery_time_p95", "p95 of recovery time"),
    ("incidents_per_server_year", "incidents"),
    ("sla_minutes_per_server_year", "SLA minutes"),
    ("time_at_risk_share", "time at risk"),
    ("loss_probability_per_year", "data loss"),
];
/// A difference is drawn up to so many times the value in A.
const FARTHEST: f64 = 3.0;

/// What the charts of a comparison are made from.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// Scenarios, the first is held against.
    pub scenarios: &'a [Scenario],
    /// What was found.
    pub comparison: &'a Comparison,
}

impl<'a> Sides<'a> {
    /// Letter, scenario and outcome of each that is drawn.
    pub fn all(self) -> impl Iterator<Item = (String, &'a Scenario, &'a Outcome)> {
        let others = self.comparison.others.iter().map(|v| &v.outcome);
        let outcomes = std::iter::once(&self.comparison.base).chain(others).take(MOST);
        let sides = self.scenarios.iter().zip(outcomes).enumerate();
        sides.map(|(i, (scenario, outcome))| (letter(i), scenario, outcome))
    }

    /// What captions say: names, seed, how much was played.
    pub fn facts(self) -> String {
        let room = 640.0 / self.scenarios.len().min(MOST) as f64;
        let names: Vec<String> =
            self.all().map(|(l, s, _)| format!("{l} {}", frame::short(&s.name, room))).collect();
        // What all have in common is said once, else that of each in the order of letters.
        let each = |of: fn(&Scenario, &Outcome) -> u64, text: fn(u64) -> String| {
            let mut all: Vec<u64> = self.all().map(|(_, s, o)| of(s, o)).collect();
            if all.iter().all(|n| *n == all[0]) {
                all.truncate(1);
            }
            (all.len(), all.into_iter().map(text).collect::<Vec<_>>().join(", "))
        };
        let (seeds, seed) = each(|s, _| s.fleet.seed, |n| n.to_string());
        let (_, n) = each(|_, o| o.replications, human::count);
        let stratified = |o: &Outcome| o.environment != EnvironmentUsed::Natural;
        let strata = match self.all().filter(|(.., o)| stratified(o)).count() {
            0 => "",
            n if n == self.all().count() => ", stratified",
            _ => ", some stratified",
        };
        let paired = match self.comparison.others.iter().filter(|v| v.unpaired.is_none()).count() {
            0 => ", not paired",
            n if n == self.comparison.others.len() => ", paired",
            _ => ", some paired",
        };
        format!(
            "{} · seed{} {seed} · n = {n} replication{}{strata}{paired}",
            names.join(", "),
            if seeds > 1 { "s" } else { "" },
            if n == "1" { "" } else { "s" },
        )
    }

    /// Says which scenarios were left out.
    pub fn left_out(self, picture: &mut Picture) {
        let all = self.scenarios.len();
        if all > MOST {
            let text = format!("the first {MOST} of {all} scenarios: compare.csv has them all");
            frame::note(picture, &text);
        }
    }
}

/// The chart; none where nothing was measured that could differ.
pub fn chart(sides: Sides<'_>) -> Option<Chart> {
    let rows = rows(sides);
    if rows.is_empty() {
        return None;
    }
    let title = "Recovery times side by side, and what differs";
    let mut picture = Picture::default();
    let how = "Left: the share of unplanned incidents that are over within a time. Right: each \
        scenario less A, in percent of A.";
    frame::heading(&mut picture, title, how);
    legend(&mut picture, sides);
    curves(&mut picture, sides);
    let method = differences(&mut picture, &rows);
    sides.left_out(&mut picture);
    let note = format!("curves: Kaplan–Meier, no interval; {method}");
    let said = frame::foot(&mut picture, &sides.facts(), &note);
    Some(Chart {
        name: "compare-recovery".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

/// Letters, names and the quantiles that people ask for.
fn legend(picture: &mut Picture, sides: Sides<'_>) {
    let entries = sides.all().enumerate().map(|(i, (letter, scenario, outcome))| {
        let of = |metric| outcome.estimate(Kind::Fleet, "fleet", metric)?.value;
        let says = |metric, word| of(metric).map(|v| format!(", {word} {}", human::time(v)));
        let name = super::picture::clean(&scenario.name);
        let name = font::fit_name(&name, LABEL, false, 190.0);
        let p50 = says("recovery_time_p50", "p50").unwrap_or_default();
        let p95 = says("recovery_time_p95", "p95").unwrap_or_default();
        // A colour without a curve: nothing ended, or nothing began.
        let none = of("incidents_per_server_year").is_none();
        let seen = if none { ", no incident seen" } else { "" };
        (Swatch::Line(palette::SERIES[i]), format!("{letter} {name}{p50}{p95}{seen}"))
    });
    for (i, entry) in entries.enumerate() {
        let at = (MARGIN + 500.0 * (i % 3) as f64, 134.0 + 28.0 * (i / 3) as f64);
        frame::legend(picture, at, &[entry]);
    }
}

fn curves(picture: &mut Picture, sides: Sides<'_>) {
    let plot = Plot { left: 132.0, right: 740.0, top: 196.0, bottom: 745.0 };
    let lines: Vec<(Colour, Vec<Point>)> = sides
        .all()
        .enumerate()
        .filter_map(|(i, (_, _, outcome))| {
            let (total, book) = (&outcome.total, &outcome.book);
            let scope = book.scope(Kind::Fleet, "fleet")?;
            Some((palette::SERIES[i], distribution(total, book, scope, Of::Recovery)))
        })
        .filter(|line| !line.1.is_empty())
        .collect();
    let ends = || lines.iter().flat_map(|l| &l.1).map(|p| (p.from, p.to));
    let least = ends().map(|p| p.0).reduce(f64::min).map(|v| v.max(recovery::SHORTEST));
    let most = ends().map(|p| p.1).reduce(f64::max);
    let Some((least, most)) = least.zip(most) else {
        let middle = ((plot.left + plot.right) / 2.0, 400.0);
        let kind = Type::new(LABEL, MUTED).middle();
        return picture.text(middle, "no unplanned incident ended", kind);
    };
    let (low, high) = ticks::duration_ends(least, most.max(least));
    let x = Scale::log(low, high, plot.left, plot.right);
    let y = Scale::linear(0.0, 1.0, plot.bottom, plot.top);
    frame::left(picture, plot, &y, &recovery::shares(), "unplanned incidents that are over");
    let axis = "recovery time (logarithmic)";
    frame::bottom(picture, plot, &x, &ticks::durations(low, high), axis);
    for (i, (colour, points)) in lines.iter().enumerate().rev() {
        // The first lies on top, thinner, so that equal curves show both.
        let pen = Pen::new(*colour, if i == 0 { 3.0 } else { 6.0 });
        recovery::step(picture, points, pen, &x, &y);
    }
}

/// A metric with its differences by scenario.
struct Row<'a> {
    label: &'static str,
    /// Index of the scenario, from 1, and its difference.
    of: Vec<(usize, &'a Difference)>,
}

fn rows(sides: Sides<'_>) -> Vec<Row<'_>> {
    let others = &sides.comparison.others[..sides.comparison.others.len().min(MOST - 1)];
    let room = match others.len() {
        0 | 1 => 7,
        2 => 5,
        3 => 4,
        _ => 3,
    };
    let row = |&(metric, label): &(&str, &'static str)| {
        let of = others.iter().enumerate().filter_map(|(i, versus)| {
            let fleet = |d: &&Difference| d.scope == Kind::Fleet && d.metric == metric;
            let d = versus.differences.iter().find(fleet)?;
            d.value.filter(|_| d.a.value.is_some() || d.b.value.is_some())?;
            Some((i + 1, d))
        });
        Row { label, of: of.collect() }
    };
    METRICS.iter().map(row).filter(|r| !r.of.is_empty()).take(room).collect()
}

/// Ends of a difference in shares of the value in A: low, value, high. One that is open has no end.
fn relative(d: &Difference) -> Option<(f64, f64, f64)> {
    let (a, v) = (d.a.value.filter(|a| *a > 0.0)?, d.value?);
    let (low, high) = match (d.ci_low, d.ci_high) {
        (None, None) => (v, v),
        (low, high) => (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)),
    };
    Some((low / a, v / a, high / a))
}

/// Draws the differences; returns how their intervals were made.
fn differences(picture: &mut Picture, rows: &[Row<'_>]) -> String {
    let plot = Plot { left: 820.0, right: 1_190.0, top: 196.0, bottom: 745.0 };
    let all = || rows.iter().flat_map(|r| &r.of).filter_map(|(_, d)| relative(d));
    // A few wide intervals must not hide what the others say: they end in arrows.
    let size = |end: f64| if end.is_finite() { end.abs() } else { 0.0 };
    let mut reach: Vec<f64> = all().map(|r| size(r.2).max(size(r.0))).collect();
    reach.sort_by(f64::total_cmp);
    let usual = reach.get(reach.len() / 2).map_or(0.0, |r| r * 1.5);
    let values = all().map(|r| r.1.abs() * 1.3).fold(0.02, f64::max);
    let limit = usual.max(values).min(FARTHEST);
    let least = all().map(|r| r.0).fold(-0.01, f64::min).max(-limit);
    let most = all().map(|r| r.2).fold(0.01, f64::max).min(limit);
    let ticks = signed_percents(least, most);
    let low = ticks.first().map_or(least, |t| t.at.min(least));
    let high = ticks.last().map_or(most, |t| t.at.max(most));
    let x = Scale::linear(low, high, plot.left, plot.right);
    frame::bottom(picture, plot, &x, &ticks, "difference in percent of A, whole fleet");
    let zero = x.at(0.0);
    picture.line(vec![(zero, plot.top), (zero, plot.bottom)], Pen::new(INK, 2.0));
    let pitch = (plot.bottom - plot.top) / rows.len() as f64;
    for (index, row) in rows.iter().enumerate() {
        let top = plot.top + pitch * index as f64;
        if index > 0 {
            let ends = vec![(plot.left - 12.0, top), (WIDTH - MARGIN, top)];
            picture.line(ends, Pen::new(GRID, 1.5));
        }
        picture.on_paper((plot.left, top + 24.0), row.label, plain(LABEL).bold());
        let step = (pitch - 30.0) / row.of.len() as f64;
        for (i, (side, d)) in row.of.iter().enumerate() {
            let y = top + 30.0 + step * (i as f64 + 0.5);
            one(picture, d, palette::SERIES[*side], (&x, plot, y), (low, high));
            let text =
                if row.of.len() > 1 { format!("{}: {}", letter(*side), says(d)) } else { says(d) };
            write(picture, (plot.right + 26.0, y + 6.0), &text, step);
        }
    }
    let all = || rows.iter().flat_map(|r| &r.of).map(|d| d.1);
    match methods(all()) {
        Ok(methods) => format!("bars: interval of 95 %, {methods}"),
        Err(why) => why.to_string(),
    }
}

/// How the intervals of differences were made, or why there are none.
pub fn methods<'d>(all: impl Iterator<Item = &'d Difference>) -> Result<String, &'static str> {
    let (mut methods, mut bare): (Vec<&str>, bool) = (Vec::new(), false);
    for d in all {
        let method = d.method.trim_end_matches("; few events");
        if d.ci_low.or(d.ci_high).is_some() && !methods.contains(&method) {
            methods.push(method);
        }
        bare |= [&d.a, &d.b].iter().any(|e| e.value.is_some() && e.ci_low.or(e.ci_high).is_none());
    }
    match (methods.is_empty(), bare) {
        (false, _) => Ok(methods.join("; or ")),
        (true, true) => Err("no intervals: too few replications"),
        (true, false) => Err("no differences: what was seen in one was not seen in the other"),
    }
}

/// Writes a difference beside the plot: smaller where it is long, and its interval below it if there is room.
fn write(picture: &mut Picture, at: At, text: &str, step: f64) {
    let room = WIDTH - MARGIN - at.0;
    let fits = |kind: &Type| kind.width(text) <= room;
    if let Some(kind) = [16.0, 15.0, 14.0].map(plain).into_iter().find(fits) {
        return picture.text(at, text, kind);
    }
    match text.split_once(" (") {
        Some((value, interval)) if step >= 36.0 => {
            picture.cut((at.0, at.1 - 10.0), value, plain(16.0), room);
            picture.cut((at.0, at.1 + 10.0), &format!("({interval}"), plain(15.0), room);
        }
        _ => picture.cut(at, text, plain(14.0), room),
    }
}

/// One difference: a dot with its interval, an arrow where it leaves the axis.
fn one(
    picture: &mut Picture,
    d: &Difference,
    colour: Colour,
    (x, plot, y): (&Scale, Plot, f64),
    (least, most): (f64, f64),
) {
    let Some((low, value, high)) = relative(d) else { return };
    if d.ci_low.or(d.ci_high).is_some() {
        picture.line(vec![(x.at(low), y), (x.at(high), y)], Pen::new(colour, 6.0).alpha(0.45));
    }
    let mut arrow = |tip: f64, back: f64| {
        picture.area(vec![(tip, y), (back, y - 8.0), (back, y + 8.0)], colour, 0.6);
    };
    if high > most * 1.000_001 {
        arrow(plot.right + 12.0, plot.right - 2.0);
    }
    if low < least * 1.000_001 {
        arrow(plot.left - 12.0, plot.left + 2.0);
    }
    if value <= most {
        picture.dot((x.at(value), y), 8.0, colour);
    }
    let title = format!("{}: {}; {}", d.metric, says(d), d.method);
    picture.hover((plot.left, y - 10.0), (plot.right, y + 10.0), &title);
}

/// A difference in words, with its interval: `+49 s a year (+44 s to +54 s)`.
pub fn says(d: &Difference) -> String {
    let Some(value) = d.value else { return "none seen".to_string() };
    human::difference(d.unit, value, (d.ci_low, d.ci_high))
}

/// Ticks of percentages on both sides of 0.
fn signed_percents(low: f64, high: f64) -> Vec<Tick> {
    let both = ticks::linear((high - low) * 100.0);
    let step = both.get(1).map_or(1.0, |t| t.at);
    let (from, to) = ((low * 100.0 / step).floor() as i32, (high * 100.0 / step).ceil() as i32);
    let text = |v: f64| match v {
        v if v > 0.0 => format!("+{} %", human::digits(v)),
        v if v < 0.0 => format!("−{} %", human::digits(-v)),
        _ => "0".to_string(),
    };
    let at = |i: i32| f64::from(i) * step;
    let tick = |v: f64| Tick { at: v / 100.0, text: text(v), below: String::new() };
    (from..=to).map(|i| tick(at(i))).collect()
}
