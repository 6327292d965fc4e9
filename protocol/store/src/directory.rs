//! A directory's names made durable (a created or renamed file exists after a power cut only when its directory was synced),
//! and directories copied.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// Syncs a directory's entries.
pub(crate) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// The directory above, also for a relative path of one part.
pub(crate) fn parent(dir: &Path) -> PathBuf {
    match dir.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_path_buf(),
        None => dir.to_path_buf(),
    }
}

/// Creates a directory with those above it, and makes each new name durable.
pub(crate) fn create(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let above = parent(dir);
    create(&above)?;
    match fs::create_dir(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync(&above)
}

/// Copies a file, or a directory with all that is in it. What is not there is not there in the copy either.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::metadata(from) {
        Ok(entry) if entry.is_dir() => {
            fs::create_dir_all(to)?;
            for entry in fs::read_dir(from)? {
                let name = entry?.file_name();
                copy(&from.join(&name), &to.join(&name))?;
            }
            Ok(())
        }
        Ok(_) => fs::copy(from, to).map(drop),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
