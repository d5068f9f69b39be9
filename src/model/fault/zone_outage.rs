//! Power, cooling or network of a zone is lost, hall by hall, compute and storage together.
//!
//! After a power loss a small share of the storage nodes never returns: this is how triple
//! replication loses data.

use crate::kernel::law::Law;
use crate::kernel::quantity::{Rate, Share};

crate::parameters! {
    /// Parameters of `[fault.zone_outage]`.
    pub struct Params {
        /// Strikes per year and zone (Poisson). Neutral: none.
        rate: Option<Rate> = None,
        /// Law of the gap between strikes on one zone, in its operating time; instead of `rate`.
        every: Option<Law> = None,
        /// How long the outage lasts. Neutral: 0.
        lasts: Law = Law::default(),
        /// Probability that a hall of the zone is struck. Neutral: 100 %.
        share: Share = Share::ONE,
        /// How much later than the end each host and storage node returns. Neutral: 0.
        r#return: Law = Law::default(),
        /// Probability that a struck storage node never returns. Neutral: 0.
        copies_lost: Share = Share::ZERO,
    }
}
