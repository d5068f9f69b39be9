//! A sensitivity study: on which parameters the answer rests most.

use super::found::{Found, Keep, Table, shown};
use super::numbers::Number;
use crate::experiment::sensitivity::Told;
use crate::measure::series::Ranged;
use crate::report::TORNADO;
use crate::report::human::{self, count};
use maud::{Markup, html};

/// Tables of studies: file, what is ranked by, what that says, and its unit if it is not the metric's.
pub const TABLES: [(&str, &str, &str, Option<&str>); 3] = [
    (TORNADO, "swing", "from its low to its high end it moves the result by", None),
    ("morris.csv", "mu_star", "over its range it moves the result, on average, by", None),
    (
        "sobol-indices.csv",
        "total",
        "with all others, it is behind this share of what varies:",
        Some("share"),
    ),
];
/// How many parameters are named.
const MOST: usize = 7;

/// The section before the charts.
pub fn section(found: &Found) -> Result<Markup, Vec<String>> {
    let known = TABLES.iter().find(|t| found.files.contains_key(t.0));
    let Some((file, column, words, own_unit)) = known else { return Ok(html! {}) };
    let table = found.any_table(file, Keep::First(MOST))?;
    let of = table.reader();
    let size = |row: &[String]| {
        let number = |column: &str| of(row, column).parse().ok();
        Number {
            value: number(column),
            low: number(&format!("{column}_ci_low")),
            high: number(&format!("{column}_ci_high")),
            unit: own_unit.unwrap_or_else(|| of(row, "unit")).to_string(),
            ..Number::default()
        }
    };
    let doubt = |row: &[String]| match told(&table, row) {
        Told::Doubtful => Some("may be chance"),
        Told::NoInterval => Some("no interval"),
        _ => None,
    };
    let points = found.manifest["points"].as_u64().unwrap_or(0);
    // The table has those that could not be moved as well.
    let moved = found.manifest["parameters"].as_array().map_or(table.all, Vec::len);
    Ok(html! {
        section.answer aria-labelledby="answer" {
            h2 #answer { "The answer" }
            p.lead {
                "On what does " code { (found.word("metric")) } " of "
                @if found.word("scope") == "fleet" { "the fleet" } @else { (found.word("scope_name")) }
                " rest? Of " (human::plural(moved as u64, "parameter")) " moved through their ranges these move it "
                "most:"
            }
            ol.lead {
                @for row in &table.rows {
                    @let size = size(row);
                    li {
                        strong { code { (of(row, "parameter")) } } ", " (of(row, "low")) " to " (of(row, "high"))
                        @if !of(row, "origin").is_empty() { " (" (of(row, "origin")) ")" }
                        ": " (words) " " (moves(&size, own_unit.is_some()))
                        @let chance = own_unit.is_some() && size.low.is_some_and(|low| low <= 0.0);
                        @let doubt = match *file == TORNADO {
                            true => doubt(row),
                            false => chance.then_some("may be chance"),
                        };
                        @if let Some(doubt) = doubt {
                            " " span.mark { (doubt) }
                        }
                    }
                }
            }
            p {
                (count(points)) " points were played. "
                @if table.all > table.rows.len() { "All others are in the table below. " }
                "A range is what would be no surprise, not what is likely."
            }
            p.note { "Method: " (method(&shown(&found.manifest["method"]))) "." }
        }
    })
}

/// What an analysis does, for who does not know its name.
fn method(name: &str) -> String {
    let does = match name {
        "tornado" => "one parameter at a time goes to both ends of its range",
        "morris" => "paths through all ranges, one parameter a step",
        "sobol-indices" => {
            "all parameters go through their ranges at once, and the variance is shared out"
        }
        _ => return name.to_string(),
    };
    format!("{name}, {does}")
}

/// How far a parameter moves the result, with the interval: a difference, or a share of the variance.
fn moves(size: &Number, is_share: bool) -> String {
    let Some(v) = size.value else { return "–".to_string() };
    let ends = (size.low, size.high);
    if !is_share {
        return human::difference_bare(&size.unit, v, ends).trim_start_matches('+').to_string();
    }
    let (low, high) = (ends.0.unwrap_or(v), ends.1.unwrap_or(v));
    let [text, low, high] = human::percents([v, low, high]);
    if ends.0.and(ends.1).is_some() { format!("{text} ({low} to {high})") } else { text }
}

/// What a row of the tornado tells. Of the errors it has that of the swing: where it has none, neither has
/// a difference.
fn told(table: &Table, row: &[String]) -> Told {
    let of = table.reader();
    let differences = ["difference_low", "difference_high", "swing"].into_iter();
    Told::of(differences.filter_map(|column| {
        let number = |end: &str| of(row, &format!("{column}{end}")).parse().ok();
        let (ci_low, ci_high) = (number("_ci_low"), number("_ci_high"));
        let std_error = of(row, "swing_std_error").parse().ok();
        Some(Ranged { value: number("")?, std_error, ci_low, ci_high })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_of_a_row_what_the_terminal_tells() {
        let columns = ["difference_low", "_ci_low", "_ci_high", "swing", "_std_error"];
        let of = |cells: [&str; 5]| {
            let named = |c: &str| match c.strip_prefix('_') {
                Some("std_error") => "swing_std_error".to_string(),
                Some(end) => format!("difference_low_{end}"),
                None => c.to_string(),
            };
            let columns = columns.map(named).to_vec();
            let row = cells.map(String::from).to_vec();
            told(&Table { columns, ..Table::default() }, &row)
        };
        assert_eq!(of(["0", "-2", "2", "0", "1"]), Told::Doubtful);
        assert_eq!(of(["0", "-2", "2", "0", ""]), Told::Still);
        assert_eq!(of(["0", "0", "0", "0", "0"]), Told::Still);
        assert_eq!(of(["3", "", "", "3", ""]), Told::NoInterval);
        assert_eq!(of(["3", "1", "5", "3", "1"]), Told::Clear);
        assert_eq!(of(["", "", "", "", ""]), Told::NoValue);
    }
}
