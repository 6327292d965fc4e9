//! The Raft log's files: votes and entries in segments, written once, in order, and on the disk when a write returns.
//! Called by `log_store` on threads that may block. It must never answer for bytes that were not synced, and never
//! write again after a failure.
//!
//! A segment `<number>.wal` begins with a mark of what all segments before it amount to apart from entries, so purging
//! removes whole files from the front. Purging and truncating are marks too.

mod read;
mod record;
#[cfg(test)]
mod tests;
mod write;

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use protocol::codec::CodecError;

use self::record::{HEADER_BYTES, Mark, Payload, Read, Standing};
use super::types::EntryId;

/// The most bytes of entries that one reading gives, except that one entry is always given.
pub(super) const READ_BYTES_MAX: usize = 512 * 1024;

/// Why the log cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
    /// The operating system refuses.
    #[error("{path}: {source}; check the disk, that it has room and that this user may write there")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it says.
        #[source]
        source: io::Error,
    },
    /// Bytes that were on the disk have changed.
    #[error(
        "the Raft log {path} is damaged at byte {at}: keep the directory for an inquiry, and join this machine anew with a new token"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where.
        at: u64,
    },
    /// A segment is missing.
    #[error(
        "the Raft log in {dir} has a gap before entry {index}: keep the directory for an inquiry, and join this machine anew with a new token"
    )]
    Gap {
        /// Where.
        dir: PathBuf,
        /// The first entry after the gap.
        index: u64,
    },
    /// An entry cannot be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A write failed before.
    #[error("the Raft log has failed before ({0}) and takes nothing more; start the coordinator again")]
    Failed(String),
}

#[derive(Debug, Clone)]
struct Segment {
    file: Arc<File>,
    path: PathBuf,
    bytes: u64,
    /// The greatest index of an entry that was ever written here; 0 if none.
    greatest: u64,
}

/// Where an entry lies.
#[derive(Debug, Clone)]
struct Place {
    id: EntryId,
    segment: u64,
    at: u64,
    bytes: usize,
}

/// The open log.
#[derive(Debug)]
pub(super) struct Wal {
    dir: PathBuf,
    segment_bytes: u64,
    segments: BTreeMap<u64, Segment>,
    places: BTreeMap<u64, Place>,
    standing: Standing,
    /// Bytes of the last segment that are known to be on the disk.
    synced: u64,
    failed: Option<String>,
}

// === impl Wal: opening ===

impl Wal {
    /// Opens the log in a directory, or begins one there. An end that was never answered for is cut off; anything else
    /// that does not verify is [`WalError::Damaged`].
    pub(super) fn open(dir: &Path, segment_bytes: u64) -> Result<Self, WalError> {
        let io = |source| WalError::Io {
            path: dir.to_owned(),
            source,
        };
        fs::create_dir_all(dir).map_err(io)?;
        let mut wal = Self {
            dir: dir.to_owned(),
            segment_bytes,
            segments: BTreeMap::new(),
            places: BTreeMap::new(),
            standing: Standing::default(),
            synced: 0,
            failed: None,
        };
        let numbers = numbers(dir).map_err(io)?;
        for number in &numbers {
            wal.replay(*number, Some(number) == numbers.last())?;
        }
        if numbers.is_empty() {
            wal.begin_segment(1)?;
        }
        wal.drop_purged();
        wal.check_gaps()?;
        Ok(wal)
    }

    /// Whether nothing was ever voted or written.
    pub(super) fn is_empty(&self) -> bool {
        self.standing.vote.is_none() && self.last().is_none()
    }

    fn replay(&mut self, number: u64, last: bool) -> Result<(), WalError> {
        let path = self.path(number);
        let io = |source| WalError::Io {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(&path)
            .map_err(io)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let segment = Segment {
            file: Arc::new(file),
            path: path.clone(),
            bytes: 0,
            greatest: 0,
        };
        self.segments.insert(number, segment);
        let mut at = 0;
        let torn = loop {
            match record::read(&bytes, at) {
                Read::End => break false,
                Read::Bad => break true,
                Read::Record(payload) => {
                    let damaged = || WalError::Damaged {
                        path: path.clone(),
                        at: at as u64,
                    };
                    let value = record::decode(payload).ok_or_else(damaged)?;
                    self.replay_record(number, at as u64, payload.len(), value);
                    at += HEADER_BYTES + payload.len();
                }
            }
        };
        if torn && (!last || record::is_damage(&bytes, at)) {
            return Err(WalError::Damaged { path, at: at as u64 });
        }
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.bytes = at as u64;
            if torn {
                tracing::warn!(path = %path.display(), at, cut = bytes.len() - at, "an end that was never answered for is cut off");
                segment.file.set_len(at as u64).map_err(io)?;
            }
            // What was read may lie in the page cache only: it counts from here on.
            segment.file.sync_all().map_err(io)?;
        }
        self.synced = at as u64;
        if at == 0 {
            let start = record::mark(&Mark::Start(self.standing.clone()))?;
            self.write(&[(start, None)])?;
        }
        Ok(())
    }

    fn replay_record(&mut self, segment: u64, at: u64, payload_bytes: usize, payload: Payload) {
        match payload {
            Payload::Mark(Mark::Start(standing)) => self.standing = standing,
            Payload::Mark(Mark::Vote(vote)) => self.standing.vote = Some(vote),
            Payload::Mark(Mark::Committed(committed)) => self.standing.committed = committed,
            Payload::Mark(Mark::Truncate(from)) => drop(self.places.split_off(&from.index)),
            Payload::Mark(Mark::Purge(upto)) => {
                self.standing.purged = self.standing.purged.max(Some(upto));
                self.drop_purged();
            }
            Payload::Entry(entry) => self.place(entry.log_id, segment, at, payload_bytes),
        }
    }

    fn place(&mut self, id: EntryId, segment: u64, at: u64, bytes: usize) {
        self.places.insert(
            id.index,
            Place {
                id,
                segment,
                at,
                bytes,
            },
        );
        if let Some(segment) = self.segments.get_mut(&segment) {
            segment.greatest = segment.greatest.max(id.index);
        }
    }

    fn drop_purged(&mut self) {
        if let Some(purged) = self.standing.purged {
            self.places = self.places.split_off(&(purged.index + 1));
        }
    }

    fn check_gaps(&self) -> Result<(), WalError> {
        let mut expected = self.standing.purged.map(|purged| purged.index + 1);
        for index in self.places.keys().copied() {
            if expected.is_some_and(|expected| expected != index) {
                return Err(WalError::Gap {
                    dir: self.dir.clone(),
                    index,
                });
            }
            expected = Some(index + 1);
        }
        Ok(())
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{number:016x}.wal"))
    }
}

fn numbers(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".wal"));
        numbers.extend(number.and_then(|digits| u64::from_str_radix(digits, 16).ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}
