//! A rack loses power or its switch: its hosts and storage nodes are held while it lasts.

use super::common::CommonCause;
use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.rack_outage]`.
    pub struct Params {
        /// Strikes per year and rack (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one rack, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the rack is out. Neutral: 0.
        lasts: Law = Law::default(),
        /// A share of the strikes that comes in bursts within one place.
        common_cause: Option<CommonCause> = None,
    }
}
