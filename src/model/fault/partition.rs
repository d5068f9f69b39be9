//! Two zones of a region cannot talk to each other; each still talks to its clients.

use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.partition]`.
    pub struct Params {
        /// Strikes per year and pair of zones (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one pair of zones, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the partition lasts. Neutral: 0.
        lasts: Law = Law::default(),
    }
}
