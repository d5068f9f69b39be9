//! Everything in a region is struck, its control plane too.

use crate::kernel::law::Law;
use crate::kernel::quantity::{Rate, Share};

crate::parameters! {
    /// Parameters of `[fault.region_outage]`.
    pub struct Params {
        /// Strikes per year and region (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one region, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the outage lasts. Neutral: 0.
        lasts: Law = Law::default(),
        /// Probability that a hall of the region is struck. Neutral: 100 %.
        share: Share = Share::ONE,
        /// How much later than the end each host and storage node returns. Neutral: 0.
        r#return: Law = Law::default(),
        /// Probability that a struck storage node never returns. Neutral: 0.
        copies_lost: Share = Share::ZERO,
    }
}
