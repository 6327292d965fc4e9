//! The files that cards are written to: readable by their owner alone, because they hold access codes; never over a file
//! that exists, which may be in use; and none of them stays when the job fails.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const OWNER_ALONE: u32 = 0o600;

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is there already.
    #[error("{} exists and is not overwritten: name another file with --out, or remove it", .0.display())]
    Exists(PathBuf),
    /// It cannot be written.
    #[error("{}: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The name is no file's.
    #[error("{} is not the name of a file; write e.g. --out cards.pdf", .0.display())]
    Name(PathBuf),
}

/// The files of one job. Those that were written are removed unless it is kept.
#[derive(Debug)]
pub struct Output {
    names: Vec<PathBuf>,
    /// Those that were begun.
    written: Mutex<Vec<PathBuf>>,
}

impl Output {
    /// Names the files: `cards.pdf` when there is one, else `cards-001.pdf` and so on. None of them may exist.
    pub fn new(path: &Path, files: usize) -> Result<Self, OutputError> {
        let names = names(path, files).ok_or_else(|| OutputError::Name(path.to_owned()))?;
        if let Some(taken) = names.iter().find(|name| name.symlink_metadata().is_ok()) {
            return Err(OutputError::Exists(taken.clone()));
        }
        Ok(Self {
            names,
            written: Mutex::default(),
        })
    }

    /// Writes a file, counted from 0, whole, to the disk.
    pub fn write(&self, number: usize, bytes: &[u8]) -> Result<(), OutputError> {
        let name = self.names.get(number).cloned().unwrap_or_default();
        let mut options = OpenOptions::new();
        let created = options.write(true).create_new(true).mode(OWNER_ALONE).open(&name);
        let mut file = created.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OutputError::Exists(name.clone()),
            _ => OutputError::File {
                path: name.clone(),
                error,
            },
        })?;
        // From here on it is ours, and removed when the job fails.
        self.written().push(name.clone());
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|error| OutputError::File { path: name, error })
    }

    /// The job is done: the files stay.
    pub fn keep(mut self) -> Vec<PathBuf> {
        self.written().clear();
        std::mem::take(&mut self.names)
    }

    fn written(&self) -> std::sync::MutexGuard<'_, Vec<PathBuf>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        for name in self.written().iter() {
            // What cannot be removed is told by the error that ended the job.
            let _ = fs::remove_file(name);
        }
    }
}

fn names(path: &Path, files: usize) -> Option<Vec<PathBuf>> {
    let stem = path.file_stem()?.to_str()?;
    let ending = path.extension().map_or(Some("pdf"), |ending| ending.to_str())?;
    if files == 1 {
        return Some(vec![path.with_extension(ending)]);
    }
    let numbered = (1..=files).map(|number| path.with_file_name(format!("{stem}-{number:03}.{ending}")));
    Some(numbered.collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn one_file_has_the_name_that_was_given_and_many_are_numbered() {
        let one = names(Path::new("a/cards"), 1).unwrap();
        assert_eq!(one, [Path::new("a/cards.pdf")]);
        let many = names(Path::new("a/cards.pdf"), 2).unwrap();
        assert_eq!(many, [Path::new("a/cards-001.pdf"), Path::new("a/cards-002.pdf")]);
        assert!(names(Path::new(".."), 1).is_none());
    }

    #[test]
    fn a_job_that_fails_leaves_nothing_and_one_that_is_kept_is_its_owners_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("cards.pdf");
        let held = || fs::read_dir(place.path()).unwrap().count();
        let output = Output::new(&path, 2).unwrap();
        output.write(1, b"second").unwrap();
        assert_eq!(held(), 1);
        drop(output);
        assert_eq!(held(), 0);
        let output = Output::new(&path, 1).unwrap();
        output.write(0, b"whole").unwrap();
        assert_eq!(output.keep(), std::slice::from_ref(&path));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Output::new(&path, 1), Err(OutputError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }
}
