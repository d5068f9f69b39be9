//! `incidents.csv`: one flat row an incident, formatted where it was played.

use super::columns::{Declared, declared, header};
use super::field::{Name, instant, member, seconds, table, uint};
use crate::experiment::{RowFormat, RowsFrom};
use crate::measure::rows::Rows;
use crate::model::fault::Cause;
use crate::model::record::Phase;
use crate::scenario::Scenario;

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
        ("duration_s", "s", "until it could again, or until the end of the play"),
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

/// A group as rows need it.
#[derive(Clone, Debug)]
struct Group {
    name: Name,
    /// Zone of all its servers; none is round-robin.
    zone: Option<u32>,
}

/// Formats rows of incidents: about a hundred nanoseconds each, called in the workers.
#[derive(Clone, Debug)]
pub struct IncidentRows {
    groups: Vec<Group>,
    /// Name and zones.
    regions: Vec<(Name, u32)>,
    start_unix_micros: i64,
    causes: [&'static str; Cause::COUNT],
}

impl IncidentRows {
    /// For the incidents of a scenario.
    pub fn new(scenario: &Scenario) -> IncidentRows {
        let fleet = &scenario.fleet;
        let mut causes = ["unknown"; Cause::COUNT];
        for cause in Cause::all() {
            causes[usize::from(cause.0)] = cause.name();
        }
        let group =
            |g: &crate::model::fleet::Group| Group { name: Name::new(&g.name), zone: g.zone };
        IncidentRows {
            groups: fleet.groups.iter().map(group).collect(),
            regions: fleet.regions.iter().map(|r| (Name::new(&r.name), r.zones.max(1))).collect(),
            start_unix_micros: fleet.calendar.start_unix_micros,
            causes,
        }
    }

    /// The header line: what the file starts with.
    pub fn header() -> Vec<u8> {
        table(header(columns()), std::iter::empty::<[&str; 0]>())
    }

    fn cause(&self, out: &mut Vec<u8>, cause: Cause) {
        out.extend_from_slice(self.causes[usize::from(cause.0)].as_bytes());
    }
}

impl RowFormat for IncidentRows {
    fn format(&self, from: RowsFrom<'_>, rows: &Rows, out: &mut Vec<u8>) {
        // What all rows of this cell begin and end with.
        let lead = format!("{0},r{0}-c{1}-", from.replication, from.cell.index).into_bytes();
        let weight = format!(",{}\n", from.weight).into_bytes();
        let (region, zones) = &self.regions[from.cell.region];
        out.reserve(rows.len() * 192);
        for (n, row) in rows.iter().enumerate() {
            let (group, number) = member(from.cell, row.server);
            let group = &self.groups[group];
            out.extend_from_slice(&lead);
            uint(out, n as u64 + 1);
            out.push(b',');
            group.name.numbered(out, u64::from(number) + 1);
            out.push(b',');
            group.name.field(out);
            out.push(b',');
            region.field(out);
            out.push(b',');
            uint(out, u64::from(group.zone.unwrap_or(number % zones)) + 1);
            out.push(b',');
            instant(out, self.start_unix_micros + row.from as i64);
            out.push(b',');
            seconds(out, row.to - row.from);
            out.extend_from_slice(if row.censored { b",true," } else { b",false," });
            self.cause(out, row.cause);
            out.push(b',');
            for (i, &(cause, micros)) in rows.charged(row).iter().enumerate() {
                if i > 0 {
                    out.push(b';');
                }
                self.cause(out, cause);
                out.push(b':');
                seconds(out, micros);
            }
            out.push(b',');
            if let Some(cause) = row.at_risk_because {
                self.cause(out, cause);
            }
            out.push(b',');
            seconds(out, row.planned);
            out.push(b',');
            out.extend_from_slice(row.path.map_or("", |p| p.word()).as_bytes());
            for &micros in &row.phases {
                out.push(b',');
                seconds(out, micros);
            }
            out.push(b',');
            if let Some(loss) = row.loss {
                seconds(out, loss);
            }
            out.push(b',');
            uint(out, u64::from(row.sla_minutes));
            out.extend_from_slice(&weight);
        }
    }
}
