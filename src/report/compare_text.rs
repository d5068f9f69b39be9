//! A comparison in words: what differs, by how much, and what can and cannot be concluded.

use super::COMPARE;
use super::aligned::{Room, aligned, folded_lines, wrapped};
use super::bound::{Side, bound};
use super::compare::letter;
use super::human;
use crate::experiment::{Comparison, Outcome, Versus};
use crate::measure::{Difference, Estimate, Kind};
use crate::scenario::Scenario;

/// What is shown of the fleet.
const SHOWN: [(&str, &str); 8] = [
    ("availability", "Availability"),
    ("downtime_per_server_year", "Downtime"),
    ("incidents_per_server_year", "Incidents"),
    ("recovery_time_mean", "Recovery mean"),
    ("recovery_time_p95", "Recovery p95"),
    ("loss_probability_per_year", "Data loss"),
    ("sla_minutes_per_server_year", "SLA minutes"),
    ("sla_breach_share", "Below SLA"),
];
/// Said where none of what is shown of the fleet was seen.
pub const NOTHING_SEEN: &str = "Neither of the two was down in what was played.";
/// Most causes and phases that are named.
const MOST: usize = 3;
/// Columns that a narrow terminal may go without, the last one first: what differs and by how much stays.
const DISPENSABLE: [&[usize]; 2] = [&[1, 2], &[4]];

/// The text, within the columns of a terminal.
pub fn compare_summary(scenarios: &[Scenario], comparison: &Comparison, room: Room) -> String {
    let base = &comparison.base;
    let first = format!("A  {}: {}\n", scenarios[0].name, played(&scenarios[0], base));
    let mut text = folded_lines(&(first + &missed("A", base)), room);
    for (i, (versus, scenario)) in comparison.others.iter().zip(&scenarios[1..]).enumerate() {
        let b = letter(i + 1);
        let name = format!("\n{b}  {}, less A", scenario.name);
        let how = match &versus.unpaired {
            None => {
                let strata = if base.environment == versus.outcome.environment {
                    ""
                } else {
                    ",\n   those with and without a zone or region outage weighted by how likely they are in each"
                };
                let n = human::plural(base.replications, "replication");
                format!("; {n} paired by their strikes{strata}\n")
            }
            Some(why) => format!(
                "; not paired, because {why}: intervals are wider\n  {b} has {}\n",
                played(scenario, &versus.outcome)
            ),
        };
        text += &folded_lines(&(name + &how + &missed(&b, &versus.outcome)), room);
        text += &rows(&b, versus, room);
        text += &changed(versus, room);
        text += &format!("\n{}", wrapped(&conclusion(&b, downtime(versus)), room));
    }
    text
}

/// How much was played of a scenario.
fn played(scenario: &Scenario, outcome: &Outcome) -> String {
    format!(
        "{}, {}, seed {}",
        human::plural(outcome.book.servers, "server"),
        human::plural(outcome.replications, "replication"),
        scenario.fleet.seed
    )
}

/// Says that a precision was not reached.
fn missed(letter: &str, outcome: &Outcome) -> String {
    if outcome.precision_reached != Some(false) {
        return String::new();
    }
    let n = human::plural(outcome.replications, "replication");
    format!("  the precision that was asked for in {letter} was not reached in {n}\n")
}

fn rows(letter: &str, versus: &Versus, room: Room) -> String {
    let mut lines: Vec<Vec<String>> =
        vec![["", "A", letter, "difference", "pairing made it"].map(String::from).to_vec()];
    for (metric, label) in SHOWN {
        let Some(d) = fleet(versus, metric) else { continue };
        let incidents = fleet(versus, "incidents_per_server_year");
        let seen = |of: fn(&Difference) -> &Estimate| {
            metric.starts_with("recovery") && incidents.is_some_and(|d| of(d).value.is_some())
        };
        let value = |of: fn(&Difference) -> &Estimate| match (of(d).at_least(), of(d).value) {
            (Some(least), _) if least > 0.0 => {
                format!("> {}{}", bound(d.unit, least, Side::More), human::per(d.unit))
            }
            (_, Some(v)) => human::value(d.unit, v),
            // Incidents were seen, but none of them ended.
            _ if seen(of) => "-".to_string(),
            _ => "none seen".to_string(),
        };
        let difference = match (d.value, (d.ci_low, d.ci_high)) {
            (Some(v), (None, None)) => format!("{}, no interval", human::signed(d.unit, v)),
            (Some(v), ends) => human::difference(d.unit, v, ends),
            _ => "-".to_string(),
        };
        let narrowed =
            d.narrowed.map_or(String::new(), |n| format!("{} x narrower", human::digits(n)));
        lines.push(vec![label.to_string(), value(|d| &d.a), value(|d| &d.b), difference, narrowed]);
    }
    if lines.len() == 1 {
        return wrapped(NOTHING_SEEN, room);
    }
    aligned(&lines, room, &DISPENSABLE).told(COMPARE)
}

fn fleet<'a>(versus: &'a Versus, metric: &str) -> Option<&'a Difference> {
    versus.differences.iter().find(|d| d.scope == Kind::Fleet && d.metric == metric)
}

/// Causes and phases whose downtime changed most.
fn changed(versus: &Versus, room: Room) -> String {
    let causes: Vec<(String, f64, bool)> = versus
        .differences
        .iter()
        .filter(|d| d.scope == Kind::Cause && d.metric == "downtime_per_server_year")
        .filter_map(|d| {
            let clear = d.ci_low.zip(d.ci_high).is_some_and(|(low, high)| low > 0.0 || high < 0.0);
            Some((d.name.clone(), d.value?, clear))
        })
        .collect();
    let phases = versus.phases.iter().map(|(p, v)| (p.word().to_string(), *v, true)).collect();
    let mut text = String::new();
    for (what, mut list) in [("causes", causes), ("phases", phases)] {
        list.sort_by(|a: &(String, f64, bool), b| b.1.abs().total_cmp(&a.1.abs()));
        let words: Vec<String> = list
            .iter()
            .filter(|(_, v, _)| v.abs() >= 0.05)
            .take(MOST)
            .map(|(name, v, clear)| {
                let sign = human::sign(*v);
                let doubt = if *clear { "" } else { " (may be chance)" };
                format!("{name} {sign}{}{doubt}", human::time(v.abs()))
            })
            .collect();
        if !words.is_empty() {
            let words = words.join(", ");
            text +=
                &wrapped(&format!("{what} that changed most, per server and year: {words}"), room);
        }
    }
    text
}

/// How much more downtime per server and year the fleet has than that of A, in seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Downtime {
    /// The difference.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// Replications behind it.
    pub replications: u64,
}

fn downtime(versus: &Versus) -> Option<Downtime> {
    let d = fleet(versus, "downtime_per_server_year")?;
    let replications = d.a.replications;
    Some(Downtime { value: d.value, low: d.ci_low, high: d.ci_high, replications })
}

/// What can and what cannot be concluded.
pub fn conclusion(letter: &str, downtime: Option<Downtime>) -> String {
    let Some(d) = downtime else {
        return "Nothing can be concluded: no downtime was measured.".to_string();
    };
    let limits = "It holds for this model and these assumptions, and for the fleet as a whole; \
                  compare.csv has the groups.";
    match (d.value, d.low, d.high) {
        (Some(v), Some(low), Some(high)) if high < 0.0 || low > 0.0 => {
            let (word, least, most) =
                if v < 0.0 { ("less", -high, -low) } else { ("more", low, high) };
            let [size, least, most] = human::together("s", [v.abs(), least, most]);
            format!(
                "{letter} has {size} {word} downtime per server and year than A: with 95 % confidence \
                 between {least} and {most}. {limits}"
            )
        }
        (Some(0.0), Some(0.0), Some(0.0)) => format!(
            "{letter} and A have the same downtime in every replication: what was changed makes no \
             difference to it in those that were played. What happens too seldom to be seen in them \
             may differ. {limits}"
        ),
        (Some(v), Some(low), Some(high)) => {
            let reach = (high - low) / 2.0;
            let factor = (reach / v.abs().max(1e-300)) * (reach / v.abs().max(1e-300)) * 1.1;
            let needed = factor * d.replications as f64;
            let more = if needed < 1e7 {
                format!(
                    " About {} replications would probably tell.",
                    human::count(human::about(needed as u64 + 1))
                )
            } else {
                String::new()
            };
            format!(
                "It cannot be said whether {letter} or A has less downtime: {letter} may have up to {} \
                 less or up to {} more per server and year. That is no proof that they are equal.{more}",
                human::time((-low).max(0.0)),
                human::time(high.max(0.0))
            )
        }
        (Some(v), ..) => format!(
            "{letter} has {} {} downtime per server and year than A in what was played; without an \
             interval nothing follows from it. Use more replications.",
            human::time(v.abs()),
            if v < 0.0 { "less" } else { "more" }
        ),
        _ => "Nothing can be concluded: no downtime was seen in at least one of them.".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{CompareOptions, Silent, compare};
    use crate::report::tests::{HOSTILE, scenario};

    fn said(texts: [&str; 2]) -> String {
        let scenarios = texts.map(scenario);
        let cancel = std::sync::atomic::AtomicBool::new(false);
        let options = CompareOptions { threads: 1, progress: &Silent, cancel: &cancel };
        compare_summary(&scenarios, &compare(&scenarios, &options).expect("they are played"), None)
    }

    #[test]
    fn what_was_played_of_each_is_said() {
        let one = HOSTILE.replace("count = 40", "count = 1").replace("count = 6", "count = 1");
        let one = &one[..one.find("[[servers]]\ngroup = \"+SUM").expect("a second group")];
        let paired = said([one, one]);
        assert!(paired.starts_with("A  =cmd(): 1 server, 1 replication, seed 3\n"), "{paired}");
        assert!(paired.contains("less A; 1 replication paired by their strikes"), "{paired}");
        let other = HOSTILE.replace("seed = 3", "seed = 4").replace("count = 40", "count = 2000");
        let apart = said([HOSTILE, &other]);
        assert!(apart.contains("\n  B has 2,005 servers, 6 replications, seed 4\n"), "{apart}");
    }

    #[test]
    fn two_quiet_fleets_are_said_to_be_quiet() {
        let quiet = |seed: u32| {
            format!(
                "name = 'x'\nseed = {seed}\nduration = '30d'\n[[region]]\nname = 'r'\n\
                 [[servers]]\ngroup = 'a'\ncount = 6\n[replications]\ncount = 3\n"
            )
        };
        let text = said([&quiet(1), &quiet(2)]);
        assert!(text.contains("\n  Neither of the two was down in what was played.\n"), "{text}");
        assert!(!text.contains("difference"), "{text}");
    }

    #[test]
    fn incidents_that_none_saw_the_end_of_are_not_said_to_be_unseen() {
        let of = |lasts: &str| {
            format!(
                "name = 'x'\nstart = 2026-01-01T00:00:00Z\nduration = '30d'\n[[region]]\n\
                 name = 'r'\nzones = 3\n[[servers]]\ngroup = 'a'\ncount = 6\nregion = 'r'\n\
                 [replications]\ncount = 3\n[[inject]]\nat = 2026-01-21T00:00:00Z\n\
                 fault = 'zone_outage'\nregion = 'r'\nzone = 1\nlasts = '{lasts}'\n"
            )
        };
        let text = said([&of("60d"), &of("5d")]);
        let row = |label: &str| -> Vec<String> {
            let line = text.lines().find(|l| l.trim_start().starts_with(label));
            let cells = line.expect("the row is there").split("  ");
            cells.map(str::trim).filter(|c| !c.is_empty()).map(String::from).collect()
        };
        assert_eq!(row("Recovery mean"), ["Recovery mean", "-", "5 days", "-"], "{text}");
        assert_eq!(row("Recovery p95"), ["Recovery p95", "> 10 days", "5 days", "-"], "{text}");
        assert_eq!(row("Data loss"), ["Data loss", "none seen", "none seen", "-"], "{text}");
    }
}
