//! Where the rows of the longest incidents stand among all rows.

/// Where the row of an incident stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Length of the incident, us.
    pub length: u64,
    /// Its first byte among those of all rows.
    pub at: u64,
    /// How many bytes it has.
    pub bytes: u32,
}

/// The rows of the longest incidents, of equally long ones the first, so that nobody need look
/// through millions of rows for them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Longest {
    all: u64,
    /// What is no longer than this is not among them.
    bound: u64,
    places: Vec<Place>,
}

impl Longest {
    /// How many are known.
    pub const MOST: usize = 300;

    /// The next row; incidents have a length above 0.
    #[inline]
    pub fn add(&mut self, length: u64, at: u64, bytes: u32) {
        self.all += 1;
        if length > self.bound {
            self.keep(Place { length, at, bytes });
        }
    }

    #[inline(never)]
    fn keep(&mut self, place: Place) {
        self.places.push(place);
        if self.places.len() >= 2 * Longest::MOST {
            self.prune();
        }
    }

    /// Sorts them, and forgets those that are too many.
    fn prune(&mut self) {
        // Stable: of equal ones the first stays in front.
        self.places.sort_by_key(|place| std::cmp::Reverse(place.length));
        self.places.truncate(Longest::MOST);
        if self.places.len() == Longest::MOST {
            self.bound = self.places.last().map_or(0, |last| last.length);
        }
    }

    /// Takes those of rows that follow after so many bytes.
    pub(super) fn append(&mut self, next: &mut Longest, after: u64) {
        self.all += next.all;
        if next.places.is_empty() {
            return;
        }
        next.prune();
        for &place in next.places.iter().filter(|place| place.length > self.bound) {
            self.places.push(Place { at: after + place.at, ..place });
        }
        self.prune();
    }

    /// Makes it ready for rows that follow those of another one: only longer ones can be among the longest
    /// of both.
    pub(super) fn begin_after(&mut self, before: &Longest) {
        (self.all, self.bound) = (0, before.bound);
        self.places.clear();
    }

    /// Empties it and keeps its memory.
    pub(super) fn clear(&mut self) {
        (self.all, self.bound) = (0, 0);
        self.places.clear();
    }

    /// How many rows there are in all.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// The longest, the longest first: all of them, or [`Longest::MOST`]. Complete once the run has
    /// ended.
    pub fn places(&self) -> &[Place] {
        &self.places
    }
}
