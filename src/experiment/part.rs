//! A part of a run: what one shard found, exact enough that parts join to the very bytes of the whole.

use super::outcome::{Outcome, RowsKept};
use super::play::Kept;
use super::run::{FEW_ROWS, Failure, Found, Options, Rows, Setup};
use super::sensitivity::Target;
use super::shard::Shard;
use crate::kernel::engine::digest;
use crate::measure::series::Series;
use crate::measure::{Drill, Kind, Total, Wants, scope_estimates};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// What a shard of a run found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Which shard.
    pub shard: Shard,
    /// Replications of all shards together; the most of them where a precision is wanted.
    pub replications: u64,
    /// Replications played here.
    pub played: u64,
    /// Whether a precision was reached.
    pub precision_reached: Option<bool>,
    /// Cells of the fleet.
    cells: u64,
    events: u64,
    incidents: u64,
    /// Digest of each cell, replication after replication.
    digests: Vec<u64>,
    rows: PartRows,
    /// What drills did in replication 0, where this shard has it.
    drill: Drill,
    total: Total,
    /// What each replication adds to the metric that was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    series: Option<Series>,
}

/// The rows of incidents of a part.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum PartRows {
    None,
    TooMany,
    Here {
        /// Whether the whole run has none if there are too many.
        few: bool,
        text: String,
        /// Bytes and number of rows of each replication.
        by_replication: Vec<(u64, u64)>,
    },
}

/// Why parts do not make a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misfit(pub String);

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misfit {}

/// Plays the replications of one shard.
pub fn run_part(scenario: &Scenario, shard: Shard, options: Options<'_>) -> Result<Part, Failure> {
    run_part_following(scenario, shard, options, None)
}

/// The same; keeps what each replication adds to the target as well, where replications add up to it.
pub fn run_part_following(
    scenario: &Scenario,
    shard: Shard,
    options: Options<'_>,
    target: Option<&Target>,
) -> Result<Part, Failure> {
    let setup = Setup::new(scenario, options.replications, options.wants)?;
    if setup.wants_precision() && shard != Shard::WHOLE {
        return Err(Failure::Expectation(
            "a precision target needs all replications on one machine".to_string(),
        ));
    }
    let few = matches!(options.rows, Rows::Few(_));
    let follow = target.and_then(|t| t.followed(&setup.book)).filter(|f| f.adds_up());
    let kept = Kept { follow, ..Kept::default() };
    let (found, kept) = setup.play(scenario, options, shard, Some(kept))?;
    let kept = kept.unwrap_or_default();
    Ok(Part {
        shard,
        replications: setup.most,
        played: found.replications,
        precision_reached: found.precision_reached,
        cells: setup.book.cells as u64,
        events: found.events,
        incidents: found.incidents,
        digests: kept.digests,
        rows: match found.rows {
            RowsKept::Here(bytes) => PartRows::Here {
                few,
                text: String::from_utf8(bytes)
                    .map_err(|e| Failure::Expectation(format!("rows that are no text: {e}")))?,
                by_replication: kept.rows,
            },
            RowsKept::TooMany => PartRows::TooMany,
            RowsKept::None | RowsKept::Written(_) => PartRows::None,
        },
        drill: found.drill,
        total: found.total,
        series: follow.map(|_| kept.series),
    })
}

/// What each replication adds to the metric that all parts followed, in the order of replications.
pub fn series(parts: &[Part]) -> Option<Series> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    parts.sort_by_key(|p| p.shard);
    let all: Vec<&Series> = parts.iter().map(|p| p.series.as_ref()).collect::<Option<_>>()?;
    let of = all.len() as u64;
    let mut at = vec![0usize; all.len()];
    let mut joined = Series::default();
    for replication in 0..parts.iter().map(|p| p.played).sum() {
        let part = (Shard::owner(replication, of) - 1) as usize;
        joined.0.push(*all[part].0.get(at[part])?);
        at[part] += 1;
    }
    Some(joined)
}

/// Joins the parts of one run: all of them, in any order.
pub fn join(scenario: &Scenario, wants: Wants, parts: Vec<Part>) -> Result<Outcome, JoinFailure> {
    join_of(scenario, wants, parts, &|_| true)
}

/// The same with the estimates of some kinds of scopes alone.
pub fn join_of(
    scenario: &Scenario,
    wants: Wants,
    parts: Vec<Part>,
    wanted: &dyn Fn(Kind) -> bool,
) -> Result<Outcome, JoinFailure> {
    let count = parts.first().map(|p| p.replications).unwrap_or(0);
    let precision = parts.iter().any(|p| p.precision_reached.is_some());
    let asked = u32::try_from(count).ok().filter(|_| !precision);
    let setup = Setup::new(scenario, asked, wants).map_err(JoinFailure::Run)?;
    let found = found(&setup, parts).map_err(JoinFailure::Misfit)?;
    let (total, book) = (&found.total, &setup.book);
    let scopes = (0..book.scopes.len()).filter(|&s| wanted(book.scopes[s].kind));
    let estimates = scopes.flat_map(|scope| scope_estimates(total, book, scope)).collect();
    setup.judged(scenario, found, estimates).map_err(JoinFailure::Run)
}

/// Why joining gave no outcome.
#[derive(Debug)]
pub enum JoinFailure {
    /// The parts do not fit.
    Misfit(Misfit),
    /// The scenario cannot be measured.
    Run(Failure),
}

impl std::fmt::Display for JoinFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            JoinFailure::Misfit(why) => why.fmt(f),
            JoinFailure::Run(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for JoinFailure {}

/// Says which shards are missing or doubled.
pub fn complete(shards: &[Shard]) -> Result<(), Misfit> {
    let Some(of) = shards.first().map(|s| s.of) else {
        return Err(Misfit("there is no part".to_string()));
    };
    if let Some(other) = shards.iter().find(|s| s.of != of) {
        let (a, b) = (shards[0], other);
        return Err(Misfit(format!("shards {a} and {b} are of different divisions")));
    }
    let times = |index: u64| shards.iter().filter(|s| s.index == index).count();
    let named = |which: Vec<u64>| {
        let words: Vec<String> = which.iter().map(|i| format!("{i}/{of}")).collect();
        match words.len() {
            1 => format!("shard {}", words[0]),
            n if n > 12 => format!("{n} shards, the first of them {}", words[..12].join(", ")),
            _ => format!("shards {}", words.join(", ")),
        }
    };
    let doubled: Vec<u64> = (1..=of).filter(|&i| times(i) > 1).collect();
    if !doubled.is_empty() {
        return Err(Misfit(format!("given more than once: {}", named(doubled))));
    }
    let missing: Vec<u64> = (1..=of).filter(|&i| times(i) == 0).collect();
    if !missing.is_empty() {
        return Err(Misfit(format!("missing: {}", named(missing))));
    }
    Ok(())
}

fn found(setup: &Setup, mut parts: Vec<Part>) -> Result<Found, Misfit> {
    parts.sort_by_key(|p| p.shard);
    complete(&parts.iter().map(|p| p.shard).collect::<Vec<_>>())?;
    let cells = setup.book.cells as u64;
    for part in &parts {
        let whole = part.precision_reached.is_some();
        let expected = if whole { part.played } else { part.shard.count(setup.most) };
        let fits = part.replications == setup.most
            && part.cells == cells
            && part.played == expected
            && part.total.replications() == part.played
            && part.digests.len() as u64 == part.played * cells;
        if !fits {
            return Err(Misfit(format!(
                "shard {} holds {} of {} replications, expected {} of {}",
                part.shard, part.played, part.replications, expected, setup.most
            )));
        }
    }
    let of = parts.len() as u64;
    let all: u64 = parts.iter().map(|p| p.played).sum();
    let (mut digest_sum, mut total) = (0, Total::new(&setup.book));
    // How far each part has been read, in replications: they come in order.
    let mut at = vec![0usize; parts.len()];
    for replication in 0..all {
        let part = (Shard::owner(replication, of) - 1) as usize;
        let from = at[part] * cells as usize;
        let digests = &parts[part].digests[from..from + cells as usize];
        digest_sum = digests.iter().fold(digest_sum, |sum, &word| digest(sum, word));
        at[part] += 1;
    }
    parts.iter().for_each(|p| total.merge(&p.total));
    Ok(Found {
        total,
        replications: all,
        precision_reached: parts.first().and_then(|p| p.precision_reached),
        events: parts.iter().map(|p| p.events).sum(),
        digest: digest_sum,
        incidents: parts.iter().map(|p| p.incidents).sum(),
        rows: rows(&parts, all)?,
        // The first shard has replication 0.
        drill: parts.first().map(|p| p.drill.clone()).unwrap_or_default(),
    })
}

/// The rows of all parts in the order of replications.
fn rows(parts: &[Part], replications: u64) -> Result<RowsKept, Misfit> {
    if parts.iter().any(|p| matches!(p.rows, PartRows::TooMany)) {
        return Ok(RowsKept::TooMany);
    }
    let mut here = Vec::new();
    for part in parts {
        match &part.rows {
            PartRows::Here { few, text, by_replication } => {
                here.push((*few, text.as_bytes(), by_replication.as_slice(), 0, 0));
            }
            _ => return Ok(RowsKept::None),
        }
    }
    let rows: u64 = here.iter().flat_map(|h| h.2).map(|r| r.1).sum();
    if here.iter().any(|h| h.0) && rows > FEW_ROWS {
        return Ok(RowsKept::TooMany);
    }
    let mut bytes = Vec::with_capacity(here.iter().map(|h| h.1.len()).sum());
    for replication in 0..replications {
        let (_, text, lengths, next, from) =
            &mut here[(Shard::owner(replication, parts.len() as u64) - 1) as usize];
        let to = lengths.get(*next).map(|l| *from + l.0 as usize);
        let Some(own) = to.and_then(|to| text.get(*from..to)) else {
            return Err(Misfit(format!("the rows of replication {replication} are missing")));
        };
        bytes.extend_from_slice(own);
        *from += own.len();
        *next += 1;
    }
    Ok(RowsKept::Here(bytes))
}
