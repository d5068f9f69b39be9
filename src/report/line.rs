//! Lines of a table written in place: short texts are copied as blocks of fixed size, without a call.

/// Most bytes of a short text.
const SHORT: usize = 24;
/// Bytes that are made room for at once.
const PIECE: usize = 1 << 16;

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

/// Two digits.
#[inline]
pub fn pair(n: u32) -> [u8; 2] {
    PAIRS[n as usize % 100]
}

/// Puts a whole number in front, and tells how many digits it has.
#[inline]
fn uint(bytes: &mut [u8; SHORT], n: u64) -> usize {
    if n < 10 {
        bytes[0] = b'0' + n as u8;
        return 1;
    }
    let digits = match u32::try_from(n) {
        Ok(n) => n.ilog10() as usize + 1,
        Err(_) => n.ilog10() as usize + 1,
    };
    let (mut rest, mut at) = (n, digits);
    while at >= 2 {
        at -= 2;
        bytes[at..at + 2].copy_from_slice(&pair((rest % 100) as u32));
        rest /= 100;
    }
    if at == 1 {
        bytes[0] = b'0' + rest as u8;
    }
    digits
}

/// Puts seconds in front, and tells how many bytes they take.
#[inline]
fn seconds(bytes: &mut [u8; SHORT], micros: u64) -> usize {
    let whole = uint(bytes, micros / 1_000_000);
    fraction(bytes, whole, (micros % 1_000_000) as u32)
}

/// Puts a fraction of a second at a place, and tells where it ends.
#[inline]
fn fraction(bytes: &mut [u8; SHORT], at: usize, micros: u32) -> usize {
    if micros == 0 {
        return at;
    }
    let text = &mut bytes[at..at + 7];
    text[0] = b'.';
    text[1..3].copy_from_slice(&pair(micros / 10_000));
    text[3..5].copy_from_slice(&pair(micros / 100 % 100));
    text[5..7].copy_from_slice(&pair(micros % 100));
    at + text.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1)
}

/// A text of at most 24 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Short {
    bytes: [u8; SHORT],
    len: usize,
}

impl Short {
    /// No text.
    pub const EMPTY: Short = Short { bytes: [b'0'; SHORT], len: 0 };

    /// A digit.
    pub const fn digit(n: u8) -> Short {
        Short { bytes: [b'0' + n; SHORT], len: 1 }
    }

    /// A word of at most 24 bytes.
    pub fn new(word: &[u8]) -> Short {
        let mut short = Short { len: word.len(), ..Short::EMPTY };
        short.bytes[..word.len()].copy_from_slice(word);
        short
    }

    /// A whole number.
    #[inline]
    pub fn uint(n: u64) -> Short {
        let mut short = Short::EMPTY;
        short.len = uint(&mut short.bytes, n);
        short
    }

    /// Seconds of whole microseconds, without a float and without trailing zeros: `12.5`.
    #[inline]
    pub fn seconds(micros: u64) -> Short {
        let mut short = Short::EMPTY;
        short.len = seconds(&mut short.bytes, micros);
        short
    }

    /// Appends a fraction of a second as `.25`; nothing where it is zero.
    #[inline]
    pub fn fraction(&mut self, micros: u32) {
        self.len = fraction(&mut self.bytes, self.len, micros);
    }

    /// Appends a byte.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    /// Its bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
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
    /// Most bytes that a short text needs while it is written.
    pub const SHORT: usize = SHORT;

    /// The first so many bytes of a block.
    #[inline]
    pub fn block<const N: usize>(&mut self, block: &[u8; N], len: usize) {
        self.room[self.at..][..N].copy_from_slice(block);
        self.at += len;
    }

    /// A short text.
    #[inline]
    pub fn short(&mut self, text: &Short) {
        *self.room() = text.bytes;
        self.at += text.len;
    }

    /// Room for a short text.
    #[inline]
    fn room(&mut self) -> &mut [u8; SHORT] {
        let room = self.room[self.at..].first_chunk_mut();
        room.expect("a line has room for all that is put into it")
    }

    /// A whole number.
    #[inline]
    pub fn uint(&mut self, n: u64) {
        self.at += uint(self.room(), n);
    }

    /// Seconds of whole microseconds.
    #[inline]
    pub fn seconds(&mut self, micros: u64) {
        self.at += seconds(self.room(), micros);
    }

    /// A byte.
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        self.room[self.at] = byte;
        self.at += 1;
    }

    /// Any text.
    #[inline]
    pub fn text(&mut self, text: &[u8]) {
        self.room[self.at..][..text.len()].copy_from_slice(text);
        self.at += text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_follow_each_other_however_long_they_are() {
        let (mut out, mut used) = (b"head\nroom".to_vec(), 5);
        let mut lines = Lines::after(&mut out, &mut used);
        let mut expected = b"head\n".to_vec();
        for n in 0..10_000u64 {
            let long = vec![b'x'; n as usize % 700];
            let place = lines.line(800, |line| {
                line.uint(n * n);
                line.byte(b',');
                line.text(&long);
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
