//! Distribution functions with censoring (Kaplan–Meier) and their quantiles.

use super::hist::{Hist, bounds};

/// One step of a distribution function.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Step {
    /// Bucket of the histogram; `None` for zeros.
    pub bucket: Option<usize>,
    /// Smallest value that can be in it: of the first and the last step, that was seen.
    pub low: f64,
    /// Largest value that can be in it; equal to `low` where all values are equal.
    pub high: f64,
    /// Share of values up to its end.
    pub upto: f64,
}

/// A distribution function by steps; between `low` and `high` of a step it rises evenly.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Curve {
    /// Steps by value.
    pub steps: Vec<Step>,
}

/// A bucket with weights.
#[derive(Clone, Copy, Debug)]
struct Weighed {
    bucket: usize,
    values: f64,
    /// The value, if all are equal.
    only: Option<u64>,
    censored: f64,
}

impl Weighed {
    /// Adds another one of the same bucket; always true.
    fn add(&mut self, other: &Weighed) -> bool {
        if self.values == 0.0 {
            self.only = other.only;
        } else if other.values > 0.0 && self.only != other.only {
            self.only = None;
        }
        self.values += other.values;
        self.censored += other.censored;
        true
    }
}

impl Curve {
    /// The Kaplan–Meier estimate of histograms with weights. A censored value is at risk up to and
    /// with its own bucket.
    pub fn of(parts: &[(f64, &Hist)]) -> Curve {
        let mut zeros = 0.0;
        let min = parts.iter().map(|p| p.1.min()).min().unwrap_or(0);
        let max = parts.iter().map(|p| p.1.max()).max().unwrap_or(0);
        let mut buckets: Vec<Weighed> = Vec::new();
        for &(weight, hist) in parts {
            zeros += weight * hist.zeros() as f64;
            buckets.extend(hist.slices().iter().map(|slice| Weighed {
                bucket: slice.bucket,
                values: weight * slice.count as f64,
                only: slice.only,
                censored: 0.0,
            }));
            buckets.extend(hist.censored().iter().map(|&(bucket, count)| Weighed {
                bucket: usize::from(bucket),
                values: 0.0,
                only: None,
                censored: weight * count as f64,
            }));
        }
        // Within a bucket in the order of the parts.
        buckets.sort_by_key(|b| b.bucket);
        buckets.dedup_by(|next, sum| next.bucket == sum.bucket && sum.add(next));
        let mut at_risk = zeros + buckets.iter().map(|b| b.values + b.censored).sum::<f64>();
        let mut curve = Curve::default();
        let mut survive = 1.0;
        if zeros > 0.0 {
            survive -= zeros / at_risk;
            at_risk -= zeros;
            curve.steps.push(Step { bucket: None, low: 0.0, high: 0.0, upto: 1.0 - survive });
        }
        let last = buckets.iter().rposition(|b| b.values > 0.0);
        for (index, &Weighed { bucket, values, only, censored }) in buckets.iter().enumerate() {
            if values > 0.0 {
                let past_all =
                    last == Some(index) && buckets[index..].iter().all(|b| b.censored == 0.0);
                survive = if past_all { 0.0 } else { survive * (1.0 - values / at_risk).max(0.0) };
                let (low, high) = match only {
                    Some(value) => (value as f64, value as f64),
                    None => {
                        let (low, end) = bounds(bucket);
                        // The last bucket takes all that is longer too.
                        let high = if max >= end && last == Some(index) { max } else { end };
                        (low.max(min) as f64, high.min(max) as f64)
                    }
                };
                curve.steps.push(Step { bucket: Some(bucket), low, high, upto: 1.0 - survive });
            }
            at_risk -= values + censored;
        }
        curve
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The mean; `None` where censoring or emptiness hides the longest values.
    pub fn mean(&self) -> Option<f64> {
        let whole = self.steps.last().is_some_and(|last| last.upto >= 1.0);
        let (mut before, mut sum) = (0.0, 0.0);
        for step in &self.steps {
            sum += (step.upto - before) * (step.low + step.high) / 2.0;
            before = step.upto;
        }
        whole.then_some(sum)
    }

    fn index(&self, p: f64) -> usize {
        self.steps.partition_point(|s| s.upto < p - 1e-12)
    }

    /// The step in which a quantile lies; `None` where censoring or emptiness hides it.
    pub fn step(&self, p: f64) -> Option<&Step> {
        self.steps.get(self.index(p))
    }

    /// The quantile; `None` where censoring or emptiness hides it.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let step = self.step(p)?;
        let before = self.index(p).checked_sub(1).map_or(0.0, |i| self.steps[i].upto);
        let part = if step.upto > before { (p - before) / (step.upto - before) } else { 1.0 };
        Some(step.low + (step.high - step.low) * part.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: &[u64], censored: &[u64]) -> Curve {
        let mut hist = Hist::default();
        values.iter().for_each(|&v| hist.add(v * 1_000_000));
        censored.iter().for_each(|&v| hist.add_censored(v * 1_000_000));
        Curve::of(&[(0.5, &hist)])
    }

    #[test]
    fn kaplan_meier_by_hand() {
        // Survival after 10: 3/4; after 20, with 15 gone: 3/4 x 1/2; after 30: 0.
        let shares = |c: &Curve| c.steps.iter().map(|s| s.upto).collect::<Vec<_>>();
        assert_eq!(shares(&curve(&[10, 20, 30], &[15])), [0.25, 0.625, 1.0]);
        assert_eq!(shares(&curve(&[10, 20, 30, 40], &[])), [0.25, 0.5, 0.75, 1.0]);
        let open = curve(&[10, 20], &[15, 40]);
        assert_eq!(shares(&open), [0.25, 0.625]);
        assert_eq!((open.quantile(0.6), open.quantile(0.7)), (Some(20e6), None));
        assert_eq!(curve(&[], &[5]).quantile(0.5), None);
        assert_eq!((curve(&[10, 20, 30], &[15]).mean(), open.mean()), (Some(21.25e6), None));
        // One cut before the first value says nothing.
        assert_eq!(shares(&curve(&[10, 20], &[5])), [0.5, 1.0]);
        assert_eq!(curve(&[0, 0, 0, 7], &[]).quantile(0.75), Some(0.0));
    }

    #[test]
    fn one_value_is_exact_and_several_in_a_bucket_are_near() {
        let fixed = curve(&[45, 45, 45], &[]);
        assert_eq!((fixed.quantile(0.01), fixed.quantile(0.99)), (Some(45e6), Some(45e6)));
        let mut hist = Hist::default();
        (0..1000u64).for_each(|i| hist.add(100_000_000 + i * 100));
        let middle = Curve::of(&[(1.0, &hist)]).quantile(0.5).unwrap();
        assert!((middle / 100_050_000.0 - 1.0).abs() < 0.008, "{middle}");
    }

    #[test]
    fn no_quantile_lies_beyond_what_was_seen() {
        // Within one bucket, over the border of two, below the width of the first.
        for (first, step) in
            [(60_000_000, 900), (3_600_000_000, 1_000), (10, 1), (1 << 40, 1 << 22)]
        {
            let values: Vec<u64> = (0..1_000).map(|i| first + i * step).collect();
            let mut hist = Hist::default();
            values.iter().for_each(|&value| hist.add(value));
            let curve = Curve::of(&[(0.7, &hist), (0.3, &hist)]);
            let (least, most) = (values[0] as f64, values[999] as f64);
            for p in [0.0, 0.001, 0.05, 0.5, 0.95, 0.99, 0.999, 1.0] {
                let value = curve.quantile(p).unwrap();
                let step = curve.step(p).unwrap();
                assert!(least <= value && value <= most, "{p} of {first}: {value}");
                assert!(step.low <= value && value <= step.high);
                // The true one lies in the step.
                let truth = values[((p * 1_000.0) as usize).min(999)] as f64;
                assert!(
                    step.low <= truth && truth <= step.high,
                    "{p} of {first}: {truth} {step:?}"
                );
            }
        }
    }
}
