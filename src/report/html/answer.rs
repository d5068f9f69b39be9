//! The answer of a run, first on the page: how many nines, what fails, the numbers people ask for.

use super::found::{Found, shown};
use super::numbers::{Number, Numbers, said};
use crate::report::human::{count, digits, nines, time};
use crate::report::said::{FALLS, deciding};
use maud::{Markup, html};
use serde_json::Value;

/// The section.
pub fn section(found: &Found, summary: &Value, numbers: &Numbers) -> Markup {
    let counts = &found.manifest["counts"];
    let numbers = &numbers.of_the_play(summary);
    html! {
        section.answer aria-labelledby="answer" {
            h2 #answer { "The answer" }
            (headline(numbers, &counts["replications"]))
            (verdict_line("expectation", &summary["expectations"]))
            (verdict_line("objective", &summary["objectives"]))
            dl.facts { (facts(numbers)) }
            (verdicts("Expectations", &summary["expectations"]))
            (verdicts("Objectives", &summary["objectives"]))
            (warnings(&found.manifest))
        }
    }
}

/// How many nines, in words.
fn headline(numbers: &Numbers, replications: &Value) -> Markup {
    let (Some(up), Some(down)) = (numbers.fleet("availability"), numbers.fleet("unavailability"))
    else {
        return html! { p.lead { "No availability was measured." } };
    };
    let outage = numbers.fleet("downtime_per_server_year");
    match (up.value, down.value.and_then(nines)) {
        (Some(_), Some(level)) => html! {
            p.big { strong { (level) } " " span { (up.beside()) " of agreed time" } }
            p.lead {
                "A server of this fleet serves " (up.beside()) " of the time that was agreed"
                @if let (Some(low), Some(high)) = (down.high.and_then(nines), down.low.and_then(nines)) {
                    ". With 95 % confidence it is " (up.interval()) ", which is " (span(&low, &high))
                } @else { ". There is no interval: the replications are too few" }
                ". "
                @if let Some(outage) = outage {
                    "That leaves " strong { (outage.beside()) } " of downtime " (each(numbers))
                    @if !outage.interval().is_empty() { " (" (outage.interval()) ")" }
                    (planned(numbers, outage)) "."
                }
            }
        },
        (Some(_), None) | (None, _) => html! {
            p.big { strong { "No outage" } " " span { "in " (times(replications)) } }
            p.lead {
                @match up.low {
                    Some(low) => {
                        "With 95 % confidence a server serves more than " (said("share", low))
                        " of the time that was agreed."
                        @if low < TELLING { " That says little: play more replications." }
                    }
                    None => { "That says nothing about how rare one is: play more replications." }
                }
            }
        },
    }
}

/// Recovery times, growing.
const RECOVERY: [&str; 4] =
    ["recovery_time_p50", "recovery_time_p95", "recovery_time_p99", "recovery_time_max"];

/// Below this availability a bound tells nobody anything.
const TELLING: f64 = 0.99;

fn times(replications: &Value) -> String {
    let n = replications.as_u64().unwrap_or(0);
    format!("{} replication{}", count(n), if n == 1 { "" } else { "s" })
}

/// From one level of nines to another, each said once.
fn span(low: &str, high: &str) -> String {
    if low == high {
        format!("{low} at both ends")
    } else {
        format!("{} to {high}", low.trim_end_matches(" nines"))
    }
}

fn planned(numbers: &Numbers, outage: &Number) -> String {
    let planned = numbers.fleet("planned_downtime_per_server_year").and_then(|n| n.value);
    match (outage.value, planned) {
        (Some(all), Some(planned)) => {
            format!(": {} unplanned, {} planned", time((all - planned).max(0.0)), time(planned))
        }
        _ => String::new(),
    }
}

/// What follows a number that is per server and year, or per server in the play.
fn each(numbers: &Numbers) -> String {
    match &numbers.play {
        None => "per server and year".to_string(),
        Some(length) => format!("per server in the {length}"),
    }
}

/// A fact: what, value, and what to know about it.
fn fact(label: &str, value: &str, more: &str) -> Markup {
    html! { div { dt { (label) } dd { strong { (value) } @if !more.is_empty() { " " small { (more) } } } } }
}

fn facts(numbers: &Numbers) -> Markup {
    let of = |metric: &str| numbers.fleet(metric);
    let [p50, p95, p99, max] = numbers.rising(RECOVERY);
    let with = |label: &str, metric: &str, unit: &str| {
        let number = of(metric).cloned().unwrap_or_default();
        let interval = number.interval();
        let more = match (interval.as_str(), number.value) {
            ("", None) => format!("{unit}: none seen, or too few replications to tell"),
            ("", Some(_)) => unit.to_string(),
            ("no spread", Some(_)) => format!("{unit}; no spread"),
            (interval, Some(_)) => format!("{interval} {unit}"),
            ("none seen", None) => format!("{unit}; none seen, and {FALLS}"),
            (interval, None) => format!("{unit}; {interval}"),
        };
        fact(label, &number.beside(), &more)
    };
    let planned = numbers.get("cause", "maintenance", "incidents_per_server_year");
    let planned = planned.and_then(|n| n.value).map(|v| format!("; {} planned", digits(v)));
    let (incidents, time) = match &numbers.play {
        None => {
            (format!("per server and year{}", planned.unwrap_or_default()), "a year".to_string())
        }
        Some(length) => {
            (format!("in the {length}, on all servers together"), format!("the {length}"))
        }
    };
    let loss = match of("loss_window_max").map(Number::short) {
        Some(all) if all == "never" => {
            "all that was committed, where a server is lost for good".into()
        }
        Some(all) if all.starts_with(['>', '–']) || all == "0 s" => all,
        Some(most) => format!("up to {most}"),
        None => "–".to_string(),
    };
    let cut = of("recovery_time_p99").and_then(Number::cut);
    let were = |cut: &str| if cut == "1" { "was" } else { "were" };
    let cut = cut
        .map_or(String::new(), |cut| format!("; {cut} {} cut by the end of the play", were(cut)));
    let servers_lost = of("servers_lost").filter(|n| n.value.is_some());
    html! {
        (with("Incidents", "incidents_per_server_year", &incidents))
        @if [&p50, &p95, &p99, &max].into_iter().all(|text| text == "–") {
            (fact("Recovery time", "–", "no unplanned incident was seen"))
        } @else {
            (fact("Recovery time", &p50, "half of the unplanned incidents are shorter"))
            (fact("Recovery time, p99", &p99,
                &format!("p95 {p95}, longest seen {max}{cut}")))
            (fact("Loss window", &loss, "committed time lost in an incident"))
        }
        (with("Data loss", "loss_probability_per_year", &format!("of servers in {time}")))
        @if servers_lost.is_some() {
            (with("Servers lost", "servers_lost", "in a replication, for good and with all their data"))
        }
        (with("SLA minutes", "sla_minutes_per_server_year", &each(numbers)))
        @if numbers.play.is_none() || of("sla_breach_share").is_some_and(|n| n.value.or(n.high).is_some()) {
            (with("Below SLA", "sla_breach_share", "of the months of all servers"))
        }
        (with("Time at risk", "time_at_risk_share", "of the time, with less redundancy than bought"))
    }
}

/// The verdict of a judgement: class, sign and word.
fn verdict(one: &Value) -> (&'static str, &'static str, &'static str) {
    match one["verdict"].as_str() {
        Some("holds") => ("good", "✓", "holds"),
        Some("fails") => ("bad", "✗", "fails"),
        _ => ("open", "?", "undecided"),
    }
}

/// One line that says how judgements came out.
fn verdict_line(what: &str, list: &Value) -> Markup {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    if list.is_empty() {
        return html! {};
    }
    let of = |word: &str| list.iter().filter(|one| verdict(one).2 == word).count();
    let (fail, open) = (of("fails"), of("undecided"));
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let all = list.len();
    let (class, sign, text) = match (fail, open) {
        (0, 0) if all == 1 => ("good", "✓", format!("The {what} holds.")),
        (0, 0) => ("good", "✓", format!("All {all} {what}s hold.")),
        (0, open) => {
            let verb = if open == 1 { "is" } else { "are" };
            ("open", "?", format!("{open} of {all} {what}{} {verb} undecided.", s(all)))
        }
        (fail, open) => {
            let verb = if fail == 1 { "fails" } else { "fail" };
            let rest = if open > 0 { format!(", {open} undecided") } else { String::new() };
            ("bad", "✗", format!("{fail} of {all} {what}{} {verb}{rest}.", s(all)))
        }
    };
    html! { p class={ "verdict " (class) } { span aria-hidden="true" { (sign) } " " (text) } }
}

fn verdicts(title: &str, list: &Value) -> Markup {
    let mut list: Vec<&Value> = list.as_array().into_iter().flatten().collect();
    if list.is_empty() {
        return html! {};
    }
    // What needs attention comes first.
    list.sort_by_key(|one| {
        ["fails", "undecided", "holds"].iter().position(|w| *w == verdict(one).2)
    });
    let listed = &list[..list.len().min(MOST)];
    let open = listed.iter().filter(|one| verdict(one).2 != "holds").count();
    let (first, rest) = listed.split_at(if listed.len() > FEW { open } else { listed.len() });
    html! {
        h3 { (title) }
        (judged(first))
        @if !rest.is_empty() {
            details {
                summary { (count(rest.len() as u64)) " that hold" }
                (judged(rest))
            }
        }
        @if list.len() > MOST {
            p.note { "And " (count((list.len() - MOST) as u64)) " more in " code { "summary.json" } "." }
        }
    }
}

/// Judgements as a list.
fn judged(list: &[&Value]) -> Markup {
    html! {
        ul.verdicts {
            @for one in list {
                @let (class, sign, word) = verdict(one);
                li class=(class) {
                    span.sign aria-hidden="true" { (sign) } " "
                    strong { (word) } ": " code { (shown(&one["that"])) } ". "
                    "Found: " (found_value(one))
                    @if let Some(more) = deciding(one["replications_needed"].as_u64()) { "; " (more) }
                    "."
                }
            }
        }
    }
}

/// Most judgements and warnings that are listed.
const MOST: usize = 200;
/// Up to so many judgements all are open to see; of more those that hold are folded away.
const FEW: usize = 12;

/// What was found for a judgement.
fn found_value(one: &Value) -> String {
    let number = Number::of(shown(&one["metric"]), &one["estimate"]);
    match number.interval() {
        ends if ends.is_empty() => number.short(),
        ends => format!("{} ({ends})", number.beside()),
    }
}

/// Warnings of a manifest, and a precision that was not reached.
pub fn warnings(manifest: &Value) -> Markup {
    warnings_below(manifest, html! { h3 { "Warnings" } })
}

/// The same below a heading.
pub fn warnings_below(manifest: &Value, heading: Markup) -> Markup {
    let list: Vec<&Value> = manifest["warnings"].as_array().into_iter().flatten().collect();
    let short = manifest["precision_reached"] == Value::Bool(false);
    if list.is_empty() && !short {
        return html! {};
    }
    html! {
        (heading)
        ul.warnings {
            @if short { li { "The precision that was asked for was not reached." } }
            @for one in list.iter().take(MOST) { li { (shown(one)) } }
        }
        @if list.len() > MOST {
            p.note { "And " (count((list.len() - MOST) as u64)) " more in " code { "manifest.json" } "." }
        }
    }
}
