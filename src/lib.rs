//! fleetsim: how many nines will this fleet really have?

pub mod cli;
pub mod experiment;
pub mod kernel;
pub mod measure;
pub mod model;
pub mod report;
pub mod scenario;
