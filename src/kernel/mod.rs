//! Time, order and chance: knows nothing of databases.
//!
//! **Invariant.** The same seed gives the same run, to the last bit, on any platform: time is an
//! integer, ties are ordered by content, every draw has an address, and no function of the
//! platform's maths library, no clock and no hash-map order can reach a result.

pub mod chance;
pub mod comparison;
pub mod engine;
pub mod event_list;
pub mod law;
pub mod param;
pub mod quantity;
pub mod time;

pub use engine::{Machine, run};
pub use event_list::EventList;
