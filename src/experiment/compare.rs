//! Comparisons: scenarios under the same strikes, held against the first one.
//!
//! Replications with the same number meet the same strikes where the fleets are the same, so much of
//! the error of two estimates is common and cancels in their difference. They are played in step, and
//! products of their sums are kept beside the sums. Fleets that differ are compared without pairing.

use super::outcome::{EnvironmentUsed, Look, Outcome, Progress};
use super::play::{Job, play};
use super::rows::RowSink;
use super::run::{Failure, Found, Options, Rows, Setup, environment_for, run, strata_of};
use super::shard::Shard;
use crate::kernel::time::Span;
use crate::measure::paired::one_sided;
use crate::measure::table::phases;
use crate::measure::{Difference, Estimate, Kind, Paired, Wants};
use crate::model::record::Phase;
use crate::model::world::Scene;
use crate::scenario::{Scenario, Stop};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Replications that are played of one scenario before the others follow.
const STEP: u64 = 16;
/// What is measured: no rows, no tables of servers.
const WANTS: Wants = Wants { rows: false, timeline: false, peaks: true, servers: false };

/// How a comparison is carried out.
pub struct CompareOptions<'a> {
    /// Threads; at least 1.
    pub threads: usize,
    /// Hears how it comes along.
    pub progress: &'a dyn Progress,
    /// Set by somebody else to stop.
    pub cancel: &'a AtomicBool,
}

/// What a comparison found.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The scenario that the others are held against.
    pub base: Outcome,
    /// The others, in order.
    pub others: Vec<Versus>,
}

/// One scenario against the base.
#[derive(Clone, Debug)]
pub struct Versus {
    /// What it found by itself.
    pub outcome: Outcome,
    /// Why replications could not be paired; none where they are.
    pub unpaired: Option<String>,
    /// Every metric in every scope that both have, and what is counted of causes that only one has:
    /// this one less the base.
    pub differences: Vec<Difference>,
    /// Downtime of the fleet by phase, s per server and year: this one less the base.
    pub phases: Vec<(Phase, f64)>,
}

/// Plays scenarios and compares all of them with the first.
pub fn compare(
    scenarios: &[Scenario],
    options: &CompareOptions<'_>,
) -> Result<Comparison, Failure> {
    let Some((first, rest)) = scenarios.split_first() else {
        return Err(Failure::Expectation("there is nothing to compare".to_string()));
    };
    let mut reasons: Vec<Option<String>> = rest.iter().map(|other| apart(first, other)).collect();
    let paired = || rest.iter().zip(&reasons).filter(|(_, why)| why.is_none()).map(|(s, _)| s);
    if paired().any(|other| has_strata(other) != has_strata(first)) {
        // Those that have strata keep them: what is rare would not be seen without.
        for (other, why) in rest.iter().zip(&mut reasons).filter(|(_, why)| why.is_none()) {
            if strata_of(&other.fleet).is_some() != strata_of(&first.fleet).is_some() {
                *why = Some(NO_STRATA.to_string());
            }
        }
    }
    let in_step: Vec<&Scenario> = std::iter::once(first)
        .chain(rest.iter().zip(&reasons).filter(|(_, why)| why.is_none()).map(|(s, _)| s))
        .collect();
    let counted = Counted { progress: options.progress, before: AtomicU64::new(0) };
    let (mut outcomes, pairs) = if in_step.len() > 1 {
        play_in_step(&in_step, options, &counted)?
    } else {
        (vec![alone(first, options, &counted)?], Vec::new())
    };
    let base = outcomes.remove(0);
    let (mut outcomes, mut pairs) = (outcomes.into_iter(), pairs.into_iter());
    let mut others = Vec::new();
    for (scenario, unpaired) in rest.iter().zip(reasons) {
        let paired = if unpaired.is_none() { outcomes.next().zip(pairs.next()) } else { None };
        let (outcome, mut differences) = match paired {
            Some((outcome, pair)) => {
                let (a, b) = ((&base.total, &*base.book), (&outcome.total, &*outcome.book));
                let mut differences = pair.differences(a, b);
                differences.iter_mut().for_each(without_rounding);
                let rates = strata_of(&first.fleet) != strata_of(&scenario.fleet);
                let unseen = rates && outcome.environment == EnvironmentUsed::Natural;
                for difference in &mut differences {
                    // Equal in all replications, for what differs was not seen in them.
                    let none_seen = unseen && difference.std_error == Some(0.0);
                    if none_seen || difference.ci_low.is_none() {
                        bound_by_both(difference);
                    }
                }
                (outcome, differences)
            }
            None => {
                let outcome = alone(scenario, options, &counted)?;
                let differences = independent(&base, &outcome);
                (outcome, differences)
            }
        };
        let lone = one_sided((&base.total, &base.book), (&outcome.total, &outcome.book));
        if unpaired.is_none() && scenario.effective == first.effective {
            differences.iter_mut().for_each(the_same);
        }
        // They follow the causes that both have.
        let after = differences.iter().position(|d| d.scope > Kind::Cause);
        let at = after.unwrap_or(differences.len());
        differences.splice(at..at, lone);
        let phases = by_phase(&base, &outcome);
        others.push(Versus { outcome, unpaired, differences, phases });
    }
    Ok(Comparison { base, others })
}

/// Said of two scenarios of which one can have no strata.
const NO_STRATA: &str =
    "outages by `every` have no strata, and one of the two needs them for rare ones";

/// Whether its replications are drawn in strata.
fn has_strata(scenario: &Scenario) -> bool {
    let Stop::Count(count) = scenario.replications.stop else { return false };
    let asked = scenario.replications.environment;
    environment_for(&scenario.fleet, asked, count.into()) != EnvironmentUsed::Natural
}

/// Why two scenarios do not meet the same strikes, replication by replication.
fn apart(a: &Scenario, b: &Scenario) -> Option<String> {
    let groups = |s: &Scenario| -> Vec<(String, usize, u32, Option<u32>, bool)> {
        let facts = |g: &crate::model::fleet::Group| {
            (g.name.clone(), g.region, g.count, g.zone, g.other_tenant)
        };
        s.fleet.groups.iter().map(facts).collect()
    };
    let regions = |s: &Scenario| -> Vec<(String, u32, u32)> {
        s.fleet.regions.iter().map(|r| (r.name.clone(), r.zones, r.cells)).collect()
    };
    let stop = |s: &Scenario| match s.replications.stop {
        Stop::Count(count) => Some(count),
        Stop::Precision(_) => None,
    };
    let why = match () {
        () if a.fleet.seed != b.fleet.seed => "the seeds differ",
        () if a.fleet.horizon != b.fleet.horizon => "the durations differ",
        () if stop(a).is_none() || stop(b).is_none() => {
            "a precision target decides how many there are"
        }
        () if stop(a) != stop(b) => "the numbers of replications differ",
        () if regions(a) != regions(b) => "the regions differ",
        () if groups(a) != groups(b) => "the fleets differ",
        () => return None,
    };
    Some(why.to_string())
}

fn alone(
    scenario: &Scenario,
    options: &CompareOptions<'_>,
    counted: &Counted<'_>,
) -> Result<Outcome, Failure> {
    let own = Options {
        threads: options.threads,
        replications: None,
        rows: Rows::None,
        progress: counted,
        cancel: options.cancel,
        wants: WANTS,
    };
    run(scenario, own)
}

/// Plays scenarios in step; the pairs are of each of them with the first.
fn play_in_step(
    scenarios: &[&Scenario],
    options: &CompareOptions<'_>,
    counted: &Counted<'_>,
) -> Result<(Vec<Outcome>, Vec<Paired>), Failure> {
    let setups = scenarios.iter().map(|s| Setup::new(s, None, WANTS));
    let mut setups = setups.collect::<Result<Vec<_>, Failure>>()?;
    // Strata pair with strata, each with its own probabilities.
    if setups.iter().any(|s| s.environment != EnvironmentUsed::Natural) {
        let each = setups.into_iter().zip(scenarios);
        setups = each.map(|(setup, s)| setup.in_strata(&s.fleet)).collect();
    }
    let scenes: Vec<Scene> = scenarios.iter().map(|s| Scene::new(s.fleet.clone())).collect();
    let mut sums: Vec<_> = setups.iter().map(|s| s.sum(RowSink::Nowhere)).collect();
    let mut pairs: Vec<Paired> =
        setups[1..].iter().map(|s| Paired::new(&setups[0].book, &s.book)).collect();
    let most = setups[0].most;
    let all_cells: u64 = scenes.iter().map(|s| s.cells.len() as u64 * most).sum();
    let mut done = 0;
    while done < most {
        let next = (done + STEP).min(most);
        let mut first = Vec::new();
        for (i, setup) in setups.iter().enumerate() {
            let others = sums.iter().enumerate().filter(|(k, _)| *k != i).map(|(_, s)| s.played);
            let whole = Whole { counted, done: others.sum(), of: all_cells };
            let job = Job {
                scene: &scenes[i],
                book: &setup.book,
                strata: setup.strata(),
                shard: Shard::WHOLE,
                threads: options.threads.max(1),
                progress: &whole,
                cancel: options.cancel,
                format: None,
                expected: [most.div_ceil(2), most / 2],
                cells_to_come: all_cells,
            };
            sums[i].finished = Some(Vec::new());
            if !play(&job, done..next, &mut sums[i]) {
                return Err(Failure::Cancelled);
            }
            let finished = sums[i].finished.take().unwrap_or_default();
            if i == 0 {
                first = finished;
            } else {
                first.iter().zip(&finished).for_each(|(a, b)| pairs[i - 1].absorb(a, b));
            }
        }
        done = next;
        if counted.listens() {
            setups[0].look(&sums[0].total).iter().for_each(|look| counted.looked(look));
        }
    }
    let mut outcomes = Vec::new();
    for ((sum, setup), scenario) in sums.into_iter().zip(&setups).zip(scenarios) {
        let found = Found {
            total: sum.total,
            replications: done,
            precision_reached: None,
            events: sum.events,
            digest: sum.digest,
            incidents: sum.incidents,
            rows: super::outcome::RowsKept::None,
            drill: sum.drill,
        };
        outcomes.push(setup.outcome(scenario, found, options.threads)?);
    }
    Ok((outcomes, pairs))
}

/// No pairing narrows an interval so much: what is left of it is the rounding of equal sums.
const ROUNDING: f64 = 1e7;

/// A difference that is zero but for rounding is zero.
fn without_rounding(d: &mut Difference) {
    if d.value == Some(0.0) && d.narrowed.is_some_and(|n| n > ROUNDING) {
        (d.std_error, d.narrowed) = (Some(0.0), None);
        (d.ci_low, d.ci_high) = (Some(0.0), Some(0.0));
    }
}

/// Of one scenario with itself nothing differs: what was played is the same, and so is all of it.
fn the_same(d: &mut Difference) {
    if d.value == Some(0.0) {
        (d.std_error, d.narrowed) = (Some(0.0), None);
        (d.ci_low, d.ci_high) = (Some(0.0), Some(0.0));
        d.method = "the same scenario, played once: no difference";
    }
}

/// Where pairing knows no error, the interval of two independent estimates is wide enough.
fn bound_by_both(difference: &mut Difference) {
    let plain = unpaired(difference.a.clone(), difference.b.clone());
    if plain.ci_low.is_some() {
        difference.std_error = plain.std_error;
        (difference.ci_low, difference.ci_high) = (plain.ci_low, plain.ci_high);
        difference.method = "from both intervals, as if independent: too wide";
    }
}

/// The difference of two estimates that have nothing in common. Its interval comes from the distances
/// of both values to the ends of their own ones (G. Zou and A. Donner, Statistics in Medicine 27,
/// 2008), so that it is as skewed as they are.
pub(super) fn unpaired(a: Estimate, b: Estimate) -> Difference {
    let value = a.value.zip(b.value).map(|(x, y)| y - x);
    let error = a.std_error.zip(b.std_error).map(|(x, y)| (x * x + y * y).sqrt());
    let reach = |e: &Estimate| Some((e.value? - e.ci_low?, e.ci_high? - e.value?));
    let ends = value.zip(reach(&a)).zip(reach(&b)).map(|((v, a), b)| {
        (v - (b.0 * b.0 + a.1 * a.1).sqrt(), v + (b.1 * b.1 + a.0 * a.0).sqrt())
    });
    Difference {
        scope: a.scope,
        name: a.name.clone(),
        metric: a.metric,
        unit: a.unit,
        value,
        std_error: error.filter(|_| value.is_some()),
        ci_low: ends.map(|e| e.0),
        ci_high: ends.map(|e| e.1),
        narrowed: None,
        method: if ends.is_some() {
            "from both intervals, as independent estimates (Zou and Donner)"
        } else {
            "difference of two estimates; no interval"
        },
        a,
        b,
    }
}

/// Differences without pairing, in the order of tables.
fn independent(a: &Outcome, b: &Outcome) -> Vec<Difference> {
    let seen = |e: &Estimate| e.value.is_some();
    let rows = a.estimates.iter().filter_map(|x| {
        let y = b.estimate(x.scope, &x.name, x.metric)?;
        (seen(x) || seen(y)).then(|| unpaired(x.clone(), y.clone()))
    });
    rows.collect()
}

fn by_phase(a: &Outcome, b: &Outcome) -> Vec<(Phase, f64)> {
    let of = |o: &Outcome| -> Vec<(Phase, f64)> {
        let fleet = o.book.scope(Kind::Fleet, "fleet");
        fleet.map(|scope| phases(&o.total, &o.book, scope)).unwrap_or_default()
    };
    of(a).into_iter().zip(of(b)).map(|((phase, x), (_, y))| (phase, y - x)).collect()
}

/// Progress of runs that follow one another.
struct Counted<'a> {
    progress: &'a dyn Progress,
    before: AtomicU64,
}

impl Progress for Counted<'_> {
    fn advanced(&self, done: u64, of: u64, simulated: Span) {
        let before = self.before.load(Ordering::Relaxed);
        self.progress.advanced(before + done, before + of, simulated);
        if done == of {
            self.before.fetch_add(of, Ordering::Relaxed);
        }
    }

    fn listens(&self) -> bool {
        self.progress.listens()
    }

    fn looked(&self, look: &Look) {
        self.progress.looked(look);
    }
}

/// Progress of one of several that are played in step.
struct Whole<'a> {
    counted: &'a Counted<'a>,
    done: u64,
    of: u64,
}

impl Progress for Whole<'_> {
    fn advanced(&self, done: u64, _: u64, simulated: Span) {
        self.counted.advanced(self.done + done, self.of, simulated);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(low: f64, value: f64, high: f64) -> Estimate {
        let text = "name = 'x'\nduration = '1d'\n[[region]]\nname = 'r'\n\
                    [[servers]]\ngroup = 'a'\ncount = 1\nregion = 'r'\n[replications]\ncount = 2\n";
        let scenario = crate::scenario::parse("x.toml", text, None, &[]).expect("valid");
        let setup = Setup::new(&scenario, None, WANTS).expect("measurable");
        let total = crate::measure::Total::new(&setup.book);
        let mut estimate = crate::measure::estimates(&total, &setup.book).remove(0);
        estimate.value = Some(value);
        (estimate.ci_low, estimate.ci_high) = (Some(low), Some(high));
        estimate
    }

    #[test]
    fn what_rounding_leaves_of_equal_scenarios_is_nothing() {
        let cancel = AtomicBool::new(false);
        let options =
            CompareOptions { threads: 1, progress: &super::super::Silent, cancel: &cancel };
        for seed in 1..=20 {
            let text = format!(
                "name = 'x'\nduration = '1y'\nseed = {seed}\n[[region]]\nname = 'r'\n\
                 [[servers]]\ngroup = 'a'\ncount = 9\nregion = 'r'\n[replications]\ncount = 30\n\
                 [fault.process_crash]\nrate = '3/y'\n[compute]\n\
                 process_restart = {{ lognormal = {{ median = '45s', p95 = '3m' }} }}\n"
            );
            let scenario = crate::scenario::parse("x.toml", &text, None, &[]).expect("valid");
            // A key that changes nothing: it is another scenario that plays the same.
            let other = format!("{text}[standby]\npromotion = '77s'\n");
            let other = crate::scenario::parse("x.toml", &other, None, &[]).expect("valid");
            for other in [&scenario, &other] {
                let found = compare(&[scenario.clone(), other.clone()], &options);
                let found = found.expect("they are played").others.remove(0);
                let itself = scenario.effective == other.effective;
                let sure: Vec<_> = found
                    .differences
                    .iter()
                    .filter(|d| itself || d.std_error == Some(0.0))
                    .collect();
                assert!(sure.len() > 50, "{}", sure.len());
                for d in sure {
                    let ends = (d.value, d.ci_low, d.ci_high);
                    assert!(
                        d.value.is_none() || ends == (Some(0.0), Some(0.0), Some(0.0)),
                        "{d:?}"
                    );
                    assert_eq!(d.narrowed, None);
                }
            }
        }
    }

    #[test]
    fn a_cause_that_only_one_has_is_zero_in_the_other() {
        let text = "name = 'x'\nduration = '1y'\n[[region]]\nname = 'r'\n\
                    [[servers]]\ngroup = 'a'\ncount = 9\nregion = 'r'\n[replications]\ncount = 30\n\
                    [fault.connectivity]\nrate = '1/y'\nlasts = '1m'\n";
        let crash = "[fault.process_crash]\nrate = '1/y'\n[compute]\nprocess_restart = '10m'\n";
        let of = |text: &str| crate::scenario::parse("x.toml", text, None, &[]).expect("valid");
        let (without, with) = (of(text), of(&format!("{text}{crash}")));
        let mut seeded = with.clone();
        seeded.fleet.seed += 1;
        let cancel = AtomicBool::new(false);
        let options =
            CompareOptions { threads: 1, progress: &super::super::Silent, cancel: &cancel };
        let play = |a: &Scenario, b: &Scenario| {
            compare(&[a.clone(), b.clone()], &options).expect("they are played")
        };
        for (a, b) in [(&without, &with), (&with, &without), (&without, &seeded)] {
            let found = play(a, b);
            let of =
                |o: &Outcome, metric| o.estimate(Kind::Cause, "process_crash", metric).cloned();
            for metric in ["downtime_per_server_year", "incidents_per_server_year"] {
                let mut rows = found.others[0].differences.iter();
                let is = |d: &&Difference| d.name == "process_crash" && d.metric == metric;
                let d = rows.find(is).expect("the difference is there");
                let more = of(&found.others[0].outcome, metric);
                let sign = if more.is_some() { 1.0 } else { -1.0 };
                let e = more.or(of(&found.base, metric)).expect("one of them has it");
                assert!(e.value.is_some() && e.ci_low.is_some(), "{e:?}");
                assert_eq!(d.value, e.value.map(|v| sign * v));
                assert_eq!((d.a.value.zip(d.b.value)).map(|(a, b)| b - a), d.value);
                let ends = if sign > 0.0 { (e.ci_low, e.ci_high) } else { (e.ci_high, e.ci_low) };
                let signed = |end: Option<f64>| end.map(|v| sign * v);
                assert_eq!((d.ci_low, d.ci_high), (signed(ends.0), signed(ends.1)));
            }
            let lone = found.others[0].differences.iter().filter(|d| d.name == "process_crash");
            assert!(lone.clone().all(|d| !d.metric.starts_with("recovery")));
            let scopes: Vec<Kind> = found.others[0].differences.iter().map(|d| d.scope).collect();
            assert!(scopes.is_sorted(), "{scopes:?}");
        }
    }

    #[test]
    fn an_unpaired_interval_is_as_skewed_as_its_parts() {
        let d = unpaired(estimate(6.0, 10.0, 13.0), estimate(16.0, 20.0, 23.0));
        assert_eq!((d.value, d.ci_low, d.ci_high), (Some(10.0), Some(5.0), Some(15.0)));
        let mut unknown = estimate(0.0, 1.0, 2.0);
        unknown.value = None;
        let d = unpaired(unknown, estimate(0.0, 1.0, 2.0));
        assert_eq!((d.value, d.ci_low, d.ci_high), (None, None, None));
    }
}
