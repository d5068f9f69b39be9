//! Do the intervals of a whole scenario cover what is known? Many seeds of a small fleet.

use super::{ESTIMATES, played};
use fleetsim::experiment::Outcome;
use fleetsim::measure::{Estimate, Kind};
use fleetsim::scenario::{Override, Source};

/// Seeds that are played: a thousand, or as many as `FLEETSIM_SEEDS` says.
fn seeds() -> u64 {
    let asked = std::env::var("FLEETSIM_SEEDS").ok();
    asked.map_or(1_000, |n| n.parse().expect("FLEETSIM_SEEDS is a number"))
}

const YEAR: f64 = 31_536_000.0;

/// Crashes of single servers, and outages that strike ten servers at once: replications differ.
const FLEET: &str = "name = \"known\"\n[replications]\ncount = 40\n\
    environment = \"natural\"\n[[region]]\nname = \"r\"\n[[servers]]\ngroup = \"a\"\ncount = 30\n\
    [fault.process_crash]\nrate = \"2/y\"\n[compute]\nprocess_restart = { exponential = { mean = \"10m\" } }\n\
    [fault.zone_outage]\nrate = \"1/y\"\nlasts = { exponential = { mean = \"30m\" } }\n";
/// Outages alone, rarely.
const RARE: &str = "name = \"rare\"\n[replications]\ncount = 100\nenvironment = \"natural\"\n\
    [[region]]\nname = \"r\"\n[[servers]]\ngroup = \"a\"\ncount = 3\n\
    [fault.zone_outage]\nrate = \"RATE\"\nlasts = \"1h\"\n\
    [[expect]]\nthat = \"P(incidents_per_server_year >= 0.01) <= 50%\"\n";

/// The outcome of each seed.
fn each(text: &str, mut see: impl FnMut(&Outcome)) {
    let source =
        Source::parse("known.toml", text, None).unwrap_or_else(|c| panic!("{}", c.lines()));
    for seed in 1..=seeds() {
        let change = Override { path: "seed".to_string(), value: seed.to_string() };
        let scenario = source.scenario(&[change]).unwrap_or_else(|c| panic!("{}", c.lines()));
        see(&played(&scenario, 1, ESTIMATES));
    }
}

/// How often intervals cover a truth, and how wide they are.
#[derive(Default)]
struct Seen {
    covered: u64,
    width: f64,
}

impl Seen {
    fn add(&mut self, e: &Estimate, truth: f64) {
        let (low, high) = (e.ci_low.expect("an end"), e.ci_high.expect("an end"));
        self.covered += u64::from((low..=high).contains(&truth));
        self.width += (high - low) / seeds() as f64;
    }

    fn share(&self) -> f64 {
        self.covered as f64 / seeds() as f64
    }
}

#[test]
fn intervals_of_means_and_of_the_p95_cover_the_known_answer_in_93_to_97_of_100_seeds() {
    // Two crashes of 600 s and an outage of 1,800 s per server and year; both at once hardly ever.
    let unavailability = (2.0 * 600.0 + 1_800.0) / YEAR;
    let beyond = |x: f64| 2.0 / 3.0 * libm::exp(-x / 600.0) + 1.0 / 3.0 * libm::exp(-x / 1_800.0);
    let (mut low, mut high) = (0.0, 100_000.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if beyond(middle) > 0.05 { low = middle } else { high = middle }
    }
    let truths = [
        ("unavailability", unavailability),
        ("incidents_per_server_year", 3.0),
        ("recovery_time_mean", 1_000.0),
        ("recovery_time_p95", low),
    ];
    let mut seen = truths.map(|_| Seen::default());
    each(FLEET, |outcome| {
        for (seen, (metric, truth)) in seen.iter_mut().zip(truths) {
            seen.add(outcome.estimate(Kind::Fleet, "fleet", metric).expect("it is there"), truth);
        }
    });
    for (seen, (metric, truth)) in seen.iter().zip(truths) {
        println!(
            "{metric}: {:.4}, mean width {:.3} of {truth:.6}",
            seen.share(),
            seen.width / truth
        );
    }
    for (seen, (metric, _)) in seen.iter().zip(truths) {
        assert!((0.93..=0.97).contains(&seen.share()), "{metric}: {}", seen.share());
    }
}

/// Probability of at most `k` of `n`.
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    let term = |i: u64| {
        let choose = libm::lgamma(n as f64 + 1.0)
            - libm::lgamma(i as f64 + 1.0)
            - libm::lgamma((n - i) as f64 + 1.0);
        libm::exp(choose + i as f64 * libm::log(p) + (n - i) as f64 * libm::log1p(-p))
    };
    (0..=k).map(term).sum()
}

/// The width of the interval of Clopper and Pearson.
fn clopper_pearson(k: u64, n: u64) -> f64 {
    let root = |falls: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if falls(middle) { low = middle } else { high = middle }
        }
        low
    };
    let high = root(&|p| at_most(k, n, p) > 0.025);
    let low = if k == 0 { 0.0 } else { root(&|p| 1.0 - at_most(k - 1, n, p) < 0.025) };
    high - low
}

#[test]
fn intervals_of_shares_near_zero_cover_and_are_as_narrow_as_clopper_pearson() {
    let widths: Vec<f64> = (0..=100).map(|k| clopper_pearson(k, 100)).collect();
    for (rate, yearly) in [("0.0017/y", 0.0017), ("0.005/y", 0.005)] {
        // An outage in one of three zones.
        let truth = -libm::expm1(-3.0 * yearly);
        let (mut seen, mut reference) = (Seen::default(), 0.0);
        each(&RARE.replace("RATE", rate), |outcome| {
            let e = &outcome.judgements[0].1.estimate;
            seen.add(e, truth);
            let struck = (e.value.unwrap_or(0.0) * 100.0 + 0.5) as usize;
            reference += widths[struck] / seeds() as f64;
        });
        let factor = seen.width / reference;
        println!("share {truth:.4}: {:.4}, {factor:.3} times Clopper-Pearson", seen.share());
        assert!(seen.share() >= 0.93 && factor <= 1.3, "{} {factor}", seen.share());
    }
}
