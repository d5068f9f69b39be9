//! Closed forms against the simulator: each mechanism in a world small enough to be solved exactly.
//!
//! Every closed form is computed here, for the same finite horizon, by sums of positive terms
//! (uniformisation, counting, Poisson sums), or comes with a bound of its bias. The simulated value
//! must lie within 4 standard errors of it and more than 8 from the nearest wrong model. Run with
//! `--nocapture` to see the numbers; the campaign (`--release -- --ignored`) asks for 0.5 %.

mod ages;
mod cells;
mod chain;
mod charged;
mod clocks;
mod common_cause;
mod data_loss;
mod domains;
mod held;
mod lag;
mod laws;
mod maintenance;
mod overlap;
mod pair;
mod placement;
mod planned;
mod restore;
mod ring;
mod server;
mod sharing;
mod sla;
mod succession;
mod support;
mod volume;
