//! An estimate in words, the same wherever it is shown: its value alone, its value beside its interval,
//! and what is known where nothing was seen or the end of the play hides it.

use super::bound::{Side, bound};
use super::human::{about, count, plural, together, together_open};
use crate::measure::Estimate;
use crate::scenario::MOST_REPLICATIONS;

/// What to know about the bound of what was never seen: replications are its units.
pub const FALLS: &str = "ten times the replications bring that to a tenth";

/// A share that is only known to be less than this may be all.
const ALL: f64 = 0.995;

/// What an estimate is said from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// Unit of all numbers.
    pub unit: &'a str,
    /// The estimate.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// What it exceeds, where that is all that is known of it.
    pub exceeds: Option<f64>,
    /// Whether it is more than all that has an end: what it is of was lost for good.
    pub endless: bool,
}

/// An interval in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ends {
    /// From here to there.
    Both(String, String),
    /// It is more than that; nothing else is known.
    More(String),
    /// It is less than that; nothing else is known.
    Less(String),
    /// Nothing was seen: it is more than that.
    UnseenMore(String),
    /// Nothing was seen: it is less than that.
    UnseenLess(String),
    /// It is a point: there is no spread.
    Point,
    /// There is none.
    None,
}

impl<'a> Said<'a> {
    /// Of an estimate.
    pub fn of(e: &'a Estimate) -> Said<'a> {
        let Estimate { unit, value, ci_low: low, ci_high: high, .. } = *e;
        Said { unit, value, low, high, exceeds: e.at_least(), endless: e.is_endless() }
    }

    /// Of growing quantiles: a bound is no less than what is known of those before it.
    pub fn rising<const N: usize>(mut all: [Said<'a>; N]) -> [Said<'a>; N] {
        let (mut least, mut endless) = (f64::NEG_INFINITY, false);
        for said in &mut all {
            said.exceeds = said.exceeds.map(|v| v.max(least));
            least = said.exceeds.or(said.value).unwrap_or(least).max(least);
            endless |= said.endless;
            said.endless = endless;
        }
        all
    }

    fn one(&self, v: f64) -> String {
        let [text] = together(self.unit, [v]);
        text
    }

    /// What it is surely more than.
    fn more(&self) -> Option<f64> {
        let unseen = || self.low.filter(|low| self.value.is_none() && *low > 0.0);
        self.exceeds.or_else(unseen)
    }

    /// Whether a bound is beyond what can be: so few replications bound nothing.
    fn is_pointless(&self, high: f64) -> bool {
        match self.unit {
            "s/y" => high > 365.0 * 86_400.0,
            "min/y" => high > 365.0 * 1_440.0,
            "share" => high > ALL,
            _ => !high.is_finite(),
        }
    }

    /// The value alone; a bound where nothing was seen; none where nothing is known.
    pub fn short(&self) -> Option<String> {
        if self.endless {
            return Some("never".to_string());
        }
        match (self.more(), self.value, self.high) {
            (Some(more), ..) => Some(format!("> {}", bound(self.unit, more, Side::More))),
            (_, Some(v), _) => Some(self.one(v)),
            (.., Some(high)) if !self.is_pointless(high) => {
                Some(format!("< {}", bound(self.unit, high, Side::Less)))
            }
            _ => None,
        }
    }

    /// The value and both ends of its interval; one that is open is said like the other.
    fn three(&self) -> Option<[String; 3]> {
        let v = self.value.filter(|_| self.exceeds.is_none() && !self.endless)?;
        Some(together_open(self.unit, v, (self.low, self.high)))
    }

    /// The value as it is said beside its interval.
    pub fn beside(&self) -> Option<String> {
        self.three().map_or_else(|| self.short(), |[v, ..]| Some(v))
    }

    /// The interval.
    pub fn ends(&self) -> Ends {
        match (self.three(), self.low, self.high) {
            (Some(_), Some(low), Some(high)) if low == high => Ends::Point,
            (Some([_, low, high]), Some(_), Some(_)) => Ends::Both(low, high),
            (Some([_, low, _]), Some(_), None) => Ends::More(low),
            (Some([.., high]), None, Some(_)) => Ends::Less(high),
            (Some(_), ..) => Ends::None,
            _ if self.exceeds.is_some() => Ends::None,
            (_, Some(low), _) if low > 0.0 => Ends::UnseenMore(bound(self.unit, low, Side::More)),
            (.., Some(high)) if !self.is_pointless(high) => {
                Ends::UnseenLess(bound(self.unit, high, Side::Less))
            }
            _ => Ends::None,
        }
    }
}

/// What would decide an open question, in words; none where that is not known.
pub fn deciding(replications: Option<u64>) -> Option<String> {
    let n = replications?;
    Some(match n > u64::from(MOST_REPLICATIONS) {
        true => {
            format!("not even {} replications would decide it", count(MOST_REPLICATIONS.into()))
        }
        false => format!("about {} would decide it", plural(about(n), "replication")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_and_its_interval_are_said_in_one_unit() {
        let said = Said {
            unit: "s",
            value: Some(89.0),
            low: Some(88.0),
            high: Some(90.0),
            ..Said::default()
        };
        assert_eq!(said.beside().as_deref(), Some("89 s"));
        assert_eq!(said.ends(), Ends::Both("88 s".into(), "90 s".into()));
        let point = Said { low: Some(89.0), high: Some(89.0), ..said };
        assert_eq!((point.beside().as_deref(), point.ends()), (Some("89 s"), Ends::Point));
        let open = Said { high: None, low: Some(40.0), value: Some(96.0), ..said };
        assert_eq!(open.ends(), Ends::More("0.67 min".into()));
    }

    #[test]
    fn what_would_decide_is_within_what_can_be_played() {
        assert_eq!(deciding(None), None);
        assert_eq!(deciding(Some(1_200)).unwrap(), "about 1,200 replications would decide it");
        assert_eq!(deciding(Some(539)).unwrap(), "about 540 replications would decide it");
        let said = deciding(Some(122_064_601)).unwrap();
        assert_eq!(said, "not even 10,000,000 replications would decide it");
    }

    #[test]
    fn what_is_not_known_is_a_bound() {
        let cut = Said { unit: "s", exceeds: Some(172_800.0), ..Said::default() };
        assert_eq!((cut.short().as_deref(), cut.ends()), (Some("> 2 days"), Ends::None));
        let unseen = Said { unit: "s/y", low: Some(0.0), high: Some(60.0), ..Said::default() };
        assert_eq!(unseen.short().as_deref(), Some("< 60 s"));
        assert_eq!(unseen.ends(), Ends::UnseenLess("60 s".into()));
        let pointless = Said { high: Some(1e9), ..unseen };
        assert_eq!((pointless.short(), pointless.ends()), (None, Ends::None));
        let pointless = Said { unit: "share", high: Some(0.999), ..unseen };
        assert_eq!((pointless.short(), pointless.ends()), (None, Ends::None));
        let up = Said { unit: "share", low: Some(0.999), high: Some(1.0), ..Said::default() };
        assert_eq!(up.short().as_deref(), Some("> 99.90 %"));
        assert_eq!(Said::default().short(), None);
        let cut = |least: f64| Said { exceeds: Some(least), ..cut };
        let lost = Said { endless: true, ..cut(1.0) };
        let said = Said::rising([cut(500.0), cut(400.0), cut(900.0), lost]).map(|s| s.short());
        assert_eq!(said.map(Option::unwrap), ["> 8.3 min", "> 8.3 min", "> 15 min", "never"]);
    }
}
