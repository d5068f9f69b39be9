//! The worst month of each server against the SLA, and the share of months that break it.

use super::frame::{self, LABEL, MARGIN, NOTE, Plot, Scale, Swatch};
use super::palette::{self, Colour, MUTED};
use super::picture::{Pen, Picture, Type, WIDTH, plain};
use super::ticks;
use super::{Chart, Run};
use crate::measure::metric::Of;
use crate::measure::table::{Point, distribution};
use crate::measure::{Estimate, Kind};
use crate::model::fleet::StandbyMode;
use crate::report::bound::{Side, bound};
use crate::report::human;

/// Most groups.
const GROUPS: usize = 14;
/// A share of servers that is none but for the rounding of its sum.
const NONE: f64 = 1e-12;

/// One standby mode.
struct Mode {
    word: &'static str,
    colour: Colour,
    points: Vec<Point>,
    /// Unavailability of the SLA, if all its groups have the same.
    target: Option<f64>,
}

impl Mode {
    /// Share of servers with a month worse than an unavailability.
    fn worse(&self, than: f64) -> f64 {
        let upto = self.points.iter().take_while(|p| 1.0 - p.to <= than * (1.0 + 1e-9)).last();
        1.0 - upto.map_or(0.0, |p| p.upto)
    }
}

/// The chart; none where no month is whole.
pub fn chart(run: Run<'_>) -> Option<Chart> {
    let modes = modes(run);
    let ends = || modes.iter().flat_map(|m| &m.points).flat_map(|p| [1.0 - p.from, 1.0 - p.to]);
    let targets = || modes.iter().filter_map(|m| m.target);
    let positive = || ends().chain(targets()).filter(|u| *u > 1e-9);
    if modes.is_empty() {
        return None;
    }
    let (least, most) = (positive().reduce(f64::min)?, positive().reduce(f64::max)?);
    let low = ticks::share_decades(least, most).0;
    let high = (most * 1.2).max(low * 10.0);

    let title = "The worst month of a server against the SLA";
    let mut picture = Picture::default();
    // Without an SLA there is nothing to hold months against: the curves have the whole width.
    let agreed = run.outcome.book.contracts.iter().any(|c| c.target > 0.0);
    let (title, how, right) = match agreed {
        true => (
            title,
            "Left: how many servers have a month that is worse; dashed is the target of the SLA. Right: \
             how many of all server-months are below it.",
            860.0,
        ),
        false => (
            "The worst month of a server",
            "How many servers have a month that is worse. No group has an SLA.",
            WIDTH - MARGIN - 40.0,
        ),
    };
    frame::heading(&mut picture, title, how);
    let plot = Plot { left: 150.0, right, top: 205.0, bottom: 735.0 };
    let x = Scale::log(low, high, plot.right, plot.left);
    let rarest = modes.iter().flat_map(|m| &m.points).map(|p| 1.0 - p.upto).filter(|s| *s > 1e-9);
    let least = ticks::decades(rarest.fold(0.1, f64::min).max(1e-5), 1.0).0;
    let y = Scale::log(least, 1.0, plot.bottom, plot.top);
    frame::left(&mut picture, plot, &y, &ticks::percents(least, 1.0), "servers with a worse month");
    let mut nines = ticks::nines(low, high);
    // A month, not a year: the second line would mislead.
    nines.iter_mut().for_each(|t| t.below.clear());
    let axis = "availability of the month, by the clock minutes of the SLA";
    frame::bottom(&mut picture, plot, &x, &nines, axis);
    let mut entries = Vec::new();
    for mode in &modes {
        curve(&mut picture, mode, plot, &x, &y);
        let mut text = format!("standby {}", mode.word);
        if let Some(target) = mode.target {
            let worse = mode.worse(target);
            let share = match worse > NONE {
                true => format!("{} of servers", human::share(worse)),
                false => "no server seen".to_string(),
            };
            let arrow = if target > 0.0 { "" } else { " (at the arrow)" };
            text += &format!(": {share} below {}{arrow}", ticks::percent(1.0 - target));
        }
        entries.push((Swatch::Line(mode.colour), text));
    }
    legend(&mut picture, &entries);
    let method = if agreed { breaches(&mut picture, run, plot) } else { None };
    let bars = method.map_or(String::new(), |m| format!("; bars: interval of 95 %, {m}"));
    let note = format!(
        "curves: all servers of all replications of {}, no interval{bars}",
        crate::kernel::time::Span(run.outcome.horizon().0)
    );
    let said = frame::caption(&mut picture, run.scenario, run.outcome, &note);
    Some(Chart {
        name: "worst-month".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

fn modes(run: Run<'_>) -> Vec<Mode> {
    let book = &run.outcome.book;
    let mode = |&mode: &StandbyMode| {
        let scope = book.scope(Kind::Standby, mode.word())?;
        let points = distribution(&run.outcome.total, book, scope, Of::Worst);
        let mut targets: Vec<f64> = (book.groups.iter().zip(&book.contracts))
            .filter(|(g, c)| !g.hidden && g.standby == mode && c.target > 0.0)
            .map(|(_, c)| 1.0 - c.target)
            .collect();
        targets.dedup();
        let target = if targets.len() == 1 { targets.pop() } else { None };
        (!points.is_empty()).then(|| Mode {
            word: mode.word(),
            colour: palette::standby(mode),
            points,
            target,
        })
    };
    StandbyMode::ALL.iter().filter_map(mode).collect()
}

fn legend(picture: &mut Picture, entries: &[(Swatch, String)]) {
    for (index, entry) in entries.iter().enumerate() {
        let at = (MARGIN + 760.0 * (index % 2) as f64, 136.0 + 28.0 * (index / 2) as f64);
        frame::legend(picture, at, std::slice::from_ref(entry));
    }
}

fn curve(picture: &mut Picture, mode: &Mode, plot: Plot, x: &Scale, y: &Scale) {
    if let Some(target) = mode.target {
        // No axis of nines reaches 100 %: that target stands beyond it, with an arrow.
        let never = target <= 0.0;
        let at = if never { plot.right + 12.0 } else { x.at(target) };
        let pen = Pen::new(mode.colour, 2.5);
        picture.dashes((at, plot.top), (at, plot.bottom), 9.0, pen);
        if never {
            frame::beyond(picture, (at, (plot.top + plot.bottom) / 2.0), mode.colour);
        }
        // None seen is no place on a scale of decades.
        let worse = mode.worse(target);
        if worse > NONE {
            picture.dot((at, y.at(worse)), 7.0, mode.colour);
        }
    }
    let mut before = 1.0;
    let mut points = Vec::new();
    for point in &mode.points {
        let (from, to) = (1.0 - point.from, 1.0 - point.to);
        if to > 1e-9 {
            points.push((x.at(from), y.at(before)));
            // The last step falls to nothing: straight down.
            let to = if point.upto > 1.0 - 1e-9 { from } else { to };
            points.push((x.at(to), y.at(1.0 - point.upto)));
        }
        before = 1.0 - point.upto;
        if points.is_empty() {
            points.push((plot.right, y.at(before)));
        }
    }
    picture.line(points, Pen::new(mode.colour, 4.0));
}

/// Groups with the most months below the SLA; returns how the intervals were made.
fn breaches(picture: &mut Picture, run: Run<'_>, left: Plot) -> Option<String> {
    let outcome = run.outcome;
    let groups = outcome.book.groups.iter().filter(|g| !g.hidden);
    let mut rows: Vec<(&str, Colour, &Estimate)> = groups
        .filter_map(|g| {
            let e = outcome.estimate(Kind::Group, &g.name, "sla_breach_share")?;
            e.value.or(e.ci_high)?;
            Some((g.name.as_str(), palette::standby(g.standby), e))
        })
        .collect();
    let all = rows.len();
    if all == 0 {
        let text = "no month was below the SLA; too few replications to say more";
        picture.text((930.0, 300.0), text, Type::new(LABEL, MUTED));
        return None;
    }
    rows.sort_by(|a, b| {
        let bad = |e: &Estimate| (e.value.unwrap_or(0.0), e.ci_high.unwrap_or(0.0));
        let (a, b) = (bad(a.2), bad(b.2));
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    rows.truncate(GROUPS);
    let names = rows.iter().map(|r| plain(LABEL).width(r.0)).fold(60.0, f64::max).min(190.0);
    let from = 915.0;
    let plot = Plot { left: from + names + 20.0, right: WIDTH - MARGIN - 110.0, ..left };
    let most = rows.iter().filter_map(|r| r.2.ci_high.or(r.2.value)).fold(1e-6, f64::max);
    let mut ticks = ticks::linear(most * 100.0);
    ticks.iter_mut().for_each(|t| {
        t.at /= 100.0;
        t.text += " %";
    });
    let end = ticks.last().map_or(1.0, |t| t.at);
    let x = Scale::linear(0.0, end, plot.left, plot.right);
    frame::bottom(picture, plot, &x, &ticks, "server-months below the SLA");
    let pitch = ((plot.bottom - plot.top) / rows.len() as f64).min(130.0);
    for (index, (name, colour, e)) in rows.iter().enumerate() {
        let y = plot.top + pitch * (index as f64 + 0.5);
        let all = rows.iter().map(|r| r.0);
        picture.name_among((from, y + 7.0), name, all, plain(LABEL), names);
        let pen = Pen::new(*colour, 6.0).alpha(0.45);
        let low = e.ci_low.unwrap_or(0.0);
        if let Some(high) = e.ci_high {
            picture.line(vec![(x.at(low), y), (x.at(high), y)], pen);
        }
        let says = match (e.value, e.ci_high) {
            (Some(value), _) => {
                picture.dot((x.at(value), y), 8.0, *colour);
                human::share(value)
            }
            (None, Some(high)) => format!("< {}", bound("share", high, Side::Less)),
            _ => String::new(),
        };
        picture.text((plot.right + 14.0, y + 6.0), &says, plain(NOTE));
        let title = format!("{name}: {says}");
        picture.hover((from, y - pitch / 2.0), (WIDTH - MARGIN, y + pitch / 2.0), &title);
    }
    if all > GROUPS {
        let text = format!("the worst {GROUPS} of {} groups", human::count(all as u64));
        picture.text((from, 824.0), &text, Type::new(NOTE, MUTED));
    }
    frame::methods(rows.iter().map(|r| r.2))
}
