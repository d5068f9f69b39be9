//! The fleet: what stands where, what strikes it, how it recovers, and the ledger of why it is down.
//!
//! Fault modes and recovery parts never import each other: they speak by strikes, by requests to the
//! one owner of a resource, by facts in the past tense, and by blockers in the ledger.

mod check;
pub mod clocks;
pub mod compute;
pub mod context;
pub mod control;
mod drill;
pub mod environment;
pub mod event;
pub mod fact;
pub mod fault;
pub mod fleet;
pub mod layout;
pub mod ledger;
pub mod life;
pub mod maintenance;
pub mod plan;
mod planned;
pub mod record;
pub mod restore;
pub mod standby;
pub mod storage;
pub mod stretch;
pub mod strikes;
pub mod topology;
pub mod turns;
mod undisturbed;
pub mod window_classes;
pub mod world;

pub use fleet::Fleet;
pub use record::{Gauge, Incident, Interval, Sink, Stall};
