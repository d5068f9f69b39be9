//! Printing: data to the standard output, messages to the standard error, colour only for people.

use super::Exit;
use crate::report::Style;
use std::io::{IsTerminal, Write};
use terminal_size::{Width, terminal_size_of};

/// Prints data; a reader that has gone away is no error.
pub fn data(text: &str) -> Exit {
    written(std::io::stdout().lock().write_all(text.as_bytes()))
}

/// What a command ends with after its data went to the standard output, which may hold some of it back.
pub fn written(result: std::io::Result<()>) -> Exit {
    match result.and_then(|()| std::io::stdout().lock().flush()) {
        Ok(()) => Exit::Done,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
        Err(error) => {
            message(&format!("error: cannot write to the standard output: {error}"));
            Exit::Failed
        }
    }
}

/// Prints a message.
pub fn message(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

/// Whether messages may be coloured.
pub fn colour_on_stderr() -> bool {
    wants_colour() && std::io::stderr().is_terminal()
}

/// Whether data may be coloured.
pub fn colour_on_stdout() -> bool {
    wants_colour() && std::io::stdout().is_terminal()
}

/// Columns of the terminal that data goes to: what `COLUMNS` says, else what the terminal does. None in a file
/// or a pipe, whose text is to be the same everywhere.
pub fn columns() -> Option<usize> {
    let is_terminal = std::io::stdout().is_terminal();
    let said = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|&c| c > 0);
    let terminal = || terminal_size_of(std::io::stdout()).map(|(Width(columns), _)| columns.into());
    is_terminal.then(|| said.or_else(terminal)).flatten()
}

/// Columns of the terminal that messages go to, as it says itself.
pub fn columns_of_messages() -> Option<usize> {
    terminal_size_of(std::io::stderr()).map(|(Width(columns), _)| columns.into())
}

/// How a summary looks where data goes.
pub fn style() -> Style {
    let file = Style::default();
    let width = columns().map_or(file.width, |columns| columns.min(file.width));
    Style { colour: colour_on_stdout(), width }
}

fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}
