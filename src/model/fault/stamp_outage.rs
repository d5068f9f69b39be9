//! A storage stamp stops serving: its volumes stall, and nothing is lost unless said so.

use crate::kernel::law::Law;
use crate::kernel::quantity::{Rate, Share};

crate::parameters! {
    /// Parameters of `[fault.stamp_outage]`.
    pub struct Params {
        /// Strikes per year and stamp (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one stamp, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the outage lasts. Neutral: 0.
        lasts: Law = Law::default(),
        /// Probability that a storage node of the stamp never returns. Neutral: 0.
        copies_lost: Share = Share::ZERO,
    }
}
