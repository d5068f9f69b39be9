//! The command that repeats a run, in words that a shell takes.

use super::arguments::Common;
use std::ffi::OsStr;
use std::path::Path;

/// The command that gives the same bytes: without what changes none of them, and without `--no-charts`,
/// of which whoever writes the folder decides ([`with_charts`]).
pub fn command(name: &str, paths: &[&Path], common: &Common) -> String {
    let mut words = vec!["fleetsim".to_owned(), name.to_owned()];
    words.extend(paths.iter().map(|path| quoted_path(path)));
    for change in &common.set {
        words.extend(["--set".to_owned(), quoted(change)]);
    }
    if let Some(seed) = common.seed {
        words.extend(["--seed".to_owned(), seed.to_string()]);
    }
    if let Some(count) = common.replications {
        words.extend(["--replications".to_owned(), count.to_string()]);
    }
    if common.incidents {
        words.push("--incidents".to_owned());
    }
    if common.no_incidents {
        words.push("--no-incidents".to_owned());
    }
    words.join(" ")
}

/// The same command with what it says of charts.
pub fn with_charts(command: String, common: &Common) -> String {
    if common.no_charts { command + " --no-charts" } else { command }
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A path as a shell takes it, also one that is no text.
fn quoted_path(path: &Path) -> String {
    match path.to_str() {
        Some(text) => quoted(text),
        None => escaped(path.as_os_str()),
    }
}

/// Bytes that are no text, as bash, zsh and ksh read them: `$'z\xff'`.
#[cfg(unix)]
fn escaped(word: &OsStr) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut text = String::from("$'");
    for &byte in word.as_bytes() {
        match byte {
            b'\\' | b'\'' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text += &format!("\\x{byte:02x}"),
        }
    }
    text + "'"
}

#[cfg(not(unix))]
fn escaped(word: &OsStr) -> String {
    quoted(&word.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_every_word_back() {
        assert_eq!(quoted("standby.detection=30s"), "standby.detection=30s");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let path = Path::new(OsStr::from_bytes(b"a b/it's\\z\xff.toml"));
            assert_eq!(quoted_path(path), r"$'a b/it\'s\\z\xff.toml'");
        }
    }
}
