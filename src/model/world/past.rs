//! The past of a server: what befell it since it was last looked at, played in the order of its time.
//!
//! Three things come in turns: planned work that is due, stretches that were kept, and what either set
//! off where it could not be told whole. The last goes through a list of its own up to the present, by
//! the steps that events have, and through the future from then on.

use super::*;
use crate::kernel::event_list::NO_MOMENT;

impl<S: Sink> World<S> {
    /// Plays what befell a server before the present event.
    #[inline]
    pub(in crate::model) fn touch(&mut self, server: Server) {
        if self.stretches.has(server) || self.maintenance.is_due(server, self.key) {
            self.catch_up(server, self.key);
        }
    }

    /// Plays a server's past: what comes before `key`, and all stretches that began.
    pub(super) fn catch_up(&mut self, server: Server, key: Moment) {
        if self.playing == Some(server) {
            return;
        }
        self.publish_queue(server);
        let outer = self.playing.replace(server);
        let aside = self.cx.events.set_past_aside();
        let (now, handled) = (self.cx.now, self.key);
        // Facts of the present instant that are still to be heard are not the past's business.
        let unheard = (!self.cx.facts.is_empty()).then(|| std::mem::take(&mut self.cx.facts));
        // What was to happen by now in this instant has happened, if it was known before the instant.
        let reached = self.reached.max(key);
        // What is set off in the present instant is still to happen.
        let end = |at: SimTime| if at < now { reached } else { moment(now, 0) };
        if !self.pass_whole(server, key, reached, end) {
            self.play_past(server, key, reached, end);
            self.cx.ledger.settle_before(server, now, &mut self.cx.sink);
        }
        self.cx.events.close_past(aside);
        if let Some(facts) = unheard {
            self.cx.facts = facts;
        }
        (self.cx.now, self.key) = (now, handled);
        self.playing = outer;
    }

    /// Tells what befell a server to whom nothing else happens, one thing after the other, as long as
    /// each is over in time. True if that was all. Nothing of it changes what the next one asks for: it
    /// is asked once.
    fn pass_whole(
        &mut self,
        server: Server,
        key: Moment,
        reached: Moment,
        end: impl Fn(SimTime) -> Moment,
    ) -> bool {
        if !self.is_ordinary(server) || self.maintenance.is_eager() {
            return false;
        }
        loop {
            let step = self.next_step(server, key);
            let begins = match self.stretches.first_two(server) {
                Some((&first, second)) if first.begins <= step => {
                    self.cx.now = time_of(first.begins);
                    if !self.pass_stretch(server, &first, second.min(step).min(reached)) {
                        return false;
                    }
                    self.stretches.drop_first(server);
                    continue;
                }
                Some((first, _)) => first.begins,
                None if step == NO_MOMENT => break,
                None => NO_MOMENT,
            };
            self.cx.now = time_of(step);
            self.cx.events.open_past(end(self.cx.now));
            if !self.pass_work(server, time_of(begins.min(key))) {
                return false;
            }
        }
        debug_assert!(self.cx.facts.is_empty() && self.is_ordinary(server));
        self.cx.events.first_past() == NO_MOMENT
    }

    /// When the next step of a server's planned work is due, if before `key`.
    fn next_step(&self, server: Server, key: Moment) -> Moment {
        if !self.maintenance.is_due(server, key) {
            return NO_MOMENT;
        }
        let line = self.maintenance.line(server);
        if line.due < self.cx.fleet.horizon { line.moment(server) } else { NO_MOMENT }
    }

    /// Tells a stretch of an ordinary server whole, if it is over before `end`.
    #[inline]
    fn pass_stretch(&mut self, server: Server, stretch: &Stretch, end: Moment) -> bool {
        let to = time_of(stretch.ends);
        if to >= time_of(end) {
            return false;
        }
        match &stretch.course {
            &Course::Unreachable(cause) => self.spell_passed(server, cause, to),
            &Course::Node(place) => {
                let recovery = *self.stretches.recovery(place);
                self.recovery_passed(server, &recovery);
            }
            Course::Copy(absence) => {
                if !self.may_pass(absence) {
                    return false;
                }
                self.absence_passed(server, absence, to);
            }
        }
        true
    }

    /// Plays what befell a server step by step, where it cannot be told whole.
    fn play_past(
        &mut self,
        server: Server,
        key: Moment,
        reached: Moment,
        end: impl Fn(SimTime) -> Moment,
    ) {
        loop {
            let step = self.next_step(server, key);
            let begins = self.stretches.first(server).map_or(NO_MOMENT, |s| s.begins);
            let past = self.cx.events.first_past();
            // What began has happened, also where what is handled now sorts before it.
            let next = step.min(past).min(begins);
            if next == NO_MOMENT {
                break;
            }
            self.cx.now = time_of(next);
            self.cx.ledger.settle_before(server, self.cx.now, &mut self.cx.sink);
            self.cx.events.open_past(end(self.cx.now));
            if next == past {
                self.cx.events.take_past(next);
                self.happen_in_past(server, next);
            } else if next == begins {
                self.play_stretch(server, step.min(past).min(reached));
            } else if !self.play_undisturbed(server, time_of(begins.min(past).min(key))) {
                self.play_planned(server);
            }
            self.drain();
        }
    }

    /// Tells the first stretch of a server whole if it is over before `end` and before the next one;
    /// else plays its beginning.
    fn play_stretch(&mut self, server: Server, end: Moment) {
        let Stretch { ends, course, .. } = self.stretches.take_first(server).expect("it was seen");
        let next = self.stretches.first(server).map_or(NO_MOMENT, |s| s.begins);
        let to = time_of(ends);
        // What begins in the instant of its end joins it.
        let over = to < time_of(end.min(next));
        match course {
            Course::Unreachable(cause) => {
                if !(over && self.tell_spell(server, cause, to)) {
                    self.play_spell(server, cause, to);
                }
            }
            Course::Node(place) => {
                let recovery = *self.stretches.recovery(place);
                if !(over && self.tell_recovery(server, &recovery)) {
                    self.play_recovery(&recovery);
                }
            }
            Course::Copy(absence) => {
                if !(over && self.tell_absence(server, &absence, to)) {
                    self.storage.play_absence(&absence, ends, &mut self.cx);
                }
            }
        }
    }

    /// One event happens in the past of a server.
    fn happen_in_past(&mut self, server: Server, at: Moment) {
        if self.cx.is_stale(time_of(at), at as Content) {
            return;
        }
        self.key = at;
        let (kind, entity, _) = unpack(at as Content);
        match kind {
            // Its turn comes by itself.
            Kind::Wake | Kind::PlannedEnd => {}
            Kind::StorageNodeSynced => {
                if let Some(copy) = self.storage.away_in_past(server) {
                    self.storage.join_in_past(copy, &mut self.cx);
                }
            }
            Kind::CopyRebuilt => self.storage.join_in_past(entity, &mut self.cx),
            _ => self.happen(at as Content),
        }
    }
}
