//! A frame: one group commit, written once, travelling whole. The bytes that a node commits are the bytes its peer
//! stores, that are shipped, that Raft replicates and an auditor verifies.
//!
//! ```text
//! 0   4  magic "PKF" and the format version
//! 4   4  node            (big-endian, as all header numbers)
//! 8   8  incarnation
//! 16  8  first sequence
//! 24  4  count of records
//! 28  32 hash of the previous frame (zero for the first)
//! 60  n  records, each: varint length, bincode 2
//! -32 32 BLAKE3 of all bytes before
//! ```

use bytes::Bytes;

use crate::{
    codec::{CodecError, push_number, take_number},
    hash::Hash,
    ids::{Incarnation, LogId, NodeId, Sequence},
    limits::{FRAME_BYTES_MAX, RECORD_BYTES_MAX},
    record::{Record, stored},
};

const MAGIC: [u8; 4] = *b"PKF\x01";
const HEADER_BYTES: usize = 60;
const HASH_BYTES: usize = 32;

/// A frame whose bytes were verified: header, length and hash. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    bytes: Bytes,
    log: LogId,
    first: Sequence,
    count: u32,
    prev: Hash,
    hash: Hash,
}

/// Why bytes are not a frame, or a frame cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Too short, too long, or without the magic.
    #[error(
        "these {0} bytes are not a frame (a frame is 93 to {FRAME_BYTES_MAX} bytes and begins with its magic)"
    )]
    NotAFrame(usize),
    /// A format that this build does not know.
    #[error("frame format version {0} is not known here; update this program")]
    Version(u8),
    /// The hash does not fit the bytes: altered or damaged.
    #[error(
        "the frame at sequence {first} of log {log} does not have the hash it carries: it was altered or damaged"
    )]
    Hash {
        /// Which log it says it is of.
        log: LogId,
        /// Which sequence it says it begins with.
        first: Sequence,
    },
    /// A frame without records.
    #[error("a frame without records is not valid")]
    Empty,
    /// A record too large for any frame.
    #[error("a record of {0} bytes is over the limit of {RECORD_BYTES_MAX}; shorten it")]
    RecordTooLarge(usize),
}

/// A record of a frame: decoded, or kept as bytes because this build cannot read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A record this build knows.
    Known(Record),
    /// A record of a newer (or broken) writer: kept, counted, alarmed; it blocks nothing.
    Unreadable(Bytes),
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Frame({} {}+{} {:?})",
            self.log, self.first, self.count, self.hash
        )
    }
}

impl Frame {
    /// Verifies bytes that came from a disk or a wire.
    pub fn parse(bytes: Bytes) -> Result<Self, FrameError> {
        if bytes.len() <= HEADER_BYTES + HASH_BYTES
            || bytes.len() > FRAME_BYTES_MAX
            || bytes[..3] != MAGIC[..3]
        {
            return Err(FrameError::NotAFrame(bytes.len()));
        }
        if bytes[3] != MAGIC[3] {
            return Err(FrameError::Version(bytes[3]));
        }
        let log = LogId {
            node: NodeId(number_u32(&bytes, 4)),
            incarnation: Incarnation(number_u64(&bytes, 8)),
        };
        let first = Sequence(number_u64(&bytes, 16));
        let count = number_u32(&bytes, 24);
        let body = bytes.len() - HASH_BYTES;
        let hash = hash_at(&bytes, body);
        if Hash::blake3(&bytes[..body]) != hash {
            return Err(FrameError::Hash { log, first });
        }
        if count == 0 || first.0 == 0 || first.0.checked_add(u64::from(count)).is_none() {
            return Err(FrameError::Empty);
        }
        Ok(Self {
            prev: hash_at(&bytes, 28),
            log,
            first,
            count,
            hash,
            bytes,
        })
    }

    /// The frame that these bytes begin with, whatever follows it: how frames are found in a damaged file. A frame's
    /// length follows from its records, and its hash says whether it is whole.
    pub fn parse_prefix(bytes: &[u8]) -> Option<Self> {
        if bytes.len() <= HEADER_BYTES + HASH_BYTES || bytes[..4] != MAGIC {
            return None;
        }
        let body = &bytes[HEADER_BYTES..bytes.len().min(FRAME_BYTES_MAX)];
        let mut end = 0;
        for _ in 0..number_u32(bytes, 24) {
            (_, end) = next_record(body, end)?;
        }
        let whole = bytes.get(..HEADER_BYTES + end + HASH_BYTES)?;
        Self::parse(Bytes::copy_from_slice(whole)).ok()
    }

    /// The frame with these parts: the same bytes that its writer made of them.
    pub(crate) fn assemble(
        log: LogId,
        first: Sequence,
        prev: Hash,
        count: u32,
        body: &[u8],
    ) -> Result<Self, FrameError> {
        let length = HEADER_BYTES + body.len() + HASH_BYTES;
        if body.is_empty() || length > FRAME_BYTES_MAX {
            return Err(FrameError::NotAFrame(length));
        }
        if count == 0 || first.0 == 0 || first.0.checked_add(u64::from(count)).is_none() {
            return Err(FrameError::Empty);
        }
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&log.node.0.to_be_bytes());
        bytes.extend_from_slice(&log.incarnation.0.to_be_bytes());
        bytes.extend_from_slice(&first.0.to_be_bytes());
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(prev.as_bytes());
        bytes.extend_from_slice(body);
        let hash = Hash::blake3(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        Ok(Self {
            bytes: bytes.into(),
            log,
            first,
            count,
            prev,
            hash,
        })
    }

    /// The records' bytes, between header and hash.
    pub(crate) fn body(&self) -> Bytes {
        self.bytes.slice(HEADER_BYTES..self.bytes.len() - HASH_BYTES)
    }

    /// The bytes, as they are stored and sent.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whose frame it is.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The sequence of its first record.
    pub fn first(&self) -> Sequence {
        self.first
    }

    /// The sequence of its last record.
    pub fn last(&self) -> Sequence {
        Sequence(self.first.0 + u64::from(self.count) - 1)
    }

    /// How many records it holds.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The hash of the frame before it.
    pub fn prev(&self) -> Hash {
        self.prev
    }

    /// Its own hash.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Its records with their sequences. What cannot be decoded comes as [`Entry::Unreadable`]; a body whose lengths lie
    /// gives one unreadable entry for all that is left.
    pub fn records(&self) -> Vec<(Sequence, Entry)> {
        let body = self.body();
        let mut entries = Vec::with_capacity(self.count.min(4096) as usize);
        let mut at = 0;
        for index in 0..u64::from(self.count) {
            let sequence = Sequence(self.first.0 + index);
            let Some((start, end)) = next_record(&body, at) else {
                entries.push((sequence, Entry::Unreadable(body.slice(at.min(body.len())..))));
                break;
            };
            let raw = body.slice(start..end);
            let entry = stored::decode(&raw).map_or_else(|_| Entry::Unreadable(raw.clone()), Entry::Known);
            entries.push((sequence, entry));
            at = end;
        }
        entries
    }

    /// Shows its records with their sequences, in order; `None` for what cannot be decoded. The same as
    /// [`Self::records`] for who keeps no bytes.
    pub fn visit(&self, mut visit: impl FnMut(Sequence, Option<Record>)) {
        let body = &self.bytes[HEADER_BYTES..self.bytes.len() - HASH_BYTES];
        let mut at = 0;
        for index in 0..u64::from(self.count) {
            let sequence = Sequence(self.first.0 + index);
            let Some((start, end)) = next_record(body, at) else {
                return visit(sequence, None);
            };
            visit(sequence, stored::decode(&body[start..end]).ok());
            at = end;
        }
    }

    /// Only the records that this build knows.
    pub fn known_records(&self) -> impl Iterator<Item = (Sequence, Record)> {
        self.records()
            .into_iter()
            .filter_map(|(sequence, entry)| match entry {
                Entry::Known(record) => Some((sequence, record)),
                Entry::Unreadable(_) => None,
            })
    }
}

fn next_record(body: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut rest = body.get(at..)?;
    let length = usize::try_from(take_number(&mut rest)?).ok()?;
    let start = body.len() - rest.len();
    (length <= RECORD_BYTES_MAX && length <= rest.len()).then_some((start, start + length))
}

/// An encoded record, ready to be put into a frame: encoding happens in the task that asks, not in the committer.
#[derive(Debug, Clone)]
pub struct EncodedRecord(Vec<u8>);

impl EncodedRecord {
    /// Encodes a record.
    pub fn new(record: &Record) -> Result<Self, EncodeRecordError> {
        let bytes = stored::encode(record)?;
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(FrameError::RecordTooLarge(bytes.len()).into());
        }
        Ok(Self(bytes))
    }

    /// Bytes that it takes in a frame, at most.
    pub fn frame_bytes(&self) -> usize {
        self.0.len() + 3
    }
}

/// Why a record cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeRecordError {
    /// Not expressible.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Too large.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// Collects records into one frame until it is full.
pub struct FrameBuilder {
    log: LogId,
    first: Sequence,
    prev: Hash,
    count: u32,
    body: Vec<u8>,
}

impl FrameBuilder {
    /// A frame that will follow the frame with hash `prev` and begin at `first`.
    pub fn new(log: LogId, first: Sequence, prev: Hash) -> Self {
        Self {
            log,
            first,
            prev,
            count: 0,
            body: Vec::with_capacity(4096),
        }
    }

    /// Whether the record still fits.
    pub fn fits(&self, record: &EncodedRecord) -> bool {
        HEADER_BYTES + self.body.len() + record.frame_bytes() + HASH_BYTES <= FRAME_BYTES_MAX
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a record and says its sequence. The caller asks [`Self::fits`] first.
    pub fn push(&mut self, record: &EncodedRecord) -> Sequence {
        debug_assert!(self.fits(record), "the caller asks fits() first");
        push_number(&mut self.body, record.0.len() as u64);
        self.body.extend_from_slice(&record.0);
        self.count += 1;
        Sequence(self.first.0 + u64::from(self.count) - 1)
    }

    /// The finished frame.
    pub fn finish(self) -> Result<Frame, FrameError> {
        if self.count == 0 {
            return Err(FrameError::Empty);
        }
        Frame::assemble(self.log, self.first, self.prev, self.count, &self.body)
    }
}

fn number_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes were sliced"))
}

fn number_u64(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes were sliced"))
}

fn hash_at(bytes: &[u8], at: usize) -> Hash {
    Hash(
        bytes[at..at + HASH_BYTES]
            .try_into()
            .expect("32 bytes were sliced"),
    )
}

#[cfg(test)]
mod tests;
