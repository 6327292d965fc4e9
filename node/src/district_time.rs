//! District time at the node: measured over the link, carried on by the monotonic clock when the WAN is gone. Asked by
//! whoever stamps a record or judges a deadline; told of measurements by the shipper. It never waits for anything.
//!
//! Until the first measurement after a start the time is the operating system's, moved by the offset that was measured
//! before the restart, and never below the persisted floor. After it the wall clock is not looked at any more. Small
//! corrections never let time go back: it stands still until the true time has caught up.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use daemon::{Clock, Tasks};
use protocol::{
    codec,
    time::{ClockEstimate, ClockSample, Instant, When},
};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// The error that is shown while the time is only the operating system's.
const UNMEASURED_ERROR_MS: u32 = 60_000;

/// A correction back by more than this is a clock that was wrong, not noise: it is stepped and alarmed. Standing
/// still for so long would keep candidates from finishing.
const STEP_MS: i64 = 5_000;

/// How often the floor is written, beside the first measurement and each step.
const FLOOR_EVERY: Duration = Duration::from_secs(10);

/// District time. Clones are the same.
#[derive(Debug, Clone)]
pub struct DistrictTime {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    floor_file: PathBuf,
    core: Mutex<TimeCore>,
    /// Told when what a restart would start from has changed by more than the passing of time.
    set: Notify,
}

/// The floor's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}; check the disk's space and that the directory belongs to the node's user")]
pub struct TimeError {
    path: PathBuf,
    source: io::Error,
}

/// What is kept over a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// District time when it was written: time does not start below it.
    pub at: Instant,
    /// What the operating system's wall clock said then.
    pub wall_ms: i64,
    /// The error then.
    pub error_ms: u32,
}

/// The rules, without a clock or a disk. [`DistrictTime`] runs them on this machine's clock, the simulation on its own.
#[derive(Debug)]
pub struct TimeCore {
    estimate: ClockEstimate,
    is_measured: bool,
    last: Instant,
}

impl TimeCore {
    /// District time at a start, from the operating system's clock and what was kept.
    pub fn new(monotonic_ms: u64, wall_ms: i64, floor: Option<Floor>) -> Self {
        let (start, error_ms) = match floor {
            Some(floor) => {
                let by_offset = floor.at.plus_ms(wall_ms.saturating_sub(floor.wall_ms));
                (
                    by_offset.max(floor.at),
                    floor.error_ms.saturating_add(1_000).min(UNMEASURED_ERROR_MS),
                )
            }
            None => (Instant(wall_ms), UNMEASURED_ERROR_MS),
        };
        let origin = start.plus_ms(-(monotonic_ms as i64));
        let estimate = ClockEstimate {
            origin,
            error_ms,
            measured_ms: monotonic_ms,
        };
        Self {
            estimate,
            is_measured: false,
            last: floor.map_or(start, |floor| floor.at),
        }
    }

    /// District time now; it never runs back.
    pub fn now(&mut self, monotonic_ms: u64) -> Instant {
        self.last = self.last.max(self.estimate.at(monotonic_ms));
        self.last
    }

    /// Takes a measurement in. Gives the step in milliseconds when time had to be set back.
    pub fn observe(&mut self, sample: ClockSample) -> Option<i64> {
        let now_ms = sample.heard_ms;
        let fresh = ClockEstimate::from_sample(sample);
        let apart = fresh.at(now_ms).since_ms(self.estimate.at(now_ms));
        let errors = i64::from(fresh.error_ms) + i64::from(self.estimate.error_at(now_ms));
        // Two measurements that cannot both be right: the newer is believed.
        let contradicts = apart.abs() > errors;
        self.estimate = if !self.is_measured || contradicts {
            fresh
        } else {
            self.estimate.better(fresh, now_ms)
        };
        self.is_measured = true;
        let back = self.last.since_ms(self.estimate.at(now_ms));
        if back > STEP_MS {
            self.last = self.estimate.at(now_ms);
            return Some(back);
        }
        None
    }
}

impl DistrictTime {
    /// Opens the floor's file (created when missing). Blocks: call it at start.
    pub fn open(floor_file: &Path, clock: Arc<dyn Clock>) -> Result<Self, TimeError> {
        let floor = match fs::read(floor_file) {
            // A damaged floor is no floor: the file is replaced whole, so this is a disk's fault.
            Ok(bytes) => codec::decode::<Floor>(&bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => {
                return Err(TimeError {
                    path: floor_file.to_owned(),
                    source,
                });
            }
        };
        let core = TimeCore::new(clock.monotonic_ms(), clock.wall_ms(), floor);
        let shared = Shared {
            clock,
            floor_file: floor_file.to_owned(),
            core: Mutex::new(core),
            set: Notify::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Starts the task that writes the floor.
    pub fn start(&self, tasks: &Tasks) {
        let (time, shutdown) = (self.clone(), tasks.shutdown_token());
        tasks.spawn("time-floor", async move {
            loop {
                let stopping = tokio::select! {
                    () = shutdown.cancelled() => true,
                    () = time.shared.set.notified() => false,
                    () = tokio::time::sleep(FLOOR_EVERY) => false,
                };
                let writer = time.clone();
                let written = tokio::task::spawn_blocking(move || writer.write_floor()).await;
                if let Ok(Err(error)) = written {
                    tracing::warn!(%error, "district time's floor cannot be written");
                }
                if stopping {
                    return;
                }
            }
        });
    }

    /// District time now.
    pub fn now(&self) -> Instant {
        let now_ms = self.shared.clock.monotonic_ms();
        self.lock().now(now_ms)
    }

    /// The stamp of a record that is made now.
    pub fn when(&self) -> When {
        let elapsed_ms = self.shared.clock.monotonic_ms();
        let mut core = self.lock();
        When {
            at: core.now(elapsed_ms),
            elapsed_ms,
            error_ms: core.estimate.error_at(elapsed_ms),
        }
    }

    /// How far the time may be off, in milliseconds.
    pub fn error_ms(&self) -> u32 {
        let now_ms = self.shared.clock.monotonic_ms();
        self.lock().estimate.error_at(now_ms)
    }

    /// Whether the time was measured since the start.
    pub fn is_measured(&self) -> bool {
        self.lock().is_measured
    }

    /// District time less the operating system's wall clock, in milliseconds, for display.
    pub fn offset_ms(&self) -> i64 {
        self.now().since_ms(Instant(self.shared.clock.wall_ms()))
    }

    /// The monotonic clock, by which measurements are made.
    pub fn monotonic_ms(&self) -> u64 {
        self.shared.clock.monotonic_ms()
    }

    /// Takes a measurement of the centre's clock in.
    pub fn observe(&self, sample: ClockSample) {
        let mut core = self.lock();
        let was_measured = core.is_measured;
        let step = core.observe(sample);
        drop(core);
        if !was_measured || step.is_some() {
            self.shared.set.notify_one();
        }
        match step {
            Some(back_ms) if was_measured => {
                tracing::error!(
                    back_ms,
                    "the centre's clock went back; check the coordinators' clocks"
                );
            }
            Some(back_ms) => {
                tracing::warn!(
                    back_ms,
                    "this machine's clock was ahead of the centre's; district time was set back"
                );
            }
            None => {}
        }
    }

    fn write_floor(&self) -> io::Result<()> {
        if !self.is_measured() {
            return Ok(());
        }
        let floor = Floor {
            at: self.now(),
            wall_ms: self.shared.clock.wall_ms(),
            error_ms: self.error_ms(),
        };
        let bytes = codec::encode(&floor).map_err(io::Error::other)?;
        let path = &self.shared.floor_file;
        let beside = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&beside)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        match path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => File::open(directory)?.sync_all(),
            _ => Ok(()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, TimeCore> {
        self.shared.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use daemon::ManualClock;

    use super::*;

    fn sample(sent_ms: u64, theirs: i64, heard_ms: u64) -> ClockSample {
        ClockSample {
            sent_ms,
            theirs: Instant(theirs),
            heard_ms,
        }
    }

    #[test]
    fn the_wall_clock_is_not_looked_at_after_the_first_measurement() {
        let directory = tempfile::tempdir().unwrap();
        let clock = ManualClock::at_wall_ms(1_000_000);
        let time = DistrictTime::open(&directory.path().join("floor"), Arc::new(clock.clone())).unwrap();
        assert_eq!(time.now(), Instant(1_000_000));
        time.observe(sample(0, 1_000_700, 0));
        clock.set_wall_ms(99);
        clock.advance(Duration::from_secs(3));
        assert_eq!(time.now(), Instant(1_003_700));
        assert!(time.error_ms() < 10);
    }

    #[test]
    fn a_small_correction_back_lets_time_stand_still_and_never_run_back() {
        let mut core = TimeCore::new(0, 10_000, None);
        core.observe(sample(0, 10_500, 2));
        assert_eq!(core.now(1_000), Instant(11_499));
        assert_eq!(core.observe(sample(1_000, 11_000, 1_000)), None);
        assert_eq!(core.now(1_001), Instant(11_499));
        assert_eq!(core.now(1_600), Instant(11_600));
    }

    #[test]
    fn a_clock_that_was_far_ahead_is_set_back() {
        let mut core = TimeCore::new(0, 3_600_000, None);
        assert_eq!(core.now(0), Instant(3_600_000));
        assert_eq!(core.observe(sample(0, 1_000, 0)), Some(3_599_000));
        assert_eq!(core.now(10), Instant(1_010));
    }

    #[test]
    fn over_a_restart_time_goes_on_by_the_offset_and_never_below_the_floor() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("floor");
        let clock = ManualClock::at_wall_ms(500);
        let time = DistrictTime::open(&path, Arc::new(clock)).unwrap();
        time.observe(sample(0, 90_000, 0));
        time.write_floor().unwrap();
        let later = DistrictTime::open(&path, Arc::new(ManualClock::at_wall_ms(2_500))).unwrap();
        assert_eq!(later.now(), Instant(92_000));
        let jumped = DistrictTime::open(&path, Arc::new(ManualClock::at_wall_ms(-7_000))).unwrap();
        assert_eq!(jumped.now(), Instant(90_000));
    }

    #[tokio::test]
    async fn the_floor_is_written_with_the_first_measurement() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("floor");
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at_wall_ms(500));
        let time = DistrictTime::open(&path, Arc::clone(&clock)).unwrap();
        let tasks = Tasks::new(daemon::CancellationToken::new());
        time.start(&tasks);
        time.observe(sample(0, 90_000, 0));
        tokio::time::timeout(FLOOR_EVERY / 2, async {
            while !path.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .expect("written long before the next regular write");
        let later = DistrictTime::open(&path, Arc::new(ManualClock::at_wall_ms(-7_000))).unwrap();
        assert!(later.now() >= Instant(90_000));
    }

    #[test]
    fn a_worse_sample_does_not_replace_a_better_one() {
        let mut core = TimeCore::new(0, 0, None);
        core.observe(sample(0, 100, 2));
        core.observe(sample(10, 150, 90));
        assert_eq!(core.estimate.error_ms, 1);
    }
}
