//! Exact sums of products: unsigned integers of 256 bits, so that no order of adding can matter.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// An unsigned integer of 256 bits, least significant word first. Enough for the squares of a fleet's
/// microseconds (a million servers for a century: 72 bits) over 2^100 replications.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Wide([u64; 4]);

impl Wide {
    /// The product of two integers.
    pub fn product(a: u128, b: u128) -> Wide {
        if (a | b) >> 64 == 0 {
            return Wide::from(a * b);
        }
        let mut words = [0u64; 4];
        for (i, x) in [a as u64, (a >> 64) as u64].into_iter().enumerate() {
            let mut carry = 0u128;
            for (j, y) in [b as u64, (b >> 64) as u64].into_iter().enumerate() {
                let sum = u128::from(x) * u128::from(y) + u128::from(words[i + j]) + carry;
                words[i + j] = sum as u64;
                carry = sum >> 64;
            }
            words[i + 2] = carry as u64;
        }
        Wide(words)
    }

    /// Adds another one; panics on overflow, which no run can reach.
    pub fn add(&mut self, other: &Wide) {
        let mut carry = false;
        for (x, y) in self.0.iter_mut().zip(other.0) {
            let (sum, first) = x.overflowing_add(y);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *x = sum;
            carry = first | second;
        }
        assert!(!carry, "a sum of products left 256 bits");
    }

    /// Adds the product of two integers; cheap when either is zero or both fit 64 bits.
    #[inline]
    pub fn add_product(&mut self, a: u128, b: u128) {
        if a != 0 && b != 0 {
            self.add(&Wide::product(a, b));
        }
    }

    /// This times a small number; panics on overflow, which no run can reach.
    pub fn times(&self, factor: u64) -> Wide {
        let mut carry = 0u128;
        let mut words = self.0;
        for word in &mut words {
            let product = u128::from(*word) * u128::from(factor) + carry;
            *word = product as u64;
            carry = product >> 64;
        }
        assert!(carry == 0, "a product left 256 bits");
        Wide(words)
    }

    /// This less another one, as the nearest float, with its sign.
    pub fn less(&self, other: &Wide) -> f64 {
        let (big, small, sign) = match self.cmp_to(other) {
            Ordering::Less => (other, self, -1.0),
            _ => (self, other, 1.0),
        };
        let mut words = big.0;
        let mut borrow = false;
        for (x, y) in words.iter_mut().zip(small.0) {
            let (rest, first) = x.overflowing_sub(y);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            *x = rest;
            borrow = first | second;
        }
        sign * Wide(words).to_f64()
    }

    fn cmp_to(&self, other: &Wide) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }

    /// The nearest float, within a few units of its last place.
    pub fn to_f64(&self) -> f64 {
        const WORD: f64 = 18_446_744_073_709_551_616.0;
        self.0.iter().rev().fold(0.0, |value, &word| value * WORD + word as f64)
    }
}

impl From<u128> for Wide {
    fn from(value: u128) -> Wide {
        Wide([value as u64, (value >> 64) as u64, 0, 0])
    }
}

/// `n` times the sum of centred products: n Σab − Σa Σb, exact before it becomes a float.
pub fn centred(n: u64, products: &Wide, a: u128, b: u128) -> f64 {
    products.times(n).less(&Wide::product(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_sums_are_exact() {
        let a = u128::MAX;
        // (2^128 - 1)^2 = 2^256 - 2^129 + 1
        assert_eq!(Wide::product(a, a), Wide([1, 0, u64::MAX - 1, u64::MAX]));
        let mut sum = Wide::product(1 << 100, 1 << 100);
        sum.add(&Wide::from(5));
        assert_eq!(sum.less(&Wide::product(1 << 100, 1 << 100)), 5.0);
        assert_eq!(Wide::product(1 << 100, 1 << 100).less(&sum), -5.0);
        assert_eq!(Wide::from(7).times(6).to_f64(), 42.0);
    }

    #[test]
    fn equal_values_have_no_spread_however_large() {
        let x = 31_536_000_000_000_000_000u128 + 1;
        let mut squares = Wide::default();
        for _ in 0..1000 {
            squares.add_product(x, x);
        }
        assert_eq!(centred(1000, &squares, 1000 * x, 1000 * x), 0.0);
        squares.add_product(x + 1, x + 1);
        assert_eq!(centred(1001, &squares, 1001 * x + 1, 1001 * x + 1), 1000.0);
    }
}
