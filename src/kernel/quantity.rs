//! Quantities that cannot be mixed up: shares, rates, bytes and bytes per second.
//!
//! Each wraps one number in one fixed unit. Text is read and written elsewhere.

/// A probability or share, 0 to 1.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Share(pub f64);

/// Events per second, at least 0 and finite.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Rate(pub f64);

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Bytes(pub u64);

/// Bytes per second; infinite where unbounded.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Speed(pub f64);

impl Share {
    /// Certainty.
    pub const ONE: Share = Share(1.0);
    /// Impossibility.
    pub const ZERO: Share = Share(0.0);
}

impl Rate {
    /// Seconds in the year of all rates: 365 days.
    pub const YEAR_SECONDS: f64 = 31_536_000.0;

    /// A rate given per year of 365 days.
    pub fn per_year(events: f64) -> Rate {
        Rate(events / Self::YEAR_SECONDS)
    }

    /// Events per year of 365 days.
    pub fn as_per_year(self) -> f64 {
        self.0 * Self::YEAR_SECONDS
    }
}

impl Speed {
    /// No limit.
    pub const UNBOUNDED: Speed = Speed(f64::INFINITY);

    /// Seconds to move `bytes`; zero where unbounded or where there is nothing to move.
    pub fn seconds_for(self, bytes: f64) -> f64 {
        if bytes <= 0.0 || self.0.is_infinite() { 0.0 } else { bytes / self.0 }
    }
}

impl Default for Speed {
    fn default() -> Speed {
        Speed::UNBOUNDED
    }
}
