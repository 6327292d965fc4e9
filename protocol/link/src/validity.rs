//! How long certificates are good, and when to renew them.
//!
//! Called by the CA when it issues and by whoever watches over an identity. Pure: the time comes in as an argument.

use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A member's certificate is good for 400 days: a district that loses its WAN for a whole season of exams, and
/// renews at a third otherwise, never runs out.
pub const LEAF_VALIDITY: Duration = Duration::from_secs(400 * DAY.as_secs());

/// The CA's own certificate is good for ten years: it is pinned by every member and replaced by hand.
pub const CA_VALIDITY: Duration = Duration::from_secs(3650 * DAY.as_secs());

/// Certificates are good from 30 days before they are issued, so that a machine whose clock is behind by less than
/// that can still link, and then learns the time over the link.
pub const CLOCK_BEHIND_ALLOWED: Duration = Duration::from_secs(30 * DAY.as_secs());

/// From when until when a certificate is good; whole seconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Good from here on.
    pub not_before: SystemTime,
    /// Good until here.
    pub not_after: SystemTime,
}

// === impl Validity ===

impl Validity {
    /// The validity of a member's or HTTPS certificate that is issued now.
    pub fn leaf(now: SystemTime) -> Self {
        Self::lasting(now, LEAF_VALIDITY)
    }

    /// The validity of a CA that is made now.
    pub fn authority(now: SystemTime) -> Self {
        Self::lasting(now, CA_VALIDITY)
    }

    /// A chosen time to live from now, with the usual allowance for clocks that are behind.
    pub fn lasting(now: SystemTime, time_to_live: Duration) -> Self {
        Self {
            not_before: now - CLOCK_BEHIND_ALLOWED,
            not_after: now + time_to_live,
        }
    }

    /// The part of this validity that lies within another: a leaf never outlives its CA.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        Self {
            not_before: self.not_before.max(other.not_before),
            not_after: self.not_after.min(other.not_after),
        }
    }

    /// Whether a certificate is good at that time.
    pub fn contains(self, now: SystemTime) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// Whether a third of the time that the certificate was given has passed.
    pub fn needs_renewal(self, now: SystemTime) -> bool {
        let issued = self.not_before + CLOCK_BEHIND_ALLOWED;
        let given = self.not_after.duration_since(issued).unwrap_or_default();
        now >= issued + given / 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_renewed_at_a_third_and_outlives_a_season() {
        let now = SystemTime::UNIX_EPOCH + 20_000 * DAY;
        let leaf = Validity::leaf(now);
        assert!(leaf.contains(now - 29 * DAY));
        assert!(leaf.contains(now + 399 * DAY));
        assert!(!leaf.contains(now + 401 * DAY));
        assert!(!leaf.needs_renewal(now + 133 * DAY));
        assert!(leaf.needs_renewal(now + 134 * DAY));
    }

    #[test]
    fn a_leaf_never_outlives_its_authority() {
        let now = SystemTime::UNIX_EPOCH + 20_000 * DAY;
        let authority = Validity::authority(now);
        let late = Validity::leaf(now + CA_VALIDITY - DAY).within(authority);
        assert_eq!(late.not_after, authority.not_after);
    }
}
