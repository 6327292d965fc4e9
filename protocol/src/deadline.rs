//! When an attempt ends: fixed at its start from the sitting and the candidate's extra time, moved only by grants.

use crate::{sitting::Sitting, time::Instant};

/// How long after the deadline a response that was given in time may still arrive, and the node waits before it submits
/// an attempt itself: the page's queue needs a moment to flush.
pub const GRACE_MS: i64 = 10_000;

/// The deadline of an attempt that starts at `started`: its duration with extra time, but never past the window's close
/// plus that extra time.
///
/// `extra_permille` is the roster's extra time in thousandths of the duration (334 is 20 minutes an hour).
pub fn at_start(sitting: &Sitting, started: Instant, extra_permille: u16) -> Instant {
    let extra = i64::from(sitting.duration_ms) * i64::from(extra_permille) / 1000;
    let by_duration = started.plus_ms(i64::from(sitting.duration_ms) + extra);
    by_duration.min(sitting.closes.plus_ms(extra))
}

/// Whether a response that arrives at `at` is late for an attempt whose deadline is `deadline`.
pub fn is_late(at: Instant, deadline: Instant) -> bool {
    at > deadline.plus_ms(GRACE_MS)
}

/// Whether the node should now submit an open attempt on its own.
pub fn is_expired(now: Instant, deadline: Instant) -> bool {
    now > deadline.plus_ms(GRACE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extra_time_lengthens_the_attempt_and_the_window() {
        let sitting = Sitting {
            duration_ms: 60 * 60_000,
            opens: Instant(0),
            closes: Instant(60 * 60_000),
            ..Sitting::sample()
        };
        assert_eq!(at_start(&sitting, Instant(0), 0), Instant(60 * 60_000));
        assert_eq!(at_start(&sitting, Instant(0), 500), Instant(90 * 60_000));
        assert_eq!(
            at_start(&sitting, Instant(10 * 60_000), 0),
            Instant(60 * 60_000),
            "a late start ends with the window"
        );
    }
}
