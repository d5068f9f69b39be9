//! Every kind of mistake: its text, its place, and that all of them are reported at once.

use super::*;
