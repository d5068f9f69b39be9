//! Laws: what a duration, a gap or an amount is drawn from.
//!
//! One file for each law, all the same silhouette: what it is, its density, its parameters with
//! their ranges, where the algorithm comes from, constructors, sampling, tests. A law is checked
//! when it is made, so sampling can neither fail nor panic, and no value is negative or not a
//! number.
//!
//! Invariant: a value depends on the law and the words drawn, on nothing else. All logarithms and
//! exponentials are `libm`'s by name, so the last bit is the same on every platform. Where a law
//! has a scale (mean, median, minimum), the same words with another scale give the proportional
//! value: two scenarios that differ in a scale stay coupled under common random numbers.

mod empirical;
mod error;
mod exp;
mod exponential;
mod fixed;
mod gamma;
mod gamma_function;
mod geometric;
mod lognormal;
mod mixture;
mod normal;
mod pareto;
mod triangular;
mod uniform;
mod weibull;
mod ziggurat;
mod ziggurat_tables;

#[cfg(test)]
mod checks;

use crate::kernel::chance::Bits;
use crate::kernel::time::Span;

pub use empirical::Empirical;
pub use error::LawError;
pub use exponential::Exponential;
pub use fixed::Fixed;
pub use gamma::Gamma;
pub use geometric::Geometric;
pub use lognormal::LogNormal;
pub use mixture::Mixture;
pub use pareto::Pareto;
pub use triangular::Triangular;
pub use uniform::Uniform;
pub use weibull::Weibull;
pub use ziggurat::{exponential_unit, normal_unit};

/// A distribution over non-negative numbers in the unit of its context (seconds for durations).
///
/// Made by the constructors only ([`Law::fixed`], [`Law::exponential`], ...): parameters are
/// private and always valid. A constructor may choose a simpler law for the same distribution:
/// `uniform(3, 3)` is `fixed(3)`.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)] // each variant is documented at its type
pub enum Law {
    Fixed(Fixed),
    Exponential(Exponential),
    Uniform(Uniform),
    Triangular(Triangular),
    LogNormal(LogNormal),
    Weibull(Weibull),
    Gamma(Gamma),
    Pareto(Pareto),
    Empirical(Empirical),
    Mixture(Mixture),
    Geometric(Geometric),
}

/// What every law can do; the bodies are in the laws' files, the surface is [`Law`]'s.
trait Distribution {
    fn sample(&self, bits: &mut impl Bits) -> f64;
    /// A value of density `x f(x) / mean`; asked only where the mean is positive and finite.
    fn length_biased(&self, bits: &mut impl Bits) -> f64;
    fn mean(&self) -> f64;
    fn variance(&self) -> f64;
    /// `x` is at least 0, perhaps infinite.
    fn cdf(&self, x: f64) -> f64;
    /// `1 - cdf(x)` without cancellation.
    fn survival(&self, x: f64) -> f64;
    /// `p` is inside (0, 1).
    fn quantile(&self, p: f64) -> f64;
    /// Infimum and supremum of the support.
    fn support(&self) -> (f64, f64);
}

macro_rules! each {
    ($law:expr, $inner:ident => $body:expr) => {
        match $law {
            Law::Exponential($inner) => $body,
            Law::Fixed($inner) => $body,
            Law::Uniform($inner) => $body,
            Law::Triangular($inner) => $body,
            Law::LogNormal($inner) => $body,
            Law::Weibull($inner) => $body,
            Law::Gamma($inner) => $body,
            Law::Pareto($inner) => $body,
            Law::Empirical($inner) => $body,
            Law::Mixture($inner) => $body,
            Law::Geometric($inner) => $body,
        }
    };
}

impl Law {
    /// One value: at least 0, never not-a-number, infinite only where a law with a huge spread
    /// leaves the range of `f64`. How many words it takes depends on the law and the words.
    #[inline]
    pub fn sample(&self, bits: &mut impl Bits) -> f64 {
        // Most draws are of these two; all laws together are a function that costs something to enter.
        match self {
            Law::LogNormal(law) => law.sample(bits),
            Law::Uniform(law) => law.sample(bits),
            _ => self.sample_any(bits),
        }
    }

    #[inline(never)]
    fn sample_any(&self, bits: &mut impl Bits) -> f64 {
        each!(self, law => law.sample(bits))
    }

    /// One value read as seconds, to the nearest microsecond; too long becomes [`Span::MAX`].
    #[inline]
    pub fn span(&self, bits: &mut impl Bits) -> Span {
        Span::from_secs_f64(self.sample(bits))
    }

    /// The time from an arbitrary instant of a renewal process that has always been running to its
    /// next renewal: a uniform share of a length-biased gap, density `(1 - F(x)) / mean`.
    ///
    /// A process whose gaps have an infinite mean (Pareto with a shape of at most 1; a mean beyond
    /// the range of `f64`) has a rate of zero in the long run, and its residual grows beyond all
    /// bounds: the answer is infinity, "never". Gaps that are always 0 leave a residual of 0.
    pub fn sample_residual(&self, bits: &mut impl Bits) -> f64 {
        let mean = self.mean();
        if mean <= 0.0 {
            return 0.0;
        }
        if mean == f64::INFINITY {
            return f64::INFINITY;
        }
        let share = bits.unit();
        share * self.length_biased(bits)
    }

    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        each!(self, law => law.length_biased(bits))
    }

    /// The expected value; may be infinite.
    pub fn mean(&self) -> f64 {
        each!(self, law => law.mean())
    }

    /// The expected squared distance from the mean; may be infinite.
    pub fn variance(&self) -> f64 {
        each!(self, law => law.variance())
    }

    /// The probability of a value of at most `x`, to a relative 1e-12 in the lower tail too.
    pub fn cdf(&self, x: f64) -> f64 {
        if x < 0.0 || x.is_nan() { 0.0 } else { each!(self, law => law.cdf(x)) }
    }

    /// The probability of a value above `x`: `1 - cdf(x)`, but to a relative 1e-12 in the upper
    /// tail.
    pub fn survival(&self, x: f64) -> f64 {
        if x < 0.0 || x.is_nan() { 1.0 } else { each!(self, law => law.survival(x)) }
    }

    /// The least `x` with `cdf(x) >= p`. At 0 and below (and for not-a-number) the least value of
    /// the support, at 1 and above the greatest, which may be infinite.
    pub fn quantile(&self, p: f64) -> f64 {
        if p >= 1.0 {
            self.max()
        } else if p > 0.0 {
            each!(self, law => law.quantile(p))
        } else {
            each!(self, law => law.support()).0
        }
    }

    /// The value of a law that has only one.
    pub fn fixed_value(&self) -> Option<f64> {
        match self {
            Law::Fixed(fixed) => Some(fixed.value()),
            _ => None,
        }
    }

    /// The supremum of the values; may be infinite.
    pub fn max(&self) -> f64 {
        each!(self, law => law.support()).1
    }
}

impl Default for Law {
    /// Always 0.
    fn default() -> Law {
        Law::Fixed(Fixed::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_no_time_at_all() {
        assert_eq!(Law::default(), Law::fixed(0.0));
        assert_eq!(Law::default().fixed_value(), Some(0.0));
        assert_eq!(Law::exponential(1.0).unwrap().fixed_value(), None);
    }

    #[test]
    fn a_law_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Law>();
        shared::<LawError>();
    }

    #[test]
    fn arguments_outside_the_range_have_an_answer() {
        let law = Law::uniform(2.0, 3.0).unwrap();
        assert_eq!((law.cdf(-1.0), law.cdf(f64::NAN), law.cdf(f64::INFINITY)), (0.0, 0.0, 1.0));
        assert_eq!((law.survival(-1.0), law.survival(f64::INFINITY)), (1.0, 0.0));
        assert_eq!(
            (law.quantile(-1.0), law.quantile(f64::NAN), law.quantile(2.0)),
            (2.0, 2.0, 3.0)
        );
    }

    #[test]
    fn a_span_is_the_same_draw_in_microseconds() {
        let law = Law::exponential(30.0).unwrap();
        let key = crate::kernel::chance::Key::new(1);
        let seconds = law.sample(&mut key.draw());
        assert_eq!(law.span(&mut key.draw()), Span::from_secs_f64(seconds));
    }
}
