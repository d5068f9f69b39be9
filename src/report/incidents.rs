//! `incidents.csv`: one flat row an incident, formatted where it was played.

use super::columns::{Declared, declared, header};
use super::digits::Seconds;
use super::field::{member, table};
use super::incident_texts::{Days, Group, PlainTexts};
use super::line::{HEAD, Line, Lines, Room, SHORT, Short, Text, Write};
use crate::experiment::{FormattedRows, RowFormat, RowsFrom};
use crate::measure::rows::{Course, Parts, Row, Rows, Stretch};
use crate::model::fault::Cause;
use crate::model::layout::Cell;
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

/// Most fields of a line that are numbers or words, and blocks of 64 bytes, beside those of charged causes.
const MOST: (usize, usize) = (32, 6);

/// Phases without time, up to all of them, with a comma before and after each.
const NO_TIME: &[u8; SHORT] = b",0,0,0,0,0,0,0,0,0,0,0, ";
const _: () = assert!(2 * Phase::ALL.len() + 1 < SHORT);

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
    plain: PlainTexts,
    /// Most bytes of a line without those of its cell and its charged causes.
    most: usize,
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
        let groups: Vec<Group> = fleet.groups.iter().map(group).collect();
        let names = groups.iter().map(Group::most).max().unwrap_or(0);
        IncidentRows {
            groups,
            zones,
            start_unix_micros: fleet.calendar.start_unix_micros,
            causes,
            paths,
            plain: PlainTexts::new(),
            most: names + MOST.0 * SHORT + MOST.1 * HEAD,
        }
    }

    /// The header line: what the file starts with.
    pub fn header() -> Vec<u8> {
        table(header(columns()), std::iter::empty::<[&str; 0]>())
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
        let lead = Text::new(format!("{0},r{0}-c{1}-", from.replication, from.cell.index).into());
        let weight = Text::new(format!(",{}\n", from.weight).into());
        let most = self.most + lead.most() + weight.most();
        let mut in_cell = InCell {
            all: self,
            cell: from.cell,
            zones: self.zones[from.cell.region],
            lead,
            weight,
            days: Days::new(),
            parts: Parts::default(),
        };
        let mut lines = Lines::after(&mut out.bytes, &mut out.used);
        let piece = rows.piece(range.clone());
        for (n, row) in range.zip(piece.rows()) {
            let course = piece.course(row);
            let most = most + 3 * course.len() * SHORT;
            let mut row_line = RowLine { rows: &mut in_cell, number: n as u64 + 1, row, course };
            let (begins, long) = lines.line(most, &mut row_line);
            out.longest.add(row.to - row.from, begins as u64, long as u32);
        }
    }
}

/// What rows of one cell have in common.
struct InCell<'a> {
    all: &'a IncidentRows,
    cell: &'a Cell,
    zones: u32,
    lead: Text,
    weight: Text,
    days: Days,
    parts: Parts,
}

/// One row of them.
struct RowLine<'r, 'a> {
    rows: &'r mut InCell<'a>,
    number: u64,
    row: &'r Row,
    course: Course<'r>,
}

impl Write for RowLine<'_, '_> {
    #[inline]
    fn write(&mut self, line: &mut Line<impl Room>) {
        let (rows, row) = (&mut *self.rows, self.row);
        let all = rows.all;
        let (group, number) = member(rows.cell, row.server);
        let group = &all.groups[group];
        line.text(&rows.lead);
        line.uint(self.number);
        line.byte(b',');
        line.text(&group.server);
        line.uint(u64::from(number) + 1);
        line.text(&group.place[group.zone.unwrap_or(number % rows.zones) as usize]);
        rows.days.instant(line, all.start_unix_micros + row.from as i64);
        line.byte(b',');
        match (self.course, row.path, Seconds::of(row.to - row.from)) {
            (Course::Single(only), Some(path), Some(duration)) if is_plain(row, only) => {
                all.plain(line, path, only, &duration);
            }
            (course, _, duration) => {
                rows.parts.add_up(course);
                all.any(line, row, &rows.parts, duration);
            }
        }
        line.small_uint(u64::from(row.sla_minutes));
        line.text(&rows.weight);
    }
}

/// Whether the texts of plain incidents fit, if it is over.
#[inline]
fn is_plain(row: &Row, only: Stretch) -> bool {
    !row.censored && row.cause == only.cause && row.at_risk_because.is_none() && row.loss == Some(0)
}

impl IncidentRows {
    /// The fields from the duration to before the minutes, of a plain incident.
    #[inline]
    fn plain(
        &self,
        line: &mut Line<impl Room>,
        path: RecoveryPath,
        only: Stretch,
        duration: &Seconds,
    ) {
        line.known_seconds(duration);
        line.text(self.plain.cause(only.cause));
        line.known_seconds(duration);
        line.byte(b',');
        line.byte(b',');
        if only.planned {
            line.known_seconds(duration);
        } else {
            line.byte(b'0');
        }
        line.text(self.plain.path(path, only.phase));
        line.known_seconds(duration);
        line.text(self.plain.end(only.phase));
    }

    /// The same of any incident.
    fn any<R: Room>(
        &self,
        line: &mut Line<R>,
        row: &Row,
        parts: &Parts,
        duration: Option<Seconds>,
    ) {
        let cause = |cause: Cause| &self.causes[usize::from(cause.0)];
        let all = row.to - row.from;
        // Most of its parts are nothing or all of it.
        let seconds = |line: &mut Line<R>, micros: u64| match (micros, &duration) {
            (0, _) => line.byte(b'0'),
            (_, Some(duration)) if micros == all => line.known_seconds(duration),
            _ => line.seconds(micros),
        };
        seconds(line, all);
        match parts.charged[..] {
            [(only, micros)] if only == row.cause && !row.censored => {
                line.text(self.plain.cause(only));
                seconds(line, micros);
            }
            ref charged => {
                if row.censored {
                    line.block(b",true,  ", 6);
                } else {
                    line.block(b",false, ", 7);
                }
                line.short(cause(row.cause));
                for (i, &(charged, micros)) in charged.iter().enumerate() {
                    line.byte(if i == 0 { b',' } else { b';' });
                    line.short(cause(charged));
                    line.byte(b':');
                    seconds(line, micros);
                }
            }
        }
        line.byte(b',');
        line.short(row.at_risk_because.map_or(&Short::EMPTY, cause));
        line.byte(b',');
        seconds(line, parts.planned);
        line.byte(b',');
        line.short(row.path.map_or(&Short::EMPTY, |path| &self.paths[path as usize]));
        let mut zeros = 0;
        for &micros in &parts.phases {
            if micros == 0 {
                zeros += 1;
            } else {
                line.block(NO_TIME, 2 * zeros + 1);
                seconds(line, micros);
                zeros = 0;
            }
        }
        line.block(NO_TIME, 2 * zeros + 1);
        if let Some(loss) = row.loss {
            seconds(line, loss);
        }
        line.byte(b',');
    }
}
