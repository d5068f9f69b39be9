//! Placeholder of a colleague.
