//! What cannot happen in a scope, whatever is played: it is 0 for certain, and not a bound.

use super::book::Parts;
use super::estimate::{Estimate, View};
use super::tally::count;

impl View<'_> {
    /// Whether a counter can only be 0: time without the standby that nobody bought, and time of servers
    /// without one where all bought one.
    fn is_impossible(&self, k: usize) -> bool {
        let wanted = match k {
            count::UNPROTECTED => false,
            count::AT_RISK_STANDBY => true,
            _ => return false,
        };
        let standby = |group: usize| self.book.contracts[group].standby;
        let group = |class: &u32| self.book.classes[*class as usize].group;
        match &self.scope.parts {
            Parts::Classes(classes) => classes.iter().all(|c| standby(group(c)) != wanted),
            Parts::Cause(_) => {
                let own = self.book.groups.iter().enumerate().filter(|(_, g)| !g.hidden);
                own.map(|(index, _)| index).all(|index| standby(index) != wanted)
            }
            Parts::Service(_) => false,
        }
    }

    /// Makes an estimate of what cannot happen; returns whether it is one.
    pub(super) fn impossible(&self, row: &mut Estimate, k: usize) -> bool {
        if !self.is_impossible(k) {
            return false;
        }
        (row.value, row.std_error, row.plain) = (Some(0.0), Some(0.0), Some(0.0));
        (row.ci_low, row.ci_high) = (Some(0.0), Some(0.0));
        row.method = "cannot happen here".to_string();
        true
    }
}
