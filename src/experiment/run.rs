//! Runs a scenario: a fixed count of replications, or as many as a precision wants.

use super::outcome::{EnvironmentUsed, Outcome, Progress, RowFormat, RowsKept};
use super::play::{Job, RowSink, Sum, play};
use crate::measure::{
    self, Bins, Book, Expectation, Judgement, Kind, Metric, Op, Total, Verdict, Wants, Watch,
};
use crate::model::environment::expected_catastrophes;
use crate::model::fleet::Fleet;
use crate::model::world::Scene;
use crate::scenario::{self, Environment, STRATA_NEED, STRATIFY_BELOW, Scenario};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Rows of incidents that are kept unasked.
const FEW_ROWS: u64 = 100_000;

/// Where rows of incidents go.
pub enum Rows<'a> {
    /// Nowhere.
    None,
    /// Into memory, while they are at most 100,000.
    Few(&'a dyn RowFormat),
    /// All of them to this writer, in order.
    All(&'a dyn RowFormat, &'a mut (dyn Write + Send)),
}

/// How a run is carried out; none of it changes a result.
pub struct Options<'a> {
    /// Threads; at least 1.
    pub threads: usize,
    /// Replications instead of the scenario's.
    pub replications: Option<u32>,
    /// What becomes of the rows of incidents.
    pub rows: Rows<'a>,
    /// Hears how it comes along.
    pub progress: &'a dyn Progress,
    /// Set by somebody else to stop the run.
    pub cancel: &'a AtomicBool,
    /// What to measure beside the estimates.
    pub wants: Wants,
}

/// Why a run gave no outcome.
#[derive(Debug)]
pub enum Failure {
    /// Somebody stopped it.
    Cancelled,
    /// The rows of incidents could not be written.
    Rows(std::io::Error),
    /// The scenario asks for something that cannot be measured.
    Expectation(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Cancelled => f.write_str("interrupted"),
            Failure::Rows(error) => write!(f, "cannot write the rows of incidents: {error}"),
            Failure::Expectation(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failure {}

/// Plays a scenario and measures it.
pub fn run(scenario: &Scenario, options: Options<'_>) -> Result<Outcome, Failure> {
    let fleet = &scenario.fleet;
    let (fixed, most) = match (options.replications, &scenario.replications.stop) {
        (Some(count), _) => (true, u64::from(count)),
        (None, scenario::Stop::Count(count)) => (true, u64::from(*count)),
        (None, scenario::Stop::Precision(precision)) => (false, u64::from(precision.max)),
    };
    let environment = environment_for(fleet, scenario.replications.environment, most);
    let mut book = Book::new(fleet).wanting(options.wants);
    if let EnvironmentUsed::Stratified(weights) = environment {
        book = book.stratified(weights);
    }
    let expectations: Vec<Expectation> = scenario.expectations.iter().map(translate).collect();
    let objectives = objectives_of(fleet);
    let watches: Vec<Watch> = expectations
        .iter()
        .chain(objectives.iter().map(|(_, e)| e))
        .filter(|e| e.probability.is_some())
        .map(|e| e.that.clone())
        .collect();
    book.watch(watches).map_err(|errors| {
        Failure::Expectation(errors.into_iter().map(|e| e.why).collect::<Vec<_>>().join("\n"))
    })?;
    let book = Arc::new(book);
    let scene = Scene::new(fleet.clone());
    let strata = match environment {
        EnvironmentUsed::Natural => None,
        EnvironmentUsed::Stratified(weights) => Some(weights),
    };
    let (format, sink) = match options.rows {
        Rows::None => (None, RowSink::Nowhere),
        Rows::Few(format) => {
            (Some(format), RowSink::Few { bytes: Vec::new(), rows: 0, most: FEW_ROWS })
        }
        Rows::All(format, writer) => (Some(format), RowSink::Writer(writer, None)),
    };
    let mut sum = Sum {
        total: Total::new(&book),
        bins: Bins::default(),
        events: 0,
        digest: 0,
        incidents: 0,
        played: 0,
        rows: sink,
    };
    let cells = scene.cells.len() as u64;
    let mut done = 0;
    let mut precision_reached = None;
    while done < most {
        let next = if fixed { most } else { next_look(done).min(most) };
        let job = Job {
            scene: &scene,
            book: &book,
            strata,
            threads: options.threads.max(1),
            progress: options.progress,
            cancel: options.cancel,
            format,
            expected: [most.div_ceil(2), most / 2],
            cells_to_come: most * cells,
        };
        if !play(&job, done..next, &mut sum) {
            return Err(Failure::Cancelled);
        }
        if let RowSink::Writer(_, error @ Some(_)) = &mut sum.rows {
            return Err(Failure::Rows(error.take().expect("an error was seen")));
        }
        done = next;
        if let (false, scenario::Stop::Precision(precision)) = (fixed, &scenario.replications.stop)
        {
            let reached = is_precise(precision, &sum.total, &book);
            precision_reached = Some(reached);
            if reached {
                break;
            }
        }
    }
    let judge_all = |list: &[(String, Expectation)]| -> Result<Vec<(String, Judgement)>, Failure> {
        list.iter()
            .map(|(text, e)| {
                measure::judge(&sum.total, &book, e)
                    .map(|judgement| (text.clone(), judgement))
                    .map_err(|why| Failure::Expectation(format!("{text}: {why}")))
            })
            .collect()
    };
    let named: Vec<(String, Expectation)> =
        scenario.expectations.iter().map(|e| e.text.clone()).zip(expectations).collect();
    Ok(Outcome {
        estimates: measure::estimates(&sum.total, &book),
        judgements: judge_all(&named)?,
        objectives: judge_all(&objectives)?,
        replications: done,
        environment,
        precision_reached,
        events: sum.events,
        digest: sum.digest,
        incidents: sum.incidents,
        cells: scene.cells.len(),
        rows: match sum.rows {
            RowSink::Nowhere => RowsKept::None,
            RowSink::TooMany => RowsKept::TooMany,
            RowSink::Few { bytes, .. } => RowsKept::Here(bytes),
            RowSink::Writer(..) => RowsKept::Written,
        },
        warnings: scenario.warnings.clone(),
        total: sum.total,
        book,
    })
}

/// Strata where few zone and region outages are to be expected in all.
pub fn environment_for(fleet: &Fleet, asked: Environment, replications: u64) -> EnvironmentUsed {
    let Some(expected) = expected_catastrophes(fleet).filter(|&e| e > 0.0) else {
        return EnvironmentUsed::Natural;
    };
    let wanted = match asked {
        Environment::Natural => false,
        Environment::Stratified => true,
        Environment::Auto => expected * (replications as f64) < STRATIFY_BELOW,
    };
    if wanted && replications >= STRATA_NEED {
        EnvironmentUsed::Stratified([libm::exp(-expected), -libm::expm1(-expected)])
    } else {
        EnvironmentUsed::Natural
    }
}

/// When a precision is looked at: after 20 replications, then after each third more.
fn next_look(done: u64) -> u64 {
    if done == 0 { 20 } else { done + (done / 3).max(2) / 2 * 2 }
}

fn is_precise(precision: &scenario::Precision, total: &Total, book: &Book) -> bool {
    let Some(metric) = measure::metric::named(&precision.metric) else { return false };
    let kind = kind_named(&precision.scope.kind);
    let Some(scope) = kind.and_then(|k| book.scope(k, &precision.scope.name)) else {
        return false;
    };
    let metric: &'static Metric = metric;
    let estimate = measure::estimate(total, book, scope, metric);
    let (Some(value), Some(low), Some(high)) = (estimate.value, estimate.ci_low, estimate.ci_high)
    else {
        return false;
    };
    let half = (high - low) / 2.0;
    match precision.half_width {
        scenario::HalfWidth::Relative(share) => half <= share * value.abs(),
        scenario::HalfWidth::Absolute(width) => half <= width,
    }
}

/// The kind of scope with that word.
pub fn kind_named(word: &str) -> Option<Kind> {
    [Kind::Fleet, Kind::Group, Kind::Region, Kind::Zone, Kind::Standby, Kind::Cause, Kind::Service]
        .into_iter()
        .find(|k| k.word() == word)
}

fn translate(e: &scenario::Expectation) -> Expectation {
    Expectation {
        that: Watch {
            metric: e.metric.clone(),
            kind: kind_named(&e.scope.kind).unwrap_or(Kind::Fleet),
            name: e.scope.name.clone(),
            op: operator(e.op),
            value: e.value,
        },
        probability: e.probability.map(|(op, share)| (operator(op), share)),
        point: e.judge_point,
    }
}

fn operator(op: scenario::expect::Op) -> Op {
    match op {
        scenario::expect::Op::AtLeast => Op::AtLeast,
        scenario::expect::Op::AtMost => Op::AtMost,
        scenario::expect::Op::Above => Op::Above,
        scenario::expect::Op::Below => Op::Below,
    }
}

/// Objectives of groups as expectations: availability, and shares of incidents within RTO and RPO.
fn objectives_of(fleet: &Fleet) -> Vec<(String, Expectation)> {
    let mut all = Vec::new();
    for group in fleet.groups.iter().filter(|g| !g.other_tenant) {
        let mut add = |metric: &str, op, value: f64, text: String| {
            let that = Watch {
                metric: metric.to_owned(),
                kind: Kind::Group,
                name: group.name.clone(),
                op,
                value,
            };
            all.push((text, Expectation { that, probability: None, point: false }));
        };
        if let Some(share) = group.objectives.availability {
            let text = format!("availability of {} >= {}%", group.name, share.0 * 100.0);
            add("availability", Op::AtLeast, share.0, text);
        }
        if let Some(rto) = group.objectives.rto {
            let text = format!("recovery_time_p99 of {} <= {rto}", group.name);
            add("recovery_time_p99", Op::AtMost, rto.as_secs_f64(), text);
        }
        if let Some(rpo) = group.objectives.rpo {
            let text = format!("loss_window_max of {} <= {rpo}", group.name);
            add("loss_window_max", Op::AtMost, rpo.as_secs_f64(), text);
        }
    }
    all
}

impl Outcome {
    /// Whether every expectation holds, one fails, or one is undecided: the worst of them.
    pub fn verdict(&self) -> Verdict {
        let mut worst = Verdict::Holds;
        for (_, judgement) in &self.judgements {
            match judgement.verdict {
                Verdict::Fails => return Verdict::Fails,
                undecided @ Verdict::Undecided { .. } => worst = undecided,
                Verdict::Holds => {}
            }
        }
        worst
    }
}
