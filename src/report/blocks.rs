//! A file that is written in whole blocks: the system keeps aligned pieces of some size in large pages, for
//! which it takes half the time of pieces of any size.

use std::fs::File;
use std::io::{self, Write};

/// Bytes of a block: no more of them are kept back.
const BLOCK: usize = 1 << 18;

/// A file in the making. What is kept back when it is dropped is lost: flush it first.
#[derive(Debug)]
pub struct Blocks {
    file: File,
    /// What does not fill the block yet.
    rest: Vec<u8>,
    /// How much of the block that it belongs to is written already.
    ahead: usize,
}

impl Blocks {
    /// A file that is empty so far.
    pub fn new(file: File) -> Blocks {
        Blocks { file, rest: Vec::new(), ahead: 0 }
    }

    /// The file, which may lack what is kept back.
    pub fn file(&self) -> &File {
        &self.file
    }

    fn write_rest(&mut self) -> io::Result<()> {
        let written = self.file.write_all(&self.rest);
        self.ahead = (self.ahead + self.rest.len()) % BLOCK;
        self.rest.clear();
        written
    }
}

impl Write for Blocks {
    /// Takes what fills blocks, or all of what does not fill one.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BLOCK - self.ahead - self.rest.len();
        let Some(others) = bytes.len().checked_sub(room) else {
            self.rest.extend_from_slice(bytes);
            return Ok(bytes.len());
        };
        if self.rest.is_empty() {
            let whole = bytes.len() - others % BLOCK;
            self.file.write_all(&bytes[..whole])?;
            self.ahead = 0;
            return Ok(whole);
        }
        self.rest.extend_from_slice(&bytes[..room]);
        self.write_rest()?;
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_rest()?;
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek};

    #[test]
    fn bytes_are_written_in_order_in_whatever_pieces_they_come() {
        let mut blocks = Blocks::new(tempfile::tempfile().unwrap());
        let mut expected = Vec::new();
        let long = [0, 1, 400, BLOCK - 401, 1, BLOCK, BLOCK + 7, 85_000, 3 * BLOCK - 85_007, 9];
        for (n, &long) in long.iter().cycle().take(40).enumerate() {
            let piece: Vec<u8> = (0..long).map(|i| (i * 31 + n) as u8).collect();
            blocks.write_all(&piece).unwrap();
            expected.extend_from_slice(&piece);
            if n % 11 == 10 {
                blocks.flush().unwrap();
                assert_eq!(blocks.file().metadata().unwrap().len(), expected.len() as u64);
            }
            let kept_back = expected.len() as u64 - blocks.file().metadata().unwrap().len();
            assert!(kept_back < BLOCK as u64);
        }
        blocks.flush().unwrap();
        let (mut file, mut text) = (blocks.file(), Vec::new());
        file.rewind().unwrap();
        file.read_to_end(&mut text).unwrap();
        assert!(text == expected);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut blocks = Blocks::new(full);
        assert!(blocks.write_all(&[0; BLOCK - 1]).is_ok());
        assert!(blocks.write_all(&[0; 1]).is_err());
    }
}
