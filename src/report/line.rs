//! Lines of a table written in place: words, numbers and short texts are copied as blocks of fixed size,
//! without a call.

use super::digits::{Digits, Seconds};
use crate::kernel::time::MICROS;

/// Most bytes of a word.
const SHORT: usize = 24;
/// Bytes of a text that are copied as a block.
const HEAD: usize = 64;
/// Bytes that are made room for at once.
const PIECE: usize = 1 << 16;

/// A word of at most 24 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Short {
    bytes: [u8; SHORT],
    len: usize,
}

impl Short {
    /// No text.
    pub const EMPTY: Short = Short { bytes: [b'0'; SHORT], len: 0 };

    /// A word of at most 24 bytes.
    pub fn new(word: &[u8]) -> Short {
        let mut short = Short { len: word.len(), ..Short::EMPTY };
        short.bytes[..word.len()].copy_from_slice(word);
        short
    }
}

/// A text of any length; one of at most 64 bytes is copied as a whole block.
#[derive(Clone, Debug)]
pub struct Text {
    head: [u8; HEAD],
    bytes: Vec<u8>,
}

impl Text {
    /// Of these bytes.
    pub fn new(bytes: Vec<u8>) -> Text {
        let mut head = [b' '; HEAD];
        head[..bytes.len().min(HEAD)].copy_from_slice(&bytes[..bytes.len().min(HEAD)]);
        Text { head, bytes }
    }

    /// Most bytes that it needs while it is written.
    pub fn most(&self) -> usize {
        self.bytes.len().max(HEAD)
    }
}

/// Lines that are put into a buffer, after those bytes of it that are used. Its room stays, so that it is
/// made once.
#[derive(Debug)]
pub struct Lines<'a> {
    out: &'a mut Vec<u8>,
    used: &'a mut usize,
}

impl<'a> Lines<'a> {
    /// After what is used of a buffer.
    pub fn after(out: &'a mut Vec<u8>, used: &'a mut usize) -> Lines<'a> {
        Lines { out, used }
    }

    /// Writes a line for which so many bytes suffice, and tells where it begins and how long it is.
    #[inline]
    pub fn line(&mut self, most: usize, write: impl FnOnce(&mut Line<'_>)) -> (usize, usize) {
        let begins = *self.used;
        if self.out.len() - begins < most {
            self.out.resize(begins + most + PIECE, 0);
        }
        let mut line = Line { room: &mut self.out[begins..], at: 0 };
        write(&mut line);
        let long = line.at;
        *self.used += long;
        (begins, long)
    }
}

/// A line in the making.
#[derive(Debug)]
pub struct Line<'a> {
    room: &'a mut [u8],
    at: usize,
}

impl Line<'_> {
    /// Most bytes that a word or a number needs while it is written.
    pub const SHORT: usize = SHORT;
    /// The same of a text that is copied as a block.
    pub const BLOCK: usize = HEAD;

    /// The first so many bytes of a block.
    #[inline]
    pub fn block<const N: usize>(&mut self, block: &[u8; N], len: usize) {
        self.room[self.at..][..N].copy_from_slice(block);
        self.pass(len);
    }

    /// So many bytes are written; those after them are not. The next block sees whether there is room.
    #[inline]
    fn pass(&mut self, len: usize) {
        self.at = self.at.wrapping_add(len);
    }

    /// A word.
    #[inline]
    pub fn short(&mut self, text: &Short) {
        self.block(&text.bytes, text.len);
    }

    /// Digits.
    #[inline]
    pub fn digits(&mut self, digits: Digits) {
        self.block(&digits.block(), digits.len());
    }

    /// A whole number.
    #[inline]
    pub fn uint(&mut self, n: u64) {
        if n < Digits::END {
            self.digits(Digits::uint(n as u32));
        } else {
            self.long_uint(n);
        }
    }

    #[cold]
    fn long_uint(&mut self, n: u64) {
        self.uint(n / Digits::END);
        self.digits(Digits::last_eight(n));
    }

    /// Seconds of whole microseconds, without trailing zeros.
    #[inline]
    pub fn seconds(&mut self, micros: u64) {
        match Seconds::of(micros) {
            Some(text) => self.known_seconds(&text),
            None => {
                self.long_uint(micros / MICROS);
                self.digits(Digits::fraction((micros % MICROS) as u32));
            }
        }
    }

    /// Seconds whose text is known.
    #[inline]
    pub fn known_seconds(&mut self, seconds: &Seconds) {
        self.block(seconds.block(), seconds.len());
    }

    /// A byte.
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        self.room[self.at] = byte;
        self.pass(1);
    }

    /// Any text.
    #[inline]
    pub fn text(&mut self, text: &Text) {
        let len = text.bytes.len();
        if len <= HEAD {
            self.block(&text.head, len);
        } else {
            self.long_text(&text.bytes);
        }
    }

    #[cold]
    fn long_text(&mut self, bytes: &[u8]) {
        self.room[self.at..][..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let text = |write: &dyn Fn(&mut Line<'_>)| {
            let (mut out, mut used) = (Vec::new(), 0);
            Lines::after(&mut out, &mut used).line(100, |line| write(line));
            String::from_utf8(out[..used].to_vec()).unwrap()
        };
        for n in [0, 9, 10, 99, 100, 12_345, 99_999_999, 100_000_000, 7_000_000_000, u64::MAX] {
            assert_eq!(text(&|line| line.uint(n)), n.to_string());
        }
        let of = |micros| text(&|line| line.seconds(micros));
        assert_eq!(of(0), "0");
        assert_eq!(of(12_500_000), "12.5");
        assert_eq!(of(1), "0.000001");
        assert_eq!(of(100_000), "0.1");
        assert_eq!(of(60_000_000), "60");
        assert_eq!(of(u64::MAX), "18446744073709.551615");
    }

    #[test]
    fn lines_follow_each_other_however_long_they_are() {
        let (mut out, mut used) = (b"head\nroom".to_vec(), 5);
        let mut lines = Lines::after(&mut out, &mut used);
        let mut expected = b"head\n".to_vec();
        for n in 0..10_000u64 {
            let long = vec![b'x'; n as usize % 700];
            let text = Text::new(long.clone());
            let place = lines.line(900, |line| {
                line.uint(n * n);
                line.byte(b',');
                line.text(&text);
                line.short(&Short::new(b",word"));
                line.block(b"\n........", 1);
            });
            let begins = expected.len();
            expected.extend_from_slice(format!("{},", n * n).as_bytes());
            expected.extend_from_slice(&long);
            expected.extend_from_slice(b",word\n");
            assert_eq!(place, (begins, expected.len() - begins));
        }
        assert!(out[..used] == expected);
    }
}
