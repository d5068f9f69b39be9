//! Expectations: `METRIC [of SCOPE] OP VALUE`, or `P(METRIC [of SCOPE] OP VALUE) OP SHARE`.
//!
//! A complaint points at the part of the text that is wrong, not at the whole of it.

use super::Scenario;
use super::error::{Complaint, Complaints};
use super::reader::{Reader, Trail, any, list, nearest};
use super::syntax::{Documents, Node, Span, Value};
use super::units::{self, Wrong};
use crate::kernel::comparison::Op;
use crate::model::fault::Cause;
use crate::model::fleet::{Fleet, Group, Region, StandbyMode};

/// What a result is held against.
#[derive(Clone, PartialEq, Debug)]
pub struct Expectation {
    /// As it was written.
    pub text: String,
    /// For `P(...)`: how large the probability must be.
    pub probability: Option<(Op, f64)>,
    /// Metric, by its name in tables.
    pub metric: String,
    /// Of what.
    pub scope: Scope,
    /// Comparison.
    pub op: Op,
    /// Bound in the base unit of the metric: seconds, a share, a number.
    pub value: f64,
    /// Whether the estimate alone is compared, not its interval.
    pub judge_point: bool,
}

/// What a metric is of: kind and name as in `estimates.csv`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// `fleet`, `group`, `region`, `zone`, `standby`, `cause` or `service`.
    pub kind: String,
    /// Name; empty for the fleet.
    pub name: String,
}

impl Scope {
    /// The whole fleet.
    pub fn fleet() -> Scope {
        Scope { kind: "fleet".to_string(), name: String::new() }
    }
}

/// The names that a scope may refer to.
pub struct Names<'n> {
    /// Groups.
    pub groups: &'n [String],
    /// Regions.
    pub regions: &'n [Region],
    /// Services.
    pub services: &'n [String],
    /// What is played, unless it has mistakes: some of it must be in a scope.
    pub fleet: Option<&'n Fleet>,
}

impl Names<'_> {
    /// What a scope should be where nothing of the fleet is in it, so that no result has it.
    fn empty(&self, scope: &Scope) -> Option<&'static str> {
        let (fleet, name) = (self.fleet?, scope.name.as_str());
        let some = |of: &dyn Fn(&Group, &Region) -> bool| {
            let mut ours = fleet.groups.iter().filter(|g| !g.other_tenant);
            ours.any(|g| of(g, &fleet.regions[g.region]))
        };
        let starts = |g: &Group, r: &Region| {
            (0..r.zones).any(|z| g.starts_in(z) && name == format!("{}/{}", r.name, z + 1))
        };
        let (there, expected) = match scope.kind.as_str() {
            "region" => (some(&|_, r| r.name == name), "a region with servers"),
            "zone" => (some(&starts), "a zone in which servers start"),
            "standby" => {
                (some(&|g, _| g.standby_mode.word() == name), "a standby that a group has")
            }
            "cause" => (
                Cause::named(name).is_some_and(|cause| fleet.has_cause(cause)),
                "a cause of something: a fault mode that is on or injected, or maintenance",
            ),
            _ => return None,
        };
        (!there).then_some(expected)
    }
}

/// What the values of a metric are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Seconds, written as a duration.
    Seconds,
    /// 0 to 1, written in per cent.
    Share,
    /// Minutes, written as a number or a duration.
    Minutes,
    /// Events a year, written as a number or a rate.
    PerYear,
    /// A number.
    Count,
}

/// Of what a metric is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// Servers: fleet, group, region, zone, standby.
    Servers,
    /// Servers and causes.
    Causes,
    /// Servers and services.
    Services,
    /// Servers, causes and services.
    All,
    /// The fleet as a whole.
    Fleet,
}

impl Of {
    fn holds(self, kind: &str) -> bool {
        match kind {
            "fleet" => true,
            "cause" => matches!(self, Of::Causes | Of::All),
            "service" => matches!(self, Of::Services | Of::All),
            _ => self != Of::Fleet,
        }
    }
}

/// Every metric with the unit of its values and the scopes in which it has one.
pub const METRICS: [(&str, Unit, Of); 36] = [
    ("availability", Unit::Share, Of::Services),
    ("unavailability", Unit::Share, Of::All),
    ("sla_availability", Unit::Share, Of::Servers),
    ("downtime_per_server_year", Unit::Seconds, Of::All),
    ("planned_downtime_per_server_year", Unit::Seconds, Of::Causes),
    ("incidents_per_server_year", Unit::PerYear, Of::All),
    ("mtbf", Unit::Seconds, Of::All),
    ("recovery_time_mean", Unit::Seconds, Of::All),
    ("recovery_time_p50", Unit::Seconds, Of::All),
    ("recovery_time_p95", Unit::Seconds, Of::All),
    ("recovery_time_p99", Unit::Seconds, Of::All),
    ("recovery_time_max", Unit::Seconds, Of::All),
    ("loss_window_mean", Unit::Seconds, Of::Causes),
    ("loss_window_p95", Unit::Seconds, Of::Causes),
    ("loss_window_max", Unit::Seconds, Of::Causes),
    ("loss_probability_per_year", Unit::Share, Of::Servers),
    ("copies_lost_probability_per_year", Unit::Share, Of::Servers),
    ("servers_lost", Unit::Count, Of::Servers),
    ("sla_minutes_per_server_year", Unit::Minutes, Of::Servers),
    ("sla_breach_share", Unit::Share, Of::Servers),
    ("worst_month", Unit::Share, Of::Servers),
    ("worst_month_p05", Unit::Share, Of::Servers),
    ("worst_month_p50", Unit::Share, Of::Servers),
    ("time_at_risk_share", Unit::Share, Of::Causes),
    ("time_at_risk_no_standby", Unit::Share, Of::Causes),
    ("time_at_risk_copies", Unit::Share, Of::Causes),
    ("unprotected_share", Unit::Share, Of::Servers),
    ("rto_met_share", Unit::Share, Of::Causes),
    ("rpo_met_share", Unit::Share, Of::Causes),
    ("stalls_per_server_year", Unit::PerYear, Of::Causes),
    ("stalled_s_per_server_year", Unit::Seconds, Of::Causes),
    ("peak_servers_down", Unit::Count, Of::Fleet),
    ("peak_failovers", Unit::Count, Of::Fleet),
    ("peak_vcores_queued", Unit::Count, Of::Fleet),
    // Only inside P(...): one value for each incident.
    ("recovery_time", Unit::Seconds, Of::All),
    ("loss_window", Unit::Seconds, Of::Causes),
];

/// Metrics that have a value for each incident, and none of their own outside `P(...)`.
const EACH: [&str; 2] = ["recovery_time", "loss_window"];

/// Metrics near 1, whose relative errors say nothing.
const NEAR_ONE: [&str; 5] =
    ["availability", "sla_availability", "worst_month", "worst_month_p05", "worst_month_p50"];

/// Whether a relative error of a metric says something: not of what is near 1.
pub fn has_relative_error(metric: &str) -> bool {
    !NEAR_ONE.contains(&metric)
}

/// What others call a metric that is called otherwise here.
const MEANT: [(&str, &str); 8] = [
    ("uptime", "`availability`"),
    ("downtime", "`downtime_per_server_year`"),
    ("rto", "`recovery_time_p95` or `rto_met_share`"),
    ("rpo", "`loss_window_max` or `rpo_met_share`"),
    ("mttr", "`recovery_time_mean`"),
    ("sla", "`sla_availability` or `sla_breach_share`"),
    ("data_loss", "`loss_probability_per_year`"),
    ("incidents", "`incidents_per_server_year`"),
];

fn metric_names() -> Vec<&'static str> {
    METRICS.iter().map(|(name, _, _)| *name).collect()
}

/// A part of an expectation with its place.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    /// Offset in the text of the expectation.
    at: usize,
}

impl<'t> Part<'t> {
    fn cut(self, from: usize, to: usize) -> Part<'t> {
        Part { text: self.text.get(from..to).unwrap_or(""), at: self.at + from }.trim()
    }

    fn trim(self) -> Part<'t> {
        let start = self.text.len() - self.text.trim_start().len();
        Part { text: self.text.trim(), at: self.at + start }
    }
}

struct Parser<'p, 'r> {
    reader: &'p mut Reader<'r>,
    trail: &'p Trail<'p>,
    node: &'p Node,
    names: &'p Names<'p>,
}

/// Reads `METRIC [of SCOPE]` for a scenario: what `--metric` takes.
pub fn measured(text: &str, scenario: &Scenario) -> Result<(String, Scope), Complaints> {
    let mut documents = Documents::default();
    let document = documents.add("--metric", text);
    let span = Span { document, start: 0, end: text.len() as u32 };
    let node = Node { value: Value::String(text.to_string()), span };
    let ours = scenario.fleet.groups.iter().filter(|g| !g.other_tenant);
    let groups: Vec<String> = ours.map(|g| g.name.clone()).collect();
    let services: Vec<String> = scenario.fleet.services.iter().map(|s| s.name.clone()).collect();
    let regions = &scenario.fleet.regions;
    let fleet = Some(&scenario.fleet);
    let names = Names { groups: &groups, regions, services: &services, fleet };
    let mut complaints = Complaints::new();
    let mut reader = Reader::new(&mut complaints, None);
    let trail = Trail::TOP.to("--metric");
    let mut parser = Parser { reader: &mut reader, trail: &trail, node: &node, names: &names };
    match parser.measure(Part { text, at: 0 }.trim(), false) {
        (Some((metric, _, _)), Some(scope)) => Ok((metric.to_string(), scope)),
        _ => Err(complaints.finish(&documents)),
    }
}

/// Reads an expectation.
pub fn read(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    node: &Node,
    names: &Names<'_>,
) -> Option<Expectation> {
    let text = reader.text(trail, node)?;
    let mut parser = Parser { reader, trail, node, names };
    let whole = Part { text, at: 0 }.trim();
    let inner = whole.text.strip_prefix('P').map(str::trim_start).filter(|t| t.starts_with('('));
    let Some(inner) = inner else {
        let (metric, scope, op, value) = parser.comparison(whole, false)?;
        let text = text.trim().to_string();
        return Some(Expectation {
            text,
            probability: None,
            metric,
            scope,
            op,
            value,
            judge_point: false,
        });
    };
    let open = whole.text.len() - inner.len();
    let Some(close) = whole.text.rfind(')') else {
        return parser.wrong(whole, "a closing bracket: P(...) >= 95%", None);
    };
    let compared = parser.comparison(whole.cut(open + 1, close), true);
    let rest = whole.cut(close + 1, whole.text.len());
    let probability = match operator(rest.text) {
        Some((0, length, op)) => {
            let share = rest.cut(length, rest.text.len());
            match units::share(share.text) {
                Ok(value) => Some((op, value)),
                Err(wrong) => parser.wrong(share, &wrong.expected, wrong.hint),
            }
        }
        _ => parser.wrong(rest, "a comparison with a share, such as >= 95%", None),
    };
    let (metric, scope, op, value) = compared?;
    let probability = Some(probability?);
    let text = text.trim().to_string();
    Some(Expectation { text, probability, metric, scope, op, value, judge_point: false })
}

/// The last comparison in a text: where it is, how long, which.
fn operator(text: &str) -> Option<(usize, usize, Op)> {
    let at = text.rfind(['<', '>', '\u{2264}', '\u{2265}'])?;
    let rest = &text[at..];
    Some(if rest.starts_with(">=") {
        (at, 2, Op::AtLeast)
    } else if rest.starts_with("<=") {
        (at, 2, Op::AtMost)
    } else if rest.starts_with('\u{2265}') {
        (at, '\u{2265}'.len_utf8(), Op::AtLeast)
    } else if rest.starts_with('\u{2264}') {
        (at, '\u{2264}'.len_utf8(), Op::AtMost)
    } else if rest.starts_with('>') {
        (at, 1, Op::Above)
    } else {
        (at, 1, Op::Below)
    })
}

impl Parser<'_, '_> {
    fn wrong<T>(&mut self, part: Part<'_>, expected: &str, hint: Option<String>) -> Option<T> {
        let found = match part.text {
            "" => "nothing".to_string(),
            text => format!("`{text}`"),
        };
        let complaint = Complaint::new(self.span(part), self.trail, found, expected);
        self.reader.complain(complaint.hint_if(hint));
        None
    }

    /// The place in the file, as long as the text stands there without escapes.
    fn span(&self, part: Part<'_>) -> Span {
        let span = self.node.span;
        let text = self.node.as_str().map_or(0, str::len);
        if (span.end - span.start) as usize != text + 2 {
            return span;
        }
        let start = span.start + 1 + part.at as u32;
        Span { start, end: start + part.text.len().max(1) as u32, ..span }
    }

    fn comparison(&mut self, part: Part<'_>, each: bool) -> Option<(String, Scope, Op, f64)> {
        let Some((at, length, op)) = operator(part.text) else {
            return self.wrong(part, "METRIC [of SCOPE] >= VALUE (or <=, >, <)", None);
        };
        let value = part.cut(at + length, part.text.len());
        let (metric, scope) = self.measure(part.cut(0, at), each);
        let (name, unit, _) = metric?;
        let value = match value_of(value.text, unit) {
            Ok(x) => Some(x),
            Err(wrong) => self.wrong(value, &wrong.expected, wrong.hint),
        };
        Some((name.to_string(), scope?, op, value?))
    }

    /// `METRIC [of SCOPE]`; no scope if it has no such metric.
    fn measure(
        &mut self,
        left: Part<'_>,
        each: bool,
    ) -> (Option<(&'static str, Unit, Of)>, Option<Scope>) {
        let of = left.text.find(" of ").unwrap_or(left.text.len());
        let metric = self.metric(left.cut(0, of), each);
        let part = left.cut(of + 4, left.text.len());
        let scope = if of < left.text.len() { self.scope(part) } else { Some(Scope::fleet()) };
        if let (Some((name, _, of_what)), Some(scope)) = (metric, &scope)
            && !of_what.holds(&scope.kind)
        {
            let found = format!("`{name}` of a {}, which has none", scope.kind);
            let complaint = Complaint::new(self.span(left), self.trail, found, "");
            self.reader.complain(complaint);
            return (metric, None);
        }
        (metric, scope.and_then(|scope| self.filled(part, scope)))
    }

    /// A scope that something of the fleet is in.
    fn filled(&mut self, part: Part<'_>, scope: Scope) -> Option<Scope> {
        match self.names.empty(&scope) {
            Some(expected) => self.wrong(part, expected, None),
            None => Some(scope),
        }
    }

    fn metric(&mut self, part: Part<'_>, each: bool) -> Option<(&'static str, Unit, Of)> {
        let known = METRICS.iter().find(|(name, _, _)| *name == part.text);
        match known {
            Some((name, _, _)) if !each && EACH.contains(name) => {
                let hint = format!("write P({name} ... ) >= 95%, or one of its estimates");
                self.wrong(part, "a metric that is one number", Some(hint))
            }
            Some(&(name, unit, of)) => Some((name, unit, of)),
            None => {
                let names = metric_names();
                let meant = MEANT.iter().find(|(word, _)| part.text.eq_ignore_ascii_case(word));
                let near = nearest(part.text, &names).map(|near| format!("`{near}`"));
                match near.or(meant.map(|(_, metrics)| metrics.to_string())) {
                    Some(near) => {
                        let hint = Some(format!("did you mean {near}?"));
                        self.wrong(part, "a metric", hint)
                    }
                    None => {
                        let starts = |n: &&&str| part.text.len() > 2 && n.starts_with(part.text);
                        let begun: Vec<&str> = names.iter().filter(starts).copied().collect();
                        let hint =
                            (!begun.is_empty()).then(|| format!("did you mean {}?", any(&begun)));
                        self.wrong(part, &format!("a metric: {}", any(&names)), hint)
                    }
                }
            }
        }
    }

    fn scope(&mut self, part: Part<'_>) -> Option<Scope> {
        let text = part.text;
        if text == "fleet" {
            return Some(Scope::fleet());
        }
        let scope =
            |kind: &str, name: &str| Some(Scope { kind: kind.to_string(), name: name.to_string() });
        if self.names.groups.iter().any(|g| g == text) {
            return scope("group", text);
        }
        let (kind, name) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let name_part = part.cut(text.len() - name.len(), text.len());
        let name = name_part.text;
        let Some(of_kind) = self.names_of(kind) else {
            let known: Vec<&str> =
                self.names.groups.iter().map(String::as_str).chain(KINDS).collect();
            let has_it =
                |kind: &&str| self.names_of(kind).is_some_and(|n| n.iter().any(|n| n == text));
            let hint = match KINDS.iter().find(|kind| has_it(kind)) {
                Some(kind) => Some(format!("write `{kind} {text}`")),
                None => nearest(kind, &known).map(|near| format!("did you mean `{near}`?")),
            };
            let groups = &self.names.groups;
            let few = (1..=6).contains(&groups.len());
            let hint = hint.or_else(|| few.then(|| format!("groups here: {}", list(groups))));
            let expected = format!("`fleet`, a group, or KIND NAME with KIND {}", any(&KINDS));
            return self.wrong(part, &expected, hint);
        };
        if of_kind.iter().any(|n| n == name) {
            return scope(kind, name);
        }
        let near = nearest(name, &of_kind).map(|near| format!("did you mean `{near}`?"));
        let expected = match of_kind.len() {
            1..=12 => format!("a {kind}: {}", any(&of_kind)),
            _ => format!("the name of a {kind}"),
        };
        self.wrong(name_part, &expected, near)
    }

    /// The names that scopes of a kind have.
    fn names_of(&self, kind: &str) -> Option<Vec<String>> {
        Some(match kind {
            "group" => self.names.groups.to_vec(),
            "region" => self.names.regions.iter().map(|r| r.name.clone()).collect(),
            "zone" => {
                let zones = |r: &Region| (1..=r.zones).map(|z| format!("{}/{z}", r.name)).collect();
                self.names.regions.iter().flat_map(|r| -> Vec<String> { zones(r) }).collect()
            }
            "standby" => StandbyMode::ALL.iter().map(|m| m.word().to_string()).collect(),
            "cause" => Cause::all().map(|c| c.name().to_string()).collect(),
            "service" => self.names.services.to_vec(),
            _ => return None,
        })
    }
}

/// The kinds of scopes that have names.
const KINDS: [&str; 6] = ["group", "region", "zone", "standby", "cause", "service"];

/// A value in the base unit of a metric.
fn value_of(text: &str, unit: Unit) -> Result<f64, Wrong> {
    let bare = || {
        let number = text.trim().parse::<f64>().ok();
        number.filter(|x| x.is_finite() && *x >= 0.0)
    };
    match unit {
        Unit::Seconds => units::duration(text),
        Unit::Share => units::share(text),
        Unit::Minutes => match bare() {
            Some(minutes) => Ok(minutes),
            None => units::duration(text)
                .map(|s| s / 60.0)
                .map_err(|_| Wrong::plain("a number of minutes, such as 4.3 or \"4.3m\"")),
        },
        Unit::PerYear => match bare() {
            Some(n) => Ok(n),
            None => units::rate(text)
                .map(|r| r * units::YEAR)
                .map_err(|_| Wrong::plain("a number a year, such as 2 or 2/y")),
        },
        Unit::Count => bare().ok_or_else(|| Wrong::plain("a number of at least 0")),
    }
}

/// Metrics without an interval: nothing can be said about how precise they are.
const NO_INTERVAL: [&str; 2] = ["recovery_time_max", "loss_window_max"];

/// `METRIC [of SCOPE]` of which a precision is wanted; `scope` is the key of that name, if it is there.
pub fn precise(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    node: &Node,
    scope: Option<&Node>,
    names: &Names<'_>,
) -> Option<(String, Scope)> {
    let at = trail.to("metric");
    let text = reader.text(&at, node)?;
    let mut parser = Parser { reader, trail: &at, node, names };
    let whole = Part { text, at: 0 }.trim();
    let (metric, mut of) = parser.measure(whole, false);
    let (name, _, of_what) = metric?;
    if NO_INTERVAL.contains(&name) {
        let hint = Some("the largest value seen has none; p99 has one".to_string());
        return parser.wrong(whole, "a metric that has an interval", hint);
    }
    if let Some(node) = scope {
        let at = trail.to("scope");
        if text.contains(" of ") {
            let found = "a scope in `metric` and in `scope`";
            reader.complain(Complaint::new(node.span, at, found, "one of them"));
            return None;
        }
        let text = reader.text(&at, node)?;
        let part = Part { text, at: 0 }.trim();
        let mut parser = Parser { reader, trail: &at, node, names };
        of = parser.scope(part);
        if let Some(scope) = of.as_ref().filter(|s| !of_what.holds(&s.kind)) {
            let found = format!("`{name}` of a {}, which has none", scope.kind);
            reader.complain(Complaint::new(node.span, at, found, ""));
            return None;
        }
        of = of.and_then(|scope| parser.filled(part, scope));
    }
    Some((name.to_string(), of?))
}

/// Half of an interval in the unit of a metric.
pub fn half_width(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    node: &Node,
    metric: &str,
) -> Option<f64> {
    let unit = METRICS.iter().find(|(name, _, _)| *name == metric).map(|m| m.1)?;
    let text = match &node.value {
        Value::String(text) => text.clone(),
        _ => node.as_f64().map_or(String::new(), |x| x.to_string()),
    };
    match value_of(&text, unit) {
        Ok(value) => Some(value),
        Err(wrong) => {
            reader.expected(trail, node, &wrong.expected);
            None
        }
    }
}
