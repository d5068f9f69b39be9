//! Restores step by step: what each takes, what it gives up, and who has left its region by it. Every stretch is
//! known.

use super::*;
use fleetsim::kernel::time::Span;

/// The servers of one group are restored elsewhere. What strikes the storage of that group later strikes
/// nobody: least of all those that stand where its volumes were.
#[test]
fn a_drill_on_who_has_left_the_region_strikes_nobody_who_stays() {
    let outage = drill(Cause::region_outage, Place::Region(0), DAY, Law::fixed(2.0 * DAY), 0.0);
    let mut fleet = build(10, Redundancy::Geo, outage);
    let group = &mut fleet.groups[0];
    group.restore.on_region_outage = Policy { after: Some(seconds(HOUR)) };
    let mut staying = group.clone();
    (staying.name, staying.backup) = ("stays".to_owned(), None);
    // One copy away is one too many.
    staying.volume.min_copies = 3;
    staying.volume.rebuild_after = Span::MAX;
    staying.volume.rebuild = Some(Law::fixed(HOUR));
    fleet.groups.push(staying);
    let storage = [Cause::stamp_outage, Cause::storage_node, Cause::copy_failure];
    for cause in [Cause::rack_outage, Cause::host_failure].into_iter().chain(storage) {
        for (group, struck) in [(0, false), (1, true)] {
            let mut fleet = fleet.clone();
            fleet.injections.push(crate::support::drill(
                cause,
                Place::Group(group),
                4.0 * DAY,
                Some(HOUR),
            ));
            let tape = tape_both_ways(&fleet);
            let later = tape.rows.iter().filter(|row| row.from >= fleet.injections[1].at).count();
            let struck = struck && cause != Cause::host_failure;
            assert_eq!(later > 0, struck, "{cause:?} of group {group}: {later}");
            assert_eq!(tape.rows.len(), 20 + later);
        }
    }
}
