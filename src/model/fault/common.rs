//! Common cause: a share of a mode's strikes that comes in bursts on neighbours.

use crate::kernel::param::CountLaw;
use crate::kernel::quantity::Share;

crate::choice! {
    /// Where the victims of one burst stand together.
    pub enum Within {
        /// One rack of one cell.
        Rack = "rack",
        /// One hall of one cell.
        Hall = "hall",
        /// One zone of one cell.
        Zone = "zone",
    }
}

crate::parameters! {
    /// Parameters of `common_cause`: every component keeps the mode's own rate.
    pub struct CommonCause {
        /// Share of the mode's strikes that comes in bursts. Neutral: 0.
        share: Share = Share::ZERO,
        /// Law of the number of distinct components that one burst strikes, from 1. Neutral: 1.
        size: CountLaw = CountLaw::default(),
        /// Where they stand together: rack, hall or zone. Neutral: rack.
        within: Within = Within::Rack,
    }
}
