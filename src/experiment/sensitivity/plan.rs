//! A plan of a sensitivity analysis: which parameters are moved, and which point of the sweep is what.
//!
//! A plan is complete by itself: with the values at its points it gives the findings anywhere.

use super::indices::Matrices;
use super::morris::Paths;
use super::{Moved, Target};
use serde::{Deserialize, Serialize};

/// Which analysis.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// One parameter at a time, to both ends.
    Tornado,
    /// Elementary effects along so many paths.
    Morris(u32),
    /// First-order and total indices from so many rows.
    SobolIndices(u32),
}

impl Method {
    /// Its word on the command line and in names of results.
    pub fn word(self) -> &'static str {
        match self {
            Method::Tornado => "tornado",
            Method::Morris(_) => "morris",
            Method::SobolIndices(_) => "sobol-indices",
        }
    }
}

/// What is moved, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Which analysis.
    pub method: Method,
    /// What is watched.
    pub target: Target,
    /// Seed of the design.
    pub seed: u64,
    /// The parameters, in the order of axes.
    pub moved: Vec<Moved>,
    /// Parameters that cannot be moved, and why.
    pub left_out: Vec<(String, String)>,
    /// Of a tornado: the point of each end, by parameter. An end where the base is anyway is point 0.
    pub ends: Vec<[Option<usize>; 2]>,
}

impl Plan {
    /// Leaves a parameter where it is, and says why; points must be made anew.
    pub fn leave_out(&mut self, name: String, index: usize, why: String) {
        self.moved.remove(index);
        self.ends.clear();
        self.left_out.push((name, why));
    }

    /// The paths of a screening. Point 0 of the sweep is the base, so theirs begin at 1.
    pub fn paths(&self, trajectories: u32) -> Paths {
        Paths::new(self.moved.len(), trajectories, self.seed)
    }

    /// The matrices of indices; their points begin at 1 too.
    pub fn matrices(&self, rows: u32) -> Matrices {
        Matrices::new(self.moved.len(), rows, self.seed)
    }
}
