//! Tests of the whole way from records to estimates.

mod coverage;
mod merging;
mod records;
mod speed;
