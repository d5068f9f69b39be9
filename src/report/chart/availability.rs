//! Availability by standby mode and group: where each lies with 95 % confidence, against its targets.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale, Swatch};
use super::palette::{self, Colour, GRID, INK};
use super::picture::{Pen, Picture, WIDTH, plain};
use super::{Chart, Run, ticks};
use crate::measure::{Estimate, Kind};
use crate::model::fleet::StandbyMode;
use crate::report::bound::{Side, bound};
use crate::report::drilled::Play;
use crate::report::human;

/// Most rows.
const ROWS: usize = 20;

/// One row of the picture.
struct Row<'a> {
    name: String,
    bold: bool,
    colour: Colour,
    /// Unavailability.
    estimate: &'a Estimate,
    target: Option<f64>,
    objective: Option<f64>,
}

impl Row<'_> {
    fn values(&self) -> impl Iterator<Item = f64> {
        let e = self.estimate;
        [e.value, e.ci_low, e.ci_high, self.target, self.objective].into_iter().flatten()
    }

    fn has_ends(&self) -> bool {
        self.estimate.ci_low.or(self.estimate.ci_high).is_some()
    }

    /// What is worst comes first.
    fn badness(&self) -> f64 {
        self.estimate.value.or(self.estimate.ci_high).unwrap_or(0.0)
    }

    fn says(&self) -> String {
        let e = self.estimate;
        match (e.value, e.ci_low, e.ci_high) {
            (Some(v), Some(low), Some(high)) => {
                let texts = human::shares([1.0 - v, 1.0 - high, 1.0 - low]);
                format!("{} ({} – {})", texts[0], bare(&texts[1]), bare(&texts[2]))
            }
            (Some(v), ..) => human::share(1.0 - v),
            (None, _, Some(high)) => {
                format!("more than {}", bound("share", 1.0 - high, Side::More))
            }
            _ => String::new(),
        }
    }
}

fn bare(share: &str) -> &str {
    share.trim_end_matches(" %")
}

/// The chart; none where nothing was measured.
pub fn chart(run: Run<'_>) -> Option<Chart> {
    let (rows, left_out) = rows(run);
    let positive = || rows.iter().flat_map(Row::values).filter(|v| *v > 0.0);
    let least = positive().reduce(f64::min)?;
    let most = positive().reduce(f64::max)?;
    let (low, high) = ticks::share_decades(least.max(1e-12), most);

    let title = "Availability by standby mode and group";
    let mut picture = Picture::default();
    let bars = if rows.iter().any(Row::has_ends) { ", its bar the interval of 95 %" } else { "" };
    let how = format!(
        "A dot is the estimate{bars}. Each line further right has ten times less downtime."
    );
    frame::heading(&mut picture, title, &how);
    legend(&mut picture, &rows);

    let kind = plain(LABEL);
    let names = rows.iter().map(|r| kind.bold().width(&r.name)).fold(120.0, f64::max).min(330.0);
    let says = rows.iter().map(|r| plain(NOTE).width(&r.says())).fold(0.0, f64::max);
    let (top, most) = (172.0, if left_out > 0 { 716.0 } else { 745.0 });
    let pitch = ((most - top) / rows.len() as f64).min(frame::ROW);
    let plot = Plot {
        left: MARGIN + names + 24.0,
        right: WIDTH - MARGIN - says - 28.0,
        top,
        bottom: top + pitch * rows.len() as f64,
    };
    frame::end_below(&mut picture, plot.bottom + if left_out > 0 { 29.0 } else { 0.0 });
    let scale = Scale::log(low, high, plot.right - 14.0, plot.left + 14.0);
    let axis = "availability, and the downtime of a server that it stands for";
    let ticks = match Play::of(run.outcome) {
        None => ticks::nines(low, high),
        Some(play) => {
            ticks::nines_over(low, high, (play.years, &format!("in the {}", play.length)))
        }
    };
    frame::bottom(&mut picture, plot, &scale, &ticks, axis);
    for (index, row) in rows.iter().enumerate() {
        let y = plot.top + pitch * (index as f64 + 0.5);
        if index > 0 && row.bold != rows[index - 1].bold {
            let y = y - pitch / 2.0;
            picture.line(vec![(MARGIN, y), (WIDTH - MARGIN, y)], Pen::new(GRID, 1.5));
        }
        let kind = if row.bold { plain(LABEL).bold() } else { plain(LABEL) };
        let all = rows.iter().map(|r| r.name.as_str());
        picture.name_among((MARGIN, y + 7.0), &row.name, all, kind, names);
        draw(&mut picture, row, y, pitch, &scale, plot);
    }
    if left_out > 0 {
        let are = if left_out == 1 { "is" } else { "are" };
        let groups = human::plural(left_out as u64, "more group");
        let text = format!("{groups} {are} better than these: estimates.csv has them all");
        frame::note(&mut picture, &text);
    }
    let method = frame::methods(rows.iter().map(|r| r.estimate)).map_or_else(
        || "no intervals: too few replications".to_string(),
        |method| format!("intervals of 95 %: {method}"),
    );
    let said = frame::caption(&mut picture, run.scenario, run.outcome, &method);
    Some(Chart {
        name: "availability".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

/// Fleet, standby modes where there are several, groups worst first; and how many were left out.
fn rows<'a>(run: Run<'a>) -> (Vec<Row<'a>>, usize) {
    let Run { scenario, outcome } = run;
    let of = |kind, name: &str| outcome.estimate(kind, name, "unavailability");
    let fleet = of(Kind::Fleet, "fleet").map(|estimate| Row {
        name: "whole fleet".to_string(),
        bold: true,
        colour: INK,
        estimate,
        target: None,
        objective: None,
    });
    let modes = StandbyMode::ALL.iter().filter_map(|&mode| {
        Some(Row {
            name: format!("standby: {}", mode.word()),
            bold: true,
            colour: palette::standby(mode),
            estimate: of(Kind::Standby, mode.word())?,
            target: None,
            objective: None,
        })
    });
    let modes: Vec<Row<'_>> = modes.collect();
    let mut groups: Vec<Row<'_>> = Vec::new();
    for (index, facts) in outcome.book.groups.iter().enumerate().filter(|(_, g)| !g.hidden) {
        let Some(estimate) = of(Kind::Group, &facts.name) else { continue };
        // A target is of a month: of hours it says nothing.
        let months = outcome.book.minutes.months.iter().any(|month| month.whole);
        let target = if months { outcome.book.contracts[index].target } else { 0.0 };
        groups.push(Row {
            name: facts.name.clone(),
            bold: false,
            colour: palette::standby(facts.standby),
            estimate,
            target: (target > 0.0).then_some(1.0 - target),
            objective: scenario.fleet.groups[index].objectives.availability.map(|a| 1.0 - a.0),
        });
    }
    let head: Vec<Row<'_>> =
        fleet.into_iter().chain(modes.into_iter().filter(|_| groups.len() > 1)).collect();
    let room = ROWS - head.len();
    let left_out = groups.len().saturating_sub(room);
    if left_out > 0 {
        groups.sort_by(|a, b| b.badness().total_cmp(&a.badness()));
        groups.truncate(room);
    }
    (head.into_iter().chain(groups).collect(), left_out)
}

fn legend(picture: &mut Picture, rows: &[Row<'_>]) {
    let mut entries = Vec::new();
    for mode in StandbyMode::ALL {
        let colour = palette::standby(*mode);
        if rows.iter().any(|r| r.colour == colour) {
            entries.push((Swatch::Dot(colour), format!("standby {}", mode.word())));
        }
    }
    let mut mark = |look: Swatch, word: &str, of: fn(&Row<'_>) -> Option<f64>| {
        let least = rows.iter().filter_map(of).reduce(f64::min);
        let arrow = if least.is_some_and(|v| v <= 0.0) { " (with an arrow: 100 %)" } else { "" };
        entries.extend(least.map(|_| (look, format!("{word}{arrow}"))));
    };
    mark(Swatch::Upright(INK), "target of the SLA", |r| r.target);
    mark(Swatch::Ring(INK), "your objective", |r| r.objective);
    frame::legend(picture, (MARGIN, 142.0), &entries);
}

fn draw(picture: &mut Picture, row: &Row<'_>, y: f64, pitch: f64, scale: &Scale, plot: Plot) {
    let e = row.estimate;
    let half = (pitch * 0.38).min(20.0);
    // No axis of nines reaches 100 %: an arrow stands beyond the last of them.
    let mark = |picture: &mut Picture, value: f64| match value > 0.0 {
        true => scale.at(value),
        false => {
            frame::beyond(picture, (plot.right, y), INK);
            plot.right - 4.0
        }
    };
    if let Some(target) = row.target {
        let x = mark(picture, target);
        picture.line(vec![(x, y - half), (x, y + half)], Pen::new(INK, 3.0));
    }
    let pen = Pen::new(row.colour, 6.0).alpha(0.45);
    match (e.value, e.ci_low, e.ci_high) {
        (Some(v), low, high) => {
            if let (Some(low), Some(high)) = (low, high) {
                picture.line(vec![(scale.at(low), y), (scale.at(high), y)], pen);
            }
            picture.dot((scale.at(v), y), 8.0, row.colour);
        }
        (None, _, Some(high)) => {
            // Only a bound: an arrow towards the better.
            let (x, end) = (scale.at(high), plot.right - 6.0);
            picture.line(vec![(x, y), (end - 12.0, y)], pen);
            picture.line(vec![(x, y - 9.0), (x, y + 9.0)], Pen::new(row.colour, 3.0));
            let tip = vec![(end, y), (end - 14.0, y - 8.0), (end - 14.0, y + 8.0)];
            picture.area(tip, row.colour, 0.6);
        }
        _ => {}
    }
    if let Some(objective) = row.objective {
        let x = mark(picture, objective);
        picture.ring((x, y), 6.5, INK);
    }
    picture.text((plot.right + 20.0, y + 6.0), &row.says(), plain(NOTE));
    let mut title = format!("{}: {}", row.name, row.says());
    if let Some(nines) = e.value.and_then(human::nines) {
        title += &format!(", {nines}");
    }
    if let Some(target) = row.target {
        title += &format!("; SLA {}", human::share(1.0 - target));
    }
    picture.hover((plot.left, y - pitch / 2.0), (plot.right, y + pitch / 2.0), &title);
}
