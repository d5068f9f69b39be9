//! Strata in a whole scenario: they agree with nature, and buy much where outages are rare.

use super::{ESTIMATES, played};
use fleetsim::experiment::{EnvironmentUsed, Outcome};
use fleetsim::measure::{Estimate, Kind};
use fleetsim::scenario::{self, Override};

/// Zone outages alone, with a probability of 1 % a replication, and a standby in every mode.
const RARE: &str = "name = \"rare\"\nprofile = \"azure-flexible-2026\"\nfaults = \"listed\"\n\
    maintenance = \"off\"\n[replications]\ncount = 4000\n[[region]]\nname = \"r\"\n\
    [[servers]]\ngroup = \"a\"\ncount = 6\nsku = \"Standard_D4ds_v5\"\n\
    high_availability = \"zone-redundant\"\n\
    [[servers]]\ngroup = \"b\"\ncount = 6\nsku = \"Standard_D4ds_v5\"\n\
    [fault.zone_outage]\nrate = \"0.0033/y\"\nshare = \"100%\"\n";

fn play(environment: &str, seed: u64) -> Outcome {
    let set = |path: &str, value: String| Override { path: path.to_string(), value };
    let changes = [
        set("replications.environment", format!("\"{environment}\"")),
        set("seed", seed.to_string()),
    ];
    let scenario = scenario::parse("rare.toml", RARE, None, &changes).expect("valid");
    played(&scenario, 2, ESTIMATES)
}

fn downtime(outcome: &Outcome) -> Estimate {
    let found = outcome.estimate(Kind::Cause, "zone_outage", "downtime_per_server_year");
    found.expect("a cause has downtime").clone()
}

#[test]
fn strata_agree_with_nature_and_are_five_times_tighter_where_outages_are_rare() {
    let (natural, stratified) = (play("natural", 1), play("stratified", 2));
    let EnvironmentUsed::Stratified([_, struck]) = stratified.environment else {
        panic!("{:?}", stratified.environment)
    };
    assert!(struck <= 0.01, "an outage has a probability of {struck}");
    assert_eq!(natural.replications, stratified.replications, "equal cost");
    let (a, b) = (downtime(&natural), downtime(&stratified));
    let width = |e: &Estimate| e.ci_high.expect("an interval") - e.ci_low.expect("an interval");
    let factor = width(&a) / width(&b);
    println!("natural {a:?}\nstratified {b:?}\n{factor:.2} times tighter");
    assert!(factor >= 5.0, "{factor} times tighter: {a:?} {b:?}");
    let error = |e: &Estimate| e.std_error.expect("an error");
    let apart = (a.value.expect("seen") - b.value.expect("seen")).abs();
    let together = (error(&a) * error(&a) + error(&b) * error(&b)).sqrt();
    assert!(apart <= 3.0 * together, "{apart} apart with errors of {together}");
}
