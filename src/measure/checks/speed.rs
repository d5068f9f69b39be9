//! What an incident costs; run with `cargo test --release --lib -- --ignored --nocapture speed`.

use crate::kernel::chance::{Bits, Key};
use crate::kernel::time::{SimTime, Span};
use crate::measure::book::{Book, Wants};
use crate::measure::cell::CellTally;
use crate::measure::replication::Replication;
use crate::measure::spread::Bins;
use crate::measure::testing::*;
use crate::measure::total::Total;
use crate::model::fault::Cause;
use crate::model::layout::cells;
use crate::model::record::*;
use std::sync::Arc;
use std::time::Instant;

struct Record {
    server: u32,
    segments: Vec<Segment>,
    cause: Cause,
    path: RecoveryPath,
}

/// Records of a cell for a year: 10 planned and 3 unplanned incidents a server, in order of time.
fn records(servers: u32) -> Vec<Record> {
    let mut draw = Key::new(3).draw();
    let mut records = Vec::new();
    for server in 0..servers {
        for month in 0..10u64 {
            let mut at = month * 36 * DAY + draw.below(DAY);
            let mut stretch = |length: u64, phase, planned| {
                let (from, to) = (SimTime(at), SimTime(at + length));
                at += length;
                let cause = if planned { Cause::MAINTENANCE } else { Cause::process_crash };
                Segment { from, to, phase, cause, connect: true, planned }
            };
            let segments = vec![
                stretch(SECOND + draw.below(9 * SECOND), Phase::Fencing, true),
                stretch(SECOND + draw.below(9 * SECOND), Phase::Promotion, true),
                stretch(30 * SECOND, Phase::Redirection, true),
            ];
            let (cause, path) = (Cause::MAINTENANCE, RecoveryPath::Switchover);
            records.push(Record { server, segments, cause, path });
            if draw.happens(0.3) {
                let scale = -libm::log(draw.unit());
                let mut stretch = |seconds: f64, phase| {
                    let from = at + 5 * DAY;
                    let to = from + (seconds * scale * 1e6) as u64 + 1;
                    at += to - from;
                    Segment { planned: false, phase, ..segment(from, to, Cause::process_crash) }
                };
                let segments = vec![
                    stretch(20.0, Phase::Detection),
                    stretch(25.0, Phase::Promotion),
                    stretch(30.0, Phase::Redirection),
                ];
                let (cause, path) = (Cause::process_crash, RecoveryPath::Failover);
                records.push(Record { server, segments, cause, path });
            }
        }
    }
    records.sort_by_key(|r| (r.segments[0].from, r.server));
    records
}

/// Reads what a tally must read, and no more.
struct Nothing(u64);

impl Sink for Nothing {
    #[inline(never)]
    fn incident(&mut self, incident: &Incident<'_>) {
        self.0 += u64::from(incident.server) + incident.segments.len() as u64;
        for segment in incident.segments {
            self.0 = self.0.wrapping_add(segment.to.0 ^ segment.from.0);
        }
    }
    fn interval(&mut self, _: Interval) {}
    fn stall(&mut self, _: Stall) {}
    fn gauge(&mut self, _: Gauge) {}
}

fn give(sink: &mut impl Sink, r: &Record) {
    sink.incident(&Incident {
        server: r.server,
        from: r.segments[0].from,
        to: r.segments[r.segments.len() - 1].to,
        censored: false,
        cause: r.cause,
        path: Some(r.path),
        segments: &r.segments,
        at_risk_because: None,
        loss_window: Some(Span::ZERO),
        copies_lost: false,
    });
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    for (servers, name) in [(8_192, "a full cell"), (400, "400 servers"), (50, "50 servers")] {
        let records = records(servers);
        let start = Instant::now();
        let rounds = 2_000_000 / records.len() as u64;
        let mut sink = Nothing(0);
        for _ in 0..rounds {
            records.iter().for_each(|r| give(&mut sink, r));
        }
        let each = start.elapsed().as_nanos() as f64 / (rounds * records.len() as u64) as f64;
        println!("{name}: reading the records alone {each:.1} ns ({})", sink.0 % 10);
        for (timeline, per_server) in [(true, true), (true, false), (false, false)] {
            let mut groups = vec![group("a", servers / 2), group("b", servers / 2)];
            groups[0].objectives.rto = Some(Span(60 * SECOND));
            let mut fleet = fleet(groups, 365);
            fleet.regions.push(region("s", 1));
            let mut other = group("c", 1);
            other.region = 1;
            fleet.groups.push(other);
            let wants = Wants { rows: false, timeline, peaks: timeline, servers: per_server };
            let book = Arc::new(Book::new(&fleet).wanting(wants));
            let layout = cells(&fleet);
            let (mut cell, mut replication) = (CellTally::new(&book), Replication::new(&book));
            let (mut total, mut bins) = (Total::new(&book), Bins::default());
            let rounds = 2_000_000 / records.len() as u64;
            let (mut playing, mut joining, mut adding) = (0, 0, 0);
            for round in 0..rounds {
                replication.reset(round + 1, 0);
                let start = Instant::now();
                cell.reset(&layout[0]);
                records.iter().for_each(|r| give(&mut cell, r));
                cell.finish();
                playing += start.elapsed().as_nanos();
                let start = Instant::now();
                replication.absorb(&mut cell);
                total.absorb_servers(&cell, 0);
                cell.reset(&layout[1]);
                cell.finish();
                replication.absorb(&mut cell);
                replication.finish();
                joining += start.elapsed().as_nanos();
                let start = Instant::now();
                total.absorb(&mut replication, &mut bins);
                adding += start.elapsed().as_nanos();
            }
            let all = u128::from(rounds) * records.len() as u128;
            println!(
                "{name}, timeline {timeline}, servers {per_server}: {:.1} ns an incident; \
                 a replication joins in {:.1} us and is added in {:.1} us ({} incidents)",
                playing as f64 / all as f64,
                joining as f64 / rounds as f64 / 1e3,
                adding as f64 / rounds as f64 / 1e3,
                records.len(),
            );
        }
    }
}

/// A line of what the system says of this process, where it says anything.
fn memory(what: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|l| l.starts_with(what)).collect()
}

#[test]
#[ignore = "a measurement"]
fn a_million_servers() {
    let mut fleet = fleet(Vec::new(), 365);
    fleet.regions = (0..12).map(|i| region(&format!("r{i}"), 0)).collect();
    for region in 0..12 {
        for name in ["a", "b"] {
            let mut group = group(&format!("{name}{region}"), 1_000_000 / 24);
            (group.region, group.sla.targets.none) =
                (region, crate::kernel::quantity::Share(0.9999));
            fleet.groups.push(group);
        }
    }
    let records = records(8_192);
    println!("before: {} {}", memory("VmRSS"), memory("VmHWM"));
    for replications in [1, 4] {
        let start = Instant::now();
        let (book, total) = run(
            &fleet,
            Book::new(&fleet),
            0..replications,
            |_| 0,
            |_, n, cell| {
                let size = cells(&fleet)[n].servers;
                records.iter().filter(|r| r.server < size).for_each(|r| give(cell, r));
            },
        );
        let played = start.elapsed();
        let rows = crate::measure::estimates(&total, &book).len();
        println!(
            "{replications} replications in {played:?}, {rows} estimates in {:?}, {} {}",
            start.elapsed() - played,
            memory("VmRSS"),
            memory("VmHWM"),
        );
        let start = Instant::now();
        let text = serde_json::to_string(&total).unwrap();
        println!("{} MB as text in {:?}", text.len() / 1_000_000, start.elapsed());
    }
}
