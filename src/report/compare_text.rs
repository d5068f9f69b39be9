//! A comparison in words: what differs, by how much, and what can and cannot be concluded.

use super::compare::letter;
use super::human;
use crate::experiment::{Comparison, Versus};
use crate::measure::{Difference, Kind};
use crate::scenario::Scenario;
use unicode_width::UnicodeWidthStr;

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
/// Most causes and phases that are named.
const MOST: usize = 3;

/// The text.
pub fn compare_summary(scenarios: &[Scenario], comparison: &Comparison) -> String {
    let base = &comparison.base;
    let mut text = format!(
        "A  {}: {} servers, {} replications, seed {}\n",
        scenarios[0].name, base.book.servers, base.replications, scenarios[0].fleet.seed
    );
    for (i, (versus, scenario)) in comparison.others.iter().zip(&scenarios[1..]).enumerate() {
        let b = letter(i + 1);
        text += &format!("\n{b}  {}, less A", scenario.name);
        text += &match &versus.unpaired {
            None => {
                let strata = if base.environment == versus.outcome.environment {
                    ""
                } else {
                    ",\n   those with and without a zone or region outage weighted by how likely they are in each"
                };
                let n = base.replications;
                format!("; {n} replications paired by their strikes{strata}\n")
            }
            Some(why) => format!("; not paired, because {why}: intervals are wider\n"),
        };
        text += &rows(versus);
        text += &changed(versus);
        text += &format!("\n{}", wrapped(&conclusion(&b, downtime(versus))));
    }
    text
}

/// Words on lines of at most 98 characters, two blanks in front.
pub(super) fn wrapped(words: &str) -> String {
    let mut text = String::from(" ");
    let mut column = 1;
    for word in words.split(' ') {
        if column + 1 + word.width() > 98 {
            text.push_str("\n ");
            column = 1;
        }
        text.push(' ');
        text.push_str(word);
        column += 1 + word.width();
    }
    text.push('\n');
    text
}

fn rows(versus: &Versus) -> String {
    let mut lines: Vec<[String; 5]> =
        vec![["", "A", "now", "difference", "pairing made it"].map(String::from)];
    for (metric, label) in SHOWN {
        let Some(d) = fleet(versus, metric) else { continue };
        let value = |v: Option<f64>| v.map_or("none seen".into(), |v| human::value(d.unit, v));
        let difference = match (d.value, d.ci_low.zip(d.ci_high)) {
            (Some(v), None) => format!("{}, no interval", human::signed(d.unit, v)),
            (Some(v), ends) => human::difference(d.unit, v, ends),
            _ => "-".to_string(),
        };
        let narrowed =
            d.narrowed.map_or(String::new(), |n| format!("{} x narrower", human::digits(n)));
        lines.push([label.to_string(), value(d.a.value), value(d.b.value), difference, narrowed]);
    }
    let width = |c: usize| lines.iter().map(|l| l[c].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths);
        let row: String =
            cells.map(|(cell, w)| format!("  {cell}{}", " ".repeat(w - cell.width()))).collect();
        text += row.trim_end();
        text.push('\n');
    }
    text
}

fn fleet<'a>(versus: &'a Versus, metric: &str) -> Option<&'a Difference> {
    versus.differences.iter().find(|d| d.scope == Kind::Fleet && d.metric == metric)
}

/// Causes and phases whose downtime changed most.
fn changed(versus: &Versus) -> String {
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
            text +=
                &format!("  {what} that changed most, a server and year: {}\n", words.join(", "));
        }
    }
    text
}

/// How much more downtime a server and year the fleet has than that of A, in seconds.
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
            format!(
                "{letter} has {} {word} downtime a server and year than A: with 95 % confidence \
                 between {} and {}. {limits}",
                human::time(v.abs()),
                human::time(least),
                human::time(most)
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
                    human::count(needed as u64 + 1)
                )
            } else {
                String::new()
            };
            format!(
                "It cannot be said whether {letter} or A has less downtime: {letter} may have up to {} \
                 less or up to {} more a server and year. That is no proof that they are equal.{more}",
                human::time((-low).max(0.0)),
                human::time(high.max(0.0))
            )
        }
        (Some(v), ..) => format!(
            "{letter} has {} {} downtime a server and year than A in what was played; without an \
             interval nothing follows from it. Use more replications.",
            human::time(v.abs()),
            if v < 0.0 { "less" } else { "more" }
        ),
        _ => "Nothing can be concluded: no downtime was seen in one of them.".to_string(),
    }
}
