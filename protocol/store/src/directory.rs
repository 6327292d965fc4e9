//! Making names durable: a created or renamed file exists after a power cut only when its directory was synced.

use std::{
    fs::File,
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
    match std::fs::create_dir(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync(&above)
}
