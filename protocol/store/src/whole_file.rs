//! Small files beside the logs (marks, floors, tombstones, settings, keys): written whole, readable by their owner alone,
//! and on the disk when the call returns. A reader sees the old file or the new one, never half of either.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::directory;

const OWNER_ALONE: u32 = 0o600;

/// Writes the file beside its place (`<name>.new`) and moves it there. Blocks on the disk.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    // One that a power cut left may be readable by others: it is not written into.
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new(beside, bytes)?;
    fs::rename(beside, path)?;
    sync_parent(path)
}

/// Creates a file that must not exist yet. Blocks on the disk.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_new(path, bytes)?;
    sync_parent(path)
}

/// Puts an empty file there, which says by being there what it says. Blocks on the disk.
pub fn mark(path: &Path) -> io::Result<()> {
    File::create(path)?.sync_all()?;
    sync_parent(path)
}

/// Makes the name of a file or directory durable: that it was created, renamed, or removed. Blocks on the disk.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    directory::sync(&directory::parent(path))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ALONE)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_even_after_an_unfinished_attempt() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("floor");
        fs::write(place.path().join("floor.new"), "half of somethi").unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_exists_is_not_created_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("key");
        create(&path, b"first").unwrap();
        let refused = create(&path, b"second").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }
}
