//! The database engine of one node dies or is killed: out of memory, a bug, a panic.
//!
//! The engine is restarted in place and recovers from its log.

use super::common::CommonCause;
use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.process_crash]`.
    pub struct Params {
        /// Strikes per year and node (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one node, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// A share of the strikes that comes in bursts within one place.
        common_cause: Option<CommonCause> = None,
    }
}
