//! Sealing: writes stall while a copy that has gone is taken out of the set.
//!
//! Where nothing else is amiss with a server and the stall is within the tolerance, it is a late
//! commit that nobody need hear of in time: its start and its end are private steps of the server,
//! played when the server is next touched. If it is over by then, a stall is counted. If not, its
//! start is played as of its time, and its end comes as an event.

use super::*;
use crate::kernel::event_list::{Content, Moment, moment, time_of};

/// How the present sealing of a volume is played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Seal {
    /// By events, or there is none.
    Public,
    /// Kept back: neither its start nor its end has been played.
    Kept,
    /// Its start has been played; its end is a private step too.
    Begun,
}

/// A private step of a server's storage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrivateStep {
    /// A whole stall within the tolerance.
    Late(Volume),
    /// A stall begins, and lasts to the next step or beyond.
    Begins(Volume),
    /// It ends.
    Ends(Volume),
}

impl Storage {
    /// Whether a server has private steps.
    #[inline]
    pub fn has_private_steps(&self, server: u32) -> bool {
        self.private[server as usize] != 0
    }

    /// The next private step of a server before `end`, and when it is. A stall that begins is cut
    /// short by what comes at `end`; whoever plays steps up to there is what comes.
    pub fn private_step(&self, server: u32, end: Moment) -> Option<(SimTime, PrivateStep)> {
        let mut next: Option<(SimTime, PrivateStep)> = None;
        for volume in [2 * server, 2 * server + 1] {
            let line = &self.volumes[volume as usize];
            let over = moment(line.sealing, end_of(volume)) < end;
            // What begins in the instant of its end may join it: then it is no stall by itself.
            let alone = line.sealing < time_of(end);
            let step = match line.seal {
                Seal::Public => continue,
                Seal::Kept if alone => (line.sealing_from, PrivateStep::Late(volume)),
                Seal::Kept => (line.sealing_from, PrivateStep::Begins(volume)),
                Seal::Begun if over => (line.sealing, PrivateStep::Ends(volume)),
                Seal::Begun => continue,
            };
            if next.is_none_or(|n| step.0 < n.0) {
                next = Some(step);
            }
        }
        next
    }

    /// A late commit is over: what stalled it, from when, until when.
    pub fn late_commit(&mut self, volume: Volume) -> (Origin, SimTime, SimTime) {
        self.make_public(volume);
        let line = &self.volumes[volume as usize];
        (line.origin, line.sealing_from, line.sealing)
    }

    /// A stall that was kept back begins; the clock stands at its start.
    pub fn begin_kept<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let line = &mut self.volumes[volume as usize];
        line.seal = Seal::Begun;
        let origin = line.origin;
        self.settle(volume, origin, cx);
    }

    /// What has begun ends on time from now on: something else concerns the server.
    pub fn publish_ends<S: Sink>(&mut self, server: u32, cx: &mut Context<S>) {
        for volume in [2 * server, 2 * server + 1] {
            if self.volumes[volume as usize].seal == Seal::Begun {
                self.make_public(volume);
                let at = self.volumes[volume as usize].sealing;
                cx.events.schedule(at, end_of(volume));
            }
        }
    }

    /// The lost copy is out of the set.
    pub fn sealed<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let origin = self.volumes[volume as usize].origin;
        self.settle(volume, origin, cx);
    }

    /// Writes stall from now on for as long as the set is being changed. `calm` says whether nothing
    /// else is amiss with the server, and would be during a late commit.
    pub(super) fn seal<S: Sink>(
        &mut self,
        volume: Volume,
        takes: Span,
        calm: bool,
        cx: &mut Context<S>,
    ) {
        if takes == Span::ZERO {
            return;
        }
        let held = self.stamp_holds[usize::from(self.volumes[volume as usize].stamp)] > 0;
        let line = &mut self.volumes[volume as usize];
        let class = &self.classes[usize::from(line.class)];
        let alone = !line.stalled && line.sealing <= cx.now && line.live() >= class.least && !held;
        let keep = calm && alone && takes <= class.tolerance && line.exists && !line.gone;
        line.sealing_from = cx.now;
        if keep {
            line.sealing = cx.now + takes;
            line.seal = Seal::Kept;
            self.private[(volume / 2) as usize] += 1;
        } else {
            line.sealing = line.sealing.max(cx.now + takes);
            cx.schedule(takes, Kind::CopySealed, volume, 0);
        }
    }

    /// Whether the other volume of the server neither stalls, as far as told, nor has a stall kept back.
    pub(super) fn sibling_is_calm(&self, volume: Volume) -> bool {
        self.private[(volume / 2) as usize] == 0 && !self.volumes[(volume ^ 1) as usize].stalled
    }

    /// The other volume of the server was kept back in this very instant: two at once are no late
    /// commit.
    pub(super) fn publish_sibling<S: Sink>(&mut self, volume: Volume, cx: &mut Context<S>) {
        let other = volume ^ 1;
        if self.private[(volume / 2) as usize] != 0
            && self.volumes[other as usize].seal == Seal::Kept
        {
            self.make_public(other);
            let VolumeLine { sealing, origin, .. } = self.volumes[other as usize];
            cx.events.schedule(sealing, end_of(other));
            self.settle(other, origin, cx);
        }
    }

    /// Nothing private is left of a sealing.
    pub(super) fn make_public(&mut self, volume: Volume) {
        let line = &mut self.volumes[volume as usize];
        if line.seal != Seal::Public {
            line.seal = Seal::Public;
            self.private[(volume / 2) as usize] -= 1;
        }
    }
}

/// The event that ends a sealing.
fn end_of(volume: Volume) -> Content {
    pack(Kind::CopySealed, volume, 0)
}
