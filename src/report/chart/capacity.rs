//! Free vCores of each zone over time: what is left for those who have to move.

use super::panel::{self, Panel};
use super::picture::Picture;
use super::{Chart, Run, frame, palette};
use crate::measure::timeline::{Level, TimelineRow};
use crate::model::record::Resource;
use crate::report::human;

/// Most zones.
const ZONES: usize = 4;

/// The chart; none where capacity is unbounded.
pub fn chart(run: Run<'_>, levels: &[Level<'_>]) -> Option<Chart> {
    let book = &run.outcome.book;
    let word = Resource::VcoresFree.word();
    let levels: Vec<&Level<'_>> = levels.iter().filter(|level| level.what == word).collect();
    let least = |rows: &[TimelineRow]| rows.iter().map(|r| r.worst).min().unwrap_or(0);
    let all = levels.len();
    let mut zones: Vec<(i64, f64, &Level<'_>)> = levels
        .into_iter()
        .map(|level| {
            let rows = level.rows(book);
            let mean = rows.iter().map(|r| r.mean).sum::<f64>() / rows.len().max(1) as f64;
            (least(&rows), mean, level)
        })
        .collect();
    if all > ZONES {
        zones.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        zones.truncate(ZONES);
    }
    let zones: Vec<(&str, Vec<TimelineRow>)> =
        zones.into_iter().map(|(_, _, level)| (&*level.place, level.rows(book))).collect();
    let most = zones.iter().flat_map(|z| &z.1).map(|r| r.mean).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let panels: Vec<Panel> = zones
        .into_iter()
        .map(|(place, rows)| {
            let mean = rows.iter().map(|r| r.mean * (r.to.0 - r.from.0) as f64).sum::<f64>()
                / run.outcome.horizon().0 as f64;
            let least = least(&rows).max(0) as u64;
            Panel {
                title: place.to_string(),
                unit: "vCores",
                says: format!("mean {}, least {}", human::digits(mean), human::count(least)),
                rows,
                colour: palette::BLUE,
                scarce: true,
                most,
            }
        })
        .collect();
    let title = "Free vCores by zone over time";
    let mut picture = Picture::default();
    let how = "What is left for nodes that have to move or to be made anew. At 0 they wait.";
    frame::heading(&mut picture, title, how);
    panel::legend(&mut picture, run, palette::BLUE, true);
    panel::draw(&mut picture, run, &panels);
    if all > ZONES {
        let text = format!("the {ZONES} scarcest of {all} zones: timeline.csv has them all");
        frame::note(&mut picture, &text);
    }
    let note = "the mean is over time and replications; the least is the lowest level within \
        each step of the time line; where steps are too many to draw, the lowest of several";
    let said = frame::caption(&mut picture, run.scenario, run.outcome, note);
    Some(Chart {
        name: "capacity".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}
