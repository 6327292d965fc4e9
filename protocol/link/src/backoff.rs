//! How long to wait before the next attempt: exponential with full jitter.
//!
//! After an outage hundreds of nodes dial at once; full jitter spreads them over the whole interval. Pure: the
//! caller brings the randomness and does the sleeping.

use std::time::Duration;

/// The doubling stops here, long before it could overflow; the ceiling has been reached by then.
const DOUBLINGS_MAX: u32 = 32;

/// The waits between attempts at one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    floor: Duration,
    first: Duration,
    ceiling: Duration,
    failures: u32,
}

// === impl Backoff ===

impl Backoff {
    /// Waits of up to `first`, then up to twice that, and so on up to `ceiling`; never under `floor`, so that a peer
    /// that refuses at once is not asked in a tight loop.
    pub const fn new(floor: Duration, first: Duration, ceiling: Duration) -> Self {
        Self {
            floor,
            first,
            ceiling,
            failures: 0,
        }
    }

    /// The wait after one more failure; `random` is uniform over all of `u64`.
    pub fn next(&mut self, random: u64) -> Duration {
        let doubled = self
            .first
            .saturating_mul(1 << self.failures.min(DOUBLINGS_MAX - 1));
        self.failures = self.failures.saturating_add(1);
        let most = doubled.min(self.ceiling).max(self.floor);
        let span = u64::try_from(most.saturating_sub(self.floor).as_nanos()).unwrap_or(u64::MAX);
        // The high half of the product scales `random` to 0..=span without a division's bias.
        let offset = (u128::from(random) * (u128::from(span) + 1)) >> 64;
        self.floor + Duration::from_nanos(offset as u64)
    }

    /// To be called when an attempt succeeded and held.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many waits have been handed out since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

impl Default for Backoff {
    /// 50 ms to 15 s, the first wait up to 250 ms: a healed WAN is noticed within 15 s.
    fn default() -> Self {
        Self::new(
            Duration::from_millis(50),
            Duration::from_millis(250),
            Duration::from_secs(15),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_ceiling_and_start_over_after_success() {
        let mut backoff = Backoff::new(Duration::ZERO, Duration::from_secs(1), Duration::from_secs(5));
        let longest: Vec<u64> = (0..5).map(|_| backoff.next(u64::MAX).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 5, 5]);
        backoff.reset();
        assert_eq!(backoff.next(u64::MAX), Duration::from_secs(1));
    }

    #[test]
    fn every_wait_is_within_its_bounds_for_any_randomness() {
        for random in [0, 1, u64::MAX / 3, u64::MAX / 2, u64::MAX - 1, u64::MAX] {
            let mut backoff = Backoff::default();
            for _ in 0..100 {
                let wait = backoff.next(random);
                assert!(wait >= Duration::from_millis(50) && wait <= Duration::from_secs(15));
            }
        }
    }

    #[test]
    fn bounds_in_the_wrong_order_do_not_panic() {
        let mut backoff = Backoff::new(Duration::from_secs(9), Duration::from_secs(1), Duration::ZERO);
        assert_eq!(backoff.next(7), Duration::from_secs(9));
    }
}
