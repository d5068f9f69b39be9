//! Tables of text in aligned columns: whole in a file or a pipe, folded into the columns of a terminal.
//!
//! A cell is folded between a number and its interval and between the parts of a path, never within a number;
//! a column for which there is no room then is left out, and its name is told.

use unicode_width::UnicodeWidthStr;

/// Columns of a terminal; none in a file or a pipe, where every line is as long as it needs.
pub type Room = Option<usize>;

/// Narrowest terminal that is heeded.
const NARROWEST: usize = 40;
/// Blanks in front of every column.
const GAP: usize = 2;
/// Words are put on lines that are no longer than that, however wide the terminal is.
const LONGEST: usize = 98;

/// A table: its lines, and the columns that there was no room for.
#[derive(Clone, Default, Debug)]
pub struct Aligned {
    /// The lines.
    pub text: String,
    /// What stands above the columns that were left out.
    pub left_out: Vec<String>,
    room: Room,
}

impl Aligned {
    /// The lines, and where the columns are for which there was no room.
    pub fn told(self, where_else: &str) -> String {
        let named: Vec<String> = self.left_out.iter().map(|name| format!("\"{name}\"")).collect();
        let why = match &named[..] {
            [] => return self.text,
            [one] => format!("no room for the column {one}: {where_else} has it"),
            [all @ .., last] => {
                let all = all.join(", ");
                format!("no room for the columns {all} and {last}: {where_else} has them")
            }
        };
        self.text + &wrapped(&why, self.room)
    }
}

/// Where cells may be folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Folds {
    /// Nowhere.
    None,
    /// Between a number and its interval, parts of a path, words of a head.
    Few,
    /// Between the ends of an interval too.
    Many,
}

/// Aligns rows of as many cells, the first of which stand above the others. Columns that are `dispensable` are
/// left out where there is no room for them, those that are named last first, and together.
pub fn aligned(rows: &[Vec<String>], room: Room, dispensable: &[&[usize]]) -> Aligned {
    let all: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).collect();
    let without = |gone: &[&[usize]]| -> Vec<usize> {
        all.iter().copied().filter(|c| !gone.iter().any(|some| some.contains(c))).collect()
    };
    let total = |widths: &[usize]| widths.iter().map(|w| w + GAP).sum::<usize>();
    let most = room.map_or(usize::MAX, |room| room.max(NARROWEST));
    let sets = (0..=dispensable.len()).rev().map(|kept| without(&dispensable[kept..]));
    let least = |columns: &[usize]| {
        let of = |folds| sizes(rows, columns, folds);
        [Folds::None, Folds::Few].map(of).into_iter().find(|least| total(least) <= most)
    };
    let found = sets.filter_map(|columns| Some((least(&columns)?, columns))).next();
    let fewest = || {
        let columns = without(dispensable);
        let least = sizes(rows, &columns, Folds::Many);
        (total(&least) <= most).then_some((least, columns))
    };
    let Some((least, columns)) = found.or_else(fewest) else {
        return Aligned { text: listed(rows, room), left_out: Vec::new(), room };
    };
    let mut widths = sizes(rows, &columns, Folds::None);
    while total(&widths) > most {
        let wider = (0..widths.len()).filter(|&i| widths[i] > least[i]);
        let Some(widest) = wider.max_by_key(|&i| widths[i]) else { break };
        widths[widest] -= 1;
    }
    let gone = all.iter().filter(|c| !columns.contains(c));
    let left_out = gone.map(|&c| rows[0][c].clone()).collect();
    let text = rows.iter().map(|row| lines(row, &columns, &widths)).collect();
    Aligned { text, left_out, room }
}

/// Every cell on a line of its own behind what stands above it, where even the fewest columns are too wide.
fn listed(rows: &[Vec<String>], room: Room) -> String {
    let Some((head, rows)) = rows.split_first() else { return String::new() };
    let row = |row: &Vec<String>| -> String {
        let cells = head.iter().zip(row).enumerate();
        let line = |(i, (head, cell)): (usize, (&String, &String))| {
            let lead = " ".repeat(if i == 0 { GAP } else { 2 * GAP });
            folded_lines(
                &format!("{lead}{head}{}{cell}", if head.is_empty() { "" } else { " " }),
                room,
            )
        };
        cells.map(line).collect()
    };
    rows.iter().map(row).collect()
}

/// How wide columns are whose cells are folded.
fn sizes(rows: &[Vec<String>], columns: &[usize], folds: Folds) -> Vec<usize> {
    let wide = |cell: &str| {
        let pieces = pieces(cell, folds).into_iter();
        pieces.map(|piece| piece.trim_end().width()).max().unwrap_or(0)
    };
    columns.iter().map(|&c| rows.iter().map(|row| wide(&row[c])).max().unwrap_or(0)).collect()
}

/// The lines of one row.
fn lines(row: &[String], columns: &[usize], widths: &[usize]) -> String {
    let cells: Vec<Vec<String>> =
        columns.iter().zip(widths).map(|(&c, &most)| folded(&row[c], most)).collect();
    let mut text = String::new();
    for n in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let part = cell.get(n).map_or("", String::as_str);
            line += &format!(
                "{}{part}{}",
                " ".repeat(GAP),
                " ".repeat(width.saturating_sub(part.width()))
            );
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A cell on lines that are no wider than that, if its pieces are not.
fn folded(cell: &str, most: usize) -> Vec<String> {
    let few = pieces(cell, Folds::Few);
    let fit = few.iter().all(|piece| piece.trim_end().width() <= most);
    let mut lines = vec![String::new()];
    for piece in if fit { few } else { pieces(cell, Folds::Many) } {
        let last = lines.len() - 1;
        let wide = lines[last].width() + piece.trim_end().width();
        if wide > most && !lines[last].is_empty() {
            let kept = lines[last].trim_end().len();
            lines[last].truncate(kept);
            lines.push(piece.to_string());
        } else {
            lines[last] += piece;
        }
    }
    lines
}

/// The pieces of a cell that are not to be folded: a number with its unit, a part of a path, a word of a head.
fn pieces(cell: &str, folds: Folds) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    let is_words = !cell.contains(|c: char| c.is_ascii_digit());
    for (at, c) in cell.char_indices().filter(|_| folds != Folds::None) {
        let (before, after) = (&cell[..at], &cell[at + c.len_utf8()..]);
        let last = before.rsplit(' ').next().unwrap_or("");
        let ends = match c {
            ' ' if is_words || after.starts_with('(') => true,
            ' ' if last == ".." || last.ends_with(',') => true,
            ' ' => folds == Folds::Many && ["to", "than"].contains(&last),
            '.' => {
                before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphabetic)
            }
            _ => false,
        };
        if ends {
            pieces.push(&cell[start..at + c.len_utf8()]);
            start = at + c.len_utf8();
        }
    }
    pieces.push(&cell[start..]);
    pieces
}

/// Words on lines of at most 98 characters, or as wide as the terminal is; two blanks in front.
pub fn wrapped(words: &str, room: Room) -> String {
    let most = room.map_or(LONGEST, |room| room.clamp(NARROWEST, LONGEST));
    let mut text = String::from(" ");
    let mut column = 1;
    for word in words.split(' ') {
        if column + 1 + word.width() > most {
            text.push_str("\n ");
            column = 1;
        }
        text.push(' ');
        text.push_str(word);
        column += 1 + word.width();
    }
    text.push('\n');
    text
}

/// Lines as long as they need, or folded into the columns of a terminal, each two blanks behind where it begins.
pub fn folded_lines(text: &str, room: Room) -> String {
    let fold = |line: &str| {
        let inside = line.trim_start_matches(' ');
        let lead = line.len() - inside.len();
        match room {
            // A lead that leaves little room is none.
            Some(room) if line.width() > room && lead + NARROWEST <= room => {
                let whole = wrapped(inside, Some(room - lead)).replacen("  ", "", 1);
                whole.lines().map(|part| format!("{}{part}\n", " ".repeat(lead))).collect()
            }
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let row = |cells: [&str; 4]| cells.map(String::from).to_vec();
        vec![
            row(["point", "fault.zone_outage.rate", "availability", "recovery p95"]),
            row(["1", "0.01/y", "99.9926 % (99.9904 % to 99.9941 %)", "89 s"]),
            row(["2", "1/y", "99.91 % (99.89 % to 99.93 %)", "> 48 h"]),
        ]
    }

    #[test]
    fn a_file_and_a_wide_terminal_have_whole_lines() {
        let whole = aligned(&rows(), None, &[&[3]]);
        assert_eq!(
            whole.text,
            "  point  fault.zone_outage.rate  availability                        recovery p95\n\
             \x20 1      0.01/y                  99.9926 % (99.9904 % to 99.9941 %)  89 s\n\
             \x20 2      1/y                     99.91 % (99.89 % to 99.93 %)        > 48 h\n"
        );
        assert_eq!(whole.text, aligned(&rows(), Some(81), &[&[3]]).text);
        assert_eq!(whole.clone().told("sweep.csv"), whole.text);
    }

    #[test]
    fn cells_are_folded_between_numbers_and_parts_of_paths() {
        let narrow = aligned(&rows(), Some(61), &[&[3]]);
        assert_eq!(narrow.left_out, [""; 0]);
        assert_eq!(
            narrow.text,
            "  point  fault.        availability              recovery p95\n\
             \x20        zone_outage.\n\
             \x20        rate\n\
             \x20 1      0.01/y        99.9926 %                 89 s\n\
             \x20                      (99.9904 % to 99.9941 %)\n\
             \x20 2      1/y           99.91 %                   > 48 h\n\
             \x20                      (99.89 % to 99.93 %)\n"
        );
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_and_no_number_is_cut() {
        for room in 40..=90 {
            let narrow = aligned(&rows(), Some(room), &[&[3]]);
            let text = &narrow.text;
            assert!(text.lines().all(|line| line.width() <= room), "{room}:\n{text}");
            for number in ["99.9926 %", "(99.9904 % to", "99.9941 %)", "0.01/y"] {
                assert!(text.contains(number), "{room}: {number}\n{text}");
            }
            assert_eq!(text.contains("> 48 h"), narrow.left_out.is_empty(), "{room}:\n{text}");
        }
        let end = |room, dispensable| {
            let told = aligned(&rows(), Some(room), dispensable).told("sweep.csv");
            told.split("no room for the ").nth(1).unwrap_or("").to_string()
        };
        assert_eq!(end(55, &[&[3]]), "column \"recovery p95\": sweep.csv has\n  it\n");
        let both = "columns \"availability\"\n  and \"recovery p95\": sweep.csv has them\n";
        assert_eq!(end(42, &[&[2, 3]]), both);
    }

    #[test]
    fn columns_that_never_fit_become_lines() {
        let row = |cells: [&str; 3]| cells.map(String::from).to_vec();
        let law = "{ lognormal = { median = '10s', sigma = 0.5 } }";
        let rows = [
            row(["point", "servers.shop.high_availability", "standby.detection"]),
            row(["1", "zone-redundant", law]),
        ];
        assert_eq!(
            aligned(&rows, Some(44), &[]).told("sweep.csv"),
            "  point 1\n    servers.shop.high_availability\n      zone-redundant\n\
             \x20   standby.detection { lognormal = {\n      median = '10s', sigma = 0.5 } }\n"
        );
    }

    #[test]
    fn lines_are_folded_behind_where_they_begin() {
        let text = "servers\n    shop: 40 in swedencentral, any zone; Standard_D4ds_v5\n\nend\n";
        assert_eq!(folded_lines(text, None), text);
        assert_eq!(
            folded_lines(text, Some(50)),
            "servers\n    shop: 40 in swedencentral, any zone;\n      Standard_D4ds_v5\n\nend\n"
        );
    }

    #[test]
    fn words_are_wrapped_to_what_there_is() {
        let words = "word ".repeat(40);
        let widest = |room| wrapped(&words, room).lines().map(str::len).max();
        assert_eq!(
            [widest(None), widest(Some(200)), widest(Some(60))],
            [Some(96), Some(96), Some(56)]
        );
    }
}
