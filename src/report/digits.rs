//! Decimal digits in a register, eight at once: a number is a text that is stored in one piece.

use crate::kernel::time::MICROS;

/// A text of at most 8 bytes; the first one lies lowest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digits {
    text: u64,
    len: u32,
}

/// Eight zeros.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The digits of a number below 10^8, the first one lowest, each as a number.
#[inline]
fn eight(n: u32) -> u64 {
    // Two halves of four digits, four quarters of two, eight digits: each step divides all its lanes at
    // once, by a multiplication that is exact for what fits them.
    // No lane reaches into the next one, so nothing wraps.
    let times = |lanes: u64, factor: u64| lanes.wrapping_mul(factor);
    let halves = u64::from(n / 10_000) | u64::from(n % 10_000) << 32;
    let hundreds = (times(halves, 10_486) >> 20) & 0x0000_007f_0000_007f;
    let quarters = hundreds | halves.wrapping_sub(times(hundreds, 100)) << 16;
    let tens = (times(quarters, 103) >> 10) & 0x000f_000f_000f_000f;
    tens | quarters.wrapping_sub(times(tens, 10)) << 8
}

impl Digits {
    /// Bytes that are stored, whatever the length.
    pub const BLOCK: usize = 8;
    /// The first number that has too many digits.
    pub const END: u64 = 100_000_000;

    /// A whole number below [`Digits::END`].
    #[inline]
    pub fn uint(n: u32) -> Digits {
        let digits = eight(n);
        // At least one is left of the number 0.
        let leading = (digits | 1 << 63).trailing_zeros() / 8;
        Digits { text: (digits | ZEROS) >> (8 * leading), len: 8 - leading }
    }

    /// The last eight digits of a number, with zeros in front.
    #[inline]
    pub fn last_eight(n: u64) -> Digits {
        Digits { text: eight((n % Digits::END) as u32) | ZEROS, len: 8 }
    }

    /// A fraction of a second as `.25`; empty where it is zero.
    #[inline]
    pub fn fraction(micros: u32) -> Digits {
        if micros == 0 {
            return Digits { text: 0, len: 0 };
        }
        // The first two of eight are zero: the point takes the place of the second one.
        let digits = eight(micros) >> 8;
        let trailing = digits.leading_zeros() / 8;
        let text = digits | (ZEROS ^ u64::from(b'0' ^ b'.'));
        Digits { text, len: 8 - trailing }
    }

    /// A second of a day as `01:02:03`.
    #[inline]
    pub fn clock(second: u32) -> Digits {
        let parts = u64::from(second / 3_600)
            | u64::from(second / 60 % 60) << 24
            | u64::from(second % 60) << 48;
        let tens = ((parts * 103) >> 10) & 0x000f_0000_0f00_000f;
        let text = tens | (parts - 10 * tens) << 8 | 0x3030_3a30_303a_3030;
        Digits { text, len: 8 }
    }

    /// Its length.
    #[inline]
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Its bytes, and others after them.
    #[inline]
    pub fn block(self) -> [u8; Digits::BLOCK] {
        self.text.to_le_bytes()
    }

    /// Appends it.
    #[inline]
    pub fn append(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.block()[..self.len()]);
    }
}

/// Seconds with their fraction, as the text that stands in a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seconds {
    text: [u8; Seconds::BLOCK],
    len: usize,
}

impl Seconds {
    /// Bytes that are stored, whatever the length.
    pub const BLOCK: usize = 2 * Digits::BLOCK;

    /// Of whole microseconds, without trailing zeros; none where there are too many digits.
    #[inline]
    pub fn of(micros: u64) -> Option<Seconds> {
        let (whole, rest) = (micros / MICROS, micros % MICROS);
        if whole >= Digits::END {
            return None;
        }
        let (whole, rest) = (Digits::uint(whole as u32), Digits::fraction(rest as u32));
        // After a whole number there are zero bytes.
        let text = u128::from(whole.text) | u128::from(rest.text) << (8 * whole.len);
        Some(Seconds { text: text.to_le_bytes(), len: whole.len() + rest.len() })
    }

    /// Its length.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Its bytes, and others after them.
    #[inline]
    pub fn block(&self) -> &[u8; Seconds::BLOCK] {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(digits: Digits) -> String {
        let mut out = Vec::new();
        digits.append(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_their_digits() {
        let borders = (0..8).flat_map(|power| {
            let ten = 10u32.pow(power);
            [ten - 1, ten, ten + 1, 7 * ten, 9 * ten + ten / 3]
        });
        for n in borders.chain(0..200_000).chain([99_999_999]) {
            assert_eq!(text(Digits::uint(n)), n.to_string());
            assert_eq!(text(Digits::last_eight(u64::from(n) + 700_000_000)), format!("{n:08}"));
        }
    }

    #[test]
    fn every_fraction_ends_with_its_last_digit() {
        for micros in 1..1_000_000 {
            let plain = format!(".{micros:06}");
            assert_eq!(text(Digits::fraction(micros)), plain.trim_end_matches('0'));
        }
        assert_eq!(text(Digits::fraction(0)), "");
    }

    #[test]
    fn every_second_of_a_day_has_its_time() {
        for second in 0..86_400 {
            let expected =
                format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
            assert_eq!(text(Digits::clock(second)), expected);
        }
    }
}
