//! Whether the environment of a scenario is drawn in strata, and why.

use super::explain::short;
use super::{Environment, Scenario, Stop, exposure};

/// Fewer strikes than this of zone and region outages over all replications are stratified.
pub const STRATIFY_BELOW: f64 = 400.0;
/// Strata need at least this many replications, so that each has an error of its own.
pub const STRATA_NEED: u64 = 4;

impl Scenario {
    /// How the environment will be drawn, and why.
    pub fn environment(&self) -> (Environment, String) {
        let (strikes, rated) = exposure::environment_strikes(&self.fleet);
        let replications = match &self.replications.stop {
            Stop::Count(count) => f64::from(*count),
            Stop::Precision(precision) => f64::from(precision.max),
        };
        let all = strikes * replications;
        let expected = format!(
            "{} zone and region outages are expected in each replication, {} in all",
            short(strikes),
            short(all)
        );
        if !rated {
            let why = "a zone or region outage has `every` instead of a rate".to_string();
            return (Environment::Natural, why);
        }
        if replications < STRATA_NEED as f64 {
            let why = format!("fewer than {STRATA_NEED} replications; {expected}");
            return (Environment::Natural, why);
        }
        match self.replications.environment {
            Environment::Auto if strikes <= 0.0 => {
                (Environment::Natural, "no zone or region outage is on".to_string())
            }
            Environment::Auto if all < STRATIFY_BELOW => {
                (Environment::Stratified, format!("{expected}, fewer than {STRATIFY_BELOW}"))
            }
            Environment::Auto => (Environment::Natural, expected),
            Environment::Stratified if strikes <= 0.0 => {
                (Environment::Natural, "no zone or region outage is on".to_string())
            }
            wanted => (wanted, format!("the scenario says so; {expected}")),
        }
    }
}
