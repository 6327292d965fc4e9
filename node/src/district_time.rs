//! District time at the node: measured over the link, carried on by the monotonic clock when the WAN is gone. Asked by
//! whoever stamps a record or judges a deadline; told of measurements by the shipper and the watch. It never waits for
//! anything.
//!
//! Until the first measurement after a start the time is the operating system's, moved by the offset that was measured
//! before the restart, and never below the persisted floor. After it the wall clock is not looked at any more. A
//! measurement that contradicts what was carried on is set aside and alarmed, unless a majority of the coordinators
//! stands for it ([`TimeCore`]). Small corrections never let time go back: it stands still until the true time has
//! caught up.

mod core;
mod doubt;
mod floor;
pub mod watch;

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use daemon::{Clock, Tasks};
use protocol::{
    ids::{CoordinatorId, NodeId},
    time::{ClockSample, Instant, When},
};
use tokio::sync::Notify;

pub use self::{
    core::{TimeCore, Verdict},
    doubt::Doubt,
    floor::{Floor, TimeError},
};

/// How often the floor is written, beside the first measurement and each step.
const FLOOR_EVERY: Duration = Duration::from_secs(10);

/// From here on the first measurement's move is worth a line in the log.
const LARGE_MS: i64 = 5_000;

/// District time. Clones are the same.
#[derive(Debug, Clone)]
pub struct DistrictTime {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    floor_file: PathBuf,
    judged: Mutex<Judged>,
    /// Told when what a restart would start from has changed by more than the passing of time.
    set: Notify,
    /// Told when further coordinators should be asked: a word was set aside, or one alone was believed.
    witnesses_wanted: Notify,
}

#[derive(Debug)]
struct Judged {
    core: TimeCore,
    /// Coordinators whose doubted clocks a person was told of.
    alarmed: BTreeSet<CoordinatorId>,
}

impl DistrictTime {
    /// Opens the floor's file (created when missing). Blocks: call it at start.
    pub fn open(floor_file: &Path, clock: Arc<dyn Clock>) -> Result<Self, TimeError> {
        let floor = Floor::read(floor_file)?;
        let core = TimeCore::new(clock.monotonic_ms(), clock.wall_ms(), floor);
        let shared = Shared {
            clock,
            floor_file: floor_file.to_owned(),
            judged: Mutex::new(Judged {
                core,
                alarmed: BTreeSet::new(),
            }),
            set: Notify::new(),
            witnesses_wanted: Notify::new(),
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
        let now_ms = self.monotonic_ms();
        self.lock().core.now(now_ms)
    }

    /// The stamp of a record that is made now.
    pub fn when(&self) -> When {
        let elapsed_ms = self.monotonic_ms();
        let core = &mut self.lock().core;
        When {
            at: core.now(elapsed_ms),
            elapsed_ms,
            error_ms: core.estimate.error_at(elapsed_ms),
        }
    }

    /// How far the time may be off, in milliseconds.
    pub fn error_ms(&self) -> u32 {
        let now_ms = self.monotonic_ms();
        self.lock().core.estimate.error_at(now_ms)
    }

    /// Whether the time was measured since the start.
    pub fn is_measured(&self) -> bool {
        self.lock().core.is_measured()
    }

    /// District time less the operating system's wall clock, in milliseconds, for display.
    pub fn offset_ms(&self) -> i64 {
        self.now().since_ms(Instant(self.shared.clock.wall_ms()))
    }

    /// The monotonic clock, by which measurements are made.
    pub fn monotonic_ms(&self) -> u64 {
        self.shared.clock.monotonic_ms()
    }

    /// Whose clocks contradict district time just now.
    pub fn doubts(&self) -> Vec<Doubt> {
        let now_ms = self.monotonic_ms();
        let judged = self.lock();
        let coordinators = judged.core.doubted_coordinators(now_ms).into_iter();
        let coordinators = coordinators.map(|(id, ahead_ms)| Doubt::Coordinator { id, ahead_ms });
        let peers = judged.core.doubted_peers(now_ms).into_iter();
        coordinators
            .chain(peers.map(|(id, ahead_ms)| Doubt::Peer { id, ahead_ms }))
            .collect()
    }

    /// Takes a measurement of a coordinator's clock in.
    pub fn observe(&self, sample: ClockSample, from: CoordinatorId) {
        let now_ms = sample.heard_ms;
        let mut judged = self.lock();
        let verdict = judged.core.observe(sample, from);
        let doubted = judged.core.doubted_coordinators(now_ms);
        let ids = doubted.iter().map(|(id, _)| *id).collect();
        let before = std::mem::replace(&mut judged.alarmed, ids);
        drop(judged);
        let is_set = matches!(verdict, Verdict::First(_) | Verdict::Moved(_));
        if is_set {
            self.shared.set.notify_one();
        }
        let news: Vec<_> = doubted.iter().filter(|(id, _)| !before.contains(id)).collect();
        if is_set || !news.is_empty() {
            self.shared.witnesses_wanted.notify_one();
        }
        for (coordinator, ahead_ms) in news {
            tracing::error!(
                %coordinator,
                ahead_ms,
                "a coordinator's clock contradicts district time and does not count; have its machine's clock checked"
            );
        }
        for coordinator in before
            .iter()
            .filter(|id| doubted.iter().all(|(now, _)| now != *id))
        {
            tracing::info!(%coordinator, "a coordinator's clock contradicts district time no longer");
        }
        match verdict {
            Verdict::Moved(by_ms) => tracing::error!(
                by_ms,
                "district time was moved to what a majority of the coordinators says; check this machine: it was suspended, or its clock runs wrong"
            ),
            Verdict::First(by_ms) if by_ms.abs() > LARGE_MS => tracing::warn!(
                by_ms,
                "this machine's clock was not the centre's; district time was set"
            ),
            Verdict::Believed | Verdict::First(_) | Verdict::SetAside(_) => {}
        }
    }

    /// A node of the district told its district time.
    pub fn peer_said(&self, node: NodeId, at: Instant, error_ms: u32) {
        let now_ms = self.monotonic_ms();
        self.lock().core.peer_said(node, at, error_ms, now_ms);
    }

    /// How many coordinators there are.
    pub fn know_coordinators(&self, count: usize) {
        self.lock().core.know_coordinators(count);
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
        floor.write(&self.shared.floor_file)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Judged> {
        self.shared.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
