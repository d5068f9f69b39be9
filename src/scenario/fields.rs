//! The keys of a scenario file outside the parameter sections: one declaration that decoding,
//! schema and reference walk over.

use crate::kernel::param::Parameters;
use crate::model::fleet::{Compute, Control, Maintenance, Restore, Sla, Standby, Storage};

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub doc: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number in a range.
    Integer(i64, i64),
    /// A duration.
    Duration,
    /// A law of durations.
    Law,
    /// A date and time.
    Instant,
    /// A share.
    Share,
    /// A size.
    Size,
    /// A speed, a law of speeds, or 24 of them.
    WalRate,
    /// An offset from UTC.
    Offset,
    /// A time of day.
    Clock,
    /// One of a few words.
    Words(&'static [&'static str]),
    /// Names of groups: for completion only.
    Quantity,
    /// A table.
    Table(&'static [Field]),
    /// A list of tables.
    Tables(&'static [Field]),
    /// A parameter section by name.
    Section(&'static str),
    /// Fault modes; `true`: of a group.
    Faults(bool),
    /// One of several.
    Either(&'static [Kind]),
}

const fn field(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, required: false, doc }
}

const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, required: true, doc }
}

/// The names of fields.
pub fn names(fields: &'static [Field]) -> Vec<&'static str> {
    fields.iter().map(|f| f.name).collect()
}

/// The greatest whole number that a field takes; 0 if it takes none.
pub fn most(fields: &'static [Field], name: &str) -> i64 {
    let of = |kind: &Kind| if let Kind::Integer(_, most) = kind { *most } else { 0 };
    let field = fields.iter().find(|f| f.name == name);
    field.map_or(0, |field| match field.kind {
        Kind::Either(kinds) => kinds.iter().map(of).max().unwrap_or(0),
        kind => of(&kind),
    })
}

const OFF: Kind = Kind::Words(&["off"]);
const MODES: Kind = Kind::Words(&["none", "same-zone", "zone-redundant"]);
/// Most servers: what a large machine's memory holds.
pub const MAX_SERVERS: i64 = 50_000_000;
/// Most racks, and most storage nodes, of one cell: what the model can number.
pub const MAX_IN_CELL: i64 = 65_535;

/// The top of a file.
pub const TOP: &[Field] = &[
    must("name", Kind::Text, "Name of the scenario and of its folder in `results/`."),
    field("title", Kind::Text, "A line for people, shown in reports."),
    field(
        "profile",
        Kind::Text,
        "Profile that gives what the file does not say. Without one, what is not given is neutral.",
    ),
    field("seed", Kind::Integer(0, i64::MAX), "Seed of all chance. Default: 1."),
    field(
        "start",
        Kind::Instant,
        "Where the simulated time stands in the calendar; a date alone is its midnight, UTC. \
         Default: 2026-01-01T00:00:00Z.",
    ),
    field(
        "duration",
        Kind::Duration,
        "How long the fleet is played, up to 100 years. Default: 1y.",
    ),
    field(
        "timeline_step",
        Kind::Duration,
        "Step of the time line. Default: 5m; 1s where the duration is at most a day.",
    ),
    field(
        "start_age",
        Kind::Words(&["equilibrium", "new"]),
        "Age at the start of components with `every`, archives, checkpoints and lags. Default: equilibrium.",
    ),
    field(
        "faults",
        Kind::Words(&["all", "listed", "none"]),
        "\"listed\" switches off fault modes that this file does not name, \"none\" all random \
         strikes. Default: all.",
    ),
    field("replications", Kind::Table(REPLICATIONS), "How often the time is played."),
    field("region", Kind::Tables(REGION), "Regions."),
    field("servers", Kind::Tables(SERVERS), "Groups of equal servers."),
    field("fault", Kind::Faults(false), "Fault modes, each `[fault.MODE]` or `MODE = \"off\"`."),
    field("compute", Kind::Section("compute"), "How engines, machines and hosts come back."),
    field("storage", Kind::Section("storage"), "Volumes of three synchronous copies."),
    field("standby", Kind::Section("standby"), "Replication, failover and the way back to health."),
    field("control", Kind::Section("control"), "The control ring of each region."),
    field(
        "maintenance",
        Kind::Either(&[OFF, Kind::Section("maintenance")]),
        "Monthly releases in windows.",
    ),
    field("restore", Kind::Section("restore"), "A server made anew from its backups."),
    field("sla", Kind::Section("sla"), "The contract."),
    field(
        "inject",
        Kind::Tables(INJECT),
        "Drills: exactly this, at exactly that time, in every replication.",
    ),
    field("expect", Kind::Tables(EXPECT), "What the result is held against."),
    field("service", Kind::Tables(SERVICE), "Applications that need several groups."),
];

/// `[replications]`.
pub const REPLICATIONS: &[Field] = &[
    field("count", Kind::Integer(1, 10_000_000), "Number of replications. Default: 100."),
    field(
        "precision",
        Kind::Table(PRECISION),
        "Stop when an estimate is this precise; instead of `count`.",
    ),
    field(
        "environment",
        Kind::Words(&["natural", "stratified"]),
        "Whether replications with and without zone and region outages are drawn apart. \
         Default: stratified where few are expected.",
    ),
];

/// `precision`.
pub const PRECISION: &[Field] = &[
    must("metric", Kind::Text, "Metric that must be precise: METRIC or METRIC of SCOPE."),
    field("scope", Kind::Text, "Its scope, if `metric` does not say it. Default: fleet."),
    field(
        "relative_half_width",
        Kind::Share,
        "Half of the interval, relative to the value (of the unavailability for an availability).",
    ),
    field(
        "half_width",
        Kind::Quantity,
        "Half of the interval in the unit of the metric; instead of `relative_half_width`.",
    ),
    field("max", Kind::Integer(2, 10_000_000), "Most replications. Default: 10000."),
];

/// `[[region]]`.
pub const REGION: &[Field] = &[
    must("name", Kind::Text, "Name, unique."),
    field("zones", Kind::Integer(1, 8), "Number of zones. Neutral: 3."),
    field(
        "utc_offset",
        Kind::Offset,
        "Local time less UTC. Default: that of a region that the profile knows. Neutral: 0.",
    ),
    field(
        "cells",
        Kind::Either(&[Kind::Integer(1, 65_536), Kind::Words(&["computed"])]),
        "Number of cells. Neutral: computed from the servers, at most 8192 a cell (fewer above 35 years).",
    ),
    field("halls", Kind::Integer(1, 64), "Halls of a zone. Neutral: 1."),
    field(
        "racks",
        Kind::Integer(3, MAX_IN_CELL),
        "Racks of a zone and cell, at least 3 a hall; at most 65535 in all zones of a cell. Neutral: 3 a stamp.",
    ),
    field(
        "stamps",
        Kind::Integer(1, 10_000),
        "Storage stamps of a zone and cell, at least one a hall. Neutral: one a hall.",
    ),
    field(
        "storage_nodes",
        Kind::Integer(3, MAX_IN_CELL),
        "Storage nodes of a stamp; at most 65535 in all zones of a cell. Neutral: 3.",
    ),
    field(
        "vcores_per_host",
        Kind::Either(&[Kind::Integer(1, 1_000_000), Kind::Words(&["unbounded"])]),
        "vCores of a host. Neutral: unbounded.",
    ),
    field("spare", Kind::Share, "Share of each host that is kept free at the start. Neutral: 0."),
    field(
        "other_tenants",
        Kind::Either(&[Kind::Words(&["none"]), Kind::Table(OTHER_TENANTS)]),
        "Servers of others that share the region and never appear in results. Neutral: none.",
    ),
];

/// `other_tenants`.
pub const OTHER_TENANTS: &[Field] = &[
    must("servers", Kind::Integer(1, MAX_SERVERS), "Number of servers."),
    must("mix", Kind::Tables(MIX), "Their sizes."),
    field("high_availability", MODES, "Their standbys. Default: none."),
];

/// `mix`.
pub const MIX: &[Field] = &[
    field("sku", Kind::Text, "Size by name."),
    field("vcores", Kind::Integer(1, 10_000), "Size by vCores."),
    must("share", Kind::Share, "Share of the servers."),
];

/// `[[servers]]`.
pub const SERVERS: &[Field] = &[
    must("group", Kind::Text, "Name of the group, unique."),
    must("count", Kind::Integer(1, MAX_SERVERS), "Number of servers."),
    field("region", Kind::Text, "Name of a region. Default: the only one."),
    field(
        "zone",
        Kind::Either(&[Kind::Words(&["any"]), Kind::Integer(1, 8)]),
        "Zone of the primaries, from 1; \"any\" takes turns. Default: any.",
    ),
    field("sku", Kind::Text, "Size by name; the profile knows its vCores."),
    field(
        "vcores",
        Kind::Integer(1, 10_000),
        "vCores of a node. Default: those of the `sku`, else 1.",
    ),
    field(
        "storage",
        Kind::Either(&[Kind::Size, Kind::Section("storage")]),
        "Size of the volume, or a table with `size` and any key of `[storage]` but what the rebuilds of a \
         stamp share. Neutral: 0.",
    ),
    field("used", Kind::Share, "Share of the volume that holds data. Neutral: 100%."),
    field(
        "wal_rate",
        Kind::WalRate,
        "Log written: a speed, a law of speeds, or { hourly = [24 speeds] } by the hour of the \
         UTC day. Neutral: 0.",
    ),
    field("high_availability", MODES, "Whether and where there is a standby. Neutral: none."),
    field(
        "maintenance_window",
        Kind::Either(&[Kind::Words(&["system"]), Kind::Table(WINDOW)]),
        "Window of planned work, local time. Neutral: system.",
    ),
    field(
        "backup",
        Kind::Either(&[Kind::Words(&["none"]), Kind::Table(BACKUP)]),
        "Automatic backups. Neutral: none.",
    ),
    field(
        "objectives",
        Kind::Table(OBJECTIVES),
        "What the group promised itself; reported, never an exit code.",
    ),
    field("compute", Kind::Section("compute"), "The group's own `[compute]`, key by key."),
    field("standby", Kind::Section("standby"), "The group's own `[standby]`, key by key."),
    field(
        "maintenance",
        Kind::Either(&[OFF, Kind::Section("maintenance")]),
        "The group's own `[maintenance]`, but for the region's plan.",
    ),
    field(
        "restore",
        Kind::Section("restore"),
        "The group's own `[restore]`, key by key, but for what the region's restores share.",
    ),
    field("sla", Kind::Section("sla"), "The group's own `[sla]`, key by key."),
    field(
        "fault",
        Kind::Faults(true),
        "The group's own fault modes, of those addressed to a node, server, pair or copy.",
    ),
];

/// Keys of sections that groups may have for themselves, but that belong to the region: section, keys, what
/// they are.
pub const OF_THE_REGION: &[(&str, &[&str], &str)] = &[
    ("maintenance", PLAN, "a key of the region's rollout plan"),
    ("restore", &["throughput"], "what all restores of a region share"),
    ("storage", &["rebuild_bandwidth"], "what all rebuilds of a stamp share"),
];

/// Keys of `[maintenance]` that belong to the rollout plan of a region.
const PLAN: &[&str] = &[
    "release_interval",
    "notice",
    "system_window",
    "window_length",
    "custom_delay",
    "concurrency",
    "one_zone_at_a_time",
    "freeze",
    "critical_share",
];

/// `maintenance_window`.
pub const WINDOW: &[Field] = &[
    must("day", Kind::Words(&super::calendar::WEEKDAYS), "Day of the week, local."),
    must("start", Kind::Clock, "Local time at which it opens."),
];

/// `backup`.
pub const BACKUP: &[Field] = &[
    field("retention", Kind::Duration, "How long backups are kept. Default: 7d."),
    field(
        "redundancy",
        Kind::Words(&["local", "zone", "geo"]),
        "What they survive. Default: the profile's for the standby mode, else local.",
    ),
];

/// `objectives`.
pub const OBJECTIVES: &[Field] = &[
    field("rto", Kind::Duration, "Longest recovery time."),
    field("rpo", Kind::Duration, "Longest loss window."),
    field("availability", Kind::Share, "Availability."),
];

/// `[[inject]]`.
pub const INJECT: &[Field] = &[
    must(
        "at",
        Kind::Either(&[Kind::Instant, Kind::Duration]),
        "When: a date and time, a date alone (its midnight, UTC), or a duration from the start.",
    ),
    must(
        "fault",
        Kind::Text,
        "Fault mode. A drill of `bad_release` brings one more release to a region, a critical and bad one.",
    ),
    field("region", Kind::Text, "Region. Default: the only one, or that of the group."),
    field("zone", Kind::Integer(1, 8), "Zone of the region, from 1."),
    field("hall", Kind::Integer(1, 64), "Hall of the zone, from 1."),
    field("group", Kind::Text, "Group of servers."),
    field("server", Kind::Integer(1, MAX_SERVERS), "Number of a server in the group, from 1."),
    field("lasts", Kind::Law, "How long, instead of the mode's own."),
    field("share", Kind::Share, "Share of halls or servers struck, instead of the mode's own."),
    field(
        "copies_lost",
        Kind::Share,
        "Probability that a struck storage node never returns, instead of the mode's own.",
    ),
];

/// `[[expect]]`.
pub const EXPECT: &[Field] = &[
    must(
        "that",
        Kind::Text,
        "METRIC [of SCOPE] OP VALUE, or P(METRIC [of SCOPE] OP VALUE) OP SHARE.",
    ),
    field(
        "judge",
        Kind::Words(&["interval", "point"]),
        "Whether the interval must hold, or the estimate alone. Default: interval.",
    ),
];

/// `[[service]]`.
pub const SERVICE: &[Field] = &[
    must("name", Kind::Text, "Name, unique."),
    must("needs", Kind::Tables(NEED), "It is up while every need is met."),
];

/// `needs`.
pub const NEED: &[Field] = &[
    field("all", Kind::Text, "A group of which every server must serve."),
    field("at_least", Kind::Integer(1, MAX_SERVERS), "This many servers of the group `of`."),
    field("of", Kind::Text, "The group of `at_least`."),
];

/// The parameter sections, in the order of the file.
pub const SECTIONS: [&str; 7] =
    ["compute", "storage", "standby", "control", "maintenance", "restore", "sla"];

/// A section with its neutral values.
pub fn section(name: &str) -> Option<Box<dyn Parameters>> {
    Some(match name {
        "compute" => Box::new(Compute::default()),
        "storage" => Box::new(Storage::default()),
        "standby" => Box::new(Standby::default()),
        "control" => Box::new(Control::default()),
        "maintenance" => Box::new(Maintenance::default()),
        "restore" => Box::new(Restore::default()),
        "sla" => Box::new(Sla::default()),
        _ => return None,
    })
}
