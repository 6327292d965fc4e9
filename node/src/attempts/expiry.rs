//! The expiry task: looks once a second for attempts whose time is over and has them handed in. It acts for attempts
//! that this node serves, for every attempt it holds while no peer is live, and for those that their own node left
//! behind; that two nodes do it is harmless.

use std::time::Duration;

use daemon::Tasks;
use futures::StreamExt;
use protocol::{
    deadline,
    ids::{AttemptKey, NodeId},
    time::Instant,
};

use super::{Attempts, Settings, slot::Held};

/// How long another node that may be live is left to hand its own attempts in.
const OTHERS_PATIENCE_MS: i64 = 60_000;

/// Starts the task. It ends when the daemon stops.
pub fn start(attempts: Attempts, settings: &Settings, tasks: &Tasks) {
    let shutdown = tasks.shutdown_token();
    let every = Duration::from_millis(settings.expiry_every_ms.max(1));
    let parallel = settings.expiry_parallel.max(1);
    tasks.spawn("attempt-expiry", async move {
        while tokio::time::timeout(every, shutdown.cancelled()).await.is_err() {
            let expired = expired(&attempts);
            if expired.is_empty() {
                continue;
            }
            tracing::info!(attempts = expired.len(), "handing in attempts whose time is over");
            futures::stream::iter(expired)
                .for_each_concurrent(parallel, |key| hand_in(&attempts, key))
                .await;
        }
    });
}

/// A failure is tried again at the next look: the attempt is still open then.
async fn hand_in(attempts: &Attempts, key: AttemptKey) {
    if let Err(error) = attempts.expire(key).await {
        tracing::warn!(%error, sitting = %key.sitting, candidate = %key.candidate, "not handed in yet");
    }
}

fn expired(attempts: &Attempts) -> Vec<AttemptKey> {
    let (now, own) = (attempts.when().at, attempts.book().own());
    let alone = *attempts.log().live_peers().borrow() == 0;
    attempts
        .book()
        .select(|held| is_due(held, now) && (alone || is_ours(held, own) || is_left_behind(held, now)))
}

fn is_due(held: &Held, now: Instant) -> bool {
    let deadline = held.merged.deadline();
    held.merged.submission().is_none() && deadline.is_some_and(|deadline| deadline::is_expired(now, deadline))
}

fn is_ours(held: &Held, own: NodeId) -> bool {
    held.node().is_none_or(|node| node == own)
}

/// Whether its own node has had ample time and did not hand it in: in a district of three, one is gone and two are live.
fn is_left_behind(held: &Held, now: Instant) -> bool {
    is_due(held, now.plus_ms(-OTHERS_PATIENCE_MS))
}

#[cfg(test)]
mod tests {
    use protocol::{
        deadline::GRACE_MS,
        epoch::Epoch,
        ids::{
            CandidateId, DeviceTag, Incarnation, LogId, PaperId, PaperRef, PaperVersion, Sequence, SittingId,
        },
        record::{Event, Record},
        time::When,
    };

    use super::*;
    use crate::attempts::slot::Place;

    #[test]
    fn another_nodes_attempt_is_left_to_it_for_a_while() {
        let (own, other, deadline) = (NodeId(1), NodeId(2), Instant(1_000_000));
        let attempt = AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(1),
        };
        let mut held = Held::new(attempt);
        let paper = PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        };
        let event = Event::Started {
            epoch: Epoch::first(DeviceTag(1)),
            paper,
            deadline,
        };
        let when = When {
            at: Instant(0),
            elapsed_ms: 0,
            error_ms: 0,
        };
        let log = LogId {
            node: other,
            incarnation: Incarnation(1),
        };
        let place = Place {
            log,
            sequence: Sequence(1),
        };
        held.apply(&Record { when, attempt, event }, place, own);
        let due = deadline.plus_ms(GRACE_MS + 1);
        assert!(!is_due(&held, deadline.plus_ms(GRACE_MS)) && is_due(&held, due));
        assert!(!is_ours(&held, own) && is_ours(&held, other));
        assert!(!is_left_behind(&held, due.plus_ms(OTHERS_PATIENCE_MS - 1)));
        assert!(is_left_behind(&held, due.plus_ms(OTHERS_PATIENCE_MS)));
    }
}
