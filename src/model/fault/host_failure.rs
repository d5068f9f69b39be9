//! A host dies with every node on it; the nodes are relocated.

use super::common::CommonCause;
use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.host_failure]`.
    pub struct Params {
        /// Strikes per year and host (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one host, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the host itself is out of service before it takes nodes again. Neutral: 0.
        repair: Law = Law::default(),
        /// A share of the strikes that comes in bursts within one place.
        common_cause: Option<CommonCause> = None,
    }
}
