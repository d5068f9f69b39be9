//! The life of a standby as a table: state and fact, next state, reason.
//!
//! The reason is the sentence that a timeline shows. Facts that a state does not list leave it as it
//! is. What is done on a transition stands with the part that owns the standby.

crate::choice! {
    /// What a standby is.
    pub enum State {
        /// The server has none, and shall have none.
        NotBought = "not bought",
        /// Has every acknowledged commit, and commits wait for it.
        Healthy = "healthy",
        /// Its node, volume or link is away.
        Down = "down",
        /// Its node is up; it misses commits.
        CatchingUp = "catching up",
        /// A host is wanted for a new one.
        Wanted = "wanted",
        /// A new one is being made.
        Provisioning = "provisioning",
        /// Its promotion failed; a person has to look.
        Broken = "broken",
        /// Planned work restarts it.
        Patching = "patching",
    }
}

crate::choice! {
    /// What happens to a standby.
    pub enum Move {
        /// Its node is lost.
        NodeLost = "node lost",
        /// Its node is back.
        NodeBack = "node back",
        /// Commits go on without it.
        FellBehind = "fell behind",
        /// It has every commit again.
        CaughtUp = "caught up",
        /// It became the primary; the row is about the old primary, now the standby.
        Promoted = "promoted",
        /// Its promotion failed.
        PromotionFailed = "promotion failed",
        /// A new node is asked for in its place.
        NewNodeWanted = "new node wanted",
        /// A host was found.
        NodeGranted = "node granted",
        /// The new node is there.
        Made = "made",
        /// Planned work begins on it.
        PatchBegan = "patch began",
    }
}

/// A row: in this state, on this fact, to that state, because.
type Row = (State, Move, State, &'static str);

/// The life of a standby.
pub const TABLE: &[Row] = &[
    (State::Healthy, Move::NodeLost, State::Down, "the standby's node was lost"),
    (State::CatchingUp, Move::NodeLost, State::Down, "the node was lost while catching up"),
    (State::Provisioning, Move::NodeLost, State::Wanted, "the host died while the node was made"),
    (State::Broken, Move::NodeLost, State::Down, "the broken standby's node was lost"),
    (State::Patching, Move::NodeLost, State::Down, "the node was lost during planned work"),
    (State::Down, Move::NodeBack, State::CatchingUp, "the node is back and misses commits"),
    (State::Patching, Move::NodeBack, State::CatchingUp, "the node is back after planned work"),
    (State::Healthy, Move::FellBehind, State::Down, "commits went on without the standby"),
    (State::Broken, Move::FellBehind, State::Down, "mended, but commits went on without it"),
    (State::Patching, Move::FellBehind, State::Down, "back, but nothing to catch up from yet"),
    (State::CatchingUp, Move::CaughtUp, State::Healthy, "the standby has every commit"),
    (State::Down, Move::CaughtUp, State::Healthy, "back before it missed a commit"),
    (State::Patching, Move::CaughtUp, State::Healthy, "back from planned work"),
    (State::Healthy, Move::Promoted, State::Down, "the old primary is to become the standby"),
    (State::CatchingUp, Move::Promoted, State::Down, "promoted with its lag as loss"),
    (State::Down, Move::Promoted, State::Down, "promoted with its lag as loss"),
    (State::Broken, Move::Promoted, State::Down, "promoted with its lag as loss"),
    (State::Healthy, Move::PromotionFailed, State::Broken, "the promotion failed"),
    (State::CatchingUp, Move::PromotionFailed, State::Broken, "the promotion failed"),
    (State::Down, Move::PromotionFailed, State::Broken, "the promotion failed"),
    (State::Down, Move::NewNodeWanted, State::Wanted, "the node stayed away for too long"),
    (State::Broken, Move::NewNodeWanted, State::Wanted, "nobody mends it: a new one is made"),
    (State::Healthy, Move::NewNodeWanted, State::Wanted, "a new one takes its place"),
    (State::CatchingUp, Move::NewNodeWanted, State::Wanted, "a new one takes its place"),
    (State::Patching, Move::NewNodeWanted, State::Wanted, "a new one takes its place"),
    (State::Wanted, Move::NodeGranted, State::Provisioning, "a host was found"),
    (State::Provisioning, Move::Made, State::CatchingUp, "made; it needs a whole copy"),
    (State::Healthy, Move::PatchBegan, State::Patching, "planned work restarts the standby"),
];

/// The table by state and fact, for looking up.
const MATRIX: [[State; Move::ALL.len()]; State::ALL.len()] = {
    let mut matrix = [[State::NotBought; Move::ALL.len()]; State::ALL.len()];
    let mut s = 0;
    while s < State::ALL.len() {
        matrix[s] = [State::ALL[s]; Move::ALL.len()];
        s += 1;
    }
    let mut row = 0;
    while row < TABLE.len() {
        matrix[TABLE[row].0 as usize][TABLE[row].1 as usize] = TABLE[row].2;
        row += 1;
    }
    matrix
};

/// The state after a fact.
#[inline]
pub fn after(state: State, fact: Move) -> State {
    MATRIX[state as usize][fact as usize]
}

/// Why a fact moved a state, if it did.
pub fn reason(state: State, fact: Move) -> Option<&'static str> {
    TABLE.iter().find(|row| row.0 == state && row.1 == fact).map(|row| row.3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_reachable_and_unique() {
        for (i, row) in TABLE.iter().enumerate() {
            assert_eq!(after(row.0, row.1), row.2);
            assert!(!TABLE[..i].iter().any(|r| r.0 == row.0 && r.1 == row.1), "doubled: {row:?}");
        }
    }

    #[test]
    fn every_state_but_the_absent_one_leads_back_to_health() {
        let mut well = vec![State::Healthy];
        while let Some(row) = TABLE.iter().find(|r| well.contains(&r.2) && !well.contains(&r.0)) {
            well.push(row.0);
        }
        assert_eq!(well.len(), State::ALL.len() - 1);
    }
}
