//! The fleet: what stands where, what strikes it, how it recovers, and the ledger of why it is down.

pub mod compute;
pub mod context;
pub mod environment;
pub mod event;
pub mod fact;
pub mod fault;
pub mod fleet;
pub mod layout;
pub mod ledger;
pub mod record;
pub mod storage;
pub mod topology;
