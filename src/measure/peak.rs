//! The largest level of all times, from changes in any order.

/// The largest level; changes at one instant count together.
///
/// Time is cut into slices. Where the level at a slice's start and all that rises in it do not reach a
/// level that is known, nothing need be sorted: few slices are left.
pub fn exact_peak(changes: &mut Vec<(u64, i32)>) -> i64 {
    let last = changes.iter().map(|c| c.0).max().unwrap_or(0);
    let shift = (last / (changes.len() as u64 + 1)).checked_ilog2().map_or(0, |log| log + 1);
    let slice = |at: u64| (at >> shift) as usize;
    // By slice: what rises in it, and all changes.
    let mut slices = vec![(0i64, 0i64); slice(last) + 1];
    for &(at, by) in changes.iter() {
        let (rises, net) = &mut slices[slice(at)];
        *rises += i64::from(by.max(0));
        *net += i64::from(by);
    }
    // From here on: the level at its start, and whether it is looked into.
    let (mut level, mut peak) = (0i64, 0i64);
    for (rises, net) in &mut slices {
        *rises += level;
        level += std::mem::replace(net, level);
        peak = peak.max(level);
    }
    changes.retain(|c| slices[slice(c.0)].0 > peak);
    changes.sort_unstable_by_key(|change| change.0);
    let mut place = usize::MAX;
    for same in changes.chunk_by(|a, b| a.0 == b.0) {
        let here = slice(same[0].0);
        if here != place {
            (place, level) = (here, slices[here].1);
        }
        level += same.iter().map(|c| i64::from(c.1)).sum::<i64>();
        peak = peak.max(level);
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_peak_sees_what_the_grid_misses() {
        let mut changes = vec![(5, 1), (9, -1), (6, 1), (8, -1), (9, 1), (12, -1)];
        assert_eq!(exact_peak(&mut changes), 2);
        assert_eq!(exact_peak(&mut Vec::new()), 0);
    }

    #[test]
    fn the_exact_peak_is_that_of_all_changes_in_order() {
        for (many, scale) in [(3, 1), (50, 1), (400, 1), (400, 1 << 40), (4_000, 977)] {
            let mut changes: Vec<(u64, i32)> = (0..many as u64)
                .flat_map(|i| {
                    let (from, length) = (i * 7_919 % 9_000 / 3, i * 31 % 700 + 1);
                    [(from * scale, 1), ((from + length) * scale, -1)]
                })
                .collect();
            let mut sorted = changes.clone();
            sorted.sort_unstable();
            let (mut level, mut peak) = (0, 0);
            for same in sorted.chunk_by(|a, b| a.0 == b.0) {
                level += same.iter().map(|c| i64::from(c.1)).sum::<i64>();
                peak = peak.max(level);
            }
            assert!(peak > 0);
            assert_eq!(exact_peak(&mut changes), peak, "{many} changes, {scale}");
        }
    }
}
