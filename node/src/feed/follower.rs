//! The follower: the task that keeps the feed up with the centre. It asks for what is newer than what is on disk, makes
//! each batch durable, then publishes it. When the link ends it waits for the next; the feed goes on serving.

use std::time::Duration;

use daemon::Tasks;
use link::{Connection, StreamError};
use protocol::{
    feed::FeedEntry,
    wire::centre::{FeedMessage, GATES_SINCE, Open},
};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{Feed, FeedError, fetcher};
use crate::{disk_work::disk_work, uplink::Uplink};

/// Documents that are made durable together.
const BATCH_MAX: usize = 64;

/// The coordinator says every two seconds that it is up to date; without a word for so long the stream is dead.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// The `[feed]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long to wait before asking again after a refusal, in milliseconds.
    pub retry_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { retry_ms: 500 }
    }
}

/// Why following stopped; it begins anew.
#[derive(Debug, thiserror::Error)]
pub(super) enum FollowError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the centre said nothing for too long")]
    Silent,
    #[error("the centre ended the feed")]
    Ended,
    #[error(transparent)]
    Disk(#[from] FeedError),
}

/// Starts the follower of documents and the fetcher of blobs.
pub fn start(settings: &Settings, feed: Feed, uplink: Uplink, tasks: &Tasks) {
    let retry = Duration::from_millis(settings.retry_ms);
    let shutdown = tasks.shutdown_token();
    tasks.spawn(
        "feed-blobs",
        fetcher::run(feed.clone(), uplink.clone(), retry, shutdown.clone()),
    );
    tasks.spawn("feed-follower", async move {
        tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            error = follow_for_ever(feed, uplink, retry) => Err(error),
        }
    });
}

/// Follows until the disk fails; a feed that cannot be stored stops the node, because the next start checks the disk.
async fn follow_for_ever(feed: Feed, uplink: Uplink, retry: Duration) -> FeedError {
    loop {
        let connection = uplink.connection().await;
        match follow(&feed, &connection).await {
            Err(FollowError::Disk(error)) => return error,
            Err(FollowError::Silent) => connection.close("the feed fell silent"),
            Err(error @ (FollowError::Stream(_) | FollowError::Ended)) => {
                tracing::debug!(%error, "the feed's stream ended");
            }
            Ok(never) => match never {},
        }
        tokio::time::sleep(retry).await;
    }
}

async fn follow(feed: &Feed, connection: &Connection) -> Result<std::convert::Infallible, FollowError> {
    let mut stream = connection.open().await.map_err(StreamError::from)?;
    let sends_gates = connection.protocol_version() >= GATES_SINCE;
    let after = feed.follow_from(sends_gates);
    stream.send_message(&Open::Feed { after }).await?;
    let mut batch: Vec<FeedEntry> = Vec::new();
    loop {
        let message = timeout(SILENCE_MAX, stream.recv_message())
            .await
            .map_err(|_| FollowError::Silent)??;
        let is_caught_up = match message {
            Some(FeedMessage::Entry(entry)) => {
                batch.push(*entry);
                false
            }
            Some(FeedMessage::UpToDate(revision)) => {
                tracing::trace!(revision = revision.0, "the feed is up to date");
                true
            }
            None => return Err(FollowError::Ended),
        };
        if is_caught_up || batch.len() >= BATCH_MAX {
            store(feed, std::mem::take(&mut batch)).await?;
            if is_caught_up && sends_gates {
                mark(feed).await?;
            }
        }
    }
}

async fn mark(feed: &Feed) -> Result<(), FeedError> {
    let feed = feed.clone();
    disk_work(move || {
        feed.caught_up_with_gates().map_err(|source| FeedError::File {
            path: feed.shared.knows_gates.clone(),
            source,
        })
    })
    .await
}

async fn store(feed: &Feed, batch: Vec<FeedEntry>) -> Result<(), FeedError> {
    if batch.is_empty() {
        return Ok(());
    }
    let feed = feed.clone();
    disk_work(move || feed.store(batch)).await
}
