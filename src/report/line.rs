//! Lines of a table written in place: words, numbers and short texts are copied as blocks of fixed size,
//! without a call.

use super::digits::{Digits, Seconds};
use crate::kernel::time::MICROS;

/// Most bytes of a word, and that a word or a number needs while it is written.
pub const SHORT: usize = 24;
/// Bytes of a text that are copied as a block.
pub const HEAD: usize = 64;
/// Bytes that are made room for at once.
const PIECE: usize = 1 << 16;
/// A line for which so many bytes suffice is written into a window.
const MOST: usize = 1 << 11;
/// Places of a window where a block may begin: more than a line has.
const PLACES: usize = 2 * MOST;
/// Bytes of a window.
const WINDOW: usize = PLACES + HEAD;

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
    pub fn line(&mut self, most: usize, what: &mut impl Write) -> (usize, usize) {
        let begins = *self.used;
        if self.out.len() - begins < most + WINDOW {
            self.out.resize(begins + most + WINDOW + PIECE, 0);
        }
        let room = &mut self.out[begins..];
        let long = match room.first_chunk_mut() {
            Some(window) if most <= MOST => written(Window(window), what),
            _ => written(room, what),
        };
        assert!(long <= most, "a line of {long} bytes where {most} should suffice");
        *self.used += long;
        (begins, long)
    }
}

/// What can be written as a line, whatever room that is put into.
pub trait Write {
    /// Writes it.
    fn write(&mut self, line: &mut Line<impl Room>);
}

#[inline]
fn written(room: impl Room, what: &mut impl Write) -> usize {
    let mut line = Line { room, at: 0 };
    what.write(&mut line);
    line.at
}

/// Bytes that a line is put into.
pub trait Room {
    /// The room from a place on, for a block of at most 64 bytes.
    fn place<const N: usize>(&mut self, at: usize) -> &mut [u8];
    /// All of it.
    fn all(&mut self) -> &mut [u8];
}

impl Room for &mut [u8] {
    #[inline]
    fn place<const N: usize>(&mut self, at: usize) -> &mut [u8] {
        &mut self[at..][..N]
    }

    #[inline]
    fn all(&mut self) -> &mut [u8] {
        self
    }
}

/// Room for a short line: where in it a block begins needs no check, because places wrap around. None does
/// that is within the length of a line, which is looked at when it is written.
#[derive(Debug)]
pub struct Window<'a>(&'a mut [u8; WINDOW]);

impl Room for Window<'_> {
    #[inline]
    fn place<const N: usize>(&mut self, at: usize) -> &mut [u8] {
        &mut self.0[at % PLACES..][..N]
    }

    #[inline]
    fn all(&mut self) -> &mut [u8] {
        self.0
    }
}

/// A line in the making.
#[derive(Debug)]
pub struct Line<R> {
    room: R,
    at: usize,
}

impl<R: Room> Line<R> {
    /// The first so many bytes of a block.
    #[inline]
    pub fn block<const N: usize>(&mut self, block: &[u8; N], len: usize) {
        self.room.place::<N>(self.at).copy_from_slice(block);
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

    /// A whole number that mostly has one digit.
    #[inline]
    pub fn small_uint(&mut self, n: u64) {
        match u8::try_from(n) {
            Ok(digit @ 0..=9) => self.byte(b'0' + digit),
            _ => self.uint(n),
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
        self.block(&[byte], 1);
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
        self.room.all()[self.at..][..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        /// A whole number, or seconds of so many microseconds.
        enum Number {
            Uint(u64),
            /// The same, written as one that mostly has one digit.
            Small(u64),
            Seconds(u64),
        }
        impl Write for Number {
            fn write(&mut self, line: &mut Line<impl Room>) {
                match *self {
                    Number::Uint(n) => line.uint(n),
                    Number::Small(n) => line.small_uint(n),
                    Number::Seconds(micros) => line.seconds(micros),
                }
            }
        }
        let text = |mut number: Number| {
            let mut texts = [100, MOST + 1].map(|most| {
                let (mut out, mut used) = (Vec::new(), 0);
                Lines::after(&mut out, &mut used).line(most, &mut number);
                String::from_utf8(out[..used].to_vec()).unwrap()
            });
            assert_eq!(texts[0], texts[1]);
            std::mem::take(&mut texts[0])
        };
        for n in [0, 9, 10, 99, 100, 12_345, 99_999_999, 100_000_000, 7_000_000_000, u64::MAX] {
            assert_eq!(text(Number::Uint(n)), n.to_string());
            assert_eq!(text(Number::Small(n)), n.to_string());
        }
        let of = |micros| text(Number::Seconds(micros));
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
        struct Words(u64, Text);
        impl Write for Words {
            fn write(&mut self, line: &mut Line<impl Room>) {
                line.uint(self.0);
                line.byte(b',');
                line.text(&self.1);
                line.short(&Short::new(b",word"));
                line.block(b"\n........", 1);
            }
        }
        for n in 0..10_000u64 {
            let long = vec![b'x'; n as usize % 2_500];
            let most = 100 + long.len().max(HEAD);
            let place = lines.line(most, &mut Words(n * n, Text::new(long.clone())));
            let begins = expected.len();
            expected.extend_from_slice(format!("{},", n * n).as_bytes());
            expected.extend_from_slice(&long);
            expected.extend_from_slice(b",word\n");
            assert_eq!(place, (begins, expected.len() - begins));
        }
        assert!(out[..used] == expected);
    }
}
