//! How a record lies in a segment of the Raft log. Pure; called by the log alone.
//!
//! ```text
//! 0   4  length of the payload, little-endian as all numbers here
//! 4   8  how many bytes of this segment were on the disk, by the writer's knowledge, when this was written
//! 12  8  the first 8 bytes of BLAKE3 over length, that number and payload
//! 20  n  the payload: a kind byte, then the value in the one codec
//! ```
//!
//! The second field tells damage from a torn end: a record that does not verify, followed by one that was written when
//! the first was known to be on the disk, was damaged later; a torn end is one that nobody was told of.

use protocol::codec::{self, CodecError};
use serde::{Deserialize, Serialize};

use crate::raft::types::{Entry, EntryId, Vote};

/// Bytes before a payload.
pub(super) const HEADER_BYTES: usize = 20;

/// No payload is longer: an entry is bounded by the codec.
pub(super) const PAYLOAD_BYTES_MAX: usize = protocol::limits::MESSAGE_BYTES_MAX + 1;

const KIND_MARK: u8 = 1;
const KIND_ENTRY: u8 = 2;

/// Everything in the log but entries. Add at the end only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mark {
    /// A segment begins; what the segments before it amount to apart from their entries.
    Start(Standing),
    /// A vote was given.
    Vote(Vote),
    /// The entries from this one on are void.
    Truncate(EntryId),
    /// The entries up to this one are in a snapshot and gone.
    Purge(EntryId),
    /// A majority has the entries up to this one.
    Committed(Option<EntryId>),
}

/// What the log holds beside its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The last vote.
    pub(super) vote: Option<Vote>,
    /// The last entry that was purged.
    pub(super) purged: Option<EntryId>,
    /// The last entry that was known to be committed.
    pub(super) committed: Option<EntryId>,
}

/// A record's payload.
#[derive(Debug)]
pub(super) enum Payload {
    /// A mark.
    Mark(Mark),
    /// An entry.
    Entry(Box<Entry>),
}

/// What stands at an offset.
pub(super) enum Read<'a> {
    /// A record's payload.
    Record(&'a [u8]),
    /// Nothing more.
    End,
    /// Bytes that are no record.
    Bad,
}

/// A mark's payload.
pub(super) fn mark(mark: &Mark) -> Result<Vec<u8>, CodecError> {
    payload(KIND_MARK, mark)
}

/// An entry's payload.
pub(super) fn entry(entry: &Entry) -> Result<Vec<u8>, CodecError> {
    payload(KIND_ENTRY, entry)
}

fn payload<T: Serialize>(kind: u8, value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = codec::encode(value)?;
    bytes.insert(0, kind);
    Ok(bytes)
}

/// Reads a payload back; `None` for a kind or a value that this build does not know.
pub(super) fn decode(payload: &[u8]) -> Option<Payload> {
    match payload.split_first()? {
        (&KIND_MARK, rest) => codec::decode(rest).ok().map(Payload::Mark),
        (&KIND_ENTRY, rest) => codec::decode(rest)
            .ok()
            .map(|entry| Payload::Entry(Box::new(entry))),
        _ => None,
    }
}

/// Puts a record at the end of `out`.
pub(super) fn write(out: &mut Vec<u8>, payload: &[u8], synced: u64) {
    let length = payload.len() as u32;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&synced.to_le_bytes());
    out.extend_from_slice(&checksum(length, synced, payload));
    out.extend_from_slice(payload);
}

/// Reads the record at an offset.
pub(super) fn read(bytes: &[u8], at: usize) -> Read<'_> {
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.is_empty() {
        return Read::End;
    }
    let Some((header, body)) = rest.split_at_checked(HEADER_BYTES) else {
        return Read::Bad;
    };
    let length = u32::from_le_bytes(header[..4].try_into().expect("four bytes were sliced"));
    let synced = u64::from_le_bytes(header[4..12].try_into().expect("eight bytes were sliced"));
    match body.get(..length as usize) {
        Some(payload)
            if length > 0
                && length as usize <= PAYLOAD_BYTES_MAX
                && checksum(length, synced, payload) == header[12..] =>
        {
            Read::Record(payload)
        }
        _ => Read::Bad,
    }
}

/// Whether a record after the bad one at `at` was written when that place was known to be on the disk.
pub(super) fn is_damage(bytes: &[u8], at: usize) -> bool {
    (at + 1..bytes.len().saturating_sub(HEADER_BYTES)).any(|later| {
        // Looked at first: it is wrong at nearly every place that is not a record, and hashing there would take long.
        let field = bytes[later + 4..later + 12]
            .try_into()
            .expect("eight bytes were sliced");
        let synced = u64::from_le_bytes(field);
        synced > at as u64 && synced <= later as u64 && matches!(read(bytes, later), Read::Record(_))
    })
}

fn checksum(length: u32, synced: u64, payload: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&length.to_le_bytes());
    hasher.update(&synced.to_le_bytes());
    hasher.update(payload);
    let mut check = [0; 8];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_a_flipped_bit_is_seen() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"\x01one", 0);
        let second = bytes.len();
        write(&mut bytes, b"\x01two", second as u64);
        assert!(matches!(read(&bytes, second), Read::Record(b"\x01two")));
        assert!(matches!(read(&bytes, bytes.len()), Read::End));
        for bit in 0..second * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(read(&flipped, 0), Read::Bad), "bit {bit}");
            assert!(
                is_damage(&flipped, 0),
                "bit {bit}: what follows shows that it was on the disk"
            );
        }
    }

    #[test]
    fn an_end_that_nobody_was_told_of_is_torn_and_not_damaged() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"\x01one", 0);
        let torn = bytes.len();
        write(&mut bytes, b"\x01two", torn as u64);
        write(&mut bytes, b"\x01three", torn as u64);
        bytes[torn + HEADER_BYTES] ^= 1;
        assert!(matches!(read(&bytes, torn), Read::Bad));
        assert!(!is_damage(&bytes, torn));
    }
}
