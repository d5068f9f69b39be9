//! The control plane of a region is away: what has begun goes on, what has not, waits.

use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.control_plane_outage]`.
    pub struct Params {
        /// Strikes per year and region (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one region, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the outage lasts. Neutral: 0.
        lasts: Law = Law::default(),
    }
}
