//! Estimates of what lies in the tail: quantiles, largest values, peaks.

use super::estimate::{Estimate, View, of_strata};
use super::few::few;
use super::hist::{Hist, JOINED, LOST, bounds};
use super::metric::Of;
use super::moments::{Moments, Ratio};
use super::point::{exceeded, flipped, unit};
use super::quantile::Curve;
use super::share;
use super::skewed::mark;
use super::special::t_factor;
use super::tally::count;
use super::total::OFS;
use super::unseen::{self, Spoils};

/// Said in the method of a largest value of which more is not known.
pub const MORE_THAN_THIS: &str = "more than this";
/// Said in the method, after their number, of values that the end of the play cut.
pub const CENSORED: &str = "censored";
/// Said in the method of a largest value where something was lost for good.
pub const NEVER_ENDED: &str = "some never ended";
/// Said in the method of a quantile of which it is sure that it is of what was lost for good.
pub const NEVER_ENDS: &str = "for certain it never ends";

/// How many values are cut or have no end, in words.
fn cut_words(hists: &[(f64, Hist)]) -> String {
    let sum = |part: fn(&Hist) -> u64| hists.iter().map(|h| part(&h.1)).sum::<u64>();
    let lost = sum(Hist::lost);
    let cut = sum(Hist::censored_count) - lost;
    let words = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!(", {count} {what}"),
    };
    words(cut, CENSORED) + &words(lost, "lost for good")
}

impl View<'_> {
    pub(super) fn quantile(&self, row: &mut Estimate, of: Of, p: f64) {
        let (hists, curve) = (self.hists(of), self.curve(of));
        let q = flipped(of, p);
        let seen: u64 = hists.iter().map(|h| h.1.count()).sum();
        if hists.iter().all(|h| h.1.is_empty()) {
            row.method = "nothing to measure".to_string();
            return;
        }
        let how = if of == Of::Recovery { "Kaplan-Meier" } else { "empirical" };
        row.method = format!("{how}{}", cut_words(hists));
        let Some(value) = curve.quantile(q) else {
            row.method += "; the quantile is hidden by censoring";
            self.hide(row, of, p);
            return;
        };
        row.value = Some(unit(of, value));
        row.plain = row.value;
        let by = if of == Of::Worst { count::WORST } else { count::UNPLANNED };
        few(row, (seen as f64).min(self.strikes(by)));
        if let Some((error, df)) = self.spread(of, q, curve) {
            let (low, high, n) = share::around(q, error, df, seen as f64);
            row.method += "; interval: Woodruff, clustered by replication";
            // Where in a bucket a value lies is not known: an end lies at that of its bucket.
            let step = |at: Option<f64>| at.and_then(|at| curve.step(at));
            let low = step(low).map(|step| unit(of, step.low));
            let high = step(high).map(|step| unit(of, step.high));
            if low.is_none() || high.is_none() {
                row.method += &format!("; one end lies beyond what {n:.0} effective values show");
            }
            (row.ci_low, row.ci_high) = if of == Of::Worst { (high, low) } else { (low, high) };
        } else {
            self.why_no_interval(row, true);
        }
    }

    /// A quantile that censoring hides: it has a lower end only.
    fn hide(&self, row: &mut Estimate, of: Of, p: f64) {
        let hists: Vec<(f64, &Hist)> = self.hists(of).iter().map(|(w, h)| (*w, h)).collect();
        let mut least = exceeded(of, p, &hists);
        if let Some(bucket) = self.outlasting(of, flipped(of, p)) {
            // What never ends is longer than the longest that was seen.
            let longest = hists.iter().map(|h| h.1.max().max(h.1.censored_max())).max();
            let end = if bucket == LOST { u64::MAX } else { bounds(bucket.into()).0 };
            row.ci_low = Some(unit(of, end.min(longest.unwrap_or(0)) as f64));
            row.method += "; lower end: as many outlast it for certain";
            if bucket == LOST {
                (least, row.endless) = (f64::INFINITY, true);
                row.method += &format!("; {NEVER_ENDS}");
            }
        } else {
            self.why_no_interval(row, false);
        }
        row.hidden = Some((least, f64::INFINITY));
    }

    /// The last bucket with values up to whose start a share of values surely is not over. The spread of a
    /// share is known where a bin starts: only the first bucket of a bin that has values is asked.
    fn outlasting(&self, of: Of, share: f64) -> Option<u16> {
        let censored = self.hists(of).iter().flat_map(|h| h.1.censored());
        let mut cut: Vec<u16> = censored.map(|c| c.0).collect();
        cut.sort_unstable();
        let ended = self.curve(of).steps.iter().filter_map(|s| s.bucket);
        let mut ended: Vec<u16> = ended.map(|b| b as u16).collect();
        let bin = |bucket: u16| usize::from(bucket) / JOINED;
        let mut firsts = [&cut[..], &ended].concat();
        firsts.sort_unstable();
        firsts.dedup_by_key(|bucket| bin(*bucket));
        for list in [&mut cut, &mut ended] {
            let first = |bucket: u16| firsts[firsts.partition_point(|f| bin(*f) < bin(bucket))];
            list.iter_mut().for_each(|bucket| *bucket = first(*bucket));
            list.dedup();
        }
        let over = |bucket: u16| self.over_by(of, bucket).is_some_and(|most| most < share);
        let cut = cut.into_iter().rev().find(|&bucket| over(bucket));
        // Few are cut or lost, but more may have an end that is late: the share that is over rises.
        let ended = &ended[ended.partition_point(|b| Some(*b) <= cut)..];
        let sure = ended.partition_point(|&bucket| over(bucket));
        sure.checked_sub(1).map(|last| ended[last]).or(cut)
    }

    /// The upper end for the share of values that are over before the first bucket with values of a bin.
    fn over_by(&self, of: Of, bucket: u16) -> Option<f64> {
        let strata = self.book.strata.iter().zip(&self.total.strata);
        let strata = strata.filter(|(_, s)| s.replications > 0);
        if strata.clone().any(|(_, s)| s.replications < 2) {
            return None;
        }
        let known: Vec<f64> = self
            .hists(of)
            .iter()
            .map(|(_, h)| {
                let cut = h.censored().iter().filter(|c| c.0 < bucket).map(|c| c.1).sum::<u64>();
                (h.count() + h.censored_count() - cut) as f64
            })
            .collect();
        let steps = &self.curve(of).steps;
        let before = steps.partition_point(|s| s.bucket.is_none_or(|b| b < bucket.into()));
        let share = before.checked_sub(1).map_or(0.0, |last| steps[last].upto);
        if share <= 0.0 {
            let all: f64 = strata.clone().map(|(w, _)| w).sum();
            let played = strata.zip(known).map(|((w, s), n)| (w / all, s.replications as f64, n));
            let played: Vec<_> = played.collect();
            let spoils = if of == Of::Worst { Spoils::Own } else { self.book.spoils(self.index) };
            let part = self.book.part(self.index, self.book.reach);
            return Some(unseen::share(&played, &part, spoils));
        }
        let known: f64 = known.iter().sum();
        let bin = (usize::from(bucket) / JOINED).checked_sub(1);
        let (error, _, df) = self.spread_at(of, bin)?;
        let factor = t_factor((known - 1.0).max(1.0)) / t_factor(df.max(1.0));
        let n = (share * (1.0 - share) / (error * error) * factor * factor).min(known).max(1.0);
        Some(share::exact(share * n, n).1)
    }

    /// The distribution function.
    pub(super) fn curve(&self, of: Of) -> &Curve {
        self.curves[of as usize].get_or_init(|| {
            let hists = self.hists(of).iter();
            let weighted: Vec<(f64, &Hist)> = hists.map(|(w, h)| (*w, h)).collect();
            Curve::of(&weighted)
        })
    }

    /// Histograms by stratum, weighted so that replications of a stratum share its probability.
    fn hists(&self, of: Of) -> &[(f64, Hist)] {
        self.hists[of as usize].get_or_init(|| {
            let strata = self.book.strata.iter().zip(&self.total.strata);
            let seen = strata.filter(|(_, s)| s.replications > 0);
            seen.map(|(w, s)| (w / s.replications as f64, s.hist(&self.scope.parts, of))).collect()
        })
    }

    /// Standard error of the distribution function at its quantile, and degrees of freedom.
    fn spread(&self, of: Of, q: f64, curve: &Curve) -> Option<(f64, f64)> {
        let bin = curve.step(q).and_then(|step| step.bucket).map(|b| b / JOINED);
        let at = |bin: Option<usize>| self.spread_at(of, bin);
        let (upper, share, df) = at(bin)?;
        let Some(previous) = bin.map(|b| b.checked_sub(1)) else { return Some((upper, df)) };
        let (lower, before, _) = at(previous)?;
        // Between the ends of the bin by how far the quantile is inside.
        let part =
            if share > before { ((q - before) / (share - before)).clamp(0.0, 1.0) } else { 1.0 };
        Some((lower + (upper - lower) * part, df))
    }

    /// The same at the end of a bin; with the share of values up to it.
    fn spread_at(&self, of: Of, bin: Option<usize>) -> Option<(f64, f64, f64)> {
        let kind = OFS.iter().position(|&o| o == of)?;
        let upto = bin.map_or(0, |b| (b + 1) * JOINED);
        let strata: Vec<_> = self
            .book
            .strata
            .iter()
            .zip(&self.total.strata)
            .filter(|(_, s)| s.replications > 0)
            .zip(self.hists(of))
            .map(|((&w, s), (_, hist))| {
                let mut below = 0;
                hist.touched(|bucket, count| below += if bucket < upto { count } else { 0 });
                let hidden: u64 =
                    hist.censored().iter().filter(|c| usize::from(c.0) < upto).map(|c| c.1).sum();
                let known = hist.count() + hist.censored_count() - hidden;
                (w, s, u128::from(hist.zeros() + below), u128::from(known))
            })
            .collect();
        let means: Vec<(f64, u64, f64, f64)> = strata
            .iter()
            .map(|(w, s, a, n)| {
                let units = s.replications as f64;
                (*w, s.replications, *a as f64 / units, *n as f64 / units)
            })
            .collect();
        let ratio = Ratio::of(&means, |i, share| {
            let (_, s, a, n) = strata[i];
            s.spreads[self.index][kind].residual(bin, s.replications, (a, n), share)
        })
        .allowing(&means, |i| {
            let (_, s, ..) = strata[i];
            s.spreads[self.index][kind].square(bin, s.replications)
        });
        Some((ratio.error?, ratio.value()?, ratio.df))
    }

    pub(super) fn max(&self, row: &mut Estimate, of: Of) {
        let hists = self.hists(of);
        if hists.iter().all(|h| h.1.is_empty()) {
            row.method = "nothing to measure".to_string();
            return;
        }
        let max = hists.iter().map(|h| h.1.max()).max().unwrap_or(0);
        let cut = hists.iter().map(|h| h.1.censored_max()).max().unwrap_or(0);
        row.value = Some(unit(of, max.max(cut) as f64));
        let lost = hists.iter().any(|h| h.1.lost() > 0);
        let why = match (lost, cut > max) {
            (true, _) => format!(", {NEVER_ENDED}: {MORE_THAN_THIS}"),
            (false, true) => format!(", cut by the horizon: {MORE_THAN_THIS}"),
            (false, false) => String::new(),
        };
        row.method = format!("largest seen{why}{}; no interval", cut_words(hists));
        if why.is_empty() {
            row.plain = row.value;
        } else {
            let least = if lost { Some(f64::INFINITY) } else { row.value };
            row.hidden = least.map(|least| (least, f64::INFINITY));
        }
    }

    pub(super) fn peak(&self, row: &mut Estimate, k: usize) {
        if !self.book.wants.peaks {
            row.method = "not kept".to_string();
            return;
        }
        let which = k - count::PEAK_DOWN;
        let largest = self.total.strata.iter().map(|s| s.peaks[which]).max().unwrap_or(0);
        let how = if self.book.cells == 1 { "exact" } else { "at grid instants" };
        // A peak is of a whole replication, also where cells are the units of all else.
        let units = of_strata(self.total, self.book, self.index);
        let ratio = Ratio::of_counter(&units, k);
        let Some(value) = ratio.value() else { return };
        row.plain = Some(value);
        row.method = format!("mean over replications of the peak, {how}; largest {largest}");
        if largest == 0 {
            row.ci_low = Some(0.0);
            row.method = format!("never above 0 in {} replications, {how}", row.replications);
            return;
        }
        row.value = Some(value);
        if let (Some(error), Some((low, high))) = (ratio.error, ratio.ends()) {
            row.std_error = Some(error);
            (row.ci_low, row.ci_high) = (Some(low), Some(high));
        }
        mark(row, &ratio, ratio.events());
        if row.ci_low.is_none() && row.ci_high.is_none() {
            self.why_no_interval(row, false);
        }
        if ratio.error == Some(0.0) && self.book.on.contains(&true) {
            // A whole number is often the same in all that was played, for higher ones are rare.
            let other = others(&units);
            let most = self.book.highest[which] as f64;
            let more = if units.len() == 1 { most - value } else { most };
            row.std_error = None;
            row.ci_low = Some((value - other * largest as f64).max(0.0));
            row.ci_high = Some((value + other * more.max(0.0)).min(most.max(value)));
            row.method += "; the same in each: rule of three, as if the others had none or all";
        }
    }
}

/// Upper bound (95 %) of the share of replications that are not like those of their stratum, which are alike.
fn others(units: &[(f64, &Moments)]) -> f64 {
    let seen = || units.iter().filter(|(_, m)| m.units > 0);
    let all: f64 = seen().map(|(w, _)| w).sum();
    let strata: Vec<(f64, f64)> = seen().map(|(w, m)| (w / all, m.units as f64)).collect();
    unseen::none_seen(&strata)
}
