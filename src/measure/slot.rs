//! Sums of the incidents that are alike: each is added once, and whatever is told by class, by cause
//! or by path is made of these sums when the cell is finished.

use super::book::Contract;
use super::cell::Local;
use super::hist::{Hist, bucket_of};
use super::sparse::Sparse;
use super::tally::{PATHS, PHASES, Tally, count};
use crate::model::fault::Cause;
use crate::model::record::{Incident, RecoveryPath};

/// Position of incidents that the horizon cut, after the paths.
const CUT: usize = PATHS;
/// Position of incidents that are over by no path.
const UNSAID: usize = PATHS + 1;
/// How many endings there are.
const ENDINGS: usize = PATHS + 2;

/// How an incident ended, as a position: its path, cut by the horizon, or unsaid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ending(usize);

impl Ending {
    #[inline]
    pub fn of(incident: &Incident<'_>) -> Ending {
        match incident.path {
            Some(path) => Ending(path as usize),
            None => Ending(if incident.censored { CUT } else { UNSAID }),
        }
    }

    /// The path's position, if there is one.
    #[inline]
    pub fn path(self) -> Option<usize> {
        (self.0 < PATHS).then_some(self.0)
    }

    /// Whether nothing could bring the server back.
    #[inline]
    pub fn is_lost(self) -> bool {
        self.0 == RecoveryPath::Lost as usize
    }

    /// Whether it is known how long the recovery took.
    #[inline]
    pub fn is_known(self) -> bool {
        self.0 != CUT && !self.is_lost()
    }
}

/// Lengths that wait in a slot.
const WAIT: usize = 32;

/// Incidents of one class with one opening cause and one ending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Down by phase, us.
    pub phases: [u64; PHASES],
    /// Normal steps of planned work, us.
    pub planned: u64,
    /// How many there were when the last lengths were taken.
    incidents: u64,
    /// Those that are not wholly planned: how many, their length in us, how many within the
    /// objective of time.
    unplanned: u64,
    length: u64,
    within: u64,
    /// Those of them whose loss window is not known, is above zero, and above the objective; sum, us.
    pub loss_unknown: u64,
    pub losses: u64,
    pub over: u64,
    pub loss: u64,
    /// Lengths that are still to be taken, in us, twice, and one more where not wholly planned.
    waiting: [u64; WAIT],
    wait: u32,
}

impl Default for Slot {
    fn default() -> Slot {
        Slot {
            phases: [0; PHASES],
            planned: 0,
            incidents: 0,
            unplanned: 0,
            length: 0,
            within: 0,
            loss_unknown: 0,
            losses: 0,
            over: 0,
            loss: 0,
            waiting: [0; WAIT],
            wait: 0,
        }
    }
}

/// What else is counted of one class and one cause.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Beside {
    /// Time at risk, us: by whether the standby is away, and twice whether copies are.
    pub at_risk: [u64; 4],
    /// Stalls within the tolerance: how many, and their length in us.
    pub stalls: u64,
    pub stalled: u64,
}

/// What incidents that one cause opened were charged to another one, us.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Moved {
    pub phases: [u64; PHASES],
    pub planned: u64,
}

/// Recovery times of causes.
#[derive(Clone, Debug)]
pub(super) struct CauseTimes {
    /// By cause and path, planned ones too.
    pub by_path: Vec<[Hist; PATHS]>,
    /// Of maintenance, but of what was not wholly planned.
    pub maintenance: Hist,
}

impl CauseTimes {
    /// None yet.
    pub fn new() -> CauseTimes {
        let by_path = vec![Default::default(); Cause::COUNT];
        CauseTimes { by_path, maintenance: Hist::default() }
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.by_path.iter_mut().flatten().for_each(Hist::clear);
        self.maintenance.clear();
    }
}

/// All sums of a cell.
#[derive(Clone, Default, Debug)]
pub(super) struct Slots {
    slots: Sparse<Slot>,
    beside: Sparse<Beside>,
    moved: Sparse<Moved>,
}

impl Slots {
    /// Empties them for a cell of so many classes.
    pub fn reset(&mut self, classes: usize) {
        self.slots.reset(classes * Cause::COUNT * ENDINGS);
        self.beside.reset(classes * Cause::COUNT);
        self.moved.reset(Cause::COUNT * Cause::COUNT);
    }

    /// Incidents like this one.
    #[inline]
    pub fn slot(&mut self, class: usize, cause: Cause, ending: Ending) -> &mut Slot {
        self.slots.line(Slots::key(class, cause, ending))
    }

    #[inline]
    fn key(class: usize, cause: Cause, ending: Ending) -> usize {
        (class * Cause::COUNT + usize::from(cause.0)) * ENDINGS + ending.0
    }

    /// Takes lengths that wait into the histograms: of a class and of maintenance, those that are not wholly
    /// planned and whose end is known; of a cause and a path, all.
    fn take(slot: &mut Slot, key: usize, classes: &mut [Local], to: &mut CauseTimes) {
        let (pair, ending) = (key / ENDINGS, Ending(key % ENDINGS));
        let Local { tally, contract, .. } = &mut classes[pair / Cause::COUNT];
        let mut of_path = ending.path().map(|path| &mut to.by_path[pair % Cause::COUNT][path]);
        let known = ending.is_known();
        for &waiting in &slot.waiting[..slot.wait as usize] {
            let (length, unplanned) = (waiting >> 1, waiting & 1);
            let bucket = bucket_of(length);
            if let Some(hist) = &mut of_path {
                hist.add_at(bucket, length);
            }
            if unplanned == 1 {
                slot.unplanned += 1;
                slot.length += length;
                slot.within += u64::from(length <= contract.rto);
                if known {
                    tally.recovery.add_at(bucket, length);
                    if pair % Cause::COUNT == usize::from(Cause::MAINTENANCE.0) {
                        to.maintenance.add_at(bucket, length);
                    }
                }
            }
        }
        slot.incidents += u64::from(slot.wait);
        slot.wait = 0;
    }

    /// The same for one slot, which is full.
    #[inline(never)]
    pub fn take_full(
        &mut self,
        (class, cause, ending): (usize, Cause, Ending),
        classes: &mut [Local],
        to: &mut CauseTimes,
    ) {
        let key = Slots::key(class, cause, ending);
        Slots::take(self.slots.line(key), key, classes, to);
    }

    /// The same for all slots.
    pub fn take_all(&mut self, classes: &mut [Local], to: &mut CauseTimes) {
        for (key, slot) in self.slots.iter_mut() {
            Slots::take(slot, key, classes, to);
        }
    }

    /// What else a cause does to a class.
    #[inline]
    pub fn beside(&mut self, class: usize, cause: Cause) -> &mut Beside {
        self.beside.line(class * Cause::COUNT + usize::from(cause.0))
    }

    /// Charges the stretches of an incident that are not its opening cause's.
    #[cold]
    pub fn charge(&mut self, incident: &Incident<'_>) {
        for segment in incident.segments.iter().filter(|s| s.cause != incident.cause) {
            let pair = usize::from(incident.cause.0) * Cause::COUNT + usize::from(segment.cause.0);
            let moved = self.moved.line(pair);
            let length = segment.length().0;
            moved.phases[segment.phase as usize] += length;
            moved.planned += if segment.planned { length } else { 0 };
        }
    }

    /// Adds everything to the sums by class, by cause and by path; all lengths are taken before.
    pub fn fold(
        &self,
        classes: &mut [Local],
        causes: &mut [Tally],
        path_phases: &mut [[u64; PHASES]; PATHS],
    ) {
        for (key, slot) in self.slots.iter() {
            let (pair, ending) = (key / ENDINGS, Ending(key % ENDINGS));
            let cause = &mut causes[pair % Cause::COUNT];
            let Local { tally, contract, .. } = &mut classes[pair / Cause::COUNT];
            for tally in [&mut *tally, &mut *cause] {
                slot.add_to(tally, ending, contract);
            }
            let opened = &mut tally.opened[pair % Cause::COUNT];
            opened.incidents += slot.unplanned;
            opened.down += slot.phases.iter().sum::<u64>();
            for c in [&mut tally.c, &mut cause.c] {
                if ending.is_known() {
                    c[count::RECOVERED] += slot.unplanned;
                    c[count::RECOVERY] += slot.length;
                } else if !ending.is_lost() {
                    c[count::CENSORED] += slot.unplanned;
                }
            }
            if let Some(path) = ending.path() {
                tally.paths[path] += slot.incidents;
                cause.paths[path] += slot.incidents;
                add(&mut path_phases[path], &slot.phases);
            }
        }
        for (key, moved) in self.moved.iter() {
            let (from, to) = (&mut causes[key / Cause::COUNT], key % Cause::COUNT);
            from.c[count::PLANNED] -= moved.planned;
            for (sum, part) in from.phases.iter_mut().zip(moved.phases) {
                *sum -= part;
            }
            causes[to].c[count::PLANNED] += moved.planned;
            add(&mut causes[to].phases, &moved.phases);
        }
        for (key, beside) in self.beside.iter() {
            let tally = &mut classes[key / Cause::COUNT].tally;
            for c in [&mut tally.c, &mut causes[key % Cause::COUNT].c] {
                let [neither, standby, copies, both] = beside.at_risk;
                c[count::AT_RISK] += neither + standby + copies + both;
                c[count::AT_RISK_STANDBY] += standby + both;
                c[count::AT_RISK_COPIES] += copies + both;
                c[count::STALLS] += beside.stalls;
                c[count::STALLED] += beside.stalled;
            }
        }
    }
}

impl Slot {
    /// Keeps the length of an incident, above zero; true if lengths must be taken now.
    #[inline]
    pub fn keep(&mut self, length: u64, unplanned: bool) -> bool {
        self.waiting[self.wait as usize % WAIT] = length << 1 | u64::from(unplanned);
        self.wait += 1;
        self.wait as usize == WAIT
    }

    /// Adds what is told alike of classes and causes.
    fn add_to(&self, tally: &mut Tally, ending: Ending, contract: &Contract) {
        add(&mut tally.phases, &self.phases);
        let c = &mut tally.c;
        c[count::INCIDENTS] += self.incidents;
        c[count::PLANNED] += self.planned;
        c[count::UNPLANNED] += self.unplanned;
        let loss_known = self.unplanned - self.loss_unknown;
        c[count::LOSS_KNOWN] += loss_known;
        c[count::LOSS] += self.loss;
        c[count::LOSSES] += self.losses;
        tally.loss.add_zeros(loss_known - self.losses);
        if contract.rto != u64::MAX {
            // One that is cut early may meet it yet; a lost server has met nothing.
            let may = if ending.is_lost() { 0 } else { self.within };
            c[count::RTO_ALL] += self.unplanned;
            c[count::RTO_MET] += if ending.is_known() { may } else { 0 };
            c[count::RTO_MAY] += may;
        }
        if contract.rpo != u64::MAX {
            let may = if ending.is_lost() { 0 } else { self.unplanned - self.over };
            c[count::RPO_ALL] += self.unplanned;
            c[count::RPO_MET] += may.min(loss_known - self.over);
            c[count::RPO_MAY] += may;
        }
    }
}

fn add(sums: &mut [u64; PHASES], others: &[u64; PHASES]) {
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum += other;
    }
}
