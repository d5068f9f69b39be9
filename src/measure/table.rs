//! Tables beside the estimates: servers, phases, recovery paths, distributions. Plain data.

use super::book::Book;
use super::hist::Hist;
use super::metric::Of;
use super::metric::YEAR;
use super::point::unit;
use super::quantile::Curve;
use super::sums::SumReader;
use super::tally::{ONE_SHARE, count};
use super::total::{Stratum, Total};
use crate::model::record::{Phase, RecoveryPath};
use std::io;

/// A server over all replications.
#[derive(Clone, PartialEq, Debug)]
pub struct ServerRow {
    /// Index of its group.
    pub group: usize,
    /// Its number in the group, from 0.
    pub number: u32,
    /// Index of its region.
    pub region: usize,
    /// Zone where it starts, from 0.
    pub zone: u32,
    /// Serving over agreed time; `None` if it was never there.
    pub availability: Option<f64>,
    /// Incidents a year.
    pub incidents_per_year: f64,
    /// Availability of its worst whole month, mean over replications that have one; `None` without.
    pub worst_month: Option<f64>,
    /// Mean over replications of its months below the target.
    pub sla_breaches: f64,
}

/// Weight of one replication of each stratum that has some: probability over replications.
fn weights<'a>(total: &'a Total, book: &'a Book) -> Vec<(f64, &'a Stratum)> {
    let seen = book.strata.iter().zip(&total.strata).filter(|(_, s)| s.replications > 0);
    let seen: Vec<(f64, &Stratum)> = seen.map(|(&w, s)| (w, s)).collect();
    let all: f64 = seen.iter().map(|s| s.0).sum();
    seen.into_iter().map(|(w, s)| (w / all / s.replications as f64, s)).collect()
}

/// Every server, by group and number; empty unless servers were wanted.
///
/// # Errors
/// The sums of a large fleet are in a file that cannot be read again.
pub fn servers<'a>(
    total: &'a Total,
    book: &'a Book,
) -> impl Iterator<Item = io::Result<ServerRow>> + 'a {
    let strata = weights(total, book);
    let kept = strata.iter().any(|(_, s)| !s.servers.is_empty());
    let mut strata: Vec<(f64, &Stratum, SumReader<'_>)> =
        strata.into_iter().map(|(w, s)| (w, s, SumReader::new(&s.servers))).collect();
    let groups = book.groups.iter().enumerate().filter(move |(_, g)| kept && !g.hidden);
    let places = groups.flat_map(|(group, facts)| (0..facts.count).map(move |n| (group, facts, n)));
    places.map(move |(group, facts, number)| {
        let at = facts.first + number;
        let (mut down, mut off, mut worst, mut incidents, mut breaches) = (0.0, 0.0, 0.0, 0.0, 0.0);
        // Share of the replications in which it had a whole month, and how many these are.
        let (mut with_months, mut seen) = (1.0, 0);
        for (w, stratum, sums) in &mut strata {
            if let Some(sum) = sums.get(at as usize)? {
                down += *w * sum.down as f64;
                worst += *w * sum.worst as f64;
                incidents += *w * sum.incidents as f64;
                breaches += *w * sum.breaches as f64;
            }
            off += *w * stratum.off.get(&at).map_or(0.0, |&off| off as f64);
            let monthless = stratum.monthless.get(&at).copied().unwrap_or(0);
            with_months -= *w * monthless as f64;
            seen += stratum.replications - monthless;
        }
        let agreed = book.horizon.0 as f64 - off;
        let whole = book.minutes.whole_months > 0 && seen > 0;
        let zones = book.regions[facts.region].1;
        Ok(ServerRow {
            group,
            number,
            region: facts.region,
            zone: facts.zone.unwrap_or(number % zones),
            availability: (agreed > 0.0).then(|| 1.0 - down / agreed),
            incidents_per_year: if agreed > 0.0 { incidents / agreed * YEAR } else { 0.0 },
            // Of weights that make no whole one, rounding may leave a little more or less.
            worst_month: whole
                .then(|| (1.0 - worst / ONE_SHARE as f64 / with_months).clamp(0.0, 1.0)),
            sla_breaches: breaches,
        })
    })
}

/// Downtime of a scope by phase, seconds per server and year, in the order of `Phase::ALL`. For a
/// cause it is the time charged to it.
pub fn phases(total: &Total, book: &Book, scope: usize) -> Vec<(Phase, f64)> {
    let mut sums = vec![0.0; Phase::ALL.len()];
    let mut agreed = 0.0;
    for (w, stratum) in weights(total, book) {
        for pool in stratum.pools(&book.scopes[scope].parts) {
            for (sum, &phase) in sums.iter_mut().zip(&pool.phases) {
                *sum += w * phase as f64;
            }
        }
        agreed += w * stratum.moments.get(scope).map_or(0.0, |m| m.sum(count::AGREED) as f64);
    }
    let scale = if agreed > 0.0 { YEAR * 1e-6 / agreed } else { 0.0 };
    Phase::ALL.iter().zip(sums).map(|(&phase, sum)| (phase, sum * scale)).collect()
}

/// Incidents of a scope by recovery path, per server and year, in the order of `RecoveryPath::ALL`.
pub fn paths(total: &Total, book: &Book, scope: usize) -> Vec<(RecoveryPath, f64)> {
    let mut sums = vec![0.0; RecoveryPath::ALL.len()];
    let mut agreed = 0.0;
    for (w, stratum) in weights(total, book) {
        for pool in stratum.pools(&book.scopes[scope].parts) {
            for (sum, &path) in sums.iter_mut().zip(&pool.paths) {
                *sum += w * path as f64;
            }
        }
        agreed += w * stratum.moments.get(scope).map_or(0.0, |m| m.sum(count::AGREED) as f64);
    }
    let scale = if agreed > 0.0 { YEAR / agreed } else { 0.0 };
    RecoveryPath::ALL.iter().zip(sums).map(|(&path, sum)| (path, sum * scale)).collect()
}

/// One step of a distribution function in the metric's unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// Smallest and largest value of the step.
    pub from: f64,
    /// Largest value of the step.
    pub to: f64,
    /// Share of values up to its end.
    pub upto: f64,
}

/// The distribution of a scope's recovery times, loss windows (s) or worst months (share, from the
/// best down), after Kaplan–Meier.
pub fn distribution(total: &Total, book: &Book, scope: usize, of: Of) -> Vec<Point> {
    let parts = &book.scopes[scope].parts;
    let hists: Vec<(f64, Hist)> =
        weights(total, book).into_iter().map(|(w, s)| (w, s.hist(parts, of))).collect();
    points(&hists, of)
}

/// The distribution of the fleet's recovery times of one path, planned incidents too, and how many
/// such incidents were seen.
pub fn recovery_by_path(total: &Total, book: &Book, path: RecoveryPath) -> (Vec<Point>, u64) {
    let hists: Vec<(f64, Hist)> = weights(total, book)
        .into_iter()
        .filter_map(|(w, s)| Some((w, s.paths.get(path as usize)?.clone())))
        .collect();
    let seen = hists.iter().map(|h| h.1.count()).sum();
    (points(&hists, Of::Recovery), seen)
}

/// Mean seconds in each phase of the fleet's incidents that ended by a path, in the order of
/// `Phase::ALL`, and how many such incidents were seen.
pub fn phases_by_path(total: &Total, book: &Book, path: RecoveryPath) -> (Vec<(Phase, f64)>, u64) {
    let (mut sums, mut incidents, mut seen) = (vec![0.0; Phase::ALL.len()], 0.0, 0);
    for (w, stratum) in weights(total, book) {
        let count = stratum.paths.get(path as usize).map_or(0, Hist::count);
        seen += count;
        incidents += w * count as f64;
        for (sum, &phase) in
            sums.iter_mut().zip(stratum.path_phases.get(path as usize).into_iter().flatten())
        {
            *sum += w * phase as f64;
        }
    }
    let scale = if incidents > 0.0 { 1e-6 / incidents } else { 0.0 };
    (Phase::ALL.iter().zip(sums).map(|(&phase, sum)| (phase, sum * scale)).collect(), seen)
}

fn points(hists: &[(f64, Hist)], of: Of) -> Vec<Point> {
    let weighted: Vec<(f64, &Hist)> = hists.iter().map(|(w, h)| (*w, h)).collect();
    let point = |s: &super::quantile::Step| Point {
        from: unit(of, s.low),
        to: unit(of, s.high),
        upto: s.upto,
    };
    Curve::of(&weighted).steps.iter().map(point).collect()
}
