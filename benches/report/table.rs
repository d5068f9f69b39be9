//! The table of figures: what is demanded, what was measured, how noisy, met or not.

use crate::sample::Sample;
use fleetsim::kernel::engine::digest;

/// Which values meet a demand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Demand {
    /// No demand: shown beside the others.
    None,
    /// At most this much, and what is aimed at.
    AtMost(f64, f64),
    /// At least this much, and what is aimed at.
    AtLeast(f64, f64),
}

/// A line of the table.
struct Line {
    what: String,
    demand: Demand,
    value: Sample,
    unit: &'static str,
}

/// All figures of a run.
pub struct Table {
    lines: Vec<Line>,
    /// Small inputs give no figures.
    silent: bool,
}

impl Table {
    /// A table of nothing yet; `silent` where figures would mean nothing.
    pub fn new(silent: bool) -> Table {
        Table { lines: Vec::new(), silent }
    }

    /// Adds a figure, and prints it at once.
    pub fn add(&mut self, what: &str, demand: Demand, value: Sample, unit: &'static str) {
        let line = Line { what: what.into(), demand, value, unit };
        if !self.silent {
            println!("   {}", line.text(0));
            self.lines.push(line);
        }
    }

    /// Prints all figures that have a demand, then the others.
    pub fn print(&self) {
        let wide = self.lines.iter().map(|l| l.what.chars().count()).max().unwrap_or(0);
        for (title, demanded) in [("demanded", true), ("beside them", false)] {
            let mut lines =
                self.lines.iter().filter(|l| (l.demand != Demand::None) == demanded).peekable();
            if lines.peek().is_some() {
                println!("\n== figures {title}: median [quartiles], noise, demand");
                lines.for_each(|l| println!("{}", l.text(wide)));
            }
        }
    }
}

impl Line {
    fn text(&self, wide: usize) -> String {
        let v = &self.value;
        let number = |x: f64| match x.abs() {
            a if a >= 1000.0 => format!("{x:.0}"),
            a if a >= 100.0 => format!("{x:.1}"),
            a if a >= 10.0 => format!("{x:.2}"),
            _ => format!("{x:.3}"),
        };
        let gap = if self.unit.is_empty() { "" } else { " " };
        let mut text = format!("{:<wide$}  {}{gap}{}", self.what, number(v.median), self.unit);
        if v.count > 1 {
            text += &format!(
                " [{}, {}; {} times] ±{:.0} %",
                number(v.low),
                number(v.high),
                v.count,
                v.noise() * 100.0
            );
        }
        let verdict = |met: bool, good: bool| match (met, good) {
            (true, true) => "met, the aim too",
            (true, false) => "met",
            (false, _) => "NOT MET",
        };
        match self.demand {
            Demand::None => {}
            Demand::AtMost(most, aim) => {
                let word = verdict(v.median <= most, v.median <= aim);
                text += &format!("  at most {most}, aim {aim}: {word}");
            }
            Demand::AtLeast(least, aim) => {
                let word = verdict(v.median >= least, v.median >= aim);
                text += &format!("  at least {least}, aim {aim}: {word}");
            }
        }
        text
    }
}

/// One word for many: the hash that a benchmark prints of its result.
pub fn hash(words: impl IntoIterator<Item = u64>) -> u64 {
    words.into_iter().fold(0, digest)
}
