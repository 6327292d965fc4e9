//! Whether an attempt is over, so that the logs that hold it may leave this disk one day. Asked by retention. Pure.

use protocol::{deadline, time::Instant};

use super::slot::Held;
use crate::log::retention::rule::Over;

/// Whether nothing more can happen to the attempt: it was submitted, or its time is over. It counts as over since the
/// later of its submission and its deadline. One that was never started is over since ever.
pub(super) fn over(held: &Held, now: Instant) -> Over {
    let deadline = held.merged.deadline();
    match (held.merged.submission(), deadline) {
        (Some(submitted), deadline) => Over::Since(submitted.at.max(deadline.unwrap_or(submitted.at))),
        (None, Some(_)) if held.merged.is_paused() => Over::Open,
        (None, Some(deadline)) if deadline::is_expired(now, deadline) => Over::Since(deadline),
        (None, Some(_)) => Over::Open,
        (None, None) => Over::Since(Instant(i64::MIN)),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        epoch::Epoch,
        hash::Hash,
        ids::{
            AttemptKey, CandidateId, DeviceTag, Incarnation, LogId, NodeId, PaperId, PaperRef, PaperVersion,
            Sequence, SittingId,
        },
        record::{Event, Record, Submission, SubmittedBy},
        time::When,
    };

    use super::*;
    use crate::attempts::slot::Place;

    const DEADLINE: Instant = Instant(100_000);

    fn held(events: &[(i64, Event)]) -> Held {
        let attempt = AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(1),
        };
        let log = LogId {
            node: NodeId(1),
            incarnation: Incarnation(1),
        };
        let mut held = Held::new(attempt);
        for (at, event) in events {
            let when = When {
                at: Instant(*at),
                elapsed_ms: 0,
                error_ms: 0,
            };
            let record = Record {
                when,
                attempt,
                event: event.clone(),
            };
            let place = Place {
                log,
                sequence: Sequence(1),
            };
            held.apply(&record, place, NodeId(1));
        }
        held
    }

    fn started() -> Event {
        let paper = PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        };
        Event::Started {
            epoch: Epoch::first(DeviceTag(1)),
            paper,
            deadline: DEADLINE,
        }
    }

    fn submitted() -> Event {
        Event::Submitted(Submission {
            id: [7; 16],
            by: SubmittedBy::Candidate,
            digest: Hash::ZERO,
            answered: 0,
        })
    }

    #[test]
    fn an_attempt_is_over_when_it_was_handed_in_or_its_time_has_passed() {
        let (before, after) = (DEADLINE, DEADLINE.plus_ms(deadline::GRACE_MS + 1));
        assert_eq!(over(&held(&[]), before), Over::Since(Instant(i64::MIN)));
        let open = held(&[(0, started())]);
        assert_eq!(over(&open, before), Over::Open);
        assert_eq!(over(&open, after), Over::Since(DEADLINE));
        let early = held(&[(0, started()), (50, submitted())]);
        assert_eq!(over(&early, before), Over::Since(DEADLINE));
        let late = held(&[(0, started()), (200_000, submitted())]);
        assert_eq!(over(&late, after), Over::Since(Instant(200_000)));
    }
}
