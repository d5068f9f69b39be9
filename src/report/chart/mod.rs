//! Charts: the answers of a run, a comparison or a sweep as pictures for a meeting, SVG and PNG.
//!
//! A picture is one file here: from the outcome to shapes and text. `picture` draws them, `frame`
//! has what all share, `ticks` and `palette` the axes and colours, `font` the typeface, compiled in.
//!
//! **Invariant.** The same outcome gives the same bytes; no font, clock or maths library of the
//! machine takes part. Names from scenarios are data: escaped, cut to what fits, whole on hover. A
//! chart without data is left out, never empty.

mod availability;
mod capacity;
mod causes;
mod compare;
mod compare_causes;
mod drill;
mod drill_rows;
mod font;
mod frame;
mod frontier;
mod heat;
mod indices;
mod over_time;
mod palette;
mod panel;
mod paths;
mod picture;
mod png;
mod recovery;
mod scatter;
mod sweep;
mod sweep_axis;
mod sweep_line;
#[cfg(test)]
mod tests;
mod ticks;
mod tornado;
mod worst_month;

pub use sweep::{Drawn, SweepCharts};

use crate::experiment::{Comparison, Findings, Outcome};
use crate::measure::timeline::levels;
use crate::report::SweepAbout;
use crate::scenario::Scenario;

/// A picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chart {
    /// What files are called: `availability`.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// For a page that brings the typeface along.
    pub svg: String,
}

impl Chart {
    /// The SVG as a file of its own: with the typeface.
    pub fn file(&self) -> String {
        let style = format!("<style>{}</style>\n</svg>\n", font::style_sheet());
        self.svg.replacen("</svg>\n", &style, 1)
    }

    /// The PNG; an error says what is wrong with the picture.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        png::png(&self.svg)
    }
}

/// What the charts of a run are made from.
#[derive(Clone, Copy)]
struct Run<'a> {
    scenario: &'a Scenario,
    outcome: &'a Outcome,
}

/// The charts of a run that have data, in the order of a page.
pub fn charts(scenario: &Scenario, outcome: &Outcome) -> Vec<Chart> {
    let run = Run { scenario, outcome };
    let levels = levels(&outcome.total, &outcome.book);
    [
        availability::chart(run),
        recovery::chart(run),
        causes::chart(run),
        paths::chart(run),
        worst_month::chart(run),
        over_time::chart(run, &levels),
        capacity::chart(run, &levels),
        drill::chart(run),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The charts of a comparison that have data.
pub fn compare_charts(scenarios: &[Scenario], comparison: &Comparison) -> Vec<Chart> {
    let sides = compare::Sides { scenarios, comparison };
    [compare::chart(sides), compare_causes::chart(sides)].into_iter().flatten().collect()
}

/// The charts of a sensitivity analysis that have data.
pub fn sensitivity_charts(about: &SweepAbout, findings: &Findings) -> Vec<Chart> {
    [tornado::chart(about, findings), indices::chart(about, findings)]
        .into_iter()
        .flatten()
        .collect()
}

/// The typeface as a style sheet, for a page that shows charts.
pub fn style_sheet() -> String {
    font::style_sheet()
}
