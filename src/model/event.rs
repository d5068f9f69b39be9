//! Events of a cell as one word that sorts: rank, entity, kind, payload.
//!
//! Within an instant: ends and timers, then ends of outages, starts of outages, strikes, planned
//! work; within a rank by entity, then by kind.

use crate::kernel::event_list::Content;

/// What comes first within an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Rank {
    /// Ends of steps, and timers.
    End,
    /// Ends of outages.
    OutageEnd,
    /// Starts of outages.
    OutageStart,
    /// Strikes.
    Strike,
    /// Planned work, and what asks whether a whole instant has changed something.
    Planned,
}

macro_rules! kinds {
    ($( $(#[doc = $doc:expr])* $kind:ident $rank:ident, )*) => {
        /// What an event is; each kind has one rank and one sort of entity.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Kind { $( $(#[doc = $doc])* $kind, )* }

        impl Kind {
            const ALL: &'static [Kind] = &[$( Kind::$kind, )*];

            /// Its rank.
            pub const fn rank(self) -> Rank {
                match self { $( Kind::$kind => Rank::$rank, )* }
            }
        }
    };
}

kinds! {
    /// A node's recovery step ends (node).
    NodeStep End,
    /// A node has been held by its rack for as long as it waits there (node).
    NodeRelocate End,
    /// A host is back (host).
    HostBack End,
    /// A rack is back (rack).
    RackBack End,
    /// A step of a failover ends (server).
    Failover End,
    /// The node of a standby has been away for too long (server).
    StandbyReplace End,
    /// A standby has been made (server).
    StandbyMade End,
    /// A standby has caught up (server).
    StandbyCaughtUp End,
    /// A person has mended a failed promotion (server).
    StandbyMended End,
    /// An unhealthy standby may be promoted from now on (server).
    StandbyStale End,
    /// Commits go on without the standby (server).
    StandbyDropped End,
    /// A lost copy is out of the set (volume).
    CopySealed End,
    /// A copy has been made anew, by law (copy, which of its wishes).
    CopyRebuilt End,
    /// The copies on a storage node that is back have caught up (storage node, class of volumes).
    StorageNodeSynced End,
    /// A storage node has been away for too long (storage node, class of volumes).
    StorageNodeGivenUp End,
    /// The first of a stamp's rebuilds that share bandwidth is done (stamp).
    StampRebuilt End,
    /// A storage node is back (storage node).
    StorageNodeBack End,
    /// An outage of a stamp ends (stamp, which of its outages).
    StampBack End,
    /// A server can be reached again (server).
    Reachable End,
    /// A step of a restore ends (server).
    RestoreStep End,
    /// The first of the restores that share bandwidth has fetched its snapshot (0).
    RestoreFetched End,
    /// An outage has lasted as long as a policy waits (group, outage).
    RestorePolicy End,
    /// A node hit by a bad release is rolled back (node).
    RolledBack End,
    /// A step of planned work ends, where it must happen on time (server).
    PlannedEnd End,
    /// A bad release reaches the region (index).
    ReleaseComes OutageStart,
    /// An outage of the environment ends (index).
    OutageEnd OutageEnd,
    /// An outage of the environment starts (index).
    OutageStart OutageStart,
    /// A source of strikes has its next candidate (source).
    Source Strike,
    /// The clock of one component has run down (component, mode).
    Clock Strike,
    /// A drill strikes (index).
    Injection Strike,
    /// A node hit by a bad release breaks (node).
    ReleaseBreaks Strike,
    /// A node hit by a bad release crashes (node).
    ReleaseCrashes Strike,
    /// A failover, or the replacement of a standby, is overdue, unless this instant has brought back what was
    /// away (server).
    Overdue Planned,
    /// A stall has lasted as long as is tolerated, and this instant has not ended it (server).
    StallExpired Planned,
    /// A server's planned work is played eagerly up to here (server).
    Wake Planned,
}

impl Kind {
    /// Which of its entity's timers it is, of those that are plain events: whoever cancels one forgets
    /// its time, and the event means nothing any more.
    #[inline]
    pub fn timer(self) -> Option<Timer> {
        const TIMERS: [Option<Timer>; Kind::ALL.len()] = {
            let mut timers = [None; Kind::ALL.len()];
            let mut kind = 0;
            while kind < timers.len() {
                timers[kind] = Kind::ALL[kind].which_timer();
                kind += 1;
            }
            timers
        };
        TIMERS[self as usize]
    }

    const fn which_timer(self) -> Option<Timer> {
        Some(match self {
            Kind::NodeStep => Timer::OfNode(0),
            Kind::NodeRelocate => Timer::OfNode(1),
            Kind::Failover => Timer::OfServer(0),
            Kind::StandbyReplace => Timer::OfServer(1),
            Kind::StandbyMade => Timer::OfServer(2),
            Kind::StandbyCaughtUp => Timer::OfServer(3),
            Kind::StandbyMended => Timer::OfServer(4),
            Kind::StandbyStale => Timer::OfServer(5),
            Kind::StandbyDropped => Timer::OfServer(6),
            Kind::RestoreStep => Timer::OfServer(7),
            _ => return None,
        })
    }
}

/// A timer that each node or each server has once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// Number among those of a node.
    OfNode(usize),
    /// Number among those of a server.
    OfServer(usize),
}

/// Timers that a node has.
pub const NODE_TIMERS: usize = 2;
/// Timers that a server has.
pub const SERVER_TIMERS: usize = 8;

const PAYLOAD_BITS: u32 = 23;
const KIND_BITS: u32 = 6;

/// Packs an event.
#[inline]
pub fn pack(kind: Kind, entity: u32, payload: u32) -> Content {
    debug_assert!(payload < 1 << PAYLOAD_BITS);
    (kind.rank() as u64) << 61
        | u64::from(entity) << (PAYLOAD_BITS + KIND_BITS)
        | (kind as u64) << PAYLOAD_BITS
        | u64::from(payload)
}

/// Unpacks an event: kind, entity, payload.
#[inline]
pub fn unpack(content: Content) -> (Kind, u32, u32) {
    let kind = (content >> PAYLOAD_BITS) as usize & ((1 << KIND_BITS) - 1);
    let entity = (content >> (PAYLOAD_BITS + KIND_BITS)) as u32;
    (Kind::ALL[kind], entity, content as u32 & ((1 << PAYLOAD_BITS) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_exact_and_sorts_by_rank_entity_kind() {
        for &kind in Kind::ALL {
            for entity in [0, 1, 77, u32::MAX] {
                let content = pack(kind, entity, 5);
                assert_eq!(unpack(content), (kind, entity, 5));
            }
        }
        assert!(pack(Kind::NodeStep, 9, 0) < pack(Kind::OutageEnd, 0, 0));
        assert!(pack(Kind::OutageEnd, 9, 0) < pack(Kind::OutageStart, 0, 0));
        assert!(pack(Kind::Source, 9, 0) < pack(Kind::Wake, 0, 0));
        assert!(pack(Kind::Failover, 3, 0) < pack(Kind::NodeStep, 4, 0));
    }
}
