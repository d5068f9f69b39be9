//! Scenarios: what a user writes, and what is written for them.

pub mod import_az;
