//! Values of which something is left out, servers that are lost for good and what the end of the play cuts:
//! between which ends they lie, and what that does to the difference of two of them.

use super::book::Book;
use super::estimate::{Estimate, View};
use super::metric::{Metric, Of};
use super::point::{counter, unit};
use super::tally::count;
use super::total::Total;

/// A value, and between which ends it lies for what is left out of it.
pub type Open = (f64, Option<(f64, f64)>);

/// Between which ends the value of an estimate lies in what was played; `None` where nothing is left out.
pub fn range(
    total: &Total,
    book: &Book,
    scope: usize,
    metric: &Metric,
    row: &Estimate,
) -> Option<(f64, f64)> {
    let of = match counter(&metric.made)? {
        _ if row.hidden.is_some() => return row.hidden,
        count::RECOVERY => Of::Recovery,
        count::LOSS => Of::Loss,
        _ => return None,
    };
    let view = View::new(total, book, scope);
    if view.omitted(of) == (0, 0) {
        return None;
    }
    let (value, whole) = (row.value?, unit(of, view.curve(of).mean()?));
    Some((value, whole.max(value)))
}

/// Ends of B less A where each of both may lie anywhere in its range; none on a side that has no end.
pub fn widened(
    (low, high): (f64, f64),
    (a, of_a): Open,
    (b, of_b): Open,
) -> (Option<f64>, Option<f64>) {
    if a == b && of_a == of_b && low == high && of_a.is_none_or(|r| r.1.is_finite()) {
        // The same in every replication, and what is left out comes to the same.
        return (Some(low), Some(high));
    }
    let reach = |v: f64, range: Option<(f64, f64)>| {
        range.map_or((0.0, 0.0), |(least, most)| ((v - least).max(0.0), (most - v).max(0.0)))
    };
    let ((a_below, a_above), (b_below, b_above)) = (reach(a, of_a), reach(b, of_b));
    let known = |end: f64| Some(end).filter(|end| end.is_finite());
    (known(low - b_below - a_above), known(high + b_above + a_below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_open_where_one_of_two_is() {
        let (bound, exact, short) =
            ((10.0, Some((10.0, f64::INFINITY))), (12.0, None), (9.0, Some((9.0, 9.5))));
        assert_eq!(widened((1.0, 3.0), bound, exact), (None, Some(3.0)));
        assert_eq!(widened((-3.0, -1.0), exact, bound), (Some(-3.0), None));
        assert_eq!(widened((-1.0, 1.0), bound, bound), (None, None));
        assert_eq!(widened((2.0, 4.0), short, exact), (Some(1.5), Some(4.0)));
        assert_eq!(widened((-4.0, -2.0), exact, short), (Some(-4.0), Some(-1.5)));
        assert_eq!(widened((0.0, 0.0), short, short), (Some(0.0), Some(0.0)));
        assert_eq!(widened((0.0, 0.0), bound, bound), (None, None));
    }
}
