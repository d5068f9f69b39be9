//! A table of the page: caption, scopes, what sorting needs, and a note where rows were left out.

use super::numbers::Number;
use crate::report::human::count;
use maud::{Markup, Render, html};

/// Rows that a table shows without a filter beside it.
const FEW: usize = 12;

/// Up to so many characters a text is not folded.
const SHORT: usize = 14;

/// From so many characters on a text has room, so that it is not folded word by word.
const LONG: usize = 40;

/// A field.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    below: String,
    value: Option<f64>,
    mark: &'static str,
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), ..Cell::default() }
    }

    /// A number as people say it, and what it is sorted by.
    pub fn number(text: impl Into<String>, value: Option<f64>) -> Cell {
        Cell { text: text.into(), value, ..Cell::default() }
    }

    /// An estimate with its interval below it; a dash if there is none.
    pub fn estimate(number: Option<&Number>) -> Cell {
        number.map_or_else(
            || Cell::text("–"),
            |n| Cell { text: n.beside(), below: n.interval(), value: n.value, mark: "" },
        )
    }

    /// The same with a class of its own.
    pub fn mark(self, mark: &'static str) -> Cell {
        Cell { mark, ..self }
    }
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    number: bool,
}

/// A column of words.
pub fn words(label: impl Into<String>) -> Column {
    Column { label: label.into(), number: false }
}

/// A column of numbers.
pub fn numbers(label: impl Into<String>) -> Column {
    Column { label: label.into(), number: true }
}

/// A table.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Its id in the page.
    pub id: String,
    /// What it shows.
    pub caption: String,
    /// The file that has all of it.
    pub file: String,
    /// Its columns; the first names the row.
    pub columns: Vec<Column>,
    /// Its rows, as many as are shown.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows there are.
    pub all: usize,
    /// Which rows are shown, where not all are: `the longest`.
    pub which: &'static str,
}

impl Render for Grid {
    fn render(&self) -> Markup {
        let Grid { id, rows, .. } = self;
        let long = rows.len() > FEW;
        html! {
            div.grid id=(id) data-rows=(rows.len()) {
                @if long {
                    p.tools hidden {
                        label for={ (id) "-filter" } { "Filter" }
                        " "
                        input id={ (id) "-filter" } type="search" autocomplete="off" spellcheck="false"
                            placeholder="words in any column" aria-controls={ (id) "-body" };
                        " "
                        span.shown role="status" {}
                    }
                }
                div.scroll role="region" tabindex="0" aria-labelledby={ (id) "-caption" } {
                    table {
                        caption id={ (id) "-caption" } { (self.caption) }
                        thead { tr {
                            @for column in &self.columns {
                                th scope="col" class=[column.number.then_some("n")] { (column.label) }
                            }
                        } }
                        tbody id={ (id) "-body" } { @for row in rows { (self.row(row)) } }
                    }
                }
                @if rows.len() < self.all {
                    p.note {
                        (self.which) " " (count(rows.len() as u64)) " of " (count(self.all as u64))
                        " rows; all are in " code { (self.file) } "."
                    }
                } @else if !self.file.is_empty() {
                    p.note { "From " code { (self.file) } "." }
                }
                @if rows.len() > 40 {
                    p.note.paper { "On paper: the first 40 rows." }
                }
            }
        }
    }
}

impl Grid {
    fn row(&self, row: &[Cell]) -> Markup {
        let (first, rest) = row.split_first().map_or((None, row), |(f, r)| (Some(f), r));
        let number = |i: usize| self.columns.get(i).is_some_and(|c| c.number);
        let inside = |cell: &Cell| {
            html! {
                @if cell.mark.is_empty() { (cell.text) } @else { span class={ "mark " (cell.mark) } { (cell.text) } }
                @if !cell.below.is_empty() { " " small { (cell.below) } }
            }
        };
        html! {
            tr {
                @if let Some(cell) = first {
                    th scope="row" class=[number(0).then_some("n")] data-v=[cell.value] { bdi { (inside(cell)) } }
                }
                @for (i, cell) in rest.iter().enumerate() {
                    @let class = match cell.text.chars().count() {
                        _ if number(i + 1) => Some("n"),
                        length if length <= SHORT => Some("s"),
                        length => (length > LONG).then_some("w"),
                    };
                    td class=[class] data-v=[cell.value] { (inside(cell)) }
                }
            }
        }
    }
}
