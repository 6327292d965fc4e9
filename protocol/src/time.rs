//! Instants of district time and the stamp that every record carries. No clock here: whoever needs the time is given it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instant of district time: milliseconds since 1970-01-01T00:00:00Z by the centre's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// This instant moved by milliseconds, saturating.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant (negative when it is later).
    pub fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// When a record was made. Its place in the log orders it; these say when that was, and how sure the node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct When {
    /// District time.
    pub at: Instant,
    /// Milliseconds of the node's monotonic clock since it started.
    pub elapsed_ms: u64,
    /// How far `at` may be off, in milliseconds, as the node estimates it.
    pub error_ms: u32,
}

/// One measurement of another clock over the link: asked at `sent`, answered with `theirs`, heard at `heard`, all in
/// milliseconds; `sent` and `heard` by our monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSample {
    /// Our monotonic clock when the question left.
    pub sent_ms: u64,
    /// Their wall clock when they answered.
    pub theirs: Instant,
    /// Our monotonic clock when the answer came.
    pub heard_ms: u64,
}

/// District time as a function of our monotonic clock, with its error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEstimate {
    /// District time at monotonic zero.
    pub origin: Instant,
    /// The measurement's error: half its round trip.
    pub error_ms: u32,
    /// Our monotonic clock when it was measured.
    pub measured_ms: u64,
}

/// How fast two ordinary quartz clocks drift apart at worst, in parts per million.
pub const DRIFT_PPM: u64 = 100;

impl ClockEstimate {
    /// The estimate that one sample gives.
    pub fn from_sample(sample: ClockSample) -> Self {
        let round_trip = sample.heard_ms.saturating_sub(sample.sent_ms);
        let middle = sample.sent_ms + round_trip / 2;
        Self {
            origin: sample.theirs.plus_ms(-(middle as i64)),
            error_ms: u32::try_from(round_trip.div_ceil(2)).unwrap_or(u32::MAX).max(1),
            measured_ms: sample.heard_ms,
        }
    }

    /// District time at our monotonic `now_ms`.
    pub fn at(&self, now_ms: u64) -> Instant {
        self.origin.plus_ms(now_ms as i64)
    }

    /// The error at our monotonic `now_ms`: what was measured, plus drift since.
    pub fn error_at(&self, now_ms: u64) -> u32 {
        let drift = now_ms.saturating_sub(self.measured_ms) * DRIFT_PPM / 1_000_000;
        self.error_ms
            .saturating_add(u32::try_from(drift).unwrap_or(u32::MAX))
    }

    /// The better of two estimates at `now_ms`: the one with the smaller error.
    #[must_use]
    pub fn better(self, other: Self, now_ms: u64) -> Self {
        if other.error_at(now_ms) <= self.error_at(now_ms) {
            other
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_gives_the_middle_of_its_round_trip() {
        let estimate = ClockEstimate::from_sample(ClockSample {
            sent_ms: 100,
            theirs: Instant(5_000),
            heard_ms: 140,
        });
        assert_eq!(estimate.at(120), Instant(5_000));
        assert_eq!(estimate.error_ms, 20);
    }

    #[test]
    fn the_error_grows_with_drift_and_a_fresh_sample_replaces_a_stale_one() {
        let old = ClockEstimate {
            origin: Instant(0),
            error_ms: 5,
            measured_ms: 0,
        };
        let fresh = ClockEstimate {
            origin: Instant(1),
            error_ms: 20,
            measured_ms: 3_600_000,
        };
        assert_eq!(old.error_at(3_600_000), 365);
        assert_eq!(old.better(fresh, 3_600_000), fresh);
        assert_eq!(old.better(fresh, 0).origin, Instant(0));
    }
}
