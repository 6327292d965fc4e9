//! The Raft log's files: votes and entries in segments, written once, in order, and on the disk when a write returns.
//! Called by `log_store` on threads that may block. It must never answer for bytes that were not synced, and never
//! write again after a failure.
//!
//! A segment `<number>.wal` begins with a mark of what all segments before it amount to apart from entries, so purging
//! removes whole files from the front. Purging and truncating are marks too.

mod record;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use protocol::codec::CodecError;

use self::record::{HEADER_BYTES, Mark, Payload, Read, Standing};
use super::types::{Entry, EntryId, Vote};

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

/// Entries that were found, to be read from their files without holding the log.
#[derive(Debug)]
pub(super) struct Found(Vec<(Arc<File>, PathBuf, Place)>);

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
                Read::Record { payload, .. } => {
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

// === impl Wal: writing ===

impl Wal {
    /// Writes a vote; it is on the disk when this returns.
    pub(super) fn save_vote(&mut self, vote: Vote) -> Result<(), WalError> {
        self.write(&[(record::mark(&Mark::Vote(vote))?, None)])?;
        self.sync()?;
        self.standing.vote = Some(vote);
        Ok(())
    }

    /// Notes what is committed; it reaches the disk with the next write. Losing it costs nothing but time: the state
    /// knows what it applied.
    pub(super) fn note_committed(&mut self, committed: Option<EntryId>) -> Result<(), WalError> {
        self.write(&[(record::mark(&Mark::Committed(committed))?, None)])?;
        self.standing.committed = committed;
        Ok(())
    }

    /// Writes entries; they are on the disk when this returns.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<(), WalError> {
        let records: Vec<_> = entries
            .iter()
            .map(|entry| Ok((record::entry(entry)?, Some(entry.log_id))))
            .collect::<Result<_, CodecError>>()?;
        self.write(&records)?;
        self.sync()
    }

    /// Voids the entries from this one on.
    pub(super) fn truncate(&mut self, from: EntryId) -> Result<(), WalError> {
        self.write(&[(record::mark(&Mark::Truncate(from))?, None)])?;
        self.sync()?;
        drop(self.places.split_off(&from.index));
        Ok(())
    }

    /// Forgets the entries up to this one and removes the files that hold nothing else.
    pub(super) fn purge(&mut self, upto: EntryId) -> Result<(), WalError> {
        self.write(&[(record::mark(&Mark::Purge(upto))?, None)])?;
        self.sync()?;
        self.standing.purged = self.standing.purged.max(Some(upto));
        self.drop_purged();
        while let Some((&number, segment)) = self.segments.first_key_value()
            && self.segments.len() > 1
            && segment.greatest <= upto.index
        {
            let path = segment.path.clone();
            fs::remove_file(&path).map_err(|source| self.fail(path, source))?;
            self.segments.remove(&number);
        }
        Ok(())
    }

    /// Writes records into the last segment, which a long one ends. Nothing is on the disk yet.
    fn write(&mut self, records: &[(Vec<u8>, Option<EntryId>)]) -> Result<(), WalError> {
        self.check()?;
        let (mut number, mut segment) = self.last_segment();
        if segment.bytes >= self.segment_bytes {
            self.sync()?;
            number += 1;
            self.begin_segment(number)?;
            segment = self.last_segment().1;
        }
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for (payload, id) in records {
            places.extend(id.map(|id| (id, segment.bytes + bytes.len() as u64, payload.len())));
            record::write(&mut bytes, payload, self.synced);
        }
        (&*segment.file)
            .write_all(&bytes)
            .map_err(|source| self.fail(segment.path, source))?;
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.bytes += bytes.len() as u64;
        }
        for (id, at, payload_bytes) in places {
            self.place(id, number, at, payload_bytes);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), WalError> {
        self.check()?;
        let (_, segment) = self.last_segment();
        segment
            .file
            .sync_data()
            .map_err(|source| self.fail(segment.path, source))?;
        self.synced = segment.bytes;
        Ok(())
    }

    fn begin_segment(&mut self, number: u64) -> Result<(), WalError> {
        let path = self.path(number);
        let create = || -> io::Result<File> {
            let file = OpenOptions::new()
                .read(true)
                .append(true)
                .create_new(true)
                .open(&path)?;
            file.sync_all()?;
            File::open(&self.dir)?.sync_all()?;
            if let Some(parent) = self.dir.parent() {
                File::open(parent)?.sync_all()?;
            }
            Ok(file)
        };
        let file = create().map_err(|source| self.fail(path.clone(), source))?;
        self.segments.insert(
            number,
            Segment {
                file: Arc::new(file),
                path,
                bytes: 0,
                greatest: 0,
            },
        );
        self.synced = 0;
        let start = record::mark(&Mark::Start(self.standing.clone()))?;
        self.write(&[(start, None)])?;
        self.sync()
    }

    fn last_segment(&self) -> (u64, Segment) {
        let (number, segment) = self.segments.last_key_value().expect("an open log has a segment");
        (*number, segment.clone())
    }

    fn check(&self) -> Result<(), WalError> {
        self.failed
            .clone()
            .map_or(Ok(()), |why| Err(WalError::Failed(why)))
    }

    /// Notes that a write failed: nothing more is taken, since what is on the disk is unknown now.
    fn fail(&mut self, path: PathBuf, source: io::Error) -> WalError {
        self.failed.get_or_insert_with(|| source.to_string());
        WalError::Io { path, source }
    }
}

// === impl Wal: reading ===

impl Wal {
    pub(super) fn vote(&self) -> Option<Vote> {
        self.standing.vote
    }

    pub(super) fn committed(&self) -> Option<EntryId> {
        self.standing.committed
    }

    pub(super) fn purged(&self) -> Option<EntryId> {
        self.standing.purged
    }

    /// The last entry, or what was purged last.
    pub(super) fn last(&self) -> Option<EntryId> {
        self.places
            .last_key_value()
            .map(|(_, place)| place.id)
            .or(self.standing.purged)
    }

    /// Finds entries of a range that are there; at most `bytes_max`, but one at least.
    pub(super) fn find(&self, range: impl std::ops::RangeBounds<u64>, bytes_max: usize) -> Found {
        let mut bytes = 0;
        let places = self
            .places
            .range(range)
            .map(|(_, place)| place)
            .take_while(|place| {
                let first = bytes == 0;
                bytes += place.bytes;
                first || bytes <= bytes_max
            });
        Found(
            places
                .filter_map(|place| {
                    let segment = self.segments.get(&place.segment)?;
                    Some((segment.file.clone(), segment.path.clone(), place.clone()))
                })
                .collect(),
        )
    }
}

impl Found {
    /// Reads the entries from their files and checks each again.
    pub(super) fn read(self) -> Result<Vec<Entry>, WalError> {
        self.0
            .into_iter()
            .map(|(file, path, place)| {
                let mut bytes = vec![0; HEADER_BYTES + place.bytes];
                file.read_exact_at(&mut bytes, place.at)
                    .map_err(|source| WalError::Io {
                        path: path.clone(),
                        source,
                    })?;
                match record::read(&bytes, 0) {
                    Read::Record { payload, .. } => match record::decode(payload) {
                        Some(Payload::Entry(entry)) if entry.log_id == place.id => Ok(*entry),
                        _ => Err(WalError::Damaged { path, at: place.at }),
                    },
                    Read::End | Read::Bad => Err(WalError::Damaged { path, at: place.at }),
                }
            })
            .collect()
    }
}
