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
    draw(&mut picture, &what, shown);
    if what.rows.len() > shown.len() {
        let text = format!("{} more tell less: the table has them", what.rows.len() - shown.len());
        picture.text((MARGIN, 826.0), &text, Type::new(NOTE, MUTED));
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

fn draw(picture: &mut Picture, what: &What<'_>, rows: &[Row<'_>]) {
    let kind = plain(LABEL);
    let names = rows.iter().map(|r| tornado::wide(r.moved)).fold(240.0, f64::max).min(420.0);
    let says = |r: Ranged| match what.unit {
        Some(unit) => human::signed(unit, r.value).replace(" a year", "").replace('+', ""),
        None => format!("{:.0} %", r.value * 100.0),
    };
    let says: Vec<String> =
        rows.iter().map(|row| format!("{}, {}", says(row.both[0]), says(row.both[1]))).collect();
    let wide = says.iter().map(|s| plain(NOTE).width(s)).fold(120.0, f64::max);
    let (top, most) = (166.0, 745.0);
    let pitch = ((most - top) / rows.len() as f64).min(110.0);
    let plot = Plot {
        left: MARGIN + names + 24.0,
        right: WIDTH - MARGIN - wide - 40.0,
        top,
        bottom: top + pitch * rows.len() as f64,
    };
    let all = || rows.iter().flat_map(|r| r.both);
    let most = all().map(|r| r.value).fold(0.0, f64::max);
    // No share is above 1, whatever an interval says.
    let edge = if what.unit.is_none() { most.max(1.0) } else { most * 1.6 };
    let reach = all().filter_map(|r| r.ci_high).fold(most, f64::max).min(edge).max(1e-12);
    let ticks: Vec<Tick> = match what.unit {
        None => {
            let percent = |t: Tick| Tick { at: t.at / 100.0, text: t.text + " %", ..t };
            ticks::linear(reach * 100.0).into_iter().map(percent).collect()
        }
        Some("s" | "s/y") => ticks::linear_seconds(reach),
        Some("share") => {
            let percent = |t: Tick| Tick { at: t.at / 100.0, text: t.text + " points", ..t };
            ticks::linear(reach * 100.0).into_iter().map(percent).collect()
        }
        Some(_) => ticks::linear(reach),
    };
    let x = Scale::linear(0.0, ticks.last().map_or(reach, |t| t.at), plot.left, plot.right);
    frame::bottom(picture, plot, &x, &ticks, what.axis);
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
            }
            picture.dot((x.at(ranged.value), y), 6.5, COLOURS[k]);
        }
        picture.text((plot.right + 40.0, y + 6.0), &says[i], Type::new(NOTE, INK));
    }
}
