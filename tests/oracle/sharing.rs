//! Rebuilds that share the bandwidth of their stamp, against one after another.

use crate::chain::{Chain, Jumps};
use crate::support::*;
use fleetsim::kernel::quantity::{Bytes, Share, Speed};
use fleetsim::model::fault::{Cause, Faults};

/// Volumes of the stamp, and the time in which all of its bandwidth makes one copy.
const VOLUMES: u32 = 300;
const ALONE: f64 = HOUR;
const COPIES: u32 = 3 * VOLUMES;
/// Of the stamp's bandwidth, if no copy were away.
const LOAD: f64 = 0.4;
const GAP: f64 = ALONE * COPIES as f64 / LOAD;
/// More copies than this are never away at once.
const MANY: u32 = 60;

/// Of `away` copies, how many volumes they belong to: each set of copies is as likely as any other.
fn short(away: u32) -> f64 {
    let whole: f64 = (0..3).map(|i| f64::from(COPIES - away - i) / f64::from(COPIES - i)).product();
    f64::from(VOLUMES) * (1.0 - whole)
}

/// Share of volumes below three copies where all rebuilds share: how many are away is that of
/// exponential times, whatever the law of the work.
fn sharing(at_once: impl Fn(u32) -> f64) -> f64 {
    let chain = Chain::new(0u32, |away| {
        let mut next = vec![];
        if away < MANY {
            next.push((away + 1, f64::from(COPIES - away) / GAP));
        }
        if away > 0 {
            next.push((away - 1, at_once(away) / ALONE));
        }
        next
    });
    // By then the start is forgotten.
    let (end, _) = chain.solve(1_000.0 * ALONE);
    let volumes = |(p, &away): (&f64, &u32)| p * short(away);
    end.iter().zip(&chain.states).map(volumes).sum::<f64>() / f64::from(VOLUMES)
}

/// The same one after another, each in the same time: by the chain of how many are away when a
/// rebuild ends, and what is lost meanwhile, binomial (Poisson with the load of a small share).
fn serial() -> f64 {
    let n = MANY as usize;
    let lost = |away: usize| {
        let rate = f64::from(COPIES - away as u32) * -libm::expm1(-ALONE / GAP);
        Jumps::new(rate)
    };
    // Power steps from an empty stamp; every one moves the whole mass.
    let mut now = vec![0.0; n + 1];
    now[0] = 1.0;
    let steps: Vec<Jumps> = (0..=n).map(lost).collect();
    for _ in 0..1_500 {
        let mut next = vec![0.0; n + 1];
        for (away, p) in now.iter().enumerate().filter(|x| *x.1 > 0.0) {
            // An empty stamp first waits for a loss.
            let begins = away.max(1);
            for k in 0..=(n - begins) {
                next[begins - 1 + k] += p * steps[begins].weight(k);
            }
        }
        now = next;
    }
    let (mut time, mut volumes) = (0.0, 0.0);
    for (away, p) in now.iter().enumerate() {
        if away == 0 {
            time += p * GAP / f64::from(COPIES);
        }
        let begins = away.max(1);
        time += p * ALONE;
        // Losses of a rebuild's time come at any moment of it.
        for k in 0..=(n - begins) {
            let mean: f64 =
                (0..=k).map(|j| short((begins + j) as u32)).sum::<f64>() / (k + 1) as f64;
            volumes += p * steps[begins].weight(k) * ALONE * mean;
        }
    }
    volumes / time / f64::from(VOLUMES)
}

fn rebuilds(replications: u64, limit: f64) {
    let (since, horizon) = (300.0 * ALONE, 20_000.0 * ALONE);
    let bytes = 1u64 << 30;
    let (shared, one, alone) = (sharing(|_| 1.0), serial(), sharing(f64::from));
    for (name, concurrent, closed, other) in
        [("shared", u32::MAX, shared, one), ("one after another", 1, one, shared)]
    {
        let mut faults = Faults::default();
        faults.set_on(Cause::copy_failure, true);
        faults.copy_failure.rate = once_in(GAP);
        let mut fleet = fleet(VOLUMES, horizon, faults);
        let group = &mut fleet.groups[0];
        (group.storage, group.used) = (Bytes(2 * bytes), Share(0.5));
        // A volume with one copy left goes on; that all three go does not happen.
        group.volume.min_copies = 1;
        group.volume.rebuild_bandwidth = Speed(bytes as f64 / ALONE);
        group.volume.rebuild_concurrent = concurrent;
        let mut copies = Sample::default();
        play_since(since, fleet, replications, |tape| {
            copies.push(tape.copies / (f64::from(VOLUMES) * (horizon - since)));
        });
        hold(
            &format!("rebuilds of a stamp, {name}, volumes below three copies"),
            closed,
            &copies,
            limit,
            &[("the other way", other), ("each has the whole bandwidth", alone)],
        );
    }
}

#[test]
fn rebuilds_share_the_bandwidth_of_their_stamp() {
    rebuilds(18, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_rebuilds_share_the_bandwidth_of_their_stamp() {
    rebuilds(100, 0.005);
}
