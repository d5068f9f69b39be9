//! Where the minutes go: the mean incident of each recovery path, phase after phase.

use super::causes::{Bar, draw, legend, names};
use super::frame;
use super::picture::Picture;
use super::{Chart, Run};
use crate::measure::table::phases_by_path;
use crate::model::record::RecoveryPath;
use crate::report::human;

/// Room for the axis between both parts.
const BETWEEN: f64 = 110.0;

/// The chart; none where no incident ended.
pub fn chart(run: Run<'_>) -> Option<Chart> {
    let bars = bars(run);
    if bars.is_empty() {
        return None;
    }
    let title = "Where the minutes of an incident go";
    let mut picture = Picture::default();
    let how = "The mean incident of each recovery path, planned ones too, phase after phase.";
    frame::heading(&mut picture, title, how);
    legend(&mut picture, &bars);
    let room = names(&bars);
    // What a standby was bought for has an axis of its own: the others are longer.
    let taken_over = [RecoveryPath::Failover, RecoveryPath::Switchover].map(RecoveryPath::word);
    let (over, other): (Vec<Bar>, Vec<Bar>) =
        bars.into_iter().partition(|b| taken_over.contains(&b.name.as_str()));
    let bottom = if over.is_empty() || other.is_empty() {
        let all = if over.is_empty() { &other } else { &over };
        draw(&mut picture, all, room, (185.0, 745.0), "mean time down of an incident")
    } else {
        // All bars are as thick as each other.
        let (one, two) = (over.len() as f64, other.len() as f64);
        let pitch = ((745.0 - 185.0 - BETWEEN) / (one + two)).min(frame::ROW);
        let axis = "mean time down, where the standby takes over";
        let split = draw(&mut picture, &over, room, (185.0, 185.0 + pitch * one), axis);
        let top = split + BETWEEN;
        let axis = "mean time down, all others, on a scale of their own";
        draw(&mut picture, &other, room, (top, top + pitch * two), axis)
    };
    frame::end_below(&mut picture, bottom);
    let note = "means over all incidents seen that ended that way, replications weighted by \
        their strata; no interval is drawn";
    let said = frame::caption(&mut picture, run.scenario, run.outcome, note);
    Some(Chart {
        name: "paths".to_string(),
        title: title.to_string(),
        svg: picture.svg(&format!("{title}. {said}")),
    })
}

/// A bar a path, from short to long.
fn bars(run: Run<'_>) -> Vec<Bar> {
    let (total, book) = (&run.outcome.total, &run.outcome.book);
    let bar = |&path: &RecoveryPath| {
        let (parts, seen) = phases_by_path(total, book, path);
        let mean: f64 = parts.iter().map(|p| p.1).sum();
        let says = format!("{},  n = {}", human::time(mean), human::count(seen));
        (mean > 0.0).then(|| Bar { name: path.word().to_string(), parts, says })
    };
    let ended = RecoveryPath::ALL.iter().filter(|p| **p != RecoveryPath::Lost);
    let mut bars: Vec<Bar> = ended.filter_map(bar).collect();
    bars.sort_by(|a, b| a.length().total_cmp(&b.length()));
    bars
}
