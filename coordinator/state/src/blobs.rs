//! Blobs (sealed papers): put piece by piece in order, checked by hash when whole, then served from any byte. A piece
//! that is held already changes nothing, so that a put can be repeated from the start.

use bytes::Bytes;
use protocol::{
    hash::Hash,
    limits::{BLOB_BYTES_MAX, BLOB_CHUNK_BYTES},
    time::Instant,
};
use serde::{Deserialize, Serialize};

use crate::{
    bounds::{BLOBS_BYTES_MAX, UPLOADS_MAX, size},
    effects::{Changes, Outcome},
    rejection::Rejection,
    row::Offset,
    table::{Table, Tag},
};

/// How far a blob is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlobHead {
    pub(crate) total: u32,
    pub(crate) received: u32,
    pub(crate) begun: Instant,
}

impl BlobHead {
    pub(crate) fn is_whole(&self) -> bool {
        self.received == self.total
    }
}

/// A piece to put.
pub(crate) struct Piece<'a> {
    pub(crate) hash: Hash,
    pub(crate) offset: u32,
    pub(crate) total: u32,
    pub(crate) bytes: &'a Bytes,
}

/// The blobs' tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blobs {
    pub(crate) heads: Table<Hash, BlobHead>,
    pub(crate) chunks: Table<(Hash, Offset), Bytes>,
}

impl Blobs {
    pub(crate) fn new() -> Self {
        Self {
            heads: Table::new(Tag::BlobHeads),
            chunks: Table::new(Tag::BlobChunks),
        }
    }

    pub(crate) fn put(
        &mut self,
        piece: &Piece<'_>,
        at: Instant,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        let end = self.check(piece)?;
        let held = self.heads.get(&piece.hash).cloned();
        let mut head = match held {
            Some(head) if end <= head.received => return Ok(head.outcome()),
            Some(head) => head,
            None => BlobHead {
                total: piece.total,
                received: 0,
                begun: at,
            },
        };
        if piece.offset != head.received {
            return Err(Rejection::BlobOffset {
                expected: head.received,
                given: piece.offset,
            });
        }
        if head.received == 0 {
            self.make_room(piece.total, changes)?;
        }
        head.received = end;
        let outcome = head.outcome();
        let whole = head.is_whole();
        // A copy, so that a small piece does not hold the whole command's buffer in memory.
        let bytes = Bytes::copy_from_slice(piece.bytes);
        self.chunks
            .put(changes, (piece.hash, Offset(piece.offset)), bytes);
        self.heads.put(changes, piece.hash, head);
        if whole && self.hash_of(&piece.hash) != piece.hash {
            self.drop_blob(&piece.hash, changes);
            return Err(Rejection::BlobHash(piece.hash));
        }
        Ok(outcome)
    }

    fn check(&self, piece: &Piece<'_>) -> Result<u32, Rejection> {
        size("a blob", piece.total as usize, BLOB_BYTES_MAX)?;
        size("a piece of a blob", piece.bytes.len(), BLOB_CHUNK_BYTES)?;
        let bytes = piece.bytes.len() as u32;
        let end = piece.offset.checked_add(bytes).filter(|end| *end <= piece.total);
        let same_total = self
            .heads
            .get(&piece.hash)
            .is_none_or(|head| head.total == piece.total);
        match end {
            Some(end) if bytes > 0 && same_total => Ok(end),
            _ => Err(Rejection::BlobLength {
                offset: piece.offset,
                bytes,
                total: piece.total,
            }),
        }
    }

    fn make_room(&mut self, total: u32, changes: &mut Changes) -> Result<(), Rejection> {
        let held: u64 = self.heads.values().map(|head| u64::from(head.total)).sum();
        let together = (held + u64::from(total)) as usize;
        size("all blobs together", together, BLOBS_BYTES_MAX as usize)?;
        let unfinished = || self.heads.iter().filter(|(_, head)| !head.is_whole());
        if unfinished().count() >= UPLOADS_MAX {
            let oldest = unfinished()
                .min_by_key(|(hash, head)| (head.begun, **hash))
                .map(|(hash, _)| *hash);
            if let Some(hash) = oldest {
                self.drop_blob(&hash, changes);
            }
        }
        Ok(())
    }

    fn drop_blob(&mut self, hash: &Hash, changes: &mut Changes) {
        let offsets: Vec<Offset> = self.chunks_of(hash).map(|(offset, _)| offset).collect();
        for offset in offsets {
            self.chunks.remove(changes, &(*hash, offset));
        }
        self.heads.remove(changes, hash);
    }

    fn chunks_of(&self, hash: &Hash) -> impl DoubleEndedIterator<Item = (Offset, &Bytes)> {
        self.chunks
            .range((*hash, Offset(0))..=(*hash, Offset(u32::MAX)))
            .map(|((_, offset), bytes)| (*offset, bytes))
    }

    pub(crate) fn hash_of(&self, hash: &Hash) -> Hash {
        let mut hasher = blake3::Hasher::new();
        self.chunks_of(hash).for_each(|(_, bytes)| {
            hasher.update(bytes);
        });
        Hash(*hasher.finalize().as_bytes())
    }

    /// A blob that is held whole.
    pub(crate) fn whole(&self, hash: &Hash) -> Option<&BlobHead> {
        self.heads.get(hash).filter(|head| head.is_whole())
    }

    /// All of a whole blob.
    pub(crate) fn bytes(&self, hash: &Hash) -> Option<Bytes> {
        let head = self.whole(hash)?;
        let mut bytes = Vec::with_capacity(head.total as usize);
        self.chunks_of(hash)
            .for_each(|(_, chunk)| bytes.extend_from_slice(chunk));
        Some(bytes.into())
    }

    /// The bytes of a whole blob from an offset to the end of the piece it lies in; empty at its end.
    pub(crate) fn piece(&self, hash: &Hash, offset: u32) -> Option<Bytes> {
        let head = self.whole(hash)?;
        if offset >= head.total {
            return Some(Bytes::new());
        }
        let (_, (at, chunk)) = self
            .chunks
            .range((*hash, Offset(0))..=(*hash, Offset(offset)))
            .next_back()
            .map(|((hash, at), chunk)| (hash, (at, chunk)))?;
        Some(chunk.slice((offset - at.0) as usize..))
    }
}

impl BlobHead {
    fn outcome(&self) -> Outcome {
        Outcome::Blob {
            received: self.received,
            complete: self.is_whole(),
        }
    }
}
