//! A twin of the frame log in memory that can crash: for tests of committers and shippers, and for simulation. It keeps
//! the same rules as the log on the disk, and forgets on a crash exactly what was not synced.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::Watermark,
};

use crate::{
    StoreError, SyncMode,
    frames::{FrameStore, follows},
};

/// A log in memory. Clones share the same "disk", so that a test can keep one and crash it under the other's owner.
#[derive(Debug, Clone)]
pub struct MemoryLog {
    log: LogId,
    sync: SyncMode,
    disk: Arc<Mutex<Disk>>,
}

#[derive(Debug, Default)]
struct Disk {
    frames: Vec<Frame>,
    /// Frames that were synced, from the first.
    synced_frames: usize,
    /// A frame that was written, but whose sync failed: never acknowledged, and there again after a mere kill.
    doubtful: Option<Frame>,
    appends_until_failure: Option<usize>,
    failed: Option<String>,
}

impl MemoryLog {
    /// An empty log that syncs each frame.
    pub fn new(log: LogId) -> Self {
        Self::with_sync(log, SyncMode::Durable)
    }

    /// An empty log; with [`SyncMode::Unsafe`] only [`FrameStore::checkpoint`] syncs.
    pub fn with_sync(log: LogId, sync: SyncMode) -> Self {
        Self {
            log,
            sync,
            disk: Arc::default(),
        }
    }

    /// Lets the sync of the `nth` append from now fail (1 = the next): it is written, but not on the disk.
    pub fn fail_append(&self, nth: usize) {
        self.disk().appends_until_failure = Some(nth);
    }

    /// The power goes: what was not synced is gone, and so is a failure. What remains is the log after a restart.
    #[must_use]
    pub fn crash(&self) -> Self {
        let disk = self.disk();
        self.restarted(disk.frames[..disk.synced_frames].to_vec())
    }

    /// The process is killed, the machine goes on: all that was written is there, also what was never acknowledged.
    #[must_use]
    pub fn kill(&self) -> Self {
        let disk = self.disk();
        self.restarted(disk.frames.iter().chain(&disk.doubtful).cloned().collect())
    }

    /// The same log on a disk that holds these frames.
    fn restarted(&self, frames: Vec<Frame>) -> Self {
        let disk = Disk {
            synced_frames: frames.len(),
            frames,
            ..Disk::default()
        };
        Self {
            log: self.log,
            sync: self.sync,
            disk: Arc::new(Mutex::new(disk)),
        }
    }

    /// The acknowledged frames from the one that holds `from` on.
    pub fn read(&self, from: Sequence) -> Vec<Frame> {
        self.read_some(from, usize::MAX)
    }

    /// The same, at most so many frames.
    pub fn read_some(&self, from: Sequence, frames_max: usize) -> Vec<Frame> {
        let disk = self.disk();
        let start = disk.frames.partition_point(|frame| frame.last() < from);
        disk.frames[start..].iter().take(frames_max).cloned().collect()
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn head(&self) -> Watermark {
        self.frames.last().map(Watermark::after).unwrap_or_default()
    }

    /// The first failure, for ever.
    fn check(&self) -> Result<(), StoreError> {
        self.failed.as_ref().map_or(Ok(()), |why| {
            Err(StoreError::Failed {
                dir: "memory".into(),
                why: why.clone(),
            })
        })
    }

    /// Counts one append down; whether it is the one that fails.
    fn is_failing(&mut self) -> bool {
        self.appends_until_failure = self.appends_until_failure.map(|left| left.saturating_sub(1));
        self.appends_until_failure == Some(0)
    }
}

impl FrameStore for MemoryLog {
    fn id(&self) -> LogId {
        self.log
    }

    fn head(&self) -> Watermark {
        self.disk().head()
    }

    fn append(&mut self, frame: &Frame) -> Result<(), StoreError> {
        let mut disk = self.disk();
        disk.check()?;
        follows(self.log, disk.head(), frame)?;
        if disk.is_failing() {
            disk.doubtful = Some(frame.clone());
            disk.failed = Some("the sync was told to fail".to_owned());
            return disk.check();
        }
        disk.frames.push(frame.clone());
        match self.sync {
            SyncMode::Durable => disk.synced_frames = disk.frames.len(),
            SyncMode::Unsafe => {}
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        let mut disk = self.disk();
        disk.check()?;
        disk.synced_frames = disk.frames.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::chain::{frames, log};

    #[test]
    fn a_crash_forgets_exactly_what_was_not_synced() {
        let chain = frames(6, 1);
        let mut memory = MemoryLog::with_sync(log(), SyncMode::Unsafe);
        for frame in &chain[..4] {
            memory.append(frame).unwrap();
        }
        memory.checkpoint().unwrap();
        memory.append(&chain[4]).unwrap();
        assert_eq!(memory.head(), Watermark::after(&chain[4]));
        let mut restarted = memory.crash();
        assert_eq!(restarted.read(Sequence(1)), chain[..4]);
        restarted.append(&chain[4]).unwrap();
        assert_eq!(memory.kill().read(Sequence(1)), chain[..5]);
    }

    #[test]
    fn a_failed_sync_is_never_retried_and_its_frame_may_be_gone_or_there() {
        let chain = frames(4, 1);
        let mut memory = MemoryLog::new(log());
        memory.fail_append(2);
        memory.append(&chain[0]).unwrap();
        assert!(matches!(memory.append(&chain[1]), Err(StoreError::Failed { .. })));
        assert!(matches!(memory.append(&chain[1]), Err(StoreError::Failed { .. })));
        assert!(matches!(memory.checkpoint(), Err(StoreError::Failed { .. })));
        assert_eq!(memory.head(), Watermark::after(&chain[0]));
        assert_eq!(memory.crash().head(), Watermark::after(&chain[0]));
        assert_eq!(memory.kill().head(), Watermark::after(&chain[1]));
    }

    #[test]
    fn it_refuses_what_does_not_follow() {
        let chain = frames(3, 1);
        let mut memory = MemoryLog::new(log());
        assert!(matches!(
            memory.append(&chain[1]),
            Err(StoreError::Discontinuous { .. })
        ));
        memory.append(&chain[0]).unwrap();
        assert!(matches!(
            memory.append(&chain[0]),
            Err(StoreError::Discontinuous { .. })
        ));
        memory.append(&chain[1]).unwrap();
    }
}
