//! Reference.
/// Reference.
pub fn reference() -> String {
    String::new()
}
