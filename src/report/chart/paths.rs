//! Where the minutes go: the mean incident of each recovery path, phase after phase.

use super::causes::{Bar, draw};
use super::frame::{self, MARGIN, NOTE};
use super::palette::MUTED;
use super::picture::{Picture, Type};
use super::{Chart, Run};
use crate::measure::table::phases_by_path;
use crate::model::record::RecoveryPath;
use crate::report::human;

/// Bars that are this many times longer than the next would make all others vanish.
const APART: f64 = 30.0;

/// The chart; none where no incident ended.
pub fn chart(run: Run<'_>) -> Option<Chart> {
    let outcome = run.outcome;
    let mut bars: Vec<Bar> = Vec::new();
    for &path in RecoveryPath::ALL.iter().filter(|p| **p != RecoveryPath::Lost) {
        let (parts, seen) = phases_by_path(&outcome.total, &outcome.book, path);
        let mean: f64 = parts.iter().map(|p| p.1).sum();
        if mean > 0.0 {
            let says = format!("{},  n = {}", human::time(mean), human::count(seen));
            bars.push(Bar { name: path.word().to_string(), parts, says });
        }
    }
    // The failover first: it is what a standby was bought for; then from short to long.
    let failover = RecoveryPath::Failover.word();
    bars.sort_by(|a, b| {
        let rank = |bar: &Bar| bar.name != failover;
        rank(a).cmp(&rank(b)).then(a.length().total_cmp(&b.length()))
    });
    let mut apart = Vec::new();
    while bars.len() > 1 {
        let longest =
            (0..bars.len()).max_by(|&a, &b| bars[a].length().total_cmp(&bars[b].length()))?;
        let next = (0..bars.len()).filter(|&i| i != longest).map(|i| bars[i].length());
        if bars[longest].length() <= APART * next.fold(0.0, f64::max) {
            break;
        }
        let bar = bars.remove(longest);
        apart.push(format!("{}: {}", bar.name, bar.says));
    }
    if bars.is_empty() {
        return None;
    }
    let title = "Where the minutes of an incident go";
    let mut picture = Picture::default();
    let how = "The mean incident of each recovery path, planned ones too, phase after phase.";
    frame::heading(&mut picture, title, how);
    draw(&mut picture, &bars, "mean time down of an incident");
    if !apart.is_empty() {
        let text = format!("too long to be drawn beside these: {}", apart.join("; "));
        picture.text((MARGIN, 824.0), &text, Type::new(NOTE, MUTED));
    }
    let note = "means over all incidents seen that ended that way, replications weighted by their strata; no interval is drawn";
    let said = frame::caption(&mut picture, run.scenario, outcome, note);
    Some(Chart {
        name: "paths".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}
