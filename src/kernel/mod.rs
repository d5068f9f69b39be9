//! Time, order and chance: knows nothing of databases.

pub mod chance;
pub mod law;
pub mod param;
pub mod quantity;
pub mod time;
