//! Screening and variance shares: two numbers an assumption, each with its interval, largest first.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale, Swatch};
use super::palette::{BLUE, Colour, GRID, INK, MUTED, ORANGE};
use super::picture::{Pen, Picture, Type, WIDTH, plain};
use super::ticks::{self, Tick};
use super::{Chart, tornado};
use crate::experiment::sensitivity::{Findings, Moved};
use crate::measure::series::Ranged;
use crate::report::{SweepAbout, human};

/// Most rows.
const ROWS: usize = 12;
/// Colours of the first and of the second number.
const COLOURS: [Colour; 2] = [BLUE, ORANGE];

/// An assumption with its two numbers.
struct Row<'a> {
    moved: &'a Moved,
    both: [Ranged; 2],
}

/// What is drawn.
struct What<'a> {
    name: &'static str,
    title: &'static str,
    how: String,
    words: [&'static str; 2],
    axis: &'static str,
    /// Unit of the numbers; none for a share of 1.
    unit: Option<&'static str>,
    rows: Vec<Row<'a>>,
    note: String,
}

/// The chart of a screening or of variance shares; none of a tornado.
pub fn chart(about: &SweepAbout, findings: &Findings) -> Option<Chart> {
    let what = what(findings)?;
    let shown = &what.rows[..what.rows.len().min(ROWS)];
    if shown.is_empty() {
        return None;
    }
    let mut picture = Picture::default();
    frame::heading(&mut picture, what.title, &what.how);
    let entries = [0, 1].map(|k| (Swatch::Dot(COLOURS[k]), what.words[k].to_string()));
    frame::legend(&mut picture, (MARGIN, 138.0), &entries);
    let bottom = draw(&mut picture, &what, shown);
    frame::end_below(&mut picture, bottom);
    if what.rows.len() > shown.len() {
        let more = (what.rows.len() - shown.len()) as u64;
        let tell = if more == 1 { "tells" } else { "tell" };
        let more = human::plural(more, "more assumption");
        let text = format!("{more} {tell} less: see {}.csv", what.name);
        frame::note(&mut picture, &text);
    }
    let facts = tornado::facts(about, findings.about());
    let said = frame::foot(&mut picture, &facts, &what.note);
    Some(Chart {
        name: what.name.to_string(),
        title: what.title.to_string(),
        svg: picture.svg(&format!("{}. {said}", what.title)),
    })
}

fn what(findings: &Findings) -> Option<What<'_>> {
    let watched = findings.about().target.words().replace('_', " ");
    let also = if findings.about().target.adds_up() { " and replications" } else { "" };
    let interval = format!("bars: interval of 95 %, bootstrap over rows of the design{also}");
    match findings {
        Findings::Tornado(_) => None,
        Findings::Morris(found) => Some(What {
            name: "morris",
            title: "Which assumptions matter: screening",
            how: format!(
                "How far an assumption moves the {watched} through its whole range, wherever the others are."
            ),
            words: ["mean size of the effect", "how much it varies with the others, or bends"],
            axis: "change for the whole range",
            unit: Some(found.about.target.unit()),
            rows: found
                .effects
                .iter()
                .map(|e| Row { moved: &e.moved, both: [e.mu_star, e.sigma] })
                .collect(),
            note: format!(
                "elementary effects along {}; {interval}",
                human::plural(u64::from(found.trajectories), "path")
            ),
        }),
        Findings::Sobol(found) => Some(What {
            name: "sobol-indices",
            title: "Which assumptions matter: shares of the variance",
            how: format!("How much of the variance of the {watched} goes back to an assumption."),
            words: ["alone", "together with others"],
            axis: "share of the variance",
            unit: None,
            rows: found
                .indices
                .iter()
                .map(|i| Row { moved: &i.moved, both: [i.first, i.total] })
                .collect(),
            note: format!(
                "{} of {}; {interval}",
                human::plural(u64::from(found.rows), "row"),
                found.design
            ),
        }),
    }
}

/// Draws the rows; returns where they end.
fn draw(picture: &mut Picture, what: &What<'_>, rows: &[Row<'_>]) -> f64 {
    let kind = plain(LABEL);
    let names = rows.iter().map(|r| tornado::wide(r.moved)).fold(240.0, f64::max).min(420.0);
    let says = |r: Ranged| match what.unit {
        Some(unit) => {
            human::difference_bare(unit, r.value, (None, None)).trim_start_matches('+').to_string()
        }
        None => {
            let [text] = human::percents([r.value]);
            text
        }
    };
    let says: Vec<String> =
        rows.iter().map(|row| format!("{}, {}", says(row.both[0]), says(row.both[1]))).collect();
    let wide = says.iter().map(|s| plain(NOTE).width(s)).fold(120.0, f64::max);
    let (top, most) = (166.0, 745.0);
    let pitch = ((most - top) / rows.len() as f64).min(frame::ROW);
    let plot = Plot {
        left: MARGIN + names + 24.0,
        right: WIDTH - MARGIN - wide - 40.0,
        top,
        bottom: top + pitch * rows.len() as f64,
    };
    let all = || rows.iter().flat_map(|r| r.both);
    let most = all().map(|r| r.value).fold(0.0, f64::max);
    // An interval that reaches far beyond all values hides what they do: it ends at the edge, in an arrow.
    let edge = if what.unit.is_none() { most.max(1.0) } else { most * 1.6 };
    let reach = all().filter_map(|r| r.ci_high).fold(most, f64::max).min(edge).max(1e-12);
    // A share that is estimated may come out below 0.
    let least = all().map(|r| r.value).fold(0.0, f64::min);
    let edge = least.min(-0.25 * reach);
    let least = all().filter_map(|r| r.ci_low).fold(least, f64::min).max(edge);
    let ticks: Vec<Tick> = match what.unit {
        None => {
            let percent = |t: Tick| Tick { at: t.at / 100.0, text: t.text + " %", ..t };
            ticks::linear(reach * 100.0).into_iter().map(percent).collect()
        }
        Some("s" | "s/y") => ticks::linear_seconds(reach),
        Some("share") => {
            let percent = |t: Tick| Tick { at: t.at / 100.0, ..t };
            ticks::linear(reach * 100.0).into_iter().map(percent).collect()
        }
        Some(_) => ticks::linear(reach),
    };
    let ticks = with_negative(ticks, least);
    let (from, to) = (ticks.first().map_or(0.0, |t| t.at), ticks.last().map_or(reach, |t| t.at));
    let x = Scale::linear(from, to, plot.left, plot.right);
    let points = if what.unit == Some("share") { ", in percentage points" } else { "" };
    frame::bottom(picture, plot, &x, &ticks, &format!("{}{points}", what.axis));
    if from < 0.0 {
        let zero = x.at(0.0);
        picture.line(vec![(zero, plot.top), (zero, plot.bottom)], Pen::new(MUTED, 1.5));
    }
    for (i, row) in rows.iter().enumerate() {
        let y = plot.top + pitch * (i as f64 + 0.5);
        let under = y + pitch / 2.0;
        picture.line(vec![(MARGIN, under), (plot.left - 24.0, under)], Pen::new(GRID, 1.0));
        picture.name((MARGIN, y - 1.0), &row.moved.parameter, kind, names);
        picture.cut((MARGIN, y + 17.0), &tornado::range(row.moved), Type::new(15.0, MUTED), names);
        for (k, ranged) in row.both.iter().enumerate() {
            let y = y + [-0.17, 0.17][k] * pitch;
            if let (Some(low), Some(high)) = (ranged.ci_low, ranged.ci_high) {
                let pen = Pen::new(COLOURS[k], 5.0).alpha(0.45);
                picture.line(vec![(x.at(low), y), (x.at(high), y)], pen);
                let beyond = (low < from - 1e-9 * reach, high > to + 1e-9 * reach);
                frame::cut_ends(picture, plot, y, beyond, COLOURS[k]);
            }
            picture.dot((x.at(ranged.value), y), 6.5, COLOURS[k]);
        }
        picture.text((plot.right + 40.0, y + 6.0), &says[i], Type::new(NOTE, INK));
    }
    plot.bottom
}

/// Ticks from 0 on, and as many below it in the same steps as reach down to a value.
fn with_negative(ticks: Vec<Tick>, least: f64) -> Vec<Tick> {
    let step = ticks.get(1).map_or(1.0, |t| t.at);
    let more = (-least / step - 1e-9).ceil().max(0.0) as usize;
    let below = |t: &Tick| Tick { at: -t.at, text: format!("−{}", t.text), ..t.clone() };
    let mut all: Vec<Tick> = ticks.iter().skip(1).take(more).map(below).collect();
    all.reverse();
    all.extend(ticks);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_reaches_below_0_where_a_share_does() {
        let texts = |least: f64| -> Vec<String> {
            with_negative(ticks::linear(100.0), least).into_iter().map(|t| t.text).collect()
        };
        assert_eq!(texts(0.0), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(texts(-25.0)[..3], ["−40", "−20", "0"]);
    }
}
