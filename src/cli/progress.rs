//! Progress of long work: a bar with rate and time left, only on a terminal.

use crate::experiment::Progress;
use crate::kernel::time::Span;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on the terminal, or nothing.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that counts cells of replications; hidden unless `shown` and on a terminal.
    pub fn new(shown: bool) -> Bar {
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template(
            "  playing {bar:32} {percent:>3} %  {pos}/{len} cells  {per_sec}  {eta} left",
        )
        .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸ "));
        Bar(bar)
    }

    /// A bar that counts points of a sweep.
    pub fn points(shown: bool, of: usize, done: usize) -> Bar {
        let bar = Bar::new(shown);
        let style = ProgressStyle::with_template(
            "  playing {bar:32} {percent:>3} %  {pos}/{len} points  {eta} left",
        )
        .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.0.set_style(style.progress_chars("━╸ "));
        bar.0.set_length(of as u64);
        bar.0.set_position(done as u64);
        bar.0.reset_eta();
        bar
    }

    /// One more is done.
    pub fn step(&self) {
        self.0.inc(1);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn advanced(&self, done: u64, of: u64, _: Span) {
        if self.0.length() != Some(of) {
            self.0.set_length(of);
        }
        self.0.set_position(done);
    }
}
