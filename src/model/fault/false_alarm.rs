//! Detection errs: a failover that nothing required.

use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.false_alarm]`.
    pub struct Params {
        /// Strikes per year and server with a healthy standby (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one server with a healthy standby, in its operating
        /// time; instead of `rate`.
        every: Option<Law> = None,
    }
}
