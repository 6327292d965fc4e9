//! Where time comes from: the one file that may ask the operating system what time it is.
//!
//! Handed to everything that needs time as `Arc<dyn Clock>`. Elapsed time is only ever measured with the
//! monotonic reading; the wall reading may jump in either direction at any moment and orders nothing.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of time. Cheap to read from any thread.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Microseconds since a point that is fixed for the life of the process. Never goes back.
    fn monotonic_us(&self) -> u64;

    /// What the operating system believes: milliseconds since 1970-01-01 UTC, negative before. May jump.
    fn wall_ms(&self) -> i64;

    /// Milliseconds since the same point as [`Clock::monotonic_us`].
    fn monotonic_ms(&self) -> u64 {
        self.monotonic_us() / 1_000
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn monotonic_us(&self) -> u64 {
        (**self).monotonic_us()
    }

    fn wall_ms(&self) -> i64 {
        (**self).wall_ms()
    }
}

/// The operating system's clocks. All values of this type in a process share one monotonic origin, so their
/// readings may be compared.
///
/// On Linux the monotonic reading stands still while the machine is suspended.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// Set at the first reading in the process.
static MONOTONIC_ORIGIN: OnceLock<Instant> = OnceLock::new();

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that the ban points to"
    )]
    fn monotonic_us(&self) -> u64 {
        let origin = MONOTONIC_ORIGIN.get_or_init(Instant::now);
        saturating_u64(Instant::now().saturating_duration_since(*origin).as_micros())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that the ban points to"
    )]
    fn wall_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        }
    }
}

/// A clock that moves only when told to. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub struct ManualClock {
    readings: Arc<Readings>,
}

#[derive(Debug, Default)]
struct Readings {
    monotonic_us: AtomicU64,
    wall_ms: AtomicI64,
}

impl ManualClock {
    /// A clock whose monotonic reading is 0 and whose wall reading is `wall_ms`.
    pub fn at_wall_ms(wall_ms: i64) -> Self {
        let clock = Self::default();
        clock.set_wall_ms(wall_ms);
        clock
    }

    /// Time passes: both readings grow. The wall reading grows by whole milliseconds.
    pub fn advance(&self, by: Duration) {
        self.readings
            .monotonic_us
            .fetch_add(saturating_u64(by.as_micros()), Ordering::SeqCst);
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.readings.wall_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock, forwards or back; the monotonic reading does not notice.
    pub fn set_wall_ms(&self, wall_ms: i64) {
        self.readings.wall_ms.store(wall_ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn monotonic_us(&self) -> u64 {
        self.readings.monotonic_us.load(Ordering::SeqCst)
    }

    fn wall_ms(&self) -> i64 {
        self.readings.wall_ms.load(Ordering::SeqCst)
    }
}

fn saturating_u64(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2020-01-01 UTC: a machine that runs this test is later than that.
    const LONG_AGO_MS: i64 = 1_577_836_800_000;

    #[test]
    fn the_system_clock_never_goes_back_and_shares_its_origin() {
        let (one, other) = (SystemClock, SystemClock);
        let mut last = 0;
        for _ in 0..1_000 {
            for clock in [&one, &other] {
                let now = clock.monotonic_us();
                assert!(now >= last, "{now} came after {last}");
                last = now;
            }
        }
        assert!(one.wall_ms() > LONG_AGO_MS);
    }

    #[test]
    fn elapsed_time_is_real_time() {
        let before_ms = SystemClock.monotonic_ms();
        std::thread::sleep(Duration::from_millis(20));
        assert!(SystemClock.monotonic_ms() - before_ms >= 19);
    }

    #[test]
    fn a_manual_clock_moves_only_when_told_and_through_every_clone() {
        let clock = ManualClock::at_wall_ms(1_000);
        let seen: Arc<dyn Clock> = Arc::new(clock.clone());
        assert_eq!((seen.monotonic_ms(), seen.wall_ms()), (0, 1_000));
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(
            (seen.monotonic_ms(), seen.monotonic_us(), seen.wall_ms()),
            (1_500, 1_500_000, 2_500)
        );
    }

    #[test]
    fn setting_the_wall_clock_back_leaves_elapsed_time_alone() {
        let clock = ManualClock::at_wall_ms(10_000);
        clock.advance(Duration::from_secs(1));
        clock.set_wall_ms(-5);
        assert_eq!((clock.monotonic_ms(), clock.wall_ms()), (1_000, -5));
    }
}
