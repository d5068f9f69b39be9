//! Where a long job keeps what it has finished: a hidden folder beside its target.
//!
//! Each record is written under a temporary name, saved, and renamed: at no moment is a half-written
//! file taken for a whole one, and whoever is killed loses what was in flight and nothing else.

use super::place::parent;
use super::seal::{open, seal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Says what job the folder belongs to.
const IDENTITY: &str = "job.json";
const JOB: &str = "unfinished job";
const RECORD: &str = "record";

/// The folder of an unfinished job.
#[derive(Debug)]
pub struct Workplace {
    path: PathBuf,
}

/// Why there is no workplace.
#[derive(Debug)]
pub enum WorkplaceError {
    /// An unfinished job is there, and nobody said what becomes of it.
    Unfinished(PathBuf),
    /// The unfinished job is another one: what is different.
    Other(PathBuf, String),
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
            WorkplaceError::Io(path, error) => write!(
                f,
                "cannot write to {}: {error}\n  give another place with --out DIR",
                path.display()
            ),
        }
    }
}

impl std::error::Error for WorkplaceError {}

impl Workplace {
    /// Opens the workplace of a target. `identity` are named facts of the job; a job that is resumed
    /// must have the same.
    pub fn open(
        target: &Path,
        identity: &[(String, String)],
        resume: bool,
        force: bool,
    ) -> Result<Workplace, WorkplaceError> {
        let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let path = parent(target).join(format!(".{name}.part"));
        let place = Workplace { path: path.clone() };
        let io = |error| WorkplaceError::Io(path.clone(), error);
        let there = path.is_dir() && fs::read_dir(&path).map_err(io)?.next().is_some();
        if there && resume {
            let bytes = fs::read(path.join(IDENTITY)).unwrap_or_default();
            let found: Result<Vec<(String, String)>, String> = open(JOB, &bytes);
            let found = found.map_err(|why| WorkplaceError::Other(path.clone(), why))?;
            let fact = |list: &[(String, String)], name: &str| {
                list.iter().find(|f| f.0 == name).map_or(String::new(), |f| f.1.clone())
            };
            for (name, now) in identity {
                let then = fact(&found, name);
                if then != *now {
                    let why = format!("its {name} was {then}, and is now {now}");
                    return Err(WorkplaceError::Other(path.clone(), why));
                }
            }
            place.clear(".tmp").map_err(io)?;
            return Ok(place);
        }
        if there && !force {
            return Err(WorkplaceError::Unfinished(path));
        }
        fs::create_dir_all(&path).map_err(io)?;
        // Only what such a folder holds is taken away.
        place.clear(".tmp").and_then(|()| place.clear(".json")).map_err(io)?;
        place.put(IDENTITY, &seal(JOB, &identity)).map_err(io)?;
        Ok(place)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn clear(&self, ending: &str) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(ending) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.path.join(format!("{name}.tmp"));
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, self.path.join(name))
    }

    fn name(index: usize) -> String {
        format!("record-{:06}.json", index + 1)
    }

    /// Keeps a record.
    pub fn keep<T: Serialize>(&self, index: usize, record: &T) -> io::Result<()> {
        self.put(&Workplace::name(index), &seal(RECORD, record))
    }

    /// The record of an index; none if it is not there or not whole.
    pub fn record<T: DeserializeOwned>(&self, index: usize) -> Option<T> {
        let bytes = fs::read(self.path.join(Workplace::name(index))).ok()?;
        open(RECORD, &bytes).ok()
    }

    /// Takes the folder away: the job is finished.
    pub fn remove(self) -> io::Result<()> {
        self.clear(".tmp")?;
        self.clear(".json")?;
        fs::remove_dir(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(seed: &str) -> Vec<(String, String)> {
        vec![("seed".into(), seed.into())]
    }

    #[test]
    fn what_was_kept_is_found_again_and_half_of_it_is_not() {
        let above = tempfile::tempdir().unwrap();
        let target = above.path().join("sweep");
        let place = Workplace::open(&target, &identity("1"), false, false).unwrap();
        place.keep(3, &"three").unwrap();
        place.keep(4, &"four").unwrap();
        let whole = fs::read(place.path().join("record-000005.json")).unwrap();
        fs::write(place.path().join("record-000006.json.tmp"), &whole[..9]).unwrap();
        fs::write(place.path().join("record-000007.json"), &whole[..whole.len() - 4]).unwrap();
        let open = |seed, resume, force| Workplace::open(&target, &identity(seed), resume, force);
        assert!(matches!(open("1", false, false), Err(WorkplaceError::Unfinished(_))));
        let why = open("2", true, false).unwrap_err().to_string();
        assert!(why.contains("seed was 1, and is now 2"), "{why}");
        let place = open("1", true, false).unwrap();
        assert_eq!(place.record::<String>(3).as_deref(), Some("three"));
        assert!((5..7).all(|i| place.record::<String>(i).is_none()));
        let place = open("2", false, true).unwrap();
        assert_eq!(place.record::<String>(3), None);
        place.remove().unwrap();
        assert_eq!(fs::read_dir(above.path()).unwrap().count(), 0);
    }
}
