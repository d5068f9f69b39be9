//! Free vCores of each zone over time: what is left for those who have to move.

use super::frame::{self, MARGIN, NOTE};
use super::panel::{self, Panel};
use super::picture::{Picture, Type};
use super::{Chart, Run, palette};
use crate::measure::timeline::TimelineRow;
use crate::model::record::Resource;
use crate::report::human;

/// Most zones.
const ZONES: usize = 4;

/// The chart; none where capacity is unbounded.
pub fn chart(run: Run<'_>, timeline: &[TimelineRow]) -> Option<Chart> {
    let word = Resource::VcoresFree.word();
    let mut zones: Vec<(&str, Vec<&TimelineRow>)> = Vec::new();
    for row in timeline.iter().filter(|r| r.what == word) {
        match zones.last_mut().filter(|z| z.0 == row.place) {
            Some(zone) => zone.1.push(row),
            None => zones.push((&row.place, vec![row])),
        }
    }
    let least = |rows: &[&TimelineRow]| rows.iter().map(|r| r.worst).min().unwrap_or(0);
    let all = zones.len();
    if all > ZONES {
        let scarce = |z: &(&str, Vec<&TimelineRow>)| {
            let mean = z.1.iter().map(|r| r.mean).sum::<f64>() / z.1.len().max(1) as f64;
            (least(&z.1), mean)
        };
        zones.sort_by(|a, b| {
            let (a, b) = (scarce(a), scarce(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        zones.truncate(ZONES);
    }
    let most = zones.iter().flat_map(|z| &z.1).map(|r| r.mean).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let panels: Vec<Panel<'_>> = zones
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
        picture.text((MARGIN, 824.0), &text, Type::new(NOTE, palette::MUTED));
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
