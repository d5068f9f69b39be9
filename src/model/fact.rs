//! What the parts of a world tell each other: facts in the past tense, and requests to the one owner
//! of a resource.
//!
//! A fact is told only by its owner and only on a change. Facts are heard first in, first out, within
//! the instant, before the next event; `World::hear` is the one table of who listens to what.

use crate::kernel::time::SimTime;
use crate::model::fault::{Addressed, Cause};
use crate::model::record::{Phase, RecoveryPath};

/// A node slot: three of each server in turn.
pub type Node = u32;
/// A server of the cell.
pub type Server = u32;
/// A volume: two of each server in turn, of its first and its second node slot.
pub type Volume = u32;

/// Names a request for a node, so that a grant that is on its way when the request is replaced is not
/// taken for an answer to the new one.
pub type Request = u32;

/// The candidate behind a change: which mode, and which of its strikes. Names the draws of whatever
/// it sets off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Origin {
    /// The mode, or planned work.
    pub cause: Cause,
    /// Number of the strike among those of its source.
    pub number: u64,
}

/// What has happened, or what is asked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fact {
    /// A node's engine stopped serving. From compute; heard by standby.
    NodeLost(Node, Origin, Phase),
    /// A node that is down has come to another step. From compute; heard by standby.
    NodeStep(Node, Phase),
    /// A node's engine is ready to serve. From compute; heard by standby.
    NodeReady(Node, RecoveryPath),
    /// A node stands in the hall of this host from now on. From compute; heard by storage.
    NodePlaced(Node, u32),

    /// A host is wanted for a new node in one of these zones (a bit each). From standby and restore;
    /// answered by compute with `NodeGranted`, now or later. A later request replaces it.
    NodeWanted(Node, u8, Request),
    /// A node that was wanted is not wanted any more, or a node is given up. Heard by compute.
    NodeDropped(Node),
    /// A host was found, for this request: whoever has made another one since does not take it. From
    /// compute; heard by standby and restore.
    NodeGranted(Node, Request),
    /// A node that was granted has been made and starts to serve. From standby and restore; heard by
    /// compute.
    NodeMade(Node),

    /// Writes to a volume stall. From storage; heard by standby.
    VolumeStalled(Volume, Origin),
    /// A volume that stalls is held by something else from now on: what held it so far is over. From storage; heard
    /// by standby.
    VolumeHeldBy(Volume, Origin),
    /// Writes to a volume go on. From storage; heard by standby.
    VolumeResumed(Volume),
    /// The last copy of a volume is gone for good. From storage; heard by standby.
    VolumeLost(Volume, Origin),
    /// All copies that a volume goes on from had left their set by then: what was committed since is lost.
    /// From storage; heard by standby.
    VolumeOld(Volume, SimTime),
    /// A volume has fewer than three copies. From storage; heard by standby.
    CopiesShort(Volume, Origin),
    /// A volume has three copies again. From storage; heard by standby.
    CopiesWhole(Volume),

    /// A failover wants a slot of the control ring. From standby; answered by control.
    RingSlotWanted(Server),
    /// A failover does not want or hold a slot any more. From standby; heard by control.
    RingSlotFreed(Server),
    /// The failover may go on. From control; heard by standby.
    RingSlotGranted(Server),

    /// A server cannot return by itself: it must be restored. From standby; heard by restore.
    RestoreWanted(Server, Origin, RestoreReason),
    /// A new node is wanted in the paired region. From restore; answered by compute at once.
    NodeElsewhere(Node, Request),
    /// A restore has come to another phase. From restore; heard by standby.
    RestoreStep(Server, Phase),
    /// The restored node may serve in place of the old one; the outage that a policy did not wait for, if one
    /// asked for it. From restore; heard by standby and the policies.
    RestoreFinished(Server, RecoveryPath, Option<Origin>),
    /// Nothing can restore the server. From restore; heard by standby.
    RestoreImpossible(Server),
    /// No node serves, and neither a failover nor a restore is on its way; or a restore waits for a host.
    /// From standby and restore; heard by the policies for outages that have lasted for too long.
    ServerStuck(Server),
    /// The server serves again: a restore in progress is pointless. From standby; heard by restore.
    PrimaryServes(Server),
    /// The server is gone for good. From standby; heard by compute and maintenance.
    ServerLost(Server),

    /// A component was held or freed, itself or by what contains it. From compute and storage, where
    /// clocks of its kind run; heard by clocks.
    HoldChanged(Addressed, u32),

    /// The control plane is back. From control; heard by compute, control and restore.
    ControlPlaneBack,
}

/// Why a restore is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestoreReason {
    /// The data is gone.
    DataLost,
    /// The zone has been out for too long.
    ZoneOutage,
    /// The region has been out for too long.
    RegionOutage,
}
