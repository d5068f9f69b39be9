//! The triangular law: an expert's least, likeliest and greatest value.
//!
//! Density rising linearly from 0 at `low` to `2 / (high - low)` at `mode` and falling to 0 at
//! `high`; `0 <= low <= mode <= high <= 1e100`. Sampled by inversion, which needs square roots
//! only.

use super::error::{Check, number};
use super::{Distribution, Law, LawError, exponential_unit};
use crate::kernel::chance::Bits;

/// Between two bounds, with a peak.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Triangular {
    low: f64,
    mode: f64,
    high: f64,
}

impl Law {
    /// Triangular between `low` and `high` with its peak at `mode`, all 0 to 1e100; three equal
    /// values give a fixed law.
    ///
    /// # Errors
    /// A value outside that range, or values out of order.
    pub fn triangular(low: f64, mode: f64, high: f64) -> Result<Law, LawError> {
        let check = Check("a triangular law");
        let low = check.value("low end", low)?;
        let mode = check.value("mode", mode)?;
        let high = check.value("high end", high)?;
        if mode < low {
            return Err(check.error(
                "mode",
                mode,
                &format!("at least the low end, {}", number(low)),
            ));
        }
        if high < mode {
            return Err(check.error(
                "high end",
                high,
                &format!("at least the mode, {}", number(mode)),
            ));
        }
        if low == high {
            Ok(Law::fixed(low))
        } else {
            Ok(Law::Triangular(Triangular { low, mode, high }))
        }
    }
}

impl Triangular {
    /// The inverse, from the probability below and the one above. Each side is measured from the
    /// nearer of its end and the peak, so that neither tail is a difference of large numbers.
    #[inline]
    fn invert(&self, below: f64, above: f64) -> f64 {
        let width = self.high - self.low;
        let (rise, fall) = (self.mode - self.low, self.high - self.mode);
        if rise > 0.0 && below * width <= rise {
            let to_peak = (above - fall / width).max(0.0);
            if below <= to_peak {
                self.low + (width * rise * below).sqrt()
            } else {
                self.mode - to_peak * width / (1.0 + (width * below / rise).sqrt())
            }
        } else {
            let from_peak = (below - rise / width).max(0.0);
            if above <= from_peak {
                self.high - (width * fall * above).sqrt()
            } else {
                self.mode + from_peak * width / (1.0 + (width * above / fall).sqrt())
            }
        }
    }
}

impl Distribution for Triangular {
    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> f64 {
        let u = bits.unit();
        self.invert(u, 1.0 - u)
    }

    /// A triangular value is the mean of the three corners with uniform random shares (exponentials
    /// over their sum: a B-spline of degree one, Curry and Schoenberg 1966). Biasing by length
    /// picks a corner in proportion to its value and gives it a second exponential.
    fn length_biased(&self, bits: &mut impl Bits) -> f64 {
        let corners = [self.low, self.mode, self.high];
        let mut shares = [0.0; 3];
        for share in &mut shares {
            *share = exponential_unit(bits);
        }
        let mut rest = bits.unit() * (self.low + self.mode + self.high);
        let mut chosen = 0;
        while chosen < 2 && rest >= corners[chosen] {
            rest -= corners[chosen];
            chosen += 1;
        }
        shares[chosen] += exponential_unit(bits);
        let sum = shares[0] + shares[1] + shares[2];
        (corners[0] * shares[0] + corners[1] * shares[1] + corners[2] * shares[2]) / sum
    }

    fn mean(&self) -> f64 {
        (self.low + self.mode + self.high) / 3.0
    }

    fn variance(&self) -> f64 {
        let width = self.high - self.low;
        let peak = (self.mode - self.low) / width;
        width * width * (1.0 - peak + peak * peak) / 18.0
    }

    fn cdf(&self, x: f64) -> f64 {
        let (width, rise, fall) =
            (self.high - self.low, self.mode - self.low, self.high - self.mode);
        if x <= self.low {
            0.0
        } else if x <= self.mode {
            ((x - self.low) / width) * ((x - self.low) / rise)
        } else if x < self.high {
            rise / width + ((x - self.mode) / width) * ((fall + (self.high - x)) / fall)
        } else {
            1.0
        }
    }

    fn survival(&self, x: f64) -> f64 {
        let (width, rise, fall) =
            (self.high - self.low, self.mode - self.low, self.high - self.mode);
        if x >= self.high {
            0.0
        } else if x > self.mode {
            ((self.high - x) / width) * ((self.high - x) / fall)
        } else if x > self.low {
            fall / width + ((self.mode - x) / width) * ((rise + (x - self.low)) / rise)
        } else {
            1.0
        }
    }

    fn quantile(&self, p: f64) -> f64 {
        self.invert(p, 1.0 - p)
    }

    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    #[test]
    fn triangular_is_what_it_says() {
        let law = Law::triangular(10.0, 20.0, 60.0).unwrap();
        checks::agrees(&law, 5);
        checks::agrees(&Law::triangular(0.0, 0.0, 5.0).unwrap(), 6);
        checks::agrees(&Law::triangular(1.0, 5.0, 5.0).unwrap(), 7);
        checks::scales(&law, &Law::triangular(20.0, 40.0, 120.0).unwrap(), 2.0);
        assert_eq!((law.mean(), law.max(), law.cdf(20.0)), (30.0, 60.0, 0.2));
        checks::stable(&law, [21.212831462095767, 16.256565647802905, 37.83872394055691]);
    }

    #[test]
    fn corners_out_of_order_are_refused() {
        assert_eq!(Law::triangular(3.0, 2.0, 4.0).unwrap_err().parameter, "mode");
        assert_eq!(Law::triangular(1.0, 4.0, 3.0).unwrap_err().parameter, "high end");
        assert_eq!(Law::triangular(2.0, 2.0, 2.0).unwrap().fixed_value(), Some(2.0));
    }
}
