//! A result folder that appears whole or not at all.
//!
//! Files are written to a temporary folder beside the target, so that moving it into place is one
//! step of the same file system. It is made before the run: a place that cannot be written to is
//! found out at once. Whatever ends the run early, the temporary folder goes with it; only a process
//! that is killed outright leaves one behind, named `.fleetsim-…`, never at the target's name.

use super::blocks::Blocks;
use super::html::Largest;
use super::manifest::Fingerprint;
use super::place::{self, Standing, check, parent};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;

pub use place::FolderError;

/// A result folder in the making.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    force: bool,
    temporary: Option<TempDir>,
    /// Folders above the target that were made for it, outermost first.
    made: Vec<PathBuf>,
    /// Files that were opened and not closed well.
    open: Arc<AtomicUsize>,
    /// Files that were closed well.
    written: Written,
    /// What is known of tables without reading them, by name.
    known: BTreeMap<String, Largest>,
}

/// Files by name, each with its size and digest.
type Written = Arc<Mutex<BTreeMap<String, (u64, String)>>>;

impl Folder {
    /// Prepares a folder: refuses now what could not be written or must not be replaced. An
    /// existing folder is replaced if it is empty, fleetsim's own, or with `force`.
    pub fn open(target: &Path, force: bool) -> Result<Folder, FolderError> {
        // Without a slash at its end, which would look through a symbolic link.
        let target: &Path = &target.components().collect::<PathBuf>();
        check(target, force)?;
        let mut folder = Folder {
            target: target.to_path_buf(),
            force,
            temporary: None,
            made: Vec::new(),
            open: Arc::new(AtomicUsize::new(0)),
            written: Written::default(),
            known: BTreeMap::new(),
        };
        let above = parent(target);
        let missing: Vec<&Path> = above
            .ancestors()
            .take_while(|p| !p.as_os_str().is_empty() && fs::symlink_metadata(p).is_err())
            .collect();
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Ok(()) => folder.made.push(path.to_path_buf()),
                // Another run made it meanwhile, or it is one of `a/../b`.
                Err(_) if path.is_dir() => {}
                Err(e) => {
                    let doing = format!("cannot make the folder {}", path.display());
                    return Err(FolderError::io(target, &doing, &e));
                }
            }
        }
        let temporary = temporary(above).map_err(|e| {
            let doing = format!("cannot make a folder in {}", above.display());
            FolderError::io(target, &doing, &e)
        })?;
        folder.temporary = Some(temporary);
        Ok(folder)
    }

    /// Where the files are while they are being written.
    pub fn path(&self) -> &Path {
        self.temporary.as_ref().map_or(&self.target, TempDir::path)
    }

    /// Where they will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes a whole file; `name` may have folders: `charts/recovery.svg`.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let mut file = self.file(name)?;
        file.write_all(bytes).map_err(|e| self.cannot(name, &e))?;
        file.close()
    }

    /// Opens a new file for writing; it must be closed with [`OutFile::close`] before the end.
    pub fn file(&self, name: &str) -> Result<OutFile, FolderError> {
        let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_)));
        assert!(inside && !name.is_empty(), "not a name inside a result folder: {name}");
        let path = self.path().join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        let file =
            made.and_then(|()| File::create_new(&path)).map_err(|e| self.cannot(name, &e))?;
        Ok(OutFile {
            file: Blocks::new(file),
            name: name.to_string(),
            target: self.target.clone(),
            open: opened(&self.open),
            written: self.written.clone(),
            bytes: 0,
            digest: Fingerprint::default(),
        })
    }

    /// Every file that is written, with its size in bytes and its digest.
    pub fn written(&self) -> BTreeMap<String, (u64, String)> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells where the rows with the most of a number stand in a table.
    pub(super) fn know(&mut self, name: &str, largest: Largest) {
        self.known.insert(name.to_string(), largest);
    }

    /// What is known of tables without reading them, by name.
    pub(super) fn known(&self) -> BTreeMap<String, Largest> {
        self.known.clone()
    }

    /// Writes a file anew.
    pub fn rewrite(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        fs::remove_file(self.path().join(name)).map_err(|e| self.cannot(name, &e))?;
        self.write(name, bytes)
    }

    /// Moves the folder into place, and returns where; [`super::finish()`] is what commands call.
    pub(super) fn finish(mut self) -> Result<PathBuf, FolderError> {
        if self.open.load(Ordering::Acquire) > 0 {
            let cure = "run it again, or report this";
            return Err(FolderError::new(&self.target, "a file was not written to its end", cure));
        }
        let failed = |doing: &str, e: &io::Error| FolderError::io(&self.target, doing, e);
        sync_folders(self.path()).map_err(|e| failed("cannot save it", &e))?;
        let above = parent(&self.target);
        // What stands there may have changed since.
        let old = match check(&self.target, self.force)? {
            Standing::Free => None,
            Standing::Replaceable => {
                let aside = temporary(above).map_err(|e| failed("cannot replace it", &e))?;
                fs::rename(&self.target, aside.path().join("old"))
                    .map_err(|e| failed("cannot replace it", &e))?;
                Some(aside)
            }
        };
        if let Err(e) = fs::rename(self.path(), &self.target) {
            if let Some(aside) = old {
                // Kept where it is if it cannot go back: better a strange name than lost.
                let path = aside.keep();
                if fs::rename(path.join("old"), &self.target).is_ok() {
                    let _ = fs::remove_dir(path);
                }
            }
            return Err(failed("cannot move the results into place", &e));
        }
        if let Some(temporary) = self.temporary.take() {
            // It has another name now.
            let _ = temporary.keep();
        }
        self.made.clear();
        // The results are in place; a file system that cannot save a folder's entry still has it.
        let _ = sync_folder(parent(&self.target));
        drop(old);
        Ok(self.target.clone())
    }

    /// That a file of the folder cannot be written.
    pub(super) fn cannot(&self, name: &str, error: &io::Error) -> FolderError {
        FolderError::io(&self.target, &format!("cannot write {name}"), error)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.temporary.take());
        for path in self.made.iter().rev() {
            // Fails where somebody else has put something there: then it stays.
            let _ = fs::remove_dir(path);
        }
    }
}

/// A file of a result folder in the making. Dropped without [`OutFile::close`], or after an error,
/// it keeps the folder from being put in place.
#[derive(Debug)]
pub struct OutFile {
    file: Blocks,
    name: String,
    target: PathBuf,
    open: Arc<AtomicUsize>,
    written: Written,
    bytes: u64,
    digest: Fingerprint,
}

/// Counts one more open file.
fn opened(open: &Arc<AtomicUsize>) -> Arc<AtomicUsize> {
    open.fetch_add(1, Ordering::AcqRel);
    open.clone()
}

impl OutFile {
    /// Writes what is left, and waits until the disk has it.
    pub fn close(mut self) -> Result<(), FolderError> {
        let saved = self.file.flush().and_then(|()| self.file.file().sync_all());
        saved.map_err(|e| {
            FolderError::io(&self.target, &format!("cannot write {}", self.name), &e)
        })?;
        self.open.fetch_sub(1, Ordering::AcqRel);
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(self.name, (self.bytes, self.digest.text()));
        Ok(())
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.bytes += n as u64;
        self.digest.add(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A new folder with the permissions of an ordinary one.
fn temporary(above: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fleetsim-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(above)
}

/// Saves the entries of a folder and of the folders in it.
fn sync_folders(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // Some file systems have nothing to save there.
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        done => done,
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in a folder, hidden things too.
    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(path)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn play() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    fn put(target: &Path, force: bool, text: &str) -> Result<PathBuf, FolderError> {
        let folder = Folder::open(target, force)?;
        folder.write("charts/a.svg", text.as_bytes())?;
        folder.write("manifest.json", b"{\"format\": 1, \"made_by\": \"fleetsim\"}")?;
        folder.finish()
    }

    #[test]
    fn it_appears_whole_and_replaces_its_own() {
        let play = play();
        let target = play.path().join("deep/er/result");
        let folder = Folder::open(&target, false).unwrap();
        folder.write("a.txt", b"1").unwrap();
        assert!(!target.exists(), "not before the end");
        drop(folder);
        assert_eq!(
            names(play.path()),
            [""; 0],
            "nothing is left of it, nor of what was made for it"
        );

        assert_eq!(put(&target, false, "one").unwrap(), target);
        put(&target, false, "two").unwrap();
        assert_eq!(fs::read(target.join("charts/a.svg")).unwrap(), b"two");
        assert_eq!(names(&play.path().join("deep/er")), ["result"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode();
            assert_eq!(mode(&target), mode(&play.path().join("deep")), "as an ordinary folder");
        }
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let play = play();
        let foreign = play.path().join("foreign");
        fs::create_dir(&foreign).unwrap();
        put(&foreign, false, "an empty one is taken").unwrap();
        fs::write(foreign.join("manifest.json"), "{\"made_by\": \"somebody\"}").unwrap();
        let error = put(&foreign, false, "x").unwrap_err().to_string();
        assert!(error.contains("not written by fleetsim") && error.contains("--force"), "{error}");
        assert!(foreign.join("charts/a.svg").exists());
        put(&foreign, true, "forced").unwrap();
        fs::write(foreign.join("manifest.json"), "no JSON").unwrap();
        fs::create_dir(foreign.join(".git")).unwrap();
        let error = put(&foreign, true, "x").unwrap_err().to_string();
        assert!(error.contains("Git repository"), "{error}");

        let file = play.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(put(&file, true, "x").unwrap_err().cause.contains("is a file"));
        assert!(put(&file.join("below"), true, "x").unwrap_err().cause.contains("a file"));
        for nameless in ["/", ".", "..", "", "a/.."] {
            let error = Folder::open(Path::new(nameless), true).unwrap_err();
            assert!(error.cause.contains("no name"), "{nameless}: {error}");
        }
        #[cfg(unix)]
        {
            let link = play.path().join("link");
            std::os::unix::fs::symlink(&foreign, &link).unwrap();
            for link in [link.clone(), link.join("")] {
                assert!(put(&link, true, "x").unwrap_err().cause.contains("symbolic link"));
            }
        }
        let error = Folder::open(&std::env::current_dir().unwrap(), true).unwrap_err();
        assert!(error.cause.contains("you are in it"), "{error}");
    }

    #[test]
    fn what_became_foreign_meanwhile_is_not_replaced() {
        let play = play();
        let target = play.path().join("result");
        let folder = Folder::open(&target, false).unwrap();
        folder.write("a", b"1").unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("thesis.txt"), "x").unwrap();
        assert!(folder.finish().is_err());
        assert_eq!(names(play.path()), ["result"]);
        assert_eq!(names(&target), ["thesis.txt"]);
    }

    #[test]
    fn a_file_that_was_not_closed_keeps_the_folder_away() {
        let play = play();
        let target = play.path().join("result");
        let folder = Folder::open(&target, false).unwrap();
        let mut file = folder.file("incidents.csv").unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert!(folder.finish().unwrap_err().cause.contains("to its end"));
        assert_eq!(names(play.path()), [""; 0]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_and_leaves_nothing() {
        let play = play();
        let target = play.path().join("result");
        let folder = Folder::open(&target, false).unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut file = folder.file("incidents.csv").unwrap();
        file.file = Blocks::new(full);
        file.write_all(b"fits into the buffer").unwrap();
        let error = file.close().unwrap_err().to_string();
        assert!(error.contains("cannot write incidents.csv: the disk is full"), "{error}");
        assert!(error.contains("result") && error.contains("free some space"), "{error}");
        assert!(folder.finish().is_err());
        assert_eq!(names(play.path()), [""; 0]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_place_that_cannot_be_written_fails_before_the_run() {
        let error = Folder::open(Path::new("/proc/fleetsim/result"), false).unwrap_err();
        assert!(error.to_string().starts_with("cannot write results to /proc/fleetsim/result: "));
    }
}
