//! How full the disk is: looked at once a second by a task and before every commit, asked by every append, so that new
//! answers are refused while what was acknowledged can still be written, read and shipped.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use daemon::Tasks;

use super::{
    Settings,
    ballast::{Ballast, Step, step},
};
use crate::disk_work::disk_work;

/// How often the free space is asked for: a second of answers is far less than the reserve.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// The disk below the data directory. Clones are the same.
#[derive(Debug, Clone)]
pub struct Disk {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    free_bytes: AtomicU64,
    high_water: u64,
    ballast: Mutex<Ballast>,
    ballast_held: AtomicU64,
}

/// How the disk's room is, for status pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Free bytes, as last measured.
    pub free_bytes: u64,
    /// Below so many free bytes new answers are refused.
    pub high_water: u64,
    /// Bytes of ballast that can still be given back.
    pub ballast: u64,
    /// In a word.
    pub state: SpaceState,
}

/// How the disk's room is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpaceState {
    /// There is room.
    Ample,
    /// New answers are refused.
    Full,
    /// The last of the room is being used, and the ballast was given back.
    Critical,
}

impl Disk {
    /// Measures the disk that holds `directory`, and gives the ballast back if the log could not be opened otherwise.
    pub(crate) fn open(directory: &Path, settings: &Settings) -> Self {
        let total =
            rustix::fs::statvfs(directory).map_or(0, |stat| stat.f_blocks.saturating_mul(stat.f_frsize));
        let ballast = Ballast::of(directory, settings.ballast_bytes, total);
        let disk = Self {
            shared: Arc::new(Shared {
                path: directory.to_owned(),
                free_bytes: AtomicU64::new(u64::MAX),
                high_water: settings.free_bytes_min,
                ballast_held: AtomicU64::new(ballast.held()),
                ballast: Mutex::new(ballast),
            }),
        };
        disk.make_room();
        disk
    }

    /// Free bytes, as last measured.
    pub fn free_bytes(&self) -> u64 {
        self.shared.free_bytes.load(Ordering::Relaxed)
    }

    /// The free bytes when there are too few of them for new answers.
    pub fn too_full(&self) -> Option<u64> {
        Some(self.free_bytes()).filter(|free| *free < self.shared.high_water)
    }

    /// How the room is.
    pub fn space(&self) -> Space {
        let ballast = self.shared.ballast_held.load(Ordering::Relaxed);
        let state = match self.too_full() {
            None => SpaceState::Ample,
            Some(free) if free < self.shared.high_water / 4 => SpaceState::Critical,
            Some(_) => SpaceState::Full,
        };
        Space {
            free_bytes: self.free_bytes(),
            high_water: self.shared.high_water,
            ballast,
            state,
        }
    }

    /// Keeps the measurement fresh and the ballast in place until shutdown.
    pub(super) fn start(&self, tasks: &Tasks) {
        let (disk, shutdown) = (self.clone(), tasks.shutdown_token());
        tasks.spawn("disk-space", async move {
            loop {
                let tended = disk.clone();
                disk_work(move || tended.tend()).await;
                if tokio::time::timeout(SAMPLE_EVERY, shutdown.cancelled())
                    .await
                    .is_ok()
                {
                    return;
                }
            }
        });
    }

    /// Looks before something is written that was accepted: gives the ballast back when only that makes room for it.
    pub(super) fn make_room(&self) {
        if self.sample() == Step::Release {
            self.carry_out(Step::Release);
        }
    }

    fn tend(&self) {
        let step = self.sample();
        self.carry_out(step);
    }

    fn carry_out(&self, step: Step) {
        let ballast = self.shared.ballast.lock().unwrap_or_else(PoisonError::into_inner);
        let done = match step {
            Step::Leave => return,
            Step::Release => ballast.release(),
            Step::Make => ballast.make(),
        };
        let held = ballast.held();
        self.shared.ballast_held.store(held, Ordering::Relaxed);
        drop(ballast);
        match (step, done) {
            (_, Err(error)) => tracing::warn!(%error, ?step, "the ballast file cannot be changed"),
            (Step::Release, Ok(())) => tracing::error!(
                "the disk is full: the ballast was given back so that accepted answers can be written; make room now"
            ),
            (_, Ok(())) => tracing::info!(bytes = held, "the ballast is in place"),
        }
        self.sample();
    }

    /// Measures, tells of a change, and says what the ballast should do.
    fn sample(&self) -> Step {
        let shared = &self.shared;
        let was_full = self.too_full().is_some();
        match rustix::fs::statvfs(shared.path.as_path()) {
            Ok(stat) => shared
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
        let wanted = shared
            .ballast
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .wanted();
        let held = shared.ballast_held.load(Ordering::Relaxed);
        step(self.free_bytes(), shared.high_water, held, wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(directory: &Path, free_bytes_min: u64) -> Disk {
        let settings = Settings {
            free_bytes_min,
            ballast_bytes: 1 << 20,
            ..Settings::default()
        };
        Disk::open(directory, &settings)
    }

    #[test]
    fn a_disk_with_less_than_the_reserve_is_too_full() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(disk(directory.path(), 1).too_full(), None);
        let full = disk(directory.path(), u64::MAX);
        assert_eq!(full.too_full(), Some(full.free_bytes()));
    }

    #[test]
    fn a_full_disk_gets_the_ballast_back_before_anything_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let ample = disk(directory.path(), 1);
        ample.tend();
        assert_eq!(ample.space().ballast, 1 << 20);
        assert_eq!(ample.space().state, SpaceState::Ample);
        let full = disk(directory.path(), u64::MAX);
        assert_eq!(full.space().ballast, 0, "given back when the log is opened");
        assert_eq!(full.space().state, SpaceState::Critical);
        full.tend();
        assert_eq!(full.space().ballast, 0, "not made again while the disk is full");
    }
}
