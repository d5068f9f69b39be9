//! Tests of the whole way from records to estimates.

mod coverage;
mod cut;
mod merging;
mod pairs;
mod records;
mod speed;
