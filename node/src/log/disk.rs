//! How full the disk is: sampled once a second by a task, asked by every append, so that new answers are refused while
//! what was acknowledged can still be written, read and shipped.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use daemon::Tasks;

/// How often the free space is asked for: a second of answers is far less than the reserve.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// The disk below the data directory. Clones are the same.
#[derive(Debug, Clone)]
pub struct Disk {
    free_bytes: Arc<AtomicU64>,
    free_bytes_min: u64,
    path: Arc<PathBuf>,
}

impl Disk {
    /// Measures the disk that holds `path`.
    pub(super) fn new(path: &Path, free_bytes_min: u64) -> Self {
        let disk = Self {
            free_bytes: Arc::new(AtomicU64::new(u64::MAX)),
            free_bytes_min,
            path: Arc::new(path.to_owned()),
        };
        disk.sample();
        disk
    }

    /// Free bytes, as last measured.
    pub fn free_bytes(&self) -> u64 {
        self.free_bytes.load(Ordering::Relaxed)
    }

    /// The free bytes when there are too few of them for new answers.
    pub fn too_full(&self) -> Option<u64> {
        Some(self.free_bytes()).filter(|free| *free < self.free_bytes_min)
    }

    /// Keeps the measurement fresh until shutdown.
    pub(super) fn start(&self, tasks: &Tasks) {
        let (disk, shutdown) = (self.clone(), tasks.shutdown_token());
        tasks.spawn("disk-space", async move {
            while tokio::time::timeout(SAMPLE_EVERY, shutdown.cancelled())
                .await
                .is_err()
            {
                disk.sample();
            }
        });
    }

    fn sample(&self) {
        let was_full = self.too_full().is_some();
        match rustix::fs::statvfs(self.path.as_path()) {
            Ok(stat) => self
                .free_bytes
                .store(stat.f_bavail.saturating_mul(stat.f_frsize), Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "the disk's free space cannot be read"),
        }
        match (was_full, self.too_full()) {
            (false, Some(free_bytes)) => {
                tracing::error!(
                    free_bytes,
                    "the disk is nearly full: new answers are refused; make room on it"
                );
            }
            (true, None) => tracing::info!("the disk has room again: answers are taken"),
            (true, Some(_)) | (false, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_less_than_the_reserve_is_too_full() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Disk::new(directory.path(), 1).too_full(), None);
        let full = Disk::new(directory.path(), u64::MAX);
        assert_eq!(full.too_full(), Some(full.free_bytes()));
    }
}
