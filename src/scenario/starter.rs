//! Starter.
/// Starter.
pub fn starter() -> String {
    String::new()
}
