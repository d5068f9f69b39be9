//! Standard exponential and normal values by the ziggurat.
//!
//! G. Marsaglia and W. W. Tsang, "The ziggurat method for generating random variables", Journal of
//! Statistical Software 5(8), 2000: 256 layers of equal area cover the density; a point in a
//! layer's rectangle is accepted at once (97.8 % exponential, 98.5 % normal), else compared with
//! the density. Unlike the original, the layer comes from bits 0 to 7, the sign from bit 8 and the
//! place in the layer from bits 12 to 63 of one word, so that they are independent.

use super::ziggurat_tables::{EXPONENTIAL, NORMAL};
use crate::kernel::chance::{Bits, unit_of};

/// Exponential with mean 1: density `exp(-x)`, never 0.
#[inline]
pub fn exponential_unit(bits: &mut impl Bits) -> f64 {
    let word = bits.next_u64();
    let layer = (word & 255) as usize;
    let x = unit_of(word) * EXPONENTIAL[layer];
    if x < EXPONENTIAL[layer + 1] { x } else { exponential_outside(layer, x, bits) }
}

/// Standard normal: density `exp(-x^2 / 2) / sqrt(2 pi)`, never 0.
#[inline]
pub fn normal_unit(bits: &mut impl Bits) -> f64 {
    let word = bits.next_u64();
    let layer = (word & 255) as usize;
    let x = unit_of(word) * NORMAL[layer];
    let size = if x < NORMAL[layer + 1] { x } else { normal_outside(layer, x, bits) };
    f64::from_bits(size.to_bits() | (word & 256) << 55)
}

/// The exponential value whose first point fell outside the layer's certain part.
#[cold]
#[inline(never)]
fn exponential_outside(mut layer: usize, mut x: f64, bits: &mut impl Bits) -> f64 {
    // What lies beyond the base layer is exponential again: the law has no memory.
    let mut passed = 0.0;
    loop {
        if x < EXPONENTIAL[layer + 1] {
            return passed + x;
        }
        if layer == 0 {
            passed += EXPONENTIAL[1];
        } else {
            let low = libm::exp(-EXPONENTIAL[layer]);
            let high = libm::exp(-EXPONENTIAL[layer + 1]);
            if low + (high - low) * bits.unit() < libm::exp(-x) {
                return passed + x;
            }
        }
        let word = bits.next_u64();
        layer = (word & 255) as usize;
        x = unit_of(word) * EXPONENTIAL[layer];
    }
}

/// The absolute normal value whose first point fell outside the layer's certain part.
#[cold]
#[inline(never)]
fn normal_outside(mut layer: usize, mut x: f64, bits: &mut impl Bits) -> f64 {
    let density = |x: f64| libm::exp(-0.5 * x * x);
    loop {
        if x < NORMAL[layer + 1] {
            return x;
        }
        if layer == 0 {
            return normal_tail(bits);
        }
        let (low, high) = (density(NORMAL[layer]), density(NORMAL[layer + 1]));
        if low + (high - low) * bits.unit() < density(x) {
            return x;
        }
        let word = bits.next_u64();
        layer = (word & 255) as usize;
        x = unit_of(word) * NORMAL[layer];
    }
}

/// A normal value beyond the base layer: G. Marsaglia, "Generating a variable from the tail of the
/// normal distribution", Technometrics 6, 1964.
fn normal_tail(bits: &mut impl Bits) -> f64 {
    let start = NORMAL[1];
    loop {
        let beyond = exponential_unit(bits) / start;
        if 2.0 * exponential_unit(bits) > beyond * beyond {
            return start + beyond;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{checks, normal};
    use super::*;
    use crate::kernel::chance::{Key, Stream};

    /// Equal areas fix the whole table: this recomputes nothing and accepts nothing else.
    fn check_areas(widths: &[f64; 257], density: impl Fn(f64) -> f64, tail: f64) {
        let start = widths[1];
        let area = start * density(start) + tail;
        checks::near(widths[0] * density(start), area, 1e-14);
        for layer in 1..256 {
            let rise = density(widths[layer + 1]) - density(widths[layer]);
            // Half an ulp of the density near the top, over the rise.
            checks::near(widths[layer] * rise, area, 1e-12);
        }
        assert_eq!(widths[256], 0.0);
    }

    #[test]
    fn all_layers_have_one_area() {
        let start = EXPONENTIAL[1];
        check_areas(&EXPONENTIAL, |x| libm::exp(-x), libm::exp(-start));
        let half = (std::f64::consts::FRAC_PI_2).sqrt();
        let tail = half * libm::erfc(NORMAL[1] / std::f64::consts::SQRT_2);
        check_areas(&NORMAL, |x| libm::exp(-0.5 * x * x), tail);
    }

    /// Chi-square over equally likely bins; a right sampler's is `bins` within a few `sqrt(2
    /// bins)`.
    fn chi_square(n: u32, bins: usize, mut probability: impl FnMut() -> f64) -> f64 {
        let mut counts = vec![0u32; bins];
        for _ in 0..n {
            counts[(probability() * bins as f64) as usize] += 1;
        }
        let expected = f64::from(n) / bins as f64;
        counts.iter().map(|&c| f64::from(c) - expected).map(|off| off * off / expected).sum()
    }

    #[test]
    fn four_million_values_fill_a_thousand_bins_evenly() {
        let (n, bins) = (4_000_000, 1000);
        let mut stream = Stream::new(1, 2, 3, 4);
        let chi = chi_square(n, bins, || libm::exp(-exponential_unit(&mut stream)));
        assert!((850.0..1150.0).contains(&chi), "exponential: {chi}");
        let mut draw = Key::new(5).draw();
        let chi = chi_square(n, bins, || normal::cdf(normal_unit(&mut draw)));
        assert!((850.0..1150.0).contains(&chi), "normal: {chi}");
        // The same test rejects a scale that is wrong by one per cent.
        let chi = chi_square(n, bins, || libm::exp(-1.01 * exponential_unit(&mut stream)));
        assert!(chi > 1150.0, "wrong exponential: {chi}");
    }

    #[test]
    fn tails_beyond_the_base_layer_have_their_weight_and_shape() {
        let n = 4_000_000;
        let mut draw = Key::new(6).draw();
        let (mut exponential, mut normal) = ([0u32; 2], [0u32; 2]);
        for _ in 0..n {
            let x = exponential_unit(&mut draw);
            exponential[0] += u32::from(x > EXPONENTIAL[1]);
            exponential[1] += u32::from(x > EXPONENTIAL[1] + 1.0);
            let x = normal_unit(&mut draw);
            normal[0] += u32::from(x.abs() > NORMAL[1]);
            normal[1] += u32::from(x.abs() > 4.0);
        }
        let close = |count: u32, p: f64| {
            let expected = p * f64::from(n);
            assert!(
                (f64::from(count) - expected).abs() < 4.0 * expected.sqrt(),
                "{count} {expected}"
            );
        };
        close(exponential[0], libm::exp(-EXPONENTIAL[1]));
        close(exponential[1], libm::exp(-EXPONENTIAL[1] - 1.0));
        close(normal[0], 2.0 * normal::cdf(-NORMAL[1]));
        close(normal[1], 2.0 * normal::cdf(-4.0));
    }

    /// Neighbouring values, and a value's low bits against its size, are uncorrelated.
    #[test]
    fn values_are_uncorrelated() {
        let n = 1_000_000;
        let mut draw = Key::new(7).draw();
        let mut last = normal_unit(&mut draw);
        let (mut lagged, mut signed, mut parity) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let x = normal_unit(&mut draw);
            lagged += x * last;
            signed += x.signum() * (x.abs() - 0.797_884_560_802_865_4);
            parity += if x.to_bits() >> 20 & 1 == 1 { x } else { -x };
            last = x;
        }
        let bound = 4.0 * f64::from(n).sqrt();
        assert!(lagged.abs() < bound && signed.abs() < bound && parity.abs() < bound);
    }

    #[test]
    fn values_are_stable() {
        let mut draw = Key::new(2026).draw();
        let values = [0; 4].map(|_| exponential_unit(&mut draw));
        assert_eq!(
            values,
            [0.3404293122646716, 0.06595948452861167, 1.288728571970942, 1.604453370262471]
        );
        let mut stream = Stream::new(1, 2, 3, 4);
        let values = [0; 4].map(|_| normal_unit(&mut stream));
        assert_eq!(
            values,
            [-0.024887324513757875, 0.49758422843815114, 0.47973684627860824, -0.33390365711394565]
        );
    }
}
