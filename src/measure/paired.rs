//! Differences of two scenarios that met the same strikes: the error of the difference knows how
//! much of both errors is common.

use super::book::{Book, Kind};
use super::estimate::{Estimate, estimate};
use super::few::FEW;
use super::metric::{METRICS, Made, Metric};
use super::moments::{Moments, Ratio};
use super::open::{range, widened};
use super::point::{counter, from_ratio};
use super::replication::Replication;
use super::skewed::{ALIKE, Apart, More};
use super::special::t_factor;
use super::tally::count::{AGREED, COUNT, OVER};
use super::total::Total;
use super::wide::{Wide, centred};
use serde::{Deserialize, Serialize};

/// Products over replications of a counter and its denominator in A with those in B.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cross {
    /// top A x top B, top A x bottom B, bottom A x top B, bottom A x bottom B; by counter.
    products: Vec<[Wide; 4]>,
    /// What B has more of a counter than A, and what A has more, replication by replication.
    more: Vec<[More; 2]>,
}

/// Sums over pairs of replications with the same number; exact, mergeable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paired {
    /// Scopes that both have: index in A, index in B.
    scopes: Vec<(usize, usize)>,
    /// By stratum, by pair of scopes.
    strata: Vec<Vec<Cross>>,
}

/// How a metric differs: B less A.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// Kind of scope.
    pub scope: Kind,
    /// Name of the scope.
    pub name: String,
    /// Metric.
    pub metric: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// The estimate in A.
    pub a: Estimate,
    /// The estimate in B.
    pub b: Estimate,
    /// B less A; `None` where either is missing.
    pub value: Option<f64>,
    /// Standard error of the difference.
    pub std_error: Option<f64>,
    /// Lower end of the interval of 95 %.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
    /// The error without pairing over the error with it.
    pub narrowed: Option<f64>,
    /// How it was made.
    pub method: &'static str,
}

/// How the causes differ that only one of two has: what is counted over time is zero in the other one.
pub fn one_sided(a: (&Total, &Book), b: (&Total, &Book)) -> Vec<Difference> {
    let lone = |of: (&Total, &Book), other: &Book, in_b: bool| -> Vec<Difference> {
        let scopes = of.1.scopes.iter().enumerate();
        let lone = scopes
            .filter(|(_, s)| s.kind == Kind::Cause && other.scope(s.kind, &s.name).is_none())
            .flat_map(|(i, _)| METRICS.iter().filter(|m| over_time(m)).map(move |m| (i, m)));
        lone.map(|(i, metric)| against_none(estimate(of.0, of.1, i, metric), in_b)).collect()
    };
    let mut rows = lone(a, b.1, false);
    rows.extend(lone(b, a.1, true));
    rows
}

/// Whether a cause that is not there has none of it.
fn over_time(metric: &Metric) -> bool {
    let Made::Ratio { of, .. } = metric.made else { return false };
    OVER[of] == AGREED && metric.scopes.hold(Kind::Cause)
}

/// The estimate of a cause against none of it in the other scenario.
fn against_none(seen: Estimate, in_b: bool) -> Difference {
    let zero = Some(0.0);
    let none = Estimate {
        value: zero,
        std_error: zero,
        ci_low: zero,
        ci_high: zero,
        method: "no such cause".to_string(),
        plain: zero,
        hidden: None,
        endless: false,
        ..seen.clone()
    };
    let (low, high) = seen.value.and(seen.ci_low.zip(seen.ci_high)).unzip();
    let less = |v: f64| 0.0 - v;
    let (value, ci_low, ci_high) = if in_b {
        (seen.value, low, high)
    } else {
        (seen.value.map(less), high.map(less), low.map(less))
    };
    let std_error = value.and(seen.std_error);
    let (scope, name, metric, unit) = (seen.scope, seen.name.clone(), seen.metric, seen.unit);
    let (a, b) = if in_b { (none, seen) } else { (seen, none) };
    let method = "the estimate of the one; the other has no such cause";
    let narrowed = None;
    Difference {
        scope,
        name,
        metric,
        unit,
        a,
        b,
        value,
        std_error,
        ci_low,
        ci_high,
        narrowed,
        method,
    }
}

/// How far a difference varies.
struct Spread {
    error: f64,
    /// The error without pairing.
    apart: f64,
    df: f64,
    /// How far the interval reaches below and above, where rises and falls can be taken apart.
    reach: Option<(f64, f64)>,
    /// Whether it rests on few events.
    few: bool,
}

const APART: &str =
    "paired by replication, rises and falls apart, on the logarithm where one-sided";
const APART_FEW: &str =
    "paired by replication, rises and falls apart, on the logarithm where one-sided; few events";
const DELTA: &str = "paired by replication, delta method, Student t";
const DELTA_FEW: &str = "paired by replication, delta method, Student t; few events";
const SAME: &str =
    "the same in every replication of both; what is rarer than they show is not known";
const OPEN: &str = "paired by replication; what is cut or lost for good has no end";
const WIDENED: &str = "paired by replication; the ends allow for what is cut or lost";

impl Paired {
    /// Empty sums for two books of equally many strata.
    pub fn new(a: &Book, b: &Book) -> Paired {
        let both = |(i, s): (usize, &super::book::Scope)| Some((i, b.scope(s.kind, &s.name)?));
        let scopes: Vec<(usize, usize)> = a.scopes.iter().enumerate().filter_map(both).collect();
        let cross = Cross {
            products: vec![[Wide::default(); 4]; COUNT],
            more: vec![[More::default(); 2]; COUNT],
        };
        let strata = vec![vec![cross; scopes.len()]; a.strata.len()];
        Paired { scopes, strata }
    }

    /// Adds a pair of finished replications of one number.
    pub fn absorb(&mut self, a: &Replication, b: &Replication) {
        assert_eq!((a.index, a.stratum), (b.index, b.stratum), "pairs have one number");
        for (&(i, j), cross) in self.scopes.iter().zip(&mut self.strata[a.stratum]) {
            let (x, y) = (&a.scopes[i], &b.scopes[j]);
            for (k, products) in cross.products.iter_mut().enumerate() {
                products[0].add_product(x[k], y[k]);
                products[1].add_product(x[k], y[OVER[k]]);
                products[2].add_product(x[OVER[k]], y[k]);
                products[3].add_product(x[OVER[k]], y[OVER[k]]);
            }
            for (k, more) in cross.more.iter_mut().enumerate().filter(|(k, _)| x[*k] != y[*k]) {
                let falls = usize::from(x[k] > y[k]);
                more[falls].absorb(x[k].abs_diff(y[k]));
            }
        }
    }

    /// Adds the pairs of another part of the same comparison.
    pub fn merge(&mut self, other: &Paired) {
        for (x, y) in self.strata.iter_mut().flatten().zip(other.strata.iter().flatten()) {
            for (x, y) in x.products.iter_mut().flatten().zip(y.products.iter().flatten()) {
                x.add(y);
            }
            for (x, y) in x.more.iter_mut().flatten().zip(y.more.iter().flatten()) {
                x.merge(y);
            }
        }
    }

    /// Every metric in every scope that both have. The totals hold exactly the absorbed pairs.
    pub fn differences(&self, a: (&Total, &Book), b: (&Total, &Book)) -> Vec<Difference> {
        let mut rows = Vec::new();
        for (pair, &(i, _)) in self.scopes.iter().enumerate() {
            let kind = a.1.scopes[i].kind;
            for metric in METRICS.iter().filter(|m| m.scopes.hold(kind)) {
                rows.push(self.difference(pair, metric, a, b));
            }
        }
        rows
    }

    fn difference(
        &self,
        pair: usize,
        metric: &'static Metric,
        a: (&Total, &Book),
        b: (&Total, &Book),
    ) -> Difference {
        let (i, j) = self.scopes[pair];
        let (in_a, in_b) = (estimate(a.0, a.1, i, metric), estimate(b.0, b.1, j, metric));
        let plain = in_a.plain.zip(in_b.plain).filter(|_| {
            // Two bounds differ by nothing that was seen.
            in_a.value.is_some() || in_b.value.is_some()
        });
        let mut row = Difference {
            scope: in_a.scope,
            name: in_a.name.clone(),
            metric: metric.name,
            unit: metric.unit,
            value: plain.map(|(x, y)| y - x),
            a: in_a,
            b: in_b,
            std_error: None,
            ci_low: None,
            ci_high: None,
            narrowed: None,
            method: "difference of two estimates; no interval",
        };
        let (Some(k), Some(value)) = (counter(&metric.made), row.value) else { return row };
        if let Some(Spread { error, apart, df, reach, few }) = self.error(pair, k, metric, a, b) {
            let even = t_factor(df.max(1.0)) * error;
            let (below, above) = reach.unwrap_or((even, even));
            let of_a = range(a.0, a.1, i, metric, &row.a);
            let of_b = range(b.0, b.1, j, metric, &row.b);
            row.std_error = Some(error);
            (row.ci_low, row.ci_high) = match (row.a.plain, row.b.plain) {
                (Some(x), Some(y)) => widened((value - below, value + above), (x, of_a), (y, of_b)),
                _ => (Some(value - below), Some(value + above)),
            };
            let ends = row.ci_low.is_some() && row.ci_high.is_some();
            row.narrowed = (ends && error > 0.0).then(|| apart / error);
            row.method = match (ends, of_a.or(of_b), reach) {
                (true, None, _) if error == 0.0 => SAME,
                (false, ..) => OPEN,
                (true, Some(_), _) => WIDENED,
                (true, None, Some(_)) if few => APART_FEW,
                (true, None, Some(_)) => APART,
                (true, None, None) if few => DELTA_FEW,
                (true, None, None) => DELTA,
            };
        }
        row
    }

    /// How far the difference varies.
    fn error(
        &self,
        pair: usize,
        k: usize,
        metric: &Metric,
        a: (&Total, &Book),
        b: (&Total, &Book),
    ) -> Option<Spread> {
        let (i, j) = self.scopes[pair];
        let side = |(total, book): (&Total, &Book), scope: usize| -> Option<(f64, f64, Ratio)> {
            let units: Vec<(f64, &Moments)> = book
                .strata
                .iter()
                .zip(&total.strata)
                .filter_map(|(&w, s)| Some((w, s.moments.get(scope)?)))
                .collect();
            let ratio = Ratio::of_counter(&units, k);
            let value = ratio.value()?;
            let step = if value > 0.0 { value * 1e-6 } else { 1e-12 };
            let to = |r| from_ratio(&metric.made, r, book, scope);
            let slope = (to(value + step) - to((value - step).max(0.0)))
                / (value + step - (value - step).max(0.0));
            slope.is_finite().then_some((value, slope / ratio.bottom, ratio))
        };
        let ((ra, ga, in_a), (rb, gb, in_b)) = (side(a, i)?, side(b, j)?);
        if in_a.uneven.alone || in_b.uneven.alone {
            return None;
        }
        let scale = gb;
        let mut more = Vec::new();
        let (mut variance, mut apart, mut squares, mut units) = (0.0, 0.0, 0.0, 0);
        // Strata of both are the same in kind; how likely they are may differ.
        let of = |book: &Book| book.strata.iter().sum::<f64>();
        let (all_a, all_b) = (of(a.1), of(b.1));
        for (stratum, (wa, wb)) in a.1.strata.iter().zip(&b.1.strata).enumerate() {
            let weight = wb / all_b;
            let (ga, gb) = (ga * wa / all_a, gb * weight);
            let (x, y) = (a.0.strata[stratum].moments.get(i), b.0.strata[stratum].moments.get(j));
            let (Some(x), Some(y)) = (x, y) else { continue };
            let n = x.units;
            if n < 2 || y.units != n {
                return None;
            }
            let p = &self.strata[stratum][pair].products[k];
            more.push((weight, n, self.strata[stratum][pair].more[k]));
            let over = OVER[k];
            let c = |product: &Wide, p: usize, q: usize| centred(n, product, x.sum(p), y.sum(q));
            let shared = c(&p[0], k, k) - rb * c(&p[1], k, over) - ra * c(&p[2], over, k)
                + ra * rb * c(&p[3], over, over);
            let shared = shared / n as f64 / (n - 1) as f64;
            let own = ga * ga * x.residual(k, ra) + gb * gb * y.residual(k, rb);
            let part = ((own - 2.0 * ga * gb * shared) / n as f64).max(0.0);
            variance += part;
            apart += own / n as f64;
            squares += part * part / (n - 1) as f64;
            units += n - 1;
        }
        let df = if squares > 0.0 { variance * variance / squares } else { units as f64 };
        if units == 0 {
            return None;
        }
        // A few pairs that differ alike may do so by chance.
        let pairs: u64 = more.iter().map(|(_, n, _)| n).sum();
        let by_chance = [a, b].iter().any(|(_, book)| book.on.contains(&true));
        if variance == 0.0 && rb != ra && pairs < ALIKE && by_chance {
            return None;
        }
        let uneven = in_a.uneven.variance.max(in_b.uneven.variance);
        let df = df * in_a.uneven.df.min(in_b.uneven.df);
        let (error, apart) = ((variance * uneven).sqrt(), (apart * uneven).sqrt());
        let of =
            |ratio, (_, book): (&Total, &Book), scope| from_ratio(&metric.made, ratio, book, scope);
        let value = of(rb, b, j) - of(ra, a, i);
        let taken = Apart::new(more).reach(scale, value, error).filter(|_| error > 0.0);
        // Where it cannot be taken apart, it is known no better than the two that it is of.
        let rare = |ratio: &Ratio| ratio.events() < FEW || ratio.dominated();
        let least = in_a.degrees().min(in_b.degrees()).max(2.0);
        Some(Spread {
            error,
            apart,
            df: df.min(least),
            reach: taken.map(|(below, above, _)| (below, above)),
            few: taken.map_or_else(|| rare(&in_a) || rare(&in_b), |taken| taken.2),
        })
    }
}
