//! The Raft log as openraft wants it, over [`Wal`]. Writes run on threads that may block and are answered only when
//! they are on the disk; openraft itself hands over one write at a time.
//!
//! Purging waits until the state has on its disk what is purged: openraft 0.9 purges as soon as it has *told* the state
//! machine to install a snapshot, and a crash in between would leave neither the entries nor the state.

use std::{
    fmt::Debug,
    io,
    ops::RangeBounds,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use openraft::{
    AnyError, LogState, OptionalSend, RaftLogReader,
    storage::{LogFlushed, RaftLogStorage},
};

use tokio::sync::watch;

use super::{
    recent::Recent,
    types::{Entry, EntryId, StorageError, StorageIoError, TypeConfig, Vote},
    wal::{READ_BYTES_MAX, Wal, WalError},
};

/// The Raft log. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct LogStore {
    wal: Arc<Mutex<Wal>>,
    recent: Arc<Mutex<Recent>>,
    applied: Option<watch::Receiver<u64>>,
}

impl LogStore {
    /// Opens or begins the log in a directory. Blocks.
    pub(super) fn open(dir: &Path, segment_bytes: u64) -> Result<Self, WalError> {
        Ok(Self {
            wal: Arc::new(Mutex::new(Wal::open(dir, segment_bytes)?)),
            recent: Arc::default(),
            applied: None,
        })
    }

    /// The same log, which purges nothing that the state does not have on its disk.
    pub(super) fn purging_after(self, applied: watch::Receiver<u64>) -> Self {
        Self {
            applied: Some(applied),
            ..self
        }
    }

    /// Whether nothing was ever voted or written here.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The last entry that was purged: the state must have applied at least this.
    pub(super) fn purged(&self) -> Option<EntryId> {
        self.lock().purged()
    }

    fn lock(&self) -> MutexGuard<'_, Wal> {
        self.wal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes on a thread that may block.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Wal) -> Result<T, WalError> + Send + 'static,
    ) -> Result<T, WalError> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || write(&mut store.lock()))
            .await
            .unwrap_or_else(|error| Err(WalError::Failed(error.to_string())))
    }

    async fn read(
        &self,
        range: impl RangeBounds<u64> + Send + 'static,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StorageError> {
        if let Some(entries) = self.recent().get(&range, bytes_max) {
            return Ok(entries);
        }
        let store = self.clone();
        // A write may hold the log for as long as the disk takes.
        let reading = tokio::task::spawn_blocking(move || {
            let found = store.lock().find(range, bytes_max);
            found.read()
        });
        let read = reading
            .await
            .unwrap_or_else(|error| Err(WalError::Failed(error.to_string())));
        read.map_err(|error| StorageIoError::read_logs(AnyError::new(&error)).into())
    }
}

impl RaftLogReader<TypeConfig> for LogStore {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, StorageError> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        self.read(range, usize::MAX).await
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, StorageError> {
        self.read(start..end, READ_BYTES_MAX).await
    }
}

impl RaftLogStorage<TypeConfig> for LogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<TypeConfig>, StorageError> {
        let wal = self.lock();
        Ok(LogState {
            last_purged_log_id: wal.purged(),
            last_log_id: wal.last(),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), StorageError> {
        let vote = *vote;
        let saved = self.write(move |wal| wal.save_vote(vote)).await;
        saved.map_err(|error| StorageIoError::write_vote(AnyError::new(&error)).into())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, StorageError> {
        Ok(self.lock().vote())
    }

    async fn save_committed(&mut self, committed: Option<EntryId>) -> Result<(), StorageError> {
        // A few bytes into the page cache: not worth another thread.
        let saved = self.lock().note_committed(committed);
        saved.map_err(|error| StorageIoError::write_logs(AnyError::new(&error)).into())
    }

    async fn read_committed(&mut self) -> Result<Option<EntryId>, StorageError> {
        Ok(self.lock().committed())
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<TypeConfig>) -> Result<(), StorageError>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let recent = Arc::clone(&self.recent);
        let append = move |wal: &mut Wal| {
            let lengths = wal.append(&entries)?;
            // Readers find them from here on: as the files have them, and never before.
            recent
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .put(entries, lengths);
            Ok(())
        };
        let written = self.write(append).await;
        match written {
            Ok(()) => {
                callback.log_io_completed(Ok(()));
                Ok(())
            }
            Err(error) => {
                callback.log_io_completed(Err(io::Error::other(error.to_string())));
                Err(StorageIoError::write_logs(AnyError::new(&error)).into())
            }
        }
    }

    async fn truncate(&mut self, from: EntryId) -> Result<(), StorageError> {
        self.recent().truncate(from.index);
        let truncated = self.write(move |wal| wal.truncate(from)).await;
        truncated.map_err(|error| StorageIoError::write_logs(AnyError::new(&error)).into())
    }

    async fn purge(&mut self, upto: EntryId) -> Result<(), StorageError> {
        if let Some(applied) = &mut self.applied
            && applied.wait_for(|at| *at >= upto.index).await.is_err()
        {
            let why = AnyError::error("the state machine has ended, nothing more is purged");
            return Err(StorageIoError::write_logs(why).into());
        }
        self.recent().purge(upto.index);
        let purged = self.write(move |wal| wal.purge(upto)).await;
        purged.map_err(|error| StorageIoError::write_logs(AnyError::new(&error)).into())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use openraft::CommittedLeaderId;

    use super::*;

    #[tokio::test]
    async fn nothing_is_purged_before_the_state_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let (applied, seen) = watch::channel(4);
        let mut store = LogStore::open(dir.path(), 1 << 20).unwrap().purging_after(seen);
        let upto = EntryId::new(CommittedLeaderId::new(1, 1), 5);
        let early = tokio::time::timeout(Duration::from_millis(50), store.purge(upto)).await;
        assert!(early.is_err(), "it waits");
        assert_eq!(store.purged(), None);
        applied.send_replace(5);
        store.purge(upto).await.unwrap();
        assert_eq!(store.purged(), Some(upto));
    }
}
