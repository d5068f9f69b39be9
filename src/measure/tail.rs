//! Estimates of what lies in the tail: quantiles, largest values, peaks.

use super::estimate::{Estimate, View};
use super::few::few;
use super::hist::{Hist, JOINED};
use super::metric::Of;
use super::moments::Ratio;
use super::point::{flipped, unit};
use super::quantile::Curve;
use super::share;
use super::special::t_factor;
use super::tally::count;
use super::total::OFS;

impl View<'_> {
    pub(super) fn quantile(&self, row: &mut Estimate, of: Of, p: f64) {
        let (hists, curve) = (self.hists(of), self.curve(of));
        let q = flipped(of, p);
        let seen: u64 = hists.iter().map(|h| h.1.count()).sum();
        let censored: u64 = hists.iter().map(|h| h.1.censored_count()).sum();
        if curve.is_empty() {
            row.method = "nothing to measure".to_string();
            return;
        }
        row.method = match (of, censored) {
            (Of::Recovery, 0) => "Kaplan-Meier".to_string(),
            (Of::Recovery, _) => format!("Kaplan-Meier, {censored} censored"),
            _ => "empirical".to_string(),
        };
        let Some(value) = curve.quantile(q) else {
            let longest = hists.iter().map(|h| h.1.max().max(h.1.censored_max())).max();
            row.hidden = longest.map(|longest| (unit(of, longest as f64), f64::INFINITY));
            row.method += "; the quantile is hidden by censoring";
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
            self.unit_note_for_quantile(row);
        }
    }

    fn unit_note_for_quantile(&self, row: &mut Estimate) {
        self.why_no_interval(row);
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
        });
        Some((ratio.error?, ratio.value()?, ratio.df))
    }

    pub(super) fn max(&self, row: &mut Estimate, of: Of) {
        let hists = self.hists(of);
        let max = hists.iter().map(|h| h.1.max()).max().unwrap_or(0);
        let cut = hists.iter().map(|h| h.1.censored_max()).max().unwrap_or(0);
        if hists.iter().all(|h| h.1.is_empty()) {
            row.method = "nothing to measure".to_string();
            return;
        }
        row.value = Some(unit(of, max.max(cut) as f64));
        row.method = if cut > max {
            row.hidden = row.value.map(|value| (value, f64::INFINITY));
            "largest seen, cut by the horizon: more than this; no interval".to_string()
        } else {
            row.plain = row.value;
            "largest seen; no interval".to_string()
        };
    }

    pub(super) fn peak(&self, row: &mut Estimate, k: usize) {
        if !self.book.wants.peaks {
            row.method = "not kept".to_string();
            return;
        }
        let which = k - count::PEAK_DOWN;
        let largest = self.total.strata.iter().map(|s| s.peaks[which]).max().unwrap_or(0);
        let how = if self.book.cells == 1 { "exact" } else { "at grid instants" };
        let ratio = Ratio::of_counter(&self.units, k);
        let Some(value) = ratio.value() else { return };
        row.plain = Some(value);
        row.method = format!("mean over replications of the peak, {how}; largest {largest}");
        if largest == 0 {
            row.ci_low = Some(0.0);
            row.method = format!("never above 0 in {} replications, {how}", row.replications);
            return;
        }
        row.value = Some(value);
        if let Some(error) = ratio.error {
            let reach = t_factor(ratio.df.max(1.0)) * error;
            row.std_error = Some(error);
            (row.ci_low, row.ci_high) = (Some((value - reach).max(0.0)), Some(value + reach));
        }
        self.unit_note(row);
    }
}
