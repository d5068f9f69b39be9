//! Where a long job keeps what it has finished: a hidden folder beside its target.
//!
//! Each record is sealed, written under a temporary name, and renamed: at no moment is a half-written
//! file taken for a whole one, and whoever is killed loses what was in flight and nothing else. A power cut
//! loses also what was not saved: it is missing, or its seal does not fit.
//!
//! **Invariant.** A job is there exactly while `job.json` is: it is the first file to come and the
//! first to go. Records without it are what a killed beginning or end left, and nothing to go on with.
//! One process at a time works in the folder: it holds a lock, which ends with it however it ends.

use super::place::{cannot_write, parent};
use super::seal::{open, seal};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Says what job the folder belongs to.
const IDENTITY: &str = "job.json";
const JOB: &str = "unfinished job";
/// Letters of a digest.
const DIGEST: usize = 32;
const RECORD: &str = "record";

/// The folder of an unfinished job.
#[derive(Debug)]
pub struct Workplace {
    path: PathBuf,
    /// The folder itself, locked; none where the system has no such locks.
    _lock: Option<File>,
}

/// What a job is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Identity {
    /// The command that began it, for people.
    pub command: String,
    /// Named facts: a job that is resumed must have the same.
    pub facts: Vec<(String, String)>,
}

impl Identity {
    /// In what this one differs from the one that was begun; nothing if it is the same.
    fn differs(&self, begun: &Identity) -> Option<String> {
        let then = |name: &str| begun.facts.iter().find(|f| f.0 == name).map_or("", |f| &f.1);
        let (name, now) = self.facts.iter().find(|(name, now)| then(name) != now)?;
        // Nobody reads digests.
        let digest = now.len() == DIGEST && now.bytes().all(|b| b.is_ascii_hexdigit());
        let what = match (digest, then(name)) {
            (true, _) => format!("its {name} is another one: options or files differ"),
            (false, then) => format!("its {name} was {then}, and is now {now}"),
        };
        Some(match self.command == begun.command {
            true => format!("{what}\n  the command is the same, so a file has changed"),
            false => format!(
                "{what}\n  it was begun by: {}\n  and this is: {}",
                begun.command, self.command
            ),
        })
    }
}

/// Why there is no workplace.
#[derive(Debug)]
pub enum WorkplaceError {
    /// An unfinished job is there, and nobody said what becomes of it.
    Unfinished(PathBuf),
    /// The unfinished job is another one: what is different.
    Other(PathBuf, String),
    /// Another process is at work on it.
    Busy(PathBuf),
    /// The operating system.
    Io(PathBuf, io::Error),
}

impl fmt::Display for WorkplaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkplaceError::Unfinished(path) => write!(
                f,
                "an unfinished one is in {}\n  --resume goes on with it, --force begins anew",
                path.display()
            ),
            WorkplaceError::Other(path, why) => write!(
                f,
                "the unfinished one in {} does not fit: {why}\n  --force without --resume begins anew",
                path.display()
            ),
            WorkplaceError::Busy(path) => write!(
                f,
                "another fleetsim is at work on it, in {}\n  wait for it, or give another place with --out DIR",
                path.display()
            ),
            WorkplaceError::Io(path, error) => f.write_str(&cannot_write(path, error, "DIR")),
        }
    }
}

impl std::error::Error for WorkplaceError {}

impl Workplace {
    /// Opens the workplace of a target.
    pub fn open(
        target: &Path,
        identity: &Identity,
        resume: bool,
        force: bool,
    ) -> Result<Workplace, WorkplaceError> {
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(".part");
        let path = parent(target).join(name);
        // The target is what somebody has asked for; nobody knows this folder's name.
        let io = |error| WorkplaceError::Io(target.to_path_buf(), error);
        let lock = enter(&path).map_err(|error| match error {
            TryLockError::WouldBlock => WorkplaceError::Busy(path.clone()),
            TryLockError::Error(error) => io(error),
        })?;
        let place = Workplace { path: path.clone(), _lock: lock };
        let begun = path.join(IDENTITY).try_exists().map_err(io)?;
        if begun && resume {
            place.must_be(identity)?;
            place.clear(|name| name.ends_with(".tmp")).map_err(io)?;
            return Ok(place);
        }
        if begun && !force {
            return Err(WorkplaceError::Unfinished(path));
        }
        place.clear_all().map_err(io)?;
        place.put(IDENTITY, &seal(JOB, &identity), true).map_err(io)?;
        Ok(place)
    }

    /// Refuses a job that differs from this one.
    fn must_be(&self, identity: &Identity) -> Result<(), WorkplaceError> {
        let other = |why| WorkplaceError::Other(self.path.clone(), why);
        let bytes = fs::read(self.path.join(IDENTITY))
            .map_err(|error| WorkplaceError::Io(self.path.clone(), error))?;
        let begun: Identity = open(JOB, &bytes).map_err(other)?;
        identity.differs(&begun).map_or(Ok(()), |why| Err(other(why)))
    }

    /// Where it is.
    #[cfg(test)]
    fn path(&self) -> &Path {
        &self.path
    }

    /// Takes away the files with such names, of those that this folder holds and no others.
    fn clear(&self, which: impl Fn(&str) -> bool) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let whole = name.strip_suffix(".tmp").unwrap_or(&name);
            let record = whole.starts_with(RECORD) && whole.ends_with(".json");
            if (record || whole == IDENTITY) && which(&name) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Takes all of them away, the one that says what job it is before the others.
    fn clear_all(&self) -> io::Result<()> {
        self.clear(|name| name == IDENTITY)?;
        self.clear(|_| true)
    }

    fn put(&self, name: &str, bytes: &[u8], save: bool) -> io::Result<()> {
        let temporary = self.path.join(format!("{name}.tmp"));
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        if save {
            file.sync_all()?;
        }
        drop(file);
        fs::rename(&temporary, self.path.join(name))
    }

    fn name(index: usize) -> String {
        format!("{RECORD}-{:06}.json", index + 1)
    }

    /// The bytes of a record: what [`Workplace::keep`] takes.
    pub fn sealed<T: Serialize>(record: &T) -> Vec<u8> {
        seal(RECORD, record)
    }

    /// Keeps a record; may wait until the disk has it.
    pub fn keep(&self, index: usize, sealed: &[u8], save: bool) -> io::Result<()> {
        self.put(&Workplace::name(index), sealed, save)
    }

    /// The record of an index; none if it is not there or not whole.
    pub fn record<T: DeserializeOwned>(&self, index: usize) -> Option<T> {
        let bytes = fs::read(self.path.join(Workplace::name(index))).ok()?;
        open(RECORD, &bytes).ok()
    }

    /// Takes the folder away: the job is finished.
    pub fn remove(self) -> io::Result<()> {
        self.clear_all()?;
        fs::remove_dir(&self.path)
    }
}

/// Makes the folder if it is not there, and locks it.
fn enter(path: &Path) -> Result<Option<File>, TryLockError> {
    loop {
        fs::create_dir_all(path).map_err(TryLockError::Error)?;
        // A system that opens or locks no folders goes without.
        let Ok(folder) = File::open(path) else { return Ok(None) };
        match folder.try_lock() {
            Ok(()) if is_still(path, &folder) => return Ok(Some(folder)),
            // Whoever worked in it was done and took it away meanwhile.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(TryLockError::WouldBlock),
            Err(TryLockError::Error(_)) => return Ok(None),
        }
    }
}

/// Whether the path still leads to this open folder.
#[cfg(unix)]
fn is_still(path: &Path, folder: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (now, then) = (fs::metadata(path), folder.metadata());
    now.ok().zip(then.ok()).is_some_and(|(a, b)| (a.dev(), a.ino()) == (b.dev(), b.ino()))
}

#[cfg(not(unix))]
fn is_still(path: &Path, _: &File) -> bool {
    path.is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(seed: &str) -> Identity {
        let facts = vec![("seed".into(), seed.into())];
        Identity { command: format!("fleetsim sweep s.toml --seed {seed}"), facts }
    }

    #[test]
    fn a_job_that_differs_says_in_what() {
        let identity = |command: &str, kind: &str, digest: &str| {
            let facts =
                [("kind", kind), ("sweep", digest)].map(|(n, v)| (n.to_string(), v.to_string()));
            Identity { command: command.to_string(), facts: facts.into() }
        };
        let (one, other) = ("86".repeat(16), "c9".repeat(16));
        let begun = identity("sweep --seed 9", "a", &one);
        assert_eq!(identity("sweep", "a", &one).differs(&begun), None, "the command is for people");
        let said = identity("sweep --seed 8", "b", &other).differs(&begun).unwrap();
        assert_eq!(
            said,
            "its kind was a, and is now b\n  it was begun by: sweep --seed 9\n  and this is: sweep --seed 8"
        );
        let said = identity("sweep --seed 9", "a", &other).differs(&begun).unwrap();
        assert!(said.contains("another one") && said.contains("a file has changed"), "{said}");
    }

    #[test]
    fn what_was_kept_is_found_again_and_half_of_it_is_not() {
        let above = tempfile::tempdir().unwrap();
        let target = above.path().join("sweep");
        let place = Workplace::open(&target, &identity("1"), false, false).unwrap();
        place.keep(3, &Workplace::sealed(&"three"), true).unwrap();
        place.keep(4, &Workplace::sealed(&"four"), false).unwrap();
        let whole = fs::read(place.path().join("record-000005.json")).unwrap();
        fs::write(place.path().join("record-000006.json.tmp"), &whole[..9]).unwrap();
        fs::write(place.path().join("record-000007.json"), &whole[..whole.len() - 4]).unwrap();
        let open = |seed, resume, force| Workplace::open(&target, &identity(seed), resume, force);
        let why = open("1", true, false).unwrap_err().to_string();
        assert!(why.contains("another fleetsim is at work"), "{why}");
        drop(place);
        assert!(matches!(open("1", false, false), Err(WorkplaceError::Unfinished(_))));
        let why = open("2", true, false).unwrap_err().to_string();
        assert!(why.contains("seed was 1, and is now 2"), "{why}");
        let place = open("1", true, false).unwrap();
        assert_eq!(place.record::<String>(3).as_deref(), Some("three"));
        assert!((5..7).all(|i| place.record::<String>(i).is_none()));
        drop(place);
        let place = open("2", false, true).unwrap();
        assert_eq!(place.record::<String>(3), None);
        place.remove().unwrap();
        assert_eq!(fs::read_dir(above.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_beginning_or_an_end_that_was_killed_is_no_job() {
        let above = tempfile::tempdir().unwrap();
        let target = above.path().join("sweep");
        let folder = above.path().join(".sweep.part");
        for resume in [true, false] {
            for left in [&[][..], &["job.json.tmp"], &["record-000001.json", "notes.txt"]] {
                fs::create_dir_all(&folder).unwrap();
                for name in left {
                    fs::write(folder.join(name), seal(RECORD, &"one")).unwrap();
                }
                let place = Workplace::open(&target, &identity("1"), resume, false).unwrap();
                assert_eq!(place.record::<String>(0), None, "{left:?}");
                // What is not its own stays, and keeps the folder.
                let foreign = left.contains(&"notes.txt");
                assert_eq!(place.remove().is_err(), foreign);
                assert_eq!(folder.join("notes.txt").exists(), foreign);
                let _ = fs::remove_dir_all(&folder);
            }
        }
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("job.json"), "{").unwrap();
        let why = Workplace::open(&target, &identity("1"), true, false).unwrap_err().to_string();
        assert!(why.contains("no unfinished job"), "{why}");
    }
}
