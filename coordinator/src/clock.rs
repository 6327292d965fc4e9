//! The time of this coordinator: what nodes are told, proposals are stamped with and pages show. It follows the machine's
//! clock while that one runs on; a jump of it is not followed but alarmed, unless a majority of the coordinators'
//! machines shows the same (`docs/decisions/0010`). Everything here asks this clock, nothing asks the machine's.

mod rules;
pub(crate) mod watch;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use daemon::Clock;
use protocol::{ids::CoordinatorId, time::Instant};
use serde::{Deserialize, Serialize};

use rules::Rules;

/// What one coordinator says of its clocks. Sent between coordinators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// What its machine's clock shows: one witness.
    pub wall: Instant,
    /// What it takes for the time, and tells nodes.
    pub time: Instant,
}

/// This coordinator's clock. Clones are the same.
#[derive(Debug, Clone)]
pub struct CentreClock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    machine: Arc<dyn Clock>,
    rules: Mutex<Rules>,
}

/// A coordinator whose machine's clock contradicts the coordinators' time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockDoubt {
    /// Which.
    pub coordinator: CoordinatorId,
    /// By how many milliseconds it is ahead; negative: behind.
    pub ahead_ms: i64,
    /// Whether it takes that for the time itself.
    pub is_told: bool,
}

impl CentreClock {
    /// The clock of a coordinator over its machine's. It begins with what that one shows.
    pub fn new(own: CoordinatorId, machine: Arc<dyn Clock>) -> Self {
        let rules = Rules::new(own, machine.monotonic_ms(), Instant(machine.wall_ms()));
        Self {
            inner: Arc::new(Inner {
                machine,
                rules: Mutex::new(rules),
            }),
        }
    }

    /// Both clocks now.
    pub fn reading(&self) -> ClockReading {
        let (now_ms, wall) = self.machine();
        ClockReading {
            wall,
            time: self.lock().now(now_ms, wall),
        }
    }

    /// Milliseconds by which the machine's clock is ahead of the time.
    pub fn machine_ahead_ms(&self) -> i64 {
        let reading = self.reading();
        reading.wall.since_ms(reading.time)
    }

    /// Whose machines' clocks contradict the time, this one's among them.
    pub fn doubts(&self) -> Vec<ClockDoubt> {
        let (now_ms, wall) = self.machine();
        let mut rules = self.lock();
        rules.now(now_ms, wall);
        rules.doubts(now_ms)
    }

    /// Another coordinator's reading came, asked for at `sent_ms` of the monotonic clock; `known` coordinators there are.
    /// Gives by how many milliseconds the time was moved, when a majority demanded it.
    fn heard(&self, who: CoordinatorId, reading: ClockReading, sent_ms: u64, known: usize) -> Option<i64> {
        let (now_ms, wall) = self.machine();
        let mut rules = self.lock();
        rules.now(now_ms, wall);
        rules.heard(who, reading, (sent_ms, now_ms), known)
    }

    fn machine(&self) -> (u64, Instant) {
        let machine = &self.inner.machine;
        (machine.monotonic_ms(), Instant(machine.wall_ms()))
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.inner.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for CentreClock {
    fn monotonic_us(&self) -> u64 {
        self.inner.machine.monotonic_us()
    }

    fn wall_ms(&self) -> i64 {
        self.reading().time.0
    }
}

impl fmt::Display for ClockDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.ahead_ms.unsigned_abs() + 500) / 1_000;
        let direction = if self.ahead_ms < 0 { "behind" } else { "ahead of" };
        let meanwhile = if self.is_told {
            "nodes that are linked to it are told that time and set it aside"
        } else {
            "no deadline moves"
        };
        write!(
            f,
            "the clock of coordinator {}'s machine is {} min {} s {direction} the coordinators' time; {meanwhile}; set that clock right (chrony or another NTP service)",
            self.coordinator,
            seconds / 60,
            seconds % 60,
        )
    }
}
