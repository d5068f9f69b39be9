//! Runs a scenario: a fixed count of replications, or as many as a precision wants.

use super::outcome::{EnvironmentUsed, Look, Outcome, Progress, RowFormat, RowsKept};
use super::play::{Job, Kept, Sum, play};
use super::rows::RowSink;
use super::shard::Shard;
use super::threads::with_threads;
use crate::measure::{
    self, Bins, Book, Drill, Estimate, Expectation, Judgement, Kind, Op, Rest, Total, Verdict,
    Wants, Watch,
};
use crate::model::environment::expected_catastrophes;
use crate::model::fleet::Fleet;
use crate::model::world::Scene;
use crate::scenario::{self, Environment, STRATA_NEED, STRATIFY_BELOW, Scenario};
use rayon::prelude::*;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Rows of incidents that are kept unasked.
pub(super) const FEW_ROWS: u64 = 100_000;

/// Where rows of incidents go.
pub enum Rows<'a> {
    /// Nowhere.
    None,
    /// Into memory, while they are at most 100,000.
    Few(&'a dyn RowFormat),
    /// Into memory, however many there are.
    Kept(&'a dyn RowFormat),
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
    /// Sums, which a large fleet has in temporary files, could not be read again.
    Sums(String),
    /// The scenario asks for something that cannot be measured.
    Expectation(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Cancelled => f.write_str("interrupted"),
            Failure::Rows(error) => write!(f, "cannot write the rows of incidents: {error}"),
            Failure::Sums(why) => {
                write!(f, "cannot read sums again from a temporary file: {why}")
            }
            Failure::Expectation(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failure {}

/// Plays a scenario and measures it.
pub fn run(scenario: &Scenario, options: Options<'_>) -> Result<Outcome, Failure> {
    let setup = Setup::new(scenario, options.replications, options.wants)?;
    let threads = options.threads;
    let (found, _) = setup.play(scenario, options, Shard::WHOLE, None)?;
    setup.outcome(scenario, found, threads)
}

/// What is known of a run before it is played.
pub(super) struct Setup {
    pub book: Arc<Book>,
    pub environment: EnvironmentUsed,
    /// Most replications that are played; all of them unless a precision is wanted.
    pub most: u64,
    precision: Option<scenario::Precision>,
    expectations: Vec<(String, Expectation)>,
    objectives: Vec<(String, Expectation)>,
}

/// What was found by playing, or by joining parts.
pub(super) struct Found {
    pub total: Total,
    pub replications: u64,
    pub precision_reached: Option<bool>,
    pub events: u64,
    pub digest: u64,
    pub incidents: u64,
    pub rows: RowsKept,
    pub drill: Drill,
}

impl Setup {
    /// Looks at a scenario.
    pub fn new(scenario: &Scenario, count: Option<u32>, wants: Wants) -> Result<Setup, Failure> {
        let asked = scenario.replications.environment;
        Setup::within(scenario, count, wants, asked)
    }

    /// The same with the environment drawn as asked here.
    pub fn within(
        scenario: &Scenario,
        count: Option<u32>,
        wants: Wants,
        asked: Environment,
    ) -> Result<Setup, Failure> {
        let fleet = &scenario.fleet;
        let (precision, most) = match (count, &scenario.replications.stop) {
            (Some(count), _) => (None, u64::from(count)),
            (None, scenario::Stop::Count(count)) => (None, u64::from(*count)),
            (None, scenario::Stop::Precision(p)) => (Some(p.clone()), u64::from(p.max)),
        };
        let environment = environment_for(fleet, asked, most);
        let mut book = Book::new(fleet).wanting(wants);
        if let EnvironmentUsed::Stratified(weights) = environment {
            book = book.stratified(weights);
        }
        let expectations: Vec<(String, Expectation)> =
            scenario.expectations.iter().map(|e| (e.text.clone(), translate(e))).collect();
        let objectives = objectives_of(fleet);
        let watches: Vec<Watch> = expectations
            .iter()
            .chain(&objectives)
            .filter(|(_, e)| e.probability.is_some())
            .map(|(_, e)| e.that.clone())
            .collect();
        book.watch(watches).map_err(|errors| {
            Failure::Expectation(errors.into_iter().map(|e| e.why).collect::<Vec<_>>().join("\n"))
        })?;
        Ok(Setup { book: Arc::new(book), environment, most, precision, expectations, objectives })
    }

    /// The same in strata, also where the second one has no outage and weighs nothing.
    pub fn in_strata(mut self, fleet: &Fleet) -> Setup {
        if let (EnvironmentUsed::Natural, Some(weights)) = (self.environment, strata_of(fleet)) {
            self.environment = EnvironmentUsed::Stratified(weights);
            self.book = Arc::new(Book::clone(&self.book).stratified(weights));
        }
        self
    }

    /// The probabilities of the strata, if there are any.
    pub fn strata(&self) -> Option<[f64; 2]> {
        match self.environment {
            EnvironmentUsed::Natural => None,
            EnvironmentUsed::Stratified(weights) => Some(weights),
        }
    }

    /// Whether replications are played until an estimate is precise.
    pub fn wants_precision(&self) -> bool {
        self.precision.is_some()
    }

    /// Sums of nothing yet.
    pub fn sum<'w>(&self, rows: RowSink<'w>) -> Sum<'w> {
        Sum {
            total: Total::new(&self.book),
            rest: Rest::default(),
            bins: Bins::default(),
            events: 0,
            digest: 0,
            incidents: 0,
            played: 0,
            rows,
            drill: Drill::default(),
            kept: None,
            finished: None,
        }
    }

    /// Plays the replications of a shard, and fills what joining parts needs.
    pub fn play(
        &self,
        scenario: &Scenario,
        options: Options<'_>,
        shard: Shard,
        kept: Option<Kept>,
    ) -> Result<(Found, Option<Kept>), Failure> {
        let scene = Scene::new(scenario.fleet.clone());
        let (format, sink) = match options.rows {
            Rows::None => (None, RowSink::Nowhere),
            Rows::Few(format) => (Some(format), RowSink::few(FEW_ROWS)),
            Rows::Kept(format) => (Some(format), RowSink::few(u64::MAX)),
            Rows::All(format, writer) => (Some(format), RowSink::writer(writer)),
        };
        let mut sum = self.sum(sink);
        sum.kept = kept;
        let most = shard.count(self.most);
        let mut job = Job {
            scene: &scene,
            book: &self.book,
            strata: self.strata(),
            shard,
            threads: options.threads.max(1),
            progress: options.progress,
            cancel: options.cancel,
            format,
            expected: [self.most.div_ceil(2), self.most / 2],
            cells_to_come: most * scene.cells.len() as u64,
        };
        let mut done = 0;
        let mut precision_reached = None;
        let looks = self.precision.is_some() || options.progress.listens();
        while done < most {
            let next = if looks { next_look(done).min(most) } else { most };
            if !play(&job, done..next, &mut sum) {
                return Err(Failure::Cancelled);
            }
            if let Some(error) = sum.rows.error() {
                return Err(Failure::Rows(error));
            }
            if let Some(why) = sum.total.lost_servers().or(sum.rest.lost()) {
                return Err(Failure::Sums(why.to_owned()));
            }
            done = next;
            let Some(look) = looks.then(|| self.look(&sum.total)).flatten() else { continue };
            options.progress.looked(&look);
            if self.precision.is_some() {
                // One look may find it precise by chance, for its error is too small then: two in a row.
                let again = precision_reached == Some(true) || done == most;
                precision_reached = Some(look.reached());
                if look.reached() && again {
                    break;
                }
                job.cells_to_come = look.needed(done).clamp(done, most) * scene.cells.len() as u64;
            }
        }
        if self.precision.is_some() {
            precision_reached.get_or_insert(false);
        }
        sum.rows.finish().map_err(Failure::Rows)?;
        let found = Found {
            total: sum.total,
            replications: done,
            precision_reached,
            events: sum.events,
            digest: sum.digest,
            incidents: sum.incidents,
            rows: sum.rows.kept(),
            drill: sum.drill,
        };
        Ok((found, sum.kept))
    }

    /// How precise it is by now; none where there is no such scope.
    pub(super) fn look(&self, total: &Total) -> Option<Look> {
        let (metric, kind, name, wanted) = match &self.precision {
            Some(p) => (p.metric.as_str(), Kind::named(&p.scope.kind)?, &*p.scope.name, Some(p)),
            None => ("unavailability", Kind::Fleet, "", None),
        };
        let scope = self.book.scope(kind, name)?;
        let estimate = measure::estimate(total, &self.book, scope, measure::metric::named(metric)?);
        let wanted = wanted.and_then(|p| match p.half_width {
            // Of what was never seen no share can be told.
            scenario::HalfWidth::Relative(share) => Some(share * estimate.value?.abs()),
            scenario::HalfWidth::Absolute(width) => Some(width),
        });
        Some(Look { half_width: estimate.half_width(), wanted, estimate })
    }

    /// Estimates and judges what was found.
    pub fn outcome(
        &self,
        scenario: &Scenario,
        found: Found,
        threads: usize,
    ) -> Result<Outcome, Failure> {
        let estimates = estimates(&found.total, &self.book, threads);
        self.judged(scenario, found, estimates)
    }

    /// Judges what was found, with estimates that were made of it.
    pub fn judged(
        &self,
        scenario: &Scenario,
        found: Found,
        mut estimates: Vec<Estimate>,
    ) -> Result<Outcome, Failure> {
        let reached = found.precision_reached == Some(true);
        if let Some(p) = self.precision.as_ref().filter(|_| reached) {
            let kind = Kind::named(&p.scope.kind).unwrap_or(Kind::Fleet);
            let wanted = |e: &&mut Estimate| {
                let named = kind == Kind::Fleet || e.name == p.scope.name;
                e.scope == kind && named && e.metric == p.metric
            };
            // Errors that are too small by chance are more often met by a target than those too large.
            estimates.iter_mut().filter(wanted).for_each(|e| {
                e.method += "; played until precise, so it covers a little less than 95 %";
            });
        }
        let judge_all =
            |list: &[(String, Expectation)]| -> Result<Vec<(String, Judgement)>, Failure> {
                list.iter()
                    .map(|(text, e)| {
                        measure::judge(&found.total, &self.book, e)
                            .map(|judgement| (text.clone(), judgement))
                            .map_err(|why| Failure::Expectation(format!("{text}: {why}")))
                    })
                    .collect()
            };
        Ok(Outcome {
            estimates,
            judgements: judge_all(&self.expectations)?,
            objectives: judge_all(&self.objectives)?,
            replications: found.replications,
            environment: self.environment,
            precision_reached: found.precision_reached,
            events: found.events,
            digest: found.digest,
            incidents: found.incidents,
            cut: found.total.cut(),
            cells: self.book.cells,
            rows: found.rows,
            drill: found.drill,
            losses_of_play: super::outcome::losses_of_play(&found.total, &self.book),
            warnings: scenario.warnings.clone(),
            total: found.total,
            book: self.book.clone(),
        })
    }
}

/// Every metric in every scope, scopes in parallel: they are read from sums that stand still.
fn estimates(total: &Total, book: &Book, threads: usize) -> Vec<Estimate> {
    let scopes = book.scopes.len();
    if threads.min(scopes) < 2 {
        return measure::estimates(total, book);
    }
    let of_scope = |scope| measure::scope_estimates(total, book, scope);
    let by_scope: Vec<Vec<Estimate>> =
        with_threads(threads, || (0..scopes).into_par_iter().map(of_scope).collect());
    by_scope.into_iter().flatten().collect()
}

/// Probabilities of no zone or region outage in a replication, and of any; none where they are not known.
pub fn strata_of(fleet: &Fleet) -> Option<[f64; 2]> {
    expected_catastrophes(fleet).map(|expected| [libm::exp(-expected), -libm::expm1(-expected)])
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

impl Look {
    /// Whether it is as precise as is wanted.
    pub fn reached(&self) -> bool {
        self.half_width.zip(self.wanted).is_some_and(|(half, wanted)| half <= wanted)
    }

    /// How many replications will probably be needed, after so many: errors fall with the root.
    fn needed(&self, done: u64) -> u64 {
        match self.half_width.zip(self.wanted) {
            Some((half, wanted)) if wanted > 0.0 => {
                let times = half / wanted * (half / wanted);
                (done as f64 * times).min(1e15) as u64
            }
            _ => u64::MAX,
        }
    }
}

fn translate(e: &scenario::Expectation) -> Expectation {
    Expectation {
        that: Watch {
            metric: e.metric.clone(),
            kind: Kind::named(&e.scope.kind).unwrap_or(Kind::Fleet),
            name: e.scope.name.clone(),
            op: e.op,
            value: e.value,
        },
        probability: e.probability,
        point: e.judge_point,
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
