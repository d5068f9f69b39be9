//! A drill that is shorter than a year: what people read is told of the play, not stretched to a year.
//!
//! An outage of four hours that is played once in twelve hours is not to come 730 times a year. Tables keep
//! their metrics, which are all of a year; what a person reads first is this.

use crate::experiment::Outcome;
use crate::kernel::time::Span;
use crate::measure::{Estimate, Kind};
use serde_json::{Value, json};

/// Metrics of a year, and what stands for them: its name, its unit, and of what it counts.
const INSTEAD: [(&str, &str, &str, Each); 5] = [
    ("downtime_per_server_year", "downtime_per_server", "s", Each::Server),
    ("planned_downtime_per_server_year", "planned_downtime_per_server", "s", Each::Server),
    ("sla_minutes_per_server_year", "sla_minutes_per_server", "min", Each::Server),
    ("incidents_per_server_year", "incidents", "", Each::Fleet),
    ("loss_probability_per_year", "loss_share", "share", Each::Share),
];

/// Of what a number is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Each {
    /// A server.
    Server,
    /// All servers together.
    Fleet,
    /// The share of servers: it is no rate.
    Share,
}

/// Such a play.
#[derive(Clone, Debug)]
pub struct Play {
    /// How long it is: `12h`.
    pub length: String,
    /// The same in years.
    pub years: f64,
    /// What is estimated of it, under the names of [`name`].
    estimates: Vec<Estimate>,
}

/// What stands for a metric of a year.
pub fn name(metric: &str) -> Option<&'static str> {
    INSTEAD.iter().find(|i| i.0 == metric).map(|i| i.1)
}

impl Play {
    /// The play of an outcome, if it is a drill below a year.
    pub fn of(outcome: &Outcome) -> Option<Play> {
        if !outcome.is_short_drill() {
            return None;
        }
        let years = outcome.book.years();
        let one = |e: &Estimate| {
            let &(_, name, unit, each) = INSTEAD.iter().find(|i| i.0 == e.metric)?;
            if each == Each::Share {
                let same = |loss: &&Estimate| loss.scope == e.scope && loss.name == e.name;
                return outcome.losses_of_play.iter().find(same).cloned();
            }
            let factor = if each == Each::Fleet { servers(outcome, e) * years } else { years };
            let by = |v: Option<f64>| v.map(|v| v * factor);
            let mut e = e.clone();
            (e.metric, e.unit) = (name, unit);
            (e.value, e.std_error) = (by(e.value), by(e.std_error));
            (e.ci_low, e.ci_high) = (by(e.ci_low), by(e.ci_high));
            Some(e)
        };
        let estimates = outcome.estimates.iter().filter_map(one).collect();
        Some(Play { length: Span(outcome.horizon().0).to_string(), years, estimates })
    }

    /// What stands for a metric of a year in a scope.
    pub fn estimate(&self, kind: Kind, scope: &str, metric: &str) -> Option<&Estimate> {
        let name = name(metric)?;
        self.estimates.iter().find(|e| e.scope == kind && e.name == scope && e.metric == name)
    }

    /// What is told of the fleet, for programs and for the page.
    pub fn json(&self) -> Value {
        let fleet = self.estimates.iter().filter(|e| e.scope == Kind::Fleet);
        let one = |e: &Estimate| (e.metric.to_string(), super::summary_json::estimate(e));
        json!({ "length": self.length, "fleet": fleet.map(one).collect::<serde_json::Map<_, _>>() })
    }
}

/// Servers over which a rate is taken: of a cause all.
fn servers(outcome: &Outcome, e: &Estimate) -> f64 {
    let book = &outcome.book;
    let scope = (e.scope != Kind::Cause).then(|| book.scope(e.scope, &e.name)).flatten();
    scope.map_or(book.servers, |s| book.scopes[s].servers) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{played, scenario};

    fn drill(duration: &str) -> Outcome {
        let text = format!(
            "name = 'd'\nduration = '{duration}'\nfaults = 'none'\nmaintenance = 'off'\n[replications]\ncount = 4\n\
             [[region]]\nname = 'r'\n[[servers]]\ngroup = 'g'\ncount = 9\n\
             high_availability = 'none'\n[[inject]]\nat = '1h'\nfault = 'zone_outage'\nzone = 1\nlasts = '2h'\n\
             share = '100%'\n"
        );
        played(&scenario(&text), 1)
    }

    #[test]
    fn a_short_drill_is_told_of_itself() {
        let outcome = drill("12h");
        let play = Play::of(&outcome).expect("it is one");
        assert_eq!(play.length, "12h");
        let fleet = |metric: &str| play.estimate(Kind::Fleet, "fleet", metric).cloned();
        let incidents = fleet("incidents_per_server_year").expect("there").value.expect("seen");
        assert!(
            (incidents - 3.0).abs() < 1e-9,
            "a third of the servers is in the zone: {incidents}"
        );
        let down = fleet("downtime_per_server_year").expect("there").value.expect("seen");
        assert!((2_400.0..2_700.0).contains(&down), "a third of two hours and a bit: {down}");
        let lost = fleet("loss_probability_per_year").expect("there");
        // Nothing is lost: of four replications that is what 1 - 0.05^(1/4) says, a year or not.
        assert_eq!(lost.value, None);
        assert!((lost.ci_high.expect("a bound") - 0.527_13).abs() < 1e-5, "{lost:?}");
        assert_eq!(fleet("availability"), None);
        let json = play.json();
        assert_eq!(json["fleet"]["incidents"]["unit"], "");
        assert!(Play::of(&drill("2y")).is_none());
    }
}
