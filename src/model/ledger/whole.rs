//! Records of a plain server that are known whole, and go round the open ones.

use super::risk::tell;
use super::{Ledger, Risk};
use crate::kernel::time::{SimTime, Span};
use crate::model::fault::Cause;
use crate::model::record::{Incident, RecoveryPath, Segment, Sink};

impl Ledger {
    /// An incident of a plain server that is known whole: its stretches, adjoining, and how it ends.
    pub fn tell_whole(
        &mut self,
        server: u32,
        segments: &[Segment],
        path: RecoveryPath,
        sink: &mut impl Sink,
    ) {
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else { return };
        debug_assert!(self.is_plain(server));
        self.lines[server as usize].risk_since = last.to;
        sink.incident(&Incident {
            server,
            from: first.from,
            to: last.to,
            censored: false,
            cause: first.cause,
            path: Some(path),
            segments,
            at_risk_because: None,
            loss_window: Some(Span::ZERO),
            copies_lost: false,
        });
    }

    /// A stretch in which a part of a plain server's redundancy is away, known whole.
    pub fn tell_whole_risk(
        &mut self,
        server: u32,
        which: Risk,
        cause: Cause,
        from: SimTime,
        to: SimTime,
        sink: &mut impl Sink,
    ) {
        debug_assert!(self.is_plain(server));
        self.lines[server as usize].risk_since = to;
        tell(server, which.bit(), cause, from, to, sink);
    }
}
