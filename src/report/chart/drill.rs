//! A drill, server by server: what each that was down went through, from the strike on.

use super::drill_rows::{Block, blocks, down, label, soon, up};
use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale, Swatch};
use super::palette::{self, Colour, INK, MUTED};
use super::picture::{At, Pen, Picture, Type, WIDTH, plain};
use super::{Chart, Run, font, ticks};
use crate::kernel::time::SimTime;
use crate::measure::drill::Hit;
use crate::model::fleet::{Fleet, Place};
use crate::model::record::Phase;
use crate::report::human;

/// Most rows that have a name each; else their groups have.
const NAMED: usize = 22;
/// Space between groups.
const GAP: f64 = 14.0;
/// Most strikes that have a line.
const STRIKES: usize = 4;
/// Serving with less redundancy than bought.
const AT_RISK: Colour = plotters::style::RGBColor(0xb9, 0xc0, 0xc8);

/// The chart; none without a drill that took something down.
pub fn chart(run: Run<'_>) -> Option<Chart> {
    let drill = &run.outcome.drill;
    let zero = run.outcome.book.strikes.first()?.0;
    let blocks = blocks(run, zero);
    let rows = || blocks.iter().flat_map(|b| &b.rows);
    let shown = rows().count();
    let end = rows().map(|hit| up(hit, zero)).reduce(f64::max)?.max(1.0);
    let title = "The drill, server by server";
    let mut picture = Picture::default();
    let how = format!(
        "What each server that was down went through. {} of {} were down.",
        human::count(drill.servers()),
        human::plural(run.outcome.book.servers, "server"),
    );
    frame::heading(&mut picture, title, &how);
    legend(&mut picture, &blocks);

    let gaps = GAP * (blocks.len() - 1) as f64;
    let (top, most) = (196.0, 740.0);
    // Few rows are higher.
    let pitch = ((most - top - gaps) / shown as f64).min(34.0 + 40.0 / shown as f64);
    let left = MARGIN + names(&blocks, shown) + 18.0;
    let right = WIDTH - MARGIN - if shown <= NAMED { 90.0 } else { 8.0 };
    let whole = Plot { left, right, top, bottom: top + pitch * shown as f64 + gaps + 5.0 };
    frame::end_below(&mut picture, whole.bottom);
    let ends: Vec<f64> = rows().map(|hit| up(hit, zero)).collect();
    let panels: Vec<(Plot, f64, &str)> = match soon(ends) {
        None => vec![(whole, end * 1.01, "")],
        Some(soon) => {
            let middle = left + (right - left) * 0.5;
            vec![
                (Plot { right: middle - 22.0, ..whole }, soon * 1.04, "at first: "),
                (Plot { left: middle + 22.0, ..whole }, end * 1.01, "until all are up: "),
            ]
        }
    };
    let strike = if run.outcome.book.strikes.len() > 1 { "first strike" } else { "strike" };
    for (plot, length, word) in &panels {
        let scale = Scale::linear(0.0, *length, plot.left, plot.right);
        let axis = format!("{word}time since the {strike}");
        frame::bottom(&mut picture, *plot, &scale, &ticks::elapsed(*length), &axis);
        strikes(&mut picture, run, *plot, &scale, *length);
        draw(&mut picture, &blocks, *plot, &scale, pitch, zero);
    }
    labels(&mut picture, &blocks, whole, pitch, shown);
    notes(&mut picture, run, &blocks, shown);
    let note = format!(
        "replication 0 of {}, as it was played: no interval; the {strike} is at {}",
        human::count(run.outcome.replications),
        instant(&run.scenario.fleet, zero),
    );
    let said = frame::caption(&mut picture, run.scenario, run.outcome, &note);
    Some(Chart {
        name: "drill".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

fn legend(picture: &mut Picture, blocks: &[Block<'_>]) {
    let hits = || blocks.iter().flat_map(|b| &b.rows);
    let seen =
        |phase: Phase| hits().flat_map(|h| &h.outages).any(|o| o.stretches().any(|s| s.0 == phase));
    let mut entries: Vec<(Swatch, String)> = Phase::ALL
        .iter()
        .filter(|p| seen(**p))
        .map(|&p| (Swatch::Fill(palette::phase(p), 1.0), p.word().to_string()))
        .collect();
    if hits().any(|h| !h.at_risk.is_empty()) {
        entries.push((Swatch::Line(AT_RISK), "up, at risk".to_string()));
    }
    frame::legend(picture, (MARGIN, 134.0), &entries);
}

/// A server's name cut to a width; its number stays.
fn short(block: &Block<'_>, hit: &Hit, room: f64) -> String {
    let number = format!("/{}", u64::from(hit.number) + 1);
    let name = super::picture::clean(block.name);
    font::fit_name(&name, LABEL, false, room - plain(LABEL).width(&number)) + &number
}

/// Room that names take.
fn names(blocks: &[Block<'_>], shown: usize) -> f64 {
    let kind = plain(LABEL);
    let wide = |block: &Block<'_>| {
        if shown <= NAMED {
            block.rows.iter().map(|hit| kind.width(&label(block, hit))).fold(0.0, f64::max)
        } else {
            kind.bold().width(block.name).max(196.0)
        }
    };
    blocks.iter().map(wide).fold(100.0, f64::max).min(300.0)
}

fn labels(picture: &mut Picture, blocks: &[Block<'_>], plot: Plot, pitch: f64, shown: usize) {
    let room = plot.left - MARGIN - 18.0;
    let mut y = plot.top;
    for block in blocks {
        let height = pitch * block.rows.len() as f64;
        if shown <= NAMED {
            for (i, hit) in block.rows.iter().enumerate() {
                let y = y + pitch * (i as f64 + 0.5) + 6.0;
                picture.text((MARGIN, y), &short(block, hit, room), plain(LABEL));
            }
        } else {
            let two = height >= 44.0;
            let middle = y + height / 2.0 + if two { -4.0 } else { 6.0 };
            picture.name((MARGIN, middle), block.name, plain(LABEL).bold(), room);
            if two {
                let (count, of) = (human::count(block.of.0), human::count(block.of.1));
                let text = format!("{count} of {of}, p50 {}", human::time(block.median));
                picture.cut((MARGIN, middle + 22.0), &text, Type::new(16.0, MUTED), room);
            }
            let x = plot.left - 9.0;
            picture.line(vec![(x, y + 1.0), (x, y + height - 1.0)], Pen::new(MUTED, 2.0));
        }
        y += height + GAP;
    }
}

fn draw(
    picture: &mut Picture,
    blocks: &[Block<'_>],
    plot: Plot,
    scale: &Scale,
    pitch: f64,
    zero: u64,
) {
    let at = |micros: u64| scale.at(micros.saturating_sub(zero) as f64 / 1e6);
    let half = (pitch * 0.40).min(if pitch > 34.0 { 24.0 } else { 11.0 });
    let mut top = plot.top;
    let named = blocks.iter().map(|b| b.rows.len()).sum::<usize>() <= NAMED;
    for block in blocks {
        for (i, hit) in block.rows.iter().enumerate() {
            let y = top + pitch * (i as f64 + 0.5);
            let bar = |picture: &mut Picture, from: u64, to: u64, half: f64, colour: Colour| {
                let (x0, x1) = (at(from), at(to));
                if to > zero && x1 > x0 {
                    picture.bar((x0, y - half), (x1, y + half), colour, 1.0);
                }
            };
            for &(from, to) in &hit.at_risk {
                bar(picture, from, to, half * 0.3, AT_RISK);
            }
            for outage in &hit.outages {
                for (phase, from, to) in outage.stretches() {
                    bar(picture, from, to, half, palette::phase(phase));
                }
                if outage.censored && at(outage.to()) < plot.right {
                    still_down(picture, (at(outage.to()), y), half);
                }
            }
            if named && plot.right > WIDTH - MARGIN - 100.0 {
                let text = human::time(down(hit, zero));
                picture.text((plot.right + 12.0, y + 6.0), &text, plain(NOTE));
            }
            let (from, to) = ((plot.left, y - half), (plot.right, y + half));
            picture.hover(from, to, &says(block, hit, zero));
        }
        top += pitch * block.rows.len() as f64 + GAP;
    }
}

/// An arrow where the play ends before the server is up.
fn still_down(picture: &mut Picture, at: At, half: f64) {
    let (x, y) = at;
    picture.area(vec![(x + 7.0, y), (x, y - half), (x, y + half)], INK, 1.0);
}

/// What a row says when one hovers over it.
fn says(block: &Block<'_>, hit: &Hit, zero: u64) -> String {
    let mut phases = vec![0; Phase::ALL.len()];
    for (phase, from, to) in hit.outages.iter().flat_map(|o| o.stretches()) {
        phases[phase as usize] += to - from;
    }
    let parts: Vec<String> = Phase::ALL
        .iter()
        .zip(phases)
        .filter(|p| p.1 > 0)
        .map(|(p, micros)| format!("{} {}", p.word(), human::time(micros as f64 / 1e6)))
        .collect();
    let still = hit.outages.last().is_some_and(|o| o.censored);
    let end = if still { ", still down at the end" } else { "" };
    let down = human::time(down(hit, zero));
    format!("{}: down {down} ({}){end}", label(block, hit), parts.join(", "))
}

/// A line and a name for each strike within the panel.
fn strikes(picture: &mut Picture, run: Run<'_>, plot: Plot, scale: &Scale, length: f64) {
    let fleet = &run.scenario.fleet;
    let mut drills: Vec<_> = fleet.injections.iter().collect();
    drills.sort_by_key(|d| d.at);
    let zero = drills.first().map_or(0, |d| d.at.0);
    let since = |at: SimTime| (at.0 - zero) as f64 / 1e6;
    let mut free = f64::NEG_INFINITY;
    for drill in drills.iter().filter(|d| since(d.at) <= length).take(STRIKES) {
        let x = scale.at(since(drill.at));
        picture.dashes((x, plot.top - 22.0), (x, plot.bottom), 7.0, Pen::new(INK, 2.0));
        let text =
            format!("{}, {}", drill.cause.name().replace('_', " "), place(fleet, drill.place));
        let room = (plot.right - x - 8.0).min(330.0);
        let kind = plain(NOTE);
        if x >= free && room > 60.0 {
            picture.cut((x + 7.0, plot.top - 10.0), &text, kind, room);
            free = x + 20.0 + kind.width(&text).min(room);
        }
    }
}

fn place(fleet: &Fleet, place: Place) -> String {
    let region = |r: usize| fleet.regions[r].name.as_str();
    match place {
        Place::Region(r) => region(r).to_string(),
        Place::Zone(r, z) => format!("{}/{}", region(r), z + 1),
        Place::Hall(r, z, h) => format!("{}/{}/{}", region(r), z + 1, h + 1),
        Place::Group(g) => fleet.groups[g].name.clone(),
        Place::Server(g, n) => format!("{}/{}", fleet.groups[g].name, u64::from(n) + 1),
    }
}

/// An instant in words: `2026-03-08 10:00:00 UTC`.
fn instant(fleet: &Fleet, micros: u64) -> String {
    let mut field = Vec::new();
    crate::report::field::instant(&mut field, fleet.calendar.start_unix_micros + micros as i64);
    String::from_utf8_lossy(&field).replace('T', " ").replace('Z', " UTC")
}

/// Says what was left out.
fn notes(picture: &mut Picture, run: Run<'_>, blocks: &[Block<'_>], shown: usize) {
    let drill = &run.outcome.drill;
    let mut notes = Vec::new();
    if drill.servers() > shown as u64 {
        notes.push(format!(
            "{shown} of {} servers: of each group in even steps of the time down",
            human::count(drill.servers())
        ));
    }
    let groups = drill.by_group.len();
    if groups > blocks.len() {
        let few = blocks.len();
        notes.push(format!("the {few} groups with most servers down, of {groups}"));
    }
    let biggest = blocks.iter().find(|b| b.of.0 > 500);
    if let Some(block) = biggest {
        let name = frame::short(&run.outcome.book.groups[block.group].name, 200.0);
        notes.push(format!("the first 500 of {name}"));
    }
    frame::note(picture, &notes.join("; "));
}
