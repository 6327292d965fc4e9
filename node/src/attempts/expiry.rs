//! The expiry task: looks once a second for attempts whose time is over and has them handed in. It acts for attempts
//! that this node serves, and for every attempt it holds while no peer is live; that two nodes do it is harmless.

use std::time::Duration;

use daemon::Tasks;
use futures::StreamExt;
use protocol::{deadline, ids::AttemptKey};

use super::{Attempts, Settings, slot::Held};

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
    let is_ours = |held: &Held| alone || held.node().is_none_or(|node| node == own);
    attempts.book().select(|held| {
        held.merged.submission().is_none()
            && held
                .merged
                .deadline()
                .is_some_and(|deadline| deadline::is_expired(now, deadline))
            && is_ours(held)
    })
}
