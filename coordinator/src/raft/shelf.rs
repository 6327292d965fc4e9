//! The state's place on the disk: rows, frames and "last applied" in one durable store. Called by the state machine on
//! threads that may block; it knows nothing of what rows mean.
//!
//! | key | value |
//! |---|---|
//! | `m` | [`Standing`] |
//! | `r` generation, row key, part | part 0: how many parts, then bytes; others: bytes (a store's value is bounded) |
//! | `f` node, incarnation, first sequence | one frame, or a run of frames ([`run`]), unchanged bytes |
//!
//! A snapshot's rows are written under a new generation and count from the one commit that names it, so that a crash
//! in the middle leaves the old state whole. Frames never change, and those of another coordinator's state were agreed
//! on: they may be stored before the rows that count them.

mod frames;
mod run;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

use bytes::Bytes;
use protocol::{
    codec::{self, CodecError},
    frame::{Frame, FrameError},
};
use serde::{Deserialize, Serialize};
use store::{
    OpenError, StoreError,
    durable::{Batch, Durable},
};

use super::{
    tally::Tally,
    types::{EntryId, Membership},
};

/// Bytes of a row's value in one part; the store takes a little more.
const PART_BYTES: usize = 96 * 1024;

/// Bytes that one commit of many rows or frames holds.
pub(super) const COMMIT_BYTES: usize = 8 * 1024 * 1024;

const STANDING: &[u8] = b"m";
const ROW: u8 = b'r';
const FRAME: u8 = b'f';

/// Why the state on the disk cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What it holds is not what was written.
    #[error(
        "the coordinator's state on the disk cannot be trusted ({0}): keep the data directory for an inquiry, and join this machine anew with a new token"
    )]
    Damaged(String),
    /// A value cannot be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// What is applied, and what the rows must amount to. Fields are added at the end only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The last entry that is applied.
    pub(super) applied: Option<EntryId>,
    /// The last membership that was applied.
    pub(super) membership: Membership,
    /// Under which generation the rows lie.
    pub(super) generation: u64,
    /// Their sum.
    pub(super) tally: Tally,
}

/// A row's key and value.
pub(super) type StoredRow = (Vec<u8>, Vec<u8>);

/// The store. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    store: Durable,
}

impl Shelf {
    /// Opens the store, and removes what an interrupted snapshot left.
    pub(super) fn open(dir: &Path, settings: &store::Settings) -> Result<(Self, Standing), ShelfError> {
        let shelf = Self {
            store: Durable::open(dir, settings)?,
        };
        let standing = match shelf.store.get(STANDING)? {
            Some(bytes) => {
                codec::decode_large(&bytes).map_err(|error| ShelfError::Damaged(error.to_string()))?
            }
            None => Standing::default(),
        };
        shelf.remove_other_generations(&standing)?;
        Ok((shelf, standing))
    }

    /// All rows of the generation, checked against their sum.
    pub(super) fn rows(&self, standing: &Standing) -> Result<Vec<StoredRow>, ShelfError> {
        let prefix = row_prefix(standing.generation);
        let mut rows = Vec::new();
        let mut tally = Tally::default();
        for stored in self.store.prefix(&prefix) {
            let (key, _) = stored?;
            if let Some((0, key)) = key[prefix.len()..].split_last() {
                let value = self.row(standing.generation, key)?.unwrap_or_default();
                tally.add(key, &value);
                rows.push((key.to_vec(), value));
            }
        }
        if tally == standing.tally {
            Ok(rows)
        } else {
            let (held, expected) = (tally.rows, standing.tally.rows);
            Err(ShelfError::Damaged(format!(
                "{held} rows are held where {expected} belong, or some were altered"
            )))
        }
    }

    fn row(&self, generation: u64, key: &[u8]) -> Result<Option<Vec<u8>>, ShelfError> {
        let Some(first) = self.store.get(&row_key(generation, key, 0))? else {
            return Ok(None);
        };
        let Some((parts, first)) = first.split_first() else {
            return Err(ShelfError::Damaged("a row is empty".to_owned()));
        };
        let mut value = first.to_vec();
        for part in 1..*parts {
            let more = self.store.get(&row_key(generation, key, part))?;
            value.extend_from_slice(
                &more.ok_or_else(|| ShelfError::Damaged("a part of a row is missing".to_owned()))?,
            );
        }
        Ok(Some(value))
    }

    /// Writes changed rows, new frames and the standing in one commit. The standing's sum is brought up to date.
    pub(super) fn write(
        &self,
        standing: &mut Standing,
        rows: &BTreeMap<Vec<u8>, Option<Vec<u8>>>,
        frames: &[Frame],
    ) -> Result<(), ShelfError> {
        let mut batch = Batch::default();
        for (key, value) in rows {
            let old = self.row(standing.generation, key)?;
            if let Some(old) = &old {
                standing.tally.remove(key, old);
            }
            let parts = value
                .as_ref()
                .map_or(0, |value| put_row(&mut batch, standing.generation, key, value));
            if let Some(value) = value {
                standing.tally.add(key, value);
            }
            for part in parts..old.as_ref().map_or(0, |old| parts_of(old)) {
                batch.remove(&row_key(standing.generation, key, part));
            }
        }
        self.add_frames(&mut batch, frames)?;
        batch.put(STANDING, &codec::encode_large(standing)?);
        Ok(self.store.commit(batch)?)
    }

    /// Replaces all rows, so that a crash leaves either the old state or the new one.
    pub(super) fn replace(
        &self,
        old: &Standing,
        rows: &[StoredRow],
        new: Standing,
    ) -> Result<Standing, ShelfError> {
        let mut new = Standing {
            generation: old.generation + 1,
            tally: Tally::default(),
            ..new
        };
        // Rows that an earlier try left would else stay among the new ones.
        self.remove_other_generations(old)?;
        let mut batch = Batch::default();
        for (key, value) in rows {
            put_row(&mut batch, new.generation, key, value);
            new.tally.add(key, value);
            if batch.bytes() >= COMMIT_BYTES {
                self.store.commit(std::mem::take(&mut batch))?;
            }
        }
        batch.put(STANDING, &codec::encode_large(&new)?);
        self.store.commit(batch)?;
        self.remove_other_generations(&new)?;
        Ok(new)
    }

    fn remove_other_generations(&self, standing: &Standing) -> Result<(), ShelfError> {
        let kept = row_prefix(standing.generation);
        let mut batch = Batch::default();
        for stored in self.store.prefix(&[ROW]) {
            let (key, _) = stored?;
            if !key.starts_with(&kept) {
                batch.remove(&key);
            }
            if batch.bytes() >= COMMIT_BYTES {
                self.store.commit(std::mem::take(&mut batch))?;
            }
        }
        if batch.bytes() > 0 {
            self.store.commit(batch)?;
        }
        Ok(())
    }
}

fn parse(bytes: Bytes) -> Result<Frame, ShelfError> {
    Frame::parse(bytes).map_err(|error: FrameError| ShelfError::Damaged(error.to_string()))
}

fn row_prefix(generation: u64) -> Vec<u8> {
    let mut key = vec![ROW];
    key.extend_from_slice(&generation.to_be_bytes());
    key
}

fn row_key(generation: u64, key: &[u8], part: u8) -> Vec<u8> {
    let mut bytes = row_prefix(generation);
    bytes.extend_from_slice(key);
    bytes.push(part);
    bytes
}

fn parts_of(value: &[u8]) -> u8 {
    u8::try_from(value.len().div_ceil(PART_BYTES).max(1)).unwrap_or(u8::MAX)
}

/// Puts a row in its parts; says how many. A value of more than 255 parts (24 MiB) makes the commit refuse the batch:
/// its last part is over the store's limit.
fn put_row(batch: &mut Batch, generation: u64, key: &[u8], value: &[u8]) -> u8 {
    let parts = parts_of(value);
    for part in 0..parts {
        let from = usize::from(part) * PART_BYTES;
        let to = if part + 1 == parts {
            value.len()
        } else {
            from + PART_BYTES
        };
        let mut bytes = Vec::with_capacity(to - from + 1);
        if part == 0 {
            bytes.push(parts);
        }
        bytes.extend_from_slice(&value[from..to]);
        batch.put(&row_key(generation, key, part), &bytes);
    }
    parts
}
