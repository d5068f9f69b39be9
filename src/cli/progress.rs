//! Progress of long work: a bar with the time left and the interval so far, only on a terminal.

use super::print;
use crate::experiment::{Look, Progress};
use crate::kernel::time::Span;
use crate::report;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use unicode_width::UnicodeWidthStr;

/// A bar on the terminal, or nothing.
pub struct Bar {
    bar: ProgressBar,
    /// Whether it counts points of a sweep, and not what is played of one.
    points: bool,
}

impl Bar {
    /// A bar that counts cells of replications; hidden unless `shown` and on a terminal.
    pub fn new(shown: bool) -> Bar {
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("cells"));
        Bar { bar, points: false }
    }

    /// A bar that counts points of a sweep.
    pub fn points(shown: bool, of: usize, done: usize) -> Bar {
        let bar = Bar { points: true, ..Bar::new(shown) };
        bar.bar.set_style(style("points"));
        bar.bar.set_length(of as u64);
        bar.bar.set_position(done as u64);
        bar.bar.reset_eta();
        bar
    }

    /// One more is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar of so many things: how many are done, the time left, and what is known by now; cut at the edge
/// of the terminal, if it is so narrow that what stands before the interval has no room.
fn style(things: &str) -> ProgressStyle {
    let template = format!(
        "  playing {{bar:16}} {{percent:>3}} %  {{pos}}/{{len}} {things}{{left}}{{wide_msg}}"
    );
    let left = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // Nothing is done yet, or nothing since it went on: then nobody knows.
        if !state.eta().is_zero() {
            let _ = write!(out, "  {:#} left", HumanDuration(state.eta()));
        }
    };
    ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("left", left)
        .progress_chars("━╸ ")
}

/// Columns that are left for an interval behind the bar, a number of so many digits twice, and the time left.
fn room(columns: usize, length: u64) -> usize {
    let bar = "  playing 0123456789abcdef 100 %  / points  59m left";
    columns.saturating_sub(bar.len() + 2 * length.to_string().len() + 1)
}

/// An interim estimate in words: what is known by now, and what is wanted.
fn words(look: &Look, room: usize) -> String {
    let e = &look.estimate;
    let shown = |v: f64| report::value_in_words(e.unit, v);
    let Some((low, high)) = e.ci_low.zip(e.ci_high) else { return String::new() };
    let wide = look.half_width.zip(look.wanted).filter(|(_, wanted)| *wanted > 0.0);
    let times = wide.map(|(half, wanted)| (half / wanted).max(0.1));
    within(room, e.metric, &format!("{} to {}", shown(low), shown(high)), times)
}

/// An interval in a room, and how many times as wide as wanted it is. A number that is cut is another one: what
/// has no room is left out.
fn within(room: usize, metric: &str, ends: &str, times: Option<f64>) -> String {
    let now = format!("  {metric} {ends}");
    let all = match times {
        Some(times) => format!("{now}, {times:.1} times as wide as wanted"),
        None => now.clone(),
    };
    let fits = |text: &String| text.width() <= room;
    [all, now, format!("  {ends}")].into_iter().find(fits).unwrap_or_default()
}

impl Progress for Bar {
    fn listens(&self) -> bool {
        !self.bar.is_hidden()
    }

    fn looked(&self, look: &Look) {
        if self.listens() {
            let columns = print::columns_of_messages().unwrap_or(usize::MAX);
            let room = room(columns, self.bar.length().unwrap_or(0));
            self.bar.set_message(words(look, room));
        }
    }

    fn advanced(&self, done: u64, of: u64, _: Span) {
        if self.points {
            return;
        }
        if self.bar.length() != Some(of) {
            self.bar.set_length(of);
        }
        self.bar.set_position(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_cut() {
        let all = "  unavailability 1.0 % to 4.0 %, 1.5 times as wide as wanted";
        for (room, said) in [
            (100, all),
            (all.len(), all),
            (all.len() - 1, "  unavailability 1.0 % to 4.0 %"),
            (30, "  1.0 % to 4.0 %"),
            (15, ""),
        ] {
            assert_eq!(within(room, "unavailability", "1.0 % to 4.0 %", Some(1.5)), said);
        }
        assert_eq!(within(31, "unavailability", "1.0 % to 4.0 %", None).len(), 31);
        assert_eq!((room(80, 100), room(40, 100), room(200, 7)), (21, 0, 145));
    }
}
