//! The estimate of `check` agrees with a simulation where servers fail of one mode, and seldom.

use super::{ESTIMATES, played};
use fleetsim::measure::Kind;
use fleetsim::scenario;

/// What `check` says of the availability, and what a run finds, as unavailability with its error.
fn estimated_and_played(group: &str, sections: &str) -> (f64, f64, f64) {
    let text = format!(
        "name = 'n'\nduration = '1y'\nmaintenance = 'off'\nreplications = {{ count = 20 }}\n\
         [[region]]\nname = 'r'\nzones = 3\n[[servers]]\ngroup = 'g'\ncount = 60\n{group}\n\
         [storage]\nmin_copies = 1\nstall_tolerance = '20s'\n{sections}"
    );
    let scenario =
        scenario::parse("n.toml", &text, None, &[]).unwrap_or_else(|c| panic!("{}", c.lines()));
    let said = scenario::explain(&scenario);
    let naive = said.split_once("naive availability").expect("it is there").1;
    let share = naive
        .split_once("  g: ")
        .and_then(|(_, line)| line.split_once(" %"))
        .expect("of the group");
    let share: f64 = share.0.parse().expect("a number");
    let outcome = played(&scenario, 2, ESTIMATES);
    let found = outcome.estimate(Kind::Fleet, "fleet", "unavailability").expect("it is measured");
    (1.0 - share / 100.0, found.value.expect("seen"), found.std_error.expect("an error"))
}

#[test]
fn the_naive_estimate_is_what_a_fleet_of_one_mode_finds() {
    let pair = "high_availability = 'zone-redundant'";
    let failover = "[standby]\ndetection = '30s'\ndecision = '10s'\nfencing = '5s'\npromotion = '20s'\n\
                    redirection = '15s'\n";
    let crash = "[fault.process_crash]\nrate = '100/y'\n";
    let restart = "[compute]\nprocess_restart = { exponential = { mean = '60s' } }\nrelocation = '10m'\n\
                   restart_success = '70%'\n";
    let rack = "[fault.rack_outage]\nrate = '12/y'\nlasts = { exponential = { mean = '1h' } }\n";
    let leave = "[compute]\nrelocate_after = '30m'\nrelocation = '5m'\nvm_reboot = '2m'\n";
    let cases = [
        ("a start in place may fail", "", format!("{crash}{restart}")),
        ("a start in place may be in time", pair, format!("{crash}{restart}{failover}")),
        ("a node leaves its rack", "", format!("{rack}{leave}")),
        ("what was held starts anew", "", format!("{rack}[compute]\nvm_reboot = '10m'\n")),
        (
            "a false alarm needs no detection",
            pair,
            format!("[fault.false_alarm]\nrate = '99/y'\n{failover}"),
        ),
        (
            "a short stall is no incident",
            "",
            "[fault.stamp_outage]\nrate = '99/y'\nlasts = { uniform = ['0s', '60s'] }\n"
                .to_string(),
        ),
    ];
    for (name, group, sections) in cases {
        let (naive, played, error) = estimated_and_played(group, &sections);
        let apart = (naive - played).abs();
        println!("{name}: {naive:.6} {played:.6} ± {error:.6}");
        assert!(apart <= 4.0 * error + 0.01 * played, "{name}: {naive} is not {played} ± {error}");
    }
}
