//! A release that breaks some of the servers that take it, until it is noticed and rolled back.

use crate::kernel::law::Law;
use crate::kernel::quantity::{Rate, Share};

crate::choice! {
    /// What a bad release does to a node that it hits.
    pub enum Effect {
        /// The engine is down until the rollback.
        Down = "down",
        /// The engine crashes again and again, at `crash_rate`, until the rollback.
        Crashes = "crashes",
    }
}

crate::parameters! {
    /// Parameters of `[fault.bad_release]`.
    pub struct Params {
        /// Probability that a release is bad in a region. Neutral: 0.
        probability: Share = Share::ZERO,
        /// Probability that a node patched with a bad release is hit. Neutral: 100 %.
        hit: Share = Share::ONE,
        /// How long after its patch a hit node breaks. Neutral: 0.
        onset: Law = Law::default(),
        /// `"down"`, or `{ crash_rate = "2/d" }`. Neutral: down.
        effect: Effect = Effect::Down,
        /// Crashes per time of a hit node under `effect = { crash_rate }`.
        crash_rate: Option<Rate> = None,
        /// From the region's first patch to the moment the fault is noticed. Neutral: 0.
        noticed: Law = Law::default(),
        /// From the notice until a hit node is rolled back. Neutral: 0.
        rollback: Law = Law::default(),
    }
}
