//! The state's place on the disk: rows, frames and "last applied" in one durable store. Called by the state machine on
//! threads that may block; it knows nothing of what rows mean.
//!
//! | key | value |
//! |---|---|
//! | `m` | [`Standing`] |
//! | `r` generation, row key, part | a row; part 0: how many parts, then bytes; others: bytes (a store's value is bounded) |
//! | `k` generation, pack's name, part | neighbouring rows in one pack ([`pack`]), in parts too |
//! | `f` node, incarnation, first sequence | one frame, or a run of frames ([`run`]), unchanged bytes |
//!
//! A snapshot's rows are written under a new generation and count from the one commit that names it, so that a crash
//! in the middle leaves the old state whole. Frames never change, and those of another coordinator's state were agreed
//! on: they may be stored before the rows that count them.

mod frames;
mod pack;
mod rows;
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

use self::rows::Kind;
use super::{
    tally::Tally,
    types::{EntryId, Membership},
};

/// Bytes that one commit of many rows or frames holds.
pub(super) const COMMIT_BYTES: usize = 8 * 1024 * 1024;

const STANDING: &[u8] = b"m";
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
    /// Opens the store, removes what an interrupted snapshot left, and packs what an earlier version left unpacked.
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
        shelf.gather_packs(standing.generation)?;
        Ok((shelf, standing))
    }

    /// Writes changed rows, new frames and the standing in one commit. The standing's sum is brought up to date.
    pub(super) fn write(
        &self,
        standing: &mut Standing,
        rows: &BTreeMap<Vec<u8>, Option<Vec<u8>>>,
        frames: &[Frame],
    ) -> Result<(), ShelfError> {
        let mut batch = Batch::default();
        self.add_rows(&mut batch, standing, rows)?;
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
        new.tally = self.add_all(&mut batch, new.generation, rows)?;
        batch.put(STANDING, &codec::encode_large(&new)?);
        self.store.commit(batch)?;
        self.remove_other_generations(&new)?;
        Ok(new)
    }

    fn remove_other_generations(&self, standing: &Standing) -> Result<(), ShelfError> {
        let mut batch = Batch::default();
        for kind in Kind::ALL {
            let kept = rows::prefix(kind, standing.generation);
            for stored in self.store.prefix(&[kind as u8]) {
                let (key, _) = stored?;
                if !key.starts_with(&kept) {
                    batch.remove(&key);
                }
                if batch.bytes() >= COMMIT_BYTES {
                    self.store.commit(std::mem::take(&mut batch))?;
                }
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
