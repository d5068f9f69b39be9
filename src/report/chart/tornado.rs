//! The tornado: how far each assumption moves a metric when it goes through its range: what is sure
//! first, of these the widest.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale, Swatch};
use super::palette::{BLUE, Colour, GRID, INK, MUTED, ORANGE, PAPER};
use super::picture::{Pen, Picture, Type, WIDTH, plain};
use super::ticks::Tick;
use super::{Chart, ticks};
use crate::experiment::sensitivity::{About, Bar, End, Findings, Moved, Told, Tornado};
use crate::measure::series::Ranged;
use crate::report::{SweepAbout, human};

/// Most rows.
const ROWS: usize = 12;
/// Colours of the low and of the high end.
const ENDS: [Colour; 2] = [BLUE, ORANGE];
/// How much colour a bar has that may be chance.
const PALE: f64 = 0.35;

/// The chart of a sensitivity analysis; none where nothing could be moved.
pub fn chart(about: &SweepAbout, findings: &Findings) -> Option<Chart> {
    let Findings::Tornado(found) = findings else { return None };
    let bars: Vec<&Bar> =
        found.bars.iter().filter(|b| b.low.is_some() || b.high.is_some()).collect();
    let shown = &bars[..bars.len().min(ROWS)];
    if shown.is_empty() {
        return None;
    }
    let target = &found.about.target;
    let title = "What the result rests on";
    let mut picture = Picture::default();
    let base = found
        .about
        .base
        .value
        .map(|v| format!(", which is {} as it stands", human::value(target.unit(), v)));
    let how = format!(
        "How far each assumption alone moves the {}{}.",
        target.words().replace('_', " "),
        base.unwrap_or_default()
    );
    frame::heading(&mut picture, title, &how);
    let mut entries = vec![
        (Swatch::Fill(ENDS[0], 1.0), "at the low end of its range".to_string()),
        (Swatch::Fill(ENDS[1], 1.0), "at the high end".to_string()),
    ];
    let is = |told: Told| shown.iter().any(|b| b.told() == told);
    if is(Told::Doubtful) {
        entries.push((Swatch::Fill(ENDS[1], PALE), "paler: may be chance".to_string()));
    }
    if is(Told::Clear) || is(Told::Doubtful) {
        entries.push((Swatch::Line(INK), "interval of 95 %".to_string()));
    }
    frame::legend(&mut picture, (MARGIN, 138.0), &entries);
    let bottom = draw(&mut picture, found, shown);
    frame::end_below(&mut picture, bottom);
    let mut notes = Vec::new();
    if bars.len() > shown.len() {
        let more = human::plural((bars.len() - shown.len()) as u64, "more assumption");
        notes.push(format!("{more}: see tornado.csv"));
    }
    let still = found.about.left_out.len();
    if still > 0 {
        notes.push(format!(
            "{} not moved, for the reasons in tornado.csv",
            human::plural(still as u64, "assumption")
        ));
    }
    frame::note(&mut picture, &notes.join("; "));
    let facts = facts(about, &found.about);
    let note = if is(Told::Clear) || is(Told::Doubtful) {
        format!("lines: interval of 95 % of the difference, {}", found.method)
    } else if is(Told::NoInterval) {
        format!("what of it is chance is not known: {}", found.method)
    } else {
        found.method.to_string()
    };
    let said = frame::foot(&mut picture, &facts, &note);
    Some(Chart {
        name: "tornado".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

/// What captions say: sweep, seed, how much was played.
pub fn facts(about: &SweepAbout, watched: &About) -> String {
    format!(
        "{} · {} · {} of n = {}",
        frame::short(&about.name, 380.0),
        about.seeds(),
        human::plural(watched.points as u64, "point"),
        human::plural_between(watched.replications, "replication"),
    )
}

/// The ends of a parameter that are there, with their colours and how they are written.
fn ends(bar: &Bar) -> impl Iterator<Item = (End, Colour, &str)> {
    let (low, high) = (bar.moved.low.as_str(), bar.moved.high.as_str());
    let ends = [(bar.low, ENDS[0], low), (bar.high, ENDS[1], high)];
    ends.into_iter().filter_map(|(end, colour, text)| Some((end?, colour, text)))
}

/// Draws the rows; returns where they end.
fn draw(picture: &mut Picture, found: &Tornado, bars: &[&Bar]) -> f64 {
    let unit = found.about.target.unit();
    let names = bars.iter().map(|b| wide(&b.moved)).fold(240.0, f64::max).min(390.0);
    let says: Vec<String> =
        bars.iter().map(|b| b.swing.map_or(String::new(), |s| says(unit, s))).collect();
    let beside = says.iter().map(|s| plain(NOTE).width(s)).fold(120.0, f64::max);
    let (top, most) = (172.0, 745.0);
    let pitch = ((most - top) / bars.len() as f64).min(frame::ROW);
    let plot = Plot {
        left: MARGIN + names + 70.0,
        right: WIDTH - MARGIN - beside - 70.0,
        top,
        bottom: top + pitch * bars.len() as f64,
    };
    // Intervals that reach far beyond all bars end at the edge, in an arrow.
    let all = || bars.iter().flat_map(|b| ends(b)).map(|e| e.0.difference);
    let widest = all().map(|d| d.value.abs()).fold(0.0, f64::max);
    let reach =
        |pick: fn(&Ranged) -> f64| all().map(|d| pick(&d)).fold(0.0, f64::max).min(widest * 1.6);
    let most = reach(|d| d.ci_high.unwrap_or(d.value).max(d.value)).max(widest * 0.05).max(1e-15);
    let least = reach(|d| -d.ci_low.unwrap_or(d.value).min(d.value)).max(widest * 0.05).max(1e-15);
    let x = Scale::linear(-least, most, plot.left, plot.right);
    let ticks = signed_ticks(unit, -least, most);
    let points = if unit == "share" { ", in percentage points" } else { "" };
    let axis = format!("how far it moves from the value as it is{points}");
    frame::bottom(picture, plot, &x, &ticks, &axis);
    for (i, (bar, says)) in bars.iter().zip(&says).enumerate() {
        let y = plot.top + pitch * (i as f64 + 0.5);
        row(picture, bar, says, y, pitch, (&x, (-least, most), plot, names));
    }
    let zero = x.at(0.0);
    picture.line(vec![(zero, plot.top), (zero, plot.bottom)], Pen::new(INK, 2.0));
    plot.bottom
}

/// One parameter: name and range, both bars with their intervals, what it swings.
fn row(
    picture: &mut Picture,
    bar: &Bar,
    says: &str,
    y: f64,
    pitch: f64,
    (x, ends_of_axis, plot, names): (&Scale, (f64, f64), Plot, f64),
) {
    let pale = bar.told() == Told::Doubtful;
    let up = pitch * 0.5;
    picture.line(vec![(MARGIN, y + up), (plot.left - 70.0, y + up)], Pen::new(GRID, 1.0));
    picture.name((MARGIN, y - 1.0), &bar.moved.parameter, plain(LABEL), names);
    let small = Type::new(15.0, MUTED);
    picture.cut((MARGIN, y + 17.0), &range(&bar.moved), small, names);
    let (zero, half) = (x.at(0.0), (pitch * 0.34).min(if pitch > 70.0 { 22.0 } else { 15.0 }));
    // Both ends on one side lie above each other: the longer one behind.
    let mut found: Vec<(End, Colour, &str)> = ends(bar).collect();
    found.sort_by(|a, b| b.0.difference.value.abs().total_cmp(&a.0.difference.value.abs()));
    let same = found.len() == 2 && found[0].0.difference.value * found[1].0.difference.value > 0.0;
    for (k, (end, colour, _)) in found.iter().enumerate() {
        let half = if same && k == 1 { half * 0.55 } else { half };
        let at = x.at(end.difference.value);
        if (at - zero).abs() > 0.3 {
            if pale {
                // What lies behind it must not shine through.
                picture.bar((zero, y - half), (at, y + half), PAPER, 1.0);
            }
            let alpha = if pale { PALE } else { 1.0 };
            picture.bar((zero, y - half), (at, y + half), *colour, alpha);
        }
    }
    let both = found.len() == 2;
    for (k, (end, ..)) in found.iter().enumerate() {
        // Two lines never merge into one.
        let aside = if both { 4.5 * (k as f64 * 2.0 - 1.0) } else { 0.0 };
        let (low, high) = (end.difference.ci_low, end.difference.ci_high);
        if low.or(high).is_some() {
            let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
            let y = y + aside;
            picture.line(vec![(x.at(low), y), (x.at(high), y)], Pen::new(INK, 2.0));
            let (least, most) = ends_of_axis;
            let beyond = (low < least * 1.000_001, high > most * 1.000_001);
            frame::cut_ends(picture, plot, y, beyond, INK);
        }
    }
    let ink = if pale { MUTED } else { INK };
    picture.text((plot.right + 60.0, y + 6.0), says, Type::new(NOTE, ink));
    let title = format!("{}: {says}; {}", bar.moved.parameter, bar.moved.source);
    picture.hover((plot.left, y - up), (plot.right, y + up), &title);
}

/// How wide the name of a parameter and its range are.
pub fn wide(moved: &Moved) -> f64 {
    plain(LABEL).width(&moved.parameter).max(Type::new(15.0, MUTED).width(&range(moved)))
}

/// `assumed: 5s to 60s, here 20s`.
pub fn range(moved: &Moved) -> String {
    let here = match moved.centre.as_str() {
        "" => String::new(),
        centre => format!(", here {centre}"),
    };
    format!("{}: {} to {}{here}", moved.origin, moved.low, moved.high)
}

fn says(unit: &str, swing: Ranged) -> String {
    human::difference(unit, swing.value, (swing.ci_low, swing.ci_high))
}

/// Ticks on both sides of 0, in a unit of metrics.
fn signed_ticks(unit: &str, low: f64, high: f64) -> Vec<Tick> {
    let both = match unit {
        "s" | "s/y" => ticks::linear_seconds(high - low),
        _ => ticks::linear(high - low),
    };
    let step = both.get(1).map_or(1.0, |t| t.at);
    let (from, to) = ((low / step).ceil() as i32, (high / step).floor() as i32);
    let text = |v: f64| match v {
        0.0 => "0".to_string(),
        v => human::signed(unit, v).replace(" a year", "").replace(" points", ""),
    };
    let tick = |v: f64| Tick { at: v, text: text(v), below: String::new() };
    (from..=to).map(|i| tick(f64::from(i) * step)).collect()
}
