//! Paths that set the same: of two such changes one would change nothing.

use super::decode::EXCLUSIVE;
use super::error::Complaint;
use super::syntax::Span;

/// Keys of which a scenario has one at most, by their paths; setting one, or a part of it, takes the other away.
const EITHER: [(&str, &str); 2] = [
    ("replications.count", "replications.precision"),
    ("replications.precision.half_width", "replications.precision.relative_half_width"),
];

/// The paths whose values go where a path is set.
pub(super) fn replaced(path: &str) -> impl Iterator<Item = &'static str> {
    let both = EITHER.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]);
    both.filter(move |(set, _)| path == *set || inside(path, set)).map(|(_, gone)| gone)
}

fn inside(path: &str, around: &str) -> bool {
    path.strip_prefix(around).is_some_and(|rest| rest.starts_with('.'))
}

/// What one path is to another of which the value is lost where both are set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Overlap {
    /// The same value.
    Same,
    /// A table that holds it.
    Around,
    /// A part of it.
    Inside,
    /// Another way to say it.
    Instead,
}

impl Overlap {
    /// What the first path is to the second one.
    pub fn of(path: &str, other: &str) -> Option<Overlap> {
        let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
        let (other_above, other_last) = other.rsplit_once('.').unwrap_or(("", other));
        let exclude = |(a, b): &(&str, &str)| [(*a, *b), (*b, *a)].contains(&(last, other_last));
        let gone =
            |by: &str, path: &str| replaced(by).any(|gone| path == gone || inside(path, gone));
        match () {
            () if path == other => Some(Overlap::Same),
            () if inside(other, path) => Some(Overlap::Around),
            () if inside(path, other) => Some(Overlap::Inside),
            () if above == other_above && EXCLUSIVE.iter().any(exclude) => Some(Overlap::Instead),
            () if gone(path, other) => Some(Overlap::Instead),
            () => None,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Overlap::Same => "is the same key",
            Overlap::Around => "holds it",
            Overlap::Inside => "is a part of it",
            Overlap::Instead => "takes its place",
        }
    }
}

/// Complains of an axis that sets what one before it sets too: one of the two would change nothing.
pub(super) fn overlapping(
    (written, span): &(String, Span),
    before: &[(String, Span)],
    named: &dyn Fn(&str) -> String,
) -> Option<Complaint> {
    let key = named(written);
    let of = |other: &str| Overlap::of(&named(other), &key);
    let (other, overlap) = before.iter().find_map(|(other, _)| Some((other, of(other)?)))?;
    let found = format!("{written:?}");
    let complaint = Complaint::new(*span, "axis.key", found, "a key that no other axis sets");
    Some(complaint.hint(match overlap {
        Overlap::Same if other == written => format!("`{other}` is an axis already"),
        overlap => format!(
            "the axis `{other}` {}: where both are set, one of them changes nothing; \
             take one out, or let one axis have values that say both",
            overlap.words()
        ),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_which_one_is_lost_are_known_by_their_paths() {
        for (path, other, is) in [
            ("a.b", "a.b", Some(Overlap::Same)),
            ("a", "a.b.c", Some(Overlap::Around)),
            ("a.b", "a", Some(Overlap::Inside)),
            ("fault.x.rate", "fault.x.every", Some(Overlap::Instead)),
            ("fault.x.rate", "fault.y.every", None),
            ("replications.count", "replications.precision.max", Some(Overlap::Instead)),
            ("replications.precision", "replications.count", Some(Overlap::Instead)),
            (
                "replications.precision.half_width",
                "replications.precision.relative_half_width",
                Some(Overlap::Instead),
            ),
            ("replications.environment", "replications.precision", None),
            ("a.b", "a.bc", None),
        ] {
            assert_eq!(Overlap::of(path, other), is, "{path} {other}");
        }
    }
}
