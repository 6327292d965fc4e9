//! Token buckets: how many requests of a kind one address, candidate or session may make. A full minute's worth may come
//! at once; then they refill evenly. Asked by the handlers before any work is done.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use daemon::Tasks;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use protocol::{
    ids::{CandidateId, DeviceTag},
    token::Claims,
};
use serde::{Deserialize, Serialize};

/// How often buckets that are full again are forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Buckets of one kind at most. At this many, a newcomer must wait until some are forgotten.
const BUCKETS_MAX: usize = 200_000;

/// How many takes there are between two counts of the buckets.
const COUNTED_EVERY: u32 = 64;

/// The `[http.rates]` part of the configuration: requests a minute. Zero is taken as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Sign-ins from one address. A whole district's halls may stand behind one: the greatest district signs in within a
    /// minute, and one in four tries twice. Guessing is not what this holds off (an access code is 80 random bits, and
    /// [`Settings::sign_in_per_candidate`] is narrow); it keeps one address from taking a core's time: a sign-in costs
    /// about 0.1 ms.
    pub sign_in_per_address: u32,
    /// Sign-ins of one candidate.
    pub sign_in_per_candidate: u32,
    /// Starts of one session.
    pub start: u32,
    /// Submissions of one session.
    pub submit: u32,
    /// Saves of one session.
    pub save: u32,
    /// Reads of one session.
    pub read: u32,
    /// Receipt checks from one address.
    pub check_per_address: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sign_in_per_address: 15_000,
            sign_in_per_candidate: 10,
            start: 10,
            submit: 10,
            save: 600,
            read: 300,
            check_per_address: 120,
        }
    }
}

/// Too many requests; how long to wait before the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests of this kind; wait a little and send it again")]
pub struct TooMany {
    /// Until then it would be refused again.
    pub wait: Duration,
}

/// Whose session: a candidate at a device.
type Session = (CandidateId, DeviceTag);

/// All buckets.
pub struct Limiter {
    sign_in_addresses: Buckets<IpAddr>,
    sign_in_candidates: Buckets<CandidateId>,
    starts: Buckets<Session>,
    submits: Buckets<Session>,
    saves: Buckets<Session>,
    reads: Buckets<Session>,
    checks: Buckets<IpAddr>,
}

struct Buckets<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    /// Takes until the buckets are counted again.
    taken: AtomicU32,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    fn new(per_minute: u32) -> Self {
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        Self {
            limiter: RateLimiter::keyed(Quota::per_minute(per_minute)),
            taken: AtomicU32::new(0),
        }
    }

    fn take(&self, key: &K) -> Result<(), TooMany> {
        // Counting goes over all locks of the map, so there may be so many more than the greatest number.
        let is_counted = self
            .taken
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(COUNTED_EVERY);
        if is_counted && self.limiter.len() >= BUCKETS_MAX {
            self.limiter.retain_recent();
            if self.limiter.len() >= BUCKETS_MAX {
                return Err(TooMany { wait: TIDY_EVERY });
            }
        }
        self.limiter.check_key(key).map_err(|not_until| TooMany {
            wait: not_until.wait_time_from(DefaultClock::default().now()),
        })
    }
}

impl Limiter {
    /// Full buckets.
    pub fn new(settings: &Settings) -> Self {
        Self {
            sign_in_addresses: Buckets::new(settings.sign_in_per_address),
            sign_in_candidates: Buckets::new(settings.sign_in_per_candidate),
            starts: Buckets::new(settings.start),
            submits: Buckets::new(settings.submit),
            saves: Buckets::new(settings.save),
            reads: Buckets::new(settings.read),
            checks: Buckets::new(settings.check_per_address),
        }
    }

    /// A sign-in from an address.
    pub fn sign_in_from(&self, address: IpAddr) -> Result<(), TooMany> {
        self.sign_in_addresses.take(&neighbourhood(address))
    }

    /// A sign-in of a candidate who exists.
    pub fn sign_in_of(&self, candidate: CandidateId) -> Result<(), TooMany> {
        self.sign_in_candidates.take(&candidate)
    }

    /// A start.
    pub fn start(&self, claims: &Claims) -> Result<(), TooMany> {
        self.starts.take(&session(claims))
    }

    /// A submission.
    pub fn submit(&self, claims: &Claims) -> Result<(), TooMany> {
        self.submits.take(&session(claims))
    }

    /// A save.
    pub fn save(&self, claims: &Claims) -> Result<(), TooMany> {
        self.saves.take(&session(claims))
    }

    /// A read.
    pub fn read(&self, claims: &Claims) -> Result<(), TooMany> {
        self.reads.take(&session(claims))
    }

    /// A check of a receipt, which needs no sign-in.
    pub fn check_from(&self, address: IpAddr) -> Result<(), TooMany> {
        self.checks.take(&neighbourhood(address))
    }

    /// Forgets buckets that are full again.
    fn tidy(&self) {
        self.sign_in_addresses.limiter.retain_recent();
        self.sign_in_candidates.limiter.retain_recent();
        self.checks.limiter.retain_recent();
        for sessions in [&self.starts, &self.submits, &self.saves, &self.reads] {
            sessions.limiter.retain_recent();
        }
    }

    /// Starts the task that tidies until shutdown.
    pub fn start_tidying(self: std::sync::Arc<Self>, tasks: &Tasks) {
        let shutdown = tasks.shutdown_token();
        tasks.spawn("limits-tidy", async move {
            while tokio::time::timeout(TIDY_EVERY, shutdown.cancelled())
                .await
                .is_err()
            {
                self.tidy();
            }
        });
    }
}

fn session(claims: &Claims) -> Session {
    (claims.candidate, claims.device)
}

/// One subscriber has a whole IPv6 /64, so that is what is counted.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let bits = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_after_the_last_is_told_how_long_to_wait() {
        let limiter = Limiter::new(&Settings {
            sign_in_per_candidate: 3,
            ..Settings::default()
        });
        for _ in 0..3 {
            assert_eq!(limiter.sign_in_of(CandidateId(1)), Ok(()));
        }
        let refused = limiter.sign_in_of(CandidateId(1)).unwrap_err();
        assert!(refused.wait <= Duration::from_secs(20), "{refused:?}");
        assert!(refused.wait > Duration::from_secs(15), "{refused:?}");
        assert_eq!(
            limiter.sign_in_of(CandidateId(2)),
            Ok(()),
            "others are not touched"
        );
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_bucket() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        assert_eq!(neighbourhood(one), neighbourhood(other));
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(neighbourhood(mapped), IpAddr::from([10, 0, 0, 1]));
    }
}
