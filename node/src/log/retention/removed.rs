//! Logs that are gone: a tombstone for each, and how their directories leave the disk. A tombstone is written first and
//! is what makes the removal final: whatever is left of the log when the process dies is removed at the next start,
//! before any log is opened, and nobody fetches the log again.
//!
//! Made before the logs are opened; only the keeper puts a log here.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use protocol::{codec, hash::Hash, ids::LogId, time::Instant, watermark::Watermark};
use serde::{Deserialize, Serialize};
use store::whole_file;

use crate::log::life::Life;

/// Ends the name of a directory that is being removed; nobody opens such a directory.
pub(crate) const REMOVING: &str = ".removing";

/// Ends the name of a tombstone.
const TOMBSTONE: &str = ".gone";

/// Begins a tombstone: what it is and its version.
const MAGIC: &[u8] = b"PKG1";

/// A tombstone is far smaller.
const TOMBSTONE_BYTES_MAX: u64 = 256;

/// What is left of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Which.
    pub log: LogId,
    /// How far it went; the centre and a peer had it up to here.
    pub head: Watermark,
    /// When it was removed.
    pub at: Instant,
}

/// A log could not be removed, or tombstones not be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}; check the disk's space and that the directory belongs to the node's user")]
pub struct RemovedError {
    path: PathBuf,
    source: io::Error,
}

/// All tombstones of this node. Clones are the same.
#[derive(Debug, Clone)]
pub struct Removed {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    tombstones: PathBuf,
    own: PathBuf,
    copies: PathBuf,
    gone: RwLock<BTreeMap<LogId, Tombstone>>,
}

impl Removed {
    /// Reads the tombstones and finishes every removal that was begun. `own` holds the lives of the own log, `copies` the
    /// copies of others'. Blocks; call it before they are opened.
    pub fn open(tombstones: &Path, own: &Path, copies: &Path) -> Result<Self, RemovedError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| RemovedError { path, source }
        };
        fs::create_dir_all(tombstones).map_err(failed(tombstones))?;
        let gone = read_all(tombstones).map_err(failed(tombstones))?;
        let removed = Self {
            shared: Arc::new(Shared {
                tombstones: tombstones.to_owned(),
                own: own.to_owned(),
                copies: copies.to_owned(),
                gone: RwLock::new(gone),
            }),
        };
        for directory in [own, copies] {
            finish_in(directory).map_err(failed(directory))?;
        }
        for log in removed.logs() {
            removed.sweep(&log)?;
        }
        Ok(removed)
    }

    /// The tombstone of a log, if it is gone.
    pub fn get(&self, log: &LogId) -> Option<Tombstone> {
        let gone = self.shared.gone.read().unwrap_or_else(PoisonError::into_inner);
        gone.get(log).copied()
    }

    /// How many logs are gone.
    pub fn count(&self) -> usize {
        let gone = self.shared.gone.read().unwrap_or_else(PoisonError::into_inner);
        gone.len()
    }

    /// From now on, also after a power cut, the log is gone. Blocks on the disk.
    pub(in crate::log) fn note(&self, tombstone: Tombstone) -> Result<(), RemovedError> {
        let path = self.path_of(&tombstone.log);
        write(&path, &tombstone).map_err(|source| RemovedError { path, source })?;
        let mut gone = self.shared.gone.write().unwrap_or_else(PoisonError::into_inner);
        gone.insert(tombstone.log, tombstone);
        Ok(())
    }

    /// Takes what lies on the disk of a log that is gone away: first its name, then its files, then its marks.
    pub(in crate::log) fn sweep(&self, log: &LogId) -> Result<(), RemovedError> {
        let life = Life::of(&self.shared.own, *log);
        let failed = |source| RemovedError {
            path: life.directory.clone(),
            source,
        };
        take_away(&life.directory).map_err(failed)?;
        life.remove_marks().map_err(failed)?;
        let copy = self.shared.copies.join(log.to_string());
        take_away(&copy).map_err(|source| RemovedError { path: copy, source })
    }

    /// Bytes that a log takes here, in either place.
    pub(super) fn bytes_of(&self, log: &LogId) -> u64 {
        let life = Life::of(&self.shared.own, *log);
        bytes_below(&life.directory) + bytes_below(&self.shared.copies.join(log.to_string()))
    }

    fn logs(&self) -> Vec<LogId> {
        let gone = self.shared.gone.read().unwrap_or_else(PoisonError::into_inner);
        gone.keys().copied().collect()
    }

    fn path_of(&self, log: &LogId) -> PathBuf {
        self.shared.tombstones.join(format!("{log}{TOMBSTONE}"))
    }
}

/// The name goes first, durably: a directory that is half removed must never be opened as a log.
fn take_away(directory: &Path) -> io::Result<()> {
    let mut aside = directory.as_os_str().to_owned();
    aside.push(REMOVING);
    match fs::rename(directory, &aside) {
        Ok(()) => whole_file::sync_parent(directory)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    remove_all(Path::new(&aside))
}

fn remove_all(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => whole_file::sync_parent(directory),
    }
}

/// Removes what a removal left that was cut short.
fn finish_in(directory: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && path.to_string_lossy().ends_with(REMOVING) {
            tracing::info!(directory = %path.display(), "a removal that was cut short is finished");
            remove_all(&path)?;
        }
    }
    Ok(())
}

fn read_all(directory: &Path) -> io::Result<BTreeMap<LogId, Tombstone>> {
    let mut gone = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(log) = name.to_str().and_then(|name| name.strip_suffix(TOMBSTONE)) else {
            continue;
        };
        let bytes = if entry.metadata()?.len() <= TOMBSTONE_BYTES_MAX {
            fs::read(entry.path())?
        } else {
            Vec::new()
        };
        if let Some(tombstone) = decode(&bytes).filter(|tombstone| tombstone.log.to_string() == log) {
            gone.insert(tombstone.log, tombstone);
        } else {
            // Then the log may be fetched again, and goes again when the rule allows.
            let path = entry.path();
            tracing::warn!(tombstone = %path.display(), "a tombstone of a removed log is damaged and not used");
        }
    }
    Ok(gone)
}

/// Magic, value, and the hash of both.
fn encode(tombstone: &Tombstone) -> io::Result<Vec<u8>> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&codec::encode(tombstone).map_err(io::Error::other)?);
    let hash = Hash::blake3(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Option<Tombstone> {
    let (value, hash) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if Hash::blake3(value).as_bytes() != hash {
        return None;
    }
    codec::decode(value.strip_prefix(MAGIC)?).ok()
}

fn write(path: &Path, tombstone: &Tombstone) -> io::Result<()> {
    whole_file::replace(path, &encode(tombstone)?)
}

fn bytes_below(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => bytes_below(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use protocol::ids::{Incarnation, NodeId, Sequence};

    use super::*;

    const LOG: LogId = LogId {
        node: NodeId(3),
        incarnation: Incarnation(0xfe),
    };

    fn tombstone() -> Tombstone {
        Tombstone {
            log: LOG,
            head: Watermark {
                sequence: Sequence(u64::MAX),
                hash: Hash::blake3(b"end"),
            },
            at: Instant(i64::MAX),
        }
    }

    fn open(place: &Path) -> Removed {
        Removed::open(&place.join("removed"), &place.join("log"), &place.join("copies")).unwrap()
    }

    #[test]
    fn a_tombstone_is_read_back_and_a_damaged_one_is_none() {
        let bytes = encode(&tombstone()).unwrap();
        assert!((bytes.len() as u64) < TOMBSTONE_BYTES_MAX);
        assert_eq!(decode(&bytes), Some(tombstone()));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(decode(&damaged), None, "byte {at}");
            assert_eq!(decode(&bytes[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn a_removal_that_was_cut_short_anywhere_is_finished_at_the_next_start() {
        let place = tempfile::tempdir().unwrap();
        let life = place.path().join("log/00000000000000fe");
        let marks = ["sealed", "place", "shared"]
            .map(|mark| place.path().join(format!("log/00000000000000fe.{mark}")));
        let copy = place.path().join("copies/3-00000000000000fe");
        let lay_out = || {
            for directory in [&life, &copy] {
                fs::create_dir_all(directory.join("sled")).unwrap();
                fs::write(directory.join("sled/db"), "frames").unwrap();
            }
            for mark in &marks {
                fs::write(mark, "").unwrap();
            }
        };
        lay_out();
        let removed = open(place.path());
        assert!(life.exists() && copy.exists(), "without a tombstone nothing goes");
        removed.note(tombstone()).unwrap();
        assert!(life.exists(), "cut short before the first rename");
        let removed = open(place.path());
        assert_eq!(removed.get(&LOG), Some(tombstone()));
        let is_gone = || !life.exists() && !copy.exists() && !marks.iter().any(|mark| mark.exists());
        assert!(is_gone());

        lay_out();
        fs::rename(&life, life.with_extension("removing")).unwrap();
        open(place.path());
        assert!(is_gone() && !life.with_extension("removing").exists());
        assert_eq!(fs::read_dir(place.path().join("log")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(place.path().join("copies")).unwrap().count(), 0);
    }
}
