//! Small fleets and hand-written records for the tests of this layer.

use super::book::{Book, Kind};
use super::cell::CellTally;
use super::estimate::{Estimate, estimate};
use super::metric::named;
use super::replication::Replication;
use super::rest::Rest;
use super::spread::Bins;
use super::total::Total;
use crate::kernel::law::Law;
use crate::kernel::quantity::{Bytes, Share};
use crate::kernel::time::{Calendar, Date, MICROS, SimTime, Span};
use crate::model::fault::{Cause, Faults};
use crate::model::fleet::*;
use crate::model::layout;
use crate::model::record::{Incident, Phase, RecoveryPath, Segment, Sink};
use std::sync::Arc;

pub const SECOND: u64 = MICROS;
pub const MINUTE: u64 = 60 * MICROS;
pub const DAY: u64 = 86_400 * MICROS;

/// Servers without a standby, round-robin over the zones of region 0.
pub fn group(name: &str, count: u32) -> Group {
    Group {
        name: name.to_string(),
        region: 0,
        count,
        zone: None,
        sku: String::new(),
        vcores: 1,
        storage: Bytes(1 << 39),
        used: Share(0.5),
        wal_rate: WalRate::Law(Law::fixed(0.0)),
        standby_mode: StandbyMode::None,
        window: Window::System,
        backup: None,
        objectives: Objectives::default(),
        other_tenant: false,
        maintenance_on: true,
        compute: Compute::default(),
        volume: Storage::default(),
        standby: Standby::default(),
        maintenance: Maintenance::default(),
        restore: Restore::default(),
        sla: Sla::default(),
        faults: Arc::new(Faults::default()),
    }
}

pub fn region(name: &str, cells: u32) -> Region {
    Region {
        name: name.to_string(),
        zones: 3,
        utc_offset_minutes: 0,
        cells,
        halls: 4,
        racks: 4,
        stamps: 1,
        storage_nodes: 4,
        vcores_per_host: u32::MAX,
        spare: Share::ZERO,
        concurrency: u32::MAX,
        maintenance: Maintenance::default(),
    }
}

/// A fleet that starts with 2026 and has process crashes on.
pub fn fleet(groups: Vec<Group>, days: u64) -> Fleet {
    let midnight = Calendar::midnight(Date { year: 2026, month: 1, day: 1 });
    let mut faults = Faults::default();
    faults.set_on(Cause::process_crash, true);
    Fleet {
        seed: 1,
        horizon: SimTime(days * DAY),
        calendar: Calendar { start_unix_micros: midnight },
        start_new: false,
        regions: vec![region("r", 0)],
        groups,
        faults: Arc::new(faults),
        injections: Vec::new(),
        control: Control::default(),
        services: Vec::new(),
        timeline_step: Span::from_mins(5),
    }
}

pub fn segment(from: u64, to: u64, cause: Cause) -> Segment {
    Segment {
        from: SimTime(from),
        to: SimTime(to),
        phase: Phase::Restart,
        cause,
        connect: true,
        planned: cause == Cause::MAINTENANCE,
    }
}

/// Puts an incident of these segments on record: the first one's cause, a restart, no loss.
pub fn put(sink: &mut impl Sink, server: u32, segments: &[Segment], edit: impl Fn(&mut Incident)) {
    let mut incident = Incident {
        server,
        from: segments[0].from,
        to: segments[segments.len() - 1].to,
        censored: false,
        cause: segments[0].cause,
        path: Some(RecoveryPath::Restart),
        segments,
        at_risk_because: None,
        loss_window: Some(Span::ZERO),
        copies_lost: false,
    };
    edit(&mut incident);
    sink.incident(&incident);
}

/// A crash of one segment.
pub fn crash(sink: &mut impl Sink, server: u32, from: u64, to: u64) {
    put(sink, server, &[segment(from, to, Cause::process_crash)], |_| ());
}

/// Joins replications; `play` writes the records of cell `number` of replication `index`.
pub fn run(
    fleet: &Fleet,
    book: Book,
    replications: std::ops::Range<u64>,
    stratum: impl Fn(u64) -> usize,
    play: impl FnMut(u64, usize, &mut CellTally),
) -> (Arc<Book>, Total) {
    run_resting(fleet, book, replications, stratum, play, Rest::default())
}

/// The same with sums that rest in files.
pub fn run_resting(
    fleet: &Fleet,
    book: Book,
    replications: std::ops::Range<u64>,
    stratum: impl Fn(u64) -> usize,
    mut play: impl FnMut(u64, usize, &mut CellTally),
    mut rest: Rest,
) -> (Arc<Book>, Total) {
    let book = Arc::new(book);
    let cells = layout::cells(fleet);
    let (mut cell, mut replication) = (CellTally::new(&book), Replication::new(&book));
    let (mut total, mut bins) = (Total::new(&book), Bins::default());
    let end = replications.end;
    for index in replications {
        replication.reset(index, stratum(index));
        for spec in &cells {
            cell.reset(spec);
            play(index, spec.index, &mut cell);
            cell.finish();
            replication.absorb(&mut cell);
            total.absorb_servers(&cell, stratum(index));
        }
        replication.finish();
        rest.absorb(&mut total, &mut replication, &mut bins, index + 1 < end);
    }
    rest.wake_all(&mut total);
    (book, total)
}

/// A metric of a scope, by their names.
pub fn of(total: &Total, book: &Book, kind: Kind, name: &str, metric: &str) -> Estimate {
    estimate(total, book, book.scope(kind, name).unwrap(), named(metric).unwrap())
}
