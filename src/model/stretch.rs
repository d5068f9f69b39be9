//! Private stretches: what befalls a server in a course that is known from its beginning and concerns
//! nobody else.
//!
//! A stretch is kept until something else concerns the server. If it is over by then, and nothing came
//! in between, it is told whole. If not, it is played from its beginning, as of its time, by the very
//! steps that a public course has; the eager play of the tests keeps none, and gives the same records.
//!
//! **Invariants.** The stretches of a server are in the order of their beginnings, and none begins
//! before the one before it is over: whoever would be struck in the midst of one is played first.

use crate::kernel::event_list::{Moment, NO_MOMENT, time_of};
use crate::kernel::time::SimTime;
use crate::model::fact::{Origin, Server};
use crate::model::fault::Cause;

/// A copy of a volume leaves its set and joins it again.
#[derive(Clone, Copy, Debug)]
pub struct Absence {
    /// Which copy.
    pub copy: u32,
    /// What took it.
    pub origin: Origin,
    /// When it is sealed out of the set: writes stall up to then.
    pub sealed: SimTime,
    /// 0 while it is to come back with its storage node; else it is made anew, and this is the
    /// number of that wish.
    pub wish: u32,
    /// When it begins to be made anew: later than it is wanted where others come first.
    pub begins: SimTime,
}

/// What becomes of a server whose node is struck.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// It has no other node, and is down until this one is back.
    Alone,
    /// It was the standby, which catches up when it is back.
    Standby,
    /// It was the primary, and is back before a failover is decided.
    InTime {
        /// When its loss was noticed, or would have been.
        detected: SimTime,
    },
    /// It was the primary; the standby takes its place, and it becomes the standby. When each step is
    /// over.
    Failover {
        /// Its loss is noticed.
        detected: SimTime,
        /// The failover is decided, and has a slot of the ring.
        decided: SimTime,
        /// The old primary is shut out.
        fenced: SimTime,
        /// The standby has applied what it received.
        replayed: SimTime,
        /// The standby is the primary.
        promoted: SimTime,
        /// Clients have found it.
        redirected: SimTime,
    },
}

/// A node is struck and comes back in place.
#[derive(Clone, Copy, Debug)]
pub struct Recovery {
    /// Which node.
    pub node: u32,
    /// Only its engine was struck, not its machine.
    pub engine_only: bool,
    /// What struck it.
    pub origin: Origin,
    /// When it has started: crash recovery follows.
    pub started: SimTime,
    /// When it is ready.
    pub ready: SimTime,
    /// When all that was bought is healthy again.
    pub healed: SimTime,
    /// What becomes of the server.
    pub way: Way,
}

/// What befalls the server.
#[derive(Clone, Copy, Debug)]
pub enum Course {
    /// It cannot be reached.
    Unreachable(Cause),
    /// One of its volumes lacks a copy.
    Copy(Absence),
    /// One of its nodes is away: the place of its recovery, see [`Stretches::note`].
    Node(u32),
}

/// A stretch, from the moment of what begins it to the moment of what would end it.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// The event that begins it.
    pub begins: Moment,
    /// The event that would end it; later than any while it is not known.
    pub ends: Moment,
    /// What it is.
    pub course: Course,
}

/// The stretches of all servers of a cell that have not been told yet.
#[derive(Clone, Debug, Default)]
pub struct Stretches {
    /// First and last of each server.
    lines: Vec<(u32, u32)>,
    /// Each with the next of its server, or of those that are free.
    all: Vec<(Stretch, u32)>,
    free: u32,
    /// Recoveries are rare and long, so they stand elsewhere; and where one is free.
    recoveries: Vec<Recovery>,
    free_recoveries: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Stretches {
    /// Nothing befalls anybody.
    pub fn reset(&mut self, servers: u32) {
        self.lines.clear();
        self.lines.resize(servers as usize, (NONE, NONE));
        self.all.clear();
        self.free = NONE;
        self.recoveries.clear();
        self.free_recoveries.clear();
    }

    /// Notes a recovery, for a stretch that is to be kept.
    pub fn note(&mut self, recovery: Recovery) -> Course {
        let place = match self.free_recoveries.pop() {
            Some(place) => {
                self.recoveries[place as usize] = recovery;
                place
            }
            None => {
                self.recoveries.push(recovery);
                self.recoveries.len() as u32 - 1
            }
        };
        Course::Node(place)
    }

    /// A recovery that was noted: it stays until another one is noted after its stretch was taken out.
    pub fn recovery(&self, place: u32) -> &Recovery {
        &self.recoveries[place as usize]
    }

    /// Whether any stretch of a server is kept.
    #[inline]
    pub fn has(&self, server: Server) -> bool {
        self.lines[server as usize].0 != NONE
    }

    /// Whether none of a server is still in its course at an instant.
    #[inline]
    pub fn are_over(&self, server: Server, now: SimTime) -> bool {
        let (_, last) = self.lines[server as usize];
        last == NONE || time_of(self.all[last as usize].0.ends) < now
    }

    /// The first of a server.
    #[inline]
    pub fn first(&self, server: Server) -> Option<&Stretch> {
        let (first, _) = self.lines[server as usize];
        (first != NONE).then(|| &self.all[first as usize].0)
    }

    /// The last of a server.
    #[inline]
    pub fn last(&self, server: Server) -> Option<&Stretch> {
        let (_, last) = self.lines[server as usize];
        (last != NONE).then(|| &self.all[last as usize].0)
    }

    /// The same, to be changed.
    pub fn last_mut(&mut self, server: Server) -> Option<&mut Stretch> {
        let (_, last) = self.lines[server as usize];
        (last != NONE).then(|| &mut self.all[last as usize].0)
    }

    /// Keeps one that begins now.
    #[inline]
    pub fn keep(&mut self, server: Server, stretch: Stretch) {
        let new = if self.free == NONE {
            self.all.push((stretch, NONE));
            self.all.len() as u32 - 1
        } else {
            let new = self.free;
            self.free = std::mem::replace(&mut self.all[new as usize], (stretch, NONE)).1;
            new
        };
        let (first, last) = &mut self.lines[server as usize];
        if *last == NONE {
            *first = new;
        } else {
            self.all[*last as usize].1 = new;
        }
        *last = new;
    }

    /// Takes the first of a server out.
    pub fn take_first(&mut self, server: Server) -> Option<Stretch> {
        let first = *self.first(server)?;
        self.drop_first(server);
        Some(first)
    }

    /// Forgets the first of a server, which there is.
    #[inline]
    pub fn drop_first(&mut self, server: Server) {
        let (first, last) = &mut self.lines[server as usize];
        let dropped = *first;
        let (stretch, next) = &mut self.all[dropped as usize];
        *first = *next;
        if *next == NONE {
            *last = NONE;
        }
        *next = std::mem::replace(&mut self.free, dropped);
        if let Course::Node(place) = stretch.course {
            self.free_recoveries.push(place);
        }
    }

    /// The first of a server, and when the second begins: later than any if there is none.
    #[inline]
    pub fn first_two(&self, server: Server) -> Option<(&Stretch, Moment)> {
        let (first, _) = self.lines[server as usize];
        if first == NONE {
            return None;
        }
        let (stretch, second) = &self.all[first as usize];
        let begins = match *second {
            NONE => NO_MOMENT,
            second => self.all[second as usize].0.begins,
        };
        Some((stretch, begins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::event_list::moment;

    #[test]
    fn each_server_has_its_own_in_their_order() {
        let stretch = |from: u64, to: u64| Stretch {
            begins: moment(SimTime(from), 0),
            ends: moment(SimTime(to), 0),
            course: Course::Unreachable(Cause(1)),
        };
        let mut all = Stretches::default();
        all.reset(2);
        for at in 0..5 {
            all.keep(1, stretch(10 * at, 10 * at + 5));
            all.keep(0, stretch(10 * at + 1, 10 * at + 6));
            assert!(
                !all.are_over(1, SimTime(10 * at + 5)) && all.are_over(1, SimTime(10 * at + 6))
            );
        }
        for at in 0..5 {
            assert_eq!(all.first(1).map(|s| time_of(s.begins)), Some(SimTime(10 * at)));
            assert_eq!(all.take_first(1).map(|s| time_of(s.ends)), Some(SimTime(10 * at + 5)));
            all.keep(0, stretch(100 + at, 100 + at));
        }
        assert!(!all.has(1) && all.take_first(1).is_none() && all.are_over(1, SimTime(0)));
        let begins: Vec<u64> =
            std::iter::from_fn(|| all.take_first(0)).map(|s| time_of(s.begins).0).collect();
        assert_eq!(begins, [1, 11, 21, 31, 41, 100, 101, 102, 103, 104]);
    }

    #[test]
    fn the_place_of_a_recovery_is_free_when_its_stretch_is_out() {
        let recovery = |node: u32| Recovery {
            node,
            engine_only: true,
            origin: Origin { cause: Cause(1), number: 0 },
            started: SimTime(1),
            ready: SimTime(2),
            healed: SimTime(3),
            way: Way::Alone,
        };
        let mut all = Stretches::default();
        all.reset(2);
        let keep = |all: &mut Stretches, server: u32| {
            let course = all.note(recovery(10 + server));
            all.keep(server, Stretch { begins: 0, ends: 1, course });
            let Course::Node(place) = course else { unreachable!("a recovery was noted") };
            place
        };
        let (first, second) = (keep(&mut all, 0), keep(&mut all, 1));
        assert_eq!((all.recovery(first).node, all.recovery(second).node), (10, 11));
        assert!(all.take_first(0).is_some());
        assert_eq!(all.recovery(first).node, 10, "who took it out may still read it");
        assert_eq!(keep(&mut all, 0), first, "the place is used again");
        assert_eq!((all.recovery(first).node, all.recovery(second).node), (10, 11));
    }
}
