//! Servers down and servers at risk over time: mean, 95 of 100 replications, worst.

use super::panel::{self, Panel};
use super::picture::Picture;
use super::{Chart, Run, frame, palette};
use crate::measure::timeline::Level;
use crate::report::human;

/// Title of the panel of servers at risk.
const RISK: &str = "Servers at risk";

/// The chart; none without a time line.
pub fn chart(run: Run<'_>, levels: &[Level<'_>]) -> Option<Chart> {
    let mut panels = Vec::new();
    for (what, title) in [("servers_down", "Servers down"), ("at_risk", RISK)] {
        let Some(level) = levels.iter().find(|level| level.what == what) else { continue };
        let rows = level.rows(&run.outcome.book);
        let most = rows.iter().map(|r| r.worst).max().unwrap_or(0);
        if most <= 0 {
            continue;
        }
        let mean = rows.iter().map(|r| r.mean * (r.to.0 - r.from.0) as f64).sum::<f64>()
            / run.outcome.horizon().0 as f64;
        panels.push(Panel {
            title: title.to_string(),
            unit: "servers",
            rows,
            says: format!(
                "mean {}, worst {} of {}",
                human::digits(mean),
                human::count(most as u64),
                human::count(run.outcome.book.servers)
            ),
            colour: palette::BLUE,
            scarce: false,
            most: most as f64,
        });
    }
    if panels.is_empty() {
        return None;
    }
    let risk = panels.iter().any(|p| p.title == RISK);
    let title = match (panels.len(), risk) {
        (1, false) => "Servers down over time",
        (1, true) => "Servers at risk over time",
        _ => "Servers down and at risk over time",
    };
    let mut picture = Picture::default();
    let meaning = if risk { "At risk: serving with less redundancy than was bought. " } else { "" };
    let how = format!("{meaning}The scale is logarithmic; a level of 0 is at its lower edge.");
    frame::heading(&mut picture, title, &how);
    panel::legend(&mut picture, run, palette::BLUE, false);
    panel::draw(&mut picture, run, &panels);
    let note = "the mean is over time and replications; the others are of the highest level \
        within each step of the time line; where steps are too many to draw, the highest of \
        several";
    let said = frame::caption(&mut picture, run.scenario, run.outcome, note);
    Some(Chart {
        name: "over-time".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}
