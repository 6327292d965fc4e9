//! The day of district time, and whether a log is to end with its day. A log holds one sitting day, so that it can be
//! removed whole later. Asked when the log is opened and, at night, by the app. Pure.

use protocol::time::Instant;

/// Asia/Kolkata has been at UTC+05:30, without summer time, since 1945.
const OFFSET_MS: i64 = (5 * 60 + 30) * 60_000;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The hours in which a running node may begin its new log by starting anew: no sitting is held then.
const NIGHT_BEGINS_MS: i64 = 2 * 60 * MINUTE_MS;
const NIGHT_ENDS_MS: i64 = 5 * 60 * MINUTE_MS;

/// The nodes of a district do it one after the other, so that one is always there: so far apart, and so many before the
/// first place is used again.
const APART_MS: i64 = 10 * MINUTE_MS;
const PLACES: i64 = 12;

/// A day of district time: days since 1970-01-01 in Asia/Kolkata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i64);

impl Day {
    /// The day that an instant lies in.
    pub(crate) fn of(at: Instant) -> Self {
        Self(at.0.saturating_add(OFFSET_MS).div_euclid(DAY_MS))
    }
}

/// Whether a log whose first record was made at `begun` belongs to an earlier day than now. An empty log belongs to none.
pub(crate) fn is_of_an_earlier_day(begun: Option<Instant>, now: Instant) -> bool {
    begun.is_some_and(|begun| Day::of(begun) < Day::of(now))
}

/// Whether this is the time of the night at which a running node begins its new log.
pub(crate) fn is_the_nodes_hour(now: Instant, node: u32) -> bool {
    let of_day = now.0.saturating_add(OFFSET_MS).rem_euclid(DAY_MS);
    let begins = NIGHT_BEGINS_MS + i64::from(node) % PLACES * APART_MS;
    (begins..NIGHT_ENDS_MS).contains(&of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2027-01-30T18:30:00Z: midnight in Pune.
    const MIDNIGHT: Instant = Instant(1_801_333_800_000);

    #[test]
    fn a_day_begins_at_midnight_in_the_district() {
        let before = MIDNIGHT.plus_ms(-1);
        assert!(Day::of(before) < Day::of(MIDNIGHT));
        assert_eq!(Day::of(MIDNIGHT), Day::of(MIDNIGHT.plus_ms(DAY_MS - 1)));
        assert!(is_of_an_earlier_day(Some(before), MIDNIGHT));
        assert!(!is_of_an_earlier_day(
            Some(MIDNIGHT),
            MIDNIGHT.plus_ms(DAY_MS - 1)
        ));
        assert!(!is_of_an_earlier_day(None, MIDNIGHT), "an empty log is of no day");
        assert!(
            !is_of_an_earlier_day(Some(MIDNIGHT), before),
            "a clock that went back ends nothing"
        );
    }

    #[test]
    fn two_nodes_of_a_district_do_not_restart_at_the_same_moment_and_none_by_day() {
        let at = |hour: i64, minute: i64| MIDNIGHT.plus_ms((hour * 60 + minute) * MINUTE_MS);
        assert!(!is_the_nodes_hour(at(1, 59), 0) && is_the_nodes_hour(at(2, 0), 0));
        assert!(!is_the_nodes_hour(at(2, 9), 1) && is_the_nodes_hour(at(2, 10), 13));
        for node in 0..40 {
            for hour in (0..2).chain(5..24) {
                assert!(!is_the_nodes_hour(at(hour, 30), node), "node {node} at {hour}:30");
            }
            assert!(
                is_the_nodes_hour(at(4, 59), node),
                "each has its hour: node {node}"
            );
        }
    }
}
