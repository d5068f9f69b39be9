//! Clients cannot reach one server for a while; nothing fails over.

use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.connectivity]`.
    pub struct Params {
        /// Strikes per year and server (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one server, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the server is unreachable. Neutral: 0.
        lasts: Law = Law::default(),
    }
}
