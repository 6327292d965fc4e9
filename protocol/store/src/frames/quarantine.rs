//! Putting a doubted directory aside. Nothing is deleted: a person may still need every byte. What it cannot keep: sled's
//! recovery zeroes the segments that it cannot read before anybody can object (measured: one flipped byte in a file of
//! 40 MiB, 4 MiB overwritten), so what lay behind the damage comes back from the peer and the centre, not from here.

use std::{
    io,
    path::{Path, PathBuf},
};

use protocol::time::Instant;

use crate::{Doubt, directory};

/// How many quarantines of one directory in one millisecond are told apart.
const SAME_TIME_MAX: u32 = 1000;

/// Renames the directory to `<dir>.quarantine-<ms since the epoch>-<reason>` and says the new name. The log must not be
/// open in this process any more (a hung opening may be: it then writes into the quarantine).
pub fn quarantine(dir: &Path, doubt: &Doubt, now: Instant) -> io::Result<PathBuf> {
    let stem = format!("{}.quarantine-{}-{}", dir.display(), now.0, doubt.slug());
    let target = (0..SAME_TIME_MAX)
        .map(|copy| {
            if copy == 0 {
                stem.clone()
            } else {
                format!("{stem}-{copy}")
            }
        })
        .map(PathBuf::from)
        .find(|target| !target.exists())
        .ok_or_else(|| io::Error::new(io::ErrorKind::AlreadyExists, format!("{stem} and its like exist")))?;
    std::fs::rename(dir, &target)?;
    directory::sync(&directory::parent(dir))?;
    tracing::error!(dir = %dir.display(), kept = %target.display(), reason = %doubt, "a log was put into quarantine");
    Ok(target)
}
