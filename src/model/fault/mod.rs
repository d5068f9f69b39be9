//! Fault modes: each decides when and what to strike, never how the fleet recovers.
//!
//! A mode is one file of this folder and one line of the list below. The number names the mode's
//! random numbers and is never used again for another one, so that a new mode shifts nobody's
//! chance. The list makes the `[fault.X]` section, the cause in every table and the mode's streams.

use crate::kernel::param::{Parameters, Visitor};

pub mod common;

/// What a mode strikes: the kind of component that its rate is per.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Addressed {
    /// Each node slot of each server.
    Node,
    /// Each compute host.
    Host,
    /// Each rack.
    Rack,
    /// Each zone of each region.
    Zone,
    /// Each region.
    Region,
    /// Each storage node.
    StorageNode,
    /// Each copy of each volume.
    Copy,
    /// Each storage stamp.
    Stamp,
    /// Each unordered pair of zones of a region.
    ZonePair,
    /// Each server.
    Server,
    /// Each server with a standby.
    Pair,
    /// Each release in each region.
    Release,
}

impl Addressed {
    /// One bit of its own, for sets of kinds.
    pub fn bit(self) -> u16 {
        1 << self as u16
    }

    /// Whether a group of servers may have its own values.
    pub fn by_group(self) -> bool {
        matches!(self, Addressed::Node | Addressed::Server | Addressed::Pair | Addressed::Copy)
    }

    /// Whether it belongs to the environment, drawn once for all cells.
    pub fn environmental(self) -> bool {
        matches!(
            self,
            Addressed::Zone | Addressed::Region | Addressed::ZonePair | Addressed::Release
        )
    }

    /// The word used in help and errors.
    pub fn word(self) -> &'static str {
        match self {
            Addressed::Node => "node",
            Addressed::Host => "host",
            Addressed::Rack => "rack",
            Addressed::Zone => "zone",
            Addressed::Region => "region",
            Addressed::StorageNode => "storage node",
            Addressed::Copy => "copy",
            Addressed::Stamp => "stamp",
            Addressed::ZonePair => "pair of zones",
            Addressed::Server => "server",
            Addressed::Pair => "server with a standby",
            Addressed::Release => "release and region",
        }
    }
}

/// What took a server down: a fault mode, or planned work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cause(pub u8);

macro_rules! failure_modes {
    ($( $number:literal $module:ident $addressed:ident, )*) => {
        $( pub mod $module; )*

        /// The parameters of every mode; a mode that is off keeps its values.
        #[derive(Clone, PartialEq, Debug, Default)]
        pub struct Faults {
            $(
                #[doc = concat!("Parameters of `", stringify!($module), "`.")]
                pub $module: $module::Params,
            )*
            /// Which modes are on, by position in [`MODES`].
            pub on: [bool; MODES.len()],
        }

        /// Every mode, in the order of the list.
        pub const MODES: &[Mode] = &[$( Mode {
            cause: Cause($number),
            name: stringify!($module),
            addressed: Addressed::$addressed,
        }, )*];

        impl Cause {
            $(
                #[doc = concat!("The fault mode `", stringify!($module), "`.")]
                #[allow(non_upper_case_globals)]
                pub const $module: Cause = Cause($number);
            )*
        }

        impl Faults {
            /// The parameters of the mode at `position` in [`MODES`].
            pub fn params_mut(&mut self, position: usize) -> &mut dyn Parameters {
                let mut at = 0;
                $(
                    if at == position { return &mut self.$module; }
                    at += 1;
                )*
                panic!("no fault mode at {at}: {position}")
            }
        }
    };
}

/// A fault mode as the rest of the program sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mode {
    /// Its number, which is also its cause.
    pub cause: Cause,
    /// Its key in `[fault.X]`, its name in every table.
    pub name: &'static str,
    /// What its rate is per.
    pub addressed: Addressed,
}

failure_modes! {
    1  process_crash Node,
    2  vm_crash Node,
    3  host_failure Host,
    4  rack_outage Rack,
    5  zone_outage Zone,
    6  region_outage Region,
    7  storage_node StorageNode,
    8  copy_failure Copy,
    9  stamp_outage Stamp,
    10 partition ZonePair,
    11 connectivity Server,
    12 gateway_outage Region,
    13 control_plane_outage Region,
    14 bad_release Release,
    15 false_alarm Pair,
}

impl Cause {
    /// Planned maintenance.
    pub const MAINTENANCE: Cause = Cause(32);
    /// One past the largest number in use: the length of a table indexed by cause.
    pub const COUNT: usize = 33;

    /// The name in files and tables.
    pub fn name(self) -> &'static str {
        if self == Cause::MAINTENANCE {
            return "maintenance";
        }
        MODES.iter().find(|m| m.cause == self).map_or("unknown", |m| m.name)
    }

    /// The cause of that name.
    pub fn named(name: &str) -> Option<Cause> {
        if name == "maintenance" {
            return Some(Cause::MAINTENANCE);
        }
        MODES.iter().find(|m| m.name == name).map(|m| m.cause)
    }

    /// All causes, in the order of tables.
    pub fn all() -> impl Iterator<Item = Cause> {
        MODES.iter().map(|m| m.cause).chain([Cause::MAINTENANCE])
    }
}

impl Faults {
    /// Whether a mode is on.
    pub fn is_on(&self, cause: Cause) -> bool {
        MODES.iter().position(|m| m.cause == cause).is_some_and(|i| self.on[i])
    }

    /// Switches a mode on or off.
    pub fn set_on(&mut self, cause: Cause, on: bool) {
        if let Some(i) = MODES.iter().position(|m| m.cause == cause) {
            self.on[i] = on;
        }
    }

    /// Walks over the keys of one mode by its position in [`MODES`].
    pub fn visit(&mut self, position: usize, visitor: &mut dyn Visitor) {
        self.params_mut(position).visit(visitor);
    }
}
