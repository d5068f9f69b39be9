//! The future: plain times in a 4-ary heap, timers that can be cancelled in a `PriorityQueue`.
//!
//! Ties are a contract: events at one instant come out in the order of their content word, never in
//! the order in which they were scheduled. The whole key is one `u128`: time above, content below.
//!
//! Costs with n pending: `schedule` and `pop` of plain events O(log4 n), and a `schedule` that
//! follows a `pop` replaces the top in place; `set_timer`, `move_timer`, `cancel_timer` O(log2 n)
//! and a hash of one word.
//!
//! The past can be played again for one who was not looked at: while it is open, what is scheduled
//! before the present is kept apart, in a list of a handful, and never mixes with the future.

use super::time::SimTime;
use priority_queue::PriorityQueue;
use std::cmp::Reverse;
use std::hash::{BuildHasherDefault, Hasher};

/// An event as one word that sorts: whoever packs it decides what comes first within an instant.
pub type Content = u64;

/// A time and a content as one sortable number.
pub type Moment = u128;

/// The moment of a content at a time.
#[inline]
pub fn moment(at: SimTime, content: Content) -> Moment {
    (u128::from(at.0) << 64) | u128::from(content)
}

/// The time of a moment.
#[inline]
pub fn time_of(moment: Moment) -> SimTime {
    SimTime((moment >> 64) as u64)
}

/// Later than any moment.
pub const NO_MOMENT: Moment = Moment::MAX;

/// Pending events whose memory is kept when all are forgotten.
const KEPT: usize = 4_096;

/// An open past that was set aside.
#[derive(Clone, Copy, Debug)]
pub struct Aside {
    present: Moment,
    from: usize,
}

/// Pending events, popped in the order of (time, content).
#[derive(Clone, Debug)]
pub struct EventList {
    heap: Vec<Moment>,
    /// The top of `heap` has been popped and waits to be replaced.
    hole: bool,
    timers: PriorityQueue<Content, Reverse<Moment>, BuildHasherDefault<WordHasher>>,
    /// The earliest timer, or `NO_MOMENT`.
    first_timer: Moment,
    /// Time of the last event taken: nothing is scheduled before it.
    now: SimTime,
    /// While the past is open, the moment at which it ends; else 0.
    present: Moment,
    /// What is to happen before the present; pasts that were set aside stand first.
    past: Vec<Moment>,
    /// Where the one that is open begins.
    past_from: usize,
}

impl Default for EventList {
    fn default() -> EventList {
        EventList {
            heap: Vec::new(),
            hole: false,
            timers: PriorityQueue::with_default_hasher(),
            first_timer: NO_MOMENT,
            now: SimTime::ZERO,
            present: 0,
            past: Vec::new(),
            past_from: 0,
        }
    }
}

impl EventList {
    /// Forgets everything, keeps the memory of a few thousand events.
    pub fn clear(&mut self) {
        self.heap.clear();
        self.heap.shrink_to(KEPT);
        self.hole = false;
        self.timers.clear();
        self.first_timer = NO_MOMENT;
        self.now = SimTime::ZERO;
        self.present = 0;
        self.past.clear();
        self.past_from = 0;
    }

    /// Time of the event that was taken last.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Number of pending events.
    pub fn len(&self) -> usize {
        self.heap.len() - usize::from(self.hole) + self.timers.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an event that will never be cancelled. The same content may be pending several times.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, content: Content) {
        let new = moment(at, content);
        if new < self.present {
            self.past.push(new);
            return;
        }
        debug_assert!(at >= self.now, "event {content:#x} scheduled in the past");
        if self.hole {
            self.hole = false;
            self.sift_down(new);
        } else {
            self.heap.push(new);
            self.sift_up(self.heap.len() - 1);
        }
    }

    /// Sets a timer, which is named by its content; panics if it is pending already.
    pub fn set_timer(&mut self, at: SimTime, content: Content) {
        let new = moment(at, content);
        if new < self.present {
            self.past.push(new);
            return;
        }
        debug_assert!(at >= self.now, "timer {content:#x} set in the past");
        let old = self.timers.push(content, Reverse(new));
        assert!(old.is_none(), "timer {content:#x} set twice");
        self.first_timer = self.first_timer.min(new);
    }

    /// Sets or moves a timer.
    pub fn move_timer(&mut self, at: SimTime, content: Content) {
        self.timers.push(content, Reverse(moment(at, content)));
        self.refresh_first_timer();
    }

    /// Takes a timer away and tells for when it was set.
    pub fn cancel_timer(&mut self, content: Content) -> Option<SimTime> {
        if let Some(i) = self.open().iter().position(|&m| m as Content == content) {
            return Some(time_of(self.past.swap_remove(self.past_from + i)));
        }
        if self.timers.is_empty() {
            return None;
        }
        let (_, Reverse(old)) = self.timers.remove(&content)?;
        if old == self.first_timer {
            self.refresh_first_timer();
        }
        Some(time_of(old))
    }

    /// Whether a timer is pending.
    pub fn has_timer(&self, content: Content) -> bool {
        self.open().iter().any(|&m| m as Content == content)
            || (!self.timers.is_empty() && self.timers.contains(&content))
    }

    /// Opens the past: until it is closed, what is scheduled before `present` belongs to it. The
    /// present may move while it is open.
    #[inline]
    pub fn open_past(&mut self, present: Moment) {
        self.present = present;
    }

    /// The first that is still to happen in the past, or [`NO_MOMENT`].
    #[inline]
    pub fn first_past(&self) -> Moment {
        self.open().iter().copied().min().unwrap_or(NO_MOMENT)
    }

    /// What is to happen in the past that is open.
    #[inline]
    fn open(&self) -> &[Moment] {
        &self.past[self.past_from..]
    }

    /// Takes a moment out of the past.
    pub fn take_past(&mut self, moment: Moment) {
        let at = self.open().iter().position(|&m| m == moment);
        self.past.swap_remove(self.past_from + at.expect("it is to happen in the past"));
    }

    /// The moment at which the open past ends.
    pub fn present(&self) -> Moment {
        self.present
    }

    /// Sets an open past aside, so that another one can be played.
    #[inline]
    pub fn set_past_aside(&mut self) -> Aside {
        let aside = Aside { present: self.present, from: self.past_from };
        (self.present, self.past_from) = (0, self.past.len());
        aside
    }

    /// Closes the past, in which everything has happened; what was set aside is open again.
    #[inline]
    pub fn close_past(&mut self, aside: Aside) {
        debug_assert!(self.open().is_empty(), "something of the past never happened");
        (self.present, self.past_from) = (aside.present, aside.from);
    }

    fn refresh_first_timer(&mut self) {
        self.first_timer = self.timers.peek().map_or(NO_MOMENT, |(_, &Reverse(m))| m);
    }

    /// The earliest moment, or [`NO_MOMENT`].
    #[inline]
    pub fn first(&mut self) -> Moment {
        self.fill_hole();
        let plain = self.heap.first().copied().unwrap_or(NO_MOMENT);
        plain.min(self.first_timer)
    }

    /// Takes the earliest moment out, which is known by [`EventList::first`].
    #[inline]
    pub fn take_first(&mut self, first: Moment) {
        debug_assert!(first == self.first() && first != NO_MOMENT, "it is not the first one");
        // A plain event and a timer of the same moment: the plain one goes first.
        if self.heap.first() == Some(&first) {
            self.hole = true;
        } else {
            self.timers.pop();
            self.refresh_first_timer();
        }
        self.now = time_of(first);
    }

    /// Takes the earliest moment out, if it is before `end`.
    #[inline]
    pub fn pop_before(&mut self, end: SimTime) -> Option<Moment> {
        let first = self.first();
        if first >= moment(end, 0) {
            return None;
        }
        self.take_first(first);
        Some(first)
    }

    /// Closes the gap that the last `pop` left, if nothing was scheduled into it.
    #[inline]
    fn fill_hole(&mut self) {
        if self.hole {
            self.hole = false;
            let last = self.heap.pop().expect("a hole is an element");
            if !self.heap.is_empty() {
                self.sift_down(last);
            }
        }
    }

    fn sift_up(&mut self, mut at: usize) {
        let new = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / 4;
            if self.heap[parent] <= new {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = new;
    }

    /// Puts `new` in the place of the top.
    #[inline]
    fn sift_down(&mut self, new: Moment) {
        let heap = &mut self.heap[..];
        let mut at = 0;
        loop {
            let first = 4 * at + 1;
            let Some(children) = heap.get(first..).filter(|c| !c.is_empty()) else { break };
            let (offset, least) = match children.first_chunk() {
                Some(four) => least_of_four(four),
                None => least_of_few(children),
            };
            if new <= least {
                break;
            }
            heap[at] = least;
            at = first + offset;
        }
        heap[at] = new;
    }
}

/// Place and value of the least of four, two by two: without a branch, and half as long a chain as one
/// after the other.
#[inline]
fn least_of_four(&[a, b, c, d]: &[Moment; 4]) -> (usize, Moment) {
    let (i, left) = if b < a { (1, b) } else { (0, a) };
    let (j, right) = if d < c { (3, d) } else { (2, c) };
    if right < left { (j, right) } else { (i, left) }
}

/// The same of the last ones, which may be fewer.
#[inline]
fn least_of_few(children: &[Moment]) -> (usize, Moment) {
    let least = children.iter().copied().enumerate().min_by_key(|c| c.1);
    least.expect("there is at least one child")
}

/// Hashes one word by a folded multiplication.
#[derive(Clone, Copy, Default, Debug)]
pub struct WordHasher(u64);

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::chance::{Bits, Key};

    #[test]
    fn ties_are_ordered_by_content_whatever_the_order_of_scheduling() {
        let mut list = EventList::default();
        for content in [5, 1, 9, 3] {
            list.schedule(SimTime(7), content);
        }
        list.set_timer(SimTime(7), 4);
        list.schedule(SimTime(6), 100);
        let order: Vec<u64> =
            std::iter::from_fn(|| list.pop_before(SimTime(8))).map(|m| m as u64).collect();
        assert_eq!(order, [100, 1, 3, 4, 5, 9]);
    }

    #[test]
    fn the_past_is_kept_apart_from_the_future() {
        let mut list = EventList::default();
        list.schedule(SimTime(9), 1);
        list.schedule(SimTime(5), 2);
        assert_eq!(list.pop_before(SimTime(6)), Some(moment(SimTime(5), 2)));
        let none = list.set_past_aside();
        list.open_past(moment(SimTime(5), 2));
        list.schedule(SimTime(3), 7);
        list.set_timer(SimTime(2), 8);
        list.set_timer(SimTime(5), 3);
        list.set_timer(SimTime(1), 4);
        assert!(list.has_timer(8) && list.has_timer(3));
        assert_eq!(list.cancel_timer(4), Some(SimTime(1)));
        // Another past, in the midst of it.
        let aside = list.set_past_aside();
        assert_eq!((list.first_past(), list.has_timer(8)), (NO_MOMENT, false));
        list.open_past(moment(SimTime(4), 0));
        list.schedule(SimTime(2), 5);
        list.take_past(moment(SimTime(2), 5));
        list.close_past(aside);
        for expected in [moment(SimTime(2), 8), moment(SimTime(3), 7)] {
            assert_eq!(list.first_past(), expected);
            list.take_past(expected);
        }
        assert_eq!(list.first_past(), NO_MOMENT);
        list.close_past(none);
        assert_eq!(list.len(), 2);
        assert_eq!(list.pop_before(SimTime(10)), Some(moment(SimTime(5), 3)));
    }

    /// Against a sorted list, with every operation mixed.
    #[test]
    fn agrees_with_a_sorted_list() {
        let mut draw = Key::new(1).draw();
        let mut list = EventList::default();
        let mut truth: Vec<Moment> = Vec::new();
        let mut now = SimTime::ZERO;
        for step in 0..40_000u64 {
            match draw.below(8) {
                0..=2 => {
                    let at = SimTime(now.0 + draw.below(50));
                    list.schedule(at, step << 1);
                    truth.push(moment(at, step << 1));
                }
                3 => {
                    let at = SimTime(now.0 + draw.below(50));
                    let name = (draw.below(40) << 1) | 1;
                    truth.retain(|&m| m as u64 != name);
                    list.move_timer(at, name);
                    truth.push(moment(at, name));
                }
                4 => {
                    let name = (draw.below(40) << 1) | 1;
                    let found = truth.iter().position(|&m| m as u64 == name);
                    let expected = found.map(|i| time_of(truth.swap_remove(i)));
                    assert_eq!(list.cancel_timer(name), expected);
                }
                _ => {
                    truth.sort_unstable();
                    let end = SimTime(now.0 + 40);
                    let expected = truth.first().copied().filter(|&m| m < moment(end, 0));
                    assert_eq!(list.pop_before(end), expected);
                    if let Some(m) = expected {
                        truth.remove(0);
                        now = time_of(m);
                    }
                }
            }
            assert_eq!(list.len(), truth.len());
        }
    }
}
