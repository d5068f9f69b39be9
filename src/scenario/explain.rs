//! What would be simulated, in plain words.
use super::Scenario;
/// Explains.
pub fn explain(_: &Scenario) -> String {
    String::new()
}
/// Warnings.
pub fn warnings(_: &Scenario) -> Vec<String> {
    Vec::new()
}
