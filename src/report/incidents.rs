//! `incidents.csv`: one flat row an incident, formatted where it was played.

use super::columns::{Declared, declared, header};
use super::field::{Name, date, member, table, time_of_day};
use super::line::{Line, Lines, Short};
use crate::experiment::{FormattedRows, RowFormat, RowsFrom};
use crate::kernel::time::MICROS;
use crate::measure::rows::{Parts, Row, Rows, Stretch};
use crate::model::fault::Cause;
use crate::model::record::{Phase, RecoveryPath};
use crate::scenario::Scenario;
use std::ops::Range;

/// The column of lengths.
pub const LENGTH: &str = "duration_s";

/// Its columns.
pub fn columns() -> Vec<Declared> {
    let mut columns = declared(&[
        ("replication", "", "number of the replication, from 0"),
        (
            "incident",
            "",
            "`rR-cC-N`: replication R, cell C, N-th incident of that cell in order of time",
        ),
        ("server", "", "`group/number`, numbers from 1"),
        ("group", "", "its group"),
        ("region", "", "its region"),
        ("zone", "", "zone where it started the play, from 1"),
        (
            "started_at",
            "RFC 3339, UTC",
            "first instant at which no new session could commit a write",
        ),
        (LENGTH, "s", "until it could again, or until the end of the play"),
        ("censored", "true, false", "whether the end of the play cut it"),
        ("cause", "", "what opened it: a fault mode, or maintenance"),
        (
            "causes",
            "cause:s",
            "every charged cause in order, with the seconds charged to it, as `process_crash:45;zone_outage:12.5`",
        ),
        ("at_risk_because", "", "what had taken redundancy before it began; empty if nothing had"),
        ("planned_s", "s", "the part that was the normal step of planned work"),
        (
            "recovery_path",
            "",
            "how it ended: restart, relocate, failover, switchover, wait, restore, geo-restore, revive, lost; empty while censored",
        ),
    ]);
    let phase = |p: &Phase| (format!("{}_s", p.word()), "s", meaning(*p).to_string());
    columns.extend(Phase::ALL.iter().map(phase));
    columns.extend(declared(&[
        (
            "loss_window_s",
            "s",
            "committed time lost by the recovery; empty while that is not known",
        ),
        ("sla_minutes", "min", "clock minutes that the contract counts as down"),
        ("weight", "", "weight of its replication; 1 unless the environment is stratified"),
    ]));
    columns
}

fn meaning(phase: Phase) -> &'static str {
    match phase {
        Phase::Detection => "not noticed yet",
        Phase::Decision => "noticed; whether to fail over is being decided",
        Phase::Fencing => "the old primary is shut out; also the write block of planned work",
        Phase::Replay => "log is applied, before promotion or as crash recovery",
        Phase::Promotion => "the standby becomes the primary",
        Phase::Redirection => "clients still resolve the old address",
        Phase::Restart => "an engine or machine starts in place",
        Phase::Relocation => "a node starts on another host",
        Phase::Waiting => "queues, stalls, outages, mending",
        Phase::Restore => "the server is made anew from a backup",
        Phase::Reconfiguration => "a person points applications at the restored server",
    }
}

/// Phases without time, with the comma in front of each.
const ZEROS: &[u8; 2 * Phase::ALL.len() + 2] = b",0,0,0,0,0,0,0,0,0,0,0,0";
/// A number of no size.
const ZERO: Short = Short::digit(0);
/// Fields of a line that are short texts, beside those that charged causes take.
const SHORT_FIELDS: usize = 32;

/// A group as rows need it.
#[derive(Clone, Debug)]
struct Group {
    /// What the field of a server begins with.
    server: Vec<u8>,
    /// Zone of all its servers; none is round-robin.
    zone: Option<u32>,
    /// By zone: what follows a server's number, up to the zone and a comma.
    place: Vec<Vec<u8>>,
}

impl Group {
    fn new(group: &crate::model::fleet::Group, region: &str, zones: u32) -> Group {
        let (name, region) = (Name::new(&group.name), Name::new(region));
        let place = |zone: u32| {
            let mut text = Vec::new();
            name.close(&mut text);
            text.push(b',');
            name.field(&mut text);
            text.push(b',');
            region.field(&mut text);
            text.extend_from_slice(format!(",{},", zone + 1).as_bytes());
            text
        };
        let zones = zones.max(group.zone.map_or(1, |zone| zone + 1));
        let server = [name.start(), b"/"].concat();
        Group { server, zone: group.zone, place: (0..zones).map(place).collect() }
    }
}

/// Formats rows of incidents, called in the workers: some hundred nanoseconds each with all that
/// happens to them, so that the texts of groups, places, causes and days are made once.
#[derive(Clone, Debug)]
pub struct IncidentRows {
    groups: Vec<Group>,
    /// Zones of each region.
    zones: Vec<u32>,
    start_unix_micros: i64,
    causes: [Short; Cause::COUNT],
    paths: [Short; RecoveryPath::ALL.len()],
}

impl IncidentRows {
    /// For the incidents of a scenario.
    pub fn new(scenario: &Scenario) -> IncidentRows {
        let fleet = &scenario.fleet;
        let mut causes = [Short::EMPTY; Cause::COUNT];
        for cause in Cause::all() {
            causes[usize::from(cause.0)] = Short::new(cause.name().as_bytes());
        }
        let mut paths = [Short::EMPTY; RecoveryPath::ALL.len()];
        for &path in RecoveryPath::ALL {
            paths[path as usize] = Short::new(path.word().as_bytes());
        }
        let zones: Vec<u32> = fleet.regions.iter().map(|r| r.zones.max(1)).collect();
        let group = |g: &crate::model::fleet::Group| {
            Group::new(g, &fleet.regions[g.region].name, zones[g.region])
        };
        IncidentRows {
            groups: fleet.groups.iter().map(group).collect(),
            zones,
            start_unix_micros: fleet.calendar.start_unix_micros,
            causes,
            paths,
        }
    }

    /// The header line: what the file starts with.
    pub fn header() -> Vec<u8> {
        table(header(columns()), std::iter::empty::<[&str; 0]>())
    }

    /// Most bytes of a line with so many charged causes.
    fn most(&self, group: &Group, charged: usize, ends: usize) -> usize {
        let place = group.place.iter().map(Vec::len).max().unwrap_or(0);
        let short = (SHORT_FIELDS + 3 * charged) * Line::SHORT;
        short + ends + group.server.len() + place
    }
}

impl RowFormat for IncidentRows {
    fn format(
        &self,
        from: RowsFrom<'_>,
        rows: &Rows,
        range: Range<usize>,
        out: &mut FormattedRows,
    ) {
        // What all rows of this cell begin and end with.
        let lead = format!("{0},r{0}-c{1}-", from.replication, from.cell.index).into_bytes();
        let weight = format!(",{}\n", from.weight).into_bytes();
        let zones = self.zones[from.cell.region];
        let mut days = Days { day: i64::MIN, text: Short::EMPTY };
        let mut parts = Parts::default();
        let mut lines = Lines::after(&mut out.bytes, &mut out.used);
        for (n, row) in range.clone().zip(rows.range(range)) {
            let (group, number) = member(from.cell, row.server);
            let group = &self.groups[group];
            let stretches = rows.stretches(row);
            let most = self.most(group, stretches.len(), lead.len() + weight.len());
            let (begins, long) = lines.line(most, |line| {
                line.text(&lead);
                line.uint(n as u64 + 1);
                line.byte(b',');
                line.text(&group.server);
                line.uint(u64::from(number) + 1);
                line.text(&group.place[group.zone.unwrap_or(number % zones) as usize]);
                days.instant(line, self.start_unix_micros + row.from as i64);
                self.what(line, row, stretches, &mut parts);
                line.text(&weight);
            });
            out.longest.add(row.to - row.from, begins as u64, long as u32);
        }
    }
}

impl IncidentRows {
    /// The fields from the duration to the minutes.
    #[inline]
    fn what(&self, line: &mut Line<'_>, row: &Row, stretches: &[Stretch], parts: &mut Parts) {
        let cause = |cause: Cause| &self.causes[usize::from(cause.0)];
        let duration = Short::seconds(row.to - row.from);
        line.byte(b',');
        line.short(&duration);
        if row.censored {
            line.block(b",true,  ", 6);
        } else {
            line.block(b",false, ", 7);
        }
        line.short(cause(row.cause));
        line.byte(b',');
        let risk = |line: &mut Line<'_>| {
            line.byte(b',');
            line.short(row.at_risk_because.map_or(&Short::EMPTY, cause));
            line.byte(b',');
        };
        let path = row.path.map_or(&Short::EMPTY, |path| &self.paths[path as usize]);
        if let [only] = stretches {
            line.short(cause(only.cause));
            line.byte(b':');
            line.short(&duration);
            risk(line);
            line.short(if only.planned { &duration } else { &ZERO });
            line.byte(b',');
            line.short(path);
            line.block(ZEROS, 2 * only.phase as usize);
            line.byte(b',');
            line.short(&duration);
            line.block(ZEROS, 2 * (Phase::ALL.len() - 1 - only.phase as usize));
        } else {
            parts.add_up(stretches);
            for (i, &(charged, micros)) in parts.charged.iter().enumerate() {
                if i > 0 {
                    line.byte(b';');
                }
                line.short(cause(charged));
                line.byte(b':');
                line.seconds(micros);
            }
            risk(line);
            line.seconds(parts.planned);
            line.byte(b',');
            line.short(path);
            for &micros in &parts.phases {
                line.byte(b',');
                line.seconds(micros);
            }
        }
        line.byte(b',');
        if let Some(loss) = row.loss {
            line.seconds(loss);
        }
        line.byte(b',');
        line.uint(u64::from(row.sla_minutes));
    }
}

/// Rows come in order of time: the text of a day serves for many.
struct Days {
    day: i64,
    text: Short,
}

impl Days {
    fn instant(&mut self, line: &mut Line<'_>, unix_micros: i64) {
        let micros_of_day = 86_400 * MICROS as i64;
        let day = unix_micros.div_euclid(micros_of_day);
        if day != self.day {
            let mut text = Vec::new();
            date(&mut text, day);
            *self = Days { day, text: Short::new(&text) };
        }
        let rest = unix_micros.rem_euclid(micros_of_day) as u64;
        line.short(&self.text);
        line.short(&time_of_day((rest / MICROS) as u32, (rest % MICROS) as u32));
    }
}
