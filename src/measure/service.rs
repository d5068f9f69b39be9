//! An application over several groups: when too few of their servers serve.

use super::book::Book;
use super::book::Parts;
use super::cell::ServiceEdge;
use super::tally::{Sum, count};
use super::watch::{Over, Passes};

/// Sweeps the edges of one replication and counts each service's downtime. All incidents of a
/// service count, planned or not; one is cut by the horizon like any other.
pub fn sweep(book: &Book, edges: &mut [ServiceEdge], sums: &mut [Sum], passes: &mut [Passes]) {
    for sum in sums.iter_mut() {
        sum.c[count::AGREED] = u128::from(book.horizon.0);
        sum.c[count::SERVERS] = 1;
    }
    edges.sort_unstable();
    let mut away = vec![0i64; book.groups.len()];
    let mut since: Vec<Option<u64>> = vec![None; book.services.len()];
    for same in edges.chunk_by(|a, b| a.at == b.at) {
        let at = same[0].at;
        if at >= book.horizon.0 {
            break;
        }
        for edge in same {
            away[edge.group as usize] += i64::from(edge.change);
        }
        for (index, service) in book.services.iter().enumerate() {
            let up = service.needs.iter().all(|need| {
                i64::from(book.groups[need.group].count) - away[need.group]
                    >= i64::from(need.at_least)
            });
            match (up, since[index]) {
                (false, None) => since[index] = Some(at),
                (true, Some(from)) => {
                    close(book, index, &mut sums[index], passes, at - from, false);
                    since[index] = None;
                }
                _ => {}
            }
        }
    }
    for (index, from) in since.into_iter().enumerate() {
        if let Some(from) = from {
            close(book, index, &mut sums[index], passes, book.horizon.0 - from, true);
        }
    }
}

fn close(
    book: &Book,
    service: usize,
    sum: &mut Sum,
    passes: &mut [Passes],
    length: u64,
    censored: bool,
) {
    sum.c[count::DOWN] += u128::from(length);
    sum.c[count::INCIDENTS] += 1;
    sum.c[count::UNPLANNED] += 1;
    if censored {
        sum.c[count::CENSORED] += 1;
        sum.recovery.add_censored(length);
    } else {
        sum.c[count::RECOVERED] += 1;
        sum.c[count::RECOVERY] += u128::from(length);
        sum.recovery.add(length);
    }
    for (watched, passes) in book.watched.iter().zip(passes) {
        let here = book.scopes[watched.scope].parts == Parts::Service(service);
        if here && matches!(watched.over, Over::Incidents(_)) {
            passes.count(if censored {
                watched.passes_censored(length)
            } else {
                Some(watched.passes(length))
            });
        }
    }
}
