//! Which servers of a drill have a row, in which order, and how long the first part of it is.

use super::Run;
use crate::measure::drill::{Hit, Outage};

/// About as many rows as can be told apart.
const ROWS: usize = 60;
/// Most groups.
const GROUPS: usize = 12;
/// Fewest rows of a group.
const FEWEST: usize = 3;

/// Servers of a group that are shown.
pub struct Block<'a> {
    /// Its name.
    pub name: &'a str,
    /// Index of the group.
    pub group: usize,
    /// Servers that were down, and of how many.
    pub of: (u64, u64),
    /// Middle server's time down, s.
    pub median: f64,
    /// Their rows, in order.
    pub rows: Vec<&'a Hit>,
}

/// When a server is up for good, s since the strike.
pub fn up(hit: &Hit, zero: u64) -> f64 {
    hit.outages.last().map_or(0.0, |o| o.to().saturating_sub(zero) as f64 / 1e6)
}

/// Down in all since the strike, s.
pub fn down(hit: &Hit, zero: u64) -> f64 {
    let length = |o: &Outage| o.to() - o.from.max(zero).min(o.to());
    hit.outages.iter().map(length).sum::<u64>() as f64 / 1e6
}

/// Groups with the servers that are shown: of each, in even steps of the time down.
pub fn blocks<'a>(run: Run<'a>, zero: u64) -> Vec<Block<'a>> {
    let (book, drill) = (&run.outcome.book, &run.outcome.drill);
    let mut counts: Vec<(usize, u64)> =
        drill.by_group.iter().map(|(&group, &count)| (group as usize, count)).collect();
    counts.sort_by_key(|&(group, count)| (std::cmp::Reverse(count), group));
    counts.truncate(GROUPS);
    counts.sort_unstable();
    let all: u64 = counts.iter().map(|c| c.1).sum();
    let mut blocks = Vec::new();
    for (group, count) in counts {
        let hits = drill.hits.iter().filter(|hit| hit.group as usize == group);
        let mut hits: Vec<&Hit> = hits.collect();
        let start = |hit: &Hit| hit.outages.first().map_or(0, |o| o.from.max(zero));
        hits.sort_by(|a, b| {
            let key =
                |hit: &Hit| (start(hit), hit.outages.last().map_or(0, |o| o.to()), hit.number);
            key(a).cmp(&key(b))
        });
        let share = (ROWS as u64 * count).div_ceil(all) as usize;
        let room = if all <= ROWS as u64 { hits.len() } else { share.max(FEWEST) };
        let mut lengths: Vec<f64> = hits.iter().map(|hit| down(hit, zero)).collect();
        lengths.sort_by(f64::total_cmp);
        let Some(&median) = lengths.get(lengths.len() / 2) else { continue };
        let facts = &book.groups[group];
        blocks.push(Block {
            name: &facts.name,
            group,
            of: (count, u64::from(facts.count)),
            median,
            rows: thinned(&hits, room),
        });
    }
    blocks
}

/// So many of a list in even steps, the first and the last among them.
fn thinned<'a>(hits: &[&'a Hit], room: usize) -> Vec<&'a Hit> {
    if hits.len() <= room || room < 2 {
        return hits.iter().copied().take(room.max(1)).collect();
    }
    (0..room).map(|i| hits[i * (hits.len() - 1) / (room - 1)]).collect()
}

/// Where the first part of a drill ends, s, if it is over long before the rest: at the widest gap
/// between times at which servers are up.
pub fn soon(mut ends: Vec<f64>) -> Option<f64> {
    ends.sort_by(f64::total_cmp);
    let last = *ends.last()?;
    let gaps = ends.windows(2).enumerate().filter(|(i, w)| {
        w[0] > 0.0 && w[1] >= 3.0 * w[0] && last >= 6.0 * w[0] && (i + 1) * 8 >= ends.len()
    });
    let widest = gaps.max_by(|a, b| (a.1[1] / a.1[0]).total_cmp(&(b.1[1] / b.1[0])))?;
    Some(widest.1[0])
}

/// A server's name.
pub fn label(block: &Block<'_>, hit: &Hit) -> String {
    format!("{}/{}", block.name, u64::from(hit.number) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_has_even_steps_with_both_ends() {
        let hit = |number| Hit { group: 0, number, outages: Vec::new(), at_risk: Vec::new() };
        let hits: Vec<Hit> = (0..10).map(hit).collect();
        let all: Vec<&Hit> = hits.iter().collect();
        let numbers = |room| -> Vec<u32> { thinned(&all, room).iter().map(|h| h.number).collect() };
        assert_eq!(numbers(4), [0, 3, 6, 9]);
        assert_eq!(numbers(10), (0..10).collect::<Vec<u32>>());
        assert_eq!(numbers(1), [0]);
    }

    #[test]
    fn the_first_part_ends_at_the_widest_gap() {
        assert_eq!(soon(vec![60.0, 90.0, 120.0, 7_200.0, 9_000.0]), Some(120.0));
        assert_eq!(soon(vec![60.0, 90.0, 120.0, 300.0]), None, "all is over soon");
        assert_eq!(soon(vec![5.0]), None);
        assert_eq!(soon(Vec::new()), None);
    }
}
