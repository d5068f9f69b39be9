//! A sensitivity analysis on the terminal: which of the assumptions a result rests on.

use super::aligned::{Room, aligned, folded_lines, wrapped};
use super::human;
use super::sweep::SweepAbout;
use super::{MORRIS, SOBOL_INDICES, TORNADO};
use crate::experiment::sensitivity::{
    About, Bar, End, Findings, Index, Indices, Moved, Screening, Told, Tornado,
};
use crate::measure::series::Ranged;

/// Most parameters that are shown.
const MOST: usize = 12;
/// Parameters that are named in the answer.
const NAMED: usize = 3;
/// A parameter that changes less than this share of the widest swing tells little.
const LITTLE: f64 = 0.01;

/// The text, within the columns of a terminal.
pub fn sensitivity_summary(about: &SweepAbout, findings: &Findings, room: Room) -> String {
    let all = findings.about();
    let unit = all.target.unit();
    let first = format!(
        "{}: what the {} rests on; {} of {}, {}",
        about.name,
        all.target.words(),
        human::plural(all.points as u64, "point"),
        human::plural_between(all.replications, "replication"),
        about.seeds()
    );
    let mut text = folded_lines(&first, room);
    let base = &all.base;
    text += &match base.value {
        Some(v) => {
            format!("  as it is: {}\n\n", human::interval(unit, v, (base.ci_low, base.ci_high)))
        }
        None => "  as it is: no event was seen\n\n".to_string(),
    };
    // The last one of what is dispensable goes first: what a parameter is and how much it changes stays.
    let (rows, answer, dispensable, file): (_, _, &[&[usize]], _) = match findings {
        Findings::Tornado(found) => {
            (tornado_rows(found), tornado_answer(found), &[&[2, 3], &[1], &[5]], TORNADO)
        }
        Findings::Morris(found) => {
            (morris_rows(found), morris_answer(found), &[&[3, 4], &[1], &[5]], MORRIS)
        }
        Findings::Sobol(found) => {
            (indices_rows(found), indices_answer(found), &[&[2], &[1], &[4]], SOBOL_INDICES)
        }
    };
    let more = rows.len().saturating_sub(1 + MOST);
    let table = aligned(&rows[..rows.len().min(1 + MOST)], room, dispensable);
    text += &table.told(file);
    if more > 0 {
        text += &format!("  ... and {more} more in the table\n");
    }
    text += &format!("\n{}", wrapped(&answer, room));
    text += &left_out(all, room);
    text
}

fn words(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|c| c.to_string()).collect()
}

/// A range in short, with the value in force if it has one: laws by their central value alone.
fn range(moved: &Moved) -> String {
    match moved.centre.as_str() {
        "" => format!("{} .. {}", moved.low, moved.high),
        centre => format!("{} .. {centre} .. {}", moved.low, moved.high),
    }
}

fn interval(unit: &str, r: Ranged) -> String {
    human::difference(unit, r.value, (r.ci_low, r.ci_high))
}

fn left_out(about: &About, room: Room) -> String {
    if about.left_out.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = about.left_out.iter().map(|l| l.0.as_str()).collect();
    wrapped(&format!("Not moved, for the reasons in the table: {}.", names.join(", ")), room)
}

fn tornado_rows(found: &Tornado) -> Vec<Vec<String>> {
    let unit = found.about.target.unit();
    let mut rows = vec![words(&["parameter", "range", "at low", "at high", "swing", "origin"])];
    for bar in &found.bars {
        let value = |end: Option<End>| end.map_or("-".to_string(), |e| human::value(unit, e.value));
        rows.push(vec![
            bar.moved.parameter.clone(),
            range(&bar.moved),
            value(bar.low),
            value(bar.high),
            bar.swing.map_or("-".to_string(), |s| interval(unit, s)),
            bar.moved.origin.clone(),
        ]);
    }
    rows
}

/// How one and how several parameters are said to change little.
const LITTLE_ONE: &str = "changes it by less than a hundredth of what the first does";
const LITTLE_MANY: &str = "change it by less than a hundredth of what the first does";

/// How many parameters do what, in the words for one and for several; nothing of those of which there are none.
fn counted(all: usize, what: &[(usize, &str, &str)]) -> String {
    let seen = what.iter().filter(|(n, ..)| *n > 0);
    let said: Vec<String> =
        seen.map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many })).collect();
    match said.split_last() {
        None => String::new(),
        Some((last, [])) => format!(" Of {} {last}.", human::plural(all as u64, "parameter")),
        Some((last, before)) => {
            let all = human::plural(all as u64, "parameter");
            format!(" Of {all} {} and {last}.", before.join(", "))
        }
    }
}

fn tornado_answer(found: &Tornado) -> String {
    let bars = &found.bars;
    let of = |told: Told| bars.iter().filter(move |b| b.told() == told);
    let all = [Told::Clear, Told::Doubtful, Told::NoInterval, Told::Still, Told::NoValue];
    let [clear, doubtful, open, still, none] = all.map(|told| of(told).count());
    let mut text = if clear > 0 {
        let least = LITTLE * bars[0].width();
        let little = of(Told::Clear).filter(|b| b.width() < least).count();
        format!(
            "It rests above all on {}.{}",
            largest(found, Told::Clear, "then on"),
            counted(
                bars.len(),
                &[
                    (still, "changes nothing", "change nothing"),
                    (little, LITTLE_ONE, LITTLE_MANY),
                    (doubtful + open, "cannot be told from chance", "cannot be told from chance"),
                ]
            )
        )
    } else if doubtful > 0 {
        let unknown = match open {
            0 => String::new(),
            open => format!(
                " Of {open} of {} parameters there is no interval, so nothing can be said.",
                bars.len()
            ),
        };
        let has = if open > 0 { " and has an interval" } else { "" };
        format!(
            "Nothing that was moved{has} changes it by more than chance does here. That is no proof \
             that nothing matters: use more replications.{unknown}"
        )
    } else if open > 0 {
        format!(
            "In what was played it differs most with {}.{} \
             There are no intervals here, so it cannot be said how much of the differences is chance.",
            largest(found, Told::NoInterval, "then with"),
            counted(bars.len(), &[(still, "changes nothing", "change nothing")])
        )
    } else {
        "Nothing that was moved changes it in what was played. That is no proof that nothing \
         matters: what happens seldom may not have been seen."
            .to_string()
    };
    if none > 0 {
        text += &format!(" With {none} of them it has no value at either end.");
    }
    if clear + open > 0 {
        text += " Laws are moved as a whole, their mean with them. One at a time: what two do \
                 together is not seen here.";
    }
    text
}

/// The first parameters of which the same is known, with what the metric is at their ends.
fn largest(found: &Tornado, told: Told, then: &str) -> String {
    let unit = found.about.target.unit();
    let base = found.about.base.plain().unwrap_or(0.0);
    let value = |end: Option<End>| human::value(unit, end.map_or(base, |e| e.value));
    let ends = |bar: &Bar| {
        format!(
            "{} ({}): {} at {}, {} at {}",
            bar.moved.parameter,
            bar.moved.origin,
            value(bar.low),
            bar.moved.low,
            value(bar.high),
            bar.moved.high
        )
    };
    let bars = found.bars.iter().filter(|b| b.told() == told).take(NAMED);
    bars.map(ends).collect::<Vec<_>>().join(&format!("; {then} "))
}

fn morris_rows(found: &Screening) -> Vec<Vec<String>> {
    let unit = found.about.target.unit();
    let mut rows = vec![words(&[
        "parameter",
        "range",
        "mean size of effect",
        "mean effect",
        "spread",
        "origin",
    ])];
    for e in &found.effects {
        rows.push(vec![
            e.moved.parameter.clone(),
            range(&e.moved),
            interval(unit, e.mu_star).replace('+', ""),
            human::signed(unit, e.mu.value),
            human::signed(unit, e.sigma.value).replace('+', ""),
            e.moved.origin.clone(),
        ]);
    }
    rows
}

fn morris_answer(found: &Screening) -> String {
    let widest = found.effects.first().map_or(0.0, |e| e.mu_star.value);
    if widest <= 0.0 {
        return "Nothing that was moved changes it.".to_string();
    }
    let large = found.effects.iter().filter(|e| e.mu_star.value >= LITTLE * widest);
    let first: Vec<&str> = large.take(NAMED).map(|e| e.moved.parameter.as_str()).collect();
    let little = found.effects.iter().filter(|e| e.mu_star.value < LITTLE * widest).count();
    let bent: Vec<&str> = found
        .effects
        .iter()
        .filter(|e| e.mu_star.value >= 0.1 * widest && e.sigma.value > 0.5 * e.mu_star.value)
        .map(|e| e.moved.parameter.as_str())
        .take(2 * NAMED)
        .collect();
    let mut text = format!(
        "Over the ranges of all parameters it moves most with {}.{}",
        first.join(", "),
        counted(found.effects.len(), &[(little, LITTLE_ONE, LITTLE_MANY)])
    );
    if !bent.is_empty() {
        text += &format!(
            " How much it moves with {} depends on where the others are, or bends.",
            bent.join(", ")
        );
    }
    text
}

fn share(r: Ranged) -> String {
    let (low, high) = (r.ci_low.unwrap_or(r.value), r.ci_high.unwrap_or(r.value));
    let [value, low, high] = human::percents([r.value, low, high]);
    match r.ci_low.and(r.ci_high) {
        Some(_) => format!("{value} ({low} to {high})"),
        None => value,
    }
}

fn indices_rows(found: &Indices) -> Vec<Vec<String>> {
    let mut rows = vec![words(&["parameter", "range", "alone", "with all others", "origin"])];
    for index in &found.indices {
        rows.push(vec![
            index.moved.parameter.clone(),
            range(&index.moved),
            share(index.first),
            share(index.total),
            index.moved.origin.clone(),
        ]);
    }
    rows
}

fn indices_answer(found: &Indices) -> String {
    let unit = found.about.target.unit();
    if found.deviation <= 0.0 {
        return "Nothing that was moved changes it.".to_string();
    }
    let together: f64 = found.indices.iter().map(|i| i.first.value).sum();
    // What is sure comes first, then by the share with all others: the number that is said.
    let sure = |i: &&Index| i.total.ci_low.is_some_and(|low| low > 0.0);
    let (clear, doubtful): (Vec<&Index>, Vec<&Index>) = found.indices.iter().partition(sure);
    let say = |list: &[&Index]| -> String {
        let named = list.iter().filter(|i| i.total.value > 0.0).take(NAMED);
        // An interval in brackets within brackets is hard to read.
        let one = |i: &&Index| {
            let total = share(i.total).replacen(" (", " with all others, ", 1);
            let bare = if total.ends_with(')') { "" } else { " with all others" };
            format!("{} ({}{bare})", i.moved.parameter, total.trim_end_matches(')'))
        };
        named.map(one).collect::<Vec<_>>().join(", then ")
    };
    let above = match (clear.is_empty(), say(&doubtful)) {
        (false, _) => format!("What makes it differ is above all {}.", say(&clear)),
        (true, none) if none.is_empty() => "What makes it differ cannot be told.".to_string(),
        (true, largest) => format!(
            "What makes it differ cannot be told from chance; it may be {largest}. Use more rows."
        ),
    };
    format!(
        "Over all ranges it is {} on average, with a standard deviation of {}. {above} Alone, all \
         parameters together explain {} of the variance; the rest is what they do together, or is not \
         told from chance by {} rows.",
        human::value(unit, found.mean),
        human::signed(unit, found.deviation).replace('+', ""),
        human::percents([together]).concat(),
        found.rows
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::sensitivity::Target;
    use crate::experiment::sensitivity::tornado::tests::bar;
    use crate::measure::Kind;
    use crate::report::tests::{HOSTILE, played, scenario};

    #[test]
    fn a_range_has_the_value_in_force_where_there_is_one() {
        let of = |centre: &str| {
            let [low, centre, high] = ["1s", centre, "3s"].map(String::from);
            range(&Moved { low, centre, high, ..Moved::default() })
        };
        assert_eq!([of("2s"), of("")], ["1s .. 2s .. 3s", "1s .. 3s"]);
    }

    fn answer(bars: Vec<Bar>) -> String {
        let outcome = played(&scenario(HOSTILE), 1);
        let metric = "recovery_time_max";
        let base = outcome.estimate(Kind::Fleet, "fleet", metric).expect("measured").clone();
        let target =
            Target { metric: metric.to_string(), kind: "fleet".into(), name: "fleet".into() };
        let about = About { target, base, replications: (6, 6), points: 3, left_out: Vec::new() };
        tornado_answer(&Tornado { about, bars, method: "" })
    }

    #[test]
    fn differences_without_intervals_are_said_as_such() {
        let said = answer(vec![bar("a.b", 60.0, None), bar("a.c", 0.0, None)]);
        assert!(
            said.starts_with("In what was played it differs most with a.b (assumed): "),
            "{said}"
        );
        assert!(said.contains("2 min at 9s. Of 2 parameters 1 changes nothing."), "{said}");
        assert!(said.contains("There are no intervals here"), "{said}");
        let said = answer(vec![bar("a.b", 60.0, Some((-5.0, 125.0))), bar("a.c", 9.0, None)]);
        assert!(
            said.starts_with(
                "Nothing that was moved and has an interval changes it by more than chance"
            ),
            "{said}"
        );
        assert!(
            said.contains("Of 1 of 2 parameters there is no interval, so nothing can be said."),
            "{said}"
        );
        let said = answer(vec![bar("a.b", 60.0, Some((-5.0, 125.0))), bar("a.c", 0.0, None)]);
        assert!(said.starts_with("Nothing that was moved changes it by more than"), "{said}");
        assert!(said.ends_with("use more replications."), "{said}");
        let none = Bar { high: None, swing: None, ..bar("a.d", 0.0, None) };
        let said = answer(vec![bar("a.b", 0.0, None), none]);
        assert!(
            said.starts_with("Nothing that was moved changes it in what was played."),
            "{said}"
        );
        assert!(said.ends_with("With 1 of them it has no value at either end."), "{said}");
        let sure = bar("a.b", 60.0, Some((5.0, 115.0)));
        let said = answer(vec![sure, bar("a.c", 9.0, Some((-1.0, 19.0)))]);
        assert!(said.starts_with("It rests above all on a.b (assumed): "), "{said}");
        assert!(said.contains("Of 2 parameters 1 cannot be told from chance."), "{said}");
    }
}
