//! From records to estimates: tallies in whole numbers, intervals whose unit is the replication.

pub mod book;
pub mod calendar;
pub mod cell;
pub mod hist;
pub mod line;
pub mod metric;
pub mod moments;
pub mod point;
pub mod quantile;
pub mod replication;
pub mod rows;
pub mod server;
pub mod service;
pub mod special;
pub mod spread;
pub mod tally;
pub mod watch;
pub mod wide;
