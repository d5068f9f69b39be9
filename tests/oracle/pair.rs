//! Primary and standby: failover, rebuilding of the standby, double failure, imperfect promotion; in
//! two zones with zone outages too. One chain of a pair's states says it all, from the model's text.

use crate::chain::Chain;
use crate::support::*;
use fleetsim::kernel::quantity::Share;
use fleetsim::kernel::time::Span;
use fleetsim::model::environment::{Environment, Stratum, expected_catastrophes};
use fleetsim::model::fault::{Cause, Faults};
use fleetsim::model::fleet::{Fleet, StandbyMode};
use fleetsim::model::record::{Phase, RecoveryPath};

/// Means in seconds; what is absent never happens.
#[derive(Clone, Copy)]
struct Rates {
    crash: f64,
    reboot: f64,
    detection: f64,
    decision: f64,
    fencing: f64,
    promotion: f64,
    redirection: f64,
    success: f64,
    /// Absent: nobody mends, and a broken standby is replaced when the primary serves.
    mending: Option<f64>,
    /// A standby that is away is replaced at once, and made in this time; else its node reboots.
    replacement: Option<f64>,
    /// Gap and length of the outages of each of the two zones.
    zones: Option<(f64, f64)>,
    /// Stall of commits when a healthy standby is lost.
    drop: Option<f64>,
    /// Gap and length of cuts of the link between the zones.
    link: Option<(f64, f64)>,
}

/// What a wrong model does otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    No,
    /// A return of the primary before the decision does not call the failover off.
    NeverCalledOff,
    /// After an abandoned failover the old primary stays fenced until the standby is back.
    FenceStays,
    /// The standby is never struck while the primary is down.
    NoSecondStrike,
    /// Nodes serve at once when their zone is back.
    NoRestartAfterOutage,
    /// Both nodes stand in one zone.
    OneZone,
    /// A link cut during a failover that is called off leaves the standby healthy.
    CutForgotten,
}

/// How far the loss of a primary has been noticed, whether or not a failover is possible.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Notice {
    None,
    Noticed,
    Decided,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Node {
    Up,
    Starting,
    /// Its zone is out.
    Held,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Step {
    Idle,
    Detecting,
    Deciding,
    Fencing,
    Promoting,
    Redirecting,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Life {
    Healthy,
    /// Its node is or was down; `current` if it has every commit.
    Away {
        current: bool,
    },
    /// Up, and waits for a primary to catch up from.
    Behind,
    /// Its promotion failed.
    Broken {
        current: bool,
    },
    /// A new node is being made.
    Making,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Pair {
    primary: Node,
    standby: Node,
    step: Step,
    notice: Notice,
    life: Life,
    /// Commits wait for the lost standby.
    dropping: bool,
    /// The link between the two is cut.
    cut: bool,
}

const START: Pair = Pair {
    primary: Node::Up,
    standby: Node::Up,
    step: Step::Idle,
    notice: Notice::None,
    life: Life::Healthy,
    dropping: false,
    cut: false,
};

impl Pair {
    fn serves(self) -> bool {
        self.primary == Node::Up && self.step == Step::Idle
    }

    fn is_down(self) -> bool {
        !self.serves() || self.dropping
    }

    /// A standby that is up and misses commits, or may miss some.
    fn catch_up(mut self) -> Pair {
        let fed = self.primary == Node::Up && matches!(self.step, Step::Idle | Step::Redirecting);
        let healthy = fed && !self.cut;
        self.life = if healthy { Life::Healthy } else { Life::Behind };
        self.dropping &= !healthy;
        self
    }

    /// An absent standby is replaced, unless it may be the only one with every commit.
    fn watch(mut self, replaced: bool) -> Pair {
        let only = self.life == Life::Away { current: true } && !self.serves();
        if replaced && matches!(self.life, Life::Away { .. }) && !only {
            self.life = Life::Making;
            self.standby = Node::Starting;
        }
        self
    }

    fn serve(mut self, r: &Rates, wrong: Wrong) -> Pair {
        let replaced = r.replacement.is_some();
        match self.life {
            Life::Behind => return self.catch_up(),
            Life::Healthy if self.cut && wrong != Wrong::CutForgotten => self.life = Life::Behind,
            Life::Away { .. } if self.standby == Node::Up => return self.catch_up(),
            Life::Away { .. } => {
                self.life = Life::Away { current: false };
                return self.watch(replaced);
            }
            Life::Broken { .. } if r.mending.is_none() => {
                (self.life, self.standby) = (Life::Making, Node::Starting);
            }
            Life::Broken { .. } => self.life = Life::Broken { current: false },
            Life::Healthy | Life::Making => {}
        }
        self
    }

    fn abandon(mut self, r: &Rates, wrong: Wrong) -> Pair {
        self.step = Step::Idle;
        if self.serves() { self.serve(r, wrong) } else { self }
    }

    fn lose_primary(mut self, to: Node) -> Pair {
        let was_up = self.primary == Node::Up;
        self.primary = to;
        if was_up && matches!(self.step, Step::Idle | Step::Redirecting) {
            self.notice = Notice::None;
            // Nobody has found it yet, so its predecessor has every commit, wherever that is.
            if self.step == Step::Redirecting && self.life == (Life::Away { current: false }) {
                self.life = Life::Away { current: true };
            }
            self.step = if self.life == Life::Healthy { Step::Detecting } else { Step::Idle };
        }
        self
    }

    fn lose_standby(mut self, to: Node, r: &Rates, wrong: Wrong) -> Pair {
        let was_up = self.standby == Node::Up;
        self.standby = to;
        if !was_up {
            return self;
        }
        let drops = self.life == Life::Healthy && self.serves() && r.drop.is_some();
        self.dropping |= drops;
        self.life = match self.life {
            Life::Healthy => Life::Away { current: !self.serves() || drops },
            Life::Broken { current } => Life::Away { current },
            Life::Behind => Life::Away { current: false },
            life => life,
        };
        match self.step {
            Step::Detecting | Step::Deciding => self.step = Step::Idle,
            Step::Fencing | Step::Promoting => self = self.abandon(r, wrong),
            Step::Idle | Step::Redirecting => {}
        }
        self.watch(r.replacement.is_some())
    }

    fn primary_back(mut self, r: &Rates, wrong: Wrong) -> Pair {
        self.primary = Node::Up;
        match self.step {
            Step::Detecting | Step::Deciding if wrong == Wrong::NeverCalledOff => self,
            Step::Idle | Step::Detecting | Step::Deciding => {
                self.step = Step::Idle;
                self.serve(r, wrong)
            }
            _ => self,
        }
    }

    fn standby_back(mut self) -> Pair {
        self.standby = Node::Up;
        match self.life {
            Life::Away { current: true } => {
                if self.serves() && self.cut {
                    self.life = Life::Behind;
                    return self;
                }
                self.life = Life::Healthy;
                self.dropping = false;
                if !self.serves() && self.step == Step::Idle {
                    self.step = match self.notice {
                        Notice::None => Step::Detecting,
                        Notice::Noticed => Step::Deciding,
                        Notice::Decided => Step::Fencing,
                    };
                }
                self
            }
            Life::Away { current: false } | Life::Making => self.catch_up(),
            _ => self,
        }
    }

    fn promoted(mut self) -> Pair {
        std::mem::swap(&mut self.primary, &mut self.standby);
        self.life = Life::Away { current: false };
        self.step = Step::Redirecting;
        self.dropping = false;
        if self.standby == Node::Up { self.catch_up() } else { self }
    }

    /// What is forgotten, so that equal states are one.
    fn plain(mut self) -> Pair {
        if self.serves() || self.step == Step::Redirecting {
            self.notice = Notice::None;
        } else if self.step != Step::Idle {
            self.notice = match self.step {
                Step::Detecting => Notice::None,
                Step::Deciding => Notice::Noticed,
                _ => Notice::Decided,
            };
        }
        self
    }

    fn next(self, r: &Rates, wrong: Wrong) -> Vec<(Pair, f64)> {
        let mut next = Vec::new();
        match self.primary {
            Node::Up => next.push((self.lose_primary(Node::Starting), 1.0 / r.crash)),
            Node::Starting => next.push((self.primary_back(r, wrong), 1.0 / r.reboot)),
            Node::Held => {}
        }
        let spared = wrong == Wrong::NoSecondStrike && !self.serves();
        match self.standby {
            Node::Up if !spared => {
                next.push((self.lose_standby(Node::Starting, r, wrong), 1.0 / r.crash));
            }
            Node::Starting if self.life == Life::Making => {
                next.push((self.standby_back(), 1.0 / r.replacement.unwrap()));
            }
            Node::Starting => next.push((self.standby_back(), 1.0 / r.reboot)),
            Node::Up | Node::Held => {}
        }
        if let Some((gap, lasts)) = r.zones {
            let back = |pair: Pair, primary: bool| match (wrong, primary) {
                (Wrong::NoRestartAfterOutage, true) => pair.primary_back(r, wrong),
                (Wrong::NoRestartAfterOutage, false) => pair.standby_back(),
                (_, true) => Pair { primary: Node::Starting, ..pair },
                (_, false) => Pair { standby: Node::Starting, ..pair },
            };
            if wrong == Wrong::OneZone {
                next.push(match self.primary {
                    Node::Held => (back(back(self, true), false), 1.0 / lasts),
                    _ => {
                        let alone = self.lose_primary(Node::Held);
                        (alone.lose_standby(Node::Held, r, wrong), 1.0 / gap)
                    }
                });
                return self.steps(r, wrong, next);
            }
            next.push(match self.primary {
                Node::Held => (back(self, true), 1.0 / lasts),
                _ => (self.lose_primary(Node::Held), 1.0 / gap),
            });
            next.push(match self.standby {
                Node::Held => (back(self, false), 1.0 / lasts),
                _ => (self.lose_standby(Node::Held, r, wrong), 1.0 / gap),
            });
        }
        self.steps(r, wrong, next)
    }

    /// Adds the ends of the failover's steps and of mending.
    fn steps(self, r: &Rates, wrong: Wrong, mut next: Vec<(Pair, f64)>) -> Vec<(Pair, f64)> {
        let to = |step| Pair { step, ..self };
        if self.dropping {
            let mut dropped = Pair { dropping: false, ..self };
            if self.serves() && self.life == (Life::Away { current: true }) {
                dropped.life = Life::Away { current: false };
            }
            next.push((dropped, 1.0 / r.drop.unwrap()));
        }
        if let Some((gap, lasts)) = r.link {
            let mut other = Pair { cut: !self.cut, ..self };
            match self.life {
                Life::Healthy if !self.cut && self.serves() => other.life = Life::Behind,
                Life::Behind if self.cut => other = other.catch_up(),
                _ => {}
            }
            next.push((other, 1.0 / if self.cut { lasts } else { gap }));
        }
        match self.step {
            Step::Idle if self.serves() => {}
            Step::Idle => match self.notice {
                Notice::None => {
                    next.push((Pair { notice: Notice::Noticed, ..self }, 1.0 / r.detection));
                }
                Notice::Noticed => {
                    next.push((Pair { notice: Notice::Decided, ..self }, 1.0 / r.decision));
                }
                Notice::Decided => {}
            },
            Step::Detecting => next.push((to(Step::Deciding), 1.0 / r.detection)),
            Step::Deciding => next.push((to(Step::Fencing), 1.0 / r.decision)),
            Step::Fencing => next.push((to(Step::Promoting), 1.0 / r.fencing)),
            Step::Promoting => {
                next.push((self.promoted(), r.success / r.promotion));
                let mut broken = Pair { life: Life::Broken { current: true }, ..self };
                if wrong == Wrong::FenceStays {
                    // The old primary must go down and come back, or somebody mend the standby.
                    broken.primary = Node::Starting;
                }
                next.push((broken.abandon(r, wrong), (1.0 - r.success) / r.promotion));
            }
            Step::Redirecting => {
                next.push((to(Step::Idle).serve(r, wrong), 1.0 / r.redirection));
            }
        }
        if let (Life::Broken { current }, Some(mending)) = (self.life, r.mending) {
            let mended = if current && !self.serves() {
                self.promoted()
            } else {
                Pair { life: Life::Away { current: false }, ..self }.standby_back()
            };
            next.push((mended, 1.0 / mending));
        }
        next.into_iter().map(|(pair, rate)| (pair.plain(), rate)).collect()
    }
}

impl Rates {
    fn chain(&self, wrong: Wrong) -> Chain<Pair> {
        Chain::new(START, |pair| pair.next(self, wrong))
    }

    fn unavailability(&self, horizon: f64, wrong: Wrong) -> f64 {
        self.chain(wrong).time(horizon, Pair::is_down) / horizon
    }

    fn fleet(&self, servers: u32, horizon: f64) -> Fleet {
        let mut faults = Faults::default();
        faults.set_on(Cause::vm_crash, true);
        faults.vm_crash.rate = once_in(self.crash);
        if let Some((gap, lasts)) = self.zones {
            faults.set_on(Cause::zone_outage, true);
            faults.zone_outage.rate = once_in(gap);
            faults.zone_outage.lasts = exponential(lasts);
        }
        if let Some((gap, lasts)) = self.link {
            faults.set_on(Cause::partition, true);
            faults.partition.rate = once_in(gap);
            faults.partition.lasts = exponential(lasts);
        }
        let mut fleet = fleet(servers, horizon, faults);
        fleet.regions[0].zones = 2;
        let group = &mut fleet.groups[0];
        group.standby_mode = StandbyMode::ZoneRedundant;
        group.compute.vm_reboot = exponential(self.reboot);
        let standby = &mut group.standby;
        standby.detection = exponential(self.detection);
        standby.decision = exponential(self.decision);
        standby.fencing = exponential(self.fencing);
        standby.promotion = exponential(self.promotion);
        standby.promotion_success = Share(self.success);
        standby.promotion_repair = self.mending.map(exponential);
        standby.redirection = exponential(self.redirection);
        if let Some(mean) = self.drop {
            standby.drop = exponential(mean);
        }
        if let Some(mean) = self.replacement {
            standby.provisioning = exponential(mean);
            standby.replace_after = Some(Span::ZERO);
        }
        fleet
    }
}

const REBOOTS: Rates = Rates {
    crash: 8.0 * HOUR,
    reboot: 1.0 * HOUR,
    detection: 10.0 * MINUTE,
    decision: 5.0 * MINUTE,
    fencing: 3.0 * MINUTE,
    promotion: 10.0 * MINUTE,
    redirection: 5.0 * MINUTE,
    success: 0.8,
    mending: Some(3.0 * HOUR),
    replacement: None,
    zones: None,
    drop: None,
    link: None,
};

fn failover(replications: u64, limit: f64, rare: f64) {
    let (horizon, servers) = (40.0 * DAY, 200);
    let replaced =
        Rates { replacement: Some(4.0 * HOUR), reboot: 2.0 * HOUR, success: 1.0, ..REBOOTS };
    for (name, rates) in [("reboots", REBOOTS), ("is replaced", replaced)] {
        let [mut down, mut double, mut failovers] = [Sample::default(); 3];
        let whole = horizon * f64::from(servers);
        play(rates.fleet(servers, horizon), replications, false, |tape| {
            down.push(tape.down / whole);
            double.push(tape.phase(Phase::Restart) / whole);
            failovers.push(tape.paths[RecoveryPath::Failover as usize] / whole * DAY);
        });
        let of = |wrong| rates.unavailability(horizon, wrong);
        let mut wrong = vec![
            ("a return before the decision calls nothing off", of(Wrong::NeverCalledOff)),
            ("the standby is never struck while the primary is down", of(Wrong::NoSecondStrike)),
        ];
        if rates.success < 1.0 {
            let sure = Rates { success: 1.0, ..rates };
            wrong.push(("every promotion works", sure.unavailability(horizon, Wrong::No)));
            wrong.push(("the fence does not lift", of(Wrong::FenceStays)));
        }
        let title = |what: &str| format!("pair whose standby {name}, {what}");
        hold(&title("downtime"), of(Wrong::No), &down, limit, &wrong);
        let chain = rates.chain(Wrong::No);
        let helpless = |p: Pair| !p.serves() && p.step == Step::Idle;
        let lonely = rates.chain(Wrong::NoSecondStrike);
        hold(
            &title("time with no failover possible"),
            chain.time(horizon, helpless) / horizon,
            &double,
            rare,
            &[("no second strike", lonely.time(horizon, helpless) / horizon)],
        );
        let ends = chain.reward(horizon, |p| {
            let ending = p.step == Step::Redirecting;
            f64::from(u8::from(ending)) / rates.redirection
        });
        let never = rates.chain(Wrong::NeverCalledOff).reward(horizon, |p| {
            f64::from(u8::from(p.step == Step::Redirecting)) / rates.redirection
        });
        hold(
            &title("failovers a day"),
            ends / horizon * DAY,
            &failovers,
            limit,
            &[("a return before the decision calls nothing off", never / horizon * DAY)],
        );
    }
}

#[test]
fn failover_double_failure_and_failed_promotion() {
    failover(60, 0.01, 0.03);
}

#[test]
#[ignore = "campaign"]
fn campaign_failover_double_failure_and_failed_promotion() {
    failover(4_000, 0.005, 0.005);
}

fn zones(replications: u64, limit: f64) {
    let rates = Rates {
        crash: 4.0 * DAY,
        reboot: 3.0 * HOUR,
        success: 0.9,
        zones: Some((5.0 * DAY, 10.0 * HOUR)),
        ..REBOOTS
    };
    let (horizon, servers) = (100.0 * DAY, 4);
    let mut down = Sample::default();
    let whole = horizon * f64::from(servers);
    play(rates.fleet(servers, horizon), replications, false, |tape| down.push(tape.down / whole));
    let of = |wrong| rates.unavailability(horizon, wrong);
    let calm = Rates { zones: None, ..rates };
    hold(
        "pair in two zones, downtime",
        of(Wrong::No),
        &down,
        limit,
        &[
            ("nodes serve at once when their zone is back", of(Wrong::NoRestartAfterOutage)),
            ("both nodes in one zone", of(Wrong::OneZone)),
            ("no zone outages", calm.unavailability(horizon, Wrong::No)),
        ],
    );
}

#[test]
fn a_pair_in_two_zones_with_zone_outages() {
    zones(1_500, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_a_pair_in_two_zones_with_zone_outages() {
    zones(15_000, 0.005);
}

/// Half of the replications without an outage, half with at least one, weighted: the same expectation.
#[test]
fn strata_add_up_to_the_whole() {
    let rates = Rates { crash: 8.0 * DAY, zones: Some((120.0 * DAY, 10.0 * HOUR)), ..REBOOTS };
    let (horizon, servers) = (20.0 * DAY, 4);
    let whole = horizon * f64::from(servers);
    let expected = expected_catastrophes(&rates.fleet(servers, horizon)).unwrap();
    assert!((expected - 2.0 * horizon / (120.0 * DAY)).abs() < 1e-9);
    let struck = -libm::expm1(-expected);
    let mut samples = [Sample::default(); 2];
    for (i, stratum) in [Stratum::Quiet, Stratum::Struck].into_iter().enumerate() {
        let fleet = rates.fleet(servers, horizon);
        assert_eq!(
            Environment::draw(&fleet, 0, stratum).regions[0].outages.is_empty(),
            stratum == Stratum::Quiet
        );
        play_stratum(fleet, 4_000, false, stratum, |tape| samples[i].push(tape.down / whole));
    }
    let [quiet, hit] = samples;
    let value = (1.0 - struck) * quiet.mean() + struck * hit.mean();
    let error = ((1.0 - struck) * quiet.error()).hypot(struck * hit.error());
    let calm = Rates { zones: None, ..rates };
    hold_value(
        "pair in two zones, rare outages by strata",
        rates.unavailability(horizon, Wrong::No),
        value,
        error,
        0.01,
        &[
            ("the quiet half alone", calm.unavailability(horizon, Wrong::No)),
            ("strata of equal weight", (quiet.mean() + hit.mean()) / 2.0),
        ],
    );
}

/// Commits that wait for a lost standby, cuts of the link, and standbys that nobody mends.
fn variants(replications: u64, limit: f64) {
    let (horizon, servers) = (40.0 * DAY, 20);
    let dropped = Rates { drop: Some(20.0 * MINUTE), ..REBOOTS };
    let cut = Rates { link: Some((10.0 * HOUR, 3.0 * HOUR)), ..REBOOTS };
    let unmended = Rates { mending: None, replacement: Some(4.0 * HOUR), ..REBOOTS };
    let both = Rates { replacement: Some(4.0 * HOUR), ..REBOOTS };
    for (name, rates, wrong) in [
        ("pair whose commits wait for a lost standby", dropped, Rates { drop: None, ..dropped }),
        ("pair with a link that is cut", cut, Rates { link: None, ..cut }),
        ("pair whose broken standby is replaced", unmended, both),
        ("pair whose broken standby is mended", both, unmended),
    ] {
        let mut down = Sample::default();
        let whole = horizon * f64::from(servers);
        play(rates.fleet(servers, horizon), replications, false, |tape| {
            down.push(tape.down / whole);
        });
        let of = |rates: Rates| rates.unavailability(horizon, Wrong::No);
        let name = format!("{name}, downtime");
        hold(&name, of(rates), &down, limit, &[("without that", of(wrong))]);
    }
}

#[test]
fn drops_cuts_and_broken_standbys() {
    variants(300, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_drops_cuts_and_broken_standbys() {
    variants(3_000, 0.005);
}

/// Links that are cut all the time: what a failover that is called off finds, and a standby that
/// returns before its primary.
fn cuts(replications: u64, limit: f64) {
    let rates = Rates {
        crash: 5.0 * HOUR,
        reboot: 0.7 * HOUR,
        detection: 60.0 * MINUTE,
        link: Some((4.0 * HOUR, 2.0 * HOUR)),
        success: 1.0,
        ..REBOOTS
    };
    let (horizon, servers) = (40.0 * DAY, 3);
    let [mut down, mut risk] = [Sample::default(); 2];
    let whole = horizon * f64::from(servers);
    play(rates.fleet(servers, horizon), replications, false, |tape| {
        down.push(tape.down / whole);
        risk.push(tape.no_standby / whole);
    });
    let alone = |pair: Pair| !pair.is_down() && pair.life != Life::Healthy;
    let at_risk = |wrong| rates.chain(wrong).time(horizon, alone) / horizon;
    hold(
        "pair with a link that is often cut, time without a standby",
        at_risk(Wrong::No),
        &risk,
        limit,
        &[(
            "a cut during a failover that is called off is forgotten",
            at_risk(Wrong::CutForgotten),
        )],
    );
    hold(
        "pair with a link that is often cut, downtime",
        rates.unavailability(horizon, Wrong::No),
        &down,
        limit,
        &[("no cuts", Rates { link: None, ..rates }.unavailability(horizon, Wrong::No))],
    );
}

#[test]
fn standbys_across_a_cut_fall_behind() {
    cuts(4_000, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_standbys_across_a_cut_fall_behind() {
    cuts(20_000, 0.005);
}

/// Outages of the stamps of primary and standby in place of crashes: the same states.
fn stalls(replications: u64, limit: f64) {
    let rates = Rates { crash: 5.0 * HOUR, redirection: MINUTE, success: 1.0, ..REBOOTS };
    let horizon = 40.0 * DAY;
    let mut fleet = rates.fleet(1, horizon);
    let mut faults = Faults::default();
    faults.set_on(Cause::stamp_outage, true);
    faults.stamp_outage.rate = once_in(rates.crash);
    faults.stamp_outage.lasts = exponential(rates.reboot);
    fleet.faults = std::sync::Arc::new(faults);
    fleet.groups[0].faults = fleet.faults.clone();
    let [mut down, mut risk] = [Sample::default(); 2];
    play(fleet, replications, false, |tape| {
        down.push(tape.down / horizon);
        risk.push(tape.no_standby / horizon);
    });
    let chain = rates.chain(Wrong::No);
    let alone = |pair: Pair| !pair.is_down() && pair.life != Life::Healthy;
    let of = |wrong| rates.unavailability(horizon, wrong);

    hold(
        "pair whose volumes stall, downtime",
        of(Wrong::No),
        &down,
        limit,
        &[
            ("a return before the decision calls nothing off", of(Wrong::NeverCalledOff)),
            ("the standby is never struck while the primary is down", of(Wrong::NoSecondStrike)),
        ],
    );
    hold(
        "pair whose volumes stall, time without a standby",
        chain.time(horizon, alone) / horizon,
        &risk,
        limit,
        &[],
    );
}

#[test]
fn stalled_volumes_fail_over() {
    stalls(4_000, 0.01);
}

#[test]
#[ignore = "campaign"]
fn campaign_stalled_volumes_fail_over() {
    stalls(200_000, 0.002);
}
