//! Precision targets: every metric in every kind of scope, reached and not reached, and what is said.

use super::sweep::fleetsim;
use fleetsim::experiment::{Look, Options, Outcome, Progress, Rows, Silent, run};
use fleetsim::kernel::time::Span;
use fleetsim::measure::{METRICS, Wants};
use fleetsim::scenario;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

fn text(precision: &str) -> String {
    format!(
        "name = \"p\"\nprofile = \"azure-flexible-2026\"\nseed = 3\nduration = \"60d\"\n\
         [replications]\nprecision = {precision}\n[[region]]\nname = \"r\"\n\
         [[servers]]\ngroup = \"a\"\ncount = 8\nsku = \"Standard_D4ds_v5\"\n\
         high_availability = \"zone-redundant\"\nobjectives = {{ rto = \"60s\", rpo = \"0s\" }}\n"
    )
}

fn play(precision: &str, progress: &dyn Progress) -> Outcome {
    let scenario = scenario::parse("p.toml", &text(precision), None, &[])
        .unwrap_or_else(|c| panic!("{precision}: {}", c.lines()));
    let options = Options {
        threads: 2,
        replications: None,
        rows: Rows::None,
        progress,
        cancel: &AtomicBool::new(false),
        wants: Wants { rows: false, timeline: false, peaks: true, servers: false },
    };
    run(&scenario, options).unwrap_or_else(|e| panic!("{precision}: {e}"))
}

/// A half-width that is reached at once, and one that never is, in the unit of a metric.
fn widths(unit: &str) -> [&'static str; 2] {
    match unit {
        "share" => ["\"100%\"", "\"0.0000000001%\""],
        "s" | "s/y" => ["\"100000d\"", "\"0.000001s\""],
        _ => ["1000000000", "0.000000001"],
    }
}

/// Metrics of which this small fleet shows nothing: no data is lost in it, and nobody waits for a host.
const UNSEEN: [&str; 3] = ["loss_window_mean", "loss_window_p95", "peak_vcores_queued"];

#[test]
fn every_metric_takes_a_precision_with_and_without_scope() {
    for metric in METRICS.iter().filter(|m| !m.name.ends_with("_max")) {
        let [wide, narrow] = widths(metric.unit);
        let fleet_only = metric.name.starts_with("peak_");
        for (i, scope) in ["", " of a", " of standby zone-redundant"].iter().enumerate() {
            if fleet_only && i > 0 {
                continue;
            }
            let of = |width: &str, max: u32| {
                let name = metric.name;
                let target =
                    format!("{{ metric = \"{name}{scope}\", half_width = {width}, max = {max} }}");
                play(&target, &Silent)
            };
            let reached = of(wide, 60);
            // What was not seen at all, or is zero each time, has no interval and is never precise.
            let estimate = reached.estimate(fleetsim::measure::Kind::Fleet, "fleet", metric.name);
            let known = estimate.is_some_and(|e| e.ci_low.is_some() && e.ci_high.is_some());
            assert_eq!(reached.precision_reached, Some(known), "{}{scope}", metric.name);
            assert!(known || UNSEEN.contains(&metric.name), "{} has an interval", metric.name);
            assert!(reached.replications <= 60, "{}{scope}: the first looks", metric.name);
            let missed = of(narrow, 24);
            // What is the same in every replication has no width at all.
            let estimate = missed.estimate(fleetsim::measure::Kind::Fleet, "fleet", metric.name);
            let exact = estimate.is_some_and(|e| e.ci_low.is_some() && e.ci_low == e.ci_high);
            assert_eq!(missed.precision_reached, Some(exact), "{}{scope}", metric.name);
        }
    }
}

#[test]
fn a_precision_that_is_not_reached_is_exit_5() {
    let folder = tempfile::tempdir().expect("a folder");
    let call = |precision: &str, code: i32| {
        std::fs::write(folder.path().join("p.toml"), text(precision)).expect("written");
        let mut command = fleetsim();
        command.current_dir(folder.path()).args(["run", "p.toml", "--no-charts", "--quiet"]);
        let out = command.assert().code(code);
        String::from_utf8_lossy(&out.get_output().stderr).into_owned()
    };
    call("{ metric = \"unavailability\", relative_half_width = \"1%\", max = 24 }", 5);
    let compared = |code: i32| {
        let mut command = fleetsim();
        command.current_dir(folder.path()).args(["compare", "p.toml", "p.toml", "--no-charts"]);
        let out = command.assert().code(code);
        String::from_utf8_lossy(&out.get_output().stdout).into_owned()
    };
    let said = compared(5);
    for letter in ["A", "B"] {
        let missed =
            format!("precision that was asked for in {letter} was not reached in 24 replications");
        assert!(said.contains(&missed), "{said}");
    }
    let page = folder.path().join("results/compare-p/report.html");
    let page = std::fs::read_to_string(page).expect("the page");
    assert_eq!(page.matches("The precision that was asked for was not reached.").count(), 2);
    call("{ metric = \"unavailability of a\", relative_half_width = \"100%\", max = 60 }", 0);
    assert!(!compared(0).contains("not reached"));
    for (wrong, word) in [
        ("{ metric = \"recovery_time_max\", half_width = \"1s\" }", "p99"),
        ("{ metric = \"peak_failovers of a\", half_width = 1 }", "which has none"),
        ("{ metric = \"peak_failovers\", scope = \"a\", half_width = 1 }", "which has none"),
        ("{ metric = \"mtbf of a\", scope = \"a\", half_width = \"1d\" }", "one of them"),
        ("{ metric = \"mtbf of b\", half_width = \"1d\" }", "`b`"),
        ("{ metric = \"availability\", relative_half_width = \"10%\" }", "unavailability"),
    ] {
        let said = call(wrong, 3);
        assert!(said.contains(word), "{wrong}: {said}");
    }
}

/// Keeps what it hears.
#[derive(Default)]
struct Ear(Mutex<Vec<Look>>, Mutex<Vec<(u64, u64)>>, bool);

impl Progress for Ear {
    fn advanced(&self, done: u64, of: u64, _: Span) {
        self.1.lock().expect("whole").push((done, of));
    }
    fn listens(&self) -> bool {
        self.2
    }
    fn looked(&self, look: &Look) {
        self.0.lock().expect("whole").push(look.clone());
    }
}

#[test]
fn progress_hears_the_interval_and_how_much_is_left() {
    let ear = Ear::default();
    let metric = "incidents_per_server_year";
    let target =
        format!("{{ metric = \"{metric}\", relative_half_width = \"0.5%\", max = 40000 }}");
    let outcome = play(&target, &ear);
    let looks = ear.0.lock().expect("whole");
    // Two looks in a row.
    let twice = |pair: &[Look]| pair.iter().all(Look::reached);
    assert!(looks.len() > 2 && looks.windows(2).position(twice) == Some(looks.len() - 2));
    assert!(looks.last().is_some_and(Look::reached) && outcome.precision_reached == Some(true));
    let heard = ear.1.lock().expect("whole");
    let before = heard.iter().rfind(|(done, _)| *done < outcome.replications / 2);
    let (_, guess) = before.expect("some before the half");
    let ratio = *guess as f64 / outcome.replications as f64;
    assert!((0.2..5.0).contains(&ratio), "{guess} were expected, {} needed", outcome.replications);
    // Listening changes nothing.
    let listening = Ear(Mutex::default(), Mutex::default(), true);
    let again = play(&target, &listening);
    assert_eq!((again.digest, again.replications), (outcome.digest, outcome.replications));
}
