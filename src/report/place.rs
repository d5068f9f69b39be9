//! Whether results may be put at a path, and what to say where they may not.

use super::manifest::is_ours;
use std::fmt;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Why results could not be written: where, why, and what helps.
#[derive(Debug)]
pub struct FolderError {
    /// The path that was asked for.
    pub path: PathBuf,
    /// Why.
    pub cause: String,
    /// What helps.
    pub cure: String,
}

impl FolderError {
    pub(super) fn new(path: &Path, cause: impl Into<String>, cure: impl Into<String>) -> Self {
        FolderError { path: path.to_path_buf(), cause: cause.into(), cure: cure.into() }
    }

    /// From an error of the operating system.
    pub(super) fn io(path: &Path, doing: &str, error: &Error) -> Self {
        let (cause, cure) = cause_and_cure(error, "DIR");
        FolderError::new(path, format!("{doing}: {cause}"), cure)
    }
}

/// That a path cannot be written, why, and what helps; `place` is what `--out` takes.
pub fn cannot_write(path: &Path, error: &Error, place: &str) -> String {
    let (cause, cure) = cause_and_cure(error, place);
    format!("cannot write {}: {cause}\n  {cure}", path.display())
}

fn cause_and_cure(error: &Error, place: &str) -> (String, String) {
    // Temporary files tell their own names, which nobody has given: only the cause counts.
    let bare = error.get_ref().and_then(|e| e.source()).map(ToString::to_string);
    let other = format!("give another place with --out {place}");
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            ("the disk is full".into(), format!("free some space, or {other}"))
        }
        ErrorKind::PermissionDenied => (
            "permission denied".into(),
            format!("give a place where you may write with --out {place}"),
        ),
        ErrorKind::ReadOnlyFilesystem => ("the file system is read-only".into(), other),
        ErrorKind::NotFound => ("there is no such folder".into(), format!("make it, or {other}")),
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            ("a part of the path is a file".into(), other)
        }
        ErrorKind::IsADirectory => ("it is a folder".into(), other),
        _ => (bare.unwrap_or_else(|| error.to_string()), other),
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot write results to {}: {}\n  {}",
            self.path.display(),
            self.cause,
            self.cure
        )
    }
}

impl std::error::Error for FolderError {}

/// What stands where results are to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nothing.
    Free,
    /// A folder that may be replaced.
    Replaceable,
}

/// Looks at what is there; an error is a refusal.
pub fn check(target: &Path, force: bool) -> Result<Standing, FolderError> {
    let refuse = |cause: &str, cure: &str| Err(FolderError::new(target, cause, cure));
    if target.file_name().is_none() {
        return refuse(
            "it has no name of its own, so it cannot be made anew",
            "give a folder inside it with --out DIR",
        );
    }
    let found = match fs::symlink_metadata(target) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Standing::Free),
        Err(error) => return Err(FolderError::io(target, "cannot look at it", &error)),
    };
    if found.is_symlink() {
        return refuse(
            "it is a symbolic link",
            "give the folder that it points to, or another one",
        );
    }
    if !found.is_dir() {
        return refuse("it is a file", "give a folder with --out DIR, or move the file away");
    }
    if is_mount_point(target, &found) {
        return refuse("a file system is mounted there", "give a folder inside it with --out DIR");
    }
    let empty = match fs::read_dir(target) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => return Err(FolderError::io(target, "cannot look into it", &error)),
    };
    if empty || is_ours(target) {
        return Ok(Standing::Replaceable);
    }
    if !force {
        return refuse(
            "it exists and was not written by fleetsim",
            "give another folder with --out DIR; --force replaces it with all that is in it",
        );
    }
    if let Some(why) = precious(target) {
        return refuse(why, "even --force does not replace it; give another folder with --out DIR");
    }
    Ok(Standing::Replaceable)
}

/// Why a folder must not be deleted whole even if somebody says so.
fn precious(target: &Path) -> Option<&'static str> {
    let whole = fs::canonicalize(target).ok()?;
    let holds = |path: Option<PathBuf>| {
        path.and_then(|p| fs::canonicalize(p).ok()).is_some_and(|p| p.starts_with(&whole))
    };
    if holds(std::env::current_dir().ok()) {
        return Some("you are in it");
    }
    if holds(std::env::home_dir()) {
        return Some("your home is in it");
    }
    fs::symlink_metadata(target.join(".git")).is_ok().then_some("it is a Git repository")
}

#[cfg(unix)]
fn is_mount_point(target: &Path, found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(parent(target)).is_ok_and(|above| above.dev() != found.dev())
}

#[cfg(not(unix))]
fn is_mount_point(_: &Path, _: &fs::Metadata) -> bool {
    false
}

/// The folder in which the target stands.
pub fn parent(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
