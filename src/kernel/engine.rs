//! The loop: take the earliest event, move the clock, hand it over, until the end.
//!
//! The end is exclusive: an event at the horizon itself does not happen. The running digest makes
//! the equality of two whole runs a comparison of two words.

use super::event_list::{Content, EventList, time_of};
use super::time::SimTime;

/// Something that the loop can play.
pub trait Machine {
    /// Its pending events.
    fn events(&mut self) -> &mut EventList;
    /// The clock is about to leave `now`: everything of that instant is quiet.
    fn leave(&mut self, now: SimTime);
    /// Whether [`Machine::leave`] would do nothing: then it is not called.
    fn is_quiet(&self) -> bool {
        false
    }
    /// Whether an event was called off after it was scheduled: then it is taken out and does not count.
    fn is_stale(&mut self, _at: SimTime, _event: Content) -> bool {
        false
    }
    /// One event happens.
    fn handle(&mut self, now: SimTime, event: Content);
}

/// What a run counted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Played {
    /// Events taken from the list.
    pub events: u64,
    /// Running hash of (time, content) of all of them.
    pub digest: u64,
}

/// Folds a word into a running digest; order matters.
#[inline]
pub fn digest(running: u64, word: u64) -> u64 {
    let product = u128::from(running ^ word ^ 0x2545_f491_4f6c_dd1d)
        * u128::from(0x9e37_79b9_7f4a_7c15_u64 ^ (word << 1));
    (product >> 64) as u64 ^ product as u64 ^ word.rotate_left(17)
}

/// Plays a machine from `SimTime::ZERO` to just before `end`.
pub fn run<M: Machine>(machine: &mut M, end: SimTime) -> Played {
    let mut played = Played::default();
    let mut now = SimTime::ZERO;
    let mut left = false;
    loop {
        let moment = machine.events().first();
        let at = time_of(moment);
        // Nothing is later than the end, which is also where a list stands that is empty.
        let is_over = at >= end;
        if !left && (is_over || at != now) && !machine.is_quiet() {
            // May schedule something that comes before what was next, or after what was last.
            machine.leave(now);
            left = true;
            continue;
        }
        if is_over {
            break;
        }
        debug_assert!(at >= now, "the clock ran backwards");
        machine.events().take_first(moment);
        if machine.is_stale(at, moment as u64) {
            continue;
        }
        (now, left) = (at, false);
        played.events += 1;
        played.digest = digest(played.digest, at.0.rotate_left(20) ^ moment as u64);
        machine.handle(at, moment as u64);
    }
    played
}
