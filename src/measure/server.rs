//! One server's running account: time down, incidents, minutes of the contract by month.
//!
//! Records of a server come in time order, so one open month is enough.

use super::book::Contract;
use super::calendar::Minutes;
use super::tally::{ONE_SHARE, count};

/// The account of one server, two to a cache line.
#[derive(Clone, Copy, Default, Debug)]
pub struct Account {
    /// Down, us.
    pub down: u64,
    /// Incidents.
    pub incidents: u32,
    open_down: u32,
    open_off: u32,
    worst_down: u32,
    worst_agreed: u32,
    open_month: u16,
    marks: u16,
}

/// Which of these has happened to a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// A loss window above zero.
    Loss = 1 << 15,
    /// All copies of its volume were lost.
    Copies = 1 << 14,
    /// Nothing could bring it back.
    Lost = 1 << 13,
}

const BREACHES: u16 = Mark::Lost as u16 - 1;

/// What a stretch of minutes is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Minute {
    /// Down as the contract counts.
    Down,
    /// Not agreed: stopped or absent.
    Off,
}

impl Account {
    /// Sets a mark; true the first time.
    #[inline]
    pub fn mark(&mut self, mark: Mark) -> bool {
        let new = self.marks & mark as u16 == 0;
        self.marks |= mark as u16;
        new
    }

    /// Months below the target so far.
    pub fn breaches(&self) -> u32 {
        u32::from(self.marks & BREACHES)
    }

    /// Unavailability of the worst month so far in 10^-12; `None` before a whole month was closed
    /// with downtime in it.
    pub fn worst(&self) -> Option<u64> {
        (self.worst_agreed > 0).then(|| share(self.worst_down, self.worst_agreed))
    }

    /// Adds clock minutes, first and first after; they may span months.
    pub fn minutes(
        &mut self,
        book: &Minutes,
        contract: &Contract,
        c: &mut [u64; count::COUNT],
        (mut first, end): (u32, u32),
        kind: Minute,
    ) {
        while first < end {
            let month = &book.months[usize::from(self.open_month)];
            if first >= month.end {
                self.close(book, contract, c);
                self.open_month += 1;
                continue;
            }
            let part = end.min(month.end) - first;
            match kind {
                Minute::Down => self.open_down += part,
                Minute::Off => self.open_off += part,
            }
            first += part;
        }
    }

    /// Closes the open month: counts its minutes and whether it met the target. A month without a
    /// minute down or off needs no call.
    pub fn close(&mut self, book: &Minutes, contract: &Contract, c: &mut [u64; count::COUNT]) {
        let (down, off) = (self.open_down, self.open_off);
        if down == 0 && off == 0 {
            return;
        }
        (self.open_down, self.open_off) = (0, 0);
        c[count::SLA_MINUTES] += u64::from(down);
        let month = &book.months[usize::from(self.open_month)];
        if !month.whole {
            return;
        }
        let agreed = month.end - month.first - off;
        c[count::SLA_DOWN] += u64::from(down);
        // Starts from all servers and months; what was not agreed is taken off.
        c[count::SLA_AGREED] -= u64::from(off);
        if agreed == 0 {
            c[count::SERVER_MONTHS] -= u64::from(contract.target > 0.0);
            return;
        }
        if availability(down, agreed) < contract.target {
            c[count::BREACHES] += 1;
            self.marks += 1;
        }
        let worse = u64::from(down) * u64::from(self.worst_agreed.max(1))
            > u64::from(self.worst_down) * u64::from(agreed);
        if worse || self.worst_agreed == 0 {
            (self.worst_down, self.worst_agreed) = (down, agreed);
        }
    }
}

/// Availability of a month.
fn availability(down: u32, agreed: u32) -> f64 {
    f64::from(agreed - down) / f64::from(agreed)
}

/// Of the minutes of one month: their share fits with room to spare.
fn share(part: u32, whole: u32) -> u64 {
    (u64::from(part) * ONE_SHARE + u64::from(whole / 2)) / u64::from(whole)
}

impl Account {
    /// Availability of the worst closed month; 1 before a month was closed.
    pub fn worst_availability(&self) -> f64 {
        if self.worst_agreed == 0 { 1.0 } else { availability(self.worst_down, self.worst_agreed) }
    }
}
