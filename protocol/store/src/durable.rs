//! Rows in a sled tree that are on the disk when [`Durable::commit`] returns. Used by the frame logs and by the
//! coordinator's state machine. It must never acknowledge what was not synced, and never retry after a failure.
//!
//! sled's `flush()` alone is not durable on Linux (it ends in `sync_file_range`, which leaves the disk's cache and the
//! file's length out): each commit is one `insert` or `apply_batch`, `flush()`, then `fdatasync` on an own handle to
//! sled's file. Concurrent flushes hang sled: commits stand behind one mutex.

mod batch;
pub(crate) mod opening;
mod rows;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bytes::Bytes;

pub use batch::{BATCH_BYTES_MAX, Batch, KEY_BYTES_MAX, VALUE_BYTES_MAX};
pub use rows::Rows;

use crate::{OpenError, Settings, StoreError, SyncMode};

/// An open store. Clones share it: any may read, commits are serialised. The directory stays locked until the last clone
/// (and the last [`Rows`]) is gone.
#[derive(Clone)]
pub struct Durable(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    tree: sled::Db,
    file: File,
    sync: SyncMode,
    committing: Mutex<()>,
    failure: OnceLock<String>,
}

impl std::fmt::Debug for Durable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Durable({})", self.0.dir.display())
    }
}

impl Durable {
    /// Opens a directory, or creates it. Damage that sled itself notices is [`OpenError::Doubt`]; rows that are missing
    /// without sled's noticing are the caller's to find. Blocks, for at most the settings' limit.
    pub fn open(dir: &Path, settings: &Settings) -> Result<Self, OpenError> {
        opening::open(dir, settings)
    }

    fn new(dir: PathBuf, tree: sled::Db, file: File, sync: SyncMode) -> Self {
        Self(Arc::new(Inner {
            dir,
            tree,
            file,
            sync,
            committing: Mutex::new(()),
            failure: OnceLock::new(),
        }))
    }

    /// Where it lies.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// A row.
    pub fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.guarded(|| Ok(self.0.tree.get(key)?.map(|value| Bytes::copy_from_slice(&value))))
    }

    /// The rows whose keys begin with `prefix`, in order of keys, from both ends. Not a snapshot: a commit meanwhile may
    /// be seen.
    pub fn prefix(&self, prefix: &[u8]) -> Rows {
        Rows::new(self.clone(), self.0.tree.scan_prefix(prefix))
    }

    /// The rows from a key on (inclusive), in order of keys. Not a snapshot.
    pub fn range_from(&self, from: &[u8]) -> Rows {
        Rows::new(self.clone(), self.0.tree.range(from..))
    }

    /// The rows from the first key to `to` (inclusive); read it from the back for what lies at or before a key.
    pub fn range_to(&self, to: &[u8]) -> Rows {
        Rows::new(self.clone(), self.0.tree.range(..=to))
    }

    /// Writes the batch whole and returns when it is on the disk. Blocks: call it from a thread that may. After an
    /// `Err` of [`StoreError::Failed`] nothing more is accepted; the other errors wrote nothing.
    pub fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        if let Some((key_bytes, value_bytes)) = batch.too_large {
            return Err(StoreError::TooLarge {
                key_bytes,
                value_bytes,
            });
        }
        if batch.bytes > BATCH_BYTES_MAX {
            return Err(StoreError::BatchTooLarge(batch.bytes));
        }
        let _one = self.0.committing.lock().unwrap_or_else(PoisonError::into_inner);
        self.guarded(|| {
            batch.apply(&self.0.tree)?;
            self.0.tree.flush()?;
            match self.0.sync {
                SyncMode::Durable => self.0.file.sync_data()?,
                SyncMode::Unsafe => {}
            }
            Ok(())
        })
    }

    /// Bytes of sled's file.
    pub fn bytes_on_disk(&self) -> u64 {
        self.0.file.metadata().map_or(0, |file| file.len())
    }

    /// Runs something on sled; an error or a panic of it poisons the store for good.
    fn guarded<T>(&self, run: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, StoreError> {
        self.check()?;
        let why = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => opening::panic_text(&*panic),
        };
        Err(self.fail(why))
    }

    fn check(&self) -> Result<(), StoreError> {
        match self.0.failure.get() {
            None => Ok(()),
            Some(why) => Err(StoreError::Failed {
                dir: self.0.dir.clone(),
                why: why.clone(),
            }),
        }
    }

    /// Poisons the store: every later call answers with the first failure.
    pub(crate) fn fail(&self, why: String) -> StoreError {
        let why = self.0.failure.get_or_init(|| why).clone();
        tracing::error!(dir = %self.0.dir.display(), why, "the store has failed and takes nothing more");
        StoreError::Failed {
            dir: self.0.dir.clone(),
            why,
        }
    }
}
