//! Progress of long work: a bar with the time left and the interval so far, only on a terminal.

use crate::experiment::{Look, Progress};
use crate::kernel::time::Span;
use crate::report;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

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
/// of the terminal.
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

/// An interim estimate in words: what is known by now, and what is wanted.
fn words(look: &Look) -> String {
    let e = &look.estimate;
    let shown = |v: f64| report::value_in_words(e.unit, v);
    let Some((low, high)) = e.ci_low.zip(e.ci_high) else { return String::new() };
    let now = format!("  {} {} to {}", e.metric, shown(low), shown(high));
    match look.half_width.zip(look.wanted) {
        Some((half, wanted)) if wanted > 0.0 => {
            format!("{now}, {:.1} times as wide as wanted", (half / wanted).max(0.1))
        }
        _ => now,
    }
}

impl Progress for Bar {
    fn listens(&self) -> bool {
        !self.bar.is_hidden()
    }

    fn looked(&self, look: &Look) {
        if self.listens() {
            self.bar.set_message(words(look));
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
