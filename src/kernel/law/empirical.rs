//! The empirical law: recorded values, drawn again.
//!
//! Every recorded value has the same probability (a value recorded twice has twice as much);
//! nothing is drawn between or beyond them. Values 0 to 1e100, at least one. Sampled by a uniform
//! index, so that the value never falls as the word grows.

use std::sync::Arc;

use super::error::Check;
use super::{Distribution, Law, LawError};
use crate::kernel::chance::Bits;

/// Recorded values, in ascending order.
#[derive(Clone, PartialEq, Debug)]
pub struct Empirical {
    values: Arc<[f64]>,
    /// Sums of the values up to and including each.
    sums: Arc<[f64]>,
}

impl Law {
    /// Draws again from these values, each 0 to 1e100; equal ones give a fixed law.
    ///
    /// # Errors
    /// No values, or a value outside that range.
    pub fn empirical(mut values: Vec<f64>) -> Result<Law, LawError> {
        let check = Check("an empirical law");
        if values.is_empty() {
            return Err(check.error("number of values", 0.0, "at least 1"));
        }
        for value in &mut values {
            *value = check.value("value", *value)?;
        }
        values.sort_unstable_by(f64::total_cmp);
        if values.first() == values.last() {
            return Ok(Law::fixed(values[0]));
        }
        let mut sum = 0.0;
        let sums = values.iter().map(|value| {
            sum += value;
            sum
        });
        let sums = sums.collect();
        Ok(Law::Empirical(Empirical { values: values.into(), sums }))
    }
}

impl Empirical {
    fn count(&self) -> f64 {
        self.values.len() as f64
    }

    fn total(&self) -> f64 {
        self.sums[self.sums.len() - 1]
    }

    /// How many values are at most `x`.
    fn up_to(&self, x: f64) -> usize {
        self.values.partition_point(|&value| value <= x)
    }
}

impl Distribution for Empirical {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        self.values[bits.below(self.values.len() as u64) as usize]
    }

    /// Each value in proportion to its size.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        let target = bits.unit() * self.total();
        let index = self.sums.partition_point(|&sum| sum <= target);
        self.values[index.min(self.values.len() - 1)]
    }

    fn mean(&self) -> f64 {
        self.total() / self.count()
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        self.values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / self.count()
    }

    fn cdf(&self, x: f64) -> f64 {
        self.up_to(x) as f64 / self.count()
    }

    fn survival(&self, x: f64) -> f64 {
        (self.values.len() - self.up_to(x)) as f64 / self.count()
    }

    fn quantile(&self, p: f64) -> f64 {
        // The product may round across a whole number: settle by the cdf itself.
        let mut index = ((p * self.count()).ceil() as usize).clamp(1, self.values.len()) - 1;
        while index > 0 && index as f64 / self.count() >= p {
            index -= 1;
        }
        while index + 1 < self.values.len() && ((index + 1) as f64 / self.count()) < p {
            index += 1;
        }
        self.values[index]
    }

    fn support(&self) -> (f64, f64) {
        (self.values[0], self.values[self.values.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    #[test]
    fn empirical_is_what_it_says() {
        let law = Law::empirical(vec![30.0, 0.0, 12.0, 12.0, 45.5, 300.0, 18.0]).unwrap();
        checks::agrees(&law, 18);
        checks::near(law.mean(), 417.5 / 7.0, 1e-15);
        assert_eq!((law.max(), law.cdf(12.0), law.survival(12.0)), (300.0, 3.0 / 7.0, 4.0 / 7.0));
        assert_eq!((law.quantile(3.0 / 7.0), law.quantile(0.43)), (12.0, 18.0));
        checks::stable(&law, [12.0, 0.0, 45.5]);
    }

    #[test]
    fn order_does_not_matter_and_one_value_is_a_fixed_one() {
        assert_eq!(Law::empirical(vec![2.0, 1.0]), Law::empirical(vec![1.0, 2.0]));
        assert_eq!(Law::empirical(vec![7.0, 7.0]).unwrap().fixed_value(), Some(7.0));
    }

    #[test]
    fn no_values_and_bad_values_are_refused() {
        assert_eq!(Law::empirical(vec![]).unwrap_err().parameter, "number of values");
        assert_eq!(Law::empirical(vec![1.0, f64::NAN]).unwrap_err().parameter, "value");
        assert_eq!(Law::empirical(vec![1.0, -1.0]).unwrap_err().found, -1.0);
    }
}
