//! The face of the disk for campaigns: mount it, cut its power, fill it, slow it down, let it fail.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fuser::{BackgroundSession, Config, MountOption};
use rand::Rng;

use super::{
    content::{Keep, Taken},
    fuse::Mounted,
    image::Image,
};

/// Threads that answer the kernel: one that waits in a slow sync must not hold up the others.
const THREADS: usize = 4;

/// A mounted disk; unmounted when dropped. Whoever uses files on it must have ended by then.
pub struct Disk {
    shared: Arc<Shared>,
    session: Option<BackgroundSession>,
}

/// What is wrong with the disk, and what it has done.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) image: Image,
    pub(super) faults: Faults,
    pub(super) counts: Counts,
}

/// What is wrong with it.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Faults {
    pub(super) syncs_fail: bool,
    pub(super) sync_takes: Duration,
    pub(super) reads_fail_of: Option<&'static str>,
    pub(super) no_space_for: Option<&'static str>,
}

/// What it has done.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Writes taken.
    pub writes: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Syncs of files that succeeded.
    pub syncs: u64,
    /// Syncs of directories.
    pub directory_syncs: u64,
    /// Reads that were answered with an error.
    pub reads_failed: u64,
    /// Syncs that were answered with an error.
    pub syncs_failed: u64,
    /// Writes that found no space.
    pub writes_refused: u64,
}

#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<State>);

// === impl Disk ===

impl Disk {
    /// Mounts an empty disk on a directory.
    pub fn mount(at: &Path) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut options = Config::default();
        options.mount_options = vec![
            MountOption::FSName("pariksha-test-disk".into()),
            MountOption::NoAtime,
            MountOption::NoSuid,
            MountOption::NoDev,
        ];
        options.n_threads = Some(THREADS);
        let session = fuser::spawn_mount(Mounted(Arc::clone(&shared)), at, &options)?;
        Ok(Self {
            shared,
            session: Some(session),
        })
    }

    /// Cuts the power and brings it back: what was not synced is gone, or partly there. The processes that use the disk
    /// must have been killed first.
    pub fn cut_power(&self, keep: Keep, random: &mut impl Rng) -> Taken {
        self.shared.state().image.cut(keep, random)
    }

    /// From now on only so many bytes are free.
    pub fn leave_free(&self, bytes: u64) {
        let mut state = self.shared.state();
        state.image.capacity = state.image.used() + bytes;
    }

    /// From now on syncs fail, or succeed again.
    pub fn fail_syncs(&self, fail: bool) {
        self.shared.state().faults.syncs_fail = fail;
    }

    /// From now on each sync takes this long.
    pub fn slow_syncs(&self, each: Duration) {
        self.shared.state().faults.sync_takes = each;
    }

    /// From now on reads of files of this name fail, or all succeed again.
    pub fn fail_reads(&self, of: Option<&'static str>) {
        self.shared.state().faults.reads_fail_of = of;
    }

    /// From now on writes into files of this name find no space, though the disk says that there is some (a quota, a thinly
    /// provisioned volume), or all find some again.
    pub fn refuse_writes(&self, of: Option<&'static str>) {
        self.shared.state().faults.no_space_for = of;
    }

    /// What it has done.
    pub fn counts(&self) -> Counts {
        self.shared.state().counts
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.session.take().map(BackgroundSession::umount_and_join) {
            eprintln!("the test's disk was not unmounted: {error}");
        }
    }
}

// === impl Shared ===

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
