//! A storage node goes away for a while, or for good with every copy on it.

use super::common::CommonCause;
use crate::kernel::law::Law;
use crate::kernel::quantity::Rate;

crate::parameters! {
    /// Parameters of `[fault.storage_node]`.
    pub struct Params {
        /// Storage nodes that go away and come back with their copies.
        transient: Option<Transient> = None,
        /// Storage nodes that never come back.
        permanent: Option<Permanent> = None,
        /// A share of the strikes that comes in bursts within one place.
        common_cause: Option<CommonCause> = None,
    }
}

crate::parameters! {
    /// Parameters of `transient`.
    pub struct Transient {
        /// Strikes per year and storage node (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one storage node, in its operating time.
        every: Option<Law> = None,
        /// How long the storage node is away. Neutral: 0.
        lasts: Law = Law::default(),
    }
}

crate::parameters! {
    /// Parameters of `permanent`.
    pub struct Permanent {
        /// Strikes per year and storage node (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one storage node, in its operating time.
        every: Option<Law> = None,
    }
}
