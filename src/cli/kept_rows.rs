//! Which rows of incidents are kept: what `--incidents` and `--no-incidents` ask for.

use super::arguments::Common;
use crate::experiment::{RowFormat, Rows};
use serde::{Deserialize, Serialize};

/// Which rows are kept. Parts carry it: only parts with the same make a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum KeptRows {
    /// All of them.
    All,
    /// All of them, or none if they are many.
    Few,
    /// None.
    None,
}

impl KeptRows {
    /// What the line asks for.
    pub fn asked(common: &Common) -> KeptRows {
        match (common.incidents, common.no_incidents) {
            (true, _) => KeptRows::All,
            (false, true) => KeptRows::None,
            (false, false) => KeptRows::Few,
        }
    }

    /// What becomes of the rows of a part.
    pub fn of_part(self, format: &dyn RowFormat) -> Rows<'_> {
        match self {
            KeptRows::All => Rows::Kept(format),
            KeptRows::Few => Rows::Few(format),
            KeptRows::None => Rows::None,
        }
    }

    /// How one asks for it, after "played".
    pub fn words(self) -> &'static str {
        match self {
            KeptRows::All => "with --incidents",
            KeptRows::Few => "with neither --incidents nor --no-incidents",
            KeptRows::None => "with --no-incidents",
        }
    }
}
