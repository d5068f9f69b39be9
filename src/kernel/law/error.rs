//! What is wrong with the parameters of a law, and the ranges that all laws share.

use std::fmt;
use std::ops::RangeInclusive;

/// A parameter for which there is no law.
#[derive(Clone, PartialEq, Debug)]
pub struct LawError {
    /// The law, with its article: "a Weibull law".
    pub law: &'static str,
    /// The parameter as a scenario calls it: "shape".
    pub parameter: &'static str,
    /// What was given, in the parameter's unit.
    pub found: f64,
    /// What would be accepted: "above 0".
    pub expected: String,
}

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LawError { law, parameter, found, expected } = self;
        write!(f, "the {parameter} of {law} is {}, but must be {expected}", number(*found))
    }
}

impl std::error::Error for LawError {}

/// A number as a person writes it: `3`, `0.25`, `1e100`.
pub(super) fn number(x: f64) -> String {
    let text = format!("{x:?}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// The greatest value, mean, median or minimum: products of two such stay finite.
pub(super) const GREATEST: f64 = 1e100;

/// The range of means, medians, minima and scales, in the law's unit.
const SCALE: RangeInclusive<f64> = 1e-100..=GREATEST;

/// The range of shapes (Weibull, gamma, Pareto).
const SHAPE: RangeInclusive<f64> = 1e-6..=1e9;

/// The range of a lognormal law's sigma.
const SIGMA: RangeInclusive<f64> = 0.0..=1e3;

/// Names the law in all that is wrong with its parameters.
#[derive(Clone, Copy)]
pub(super) struct Check(pub &'static str);

impl Check {
    /// The complaint.
    pub fn error(self, parameter: &'static str, found: f64, expected: &str) -> LawError {
        LawError { law: self.0, parameter, found, expected: expected.to_owned() }
    }

    /// `x` itself where it is inside the range, which leaves out not-a-number.
    pub fn within(
        self,
        parameter: &'static str,
        x: f64,
        range: RangeInclusive<f64>,
    ) -> Result<f64, LawError> {
        if range.contains(&x) {
            // Adding zero turns a negative zero into a positive one.
            Ok(x + 0.0)
        } else {
            let (low, high) = (number(*range.start()), number(*range.end()));
            Err(self.error(parameter, x, &format!("between {low} and {high}")))
        }
    }

    /// A value that the law can take: at least 0.
    pub fn value(self, parameter: &'static str, x: f64) -> Result<f64, LawError> {
        self.within(parameter, x, 0.0..=GREATEST)
    }

    /// A mean, median, minimum or scale: above 0.
    pub fn scale(self, parameter: &'static str, x: f64) -> Result<f64, LawError> {
        self.within(parameter, x, SCALE)
    }

    /// A scale that follows from the mean and the spread, which gets the blame.
    pub fn derived(
        self,
        (blamed, found): (&'static str, f64),
        (name, scale): (&str, f64),
    ) -> Result<f64, LawError> {
        if SCALE.contains(&scale) {
            return Ok(scale);
        }
        let (low, high) = (number(*SCALE.start()), number(*SCALE.end()));
        let reason = format!("such that the {name} for this mean is between {low} and {high}");
        Err(self.error(blamed, found, &reason))
    }

    /// A shape.
    pub fn shape(self, x: f64) -> Result<f64, LawError> {
        self.within("shape", x, SHAPE)
    }

    /// The standard deviation of the logarithm.
    pub fn sigma(self, x: f64) -> Result<f64, LawError> {
        self.within("sigma", x, SIGMA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_plain_sentence() {
        let error = Check("a Weibull law").shape(-1.0).unwrap_err();
        let text = "the shape of a Weibull law is -1, but must be between 1e-6 and 1000000000";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn not_a_number_is_in_no_range() {
        assert!(Check("a law").value("value", f64::NAN).is_err());
        assert!(Check("a law").scale("mean", f64::INFINITY).is_err());
        assert!(Check("a law").value("value", -0.0).unwrap().is_sign_positive());
    }
}
