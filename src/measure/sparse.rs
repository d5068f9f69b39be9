//! A table of many possible lines of which few are used: a line is made when it is first touched.

/// Stands for a line that was not touched.
const NONE: u32 = u32::MAX;

/// Lines by key. Clearing costs what was touched.
#[derive(Clone, Debug)]
pub struct Sparse<T> {
    /// Where the line of each key is.
    at: Vec<u32>,
    lines: Vec<(u32, T)>,
}

impl<T> Default for Sparse<T> {
    fn default() -> Sparse<T> {
        Sparse { at: Vec::new(), lines: Vec::new() }
    }
}

impl<T: Default> Sparse<T> {
    /// Empties it for keys below `keys`; keeps its memory.
    pub fn reset(&mut self, keys: usize) {
        for &(key, _) in &self.lines {
            self.at[key as usize] = NONE;
        }
        self.lines.clear();
        self.at.resize(keys, NONE);
    }

    /// The line of a key.
    #[inline]
    pub fn line(&mut self, key: usize) -> &mut T {
        let mut at = self.at[key];
        if at == NONE {
            at = self.make(key);
        }
        &mut self.lines[at as usize].1
    }

    #[cold]
    fn make(&mut self, key: usize) -> u32 {
        let at = self.lines.len() as u32;
        self.at[key] = at;
        self.lines.push((key as u32, T::default()));
        at
    }

    /// Touched lines with their keys, in the order in which they were touched.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.lines.iter().map(|(key, line)| (*key as usize, line))
    }

    /// The same, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut T)> {
        self.lines.iter_mut().map(|(key, line)| (*key as usize, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_one_is_as_new() {
        let mut table: Sparse<u64> = Sparse::default();
        table.reset(10);
        *table.line(7) += 3;
        *table.line(2) += 1;
        *table.line(7) += 1;
        assert_eq!(table.iter().collect::<Vec<_>>(), [(7, &4), (2, &1)]);
        table.reset(4);
        assert_eq!(table.iter().count(), 0);
        table.reset(8);
        *table.line(7) += 1;
        assert_eq!(table.iter().collect::<Vec<_>>(), [(7, &1)]);
    }
}
