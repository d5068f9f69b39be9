//! Downtime by cause in several scenarios, side by side, with what differs from the first.

use super::causes::{self, Bar};
use super::compare::{MOST, Sides, methods, says};
use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale};
use super::palette::{self, INK, MUTED};
use super::picture::{Picture, Type, WIDTH, plain};
use super::{Chart, ticks};
use crate::measure::table::phases;
use crate::measure::{Difference, Kind};
use crate::report::human;

/// What is compared.
const METRIC: &str = "downtime_per_server_year";
/// Height of a bar and what is around it.
const BAR: f64 = 23.0;
/// Space between causes.
const GAP: f64 = 17.0;

/// A cause with a bar for each scenario.
struct Row {
    name: String,
    bars: Vec<Bar>,
}

impl Row {
    fn longest(&self) -> f64 {
        self.bars.iter().map(Bar::length).fold(0.0, f64::max)
    }
}

/// The chart; none where nothing was down.
pub fn chart(sides: Sides<'_>) -> Option<Chart> {
    let mut rows = rows(sides);
    rows.retain(|r| r.longest() > 0.0);
    rows.sort_by(|a, b| b.longest().total_cmp(&a.longest()).then(a.name.cmp(&b.name)));
    let each = BAR * rows.first()?.bars.len() as f64 + GAP;
    let (top, bottom) = (186.0, 742.0);
    let all = rows.len();
    rows.truncate(((bottom - top + GAP) / each) as usize);

    let title = "Downtime by cause, side by side";
    let mut picture = Picture::default();
    let how = "What takes a server down in each scenario and what the time goes into; behind the \
        comma how much more or less than in A.";
    frame::heading(&mut picture, title, how);
    let bars: Vec<&Bar> = rows.iter().flat_map(|r| &r.bars).collect();
    causes::legend_of(&mut picture, &bars);
    let bottom = draw(&mut picture, &rows, (top, bottom));
    frame::end_below(&mut picture, bottom);
    if all > rows.len() {
        let causes = human::plural((all - rows.len()) as u64, "more cause");
        let text = format!("{causes} took less: see compare.csv");
        frame::note(&mut picture, &text);
    } else {
        sides.left_out(&mut picture);
    }
    let others = sides.comparison.others.iter().take(MOST - 1).flat_map(|v| &v.differences);
    let method = match methods(others.filter(|d| d.scope == Kind::Cause && d.metric == METRIC)) {
        Ok(methods) => format!("in brackets: interval of 95 % of the difference, {methods}"),
        Err(why) => why.to_string(),
    };
    let said = frame::foot(&mut picture, &sides.facts(), &method);
    Some(Chart {
        name: "compare-causes".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

/// A row for each cause that any scenario has.
fn rows(sides: Sides<'_>) -> Vec<Row> {
    let mut names: Vec<&str> = Vec::new();
    for (_, _, outcome) in sides.all() {
        for scope in outcome.book.scopes.iter().filter(|s| s.kind == Kind::Cause) {
            if !names.contains(&scope.name.as_str()) {
                names.push(&scope.name);
            }
        }
    }
    let row = |name: &&str| {
        let bars = sides.all().enumerate().map(|(i, (letter, _, outcome))| {
            let scope = outcome.book.scope(Kind::Cause, name);
            let parts = scope.map(|s| phases(&outcome.total, &outcome.book, s));
            let mut bar =
                Bar { name: letter, parts: parts.unwrap_or_default(), says: String::new() };
            let seen =
                outcome.estimate(Kind::Cause, name, METRIC).is_some_and(|e| e.value.is_some());
            bar.says = match scope {
                Some(_) if seen => human::time(bar.length()),
                Some(_) => "none seen".to_string(),
                None => "none".to_string(),
            };
            if let Some(d) = i.checked_sub(1).and_then(|i| difference(sides, i, name)) {
                bar.says += &match d.value {
                    Some(_) => format!(",  {}", says(d).replacen(" a year", "", 1)),
                    None if seen => ",  none seen in A".to_string(),
                    None => String::new(),
                };
            }
            bar
        });
        Row { name: name.replace('_', " "), bars: bars.collect() }
    };
    names.iter().map(row).collect()
}

fn difference<'a>(sides: Sides<'a>, other: usize, cause: &str) -> Option<&'a Difference> {
    let is = |d: &&Difference| d.scope == Kind::Cause && d.name == cause && d.metric == METRIC;
    sides.comparison.others.get(other)?.differences.iter().find(is)
}

/// Draws the rows; returns where they end.
fn draw(picture: &mut Picture, rows: &[Row], between: (f64, f64)) -> f64 {
    let names = rows.iter().map(|r| plain(LABEL).width(&r.name)).fold(100.0, f64::max).min(260.0);
    let left = MARGIN + names + 46.0;
    let bars = || rows.iter().flat_map(|r| &r.bars);
    let most = bars().map(Bar::length).fold(0.0, f64::max);
    // A bar and what stands at its end fit side by side.
    let room = |b: &Bar| WIDTH - MARGIN - left - plain(NOTE).width(&b.says) - 24.0;
    let lengths = bars().filter(|b| b.length() > 0.0).map(|b| room(b) * most / b.length());
    let wide = lengths.fold(WIDTH - MARGIN - left, f64::min);
    let each = BAR * rows[0].bars.len() as f64 + GAP;
    let bottom = (between.0 + each * rows.len() as f64).min(between.1);
    let plot = Plot { left, right: left + wide, top: between.0, bottom };
    let mut ticks = ticks::linear_seconds(most);
    ticks.retain(|t| t.at <= most);
    let scale = Scale::linear(0.0, most, plot.left, plot.right);
    let axis = "downtime of a server in a year, by the cause it is charged to";
    frame::bottom(picture, plot, &scale, &ticks, axis);
    for (index, row) in rows.iter().enumerate() {
        let top = plot.top + each * index as f64;
        let middle = top + BAR * row.bars.len() as f64 / 2.0;
        picture.cut((MARGIN, middle + 7.0), &row.name, plain(LABEL), names);
        for (i, bar) in row.bars.iter().enumerate() {
            let y = top + BAR * (i as f64 + 0.5);
            let kind = Type::new(16.0, palette::SERIES[i]).bold().end();
            picture.text((left - 10.0, y + 6.0), &bar.name, kind);
            let end = causes::stack(picture, bar, &scale, (y, BAR * 0.42));
            let kind = if i == 0 { Type::new(NOTE, MUTED) } else { Type::new(NOTE, INK) };
            picture.on_paper((end + 12.0, y + 6.0), &bar.says, kind);
        }
    }
    plot.bottom
}
