//! Counters of a set of servers: whole numbers only, so that any order of adding gives the same.

use super::hist::Hist;
use crate::model::fault::Cause;
use crate::model::record::{Phase, RecoveryPath};

/// Positions of the counters.
pub mod count {
    macro_rules! counters {
        ($( #[doc = $doc:literal] $name:ident / $over:ident, )*) => {
            counters!(@number 0; $( $doc $name )*);
            /// The denominator of each counter.
            pub const OVER: [usize; COUNT] = [$( $over, )*];
        };
        (@number $n:expr; $doc:literal $name:ident $($rest:tt)*) => {
            #[doc = $doc]
            pub const $name: usize = $n;
            counters!(@number $n + 1; $($rest)*);
        };
        (@number $n:expr;) => {
            /// How many counters there are.
            pub const COUNT: usize = $n;
        };
    }

    counters! {
        /// One in each replication.
        ONE / ONE,
        /// Serving and down, us.
        AGREED / ONE,
        /// Servers.
        SERVERS / ONE,
        /// Down, us.
        DOWN / AGREED,
        /// Down for normal steps of planned work, us.
        PLANNED / AGREED,
        /// Incidents.
        INCIDENTS / AGREED,
        /// Incidents that are not wholly planned.
        UNPLANNED / AGREED,
        /// Recovery times that are known.
        RECOVERED / AGREED,
        /// Their sum, us.
        RECOVERY / RECOVERED,
        /// Incidents cut by the horizon.
        CENSORED / AGREED,
        /// Unplanned incidents with a known loss window.
        LOSS_KNOWN / AGREED,
        /// Sum of their loss windows, us.
        LOSS / LOSS_KNOWN,
        /// Loss windows above zero.
        LOSSES / AGREED,
        /// Servers with a loss window above zero, or lost with all their data.
        LOSS_SERVERS / SERVERS,
        /// Servers whose primary's volume lost all copies.
        COPIES_LOST_SERVERS / SERVERS,
        /// Servers that nothing could bring back.
        LOST_SERVERS / SERVERS,
        /// Unplanned incidents with an objective of time.
        RTO_ALL / AGREED,
        /// Those that met it.
        RTO_MET / RTO_ALL,
        /// Those that met it, or were cut too early to tell.
        RTO_MAY / RTO_ALL,
        /// Unplanned incidents with an objective of loss.
        RPO_ALL / AGREED,
        /// Those that met it.
        RPO_MET / RPO_ALL,
        /// Those that met it, or were cut too early to tell.
        RPO_MAY / RPO_ALL,
        /// Stalls within the tolerance.
        STALLS / AGREED,
        /// Their length, us.
        STALLED / AGREED,
        /// Serving with less redundancy than was bought, us.
        AT_RISK / AGREED,
        /// Serving without the healthy standby that was bought, us.
        AT_RISK_STANDBY / AGREED,
        /// Serving with fewer than three copies, us.
        AT_RISK_COPIES / AGREED,
        /// Serving of servers that bought no standby, us.
        UNPROTECTED / AGREED,
        /// Minutes of the contract that were down.
        SLA_MINUTES / AGREED,
        /// Minutes of whole months that were agreed.
        SLA_AGREED / ONE,
        /// Minutes of whole months that were down.
        SLA_DOWN / SLA_AGREED,
        /// Whole months of servers with a target.
        SERVER_MONTHS / ONE,
        /// Those below their target.
        BREACHES / SERVER_MONTHS,
        /// Servers with a whole month, times 10^12.
        WORST_SERVERS / ONE,
        /// Sum of the unavailability of their worst months, in 10^-12.
        WORST / WORST_SERVERS,
        /// Most servers down at once.
        PEAK_DOWN / ONE,
        /// Most failovers at once.
        PEAK_FAILOVERS / ONE,
        /// Most vCores that wait.
        PEAK_VCORES_QUEUED / ONE,
    }
}

/// The counter of trials that pass or may yet pass, beside one of trials that pass for certain.
pub fn may(k: usize) -> Option<usize> {
    match k {
        count::RTO_MET => Some(count::RTO_MAY),
        count::RPO_MET => Some(count::RPO_MAY),
        _ => None,
    }
}

/// A counter's denominator, less the trials of which it is not known whether they count.
pub fn known(sums: &[u128; count::COUNT], k: usize) -> u128 {
    sums[count::OVER[k]] - may(k).map_or(0, |may| sums[may] - sums[k])
}

/// Number of phases.
pub const PHASES: usize = Phase::ALL.len();
/// Number of recovery paths.
pub const PATHS: usize = RecoveryPath::ALL.len();

/// The unit in which shares of months are counted: one stands for 10^12.
pub const ONE_SHARE: u64 = 1_000_000_000_000;

/// What incidents that one cause opened come to: how many, and down in us.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Opened {
    /// How many are not wholly planned.
    pub incidents: u64,
    /// Down, us.
    pub down: u64,
}

/// What is counted of a set of servers or of a cause, within one cell.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Of a set of servers, by the cause that opened an incident.
    pub opened: [Opened; Cause::COUNT],
    /// Counters, see [`count`].
    pub c: [u64; count::COUNT],
    /// Down by phase, us: in it for a set of servers, charged for a cause.
    pub phases: [u64; PHASES],
    /// Incidents by how they ended.
    pub paths: [u64; PATHS],
    /// Recovery times, us.
    pub recovery: Hist,
    /// Loss windows, us.
    pub loss: Hist,
    /// Unavailability of worst months, in 10^-12.
    pub worst: Hist,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally {
            opened: [Opened::default(); Cause::COUNT],
            c: [0; count::COUNT],
            phases: [0; PHASES],
            paths: [0; PATHS],
            recovery: Hist::default(),
            loss: Hist::default(),
            worst: Hist::default(),
        }
    }
}

impl Tally {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.opened = [Opened::default(); Cause::COUNT];
        self.c = [0; count::COUNT];
        self.phases = [0; PHASES];
        self.paths = [0; PATHS];
        self.recovery.clear();
        self.loss.clear();
        self.worst.clear();
    }
}

/// The same over many cells: counters that cannot overflow.
#[derive(Clone, Debug)]
pub struct Sum {
    /// Of a set of servers, by the cause that opened an incident.
    pub opened: [Opened; Cause::COUNT],
    /// Counters, see [`count`].
    pub c: [u128; count::COUNT],
    /// Down by phase, us.
    pub phases: [u128; PHASES],
    /// Incidents by how they ended.
    pub paths: [u64; PATHS],
    /// Recovery times, us.
    pub recovery: Hist,
    /// Loss windows, us.
    pub loss: Hist,
    /// Unavailability of worst months, in 10^-12.
    pub worst: Hist,
}

impl Default for Sum {
    fn default() -> Sum {
        Sum {
            opened: [Opened::default(); Cause::COUNT],
            c: [0; count::COUNT],
            phases: [0; PHASES],
            paths: [0; PATHS],
            recovery: Hist::default(),
            loss: Hist::default(),
            worst: Hist::default(),
        }
    }
}

impl Sum {
    /// Adds a cell's, whose histograms it may take.
    pub fn absorb(&mut self, tally: &mut Tally) {
        for (x, y) in self.opened.iter_mut().zip(&tally.opened) {
            x.incidents += y.incidents;
            x.down += y.down;
        }
        add(&mut self.c, tally.c.map(u128::from));
        add(&mut self.phases, tally.phases.map(u128::from));
        for (x, y) in self.paths.iter_mut().zip(tally.paths) {
            *x += y;
        }
        self.recovery.take(&mut tally.recovery);
        self.loss.take(&mut tally.loss);
        self.worst.take(&mut tally.worst);
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.opened = [Opened::default(); Cause::COUNT];
        self.c = [0; count::COUNT];
        self.phases = [0; PHASES];
        self.paths = [0; PATHS];
        self.recovery.clear();
        self.loss.clear();
        self.worst.clear();
    }
}

/// Adds counter by counter.
pub fn add<const N: usize>(sum: &mut [u128; N], other: [u128; N]) {
    for (x, y) in sum.iter_mut().zip(other) {
        *x += y;
    }
}
