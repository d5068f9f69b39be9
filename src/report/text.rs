//! The summary that the terminal shows: what a person asks first, on one screen.

use super::bound::{Side, bound};
use super::drilled::Play;
use super::human::{count, digits, nines, per, plural, time};
use super::page::{Page, Tone, glued};
use super::said::{Ends, FALLS, Said, deciding};
use crate::experiment::{EnvironmentUsed, Outcome, RowsKept};
use crate::kernel::time::Span;
use crate::measure::{Estimate, Judgement, Kind, Verdict};
use crate::scenario::Scenario;
use crate::scenario::error::escape;
use std::path::Path;

pub use super::page::Style;

/// Most groups that are shown, and most expectations, objectives and warnings.
const GROUPS: usize = 8;
const VERDICTS: usize = 6;
const WARNINGS: usize = 3;

/// The summary. `written` is where the results are, if they were written.
pub fn summary(
    scenario: &Scenario,
    outcome: &Outcome,
    style: Style,
    written: Option<&Path>,
) -> String {
    let mut page = Page::new(style);
    head(&mut page, scenario, outcome);
    let play = Play::of(outcome);
    let play = play.as_ref();
    let fleet = Facts { outcome, play, kind: Kind::Fleet, name: "fleet" };
    facts(&mut page, &fleet);
    if !scenario.fleet.injections.is_empty() {
        capacity(&mut page, scenario, &fleet);
    }
    causes(&mut page, &fleet);
    scopes(&mut page, outcome, play);
    verdicts(&mut page, "Expectations", &outcome.judgements);
    verdicts(&mut page, "Objectives", &outcome.objectives);
    warnings(&mut page, outcome);
    end(&mut page, outcome, written);
    page.text()
}

/// The estimates of one scope.
struct Facts<'a> {
    outcome: &'a Outcome,
    /// What is told instead of a year.
    play: Option<&'a Play>,
    kind: Kind,
    name: &'a str,
}

impl<'a> Facts<'a> {
    fn of(&self, metric: &str) -> Option<&'a Estimate> {
        let played = self.play.and_then(|play| play.estimate(self.kind, self.name, metric));
        played.or_else(|| self.outcome.estimate(self.kind, self.name, metric))
    }

    /// Growing quantiles in short: none is said to be below one before it.
    fn rising<const N: usize>(&self, metrics: [String; N]) -> [String; N] {
        let said = metrics.map(|metric| self.of(&metric).map(Said::of).unwrap_or_default());
        Said::rising(said).map(|said| said.short().unwrap_or_else(|| "-".to_string()))
    }

    /// What follows a number that is per server and year, or per server in the play.
    fn each(&self) -> String {
        self.play.map_or("per server and year".to_string(), |p| {
            format!("per server in the {}", p.length)
        })
    }

    fn value(&self, metric: &str) -> Option<f64> {
        self.of(metric)?.value
    }

    /// The value alone; a bound where nothing was seen.
    fn short(&self, metric: &str) -> String {
        short(self.of(metric))
    }
}

/// The value of an estimate alone; a bound where nothing was seen or censoring hides it.
pub(super) fn short(e: Option<&Estimate>) -> String {
    e.and_then(|e| Said::of(e).short()).unwrap_or_else(|| "-".to_string())
}

fn head(page: &mut Page, scenario: &Scenario, outcome: &Outcome) {
    page.heading(&format!(
        "{}: {} for {}, {}, seed {}",
        escape(&scenario.name),
        plural(outcome.book.servers, "server"),
        Span(outcome.horizon().0),
        plural(outcome.replications, "replication"),
        scenario.fleet.seed,
    ));
    if let Some(title) = &scenario.title {
        page.note(&escape(title));
    }
    let strata = match outcome.environment {
        EnvironmentUsed::Natural => "",
        EnvironmentUsed::Stratified(_) => {
            "; replications with and without a zone or region outage are weighted by how likely \
             they are"
        }
    };
    page.note(&format!("In brackets: where the value lies with 95 % confidence{strata}."));
    page.gap();
}

/// A value with its interval.
fn spread(page: &Page, e: Option<&Estimate>) -> String {
    let Some(said) = e.map(Said::of) else { return "-".to_string() };
    let value = || glued(&said.beside().unwrap_or_else(|| "-".to_string()));
    match said.ends() {
        Ends::Both(low, high) => {
            format!("{}  ({} {} {})", value(), glued(&low), page.dots(), glued(&high))
        }
        Ends::More(low) => format!("{}  (more than {})", value(), glued(&low)),
        Ends::Less(high) => format!("{}  (less than {})", value(), glued(&high)),
        Ends::UnseenMore(low) => format!("none seen: more than {}", glued(&low)),
        Ends::UnseenLess(high) => format!("none seen: less than {}", glued(&high)),
        Ends::Point => format!("{}  (no spread)", value()),
        Ends::None => value(),
    }
}

fn facts(page: &mut Page, fleet: &Facts<'_>) {
    let availability = fleet.of("availability");
    let text = match availability {
        Some(Estimate { value: None, ci_low: Some(low), .. }) => {
            format!("more than {}: no outage was seen", bound("share", *low, Side::More))
        }
        e => spread(page, e),
    };
    let nines = fleet.value("unavailability").and_then(nines).unwrap_or_default();
    let single = availability.is_some_and(|e| e.value.is_some() && e.ci_low.is_none());
    let why = if single { "  no interval: too few replications" } else { "" };
    page.fact("Availability", &format!("{text}  {nines}{why}"));

    let down = spread(page, fleet.of("downtime_per_server_year"));
    page.fact("Downtime", &format!("{down}  {}", fleet.each()));
    if let Some(all) = fleet.value("downtime_per_server_year") {
        let planned = fleet.value("planned_downtime_per_server_year").unwrap_or(0.0);
        let unplanned = (all - planned).max(0.0);
        page.fact("", &format!("{} unplanned, {} planned", time(unplanned), time(planned)));
    }
    let mut incidents = spread(page, fleet.of("incidents_per_server_year"));
    incidents += &match fleet.play {
        None => "  per server and year".to_string(),
        Some(play) => format!("  in the {}, on all {} together", play.length, servers(fleet)),
    };
    let planned = Facts { kind: Kind::Cause, name: "maintenance", ..*fleet };
    if let Some(planned) = planned.value("incidents_per_server_year") {
        incidents += &format!(", {} of them maintenance", digits(planned));
    }
    page.fact("Incidents", &incidents);
    let [p50, p95, p99, max] =
        fleet.rising(["p50", "p95", "p99", "max"].map(|q| format!("recovery_time_{q}")));
    // Planned incidents have no recovery time: nothing was seen to recover from.
    let none = [&p50, &p95, &p99, &max].into_iter().all(|text| text == "-");
    let said = match none {
        true => "no unplanned incident was seen".to_string(),
        false => format!("p50 {p50}   p95 {p95}   p99 {p99}   max {max}"),
    };
    page.fact("Recovery time", &said);
    let (cut, all) = fleet.outcome.cut;
    if cut > 0 {
        let were = if cut == 1 { "was" } else { "were" };
        let text = format!("{} of {} {were} cut by the end of the play", count(cut), count(all));
        page.fact("", &text);
    }
    if !none {
        page.fact("Loss window", &loss_window(fleet));
    }
    let lost = fleet.of("loss_probability_per_year");
    let bounded = lost.is_none_or(|e| e.value.is_some() || Said::of(e).ends() != Ends::None);
    let said = match bounded {
        true => {
            let time = fleet.play.map_or("a year".to_string(), |p| format!("the {}", p.length));
            format!("{}  of servers in {time}", spread(page, lost))
        }
        false => "none seen; too few replications for a bound".to_string(),
    };
    page.fact("Data loss", &said);
    if lost.is_some_and(|e| matches!(Said::of(e).ends(), Ends::UnseenLess(_))) {
        page.fact("", FALLS);
    }
    if fleet.value("servers_lost").is_some() {
        let lost = spread(page, fleet.of("servers_lost"));
        page.fact(
            "Servers lost",
            &format!("{lost}  in a replication, for good and with all their data"),
        );
    }
    let minutes = spread(page, fleet.of("sla_minutes_per_server_year"));
    page.fact("SLA minutes", &format!("{minutes}  {}", fleet.each()));
    if fleet.of("sla_breach_share").is_some_and(|e| e.value.is_some() || e.ci_high.is_some()) {
        let months = spread(page, fleet.of("sla_breach_share"));
        page.fact("Below SLA", &format!("{months}  of the months of all servers"));
    }
    let at_risk = spread(page, fleet.of("time_at_risk_share"));
    page.fact("Time at risk", &format!("{at_risk}  of the time, with less redundancy than bought"));
}

/// Whether a drill found room for what it moved, where there are hosts to count.
fn capacity(page: &mut Page, scenario: &Scenario, fleet: &Facts<'_>) {
    let bounded = scenario.fleet.regions.iter().any(|region| region.vcores_per_host != u32::MAX);
    let Some(peak) = fleet.of("peak_vcores_queued").filter(|_| bounded) else { return };
    // What was never seen has no value.
    let said = match peak.value.is_some_and(|most| most > 0.0) {
        true => format!(
            "{}  waited for a host at the peak; timeline.csv has when",
            spread(page, Some(peak)).replacen("vcores", "vCores", 1)
        ),
        // Of several cells only instants of the time line are known together.
        false if !fleet.outcome.book.exact_peaks() => {
            "enough: no node waited for a host at any step of the time line".to_string()
        }
        false => "enough: no node waited for a host in what was played".to_string(),
    };
    page.fact("Spare capacity", &said);
}

fn servers(fleet: &Facts<'_>) -> String {
    plural(fleet.outcome.book.servers, "server")
}

fn loss_window(fleet: &Facts<'_>) -> String {
    match fleet.of("loss_window_max").map(|e| (e.value, e.at_least())) {
        None | Some((None, None)) => "-".to_string(),
        Some((Some(0.0), None)) => "0 s in every incident".to_string(),
        Some(_) if fleet.of("loss_window_max").is_some_and(Estimate::is_endless) => {
            "all that was committed, where a server is lost for good".to_string()
        }
        Some(_) => format!(
            "mean {}   p95 {}   max {}",
            fleet.short("loss_window_mean"),
            fleet.short("loss_window_p95"),
            fleet.short("loss_window_max"),
        ),
    }
}

fn causes(page: &mut Page, fleet: &Facts<'_>) {
    let Some(all) = fleet.value("downtime_per_server_year").filter(|&all| all > 0.0) else {
        return;
    };
    let scopes = fleet.outcome.book.scopes.iter().filter(|s| s.kind == Kind::Cause);
    let of = |name| Facts { kind: Kind::Cause, name, ..*fleet }.value("downtime_per_server_year");
    let mut causes: Vec<(&str, f64)> =
        scopes.filter_map(|s| Some((s.name.as_str(), of(&s.name)?))).collect();
    causes.sort_by(|a, b| b.1.total_cmp(&a.1));
    let row = |(name, down): &(&str, f64)| {
        let part = 100.0 * down / all;
        let part = if part < 1.0 { "< 1 %".to_string() } else { format!("{part:.0} %") };
        vec![name.to_string(), part, time(*down)]
    };
    page.gap();
    let rows: Vec<_> = causes.iter().take(3).map(row).collect();
    page.table(&["largest causes", "of downtime", &fleet.each()], &rows);
}

fn scopes(page: &mut Page, outcome: &Outcome, play: Option<&Play>) {
    let of = |kind: Kind| outcome.book.scopes.iter().filter(move |s| s.kind == kind);
    let head = [
        "",
        "servers",
        "availability",
        "nines",
        if play.is_some() { "down" } else { "down/year" },
        "recovery p95",
        "data loss",
        "below SLA",
    ];
    for (kind, title) in [(Kind::Group, "group"), (Kind::Standby, "standby")] {
        if of(kind).count() < 2 {
            continue;
        }
        let row = |scope: &crate::measure::Scope| {
            let facts = Facts { outcome, play, kind, name: &scope.name };
            let nines = facts.value("unavailability").and_then(nines).unwrap_or_default();
            vec![
                escape(&scope.name),
                count(scope.servers),
                facts.short("availability"),
                nines.trim_end_matches(" nines").to_string(),
                facts.short("downtime_per_server_year"),
                facts.short("recovery_time_p95"),
                facts.short("loss_probability_per_year"),
                facts.short("sla_breach_share"),
            ]
        };
        let rows: Vec<_> = of(kind).take(GROUPS).map(row).collect();
        let mut head = head;
        head[0] = title;
        page.gap();
        page.table(&head, &rows);
        rest(page, of(kind).count(), GROUPS, "in estimates.csv");
    }
}

fn verdicts(page: &mut Page, title: &str, list: &[(String, Judgement)]) {
    if list.is_empty() {
        return;
    }
    page.gap();
    page.heading(title);
    let rank = |judgement: &Judgement| match judgement.verdict {
        Verdict::Fails => 0,
        Verdict::Undecided { .. } => 1,
        Verdict::Holds => 2,
    };
    let mut order: Vec<&(String, Judgement)> = list.iter().collect();
    if list.len() > VERDICTS {
        // What needs attention is not what is left out.
        order.sort_by_key(|(_, judgement)| rank(judgement));
    }
    for (text, judgement) in order.into_iter().take(VERDICTS) {
        let e = &judgement.estimate;
        let seen = spread(page, Some(e)) + per(e.unit);
        let (tone, more) = match judgement.verdict {
            Verdict::Holds => (Tone::Good, String::new()),
            Verdict::Fails => (Tone::Bad, String::new()),
            Verdict::Undecided { replications_needed } => {
                let more = deciding(replications_needed);
                (Tone::Open, format!("; {}", more.unwrap_or_else(|| "undecided".to_string())))
            }
        };
        page.marked(tone, &format!("{}: {seen}{more}", escape(text)));
    }
    rest(page, list.len(), VERDICTS, "in summary.json");
}

fn warnings(page: &mut Page, outcome: &Outcome) {
    let mut warnings: Vec<String> = outcome.warnings.clone();
    if outcome.precision_reached == Some(false) {
        let n = count(outcome.replications);
        warnings.insert(
            0,
            format!("the precision that was asked for was not reached in {n} replications"),
        );
    }
    if warnings.is_empty() {
        return;
    }
    page.gap();
    page.heading("Warnings");
    for warning in warnings.iter().take(WARNINGS) {
        page.marked(Tone::Open, &escape(warning));
    }
    rest(page, warnings.len(), WARNINGS, "in manifest.json");
}

/// Says what was left out.
fn rest(page: &mut Page, all: usize, shown: usize, place: &str) {
    if all > shown {
        page.note(&format!("and {} more {place}", count((all - shown) as u64)));
    }
}

fn end(page: &mut Page, outcome: &Outcome, written: Option<&Path>) {
    let Some(written) = written else { return };
    page.gap();
    page.fact("Results", &written.display().to_string());
    if outcome.rows == RowsKept::TooMany {
        let n = count(outcome.incidents);
        page.fact("", &format!("without the {n} rows of incidents: --incidents writes them too"));
    }
}
