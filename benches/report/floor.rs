//! The floor: the least that any event of a fleet can cost with this generator and this kind of list.
//!
//! One exponential draw from a ChaCha8 stream and a uniform victim, one replacement of the top of a
//! 4-ary heap of sixteen packed moments, one read and write of the victim's line in half a megabyte of
//! state, which lives in the second-level cache. The heap is written here by hand, so that the
//! yardstick does not move with the event list that it measures.

use crate::clock::timed;
use crate::sample::Sample;
use crate::table::{Demand, Table, hash};
use crate::{Size, clock};
use fleetsim::kernel::chance::{Bits, Stream};
use fleetsim::kernel::law::exponential_unit;

const PENDING: usize = 16;
/// With one entry that is never the least, so that every inner one has four children.
const PADDED: usize = PENDING + 1;
const FIRST_LEAF: usize = PADDED / 4;
/// Servers of a full cell.
const VICTIMS: u64 = 8_192;
/// Words of state a victim: a cache line.
const LINE: usize = 8;

/// The loop, ready to turn.
pub struct Floor {
    stream: Stream,
    heap: [u128; PADDED],
    state: Vec<u64>,
    /// Turns so far.
    pub turns: u64,
}

impl Floor {
    /// Sixteen pending events and a state of zeros.
    pub fn new() -> Floor {
        let mut stream = Stream::new(1, 0, 0, 0);
        let mut heap = [u128::MAX; PADDED];
        heap[..PENDING].iter_mut().for_each(|m| *m = next(&mut stream, 0));
        heap.sort_unstable();
        Floor { stream, heap, state: vec![0; VICTIMS as usize * LINE], turns: 0 }
    }

    /// Takes this many events.
    #[inline(never)]
    pub fn turn(&mut self, turns: u64) {
        for _ in 0..turns {
            let top = self.heap[0];
            let (at, victim) = ((top >> 64) as u64, top as u64 as usize);
            let word = &mut self.state[victim * LINE];
            *word = word.wrapping_mul(31).wrapping_add(at);
            let new = next(&mut self.stream, at);
            replace_top(&mut self.heap, new);
        }
        self.turns += turns;
    }

    /// A hash of what happened.
    pub fn hash(&self) -> u64 {
        hash(self.state.iter().step_by(LINE).copied())
    }

    /// Processor time of one turn, ns, over this many of them.
    pub fn measure(&mut self, turns: u64) -> f64 {
        timed(|| self.turn(turns)).0 / turns as f64
    }
}

fn next(stream: &mut Stream, now: u64) -> u128 {
    let gap = (exponential_unit(stream) * 1e9) as u64;
    let victim = stream.below(VICTIMS);
    u128::from(now + gap) << 64 | u128::from(victim)
}

#[inline]
fn replace_top(heap: &mut [u128; PADDED], new: u128) {
    let mut at = 0;
    while at < FIRST_LEAF {
        let first = 4 * at + 1;
        let children: &[u128; 4] = heap[first..].first_chunk().expect("four children");
        // Which child is the least cannot be foreseen: choose without branches.
        let smaller =
            |a: usize, b: usize| std::hint::select_unpredictable(children[b] < children[a], b, a);
        let least = smaller(smaller(0, 1), smaller(2, 3));
        if new <= children[least] {
            break;
        }
        (heap[at], at) = (children[least], first + least);
    }
    heap[at] = new;
}

/// How long one turn takes.
pub fn bench(size: Size, table: &mut Table) {
    let (rounds, turns) = if size == Size::Test { (1, 1_000) } else { (21, 1_000_000) };
    let mut floor = Floor::new();
    floor.turn(turns);
    let start = clock::cpu();
    let times: Vec<f64> = (0..rounds).map(|_| floor.measure(turns)).collect();
    println!("   hash {:016x} after {} turns", floor.hash(), floor.turns);
    assert!(clock::cpu() > start, "the clock stands still");
    table.add("floor loop, a turn", Demand::None, Sample::of(times), "ns");
}
