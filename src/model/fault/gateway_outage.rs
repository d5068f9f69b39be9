//! The gateway of a region refuses the connections of a share of its servers; nothing fails over.

use crate::kernel::law::Law;
use crate::kernel::quantity::{Rate, Share};

crate::parameters! {
    /// Parameters of `[fault.gateway_outage]`.
    pub struct Params {
        /// Strikes per year and region (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one region, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the outage lasts. Neutral: 0.
        lasts: Law = Law::default(),
        /// Probability that a server of the region is struck. Neutral: 100 %.
        share: Share = Share::ONE,
    }
}
