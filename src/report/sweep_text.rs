//! A sweep on the terminal: a line a point with the numbers that most people look for.

use super::SWEEP;
use super::aligned::{Room, aligned, folded_lines};
use super::human;
use super::said::{Ends, Said};
use super::sweep::SweepAbout;
use super::text::short;
use crate::experiment::Outcome;
use crate::measure::Kind;
use crate::scenario::plain;

/// Most points that are shown.
const MOST: usize = 60;

/// The line of one point: what [`sweep_summary`] puts in columns.
pub fn cells(outcome: &Outcome) -> [String; 4] {
    let of = |metric: &str| outcome.estimate(Kind::Fleet, "fleet", metric);
    let value = |metric: &str| short(of(metric));
    let availability = match of("availability").map(Said::of).map(|said| (said, said.ends())) {
        Some((said, Ends::Both(low, high))) => {
            format!("{} ({low} to {high})", said.beside().unwrap_or_default())
        }
        _ => value("availability"),
    };
    [
        availability,
        value("downtime_per_server_year"),
        value("recovery_time_p95"),
        value("sla_minutes_per_server_year"),
    ]
}

/// The table, within the columns of a terminal: point, axes, availability, downtime, recovery time, SLA
/// minutes of the fleet.
pub fn sweep_summary(about: &SweepAbout, lines: &[[String; 4]], room: Room) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut head = vec!["point".to_string()];
    head.extend(about.axes.iter().cloned());
    let names = ["availability", "down", "recovery p95", "SLA down"];
    head.extend(names.map(String::from));
    rows.push(head);
    for (index, (values, line)) in about.points.iter().zip(lines).enumerate().take(MOST) {
        let mut row = vec![(index + 1).to_string()];
        row.extend(values.iter().map(|v| plain(v)));
        row.extend(line.iter().cloned());
        rows.push(row);
    }
    let n = lines.len();
    let first = format!(
        "{}: {}, {}; whole fleet, intervals of 95 %",
        about.name,
        human::plural(n as u64, "point"),
        about.seeds()
    );
    let mut text = folded_lines(&first, room) + "Down and SLA down: per server and year.\n\n";
    let measured = about.axes.len() + 1;
    let dispensable: [&[usize]; 3] = [&[measured + 1], &[measured + 2], &[measured + 3]];
    text += &aligned(&rows, room, &dispensable).told(SWEEP);
    if n > MOST {
        text += &format!("  ... and {} more in sweep.csv\n", n - MOST);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{played, scenario};

    #[test]
    fn bounds_are_shown_where_there_is_no_value() {
        let quiet = "name = 'q'\nduration = '30d'\n[replications]\ncount = 10\n[[region]]\n\
                     name = 'r'\n[[servers]]\ngroup = 'g'\ncount = 10\n";
        let cells = |text: &str| cells(&played(&scenario(text), 1));
        let none_seen = cells(quiet);
        assert!(none_seen[0].starts_with("> ") && none_seen[0].ends_with(" %"), "{none_seen:?}");
        assert!(none_seen[1].starts_with("< ") && none_seen[3].starts_with("< "), "{none_seen:?}");
        assert_eq!(none_seen[2], "-", "no incident has no length");
        let cut = "[[inject]]\nat = '28d'\nfault = 'zone_outage'\nzone = 1\nlasts = '20d'\n";
        assert_eq!(cells(&format!("{quiet}{cut}"))[2], "> 47 h");
    }
}
