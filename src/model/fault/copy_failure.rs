//! One copy of one volume is lost for good: a disk, a bad sector range.

use super::common::CommonCause;
use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.copy_failure]`.
    pub struct Params {
        /// Strikes per year and copy (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one copy, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// A share of the strikes that comes in bursts within one place.
        common_cause: Option<CommonCause> = None,
    }
}
