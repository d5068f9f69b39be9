//! The mixture: one of several laws, each with its probability.
//!
//! Density: the weighted mean of the parts' densities. Weights are above 0 and need not sum to 1;
//! mixtures inside a mixture are flattened. Sampled by one word for the part and the part's own.

use std::sync::Arc;

use super::error::Check;
use super::{Distribution, Law, LawError};
use crate::kernel::chance::Bits;

/// One of several laws.
#[derive(Clone, PartialEq, Debug)]
pub struct Mixture {
    parts: Arc<[Part]>,
}

#[derive(Clone, PartialEq, Debug)]
struct Part {
    /// Its probability.
    weight: f64,
    /// The probability of this part and those before it.
    up_to: f64,
    law: Law,
}

const CHECK: Check = Check("a mixture");

impl Law {
    /// A mixture of laws, each with its weight (1e-100 to 1e100, in any unit); a single part is
    /// that law itself.
    ///
    /// # Errors
    /// No parts, or a weight outside its range.
    pub fn mixture(weighted: Vec<(f64, Law)>) -> Result<Law, LawError> {
        if weighted.is_empty() {
            return Err(CHECK.error("number of parts", 0.0, "at least 1"));
        }
        let mut total = 0.0;
        for (weight, _) in &weighted {
            total += CHECK.scale("weight", *weight)?;
        }
        let mut parts = Vec::with_capacity(weighted.len());
        for (weight, law) in weighted {
            let weight = weight / total;
            match law {
                Law::Mixture(inner) => parts.extend(inner.parts.iter().map(|part| Part {
                    weight: weight * part.weight,
                    up_to: 0.0,
                    law: part.law.clone(),
                })),
                law => parts.push(Part { weight, up_to: 0.0, law }),
            }
        }
        parts.retain(|part| part.weight > 0.0); // a nested one may have vanished
        if parts.len() == 1 {
            return Ok(parts.remove(0).law);
        }
        let mut sum = 0.0;
        for part in &mut parts {
            sum += part.weight;
            part.up_to = sum;
        }
        Ok(Law::Mixture(Mixture { parts: parts.into() }))
    }
}

impl Mixture {
    /// The weighted mean of what `of` says of each part.
    fn average(&self, of: impl Fn(&Law) -> f64) -> f64 {
        self.parts.iter().map(|part| part.weight * of(&part.law)).sum()
    }

    /// The part where the running weight passes `share` of the whole; the last one takes what
    /// rounding leaves.
    #[inline]
    fn part_at(&self, share: f64) -> &Law {
        let last = self.parts.len() - 1;
        let found = self.parts[..last].iter().find(|part| share < part.up_to);
        &found.unwrap_or(&self.parts[last]).law
    }
}

impl Distribution for Mixture {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        let share = bits.unit();
        self.part_at(share).sample(bits)
    }

    /// A length-biased value of a part chosen in proportion to weight times mean.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        let mut rest = bits.unit() * self.mean();
        let mut chosen = &self.parts[0].law;
        for part in self.parts.iter() {
            let share = part.weight * part.law.mean();
            if share > 0.0 {
                chosen = &part.law;
                if rest < share {
                    break;
                }
                rest -= share;
            }
        }
        chosen.length_biased(bits)
    }

    fn mean(&self) -> f64 {
        self.average(Law::mean)
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        if mean == f64::INFINITY {
            return mean;
        }
        self.average(|law| law.variance() + (law.mean() - mean) * (law.mean() - mean))
    }

    fn cdf(&self, x: f64) -> f64 {
        self.average(|law| law.cdf(x)).min(1.0)
    }

    fn survival(&self, x: f64) -> f64 {
        self.average(|law| law.survival(x)).min(1.0)
    }

    /// Bisection over the numbers themselves: between the parts' quantiles, at most 64 steps.
    fn quantile(&self, p: f64) -> f64 {
        let reached = |x: f64| {
            if p <= 0.5 { self.cdf(x) >= p } else { self.survival(x) <= 1.0 - p }
        };
        let bounds = self.parts.iter().map(|part| part.law.quantile(p).to_bits());
        let (mut low, mut high) = bounds.fold((u64::MAX, 0), |b, x| (b.0.min(x), b.1.max(x)));
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(f64::from_bits(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        f64::from_bits(high)
    }

    fn support(&self) -> (f64, f64) {
        self.parts.iter().fold((f64::INFINITY, 0.0), |(low, high), part| {
            (low.min(part.law.quantile(0.0)), high.max(part.law.max()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    fn quick_or_slow() -> Law {
        let quick = Law::exponential(20.0).unwrap();
        let slow = Law::uniform(300.0, 500.0).unwrap();
        Law::mixture(vec![(9.0, quick), (1.0, slow)]).unwrap()
    }

    #[test]
    fn mixture_is_what_it_says() {
        let law = quick_or_slow();
        checks::agrees(&law, 21);
        checks::near(law.mean(), 0.9 * 20.0 + 0.1 * 400.0, 1e-15);
        assert_eq!((law.quantile(0.0), law.max()), (0.0, f64::INFINITY));
        let steps = [1.0, 2.0, 5.0].map(|x| (x, Law::fixed(x)));
        checks::agrees(&Law::mixture(steps.to_vec()).unwrap(), 22);
        checks::stable(&law, [1.3191896905722333, 32.08906740524942, 10.492324635774724]);
    }

    #[test]
    fn nested_mixtures_are_flattened() {
        let nested = Law::mixture(vec![(1.0, quick_or_slow()), (1.0, Law::default())]).unwrap();
        let Law::Mixture(Mixture { parts }) = &nested else { panic!("{nested:?}") };
        assert_eq!(parts.len(), 3);
        checks::near(nested.mean(), 29.0, 1e-15);
        checks::agrees(&nested, 23);
    }

    #[test]
    fn a_single_part_is_itself_and_no_part_or_weight_is_refused() {
        let law = Law::fixed(3.0);
        assert_eq!(Law::mixture(vec![(0.2, law.clone())]), Ok(law.clone()));
        assert_eq!(Law::mixture(vec![]).unwrap_err().parameter, "number of parts");
        assert_eq!(Law::mixture(vec![(0.0, law)]).unwrap_err().parameter, "weight");
    }
}
