//! A scenario as a part carries it: enough to make the very files that its machine would have made.

use super::manifest::json_digest;
use crate::scenario::{self, Assumption, Scenario, Source};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A scenario that needs no file any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScenarioCopy {
    name: String,
    title: Option<String>,
    profile: Option<String>,
    /// Why each fault mode is on or off.
    faults: Vec<String>,
    assumptions: Vec<Assumption>,
    warnings: Vec<String>,
    effective: Value,
}

impl ScenarioCopy {
    /// A copy that is known to read back to the same fleet.
    pub fn of(scenario: &Scenario) -> Result<ScenarioCopy, String> {
        let copy = ScenarioCopy {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            profile: scenario.profile.map(str::to_string),
            faults: scenario.faults.iter().map(|f| f.why.clone()).collect(),
            assumptions: scenario.assumptions.clone(),
            warnings: scenario.warnings.clone(),
            effective: scenario.effective.clone(),
        };
        let again = copy.scenario()?;
        if format!("{:?}", again.fleet) != format!("{:?}", scenario.fleet) {
            return Err("its effective form does not read back to the same fleet".to_string());
        }
        Ok(copy)
    }

    /// What two parts of one run have in common, in words.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let of = |key: &str| self.effective.get(key).map(Value::to_string).unwrap_or_default();
        vec![
            ("scenario", self.name.clone()),
            ("seed", of("seed")),
            ("number of replications", of("replications")),
            ("scenario digest", json_digest(&self.effective)),
        ]
    }

    /// The scenario.
    pub fn scenario(&self) -> Result<Scenario, String> {
        let text = self.effective.to_string();
        let read = Source::parse("scenario.json", &text, None).and_then(|s| s.scenario(&[]));
        let mut scenario = read.map_err(|complaints| complaints.lines())?;
        let known = |name: &String| scenario::profiles().into_iter().find(|p| p == name);
        if scenario.faults.len() != self.faults.len() {
            return Err("its fault modes are not those of this version".to_string());
        }
        scenario.name.clone_from(&self.name);
        scenario.title.clone_from(&self.title);
        scenario.profile = self.profile.as_ref().and_then(known);
        scenario.faults.iter_mut().zip(&self.faults).for_each(|(f, why)| f.why.clone_from(why));
        scenario.assumptions.clone_from(&self.assumptions);
        scenario.warnings.clone_from(&self.warnings);
        scenario.effective.clone_from(&self.effective);
        Ok(scenario)
    }
}
