//! Shares near 0 or 1: intervals that hold at small counts, with replications as clusters.
//!
//! The exact binomial interval (Clopper–Pearson) with the number of independent trials that would
//! give the observed standard error (Korn and Graubard, 1998). With one trial a replication that is
//! the exact interval itself.

use super::estimate::Estimate;
use super::few::few;
use super::moments::Ratio;
use super::skewed::FEWEST_EVENTS;
use super::special::{CONFIDENCE, beta_quantile, t_factor};
use super::unseen::{self, Part, Played, Spoils};
use libm::{exp, log};

/// What is known of a share.
#[derive(Clone, Debug)]
pub struct Trials {
    /// The ratio over replications.
    pub ratio: Ratio,
    /// Passes in all.
    pub passed: u128,
    /// Trials in all.
    pub trials: u128,
    /// What is independent in a unit.
    pub part: Part,
    /// How many trials of a part one stroke of chance can spoil.
    pub spoils: Spoils,
    /// What was played of each stratum.
    pub strata: Vec<Played>,
    /// Strikes of the environment behind them.
    pub strikes: f64,
    /// Units: replications, or cells of one.
    pub units: u64,
    /// Whether one replication must not be taken for many trials.
    pub single: bool,
}

/// The exact binomial interval for `k` of `n`, both any positive numbers.
pub fn exact(k: f64, n: f64) -> (f64, f64) {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let low = if k <= 0.0 { 0.0 } else { beta_quantile(k, n - k + 1.0, tail) };
    let high = if k >= n { 1.0 } else { beta_quantile(k + 1.0, n - k, 1.0 - tail) };
    (low, high)
}

/// The number of independent trials that a share with this error is worth.
fn effective(p: f64, error: f64, trials: &Trials) -> f64 {
    let all = trials.trials as f64;
    let stratified = trials.strata.len() > 1;
    if !stratified && u128::from(trials.units) == trials.trials {
        return all;
    }
    // Strata can make an estimate worth more than its trials; clusters only less.
    let most = if stratified { f64::MAX } else { all };
    let factor = t_factor((all - 1.0).max(1.0)) / t_factor(trials.ratio.df.max(1.0));
    let n = p * (1.0 - p) / (error * error) * factor * factor;
    if n.is_finite() { n.clamp(1.0, most) } else { all }
}

/// Fills a row with a share that may be 0 or 1; `to` must rise.
pub fn fill(row: &mut Estimate, trials: &Trials, to: impl Fn(f64) -> f64) {
    let Some(p) = trials.ratio.value() else {
        row.method = "nothing to measure".to_string();
        return;
    };
    row.plain = Some(to(p));
    if trials.passed == 0 || trials.passed == trials.trials {
        let none = trials.passed == 0;
        row.method = if none { "no events".to_string() } else { "no failures".to_string() };
        row.value = if none { None } else { Some(to(1.0)) };
        if trials.single {
            return;
        }
        let bound = unseen::share(&trials.strata, &trials.part, trials.spoils);
        row.method += &format!(": rule of three, {}", trials.part.words());
        let (low, high) = if none { (0.0, bound) } else { (1.0 - bound, 1.0) };
        (row.ci_low, row.ci_high) = (Some(to(low)), Some(to(high)));
        row.std_error = None;
        return;
    }
    row.value = Some(to(p));
    row.method = "Clopper-Pearson with effective trials".to_string();
    let events = trials.passed.min(trials.trials - trials.passed) as f64;
    // All trials of one replication are worth one.
    let alone = trials.ratio.uneven.alone;
    if let Some(error) = trials.ratio.error.or(alone.then(|| (p * (1.0 - p)).sqrt())) {
        let n = if alone { 1.0 } else { effective(p, error, trials) };
        let (low, high) = exact(p * n, n);
        row.method = format!("Clopper-Pearson with {n:.0} effective of {} trials", trials.trials);
        row.std_error = Some((to(p * (1.0 + 1e-6)) - to(p * (1.0 - 1e-6))) / (2e-6 * p) * error);
        (row.ci_low, row.ci_high) = (Some(to(low)), Some(to(high)));
        few(row, events.min(p.min(1.0 - p) * n).min(trials.strikes));
    } else {
        few(row, events.min(trials.strikes));
    }
}

/// Fills a row with a share of which some trials are open: those of `may` pass or may pass, those of
/// `sure` pass. The interval reaches from where all open ones fail to where all of them pass.
pub fn fill_between(row: &mut Estimate, sure: &Trials, may: &Trials, to: impl Fn(f64) -> f64) {
    let open = may.passed - sure.passed;
    if open == 0 {
        return fill(row, sure, to);
    }
    let (mut least, mut most) = (row.clone(), row.clone());
    fill(&mut least, sure, &to);
    fill(&mut most, may, &to);
    let ends = |r: &Ratio| r.value().map_or(0.0, &to);
    row.hidden = Some((ends(&sure.ratio), ends(&may.ratio)));
    let known = sure.ratio.bottom - (may.ratio.top - sure.ratio.top);
    let all = sure.trials;
    if open == all || known <= 0.0 {
        row.method = format!("not known: the end of the play cut all {all} too early to tell");
        return;
    }
    row.value = Some(to((sure.ratio.top / known).clamp(0.0, 1.0)));
    row.plain = row.value;
    (row.ci_low, row.ci_high) = (least.ci_low, most.ci_high);
    row.method = format!(
        "{}; of those that are known; {open} of {all} were cut too early to tell and are missed at the \
         lower end, met at the upper one",
        if sure.passed == 0 { most.method } else { least.method }
    );
}

/// Ends of the interval for a distribution function's value `p` with this error, on the logit; `None`
/// where the effective number of values is too small for that end. With that number.
pub fn around(p: f64, error: f64, df: f64, values: f64) -> (Option<f64>, Option<f64>, f64) {
    let n = (p * (1.0 - p) / (error * error)).min(values.max(1.0));
    let tail = (1.0 - CONFIDENCE) / 2.0;
    // As for means: an error that rests on few values of the rarer side is itself hardly known.
    let df = df.min((n * p.min(1.0 - p)).max(FEWEST_EVENTS));
    let reach = t_factor(df.max(1.0)) / (n * p * (1.0 - p)).sqrt();
    let odds = log(p / (1.0 - p));
    let share = |odds: f64| 1.0 / (1.0 + exp(-odds));
    let low = (n * log(1.0 - p) < log(tail)).then(|| share(odds - reach));
    let high = (n * log(p) < log(tail)).then(|| share(odds + reach));
    (low, high, n)
}
