//! What every law's test asks: the sampler agrees with the cdf, the cdf with the quantile, the
//! moments with both, and the residual with the integral of the survival.

use super::Law;
use crate::kernel::chance::{Bits, Key, Stream};

const DRAWS: usize = 100_000;

/// Kolmogorov's limit law leaves one right sampler in 2000 above this distance times the root of
/// the sample's size; the seeds are fixed, so a right sampler passes for good.
const KS_LIMIT: f64 = 1.99;

/// Equality to a relative tolerance.
#[track_caller]
pub(super) fn near(found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs();
    assert!(error <= tolerance * expected.abs(), "{found:e} is not {expected:e} ({tolerance:e})");
}

fn draw_many(n: usize, mut one: impl FnMut() -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = (0..n).map(|_| one()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The greatest distance between the sorted values' distribution and the cdf, on both sides of
/// every step (a law may have steps of its own), times the root of the number of values. What is
/// too small for `f64` was drawn as 0, so 0 stands for all up to the least normal number.
fn ks_distance(values: &[f64], law: &Law) -> f64 {
    let n = values.len() as f64;
    let (mut distance, mut start) = (0.0f64, 0);
    while start < values.len() {
        let x = values[start];
        let mut end = start + 1;
        while end < values.len() && values[end] == x {
            end += 1;
        }
        distance = distance.max((law.cdf(x.next_down()) - start as f64 / n).abs());
        distance = distance.max((law.cdf(x.max(f64::MIN_POSITIVE)) - end as f64 / n).abs());
        start = end;
    }
    distance * n.sqrt()
}

/// The sampler against the cdf, from a stream and from a keyed draw.
#[track_caller]
pub(super) fn sampler(law: &Law, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, 0, 0, 0);
    let values = draw_many(DRAWS / 10, || law.sample(&mut stream));
    let distance = ks_distance(&values, law);
    assert!(distance < KS_LIMIT, "{law:?}: stream at a distance of {distance}");
    let mut draw = Key::new(seed).draw();
    let values = draw_many(DRAWS, || law.sample(&mut draw));
    let distance = ks_distance(&values, law);
    assert!(distance < KS_LIMIT, "{law:?}: draw at a distance of {distance}");
    values
}

/// All checks, for a law whose fourth moment is finite.
#[track_caller]
pub(super) fn agrees(law: &Law, seed: u64) {
    let values = sampler(law, seed);
    moments(law, &values, true);
    round_trip(law);
    residual(law, seed);
}

/// All checks but the sample's variance, which says nothing where the fourth moment is infinite or
/// dominated by values too rare to be drawn.
#[track_caller]
pub(super) fn agrees_but_variance(law: &Law, seed: u64) {
    let values = sampler(law, seed);
    moments(law, &values, false);
    round_trip(law);
    residual(law, seed);
}

/// Mean and variance inside four standard errors.
#[track_caller]
fn moments(law: &Law, values: &[f64], with_variance: bool) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let error = (law.variance() / n).sqrt();
    let off = (mean - law.mean()).abs();
    assert!(off <= 4.0 * error + 1e-12 * mean, "{law:?}: mean {mean}, error {error}");
    if with_variance {
        let squares = values.iter().map(|x| (x - law.mean()) * (x - law.mean()));
        let variance = squares.clone().sum::<f64>() / n;
        let spread = squares.map(|s| (s - variance) * (s - variance)).sum::<f64>() / n;
        let (error, off) = ((spread / n).sqrt(), (variance - law.variance()).abs());
        assert!(off <= 4.0 * error, "{law:?}: variance {variance}, error {error}");
    }
}

/// `cdf(quantile(p)) = p`, or a step across `p`, relative to the smaller tail and to within four
/// roundings of the quantile itself, which may be too small or too large for `f64`.
#[track_caller]
pub(super) fn round_trip(law: &Law) {
    for tail in [1e-12, 1e-9, 1e-6, 1e-3, 0.01, 0.1, 0.25, 0.4, 0.5] {
        let (x, upper) = (law.quantile(tail), law.quantile(1.0 - tail));
        let (below, above) = (x * (1.0 - 1e-15), x.max(1e-300) * (1.0 + 1e-15));
        let (least, most) = (law.cdf(below.next_down()), law.cdf(above));
        let slack = 2e-12 * tail;
        assert!(least <= tail + slack && tail - slack <= most, "{law:?}: {tail:e} at {x:e}");
        let tail = 1.0 - (1.0 - tail); // as the quantile saw it
        let (below, above) = (upper.min(1e300) * (1.0 - 1e-15), upper * (1.0 + 1e-15));
        let (most, least) = (law.survival(below.next_down()), law.survival(above));
        assert!(least <= tail + slack && tail - slack <= most, "{law:?}: 1-{tail:e} at {upper:e}");
        near(law.cdf(x) + law.survival(x), 1.0, 1e-14);
    }
}

/// The residual's sampler against the equilibrium cdf.
#[track_caller]
pub(super) fn residual(law: &Law, seed: u64) {
    let mut draw = Key::new(seed).with(1).draw();
    let values = draw_many(DRAWS, || law.sample_residual(&mut draw));
    let distance = residual_distance(&values, law);
    assert!(distance < KS_LIMIT, "{law:?}: residual at a distance of {distance}");
}

/// The distance from the equilibrium cdf, the integral of the survival over the mean, by Simpson's
/// rule between the sorted values' own permilles, times the root of the number of values.
fn residual_distance(values: &[f64], law: &Law) -> f64 {
    let n = values.len() as f64;
    let (mut integral, mut from, mut distance) = (0.0, 0.0, 0.0f64);
    for permille in 1..1000 {
        let index = values.len() * permille / 1000;
        let to = values[index];
        let panels = if permille == 1 { 4000 } else { 4 };
        let width = (to - from) / f64::from(panels);
        for panel in 0..panels {
            let left = from + width * f64::from(panel);
            let ends = law.survival(left) + law.survival(left + width);
            integral += width * (ends + 4.0 * law.survival(left + 0.5 * width)) / 6.0;
        }
        from = to;
        distance = distance.max((integral / law.mean() - index as f64 / n).abs());
    }
    distance * n.sqrt()
}

/// The same words under a scale `factor` times as large give values `factor` times as large.
#[track_caller]
pub(super) fn scales(law: &Law, larger: &Law, factor: f64) {
    let (mut a, mut b) = (Key::new(99).draw(), Key::new(99).draw());
    for _ in 0..1000 {
        assert_eq!(law.sample(&mut a) * factor, larger.sample(&mut b));
        assert_eq!(a.next_u64(), b.next_u64(), "not the same number of words");
    }
}

/// The first three values of a fixed key. A change of these changes every result.
#[track_caller]
pub(super) fn stable(law: &Law, expected: [f64; 3]) {
    let mut draw = Key::new(2026).draw();
    let found = [0; 3].map(|_| law.sample(&mut draw));
    assert_eq!(found, expected, "{law:?}");
}

#[test]
fn the_test_of_the_sampler_rejects_wrong_laws() {
    let wrong = [
        (Law::weibull(1.5, 1.0), Law::weibull(1.56, 1.0)),
        (Law::gamma(2.0, 1.0), Law::gamma(2.03, 1.0)),
        (Law::lognormal(1.0, 0.5), Law::lognormal(1.0, 0.52)),
        (Law::lognormal(1.0, 0.5), Law::lognormal(1.01, 0.5)),
        (Law::geometric(4.0), Law::geometric(4.1)),
        (Law::pareto(3.0, 1.0), Law::pareto(3.1, 1.0)),
        (Law::uniform(0.0, 1.0), Law::uniform(0.0, 1.02)),
    ];
    for (drawn, claimed) in wrong {
        let (drawn, claimed) = (drawn.unwrap(), claimed.unwrap());
        let mut draw = Key::new(1).draw();
        let values = draw_many(DRAWS, || drawn.sample(&mut draw));
        assert!(ks_distance(&values, &drawn) < KS_LIMIT, "{drawn:?}");
        assert!(ks_distance(&values, &claimed) > KS_LIMIT, "{claimed:?} passed for {drawn:?}");
    }
}

#[test]
fn the_test_of_the_residual_rejects_a_share_of_an_ordinary_gap() {
    let law = Law::gamma(20.0, 1.0).unwrap();
    let mut draw = Key::new(3).draw();
    let wrong = draw_many(DRAWS, || draw.unit() * law.sample(&mut draw));
    assert!(residual_distance(&wrong, &law) > 2.0 * KS_LIMIT);
}

/// Laws of all kinds with parameters spread over their whole ranges; `None` where the constructor
/// refused.
fn wild(kind: u64, draw: &mut impl Bits) -> Option<Law> {
    let mut scale = || libm::pow(10.0, 240.0 * draw.unit() - 120.0);
    let (a, b, c) = (scale(), scale(), scale());
    let shape = libm::pow(10.0, 17.0 * draw.unit() - 7.0);
    let law = match kind {
        0 if a <= 1e100 => Ok(Law::fixed(a)),
        1 => Law::exponential(a),
        2 => Law::uniform(a.min(b), a.max(b)),
        3 => Law::triangular(a.min(b).min(c), a.min(b).max(a.max(b).min(c)), a.max(b).max(c)),
        4 => Law::lognormal(a, shape),
        5 => Law::lognormal_mean(a, shape),
        6 => Law::lognormal_p95(a, b),
        7 => Law::lognormal_mean_p95(a, a * (1.0 + shape)),
        8 => Law::weibull(shape, a),
        9 => Law::weibull_mean(shape, a),
        10 => Law::gamma(shape, a),
        11 => Law::gamma_mean(shape, a),
        12 => Law::pareto(shape, a),
        13 => Law::pareto_mean(shape, a),
        14 => Law::empirical(vec![a, b, c, 0.0]),
        15 => Law::geometric(a),
        _ => {
            Law::mixture((0..3).filter_map(|i| Some((c, wild(5 * i + kind % 5, draw)?))).collect())
        }
    };
    law.ok()
}

#[test]
fn no_valid_law_panics_hangs_or_gives_a_number_that_is_not() {
    let mut draw = Key::new(77).draw();
    let mut made = 0;
    for round in 0..6000 {
        let Some(law) = wild(round % 20, &mut draw) else { continue };
        made += 1;
        let good = |x: f64| assert!(x >= 0.0, "{law:?}: {x}");
        good(law.mean());
        good(law.variance());
        good(law.max());
        for _ in 0..10 {
            let x = law.sample(&mut draw);
            good(x);
            good(law.sample_residual(&mut draw));
            law.span(&mut draw);
            if round % 7 == 0 {
                let (p, q) = (law.cdf(x), law.survival(x));
                assert!((0.0..=1.0).contains(&p) && (0.0..=1.0).contains(&q), "{law:?}: {p} {q}");
            }
        }
        if round % 7 == 0 {
            for p in [0.0, 1e-12, 0.3, 0.99, 1.0 - 1e-12, 1.0] {
                good(law.quantile(p));
            }
        }
    }
    assert!(made > 3000, "only {made} laws");
}

#[test]
fn absurd_parameters_are_borne() {
    let absurd = [
        Law::exponential(1e-12),
        Law::exponential(1e18),
        Law::weibull(1e-3, 1.0),
        Law::weibull(1e6, 1.0),
        Law::gamma(1e-3, 1.0),
        Law::gamma(1e6, 1.0),
        Law::pareto(1e-3, 1.0),
        Law::pareto(1e6, 1.0),
        Law::lognormal(1.0, 50.0),
        Law::lognormal(1.0, 1e-9),
        Law::geometric(1e18),
    ];
    for (seed, law) in absurd.into_iter().enumerate() {
        let law = law.unwrap();
        round_trip(&law);
        let mut draw = Key::new(seed as u64).draw();
        let values = draw_many(2000, || match law.sample(&mut draw) {
            tiny if tiny < f64::MIN_POSITIVE => 0.0,
            x => x,
        });
        let distance = ks_distance(&values, &law);
        assert!(distance < KS_LIMIT, "{law:?}: at a distance of {distance}");
    }
    assert!(Law::lognormal(1.0, 0.0).unwrap().fixed_value() == Some(1.0));
}
